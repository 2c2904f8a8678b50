/*
 * Services are started and stopped. The service manager itself waits for a
 * service that does not answer, half a minute and longer, so who asks it does
 * that in a thread.
 */
#include "win32_service.h"

#include <stdlib.h>

#define MS	 (OS_SECOND / 1000)
#define GRACE_MS 5000 /* for what was ended by force to be gone */
#define ENDED	 137  /* its exit code then, as of a child that we end */
#define LISTS	 4    /* of dependents that become more meanwhile */

struct order {
	SC_HANDLE service;
	bool start; /* or stop */
};

static void
order_free(void *arg)
{
	struct order *order = arg;

	CloseServiceHandle(order->service);
	free(order);
}

/* 0, or what the system says: a number above 0. */
static int
give(void *arg)
{
	struct order *order = arg;
	SERVICE_STATUS status;
	BOOL is = order->start
	    ? StartServiceW(order->service, 0, NULL)
	    : ControlService(order->service, SERVICE_CONTROL_STOP, &status);

	return is ? 0 : (int)GetLastError();
}

/* The same, limited: below 0 for ERR_TIMEOUT ... */
static int
command(struct os_services *services, const char *name, bool start, int64_t end)
{
	struct order *order = malloc(sizeof(*order));
	const struct win32_work work = { give, order, order_free };
	int r;

	if (order == NULL)
		return ERR_NOMEM;
	order->start = start;
	if ((r = win32_service_open(services, name,
		 start ? SERVICE_START : SERVICE_STOP, &order->service)) < 0) {
		free(order);
		return r;
	}
	return win32_run_limited(&work, win32_left(end), true);
}

static bool
is_running(const SERVICE_STATUS_PROCESS *status)
{
	return status->dwCurrentState == SERVICE_RUNNING ||
	    status->dwCurrentState == SERVICE_PAUSED;
}

/* One more look, and what follows from it: 1 while there is more to wait for.
 */
static int
start_step(struct os_services *services, const char *name, SC_HANDLE service,
    int64_t end, bool *started)
{
	SERVICE_STATUS_PROCESS status;
	int r = win32_service_status(services, service, &status);

	if (r < 0)
		return r;
	if (is_running(&status))
		return 0;
	if (status.dwCurrentState != SERVICE_STOPPED)
		return 1;
	if (*started) /* it has ended again */
		return ERR_TIMEOUT;
	r = command(services, name, true, end);
	if (r == 0)
		*started = true;
	if (r == 0 || r == ERROR_SERVICE_ALREADY_RUNNING ||
	    r == ERROR_SERVICE_DATABASE_LOCKED)
		return 1;
	return r > 0 ? win32_error((DWORD)r) : r;
}

int
os_service_start(struct os_services *services, const char *name, int timeout_ms)
{
	int64_t end = os_ticks() + timeout_ms * MS;
	bool started = false;
	SC_HANDLE service;
	int r;

	if ((r = win32_service_open(
		 services, name, SERVICE_QUERY_STATUS, &service)) < 0)
		return r;
	while ((r = start_step(services, name, service, end, &started)) > 0) {
		if (win32_left(end) == 0) {
			r = ERR_TIMEOUT;
			break;
		}
		win32_service_pause();
	}
	CloseServiceHandle(service);
	return r;
}

/*
 * The process of a service, where it is this machine's and no other service has
 * it too; else NULL. A process that ends frees its number for others: who has
 * it when the service still says so is the one.
 */
static HANDLE
open_process(struct os_services *services, SC_HANDLE service)
{
	SERVICE_STATUS_PROCESS status, again;
	HANDLE process;

	if (services->remote ||
	    win32_service_status(services, service, &status) < 0 ||
	    status.dwProcessId == 0 ||
	    !(status.dwServiceType & SERVICE_WIN32_OWN_PROCESS))
		return NULL;
	process = OpenProcess(
	    SYNCHRONIZE | PROCESS_TERMINATE, FALSE, status.dwProcessId);
	if (process == NULL)
		return NULL;
	if (win32_service_status(services, service, &again) == 0 &&
	    again.dwProcessId == status.dwProcessId)
		return process;
	CloseHandle(process);
	return NULL;
}

/* One more look, and what follows from it: 1 while there is more to wait for.
 * ERR_BUSY: others need it. */
static int
stop_step(struct os_services *services, const char *name, SC_HANDLE service,
    int64_t end, bool *told)
{
	SERVICE_STATUS_PROCESS status;
	int r = win32_service_status(services, service, &status);

	if (r < 0)
		return r;
	if (status.dwCurrentState == SERVICE_STOPPED)
		return 0;
	if (*told || status.dwCurrentState == SERVICE_STOP_PENDING)
		return 1;
	r = command(services, name, false, end);
	*told = r == 0;
	switch (r) {
	case 0:
	case ERROR_SERVICE_NOT_ACTIVE:
	case ERROR_SERVICE_CANNOT_ACCEPT_CTRL: /* it starts: a little later */
	case ERROR_INVALID_SERVICE_CONTROL:    /* it takes none, or not yet */
	case ERROR_SERVICE_REQUEST_TIMEOUT: return 1;
	default: return r > 0 ? win32_error((DWORD)r) : r;
	}
}

/* Until the service says that it is stopped and its process has ended. */
static int
stop_gently(struct os_services *services, const char *name, SC_HANDLE service,
    HANDLE process, int64_t end)
{
	bool told = false;
	int r;

	while ((r = stop_step(services, name, service, end, &told)) > 0) {
		if (win32_left(end) == 0)
			return ERR_TIMEOUT;
		win32_service_pause();
	}
	if (r == 0 && process != NULL)
		r = WaitForSingleObject(process, (DWORD)win32_left(end)) ==
			WAIT_OBJECT_0
		    ? 0
		    : ERR_TIMEOUT;
	return r;
}

static int
wait_stopped(struct os_services *services, SC_HANDLE service, HANDLE process)
{
	int64_t end = os_ticks() + GRACE_MS * MS;
	SERVICE_STATUS_PROCESS status;

	if (WaitForSingleObject(process, GRACE_MS) != WAIT_OBJECT_0)
		return ERR_TIMEOUT;
	while (win32_service_status(services, service, &status) == 0) {
		if (status.dwCurrentState == SERVICE_STOPPED)
			return 0;
		if (win32_left(end) == 0)
			break;
		Sleep(10);
	}
	return ERR_TIMEOUT;
}

/*
 * Takes the recovery actions away, which are in *actions then, malloc'd; NULL:
 * this system has none. ERR_TIMEOUT: one of them starts the machine anew, which
 * no service is worth.
 */
static int
take_actions(SC_HANDLE service, void **actions)
{
	SC_ACTION nothing = { SC_ACTION_NONE, 0 };
	SERVICE_FAILURE_ACTIONSW none = { .lpsaActions = &nothing }, *is;

	if (win32_service_query(
		service, SERVICE_CONFIG_FAILURE_ACTIONS, actions) < 0) {
		*actions = NULL;
		return 0;
	}
	is = *actions;
	for (DWORD i = 0; i < is->cActions; i++)
		if (is->lpsaActions[i].Type == SC_ACTION_REBOOT)
			return ERR_TIMEOUT;
	return win32_service_change(
	    service, SERVICE_CONFIG_FAILURE_ACTIONS, &none);
}

/*
 * Its end is a failure to the service manager, which would start it again: its
 * recovery actions are taken away for the moment. Where they could not be put
 * back, os_service_check tells.
 */
static int
stop_by_force(struct os_services *services, const char *name, HANDLE process)
{
	void *actions = NULL;
	SC_HANDLE service;
	int r;

	if ((r = win32_service_open(services, name,
		 SERVICE_QUERY_STATUS | SERVICE_QUERY_CONFIG |
		     SERVICE_CHANGE_CONFIG | SERVICE_START,
		 &service)) < 0)
		return r;
	if ((r = take_actions(service, &actions)) < 0)
		goto out;
	r = ERR_TIMEOUT;
	if (TerminateProcess(process, ENDED))
		r = wait_stopped(services, service, process);
	if (actions != NULL)
		win32_service_change(
		    service, SERVICE_CONFIG_FAILURE_ACTIONS, actions);
out:
	free(actions);
	CloseServiceHandle(service);
	return r == 0 ? 1 : r;
}

int
os_service_stop(struct os_services *services, const char *name, int timeout_ms)
{
	int64_t end = os_ticks() + timeout_ms * MS;
	HANDLE process = NULL;
	SC_HANDLE service;
	int r;

	if ((r = win32_service_open(
		 services, name, SERVICE_QUERY_STATUS, &service)) < 0)
		return r;
	process = open_process(services, service);
	r = stop_gently(services, name, service, process, end);
	if (r == ERR_TIMEOUT && process != NULL)
		r = stop_by_force(services, name, process);
	if (process != NULL)
		CloseHandle(process);
	CloseServiceHandle(service);
	return r;
}

/* Those that run, in the order in which they are to be stopped; malloc'd. */
static int
list_dependents(SC_HANDLE service, ENUM_SERVICE_STATUSW **list, DWORD *count)
{
	DWORD size = sizeof(**list), needed = 0;

	for (int i = 0; i < LISTS; i++) {
		if ((*list = malloc(size)) == NULL)
			return ERR_NOMEM;
		if (EnumDependentServicesW(
			service, SERVICE_ACTIVE, *list, size, &needed, count))
			return 0;
		free(*list);
		*list = NULL;
		if (GetLastError() != ERROR_MORE_DATA || needed <= size)
			return win32_last();
		size = needed;
	}
	return ERR_CHANGED;
}

int
os_service_dependents(struct os_services *services, const char *name,
    int (*each)(void *arg, const char *name), void *arg)
{
	ENUM_SERVICE_STATUSW *list = NULL;
	DWORD count = 0;
	SC_HANDLE service;
	char *text;
	int r;

	if ((r = win32_service_open(
		 services, name, SERVICE_ENUMERATE_DEPENDENTS, &service)) < 0)
		return r;
	r = list_dependents(service, &list, &count);
	for (DWORD i = 0; r == 0 && i < count; i++) {
		if ((r = win32_utf8(list[i].lpServiceName, &text)) < 0)
			break;
		r = each(arg, text);
		free(text);
	}
	free(list);
	CloseServiceHandle(service);
	return r;
}
