/*
 * Texts at the border: UTF-8 and UTF-16, what may be a name, and paths as the
 * system takes them without changing anything in them.
 */
#include "win32.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

bool
win32_separator(char c)
{
	return c == '/' || c == '\\';
}

int
win32_wide(const char *text, WCHAR **wide)
{
	int len = MultiByteToWideChar(
	    CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);

	*wide = NULL;
	if (len == 0)
		return ERR_NAME;
	if ((*wide = malloc((size_t)len * sizeof(**wide))) == NULL)
		return ERR_NOMEM;
	MultiByteToWideChar(
	    CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, *wide, len);
	return 0;
}

int
win32_utf8_part(const WCHAR *wide, size_t len, char **text)
{
	int bytes = 0;

	*text = NULL;
	if (len > INT_MAX / 4)
		return ERR_RANGE;
	if (len > 0)
		bytes = WideCharToMultiByte(
		    CP_UTF8, 0, wide, (int)len, NULL, 0, NULL, NULL);
	if ((*text = malloc((size_t)bytes + 1)) == NULL)
		return ERR_NOMEM;
	if (len > 0)
		WideCharToMultiByte(
		    CP_UTF8, 0, wide, (int)len, *text, bytes, NULL, NULL);
	(*text)[bytes] = '\0';
	return 0;
}

int
win32_utf8(const WCHAR *wide, char **text)
{
	return win32_utf8_part(wide, wcslen(wide), text);
}

/*
 * Names that reach a device instead of a file in some call or other, whatever
 * extension they have ("Naming Files, Paths, and Namespaces"); the digits of
 * COM and LPT may be superscripts.
 */
static bool
is_device(const WCHAR *name, size_t len)
{
	static const WCHAR *const devices[] = { L"CON", L"PRN", L"AUX", L"NUL",
		L"CONIN$", L"CONOUT$" };
	size_t end = 0;

	while (end < len && name[end] != L'.')
		end++;
	while (end > 0 && name[end - 1] == L' ')
		end--;
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		if (end == wcslen(devices[i]) &&
		    _wcsnicmp(name, devices[i], end) == 0)
			return true;
	return end == 4 && wcschr(L"123456789\xb9\xb2\xb3", name[3]) != NULL &&
	    (_wcsnicmp(name, L"COM", 3) == 0 ||
		_wcsnicmp(name, L"LPT", 3) == 0);
}

int
win32_name(const WCHAR *name, size_t len)
{
	if (len == 0 || len > WIN32_NAME || name[len - 1] == L' ' ||
	    name[len - 1] == L'.')
		return ERR_NAME;
	for (size_t i = 0; i < len; i++)
		if (name[i] < 32 || wcschr(L"<>:\"|?*/\\", name[i]) != NULL)
			return ERR_NAME;
	return is_device(name, len) ? ERR_NAME : 0;
}

static bool
is_dots(const WCHAR *name, size_t len)
{
	return (len == 1 && name[0] == L'.') ||
	    (len == 2 && name[0] == L'.' && name[1] == L'.');
}

/* All names of a path, from `path` on. ".." is ERR_ARG unless `up`. */
static int
check_names(const WCHAR *path, bool up)
{
	int r = 0;

	while (r == 0 && *path != L'\0') {
		size_t len = wcscspn(path, L"\\");

		if (!up && len == 2 && is_dots(path, len))
			r = ERR_ARG;
		else if (len > 0 && !is_dots(path, len))
			r = win32_name(path, len);
		path += len;
		path += wcsspn(path, L"\\");
	}
	return r;
}

/* before + after, with one separator where `before` ends; malloc'd. */
static int
join(const WCHAR *before, const WCHAR *after, WCHAR **whole)
{
	size_t len = wcslen(before), more = wcslen(after);

	*whole = malloc((len + more + 1) * sizeof(**whole));
	if (*whole == NULL)
		return ERR_NOMEM;
	memcpy(*whole, before, len * sizeof(**whole));
	memcpy(*whole + len, after, (more + 1) * sizeof(**whole));
	return 0;
}

/* No separators at the end, none doubled, "." gone: "\\?\" takes every
 * character as it is. */
static void
tidy(WCHAR *path)
{
	WCHAR *to = path;
	const WCHAR *from = path;

	while (*from != L'\0') {
		size_t len = wcscspn(from, L"\\");

		if (len > 0 && !(len == 1 && from[0] == L'.')) {
			if (to != path)
				*to++ = L'\\';
			memmove(to, from, len * sizeof(*to));
			to += len;
		}
		from += len;
		from += wcsspn(from, L"\\");
	}
	*to = L'\0';
}

/* `share` is what follows the two separators. */
static int
share_path(WCHAR *share, WCHAR **real)
{
	int r = check_names(share, false);

	if (r < 0)
		return r;
	tidy(share);
	return join(L"\\\\?\\UNC\\", share, real);
}

static int
full_path(const WCHAR *path, WCHAR **full)
{
	DWORD size = GetFullPathNameW(path, 0, NULL, NULL), len;

	if (size == 0)
		return win32_last();
	if ((*full = malloc(size * sizeof(**full))) == NULL)
		return ERR_NOMEM;
	len = GetFullPathNameW(path, size, *full, NULL);
	if (len > 0 && len < size)
		return 0;
	free(*full);
	*full = NULL;
	return len == 0 ? win32_last() : ERR_IO;
}

static bool
has_drive(const WCHAR *path)
{
	return ((path[0] >= L'A' && path[0] <= L'Z') ||
		   (path[0] >= L'a' && path[0] <= L'z')) &&
	    path[1] == L':';
}

/* A path of a drive, or relative: the system knows to what. */
static int
local_path(const WCHAR *path, WCHAR **real)
{
	WCHAR *full;
	size_t len;
	int r;

	r = check_names(has_drive(path) ? path + 2 : path, true);
	if (r < 0 || (r = full_path(path, &full)) < 0)
		return r;
	len = wcslen(full);
	while (len > 3 && full[len - 1] == L'\\')
		full[--len] = L'\0';
	if (has_drive(full))
		r = join(L"\\\\?\\", full, real);
	else if (full[0] == L'\\' && full[1] == L'\\' &&
	    wcschr(L".?", full[2]) == NULL)
		r = join(L"\\\\?\\UNC\\", full + 2, real);
	else
		r = ERR_NAME;
	free(full);
	return r;
}

/* A path that the system's own prefix stands before already. */
static int
prefixed_path(WCHAR *path, WCHAR **real)
{
	if (_wcsnicmp(path, L"UNC\\", 4) == 0)
		return share_path(path + 4, real);
	return has_drive(path) && path[2] == L'\\' ? local_path(path, real)
						   : ERR_ARG;
}

/* $SMS_UNC and the share below it; NULL in *found when there is none. */
static int
below_unc(const char *share, char **found)
{
	const char *unc = os_env("SMS_UNC");
	size_t len;

	*found = NULL;
	if (unc == NULL || unc[0] == '\0')
		return 0;
	for (const char *p = share; *p != '\0';) {
		len = strcspn(p, "/\\");
		if (len == 2 && p[0] == '.' && p[1] == '.')
			return ERR_ARG;
		p += len;
		p += strspn(p, "/\\");
	}
	len = strlen(unc);
	if ((*found = malloc(len + strlen(share) + 2)) == NULL)
		return ERR_NOMEM;
	memcpy(*found, unc, len);
	(*found)[len] = '/';
	strcpy(*found + len + 1, share);
	return 0;
}

int
win32_path(const char *path, WCHAR **real)
{
	char *below = NULL;
	WCHAR *wide = NULL;
	bool share;
	int r = 0;

	*real = NULL;
	if (path == NULL || path[0] == '\0')
		return ERR_ARG;
	share = win32_separator(path[0]) && win32_separator(path[1]) &&
	    path[2] != '\0' && !win32_separator(path[2]);
	if (share && path[2] != '?' && path[2] != '.' &&
	    (r = below_unc(path + 2, &below)) < 0)
		return r;
	if ((r = win32_wide(below != NULL ? below : path, &wide)) < 0)
		goto out;
	for (WCHAR *p = wide; *p != L'\0'; p++)
		if (*p == L'/')
			*p = L'\\';
	if (!share || below != NULL)
		r = local_path(wide, real);
	else if (wcsncmp(wide, L"\\\\?\\", 4) == 0)
		r = prefixed_path(wide + 4, real);
	else if (wcsncmp(wide, L"\\\\.\\", 4) == 0)
		r = ERR_ARG; /* a device */
	else
		r = share_path(wide + 2, real);
out:
	free(wide);
	free(below);
	return r;
}

int
win32_shown(const WCHAR *path, char **text)
{
	bool share = false;
	int r;

	if (_wcsnicmp(path, L"\\\\?\\UNC\\", 8) == 0) {
		share = true;
		path += 6; /* one separator stays, the other comes before */
	} else if (wcsncmp(path, L"\\\\?\\", 4) == 0) {
		path += 4;
	}
	if ((r = win32_utf8(path, text)) < 0)
		return r;
	if (share)
		(*text)[0] = '/';
	for (char *p = *text; *p != '\0'; p++)
		if (*p == '\\')
			*p = '/';
	return 0;
}
