/* Copy lists side by side: is it the same content, is it the same component? */
#include "copylist.h"

#include <string.h>

#include "text.h"

/* An absent key is the same as another absent key only. */
static bool
same_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

static bool
same_file(const struct copylist_file *a, const struct copylist_file *b)
{
	return strcmp(a->name, b->name) == 0 && a->size == b->size &&
	    strcmp(a->digest, b->digest) == 0 &&
	    strcmp(a->version, b->version) == 0 && a->flags == b->flags;
}

static bool
same_keys(
    const struct copylist_component *a, const struct copylist_component *b)
{
	return strcmp(a->name, b->name) == 0 && a->type == b->type &&
	    same_text(a->service, b->service) &&
	    same_text(a->binary, b->binary) &&
	    same_text(a->arguments, b->arguments) &&
	    same_text(a->start, b->start) && same_text(a->settle, b->settle) &&
	    same_text(a->after, b->after) && same_text(a->when, b->when);
}

bool
copylist_same_component(
    const struct copylist_component *a, const struct copylist_component *b)
{
	size_t i;

	if (!same_keys(a, b) || a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++)
		if (!same_file(&a->files[i], &b->files[i]))
			return false;
	return true;
}

bool
copylist_same_content(const struct copylist *a, const struct copylist *b)
{
	const struct copylist_component *other;
	size_t i;

	if (a->count != b->count || a->domain_size != b->domain_size ||
	    strcmp(a->domain_digest, b->domain_digest) != 0)
		return false;
	for (i = 0; i < a->count; i++) {
		/* Mostly at the same place; the order itself is no content. */
		other = &b->components[i];
		if (!text_same(other->name, a->components[i].name))
			other = copylist_component_of(b, a->components[i].name);
		if (other == NULL ||
		    !copylist_same_component(&a->components[i], other))
			return false;
	}
	return true;
}

const struct copylist_component *
copylist_component_of(const struct copylist *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (text_same(list->components[i].name, name))
			return &list->components[i];
	return NULL;
}
