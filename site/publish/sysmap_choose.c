/*
 * Which variant of a file counts, where several folders of a map bring one for
 * the same destination: PLATFORM_DEFAULT and LANGUAGE_DEFAULT name what is
 * wanted, the best first.
 */
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "sysmap_inside.h"
#include "text.h"

#define NO_RANK SIZE_MAX

/* The place of `name` among those wanted; what is for all comes after them. */
static size_t
rank_of(const struct sysmap_names *wanted, const char *name)
{
	size_t i;

	if (wanted->count == 0 || name[0] == '\0')
		return wanted->count;
	for (i = 0; i < wanted->count; i++)
		if (text_same(wanted->names[i], name))
			return i;
	return NO_RANK;
}

static void
rank_directory(
    struct sysmap *map, struct sysmap_directory *d, const char *shown)
{
	size_t platform = rank_of(&map->platform, d->platform);
	size_t language = rank_of(&map->language, d->language);

	if (platform != NO_RANK && language != NO_RANK) {
		d->rank = platform * (map->language.count + 1) + language;
		return;
	}
	d->rank = NO_RANK;
	buf_format(&map->notes,
	    "%s:%u:%u: DIRECTORY \"%s\": is for %s %s: passed over\n", shown,
	    d->at.line, d->at.column, d->path,
	    platform == NO_RANK ? "PLATFORM" : "LANGUAGE",
	    platform == NO_RANK ? d->platform : d->language);
}

struct item {
	struct sysmap_file *file;
	size_t rank;
};

/* By destination, the best first, equals in the order of the map. */
static int
compare_items(const void *a, const void *b)
{
	const struct item *ia = a, *ib = b;
	int order = strcmp(ia->file->folded, ib->file->folded);

	if (order != 0)
		return order;
	if (ia->rank != ib->rank)
		return ia->rank < ib->rank ? -1 : 1;
	return (ia->file > ib->file) - (ia->file < ib->file);
}

static size_t
list_items(const struct sysmap *map, struct item *items)
{
	struct sysmap_file *file;
	size_t i, rank, count = 0;

	for (i = 0; i < map->count; i++) {
		file = &map->files[i];
		rank = map->directories[file->directory].rank;
		file->passed = rank == NO_RANK;
		if (!file->passed)
			items[count++] = (struct item){ file, rank };
	}
	return count;
}

static int
choose(
    const struct item *items, size_t count, const char *shown, struct buf *why)
{
	const struct sysmap_file *first;
	struct sysmap_file *file;
	size_t i;

	for (i = 1; i < count; i++) {
		first = items[i - 1].file;
		file = items[i].file;
		if (strcmp(first->folded, file->folded) != 0)
			continue;
		if (items[i - 1].rank == items[i].rank)
			return buf_why(why, ERR_FORMAT,
			    "%s:%u:%u: %s: line %u brings it already", shown,
			    file->at.line, file->at.column, file->name,
			    first->at.line);
		file->passed = true;
	}
	return 0;
}

int
sysmap_choose(struct sysmap *map, const char *shown, struct buf *why)
{
	struct item *items;
	size_t i, count;
	int rc;

	for (i = 0; i < map->directory_count; i++)
		rank_directory(map, &map->directories[i], shown);
	items = calloc(map->count + 1, sizeof *items);
	if (items == NULL)
		return ERR_NOMEM;
	count = list_items(map, items);
	qsort(items, count, sizeof *items, compare_items);
	rc = choose(items, count, shown, why);
	free(items);
	return rc;
}
