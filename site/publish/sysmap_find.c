/*
 * Finds the files of a SYSTEM.MAP on disk. A map is of a time when names had
 * no letter case, and what it came with may have been copied through a system
 * that changed it: a name is looked for as it is written, then in any case.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "path.h"
#include "pattern.h"
#include "sources.h"
#include "sysmap.h"
#include "text.h"

#define SIZES_TOLD 20 /* files whose SIZE is wrong, by name */

struct name {
	char *name, *folded;
};

/* A folder, and its names once one of them had to be looked for. */
struct folder {
	struct os_dir *dir; /* NULL: there is none */
	char *path;	    /* below the folder of the map, as on disk */
	struct name *names; /* by folded name */
	size_t count, room;
	bool listed;
};

struct finder {
	const struct sysmap *map;
	const char *shown;
	struct sources *sources;
	size_t directory; /* that the two folders are of */
	bool opened;
	struct folder here, disc; /* DIRECTORY, SOURCE */
	size_t sizes;		  /* that were wrong */
	struct buf *warnings, *why;
};

static void
folder_close(struct folder *f)
{
	size_t i;

	for (i = 0; i < f->count; i++) {
		free(f->names[i].name);
		free(f->names[i].folded);
	}
	free(f->names);
	free(f->path);
	os_dir_close(f->dir);
	memset(f, 0, sizeof *f);
}

static int
add_name(void *arg, const char *name, enum os_kind kind)
{
	struct buf folded = BUF_INIT;
	struct folder *f = arg;
	struct name *more;
	int rc;

	(void)kind;
	if (f->count == f->room) {
		more = realloc(f->names, (2 * f->room + 64) * sizeof *more);
		if (more == NULL)
			return ERR_NOMEM;
		f->names = more;
		f->room = 2 * f->room + 64;
	}
	rc = pattern_fold(name, &folded);
	if (rc == 0) {
		more = &f->names[f->count++];
		more->name = text_copy(name);
		more->folded = buf_take(&folded);
		if (more->name == NULL || more->folded == NULL)
			rc = ERR_NOMEM;
	}
	buf_free(&folded);
	/* What is no UTF-8 is not what a map could mean. */
	return rc == ERR_FORMAT ? 0 : rc;
}

static int
compare_names(const void *a, const void *b)
{
	const struct name *na = a, *nb = b;

	return strcmp(na->folded, nb->folded);
}

/* The name in the folder that differs in letter case alone: a copy in *found.
 * ERR_NOENT; ERR_EXIST when there are several. */
static int
find_caseless(struct folder *f, const char *name, char **found)
{
	struct buf folded = BUF_INIT;
	struct name wanted = { .folded = NULL }, *hit = NULL;
	int rc = 0;

	if (!f->listed) {
		rc = os_dir_list(f->dir, ".", add_name, f);
		if (rc != 0)
			return rc;
		if (f->count > 0)
			qsort(f->names, f->count, sizeof *f->names,
			    compare_names);
		f->listed = true;
	}
	if (pattern_fold(name, &folded) == ERR_NOMEM)
		rc = ERR_NOMEM;
	wanted.folded = folded.data;
	if (rc == 0 && f->count > 0 && folded.data != NULL)
		hit = bsearch(&wanted, f->names, f->count, sizeof *f->names,
		    compare_names);
	buf_free(&folded);
	if (rc != 0 || hit == NULL)
		return rc != 0 ? rc : ERR_NOENT;
	if ((hit > f->names && compare_names(hit - 1, hit) == 0) ||
	    (hit + 1 < f->names + f->count && compare_names(hit, hit + 1) == 0))
		return ERR_EXIST;
	*found = text_copy(hit->name);
	return *found == NULL ? ERR_NOMEM : 0;
}

/* The name as it stands on disk, a copy, and what it is. */
static int
find_name(
    struct folder *f, const char *name, char **found, struct os_info *info)
{
	int rc = os_info(f->dir, name, info);

	*found = NULL;
	if (rc == 0) {
		*found = text_copy(name);
		return *found == NULL ? ERR_NOMEM : 0;
	}
	if (rc == ERR_NOENT)
		rc = find_caseless(f, name, found);
	if (rc == 0)
		rc = os_info(f->dir, *found, info);
	if (rc != 0) {
		free(*found);
		*found = NULL;
	}
	return rc;
}

static int
refuse(const struct finder *f, const struct sysmap_at *at, const char *name,
    const char *reason)
{
	return buf_why(f->why, ERR_FORMAT, "%s:%u:%u: %s: %s", f->shown,
	    at->line, at->column, name, reason);
}

/* Says what is wrong with `name` in `folder`; a missing one is left to the
 * caller. */
static int
explain(const struct finder *f, const struct sysmap_at *at,
    const struct folder *folder, const char *name, int code)
{
	char *path = path_join(folder->path, name);

	if (code == ERR_EXIST)
		code = refuse(f, at, path == NULL ? name : path,
		    "there are several, in different letter case");
	else if (code != ERR_NOENT && code != ERR_NOMEM && path != NULL)
		sources_why(f->sources, path, code, f->why);
	free(path);
	return code;
}

/* Goes down from `folder` to the folder `part` in it. */
static int
descend(const struct finder *f, const struct sysmap_at *at,
    struct folder *folder, const char *part)
{
	struct folder next = { 0 };
	struct os_info info;
	char *found;
	int rc = find_name(folder, part, &found, &info);

	if (rc != 0)
		return explain(f, at, folder, part, rc);
	next.path = path_join(folder->path, found);
	if (next.path == NULL)
		rc = ERR_NOMEM;
	else if (info.kind == OS_LINK)
		rc = refuse(f, at, next.path, "a link; none is followed");
	else if (info.kind != OS_FOLDER)
		rc = ERR_NOENT; /* nothing can lie in it */
	else
		rc = os_dir_open_in(folder->dir, found, &next.dir);
	if (rc != 0 && rc != ERR_FORMAT)
		explain(f, at, folder, found, rc);
	free(found);
	if (rc != 0) {
		folder_close(&next);
		return rc;
	}
	folder_close(folder);
	*folder = next;
	return 0;
}

/* Opens the folder `path` of the map, part by part; one that is not there is
 * no error: then folder->dir is NULL. */
static int
open_folder(const struct finder *f, const struct sysmap_at *at,
    const char *path, struct folder *folder)
{
	const char *rest = path, *item;
	char *part;
	size_t len;
	int rc;

	rc = os_dir_open_in(f->sources->dir, ".", &folder->dir);
	if (rc != 0)
		return sources_why(f->sources, ".", rc, f->why);
	folder->path = text_copy("");
	if (folder->path == NULL)
		rc = ERR_NOMEM;
	while (rc == 0 && text_item(&rest, '/', &item, &len)) {
		part = text_copy_n(item, len);
		if (part == NULL)
			rc = ERR_NOMEM;
		else if (strcmp(part, ".") != 0)
			rc = descend(f, at, folder, part);
		free(part);
	}
	if (rc != 0)
		folder_close(folder);
	return rc == ERR_NOENT ? 0 : rc;
}

static void
close_folders(struct finder *f)
{
	folder_close(&f->here);
	folder_close(&f->disc);
	f->opened = false;
}

static int
open_folders(struct finder *f, size_t number)
{
	const struct sysmap_directory *d = &f->map->directories[number];
	int rc;

	if (f->opened && f->directory == number)
		return 0;
	close_folders(f);
	f->directory = number;
	rc = open_folder(f, &d->at, d->path, &f->here);
	if (rc == 0)
		rc = open_folder(f, &d->at, d->disc, &f->disc);
	f->opened = rc == 0;
	return rc;
}

static void
warn_of_size(struct finder *f, const struct sysmap_file *file, uint64_t found)
{
	if (file->size == found || ++f->sizes > SIZES_TOLD)
		return;
	buf_format(f->warnings,
	    "%s:%u:%u: %s: SIZE says %" PRIu64 " bytes, it has %" PRIu64 "\n",
	    f->shown, file->at.line, file->at.column, file->installed,
	    file->size, found);
}

/* `found` in the folder `in` is the file. */
static int
keep_file(struct finder *f, const struct sysmap_file *file,
    const struct folder *in, const char *found, const struct os_info *info)
{
	struct sources_file *kept;

	if (info->kind == OS_LINK)
		return refuse(
		    f, &file->at, found, "a link; links are not published");
	if (info->kind != OS_REGULAR)
		return refuse(f, &file->at, found, "not a file");
	kept = sources_add(f->sources, file->name, info);
	if (kept == NULL)
		return ERR_NOMEM;
	kept->from = path_join(in->path, found);
	kept->component = text_copy(file->component);
	if (kept->from == NULL || kept->component == NULL)
		return ERR_NOMEM;
	warn_of_size(f, file, info->size);
	return 0;
}

/* ERR_NOENT, and nothing said, when it is not there. */
static int
look_in(struct finder *f, const struct sysmap_file *file, struct folder *folder,
    const char *name)
{
	struct os_info info;
	char *found;
	int rc;

	if (folder->dir == NULL || name[0] == '\0')
		return ERR_NOENT;
	rc = find_name(folder, name, &found, &info);
	if (rc != 0)
		return explain(f, &file->at, folder, name, rc);
	rc = keep_file(f, file, folder, found, &info);
	free(found);
	return rc;
}

static bool
is_compressed(const struct sysmap_file *file)
{
	size_t len = strlen(file->disc);

	return file->compressed || (len > 0 && file->disc[len - 1] == '_');
}

static int
refuse_missing(struct finder *f, const struct sysmap_file *file)
{
	const struct sysmap_directory *d;
	struct buf reason = BUF_INIT;
	int rc;

	d = &f->map->directories[file->directory];
	buf_format(&reason, "not in %s", d->path);
	if (file->disc[0] != '\0' && is_compressed(file))
		buf_format(&reason,
		    ", and %s of %s is a compressed file: expand it to there",
		    file->disc, d->disc);
	else if (file->disc[0] != '\0')
		buf_format(&reason, ", nor as %s in %s", file->disc, d->disc);
	rc = refuse(f, &file->at, file->installed, buf_text(&reason));
	buf_free(&reason);
	return rc;
}

static int
find_file(struct finder *f, const struct sysmap_file *file)
{
	int rc = open_folders(f, file->directory);

	if (rc == 0)
		rc = look_in(f, file, &f->here, file->installed);
	if (rc == ERR_NOENT && !is_compressed(file))
		rc = look_in(f, file, &f->disc, file->disc);
	return rc == ERR_NOENT ? refuse_missing(f, file) : rc;
}

int
sysmap_find(const struct sysmap *map, const char *shown, struct sources *s,
    struct buf *warnings, struct buf *why)
{
	struct finder f = {
		.map = map,
		.shown = shown,
		.sources = s,
		.warnings = warnings,
		.why = why,
	};
	size_t i;
	int rc = 0;

	for (i = 0; i < map->count && rc == 0; i++)
		if (!map->files[i].passed)
			rc = find_file(&f, &map->files[i]);
	close_folders(&f);
	if (rc == 0 && f.sizes > SIZES_TOLD)
		buf_format(warnings, "%s: SIZE is wrong for %zu more files\n",
		    shown, f.sizes - SIZES_TOLD);
	return rc;
}
