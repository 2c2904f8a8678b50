/*
 * The check of inventories that arrive in inventry.box of a logon root. What is
 * good is kept in inventry.box/history for the report, the newest alone:
 *
 *	<SMS ID>.RAW	the full inventory
 *	<SMS ID>.HW	that of the hardware alone
 *	<SMS ID>.SW	that of the software alone
 *	<SMS ID>.STA	the status report
 *	<SMS ID>.OLD	"<agent> <ours>": its agent was named as outdated
 *
 * What is bad goes to inventry.box/badraws. A file is claimed by a rename into
 * inventry.box/processing, where its owner cannot reach it; one that a run which
 * died left there is judged by the next run. See doc/rawfile.md.
 */
#ifndef RAWCHECK_H
#define RAWCHECK_H

#include <stdbool.h>
#include <stddef.h>

struct logfile;
struct os_dir;

#define RAWCHECK_BAD_MAX   1000	  /* files in badraws; the oldest go */
#define RAWCHECK_BAD_DAYS  30	  /* and those that are older */
#define RAWCHECK_KEPT_MAX  400000 /* files in history; then none for new IDs */
#define RAWCHECK_KEPT_DAYS 400	  /* machines that say nothing for so long go */

struct rawcheck_result {
	size_t kept;
	size_t older;	 /* than what is kept of the machine: dropped */
	size_t bad;	 /* put aside */
	size_t passed;	 /* links, folders, unreadable ...: left alone */
	size_t failed;	 /* stay in processing and are tried again */
	size_t outdated; /* machines that were named */
	bool busy;	 /* another one is at it: nothing was done */
	bool more;	 /* there are more than one run takes */
};

/*
 * One pass over all that lies in the box of the logon root `root`, which the
 * caller trusts. Each bad file is told to `log`, with its event, 128 to 133;
 * what is left alone once, as long as it lies there. *result is set anew. No
 * file keeps the next one from its turn. Not to be run by two threads at once.
 *
 * Nothing is changed and the reason is logged: ERR_NOENT, ERR_LINK, ERR_NOTDIR
 * (the box or a folder in it is none), ERR_UNTRUSTED (it belongs neither to the
 * owner of the root nor to an administrator). Else ERR_STOP, or the code of
 * what failed for the folders themselves.
 */
int rawcheck_run(
    struct os_dir *root, struct logfile *log, struct rawcheck_result *result);

#endif
