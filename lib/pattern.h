/*
 * Regular expressions and letter case; with iniedit's searches, which go
 * through here, the only user of PCRE2. No JIT. Limits: 100,000 match steps
 * and 16 MiB of heap for a match, so that a hostile pattern ends in an error.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct pattern;

#define PATTERN_CASELESS 1u
#define PATTERN_WHOLE	 2u /* must match the whole text */
#define PATTERN_LINES	 4u /* ^ and $ match at line ends (LF) */
#define PATTERN_BYTES	 8u /* text is bytes, not UTF-8 */
#define PATTERN_UNLIMITED \
	16u		 /* our own possessive ones: no
					 * limit, no legal file meets it */
#define PATTERN_HERE 32u /* must match where the search starts */

/* ERR_FORMAT with PCRE2's message and the offset in `why`. */
int pattern_compile(const char *expression, unsigned flags,
    struct pattern **pattern, struct buf *why);
void pattern_free(struct pattern *pattern); /* NULL is permitted */

/*
 * Searches text from offset `start`. 0 and the offsets of the match and its
 * groups in spans[0 .. 2*groups-1] (groups counts the whole match; a group
 * that took no part is (size_t)-1); ERR_NOENT: no match; ERR_RANGE: a limit was
 * met; ERR_FORMAT: not UTF-8; ERR_NOMEM.
 */
int pattern_search(const struct pattern *pattern, const char *text, size_t len,
    size_t start, size_t *spans, size_t groups);
/* For the common case: 0 match, ERR_NOENT none. */
int pattern_match(const struct pattern *pattern, const char *text);
/* Adds to `out` an expression that matches just the text `literal`. */
int pattern_quote(const char *literal, struct buf *out);

/* `text` with the case of its letters folded (all of Unicode: upper, then
 * lower), so that two names which a Windows volume takes for one compare
 * equal; ERR_FORMAT when it is not UTF-8. Added to `out`. */
int pattern_fold(const char *text, struct buf *out);

/* A glob: '*' and '?' within a folder, '**' across folders, '/' and '\' the
 * same, caseless. ERR_FORMAT when it is empty. */
int pattern_compile_glob(
    const char *glob, struct pattern **pattern, struct buf *why);

#endif
