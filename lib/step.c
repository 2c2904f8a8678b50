/*
 * Doing, undoing and finishing steps. Each function looks at what stands on
 * the disk and goes on from there, so that a run which was killed between any
 * two calls is carried on by the same code.
 */
#include "step.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "digest.h"
#include "file.h"
#include "layout.h"
#include "path.h"

#define CLEAR_DEPTH 64 /* folders in folders; a path has 240 bytes */

/* Does anything have that name? 0 or 1 in *there; other errors. A link or file
 * on the way means that it does not. */
static int
look(struct os_dir *client, const char *name, bool *there, struct os_info *info)
{
	int rc = os_info(client, name, info);

	*there = rc == 0;
	return rc == ERR_NOENT || rc == ERR_NOTDIR ? 0 : rc;
}

int
step_free_name(struct os_dir *client, const char *name)
{
	struct buf other = BUF_INIT;
	int rc = os_remove(client, name);

	if (rc == ERR_BUSY || rc == ERR_ACCES) {
		rc = file_temporary(name, &other);
		if (rc == 0)
			rc = os_rename_new(
			    client, name, client, buf_text(&other));
	}
	buf_free(&other);
	return rc == ERR_NOENT ? 0 : rc;
}

/* For volumes without hard links: the old file is copied aside. */
static int
copy_aside(struct os_dir *client, const char *name, const char *aside)
{
	struct buf data = BUF_INIT, temporary = BUF_INIT;
	struct os_file *from = NULL, *to = NULL;
	struct os_info info;
	size_t got = 0;
	int rc, closed;

	if ((rc = buf_reserve(&data, 65536)) != 0 ||
	    (rc = file_temporary(aside, &temporary)) != 0 ||
	    (rc = os_open(client, name, OS_READ, OS_PRIVATE, &from)) != 0 ||
	    (rc = os_file_info(from, &info)) != 0 ||
	    (rc = os_open(
		 client, buf_text(&temporary), OS_CREATE, OS_PUBLIC, &to)) != 0)
		goto out;
	do {
		rc = os_read(from, data.data, 65536, &got);
		if (rc == 0)
			rc = os_write(to, data.data, got);
	} while (rc == 0 && got == 65536);
	if (rc == 0)
		rc = os_file_like(to, client, name);
	if (rc == 0)
		rc = os_file_stamp(to, info.mtime, info.flags);
	if (rc == 0)
		rc = os_file_flush(to);
	closed = os_file_close(to);
	if (rc == 0)
		rc = closed;
	/* Only a whole copy gets the name that undoing looks for. */
	if (rc == 0)
		rc = os_replace(client, buf_text(&temporary), client, aside);
	if (rc != 0)
		os_remove(client, buf_text(&temporary));
out:
	os_file_close(from);
	buf_free(&temporary);
	buf_free(&data);
	return rc;
}

/* Does `name` hold what the step puts there, content and attributes? What is
 * no file that can be read has other content; failures are reported. */
static int
is_new(struct os_dir *client, const struct step *s, bool *new)
{
	char hex[DIGEST_TEXT];
	struct os_info info;
	bool there;
	int rc = look(client, s->name, &there, &info);

	*new = false;
	if (rc != 0 || !there || info.kind != OS_REGULAR ||
	    info.size != s->size ||
	    ((info.flags ^ s->flags) & os_flags_shown()) != 0)
		return rc;
	rc = digest_of_name(client, s->name, hex);
	*new = rc == 0 && strcmp(hex, s->digest) == 0;
	return rc;
}

static bool
same_file(const struct os_info *a, const struct os_info *b)
{
	return a->id != 0 && a->id == b->id && a->volume == b->volume;
}

/*
 * Sees to it that what stands at the target stands aside too. What is aside
 * already is good when it is the same file, or when the target is the new file
 * (undoing was cut off); otherwise it is left from an earlier try.
 */
static int
keep_aside(struct os_dir *client, const struct step *s, const char *aside)
{
	struct os_info info, old;
	bool there, kept, new;
	int rc;

	if ((rc = look(client, s->name, &there, &info)) != 0 || !there ||
	    (rc = look(client, aside, &kept, &old)) != 0)
		return rc;
	if (info.kind == OS_FOLDER)
		return ERR_ISDIR;
	if (kept) {
		if (same_file(&info, &old))
			return 0;
		if ((rc = is_new(client, s, &new)) != 0 || new)
			return rc;
		if ((rc = step_free_name(client, aside)) != 0)
			return rc;
	}
	rc = os_link(client, s->name, client, aside);
	if (rc == ERR_UNSUP && info.kind == OS_REGULAR)
		rc = copy_aside(client, s->name, aside);
	return rc;
}

/* Nothing waits: is the step done already, or is its content lost? */
static int
check_placed(struct os_dir *client, const struct step *s)
{
	bool new;
	int rc = is_new(client, s, &new);

	return rc == 0 && !new ? ERR_DIGEST : rc;
}

/*
 * `from` gets the name of a target that may be in use. While that stands beside
 * in .stage nothing has the name; what was there has a second one then, and a
 * run that is cut off there is completed or undone like any other.
 */
static int
put(struct os_dir *client, const char *from, const char *name)
{
	int rc = os_replace(client, from, client, name), used;

	if (rc != ERR_BUSY && rc != ERR_ACCES)
		return rc;
	used = os_replace_used(client, from, client, name);
	return used == 0 ? 0 : rc;
}

static int
place(struct os_dir *client, const struct step *s, const char *staged,
    const char *aside, bool verify)
{
	struct os_info info;
	char hex[DIGEST_TEXT];
	bool waiting;
	int rc;

	if ((rc = look(client, staged, &waiting, &info)) != 0)
		return rc;
	if (!waiting)
		return check_placed(client, s);
	if (verify) {
		rc = digest_of_name(client, staged, hex);
		if (rc == 0 && strcmp(hex, s->digest) != 0)
			rc = ERR_DIGEST;
		if (rc != 0)
			return rc;
	}
	if ((rc = keep_aside(client, s, aside)) != 0)
		return rc;
	rc = put(client, staged, s->name);
	if (rc != ERR_NOENT) /* most folders are there */
		return rc;
	if ((rc = file_make_folders(client, s->name, OS_PUBLIC)) != 0)
		return rc;
	return os_replace(client, staged, client, s->name);
}

/* Undoing, where nothing stands aside: the step was not done, or there was
 * nothing before it. */
static int
take_back(struct os_dir *client, const struct step *s, const char *staged)
{
	struct os_info info;
	bool waiting, new;
	int rc;

	if ((rc = look(client, staged, &waiting, &info)) != 0 || waiting ||
	    (rc = is_new(client, s, &new)) != 0 || !new)
		return rc;
	return os_replace(client, s->name, client, staged);
}

/* Puts the new file, which is in place, back under its staged name. */
static int
stage_again(struct os_dir *client, const char *name, const char *staged)
{
	struct os_info info;
	bool waiting;
	int rc = look(client, staged, &waiting, &info);

	if (rc != 0 || waiting)
		return rc;
	rc = os_link(client, name, client, staged);
	return rc == ERR_UNSUP ? copy_aside(client, name, staged) : rc;
}

static int
unplace(struct os_dir *client, const struct step *s, const char *staged,
    const char *aside)
{
	struct os_info info, old;
	bool kept, there, new;
	int rc;

	if ((rc = look(client, aside, &kept, &old)) != 0 ||
	    (rc = look(client, s->name, &there, &info)) != 0)
		return rc;
	if (!kept)
		return take_back(client, s, staged);
	if (there && same_file(&info, &old))
		new = false;
	else if ((rc = is_new(client, s, &new)) != 0)
		return rc;
	if (there && !new) {
		/* Not replaced yet. Where the file is in use its second name
		 * may have to stay for a while: it does no harm. */
		os_remove(client, aside);
		return 0;
	}
	if (new && (rc = stage_again(client, s->name, staged)) != 0)
		return rc;
	return put(client, aside, s->name);
}

static int
move(struct os_dir *client, const char *from, const char *to)
{
	struct os_info info;
	bool there;
	int rc = look(client, from, &there, &info);

	if (rc != 0 || !there)
		return rc;
	if ((rc = file_make_folders(client, to, OS_PUBLIC)) != 0)
		return rc;
	return os_replace(client, from, client, to);
}

static int
unmove(struct os_dir *client, const struct step *s)
{
	struct os_info from, to;
	bool was_not, there;
	int rc;

	if ((rc = look(client, s->from, &was_not, &from)) != 0 ||
	    (rc = look(client, s->name, &there, &to)) != 0)
		return rc;
	/* Two files: it was not done, and the other one is not ours. */
	if (was_not && there && !same_file(&from, &to))
		return 0;
	return move(client, s->name, s->from);
}

static int
set_aside(struct os_dir *client, const char *name, const char *aside)
{
	struct os_info info, old;
	bool kept, there;
	int rc;

	if ((rc = look(client, aside, &kept, &old)) != 0 ||
	    (rc = look(client, name, &there, &info)) != 0)
		return rc;
	/* A folder of that name is what a later step put there; another file
	 * was put there by somebody else since. */
	if (!there || info.kind == OS_FOLDER ||
	    (kept && !same_file(&info, &old)))
		return 0;
	if ((rc = file_make_folders(client, aside, OS_PRIVATE)) != 0)
		return rc;
	return os_replace(client, name, client, aside);
}

static int
bring_back(struct os_dir *client, const char *name, const char *aside)
{
	struct os_info info;
	bool there;
	int rc = look(client, name, &there, &info);

	if (rc != 0)
		return rc;
	if (there && info.kind != OS_FOLDER) {
		os_remove(client, aside); /* it was not done */
		return 0;
	}
	return move(client, aside, name);
}

struct clearing {
	struct os_dir *client;
	const char *folder;
	int depth;
};

static int clear(struct os_dir *client, const char *folder, int depth);

static int
clear_one(void *arg, const char *name, enum os_kind kind)
{
	struct clearing *c = arg;
	char *path;
	int rc;

	if (kind != OS_FOLDER)
		return ERR_NOTEMPTY;
	if ((path = path_join(c->folder, name)) == NULL)
		return ERR_NOMEM;
	rc = clear(c->client, path, c->depth + 1);
	free(path);
	return rc;
}

/* Removes a folder that holds nothing but folders of the same kind. */
static int
clear(struct os_dir *client, const char *folder, int depth)
{
	struct clearing c = { client, folder, depth };
	struct os_info info;
	bool there;
	int rc = look(client, folder, &there, &info);

	if (rc != 0 || !there || info.kind != OS_FOLDER)
		return rc;
	if (depth > CLEAR_DEPTH)
		return ERR_NOTEMPTY;
	if ((rc = os_dir_list(client, folder, clear_one, &c)) != 0)
		return rc;
	return os_remove_dir(client, folder);
}

/* Does one step (forward) or undoes it. */
static int
apply(struct os_dir *client, const struct step *s, bool forward, bool verify)
{
	struct buf staged = BUF_INIT, aside = BUF_INIT;
	int rc;

	if ((rc = step_staged_name(s, &staged)) != 0 ||
	    (rc = step_aside_name(s, &aside)) != 0)
		goto out;
	switch (s->kind) {
	case STEP_PLACE:
		rc = forward
		    ? place(client, s, buf_text(&staged), buf_text(&aside),
			  verify)
		    : unplace(client, s, buf_text(&staged), buf_text(&aside));
		break;
	case STEP_MOVE:
		rc = forward ? move(client, s->from, s->name)
			     : unmove(client, s);
		break;
	case STEP_REMOVE:
		rc = forward ? set_aside(client, s->name, buf_text(&aside))
			     : bring_back(client, s->name, buf_text(&aside));
		break;
	case STEP_CLEAR:
		/* Undoing a removal makes the folders that it needs. */
		rc = forward ? clear(client, s->name, 0) : 0;
		break;
	}
out:
	buf_free(&aside);
	buf_free(&staged);
	return rc;
}

/* Removes the folders above `name` that are empty now, up to the root. */
static void
remove_empty_above(struct os_dir *client, const char *name)
{
	char *folder = path_folder(name), *above;

	while (folder != NULL && strcmp(folder, ".") != 0 &&
	    os_remove_dir(client, folder) == 0) {
		above = path_folder(folder);
		free(folder);
		folder = above;
	}
	free(folder);
}

/* ERR_CHANGED when the old file of a step that was done is gone: then nothing
 * is undone, or the component would be neither the old nor the new one. */
static int
check_undo(struct os_dir *client, const struct step *s)
{
	struct buf name = BUF_INIT;
	struct os_info info;
	bool there, new;
	int rc = 0;

	if (s->kind != STEP_PLACE || !s->over)
		return 0;
	if ((rc = step_aside_name(s, &name)) != 0 ||
	    (rc = look(client, buf_text(&name), &there, &info)) != 0 || there ||
	    (rc = step_staged_name(s, &name)) != 0 ||
	    (rc = look(client, buf_text(&name), &there, &info)) != 0 || there)
		goto out;
	rc = is_new(client, s, &new);
	if (rc == 0 && new)
		rc = ERR_CHANGED;
out:
	buf_free(&name);
	return rc;
}

static int
undo_from(struct os_dir *client, const struct steps *steps, size_t count)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < count && rc == 0; i++)
		rc = check_undo(client, &steps->list[i]);
	/* In order, and no further than to the first that fails: the steps
	 * before it may stand on what it leaves. */
	while (count-- > 0 && rc == 0) {
		rc = apply(client, &steps->list[count], false, false);
		if (rc == 0 && steps->list[count].kind == STEP_PLACE)
			remove_empty_above(client, steps->list[count].name);
	}
	return rc;
}

int
steps_do(struct os_dir *client, const struct steps *steps, bool verify,
    struct steps_outcome *outcome)
{
	size_t i;
	int rc = 0;

	outcome->undone = true;
	for (i = 0; i < steps->count; i++) {
		rc = apply(client, &steps->list[i], true, verify);
		if (rc != 0)
			break;
	}
	outcome->at = i;
	if (rc != 0)
		outcome->undone = undo_from(client, steps, i + 1) == 0;
	return rc;
}

int
steps_undo(struct os_dir *client, const struct steps *steps)
{
	return undo_from(client, steps, steps->count);
}

void
steps_finish(struct os_dir *client, const struct steps *steps)
{
	struct buf aside = BUF_INIT;
	size_t i;

	for (i = 0; i < steps->count; i++) {
		const struct step *s = &steps->list[i];

		if (step_aside_name(s, &aside) == 0)
			os_remove(client, buf_text(&aside));
		if (s->kind == STEP_REMOVE)
			remove_empty_above(client, s->name);
		else if (s->kind == STEP_MOVE)
			remove_empty_above(client, s->from);
	}
	buf_free(&aside);
}
