/* What climonnt does, in order, as its manual page tells it. */
#include "climonnt.h"

#include <limits.h>

#include "err.h"

#include "logfile.h"
#include "monitor.h"
#include "notice.h"
#include "places.h"
#include "successor.h"

#define MS	   (OS_SECOND / 1000)
#define PASSES_MAX 1000 /* of /o, MOVER_BATCH files each */

/* How long we may sleep. */
static int
time_to_sleep(const struct monitor *m)
{
	int64_t now = os_clock(), when = monitor_next_move(m), ms;
	int64_t look = raws_next(&m->raws, true);
	int check = schedule_wait(&m->schedule, now);

	if (look < when)
		when = look;
	if (when == RAWS_NEVER)
		return check;
	ms = when <= now ? 0 : (when - now + MS - 1) / MS;
	return ms < check ? (int)ms : check;
}

static int
sleep_until_wanted(struct monitor *m, unsigned *hints)
{
	int rc = places_wait(m->places, time_to_sleep(m), hints);

	return rc == ERR_TIMEOUT ? 0 : rc;
}

static int
watch_and_check(struct monitor *m)
{
	unsigned hints;
	int rc;

	rc = monitor_watch(m);
	if (rc != 0)
		return rc;
	monitor_work(m);
	log_info(
	    m->log, "waiting for inventories in %s", m->client.layout.invdata);
	/* What came before we watched. */
	if (monitor_look(m))
		schedule_hint(&m->schedule, os_clock());
	notice_services(m);
	while (!os_stop_asked()) {
		rc = sleep_until_wanted(m, &hints);
		if (rc != 0)
			return rc;
		if (hints & PLACES_STATE) {
			monitor_reload(m, NULL);
			notice_services(m);
		}
		/* Hints say that there may be something; the folder says what
		 * there is. */
		if (monitor_look(m))
			schedule_hint(&m->schedule, os_clock());
		if (schedule_is_due(&m->schedule, os_clock()))
			monitor_check(m);
		monitor_move(m);
		if (successor_takes_over(m))
			return 0;
	}
	return 0;
}

/* /o: everything once; what is still being written is waited for. */
static int
run_once(struct monitor *m)
{
	int64_t end = os_ticks() + 2 * MOVER_QUIET * OS_SECOND, wait;
	int code, pass;

	monitor_look(m);
	code = monitor_check(m);
	notice_services(m);
	for (pass = 0; pass < PASSES_MAX; pass++) {
		wait = monitor_next_move(m);
		if (wait == RAWS_NEVER)
			break;
		wait -= os_clock();
		if (wait > end - os_ticks() ||
		    (wait > 0 && os_sleep((int)(wait / MS) + 1) != 0))
			break;
		monitor_look(m);
		monitor_move(m);
	}
	return code;
}

int
climonnt_run(const struct climonnt_options *options)
{
	struct monitor m;
	int code, rc;

	os_stop_catch();
	code = monitor_open(&m, options);
	if (code == EXIT_DONE && options->once)
		code = run_once(&m);
	else if (code == EXIT_DONE) {
		rc = watch_and_check(&m);
		if (rc != 0 && rc != ERR_STOP) {
			log_error(m.log, "%s", err_text(rc));
			code = EXIT_FAILED;
		}
	}
	monitor_close(&m);
	return code;
}
