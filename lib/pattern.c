/*
 * The only user of PCRE2 (8 bit). A pattern is compiled once and keeps its
 * limits with it; nothing in it changes while it is used, so that it may be
 * searched with by many at once. JIT is never asked for: programs with rights
 * run without writable code.
 */
#include "pattern.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "../platform/err.h"
#include "buf.h"

#define MATCH_LIMIT 100000u
#define HEAP_LIMIT  (16u * 1024) /* KiB */

struct pattern {
	pcre2_code *code;
	pcre2_match_context *limits;
};

/* The two passes of pattern_fold. */
#define TO_UPPER "\\U$0"
#define TO_LOWER "\\L$0"

static uint32_t
compile_options(unsigned flags)
{
	uint32_t options = PCRE2_NEVER_BACKSLASH_C;

	if (flags & PATTERN_BYTES)
		options |= PCRE2_NEVER_UTF | PCRE2_NEVER_UCP;
	else
		options |= PCRE2_UTF;
	if (flags & PATTERN_CASELESS)
		options |= PCRE2_CASELESS;
	if (flags & PATTERN_WHOLE)
		options |= PCRE2_ANCHORED | PCRE2_ENDANCHORED;
	if (flags & PATTERN_LINES)
		options |= PCRE2_MULTILINE;
	if (flags & PATTERN_HERE)
		options |= PCRE2_ANCHORED;
	return options;
}

static int
compile_code(const char *expression, uint32_t options, pcre2_code **code,
    struct buf *why)
{
	pcre2_compile_context *context;
	PCRE2_UCHAR message[256]; /* longest is under 128 */
	size_t offset;
	int number;

	context = pcre2_compile_context_create(NULL);
	if (context == NULL)
		return buf_why(why, ERR_NOMEM, "out of memory");
	/* What a line end is was chosen when PCRE2 was built; not with us. */
	pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	*code = pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED,
	    options, &number, &offset, context);
	pcre2_compile_context_free(context);
	if (*code != NULL)
		return 0;
	if (number == PCRE2_ERROR_NOMEMORY || number == PCRE2_ERROR_HEAP_FAILED)
		return buf_why(why, ERR_NOMEM, "out of memory");
	if (pcre2_get_error_message(number, message, sizeof(message)) < 0)
		message[0] = '\0';
	return buf_why(why, ERR_FORMAT, "pattern \"%s\": %s at offset %zu",
	    expression, (const char *)message, offset);
}

int
pattern_compile(const char *expression, unsigned flags,
    struct pattern **pattern, struct buf *why)
{
	bool unlimited = (flags & PATTERN_UNLIMITED) != 0;
	struct pattern *p;
	int rc;

	*pattern = NULL;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return ERR_NOMEM;
	rc = compile_code(expression, compile_options(flags), &p->code, why);
	if (rc != 0)
		goto fail;
	p->limits = pcre2_match_context_create(NULL);
	if (p->limits == NULL) {
		rc = ERR_NOMEM;
		goto fail;
	}
	pcre2_set_match_limit(p->limits, unlimited ? UINT32_MAX : MATCH_LIMIT);
	pcre2_set_heap_limit(p->limits, unlimited ? UINT32_MAX : HEAP_LIMIT);
	*pattern = p;
	return 0;
fail:
	pattern_free(p);
	return rc;
}

void
pattern_free(struct pattern *pattern)
{
	if (pattern == NULL)
		return;
	pcre2_match_context_free(pattern->limits);
	pcre2_code_free(pattern->code);
	free(pattern);
}

static int
match_error(int number)
{
	if (number <= PCRE2_ERROR_UTF8_ERR1 && number >= PCRE2_ERROR_UTF8_ERR21)
		return ERR_FORMAT;
	switch (number) {
	case PCRE2_ERROR_NOMATCH: return ERR_NOENT;
	case PCRE2_ERROR_NOMEMORY: return ERR_NOMEM;
	case PCRE2_ERROR_MATCHLIMIT:
	case PCRE2_ERROR_DEPTHLIMIT:
	case PCRE2_ERROR_HEAPLIMIT:
	case PCRE2_ERROR_RECURSELOOP: return ERR_RANGE;
	default: return ERR_ARG;
	}
}

int
pattern_search(const struct pattern *pattern, const char *text, size_t len,
    size_t start, size_t *spans, size_t groups)
{
	pcre2_match_data *data;
	const size_t *found;
	size_t count, i;
	int rc;

	data = pcre2_match_data_create_from_pattern(pattern->code, NULL);
	if (data == NULL)
		return ERR_NOMEM;
	rc = pcre2_match(pattern->code, (PCRE2_SPTR)text, len, start, 0, data,
	    pattern->limits);
	if (rc < 0) {
		rc = match_error(rc);
		goto out;
	}
	found = pcre2_get_ovector_pointer(data);
	count = pcre2_get_ovector_count(data);
	for (i = 0; i < 2 * groups; i++)
		spans[i] = i < 2 * count ? found[i] : PCRE2_UNSET;
	rc = 0;
out:
	pcre2_match_data_free(data);
	return rc;
}

int
pattern_match(const struct pattern *pattern, const char *text)
{
	return pattern_search(pattern, text, strlen(text), 0, NULL, 0);
}

int
pattern_quote(const char *literal, struct buf *out)
{
	int rc = 0;

	for (; *literal != '\0' && rc == 0; literal++) {
		/* A backslash before any other ASCII sign means the sign. */
		if (strchr("\\^$.[]|()?*+{}-#/ ", *literal) != NULL)
			rc = buf_add_char(out, '\\');
		if (rc == 0)
			rc = buf_add_char(out, *literal);
	}
	return rc;
}

/* Letter case */

static int
fold_ascii(const char *text, struct buf *out)
{
	int rc = buf_reserve(out, strlen(text));

	for (; *text != '\0' && rc == 0; text++)
		rc = buf_add_char(out,
		    *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a')
						 : *text);
	return rc;
}

/* Adds `text` to `out`, every letter turned as `replacement` says. */
static int
turn_case(const pcre2_code *all, const char *text, const char *replacement,
    struct buf *out)
{
	const uint32_t options = PCRE2_SUBSTITUTE_EXTENDED;
	size_t size = strlen(text);
	int rc;

	/* A letter's other case has at most 3/2 of its bytes (2 and 3). */
	if (size > SIZE_MAX / 2 || buf_reserve(out, 2 * size) != 0)
		return ERR_NOMEM;
	size = 2 * size + 1;
	rc = pcre2_substitute(all, (PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, 0,
	    options, NULL, NULL, (PCRE2_SPTR)replacement, PCRE2_ZERO_TERMINATED,
	    (PCRE2_UCHAR *)out->data + out->len, &size);
	if (rc < 0)
		return match_error(rc);
	out->len += size;
	return 0;
}

static int
fold_unicode(const char *text, struct buf *out)
{
	struct buf upper = BUF_INIT;
	pcre2_code *all = NULL;
	int rc;

	rc = compile_code("(?s).++", PCRE2_UTF, &all, NULL);
	if (rc == 0)
		rc = turn_case(all, text, TO_UPPER, &upper);
	/* Lower after upper: so the two small sigmas become one. */
	if (rc == 0)
		rc = turn_case(all, buf_text(&upper), TO_LOWER, out);
	pcre2_code_free(all);
	buf_free(&upper);
	return rc;
}

int
pattern_fold(const char *text, struct buf *out)
{
	const char *s = text;

	while (*s != '\0' && (unsigned char)*s < 0x80)
		s++;
	return *s == '\0' ? fold_ascii(text, out) : fold_unicode(text, out);
}

/* Globs */

static bool
is_separator(char c)
{
	return c == '/' || c == '\\';
}

/* Adds the expression for the star(s) at `glob` and returns what follows. */
static const char *
add_stars(const char *glob, bool at_name, struct buf *expression)
{
	size_t count = strspn(glob, "*");

	glob += count;
	if (count == 1) {
		buf_add_text(expression, "[^/\\\\]*");
	} else if (at_name && is_separator(*glob)) {
		/* Folders above, or none of them. */
		buf_add_text(expression, "(?:.*[/\\\\])?");
		glob++;
	} else {
		buf_add_text(expression, ".*");
	}
	return glob;
}

int
pattern_compile_glob(
    const char *glob, struct pattern **pattern, struct buf *why)
{
	struct buf expression = BUF_INIT;
	char one[2] = "";
	bool at_name = true; /* at the start of a name in the path */
	int rc;

	*pattern = NULL;
	if (*glob == '\0')
		return buf_why(why, ERR_FORMAT, "an empty file pattern");
	buf_add_text(&expression, "(?s)");
	while (*glob != '\0') {
		if (*glob == '*') {
			glob = add_stars(glob, at_name, &expression);
			at_name = is_separator(glob[-1]);
			continue;
		}
		at_name = is_separator(*glob);
		one[0] = *glob++;
		if (at_name)
			buf_add_text(&expression, "[/\\\\]");
		else if (one[0] == '?')
			buf_add_text(&expression, "[^/\\\\]");
		else
			pattern_quote(one, &expression);
	}
	rc = expression.failed
	    ? ERR_NOMEM
	    : pattern_compile(buf_text(&expression),
		  PATTERN_CASELESS | PATTERN_WHOLE, pattern, why);
	buf_free(&expression);
	return rc;
}
