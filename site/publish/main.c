/* publish: the command line. */
#include <stdio.h>

#include "buf.h"
#include "options.h"
#include "publish.h"

#define OTHER_WORK 1 /* group of switches: the first counts */

int
main(int argc, char **argv)
{
	struct publish_options o = { 0 };
	const struct options_row rows[] = {
		{ "s", "source", OPTION_PATH, &o.source, "DIR",
		    "the source folder, or a SYSTEM.MAP", 0 },
		{ "p", "root", OPTION_PATH, &o.root, "ROOT",
		    "the logon root to publish to", 0 },
		{ "b", "bump", OPTION_FLAG, &o.bump, NULL,
		    "a new version although nothing changed", 0 },
		{ "force", "force", OPTION_FLAG, &o.force, NULL,
		    "also when much would vanish, or the list is damaged", 0 },
		{ "f", "hash-all", OPTION_FLAG, &o.all, NULL,
		    "hash every source file and check the store", 0 },
		{ "n", "dry-run", OPTION_FLAG, &o.dry, NULL,
		    "print what would be done, touch nothing", 0 },
		{ "k", "key", OPTION_LATER, NULL, "SECKEY",
		    "sign with this secret key", 0 },
		{ "expires", "expires", OPTION_TEXT, &o.expires, "DAYS",
		    "how long the list counts", 0 },
		{ "rollout", "rollout", OPTION_TEXT, &o.rollout, "NN",
		    "for so many per cent of the machines", 0 },
		{ "rollback", "rollback", OPTION_TEXT, &o.rollback, "VERSION",
		    "publish an earlier release again", OTHER_WORK },
		{ "sequence", "sequence", OPTION_TEXT, &o.sequence, "N",
		    "the Sequence to go on from", 0 },
		{ "gc", "gc", OPTION_FLAG, &o.collect, NULL,
		    "remove what no list needs any more", OTHER_WORK },
	};
	const struct options_program program = {
		"publish",
		"makes a source folder the next release",
		NULL,
		rows,
		sizeof rows / sizeof rows[0],
	};
	struct options_common common;
	struct buf why = BUF_INIT;
	int words, code, rc;

	rc = options_read(&program, argc, argv, &common, &words, &why);
	o.verbose = common.verbose;
	code = rc == 0 ? publish_run(&o) : options_exit_code(rc);
	if (rc < 0)
		fprintf(stderr, "publish: %s\n", buf_text(&why));
	publish_options_free(&o);
	options_common_free(&common);
	buf_free(&why);
	return code;
}
