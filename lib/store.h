/*
 * The published tree as those see it who write it: store/<2 hex>/<sha256>.
 * Content is added under its own digest and never changed.
 */
#ifndef STORE_H
#define STORE_H

#include <stddef.h>
#include <stdint.h>

#include "digest.h"

struct buf;
struct os_dir;
struct os_file;

#define STORE_FOLDER "store"

/* "store/9f/9f86d0..." for a digest of 64 digits. */
int store_name(const char *digest, struct buf *name);
/* A temporary file in store/, under *name, to be filled, closed and given to
 * store_place (or removed); what a run that was cut off leaves, file_sweep removes. */
int store_begin(struct os_dir *tree, struct buf *name, struct os_file **file);
/* Gives that file, whole, the name of its content. What is there already stays
 * when size and content are right, and the temporary one goes; else it is
 * replaced, which heals a damaged store. After an error `temporary` is still
 * there. */
int store_place(struct os_dir *tree, const char *temporary, uint64_t size,
    const char *digest);
/*
 * Copies the rest of `from` into the tree, hashing while it copies; *size and
 * digest say what it was. As store_begin and store_place; the
 * data are flushed by the caller (os_dir_flush_all) before a list names them.
 */
int store_add(struct os_dir *tree, struct os_file *from, uint64_t *size,
    char digest[DIGEST_TEXT]);
/* Is it there, a regular file of that size and (hash != 0) that content? 0,
 * ERR_NOENT, ERR_DIGEST, errors of reading. */
int
store_check(struct os_dir *tree, const char *digest, uint64_t size, int hash);

#endif
