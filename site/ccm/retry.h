/*
 * What failed and is tried again: retry/<ID>.CCR, one a machine (Q242926). Its
 * second section says what was tried; its time is that of the last attempt.
 * Moments are ns since 1970 UTC.
 */
#ifndef RETRY_H
#define RETRY_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct ccr;
struct os_dir;

#define RETRY_NAMES    10
#define RETRY_MINUTE   (INT64_C(60) * 1000000000)
#define RETRY_LONGEST  (60 * RETRY_MINUTE)
#define RETRY_REPORT   (24 * 60 * RETRY_MINUTE) /* until an event tells */
#define RETRY_DURATION (7 * 24 * 60 * RETRY_MINUTE)

/* The wait after the attempt of that number: 1 minute, doubling to 1 hour, and
 * up to a fifth longer, as the name of the file says. */
int64_t retry_wait(const char *id, uint64_t attempts);
/* When it is due, for a file of that time; `now` when that is in the future: the
 * clock was set back. */
int64_t
retry_due(const char *id, uint64_t attempts, int64_t mtime, int64_t now);

/* Has it been tried? A client's own request has not. */
bool retry_was_tried(const struct ccr *ccr);
/* Has an event told of it? */
bool retry_was_reported(const struct ccr *ccr);
/* As if it had never been tried: the second section is somebody else's word. */
void retry_forget(struct ccr *ccr);
/* Adds what `from` says to `into`: both ask for the same machine. */
void retry_merge(struct ccr *into, const struct ccr *from);
/* A new request came for it: the days of trying begin anew. */
void retry_renew(struct ccr *into, int64_t now);

enum retry_fate {
	RETRY_AGAIN,
	RETRY_TELL, /* again, and it is time for an event */
	RETRY_OVER, /* the days of trying are over */
	RETRY_FULL, /* no room: never of retry_count */
};
/* Fills the second section after an attempt that failed with `error`. */
enum retry_fate retry_count(struct ccr *ccr, uint64_t error, int64_t now);

/* The nth name (0 to RETRY_NAMES - 1) for a request of that SMS ID about that
 * machine: <ID>.CCR, then names that follow from the machine. ERR_NOMEM. */
int
retry_name(const char *id, const char *machine, unsigned n, struct buf *name);
/*
 * Writes it durably as a file of that time and the SMS ID, under the first name
 * that nothing has but a request about the same machine, which is replaced in
 * one step; *name says which. Machines whose SMS ID is the same (a disk that
 * was copied, a request that somebody made up) keep their own. To be called by
 * whoever has the machine in work. ERR_EXIST: all the names are others'.
 */
int retry_write(struct os_dir *dir, const char *id, const struct ccr *ccr,
    int64_t mtime, struct buf *name);
/* Is the file `name` a request about that machine? A code: ERR_NOENT, ERR_NOMEM;
 * what cannot be read is none. */
int retry_is_about(struct os_dir *dir, const char *name, const char *machine);
/* Reads a request of any folder. ERR_FORMAT, ERR_RANGE; as os_open. */
int retry_read(struct os_dir *dir, const char *name, struct ccr *ccr);

#endif
