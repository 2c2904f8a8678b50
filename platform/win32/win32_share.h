/*
 * What the two sides of a share have in common: share.c, the caller's thread,
 * and share_reader.c, the thread that reads and may hang. Reads wait in a queue,
 * and what was read waits in slots, which are filled and emptied in turn.
 *
 * Everything here lives until both have let go of it: a reader that hangs is
 * left behind with all that it uses.
 */
#ifndef WIN32_SHARE_H
#define WIN32_SHARE_H

#include "win32.h"

#define SHARE_PIECE (256 * 1024)
#define SHARE_SLOTS 8
#define SHARE_AHEAD 16 /* reads that wait behind the present one */
#define SHARE_QUEUE (SHARE_AHEAD + 1)

struct share_ask {
	uint64_t number;
	uint64_t max;
	const struct os_share_sum *sum; /* NULL: none */
	char *rel;			/* the queue's, then the reader's */
};

struct share_slot {
	uint64_t number; /* of the read */
	int code;	 /* 0, or why there is nothing more */
	size_t len;
	bool last;
	char sum[OS_SHARE_SUM]; /* with the last; or "" */
	char *data;		/* SHARE_PIECE, made when it is needed */
};

struct share_reader {
	SRWLOCK lock;		    /* of everything down to `slots` */
	CONDITION_VARIABLE changed; /* the reader waits for it */
	HANDLE arrived; /* an event: set with each slot that is filled */
	LONG owners;	/* without the lock */
	bool closing;	/* nobody wants anything any more */
	uint64_t first; /* reads before it have been given up */
	struct share_ask queue[SHARE_QUEUE]; /* a ring */
	size_t asked_from;
	size_t asked;
	size_t full_from; /* slots that are full, a ring */
	size_t full;
	/* A slot is the reader's while it is not full, then the caller's. */
	struct share_slot slots[SHARE_SLOTS];

	char *root; /* does not change */
};

/* Starts a reader; *thread is the caller's to close. */
int share_reader_start(
    const char *root, struct share_reader **reader, HANDLE *thread);
/* One of the two lets go. */
void share_reader_drop(struct share_reader *reader);

#endif
