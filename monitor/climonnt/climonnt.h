/* climonnt: waits for .raw files, checks, starts the client setup. */
#ifndef CLIMONNT_H
#define CLIMONNT_H

#include <stdbool.h>

#include "options.h"

struct climonnt_options {
	struct options_common common;
	char *root; /* /p:, NULL: those of SMS.INI */
	bool once;  /* /o */
	bool quiet; /* /quiet */
	bool mover; /* /mover: for the inventory service */
};

/* Returns the exit code. */
int climonnt_run(const struct climonnt_options *options);

#endif
