/*
 * Watching folders with inotify. One inode has one watch, whatever the number
 * of bits that stand for it.
 *
 * The time limit of a wait is a timer on CLOCK_BOOTTIME, because the limit of
 * poll stands still while the machine is suspended: a check that became due
 * meanwhile would come hours late. This timer fires at resume. One on the wall
 * clock would fire then too, but would also follow a clock that is set back.
 */
#include "posix.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BITS  32
#define READS 64 /* of one wait; a storm must not hold us */
#define EVENTS                                                       \
	(IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE_SELF | \
	    IN_MOVE_SELF | IN_ONLYDIR)
#define GONE (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)

struct watched {
	char *path; /* NULL: the bit is free */
	int wd;
	dev_t volume;
	ino_t id;
};

struct os_watch {
	int fd;
	int timer; /* -1: not made, or not to be had */
	struct watched bits[BITS];
};

int
os_watch_open(struct os_watch **watch)
{
	if ((*watch = calloc(1, sizeof(**watch))) == NULL)
		return ERR_NOMEM;
	(*watch)->timer = -1;
	(*watch)->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if ((*watch)->fd != -1)
		return 0;
	free(*watch);
	*watch = NULL;
	return posix_error(errno);
}

static uint32_t
bits_of(const struct os_watch *watch, int wd)
{
	uint32_t bits = 0;

	for (int i = 0; i < BITS; i++)
		if (watch->bits[i].path != NULL &&
		    (wd == -1 || watch->bits[i].wd == wd))
			bits |= UINT32_C(1) << i;
	return bits;
}

/* Frees one bit, and its watch when no other bit has the same. */
static void
drop_bit(struct os_watch *watch, int bit)
{
	struct watched *watched = &watch->bits[bit];

	if (watched->path == NULL)
		return;
	free(watched->path);
	watched->path = NULL;
	if (bits_of(watch, watched->wd) == 0)
		inotify_rm_watch(watch->fd, watched->wd);
}

void
os_watch_close(struct os_watch *watch)
{
	if (watch == NULL)
		return;
	for (int i = 0; i < BITS; i++)
		free(watch->bits[i].path);
	if (watch->timer != -1)
		close(watch->timer);
	close(watch->fd);
	free(watch);
}

int
os_watch_add(struct os_watch *watch, const char *path, int bit)
{
	struct watched *watched;
	struct stat st;
	char *real;
	int wd, r;

	if (bit < 0 || bit >= BITS)
		return ERR_ARG;
	if ((r = posix_path(path, &real)) < 0)
		return r;
	wd = inotify_add_watch(watch->fd, real, EVENTS);
	if (wd == -1 || stat(real, &st) == -1) {
		/* The system's limit of watches, not the volume's. */
		r = errno == ENOSPC ? ERR_NOMEM : posix_error(errno);
		if (wd != -1 && bits_of(watch, wd) == 0)
			inotify_rm_watch(watch->fd, wd);
		free(real);
		return r;
	}
	watched = &watch->bits[bit];
	if (watched->path != NULL && watched->wd == wd) {
		free(watched->path);
		watched->path = NULL;
	}
	drop_bit(watch, bit);
	watched->path = real;
	watched->wd = wd;
	watched->volume = st.st_dev;
	watched->id = st.st_ino;
	return 0;
}

static void
take_event(const struct os_watch *watch, const struct inotify_event *event,
    uint32_t *bits, uint32_t *gone)
{
	uint32_t these;

	if (event->mask & IN_Q_OVERFLOW) {
		*bits |= bits_of(watch, -1);
		return;
	}
	these = bits_of(watch, event->wd);
	*bits |= these;
	if (event->mask & GONE)
		*gone |= these;
}

/* Takes what is there, without waiting. */
static int
drain(const struct os_watch *watch, uint32_t *bits, uint32_t *gone)
{
	_Alignas(struct inotify_event) char buffer[8192];
	ssize_t n;

	for (int reads = 0; reads < READS; reads++) {
		POSIX_RETRY(n, read(watch->fd, buffer, sizeof(buffer)));
		if (n == -1 && errno != EAGAIN)
			return posix_error(errno);
		if (n <= 0)
			break;
		for (ssize_t i = 0; i < n;) {
			const struct inotify_event *event =
			    (const struct inotify_event *)(buffer + i);

			take_event(watch, event, bits, gone);
			i += (ssize_t)(sizeof(*event) + event->len);
		}
	}
	return 0;
}

/*
 * The folders whose name means another one by now: a folder above was moved,
 * or one that was removed is still open somewhere. No event tells of these.
 */
static uint32_t
find_replaced(const struct os_watch *watch)
{
	const struct watched *watched;
	uint32_t bits = 0;
	struct stat st;

	for (int i = 0; i < BITS; i++) {
		watched = &watch->bits[i];
		if (watched->path == NULL)
			continue;
		if (stat(watched->path, &st) == -1 ||
		    st.st_dev != watched->volume || st.st_ino != watched->id)
			bits |= UINT32_C(1) << i;
	}
	return bits;
}

/* Sets the timer to the moment `end`; false: there is none to be had. */
static bool
set_timer(struct os_watch *watch, int64_t end)
{
	struct itimerspec when = { .it_value = {
				       end / OS_SECOND, end % OS_SECOND } };

	if (watch->timer == -1)
		watch->timer = timerfd_create(
		    CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	return watch->timer != -1 &&
	    timerfd_settime(watch->timer, TFD_TIMER_ABSTIME, &when, NULL) == 0;
}

/* Waits for the watch or the end of the time; who has come late looks at what
 * is there all the same. */
static int
wait_for_event(struct os_watch *watch, int timeout_ms, int64_t end)
{
	struct pollfd fds[3] = { { watch->fd, POLLIN, 0 } };
	int r;

	if (timeout_ms <= 0)
		return posix_wait(fds, 1, timeout_ms);
	if (!set_timer(watch, end))
		return posix_wait(fds, 1, posix_left(end));
	fds[1] = (struct pollfd){ watch->timer, POLLIN, 0 };
	r = posix_wait(fds, 2, -1);
	if (r == 0 && fds[0].revents == 0)
		r = ERR_TIMEOUT;
	return r;
}

int
os_watch_wait(
    struct os_watch *watch, int timeout_ms, uint32_t *bits, uint32_t *gone)
{
	int64_t end = os_ticks() + timeout_ms * (OS_SECOND / 1000);
	int r;

	*gone = *bits = find_replaced(watch);
	do {
		if (*bits != 0)
			r = os_stop_asked() ? ERR_STOP : 0;
		else
			r = wait_for_event(watch, timeout_ms, end);
		if (r == 0)
			r = drain(watch, bits, gone);
		/* What came may belong to a watch that was given up. */
	} while (r == 0 && *bits == 0);
	for (int i = 0; i < BITS; i++)
		if (*gone & UINT32_C(1) << i)
			drop_bit(watch, i);
	return r;
}
