/*
 * The published tree. A run that is about to refuse its input must leave a
 * tree as it is, so what is missing is made late, by tree_make; the lock is
 * taken early where its folder is there already.
 */
#include "tree.h"

#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "buf.h"
#include "ccr.h"
#include "copylist.h"
#include "file.h"
#include "history.h"
#include "path.h"
#include "rawfile.h"
#include "store.h"
#include "text.h"

#define BOX_AGE (24 * 3600 * OS_SECOND) /* of what clients left half done */

int
tree_why(const struct tree *tree, const char *rel, int code, struct buf *why)
{
	bool root = strcmp(rel, ".") == 0;

	return buf_why(why, code, "%s%s%s: %s", tree->path, root ? "" : "/",
	    root ? "" : rel, err_text(code));
}

/* A root that is missing is made, its parent is not. */
static int
check_parent(const struct tree *tree, struct buf *why)
{
	char *folder = path_folder(tree->path);
	struct os_dir *dir = NULL;
	int rc = ERR_NOMEM;

	if (folder != NULL)
		rc = os_dir_open(folder, &dir);
	if (rc != 0)
		buf_why(why, rc, "%s: %s: the folder above %s", tree->path,
		    err_text(rc),
		    rc == ERR_NOENT ? "is missing too" : "cannot be opened");
	os_dir_close(dir);
	free(folder);
	return rc;
}

static int
lock(struct tree *tree, struct buf *why)
{
	int rc = os_lock_take(tree->dir, TREE_LOCK, OS_PRIVATE, 0, &tree->lock);

	if (rc == ERR_BUSY)
		return buf_why(why, rc,
		    "%s: another program is at work on "
		    "this tree; try again later",
		    tree->path);
	return rc == 0 ? 0 : tree_why(tree, TREE_LOCK, rc, why);
}

/* What killed runs left is no use to anybody; being unable to remove it is no
 * reason to stop. In the boxes clients may be at work. */
static void
sweep(struct tree *tree)
{
	static const char *const folders[] = {
		".",
		STORE_FOLDER,
		TREE_LISTS,
		TREE_WORK,
	};
	size_t i;

	(void)file_sweep(tree->dir, CCR_BOX, BOX_AGE);
	(void)file_sweep(tree->dir, RAWFILE_BOX, BOX_AGE);
	for (i = 0; i < sizeof folders / sizeof folders[0]; i++)
		(void)file_sweep(tree->dir, folders[i], 0);
}

static int
lock_and_sweep(struct tree *tree, struct buf *why)
{
	int rc = lock(tree, why);

	if (rc == 0)
		sweep(tree);
	return rc;
}

static int
open_to_write(struct tree *tree, struct buf *why)
{
	struct os_info info;
	int rc = os_may_write(tree->path);

	if (rc != 0)
		return tree_why(tree, ".", rc, why);
	if (tree->dir == NULL)
		return 0;
	rc = os_info(tree->dir, TREE_WORK, &info);
	if (rc == ERR_NOENT)
		return 0;
	if (rc == 0 && info.kind != OS_FOLDER)
		rc = info.kind == OS_LINK ? ERR_LINK : ERR_NOTDIR;
	if (rc != 0)
		return tree_why(tree, TREE_WORK, rc, why);
	return lock_and_sweep(tree, why);
}

int
tree_open(struct tree *tree, const char *path, bool write, struct buf *why)
{
	int rc;

	memset(tree, 0, sizeof *tree);
	tree->path = text_copy(path);
	if (tree->path == NULL)
		return ERR_NOMEM;
	rc = os_dir_open(path, &tree->dir);
	if (rc == ERR_NOENT)
		rc = check_parent(tree, why);
	else if (rc != 0)
		tree_why(tree, ".", rc, why);
	if (rc == 0 && write)
		rc = open_to_write(tree, why);
	return rc;
}

void
tree_close(struct tree *tree)
{
	copylist_free(tree->list);
	buf_free(&tree->text);
	os_lock_drop(tree->lock);
	os_dir_close(tree->dir);
	free(tree->path);
	memset(tree, 0, sizeof *tree);
}

static void
read_head(struct tree *tree)
{
	struct copylist_head head;
	size_t len = tree->text.len;

	if (len > COPYLIST_HEAD)
		len = COPYLIST_HEAD;
	if (copylist_read_head(
		COPYLIST_NAME, buf_text(&tree->text), len, &head, NULL) != 0)
		return;
	tree->version = head.version;
	tree->sequence = head.sequence;
}

int
tree_read(struct tree *tree, struct buf *why)
{
	int rc;

	if (tree->dir == NULL)
		return 0;
	rc = os_info(tree->dir, COPYLIST_NAME, &tree->seen);
	if (rc == 0)
		rc = file_read(
		    tree->dir, COPYLIST_NAME, COPYLIST_MAX, &tree->text);
	if (rc == ERR_NOENT) {
		memset(&tree->seen, 0, sizeof tree->seen);
		return 0;
	}
	if (rc == ERR_RANGE)
		return buf_why(why, ERR_FORMAT,
		    "%s/" COPYLIST_NAME ": over %zu bytes long", tree->path,
		    COPYLIST_MAX);
	if (rc != 0)
		return tree_why(tree, COPYLIST_NAME, rc, why);
	read_head(tree);
	return 0;
}

int
tree_parse(struct tree *tree, struct buf *why)
{
	char *shown;
	int rc;

	if (tree->seen.id == 0 || tree->list != NULL)
		return 0;
	shown = path_join(tree->path, COPYLIST_NAME);
	if (shown == NULL)
		return ERR_NOMEM;
	rc = copylist_parse(
	    shown, buf_text(&tree->text), tree->text.len, &tree->list, why);
	free(shown);
	return rc;
}

static int
make_root(struct tree *tree, struct buf *why)
{
	char *folder = path_folder(tree->path);
	struct os_dir *parent = NULL;
	int rc = ERR_NOMEM;

	if (folder == NULL)
		return rc;
	rc = os_dir_open(folder, &parent);
	if (rc == 0)
		rc = os_dir_make(parent, path_name(tree->path), OS_PUBLIC);
	if (rc == 0 || rc == ERR_EXIST)
		rc = os_dir_open(tree->path, &tree->dir);
	if (rc == 0)
		rc = os_dir_flush(parent, ".");
	os_dir_close(parent);
	free(folder);
	return rc == 0 ? 0 : tree_why(tree, ".", rc, why);
}

/* Is cl_nt.txt still what tree_read saw, before the tree was locked? */
static int
check_seen(const struct tree *tree, struct buf *why)
{
	struct os_info now;
	int rc = os_info(tree->dir, COPYLIST_NAME, &now);

	if (rc == ERR_NOENT) {
		memset(&now, 0, sizeof now);
		rc = 0;
	}
	if (rc != 0)
		return tree_why(tree, COPYLIST_NAME, rc, why);
	if (now.id == tree->seen.id && now.size == tree->seen.size &&
	    now.mtime == tree->seen.mtime)
		return 0;
	return buf_why(why, ERR_BUSY,
	    "%s: another program published here "
	    "meanwhile; try again",
	    tree->path);
}

static int
make_folder(
    struct tree *tree, const char *rel, enum os_rights rights, struct buf *why)
{
	struct os_info info;
	int rc = os_dir_make(tree->dir, rel, rights);

	if (rc == ERR_EXIST) {
		rc = os_info(tree->dir, rel, &info);
		if (rc == 0 && info.kind != OS_FOLDER)
			rc = info.kind == OS_LINK ? ERR_LINK : ERR_NOTDIR;
	}
	return rc == 0 ? 0 : tree_why(tree, rel, rc, why);
}

static int
make_folders(struct tree *tree, struct buf *why)
{
	static const struct {
		const char *rel;
		enum os_rights rights;
	} folders[] = {
		{ STORE_FOLDER, OS_PUBLIC },
		{ TREE_LISTS, OS_PUBLIC },
		{ HISTORY_SIGNATURES, OS_PUBLIC },
		{ "bin", OS_PUBLIC },
		{ CCR_BOX, OS_DROP_BOX },
		{ CCR_BOX "/processing", OS_PRIVATE },
		{ CCR_BOX "/retry", OS_PRIVATE },
		{ CCR_BOX "/failed", OS_PRIVATE },
		{ RAWFILE_BOX, OS_DROP_BOX },
		{ RAWFILE_BOX "/processing", OS_PRIVATE },
		{ RAWFILE_BOX "/history", OS_PRIVATE },
		{ RAWFILE_BOX "/badraws", OS_PRIVATE },
	};
	size_t i;
	int rc = 0;

	for (i = 0; i < sizeof folders / sizeof folders[0] && rc == 0; i++)
		rc = make_folder(tree, folders[i].rel, folders[i].rights, why);
	return rc;
}

int
tree_make(struct tree *tree, struct buf *why)
{
	int rc = 0;

	if (tree->dir == NULL)
		rc = make_root(tree, why);
	if (rc == 0 && tree->lock == NULL) {
		rc = make_folder(tree, TREE_WORK, OS_PRIVATE, why);
		if (rc == 0)
			rc = lock_and_sweep(tree, why);
		if (rc == 0)
			rc = check_seen(tree, why);
	}
	if (rc == 0)
		rc = make_folders(tree, why);
	return rc;
}
