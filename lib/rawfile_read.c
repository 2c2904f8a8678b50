/*
 * Reads .raw files. The first line says whose it is and how long the body, the
 * last one the digest; what does not fit is answered with the event that the
 * original had for it. Further words of the first line, and sections and keys
 * that we do not know, are those of a newer writer: passed over. The end of the
 * last line may be missing. See doc/rawfile.md.
 */
#include "rawfile.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "date.h"
#include "digest.h"
#include "file.h"
#include "inifile.h"
#include "smsini.h"
#include "text.h"

#define FORM	 1
#define HEAD_MAX 1024 /* bytes of the first line */
#define PEEK	 4096 /* Identity, with its Date, is the first section */
#define HASH	 16   /* hex digits that the mover adds to a name */

struct span {
	const char *at;
	size_t len;
};

/* One that is being read. */
struct reading {
	struct rawfile *raw;
	const char *shown;
	struct buf *why;
	struct span head, body, tail; /* lines without their ends */
	uint64_t length;	      /* that the first line says */
};

#define bad(reading, number, ...)          \
	((reading)->raw->event = (number), \
	    buf_why((reading)->why, ERR_FORMAT, __VA_ARGS__))

/* Names */

static int
span_number(struct span digits, uint64_t *number)
{
	char text[32];

	size_t i;

	for (i = 0; i < digits.len; i++)
		if (digits.at[i] < '0' || digits.at[i] > '9')
			return ERR_FORMAT;
	if (digits.len >= sizeof text)
		return ERR_RANGE;
	memcpy(text, digits.at, digits.len);
	text[digits.len] = '\0';
	return text_number(text, INT64_MAX, number);
}

/* Cuts a group of digits and the '-' before it off the end of the name. */
static bool
cut_number(const char *name, size_t *len, uint64_t *number)
{
	size_t end = *len, i = end;

	while (i > 0 && name[i - 1] >= '0' && name[i - 1] <= '9')
		i--;
	if (i < 2 || name[i - 1] != '-')
		return false;
	*len = i - 1;
	return span_number((struct span){ name + i, end - i }, number) == 0;
}

/* A size never has so many digits. */
static void
cut_hash(const char *name, size_t *len)
{
	size_t i, start = *len - HASH;

	if (*len <= HASH + 1 || name[start - 1] != '-')
		return;
	for (i = start; i < *len; i++)
		if (strchr("0123456789abcdef", name[i]) == NULL)
			return;
	*len = start - 1;
}

bool
rawfile_name(const char *name, struct rawfile_name *parts)
{
	size_t len = strlen(name);
	uint64_t mtime;

	if (!rawfile_is_name(name))
		return false;
	len -= strlen(".raw");
	cut_hash(name, &len);
	if (!cut_number(name, &len, &parts->size) ||
	    !cut_number(name, &len, &mtime))
		return false;
	parts->mtime = (int64_t)mtime;
	parts->idlen = len;
	return true;
}

/* Lines */

/* Without LF, CRLF or, where it was cut off, CR at the end. */
static size_t
cut_end(const char *text, size_t len)
{
	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (len > 0 && text[len - 1] == '\r')
		len--;
	return len;
}

/* The next word of the first line; its length is 0 when there is none. */
static struct span
take_word(struct span *rest)
{
	struct span word;

	while (rest->len > 0 && *rest->at == ' ') {
		rest->at++;
		rest->len--;
	}
	word = (struct span){ rest->at, 0 };
	while (word.len < rest->len && word.at[word.len] != ' ')
		word.len++;
	rest->at += word.len;
	rest->len -= word.len;
	return word;
}

static int
cut_head(struct reading *reading, struct span *rest)
{
	const char *end;
	size_t i;

	end = rest->len == 0 ? NULL
			     : memchr(rest->at, '\n',
				   rest->len < HEAD_MAX ? rest->len : HEAD_MAX);
	if (end == NULL)
		return bad(reading, RAWFILE_HEADER, "%s",
		    rest->len == 0 ? "it is empty" : "it has no first line");
	reading->head.at = rest->at;
	reading->head.len = cut_end(rest->at, (size_t)(end + 1 - rest->at));
	rest->len -= (size_t)(end + 1 - rest->at);
	rest->at = end + 1;
	for (i = 0; i < reading->head.len; i++)
		if (reading->head.at[i] < ' ' || reading->head.at[i] > '~')
			return bad(reading, RAWFILE_HEADER,
			    "control bytes in the first line");
	return 0;
}

static int
read_form(struct reading *reading, struct span *words)
{
	struct span magic = take_word(words), form = take_word(words);
	uint64_t number;

	if (magic.len != 6 || memcmp(magic.at, "SMSRAW", 6) != 0)
		return bad(
		    reading, RAWFILE_HEADER, "it does not begin with SMSRAW");
	switch (span_number(form, &number)) {
	case 0: break;
	case ERR_FORMAT:
		return bad(reading, RAWFILE_HEADER,
		    "the version of its form is no number");
	default: number = INT64_MAX;
	}
	if (number != FORM)
		return bad(reading, RAWFILE_VERSION,
		    "its form has the version %" PRIu64 ", known is %d", number,
		    FORM);
	return 0;
}

static int
read_head(struct reading *reading)
{
	struct rawfile *raw = reading->raw;
	struct span words = reading->head, id, agent, length;
	int rc;

	rc = read_form(reading, &words);
	if (rc != 0)
		return rc;
	id = take_word(&words);
	agent = take_word(&words);
	length = take_word(&words);
	rc = span_number(length, &reading->length);
	if (rc == ERR_FORMAT)
		return bad(reading, RAWFILE_HEADER,
		    "SMS ID, version or length missing in the first line");
	if (rc == ERR_RANGE)
		return bad(reading, RAWFILE_LENGTH,
		    "no body is as long as the first line says");
	raw->smsid = text_copy_n(id.at, id.len);
	raw->agent = text_copy_n(agent.at, agent.len);
	return raw->smsid == NULL || raw->agent == NULL ? ERR_NOMEM : 0;
}

/* Is the ID one, and that of the file's name? */
static int
check_id(struct reading *reading, const char *name)
{
	const char *id = reading->raw->smsid;
	struct rawfile_name parts;

	if (!smsini_id_is_name(id))
		return bad(reading, RAWFILE_ID,
		    "the SMS ID in the first line is none");
	if (name == NULL)
		return 0;
	if (!rawfile_name(name, &parts))
		return bad(reading, RAWFILE_ID,
		    "its name is not SMS ID, time and size");
	if (strlen(id) != parts.idlen || strncmp(id, name, parts.idlen) != 0)
		return bad(reading, RAWFILE_ID,
		    "the SMS ID in the first line is %s, another one than "
		    "in its name",
		    id);
	reading->raw->date = parts.mtime;
	return 0;
}

/* Divides what follows the first line. */
static int
cut_tail(struct reading *reading, struct span rest)
{
	size_t end = cut_end(rest.at, rest.len), start = end;
	char digits[DIGEST_TEXT];

	while (start > 0 && rest.at[start - 1] != '\n')
		start--;
	reading->body = (struct span){ rest.at, start };
	reading->tail = (struct span){ rest.at + start, end - start };
	if (reading->tail.len != 4 + DIGEST_TEXT - 1 ||
	    memcmp(reading->tail.at, "END ", 4) != 0)
		return bad(reading, RAWFILE_TRAILER,
		    "the last line is not END and a digest");
	memcpy(digits, reading->tail.at + 4, DIGEST_TEXT - 1);
	digits[DIGEST_TEXT - 1] = '\0';
	if (!digest_is_text(digits))
		return bad(reading, RAWFILE_TRAILER,
		    "the digest in the last line is none");
	return 0;
}

static int
check_body(struct reading *reading)
{
	char digits[DIGEST_TEXT];
	int rc;

	if (reading->body.len != reading->length)
		return bad(reading, RAWFILE_LENGTH,
		    "the body has %zu bytes, the first line says %" PRIu64,
		    reading->body.len, reading->length);
	rc = digest_of(reading->body.at, reading->body.len, digits);
	if (rc != 0)
		return rc;
	if (memcmp(digits, reading->tail.at + 4, DIGEST_TEXT - 1) != 0)
		return bad(reading, RAWFILE_TRAILER,
		    "the body has another digest than the last line says");
	return 0;
}

/* What the first line says stands in the body too, under the digest. */
static int
check_identity(struct reading *reading)
{
	struct rawfile *raw = reading->raw;
	const char *id, *agent, *date;
	int64_t when;

	id = inifile_get(raw->body, "Identity", "SMS Unique ID");
	agent = inifile_get(raw->body, "Identity", "Agent Version");
	date = inifile_get(raw->body, "Identity", "Date");
	if (id == NULL || strcmp(id, raw->smsid) != 0)
		return bad(reading, RAWFILE_ID,
		    "the SMS ID in the body is not that of the first line");
	if (agent != NULL && strcmp(agent, raw->agent) != 0)
		return bad(reading, RAWFILE_HEADER,
		    "the version in the first line is not that of the body");
	if (date != NULL && date_read_iso(date, &when) == 0)
		raw->date = when;
	return 0;
}

static enum rawfile_kind
kind_of(const struct inifile *body)
{
	const struct inifile_section *sections;
	bool hardware = false, software = false;
	size_t count, i;

	sections = inifile_sections(body, &count);
	for (i = 0; i < count; i++) {
		hardware |= text_same(sections[i].name, "System");
		software |= text_same(sections[i].name, "Software");
	}
	if (hardware)
		return software ? RAWFILE_FULL : RAWFILE_HARDWARE;
	return software ? RAWFILE_SOFTWARE : RAWFILE_STATUS;
}

static int
read_body(struct reading *reading)
{
	struct rawfile *raw = reading->raw;
	int rc;

	rc = inifile_parse(reading->shown, reading->body.at, reading->body.len,
	    INIFILE_DIALECT, &raw->body, reading->why);
	if (rc == ERR_NOMEM)
		return rc;
	if (rc != 0) {
		raw->event = RAWFILE_OTHER;
		return ERR_FORMAT;
	}
	raw->kind = kind_of(raw->body);
	return check_identity(reading);
}

static int
read_all(struct reading *reading, struct span rest, const char *name)
{
	int rc;

	rc = cut_head(reading, &rest);
	if (rc == 0)
		rc = read_head(reading);
	if (rc == 0)
		rc = check_id(reading, name);
	if (rc == 0)
		rc = cut_tail(reading, rest);
	if (rc == 0)
		rc = check_body(reading);
	if (rc == 0)
		rc = read_body(reading);
	return rc;
}

int
rawfile_parse(const struct buf *text, const char *name, struct rawfile *raw,
    struct buf *why)
{
	struct reading reading = { .raw = raw, .why = why };
	struct span all = { buf_text(text), text->len };
	int rc;

	*raw = (struct rawfile){ 0 };
	reading.shown = name == NULL ? "body" : name;
	rc = read_all(&reading, all, name);
	if (rc != 0) {
		int event = raw->event;

		rawfile_free(raw);
		raw->event = event;
	} else if (text_is_version(raw->agent)) {
		raw->age = text_compare_versions(raw->agent, VERSION);
	}
	return rc;
}

int
rawfile_load(struct os_dir *dir, const char *rel, const char *name,
    struct rawfile *raw, struct buf *why)
{
	struct buf text = BUF_INIT;
	int rc;

	*raw = (struct rawfile){ 0 };
	rc = file_read(dir, rel, RAWFILE_MAX, &text);
	if (rc == ERR_RANGE) {
		raw->event = RAWFILE_LENGTH;
		rc = buf_why(
		    why, ERR_FORMAT, "it has more than %zu bytes", RAWFILE_MAX);
	} else if (rc != 0) {
		buf_why(why, rc, "cannot be read: %s", err_text(rc));
	} else {
		rc = rawfile_parse(&text, name, raw, why);
	}
	buf_free(&text);
	return rc;
}

void
rawfile_free(struct rawfile *raw)
{
	inifile_free(raw->body);
	free(raw->agent);
	free(raw->smsid);
	*raw = (struct rawfile){ 0 };
}

/* What is whole of the body in the first bytes of a .raw. */
static struct span
first_lines(const char *text, size_t len)
{
	const char *start = memchr(text, '\n', len);
	struct span body = { text, 0 };

	while (len > 0 && text[len - 1] != '\n')
		len--;
	if (start != NULL && text + len > start + 1) {
		body.at = start + 1;
		body.len = (size_t)(text + len - body.at);
	}
	return body;
}

int
rawfile_date(struct os_dir *dir, const char *rel, int64_t *when)
{
	struct inifile *ini = NULL;
	struct os_file *file = NULL;
	const char *date;
	struct span body;
	char text[PEEK];
	size_t got = 0;
	int rc;

	rc = os_open(dir, rel, OS_READ, OS_PRIVATE, &file);
	if (rc != 0)
		return rc;
	rc = os_read(file, text, sizeof text, &got);
	os_file_close(file);
	if (rc != 0)
		return rc;
	body = first_lines(text, got);
	rc = inifile_parse(rel, body.at, body.len, INIFILE_DIALECT, &ini, NULL);
	if (rc != 0)
		return rc;
	date = inifile_get(ini, "Identity", "Date");
	rc = date == NULL ? ERR_FORMAT : date_read_iso(date, when);
	inifile_free(ini);
	return rc;
}
