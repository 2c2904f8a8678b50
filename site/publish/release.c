/*
 * Numbers and switch. The history, lists/cl_nt.<CopyListVersion>.txt, is
 * written before the switch: a run that is killed between the two leaves a
 * number there that no later list may have.
 */
#include "release.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "../../platform/os.h"
#include "buf.h"
#include "copylist.h"
#include "file.h"
#include "store.h"
#include "text.h"
#include "tree.h"

#define PREFIX	   "cl_nt."
#define SUFFIX	   ".txt"
#define NUMBER_MAX ((uint64_t)INT64_MAX) /* as lib/copylist reads it */
#define TRIES	   10			 /* of temporary names */

struct history {
	const struct tree *tree;
	uint64_t version, sequence; /* highest so far */
	struct buf *warnings;
};

/* The number in the name of a list of the history; ERR_FORMAT: it is none. */
static int
number_in(const char *name, uint64_t *number)
{
	size_t len = strlen(name), ends = strlen(PREFIX) + strlen(SUFFIX);
	char *digits;
	int rc;

	if (len <= ends || strncmp(name, PREFIX, strlen(PREFIX)) != 0 ||
	    strcmp(name + len - strlen(SUFFIX), SUFFIX) != 0)
		return ERR_FORMAT;
	digits = text_copy_n(name + strlen(PREFIX), len - ends);
	if (digits == NULL)
		return ERR_NOMEM;
	rc = text_number(digits, NUMBER_MAX, number);
	free(digits);
	return rc;
}

/* Reads as much of the list as holds its head. */
static int
read_head(struct os_dir *dir, const char *rel, struct copylist_head *head)
{
	char text[COPYLIST_HEAD];
	struct os_file *file;
	size_t got = 0;
	int rc = os_open(dir, rel, OS_READ, OS_PRIVATE, &file);

	if (rc != 0)
		return rc;
	rc = os_read(file, text, sizeof text, &got);
	os_file_close(file);
	return rc != 0 ? rc : copylist_read_head(rel, text, got, head, NULL);
}

static int
add_history(void *arg, const char *name, enum os_kind kind)
{
	struct history *h = arg;
	struct copylist_head head;
	struct buf rel = BUF_INIT;
	uint64_t number;
	int rc = number_in(name, &number);

	if (rc != 0)
		return rc == ERR_NOMEM ? rc : 0;
	if (number > h->version)
		h->version = number;
	rc = buf_format(&rel, TREE_LISTS "/%s", name);
	if (rc != 0)
		goto out;
	rc = kind == OS_REGULAR ? read_head(h->tree->dir, rel.data, &head)
				: ERR_NOTFILE;
	if (rc != 0)
		rc = buf_format(h->warnings, "%s/%s: %s; passed over\n",
		    h->tree->path, rel.data, err_text(rc));
	else if (head.sequence > h->sequence)
		h->sequence = head.sequence;
out:
	buf_free(&rel);
	return rc;
}

int
release_number(const struct tree *tree, struct copylist *list,
    struct buf *warnings, struct buf *why)
{
	struct history h = { tree, tree->version, tree->sequence, warnings };
	int64_t now = os_clock();
	int rc = os_dir_list(tree->dir, TREE_LISTS, add_history, &h);

	if (rc != 0)
		return tree_why(tree, TREE_LISTS, rc, why);
	if (h.version >= NUMBER_MAX || h.sequence >= NUMBER_MAX)
		return buf_why(why, ERR_FORMAT,
		    "%s: CopyListVersion or "
		    "Sequence has come to its end; see cl_nt.txt and lists",
		    tree->path);
	list->version = h.version + 1;
	if (now > 0 && (uint64_t)(now / OS_SECOND) > list->version)
		list->version = (uint64_t)(now / OS_SECOND);
	list->sequence = h.sequence + 1;
	list->published = now - now % OS_SECOND;
	return 0;
}

static int
check_stored(
    const struct tree *tree, const char *digest, uint64_t size, struct buf *why)
{
	struct buf name = BUF_INIT;
	int rc = store_check(tree->dir, digest, size, 0);

	if (rc != 0 && store_name(digest, &name) == 0)
		tree_why(tree, name.data, rc, why);
	buf_free(&name);
	return rc;
}

/* Is all that the list names in the store? */
static int
check_store(
    const struct tree *tree, const struct copylist *list, struct buf *why)
{
	const struct copylist_component *c;
	size_t i, j;
	int rc;

	rc = check_stored(tree, list->domain_digest, list->domain_size, why);
	for (i = 0; i < list->count && rc == 0; i++) {
		c = &list->components[i];
		for (j = 0; j < c->count && rc == 0; j++)
			rc = check_stored(
			    tree, c->files[j].digest, c->files[j].size, why);
	}
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
	if (rc == 0)
		rc = check_store(tree, back, why);
	copylist_free(back);
	buf_free(&text);
	return rc;
}

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

static int
switch_to(const struct tree *tree, const struct copylist *list,
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
		rc = os_replace(
		    tree->dir, temporary.data, tree->dir, COPYLIST_NAME);
		if (rc != 0)
			tree_why(tree, COPYLIST_NAME, rc, why);
	}
	if (rc != 0)
		os_remove(tree->dir, temporary.data);
out:
	buf_free(&temporary);
	return rc;
}

int
release_switch(const struct tree *tree, const struct copylist *list,
    struct buf *warnings, struct buf *why)
{
	struct buf text = BUF_INIT, history = BUF_INIT;
	int rc, late;

	rc = buf_format(
	    &history, TREE_LISTS "/" PREFIX "%" PRIu64 SUFFIX, list->version);
	if (rc == 0)
		rc = copylist_write(list, &text);
	if (rc != 0)
		goto out;
	rc = file_write(
	    tree->dir, history.data, OS_PUBLIC, text.data, text.len);
	if (rc != 0)
		tree_why(tree, history.data, rc, why);
	else
		rc = switch_to(tree, list, &text, why);
	if (rc != 0) {
		os_remove(tree->dir, history.data);
		goto out;
	}
	/* Clients see the new list already: this run has not failed. */
	late = os_dir_flush(tree->dir, ".");
	if (late != 0)
		buf_format(warnings,
		    "%s: published, but a power cut may take "
		    "it back: it could not be flushed to the disk: %s\n",
		    tree->path, err_text(late));
out:
	buf_free(&history);
	buf_free(&text);
	return rc;
}
