/*
 * A box of requests with the folders below it:
 *
 *	ccr.box/<ID>.CCR				wait
 *	ccr.box/processing/<instance>/<ID>.<random>.ccr	in work (instance.h)
 *	ccr.box/processing/machines/00 ... ff		locks: a machine is in
 *							work once at a time
 *	ccr.box/retry/<ID>.CCR				are tried again (retry.h)
 *	ccr.box/failed/					given up
 */
#ifndef QUEUE_H
#define QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "instance.h"

struct buf;
struct ccr;
struct logfile;
struct os_dir;
struct os_info;
struct pattern;
struct queue;

#define QUEUE_LOCKS	 256
#define QUEUE_FAILED_MAX 10000
#define QUEUE_FAILED_AGE (INT64_C(30) * 24 * 3600 * 1000000000) /* ns */
#define QUEUE_RETRY_MAX	 200000 /* files in retry/ */
#define QUEUE_WARNED_MAX 100	/* names that are warned of, in a run */

/* About whom a request may be. */
struct queue_rules {
	const char *host;  /* this machine alone; NULL: many */
	const char *smsid; /* only files of this client are looked at; NULL:
			    * all */
	bool shared; /* what is not about this machine is another's to judge */
	const struct pattern *allow; /* of many; NULL: any */
};

struct queue {
	struct logfile *log;
	const char *path;
	struct queue_rules rules;
	struct os_dir *box, *processing, *machines, *retry, *failed;
	struct instance instance;
	uint32_t owner, self; /* of the box; we, as its volume sees us */
	uint64_t warned[QUEUE_WARNED_MAX]; /* hashes of names */
	size_t warnings;
	size_t most;  /* files in retry/ */
	size_t count; /* as they were `counted` (os_ticks; 0: never), and
			   * those that we added */
	int64_t counted;
	size_t refused;	  /* in all */
	bool waiting;	  /* there may be something in retry/ */
	bool quarantined; /* failed/ is to be flushed */
	bool overfull;	  /* something went to failed/ since it was swept */
};

/* Opens the box `path` (which stays the caller's, as `rules` and `log` do) and
 * makes the missing folders below it. ERR_NOENT: there is no such box;
 * ERR_UNTRUSTED: a folder below it is somebody else's (queue_trusts). */
int queue_open(struct queue *queue, const char *path,
    const struct queue_rules *rules, struct logfile *log, struct buf *why);
void queue_close(struct queue *queue);

/* Is it a file or folder of the box's owner, of an administrator, or our own?
 * In a box everybody may make what has any name. */
bool queue_trusts(const struct queue *queue, const struct os_info *info);

/* FNV-1a of a text, letter case ignored. */
uint64_t queue_hash(const char *text);
/* Warns once of a name in the box that is left alone. */
void queue_warn(struct queue *queue, const char *name, const char *what);

/* Gives up what stands as `name` in the folder `dir`, as it is: to failed/. Only
 * where it is still the file of `info` (NULL: whatever it is). */
int queue_refuse(struct queue *queue, struct os_dir *dir, const char *name,
    const struct os_info *info, const char *what);
/* Is `name` in `dir` still the file of which id and mtime are these? */
bool
queue_is_same(struct os_dir *dir, const char *name, uint64_t id, int64_t mtime);
/* Gives up a request that was read, in failed/ as retry_write. */
int queue_give_up(struct queue *queue, const char *id, const struct ccr *ccr,
    struct buf *name);
/* May retry/ take one more file? Then it is counted. What others added is seen
 * within the hour. */
bool queue_has_room(struct queue *queue);
/* Flushes failed/, and keeps it within its bounds. */
void queue_sweep_failed(struct queue *queue);

#endif
