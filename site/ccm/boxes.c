/* Which boxes there are. */
#include "boxes.h"

#include <stdlib.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "ccm.h"
#include "ccr.h"
#include "layout.h"
#include "logfile.h"
#include "path.h"
#include "pattern.h"
#include "policy.h"
#include "serve.h"
#include "smsini.h"
#include "text.h"

#define REACH_MS 10000 /* a server may hang */

static int
add(struct boxes *boxes, char *path, bool shared)
{
	if (path == NULL)
		return ERR_NOMEM;
	boxes->box[boxes->count++] = (struct box){
		.path = path,
		.shared = shared,
	};
	return 0;
}

static int
find_smsid(struct boxes *boxes, const struct layout *layout)
{
	struct smsini *ini = NULL;
	int rc;

	rc = smsini_load(layout->ini, &ini, NULL);
	if (rc == 0 && ini->smsid != NULL && smsini_id_is_name(ini->smsid) &&
	    (boxes->smsid = text_copy(ini->smsid)) == NULL)
		rc = ERR_NOMEM;
	smsini_free(ini);
	return rc == ERR_NOMEM ? rc : 0;
}

/* A client's own: the local one, where everything is about this machine, and in
 * that of the logon server what stands under its SMS ID or, before it has one
 * (a user without rights has asked for the first install), what names it. */
static int
find_of_client(struct boxes *boxes, struct server *server)
{
	const struct layout *layout = server_layout(server);
	const char *root = server_root(server);
	int rc;

	rc = find_smsid(boxes, layout);
	if (rc == 0)
		rc = add(boxes, text_copy(layout->requests), false);
	if (rc == 0)
		boxes->box[0].own = true;
	if (rc == 0 && root != NULL)
		rc = add(boxes, path_join(root, CCR_BOX), true);
	return rc;
}

static int
find_all(struct boxes *boxes, const struct ccm_options *options,
    struct server *server, struct buf *why)
{
	const char *root;

	if (options->box != NULL)
		return add(boxes, text_copy(options->box), false);
	if (options->template == NULL)
		return find_of_client(boxes, server);
	root = server_root(server);
	if (root == NULL)
		return buf_why(why, ERR_HOST,
		    "no logon server is reachable, so there is no " CCR_BOX
		    "; /q:DIR names one");
	return add(boxes, path_join(root, CCR_BOX), false);
}

int
boxes_find(struct boxes *boxes, const struct ccm_options *options,
    struct server *server, struct buf *why)
{
	const char *allow = server_policy(server)->machines;
	int rc;

	*boxes = (struct boxes){ .count = 0 };
	rc = find_all(boxes, options, server, why);
	if (rc == 0 && options->template == NULL)
		rc = os_host(&boxes->host);
	if (rc == 0 && options->template != NULL && allow != NULL)
		rc = pattern_compile(allow, PATTERN_WHOLE | PATTERN_CASELESS,
		    &boxes->allow, why);
	if (rc != 0)
		boxes_close(boxes);
	return rc;
}

/* Opening */

static int
reach(void *path)
{
	struct os_dir *dir = NULL;
	int rc = os_dir_open(path, &dir);

	os_dir_close(dir);
	return rc;
}

/* Is the folder there, and does its server answer? */
static int
try_to_reach(const char *path)
{
	char *copy = text_copy(path);

	return copy == NULL ? ERR_NOMEM
			    : os_run_limited(reach, copy, free, REACH_MS);
}

static int
open_box(
    struct boxes *boxes, struct box *box, struct logfile *log, struct buf *why)
{
	struct queue_rules rules = {
		.host = boxes->host,
		.smsid = box->shared ? boxes->smsid : NULL,
		.shared = box->shared,
		.allow = boxes->allow,
	};
	int rc;

	/* The client's own is made by client setup, or here. */
	if (box->own)
		(void)os_dir_make_path(box->path, OS_DROP_BOX);
	rc = try_to_reach(box->path);
	if (rc != 0)
		return buf_why(why, rc, "%s: %s", box->path, err_text(rc));
	rc = queue_open(&box->queue, box->path, &rules, log, why);
	if (rc != 0)
		return rc;
	box->open = true;
	box->was_open = true;
	box->pass.queue = &box->queue;
	box->pass.due = 0;
	return 0;
}

static void
tell(struct box *box, struct logfile *log, int rc, const char *why)
{
	if (rc == box->told)
		return;
	box->told = rc;
	if (box->shared)
		log_info(log, "%s; requests there are left to others", why);
	else
		log_error(log, "%s; it is tried again", why);
}

int
boxes_open(struct boxes *boxes, struct logfile *log)
{
	struct buf why = BUF_INIT;
	int first = 0, rc;
	size_t i;

	for (i = 0; i < boxes->count; i++) {
		if (boxes->box[i].open)
			continue;
		rc = open_box(boxes, &boxes->box[i], log, &why);
		if (rc == ERR_NOMEM || rc == ERR_STOP) {
			first = rc;
			break;
		}
		/* What cannot be watched is scanned. */
		if (rc == 0 && boxes->watch != NULL)
			(void)os_watch_add(
			    boxes->watch, boxes->box[i].path, (int)i);
		if (rc == 0)
			boxes->box[i].told = 0;
		else
			tell(&boxes->box[i], log, rc, buf_text(&why));
		if (rc != 0 && !boxes->box[i].shared && first == 0)
			first = rc;
	}
	buf_free(&why);
	return first;
}

void
boxes_close_one(struct box *box)
{
	if (!box->open)
		return;
	box->open = false;
	pass_free(&box->pass);
	queue_close(&box->queue);
}

void
boxes_close(struct boxes *boxes)
{
	size_t i;

	for (i = 0; i < boxes->count; i++) {
		boxes_close_one(&boxes->box[i]);
		free(boxes->box[i].path);
	}
	os_watch_close(boxes->watch);
	pattern_free(boxes->allow);
	free(boxes->smsid);
	free(boxes->host);
	*boxes = (struct boxes){ .count = 0 };
}
