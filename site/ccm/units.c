/* Which services a client has, and what services.ini says of them. What is done
 * to them is in units_run.c. */
#include "units.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "ccm.h"
#include "copylist.h"
#include "layout.h"
#include "logfile.h"
#include "path.h"
#include "text.h"
#include "units_run.h"

/* What the list asks for, where no administrator has said more. */
static enum services_state
listed_state(const struct copylist_component *c)
{
	if (c->start != NULL && strcmp(c->start, "demand") == 0)
		return SERVICES_INSTALLED;
	if (c->start != NULL && strcmp(c->start, "disabled") == 0)
		return SERVICES_DISABLED;
	return SERVICES_STARTED;
}

static enum services_state
wanted_state(
    const struct services *services, const struct copylist_component *c)
{
	const struct services_component *s = services_find(services, c->name);

	if (s != NULL && s->requested != SERVICES_UNSAID)
		return s->requested;
	return c->type == COPYLIST_SERVICE ? listed_state(c)
					   : SERVICES_INSTALLED;
}

bool
units_are_current(const struct services *services, const struct copylist *list)
{
	const struct services_component *s;
	enum services_state wanted;
	size_t i, here = 0;

	if (services->damaged)
		return false;
	for (i = 0; i < list->count; i++) {
		const struct copylist_component *c = &list->components[i];

		s = services_find(services, c->name);
		wanted = wanted_state(services, c);
		if (!c->wanted)
			wanted = SERVICES_NOT_INSTALLED;
		here += s != NULL;
		if (wanted == SERVICES_NOT_INSTALLED &&
		    (s == NULL || s->current == SERVICES_NOT_INSTALLED))
			continue;
		if (s == NULL || s->current != wanted ||
		    s->release != list->release || s->repair != NULL ||
		    s->restart != NULL || s->stopped)
			return false;
	}
	/* One that the list has no more, and that is still here. */
	return here == services->count;
}

static int
add_unit(struct units *units, const char *component, struct unit **unit)
{
	struct unit *more = realloc(
	    units->list, (units->count + 1) * sizeof(*more));

	if (more == NULL)
		return ERR_NOMEM;
	units->list = more;
	*unit = &more[units->count++];
	memset(*unit, 0, sizeof(**unit));
	(*unit)->component = text_copy(component);
	return (*unit)->component == NULL ? ERR_NOMEM : 0;
}

static int
add_listed(struct units *units, const struct copylist_component *c,
    enum services_state wanted)
{
	const struct services_component *s;
	struct unit *u = NULL;
	char *below = NULL;
	int rc = add_unit(units, c->name, &u);

	if (rc != 0)
		return rc;
	u->c = c;
	u->wanted = wanted;
	u->own = units->job->own && text_same(c->service, CCM_SERVICE);
	u->service = text_copy(c->service);
	s = services_find(&units->services, c->name);
	if (s != NULL && s->service != NULL &&
	    !text_same(s->service, c->service) &&
	    (u->former = text_copy(s->service)) == NULL)
		rc = ERR_NOMEM;
	below = path_clean(c->binary);
	if (below != NULL)
		u->program = path_join(units->job->layout->client, below);
	free(below);
	return u->service == NULL || u->program == NULL ? ERR_NOMEM : rc;
}

/* Is it the service of a component that stays (or is called otherwise now)? */
static bool
is_listed_service(const struct units *units, const char *service)
{
	size_t i;

	for (i = 0; i < units->count; i++)
		if (units->list[i].c != NULL &&
		    text_same(units->list[i].service, service))
			return true;
	return false;
}

/* What was installed and is wanted no more. */
static int
add_gone(struct units *units, const struct services_component *s)
{
	struct unit *u = NULL;
	int rc = add_unit(units, s->name, &u);

	if (rc != 0)
		return rc;
	u->wanted = SERVICES_NOT_INSTALLED;
	if (s->service == NULL || is_listed_service(units, s->service))
		return 0;
	u->own = units->job->own && text_same(s->service, CCM_SERVICE);
	u->service = text_copy(s->service);
	return u->service == NULL ? ERR_NOMEM : 0;
}

static int
add_all(struct units *units)
{
	struct copylist *list = units->job->list;
	const struct copylist_component *c;
	enum services_state wanted;
	size_t i, count = units->services.count;
	int rc = 0;

	for (i = 0; i < list->count && rc == 0; i++) {
		wanted = wanted_state(&units->services, &list->components[i]);
		if (wanted == SERVICES_NOT_INSTALLED)
			list->components[i].wanted = false;
		c = &list->components[i];
		if (c->wanted && c->type == COPYLIST_SERVICE)
			rc = add_listed(units, c, wanted);
	}
	for (i = 0; i < count && rc == 0; i++) {
		c = copylist_component_of(list, units->services.list[i].name);
		if (c == NULL || !c->wanted ||
		    (c->type != COPYLIST_SERVICE &&
			units->services.list[i].service != NULL))
			rc = add_gone(units, &units->services.list[i]);
	}
	/* From here on they stay where they are in memory. */
	for (i = 0; i < list->count && rc == 0; i++)
		if (list->components[i].wanted &&
		    services_get(&units->services, list->components[i].name) ==
			NULL)
			rc = ERR_NOMEM;
	return rc;
}

int
units_make(struct units *units, const struct units_job *job, struct buf *why)
{
	int rc;

	memset(units, 0, sizeof(*units));
	units->job = job;
	rc = services_read(job->state, &units->services, why);
	if (rc == 0 && units->services.damaged)
		log_warning(job->log, "%s; it is written anew", buf_text(why));
	if (rc == 0) {
		buf_clear(why);
		rc = add_all(units);
	}
	if (rc != 0) {
		buf_why(why, rc, "%s/" LAYOUT_SERVICES ": %s",
		    job->layout->state, err_text(rc));
		units_free(units);
	}
	return rc;
}

void
units_free(struct units *units)
{
	size_t i;

	for (i = 0; i < units->count; i++) {
		free(units->list[i].component);
		free(units->list[i].service);
		free(units->list[i].former);
		free(units->list[i].program);
		free(units->list[i].reason);
	}

	free(units->list);
	services_free(&units->services);
	memset(units, 0, sizeof(*units));
}

struct unit *
units_find(struct units *units, const char *component)
{
	size_t i;

	for (i = 0; i < units->count; i++)
		if (text_same(units->list[i].component, component))
			return &units->list[i];
	return NULL;
}

const struct update_component *
units_outcome(const struct update_result *result, const char *name)
{
	size_t i;

	for (i = 0; i < result->count; i++)
		if (text_same(result->list[i].name, name))
			return &result->list[i];
	return NULL;
}

/* How it was registered, so that it can be again. */
static int
note_registration(struct services_component *s, const struct unit *u)
{
	int rc = services_say(&s->service, "%s", u->service);

	if (rc == 0)
		rc = services_say(&s->program, "%s", u->program);
	if (rc == 0)
		rc = services_say(&s->arguments,
		    u->c->arguments != NULL ? "%s" : NULL, u->c->arguments);
	if (rc == 0)
		rc = services_say(
		    &s->start, u->c->start != NULL ? "%s" : NULL, u->c->start);
	return rc;
}

static int
note_whole(struct units *units, struct services_component *s,
    enum services_state wanted, const struct unit *u)
{
	int rc = u != NULL ? note_registration(s, u) : 0;

	s->current = wanted;
	s->release = units->job->list->release;
	s->failures = 0;
	s->stopped = false;
	if (rc == 0)
		rc = services_say(&s->failed, NULL);
	if (rc == 0)
		rc = services_say(&s->repair, NULL);
	return rc == 0 ? services_say(&s->restart, NULL) : rc;
}

/* One component of the list. *bad: it is not as it should be. */
static int
note_component(struct units *units, const struct update_result *result,
    const struct copylist_component *c, bool *bad)
{
	struct services_component *s = services_find(&units->services, c->name);
	const struct unit *u = units_find(units, c->name);
	const struct update_component *o = units_outcome(result, c->name);
	enum services_state wanted = wanted_state(&units->services, c);

	*bad = true;
	if (u != NULL && units->job->manager == NULL) {
		*bad = s->release != units->job->list->release ||
		    s->current != wanted;
		return services_say(
		    &s->repair, *bad ? "%s" : NULL, units->job->reason);
	}
	if (u != NULL && u->failed)
		return services_say(&s->repair, "%s", u->reason);
	if (o != NULL && o->state == UPDATE_HELD)
		return services_say(&s->repair, "%s", o->reason);
	if (o != NULL && o->state == UPDATE_PENDING)
		return services_say(&s->restart, "%s", o->reason);
	*bad = false;
	return note_whole(units, s, wanted, u);
}

/* What is gone leaves, unless somebody has said that it is to stay away. */
static int
note_gone(struct units *units, const struct update_result *result,
    const struct unit *u, bool *bad)
{
	struct services_component *s = services_find(
	    &units->services, u->component);
	const struct update_component *o = units_outcome(result, u->component);

	if (s != NULL && u->service != NULL && units->job->manager == NULL) {
		*bad = true;
		return services_say(&s->repair, "%s", units->job->reason);
	}
	*bad = u->failed ||
	    (o != NULL &&
		(o->state == UPDATE_HELD || o->state == UPDATE_PENDING));
	if (s == NULL)
		return 0;
	if (*bad)
		return services_say(
		    &s->repair, "%s", u->failed ? u->reason : o->reason);
	if (s->requested == SERVICES_UNSAID) {
		services_drop(&units->services, u->component);
		return 0;
	}
	s->current = SERVICES_NOT_INSTALLED;
	s->stopped = false;
	return services_say(&s->repair, NULL);
}

int
units_note(
    struct units *units, const struct update_result *result, size_t *failed)
{
	const struct copylist *list = units->job->list;
	bool bad;
	size_t i;
	int rc = 0;

	for (i = 0; i < list->count && rc == 0; i++) {
		if (!list->components[i].wanted)
			continue;
		rc = note_component(units, result, &list->components[i], &bad);
		*failed += bad && list->components[i].type == COPYLIST_SERVICE;
	}
	for (i = 0; i < units->count && rc == 0; i++) {
		if (units->list[i].c != NULL)
			continue;
		rc = note_gone(units, result, &units->list[i], &bad);
		*failed += bad;
	}
	return rc;
}
