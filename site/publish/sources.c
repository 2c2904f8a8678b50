/*
 * Walks the source folder. Each folder is opened from the one at the top
 * without following links, listed, and its folders are put into a queue: one
 * open folder at a time, however deep the source is.
 */
#include "sources.h"

#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "buf.h"
#include "copylist.h"
#include "path.h"
#include "pattern.h"
#include "text.h"

#define NAME_LIMIT 240 /* bytes of a destination */

struct walk {
	struct sources *sources;
	const struct os_info *forbidden;
	bool top;	       /* only what special_of knows is looked for */
	struct os_dir *folder; /* under reading */
	struct buf rel;	       /* its name and '/', "" at the top */
	struct buf queue;      /* names of folders to read, and their NULs */
	struct buf *why;
};

int
sources_open(struct sources *s, const char *path, struct buf *why)
{
	int rc;

	memset(s, 0, sizeof *s);
	s->given = text_copy(path);
	s->path = text_copy(path);
	if (s->given == NULL || s->path == NULL)
		return ERR_NOMEM;
	rc = os_dir_open(path, &s->dir);
	if (rc == ERR_NOTDIR) {
		free(s->path);
		s->path = path_folder(path);
		s->map = text_copy(path_name(path));
		if (s->path == NULL || s->map == NULL)
			return ERR_NOMEM;
		rc = os_dir_open(s->path, &s->dir);
	}
	if (rc != 0)
		return buf_why(why, rc, "%s: %s", path, err_text(rc));
	return 0;
}

static void
forget_files(struct sources *s)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		free(s->files[i].name);
		free(s->files[i].folded);
		free(s->files[i].from);
		free(s->files[i].component);
		free(s->files[i].copy);
	}
	free(s->files);
	free(s->components);
	free(s->domain);
	s->files = NULL;
	s->count = s->size = 0;
	s->components = s->domain = NULL;
}

void
sources_close(struct sources *s)
{
	forget_files(s);
	os_dir_close(s->dir);
	free(s->given);
	free(s->path);
	free(s->map);
	memset(s, 0, sizeof *s);
}

int
sources_shown(const struct sources *s, const char *name, struct buf *out)
{
	bool utf8 = text_is_utf8(name, strlen(name));
	const unsigned char *c;

	buf_format(out, "%s/", s->path);
	for (c = (const unsigned char *)name; *c != '\0'; c++) {
		if (*c < 0x20 || *c == 0x7f || (*c >= 0x80 && !utf8))
			buf_format(out, "\\x%02x", *c);
		else
			buf_add_char(out, (char)*c);
	}
	return buf_add_text(out, "");
}

/* Puts "SOURCE/name: reason" into `why`. */
static int
refuse(const struct sources *s, const char *name, int code, const char *reason,
    struct buf *why)
{
	struct buf shown = BUF_INIT;

	sources_shown(s, name, &shown);
	buf_why(why, code, "%s: %s", buf_text(&shown), reason);
	buf_free(&shown);
	return code;
}

int
sources_why(
    const struct sources *s, const char *name, int code, struct buf *why)
{
	return refuse(s, name, code, err_text(code), why);
}

static int
grow(struct sources *s)
{
	struct sources_file *files;
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): never NULL */
	size_t size = s->size == 0 ? 256 : 2 * s->size;

	if (s->count < s->size)
		return 0;
	if (size > SIZE_MAX / sizeof *files)
		return ERR_NOMEM;
	files = realloc(s->files, size * sizeof *files);
	if (files == NULL)
		return ERR_NOMEM;
	s->files = files;
	s->size = size;
	return 0;
}

struct sources_file *
sources_add(struct sources *s, const char *name, const struct os_info *info)
{
	struct sources_file *file;

	if (grow(s) != 0)
		return NULL;
	file = &s->files[s->count];
	memset(file, 0, sizeof *file);
	file->info = *info;
	file->name = text_copy(name);
	if (file->name == NULL)
		return NULL;
	s->count++;
	return file;
}

/* components.ini and DOMAIN.INI at the top: which of them is it? */
static char **
special_of(struct sources *s, const char *name)
{
	if (text_same(name, SOURCES_COMPONENTS))
		return &s->components;
	if (text_same(name, SOURCES_DOMAIN))
		return &s->domain;
	return NULL;
}

static int
keep_special(struct walk *w, char **special, const char *name)
{
	if (*special != NULL)
		return refuse(w->sources, name, ERR_FORMAT,
		    "is there twice, in different letter case", w->why);
	*special = text_copy(name);
	return *special == NULL ? ERR_NOMEM : 0;
}

static int
add_file(struct walk *w, const char *rel, const char *name)
{
	char **special = strcmp(rel, name) == 0 ? special_of(w->sources, name)
						: NULL;
	struct os_info info;
	int rc;

	if (special != NULL)
		return keep_special(w, special, name);
	rc = os_info(w->folder, name, &info);
	if (rc == 0 && info.kind != OS_REGULAR)
		rc = ERR_CHANGED;
	if (rc == 0 && sources_add(w->sources, rel, &info) == NULL)
		rc = ERR_NOMEM;
	return rc == 0 ? 0 : sources_why(w->sources, rel, rc, w->why);
}

static int
add_folder(struct walk *w, const char *rel)
{
	/* Nothing in it could have a name that is short enough. */
	if (strlen(rel) > NAME_LIMIT)
		return refuse(w->sources, rel, ERR_FORMAT,
		    "longer than 240 bytes", w->why);
	return buf_add(&w->queue, rel, strlen(rel) + 1);
}

static int
add_entry(void *arg, const char *name, enum os_kind kind)
{
	struct walk *w = arg;
	size_t len = w->rel.len;
	const char *reason = NULL;
	int rc;

	if (w->top && special_of(w->sources, name) == NULL)
		return 0;
	rc = buf_add_text(&w->rel, name);
	if (rc != 0)
		return rc;
	/* On POSIX a name may hold one; a list would take it for two names. */
	if (strchr(name, '\\') != NULL)
		reason = "a backslash in the name";
	else if (kind == OS_LINK)
		reason = "a link; links are not published";
	else if (kind == OS_OTHER)
		reason = "neither a file nor a folder";
	else if (kind == OS_FOLDER && strcmp(w->rel.data, name) == 0 &&
	    special_of(w->sources, name) != NULL)
		reason = "a folder; it has to be a file";
	if (reason != NULL)
		rc = refuse(
		    w->sources, w->rel.data, ERR_FORMAT, reason, w->why);
	else if (kind == OS_FOLDER)
		rc = add_folder(w, w->rel.data);
	else
		rc = add_file(w, w->rel.data, name);
	w->rel.len = len;
	w->rel.data[len] = '\0';
	return rc;
}

/* The logon root in its own source would publish itself. */
static int
check_folder(const struct walk *w, const char *rel)
{
	struct os_info info;
	int rc;

	if (w->forbidden == NULL)
		return 0;
	rc = os_info(w->folder, ".", &info);
	if (rc != 0)
		return sources_why(w->sources, rel, rc, w->why);
	if (info.id == w->forbidden->id && info.volume == w->forbidden->volume)
		return refuse(w->sources, rel, ERR_FORMAT,
		    "the logon root may not lie in the source", w->why);
	return 0;
}

/* Reads one folder; `rel` is "." at the top. */
static int
read_folder(struct walk *w, const char *rel)
{
	int rc;

	buf_clear(&w->rel);
	if (strcmp(rel, ".") != 0)
		buf_format(&w->rel, "%s/", rel);
	else
		buf_add_text(&w->rel, "");
	if (w->rel.failed)
		return ERR_NOMEM;
	rc = os_dir_open_in(w->sources->dir, rel, &w->folder);
	if (rc != 0)
		return sources_why(w->sources, rel, rc, w->why);
	buf_clear(w->why);
	rc = check_folder(w, rel);
	if (rc == 0)
		rc = os_dir_list(w->folder, ".", add_entry, w);
	os_dir_close(w->folder);
	w->folder = NULL;
	/* A message is there when it was about a name in the folder. */
	if (rc != 0 && w->why != NULL && w->why->len == 0)
		sources_why(w->sources, rel, rc, w->why);
	return rc;
}

int
sources_walk(
    struct sources *s, const struct os_info *forbidden, struct buf *why)
{
	struct walk w = { .sources = s, .forbidden = forbidden, .why = why };
	size_t at = 0;
	char *rel;
	int rc;

	forget_files(s);
	rc = read_folder(&w, ".");
	while (rc == 0 && at < w.queue.len) {
		/* Reading adds to the queue, which may move it. */
		rel = text_copy(w.queue.data + at);
		if (rel == NULL) {
			rc = ERR_NOMEM;
			break;
		}
		at += strlen(rel) + 1;
		rc = read_folder(&w, rel);
		free(rel);
	}
	buf_free(&w.queue);
	buf_free(&w.rel);
	return rc;
}

int
sources_look(struct sources *s, struct buf *why)
{
	struct walk w = { .sources = s, .top = true, .why = why };
	int rc;

	forget_files(s);
	rc = read_folder(&w, ".");
	buf_free(&w.queue);
	buf_free(&w.rel);
	return rc;
}

const char *
sources_from(const struct sources_file *file)
{
	return file->from == NULL ? file->name : file->from;
}

static int
compare_files(const void *a, const void *b)
{
	const struct sources_file *fa = a, *fb = b;

	return strcmp(fa->folded, fb->folded);
}

/* The same, twins in an order of their own, so that messages about them do not
 * depend on the order of the folder. */
static int
compare_names(const void *a, const void *b)
{
	const struct sources_file *fa = a, *fb = b;
	int order = compare_files(a, b);

	return order != 0 ? order : strcmp(fa->name, fb->name);
}

static const struct sources_file *
find_folded(const struct sources *s, const char *folded, size_t len)
{
	struct sources_file wanted = { 0 };
	const struct sources_file *found;

	wanted.folded = text_copy_n(folded, len);
	if (wanted.folded == NULL)
		return NULL;
	found = bsearch(
	    &wanted, s->files, s->count, sizeof *s->files, compare_files);
	free(wanted.folded);
	return found;
}

/*
 * Is one of the folders of `file` also the name of a file? Folders that are
 * those of the file before have been looked at with it.
 */
static int
check_folders_of(const struct sources *s, const struct sources_file *file,
    const char *before, struct buf *why)
{
	const struct sources_file *other;
	const char *slash = file->folded;
	size_t len;

	while ((slash = strchr(slash, '/')) != NULL) {
		len = (size_t)(slash++ - file->folded);
		if (strncmp(before, file->folded, len + 1) == 0)
			continue;
		other = find_folded(s, file->folded, len);
		if (other != NULL)
			return refuse(s, other->name, ERR_FORMAT,
			    "a file, and a folder but for letter case", why);
	}
	return 0;
}

static int
check_twins(const struct sources *s, struct buf *why)
{
	struct buf reason = BUF_INIT;
	size_t i;
	int rc = 0;

	for (i = 0; i < s->count && rc == 0; i++) {
		if (i > 0 &&
		    strcmp(s->files[i - 1].folded, s->files[i].folded) == 0) {
			buf_format(&reason,
			    "the same name as %s but for "
			    "letter case",
			    s->files[i - 1].name);
			rc = refuse(s, s->files[i].name, ERR_FORMAT,
			    buf_text(&reason), why);
		} else {
			rc = check_folders_of(s, &s->files[i],
			    i == 0 ? "" : s->files[i - 1].folded, why);
		}
	}
	buf_free(&reason);
	return rc;
}

static int
check_name(const struct sources *s, struct sources_file *file, struct buf *why)
{
	const char *reason = copylist_refusal(file->name);
	struct buf folded = BUF_INIT;
	int rc;

	if (reason != NULL)
		return refuse(s, file->name, ERR_FORMAT, reason, why);
	rc = pattern_fold(file->name, &folded);
	if (rc == 0) {
		file->folded = buf_take(&folded);
		if (file->folded == NULL)
			rc = ERR_NOMEM;
	}
	buf_free(&folded);
	return rc;
}

int
sources_check(struct sources *s, struct buf *why)
{
	size_t i;
	int rc;

	for (i = 0; i < s->count; i++) {
		rc = check_name(s, &s->files[i], why);
		if (rc != 0)
			return rc;
	}
	if (s->count > 0)
		qsort(s->files, s->count, sizeof *s->files, compare_names);
	return check_twins(s, why);
}

bool
sources_same(const struct os_info *a, const struct os_info *b)
{
	return a->size == b->size && a->mtime == b->mtime && a->id == b->id &&
	    a->volume == b->volume;
}

int
sources_check_file(const struct sources *s, const struct sources_file *file,
    struct os_file *opened, struct buf *why)
{
	struct os_info now;
	int rc = os_file_info(opened, &now);

	if (rc == 0 && !sources_same(&now, &file->info))
		rc = ERR_CHANGED;
	if (rc == ERR_CHANGED)
		return refuse(s, sources_from(file), rc,
		    "changed while it was read", why);
	return rc == 0 ? 0 : sources_why(s, sources_from(file), rc, why);
}

int
sources_open_file(const struct sources *s, const struct sources_file *file,
    struct os_file **opened, struct buf *why)
{
	int rc = os_open(
	    s->dir, sources_from(file), OS_READ, OS_PRIVATE, opened);

	if (rc == ERR_NOENT)
		return refuse(s, sources_from(file), rc,
		    "vanished while it was read", why);
	if (rc != 0)
		return sources_why(s, sources_from(file), rc, why);
	rc = sources_check_file(s, file, *opened, why);
	if (rc != 0) {
		os_file_close(*opened);
		*opened = NULL;
	}
	return rc;
}
