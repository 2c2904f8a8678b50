/*
 * A step: one change to one file of the client root, which can be done, undone
 * and finished, and be repeated after a kill at any point. The changes that a
 * component needs are its steps; journal and pending records hold them.
 *
 * New content waits in .stage under the step's `staged` name; what was there
 * before goes to `aside`, also in .stage, until the component is whole. The
 * target itself is the old or the new file at every moment:
 *
 *	before		staged, old target
 *	link		staged, old target, aside (the same file as target)
 *	replace		new target, aside
 *	finish		new target
 */
#ifndef STEP_H
#define STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"

struct buf;
struct os_dir;

enum step_kind {
	STEP_PLACE,  /* staged -> name */
	STEP_MOVE,   /* from -> name, the letter case differs */
	STEP_REMOVE, /* name -> aside */
	STEP_CLEAR,  /* the folder `name`, empty by then, gives its name */
};

struct step {
	enum step_kind kind;
	char *name;
	char *from; /* STEP_MOVE */
	/* STEP_PLACE: what the new file is. */
	char digest[DIGEST_TEXT];
	uint64_t size;
	int64_t mtime;	/* ns, -1: leave it */
	unsigned flags; /* OS_EXEC ... */
	bool over;	/* something stood there before */
};

/* The steps of one component, in the order in which they are done. */
struct steps {
	char *component;
	bool service;
	/* In a journal: nobody has seen yet that what they bring runs; who
	 * finds it so undoes what is done of them. */
	bool settling;
	struct step *list;
	size_t count;
	size_t size;
};

/* Adds a step; `from` may be NULL. ERR_NOMEM. */
int steps_add(struct steps *steps, enum step_kind kind, const char *name,
    const char *from, struct step **step);
void steps_free(struct steps *steps);

/* Names in the client root: ".stage/<digest>.<16 hex>" and
 * ".stage/old.<16 hex>", one for each destination. */
int step_staged_name(const struct step *step, struct buf *name);
int step_aside_name(const struct step *step, struct buf *name);

/* Frees a name in .stage: removes what has it or, where that is in use, gives
 * it another name, which a later sweep removes. */
int step_free_name(struct os_dir *client, const char *name);

/*
 * Does all steps. After a failure what was done is undone again: the component
 * is as it was before. *at is the number of the step that failed. Codes:
 * ERR_BUSY, ERR_ACCES: a target cannot be changed now; ERR_DIGEST: staged
 * content is lost or wrong; ERR_ISDIR, ERR_NOTEMPTY, ERR_NOTDIR, ERR_LINK:
 * something foreign is in the way. `verify`: staged content is hashed first
 * (always when a journal or pending record is carried out).
 * *undone is false when undoing failed too: the journal must stay then.
 */
struct steps_outcome {
	size_t at;
	bool undone;
};
int steps_do(struct os_dir *client, const struct steps *steps, bool verify,
    struct steps_outcome *outcome);
/* Undoes what is done of them; steps that were not done are passed over. */
int steps_undo(struct os_dir *client, const struct steps *steps);
/* The component is whole: what stands aside goes, and folders that became
 * empty. Failures only leave something behind. */
void steps_finish(struct os_dir *client, const struct steps *steps);

/* One line "place|<digest>|<size>|<mtime>|<flags>|<over>|<name>", and back. */
int step_write(const struct step *step, struct buf *line);
int step_read(const char *line, struct steps *steps);

#endif
