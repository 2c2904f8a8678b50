/*
 * What the files of this folder share. The programs have one thread: the few
 * statics here (stop request, held locks, forgotten children) need no mutex.
 */
#ifndef POSIX_H
#define POSIX_H

#include <sys/types.h>

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "os.h"

struct pollfd;
struct stat;

struct posix_held;

struct os_dir {
	int fd; /* O_PATH: a drop box can be opened, though not read */
	struct posix_held *held; /* NULL: os_dir_hold was not called */
};

struct os_file {
	int fd;
};

/* Where a `rel` ends: a name in an open folder. */
struct posix_spot {
	int fd;			 /* the folder */
	bool own;		 /* it is ours to close */
	char name[NAME_MAX + 1]; /* "." for the os_dir itself */
};

/* Calls again while a signal cut the call off. */
#define POSIX_RETRY(result, call)  \
	do {                       \
		(result) = (call); \
	} while ((result) == -1 && errno == EINTR)

/* walk.c */

/* The err.h code of an errno value; never 0. */
int posix_error(int error);
bool posix_separator(char c);
/* The path as the system wants it: '/' only, a share below $SMS_UNC.
 * malloc'd. ERR_ARG for an empty path and for ".." in a share. */
int posix_path(const char *path, char **real);
/* Walks to the last name of `rel`, no link followed. Closed by posix_leave;
 * nothing is held when it fails. ERR_ARG, ERR_NAME, ERR_LINK, ERR_NOTDIR ... */
int posix_walk(struct os_dir *dir, const char *rel, struct posix_spot *spot);
/* The same for a name in a folder: ERR_ARG when `rel` is the os_dir itself. */
int
posix_walk_name(struct os_dir *dir, const char *rel, struct posix_spot *spot);
void posix_leave(struct posix_spot *spot);
/* Lets go of the folders that os_dir_hold keeps: one may have another name. */
void posix_let_go(struct os_dir *dir);
/* Opens the folder `name` in the folder `at`, no link followed; `flags` are
 * added to those of open(2). */
int posix_folder(int at, const char *name, int flags, int *fd);
/* Why `name` could not be opened, with what errno says: for a link ERR_LINK
 * and so on, where the system's own answer does not tell. */
int posix_blocked(int at, const char *name, int error);
mode_t posix_file_mode(enum os_rights rights);
mode_t posix_folder_mode(enum os_rights rights);

/* file.c */

/* openat of a regular file, without waiting and without following. */
int posix_open(const struct posix_spot *spot, int flags, int *fd);
/* The same, made (with exactly these rights) when it is missing. */
int posix_open_or_make(
    const struct posix_spot *spot, int flags, enum os_rights rights, int *fd);
void posix_info(const struct stat *st, struct os_info *info);

/* lock.c */

/* In a child: closes our copies of the locks, so that they end with the
 * process that took them. */
void posix_locks_abandon(void);

/* place.c */

/* $SMS_SYSROOT (without a separator at its end) + path; malloc'd or NULL. */
char *posix_below_sysroot(const char *path);

/* clock.c */

/* poll(2) that also ends when the program is asked to stop. `fds` has room
 * for one more than `count`. 0 when one of them is ready, ERR_TIMEOUT,
 * ERR_STOP; timeout_ms -1: no limit. */
int posix_wait(struct pollfd *fds, size_t count, int timeout_ms);
/* Milliseconds until os_ticks() is `end`, rounded up so that no wait is too
 * short; 0 when it is past. */
int posix_left(int64_t end);
/* In a child: signals are as the system gave them. */
void posix_signals_reset(void);

/* child.c */

/* fork(2) of a process that works for us: it dies with us, has our locks
 * closed, signals reset, and output that goes nowhere. In it *pid is 0. */
int posix_fork(pid_t *pid);
/* Remembers a child that nobody waits for, to take it from the process table
 * when it has ended. Never waits. */
void posix_forget(pid_t pid);

/* output.c */

struct posix_text {
	char *data; /* malloc'd, a NUL behind it; NULL: nothing */
	size_t len;
	size_t size;
};

/*
 * Runs work(arg, fd) in a child, which writes to `fd`, and reads that, at most
 * about `max` bytes, in timeout_ms. What `work` returns (0 to 255) is returned.
 * ERR_TIMEOUT, ERR_NOSPC (there is more), ERR_STOP, ERR_IO (it crashed): the
 * child is ended then and there is no text. The caller frees text->data.
 */
int posix_output(int (*work)(void *arg, int fd), void *arg, int timeout_ms,
    size_t max, struct posix_text *text);
/* The same of a program, found through PATH; `input`, at most 4096 bytes, is
 * what it reads (NULL: nothing). Its exit code. ERR_NOENT: there is no such
 * program. */
int posix_ask(const char *const argv[], const char *input, int timeout_ms,
    size_t max, struct posix_text *text);

/* inventory.c */

/* Calls `each` with a value without control bytes; nothing for NULL or "". */
int posix_row(os_row_fn *each, void *arg, const char *section, const char *key,
    const char *value);

#endif
