/* One file, copied to the inventory box of a logon root. This runs in a
 * process of its own, which is left behind when the share hangs. */
#include "send.h"

#include <stdlib.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "file.h"
#include "rawfile.h"
#include "raws.h"

#define PIECE	((size_t)64 << 10)

/* Is the open file what it must be? */
static int
check(const struct send *send, struct os_file *from)
{
	struct os_info info;

	if (os_file_info(from, &info) != 0 || info.links != 1 ||
	    !raws_same(&info, send->info))
		return ERR_CHANGED;
	return 0;
}

static int
copy(struct os_file *from, struct os_file *to)
{
	char *piece = malloc(PIECE);
	size_t got = PIECE;
	int rc = piece == NULL ? ERR_NOMEM : 0;

	while (rc == 0 && got == PIECE) {
		if (os_read(from, piece, PIECE, &got) != 0)
			rc = ERR_CHANGED;
		else if (got > 0)
			rc = os_write(to, piece, got);
	}
	free(piece);
	return rc;
}

/* Writes `to`, closes it, and gives it its name. */
static int
deliver(const struct send *send, struct os_file *from, struct os_dir *box,
    const char *temporary, struct os_file *to)
{
	int rc, late;

	rc = copy(from, to);
	if (rc == 0)
		rc = check(send, from);
	if (rc == 0)
		rc = os_file_flush(to);
	late = os_file_close(to);
	if (rc == 0)
		rc = late;
	if (rc == 0)
		rc = os_rename_new(box, temporary, box, send->target);
	if (rc != 0)
		os_remove(box, temporary);
	return rc;
}

static int
send_into(const struct send *send, struct os_file *from, struct os_dir *box)
{
	struct buf temporary = BUF_INIT;
	struct os_file *to = NULL;
	struct os_info there;
	int rc;

	if (os_info(box, send->target, &there) == 0)
		return 0;
	rc = file_temporary(send->target, &temporary);
	if (rc == 0)
		rc = os_open(box, temporary.data, OS_CREATE, OS_PUBLIC, &to);
	if (rc == 0)
		rc = deliver(send, from, box, temporary.data, to);
	if (rc == ERR_EXIST)
		rc = 0;
	/* A box that nobody may list cannot be flushed by us either. */
	if (rc == 0)
		os_dir_flush(box, ".");
	buf_free(&temporary);
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

int
send_run(void *arg)
{
	const struct send *send = arg;
	struct os_file *from = NULL;
	struct os_dir *box = NULL;
	int rc;

	rc = os_open(send->dir, send->name, OS_READ, OS_PRIVATE, &from);
	if (rc != 0)
		return ERR_CHANGED;
	rc = check(send, from);
	if (rc == 0)
		rc = open_box(send->root, &box);
	if (rc == 0)
		rc = send_into(send, from, box);
	os_dir_close(box);
	os_file_close(from);
	return rc;
}
