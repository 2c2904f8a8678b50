/*
 * Copying one file out of the store of a logon root. Who reads it hashes it on
 * the way, so that hashing and writing go on side by side. The bytes go where
 * the caller stages them; whether they may be used is known only when this has
 * returned 0.
 */
#include "source.h"

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "copylist.h"
#include "digest.h"
#include "progress.h"
#include "source_inside.h"
#include "store.h"

#include <stdbool.h>
#include <string.h>

#define MS	    (OS_SECOND / 1000)
#define LONGEST_NAP 60000     /* ms; os_sleep takes an int */
#define SLACK	    (20 * MS) /* no nap for less */

/* A copy under way. */
struct copy {
	struct source *source;
	const struct source_want *want;
	struct os_file *to; /* or, */
	struct buf *memory; /* when that is NULL */
	uint64_t done;
	int ours;
};

/* Time in which nothing came is no credit, but for what naps took too long. */
static void
begin_pace(struct source *source)
{
	int64_t now = os_ticks();

	if (source->paid < now - SLACK)
		source->paid = now - SLACK;
}

/* Waits until `len` more bytes may have come under the limit. */
static int
keep_pace(const struct copy *copy, size_t len)
{
	struct source *source = copy->source;
	int64_t ahead;
	int rc = 0;

	if (copy->want->limit == 0)
		return 0;
	source->paid += (int64_t)((double)len / (double)copy->want->limit *
	    (double)OS_SECOND);
	while (rc == 0 && (ahead = source->paid - os_ticks()) > SLACK) {
		ahead = ahead / MS + 1;
		rc = os_sleep(ahead < LONGEST_NAP ? (int)ahead : LONGEST_NAP);
	}
	return rc;
}

static int
take_piece(struct copy *copy, const void *data, size_t len)
{
	int rc;

	if (len > copy->want->size - copy->done)
		return ERR_DIGEST;
	rc = copy->to != NULL ? os_write(copy->to, data, len)
			      : buf_add(copy->memory, data, len);
	if (rc != 0) {
		copy->ours = 1;
		return rc;
	}
	copy->done += len;
	progress_add(copy->want->progress, len);
	return keep_pace(copy, len);
}

static int
take_all(struct copy *copy, struct os_share *share)
{
	const void *data;
	size_t len;
	int rc;

	for (;;) {
		rc = os_share_next(share, SOURCE_STALL_MS, &data, &len);
		if (rc == 0 && len > 0)
			rc = take_piece(copy, data, len);
		if (rc != 0)
			return rc;
		if (len == 0)
			break;
	}
	if (copy->done != copy->want->size ||
	    strcmp(os_share_summed(share), copy->want->digest) != 0)
		return ERR_DIGEST;
	return 0;
}

/* Where the reading of one file fails so, it may be that file or the server. */
static bool
is_of_one(int code)
{
	return code == ERR_NOENT || code == ERR_IO || code == ERR_NAME;
}

/* A server that has lost its list, or cannot read it, is no logon server any
 * more: that a file of its store cannot be had says nothing about the file. */
static int
still_there(struct source *source)
{
	const void *data;
	size_t len;
	int rc = os_share_start(source->share, COPYLIST_NAME, 1);

	if (rc == 0)
		rc = os_share_next(source->share, SOURCE_STALL_MS, &data, &len);
	return is_of_one(rc) ? ERR_HOST : rc;
}

/* A file of the right beginning that goes on is not the one wanted. */
static uint64_t
enough(const struct source_want *want)
{
	return want->size + 1;
}

static int
run(struct source *source, struct copy *copy, int *ours, struct buf *why)
{
	const struct source_want *want = copy->want;
	struct buf name = BUF_INIT;
	int rc = store_name(want->digest, &name), gone;

	if (rc != 0) {
		copy->ours = 1;
		goto out;
	}
	begin_pace(source);
	os_share_sum(source->share, digest_sum());
	rc = os_share_start(source->share, buf_text(&name), enough(want));
	os_share_sum(source->share, NULL);
	if (rc == 0)
		rc = take_all(copy, source->share);
	if (!copy->ours && is_of_one(rc) && (gone = still_there(source)) != 0)
		rc = gone;
out:
	if (rc != 0 && copy->ours)
		buf_why(why, rc, "%s", err_text(rc));
	else if (rc != 0)
		buf_why(why, rc, "%s/%s: %s", source->root, buf_text(&name),
		    err_text(rc));
	*ours = copy->ours;
	buf_free(&name);
	return rc;
}

int
source_fetch(struct source *source, const struct source_want *want,
    struct os_file *to, int *ours, struct buf *why)
{
	struct copy copy = { .source = source, .want = want, .to = to };

	return run(source, &copy, ours, why);
}

int
source_read(struct source *source, const struct source_want *want,
    struct buf *text, struct buf *why)
{
	struct copy copy = { .source = source, .want = want, .memory = text };
	int ours;

	buf_clear(text);
	return run(source, &copy, &ours, why);
}

int
source_ahead(struct source *source, const struct source_want *want)
{
	struct buf name = BUF_INIT;
	int rc = want->limit != 0 ? ERR_UNSUP : store_name(want->digest, &name);

	os_share_sum(source->share, digest_sum());
	if (rc == 0)
		rc = os_share_ahead(
		    source->share, buf_text(&name), enough(want));
	os_share_sum(source->share, NULL);
	buf_free(&name);
	return rc;
}
