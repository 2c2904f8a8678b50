/* One file, copied to the inventory box of a logon root, by somebody who is left
 * behind when the share hangs. */
#include "send.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "file.h"
#include "instance.h"
#include "rawfile.h"
#include "raws.h"
#include "text.h"

#define PIECE ((size_t)64 << 10)

/* A struct send that owns all that it names. */
struct job {
	struct send send;
	struct os_dir *dir;
	struct os_info info;
	char *name, *root, *smsid;
};

/* Is the open file what it must be? */
static int
check(const struct send *send, struct os_file *from)
{
	struct os_info info;
	int rc;

	rc = os_file_info(from, &info);
	if (rc != 0)
		return SEND_LOCAL(rc);
	return info.links == 1 && raws_same(&info, send->info) ? 0
							       : ERR_CHANGED;
}

static int
open_file(const struct send *send, struct os_file **from)
{
	int rc;

	rc = os_open(send->dir, send->name, OS_READ, OS_PRIVATE, from);
	switch (rc) {
	case 0: break;
	case ERR_NOENT:
	case ERR_LINK:
	case ERR_ISDIR:
	case ERR_NOTFILE: return ERR_CHANGED;
	default: return SEND_LOCAL(rc);
	}
	rc = check(send, *from);
	if (rc != 0) {
		os_file_close(*from);
		*from = NULL;
	}
	return rc;
}

static int
copy(struct os_file *from, struct os_file *to)
{
	char *piece = malloc(PIECE);
	size_t got = PIECE;
	int rc = piece == NULL ? ERR_NOMEM : 0;

	while (rc == 0 && got == PIECE) {
		rc = os_read(from, piece, PIECE, &got);
		if (rc != 0)
			rc = SEND_LOCAL(rc);
		else if (got > 0)
			rc = os_write(to, piece, got);
	}
	free(piece);
	return rc;
}

/* Fills the file `to` and closes it. */
static int
fill(const struct send *send, struct os_file *to)
{
	struct os_file *from = NULL;
	int rc, late;

	rc = open_file(send, &from);
	if (rc == 0)
		rc = copy(from, to);
	if (rc == 0)
		rc = check(send, from);
	if (rc == 0)
		rc = os_file_flush(to);
	late = os_file_close(to);
	os_file_close(from);
	return rc != 0 ? rc : late;
}

/* As os_rename_new for the name `target`. */
static int
deliver(const struct send *send, struct os_dir *box, const char *target)
{
	struct buf temporary = BUF_INIT;
	struct os_file *to = NULL;
	int rc;

	rc = file_temporary(target, &temporary);
	if (rc == 0)
		rc = os_open(box, temporary.data, OS_CREATE, OS_PUBLIC, &to);
	if (rc != 0)
		goto out;
	rc = fill(send, to);
	if (rc == 0)
		rc = os_rename_new(box, temporary.data, box, target);
	if (rc != 0)
		os_remove(box, temporary.data);
out:
	buf_free(&temporary);
	return rc;
}

static int
compare(struct os_file *a, struct os_file *b)
{
	char *pieces = malloc(2 * PIECE);
	size_t got = PIECE, other = PIECE;
	int rc = pieces == NULL ? ERR_NOMEM : 0;

	while (rc == 0 && got == PIECE) {
		rc = os_read(a, pieces, PIECE, &got);
		if (rc != 0)
			rc = SEND_LOCAL(rc);
		else if (os_read(b, pieces + PIECE, PIECE, &other) != 0 ||
		    other != got || memcmp(pieces, pieces + PIECE, got) != 0)
			rc = ERR_EXIST;
	}
	free(pieces);
	return rc;
}

/* 0: the same content has that name; ERR_EXIST: another, or one that we may
 * not read; ERR_NOENT: none. */
static int
look_at(const struct send *send, struct os_dir *box, const char *target)
{
	struct os_file *from = NULL, *there = NULL;
	struct os_info info;
	int rc;

	rc = os_info(box, target, &info);
	if (rc != 0)
		return rc;
	if (os_open(box, target, OS_READ, OS_PRIVATE, &there) != 0)
		return ERR_EXIST;
	rc = open_file(send, &from);
	if (rc == 0)
		rc = compare(from, there);
	os_file_close(from);
	os_file_close(there);
	return rc;
}

/* Delivers it under that name unless it has been; ERR_EXIST: another file has
 * the name. */
static int
send_as(const struct send *send, struct os_dir *box, const char *target)
{
	int rc;

	rc = look_at(send, box, target);
	if (rc != ERR_NOENT)
		return rc;
	rc = deliver(send, box, target);
	return rc == ERR_EXIST ? look_at(send, box, target) : rc;
}

static int
hash(const struct send *send, uint64_t *result)
{
	char *piece = malloc(PIECE);
	struct os_file *from = NULL;
	size_t got = PIECE;
	int rc;

	*result = INSTANCE_HASH;
	rc = piece == NULL ? ERR_NOMEM : open_file(send, &from);
	while (rc == 0 && got == PIECE) {
		rc = os_read(from, piece, PIECE, &got);
		if (rc != 0)
			rc = SEND_LOCAL(rc);
		else
			*result = instance_hash_add(*result, piece, got);
	}
	os_file_close(from);
	free(piece);
	return rc;
}

static int
send_into(const struct send *send, struct os_dir *box)
{
	struct buf target = BUF_INIT;
	uint64_t number;
	size_t stem;
	int rc;

	buf_format(&target, "%s-%" PRId64 "-%" PRIu64, send->smsid,
	    send->info->mtime, send->info->size);
	stem = target.len;
	buf_add_text(&target, ".RAW");
	rc = target.failed ? ERR_NOMEM : send_as(send, box, target.data);
	if (rc != ERR_EXIST)
		goto out;
	rc = hash(send, &number);
	if (rc != 0)
		goto out;
	target.len = stem;
	buf_format(&target, "-%016" PRIx64 ".RAW", number);
	rc = target.failed ? ERR_NOMEM : send_as(send, box, target.data);
	if (rc != ERR_EXIST)
		goto out;
	/* Both names can be worked out, and everybody may create here: only a
	 * name that nobody could know is sure to be free. What we cannot
	 * compare is never taken for sent; at worst it arrives twice. */
	rc = os_random(&number, sizeof number);
	if (rc != 0)
		goto out;
	target.len = stem;
	buf_format(&target, "-%016" PRIx64 ".RAW", number);
	rc = target.failed ? ERR_NOMEM : send_as(send, box, target.data);
out:
	buf_free(&target);
	return rc;
}

static int
open_box(const char *root, struct os_dir **box)
{
	struct os_dir *top = NULL;
	int rc;

	rc = os_dir_open(root, &top);
	if (rc == ERR_NOENT || rc == ERR_NOTDIR)
		rc = ERR_HOST;
	if (rc == 0)
		rc = os_dir_open_in(top, RAWFILE_BOX, box);
	os_dir_close(top);
	return rc;
}

static int
run(void *arg)
{
	const struct send *send = &((struct job *)arg)->send;
	struct os_dir *box = NULL;
	int rc;

	rc = open_box(send->root, &box);
	if (rc == 0)
		rc = send_into(send, box);
	/* Also what was sent before: its sender may have died before this. A
	 * box that nobody may list cannot be flushed by us either. */
	if (rc == 0) {
		rc = os_dir_flush(box, ".");
		if (rc == ERR_ACCES || rc == ERR_UNSUP)
			rc = 0;
	}
	os_dir_close(box);
	return rc;
}

static void
job_free(void *arg)
{
	struct job *job = arg;

	os_dir_close(job->dir);
	free(job->name);
	free(job->root);
	free(job->smsid);
	free(job);
}

static int
job_new(const struct send *what, struct job **made)
{
	struct job *job = calloc(1, sizeof *job);
	int rc;

	if (job == NULL)
		return ERR_NOMEM;
	job->info = *what->info;
	job->name = text_copy(what->name);
	job->root = text_copy(what->root);
	job->smsid = text_copy(what->smsid);
	rc = job->name == NULL || job->root == NULL || job->smsid == NULL
	    ? ERR_NOMEM
	    : os_dir_open_in(what->dir, ".", &job->dir);
	if (rc != 0) {
		job_free(job);
		return rc;
	}
	job->send = (struct send){ job->dir, job->name, &job->info, job->root,
		job->smsid };
	*made = job;
	return 0;
}

int
send_file(const struct send *what, int timeout_ms)
{
	struct job *job;
	int rc;

	rc = job_new(what, &job);
	if (rc != 0)
		return SEND_LOCAL(rc);
	return os_run_limited(run, job, job_free, timeout_ms);
}
