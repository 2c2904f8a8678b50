/*
 * The digest cache: a sealed text (lib/sealed.h) of
 *
 *	publish cache 2 ABOUT
 *	DIGEST SIZE MTIME INDEX VERSION NAME
 *
 * with SIZE in bytes, MTIME in ns since 1970 (two's complement) and the
 * file's INDEX, all decimal. Lines end in LF. It is read in place: an entry
 * points into the text, and what cannot be read makes the whole cache empty,
 * because losing it costs time only. So is that of a publish which knew no
 * versions yet (cache 1): everything is read once more.
 */
#include "cache.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "../../platform/os.h"
#include "buf.h"
#include "sealed.h"

#define HEAD	  "publish cache 2 "
#define CACHE_MAX ((size_t)256 << 20) /* bytes */

struct entry {
	const char *digest; /* ends in a NUL, as the others do */
	const char *version;
	const char *name;
	uint64_t size, mtime, index;
};

struct cache {
	struct buf old;	 /* as it was read; then cut up in place */
	struct buf text; /* what was noted, with its head */
	size_t head;	 /* length of the head */
	bool was;	 /* there was one: it is kept if it stays the same */
	struct entry *entries; /* in the order of the text */
	size_t count;
	size_t next;	       /* where the next name is looked for first */
	size_t noted;	       /* the first so many were noted as they were */
	bool other;	       /* something else was noted */
	struct entry **sorted; /* by name; NULL until it is needed */
};

/* Takes a number and the blank after it off *p. */
static int
read_number(char **p, uint64_t *number)
{
	uint64_t n = 0;
	char *c;

	for (c = *p; *c >= '0' && *c <= '9'; c++)
		n = n * 10 + (uint64_t)(*c - '0');
	if (c == *p || *c != ' ')
		return ERR_FORMAT;
	*p = c + 1;
	*number = n;
	return 0;
}

/* `line` ends in a NUL. */
static int
read_entry(char *line, struct entry *e)
{
	char *p = line + DIGEST_TEXT;

	if (strlen(line) < DIGEST_TEXT || p[-1] != ' ')
		return ERR_FORMAT;
	p[-1] = '\0';
	e->digest = line;
	if (!digest_is_text(line) || read_number(&p, &e->size) != 0 ||
	    read_number(&p, &e->mtime) != 0 || read_number(&p, &e->index) != 0)
		return ERR_FORMAT;
	e->version = p;
	p += strcspn(p, " ");
	if (*p == '\0' || p == e->version)
		return ERR_FORMAT;
	*p = '\0';
	e->name = p + 1;
	return 0;
}

static size_t
count_lines(const struct buf *text)
{
	const char *p = buf_text(text), *end = p + text->len;
	size_t n = 0;

	for (; p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
		n++;
	return n;
}

/* Cuts up the text behind its head. */
static int
read_entries(struct cache *c)
{
	char *line = c->old.data + c->head, *end;

	c->entries = calloc(count_lines(&c->old) + 1, sizeof *c->entries);
	if (c->entries == NULL)
		return ERR_NOMEM;
	for (; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		if (end == NULL)
			return ERR_FORMAT;
		*end = '\0';
		if (read_entry(line, &c->entries[c->count]) != 0)
			return ERR_FORMAT;
		c->count++;
	}
	return 0;
}

static void
forget_old(struct cache *c)
{
	free(c->entries);
	c->entries = NULL;
	c->count = 0;
}

static int
read_old(struct cache *c, struct os_dir *dir, const char *rel)
{
	int rc = sealed_read(dir, rel, CACHE_MAX, &c->old);

	/* A NUL would hide what stands behind it. */
	if (rc == 0 &&
	    (c->old.len < c->head ||
		memcmp(c->old.data, c->text.data, c->head) != 0 ||
		memchr(c->old.data, '\0', c->old.len) != NULL))
		rc = ERR_FORMAT;
	if (rc == 0)
		rc = read_entries(c);
	c->was = rc == 0;
	if (rc != 0)
		forget_old(c);
	return rc == ERR_NOMEM ? rc : 0;
}

int
cache_load(struct os_dir *dir, const char *rel, const char *about,
    struct cache **cache)
{
	struct cache *c = calloc(1, sizeof *c);
	int rc = ERR_NOMEM;

	*cache = NULL;
	if (c == NULL)
		return rc;
	rc = buf_format(&c->text, HEAD "%s\n", about);
	c->head = c->text.len;
	if (rc == 0 && dir != NULL)
		rc = read_old(c, dir, rel);
	if (rc != 0) {
		cache_free(c);
		return rc;
	}
	*cache = c;
	return 0;
}

void
cache_free(struct cache *cache)
{
	if (cache == NULL)
		return;
	free(cache->sorted);
	free(cache->entries);
	buf_free(&cache->old);
	buf_free(&cache->text);
	free(cache);
}

static int
compare_entries(const void *a, const void *b)
{
	const struct entry *const *ea = a, *const *eb = b;

	return strcmp((*ea)->name, (*eb)->name);
}

static const struct entry *
find_sorted(struct cache *c, const char *name)
{
	struct entry wanted = { .name = name }, *key = &wanted, **found;
	size_t i;

	if (c->sorted == NULL) {
		c->sorted = calloc(c->count + 1, sizeof(*c->sorted));
		if (c->sorted == NULL)
			return NULL;
		for (i = 0; i < c->count; i++)
			c->sorted[i] = &c->entries[i];
		qsort(c->sorted, c->count, sizeof(*c->sorted), compare_entries);
	}
	found = bsearch(
	    &key, c->sorted, c->count, sizeof(*c->sorted), compare_entries);
	return found == NULL ? NULL : *found;
}

static const struct entry *
find(struct cache *c, const char *name)
{
	const struct entry *e;

	if (c->count == 0)
		return NULL;
	if (c->next < c->count && strcmp(c->entries[c->next].name, name) == 0)
		e = &c->entries[c->next];
	else
		e = find_sorted(c, name);
	if (e != NULL)
		c->next = (size_t)(e - c->entries) + 1;
	return e;
}

bool
cache_has_size(struct cache *c, const char *name, uint64_t size)
{
	const struct entry *e = find(c, name);

	return e != NULL && e->size == size;
}

const char *
cache_find(struct cache *c, const char *name, const struct os_info *info,
    const char **version)
{
	const struct entry *e = find(c, name);

	if (e == NULL)
		return NULL;
	if (e->size != info->size || e->mtime != (uint64_t)info->mtime ||
	    e->index != info->id)
		return NULL;
	if (version != NULL)
		*version = e->version;
	return e->digest;
}

/* Is it what was noted the last time at this place? */
static bool
is_noted(const struct cache *c, const struct entry *e)
{
	const struct entry *old = &c->entries[c->noted];

	return c->noted < c->count && e->size == old->size &&
	    e->mtime == old->mtime && e->index == old->index &&
	    strcmp(e->digest, old->digest) == 0 &&
	    strcmp(e->version, old->version) == 0 &&
	    strcmp(e->name, old->name) == 0;
}

static int
add_entry(struct buf *out, const struct entry *e)
{
	buf_add_text(out, e->digest);
	buf_add_char(out, ' ');
	buf_add_number(out, e->size);
	buf_add_char(out, ' ');
	buf_add_number(out, e->mtime);
	buf_add_char(out, ' ');
	buf_add_number(out, e->index);
	buf_add_char(out, ' ');
	buf_add_text(out, e->version);
	buf_add_char(out, ' ');
	buf_add_text(out, e->name);
	return buf_add_char(out, '\n');
}

int
cache_note(struct cache *c, const char *name, const struct os_info *info,
    const char *digest, const char *version)
{
	const struct entry e = {
		digest,
		version,
		name,
		info->size,
		(uint64_t)info->mtime,
		info->id,
	};

	if (strchr(name, '\n') != NULL)
		return ERR_NAME;
	if (!c->other && is_noted(c, &e))
		c->noted++;
	else
		c->other = true;
	return add_entry(&c->text, &e);
}

int
cache_save(struct cache *c, struct os_dir *dir, const char *rel)
{
	if (c->text.failed)
		return ERR_NOMEM;
	if (c->was && !c->other && c->noted == c->count)
		return 0;
	return sealed_write(dir, rel, OS_PRIVATE, &c->text);
}
