/*
 * What a list says beside its content: for how many machines it is, how long
 * it counts, when it may be installed. Saying something else of the same
 * content is a new list of the same release.
 */
#ifndef ANNOUNCE_H
#define ANNOUNCE_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct copylist;
struct publish_options;

#define ANNOUNCE_DAYS 3650 /* /expires: at most */

/* What is asked for: by the switches, but for release_said. */
struct announce {
	bool rollout_said, days_said, sequence_said;
	bool release_said; /* by [Release] of components.ini: what stands in
			    * the new list counts, not that of the old one */
	unsigned rollout;
	unsigned days;
	uint64_t sequence;
};

/* Reads /rollout:, /expires: and /sequence:. ERR_ARG, and the range in `why`. */
int announce_read(const struct publish_options *options, struct announce *ask,
    struct buf *why);
/*
 * Would `fresh`, of the same content as `old`, say something else at `now`?
 * Not for an Expires= that is between half of the days asked for and all of
 * them away: a run each night renews it in time, and not each night.
 */
bool announce_differs(const struct announce *ask, const struct copylist *old,
    const struct copylist *fresh, int64_t now);
/*
 * Says it in `fresh`: what is asked for; else, with `old` (NULL: another
 * content), what that says, Expires= as long after `now` as it was after
 * Published=; else 100 per cent, and for ever. `fresh` may be `old`. ERR_NOMEM.
 */
int announce_set(const struct announce *ask, const struct copylist *old,
    struct copylist *fresh, int64_t now);

#endif
