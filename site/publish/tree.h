/*
 * The published tree (logon root) as its publisher sees it: opened, locked,
 * read, completed. What lies where stands in doc/tree.md.
 */
#ifndef TREE_H
#define TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "../../platform/os.h"
#include "buf.h"

struct copylist;

#define TREE_LISTS   "lists"
#define TREE_WORK    ".publish" /* ours alone */
#define TREE_LOCK    TREE_WORK "/LOCK"
#define TREE_CACHE   TREE_WORK "/CACHE"
#define TREE_STORED  TREE_WORK "/STORED"
#define TREE_MARK    TREE_WORK "/MARK"
#define TREE_WAITING TREE_WORK "/PENDING"
#define TREE_DOMAIN  TREE_WORK "/DOMAIN" /* of a rollback under way */

struct tree {
	char *path;
	struct os_dir *dir;   /* NULL: it is not there yet */
	struct os_lock *lock; /* NULL: not locked, or nothing to lock yet */
	struct os_info seen;  /* of cl_nt.txt when the tree was read; all 0:
				 * there was none */
	struct buf text;      /* of cl_nt.txt */
	/* Of its head, where that can be read; else 0. */
	uint64_t version, sequence;
	struct copylist *list; /* what is published; NULL: nothing, or
				 * tree_parse was not called */
};

/*
 * Opens `path`; one that is missing is no error when its parent folder exists.
 * With `write` it must be a place where this user may write, and it is locked
 * (if a publisher has worked there before; otherwise by tree_make) and
 * leftovers of runs that were cut off are removed. ERR_BUSY: another program
 * works on the tree. tree_close in any case.
 */
int tree_open(struct tree *tree, const char *path, bool write, struct buf *why);
/* Reads cl_nt.txt, or finds that nothing is published. ERR_FORMAT: it is too
 * long for a list. */
int tree_read(struct tree *tree, struct buf *why);
/* Makes a list of what tree_read found. ERR_FORMAT with "file:line: reason"
 * when it is damaged. */
int tree_parse(struct tree *tree, struct buf *why);
/*
 * Makes what is missing: the folder itself, boxes and folders with their
 * rights; takes the lock when tree_open could not. ERR_BUSY also when another
 * one published between tree_read and that.
 */
int tree_make(struct tree *tree, struct buf *why);
/* Drops the lock and frees. */
void tree_close(struct tree *tree);

/* Puts "ROOT/rel: text of code" into `why`, "ROOT" alone for "."; returns
 * `code`. */
int
tree_why(const struct tree *tree, const char *rel, int code, struct buf *why);

#endif
