/* What gc.c, gc_store.c and gc_programs.c share. Nobody else includes it. */
#ifndef GC_H
#define GC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../platform/os.h"
#include "digest.h"
#include "history.h"

struct copylist;
struct gc_content;
struct run;

#define GC_AGE (7 * 24 * 3600 * OS_SECOND)

/* What is removed, or would be. */
struct gc_count {
	size_t lists, signatures, contents, programs;
	uint64_t bytes; /* of contents */
};

struct gc_contents {
	struct gc_content *all; /* sorted, each once, when it is complete */
	size_t count, size;
};

struct gc {
	struct run *run;
	struct history history;
	bool *goes;		   /* by list of the history */
	struct gc_contents needed; /* by the lists that stay */
	struct gc_contents spare;  /* in the store, to be removed */
	int64_t now;
	struct gc_count count;
};

/* Notes the contents of a list that stays. */
int gc_need(struct gc *gc, const struct copylist *list);
/* Finds what is not needed and has been in the store for GC_AGE. */
int gc_judge_store(struct gc *gc);
int gc_remove_contents(struct gc *gc);
void gc_free_contents(struct gc *gc);

/*
 * Removes folders bin/<program version>: lower than this program's version,
 * not the highest there, not the one that bin/CURRENT.TXT names, and followed
 * by a higher one for GC_AGE before `now`. A folder is renamed into .publish
 * first, so that nobody finds half of it. With /n it says which.
 */
int gc_programs(struct run *run, int64_t now, size_t *count);
/* Says "would remove REL" (with /n) or "removed REL". */
void gc_say(struct run *run, const char *rel);
/* Removes a file or a link. What another program's use keeps there is warned
 * of, and is no error: *kept. */
int gc_remove(struct run *run, const char *rel, int *kept);

#endif
