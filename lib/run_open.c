/*
 * Opening the client: where it is, whether this user may write it, that no
 * other run works on it, and what an earlier run left to complete.
 */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "file.h"
#include "inifile.h"
#include "logfile.h"
#include "path.h"
#include "run.h"
#include "smsini.h"
#include "source.h"
#include "trust.h"

#define INVDATA_AGE (600 * OS_SECOND)

static void
open_log(struct run *run, const char *folder)
{
	if (run->log_name != NULL)
		logfile_open(run->log, folder, run->log_name);
}

static int
load_ini(struct run *run, const char *path)
{
	int rc = smsini_load(path, &run->ini, &run->why);

	if (rc == ERR_NOENT) {
		buf_clear(&run->why);
		return 0;
	}
	if (rc == 0 && run->ini->damaged) {
		if (!run->damage_told)
			log_warning(run->log, "%s; %s", buf_text(&run->why),
			    run->ini->ini != NULL
				? "its values are taken from SMS.BAK"
				: "without a usable SMS.BAK it starts anew");
		run->damage_told = true;
		run->verify = true;
	}
	return rc;
}

/* Where everybody may make folders, somebody may have been first: what he
 * planted in the default place is not used, and not lost either. */
static int
claim_place(struct run *run)
{
	char *place = NULL, *aside = NULL;
	int rc = 0;

	if (run->options->common.ini != NULL || run->options->place != NULL ||
	    run->options->dry_run)
		return 0;
	if ((rc = os_place(OS_STATE_ROOT, &place)) == 0 &&
	    (rc = os_dir_claim(place, &aside)) == 1)
		log_warning(run->log,
		    "%s: made by somebody who is no "
		    "administrator; not used, it is %s now",
		    place, aside);
	if (rc < 0 && place != NULL)
		buf_why(&run->why, rc,
		    "%s: made by somebody who is no administrator, and not to "
		    "be renamed: %s",
		    place, err_text(rc));
	free(aside);
	free(place);
	return rc < 0 ? rc : 0;
}

/* The paths in the SMS.INI of a client that is seen from outside are the
 * client's own and not used. */
static int
lay_out(struct run *run, const char *ini, struct layout *layout)
{
	const struct run_options *o = run->options;

	if (o->place != NULL)
		return layout_make(layout, ini, o->place, NULL);
	return layout_make(
	    layout, ini, o->dir, run->ini != NULL ? run->ini->ini : NULL);
}

static int
find_client(struct run *run)
{
	const struct run_options *o = run->options;
	const char *bad = NULL;
	char *path = NULL;
	int rc = claim_place(run);

	if (rc == 0)
		rc = layout_find_ini(o->common.ini, o->dir, &path);
	if (rc == 0 && (rc = trust_check(path, &run->why)) == 0 &&
	    (rc = load_ini(run, path)) == 0)
		rc = lay_out(run, path, &run->layout);
	if (rc == ERR_NAME && run->ini != NULL)
		bad = layout_bad_key(run->ini->ini);
	if (bad != NULL)
		rc = buf_why(&run->why, ERR_FORMAT,
		    "%s: [SMS] %s: not an "
		    "absolute path, or a quote stands in it",
		    path, bad);
	if (rc == 0 && o->dir != NULL &&
	    strcmp(run->layout.client, o->dir) != 0)
		log_info(run->log, "/d: is ignored, SMS.INI says SMSPath=%s",
		    run->layout.client);
	if (rc == 0)
		rc = trust_check_places(&run->layout, &run->why);
	free(path);
	return rc;
}

/* May this user write the client? A read-only volume is no question of rights,
 * it is a failure. */
static int
find_rights(struct run *run)
{
	int client = os_may_write(run->layout.client);
	int state = os_may_write(run->layout.state);

	run->rights = client == 0 && state == 0;
	if (client == ERR_ROFS || state == ERR_ROFS)
		return run->options->dry_run
		    ? 0
		    : buf_why(&run->why, ERR_ROFS, "%s: %s",
			  client == ERR_ROFS ? run->layout.client
					     : run->layout.state,
			  err_text(ERR_ROFS));
	return 0;
}

/* Opens a folder that may not be there yet. */
static int
open_folder(struct run *run, const char *path, struct os_dir **dir)
{
	int rc = os_dir_open(path, dir);

	if (rc == ERR_NOENT)
		return 0;
	return rc == 0
	    ? 0
	    : buf_why(&run->why, rc, "%s: cannot open: %s", path, err_text(rc));
}

static int
take_lock(struct run *run, struct os_dir *dir, const char *shown)
{
	int rc = os_lock_take(
	    dir, LAYOUT_LOCK, OS_PRIVATE, run->options->patience, &run->lock);

	if (rc == ERR_BUSY)
		return buf_why(&run->why, rc,
		    "%s: another client setup is "
		    "at work; try later",
		    shown);
	return rc == 0 ? 0
		       : buf_why(&run->why, rc, "%s/%s: cannot lock: %s", shown,
			     LAYOUT_LOCK, err_text(rc));
}

/* Without rights: a lock, and a log, in the user's own folder. */
static int
open_user(struct run *run)
{
	struct os_dir *dir = NULL;
	char *path = NULL;
	int rc = os_place(OS_USER_STATE, &path);

	if (rc == 0)
		rc = os_dir_make_path(path, OS_PRIVATE);
	if (rc == 0)
		rc = os_dir_open(path, &dir);
	if (rc == 0) {
		open_log(run, path);
		rc = run->options->background ? 0 : take_lock(run, dir, path);
	} else {
		rc = 0; /* a user without a home asks unlocked */
	}
	os_dir_close(dir);
	free(path);
	return rc;
}

/* What was read before the lock was taken may be another run's past by now. */
static int
load_again(struct run *run)
{
	struct layout now;
	int rc;

	smsini_free(run->ini);
	run->ini = NULL;
	if ((rc = load_ini(run, run->layout.ini)) != 0)
		return rc;
	rc = lay_out(run, run->layout.ini, &now);
	if (rc == ERR_NOMEM)
		return rc;
	if (rc != 0 || strcmp(now.client, run->layout.client) != 0 ||
	    strcmp(now.state, run->layout.state) != 0)
		rc = buf_why(&run->why, ERR_BUSY,
		    "%s: changed by another "
		    "program meanwhile; try later",
		    run->layout.ini);
	layout_free(&now);
	return rc;
}

static int
recover(struct run *run)
{
	struct update_recovery found;
	int rc = update_recover(
	    &run->layout, run->client, run->state, &found, &run->why);

	if (found.notes.len > 0)
		log_warning(run->log, "%s", buf_text(&found.notes));
	if (found.damaged)
		log_warning(run->log,
		    "%s: a journal was not whole; every "
		    "file is checked",
		    run->layout.state);
	if (found.journal)
		log_info(run->log,
		    "an update that was cut off has been "
		    "completed");
	if (found.put_back > 0)
		log_warning(run->log,
		    "%zu services were being watched when an update was cut "
		    "off; their old version is back",
		    found.put_back);
	if (found.placed > 0)
		log_info(run->log,
		    "%zu components that waited for files in "
		    "use are in place",
		    found.placed);
	if (rc == 0 && (found.journal || found.damaged)) {
		/* The phase has changed. */
		run->verify = true;
		rc = load_again(run);
	}
	run->recovered = rc == 0;
	update_recovery_free(&found);
	return rc;
}

/* A folder under the name of one of our files is somebody's mistake, and found
 * before anything is done: at the end it would be too late. */
static int
check_state(struct run *run)
{
	static const char *const names[] = {
		LAYOUT_JOURNAL,
		LAYOUT_INSTALLED,
		LAYOUT_LIST,
		LAYOUT_SEQUENCE,
		LAYOUT_DOMAIN,
		LAYOUT_IDENTITY,
		LAYOUT_INI_LOCK,
	};
	struct os_info info;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (os_info(run->state, names[i], &info) == 0 &&
		    info.kind == OS_FOLDER)
			return buf_why(&run->why, ERR_ISDIR, "%s/%s: %s",
			    run->layout.state, names[i], err_text(ERR_ISDIR));
	return 0;
}

/* Locks a client that is there, and completes what was cut off. */
static int
open_client(struct run *run)
{
	int rc;

	if ((rc = open_folder(run, run->layout.client, &run->client)) != 0 ||
	    (rc = open_folder(run, run->layout.state, &run->state)) != 0)
		return rc;
	if (!run->rights)
		return run->options->dry_run ? 0 : open_user(run);
	if (run->options->dry_run)
		return 0;
	open_log(run, run->layout.logs);
	/* /bg only compares; who does the work takes the lock. */
	if (run->state == NULL || run->options->background)
		return 0;
	if ((rc = take_lock(run, run->state, run->layout.state)) != 0 ||
	    (rc = check_state(run)) != 0 || (rc = load_again(run)) != 0)
		return rc;
	return run->client == NULL ? 0 : recover(run);
}

int
run_open(struct run *run)
{
	int rc;

	if ((rc = find_client(run)) != 0 || (rc = find_rights(run)) != 0)
		return rc;
	return open_client(run);
}

/* What runs that were killed left under temporary names. In STATE nobody else
 * writes while we hold its lock; in INVDATA others may. */
static void
sweep(struct run *run)
{
	struct os_dir *invdata = NULL;

	file_sweep(run->state, ".", 0);
	if (os_dir_open(run->layout.invdata, &invdata) == 0)
		file_sweep(invdata, ".", INVDATA_AGE);
	os_dir_close(invdata);
}

/* Locks a STATE that was not there when this run began. What it has found out
 * since is worth nothing when another run installed the client meanwhile. */
static int
lock_new(struct run *run)
{
	bool first = run->ini == NULL;
	int rc = take_lock(run, run->state, run->layout.state);

	if (rc == 0)
		rc = load_again(run);
	if (rc == 0 && first && run->ini != NULL)
		rc = buf_why(&run->why, ERR_BUSY,
		    "%s: made by another run "
		    "meanwhile; try later",
		    run->layout.ini);
	return rc;
}

/* Is `path` the folder, or does it lie below? */
static bool
is_below(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	return strncmp(path, folder, len) == 0 &&
	    (path[len] == '\0' || path[len] == '/');
}

/* Everything may be placed and then SMS.INI not be written: that would leave
 * half a client. */
static int
check_ini_folder(struct run *run)
{
	char *folder = path_folder(run->layout.ini);
	struct os_dir *dir = NULL;
	int rc;

	if (folder == NULL)
		return ERR_NOMEM;
	rc = os_dir_open(folder, &dir);
	os_dir_close(dir);
	if (rc == ERR_NOENT &&
	    (is_below(run->layout.client, folder) ||
		is_below(run->layout.state_root, folder)))
		rc = 0; /* it is going to be made */
	else if (rc == 0)
		rc = os_may_write(folder);
	if (rc != 0)
		buf_why(&run->why, rc,
		    "%s: SMS.INI cannot be written in this "
		    "folder: %s",
		    folder, err_text(rc));
	free(folder);
	return rc;
}

/* In a drop box that lost its rights (a restored backup, a chmod -R) anybody
 * could change what others left there (Q252856). */
static void
mend_box(struct run *run, const char *path, enum os_rights rights)
{
	int rc = os_dir_mend_box(path, rights);

	if (rc == 1)
		log_warning(run->log,
		    "%s: everybody could change everything in it; its rights "
		    "are set anew",
		    path);
	else if (rc < 0)
		log_warning(run->log, "%s: %s", path, err_text(rc));
}

int
run_build(struct run *run)
{
	int rc;

	if ((rc = check_ini_folder(run)) != 0 ||
	    (rc = layout_build(&run->layout, &run->why)) != 0 ||
	    (rc = trust_check_places(&run->layout, &run->why)) != 0)
		return rc;
	mend_box(run, run->layout.invdata, OS_OPEN_BOX);
	mend_box(run, run->layout.requests, OS_DROP_BOX);
	if (run->client == NULL &&
	    (rc = open_folder(run, run->layout.client, &run->client)) != 0)
		return rc;
	if (run->state == NULL &&
	    (rc = open_folder(run, run->layout.state, &run->state)) != 0)
		return rc;
	if (run->client == NULL || run->state == NULL)
		return ERR_NOENT;
	open_log(run, run->layout.logs);
	if (run->lock == NULL && (rc = lock_new(run)) != 0)
		return rc;
	/* There was no client root before, or no STATE. */
	if (!run->recovered && (rc = recover(run)) != 0)
		return rc;
	sweep(run);
	return 0;
}

void
run_close(struct run *run)
{
	source_close(run->source);
	copylist_free(run->list);
	inifile_free(run->domain);
	identity_free(&run->identity);
	facts_free(&run->facts);
	policy_free(&run->policy);
	buf_free(&run->text);
	buf_free(&run->domain_text);
	os_lock_drop(run->lock);
	os_dir_close(run->client);
	os_dir_close(run->state);
	smsini_free(run->ini);
	layout_free(&run->layout);
	free(run->root);
	logfile_close(run->log);
	buf_free(&run->why);
}
