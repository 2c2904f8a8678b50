/* The box, its folders, and what is given up. */
#include "queue.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "ccr.h"
#include "file.h"
#include "logfile.h"
#include "requestname.h"
#include "retry.h"
#include "text.h"

#define PROCESSING "processing"
#define RETRY	   "retry"
#define FAILED	   "failed"
#define TRIES	   10
#define HOUR	   (3600 * OS_SECOND)

/* Opening */

static int
open_folder(struct os_dir *base, const char *name, struct os_dir **dir)
{
	int rc;

	rc = os_dir_open_in(base, name, dir);
	if (rc != ERR_NOENT)
		return rc;
	rc = os_dir_make(base, name, OS_PRIVATE);
	if (rc == 0 || rc == ERR_EXIST)
		rc = os_dir_open_in(base, name, dir);
	return rc;
}

/* *at says which one failed, to be put behind the path of the box. */
static int
open_folders(struct queue *queue, const char **at)
{
	struct os_dir **const dirs[] = { &queue->processing, &queue->machines,
		&queue->retry, &queue->failed };
	static const char *const names[] = { "/" PROCESSING,
		"/" PROCESSING "/" INSTANCE_MACHINES, "/" RETRY, "/" FAILED };
	size_t i;
	int rc;

	*at = "";
	rc = os_dir_open(queue->path, &queue->box);
	for (i = 0; rc == 0 && i < sizeof names / sizeof names[0]; i++) {
		*at = names[i];
		rc = open_folder(queue->box, names[i] + 1, dirs[i]);
	}
	return rc;
}

bool
queue_trusts(const struct queue *queue, const struct os_info *info)
{
	return info->owner == 0 || info->owner == queue->owner ||
	    info->owner == queue->self;
}

/* Whoever owns such a folder could take requests away from all others. */
static int
check_owners(struct queue *queue, struct buf *why)
{
	static const char *const names[] = { PROCESSING, RETRY, FAILED };
	struct os_info info;
	size_t i;
	int rc;

	rc = os_info(queue->box, ".", &info);
	queue->owner = info.owner;
	if (rc == 0)
		rc = os_info(queue->processing, queue->instance.name, &info);
	queue->self = info.owner;
	for (i = 0; rc == 0 && i < sizeof names / sizeof names[0]; i++) {
		rc = os_info(queue->box, names[i], &info);
		if (rc == 0 && !queue_trusts(queue, &info))
			return buf_why(why, ERR_UNTRUSTED,
			    "%s/%s: not used: its owner uid %u is neither that "
			    "of the box nor an administrator",
			    queue->path, names[i], (unsigned)info.owner);
	}
	return rc == 0 ? 0
		       : buf_why(why, rc, "%s: %s", queue->path, err_text(rc));
}

int
queue_open(struct queue *queue, const char *path,
    const struct queue_rules *rules, struct logfile *log, struct buf *why)
{
	const char *at;
	int rc;

	*queue = (struct queue){ .log = log, .path = path, .rules = *rules };
	queue->most = QUEUE_RETRY_MAX;
	rc = open_folders(queue, &at);
	if (rc == 0) {
		at = "/" PROCESSING;
		rc = instance_open(queue->processing, &queue->instance);
	}
	if (rc != 0)
		buf_why(why, rc, "%s%s: %s", path, at, err_text(rc));
	else
		rc = check_owners(queue, why);
	if (rc != 0)
		queue_close(queue);
	return rc;
}

void
queue_close(struct queue *queue)
{
	if (queue->instance.name != NULL)
		instance_close(&queue->instance);
	os_dir_close(queue->failed);
	os_dir_close(queue->retry);
	os_dir_close(queue->machines);
	os_dir_close(queue->processing);
	os_dir_close(queue->box);
	*queue = (struct queue){ .log = NULL };
}

/* Saying */

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

uint64_t
queue_hash(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)lower(*text)) *
		    UINT64_C(0x100000001b3);
	/* The high bits choose the lock: let all of them count. */
	return hash ^ hash >> 29 ^ hash << 32;
}

void
queue_warn(struct queue *queue, const char *name, const char *what)
{
	uint64_t hash = queue_hash(name);
	size_t i;

	for (i = 0; i < queue->warnings; i++)
		if (queue->warned[i] == hash)
			return;
	if (queue->warnings == QUEUE_WARNED_MAX)
		return;
	queue->warned[queue->warnings++] = hash;
	log_warning(queue->log, "%s/%s: %s; it is left alone%s", queue->path,
	    name, what,
	    queue->warnings == QUEUE_WARNED_MAX ? ", and so are others" : "");
}

/* Giving up */

bool
queue_is_same(struct os_dir *dir, const char *name, uint64_t id, int64_t mtime)
{
	struct os_info info;

	return os_info(dir, name, &info) == 0 && info.id == id &&
	    info.mtime == mtime;
}

static int
move_to_failed(
    struct queue *queue, struct os_dir *dir, const char *name, struct buf *to)
{
	int rc = ERR_EXIST, i;

	for (i = 0; i < TRIES && rc == ERR_EXIST; i++) {
		rc = requestname_failed(
		    name, i > 0, queue->instance.number++, to);
		if (rc == 0)
			rc = os_rename_new(
			    dir, name, queue->failed, buf_text(to));
	}
	return rc;
}

int
queue_refuse(struct queue *queue, struct os_dir *dir, const char *name,
    const struct os_info *info, const char *what)
{
	struct buf to = BUF_INIT;
	int rc;

	rc = move_to_failed(queue, dir, name, &to);
	if (rc == 0 && info != NULL &&
	    !queue_is_same(
		queue->failed, buf_text(&to), info->id, info->mtime)) {
		/* A client has put a good one in its place meanwhile. Where
		 * yet another one stands there, that asks for the same. */
		rc = os_rename_new(queue->failed, buf_text(&to), dir, name);
		what = NULL;
	}
	if (rc == 0 && what != NULL) {
		queue->quarantined = true;
		queue->refused++;
		log_warning(queue->log, "%s/" FAILED "/%s: refused: %s",
		    queue->path, buf_text(&to), what);
	}
	if (rc != 0 && rc != ERR_NOENT && rc != ERR_NOMEM && rc != ERR_STOP) {
		queue_warn(queue, name, err_text(rc));
		rc = 0;
	}
	buf_free(&to);
	return rc == ERR_NOENT ? 0 : rc;
}

int
queue_give_up(struct queue *queue, const char *id, const struct ccr *ccr,
    struct buf *name)
{
	queue->overfull = true;
	return retry_write(queue->failed, id, ccr, os_clock(), name);
}

/* The bound of retry/: what stands there is ours, so no quota of whoever makes
 * requests up holds it. */

static int
count_one(void *arg, const char *name, enum os_kind kind)
{
	size_t *count = arg;

	*count += kind == OS_REGULAR && requestname_is(name);
	return 0;
}

bool
queue_has_room(struct queue *queue)
{
	int64_t now = os_ticks();

	if (queue->counted == 0 || now - queue->counted > HOUR) {
		queue->counted = now;
		queue->count = 0;
		(void)os_dir_list(queue->retry, ".", count_one, &queue->count);
	}
	if (queue->count >= queue->most)
		return false;
	queue->count++;
	return true;
}

/* The bound of failed/ */

struct sweep {
	struct os_dir *dir;
	int64_t now;
	int64_t *times; /* of what stays */
	size_t count, size;
	int64_t oldest; /* what is older goes */
	size_t surplus; /* of what is of `oldest` itself */
	bool removing;
};

static int
keep_time(struct sweep *sweep, int64_t mtime)
{
	int64_t *grown;
	size_t size;

	if (sweep->count == sweep->size) {
		size = sweep->size == 0 ? 1024 : sweep->size * 2;
		grown = realloc(sweep->times, size * sizeof *grown);
		if (grown == NULL)
			return ERR_NOMEM;
		sweep->times = grown;
		sweep->size = size;
	}
	sweep->times[sweep->count++] = mtime;
	return 0;
}

static int
sweep_one(void *arg, const char *name, enum os_kind kind)
{
	struct sweep *sweep = arg;
	struct os_info info;
	int64_t time;

	if (kind == OS_FOLDER || os_info(sweep->dir, name, &info) != 0)
		return 0;
	time = file_arrived(&info, sweep->now);
	if (!sweep->removing && time >= sweep->oldest)
		return keep_time(sweep, time);
	if (time == sweep->oldest && sweep->surplus > 0)
		sweep->surplus--;
	else if (time >= sweep->oldest)
		return 0;
	os_remove(sweep->dir, name);
	return 0;
}

static int
compare_times(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

void
queue_sweep_failed(struct queue *queue)
{
	struct sweep sweep = { .dir = queue->failed, .now = os_clock() };
	size_t excess, i;

	if (queue->quarantined)
		(void)os_dir_flush(queue->failed, ".");
	if (!queue->quarantined && !queue->overfull)
		return;
	queue->quarantined = queue->overfull = false;
	sweep.oldest = sweep.now - QUEUE_FAILED_AGE;
	if (os_dir_list(queue->failed, ".", sweep_one, &sweep) != 0 ||
	    sweep.count <= QUEUE_FAILED_MAX)
		goto out;
	qsort(sweep.times, sweep.count, sizeof *sweep.times, compare_times);
	excess = sweep.count - QUEUE_FAILED_MAX;
	sweep.oldest = sweep.times[excess];
	for (i = 0; i < excess; i++)
		sweep.surplus += sweep.times[i] == sweep.oldest;
	sweep.removing = true;
	os_dir_list(queue->failed, ".", sweep_one, &sweep);
out:
	free(sweep.times);
}
