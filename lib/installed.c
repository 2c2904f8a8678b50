/*
 * STATE/INSTALLED.TXT, sealed INI text:
 *
 *	[Component STANDARD]
 *	Type=files
 *	BIN/CLIMONNT.EXE=81920,9f86d081...,1795197600000000000,4711
 *
 * Type is the first line of its section; a file may have that name too. The
 * others: name = size, SHA-256 or "-" (not known), time in ns (-1: the digest
 * is to be taken again), inode; inode 0 is a file that was to be placed and has
 * not been seen in place.
 */
#include "installed.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "copylist.h"
#include "file.h"
#include "inifile.h"
#include "layout.h"
#include "pattern.h"
#include "sealed.h"
#include "text.h"

#define INSTALLED_MAX INIFILE_MAX
#define PREFIX	      "Component "
#define ENTRY_MOST    (DIGEST_TEXT + 3 * 20 + 8) /* a line but for the name */
#define SEAL_MOST     (DIGEST_TEXT + 8)

void
installed_free(struct installed *set)
{
	size_t i;

	for (i = 0; i < set->count; i++) {
		free(set->files[i].component);
		free(set->files[i].name);
		free(set->files[i].folded);
	}
	free(set->files);
	memset(set, 0, sizeof(*set));
}

static int
compare(const void *a, const void *b)
{
	const struct installed_file *x = a, *y = b;

	return strcmp(x->folded, y->folded);
}

struct installed_file *
installed_find(struct installed *set, const char *folded)
{
	struct installed_file key = { .folded = (char *)folded };

	if (set->count == 0)
		return NULL;
	if (!set->sorted)
		qsort(set->files, set->count, sizeof(*set->files), compare);
	set->sorted = true;
	return bsearch(
	    &key, set->files, set->count, sizeof(*set->files), compare);
}

int
installed_check(
    struct os_dir *client, const struct installed_file *file, bool *ours)
{
	char digest[DIGEST_TEXT];
	struct os_info info;
	int rc;

	*ours = true;
	if (file->id != 0 || file->digest[0] == '\0' ||
	    os_info(client, file->name, &info) == ERR_NOENT)
		return 0;
	rc = digest_of_name(client, file->name, digest);
	*ours = rc == 0 && strcmp(digest, file->digest) == 0;
	/* What is no file, or in no folder, is not what we placed. What cannot
	 * be read may be: that must not decide who owns it. */
	if (rc == ERR_NOENT || rc == ERR_NOTDIR || rc == ERR_LINK ||
	    rc == ERR_ISDIR || rc == ERR_NOTFILE)
		return 0;
	return rc;
}

static int
grow(struct installed *set)
{
	size_t size = set->size ? set->size * 2 : 64;
	struct installed_file *files;

	if (set->count < set->size)
		return 0;
	files = realloc(set->files, size * sizeof(*files));
	if (files == NULL)
		return ERR_NOMEM;
	set->files = files;
	set->size = size;
	return 0;
}

int
installed_add(struct installed *set, const char *component, bool service,
    const char *name, struct installed_file **entry)
{
	struct installed_file *f;
	struct buf folded = BUF_INIT;
	int rc;

	if ((rc = grow(set)) != 0)
		return rc;
	if ((rc = pattern_fold(name, &folded)) != 0) {
		buf_free(&folded);
		return rc;
	}
	f = &set->files[set->count];
	memset(f, 0, sizeof(*f));
	f->component = text_copy(component);
	f->name = text_copy(name);
	f->folded = buf_take(&folded);
	f->service = service;
	if (f->component == NULL || f->name == NULL || f->folded == NULL) {
		free(f->component);
		free(f->name);
		free(f->folded);
		return ERR_NOMEM;
	}
	set->count++;
	set->sorted = false;
	*entry = f;
	return 0;
}

int
installed_intend(struct installed *set, const char *component, bool service,
    const struct copylist_file *file)
{
	struct installed_file *entry;
	int rc = installed_add(set, component, service, file->name, &entry);

	if (rc == 0) {
		memcpy(entry->digest, file->digest, DIGEST_TEXT);
		entry->size = file->size;
	}
	return rc;
}

/* Adds a file of a list unless it is among the first `before` entries. */
static int
add_listed(struct installed *set, size_t before,
    const struct copylist_component *component,
    const struct copylist_file *file)
{
	struct installed_file key = { .folded = file->folded };

	if (before > 0 &&
	    bsearch(&key, set->files, before, sizeof(*set->files), compare) !=
		NULL)
		return 0;
	return installed_intend(
	    set, component->name, component->type == COPYLIST_SERVICE, file);
}

int
installed_from_list(struct installed *set, const struct copylist *list)
{
	size_t before, c, f;
	int rc = 0;

	/* Sorted once: a list names nothing twice. */
	installed_find(set, "");
	before = set->count;
	for (c = 0; c < list->count && rc == 0; c++)
		for (f = 0; f < list->components[c].count && rc == 0; f++)
			rc = add_listed(set, before, &list->components[c],
			    &list->components[c].files[f]);
	return rc;
}

/* Reads a signed number that ends at `end`; the sign is a leading '-'. */
static int
read_signed(const char *text, int64_t *number)
{
	uint64_t value;
	int rc = text_number(text + (*text == '-'), INT64_MAX, &value);

	*number = *text == '-' ? -(int64_t)value : (int64_t)value;
	return rc;
}

/* "size,digest,time,inode" */
static int
read_value(const char *value, struct installed_file *f)
{
	char *copy = text_copy(value), *field[4], *p = copy;
	int rc = ERR_FORMAT, i;

	if (copy == NULL)
		return ERR_NOMEM;
	for (i = 0; i < 4; i++) {
		field[i] = p;
		p += strcspn(p, ",");
		if ((*p == ',') != (i < 3))
			goto out;
		if (*p == ',')
			*p++ = '\0';
	}
	if (text_number(field[0], UINT64_MAX, &f->size) != 0 ||
	    read_signed(field[2], &f->mtime) != 0 ||
	    text_number(field[3], UINT64_MAX, &f->id) != 0)
		goto out;
	if (digest_is_text(field[1]))
		memcpy(f->digest, field[1], DIGEST_TEXT);
	else if (strcmp(field[1], "-") != 0)
		goto out;
	rc = 0;
out:
	free(copy);
	return rc;
}

static int
read_entries(const struct inifile *ini, struct installed *set)
{
	size_t count, i;
	const struct inifile_entry *e = inifile_entries(ini, &count);
	struct installed_file *entry;
	unsigned section = 0;
	bool service = false;
	int rc;

	for (i = 0; i < count; i++) {
		if (strncmp(e[i].section, PREFIX, strlen(PREFIX)) != 0)
			return ERR_FORMAT;
		if (e[i].section_number != section) {
			section = e[i].section_number;
			if (strcmp(e[i].key, "Type") != 0)
				return ERR_FORMAT;
			service = strcmp(e[i].value, "service") == 0;
			continue;
		}
		rc = installed_add(set, e[i].section + strlen(PREFIX), service,
		    e[i].key, &entry);
		if (rc == 0)
			rc = read_value(e[i].value, entry);
		if (rc != 0)
			return rc;
	}
	return 0;
}

int
installed_read(struct os_dir *state, struct installed *set)
{
	struct buf text = BUF_INIT;
	struct inifile *ini = NULL;
	int rc;

	memset(set, 0, sizeof(*set));
	rc = sealed_read(state, LAYOUT_INSTALLED, INSTALLED_MAX, &text);
	if (rc == ERR_NOENT) {
		set->missing = true;
		rc = 0;
		goto out;
	}
	if (rc == 0)
		rc = inifile_parse(LAYOUT_INSTALLED, buf_text(&text), text.len,
		    INIFILE_STRICT, &ini, NULL);
	if (rc == 0)
		rc = read_entries(ini, set);
	if (rc == ERR_FORMAT || rc == ERR_DIGEST || rc == ERR_RANGE ||
	    rc == ERR_ISDIR || rc == ERR_LINK || rc == ERR_NOTFILE) {
		installed_free(set);
		set->damaged = true;
		rc = 0;
	}
out:
	if (rc != 0)
		installed_free(set);
	inifile_free(ini);
	buf_free(&text);
	return rc;
}

static int
by_component(const void *a, const void *b)
{
	const struct installed_file *x = a, *y = b;
	int order = strcmp(x->component, y->component);

	if (order == 0)
		order = x->service - y->service;
	return order != 0 ? order : strcmp(x->folded, y->folded);
}

bool
installed_fits(struct installed *set)
{
	const struct installed_file *last = NULL;
	size_t i, most = SEAL_MOST;

	if (set->count > 0)
		qsort(
		    set->files, set->count, sizeof(*set->files), by_component);
	set->sorted = false;
	for (i = 0; i < set->count && most <= INSTALLED_MAX; i++) {
		const struct installed_file *f = &set->files[i];

		if (last == NULL ||
		    strcmp(last->component, f->component) != 0 ||
		    last->service != f->service)
			most += strlen(f->component) + ENTRY_MOST;
		most += strlen(f->name) + ENTRY_MOST;
		last = f;
	}
	return most <= INSTALLED_MAX;
}

static int
write_text(struct installed *set, struct buf *text)
{
	const struct installed_file *last = NULL;
	size_t i;

	if (set->count > 0)
		qsort(
		    set->files, set->count, sizeof(*set->files), by_component);
	set->sorted = false;
	for (i = 0; i < set->count; i++) {
		const struct installed_file *f = &set->files[i];

		if (last == NULL || last->service != f->service ||
		    strcmp(last->component, f->component) != 0)
			buf_format(text, "[" PREFIX "%s]\r\nType=%s\r\n",
			    f->component, f->service ? "service" : "files");
		buf_format(text,
		    "%s=%" PRIu64 ",%s,%" PRId64 ",%" PRIu64 "\r\n", f->name,
		    f->size, f->digest[0] != '\0' ? f->digest : "-", f->mtime,
		    f->id);
		last = f;
	}
	return text->failed ? ERR_NOMEM : 0;
}

int
installed_write(struct os_dir *state, struct installed *set)
{
	struct buf text = BUF_INIT;
	int rc = write_text(set, &text);

	if (rc == 0)
		rc = sealed_write(state, LAYOUT_INSTALLED, OS_PUBLIC, &text);
	buf_free(&text);
	return rc;
}

int
installed_new_write(struct file_new *file, struct installed *set)
{
	struct buf text = BUF_INIT;
	int rc = write_text(set, &text);

	if (rc == 0)
		rc = sealed_new_write(file, OS_PUBLIC, &text);
	buf_free(&text);
	return rc;
}
