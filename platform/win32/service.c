/*
 * The Service Control Manager: how services stand and how they begin.
 * service_register.c registers them, service_run.c starts and stops them.
 */
#include "win32_service.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX   80	 /* characters, as os.h has it */
#define REMOTE_MS  30000 /* for another machine to answer */
#define PAUSE_MS   50
#define QUERIES	   4	/* of an answer that grows meanwhile */
#define QUERY_SIZE 1024 /* bytes; most answers are shorter */

/* The manager is opened by a thread: another machine may not answer. */
struct opening {
	WCHAR *machine; /* NULL: this one */
	SC_HANDLE manager;
	volatile LONG owners;
};

static void
let_go(void *arg)
{
	struct opening *opening = arg;

	if (InterlockedDecrement(&opening->owners) > 0)
		return;
	if (opening->manager != NULL)
		CloseServiceHandle(opening->manager);
	free(opening->machine);
	free(opening);
}

/* Who may register nothing may look all the same. */
static int
open_manager(void *arg)
{
	struct opening *opening = arg;

	opening->manager = OpenSCManagerW(opening->machine, NULL,
	    SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
	if (opening->manager == NULL && GetLastError() == ERROR_ACCESS_DENIED)
		opening->manager = OpenSCManagerW(
		    opening->machine, NULL, SC_MANAGER_CONNECT);
	return opening->manager == NULL ? win32_last() : 0;
}

static int
start_opening(const char *machine, struct opening **opening)
{
	int r = 0;

	if ((*opening = calloc(1, sizeof(**opening))) == NULL)
		return ERR_NOMEM;
	(*opening)->owners = 1;
	if (machine != NULL)
		r = win32_wide(machine, &(*opening)->machine);
	if (r < 0)
		let_go(*opening);
	return r;
}

int
os_services_open(const char *machine, struct os_services **services)
{
	struct win32_work work = { open_manager, NULL, let_go };
	struct opening *opening;
	int r;

	*services = NULL;
	if ((r = start_opening(machine, &opening)) < 0)
		return r;
	if (machine == NULL) {
		r = open_manager(opening);
	} else {
		opening->owners = 2;
		work.arg = opening;
		r = win32_run_limited(&work, REMOTE_MS, true);
		if (r == ERR_TIMEOUT)
			r = ERR_HOST;
	}
	if (r == 0 && (*services = calloc(1, sizeof(**services))) == NULL)
		r = ERR_NOMEM;
	if (r == 0) {
		(*services)->manager = opening->manager;
		(*services)->remote = machine != NULL;
		opening->manager = NULL;
	}
	let_go(opening);
	return r;
}

void
os_services_close(struct os_services *services)
{
	if (services == NULL)
		return;
	CloseServiceHandle(services->manager);
	free(services);
}

const char *
os_services_name(const struct os_services *services)
{
	(void)services;
	return "Service Control Manager";
}

bool
win32_is_service_name(const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	size_t len = strlen(name);

	return len > 0 && len <= NAME_MAX && name[0] != '.' &&
	    strspn(name, good) == len;
}

int
win32_service_open(struct os_services *services, const char *name, DWORD access,
    SC_HANDLE *service)
{
	WCHAR *wide;
	int r;

	*service = NULL;
	if (!win32_is_service_name(name))
		return ERR_NAME;
	if ((r = win32_wide(name, &wide)) < 0)
		return r;
	*service = OpenServiceW(services->manager, wide, access);
	r = *service == NULL ? win32_last() : 0;
	free(wide);
	return r;
}

/* Has the process `id` of this machine ended? False when that is not told. */
static bool
has_ended(DWORD id)
{
	HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, id);
	bool is;

	if (process == NULL)
		return GetLastError() == ERROR_INVALID_PARAMETER;
	is = WaitForSingleObject(process, 0) == WAIT_OBJECT_0;
	CloseHandle(process);
	return is;
}

int
win32_service_status(struct os_services *services, SC_HANDLE service,
    SERVICE_STATUS_PROCESS *status)
{
	DWORD n;

	memset(status, 0, sizeof(*status));
	if (!QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO,
		(BYTE *)status, sizeof(*status), &n))
		return win32_last();
	if (!services->remote && status->dwProcessId != 0 &&
	    has_ended(status->dwProcessId)) {
		status->dwCurrentState = SERVICE_STOPPED;
		status->dwProcessId = 0;
	}
	return 0;
}

int
win32_service_query(SC_HANDLE service, DWORD level, void **data)
{
	DWORD size = QUERY_SIZE, needed = 0, error;
	BOOL is;

	for (int i = 0; i < QUERIES; i++) {
		if ((*data = calloc(1, size)) == NULL)
			return ERR_NOMEM;
		is = level == 0
		    ? QueryServiceConfigW(service, *data, size, &needed)
		    : QueryServiceConfig2W(
			  service, level, *data, size, &needed);
		if (is)
			return 0;
		error = GetLastError();
		free(*data);
		*data = NULL;
		if (error != ERROR_INSUFFICIENT_BUFFER || needed <= size)
			return win32_error(error);
		size = needed;
	}
	return ERR_CHANGED;
}

void
win32_service_pause(void)
{
	Sleep(PAUSE_MS);
}

int
win32_service_delayed(SC_HANDLE service, BOOL *delayed)
{
	void *data;
	int r = win32_service_query(
	    service, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &data);

	*delayed = FALSE;
	if (r < 0)
		return r;
	*delayed =
	    ((SERVICE_DELAYED_AUTO_START_INFO *)data)->fDelayedAutostart != 0;
	free(data);
	return 0;
}

static int
read_start(SC_HANDLE service, enum os_service_start *start)
{
	void *data;
	BOOL delayed;
	int r = win32_service_query(service, 0, &data);

	if (r < 0)
		return r;
	switch (((QUERY_SERVICE_CONFIGW *)data)->dwStartType) {
	case SERVICE_DEMAND_START: *start = OS_START_MANUAL; break;
	case SERVICE_DISABLED: *start = OS_START_DISABLED; break;
	default:
		r = win32_service_delayed(service, &delayed);
		*start = delayed ? OS_START_DELAYED : OS_START_AUTO;
		if (r == ERR_UNSUP) /* a system that knows no delay */
			r = 0;
	}
	free(data);
	return r;
}

/* One that is paused is there as one that runs is. */
static enum os_service_state
state_of(DWORD state)
{
	switch (state) {
	case SERVICE_STOPPED: return OS_SERVICE_STOPPED;
	case SERVICE_RUNNING:
	case SERVICE_PAUSED: return OS_SERVICE_RUNNING;
	default: return OS_SERVICE_CHANGING;
	}
}

int
os_service_look(struct os_services *services, const char *name,
    struct os_service_info *info)
{
	SERVICE_STATUS_PROCESS status;
	SC_HANDLE service;
	int r;

	memset(info, 0, sizeof(*info));
	if ((r = win32_service_open(services, name,
		 SERVICE_QUERY_STATUS | SERVICE_QUERY_CONFIG, &service)) < 0)
		return r;
	if ((r = win32_service_status(services, service, &status)) == 0) {
		info->state = state_of(status.dwCurrentState);
		info->process = status.dwProcessId;
		r = read_start(service, &info->start);
	}
	CloseServiceHandle(service);
	return r;
}

void
win32_service_start_type(
    enum os_service_start start, DWORD *type, BOOL *delayed)
{
	*delayed = start == OS_START_DELAYED;
	*type = start == OS_START_MANUAL ? SERVICE_DEMAND_START
	    : start == OS_START_DISABLED ? SERVICE_DISABLED
					 : SERVICE_AUTO_START;
}

int
win32_service_change(SC_HANDLE service, DWORD level, void *data)
{
	int r;

	if (ChangeServiceConfig2W(service, level, data))
		return 0;
	r = win32_last();
	return r == ERR_UNSUP ? 0 : r;
}

int
os_service_set_start(
    struct os_services *services, const char *name, enum os_service_start start)
{
	SERVICE_DELAYED_AUTO_START_INFO delayed;
	SC_HANDLE service;
	DWORD type;
	int r;

	if ((r = win32_service_open(
		 services, name, SERVICE_CHANGE_CONFIG, &service)) < 0)
		return r;
	win32_service_start_type(start, &type, &delayed.fDelayedAutostart);
	if (!ChangeServiceConfigW(service, SERVICE_NO_CHANGE, type,
		SERVICE_NO_CHANGE, NULL, NULL, NULL, NULL, NULL, NULL, NULL))
		r = win32_last();
	if (r == 0 && type == SERVICE_AUTO_START)
		r = win32_service_change(
		    service, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delayed);
	CloseServiceHandle(service);
	return r;
}
