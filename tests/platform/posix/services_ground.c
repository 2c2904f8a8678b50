/* The ground of the tests of services; see services_ground.h. */
#include "services_ground.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct os_services *services;
static pid_t runsvdir;
static char *old_path;

static int
setup(void **state, const char *folder)
{
	static const char *const above[] = { "run", "etc", "run/systemd",
		"etc/systemd" };

	if (ground_setup(state) != 0)
		return -1;
	old_path = strdup(getenv("PATH"));
	ground_env("SMS_SYSROOT", ground.path);
	ground_env("SVDIR", NULL);
	for (size_t i = 0; i < sizeof above / sizeof *above; i++)
		ground_folder(above[i]);
	ground_folder(folder);
	return 0;
}

int
runit_setup(void **state)
{
	if (setup(state, "etc/service") != 0)
		return -1;
	/* Without runit the tests that need it are shown as skipped. */
	if (os_services_open(NULL, &services) != 0)
		services = NULL;
	return 0;
}

void
ground_runsvdir(void)
{
	pid_t parent = getpid();
	int begun[2];
	char none;

	if (services == NULL)
		skip();
	assert_int_equal(pipe2(begun, O_CLOEXEC), 0);
	runsvdir = fork();
	assert_int_not_equal(runsvdir, -1);
	if (runsvdir != 0) {
		/* Closed when it is runsvdir: before that nobody would see that
		 * there is one. */
		close(begun[1]);
		assert_int_equal(read(begun[0], &none, 1), 0);
		close(begun[0]);
		return;
	}
	/* SIGHUP: it ends all its services, however we end. */
	prctl(PR_SET_PDEATHSIG, SIGHUP);
	alarm(0);
	if (getppid() == parent)
		execlp("runsvdir", "runsvdir", "-P", ground_path("etc/service"),
		    (char *)NULL);
	_exit(127);
}

/* The end of a process that is known by a file of runsv's. */
static void
kill_by_file(const char *rel)
{
	int pid = atoi(ground_get(rel));

	if (pid > 1)
		kill(pid, SIGKILL);
}

static bool
is_supervised(const char *name)
{
	char rel[400];
	int fd;

	snprintf(rel, sizeof rel, "etc/service/%s/supervise/ok", name);
	fd = openat(ground_fd, rel, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd != -1)
		close(fd);
	return fd != -1;
}

/* Waits for the end of all runsv; what does not end on request is killed. */
static void
end_services(void)
{
	char rel[400];
	struct dirent *entry;
	DIR *list = opendir(ground_path("etc/service"));

	while (list != NULL && (entry = readdir(list)) != NULL) {
		snprintf(rel, sizeof rel, "etc/service/%s/supervise/pid",
		    entry->d_name);
		for (int i = 0; is_supervised(entry->d_name) && i < 500; i++) {
			if (i == 100)
				kill_by_file(rel);
			poll(NULL, 0, 10);
		}
	}
	if (list != NULL)
		closedir(list);
}

int
systemd_setup(void **state)
{
	char path[5000];

	if (setup(state, "etc/systemd/system") != 0)
		return -1;
	ground_folder("run/systemd/system");
	ground_folder("bin");
	ground_folder("stub");
	snprintf(path, sizeof path, "%s/bin:%s", ground.path, old_path);
	ground_env("PATH", path);
	ground_env("STUB", ground_path("stub"));
	ground_script("bin/systemctl",
	    "cd \"$STUB\" || exit 1\n"
	    "[ ! -e hangs ] || exec sleep 1000\n"
	    "[ \"$1\" != --no-ask-password ] || shift\n"
	    "for last; do :; done\n"
	    "name=${last%.service}\n"
	    "unit=$SMS_SYSROOT/etc/systemd/system/$last\n"
	    "[ \"$1\" = show ] || echo \"$*\" >>log\n"
	    "[ ! -e \"$name.fails\" ] || [ \"$1\" = show ] || exit 1\n"
	    "case $1 in\n"
	    "show)\n"
	    "	is=not-found; [ ! -e \"$unit\" ] && [ ! -e \"$name.there\" ] ||\n"
	    "		is=loaded\n"
	    "	echo LoadState=$is\n"
	    "	is=inactive; [ ! -e \"$name.is\" ] || is=$(cat \"$name.is\")\n"
	    "	echo ActiveState=$is\n"
	    "	[ $is != active ] || echo MainPID=4711\n"
	    "	is=disabled; [ ! -e \"$name.on\" ] || is=enabled\n"
	    "	echo UnitFileState=$is\n"
	    "	! grep -qs RefuseManualStart=yes \"$unit.d/\"*.conf ||\n"
	    "		echo RefuseManualStart=yes\n"
	    "	[ ! -e \"$name.by\" ] || cat \"$name.by\"\n"
	    "	[ ! -e \"$name.forced\" ] || echo Result=timeout ;;\n"
	    "start) echo active >\"$name.is\" ;;\n"
	    "stop) [ ! -e \"$name.sticks\" ] || exec sleep 1000\n"
	    "	echo inactive >\"$name.is\" ;;\n"
	    "kill) echo failed >\"$name.is\" ;;\n"
	    "enable) [ -e \"$name.static\" ] || : >\"$name.on\" ;;\n"
	    "disable) rm -f \"$name.on\" ;;\n"
	    "esac\n");
	return os_services_open(NULL, &services);
}

int
services_teardown(void **state)
{
	int status;

	os_services_close(services);
	services = NULL;
	if (runsvdir > 0) {
		kill(runsvdir, SIGHUP);
		waitpid(runsvdir, &status, 0);
		runsvdir = 0;
		end_services();
	}
	ground_env("PATH", old_path);
	ground_env("SMS_SYSROOT", NULL);
	ground_env("SVDIR", NULL);
	ground_env("STUB", NULL);
	free(old_path);
	return ground_teardown(state);
}

void
ground_script(const char *rel, const char *text)
{
	char whole[8192];

	snprintf(whole, sizeof whole, "#!/bin/sh\n%s", text);
	ground_put(rel, whole);
	assert_int_equal(fchmodat(ground_fd, rel, 0755, 0), 0);
}

static struct os_service_info
look(const char *name)
{
	struct os_service_info info;

	assert_int_equal(os_service_look(services, name, &info), 0);
	return info;
}

enum os_service_state
state_of(const char *name)
{
	return look(name).state;
}

uint64_t
process_of(const char *name)
{
	return look(name).process;
}

enum os_service_start
start_of(const char *name)
{
	return look(name).start;
}

void
await_state(const char *name, enum os_service_state state)
{
	while (state_of(name) != state)
		poll(NULL, 0, 5);
}

bool
ground_there(const char *rel)
{
	return faccessat(ground_fd, rel, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

const char *
ground_names(const char *rel)
{
	static char names[4096];
	struct dirent **list;
	int n = scandir(ground_path(rel), &list, NULL, alphasort);

	names[0] = '\0';
	for (int i = 0; i < n; i++) {
		if (strcmp(list[i]->d_name, ".") != 0 &&
		    strcmp(list[i]->d_name, "..") != 0) {
			strcat(names, list[i]->d_name);
			strcat(names, " ");
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return names;
}
