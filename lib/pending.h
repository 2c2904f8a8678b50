/*
 * STATE/pending: components whose files cannot be replaced now, because
 * somebody uses them. Their content waits in .stage; the next start, or the
 * next run that finds the files free, places it. One record a component.
 */
#ifndef PENDING_H
#define PENDING_H

#include <stddef.h>
#include <stdint.h>

struct os_dir;
struct steps;

/* Writes the record of a component; the newer one replaces the older. */
int
pending_put(struct os_dir *state, uint64_t version, const struct steps *steps);
/* Forgets it. ERR_NOENT is no error. */
int pending_drop(struct os_dir *state, const char *component);

/*
 * Calls `each` for every whole record (the steps are freed after it); damaged
 * ones are removed, their number is added to *damaged: the plan finds anew what
 * they were about. A non-zero result of `each` ends it and is returned.
 */
typedef int
pending_each_fn(void *arg, uint64_t version, const struct steps *steps);
int pending_list(
    struct os_dir *state, pending_each_fn *each, void *arg, size_t *damaged);

#endif
