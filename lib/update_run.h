/* One run of an update, shared by the files of update. Not for others. */
#ifndef UPDATE_RUN_H
#define UPDATE_RUN_H

#include "file.h"
#include "step.h"
#include "update.h"

struct update_work {
	struct plan_component *plan;
	struct steps steps;
	bool changes; /* takes part in this run */
	bool stays;   /* but nothing of it is placed */
	struct steps_outcome outcome;
	enum update_state state;
	struct buf reason;
};

struct update_run {
	struct update *update;
	const struct update_job *job;
	struct update_result *result;
	struct update_work *work; /* parallel to plan.components */
	size_t count;
	bool stage_empty;  /* nothing was staged when this run began */
	bool begun;	   /* the journal stands */
	bool keep_journal; /* a component could not be put back */
};

/* Flushes what was staged or placed, and what waits in STATE. */
int update_flush(const struct update_job *job);
/* The owned set as old + new; it waits in `file`. */
int update_write_owned(struct update_run *run, struct file_new *file);
/* The owned set as it is after the run: whole components as the list says,
 * others as they were, with what they may still bring; it waits in `file`. */
int update_settle_owned(struct update_run *run, struct file_new *file);
/* SMS.INI: phase and what goes with it. */
int update_write_begin(struct update_run *run, struct buf *why);
/* Step 12, and the result. */
int update_commit(struct update_run *run, struct buf *why);
/* Sweeps .stage but for what pending records need. */
void update_sweep(const struct update_job *job);
/* Adds the staged names that pending records need to a list of names. */
int update_keep_pending(
    struct os_dir *state, char ***names, size_t *count, size_t *size);
void update_free_names(char **names, size_t count);

#endif
