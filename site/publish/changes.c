/*
 * Compares two lists file by file. All files of a list, whatever component
 * they are in, are put into one order of folded names; walking both orders at
 * once shows what came, went, or stayed.
 */
#include "changes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "buf.h"
#include "copylist.h"

#define GUARD_FILES 10 /* of fewer all but one may go */
#define GUARD_PART  5  /* a fifth of them may go */
#define NAMED	    10 /* files that a refusal names */

#define ADD	    "add"
#define REPLACE	    "replace"
#define REMOVE	    "remove"
#define CHANGE	    "change"

struct item {
	const struct copylist_file *file;
	const struct copylist_component *component;
};

static int
compare_items(const void *a, const void *b)
{
	const struct item *ia = a, *ib = b;

	return strcmp(ia->file->folded, ib->file->folded);
}

static int
flatten(const struct copylist *list, struct item **items, size_t *count)
{
	const struct copylist_component *c;
	size_t i, j, n = 0;

	*count = 0;
	for (i = 0; list != NULL && i < list->count; i++)
		n += list->components[i].count;
	*items = calloc(n + 1, sizeof **items);
	if (*items == NULL)
		return ERR_NOMEM;
	for (i = 0; list != NULL && i < list->count; i++) {
		c = &list->components[i];
		for (j = 0; j < c->count; j++) {
			(*items)[*count].file = &c->files[j];
			(*items)[(*count)++].component = c;
		}
	}
	qsort(*items, n, sizeof **items, compare_items);
	return 0;
}

static int
add_row(struct changes *changes, struct changes_row row)
{
	struct changes_row *rows;
	size_t size;

	if (changes->count == changes->size) {
		size = changes->size == 0 ? 64 : 2 * changes->size;
		rows = realloc(changes->rows, size * sizeof *rows);
		if (rows == NULL)
			return ERR_NOMEM;
		changes->rows = rows;
		changes->size = size;
	}
	changes->rows[changes->count++] = row;
	return 0;
}

static int
add_file_row(struct changes *changes, const char *action,
    const struct item *item, const char *why)
{
	struct changes_row row = {
		action,
		item->component->name,
		item->file->name,
		item->file->size,
		why,
	};

	return add_row(changes, row);
}

static int
add_component_row(struct changes *changes, const char *action,
    const struct copylist_component *c, const char *why)
{
	struct changes_row row = { action, c->name, NULL, 0, why };

	return add_row(changes, row);
}

/* What differs in a file that is in both lists; NULL: nothing. */
static const char *
difference(const struct item *old, const struct item *fresh)
{
	if (strcmp(old->file->digest, fresh->file->digest) != 0 ||
	    old->file->size != fresh->file->size)
		return "other content";
	if (strcmp(old->component->name, fresh->component->name) != 0)
		return "other component";
	if (old->file->flags != fresh->file->flags)
		return "other flags";
	if (strcmp(old->file->name, fresh->file->name) != 0)
		return "other letter case";
	if (strcmp(old->file->version, fresh->file->version) != 0)
		return "other version";
	return NULL;
}

static int
compare_pair(
    struct changes *changes, const struct item *old, const struct item *fresh)
{
	const char *why = difference(old, fresh);

	if (why == NULL)
		return 0;
	changes->changed++;
	return add_file_row(changes, REPLACE, fresh, why);
}

/* One step of the walk over both; *i and *j move on. */
static int
compare_step(struct changes *changes, const struct item *old, size_t *i,
    const struct item *fresh, size_t *j)
{
	int order;

	if (*i == changes->old_files)
		order = 1;
	else if (*j == changes->files)
		order = -1;
	else
		order = compare_items(&old[*i], &fresh[*j]);
	if (order < 0) {
		changes->removed++;
		return add_file_row(
		    changes, REMOVE, &old[(*i)++], "not in the source");
	}
	if (order > 0) {
		changes->added++;
		return add_file_row(changes, ADD, &fresh[(*j)++], "new");
	}
	return compare_pair(changes, &old[(*i)++], &fresh[(*j)++]);
}

static int
compare_files(struct changes *changes, const struct copylist *old,
    const struct copylist *fresh)
{
	struct item *olds = NULL, *freshes = NULL;
	size_t i = 0, j = 0;
	int rc;

	rc = flatten(old, &olds, &changes->old_files);
	if (rc == 0)
		rc = flatten(fresh, &freshes, &changes->files);
	while (rc == 0 && (i < changes->old_files || j < changes->files))
		rc = compare_step(changes, olds, &i, freshes, &j);
	free(freshes);
	free(olds);
	return rc;
}

static bool
same_keys(
    const struct copylist_component *a, const struct copylist_component *b)
{
	struct copylist_component ka = *a, kb = *b;

	ka.count = kb.count = 0;
	return copylist_same_component(&ka, &kb);
}

static int
compare_components(struct changes *changes, const struct copylist *old,
    const struct copylist *fresh)
{
	const struct copylist_component *c, *other;
	size_t i;
	int rc = 0;

	for (i = 0; i < fresh->count && rc == 0; i++) {
		c = &fresh->components[i];
		other = NULL;
		if (old != NULL)
			other = copylist_component_of(old, c->name);
		if (other == NULL)
			rc = add_component_row(changes, ADD, c, "new");
		else if (!same_keys(c, other))
			rc = add_component_row(
			    changes, CHANGE, c, "other keys");
	}
	for (i = 0; old != NULL && i < old->count && rc == 0; i++) {
		c = &old->components[i];
		if (copylist_component_of(fresh, c->name) != NULL)
			continue;
		changes->dropped++;
		rc = add_component_row(
		    changes, REMOVE, c, "not in components.ini");
	}
	return rc;
}

static int
compare_domain(struct changes *changes, const struct copylist *old,
    const struct copylist *fresh)
{
	struct changes_row row = {
		CHANGE,
		"-",
		"DOMAIN.INI",
		fresh->domain_size,
		"other content",
	};

	if (old != NULL &&
	    strcmp(old->domain_digest, fresh->domain_digest) == 0)
		return 0;
	if (old == NULL || old->domain_digest[0] == '\0') {
		row.action = ADD;
		row.why = "new";
	}
	return add_row(changes, row);
}

int
changes_find(const struct copylist *old, const struct copylist *fresh,
    struct changes *changes)
{
	int rc;

	memset(changes, 0, sizeof *changes);
	changes->components = fresh->count;
	rc = compare_components(changes, old, fresh);
	if (rc == 0)
		rc = compare_domain(changes, old, fresh);
	if (rc == 0)
		rc = compare_files(changes, old, fresh);
	return rc;
}

void
changes_free(struct changes *changes)
{
	free(changes->rows);
	changes->rows = NULL;
	changes->count = changes->size = 0;
}

/* Adds the names of the rows that remove files, or components. */
static void
name_removed(const struct changes *changes, bool files, struct buf *out)
{
	const struct changes_row *row;
	size_t i, named = 0;

	for (i = 0; i < changes->count; i++) {
		row = &changes->rows[i];
		if (strcmp(row->action, REMOVE) != 0 ||
		    (row->file != NULL) != files)
			continue;
		if (named == NAMED) {
			buf_add_text(out, " ...");
			return;
		}
		buf_format(out, "%s%s", named++ == 0 ? " " : ", ",
		    files ? row->file : row->component);
	}
}

int
changes_judge(const struct changes *changes, struct buf *why)
{
	struct buf text = BUF_INIT;

	if (changes->dropped > 0) {
		buf_format(&text,
		    "this would drop %zu component%s:", changes->dropped,
		    changes->dropped == 1 ? "" : "s");
		name_removed(changes, false, &text);
	}
	if ((changes->old_files > GUARD_FILES &&
		changes->removed > changes->old_files / GUARD_PART) ||
	    (changes->old_files > 0 && changes->files == 0)) {
		buf_format(&text, "%s %zu of %zu files:",
		    text.len == 0 ? "this would remove" : ";", changes->removed,
		    changes->old_files);
		name_removed(changes, true, &text);
	}
	if (text.len == 0)
		return 0;
	buf_why(why, ERR_FORMAT,
	    "%s; nothing was published, /force does it "
	    "all the same",
	    buf_text(&text));
	buf_free(&text);
	return ERR_FORMAT;
}

/* Columns that a text takes: characters, not bytes. */
static size_t
width_of(const char *text)
{
	size_t width = 0;

	for (; *text != '\0'; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static size_t
widest(size_t width, const char *text)
{
	return width_of(text) > width ? width_of(text) : width;
}

static void
add_column(struct buf *out, const char *text, size_t width)
{
	size_t i;

	buf_add_text(out, text);
	for (i = width_of(text); i < width + 2; i++)
		buf_add_char(out, ' ');
}

static void
add_line(struct buf *out, const struct changes_row *row, size_t component,
    size_t file)
{
	add_column(out, row->action, strlen(REPLACE));
	add_column(out, row->component, component);
	add_column(out, row->file == NULL ? "-" : row->file, file);
	if (row->file == NULL)
		buf_format(out, "%12s", "-");
	else
		buf_format(out, "%12" PRIu64, row->size);
	buf_format(out, "  %s\n", row->why);
}

int
changes_table(const struct changes *changes, struct buf *out)
{
	size_t component = strlen("COMPONENT"), file = strlen("FILE"), i;
	const struct changes_row *row;

	for (i = 0; i < changes->count; i++) {
		row = &changes->rows[i];
		component = widest(component, row->component);
		file = widest(file, row->file == NULL ? "-" : row->file);
	}
	add_column(out, "ACTION", strlen(REPLACE));
	add_column(out, "COMPONENT", component);
	add_column(out, "FILE", file);
	buf_format(out, "%12s  %s\n", "SIZE", "WHY");
	for (i = 0; i < changes->count; i++)
		add_line(out, &changes->rows[i], component, file);
	return buf_add_text(out, "");
}

static void
add_count(struct buf *out, size_t count, const char *what)
{
	if (count > 0)
		buf_format(out, ", %zu %s", count, what);
}

int
changes_summary(const struct changes *changes, struct buf *out)
{
	buf_format(out, "%zu file%s in %zu component%s, %zu new",
	    changes->files, changes->files == 1 ? "" : "s", changes->components,
	    changes->components == 1 ? "" : "s", changes->added);
	add_count(out, changes->changed, "changed");
	add_count(out, changes->removed, "removed");
	return buf_add_text(out, "");
}
