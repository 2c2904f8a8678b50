/* What people see of us outside our own files: the system's log, and whether
 * somebody looks at a console. */
#include "win32.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define SOURCE	    L"clisetup"
#define MESSAGE	    1	  /* of event.mc */
#define BOX	    0x40  /* MB_OK | MB_ICONINFORMATION */
#define BOX_LONGEST 2000  /* UTF-16 units that a screen has place for */
#define LONGEST	    31000 /* UTF-16 units of an event; the limit is 31839 */

/* "program: text"; malloc'd, NULL when out of memory. */
static WCHAR *
line_of(const char *program, const char *text)
{
	size_t len = strlen(program), more = strlen(text);
	char *line = malloc(len + more + 3);
	WCHAR *wide = NULL;

	if (line == NULL)
		return NULL;
	memcpy(line, program, len);
	memcpy(line + len, ": ", 2);
	memcpy(line + len + 2, text, more + 1);
	if (win32_wide(line, &wide) < 0)
		wide = NULL;
	free(line);
	return wide;
}

void
os_event(const char *program, enum os_severity severity, const char *text)
{
	WORD type = EVENTLOG_INFORMATION_TYPE;
	WCHAR *line = line_of(program, text);
	const WCHAR *lines[1] = { line };
	HANDLE log;

	/* Longer ones the system refuses as a whole. */
	if (line != NULL && wcslen(line) > LONGEST)
		line[LONGEST] = L'\0';
	if (severity == OS_WARNING)
		type = EVENTLOG_WARNING_TYPE;
	else if (severity == OS_ERROR)
		type = EVENTLOG_ERROR_TYPE;
	if (line != NULL &&
	    (log = RegisterEventSourceW(NULL, SOURCE)) != NULL) {
		ReportEventW(log, type, 0, MESSAGE, NULL, 1, 0, lines, NULL);
		DeregisterEventSource(log);
	}
	free(line);
}

bool
os_is_terminal(int stream)
{
	HANDLE handle = GetStdHandle(
	    stream == 2 ? STD_ERROR_HANDLE : STD_OUTPUT_HANDLE);
	DWORD mode;

	return GetConsoleMode(handle, &mode);
}

typedef BOOL WINAPI message_fn(HANDLE server, DWORD session, LPWSTR title,
    DWORD title_size, LPWSTR text, DWORD text_size, DWORD style, DWORD timeout,
    DWORD *response, BOOL wait);

/* The box belongs to the system: it stays when we end. The library is loaded
 * when it is needed, from the system's folder alone. */
static int
show_box(DWORD session, WCHAR *title, WCHAR *text)
{
	HMODULE library = LoadLibraryExW(
	    L"wtsapi32.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
	message_fn *message = NULL;
	DWORD response;
	bool shown = false;

	if (library == NULL)
		return ERR_UNSUP;
	message = (message_fn *)(void *)GetProcAddress(
	    library, "WTSSendMessageW");
	if (message != NULL)
		shown = message(NULL, session, title,
		    (DWORD)(wcslen(title) * sizeof(WCHAR)), text,
		    (DWORD)(wcslen(text) * sizeof(WCHAR)), BOX, 0, &response,
		    FALSE);
	FreeLibrary(library);
	return shown ? 0 : ERR_UNSUP;
}

int
os_notice(const char *title, const char *text)
{
	WCHAR *wide_title = NULL, *wide = NULL;
	DWORD session;
	int r;

	/* Services and tasks run where nobody looks at a desktop. */
	if (!ProcessIdToSessionId(GetCurrentProcessId(), &session) ||
	    session == 0)
		return ERR_UNSUP;
	if ((r = win32_wide(title, &wide_title)) == 0 &&
	    (r = win32_wide(text, &wide)) == 0) {
		if (wcslen(wide) > BOX_LONGEST)
			wide[BOX_LONGEST] = L'\0';
		r = show_box(session, wide_title, wide);
	}
	free(wide);
	free(wide_title);
	return r;
}
