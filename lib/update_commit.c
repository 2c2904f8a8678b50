/*
 * What is written round the placing: SMS.INI before it, and at the end
 * installed list, list and version, in that order. SMS.INI's CopyListVersion
 * comes after everything that it vouches for (Q166771).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "copylist.h"
#include "date.h"
#include "file.h"
#include "layout.h"
#include "pending.h"
#include "sequence.h"
#include "smsini.h"
#include "stage.h"
#include "step.h"
#include "text.h"
#include "update_run.h"

/* Waits before the next try after a run that did not get every component in:
 * doubling from a minute to eight hours, each a fifth shorter or longer. */
#define TRY_FIRST (60 * OS_SECOND)
#define TRY_LAST  SMSINI_WAIT

static int
report_component(struct update_run *run, struct update_work *w)
{
	struct update_component *out = &run->result->list[run->result->count];
	bool failed;

	if (w->plan->held != NULL) {
		w->state = UPDATE_HELD;
		buf_clear(&w->reason);
		buf_add_text(&w->reason, w->plan->held);
	}
	out->name = text_copy(w->plan->name);
	out->gone = w->plan->gone;
	out->changes = w->plan->changes;
	out->state = w->state;
	failed = w->reason.failed;
	if (w->reason.len > 0)
		out->reason = buf_take(&w->reason);
	run->result->count++;
	run->result->done += w->state == UPDATE_DONE;
	run->result->pending += w->state == UPDATE_PENDING;
	run->result->held += w->state == UPDATE_HELD;
	run->result->services_held += w->state == UPDATE_HELD &&
	    w->plan->service;
	return out->name == NULL || failed ? ERR_NOMEM : 0;
}

static int
report(struct update_run *run)
{
	size_t i;
	int rc = 0;

	run->result->list = calloc(run->count + 1, sizeof(*run->result->list));
	if (run->result->list == NULL)
		return ERR_NOMEM;
	for (i = 0; i < run->count && rc == 0; i++)
		rc = report_component(run, &run->work[i]);
	return rc;
}

static int64_t
next_try(const struct update_run *run, unsigned tries)
{
	int64_t wait = TRY_FIRST;
	uint32_t random = 0;

	while (tries-- > 0 && wait < TRY_LAST)
		wait *= 2;
	if (wait > TRY_LAST)
		wait = TRY_LAST;
	os_random(&random, sizeof(random));
	wait += wait / 5 * ((int64_t)(random % 2001) - 1000) / 1000;
	return run->job->now + wait;
}

/* A growing set of changes for one edit of SMS.INI. */
struct changes {
	struct iniedit_change *list;
	size_t count;
};

static void
change(
    struct changes *c, const char *section, const char *key, const char *value)
{
	struct iniedit_change *one = &c->list[c->count++];

	one->section = section;
	one->key = key;
	one->value = value;
}

#define OWN_CHANGES 9 /* most that the functions below add */

static int
write_ini(struct update_run *run, struct changes *c, bool late, struct buf *why)
{
	const struct layout *layout = run->job->layout;
	bool parked;
	int rc = late
	    ? smsini_change_late(layout, c->list, c->count, &parked, why)
	    : smsini_change(layout, c->list, c->count, &parked, why);

	run->result->parked = run->result->parked || parked;
	/* It is written twice in a run; the same note once is enough. */
	if (rc == 0 && why->len > 0 &&
	    strstr(buf_text(&run->result->notes), buf_text(why)) == NULL) {
		if (run->result->notes.len > 0)
			buf_add_text(&run->result->notes, "; ");
		buf_add_text(&run->result->notes, buf_text(why));
	}
	free(c->list);
	return rc;
}

static int
start_changes(struct changes *c, const struct update_job *job, bool done)
{
	size_t i;

	c->count = 0;
	c->list = calloc(
	    job->begins + job->dones + OWN_CHANGES, sizeof(*c->list));
	if (c->list == NULL)
		return ERR_NOMEM;
	for (i = 0; i < job->begins; i++)
		c->list[c->count++] = job->begin[i];
	for (i = 0; done && i < job->dones; i++)
		c->list[c->count++] = job->done[i];
	return 0;
}

int
update_write_begin(struct update_run *run, struct buf *why)
{
	struct changes c;
	int rc = start_changes(&c, run->job, false);

	if (rc != 0)
		return rc;
	change(&c, "Local", "SetupPhase", "verify_files");
	return write_ini(run, &c, true, why);
}

/* Tells whoever asks for a restart, the monitor of the user, what it is for.
 * `names` holds the value until it is written. */
static int
change_restart(struct changes *c, struct update_run *run, struct buf *names)
{
	size_t i;

	for (i = 0; i < run->result->count; i++)
		if (run->result->list[i].state == UPDATE_PENDING)
			buf_format(names, "%s%s", names->len > 0 ? ", " : "",
			    run->result->list[i].name);
	change(c, "Setup State", "Restart",
	    names->len > 0 ? buf_text(names) : NULL);
	return names->failed ? ERR_NOMEM : 0;
}

/* Every component is in, or waits whole: the version is that of the list. */
static int
write_done(struct update_run *run, struct buf *why)
{
	struct changes c;
	struct buf names = BUF_INIT;
	char version[24];
	int rc = start_changes(&c, run->job, true);

	if (rc != 0)
		return rc;
	snprintf(version, sizeof(version), "%" PRIu64, run->job->list->version);
	change(&c, "WorkstationStatus", "FilesNotDownloaded", "");
	change(&c, "Setup State", "NextTry", NULL);
	change(&c, "Setup State", "Tries", NULL);
	change(&c, "Setup State", "TriedVersion", NULL);
	change(&c, "SMS", "CopyListVersion", version);
	change(&c, "Local", "SetupPhase",
	    run->result->pending > 0 ? "verify_files" : "installed");
	rc = change_restart(&c, run, &names);
	if (rc == 0)
		rc = write_ini(run, &c, false, why);
	else
		free(c.list);
	buf_free(&names);
	return rc;
}

static int
write_held(struct update_run *run, struct buf *why)
{
	const struct smsini *ini = run->job->ini;
	struct changes c;
	struct buf when = BUF_INIT, names = BUF_INIT;
	char version[24], tries[24];
	unsigned before = ini != NULL && ini->tried == run->job->list->version
	    ? ini->tries
	    : 0;
	int rc = start_changes(&c, run->job, false);

	if (rc != 0)
		return rc;
	run->result->next_try = next_try(run, before);
	rc = date_add_iso(&when, run->result->next_try);
	snprintf(version, sizeof(version), "%" PRIu64, run->job->list->version);
	snprintf(tries, sizeof(tries), "%u", before + 1);
	change(&c, "WorkstationStatus", "FilesNotDownloaded",
	    buf_text(&run->result->missing));
	change(&c, "Setup State", "NextTry", buf_text(&when));
	change(&c, "Setup State", "Tries", tries);
	change(&c, "Setup State", "TriedVersion", version);
	change(&c, "Local", "SetupPhase", "verify_files");
	if (rc == 0)
		rc = change_restart(&c, run, &names);
	if (rc == 0)
		rc = write_ini(run, &c, false, why);
	else
		free(c.list);
	buf_free(&names);
	buf_free(&when);
	return rc;
}

/* What is written to STATE at the end. It waits until what was placed is
 * durable, and is flushed with it; by itself in a run that has placed nothing
 * and has no reason to flush what others have written. */
struct ending {
	struct file_new owned, list, sequence, domain;
};

/* The exact list, its Sequence, and the DOMAIN.INI that belongs to it. */
static int
write_list(struct update_run *run, struct ending *end)
{
	const struct update_job *job = run->job;
	int rc = file_new_write(&end->list, OS_PUBLIC, buf_text(job->list_text),
	    job->list_text->len);

	if (rc == 0)
		rc = sequence_write(&end->sequence, job->list, job->list_text);
	if (rc == 0 && job->domain_text != NULL)
		rc = file_new_write(&end->domain, OS_PUBLIC,
		    buf_text(job->domain_text), job->domain_text->len);
	return rc;
}

static int
place_list(struct update_run *run, struct ending *end)
{
	int rc = file_new_place(&end->list);

	if (rc == 0)
		rc = file_new_place(&end->sequence);
	if (rc != 0)
		return rc;
	if (run->job->domain_text != NULL)
		return file_new_place(&end->domain);
	rc = os_remove(run->job->state, LAYOUT_DOMAIN);
	return rc == ERR_NOENT ? 0 : rc;
}

static bool
has_name(const struct plan_component *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		if (text_same(c->rows[i].name, name))
			return true;
	return false;
}

/* Is a file of the record another component's now? */
static bool
is_taken_over(const struct update_run *run, const struct steps *steps)
{
	size_t i, s;

	for (i = 0; i < run->count; i++) {
		if (text_same(run->work[i].plan->name, steps->component))
			continue;
		for (s = 0; s < steps->count; s++)
			if (has_name(run->work[i].plan, steps->list[s].name))
				return true;
	}
	return false;
}

/* A record stays when its component waits, when it could not be installed (it
 * is as it was before, so what waited for it still does), and when this program
 * does not handle it. Other components are whole, or have left. */
static int
drop_record(void *arg, uint64_t version, const struct steps *steps)
{
	struct update_run *run = arg;
	size_t i;

	(void)version;
	if (steps->service && !run->job->services)
		return 0;
	for (i = 0; i < run->count; i++) {
		const struct update_work *w = &run->work[i];

		if (!text_same(w->plan->name, steps->component))
			continue;
		if (w->state == UPDATE_PENDING ||
		    (w->state == UPDATE_HELD && !is_taken_over(run, steps)))
			return 0;
	}
	return pending_drop(run->job->state, steps->component);
}

static int
drop_pending(struct update_run *run)
{
	size_t damaged = 0;

	return pending_list(run->job->state, drop_record, run, &damaged);
}

static int
end_journal(struct update_run *run)
{
	int rc;

	if (!run->begun || run->keep_journal)
		return 0;
	rc = os_remove(run->job->state, LAYOUT_JOURNAL);
	if (rc != 0)
		return rc;
	/* One that a power cut brings back finds its work done;
	 * where the disk does not flush, no more can be had. */
	os_dir_flush(run->job->state, ".");
	run->begun = false;
	return 0;
}

/* Step 11. A request that is lost with the version stored would be lost for
 * good; one that is made twice is one request. */
static void
request(struct update_run *run)
{
	const struct update_hooks *hooks = &run->job->hooks;

	if (hooks->request != NULL &&
	    hooks->request(hooks->arg, run->result->held == 0) != 0)
		run->result->unasked = true;
}

/* The old files go only when the new ones are durable: until then they are
 * what a component is put back from. */
static int
finish(struct update_run *run)
{
	size_t i;
	int rc;

	/* Where there were no old files it goes here, flushed with the rest. */
	os_remove_dir(run->job->client, LAYOUT_STAGE);
	rc = update_flush(run->job);
	for (i = 0; i < run->count && rc == 0; i++)
		if (run->work[i].state == UPDATE_DONE)
			steps_finish(run->job->client, &run->work[i].steps);
	return rc;
}

/* Is there a file that the version would vouch for and that is not in? */
static bool
files_held(const struct update_run *run)
{
	return run->result->held > run->result->services_held;
}

/* All that SMS.INI's version vouches for, durable when this returns 0. */
static int
settle(struct update_run *run, struct ending *end, bool *all_in)
{
	int rc = update_settle_owned(run, &end->owned);

	if (rc == 0 && !files_held(run))
		rc = write_list(run, end);
	if (rc == 0 && run->begun)
		rc = finish(run);
	if (rc == 0)
		rc = file_new_place(&end->owned);
	if (rc == 0)
		rc = drop_pending(run);
	if (rc != 0)
		return rc;
	request(run);
	*all_in = !files_held(run) && !run->result->unasked;
	/* After the request: what differs from the list in STATE is what is
	 * asked for. */
	if (*all_in)
		rc = place_list(run, end);
	return rc == 0 ? os_dir_flush(run->job->state, ".") : rc;
}

static int
settle_state(struct update_run *run, bool *all_in, struct buf *why)
{
	struct os_dir *state = run->job->state;
	bool flush = !run->begun;
	struct ending end = {
		FILE_NEW(state, LAYOUT_INSTALLED, flush),
		FILE_NEW(state, LAYOUT_LIST, flush),
		FILE_NEW(state, LAYOUT_SEQUENCE, flush),
		FILE_NEW(state, LAYOUT_DOMAIN, flush),
	};
	int rc = settle(run, &end, all_in);

	file_new_end(&end.owned);
	file_new_end(&end.list);
	file_new_end(&end.sequence);
	file_new_end(&end.domain);
	if (rc != 0)
		buf_why(why, rc,
		    "%s: cannot write what was "
		    "installed: %s",
		    run->job->layout->state, err_text(rc));
	return rc;
}

int
update_commit(struct update_run *run, struct buf *why)
{
	bool all_in = false;
	int rc = report(run);

	if (rc == 0)
		rc = settle_state(run, &all_in, why);
	if (rc != 0)
		return rc;
	/* Before the version: nobody comes here again once it is stored. */
	if (run->result->held == 0 && !run->keep_journal)
		update_sweep(run->job);
	else /* goes where it holds no pieces to go on with */
		os_remove_dir(run->job->client, LAYOUT_STAGE);
	rc = all_in ? write_done(run, why) : write_held(run, why);
	return rc == 0 ? end_journal(run) : rc;
}

struct keep {
	char ***names;
	size_t *count, *size;
};

static int
keep_record(void *arg, uint64_t version, const struct steps *steps)
{
	struct keep *k = arg;

	(void)version;
	return stage_names(steps, k->names, k->count, k->size);
}

int
update_keep_pending(
    struct os_dir *state, char ***names, size_t *count, size_t *size)
{
	struct keep k = { names, count, size };
	size_t damaged = 0;

	return pending_list(state, keep_record, &k, &damaged);
}

void
update_free_names(char **names, size_t count)
{
	while (count > 0)
		free(names[--count]);
	free(names);
}

void
update_sweep(const struct update_job *job)
{
	char **keep = NULL;
	size_t count = 0, size = 0;

	if (update_keep_pending(job->state, &keep, &count, &size) == 0)
		stage_sweep(job->client, keep, count);
	update_free_names(keep, count);
}
