/* Time, and the wish of others that we stop: both meet where we wait. */
#include "posix.h"

#include <sys/eventfd.h>
#include <sys/random.h>

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MS	    (OS_SECOND / 1000)

/* Ten years either way; more digits are an error of the caller. */
#define CLOCK_LIMIT 315360000

static const int stop_signals[] = { SIGTERM, SIGINT, SIGHUP };
#define STOP_SIGNALS (sizeof(stop_signals) / sizeof(stop_signals[0]))

static volatile sig_atomic_t stop_asked;
static int stop_fd = -1; /* readable once a stop is asked for */

static int64_t
clock_read(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) == -1)
		return 0;
	return t.tv_sec * OS_SECOND + t.tv_nsec;
}

/* Seconds that $SMS_CLOCK adds; what is not +N or -N is passed over. */
static int64_t
clock_shift(void)
{
	const char *text = os_env("SMS_CLOCK");
	long seconds;
	char *end;

	if (text == NULL || (text[0] != '+' && text[0] != '-') ||
	    text[1] < '0' || text[1] > '9')
		return 0;
	seconds = strtol(text, &end, 10);
	if (*end != '\0' || seconds > CLOCK_LIMIT || seconds < -CLOCK_LIMIT)
		return 0;
	return seconds;
}

int64_t
os_clock(void)
{
	return clock_read(CLOCK_REALTIME) + clock_shift() * OS_SECOND;
}

int64_t
os_ticks(void)
{
	return clock_read(CLOCK_BOOTTIME);
}

int
os_zone(int64_t when)
{
	time_t seconds = when / OS_SECOND;
	struct tm tm;

	if (localtime_r(&seconds, &tm) == NULL)
		return 0;
	return (int)(tm.tm_gmtoff / 60);
}

int
os_random(void *data, size_t len)
{
	char *p = data;
	ssize_t n;

	while (len > 0) {
		POSIX_RETRY(n, getrandom(p, len, 0));
		if (n == -1)
			return posix_error(errno);
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static void
on_stop(int signal)
{
	static const uint64_t one = 1;
	int saved = errno;

	(void)signal;
	stop_asked = 1;
	/* It wakes a poll that had not begun yet when the flag was set. */
	if (write(stop_fd, &one, sizeof(one)) == -1)
		errno = saved;
	errno = saved;
}

void
os_stop_catch(void)
{
	struct sigaction action, old;

	if (stop_fd == -1)
		stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	memset(&action, 0, sizeof(action));
	action.sa_handler = on_stop;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < STOP_SIGNALS; i++)
		/* What nohup took out stays out. */
		if (sigaction(stop_signals[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			sigaction(stop_signals[i], &action, NULL);
	/* Who reads what we say may go away; the work goes on. */
	signal(SIGPIPE, SIG_IGN);
}

bool
os_stop_asked(void)
{
	return stop_asked != 0;
}

void
posix_signals_reset(void)
{
	sigset_t none;

	for (size_t i = 0; i < STOP_SIGNALS; i++) {
		struct sigaction old;

		if (sigaction(stop_signals[i], NULL, &old) == 0 &&
		    old.sa_handler == on_stop)
			signal(stop_signals[i], SIG_DFL);
	}
	signal(SIGPIPE, SIG_DFL);
	if (stop_fd != -1)
		close(stop_fd);
	stop_asked = 0;
	stop_fd = -1;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int
posix_left(int64_t end)
{
	int64_t left = (end - os_ticks() + MS - 1) / MS;

	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

int
posix_wait(struct pollfd *fds, size_t count, int timeout_ms)
{
	int64_t end = os_ticks() + timeout_ms * MS;
	int n, left = timeout_ms;

	fds[count].fd = stop_fd;
	fds[count].events = POLLIN;
	for (;;) {
		if (stop_asked)
			return ERR_STOP;
		n = poll(fds, count + 1, left);
		if (n == -1 && errno != EINTR && errno != EAGAIN)
			return posix_error(errno);
		if (stop_asked)
			return ERR_STOP;
		if (n > 0)
			return 0;
		if (timeout_ms >= 0 && (left = posix_left(end)) == 0)
			return ERR_TIMEOUT;
	}
}

int
os_sleep(int ms)
{
	struct pollfd stop;
	int r;

	r = posix_wait(&stop, 0, ms < 0 ? 0 : ms);
	return r == ERR_TIMEOUT ? 0 : r;
}
