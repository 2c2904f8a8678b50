/*
 * Asking the Client Configuration Manager: for services, whose files are its
 * own, and for everything where this user has no rights. And telling the site.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "ccr.h"
#include "file.h"
#include "inifile.h"
#include "installed.h"
#include "logfile.h"
#include "path.h"
#include "plan.h"
#include "rawfile.h"
#include "run.h"
#include "smsini.h"
#include "text.h"

#define SEND_MS 10000 /* the box may be on a server that hangs */

/* The list that was taken last; NULL when there is none that can be read. */
static struct copylist *
last_list(struct run *run)
{
	struct buf text = BUF_INIT;
	struct copylist *list = NULL;

	if (run->state != NULL &&
	    file_read(run->state, LAYOUT_LIST, COPYLIST_MAX, &text) == 0 &&
	    copylist_parse(
		LAYOUT_LIST, buf_text(&text), text.len, &list, NULL) != 0)
		list = NULL;
	buf_free(&text);
	return list;
}

/* Is a service component described otherwise than in the list before? */
static bool
described_anew(struct run *run)
{
	struct copylist *last = last_list(run);
	const struct copylist_component *c, *was;
	bool changed = false;
	size_t i;

	if (last == NULL)
		return false; /* its files tell */
	for (i = 0; i < run->list->count && !changed; i++) {
		c = &run->list->components[i];
		was = copylist_component_of(last, c->name);
		changed = c->type == COPYLIST_SERVICE && c->wanted &&
		    (was == NULL || !copylist_same_component(was, c));
	}
	for (i = 0; i < last->count && !changed; i++) {
		was = &last->components[i];
		changed = was->type == COPYLIST_SERVICE &&
		    copylist_component_of(run->list, was->name) == NULL;
	}
	copylist_free(last);
	return changed;
}

int
run_services_changed(struct run *run, bool *changed)
{
	struct installed installed = { .count = 0 };
	struct plan_job job = { .client = run->client,
		.list = run->list,
		.installed = &installed,
		.services = true,
		.now = os_clock() };
	struct plan plan;
	size_t i;
	int rc;

	*changed = described_anew(run);
	if (*changed)
		return 0;
	if ((rc = installed_read(run->state, &installed)) != 0)
		return rc;
	rc = plan_make(&job, &plan, &run->why);
	if (rc == 0) {
		for (i = 0; i < plan.count; i++)
			if (plan.components[i].changes > 0)
				*changed = true;
		plan_free(&plan);
	}
	installed_free(&installed);
	return rc;
}

/* [SMS] ConfigurationRequestPath: below the logon root, or absolute, which is
 * then an administrator's word: what DOMAIN.INI says is never taken so. */
static int
box_of(struct run *run, char **box)
{
	const char *path = run->ini == NULL
	    ? NULL
	    : smsini_get(run->ini, "SMS", "ConfigurationRequestPath");

	if (path == NULL || *path == '\0')
		path = CCR_BOX;
	if (path_climbs(path))
		return buf_why(&run->why, ERR_FORMAT,
		    "%s: [SMS] "
		    "ConfigurationRequestPath: '..' in the path",
		    run->layout.ini);
	*box = path_is_absolute(path) ? path_clean(path)
				      : path_join(run->root, path);
	return *box == NULL ? ERR_NOMEM : 0;
}

int
run_identify(struct run *run)
{
	const char *site = *run->facts.site != '\0' ? run->facts.site
						    : IDENTITY_NO_SITE;
	int rc;

	if (run->identity.smsid != NULL)
		return 0;
	/* A user without rights cannot read the hardware UUID: what SMS.INI
	 * says stays. */
	rc = identity_decide(
	    run->ini, run->state, site, run->rights, &run->identity, &run->why);
	if (rc == 0 && run->identity.moved)
		log_warning(run->log,
		    "the SMS ID in %s was made on other "
		    "hardware; this machine is %s now",
		    run->layout.ini, run->identity.smsid);
	if (rc == 0 && run->identity.bad_site)
		log_warning(run->log,
		    "the site code \"%s\" is not three "
		    "letters or digits; the SMS ID of this machine is %s",
		    site, run->identity.smsid);
	return rc == 0 && run->rights
	    ? identity_keep(run->state, &run->identity)
	    : rc;
}

int
run_request(struct run *run)
{
	struct ccr_sender sender;
	char *box = NULL;
	int rc;

	if ((rc = run_identify(run)) != 0)
		return rc;
	sender = (struct ccr_sender){ run->identity.smsid, run->facts.host,
		run->facts.domain };
	if ((rc = box_of(run, &box)) == 0)
		rc = ccr_send(box, &sender, SEND_MS, &run->why);
	if (rc == 0)
		log_info(run->log,
		    "requested from the client configuration "
		    "manager: %s/%s.CCR",
		    box, run->identity.smsid);
	if (rc == 0 && !run->rights)
		run->exit_code = EXIT_REQUESTED;
	else if (rc != 0 && run->rights)
		log_warning(run->log, "the request could not be written: %s",
		    run->why.len > 0 ? buf_text(&run->why) : err_text(rc));
	free(box);
	return rc;
}

static const char *
state_text(const struct update_component *c)
{
	switch (c->state) {
	case UPDATE_HELD: return "Failed";
	case UPDATE_PENDING: return "Restart Pending";
	default: return c->gone ? "Not Installed" : "Installed";
	}
}

static int
put_status(struct run *run, const struct update_result *result,
    struct rawfile_component *list)
{
	char now[24], offered[24];
	struct rawfile_status status = {
		.smsid = run->identity.smsid,
		.machine = run->facts.host,
		.domain = run->facts.domain,
		.site = run->facts.site,
		.agent = VERSION,
		.version = now,
		.offered = offered,
		.exit_code = run->exit_code,
		.components = list,
	};
	bool taken = result != NULL && result->held == 0;
	struct os_dir *invdata = NULL;
	struct buf text = BUF_INIT;
	size_t i;
	int rc;

	snprintf(offered, sizeof(offered), "%" PRIu64, run->list->version);
	snprintf(now, sizeof(now), "%" PRIu64,
	    taken		   ? run->list->version
		: run->ini != NULL ? run->ini->version
				   : 0);
	for (i = 0; result != NULL && i < result->count; i++)
		list[status.count++] = (struct rawfile_component){
			result->list[i].name, state_text(&result->list[i]),
			offered
		};
	rc = rawfile_status(&status, &text);
	if (rc == 0)
		rc = os_dir_open(run->layout.invdata, &invdata);
	if (rc == 0)
		rc = rawfile_put(invdata, run->identity.smsid, &text);
	os_dir_close(invdata);
	buf_free(&text);
	return rc;
}

void
run_report(struct run *run, const struct update_result *result)
{
	struct rawfile_component *list;
	int rc = ERR_NOMEM;

	list = calloc((result != NULL ? result->count : 0) + 1, sizeof(*list));
	if (list != NULL)
		rc = put_status(run, result, list);
	if (rc != 0)
		log_info(run->log, "%s: no status .raw: %s",
		    run->layout.invdata, err_text(rc));
	free(list);
}
