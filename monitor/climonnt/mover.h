/*
 * Takes .raw files from INVDATA up to inventry.box of a logon root. Of many
 * movers on one folder exactly one gets a file: it is claimed by a rename that
 * replaces nothing, to
 *
 *	<name>.<16 hex digits>.clm
 *
 * the digits are the number of the instance and the second of the claim. A
 * claim whose mover died is renamed back: by the same instance between two
 * passes, when it has none, by any other after MOVER_STALE.
 */
#ifndef MOVER_H
#define MOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct logfile;
struct os_dir;
struct raws;

#define MOVER_LIMIT_MS	 60000 /* for the share, and 1 s for each */
#define MOVER_RATE	 8192  /* so many bytes */
#define MOVER_LONGEST_MS (15 * 60000)
#define MOVER_STALE	 (20 * 60) /* s, more than the longest move */
#define MOVER_QUIET \
	2	       /* s without a change until a file that
					 * does not end as it should is taken */
#define MOVER_BATCH 64 /* files of one pass */
#define MOVER_NAMED 8  /* files warned of in an hour */

struct mover {
	struct logfile *log;
	uint32_t instance;
	int64_t not_before;  /* os_clock, after trouble with the share */
	unsigned failures;   /* in a row */
	int said;	     /* the trouble that was warned of */
	unsigned named;	     /* files that were warned of ... */
	int64_t named_since; /* ... since then, os_clock */
	bool misnamed;	     /* raws->misnamed was warned of */
};

/*
 * Moves those whose time has come, at most MOVER_BATCH. 0 also when there are
 * more. A code: there is trouble, not_before was set (RAWS_NEVER after
 * ERR_AUTH: only the next regular check asks again); the files stay. ERR_STOP.
 */
int mover_pass(struct mover *mover, struct raws *raws, struct os_dir *dir,
    const char *root, const char *smsid);
/* Gives back the claims in raws->claims whose mover is gone. */
void
mover_restore(struct mover *mover, const struct raws *raws, struct os_dir *dir);
/* Warns, once for each, of what lies there as *.raw and is no file to move; of
 * MOVER_NAMED by name, of the others of that hour together. */
void mover_warn(struct mover *mover, struct raws *raws, int64_t now);
bool mover_is_claim(const char *name);
/* When a pass has something to do: os_clock, RAWS_NEVER: there is nothing. */
int64_t mover_next(const struct mover *mover, const struct raws *raws);

#endif
