/* What another process has to say, waited for no longer than a limit. */
#include "posix.h"

#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE	  4096
#define INPUT_MAX 4096 /* a pipe holds more, so that writing it never waits */
#define NOT_FOUND 127

/* Reads what comes next. 1: the end. */
static int
read_piece(int fd, size_t max, struct posix_text *text)
{
	ssize_t n;
	char *data;

	if (text->len >= max)
		return ERR_NOSPC;
	if (text->size - text->len < PIECE) {
		data = realloc(text->data, text->size + 2 * PIECE + text->len);
		if (data == NULL)
			return ERR_NOMEM;
		text->data = data;
		text->size += 2 * PIECE + text->len;
	}
	POSIX_RETRY(
	    n, read(fd, text->data + text->len, text->size - text->len - 1));
	if (n < 0)
		return posix_error(errno);
	text->len += (size_t)n;
	text->data[text->len] = '\0';
	return n == 0;
}

static int
read_all(int fd, int timeout_ms, size_t max, struct posix_text *text)
{
	int64_t end = os_ticks() + timeout_ms * (OS_SECOND / 1000);
	struct pollfd fds[2];
	int r;

	do {
		fds[0].fd = fd;
		fds[0].events = POLLIN;
		r = posix_wait(fds, 1, posix_left(end));
		if (r == 0)
			r = read_piece(fd, max, text);
	} while (r == 0);
	return r < 0 ? r : 0;
}

/* The exit code of a child that has closed its output: it ends at once, or is
 * ended. */
static int
end_code(pid_t pid, int timeout_ms)
{
	int64_t end = os_ticks() + timeout_ms * (OS_SECOND / 1000);
	int status = 0;
	pid_t r;

	for (;;) {
		POSIX_RETRY(r, waitpid(pid, &status, WNOHANG));
		if (r != 0)
			break;
		if (os_ticks() >= end || os_sleep(2) < 0) {
			kill(pid, SIGKILL);
			posix_forget(pid);
			return ERR_TIMEOUT;
		}
	}
	if (r == -1 || !WIFEXITED(status))
		return ERR_IO;
	return WEXITSTATUS(status);
}

int
posix_output(int (*work)(void *arg, int fd), void *arg, int timeout_ms,
    size_t max, struct posix_text *text)
{
	int ends[2], r;
	pid_t pid;

	*text = (struct posix_text){ .data = NULL };
	if (pipe2(ends, O_CLOEXEC) == -1)
		return posix_error(errno);
	if ((r = posix_fork(&pid)) < 0) {
		close(ends[0]);
		close(ends[1]);
		return r;
	}
	if (pid == 0) {
		close(ends[0]);
		_exit(work(arg, ends[1]));
	}
	close(ends[1]);
	r = read_all(ends[0], timeout_ms, max, text);
	close(ends[0]);
	if (r < 0) {
		kill(pid, SIGKILL);
		posix_forget(pid);
	} else
		r = end_code(pid, timeout_ms);
	if (r < 0) {
		free(text->data);
		*text = (struct posix_text){ .data = NULL };
	}
	return r;
}

struct command {
	const char *const *argv;
	int input; /* the end of a pipe, or -1 */
};

/* In the child. Nobody reads what goes wrong: it goes nowhere. */
static int
execute(void *arg, int fd)
{
	const struct command *command = arg;
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (nothing == -1 ||
	    dup2(command->input == -1 ? nothing : command->input, 0) == -1 ||
	    dup2(fd, 1) == -1 || dup2(nothing, 2) == -1)
		return NOT_FOUND;
	execvp(command->argv[0], (char *const *)command->argv);
	return NOT_FOUND;
}

int
posix_ask(const char *const argv[], const char *input, int timeout_ms,
    size_t max, struct posix_text *text)
{
	struct command command = { argv, -1 };
	int ends[2] = { -1, -1 }, r = 0;
	ssize_t n;

	*text = (struct posix_text){ .data = NULL };
	if (input != NULL) {
		if (pipe2(ends, O_CLOEXEC) == -1)
			return posix_error(errno);
		POSIX_RETRY(
		    n, write(ends[1], input, strnlen(input, INPUT_MAX)));
		close(ends[1]);
		if (n == -1)
			r = posix_error(errno);
		command.input = ends[0];
	}
	if (r == 0)
		r = posix_output(execute, &command, timeout_ms, max, text);
	if (input != NULL)
		close(ends[0]);
	if (r != NOT_FOUND)
		return r;
	free(text->data);
	*text = (struct posix_text){ .data = NULL };
	return ERR_NOENT;
}
