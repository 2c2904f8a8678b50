/* Bringing one machine to the published list: the flow of client setup, with
 * rights, services and all. */
#include "serve.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "ccm.h"
#include "copylist.h"
#include "facts.h"
#include "inifile.h"
#include "layout.h"
#include "logfile.h"
#include "path.h"
#include "run.h"
#include "server.h"
#include "smsini.h"
#include "text.h"
#include "units.h"

/* Win32 codes, for Last Error Code on both systems. */
enum {
	WIN_FILE_NOT_FOUND = 2,
	WIN_ACCESS_DENIED = 5,
	WIN_INVALID_DATA = 13,
	WIN_NOT_SUPPORTED = 50,
	WIN_BAD_NETPATH = 53,
	WIN_BAD_NET_NAME = 67,
	WIN_DISK_FULL = 112,
	WIN_BUSY = 170,
	WIN_SERVICE_TIMEOUT = 1053,
	WIN_IO_DEVICE = 1117,
	WIN_LOGON_FAILURE = 1326,
	WIN_TIMEOUT = 1460,
	WIN_FUNCTION_FAILED = 1627,
	WIN_RESTART_REQUIRED = 3010,
};

/* cli_nt writes its request before it has ended. */
#define PATIENCE_MS 10000

struct serving {
	struct server *server;
	const struct serve_job *job;
	struct served *served;
	char *place, *ini, *root; /* with /t */
	struct run_options options;
	struct run run;
	struct units units;
	struct update_result result;
	size_t services_failed;
	bool out_of_reach; /* services differ, and cannot be reached */
	bool reached;	   /* the client could be opened */
};

static uint64_t
error_of(int code)
{
	switch (code) {
	case ERR_ACCES:
	case ERR_ROFS:
	case ERR_UNTRUSTED: return WIN_ACCESS_DENIED;
	case ERR_FORMAT:
	case ERR_DIGEST:
	case ERR_RANGE:
	case ERR_NAME: return WIN_INVALID_DATA;
	case ERR_HOST: return WIN_BAD_NETPATH;
	case ERR_NOENT:
	case ERR_NOTDIR: return WIN_BAD_NET_NAME;
	case ERR_NOSPC: return WIN_DISK_FULL;
	case ERR_BUSY:
	case ERR_CHANGED: return WIN_BUSY;
	case ERR_AUTH: return WIN_LOGON_FAILURE;
	case ERR_TIMEOUT: return WIN_TIMEOUT;
	case ERR_IO: return WIN_IO_DEVICE;
	default: return WIN_FUNCTION_FAILED;
	}
}

static int
retry(struct serving *s, uint64_t error, const char *text)
{
	s->served->end = SERVE_RETRY;
	s->served->error = error;
	buf_clear(&s->served->why);
	return buf_add_text(&s->served->why, text);
}

/* "%m" is the machine. */
static char *
expand(const char *template, const char *machine)
{
	struct buf text = BUF_INIT;
	const char *at;

	while ((at = strstr(template, "%m")) != NULL) {
		buf_add(&text, template, (size_t)(at - template));
		buf_add_text(&text, machine);
		template = at + 2;
	}
	buf_add_text(&text, template);
	return buf_take(&text);
}

static int
choose_place(struct serving *s)
{
	const struct ccm_options *o = s->server->options;

	s->options = (struct run_options){ .common = o->common,
		.root = o->root,
		.services = true,
		.patience = PATIENCE_MS };
	if (o->template == NULL)
		return 0;
	s->place = expand(o->template, s->job->machine);
	s->ini = s->place == NULL   ? NULL
	    : o->common.ini != NULL ? expand(o->common.ini, s->job->machine)
				    : path_join(s->place, "SMS.INI");
	s->options.common.ini = s->ini;
	s->options.place = s->place;
	s->options.host = s->job->machine;
	s->options.judge = &s->server->layout;
	/* Where the list comes from is not for the client to say. */
	if (server_root(s->server) == NULL)
		return s->ini == NULL ? ERR_NOMEM : 0;
	s->root = text_copy(server_root(s->server));
	s->options.root = s->root;
	return s->ini == NULL || s->root == NULL ? ERR_NOMEM : 0;
}

/* A machine that is away is not made. */
static int
check_reach(struct serving *s)
{
	struct os_dir *dir = NULL;
	int rc = s->place == NULL ? 0 : os_dir_open(s->place, &dir);

	os_dir_close(dir);
	if (rc != 0)
		return buf_why(&s->run.why, rc,
		    "%s: the client root of %s cannot be reached: %s", s->place,
		    s->job->machine, err_text(rc));
	if (s->place != NULL && s->options.root == NULL)
		return buf_why(
		    &s->run.why, ERR_HOST, "no logon server can be reached");
	return 0;
}

static int
check_rights(struct serving *s)
{
	if (!s->run.rights)
		return buf_why(&s->run.why, ERR_ACCES,
		    "%s: ccm has no rights to write there",
		    s->run.layout.client);
	if (s->run.ini != NULL &&
	    (s->run.ini->phase == PHASE_UPGRADE ||
		s->run.ini->phase == PHASE_REMOVE))
		return buf_why(&s->run.why, ERR_BUSY,
		    "%s: SetupPhase asks for an upgrade or a removal, which "
		    "is cli_nt's to do",
		    s->run.layout.ini);
	return 0;
}

/* What a run that was cut off has stopped runs again before anything can be in
 * the way of it. */
static int
resume(struct serving *s)
{
	const char *reason;
	struct os_services *manager;

	if (s->run.state == NULL || !s->run.rights)
		return 0;
	manager = server_manager(s->server, s->job->machine, &reason);
	return manager == NULL
	    ? 0
	    : units_resume(s->run.state, manager, s->server->log);
}

/* Client, logon root, list: as cli_nt does. Without a list its turn has not
 * come. */
static int
prepare(struct serving *s)
{
	struct run *run = &s->run;
	int rc;

	if ((rc = check_reach(s)) != 0 || (rc = run_open(run)) != 0 ||
	    (rc = resume(s)) != 0 || (rc = check_rights(s)) != 0)
		return rc;
	s->reached = true;
	if ((rc = run_reach(run)) != 0)
		return rc;
	if (run->ini == NULL || run->ini->phase != PHASE_INSTALLED)
		run->verify = true;
	if ((rc = run_take_list(run)) != 0 || run->list == NULL)
		return rc;
	if ((rc = run_build(run)) != 0)
		return rc;
	return run_identify(run);
}

/* What the update has not ended well is carried out or put back at once: a
 * service that was stopped is not to wait for the next try. */
static void
rescue(struct serving *s)
{
	struct update_recovery recovery = { .journal = false };
	struct buf why = BUF_INIT;

	if (update_recover(&s->run.layout, s->run.client, s->run.state,
		&recovery, &why) != 0)
		log_error(s->server->log, "%s", buf_text(&why));
	update_recovery_free(&recovery);
	buf_free(&why);
}

static int
bring(struct serving *s)
{
	struct units_job job = { .list = s->run.list,
		.state = s->run.state,
		.layout = &s->run.layout,
		.log = s->server->log,
		.forced = s->job->forced,
		.own = s->place == NULL && !s->server->options->once };
	struct update_hooks hooks;
	int rc, end;

	job.manager = server_manager(s->server, s->job->machine, &job.reason);
	s->options.services = job.manager != NULL;
	if ((rc = units_make(&s->units, &job, &s->run.why)) != 0)
		return rc;
	units_hooks(&s->units, &hooks);
	rc = run_update(&s->run, &hooks, &s->result);
	if (rc == ERR_CHANGED)
		rescue(s);
	end = units_end(
	    &s->units, rc == 0 ? &s->result : NULL, &s->services_failed);
	s->served->restart = rc == 0 && s->units.restart;
	s->out_of_reach = job.manager == NULL && s->services_failed > 0;
	return rc == 0 ? end : rc;
}

/* The first thing that is wrong, for whoever reads the request. */
static int
say_first(struct serving *s, uint64_t error)
{
	struct buf text = BUF_INIT;
	size_t i;
	int rc;

	for (i = 0; i < s->units.services.count; i++) {
		const struct services_component *c = &s->units.services.list[i];
		const char *reason = c->repair != NULL ? c->repair : c->restart;

		if (reason == NULL)
			continue;
		buf_format(&text, "component %s: %s", c->name, reason);
		break;
	}
	rc = retry(s, error,
	    text.len > 0 ? buf_text(&text) : "not every component is in");
	buf_free(&text);
	return rc;
}

static int
judge(struct serving *s)
{
	const struct update_result *r = &s->result;
	size_t i;

	if (r->missing.len > 0)
		return say_first(s, WIN_FILE_NOT_FOUND);
	if (s->out_of_reach)
		return say_first(s, WIN_NOT_SUPPORTED);
	if (s->services_failed > r->pending)
		return say_first(s, WIN_SERVICE_TIMEOUT);
	if (r->pending > 0)
		return say_first(s, WIN_RESTART_REQUIRED);
	if (r->held > 0)
		return say_first(s, WIN_BUSY);
	s->served->current = !s->units.acted;
	for (i = 0; i < r->count; i++)
		if (r->list[i].state != UPDATE_SAME)
			s->served->current = false;
	return 0;
}

static int
decide(struct serving *s)
{
	int rc = prepare(s);

	if (rc == 0 && s->run.list == NULL) {
		s->served->current = true;
		return buf_add_text(
		    &s->served->why, "its turn for the list has not come");
	}
	if (rc == 0)
		rc = bring(s);
	if (rc == 0)
		return judge(s);
	if (rc == ERR_NOMEM || rc == ERR_STOP)
		return rc;
	if (s->reached && (rc == ERR_HOST || rc == ERR_AUTH))
		server_lose_root(s->server);
	return retry(s, error_of(rc),
	    s->run.why.len > 0 ? buf_text(&s->run.why) : err_text(rc));
}

/* SMS.INI has the version, phase installed, and nothing was cut off. */
static bool
is_settled(const char *path, struct os_dir *state, uint64_t version)
{
	struct smsini *ini = NULL;
	struct os_info journal;
	bool is = false;

	if (smsini_load(path, &ini, NULL) == 0)
		is = !ini->damaged && ini->has_version &&
		    ini->version == version && ini->phase == PHASE_INSTALLED &&
		    os_info(state, LAYOUT_JOURNAL, &journal) == ERR_NOENT;
	smsini_free(ini);
	return is;
}

/* Two small files tell that nothing is to be done. */
static bool
is_current(struct serving *s)
{
	struct copylist *list;
	struct services services = { .count = 0 };
	struct os_dir *place = NULL, *state = NULL;
	bool is = false;

	if (s->job->forced || s->place == NULL ||
	    (list = server_list(s->server, s->job->since)) == NULL ||
	    os_dir_open(s->place, &place) != 0)
		return false;
	if (os_dir_open_in(place, "STATE", &state) == 0 &&
	    services_read(state, &services, NULL) == 0)
		is = units_are_current(&services, list) &&
		    is_settled(s->ini, state, list->version);
	services_free(&services);
	os_dir_close(state);
	os_dir_close(place);
	return is;
}

int
serve(struct server *server, const struct serve_job *job, struct served *served)
{
	struct serving s = { .server = server, .job = job, .served = served };
	int rc;

	*served = (struct served){ .end = SERVE_DONE };
	s.run.options = &s.options;
	s.run.log = server->log;
	rc = choose_place(&s);
	if (rc == 0 && is_current(&s)) {
		served->current = true;
	} else if (rc == 0) {
		rc = decide(&s);
		s.run.log = NULL; /* it is ccm's */
		run_close(&s.run);
	}
	update_result_free(&s.result);
	units_free(&s.units);
	free(s.place);
	free(s.ini);
	free(s.root);
	return rc;
}
