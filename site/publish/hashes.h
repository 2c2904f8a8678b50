/* Digests and versions of all source files: known, or read now. */
#ifndef HASHES_H
#define HASHES_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct cache;
struct sources;

/*
 * Sets digest and version of every file of `s` and notes them in `known`. A
 * program file that is damaged has no version, and `warnings` a line. What
 * `known` has unchanged is not read, unless `all`, or unless it was changed
 * within the last 2 s: a clock that ticks coarsely may give the same time to
 * its next change. ERR_CHANGED when a file changes while it is read; ERR_NOENT
 * when it is gone; errors of reading. `why` names the file.
 */
int hashes_fill(struct sources *s, struct cache *known, bool all,
    struct buf *warnings, struct buf *why);

/* Was every file last changed so long before `now` (ns) that another change
 * would show in its time? */
bool hashes_settled(const struct sources *s, int64_t now);

#endif
