/*
 * An earlier release published again: its content under new numbers. The store
 * has all of it, or nothing is published; no source is looked at.
 */
#include <inttypes.h>
#include <string.h>

#include "../../platform/err.h"
#include "../../platform/os.h"
#include "buf.h"
#include "changes.h"
#include "copylist.h"
#include "domain.h"
#include "file.h"
#include "history.h"
#include "publish.h"
#include "run.h"
#include "stock.h"
#include "store.h"
#include "text.h"
#include "tree.h"

#define NUMBER_MAX ((uint64_t)INT64_MAX)
#define DOMAIN_MAX ((size_t)1 << 20)
#define NAMED	   10 /* versions that a refusal names */

static int
read_version(struct run *run, uint64_t *version)
{
	const char *text = run->options->rollback;

	if (text_number(text, NUMBER_MAX, version) == 0 && *version > 0)
		return 0;
	return buf_why(&run->why, ERR_ARG,
	    "/rollback:%s: no CopyListVersion; try /?", text);
}

/* That version is not in the history: says which are, the newest first. */
static int
refuse_version(
    struct run *run, const struct history_names *lists, uint64_t version)
{
	struct buf there = BUF_INIT;
	size_t i;

	for (i = 0; i < lists->count && i < NAMED; i++)
		buf_format(&there, "%s%" PRIu64, i == 0 ? "" : ", ",
		    lists->entries[lists->count - 1 - i].version);
	if (lists->count > NAMED)
		buf_format(&there, " and %zu older ones", lists->count - NAMED);
	buf_why(&run->why, ERR_FORMAT,
	    "%s/" TREE_LISTS ": there is no CopyListVersion %" PRIu64
	    "; there %s %s",
	    run->tree.path, version, lists->count == 1 ? "is" : "are",
	    lists->count == 0 ? "none" : buf_text(&there));
	buf_free(&there);
	return ERR_FORMAT;
}

/* The list of that version: a file is wanted, so that a list which cannot be
 * read is told from one that is not there. */
static int
find_list(struct run *run, uint64_t version)
{
	struct history history;
	struct buf text = BUF_INIT;
	int rc = history_read(&run->tree, &history, &run->why);

	if (rc == 0 && history_find(&history.lists, version) == NULL)
		rc = refuse_version(run, &history.lists, version);
	if (rc == 0)
		rc = history_load(
		    &run->tree, version, &text, &run->list, &run->why);
	buf_free(&text);
	history_free(&history);
	return rc;
}

/* What is said of it: its release stays; for all machines and at once, unless
 * a switch says otherwise. */
static int
announce(struct run *run)
{
	struct copylist *list = run->list;
	const struct copylist *old = run->tree.list;
	int64_t now = os_clock();

	run->unchanged = old != NULL && copylist_same_content(old, list);
	run->stays = run->unchanged && !run->options->bump &&
	    !announce_differs(&run->ask, old, list, now);
	list->rollout = 100;
	list->not_before = -1;
	return announce_set(&run->ask, run->unchanged ? old : list, list, now);
}

/* The copy of DOMAIN.INI for people, after the switch: a source without one
 * takes it from there, and must not find it changed when nothing was. */
static int
show_domain(struct run *run, const struct copylist *list)
{
	struct domain domain = { .text = BUF_INIT };
	struct buf name = BUF_INIT, warning = BUF_INIT;
	int rc;

	if (list->domain_digest[0] == '\0')
		return 0;
	rc = store_name(list->domain_digest, &name);
	if (rc == 0)
		rc = file_read(
		    run->tree.dir, name.data, DOMAIN_MAX, &domain.text);
	if (rc == 0)
		rc = domain_show(&domain, run->tree.dir);
	if (rc != 0)
		buf_format(&warning,
		    "%s/" DOMAIN_NAME ": %s; it is not that of the list",
		    run->tree.path, err_text(rc));
	run_warn(run, &warning);
	buf_free(&warning);
	buf_free(&name);
	domain_free(&domain);
	return rc;
}

/*
 * A source without DOMAIN.INI takes the copy. Were a rollback cut off between
 * the switch and the copy, the next release would bring the newer one back: so
 * the digest that the copy is to have is noted before, and run_settle_rollback
 * completes it.
 */
static int
note_domain(struct run *run)
{
	const struct copylist *list = run->list;
	int rc = 0;

	if (list->domain_digest[0] != '\0')
		rc = file_write(run->tree.dir, TREE_DOMAIN, OS_PUBLIC,
		    list->domain_digest, strlen(list->domain_digest));
	return rc == 0 ? 0 : tree_why(&run->tree, TREE_DOMAIN, rc, &run->why);
}

static bool
is_noted(const struct run *run, const char *digest)
{
	struct buf text = BUF_INIT;
	bool noted;

	noted = file_read(run->tree.dir, TREE_DOMAIN, DIGEST_TEXT, &text) ==
		0 &&
	    digest[0] != '\0' && strcmp(buf_text(&text), digest) == 0;
	buf_free(&text);
	return noted;
}

int
run_settle_rollback(struct run *run)
{
	struct os_info info;
	int rc;

	if (run->tree.dir == NULL ||
	    os_info(run->tree.dir, TREE_DOMAIN, &info) != 0)
		return 0;
	rc = tree_parse(&run->tree, &run->why);
	if (rc != 0 && rc != ERR_FORMAT)
		return rc;
	buf_clear(&run->why);
	rc = 0;
	if (run->tree.list != NULL &&
	    is_noted(run, run->tree.list->domain_digest))
		rc = show_domain(run, run->tree.list);
	if (rc == 0)
		(void)os_remove(run->tree.dir, TREE_DOMAIN);
	run->adrift = rc != 0;
	return 0;
}

/* It was published before: what vanishes by it is no mistake, and no reason to
 * ask for /force. */
static int
change_tree(struct run *run)
{
	int rc = tree_make(&run->tree, &run->why);

	if (rc == 0 && !run->stays)
		rc = note_domain(run);
	if (rc == 0 && run->stays)
		run_say_unchanged(run);
	else if (rc == 0)
		rc = run_switch(run);
	if (rc == 0 && show_domain(run, run->list) == 0)
		(void)os_remove(run->tree.dir, TREE_DOMAIN);
	return rc;
}

int
run_rollback(struct run *run)
{
	uint64_t version;
	int rc = read_version(run, &version);

	if (rc == 0)
		rc = find_list(run, version);
	if (rc == 0)
		rc = run_forgive(run, tree_parse(&run->tree, &run->why));
	if (rc == 0)
		rc = announce(run);
	if (rc == 0)
		rc = stock_check_all(&run->tree, run->list, &run->why);
	if (rc == 0)
		rc = changes_find(run->tree.list, run->list, &run->changes);
	if (rc == 0)
		rc = run->options->dry ? run_print_plan(run) : change_tree(run);
	changes_free(&run->changes);
	copylist_free(run->list);
	run->list = NULL;
	return rc;
}
