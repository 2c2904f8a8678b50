/*
 * The machine of the fake: time, rights, environment, who it is, the system's
 * log and other programs. Nothing waits for real.
 */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"

#define MS (OS_SECOND / 1000)

struct os_child {
	int64_t ends; /* ticks */
	int code;
	bool detached;
};

/* Time */

int
fake_wait(int64_t ns)
{
	bool stopped = fake.stop_at <= fake.ticks ||
	    fake.stop_at - fake.ticks <= ns;

	if (stopped)
		ns = fake.stop_at > fake.ticks ? fake.stop_at - fake.ticks : 0;
	fake.clock += ns;
	fake.ticks += ns;
	return stopped ? ERR_STOP : 0;
}

int
fake_wait_for(int64_t when, int timeout_ms, int late)
{
	int64_t left = timeout_ms < 0 ? NEVER : timeout_ms * MS;
	int rc;

	if (when <= fake.ticks)
		return 0;
	if (os_stop_asked())
		return ERR_STOP;
	if (when != NEVER && when - fake.ticks <= left)
		return fake_wait(when - fake.ticks);
	if (left == 0)
		return late;
	if (left == NEVER && fake.stop_at == NEVER)
		fake.stop_at = fake.ticks;
	rc = fake_wait(left);
	return rc != 0 ? rc : late;
}

void
fake_clock(int64_t when)
{
	fake.clock = when;
}

void
fake_zone(int minutes)
{
	fake.zone = minutes;
}

void
fake_pass(int ms)
{
	fake.clock += ms * MS;
	fake.ticks += ms * MS;
}

void
fake_stop_after(int ms)
{
	fake.stop_at = fake.ticks + ms * MS;
}

int64_t
os_clock(void)
{
	return fake.clock;
}

int64_t
os_ticks(void)
{
	return fake.ticks;
}

int
os_zone(int64_t when)
{
	(void)when;
	return fake.zone;
}

int
os_sleep(int ms)
{
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	return fake_wait(ms > 0 ? ms * MS : 0);
}

void
os_stop_catch(void)
{
}

bool
os_stop_asked(void)
{
	return fake.stop_at <= fake.ticks;
}

int
os_random(void *data, size_t len)
{
	unsigned char *bytes = data;
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	/* xorshift: the same in every run, never twice the same name. */
	for (size_t i = 0; i < len; i++) {
		fake.random ^= fake.random << 13;
		fake.random ^= fake.random >> 7;
		fake.random ^= fake.random << 17;
		bytes[i] = (unsigned char)(fake.random >> 24);
	}
	return 0;
}

/* Rights and places */

void
fake_admin(bool is)
{
	fake.admin = is;
}

bool
os_is_admin(void)
{
	return fake.admin;
}

static void
add_folder(struct text *line, const struct node *folder)
{
	const struct names *names;

	if (folder == fake.root || folder->up == NULL)
		return;
	add_folder(line, folder->up);
	names = &folder->up->names;
	for (size_t i = 0; i < names->count; i++) {
		if (names->list[i].node != folder)
			continue;
		fake_text_add(line, "/");
		fake_text_add(line, names->list[i].name);
	}
}

static bool
is_windows(void)
{
	return strcmp(fake.system, "windows") == 0;
}

/* Does what `at` is answered to be count? To hold what is made by us, a folder
 * of Windows to which others may add is good enough. */
static int
trust(const struct node *at, bool to_hold)
{
	return at->anybody_adds && !(to_hold && is_windows()) ? ERR_UNTRUSTED
							      : at->trust;
}

static int
trusted(const char *path, bool to_hold, char **culprit)
{
	struct text line = { NULL, 0, 0 };
	struct node *at = NULL;
	struct spot spot;
	int rc;

	if (culprit != NULL)
		*culprit = NULL;
	if ((rc = fake_find_path(path, &spot)) != 0)
		return rc;
	if (spot.node == NULL)
		return ERR_NOENT;
	rc = trust(spot.node, to_hold);
	for (at = spot.node; rc == 0 && at != NULL;) {
		at = at == spot.node ? spot.folder : at->up;
		rc = at != NULL ? at->trust : 0;
	}
	if (rc == 0 || culprit == NULL)
		return rc;
	if (at == spot.node)
		fake_text_add(&line, path);
	else
		add_folder(&line, at);
	fake_text_add(&line, ": owner uid 1000, mode 0775");
	*culprit = fake_hand(line.data);
	free(line.data);
	return *culprit != NULL ? rc : ERR_NOMEM;
}

int
os_trusted(const char *path, char **culprit)
{
	int rc = fake_enter(__func__);

	return rc != 0 ? rc : trusted(path, false, culprit);
}

int
os_trusted_to_hold(const char *path, char **culprit)
{
	int rc = fake_enter(__func__);

	return rc != 0 ? rc : trusted(path, true, culprit);
}

int
os_dir_claim(const char *path, char **aside)
{
	struct spot spot;
	char *to;
	int rc;

	*aside = NULL;
	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if (!is_windows() || !fake.admin || fake_find_path(path, &spot) != 0 ||
	    spot.node == NULL || spot.node->trust == 0)
		return 0;
	to = fake_memory(strlen(path) + sizeof(".foreign"));
	sprintf(to, "%s.foreign", path);
	fake_enlist(spot.folder, strrchr(to, '/') + 1, spot.node);
	fake_delist(spot.folder, spot.name);
	*aside = fake_hand(to);
	free(to);
	return *aside != NULL ? 1 : ERR_NOMEM;
}

int
os_trusted_all(
    const char *const paths[], size_t count, size_t *which, char **culprit)
{
	int rc = 0;

	*which = 0;
	for (size_t i = 0; i < count && rc == 0; i++) {
		*which = i;
		rc = os_trusted(paths[i], culprit);
	}
	return rc;
}

/* The folder `path` or the nearest one above it that is there. */
static int
nearest(const char *path, struct node **node)
{
	char *clean = fake_clean(path);
	struct spot spot = { NULL, NULL, "" };
	int rc = 0;

	for (;;) {
		rc = fake_find_path(*clean != '\0' ? clean : "/", &spot);
		if (rc == 0 && spot.node != NULL)
			break;
		if ((rc != 0 && rc != ERR_NOENT) || *clean == '\0')
			break;
		*strrchr(clean, '/') = '\0';
	}
	free(clean);
	*node = spot.node;
	return rc != 0 ? rc : fake_is_folder(spot.node);
}

int
os_may_write(const char *path)
{
	struct node *at;
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if ((rc = nearest(path, &at)) != 0)
		return rc;
	while (at != NULL && !at->may_write_set)
		at = at->up;
	return at != NULL ? at->may_write : 0;
}

static const char *
env(const char *name)
{
	struct item *item = fake_item(&fake.env, name);

	return item != NULL ? item->text : NULL;
}

void
fake_env(const char *name, const char *value)
{
	for (size_t i = 0; i < fake.env.count; i++) {
		if (strcmp(fake.env.list[i].key, name) == 0)
			fake_item_drop(&fake.env, i);
	}
	if (value != NULL)
		fake_item_add(&fake.env, name, value);
}

const char *
os_env(const char *name)
{
	return env(name);
}

/* The folder that holds the state of the user; NULL when he has no home. */
static char *
user_state(void)
{
	struct text text = { NULL, 0, 0 };

	if (env("XDG_STATE_HOME") != NULL) {
		fake_text_add(&text, env("XDG_STATE_HOME"));
		fake_text_add(&text, "/sms");
	} else if (env("HOME") != NULL) {
		fake_text_add(&text, env("HOME"));
		fake_text_add(&text, "/.local/state/sms");
	}
	return text.data;
}

int
os_place(enum os_place place, char **path)
{
	static const char *const places[] = {
		[OS_CLIENT_ROOT] = "/opt/sms",
		[OS_STATE_ROOT] = "/var/lib/sms",
		[OS_CONFIG_ROOT] = "/etc/sms",
		[OS_SITE_LOGS] = "/var/log/sms",
		[OS_DRIVE_ROOT] = "/drive",
	};
	struct text text = { NULL, 0, 0 };
	char *last;
	int rc;

	*path = NULL;
	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if (place == OS_DRIVE_ROOT && !is_windows())
		return ERR_NOENT;
	last = place == OS_USER_STATE ? user_state() : fake_copy(places[place]);
	if (last == NULL)
		return ERR_NOENT;
	if (env("SMS_SYSROOT") != NULL)
		fake_text_add(&text, env("SMS_SYSROOT"));
	fake_text_add(&text, last);
	*path = fake_hand(text.data);
	free(text.data);
	free(last);
	return *path != NULL ? 0 : ERR_NOMEM;
}

/* This machine */

static void
set(char **setting, const char *value)
{
	free(*setting);
	*setting = fake_copy(value);
}

void
fake_machine(const char *identity, const char *mac)
{
	set(&fake.identity, identity);
	set(&fake.mac, mac != NULL ? mac : "");
}

void
fake_host(const char *name)
{
	set(&fake.host, name);
}

void
fake_system(const char *name, const char *arch, const char *language)
{
	if (name != NULL)
		set(&fake.system, name);
	if (arch != NULL)
		set(&fake.arch, arch);
	if (language != NULL)
		set(&fake.language, language);
}

void
fake_self(const char *path)
{
	set(&fake.self, path);
}

int
os_machine(char **identity, char **mac)
{
	const char *given = env("SMS_IDENTITY");
	int rc;

	*identity = *mac = NULL;
	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if (given == NULL && fake.identity == NULL)
		return ERR_NOENT;
	*identity = fake_hand(given != NULL ? given : fake.identity);
	*mac = fake_hand(given != NULL ? "" : fake.mac);
	if (*identity != NULL && *mac != NULL)
		return 0;
	free(*identity);
	free(*mac);
	*identity = *mac = NULL;
	return ERR_NOMEM;
}

int
os_host(char **name)
{
	int rc;

	*name = NULL;
	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	*name = fake_hand(
	    env("SMS_HOST") != NULL ? env("SMS_HOST") : fake.host);
	return *name != NULL ? 0 : ERR_NOMEM;
}

int
os_self(char **path)
{
	int rc;

	*path = NULL;
	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	*path = fake_hand(fake.self);
	return *path != NULL ? 0 : ERR_NOMEM;
}

const char *
os_name(void)
{
	return fake.system;
}

const char *
os_arch(void)
{
	return fake.arch;
}

unsigned
os_cores(void)
{
	return 2;
}

const char *
os_language(void)
{
	return fake.language;
}

/* Other programs */

void
fake_child(int code, int ms)
{
	fake.child_code = code;
	fake.child_ms = ms;
}

const char *
fake_spawned(size_t n)
{
	return n < fake.spawned.count ? fake.spawned.list[n].text : NULL;
}

unsigned
fake_spawned_how(size_t n)
{
	return n < fake.spawned.count ? (unsigned)fake.spawned.list[n].number
				      : 0;
}

int
os_spawn(const char *const argv[], unsigned how, struct os_child **child)
{
	struct text line = { NULL, 0, 0 };
	struct spot spot;
	int rc;

	*child = NULL;
	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if ((rc = fake_find_path(argv[0], &spot)) != 0)
		return rc;
	if ((rc = fake_is_file(spot.node)) != 0)
		return rc;
	if ((*child = calloc(1, sizeof **child)) == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; argv[i] != NULL; i++) {
		fake_text_add(&line, i > 0 ? " " : "");
		fake_text_add(&line, argv[i]);
	}
	fake_item_add(&fake.spawned, "", line.data)->number = how;
	free(line.data);
	(*child)->detached = how & OS_DETACHED;
	(*child)->code = fake.child_code;
	(*child)->ends = fake.child_ms < 0 ? NEVER
					   : fake.ticks + fake.child_ms * MS;
	fake.handles++;
	return 0;
}

int
os_child_wait(struct os_child *child, int timeout_ms, int *code)
{
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if (child->detached)
		return ERR_UNSUP;
	rc = fake_wait_for(child->ends, timeout_ms, ERR_TIMEOUT);
	if (rc == 0)
		*code = child->code;
	return rc;
}

void
os_child_end(struct os_child *child)
{
	if (child->detached || child->ends <= fake.ticks)
		return;
	child->ends = fake.ticks;
	child->code = 128 + 9;
}

void
os_child_free(struct os_child *child)
{
	if (child == NULL)
		return;
	fake.handles--;
	free(child);
}

int
os_run_limited(
    int (*work)(void *arg), void *arg, void (*done)(void *arg), int timeout_ms)
{
	int rc;

	(void)timeout_ms;
	if ((rc = fake_enter(__func__)) == 0)
		rc = work(arg);
	if (done != NULL)
		done(arg);
	return rc;
}

/* People */

void
os_event(const char *program, enum os_severity severity, const char *text)
{
	static const char *const names[] = {
		[OS_INFORMATION] = "information ",
		[OS_WARNING] = "warning ",
		[OS_ERROR] = "error ",
	};

	fake_text_add(&fake.events, names[severity]);
	fake_text_add(&fake.events, program);
	fake_text_add(&fake.events, ": ");
	fake_text_add(&fake.events, text);
	fake_text_add(&fake.events, "\n");
	fake.event_count++;
}

const char *
fake_events(void)
{
	if (fake.events.data == NULL)
		fake_text_add(&fake.events, "");
	/* A copy, because a further event may move the text. */
	return fake_item_add(&fake.texts, "", fake.events.data)->text;
}

unsigned
fake_event_count(void)
{
	return fake.event_count;
}

bool
os_is_terminal(int stream)
{
	(void)stream;
	return false;
}
