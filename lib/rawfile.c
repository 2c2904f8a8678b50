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
	struct buf names;
};

/* A name as rename_new makes it. */
static int
note_older(void *arg, const char *name, enum os_kind kind)
{
	struct older *older = arg;
	size_t len = strlen(older->smsid);

	if (kind != OS_REGULAR || strncmp(name, older->smsid, len) != 0 ||
	    name[len] != '-' ||
	    strspn(name + len + 1, "0123456789abcdef") != DIGITS ||
	    strcmp(name + len + 1 + DIGITS, SUFFIX) != 0)
		return 0;
	return buf_add(&older->names, name, strlen(name) + 1);
}

/*
 * Where nobody moves files, or nobody may move those of their writer, there
 * would be ever more. What the new file `name` says counts now: those of the
 * same owner that have lain here for a day go. Whatever fails here, the new
 * file is there.
 */
static void
remove_older(struct os_dir *dir, const char *smsid, const char *name)
{
	struct older older = { smsid, BUF_INIT };
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
	if (rc != 0) {
		os_remove(invdata, temporary.data);
		goto out;
	}
	rc = os_dir_flush(invdata, ".");
	/* Who may not list the drop box cannot flush it: the file is there. */
	if (rc == ERR_ACCES || rc == ERR_UNSUP)
		rc = 0;
	if (rc == 0)
		remove_older(invdata, smsid, name.data);
out:
	buf_free(&name);
	buf_free(&temporary);
	return rc;
}

int
rawfile_is_name(const char *name)
{
	size_t len = strlen(name), tail = strlen(SUFFIX);

	return len > tail && text_same(name + len - tail, SUFFIX);
}
