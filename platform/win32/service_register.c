/*
 * How services are registered. What we have registered has our mark at the
 * beginning of its description; nobody else's is changed here.
 */
#include "win32_service.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define MARK	L"clisetup: "
#define ACCOUNT L"LocalSystem"
#define STOP_MS 30000 /* for a service to stop before it is forgotten */
#define TRIES	60    /* pauses until what was deleted is gone: 3 s */
#define RESET	86400 /* s without a failure until they count anew */
#define ACCESS                                                   \
	(SERVICE_QUERY_CONFIG | SERVICE_CHANGE_CONFIG | DELETE | \
	    SERVICE_START) /* START: asked for by recovery actions */

/* How a service that ended by itself is started again; the last of them counts
 * for all failures that follow. */
static const SC_ACTION recovery[] = {
	{ SC_ACTION_RESTART, 5000 },
	{ SC_ACTION_RESTART, 30000 },
	{ SC_ACTION_RESTART, 300000 },
};
#define RECOVERY (sizeof(recovery) / sizeof(recovery[0]))

/* A struct os_service in the words of the system. */
struct wanted {
	WCHAR *name, *shown, *line, *description;
	DWORD start;
	BOOL delayed;
};

/* Cuts `from` into its words, at blanks that stand in no "quotes". */
static void
split(char *from, const char *words[])
{
	bool quoted = false, in = false;
	char *to = from, c;

	do {
		c = *from++;
		if (c == '\0' || (!quoted && (c == ' ' || c == '\t'))) {
			if (in)
				*to++ = '\0';
			in = false;
			continue;
		}
		if (!in)
			*words++ = to;
		in = true;
		if (c == '"')
			quoted = !quoted;
		else
			*to++ = c;
	} while (c != '\0');
	*words = NULL;
}

/* The command line of program and arguments, each word in quotes where it must
 * be; malloc'd. */
static int
make_line(const char *program, const char *arguments, WCHAR **line)
{
	size_t len = arguments == NULL ? 0 : strlen(arguments);
	const char **words = calloc(len / 2 + 3, sizeof(*words));
	char *text = _strdup(arguments == NULL ? "" : arguments);
	char *path = NULL;
	WCHAR *wide = NULL;
	int r = words == NULL || text == NULL ? ERR_NOMEM : 0;

	if (r == 0)
		r = win32_program(program, &wide);
	if (r == 0)
		r = win32_utf8(wide, &path);
	if (r == 0) {
		words[0] = path;
		split(text, words + 1);
		r = win32_command_line(words, line);
	}
	free(wide);
	free(path);
	free(text);
	free(words);
	return r;
}

static void
wanted_free(struct wanted *wanted)
{
	free(wanted->name);
	free(wanted->shown);
	free(wanted->line);
	free(wanted->description);
}

static int
wanted_describe(struct wanted *wanted)
{
	size_t size = wcslen(MARK) + wcslen(wanted->shown) + 1;

	if ((wanted->description = malloc(size * sizeof(WCHAR))) == NULL)
		return ERR_NOMEM;
	wcscpy(wanted->description, MARK);
	wcscat(wanted->description, wanted->shown);
	return 0;
}

/*
 * 0, or ERR_NAME: the system would put something else in the place of a %NAME% in
 * it. What is no variable stays: a service of ours may be told %m.
 */
static int
check_line(const WCHAR *line)
{
	DWORD size = (DWORD)wcslen(line) + 1, needed;
	WCHAR *after = malloc(size * sizeof(*after));
	bool same;

	if (after == NULL)
		return ERR_NOMEM;
	needed = ExpandEnvironmentStringsW(line, after, size);
	same = needed == size && wcscmp(line, after) == 0;
	free(after);
	return same ? 0 : ERR_NAME;
}

static int
wanted_make(const struct os_service *service, struct wanted *wanted)
{
	int r;

	memset(wanted, 0, sizeof(*wanted));
	if (!win32_is_service_name(service->name))
		return ERR_NAME;
	win32_service_start_type(
	    service->start, &wanted->start, &wanted->delayed);
	if ((r = win32_wide(service->name, &wanted->name)) < 0 ||
	    (r = win32_wide(service->shown, &wanted->shown)) < 0 ||
	    (r = wanted_describe(wanted)) < 0 ||
	    (r = make_line(
		 service->program, service->arguments, &wanted->line)) < 0)
		goto out;
	r = check_line(wanted->line);
out:
	if (r < 0)
		wanted_free(wanted);
	return r;
}

/*
 * 0, or ERR_EXIST: somebody else registered it. One of ours may still be without
 * its mark, when we were cut off behind its first step: its command line (NULL:
 * not known) is enough then.
 */
static int
is_ours(SC_HANDLE service, const WCHAR *line)
{
	void *data, *config;
	const WCHAR *text;
	int r = win32_service_query(service, SERVICE_CONFIG_DESCRIPTION, &data);

	if (r < 0)
		return r;
	text = ((SERVICE_DESCRIPTIONW *)data)->lpDescription;
	if (text != NULL && text[0] != L'\0') {
		r = wcsncmp(text, MARK, wcslen(MARK)) == 0 ? 0 : ERR_EXIST;
	} else if (line == NULL) {
		r = ERR_EXIST;
	} else if ((r = win32_service_query(service, 0, &config)) == 0) {
		text = ((QUERY_SERVICE_CONFIGW *)config)->lpBinaryPathName;
		r = text != NULL && wcscmp(text, line) == 0 ? 0 : ERR_EXIST;
		free(config);
	}
	free(data);
	return r;
}

static bool
is_text(const WCHAR *is, const WCHAR *wanted)
{
	return wcscmp(is == NULL ? L"" : is, wanted) == 0;
}

static int
check_config(SC_HANDLE service, const struct wanted *wanted)
{
	QUERY_SERVICE_CONFIGW *is;
	void *data;
	int r = win32_service_query(service, 0, &data);

	if (r < 0)
		return r;
	is = data;
	if (is->dwServiceType != SERVICE_WIN32_OWN_PROCESS ||
	    is->dwStartType != wanted->start ||
	    !is_text(is->lpBinaryPathName, wanted->line) ||
	    !is_text(is->lpDisplayName, wanted->shown) ||
	    is->lpServiceStartName == NULL ||
	    _wcsicmp(is->lpServiceStartName, ACCOUNT) != 0)
		r = ERR_CHANGED;
	free(data);
	return r;
}

static int
check_description(SC_HANDLE service, const struct wanted *wanted)
{
	void *data;
	int r = win32_service_query(service, SERVICE_CONFIG_DESCRIPTION, &data);

	if (r < 0)
		return r;
	if (!is_text(((SERVICE_DESCRIPTIONW *)data)->lpDescription,
		wanted->description))
		r = ERR_CHANGED;
	free(data);
	return r;
}

static int
check_actions(SC_HANDLE service)
{
	SERVICE_FAILURE_ACTIONSW *is;
	void *data;
	int r;

	r = win32_service_query(service, SERVICE_CONFIG_FAILURE_ACTIONS, &data);
	if (r < 0)
		return r == ERR_UNSUP ? 0 : r;
	is = data;
	if (is->dwResetPeriod != RESET || is->cActions != RECOVERY ||
	    memcmp(is->lpsaActions, recovery, sizeof(recovery)) != 0)
		r = ERR_CHANGED;
	free(data);
	return r;
}

/* Is it also started again where it ends with an exit code? */
static int
check_flag(SC_HANDLE service)
{
	void *data;
	int r = win32_service_query(
	    service, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &data);

	if (r < 0)
		return r == ERR_UNSUP ? 0 : r;
	if (!((SERVICE_FAILURE_ACTIONS_FLAG *)data)
		 ->fFailureActionsOnNonCrashFailures)
		r = ERR_CHANGED;
	free(data);
	return r;
}

static int
check_delayed(SC_HANDLE service, BOOL wanted)
{
	BOOL is;
	int r = win32_service_delayed(service, &is);

	if (r < 0)
		return r == ERR_UNSUP ? 0 : r;
	return is == wanted ? 0 : ERR_CHANGED;
}

int
os_service_check(struct os_services *services, const struct os_service *service)
{
	struct wanted wanted;
	SC_HANDLE handle;
	int r;

	if ((r = wanted_make(service, &wanted)) < 0)
		return r;
	if ((r = win32_service_open(
		 services, service->name, SERVICE_QUERY_CONFIG, &handle)) < 0)
		goto out;
	if ((r = is_ours(handle, wanted.line)) == 0 &&
	    (r = check_config(handle, &wanted)) == 0 &&
	    (r = check_description(handle, &wanted)) == 0 &&
	    (r = check_delayed(handle, wanted.delayed)) == 0 &&
	    (r = check_actions(handle)) == 0)
		r = check_flag(handle);
	CloseServiceHandle(handle);
out:
	wanted_free(&wanted);
	return r;
}

/* All that is set behind the first step; our mark first. */
static int
set_rest(SC_HANDLE service, const struct wanted *wanted)
{
	SC_ACTION actions[RECOVERY];
	SERVICE_DESCRIPTIONW description = { wanted->description };
	SERVICE_DELAYED_AUTO_START_INFO delayed = { wanted->delayed };
	SERVICE_FAILURE_ACTIONSW failure = { .dwResetPeriod = RESET,
		.cActions = RECOVERY,
		.lpsaActions = actions };
	SERVICE_FAILURE_ACTIONS_FLAG flag = { TRUE };
	int r;

	memcpy(actions, recovery, sizeof(actions));
	if (!ChangeServiceConfig2W(
		service, SERVICE_CONFIG_DESCRIPTION, &description))
		return win32_last();
	if ((r = win32_service_change(service,
		 SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delayed)) < 0 ||
	    (r = win32_service_change(
		 service, SERVICE_CONFIG_FAILURE_ACTIONS, &failure)) < 0)
		return r;
	return win32_service_change(
	    service, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &flag);
}

/* What cannot be completed is taken back. */
static int
create(struct os_services *services, const struct wanted *wanted)
{
	SC_HANDLE service = CreateServiceW(services->manager, wanted->name,
	    wanted->shown, ACCESS, SERVICE_WIN32_OWN_PROCESS, wanted->start,
	    SERVICE_ERROR_NORMAL, wanted->line, NULL, NULL, NULL, NULL, NULL);
	int r;

	if (service == NULL)
		return win32_last();
	if ((r = set_rest(service, wanted)) < 0)
		DeleteService(service);
	CloseServiceHandle(service);
	return r;
}

static int
register_once(
    struct os_services *services, const char *name, const struct wanted *wanted)
{
	SC_HANDLE service;
	int r = win32_service_open(services, name, ACCESS, &service);

	if (r == ERR_NOENT)
		return create(services, wanted);
	if (r < 0)
		return r;
	if ((r = is_ours(service, wanted->line)) == 0 &&
	    !ChangeServiceConfigW(service, SERVICE_WIN32_OWN_PROCESS,
		wanted->start, SERVICE_ERROR_NORMAL, wanted->line, NULL, NULL,
		NULL, ACCOUNT, NULL, wanted->shown))
		r = win32_last();
	if (r == 0)
		r = set_rest(service, wanted);
	CloseServiceHandle(service);
	return r;
}

/* One that is deleted stays as long as somebody has it open: ERR_BUSY. */
int
os_service_register(
    struct os_services *services, const struct os_service *service)
{
	struct wanted wanted;
	int r = wanted_make(service, &wanted);

	if (r < 0)
		return r;
	for (int i = 0; i <= TRIES; i++) {
		r = register_once(services, service->name, &wanted);
		if (r != ERR_BUSY)
			break;
		win32_service_pause();
	}
	wanted_free(&wanted);
	return r;
}

/* It goes with the last handle to it, ours or others'. */
static int
wait_gone(struct os_services *services, const char *name)
{
	SC_HANDLE service;
	int r;

	for (int i = 0; i <= TRIES; i++) {
		r = win32_service_open(
		    services, name, SERVICE_QUERY_STATUS, &service);
		if (r == ERR_NOENT)
			return 0;
		if (r == 0)
			CloseServiceHandle(service);
		win32_service_pause();
	}
	return ERR_BUSY;
}

int
os_service_unregister(struct os_services *services, const char *name)
{
	SC_HANDLE service;
	int r;

	if ((r = win32_service_open(
		 services, name, SERVICE_QUERY_CONFIG | DELETE, &service)) < 0)
		return r;
	if ((r = is_ours(service, NULL)) == 0)
		r = os_service_stop(services, name, STOP_MS);
	if (r >= 0 && !DeleteService(service) &&
	    GetLastError() != ERROR_SERVICE_MARKED_FOR_DELETE)
		r = win32_last();
	CloseServiceHandle(service);
	return r < 0 ? r : wait_gone(services, name);
}
