/*
 * Locks: flock(2) on a file that stays. flock belongs to the open file, which
 * a forked child shares; so all that are held are known here, children close
 * their copies, and dropping one unlocks it for every copy.
 */
#include "posix.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define POLL_MS 20

struct os_lock {
	int fd;
	struct os_lock *next;
};

static struct os_lock *held;

/* Is the locked file still the one with that name? An administrator may have
 * removed it while we waited for it. */
static bool
is_current(const struct posix_spot *spot, int fd)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 &&
	    fstatat(spot->fd, spot->name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

/* One try: opens and locks. ERR_BUSY when another one has it. */
static int
try_lock(const struct posix_spot *spot, enum os_rights rights, int *fd)
{
	int r;

	if ((r = posix_open_or_make(spot, O_RDWR, rights, fd)) < 0)
		return r;
	POSIX_RETRY(r, flock(*fd, LOCK_EX | LOCK_NB));
	if (r == -1)
		r = posix_error(errno);
	else if (!is_current(spot, *fd))
		r = ERR_BUSY;
	if (r < 0)
		close(*fd);
	return r;
}

static int
wait_for_lock(const struct posix_spot *spot, enum os_rights rights,
    int timeout_ms, int *fd)
{
	int64_t end = os_ticks() + timeout_ms * (OS_SECOND / 1000);
	int r;

	while ((r = try_lock(spot, rights, fd)) == ERR_BUSY) {
		if (os_ticks() >= end)
			break;
		if ((r = os_sleep(POLL_MS)) < 0)
			break;
	}
	return r;
}

int
os_lock_take(struct os_dir *dir, const char *rel, enum os_rights rights,
    int timeout_ms, struct os_lock **lock)
{
	struct posix_spot spot;
	int r;

	*lock = NULL;
	if ((r = posix_walk(dir, rel, &spot)) < 0)
		return r;
	if ((*lock = malloc(sizeof(**lock))) == NULL)
		r = ERR_NOMEM;
	else
		r = wait_for_lock(&spot, rights, timeout_ms, &(*lock)->fd);
	posix_leave(&spot);
	if (r < 0) {
		free(*lock);
		*lock = NULL;
		return r;
	}
	(*lock)->next = held;
	held = *lock;
	return 0;
}

void
os_lock_drop(struct os_lock *lock)
{
	struct os_lock **p = &held;

	if (lock == NULL)
		return;
	while (*p != NULL && *p != lock)
		p = &(*p)->next;
	if (*p == lock)
		*p = lock->next;
	flock(lock->fd, LOCK_UN);
	close(lock->fd);
	free(lock);
}

void
posix_locks_abandon(void)
{
	for (struct os_lock *lock = held; lock != NULL; lock = lock->next)
		if (lock->fd != -1) {
			close(lock->fd);
			lock->fd = -1;
		}
}
