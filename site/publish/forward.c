/*
 * From a source to the next release. Everything before change_tree only reads;
 * what it finds wrong leaves the tree as it is.
 */
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "../../platform/os.h"
#include "buf.h"
#include "cache.h"
#include "changes.h"
#include "components.h"
#include "copylist.h"
#include "domain.h"
#include "file.h"
#include "hashes.h"
#include "input.h"
#include "logfile.h"
#include "mark.h"
#include "publish.h"
#include "run.h"
#include "stock.h"
#include "tree.h"

#define TRIES	 3   /* when the source changes under our hands */
#define PAUSE_MS 500 /* between them */

static void
warn_of_input(struct run *run)
{
	struct buf lines = BUF_INIT;

	if (!run->warned) {
		if (run->options->verbose)
			run_note(run, &run->input.notes);
		if (input_warnings(&run->input, &lines) == 0)
			run_warn(run, &lines);
	}
	run->warned = true;
	buf_free(&lines);
}

/* The list that the source asks for, and what it changes. */
static int
make_list(struct run *run)
{
	const struct copylist *old;
	int rc;

	rc = run_forgive(run, tree_parse(&run->tree, &run->why));
	if (rc == 0)
		rc = input_list(&run->input, &run->tree, run->options->all,
		    &run->list, &run->why);
	if (rc != 0)
		return rc;
	warn_of_input(run);
	run->ask.release_said = components_say_release(run->input.components);
	old = run->tree.list;
	run->unchanged = old != NULL && copylist_same_content(old, run->list);
	run->stays = run->unchanged && !run->options->bump &&
	    !announce_differs(&run->ask, old, run->list, os_clock());
	/* The usual run has nothing to do, and does not look for it. */
	if (run->stays)
		return 0;
	rc = announce_set(
	    &run->ask, run->unchanged ? old : NULL, run->list, os_clock());
	return rc != 0 ? rc : changes_find(old, run->list, &run->changes);
}

static int
judge_changes(struct run *run)
{
	return run->options->force ? 0
				   : changes_judge(&run->changes, &run->why);
}

/* Being unable to is no reason to stop: it costs time. */
static void
save_cache(struct run *run, struct cache *cache, const char *rel)
{
	int rc = cache_save(cache, run->tree.dir, rel);

	if (rc != 0)
		log_warning(run->log,
		    "%s/%s: %s; the next run has to read "
		    "everything again",
		    run->tree.path, rel, err_text(rc));
}

static int
fill_store(struct run *run)
{
	struct cache *stored;
	int rc;

	rc = cache_load(run->tree.dir, TREE_STORED, "store", &stored);
	if (rc == 0)
		rc = stock_fill(
		    &run->tree, &run->input, stored, &run->seen, &run->why);
	if (rc == 0) {
		save_cache(run, stored, TREE_STORED);
		log_info(run->log, "%zu contents were added to the store",
		    run->seen.added);
	}
	cache_free(stored);
	return rc;
}

/* Lets the next run see quickly that there is nothing to do. Not being able
 * to is no failure of this one. */
static void
set_mark(struct run *run)
{
	struct buf list = BUF_INIT;
	char mark[DIGEST_TEXT];

	if (hashes_settled(&run->input.sources, run->input.began) &&
	    file_read(run->tree.dir, COPYLIST_NAME, COPYLIST_MAX, &list) == 0 &&
	    mark_make(run->input.mark, &list, mark) == 0)
		(void)mark_set(run->tree.dir, mark);
	buf_free(&list);
}

/* With /f the store is looked through, and healed, in any case. */
static int
change_tree(struct run *run)
{
	int rc;

	rc = judge_changes(run);
	if (rc == 0)
		rc = tree_make(&run->tree, &run->why);
	if (rc == 0)
		save_cache(run, run->input.known, TREE_CACHE);
	if (rc == 0 && (!run->stays || run->options->all))
		rc = fill_store(run);
	if (rc == 0 && run->stays)
		run_say_unchanged(run);
	if (rc == 0 && !run->stays)
		rc = run_switch(run);
	if (rc == 0)
		set_mark(run);
	return rc;
}

static int
print_plan(struct run *run)
{
	int rc = run_print_plan(run);

	return rc != 0 || run->stays ? rc : judge_changes(run);
}

/* Has an earlier run seen all of this, and left nothing to do? */
static bool
is_marked(const struct run *run)
{
	const struct announce *ask = &run->ask;
	char mark[DIGEST_TEXT];

	if (run->options->bump || run->options->all || ask->rollout_said ||
	    ask->days_said || ask->sequence_said || run->tree.version == 0)
		return false;
	return mark_make(run->input.mark, &run->tree.text, mark) == 0 &&
	    mark_is_set(run->tree.dir, mark);
}

static int
leave_alone(struct run *run)
{
	int rc = 0;

	warn_of_input(run);
	if (!run->options->dry)
		rc = tree_make(&run->tree, &run->why);
	if (rc == 0)
		run_say_unchanged(run);
	return rc;
}

/* A source without DOMAIN.INI would publish the one that a rollback has just
 * taken back. */
static int
check_domain(struct run *run)
{
	if (!run->adrift || run->input.sources.domain != NULL)
		return 0;
	return buf_why(&run->why, ERR_IO,
	    "%s/" DOMAIN_NAME ": is not that of the published list, and the "
	    "source has none; see the warning before",
	    run->tree.path);
}

static int
publish_source(struct run *run)
{
	int rc;

	rc = input_read(&run->input, &run->tree, &run->why);
	if (rc == 0)
		rc = check_domain(run);
	if (rc == 0 && is_marked(run))
		return leave_alone(run);
	if (rc == 0)
		rc = run_stop();
	if (rc == 0)
		rc = make_list(run);
	if (rc == 0)
		rc = run->options->dry ? print_plan(run) : change_tree(run);
	stock_seen_free(&run->seen);
	hashes_drop(&run->input.sources, run->tree.dir);
	changes_free(&run->changes);
	copylist_free(run->list);
	run->list = NULL;
	return rc;
}

/* Somebody may be at work in the source: what changes while it is read is
 * given a little time to come to rest. */
int
run_publish(struct run *run)
{
	int tries, rc;

	for (tries = 1;; tries++) {
		rc = publish_source(run);
		input_forget(&run->input);
		if (rc != ERR_CHANGED || tries == TRIES)
			return rc;
		rc = os_sleep(PAUSE_MS);
		if (rc != 0)
			return rc;
	}
}
