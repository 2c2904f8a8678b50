/* The reader of a share: a process that may hang and be left behind. Nothing
 * here returns to the caller's code, and nothing of ours stays open in it. */
#include "posix.h"

#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "posix_share.h"

#define QUEUE (SHARE_AHEAD + 1)

struct reader {
	int fd;
	const char *root;
	char *pieces;
	uint32_t piece; /* to be filled next */
	uint32_t used;	/* pieces that have not been given back */
	uint64_t first; /* reads before it have been given up */
	struct ask in;
	struct ask queue[QUEUE]; /* reads that wait, a ring */
	size_t head;
	size_t queued;
	struct ask ask; /* the read that is served */
	void *sum;	/* what its sum is made with */
	struct answer answer;
};

/* Waits for a message. The end of the socket is the end of our work. */
static void
reader_receive(struct reader *reader)
{
	struct ask *in = &reader->in;
	ssize_t n;

	POSIX_RETRY(n, recv(reader->fd, in, sizeof(*in), 0));
	if (n < (ssize_t)offsetof(struct ask, rel) || in->back > reader->used)
		_exit(0);
	in->rel[sizeof(in->rel) - 1] = '\0';
	reader->used -= in->back;
	reader->first = in->first;
	while (reader->queued > 0 &&
	    reader->queue[reader->head].number < reader->first) {
		reader->head = (reader->head + 1) % QUEUE;
		reader->queued--;
	}
	if (in->what != ASK_READ)
		return;
	if (reader->queued == QUEUE)
		_exit(1);
	memcpy(&reader->queue[(reader->head + reader->queued) % QUEUE], in,
	    (size_t)n);
	reader->queued++;
}

static void
reader_answer(struct reader *reader)
{
	struct answer *answer = &reader->answer;
	size_t len = offsetof(struct answer, data);
	ssize_t n;

	if (answer->piece == SHARE_PIECES)
		len += answer->len;
	POSIX_RETRY(n, send(reader->fd, answer, len, MSG_NOSIGNAL));
	if (n == -1)
		_exit(0);
}

static void
reader_refuse(struct reader *reader, int code)
{
	reader->answer.code = code;
	reader->answer.len = 0;
	reader->answer.piece = SHARE_PIECES;
	reader->answer.last = true;
	reader_answer(reader);
}

/* What a root that cannot be opened means: no server there, except where the
 * server itself has answered. */
static int
root_error(int code)
{
	switch (code) {
	case ERR_ACCES:
	case ERR_AUTH:
	case ERR_NOMEM:
	case ERR_ARG: return code;
	default: return ERR_HOST;
	}
}

/* Opened anew each time: a root that went away and came back is seen, and no
 * mount is kept busy by a program that sleeps. */
static int
reader_open(struct reader *reader, struct os_file **file)
{
	struct os_dir *root;
	int r;

	if ((r = os_dir_open(reader->root, &root)) < 0)
		return root_error(r);
	r = os_open(root, reader->ask.rel, OS_READ, OS_PRIVATE, file);
	os_dir_close(root);
	return r;
}

/* What has come; with the last bytes the sum is whole. */
static void
reader_add(struct reader *reader, const char *data)
{
	const struct os_share_sum *sum = reader->ask.sum;

	if (sum == NULL)
		return;
	sum->add(reader->sum, data, reader->answer.len);
	if (reader->answer.last)
		sum->end(reader->sum, reader->answer.sum);
	if (reader->answer.last)
		reader->sum = NULL;
}

static void
reader_small(struct reader *reader, struct os_file *file)
{
	struct answer *answer = &reader->answer;
	size_t got;
	int r;

	r = os_read(file, answer->data, (size_t)reader->ask.max, &got);
	if (r < 0) {
		reader_refuse(reader, r);
		return;
	}
	answer->len = (uint32_t)got;
	answer->piece = SHARE_PIECES;
	answer->last = true;
	reader_add(reader, answer->data);
	reader_answer(reader);
}

/* Ends early when the read is given up. */
static void
reader_large(struct reader *reader, struct os_file *file)
{
	struct answer *answer = &reader->answer;
	uint64_t left = reader->ask.max;
	size_t want, got;
	char *piece;
	int r;

	do {
		while (reader->used == SHARE_PIECES)
			reader_receive(reader);
		if (reader->ask.number < reader->first)
			return;
		piece = reader->pieces + (size_t)reader->piece * SHARE_PIECE;
		want = left < SHARE_PIECE ? (size_t)left : SHARE_PIECE;
		if ((r = os_read(file, piece, want, &got)) < 0) {
			reader_refuse(reader, r);
			return;
		}
		left -= got;
		answer->len = (uint32_t)got;
		answer->piece = reader->piece;
		answer->last = got < want || left == 0;
		reader->piece = (reader->piece + 1) % SHARE_PIECES;
		reader->used++;
		reader_add(reader, piece);
		reader_answer(reader);
	} while (!answer->last);
}

static void
reader_serve(struct reader *reader)
{
	const struct os_share_sum *sum = reader->ask.sum;
	struct os_file *file;
	int r;

	reader->answer.number = reader->ask.number;
	reader->answer.code = 0;
	reader->answer.sum[0] = '\0';
	if ((r = reader_open(reader, &file)) < 0) {
		reader_refuse(reader, r);
		return;
	}
	if (sum != NULL && (reader->sum = sum->begin()) == NULL)
		reader_refuse(reader, ERR_NOMEM);
	else if (reader->ask.max <= SHARE_SMALL)
		reader_small(reader, file);
	else
		reader_large(reader, file);
	os_file_close(file);
	if (sum != NULL &&
	    reader->sum != NULL) /* given up, or it could not be read */
		sum->end(reader->sum, reader->answer.sum);
	reader->sum = NULL;
}

_Noreturn void
posix_share_read(const char *root, char *pieces, int fd)
{
	static struct reader reader;

	/* Nothing of ours may stay open in a process that may hang, least of
	 * all the pipe that a script reads our output from. */
	if (dup2(fd, 0) == -1)
		_exit(1);
	closefrom(1);
	reader.fd = 0;
	reader.root = root;
	reader.pieces = pieces;
	for (;;) {
		while (reader.queued == 0)
			reader_receive(&reader);
		/* No more than was sent: the rest is as it was. */
		memcpy(&reader.ask, &reader.queue[reader.head],
		    offsetof(struct ask, rel) +
			strlen(reader.queue[reader.head].rel) + 1);
		reader.head = (reader.head + 1) % QUEUE;
		reader.queued--;
		reader_serve(&reader);
	}
}
