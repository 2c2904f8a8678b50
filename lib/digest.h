/*
 * SHA-256 through libgcrypt; with minisig its only user. The library is
 * initialised at the first use, because the path on which nothing has changed
 * must not pay for it.
 */
#ifndef DIGEST_H
#define DIGEST_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct os_dir;
struct os_file;
struct os_share_sum;

#define DIGEST_SIZE 32			  /* bytes */
#define DIGEST_TEXT (2 * DIGEST_SIZE + 1) /* hex digits and a NUL */

struct digest; /* a computation under way */

/* Starts one; NULL when out of memory. */
struct digest *digest_new(void);
void digest_add(struct digest *d, const void *data, size_t len);
/* The result so far as 64 lower-case hex digits; starts anew after that. */
void digest_finish(struct digest *d, char hex[DIGEST_TEXT]);
void digest_free(struct digest *d); /* NULL is permitted */

/* The same, for what a share reads (os_share_sum). */
const struct os_share_sum *digest_sum(void);

/* All at once; ERR_NOMEM. */
int digest_of(const void *data, size_t len, char hex[DIGEST_TEXT]);
/* The same as bytes (for Rollout=). */
int
digest_bytes(const void *data, size_t len, unsigned char bytes[DIGEST_SIZE]);
/* Of the rest of an open file, or of a file by name. */
int digest_of_file(struct os_file *file, char hex[DIGEST_TEXT]);
int digest_of_name(struct os_dir *dir, const char *rel, char hex[DIGEST_TEXT]);
/* 64 digits of 0-9a-f and nothing else? */
bool digest_is_text(const char *text);

#endif
