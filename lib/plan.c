/*
 * Compares a copy list with what is owned and what stands on the disk. Writes
 * nothing. Names are compared case-folded throughout.
 */
#include "plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "copylist.h"
#include "installed.h"
#include "path.h"
#include "pattern.h"
#include "text.h"

#define FOLDER_DEPTH 64

/* A wanted file of the list, findable by its folded name. */
struct target {
	const struct copylist_component *component;
	const struct copylist_file *file;
};

struct maker {
	const struct plan_job *job;
	struct plan *plan;
	struct target *targets; /* sorted by folded name */
	size_t count;
	struct buf *why;
	char *folder; /* of what was missing last */
	bool absent;  /* it is not there itself */
};

static const char *const action_names[] = { "keep", "add", "replace", "rename",
	"remove", "clear" };

const char *
plan_action_name(enum plan_action action)
{
	return action_names[action];
}

void
plan_free(struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->count; i++) {
		free(plan->components[i].rows);
		free(plan->components[i].held);
	}
	free(plan->components);
	memset(plan, 0, sizeof(*plan));
}

int
plan_hold(struct plan_component *component, const char *format, ...)
{
	struct buf text = BUF_INIT;
	char line[1024]; /* a reason for people; longer is cut */
	va_list args;

	if (component->held != NULL)
		return 0;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (buf_add_text(&text, line) == 0)
		component->held = buf_take(&text);
	buf_free(&text);
	return component->held == NULL ? ERR_NOMEM : 0;
}

static struct plan_component *
add_component(struct plan *plan, const char *name, bool service)
{
	struct plan_component *c;

	if (plan->count == plan->size) {
		size_t size = plan->size ? plan->size * 2 : 16;

		c = realloc(plan->components, size * sizeof(*c));
		if (c == NULL)
			return NULL;
		plan->components = c;
		plan->size = size;
	}
	c = &plan->components[plan->count++];
	memset(c, 0, sizeof(*c));
	c->name = name;
	c->service = service;
	return c;
}

static struct plan_row *
add_row(struct plan_component *c, enum plan_action action, const char *name,
    const char *why)
{
	struct plan_row *row;

	if (c->count == c->size) {
		size_t size = c->size ? c->size * 2 : 16;

		row = realloc(c->rows, size * sizeof(*row));
		if (row == NULL)
			return NULL;
		c->rows = row;
		c->size = size;
	}
	row = &c->rows[c->count++];
	memset(row, 0, sizeof(*row));
	row->action = action;
	row->name = name;
	row->why = why;
	if (action != PLAN_KEEP)
		c->changes++;
	return row;
}

static int
compare_targets(const void *a, const void *b)
{
	const struct target *x = a, *y = b;

	return strcmp(x->file->folded, y->file->folded);
}

static int
collect_targets(struct maker *m)
{
	const struct copylist *list = m->job->list;
	size_t c, f, count = 0;

	for (c = 0; c < list->count; c++)
		count += list->components[c].wanted ? list->components[c].count
						    : 0;
	m->targets = calloc(count + 1, sizeof(*m->targets));
	if (m->targets == NULL)
		return ERR_NOMEM;
	for (c = 0; c < list->count; c++)
		for (f = 0; list->components[c].wanted &&
		     f < list->components[c].count;
		     f++) {
			m->targets[m->count].component = &list->components[c];
			m->targets[m->count++].file =
			    &list->components[c].files[f];
		}
	qsort(m->targets, m->count, sizeof(*m->targets), compare_targets);
	return 0;
}

/* The first target whose folded name is not below `folded`. */
static size_t
lower_bound(const struct maker *m, const char *folded)
{
	size_t low = 0, high = m->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(m->targets[middle].file->folded, folded) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct target *
find_target(const struct maker *m, const char *folded)
{
	size_t i = lower_bound(m, folded);

	return i < m->count && strcmp(m->targets[i].file->folded, folded) == 0
	    ? &m->targets[i]
	    : NULL;
}

/* A target for which `folded` would have to be a folder. */
static int
target_below(const struct maker *m, const char *folded, const struct target **t)
{
	struct buf folder = BUF_INIT;
	int rc = buf_format(&folder, "%s/", folded);
	size_t i;

	if (rc == 0) {
		i = lower_bound(m, buf_text(&folder));
		if (i < m->count &&
		    strncmp(m->targets[i].file->folded, buf_text(&folder),
			folder.len) == 0)
			*t = &m->targets[i];
	}
	buf_free(&folder);
	return rc;
}

/* A target that stands where `folded` has one of its folders. */
static int
target_above(const struct maker *m, const char *folded, const struct target **t)
{
	char *folder = path_folder(folded), *above;

	while (*t == NULL && folder != NULL && strcmp(folder, ".") != 0) {
		*t = find_target(m, folder);
		above = path_folder(folder);
		free(folder);
		folder = above;
	}
	if (folder == NULL)
		return ERR_NOMEM;
	free(folder);
	return 0;
}

static bool
in_scope(const struct plan_job *job, bool service)
{
	return service ? job->services : job->files;
}

/* Is the file of that name ours, and has it no place in the list any more? */
static int
goes(const struct maker *m, const char *name, bool *answer)
{
	struct buf folded = BUF_INIT;
	const struct installed_file *own = NULL;
	int rc = pattern_fold(name, &folded);

	*answer = false;
	if (rc == 0)
		own = installed_find(m->job->installed, buf_text(&folded));
	if (own != NULL && in_scope(m->job, own->service) &&
	    strcmp(own->name, name) == 0 &&
	    find_target(m, buf_text(&folded)) == NULL)
		rc = installed_check(m->job->client, own, answer);
	buf_free(&folded);
	return rc == ERR_NOMEM ? rc : 0; /* ERR_FORMAT: not UTF-8 */
}

struct folder_walk {
	struct maker *m;
	const char *folder;
	int depth;
	struct buf *foreign; /* the first name that is not ours */
};

static int walk_folder(
    struct maker *m, const char *folder, int depth, struct buf *foreign);

static int
walk_one(void *arg, const char *name, enum os_kind kind)
{
	struct folder_walk *w = arg;
	char *path = path_join(w->folder, name);
	bool ours = true;
	int rc;

	if (path == NULL)
		return ERR_NOMEM;
	if (kind == OS_FOLDER)
		rc = walk_folder(w->m, path, w->depth + 1, w->foreign);
	else
		rc = goes(w->m, path, &ours);
	if (rc == 0 && !ours)
		rc = buf_add_text(w->foreign, path) != 0 ? ERR_NOMEM
							 : ERR_NOTEMPTY;
	free(path);
	return rc;
}

/* ERR_NOTEMPTY when the folder holds anything that does not go. */
static int
walk_folder(struct maker *m, const char *folder, int depth, struct buf *foreign)
{
	struct folder_walk w = { m, folder, depth, foreign };

	if (depth > FOLDER_DEPTH) {
		buf_add_text(foreign, folder);
		return ERR_NOTEMPTY;
	}
	return os_dir_list(m->job->client, folder, walk_one, &w);
}

static int
cannot_look(struct maker *m, const char *name, int code)
{
	return buf_why(
	    m->why, code, "%s: cannot look at it: %s", name, err_text(code));
}

/* A folder stands where a file belongs. */
static int
meet_folder(
    struct maker *m, struct plan_component *c, const struct copylist_file *file)
{
	struct buf foreign = BUF_INIT;
	struct plan_row *row;
	int rc = walk_folder(m, file->name, 0, &foreign);

	if (rc == ERR_NOTEMPTY) {
		rc = plan_hold(c,
		    "%s: a folder stands there, and %s in it is "
		    "not ours",
		    file->name, buf_text(&foreign));
	} else if (rc == 0) {
		row = add_row(c, PLAN_CLEAR, file->name,
		    "a folder stands where a file belongs");
		rc = row == NULL ? ERR_NOMEM : 0;
	} else if (rc != ERR_NOMEM) {
		rc = cannot_look(m, file->name, rc);
	}
	buf_free(&foreign);
	return rc;
}

/* A file stands where the folder of a new file belongs. */
static int
meet_blocked(
    struct maker *m, struct plan_component *c, const struct copylist_file *file)
{
	char *folder = path_folder(file->name), *above;
	struct os_info info;
	bool ours = true;
	int rc = 0;

	while (folder != NULL && strcmp(folder, ".") != 0 &&
	    (os_info(m->job->client, folder, &info) != 0 ||
		info.kind == OS_FOLDER)) {
		above = path_folder(folder);
		free(folder);
		folder = above;
	}
	if (folder == NULL)
		return ERR_NOMEM;
	if (strcmp(folder, ".") != 0)
		rc = goes(m, folder, &ours);
	if (rc == 0 && !ours)
		rc = plan_hold(c, "%s: %s is not a folder, and not ours",
		    file->name, folder);
	free(folder);
	return rc;
}

/* What stands under one name. */
struct found {
	bool there;
	struct os_info info;
	int rc;
};

/* Is the folder of `name` the one that was not there? */
static bool
in_absent(const struct maker *m, const char *name)
{
	size_t len = m->absent ? strlen(m->folder) : 0;

	return len > 0 && strncmp(name, m->folder, len) == 0 &&
	    path_name(name) == name + len + 1;
}

/* Something is missing. In a folder that is missing all else is, too: the
 * others in it are not looked for one by one. ERR_NOENT or ERR_NOMEM. */
static int
note_absent(struct maker *m, const char *name)
{
	char *folder = path_folder(name);
	struct os_info info;

	if (folder == NULL)
		return ERR_NOMEM;
	if (strcmp(folder, ".") == 0 ||
	    (m->folder != NULL && strcmp(folder, m->folder) == 0)) {
		free(folder);
		return ERR_NOENT;
	}
	m->absent = os_info(m->job->client, folder, &info) == ERR_NOENT;
	free(m->folder);
	m->folder = folder;
	return ERR_NOENT;
}

static void
look(struct maker *m, const char *name, struct found *found)
{
	memset(found, 0, sizeof(*found));
	found->rc = ERR_NOENT;
	if (m->job->client == NULL || in_absent(m, name))
		return;
	found->rc = os_info(m->job->client, name, &found->info);
	found->there = found->rc == 0;
	if (found->rc == ERR_NOENT)
		found->rc = note_absent(m, name);
}

/* Is it sure that nothing of ours has the name? */
static bool
is_absent(int code)
{
	return code == ERR_NOENT || code == ERR_NOTDIR || code == ERR_LINK;
}

/* Does the file that was found hold the content of `file`? NULL when it does,
 * else what differs. */
static int
differs(struct maker *m, const char *name, const struct found *found,
    const struct copylist_file *file, const struct installed_file *own,
    const char **what)
{
	const struct os_info *i = &found->info;
	char digest[DIGEST_TEXT];
	unsigned shown = os_flags_shown();
	bool cached;
	int rc = 0;

	*what = NULL;
	if (i->kind != OS_REGULAR)
		*what = "a link or special file stands there";
	else if (i->size != file->size)
		*what = "size differs";
	else if (((i->flags ^ file->flags) & shown) != 0)
		*what = "attributes differ";
	if (*what != NULL)
		return 0;
	cached = own != NULL && own->digest[0] != '\0' &&
	    own->size == i->size && own->mtime == i->mtime &&
	    own->id == i->id && !m->job->verify &&
	    m->job->now - i->mtime > PLAN_RECENT;
	if (cached)
		memcpy(digest, own->digest, DIGEST_TEXT);
	else
		rc = digest_of_name(m->job->client, name, digest);
	if (rc == ERR_NOMEM)
		return rc;
	if (rc != 0)
		*what = "cannot be read";
	else if (strcmp(digest, file->digest) != 0)
		*what = "content differs";
	return 0;
}

/* The file stands under `stands` (the listed name, or another spelling). */
static int
plan_present(struct maker *m, struct plan_component *c,
    const struct copylist_file *file, const struct found *found,
    const struct installed_file *own)
{
	bool renamed = own != NULL && strcmp(own->name, file->name) != 0;
	const char *stands = renamed ? own->name : file->name, *what;
	struct plan_row *row;
	int rc = differs(m, stands, found, file, own, &what);

	if (rc != 0)
		return rc;
	if (what != NULL)
		row = add_row(c, PLAN_REPLACE, file->name, what);
	else if (renamed)
		row = add_row(c, PLAN_RENAME, file->name,
		    "the letter case of the name differs");
	else
		row = add_row(c, PLAN_KEEP, file->name,
		    own == NULL ? "is there already" : "unchanged");
	if (row == NULL)
		return ERR_NOMEM;
	row->file = file;
	row->from = renamed ? own->name : NULL;
	row->over = true;
	row->size = found->info.size;
	row->mtime = found->info.mtime;
	row->id = found->info.id;
	return 0;
}

static int
plan_absent(
    struct plan_component *c, const struct copylist_file *file, const char *why)
{
	struct plan_row *row = add_row(c, PLAN_ADD, file->name, why);

	if (row == NULL)
		return ERR_NOMEM;
	row->file = file;
	return 0;
}

/*
 * The old spelling of an owned file, on a volume where it is another file than
 * the new spelling: only then *old is there. Both may stand; the old one goes.
 */
static int
meet_spelling(struct maker *m, struct plan_component *c,
    const struct installed_file **own, struct found *found)
{
	struct plan_row *row;
	struct found old;

	look(m, (*own)->name, &old);
	if (!old.there && !is_absent(old.rc))
		return cannot_look(m, (*own)->name, old.rc);
	if (!old.there) {
		*own = NULL;
		return 0;
	}
	if (!found->there) {
		*found = old;
		return 0;
	}
	if (old.info.id == found->info.id &&
	    old.info.volume == found->info.volume)
		return 0;
	row = add_row(c, PLAN_REMOVE, (*own)->name,
	    "the letter case of the name differs");
	if (row == NULL)
		return ERR_NOMEM;
	row->over = true;
	*own = NULL;
	return 0;
}

static int
plan_file(
    struct maker *m, struct plan_component *c, const struct copylist_file *file)
{
	const struct installed_file *own = installed_find(
	    m->job->installed, file->folded);
	const char *why = own == NULL ? "new in the list" : "was missing";
	struct found found;
	int rc = 0;

	look(m, file->name, &found);
	if (found.rc == ERR_NOMEM)
		return found.rc;
	if (own != NULL && strcmp(own->name, file->name) != 0 &&
	    (rc = meet_spelling(m, c, &own, &found)) != 0)
		return rc;
	if (found.there && found.info.kind != OS_FOLDER)
		return plan_present(m, c, file, &found, own);
	if (found.there)
		rc = meet_folder(m, c, file);
	else if (found.rc == ERR_NOTDIR)
		rc = meet_blocked(m, c, file);
	else if (found.rc == ERR_LINK)
		rc = plan_hold(c,
		    "%s: a link stands in the path, which is "
		    "never followed",
		    file->name);
	else if (found.rc != ERR_NOENT)
		return cannot_look(m, file->name, found.rc);
	return rc != 0 ? rc : plan_absent(c, file, why);
}

static int
plan_listed(struct maker *m)
{
	const struct copylist *list = m->job->list;
	struct plan_component *c;
	size_t i, f;
	int rc = 0;

	for (i = 0; i < list->count; i++) {
		const struct copylist_component *from = &list->components[i];
		bool service = from->type == COPYLIST_SERVICE;

		if (!from->wanted || !in_scope(m->job, service))
			continue;
		c = add_component(m->plan, from->name, service);
		if (c == NULL)
			return ERR_NOMEM;
		for (f = 0; f < from->count && rc == 0; f++)
			rc = plan_file(m, c, &from->files[f]);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static struct plan_component *
component_of(struct maker *m, const char *name, bool service)
{
	struct plan_component *c;
	size_t i;

	for (i = 0; i < m->plan->count; i++)
		if (text_same(m->plan->components[i].name, name))
			return &m->plan->components[i];
	c = add_component(m->plan, name, service);
	if (c != NULL)
		c->gone = true;
	return c;
}

/* An owned file has no place in the list any more. */
static int
plan_gone(struct maker *m, const struct installed_file *own)
{
	const struct target *need = NULL;
	struct plan_component *c;
	struct plan_row *row;
	struct found found;
	bool freeing, ours = false;
	int rc;

	if (target_below(m, own->folded, &need) != 0 ||
	    target_above(m, own->folded, &need) != 0)
		return ERR_NOMEM;
	freeing = need != NULL &&
	    in_scope(m->job, need->component->type == COPYLIST_SERVICE);
	/* A component gives way in the component that needs its name. */
	c = freeing ? component_of(m, need->component->name, false)
		    : component_of(m, own->component, own->service);
	if (c == NULL)
		return ERR_NOMEM;
	row = add_row(c, PLAN_REMOVE, own->name,
	    freeing ? "its name is needed" : "not in the list any more");
	if (row == NULL)
		return ERR_NOMEM;
	row->first = freeing;
	look(m, own->name, &found);
	if (!found.there && !is_absent(found.rc))
		return cannot_look(m, own->name, found.rc);
	if (found.there && found.info.kind != OS_FOLDER) {
		rc = installed_check(m->job->client, own, &ours);
		if (rc != 0)
			return cannot_look(m, own->name, rc);
	}
	row->over = ours;
	/* Gone already, or never ours: only to be forgotten. */
	c->changes -= !ours;
	return 0;
}

static int
plan_owned(struct maker *m)
{
	struct installed *set = m->job->installed;
	size_t i;
	int rc = 0;

	if (set->count > 0)
		installed_find(set, ""); /* sorts: the order is stable */
	for (i = 0; i < set->count && rc == 0; i++)
		if (in_scope(m->job, set->files[i].service) &&
		    find_target(m, set->files[i].folded) == NULL)
			rc = plan_gone(m, &set->files[i]);
	return rc;
}

static void
add_up(struct plan *plan)
{
	size_t c, r;

	for (c = 0; c < plan->count; c++) {
		const struct plan_component *p = &plan->components[c];

		plan->changes += p->changes;
		for (r = 0; r < p->count && p->held == NULL; r++)
			if (p->rows[r].action == PLAN_ADD ||
			    p->rows[r].action == PLAN_REPLACE) {
				plan->fetch_files++;
				plan->fetch_bytes += p->rows[r].file->size;
			}
	}
}

int
plan_make(const struct plan_job *job, struct plan *plan, struct buf *why)
{
	struct maker m = { .job = job, .plan = plan, .why = why };
	int rc;

	memset(plan, 0, sizeof(*plan));
	if ((rc = collect_targets(&m)) == 0 && (rc = plan_listed(&m)) == 0)
		rc = plan_owned(&m);
	free(m.targets);
	free(m.folder);
	if (rc != 0)
		plan_free(plan);
	else
		add_up(plan);
	return rc;
}
