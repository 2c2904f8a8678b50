/*
 * The Client Configuration Manager: takes requests out of a box, one machine
 * at a time, and has the machine brought to the published list.
 */
#ifndef CCM_H
#define CCM_H

#include <stdbool.h>

#include "options.h"

#define CCM_SERVICE "SMS_CLIENT_CONFIG_MANAGER"

struct ccm_options {
	struct options_common common;
	char *root;	/* /p: logon root */
	char *box;	/* /q: the one box to work on */
	char *template; /* /t: client roots by machine; NULL: this machine */
	long workers;	/* /w: 0: one a core */
	bool once;
	bool install, uninstall;
};

/* Does what the options say and returns the program's exit code. */
int ccm_run(const struct ccm_options *options);

#endif
