/*
 * Order for a machine: lock; claim every request; what waits in retry/ is
 * claimed with them; serve; write what remains to be said (retry/, failed/);
 * retire the claims. Killed before the last step, the claims go back to the box
 * and are done once more.
 */
#include "work.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "batch.h"
#include "buf.h"
#include "ccr.h"
#include "logfile.h"
#include "queue.h"
#include "requestname.h"
#include "retry.h"
#include "serve.h"
#include "text.h"

#define LOCK_SHIFT 56  /* the high 8 bits */
#define OTHERS_MAX 256 /* files of retry/ that are looked through */
#define PROGRAM	   "ccm"

struct group {
	struct work *work;
	struct batch *batch;
	const char *machine;
	struct buf id;	   /* SMS ID of the first one */
	struct buf claims; /* names, each with a NUL */
	struct buf left;   /* its file in retry/ or failed/ */
	bool forced;	   /* somebody moved it back by hand */
	bool retried;	   /* one is from retry/ */
	bool asked;	   /* one is a client's new request */
	struct ccr ccr;	   /* all of them, once they are gathered */
};

/* Claiming */

static const char *
next_claim(const struct group *group, const char *claim)
{
	const char *end = group->claims.data + group->claims.len;

	if (claim == NULL)
		return group->claims.len == 0 ? NULL : group->claims.data;
	claim += strlen(claim) + 1;
	return claim == end ? NULL : claim;
}

/* Renames it into the instance; *claim points into the claims then. */
static int
claim(struct group *group, struct os_dir *dir, const char *name)
{
	struct instance *instance = &group->work->queue->instance;
	struct buf id = BUF_INIT, to = BUF_INIT;
	int rc;

	rc = requestname_read(name, &id);
	if (rc == 0)
		rc = requestname_claim(buf_text(&id), instance->number++, &to);
	/* Room first: what is claimed must be known. */
	if (rc == 0)
		rc = buf_reserve(&group->claims, to.len + 1);
	if (rc == 0 && group->id.len == 0)
		rc = buf_add_text(&group->id, buf_text(&id));
	if (rc == 0)
		rc = os_rename_new(dir, name, instance->dir, to.data);
	if (rc == 0)
		buf_add(&group->claims, to.data, to.len + 1);
	buf_free(&to);
	buf_free(&id);
	return rc;
}

static void
give_back_last(struct group *group, size_t before)
{
	struct queue *queue = group->work->queue;

	instance_give_back(
	    &queue->instance, group->claims.data + before, queue->box);
	group->claims.len = before;
	group->work->result->left++;
}

/* 0, also where another ccm was faster. */
static int
claim_item(struct group *group, size_t i)
{
	struct queue *queue = group->work->queue;
	struct batch_item *item = &group->batch->items[i];
	size_t before = group->claims.len;
	int rc;

	rc = claim(group, item->retrying ? queue->retry : queue->box,
	    batch_name(group->batch, i));
	if (rc == ERR_NOENT)
		return 0;
	if (rc == ERR_ACCES || rc == ERR_BUSY || rc == ERR_ROFS) {
		queue_warn(queue, batch_name(group->batch, i), err_text(rc));
		group->work->result->left++;
		return 0;
	}
	if (rc != 0)
		return rc;
	if (!queue_is_same(queue->instance.dir, group->claims.data + before,
		item->id, item->mtime)) {
		give_back_last(group, before);
		return 0;
	}
	if (item->retrying)
		group->retried = true;
	else if (item->tried)
		group->forced = true;
	else
		group->asked = true;
	return 0;
}

static void
give_back(struct group *group)
{
	struct queue *queue = group->work->queue;
	const char *name = NULL;

	while ((name = next_claim(group, name)) != NULL)
		instance_give_back(&queue->instance, name, queue->box);
}

/* Gathering */

static int
read_claim(struct queue *queue, const char *name, struct ccr *ccr)
{
	struct os_info info;
	int rc;

	rc = retry_read(queue->instance.dir, name, ccr);
	if (rc == 0 && retry_was_tried(ccr) &&
	    (os_info(queue->instance.dir, name, &info) != 0 ||
		!queue_trusts(queue, &info)))
		retry_forget(ccr);
	return rc;
}

/* What the claims say together. One that can no longer be read adds nothing:
 * it asks for the same machine. Nor does one that says another by now: who wrote
 * it may hold it open. */
static int
gather(struct group *group)
{
	struct queue *queue = group->work->queue;
	const char *name = NULL;
	struct ccr one;
	int rc = 0;

	while (rc == 0 && (name = next_claim(group, name)) != NULL) {
		rc = read_claim(queue, name, &one);
		if (rc != 0) {
			rc = rc == ERR_NOMEM ? rc : 0;
			continue;
		}
		if (!text_same(one.machine, group->machine)) {
			ccr_free(&one);
		} else if (group->ccr.machine == NULL) {
			group->ccr = one;
		} else {
			retry_merge(&group->ccr, &one);
			ccr_free(&one);
		}
	}
	if (rc == 0 && group->ccr.machine == NULL) {
		ccr_free(&group->ccr); /* nothing is in it, not even 0 */
		group->ccr.machine = text_copy(group->machine);
		rc = group->ccr.machine == NULL ? ERR_NOMEM : 0;
	}
	if (rc == 0 && group->asked && retry_was_tried(&group->ccr))
		retry_renew(&group->ccr, os_clock());
	return rc;
}

/* Leaving */

static int
retire(struct group *group)
{
	struct queue *queue = group->work->queue;
	const char *name = NULL;
	int rc = 0, one;

	while ((name = next_claim(group, name)) != NULL) {
		one = os_remove(queue->instance.dir, name);
		/* Another host took it back, where locks do not hold. */
		if (one != 0 && one != ERR_NOENT && rc == 0)
			rc = one;
	}
	return rc;
}

static int
put_into_retry(struct group *group, int64_t mtime)
{
	struct queue *queue = group->work->queue;

	queue->waiting = true;
	return retry_write(queue->retry, buf_text(&group->id), &group->ccr,
	    mtime, &group->left);
}

/* retry/ may hold it under another name */

struct search {
	struct group *group;
	struct buf found;
	unsigned looked;
};

static int
compare_machine(void *arg, const char *name, enum os_kind kind)
{
	struct search *search = arg;
	int rc;

	if (kind != OS_REGULAR || !requestname_is(name))
		return 0;
	if (search->looked++ >= OTHERS_MAX)
		return 1;
	rc = retry_is_about(
	    search->group->work->queue->retry, name, search->group->machine);
	if (rc <= 0)
		return rc == ERR_NOENT ? 0 : rc;
	buf_add_text(&search->found, name);
	return search->found.failed ? ERR_NOMEM : 1;
}

/* Claims it where it is there. */
static int
claim_other(struct group *group)
{
	struct queue *queue = group->work->queue;
	struct search search = { .group = group };
	int rc;

	rc = os_dir_list(queue->retry, ".", compare_machine, &search);
	rc = rc < 0 ? rc : 0;
	if (rc == 0 && search.found.len > 0) {
		rc = claim(group, queue->retry, search.found.data);
		group->retried = rc == 0;
		rc = rc == ERR_NOENT ? 0 : rc;
	}
	buf_free(&search.found);
	return rc;
}

/* Saying */

static void
tell_failure(
    struct group *group, const struct served *served, enum retry_fate fate)
{
	struct queue *queue = group->work->queue;
	const struct ccr *ccr = &group->ccr;
	int64_t minutes;
	const char *why = buf_text(&served->why);

	minutes = (retry_wait(buf_text(&group->id), ccr->attempts) +
		      RETRY_MINUTE - 1) /
	    RETRY_MINUTE;
	if (served->end == SERVE_FAILED)
		log_error(queue->log,
		    "%s: given up, error %" PRIu64 ": %s; see failed/%s",
		    group->machine, served->error, why, buf_text(&group->left));
	else if (fate == RETRY_FULL)
		log_error(queue->log,
		    "%s: given up, retry/ is full, error %" PRIu64
		    ": %s; see failed/%s",
		    group->machine, served->error, why, buf_text(&group->left));
	else if (fate == RETRY_OVER)
		log_error(queue->log,
		    "%s: given up after %" PRIu64
		    " attempts in 7 days, error %" PRIu64 ": %s; see failed/%s",
		    group->machine, ccr->attempts, served->error, why,
		    buf_text(&group->left));
	else if (fate == RETRY_TELL)
		log_error(queue->log,
		    "%s: has failed for 24 hours, %" PRIu64
		    " attempts, error %" PRIu64 ": %s",
		    group->machine, ccr->attempts, served->error, why);
	else if (ccr->attempts == 1)
		log_warning(queue->log,
		    "%s: error %" PRIu64 ": %s; again in %" PRId64
		    " minutes or less",
		    group->machine, served->error, why, minutes);
	else
		log_info(queue->log,
		    "%s: attempt %" PRIu64 ", error %" PRIu64
		    ": %s; again in %" PRId64 " minutes or less",
		    group->machine, ccr->attempts, served->error, why, minutes);
}

/* An event told of the trouble; one tells of its end. */
static int
tell_success(struct group *group, const struct served *served)
{
	struct queue *queue = group->work->queue;
	struct buf text = BUF_INIT;
	int rc;

	/* Of a hundred thousand that are current no line is to be read. */
	if (served->current)
		group->work->result->current++;
	else
		log_info(queue->log, "%s: done", group->machine);
	if (!group->retried && !group->forced)
		return 0;
	rc = gather(group);
	if (rc == 0 && retry_was_reported(&group->ccr)) {
		rc = buf_format(&text,
		    "%s: works again, after %" PRIu64 " attempts that failed",
		    group->machine, group->ccr.attempts);
		log_info(queue->log, "%s", buf_text(&text));
		os_event(PROGRAM, OS_INFORMATION, buf_text(&text));
	}
	buf_free(&text);
	return rc;
}

/* Finishing */

static int
finish_failed(struct group *group, const struct served *served)
{
	struct work_result *result = group->work->result;
	enum retry_fate fate;
	int64_t now;
	int rc = 0;

	if (!group->retried)
		rc = claim_other(group);
	if (rc == 0)
		rc = gather(group);
	if (rc != 0)
		return rc;
	now = os_clock();
	fate = retry_count(&group->ccr, served->error, now);
	if (served->end != SERVE_FAILED && !group->retried &&
	    !queue_has_room(group->work->queue))
		fate = RETRY_FULL;
	if (served->end == SERVE_FAILED || fate == RETRY_OVER ||
	    fate == RETRY_FULL) {
		rc = queue_give_up(group->work->queue, buf_text(&group->id),
		    &group->ccr, &group->left);
		result->failed++;
	} else {
		rc = put_into_retry(group, now);
		result->retrying++;
	}
	if (rc == 0)
		tell_failure(group, served, fate);
	return rc;
}

static int
finish(struct group *group, const struct served *served)
{
	int rc;

	if (served->restart)
		group->work->result->restart = true;
	if (served->end == SERVE_DONE) {
		group->work->result->done++;
		rc = tell_success(group, served);
	} else {
		rc = finish_failed(group, served);
	}
	return rc == 0 ? retire(group) : rc;
}

static int
serve_group(struct group *group)
{
	struct serve_job job = {
		.machine = group->machine,
		.smsid = buf_text(&group->id),
		.forced = group->forced,
		.since = group->work->since,
	};
	struct served served = { .why = BUF_INIT };
	int rc;

	rc = instance_renew(&group->work->queue->instance);
	if (rc == 0)
		rc = serve(group->work->server, &job, &served);
	if (rc == 0)
		rc = finish(group, &served);
	buf_free(&served.why);
	return rc;
}

/* It was tried less than a minute ago: the request is counted there. */
static int
join(struct group *group, int64_t mtime)
{
	int rc;

	rc = gather(group);
	if (rc == 0)
		rc = put_into_retry(group, mtime);
	if (rc == 0)
		rc = retire(group);
	group->work->result->retrying++;
	return rc;
}

/* Under which of its names the machine waits in retry/. ERR_NOENT: none. */
static int
find_waiting(struct group *group, struct buf *name)
{
	struct os_dir *dir = group->work->queue->retry;
	unsigned n;
	int rc;

	for (n = 0; n < RETRY_NAMES; n++) {
		rc = retry_name(buf_text(&group->id), group->machine, n, name);
		if (rc == 0)
			rc = retry_is_about(dir, name->data, group->machine);
		/* The first one may have left since. */
		if (rc != 0 && (rc != ERR_NOENT || n > 0))
			return rc < 0 ? rc : 0;
	}
	return ERR_NOENT;
}

/* A new request for a machine that waits in retry/: it becomes part of that. */
static int
claim_waiting(struct group *group, bool *early, int64_t *mtime)
{
	struct queue *queue = group->work->queue;
	struct buf name = BUF_INIT;
	struct os_info info;
	int64_t age;
	int rc;

	if (!queue->waiting)
		return 0;
	rc = find_waiting(group, &name);
	if (rc == 0)
		rc = os_info(queue->retry, buf_text(&name), &info);
	if (rc == 0) {
		age = os_clock() - info.mtime;
		*early = age >= 0 && age < RETRY_MINUTE && !group->forced;
		*mtime = info.mtime;
		rc = claim(group, queue->retry, buf_text(&name));
		group->retried = rc == 0;
	}
	if (rc != 0)
		*early = false;
	buf_free(&name);
	return rc == ERR_NOENT ? 0 : rc;
}

/* The one that gives its SMS ID is claimed first: always the same one. */
static size_t
least_name(const struct batch *batch, size_t first, size_t end)
{
	size_t least = first, i;

	for (i = first + 1; i < end; i++)
		if (strcmp(batch_name(batch, i), batch_name(batch, least)) < 0)
			least = i;
	return least;
}

static int
work_group(struct group *group, size_t first, size_t end)
{
	size_t least = least_name(group->batch, first, end), i;
	bool early = false;
	int64_t mtime = 0;
	int rc;

	rc = claim_item(group, least);
	for (i = first; rc == 0 && i < end; i++)
		if (i != least)
			rc = claim_item(group, i);
	if (rc == 0 && group->claims.len > 0) {
		if (!group->retried)
			rc = claim_waiting(group, &early, &mtime);
		if (rc == 0)
			rc = early ? join(group, mtime) : serve_group(group);
	}
	if (rc != 0)
		give_back(group);
	return rc;
}

static int
do_machine(struct work *work, struct batch *batch, size_t first, size_t end)
{
	struct group group = {
		.work = work,
		.batch = batch,
		.machine = batch_machine(batch, first),
		.ccr = { .machine = NULL },
	};
	int rc;

	rc = work_group(&group, first, end);
	ccr_free(&group.ccr);
	buf_free(&group.claims);
	buf_free(&group.left);
	buf_free(&group.id);
	return rc;
}

/* Locks */

static unsigned
lock_of(const struct batch *batch, size_t i)
{
	return (unsigned)(batch->items[i].hash >> LOCK_SHIFT);
}

/* All machines of one lock, from `first` on; *end is behind them. */
static int
do_locked(struct work *work, struct batch *batch, size_t first, size_t end)
{
	size_t next;
	int rc = 0;

	for (; rc == 0 && first < end && !work->result->restart; first = next) {
		next = batch_next(batch, first);
		if (os_stop_asked())
			return ERR_STOP;
		rc = do_machine(work, batch, first, next);
	}
	return rc;
}

static int
do_lock(struct work *work, struct batch *batch, size_t first, size_t end)
{
	struct os_lock *lock = NULL;
	char name[3];
	size_t i;
	int rc;

	name[0] = "0123456789abcdef"[lock_of(batch, first) >> 4];
	name[1] = "0123456789abcdef"[lock_of(batch, first) & 15];
	name[2] = '\0';
	rc = os_lock_take(work->queue->machines, name, OS_PRIVATE, 0, &lock);
	if (rc == ERR_BUSY)
		return 0;
	if (rc == 0)
		rc = do_locked(work, batch, first, end);
	os_lock_drop(lock);
	for (i = first; i < end; i++)
		batch->items[i].handled = true;
	return rc;
}

static size_t
end_of_lock(const struct batch *batch, size_t i)
{
	unsigned lock = lock_of(batch, i);

	while (i < batch->count && lock_of(batch, i) == lock)
		i++;
	return i;
}

/* One round over all that is not handled yet, from `start` on. */
static int
do_round(struct work *work, struct batch *batch, size_t start)
{
	const size_t from[2] = { start, 0 }, to[2] = { batch->count, start };
	size_t i, end;
	int rc = 0, half;

	for (half = 0; half < 2; half++) {
		for (i = from[half]; rc == 0 && i < to[half]; i = end) {
			end = end_of_lock(batch, i);
			if (!batch->items[i].handled && !work->result->restart)
				rc = do_lock(work, batch, i, end);
		}
	}
	return rc;
}

int
work_batch(struct work *work, struct batch *batch)
{
	size_t start = 0, i;
	int rc;

	work->since = os_ticks();
	batch_sort(batch);
	while (start < batch->count && lock_of(batch, start) < work->first)
		start++;
	rc = do_round(work, batch, start);
	/* What another instance had locked may be free by now. */
	if (rc == 0)
		rc = do_round(work, batch, start);
	for (i = 0; i < batch->count; i++)
		if (!batch->items[i].handled)
			work->result->left++;
	batch_clear(batch);
	return rc;
}
