/* One pass over a box: what dead instances left, what waits, what is due. */
#ifndef PASS_H
#define PASS_H

#include <stdbool.h>
#include <stdint.h>

#include "batch.h"
#include "work.h"

struct pass {
	struct queue *queue;
	struct server *server;
	unsigned first; /* lock to begin with */
	bool patient;	/* as in struct box_reading */
	/* Called when there is work for more than one, before it is begun; NULL
	 * is permitted. */
	void (*crowd)(void *arg, size_t machines);
	void *arg;

	/* Kept from pass to pass; both begin as 0. */
	int64_t due;   /* when something in retry/ is; INT64_MAX: nothing */
	int64_t swept; /* when others' temporary files were removed last */

	/* The last pass */
	struct work_result result;
	bool again; /* something is to be looked at again in a few seconds */

	struct batch batch; /* empty between passes */
};

/* ERR_STOP; ERR_NOMEM, ERR_NOSPC and the like: not all was done, and what was
 * not is still there. */
int pass_run(struct pass *pass);
void pass_free(struct pass *pass);

#endif
