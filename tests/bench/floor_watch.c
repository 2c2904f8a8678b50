/*
 * floor_watch FOLDER PROGRAM: the least that a watcher can do: sleeps on
 * inotify and starts PROGRAM for each name that is renamed to *.raw in FOLDER.
 * Prints one line when it watches. What climonnt is compared with.
 */
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int
start(char *program)
{
	char *argv[] = { program, NULL };
	pid_t pid;
	int status;

	if (posix_spawn(&pid, program, NULL, NULL, argv, environ) != 0)
		return -1;
	return waitpid(pid, &status, 0) == pid ? 0 : -1;
}

static int
is_raw(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && strcmp(name + len - 4, ".raw") == 0;
}

/* Starts the program for what one read has brought. */
static int
answer(const char *bytes, ssize_t len, char *program)
{
	const struct inotify_event *event;

	for (ssize_t at = 0; at < len;
	     at += (ssize_t)(sizeof(*event) + event->len)) {
		event = (const struct inotify_event *)(bytes + at);
		if (event->len > 0 && is_raw(event->name) &&
		    start(program) != 0)
			return -1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	_Alignas(struct inotify_event) static char bytes[8192];
	ssize_t len;
	int fd;

	if (argc != 3)
		return 64;
	fd = inotify_init1(IN_CLOEXEC);
	if (fd == -1 || inotify_add_watch(fd, argv[1], IN_MOVED_TO) == -1) {
		perror(argv[1]);
		return 1;
	}
	puts("watching");
	fflush(stdout);
	while ((len = read(fd, bytes, sizeof(bytes))) > 0)
		if (answer(bytes, len, argv[2]) != 0)
			return 1;
	return 1;
}
