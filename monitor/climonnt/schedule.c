/*
 * When to check. All moments are of the wall clock, so that a machine which
 * slept checks after it woke. A clock that is set back would put them far into
 * the future: what is further away than it was ever put counts as due.
 */
#include "schedule.h"

#include <limits.h>

#define MS INT64_C(1000000)

int64_t
schedule_slot(int64_t now, int64_t interval, int64_t offset)
{
	int64_t slot = now - now % interval + offset % interval;

	return slot > now ? slot : slot + interval;
}

void
schedule_set(struct schedule *s, int64_t now, unsigned minutes, uint64_t spread)
{
	int64_t interval, offset;

	if (minutes == 0 || minutes > SCHEDULE_MINUTES_MAX)
		minutes = SCHEDULE_MINUTES;
	interval = minutes * SCHEDULE_MINUTE;
	offset = (int64_t)(spread % (uint64_t)interval);
	if (interval == s->interval && offset == s->offset)
		return;
	s->interval = interval;
	s->offset = offset;
	s->regular = schedule_slot(now, interval, offset);
}

static bool
is_past(int64_t moment, int64_t now, int64_t furthest)
{
	return moment != 0 && (moment <= now || moment - now > furthest);
}

/* By a quarter up or down. */
static int64_t
jitter(int64_t wait, uint32_t random)
{
	return wait - wait / 4 +
	    (int64_t)((double)wait / 2 * ((double)random / UINT32_MAX));
}

static int64_t
doubled(int64_t first, unsigned times, int64_t most)
{
	while (times-- > 0 && first < most)
		first *= 2;
	return first < most ? first : most;
}

int64_t
schedule_backoff(unsigned failures, uint32_t random)
{
	int64_t wait;

	wait = doubled(
	    SCHEDULE_MINUTE, failures > 0 ? failures - 1 : 0, SCHEDULE_LONGEST);
	wait = jitter(wait, random);
	return wait < SCHEDULE_LONGEST ? wait : SCHEDULE_LONGEST;
}

void
schedule_hint(struct schedule *s, int64_t now)
{
	int64_t when = now;

	if (s->server == SERVER_REFUSED)
		return;
	if (s->server == SERVER_AWAY &&
	    !is_past(s->checked + SCHEDULE_MINUTE, when, SCHEDULE_MINUTE))
		when = s->checked + SCHEDULE_MINUTE;
	if (s->wanted == 0 || when < s->wanted)
		s->wanted = when;
}

bool
schedule_is_due(const struct schedule *s, int64_t now)
{
	return is_past(s->wanted, now, 2 * SCHEDULE_MINUTE) ||
	    is_past(s->retry, now, SCHEDULE_LONGEST) ||
	    is_past(s->regular, now, s->interval);
}

int
schedule_wait(const struct schedule *s, int64_t now)
{
	int64_t when = s->regular, ms;

	if (schedule_is_due(s, now))
		return 0;
	if (s->retry != 0 && s->retry < when)
		when = s->retry;
	if (s->wanted != 0 && s->wanted < when)
		when = s->wanted;
	ms = (when - now + MS - 1) / MS;
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

/* A check has ended, however. */
static void
done(struct schedule *s, int64_t now)
{
	s->checked = now;
	s->wanted = 0;
	s->retry = 0;
	if (is_past(s->regular, now, s->interval))
		s->regular = schedule_slot(now, s->interval, s->offset);
}

static void
reached(struct schedule *s, int64_t now)
{
	done(s, now);
	s->server = SERVER_GOOD;
	s->server_failures = 0;
}

void
schedule_good(struct schedule *s, int64_t now)
{
	reached(s, now);
	s->setup_failures = 0;
	s->busy = 0;
}

void
schedule_no_server(
    struct schedule *s, int64_t now, bool refused, uint32_t random)
{
	done(s, now);
	s->server = refused ? SERVER_REFUSED : SERVER_AWAY;
	if (refused) {
		s->server_failures = 0;
		return;
	}
	s->server_failures++;
	s->retry = now + schedule_backoff(s->server_failures, random);
}

void
schedule_later(struct schedule *s, int64_t now, int64_t again)
{
	reached(s, now);
	s->retry = again;
	if (again - now > SCHEDULE_LONGEST)
		s->retry = now + SCHEDULE_LONGEST;
}

void
schedule_failed(struct schedule *s, int64_t now, uint32_t random)
{
	reached(s, now);
	s->busy = 0;
	s->setup_failures++;
	s->retry = now + schedule_backoff(s->setup_failures, random);
}

void
schedule_busy(struct schedule *s, int64_t now, uint32_t random)
{
	reached(s, now);
	/* Whoever is busy for so long does the work of this list himself. */
	if (s->busy < SCHEDULE_BUSY) {
		s->busy++;
		s->retry = now + jitter(SCHEDULE_MINUTE, random);
	}
}
