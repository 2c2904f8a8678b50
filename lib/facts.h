/*
 * The facts about this machine that When= conditions ask for. facts_hold needs
 * PCRE2 and has a file of its own (facts_hold.c): the rest is used where
 * nothing changed, and by programs that do not link it.
 */
#ifndef FACTS_H
#define FACTS_H

struct buf;

struct facts {
	char *os, *arch, *host, *domain, *site, *lang;	/* never NULL once made */
};

/* domain and site come from SMS.INI; NULL stands for "". ERR_NOMEM. */
int facts_make(struct facts *facts, const char *domain, const char *site);
void facts_free(struct facts *facts);
/* The value of a key of When= (its case is ignored), or NULL when there is no
 * such key. */
const char *facts_get(const struct facts *facts, const char *key);
/* One line that changes when a fact does ("os=linux arch=x86_64 ..."), for
 * [Setup State] Facts=. Added to `out`; ERR_NOMEM. */
int facts_text(const struct facts *facts, struct buf *out);
/* Does a When= hold? *holds tells. NULL always does. `facts` NULL: its words
 * are only checked. ERR_FORMAT: a word that is no key:pattern, an unknown key,
 * a bad pattern; ERR_RANGE: a pattern met its limit. `why` names the word. */
int facts_hold(const struct facts *facts, const char *when, int *holds,
    struct buf *why);

#endif
