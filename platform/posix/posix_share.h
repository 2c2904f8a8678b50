/*
 * What the two processes of a share say to each other: share.c, our side, and
 * share_reader.c. They speak through a socket that keeps messages whole:
 *
 *	us	ASK_READ: a file, served when those asked for before it are;
 *		any message: which reads still count, and how many pieces of
 *		the shared memory are given back
 *	reader	struct answer: the number of the read, an error code or a
 *		length, and the bytes themselves when the limit is SHARE_SMALL,
 *		otherwise which piece holds them; with the last the sum
 *
 * The reader fills the pieces in turn, and we give them back in the same
 * order, those of reads that were given up too.
 */
#ifndef POSIX_SHARE_H
#define POSIX_SHARE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define SHARE_PIECE  (256 * 1024)
#define SHARE_PIECES 8
#define SHARE_MEMORY (SHARE_PIECES * SHARE_PIECE)
#define SHARE_SMALL  4096
#define SHARE_AHEAD  16 /* reads that wait behind the present one */

enum asked {
	ASK_READ,
	ASK_NOTHING, /* it only brings what every message brings */
};

struct ask {
	enum asked what;
	uint32_t back;	 /* pieces given back */
	uint64_t first;	 /* the first read that counts */
	uint64_t number; /* of this read */
	uint64_t max;
	/* NULL: none. It is where it was for us: the reader is a fork. */
	const struct os_share_sum *sum;
	char rel[PATH_MAX]; /* sent as long as it is */
};

struct answer {
	uint64_t number;
	int code;
	uint32_t len;
	uint32_t piece; /* SHARE_PIECES: in `data` */
	bool last;
	char sum[OS_SHARE_SUM]; /* with the last */
	char data[SHARE_SMALL]; /* sent as long as it is */
};

/* The life of a reader; `fd` is its end of the socket. */
_Noreturn void posix_share_read(const char *root, char *pieces, int fd);

#endif
