/*
 * What an earlier run left: a journal is carried out, pending components are
 * placed where their files are free now. Everything staged is hashed before it
 * is placed, because the machine may have lost power meanwhile.
 */
#include "update.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "journal.h"
#include "layout.h"
#include "pattern.h"
#include "pending.h"
#include "smsini.h"
#include "stage.h"
#include "step.h"
#include "text.h"
#include "update_run.h"

struct recovering {
	struct os_dir *client, *state;
	struct update_recovery *out;
};

void
update_recovery_free(struct update_recovery *recovery)
{
	buf_free(&recovery->notes);
}

/* Is it the disk that fails, so that trying again later may help? */
static bool
is_failure(int code)
{
	return code == ERR_IO || code == ERR_NOSPC || code == ERR_ROFS ||
	    code == ERR_NOMEM;
}

static int
note(struct recovering *r, const struct steps *steps, size_t at, int code)
{
	return buf_format(&r->out->notes,
	    "component %s: %s: %s; it is "
	    "compared anew\n",
	    steps->component, steps->list[at].name, err_text(code));
}

/* Nobody knows whether what was placed would have run. */
static int
put_back(struct recovering *r, const struct steps *steps)
{
	int rc = steps_undo(r->client, steps);

	if (is_failure(rc))
		return rc;
	r->out->put_back++;
	return rc == 0 ? 0 : note(r, steps, 0, rc);
}

static int
recover_component(struct recovering *r, uint64_t version,
    const struct steps *steps, bool *done)
{
	struct steps_outcome outcome;
	int rc;

	if (steps->settling) {
		*done = false;
		return put_back(r, steps);
	}
	rc = steps_do(r->client, steps, true, &outcome);
	*done = rc == 0;
	if (rc == 0 || is_failure(rc))
		return rc;
	/* A component that could be neither done nor undone is for the next
	 * one who comes to do, too. */
	if (rc == ERR_BUSY || rc == ERR_ACCES || !outcome.undone)
		return pending_put(r->state, version, steps);
	/* Somebody else changed its files, or staged content is lost: comparing
	 * with the list, which comes next, finds what is to be done. */
	return note(r, steps, outcome.at, rc);
}

/* The owned set takes over the new spelling of one name. */
static int
rename_owned(struct installed *set, const struct step *s, bool *changed)
{
	struct buf folded = BUF_INIT;
	struct installed_file *own;
	char *name;
	int rc = pattern_fold(s->from, &folded);

	own = rc == 0 ? installed_find(set, buf_text(&folded)) : NULL;
	buf_free(&folded);
	if (own == NULL || strcmp(own->name, s->from) != 0)
		return rc == ERR_NOMEM ? rc : 0;
	if ((name = text_copy(s->name)) == NULL)
		return ERR_NOMEM;
	free(own->name);
	own->name = name;
	*changed = true;
	return 0;
}

/* What was moved here is owned under its new name (I9). New files are owned
 * since before the journal, or before the record. */
static int
own_moved(struct recovering *r, const struct steps *steps)
{
	struct installed set = { .count = 0 };
	bool read = false, changed = false;
	size_t i;
	int rc = 0;

	for (i = 0; i < steps->count && rc == 0; i++) {
		if (steps->list[i].kind != STEP_MOVE)
			continue;
		if (!read)
			rc = installed_read(r->state, &set);
		read = true;
		if (rc == 0)
			rc = rename_owned(&set, &steps->list[i], &changed);
	}
	if (rc == 0 && changed)
		rc = installed_write(r->state, &set);
	installed_free(&set);
	return rc;
}

static int
recover_components(
    struct recovering *r, const struct journal *journal, bool *done)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < journal->count && rc == 0; i++)
		rc = recover_component(
		    r, journal->version, &journal->components[i], &done[i]);
	if (rc == 0)
		rc = os_dir_flush_all(r->client);
	for (i = 0; i < journal->count && rc == 0; i++) {
		if (!done[i])
			continue;
		steps_finish(r->client, &journal->components[i]);
		rc = own_moved(r, &journal->components[i]);
		/* What waited for it is of an older list. */
		if (rc == 0)
			rc = pending_drop(
			    r->state, journal->components[i].component);
	}
	return rc;
}

/* Files have changed, or may have: whatever SMS.INI says of its version, they
 * are all to be checked. A first install may not have come to write it. */
static int
ask_verify(const struct layout *layout, struct recovering *r, struct buf *why)
{
	const struct iniedit_change verify = { "Local", "SetupPhase",
		"verify_files" };
	struct smsini *ini = NULL;
	bool parked = false;
	int rc = smsini_load(layout->ini, &ini, why);

	smsini_free(ini);
	if (rc == ERR_NOENT) {
		buf_clear(why);
		return 0;
	}
	if (rc == 0)
		rc = smsini_change(layout, &verify, 1, &parked, why);
	if (rc == 0 && why->len > 0)
		rc = buf_format(&r->out->notes, "%s\n", buf_text(why));
	if (rc == 0 && parked)
		rc = buf_format(&r->out->notes,
		    "%s: commands of PendingWork "
		    "stood only in the backup; they are kept as ParkedWork "
		    "and not run\n",
		    layout->ini);
	return rc;
}

static int
end_journal(struct recovering *r)
{
	int rc = os_remove(r->state, LAYOUT_JOURNAL);

	/* One that a power cut brings back finds its work done;
	 * where the disk does not flush, no more can be had. */
	if (rc == 0)
		os_dir_flush(r->state, ".");
	return rc;
}

static int
recover_journal(const struct layout *layout, struct recovering *r,
    const struct journal *journal, struct buf *why)
{
	bool *done = calloc(journal->count + 1, sizeof(*done));
	int rc = ERR_NOMEM;

	if (done != NULL)
		rc = recover_components(r, journal, done);
	free(done);
	if (rc != 0)
		return buf_why(why, rc,
		    "%s: cannot complete the update that "
		    "was cut off: %s",
		    layout->client, err_text(rc));
	rc = ask_verify(layout, r, why);
	return rc == 0 ? end_journal(r) : rc;
}

static int
place_pending(void *arg, uint64_t version, const struct steps *steps)
{
	struct recovering *r = arg;
	struct steps_outcome outcome;
	int rc;

	(void)version;
	/* Under a service that runs: that is for ccm, which stops it. */
	if (steps->service) {
		r->out->pending++;
		return 0;
	}
	rc = steps_do(r->client, steps, true, &outcome);
	if (rc != 0) {
		if (is_failure(rc))
			return rc;
		/* Whatever is in its way: SMS.INI's version says that it is
		 * in place or waits, so it waits until a run has compared. */
		r->out->pending++;
		return rc == ERR_BUSY || rc == ERR_ACCES
		    ? 0
		    : note(r, steps, outcome.at, rc);
	}
	/* Durable before the record goes that would do it again. */
	if ((rc = os_dir_flush_all(r->client)) != 0 ||
	    (rc = own_moved(r, steps)) != 0)
		return rc;
	steps_finish(r->client, steps);
	r->out->placed++;
	return pending_drop(r->state, steps->component);
}

int
update_recover(const struct layout *layout, struct os_dir *client,
    struct os_dir *state, struct update_recovery *recovery, struct buf *why)
{
	struct recovering r = { client, state, recovery };
	struct journal journal;
	size_t damaged = 0;
	int rc;

	memset(recovery, 0, sizeof(*recovery));
	rc = journal_read(state, LAYOUT_JOURNAL, &journal);
	if (rc == 0) {
		recovery->journal = true;
		rc = recover_journal(layout, &r, &journal, why);
		journal_free(&journal);
	} else if (rc == ERR_FORMAT || rc == ERR_DIGEST || rc == ERR_RANGE) {
		recovery->damaged = true;
		rc = ask_verify(layout, &r, why);
		if (rc == 0)
			rc = end_journal(&r);
	} else if (rc == ERR_NOENT) {
		rc = 0;
	}
	if (rc == 0)
		rc = pending_list(state, place_pending, &r, &damaged);
	if (damaged > 0)
		recovery->damaged = true;
	if (rc != 0 && why != NULL && why->len == 0)
		buf_why(why, rc,
		    "%s: cannot complete what an earlier run "
		    "left: %s",
		    layout->state, err_text(rc));
	return rc;
}
