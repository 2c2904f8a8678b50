/* invwin32: reads the command line; invwin32.c does the work. */
#include <stdio.h>
#include <stdlib.h>

#include "buf.h"
#include "invwin32.h"
#include "options.h"

int
main(int argc, char **argv)
{
	struct invwin32_options o = { .root = NULL, .minutes = -1 };
	const struct options_row rows[] = {
		{ "p", "root", OPTION_PATH, &o.root, "ROOT",
		    "logon root, a folder or \\\\server\\share", 1 },
		{ "l", "logon-root", OPTION_PATH, &o.root, "ROOT",
		    "the same, as the original called it", 1 },
		{ "e", "once", OPTION_FLAG, &o.once, NULL,
		    "run once: an inventory where one is due", 0 },
		{ "f", "full", OPTION_FLAG, &o.full, NULL,
		    "all of it, due or not", 0 },
		{ "t", "minutes", OPTION_NUMBER, &o.minutes, "MINUTES",
		    "how long the service sleeps", 0 },
		{ "install", "install", OPTION_FLAG, &o.install, NULL,
		    "register the service with these switches", 2 },
		{ "uninstall", "uninstall", OPTION_FLAG, &o.uninstall, NULL,
		    "forget the service", 2 },
	};
	const struct options_program program = {
		"invwin32",
		"write what this machine is made of, and what is installed, "
		"as a .raw file",
		NULL,
		rows,
		sizeof rows / sizeof rows[0],
	};
	struct buf why = BUF_INIT;
	int words, code, rc;

	rc = options_read(&program, argc, argv, &o.common, &words, &why);
	code = rc == 0 ? invwin32_run(&o) : options_exit_code(rc);
	if (rc < 0)
		fprintf(stderr, "invwin32: %s\n", buf_text(&why));
	options_common_free(&o.common);
	free(o.root);
	buf_free(&why);
	return code;
}
