/*
 * Asking the Client Configuration Manager: for services, whose files are its
 * own, and for everything where this user has no rights.
 */
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
#include "smsini.h"
#include "steps.h"
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
	    copylist_parse(LAYOUT_LIST, buf_text(&text), text.len, &list,
		NULL) == ERR_FORMAT)
		log_warning(run->log,
		    "%s/" LAYOUT_LIST " could not be used; it is written anew",
		    run->layout.state);
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
