/*
 * Names of files: what stands there, new names, linking, removing. All by
 * handles: what is renamed or removed is what was looked at.
 */
#include "win32.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* FILE_INFORMATION_CLASS and its flags, as ntifs.h has them. */
#define DISPOSITION	13
#define DISPOSITION_EX	64
#define DELETE_IT	1u
#define DELETE_POSIX	2u
#define DELETE_READONLY 0x10u

/* The argument of the calls that give a name. */
struct new_name {
	ULONG flags; /* without WIN32_RENAME_EX one byte: whether it replaces */
	HANDLE folder;
	ULONG bytes;
	WCHAR name[];
};

int
win32_open_spot(
    const struct win32_spot *spot, ACCESS_MASK access, HANDLE *handle)
{
	struct win32_how how = { access | FILE_READ_ATTRIBUTES, FILE_OPEN,
		FILE_WRITE_THROUGH, 0, NULL };

	return win32_open(spot, &how, handle);
}

int
win32_spot_info(const struct win32_spot *spot, struct os_info *info)
{
	HANDLE handle;
	int r = win32_open_spot(spot, READ_CONTROL, &handle);

	if (r == ERR_ACCES) /* whose it is need not be known to everybody */
		r = win32_open_spot(spot, 0, &handle);
	if (r < 0)
		return r;
	r = win32_info(handle, info);
	CloseHandle(handle);
	return r;
}

int
os_info(struct os_dir *dir, const char *rel, struct os_info *info)
{
	struct win32_spot spot;
	int r;

	if ((r = win32_walk(dir, rel, &spot)) < 0)
		return r;
	r = win32_spot_info(&spot, info);
	win32_leave(&spot);
	return r;
}

static int
set(HANDLE handle, int class, void *data, size_t size)
{
	IO_STATUS_BLOCK io;

	return win32_status(NtSetInformationFile(
	    handle, &io, data, (ULONG)size, (FILE_INFORMATION_CLASS) class));
}

static int
give_name(
    HANDLE handle, int class, ULONG flags, HANDLE folder, const WCHAR *name)
{
	size_t bytes = wcslen(name) * sizeof(WCHAR);
	size_t size = sizeof(struct new_name) + bytes;
	struct new_name *arg = malloc(size);
	int r;

	if (arg == NULL)
		return ERR_NOMEM;
	arg->flags = flags;
	arg->folder = folder;
	arg->bytes = (ULONG)bytes;
	memcpy(arg->name, name, bytes);
	r = set(handle, class, arg, size);
	free(arg);
	return r;
}

bool
win32_is_unknown(int r)
{
	return r == ERR_UNSUP || r == ERR_ARG;
}

int
win32_set_name(
    HANDLE handle, int class, ULONG flags, const struct win32_spot *to)
{
	WCHAR *path;
	int r = give_name(handle, class, flags, to->folder, to->name);

	/* Servers: their side of the system may take whole paths only
	 * ([MS-FSCC] 2.4.42: RootDirectory is 0 in the protocol), and says so
	 * in one way or another. */
	if (r == 0 || r == ERR_EXIST || r == ERR_BUSY ||
	    class == WIN32_RENAME_EX || !win32_is_remote(to->folder) ||
	    win32_path_of(to, &path) < 0)
		return r;
	path[1] = L'?'; /* "\\?\" as the kernel has it */
	r = give_name(handle, class, flags, NULL, path);
	free(path);
	return r;
}

void
win32_make_writable(const struct win32_spot *spot, DWORD *was)
{
	FILE_BASIC_INFO basic;
	HANDLE handle;

	*was = 0;
	if (win32_open_spot(spot, FILE_WRITE_ATTRIBUTES, &handle) < 0)
		return;
	if (GetFileInformationByHandleEx(
		handle, FileBasicInfo, &basic, sizeof(basic)) &&
	    (basic.FileAttributes & FILE_ATTRIBUTE_READONLY) != 0 &&
	    win32_set_basic(handle, 0,
		basic.FileAttributes & ~(DWORD)FILE_ATTRIBUTE_READONLY) == 0)
		*was = basic.FileAttributes;
	CloseHandle(handle);
}

void
win32_put_back(const struct win32_spot *spot, DWORD was)
{
	HANDLE handle;

	if (was == 0 ||
	    win32_open_spot(spot, FILE_WRITE_ATTRIBUTES, &handle) < 0)
		return;
	win32_set_basic(handle, 0, was);
	CloseHandle(handle);
}

bool
win32_try_again(int r, size_t *tries)
{
	/* What scanners and indexers hold, they hold for a short time. */
	static const DWORD waits[] = { 0, 1, 10, 20, 40 }; /* ms */

	if (r != ERR_BUSY || *tries == sizeof(waits) / sizeof(waits[0]))
		return false;
	Sleep(waits[(*tries)++]);
	return true;
}

int
win32_remove(HANDLE handle, const struct win32_spot *spot)
{
	ULONG how = DELETE_IT | DELETE_POSIX | DELETE_READONLY;
	BOOLEAN yes = TRUE;
	DWORD was;
	int r = set(handle, DISPOSITION_EX, &how, sizeof(how));

	if (!win32_is_unknown(r))
		return r;
	/* Before Windows 10 1809 there is no flag for read-only files, before
	 * 1607 there are none at all. */
	win32_make_writable(spot, &was);
	how = DELETE_IT | DELETE_POSIX;
	r = set(handle, DISPOSITION_EX, &how, sizeof(how));
	if (win32_is_unknown(r))
		r = set(handle, DISPOSITION, &yes, sizeof(yes));
	if (r < 0)
		win32_put_back(spot, was);
	return r;
}

/*
 * Whoever has a file open may rename it, by whatever name he opened it: so only
 * one at a time has it open for that, and the next one finds the name gone.
 */
static int
rename_new(const struct win32_spot *from, const struct win32_spot *to)
{
	struct win32_how how = { DELETE | FILE_READ_ATTRIBUTES, FILE_OPEN,
		FILE_WRITE_THROUGH, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL };
	HANDLE handle;
	int r = win32_open(from, &how, &handle);

	if (r < 0)
		return r;
	r = win32_set_name(handle, WIN32_RENAME, 0, to);
	CloseHandle(handle);
	return r;
}

int
os_rename_new(struct os_dir *fromdir, const char *from, struct os_dir *todir,
    const char *to)
{
	struct win32_pair pair;
	size_t tries = 0;
	int r;

	if ((r = win32_pair_walk(&pair, fromdir, from, todir, to)) < 0)
		return r;
	do
		r = rename_new(&pair.from, &pair.to);
	while (win32_try_again(r, &tries));
	win32_pair_leave(&pair);
	return r;
}

int
os_link(struct os_dir *fromdir, const char *from, struct os_dir *todir,
    const char *to)
{
	struct win32_pair pair;
	HANDLE handle;
	int r;

	if ((r = win32_pair_walk(&pair, fromdir, from, todir, to)) < 0)
		return r;
	r = win32_open_spot(&pair.from, FILE_WRITE_ATTRIBUTES, &handle);
	if (r == 0) {
		r = win32_set_name(handle, WIN32_LINK, 0, &pair.to);
		if (r == ERR_ARG)
			r = ERR_UNSUP;
		CloseHandle(handle);
	}
	win32_pair_leave(&pair);
	return r;
}

static int
remove_file(const struct win32_spot *spot)
{
	struct os_info info;
	HANDLE handle;
	int r = win32_open_spot(spot, DELETE, &handle);

	if (r < 0)
		return r;
	r = win32_info(handle, &info);
	if (r == 0 && info.kind == OS_FOLDER)
		r = ERR_ISDIR;
	if (r == 0)
		r = win32_remove(handle, spot);
	CloseHandle(handle);
	return r;
}

int
os_remove(struct os_dir *dir, const char *rel)
{
	struct win32_spot spot;
	size_t tries = 0;
	int r;

	if ((r = win32_walk_name(dir, rel, &spot)) < 0)
		return r;
	do
		r = remove_file(&spot);
	while (win32_try_again(r, &tries));
	win32_leave(&spot);
	return r;
}

static int
remove_folder(const struct win32_spot *spot)
{
	HANDLE handle;
	int r = win32_folder(spot, DELETE, &handle);

	if (r < 0)
		return r;
	r = win32_remove(handle, spot);
	CloseHandle(handle);
	return r;
}

int
os_remove_dir(struct os_dir *dir, const char *rel)
{
	struct win32_spot spot;
	size_t tries = 0;
	int r;

	if ((r = win32_walk_name(dir, rel, &spot)) < 0)
		return r;
	do
		r = remove_folder(&spot);
	while (win32_try_again(r, &tries));
	win32_leave(&spot);
	return r;
}
