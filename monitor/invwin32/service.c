/*
 * The agent as a service. Looking at the list, starting the setup and taking
 * .raw files up is what climonnt can do: one pass of it is started where
 * something new lies in INVDATA, and at each interval.
 */
#include "service.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "agent.h"
#include "buf.h"
#include "invwin32.h"
#include "logfile.h"
#include "names.h"
#include "path.h"
#include "smsini.h"
#include "text.h"

#define MS	    (OS_SECOND / 1000)
#define MINUTE	    (60 * OS_SECOND)
#define PASS_MS	    (6 * 3600 * 1000) /* then we go on without it */
#define PAUSE_MS    1000	      /* before a pass: a burst is one */
#define LONGEST	    (8 * 60 * MINUTE)
#define MINUTES_MAX (60 * 24 * 31)

struct service {
	const struct invwin32_options *options;
	struct os_watch *watch;
	char *invdata;
	struct names seen; /* in INVDATA before the last pass */
	unsigned failures; /* in a row */
	int64_t next;	   /* os_clock: no sleep longer than that */
};

/* A file that was there at the last pass and stays is no news: a pass that
 * cannot move it makes hints, too. */
static bool
has_news(struct service *s)
{
	struct names now = { .list = NULL };
	bool news = names_read(&now, s->invdata) != 0 ||
	    names_have_other(&now, &s->seen);

	names_free(&now);
	return news;
}

static char *
find_monitor(void)
{
	char *self = NULL, *folder = NULL, *path = NULL;
	const char *extension;
	struct buf name = BUF_INIT;

	if (os_self(&self) == 0 && (folder = path_folder(self)) != NULL) {
		extension = strrchr(path_name(self), '.');
		buf_format(&name, "climonnt%s",
		    extension != NULL && text_same(extension, ".exe")
			? extension
			: "");
		path = name.failed ? NULL : path_join(folder, name.data);
	}
	buf_free(&name);
	free(folder);
	free(self);
	return path;
}

static void
add_switch(
    const char **argv, size_t *n, struct buf *b, const char *key, const char *v)
{
	if (v != NULL && buf_format(b, "%s%s", key, v) == 0)
		argv[(*n)++] = b->data;
}

/* One pass of climonnt; its exit code, or an error. */
static int
run_monitor(const struct invwin32_options *o, int *code)
{
	struct buf words[3] = { BUF_INIT, BUF_INIT, BUF_INIT };
	char *monitor = find_monitor();
	const char *argv[8] = { monitor, "/o", "/mover", "/quiet" };
	struct os_child *child = NULL;
	size_t n = 4, i;
	int rc = monitor == NULL ? ERR_NOMEM : 0;

	add_switch(argv, &n, &words[0], "/i:", o->common.ini);
	add_switch(argv, &n, &words[1], "/c:", o->common.policy);
	add_switch(argv, &n, &words[2], "/p:", o->root);
	if (rc == 0)
		rc = os_spawn(argv, OS_QUIET, &child);
	if (rc == 0)
		rc = os_child_wait(child, PASS_MS, code);
	os_child_free(child);
	for (i = 0; i < 3; i++)
		buf_free(&words[i]);
	free(monitor);
	return rc;
}

static bool
is_empty(const char *invdata)
{
	struct names left = { .list = NULL };
	bool empty = names_read(&left, invdata) == 0 && left.count == 0;

	names_free(&left);
	return empty;
}

/* Did all go well? What could not go up is tried again, too. */
static bool
pass(struct service *s, struct logfile *log)
{
	int code = EXIT_FAILED, rc;

	names_read(&s->seen, s->invdata);
	rc = run_monitor(s->options, &code);
	if (rc != 0 && rc != ERR_STOP)
		log_warning(log, "climonnt: %s", err_text(rc));
	else
		log_info(log, "climonnt ended with exit code %d", code);
	return rc == 0 && code == EXIT_DONE && is_empty(s->invdata);
}

static int64_t
minutes(const struct invwin32_options *o, const struct smsini *ini)
{
	const char *value = NULL;
	uint64_t number = SERVICE_MINUTES;

	if (ini != NULL)
		value = smsini_get(ini, "SMS", "InvAgtServiceWakeupInterval");
	if (o->minutes > 0 && o->minutes <= MINUTES_MAX)
		return o->minutes;
	if (value == NULL || text_number(value, MINUTES_MAX, &number) != 0 ||
	    number == 0)
		number = SERVICE_MINUTES;
	return (int64_t)number;
}

/* When we are to be at work again. */
static void
plan(struct service *s, const struct agent *a, bool well, int64_t now)
{
	int64_t retry;

	s->next = now + minutes(s->options, a->ini) * MINUTE;
	if (a->next > now && a->next < s->next)
		s->next = a->next;
	if (well)
		s->failures = 0;
	else if (s->failures < 10)
		s->failures++;
	if (s->failures == 0)
		return;
	retry = MINUTE << (s->failures - 1);
	if (retry > LONGEST)
		retry = LONGEST;
	if (now + retry < s->next)
		s->next = now + retry;
}

/* All that is to be done now. What fails is tried again soon. */
static int
work(struct service *s)
{
	struct agent agent;
	int code = agent_open(&agent, s->options);
	bool well = false;

	if (code == EXIT_DONE) {
		free(s->invdata);
		s->invdata = text_copy(agent.layout.invdata);
		if (s->invdata != NULL)
			os_watch_add(s->watch, s->invdata, 0);
		well = agent_scan(&agent) == EXIT_DONE;
		if (s->invdata != NULL && !pass(s, agent.log))
			well = false;
	}
	plan(s, &agent, well, os_clock());
	agent_close(&agent);
	return code;
}

/* How many ms we may sleep now: the clock may be set while we do. */
static int
left(const struct service *s, int64_t end)
{
	int64_t by_clock = s->next - os_clock(), by_ticks = end - os_ticks();
	int64_t ms = (by_clock < by_ticks ? by_clock : by_ticks) / MS;

	return ms <= 0 ? 0 : ms > 3600 * 1000 ? 3600 * 1000 : (int)ms + 1;
}

static int
wait(struct service *s)
{
	/* A clock that is set back makes no sleep longer. */
	int64_t end = os_ticks() + s->next - os_clock();
	uint32_t bits, gone;
	int rc;

	do {
		rc = os_watch_wait(s->watch, left(s, end), &bits, &gone);
		if (rc == 0 && gone == 0 && has_news(s))
			return os_sleep(PAUSE_MS);
	} while ((rc == 0 || rc == ERR_TIMEOUT) && os_clock() < s->next &&
	    os_ticks() < end);
	return rc == ERR_TIMEOUT ? 0 : rc;
}

static int
loop(void *arg)
{
	struct service *s = arg;
	int code, rc = 0;

	do {
		code = work(s);
		/* Nothing is known of where to watch. */
		if (s->invdata == NULL)
			return code == EXIT_DONE ? EXIT_FAILED : code;
		rc = wait(s);
	} while (rc == 0 && !os_stop_asked());
	return rc == 0 || rc == ERR_STOP ? EXIT_DONE : EXIT_FAILED;
}

int
service_run(const struct invwin32_options *options)
{
	struct service s = { .options = options };
	int code = EXIT_FAILED;

	if (os_watch_open(&s.watch) == 0)
		code = os_as_service(SERVICE_NAME, loop, &s);
	os_watch_close(s.watch);
	names_free(&s.seen);
	free(s.invdata);
	return code;
}
