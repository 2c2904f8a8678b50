/* Is all that a list names in the store? */
#include "stock.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "../../platform/os.h"
#include "buf.h"
#include "copylist.h"
#include "domain.h"
#include "progress.h"
#include "store.h"
#include "tree.h"

#define NAMED 10 /* contents that a refusal names */

struct check {
	const struct tree *tree;
	bool read;		       /* content too, not size alone */
	const struct stock_seen *seen; /* what need not be looked for */
	struct progress *progress;
	struct buf bad; /* what is not as it should be, named */
	size_t count;	/* of that */
	int code;	/* of the first */
};

/* What is missing or damaged is noted; other errors end it. */
static int
note(struct check *c, const char *digest, const char *file, int code)
{
	struct buf name = BUF_INIT;
	int rc;

	if (code != ERR_NOENT && code != ERR_DIGEST && code != ERR_LINK &&
	    code != ERR_NOTDIR)
		return code;
	if (c->count++ == 0)
		c->code = code;
	if (c->count > NAMED)
		return 0;
	rc = store_name(digest, &name);
	if (rc == 0)
		rc = buf_format(&c->bad, "%s%s/%s (%s): %s",
		    c->count == 1 ? "" : "; ", c->tree->path, name.data, file,
		    err_text(code));
	buf_free(&name);
	return rc;
}

static int
compare_contents(const void *a, const void *b)
{
	const struct stock_content *ca = a, *cb = b;

	return strcmp(ca->digest, cb->digest);
}

static bool
is_seen(const struct check *c, const char *digest, uint64_t size)
{
	const struct stock_content wanted = { digest, size }, *found;

	if (c->seen->count == 0)
		return false;
	found = bsearch(&wanted, c->seen->contents, c->seen->count,
	    sizeof wanted, compare_contents);
	return found != NULL && found->size == size;
}

static int
check_one(struct check *c, const char *digest, uint64_t size, const char *file)
{
	int rc;

	if (is_seen(c, digest, size))
		return 0;
	if (os_stop_asked())
		return ERR_STOP;
	rc = store_check(c->tree->dir, digest, size, c->read);
	if (c->read)
		progress_add(c->progress, size);
	return rc == 0 ? 0 : note(c, digest, file, rc);
}

static int
check_all(struct check *c, const struct copylist *list)
{
	const struct copylist_component *one;
	size_t i, j;
	int rc = 0;

	/* A list made by hand may name no DOMAIN.INI. */
	if (list->domain_digest[0] != '\0')
		rc = check_one(
		    c, list->domain_digest, list->domain_size, DOMAIN_NAME);
	for (i = 0; i < list->count && rc == 0; i++) {
		one = &list->components[i];
		for (j = 0; j < one->count && rc == 0; j++)
			rc = check_one(c, one->files[j].digest,
			    one->files[j].size, one->files[j].name);
	}
	return rc;
}

static uint64_t
bytes_of(const struct copylist *list)
{
	uint64_t bytes = list->domain_size;
	size_t i, j;

	for (i = 0; i < list->count; i++)
		for (j = 0; j < list->components[i].count; j++)
			bytes += list->components[i].files[j].size;
	return bytes;
}

static int
check_list(struct check *c, const struct copylist *list, struct buf *why)
{
	int rc;

	if (c->read)
		c->progress = progress_new("checking", bytes_of(list), false);
	rc = check_all(c, list);
	progress_end(c->progress);
	if (rc != 0)
		tree_why(c->tree, STORE_FOLDER, rc, why);
	else if (c->count > NAMED)
		rc = buf_why(why, c->code, "%s; and %zu more",
		    buf_text(&c->bad), c->count - NAMED);
	else if (c->count > 0)
		rc = buf_why(why, c->code, "%s", buf_text(&c->bad));
	buf_free(&c->bad);
	return rc;
}

int
stock_check_new(const struct tree *tree, const struct copylist *list,
    const struct stock_seen *seen, struct buf *why)
{
	struct check c = { .tree = tree, .seen = seen, .bad = BUF_INIT };

	return check_list(&c, list, why);
}

int
stock_check_all(
    const struct tree *tree, const struct copylist *list, struct buf *why)
{
	static const struct stock_seen nothing;
	struct check c = {
		.tree = tree,
		.read = true,
		.seen = &nothing,
		.bad = BUF_INIT,
	};

	return check_list(&c, list, why);
}
