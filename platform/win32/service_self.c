/*
 * This program as a service: the service manager calls in a thread of its own,
 * and is told how we stand.
 */
#include "win32.h"

#include <stdlib.h>

#define HINT_MS 10000 /* until the next word of us, at the latest */
#define TELL_MS 2000  /* between two check points while we end */
#define POINTS	150   /* of them: who takes longer hangs */

static struct self {
	int (*work)(void *arg);
	void *arg;
	WCHAR *name;
	int result;
	SERVICE_STATUS_HANDLE handle;
	SRWLOCK lock; /* of what follows */
	SERVICE_STATUS status;
	HANDLE timer;
} self = { .lock = SRWLOCK_INIT };

/* Never a state that was left already: the end is told once, and last. */
static void
tell(DWORD state, int result)
{
	SERVICE_STATUS *status = &self.status;
	bool pending = state == SERVICE_START_PENDING ||
	    state == SERVICE_STOP_PENDING;

	AcquireSRWLockExclusive(&self.lock);
	if (status->dwCurrentState != SERVICE_STOPPED) {
		status->dwCheckPoint = !pending	      ? 0
		    : status->dwCurrentState == state ? status->dwCheckPoint + 1
						      : 1;
		status->dwWaitHint = pending ? HINT_MS : 0;
		status->dwCurrentState = state;
		status->dwControlsAccepted = state == SERVICE_RUNNING
		    ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN
		    : 0;
		if (result != 0) {
			status->dwWin32ExitCode = ERROR_SERVICE_SPECIFIC_ERROR;
			status->dwServiceSpecificExitCode = (DWORD)result;
		}
		SetServiceStatus(self.handle, status);
	}
	ReleaseSRWLockExclusive(&self.lock);
}

static VOID CALLBACK
tell_again(PVOID arg, BOOLEAN fired)
{
	static volatile LONG points;

	(void)arg;
	(void)fired;
	if (InterlockedIncrement(&points) <= POINTS)
		tell(SERVICE_STOP_PENDING, 0);
}

static DWORD WINAPI
on_control(DWORD code, DWORD type, LPVOID data, LPVOID context)
{
	(void)type;
	(void)data;
	(void)context;
	if (code == SERVICE_CONTROL_INTERROGATE)
		return NO_ERROR;
	if (code != SERVICE_CONTROL_STOP && code != SERVICE_CONTROL_SHUTDOWN)
		return ERROR_CALL_NOT_IMPLEMENTED;
	tell(SERVICE_STOP_PENDING, 0);
	if (self.timer == NULL &&
	    !CreateTimerQueueTimer(
		&self.timer, NULL, tell_again, NULL, TELL_MS, TELL_MS, 0))
		self.timer = NULL;
	win32_ask_stop();
	return NO_ERROR;
}

static VOID WINAPI
service_main(DWORD count, WCHAR *words[])
{
	(void)count;
	(void)words;
	self.handle = RegisterServiceCtrlHandlerExW(
	    self.name, on_control, NULL);
	if (self.handle == 0) {
		self.result = win32_last();
		return;
	}
	self.status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
	tell(SERVICE_START_PENDING, 0);
	os_stop_catch();
	tell(SERVICE_RUNNING, 0);
	self.result = self.work(self.arg);
	tell(SERVICE_STOPPED, self.result);
}

int
os_as_service(const char *name, int (*work)(void *arg), void *arg)
{
	SERVICE_TABLE_ENTRYW table[2] = { { NULL, service_main },
		{ NULL, NULL } };
	int r;

	if ((r = win32_wide(name, &self.name)) < 0)
		return r;
	self.work = work;
	self.arg = arg;
	table[0].lpServiceName = self.name;
	/* It returns when the service has ended. */
	if (StartServiceCtrlDispatcherW(table))
		return self.result;
	r = win32_last();
	if (GetLastError() == ERROR_FAILED_SERVICE_CONTROLLER_CONNECT)
		r = work(arg); /* started by hand */
	return r;
}
