/* Records of STATE/pending: a journal of one component each. */
#include "pending.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "digest.h"
#include "journal.h"
#include "layout.h"
#include "path.h"
#include "step.h"
#include "text.h"

#define NAME_DIGITS 16
#define NAME_END    ".txt"

static int
record_name(const char *component, struct buf *name)
{
	char hex[DIGEST_TEXT];
	int rc = digest_of(component, strlen(component), hex);

	return rc != 0 ? rc
		       : buf_format(name, LAYOUT_PENDING "/%.*s" NAME_END,
			     NAME_DIGITS, hex);
}

int
pending_put(struct os_dir *state, uint64_t version, const struct steps *steps)
{
	struct journal one = { version, (struct steps *)steps, 1 };
	struct buf name = BUF_INIT;
	int rc = record_name(steps->component, &name);

	if (rc == 0) {
		rc = os_dir_make(state, LAYOUT_PENDING, OS_PUBLIC);
		if (rc == 0)
			rc = os_dir_flush(state, ".");
		else if (rc == ERR_EXIST)
			rc = 0;
	}
	if (rc == 0)
		rc = journal_write(state, buf_text(&name), &one);
	buf_free(&name);
	return rc;
}

int
pending_drop(struct os_dir *state, const char *component)
{
	struct buf name = BUF_INIT;
	int rc = record_name(component, &name);

	if (rc == 0)
		rc = os_remove(state, buf_text(&name));
	if (rc == 0)
		rc = os_dir_flush(state, LAYOUT_PENDING);
	buf_free(&name);
	return rc == ERR_NOENT ? 0 : rc;
}

struct names {
	char **list;
	size_t count, size;
	struct buf others; /* NUL after each */
};

/* 16 hex digits and ".txt"? */
static bool
is_record(const char *name)
{
	return strspn(name, "0123456789abcdef") == NAME_DIGITS &&
	    strcmp(name + NAME_DIGITS, NAME_END) == 0;
}

static int
collect(void *arg, const char *name, enum os_kind kind)
{
	struct names *n = arg;
	char **more;

	if (kind == OS_FOLDER)
		return 0;
	/* What was cut off before its rename is no record, whole or not: it
	 * may be older than the one that counts. */
	if (!is_record(name))
		return buf_add(&n->others, name, strlen(name) + 1);
	if (n->count == n->size) {
		size_t size = n->size ? n->size * 2 : 16;

		more = realloc(n->list, size * sizeof(*more));
		if (more == NULL)
			return ERR_NOMEM;
		n->list = more;
		n->size = size;
	}
	n->list[n->count] = path_join(LAYOUT_PENDING, name);
	return n->list[n->count++] == NULL ? ERR_NOMEM : 0;
}

/* Other codes are failures of the disk: the record may be good. */
static bool
is_damage(int code)
{
	return code == ERR_FORMAT || code == ERR_DIGEST || code == ERR_RANGE ||
	    code == ERR_LINK || code == ERR_NOTFILE;
}

static int
read_one(struct os_dir *state, const char *name, pending_each_fn *each,
    void *arg, size_t *damaged)
{
	struct journal record;
	int rc = journal_read(state, name, &record);

	if (rc == 0 && record.count == 1) {
		rc = each(arg, record.version, &record.components[0]);
		journal_free(&record);
		return rc;
	}
	if (rc == 0) {
		journal_free(&record);
		rc = ERR_FORMAT;
	}
	if (rc == ERR_NOENT || !is_damage(rc))
		return rc == ERR_NOENT ? 0 : rc;
	(*damaged)++;
	os_remove(state, name);
	return 0;
}

static void
remove_others(struct os_dir *state, const struct buf *names)
{
	const char *name = names->data;
	char *path;

	for (; name != NULL && name < names->data + names->len;
	     name += strlen(name) + 1) {
		path = path_join(LAYOUT_PENDING, name);
		if (path != NULL)
			os_remove(state, path);
		free(path);
	}
}

int
pending_list(
    struct os_dir *state, pending_each_fn *each, void *arg, size_t *damaged)
{
	struct names names = { NULL, 0, 0, BUF_INIT };
	size_t i;
	int rc = os_dir_list(state, LAYOUT_PENDING, collect, &names);

	if (rc == ERR_NOENT)
		rc = 0;
	for (i = 0; i < names.count; i++) {
		if (rc == 0)
			rc = read_one(state, names.list[i], each, arg, damaged);
		free(names.list[i]);
	}
	free(names.list);
	if (rc == 0)
		remove_others(state, &names.others);
	buf_free(&names.others);
	return rc;
}
