/*
 * Client setup: compares CopyListVersion, and where it differs brings the
 * client to the published list, or asks the Client Configuration Manager to.
 */
#ifndef SETUP_H
#define SETUP_H

struct run_options;

/* Does all of it; returns the exit code of the program. */
int setup_run(const struct run_options *options);

#endif
