/*
 * Brings the files of one client to a copy list: steps 2 and 6 to 12 of the
 * client setup's flow, over a list, a logon root, a client root and a SMS.INI.
 * cli_nt and ccm share it. The component is the unit: all its changed files go
 * in or none; what is stored last is CopyListVersion.
 *
 * Order, and why a kill between any two steps is harmless: fetch and verify
 * into .stage; flush; owned set as old + new; journal; SetupPhase=verify_files;
 * place component by component; flush; installed list; request; list; SMS.INI with
 * CopyListVersion; journal away. Until the journal stands nothing has changed;
 * from then on it is carried out by whoever comes next.
 */
#ifndef UPDATE_H
#define UPDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "iniedit.h"
#include "installed.h"
#include "plan.h"

struct copylist;
struct layout;
struct os_dir;
struct progress;
struct smsini;
struct source;

/*
 * Called round the files of components that change, by those who stop and start
 * services; any may be NULL. First `before` for all of them, in reverse order
 * of After=: not 0, and the component is out of this run, for the reason that
 * they say. Then, one component after the other, its files are placed and `placed`
 * is called: not 0 has the old files back. Until it has said 0 the journal says
 * of a Type=service component that it is settling. `undone` is called where the
 * files are the old ones after `before` had said 0.
 */
struct update_hooks {
	int (*before)(void *arg, const char *component, struct buf *reason);
	int (*placed)(void *arg, const char *component, struct buf *reason);
	void (*undone)(void *arg, const char *component);
	/* Before the version is stored: the request for what this program does
	 * not install itself, and (all_in false) for what it could not. Not 0:
	 * the version is not stored, the next run asks again. */
	int (*request)(void *arg, bool all_in);
	void *arg;
};

struct update_job {
	const struct layout *layout;
	struct os_dir *client;	  /* NULL only for a plan before there is one */
	struct os_dir *state;	  /* the folder STATE; NULL as `client` */
	const struct smsini *ini; /* NULL: a first install */
	const struct copylist *list;   /* selected */
	const struct buf *list_text;   /* its exact bytes */
	const struct buf *domain_text; /* DOMAIN.INI of the list, or NULL */
	struct source *source;
	struct progress *progress; /* over plan.fetch_bytes, or NULL */
	uint64_t bandwidth;	   /* bytes a second, 0: no limit */
	bool services;		   /* Type=service components too */
	bool verify;		   /* check every file by digest */
	int64_t now;		   /* os_clock */
	/* Changes of SMS.INI that go with the phase (identity, paths), and with
	 * CopyListVersion (everything else). */
	const struct iniedit_change *begin, *done;
	size_t begins, dones;
	struct update_hooks hooks;
};

enum update_state {
	UPDATE_SAME,	/* nothing to change */
	UPDATE_DONE,	/* changed, whole */
	UPDATE_PENDING, /* waits whole for files that are in use */
	UPDATE_HELD,	/* not installed, as it was before: see reason */
};

struct update_component {
	char *name;
	bool gone; /* it was removed, or is to be */
	enum update_state state;
	char *reason; /* UPDATE_PENDING, UPDATE_HELD */
	size_t changes;
};

struct update_result {
	struct update_component *list;
	size_t count;
	size_t done, pending, held;
	size_t services_held; /* of them: what they wait for is ccm's matter,
				* and keeps no version back */
	struct buf missing;   /* names that could not be fetched, ", " */
	int64_t next_try;     /* with held or unasked: when to try again */
	bool unasked;	      /* the request could not be made */
	bool parked;	      /* commands of a damaged SMS.INI were parked */
	struct buf notes;     /* about SMS.INI, worth a warning */
};

/* An update that was planned. */
struct update {
	const struct update_job *job;
	struct installed installed;
	struct plan plan;
};

/* What update_recover met. */
struct update_recovery {
	bool journal;	  /* a journal was carried out */
	bool damaged;	  /* a journal or record was not whole */
	size_t placed;	  /* pending components now in place */
	size_t pending;	  /* still waiting */
	size_t put_back;  /* services that were being watched */
	struct buf notes; /* one line for each thing worth a warning */
};

/*
 * Carries out what an earlier run left: the journal (then SetupPhase becomes
 * verify_files), then pending records. Needs no share. 0, or a code with `why`
 * when the disk fails: the journal stays.
 */
int update_recover(const struct layout *layout, struct os_dir *client,
    struct os_dir *state, struct update_recovery *recovery, struct buf *why);
void update_recovery_free(struct update_recovery *recovery);

/* Reads the installed list and makes the plan. Nothing changes. `job` must
 * outlive `update`. */
int update_plan(
    const struct update_job *job, struct update *update, struct buf *why);
/*
 * Carries the plan out. 0: see `result` (held and pending components are no
 * errors). Otherwise nothing has changed on the client, SMS.INI included, and
 * `why` says what happened: ERR_NOSPC, ERR_ROFS, ERR_IO, ERR_ACCES ... of this
 * machine; ERR_HOST when the logon root went away (*lost is set then).
 * ERR_CHANGED is the one exception: the disk failed in the middle, and the
 * journal stands for the next run.
 */
int update_run(struct update *update, struct update_result *result, bool *lost,
    struct buf *why);
void update_free(struct update *update);
void update_result_free(struct update_result *result);

#endif
