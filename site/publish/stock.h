/* Gets everything that a list names into the store of the tree. */
#ifndef STOCK_H
#define STOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct cache;
struct copylist;
struct input;
struct tree;

/* A content that is in the store, whole; several files may have it. */
struct stock_content {
	const char *digest; /* the input's, good as long as that */
	uint64_t size;
};

/* What this run has found in the store, or put there, under the lock. */
struct stock_seen {
	struct stock_content *contents; /* by digest, each once */
	size_t count;
	size_t added; /* contents that were copied */
};

void stock_seen_free(struct stock_seen *seen);

/*
 * Copies what the store lacks, or has damaged, and flushes it. What is there
 * already is read and hashed, unless `stored` knows it; `stored` notes it all,
 * and so does `seen`, for stock_seen_free in any case. Every content is
 * looked for once. The copy of DOMAIN.INI in the root is made first.
 * ERR_CHANGED when a source is no longer what its digest says; ERR_NOSPC
 * before anything is copied where the volume tells that it is too small; `why`
 * names the file.
 */
int stock_fill(const struct tree *tree, const struct input *input,
    struct cache *stored, struct stock_seen *seen, struct buf *why);
/* Is everything that the list names in the store, of its size? What `seen`
 * (it may be empty) has with that size is not looked for again; else as
 * stock_check_all. */
int stock_check_new(const struct tree *tree, const struct copylist *list,
    const struct stock_seen *seen, struct buf *why);
/*
 * Is everything that the list names in the store, of its size and content: all
 * is read. ERR_NOENT, ERR_DIGEST, ERR_LINK, ERR_NOTDIR and in `why` what is
 * not, the first ten by name; ERR_STOP; errors of reading.
 */
int stock_check_all(
    const struct tree *tree, const struct copylist *list, struct buf *why);

#endif
