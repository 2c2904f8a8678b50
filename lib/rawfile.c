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

#define SUFFIX		".raw"
#define TRIES		10	/* of names that happen to be there */

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
rename_new(struct os_dir *dir, const char *temporary, const char *smsid)
{
	struct buf name = BUF_INIT;
	uint64_t number;
	int rc = ERR_EXIST;
	int i;

	for (i = 0; i < TRIES && rc == ERR_EXIST; i++) {
		rc = os_random(&number, sizeof number);
		if (rc != 0)
			break;
		buf_clear(&name);
		rc = buf_format(&name, "%s-%016" PRIx64 SUFFIX, smsid, number);
		if (rc == 0)
			rc = os_rename_new(dir, temporary, dir, name.data);
	}
	buf_free(&name);
	return rc;
}

int
rawfile_put(struct os_dir *invdata, const char *smsid, const struct buf *text)
{
	struct buf temporary = BUF_INIT;
	int rc;

	if (!smsini_id_is_name(smsid))
		return ERR_ARG;
	rc = file_temporary(smsid, &temporary);
	if (rc == 0)
		rc = write_temporary(invdata, temporary.data, text);
	if (rc != 0)
		goto out;
	rc = rename_new(invdata, temporary.data, smsid);
	if (rc != 0) {
		os_remove(invdata, temporary.data);
		goto out;
	}
	rc = os_dir_flush(invdata, ".");
	/* Who may not list the drop box cannot flush it: the file is there. */
	if (rc == ERR_ACCES || rc == ERR_UNSUP)
		rc = 0;
out:
	buf_free(&temporary);
	return rc;
}

int
rawfile_is_name(const char *name)
{
	size_t len = strlen(name), tail = strlen(SUFFIX);

	return len > tail && text_same(name + len - tail, SUFFIX);
}
