/* cli_nt: reads the command line; setup.c does the work. */
#include <stdio.h>
#include <stdlib.h>

#include "err.h"

#include "buf.h"
#include "run.h"
#include "setup.h"

int
main(int argc, char **argv)
{
	struct run_options o = { .root = NULL };
	const struct options_row rows[] = {
		{ "p", "root", OPTION_PATH, &o.root, "ROOT",
		    "logon root, a folder or \\\\server\\share", 0 },
		{ "f", "verify", OPTION_FLAG, &o.verify, NULL,
		    "verify every file by its digest", 1 },
		{ "u", "upgrade", OPTION_LATER, NULL, NULL,
		    "upgrade with components stopped", 1 },
		{ "r", "remove", OPTION_LATER, NULL, NULL, "remove the client",
		    1 },
		{ "k", "stopped", OPTION_FLAG, &o.stopped, NULL,
		    "components are stopped already", 0 },
		{ "d", "directory", OPTION_PATH, &o.dir, "DIR",
		    "put everything of this client under DIR (first install)",
		    0 },
		{ "bg", "background", OPTION_FLAG, &o.background, NULL,
		    "compare now, do the work detached", 0 },
		{ "n", "dry-run", OPTION_FLAG, &o.dry_run, NULL,
		    "print the plan and touch nothing", 0 },
		{ "why", "why", OPTION_FLAG, &o.explain, NULL,
		    "say which rule chose or held back each file", 0 },
	};
	const struct options_program program = {
		"cli_nt",
		"bring this client to the published copy list",
		NULL,
		rows,
		sizeof(rows) / sizeof(rows[0]),
	};
	struct buf why = BUF_INIT;
	int words, code, rc;

	rc = options_read(&program, argc, argv, &o.common, &words, &why);
	o.dry_run = o.dry_run || o.explain;
	o.background = o.background && !o.dry_run;
	code = rc == 0 ? setup_run(&o) : options_exit_code(rc);
	if (rc < 0)
		fprintf(stderr, "cli_nt: %s\n", buf_text(&why));
	options_common_free(&o.common);
	free(o.root);
	free(o.dir);
	buf_free(&why);
	return code;
}
