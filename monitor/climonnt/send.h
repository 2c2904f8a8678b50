/* One file, copied to the inventory box of a logon root. */
#ifndef SEND_H
#define SEND_H

struct os_dir;
struct os_info;

struct send {
	struct os_dir *dir; /* where the file lies */
	const char *name;
	const struct os_info *info; /* what it must be, before and after */
	const char *root;
	const char *smsid;
};

/*
 * Copies under a temporary name, flushes, renames without replacing to
 *
 *	<SMS ID>-<time of the file in ns>-<size>.RAW
 *
 * A file with that name and the same content was sent before: 0. Clocks of
 * file systems tick in milliseconds, so that another file may have the name:
 * then a hash of the content stands before ".RAW" too.
 *
 * ERR_CHANGED: the file is not, or did not stay, what `info` says.
 * SEND_LOCAL(code): it cannot be read. Other codes are the share's; ERR_NOENT:
 * it has no box. 0 only after the box was flushed, where the share knows how.
 * ERR_TIMEOUT after that time, whatever the share does; a later try finds what
 * this one may still have sent.
 */
#define SEND_LOCAL(code)    ((code)-1000)
#define SEND_IS_LOCAL(rc)   ((rc) < -1000)
#define SEND_LOCAL_CODE(rc) ((rc) + 1000)
int send_file(const struct send *what, int timeout_ms);

#endif
