/*
 * Numbers and switch. The history, lists/cl_nt.<CopyListVersion>.txt, is
 * written before the switch: a run that is killed between the two leaves a
 * number there that no later list may have.
 */
#include "release.h"

#include <inttypes.h>

#include "../../platform/err.h"
#include "../../platform/os.h"
#include "buf.h"
#include "copylist.h"
#include "file.h"
#include "history.h"
#include "swap.h"
#include "tree.h"
#include "waiting.h"

#define NUMBER_MAX ((uint64_t)INT64_MAX) /* as lib/copylist reads it */
/* A list of the history has no higher number: from the highest of all there is
 * no way on, for the tree and for every client that has seen it. */
#define LISTED_MAX (NUMBER_MAX / 2)
#define MANY	   1000 /* lists, of which is warned */

struct highest {
	uint64_t version, sequence;
	uint64_t odd; /* a list of the history whose numbers are none; or 0 */
};

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
count_list(const struct tree *tree, const struct history_entry *entry,
    struct highest *highest, struct buf *warnings)
{
	struct copylist_head head;
	struct buf rel = BUF_INIT;
	int rc;

	if (entry->version > highest->version)
		highest->version = entry->version;
	if (entry->version > LISTED_MAX)
		highest->odd = entry->version;
	rc = history_list_name(entry->version, &rel);
	if (rc != 0)
		goto out;
	rc = entry->kind == OS_REGULAR ? read_head(tree->dir, rel.data, &head)
				       : ERR_NOTFILE;
	if (rc != 0)
		rc = buf_format(warnings, "%s/%s: %s; passed over\n",
		    tree->path, rel.data, err_text(rc));
	else if (head.sequence > LISTED_MAX)
		highest->odd = entry->version;
	else if (head.sequence > highest->sequence)
		highest->sequence = head.sequence;
out:
	buf_free(&rel);
	return rc;
}

static int
find_highest(const struct tree *tree, struct highest *highest,
    struct buf *warnings, struct buf *why)
{
	const struct history_names *names;
	struct history history;
	size_t i;
	int rc = history_read(tree, &history, why);

	names = &history.lists;
	for (i = 0; i < names->count && rc == 0; i++)
		rc = count_list(tree, &names->entries[i], highest, warnings);
	if (rc == 0 && names->count > MANY)
		rc = buf_format(warnings,
		    "%s/" TREE_LISTS ": %zu lists; /gc removes what is not "
		    "needed any more\n",
		    tree->path, names->count);
	names = &history.signatures;
	if (names->count > 0 &&
	    names->entries[names->count - 1].version > highest->version)
		highest->version = names->entries[names->count - 1].version;
	history_free(&history);
	return rc;
}

int
release_number(const struct tree *tree, struct copylist *list,
    uint64_t sequence, struct buf *warnings, struct buf *why)
{
	struct highest highest = { tree->version, tree->sequence, 0 };
	int64_t now = os_clock();
	int rc = find_highest(tree, &highest, warnings, why);

	if (rc != 0)
		return rc;
	if (sequence != 0 && sequence <= highest.sequence)
		return buf_why(why, ERR_FORMAT,
		    "/sequence:%" PRIu64 ": has to be greater than %" PRIu64
		    ", the highest one so far",
		    sequence, highest.sequence);
	if (highest.odd != 0)
		return buf_why(why, ERR_FORMAT,
		    "%s/" TREE_LISTS "/cl_nt.%" PRIu64 ".txt: its "
		    "CopyListVersion or Sequence is none of ours: remove it, "
		    "or there is no way on from it",
		    tree->path, highest.odd);
	if (highest.version >= NUMBER_MAX || highest.sequence >= NUMBER_MAX)
		return buf_why(why, ERR_FORMAT,
		    "%s: CopyListVersion or "
		    "Sequence has come to its end; see cl_nt.txt and lists",
		    tree->path);
	list->version = highest.version + 1;
	if (now > 0 && (uint64_t)(now / OS_SECOND) > list->version)
		list->version = (uint64_t)(now / OS_SECOND);
	list->sequence = sequence != 0 ? sequence : highest.sequence + 1;
	list->published = now - now % OS_SECOND;
	if (list->release == 0)
		list->release = list->version;
	return 0;
}

/* The switch is refused: the release stays in the history, and waits. */
static int
let_wait(const struct tree *tree, const struct copylist *list,
    const struct buf *text, struct buf *why)
{
	int rc = waiting_note(tree, list->version, text);

	if (rc != 0) {
		os_remove(tree->dir, TREE_WAITING);
		return tree_why(tree, TREE_WAITING, rc, why);
	}
	return buf_why(why, ERR_BUSY,
	    "%s; CopyListVersion %" PRIu64 " is ready and waits: the next run "
	    "switches to it",
	    buf_text(why), list->version);
}

/* Clients see the new list already: this run has not failed. */
static void
flush_late(const struct tree *tree, struct buf *warnings)
{
	int rc = os_dir_flush(tree->dir, ".");

	if (rc != 0)
		buf_format(warnings,
		    "%s: published, but a power cut may take "
		    "it back: it could not be flushed to the disk: %s\n",
		    tree->path, err_text(rc));
}

int
release_switch(const struct tree *tree, const struct copylist *list,
    struct buf *warnings, struct buf *why)
{
	struct buf text = BUF_INIT, history = BUF_INIT;
	int rc;

	rc = history_list_name(list->version, &history);
	if (rc == 0)
		rc = copylist_write(list, &text);
	if (rc != 0)
		goto out;
	rc = file_write(
	    tree->dir, history.data, OS_PUBLIC, text.data, text.len);
	if (rc != 0) {
		tree_why(tree, history.data, rc, why);
		os_remove(tree->dir, history.data);
		goto out;
	}
	rc = swap_list(tree, list, &text, why);
	if (rc == ERR_BUSY)
		rc = let_wait(tree, list, &text, why);
	if (rc == 0)
		flush_late(tree, warnings);
	else if (rc != ERR_BUSY)
		os_remove(tree->dir, history.data);
out:
	buf_free(&history);
	buf_free(&text);
	return rc;
}
