/* ccm: the command line. */
#include <stdio.h>
#include <stdlib.h>

#include "buf.h"
#include "ccm.h"
#include "options.h"

#define OTHER_WORK 1 /* group of switches: the first counts */

int
main(int argc, char **argv)
{
	struct ccm_options o = { .root = NULL };
	const struct options_row rows[] = {
		{ "p", "root", OPTION_PATH, &o.root, "ROOT",
		    "logon root, a folder or \\\\server\\share", 0 },
		{ "q", "queue", OPTION_PATH, &o.box, "DIR",
		    "the box of requests to work on", 0 },
		{ "t", "template", OPTION_PATH, &o.template, "TEMPLATE",
		    "client roots by machine, %m is its name", 0 },
		{ "w", "workers", OPTION_NUMBER, &o.workers, "N",
		    "how many work side by side, with /t", 0 },
		{ "once", "once", OPTION_FLAG, &o.once, NULL,
		    "what waits and what is due, and exit", OTHER_WORK },
		{ "install", "install", OPTION_FLAG, &o.install, NULL,
		    "register as a service with these switches", OTHER_WORK },
		{ "uninstall", "uninstall", OPTION_FLAG, &o.uninstall, NULL,
		    "register no longer", OTHER_WORK },
	};
	const struct options_program program = {
		"ccm",
		"do what clients request that needs an administrator's rights",
		NULL,
		rows,
		sizeof rows / sizeof rows[0],
	};
	struct buf why = BUF_INIT;
	int words, code, rc;

	rc = options_read(&program, argc, argv, &o.common, &words, &why);
	code = rc == 0 ? ccm_run(&o) : options_exit_code(rc);
	if (rc < 0)
		fprintf(stderr, "ccm: %s\n", buf_text(&why));
	options_common_free(&o.common);
	free(o.template);
	free(o.box);
	free(o.root);
	buf_free(&why);
	return code;
}
