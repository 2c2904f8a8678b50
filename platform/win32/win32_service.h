/* What service.c, service_register.c and service_run.c share: the Service Control Manager. */
#ifndef WIN32_SERVICE_H
#define WIN32_SERVICE_H

#include "win32.h"

struct os_services {
	SC_HANDLE manager;
	bool remote; /* another machine's: its processes are out of reach */
};

/* Opens the service `name`: ERR_NAME, ERR_NOENT, ERR_ACCES ... */
int win32_service_open(struct os_services *services, const char *name,
    DWORD access, SC_HANDLE *service);
/* How it stands now. What has no process any more is stopped, also where the
 * service manager has not seen it yet. */
int win32_service_status(struct os_services *services, SC_HANDLE service,
    SERVICE_STATUS_PROCESS *status);
/* What QueryServiceConfig2 tells of `level`, or QueryServiceConfig where it is
 * 0; malloc'd. ERR_UNSUP: a level that this system does not know. */
int win32_service_query(SC_HANDLE service, DWORD level, void **data);
/* ERR_UNSUP, and false: a system that knows no delay. */
int win32_service_delayed(SC_HANDLE service, BOOL *delayed);
/* Sets what ChangeServiceConfig2 calls `level`, but where this system does not
 * know it. */
int win32_service_change(SC_HANDLE service, DWORD level, void *data);
/* The same start mode in the words of the system. */
void win32_service_start_type(
    enum os_service_start start, DWORD *type, BOOL *delayed);
/* Is it a name as os.h has them? */
bool win32_is_service_name(const char *name);
/* Waits a moment before another look. A request to stop is not looked at: half a
 * stop of a service would be worse. */
void win32_service_pause(void);

#endif
