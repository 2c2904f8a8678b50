/*
 * Handing over to a new program. Two locks tell what becomes of it: the first
 * one is held by every climonnt, also by one that makes a single pass, the
 * second one by a monitor that has begun to wait. We give both up, and the new
 * program has to be seen with the second one for a while, as a living child of
 * ours; it is ended otherwise, and we take both back.
 */
#include "successor.h"

#include <stdlib.h>

#include "err.h"
#include "os.h"

#include "climonnt.h"
#include "instance.h"
#include "logfile.h"
#include "monitor.h"
#include "path.h"
#include "raws.h"
#include "start.h"

#define UP_LIMIT   (10 * OS_SECOND) /* for it to begin to wait */
#define TRIAL	   (3 * OS_SECOND)  /* that it must stay so */
#define LOOK_MS	   100
#define END_MS	   5000 /* for one that we have ended */
#define PASS_MS	   1000 /* between looks at somebody's single pass ... */
#define PASS_LIMIT (7 * 3600 * OS_SECOND) /* which may hold a setup */
#define PIECE	   4096

/* What stands at the path of our program now. */
static int
look(const struct monitor *m, struct os_dir **dir, struct os_info *info)
{
	char *folder = m->self == NULL ? NULL : path_folder(m->self);
	int rc;

	*dir = NULL;
	if (folder == NULL)
		return ERR_NOMEM;
	rc = os_dir_open(folder, dir);
	if (rc == 0)
		rc = os_info(*dir, path_name(m->self), info);
	free(folder);
	return rc;
}

void
successor_remember(struct monitor *m)
{
	struct os_dir *dir = NULL;

	if (look(m, &dir, &m->self_info) != 0)
		m->self_info.kind = OS_OTHER;
	os_dir_close(dir);
}

/* Tells contents apart; 0 where it cannot be read. */
static uint64_t
hash_of(struct os_dir *dir, const char *name)
{
	uint64_t hash = INSTANCE_HASH;
	struct os_file *file = NULL;
	char piece[PIECE];
	size_t got = PIECE;
	int rc;

	rc = os_open(dir, name, OS_READ, OS_PRIVATE, &file);
	while (rc == 0 && got == PIECE) {
		rc = os_read(file, piece, PIECE, &got);
		if (rc == 0)
			hash = instance_hash_add(hash, piece, got);
	}
	os_file_close(file);
	return rc == 0 ? hash : 0;
}

/* Is there a new program, and one that has not failed us before? */
static bool
is_new(struct monitor *m)
{
	struct os_dir *dir = NULL;
	struct os_info now;
	uint64_t hash;
	bool is = false;

	if (m->self_info.kind != OS_REGULAR || look(m, &dir, &now) != 0 ||
	    now.kind != OS_REGULAR || raws_same(&now, &m->self_info))
		goto out;
	m->self_info = now;
	hash = hash_of(dir, path_name(m->self));
	is = hash == 0 || hash != m->failed_self;
	if (!is)
		log_info(
		    m->log, "%s: the one that did not come up before", m->self);
	m->failed_self = hash;
out:
	os_dir_close(dir);
	return is;
}

static bool
is_at_work(const struct monitor *m)
{
	struct os_lock *lock = NULL;
	int rc;

	rc = instance_work(m->client.layout.ini, m->client.layout.state, &lock);
	os_lock_drop(lock);
	return rc == ERR_BUSY;
}

/* 0: it works. ERR_IO: it has ended, ERR_TIMEOUT: it is not seen at work,
 * ERR_STOP. */
static int
judge(const struct monitor *m, struct os_child *child, int *code)
{
	int64_t end = os_ticks() + UP_LIMIT, up = 0, now;
	int rc;

	for (;;) {
		rc = os_child_wait(child, LOOK_MS, code);
		if (rc != ERR_TIMEOUT)
			return rc == 0 ? ERR_IO : rc;
		now = os_ticks();
		if (!is_at_work(m))
			up = 0;
		else if (up == 0)
			up = now;
		else if (now - up >= TRIAL)
			return 0;
		if (up == 0 && now >= end)
			return ERR_TIMEOUT;
	}
}

/* The locks are ours again. False: another monitor has them, which somebody
 * started in between. A single pass of climonnt is waited for. */
static bool
take_back(struct monitor *m)
{
	const struct layout *layout = &m->client.layout;
	int64_t end = os_ticks() + PASS_LIMIT;
	int rc;

	while ((rc = instance_take(layout->ini, layout->state, &m->lock,
		    &m->mover.instance, NULL)) == ERR_BUSY) {
		if (is_at_work(m) || os_ticks() >= end ||
		    os_sleep(PASS_MS) != 0)
			return false;
	}
	/* Where a lock cannot be had at all we are better than nobody. */
	if (rc == 0)
		instance_work(layout->ini, layout->state, &m->working);
	return true;
}

static void
complain(struct monitor *m, int rc, int code)
{
	if (rc == ERR_IO)
		log_warning(m->log,
		    "%s: ends at once, with exit code %d; the old one goes on",
		    m->self, code);
	else if (rc == ERR_TIMEOUT)
		log_warning(m->log, "%s: does not come up; the old one goes on",
		    m->self);
}

bool
successor_takes_over(struct monitor *m)
{
	struct os_child *child = NULL;
	struct buf why = BUF_INIT;
	bool over;
	int rc, code = 0, ended;

	if (!is_new(m))
		return false;
	log_info(m->log, "%s: replaced; the new one takes over", m->self);
	instance_drop(&m->working);
	instance_drop(&m->lock);
	rc = start_successor(m->options, m->self, &child, &why);
	if (rc != 0)
		log_warning(m->log, "%s", buf_text(&why));
	else
		rc = judge(m, child, &code);
	over = rc == 0;
	if (!over && child != NULL) {
		/* A request to stop is meant for the two of us. */
		os_child_end(child);
		os_child_wait(child, END_MS, &ended);
	}
	if (!over)
		over = !take_back(m);
	if (!over && child != NULL)
		complain(m, rc, code);
	os_child_free(child);
	buf_free(&why);
	return over;
}
