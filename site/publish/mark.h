/*
 * The mark of a run that left nothing to do: one digest of everything that it
 * looked at. While it stays the same there is no need to read lists, patterns
 * and caches to find that out again.
 */
#ifndef MARK_H
#define MARK_H

#include <stdbool.h>

#include "digest.h"

struct buf;
struct domain;
struct os_dir;
struct sources;

/* The part of the source: names, sizes, times, indexes and flags of all files
 * in the order of the walk (so before sources_check), the SYSTEM.MAP ("" where
 * there is none), components.ini, DOMAIN.INI, and the version of this program.
 * ERR_NOMEM. */
int mark_source(const struct sources *sources, const struct buf *map,
    const struct buf *components, const struct domain *domain,
    char part[DIGEST_TEXT]);
/* The whole mark: that part, and the text of cl_nt.txt. */
int mark_make(const char *part, const struct buf *list, char mark[DIGEST_TEXT]);
/* Is it the one that stands in the tree? */
bool mark_is_set(struct os_dir *tree, const char *mark);
int mark_set(struct os_dir *tree, const char *mark);

#endif
