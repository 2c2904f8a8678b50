/* cliver: versions inside program files, and of the installed client. */
#ifndef CLIVER_H
#define CLIVER_H

#include <stddef.h>

#include "options.h"

struct cliver_options {
	struct options_common common;
	char **files; /* none: the installed client */
	size_t count;
};

/* Prints what was asked for; returns the exit code. */
int cliver_run(const struct cliver_options *options);

#endif
