/* What ccm does, in order, as its manual page tells it. */
#include "ccm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "boxes.h"
#include "layout.h"
#include "logfile.h"
#include "path.h"
#include "rawcheck.h"
#include "rawfile.h"
#include "register.h"
#include "serve.h"
#include "workers.h"

#define LOG_NAME "CCM.LOG"
#define MS	 (OS_SECOND / 1000)
#define SCAN	 (30 * 60 * OS_SECOND)	   /* whatever the hints say */
#define AGAIN	 (2 * OS_SECOND)	   /* what was left a moment ago */
#define TROUBLE	 (60 * OS_SECOND)	   /* a box that failed */
#define NEWS	 (UINT32_C(1) << NEWS_BIT) /* inventories came */
#define NEWS_BIT 31
#define SHARE	 20 /* retries alone take a 20th of the time, at most */

struct ccm {
	const struct ccm_options *options;
	struct logfile *log;
	struct server *server;
	struct boxes boxes;
	struct workers workers;
	int64_t checked; /* os_ticks: inventories, last; 0: never */
	bool more;	 /* inventories are left */
	bool news;	 /* or have come since they were checked */
	int64_t wake;	 /* os_ticks: when to look again without a hint */
	bool partly;	 /* something is in retry/ or failed/ */
	bool left;	 /* in work elsewhere, or being written */
	bool restart;	 /* our own program was replaced */
	struct buf why;
};

/* Opening */

static void
open_log(struct ccm *ccm)
{
	const struct layout *layout = server_layout(ccm->server);
	char *folder = NULL;

	if (layout != NULL) {
		logfile_open(ccm->log, layout->logs, LOG_NAME);
		return;
	}
	if (os_place(OS_SITE_LOGS, &folder) != 0)
		return;
	(void)os_dir_make_path(folder, OS_PUBLIC);
	logfile_open(ccm->log, folder, LOG_NAME);
	free(folder);
}

static int
fail(struct ccm *ccm, int rc)
{
	log_error(ccm->log, "%s",
	    ccm->why.len > 0 ? buf_text(&ccm->why) : err_text(rc));
	switch (rc) {
	case ERR_FORMAT:
	case ERR_RANGE:
	case ERR_UNTRUSTED: return EXIT_INPUT;
	case ERR_HOST: return EXIT_NOSERVER;
	default: return EXIT_FAILED;
	}
}

static void
crowd(void *arg, size_t machines)
{
	workers_start(arg, machines);
}

/* Passes */

/* On a logon server the inventories that came are checked after each pass, once
 * a minute at most; trouble with their box is told by who checks them. */
static void
check_inventories(struct ccm *ccm)
{
	struct rawcheck_result result = { .more = false };
	struct os_dir *root = NULL;
	int64_t now = os_ticks();
	const char *path;
	int rc;

	if (ccm->options->template == NULL ||
	    (ccm->checked != 0 && now - ccm->checked < TROUBLE))
		return;
	path = server_root(ccm->server);
	if (path == NULL)
		return;
	ccm->checked = now;
	ccm->news = false;
	rc = os_dir_open(path, &root);
	if (rc == 0)
		rc = rawcheck_run(root, ccm->log, &result);
	os_dir_close(root);
	ccm->more = rc == 0 && result.more;
	if (rc == 0 || rc == ERR_STOP)
		return;
	ccm->checked = now + SCAN; /* not again with every request */
}

/* What cannot be watched is looked at every half hour. */
static void
watch_inventories(struct ccm *ccm)
{
	const char *root = NULL;
	char *path;

	if (ccm->options->template != NULL)
		root = server_root(ccm->server);
	if (root == NULL)
		return;
	path = path_join(root, RAWFILE_BOX);
	if (path != NULL)
		(void)os_watch_add(ccm->boxes.watch, path, NEWS_BIT);
	free(path);
}

/* Whoever started a further instance looks himself at what may still be being
 * written. */
static bool
is_patient(const struct ccm_options *o)
{
	return !o->once || (o->template != NULL && o->workers == 1);
}

/* One box. Its trouble is told and never ends the program. */
static int
pass_over(struct ccm *ccm, struct box *box)
{
	int rc;

	box->pass.server = ccm->server;
	box->pass.patient = is_patient(ccm->options);
	box->pass.crowd = crowd;
	box->pass.arg = &ccm->workers;
	rc = pass_run(&box->pass);
	ccm->restart = ccm->restart || box->pass.result.restart;
	if (box->pass.result.retrying + box->pass.result.failed +
		    box->queue.refused >
		0 ||
	    box->pass.due != INT64_MAX)
		ccm->partly = true;
	if (box->pass.again)
		ccm->left = true;
	if (rc == 0 || rc == ERR_STOP)
		return rc;
	if (rc != box->told)
		log_error(ccm->log, "%s: %s; it is tried again", box->path,
		    err_text(rc));
	box->told = rc;
	boxes_close_one(box);
	return rc;
}

static int
pass_over_all(struct ccm *ccm)
{
	int first = 0, rc;
	size_t i;

	ccm->left = false;
	for (i = 0; i < ccm->boxes.count && !ccm->restart; i++) {
		if (!ccm->boxes.box[i].open)
			continue;
		rc = pass_over(ccm, &ccm->boxes.box[i]);
		if (rc == ERR_STOP)
			return rc;
		if (first == 0)
			first = rc;
	}
	check_inventories(ccm);
	return first;
}

/* Once */

/* A worker that was ended has left something, and one that has a machine in
 * work keeps us from it: so a second time, alone. */
static int
once_more(struct ccm *ccm)
{
	int rc = workers_reap(&ccm->workers, true);

	ccm->partly = ccm->partly || ccm->workers.partly;
	if (rc != 0 || (!ccm->left && !ccm->workers.left))
		return rc;
	ccm->workers.most = 0;
	return pass_over_all(ccm);
}

static int
run_once(struct ccm *ccm)
{
	int rc;

	rc = boxes_open(&ccm->boxes, ccm->log);
	if (rc == 0)
		rc = pass_over_all(ccm);
	if (rc == 0 && !ccm->restart)
		rc = once_more(ccm);
	if (rc == ERR_STOP)
		return EXIT_BUSY;
	if (rc != 0)
		return EXIT_FAILED;
	if (ccm->partly) {
		fprintf(stderr,
		    "ccm: not everything is done: what waits is in retry/, "
		    "what was given up in failed/\n");
		return EXIT_PARTLY;
	}
	if (ccm->left)
		return EXIT_BUSY;
	return ccm->restart ? EXIT_RESTART : EXIT_DONE;
}

/* As a service */

static void
set_wake(struct ccm *ccm, int64_t began, bool trouble)
{
	int64_t now = os_ticks(), took = now - began, wait = SCAN, due;
	struct box *box;
	size_t i;

	for (i = 0; i < ccm->boxes.count; i++) {
		box = &ccm->boxes.box[i];
		if (!box->open && (!box->shared || box->was_open))
			trouble = true;
		if (!box->open)
			continue;
		due = box->pass.due;
		if (due != INT64_MAX && due - os_clock() < wait)
			wait = due - os_clock();
		if (box->pass.again && wait > AGAIN)
			wait = AGAIN;
	}
	if ((trouble || ccm->more) && wait > TROUBLE)
		wait = TROUBLE;
	if (ccm->news && wait > ccm->checked + TROUBLE - now)
		wait = ccm->checked + TROUBLE - now;
	if (wait < took * SHARE)
		wait = took * SHARE;
	if (wait > SCAN)
		wait = SCAN;
	ccm->wake = now + (wait < OS_SECOND ? OS_SECOND : wait);
}

/* A thousand clients in a minute are no reason to look at the box of requests a
 * thousand times. */
static void
note_news(struct ccm *ccm, uint32_t *bits)
{
	if (!(*bits & NEWS))
		return;
	*bits &= ~NEWS;
	ccm->news = true;
	if (ccm->wake > ccm->checked + TROUBLE)
		ccm->wake = ccm->checked + TROUBLE;
}

/* Until a hint or the next time. */
static int
wait_for_work(struct ccm *ccm)
{
	uint32_t bits, all, gone;
	int64_t wait;
	size_t i;
	int rc;

	do {
		wait = ccm->wake - os_ticks();
		if (wait < 0)
			wait = 0;
		bits = gone = 0;
		rc = os_watch_wait(ccm->boxes.watch,
		    (int)((wait + MS - 1) / MS), &bits, &gone);
		all = bits;
		note_news(ccm, &bits);
	} while (rc == 0 && all == NEWS);
	for (i = 0; rc == 0 && i < ccm->boxes.count; i++)
		if (gone & 1u << i)
			boxes_close_one(&ccm->boxes.box[i]);
	return rc;
}

/* What an administrator has changed counts from here on: SMS.INI, the policy,
 * the logon server. Where that is in trouble, what was known is kept. */
static int
renew(struct ccm *ccm)
{
	struct server *server = NULL;
	struct boxes boxes;
	int rc;

	rc = server_open(ccm->options, ccm->log, &server, &ccm->why);
	if (rc == 0)
		rc = boxes_find(&boxes, ccm->options, server, &ccm->why);
	if (rc == 0 && (rc = os_watch_open(&boxes.watch)) != 0)
		boxes_close(&boxes);
	if (rc != 0) {
		server_close(server);
		return rc;
	}
	boxes_close(&ccm->boxes);
	server_close(ccm->server);
	ccm->server = server;
	ccm->boxes = boxes;
	return 0;
}

/* Until it is time to look at everything anew. */
static int
watch(struct ccm *ccm)
{
	int64_t end = os_ticks() + SCAN, began;
	int rc, trouble;

	watch_inventories(ccm);
	do {
		began = os_ticks();
		rc = boxes_open(&ccm->boxes, ccm->log);
		if (rc == ERR_STOP || rc == ERR_NOMEM)
			return rc;
		trouble = rc;
		rc = pass_over_all(ccm);
		/* There is a folder for it once the client is installed. */
		if (!logfile_is_open(ccm->log))
			open_log(ccm);
		if (rc == ERR_STOP || ccm->restart)
			return rc;
		if (rc != 0)
			trouble = rc;
		rc = workers_reap(&ccm->workers, false);
		set_wake(ccm, began, trouble != 0);
		if (rc == 0)
			rc = wait_for_work(ccm);
	} while ((rc == 0 || rc == ERR_TIMEOUT) && os_ticks() < end);
	return rc == ERR_TIMEOUT ? 0 : rc;
}

static int
serve_on(void *arg)
{
	struct ccm *ccm = arg;
	int told = 0, rc = 0;

	log_info(ccm->log, "waiting for requests");
	while ((rc == 0 || rc == ERR_TIMEOUT) && !ccm->restart &&
	    !os_stop_asked()) {
		rc = renew(ccm);
		if (rc != 0 && rc != ERR_STOP) {
			if (rc != told)
				fail(ccm, rc);
			told = rc;
			rc = os_sleep((int)(TROUBLE / MS));
			continue;
		}
		told = 0;
		if (rc == 0)
			rc = watch(ccm);
	}
	if (ccm->restart) {
		log_info(ccm->log,
		    "this program was replaced: it ends, and "
		    "the service manager starts the new one");
		return EXIT_RESTART;
	}
	return rc == 0 || rc == ERR_STOP ? EXIT_DONE : fail(ccm, rc);
}

static int
work(struct ccm *ccm)
{
	int rc;

	if (!ccm->options->once)
		return os_as_service(CCM_SERVICE, serve_on, ccm);
	rc = boxes_find(&ccm->boxes, ccm->options, ccm->server, &ccm->why);
	return rc == 0 ? run_once(ccm) : fail(ccm, rc);
}

static int
check_options(struct ccm *ccm)
{
	const struct ccm_options *o = ccm->options;

	if (o->workers > WORKERS_MAX)
		return buf_why(&ccm->why, ERR_ARG, "/w:%ld: %d at most; try /?",
		    o->workers, WORKERS_MAX);
	if (o->template != NULL && !path_is_absolute(o->template))
		return buf_why(&ccm->why, ERR_ARG,
		    "/t:%s: not an absolute path; try /?", o->template);
	if (o->template != NULL && strstr(o->template, "%m") == NULL)
		return buf_why(&ccm->why, ERR_ARG,
		    "/t:%s: no %%m in it, which stands for the machine (%%%%m "
		    "in a batch file); try /?",
		    o->template);
	return 0;
}

int
ccm_run(const struct ccm_options *options)
{
	struct ccm ccm = { .options = options };
	int code, rc;

	os_stop_catch();
	ccm.log = logfile_new("ccm", options->common.verbose, true);
	rc = check_options(&ccm);
	if (rc == 0)
		rc = server_open(options, ccm.log, &ccm.server, &ccm.why);
	if (rc == 0) {
		open_log(&ccm);
		workers_open(&ccm.workers, options, ccm.log);
	}
	if (rc != 0)
		code = rc == ERR_ARG ? (fail(&ccm, rc), EXIT_USAGE)
				     : fail(&ccm, rc);
	else if (options->install)
		code = register_install(options, ccm.server, ccm.log);
	else if (options->uninstall)
		code = register_uninstall(ccm.server, ccm.log);
	else
		code = work(&ccm);
	workers_close(&ccm.workers);
	boxes_close(&ccm.boxes);
	server_close(ccm.server);
	logfile_close(ccm.log);
	buf_free(&ccm.why);
	return code;
}
