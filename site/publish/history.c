/* The history: names with numbers in them, in order. */
#include "history.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "buf.h"
#include "copylist.h"
#include "file.h"
#include "path.h"
#include "text.h"
#include "tree.h"

#define PREFIX	   "cl_nt."
#define LIST	   ".txt"
#define SIGNATURE  ".minisig"
#define NUMBER_MAX ((uint64_t)INT64_MAX) /* as lib/copylist reads it */

/* One folder under reading. */
struct reading {
	const char *suffix;
	struct history_names *names;
};

/* The number in such a name, as the number would be written; ERR_FORMAT: it is
 * none. */
static int
number_in(const char *name, const char *suffix, uint64_t *number)
{
	size_t len = strlen(name), ends = strlen(PREFIX) + strlen(suffix);
	char *digits;
	int rc;

	if (len <= ends || strncmp(name, PREFIX, strlen(PREFIX)) != 0 ||
	    name[strlen(PREFIX)] == '0' ||
	    strcmp(name + len - strlen(suffix), suffix) != 0)
		return ERR_FORMAT;
	digits = text_copy_n(name + strlen(PREFIX), len - ends);
	if (digits == NULL)
		return ERR_NOMEM;
	rc = text_number(digits, NUMBER_MAX, number);
	free(digits);
	return rc;
}

static int
add_name(void *arg, const char *name, enum os_kind kind)
{
	struct reading *r = arg;
	struct history_names *names = r->names;
	struct history_entry *more;
	uint64_t version;
	size_t size;
	int rc = number_in(name, r->suffix, &version);

	if (rc != 0)
		return rc == ERR_NOMEM ? rc : 0;
	if (names->count == names->size) {
		size = names->size == 0 ? 64 : 2 * names->size;
		more = realloc(names->entries, size * sizeof *more);
		if (more == NULL)
			return ERR_NOMEM;
		names->entries = more;
		names->size = size;
	}
	names->entries[names->count++] = (struct history_entry){ version,
		kind };
	return 0;
}

static int
compare_entries(const void *a, const void *b)
{
	const struct history_entry *ea = a, *eb = b;

	return ea->version < eb->version ? -1 : ea->version > eb->version;
}

static int
read_names(const struct tree *tree, const char *rel, const char *suffix,
    struct history_names *names, struct buf *why)
{
	struct reading r = { suffix, names };
	int rc = os_dir_list(tree->dir, rel, add_name, &r);

	if (rc != 0 && rc != ERR_NOENT)
		return tree_why(tree, rel, rc, why);
	if (names->count > 0)
		qsort(names->entries, names->count, sizeof *names->entries,
		    compare_entries);
	return 0;
}

int
history_read(const struct tree *tree, struct history *history, struct buf *why)
{
	int rc;

	memset(history, 0, sizeof *history);
	if (tree->dir == NULL)
		return 0;
	rc = read_names(tree, TREE_LISTS, LIST, &history->lists, why);
	if (rc == 0)
		rc = read_names(tree, HISTORY_SIGNATURES, SIGNATURE,
		    &history->signatures, why);
	return rc;
}

void
history_free(struct history *history)
{
	free(history->lists.entries);
	free(history->signatures.entries);
	memset(history, 0, sizeof *history);
}

const struct history_entry *
history_find(const struct history_names *names, uint64_t version)
{
	const struct history_entry key = { version, OS_REGULAR };

	if (names->count == 0)
		return NULL;
	return bsearch(&key, names->entries, names->count,
	    sizeof *names->entries, compare_entries);
}

int
history_list_name(uint64_t version, struct buf *rel)
{
	buf_clear(rel);
	return buf_format(rel, TREE_LISTS "/" PREFIX "%" PRIu64 LIST, version);
}

int
history_signature_name(uint64_t version, struct buf *rel)
{
	buf_clear(rel);
	return buf_format(
	    rel, HISTORY_SIGNATURES "/" PREFIX "%" PRIu64 SIGNATURE, version);
}

int
history_load(const struct tree *tree, uint64_t version, struct buf *text,
    struct copylist **list, struct buf *why)
{
	struct buf rel = BUF_INIT;
	char *shown = NULL;
	int rc = history_list_name(version, &rel);

	*list = NULL;
	if (rc == 0)
		rc = file_read(tree->dir, rel.data, COPYLIST_MAX, text);
	if (rc != 0) {
		tree_why(tree, buf_text(&rel), rc, why);
		goto out;
	}
	rc = ERR_NOMEM;
	shown = path_join(tree->path, rel.data);
	if (shown != NULL)
		rc = copylist_parse(
		    shown, buf_text(text), text->len, list, why);
out:
	free(shown);
	buf_free(&rel);
	return rc;
}
