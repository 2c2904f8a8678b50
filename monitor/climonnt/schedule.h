/*
 * When to check: by wall clock, after a hint, again after trouble. Nothing
 * here asks the system: moments (`now`, ns since 1970) and random numbers are
 * handed in.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#define SCHEDULE_MINUTES     240 /* default of CheckInterval */
#define SCHEDULE_MINUTES_MAX (60 * 24 * 31)
#define SCHEDULE_MINUTE	     (INT64_C(60) * 1000000000)
#define SCHEDULE_BUSY	     10 /* tries in a row, a minute each */
#define SCHEDULE_LONGEST     (8 * 60 * SCHEDULE_MINUTE)

enum schedule_server {
	SERVER_GOOD,
	SERVER_AWAY,	/* none reachable: a hint waits for a minute */
	SERVER_REFUSED, /* it refused who we are: hints are passed over, only
			 * the regular check goes on (Q184858) */
};

struct schedule {
	int64_t interval; /* ns between regular checks */
	int64_t offset;	  /* where in the interval ours is */
	int64_t regular;  /* the next regular check */
	int64_t retry;	  /* another try after trouble; 0: none */
	int64_t wanted;	  /* what a hint asked for; 0: nothing */
	int64_t checked;  /* the end of the last check */
	enum schedule_server server;
	unsigned server_failures; /* in a row */
	unsigned setup_failures;
	unsigned busy;
};

/* Sets the interval; `spread` is any number that differs between clients.
 * Nothing changes when both are what they were. A schedule starts as zeros. */
void schedule_set(
    struct schedule *s, int64_t now, unsigned minutes, uint64_t spread);
/* The first moment after `now` that is `offset` into an interval: machines
 * that start together do not check together, and one that slept finds the
 * moment past when it wakes. */
int64_t schedule_slot(int64_t now, int64_t interval, int64_t offset);

/* Something new came: check at once. What a setup writes about itself is such
 * news too; that the same list does not start it again and again is not decided
 * here (trigger.c). */
void schedule_hint(struct schedule *s, int64_t now);
bool schedule_is_due(const struct schedule *s, int64_t now);
/* Milliseconds until it will be due, rounded up; 0 when it is. */
int schedule_wait(const struct schedule *s, int64_t now);

/* How a check ended; each says when the next one comes. */

/* Nothing to do, or all done. */
void schedule_good(struct schedule *s, int64_t now);
/* No server reachable, or none that lets us in. */
void schedule_no_server(
    struct schedule *s, int64_t now, bool refused, uint32_t random);
/* Not before `again`. */
void schedule_later(struct schedule *s, int64_t now, int64_t again);
/* The setup, or the list, is at fault. */
void schedule_failed(struct schedule *s, int64_t now, uint32_t random);
/* Another setup is at work: a minute, give or take a quarter; after
 * SCHEDULE_BUSY of them in a row only the regular check. */
void schedule_busy(struct schedule *s, int64_t now, uint32_t random);

/* The wait after `failures` failures in a row: 1 min doubling to 8 h, give or
 * take a quarter. */
int64_t schedule_backoff(unsigned failures, uint32_t random);

#endif
