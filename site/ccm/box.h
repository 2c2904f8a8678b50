/*
 * What stands in a box and in retry/: which of it is a request, and about which
 * machine. What cannot be one goes to failed/.
 */
#ifndef BOX_H
#define BOX_H

#include <stdbool.h>
#include <stdint.h>

struct batch;
struct queue;

struct box_reading {
	struct queue *queue;
	struct batch *batch;
	/* Called when the batch is full; empties it. A code ends the reading. */
	int (*full)(void *arg);
	void *arg;
	bool patient;  /* what has just been written and is no request may still
			* be being written: it is left */
	bool again;    /* there was such a one */
	int64_t next;  /* when the next in retry/ is due; INT64_MAX: none */
	bool retrying; /* is retry/ being read? set by box_read_retry */
};

/* Puts what waits in the box into the batch. */
int box_read(struct box_reading *reading);
/* Puts what is due in retry/ into it. */
int box_read_retry(struct box_reading *reading);

#endif
