/*
 * How a name is reached: folder by folder, each opened relative to the one
 * before without following a reparse point, and held while the next one is
 * opened, so that nothing that others change meanwhile leads out of the place.
 */
#include "win32.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* Whatever else is done, folders on the way are opened so: other programs may
 * still rename and remove them as far as Windows lets them. To go through needs
 * no right of the folder here: everybody has the privilege. */
#define PASS FILE_READ_ATTRIBUTES

bool
win32_is_link(DWORD attributes, DWORD tag)
{
	return (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 &&
	    IsReparseTagNameSurrogate(tag);
}

int
win32_open(
    const struct win32_spot *spot, const struct win32_how *how, HANDLE *handle)
{
	UNICODE_STRING name;
	OBJECT_ATTRIBUTES at;
	IO_STATUS_BLOCK io;
	NTSTATUS status;

	name.Buffer = (WCHAR *)spot->name;
	name.Length = (USHORT)(wcslen(spot->name) * sizeof(WCHAR));
	name.MaximumLength = name.Length;
	InitializeObjectAttributes(
	    &at, &name, OBJ_CASE_INSENSITIVE, spot->folder, how->security);
	status = NtCreateFile(handle, how->access | SYNCHRONIZE, &at, &io, NULL,
	    FILE_ATTRIBUTE_NORMAL, how->share != 0 ? how->share : WIN32_SHARED,
	    how->disposition,
	    how->options | FILE_OPEN_REPARSE_POINT |
		FILE_SYNCHRONOUS_IO_NONALERT,
	    NULL, 0);
	if (status < 0)
		*handle = INVALID_HANDLE_VALUE;
	return status < 0 ? win32_status(status) : 0;
}

static bool
is_link(HANDLE handle)
{
	FILE_ATTRIBUTE_TAG_INFO tag;

	return GetFileInformationByHandleEx(
		   handle, FileAttributeTagInfo, &tag, sizeof(tag)) &&
	    win32_is_link(tag.FileAttributes, tag.ReparseTag);
}

/* What stands where no folder was: a link to a file is a link. */
static int
no_folder(const struct win32_spot *spot)
{
	struct win32_how how = { FILE_READ_ATTRIBUTES, FILE_OPEN, 0, 0, NULL };
	HANDLE handle;
	int r = ERR_NOTDIR;

	if (win32_open(spot, &how, &handle) < 0)
		return r;
	if (is_link(handle))
		r = ERR_LINK;
	CloseHandle(handle);
	return r;
}

int
win32_folder(const struct win32_spot *spot, ACCESS_MASK access, HANDLE *handle)
{
	struct win32_how how = { access | FILE_READ_ATTRIBUTES, FILE_OPEN,
		FILE_DIRECTORY_FILE, 0, NULL };
	int r = win32_open(spot, &how, handle);

	if (r == ERR_NOTDIR)
		return no_folder(spot);
	if (r == 0 && is_link(*handle)) {
		CloseHandle(*handle);
		*handle = INVALID_HANDLE_VALUE;
		r = ERR_LINK;
	}
	return r;
}

void
os_dir_hold(struct os_dir *dir, bool hold)
{
	/* A folder that is held could be neither renamed nor removed, nor what
	 * is above it: every name is walked to. */
	(void)dir;
	(void)hold;
}

/* Copies the next name of *rel and moves on. 1, 0 at the end, or an error. */
static int
next_name(const WCHAR **rel, WCHAR name[WIN32_NAME + 1])
{
	for (;;) {
		*rel += wcsspn(*rel, L"/\\");
		size_t len = wcscspn(*rel, L"/\\");
		const WCHAR *at = *rel;
		int r;

		if (len == 0)
			return 0;
		*rel += len;
		if (len == 1 && at[0] == L'.')
			continue;
		if (len == 2 && at[0] == L'.' && at[1] == L'.')
			return ERR_ARG;
		if ((r = win32_name(at, len)) < 0)
			return r;
		memcpy(name, at, len * sizeof(*name));
		name[len] = L'\0';
		return 1;
	}
}

/* Goes into the folder that the spot names. */
static int
enter(struct win32_spot *spot)
{
	HANDLE handle;
	int r;

	/* A file on the way is what Windows calls "path not found" of some
	 * volumes; win32_folder tells. */
	if ((r = win32_folder(spot, PASS, &handle)) < 0)
		return r;
	win32_leave(spot);
	spot->folder = handle;
	spot->own = true;
	return 0;
}

int
win32_walk(struct os_dir *dir, const char *rel, struct win32_spot *spot)
{
	WCHAR next[WIN32_NAME + 1], *wide;
	const WCHAR *rest;
	int r;

	if (rel == NULL || rel[0] == '\0' || win32_separator(rel[0]))
		return ERR_ARG;
	if ((r = win32_wide(rel, &wide)) < 0)
		return r;
	rest = wide;
	spot->folder = dir->handle;
	spot->own = false;
	spot->name[0] = L'\0';
	while ((r = next_name(&rest, next)) > 0) {
		if (spot->name[0] != L'\0' && (r = enter(spot)) < 0)
			break;
		wcscpy(spot->name, next);
	}
	if (r < 0)
		win32_leave(spot);
	free(wide);
	return r;
}

int
win32_walk_name(struct os_dir *dir, const char *rel, struct win32_spot *spot)
{
	int r;

	if ((r = win32_walk(dir, rel, spot)) < 0)
		return r;
	if (spot->name[0] != L'\0')
		return 0;
	win32_leave(spot);
	return ERR_ARG;
}

void
win32_leave(struct win32_spot *spot)
{
	if (spot->own)
		CloseHandle(spot->folder);
	spot->own = false;
	spot->folder = INVALID_HANDLE_VALUE;
}

int
win32_path_of(const struct win32_spot *spot, WCHAR **path)
{
	const DWORD how = FILE_NAME_OPENED | VOLUME_NAME_DOS;
	DWORD len = GetFinalPathNameByHandleW(spot->folder, NULL, 0, how), got;

	*path = NULL;
	if (len == 0)
		return win32_last();
	*path = malloc((len + wcslen(spot->name) + 2) * sizeof(**path));
	if (*path == NULL)
		return ERR_NOMEM;
	got = GetFinalPathNameByHandleW(spot->folder, *path, len, how);
	if (got == 0 || got >= len) {
		free(*path);
		*path = NULL;
		return got == 0 ? win32_last() : ERR_CHANGED;
	}
	if ((*path)[got - 1] != L'\\')
		(*path)[got++] = L'\\';
	wcscpy(*path + got, spot->name);
	return 0;
}
