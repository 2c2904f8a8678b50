/* What climonnt knows while it runs: SMS.INI, log, folders, .raw files. */
#include "monitor.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"

#include "climonnt.h"
#include "instance.h"
#include "logfile.h"
#include "places.h"
#include "smsini.h"
#include "source.h"
#include "successor.h"
#include "text.h"

#define LOG_NAME   "CLIMON.LOG"
#define OPEN_TRIES 3 /* of an SMS.INI that is held, 1 s each */

/* LOGS where we may write there, else the folder of this user. */
static void
open_log(struct monitor *m)
{
	const char *logs = m->client.layout.logs;
	struct os_dir *dir = NULL;
	char *folder = NULL;

	if (m->logs != NULL && strcmp(logs, m->logs) == 0)
		return;
	free(m->logs);
	m->logs = text_copy(logs);
	if (os_dir_open(logs, &dir) == 0 && os_may_write(logs) == 0)
		logfile_open(m->log, logs, LOG_NAME);
	else if (instance_folder(&folder) == 0)
		logfile_open(m->log, folder, LOG_NAME);
	os_dir_close(dir);
	free(folder);
}

/* Takes over what was read. */
static void
use(struct monitor *m, struct client *client)
{
	const char *id;

	client_free(&m->client);
	m->client = *client;
	if (m->options->mover)
		m->client.service_moves = false;
	id = client_id(client);
	schedule_set(&m->schedule, os_clock(), client->minutes,
	    instance_hash(id == NULL ? client->layout.ini : id));
	open_log(m);
}

static bool
has_moved(const struct layout *a, const struct layout *b)
{
	return strcmp(a->invdata, b->invdata) != 0 ||
	    strcmp(a->state, b->state) != 0;
}

int
monitor_reload(struct monitor *m, struct buf *why)
{
	struct client client;
	bool moved;
	int rc;

	rc = client_load(m->options->common.ini, &client, why);
	if (rc != 0)
		return rc;
	moved = has_moved(&m->client.layout, &client.layout);
	use(m, &client);
	return moved && m->places != NULL ? monitor_watch(m) : 0;
}

static int
load_first(struct monitor *m, struct buf *why)
{
	struct client client;
	int rc, i;

	for (i = 0; i < OPEN_TRIES; i++) {
		rc = client_load(m->options->common.ini, &client, why);
		if (rc != ERR_BUSY || os_sleep(1000) != 0)
			break;
	}
	if (rc == 0)
		use(m, &client);
	return rc;
}

int
monitor_open(struct monitor *m, const struct climonnt_options *options)
{
	struct buf why = BUF_INIT;
	int rc, code = EXIT_DONE;

	*m = (struct monitor){ .options = options };
	m->log = logfile_new("climonnt", options->common.verbose, true);
	m->mover.log = m->log;
	rc = os_self(&m->self);
	m->self_info.kind = OS_OTHER;
	if (rc == 0)
		successor_remember(m);
	rc = load_first(m, &why);
	if (rc == 0)
		rc = instance_take(m->client.layout.ini, m->client.layout.state,
		    &m->lock, &m->mover.instance, &why);
	if (rc == ERR_BUSY && m->client.layout.ini != NULL)
		code = EXIT_BUSY;
	else if (rc != 0)
		code = EXIT_FAILED;
	if (rc != 0)
		log_error(m->log, "%s", buf_text(&why));
	buf_free(&why);
	return code;
}

void
monitor_work(struct monitor *m)
{
	int rc;

	if (m->working != NULL)
		return;
	rc = instance_work(
	    m->client.layout.ini, m->client.layout.state, &m->working);
	if (rc != 0)
		log_info(m->log, "no lock that tells that we are at work: %s",
		    err_text(rc));
}

void
monitor_close(struct monitor *m)
{
	source_close(m->source);
	places_close(m->places);
	raws_free(&m->raws);
	os_lock_drop(m->working);
	os_lock_drop(m->lock);
	client_free(&m->client);
	free(m->told);
	free(m->told_services);
	free(m->root);
	free(m->self);
	free(m->logs);
	logfile_close(m->log);
}

void
monitor_trouble(struct monitor *m, int code, const char *text)
{
	if (m->trouble == code)
		log_info(m->log, "%s", text);
	else
		log_warning(m->log, "%s", text);
	m->trouble = code;
}

int
monitor_watch(struct monitor *m)
{
	const struct layout *layout = &m->client.layout;
	unsigned refused;
	int rc = 0;

	if (m->places == NULL)
		rc = places_open(&m->places);
	if (rc == 0)
		rc = places_watch(
		    m->places, layout->invdata, layout->state, &refused);
	if (rc != 0)
		return rc;
	if (refused & PLACES_INVDATA)
		log_warning(m->log,
		    "%s: cannot be watched; only the regular "
		    "check looks there",
		    layout->invdata);
	if (refused & PLACES_STATE)
		log_info(m->log, "%s: cannot be watched", layout->state);
	return 0;
}

/* A folder that is missing is no trouble: it is waited for. */
static void
note_refusal(struct monitor *m, int rc)
{
	if (rc == ERR_NOENT)
		rc = 0;
	if (rc != 0 && m->refused != rc)
		log_warning(
		    m->log, "%s: %s", m->client.layout.invdata, err_text(rc));
	m->refused = rc;
}

bool
monitor_look(struct monitor *m)
{
	struct os_dir *dir = NULL;
	size_t fresh = 0, more = 0;
	int rc;

	rc = os_dir_open(m->client.layout.invdata, &dir);
	if (rc == 0)
		rc = raws_scan(&m->raws, dir, os_clock(), &fresh);
	if (rc == 0 && m->raws.claims.len > 0 && !m->client.service_moves) {
		mover_restore(&m->mover, &m->raws, dir);
		rc = raws_scan(&m->raws, dir, os_clock(), &more);
	}
	if (rc == 0)
		mover_warn(&m->mover, &m->raws, os_clock());
	else
		raws_free(&m->raws);
	note_refusal(m, rc);
	os_dir_close(dir);
	return fresh + more > 0;
}

int64_t
monitor_next_move(const struct monitor *m)
{
	if (m->root == NULL || m->client.service_moves ||
	    client_id(&m->client) == NULL)
		return RAWS_NEVER;
	return mover_next(&m->mover, &m->raws);
}

void
monitor_move(struct monitor *m)
{
	struct os_dir *dir = NULL;

	if (monitor_next_move(m) > os_clock() ||
	    os_dir_open(m->client.layout.invdata, &dir) != 0)
		return;
	mover_pass(&m->mover, &m->raws, dir, m->root, client_id(&m->client));
	os_dir_close(dir);
}
