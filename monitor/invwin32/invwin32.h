/* invwin32: what this machine is made of, as a .raw file in INVDATA. */
#ifndef INVWIN32_H
#define INVWIN32_H

#include <stdbool.h>

#include "options.h"

struct invwin32_options {
	struct options_common common;
	char *root; /* /p: or /L:, NULL: those of SMS.INI */
	bool once;  /* /E */
	bool install, uninstall;
	bool full;    /* /F */
	long minutes; /* /T:, -1: not given */
};

/* Returns the exit code. */
int invwin32_run(const struct invwin32_options *options);

#endif
