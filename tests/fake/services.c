/*
 * The service manager of the fake, its inventory and its notices. Services run
 * in name only: a start takes a moment, and who shall die is dead when the
 * clock has come so far.
 */
#include "inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"

#define MS	   (OS_SECOND / 1000)
#define NAME_BYTES 80 /* of a service */

struct managed {
	struct managed *next;
	char *name;
	struct fake_service is;
	bool failed; /* died, or did not come up; until the next stop */
	int64_t dies_at;
	char *deadly;
	int dies_ms; /* -1: lives */
	int refusal;
	enum fake_stop how;
	int stop_ms, start_ms;
	struct items needs;
	bool told; /* os_service_dependents: had its turn */
};

struct os_services {
	bool open;
};

static const char *const start_names[] = {
	[OS_START_AUTO] = "auto",
	[OS_START_DELAYED] = "delayed",
	[OS_START_MANUAL] = "manual",
	[OS_START_DISABLED] = "disabled",
};

static void
log_action(const char *what, const char *name, const char *more)
{
	fake_text_add(&fake.actions, what);
	fake_text_add(&fake.actions, " ");
	fake_text_add(&fake.actions, name);
	fake_text_add(&fake.actions, more != NULL ? " " : "");
	fake_text_add(&fake.actions, more != NULL ? more : "");
	fake_text_add(&fake.actions, "\n");
}

const char *
fake_actions(void)
{
	if (fake.actions.data == NULL)
		fake_text_add(&fake.actions, "");
	return fake_item_add(&fake.texts, "", fake.actions.data)->text;
}

/* Names of services ignore case on Windows, as names of files do there. */
static struct managed *
find(const char *name)
{
	struct managed *m = fake.services;

	while (m != NULL && !fake_same_name(m->name, name))
		m = m->next;
	return m;
}

static struct managed *
find_or_make(const char *name)
{
	struct managed *m = find(name), **end = &fake.services;

	if (m != NULL)
		return m;
	while (*end != NULL)
		end = &(*end)->next;
	m = *end = fake_grab(sizeof *m);
	m->name = fake_copy(name);
	m->dies_ms = -1;
	m->dies_at = NEVER;
	return m;
}

static void
set(char **to, const char *text)
{
	char *copy = fake_copy(text);

	free(*to);
	*to = copy;
}

/* Lets die who should be dead by now. */
static void
catch_up(struct managed *m)
{
	if (!m->is.running || m->dies_at > fake.ticks)
		return;
	m->is.running = false;
	m->failed = true;
}

static void
run(struct managed *m)
{
	const char *program = m->is.program != NULL ? fake_get(m->is.program)
						    : NULL;
	bool deadly = m->dies_ms >= 0 &&
	    (m->deadly == NULL ||
		(program != NULL && strstr(program, m->deadly) != NULL));

	m->is.running = true;
	m->is.process = ++fake.last_process;
	m->is.starts++;
	m->failed = false;
	m->dies_at = deadly ? fake.ticks + m->dies_ms * MS : NEVER;
	catch_up(m);
}

static void
halt(struct managed *m)
{
	m->is.stops += m->is.running;
	m->is.running = false;
	m->failed = false;
	m->dies_at = NEVER;
}

/* What tests say */

const struct fake_service *
fake_service(const char *name)
{
	struct managed *m = find(name);

	if (m == NULL)
		return NULL;
	catch_up(m);
	return &m->is;
}

static void
describe(struct managed *m, const struct os_service *service)
{
	m->is.registered = true;
	m->is.foreign = false;
	m->is.start = service->start;
	set(&m->is.shown, service->shown);
	set(&m->is.program, service->program);
	set(&m->is.arguments, service->arguments);
}

void
fake_service_put(const struct os_service *service, bool running)
{
	struct managed *m = find_or_make(service->name);

	describe(m, service);
	if (running)
		run(m);
	else
		halt(m);
	m->is.starts = m->is.stops = 0;
}

void
fake_service_foreign(const char *name, bool running)
{
	struct os_service service = { name, NULL, NULL, NULL, OS_START_AUTO };

	fake_service_put(&service, running);
	find(name)->is.foreign = true;
}

void
fake_service_dies(const char *name, const char *content, int ms)
{
	struct managed *m = find_or_make(name);

	set(&m->deadly, content);
	m->dies_ms = ms < 0 ? -1 : ms;
}

void
fake_service_refuses(const char *name, int code)
{
	find_or_make(name)->refusal = code;
}

void
fake_service_stops(const char *name, enum fake_stop how, int ms)
{
	struct managed *m = find_or_make(name);

	m->how = how;
	m->stop_ms = ms;
}

void
fake_service_slow_start(const char *name, int ms)
{
	find_or_make(name)->start_ms = ms;
}

void
fake_service_needs(const char *name, const char *other)
{
	fake_item_add(&find_or_make(name)->needs, other, NULL);
}

void
fake_services_absent(int code)
{
	fake.services_absent = code;
}

void
fake_services_boot(void)
{
	for (struct managed *m = fake.services; m != NULL; m = m->next) {
		halt(m);
		if (m->is.registered && m->is.start <= OS_START_DELAYED &&
		    (m->is.program == NULL || fake_get(m->is.program) != NULL))
			run(m);
	}
}

void
fake_services_clear(void)
{
	struct managed *m;

	while ((m = fake.services) != NULL) {
		fake.services = m->next;
		fake_items_clear(&m->needs);
		free(m->name);
		free(m->deadly);
		free(m->is.shown);
		free(m->is.program);
		free(m->is.arguments);
		free(m);
	}
	fake_items_clear(&fake.rows);
	free(fake.actions.data);
	free(fake.notices.data);
}

/* What programs ask */

int
os_services_open(const char *machine, struct os_services **services)
{
	int rc;

	*services = NULL;
	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if (fake.services_absent != 0)
		return fake.services_absent;
	if (machine != NULL && strcmp(fake.system, "windows") != 0)
		return ERR_UNSUP;
	if ((*services = calloc(1, sizeof **services)) == NULL)
		return ERR_NOMEM;
	(*services)->open = true;
	fake.handles++;
	return 0;
}

void
os_services_close(struct os_services *services)
{
	if (services == NULL)
		return;
	fake.handles--;
	free(services);
}

const char *
os_services_name(const struct os_services *services)
{
	(void)services;
	return strcmp(fake.system, "windows") == 0 ? "Service Control Manager"
						   : "runit";
}

static bool
is_name(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > NAME_BYTES || name[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)name[i]) &&
		    strchr("-_.", name[i]) == NULL)
			return false;
	}
	return true;
}

/* Calls on a service begin here. */
static int
begin(const char *call, const char *name)
{
	int rc = fake_enter(call);

	if (rc != 0)
		return rc;
	return is_name(name) ? 0 : ERR_NAME;
}

/* The same for one that must be there. */
static int
enter(const char *call, const char *name, struct managed **m)
{
	int rc = begin(call, name);

	*m = rc == 0 ? find(name) : NULL;
	if (rc != 0)
		return rc;
	if (*m == NULL || !(*m)->is.registered)
		return ERR_NOENT;
	catch_up(*m);
	return 0;
}

int
os_service_look(struct os_services *services, const char *name,
    struct os_service_info *info)
{
	struct managed *m;
	int rc;

	(void)services;
	if ((rc = enter(__func__, name, &m)) != 0)
		return rc;
	info->state = m->is.running ? OS_SERVICE_RUNNING
	    : m->failed		    ? OS_SERVICE_CHANGING
				    : OS_SERVICE_STOPPED;
	info->start = m->is.start;
	info->process = m->is.running ? m->is.process : 0;
	return 0;
}

static bool
same(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

int
os_service_check(struct os_services *services, const struct os_service *service)
{
	struct managed *m;
	int rc;

	(void)services;
	if ((rc = enter(__func__, service->name, &m)) != 0)
		return rc;
	if (m->is.foreign)
		return ERR_EXIST;
	return m->is.start == service->start &&
		same(m->is.shown, service->shown) &&
		same(m->is.program, service->program) &&
		same(m->is.arguments, service->arguments)
	    ? 0
	    : ERR_CHANGED;
}

int
os_service_register(
    struct os_services *services, const struct os_service *service)
{
	struct managed *m;
	int rc;

	(void)services;
	if ((rc = begin(__func__, service->name)) != 0)
		return rc;
	m = find_or_make(service->name);
	if (m->is.registered && m->is.foreign)
		return ERR_EXIST;
	describe(m, service);
	log_action("register", service->name, NULL);
	return 0;
}

int
os_service_set_start(
    struct os_services *services, const char *name, enum os_service_start start)
{
	struct managed *m;
	int rc;

	(void)services;
	if ((rc = enter(__func__, name, &m)) != 0)
		return rc;
	if (m->is.start == start)
		return 0;
	m->is.start = start;
	log_action("set", name, start_names[start]);
	return 0;
}

/* It comes to its end, or is brought to it: 1. No request to stop cuts this
 * short, here and below. */
static int
stop(struct managed *m, int timeout_ms)
{
	bool in_time = m->how == FAKE_STOPS && m->stop_ms <= timeout_ms;

	log_action("stop", m->name, NULL);
	fake_pass(in_time ? m->stop_ms : timeout_ms);
	if (m->how == FAKE_NEVER_STOPS)
		return ERR_TIMEOUT;
	halt(m);
	if (in_time)
		return 0;
	log_action("kill", m->name, NULL);
	return 1;
}

int
os_service_unregister(struct os_services *services, const char *name)
{
	struct managed *m;
	int rc;

	(void)services;
	if ((rc = enter(__func__, name, &m)) != 0)
		return rc;
	if (m->is.foreign)
		return ERR_EXIST;
	if ((m->is.running || m->failed) && (rc = stop(m, 10000)) < 0)
		return rc;
	m->is.registered = false;
	log_action("unregister", name, NULL);
	return 0;
}

int
os_service_start(struct os_services *services, const char *name, int timeout_ms)
{
	struct managed *m;
	int rc;

	(void)services;
	if ((rc = enter(__func__, name, &m)) != 0)
		return rc;
	if (m->is.running)
		return 0;
	if (m->refusal != 0)
		return m->refusal;
	if (m->is.start == OS_START_DISABLED)
		return ERR_ACCES;
	if (m->is.program != NULL && fake_get(m->is.program) == NULL)
		return ERR_NOENT;
	log_action("start", name, NULL);
	fake_pass(m->start_ms < timeout_ms ? m->start_ms : timeout_ms);
	if (m->start_ms > timeout_ms)
		return ERR_TIMEOUT;
	run(m);
	if (m->is.running)
		return 0;
	fake_pass(timeout_ms);
	return ERR_TIMEOUT;
}

int
os_service_stop(struct os_services *services, const char *name, int timeout_ms)
{
	struct managed *m;
	int rc;

	(void)services;
	if ((rc = enter(__func__, name, &m)) != 0)
		return rc;
	return m->is.running || m->failed ? stop(m, timeout_ms) : 0;
}

struct tell {
	int (*each)(void *arg, const char *name);
	void *arg;
};

/* Those that need it, whoever needs them before. */
static int
tell_dependents(const char *name, const struct tell *tell)
{
	int rc = 0;

	for (struct managed *m = fake.services; m != NULL && rc == 0;
	     m = m->next) {
		if (m->told || !m->is.running ||
		    fake_item(&m->needs, name) == NULL)
			continue;
		m->told = true;
		if ((rc = tell_dependents(m->name, tell)) == 0)
			rc = tell->each(tell->arg, m->name);
	}
	return rc;
}

int
os_service_dependents(struct os_services *services, const char *name,
    int (*each)(void *arg, const char *name), void *arg)
{
	struct tell tell = { each, arg };
	struct managed *m;
	int rc;

	(void)services;
	if ((rc = enter(__func__, name, &m)) != 0)
		return rc;
	for (m = fake.services; m != NULL; m = m->next) {
		catch_up(m);
		m->told = fake_same_name(m->name, name);
	}
	return tell_dependents(name, &tell);
}

int
os_as_service(const char *name, int (*work)(void *arg), void *arg)
{
	(void)name;
	return work(arg);
}

/* Inventory and notices */

void
fake_row(const char *section, const char *key, const char *value)
{
	struct item *item = fake_item_add(&fake.rows, section, key);

	/* The value stands behind the key's NUL. */
	free(item->text);
	item->text = fake_grab(strlen(key) + strlen(value) + 2);
	strcpy(item->text, key);
	strcpy(item->text + strlen(key) + 1, value);
}

static int
tell_rows(bool software, os_row_fn *each, void *arg)
{
	const struct item *row;
	int rc = 0;

	for (size_t i = 0; i < fake.rows.count && rc == 0; i++) {
		row = &fake.rows.list[i];
		if ((strcmp(row->key, "Software") == 0) == software)
			rc = each(arg, row->key, row->text,
			    row->text + strlen(row->text) + 1);
	}
	return rc;
}

int
os_inventory(os_row_fn *each, void *arg)
{
	int rc = fake_enter(__func__);

	return rc != 0 ? rc : tell_rows(false, each, arg);
}

int
os_software(os_row_fn *each, void *arg)
{
	int rc = fake_enter(__func__);

	return rc != 0 ? rc : tell_rows(true, each, arg);
}

void
fake_notice_fails(int code)
{
	fake.notice_code = code;
}

const char *
fake_notices(void)
{
	if (fake.notices.data == NULL)
		fake_text_add(&fake.notices, "");
	return fake_item_add(&fake.texts, "", fake.notices.data)->text;
}

int
os_notice(const char *title, const char *text)
{
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if (fake.notice_code != 0)
		return fake.notice_code;
	fake_text_add(&fake.notices, title);
	fake_text_add(&fake.notices, ": ");
	fake_text_add(&fake.notices, text);
	fake_text_add(&fake.notices, "\n");
	return 0;
}
