/*
 * The requests of a batch are done, machine by machine: all that ask for a
 * machine are claimed, it is served once, and they leave.
 */
#ifndef WORK_H
#define WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch;
struct queue;
struct server;

/* What became of requests: machines are counted. */
struct work_result {
	size_t done;
	size_t current;	 /* of those: nothing was to be done */
	size_t retrying; /* in retry/ from now on, or still */
	size_t failed;	 /* given up */
	size_t left;	 /* in work elsewhere, or changed meanwhile */
	bool restart;	 /* our own component was replaced */
};

struct work {
	struct queue *queue;
	struct server *server;
	struct work_result *result; /* is added to */
	unsigned first; /* lock to begin with: those who work side by side do
			 * not begin with the same machines */
	int64_t since;	/* os_ticks when all of the batch had been read */
};

/*
 * Does all of a sorted batch, and empties it. ERR_STOP, ERR_NOMEM, and where a
 * result cannot be written ERR_NOSPC and the like: what was not finished is in
 * its place again. Ends early when `restart` is set.
 */
int work_batch(struct work *work, struct batch *batch);

#endif
