/* Other programs: each gets its standard handles and none besides, however many
 * we have open. */
#include "win32.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define LINE_MAX 32766 /* UTF-16 units of a command line */
#define ENDED	 137   /* 128 + 9: the code where we ended it, as on POSIX */
#define LEFT_MAX 16    /* threads; a server that hangs for days has an end */
#define STANDARD 3

struct os_child {
	HANDLE process; /* NULL: detached, out of reach */
};

/* A command line that grows; `failed` is told once, at its end. */
struct line {
	WCHAR *text;
	size_t len, size;
	bool failed;
};

static void
add_unit(struct line *line, WCHAR unit)
{
	WCHAR *more;

	if (line->failed)
		return;
	if (line->len + 1 >= line->size) {
		line->size = line->size == 0 ? 256 : 2 * line->size;
		more = realloc(line->text, line->size * sizeof(*more));
		if (more == NULL) {
			line->failed = true;
			return;
		}
		line->text = more;
	}
	line->text[line->len++] = unit;
	line->text[line->len] = L'\0';
}

static void
add_backslashes(struct line *line, size_t count)
{
	while (count-- > 0)
		add_unit(line, L'\\');
}

/*
 * One word so that the C library and CommandLineToArgvW give it back as it was:
 * in quotes where it must be; a quote has a backslash before it; backslashes
 * count for themselves but before a quote, where each is doubled.
 */
static void
add_word(struct line *line, const WCHAR *word)
{
	bool quoted = word[0] == L'\0' || wcspbrk(word, L" \t\n\v\"") != NULL;
	size_t backslashes = 0;

	if (line->len > 0)
		add_unit(line, L' ');
	if (quoted)
		add_unit(line, L'"');
	for (; *word != L'\0'; word++) {
		if (*word == L'"')
			add_backslashes(line, backslashes + 1);
		backslashes = *word == L'\\' ? backslashes + 1 : 0;
		add_unit(line, *word);
	}
	if (quoted) {
		add_backslashes(line, backslashes);
		add_unit(line, L'"');
	}
}

/* The first word is read by other rules: it ends at the next quote, whatever
 * stands before that. No path has one in it. */
static void
add_program(struct line *line, const WCHAR *program)
{
	add_unit(line, L'"');
	while (*program != L'\0')
		add_unit(line, *program++);
	add_unit(line, L'"');
}

int
win32_command_line(const char *const argv[], WCHAR **text)
{
	struct line line = { NULL, 0, 0, false };
	WCHAR *word;
	int r = 0;

	for (size_t i = 0; r == 0 && argv[i] != NULL; i++) {
		if ((r = win32_wide(argv[i], &word)) < 0)
			break;
		if (i == 0)
			add_program(&line, word);
		else
			add_word(&line, word);
		free(word);
		if (line.failed)
			r = ERR_NOMEM;
		else if (line.len > LINE_MAX)
			r = ERR_RANGE;
	}
	*text = line.text;
	if (r < 0) {
		free(line.text);
		*text = NULL;
	}
	return r;
}

static bool
ends_in(const WCHAR *path, const WCHAR *end)
{
	size_t len = wcslen(path), some = wcslen(end);

	return len >= some && _wcsicmp(path + len - some, end) == 0;
}

/*
 * The program as CreateProcessW wants it: no search, no extension added. The
 * prefix for long paths is left out where it is not needed, because a program
 * sees it in its own path, and manifests are not found behind it.
 *
 * Batch files would be given to cmd.exe, whose way to read a line is another
 * one: no quoting is right for both, and words could become commands.
 */
int
win32_program(const char *path, WCHAR **program)
{
	WCHAR *real;
	size_t len;
	int r;

	*program = NULL;
	if ((r = win32_path(path, &real)) < 0)
		return r;
	if (ends_in(real, L".bat") || ends_in(real, L".cmd")) {
		free(real);
		return ERR_UNSUP;
	}
	len = wcslen(real);
	if (len < MAX_PATH && wcsncmp(real, L"\\\\?\\UNC\\", 8) == 0)
		memmove(real + 2, real + 8, (len - 7) * sizeof(*real));
	else if (len < MAX_PATH)
		memmove(real, real + 4, (len - 3) * sizeof(*real));
	*program = real;
	return 0;
}

/* One standard handle that the new program may have; NUL in its place where we
 * have none ourselves, or where it shall have none of ours. */
static int
standard_handle(DWORD which, bool none, HANDLE *handle)
{
	SECURITY_ATTRIBUTES inherited = { sizeof(inherited), NULL, TRUE };
	HANDLE ours = none ? NULL : GetStdHandle(which), us;

	us = GetCurrentProcess();
	if (ours != NULL && ours != INVALID_HANDLE_VALUE &&
	    DuplicateHandle(
		us, ours, us, handle, 0, TRUE, DUPLICATE_SAME_ACCESS))
		return 0;
	*handle = CreateFileW(L"\\\\.\\NUL", GENERIC_READ | GENERIC_WRITE,
	    FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, OPEN_EXISTING, 0,
	    NULL);
	return *handle == INVALID_HANDLE_VALUE ? win32_last() : 0;
}

static void
close_handles(HANDLE handles[STANDARD])
{
	for (size_t i = 0; i < STANDARD; i++)
		if (handles[i] != NULL && handles[i] != INVALID_HANDLE_VALUE)
			CloseHandle(handles[i]);
}

static int
standard_handles(unsigned how, HANDLE handles[STANDARD])
{
	static const DWORD names[STANDARD] = { STD_INPUT_HANDLE,
		STD_OUTPUT_HANDLE, STD_ERROR_HANDLE };
	int r = 0;

	memset(handles, 0, STANDARD * sizeof(handles[0]));
	for (size_t i = 0; r == 0 && i < STANDARD; i++)
		r = standard_handle(names[i],
		    how & (i == 0 ? OS_DETACHED : OS_QUIET), &handles[i]);
	if (r < 0)
		close_handles(handles);
	return r;
}

/* A list of what may be inherited: `handles` alone, which must outlive it. */
static int
handle_list(HANDLE handles[STANDARD], LPPROC_THREAD_ATTRIBUTE_LIST *list)
{
	SIZE_T size = 0;

	InitializeProcThreadAttributeList(NULL, 1, 0, &size);
	if ((*list = malloc(size)) == NULL)
		return ERR_NOMEM;
	if (!InitializeProcThreadAttributeList(*list, 1, 0, &size)) {
		free(*list);
		return ERR_NOMEM;
	}
	if (UpdateProcThreadAttribute(*list, 0,
		PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles,
		STANDARD * sizeof(handles[0]), NULL, NULL))
		return 0;
	int r = win32_last();

	DeleteProcThreadAttributeList(*list);
	free(*list);
	return r;
}

/* A console of its own would be a window that nobody asked for. */
static DWORD
creation_flags(unsigned how)
{
	DWORD flags = EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT;

	if (how & OS_DETACHED)
		return flags | DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP |
		    CREATE_BREAKAWAY_FROM_JOB;
	return GetConsoleCP() == 0 ? flags | CREATE_NO_WINDOW : flags;
}

/* A job that lets nobody out keeps the program too, and that is all. */
static bool
create(const WCHAR *program, const WCHAR *line, DWORD flags,
    STARTUPINFOW *start, PROCESS_INFORMATION *made)
{
	WCHAR *own = _wcsdup(line);
	bool is;

	if (own == NULL) {
		SetLastError(ERROR_NOT_ENOUGH_MEMORY);
		return false;
	}
	is = CreateProcessW(
	    program, own, NULL, NULL, TRUE, flags, NULL, NULL, start, made);
	free(own);
	if (is || !(flags & CREATE_BREAKAWAY_FROM_JOB) ||
	    GetLastError() != ERROR_ACCESS_DENIED)
		return is;
	return create(program, line, flags & ~(DWORD)CREATE_BREAKAWAY_FROM_JOB,
	    start, made);
}

static int
spawn(const WCHAR *program, const WCHAR *line, unsigned how, HANDLE *process)
{
	STARTUPINFOEXW start = { 0 };
	PROCESS_INFORMATION made;
	HANDLE handles[STANDARD];
	int r;

	if ((r = standard_handles(how, handles)) < 0)
		return r;
	if ((r = handle_list(handles, &start.lpAttributeList)) < 0)
		goto out;
	start.StartupInfo.cb = sizeof(start);
	start.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
	start.StartupInfo.hStdInput = handles[0];
	start.StartupInfo.hStdOutput = handles[1];
	start.StartupInfo.hStdError = handles[2];
	if (create(program, line, creation_flags(how), &start.StartupInfo,
		&made)) {
		CloseHandle(made.hThread);
		*process = made.hProcess;
	} else {
		r = win32_last();
	}
	DeleteProcThreadAttributeList(start.lpAttributeList);
	free(start.lpAttributeList);
out:
	close_handles(handles);
	return r;
}

int
os_spawn(const char *const argv[], unsigned how, struct os_child **child)
{
	WCHAR *program = NULL, *line = NULL;
	int r;

	*child = NULL;
	if (argv == NULL || argv[0] == NULL)
		return ERR_ARG;
	if ((*child = calloc(1, sizeof(**child))) == NULL)
		return ERR_NOMEM;
	if ((r = win32_program(argv[0], &program)) == 0)
		r = win32_command_line(argv, &line);
	if (r == 0)
		r = spawn(program, line, how, &(*child)->process);
	if (r == 0 && (how & OS_DETACHED)) {
		CloseHandle((*child)->process);
		(*child)->process = NULL;
	}
	free(line);
	free(program);
	if (r < 0) {
		free(*child);
		*child = NULL;
	}
	return r;
}

int
os_child_wait(struct os_child *child, int timeout_ms, int *code)
{
	DWORD value;
	int r;

	if (child->process == NULL)
		return ERR_UNSUP;
	/* What has ended is told, also to who was asked to stop. */
	if (WaitForSingleObject(child->process, 0) != WAIT_OBJECT_0 &&
	    (r = win32_wait(&child->process, 1, timeout_ms, NULL)) < 0)
		return r;
	if (!GetExitCodeProcess(child->process, &value))
		return win32_last();
	*code = (int)value;
	return 0;
}

void
os_child_end(struct os_child *child)
{
	if (child->process != NULL)
		TerminateProcess(child->process, ENDED);
}

void
os_child_free(struct os_child *child)
{
	if (child == NULL)
		return;
	if (child->process != NULL)
		CloseHandle(child->process);
	free(child);
}

/* What the system tells of where we are; malloc'd. */
static int
module_path(WCHAR **path)
{
	DWORD size = MAX_PATH, len;

	for (; size <= 2 * LINE_MAX; size *= 2) {
		if ((*path = malloc(size * sizeof(**path))) == NULL)
			return ERR_NOMEM;
		len = GetModuleFileNameW(NULL, *path, size);
		if (len > 0 && len < size)
			return 0;
		free(*path);
		if (len == 0)
			return win32_last();
	}
	return ERR_NAME;
}

/* Puts whole names for short ones (PROGRA~1), if it can be done. */
static void
lengthen(WCHAR **path)
{
	DWORD size = GetLongPathNameW(*path, NULL, 0), len;
	WCHAR *whole = size == 0 ? NULL : malloc(size * sizeof(*whole));

	if (whole == NULL)
		return;
	len = GetLongPathNameW(*path, whole, size);
	if (len == 0 || len >= size) {
		free(whole);
		return;
	}
	free(*path);
	*path = whole;
}

int
os_self(char **path)
{
	WCHAR *own;
	int r;

	*path = NULL;
	if ((r = module_path(&own)) < 0)
		return r;
	if (wcschr(own, L'~') != NULL)
		lengthen(&own);
	r = win32_shown(own, path);
	free(own);
	return r;
}
