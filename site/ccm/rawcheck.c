/*
 * Judges inventories. The one step that counts for a file is the last rename,
 * to history or badraws: who does not win it has done nothing.
 */
#include "rawcheck.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "file.h"
#include "logfile.h"
#include "rawcheck_inside.h"
#include "rawfile.h"
#include "text.h"

#define FULL	  ".RAW"
#define OUTDATED  ".OLD"
#define DAY	  (INT64_C(86400) * OS_SECOND)
#define NAMES_MAX ((size_t)16 << 20) /* bytes: 200,000 names and more */
#define OLD_MAX	  ((size_t)4096)
#define NAMED	  100 /* bad ones a run that are events */
#define TOLD	  256
#define GIVE_UP	  16 /* claims that fail in a row */

/* What this process has said and done before. */
static struct {
	uint64_t told[TOLD]; /* names that it warned of, hashed */
	size_t count;
	bool full; /* and that there are more */
	bool has_swept;
	int64_t swept; /* ticks */
} before;

static bool
was_told(const char *name)
{
	uint64_t hash = UINT64_C(14695981039346656037);
	size_t i;

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
	for (i = 0; i < before.count; i++)
		if (before.told[i] == hash)
			return true;
	if (before.count < TOLD)
		before.told[before.count++] = hash;
	return false;
}

/* Says once of a file why nothing was done about it. */
static void
complain(struct check *check, const char *name, const char *why)
{
	struct buf shown = BUF_INIT;

	if (before.full || was_told(name))
		return;
	before.full = before.count == TOLD;
	text_printable(name, &shown);
	log_warning(check->log, RAWFILE_BOX "/%s: left alone: %s%s",
	    buf_text(&shown), why,
	    before.full ? "; further ones are not named" : "");
	buf_free(&shown);
}

static void
pass_by(struct check *check, const char *name, const char *why)
{
	check->result->passed++;
	complain(check, name, why);
}

/* It stays in processing. */
static void
fail_one(struct check *check, const char *name, int rc)
{
	check->result->failed++;
	complain(check, name, err_text(rc));
}

/* Bad ones */

/* A name that is taken gets a number, one that is too long is one. */
static int
move_aside(struct check *check, const char *name)
{
	size_t stem = strlen(name) - strlen(FULL);
	struct buf other = BUF_INIT;
	uint64_t number;
	int rc;

	rc = os_rename_new(check->work, name, check->bad, name);
	if (rc != ERR_EXIST)
		return rc;
	rc = os_random(&number, sizeof number);
	if (rc == 0)
		rc = buf_format(
		    &other, "%.*s-%016" PRIx64 FULL, (int)stem, name, number);
	if (rc == 0)
		rc = os_rename_new(check->work, name, check->bad, other.data);
	if (rc == ERR_NAME)
		rc = os_rename_new(check->work, name, check->bad,
		    other.data + other.len - 16 - strlen(FULL));
	buf_free(&other);
	return rc;
}

static void
put_aside(struct check *check, const char *name, int event, const char *why)
{
	struct buf shown = BUF_INIT;
	int rc;

	rc = move_aside(check, name);
	if (rc == ERR_NOENT)
		return;
	if (rc != 0) {
		fail_one(check, name, rc);
		return;
	}
	text_printable(name, &shown);
	if (check->result->bad++ < NAMED)
		log_warning(check->log, "event %d: %s: %s", event,
		    buf_text(&shown), why);
	else
		log_info(check->log, "event %d: %s: %s", event,
		    buf_text(&shown), why);
	buf_free(&shown);
	/* However many come: never more than twice what may stay. */
	if (check->result->bad % RAWCHECK_BAD_MAX == 0)
		rawcheck_trim(
		    check->bad, RAWCHECK_BAD_MAX, RAWCHECK_BAD_DAYS * DAY);
}

/* Good ones */

/* When it was written, as far as that can be believed: before it arrived. */
static int64_t
earlier(int64_t said, int64_t arrived)
{
	return said < arrived ? said : arrived;
}

/* ERR_NOENT: none is kept. One whose time is still to come, because a clock was
 * wrong, is older than any. */
static int
time_kept(struct check *check, const char *target, int64_t *when)
{
	struct os_info info;
	int64_t said;
	int rc;

	rc = os_info(check->history, target, &info);
	if (rc != 0)
		return rc;
	rc = rawfile_date(check->history, target, &said);
	if (rc == ERR_FORMAT) {
		said = info.mtime;
		rc = 0;
	}
	*when = earlier(said, info.mtime);
	if (*when > os_clock())
		*when = INT64_MIN;
	return rc;
}

/* May history take a file of a new name? */
static int
check_room(struct check *check)
{
	int rc = 0;

	if (!check->counted) {
		rc = rawcheck_count(check->history, &check->count);
		check->counted = rc == 0;
	}
	return rc != 0 ? rc : check->count < check->most ? 0 : ERR_RANGE;
}

/* Puts the file where it belongs; ERR_EXIST: a newer one is there, ERR_RANGE:
 * no room. */
static int
place(struct check *check, const char *name, const struct rawfile *raw,
    const char *target)
{
	struct os_info info;
	int64_t kept;
	bool fresh;
	int rc;

	rc = os_info(check->work, name, &info);
	if (rc != 0)
		return rc;
	rc = time_kept(check, target, &kept);
	fresh = rc == ERR_NOENT;
	if (fresh)
		rc = check_room(check);
	else if (rc == 0 && earlier(raw->date, info.mtime) < kept)
		rc = ERR_EXIST;
	if (rc != 0)
		return rc;
	rc = os_replace(check->work, name, check->history, target);
	check->count += rc == 0 && fresh;
	return rc;
}

/* Names a machine whose agent is older than we are: once for each pair of
 * versions, which a file remembers. */
static void
tell_age(struct check *check, const struct rawfile *raw)
{
	struct buf name = BUF_INIT, text = BUF_INIT, known = BUF_INIT;
	struct file_new file = FILE_NEW(check->history, NULL, false);

	buf_format(&name, "%s" OUTDATED, raw->smsid);
	buf_format(&text, "%s " VERSION "\r\n", raw->agent);
	if (name.failed || text.failed)
		goto out;
	file.rel = name.data;
	if (raw->age >= 0) {
		os_remove(check->history, name.data);
		goto out;
	}
	if (file_read(check->history, name.data, OLD_MAX, &known) == 0 &&
	    strcmp(buf_text(&known), text.data) == 0)
		goto out;
	log_info(check->log, "%s: its agent is outdated: %s, we are %s",
	    raw->smsid, raw->agent, VERSION);
	check->result->outdated++;
	/* Not flushed: what is lost is said once more. */
	if (file_new_write(&file, OS_PRIVATE, text.data, text.len) == 0)
		file_new_place(&file);
	file_new_end(&file);
out:
	buf_free(&known);
	buf_free(&text);
	buf_free(&name);
}

static void
keep(struct check *check, const char *name, const struct rawfile *raw)
{
	static const char *const suffixes[] = {
		[RAWFILE_STATUS] = ".STA",
		[RAWFILE_HARDWARE] = ".HW",
		[RAWFILE_SOFTWARE] = ".SW",
		[RAWFILE_FULL] = FULL,
	};
	struct buf target = BUF_INIT;
	int rc;

	rc = buf_format(&target, "%s%s", raw->smsid, suffixes[raw->kind]);
	if (rc == 0)
		rc = place(check, name, raw, target.data);
	if (rc == ERR_EXIST) {
		rc = os_remove(check->work, name);
		check->result->older += rc == 0;
	} else if (rc == 0) {
		check->result->kept++;
		tell_age(check, raw);
	}
	if (rc == ERR_RANGE)
		put_aside(
		    check, name, RAWFILE_OTHER, "no more machines can be kept");
	else if (rc != 0 && rc != ERR_NOENT)
		fail_one(check, name, rc);
	buf_free(&target);
}

/* A file in processing. */
static int
judge(struct check *check, const char *name)
{
	struct buf why = BUF_INIT;
	struct rawfile raw;
	int rc;

	rc = rawfile_load(check->work, name, name, &raw, &why);
	switch (rc) {
	case 0: keep(check, name, &raw); break;
	case ERR_NOENT: break;
	case ERR_FORMAT:
		put_aside(check, name, raw.event, buf_text(&why));
		break;
	case ERR_LINK: /* it took the file's place */
	case ERR_ISDIR:
	case ERR_NOTFILE:
		put_aside(check, name, RAWFILE_OTHER, err_text(rc));
		break;
	default: fail_one(check, name, rc);
	}
	rawfile_free(&raw);
	buf_free(&why);
	return 0;
}

/* The box */

static int
look_at(struct check *check, const char *name, struct os_info *info)
{
	struct os_file *file = NULL;
	int rc;

	rc = os_open(check->box, name, OS_READ, OS_PRIVATE, &file);
	if (rc == 0)
		rc = os_file_info(file, info);
	os_file_close(file);
	return rc;
}

/* A file in the box. */
static int
take(struct check *check, const char *name)
{
	struct os_info info;
	int rc;

	rc = look_at(check, name, &info);
	if (rc == ERR_NOENT)
		return 0;
	if (rc != 0 || info.links != 1) {
		pass_by(check, name,
		    rc != 0 ? err_text(rc) : "it has a second name");
		return 0;
	}
	rc = os_rename_new(check->box, name, check->work, name);
	if (rc == ERR_NOENT)
		return 0;
	if (rc == 0) {
		check->refused = 0;
		return judge(check, name);
	}
	pass_by(check, name, err_text(rc));
	return ++check->refused < GIVE_UP ? 0 : rc;
}

struct names {
	struct check *check;
	struct buf text;
};

static int
note_name(void *arg, const char *name, enum os_kind kind)
{
	struct names *names = arg;

	if (!rawfile_is_name(name))
		return 0;
	if (kind != OS_REGULAR)
		pass_by(names->check, name, "it is no file");
	else if (strpbrk(name, "/\\") != NULL)
		pass_by(names->check, name, "a separator in its name");
	else if (names->text.len > NAMES_MAX)
		names->check->result->more = true;
	else
		return buf_add(&names->text, name, strlen(name) + 1);
	return 0;
}

/* First listed, then moved: the walk sees a folder at rest. */
static int
each_in(struct check *check, struct os_dir *dir,
    int (*each)(struct check *check, const char *name))
{
	struct names names = { check, BUF_INIT };
	const char *name;
	int rc;

	rc = os_dir_list(dir, ".", note_name, &names);
	name = names.text.data;
	for (; rc == 0 && name != names.text.data + names.text.len;
	     name += strlen(name) + 1)
		rc = os_stop_asked() ? ERR_STOP : each(check, name);
	buf_free(&names.text);
	return rc;
}

/* What dead movers left half written, and what has lain long enough. */
static void
sweep(struct check *check)
{
	int64_t now = os_ticks();

	if (before.has_swept && now >= before.swept && now - before.swept < DAY)
		return;
	before.has_swept = true;
	before.swept = now;
	file_sweep(check->box, ".", DAY);
	file_sweep(check->history, ".", DAY);
	rawcheck_trim(check->bad, RAWCHECK_BAD_MAX, RAWCHECK_BAD_DAYS * DAY);
	rawcheck_trim(
	    check->history, RAWCHECK_KEPT_MAX, RAWCHECK_KEPT_DAYS * DAY);
}

/* To where they are first, then from where they came. */
static int
flush(struct check *check)
{
	struct os_dir *const dirs[] = { check->history, check->bad, check->work,
		check->box };
	int rc = 0, one;
	size_t i;

	for (i = 0; i < sizeof dirs / sizeof dirs[0] && rc == 0; i++) {
		one = os_dir_flush(dirs[i], ".");
		if (one != ERR_UNSUP)
			rc = one;
	}
	return rc;
}

int
rawcheck_pass(struct check *check)
{
	struct rawcheck_result *result = check->result;
	int rc, late;

	sweep(check);
	rc = each_in(check, check->work, judge);
	if (rc == 0)
		rc = each_in(check, check->box, take);
	if (result->passed + result->failed == 0) {
		before.count = 0;
		before.full = false;
	}
	if (result->bad > 0)
		rawcheck_trim(
		    check->bad, RAWCHECK_BAD_MAX, RAWCHECK_BAD_DAYS * DAY);
	if (result->bad > NAMED)
		log_warning(check->log,
		    "%zu bad inventories in all; the log names them",
		    result->bad);
	if (result->outdated > 0)
		log_warning(check->log,
		    "%zu machines have an outdated agent; the log names them",
		    result->outdated);
	if (result->kept + result->older + result->bad > 0) {
		late = flush(check);
		rc = rc != 0 ? rc : late;
	}
	return rc;
}

int
rawcheck_run(
    struct os_dir *root, struct logfile *log, struct rawcheck_result *result)
{
	struct check check = {
		.log = log, .result = result, .most = RAWCHECK_KEPT_MAX
	};
	struct os_lock *lock = NULL;
	int rc;

	memset(result, 0, sizeof *result);
	rc = rawcheck_open(&check, root);
	if (rc == 0)
		rc = os_lock_take(check.work, "LOCK", OS_PRIVATE, 0, &lock);
	if (rc == ERR_BUSY) {
		result->busy = true;
		rc = 0;
	} else if (rc == 0) {
		rc = rawcheck_pass(&check);
	}
	if (rc != 0 && rc != ERR_STOP)
		log_error(
		    log, RAWFILE_BOX ": not all was checked: %s", err_text(rc));
	os_lock_drop(lock);
	rawcheck_close(&check);
	return rc;
}
