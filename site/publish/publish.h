/* publish: makes a source folder the next release of a published tree. */
#ifndef PUBLISH_H
#define PUBLISH_H

#include <stdbool.h>

struct publish_options {
	char *source;	/* /s: */
	char *root;	/* /p: */
	bool bump;	/* /b: a new version although nothing changed */
	bool force;	/* /force */
	bool all;	/* /f: hash every source file */
	bool dry;	/* /n: print the plan, touch nothing */
	bool collect;	/* /gc: remove what no list needs any more */
	char *rollback; /* /rollback: the CopyListVersion; NULL: none */
	/* What the new list is to say; NULL: nothing said. */
	char *rollout, *expires, *sequence;
	bool verbose; /* /v */
};

/* Does it, printing what came of it; returns the exit code. */
int publish_run(const struct publish_options *options);
void publish_options_free(struct publish_options *options);

#endif
