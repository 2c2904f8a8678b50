/* climonnt: reads the command line; climonnt.c does the work. */
#include <stdio.h>
#include <stdlib.h>

#include "buf.h"
#include "climonnt.h"
#include "options.h"

int
main(int argc, char **argv)
{
	struct climonnt_options o = { .root = NULL };
	const struct options_row rows[] = {
		{ "p", "root", OPTION_PATH, &o.root, "ROOT",
		    "logon root, a folder or \\\\server\\share", 0 },
		{ "o", "once", OPTION_FLAG, &o.once, NULL, "one pass and exit",
		    0 },
		{ "mover", "mover", OPTION_FLAG, &o.mover, NULL,
		    "for the inventory service: its files are ours", 0 },
		{ "quiet", "quiet", OPTION_FLAG, &o.quiet, NULL, "no notices",
		    0 },
	};
	const struct options_program program = {
		"climonnt",
		"wait for inventories, and start the setup when "
		"the published list is another one",
		NULL,
		rows,
		sizeof rows / sizeof rows[0],
	};
	struct buf why = BUF_INIT;
	int words, code, rc;

	rc = options_read(&program, argc, argv, &o.common, &words, &why);
	code = rc == 0 ? climonnt_run(&o) : options_exit_code(rc);
	if (rc < 0)
		fprintf(stderr, "climonnt: %s\n", buf_text(&why));
	options_common_free(&o.common);
	free(o.root);
	buf_free(&why);
	return code;
}
