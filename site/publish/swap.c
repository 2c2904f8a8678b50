/* Writes, reads back, renames, with patience. */
#include "swap.h"

#include "../../platform/err.h"
#include "../../platform/os.h"
#include "buf.h"
#include "copylist.h"
#include "file.h"
#include "tree.h"

#define TRIES	 10  /* of temporary names */
#define FIRST_MS 100 /* of waiting; then twice as long, and so on */
#define MOST_MS	 5000
#define MS	 (OS_SECOND / 1000)

static int
write_temporary(
    const struct tree *tree, const struct buf *text, struct buf *name)
{
	struct os_file *file = NULL;
	int rc = ERR_EXIST, late, i;

	for (i = 0; i < TRIES && rc == ERR_EXIST; i++) {
		rc = file_temporary(COPYLIST_NAME, name);
		if (rc == 0)
			rc = os_open(
			    tree->dir, name->data, OS_CREATE, OS_PUBLIC, &file);
	}
	if (rc != 0)
		return rc;
	rc = os_write(file, text->data, text->len);
	if (rc == 0)
		rc = os_file_flush(file);
	late = os_file_close(file);
	if (rc == 0)
		rc = late;
	if (rc != 0)
		os_remove(tree->dir, name->data);
	return rc;
}

/* Reads back what was written: is it the list, as any reader takes it? */
static int
check_written(const struct tree *tree, const char *temporary,
    const struct copylist *list, struct buf *why)
{
	struct buf text = BUF_INIT;
	struct copylist *back = NULL;
	int rc = file_read(tree->dir, temporary, COPYLIST_MAX, &text);

	if (rc != 0)
		tree_why(tree, temporary, rc, why);
	else
		rc = copylist_parse(COPYLIST_NAME " as it was made",
		    buf_text(&text), text.len, &back, why);
	if (rc == 0 &&
	    (back->version != list->version ||
		back->sequence != list->sequence ||
		!copylist_same_content(back, list)))
		rc = buf_why(why, ERR_IO, "%s/%s: is not what was written",
		    tree->path, temporary);
	copylist_free(back);
	buf_free(&text);
	return rc;
}

/* Three quarters to five quarters of `ms`: two publishers that wait for the
 * same reader do not keep step. */
static int
spread(int ms)
{
	uint32_t number = 0;

	(void)os_random(&number, sizeof number);
	return ms * 3 / 4 + (int)(number % ((unsigned)ms / 2 + 1));
}

static int
rename_patiently(const struct tree *tree, const char *temporary)
{
	int64_t end = os_ticks() + SWAP_LIMIT_MS * MS;
	int ms = FIRST_MS, wait, rc;

	for (;;) {
		rc = os_replace(tree->dir, temporary, tree->dir, COPYLIST_NAME);
		if (rc != ERR_BUSY && rc != ERR_ACCES)
			return rc;
		if (os_ticks() >= end)
			return ERR_BUSY;
		wait = spread(ms);
		if ((end - os_ticks()) / MS < wait)
			wait = (int)((end - os_ticks()) / MS) + 1;
		if (os_sleep(wait) != 0)
			return ERR_BUSY;
		ms = 2 * ms < MOST_MS ? 2 * ms : MOST_MS;
	}
}

int
swap_list(const struct tree *tree, const struct copylist *list,
    const struct buf *text, struct buf *why)
{
	struct buf temporary = BUF_INIT;
	int rc = write_temporary(tree, text, &temporary);

	if (rc != 0) {
		tree_why(tree, COPYLIST_NAME, rc, why);
		goto out;
	}
	rc = check_written(tree, temporary.data, list, why);
	if (rc == 0) {
		rc = rename_patiently(tree, temporary.data);
		if (rc != 0)
			tree_why(tree, COPYLIST_NAME, rc, why);
	}
	if (rc != 0)
		os_remove(tree->dir, temporary.data);
out:
	buf_free(&temporary);
	return rc;
}
