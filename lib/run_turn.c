/*
 * Whether this machine's turn for a list has come: Rollout, NotBefore, and the
 * windows of the list and of the policy. They hold back another list than the
 * installed one; a first install (a SMS.INI without CopyListVersion is one) and
 * /f do not ask them.
 */
#include <inttypes.h>
#include <stdio.h>

#include "err.h"
#include "os.h"

#include "date.h"
#include "logfile.h"
#include "run.h"
#include "smsini.h"

/* When a window opens not everybody comes in the same moment. */
#define SPREAD_SECONDS 300

bool
run_asks_for_turn(const struct run *run)
{
	const struct smsini *ini = run->ini;

	return ini != NULL && ini->has_version && !run->options->verify &&
	    ini->version != run->head.version;
}

/* A clock that is behind does not hold a list for ever: no list that this
 * client has seen was published in the future. */
static int64_t
now_at_least(struct run *run, int64_t now)
{
	const struct copylist_head *last = run_last_head(run);

	if (now < run->head.published)
		now = run->head.published;
	return now < last->published ? last->published : now;
}

void
run_find_turn(struct run *run, struct run_turn *turn)
{
	const struct window windows[2] = { run->head.window,
		run->policy.window };
	int64_t clock = os_clock(), from = clock;

	*turn = (struct run_turn){ .opens = clock };
	if (run->head.not_before > clock) {
		from += run->head.not_before - now_at_least(run, clock);
		turn->early = from > clock;
	}
	turn->list_shut = !window_open(&windows[0], clock, os_zone);
	turn->policy_shut = !window_open(&windows[1], clock, os_zone);
	turn->never = window_next(windows, 2, from > clock ? from : clock,
			  os_zone, &turn->opens) != 0;
	if (turn->never)
		turn->opens = clock + SMSINI_WAIT;
}

/* A little after the moment, but not so late that a window is closed again. */
static int64_t
spread(const struct run *run, int64_t when)
{
	uint32_t random = 0;
	int64_t later;

	os_random(&random, sizeof(random));
	later = when + (int64_t)(random % SPREAD_SECONDS) * OS_SECOND;
	return window_open(&run->head.window, later, os_zone) &&
		window_open(&run->policy.window, later, os_zone)
	    ? later
	    : when;
}

/*
 * SMS.INI says when to look again, so that until then runs end at the head of
 * the list and climonnt comes in time. A wait longer than SMSINI_WAIT would
 * count as that of a wrong clock.
 */
static void
note_turn(struct run *run, const struct run_turn *turn)
{
	int64_t latest = os_clock() + SMSINI_WAIT;
	int64_t when = spread(run, turn->opens);
	struct iniedit_change changes[3];
	struct buf date = BUF_INIT, why = BUF_INIT;
	char version[24];
	size_t count = 2;
	int rc;

	if (!run->rights || run->options->dry_run)
		return;
	rc = date_add_iso(&date, when < latest ? when : latest);
	snprintf(version, sizeof(version), "%" PRIu64, run->head.version);
	changes[0] = (struct iniedit_change){ "Setup State", "NextTry",
		buf_text(&date) };
	changes[1] = (struct iniedit_change){ "Setup State", "TriedVersion",
		version };
	/* Those of another list are past. */
	if (run->ini->tried != run->head.version)
		changes[count++] = (struct iniedit_change){ "Setup State",
			"Tries", NULL };
	if (rc == 0)
		rc = smsini_change(&run->layout, changes, count, NULL, &why);
	if (rc != 0 || why.len > 0)
		log_warning(run->log, "%s",
		    why.len > 0 ? buf_text(&why) : err_text(rc));
	buf_free(&date);
	buf_free(&why);
}

static void
tell_turn(struct run *run, const struct run_turn *turn)
{
	struct buf text = BUF_INIT;

	buf_format(&text,
	    "CopyListVersion %" PRIu64 " is not for now:", run->head.version);
	if (turn->early) {
		buf_add_text(&text, " NotBefore=");
		date_add_iso(&text, run->head.not_before);
	}
	if (run->head.window.to != 0) {
		buf_add_text(&text, " Window=");
		window_add(&text, &run->head.window);
	}
	if (run->policy.window.to != 0) {
		buf_add_text(&text, " Window=");
		window_add(&text, &run->policy.window);
		buf_format(&text, " of %s", run->policy.path);
	}
	buf_add_text(&text,
	    turn->never ? "; the windows are never open at "
			  "the same time"
			: "; its time begins at ");
	if (!turn->never)
		date_add_iso(&text, turn->opens);
	if (turn->never)
		log_warning(run->log, "%s", buf_text(&text));
	else
		log_info(run->log, "%s", buf_text(&text));
	buf_free(&text);
}

bool
run_has_its_time(struct run *run)
{
	struct run_turn turn;

	if (!run_asks_for_turn(run))
		return true;
	run_find_turn(run, &turn);
	if (!turn.early && !turn.list_shut && !turn.policy_shut)
		return true;
	tell_turn(run, &turn);
	note_turn(run, &turn);
	return false;
}

bool
run_has_its_turn(struct run *run)
{
	if (!run_asks_for_turn(run) || run->ini->smsid == NULL ||
	    copylist_in_rollout(run->list, run->ini->smsid))
		return true;
	log_info(run->log,
	    "CopyListVersion %" PRIu64 " is not for this "
	    "machine yet: Rollout=%u",
	    run->list->version, run->list->rollout);
	return false;
}
