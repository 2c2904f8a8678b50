/*
 * Client setup: compares CopyListVersion, and where it differs brings the
 * client to the published list, or asks the Client Configuration Manager to.
 */
#ifndef SETUP_H
#define SETUP_H

#include <stdbool.h>

#include "options.h"

struct setup_options {
	struct options_common common;
	char *root;	 /* /p: logon root, or NULL */
	char *dir;	 /* /d: place of a first install, or NULL */
	bool verify;	 /* /f */
	bool dry_run;	 /* /n */
	bool stopped;	 /* /k: components are stopped */
	bool explain;	 /* /why; goes with dry_run */
	bool background; /* /bg; not with dry_run */
};

/* Does all of it; returns the exit code of the program. */
int setup_run(const struct setup_options *options);

#endif
