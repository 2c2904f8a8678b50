/*
 * Whom a path may be trusted to. What an administrator alone may change is
 * told by owner and DACL, of the file and of every folder above it.
 */
#include "win32.h"

#include <aclapi.h>
#include <sddl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* What nobody else may do with anything on the way ... */
#define CHANGE	    (DELETE | WRITE_DAC | WRITE_OWNER)
#define ON_THE_WAY  (CHANGE | FILE_DELETE_CHILD)
/* The root of a drive or share can be neither removed nor renamed; on disks for
 * data everybody has DELETE there. */
#define AT_THE_ROOT (ON_THE_WAY & ~(ACCESS_MASK)DELETE)
/* ... nor at the end of it. In a folder, FILE_WRITE_DATA is to add a file and
 * FILE_APPEND_DATA to add a folder. */
#define WRITE	    (FILE_WRITE_DATA | FILE_APPEND_DATA)
#define AT_THE_END  (ON_THE_WAY | WRITE)

/* "BUILTIN\Users", or the SID where asking for its name could mean to wait for
 * a domain; malloc'd or NULL. */
static char *
name_of(PSID sid)
{
	static const WELL_KNOWN_SID_TYPE local[] = { WinWorldSid,
		WinAuthenticatedUserSid, WinBuiltinUsersSid, WinInteractiveSid,
		WinBuiltinGuestsSid, WinBuiltinPowerUsersSid, WinNetworkSid };
	WCHAR name[64], domain[64], *text = NULL;
	DWORD name_len = 64, domain_len = 64;
	char *shown = NULL;
	SID_NAME_USE use;

	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
		if (IsWellKnownSid(sid, local[i]) &&
		    LookupAccountSidW(
			NULL, sid, name, &name_len, domain, &domain_len, &use))
			return win32_utf8(name, &shown) < 0 ? NULL : shown;
	if (!ConvertSidToStringSidW(sid, &text))
		return NULL;
	if (win32_utf8(text, &shown) < 0)
		shown = NULL;
	LocalFree(text);
	return shown;
}

/* ERR_UNTRUSTED, and the line that says why. */
static int
distrust(
    const WCHAR *path, const char *what, PSID sid, const char *then, char **why)
{
	char *shown = NULL, *name = sid == NULL ? NULL : name_of(sid);
	size_t size;
	int r = ERR_UNTRUSTED;

	if (why == NULL)
		goto out;
	if ((r = win32_shown(path, &shown)) < 0)
		goto out;
	size = strlen(shown) + strlen(what) + strlen(then) + 8 +
	    (name == NULL ? 1 : strlen(name));
	if ((*why = malloc(size)) == NULL)
		r = ERR_NOMEM;
	else
		snprintf(*why, size, "%s: %s%s%s", shown, what,
		    name == NULL ? "?" : name, then);
	if (r == 0)
		r = ERR_UNTRUSTED;
out:
	free(shown);
	free(name);
	return r;
}

/* Is what stands at `path`, and is open, administrators' own? */
static int
check_rights(const WCHAR *path, HANDLE handle, ACCESS_MASK here,
    ACCESS_MASK below, char **why)
{
	PSECURITY_DESCRIPTOR security = NULL;
	PSID owner = NULL, other;
	PACL dacl = NULL;
	DWORD error;
	int r = 0;

	error = GetSecurityInfo(handle, SE_FILE_OBJECT,
	    OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner,
	    NULL, &dacl, NULL, &security);
	if (error != ERROR_SUCCESS)
		return win32_error(error);
	if (owner == NULL || !win32_is_trusted(owner))
		r = distrust(path, "owner ", owner, "", why);
	else if (dacl == NULL)
		r = distrust(
		    path, "everybody may change it (no DACL", NULL, ")", why);
	else if ((other = win32_others(dacl, here, below)) != NULL)
		r = distrust(path, "", other, " may change it", why);
	LocalFree(security);
	return r;
}

/* A link could be resolved, and what it is resolved to may be another one by
 * the time it is used: no place of ours stands behind one. */
static int
check_one(const WCHAR *path, ACCESS_MASK last, char **why)
{
	FILE_ATTRIBUTE_TAG_INFO tag;
	HANDLE handle;
	int r = 0;

	handle = CreateFileW(path, READ_CONTROL | FILE_READ_ATTRIBUTES,
	    WIN32_SHARED, NULL, OPEN_EXISTING,
	    FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
	if (handle == INVALID_HANDLE_VALUE)
		return win32_last();
	if (!GetFileInformationByHandleEx(
		handle, FileAttributeTagInfo, &tag, sizeof(tag)))
		r = win32_last();
	else if (win32_is_link(tag.FileAttributes, tag.ReparseTag))
		r = distrust(path, "is a link", NULL, "", why);
	else if ((last & WRITE) == 0)
		r = check_rights(path, handle, last, 0, why);
	else
		r = check_rights(path, handle, last,
		    tag.FileAttributes & FILE_ATTRIBUTE_DIRECTORY
			? CHANGE | WRITE
			: 0,
		    why);
	CloseHandle(handle);
	return r;
}

/* Where the first name begins behind the drive or the share. */
static WCHAR *
behind_root(WCHAR *path)
{
	WCHAR *at = path + 7;

	if (wcsncmp(path, L"\\\\?\\UNC\\", 8) != 0)
		return at;
	at = path + 8;
	at += wcscspn(at, L"\\");
	at += wcsspn(at, L"\\");
	at += wcscspn(at, L"\\");
	return at + (*at == L'\\');
}

/* From the root to the end; `last` is what counts there. */
static int
check_all(WCHAR *path, ACCESS_MASK last, char **why)
{
	WCHAR *end = behind_root(path), cut = *end;
	int r;

	*end = L'\0';
	r = check_one(path,
	    (cut == L'\0' ? last : AT_THE_ROOT) & ~(ACCESS_MASK)DELETE, why);
	*end = cut;
	while (r == 0 && *end != L'\0') {
		end += wcscspn(end, L"\\");
		cut = *end;
		*end = L'\0';
		r = check_one(path, cut == L'\0' ? last : ON_THE_WAY, why);
		*end = cut;
		end += wcsspn(end, L"\\");
	}
	return r;
}

static int
trusted(const char *path, ACCESS_MASK last, char **culprit)
{
	WCHAR *real;
	int r;

	if (culprit != NULL)
		*culprit = NULL;
	if ((r = win32_path(path, &real)) < 0)
		return r;
	r = check_all(real, last, culprit);
	free(real);
	return r;
}

int
os_trusted(const char *path, char **culprit)
{
	return trusted(path, AT_THE_END, culprit);
}

int
os_trusted_to_hold(const char *path, char **culprit)
{
	return trusted(path, ON_THE_WAY, culprit);
}

int
os_trusted_all(
    const char *const paths[], size_t count, size_t *which, char **culprit)
{
	int r = 0;

	*which = 0;
	for (size_t i = 0; i < count && r == 0; i++) {
		*which = i;
		r = os_trusted(paths[i], culprit);
	}
	return r;
}

/* May others change in the box what is not theirs? */
static int
is_open_too_far(HANDLE box, bool *open)
{
	PSECURITY_DESCRIPTOR security = NULL;
	PACL dacl = NULL;
	DWORD error;

	error = GetSecurityInfo(box, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION,
	    NULL, NULL, &dacl, NULL, &security);
	if (error != ERROR_SUCCESS)
		return win32_error(error);
	*open = dacl == NULL ||
	    win32_others(dacl, ON_THE_WAY, CHANGE | WRITE) != NULL;
	LocalFree(security);
	return 0;
}

int
os_dir_mend_box(const char *path, enum os_rights rights)
{
	PSECURITY_DESCRIPTOR security = NULL;
	HANDLE box;
	bool open = false;
	WCHAR *real;
	int r;

	if ((r = win32_path(path, &real)) < 0)
		return r;
	r = win32_open_path(real, READ_CONTROL, &box);
	if (r < 0)
		goto out;
	r = is_open_too_far(box, &open);
	CloseHandle(box);
	if (r < 0 || !open ||
	    (r = win32_open_path(real, READ_CONTROL | WRITE_DAC, &box)) < 0)
		goto out;
	r = win32_security(rights, true, os_is_admin(), &security);
	if (r == 0)
		r = SetKernelObjectSecurity(box,
			DACL_SECURITY_INFORMATION |
			    PROTECTED_DACL_SECURITY_INFORMATION,
			security)
		    ? 1
		    : win32_last();
	LocalFree(security);
	CloseHandle(box);
out:
	free(real);
	return r;
}

/* 1 when the folder is there and not an administrator's own. What is their own
 * they may ask about. */
static int
is_foreign(const WCHAR *path)
{
	PSECURITY_DESCRIPTOR security = NULL;
	PSID owner = NULL;
	HANDLE handle;
	DWORD error;
	int r;

	handle = CreateFileW(path, READ_CONTROL | FILE_READ_ATTRIBUTES,
	    WIN32_SHARED, NULL, OPEN_EXISTING,
	    FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
	if (handle == INVALID_HANDLE_VALUE) {
		r = win32_last();
		return r == ERR_NOENT ? 0 : r == ERR_ACCES ? 1 : r;
	}
	error = GetSecurityInfo(handle, SE_FILE_OBJECT,
	    OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL, &security);
	if (error != ERROR_SUCCESS)
		r = win32_error(error);
	else
		r = owner == NULL || !win32_is_trusted(owner);
	LocalFree(security);
	CloseHandle(handle);
	return r;
}

static int
rename_aside(const WCHAR *path, char **aside)
{
	size_t size = wcslen(path) + 32;
	WCHAR *to = malloc(size * sizeof(*to));
	unsigned n;
	int r;

	if (to == NULL)
		return ERR_NOMEM;
	if ((r = os_random(&n, sizeof(n))) == 0) {
		swprintf(to, size, L"%ls.foreign.%08x", path, n);
		r = MoveFileExW(path, to, 0) ? win32_shown(to, aside)
					     : win32_last();
	}
	free(to);
	return r < 0 ? r : 1;
}

int
os_dir_claim(const char *path, char **aside)
{
	WCHAR *real, *above;
	int r;

	*aside = NULL;
	if (!os_is_admin())
		return 0;
	if ((r = win32_path(path, &real)) < 0)
		return r;
	above = wcsrchr(real, L'\\');
	*above = L'\0';
	if ((r = is_foreign(real)) == 0) {
		*above = L'\\';
		r = is_foreign(real);
	}
	if (r == 1)
		r = rename_aside(real, aside);
	free(real);
	return r;
}
