/*
 * STATE/JOURNAL: the steps of a run from the moment that they may begin until
 * the run is committed. Who finds one carries it out before anything else; what
 * was still being watched (steps.settling) is undone instead.
 * Pending records, one file a component in STATE/pending, have the same form.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <stddef.h>
#include <stdint.h>

struct file_new;
struct os_dir;
struct steps;

struct journal {
	uint64_t version; /* CopyListVersion that the steps lead to */
	struct steps *components;
	size_t count;
};

/* Writes it in one step, flushed. */
int journal_write(
    struct os_dir *state, const char *rel, const struct journal *journal);
/* The same by file_new_write: it waits. */
int journal_new_write(struct file_new *file, const struct journal *journal);
/* ERR_NOENT: there is none. ERR_FORMAT, ERR_DIGEST, ERR_RANGE: damaged. */
int
journal_read(struct os_dir *state, const char *rel, struct journal *journal);
void journal_free(struct journal *journal);

#endif
