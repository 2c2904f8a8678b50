/*
 * Services of systemd: units NAME.service in /etc/systemd/system, state and
 * commands through systemctl, of which no text for people is read. Ours have the
 * mark of service.c in the unit.
 *
 * The start mode, of anybody's service: enabled is auto, disabled in the words of
 * systemd is manual; not to be started at all is a file of ours beside the
 * unit, NAME.service.d/clisetup.conf, with RefuseManualStart=yes. Masking would
 * need the name of the unit itself.
 */
#include "posix_service.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH 16 /* of services that need each other */

/* What systemctl says of a unit. */
struct unit {
	char *text; /* NAME=value, one a line */
};

/* The value of `key`, up to the end of its line; NULL: it is not told. */
static const char *
value_of(const struct unit *unit, const char *key)
{
	const char *line = unit->text;
	size_t len = strlen(key);

	while (line != NULL &&
	    (strncmp(line, key, len) != 0 || line[len] != '=')) {
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	return line != NULL ? line + len + 1 : NULL;
}

static bool
is(const struct unit *unit, const char *key, const char *value)
{
	const char *told = value_of(unit, key);
	size_t len = strlen(value);

	return told != NULL && strncmp(told, value, len) == 0 &&
	    (told[len] == '\n' || told[len] == '\0');
}

/* Runs `systemctl what... NAME.service`. Not done: ERR_IO. */
static int
command(struct os_services *services, const char *what, const char *more,
    const char *name, int timeout_ms)
{
	char *unit = name != NULL ? posix_print("%s.service", name) : NULL;
	const char *args[6] = { "--no-ask-password", what };
	size_t n = 2;
	int rc;

	if (name != NULL && unit == NULL)
		return ERR_NOMEM;
	if (more != NULL)
		args[n++] = more;
	args[n] = unit;
	rc = posix_service_run(services, args, timeout_ms, NULL);
	free(unit);
	return rc <= 0 ? rc : ERR_IO;
}

static int
reload(struct os_services *services)
{
	return command(services, "daemon-reload", NULL, NULL, 60000);
}

static int
show(struct os_services *services, const char *name, const char *properties,
    struct unit *unit)
{
	char *what = posix_print("--property=%s", properties);
	char *full = posix_print("%s.service", name);
	const char *args[] = { "show", "--no-pager", what, full, NULL };
	int rc = ERR_NOMEM;

	unit->text = NULL;
	if (what != NULL && full != NULL)
		rc = posix_service_run(
		    services, args, POSIX_ASK_MS, &unit->text);
	free(full);
	free(what);
	if (rc <= 0)
		return rc;
	free(unit->text);
	unit->text = NULL;
	return ERR_IO;
}

static enum os_service_start
start_of(const struct unit *unit)
{
	if (is(unit, "RefuseManualStart", "yes") ||
	    is(unit, "LoadState", "masked"))
		return OS_START_DISABLED;
	return is(unit, "UnitFileState", "enabled") ||
		is(unit, "UnitFileState", "enabled-runtime")
	    ? OS_START_AUTO
	    : OS_START_MANUAL;
}

static int
systemd_look(struct os_services *services, const char *name,
    struct os_service_info *info)
{
	struct unit unit;
	const char *process;
	int rc;

	rc = show(services, name,
	    "LoadState,ActiveState,MainPID,UnitFileState,RefuseManualStart",
	    &unit);
	if (rc != 0)
		return rc;
	info->state = is(&unit, "ActiveState", "active") ||
		is(&unit, "ActiveState", "reloading")
	    ? OS_SERVICE_RUNNING
	    : is(&unit, "ActiveState", "inactive") ||
		is(&unit, "ActiveState", "failed")
	    ? OS_SERVICE_STOPPED
	    : OS_SERVICE_CHANGING;
	info->start = start_of(&unit);
	process = value_of(&unit, "MainPID");
	info->process = process != NULL ? strtoull(process, NULL, 10) : 0;
	if (value_of(&unit, "LoadState") == NULL)
		rc = ERR_IO;
	else if (is(&unit, "LoadState", "not-found"))
		rc = ERR_NOENT;
	free(unit.text);
	return rc;
}

/* In quotes; systemd looks for specifiers (%) in all words, and for variables
 * ($) in all but the first. */
static void
put_word(FILE *out, const char *word, bool first)
{
	fputs(first ? "ExecStart=\"" : " \"", out);
	for (; *word != '\0'; word++) {
		if (*word == '"' || *word == '\\')
			putc('\\', out);
		else if (*word == '%' || (*word == '$' && !first))
			putc(*word, out);
		putc(*word, out);
	}
	putc('"', out);
}

/* No word of it means anything, and no '\' at its end makes the next line part
 * of it. */
static void
put_shown(FILE *out, const char *shown)
{
	fputs("Description=", out);
	for (; *shown != '\0'; shown++) {
		if (*shown == '%')
			putc('%', out);
		putc(*shown == '\\' ? '/' : *shown, out);
	}
	putc('\n', out);
}

/* The unit; NULL: no memory. */
static char *
unit_text(const struct os_service *service)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	int rc;

	if (out == NULL)
		return NULL;
	posix_service_head(out, service);
	fputs("[Unit]\n", out);
	put_shown(out, service->shown != NULL ? service->shown : service->name);
	/* It is started again however often it ends. */
	fputs("StartLimitIntervalSec=0\n\n[Service]\nType=exec\n", out);
	rc = posix_service_words(out, service, put_word);
	fputs("\nRestart=always\nRestartSec=5\nTimeoutStopSec=60\n"
	      "\n[Install]\nWantedBy=multi-user.target\n",
	    out);
	if (fclose(out) == 0 && rc == 0)
		return text;
	free(text);
	return NULL;
}

/* The unit of a service of ours, no link followed. What stands elsewhere, or
 * has no mark, is ERR_EXIST. */
static int
read_ours(struct os_services *services, const char *name, char **text)
{
	char *rel = posix_print("%s.service", name);
	struct os_service_info info;
	int rc;

	*text = NULL;
	if (rel == NULL)
		return ERR_NOMEM;
	rc = posix_service_read(services->dir, rel, text);
	free(rel);
	if (rc == 0 && posix_service_ours(*text))
		return 0;
	free(*text);
	*text = NULL;
	if (rc == ERR_NOENT)
		rc = systemd_look(services, name, &info);
	return rc == ERR_LINK || rc == ERR_ISDIR || rc == ERR_NOTFILE || rc == 0
	    ? ERR_EXIST
	    : rc;
}

static int
systemd_program(struct os_services *services, const char *name, char **program)
{
	char *text;
	int rc = read_ours(services, name, &text);

	*program = NULL;
	if (rc != 0)
		return rc;
	*program = posix_service_program(text);
	free(text);
	return 0;
}

static int
systemd_check(struct os_services *services, const struct os_service *service)
{
	struct os_service_info info;
	char *text, *wanted;
	int rc;

	if ((rc = read_ours(services, service->name, &text)) != 0)
		return rc;
	wanted = unit_text(service);
	rc = wanted == NULL		? ERR_NOMEM
	    : strcmp(text, wanted) == 0 ? 0
					: ERR_CHANGED;
	free(wanted);
	free(text);
	if (rc == 0)
		rc = systemd_look(services, service->name, &info);
	/* The file is there, and systemd has not read it yet. */
	if (rc == ERR_NOENT)
		return ERR_CHANGED;
	if (rc == 0 &&
	    info.start !=
		(service->start == OS_START_DELAYED ? OS_START_AUTO
						    : service->start))
		rc = ERR_CHANGED;
	return rc;
}

/* Makes or removes the file that forbids starts; 1: it was that way. */
static int
forbid(struct os_services *services, const char *name, bool forbidden)
{
	char *folder = posix_print("%s.service.d", name);
	char *file = posix_print("%s.service.d/clisetup.conf", name);
	char *tmp = posix_print("%s.service.d/.clisetup.tmp", name);
	struct os_info info;
	int rc = ERR_NOMEM;

	if (folder == NULL || file == NULL || tmp == NULL)
		goto out;
	rc = os_info(services->dir, file, &info);
	if (rc != 0 && rc != ERR_NOENT)
		goto out;
	if ((rc == 0) == forbidden) {
		rc = 1;
		goto out;
	}
	if (forbidden) {
		rc = os_dir_make(services->dir, folder, OS_PUBLIC);
		if (rc == 0 || rc == ERR_EXIST)
			rc = posix_service_write(services->dir, file, tmp,
			    "[Unit]\nRefuseManualStart=yes\n", 0);
	} else if ((rc = os_remove(services->dir, file)) == 0 &&
	    os_remove_dir(services->dir, folder) != 0) {
		/* Somebody else's files are in it too. */
		rc = os_dir_flush(services->dir, folder);
	}
	if (rc == 0)
		rc = os_dir_flush(services->dir, ".");
out:
	free(tmp);
	free(file);
	free(folder);
	return rc;
}

static int
systemd_set_start(
    struct os_services *services, const char *name, enum os_service_start start)
{
	struct os_service_info info;
	bool enabled = start <= OS_START_DELAYED;
	int rc;

	rc = forbid(services, name, start == OS_START_DISABLED);
	if (rc < 0)
		return rc;
	if (rc == 0 && (rc = reload(services)) != 0)
		return rc;
	rc = command(
	    services, enabled ? "enable" : "disable", NULL, name, 60000);
	if (rc != 0)
		return rc;
	/* A unit that says nothing of being enabled can not be. */
	if ((rc = systemd_look(services, name, &info)) != 0)
		return rc;
	return info.start == (enabled ? OS_START_AUTO : start) ? 0 : ERR_UNSUP;
}

static int
systemd_enrol(struct os_services *services, const struct os_service *service)
{
	char *rel = posix_print("%s.service", service->name);
	char *tmp = posix_print(".%s.service.tmp", service->name);
	char *text = unit_text(service);
	int rc = ERR_NOMEM;

	/* systemd refuses them in the name of a program, however quoted. */
	if (strpbrk(service->program, "\"'\\") != NULL)
		rc = ERR_ARG;
	else if (rel != NULL && tmp != NULL && text != NULL)
		rc = posix_service_write(services->dir, rel, tmp, text, 0);
	free(text);
	free(tmp);
	free(rel);
	if (rc == 0)
		rc = reload(services);
	if (rc == 0)
		rc = systemd_set_start(services, service->name, service->start);
	return rc;
}

static int
systemd_forget(struct os_services *services, const char *name)
{
	char *rel;
	int rc;

	rc = command(services, "disable", NULL, name, 60000);
	if (rc != 0)
		return rc;
	if ((rc = forbid(services, name, false)) < 0)
		return rc;
	if ((rel = posix_print("%s.service", name)) == NULL)
		return ERR_NOMEM;
	rc = os_remove(services->dir, rel);
	free(rel);
	if (rc == 0)
		rc = os_dir_flush(services->dir, ".");
	if (rc == 0)
		rc = reload(services);
	/* What it remembers of a failure is of no use: no matter if this fails. */
	if (rc == 0)
		command(services, "reset-failed", NULL, name, POSIX_ASK_MS);
	return rc;
}

static int
systemd_start(struct os_services *services, const char *name, int timeout_ms)
{
	int64_t end = os_ticks() + timeout_ms * (OS_SECOND / 1000);
	int rc = command(services, "start", NULL, name, timeout_ms);

	if (rc == ERR_NOMEM)
		return rc;
	/* A job that failed: it is started again, and that may do. */
	return posix_service_await(
	    services, name, OS_SERVICE_RUNNING, posix_left(end));
}

/* Was it systemd that ended it by force, before our limit? */
static int
was_forced(struct os_services *services, const char *name)
{
	struct unit unit;
	int rc = show(services, name, "Result", &unit);

	if (rc == 0)
		rc = is(&unit, "Result", "timeout") ? 1 : 0;
	free(unit.text);
	return rc < 0 ? 0 : rc;
}

static int
systemd_stop(struct os_services *services, const char *name, int timeout_ms)
{
	int64_t end = os_ticks() + timeout_ms * (OS_SECOND / 1000);
	int rc = command(services, "stop", NULL, name, timeout_ms);

	if (rc == ERR_NOMEM)
		return rc;
	rc = posix_service_await(
	    services, name, OS_SERVICE_STOPPED, posix_left(end));
	if (rc == 0)
		return was_forced(services, name);
	if (rc != ERR_TIMEOUT)
		return rc;
	/* All processes of the unit, while the stop still stands. */
	rc = command(services, "kill", "--signal=KILL", name, POSIX_ASK_MS);
	if (rc == ERR_NOMEM)
		return rc;
	rc = posix_service_await(
	    services, name, OS_SERVICE_STOPPED, POSIX_FORCE_MS);
	return rc == 0 ? 1 : rc;
}

/* Who needs whom: asked for as far as DEPTH. */
struct walk {
	struct os_services *services;
	int (*each)(void *arg, const char *name);
	void *arg;
	char *seen; /* " A B " */
	int depth;
};

static int add_dependents(struct walk *walk, const char *name);

/* 1: it had its turn. */
static int
see(struct walk *walk, const char *name)
{
	char *word = posix_print(" %s ", name), *more;
	bool known = word != NULL && walk->seen != NULL &&
	    strstr(walk->seen, word) != NULL;

	free(word);
	if (word == NULL)
		return ERR_NOMEM;
	if (known)
		return 1;
	more = posix_print(
	    "%s %s ", walk->seen != NULL ? walk->seen : "", name);
	if (more == NULL)
		return ERR_NOMEM;
	free(walk->seen);
	walk->seen = more;
	return 0;
}

/* One unit of a list: those that need it first, then itself where it runs. */
static int
add_dependent(struct walk *walk, const char *unit, size_t len)
{
	static const char tail[] = ".service";
	struct os_service_info info;
	char *name;
	int rc = 0;

	if (len < sizeof tail || strncmp(unit + len - 8, tail, 8) != 0)
		return 0;
	if ((name = strndup(unit, len - 8)) == NULL)
		return ERR_NOMEM;
	/* No name of os.h: systemd stops it with what it needs. */
	if (!posix_service_name(name))
		goto out;
	if ((rc = see(walk, name)) != 0) {
		rc = rc > 0 ? 0 : rc;
		goto out;
	}
	if ((rc = add_dependents(walk, name)) != 0)
		goto out;
	rc = systemd_look(walk->services, name, &info);
	if (rc == 0 && info.state != OS_SERVICE_STOPPED)
		rc = walk->each(walk->arg, name);
	else if (rc == ERR_NOENT)
		rc = 0;
out:
	free(name);
	return rc;
}

static int
add_dependents(struct walk *walk, const char *name)
{
	static const char *const keys[] = { "RequiredBy", "BoundBy" };
	const char *list;
	struct unit unit;
	size_t len;
	int rc;

	if (walk->depth >= DEPTH)
		return 0;
	if ((rc = show(walk->services, name, "RequiredBy,BoundBy", &unit)) != 0)
		return rc;
	walk->depth++;
	for (size_t i = 0; i < 2 && rc == 0; i++) {
		list = value_of(&unit, keys[i]);
		while (list != NULL && rc == 0) {
			list += strspn(list, " ");
			if ((len = strcspn(list, " \n")) == 0)
				break;
			rc = add_dependent(walk, list, len);
			list += len;
		}
	}
	walk->depth--;
	free(unit.text);
	return rc;
}

static int
systemd_dependents(struct os_services *services, const char *name,
    int (*each)(void *arg, const char *name), void *arg)
{
	struct walk walk = { services, each, arg, NULL, 0 };
	int rc = see(&walk, name);

	if (rc == 0)
		rc = add_dependents(&walk, name);
	free(walk.seen);
	return rc;
}

const struct posix_manager posix_systemd = {
	.name = "systemd",
	.look = systemd_look,
	.check = systemd_check,
	.enrol = systemd_enrol,
	.set_start = systemd_set_start,
	.forget = systemd_forget,
	.start = systemd_start,
	.stop = systemd_stop,
	.dependents = systemd_dependents,
	.program = systemd_program,
};
