/*
 * Digests and versions that need not be read again: for a name, those that its
 * content had when size, time of change and index of the file were these. Two
 * of them stand in ROOT/.publish: CACHE for the source, STORED for the store.
 */
#ifndef CACHE_H
#define CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "digest.h"

struct buf;
struct cache;
struct os_dir;
struct os_info;

/*
 * Reads `rel` of `dir`; one that is missing, damaged or about something else
 * (`about` is one line of text, the path of the source) is an empty one.
 * `dir` NULL: empty. ERR_NOMEM.
 */
int cache_load(struct os_dir *dir, const char *rel, const char *about,
    struct cache **cache);
void cache_free(struct cache *cache); /* NULL is permitted */
/* The digest of `name`, and in *version (unless NULL) its version, if it is
 * unchanged: good until cache_free. NULL: unknown. Quickest when names are
 * asked for in the order they were noted. */
const char *cache_find(struct cache *cache, const char *name,
    const struct os_info *info, const char **version);
/* Had it that size? Then it may only have been touched since. */
bool cache_has_size(struct cache *cache, const char *name, uint64_t size);
/* What the next run is to know; `version` is "-" for none, and without blanks.
 * A name with a line end is ERR_NAME. */
int cache_note(struct cache *cache, const char *name,
    const struct os_info *info, const char *digest, const char *version);
/* Writes what was noted, when that differs from what was read; nothing can be
 * noted after that. */
int cache_save(struct cache *cache, struct os_dir *dir, const char *rel);

#endif
