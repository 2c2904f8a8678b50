/* Digests and versions of all source files: known, or read now. */
#ifndef HASHES_H
#define HASHES_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct cache;
struct os_dir;
struct sources;

struct hashes_want {
	struct cache *known;
	bool all;
	struct os_dir *tree; /* NULL: nothing is copied */
	struct buf *warnings;
};

/*
 * Sets digest and version of every file of `s` and notes them in `known`. A
 * program file that is damaged has no version, and `warnings` a line. What
 * `known` has unchanged is not read, unless `all`, or unless it was changed
 * within the last 2 s: a clock that ticks coarsely may give the same time to
 * its next change.
 *
 * What is new is copied into the store while it is hashed, under a temporary
 * name, so that it is read once: sources_file.copy. What has the size that it
 * had may only have been touched: it is hashed first. Where the copy does not
 * succeed, or the volume is too small, there is none.
 *
 * ERR_CHANGED when a file changes while it is read; ERR_NOENT when it is gone;
 * errors of reading. `why` names the file. hashes_drop in any case.
 */
int
hashes_fill(struct sources *s, const struct hashes_want *want, struct buf *why);
/* Removes the copies that nobody took. */
void hashes_drop(struct sources *s, struct os_dir *tree);

/* Was every file last changed so long before `now` (ns) that another change
 * would show in its time? */
bool hashes_settled(const struct sources *s, int64_t now);

#endif
