/* Folders: opening, making, listing, flushing. */
#include "win32.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* For names below it, and to ask what it is. */
#define USE	   FILE_READ_ATTRIBUTES
#define LIST_BYTES 65536

/* Takes `handle` over, also when it fails. */
static int
dir_new(HANDLE handle, struct os_dir **dir)
{
	*dir = malloc(sizeof(**dir));
	if (*dir == NULL) {
		CloseHandle(handle);
		return ERR_NOMEM;
	}
	(*dir)->handle = handle;
	return 0;
}

int
win32_open_path(const WCHAR *path, ACCESS_MASK access, HANDLE *handle)
{
	*handle = CreateFileW(path, access | SYNCHRONIZE, WIN32_SHARED, NULL,
	    OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
	return *handle == INVALID_HANDLE_VALUE ? win32_last() : 0;
}

int
os_dir_open(const char *path, struct os_dir **dir)
{
	BY_HANDLE_FILE_INFORMATION info;
	HANDLE handle;
	WCHAR *real;
	int r;

	*dir = NULL;
	if ((r = win32_path(path, &real)) < 0)
		return r;
	r = win32_open_path(real, USE, &handle);
	free(real);
	if (r < 0)
		return r;
	if (!GetFileInformationByHandle(handle, &info))
		r = win32_last();
	else if (!(info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
		r = ERR_NOTDIR;
	if (r == 0)
		return dir_new(handle, dir);
	CloseHandle(handle);
	return r;
}

/* Opens the folder `rel`, no link followed. */
static int
folder_at(
    struct os_dir *base, const char *rel, ACCESS_MASK access, HANDLE *handle)
{
	struct win32_spot spot;
	int r;

	if ((r = win32_walk(base, rel, &spot)) < 0)
		return r;
	r = win32_folder(&spot, access, handle);
	win32_leave(&spot);
	return r;
}

int
os_dir_open_in(struct os_dir *base, const char *rel, struct os_dir **dir)
{
	HANDLE handle;
	int r;

	*dir = NULL;
	if ((r = folder_at(base, rel, USE, &handle)) < 0)
		return r;
	return dir_new(handle, dir);
}

void
os_dir_close(struct os_dir *dir)
{
	if (dir == NULL)
		return;
	CloseHandle(dir->handle);
	free(dir);
}

static int
open_new(const struct win32_spot *spot, PSECURITY_DESCRIPTOR security)
{
	struct win32_how how = { FILE_READ_ATTRIBUTES, FILE_CREATE,
		FILE_DIRECTORY_FILE, 0, security };
	HANDLE handle;
	int r = win32_open(spot, &how, &handle);

	if (r == 0)
		CloseHandle(handle);
	return r;
}

/* Has it from the beginning the rights that are asked for: nobody gets in
 * between. */
static int
make_folder(
    const struct win32_spot *spot, enum os_rights rights, bool administrators)
{
	PSECURITY_DESCRIPTOR security;
	int r = win32_security(rights, true, administrators, &security);

	if (r < 0)
		return r;
	r = open_new(spot, security);
	LocalFree(security);
	return r;
}

int
os_dir_make(struct os_dir *dir, const char *rel, enum os_rights rights)
{
	struct win32_spot spot;
	int r;

	if ((r = win32_walk(dir, rel, &spot)) < 0)
		return r;
	r = ERR_EXIST;
	if (spot.name[0] != L'\0')
		r = make_folder(&spot, rights, os_is_admin());
	/* As with files: the server may know neither him nor our accounts. */
	if (r == ERR_ACCES && os_is_admin())
		r = make_folder(&spot, rights, false);
	if (r == ERR_ACCES && win32_is_remote(spot.folder))
		r = open_new(&spot, NULL);
	win32_leave(&spot);
	return r;
}

/* How much of a path is never made: the drive; server and share. With $SMS_UNC
 * a share is a folder here, and server and share name still come first. */
static WCHAR *
first_to_make(const char *path, WCHAR *real)
{
	bool unc = wcsncmp(real, L"\\\\?\\UNC\\", 8) == 0;
	WCHAR *at = real + (unc ? 8 : 7);
	size_t parts = 2, len = wcslen(real);

	if (unc) {
		for (; parts > 0; parts--) {
			at += wcscspn(at, L"\\");
			at += wcsspn(at, L"\\");
		}
		return at;
	}
	if (!win32_separator(path[0]) || !win32_separator(path[1]))
		return at;
	/* All after server and share, counted from the end. */
	path += 2;
	for (; parts > 0; parts--) {
		path += strcspn(path, "/\\");
		path += strspn(path, "/\\");
	}
	for (parts = 0; *path != '\0'; parts++) {
		path += strcspn(path, "/\\");
		path += strspn(path, "/\\");
	}
	for (; parts > 0; parts--)
		while (len > 0 && real[--len] != L'\\')
			;
	return real + len + (real[len] == L'\\');
}

/* The folder `path`, whose folder above is there: made, or there already. */
static int
make_one(const WCHAR *path, enum os_rights rights, bool administrators)
{
	SECURITY_ATTRIBUTES security = { sizeof(security), NULL, FALSE };
	DWORD attributes = GetFileAttributesW(path);
	int r = 0;

	if (attributes != INVALID_FILE_ATTRIBUTES)
		return attributes & FILE_ATTRIBUTE_DIRECTORY ? 0 : ERR_NOTDIR;
	r = win32_last();
	if (r != ERR_NOENT)
		return r;
	r = win32_security(
	    rights, true, administrators, &security.lpSecurityDescriptor);
	if (r < 0)
		return r;
	if (!CreateDirectoryW(path, &security))
		r = win32_last();
	LocalFree(security.lpSecurityDescriptor);
	/* Somebody else may make it at the same time. */
	if (r == ERR_EXIST)
		r = GetFileAttributesW(path) & FILE_ATTRIBUTE_DIRECTORY
		    ? 0
		    : ERR_NOTDIR;
	return r;
}

static int
make_here(const WCHAR *path, enum os_rights rights)
{
	int r = make_one(path, rights, os_is_admin());

	if (r == ERR_ACCES && os_is_admin())
		r = make_one(path, rights, false);
	if (r == ERR_ACCES && wcsncmp(path, L"\\\\?\\UNC\\", 8) == 0 &&
	    CreateDirectoryW(path, NULL))
		r = 0;
	return r;
}

/* Is the drive, or the share, there? */
static int
check_root(WCHAR *real, WCHAR *rest)
{
	WCHAR first = *rest;
	DWORD attributes;
	int r = 0;

	*rest = L'\0';
	attributes = GetFileAttributesW(real);
	if (attributes == INVALID_FILE_ATTRIBUTES) {
		r = win32_last();
		/* What it is called depends on who is asked. */
		if (first != L'\0' && r != ERR_ACCES && r != ERR_AUTH)
			r = ERR_NOENT;
	} else if (!(attributes & FILE_ATTRIBUTE_DIRECTORY))
		r = ERR_NOTDIR;
	*rest = first;
	return r;
}

int
os_dir_make_path(const char *path, enum os_rights rights)
{
	WCHAR *real, *rest, end;
	int r;

	if ((r = win32_path(path, &real)) < 0)
		return r;
	rest = first_to_make(path, real);
	r = check_root(real, rest);
	while (r == 0 && *rest != L'\0') {
		rest += wcscspn(rest, L"\\");
		end = *rest;
		*rest = L'\0';
		r = make_here(real, end == L'\0' ? rights : OS_PUBLIC);
		*rest = end;
		rest += wcsspn(rest, L"\\");
	}
	free(real);
	return r;
}

/* The system calls the tag of a reparse point its EaSize here. */
static enum os_kind
entry_kind(const FILE_FULL_DIR_INFO *entry)
{
	FILE_ATTRIBUTE_TAG_INFO tag = { entry->FileAttributes, entry->EaSize };

	return win32_kind(&tag);
}

static int
tell(const FILE_FULL_DIR_INFO *entry, os_each_fn *each, void *arg)
{
	size_t len = entry->FileNameLength / sizeof(WCHAR);
	char *name;
	int r;

	if (entry->FileName[0] == L'.' &&
	    (len == 1 || (len == 2 && entry->FileName[1] == L'.')))
		return 0;
	if ((r = win32_utf8_part(entry->FileName, len, &name)) < 0)
		return r;
	r = each(arg, name, entry_kind(entry));
	free(name);
	return r;
}

/* All entries that one call of the system gave. */
static int
tell_all(const char *entries, os_each_fn *each, void *arg)
{
	const FILE_FULL_DIR_INFO *entry;
	int r;

	for (;;) {
		entry = (const FILE_FULL_DIR_INFO *)entries;
		if ((r = tell(entry, each, arg)) != 0 ||
		    entry->NextEntryOffset == 0)
			return r;
		entries += entry->NextEntryOffset;
	}
}

int
os_dir_list(struct os_dir *dir, const char *rel, os_each_fn *each, void *arg)
{
	FILE_INFO_BY_HANDLE_CLASS class = FileFullDirectoryRestartInfo;
	HANDLE handle;
	char *entries;
	int r;

	if ((r = folder_at(dir, rel, FILE_LIST_DIRECTORY, &handle)) < 0)
		return r;
	if ((entries = malloc(LIST_BYTES)) == NULL)
		r = ERR_NOMEM;
	while (r == 0) {
		if (!GetFileInformationByHandleEx(
			handle, class, entries, LIST_BYTES)) {
			if (GetLastError() != ERROR_NO_MORE_FILES &&
			    GetLastError() != ERROR_FILE_NOT_FOUND)
				r = win32_last();
			break;
		}
		class = FileFullDirectoryInfo;
		r = tell_all(entries, each, arg);
	}
	free(entries);
	CloseHandle(handle);
	return r;
}

/*
 * Flushing a folder writes the log of an NTFS volume, and with it all names
 * that were made, changed or removed before. Volumes and servers that know no
 * such thing say so, and there is nothing more to be had.
 */
int
os_dir_flush(struct os_dir *dir, const char *rel)
{
	HANDLE handle;
	int r;

	if ((r = folder_at(dir, rel, FILE_ADD_FILE, &handle)) < 0)
		return r;
	r = FlushFileBuffers(handle) ? 0 : win32_last();
	CloseHandle(handle);
	return r == ERR_UNSUP || r == ERR_ARG || r == ERR_ACCES ? 0 : r;
}

int
os_dir_flush_all(struct os_dir *dir)
{
	/* What was written into files was flushed when they were closed, so
	 * only names are left; a whole volume only administrators can flush,
	 * and no client of a server. */
	return os_dir_flush(dir, ".");
}

int
os_dir_space(struct os_dir *dir, uint64_t *free_bytes)
{
	FILE_FS_FULL_SIZE_INFORMATION size;
	IO_STATUS_BLOCK io;
	NTSTATUS status;

	*free_bytes = 0;
	status = NtQueryVolumeInformationFile(
	    dir->handle, &io, &size, sizeof(size), FileFsFullSizeInformation);
	if (status < 0)
		return win32_status(status);
	if (size.TotalAllocationUnits.QuadPart == 0)
		return ERR_UNSUP; /* a volume that does not tell */
	*free_bytes = (uint64_t)size.CallerAvailableAllocationUnits.QuadPart *
	    size.SectorsPerAllocationUnit * size.BytesPerSector;
	return 0;
}
