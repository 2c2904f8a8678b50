/*
 * Stopping, registering and starting the services of a client: what update
 * calls round the files of a component, and what comes after it.
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

#define STOP_MS	    30000
#define START_MS    30000
#define LOOK_MS	    200 /* between two looks at a service that settles */
#define SETTLE_SECS 5	/* without Settle= */
#define SETTLE_MOST 600 /* the client is locked meanwhile */

static enum os_service_start
start_mode(const struct unit *u)
{
	if (u->wanted == SERVICES_DISABLED)
		return OS_START_DISABLED;
	if (u->wanted != SERVICES_STARTED)
		return OS_START_MANUAL;
	return u->c->start != NULL && strcmp(u->c->start, "delayed") == 0
	    ? OS_START_DELAYED
	    : OS_START_AUTO;
}

/* It has not done what it should: `reason` goes to services.ini, the request
 * and the log. */
static int
give_up(struct unit *u, int code, const char *what)
{
	struct buf reason = BUF_INIT;

	buf_format(
	    &reason, "service %s %s: %s", u->service, what, err_text(code));
	free(u->reason);
	u->reason = buf_take(&reason);
	u->failed = true;
	return code;
}

static int
write_states(struct units *units)
{
	int rc = services_write(units->job->state, &units->services);

	if (rc != 0)
		log_error(units->job->log, "services.ini: %s", err_text(rc));
	return rc;
}

struct stopping {
	struct units *units;
	struct unit *u; /* is about to stop */
};

static int stop_one(struct units *units, struct unit *u);

/* So that whoever comes after a kill starts it again. */
static int
note_other(struct stopping *s, const char *name)
{
	struct services_component *c = services_find(
	    &s->units->services, s->u->component);
	const char *before;
	int rc;

	if (c == NULL)
		return 0;
	before = c->others != NULL ? c->others : "";
	rc = services_say(
	    &c->others, "%s%s%s", before, *before != '\0' ? "," : "", name);
	return rc == 0 ? write_states(s->units) : rc;
}

/* What needs one of ours to run. */
static int
stop_other(void *arg, const char *name)
{
	struct stopping *s = arg;
	struct os_services *manager = s->units->job->manager;
	struct os_service_info info;
	size_t i;
	int rc;

	for (i = 0; i < s->units->count; i++)
		if (s->units->list[i].service != NULL &&
		    text_same(s->units->list[i].service, name))
			return stop_one(s->units, &s->units->list[i]);
	rc = os_service_look(manager, name, &info);
	if (rc != 0 || info.state == OS_SERVICE_STOPPED)
		return rc == ERR_NOENT ? 0 : rc;
	if ((rc = note_other(s, name)) != 0)
		return rc;
	log_info(s->units->job->log, "service %s stops: it needs one that does",
	    name);
	rc = os_service_stop(manager, name, STOP_MS);
	return rc < 0 ? rc : 0;
}

/* Which components come after that one, or after one that does: `after`, one
 * for each of the list, which stands in that order. */
static void
find_dependents(const struct copylist *list, const char *component, bool *after)
{
	const char *rest, *name;
	size_t i, j, len;

	for (i = 0; i < list->count; i++) {
		rest = list->components[i].after;
		while (!after[i] && rest != NULL &&
		    text_item(&rest, ',', &name, &len)) {
			after[i] = text_same_n(
			    name, len, component, strlen(component));
			for (j = 0; j < i && !after[i]; j++)
				after[i] = after[j] &&
				    text_same_n(name, len,
					list->components[j].name,
					strlen(list->components[j].name));
		}
	}
}

/* It was running, and is to run again whatever happens to us. */
static int
note_stopped(struct units *units, struct unit *u)
{
	struct services_component *s = services_find(
	    &units->services, u->component);
	int rc;

	if (s == NULL || u->c == NULL || s->stopped)
		return 0;
	s->stopped = true;
	if ((rc = write_states(units)) != 0)
		s->stopped = false;
	return rc;
}

/* Whatever stands there now. */
static bool
run_again(struct units *units, struct unit *u)
{
	struct services_component *s = services_find(
	    &units->services, u->component);

	if (os_service_start(units->job->manager, u->service, START_MS) != 0)
		return false;
	u->stopped = false;
	if (s != NULL)
		s->stopped = false;
	return true;
}

static int
stop_one(struct units *units, struct unit *u)
{
	struct stopping stopping = { units, u };
	struct os_service_info info;
	int rc;

	if (u->service == NULL || u->own || u->stopped)
		return 0;
	rc = os_service_look(units->job->manager, u->service, &info);
	if (rc == ERR_NOENT || (rc == 0 && info.state == OS_SERVICE_STOPPED))
		return 0;
	u->stopped = rc == 0; /* and no dependent comes here again */
	if (rc == 0)
		rc = os_service_dependents(
		    units->job->manager, u->service, stop_other, &stopping);
	if (rc == 0)
		rc = note_stopped(units, u);
	if (rc != 0) {
		u->stopped = false;
		return give_up(u, rc, "cannot be stopped");
	}
	units->acted = true;
	log_info(units->job->log, "service %s stops", u->service);
	rc = os_service_stop(units->job->manager, u->service, STOP_MS);
	if (rc > 0)
		log_warning(units->job->log,
		    "service %s did not stop in %d s and was ended by force",
		    u->service, STOP_MS / 1000);
	if (rc >= 0)
		return 0;
	/* It was told to: without more it would end, later, for good. */
	run_again(units, u);
	return give_up(u, rc, "does not stop");
}

/* Those that need it first. */
static int
stop(struct units *units, struct unit *u)
{
	const struct copylist *list = units->job->list;
	bool *after = calloc(list->count + 1, sizeof(*after));
	struct unit *other;
	size_t i = list->count;
	int rc = after == NULL ? ERR_NOMEM : 0;

	if (rc == 0)
		find_dependents(list, u->component, after);
	while (i-- > 0 && rc == 0) {
		if (!after[i])
			continue;
		other = units_find(units, list->components[i].name);
		if (other != NULL && other != u)
			rc = stop_one(units, other);
	}
	free(after);
	if (rc != 0)
		return give_up(u, rc, "is needed by one that does not stop");
	return stop_one(units, u);
}

/* What its service was called before. */
static int
retire(struct units *units, struct unit *u)
{
	struct os_service_info info;
	int rc;

	if (u->former == NULL)
		return 0;
	rc = os_service_look(units->job->manager, u->former, &info);
	if (rc == ERR_NOENT)
		return 0;
	if (rc == 0 && info.state != OS_SERVICE_STOPPED) {
		rc = os_service_stop(units->job->manager, u->former, STOP_MS);
		u->stopped = rc >= 0;
	}
	if (rc >= 0)
		rc = os_service_unregister(units->job->manager, u->former);
	units->acted = true;
	log_info(units->job->log, "service %s is called %s now", u->former,
	    u->service);
	return rc == 0 || rc == ERR_NOENT || rc == ERR_EXIST
	    ? 0
	    : give_up(u, rc, "has an old name that cannot be unregistered");
}

static int
forget(struct units *units, struct unit *u)
{
	int rc;

	if (u->service == NULL)
		return 0;
	if (u->own)
		return give_up(
		    u, ERR_UNSUP, "is this program: ccm /uninstall removes it");
	units->acted = true;
	rc = os_service_unregister(units->job->manager, u->service);
	if (rc == ERR_EXIST)
		log_warning(units->job->log,
		    "service %s was registered by somebody else and stays",
		    u->service);
	else if (rc == 0)
		log_info(
		    units->job->log, "service %s unregistered", u->service);
	return rc == 0 || rc == ERR_NOENT || rc == ERR_EXIST
	    ? 0
	    : give_up(u, rc, "cannot be unregistered");
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
		give_up(u, ERR_BUSY,
		    "did not run three times and is not tried again until "
		    "the list changes or somebody forces it");
		return say(reason, u, ERR_BUSY);
	}
	rc = stop(units, u);
	if (rc == 0 && u->c != NULL)
		rc = retire(units, u);
	/* Registration before the file: a service without a program is none
	 * that can be got rid of (Q184208). */
	if (rc == 0 && u->c == NULL)
		rc = forget(units, u);
	return say(reason, u, rc);
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
	write_states(units);
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
		.start = start_mode(u),
	};
	int rc = os_service_check(units->job->manager, &service);

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
	return rc == 0 ? 0 : give_up(u, rc, "cannot be registered");
}

/* Is it to run now? One that was stopped by hand stays so. */
static bool
has_to_run(struct units *units, const struct unit *u)
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
			return give_up(u, ERR_IO, "ended after its start");
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
	return give_up(u, rc, "cannot be watched");
}

static int
start(struct units *units, struct unit *u)
{
	struct services_component *s;
	int rc = os_service_start(units->job->manager, u->service, START_MS);

	if (rc != 0)
		return give_up(u, rc, "does not start");
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
static int
come_up(struct units *units, struct unit *u)
{
	int rc = enrol(units, u);

	if (rc != 0 || !has_to_run(units, u))
		return rc;
	/* Before it: what takes the machine down has failed too. */
	count_failure(units, u);
	if ((rc = start(units, u)) == 0)
		return 0;
	log_error(units->job->log, "%s", u->reason);
	os_service_stop(units->job->manager, u->service, STOP_MS);
	return rc;
}

static int
placed(void *arg, const char *component, struct buf *reason)
{
	struct units *units = arg;
	struct unit *u = units_find(units, component);
	int rc;

	if (u == NULL || u->c == NULL)
		return 0;
	rc = come_up(units, u);
	if (u->own && rc == 0)
		units->restart = true;
	return say(reason, u, rc);
}

/* As it was registered when it ran last; one that never was goes. */
static void
enrol_again(struct units *units, struct unit *u)
{
	const struct services_component *s = services_find(
	    &units->services, u->component);
	struct os_service service = {
		.name = u->service,
		.shown = u->component,
		.start = start_mode(u),
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

static void
undone(void *arg, const char *component)
{
	struct units *units = arg;
	struct unit *u = units_find(units, component);

	if (u == NULL || u->own || u->c == NULL)
		return;
	enrol_again(units, u);
	if (u->former != NULL && u->stopped)
		os_service_start(units->job->manager, u->former, START_MS);
	else if (u->stopped && run_again(units, u))
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
		.start = start_mode(u),
	};
	int rc = os_service_check(units->job->manager, &service);

	if (rc == ERR_CHANGED && !u->own && is_hopeless(units, u)) {
		units->forbidden = true;
		give_up(u, ERR_BUSY, "did not run so three times");
		return;
	}
	if (rc == ERR_CHANGED && !u->own && stop(units, u) != 0)
		return;
	if (retire(units, u) != 0)
		return;
	if (come_up(units, u) != 0 && !u->own)
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
	if (stop(units, u) == 0)
		u->stopped = false;
}

/* Services of somebody else that were stopped with ours. */
static void
start_others(
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
			    os_service_start(manager, one, START_MS) != 0)
				log_error(log,
				    "service %s, which was stopped because it "
				    "needs one that changed, does not start",
				    one);
			free(one);
		}
		services_say(&services->list[i].others, NULL);
	}
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

		if (u->c != NULL && !u->failed &&
		    (u->stopped || (s != NULL && s->stopped)) &&
		    has_to_run(units, u))
			start(units, u);
	}
	start_others(units->job->manager, &units->services, units->job->log);
}

/* The update failed in the middle, and what it left was carried out or put
 * back: whatever stands there now is what runs. */
static void
start_what_stopped(struct units *units)
{
	size_t i;

	for (i = 0; i < units->count; i++)
		if (units->list[i].stopped && units->list[i].c != NULL)
			run_again(units, &units->list[i]);
	start_others(units->job->manager, &units->services, units->job->log);
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
		else if (u->c == NULL && !u->changes && stop(units, u) == 0)
			forget(units, u);
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
		return write_states(units);
	}
	if (units->job->manager != NULL) {
		check_unchanged(units, result);
		start_again(units);
	}
	rc = units_note(units, result, failed);
	return rc == 0 ? write_states(units) : rc;
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
		rc = os_service_stop(manager, s->service, STOP_MS);
	if (rc >= 0)
		rc = os_service_start(manager, s->service, START_MS);
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
		start_others(manager, &services, log);
	if (any || others)
		rc = services_write(state, &services);
	services_free(&services);
	return rc;
}
