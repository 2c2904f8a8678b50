/*
 * The .raw files that lie in INVDATA, and what we know of each: a file that
 * was seen before is no news, and one that cannot be moved is tried again at a
 * moment of its own, or not at all.
 */
#ifndef RAWS_H
#define RAWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "os.h"

#define RAWS_NEVER    INT64_MAX
#define RAWS_SIZE_MAX ((uint64_t)64 << 20) /* no inventory is as long */

struct raw {
	char *name;
	struct os_info info; /* as seen last */
	int64_t seen;	     /* os_clock, when it became what it is */
	int64_t again;	     /* os_clock: not to be moved before */
	int64_t wait;	     /* ns, until the try after a failure of its own;
				 * 0: none, doubling */
	bool said;	     /* a warning about it was given */
};

struct raws {
	struct raw *list; /* sorted by name */
	size_t count;
	struct buf claims; /* names of *.clm, a NUL after each */
	bool misnamed;	   /* there are names with a separator in them */
};

/*
 * Looks into the folder. *fresh: how many files are new or have changed since
 * the last look and may be moved (raws_oddity NULL). A name that holds a '/' or
 * '\' is no name to us, and one that cannot be looked at is not there. On
 * failure the list stays as it was.
 */
int
raws_scan(struct raws *raws, struct os_dir *dir, int64_t now, size_t *fresh);
/* Why that is no file to move, or NULL when it is one. */
const char *raws_oddity(const struct os_info *info);
/* Is it the same file with the same content, as far as that can be told
 * without reading it? */
bool raws_same(const struct os_info *a, const struct os_info *b);
/* The first moment at which one of them may be moved; `odd`: at which one that
 * is no file to move is worth another look. RAWS_NEVER: none. */
int64_t raws_next(const struct raws *raws, bool odd);
/* Forgets all of them. */
void raws_free(struct raws *raws);

#endif
