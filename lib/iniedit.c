/*
 * Changes keys in INI text. The changes are made in the text itself and then
 * proved: old and new text are read through inifile, and they may differ in
 * those changes only. Nothing is handed out, or written, that was not proved.
 *
 * Two searches find the place: the header of the section; from there the key
 * or the next header, whichever comes first. Their expressions are possessive:
 * no text makes them go back, however long its lines are.
 */
#include "iniedit.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "file.h"
#include "inifile.h"
#include "iniproof.h"
#include "path.h"
#include "pattern.h"
#include "text.h"

#define CTRL_Z	     '\x1A'
#define LOCK_TIMEOUT 10000 /* ms */
#define TRIES	     10
#define TRY_DELAY    20 /* ms, times the number of tries */

#define SEARCH_FLAGS \
	(PATTERN_BYTES | PATTERN_LINES | PATTERN_CASELESS | PATTERN_UNLIMITED)
#define NONE ((size_t)-1)

/* Where a change is to be made. Offsets into the text. */
struct place {
	size_t body;	/* after a byte order mark */
	size_t end;	/* before the Ctrl-Z of a DOS editor */
	size_t section; /* after the header; NONE: no such section */
	size_t line;	/* the key's line; NONE: no such key */
	size_t value;	/* what follows its '=' */
	size_t next;	/* next header, or the end */
};

/* Where the change before this one was made: the next one is often the key
 * after it, and long lists are not to be searched again for each of theirs. */
struct hint {
	const char *section; /* NULL: there is none */
	size_t header;	     /* as place.section */
	size_t added;	     /* after the key that was added; or header */
};

/* What the dialect can carry */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_carried(const char *text, bool may_be_empty)
{
	size_t len = strlen(text);
	size_t i;

	if (len == 0)
		return may_be_empty;
	for (i = 0; i < len; i++)
		if (((unsigned char)text[i] < 0x20 && text[i] != '\t') ||
		    text[i] == 0x7F)
			return false;
	return !is_blank(text[0]) && !is_blank(text[len - 1]);
}

bool
iniedit_is_value(const char *value)
{
	return is_carried(value, true);
}

static int
check_change(
    const char *name, const struct iniedit_change *change, struct buf *why)
{
	const char *key = change->key;

	if (!is_carried(change->section, false) ||
	    strchr(change->section, ']') != NULL)
		return buf_why(why, ERR_ARG, "%s: not a section name: \"%s\"",
		    name, change->section);
	if (!is_carried(key, false) || key[0] == ';' || key[0] == '[' ||
	    strchr(key, '=') != NULL)
		return buf_why(why, ERR_ARG, "%s: [%s]: not a key: \"%s\"",
		    name, change->section, key);
	if (change->value != NULL && !iniedit_is_value(change->value))
		return buf_why(why, ERR_ARG,
		    "%s: [%s] %s: a value that cannot be written", name,
		    change->section, key);
	return 0;
}

/* Finding the place */

static int
search(const struct buf *expression, const struct buf *text,
    const struct place *place, size_t start, size_t *spans)
{
	struct pattern *pattern = NULL;
	size_t i;
	int rc;

	if (expression->failed)
		return ERR_NOMEM;
	rc = pattern_compile(
	    buf_text(expression), SEARCH_FLAGS, &pattern, NULL);
	if (rc == 0)
		/* From the body on: '^' is to match after the mark too. */
		rc = pattern_search(pattern, buf_text(text) + place->body,
		    place->end - place->body, start - place->body, spans, 3);
	pattern_free(pattern);
	for (i = 0; i < 6 && rc == 0; i++)
		if (spans[i] != NONE)
			spans[i] += place->body;
	return rc;
}

static int
find_section(const struct buf *text, const char *section, struct place *place)
{
	struct buf expression = BUF_INIT;
	size_t spans[6];
	int rc;

	buf_add_text(&expression, "^[ \\t]*+\\[[ \\t]*+");
	pattern_quote(section, &expression);
	buf_add_text(&expression, "[ \\t]*+\\]");
	rc = search(&expression, text, place, place->body, spans);
	buf_free(&expression);
	if (rc == 0)
		place->section = spans[1];
	return rc == ERR_NOENT ? 0 : rc;
}

/* Looks for the key from offset `start`, which lies within its section. */
static int
find_key(
    const struct buf *text, const char *key, size_t start, struct place *place)
{
	struct buf expression = BUF_INIT;
	size_t spans[6];
	int rc;

	place->line = NONE;
	place->next = place->end;
	buf_add_text(&expression, "^[ \\t]*+(?:(\\[)[^\\]\\n]*+\\]|");
	pattern_quote(key, &expression);
	buf_add_text(&expression, "[ \\t]*+(=))");
	rc = search(&expression, text, place, start, spans);
	buf_free(&expression);
	if (rc == 0 && spans[2] != NONE) {
		place->next = spans[0];
	} else if (rc == 0) {
		place->line = spans[0];
		place->value = spans[5];
	}
	return rc == ERR_NOENT ? 0 : rc;
}

/* `absent`: it is known that the section does not hold the key. */
static int
find_place(const struct buf *text, const struct iniedit_change *change,
    bool absent, const struct hint *hint, struct place *place)
{
	const char *s = buf_text(text);
	size_t start;
	int rc = 0;

	place->body = text->len >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0 ? 3
									  : 0;
	place->end = text->len;
	while (place->end > place->body && s[place->end - 1] == CTRL_Z)
		place->end--;
	place->section = place->line = NONE;
	if (hint->section != NULL &&
	    text_same(hint->section, change->section)) {
		place->section = hint->header;
		start = absent ? hint->added : hint->header;
	} else {
		rc = find_section(text, change->section, place);
		start = place->section;
	}
	if (rc == 0 && place->section != NONE)
		rc = find_key(text, change->key, start, place);
	return rc;
}

/* Making the change */

/* The offset after the line that `at` lies in. */
static size_t
line_end(const struct buf *text, size_t at, size_t end)
{
	const char *lf = memchr(text->data + at, '\n', end - at);

	return lf == NULL ? end : (size_t)(lf - text->data) + 1;
}

/* Does the line from `at` to `end` hold a key? */
static bool
is_key_line(const char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	return at < end && *at != ';' && *at != '[' && *at != '=' &&
	    memchr(at, '=', (size_t)(end - at)) != NULL;
}

/* The offset after the last key of the section, or after its header. */
static size_t
last_key_end(const struct buf *text, const struct place *place)
{
	const char *s = text->data;
	size_t first = line_end(text, place->section, place->end);
	size_t end = place->next;
	size_t at = end;

	while (at > first) {
		for (at--; at > first && s[at - 1] != '\n'; at--)
			;
		if (is_key_line(s + at, s + end))
			return end;
		end = at;
	}
	return first;
}

/* How the first line of the text ends. */
static const char *
line_ending(const struct buf *text)
{
	const char *s = buf_text(text);
	const char *lf = memchr(s, '\n', text->len);

	return lf != NULL && (lf == s || lf[-1] != '\r') ? "\n" : "\r\n";
}

/* Adds to `out` the text with the bytes from `from` to `to` replaced. */
static int
splice(const struct buf *text, size_t from, size_t to, const struct buf *with,
    struct buf *out)
{
	const char *s = buf_text(text);

	buf_reserve(out, text->len + with->len);
	buf_add(out, s, from);
	buf_add(out, buf_text(with), with->len);
	buf_add(out, s + to, text->len - to);
	return with->failed || out->failed ? ERR_NOMEM : 0;
}

/* Puts the value in place of the one that counts; blanks stay. */
static int
set_value(const struct buf *text, const struct place *place, const char *value,
    struct buf *out)
{
	struct buf with = BUF_INIT;
	const char *s = text->data;
	size_t from = place->value;
	size_t to = line_end(text, from, place->end);
	int rc;

	while (to > from && (s[to - 1] == '\n' || s[to - 1] == '\r'))
		to--;
	while (from < to && is_blank(s[from]))
		from++;
	while (to > from && is_blank(s[to - 1]))
		to--;
	buf_add_text(&with, value);
	rc = splice(text, from, to, &with, out);
	buf_free(&with);
	return rc;
}

/* Adds the key, and its section where that is missing; *added is the offset
 * after it. */
static int
add_key(const struct buf *text, const struct place *place,
    const struct iniedit_change *change, struct buf *out, size_t *added)
{
	const char *eol = line_ending(text);
	struct buf with = BUF_INIT;
	size_t at = place->end;
	int rc;

	if (place->section != NONE)
		at = last_key_end(text, place);
	if (at > place->body && text->data[at - 1] != '\n')
		buf_add_text(&with, eol);
	if (place->section == NONE)
		buf_format(&with, "[%s]%s", change->section, eol);
	buf_format(&with, "%s=%s%s", change->key, change->value, eol);
	rc = splice(text, at, at, &with, out);
	*added = at + with.len;
	buf_free(&with);
	return rc;
}

/* Takes the key's lines out, repeated ones of the section too: else the next
 * of them would count. */
static int
remove_key(const struct buf *text, const struct iniedit_change *change,
    struct place *place, struct buf *out)
{
	const char *s = buf_text(text);
	size_t kept = 0;
	int rc = 0;

	buf_reserve(out, text->len);
	while (rc == 0 && place->line != NONE) {
		buf_add(out, s + kept, place->line - kept);
		kept = line_end(text, place->value, place->end);
		/* '^' looks at the byte before, the end of a line. */
		rc = find_key(text, change->key, kept, place);
	}
	buf_add(out, s + kept, text->len - kept);
	return rc == 0 && out->failed ? ERR_NOMEM : rc;
}

/* `out` is the changed text. */
static int
make_change(const struct buf *text, const struct iniedit_change *change,
    bool absent, struct hint *hint, struct buf *out)
{
	struct place place;
	int rc;

	rc = find_place(text, change, absent, hint, &place);
	if (rc != 0)
		return rc;
	/* What is changed lies after the header: that one stays there. */
	hint->section = place.section != NONE ? change->section : NULL;
	hint->header = hint->added = place.section;
	if (change->value == NULL)
		return remove_key(text, change, &place, out);
	if (place.line != NONE)
		return set_value(text, &place, change->value, out);
	return add_key(text, &place, change, out, &hint->added);
}

/* Text to text */

/* A text under work, and what it says. */
struct work {
	const char *name;
	struct buf text;
	struct inifile *ini;
};

static int
check_changes(const char *name, const struct iniedit_change *changes,
    size_t count, struct buf *why)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < count && rc == 0; i++)
		rc = check_change(name, &changes[i], why);
	return rc;
}

static bool
stands_already(const char *now, const char *value)
{
	return now == NULL || value == NULL ? now == value
					    : strcmp(now, value) == 0;
}

/* Makes the changes in `text`; values[i] is what it says of the key now. */
static int
make_all(const struct iniedit_change *changes, size_t count,
    const char *const *values, struct buf *text)
{
	struct hint hint = { NULL, 0, 0 };
	struct buf out = BUF_INIT, swap;
	size_t i;
	int rc = 0;

	for (i = 0; i < count && rc == 0; i++) {
		if (stands_already(values[i], changes[i].value))
			continue;
		buf_clear(&out);
		rc = make_change(
		    text, &changes[i], values[i] == NULL, &hint, &out);
		swap = *text;
		*text = out;
		out = swap;
	}
	buf_free(&out);
	return rc;
}

/* `text` is the changed text of `work`: it takes its place once it is proved.
 */
static int
prove(struct work *work, const struct iniedit_change *changes, size_t count,
    struct buf *text, struct buf *why)
{
	struct inifile *after = NULL;
	struct buf swap;
	int rc;

	rc = inifile_parse(work->name, buf_text(text), text->len,
	    INIFILE_DIALECT, &after, why);
	if (rc != 0)
		return rc;
	rc = iniproof_check(work->ini, after, changes, count);
	if (rc == ERR_FORMAT)
		buf_why(why, rc,
		    "%s: the changed text does not say what it "
		    "should",
		    work->name);
	if (rc != 0) {
		inifile_free(after);
		return rc;
	}
	inifile_free(work->ini);
	work->ini = after;
	swap = work->text;
	work->text = *text;
	*text = swap;
	return 0;
}

/* Changes of different keys: made one by one, proved all at once. */
static int
apply_some(struct work *work, const struct iniedit_change *changes,
    size_t count, struct buf *why)
{
	const char **values = calloc(count + 1, sizeof *values);
	struct buf text = BUF_INIT;
	int rc = values == NULL
	    ? ERR_NOMEM
	    : iniproof_values(work->ini, changes, count, values);

	if (rc == 0)
		rc = buf_add(&text, buf_text(&work->text), work->text.len);
	if (rc == 0)
		rc = make_all(changes, count, values, &text);
	if (rc != 0)
		buf_why(why, rc, "%s: cannot change the text: %s", work->name,
		    err_text(rc));
	else
		rc = prove(work, changes, count, &text, why);
	buf_free(&text);
	free(values);
	return rc;
}

int
iniedit_apply(const char *name, const char *text, size_t len,
    const struct iniedit_change *changes, size_t count, struct buf *out,
    struct buf *why)
{
	struct work work = { .name = name };
	size_t i, some = 0;
	int rc;

	rc = inifile_parse(name, text, len, INIFILE_DIALECT, &work.ini, why);
	if (rc == 0)
		rc = buf_add(&work.text, len > 0 ? text : "", len);
	if (rc == 0)
		rc = check_changes(name, changes, count, why);
	for (i = 0; i < count && rc == 0; i += some) {
		/* Another change of the same key begins anew. */
		rc = iniproof_distinct(changes + i, count - i, &some);
		if (rc == 0)
			rc = apply_some(&work, changes + i, some, why);
	}
	inifile_free(work.ini);
	if (rc == 0) {
		buf_free(out);
		*out = work.text;
	} else {
		buf_free(&work.text);
	}
	return rc;
}

/* File to file */

/* The file as it was read. Where the system has such a thing nobody writes in
 * it while it is held. */
struct reading {
	struct os_file *held;
	struct os_info info;
	struct buf text;
	bool missing;
};

static int
take_reading(const struct iniedit_file *file, struct reading *reading)
{
	int rc;

	buf_clear(&reading->text);
	rc = os_info(file->dir, file->rel, &reading->info);
	if (rc == 0)
		rc = file_read(
		    file->dir, file->rel, INIFILE_MAX, &reading->text);
	reading->missing = rc == ERR_NOENT;
	return reading->missing ? 0 : rc;
}

static bool
same_text(const struct buf *a, const struct buf *b)
{
	return a->len == b->len &&
	    memcmp(buf_text(a), buf_text(b), a->len) == 0;
}

/* Is the file still the one that was read? ERR_CHANGED when not. */
static int
check_reading(const struct iniedit_file *file, const struct reading *reading)
{
	struct reading now = { .text = BUF_INIT };
	const struct os_info *a = &reading->info;
	const struct os_info *b = &now.info;
	int rc;

	rc = take_reading(file, &now);
	if (rc == 0 && now.missing != reading->missing)
		rc = ERR_CHANGED;
	if (rc == 0 && !now.missing &&
	    (a->id != b->id || a->volume != b->volume || a->size != b->size ||
		a->mtime != b->mtime || !same_text(&reading->text, &now.text)))
		rc = ERR_CHANGED;
	buf_free(&now.text);
	return rc;
}

static int
hold(const struct iniedit_file *file, struct reading *reading)
{
	int rc;

	rc = os_open(file->dir, file->rel, OS_HOLD, OS_PRIVATE, &reading->held);
	if (rc == ERR_NOENT)
		return 0;
	return rc == ERR_BUSY ? ERR_CHANGED : rc; /* it is being written */
}

static void
let_go(struct reading *reading)
{
	os_file_close(reading->held);
	reading->held = NULL;
}

/* Writes the temporary file: content, owner and mode of the old one, flushed.
 * `name` is set as soon as there is something to remove. */
static int
write_beside(const struct iniedit_file *file, const struct reading *reading,
    const struct buf *text, struct buf *name)
{
	struct os_file *temporary = NULL;
	int rc, closed;

	rc = file_temporary(file->rel, name);
	if (rc == 0)
		rc = os_open(file->dir, buf_text(name), OS_CREATE, file->rights,
		    &temporary);
	if (rc != 0) {
		buf_clear(name);
		return rc;
	}
	rc = os_write(temporary, buf_text(text), text->len);
	if (rc == 0 && !reading->missing)
		rc = os_file_like(temporary, file->dir, file->rel);
	if (rc == 0)
		rc = os_file_flush(temporary);
	closed = os_file_close(temporary);
	return rc == 0 ? closed : rc;
}

static int
flush_folder(const struct iniedit_file *file)
{
	char *folder = path_folder(file->rel);
	int rc = ERR_NOMEM;

	if (folder != NULL)
		rc = os_dir_flush(file->dir, folder);
	free(folder);
	return rc;
}

/* ERR_CHANGED when the file is no longer the one that was read. */
static int
replace_file(const struct iniedit_file *file, struct reading *reading,
    const struct buf *text)
{
	struct buf name = BUF_INIT;
	int rc;

	rc = write_beside(file, reading, text, &name);
	if (rc == 0)
		rc = check_reading(file, reading);
	/* Not every volume replaces what is open. */
	let_go(reading);
	if (rc == 0 && reading->missing) {
		rc = os_rename_new(
		    file->dir, buf_text(&name), file->dir, file->rel);
		if (rc == ERR_EXIST)
			rc = ERR_CHANGED;
	} else if (rc == 0) {
		rc = os_replace(
		    file->dir, buf_text(&name), file->dir, file->rel);
	}
	if (rc != 0 && name.len > 0)
		os_remove(file->dir, buf_text(&name));
	buf_free(&name);
	return rc == 0 && !file->late ? flush_folder(file) : rc;
}

/* `out` is the text as it stands then. */
static int
edit_once(const struct iniedit_file *file, const struct iniedit_change *changes,
    size_t count, struct buf *out, struct buf *why)
{
	struct reading reading = { .text = BUF_INIT };
	int rc;

	rc = hold(file, &reading);
	if (rc == 0)
		rc = take_reading(file, &reading);
	if (rc != 0) {
		buf_why(
		    why, rc, "%s: cannot open: %s", file->shown, err_text(rc));
		goto out;
	}
	rc = iniedit_apply(file->shown, buf_text(&reading.text),
	    reading.text.len, changes, count, out, why);
	if (rc != 0 || same_text(&reading.text, out))
		goto out;
	rc = replace_file(file, &reading, out);
	if (rc != 0)
		buf_why(
		    why, rc, "%s: cannot write: %s", file->shown, err_text(rc));
out:
	let_go(&reading);
	buf_free(&reading.text);
	return rc;
}

int
iniedit_file(const struct iniedit_file *file,
    const struct iniedit_change *changes, size_t count, struct buf *after,
    struct buf *why)
{
	struct os_lock *lock = NULL;
	struct buf out = BUF_INIT;
	int rc, i;

	rc = os_lock_take(
	    file->lockdir, file->lock, OS_PRIVATE, LOCK_TIMEOUT, &lock);
	if (rc != 0)
		return buf_why(why, rc, "%s: lock file %s: %s", file->shown,
		    file->lock, err_text(rc));
	rc = edit_once(file, changes, count, &out, why);
	for (i = 1; i < TRIES && rc == ERR_CHANGED; i++) {
		rc = os_sleep(i * TRY_DELAY);
		if (rc != 0)
			break;
		buf_clear(why);
		rc = edit_once(file, changes, count, &out, why);
	}
	os_lock_drop(lock);
	if (rc == 0 && after != NULL) {
		buf_free(after);
		*after = out;
	} else {
		buf_free(&out);
	}
	return rc;
}
