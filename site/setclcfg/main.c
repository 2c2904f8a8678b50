/* setclcfg: reads the command line; setclcfg.c does the work. */
#include <stdio.h>
#include <stdlib.h>

#include "buf.h"
#include "options.h"
#include "setclcfg.h"

int
main(int argc, char **argv)
{
	struct setclcfg_options o = { .words = argv + 1 };
	const struct options_row rows[] = {
		{ "c", "current", OPTION_FLAG, &o.current, NULL,
		    "show or set the current state", 1 },
		{ "r", "requested", OPTION_FLAG, &o.requested, NULL,
		    "show or set the requested state", 1 },
		{ "f", "file-request", OPTION_FLAG, &o.request, NULL,
		    "drop a request for the client", 1 },
		{ "t", "template", OPTION_PATH, &o.template, "TEMPLATE",
		    "client roots by machine, %m is its name", 0 },
	};
	const struct options_program program = {
		"setclcfg",
		"shows and sets the states of a client's components, and drops "
		"a request for it",
		"CLIENT [COMPONENT [STATE] or SERVER ID]",
		rows,
		sizeof rows / sizeof rows[0],
	};
	struct buf why = BUF_INIT;
	int words, code, rc;

	rc = options_read(&program, argc, argv, &o.common, &words, &why);
	o.count = (size_t)words;
	code = rc == 0 ? setclcfg_run(&o) : options_exit_code(rc);
	if (rc < 0)
		fprintf(stderr, "setclcfg: %s\n", buf_text(&why));
	options_common_free(&o.common);
	free(o.template);
	buf_free(&why);
	return code;
}
