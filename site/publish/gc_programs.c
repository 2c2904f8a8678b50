/*
 * The folders bin/<program version>. No list names them: the version of the
 * program that collects says which are old.
 */
#include "gc.h"

#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "buf.h"
#include "file.h"
#include "logfile.h"
#include "path.h"
#include "publish.h"
#include "run.h"
#include "text.h"
#include "tree.h"

#define BIN	    "bin"
#define CURRENT	    BIN "/CURRENT.TXT"
#define CURRENT_MAX ((size_t)4096)
#define GONE	    TREE_WORK "/GONE" /* and the tail of file_temporary */
#define DEPTH	    32		      /* of folders in a program folder */

/* Names, each with a NUL behind it. */
struct names {
	bool folders; /* only those */
	struct buf text;
};

static int
note_name(void *arg, const char *name, enum os_kind kind)
{
	struct names *names = arg;

	if (names->folders && kind != OS_FOLDER)
		return 0;
	return buf_add(&names->text, name, strlen(name) + 1);
}

static const char *
next_name(const struct names *names, const char *name)
{
	if (names->text.len == 0)
		return NULL;
	name = name == NULL ? names->text.data : name + strlen(name) + 1;
	return name < names->text.data + names->text.len ? name : NULL;
}

/* The lowest version there that is higher than this one; NULL: none is. */
static const char *
next_higher(const struct names *names, const char *version)
{
	const char *name = NULL, *best = NULL;

	while ((name = next_name(names, name)) != NULL)
		if (text_is_version(name) &&
		    text_compare_versions(name, version) > 0 &&
		    (best == NULL || text_compare_versions(name, best) < 0))
			best = name;
	return best;
}

/* Does bin/CURRENT.TXT name it? One that cannot be read names all. */
static bool
is_current(struct run *run, const char *version)
{
	struct buf text = BUF_INIT;
	int rc = file_read(run->tree.dir, CURRENT, CURRENT_MAX, &text);
	bool is = rc != 0 && rc != ERR_NOENT;
	size_t len;

	if (rc == 0) {
		len = strcspn(buf_text(&text), " \t\r\n");
		is = len == strlen(version) &&
		    strncmp(buf_text(&text), version, len) == 0;
	}
	buf_free(&text);
	return is;
}

/* Has the folder been there for GC_AGE? */
static bool
is_old(struct run *run, const char *version, int64_t now)
{
	char *rel = path_join(BIN, version);
	struct os_info info;
	bool old;

	old = rel != NULL && os_info(run->tree.dir, rel, &info) == 0 &&
	    info.mtime < now - GC_AGE;
	free(rel);
	return old;
}

static bool
goes(struct run *run, const struct names *names, const char *version,
    int64_t now)
{
	const char *higher;

	if (!text_is_version(version) ||
	    text_compare_versions(version, VERSION) >= 0)
		return false;
	higher = next_higher(names, version);
	return higher != NULL && is_old(run, version, now) &&
	    is_old(run, higher, now) && !is_current(run, version);
}

/* Removes a folder with all that is in it; links as themselves. */
static int
remove_tree(struct os_dir *dir, const char *rel, int depth)
{
	struct names names = { false, BUF_INIT };
	const char *name = NULL;
	struct os_info info;
	char *path;
	int rc;

	if (depth == 0)
		return ERR_RANGE;
	rc = os_dir_list(dir, rel, note_name, &names);
	while (rc == 0 && (name = next_name(&names, name)) != NULL) {
		path = path_join(rel, name);
		rc = path == NULL ? ERR_NOMEM : os_info(dir, path, &info);
		if (rc == 0)
			rc = info.kind == OS_FOLDER
			    ? remove_tree(dir, path, depth - 1)
			    : os_remove(dir, path);
		free(path);
	}
	buf_free(&names.text);
	return rc == 0 ? os_remove_dir(dir, rel) : rc;
}

/* What is out of the readers' way has been removed; not to get rid of all of
 * it now is no failure, the next run tries again. */
static void
remove_gone(struct run *run, const char *rel)
{
	int rc = remove_tree(run->tree.dir, rel, DEPTH);

	if (rc != 0)
		log_warning(run->log, "%s/%s: could not be removed: %s",
		    run->tree.path, rel, err_text(rc));
}

/* What runs left that were cut off. */
static void
sweep_gone(struct run *run)
{
	struct names names = { true, BUF_INIT };
	const char *name = NULL, *stem = path_name(GONE);
	char *rel;

	(void)os_dir_list(run->tree.dir, TREE_WORK, note_name, &names);
	while ((name = next_name(&names, name)) != NULL) {
		if (strncmp(name, stem, strlen(stem)) != 0)
			continue;
		rel = path_join(TREE_WORK, name);
		if (rel != NULL)
			remove_gone(run, rel);
		free(rel);
	}
	buf_free(&names.text);
}

/*
 * Takes it out of the readers' way. `make site` of an older version may have
 * made it the current one since it was judged, where it could not take our
 * lock: then it is put back. ERR_BUSY: it was.
 */
static int
move_away(
    struct run *run, const char *version, const char *rel, const char *gone)
{
	struct os_dir *dir = run->tree.dir;
	int rc = os_rename_new(dir, rel, dir, gone);

	if (rc != 0 || !is_current(run, version))
		return rc;
	rc = os_rename_new(dir, gone, dir, rel);
	return rc == 0 ? ERR_BUSY : rc;
}

static int
remove_version(struct run *run, const char *version, size_t *count)
{
	struct buf gone = BUF_INIT;
	char *rel = path_join(BIN, version);
	int rc = rel == NULL ? ERR_NOMEM : file_temporary(GONE, &gone);

	if (rc == 0 && !run->options->dry)
		rc = move_away(run, version, rel, gone.data);
	if (rc == 0) {
		(*count)++;
		gc_say(run, rel);
		if (!run->options->dry)
			remove_gone(run, gone.data);
	} else if (rc != ERR_NOMEM) {
		log_warning(run->log, "%s/%s: stays: %s", run->tree.path, rel,
		    err_text(rc));
		rc = 0;
	}
	buf_free(&gone);
	free(rel);
	return rc;
}

/* All are judged before the first is removed: the next higher one may go too,
 * and folders are listed in any order. */
static int
judge_versions(
    struct run *run, const struct names *names, int64_t now, struct names *old)
{
	const char *name = NULL;
	int rc = 0;

	while (rc == 0 && (name = next_name(names, name)) != NULL)
		if (goes(run, names, name, now))
			rc = note_name(old, name, OS_FOLDER);
	return rc;
}

int
gc_programs(struct run *run, int64_t now, size_t *count)
{
	struct names names = { true, BUF_INIT }, old = { true, BUF_INIT };
	const char *name = NULL;
	int rc;

	if (!run->options->dry)
		sweep_gone(run);
	rc = os_dir_list(run->tree.dir, BIN, note_name, &names);
	if (rc == ERR_NOENT)
		rc = 0;
	else if (rc != 0)
		tree_why(&run->tree, BIN, rc, &run->why);
	if (rc == 0)
		rc = judge_versions(run, &names, now, &old);
	while (rc == 0 && (name = next_name(&old, name)) != NULL) {
		rc = run_stop();
		if (rc == 0)
			rc = remove_version(run, name, count);
	}
	buf_free(&old.text);
	buf_free(&names.text);
	return rc;
}
