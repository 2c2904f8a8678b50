/*
 * service NAME LOG [MODE [WORD...]]: a service that says in the file LOG what
 * happens to it, a line each: "NAME start", "NAME stop". MODE is how it behaves:
 *
 *	good	stops when it is asked to
 *	tell	says its words too: "NAME word <WORD>"
 *	hang	is asked to stop and never does
 *	deaf	is asked to stop and does not even answer
 *	die	runs, and is gone after a fifth of a second
 *	refuse	ends before it runs, with exit code 7
 *	linger	is stopped, and its process ends half a second later: "NAME gone"
 *	slow	takes four seconds to start
 *
 * All of them end after two minutes. It is compiled with -DMODE=L"...", which it
 * is without a word of it, and -DVERSION=L" ...", which stands behind "start".
 */
#include <windows.h>

#include <stdio.h>

#ifndef MODE
#define MODE L"good"
#endif
#ifndef VERSION
#define VERSION L""
#endif

#define LIMIT_MS 120000

int wmain(int argc, WCHAR *argv[]);

static WCHAR *name, *mode;
static const WCHAR *log_path;
static WCHAR **words;
static SERVICE_STATUS_HANDLE handle;
static SERVICE_STATUS status = { .dwServiceType = SERVICE_WIN32_OWN_PROCESS };
static HANDLE stop;

static void
say(const WCHAR *what)
{
	HANDLE file = CreateFileW(
	    log_path, FILE_APPEND_DATA, 7, NULL, OPEN_ALWAYS, 0, NULL);
	char line[1024];
	DWORD n;

	snprintf(line, sizeof line, "%ls %ls\n", name, what);
	WriteFile(file, line, (DWORD)lstrlenA(line), &n, NULL);
	CloseHandle(file);
}

static BOOL
is_mode(const WCHAR *what)
{
	return lstrcmpW(mode, what) == 0;
}

static void
tell(DWORD state, DWORD code)
{
	status.dwCurrentState = state;
	status.dwWin32ExitCode = code;
	status.dwWaitHint = state == SERVICE_STOP_PENDING ? LIMIT_MS : 0;
	status.dwControlsAccepted = state == SERVICE_RUNNING
	    ? SERVICE_ACCEPT_STOP
	    : 0;
	SetServiceStatus(handle, &status);
}

static DWORD WINAPI
on_control(DWORD code, DWORD type, LPVOID data, LPVOID context)
{
	(void)type;
	(void)data;
	(void)context;
	if (code != SERVICE_CONTROL_STOP)
		return code == SERVICE_CONTROL_INTERROGATE
		    ? NO_ERROR
		    : ERROR_CALL_NOT_IMPLEMENTED;
	say(L"stop");
	if (is_mode(L"deaf"))
		Sleep(LIMIT_MS);
	tell(SERVICE_STOP_PENDING, 0);
	SetEvent(stop);
	return NO_ERROR;
}

static void
say_words(void)
{
	WCHAR line[512];

	for (WCHAR **word = words; *word != NULL; word++) {
		snwprintf(line, 512, L"word <%ls>", *word);
		line[511] = L'\0';
		say(line);
	}
}

static VOID WINAPI
service_main(DWORD count, WCHAR *given[])
{
	(void)count;
	(void)given;
	handle = RegisterServiceCtrlHandlerExW(name, on_control, NULL);
	tell(SERVICE_START_PENDING, 0);
	if (is_mode(L"refuse")) {
		say(L"refuses");
		tell(SERVICE_STOPPED, 7);
		return;
	}
	if (is_mode(L"slow"))
		Sleep(4000);
	say(L"start" VERSION);
	if (is_mode(L"tell"))
		say_words();
	tell(SERVICE_RUNNING, 0);
	if (is_mode(L"die")) {
		Sleep(200);
		TerminateProcess(GetCurrentProcess(), 3);
	}
	WaitForSingleObject(stop, LIMIT_MS);
	if (is_mode(L"hang"))
		Sleep(LIMIT_MS);
	tell(SERVICE_STOPPED, 0);
}

int
wmain(int argc, WCHAR *argv[])
{
	SERVICE_TABLE_ENTRYW table[] = { { NULL, service_main },
		{ NULL, NULL } };

	if (argc < 3)
		return 64;
	name = argv[1];
	log_path = argv[2];
	mode = argc > 3 ? argv[3] : (WCHAR[]){ MODE };
	words = argv + (argc > 3 ? 4 : 3);
	stop = CreateEventW(NULL, TRUE, FALSE, NULL);
	table[0].lpServiceName = name;
	if (!StartServiceCtrlDispatcherW(table))
		return 2;
	if (is_mode(L"linger")) {
		Sleep(500);
		say(L"gone");
	}
	return 0;
}
