/* What a list says beside its content. */
#include "announce.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "../../platform/os.h"
#include "buf.h"
#include "copylist.h"
#include "publish.h"
#include "text.h"

#define DAY	     (24 * 3600 * OS_SECOND)
/* Half of what lib/copylist reads: clients that have seen the highest number of
 * all could never be given another list. */
#define SEQUENCE_MAX ((uint64_t)INT64_MAX / 2)

/* A number of the command line, and where it may lie. */
struct number {
	const char *name, *text; /* NULL: it was not given */
	uint64_t min, max, value;
};

static int
read_number(struct number *n, bool *said, struct buf *why)
{
	*said = n->text != NULL;
	if (!*said ||
	    (text_number(n->text, n->max, &n->value) == 0 &&
		n->value >= n->min))
		return 0;
	return buf_why(why, ERR_ARG,
	    "/%s:%s: no number from %" PRIu64 " to %" PRIu64 "; try /?",
	    n->name, n->text, n->min, n->max);
}

int
announce_read(const struct publish_options *options, struct announce *ask,
    struct buf *why)
{
	struct number rollout = { "rollout", options->rollout, 0, 100, 0 };
	struct number days = { "expires", options->expires, 1, ANNOUNCE_DAYS,
		0 };
	struct number sequence = { "sequence", options->sequence, 1,
		SEQUENCE_MAX, 0 };
	int rc;

	rc = read_number(&rollout, &ask->rollout_said, why);
	if (rc == 0)
		rc = read_number(&days, &ask->days_said, why);
	if (rc == 0)
		rc = read_number(&sequence, &ask->sequence_said, why);
	ask->rollout = (unsigned)rollout.value;
	ask->days = (unsigned)days.value;
	ask->sequence = sequence.value;
	return rc;
}

static bool
is_due(const struct announce *ask, const struct copylist *old, int64_t now)
{
	int64_t span = ask->days * DAY;

	return old->expires == -1 || old->expires > now + span ||
	    old->expires < now + span / 2;
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
same_release(const struct copylist *a, const struct copylist *b)
{
	return a->not_before == b->not_before &&
	    a->window.from == b->window.from && a->window.to == b->window.to &&
	    same_text(a->requires, b->requires);
}

bool
announce_differs(const struct announce *ask, const struct copylist *old,
    const struct copylist *fresh, int64_t now)
{
	return ask->sequence_said ||
	    (ask->release_said && !same_release(old, fresh)) ||
	    (ask->rollout_said && ask->rollout != old->rollout) ||
	    (ask->days_said && is_due(ask, old, now));
}

/* As long after now as it was after the list was published. */
static int64_t
renewed(const struct copylist *old, int64_t now)
{
	int64_t span = old->expires - old->published;

	if (old->expires == -1 || old->published == -1 || span <= 0 ||
	    span > INT64_MAX - now)
		return old->expires;
	return now + span;
}

/* When it may be installed, as `old` has it. */
static int
keep_release(const struct copylist *old, struct copylist *fresh)
{
	if (fresh == old)
		return 0;
	fresh->not_before = old->not_before;
	fresh->window = old->window;
	free(fresh->requires);
	fresh->requires = text_copy(old->requires);
	return old->requires != NULL && fresh->requires == NULL ? ERR_NOMEM : 0;
}

int
announce_set(const struct announce *ask, const struct copylist *old,
    struct copylist *fresh, int64_t now)
{
	uint64_t release = 0; /* its own version, once it has one */
	int64_t expires = -1;
	unsigned rollout = 100;
	int rc = 0;

	now -= now % OS_SECOND; /* as the list writes it */
	if (old != NULL) {
		rollout = old->rollout;
		expires = renewed(old, now);
		release = old->release;
		if (!ask->release_said)
			rc = keep_release(old, fresh);
	}
	fresh->release = release;
	fresh->rollout = ask->rollout_said ? ask->rollout : rollout;
	fresh->expires = ask->days_said ? now + ask->days * DAY : expires;
	return rc;
}
