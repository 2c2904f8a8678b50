/*
 * One line of a [Files] section, read and written:
 *
 *	DESTINATION=SIZE,SHA-256,VERSION[,DATE[,FLAGS]]
 *
 * VERSION and DATE may be "-": unknown. The destination is written with `\`
 * and read with both separators.
 */
#include "copylist.h"

#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "copylist_format.h"
#include "date.h"
#include "inifile.h"
#include "text.h"

enum {
	SIZE,
	DIGEST,
	VERSION_TEXT,
	DATE,
	FLAGS,
	FIELDS
};

static const struct {
	char letter;
	unsigned flag;
} flag_letters[] = {
	{ 'x', OS_EXEC },
	{ 'h', OS_HIDDEN },
	{ 'r', OS_READONLY },
};
#define FLAG_LETTERS (sizeof flag_letters / sizeof flag_letters[0])

/* Cuts `text` at its commas; returns how many fields there are, FIELDS + 1
 * when there are more than fit. */
static size_t
split(char *text, char *fields[FIELDS])
{
	size_t n = 0;

	for (;;) {
		if (n == FIELDS)
			return FIELDS + 1;
		fields[n++] = text;
		text = strchr(text, ',');
		if (text == NULL)
			return n;
		*text++ = '\0';
	}
}

static int
read_flags(const char *text, unsigned *flags)
{
	size_t i;

	if (*text == '\0')
		return ERR_FORMAT;
	*flags = 0;
	for (; *text != '\0'; text++) {
		for (i = 0; i < FLAG_LETTERS; i++)
			if (flag_letters[i].letter == *text)
				break;
		if (i == FLAG_LETTERS)
			return ERR_FORMAT;
		*flags |= flag_letters[i].flag;
	}
	return 0;
}

static bool
is_version(const char *text)
{
	return *text != '\0' && strchr(text, ' ') == NULL &&
	    !copylist_has_control(text);
}

/* What is wrong with the fields of a value, or NULL. All but the version is
 * put into `file`. */
static const char *
read_fields(char *fields[FIELDS], size_t count, struct copylist_file *file)
{
	if (count <= VERSION_TEXT)
		return "not size,digest,version";
	if (count > FIELDS)
		return "more than size,digest,version,date,flags";
	if (text_number(fields[SIZE], SIZE_MAX_FILE, &file->size) != 0)
		return "the size is no number up to 2^53";
	if (!digest_is_text(fields[DIGEST]))
		return "the digest is not 64 digits of 0-9a-f";
	if (!is_version(fields[VERSION_TEXT]))
		return "the version is empty or holds a blank or control byte";
	memcpy(file->digest, fields[DIGEST], DIGEST_TEXT);
	file->date = -1;
	if (count > DATE && strcmp(fields[DATE], "-") != 0 &&
	    date_read_iso(fields[DATE], &file->date) != 0)
		return "the date is neither - nor like 2026-11-20T18:00:00Z";
	file->flags = 0;
	if (count > FLAGS && read_flags(fields[FLAGS], &file->flags) != 0)
		return "a flag is none of x, h, r";
	return NULL;
}

static int
read_value(const struct copylist_section *section,
    const struct inifile_entry *entry, struct copylist_file *file)
{
	char *fields[FIELDS];
	char *copy;
	const char *reason;
	size_t count;

	copy = text_copy(entry->value);
	if (copy == NULL)
		return ERR_NOMEM;
	count = split(copy, fields);
	reason = read_fields(fields, count, file);
	if (reason == NULL) {
		file->version = text_copy(fields[VERSION_TEXT]);
		if (file->version == NULL) {
			free(copy);
			return ERR_NOMEM;
		}
	}
	free(copy);
	if (reason == NULL)
		return 0;
	return buf_why(section->why, ERR_FORMAT, "%s:%u: %.240s: %s",
	    section->shown, entry->line, entry->key, reason);
}

int
copylist_line_read(const struct copylist_section *section,
    const struct inifile_entry *entry, struct copylist_file *file)
{
	const char *reason;
	char *c;

	reason = copylist_refusal(entry->key);
	if (reason != NULL)
		return buf_why(section->why, ERR_FORMAT, "%s:%u: %.240s: %s",
		    section->shown, entry->line, entry->key, reason);
	file->line = entry->line;
	file->name = text_copy(entry->key);
	if (file->name == NULL)
		return ERR_NOMEM;
	for (c = file->name; *c != '\0'; c++)
		if (*c == '\\')
			*c = '/';
	return read_value(section, entry, file);
}

static void
write_name(const char *name, struct buf *out)
{
	for (; *name != '\0'; name++)
		buf_add_char(out, *name == '/' ? '\\' : *name);
}

static void
write_date(int64_t date, struct buf *out)
{
	if (date == -1)
		buf_add_char(out, '-');
	else
		date_add_iso(out, date);
}

int
copylist_line_write(const struct copylist_file *file, struct buf *out)
{
	size_t i;

	write_name(file->name, out);
	buf_add_char(out, '=');
	buf_add_number(out, file->size);
	buf_add_char(out, ',');
	buf_add_text(out, file->digest);
	buf_add_char(out, ',');
	buf_add_text(out, file->version);
	if (file->date != -1 || file->flags != 0) {
		buf_add_char(out, ',');
		write_date(file->date, out);
	}
	if (file->flags != 0)
		buf_add_char(out, ',');
	for (i = 0; i < FLAG_LETTERS; i++)
		if ((file->flags & flag_letters[i].flag) != 0)
			buf_add_char(out, flag_letters[i].letter);
	return buf_add_text(out, "\r\n");
}
