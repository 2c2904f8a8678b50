/* Gets everything that a list names into the store of the tree. */
#ifndef STOCK_H
#define STOCK_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct cache;
struct copylist;
struct input;
struct tree;

/*
 * Copies what the store lacks, or has damaged, and flushes it. What is there
 * already is read and hashed, unless `stored` knows it; `stored` notes it all.
 * *added counts what was copied. The copy of DOMAIN.INI in the root is made
 * first. ERR_CHANGED when a source is no longer what its digest says; ERR_NOSPC
 * before anything is copied where the volume tells that it is too small; `why`
 * names the file.
 */
int stock_fill(const struct tree *tree, const struct input *input,
    struct cache *stored, size_t *added, struct buf *why);
/*
 * Is everything that the list names in the store, of its size and (`read`) its
 * content? ERR_NOENT, ERR_DIGEST, ERR_LINK, ERR_NOTDIR and in `why` what is
 * not, the first ten by name; ERR_STOP; errors of reading.
 */
int stock_check(const struct tree *tree, const struct copylist *list, bool read,
    struct buf *why);

#endif
