/*
 * The tree of the fake: nodes with what they are now and what a power cut
 * leaves of them, names, and the way from a path to a node. Calls of os.h are
 * in files.c; nothing here counts or fails on purpose.
 */
#include "inside.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"

void *
fake_grab(size_t size)
{
	void *memory = fake_memory(size == 0 ? 1 : size);

	if (memory == NULL)
		abort();
	return memset(memory, 0, size);
}

char *
fake_copy(const char *text)
{
	size_t len;

	if (text == NULL)
		return NULL;
	len = strlen(text);
	return memcpy(fake_grab(len + 1), text, len + 1);
}

char *
fake_hand(const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len + 1);

	return copy == NULL ? NULL : memcpy(copy, text, len + 1);
}

static char
lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool
fake_same_name(const char *a, const char *b)
{
	if (!fake.ignore_case)
		return strcmp(a, b) == 0;
	while (*a != '\0' && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) == lower(*b);
}

struct node *
fake_node(enum os_kind kind, enum os_rights rights)
{
	struct node *node = fake_grab(sizeof *node);

	node->kind = kind;
	node->rights = rights;
	node->id = ++fake.last_id;
	node->now.mtime = node->durable.mtime = fake.clock;
	node->changed = fake.clock;
	node->next = fake.nodes;
	fake.nodes = node;
	return node;
}

/* Names */

struct entry *
fake_entry(struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++) {
		if (fake_same_name(names->list[i].name, name))
			return &names->list[i];
	}
	return NULL;
}

void
fake_names_set(struct names *names, const char *name, struct node *node)
{
	struct entry *entry = fake_entry(names, name), *more;

	if (entry == NULL && names->count == names->size) {
		names->size = names->size * 2 + 8;
		more = fake_grab(names->size * sizeof *more);
		if (names->count > 0)
			memcpy(more, names->list, names->count * sizeof *more);
		free(names->list);
		names->list = more;
	}
	if (entry == NULL) {
		entry = &names->list[names->count++];
		entry->name = NULL;
	}
	free(entry->name);
	entry->name = fake_copy(name);
	entry->node = node;
}

void
fake_names_drop(struct names *names, const char *name)
{
	struct entry *entry = fake_entry(names, name);

	if (entry == NULL)
		return;
	free(entry->name);
	*entry = names->list[--names->count];
}

static void
names_clear(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i].name);
	free(names->list);
	*names = (struct names){ NULL, 0, 0 };
}

static void
names_copy(struct names *to, const struct names *from)
{
	names_clear(to);
	if (from->count == 0)
		return;
	to->list = fake_grab(from->count * sizeof *to->list);
	to->count = to->size = from->count;
	for (size_t i = 0; i < from->count; i++) {
		to->list[i].name = fake_copy(from->list[i].name);
		to->list[i].node = from->list[i].node;
	}
}

void
fake_enlist(struct node *folder, const char *name, struct node *node)
{
	struct entry *old = fake_entry(&folder->names, name);

	if (old != NULL)
		old->node->links--;
	fake_names_set(&folder->names, name, node);
	node->links++;
	node->changed = fake.clock;
	if (node->kind == OS_FOLDER)
		node->up = folder;
	folder->now.mtime = fake.clock;
}

void
fake_delist(struct node *folder, const char *name)
{
	struct entry *old = fake_entry(&folder->names, name);

	assert(old != NULL);
	old->node->links--;
	fake_names_drop(&folder->names, name);
	folder->now.mtime = fake.clock;
}

/* Content */

void
fake_content_set(struct content *content, const void *data, size_t len)
{
	char *copy = fake_grab(len + 1);

	if (len > 0)
		memcpy(copy, data, len);
	free(content->data);
	content->data = copy;
	content->len = len;
}

static void
content_copy(struct content *to, const struct content *from)
{
	fake_content_set(to, from->data, from->len);
	to->mtime = from->mtime;
	to->flags = from->flags;
}

void
fake_keep_names(struct node *folder)
{
	names_copy(&folder->kept, &folder->names);
	folder->durable.mtime = folder->now.mtime;
}

void
fake_keep_content(struct node *node)
{
	content_copy(&node->durable, &node->now);
}

uint64_t
fake_free(void)
{
	uint64_t used = 0;

	if (fake.room == UINT64_MAX)
		return UINT64_MAX;
	for (struct node *n = fake.nodes; n != NULL; n = n->next) {
		if (n->links > 0)
			used += n->now.len;
	}
	return used < fake.room ? fake.room - used : 0;
}

/* Ways */

int
fake_is_folder(const struct node *node)
{
	if (node == NULL)
		return ERR_NOENT;
	if (node->kind == OS_LINK)
		return ERR_LINK;
	return node->kind == OS_FOLDER ? 0 : ERR_NOTDIR;
}

int
fake_is_file(const struct node *node)
{
	if (node == NULL)
		return ERR_NOENT;
	switch (node->kind) {
	case OS_REGULAR: return 0;
	case OS_FOLDER: return ERR_ISDIR;
	case OS_LINK: return ERR_LINK;
	default: return ERR_NOTFILE;
	}
}

unsigned
fake_volume_of(const struct node *node)
{
	while (node->volume == 0 && node->up != NULL && node->up != node)
		node = node->up;
	return node->volume != 0 ? node->volume : 1;
}

void
fake_describe(const struct node *node, struct os_info *info)
{
	*info = (struct os_info){
		.kind = node->kind,
		.size = node->now.len,
		.mtime = node->now.mtime,
		.changed = node->changed,
		.id = node->id,
		.volume = fake_volume_of(node),
		.links = node->links,
		.owner = node->owner,
		.flags = node->now.flags,
	};
}

static bool
is_separator(char c)
{
	return c == '/' || c == '\\';
}

/* Takes the next name off *rest into `name`; *len 0 at the end. */
static int
next_name(const char **rest, char name[NAME_LIMIT + 1], size_t *len)
{
	const char *start;

	while (is_separator(**rest))
		(*rest)++;
	start = *rest;
	while (**rest != '\0' && !is_separator(**rest))
		(*rest)++;
	*len = (size_t)(*rest - start);
	if (*len > NAME_LIMIT)
		return ERR_NAME;
	memcpy(name, start, *len);
	name[*len] = '\0';
	return strcmp(name, "..") == 0 ? ERR_ARG : 0;
}

/* One name further down from where `spot` stands. */
static int
step(struct spot *spot, const char *name)
{
	struct entry *entry;
	int rc = fake_is_folder(spot->node);

	if (rc != 0)
		return rc;
	if (spot->node->deny != 0 && !fake.see_all)
		return spot->node->deny;
	spot->folder = spot->node;
	entry = fake_entry(&spot->folder->names, name);
	spot->node = entry != NULL ? entry->node : NULL;
	memcpy(spot->name, name, strlen(name) + 1);
	return 0;
}

int
fake_find(struct node *base, const char *rel, struct spot *spot)
{
	char name[NAME_LIMIT + 1];
	size_t len;
	int rc;

	*spot = (struct spot){ .node = base };
	if (*rel == '\0' || is_separator(*rel))
		return ERR_ARG;
	for (;;) {
		rc = next_name(&rel, name, &len);
		if (rc == 0 && len > 0 && strcmp(name, ".") != 0)
			rc = step(spot, name);
		if (rc != 0)
			return rc;
		if (len == 0)
			break;
	}
	return spot->node != NULL && !fake.see_all ? spot->node->deny : 0;
}

/* Puts one name of a path behind what `out` holds; ".." takes one off. */
static void
clean_add(char *out, const char *name, size_t len)
{
	char *end;

	if (len == 0 || (len == 1 && name[0] == '.'))
		return;
	if (len == 2 && name[0] == '.' && name[1] == '.') {
		end = strrchr(out, '/');
		if (end != NULL)
			*end = '\0';
		return;
	}
	strcat(out, "/");
	strncat(out, name, len);
}

bool
fake_is_share(const char *path)
{
	return is_separator(path[0]) && is_separator(path[1]) &&
	    path[2] != '\0' && !is_separator(path[2]);
}

const char *
fake_net(void)
{
	struct item *unc = fake_item(&fake.env, "SMS_UNC");

	return unc != NULL ? unc->text : "/net";
}

char *
fake_clean(const char *path)
{
	char *out = fake_grab(strlen(path) + strlen(fake_net()) + 3);
	const char *end;

	if (fake_is_share(path))
		strcat(out, fake_net());
	while (*path != '\0') {
		for (end = path; *end != '\0' && !is_separator(*end); end++)
			;
		clean_add(out, path, (size_t)(end - path));
		path = *end != '\0' ? end + 1 : end;
	}
	return out;
}

int
fake_find_path(const char *path, struct spot *spot)
{
	char *clean;
	int rc;

	*spot = (struct spot){ .node = NULL };
	if (*path == '\0')
		return ERR_ARG;
	clean = fake_clean(path);
	rc = fake_find(fake.root, *clean != '\0' ? clean + 1 : ".", spot);
	free(clean);
	return rc;
}

int
fake_may_make(const struct spot *spot)
{
	if (spot->node != NULL)
		return ERR_EXIST;
	if (spot->folder->links == 0 && spot->folder != fake.root)
		return ERR_NOENT;
	return 0;
}

/* Power cut */

/* Counts the names below `folder` anew. A folder that would have two (moved,
 * and only its new place was flushed) keeps the first that is met. */
static void
recount(struct node *folder)
{
	struct entry *entry;
	size_t i = 0;

	while (i < folder->names.count) {
		entry = &folder->names.list[i];
		if (entry->node == fake.root ||
		    (entry->node->kind == OS_FOLDER && entry->node->links)) {
			fake_names_drop(&folder->names, entry->name);
			continue;
		}
		entry->node->links++;
		if (entry->node->kind == OS_FOLDER) {
			entry->node->up = folder;
			recount(entry->node);
		}
		i++;
	}
}

bool
fake_flush_name(const char *path, unsigned n)
{
	struct spot spot;
	struct node *folder;
	struct entry *other;

	if (fake_find_path(path, &spot) != 0 || fake_is_folder(spot.node) != 0)
		abort();
	folder = spot.node;
	for (size_t i = 0; i < folder->names.count; i++) {
		const struct entry *now = &folder->names.list[i];

		other = fake_entry(&folder->kept, now->name);
		if ((other == NULL || other->node != now->node) && n-- == 0) {
			fake_names_set(&folder->kept, now->name, now->node);
			return true;
		}
	}
	for (size_t i = 0; i < folder->kept.count; i++) {
		other = &folder->kept.list[i];
		if (fake_entry(&folder->names, other->name) == NULL &&
		    n-- == 0) {
			fake_names_drop(&folder->kept, other->name);
			return true;
		}
	}
	return false;
}

void
fake_power_cut(void)
{
	for (struct node *n = fake.nodes; n != NULL; n = n->next) {
		content_copy(&n->now, &n->durable);
		names_copy(&n->names, &n->kept);
		n->links = 0;
		n->use = FAKE_FREE;
		n->locked_until = 0;
	}
	recount(fake.root);
	fake_items_clear(&fake.hints);
	fake_services_boot();
	fake.fault = (struct fault){ .met = fake.fault.met };
	fake.stop_at = NEVER;
}

void
fake_tree_clear(void)
{
	struct node *node;

	while ((node = fake.nodes) != NULL) {
		fake.nodes = node->next;
		names_clear(&node->names);
		names_clear(&node->kept);
		free(node->now.data);
		free(node->durable.data);
		free(node);
	}
}
