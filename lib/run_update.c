/* Planning, and carrying the plan out with rights. */
#include <inttypes.h>
#include <stdlib.h>

#include "err.h"
#include "os.h"

#include "date.h"
#include "logfile.h"
#include "progress.h"
#include "run.h"
#include "smsini.h"

void
run_fill_job(struct run *run, struct update_job *job)
{
	*job = (struct update_job){
		.layout = &run->layout,
		.client = run->client,
		.state = run->state,
		.ini = run->ini,
		.list = run->list,
		.list_text = &run->text,
		.source = run->source,
		.domain_text = run->domain != NULL ? &run->domain_text : NULL,
		.bandwidth = run->policy.bandwidth,
		.services = run->options->services,
		.verify = run->verify,
		.now = os_clock(),
	};
}

/* One line for each component that is not as the list says, and one in all. */
static void
tell(struct run *run, const struct update_result *result)
{
	struct buf when = BUF_INIT;
	size_t i;

	for (i = 0; i < result->count; i++) {
		const struct update_component *c = &result->list[i];

		if (c->state == UPDATE_HELD)
			log_error(run->log, "component %s: not installed: %s",
			    c->name, c->reason);
		else if (c->state == UPDATE_PENDING)
			log_warning(run->log,
			    "component %s: waits for the "
			    "next start: %s",
			    c->name, c->reason);
		else if (c->state == UPDATE_DONE)
			log_info(run->log, "component %s: %s", c->name,
			    c->gone ? "removed" : "installed");
	}
	if (result->parked)
		log_warning(run->log,
		    "%s: commands of PendingWork stood only "
		    "in the backup; they are kept as ParkedWork and not run",
		    run->layout.ini);
	if (result->notes.len > 0)
		log_warning(run->log, "%s", buf_text(&result->notes));
	if (result->held > result->services_held || result->unasked) {
		date_add_iso(&when, result->next_try);
		log_warning(run->log,
		    "CopyListVersion %" PRIu64 ": %zu of "
		    "%zu components are not installed%s; the next try is "
		    "after %s",
		    run->list->version, result->held, result->count,
		    result->unasked
			? ", and the request for services could not be made"
			: "",
		    buf_text(&when));
	} else {
		log_info(run->log, "CopyListVersion %" PRIu64 " is %s",
		    run->list->version,
		    result->held > 0	      ? "taken, but not all services"
			: result->pending > 0 ? "taken; a restart is required"
					      : "installed");
	}
	buf_free(&when);
}

static int
carry_out(struct run *run, struct update_job *job, struct update_result *result)
{
	struct update update;
	bool lost = false;
	int rc;

	if ((rc = update_plan(job, &update, &run->why)) != 0)
		return rc;
	if (update.installed.damaged)
		log_warning(run->log,
		    "%s/" LAYOUT_INSTALLED " could not be used; what is ours "
		    "is taken from the list before",
		    run->layout.state);
	/* ccm has nobody who watches. */
	if (update.plan.fetch_bytes > 0 && run->log_name != NULL)
		job->progress = progress_new(
		    "fetching", update.plan.fetch_bytes, false);
	rc = update_run(&update, result, &lost, &run->why);
	progress_end(job->progress);
	update_free(&update);
	/* The server went away: whatever the code, it is no longer there. */
	return rc != 0 && lost ? ERR_HOST : rc;
}

/* A run that found everything as it was has nothing to tell the site. */
static bool
is_news(const struct run *run, const struct update_result *result)
{
	return result->done > 0 || result->held > 0 || result->pending > 0 ||
	    run->ini == NULL || run->ini->version != run->list->version;
}

int
run_update(struct run *run, const struct update_hooks *hooks,
    struct update_result *result)
{
	struct run_changes begin = { NULL, 0 }, done = { NULL, 0 };
	struct update_job job;
	int rc;

	if ((rc = run_begin_changes(run, &begin)) != 0 ||
	    (rc = run_done_changes(run, &done)) != 0)
		goto out;
	run_fill_job(run, &job);
	job.begin = begin.list;
	job.begins = begin.count;
	job.done = done.list;
	job.dones = done.count;
	job.hooks = *hooks;
	rc = carry_out(run, &job, result);
	if (rc == 0) {
		tell(run, result);
		run->exit_code = result->held > 0 || result->unasked
		    ? EXIT_PARTLY
		    : result->pending > 0 ? EXIT_RESTART
					  : EXIT_DONE;
	}
	if (rc == 0 && is_news(run, result))
		run_report(run, result);
out:
	run_changes_free(&begin);
	run_changes_free(&done);
	return rc;
}
