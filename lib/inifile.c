/*
 * Reads INI text; the only user of inih, whose builds differ in what they take
 * for a line, a comment, a separator and a continuation. So inih never sees
 * the text. A reader of ours knows the dialect, keeps the real names in the
 * inifile, and gives inih lines that every build reads alike:
 *
 *	[s<N>]		section number N, from 1, as they come
 *	n<N>=.<piece>	entry number N, and the beginning of its value
 *	m=.<piece>	more of that value
 *
 * A piece is the value's bytes: letters, digits, \ / . - _ , and bytes from
 * 0x80 as they are, everything else as %<two hex digits>. The dot keeps a
 * piece from being empty. No line is longer than inih's buffer, none begins
 * with a blank, and a name stays under 49 bytes. What comes back is checked
 * against what was given: no byte can be lost in between.
 */
#include "inifile.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "file.h"
#include "text.h"

#define CTRL_Z	   '\x1A'
#define LEAST_LINE 32 /* inih's buffer: one name and a few bytes */

struct inifile {
	/* All names and values, each ended by a NUL. Allocated at once: they
	 * never need more than the text has, and pointers into it stay. */
	char *texts;
	size_t used;
	size_t size;
	struct inifile_entry *entries;
	size_t count;
	size_t room;
	struct inifile_section *sections;
	size_t *first; /* of each section: its first entry */
	size_t section_count;
	size_t section_room;
	size_t first_room;
};

struct span {
	const char *at;
	size_t len;
};

struct reader {
	struct inifile *ini;
	const char *name;
	struct span rest;  /* lines not yet looked at */
	struct span value; /* of the newest entry, not yet given to inih */
	struct span owed;  /* of it too, not yet come back */
	unsigned line;
	bool strict;
	bool has_token; /* a section or an entry is to be given */
	bool is_section;
	int rc;
	struct buf *why;
};

/* Bytes */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span
skip_blanks(struct span s)
{
	while (s.len > 0 && is_blank(s.at[0])) {
		s.at++;
		s.len--;
	}
	return s;
}

static struct span
trim(struct span s)
{
	s = skip_blanks(s);
	while (s.len > 0 && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

/* What lies between a byte order mark and the Ctrl-Z of a DOS editor. */
static struct span
cut_ends(struct span s)
{
	if (s.len >= 3 && memcmp(s.at, "\xEF\xBB\xBF", 3) == 0) {
		s.at += 3;
		s.len -= 3;
	}
	while (s.len > 0 && s.at[s.len - 1] == CTRL_Z)
		s.len--;
	return s;
}

static int
check_bytes(const char *name, struct span s, struct buf *why)
{
	unsigned line = 1;
	unsigned char c;
	size_t i;

	for (i = 0; i < s.len; i++) {
		c = (unsigned char)s.at[i];
		if ((c >= 0x20 && c != 0x7F) || c == '\t')
			continue;
		if (c == '\n')
			line++;
		else if (c == '\0')
			return buf_why(
			    why, ERR_FORMAT, "%s:%u: NUL byte", name, line);
		else if (c != '\r')
			return buf_why(why, ERR_FORMAT,
			    "%s:%u: control byte 0x%02X", name, line, c);
		else if (i + 1 == s.len || s.at[i + 1] != '\n')
			return buf_why(why, ERR_FORMAT, "%s:%u: CR without LF",
			    name, line);
	}
	return 0;
}

/* The inifile grows */

/* Room for one more item in an array of `count`. */
static int
grow(void **array, size_t *room, size_t count, size_t item)
{
	size_t more;
	void *larger;

	if (count < *room)
		return 0;
	if (*room > SIZE_MAX / item / 2)
		return ERR_NOMEM;
	more = *room == 0 ? 16 : *room * 2;
	larger = realloc(*array, more * item);
	if (larger == NULL)
		return ERR_NOMEM;
	*array = larger;
	*room = more;
	return 0;
}

/* A copy among the inifile's texts. There is always room: a line has as many
 * bytes as its name and value, and '=' or a bracket and LF for the NULs. */
static const char *
keep_text(struct inifile *ini, struct span s)
{
	char *copy = ini->texts + ini->used;

	memcpy(copy, s.at, s.len);
	copy[s.len] = '\0';
	ini->used += s.len + 1;
	return copy;
}

static int
add_section(struct inifile *ini, struct span name, unsigned line)
{
	struct inifile_section *section;
	size_t n = ini->section_count;

	if (grow((void **)&ini->sections, &ini->section_room, n,
		sizeof(*ini->sections)) != 0 ||
	    grow((void **)&ini->first, &ini->first_room, n,
		sizeof(*ini->first)) != 0)
		return ERR_NOMEM;
	section = &ini->sections[n];
	section->name = keep_text(ini, name);
	section->line = line;
	ini->first[n] = ini->count;
	ini->section_count++;
	return 0;
}

static int
add_entry(struct inifile *ini, struct span key, unsigned line)
{
	struct inifile_entry *entry;
	size_t n = ini->section_count;

	if (grow((void **)&ini->entries, &ini->room, ini->count,
		sizeof(*ini->entries)) != 0)
		return ERR_NOMEM;
	entry = &ini->entries[ini->count];
	entry->section = n == 0 ? "" : ini->sections[n - 1].name;
	entry->key = keep_text(ini, key);
	entry->value = NULL; /* until inih hands it back */
	entry->section_number = (unsigned)n;
	entry->line = line;
	ini->count++;
	return 0;
}

/* One line of the text */

/* A line that is nothing: an error in a strict text, else passed over. */
static int
useless_line(struct reader *r, const char *what)
{
	if (!r->strict)
		return 0;
	return buf_why(r->why, ERR_FORMAT, "%s:%u: %s", r->name, r->line, what);
}

/* `line` starts with '['. */
static int
read_header(struct reader *r, struct span line)
{
	const char *close = memchr(line.at, ']', line.len);
	struct span name;
	int rc;

	if (close == NULL)
		return useless_line(r, "no ']' after '['");
	if (r->strict && close != line.at + line.len - 1)
		return useless_line(r, "text after ']'");
	name.at = line.at + 1;
	name.len = (size_t)(close - name.at);
	rc = add_section(r->ini, r->strict ? name : trim(name), r->line);
	r->has_token = r->is_section = rc == 0;
	return rc;
}

static int
read_entry(struct reader *r, struct span line)
{
	const char *equals = memchr(line.at, '=', line.len);
	struct span key, value;
	int rc;

	if (equals == NULL)
		return useless_line(r, "neither [section] nor key=value");
	key.at = line.at;
	key.len = (size_t)(equals - line.at);
	value.at = equals + 1;
	value.len = line.len - key.len - 1;
	if (!r->strict) {
		key = trim(key);
		value = trim(value);
	}
	if (key.len == 0)
		return useless_line(r, "no key before '='");
	rc = add_entry(r->ini, key, r->line);
	r->has_token = rc == 0;
	r->is_section = false;
	r->value = r->owed = value;
	return rc;
}

static int
read_line(struct reader *r, struct span line)
{
	struct span body = skip_blanks(line);

	if (line.len == 0)
		return 0;
	if (body.len == 0)
		return useless_line(r, "blanks alone");
	if (body.at[0] != ';' && body.at[0] != '[')
		return read_entry(r, line);
	if (body.len != line.len && r->strict)
		return useless_line(r,
		    body.at[0] == ';' ? "blank before ';'"
				      : "blank before '['");
	return body.at[0] == '[' ? read_header(r, body) : 0;
}

static struct span
next_line(struct reader *r)
{
	const char *end = memchr(r->rest.at, '\n', r->rest.len);
	struct span line = r->rest;
	size_t taken = line.len;

	if (end != NULL) {
		line.len = (size_t)(end - line.at);
		taken = line.len + 1;
	}
	r->rest.at += taken;
	r->rest.len -= taken;
	r->line++;
	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* What inih is given */

static bool
is_plain(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c >= 0x80 || c == '\\' || c == '/' ||
	    c == '.' || c == '-' || c == '_' || c == ',';
}

/* Adds as much of the value as fits before `end`. */
static char *
put_piece(struct reader *r, char *out, const char *end)
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char c;

	while (r->value.len > 0 && end - out >= 3) {
		c = (unsigned char)*r->value.at++;
		r->value.len--;
		if (is_plain(c)) {
			*out++ = (char)c;
		} else {
			*out++ = '%';
			*out++ = digits[c >> 4];
			*out++ = digits[c & 15];
		}
	}
	return out;
}

/* Has all that inih was given come back? */
static bool
is_settled(const struct reader *r)
{
	size_t n = r->ini->count;

	return r->value.len == 0 && r->owed.len == 0 &&
	    (n == 0 || r->ini->entries[n - 1].value != NULL);
}

/* Puts a letter and a number: 21 bytes at most, and a NUL. */
static char *
put_name(char *out, char letter, size_t number)
{
	char digits[20];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	*out++ = letter;
	memcpy(out, digits + at, sizeof digits - at);
	out += sizeof digits - at;
	*out = '\0';
	return out;
}

/* Puts the line for what read_line found into inih's buffer. */
static void
put_token(struct reader *r, char *str, size_t size)
{
	char *end = str + size - 2; /* LF and NUL */

	if (r->has_token && r->is_section) {
		*str++ = '[';
		str = put_name(str, 's', r->ini->section_count);
		*str++ = ']';
	} else {
		if (r->has_token)
			str = put_name(str, 'n', r->ini->count);
		else
			*str++ = 'm';
		*str++ = '=';
		*str++ = '.';
	}
	if (!r->is_section)
		str = put_piece(r, str, end);
	r->has_token = false;
	str[0] = '\n';
	str[1] = '\0';
}

/* inih's reader: as fgets. */
static char *
read_token(char *str, int num, void *stream)
{
	struct reader *r = stream;

	if (num < LEAST_LINE)
		r->rc = buf_why(r->why, ERR_UNSUP,
		    "%s: this inih was built for lines that are too short",
		    r->name);
	while (r->rc == 0 && r->value.len == 0 && !r->has_token) {
		if (!is_settled(r))
			return NULL;
		if (r->rest.len == 0)
			return NULL;
		r->rc = read_line(r, next_line(r));
	}
	if (r->rc != 0)
		return NULL;
	put_token(r, str, (size_t)num);
	return str;
}

/* What comes back */

static int
hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0'
	    : c >= 'A' && c <= 'F'  ? c - 'A' + 10
				    : -1;
}

/* Adds the bytes of a piece to the newest value, which is the last of the
 * texts. 0 when that is not what was given. */
static int
take_piece(struct reader *r, const char *piece)
{
	char *out = r->ini->texts + r->ini->used - 1;
	int high, low;

	for (; *piece != '\0'; piece++) {
		if (r->owed.len == 0)
			return 0;
		*out = *piece;
		if (*piece == '%') {
			high = hex_value(piece[1]);
			low = high < 0 ? -1 : hex_value(piece[2]);
			if (low < 0)
				return 0;
			*out = (char)(high * 16 + low);
			piece += 2;
		}
		if (*out++ != *r->owed.at++)
			return 0;
		r->owed.len--;
	}
	*out = '\0';
	r->ini->used = (size_t)(out - r->ini->texts) + 1;
	return 1;
}

/* Is `token` the letter and the number? Section 0 has no name. */
static bool
is_token(const char *token, char letter, size_t number)
{
	char expected[LEAST_LINE] = "";

	if (number > 0)
		put_name(expected, letter, number);
	return strcmp(token, expected) == 0;
}

/* inih's handler: 1 when all is well. Some builds also call it for a section,
 * without a name. */
static int
take_token(void *user, const char *section, const char *name, const char *value)
{
	struct reader *r = user;
	struct inifile *ini = r->ini;
	struct inifile_entry *entry;

	if (name == NULL)
		return 1;
	if (ini->count == 0 || value == NULL || value[0] != '.' ||
	    !is_token(section, 's', ini->section_count))
		return 0;
	entry = &ini->entries[ini->count - 1];
	if (entry->value == NULL && is_token(name, 'n', ini->count))
		entry->value = keep_text(ini, (struct span){ "", 0 });
	else if (entry->value == NULL || strcmp(name, "m") != 0)
		return 0;
	return take_piece(r, value + 1);
}

/* The whole text */

static int
run_inih(struct reader *r)
{
	int rc = ini_parse_stream(read_token, r, take_token, r);

	if (r->rc != 0)
		return r->rc;
	if (rc == -2)
		return ERR_NOMEM;
	if (rc != 0 || r->rest.len > 0 || !is_settled(r))
		return buf_why(r->why, ERR_UNSUP,
		    "%s:%u: this inih does not hand back what it is given",
		    r->name, r->line);
	return 0;
}

int
inifile_parse(const char *name, const char *text, size_t len,
    enum inifile_rules rules, struct inifile **ini, struct buf *why)
{
	struct reader r = {
		.name = name, .why = why, .strict = rules == INIFILE_STRICT
	};
	int rc;

	*ini = NULL;
	if (len > INIFILE_MAX)
		return buf_why(why, ERR_RANGE, "%s: longer than %zu bytes",
		    name, INIFILE_MAX);
	r.rest = cut_ends((struct span){ len > 0 ? text : "", len });
	rc = check_bytes(name, r.rest, why);
	if (rc != 0)
		return rc;
	rc = ERR_NOMEM;
	r.ini = calloc(1, sizeof(*r.ini));
	if (r.ini == NULL)
		goto out;
	r.ini->size = r.rest.len + 1;
	r.ini->texts = malloc(r.ini->size);
	if (r.ini->texts != NULL)
		rc = run_inih(&r);
out:
	if (rc == ERR_NOMEM)
		buf_why(why, rc, "%s: out of memory", name);
	if (rc == 0)
		*ini = r.ini;
	else
		inifile_free(r.ini);
	return rc;
}

int
inifile_load(struct os_dir *dir, const char *rel, const char *shown,
    enum inifile_rules rules, struct inifile **ini, struct buf *why)
{
	struct buf text = BUF_INIT;
	int rc;

	*ini = NULL;
	rc = file_read(dir, rel, INIFILE_MAX, &text);
	if (rc == 0)
		rc = inifile_parse(
		    shown, buf_text(&text), text.len, rules, ini, why);
	else if (rc == ERR_NOENT)
		buf_why(why, rc, "%s: not found", shown);
	else if (rc == ERR_RANGE)
		buf_why(
		    why, rc, "%s: longer than %zu bytes", shown, INIFILE_MAX);
	else
		buf_why(why, rc, "%s: cannot open: %s", shown, err_text(rc));
	buf_free(&text);
	return rc;
}

void
inifile_free(struct inifile *ini)
{
	if (ini == NULL)
		return;
	free(ini->first);
	free(ini->sections);
	free(ini->entries);
	free(ini->texts);
	free(ini);
}

/* The entry that counts, or NULL. */
static const struct inifile_entry *
find(const struct inifile *ini, const char *section, const char *key)
{
	size_t number = 0; /* "": before any section */
	size_t i = 0;

	if (*section != '\0') {
		while (number < ini->section_count &&
		    !text_same(ini->sections[number].name, section))
			number++;
		if (number == ini->section_count)
			return NULL;
		i = ini->first[number++];
	}
	for (; i < ini->count && ini->entries[i].section_number == number; i++)
		if (text_same(ini->entries[i].key, key))
			return &ini->entries[i];
	return NULL;
}

const char *
inifile_get(const struct inifile *ini, const char *section, const char *key)
{
	const struct inifile_entry *entry = find(ini, section, key);

	return entry == NULL ? NULL : entry->value;
}

unsigned
inifile_line(const struct inifile *ini, const char *section, const char *key)
{
	const struct inifile_entry *entry = find(ini, section, key);

	return entry == NULL ? 0 : entry->line;
}

const struct inifile_entry *
inifile_entries(const struct inifile *ini, size_t *count)
{
	*count = ini->count;
	return ini->entries;
}

const struct inifile_section *
inifile_sections(const struct inifile *ini, size_t *count)
{
	*count = ini->section_count;
	return ini->sections;
}
