/*
 * Small things with text. Letter case here is that of A to Z alone and never
 * asks the locale; whole Unicode is pattern_fold's.
 */
#include "text.h"

#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "buf.h"

int
text_number(const char *text, uint64_t max, uint64_t *number)
{
	uint64_t n = 0;
	unsigned digit;
	size_t i;

	if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0')
		return ERR_FORMAT;
	for (i = 0; text[i] != '\0'; i++) {
		digit = (unsigned)(text[i] - '0');
		if (n > UINT64_MAX / 10 || n * 10 > UINT64_MAX - digit)
			return ERR_RANGE;
		n = n * 10 + digit;
	}
	if (n > max)
		return ERR_RANGE;
	*number = n;
	return 0;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
text_same_n(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t i;

	if (alen != blen)
		return false;
	for (i = 0; i < alen; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

bool
text_same(const char *a, const char *b)
{
	return text_same_n(a, strlen(a), b, strlen(b));
}

bool
text_yes(const char *text, bool otherwise)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0" };
	size_t i;

	if (text == NULL)
		return otherwise;
	for (i = 0; i < sizeof yes / sizeof yes[0]; i++) {
		if (text_same(text, yes[i]))
			return true;
		if (text_same(text, no[i]))
			return false;
	}
	return otherwise;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool
text_item(const char **rest, char separator, const char **item, size_t *len)
{
	const char *start, *end, *next;

	for (start = *rest; start != NULL && *start != '\0'; start = next) {
		for (end = start; *end != '\0' && *end != separator; end++)
			;
		next = *end == '\0' ? end : end + 1;
		while (start < end && is_blank(*start))
			start++;
		while (start < end && is_blank(end[-1]))
			end--;
		if (start < end) {
			*rest = next;
			*item = start;
			*len = (size_t)(end - start);
			return true;
		}
	}
	*rest = start;
	return false;
}

/* The length of the character that starts with `c`, 0 when none does; *low
 * and *high limit the second byte (no overlong forms, no surrogates, nothing
 * beyond U+10FFFF). */
static size_t
utf8_length(unsigned char c, unsigned char *low, unsigned char *high)
{
	*low = 0x80;
	*high = 0xbf;
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef) {
		if (c == 0xe0)
			*low = 0xa0;
		if (c == 0xed)
			*high = 0x9f;
		return 3;
	}
	if (c >= 0xf0 && c <= 0xf4) {
		if (c == 0xf0)
			*low = 0x90;
		if (c == 0xf4)
			*high = 0x8f;
		return 4;
	}
	return 0;
}

/* The length of the character at `p`, which has `left` bytes; 0: none. */
static size_t
character(const unsigned char *p, size_t left)
{
	unsigned char low, high;
	size_t n = utf8_length(p[0], &low, &high), j;

	if (n == 0 || n > left)
		return 0;
	if (n > 1 && (p[1] < low || p[1] > high))
		return 0;
	for (j = 2; j < n; j++)
		if ((p[j] & 0xc0) != 0x80)
			return 0;
	return n;
}

bool
text_is_utf8(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t i, n;

	for (i = 0; i < len; i += n)
		if ((n = character(p + i, len - i)) == 0)
			return false;
	return true;
}

/* Does the character of `n` bytes at `p` do anything but show itself? */
static bool
is_control(const unsigned char *p, size_t n)
{
	if (n == 1)
		return p[0] < 0x20 || p[0] == 0x7f;
	if (n == 2)
		return p[0] == 0xc2 && p[1] <= 0x9f;
	return n == 3 && p[0] == 0xe2 &&
	    ((p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) ||
		(p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
}

int
text_printable(const char *text, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t left = strlen(text), n, i;

	for (; left > 0; p += n, left -= n) {
		n = character(p, left);
		if (n > 0 && !is_control(p, n)) {
			buf_add(out, p, n);
			continue;
		}
		n = n == 0 ? 1 : n;
		for (i = 0; i < n; i++)
			buf_format(out, "\\x%02X", p[i]);
	}
	return out->failed ? ERR_NOMEM : 0;
}

char *
text_copy(const char *text)
{
	return text == NULL ? NULL : text_copy_n(text, strlen(text));
}

char *
text_copy_n(const char *text, size_t len)
{
	char *copy;

	if (text == NULL || len == SIZE_MAX)
		return NULL;
	copy = malloc(len + 1);
	if (copy == NULL)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

/* The next part of "2.10.3", from *rest on; -1: no number. */
static long
next_part(const char **rest)
{
	long part = 0;
	const char *p = *rest;

	if (*p < '0' || *p > '9')
		return -1;
	for (; *p >= '0' && *p <= '9'; p++) {
		if (part > 99999999)
			return -1;
		part = 10 * part + (*p - '0');
	}
	*rest = p;
	return part;
}

bool
text_is_version(const char *text)
{
	while (next_part(&text) >= 0) {
		if (*text == '\0')
			return true;
		if (*text++ != '.')
			return false;
	}
	return false;
}

int
text_compare_versions(const char *a, const char *b)
{
	long pa, pb;

	while (*a != '\0' || *b != '\0') {
		pa = *a == '\0' ? 0 : next_part(&a);
		pb = *b == '\0' ? 0 : next_part(&b);
		if (pa != pb)
			return pa < pb ? -1 : 1;
		a += *a == '.';
		b += *b == '.';
	}
	return 0;
}
