/* Lists of file patterns; the first one that a name matches decides. */
#ifndef GLOBS_H
#define GLOBS_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct pattern;

struct globs_rule {
	struct pattern *pattern;
	char *glob;    /* as written */
	unsigned line; /* where */
	size_t value;  /* what it stands for; the caller's */
	bool used;     /* globs_find has found it */
};

struct globs {
	struct globs_rule *rules;
	size_t count;
};

/* Adds a pattern. ERR_FORMAT and the reason in `why`. */
int globs_add(struct globs *globs, const char *glob, unsigned line,
    size_t value, struct buf *why);
void globs_free(struct globs *globs);
/* The first rule that `name` matches, NULL in *found when none does. ERR_FORMAT
 * when a pattern takes too long on this name; `why` has "shown:line: ...". */
int globs_find(struct globs *globs, const char *shown, const char *name,
    const struct globs_rule **found, struct buf *why);
/* A line "shown:line: reason" for each rule that was never found. */
int
globs_unused(const struct globs *globs, const char *shown, struct buf *lines);

#endif
