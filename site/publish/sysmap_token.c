/*
 * The tokens of a SYSTEM.MAP. One expression finds them, with nothing in it
 * that can be tried twice: the time is that of reading the text once.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "buf.h"
#include "pattern.h"
#include "sysmap_inside.h"
#include "text.h"

/* Groups: word, name, number, sign; none of them: the end of the text. */
#define TOKEN                                                   \
	"[ \\t\\r\\n]*+(?:([A-Za-z][A-Za-z0-9_]*+)"             \
	"|\"([^\"\\x00-\\x1f\\x7f]*+)\"|([0-9]++)(?![A-Za-z_])" \
	"|([=,()])|\\z)"
#define GROUPS 5
#define FOUND  40 /* bytes of what was found instead, in messages */

void
sysmap_fail_code(struct sysmap_reader *r, int code)
{
	if (r->rc == 0)
		r->rc = code;
}

void
sysmap_fail(struct sysmap_reader *r, const struct sysmap_at *at,
    const char *format, ...)
{
	struct buf reason = BUF_INIT;
	va_list args;

	if (r->rc != 0)
		return;
	va_start(args, format);
	buf_vformat(&reason, format, args);
	va_end(args);
	r->rc = buf_why(r->why, ERR_FORMAT, "%s:%u:%u: %s", r->shown, at->line,
	    at->column, buf_text(&reason));
	buf_free(&reason);
}

/* Goes on to `offset`, counting the lines on the way. */
static void
move_to(struct sysmap_reader *r, size_t offset)
{
	const char *end = r->text + offset, *p = r->text + r->next;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		r->line++;
		r->start = (size_t)(++p - r->text);
	}
	r->next = offset;
	r->at.line = r->line;
	r->at.column = (unsigned)(offset - r->start + 1);
}

/* What stands here is no token. */
static void
fail_here(struct sysmap_reader *r)
{
	const char *reason = "neither a keyword, a name in quotes, "
			     "a number, nor one of = , ( )";
	size_t at = r->next;

	while (at < r->len && strchr(" \t\r\n", r->text[at]) != NULL &&
	    r->text[at] != '\0')
		at++;
	move_to(r, at);
	if (r->text[at] == '"')
		reason = "a name whose closing quote is not on its line, or "
			 "with a control byte in it";
	else if (r->text[at] >= '0' && r->text[at] <= '9')
		reason = "not a decimal number";
	sysmap_fail(r, &r->at, "%s", reason);
}

static void
set_token(struct sysmap_reader *r, const size_t spans[2 * GROUPS])
{
	size_t group = 1, end = spans[1];

	while (group < GROUPS && spans[2 * group] == (size_t)-1)
		group++;
	if (group == GROUPS) {
		r->kind = SYSMAP_END;
		r->token = r->text + end;
		r->token_len = 0;
		move_to(r, end);
		return;
	}
	r->kind = (enum sysmap_kind)group;
	r->token = r->text + spans[2 * group];
	r->token_len = spans[2 * group + 1] - spans[2 * group];
	/* The quote before a name is its place. */
	move_to(r, spans[2 * group] - (r->kind == SYSMAP_NAME));
	r->next = end; /* no line ends in a token */
}

void
sysmap_next(struct sysmap_reader *r)
{
	size_t spans[2 * GROUPS];
	int rc;

	if (r->rc != 0)
		return;
	rc = pattern_search(
	    r->pattern, r->text, r->len, r->next, spans, GROUPS);
	if (rc == 0)
		set_token(r, spans);
	else if (rc == ERR_NOENT)
		fail_here(r);
	else
		sysmap_fail_code(r, rc);
}

int
sysmap_reader_open(struct sysmap_reader *r, const char *text, size_t len)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (len >= 3 && memcmp(text, mark, 3) == 0) {
		text += 3;
		len -= 3;
	}
	if (len > 0 && text[len - 1] == 0x1a)
		len--;
	r->text = text;
	r->len = len;
	r->line = 1;
	r->rc = pattern_compile(TOKEN,
	    PATTERN_BYTES | PATTERN_HERE | PATTERN_UNLIMITED, &r->pattern,
	    r->why);
	sysmap_next(r);
	return r->rc;
}

void
sysmap_reader_close(struct sysmap_reader *r)
{
	pattern_free(r->pattern);
	r->pattern = NULL;
}

bool
sysmap_is_word(const struct sysmap_reader *r, const char *word)
{
	return r->rc == 0 && r->kind == SYSMAP_WORD &&
	    text_same_n(r->token, r->token_len, word, strlen(word));
}

bool
sysmap_is_sign(const struct sysmap_reader *r, char sign)
{
	return r->rc == 0 && r->kind == SYSMAP_SIGN && *r->token == sign;
}

void
sysmap_fail_expected(struct sysmap_reader *r, const char *expected)
{
	struct buf found = BUF_INIT;
	size_t len = r->token_len < FOUND ? r->token_len : FOUND;

	if (r->kind == SYSMAP_END)
		buf_add_text(&found, "the end of the file");
	else if (r->kind == SYSMAP_NAME)
		buf_format(&found, "\"%.*s\"", (int)len, r->token);
	else
		buf_format(&found, "%.*s", (int)len, r->token);
	sysmap_fail(
	    r, &r->at, "%s expected, found %s", expected, buf_text(&found));
	buf_free(&found);
}

void
sysmap_take_word(struct sysmap_reader *r, const char *word)
{
	if (!sysmap_is_word(r, word))
		sysmap_fail_expected(r, word);
	sysmap_next(r);
}

void
sysmap_take_sign(struct sysmap_reader *r, char sign)
{
	const char expected[2] = { sign, '\0' };

	if (!sysmap_is_sign(r, sign))
		sysmap_fail_expected(r, expected);
	sysmap_next(r);
}

char *
sysmap_take_name(struct sysmap_reader *r)
{
	char *name;

	if (r->rc == 0 && r->kind != SYSMAP_NAME)
		sysmap_fail_expected(r, "a name in quotes");
	if (r->rc != 0)
		return NULL;
	name = text_copy_n(r->token, r->token_len);
	if (name == NULL)
		sysmap_fail_code(r, ERR_NOMEM);
	sysmap_next(r);
	if (r->rc == 0)
		return name;
	free(name);
	return NULL;
}

uint64_t
sysmap_take_number(struct sysmap_reader *r, uint64_t max)
{
	uint64_t number = 0;
	char *digits;
	int rc;

	if (r->rc == 0 && r->kind != SYSMAP_NUMBER)
		sysmap_fail_expected(r, "a number");
	if (r->rc != 0)
		return 0;
	digits = text_copy_n(r->token, r->token_len);
	rc = digits == NULL ? ERR_NOMEM : text_number(digits, max, &number);
	free(digits);
	if (rc == ERR_NOMEM)
		sysmap_fail_code(r, rc);
	else if (rc != 0)
		sysmap_fail(
		    r, &r->at, "a number over %llu", (unsigned long long)max);
	sysmap_next(r);
	return r->rc == 0 ? number : 0;
}
