/*
 * The services of a client round its update: what update calls before and after the
 * files of a component, and what comes after it.
 */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "copylist.h"
#include "digest.h"
#include "logfile.h"
#include "units_run.h"

/* It has not done what it should: `reason` goes to services.ini, the request
 * and the log. */
int
units_give_up(struct unit *u, int code, const char *what)
{
	struct buf reason = BUF_INIT;

	buf_format(&reason, "service %s %s", u->service, what);
	if (code != ERR_CHANGED)
		buf_format(&reason, ": %s", err_text(code));
	free(u->reason);
	u->reason = buf_take(&reason);
	u->failed = true;
	return code;
}

int
units_write(struct units *units)
{
	int rc = services_write(units->job->state, &units->services);

	if (rc != 0)
		log_error(units->job->log, "services.ini: %s", err_text(rc));
	return rc;
}

/* Has this very content been tried often enough? */
static bool
is_hopeless(struct units *units, const struct unit *u)
{
	const struct services_component *s = services_find(
	    &units->services, u->component);
	char sum[DIGEST_TEXT];

	return !units->job->forced && u->c != NULL && s != NULL &&
	    s->failures >= UNITS_TRIES && s->failed != NULL &&
	    copylist_component_sum(u->c, sum) == 0 &&
	    strcmp(sum, s->failed) == 0;
}

static int
say(struct buf *reason, const struct unit *u, int rc)
{
	if (rc != 0 && u->reason != NULL)
		buf_add_text(reason, u->reason);
	return rc;
}

static int
before(void *arg, const char *component, struct buf *reason)
{
	struct units *units = arg;
	struct unit *u = units_find(units, component);
	int rc;

	if (u == NULL)
		return 0;
	u->changes = true;
	if (is_hopeless(units, u)) {
		units->forbidden = true;
		units_give_up(u, ERR_CHANGED,
		    "did not run three times and is not tried again until "
		    "the list changes or somebody forces it");
		return say(reason, u, ERR_BUSY);
	}
	rc = units_stop(units, u);
	if (rc == 0 && u->c != NULL)
		rc = units_retire(units, u);
	/* Registration before the file: a service without a program is none
	 * that can be got rid of (Q184208). */
	if (rc == 0 && u->c == NULL)
		rc = units_forget(units, u);
	return say(reason, u, rc);
}

static int
placed(void *arg, const char *component, struct buf *reason)
{
	struct units *units = arg;
	struct unit *u = units_find(units, component);
	int rc;

	if (u == NULL || u->c == NULL)
		return 0;
	rc = units_come_up(units, u);
	if (u->own && rc == 0)
		units->restart = true;
	return say(reason, u, rc);
}

static void
undone(void *arg, const char *component)
{
	struct units *units = arg;
	struct unit *u = units_find(units, component);

	if (u == NULL || u->own || u->c == NULL)
		return;
	units_enrol_again(units, u);
	if (u->former != NULL && u->stopped)
		os_service_start(
		    units->job->manager, u->former, UNITS_START_MS);
	else if (u->stopped && units_run_again(units, u))
		log_warning(units->job->log,
		    "service %s runs in its old version", u->service);
}

void
units_hooks(struct units *units, struct update_hooks *hooks)
{
	*hooks = (struct update_hooks){ .before = before,
		.placed = placed,
		.undone = undone,
		.arg = units };
}

/* Its files are as they were: does the service manager know it so? */
static void
check_registration(struct units *units, struct unit *u)
{
	const struct os_service service = {
		.name = u->service,
		.shown = u->component,
		.program = u->program,
		.arguments = u->c->arguments,
		.start = units_start_mode(u),
	};
	int rc = os_service_check(units->job->manager, &service);

	if (rc == ERR_CHANGED && !u->own && is_hopeless(units, u)) {
		units->forbidden = true;
		units_give_up(u, ERR_CHANGED, "did not run so three times");
		return;
	}
	if (rc == ERR_CHANGED && !u->own && units_stop(units, u) != 0)
		return;
	if (units_retire(units, u) != 0)
		return;
	if (units_come_up(units, u) != 0 && !u->own)
		undone(units, u->component);
}

/* Files that an administrator has there, not a service that runs. */
static void
check_idle(struct units *units, struct unit *u)
{
	bool idle = u->wanted == SERVICES_DISABLED ||
	    u->wanted == SERVICES_INSTALLED;
	const struct services_component *s = services_find(
	    &units->services, u->component);

	/* What ran before and is not to start by itself goes on. */
	if (!idle || u->failed || u->own ||
	    (s != NULL && s->current == u->wanted))
		return;
	if (units_stop(units, u) == 0)
		u->stopped = false;
}

/* What was stopped for others' sake, or by a run that was cut off. */
static void
start_again(struct units *units)
{
	size_t i;

	for (i = 0; i < units->count; i++) {
		struct unit *u = &units->list[i];
		const struct services_component *s = services_find(
		    &units->services, u->component);

		if (u->c == NULL ||
		    !(u->stopped || (s != NULL && s->stopped)) ||
		    !units_has_to_run(units, u))
			continue;
		/* One that has failed ran before, as it stands there. */
		if (u->failed)
			units_run_again(units, u);
		else
			units_start(units, u);
	}
	units_start_others(
	    units->job->manager, &units->services, units->job->log);
}

/* The update failed in the middle, and what it left was carried out or put
 * back: whatever stands there now is what runs. */
static void
start_what_stopped(struct units *units)
{
	size_t i;

	for (i = 0; i < units->count; i++)
		if (units->list[i].stopped && units->list[i].c != NULL)
			units_run_again(units, &units->list[i]);
	units_start_others(
	    units->job->manager, &units->services, units->job->log);
}

static void
check_unchanged(struct units *units, const struct update_result *result)
{
	const struct update_component *o;
	size_t i;

	for (i = 0; i < units->count; i++) {
		struct unit *u = &units->list[i];

		/* Its files are not those that it would be registered for. */
		o = units_outcome(result, u->component);
		if (o != NULL &&
		    (o->state == UPDATE_HELD || o->state == UPDATE_PENDING))
			continue;

		if (u->c != NULL && !u->changes)
			check_registration(units, u);
		else if (u->c == NULL && !u->changes &&
		    units_stop(units, u) == 0)
			units_forget(units, u);
		if (u->c != NULL)
			check_idle(units, u);
	}
}

int
units_end(
    struct units *units, const struct update_result *result, size_t *failed)
{
	int rc = 0;

	*failed = 0;
	if (result == NULL) {
		if (units->job->manager != NULL)
			start_what_stopped(units);
		return units_write(units);
	}
	if (units->job->manager != NULL) {
		check_unchanged(units, result);
		start_again(units);
	}
	rc = units_note(units, result, failed);
	return rc == 0 ? units_write(units) : rc;
}
