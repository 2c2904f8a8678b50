/*
 * Makes the copy list. The files of the source are sorted by folded name, and
 * so are those of each component when they are handed out in that order.
 */
#include "draft.h"

#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "../../platform/os.h"
#include "buf.h"
#include "components.h"
#include "copylist.h"
#include "domain.h"
#include "sources.h"
#include "text.h"

/* Where a file goes. */
struct place {
	size_t component;
	unsigned flags;
};

/* Whole seconds, as the list writes them; -1 where it cannot. */
static int64_t
file_date(int64_t mtime)
{
	return mtime < 0 ? -1 : mtime - mtime % OS_SECOND;
}

static int
find_places(const struct sources *s, struct components *components,
    struct place *places, struct buf *why)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < s->count && rc == 0; i++)
		rc = components_place(components, &s->files[i],
		    &places[i].component, &places[i].flags, why);
	return rc;
}

/* Room for the files of each component. */
static int
make_room(struct copylist *list, const struct place *places, size_t count)
{
	size_t *counts = calloc(list->count + 1, sizeof *counts), i;
	int rc = counts == NULL ? ERR_NOMEM : 0;

	for (i = 0; i < count && rc == 0; i++)
		counts[places[i].component]++;
	for (i = 0; i < list->count && rc == 0; i++) {
		list->components[i].files = calloc(
		    counts[i] + 1, sizeof *list->components[i].files);
		if (list->components[i].files == NULL)
			rc = ERR_NOMEM;
	}
	free(counts);
	return rc;
}

static int
add_file(struct copylist_component *c, const struct sources_file *from,
    unsigned flags)
{
	struct copylist_file *file = &c->files[c->count++];

	file->name = text_copy(from->name);
	file->folded = text_copy(from->folded);
	file->version = text_copy(from->version);
	file->size = from->info.size;
	memcpy(file->digest, from->digest, DIGEST_TEXT);
	file->date = file_date(from->info.mtime);
	file->flags = flags;
	return file->name == NULL || file->folded == NULL ||
		file->version == NULL
	    ? ERR_NOMEM
	    : 0;
}

static int
add_files(
    struct copylist *list, const struct sources *s, const struct place *places)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < s->count && rc == 0; i++)
		rc = add_file(&list->components[places[i].component],
		    &s->files[i], places[i].flags);
	return rc;
}

int
draft_make(const struct sources *sources, struct components *components,
    const struct domain *domain, struct copylist **list, struct buf *why)
{
	struct copylist *made = NULL;
	struct place *places;
	int rc = ERR_NOMEM;

	*list = NULL;
	places = calloc(sources->count + 1, sizeof *places);
	if (places == NULL)
		goto out;
	rc = find_places(sources, components, places, why);
	if (rc != 0)
		goto out;
	made = components_take(components);
	made->domain_size = domain->text.len;
	memcpy(made->domain_digest, domain->digest, DIGEST_TEXT);
	rc = make_room(made, places, sources->count);
	if (rc == 0)
		rc = add_files(made, sources, places);
	if (rc == 0)
		rc = components_check_binaries(components, made, why);
	if (rc != 0)
		goto out;
	*list = made;
	made = NULL;
out:
	copylist_free(made);
	free(places);
	return rc;
}
