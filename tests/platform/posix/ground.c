/* The ground of the tests; see ../ground.h and posix_ground.h. */
#include "posix_ground.h"

#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_S 60 /* of one test; they take far less */

int ground_fd;

int
ground_setup(void **state)
{
	static char *base; /* tests go to other folders */

	(void)state;
	if (base == NULL && getenv("TEST_DIR") != NULL)
		base = realpath(getenv("TEST_DIR"), NULL);
	if (base == NULL) {
		fputs("TEST_DIR must name a folder\n", stderr);
		return -1;
	}
	snprintf(ground.path, sizeof(ground.path), "%s/t.XXXXXX", base);
	if (mkdtemp(ground.path) == NULL || chmod(ground.path, 0755) == -1)
		return -1;
	ground_fd = open(ground.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ground_fd == -1 || os_dir_open(ground.path, &ground.dir) != 0)
		return -1;
	umask(022);
	alarm(LIMIT_S);
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

int
ground_teardown(void **state)
{
	(void)state;
	alarm(0);
	if (chdir("/") == -1)
		return -1;
	os_dir_close(ground.dir);
	close(ground_fd);
	return nftw(ground.path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void
ground_put(const char *rel, const char *text)
{
	int fd = openat(ground_fd, rel, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

void
ground_folder(const char *rel)
{
	assert_int_equal(mkdirat(ground_fd, rel, 0755), 0);
}

void
ground_link(const char *target, const char *rel)
{
	assert_int_equal(symlinkat(target, ground_fd, rel), 0);
}

void
ground_fifo(const char *rel)
{
	assert_int_equal(mkfifoat(ground_fd, rel, 0666), 0);
}

void
ground_move(const char *from, const char *to)
{
	assert_int_equal(renameat(ground_fd, from, ground_fd, to), 0);
}

void
ground_env(const char *name, const char *value)
{
	assert_int_equal(
	    value == NULL ? unsetenv(name) : setenv(name, value, 1), 0);
}

const char *
ground_get(const char *rel)
{
	static char text[8192];
	int fd = openat(ground_fd, rel, O_RDONLY | O_NOFOLLOW);
	ssize_t n;

	if (fd == -1)
		return "(none)";
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

unsigned
ground_mode(const char *rel)
{
	struct stat st;

	assert_int_equal(fstatat(ground_fd, rel, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_mode & 07777;
}

bool
ground_is_link(const char *rel)
{
	struct stat st;

	return fstatat(ground_fd, rel, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(st.st_mode);
}

bool
ground_immutable(const char *rel, bool on)
{
	int fd = openat(ground_fd, rel, O_RDONLY | O_CLOEXEC);
	int flags = 0, r;

	assert_int_not_equal(fd, -1);
	r = ioctl(fd, FS_IOC_GETFLAGS, &flags);
	flags = on ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
	if (r == 0)
		r = ioctl(fd, FS_IOC_SETFLAGS, &flags);
	close(fd);
	return r == 0;
}

int
in_child(int (*body)(void *arg), void *arg)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		alarm(LIMIT_S / 2);
		_exit(-body(arg) & 0xff);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status)
				   : -WEXITSTATUS(status);
}

struct body {
	int (*run)(void *arg);
	void *arg;
};

static int
become_nobody(void *arg)
{
	const struct body *body = arg;

	if (setgroups(0, NULL) == -1 || setresgid(65534, 65534, 65534) == -1 ||
	    setresuid(65534, 65534, 65534) == -1)
		return -200;
	umask(022);
	return body->run(body->arg);
}

int
as_nobody(int (*body)(void *arg), void *arg)
{
	struct body whole = { body, arg };

	if (geteuid() != 0)
		skip(); /* cmocka counts and shows it */
	return in_child(become_nobody, &whole);
}

int
refuse_call(int number, int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 4, code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int
mount_here(const char *rel, const char *options)
{
	if (unshare(CLONE_NEWNS) == -1)
		return errno == EPERM ? MAY_NOT_MOUNT : -200;
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("tmpfs", ground_path(rel), "tmpfs", 0, options) == -1)
		return errno == EPERM || errno == EACCES ? MAY_NOT_MOUNT : -200;
	return 0;
}

pid_t
ground_last_child(void)
{
	char path[64];
	FILE *list;
	int pid = 0, found = 0;

	snprintf(
	    path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	list = fopen(path, "r");
	assert_non_null(list);
	while (fscanf(list, "%d", &pid) == 1)
		found = pid;
	fclose(list);
	assert_true(found > 0);
	return found;
}

void
ground_await_end(pid_t pid)
{
	char path[64], text[256];
	FILE *file;

	assert_true(pid > 0);
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	while ((file = fopen(path, "r")) != NULL) {
		text[0] = '\0';
		if (fgets(text, sizeof(text), file) == NULL)
			text[0] = '\0';
		fclose(file);
		/* Where nobody reaps orphans it stays as a zombie. */
		if (text[0] == '\0' || strstr(text, ") Z ") != NULL)
			break;
		poll(NULL, 0, 10);
	}
}
