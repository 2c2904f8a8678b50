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
/*
 * Copies the rest of `from` into the tree, hashing while it copies; *size and
 * digest say what it was. A temporary file in store/, renamed when whole; the
 * data are flushed by the caller (os_dir_flush_all) before a list names them.
 * What is there already stays when size and content are right; else it is
 * replaced, which heals a damaged store.
 */
int store_add(struct os_dir *tree, struct os_file *from, uint64_t *size,
    char digest[DIGEST_TEXT]);
/* Is it there, a regular file of that size and (hash != 0) that content? 0,
 * ERR_NOENT, ERR_DIGEST, errors of reading. */
int
store_check(struct os_dir *tree, const char *digest, uint64_t size, int hash);

#endif
