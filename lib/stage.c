/* .stage: fetching content, and keeping or sweeping what waits there. */
#include "stage.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "digest.h"
#include "layout.h"
#include "path.h"
#include "source.h"
#include "step.h"
#include "text.h"

#define FREED ".tmp" /* how names of file_temporary end */

int
stage_open(struct os_dir *client, bool *empty)
{
	struct os_info info;
	int rc = os_info(client, LAYOUT_STAGE, &info);

	*empty = rc == ERR_NOENT;
	if (rc == 0)
		return info.kind == OS_FOLDER ? 0
		    : info.kind == OS_LINK    ? ERR_LINK
					      : ERR_NOTDIR;
	return rc != ERR_NOENT ? rc
			       : os_dir_make(client, LAYOUT_STAGE, OS_PRIVATE);
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct sweep {
	char *const *keep;
	size_t count;
	char **gone; /* found first, removed after the walk */
	size_t gones, size;
};

static int
add_name(char ***names, size_t *count, size_t *size, char *name)
{
	char **more = *names;

	if (name == NULL)
		return ERR_NOMEM;
	if (*count == *size) {
		more = realloc(more, (*size + 64) * 2 * sizeof(*more));
		if (more == NULL) {
			free(name);
			return ERR_NOMEM;
		}
		*names = more;
		*size = (*size + 64) * 2;
	}
	(*names)[(*count)++] = name;
	return 0;
}

static int
sweep_one(void *arg, const char *name, enum os_kind kind)
{
	struct sweep *s = arg;
	char *path = path_join(LAYOUT_STAGE, name);

	if (path == NULL)
		return ERR_NOMEM;
	if (kind == OS_FOLDER ||
	    (s->count > 0 &&
		bsearch(&path, s->keep, s->count, sizeof(*s->keep),
		    compare_names) != NULL)) {
		free(path);
		return 0;
	}
	return add_name(&s->gone, &s->gones, &s->size, path);
}

/* Names that step_free_name gave: they are in nobody's way. */
static bool
is_freed(const char *name)
{
	size_t len = strlen(name), end = strlen(FREED);

	return len > end && strcmp(name + len - end, FREED) == 0;
}

/* A file in use that has no other name is a program which was replaced: its
 * name is needed for the next one. What still stands at its target may keep
 * its second name. */
static void
remove_one(struct os_dir *client, const char *name)
{
	struct os_info info;
	int rc = os_remove(client, name);

	if ((rc == ERR_BUSY || rc == ERR_ACCES) && !is_freed(name) &&
	    os_info(client, name, &info) == 0 && info.links == 1)
		step_free_name(client, name);
}

void
stage_sweep(struct os_dir *client, char *const keep[], size_t count)
{
	struct sweep s = { .keep = keep, .count = count };
	size_t i;

	os_dir_list(client, LAYOUT_STAGE, sweep_one, &s);
	for (i = 0; i < s.gones; i++) {
		remove_one(client, s.gone[i]);
		free(s.gone[i]);
	}
	free(s.gone);
	/* Durable, or a power cut would bring back what nobody comes for. */
	if (os_remove_dir(client, LAYOUT_STAGE) == 0)
		os_dir_flush(client, ".");
	else if (s.gones > 0)
		os_dir_flush(client, LAYOUT_STAGE);
}

int
stage_names(
    const struct steps *steps, char ***names, size_t *count, size_t *size)
{
	struct buf name = BUF_INIT;
	size_t i;
	int rc = 0;

	for (i = 0; i < steps->count && rc == 0; i++) {
		if (steps->list[i].kind != STEP_PLACE)
			continue;
		rc = step_staged_name(&steps->list[i], &name);
		if (rc == 0)
			rc = add_name(
			    names, count, size, text_copy(buf_text(&name)));
	}
	if (*count > 0)
		qsort(*names, *count, sizeof(**names), compare_names);
	buf_free(&name);
	return rc;
}

/* A run that was killed between the last byte and the stamp leaves the content
 * without its date and flags. */
static bool
is_stamped(const struct os_info *info, const struct step *step)
{
	return (step->mtime < 0 || info->mtime == step->mtime) &&
	    ((info->flags ^ step->flags) & os_flags_shown()) == 0;
}

int
stage_check(struct os_dir *client, const struct step *step)
{
	struct buf name = BUF_INIT;
	char hex[DIGEST_TEXT] = "";
	struct os_info info;
	int rc;

	if ((rc = step_staged_name(step, &name)) == 0 &&
	    (rc = os_info(client, buf_text(&name), &info)) == 0) {
		if (info.kind != OS_REGULAR || info.size != step->size ||
		    !is_stamped(&info, step))
			rc = ERR_DIGEST;
		else
			rc = digest_of_name(client, buf_text(&name), hex);
		if (rc == 0 && strcmp(hex, step->digest) != 0)
			rc = ERR_DIGEST;
	}
	buf_free(&name);
	return rc;
}

/* A list that says no date leaves the time of the copying. */
static int
stamp(struct os_file *file, const struct step *step)
{
	struct os_info info;
	int64_t mtime = step->mtime;
	int rc = 0;

	if (mtime < 0 && (rc = os_file_info(file, &info)) == 0)
		mtime = info.mtime;
	return rc != 0 ? rc : os_file_stamp(file, mtime, step->flags);
}

static struct source_want
want_of(const struct stage_job *job, const struct step *step)
{
	return (struct source_want){ step->digest, step->size, job->bandwidth,
		job->progress };
}

/* What has the name, when something does, was not whole. */
static int
create(struct os_dir *client, const char *name, struct os_file **file)
{
	int rc = os_open(client, name, OS_CREATE, OS_PUBLIC, file);

	if (rc == ERR_EXIST && (rc = os_remove(client, name)) == 0)
		rc = os_open(client, name, OS_CREATE, OS_PUBLIC, file);
	return rc;
}

int
stage_ahead(const struct stage_job *job, const struct step *step)
{
	struct source_want want = want_of(job, step);

	return source_ahead(job->source, &want);
}

int
stage_fetch(const struct stage_job *job, const struct step *step, int *ours,
    struct buf *why)
{
	struct source_want want = want_of(job, step);
	struct buf name = BUF_INIT;
	struct os_file *file = NULL;
	int rc, closed;

	*ours = 1;
	if ((rc = step_staged_name(step, &name)) != 0)
		goto out;
	if ((rc = create(job->client, buf_text(&name), &file)) != 0) {
		buf_why(why, rc, "%s: cannot make it: %s", buf_text(&name),
		    err_text(rc));
		goto out;
	}
	*ours = 0;
	rc = source_fetch(job->source, &want, file, ours, why);
	if (rc == 0) {
		*ours = 1;
		rc = stamp(file, step);
	}
	closed = os_file_close(file);
	if (rc == 0 && closed != 0) {
		*ours = 1;
		rc = closed;
	}
	if (rc != 0 && *ours)
		buf_why(why, rc, "%s: cannot write it: %s", buf_text(&name),
		    err_text(rc));
	if (rc != 0)
		os_remove(job->client, buf_text(&name));
out:
	buf_free(&name);
	return rc;
}
