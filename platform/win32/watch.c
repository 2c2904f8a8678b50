/*
 * Watching folders with ReadDirectoryChangesW. Nothing tells that the watched
 * folder itself is renamed, so each bit has two watches: on the folder, and on
 * the one above it, for names of folders alone; what comes of the second is
 * only a reason to look whether the path still names the same folder.
 *
 * All reads set one event. A read that is begun resets it, also when another
 * one has just set it: whoever begins one sets it again and looks once more.
 *
 * What is not waited for is kept by the system from one read to the next, 16
 * KiB for a folder; beyond that it says only that something was lost. Reads end
 * with the thread that began them: a watch belongs to one thread.
 */
#include "win32.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#ifndef NEWS		       /* a test has less */
#define NEWS ((DWORD)16 << 10) /* bytes; a share takes 64 KiB at most */
#endif
#define NEWS_ABOVE ((DWORD)1 << 10)
#define BITS	   32
#define CANCEL_MS  2000 /* for a share that hangs */
#define NAMES                                                         \
	(FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME | \
	    FILE_NOTIFY_CHANGE_LAST_WRITE | FILE_NOTIFY_CHANGE_SIZE)
#define LATE 8 /* looks when the time is over; a storm must not hold us */

/* One read that goes on, and where it writes. */
struct reading {
	HANDLE folder; /* INVALID_HANDLE_VALUE: there is none */
	DWORD filter, size;
	void *news;
	bool begun; /* what is above belongs to the system until it ends */
	OVERLAPPED io;
};

struct watched {
	WCHAR *path;
	uint64_t volume, id;
	struct reading in, above;
};

struct os_watch {
	HANDLE event; /* of all reads */
	struct watched *bits[BITS];
};

/* Reads */

static int
begin(const struct os_watch *watch, struct reading *reading)
{
	int r = 0;

	memset(&reading->io, 0, sizeof(reading->io));
	reading->io.hEvent = watch->event;
	reading->begun = ReadDirectoryChangesW(reading->folder, reading->news,
	    reading->size, FALSE, reading->filter, NULL, &reading->io, NULL);
	if (!reading->begun)
		r = win32_last();
	SetEvent(watch->event);
	return r;
}

static bool
has_ended(const struct reading *reading)
{
	return !reading->begun || HasOverlappedIoCompleted(&reading->io);
}

static bool
has_come(const struct reading *reading)
{
	return reading->begun && HasOverlappedIoCompleted(&reading->io);
}

/* False: the share hangs, and the read may write at any time. */
static bool
call_off(const struct os_watch *watch, struct reading *reading)
{
	int64_t end = os_ticks() + CANCEL_MS * (OS_SECOND / 1000);

	if (!has_ended(reading))
		CancelIoEx(reading->folder, &reading->io);
	for (;;) {
		ResetEvent(watch->event);
		if (has_ended(reading))
			break;
		if (WaitForSingleObject(watch->event, (DWORD)win32_left(end)) !=
			WAIT_OBJECT_0 &&
		    !has_ended(reading))
			return false;
	}
	/* It may have been another one's. */
	SetEvent(watch->event);
	return true;
}

static bool
close_reading(const struct os_watch *watch, struct reading *reading)
{
	if (reading->folder == INVALID_HANDLE_VALUE)
		return true;
	bool ended = call_off(watch, reading);

	CloseHandle(reading->folder);
	reading->folder = INVALID_HANDLE_VALUE;
	reading->begun = false;
	if (ended)
		free(reading->news);
	reading->news = NULL;
	return ended;
}

/* Where a read hangs for good, what it writes to stays. */
static void
free_watched(const struct os_watch *watch, struct watched *watched)
{
	bool in = close_reading(watch, &watched->in);
	bool above = close_reading(watch, &watched->above);

	free(watched->path);
	if (in && above)
		free(watched);
}

static void
drop_bit(struct os_watch *watch, int bit)
{
	if (watch->bits[bit] != NULL)
		free_watched(watch, watch->bits[bit]);
	watch->bits[bit] = NULL;
}

/* Folders */

/* Shared so that it can be renamed and removed meanwhile. */
static HANDLE
open_folder(const WCHAR *path, ACCESS_MASK access, DWORD flags)
{
	return CreateFileW(path, access | FILE_READ_ATTRIBUTES | SYNCHRONIZE,
	    WIN32_SHARED, NULL, OPEN_EXISTING,
	    flags | FILE_FLAG_BACKUP_SEMANTICS, NULL);
}

static int
open_reading(
    struct reading *reading, const WCHAR *path, DWORD filter, DWORD size)
{
	int r;

	reading->filter = filter;
	reading->size = size;
	if ((reading->news = malloc(size)) == NULL)
		return ERR_NOMEM;
	reading->folder = open_folder(
	    path, FILE_LIST_DIRECTORY, FILE_FLAG_OVERLAPPED);
	if (reading->folder != INVALID_HANDLE_VALUE)
		return 0;
	r = win32_last();
	free(reading->news);
	reading->news = NULL;
	return r;
}

/* What the folder is really called, links on the way resolved; malloc'd. */
static WCHAR *
final_path(HANDLE folder)
{
	DWORD size = GetFinalPathNameByHandleW(folder, NULL, 0, 0), len;
	WCHAR *path = size == 0 ? NULL : malloc((size + 1) * sizeof(*path));

	if (path == NULL)
		return NULL;
	len = GetFinalPathNameByHandleW(folder, path, size + 1, 0);
	if (len > 0 && len <= size)
		return path;
	free(path);
	return NULL;
}

/* The root of a drive has none above it, and this user may not list every
 * folder: then a rename is found at the next wait, and not before. */
static void
watch_above(const struct os_watch *watch, struct watched *watched)
{
	WCHAR *path = final_path(watched->in.folder);
	WCHAR *last = path == NULL ? NULL : wcsrchr(path, L'\\');

	if (last != NULL && last[1] != L'\0') {
		last[1] = L'\0';
		if (open_reading(&watched->above, path,
			FILE_NOTIFY_CHANGE_DIR_NAME, NEWS_ABOVE) == 0 &&
		    begin(watch, &watched->above) < 0)
			close_reading(watch, &watched->above);
	}
	free(path);
}

/* Opens and identifies the folder, and begins to read. */
static int
watch_folder(const struct os_watch *watch, struct watched *watched)
{
	struct os_info info;
	int r;

	r = open_reading(&watched->in, watched->path, NAMES, NEWS);
	if (r == 0)
		r = win32_info(watched->in.folder, &info);
	if (r == 0 && info.kind != OS_FOLDER)
		r = ERR_NOTDIR;
	if (r == 0)
		r = begin(watch, &watched->in);
	if (r < 0)
		return r;
	watched->volume = info.volume;
	watched->id = info.id;
	watch_above(watch, watched);
	return 0;
}

/* Does the path name another folder by now, or none? */
static bool
is_replaced(const struct watched *watched)
{
	HANDLE folder = open_folder(watched->path, 0, 0);
	struct os_info info;
	int r;

	if (folder == INVALID_HANDLE_VALUE)
		return true;
	r = win32_info(folder, &info);
	CloseHandle(folder);
	return r < 0 || info.volume != watched->volume ||
	    info.id != watched->id;
}

int
os_watch_open(struct os_watch **watch)
{
	int r;

	if ((*watch = calloc(1, sizeof(**watch))) == NULL)
		return ERR_NOMEM;
	(*watch)->event = CreateEventW(NULL, TRUE, FALSE, NULL);
	if ((*watch)->event != NULL)
		return 0;
	r = win32_last();
	free(*watch);
	*watch = NULL;
	return r;
}

void
os_watch_close(struct os_watch *watch)
{
	if (watch == NULL)
		return;
	for (int i = 0; i < BITS; i++)
		drop_bit(watch, i);
	CloseHandle(watch->event);
	free(watch);
}

int
os_watch_add(struct os_watch *watch, const char *path, int bit)
{
	struct watched *watched;
	int r;

	if (bit < 0 || bit >= BITS)
		return ERR_ARG;
	if ((watched = calloc(1, sizeof(*watched))) == NULL)
		return ERR_NOMEM;
	watched->in.folder = INVALID_HANDLE_VALUE;
	watched->above.folder = INVALID_HANDLE_VALUE;
	if ((r = win32_path(path, &watched->path)) == 0)
		r = watch_folder(watch, watched);
	if (r < 0) {
		free_watched(watch, watched);
		return r;
	}
	drop_bit(watch, bit);
	watch->bits[bit] = watched;
	return 0;
}

/* Waiting */

/* Is there anything that is not about names which went away? */
static bool
is_news(const char *news, DWORD len)
{
	const size_t head = offsetof(FILE_NOTIFY_INFORMATION, FileName);
	const FILE_NOTIFY_INFORMATION *one;

	for (size_t i = 0; i + head <= len; i += one->NextEntryOffset) {
		one = (const FILE_NOTIFY_INFORMATION *)(news + i);
		if (one->Action != FILE_ACTION_REMOVED &&
		    one->Action != FILE_ACTION_RENAMED_OLD_NAME)
			return true;
		if (one->NextEntryOffset == 0)
			return false;
	}
	return true;
}

/* Takes what a read has brought and begins it anew. *is: a hint. False: the
 * folder is not there any more. */
static bool
take(const struct os_watch *watch, struct reading *reading, bool *is)
{
	DWORD len = 0;

	/* Nothing at all, or this error: something was lost. */
	if (!GetOverlappedResult(reading->folder, &reading->io, &len, FALSE) &&
	    GetLastError() != ERROR_NOTIFY_ENUM_DIR)
		return false;
	*is = len == 0 || is_news(reading->news, len);
	return begin(watch, reading) == 0;
}

static void
look_at(const struct os_watch *watch, int bit, uint32_t *bits, uint32_t *gone)
{
	struct watched *watched = watch->bits[bit];
	bool is = false, is_gone = false, moved = false;

	if (has_come(&watched->in))
		is_gone = !take(watch, &watched->in, &is);
	if (has_come(&watched->above)) {
		if (!take(watch, &watched->above, &moved))
			close_reading(watch, &watched->above);
		is_gone |= is_replaced(watched);
	}
	if (is || is_gone)
		*bits |= UINT32_C(1) << bit;
	if (is_gone)
		*gone |= UINT32_C(1) << bit;
}

static uint32_t
find_replaced(const struct os_watch *watch)
{
	uint32_t bits = 0;

	for (int i = 0; i < BITS; i++)
		if (watch->bits[i] != NULL && is_replaced(watch->bits[i]))
			bits |= UINT32_C(1) << i;
	return bits;
}

int
os_watch_wait(
    struct os_watch *watch, int timeout_ms, uint32_t *bits, uint32_t *gone)
{
	int64_t end = os_ticks() + timeout_ms * (OS_SECOND / 1000);
	int r = 0, left = timeout_ms;

	*gone = *bits = find_replaced(watch);
	for (int late = 0; late < LATE; late += left == 0) {
		ResetEvent(watch->event);
		for (int i = 0; i < BITS; i++)
			if (watch->bits[i] != NULL)
				look_at(watch, i, bits, gone);
		if (timeout_ms >= 0)
			left = win32_left(end);
		if (*bits != 0)
			r = os_stop_asked() ? ERR_STOP : 0;
		else
			r = win32_wait(&watch->event, 1, left, NULL);
		if (*bits != 0 || r < 0)
			break;
	}
	if (*bits == 0 && r == 0)
		r = ERR_TIMEOUT;
	for (int i = 0; i < BITS; i++)
		if (*gone & UINT32_C(1) << i)
			drop_bit(watch, i);
	return r;
}
