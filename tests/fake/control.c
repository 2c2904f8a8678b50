/*
 * What a test says to the fake: the state of a test, faults, the tree as the
 * test wants it and finds it. The settings of the machine are in system.c.
 */
#include "inside.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"

#define CALL_LIMIT 5000000u /* a loop of the code under test has no end */

struct fake fake;

/* Lists and texts */

struct item *
fake_item(struct items *items, const char *key)
{
	for (size_t i = 0; i < items->count; i++) {
		if (strcmp(items->list[i].key, key) == 0)
			return &items->list[i];
	}
	return NULL;
}

struct item *
fake_item_add(struct items *items, const char *key, const char *text)
{
	struct item *item;

	if (items->count == items->size) {
		items->size = items->size * 2 + 16;
		item = fake_grab(items->size * sizeof *item);
		if (items->count > 0)
			memcpy(item, items->list, items->count * sizeof *item);
		free(items->list);
		items->list = item;
	}
	item = &items->list[items->count++];
	*item = (struct item){ fake_copy(key), fake_copy(text), 0, 0 };
	return item;
}

void
fake_item_drop(struct items *items, size_t n)
{
	free(items->list[n].key);
	free(items->list[n].text);
	items->count--;
	memmove(&items->list[n], &items->list[n + 1],
	    (items->count - n) * sizeof *items->list);
}

void
fake_items_clear(struct items *items)
{
	while (items->count > 0)
		fake_item_drop(items, items->count - 1);
	free(items->list);
	*items = (struct items){ NULL, 0, 0 };
}

void
fake_text_add(struct text *text, const char *more)
{
	size_t len = strlen(more);
	char *data;

	if (text->data == NULL || text->size - text->len <= len) {
		text->size = text->size * 2 + len + 64;
		data = fake_grab(text->size);
		if (text->len > 0)
			memcpy(data, text->data, text->len);
		free(text->data);
		text->data = data;
	}
	memcpy(text->data + text->len, more, len + 1);
	text->len += len;
}

/* Start of a test */

static void
clear(void)
{
	fake_tree_clear();
	fake_services_clear();
	fake_items_clear(&fake.counts);
	fake_items_clear(&fake.env);
	fake_items_clear(&fake.spawned);
	fake_items_clear(&fake.shares);
	fake_items_clear(&fake.hints);
	fake_items_clear(&fake.texts);
	free(fake.events.data);
	free(fake.identity);
	free(fake.mac);
	free(fake.host);
	free(fake.system);
	free(fake.arch);
	free(fake.language);
	free(fake.self);
}

/* Also before main, for tests of what hardly touches the system. */
__attribute__((constructor)) void
fake_reset(void)
{
	clear();
	fake = (struct fake){
		.room = UINT64_MAX,
		.flags_shown = OS_EXEC | OS_READONLY,
		.last_id = 1000,
		.clock = FAKE_START,
		.ticks = OS_SECOND,
		.stop_at = NEVER,
		.random = 1,
		.admin = true,
		.piece = 4096,
		.last_process = 500,
	};
	fake.root = fake_node(OS_FOLDER, OS_PUBLIC);
	fake_machine(
	    "4c4c4544-0042-3510-8052-b4c04f564231", "02:00:5e:10:00:01");
	fake_host("TESTHOST");
	fake_system("linux", "x86_64", "00000409");
	fake_self("/opt/sms/BIN/self");
}

/* Faults */

void
fake_fail(unsigned from, enum fake_times times, int code)
{
	fake_fail_call(NULL, from, times, code);
}

void
fake_fail_call(const char *name, unsigned from, enum fake_times times, int code)
{
	fake.fault = (struct fault){
		.name = name,
		.from = from,
		.times = times,
		.code = code,
	};
}

bool
fake_met(void)
{
	return fake.fault.met;
}

void
fake_short_writes(bool on)
{
	fake.short_writes = on;
}

unsigned
fake_calls(void)
{
	return fake.calls;
}

unsigned
fake_calls_of(const char *name)
{
	struct item *item = fake_item(&fake.counts, name);

	return item != NULL ? (unsigned)item->number : 0;
}

void
fake_hook(fake_hook_fn *hook, void *arg)
{
	fake.hook = hook;
	fake.hook_arg = arg;
}

unsigned
fake_handles(void)
{
	return fake.handles;
}

static int
fault_now(struct fault *fault, const char *call)
{
	if (fault->from == 0)
		return 0;
	if (fault->name != NULL && strcmp(fault->name, call) != 0)
		return 0;
	fault->seen++;
	if (fault->seen < fault->from)
		return 0;
	if (fault->seen > fault->from && fault->times == FAKE_ONCE)
		return 0;
	fault->met = true;
	return fault->code;
}

int
fake_enter(const char *call)
{
	struct item *item;

	if (fake.in_hook)
		return 0;
	if (++fake.calls > CALL_LIMIT) {
		fprintf(stderr, "fake: %s: a loop without end\n", call);
		abort();
	}
	item = fake_item(&fake.counts, call);
	if (item == NULL)
		item = fake_item_add(&fake.counts, call, NULL);
	item->number++;
	if (fake.hook != NULL) {
		fake.in_hook = true;
		fake.hook(fake.hook_arg, call);
		fake.in_hook = false;
	}
	return fault_now(&fake.fault, call);
}

/* The tree */

/* What stands at `path`, denied or not; NULL when nothing does. */
static struct node *
look(const char *path, struct spot *spot)
{
	int rc;

	fake.see_all = true;
	rc = fake_find_path(path, spot);
	fake.see_all = false;
	return rc == 0 ? spot->node : NULL;
}

static struct node *
must_look(const char *path)
{
	struct spot spot;
	struct node *node = look(path, &spot);

	if (node == NULL) {
		fprintf(stderr, "fake: nothing is at %s\n", path);
		abort();
	}
	return node;
}

/* Gives `node` the name `path`, durably, with the folders above it. */
static void
put(const char *path, struct node *node)
{
	char *clean = fake_clean(path), *cut = strrchr(clean, '/');
	struct spot spot;

	assert(cut != NULL);
	*cut = '\0';
	fake_put_folder(clean);
	*cut = '/';
	look(clean, &spot);
	assert(spot.folder != NULL);
	fake_enlist(spot.folder, cut + 1, node);
	fake_names_set(&spot.folder->kept, cut + 1, node);
	free(clean);
}

void
fake_put_folder(const char *path)
{
	struct spot spot;
	struct node *node;

	if (*path == '\0')
		return;
	node = look(path, &spot);
	if (node == NULL)
		put(path, fake_node(OS_FOLDER, OS_PUBLIC));
	else
		assert(node->kind == OS_FOLDER);
}

void
fake_put_bytes(const char *path, const void *data, size_t len)
{
	struct node *node = fake_node(OS_REGULAR, OS_PUBLIC);

	fake_content_set(&node->now, data, len);
	fake_keep_content(node);
	put(path, node);
}

void
fake_put(const char *path, const char *text)
{
	fake_put_bytes(path, text, strlen(text));
}

void
fake_put_special(const char *path, enum os_kind kind)
{
	assert(kind == OS_LINK || kind == OS_OTHER);
	put(path, fake_node(kind, OS_PUBLIC));
}

void
fake_drop(const char *path)
{
	struct spot spot;

	must_look(path);
	look(path, &spot);
	assert(spot.folder != NULL);
	fake_delist(spot.folder, spot.name);
	fake_names_drop(&spot.folder->kept, spot.name);
}

void
fake_stamp(const char *path, int64_t mtime, unsigned flags)
{
	struct node *node = must_look(path);

	node->now.mtime = node->durable.mtime = node->changed = mtime;
	node->now.flags = node->durable.flags = flags;
}

const char *
fake_get(const char *path)
{
	struct spot spot;
	struct node *node = look(path, &spot);
	struct item *item;

	if (node == NULL || node->kind != OS_REGULAR)
		return NULL;
	item = fake_item_add(&fake.texts, "", NULL);
	item->text = fake_grab(node->now.len + 1);
	if (node->now.len > 0)
		memcpy(item->text, node->now.data, node->now.len);
	return item->text;
}

bool
fake_info(const char *path, struct os_info *info)
{
	struct spot spot;
	struct node *node = look(path, &spot);

	if (node != NULL)
		fake_describe(node, info);
	return node != NULL;
}

void
fake_owner(const char *path, uint32_t owner)
{
	must_look(path)->owner = owner;
}

enum os_rights
fake_rights(const char *path)
{
	return must_look(path)->rights;
}

void
fake_ignore_case(bool on)
{
	fake.ignore_case = on;
}

void
fake_volume(const char *path, unsigned volume)
{
	must_look(path)->volume = volume;
}

void
fake_no_links(bool on)
{
	fake.no_links = on;
}

void
fake_sets_aside(bool on)
{
	fake.sets_aside = on;
}

void
fake_flags_shown(unsigned flags)
{
	fake.flags_shown = flags;
}

void
fake_use(const char *path, enum fake_use use)
{
	must_look(path)->use = use;
}

void
fake_written(const char *path, bool is)
{
	must_look(path)->written = is;
}

bool
fake_held(const char *path)
{
	return must_look(path)->held > 0;
}

void
fake_deny(const char *path, int code)
{
	must_look(path)->deny = code;
}

void
fake_lock(const char *path, int ms)
{
	struct spot spot;

	if (look(path, &spot) == NULL)
		fake_put(path, "");
	must_look(path)->locked_until = ms < 0 ? NEVER
	    : ms == 0			       ? 0
		      : fake.ticks + ms * (OS_SECOND / 1000);
}

void
fake_space(uint64_t bytes)
{
	uint64_t used;

	/* What is there now counts too, so that removing makes room. */
	fake.room = UINT64_MAX - 1;
	used = fake.room - fake_free();
	fake.room = bytes < UINT64_MAX - used ? used + bytes : UINT64_MAX;
}

/* Lists of the tree */

static int
by_name(const void *a, const void *b)
{
	const struct entry *one = a, *other = b;

	return strcmp(one->name, other->name);
}

static void
show_one(struct text *out, const struct node *node, bool contents)
{
	char size[32];

	switch (node->kind) {
	case OS_FOLDER: fake_text_add(out, "/"); break;
	case OS_LINK: fake_text_add(out, " ->"); break;
	case OS_OTHER: fake_text_add(out, " !"); break;
	case OS_REGULAR:
		snprintf(size, sizeof size, " %zu", node->now.len);
		if (contents)
			fake_text_add(out, "=");
		if (!contents)
			fake_text_add(out, size);
		else if (node->now.data != NULL)
			fake_text_add(out, node->now.data);
	}
	fake_text_add(out, "\n");
}

static void
show(struct text *out, struct node *folder, const char *before, bool contents)
{
	struct text name = { NULL, 0, 0 };
	struct node *node;

	/* The order of names means nothing to anybody else. */
	if (folder->names.count > 0)
		qsort(folder->names.list, folder->names.count,
		    sizeof *folder->names.list, by_name);
	for (size_t i = 0; i < folder->names.count; i++) {
		node = folder->names.list[i].node;
		name.len = 0;
		fake_text_add(&name, before);
		fake_text_add(&name, folder->names.list[i].name);
		fake_text_add(out, name.data);
		show_one(out, node, contents);
		fake_text_add(&name, "/");
		if (node->kind == OS_FOLDER)
			show(out, node, name.data, contents);
	}
	free(name.data);
}

static const char *
list(const char *path, bool contents)
{
	struct text out = { NULL, 0, 0 };
	struct spot spot;
	struct node *node = look(path, &spot);
	struct item *item;

	fake_text_add(&out, "");
	if (node != NULL && node->kind == OS_FOLDER)
		show(&out, node, "", contents);
	item = fake_item_add(&fake.texts, "", NULL);
	item->text = out.data;
	return out.data;
}

const char *
fake_list(const char *path)
{
	return list(path, false);
}

const char *
fake_tree(const char *path)
{
	return list(path, true);
}

/* Rights by path */

void
fake_trusted(const char *path, int code)
{
	must_look(path)->trust = code;
}

void
fake_anybody_adds(const char *path)
{
	must_look(path)->anybody_adds = true;
}

void
fake_may_write(const char *path, int code)
{
	struct node *node = must_look(path);

	node->may_write = code;
	node->may_write_set = true;
}
