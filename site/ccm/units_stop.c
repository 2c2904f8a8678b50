/*
 * Stopping the services of a client: what needs one of them first, ours and other
 * people's, and each noted before, so that whoever comes after a kill starts it.
 */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "copylist.h"
#include "logfile.h"
#include "text.h"
#include "units_run.h"

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
	return rc == 0 ? units_write(s->units) : rc;
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
	rc = os_service_stop(manager, name, UNITS_STOP_MS);
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
	if ((rc = units_write(units)) != 0)
		s->stopped = false;
	return rc;
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
		return units_give_up(u, rc, "cannot be stopped");
	}
	units->acted = true;
	log_info(units->job->log, "service %s stops", u->service);
	rc = os_service_stop(units->job->manager, u->service, UNITS_STOP_MS);
	if (rc > 0)
		log_warning(units->job->log,
		    "service %s did not stop in %d s and was ended by force",
		    u->service, UNITS_STOP_MS / 1000);
	if (rc >= 0)
		return 0;
	/* It was told to: without more it would end, later, for good. */
	units_run_again(units, u);
	return units_give_up(u, rc, "does not stop");
}

/* Those that need it first. */
int
units_stop(struct units *units, struct unit *u)
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
		return units_give_up(
		    u, rc, "is needed by one that does not stop");
	return stop_one(units, u);
}

/* What its service was called before. */
int
units_retire(struct units *units, struct unit *u)
{
	struct os_service_info info;
	int rc;

	if (u->former == NULL)
		return 0;
	rc = os_service_look(units->job->manager, u->former, &info);
	if (rc == ERR_NOENT)
		return 0;
	if (rc == 0 && info.state != OS_SERVICE_STOPPED) {
		rc = os_service_stop(
		    units->job->manager, u->former, UNITS_STOP_MS);
		u->stopped = rc >= 0;
	}
	if (rc >= 0)
		rc = os_service_unregister(units->job->manager, u->former);
	units->acted = true;
	log_info(units->job->log, "service %s is called %s now", u->former,
	    u->service);
	return rc == 0 || rc == ERR_NOENT || rc == ERR_EXIST
	    ? 0
	    : units_give_up(
		  u, rc, "has an old name that cannot be unregistered");
}

int
units_forget(struct units *units, struct unit *u)
{
	int rc;

	if (u->service == NULL)
		return 0;
	if (u->own)
		return units_give_up(
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
	    : units_give_up(u, rc, "cannot be unregistered");
}
