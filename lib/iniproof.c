/*
 * The proof of an edit: the readings of the text before and after differ in
 * what was asked for and in nothing else. Knows nothing of how it was made.
 *
 * The changes are sorted by section and key, so that each entry of the text
 * finds its change at once: a thousand of both take no time.
 */
#include "iniproof.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "iniedit.h"
#include "inifile.h"
#include "text.h"

/* A change, and where its key stands in one reading. */
struct target {
	const struct iniedit_change *change;
	size_t at;	/* its place among the changes */
	size_t section; /* the number of the section that counts */
	bool met;	/* the entry that counts was passed */
};

struct targets {
	struct target *list;
	size_t count;
};

/* Names ignore the case of A to Z. */
static int
compare_names(const char *a, const char *b)
{
	int x, y;

	do {
		x = (unsigned char)*a++;
		y = (unsigned char)*b++;
		if (x >= 'A' && x <= 'Z')
			x += 'a' - 'A';
		if (y >= 'A' && y <= 'Z')
			y += 'a' - 'A';
	} while (x == y && x != '\0');
	return x - y;
}

static int
compare_keys(const void *left, const void *right)
{
	const struct target *a = left, *b = right;
	int rc = compare_names(a->change->section, b->change->section);

	return rc != 0 ? rc : compare_names(a->change->key, b->change->key);
}

static int
compare(const void *left, const void *right)
{
	const struct target *a = left, *b = right;
	int rc = compare_keys(a, b);

	return rc != 0 ? rc : a->at < b->at ? -1 : a->at > b->at;
}

static int
sort_targets(
    const struct iniedit_change *changes, size_t count, struct targets *targets)
{
	size_t i;

	targets->count = count;
	targets->list = calloc(count + 1, sizeof *targets->list);
	if (targets->list == NULL)
		return ERR_NOMEM;
	for (i = 0; i < count; i++) {
		targets->list[i].change = &changes[i];
		targets->list[i].at = i;
	}
	if (count > 1)
		qsort(targets->list, count, sizeof *targets->list, compare);
	return 0;
}

/* The number of the section that counts; one more than there are when it is
 * missing (that is the number it is given when it is added). */
static size_t
section_number(const struct inifile *ini, const char *section)
{
	const struct inifile_section *sections;
	size_t count, i;

	sections = inifile_sections(ini, &count);
	for (i = 0; i < count; i++)
		if (text_same(sections[i].name, section))
			break;
	return i + 1;
}

static void
find_sections(const struct inifile *ini, struct targets *targets)
{
	struct target *t;
	size_t i;

	for (i = 0; i < targets->count; i++) {
		t = &targets->list[i];
		t->section = i > 0 &&
			text_same(t[-1].change->section, t->change->section)
		    ? t[-1].section
		    : section_number(ini, t->change->section);
	}
}

/* The change of that entry, NULL when there is none. */
static struct target *
find_target(const struct targets *targets, const struct inifile_entry *entry)
{
	const struct iniedit_change like = { entry->section, entry->key, NULL };
	const struct target key = { .change = &like };
	struct target *t;

	if (targets->count == 0)
		return NULL;
	t = bsearch(
	    &key, targets->list, targets->count, sizeof key, compare_keys);
	return t != NULL && t->section == entry->section_number ? t : NULL;
}

int
iniproof_distinct(
    const struct iniedit_change *changes, size_t count, size_t *distinct)
{
	struct targets targets;
	const struct target *t;
	int rc = sort_targets(changes, count, &targets);
	size_t i;

	*distinct = count;
	for (i = 1; rc == 0 && i < count; i++) {
		t = &targets.list[i];
		if (t->at < *distinct && compare_keys(t, t - 1) == 0)
			*distinct = t->at;
	}
	free(targets.list);
	return rc;
}

int
iniproof_values(const struct inifile *ini, const struct iniedit_change *changes,
    size_t count, const char **values)
{
	struct targets targets;
	const struct inifile_entry *entries;
	const struct target *t;
	size_t entry_count, i;
	int rc = sort_targets(changes, count, &targets);

	if (rc != 0)
		return rc;
	find_sections(ini, &targets);
	for (i = 0; i < count; i++)
		values[i] = NULL;
	entries = inifile_entries(ini, &entry_count);
	for (i = 0; i < entry_count; i++) {
		t = find_target(&targets, &entries[i]);
		if (t != NULL && values[t->at] == NULL)
			values[t->at] = entries[i].value;
	}
	free(targets.list);
	return 0;
}

/* The entries that the changes leave alone, one after the other. */
struct walk {
	const struct inifile_entry *entries;
	size_t count;
	size_t at;
	struct targets targets;
};

static int
walk_start(struct walk *w, const struct inifile *ini,
    const struct iniedit_change *changes, size_t count)
{
	int rc = sort_targets(changes, count, &w->targets);

	w->entries = inifile_entries(ini, &w->count);
	if (rc == 0)
		find_sections(ini, &w->targets);
	return rc;
}

static bool
is_changed(struct walk *w)
{
	struct target *t = find_target(&w->targets, &w->entries[w->at]);

	if (t == NULL || (t->change->value != NULL && t->met))
		return false; /* repeated: does not count */
	t->met = true;
	return true;
}

/* NULL at the end. */
static const struct inifile_entry *
walk_next(struct walk *w)
{
	while (w->at < w->count && is_changed(w))
		w->at++;
	return w->at < w->count ? &w->entries[w->at++] : NULL;
}

static bool
same_entry(const struct inifile_entry *a, const struct inifile_entry *b)
{
	return a->section_number == b->section_number &&
	    strcmp(a->key, b->key) == 0 && strcmp(a->value, b->value) == 0;
}

static bool
same_rest(struct walk *old, struct walk *new)
{
	const struct inifile_entry *a, *b;

	do {
		a = walk_next(old);
		b = walk_next(new);
		if ((a == NULL) != (b == NULL) ||
		    (a != NULL && !same_entry(a, b)))
			return false;
	} while (a != NULL);
	return true;
}

static int
check_entries(const struct inifile *before, const struct inifile *after,
    const struct iniedit_change *changes, size_t count)
{
	struct walk old = { .count = 0 }, new = { .count = 0 };
	int rc = walk_start(&old, before, changes, count);

	if (rc == 0)
		rc = walk_start(&new, after, changes, count);
	if (rc == 0 && !same_rest(&old, &new))
		rc = ERR_FORMAT;
	free(old.targets.list);
	free(new.targets.list);
	return rc;
}

/* Sections are added behind the others, in the order of the changes. */
static int
check_sections(const struct inifile *before, const struct inifile *after,
    const struct iniedit_change *changes, size_t count)
{
	const struct inifile_section *old, *new;
	size_t n, new_count, at, i;

	old = inifile_sections(before, &n);
	new = inifile_sections(after, &new_count);
	if (new_count < n)
		return ERR_FORMAT;
	for (i = 0; i < n; i++)
		if (strcmp(old[i].name, new[i].name) != 0)
			return ERR_FORMAT;
	at = n;
	for (i = 0; i < count && at < new_count; i++)
		if (changes[i].value != NULL &&
		    strcmp(new[at].name, changes[i].section) == 0 &&
		    section_number(after, changes[i].section) == at + 1)
			at++;
	return at == new_count ? 0 : ERR_FORMAT;
}

static int
check_values(const struct inifile *after, const struct iniedit_change *changes,
    size_t count)
{
	const char **values = calloc(count + 1, sizeof *values);
	int rc = values == NULL
	    ? ERR_NOMEM
	    : iniproof_values(after, changes, count, values);
	const char *want;
	size_t i;

	for (i = 0; i < count && rc == 0; i++) {
		want = changes[i].value;
		if ((values[i] == NULL) != (want == NULL) ||
		    (want != NULL && strcmp(values[i], want) != 0))
			rc = ERR_FORMAT;
	}
	free(values);
	return rc;
}

int
iniproof_check(const struct inifile *before, const struct inifile *after,
    const struct iniedit_change *changes, size_t count)
{
	int rc = check_values(after, changes, count);

	if (rc == 0)
		rc = check_sections(before, after, changes, count);
	return rc == 0 ? check_entries(before, after, changes, count) : rc;
}
