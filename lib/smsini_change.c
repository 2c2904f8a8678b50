/*
 * Changing SMS.INI: keys are edited in the text by iniedit, a damaged file is
 * healed from its last good copy, and that copy follows every change. At every
 * moment SMS.INI is the old file or the new one.
 *
 * Beside SMS.INI stand SMS.BAK (the last good copy), SMS.BAD (the bytes of the
 * last damaged one) and, for a client without a STATE of its own, SMS.LCK.
 */
#include "smsini.h"

#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "file.h"
#include "inifile.h"
#include "layout.h"
#include "path.h"
#include "smsini_text.h"
#include "text.h"

#define LOCK_TIMEOUT 10000 /* ms */
#define TRIES	     10	   /* when others change the file meanwhile */
#define HEAL_CHANGES 3	   /* at most, before those of the caller */

/* A change under way, and the names that it needs. */
struct work {
	const char *shown;     /* SMS.INI as a path */
	char *backup, *broken; /* as paths too */
	struct os_dir *dir;    /* the folder of all three */
	struct os_dir *lockdir;
	char *lock; /* in lockdir */
	const struct iniedit_change *changes;
	size_t count;
	bool late;
	struct buf *notes; /* worth a word, and no failure */
};

/* Takes a text of `why` over as a note. */
static void
note(const struct work *work, const struct buf *why)
{
	if (work->notes->len > 0)
		buf_add_text(work->notes, "; ");
	buf_add_text(work->notes, buf_text(why));
}

static bool
same_text(const struct buf *a, const struct buf *b)
{
	return a->len == b->len &&
	    memcmp(buf_text(a), buf_text(b), a->len) == 0;
}

/* The lock is in STATE where that is ours. The user who keeps an SMS.INI of
 * his own cannot write there: then it is beside the file. */
static int
open_lockdir(struct work *work, const char *state, bool *beside)
{
	int rc;

	rc = os_may_write(state);
	if (rc == 0)
		rc = os_dir_open(state, &work->lockdir);
	*beside = rc == ERR_ACCES || rc == ERR_ROFS || rc == ERR_NOENT ||
	    rc == ERR_NOTDIR;
	return *beside ? os_dir_open_in(work->dir, ".", &work->lockdir) : rc;
}

static int
find_lock(struct work *work, const struct layout *layout)
{
	char *path;
	bool beside;
	int rc;

	rc = open_lockdir(work, layout->state, &beside);
	if (rc != 0)
		return rc;
	path = beside ? smsini_beside(layout->ini, SMSINI_LOCK)
		      : text_copy(LAYOUT_INI_LOCK);
	if (path != NULL)
		work->lock = text_copy(path_name(path));
	free(path);
	return work->lock == NULL ? ERR_NOMEM : 0;
}

static int
open_work(struct work *work, const struct layout *layout, struct buf *why)
{
	char *folder = path_folder(layout->ini);
	int rc = ERR_NOMEM;

	work->shown = layout->ini;
	work->backup = smsini_beside(layout->ini, SMSINI_BACKUP);
	work->broken = smsini_beside(layout->ini, SMSINI_BROKEN);
	if (folder == NULL || work->backup == NULL || work->broken == NULL)
		goto out;
	rc = os_dir_open(folder, &work->dir);
	if (rc == 0)
		rc = find_lock(work, layout);
out:
	if (rc != 0)
		buf_why(why, rc, "%s: cannot open its folder: %s", layout->ini,
		    err_text(rc));
	free(folder);
	return rc;
}

static void
close_work(struct work *work)
{
	os_dir_close(work->lockdir);
	os_dir_close(work->dir);
	free(work->lock);
	free(work->backup);
	free(work->broken);
}

static int
take_lock(const struct work *work, struct os_lock **lock, struct buf *why)
{
	int rc;

	rc = os_lock_take(
	    work->lockdir, work->lock, OS_PRIVATE, LOCK_TIMEOUT, lock);
	if (rc != 0)
		buf_why(why, rc, "%s: lock file %s: %s", work->shown,
		    work->lock, err_text(rc));
	return rc;
}

/* Reads SMS.INI. A file that is not there is an empty text and *missing;
 * *damaged tells whether it has to be healed. */
static int
take_text(const struct work *work, struct buf *text, bool *missing,
    bool *damaged, struct buf *why)
{
	struct inifile *ini = NULL;
	int rc;

	*damaged = false;
	rc = file_read(work->dir, path_name(work->shown), SMSINI_MAX, text);
	*missing = rc == ERR_NOENT;
	if (*missing)
		return 0;
	if (rc != 0)
		return smsini_refuse(work->shown, rc, why);
	rc = smsini_parse(work->shown, text->data, text->len, &ini, why);
	inifile_free(ini);
	*damaged = rc == ERR_FORMAT;
	return *damaged ? 0 : rc;
}

/* The file beside SMS.INI that is to become one of the three: content flushed,
 * owner, mode and attributes those of `model`. */
static int
write_beside(const struct work *work, const char *name, const char *model,
    const struct buf *text)
{
	struct os_file *file = NULL;
	int rc, closed;

	/* Private at first: the original may be closed to others. */
	rc = os_open(work->dir, name, OS_CREATE, OS_PRIVATE, &file);
	if (rc != 0)
		return rc;
	rc = os_write(file, buf_text(text), text->len);
	if (rc == 0)
		rc = os_file_like(file, work->dir, path_name(model));
	if (rc == 0)
		rc = os_file_flush(file);
	closed = os_file_close(file);
	if (rc == 0)
		rc = closed;
	if (rc != 0)
		os_remove(work->dir, name);
	return rc;
}

/* Puts the text into `path` (SMS.INI or one beside it) in one step, with owner,
 * mode and attributes of `model`. SMS.INI made like SMS.BAK is a new one: what
 * came there meanwhile stays, ERR_CHANGED. */
static int
write_like(const struct work *work, const char *path, const char *model,
    const struct buf *text, struct buf *why)
{
	struct buf name = BUF_INIT;
	int rc;

	rc = file_temporary(path_name(path), &name);
	if (rc == 0)
		rc = write_beside(work, name.data, model, text);
	if (rc == 0) {
		rc = path == work->shown && model == work->backup
		    ? os_rename_new(
			  work->dir, name.data, work->dir, path_name(path))
		    : os_replace(
			  work->dir, name.data, work->dir, path_name(path));
		if (rc != 0)
			os_remove(work->dir, name.data);
	}
	if (rc == ERR_EXIST)
		rc = ERR_CHANGED;
	if (rc == 0)
		rc = os_dir_flush(work->dir, ".");
	if (rc != 0)
		buf_why(why, rc, "%s: cannot write: %s", path, err_text(rc));
	buf_free(&name);
	return rc;
}

/* The same; here a text that is cut off is damaged too. What was only just
 * edited is not asked that: it may be the beginning of the backup before it. */
static int
judge_text(const struct work *work, struct buf *text, bool *missing,
    bool *damaged, struct buf *why)
{
	int rc = take_text(work, text, missing, damaged, why);

	if (rc == 0 && !*missing && !*damaged)
		rc = smsini_is_cut(work->shown, text, damaged);
	return rc;
}

/* Healing */

/* Reads SMS.BAK, as text and parsed. */
static int
read_backup(const struct work *work, struct buf *text, struct inifile **ini,
    struct buf *why)
{
	int rc;

	rc = file_read(work->dir, path_name(work->backup), SMSINI_MAX, text);
	if (rc != 0)
		return buf_why(
		    why, rc, "%s: cannot read: %s", work->backup, err_text(rc));
	rc = smsini_check_backup(work->backup, why);
	if (rc != 0)
		return rc;
	return smsini_parse(work->backup, text->data, text->len, ini, why);
}

/* Where there is no SMS.BAK that is any good, the text to edit is an empty
 * [SMS]. A good one that cannot be opened just now is an error: the identity in
 * it must not be lost. */
static int
take_backup(const struct work *work, struct buf *text, struct inifile **ini,
    struct buf *why)
{
	int rc = read_backup(work, text, ini, why);

	if (!smsini_is_no_backup(rc))
		return rc;
	if (rc == ERR_UNTRUSTED)
		note(work, why);
	buf_clear(text);
	return buf_add_text(text, "[SMS]\r\n");
}

/* SMS.INI is gone: is there a backup to heal it from? One that cannot be
 * opened just now is an error, as above. */
static int
find_backup(const struct work *work, bool *found, struct buf *why)
{
	struct buf text = BUF_INIT;
	struct inifile *ini = NULL;
	int rc = read_backup(work, &text, &ini, why);

	*found = rc == 0;
	if (rc == ERR_UNTRUSTED)
		note(work, why);
	if (smsini_is_no_backup(rc))
		rc = 0;
	inifile_free(ini);
	buf_free(&text);
	return rc;
}

/* The commands to park, with those that were parked before. Empty: none. */
static int
park(const struct inifile *backup, struct buf *commands)
{
	const char *old = NULL, *pending = NULL;

	if (backup != NULL) {
		old = inifile_get(backup, "SMS Work", "ParkedWork");
		pending = inifile_get(backup, "SMS Work", "PendingWork");
	}
	if (pending == NULL || *pending == '\0')
		return 0;
	if (old != NULL && *old != '\0')
		buf_format(commands, "%s,", old);
	return buf_add_text(commands, pending);
}

/* Makes the healed text out of the backup: what it says of versions and
 * commands is past; then the changes that the caller wants. */
static int
heal_text(
    const struct work *work, struct buf *healed, bool *parked, struct buf *why)
{
	struct iniedit_change *all = NULL;
	struct inifile *backup = NULL;
	struct buf text = BUF_INIT, commands = BUF_INIT;
	size_t n = 0, i;
	int rc;

	rc = take_backup(work, &text, &backup, why);
	if (rc == 0)
		rc = park(backup, &commands);
	if (rc != 0)
		goto out;
	rc = ERR_NOMEM;
	if (work->count > SIZE_MAX / sizeof *all - HEAL_CHANGES)
		goto out;
	all = calloc(work->count + HEAL_CHANGES, sizeof *all);
	if (all == NULL)
		goto out;
	all[n++] = (struct iniedit_change){ "SMS", "CopyListVersion", NULL };
	*parked = commands.len > 0;
	if (*parked) {
		all[n++] = (struct iniedit_change){ "SMS Work", "PendingWork",
			"" };
		all[n++] = (struct iniedit_change){ "SMS Work", "ParkedWork",
			commands.data };
	}
	for (i = 0; i < work->count; i++)
		all[n++] = work->changes[i];
	rc = iniedit_apply(
	    work->shown, text.data, text.len, all, n, healed, why);
out:
	free(all);
	inifile_free(backup);
	buf_free(&commands);
	buf_free(&text);
	return rc;
}

/* Keeps the bytes of the damaged file. A folder in the way of SMS.BAD, or a
 * file that nothing replaces, is no reason to stay damaged for ever. */
static int
keep_broken(const struct work *work, const struct buf *old, struct buf *why)
{
	struct buf text = BUF_INIT;
	int rc = write_like(work, work->broken, work->shown, old, &text);

	if (rc == ERR_ISDIR || rc == ERR_ACCES || rc == ERR_BUSY ||
	    rc == ERR_NOTEMPTY) {
		note(work, &text);
		rc = 0;
	} else if (rc != 0) {
		buf_why(why, rc, "%s", buf_text(&text));
	}
	buf_free(&text);
	return rc;
}

/* Writes the healed text where nothing has changed since `old` was read. */
static int
put_healed(const struct work *work, const struct buf *old, bool gone,
    const struct buf *healed, struct buf *why)
{
	struct buf now = BUF_INIT;
	bool missing, damaged;
	int rc;

	rc = take_text(work, &now, &missing, &damaged, why);
	if (rc == 0 && (missing != gone || !same_text(old, &now)))
		rc = ERR_CHANGED;
	if (rc == 0)
		rc = write_like(work, work->shown,
		    gone ? work->backup : work->shown, healed, why);
	buf_free(&now);
	return rc;
}

/* Under the lock; ERR_CHANGED when the file is not damaged any more, or
 * another one than was read. */
static int
heal_locked(const struct work *work, bool *parked, struct buf *why)
{
	struct buf old = BUF_INIT, healed = BUF_INIT;
	bool missing, damaged;
	int rc;

	rc = judge_text(work, &old, &missing, &damaged, why);
	if (rc == 0 && missing)
		rc = find_backup(work, &damaged, why);
	if (rc == 0 && !damaged)
		rc = ERR_CHANGED;
	if (rc == 0)
		rc = heal_text(work, &healed, parked, why);
	if (rc == 0 && !missing)
		rc = keep_broken(work, &old, why);
	if (rc == 0)
		rc = put_healed(work, &old, missing, &healed, why);
	/* The change is made: a backup that fails now only gets a word. */
	if (rc == 0 &&
	    write_like(work, work->backup, work->shown, &healed, why) != 0)
		note(work, why);
	buf_free(&healed);
	buf_free(&old);
	return rc;
}

/* Under our lock nobody else is writing here: what has a temporary name of
 * these files was left by a program that was killed. */
static void
sweep(const struct work *work)
{
	file_sweep_of(work->dir, ".", path_name(work->shown), 0);
	file_sweep_of(work->dir, ".", path_name(work->backup), 0);
	file_sweep_of(work->dir, ".", path_name(work->broken), 0);
}

static int
heal(const struct work *work, bool *parked, struct buf *why)
{
	struct os_lock *lock = NULL;
	bool some = false;
	int rc;

	rc = take_lock(work, &lock, why);
	if (rc != 0)
		return rc;
	rc = heal_locked(work, &some, why);
	sweep(work);
	os_lock_drop(lock);
	if (rc == 0 && parked != NULL)
		*parked = some;
	return rc;
}

/* Editing */

/* Puts what SMS.INI says now into SMS.BAK. Read again under the lock: of two
 * programs that changed it, the later one's text must be the one that stays. */
static int
back_up(const struct work *work, struct buf *why)
{
	struct buf text = BUF_INIT, old = BUF_INIT;
	struct os_lock *lock = NULL;
	bool missing, damaged;
	int rc;

	rc = take_lock(work, &lock, why);
	if (rc != 0)
		return rc;
	rc = take_text(work, &text, &missing, &damaged, why);
	if (rc != 0 || missing || damaged)
		goto out;
	rc = file_read(work->dir, path_name(work->backup), SMSINI_MAX, &old);
	if (rc != 0 || !same_text(&text, &old))
		rc = write_like(work, work->backup, work->shown, &text, why);
	sweep(work);
out:
	os_lock_drop(lock);
	buf_free(&old);
	buf_free(&text);
	return rc;
}

/* SMS.INI is sound, or not there yet; `before` is what it says. */
static int
edit(const struct work *work, const struct buf *before, bool missing,
    struct buf *why)
{
	const struct iniedit_file file = {
		.dir = work->dir,
		.rel = path_name(work->shown),
		.shown = work->shown,
		.lockdir = work->lockdir,
		.lock = work->lock,
		.rights = OS_PUBLIC,
		.late = work->late,
	};
	struct buf after = BUF_INIT;
	int rc;

	rc = iniedit_file(&file, work->changes, work->count, &after, why);
	if (rc == 0 && !work->late && (missing || !same_text(before, &after)) &&
	    back_up(work, why) != 0)
		note(work, why);
	buf_free(&after);
	return rc;
}

static int
change_once(const struct work *work, bool *parked, struct buf *why)
{
	struct buf text = BUF_INIT;
	bool missing, damaged;
	int rc;

	buf_clear(work->notes);
	rc = judge_text(work, &text, &missing, &damaged, why);
	if (rc == 0 && missing)
		rc = find_backup(work, &damaged, why);
	if (rc == 0 && damaged)
		rc = heal(work, parked, why);
	else if (rc == 0)
		rc = edit(work, &text, missing, why);
	buf_free(&text);
	return rc;
}

static int
change_all(struct work *work, const struct layout *layout, bool *parked,
    struct buf *why)
{
	struct buf unasked = BUF_INIT;
	int rc, i;

	if (why == NULL)
		why = &unasked;
	if (parked != NULL)
		*parked = false;
	buf_clear(why);
	rc = open_work(work, layout, why);
	if (rc == 0)
		rc = ERR_CHANGED;
	for (i = 0; i < TRIES && rc == ERR_CHANGED; i++)
		rc = change_once(work, parked, why);
	if (rc == ERR_CHANGED)
		buf_why(why, rc, "%s: %s", layout->ini, err_text(rc));
	if (rc == 0)
		buf_why(why, 0, "%s", buf_text(work->notes));
	buf_free(&unasked);
	buf_free(work->notes);
	close_work(work);
	return rc;
}

int
smsini_change(const struct layout *layout, const struct iniedit_change *changes,
    size_t count, bool *parked, struct buf *why)
{
	struct buf notes = BUF_INIT;
	struct work work = {
		.changes = changes, .count = count, .notes = &notes
	};

	return change_all(&work, layout, parked, why);
}

int
smsini_change_late(const struct layout *layout,
    const struct iniedit_change *changes, size_t count, bool *parked,
    struct buf *why)
{
	struct buf notes = BUF_INIT;
	struct work work = { .changes = changes,
		.count = count,
		.late = true,
		.notes = &notes };

	return change_all(&work, layout, parked, why);
}
