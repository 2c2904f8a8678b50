/*
 * When= conditions: words key:pattern, divided by blanks and tabs, that must
 * all hold. A pattern is searched for in the value of the key, letter case
 * ignored.
 */
#include "facts.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "buf.h"
#include "pattern.h"
#include "text.h"

#define BLANKS " \t"

/* `value` NULL: only checks the pattern. */
static int
search(const char *expression, const char *value, int *holds, struct buf *why)
{
	struct pattern *pattern;
	int err;

	err = pattern_compile(expression, PATTERN_CASELESS, &pattern, why);
	if (err != 0)
		return err;
	if (value != NULL)
		err = pattern_match(pattern, value);
	if (err == ERR_NOENT) {
		*holds = 0;
		err = 0;
	}
	if (err != 0)
		buf_why(why, err, "%s",
		    err == ERR_RANGE ? "the pattern takes too many steps"
				     : err_text(err));
	pattern_free(pattern);
	return err;
}

static int
hold_word(const struct facts *facts, char *word, int *holds, struct buf *why)
{
	static const struct facts none = { "", "", "", "", "", "" };
	struct buf reason = BUF_INIT;
	const char *value;
	char *colon;
	int err;

	colon = strchr(word, ':');
	if (colon == NULL || colon[1] == '\0')
		return buf_why(
		    why, ERR_FORMAT, "When=: %.80s is not key:pattern", word);
	*colon = '\0';
	value = facts_get(facts == NULL ? &none : facts, word);
	if (value == NULL)
		return buf_why(why, ERR_FORMAT,
		    "When=: %.80s is none of os, arch, host, domain, site, "
		    "lang",
		    word);
	err = search(colon + 1, facts == NULL ? NULL : value, holds, &reason);
	if (err != 0)
		buf_why(why, err, "When=: %s:%.80s: %s", word, colon + 1,
		    buf_text(&reason));
	buf_free(&reason);
	return err;
}

size_t
facts_words(const char *when)
{
	size_t words = 0;

	if (when == NULL)
		return 0;
	for (when += strspn(when, BLANKS); *when != '\0';
	     when += strspn(when, BLANKS)) {
		when += strcspn(when, BLANKS);
		words++;
	}
	return words;
}

struct reading {
	const struct facts *facts;
	facts_word_fn *each; /* NULL: nobody wants the words */
	void *arg;
	struct buf *why;
	int holds;
};

/* One word, which is cut in two at its colon. */
static int
take_word(struct reading *r, char *word)
{
	struct facts_word told;
	int holds = 1, err;

	err = hold_word(r->facts, word, &holds, r->why);
	if (err != 0)
		return err;
	if (!holds)
		r->holds = 0;
	if (r->each != NULL) {
		told.key = word;
		told.pattern = word + strlen(word) + 1;
		told.value = facts_get(r->facts, word);
		told.holds = holds;
		r->each(r->arg, &told);
	}
	return 0;
}

static int
take_words(struct reading *r, const char *when)
{
	char *copy, *word, *end;
	int err = 0;

	if (when == NULL)
		return 0;
	copy = text_copy(when);
	if (copy == NULL)
		return ERR_NOMEM;
	/* All words, also after one that does not hold: a bad list is bad on
	 * every machine. */
	for (word = copy + strspn(copy, BLANKS); *word != '\0' && err == 0;
	     word = end + strspn(end, BLANKS)) {
		end = word + strcspn(word, BLANKS);
		if (*end != '\0')
			*end++ = '\0';
		err = take_word(r, word);
	}
	free(copy);
	return err;
}

int
facts_hold(
    const struct facts *facts, const char *when, int *holds, struct buf *why)
{
	struct reading r = { .facts = facts, .why = why, .holds = 1 };
	int err = take_words(&r, when);

	*holds = r.holds;
	return err;
}

int
facts_explain(const struct facts *facts, const char *when, facts_word_fn *each,
    void *arg, struct buf *why)
{
	struct reading r = { facts, each, arg, why, 1 };

	return take_words(&r, when);
}
