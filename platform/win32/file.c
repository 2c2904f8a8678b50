/* Regular files: opening without following, reading, writing, and taking over
 * the rights and attributes of another file. */
#include "win32.h"

#include <stdlib.h>
#include <string.h>

#define MAKE_TRIES 10
#define EPOCH	   INT64_C(116444736000000000) /* 1970 in 100 ns since 1601 */
#define CHUNK	   (1u << 30)
#define REMOTE	   0x10u /* FILE_REMOTE_DEVICE of wdm.h */
/* What a file may get from another one. */
#define KEPT                                                 \
	(FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN |   \
	    FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_ARCHIVE | \
	    FILE_ATTRIBUTE_NOT_CONTENT_INDEXED)

int64_t
win32_time(int64_t filetime)
{
	/* Beyond what os.h says, the nearest is told. */
	if (filetime - EPOCH > INT64_MAX / 100)
		return INT64_MAX;
	if (filetime - EPOCH < -(INT64_MAX / 400))
		return -(INT64_MAX / 400) * 100;
	return (filetime - EPOCH) * 100;
}

int64_t
win32_filetime(int64_t time)
{
	/* Rounded down, as the system's own 100 ns are. */
	return EPOCH + (time < 0 ? (time - 99) / 100 : time / 100);
}

/* Files of the subsystem for Linux that are no files: sockets, pipes,
 * devices. */
static bool
is_special(DWORD tag)
{
	return tag >= 0x80000023 && tag <= 0x80000026;
}

enum os_kind
win32_kind(const FILE_ATTRIBUTE_TAG_INFO *tag)
{
	if (win32_is_link(tag->FileAttributes, tag->ReparseTag))
		return OS_LINK;
	if (tag->FileAttributes & FILE_ATTRIBUTE_DIRECTORY)
		return OS_FOLDER;
	if (tag->FileAttributes & FILE_ATTRIBUTE_DEVICE ||
	    ((tag->FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) &&
		is_special(tag->ReparseTag)))
		return OS_OTHER;
	return OS_REGULAR;
}

/* ReFS has ids of 128 bits, of which the half that all systems tell is not
 * enough; NTFS has 0 in the other half. */
static uint64_t
id_of(HANDLE handle, const BY_HANDLE_FILE_INFORMATION *all)
{
	FILE_ID_INFO wide;
	uint64_t half[2];

	if (!GetFileInformationByHandleEx(
		handle, FileIdInfo, &wide, sizeof(wide)))
		return (uint64_t)all->nFileIndexHigh << 32 | all->nFileIndexLow;
	memcpy(half, &wide.FileId, sizeof(half));
	return half[0] ^ half[1] * UINT64_C(0x9e3779b97f4a7c15);
}

int
win32_info(HANDLE handle, struct os_info *info)
{
	BY_HANDLE_FILE_INFORMATION all;
	FILE_ATTRIBUTE_TAG_INFO tag;
	FILE_BASIC_INFO basic;

	if (!GetFileInformationByHandle(handle, &all))
		return win32_last();
	if (!GetFileInformationByHandleEx(
		handle, FileAttributeTagInfo, &tag, sizeof(tag))) {
		tag.FileAttributes = all.dwFileAttributes;
		tag.ReparseTag = IO_REPARSE_TAG_SYMLINK; /* if it is one */
	}
	info->kind = win32_kind(&tag);
	info->size = (uint64_t)all.nFileSizeHigh << 32 | all.nFileSizeLow;
	info->mtime = win32_time(
	    (int64_t)((uint64_t)all.ftLastWriteTime.dwHighDateTime << 32 |
		all.ftLastWriteTime.dwLowDateTime));
	info->changed = info->mtime;
	if (GetFileInformationByHandleEx(
		handle, FileBasicInfo, &basic, sizeof(basic)) &&
	    basic.ChangeTime.QuadPart > 0) /* 0: the volume has none */
		info->changed = win32_time(basic.ChangeTime.QuadPart);
	info->id = id_of(handle, &all);
	info->volume = all.dwVolumeSerialNumber;
	info->links = all.nNumberOfLinks;
	info->owner = win32_owner(handle);
	info->flags = 0;
	if (tag.FileAttributes & FILE_ATTRIBUTE_HIDDEN)
		info->flags |= OS_HIDDEN;
	if (tag.FileAttributes & FILE_ATTRIBUTE_READONLY)
		info->flags |= OS_READONLY;
	return 0;
}

/*
 * A file that some filter of the system keeps elsewhere (deduplicated,
 * compressed, in a cloud) is opened once more, by its handle, for its content;
 * when that led to another file, it was made a link meanwhile.
 */
static int
see_through(const struct win32_how *how, HANDLE *handle)
{
	struct os_info first, second;
	HANDLE through = ReOpenFile(*handle, how->access,
	    how->share != 0 ? how->share : WIN32_SHARED,
	    how->options & FILE_WRITE_THROUGH ? FILE_FLAG_WRITE_THROUGH : 0);
	int r = 0;

	if (through == INVALID_HANDLE_VALUE)
		return win32_last();
	if (win32_info(*handle, &first) < 0 ||
	    win32_info(through, &second) < 0 || first.id != second.id ||
	    first.volume != second.volume)
		r = ERR_LINK;
	CloseHandle(r == 0 ? *handle : through);
	if (r == 0)
		*handle = through;
	return r;
}

static int
check_file(const struct win32_how *how, HANDLE *handle)
{
	FILE_ATTRIBUTE_TAG_INFO tag;

	if (!GetFileInformationByHandleEx(
		*handle, FileAttributeTagInfo, &tag, sizeof(tag)))
		return win32_last();
	switch (win32_kind(&tag)) {
	case OS_LINK: return ERR_LINK;
	case OS_FOLDER: return ERR_ISDIR;
	case OS_OTHER: return ERR_NOTFILE;
	case OS_REGULAR: break;
	}
	return tag.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT
	    ? see_through(how, handle)
	    : 0;
}

/* A folder, or a link to one, which Windows makes a folder too. */
static int
which_folder(const struct win32_spot *spot)
{
	HANDLE folder;
	int r = win32_folder(spot, 0, &folder);

	if (r == 0)
		CloseHandle(folder);
	return r == ERR_LINK ? ERR_LINK : ERR_ISDIR;
}

int
win32_file(
    const struct win32_spot *spot, const struct win32_how *how, HANDLE *handle)
{
	struct win32_how file = *how;
	int r;

	file.access |= FILE_READ_ATTRIBUTES;
	file.options |= FILE_NON_DIRECTORY_FILE;
	if (spot->name[0] == L'\0')
		return how->disposition == FILE_CREATE ? ERR_EXIST : ERR_ISDIR;
	r = win32_open(spot, &file, handle);
	if (r == ERR_ISDIR && how->disposition == FILE_CREATE)
		return ERR_EXIST;
	if (r == ERR_ISDIR)
		return which_folder(spot);
	if (r == 0 && (r = check_file(&file, handle)) < 0) {
		CloseHandle(*handle);
		*handle = INVALID_HANDLE_VALUE;
	}
	return r;
}

bool
win32_is_remote(HANDLE handle)
{
	FILE_FS_DEVICE_INFORMATION device;
	IO_STATUS_BLOCK io;

	return NtQueryVolumeInformationFile(handle, &io, &device,
		   sizeof(device), FileFsDeviceInformation) >= 0 &&
	    (device.Characteristics & REMOTE) != 0;
}

static int
make_once(const struct win32_spot *spot, ACCESS_MASK access,
    enum os_rights rights, bool administrators, HANDLE *handle)
{
	struct win32_how how = { access, FILE_CREATE, 0, 0, NULL };
	int r;

	r = win32_security(rights, false, administrators, &how.security);
	if (r < 0)
		return r;
	r = win32_file(spot, &how, handle);
	LocalFree(how.security);
	return r;
}

/*
 * Owner and DACL are for os_file_like. A share may permit everything but
 * changing them, and an administrator here need be none of the server: what is
 * refused so is tried without. A server may know none of our accounts (Samba
 * without ACLs of Windows'): there the rights are those of the folder.
 */
static int
make_file(const struct win32_spot *spot, ACCESS_MASK access,
    enum os_rights rights, HANDLE *handle)
{
	struct win32_how bare = { access, FILE_CREATE, 0, 0, NULL };
	int r = make_once(spot, access | WRITE_DAC | WRITE_OWNER, rights,
	    os_is_admin(), handle);

	if (r == ERR_ACCES)
		r = make_once(spot, access, rights, false, handle);
	return r == ERR_ACCES && win32_is_remote(spot->folder)
	    ? win32_file(spot, &bare, handle)
	    : r;
}

int
win32_file_or_make(const struct win32_spot *spot, ACCESS_MASK access,
    enum os_rights rights, HANDLE *handle)
{
	struct win32_how how = { access, FILE_OPEN, 0, 0, NULL };
	int r = ERR_BUSY;

	for (int tries = 0; tries < MAKE_TRIES; tries++) {
		if ((r = win32_file(spot, &how, handle)) != ERR_NOENT)
			return r;
		r = make_file(spot, access, rights, handle);
		if (r != ERR_EXIST)
			return r;
	}
	return r;
}

static int
open_in_mode(const struct win32_spot *spot, enum os_mode mode,
    enum os_rights rights, HANDLE *handle)
{
	struct win32_how how = { FILE_GENERIC_READ, FILE_OPEN, 0, 0, NULL };

	switch (mode) {
	case OS_READ: return win32_file(spot, &how, handle);
	case OS_HOLD:
		how.share = FILE_SHARE_READ | FILE_SHARE_DELETE;
		return win32_file(spot, &how, handle);
	case OS_CREATE:
		return make_file(spot, FILE_GENERIC_READ | FILE_GENERIC_WRITE,
		    rights, handle);
	case OS_APPEND:
		/* Without FILE_WRITE_DATA each write goes to the end. */
		return win32_file_or_make(
		    spot, FILE_APPEND_DATA | READ_CONTROL, rights, handle);
	}
	return ERR_ARG;
}

int
os_open(struct os_dir *dir, const char *rel, enum os_mode mode,
    enum os_rights rights, struct os_file **file)
{
	struct win32_spot spot;
	HANDLE handle;
	int r;

	*file = NULL;
	if ((r = win32_walk(dir, rel, &spot)) < 0)
		return r;
	r = open_in_mode(&spot, mode, rights, &handle);
	win32_leave(&spot);
	if (r < 0)
		return r;
	if ((*file = malloc(sizeof(**file))) == NULL) {
		CloseHandle(handle);
		return ERR_NOMEM;
	}
	(*file)->handle = handle;
	(*file)->lasting = mode == OS_CREATE;
	(*file)->written = false;
	return 0;
}

int
os_read(struct os_file *file, void *data, size_t len, size_t *got)
{
	DWORD n;

	*got = 0;
	while (*got < len) {
		DWORD want = len - *got > CHUNK ? CHUNK : (DWORD)(len - *got);

		if (!ReadFile(
			file->handle, (char *)data + *got, want, &n, NULL))
			return GetLastError() == ERROR_HANDLE_EOF
			    ? 0
			    : win32_last();
		if (n == 0)
			break;
		*got += n;
	}
	return 0;
}

/* Reading at a place moves the place of the handle too. */
static int
read_at(HANDLE handle, uint64_t offset, void *data, size_t len, size_t *got)
{
	DWORD n;

	while (*got < len) {
		DWORD want = len - *got > CHUNK ? CHUNK : (DWORD)(len - *got);
		OVERLAPPED at = { 0 };

		at.Offset = (DWORD)(offset + *got);
		at.OffsetHigh = (DWORD)((offset + *got) >> 32);
		if (!ReadFile(handle, (char *)data + *got, want, &n, &at))
			return GetLastError() == ERROR_HANDLE_EOF
			    ? 0
			    : win32_last();
		if (n == 0)
			break;
		*got += n;
	}
	return 0;
}

int
os_read_at(
    struct os_file *file, uint64_t offset, void *data, size_t len, size_t *got)
{
	LARGE_INTEGER none = { .QuadPart = 0 }, here;
	int r;

	*got = 0;
	/* No file is so long, and the call would refuse it. */
	if (len > (uint64_t)INT64_MAX || offset > (uint64_t)INT64_MAX - len)
		return 0;
	if (!SetFilePointerEx(file->handle, none, &here, FILE_CURRENT))
		return win32_last();
	r = read_at(file->handle, offset, data, len, got);
	if (!SetFilePointerEx(file->handle, here, NULL, FILE_BEGIN) && r == 0)
		r = win32_last();
	return r;
}

int
os_write(struct os_file *file, const void *data, size_t len)
{
	const char *p = data;
	DWORD n;

	while (len > 0) {
		DWORD want = len > CHUNK ? CHUNK : (DWORD)len;

		if (!WriteFile(file->handle, p, want, &n, NULL))
			return win32_last();
		if (n == 0)
			return ERR_IO;
		file->written = true;
		p += n;
		len -= n;
	}
	return 0;
}

int
os_file_flush(struct os_file *file)
{
	if (!FlushFileBuffers(file->handle))
		return win32_last();
	file->written = false;
	return 0;
}

int
os_file_info(struct os_file *file, struct os_info *info)
{
	return win32_info(file->handle, info);
}

int
win32_set_basic(HANDLE handle, int64_t filetime, DWORD attributes)
{
	FILE_BASIC_INFO basic = { 0 }; /* 0: as it is */

	basic.LastWriteTime.QuadPart = filetime;
	basic.FileAttributes = attributes == 0 ? FILE_ATTRIBUTE_NORMAL
					       : attributes;
	return SetFileInformationByHandle(
		   handle, FileBasicInfo, &basic, sizeof(basic))
	    ? 0
	    : win32_last();
}

int
os_file_stamp(struct os_file *file, int64_t mtime, unsigned flags)
{
	DWORD attributes = FILE_ATTRIBUTE_ARCHIVE;

	if (flags & OS_HIDDEN)
		attributes |= FILE_ATTRIBUTE_HIDDEN;
	if (flags & OS_READONLY)
		attributes |= FILE_ATTRIBUTE_READONLY;
	return win32_set_basic(file->handle, win32_filetime(mtime), attributes);
}

int
os_file_like(struct os_file *file, struct os_dir *dir, const char *rel)
{
	struct win32_how how = { READ_CONTROL, FILE_OPEN, 0, 0, NULL };
	BY_HANDLE_FILE_INFORMATION info;
	struct win32_spot spot;
	HANDLE like;
	int r;

	if ((r = win32_walk(dir, rel, &spot)) < 0)
		return r;
	r = win32_file(&spot, &how, &like);
	win32_leave(&spot);
	if (r < 0)
		return r;
	if (!GetFileInformationByHandle(like, &info))
		r = win32_last();
	else if ((r = win32_rights_copy(like, file->handle)) == 0)
		r = win32_set_basic(
		    file->handle, 0, info.dwFileAttributes & KEPT);
	CloseHandle(like);
	return r;
}

int
os_file_close(struct os_file *file)
{
	int r;

	if (file == NULL)
		return 0;
	/* os_dir_flush_all cannot see to what is in files: it is done here. */
	r = file->lasting && file->written ? os_file_flush(file) : 0;
	if (!CloseHandle(file->handle) && r == 0)
		r = win32_last();
	free(file);
	return r;
}

unsigned
os_flags_shown(void)
{
	return OS_HIDDEN | OS_READONLY;
}
