/*
 * The third platform: os.h in memory, for unit tests. What a test does with it
 *
 *	fake_reset();
 *	fake_put("/c/SMS.INI", "[SMS]\r\n");
 *	... calls of the module, which calls os.h ...
 *	assert_string_equal(fake_get("/c/SMS.INI"), "...");
 *
 * All paths here are absolute ("/c/x", "C:/x" which is "/C:/x", "//srv/share"
 * which is below $SMS_UNC or /net) and name something that exists, unless said
 * otherwise; a path that does not exist is an error of the test and aborts.
 * fake_ functions are neither counted nor made to fail, and whatever they
 * put into the tree is durable. Text that they return lives until fake_reset.
 */
#ifndef FAKE_H
#define FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../platform/os.h"

/* An empty tree with the folder "/" alone, the clock at FAKE_START, no faults,
 * no environment, unlimited space, an administrator on host TESTHOST. */
void fake_reset(void);
#define FAKE_START (INT64_C(1795197600) * OS_SECOND) /* 2026-11-20 18:00 UTC */

/* The tree */

/* Makes the file `path` and missing folders above it (OS_PUBLIC). What stood
 * there is replaced by a new file (new id), in use or not. */
void fake_put(const char *path, const char *text);
void fake_put_bytes(const char *path, const void *data, size_t len);
/* Makes an empty folder and missing ones above it; it may be there already. */
void fake_put_folder(const char *path);
/* Makes a link (OS_LINK, leads nowhere) or a device (OS_OTHER). */
void fake_put_special(const char *path, enum os_kind kind);
/* Removes a file, or a folder with all that is in it. */
void fake_drop(const char *path);
/* Sets time and flags of what stands there, and when it was changed: as if it
 * had lain there since. */
void fake_stamp(const char *path, int64_t mtime, unsigned flags);
/* Whose it is: os_info's owner, at first 0. */
void fake_owner(const char *path, uint32_t owner);
/* The content, NUL after it; NULL when no file has that name. */
const char *fake_get(const char *path);
/* As os_info, all flags told; false when nothing has that name. */
bool fake_info(const char *path, struct os_info *info);
enum os_rights fake_rights(const char *path);
/* All that is below `path`, sorted, one a line: "BIN/" for a folder,
 * "BIN/A.EXE 5" for a file of 5 bytes, "x ->" a link, "x !" a device. "" when
 * `path` is not there. */
const char *fake_list(const char *path);
/* The same with contents: "BIN/A.EXE=hello". */
const char *fake_tree(const char *path);
/* os_flags_shown; at first OS_EXEC and OS_READONLY, as on POSIX. Others are
 * kept, but os_info does not tell them. */
void fake_flags_shown(unsigned flags);
/* Names ignore the case of A to Z (and keep it), as on Windows. */
void fake_ignore_case(bool on);
/* The folder `path`, and what has no number below it, is on that volume, which
 * os_dir_flush_all of another one leaves alone. At first all is on volume 1. */
void fake_volume(const char *path, unsigned volume);
/* The volume has no hard links: os_link answers ERR_UNSUP. */
void fake_no_links(bool on);

/* What another program does with the file */
enum fake_use {
	FAKE_FREE,
	FAKE_RUNNING,	/* a program: read, renamed away, linked; else BUSY */
	FAKE_HELD,	/* read and linked only */
	FAKE_EXCLUSIVE, /* nothing at all */
};
/* os_replace_used works for what is FAKE_RUNNING, as on Windows. */
void fake_sets_aside(bool on);
/* The mark stays with the file when it is renamed. A file in use is neither
 * replaced nor removed nor opened for appending: ERR_BUSY. */
void fake_use(const char *path, enum fake_use use);
/* Another program has it open for writing: OS_HOLD is ERR_BUSY. */
void fake_written(const char *path, bool is);
/* Is it open with OS_HOLD? */
bool fake_held(const char *path);
/* Every call that names `path` or something below it fails with `code`;
 * 0 ends it. */
void fake_deny(const char *path, int code);
/* Another program has the lock `path` (made when missing) for `ms` more
 * milliseconds; -1 for ever, 0 not any more. */
void fake_lock(const char *path, int ms);

/* Bytes that may still be written: os_write fills what is left, then
 * ERR_NOSPC. UINT64_MAX: no limit. */
void fake_space(uint64_t bytes);

/*
 * What was not flushed is lost, as on the hardest of file systems: a file has
 * the content of its last os_file_flush (none: it is empty), a folder the
 * names of its last os_dir_flush, os_dir_flush_all all of both. A file moved
 * between folders keeps both names when only the new folder was flushed, none
 * when only the old one was. The machine starts anew: faults, uses, locks,
 * hints, children and a request to stop are over. Close handles before.
 */
void fake_power_cut(void);
/* Of what the names in the folder `path` have become since it was flushed (made,
 * gone, another file), the nth alone, 0 is the first, is durable from now on: a
 * file system may write them at any time and in any order. False when there
 * are not so many. */
bool fake_flush_name(const char *path, unsigned n);

/* Faults */

enum fake_times {
	FAKE_ONCE,
	FAKE_FOREVER
};
/*
 * From now on the `from`th call (1 is the next one) returns `code` and has no
 * effect but that a handle given to a closing function is gone; FOREVER: all
 * after it too, as if the program had been ended there. Counted are all calls
 * of os.h that return an error code. from 0: no faults.
 */
void fake_fail(unsigned from, enum fake_times times, int code);
/* The same, counting the calls of one function only, "os_replace". */
void fake_fail_call(
    const char *name, unsigned from, enum fake_times times, int code);
/* Has a call met the fault since it was set? A test that fails each call in
 * turn raises N until this is false. */
bool fake_met(void);
/* An os_write that fails has written the first half before. */
void fake_short_writes(bool on);
/* Such calls since fake_reset: all, or those of one function. */
unsigned fake_calls(void);
unsigned fake_calls_of(const char *name);
/* `hook` is called before each such call: to look at the tree in mid-run, or
 * to change it as another program would. os_ calls of its own are not
 * counted and do not fail. NULL: none. */
typedef void fake_hook_fn(void *arg, const char *call);
void fake_hook(fake_hook_fn *hook, void *arg);
/* Handles (folders, files, locks, children, services, shares, watches) still
 * open. */
unsigned fake_handles(void);

/* Time. Nothing ever waits: a wait moves the clock by as much. A wait without
 * limit that nothing would end is answered by ERR_STOP. */

void fake_clock(int64_t when); /* sets os_clock, not os_ticks */
void fake_zone(int minutes);
void fake_pass(int ms);	      /* moves both */
void fake_stop_after(int ms); /* a request to stop, from then on */

/* Rights and the machine */

void fake_admin(bool is);
/* os_trusted for `path` and all below: ERR_UNTRUSTED, or 0 again. */
void fake_trusted(const char *path, int code);
/* Everybody may make folders in that folder: ProgramData, the root of a drive.
 */
void fake_anybody_adds(const char *path);
/* os_may_write for the folder `path` and all below, but where a folder below
 * has an answer of its own; 0 again. */
void fake_may_write(const char *path, int code);
void fake_env(const char *name, const char *value); /* NULL unsets */
/* `identity` NULL: os_machine answers ERR_NOENT. */
void fake_machine(const char *identity, const char *mac);
void fake_host(const char *name);
/* os_name, os_arch, os_language; NULL leaves one as it is. */
void fake_system(const char *name, const char *arch, const char *language);
void fake_self(const char *path); /* os_self */
/* What os_event was given, "error cli_nt: text", one a line. */
const char *fake_events(void);
unsigned fake_event_count(void);

/* Other programs. argv[0] must be a file of the tree, else ERR_NOENT. */

/* How children started from now on end: after `ms` (-1 never) with `code`; at
 * first at once with 0. */
void fake_child(int code, int ms);
/* The arguments of the nth start (0 is the first), one blank between them;
 * NULL when there were not that many. */
const char *fake_spawned(size_t n);
unsigned fake_spawned_how(size_t n);

/*
 * Services: a service manager in memory. What is registered, and with which
 * start mode, outlives the program and a power cut; after one those of
 * OS_START_AUTO and OS_START_DELAYED run anew. Where a program was registered
 * it must be a file of the tree when it is started, else ERR_NOENT.
 */
struct fake_service {
	bool registered;
	bool foreign;
	char *shown, *program, *arguments; /* NULL: none */
	enum os_service_start start;
	bool running; /* false when it died: os_service_look says CHANGING */
	uint64_t process; /* of the last start, each another one */
	unsigned starts, stops;
};
/* How it stands; NULL: nobody ever named it. Lives until fake_reset. */
const struct fake_service *fake_service(const char *name);
/* Registers it as ours, or as somebody else's, running or not. */
void fake_service_put(const struct os_service *service, bool running);
void fake_service_foreign(const char *name, bool running);
/* From now on it dies `ms` after each start (0: os_service_start waits in vain,
 * negative: not any more), where its program holds the text `content` at that
 * moment; NULL: whatever the program is. */
void fake_service_dies(const char *name, const char *content, int ms);
/* os_service_start of it answers `code`; 0: works again. */
void fake_service_refuses(const char *name, int code);
/* What a stop does; how long it and a start take. */
enum fake_stop {
	FAKE_STOPS,
	FAKE_NEEDS_FORCE,
	FAKE_NEVER_STOPS
};
void fake_service_stops(const char *name, enum fake_stop how, int ms);
void fake_service_slow_start(const char *name, int ms);
/* `name` needs `other`: while it runs it is a dependent of that. */
void fake_service_needs(const char *name, const char *other);
/* os_services_open answers `code`; 0: works again. */
void fake_services_absent(int code);
/* What was done, in order, one a line: "register A", "unregister A", "start A",
 * "stop A", "kill A" (after a stop in vain), "set A disabled" (auto, delayed,
 * manual). What changes nothing (start of what runs) is not in it. */
const char *fake_actions(void);

/* One row of os_inventory, or (section Software) of os_software. */
void fake_row(const char *section, const char *key, const char *value);
/* What os_notice showed, "title: text", one a line; `code` is what it answers
 * from now on, showing nothing (0: it shows again). */
const char *fake_notices(void);
void fake_notice_fails(int code);

/* Shares: os_share reads the same tree. */

enum fake_state {
	FAKE_UP,
	FAKE_DOWN,
	FAKE_HANGS
};
/* How the share with that root answers, and after how many ms each read. The
 * path need not exist. */
void fake_share(const char *root, enum fake_state state, int ms);
/* Bytes in one answer of os_share_next; at first 4096. */
void fake_share_piece(size_t bytes);

/* `ms` from now whoever watches the folder `path` gets a hint; `gone`: and the
 * folder is no longer watched. Nothing else gives hints. The path need not
 * exist; a hint for what nobody watches then is lost. */
void fake_hint(const char *path, int ms, bool gone);

/*
 * Memory (alloc.c). Link the test with
 *	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
 * (fake_alloc_fail aborts without; fake_alloc_works says whether it was).
 * The `from`th call (1 is the next one) of the three gives NULL, FOREVER: all
 * after it too; 0: none. What the fake needs for itself never fails; what it
 * hands out (handles, char **) does, as ERR_NOMEM. fake_reset does not end it.
 */
void fake_alloc_fail(unsigned from, enum fake_times times);
bool fake_alloc_met(void);
bool fake_alloc_works(void);
/* Allocations since the last fake_alloc_fail. */
unsigned fake_alloc_calls(void);

#endif
