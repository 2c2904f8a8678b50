/* One check, and what follows from it: .raw files go up, cli_nt is started and
 * waited for, and its exit code says when the next check comes. */
#include "monitor.h"

#include <inttypes.h>
#include <stdlib.h>

#include "err.h"

#include "check.h"
#include "climonnt.h"
#include "logfile.h"
#include "notice.h"
#include "places.h"
#include "smsini.h"
#include "start.h"

#define SETUP_LIMIT   (6 * 3600 * OS_SECOND) /* then we go on without it */
#define SLICE_MS      1000 /* between looks while the setup runs */
#define RESTART_SHOWN (EXIT_RESTART & 255) /* what POSIX shows of it */

static uint32_t
random_number(void)
{
	uint32_t random = 0;

	os_random(&random, sizeof random);
	return random;
}

/* While the setup runs inventories go on coming. */
static bool
look_meanwhile(struct monitor *m)
{
	unsigned hints;
	bool news = false;

	if (m->places != NULL && places_wait(m->places, 0, &hints) == 0)
		news = monitor_look(m);
	monitor_move(m);
	return news;
}

/* Waits for the setup; when we are asked to stop, it goes on without us. */
static int
attend(struct monitor *m, struct os_child *child, int *code, bool *news)
{
	int64_t end = os_ticks() + SETUP_LIMIT;
	int rc;

	for (;;) {
		rc = os_child_wait(child, SLICE_MS, code);
		if (rc != ERR_TIMEOUT || os_ticks() >= end)
			return rc;
		*news |= look_meanwhile(m);
	}
}

/* No other start for this list before the next try, or the next regular check.
 * A setup that leaves work behind also leaves a status .raw, and that is news
 * to us: without this the two would start each other for ever. */
static void
hold(struct monitor *m, uint64_t offered, int64_t now)
{
	int64_t until = m->schedule.retry;

	if (until == 0)
		until = m->schedule.regular;
	if (until - now > SCHEDULE_LONGEST)
		until = now + SCHEDULE_LONGEST;
	m->held = offered;
	m->held_until = until;
}

/* Some components are not in: SMS.INI says when to try again. */
static void
plan_retry(struct monitor *m)
{
	const struct smsini *ini = m->client.ini;
	int64_t now = os_clock();

	if (ini != NULL && smsini_must_wait(ini, ini->tried, now))
		schedule_later(&m->schedule, now, ini->next_try);
	else
		schedule_failed(&m->schedule, now, random_number());
}

/* The setup is content. Is this client still not as the list says, without a
 * word on when to look again? (A list whose time has not come leaves one.) */
static bool
has_work(struct monitor *m, uint64_t offered, int64_t now)
{
	struct check after = { .root = NULL };

	check_compare(m->client.ini, offered, now, &after);
	if (after.again != 0)
		schedule_later(&m->schedule, now, after.again);
	return after.start;
}

/* What the exit code of the setup means for the next check. */
static void
judge(struct monitor *m, uint64_t offered, int code)
{
	int64_t now = os_clock();

	m->held = 0;
	m->held_until = 0;
	switch (code) {
	case EXIT_RESTART:
	case RESTART_SHOWN:
		notice_restart(m, offered);
		schedule_good(&m->schedule, now);
		break;
	case EXIT_DONE:
	case EXIT_REQUESTED: schedule_good(&m->schedule, now); break;
	case EXIT_NOSERVER:
		schedule_no_server(&m->schedule, now, false, random_number());
		return;
	case EXIT_PARTLY:
		if (smsini_get(m->client.ini, "Setup State", "Restart") != NULL)
			notice_restart(m, offered);
		plan_retry(m);
		break;
	case EXIT_BUSY:
		schedule_busy(&m->schedule, now, random_number());
		break;
	default: schedule_failed(&m->schedule, now, random_number()); break;
	}
	if (code != EXIT_DONE || has_work(m, offered, now))
		hold(m, offered, now);
}

/* Starts the setup and sees it to its end; its exit code. */
static int
set_up(struct monitor *m, uint64_t offered)
{
	struct os_child *child = NULL;
	struct buf why = BUF_INIT;
	int code = EXIT_FAILED, rc;
	bool news = false;

	rc = start_setup(m->options, m->self == NULL ? "" : m->self,
	    smsini_get(m->client.ini, "SMS", "SMSBinPath"), &child, &why);
	/* The log comes after the start: it can wait, the setup cannot. */
	log_info(m->log, "%s: copy list %" PRIu64 ", another one than ours",
	    m->root, offered);
	if (rc == 0) {
		log_info(
		    m->log, "copy list %" PRIu64 ": cli_nt started", offered);
		monitor_move(m);
		rc = attend(m, child, &code, &news);
	}
	os_child_free(child);
	if (rc == ERR_STOP) {
		buf_free(&why);
		return EXIT_DONE;
	}
	if (rc == 0)
		log_info(m->log, "cli_nt ended with exit code %d", code);
	else
		log_error(m->log, "%s",
		    why.len > 0 ? buf_text(&why)
				: "cli_nt does not end; it is left alone");
	buf_free(&why);
	monitor_reload(m, NULL);
	judge(m, offered, code);
	if (news)
		schedule_hint(&m->schedule, os_clock());
	return code;
}

/* The check itself failed. */
static int
give_up(struct monitor *m, int rc, const struct buf *why)
{
	int64_t now = os_clock();

	if (rc == ERR_STOP)
		return EXIT_DONE;
	monitor_trouble(m, rc, why->len > 0 ? buf_text(why) : err_text(rc));
	free(m->root);
	m->root = NULL;
	if (rc == ERR_HOST || rc == ERR_AUTH || rc == ERR_TIMEOUT) {
		schedule_no_server(
		    &m->schedule, now, rc == ERR_AUTH, random_number());
		return EXIT_NOSERVER;
	}
	schedule_failed(&m->schedule, now, random_number());
	return rc == ERR_FORMAT || rc == ERR_NAME ? EXIT_INPUT : EXIT_FAILED;
}

/* A server answered: the time of trouble with it is over. */
static void
reached(struct monitor *m, struct check *check)
{
	free(m->root);
	m->root = check->root;
	check->root = NULL;
	if (m->trouble != 0)
		log_info(m->log, "%s: answers", m->root);
	m->trouble = 0;
	/* After a refusal, or a clock that was set back. */
	if (m->mover.not_before > os_clock() + SCHEDULE_LONGEST)
		m->mover.not_before = 0;
}

static bool
is_held(const struct monitor *m, uint64_t offered, int64_t now)
{
	return m->held_until > now && m->held == offered &&
	    m->held_until - now <= SCHEDULE_LONGEST;
}

int
monitor_check(struct monitor *m)
{
	struct check check = { .root = NULL };
	struct buf why = BUF_INIT;
	int64_t now;
	bool held;
	int rc;

	rc = monitor_reload(m, &why);
	if (rc == 0)
		rc = check_run(
		    &m->client, m->options->root, &m->source, &check, &why);
	if (rc != 0) {
		rc = give_up(m, rc, &why);
		goto out;
	}
	reached(m, &check);
	now = os_clock();
	rc = EXIT_DONE;
	held = check.start && is_held(m, check.offered, now);
	if (!check.start || held)
		log_info(m->log, "%s: copy list %" PRIu64 "%s", m->root,
		    check.offered, held ? ", another one than ours" : "");
	if (held)
		schedule_later(&m->schedule, now, m->held_until);
	else if (check.start)
		rc = set_up(m, check.offered);
	else if (check.again != 0)
		schedule_later(&m->schedule, now, check.again);
	else
		schedule_good(&m->schedule, now);
out:
	check_free(&check);
	buf_free(&why);
	return rc;
}
