/*
 * Finding a logon root that answers, and reading the copy list there. Nothing
 * here calls a share directly: each root is read by a process of its own
 * (struct os_share), so that a server which hangs costs its time limit at most.
 */
#include "source.h"

#include <stdbool.h>
#include <stdlib.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "copylist.h"
#include "source_inside.h"
#include "text.h"

#define MS (OS_SECOND / 1000)

/* One root while all are asked. */
struct probe {
	struct os_share *share; /* NULL: given up */
	struct buf head;
	bool answered;
	int rc; /* why it was given up; 0: it has not answered
				 * yet, or has */
};

struct race {
	const char *const *roots;
	struct probe *probes;
	struct os_share **waiting; /* those whose answer is not whole */
	size_t count;
	int64_t end; /* os_ticks */
};

static void
probe_fail(struct race *race, size_t i, int rc)
{
	os_share_close(race->probes[i].share);
	race->probes[i].share = NULL;
	race->probes[i].rc = rc;
	race->waiting[i] = NULL;
}

static void
race_start(struct race *race)
{
	struct probe *probe;
	size_t i;
	int rc;

	for (i = 0; i < race->count; i++) {
		probe = &race->probes[i];
		rc = os_share_open(race->roots[i], &probe->share);
		if (rc != 0)
			probe->share = NULL;
		else
			rc = os_share_start(
			    probe->share, COPYLIST_NAME, COPYLIST_HEAD);
		if (rc != 0)
			probe_fail(race, i, rc);
		else
			race->waiting[i] = probe->share;
	}
}

/* The first root in order that has answered, or `count`. */
static size_t
race_leader(const struct race *race)
{
	size_t i;

	for (i = 0; i < race->count; i++)
		if (race->probes[i].answered)
			break;
	return i;
}

/* Does anybody before `leader` still have a chance? */
static bool
race_open(const struct race *race, size_t leader)
{
	size_t i;

	for (i = 0; i < leader; i++)
		if (race->waiting[i] != NULL)
			return true;
	return false;
}

/* Takes one piece of the answer of root i. */
static int
race_hear(struct race *race, size_t i)
{
	struct probe *probe = &race->probes[i];
	const void *data;
	size_t len;
	int rc;

	rc = os_share_next(probe->share, 0, &data, &len);
	if (rc == ERR_STOP)
		return rc;
	if (rc != 0) {
		probe_fail(race, i, rc);
		return 0;
	}
	if (len > 0)
		return buf_add(&probe->head, data, len);
	probe->answered = true;
	race->waiting[i] = NULL;
	/* The roots stand in order of preference, so one before this is given
	 * a moment more, but no longer the whole time. */
	if (race->end > os_ticks() + SOURCE_BETTER_MS * MS)
		race->end = os_ticks() + SOURCE_BETTER_MS * MS;
	return 0;
}

static int
race_run(struct race *race)
{
	int64_t left;
	size_t leader, i;
	int rc;

	for (;;) {
		leader = race_leader(race);
		if (!race_open(race, leader))
			return 0;
		left = race->end - os_ticks();
		if (left <= 0)
			return 0;
		rc = os_share_ready(
		    race->waiting, leader, (int)((left + MS - 1) / MS), &i);
		if (rc == ERR_TIMEOUT)
			return 0;
		if (rc == 0)
			rc = race_hear(race, i);
		if (rc != 0)
			return rc;
	}
}

/* Is it the list itself that is no file? */
static bool
is_of_list(int code)
{
	return code == ERR_ISDIR || code == ERR_LINK || code == ERR_NOTFILE;
}

/* Says what became of each root; the worst news that is still useful. */
static int
race_lost(const struct race *race, struct buf *why)
{
	struct buf text = BUF_INIT;
	int result = ERR_HOST, rc;
	size_t i;

	for (i = 0; i < race->count; i++) {
		rc = race->probes[i].rc;
		if (rc == 0)
			rc = ERR_TIMEOUT;
		/* A list that is there and may not be read is a refusal too:
		 * not every client of a share tells the two apart. */
		if (rc == ERR_AUTH || rc == ERR_ACCES)
			result = ERR_AUTH;
		buf_format(&text, "%s%s%s: %s", i > 0 ? "; " : "",
		    race->roots[i], is_of_list(rc) ? "/" COPYLIST_NAME : "",
		    rc == ERR_NOENT ? "no " COPYLIST_NAME : err_text(rc));
	}
	buf_why(why, result, "%s", buf_text(&text));
	buf_free(&text);
	return result;
}

static int
race_won(
    struct race *race, size_t leader, struct source **source, struct buf *head)
{
	struct probe *probe = &race->probes[leader];
	struct source *s;

	s = calloc(1, sizeof *s);
	if (s == NULL)
		return ERR_NOMEM;
	s->root = text_copy(race->roots[leader]);
	if (s->root == NULL) {
		free(s);
		return ERR_NOMEM;
	}
	s->share = probe->share;
	probe->share = NULL;
	buf_free(head);
	*head = probe->head;
	probe->head = (struct buf)BUF_INIT;
	*source = s;
	return 0;
}

static void
race_free(struct race *race)
{
	size_t i;

	for (i = 0; race->probes != NULL && i < race->count; i++) {
		os_share_close(race->probes[i].share);
		buf_free(&race->probes[i].head);
	}
	free(race->probes);
	free(race->waiting);
}

int
source_pick(const char *const roots[], size_t count, int timeout_ms,
    struct source **source, size_t *which, struct buf *head, struct buf *why)
{
	struct race race = { .roots = roots, .count = count };
	size_t leader = 0;
	int rc = ERR_NOMEM;

	*source = NULL;
	if (count == 0)
		return buf_why(why, ERR_HOST, "no logon server is known");
	race.probes = calloc(count, sizeof *race.probes);
	race.waiting = calloc(count, sizeof *race.waiting);
	if (race.probes == NULL || race.waiting == NULL)
		goto out;
	race.end = os_ticks() + timeout_ms * MS;
	race_start(&race);
	rc = race_run(&race);
	if (rc != 0)
		goto out;
	leader = race_leader(&race);
	if (leader == count) {
		rc = race_lost(&race, why);
		goto out;
	}
	rc = race_won(&race, leader, source, head);
	*which = leader;
out:
	if (rc != 0 && leader < count)
		buf_why(why, rc, "%s", err_text(rc));
	race_free(&race);
	return rc;
}

void
source_close(struct source *source)
{
	if (source == NULL)
		return;
	os_share_close(source->share);
	free(source->root);
	free(source);
}

const char *
source_root(const struct source *source)
{
	return source->root;
}

int
source_head(struct source *source, int timeout_ms, struct buf *head)
{
	int64_t end = os_ticks() + timeout_ms * MS, left;
	const void *data;
	size_t len;
	int rc;

	buf_clear(head);
	rc = os_share_start(source->share, COPYLIST_NAME, COPYLIST_HEAD);
	while (rc == 0) {
		left = (end - os_ticks() + MS - 1) / MS;
		rc = os_share_next(
		    source->share, left > 0 ? (int)left : 0, &data, &len);
		if (rc != 0 || len == 0)
			break;
		rc = buf_add(head, data, len);
	}
	return rc;
}

int
source_list(struct source *source, struct buf *text, struct buf *why)
{
	const void *data;
	size_t len;
	int rc;

	buf_clear(text);
	/* One byte more than may be, to see that there is more. */
	rc = os_share_start(source->share, COPYLIST_NAME, COPYLIST_MAX + 1);
	while (rc == 0) {
		rc = os_share_next(source->share, SOURCE_STALL_MS, &data, &len);
		if (rc != 0 || len == 0)
			break;
		rc = buf_add(text, data, len);
		if (rc == 0 && text->len > COPYLIST_MAX)
			rc = ERR_RANGE;
	}
	if (rc != 0)
		buf_why(why, rc, "%s/%s: %s", source->root, COPYLIST_NAME,
		    err_text(rc));
	return rc;
}
