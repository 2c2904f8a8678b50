/*
 * The head of the copy list: what every run reads, and on most days all that
 * it reads. Nothing here may refer to a module that needs PCRE2 or libgcrypt:
 * a program that only compares versions (climonnt) links this file alone.
 */
#include "copylist.h"

#include <inttypes.h>
#include <string.h>

#include "../platform/err.h"
#include "buf.h"
#include "copylist_format.h"
#include "date.h"
#include "inifile.h"
#include "text.h"

#define CTRL_Z '\x1a'
#define BOM    "\xef\xbb\xbf"

/* Length of the first line of `text`, its line end included. */
static size_t
line_length(const char *text, size_t len)
{
	const char *end;

	end = memchr(text, '\n', len);
	return end == NULL ? len : (size_t)(end - text) + 1;
}

static bool
is_sms_header(const char *line, size_t len)
{
	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	return text_same_n(
	    line, len, "[" SECTION_SMS "]", strlen("[" SECTION_SMS "]"));
}

/*
 * [SMS] goes to the end of a text that is shorter than a head, because that is
 * the whole list then. Without its line end the last line may have been longer
 * once; a number that was cut must not be taken for a number.
 */
static int
end_of_text(const char *shown, const char *text, size_t *end, unsigned lines,
    struct buf *why)
{
	size_t len = *end;

	while (len > 0 && text[len - 1] == CTRL_Z)
		len--;
	if (text[len - 1] != '\n')
		return buf_why(why, ERR_FORMAT,
		    "%s:%u: the last line has no line end", shown, lines);
	*end = len;
	return 0;
}

/* *end: where the text may be cut so that [SMS] is still whole. */
static int
find_end(const char *shown, const char *text, size_t len, size_t *end,
    struct buf *why)
{
	unsigned line = 0, found = 0;
	size_t at = 0, n;

	if (len >= strlen(BOM) && memcmp(text, BOM, strlen(BOM)) == 0)
		at = strlen(BOM);
	for (; at < len; at += n) {
		line++;
		n = line_length(text + at, len - at);
		if (text[at] != '[')
			continue;
		if (found != 0) {
			*end = at;
			return 0;
		}
		if (is_sms_header(text + at, n))
			found = line;
	}
	if (found == 0)
		return buf_why(why, ERR_FORMAT,
		    "%s:1: no [" SECTION_SMS "] in the first %d bytes", shown,
		    COPYLIST_HEAD);
	if (len == COPYLIST_HEAD)
		return buf_why(why, ERR_FORMAT,
		    "%s:%u: [" SECTION_SMS "] does not end in the first %d "
		    "bytes",
		    shown, found, COPYLIST_HEAD);
	*end = len;
	return end_of_text(shown, text, end, line, why);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

int
copylist_check_blanks(
    const struct inifile *ini, const char *shown, struct buf *why)
{
	const struct inifile_entry *e;
	size_t count, i, len;

	e = inifile_entries(ini, &count);
	for (i = 0; i < count; i++) {
		len = strlen(e[i].key);
		if ((len == 0 || !is_blank(e[i].key[len - 1])) &&
		    !is_blank(e[i].value[0]))
			continue;
		return buf_why(why, ERR_FORMAT, "%s:%u: a blank beside '='",
		    shown, e[i].line);
	}
	return 0;
}

void
copylist_section_at(
    const struct inifile *ini, size_t number, struct copylist_section *section)
{
	const struct inifile_section *s;
	const struct inifile_entry *e;
	size_t count, i;

	s = inifile_sections(ini, &count);
	section->name = s[number].name;
	section->line = s[number].line;
	section->entries = NULL;
	section->count = 0;
	e = inifile_entries(ini, &count);
	for (i = 0; i < count; i++) {
		if (e[i].section_number != number + 1)
			continue;
		if (section->count++ == 0)
			section->entries = e + i;
	}
}

const struct inifile_entry *
copylist_entry(const struct copylist_section *section, const char *key)
{
	size_t i;

	for (i = 0; i < section->count; i++)
		if (text_same(section->entries[i].key, key))
			return &section->entries[i];
	return NULL;
}

int
copylist_key_number(const struct copylist_section *section, const char *key,
    uint64_t min, uint64_t max, uint64_t *number)
{
	const struct inifile_entry *e;
	uint64_t n;

	e = copylist_entry(section, key);
	if (e == NULL)
		return 0;
	if (text_number(e->value, max, &n) != 0 || n < min)
		return buf_why(section->why, ERR_FORMAT,
		    "%s:%u: %s=%.80s is no number from %" PRIu64 " to %" PRIu64,
		    section->shown, e->line, key, e->value, min, max);
	*number = n;
	return 0;
}

int
copylist_key_date(
    const struct copylist_section *section, const char *key, int64_t *when)
{
	const struct inifile_entry *e;

	e = copylist_entry(section, key);
	if (e == NULL || date_read_iso(e->value, when) == 0)
		return 0;
	return buf_why(section->why, ERR_FORMAT,
	    "%s:%u: %s=%.80s is no date like 2026-11-20T18:00:00Z",
	    section->shown, e->line, key, e->value);
}

const char *
copylist_unknown_feature(const char *requires, size_t *len)
{
	static const char *const known[] = {
		"notbefore",
		"rollout",
		"window",
	};
	const char *name;
	size_t i;

	while (text_item(&requires, ',', &name, len)) {
		for (i = 0; i < sizeof known / sizeof known[0]; i++)
			if (text_same_n(name, *len, known[i], strlen(known[i])))
				break;
		if (i == sizeof known / sizeof known[0])
			return name;
	}
	return NULL;
}

static int
check_features(const struct copylist_section *sms)
{
	const struct inifile_entry *e;
	const char *name = NULL;
	size_t len;

	e = copylist_entry(sms, KEY_REQUIRES);
	if (e != NULL)
		name = copylist_unknown_feature(e->value, &len);
	if (name == NULL)
		return 0;
	return buf_why(sms->why, ERR_FORMAT,
	    "%s:%u: needs feature %.*s: update this program", sms->shown,
	    e->line, len < 80 ? (int)len : 80, name);
}

static int
read_window(const struct copylist_section *sms, struct window *window)
{
	const struct inifile_entry *e;

	e = copylist_entry(sms, KEY_WINDOW);
	if (e == NULL || window_read(e->value, window) == 0)
		return 0;
	return buf_why(sms->why, ERR_FORMAT,
	    "%s:%u: %s=%.80s is no time of day like 22:00-06:00", sms->shown,
	    e->line, KEY_WINDOW, e->value);
}

static int
read_keys(const struct copylist_section *sms, struct copylist_head *head)
{
	int err;

	*head = (struct copylist_head){
		.published = -1, .expires = -1, .not_before = -1
	};
	/* First of all: what follows may be of a kind that we do not know. */
	err = check_features(sms);
	if (err != 0)
		return err;
	if (copylist_entry(sms, KEY_VERSION) == NULL)
		return buf_why(sms->why, ERR_FORMAT,
		    "%s:%u: no " KEY_VERSION "= in [" SECTION_SMS "]",
		    sms->shown, sms->line);
	err = copylist_key_number(
	    sms, KEY_VERSION, 1, NUMBER_MAX, &head->version);
	if (err == 0)
		err = copylist_key_number(
		    sms, KEY_SEQUENCE, 1, NUMBER_MAX, &head->sequence);
	if (err == 0)
		err = copylist_key_date(sms, KEY_PUBLISHED, &head->published);
	if (err == 0)
		err = copylist_key_date(sms, KEY_EXPIRES, &head->expires);
	if (err == 0)
		err = copylist_key_date(sms, KEY_NOT_BEFORE, &head->not_before);
	if (err == 0)
		err = read_window(sms, &head->window);
	return err;
}

int
copylist_read_head(const char *shown, const char *text, size_t len,
    struct copylist_head *head, struct buf *why)
{
	struct copylist_section sms = { .shown = shown, .why = why };
	struct inifile *ini = NULL;
	size_t count, end = 0;
	int err;

	if (len > COPYLIST_HEAD)
		len = COPYLIST_HEAD;
	err = find_end(shown, text, len, &end, why);
	if (err != 0)
		return err;
	err = inifile_parse(shown, text, end, INIFILE_STRICT, &ini, why);
	if (err != 0)
		goto out;
	err = copylist_check_blanks(ini, shown, why);
	if (err != 0)
		goto out;
	/* The text was cut behind [SMS]: it is the last section. */
	inifile_sections(ini, &count);
	if (count == 0) {
		err = buf_why(
		    why, ERR_FORMAT, "%s:1: no [" SECTION_SMS "]", shown);
		goto out;
	}
	copylist_section_at(ini, count - 1, &sms);
	err = read_keys(&sms, head);
out:
	if (err == ERR_NOMEM)
		buf_why(why, err, "%s: %s", shown, err_text(err));
	inifile_free(ini);
	return err;
}
