/*
 * The proof of an edit: the readings of the text before and after differ in
 * what was asked for and in nothing else. Knows nothing of how it was made.
 */
#include "iniproof.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "../platform/err.h"
#include "iniedit.h"
#include "inifile.h"
#include "text.h"

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

/* The entries that the change leaves alone, one after the other. */
struct walk {
	const struct inifile_entry *entries;
	size_t count;
	size_t at;
	size_t section;		/* the number of the change's section */
	bool met;		/* the entry that counts was passed */
};

static struct walk
walk_start(const struct inifile *ini, const struct iniedit_change *change)
{
	struct walk w = { .section = section_number(ini, change->section) };

	w.entries = inifile_entries(ini, &w.count);
	return w;
}

static bool
is_changed(struct walk *w, const struct iniedit_change *change)
{
	const struct inifile_entry *entry = &w->entries[w->at];

	if (entry->section_number != w->section ||
	    !text_same(entry->key, change->key))
		return false;
	if (change->value != NULL && w->met)
		return false;	/* repeated: does not count */
	w->met = true;
	return true;
}

/* NULL at the end. */
static const struct inifile_entry *
walk_next(struct walk *w, const struct iniedit_change *change)
{
	while (w->at < w->count && is_changed(w, change))
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
entries_kept(const struct inifile *before, const struct inifile *after,
    const struct iniedit_change *change)
{
	struct walk old = walk_start(before, change);
	struct walk new = walk_start(after, change);
	const struct inifile_entry *a, *b;

	do {
		a = walk_next(&old, change);
		b = walk_next(&new, change);
		if ((a == NULL) != (b == NULL) ||
		    (a != NULL && !same_entry(a, b)))
			return false;
	} while (a != NULL);
	return true;
}

static bool
sections_kept(const struct inifile *before, const struct inifile *after,
    const struct iniedit_change *change)
{
	const struct inifile_section *old, *new;
	size_t count, new_count, i;
	bool added;

	old = inifile_sections(before, &count);
	new = inifile_sections(after, &new_count);
	added = change->value != NULL &&
	    section_number(before, change->section) > count;
	if (new_count != count + added)
		return false;
	for (i = 0; i < count; i++)
		if (strcmp(old[i].name, new[i].name) != 0)
			return false;
	return !added || strcmp(new[count].name, change->section) == 0;
}

static bool
value_is(const struct inifile *ini, const struct iniedit_change *change)
{
	const char *value = inifile_get(ini, change->section, change->key);

	if (value == NULL || change->value == NULL)
		return value == change->value;
	return strcmp(value, change->value) == 0;
}

int
iniproof_check(const struct inifile *before, const struct inifile *after,
    const struct iniedit_change *change)
{
	return value_is(after, change) &&
	    sections_kept(before, after, change) &&
	    entries_kept(before, after, change) ? 0 : ERR_FORMAT;
}
