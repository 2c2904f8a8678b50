/*
 * Work of ours that may hang. It runs in a thread, because a process cannot be
 * doubled here: os.h says what the work must keep to.
 */
#include "win32.h"

#include <stdlib.h>

#define AT_WORK_MAX 16 /* threads; a server that hangs for days has an end */

/* Work that may be left behind, until both who does it and who asked for it
 * have let go of it. */
struct limited {
	struct win32_work work;
	int result; /* of the worker, who ends before it is read */
	volatile LONG owners;
};

static volatile LONG at_work;

static void
let_go(struct limited *limited)
{
	if (InterlockedDecrement(&limited->owners) > 0)
		return;
	if (limited->work.done != NULL)
		limited->work.done(limited->work.arg);
	free(limited);
}

static DWORD WINAPI
run(void *arg)
{
	struct limited *limited = arg;

	limited->result = limited->work.work(limited->work.arg);
	let_go(limited);
	InterlockedDecrement(&at_work);
	return 0;
}

/* The worker has a share in `limited` then. */
static int
start(struct limited *limited, HANDLE *thread)
{
	if (InterlockedIncrement(&at_work) > AT_WORK_MAX) {
		InterlockedDecrement(&at_work);
		return ERR_TIMEOUT;
	}
	InterlockedIncrement(&limited->owners);
	*thread = CreateThread(NULL, 0, run, limited, 0, NULL);
	if (*thread != NULL)
		return 0;
	int r = win32_last();

	InterlockedDecrement(&limited->owners);
	InterlockedDecrement(&at_work);
	return r;
}

/*
 * What was begun is called off where the system can do that; it may come to
 * its end all the same. Nobody waits for it: not us, and not the system either
 * when the program ends, unless the call of a driver cannot be called off.
 * TerminateThread would leave the heap locked.
 */
int
win32_run_limited(const struct win32_work *work, int timeout_ms, bool through)
{
	struct limited *limited = calloc(1, sizeof(*limited));
	HANDLE thread;
	int r;

	if (limited == NULL) {
		if (work->done != NULL)
			work->done(work->arg);
		return ERR_NOMEM;
	}
	limited->work = *work;
	limited->owners = 1;
	if ((r = start(limited, &thread)) == 0) {
		if (!through)
			r = win32_wait(&thread, 1, timeout_ms, NULL);
		else if (WaitForSingleObject(thread, (DWORD)timeout_ms) !=
		    WAIT_OBJECT_0)
			r = ERR_TIMEOUT;
		if (r == 0)
			r = limited->result;
		else
			CancelSynchronousIo(thread);
		CloseHandle(thread);
	}
	let_go(limited);
	return r;
}

int
os_run_limited(
    int (*work)(void *arg), void *arg, void (*done)(void *arg), int timeout_ms)
{
	const struct win32_work it = { work, arg, done };

	return win32_run_limited(&it, timeout_ms, false);
}
