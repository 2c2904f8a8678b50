/*
 * What the files of this folder share. Text inside is UTF-8, UTF-16 begins at
 * each call of the system. A share is read by threads: what is declared here
 * may be called by several at once.
 */
#ifndef WIN32_H
#define WIN32_H

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>
#include <winternl.h>

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "os.h"

struct os_dir {
	HANDLE handle; /* the folder; shared for read, write and delete */
};

struct os_file {
	HANDLE handle;
	bool lasting; /* of OS_CREATE: flushed, at the latest when it closes */
	bool written; /* and not flushed since */
};

#define WIN32_NAME   255 /* UTF-16 units of one name, as all volumes have it */
#define WIN32_SHARED (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

/* Where a `rel` ends: a name in an open folder. */
struct win32_spot {
	HANDLE folder;
	bool own;		    /* it is ours to close */
	WCHAR name[WIN32_NAME + 1]; /* "" for the os_dir itself */
};

/* error.c: the one translation of the system's answers */

/* The err.h code of a GetLastError() value; never 0. */
int win32_error(DWORD error);
/* win32_error(GetLastError()). */
int win32_last(void);
/* The same of an NTSTATUS: 0 for success. */
int win32_status(NTSTATUS status);

/* text.c */

bool win32_separator(char c);
/* UTF-8 to UTF-16 and back; malloc'd. ERR_NAME for what is no UTF-8; what is
 * no UTF-16 comes back with U+FFFD in its place. ERR_NOMEM. */
int win32_wide(const char *text, WCHAR **wide);
int win32_utf8(const WCHAR *wide, char **text);
/* The same of `len` units without a 0 at their end. */
int win32_utf8_part(const WCHAR *wide, size_t len, char **text);
/* 0, or ERR_NAME when `len` units are no name of a file here: device names
 * (CON, NUL, COM1 ...), a dot or blank at the end, '<>:"|?*', too long. */
int win32_name(const WCHAR *name, size_t len);
/*
 * The path as the system wants it: absolute, "\\?\C:\..." or
 * "\\?\UNC\server\share...", so that it may be long and nothing in it is
 * changed; no separator at its end but for "\\?\C:\". A share is looked for
 * below $SMS_UNC where that is set. malloc'd. ERR_ARG for an empty path and
 * for ".." in a share, ERR_NAME.
 */
int win32_path(const char *path, WCHAR **real);
/* A path of the system's ("\\?\" or not) as we write it: '/' only, a share
 * with two in front; malloc'd. */
int win32_shown(const WCHAR *path, char **text);

/* walk.c */

/* Walks to the last name of `rel`, no reparse point followed. Left by
 * win32_leave; nothing is held when it fails. */
int win32_walk(struct os_dir *dir, const char *rel, struct win32_spot *spot);
/* The same for a name in a folder: ERR_ARG when `rel` is the os_dir itself. */
int
win32_walk_name(struct os_dir *dir, const char *rel, struct win32_spot *spot);
void win32_leave(struct win32_spot *spot);

/* How win32_open opens; SYNCHRONIZE and FILE_OPEN_REPARSE_POINT are added. */
struct win32_how {
	ACCESS_MASK access;
	ULONG disposition;	       /* FILE_OPEN, FILE_CREATE ... */
	ULONG options;		       /* FILE_DIRECTORY_FILE ... */
	ULONG share;		       /* 0: WIN32_SHARED */
	PSECURITY_DESCRIPTOR security; /* of what is made; or NULL */
};

/* Opens what the spot names as itself: a link is not followed. */
int win32_open(
    const struct win32_spot *spot, const struct win32_how *how, HANDLE *handle);
/* Opens the folder that the spot names: ERR_LINK, ERR_NOTDIR. */
int
win32_folder(const struct win32_spot *spot, ACCESS_MASK access, HANDLE *handle);
/* Is that a reparse point which stands for another name: symbolic link,
 * junction, mount point? */
bool win32_is_link(DWORD attributes, DWORD tag);
/* Its path as win32_path gives paths; malloc'd. Names in it are of now: for
 * calls that take no handles. */
int win32_path_of(const struct win32_spot *spot, WCHAR **path);

/* dir.c */

/* Opens what stands at a path of win32_path, links followed; a folder or not.
 */
int win32_open_path(const WCHAR *path, ACCESS_MASK access, HANDLE *handle);

/* file.c */

/* Opens a regular file: ERR_ISDIR, ERR_LINK, ERR_NOTFILE. */
int win32_file(
    const struct win32_spot *spot, const struct win32_how *how, HANDLE *handle);
/* The same, made with exactly these rights when it is missing. */
int win32_file_or_make(const struct win32_spot *spot, ACCESS_MASK access,
    enum os_rights rights, HANDLE *handle);
int win32_info(HANDLE handle, struct os_info *info);
/* Does it stand on a server? */
bool win32_is_remote(HANDLE handle);
enum os_kind win32_kind(const FILE_ATTRIBUTE_TAG_INFO *tag);
/* Sets the time of the last change (0: as it is) and the attributes. */
int win32_set_basic(HANDLE handle, int64_t filetime, DWORD attributes);
/* 100 ns since 1601 to our ns since 1970, and back. */
int64_t win32_time(int64_t filetime);
int64_t win32_filetime(int64_t time);

/* name.c, replace.c */

struct win32_pair {
	struct win32_spot from;
	struct win32_spot to;
};

int win32_pair_walk(struct win32_pair *pair, struct os_dir *fromdir,
    const char *from, struct os_dir *todir, const char *to);
void win32_pair_leave(struct win32_pair *pair);
/* Opens what the spot names, for the calls below; not following. */
int win32_open_spot(
    const struct win32_spot *spot, ACCESS_MASK access, HANDLE *handle);
int win32_spot_info(const struct win32_spot *spot, struct os_info *info);

/* FILE_INFORMATION_CLASS, as ntifs.h has it. */
#define WIN32_RENAME	10
#define WIN32_LINK	11
#define WIN32_RENAME_EX 65
/* Gives the open file the name `to`: ERR_EXIST unless `flags` say that it is
 * replaced. */
int win32_set_name(
    HANDLE handle, int class, ULONG flags, const struct win32_spot *to);
/* Is that what a volume or system says which has no such call? */
bool win32_is_unknown(int r);
/* Removes what is open with the right to. */
int win32_remove(HANDLE handle, const struct win32_spot *spot);
/* Takes Read-only away; `was`, unless 0, is for win32_put_back. */
void win32_make_writable(const struct win32_spot *spot, DWORD *was);
void win32_put_back(const struct win32_spot *spot, DWORD was);
/* May another try go better (in use)? Waits before it: 71 ms in all. *tries
 * begins with 0. */
bool win32_try_again(int r, size_t *tries);

/* rights.c */

/* Owner and protected DACL of what is made with these rights; LocalFree'd. It
 * belongs to the administrators, or to its maker, who may then change it. */
int win32_security(enum os_rights rights, bool folder, bool administrators,
    PSECURITY_DESCRIPTOR *security);
/* Gives `to` owner, group and DACL of `from`, as far as this user may. */
int win32_rights_copy(HANDLE from, HANDLE to);
/* os_info's owner; UINT32_MAX where the handle may not ask. */
uint32_t win32_owner(HANDLE handle);
/* Has the user raised his rights for this program (user account control)? */
bool win32_is_raised(void);
/* SYSTEM, Administrators, the installer of Windows; who runs us, unless he has
 * raised his rights. */
bool win32_is_trusted(PSID sid);
/* Somebody else to whom the DACL grants one of `here`, or one of `below` on
 * files that others make in it; NULL when there is nobody. */
PSID win32_others(PACL dacl, ACCESS_MASK here, ACCESS_MASK below);

/* limited.c */

/* What os_run_limited is told. */
struct win32_work {
	int (*work)(void *arg);
	void *arg;
	void (*done)(void *arg);
};
/* The same; with `through` a request to stop does not end the wait. */
int
win32_run_limited(const struct win32_work *work, int timeout_ms, bool through);

/* child.c */

/* The path of a program as the system wants it where it starts one: ERR_UNSUP
 * for a batch file. malloc'd. */
int win32_program(const char *path, WCHAR **program);
/* The command line of these words (NULL at the end), the first one a path;
 * malloc'd. ERR_RANGE: longer than the system takes. */
int win32_command_line(const char *const argv[], WCHAR **text);

/* machine.c, inventory.c */

/* The tables of the firmware, which the caller frees, and in them the structure
 * of the machine (type 1), complete up to its length; texts follow it before
 * `end`. NULL when it cannot be read. */
BYTE *win32_firmware(const BYTE **system, const BYTE **end);
/* A text of the registry, blanks in place of control characters; malloc'd.
 * NULL when it is missing, empty or no text. */
char *win32_registry_text(HKEY key, const WCHAR *path, const WCHAR *name);
/* A number of the registry, else 0. */
DWORD win32_registry_number(HKEY key, const WCHAR *path, const WCHAR *name);

/* clock.c */

/* A request to stop, as by a console. */
void win32_ask_stop(void);

/* Waits for one of up to 60 handles, also ended by a request to stop. 0 with
 * *which (NULL is fine), ERR_TIMEOUT, ERR_STOP; timeout_ms -1: no limit. */
int
win32_wait(const HANDLE handles[], DWORD count, int timeout_ms, DWORD *which);
/* Milliseconds until os_ticks() is `end`, rounded up; 0 when it is past. */
int win32_left(int64_t end);

#endif
