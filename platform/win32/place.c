/* Default places, the environment, and whether this user may write somewhere.
 */
#include "win32.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* Values of the environment that were asked for: callers keep the pointers. */
struct value {
	struct value *next;
	char *name;
	char *text;
};

static struct value *values;
static SRWLOCK values_lock = SRWLOCK_INIT;

/* malloc'd; NULL when unset. */
static char *
read_env(const char *name)
{
	WCHAR *wide, *value = NULL;
	char *text = NULL;
	DWORD size;

	if (win32_wide(name, &wide) < 0)
		return NULL;
	size = GetEnvironmentVariableW(wide, NULL, 0);
	if (size > 0 && (value = malloc(size * sizeof(*value))) != NULL &&
	    GetEnvironmentVariableW(wide, value, size) < size &&
	    win32_utf8(value, &text) < 0)
		text = NULL;
	free(value);
	free(wide);
	return text;
}

/* The kept value; takes `text` over. NULL when out of memory. */
static const char *
keep(const char *name, char *text)
{
	struct value *v;

	for (v = values; v != NULL; v = v->next)
		if (strcmp(v->name, name) == 0 && strcmp(v->text, text) == 0) {
			free(text);
			return v->text;
		}
	if ((v = malloc(sizeof(*v))) == NULL ||
	    (v->name = _strdup(name)) == NULL) {
		free(v);
		free(text);
		return NULL;
	}
	v->text = text;
	v->next = values;
	values = v;
	return text;
}

const char *
os_env(const char *name)
{
	const char *kept;
	char *text;

	/* The user's programs without rights may have set ours. */
	if ((strncmp(name, "SMS_", 4) == 0 && win32_is_raised()) ||
	    (text = read_env(name)) == NULL)
		return NULL;
	AcquireSRWLockExclusive(&values_lock);
	kept = keep(name, text);
	ReleaseSRWLockExclusive(&values_lock);
	return kept;
}

static int
system_drive(char **path)
{
	WCHAR windows[MAX_PATH];
	UINT len = GetSystemWindowsDirectoryW(windows, MAX_PATH);

	if (len < 3 || len >= MAX_PATH)
		return ERR_NOENT;
	windows[3] = L'\0';
	return win32_shown(windows, path);
}

/*
 * A folder that the registry names; malloc'd. The environment would say the
 * same, but whoever starts us may have changed it: so the one variable that
 * stands in the registry is put in here, and others are not known.
 */
static int
known_folder(const WCHAR *key, const WCHAR *value, char **path)
{
	static const WCHAR drive[] = L"%SystemDrive%";
	const size_t len = sizeof(drive) / sizeof(drive[0]) - 1;
	WCHAR text[MAX_PATH], *from = text;
	DWORD size = sizeof(text);
	char *root, *rest;
	int r;

	if (RegGetValueW(HKEY_LOCAL_MACHINE, key, value,
		RRF_RT_REG_SZ | RRF_RT_REG_EXPAND_SZ | RRF_NOEXPAND, NULL, text,
		&size) != ERROR_SUCCESS)
		return ERR_NOENT;
	if (_wcsnicmp(text, drive, len) != 0)
		return wcschr(text, L'%') != NULL ? ERR_NOENT
						  : win32_shown(text, path);
	if ((r = system_drive(&root)) < 0)
		return r;
	from += len;
	from += *from == L'\\';
	if ((r = win32_shown(from, &rest)) == 0) {
		*path = malloc(strlen(root) + strlen(rest) + 1);
		if (*path == NULL)
			r = ERR_NOMEM;
		else
			strcat(strcpy(*path, root), rest);
		free(rest);
	}
	free(root);
	return r;
}

static int
program_files(char **path)
{
	return known_folder(L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion",
	    L"ProgramFilesDir", path);
}

static int
program_data(char **path)
{
	return known_folder(
	    L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList",
	    L"ProgramData", path);
}

static int
user_data(char **path)
{
	const char *folder = os_env("LOCALAPPDATA");

	if (folder == NULL || folder[0] == '\0' || folder[1] != ':')
		return ERR_NOENT;
	*path = _strdup(folder);
	return *path == NULL ? ERR_NOMEM : 0;
}

/* $SMS_SYSROOT, `folder` without its drive, `name`; malloc'd or NULL. */
static char *
below_sysroot(const char *folder, const char *name)
{
	const char *root = os_env("SMS_SYSROOT");
	size_t len = root == NULL ? 0 : strlen(root), end = strlen(folder);
	char *whole;

	while (len > 0 && win32_separator(root[len - 1]))
		len--;
	if (len > 0 && end >= 2 && folder[1] == ':') {
		folder += 2;
		end -= 2;
	}
	while (end > 0 && name[0] != '\0' && win32_separator(folder[end - 1]))
		end--;
	if ((whole = malloc(len + end + strlen(name) + 1)) == NULL)
		return NULL;
	if (len > 0)
		memcpy(whole, root, len);
	memcpy(whole + len, folder, end);
	strcpy(whole + len + end, name);
	return whole;
}

int
os_place(enum os_place place, char **path)
{
	const char *name = "/MS/SMS";
	char *folder = NULL;
	int r = ERR_ARG;

	*path = NULL;
	switch (place) {
	case OS_CLIENT_ROOT: r = program_files(&folder); break;
	case OS_STATE_ROOT:
	case OS_CONFIG_ROOT: r = program_data(&folder); break;
	case OS_SITE_LOGS:
		r = program_data(&folder);
		name = "/MS/SMS/LOGS";
		break;
	case OS_USER_STATE: r = user_data(&folder); break;
	case OS_DRIVE_ROOT:
		r = system_drive(&folder);
		name = "";
		break;
	}
	if (r < 0)
		return r;
	*path = below_sysroot(folder, name);
	free(folder);
	return *path == NULL ? ERR_NOMEM : 0;
}

/* Cuts the last name off; false when none is left: at the drive or the share.
 */
static bool
cut_name(WCHAR *path)
{
	WCHAR *end = wcsrchr(path, L'\\');
	size_t parts = 0;

	for (const WCHAR *p = path; *p != L'\0'; p++)
		parts += *p == L'\\';
	/* "\\?\C:\x" has four, "\\?\UNC\server\share\x" six. */
	if (parts < (wcsncmp(path, L"\\\\?\\UNC\\", 8) == 0 ? 6u : 4u) ||
	    end[1] == L'\0')
		return false;
	end[parts == 4 ? 1 : 0] = L'\0';
	return true;
}

/* 0, ERR_NOENT when it is missing, or why no file may be made in it. */
static int
check_folder(const WCHAR *path)
{
	DWORD attributes = GetFileAttributesW(path), flags = 0;
	HANDLE handle;
	int r;

	if (attributes == INVALID_FILE_ATTRIBUTES)
		return win32_last();
	if (!(attributes & FILE_ATTRIBUTE_DIRECTORY))
		return ERR_NOTDIR;
	if ((r = win32_open_path(path, FILE_ADD_FILE, &handle)) < 0)
		return r;
	if (GetVolumeInformationByHandleW(
		handle, NULL, 0, NULL, NULL, &flags, NULL, 0) &&
	    (flags & FILE_READ_ONLY_VOLUME) != 0)
		r = ERR_ROFS;
	CloseHandle(handle);
	return r;
}

int
os_may_write(const char *path)
{
	WCHAR *real;
	int r;

	if ((r = win32_path(path, &real)) < 0)
		return r;
	while ((r = check_folder(real)) == ERR_NOENT && cut_name(real))
		;
	free(real);
	return r;
}
