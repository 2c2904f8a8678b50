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
#include "pending.h"
#include "smsini.h"
#include "stage.h"
#include "step.h"
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
recover_component(struct recovering *r, uint64_t version,
    const struct steps *steps)
{
	struct steps_outcome outcome;
	int rc = steps_do(r->client, steps, true, &outcome);

	if (rc == 0) {
		steps_finish(r->client, steps);
		return 0;
	}
	if ((rc == ERR_BUSY || rc == ERR_ACCES) && outcome.undone)
		return pending_put(r->state, version, steps);
	if (is_failure(rc))
		return rc;
	/* Somebody else changed its files, or staged content is lost: comparing
	 * with the list, which comes next, finds what is to be done. */
	return buf_format(&r->out->notes, "component %s: %s: %s; it is "
	    "compared anew\n", steps->component,
	    steps->list[outcome.at].name, err_text(rc));
}

/* Files have changed: whatever SMS.INI says of its version, they are all to be
 * checked. A first install that was cut off has no SMS.INI yet, and needs
 * none to know that. */
static int
store_phase(const struct layout *layout, struct buf *why)
{
	const struct iniedit_change verify = { "Local", "SetupPhase",
	    "verify_files" };
	struct smsini *ini = NULL;
	int rc = smsini_load(layout->ini, &ini, why);

	smsini_free(ini);
	if (rc == ERR_NOENT) {
		buf_clear(why);
		return 0;
	}
	return rc != 0 ? rc : smsini_change(layout, &verify, 1, NULL, why);
}

static int
recover_journal(const struct layout *layout, struct recovering *r,
    const struct journal *journal, struct buf *why)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < journal->count && rc == 0; i++)
		rc = recover_component(r, journal->version,
		    &journal->components[i]);
	if (rc == 0)
		rc = os_dir_flush_all(r->client);
	if (rc != 0)
		return buf_why(why, rc, "%s: cannot complete the update that "
		    "was cut off: %s", layout->client, err_text(rc));
	rc = store_phase(layout, why);
	if (rc == 0)
		rc = os_remove(r->state, LAYOUT_JOURNAL);
	if (rc == 0)
		rc = os_dir_flush(r->state, ".");
	return rc;
}

static int
place_pending(void *arg, uint64_t version, const struct steps *steps)
{
	struct recovering *r = arg;
	struct steps_outcome outcome;
	int rc = steps_do(r->client, steps, true, &outcome);

	(void)version;
	if ((rc == ERR_BUSY || rc == ERR_ACCES) && outcome.undone) {
		r->out->pending++;
		return 0;
	}
	if (is_failure(rc))
		return rc;
	if (rc == 0) {
		/* Durable before the record goes that would do it again. */
		rc = os_dir_flush_all(r->client);
		if (rc != 0)
			return rc;
		steps_finish(r->client, steps);
		r->out->placed++;
	} else {
		buf_format(&r->out->notes, "component %s: %s: %s; it is "
		    "compared anew\n", steps->component,
		    steps->list[outcome.at].name, err_text(rc));
	}
	return pending_drop(r->state, steps->component);
}

int
update_recover(const struct layout *layout, struct os_dir *client,
    struct os_dir *state, struct update_recovery *recovery,
    struct buf *why)
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
		rc = os_remove(state, LAYOUT_JOURNAL);
	} else if (rc == ERR_NOENT) {
		rc = 0;
	}
	if (rc == 0)
		rc = pending_list(state, place_pending, &r, &damaged);
	if (damaged > 0)
		recovery->damaged = true;
	if (rc != 0 && why != NULL && why->len == 0)
		buf_why(why, rc, "%s: cannot complete what an earlier run "
		    "left: %s", layout->state, err_text(rc));
	return rc;
}
