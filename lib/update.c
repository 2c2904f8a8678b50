/*
 * Carrying out a plan. The order of the calls in update_run is the order of
 * doc/design.md 6.1, steps 7 to 12; recovery is in update_recover.c, what is
 * written at the end in update_commit.c.
 */
#include "update.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "copylist.h"
#include "file.h"
#include "journal.h"
#include "layout.h"
#include "pending.h"
#include "progress.h"
#include "smsini.h"
#include "source.h"
#include "stage.h"
#include "step.h"
#include "text.h"
#include "update_run.h"

#define SPACE_PER_FILE 4096 /* a block that is only partly used */
#define SPACE_KEPT     ((uint64_t)1 << 20) /* for journal, lists, SMS.INI */

void
update_free(struct update *update)
{
	plan_free(&update->plan);
	installed_free(&update->installed);
}

void
update_result_free(struct update_result *result)
{
	size_t i;

	for (i = 0; i < result->count; i++) {
		free(result->list[i].name);
		free(result->list[i].reason);
	}
	free(result->list);
	buf_free(&result->missing);
	buf_free(&result->notes);
	memset(result, 0, sizeof(*result));
}

/* When INSTALLED.TXT cannot be used or is lost, the list that was taken last
 * says what is ours; digests are then found by reading. No such list, or one
 * that is damaged too, says nothing; a disk that fails is an error, or what we
 * own would be forgotten. */
static int
own_by_list(const struct update_job *job, struct installed *set)
{
	struct buf text = BUF_INIT;
	struct copylist *list = NULL;
	int rc = file_read(job->state, LAYOUT_LIST, COPYLIST_MAX, &text);

	if (rc == 0)
		rc = copylist_parse(
		    LAYOUT_LIST, buf_text(&text), text.len, &list, NULL);
	if (rc == 0)
		rc = installed_from_list(set, list);
	copylist_free(list);
	buf_free(&text);
	return rc == ERR_NOENT || rc == ERR_FORMAT || rc == ERR_RANGE ||
		rc == ERR_ISDIR || rc == ERR_LINK || rc == ERR_NOTFILE
	    ? 0
	    : rc;
}

/* A failure that nobody has put into words (out of memory). */
static int
say_something(int rc, struct buf *why)
{
	if (rc != 0 && why != NULL && why->len == 0)
		buf_why(why, rc, "%s", err_text(rc));
	return rc;
}

int
update_plan(
    const struct update_job *job, struct update *update, struct buf *why)
{
	struct plan_job plan_job = {
		.client = job->client,
		.list = job->list,
		.installed = &update->installed,
		.files = true,
		.services = job->services,
		.verify = job->verify,
		.now = job->now,
	};
	int rc = 0;

	memset(update, 0, sizeof(*update));
	buf_clear(why);
	update->job = job;
	if (job->state != NULL)
		rc = installed_read(job->state, &update->installed);
	if (rc == 0 && job->state != NULL &&
	    (update->installed.damaged || update->installed.missing))
		rc = own_by_list(job, &update->installed);
	if (rc != 0)
		buf_why(why, rc, "%s/%s: %s", job->layout->state,
		    LAYOUT_INSTALLED, err_text(rc));
	else
		rc = plan_make(&plan_job, &update->plan, why);
	if (rc != 0)
		update_free(update);
	return say_something(rc, why);
}

/* Bytes of the plan that are staged already. Their content is checked when
 * their turn comes. */
static int
count_staged(struct update_run *run, uint64_t *bytes)
{
	struct buf name = BUF_INIT;
	struct os_info info;
	size_t c, i;
	int rc = 0;

	*bytes = 0;
	for (c = 0; c < run->count && !run->stage_empty; c++)
		for (i = 0; i < run->work[c].steps.count && rc == 0; i++) {
			const struct step *s = &run->work[c].steps.list[i];

			if (!run->work[c].changes || s->kind != STEP_PLACE)
				continue;
			rc = step_staged_name(s, &name);
			if (rc == 0 &&
			    os_info(run->job->client, buf_text(&name), &info) ==
				0 &&
			    info.size == s->size)
				*bytes += s->size;
		}
	buf_free(&name);
	return rc;
}

/* Step 7. */
static int
check_space(struct update_run *run, struct buf *why)
{
	const struct plan *plan = &run->update->plan;
	uint64_t needed = plan->fetch_bytes + SPACE_KEPT +
	    plan->fetch_files * (uint64_t)SPACE_PER_FILE;
	uint64_t space, staged;
	int rc;

	if (plan->fetch_files == 0)
		return 0;
	if ((rc = count_staged(run, &staged)) != 0)
		return rc;
	needed -= staged;
	rc = os_dir_space(run->job->client, &space);
	if (rc != 0 || space >= needed)
		return 0; /* unknown: writing will tell */
	return buf_why(why, ERR_NOSPC,
	    "%s: %" PRIu64 " KiB are needed to "
	    "stage the update, %" PRIu64 " KiB are free",
	    run->job->layout->client, needed >> 10, space >> 10);
}

/* Is it one file of the logon server that is wrong, and not the server? */
static bool
is_of_file(int code)
{
	return code == ERR_NOENT || code == ERR_DIGEST || code == ERR_ACCES ||
	    code == ERR_ISDIR || code == ERR_NOTDIR || code == ERR_LINK ||
	    code == ERR_NOTFILE || code == ERR_BUSY || code == ERR_IO ||
	    code == ERR_NAME;
}

static int
hold_missing(struct update_run *run, struct plan_component *c,
    const struct step *step, int code)
{
	int rc;

	if (run->result->missing.len > 0)
		buf_add_text(&run->result->missing, ", ");
	rc = buf_add_text(&run->result->missing, step->name);
	if (rc != 0)
		return rc;
	if (code == ERR_NOENT)
		return plan_hold(
		    c, "%s: missing on the logon server", step->name);
	if (code == ERR_DIGEST)
		return plan_hold(c,
		    "%s: the logon server has other content "
		    "than the list says",
		    step->name);
	return plan_hold(c, "%s: cannot be read on the logon server: %s",
	    step->name, err_text(code));
}

/* What of a component is to be fetched, in order. */
struct fetching {
	struct update_run *run;
	struct plan_component *c;
	const struct step **list;
	size_t count;
	size_t asked; /* those before it have been asked for, or fetched */
};

static int
find_wanted(struct fetching *f, const struct steps *steps)
{
	struct update_run *run = f->run;
	size_t i;

	f->list = calloc(steps->count + 1, sizeof(*f->list));
	if (f->list == NULL)
		return ERR_NOMEM;
	for (i = 0; i < steps->count; i++) {
		const struct step *s = &steps->list[i];

		if (s->kind != STEP_PLACE)
			continue;
		if (!run->stage_empty && stage_check(run->job->client, s) == 0)
			progress_add(run->job->progress, s->size);
		else
			f->list[f->count++] = s;
	}
	return 0;
}

/* Has the server read on while file `i` is written here. */
static void
ask_ahead(struct fetching *f, const struct stage_job *job, size_t i)
{
	if (f->asked < i)
		f->asked = i;
	while (f->asked < f->count && stage_ahead(job, f->list[f->asked]) == 0)
		f->asked++;
}

/* A file that the server does not have, or has with other content, holds the
 * component. */
static int
fetch_wanted(struct fetching *f, bool *lost, struct buf *why)
{
	const struct update_job *from = f->run->job;
	struct stage_job job = { from->client, from->source, from->bandwidth,
		from->progress };
	size_t i;
	int rc = 0, ours;

	for (i = 0; i < f->count && rc == 0; i++) {
		ask_ahead(f, &job, i);
		rc = stage_fetch(&job, f->list[i], &ours, why);
		if (rc != 0) /* what was asked for may be given up */
			f->asked = i + 1;
		if (rc != 0 && !ours && is_of_file(rc))
			rc = hold_missing(f->run, f->c, f->list[i], rc);
		else if (rc != 0)
			*lost = !ours && rc != ERR_STOP && rc != ERR_NOMEM;
	}
	return rc;
}

static int
fetch_component(
    struct update_run *run, struct update_work *w, bool *lost, struct buf *why)
{
	struct fetching f = { .run = run, .c = w->plan };
	int rc = find_wanted(&f, &w->steps);

	if (rc == 0)
		rc = fetch_wanted(&f, lost, why);
	free(f.list);
	return rc;
}

/* Step 8. */
static int
fetch_all(struct update_run *run, bool *lost, struct buf *why)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < run->count && rc == 0; i++)
		if (run->work[i].changes)
			rc = fetch_component(run, &run->work[i], lost, why);
	for (i = 0; i < run->count; i++)
		if (run->work[i].plan->held != NULL)
			run->work[i].changes = false;
	return rc;
}

/* A service is settling from the beginning: nobody has stopped it yet, and who
 * comes after a kill must not place files under one that runs. */
static void
begin_settling(struct update_run *run)
{
	size_t i;

	for (i = 0; i < run->count; i++)
		run->work[i].steps.settling = run->work[i].plan->service &&
		    !run->work[i].plan->gone && run->job->hooks.placed != NULL;
}

static int
write_journal(struct update_run *run, struct file_new *file)
{
	struct journal journal = { run->job->list->version, NULL, 0 };
	size_t i;
	int rc;

	journal.components = calloc(run->count, sizeof(struct steps));
	if (journal.components == NULL)
		return ERR_NOMEM;
	for (i = 0; i < run->count; i++)
		if (run->work[i].changes)
			journal.components[journal.count++] =
			    run->work[i].steps;
	rc = journal_new_write(file, &journal);
	free(journal.components); /* the steps belong to the work */
	return rc;
}

/* Nothing has been placed yet: takes journal and owned set back, so that the
 * client is as it was. Where that fails too, the journal is the truth; the
 * owned set goes only when it is gone for good. */
static void
retreat(struct update_run *run)
{
	int rc = os_remove(run->job->state, LAYOUT_JOURNAL);
	if (rc != 0 && rc != ERR_NOENT)
		return;
	run->begun = false;
	if (os_dir_flush(run->job->state, ".") != 0)
		return;
	if (run->update->installed.count > 0)
		installed_write(run->job->state, &run->update->installed);
	else
		os_remove(run->job->state, LAYOUT_INSTALLED);
	os_dir_flush(run->job->state, ".");
}

/* Writes phase and identity to SMS.INI. Where that fails, *same tells whether
 * the file is as it was: it may have been written and not flushed. */
static int
write_phase(struct update_run *run, bool *same, struct buf *why)
{
	const char *path = run->job->layout->ini;
	struct buf before = BUF_INIT, after = BUF_INIT;
	int was = file_read_path(path, SMSINI_MAX, &before), is;
	int rc = update_write_begin(run, why);

	*same = false;
	if (rc != 0) {
		is = file_read_path(path, SMSINI_MAX, &after);
		*same = was == is && (is == 0 || is == ERR_NOENT) &&
		    before.len == after.len &&
		    memcmp(buf_text(&before), buf_text(&after), after.len) == 0;
	}
	buf_free(&before);
	buf_free(&after);
	return rc;
}

/* A few files would be flushed sooner one by one, where others write much; but
 * one flush of the volume covers names and contents of any number. */
int
update_flush(const struct update_job *job)
{
	struct os_info client, state;
	int rc = os_dir_flush_all(job->client);

	if (rc == 0 && os_info(job->client, ".", &client) == 0 &&
	    os_info(job->state, ".", &state) == 0 &&
	    client.volume == state.volume)
		return 0;
	return rc == 0 ? os_dir_flush_all(job->state) : rc;
}

/* Owned set and journal get their names when their content and what was staged
 * are durable. A flush between them: a file system may write the names of a
 * folder in any order, and what a journal places must be owned (I9). */
static int
name_journal(
    struct update_run *run, struct file_new *owned, struct file_new *journal)
{
	int rc;

	/* From here on it may stand, whatever the naming returns. */
	run->begun = true;
	rc = file_new_place(owned);
	if (rc == 0)
		rc = os_dir_flush(run->job->state, ".");
	if (rc == 0)
		rc = file_new_place(journal);
	return rc == 0 ? os_dir_flush(run->job->state, ".") : rc;
}

static int
record(struct update_run *run, struct buf *why)
{
	struct os_dir *state = run->job->state;
	struct file_new owned = FILE_NEW(state, LAYOUT_INSTALLED, false);
	struct file_new journal = FILE_NEW(state, LAYOUT_JOURNAL, false);
	int rc = update_write_owned(run, &owned);

	begin_settling(run);
	if (rc == 0)
		rc = write_journal(run, &journal);
	if (rc == 0 && (rc = update_flush(run->job)) != 0) {
		buf_why(why, rc, "%s: cannot flush what was staged: %s",
		    run->job->layout->client, err_text(rc));
		goto out;
	}
	if (rc == 0)
		rc = name_journal(run, &owned, &journal);
	if (rc != 0)
		buf_why(why, rc,
		    rc == ERR_RANGE
			? "%s: the list has too many "
			  "files: journal or list of installed files: %s"
			: "%s: cannot write the journal: %s",
		    run->job->layout->state, err_text(rc));
out:
	file_new_end(&owned);
	file_new_end(&journal);
	return rc;
}

/* Step 9: from here on the journal is the truth. */
static int
begin(struct update_run *run, struct buf *why)
{
	bool same = true;
	int rc = record(run, why);

	if (rc == 0)
		rc = write_phase(run, &same, why);
	if (rc != 0 && same && run->begun)
		retreat(run);
	/* To our caller ERR_CHANGED means that the journal stands. */
	return rc == ERR_CHANGED && !run->begun ? ERR_BUSY : rc;
}

static int
make_pending(struct update_run *run, struct update_work *w, int code)
{
	int rc = pending_put(
	    run->job->state, run->job->list->version, &w->steps);

	if (rc != 0)
		return rc;
	w->state = UPDATE_PENDING;
	return buf_format(&w->reason, "%s: %s",
	    w->outcome.at < w->steps.count ? w->steps.list[w->outcome.at].name
					   : "?",
	    err_text(code));
}

/* From here on its steps are carried out by whoever comes. */
static int
say_settled(struct update_run *run, struct update_work *w)
{
	struct file_new file = FILE_NEW(run->job->state, LAYOUT_JOURNAL, true);
	int rc;

	w->steps.settling = false;
	rc = write_journal(run, &file);
	if (rc == 0)
		rc = file_new_place(&file);
	if (rc == 0)
		rc = os_dir_flush(run->job->state, ".");
	file_new_end(&file);
	return rc;
}

/* What was placed comes to run, or the old files come back. Until the journal
 * goes it says that these are the ones that count. */
static int
settle_component(struct update_run *run, struct update_work *w)
{
	const struct update_hooks *hooks = &run->job->hooks;
	const char *name = w->plan->name;

	if (hooks->placed == NULL)
		return 0;
	if (hooks->placed(hooks->arg, name, &w->reason) == 0)
		return w->steps.settling ? say_settled(run, w) : 0;
	w->outcome.undone = steps_undo(run->job->client, &w->steps) == 0;
	if (w->outcome.undone && hooks->undone != NULL)
		hooks->undone(hooks->arg, name);
	w->state = UPDATE_HELD;
	return w->reason.failed ? ERR_NOMEM : 0;
}

/* Step 10 for one component. */
static int
place_component(struct update_run *run, struct update_work *w)
{
	const struct update_hooks *hooks = &run->job->hooks;
	int rc;

	rc = steps_do(run->job->client, &w->steps, false, &w->outcome);
	if (rc == 0) {
		w->state = UPDATE_DONE;
		return settle_component(run, w);
	}
	if (w->outcome.undone && hooks->undone != NULL)
		hooks->undone(hooks->arg, w->plan->name);
	if ((rc == ERR_BUSY || rc == ERR_ACCES) && w->outcome.undone)
		return make_pending(run, w, rc);
	w->state = UPDATE_HELD;
	return buf_format(&w->reason, "%s: %s",
	    w->steps.list[w->outcome.at].name, err_text(rc));
}

/* What needs another one to run stops before that one. */
static void
stop_all(struct update_run *run)
{
	const struct update_hooks *hooks = &run->job->hooks;
	size_t i = run->count;

	while (hooks->before != NULL && i-- > 0) {
		struct update_work *w = &run->work[i];

		if (!w->changes ||
		    hooks->before(hooks->arg, w->plan->name, &w->reason) == 0)
			continue;
		w->state = UPDATE_HELD;
		w->stays = true;
	}
}

static int
place_all(struct update_run *run)
{
	size_t i;
	int rc = 0;

	stop_all(run);
	for (i = 0; i < run->count && rc == 0; i++) {
		if (!run->work[i].changes || run->work[i].stays)
			continue;
		rc = place_component(run, &run->work[i]);
		if (!run->work[i].outcome.undone)
			run->keep_journal = true;
	}
	return rc;
}

static int
make_work(struct update_run *run)
{
	struct plan *plan = &run->update->plan;
	size_t i;
	int rc = 0;

	run->work = calloc(plan->count + 1, sizeof(*run->work));
	if (run->work == NULL)
		return ERR_NOMEM;
	for (i = 0; i < plan->count && rc == 0; i++) {
		struct update_work *w = &run->work[i];

		run->count++;
		w->plan = &plan->components[i];
		w->outcome.undone = true;
		rc = plan_steps(w->plan, &w->steps);
		w->changes = w->plan->held == NULL && w->steps.count > 0;
	}
	return rc;
}

static void
free_work(struct update_run *run)
{
	size_t i;

	for (i = 0; i < run->count; i++) {
		steps_free(&run->work[i].steps);
		buf_free(&run->work[i].reason);
	}
	free(run->work);
}

/* Removes from .stage what neither this plan nor a pending record needs; what
 * stands aside there from a run without journal is not needed either. */
static int
sweep_before(struct update_run *run)
{
	char **keep = NULL;
	size_t count = 0, size = 0, i;
	int rc = update_keep_pending(run->job->state, &keep, &count, &size);

	for (i = 0; i < run->count && rc == 0; i++)
		rc = stage_names(&run->work[i].steps, &keep, &count, &size);
	if (rc == 0) {
		stage_sweep(run->job->client, keep, count);
		rc = stage_open(run->job->client, &run->stage_empty);
	}
	update_free_names(keep, count);
	return rc;
}

static bool
any_changes(const struct update_run *run)
{
	size_t i;

	for (i = 0; i < run->count; i++)
		if (run->work[i].changes)
			return true;
	return false;
}

/* Steps 7 and 8. After a failure no more than verified pieces is left, and
 * nothing at all when the disk is full. */
static int
prepare(struct update_run *run, bool *lost, struct buf *why)
{
	int rc;

	if ((rc = sweep_before(run)) != 0)
		return buf_why(why, rc, "%s/%s: %s", run->job->layout->client,
		    LAYOUT_STAGE, err_text(rc));
	if ((rc = check_space(run, why)) != 0)
		return rc;
	return fetch_all(run, lost, why);
}

int
update_run(struct update *update, struct update_result *result, bool *lost,
    struct buf *why)
{
	struct update_run run = {
		.update = update, .job = update->job, .result = result
	};
	int rc;

	memset(result, 0, sizeof(*result));
	buf_clear(why);
	*lost = false;
	os_dir_hold(update->job->client, true);
	if ((rc = make_work(&run)) == 0 && any_changes(&run))
		rc = prepare(&run, lost, why);
	if (rc == 0 && any_changes(&run) && (rc = begin(&run, why)) == 0)
		rc = place_all(&run);
	if (rc == 0)
		rc = update_commit(&run, why);
	say_something(rc, why);
	if (rc != 0 && run.begun)
		rc = buf_why(why, ERR_CHANGED,
		    "%s; the next run completes "
		    "what was begun",
		    buf_text(why));
	else if (rc == ERR_NOSPC)
		update_sweep(update->job);
	if (rc != 0)
		update_result_free(result);
	os_dir_hold(update->job->client, false);
	free_work(&run);
	return rc;
}
