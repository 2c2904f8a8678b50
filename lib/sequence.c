/*
 * A sealed text (sealed.h) of one line:
 *
 *	<Sequence> <CopyListVersion> <SHA-256 of STATE/CL_NT.TXT>
 *
 * with 0 for a list without Sequence.
 */
#include "sequence.h"

#include <stdint.h>
#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "copylist.h"
#include "file.h"
#include "layout.h"
#include "sealed.h"
#include "text.h"

#define RECORD_MAX ((size_t)4096)
#define NUMBER_MAX ((uint64_t)INT64_MAX) /* as copylist reads it */

struct record {
	uint64_t sequence, version;
	char list[DIGEST_TEXT];
};

int
sequence_write(
    struct file_new *file, const struct copylist *list, const struct buf *text)
{
	char hex[DIGEST_TEXT];
	struct buf record = BUF_INIT;
	int rc = digest_of(buf_text(text), text->len, hex);

	if (rc != 0)
		return rc;
	buf_add_number(&record, list->sequence);
	buf_add_char(&record, ' ');
	buf_add_number(&record, list->version);
	buf_add_char(&record, ' ');
	buf_add_text(&record, hex);
	rc = buf_add_text(&record, "\r\n");
	if (rc == 0)
		rc = sealed_new_write(file, OS_PUBLIC, &record);
	buf_free(&record);
	return rc;
}

/* Cuts the next word off *rest. */
static char *
take_word(char **rest)
{
	char *word = *rest;
	size_t len = strcspn(word, " \r\n");

	*rest += len;
	if (**rest != '\0')
		*(*rest)++ = '\0';
	return word;
}

static int
parse(char *text, struct record *record)
{
	const char *digest;

	if (text_number(take_word(&text), NUMBER_MAX, &record->sequence) != 0 ||
	    text_number(take_word(&text), NUMBER_MAX, &record->version) != 0)
		return ERR_FORMAT;
	digest = take_word(&text);
	if (!digest_is_text(digest))
		return ERR_FORMAT;
	memcpy(record->list, digest, DIGEST_TEXT);
	return 0;
}

static int
read_record(struct os_dir *state, struct record *record)
{
	struct buf text = BUF_INIT;
	int rc = sealed_read(state, LAYOUT_SEQUENCE, RECORD_MAX, &text);

	if (rc == 0)
		rc = text.len == 0 ? ERR_FORMAT : parse(text.data, record);
	buf_free(&text);
	return rc;
}

static const struct copylist_head nothing = {
	.published = -1,
	.expires = -1,
	.not_before = -1,
};

/* CL_NT.TXT: its head, and its digest. */
static int
read_list(
    struct os_dir *state, struct copylist_head *head, char hex[DIGEST_TEXT])
{
	struct buf text = BUF_INIT;
	size_t len;
	int rc = file_read(state, LAYOUT_LIST, COPYLIST_MAX, &text);

	len = text.len < COPYLIST_HEAD ? text.len : COPYLIST_HEAD;
	if (rc == 0)
		rc = digest_of(buf_text(&text), text.len, hex);
	if (rc == 0)
		rc = copylist_read_head(
		    LAYOUT_LIST, buf_text(&text), len, head, NULL);
	buf_free(&text);
	if (rc != 0)
		*head = nothing;
	return rc;
}

void
sequence_last(
    struct os_dir *state, struct copylist_head *head, struct buf *notes)
{
	char hex[DIGEST_TEXT];
	struct record record = { .sequence = 0 };
	int rc, list;

	*head = nothing;
	if (state == NULL)
		return;
	rc = read_record(state, &record);
	list = read_list(state, head, hex);
	if (rc == 0 && (list != 0 || strcmp(hex, record.list) != 0)) {
		/* Another version: it was taken, and the run was cut off. */
		if (list == 0 ? head->version == record.version
			      : list != ERR_NOENT)
			buf_add_text(notes,
			    LAYOUT_LIST
			    " is damaged; its Sequence is that of " LAYOUT_SEQUENCE
			    "\n");
		*head = nothing;
		head->sequence = record.sequence;
		head->version = record.version;
	}
	if (rc != 0 && rc != ERR_NOENT)
		buf_add_text(notes, LAYOUT_SEQUENCE " could not be used\n");
	if (rc != 0 && list != 0 && (rc != ERR_NOENT || list != ERR_NOENT))
		buf_add_text(notes,
		    "the Sequence of the list before is not known: the "
		    "published list is taken whatever it has\n");
}
