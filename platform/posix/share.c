/*
 * Shares, read by a process of their own that can be left behind. It is
 * forked by the first os_share_start; posix_share.h says how we speak with it.
 * Answers that carry an older number belong to a read that was given up, and
 * are dropped; while we use one piece the reader fills others.
 */
#include "posix.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "posix_share.h"

/* A read that was asked for ahead. */
struct ahead {
	uint64_t number;
	uint64_t max;
	const struct os_share_sum *sum;
	char *rel;
};

struct os_share {
	char *root;
	int fd; /* -1 before the first os_share_start */
	pid_t pid;
	char *pieces;	 /* shared memory, NULL as long as fd is -1 */
	uint64_t number; /* of the read that counts */
	uint64_t newest; /* the last number that was given */
	struct ahead ahead[SHARE_AHEAD];
	size_t aheads;
	const struct os_share_sum *sum; /* of what is asked for next */
	int broken; /* what every call returns from now on */
	bool asked;
	bool arrived;	/* `answer` is still to be handed out */
	bool holding;	/* the caller has a piece */
	uint32_t owing; /* pieces to be given back */
	bool ended;	/* nothing more will come, end_code says why */
	int end_code;
	struct answer answer;
};

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

/* The first `count` reads that were asked for ahead. */
static void
share_forget_ahead(struct os_share *share, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(share->ahead[i].rel);
	share->aheads -= count;
	memmove(share->ahead, share->ahead + count,
	    share->aheads * sizeof(share->ahead[0]));
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
		munmap(share->pieces, SHARE_MEMORY);
	share_forget_ahead(share, share->aheads);
	free(share->root);
	free(share);
}

static int
share_fork(struct os_share *share)
{
	int ends[2], r;
	void *pieces;

	/* Costs no memory until the reader fills it. */
	pieces = mmap(NULL, SHARE_MEMORY, PROT_READ | PROT_WRITE,
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
		munmap(share->pieces, SHARE_MEMORY);
		share->pieces = NULL;
		return r;
	}
	if (share->pid == 0)
		posix_share_read(share->root, share->pieces, ends[1]);
	close(ends[1]);
	share->fd = ends[0];
	return 0;
}

/* Sends a message; `rel` is NULL in one that asks for nothing. */
static int
share_send(
    struct os_share *share, uint64_t number, const char *rel, uint64_t max)
{
	struct ask ask;
	size_t len = rel != NULL ? strlen(rel) + 1 : 0;
	ssize_t n;

	ask.what = rel != NULL ? ASK_READ : ASK_NOTHING;
	ask.number = number;
	ask.max = max;
	ask.sum = share->sum;
	ask.first = share->number;
	ask.back = share->owing;
	if (rel != NULL)
		memcpy(ask.rel, rel, len);
	len += offsetof(struct ask, rel);
	POSIX_RETRY(n, send(share->fd, &ask, len, MSG_NOSIGNAL | MSG_DONTWAIT));
	/* Full of requests that were not taken up: the reader hangs. */
	if (n == -1)
		return share_break(
		    share, errno == EAGAIN ? ERR_TIMEOUT : ERR_IO);
	share->owing = 0;
	return 0;
}

/* The caller no longer uses the piece that it has. */
static void
share_settle(struct os_share *share)
{
	share->owing += share->holding;
	share->holding = false;
}

/* Makes the read that was asked for ahead the one that counts, if there is
 * one; *found tells. Those asked for before it are given up. */
static int
share_take_ahead(
    struct os_share *share, const char *rel, uint64_t max, bool *found)
{
	bool between = share->asked && !share->ended;
	size_t i;

	for (i = 0; i < share->aheads; i++)
		if (share->ahead[i].max == max &&
		    share->ahead[i].sum == share->sum &&
		    strcmp(share->ahead[i].rel, rel) == 0)
			break;
	*found = i < share->aheads;
	if (!*found)
		return 0;
	share->number = share->ahead[i].number;
	share_forget_ahead(share, i + 1);
	return between || i > 0 ? share_send(share, 0, NULL, 0) : 0;
}

static int
share_begin(struct os_share *share, const char *rel)
{
	if (share->broken != 0)
		return share->broken;
	if (strlen(rel) + 1 > sizeof(((struct ask *)NULL)->rel))
		return ERR_NAME;
	return share->fd == -1 ? share_fork(share) : 0;
}

int
os_share_start(struct os_share *share, const char *rel, uint64_t max)
{
	bool found;
	int r;

	if ((r = share_begin(share, rel)) < 0)
		return r;
	share_settle(share);
	share->owing += share->arrived && share->answer.piece < SHARE_PIECES;
	share->arrived = false;
	r = share_take_ahead(share, rel, max, &found);
	if (!found) {
		share_forget_ahead(share, share->aheads);
		share->number = ++share->newest;
		r = share_send(share, share->number, rel, max);
	}
	share->asked = true;
	share->ended = false;
	return r;
}

int
os_share_ahead(struct os_share *share, const char *rel, uint64_t max)
{
	struct ahead *ahead = &share->ahead[share->aheads];
	int r;

	if ((r = share_begin(share, rel)) < 0)
		return r;
	if (share->aheads == SHARE_AHEAD)
		return ERR_BUSY;
	if ((ahead->rel = strdup(rel)) == NULL)
		return ERR_NOMEM;
	ahead->number = ++share->newest;
	ahead->max = max;
	ahead->sum = share->sum;
	share->aheads++;
	return share_send(share, ahead->number, rel, max);
}

void
os_share_sum(struct os_share *share, const struct os_share_sum *sum)
{
	share->sum = sum;
}

const char *
os_share_summed(const struct os_share *share)
{
	return share->ended && share->end_code == 0 ? share->answer.sum : "";
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
		share->owing += !share->arrived && answer->piece < SHARE_PIECES;
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
	if (answer->piece < SHARE_PIECES) {
		*data = share->pieces + (size_t)answer->piece * SHARE_PIECE;
		share->holding = true;
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
	share_settle(share);
	if (share->ended)
		return share->end_code;
	/* Not each by itself, nor so late that the reader has to wait. */
	if (share->owing >= SHARE_PIECES / 2 &&
	    (r = share_send(share, 0, NULL, 0)) < 0)
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

/* Before we wait: nobody is waited for who may wait for a piece from us. True
 * when that has broken one, which need not be waited for. */
static bool
give_back(struct os_share *const shares[], size_t count, size_t *which)
{
	for (size_t i = 0; i < count; i++)
		if (shares[i] != NULL && shares[i]->owing > 0 &&
		    share_send(shares[i], 0, NULL, 0) < 0) {
			*which = i;
			return true;
		}
	return false;
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

	if (any_ready(shares, count, which) || give_back(shares, count, which))
		return os_stop_asked() ? ERR_STOP : 0;
	if (count > 1 && (fds = malloc((count + 1) * sizeof(*fds))) == NULL)
		return ERR_NOMEM;
	/* What wakes us may be an answer that nobody wants any more. */
	do {
		n = ready_list(shares, count, fds);
		r = n == 0 ? ERR_TIMEOUT : posix_wait(fds, n, left);
		if (timeout_ms >= 0)
			left = posix_left(end);
	} while (r == 0 && !any_ready(shares, count, which) &&
	    !give_back(shares, count, which));
	if (fds != few)
		free(fds);
	return r;
}
