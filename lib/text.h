/* Small things with text: numbers, letter case, blanks, lists, UTF-8. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* The whole text as a decimal number (digits only, no sign, no blank) up to
 * `max`; ERR_FORMAT or ERR_RANGE. */
int text_number(const char *text, uint64_t max, uint64_t *number);
/* Equal but for the case of the letters A to Z. */
bool text_same(const char *a, const char *b);
bool text_same_n(const char *a, size_t alen, const char *b, size_t blen);
/* yes, true, on, 1 / no, false, off, 0, in any case; else `otherwise`. NULL
 * is permitted. */
bool text_yes(const char *text, bool otherwise);
/* Takes the next item off a list that `separator` divides; blanks and tabs
 * round it are cut, empty items are passed over. false at the end. `*rest`
 * starts as the whole list. */
bool
text_item(const char **rest, char separator, const char **item, size_t *len);
/* Numbers with dots between, "2.10.3"; each below 10^9. */
bool text_is_version(const char *text);
/* Below 0, 0, above 0 as `a` is lower, the same, higher: part by part, one that
 * is missing is 0. Both are versions. */
int text_compare_versions(const char *a, const char *b);
bool text_is_utf8(const char *text, size_t len);
/* Adds `text` to `out` as it may be shown on a terminal: control characters
 * (C0, DEL, C1), those that turn the direction of writing (U+202A to U+202E,
 * U+2066 to U+2069) and bytes that are no UTF-8 become \xNN. ERR_NOMEM. */
int text_printable(const char *text, struct buf *out);
/* malloc'd copy; NULL for NULL and when out of memory. */
char *text_copy(const char *text);
char *text_copy_n(const char *text, size_t len);

#endif
