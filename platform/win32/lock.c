/* Locks: LockFileEx on one byte of a file that stays, far behind all that a
 * file can hold, so that it can be read meanwhile. */
#include "win32.h"

#include <stdlib.h>

#define POLL_MS	   20
#define FAR_BEHIND 0x40000000u /* the upper half of the place of the byte */

struct os_lock {
	HANDLE handle;
};

/* Is the locked file still the one with that name? An administrator may have
 * removed it while we waited for it. */
static bool
is_current(const struct win32_spot *spot, HANDLE handle)
{
	struct win32_how how = { FILE_READ_ATTRIBUTES, FILE_OPEN, 0, 0, NULL };
	struct os_info ours, there;
	HANDLE now;
	bool current;

	if (win32_open(spot, &how, &now) < 0)
		return false;
	current = win32_info(handle, &ours) == 0 &&
	    win32_info(now, &there) == 0 && ours.id == there.id &&
	    ours.volume == there.volume;
	CloseHandle(now);
	return current;
}

/* One try: opens and locks. ERR_BUSY when another one has it. */
static int
try_lock(const struct win32_spot *spot, enum os_rights rights, HANDLE *handle)
{
	OVERLAPPED at = { 0 };
	int r;

	r = win32_file_or_make(
	    spot, FILE_GENERIC_READ | FILE_WRITE_DATA, rights, handle);
	if (r < 0)
		return r;
	at.OffsetHigh = FAR_BEHIND;
	if (!LockFileEx(*handle,
		LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0,
		&at))
		r = GetLastError() == ERROR_IO_PENDING ? ERR_BUSY
						       : win32_last();
	else if (!is_current(spot, *handle))
		r = ERR_BUSY;
	if (r < 0)
		CloseHandle(*handle);
	return r;
}

static int
wait_for_lock(const struct win32_spot *spot, enum os_rights rights,
    int timeout_ms, HANDLE *handle)
{
	int64_t end = os_ticks() + timeout_ms * (OS_SECOND / 1000);
	int r;

	while ((r = try_lock(spot, rights, handle)) == ERR_BUSY) {
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
	struct win32_spot spot;
	int r;

	*lock = NULL;
	if ((r = win32_walk(dir, rel, &spot)) < 0)
		return r;
	if ((*lock = malloc(sizeof(**lock))) == NULL)
		r = ERR_NOMEM;
	else
		r = wait_for_lock(&spot, rights, timeout_ms, &(*lock)->handle);
	win32_leave(&spot);
	if (r < 0) {
		free(*lock);
		*lock = NULL;
	}
	return r;
}

void
os_lock_drop(struct os_lock *lock)
{
	OVERLAPPED at = { 0 };

	if (lock == NULL)
		return;
	/* Closing unlocks too, but at a time of the system's choice. */
	at.OffsetHigh = FAR_BEHIND;
	UnlockFileEx(lock->handle, 0, 1, 0, &at);
	CloseHandle(lock->handle);
	free(lock);
}
