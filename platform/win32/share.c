/*
 * Shares, read by a thread that can be left behind. It is started by the first
 * os_share_start; win32_share.h says what we share with it. What it has read
 * for a read that was given up is dropped; while the caller uses one piece the
 * reader fills others.
 */
#include "win32_share.h"

#include <stdlib.h>
#include <string.h>

#define READY_MAX 60 /* shares that one wait of the system's takes */
#define LOOK_MS	  20 /* and how often the others are looked at */

/* A read that was asked for ahead. */
struct ahead {
	uint64_t number;
	uint64_t max;
	const struct os_share_sum *sum;
	char *rel;
};

struct os_share {
	char *root;
	struct share_reader *reader; /* NULL before the first os_share_start */
	HANDLE thread;
	uint64_t number; /* of the read that counts */
	uint64_t newest; /* the last number that was given */
	struct ahead ahead[SHARE_AHEAD];
	size_t aheads;
	const struct os_share_sum *sum; /* of what is asked for next */
	int broken; /* what every call returns from now on */
	bool asked;
	bool arrived; /* the first full slot is still to be handed out */
	bool holding; /* the caller has the first full slot */
	bool ended;   /* nothing more will come, end_code says why */
	int end_code;
	char summed[OS_SHARE_SUM];
};

int
os_share_open(const char *root, struct os_share **share)
{
	*share = calloc(1, sizeof(**share));
	if (*share == NULL)
		return ERR_NOMEM;
	if (((*share)->root = _strdup(root)) == NULL) {
		free(*share);
		*share = NULL;
		return ERR_NOMEM;
	}
	return 0;
}

/* The first `count` reads that were asked for ahead. */
static void
forget_ahead(struct os_share *share, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(share->ahead[i].rel);
	share->aheads -= count;
	memmove(share->ahead, share->ahead + count,
	    share->aheads * sizeof(share->ahead[0]));
}

/* It may hang: what it waits for is called off where the system can, and
 * nobody waits for it. */
static void
drop_reader(struct os_share *share)
{
	struct share_reader *reader = share->reader;

	if (reader == NULL)
		return;
	AcquireSRWLockExclusive(&reader->lock);
	reader->closing = true;
	WakeAllConditionVariable(&reader->changed);
	ReleaseSRWLockExclusive(&reader->lock);
	CancelSynchronousIo(share->thread);
	CloseHandle(share->thread);
	share_reader_drop(reader);
	share->reader = NULL;
}

static int
break_share(struct os_share *share, int code)
{
	drop_reader(share);
	share->broken = code;
	return code;
}

void
os_share_close(struct os_share *share)
{
	if (share == NULL)
		return;
	drop_reader(share);
	forget_ahead(share, share->aheads);
	free(share->root);
	free(share);
}

/* Puts a read into the queue. There is room: those that count are no more than
 * the present one and what was asked for ahead, and the others leave first. */
static int
push(struct os_share *share, uint64_t number, const char *rel, uint64_t max)
{
	struct share_reader *reader = share->reader;
	struct share_ask ask = { number, max, share->sum, _strdup(rel) };
	struct share_ask *first;

	if (ask.rel == NULL)
		return ERR_NOMEM;
	AcquireSRWLockExclusive(&reader->lock);
	reader->first = share->number;
	while (reader->asked > 0) {
		first = &reader->queue[reader->asked_from];
		if (first->number >= reader->first)
			break;
		free(first->rel);
		reader->asked_from = (reader->asked_from + 1) % SHARE_QUEUE;
		reader->asked--;
	}
	reader->queue[(reader->asked_from + reader->asked) % SHARE_QUEUE] = ask;
	reader->asked++;
	WakeAllConditionVariable(&reader->changed);
	ReleaseSRWLockExclusive(&reader->lock);
	return 0;
}

/* Those before the one that counts are given up. */
static void
tell_first(struct os_share *share)
{
	struct share_reader *reader = share->reader;

	AcquireSRWLockExclusive(&reader->lock);
	reader->first = share->number;
	WakeAllConditionVariable(&reader->changed);
	ReleaseSRWLockExclusive(&reader->lock);
}

/* Empties the first full slot. With the lock held. */
static void
empty_slot(struct share_reader *reader)
{
	reader->full_from = (reader->full_from + 1) % SHARE_SLOTS;
	reader->full--;
	WakeAllConditionVariable(&reader->changed);
}

/* The caller no longer uses the piece that it has. */
static void
settle(struct os_share *share)
{
	if (!share->holding)
		return;
	AcquireSRWLockExclusive(&share->reader->lock);
	empty_slot(share->reader);
	ReleaseSRWLockExclusive(&share->reader->lock);
	share->holding = false;
}

/* Makes the read that was asked for ahead the one that counts, if there is
 * one. Those asked for before it are given up. */
static bool
take_ahead(struct os_share *share, const char *rel, uint64_t max)
{
	size_t i;

	for (i = 0; i < share->aheads; i++)
		if (share->ahead[i].max == max &&
		    share->ahead[i].sum == share->sum &&
		    strcmp(share->ahead[i].rel, rel) == 0)
			break;
	if (i == share->aheads)
		return false;
	share->number = share->ahead[i].number;
	forget_ahead(share, i + 1);
	tell_first(share);
	return true;
}

static int
begin(struct os_share *share)
{
	if (share->broken != 0)
		return share->broken;
	return share->reader != NULL
	    ? 0
	    : share_reader_start(share->root, &share->reader, &share->thread);
}

int
os_share_start(struct os_share *share, const char *rel, uint64_t max)
{
	int r;

	if ((r = begin(share)) < 0)
		return r;
	settle(share);
	share->arrived = false;
	share->ended = false;
	share->asked = true;
	if (take_ahead(share, rel, max))
		return 0;
	forget_ahead(share, share->aheads);
	share->number = ++share->newest;
	if ((r = push(share, share->number, rel, max)) < 0)
		share->asked = false;
	return r;
}

int
os_share_ahead(struct os_share *share, const char *rel, uint64_t max)
{
	struct ahead *ahead = &share->ahead[share->aheads];
	int r;

	if ((r = begin(share)) < 0)
		return r;
	if (share->aheads == SHARE_AHEAD)
		return ERR_BUSY;
	if ((ahead->rel = _strdup(rel)) == NULL)
		return ERR_NOMEM;
	ahead->number = share->newest + 1;
	ahead->max = max;
	ahead->sum = share->sum;
	if ((r = push(share, ahead->number, rel, max)) < 0) {
		free(ahead->rel);
		return r;
	}
	share->newest++;
	share->aheads++;
	return 0;
}

void
os_share_sum(struct os_share *share, const struct os_share_sum *sum)
{
	share->sum = sum;
}

const char *
os_share_summed(const struct os_share *share)
{
	return share->ended && share->end_code == 0 ? share->summed : "";
}

/* Looks for a full slot of the read that counts, without waiting. What comes
 * before it was given up. */
static void
look(struct os_share *share)
{
	struct share_reader *reader = share->reader;
	size_t held = share->holding;

	AcquireSRWLockExclusive(&reader->lock);
	while (held == 0 && reader->full > 0 &&
	    reader->slots[reader->full_from].number < share->number)
		empty_slot(reader);
	share->arrived = reader->full > held;
	if (!share->arrived)
		ResetEvent(reader->arrived);
	ReleaseSRWLockExclusive(&reader->lock);
}

/* Would os_share_next return at once? */
static bool
is_ready(struct os_share *share)
{
	if (share->broken == 0 && share->asked && !share->ended)
		look(share);
	return share->broken != 0 || !share->asked || share->ended ||
	    share->arrived;
}

/* Hands out what has arrived. The slot stays full as long as it is used. */
static int
take(struct os_share *share, const void **data, size_t *len)
{
	const struct share_slot *slot =
	    &share->reader->slots[share->reader->full_from];
	int code = slot->code;

	share->arrived = false;
	share->ended = slot->last;
	share->end_code = code;
	share->holding = true;
	memcpy(share->summed, slot->sum, sizeof(share->summed));
	if (code < 0) {
		settle(share);
		return code;
	}
	*len = slot->len;
	*data = slot->data;
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
	settle(share);
	if (share->ended)
		return share->end_code;
	r = os_share_ready(&share, 1, timeout_ms, &which);
	if (r == ERR_TIMEOUT)
		return break_share(share, r);
	return r < 0 ? r : take(share, data, len);
}

static bool
any_ready(struct os_share *const shares[], size_t count, size_t *which)
{
	for (size_t i = 0; i < count; i++)
		if (shares[i] != NULL && is_ready(shares[i])) {
			*which = i;
			return true;
		}
	return false;
}

/* What is waited for; how many there are, *more tells that not all fitted. */
static DWORD
arrivals(struct os_share *const shares[], size_t count,
    HANDLE arrived[READY_MAX], bool *more)
{
	DWORD n = 0;

	*more = false;
	for (size_t i = 0; i < count; i++) {
		if (shares[i] == NULL)
			continue;
		*more = n == READY_MAX;
		if (*more)
			break;
		arrived[n++] = shares[i]->reader->arrived;
	}
	return n;
}

int
os_share_ready(struct os_share *const shares[], size_t count, int timeout_ms,
    size_t *which)
{
	int64_t end = os_ticks() + timeout_ms * (OS_SECOND / 1000);
	HANDLE arrived[READY_MAX];
	int left = timeout_ms, r;
	bool more, look;
	DWORD n;

	if (any_ready(shares, count, which))
		return os_stop_asked() ? ERR_STOP : 0;
	n = arrivals(shares, count, arrived, &more);
	if (n == 0)
		return ERR_TIMEOUT;
	/* What wakes us may be what nobody wants any more. */
	do {
		look = more && (left < 0 || left > LOOK_MS);
		r = win32_wait(arrived, n, look ? LOOK_MS : left, NULL);
		if (look && r == ERR_TIMEOUT)
			r = 0;
		if (timeout_ms >= 0)
			left = win32_left(end);
	} while (r == 0 && !any_ready(shares, count, which));
	return r;
}
