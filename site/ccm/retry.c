/* Retries: when, how often, how long. */
#include "retry.h"

#include "err.h"
#include "os.h"

#include "buf.h"
#include "ccr.h"
#include "file.h"
#include "queue.h"
#include "requestname.h"
#include "text.h"

#define DOUBLINGS 6 /* 64 minutes: beyond the longest */
#define FIFTH	  5

/* When */

int64_t
retry_wait(const char *id, uint64_t attempts)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
	int64_t wait = RETRY_LONGEST;
	const char *p;

	if (attempts == 0)
		return 0;
	if (attempts <= DOUBLINGS)
		wait = RETRY_MINUTE << (attempts - 1);
	for (p = id; *p != '\0'; p++)
		hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	/* Names that differ in the last letter differ in few bits so far. */
	hash = (hash ^ attempts ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
	hash ^= hash >> 33;
	return wait + (int64_t)(hash % (uint64_t)(wait / FIFTH));
}

int64_t
retry_due(const char *id, uint64_t attempts, int64_t mtime, int64_t now)
{
	if (mtime > now)
		return now;
	return mtime + retry_wait(id, attempts);
}

/* What it says */

bool
retry_was_tried(const struct ccr *ccr)
{
	return ccr->attempts > 0 || ccr->first_attempt >= 0;
}

bool
retry_was_reported(const struct ccr *ccr)
{
	return ccr->first_attempt >= 0 &&
	    ccr->latest_attempt - ccr->first_attempt >= RETRY_REPORT;
}

void
retry_forget(struct ccr *ccr)
{
	ccr->first_attempt = ccr->interval_start = ccr->latest_attempt = -1;
	ccr->attempts = ccr->last_error = 0;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* A request without a count is one. */
static uint64_t
add(uint64_t a, uint64_t b)
{
	if (a == 0)
		a = 1;
	if (b == 0)
		b = 1;
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

void
retry_merge(struct ccr *into, const struct ccr *from)
{
	into->first_request = earlier(into->first_request, from->first_request);
	into->latest_request = later(
	    into->latest_request, from->latest_request);
	into->requests = add(into->requests, from->requests);
	if (from->latest_attempt >= into->latest_attempt &&
	    from->last_error != 0)
		into->last_error = from->last_error;
	into->first_attempt = earlier(into->first_attempt, from->first_attempt);
	into->latest_attempt = later(
	    into->latest_attempt, from->latest_attempt);
	into->interval_start = later(
	    into->interval_start, from->interval_start);
	if (into->attempts < from->attempts)
		into->attempts = from->attempts;
}

void
retry_renew(struct ccr *into, int64_t now)
{
	into->interval_start = now;
}

/* What is later than now was written under a clock that was wrong. */
static int64_t
not_after(int64_t when, int64_t now)
{
	return when < 0 || when > now ? now : when;
}

enum retry_fate
retry_count(struct ccr *ccr, uint64_t error, int64_t now)
{
	int64_t before;

	ccr->first_attempt = not_after(ccr->first_attempt, now);
	ccr->interval_start = not_after(ccr->interval_start, now);
	before = not_after(ccr->latest_attempt, now);
	if (ccr->latest_attempt < 0)
		before = ccr->first_attempt;
	ccr->latest_attempt = now;
	if (ccr->attempts < UINT64_MAX)
		ccr->attempts++;
	ccr->last_error = error;
	if (now - ccr->interval_start >= RETRY_DURATION)
		return RETRY_OVER;
	if (now - ccr->first_attempt >= RETRY_REPORT &&
	    before - ccr->first_attempt < RETRY_REPORT)
		return RETRY_TELL;
	return RETRY_AGAIN;
}

/* The file */

static int
fill(struct os_file *file, const struct buf *text, int64_t mtime)
{
	int rc, closed;

	rc = os_write(file, text->data, text->len);
	if (rc == 0)
		rc = os_file_stamp(file, mtime, 0);
	if (rc == 0)
		rc = os_file_flush(file);
	closed = os_file_close(file);
	return rc == 0 ? closed : rc;
}

int
retry_name(const char *id, const char *machine, unsigned n, struct buf *name)
{
	if (n == 0)
		return requestname_make(id, name);
	return requestname_other(id, (uint32_t)queue_hash(machine) + n, name);
}

/* Under a name that nothing else has. */
static int
put(struct os_dir *dir, const char *temporary, const char *name,
    const char *machine)
{
	int rc = os_rename_new(dir, temporary, dir, name), same;

	if (rc != ERR_EXIST)
		return rc;
	same = retry_is_about(dir, name, machine);
	if (same == ERR_NOENT)
		return os_rename_new(dir, temporary, dir, name);
	return same <= 0 ? (same < 0 ? same : ERR_EXIST)
			 : os_replace(dir, temporary, dir, name);
}

int
retry_write(struct os_dir *dir, const char *id, const struct ccr *ccr,
    int64_t mtime, struct buf *name)
{
	struct buf text = BUF_INIT, temporary = BUF_INIT;
	struct os_file *file = NULL;
	unsigned n;
	int rc;

	rc = ccr_write(ccr, &text);
	if (rc == 0)
		rc = file_temporary(id, &temporary);
	if (rc == 0)
		rc = os_open(dir, temporary.data, OS_CREATE, OS_PUBLIC, &file);
	if (rc != 0)
		goto out;
	rc = fill(file, &text, mtime);
	if (rc == 0)
		rc = ERR_EXIST;
	for (n = 0; rc == ERR_EXIST && n < RETRY_NAMES; n++) {
		rc = retry_name(id, ccr->machine, n, name);
		if (rc == 0)
			rc = put(dir, temporary.data, name->data, ccr->machine);
	}
	if (rc == 0)
		rc = os_dir_flush(dir, ".");
	else
		os_remove(dir, temporary.data);
	if (rc == ERR_UNSUP) /* some shares cannot */
		rc = 0;
out:
	buf_free(&temporary);
	buf_free(&text);
	return rc;
}

int
retry_is_about(struct os_dir *dir, const char *name, const char *machine)
{
	struct ccr ccr;
	int rc;

	rc = retry_read(dir, name, &ccr);
	if (rc != 0)
		return rc == ERR_NOMEM || rc == ERR_NOENT ? rc : 0;
	rc = text_same(ccr.machine, machine);
	ccr_free(&ccr);
	return rc;
}

int
retry_read(struct os_dir *dir, const char *name, struct ccr *ccr)
{
	struct buf text = BUF_INIT;
	int rc;

	*ccr = (struct ccr){ .machine = NULL };
	rc = file_read(dir, name, CCR_MAX, &text);
	if (rc == 0)
		rc = ccr_parse(name, buf_text(&text), text.len, ccr, NULL);
	buf_free(&text);
	return rc;
}
