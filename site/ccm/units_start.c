/*
 * Registering and starting the services of a client, and watching whether they
 * settle; what an update that was cut off has stopped.
 */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "copylist.h"
#include "digest.h"
#include "logfile.h"
#include "text.h"
#include "units_run.h"

#define LOOK_MS	    200 /* between two looks at a service that settles */
#define SETTLE_SECS 5	/* without Settle= */
#define SETTLE_MOST 600 /* the client is locked meanwhile */

enum os_service_start
units_start_mode(const struct unit *u)
{
	if (u->wanted == SERVICES_DISABLED)
		return OS_START_DISABLED;
	if (u->wanted != SERVICES_STARTED)
		return OS_START_MANUAL;
	return u->c->start != NULL && strcmp(u->c->start, "delayed") == 0
	    ? OS_START_DELAYED
	    : OS_START_AUTO;
}

static void
count_failure(struct units *units, const struct unit *u)
{
	struct services_component *s = services_find(
	    &units->services, u->component);
	char sum[DIGEST_TEXT];

	if (s == NULL || copylist_component_sum(u->c, sum) != 0)
		return;
	if (s->failed == NULL || strcmp(s->failed, sum) != 0)
		s->failures = 0;
	s->failures++;
	services_say(&s->failed, "%s", sum);
	units_write(units);
}

/* As the list says; what was registered before is changed. */
static int
enrol(struct units *units, struct unit *u)
{
	const struct os_service service = {
		.name = u->service,
		.shown = u->component,
		.program = u->program,
		.arguments = u->c->arguments,
		.start = units_start_mode(u),
	};
	struct os_service_info info;
	int rc = os_service_check(units->job->manager, &service);

	if (rc == ERR_EXIST &&
	    os_service_look(units->job->manager, u->service, &info) ==
		ERR_NOENT)
		return units_give_up(u, ERR_CHANGED,
		    "cannot be registered: what stands there under its name "
		    "is no service; remove it");
	if (rc == ERR_EXIST) {
		if (!u->foreign)
			log_info(units->job->log,
			    "service %s was registered by somebody else: it "
			    "is left so",
			    u->service);
		u->foreign = true;
		return 0;
	}
	u->made = u->made || rc == ERR_NOENT;
	if (rc == ERR_NOENT || rc == ERR_CHANGED) {
		units->acted = true;
		rc = os_service_register(units->job->manager, &service);
		if (rc == 0)
			log_info(units->job->log, "service %s registered",
			    u->service);
	}
	return rc == 0 ? 0 : units_give_up(u, rc, "cannot be registered");
}

/* Is it to run now? One that was stopped by hand stays so. */
bool
units_has_to_run(struct units *units, const struct unit *u)
{
	const struct services_component *s = services_find(
	    &units->services, u->component);

	if (u->own ||
	    (u->wanted != SERVICES_STARTED && u->wanted != SERVICES_INSTALLED))
		return false;
	/* One that is not to start by itself, and did run, runs again. */
	if (u->wanted == SERVICES_INSTALLED)
		return u->stopped && s != NULL && s->current == u->wanted;
	return u->stopped || u->made || (s != NULL && s->stopped) ||
	    (s != NULL && s->current != SERVICES_STARTED);
}

static int64_t
settle_time(const struct unit *u)
{
	uint64_t seconds = SETTLE_SECS;

	if (u->c->settle != NULL)
		text_number(u->c->settle, INT32_MAX, &seconds);
	if (seconds > SETTLE_MOST)
		seconds = SETTLE_MOST;
	return (int64_t)seconds * OS_SECOND;
}

/* It has to be the same process all the time. */
static int
settle(struct units *units, struct unit *u)
{
	int64_t end = os_ticks() + settle_time(u), left;
	struct os_service_info info;
	uint64_t process;
	int rc = os_service_look(units->job->manager, u->service, &info);

	process = info.process;
	while (rc == 0) {
		if (info.state != OS_SERVICE_RUNNING || info.process != process)
			return units_give_up(
			    u, ERR_CHANGED, "ended after its start");
		left = end - os_ticks();
		if (left <= 0)
			return 0;
		if (left > LOOK_MS * (OS_SECOND / 1000))
			left = LOOK_MS * (OS_SECOND / 1000);
		/* Who is to stop does not leave it half watched: what runs
		 * then has settled. */
		if (os_sleep((int)(left / (OS_SECOND / 1000)) + 1) == ERR_STOP)
			end = 0;
		rc = os_service_look(units->job->manager, u->service, &info);
	}
	return units_give_up(u, rc, "cannot be watched");
}

/* Whatever stands there now. */
bool
units_run_again(struct units *units, struct unit *u)
{
	struct services_component *s = services_find(
	    &units->services, u->component);

	if (os_service_start(units->job->manager, u->service, UNITS_START_MS) !=
	    0)
		return false;
	u->stopped = false;
	if (s != NULL)
		s->stopped = false;
	return true;
}

int
units_start(struct units *units, struct unit *u)
{
	struct services_component *s;
	int rc = os_service_start(
	    units->job->manager, u->service, UNITS_START_MS);

	if (rc != 0)
		return units_give_up(u, rc, "does not start");
	if ((rc = settle(units, u)) != 0)
		return rc;
	log_info(units->job->log, "service %s runs", u->service);
	u->stopped = false;
	s = services_find(&units->services, u->component);
	if (s != NULL)
		s->stopped = false;
	return 0;
}

/* Registered and, where it is to, running. */
int
units_come_up(struct units *units, struct unit *u)
{
	int rc = enrol(units, u);

	if (rc != 0 || !units_has_to_run(units, u))
		return rc;
	/* Before it: what takes the machine down has failed too. */
	count_failure(units, u);
	if ((rc = units_start(units, u)) == 0)
		return 0;
	log_error(units->job->log, "%s", u->reason);
	os_service_stop(units->job->manager, u->service, UNITS_STOP_MS);
	return rc;
}

/* As it was registered when it ran last; one that never was goes. */
void
units_enrol_again(struct units *units, struct unit *u)
{
	const struct services_component *s = services_find(
	    &units->services, u->component);
	struct os_service service = {
		.name = u->service,
		.shown = u->component,
		.start = units_start_mode(u),
	};

	if (u->foreign || s == NULL)
		return;
	if (s->program == NULL || u->former != NULL)
		os_service_unregister(units->job->manager, u->service);
	if (s->program == NULL)
		return;
	if (u->former != NULL)
		service.name = u->former;
	service.program = s->program;
	service.arguments = s->arguments;
	os_service_register(units->job->manager, &service);
}

/* Services of somebody else that were stopped with ours. */
void
units_start_others(
    struct os_services *manager, struct services *services, struct logfile *log)
{
	const char *rest, *name;
	size_t i, len;
	char *one;

	for (i = 0; i < services->count; i++) {
		rest = services->list[i].others;
		while (rest != NULL && text_item(&rest, ',', &name, &len)) {
			one = text_copy_n(name, len);
			if (one != NULL &&
			    os_service_start(manager, one, UNITS_START_MS) != 0)
				log_error(log,
				    "service %s, which was stopped because it "
				    "needs one that changed, does not start",
				    one);
			free(one);
		}
		services_say(&services->list[i].others, NULL);
	}
}

/* As it was registered when it ran last. */
static void
resume_one(struct os_services *manager, struct services_component *s,
    struct logfile *log)
{
	const struct os_service service = {
		.name = s->service,
		.shown = s->name,
		.program = s->program,
		.arguments = s->arguments,
		.start = s->start == NULL	       ? OS_START_AUTO
		    : strcmp(s->start, "delayed") == 0 ? OS_START_DELAYED
		    : strcmp(s->start, "demand") == 0  ? OS_START_MANUAL
						       : OS_START_AUTO,
	};
	int rc = 0;

	if (s->program != NULL &&
	    os_service_check(manager, &service) == ERR_CHANGED)
		rc = os_service_register(manager, &service);
	if (rc == 0)
		rc = os_service_stop(manager, s->service, UNITS_STOP_MS);
	if (rc >= 0)
		rc = os_service_start(manager, s->service, UNITS_START_MS);
	s->stopped = rc != 0;
	if (rc == 0)
		log_warning(log,
		    "service %s, which an update that was cut off has "
		    "stopped, runs again",
		    s->service);
	else
		log_error(log,
		    "service %s, which an update that was cut off has "
		    "stopped, does not start: %s",
		    s->service, err_text(rc));
}

static bool
is_to_resume(const struct services_component *s)
{
	return s->stopped && s->service != NULL &&
	    (s->start == NULL || strcmp(s->start, "disabled") != 0) &&
	    s->requested != SERVICES_DISABLED &&
	    s->requested != SERVICES_NOT_INSTALLED;
}

int
units_resume(
    struct os_dir *state, struct os_services *manager, struct logfile *log)
{
	struct services services;
	bool any = false, others = false;
	size_t i;
	int rc = services_read(state, &services, NULL);

	if (rc != 0)
		return rc;
	for (i = 0; i < services.count; i++) {
		others = others || services.list[i].others != NULL;
		if (!is_to_resume(&services.list[i]))
			continue;
		any = true;
		resume_one(manager, &services.list[i], log);
	}
	if (others)
		units_start_others(manager, &services, log);
	if (any || others)
		rc = services_write(state, &services);
	services_free(&services);
	return rc;
}
