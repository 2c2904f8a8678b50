/*
 * Takes .raw files up. Order for each: claim, see that it is still the file
 * that was looked at, copy (send.c), see once more, delete. Whatever fails, the
 * claim is given back and the file stays.
 */
#include "mover.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "logfile.h"
#include "raws.h"
#include "schedule.h"
#include "send.h"
#include "text.h"

#define CLAIM	   ".clm"
#define DIGITS	   16 /* of a claim's name, a '.' before them */
#define END_LINE   "END "
#define END_TAIL   72 /* "\nEND ", 64 digits, CR LF; one to spare */
#define PIECE	   4096
#define NAMED_TIME (3600 * OS_SECOND)
#define SETTLE	   (2 * OS_SECOND) /* after a change under our hands */

struct move {
	struct mover *mover;
	struct os_dir *dir;
	struct raw *raw;
	const char *root;
	const char *smsid;
	struct buf claim;
};

bool
mover_is_claim(const char *name)
{
	size_t len = strlen(name), tail = 1 + DIGITS + strlen(CLAIM);

	if (len <= tail || strcmp(name + len - strlen(CLAIM), CLAIM) != 0)
		return false;
	name += len - tail;
	return name[0] == '.' && strspn(name + 1, "0123456789abcdef") == DIGITS;
}

/* The name without what the claim added, the instance and the second. */
static int
split_claim(
    const char *claim, char **name, uint32_t *instance, uint32_t *second)
{
	size_t len = strlen(claim) - (1 + DIGITS + strlen(CLAIM));
	uint64_t digits = strtoull(claim + len + 1, NULL, 16);

	*instance = (uint32_t)(digits >> 32);
	*second = (uint32_t)digits;
	*name = text_copy_n(claim, len);
	return *name == NULL ? ERR_NOMEM : 0;
}

/* Gives a claimed file its name back; where that is taken by now, another one
 * that still ends in .raw. */
static int
give_back(struct os_dir *dir, const char *claim, const char *name)
{
	struct buf other = BUF_INIT;
	int rc;

	rc = os_rename_new(dir, claim, dir, name);
	if (rc == ERR_EXIST) {
		rc = buf_format(
		    &other, "%.*s-%s", DIGITS, claim + strlen(name) + 1, name);
		if (rc == 0)
			rc = os_rename_new(dir, claim, dir, other.data);
	}
	buf_free(&other);
	return rc;
}

void
mover_restore(struct mover *mover, const struct raws *raws, struct os_dir *dir)
{
	uint32_t now = (uint32_t)(os_clock() / OS_SECOND), instance, second;
	const char *claim = raws->claims.data;
	const char *end = claim + raws->claims.len;
	int32_t age;
	char *name;
	int rc;

	for (; claim != end; claim += strlen(claim) + 1) {
		if (split_claim(claim, &name, &instance, &second) != 0)
			return;
		rc = 0;
		age = (int32_t)(now - second);
		/* From the future: the clock was set back. */
		if (instance == mover->instance || age > MOVER_STALE ||
		    age < -MOVER_STALE)
			rc = give_back(dir, claim, name);
		if (rc != 0 && rc != ERR_NOENT)
			log_info(mover->log, "%s: cannot be given back: %s",
			    claim, err_text(rc));
		free(name);
	}
}

/* One warning for a file, and few for very many: whoever may put files here
 * shall not fill the system's log. */
static void
complain(
    struct mover *mover, struct raw *raw, const char *what, const char *why)
{
	int64_t now = os_clock();

	if (raw->said)
		return;
	raw->said = true;
	if (now - mover->named_since >= NAMED_TIME ||
	    now < mover->named_since) {
		mover->named_since = now;
		mover->named = 0;
	}
	if (mover->named > MOVER_NAMED)
		return;
	if (mover->named++ < MOVER_NAMED)
		log_warning(mover->log, "%s: %s: %s", raw->name, what, why);
	else
		log_warning(mover->log,
		    "more files *.raw cannot be moved; "
		    "they are not named for an hour");
}

void
mover_warn(struct mover *mover, struct raws *raws, int64_t now)
{
	const char *oddity;
	struct raw *raw;
	size_t i;

	if (raws->misnamed && !mover->misnamed) {
		mover->misnamed = true;
		log_warning(mover->log,
		    "files with a '/' or '\\' in their "
		    "names are left alone");
	}
	for (i = 0; i < raws->count; i++) {
		raw = &raws->list[i];
		oddity = raws_oddity(&raw->info);
		if (oddity == NULL || raw->again > now)
			continue;
		raw->again = RAWS_NEVER;
		complain(mover, raw, "left alone", oddity);
	}
}

/* Does the file end in a line of END and 64 digits, as a .raw does that was
 * written to its end? */
static bool
is_whole(struct os_dir *dir, const char *name)
{
	char text[END_TAIL + PIECE + 1], *line;
	struct os_file *file = NULL;
	size_t kept = 0, got = PIECE;

	if (os_open(dir, name, OS_READ, OS_PRIVATE, &file) != 0)
		return false;
	while (got == PIECE && os_read(file, text + kept, PIECE, &got) == 0) {
		kept += got;
		if (kept > END_TAIL) {
			memmove(text, text + kept - END_TAIL, END_TAIL);
			kept = END_TAIL;
		}
	}
	os_file_close(file);
	while (kept > 0 && (text[kept - 1] == '\n' || text[kept - 1] == '\r'))
		kept--;
	text[kept] = '\0';
	line = strrchr(text, '\n');
	return line != NULL && strncmp(line + 1, END_LINE, 4) == 0 &&
	    strspn(line + 5, "0123456789abcdef") == 64 && line[69] == '\0';
}

/* A file that is written in its place is taken once nothing comes any more
 * (Q248969); our own writers rename theirs. */
static bool
is_settled(struct os_dir *dir, struct raw *raw, int64_t now)
{
	int64_t quiet = MOVER_QUIET * OS_SECOND;

	if (now - raw->info.mtime >= quiet || now - raw->seen >= quiet ||
	    raw->seen > now || is_whole(dir, raw->name))
		return true;
	raw->again = raw->seen + quiet;
	return false;
}

static int
name_claim(struct move *move)
{
	buf_clear(&move->claim);
	buf_format(&move->claim, "%s.%08" PRIx32 "%08" PRIx32 CLAIM,
	    move->raw->name, move->mover->instance,
	    (uint32_t)(os_clock() / OS_SECOND));
	return move->claim.failed ? ERR_NOMEM : 0;
}

/* 0: it is ours. ERR_BUSY: not now, or never; `again` says so. SEND_LOCAL: an
 * error of the file. */
static int
claim(struct move *move)
{
	struct raw *raw = move->raw;
	int rc;

	rc = os_rename_new(move->dir, raw->name, move->dir, move->claim.data);
	switch (rc) {
	case ERR_BUSY:
	case ERR_EXIST:
		raw->again = os_clock() + MOVER_QUIET * OS_SECOND;
		return ERR_BUSY;
	case ERR_NOENT: raw->again = RAWS_NEVER; return ERR_BUSY;
	case ERR_ACCES: /* somebody else's, in a drop box */
	case ERR_ROFS:
	case ERR_NAME:
		raw->again = RAWS_NEVER;
		complain(move->mover, raw, "cannot be moved", err_text(rc));
		return ERR_BUSY;
	default: return rc == 0 ? 0 : SEND_LOCAL(rc);
	}
}

/* Is the claimed file still the one that was looked at? */
static bool
is_unchanged(const struct move *move)
{
	struct os_info info;

	return os_info(move->dir, move->claim.data, &info) == 0 &&
	    raws_oddity(&info) == NULL && raws_same(&info, &move->raw->info);
}

static int
limit_for(uint64_t size)
{
	uint64_t ms = MOVER_LIMIT_MS + size / MOVER_RATE * 1000;

	return ms < MOVER_LONGEST_MS ? (int)ms : MOVER_LONGEST_MS;
}

/* Copies the claimed file and deletes it. */
static int
carry(struct move *move)
{
	struct send send = {
		.dir = move->dir,
		.name = move->claim.data,
		.info = &move->raw->info,
		.root = move->root,
		.smsid = move->smsid,
	};
	int rc;

	if (!is_unchanged(move))
		return ERR_CHANGED;
	rc = send_file(&send, limit_for(move->raw->info.size));
	/* Written to after it was read: that is another file to send. */
	if (rc == 0 && !is_unchanged(move))
		rc = ERR_CHANGED;
	if (rc != 0)
		return rc;
	rc = os_remove(move->dir, move->claim.data);
	return rc == 0 ? 0 : SEND_LOCAL(rc);
}

/* The file is at fault, not the share: the others go on, and it is tried ever
 * less. */
static void
put_off(struct move *move, int code)
{
	struct raw *raw = move->raw;

	raw->wait = raw->wait == 0 ? SCHEDULE_MINUTE : 2 * raw->wait;
	if (raw->wait > SCHEDULE_LONGEST)
		raw->wait = SCHEDULE_LONGEST;
	raw->again = os_clock() + raw->wait;
	complain(move->mover, raw, "cannot be moved for now", err_text(code));
}

/* 0: moved, or left for good reasons of its own; else there is trouble. */
static int
move_one(struct move *move)
{
	struct raw *raw = move->raw;
	int rc;

	rc = claim(move);
	if (rc == ERR_BUSY)
		return 0;
	if (rc != 0) {
		put_off(move, SEND_LOCAL_CODE(rc));
		return 0;
	}
	rc = carry(move);
	if (rc == 0) {
		raw->again = RAWS_NEVER;
		log_info(
		    move->mover->log, "%s: moved to %s", raw->name, move->root);
		return 0;
	}
	if (rc == ERR_CHANGED)
		raw->again = os_clock() + SETTLE;
	if (SEND_IS_LOCAL(rc))
		put_off(move, SEND_LOCAL_CODE(rc));
	give_back(move->dir, move->claim.data, raw->name);
	return rc == ERR_CHANGED || SEND_IS_LOCAL(rc) ? 0 : rc;
}

static void
trouble(struct mover *mover, const char *root, int rc)
{
	uint32_t random = 0;

	os_random(&random, sizeof random);
	mover->failures++;
	mover->not_before = rc == ERR_AUTH
	    ? RAWS_NEVER
	    : os_clock() + schedule_backoff(mover->failures, random);
	if (mover->said == rc)
		return;
	mover->said = rc;
	log_warning(mover->log, "%s: inventories stay here for now: %s", root,
	    rc == ERR_NOENT ? "no inventry.box" : err_text(rc));
}

int
mover_pass(struct mover *mover, struct raws *raws, struct os_dir *dir,
    const char *root, const char *smsid)
{
	struct move move = {
		.mover = mover, .dir = dir, .root = root, .smsid = smsid
	};
	int64_t now = os_clock();
	size_t i, moved = 0;
	int rc = 0;

	for (i = 0; rc == 0 && i < raws->count && moved < MOVER_BATCH; i++) {
		move.raw = &raws->list[i];
		if (move.raw->again > now ||
		    raws_oddity(&move.raw->info) != NULL ||
		    !is_settled(dir, move.raw, now))
			continue;
		rc = name_claim(&move);
		if (rc == 0)
			rc = move_one(&move);
		moved++;
	}
	buf_free(&move.claim);
	if (rc != 0 && rc != ERR_STOP)
		trouble(mover, root, rc);
	else if (moved > 0 && rc == 0) {
		mover->failures = 0;
		mover->said = 0;
	}
	return rc;
}

int64_t
mover_next(const struct mover *mover, const struct raws *raws)
{
	int64_t next = raws_next(raws, false);

	if (next == RAWS_NEVER || next > mover->not_before)
		return next;
	return mover->not_before;
}
