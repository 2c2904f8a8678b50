/* cliver: reads the command line; cliver.c does the work. */
#include <stdio.h>

#include "buf.h"
#include "cliver.h"
#include "options.h"

int
main(int argc, char **argv)
{
	/* No switches but those of all programs. */
	const struct options_program program = {
		"cliver",
		"prints the versions inside program files, and of the "
		"installed client",
		"[FILE...]",
		NULL,
		0,
	};
	struct cliver_options o = { .files = argv + 1 };
	struct buf why = BUF_INIT;
	int words, code, rc;

	rc = options_read(&program, argc, argv, &o.common, &words, &why);
	o.count = (size_t)words;
	code = rc == 0 ? cliver_run(&o) : options_exit_code(rc);
	if (rc < 0)
		fprintf(stderr, "cliver: %s\n", buf_text(&why));
	options_common_free(&o.common);
	buf_free(&why);
	return code;
}
