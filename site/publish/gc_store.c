/* The contents in the store: which of them a list needs, and which none does. */
#include "gc.h"

#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "buf.h"
#include "copylist.h"
#include "run.h"
#include "store.h"
#include "tree.h"

#define FOLDERS 2 /* hex digits of a folder of the store */

struct gc_content {
	char digest[DIGEST_TEXT];
};

static int
add_content(struct gc_contents *to, const char *digest)
{
	struct gc_content *more;
	size_t size;

	if (to->count == to->size) {
		size = to->size == 0 ? 1024 : 2 * to->size;
		more = realloc(to->all, size * sizeof *more);
		if (more == NULL)
			return ERR_NOMEM;
		to->all = more;
		to->size = size;
	}
	memcpy(to->all[to->count++].digest, digest, DIGEST_TEXT);
	return 0;
}

static int
compare_contents(const void *a, const void *b)
{
	const struct gc_content *ca = a, *cb = b;

	return strcmp(ca->digest, cb->digest);
}

static void
sort_contents(struct gc_contents *c)
{
	size_t i, kept = 0;

	if (c->count == 0)
		return;
	qsort(c->all, c->count, sizeof *c->all, compare_contents);
	for (i = 1; i < c->count; i++)
		if (compare_contents(&c->all[kept], &c->all[i]) != 0)
			c->all[++kept] = c->all[i];
	c->count = kept + 1;
}

static bool
is_needed(const struct gc *gc, const char *digest)
{
	struct gc_content key;

	if (gc->needed.count == 0)
		return false;
	memcpy(key.digest, digest, DIGEST_TEXT);
	return bsearch(&key, gc->needed.all, gc->needed.count, sizeof key,
		   compare_contents) != NULL;
}

int
gc_need(struct gc *gc, const struct copylist *list)
{
	const struct copylist_component *c;
	size_t i, j;
	int rc = 0;

	if (list->domain_digest[0] != '\0')
		rc = add_content(&gc->needed, list->domain_digest);
	for (i = 0; i < list->count && rc == 0; i++) {
		c = &list->components[i];
		for (j = 0; j < c->count && rc == 0; j++)
			rc = add_content(&gc->needed, c->files[j].digest);
	}
	sort_contents(&gc->needed);
	return rc;
}

struct walk {
	struct gc *gc;
	const char *folder; /* NULL: the store itself */
	struct buf folders; /* "9f" NUL ... */
	struct gc_contents found;
};

static bool
is_hex(const char *name, size_t len)
{
	return strlen(name) == len && strspn(name, "0123456789abcdef") == len;
}

/* Names of any other form are somebody else's. */
static int
note_name(void *arg, const char *name, enum os_kind kind)
{
	struct walk *walk = arg;

	if (walk->folder == NULL)
		return kind == OS_FOLDER && is_hex(name, FOLDERS)
		    ? buf_add(&walk->folders, name, FOLDERS + 1)
		    : 0;
	if (kind != OS_REGULAR || !is_hex(name, DIGEST_TEXT - 1) ||
	    strncmp(name, walk->folder, FOLDERS) != 0 ||
	    is_needed(walk->gc, name))
		return 0;
	return add_content(&walk->found, name);
}

/* Is it old enough? What a run that was cut off has stored just now, the next
 * one may want. */
static int
judge_content(struct gc *gc, const char *digest)
{
	struct buf name = BUF_INIT;
	struct os_info info;
	int rc = store_name(digest, &name);

	if (rc == 0)
		rc = os_info(gc->run->tree.dir, name.data, &info);
	if (rc != 0)
		tree_why(&gc->run->tree, buf_text(&name), rc, &gc->run->why);
	else if (info.kind == OS_REGULAR && info.mtime < gc->now - GC_AGE) {
		gc->count.bytes += info.size;
		rc = add_content(&gc->spare, digest);
	}
	buf_free(&name);
	return rc;
}

static int
walk_folder(struct walk *walk, const char *folder)
{
	struct buf rel = BUF_INIT;
	struct gc *gc = walk->gc;
	size_t i;
	int rc;

	walk->folder = folder;
	walk->found.count = 0;
	rc = buf_format(&rel, STORE_FOLDER "/%s", folder);
	if (rc == 0)
		rc = os_dir_list(gc->run->tree.dir, rel.data, note_name, walk);
	if (rc != 0)
		tree_why(&gc->run->tree, buf_text(&rel), rc, &gc->run->why);
	for (i = 0; i < walk->found.count && rc == 0; i++)
		rc = judge_content(gc, walk->found.all[i].digest);
	buf_free(&rel);
	return rc;
}

int
gc_judge_store(struct gc *gc)
{
	struct walk walk = { .gc = gc, .folders = BUF_INIT };
	size_t at;
	int rc;

	rc = os_dir_list(gc->run->tree.dir, STORE_FOLDER, note_name, &walk);
	if (rc == ERR_NOENT)
		rc = 0;
	else if (rc != 0)
		tree_why(&gc->run->tree, STORE_FOLDER, rc, &gc->run->why);
	for (at = 0; at < walk.folders.len && rc == 0; at += FOLDERS + 1) {
		rc = run_stop();
		if (rc == 0)
			rc = walk_folder(&walk, walk.folders.data + at);
	}
	sort_contents(&gc->spare);
	free(walk.found.all);
	buf_free(&walk.folders);
	return rc;
}

int
gc_remove_contents(struct gc *gc)
{
	struct buf name = BUF_INIT;
	struct os_info info;
	size_t i;
	int rc = 0, kept;

	for (i = 0; i < gc->spare.count && rc == 0; i++) {
		rc = run_stop();
		if (rc == 0)
			rc = store_name(gc->spare.all[i].digest, &name);
		if (rc == 0)
			rc = os_info(gc->run->tree.dir, name.data, &info);
		if (rc == 0)
			rc = gc_remove(gc->run, name.data, &kept);
		if (rc == 0 && kept == 0) {
			gc->count.contents++;
			gc->count.bytes += info.size;
		}
	}
	buf_free(&name);
	return rc;
}

void
gc_free_contents(struct gc *gc)
{
	free(gc->needed.all);
	free(gc->spare.all);
}
