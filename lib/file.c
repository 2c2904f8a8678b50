/*
 * Whole small files. A target is never opened for writing: the new content is
 * written beside it under a name of its own, flushed, and renamed over it.
 */
#include "file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "path.h"
#include "text.h"

#define PIECE	      ((size_t)4096) /* read at once, at least */
#define TRIES	      10	     /* of temporary names */
#define RANDOM_DIGITS 16
#define SUFFIX	      ".tmp"
#define DAY	      (24 * 3600 * OS_SECOND)

/* Reads what is left of the file; its size may have changed meanwhile, so only
 * `max` is believed. */
static int
read_rest(struct os_file *file, size_t max, size_t room, struct buf *out)
{
	size_t got;
	int rc;

	do {
		rc = buf_reserve(out, room);
		if (rc != 0)
			return rc;
		got = 0;
		rc = os_read(file, out->data + out->len, room, &got);
		if (rc != 0)
			return rc;
		out->len += got;
		out->data[out->len] = '\0';
		if (out->len > max)
			return ERR_RANGE;
	} while (got == room);
	return 0;
}

int
file_read(struct os_dir *dir, const char *rel, size_t max, struct buf *out)
{
	struct os_file *file = NULL;
	struct os_info info;
	size_t room;
	int rc;

	buf_clear(out);
	rc = os_open(dir, rel, OS_READ, OS_PRIVATE, &file);
	if (rc != 0)
		return rc;
	rc = os_file_info(file, &info);
	if (rc != 0)
		goto out;
	if (info.size > max || info.size >= SIZE_MAX) {
		rc = ERR_RANGE;
		goto out;
	}
	room = (size_t)info.size + 1; /* one more: the end shows at once */
	rc = read_rest(file, max, room < PIECE ? PIECE : room, out);
out:
	os_file_close(file);
	if (rc != 0)
		buf_clear(out);
	return rc;
}

int
file_read_path(const char *path, size_t max, struct buf *out)
{
	char *clean = path_clean(path);
	char *folder = clean == NULL ? NULL : path_folder(clean);
	struct os_dir *dir = NULL;
	int rc = ERR_NOMEM;

	buf_clear(out);
	if (folder == NULL)
		goto out;
	rc = ERR_ISDIR; /* "/" */
	if (*path_name(clean) == '\0')
		goto out;
	rc = os_dir_open(folder, &dir);
	if (rc == 0)
		rc = file_read(dir, path_name(clean), max, out);
out:
	os_dir_close(dir);
	free(folder);
	free(clean);
	return rc;
}

int
file_temporary(const char *rel, struct buf *name)
{
	uint64_t number;
	int rc;

	rc = os_random(&number, sizeof number);
	if (rc != 0)
		return rc;
	buf_clear(name);
	return buf_format(
	    name, "%s.%0*" PRIx64 SUFFIX, rel, RANDOM_DIGITS, number);
}

/* Makes a new file beside `rel`; its name is in `name`. */
static int
create_beside(struct os_dir *dir, const char *rel, enum os_rights rights,
    struct buf *name, struct os_file **file)
{
	int rc = ERR_EXIST;
	int i;

	for (i = 0; i < TRIES && rc == ERR_EXIST; i++) {
		rc = file_temporary(rel, name);
		if (rc == 0)
			rc = os_open(dir, name->data, OS_CREATE, rights, file);
	}
	return rc;
}

static int
fill(struct os_file *file, const void *data, size_t len, bool flush)
{
	int rc, late;

	rc = os_write(file, data, len);
	if (rc == 0 && flush)
		rc = os_file_flush(file);
	late = os_file_close(file);
	return rc != 0 ? rc : late;
}

int
file_new_write(
    struct file_new *file, enum os_rights rights, const void *data, size_t len)
{
	struct os_file *to = NULL;
	int rc = create_beside(file->dir, file->rel, rights, &file->name, &to);

	if (rc != 0)
		buf_clear(&file->name); /* nothing has it */
	else
		rc = fill(to, data, len, file->flush);
	if (rc != 0)
		file_new_end(file);
	return rc;
}

int
file_new_place(struct file_new *file)
{
	int rc = os_replace(
	    file->dir, buf_text(&file->name), file->dir, file->rel);

	if (rc == 0)
		buf_clear(&file->name);
	file_new_end(file);
	return rc;
}

void
file_new_end(struct file_new *file)
{
	if (file->name.len > 0)
		os_remove(file->dir, buf_text(&file->name));
	buf_free(&file->name);
}

int
file_write(struct os_dir *dir, const char *rel, enum os_rights rights,
    const void *data, size_t len)
{
	struct file_new file = FILE_NEW(dir, rel, true);
	char *folder = path_folder(rel);
	int rc = ERR_NOMEM;

	if (folder == NULL)
		return rc;
	rc = file_new_write(&file, rights, data, len);
	if (rc == 0)
		rc = file_new_place(&file);
	if (rc == 0)
		rc = os_dir_flush(dir, folder);
	free(folder);
	return rc;
}

/* NAME.<16 hex digits>.tmp, exactly as file_temporary makes it? A name with a
 * separator in it, which some systems have, would be another file to us. `stem`
 * is NAME, NULL: any. */
static bool
is_temporary(const char *name, const char *stem)
{
	size_t tail = 1 + RANDOM_DIGITS + sizeof SUFFIX - 1;
	size_t len = strlen(name);
	const char *p;

	if (len <= tail || strpbrk(name, "/\\") != NULL)
		return false;
	p = name + len - tail;
	if (stem != NULL &&
	    (strlen(stem) != len - tail ||
		strncmp(name, stem, len - tail) != 0))
		return false;
	return *p == '.' &&
	    strspn(p + 1, "0123456789abcdef") == RANDOM_DIGITS &&
	    strcmp(p + 1 + RANDOM_DIGITS, SUFFIX) == 0;
}

struct sweep {
	const char *stem;
	struct buf names;
};

static int
note_temporary(void *arg, const char *name, enum os_kind kind)
{
	struct sweep *sweep = arg;

	if (kind != OS_REGULAR || !is_temporary(name, sweep->stem))
		return 0;
	return buf_add(&sweep->names, name, strlen(name) + 1);
}

/* Somebody else may have been quicker, so a name that is gone is no error. */
static int
remove_old(struct os_dir *dir, const char *path, int64_t before)
{
	struct os_info info;
	int rc;

	rc = os_info(dir, path, &info);
	if (rc == 0 && info.kind == OS_REGULAR && info.mtime <= before)
		rc = os_remove(dir, path);
	return rc == ERR_NOENT ? 0 : rc;
}

int
file_sweep_of(
    struct os_dir *dir, const char *rel, const char *stem, int64_t age)
{
	struct sweep sweep = { .stem = stem, .names = BUF_INIT };
	const struct buf *names = &sweep.names;
	int64_t before = os_clock() - age;
	const char *name;
	char *path;
	int rc, one;

	/* First listed, then removed: the walk sees a folder at rest. */
	rc = os_dir_list(dir, rel, note_temporary, &sweep);
	if (rc != 0)
		goto out;
	for (name = names->data;
	     name != NULL && name < names->data + names->len;
	     name += strlen(name) + 1) {
		path = path_join(rel, name);
		one = path == NULL ? ERR_NOMEM : remove_old(dir, path, before);
		free(path);
		if (rc == 0)
			rc = one;
	}
out:
	buf_free(&sweep.names);
	return rc;
}

int
file_sweep(struct os_dir *dir, const char *rel, int64_t age)
{
	return file_sweep_of(dir, rel, NULL, age);
}

/* 0 when `rel` is a folder, or was made one. */
static int
make_folder(struct os_dir *dir, const char *rel, enum os_rights rights)
{
	struct os_info info;
	int rc;

	rc = os_dir_make(dir, rel, rights);
	if (rc != ERR_EXIST)
		return rc;
	rc = os_info(dir, rel, &info);
	if (rc != 0)
		return rc;
	if (info.kind == OS_LINK)
		return ERR_LINK;
	return info.kind == OS_FOLDER ? 0 : ERR_NOTDIR;
}

int
file_make_folders(struct os_dir *dir, const char *rel, enum os_rights rights)
{
	char *folder = path_folder(rel);
	struct os_info info;
	size_t i;
	int rc = 0;

	if (folder == NULL)
		return ERR_NOMEM;
	if (os_info(dir, folder, &info) == 0 && info.kind == OS_FOLDER)
		goto out;
	for (i = 1; rc == 0 && folder[i - 1] != '\0'; i++) {
		char c = folder[i];

		if (c != '\0' && c != '/' && c != '\\')
			continue;
		folder[i] = '\0';
		rc = make_folder(dir, folder, rights);
		folder[i] = c;
	}
out:
	free(folder);
	return rc;
}

int64_t
file_arrived(const struct os_info *info, int64_t now)
{
	int64_t came = info->changed;

	if (came > now + DAY)
		came = INT64_MIN;
	if (info->mtime <= now && info->mtime > came)
		came = info->mtime;
	return came;
}
