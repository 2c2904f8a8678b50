/* The ground of the tests; see ../ground.h and win32_ground.h. */
#include "win32_ground.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_MS 100000 /* of one test; they take far less */

static HANDLE watchdog;

/* A test that hangs is ended: the script tells which one it was. */
static VOID CALLBACK
end_all(PVOID arg, BOOLEAN fired)
{
	(void)arg;
	(void)fired;
	TerminateProcess(GetCurrentProcess(), 124);
}

int
ground_setup(void **state)
{
	static int count;
	const char *base = getenv("TEST_DIR");
	char *p;

	(void)state;
	if (base == NULL) {
		fputs("TEST_DIR must name a folder\n", stderr);
		return -1;
	}
	snprintf(ground.path, sizeof(ground.path), "%s/t.%d", base, ++count);
	for (p = ground.path; *p != '\0'; p++)
		if (*p == '\\')
			*p = '/';
	p[0] = '\0';
	if (!CreateDirectoryW(ground_wide("."), NULL) ||
	    os_dir_open(ground.path, &ground.dir) != 0)
		return -1;
	return CreateTimerQueueTimer(
		   &watchdog, NULL, end_all, NULL, LIMIT_MS, 0, 0)
	    ? 0
	    : -1;
}

unsigned
ground_handles(void)
{
	unsigned n = 0;
	DWORD flags;

	for (uintptr_t value = 4; value < 0x2000; value += 4)
		n += GetHandleInformation((HANDLE)value, &flags) != 0;
	return n;
}

bool
is_wine(void)
{
	return GetProcAddress(
		   GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != NULL;
}

/* Wine alone: a program of the system that it runs on is started. It cannot be
 * waited for; what it does is awaited. */
static void
outside(const WCHAR *program, const char *word, const WCHAR *path)
{
	char *(*unix_name)(const WCHAR *path);
	STARTUPINFOW info = { .cb = sizeof(info) };
	PROCESS_INFORMATION made;
	WCHAR line[8192];

	unix_name = (char *(*)(const WCHAR *))(void *)GetProcAddress(
	    GetModuleHandleW(L"kernel32.dll"), "wine_get_unix_file_name");
	assert_true(unix_name != NULL);
	swprintf(line, 8192, L"x %hs \"%hs\"", word, unix_name(path));
	assert_true(CreateProcessW(
	    program, line, NULL, NULL, FALSE, 0, NULL, NULL, &info, &made));
}

static bool
is_there(const WCHAR *path)
{
	return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

static bool
remove_link(const WCHAR *path)
{
	if (!is_wine())
		return RemoveDirectoryW(path);
	outside(L"Z:\\bin\\rm", "-f", path);
	while (is_there(path))
		Sleep(1);
	return true;
}

static bool
remove_tree(const WCHAR *path)
{
	WIN32_FIND_DATAW found;
	WCHAR name[4096];
	bool removed = true;
	HANDLE list;

	swprintf(name, 4096, L"%ls\\*", path);
	list = FindFirstFileW(name, &found);
	if (list == INVALID_HANDLE_VALUE)
		return false;
	do {
		if (wcscmp(found.cFileName, L".") == 0 ||
		    wcscmp(found.cFileName, L"..") == 0)
			continue;
		swprintf(name, 4096, L"%ls\\%ls", path, found.cFileName);
		SetFileAttributesW(name, FILE_ATTRIBUTE_NORMAL);
		if (!(found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
			removed = DeleteFileW(name) && removed;
		else if (found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
			removed = remove_link(name) && removed;
		else
			removed = remove_tree(name) && removed;
	} while (FindNextFileW(list, &found));
	FindClose(list);
	return RemoveDirectoryW(path) && removed;
}

int
ground_teardown(void **state)
{
	(void)state;
	DeleteTimerQueueTimer(NULL, watchdog, INVALID_HANDLE_VALUE);
	os_dir_close(ground.dir);
	if (!SetCurrentDirectoryW(L"C:\\"))
		return -1;
	/* What a program has open is closed a moment after its end. */
	for (int i = 0; i < 100; i++) {
		if (remove_tree(ground_wide(".")))
			return 0;
		Sleep(20);
	}
	return -1;
}

const WCHAR *
ground_wide(const char *rel)
{
	static WCHAR texts[4][4096];
	static int next;
	WCHAR *text = texts[next++ % 4], *p;
	/* Nothing in such a path is left out, a "." neither. */
	const char *path = strcmp(rel, ".") == 0 ? ground.path
						 : ground_path(rel);

	wcscpy(text, L"\\\\?\\");
	assert_true(
	    MultiByteToWideChar(CP_UTF8, 0, path, -1, text + 4, 4092) > 0);
	for (p = text; *p != L'\0'; p++)
		if (*p == L'/')
			*p = L'\\';
	return text;
}

static HANDLE
open_rel(const char *rel, DWORD access, DWORD disposition)
{
	return CreateFileW(ground_wide(rel), access,
	    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
	    disposition, FILE_ATTRIBUTE_NORMAL, NULL);
}

void
ground_put(const char *rel, const char *text)
{
	HANDLE file = open_rel(rel, GENERIC_WRITE, CREATE_ALWAYS);
	DWORD n, len = (DWORD)strlen(text);

	assert_ptr_not_equal(file, INVALID_HANDLE_VALUE);
	assert_true(WriteFile(file, text, len, &n, NULL) && n == len);
	CloseHandle(file);
}

void
ground_folder(const char *rel)
{
	assert_true(CreateDirectoryW(ground_wide(rel), NULL));
}

void
ground_move(const char *from, const char *to)
{
	const WCHAR *wide = ground_wide(from);

	assert_true(
	    MoveFileExW(wide, ground_wide(to), MOVEFILE_REPLACE_EXISTING));
}

const char *
ground_get(const char *rel)
{
	static char text[131072];
	HANDLE file = open_rel(rel, GENERIC_READ, OPEN_EXISTING);
	DWORD n = 0;

	if (file == INVALID_HANDLE_VALUE)
		return "(none)";
	if (!ReadFile(file, text, sizeof(text) - 1, &n, NULL))
		n = 0;
	CloseHandle(file);
	text[n] = '\0';
	return text;
}

void
ground_env(const char *name, const char *value)
{
	WCHAR wide_name[64], wide[4096];

	assert_true(MultiByteToWideChar(CP_UTF8, 0, name, -1, wide_name, 64));
	if (value != NULL)
		assert_true(
		    MultiByteToWideChar(CP_UTF8, 0, value, -1, wide, 4096));
	assert_true(
	    SetEnvironmentVariableW(wide_name, value == NULL ? NULL : wide));
}

DWORD
ground_attributes(const char *rel)
{
	DWORD attributes = GetFileAttributesW(ground_wide(rel));

	assert_int_not_equal(attributes, INVALID_FILE_ATTRIBUTES);
	return attributes;
}

void
ground_set_attributes(const char *rel, DWORD attributes)
{
	assert_true(SetFileAttributesW(ground_wide(rel), attributes));
}

void
ground_link(const char *target, const char *rel)
{
	const WCHAR *path = ground_wide(rel);
	WCHAR wide[512], *p;
	char word[600];

	if (is_wine()) {
		snprintf(word, sizeof(word), "-s \"%s\"", target);
		outside(L"Z:\\bin\\ln", word, path);
		while (!is_there(path))
			Sleep(1);
		return;
	}
	swprintf(wide, 512, L"%hs", target);
	for (p = wide; *p != L'\0'; p++)
		if (*p == L'/')
			*p = L'\\';
	if (!CreateSymbolicLinkW(path, wide,
		SYMBOLIC_LINK_FLAG_DIRECTORY |
		    SYMBOLIC_LINK_FLAG_ALLOW_UNPRIVILEGED_CREATE))
		skip();
}

void
ground_needs_links(void)
{
	if (is_wine())
		skip();
}
