/*
 * .stage in the client root: new content waits there, verified and flushed,
 * before anything is placed; what was in the way stands aside there. A piece
 * that is whole survives a run which was cut off and is not fetched again.
 */
#ifndef STAGE_H
#define STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct os_dir;
struct progress;
struct source;
struct step;
struct steps;

/* Makes the folder, administrators only. *empty: it was not there. */
int stage_open(struct os_dir *client, bool *empty);
/* Removes the folder's content but for what `keep` lists (names of
 * step_staged_name, count of them, sorted by strcmp), and the folder when it is
 * empty then. What is in use gives up its name at least. Other failures leave
 * something behind for the next time. */
void stage_sweep(struct os_dir *client, char *const keep[], size_t count);
/* Adds the staged names of all steps that wait in .stage to `*names`
 * (malloc'd strings), `*count` and `*size` grow. */
int stage_names(
    const struct steps *steps, char ***names, size_t *count, size_t *size);

/* Is the content of the step there, whole (hashed) and stamped? 0, ERR_NOENT, ERR_DIGEST
 * or another code. */
int stage_check(struct os_dir *client, const struct step *step);
/*
 * Fetches the content of one step, stamped with its time and flags, not
 * flushed. Codes and *ours as source_fetch; whatever was not whole is gone.
 */
struct stage_job {
	struct os_dir *client;
	struct source *source;
	uint64_t bandwidth; /* bytes a second, 0: no limit */
	struct progress *progress;
};
int stage_fetch(const struct stage_job *job, const struct step *step, int *ours,
    struct buf *why);
/* Asks for the content of a later stage_fetch; codes as source_ahead. */
int stage_ahead(const struct stage_job *job, const struct step *step);

#endif
