/*
 * The steps of publishing, in their order. Everything before change_tree only
 * reads; what it finds wrong leaves the tree as it is.
 */
#include "publish.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "../../platform/os.h"
#include "buf.h"
#include "cache.h"
#include "changes.h"
#include "copylist.h"
#include "file.h"
#include "hashes.h"
#include "input.h"
#include "logfile.h"
#include "mark.h"
#include "options.h"
#include "release.h"
#include "stock.h"
#include "text.h"
#include "tree.h"

#define LOG_NAME "PUBLISH.LOG"
#define TRIES	 3   /* when the source changes under our hands */
#define PAUSE_MS 500 /* between them */

struct run {
	const struct publish_options *options;
	struct logfile *log;
	struct input input;
	struct tree tree;
	struct copylist *list; /* what the source asks for */
	struct changes changes;
	bool unchanged; /* from what is published */
	bool warned;	/* of what is no error, once */
	struct buf why;
};

static void
open_log(struct run *run)
{
	char *folder;

	run->log = logfile_new("publish", run->options->verbose, true);
	if (run->options->dry || os_place(OS_SITE_LOGS, &folder) != 0)
		return;
	(void)os_dir_make_path(folder, OS_PUBLIC);
	logfile_open(run->log, folder, LOG_NAME);
	free(folder);
}

/* What came of the run is always printed, and logged. */
static void
say(struct run *run, const char *text)
{
	if (!run->options->verbose)
		printf("%s\n", text);
	log_info(run->log, "%s", text);
}

/* Takes the next line off the text. */
static bool
next_line(const char **rest, const char **line, int *len)
{
	size_t n = strcspn(*rest, "\n");

	*line = *rest;
	*len = (int)n;
	*rest += n + ((*rest)[n] == '\n');
	return **line != '\0';
}

/* One warning for each line of the text. */
static void
warn_lines(struct run *run, const struct buf *lines)
{
	const char *rest = buf_text(lines), *line;
	int len;

	while (next_line(&rest, &line, &len))
		log_warning(run->log, "%.*s", len, line);
}

static void
note_lines(struct run *run, const struct buf *lines)
{
	const char *rest = buf_text(lines), *line;
	int len;

	while (next_line(&rest, &line, &len))
		log_info(run->log, "%.*s", len, line);
}

static int
check_options(struct run *run)
{
	if (run->options->source == NULL)
		return buf_why(&run->why, ERR_ARG,
		    "/s:DIR, the source, is missing; try /?");
	if (run->options->root == NULL)
		return buf_why(&run->why, ERR_ARG,
		    "/p:ROOT, the folder to publish to, is missing; try /?");
	return 0;
}

/* A damaged list may be replaced by /force; its numbers still count. */
static int
forgive_damage(struct run *run, int rc)
{
	if (rc != ERR_FORMAT)
		return rc;
	if (!run->options->force)
		return buf_why(&run->why, rc, "%s; /force publishes over it",
		    run->why.data);
	log_warning(run->log, "%s; publishing over it", run->why.data);
	return 0;
}

static void
warn_of_input(struct run *run)
{
	struct buf lines = BUF_INIT;

	if (!run->warned) {
		if (run->options->verbose)
			note_lines(run, &run->input.notes);
		if (input_warnings(&run->input, &lines) == 0)
			warn_lines(run, &lines);
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

	rc = forgive_damage(run, tree_parse(&run->tree, &run->why));
	if (rc == 0)
		rc = input_list(&run->input, &run->tree, run->options->all,
		    &run->list, &run->why);
	if (rc != 0)
		return rc;
	warn_of_input(run);
	old = run->tree.list;
	run->unchanged = old != NULL && copylist_same_content(old, run->list);
	/* The usual run has nothing to do, and does not look for it. */
	if (run->unchanged && !run->options->bump)
		return 0;
	return changes_find(old, run->list, &run->changes);
}

static int
judge_changes(struct run *run)
{
	return run->options->force ? 0
				   : changes_judge(&run->changes, &run->why);
}

static void
say_unchanged(struct run *run)
{
	struct buf text = BUF_INIT;

	buf_format(&text, "nothing changed, CopyListVersion %" PRIu64 " stays",
	    run->tree.version);
	say(run, buf_text(&text));
	buf_free(&text);
}

static int
print_plan(struct run *run)
{
	struct buf text = BUF_INIT;
	int rc;

	if (run->unchanged && !run->options->bump) {
		say_unchanged(run);
		return options_flush(&run->why);
	}
	changes_table(&run->changes, &text);
	buf_add_text(&text, "would publish: ");
	changes_summary(&run->changes, &text);
	printf("%s\n", buf_text(&text));
	buf_free(&text);
	rc = judge_changes(run);
	return rc != 0 ? rc : options_flush(&run->why);
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
	size_t added = 0;
	int rc;

	rc = cache_load(run->tree.dir, TREE_STORED, "store", &stored);
	if (rc == 0)
		rc = stock_fill(
		    &run->tree, &run->input, stored, &added, &run->why);
	if (rc == 0) {
		save_cache(run, stored, TREE_STORED);
		log_info(
		    run->log, "%zu contents were added to the store", added);
	}
	cache_free(stored);
	return rc;
}

/* The same content keeps its release and what was said about its rollout. */
static int
keep_release(struct run *run)
{
	const struct copylist *old = run->tree.list;
	struct copylist *list = run->list;

	list->release = list->version;
	if (!run->unchanged)
		return 0;
	list->release = old->release;
	list->rollout = old->rollout;
	list->not_before = old->not_before;
	list->window = old->window;
	list->requires = text_copy(old->requires);
	return old->requires != NULL && list->requires == NULL ? ERR_NOMEM : 0;
}

static void
say_published(struct run *run)
{
	struct buf text = BUF_INIT;

	buf_format(&text,
	    "published CopyListVersion %" PRIu64 ", Sequence %" PRIu64 ": ",
	    run->list->version, run->list->sequence);
	changes_summary(&run->changes, &text);
	say(run, buf_text(&text));
	buf_free(&text);
}

static int
switch_release(struct run *run)
{
	struct buf warnings = BUF_INIT;
	int rc;

	rc = release_number(&run->tree, run->list, &warnings, &run->why);
	if (rc == 0)
		rc = keep_release(run);
	if (rc == 0)
		rc = release_switch(
		    &run->tree, run->list, &warnings, &run->why);
	if (rc == 0)
		say_published(run);
	warn_lines(run, &warnings);
	buf_free(&warnings);
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
	bool stays = run->unchanged && !run->options->bump;
	int rc;

	rc = judge_changes(run);
	if (rc == 0)
		rc = tree_make(&run->tree, &run->why);
	if (rc == 0)
		save_cache(run, run->input.known, TREE_CACHE);
	if (rc == 0 && (!stays || run->options->all))
		rc = fill_store(run);
	if (rc == 0 && stays)
		say_unchanged(run);
	if (rc == 0 && !stays)
		rc = switch_release(run);
	if (rc == 0)
		set_mark(run);
	return rc;
}

/* Has an earlier run seen all of this, and left nothing to do? */
static bool
is_marked(const struct run *run)
{
	char mark[DIGEST_TEXT];

	if (run->options->bump || run->options->all || run->tree.version == 0)
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
		say_unchanged(run);
	return rc;
}

static int
publish_source(struct run *run)
{
	int rc;

	rc = input_read(&run->input, &run->tree, &run->why);
	if (rc == 0 && is_marked(run))
		return leave_alone(run);
	if (rc == 0)
		rc = make_list(run);
	if (rc == 0)
		rc = run->options->dry ? print_plan(run) : change_tree(run);
	changes_free(&run->changes);
	copylist_free(run->list);
	run->list = NULL;
	return rc;
}

/* Somebody may be at work in the source: what changes while it is read is
 * given a little time to come to rest. */
static int
publish_at_rest(struct run *run)
{
	int tries, rc;

	for (tries = 1;; tries++) {
		rc = publish_source(run);
		input_forget(&run->input);
		if (rc != ERR_CHANGED || tries == TRIES ||
		    os_sleep(PAUSE_MS) != 0)
			return rc;
	}
}

static int
exit_code(int rc)
{
	switch (rc) {
	case 0: return EXIT_DONE;
	case ERR_ARG: return EXIT_USAGE;
	case ERR_FORMAT: return EXIT_INPUT;
	case ERR_BUSY: return EXIT_BUSY;
	default: return EXIT_FAILED;
	}
}

int
publish_run(const struct publish_options *options)
{
	struct run run = { .options = options };
	int rc;

	open_log(&run);
	rc = check_options(&run);
	if (rc == 0)
		rc = input_open(&run.input, options->source, &run.why);
	if (rc == 0)
		rc = tree_open(
		    &run.tree, options->root, !options->dry, &run.why);
	if (rc == 0)
		rc = forgive_damage(&run, tree_read(&run.tree, &run.why));
	if (rc == 0)
		rc = publish_at_rest(&run);
	if (rc != 0)
		log_error(run.log, "%s",
		    run.why.len > 0 ? buf_text(&run.why) : err_text(rc));
	tree_close(&run.tree);
	input_close(&run.input);
	buf_free(&run.why);
	logfile_close(run.log);
	return exit_code(rc);
}

void
publish_options_free(struct publish_options *options)
{
	free(options->source);
	free(options->root);
	options->source = options->root = NULL;
}
