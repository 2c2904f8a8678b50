/*
 * Fills the store. First everything is looked at and the bytes that are
 * missing are added up; then they are copied; then one flush makes all of it
 * durable, and only after that it is noted as good.
 */
#include "stock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "../../platform/os.h"
#include "buf.h"
#include "cache.h"
#include "domain.h"
#include "input.h"
#include "progress.h"
#include "sources.h"
#include "store.h"
#include "tree.h"

/* One content; several files may have it. */
struct need {
	const char *digest;
	uint64_t size;
	struct sources_file *from; /* NULL: DOMAIN.INI */
	struct os_info info;	   /* of what the store has */
	bool missing;
};

struct stock {
	const struct tree *tree;
	const struct sources *sources;
	struct cache *stored;
	struct need *needs; /* sorted by digest, each once */
	size_t count;
	uint64_t bytes; /* that are to be copied */
	struct buf *why;
};

static int
compare_needs(const void *a, const void *b)
{
	const struct need *na = a, *nb = b;

	return strcmp(na->digest, nb->digest);
}

static bool
has_copy(const struct need *need)
{
	return need->from != NULL && need->from->copy != NULL;
}

/* Of equal contents one that was copied already. */
static void
leave_one_each(struct stock *s)
{
	size_t i, kept = 0;

	for (i = 1; i < s->count; i++)
		if (compare_needs(&s->needs[kept], &s->needs[i]) != 0)
			s->needs[++kept] = s->needs[i];
		else if (has_copy(&s->needs[i]))
			s->needs[kept].from = s->needs[i].from;
	s->count = kept + 1;
}

static int
list_needs(struct stock *s, const struct domain *domain)
{
	struct sources_file *file;
	size_t i;

	s->needs = calloc(s->sources->count + 1, sizeof *s->needs);
	if (s->needs == NULL)
		return ERR_NOMEM;
	for (i = 0; i < s->sources->count; i++) {
		file = &s->sources->files[i];
		s->needs[i] = (struct need){ .digest = file->digest,
			.size = file->info.size,
			.from = file };
	}
	s->needs[i] = (struct need){ .digest = domain->digest,
		.size = domain->text.len };
	s->count = i + 1;
	qsort(s->needs, s->count, sizeof *s->needs, compare_needs);
	leave_one_each(s);
	return 0;
}

/* Is it in the store and good? */
static int
look_at(struct stock *s, struct need *need, const char *name)
{
	const struct os_info *info = &need->info;
	const char *known;
	int rc = os_info(s->tree->dir, name, &need->info);

	if (rc == 0 && info->kind == OS_REGULAR && info->size == need->size) {
		known = cache_find(s->stored, name, info, NULL);
		if (known != NULL && strcmp(known, need->digest) == 0)
			return 0;
		rc = store_check(s->tree->dir, need->digest, need->size, 1);
	} else if (rc == 0) {
		rc = ERR_DIGEST;
	}
	if (rc == ERR_NOENT || rc == ERR_DIGEST) {
		need->missing = true;
		if (!has_copy(need))
			s->bytes += need->size;
		rc = 0;
	}
	return rc;
}

static int
look_at_all(struct stock *s)
{
	struct buf name = BUF_INIT;
	size_t i;
	int rc = 0;

	for (i = 0; i < s->count && rc == 0; i++) {
		rc = os_stop_asked() ? ERR_STOP
				     : store_name(s->needs[i].digest, &name);
		if (rc == 0)
			rc = look_at(s, &s->needs[i], name.data);
		if (rc != 0)
			tree_why(s->tree, buf_text(&name), rc, s->why);
	}
	buf_free(&name);
	return rc;
}

/* A volume that does not tell is tried. */
static int
check_space(struct stock *s)
{
	uint64_t free_bytes;

	if (os_dir_space(s->tree->dir, &free_bytes) != 0 ||
	    s->bytes <= free_bytes)
		return 0;
	return buf_why(s->why, ERR_NOSPC,
	    "%s: no space left: %" PRIu64 " bytes are needed, %" PRIu64
	    " are free",
	    s->tree->path, s->bytes, free_bytes);
}

static int
open_from(struct stock *s, const struct need *need, struct os_file **from)
{
	int rc;

	if (need->from != NULL)
		return sources_open_file(s->sources, need->from, from, s->why);
	rc = os_open(s->tree->dir, DOMAIN_NAME, OS_READ, OS_PRIVATE, from);
	return rc == 0 ? 0 : tree_why(s->tree, DOMAIN_NAME, rc, s->why);
}

/* Says which file it was about. */
static int
copy_failed(struct stock *s, const struct need *need, int code)
{
	struct buf shown = BUF_INIT, name = BUF_INIT;

	if (need->from != NULL)
		sources_shown(s->sources, sources_from(need->from), &shown);
	else
		buf_add_text(&shown, DOMAIN_NAME);
	store_name(need->digest, &name);
	if (code == ERR_CHANGED)
		buf_why(s->why, code, "%s: changed while it was read",
		    buf_text(&shown));
	else
		buf_why(s->why, code, "%s/%s: %s, copying %s to the store",
		    s->tree->path, buf_text(&name), err_text(code),
		    buf_text(&shown));
	buf_free(&name);
	buf_free(&shown);
	return code;
}

/* It was copied while it was hashed. */
static int
place_copy(struct stock *s, struct need *need)
{
	int rc = store_place(
	    s->tree->dir, need->from->copy, need->size, need->digest);

	if (rc != 0)
		return copy_failed(s, need, rc);
	free(need->from->copy);
	need->from->copy = NULL;
	return 0;
}

static int
copy_one(struct stock *s, const struct need *need)
{
	char digest[DIGEST_TEXT];
	struct os_file *from;
	uint64_t size;
	int rc = open_from(s, need, &from);

	if (rc != 0)
		return rc;
	rc = store_add(s->tree->dir, from, &size, digest);
	os_file_close(from);
	/* What was stored then is nothing that anybody asked for, under its
	 * own name: it does no harm. */
	if (rc == 0 &&
	    (size != need->size || strcmp(digest, need->digest) != 0))
		rc = ERR_CHANGED;
	return rc == 0 ? 0 : copy_failed(s, need, rc);
}

static int
copy_missing(struct stock *s, struct stock_seen *seen)
{
	struct progress *progress = progress_new("storing", s->bytes, false);
	size_t i;
	int rc = 0;

	for (i = 0; i < s->count && rc == 0; i++) {
		if (!s->needs[i].missing)
			continue;
		seen->added++;
		if (os_stop_asked()) {
			rc = ERR_STOP;
		} else if (has_copy(&s->needs[i])) {
			rc = place_copy(s, &s->needs[i]);
		} else {
			rc = copy_one(s, &s->needs[i]);
			progress_add(progress, s->needs[i].size);
		}
	}
	progress_end(progress);
	return rc;
}

/* Only what was copied is looked at once more: it has a new index. */
static int
note_all(struct stock *s)
{
	struct buf name = BUF_INIT;
	struct need *need;
	size_t i;
	int rc = 0;

	for (i = 0; i < s->count && rc == 0; i++) {
		need = &s->needs[i];
		rc = store_name(need->digest, &name);
		if (rc == 0 && need->missing)
			rc = os_info(s->tree->dir, name.data, &need->info);
		if (rc == 0)
			rc = cache_note(s->stored, name.data, &need->info,
			    need->digest, "-");
		if (rc != 0)
			tree_why(s->tree, buf_text(&name), rc, s->why);
	}
	buf_free(&name);
	return rc;
}

static int
note_seen(const struct stock *s, struct stock_seen *seen)
{
	size_t i;

	seen->contents = calloc(s->count, sizeof *seen->contents);
	if (seen->contents == NULL)
		return ERR_NOMEM;
	for (i = 0; i < s->count; i++)
		seen->contents[i] = (struct stock_content){ s->needs[i].digest,
			s->needs[i].size };
	seen->count = s->count;
	return 0;
}

static int
fill(struct stock *s, const struct domain *domain, struct stock_seen *seen)
{
	const struct tree *tree = s->tree;
	int rc = look_at_all(s);

	if (rc == 0)
		rc = check_space(s);
	if (rc == 0) {
		rc = domain_show(domain, tree->dir);
		if (rc != 0)
			tree_why(tree, DOMAIN_NAME, rc, s->why);
	}
	if (rc == 0)
		rc = copy_missing(s, seen);
	if (rc == 0) {
		rc = os_dir_flush_all(tree->dir);
		if (rc != 0)
			tree_why(tree, ".", rc, s->why);
	}
	if (rc == 0)
		rc = note_all(s);
	return rc == 0 ? note_seen(s, seen) : rc;
}

int
stock_fill(const struct tree *tree, const struct input *input,
    struct cache *stored, struct stock_seen *seen, struct buf *why)
{
	struct stock s = {
		.tree = tree,
		.sources = &input->sources,
		.stored = stored,
		.why = why,
	};
	int rc = list_needs(&s, &input->domain);

	if (rc == 0) {
		/* In the order of the digests, folder by folder. */
		os_dir_hold(tree->dir, true);
		rc = fill(&s, &input->domain, seen);
		os_dir_hold(tree->dir, false);
	}
	free(s.needs);
	return rc;
}

void
stock_seen_free(struct stock_seen *seen)
{
	free(seen->contents);
	*seen = (struct stock_seen){ 0 };
}
