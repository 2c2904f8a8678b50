/*
 * Telling the site how a run went: a status .raw in INVDATA, which the monitor
 * takes up. After a commit always; after a failure, and where a component still
 * waits, not again within a day for the same: STATE/REPORTED holds what was
 * told last, "<CopyListVersion offered> <exit code> <date>".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "date.h"
#include "file.h"
#include "logfile.h"
#include "rawfile.h"
#include "run.h"
#include "smsini.h"

#define AGAIN	     (24 * 3600 * OS_SECOND)
#define REPORTED_MAX 200 /* bytes of that file */

static const char *
state_text(const struct update_component *c)
{
	switch (c->state) {
	case UPDATE_HELD: return "Failed";
	case UPDATE_PENDING: return "Restart Pending";
	default: return c->gone ? "Not Installed" : "Installed";
	}
}

static const char *
id_of(const struct run *run)
{
	if (run->identity.smsid != NULL)
		return run->identity.smsid;
	return run->ini == NULL ? NULL : run->ini->smsid;
}

static int
put(struct run *run, const struct rawfile_status *status)
{
	struct os_dir *invdata = NULL;
	struct buf text = BUF_INIT;
	int rc = rawfile_status(status, &text);

	if (rc == 0)
		rc = os_dir_open(run->layout.invdata, &invdata);
	if (rc == 0)
		rc = rawfile_put(invdata, status->smsid, &text);
	os_dir_close(invdata);
	buf_free(&text);
	return rc;
}

static int
put_status(struct run *run, const struct update_result *result,
    struct rawfile_component *list)
{
	const struct smsini *ini = run->ini;
	char now[24], offered[24];
	struct rawfile_status status = {
		.smsid = id_of(run),
		.machine = run->facts.host,
		.domain = ini == NULL ? run->facts.domain : ini->domain,
		.site = ini == NULL ? run->facts.site : ini->site,
		.agent = VERSION,
		.version = now,
		.offered = offered,
		.failure = result == NULL ? buf_text(&run->why) : NULL,
		.exit_code = run->exit_code,
		.components = list,
	};
	bool taken = result != NULL && result->held == 0;
	size_t i;

	if (*run->facts.site != '\0')
		status.site = run->facts.site;
	snprintf(offered, sizeof(offered), "%" PRIu64, run->head.version);
	snprintf(now, sizeof(now), "%" PRIu64,
	    taken	      ? run->head.version
		: ini != NULL ? ini->version
			      : 0);
	for (i = 0; result != NULL && i < result->count; i++)
		list[status.count++] = (struct rawfile_component){
			result->list[i].name, state_text(&result->list[i]),
			result->list[i].state == UPDATE_HELD
			    ? result->list[i].reason
			    : NULL,
			offered
		};
	return put(run, &status);
}

/* "<offered> <exit code> " of this run. */
static int
mark_of(const struct run *run, struct buf *mark)
{
	return buf_format(
	    mark, "%" PRIu64 " %d ", run->head.version, run->exit_code);
}

/* Was the same told less than a day ago? */
static bool
is_told(const struct run *run)
{
	struct buf mark = BUF_INIT, last = BUF_INIT;
	int64_t when, now = os_clock();
	bool told = false;

	if (mark_of(run, &mark) == 0 &&
	    file_read(run->state, LAYOUT_REPORTED, REPORTED_MAX, &last) == 0 &&
	    last.len > mark.len &&
	    strncmp(buf_text(&last), mark.data, mark.len) == 0 &&
	    date_read_iso(last.data + mark.len, &when) == 0)
		told = when <= now && now - when < AGAIN;
	buf_free(&mark);
	buf_free(&last);
	return told;
}

/* No harm in failing: the next run tells it once more. */
static void
note_told(const struct run *run)
{
	struct buf mark = BUF_INIT;

	mark_of(run, &mark);
	date_add_iso(&mark, os_clock());
	if (run->exit_code == EXIT_DONE)
		os_remove(run->state, LAYOUT_REPORTED);
	else if (!mark.failed)
		file_write(run->state, LAYOUT_REPORTED, OS_PUBLIC, mark.data,
		    mark.len);
	buf_free(&mark);
}

void
run_report(struct run *run, const struct update_result *result)
{
	struct rawfile_component *list;
	int rc = 0;

	if (run->exit_code != EXIT_DONE &&
	    (result == NULL || result->done == 0) && is_told(run))
		return;
	/* A run that failed early does not know its machine yet. */
	if (run->facts.host == NULL)
		rc = facts_make(&run->facts, NULL, NULL);
	list = calloc((result != NULL ? result->count : 0) + 1, sizeof(*list));
	if (rc == 0)
		rc = list == NULL ? ERR_NOMEM : put_status(run, result, list);
	if (rc == 0)
		note_told(run);
	else
		log_info(run->log, "%s: no status .raw: %s",
		    run->layout.invdata, err_text(rc));
	free(list);
}

void
run_report_failure(struct run *run)
{
	if (run->rights && !run->options->dry_run && run->state != NULL &&
	    run->lock != NULL && run->root != NULL && id_of(run) != NULL &&
	    run->exit_code != EXIT_BUSY)
		run_report(run, NULL);
}
