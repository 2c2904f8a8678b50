/*
 * One run of client setup over one client: cli_nt's, of this machine, and ccm's,
 * of any. Where the client is, which list is offered to it, whether that may be
 * used and is for it, and bringing it there. What such a run is asked for stands
 * in its options; how it ended in exit_code (options.h) or in the code returned
 * with `why`.
 */
#ifndef RUN_H
#define RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "copylist.h"
#include "facts.h"
#include "identity.h"
#include "layout.h"
#include "options.h"
#include "policy.h"
#include "update.h"

struct inifile;
struct logfile;
struct os_dir;
struct os_lock;
struct smsini;
struct source;

struct run_options {
	struct options_common common;
	char *root;	 /* /p: logon root, or NULL */
	char *dir;	 /* /d: place of a first install, or NULL */
	bool verify;	 /* /f */
	bool dry_run;	 /* /n */
	bool stopped;	 /* /k: components are stopped */
	bool explain;	 /* /why; goes with dry_run */
	bool background; /* /bg; not with dry_run */
	/* ccm's */
	int patience;	   /* ms to wait for another run on this client */
	bool services;	   /* Type=service components too */
	const char *place; /* all of the client stands below it, whatever its
			    * SMS.INI says; NULL: where SMS.INI says */
	const char *host;  /* the client is this machine; NULL: ours */
	const struct layout *judge; /* whose policy and keys count; NULL: the
				     * client's */
};

struct run {
	const struct run_options *options;
	struct logfile *log;
	const char *log_name; /* of its file in LOGS; NULL: it is open */
	struct buf why;	      /* text of the last failure */
	/* The client */
	struct layout layout;
	struct smsini *ini;    /* NULL: not there yet, a first install */
	struct os_dir *client; /* NULL: not there yet */
	struct os_dir *state;  /* NULL: not there yet */
	struct os_lock *lock;
	bool damage_told; /* that SMS.INI is damaged has been said */
	bool recovered;	  /* what an earlier run left is completed */
	bool rights;	  /* this user may write the client */
	struct policy policy;
	/* The logon server */
	struct source *source;
	char *root;
	struct copylist_head head;
	struct copylist_head last; /* of the list that was taken last */
	bool last_known;	   /* it has been looked for */
	struct buf text;	   /* the whole list */
	struct copylist *list;
	struct buf domain_text;
	struct inifile *domain;
	/* What comes of it */
	struct facts facts;
	struct identity identity;
	bool verify;	   /* every file is checked by digest */
	bool only_expired; /* nothing differs, the list's time is over */
	int exit_code;
};

/* run_open.c: steps 1 and 2. */
int run_open(struct run *run);
/* With rights, before anything is written: folders and lock of a client that
 * was not there yet. */
int run_build(struct run *run);
void run_close(struct run *run);

/* run_list.c: steps 3 to 5. */
int run_reach(struct run *run);
/* Is there nothing to do (or nothing yet)? exit_code is set then. */
bool run_is_current(struct run *run);
int run_take_list(struct run *run);
/* The parts of that, for /why. */
int run_check_origin(struct run *run);
int run_read_list(struct run *run); /* read, parsed, Sequence checked */
int run_select(struct run *run);
/* Are the facts on which the installed list's conditions rest still true, and
 * is this still the machine that the SMS ID was made for? */
bool run_facts_changed(struct run *run);
bool run_has_expired(int64_t expires);
/* What DOMAIN.INI says, or NULL. */
const char *
run_domain_get(const struct run *run, const char *section, const char *key);
/* The head of the list that was taken last, as sequence_last; what is damaged
 * there is said once. */
const struct copylist_head *run_last_head(struct run *run);

/* run_turn.c: is it for this machine, now? */
struct run_turn {
	bool early;		     /* NotBefore= has not come */
	bool list_shut, policy_shut; /* Window= is closed */
	bool never;		     /* the two are never open together */
	int64_t opens;		     /* when nothing of this holds any more */
};
/* Is it a list that has to wait for its turn at all? */
bool run_asks_for_turn(const struct run *run);
void run_find_turn(struct run *run, struct run_turn *turn);
/* By the head: NotBefore= and Window=. Where the time has not come SMS.INI
 * notes when it does. */
bool run_has_its_time(struct run *run);
bool run_has_its_turn(struct run *run); /* Rollout= */

/* run_changes.c: what SMS.INI is to say, from DOMAIN.INI and this machine. */
/* ERR_FORMAT: DOMAIN.INI names more than clients take. */
int run_check_domain(struct run *run);
struct run_changes {
	struct iniedit_change *list;
	size_t count;
};
/* Identity, paths, server; and everything else that a finished run writes. */
int run_begin_changes(struct run *run, struct run_changes *changes);
int run_done_changes(struct run *run, struct run_changes *changes);
void run_changes_free(struct run_changes *changes);

/* run_identify.c: who this client is; decided once a run, and kept where we have
 * rights. */
int run_identify(struct run *run);

/* run_update.c: steps 6 to 12, after run_build and run_identify. 0 with
 * exit_code and `result`, which the caller frees; codes as update_run's. */
void run_fill_job(struct run *run, struct update_job *job);
int run_update(struct run *run, const struct update_hooks *hooks,
    struct update_result *result);

/* run_report.c: a status .raw about this run, so that the site sees it at once. */
void run_report(struct run *run, const struct update_result *result);
/* The same after a failure, with its text: once the client is locked and a
 * server has answered. Nobody is told that there is none, or of "busy". */
void run_report_failure(struct run *run);

#endif
