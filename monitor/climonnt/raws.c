/* The .raw files that lie in INVDATA, and what we know of each. */
#include "raws.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"

#include "mover.h"
#include "rawfile.h"
#include "text.h"

/* A second name is there for a moment when a writer puts a file into place by
 * a link; nothing tells when it goes. */
#define LINKS_WAIT (2 * OS_SECOND)
#define AGAIN_MAX \
	(10 * OS_SECOND) /* nobody puts one off longer,
						 * but for `wait` */

struct names {
	struct buf raws;
	struct buf claims;
	bool misnamed;
};

static int
note_name(void *arg, const char *name, enum os_kind kind)
{
	struct names *names = arg;

	(void)kind;
	if (!rawfile_is_name(name) && !mover_is_claim(name))
		return 0;
	/* Another file, in the folder before the separator, would be meant. */
	if (strpbrk(name, "/\\") != NULL) {
		names->misnamed = true;
		return 0;
	}
	if (rawfile_is_name(name))
		return buf_add(&names->raws, name, strlen(name) + 1);
	return buf_add(&names->claims, name, strlen(name) + 1);
}

static int
compare(const void *a, const void *b)
{
	const struct raw *left = a, *right = b;

	return strcmp(left->name, right->name);
}

static void
list_free(struct raw *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		free(list[i].name);
	free(list);
}

/* Makes the list of what is there now, sorted. One name that cannot be looked
 * at keeps nothing from the others; where none can, that is said. */
static int
describe(struct os_dir *dir, const struct buf *names, struct raws *now)
{
	const char *name, *end = names->data + names->len;
	struct raw *raw;
	size_t room = 0;
	int rc, failed = 0;

	for (name = names->data; name != end; name += strlen(name) + 1)
		room++;
	now->list = calloc(room + 1, sizeof *now->list);
	if (now->list == NULL)
		return ERR_NOMEM;
	for (name = names->data; name != end; name += strlen(name) + 1) {
		raw = &now->list[now->count];
		rc = os_info(dir, name, &raw->info);
		if (rc != 0) {
			failed = rc == ERR_NOENT ? failed : rc;
			continue;
		}
		raw->name = text_copy(name);
		if (raw->name == NULL)
			return ERR_NOMEM;
		now->count++;
	}
	if (now->count > 1)
		qsort(now->list, now->count, sizeof *now->list, compare);
	return now->count == 0 ? failed : 0;
}

const char *
raws_oddity(const struct os_info *info)
{
	switch (info->kind) {
	case OS_REGULAR: break;
	case OS_FOLDER: return "it is a folder";
	case OS_LINK: return "it is a link";
	default: return "it is no regular file";
	}
	if (info->links != 1)
		return "it has a second name";
	if (info->size > RAWS_SIZE_MAX)
		return "it is too long";
	return NULL;
}

bool
raws_same(const struct os_info *a, const struct os_info *b)
{
	return a->kind == b->kind && a->id == b->id && a->volume == b->volume &&
	    a->mtime == b->mtime && a->size == b->size;
}

/* Carries over what is known of a file; true when it is news. */
static bool
recall(struct raw *raw, const struct raw *old, int64_t now)
{
	bool movable = raws_oddity(&raw->info) == NULL;

	if (old != NULL && raws_same(&raw->info, &old->info) &&
	    movable == (raws_oddity(&old->info) == NULL)) {
		raw->seen = old->seen;
		raw->again = old->again;
		raw->wait = old->wait;
		if (old->again != RAWS_NEVER &&
		    old->again > now + AGAIN_MAX + old->wait)
			raw->again = now; /* the clock was set back */
		raw->said = old->said;
		return false;
	}
	raw->seen = now;
	raw->again = now;
	if (raw->info.kind == OS_REGULAR && raw->info.links > 1)
		raw->again = now + LINKS_WAIT;
	/* The same thing in the way is not warned of at each change. */
	raw->said = old != NULL && old->said && old->info.id == raw->info.id;
	return movable;
}

int
raws_scan(struct raws *raws, struct os_dir *dir, int64_t now, size_t *fresh)
{
	struct names names = { BUF_INIT, BUF_INIT, false };
	struct raws found = { .list = NULL };
	size_t i, j = 0;
	int rc, order;

	*fresh = 0;
	rc = os_dir_list(dir, ".", note_name, &names);
	if (rc == 0)
		rc = describe(dir, &names.raws, &found);
	if (rc != 0)
		goto out;
	for (i = 0; i < found.count; i++) {
		for (order = 1; j < raws->count; j++) {
			order = strcmp(raws->list[j].name, found.list[i].name);
			if (order >= 0)
				break;
		}
		if (recall(&found.list[i],
			j < raws->count && order == 0 ? &raws->list[j] : NULL,
			now))
			(*fresh)++;
	}
	raws_free(raws);
	*raws = found;
	raws->claims = names.claims;
	raws->misnamed = names.misnamed;
	names.claims = (struct buf)BUF_INIT;
	found = (struct raws){ .list = NULL };
out:
	list_free(found.list, found.count);
	buf_free(&names.raws);
	buf_free(&names.claims);
	return rc;
}

int64_t
raws_next(const struct raws *raws, bool odd)
{
	int64_t next = RAWS_NEVER;
	const struct raw *raw;
	size_t i;

	for (i = 0; i < raws->count; i++) {
		raw = &raws->list[i];
		if (odd == (raws_oddity(&raw->info) != NULL) &&
		    raw->again < next)
			next = raw->again;
	}
	return next;
}

void
raws_free(struct raws *raws)
{
	list_free(raws->list, raws->count);
	buf_free(&raws->claims);
	*raws = (struct raws){ .list = NULL };
}
