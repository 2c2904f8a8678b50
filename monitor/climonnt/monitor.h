/* What climonnt knows while it runs, and the steps of its day. */
#ifndef MONITOR_H
#define MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "client.h"
#include "mover.h"
#include "os.h"
#include "raws.h"
#include "schedule.h"

struct climonnt_options;
struct logfile;
struct places;
struct source;

struct monitor {
	const struct climonnt_options *options;
	struct logfile *log;
	char *logs;		  /* LOGS, as it was when the log was opened */
	char *self;		  /* our program */
	struct os_info self_info; /* as it was looked at last */
	uint64_t failed_self;	  /* content of a new one that was tried */
	struct os_lock *lock;
	struct os_lock *working;
	struct client client;
	struct places *places;
	struct schedule schedule;
	struct raws raws;
	struct mover mover;
	struct source *source; /* of check_run, or NULL */
	char *root;	       /* that answered the last check, or NULL */
	uint64_t held;	       /* CopyListVersion whose setup has run */
	int64_t held_until;    /* not started for it before; 0 */
	char *told;	     /* restart notice, as notice.c keeps it, or NULL */
	char *told_services; /* the same of services.ini */
	int trouble;	     /* of servers or SMS.INI, warned of */
	int refused;	     /* of INVDATA, warned of */
};

/* Log, SMS.INI, the lock of this user. An exit code. */
int monitor_open(struct monitor *m, const struct climonnt_options *options);
void monitor_close(struct monitor *m);
/* From now on others see that a monitor is at work (instance_work). */
void monitor_work(struct monitor *m);
/* Reads SMS.INI again. On failure what was known stays, and a code is
 * returned with `why`. */
int monitor_reload(struct monitor *m, struct buf *why);

/* Looks into INVDATA; true when there is news. */
bool monitor_look(struct monitor *m);
/* Takes .raw files up whose time has come. */
void monitor_move(struct monitor *m);
/* When monitor_move has something to do: os_clock, RAWS_NEVER. */
int64_t monitor_next_move(const struct monitor *m);
/* One check with all that follows from it; an exit code. */
int monitor_check(struct monitor *m);
/* Says something about what is in the way: a warning when it is news, else a
 * line in the log. */
void monitor_trouble(struct monitor *m, int code, const char *text);
/* Watches the folders of SMS.INI as it is now. */
int monitor_watch(struct monitor *m);

#endif
