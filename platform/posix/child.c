/*
 * Other processes: programs that we start, and copies of ourselves that do
 * what may hang. Whoever may hang is never waited for without a limit.
 */
#include "posix.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POLL_MS 20 /* where the kernel has no pidfd */

struct os_child {
	pid_t pid; /* 0: detached, not our child */
	int pidfd; /* -1: there is none */
	bool ended;
	int code;
};

/* Children that nobody waits for, until they have ended. */
struct left {
	pid_t pid;
	struct left *next;
};

static struct left *left_behind;

static void
reap(void)
{
	struct left **p = &left_behind, *gone;

	while (*p != NULL) {
		if (waitpid((*p)->pid, NULL, WNOHANG) == 0) {
			p = &(*p)->next;
			continue;
		}
		gone = *p;
		*p = gone->next;
		free(gone);
	}
}

void
posix_forget(pid_t pid)
{
	struct left *left;

	reap();
	if (waitpid(pid, NULL, WNOHANG) != 0)
		return;
	/* Without memory it stays in the process table until we end. */
	if ((left = malloc(sizeof(*left))) == NULL)
		return;
	left->pid = pid;
	left->next = left_behind;
	left_behind = left;
}

int
posix_fork(pid_t *pid)
{
	pid_t parent = getpid();
	sigset_t all, old;

	reap();
	/* No signal may reach our handlers in the child: they would wake us
	 * through what both still share. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	*pid = fork();
	if (*pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		posix_locks_abandon();
		posix_signals_reset();
		return 0;
	}
	int error = errno;

	sigprocmask(SIG_SETMASK, &old, NULL);
	return *pid == -1 ? posix_error(error) : 0;
}

/* Files of the new program: the standard ones, or nothing. */
static int
add_files(posix_spawn_file_actions_t *files, unsigned how)
{
	int e = 0;

	if (how & OS_DETACHED)
		e = posix_spawn_file_actions_addopen(
		    files, 0, "/dev/null", O_RDONLY, 0);
	if (e == 0 && (how & OS_QUIET))
		e = posix_spawn_file_actions_addopen(
		    files, 1, "/dev/null", O_WRONLY, 0);
	if (e == 0 && (how & OS_QUIET))
		e = posix_spawn_file_actions_adddup2(files, 1, 2);
	/* Ours close by themselves; this is for what we inherited. */
	if (e == 0)
		e = posix_spawn_file_actions_addclosefrom_np(files, 3);
	return e;
}

static int
spawn(const char *const argv[], unsigned how, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
	sigset_t none, pipes;
	int e;

	if (how & OS_DETACHED)
		flags |= POSIX_SPAWN_SETSID;
	sigemptyset(&none);
	sigemptyset(&pipes);
	sigaddset(&pipes, SIGPIPE);
	if (posix_spawn_file_actions_init(&files) != 0)
		return ERR_NOMEM;
	if (posix_spawnattr_init(&attributes) != 0) {
		posix_spawn_file_actions_destroy(&files);
		return ERR_NOMEM;
	}
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &pipes);
	posix_spawnattr_setflags(&attributes, flags);
	if ((e = add_files(&files, how)) == 0)
		e = posix_spawn(pid, argv[0], &files, &attributes,
		    (char *const *)argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return e == 0 ? 0 : posix_error(e);
}

/* Reads what a child reports. ERR_IO when it died before. */
static int
read_report(int fd, int *report)
{
	ssize_t n;

	POSIX_RETRY(n, read(fd, report, sizeof(*report)));
	return n == (ssize_t)sizeof(*report) ? 0 : ERR_IO;
}

static void
write_report(int fd, int report)
{
	ssize_t n;

	POSIX_RETRY(n, write(fd, &report, sizeof(report)));
	_exit(n == (ssize_t)sizeof(report) ? 0 : 1);
}

/*
 * The program becomes a child of a child that ends at once, and so one of
 * init's: it is nothing to us any more, and we are nothing to it.
 */
static int
spawn_detached(const char *const argv[], unsigned how)
{
	int ends[2], report, r;
	pid_t between, pid;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return posix_error(errno);
	if ((r = posix_fork(&between)) < 0) {
		close(ends[0]);
		close(ends[1]);
		return r;
	}
	if (between == 0)
		write_report(ends[1], spawn(argv, how, &pid));
	close(ends[1]);
	if ((r = read_report(ends[0], &report)) == 0)
		r = report;
	close(ends[0]);
	POSIX_RETRY(pid, waitpid(between, NULL, 0));
	return r;
}

int
os_spawn(const char *const argv[], unsigned how, struct os_child **child)
{
	int r;

	*child = NULL;
	if (argv == NULL || argv[0] == NULL)
		return ERR_ARG;
	/* Where our parent ignored it, exit codes would be lost. */
	signal(SIGCHLD, SIG_DFL);
	reap();
	if ((*child = calloc(1, sizeof(**child))) == NULL)
		return ERR_NOMEM;
	(*child)->pidfd = -1;
	if (how & OS_DETACHED)
		r = spawn_detached(argv, how);
	else if ((r = spawn(argv, how, &(*child)->pid)) == 0)
		(*child)->pidfd = (int)syscall(
		    SYS_pidfd_open, (*child)->pid, 0);
	if (r < 0) {
		free(*child);
		*child = NULL;
	}
	return r;
}

/* Takes the exit code when it has ended. */
static bool
has_ended(struct os_child *child)
{
	int status;
	pid_t r;

	if (child->ended)
		return true;
	POSIX_RETRY(r, waitpid(child->pid, &status, WNOHANG));
	if (r == 0)
		return false;
	child->ended = true;
	if (r == -1)
		child->code = 255; /* not known; surely no success */
	else if (WIFSIGNALED(status))
		child->code = 128 + WTERMSIG(status);
	else
		child->code = WEXITSTATUS(status);
	return true;
}

/* Waits as posix_wait does, in naps. */
static int
wait_in_naps(struct os_child *child, int timeout_ms)
{
	int64_t end = os_ticks() + timeout_ms * (OS_SECOND / 1000);
	int r;

	while (!has_ended(child)) {
		if (timeout_ms >= 0 && os_ticks() >= end)
			return ERR_TIMEOUT;
		if ((r = os_sleep(POLL_MS)) < 0)
			return r;
	}
	return 0;
}

int
os_child_wait(struct os_child *child, int timeout_ms, int *code)
{
	struct pollfd fds[2] = { { child->pidfd, POLLIN, 0 } };
	int r;

	if (child->pid == 0)
		return ERR_UNSUP;
	if (!has_ended(child)) {
		r = child->pidfd == -1 ? wait_in_naps(child, timeout_ms)
				       : posix_wait(fds, 1, timeout_ms);
		if (r < 0)
			return r;
	}
	if (!has_ended(child))
		return ERR_TIMEOUT;
	*code = child->code;
	return 0;
}

void
os_child_end(struct os_child *child)
{
	/* Until its exit code was taken the number is not used again. */
	if (child->pid != 0 && !has_ended(child))
		kill(child->pid, SIGKILL);
}

void
os_child_free(struct os_child *child)
{
	if (child == NULL)
		return;
	if (child->pid != 0 && !child->ended)
		posix_forget(child->pid);
	if (child->pidfd != -1)
		close(child->pidfd);
	free(child);
}

int
os_self(char **path)
{
	static const char gone[] = " (deleted)";
	char text[PATH_MAX];
	ssize_t len;

	*path = NULL;
	len = readlink("/proc/self/exe", text, sizeof(text));
	if (len < 0)
		return posix_error(errno);
	if ((size_t)len == sizeof(text))
		return ERR_NAME;
	text[len] = '\0';
	len -= (ssize_t)sizeof(gone) - 1;
	if (len > 0 && strcmp(text + len, gone) == 0 &&
	    access(text, F_OK) == -1)
		text[len] = '\0';
	*path = strdup(text);
	return *path == NULL ? ERR_NOMEM : 0;
}

/* A child that is left behind must not keep a pipe of our caller open: the
 * shell that reads it would wait for the server that hangs. */
static void
silence(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; fd != -1 && i < 3; i++)
		dup2(fd, i);
}

static int
run_limited(int (*work)(void *arg), void *arg, int timeout_ms)
{
	struct pollfd fds[2];
	int ends[2], report, r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return posix_error(errno);
	if ((r = posix_fork(&pid)) < 0) {
		close(ends[0]);
		close(ends[1]);
		return r;
	}
	if (pid == 0) {
		silence();
		close(ends[0]);
		write_report(ends[1], work(arg));
	}
	close(ends[1]);
	fds[0].fd = ends[0];
	fds[0].events = POLLIN;
	if ((r = posix_wait(fds, 1, timeout_ms)) < 0)
		kill(pid, SIGKILL);
	else if ((r = read_report(ends[0], &report)) == 0)
		r = report;
	close(ends[0]);
	posix_forget(pid);
	return r;
}

int
os_run_limited(
    int (*work)(void *arg), void *arg, void (*done)(void *arg), int timeout_ms)
{
	int r = run_limited(work, arg, timeout_ms);

	/* The other process has all of it once more. */
	if (done != NULL)
		done(arg);
	return r;
}
