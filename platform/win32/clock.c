/* Time, and the wish of others that we stop: both meet where we wait. */
#include "win32.h"

#include <bcrypt.h>

#include <stdlib.h>

#define MS	    (OS_SECOND / 1000)

/* Ten years either way; more digits are an error of the caller. */
#define CLOCK_LIMIT 315360000

#define WAIT_MAX    60	 /* handles of a caller */
#define SHORT	    2000 /* ms: nobody minds when it is late after a suspend */

static volatile LONG stop_asked;
static HANDLE stop_event; /* set once a stop is asked for */

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
	FILETIME now;

	GetSystemTimePreciseAsFileTime(&now);
	return win32_time((int64_t)((uint64_t)now.dwHighDateTime << 32 |
		   now.dwLowDateTime)) +
	    clock_shift() * OS_SECOND;
}

int64_t
os_ticks(void)
{
	/* Of the clocks that count a suspend, the one in every version. */
	return (int64_t)GetTickCount64() * MS;
}

/* By the rules of that year: those of today were others then. The call that
 * does it in one step is not in every system that has the others. */
int
os_zone(int64_t when)
{
	TIME_ZONE_INFORMATION rules;
	ULARGE_INTEGER utc, local;
	SYSTEMTIME utc_time, local_time;
	FILETIME time;

	utc.QuadPart = (ULONGLONG)win32_filetime(when);
	time.dwLowDateTime = utc.LowPart;
	time.dwHighDateTime = utc.HighPart;
	if (!FileTimeToSystemTime(&time, &utc_time) ||
	    !GetTimeZoneInformationForYear(utc_time.wYear, NULL, &rules) ||
	    !SystemTimeToTzSpecificLocalTime(&rules, &utc_time, &local_time) ||
	    !SystemTimeToFileTime(&utc_time, &time))
		return 0;
	utc.LowPart = time.dwLowDateTime; /* whole milliseconds, as local's */
	utc.HighPart = time.dwHighDateTime;
	if (!SystemTimeToFileTime(&local_time, &time))
		return 0;
	local.LowPart = time.dwLowDateTime;
	local.HighPart = time.dwHighDateTime;
	return (int)((int64_t)(local.QuadPart - utc.QuadPart) / 600000000);
}

typedef NTSTATUS WINAPI random_fn(
    BCRYPT_ALG_HANDLE algorithm, PUCHAR data, ULONG len, ULONG flags);

/* Found when it is needed, in the system's folder alone: what programs name,
 * and what that hands on to (RtlGenRandom is such), is looked for beside them
 * first. */
static random_fn *
find_random(void)
{
	static random_fn *volatile found;
	HMODULE library;

	if (found != NULL)
		return found;
	library = LoadLibraryExW(
	    L"bcrypt.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
	if (library != NULL)
		found = (random_fn *)(void *)GetProcAddress(
		    library, "BCryptGenRandom");
	return found;
}

int
os_random(void *data, size_t len)
{
	random_fn *random = find_random();
	char *p = data;
	ULONG n;

	while (len > 0) {
		n = len > 65536 ? 65536 : (ULONG)len;
		if (random == NULL ||
		    random(NULL, (PUCHAR)p, n,
			BCRYPT_USE_SYSTEM_PREFERRED_RNG) < 0)
			return ERR_IO;
		p += n;
		len -= n;
	}
	return 0;
}

/* Where services and tasks run nobody is logged on; they are told of everybody
 * who logs off elsewhere. */
static bool
is_session_of_nobody(void)
{
	DWORD session;

	return ProcessIdToSessionId(GetCurrentProcessId(), &session) &&
	    session == 0;
}

void
win32_ask_stop(void)
{
	InterlockedExchange(&stop_asked, 1);
	if (stop_event != NULL)
		SetEvent(stop_event);
}

/* In a thread of the system's. A program that has user32 loaded is not told of
 * the end of a session: it is ended with it. */
static BOOL WINAPI
on_console(DWORD event)
{
	if (event == CTRL_LOGOFF_EVENT && is_session_of_nobody())
		return TRUE;
	win32_ask_stop();
	/* A window that closes, or an end of the session, kills the program
	 * when this returns; it has a few seconds to end by itself. */
	if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
		Sleep(INFINITE);
	return TRUE;
}

void
os_stop_catch(void)
{
	if (stop_event == NULL)
		stop_event = CreateEventW(NULL, TRUE, FALSE, NULL);
	if (stop_event != NULL)
		SetConsoleCtrlHandler(on_console, TRUE);
}

bool
os_stop_asked(void)
{
	return stop_asked != 0;
}

int
win32_left(int64_t end)
{
	int64_t left = (end - os_ticks() + MS - 1) / MS;

	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

/*
 * Waits do not count the time of a suspend; a timer for a moment does. Whichever
 * is first: the clock may be set meanwhile. NULL when there is none to be had.
 */
static HANDLE
timer_at(int64_t end)
{
	HANDLE timer = CreateWaitableTimerW(NULL, TRUE, NULL);
	LARGE_INTEGER due;
	FILETIME now;

	if (timer == NULL)
		return NULL;
	GetSystemTimePreciseAsFileTime(&now);
	due.QuadPart = (LONGLONG)((uint64_t)now.dwHighDateTime << 32 |
			   now.dwLowDateTime) +
	    (int64_t)win32_left(end) * 10000;
	if (!SetWaitableTimer(timer, &due, 0, NULL, NULL, FALSE)) {
		CloseHandle(timer);
		return NULL;
	}
	return timer;
}

/* One wait; ERR_TIMEOUT when neither a handle of the caller's nor a stop came.
 */
static int
wait_once(HANDLE all[], DWORD count, DWORD used, DWORD ms, DWORD *which)
{
	DWORD n;

	if (used == 0) {
		Sleep(ms);
		return ERR_TIMEOUT;
	}
	n = WaitForMultipleObjects(used, all, FALSE, ms);
	if (n == WAIT_FAILED)
		return win32_last();
	if (stop_asked)
		return ERR_STOP;
	if (n >= WAIT_OBJECT_0 + count) /* the time, ours or the wait's */
		return ERR_TIMEOUT;
	if (which != NULL)
		*which = n - WAIT_OBJECT_0;
	return 0;
}

int
win32_wait(const HANDLE handles[], DWORD count, int timeout_ms, DWORD *which)
{
	HANDLE all[WAIT_MAX + 2], timer = NULL;
	int64_t end = os_ticks() + timeout_ms * MS;
	DWORD used = count;
	int r;

	if (count > WAIT_MAX)
		return ERR_RANGE;
	for (DWORD i = 0; i < count; i++)
		all[i] = handles[i];
	if (stop_event != NULL)
		all[used++] = stop_event;
	if (timeout_ms > SHORT && (timer = timer_at(end)) != NULL)
		all[used++] = timer;
	do {
		r = stop_asked
		    ? ERR_STOP
		    : wait_once(all, count, used,
			  timeout_ms < 0 ? INFINITE : (DWORD)win32_left(end),
			  which);
		if (timer != NULL) { /* it has fired, maybe too early */
			CloseHandle(timer);
			timer = NULL;
			used--;
		}
	} while (r == ERR_TIMEOUT && (timeout_ms < 0 || win32_left(end) > 0));
	return r;
}

int
os_sleep(int ms)
{
	int r = win32_wait(NULL, 0, ms < 0 ? 0 : ms, NULL);

	return r == ERR_TIMEOUT ? 0 : r;
}
