/* One pass over a box. */
#include "pass.h"

#include "err.h"
#include "os.h"

#include "box.h"
#include "file.h"
#include "logfile.h"
#include "queue.h"
#include "requestname.h"
#include "retry.h"

#define SWEEP	  (3600 * OS_SECOND)
#define ABANDONED (24 * 3600 * OS_SECOND) /* a client's temporary file */

static int
work(void *arg)
{
	struct pass *pass = arg;
	struct work w = {
		.queue = pass->queue,
		.server = pass->server,
		.result = &pass->result,
		.first = pass->first,
	};

	if (pass->batch.count > 1 && pass->crowd != NULL)
		pass->crowd(pass->arg, pass->batch.count);
	return work_batch(&w, &pass->batch);
}

/* Nothing is due later than the longest wait: else the clock was set back. */
static bool
is_due(const struct pass *pass)
{
	int64_t now = os_clock();

	return pass->due <= now ||
	    (pass->due != INT64_MAX && pass->due - now > 2 * RETRY_LONGEST);
}

/* What failed in this pass is due in a minute at the earliest. */
static void
set_due(struct pass *pass, int64_t next)
{
	int64_t minute = os_clock() + RETRY_MINUTE;

	if (pass->result.retrying > 0 && next > minute)
		next = minute;
	if (next < pass->due)
		pass->due = next;
}

static int
is_request(void *arg, const char *name, enum os_kind kind)
{
	(void)arg;
	return kind == OS_REGULAR && requestname_is(name);
}

/* Where retry/ is empty no request is looked for in it. What another instance
 * puts there meanwhile is found when it is due. */
static int
look_at_retry(struct queue *queue)
{
	int rc = os_dir_list(queue->retry, ".", is_request, NULL);

	queue->waiting = rc > 0;
	return rc > 0 ? 0 : rc;
}

static void
say(const struct pass *pass)
{
	const struct work_result *r = &pass->result;

	if (r->done + r->retrying + r->failed > 0)
		log_info(pass->queue->log,
		    "%zu machines done, %zu of them were current; %zu in "
		    "retry, %zu given up",
		    r->done, r->current, r->retrying, r->failed);
}

static int
read_and_work(struct pass *pass)
{
	struct box_reading reading = {
		.queue = pass->queue,
		.batch = &pass->batch,
		.full = work,
		.arg = pass,
		.patient = pass->patient,
		.next = INT64_MAX,
	};
	bool due = is_due(pass);
	int rc;

	rc = box_read(&reading);
	if (rc == 0 && due)
		rc = box_read_retry(&reading);
	if (rc == 0)
		rc = work(pass);
	if (rc == 0 && due)
		pass->due = INT64_MAX;
	set_due(pass, reading.next);
	pass->again = reading.again || pass->result.left > 0;
	return rc;
}

static void
tidy(struct pass *pass)
{
	struct queue *queue = pass->queue;
	int64_t now = os_clock();

	queue_sweep_failed(queue);
	if (now - pass->swept < SWEEP && now >= pass->swept)
		return;
	pass->swept = now;
	file_sweep(queue->box, ".", ABANDONED);
	file_sweep(queue->retry, ".", ABANDONED);
	file_sweep(queue->failed, ".", ABANDONED);
}

int
pass_run(struct pass *pass)
{
	struct queue *queue = pass->queue;
	unsigned count;
	int rc;

	pass->result = (struct work_result){ .done = 0 };
	pass->again = false;
	rc = instance_take_back(
	    &queue->instance, queue->box, queue->log, &count);
	if (rc == 0)
		rc = look_at_retry(queue);
	if (rc == 0)
		rc = read_and_work(pass);
	say(pass);
	batch_clear(&pass->batch);
	tidy(pass);
	return rc;
}

void
pass_free(struct pass *pass)
{
	batch_free(&pass->batch);
}
