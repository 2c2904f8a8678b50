/*
 * ROOT/.publish/PENDING, a sealed text (lib/sealed.h) of one line:
 *
 *	<CopyListVersion> <SHA-256 of the list> <SHA-256 of cl_nt.txt then>
 *
 * with "-" for a cl_nt.txt that was not there.
 */
#include "waiting.h"

#include <inttypes.h>
#include <string.h>

#include "../../platform/err.h"
#include "../../platform/os.h"
#include "buf.h"
#include "copylist.h"
#include "digest.h"
#include "file.h"
#include "history.h"
#include "sealed.h"
#include "stock.h"
#include "swap.h"
#include "text.h"
#include "tree.h"

#define RECORD_MAX ((size_t)4096)
#define NUMBER_MAX ((uint64_t)INT64_MAX)
#define NOT_THERE  "-"

struct record {
	uint64_t version;
	char list[DIGEST_TEXT];
	char over[DIGEST_TEXT];
};

int
waiting_note(const struct tree *tree, uint64_t version, const struct buf *text)
{
	char list[DIGEST_TEXT], over[DIGEST_TEXT] = NOT_THERE;
	struct buf record = BUF_INIT;
	int rc = digest_of(buf_text(text), text->len, list);

	if (rc == 0 && tree->seen.id != 0)
		rc = digest_of(buf_text(&tree->text), tree->text.len, over);
	if (rc == 0)
		rc = buf_format(
		    &record, "%" PRIu64 " %s %s\r\n", version, list, over);
	if (rc == 0)
		rc = sealed_write(tree->dir, TREE_WAITING, OS_PRIVATE, &record);
	buf_free(&record);
	return rc;
}

static int
take_digest(const char **rest, char digest[DIGEST_TEXT])
{
	const char *word;
	size_t len;

	if (!text_item(rest, ' ', &word, &len) || len >= DIGEST_TEXT)
		return ERR_FORMAT;
	memcpy(digest, word, len);
	digest[len] = '\0';
	return digest_is_text(digest) || strcmp(digest, NOT_THERE) == 0
	    ? 0
	    : ERR_FORMAT;
}

static int
parse_record(struct buf *text, struct record *record)
{
	const char *rest, *word;
	size_t len = strcspn(buf_text(text), "\r\n");
	char number[32];

	if (text->data == NULL)
		return ERR_FORMAT;
	text->data[len] = '\0';
	rest = text->data;
	if (!text_item(&rest, ' ', &word, &len) || len >= sizeof number)
		return ERR_FORMAT;
	memcpy(number, word, len);
	number[len] = '\0';
	if (text_number(number, NUMBER_MAX, &record->version) != 0 ||
	    take_digest(&rest, record->list) != 0 ||
	    take_digest(&rest, record->over) != 0)
		return ERR_FORMAT;
	return 0;
}

static int
read_record(const struct tree *tree, struct record *record)
{
	struct buf text = BUF_INIT;
	int rc;

	rc = sealed_read(tree->dir, TREE_WAITING, RECORD_MAX, &text);
	if (rc == 0)
		rc = parse_record(&text, record);
	buf_free(&text);
	return rc;
}

uint64_t
waiting_version(const struct tree *tree)
{
	struct record record;

	if (tree->dir == NULL || read_record(tree, &record) != 0)
		return 0;
	return record.version;
}

/* The digest of cl_nt.txt as it stands there now. */
static int
digest_now(const struct tree *tree, char digest[DIGEST_TEXT], struct buf *why)
{
	struct buf text = BUF_INIT;
	int rc = file_read(tree->dir, COPYLIST_NAME, COPYLIST_MAX, &text);

	if (rc == 0)
		rc = digest_of(buf_text(&text), text.len, digest);
	if (rc == ERR_NOENT) {
		strcpy(digest, NOT_THERE);
		rc = 0;
	}
	if (rc != 0)
		tree_why(tree, COPYLIST_NAME, rc, why);
	buf_free(&text);
	return rc;
}

/* The list that waits, as it was when it was noted. ERR_FORMAT: it is not. */
static int
load_list(const struct tree *tree, const struct record *record,
    struct buf *text, struct copylist **list, struct buf *why)
{
	char digest[DIGEST_TEXT];
	int rc = history_load(tree, record->version, text, list, why);

	if (rc == 0)
		rc = digest_of(buf_text(text), text->len, digest);
	if (rc == 0 && strcmp(digest, record->list) != 0)
		rc = buf_why(
		    why, ERR_FORMAT, "the list in the history is another one");
	return rc;
}

/* CopyListVersion and Sequence only grow: a record that would take them back is
 * none that a run of ours has left. */
static int
check_numbers(
    const struct tree *tree, const struct copylist *list, struct buf *why)
{
	struct copylist_head now;
	struct buf text = BUF_INIT;
	int rc = file_read(tree->dir, COPYLIST_NAME, COPYLIST_MAX, &text);

	if (rc == 0 &&
	    copylist_read_head(COPYLIST_NAME, buf_text(&text),
		text.len < COPYLIST_HEAD ? text.len : COPYLIST_HEAD, &now,
		NULL) == 0 &&
	    (now.version >= list->version || now.sequence >= list->sequence))
		rc = buf_why(
		    why, ERR_FORMAT, "what is published has a higher number");
	else if (rc == ERR_NOENT)
		rc = 0;
	buf_free(&text);
	return rc;
}

static int
swap_record(
    const struct tree *tree, const struct record *record, struct buf *why)
{
	struct buf text = BUF_INIT;
	struct copylist *list = NULL;
	int rc = load_list(tree, record, &text, &list, why);

	if (rc == 0)
		rc = check_numbers(tree, list, why);
	if (rc == 0)
		rc = stock_check_all(tree, list, why);
	if (rc == 0)
		rc = swap_list(tree, list, &text, why);
	if (rc == 0) {
		rc = os_dir_flush(tree->dir, ".");
		if (rc != 0)
			tree_why(tree, ".", rc, why);
	}
	copylist_free(list);
	buf_free(&text);
	return rc;
}

/* Is it for good that this record cannot be completed? */
static bool
is_lost(int rc)
{
	return rc == ERR_FORMAT || rc == ERR_DIGEST || rc == ERR_NOENT ||
	    rc == ERR_RANGE || rc == ERR_LINK || rc == ERR_NOTDIR ||
	    rc == ERR_NOTFILE || rc == ERR_ISDIR;
}

static int
finish_record(const struct tree *tree, const struct record *record,
    uint64_t *done, struct buf *why)
{
	char now[DIGEST_TEXT];
	int rc = digest_now(tree, now, why);

	if (rc != 0)
		return rc;
	/* Killed between the switch and the end of the record. */
	if (strcmp(now, record->list) == 0)
		return 0;
	if (strcmp(now, record->over) != 0)
		return buf_why(why, ERR_FORMAT,
		    "%s/" COPYLIST_NAME ": was changed meanwhile", tree->path);
	rc = swap_record(tree, record, why);
	if (rc == 0)
		*done = record->version;
	return rc;
}

/* Whatever stands there instead of a record keeps nobody from publishing. */
static void
drop_record(const struct tree *tree)
{
	if (os_remove(tree->dir, TREE_WAITING) == 0)
		(void)os_dir_flush(tree->dir, TREE_WORK);
}

int
waiting_finish(const struct tree *tree, uint64_t *done, struct buf *warnings,
    struct buf *why)
{
	struct record record = { .version = 0 };
	int rc;

	*done = 0;
	if (tree->dir == NULL)
		return 0;
	rc = read_record(tree, &record);
	if (rc == ERR_NOENT || rc == ERR_NOTDIR)
		return 0;
	if (rc != 0 && !is_lost(rc))
		return tree_why(tree, TREE_WAITING, rc, why);
	if (rc != 0)
		tree_why(tree, TREE_WAITING, rc, why);
	else
		rc = finish_record(tree, &record, done, why);
	if (rc != 0 && !is_lost(rc))
		return rc;
	if (rc != 0)
		buf_format(warnings, "a switch that waited is given up: %s\n",
		    buf_text(why));
	buf_clear(why);
	drop_record(tree);
	return 0;
}
