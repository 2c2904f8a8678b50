/*
 * Runs the command of the service manager, which may hang, with a limit.
 */
#include "posix_service.h"

#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define OUTPUT_BYTES 65536

/* The child: nothing of ours but the pipe, where somebody reads it. */
_Noreturn static void
become_command(const char *command, const char *const args[], int out)
{
	const char *argv[16] = { command };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (size_t i = 0; i < 14 && args[i] != NULL; i++)
		argv[i + 1] = args[i];
	if (null == -1 || dup2(null, 0) == -1 || dup2(null, 2) == -1 ||
	    dup2(out, 1) == -1 || chdir("/") == -1)
		_exit(127);
	closefrom(3);
	execv(command, (char *const *)argv);
	_exit(127);
}

/* What of `fd` comes until its other end is closed. */
static int
collect(int fd, int64_t end, char *text, size_t *len)
{
	struct pollfd ready = { fd, POLLIN, 0 };
	char rest[512];
	bool full;
	ssize_t n;

	for (;;) {
		n = poll(&ready, 1, posix_left(end));
		if (n == 0)
			return ERR_TIMEOUT;
		if (n == -1 && errno != EINTR)
			return posix_error(errno);
		if (n == -1)
			continue;
		full = *len == OUTPUT_BYTES;
		POSIX_RETRY(n,
		    full ? read(fd, rest, sizeof rest)
			 : read(fd, text + *len, OUTPUT_BYTES - *len));
		if (n <= 0)
			return n == 0 ? 0 : posix_error(errno);
		if (!full)
			*len += (size_t)n;
	}
}

/* The end of the command may come later than that of its output. */
static int
await_end(pid_t pid, int64_t end)
{
	int status;
	pid_t r;

	for (;;) {
		POSIX_RETRY(r, waitpid(pid, &status, WNOHANG));
		if (r == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
		if (r == -1)
			return posix_error(errno);
		if (posix_left(end) == 0)
			return ERR_TIMEOUT;
		poll(NULL, 0, 1);
	}
}

int
posix_service_run(struct os_services *services, const char *const args[],
    int timeout_ms, char **out)
{
	int64_t end = os_ticks() + timeout_ms * (OS_SECOND / 1000);
	char *text = calloc(1, OUTPUT_BYTES + 1);
	int ends[2], rc;
	size_t len = 0;
	pid_t pid;

	if (text == NULL)
		return ERR_NOMEM;
	/* Where our parent ignored it, exit codes would be lost. */
	signal(SIGCHLD, SIG_DFL);
	if (pipe2(ends, O_CLOEXEC) == -1) {
		free(text);
		return posix_error(errno);
	}
	rc = posix_fork(&pid);
	if (rc == 0 && pid == 0)
		become_command(services->command, args, ends[1]);
	close(ends[1]);
	if (rc == 0) {
		if ((rc = collect(ends[0], end, text, &len)) == 0)
			rc = await_end(pid, end);
		if (rc < 0) {
			kill(pid, SIGKILL);
			posix_forget(pid);
		}
	}
	close(ends[0]);
	if (out != NULL && rc >= 0)
		*out = text;
	else
		free(text);
	return rc;
}

void
posix_service_nap(void)
{
	poll(NULL, 0, POSIX_NAP_MS);
}
