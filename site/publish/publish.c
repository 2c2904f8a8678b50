/*
 * One run: opened, one of its three kinds of work, closed. What all of them
 * share stands here too: what is said, and the switch.
 */
#include "publish.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "../../platform/os.h"
#include "buf.h"
#include "changes.h"
#include "copylist.h"
#include "logfile.h"
#include "options.h"
#include "release.h"
#include "run.h"
#include "tree.h"
#include "waiting.h"

#define LOG_NAME "PUBLISH.LOG"

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

void
run_say(struct run *run, const char *text)
{
	if (!run->options->verbose) {
		printf("%s\n", text);
		fflush(stdout);
	}
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

void
run_warn(struct run *run, const struct buf *lines)
{
	const char *rest = buf_text(lines), *line;
	int len;

	while (next_line(&rest, &line, &len))
		log_warning(run->log, "%.*s", len, line);
}

void
run_note(struct run *run, const struct buf *lines)
{
	const char *rest = buf_text(lines), *line;
	int len;

	while (next_line(&rest, &line, &len))
		log_info(run->log, "%.*s", len, line);
}

int
run_stop(void)
{
	return os_stop_asked() ? ERR_STOP : 0;
}

/* Without /s: there is something else to do, or an error. */
static bool
needs_source(const struct publish_options *options)
{
	return options->rollback == NULL && !options->collect;
}

static int
check_options(struct run *run)
{
	if (run->options->source == NULL && needs_source(run->options))
		return buf_why(&run->why, ERR_ARG,
		    "/s:DIR, the source, is missing; try /?");
	if (run->options->root == NULL)
		return buf_why(&run->why, ERR_ARG,
		    "/p:ROOT, the folder to publish to, is missing; try /?");
	if (run->options->source != NULL && !needs_source(run->options))
		log_warning(run->log,
		    "/s:%s is not used, and nothing of it published: this run "
		    "does /%s alone",
		    run->options->source,
		    run->options->collect ? "gc" : "rollback");
	return announce_read(run->options, &run->ask, &run->why);
}

int
run_forgive(struct run *run, int rc)
{
	if (rc != ERR_FORMAT)
		return rc;
	if (!run->options->force)
		return buf_why(&run->why, rc, "%s; /force publishes over it",
		    run->why.data);
	log_warning(run->log, "%s; publishing over it", run->why.data);
	return 0;
}

void
run_say_unchanged(struct run *run)
{
	struct buf text = BUF_INIT;

	buf_format(&text, "nothing changed, CopyListVersion %" PRIu64 " stays",
	    run->tree.version);
	run_say(run, buf_text(&text));
	buf_free(&text);
}

int
run_print_plan(struct run *run)
{
	struct buf text = BUF_INIT;

	if (run->stays) {
		run_say_unchanged(run);
		return 0;
	}
	changes_table(&run->changes, &text);
	buf_add_text(&text, "would publish: ");
	changes_summary(&run->changes, &text);
	printf("%s\n", buf_text(&text));
	buf_free(&text);
	return 0;
}

static void
say_published(struct run *run)
{
	struct buf text = BUF_INIT;

	buf_format(&text,
	    "published CopyListVersion %" PRIu64 ", Sequence %" PRIu64 ": ",
	    run->list->version, run->list->sequence);
	changes_summary(&run->changes, &text);
	run_say(run, buf_text(&text));
	buf_free(&text);
}

int
run_switch(struct run *run)
{
	struct buf warnings = BUF_INIT;
	int rc = run_stop();

	if (rc == 0)
		rc = release_number(&run->tree, run->list, run->ask.sequence,
		    &warnings, &run->why);
	if (rc == 0)
		rc = stock_check_new(
		    &run->tree, run->list, &run->seen, &run->why);
	if (rc == 0)
		rc = release_switch(
		    &run->tree, run->list, &warnings, &run->why);
	if (rc == 0)
		say_published(run);
	run_warn(run, &warnings);
	buf_free(&warnings);
	return rc;
}

/* A switch that an earlier run could not make comes first, or is told of. */
static int
finish_waiting(struct run *run)
{
	struct buf warnings = BUF_INIT, text = BUF_INIT;
	uint64_t version = 0;
	int rc = 0;

	if (run->options->dry) {
		version = waiting_version(&run->tree);
		if (version != 0)
			buf_format(&text,
			    "CopyListVersion %" PRIu64 " waits: a run without "
			    "/n switches to it first",
			    version);
	} else {
		rc = waiting_finish(&run->tree, &version, &warnings, &run->why);
		if (rc == 0 && version != 0)
			buf_format(&text,
			    "switched to CopyListVersion %" PRIu64
			    ", which waited",
			    version);
	}
	if (text.len > 0)
		run_say(run, buf_text(&text));
	run_warn(run, &warnings);
	buf_free(&text);
	buf_free(&warnings);
	return rc;
}

static int
open_tree(struct run *run)
{
	const struct publish_options *options = run->options;
	int rc;

	rc = tree_open(&run->tree, options->root, !options->dry, &run->why);
	if (rc == 0)
		rc = finish_waiting(run);
	if (rc == 0)
		rc = tree_read(&run->tree, &run->why);
	if (rc == 0 && !options->dry)
		rc = run_settle_rollback(run);
	return rc;
}

static int
work(struct run *run)
{
	if (run->options->rollback != NULL)
		return run_rollback(run);
	return run->options->collect ? run_collect(run) : run_publish(run);
}

static int
exit_code(int rc)
{
	switch (rc) {
	case 0: return EXIT_DONE;
	case ERR_ARG: return EXIT_USAGE;
	case ERR_FORMAT: return EXIT_INPUT;
	case ERR_BUSY:
	case ERR_STOP: return EXIT_BUSY;
	default: return EXIT_FAILED;
	}
}

int
publish_run(const struct publish_options *options)
{
	struct run run = { .options = options };
	int rc;

	os_stop_catch();
	open_log(&run);
	rc = check_options(&run);
	if (rc == 0 && needs_source(options))
		rc = input_open(&run.input, options->source, &run.why);
	if (rc == 0)
		rc = open_tree(&run);
	if (rc == 0)
		rc = work(&run);
	if (rc == 0 && options->dry)
		rc = options_flush(&run.why);
	if (rc == ERR_STOP)
		buf_why(&run.why, rc, "asked to stop before it was done");
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
	free(options->rollback);
	free(options->rollout);
	free(options->expires);
	free(options->sequence);
	memset(options, 0, sizeof *options);
}
