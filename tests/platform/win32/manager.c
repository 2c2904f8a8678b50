/* See manager.h. */
#include "win32_ground.h"

#include "manager.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACTIONS 8

/* One service. */
static struct {
	BOOL delayed, flag;
	DWORD reset, count;
	SC_ACTION actions[ACTIONS];
	const WCHAR *const *needed;
} kept;

static char said[4096];

typedef BOOL WINAPI change_fn(SC_HANDLE service, DWORD level, LPVOID data);
typedef BOOL WINAPI query_fn(
    SC_HANDLE service, DWORD level, LPBYTE data, DWORD size, LPDWORD needed);
typedef BOOL WINAPI list_fn(SC_HANDLE service, DWORD state,
    LPENUM_SERVICE_STATUSW list, DWORD size, LPDWORD needed, LPDWORD count);
typedef BOOL WINAPI control_fn(
    SC_HANDLE service, DWORD code, LPSERVICE_STATUS status);

static FARPROC
real(const char *name)
{
	return GetProcAddress(GetModuleHandleW(L"advapi32.dll"), name);
}

void
manager_reset(void)
{
	memset(&kept, 0, sizeof(kept));
	said[0] = '\0';
}

const char *
manager_said(void)
{
	return said;
}

void
manager_needed(const WCHAR *const names[])
{
	kept.needed = names;
}

static void
say(const char *what, DWORD number)
{
	size_t len = strlen(said);

	snprintf(said + len, sizeof(said) - len, "%s %lu ", what, number);
}

static BOOL
refuse(DWORD error)
{
	SetLastError(error);
	return FALSE;
}

/* As the system does it: without a list the number means nothing. */
static BOOL
keep_actions(const SERVICE_FAILURE_ACTIONSW *actions)
{
	if (actions->lpsaActions == NULL)
		return TRUE;
	say("actions", actions->cActions);
	kept.reset = actions->dwResetPeriod;
	kept.count = actions->cActions;
	memcpy(kept.actions, actions->lpsaActions,
	    kept.count * sizeof(kept.actions[0]));
	return TRUE;
}

static BOOL WINAPI
change(SC_HANDLE service, DWORD level, LPVOID data)
{
	switch (level) {
	case SERVICE_CONFIG_DELAYED_AUTO_START_INFO:
		kept.delayed = ((SERVICE_DELAYED_AUTO_START_INFO *)data)
				   ->fDelayedAutostart;
		say("delayed", (DWORD)kept.delayed);
		break;
	case SERVICE_CONFIG_FAILURE_ACTIONS_FLAG:
		kept.flag = ((SERVICE_FAILURE_ACTIONS_FLAG *)data)
				->fFailureActionsOnNonCrashFailures;
		say("flag", (DWORD)kept.flag);
		break;
	case SERVICE_CONFIG_FAILURE_ACTIONS: keep_actions(data); break;
	default: break;
	}
	if (is_wine() && level != SERVICE_CONFIG_DESCRIPTION)
		return TRUE;
	return ((change_fn *)(void *)real("ChangeServiceConfig2W"))(
	    service, level, data);
}

static BOOL
tell_actions(LPBYTE data, DWORD size, LPDWORD needed)
{
	SERVICE_FAILURE_ACTIONSW *actions = (SERVICE_FAILURE_ACTIONSW *)data;

	*needed = (DWORD)(sizeof(*actions) + sizeof(kept.actions));
	if (size < *needed)
		return refuse(ERROR_INSUFFICIENT_BUFFER);
	memset(actions, 0, sizeof(*actions));
	actions->dwResetPeriod = kept.reset;
	actions->cActions = kept.count;
	if (kept.count > 0)
		actions->lpsaActions = (SC_ACTION *)(actions + 1);
	memcpy(actions + 1, kept.actions, sizeof(kept.actions));
	return TRUE;
}

static BOOL WINAPI
query(SC_HANDLE service, DWORD level, LPBYTE data, DWORD size, LPDWORD needed)
{
	if (!is_wine() || level == SERVICE_CONFIG_DESCRIPTION)
		return ((query_fn *)(void *)real("QueryServiceConfig2W"))(
		    service, level, data, size, needed);
	switch (level) {
	case SERVICE_CONFIG_DELAYED_AUTO_START_INFO:
		((SERVICE_DELAYED_AUTO_START_INFO *)data)->fDelayedAutostart =
		    kept.delayed;
		return TRUE;
	case SERVICE_CONFIG_FAILURE_ACTIONS_FLAG:
		((SERVICE_FAILURE_ACTIONS_FLAG *)data)
		    ->fFailureActionsOnNonCrashFailures = kept.flag;
		return TRUE;
	case SERVICE_CONFIG_FAILURE_ACTIONS:
		return tell_actions(data, size, needed);
	default: return refuse(ERROR_INVALID_LEVEL);
	}
}

static BOOL WINAPI
list_dependents(SC_HANDLE service, DWORD state, LPENUM_SERVICE_STATUSW list,
    DWORD size, LPDWORD needed, LPDWORD count)
{
	if (!is_wine())
		return ((list_fn *)(void *)real("EnumDependentServicesW"))(
		    service, state, list, size, needed, count);
	*count = 0;
	while (kept.needed != NULL && kept.needed[*count] != NULL)
		++*count;
	*needed = *count * (DWORD)sizeof(*list);
	if (size < *needed) {
		*count = 0;
		return refuse(ERROR_MORE_DATA);
	}
	memset(list, 0, *needed);
	for (DWORD i = 0; i < *count; i++)
		list[i].lpServiceName = (LPWSTR)(uintptr_t)kept.needed[i];
	return TRUE;
}

static BOOL WINAPI
control(SC_HANDLE service, DWORD code, LPSERVICE_STATUS status)
{
	if (code == SERVICE_CONTROL_STOP && kept.needed != NULL &&
	    kept.needed[0] != NULL)
		return refuse(ERROR_DEPENDENT_SERVICES_RUNNING);
	return ((control_fn *)(void *)real("ControlService"))(
	    service, code, status);
}

/* Where the linker looks for the functions of the system. */
extern change_fn *__imp_ChangeServiceConfig2W;
change_fn *__imp_ChangeServiceConfig2W = change;
extern query_fn *__imp_QueryServiceConfig2W;
query_fn *__imp_QueryServiceConfig2W = query;
extern list_fn *__imp_EnumDependentServicesW;
list_fn *__imp_EnumDependentServicesW = list_dependents;
extern control_fn *__imp_ControlService;
control_fn *__imp_ControlService = control;
