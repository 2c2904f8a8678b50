/* What components.c and components_check.c share. Nobody else includes it. */
#ifndef COMPONENTS_INSIDE_H
#define COMPONENTS_INSIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "globs.h"

struct buf;
struct copylist;
struct inifile_entry;

/* Lines of keys that are looked at again later; 0: the key is not there. */
struct components_lines {
	unsigned type, after, binary, when;
};

struct components {
	char *shown;
	struct copylist *list;
	struct components_lines *lines; /* by component */
	size_t standard;		/* number of that component */
	struct globs files;		/* for the number of a component */
	struct globs flags;		/* for flags */
	bool release;			/* there is a [Release] */
};

/* The number of a component, the count of them when there is none. */
size_t
components_number(const struct copylist *list, const char *name, size_t len);
/* components_release.c: one key of [Release], into what `list` says of itself.
 * ERR_FORMAT with "shown:line: reason", ERR_NOMEM. */
int components_read_release(struct copylist *list, const char *shown,
    const struct inifile_entry *e, struct buf *why);

#endif
