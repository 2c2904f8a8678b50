/*
 * The facts about this machine that When= conditions ask for. facts_hold needs
 * PCRE2 and has a file of its own (facts_hold.c): the rest is used where
 * nothing changed, and by programs that do not link it.
 */
#ifndef FACTS_H
#define FACTS_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct copylist;

struct facts { /* no member is NULL once made */
	char *os, *arch, *host, *domain, *site, *lang;
};

/* domain and site come from SMS.INI; NULL stands for "". ERR_NOMEM. */
int facts_make(struct facts *facts, const char *domain, const char *site);
void facts_free(struct facts *facts);
/* The value of a key of When= (its case is ignored), or NULL when there is no
 * such key. */
const char *facts_get(const struct facts *facts, const char *key);
/* Does a When= hold? *holds tells. NULL always does. `facts` NULL: its words
 * are only checked. ERR_FORMAT: a word that is no key:pattern, an unknown key,
 * a bad pattern; ERR_RANGE: a pattern met its limit. `why` names the word. */
int facts_hold(
    const struct facts *facts, const char *when, int *holds, struct buf *why);
/* The same word by word: `each` is called with what a word asks for, the value
 * that the fact has, and whether it holds. */
struct facts_word {
	const char *key, *pattern, *value;
	bool holds;
};
typedef void facts_word_fn(void *arg, const struct facts_word *word);
int facts_explain(const struct facts *facts, const char *when,
    facts_word_fn *each, void *arg, struct buf *why);
/* How many words a When= has; NULL has none. */
size_t facts_words(const char *when);

/*
 * The facts that the conditions of a list ask for, as one text for [Setup
 * State] Facts= ("host=pln-ws017;os=linux", "" when none is asked for); and
 * whether such a text is still true. NULL or "" always is. No library.
 */
int facts_note(
    const struct facts *facts, const struct copylist *list, struct buf *out);
bool facts_same(const struct facts *facts, const char *note);

#endif
