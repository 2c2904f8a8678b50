/*
 * The owned set round a run: before anything is placed it is what was ours and
 * what is to be; after it what is. Whatever a kill leaves, what we placed is
 * ours and what we did not place is not (I9).
 */
#include <string.h>

#include "err.h"
#include "os.h"

#include "copylist.h"
#include "pattern.h"
#include "step.h"
#include "update_run.h"

static int
copy_entry(struct installed *to, const struct installed_file *from)
{
	struct installed_file *e;
	int rc = installed_add(
	    to, from->component, from->service, from->name, &e);

	if (rc == 0) {
		memcpy(e->digest, from->digest, DIGEST_TEXT);
		e->size = from->size;
		e->mtime = from->mtime;
		e->id = from->id;
	}
	return rc;
}

/* The entry of that name, NULL when there is none. */
static int
own_of(struct update_run *run, const char *name, struct installed_file **own)
{
	struct buf folded = BUF_INIT;
	int rc = pattern_fold(name, &folded);

	*own = NULL;
	if (rc == 0)
		*own = installed_find(
		    &run->update->installed, buf_text(&folded));
	buf_free(&folded);
	return rc == ERR_NOMEM ? rc : 0;
}

/* An entry that was to be placed and never seen is settled before the next
 * content is placed there: either it is ours, or it never was. */
static int
renew(struct update_run *run, struct installed_file *own,
    const struct plan_row *row)
{
	struct os_info info;
	bool ours;
	int rc;

	if (own->id != 0)
		return 0;
	rc = installed_check(run->job->client, own, &ours);
	if (rc != 0)
		return rc;
	if (ours && os_info(run->job->client, own->name, &info) == 0) {
		own->id = info.id;
		own->mtime = -1;
	} else {
		memcpy(own->digest, row->file->digest, DIGEST_TEXT);
		own->size = row->file->size;
	}
	return 0;
}

static int
renew_all(struct update_run *run, const struct plan_component *c)
{
	struct installed_file *own;
	size_t i;
	int rc = 0;

	for (i = 0; i < c->count && rc == 0; i++) {
		if (c->rows[i].file == NULL)
			continue;
		rc = own_of(run, c->rows[i].name, &own);
		if (rc == 0 && own != NULL)
			rc = renew(run, own, &c->rows[i]);
	}
	return rc;
}

/* Adds the files that a component brings and that are not owned yet. */
static int
add_new(struct update_run *run, const struct plan_component *c,
    struct installed *to)
{
	struct installed_file *own;
	size_t i;
	int rc = 0;

	for (i = 0; i < c->count && rc == 0; i++) {
		if (c->rows[i].file == NULL)
			continue;
		rc = own_of(run, c->rows[i].name, &own);
		if (rc == 0 && own == NULL)
			rc = installed_intend(
			    to, c->name, c->service, c->rows[i].file);
	}
	return rc;
}

int
update_write_owned(struct update_run *run, struct file_new *file)
{
	struct installed owned = { .count = 0 };
	size_t i;
	int rc = 0;

	for (i = 0; i < run->count && rc == 0; i++)
		if (run->work[i].changes)
			rc = renew_all(run, run->work[i].plan);
	for (i = 0; i < run->update->installed.count && rc == 0; i++)
		rc = copy_entry(&owned, &run->update->installed.files[i]);
	for (i = 0; i < run->count && rc == 0; i++)
		if (run->work[i].changes)
			rc = add_new(run, run->work[i].plan, &owned);
	if (rc == 0)
		rc = !installed_fits(&owned)
		    ? ERR_RANGE
		    : installed_new_write(file, &owned);
	installed_free(&owned);
	return rc;
}

/*
 * How the file stands now, for the cache of digests: only where its time
 * stamp tells that nobody has written to it since it was hashed or placed.
 */
static void
note_state(struct update_run *run, const struct plan_row *row,
    struct installed_file *e)
{
	struct os_info info = {
		.size = row->size, .mtime = row->mtime, .id = row->id
	};
	bool sure = run->job->now - row->mtime > PLAN_RECENT;

	if (row->action == PLAN_ADD || row->action == PLAN_REPLACE) {
		if (os_info(run->job->client, row->name, &info) != 0)
			return;
		sure = info.mtime == row->file->date;
	}
	e->id = info.id;
	e->mtime = sure && info.size == e->size ? info.mtime : -1;
}

/* One row of a component that is whole now. */
static int
settle_row(struct update_run *run, const struct plan_component *c,
    const struct plan_row *row, struct installed *to)
{
	struct installed_file *own, *e;
	int rc = own_of(run, row->name, &own);

	if (rc != 0)
		return rc;
	if (own != NULL &&
	    (row->file != NULL || strcmp(own->name, row->name) == 0))
		own->component[0] = '\0'; /* dealt with: see settle */
	if (row->file == NULL)
		return 0;
	rc = installed_add(to, c->name, c->service, row->name, &e);
	if (rc != 0)
		return rc;
	memcpy(e->digest, row->file->digest, DIGEST_TEXT);
	e->size = row->file->size;
	note_state(run, row, e);
	return 0;
}

int
update_settle_owned(struct update_run *run, struct file_new *file)
{
	struct installed *old = &run->update->installed;
	struct installed next = { .count = 0 };
	size_t i, r;
	int rc = 0;

	for (i = 0; i < run->count && rc == 0; i++) {
		struct update_work *w = &run->work[i];

		if (w->state == UPDATE_PENDING || !w->outcome.undone)
			rc = add_new(run, w->plan, &next);
		if (w->state == UPDATE_PENDING || w->state == UPDATE_HELD)
			continue;
		for (r = 0; r < w->plan->count && rc == 0; r++)
			rc = settle_row(run, w->plan, &w->plan->rows[r], &next);
	}
	for (i = 0; i < old->count && rc == 0; i++)
		if (old->files[i].component[0] != '\0')
			rc = copy_entry(&next, &old->files[i]);
	if (rc == 0)
		rc = installed_new_write(file, &next);
	installed_free(&next);
	return rc;
}
