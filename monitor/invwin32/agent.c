/*
 * One inventory. The order keeps it from being lost and, as far as can be
 * known, from being sent twice: what it is going to be stands in the history
 * as pending; the file appears in INVDATA; the history forgets that it was
 * pending; SMS.INI gets the dates.
 */
#include "agent.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "iniedit.h"
#include "invwin32.h"
#include "logfile.h"
#include "rawfile.h"
#include "scan.h"
#include "smsini.h"
#include "text.h"
#include "trust.h"

#define LOG_NAME  "INVAGENT.LOG"
#define LOCK_NAME "INVENTORY.LOCK"
#define LOCK_MS	  1000
#define TRIES	  10 /* of names that happen to be there */

/* The folder of this user, made when missing. */
static int
user_folder(char **path)
{
	int rc = os_place(OS_USER_STATE, path);

	return rc == 0 ? os_dir_make_path(*path, OS_PRIVATE) : rc;
}

/* STATE and LOGS where we may write there, else the folder of this user. */
static int
open_home(struct agent *a)
{
	const char *home = a->layout.state, *logs = a->layout.logs;
	char *own = NULL;
	int rc = 0;

	if (os_dir_open(home, &a->home) != 0 || os_may_write(home) != 0) {
		os_dir_close(a->home);
		a->home = NULL;
		rc = user_folder(&own);
		if (rc == 0)
			rc = os_dir_open(own, &a->home);
		home = logs = own;
	}
	if (rc != 0)
		buf_why(&a->why, rc, "%s: %s", home == NULL ? "home" : home,
		    err_text(rc));
	else
		logfile_open(a->log, logs, LOG_NAME);
	free(own);
	return rc;
}

static int
take_lock(struct agent *a)
{
	int rc = os_lock_take(
	    a->home, LOCK_NAME, OS_PRIVATE, LOCK_MS, &a->lock);

	if (rc == ERR_BUSY)
		return buf_why(&a->why, rc, "another invwin32 is at work");
	if (rc != 0)
		return buf_why(&a->why, rc, LOCK_NAME ": %s", err_text(rc));
	return 0;
}

static int
load(struct agent *a)
{
	char *path = NULL;
	int rc = layout_find_ini(a->options->common.ini, NULL, &path);

	if (rc == 0)
		rc = trust_check(path, &a->why);
	if (rc == 0)
		rc = smsini_load(path, &a->ini, &a->why);
	if (rc == ERR_NOENT)
		buf_why(&a->why, rc, "%s: no client is installed here", path);
	if (rc != 0)
		goto out;
	rc = layout_make(&a->layout, path, NULL, a->ini->ini);
	if (rc == ERR_NAME)
		buf_why(&a->why, rc,
		    "%s: [SMS] %s: not an absolute path, or a quote stands in "
		    "it",
		    path, layout_bad_key(a->ini->ini));
	else if (rc == 0 &&
	    (a->ini->smsid == NULL || !smsini_id_is_name(a->ini->smsid)))
		rc = buf_why(&a->why, ERR_NOENT,
		    "%s: no SMS Unique ID that can be used", path);
out:
	free(path);
	return rc;
}

static int
exit_code(int rc)
{
	switch (rc) {
	case 0: return EXIT_DONE;
	case ERR_BUSY:
	case ERR_STOP: return EXIT_BUSY;
	case ERR_NAME: return EXIT_INPUT;
	default: return EXIT_FAILED;
	}
}

static int
give_up(struct agent *a, int rc)
{
	if (rc != 0)
		log_error(a->log, "%s",
		    a->why.len > 0 ? buf_text(&a->why) : err_text(rc));
	return exit_code(rc);
}

int
agent_open(struct agent *a, const struct invwin32_options *options)
{
	int rc;

	*a = (struct agent){ .options = options };
	a->log = logfile_new("invwin32", options->common.verbose, true);
	rc = load(a);
	/* Before anything of it is opened, log and lock too. */
	if (rc == 0)
		rc = trust_check_places(&a->layout, &a->why);
	if (rc == 0)
		rc = open_home(a);
	if (rc == 0)
		rc = take_lock(a);
	return give_up(a, rc);
}

/* Did the inventory that was under way come to be? Only INVDATA can tell: what
 * is gone from there was taken up, or never was; it is made anew then. */
static int
settle_pending(struct agent *a, struct os_dir *invdata)
{
	struct history *history = &a->history;
	struct os_info info;

	if (history->pending == NULL)
		return 0;
	if (os_info(invdata, history->pending, &info) == 0) {
		log_info(a->log, "%s: was written before", history->pending);
		free(history->pending);
		history->pending = NULL;
		return history_write(a->home, history, NULL);
	}
	history_free(history);
	a->again = true;
	return 0;
}

/* By the dates alone; agent->next too. */
static void
see_dates(struct agent *a)
{
	int64_t now = os_clock(), next;

	a->hardware = scan_is_due(
	    a->ini, "Hardware", a->history.hardware, now, &a->next);
	a->software = scan_is_due(
	    a->ini, "Software", a->history.software, now, &next);
	if (next < a->next)
		a->next = next;
}

static void
see_what_is_due(struct agent *a)
{
	bool all = a->options->full || a->history.damaged || a->again;

	see_dates(a);
	a->hardware |= all;
	a->software |= all;
}

static int
collect(struct agent *a)
{
	int rc = 0;

	if (a->hardware)
		rc = collect_hardware(&a->all, &a->layout, a->log);
	if (rc == 0 && a->software)
		rc = collect_software(&a->all, a->log);
	return rc == 0 ? collect_digests(&a->all) : rc;
}

static int
make_text(struct agent *a, struct buf *text)
{
	struct rawfile_section *list;
	struct rawfile_full full = {
		.smsid = a->ini->smsid,
		.domain = a->ini->domain,
		.site = a->ini->site,
		.agent = VERSION,
		.version = smsini_get(a->ini, "SMS", "CopyListVersion"),
		.count = a->all.count,
	};
	char *host = NULL;
	size_t i;
	int rc;

	list = calloc(a->all.count + 1, sizeof *list);
	if (list == NULL)
		return ERR_NOMEM;
	for (i = 0; i < a->all.count; i++) {
		list[i].name = a->all.list[i].name;
		list[i].text = &a->all.list[i].text;
		list[i].unchanged = !a->options->full &&
		    history_has(&a->history, a->all.list[i].name,
			a->all.list[i].digest);
	}
	full.sections = list;
	rc = os_host(&host);
	full.machine = host;
	if (rc != ERR_NOMEM)
		rc = rawfile_full(&full, text);
	free(host);
	free(list);
	return rc;
}

/* Without a record the inventory goes all the same: it is made once more then
 * than it had to be. */
static void
record(struct agent *a)
{
	int rc = history_write(a->home, &a->history, &a->all);

	if (rc != 0)
		log_warning(a->log,
		    "the record of this inventory cannot be kept: %s",
		    err_text(rc));
}

/* The name it is going to have, noted before the file appears. A name that is
 * taken is somebody else's file: another one is tried. */
static int
put_noted(struct agent *a, struct os_dir *invdata, const struct buf *text)
{
	const char *kind = !a->hardware ? "software"
	    : !a->software		? "hardware"
					: "full";
	struct history *history = &a->history;
	struct buf name = BUF_INIT;
	int i, rc = ERR_EXIST;

	for (i = 0; i < TRIES && rc == ERR_EXIST; i++) {
		rc = rawfile_full_name(a->ini->smsid, kind, &name);
		free(history->pending);
		history->pending = buf_take(&name);
		if (rc == 0 && history->pending == NULL)
			rc = ERR_NOMEM;
		if (rc != 0)
			break;
		record(a);
		rc = rawfile_put_full(
		    invdata, a->ini->smsid, history->pending, text);
	}
	buf_free(&name);
	return rc;
}

/* Pending, the file, no longer pending. */
static int
put(struct agent *a, struct os_dir *invdata, const struct buf *text)
{
	struct history *history = &a->history;
	int64_t now = os_clock();
	int rc;

	if (a->hardware)
		history->hardware = now;
	if (a->software)
		history->software = now;
	rc = put_noted(a, invdata, text);
	if (rc != 0)
		return buf_why(&a->why, rc, "%s: no inventory: %s",
		    a->layout.invdata, err_text(rc));
	log_info(a->log, "%s: written", history->pending);
	free(history->pending);
	history->pending = NULL;
	record(a);
	return 0;
}

/* Who may not write SMS.INI has the dates in his history. */
static void
tell_ini(struct agent *a)
{
	struct buf date = BUF_INIT, why = BUF_INIT;
	struct iniedit_change changes[2];
	size_t count = 0;
	int rc;

	if (os_may_write(a->layout.state) != 0)
		return;
	rc = scan_add_date(&date, os_clock());
	if (a->hardware)
		changes[count++] = (struct iniedit_change){ "SMS",
			"LastHardwareScan", buf_text(&date) };
	if (a->software)
		changes[count++] = (struct iniedit_change){ "SMS",
			"LastSoftwareScan", buf_text(&date) };
	if (rc == 0)
		rc = smsini_change(&a->layout, changes, count, NULL, &why);
	if (rc != 0)
		log_info(
		    a->log, "%s", why.len > 0 ? buf_text(&why) : err_text(rc));
	buf_free(&why);
	buf_free(&date);
}

static int
scan(struct agent *a, struct os_dir *invdata)
{
	struct buf text = BUF_INIT;
	int rc;

	rc = history_read(a->home, &a->history);
	if (rc == 0 && a->history.damaged)
		log_warning(a->log,
		    "the record of the last inventory is damaged: all of it "
		    "is made anew");
	if (rc == 0)
		rc = settle_pending(a, invdata);
	if (rc != 0)
		return rc;
	see_what_is_due(a);
	if (!a->hardware && !a->software) {
		log_info(a->log, "no inventory is due");
		return 0;
	}
	rc = collect(a);
	if (rc == 0)
		rc = make_text(a, &text);
	if (rc == 0)
		rc = put(a, invdata, &text);
	if (rc == 0) {
		tell_ini(a);
		see_dates(a);
	}
	buf_free(&text);
	return rc;
}

int
agent_scan(struct agent *a)
{
	struct os_dir *invdata = NULL;
	int rc;

	buf_clear(&a->why);
	rc = os_dir_open(a->layout.invdata, &invdata);
	if (rc != 0)
		buf_why(&a->why, rc, "%s: %s", a->layout.invdata, err_text(rc));
	else
		rc = scan(a, invdata);
	os_dir_close(invdata);
	collect_free(&a->all);
	history_free(&a->history);
	return give_up(a, rc);
}

void
agent_close(struct agent *a)
{
	os_lock_drop(a->lock);
	os_dir_close(a->home);
	layout_free(&a->layout);
	smsini_free(a->ini);
	buf_free(&a->why);
	logfile_close(a->log);
}
