/*
 * Everything that the programs ask of the operating system. posix/, win32/
 * and the fake of the unit tests implement it; nothing else calls a system.
 *
 * Rules for all functions: 0 or a code of err.h is returned; nothing prints,
 * nothing exits; text is UTF-8; '/' and '\' both separate names. Pointers
 * returned through char ** are malloc'd and the caller frees them.
 *
 * A struct os_dir is an open folder, the root of a place (client root, state
 * folder, published tree). `rel` names something in it: relative, without ".."
 * ("." is the folder itself). No link or reparse point is followed on the way
 * through `rel`, last name included: ERR_LINK. This is what keeps every path
 * in the place that it belongs to.
 */
#ifndef OS_H
#define OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct os_child;
struct os_dir;
struct os_file;
struct os_lock;
struct os_services;
struct os_share;
struct os_watch;

#define OS_SECOND INT64_C(1000000000) /* ns */

/* Folders */

enum os_rights {
	OS_PRIVATE,  /* administrators (or the owner) alone: 0600, 0700 */
	OS_PUBLIC,   /* everybody reads: 0644, 0755 */
	OS_DROP_BOX, /* folder: everybody creates, nobody lists: 01733 */
	OS_OPEN_BOX, /* folder: everybody creates and lists, and changes only
			 * what is his own: 01777 */
};

enum os_kind {
	OS_REGULAR,
	OS_FOLDER,
	OS_LINK,
	OS_OTHER, /* device, pipe, socket */
};

#define OS_EXEC	    1u /* POSIX: execute bits; ignored on Windows */
#define OS_HIDDEN   2u /* Windows attribute; ignored on POSIX */
#define OS_READONLY 4u /* POSIX: no write bits */

struct os_info {
	enum os_kind kind;
	uint64_t size;	 /* bytes */
	int64_t mtime;	 /* ns since 1970 UTC, 1897 to 2262 */
	int64_t changed; /* the same: when content, rights or name last became
			  * others; by the volume's clock, nobody can set it */
	uint64_t id;	 /* inode or file index; 0: the volume has none */
	uint64_t volume;
	uint32_t links;
	uint32_t owner; /* POSIX: uid; Windows: 0 for administrators */
	unsigned flags; /* OS_EXEC | OS_HIDDEN | OS_READONLY */
};

/*
 * Opens the folder `path`, relative to the current folder or absolute. Links
 * on the way to it are followed: a place may stand behind one. A path that
 * begins with two separators is a share: POSIX looks below $SMS_UNC (/net).
 */
int os_dir_open(const char *path, struct os_dir **dir);
/* Opens the folder `rel` of `base`, no link followed. */
int os_dir_open_in(struct os_dir *base, const char *rel, struct os_dir **dir);
void os_dir_close(struct os_dir *dir); /* NULL is permitted */
/*
 * From now on, until the next call, the folders on the way to the names used
 * last are kept open and not walked to again: for work on many names in few
 * folders. What the caller removes or renames is let go; a folder that others
 * move meanwhile is followed. Nothing else is different, nothing can fail.
 * With `hold` false none are kept any more.
 */
void os_dir_hold(struct os_dir *dir, bool hold);

/* Makes one folder; ERR_EXIST when anything has that name. The rights are
 * set exactly, whatever the umask. */
int os_dir_make(struct os_dir *dir, const char *rel, enum os_rights rights);
/* Makes `path` and all missing folders above it (those always OS_PUBLIC).
 * A folder that is there already is left as it is and is no error. Server and
 * share of a share path are never made: ERR_NOENT. */
int os_dir_make_path(const char *path, enum os_rights rights);

/*
 * Sets the rights of the drop box `path` anew (OS_DROP_BOX, OS_OPEN_BOX) where
 * others may change in it what is not theirs: 1. A box that is closed further
 * than ours are is left, somebody wanted it so: 0, as for one that is fine.
 * ERR_ACCES where this user may not.
 */
int os_dir_mend_box(const char *path, enum os_rights rights);

/*
 * Before the default place `path` is used by an administrator's program. On
 * Windows it stands where everybody may make folders: when somebody else made
 * it, or the folder above it, that one is renamed aside: 1, and its new name in
 * *aside (malloc'd). 0 when it is missing or an administrator's own, when this
 * user is none, and on POSIX, where nobody else can make it.
 */
int os_dir_claim(const char *path, char **aside);

/*
 * Calls `each` for every name in the folder `rel` but "." and "..", in no
 * order; a non-zero result of `each` ends the walk and is returned. The folder
 * may change meanwhile: names come once, or not at all when they came late.
 */
typedef int os_each_fn(void *arg, const char *name, enum os_kind kind);
int
os_dir_list(struct os_dir *dir, const char *rel, os_each_fn *each, void *arg);

int os_dir_flush(struct os_dir *dir, const char *rel);
/* Flushes all that was written to the volume of `dir`, files and names. */
int os_dir_flush_all(struct os_dir *dir);
/* Bytes that this user may still write to the volume. */
int os_dir_space(struct os_dir *dir, uint64_t *free_bytes);

/* Files: only regular ones; anything else is ERR_NOTFILE, ERR_ISDIR or
 * ERR_LINK, and opening never waits (a FIFO included). */

enum os_mode {
	OS_READ,   /* shared for read, write and delete */
	OS_HOLD,   /* the same; Windows: nobody may write in it meanwhile, and
		    * ERR_BUSY when somebody has it open for that */
	OS_CREATE, /* new, for writing and reading; ERR_EXIST otherwise */
	OS_APPEND, /* made when missing; each write goes to the end */
};

/* `rights` counts for files that are made. */
int os_open(struct os_dir *dir, const char *rel, enum os_mode mode,
    enum os_rights rights, struct os_file **file);
/* Reads until `len` bytes are there or the file ends; *got says how many. */
int os_read(struct os_file *file, void *data, size_t len, size_t *got);
/* The same from `offset` on; where os_read goes on does not change. Past the
 * end there is nothing: *got is 0. */
int os_read_at(
    struct os_file *file, uint64_t offset, void *data, size_t len, size_t *got);
/* Writes all of it. On failure part of it may be written. */
int os_write(struct os_file *file, const void *data, size_t len);
int os_file_flush(struct os_file *file);
int os_file_info(struct os_file *file, struct os_info *info);
/* Sets time and attributes of a file that OS_CREATE made (OS_EXEC adds x to
 * what may read, OS_READONLY takes w away). */
int os_file_stamp(struct os_file *file, int64_t mtime, unsigned flags);
/* Gives the file owner, mode, ACL and attributes of `rel`. What this user may
 * not set (the owner) is left out without error. */
int os_file_like(struct os_file *file, struct os_dir *dir, const char *rel);
/* Closes; a late write error shows here. NULL is permitted. */
int os_file_close(struct os_file *file);

/* Which of the flags os_info can tell here. */
unsigned os_flags_shown(void);

/* Names */

/* Does not follow: a link is described itself. ERR_NOENT when nothing has
 * that name. */
int os_info(struct os_dir *dir, const char *rel, struct os_info *info);
/*
 * Gives the file `from` the name `to`; what stood there is replaced in one
 * step: at every moment `to` is the old or the new file. ERR_BUSY when another
 * program's use of `to` forbids it, ERR_ACCES when the rights do, ERR_ISDIR
 * when `to` is a folder. After success `from` is gone, also when both names
 * were the same file (hard links, or names that differ in letter case only).
 * Whoever needs it durable flushes both folders.
 */
int os_replace(struct os_dir *fromdir, const char *from, struct os_dir *todir,
    const char *to);
/*
 * For a `to` that is in use, when os_replace has said ERR_BUSY or ERR_ACCES: it
 * is renamed beside `from` (old.<16 hex>.tmp, removed as soon as that can be),
 * and `from` gets its name; for a moment nothing has it, so the caller must be
 * able to put things right after a crash. ERR_BUSY and ERR_ACCES where that is
 * refused too, ERR_NOENT when nothing has the name `to`. POSIX: ERR_BUSY; there
 * nothing that is in use is in the way.
 */
int os_replace_used(struct os_dir *fromdir, const char *from,
    struct os_dir *todir, const char *to);
/* The same, but ERR_EXIST when `to` is there: exactly one of many wins. */
int os_rename_new(struct os_dir *fromdir, const char *from,
    struct os_dir *todir, const char *to);
/* A second name for the same file (a link as itself); ERR_EXIST when `to` is
 * there, ERR_UNSUP where the volume has no hard links. */
int os_link(struct os_dir *fromdir, const char *from, struct os_dir *todir,
    const char *to);
int os_remove(struct os_dir *dir, const char *rel);	/* file or link */
int os_remove_dir(struct os_dir *dir, const char *rel); /* ERR_NOTEMPTY */

/* Locks: a file that stays. The lock goes with the process, however it ends.
 * timeout_ms 0 tries once; ERR_BUSY when the time is over. Not inherited. */
int os_lock_take(struct os_dir *dir, const char *rel, enum os_rights rights,
    int timeout_ms, struct os_lock **lock);
void os_lock_drop(struct os_lock *lock); /* NULL is permitted */

/* Rights and places */

bool os_is_admin(void);
/*
 * 0 when only administrators may change `path` (file or folder, which must
 * exist) or any folder above it, all the way up; a sticky folder of root's on
 * the way is fine, and one of Windows where others may add, not change. Links
 * on the way are resolved and their folders checked too; on Windows none is
 * trusted. Else ERR_UNTRUSTED and in *culprit (unless NULL) one line for people:
 * "/srv/x: owner uid 1000, mode 0775".
 */
int os_trusted(const char *path, char **culprit);
/* The same of a folder for what this program is going to make in it, and to ask
 * os_trusted of then. Windows: others may add to it. POSIX: as os_trusted. */
int os_trusted_to_hold(const char *path, char **culprit);
/* The same for `count` paths, in order, to the first that is not; *which is its
 * number. What they have in common is looked at once. */
int os_trusted_all(
    const char *const paths[], size_t count, size_t *which, char **culprit);
/* May this user make files in the folder `path`, or, when it is missing, in
 * the nearest folder above? 0, ERR_ACCES, ERR_ROFS, ERR_NOTDIR. */
int os_may_write(const char *path);

enum os_place {
	OS_CLIENT_ROOT, /* /opt/sms */
	OS_STATE_ROOT,	/* /var/lib/sms */
	OS_CONFIG_ROOT, /* /etc/sms: keys and policy.ini too */
	OS_SITE_LOGS,	/* /var/log/sms */
	OS_USER_STATE,	/* $XDG_STATE_HOME/sms: logs, lock of the user */
	OS_DRIVE_ROOT,	/* Windows: of the system's drive; POSIX: ERR_NOENT */
};
/* The default place, $SMS_SYSROOT put before it. ERR_NOENT when the user has
 * no home. Nothing is made. */
int os_place(enum os_place place, char **path);

/* The environment; NULL when unset. In a program that was started with raised
 * rights always NULL; on Windows, where that is user account control, NULL for
 * our own names, SMS_*. */
const char *os_env(const char *name);

/* Time */

/* ns since 1970 UTC. $SMS_CLOCK=+SECONDS (or -) is added, ten years at most;
 * any other value is passed over. */
int64_t os_clock(void);
/* ns from an unknown start; never goes back, counts suspended time. */
int64_t os_ticks(void);
/* Minutes that local time is ahead of UTC at that moment. */
int os_zone(int64_t when);
/* 0, or ERR_STOP at once when the program is asked to stop. */
int os_sleep(int ms);
/* From now on SIGTERM, SIGINT, SIGHUP (Windows: console events) are a request
 * to stop that every waiting function answers with ERR_STOP. Output whose
 * reader went away no longer ends the program: writing it fails. Programs that
 * os_spawn starts get the system's own way of it back. */
void os_stop_catch(void);
bool os_stop_asked(void);

int os_random(void *data, size_t len);

/* This machine */

/* Hardware UUID where this user may read it, else the system's own machine
 * identity. $SMS_IDENTITY replaces both it and the MAC (then empty).
 * ERR_NOENT when there is neither. */
int os_machine(char **identity, char **mac);
int os_host(char **name);  /* short name; $SMS_HOST replaces it */
const char *os_name(void); /* "linux", "windows" */
const char *os_arch(void); /* "x86_64", "aarch64" ... */
unsigned os_cores(void);   /* processors that this program may use, 1 or more */
const char *os_language(void); /* 8 hex digits, "00000409" */

/*
 * What this machine is made of and what is installed on it, as rows: sections
 * System, Processor, Memory, Disks, Network (os_inventory) and Software
 * (os_software: key is the package or program, value its version). What cannot
 * be found out is left out. Values have no control bytes; sizes are bytes in
 * decimal. A non-zero result of `each` ends it and is returned. No call waits
 * longer than a minute.
 */
typedef int
os_row_fn(void *arg, const char *section, const char *key, const char *value);
int os_inventory(os_row_fn *each, void *arg);
int os_software(os_row_fn *each, void *arg);

/* Other programs */

#define OS_DETACHED 1u /* own session, survives us, no terminal */
#define OS_QUIET    2u /* output is thrown away */

/* Starts argv[0] (a path) with argv (NULL at the end); no handle of ours but
 * the standard ones is inherited. What is no program is ERR_ACCES or ERR_UNSUP;
 * on Windows a batch file (.bat, .cmd) is ERR_UNSUP: cmd.exe would read its
 * words by rules of its own. */
int os_spawn(const char *const argv[], unsigned how, struct os_child **child);
/* Waits; *code is the exit code, 128 + signal where a signal ended it (Windows:
 * all 32 bits of it, 137 after os_child_end). ERR_TIMEOUT when it still runs,
 * ERR_STOP. timeout_ms -1: no limit. A child that is OS_DETACHED is out of
 * reach: ERR_UNSUP. */
int os_child_wait(struct os_child *child, int timeout_ms, int *code);
void os_child_end(struct os_child *child);  /* ends it, at once */
void os_child_free(struct os_child *child); /* forgets it; NULL is fine */
int os_self(char **path); /* absolute path of the running program */

/*
 * Runs work(arg) where it can be left behind: when it has not returned after
 * timeout_ms (a server that hangs), ERR_TIMEOUT and we go on without it; also
 * where too many were left behind before. Only its result comes back. `arg` is
 * given away: done(arg) (NULL: nothing) is called once, when nobody uses it any
 * more, which may be long after the return, or never when the program ends.
 *
 * POSIX: a process. What `work` writes to memory is not seen, what it prints is
 * thrown away, ERR_IO when it crashed, and being left behind ends it.
 * Windows: a thread, so `work` keeps to rules: all that it uses belongs to
 * `arg` (an os_dir too), it writes no memory but that, and prints nothing; when
 * it was left behind it may still come to its end.
 */
int os_run_limited(
    int (*work)(void *arg), void *arg, void (*done)(void *arg), int timeout_ms);

/*
 * Services: programs that the system's service manager runs. POSIX: systemd
 * through systemctl where it runs (/run/systemd/system), else runit through sv,
 * whose folder of services is $SVDIR, else /etc/service or /var/service
 * ($SMS_SYSROOT put before all of them but $SVDIR); both commands are found
 * through PATH. Windows: the Service Control Manager. Names are 1 to 80 letters,
 * digits, '-', '_' and '.', the first of them no '.': ERR_NAME otherwise. No wait
 * here is cut short by a request to stop: half a stop would be worse.
 */
enum os_service_state {
	OS_SERVICE_STOPPED,
	OS_SERVICE_CHANGING, /* it starts, stops, or dies again and again */
	OS_SERVICE_RUNNING,
};
enum os_service_start {
	OS_START_AUTO,	   /* with the system */
	OS_START_DELAYED,  /* the same, after others; POSIX: as auto */
	OS_START_MANUAL,   /* on demand */
	OS_START_DISABLED, /* not at all */
};
struct os_service {
	const char *name;
	const char *shown;   /* what people call it */
	const char *program; /* absolute path of a file */
	const char
	    *arguments; /* words, those with blanks in "quotes"; or NULL */
	enum os_service_start start;
};
struct os_service_info {
	enum os_service_state state;
	enum os_service_start start;
	uint64_t process; /* its id while it runs, 0: not known */
};
/* The service manager of this machine (`machine` NULL) or, Windows alone,
 * another one's (ERR_UNSUP elsewhere). ERR_UNSUP: there is none; ERR_ACCES,
 * ERR_HOST. */
int os_services_open(const char *machine, struct os_services **services);
void os_services_close(struct os_services *services); /* NULL is permitted */
/* "systemd", "runit", "Service Control Manager". */
const char *os_services_name(const struct os_services *services);
/* How a service stands. ERR_NOENT: there is none of that name; ERR_TIMEOUT: the
 * service manager does not answer. So with all that follow. */
int os_service_look(struct os_services *services, const char *name,
    struct os_service_info *info);
/*
 * Is it registered just so? 0; ERR_CHANGED: ours, and different; ERR_EXIST:
 * somebody else registered it (what we register says so itself); ERR_NOENT.
 */
int os_service_check(
    struct os_services *services, const struct os_service *service);
/* Registers it, or changes how it is registered, in one step where the service
 * manager has one; it is not started, and one that runs goes on. It is started
 * again when it ends by itself (recovery actions). ERR_EXIST as above: nothing
 * is changed. */
int os_service_register(
    struct os_services *services, const struct os_service *service);
/* Sets the start mode alone, of anybody's service. */
int os_service_set_start(struct os_services *services, const char *name,
    enum os_service_start start);
/* Stops it where it runs and forgets it: ERR_EXIST, as above. */
int os_service_unregister(struct os_services *services, const char *name);
/* Starts it and waits until it runs. Running already: 0. ERR_TIMEOUT: it did
 * not; ERR_ACCES, ERR_NOENT: its program cannot be started. */
int os_service_start(
    struct os_services *services, const char *name, int timeout_ms);
/* Stops it and waits until nothing of it runs. When timeout_ms is over it is
 * ended by force: 1, or ERR_TIMEOUT where that does not help either. */
int
os_service_stop(struct os_services *services, const char *name, int timeout_ms);
/* Those that need it running (and run now): calls `each` for every name, those
 * to be stopped first before others. */
int os_service_dependents(struct os_services *services, const char *name,
    int (*each)(void *arg, const char *name), void *arg);
/*
 * Runs work(arg) and returns what it does. Where the program was started as the
 * service `name` by Windows' service manager, that is told of its start and its
 * end, and a stop or shutdown of it is a request to stop (os_stop_asked).
 */
int os_as_service(const char *name, int (*work)(void *arg), void *arg);

/*
 * A logon root, read by a process of its own (Windows: a thread), so that a
 * server which hangs never hangs us. No call on a share waits longer than its time limit, and
 * closing one never waits.
 */
int os_share_open(const char *root, struct os_share **share);
void os_share_close(struct os_share *share); /* NULL is permitted */
/* Asks for the first `max` bytes of the file `rel` (no link followed): at
 * once, without waiting. An unfinished read before it is given up. */
int os_share_start(struct os_share *share, const char *rel, uint64_t max);
/*
 * Asks for what a later os_share_start, with the same `rel` and `max`, is going
 * to name: it is read while the caller uses what came before. In the order of
 * the calls; an os_share_start of something else gives all of them up, one of a
 * later one those before it. A hint: without it everything works as well.
 * ERR_BUSY when enough is asked for.
 */
int os_share_ahead(struct os_share *share, const char *rel, uint64_t max);
/*
 * A sum over all bytes of a read, computed where it is read, beside the caller.
 * `begin` gives what the others are called with, NULL: out of memory; `end`
 * frees it, and writes a text. They may run in another process: what they do is
 * not seen by the caller; or in another thread, as long as the program runs:
 * they use nothing that the caller has. For all that is asked for from now on;
 * NULL: none.
 */
#define OS_SHARE_SUM 65 /* bytes of a text, and a NUL */
struct os_share_sum {
	void *(*begin)(void);
	void (*add)(void *state, const void *data, size_t len);
	void (*end)(void *state, char text[OS_SHARE_SUM]);
};
void os_share_sum(struct os_share *share, const struct os_share_sum *sum);
/* The sum of the read whose end os_share_next has told; good until the next
 * os_share_start. "" when none was asked for. */
const char *os_share_summed(const struct os_share *share);
/*
 * Waits for the next piece of what os_share_start asked for. 0 with *len > 0:
 * bytes, good until the next os_share_next or os_share_start; 0 with *len 0:
 * the end. Errors of the file:
 * ERR_NOENT, ERR_ACCES, ERR_AUTH, ERR_IO ...; ERR_HOST when the root itself is
 * not there; ERR_TIMEOUT when nothing came: the share stays unusable then.
 */
int os_share_next(
    struct os_share *share, int timeout_ms, const void **data, size_t *len);
/* Waits until os_share_next of one of them would not wait; *which is its
 * number. NULL entries are passed over (no other: ERR_TIMEOUT at once).
 * ERR_TIMEOUT, ERR_STOP. */
int os_share_ready(struct os_share *const shares[], size_t count,
    int timeout_ms, size_t *which);

/* Watching folders. Events are hints: whoever waits looks for himself. */

int os_watch_open(struct os_watch **watch);
void os_watch_close(struct os_watch *watch); /* NULL is permitted */
/* Watches the folder `path` for names that appear (made, renamed into it,
 * closed after writing) or change; `bit` (0 to 31) stands for it in *bits. */
int os_watch_add(struct os_watch *watch, const char *path, int bit);
/*
 * Waits for a hint. *bits says where; the bit is also set when events were
 * lost, and when the folder itself was moved or removed (it is then no longer
 * watched: *gone has the bit too, add it again once it exists).
 * timeout_ms -1: no limit; time for which the machine is suspended counts.
 * ERR_TIMEOUT, ERR_STOP. Nothing wakes while idle.
 */
int os_watch_wait(
    struct os_watch *watch, int timeout_ms, uint32_t *bits, uint32_t *gone);

/* People */

enum os_severity {
	OS_INFORMATION,
	OS_WARNING,
	OS_ERROR
};
/* To the system's own log (syslog, event log). Never fails visibly. */
void os_event(const char *program, enum os_severity severity, const char *text);
bool os_is_terminal(int stream); /* 1 output, 2 errors */
/* Shows a text on the desktop of this user (notify-send, else wall; Windows: a
 * message box of his session that nobody waits for). ERR_UNSUP: nobody can be
 * told here. */
int os_notice(const char *title, const char *text);

#endif
