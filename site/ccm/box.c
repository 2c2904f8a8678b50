/*
 * Reading a box. A file is read where it stands, through one handle; when it is
 * claimed later it must still be that file (work.c).
 */
#include "box.h"

#include <string.h>

#include "err.h"
#include "os.h"

#include "batch.h"
#include "buf.h"
#include "ccr.h"
#include "logfile.h"
#include "pattern.h"
#include "queue.h"
#include "requestname.h"
#include "retry.h"
#include "text.h"

#define MACHINE_MAX 15 /* characters of a NetBIOS name */
#define PATIENCE    (5 * OS_SECOND)

/* One file under the eyes. */
struct look {
	struct box_reading *reading;
	struct os_dir *dir;
	const char *name;
	struct os_info info;
	struct buf id, text, why;
	struct ccr ccr;
};

/* As long as it was when it was opened: who writes in it now makes another
 * file of it. */
static int
read_all(struct look *look, struct os_file *file)
{
	size_t size = CCR_MAX + 1;
	int rc;

	if (look->info.size < size)
		size = (size_t)look->info.size;
	rc = buf_reserve(&look->text, size + 1);
	if (rc == 0)
		rc = os_read(file, look->text.data, size, &look->text.len);
	if (rc == 0)
		look->text.data[look->text.len] = '\0';
	return rc;
}

static int
read_file(struct look *look)
{
	struct os_file *file = NULL;
	int rc;

	rc = os_open(look->dir, look->name, OS_READ, OS_PRIVATE, &file);
	if (rc == 0)
		rc = os_file_info(file, &look->info);
	if (rc == 0)
		rc = read_all(look, file);
	os_file_close(file);
	return rc;
}

static bool
is_machine_name(const char *name)
{
	size_t len = strspn(name,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-_");

	return len > 0 && len <= MACHINE_MAX && name[len] == '\0';
}

/* May a request be about this machine here? NULL, or why not. */
static const char *
refusal(const struct queue_rules *rules, const char *machine)
{
	if (rules->host != NULL)
		return text_same(machine, rules->host)
		    ? NULL
		    : "it is about another machine";
	if (!is_machine_name(machine))
		return "its Machine Name is not 1 to 15 letters, digits, - "
		       "and _";
	if (rules->allow != NULL && pattern_match(rules->allow, machine) != 0)
		return "[Machines] Allow of the policy does not allow its "
		       "machine";
	return NULL;
}

/* Is it so new that it may still be being written? */
static bool
is_fresh(const struct look *look)
{
	int64_t age = os_clock() - look->info.mtime;

	return age >= 0 && age < PATIENCE;
}

static int
refuse(struct look *look, const char *why)
{
	struct box_reading *reading = look->reading;

	/* Without its SMS ID a client knows its own by the machine alone. */
	if (reading->queue->rules.shared && reading->queue->rules.smsid == NULL)
		return 0;
	if (reading->patient && !reading->retrying && is_fresh(look)) {
		reading->again = true;
		return 0;
	}
	return queue_refuse(reading->queue, look->dir, look->name,
	    look->info.id == 0 ? NULL : &look->info, why);
}

static int
add(struct look *look)
{
	struct box_reading *reading = look->reading;
	struct batch_item item = {
		.hash = queue_hash(look->ccr.machine),
		.id = look->info.id,
		.mtime = look->info.mtime,
		.retrying = reading->retrying,
		/* Nobody else can have a try forced. */
		.tried = retry_was_tried(&look->ccr) &&
		    queue_trusts(reading->queue, &look->info),
	};
	int rc;

	rc = batch_add(reading->batch, &item, look->name, look->ccr.machine);
	if (rc == 0 && reading->batch->count >= BATCH_MAX)
		rc = reading->full(reading->arg);
	return rc;
}

static bool
is_due(struct look *look)
{
	struct box_reading *reading = look->reading;
	int64_t now = os_clock(), due;

	due = retry_due(
	    buf_text(&look->id), look->ccr.attempts, look->info.mtime, now);
	if (due > now && due < reading->next)
		reading->next = due;
	return due <= now;
}

/* What could be opened. */
static int
judge(struct look *look)
{
	const char *why;
	int rc;

	if (look->text.len == 0)
		return refuse(look, "it is empty");
	rc = ccr_parse(look->name, look->text.data, look->text.len, &look->ccr,
	    &look->why);
	if (rc == ERR_NOMEM)
		return rc;
	if (rc != 0)
		return refuse(look, buf_text(&look->why));
	why = refusal(&look->reading->queue->rules, look->ccr.machine);
	if (why != NULL)
		rc = refuse(look, why);
	else if (!look->reading->retrying || is_due(look))
		rc = add(look);
	ccr_free(&look->ccr);
	return rc;
}

static int
look_at(struct look *look)
{
	int rc;

	rc = requestname_read(look->name, &look->id);
	if (rc == ERR_NAME)
		return refuse(look, "its name is not that of a request");
	if (rc != 0)
		return rc;
	rc = read_file(look);
	switch (rc) {
	case 0: return judge(look);
	case ERR_LINK: return refuse(look, "it is a link");
	case ERR_ACCES: return refuse(look, "it cannot be read");
	case ERR_NOENT: /* another ccm has it */
	case ERR_BUSY: /* somebody writes */ return 0;
	case ERR_NOMEM:
	case ERR_STOP: return rc;
	default:
		queue_warn(look->reading->queue, look->name, err_text(rc));
		return 0;
	}
}

/* Are only files of one client looked at, and is this another one's? */
static bool
is_foreign(struct box_reading *reading, const char *name)
{
	const char *smsid = reading->queue->rules.smsid;
	struct buf id = BUF_INIT;
	bool foreign;

	if (smsid == NULL)
		return false;
	foreign = requestname_read(name, &id) != 0 ||
	    !text_same(buf_text(&id), smsid);
	buf_free(&id);
	return foreign;
}

static bool
is_ours(const char *name)
{
	return text_same(name, "processing") || text_same(name, "retry") ||
	    text_same(name, "failed");
}

static int
each(void *arg, const char *name, enum os_kind kind)
{
	struct box_reading *reading = arg;
	struct queue *queue = reading->queue;
	struct look look = { .reading = reading, .name = name };
	int rc;

	if (os_stop_asked())
		return ERR_STOP;
	if (is_foreign(reading, name) ||
	    (!reading->retrying && kind == OS_FOLDER && is_ours(name)))
		return 0;
	if (kind == OS_FOLDER || kind == OS_OTHER) {
		queue_warn(queue, name,
		    kind == OS_FOLDER ? "a folder" : "a pipe or a device");
		return 0;
	}
	if (!requestname_is(name))
		return 0;
	look.dir = reading->retrying ? queue->retry : queue->box;
	rc = look_at(&look);
	buf_free(&look.id);
	buf_free(&look.text);
	buf_free(&look.why);
	return rc;
}

int
box_read(struct box_reading *reading)
{
	reading->retrying = false;
	return os_dir_list(reading->queue->box, ".", each, reading);
}

int
box_read_retry(struct box_reading *reading)
{
	reading->retrying = true;
	return os_dir_list(reading->queue->retry, ".", each, reading);
}
