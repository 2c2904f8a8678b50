/* Which components, and whether the list at all, is meant for this machine. */
#include "copylist.h"

#include <inttypes.h>
#include <string.h>

#include "../platform/err.h"
#include "buf.h"
#include "copylist_format.h"
#include "facts.h"
#include "text.h"

/* `facts` NULL: only checks the condition. */
static int
condition(const struct copylist_component *c, const char *shown,
    const struct facts *facts, int *holds, struct buf *why)
{
	struct buf reason = BUF_INIT;
	int err;

	err = facts_hold(facts, c->when, holds, &reason);
	if (err != 0)
		buf_why(why, err, "%s:%u: component %s: %s", shown, c->line,
		    c->name,
		    err == ERR_NOMEM ? err_text(err) : buf_text(&reason));
	buf_free(&reason);
	return err;
}

/* Every pattern may take its limit of steps, so the patterns are counted: what
 * a hostile list can keep a machine busy with stays within seconds. */
static int
check_words(const struct copylist *list, const char *shown, struct buf *why)
{
	size_t i, words = 0;

	for (i = 0; i < list->count; i++) {
		words += facts_words(list->components[i].when);
		if (words > WHEN_WORDS_MAX)
			return buf_why(why, ERR_FORMAT,
			    "%s:%u: component %s: "
			    "more than %d words in all When= together",
			    shown, list->components[i].line,
			    list->components[i].name, WHEN_WORDS_MAX);
	}
	return 0;
}

/* None at all means all of them. */
bool
copylist_is_named(const struct copylist_component *c, const char *names)
{
	const char *name;
	bool any = false;
	size_t len;

	if (text_same(c->name, COPYLIST_STANDARD))
		return true;
	while (names != NULL && text_item(&names, ',', &name, &len)) {
		any = true;
		if (text_same_n(name, len, c->name, strlen(c->name)))
			return true;
	}
	return !any;
}

int
copylist_select(struct copylist *list, const char *shown,
    const struct facts *facts, const char *names, struct buf *why)
{
	struct copylist_component *c;
	size_t i;
	int err, holds;

	err = check_words(list, shown, why);
	if (err != 0)
		return err;
	for (i = 0; i < list->count; i++) {
		c = &list->components[i];
		err = condition(c, shown, facts, &holds, why);
		if (err != 0)
			return err;
		c->wanted = holds && copylist_is_named(c, names);
	}
	return 0;
}

int
copylist_check_when(
    const struct copylist *list, const char *shown, struct buf *why)
{
	size_t i;
	int err, holds;

	err = check_words(list, shown, why);
	for (i = 0; i < list->count && err == 0; i++)
		err = condition(&list->components[i], shown, NULL, &holds, why);
	return err;
}

int
copylist_bucket(
    const struct copylist *list, const char *smsid, unsigned *bucket)
{
	unsigned char digest[DIGEST_SIZE];
	struct buf b = BUF_INIT;
	uint64_t number = 0;
	int err, i;

	err = buf_format(&b, "%s\n%" PRIu64, smsid, list->release);
	if (err == 0)
		err = digest_bytes(b.data, b.len, digest);
	buf_free(&b);
	if (err != 0)
		return err;
	for (i = 0; i < 8; i++)
		number = number << 8 | digest[i];
	*bucket = (unsigned)(number % 100);
	return 0;
}

bool
copylist_in_rollout(const struct copylist *list, const char *smsid)
{
	unsigned bucket;

	if (list->rollout >= 100)
		return true;
	/* Out of memory: not now, the next run asks again. */
	return copylist_bucket(list, smsid, &bucket) == 0 &&
	    bucket < list->rollout;
}
