/*
 * hang COUNT FOLDER PROGRAM ARGUMENT...: runs a program while FOLDER/1/SMS_SHR
 * to FOLDER/COUNT/SMS_SHR are shares whose server hangs: file systems of which
 * nobody answers a question. They exist only for the program, in a mount
 * namespace of its own, and are gone with it; after LIMIT seconds they answer
 * with errors. Ends with the code of the program, or with 77 where this
 * machine does not let us mount them.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT  120
#define CANNOT 77

extern char **environ;

static _Noreturn void
cannot(const char *what)
{
	fprintf(stderr, "hang: %s: %s\n", what, strerror(errno));
	exit(CANNOT);
}

static void
make_folder(const char *path)
{
	if (mkdir(path, 0755) == -1 && errno != EEXIST)
		cannot(path);
}

/* The descriptor stays open: closed, it would be a server that is gone. */
static void
mount_one(const char *folder, long number)
{
	char *path, options[128];
	int fd;

	if (asprintf(&path, "%s/%ld/SMS_SHR", folder, number) == -1)
		cannot(folder);
	*strrchr(path, '/') = '\0';
	make_folder(path);
	path[strlen(path)] = '/';
	make_folder(path);
	if ((fd = open("/dev/fuse", O_RDWR | O_CLOEXEC)) == -1)
		cannot("/dev/fuse");
	snprintf(options, sizeof(options),
	    "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	if (mount("hang", path, "fuse", MS_NOSUID | MS_NODEV, options) == -1)
		cannot(path);
	free(path);
}

int
main(int argc, char **argv)
{
	long count, i;
	pid_t pid;
	int status;

	if (argc < 4 || (count = atol(argv[1])) < 1)
		return 64;
	if (unshare(CLONE_NEWNS) == -1 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		cannot("mount namespace");
	make_folder(argv[2]);
	for (i = 1; i <= count; i++)
		mount_one(argv[2], i);
	alarm(LIMIT);
	if (posix_spawnp(&pid, argv[3], NULL, NULL, argv + 3, environ) != 0)
		cannot(argv[3]);
	if (waitpid(pid, &status, 0) != pid)
		cannot("lost");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
