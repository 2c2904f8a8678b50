/*
 * Component states of a client, shown and set by an administrator, and a
 * request for a client by hand. doc/setclcfg.md is its page.
 */
#ifndef SETCLCFG_H
#define SETCLCFG_H

#include <stdbool.h>
#include <stddef.h>

#include "options.h"

struct setclcfg_options {
	struct options_common common;
	char *template; /* /t:, or NULL: this machine */
	/* At most one of them. */
	bool current;	/* /c */
	bool requested; /* /r */
	bool request;	/* /f */
	char **words;	/* client, and what follows */
	size_t count;
};

/* Does what the options say; the exit code of the program. */
int setclcfg_run(const struct setclcfg_options *options);

#endif
