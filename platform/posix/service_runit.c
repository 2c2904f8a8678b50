/*
 * Services of runit. A service is a folder NAME with a script `run` in the
 * folder that runsvdir watches; one runsv stands over each and tells its state
 * in supervise/status. Ours have the mark of service.c in `run`. The file `down`
 * is the start mode, of anybody's service: missing for auto; "disabled" in it;
 * anything else is manual.
 *
 * Written below a name that begins with a dot, which runsvdir passes over, and
 * renamed. Commands go through sv, with limits of our own: it waits longer for a
 * service that dies, and does not know how long we may wait.
 */
#include "posix_service.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOTICE_MS    9000 /* runsvdir looks every 5 s */
#define DISABLED     "disabled"

/* supervise/status, 20 bytes */
#define STATUS_BYTES 20
#define STATUS_PID   12 /* little-endian */
#define STATUS_WANT  17 /* 'u', 'd' */
#define STATUS_STATE 19 /* 0 down, 1 run, 2 finish */

/* The folder of a service; a link, which others than we may use, is followed.
 * ERR_NOENT: it is none. */
static int
open_service(
    struct os_services *services, const char *name, struct os_dir **dir)
{
	char *path = posix_print("%s/%s", services->folder, name);
	struct os_info info;
	int rc;

	*dir = NULL;
	if (path == NULL)
		return ERR_NOMEM;
	rc = os_dir_open(path, dir);
	free(path);
	if (rc == 0)
		rc = os_info(*dir, "run", &info);
	if (rc == 0)
		return 0;
	os_dir_close(*dir);
	*dir = NULL;
	return rc == ERR_NOTDIR ? ERR_NOENT : rc;
}

static int
start_mode(struct os_dir *dir, enum os_service_start *start)
{
	char *text;
	int rc = posix_service_read(dir, "down", &text);

	*start = OS_START_AUTO;
	if (rc == ERR_NOENT)
		return 0;
	*start = rc == 0 && strncmp(text, DISABLED, strlen(DISABLED)) == 0
	    ? OS_START_DISABLED
	    : OS_START_MANUAL;
	free(text);
	return 0;
}

/* A file of `supervise`, which may be a link to a folder in /run. */
static int
open_supervise(
    struct os_services *services, const char *name, const char *file, int flags)
{
	char *path = posix_print(
	    "%s/%s/supervise/%s", services->folder, name, file);
	int fd = -1;

	if (path != NULL)
		POSIX_RETRY(
		    fd, open(path, flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
	else
		errno = ENOMEM;
	free(path);
	return fd;
}

/* Does a runsv stand over it? It reads the FIFO `ok` as long as it lives. Where
 * there is no such FIFO, the status counts as it is. */
static bool
is_watched(struct os_services *services, const char *name)
{
	int fd = open_supervise(services, name, "ok", O_WRONLY);

	if (fd == -1)
		return errno == EACCES;
	close(fd);
	return true;
}

static bool
is_abandoned(struct os_services *services, const char *name)
{
	int fd = open_supervise(services, name, "ok", O_WRONLY);

	if (fd != -1)
		close(fd);
	return fd == -1 && errno == ENXIO;
}

/* Where there is no such file sv says it, if anybody: "run: NAME: (pid 7) 9s",
 * "down: NAME: 9s". What it fails for does not run. */
static int
ask_sv(struct os_services *services, const char *name,
    struct os_service_info *info)
{
	char *path = posix_print("%s/%s", services->folder, name);
	const char *args[] = { "status", path, NULL }, *pid;
	char *text = NULL;
	int rc = ERR_NOMEM;

	if (path != NULL)
		rc = posix_service_run(services, args, POSIX_ASK_MS, &text);
	free(path);
	if (rc >= 0 && text != NULL && strncmp(text, "run:", 4) == 0) {
		info->state = OS_SERVICE_RUNNING;
		pid = strstr(text, "(pid ");
		if (pid != NULL)
			info->process = strtoull(pid + 5, NULL, 10);
	}
	free(text);
	return rc < 0 ? rc : 0;
}

static int
runit_look(struct os_services *services, const char *name,
    struct os_service_info *info)
{
	unsigned char status[STATUS_BYTES];
	struct os_dir *dir;
	ssize_t n = 0;
	int fd, rc;

	if ((rc = open_service(services, name, &dir)) != 0)
		return rc;
	rc = start_mode(dir, &info->start);
	os_dir_close(dir);
	info->state = OS_SERVICE_STOPPED;
	info->process = 0;
	if (rc != 0 || is_abandoned(services, name))
		return rc;
	fd = open_supervise(services, name, "status", O_RDONLY);
	if (fd == -1)
		return errno == ENOENT ? ask_sv(services, name, info)
				       : posix_error(errno);
	POSIX_RETRY(n, read(fd, status, sizeof status));
	close(fd);
	if (n != STATUS_BYTES)
		return 0;
	for (size_t i = 4; i-- > 0;)
		info->process = info->process << 8 | status[STATUS_PID + i];
	if (status[STATUS_STATE] == 1 && status[STATUS_WANT] != 'd')
		info->state = OS_SERVICE_RUNNING;
	else if (status[STATUS_STATE] != 0 || status[STATUS_WANT] == 'u')
		info->state = OS_SERVICE_CHANGING;
	return 0;
}

/* 'word', with every ' in it as '\'' */
static void
put_word(FILE *out, const char *word, bool first)
{
	fputs(first ? "exec '" : " '", out);
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			fputs("'\\''", out);
		else
			putc(*word, out);
	}
	putc('\'', out);
}

/* The script; NULL: no memory. */
static char *
script(const struct os_service *service)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	int rc;

	if (out == NULL)
		return NULL;
	fputs("#!/bin/sh\n", out);
	posix_service_head(out, service);
	rc = posix_service_words(out, service, put_word);
	putc('\n', out);
	if (fclose(out) == 0 && rc == 0)
		return text;
	free(text);
	return NULL;
}

/* The script of a service of ours, no link followed. */
static int
read_ours(struct os_services *services, const char *name, char **text)
{
	char *rel = posix_print("%s/run", name);
	struct os_info info;
	int rc;

	*text = NULL;
	if (rel == NULL)
		return ERR_NOMEM;
	rc = os_info(services->dir, name, &info);
	if (rc == 0)
		rc = posix_service_read(services->dir, rel, text);
	free(rel);
	/* Whatever stands there and cannot be read as ours is somebody's. */
	if (rc == 0 && posix_service_ours(*text))
		return 0;
	free(*text);
	*text = NULL;
	if (rc == ERR_NOENT && os_info(services->dir, name, &info) != 0)
		return ERR_NOENT;
	return rc == ERR_NOMEM || rc == ERR_IO || rc == ERR_ACCES ? rc
								  : ERR_EXIST;
}

static int
runit_program(struct os_services *services, const char *name, char **program)
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
runit_check(struct os_services *services, const struct os_service *service)
{
	struct os_service_info info;
	char *text, *wanted;
	int rc;

	if ((rc = read_ours(services, service->name, &text)) != 0)
		return rc;
	wanted = script(service);
	rc = wanted == NULL		? ERR_NOMEM
	    : strcmp(text, wanted) == 0 ? 0
					: ERR_CHANGED;
	free(wanted);
	free(text);
	if (rc == 0)
		rc = runit_look(services, service->name, &info);
	if (rc == 0 &&
	    info.start !=
		(service->start == OS_START_DELAYED ? OS_START_AUTO
						    : service->start))
		rc = ERR_CHANGED;
	return rc;
}

static int
set_down(struct os_dir *dir, enum os_service_start start)
{
	int rc;

	if (start != OS_START_AUTO && start != OS_START_DELAYED)
		return posix_service_write(dir, "down", ".down.tmp",
		    start == OS_START_DISABLED ? DISABLED "\n" : "", 0);
	if ((rc = os_remove(dir, "down")) != 0)
		return rc == ERR_NOENT ? 0 : rc;
	return os_dir_flush(dir, ".");
}

static int
runit_set_start(
    struct os_services *services, const char *name, enum os_service_start start)
{
	struct os_dir *dir;
	int rc = open_service(services, name, &dir);

	if (rc != 0)
		return rc;
	rc = set_down(dir, start);
	os_dir_close(dir);
	return rc;
}

/* Takes a folder of ours away: its files, and those of supervise. */
static int
remove_folder(int at, const char *name, int depth)
{
	struct dirent *entry;
	DIR *list;
	int fd, rc;

	if ((rc = posix_folder(at, name, O_RDONLY, &fd)) != 0)
		return rc == ERR_NOENT ? 0 : rc;
	if ((list = fdopendir(fd)) == NULL) {
		close(fd);
		return ERR_NOMEM;
	}
	while ((entry = readdir(list)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, entry->d_name, 0) == -1 && errno == EISDIR &&
		    depth > 0)
			remove_folder(fd, entry->d_name, depth - 1);
	}
	closedir(list);
	return unlinkat(at, name, AT_REMOVEDIR) == 0 ? 0 : posix_error(errno);
}

/* Is one of the arguments of this process our folder? */
static bool
watches(const char *pid, const struct stat *folder)
{
	char path[64], words[4096], *word, *file;
	bool same = false;
	struct stat st;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%.20s/cmdline", pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return false;
	POSIX_RETRY(n, read(fd, words, sizeof words - 1));
	close(fd);
	if (n <= 0)
		return false;
	words[n] = '\0';
	if (strstr(words, "runsvdir") == NULL)
		return false;
	for (word = words; word < words + n && !same;
	     word += strlen(word) + 1) {
		file = *word == '/' ? strdup(word)
				    : posix_print("/proc/%s/cwd/%s", pid, word);
		same = file != NULL && stat(file, &st) == 0 &&
		    st.st_ino == folder->st_ino && st.st_dev == folder->st_dev;
		free(file);
	}
	return same;
}

/* Does a runsvdir watch our folder? */
static bool
has_runsvdir(struct os_services *services)
{
	struct dirent *entry;
	struct stat folder;
	bool found = false;
	DIR *list;

	if (stat(services->folder, &folder) == -1 ||
	    (list = opendir("/proc")) == NULL)
		return false;
	while (!found && (entry = readdir(list)) != NULL)
		found = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    watches(entry->d_name, &folder);
	closedir(list);
	return found;
}

/* Waits until a runsv stands over the new service, where somebody starts one:
 * what it finds there at that moment it acts on. */
static int
await_watcher(struct os_services *services, const char *name)
{
	int64_t end = os_ticks() + NOTICE_MS * (OS_SECOND / 1000);

	while (!is_watched(services, name)) {
		if (!has_runsvdir(services))
			return 0;
		if (posix_left(end) == 0)
			return ERR_TIMEOUT;
		posix_service_nap();
	}
	return 0;
}

/*
 * A new folder has `down` until its runsv was there, so that it is not started
 * yet; whoever dies before leaves one that runit_check finds different.
 */
static int
enrol_new(struct os_services *services, const char *name, const char *text)
{
	char *tmp = posix_print(".%s.new.tmp", name);
	struct os_dir *dir = NULL;
	int rc;

	if (tmp == NULL)
		return ERR_NOMEM;
	if ((rc = remove_folder(services->dir->fd, tmp, 2)) != 0)
		goto out;
	if ((rc = os_dir_make(services->dir, tmp, OS_PUBLIC)) != 0)
		goto out;
	if ((rc = os_dir_open_in(services->dir, tmp, &dir)) != 0)
		goto out;
	rc = posix_service_write(dir, "run", ".run.tmp", text, OS_EXEC);
	if (rc == 0)
		rc = posix_service_write(dir, "down", ".down.tmp", "new\n", 0);
	if (rc == 0)
		rc = os_rename_new(services->dir, tmp, services->dir, name);
	if (rc == 0)
		rc = os_dir_flush(services->dir, ".");
	else
		remove_folder(services->dir->fd, tmp, 2);
	if (rc == 0)
		rc = await_watcher(services, name);
out:
	os_dir_close(dir);
	free(tmp);
	return rc;
}

static int
runit_enrol(struct os_services *services, const struct os_service *service)
{
	char *text = script(service), *run = NULL, *tmp = NULL;
	struct os_info info;
	int rc;

	run = posix_print("%s/run", service->name);
	tmp = posix_print("%s/.run.tmp", service->name);
	if (text == NULL || run == NULL || tmp == NULL) {
		rc = ERR_NOMEM;
		goto out;
	}
	rc = os_info(services->dir, service->name, &info);
	if (rc == ERR_NOENT)
		rc = enrol_new(services, service->name, text);
	else if (rc == 0)
		rc = posix_service_write(
		    services->dir, run, tmp, text, OS_EXEC);
	/* The one before this may have died while it waited. */
	if (rc == 0)
		rc = await_watcher(services, service->name);
	if (rc == 0)
		rc = runit_set_start(services, service->name, service->start);
out:
	free(tmp);
	free(run);
	free(text);
	return rc;
}

static int
command(struct os_services *services, const char *what, const char *name,
    int timeout_ms)
{
	char *path = posix_print("%s/%s", services->folder, name);
	char *limit = posix_print("%d", timeout_ms / 1000 + 1);
	const char *args[] = { "-w", limit, what, path, NULL };
	int rc = ERR_NOMEM;

	if (path != NULL && limit != NULL)
		rc = posix_service_run(services, args, timeout_ms, NULL);
	free(limit);
	free(path);
	return rc;
}

static int
runit_forget(struct os_services *services, const char *name)
{
	int64_t end = os_ticks() + POSIX_FORCE_MS * (OS_SECOND / 1000);
	char *gone = posix_print(".%s.old.tmp", name);
	int rc;

	if (gone == NULL)
		return ERR_NOMEM;
	if ((rc = remove_folder(services->dir->fd, gone, 2)) == 0)
		rc = os_rename_new(services->dir, name, services->dir, gone);
	if (rc == 0)
		rc = os_dir_flush(services->dir, ".");
	if (rc != 0)
		goto out;
	/* runsv ends with its folder gone too, up to 5 s later. */
	if (is_watched(services, gone))
		command(services, "exit", gone, POSIX_FORCE_MS);
	while (is_watched(services, gone) && posix_left(end) > 0)
		posix_service_nap();
	rc = remove_folder(services->dir->fd, gone, 2);
out:
	free(gone);
	return rc;
}

static int
runit_start(struct os_services *services, const char *name, int timeout_ms)
{
	int64_t end = os_ticks() + timeout_ms * (OS_SECOND / 1000);
	struct os_service_info info;
	int left, rc;

	/* Until its runsv is there sv fails at once. */
	for (;;) {
		left = posix_left(end);
		rc = command(services, "start", name, left > 0 ? left : 1);
		if (rc == ERR_NOMEM)
			return rc;
		rc = runit_look(services, name, &info);
		if (rc != 0 || info.state == OS_SERVICE_RUNNING)
			return rc;
		if (posix_left(end) == 0)
			return ERR_TIMEOUT;
		posix_service_nap();
	}
}

static int
runit_stop(struct os_services *services, const char *name, int timeout_ms)
{
	int64_t end = os_ticks() + timeout_ms * (OS_SECOND / 1000);
	int rc = command(services, "stop", name, timeout_ms);

	if (rc == ERR_NOMEM)
		return rc;
	rc = posix_service_await(
	    services, name, OS_SERVICE_STOPPED, posix_left(end));
	if (rc != ERR_TIMEOUT)
		return rc;
	if ((rc = command(services, "kill", name, POSIX_ASK_MS)) == ERR_NOMEM)
		return rc;
	rc = posix_service_await(
	    services, name, OS_SERVICE_STOPPED, POSIX_FORCE_MS);
	return rc == 0 ? 1 : rc;
}

/* runit knows of none. */
static int
runit_dependents(struct os_services *services, const char *name,
    int (*each)(void *arg, const char *name), void *arg)
{
	(void)services;
	(void)name;
	(void)each;
	(void)arg;
	return 0;
}

const struct posix_manager posix_runit = {
	.name = "runit",
	.look = runit_look,
	.check = runit_check,
	.enrol = runit_enrol,
	.set_start = runit_set_start,
	.forget = runit_forget,
	.start = runit_start,
	.stop = runit_stop,
	.dependents = runit_dependents,
	.program = runit_program,
};
