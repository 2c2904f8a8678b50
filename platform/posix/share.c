/*
 * Shares, read by a process of their own that can be left behind. It is
 * forked by the first os_share_start and speaks with us through a socket that
 * keeps messages whole:
 *
 *	us	ASK_READ with a number, a limit and a name; ASK_MORE gives a
 *		piece of the shared memory back
 *	reader	struct answer: the number, an error code or a length, and the
 *		bytes themselves when the limit is SMALL, otherwise which of
 *		the two pieces holds them
 *
 * While we use one piece the reader fills the other. Answers that carry an
 * older number belong to a read that was given up, and are dropped.
 */
#include "posix.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE  (256 * 1024)
#define PIECES 2
#define SMALL  4096

enum asked {
	ASK_READ,
	ASK_MORE
};

struct ask {
	uint32_t number;
	enum asked what;
	uint64_t max;
	char rel[PATH_MAX]; /* sent as long as it is */
};

struct answer {
	uint32_t number;
	int code;
	uint32_t len;
	uint32_t piece; /* PIECES: in `data` */
	bool last;
	char data[SMALL]; /* sent as long as it is */
};

struct os_share {
	char *root;
	int fd; /* -1 before the first os_share_start */
	pid_t pid;
	char *pieces;	 /* shared memory, NULL as long as fd is -1 */
	uint32_t number; /* of the read that counts */
	int broken;	 /* what every call returns from now on */
	bool asked;
	bool arrived; /* `answer` is still to be handed out */
	bool owing;   /* the caller has a piece */
	bool ended;   /* nothing more will come, end_code says why */
	int end_code;
	struct answer answer;
};

/* The reader's side; nothing here returns to the caller's code. */

struct reader {
	int fd;
	const char *root;
	char *pieces;
	struct ask ask;
	struct answer answer;
};

/* Waits for a message. The end of the socket is the end of our work. */
static void
reader_receive(struct reader *reader)
{
	ssize_t n;

	POSIX_RETRY(n, recv(reader->fd, &reader->ask, sizeof(reader->ask), 0));
	if (n <= 0)
		_exit(0);
	reader->ask.rel[sizeof(reader->ask.rel) - 1] = '\0';
}

static void
reader_answer(struct reader *reader)
{
	struct answer *answer = &reader->answer;
	size_t len = offsetof(struct answer, data);
	ssize_t n;

	if (answer->piece == PIECES)
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
	reader->answer.piece = PIECES;
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
	answer->piece = PIECES;
	answer->last = true;
	reader_answer(reader);
}

/* Waits for a free piece; false when another read has been asked for. */
static bool
reader_may_fill(struct reader *reader, unsigned *free_pieces)
{
	uint32_t number = reader->answer.number;

	while (*free_pieces == 0) {
		reader_receive(reader);
		if (reader->ask.what == ASK_READ)
			return false;
		if (reader->ask.number == number)
			(*free_pieces)++;
	}
	(*free_pieces)--;
	return true;
}

/* True when it was given up for the read that reader->ask holds now. */
static bool
reader_large(struct reader *reader, struct os_file *file)
{
	struct answer *answer = &reader->answer;
	uint64_t left = reader->ask.max;
	unsigned free_pieces = PIECES;
	size_t want, got;
	int r;

	answer->piece = 0;
	do {
		if (!reader_may_fill(reader, &free_pieces))
			return true;
		want = left < PIECE ? (size_t)left : PIECE;
		r = os_read(
		    file, reader->pieces + answer->piece * PIECE, want, &got);
		if (r < 0) {
			reader_refuse(reader, r);
			return false;
		}
		left -= got;
		answer->len = (uint32_t)got;
		answer->last = got < want || left == 0;
		reader_answer(reader);
		answer->piece = (answer->piece + 1) % PIECES;
	} while (!answer->last);
	return false;
}

/* Serves one ASK_READ; true when reader->ask holds the next one already. */
static bool
reader_serve(struct reader *reader)
{
	struct os_file *file;
	bool given_up = false;
	int r;

	reader->answer.number = reader->ask.number;
	reader->answer.code = 0;
	if ((r = reader_open(reader, &file)) < 0) {
		reader_refuse(reader, r);
		return false;
	}
	if (reader->ask.max <= SMALL)
		reader_small(reader, file);
	else
		given_up = reader_large(reader, file);
	os_file_close(file);
	return given_up;
}

static _Noreturn void
reader_run(const struct os_share *share, int fd)
{
	static struct reader reader;
	bool have = false;

	/* Nothing of ours may stay open in a process that may hang, least of
	 * all the pipe that a script reads our output from. */
	if (dup2(fd, 0) == -1)
		_exit(1);
	closefrom(1);
	reader.fd = 0;
	reader.root = share->root;
	reader.pieces = share->pieces;
	for (;;) {
		if (!have)
			reader_receive(&reader);
		have = reader.ask.what == ASK_READ && reader_serve(&reader);
	}
}

/* Our side. */

int
os_share_open(const char *root, struct os_share **share)
{
	*share = calloc(1, sizeof(**share));
	if (*share == NULL)
		return ERR_NOMEM;
	(*share)->fd = -1;
	if (((*share)->root = strdup(root)) == NULL) {
		free(*share);
		*share = NULL;
		return ERR_NOMEM;
	}
	return 0;
}

/* It may hang: it is ended, and never waited for. */
static void
share_drop_reader(struct os_share *share)
{
	if (share->fd == -1)
		return;
	close(share->fd);
	share->fd = -1;
	kill(share->pid, SIGKILL);
	posix_forget(share->pid);
}

static int
share_break(struct os_share *share, int code)
{
	share_drop_reader(share);
	share->broken = code;
	return code;
}

void
os_share_close(struct os_share *share)
{
	if (share == NULL)
		return;
	share_drop_reader(share);
	if (share->pieces != NULL)
		munmap(share->pieces, PIECES * PIECE);
	free(share->root);
	free(share);
}

static int
share_fork(struct os_share *share)
{
	int ends[2], r;
	void *pieces;

	/* Costs no memory until the reader fills it. */
	pieces = mmap(NULL, PIECES * PIECE, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (pieces == MAP_FAILED)
		return ERR_NOMEM;
	share->pieces = pieces;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1)
		r = posix_error(errno);
	else if ((r = posix_fork(&share->pid)) < 0) {
		close(ends[0]);
		close(ends[1]);
	}
	if (r < 0) {
		munmap(share->pieces, PIECES * PIECE);
		share->pieces = NULL;
		return r;
	}
	if (share->pid == 0)
		reader_run(share, ends[1]);
	close(ends[1]);
	share->fd = ends[0];
	return 0;
}

static int
share_ask(struct os_share *share, const struct ask *ask, size_t len)
{
	ssize_t n;

	POSIX_RETRY(n, send(share->fd, ask, len, MSG_NOSIGNAL | MSG_DONTWAIT));
	if (n != -1)
		return 0;
	/* Full of requests that were not taken up: the reader hangs. */
	return share_break(share, errno == EAGAIN ? ERR_TIMEOUT : ERR_IO);
}

int
os_share_start(struct os_share *share, const char *rel, uint64_t max)
{
	size_t len = strlen(rel) + 1;
	struct ask ask;
	int r;

	if (share->broken != 0)
		return share->broken;
	if (len > sizeof(ask.rel))
		return ERR_NAME;
	if (share->fd == -1 && (r = share_fork(share)) < 0)
		return r;
	ask.number = ++share->number;
	ask.what = ASK_READ;
	ask.max = max;
	memcpy(ask.rel, rel, len);
	share->asked = true;
	share->arrived = share->owing = share->ended = false;
	return share_ask(share, &ask, offsetof(struct ask, rel) + len);
}

/* Gives back the piece that the caller has. */
static int
share_settle(struct os_share *share)
{
	struct ask ask;

	if (!share->owing)
		return 0;
	share->owing = false;
	ask.number = share->number;
	ask.what = ASK_MORE;
	ask.max = 0;
	return share_ask(share, &ask, offsetof(struct ask, rel));
}

/* Looks for an answer of the read that counts, without waiting. */
static void
share_look(struct os_share *share)
{
	struct answer *answer = &share->answer;
	ssize_t n;

	while (!share->arrived) {
		POSIX_RETRY(
		    n, recv(share->fd, answer, sizeof(*answer), MSG_DONTWAIT));
		if (n == -1 && errno == EAGAIN)
			return;
		if (n < (ssize_t)offsetof(struct answer, data)) {
			share_break(share, ERR_IO);
			return;
		}
		share->arrived = answer->number == share->number;
	}
}

/* Would os_share_next return at once? */
static bool
share_is_ready(struct os_share *share)
{
	if (share->broken == 0 && share->asked && !share->ended)
		share_look(share);
	return share->broken != 0 || !share->asked || share->ended ||
	    share->arrived;
}

/* Hands out what has arrived. */
static int
share_take(struct os_share *share, const void **data, size_t *len)
{
	const struct answer *answer = &share->answer;

	share->arrived = false;
	share->ended = answer->last;
	share->end_code = answer->code;
	if (answer->code < 0)
		return answer->code;
	*len = answer->len;
	*data = answer->data;
	if (answer->piece < PIECES) {
		*data = share->pieces + answer->piece * PIECE;
		share->owing = !answer->last;
	}
	return 0;
}

int
os_share_next(
    struct os_share *share, int timeout_ms, const void **data, size_t *len)
{
	size_t which;
	int r;

	*data = NULL;
	*len = 0;
	if (share->broken != 0)
		return share->broken;
	if (!share->asked)
		return ERR_ARG;
	if (share->ended)
		return share->end_code;
	if ((r = share_settle(share)) < 0)
		return r;
	r = os_share_ready(&share, 1, timeout_ms, &which);
	if (r == ERR_TIMEOUT)
		return share_break(share, r);
	if (r < 0)
		return r;
	return share->broken != 0 ? share->broken
				  : share_take(share, data, len);
}

/* Fills `fds`; how many there are. */
static size_t
ready_list(struct os_share *const shares[], size_t count, struct pollfd *fds)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (shares[i] != NULL) {
			fds[n].fd = shares[i]->fd;
			fds[n++].events = POLLIN;
		}
	return n;
}

static bool
any_ready(struct os_share *const shares[], size_t count, size_t *which)
{
	for (size_t i = 0; i < count; i++)
		if (shares[i] != NULL && share_is_ready(shares[i])) {
			*which = i;
			return true;
		}
	return false;
}

int
os_share_ready(struct os_share *const shares[], size_t count, int timeout_ms,
    size_t *which)
{
	int64_t end = os_ticks() + timeout_ms * (OS_SECOND / 1000);
	struct pollfd few[2], *fds = few;
	int left = timeout_ms, r = 0;
	size_t n;

	if (any_ready(shares, count, which))
		return os_stop_asked() ? ERR_STOP : 0;
	if (count > 1 && (fds = malloc((count + 1) * sizeof(*fds))) == NULL)
		return ERR_NOMEM;
	/* What wakes us may be an answer that nobody wants any more. */
	do {
		n = ready_list(shares, count, fds);
		r = n == 0 ? ERR_TIMEOUT : posix_wait(fds, n, left);
		if (timeout_ms >= 0)
			left = posix_left(end);
	} while (r == 0 && !any_ready(shares, count, which));
	if (fds != few)
		free(fds);
	return r;
}
