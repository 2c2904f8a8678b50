/*
 * Putting .raw files where they are picked up. What is in them is written by
 * rawfile_status.c: the resident monitor links this file, which must therefore
 * not need libgcrypt.
 */
#include "rawfile.h"

#include <inttypes.h>
#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "file.h"
#include "smsini.h"
#include "text.h"

#define SUFFIX ".raw"
#define DIGITS 16
#define TRIES  10 /* of names that happen to be there */
#define OLD    (24 * 3600 * OS_SECOND)

static int
write_temporary(struct os_dir *dir, const char *name, const struct buf *text)
{
	struct os_file *file = NULL;
	int rc, closed;

	/* Public: the monitor of the user who is logged on reads it. */
	rc = os_open(dir, name, OS_CREATE, OS_PUBLIC, &file);
	if (rc != 0)
		return rc;
	rc = os_write(file, buf_text(text), text->len);
	if (rc == 0)
		rc = os_file_flush(file);
	closed = os_file_close(file);
	if (rc == 0)
		rc = closed;
	if (rc != 0)
		os_remove(dir, name);
	return rc;
}

/* A name that is taken is somebody else's file: another one is tried. */
static int
rename_new(struct os_dir *dir, const char *temporary, const char *smsid,
    struct buf *name)
{
	uint64_t number;
	int rc = ERR_EXIST;
	int i;

	for (i = 0; i < TRIES && rc == ERR_EXIST; i++) {
		rc = os_random(&number, sizeof number);
		if (rc != 0)
			break;
		buf_clear(name);
		rc = buf_format(
		    name, "%s-%0*" PRIx64 SUFFIX, smsid, DIGITS, number);
		if (rc == 0)
			rc = os_rename_new(dir, temporary, dir, name->data);
	}
	return rc;
}

struct older {
	const char *smsid;
	const char *form; /* what stands before the digits: "", "full-" */
	size_t len;	  /* of that */
	struct buf names;
};

/* A name as rename_new makes it, or rawfile_full_name. */
static int
note_older(void *arg, const char *name, enum os_kind kind)
{
	struct older *older = arg;
	size_t len = strlen(older->smsid), form = older->len;
	const char *rest = name + len + 1;

	if (kind != OS_REGULAR || strncmp(name, older->smsid, len) != 0 ||
	    name[len] != '-' || strncmp(rest, older->form, form) != 0 ||
	    strspn(rest + form, "0123456789abcdef") != DIGITS ||
	    strcmp(rest + form + DIGITS, SUFFIX) != 0)
		return 0;
	return buf_add(&older->names, name, strlen(name) + 1);
}

/*
 * Where nobody moves files, or nobody may move those of their writer, there
 * would be ever more. What the new file `name` says counts now: those of the
 * same form and owner that have lain here for a day go (a status says nothing
 * of what an inventory holds). Whatever fails here, the new file is there.
 */
static void
remove_older(struct os_dir *dir, const char *smsid, const char *name)
{
	const char *form = name + strlen(smsid) + 1;
	struct older older = { smsid, form,
		strlen(form) - DIGITS - strlen(SUFFIX), BUF_INIT };
	int64_t before = os_clock() - OLD;
	struct os_info own, info;
	const char *p, *end;

	if (os_info(dir, name, &own) != 0 ||
	    os_dir_list(dir, ".", note_older, &older) != 0)
		goto out;
	end = older.names.data + older.names.len;
	for (p = older.names.data; p != end; p += strlen(p) + 1)
		if (strcmp(p, name) != 0 && os_info(dir, p, &info) == 0 &&
		    info.kind == OS_REGULAR && info.owner == own.owner &&
		    info.mtime <= before)
			os_remove(dir, p);
out:
	buf_free(&older.names);
}

/* Flushes the folder behind the new file. */
static int
finish(struct os_dir *dir, const char *smsid, const char *name)
{
	int rc = os_dir_flush(dir, ".");

	/* Who may not list the drop box cannot flush it: the file is there. */
	if (rc == ERR_ACCES || rc == ERR_UNSUP)
		rc = 0;
	if (rc == 0)
		remove_older(dir, smsid, name);
	return rc;
}

int
rawfile_put(struct os_dir *invdata, const char *smsid, const struct buf *text)
{
	struct buf temporary = BUF_INIT, name = BUF_INIT;
	int rc;

	if (!smsini_id_is_name(smsid))
		return ERR_ARG;
	rc = file_temporary(smsid, &temporary);
	if (rc == 0)
		rc = write_temporary(invdata, temporary.data, text);
	if (rc != 0)
		goto out;
	rc = rename_new(invdata, temporary.data, smsid, &name);
	if (rc != 0)
		os_remove(invdata, temporary.data);
	else
		rc = finish(invdata, smsid, name.data);
out:
	buf_free(&name);
	buf_free(&temporary);
	return rc;
}

int
rawfile_full_name(const char *smsid, const char *kind, struct buf *name)
{
	uint64_t number;
	int rc;

	if (!smsini_id_is_name(smsid))
		return ERR_ARG;
	rc = os_random(&number, sizeof number);
	buf_clear(name);
	return rc != 0 ? rc
		       : buf_format(name, "%s-%s-%0*" PRIx64 SUFFIX, smsid,
			     kind, DIGITS, number);
}

/* Does it begin with the SMS ID and end as rawfile_full_name ends it? */
static bool
is_full_name(const char *smsid, const char *name)
{
	size_t id = strlen(smsid), len = strlen(name);

	return len > id + 1 + DIGITS + strlen(SUFFIX) &&
	    strncmp(name, smsid, id) == 0 && name[id] == '-' &&
	    name[len - DIGITS - strlen(SUFFIX) - 1] == '-' &&
	    strcmp(name + len - strlen(SUFFIX), SUFFIX) == 0;
}

int
rawfile_put_full(struct os_dir *invdata, const char *smsid, const char *name,
    const struct buf *text)
{
	struct buf temporary = BUF_INIT;
	int rc;

	if (!is_full_name(smsid, name))
		return ERR_ARG;
	rc = file_temporary(smsid, &temporary);
	if (rc == 0)
		rc = write_temporary(invdata, temporary.data, text);
	if (rc == 0) {
		rc = os_rename_new(invdata, temporary.data, invdata, name);
		if (rc != 0)
			os_remove(invdata, temporary.data);
		else
			rc = finish(invdata, smsid, name);
	}
	buf_free(&temporary);
	return rc;
}

int
rawfile_is_name(const char *name)
{
	size_t len = strlen(name), tail = strlen(SUFFIX);

	return len > tail && text_same(name + len - tail, SUFFIX);
}
