/* Names of files as text: joining, cutting, comparing. No file is touched. */
#ifndef PATH_H
#define PATH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The form that we keep a path in: `\` becomes '/', doubled separators are
 * folded (but for two at the start: a share), "." parts and separators at the
 * end are cut; "C:\" and "/" stay. malloc'd; NULL when out of memory.
 */
char *path_clean(const char *path);
/* `folder`/`name`; malloc'd, NULL when out of memory. An empty folder gives
 * the name alone, and so does ".". */
char *path_join(const char *folder, const char *name);
/* The part after the last separator (a pointer into `path`). */
const char *path_name(const char *path);
/* All before the last separator ("." when there is none, "/" for "/x"). */
char *path_folder(const char *path);
/* "/x", "//srv/share", "C:/x" and the same with `\`. */
bool path_is_absolute(const char *path);
/* Is ".." one of its parts? */
bool path_climbs(const char *path);

#endif
