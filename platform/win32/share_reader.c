/* The reader of a share: a thread that may hang and be left behind. It touches
 * nothing but what win32_share.h says. */
#include "win32_share.h"

#include <stdlib.h>
#include <string.h>

#define STACK (256 * 1024)

/* A read that is served. */
struct serving {
	struct share_reader *reader;
	struct share_ask ask;
	struct os_file *file;
	void *sum; /* what its sum is made with */
};

void
share_reader_drop(struct share_reader *reader)
{
	/* Not under the lock: who leaves it would still be at it while the
	 * other one frees it. */
	if (InterlockedDecrement(&reader->owners) > 0)
		return;
	for (; reader->asked > 0; reader->asked--) {
		free(reader->queue[reader->asked_from].rel);
		reader->asked_from = (reader->asked_from + 1) % SHARE_QUEUE;
	}
	for (size_t i = 0; i < SHARE_SLOTS; i++)
		free(reader->slots[i].data);
	if (reader->arrived != NULL)
		CloseHandle(reader->arrived);
	free(reader->root);
	free(reader);
}

/* Waits for a read that still counts; false when there will be none. */
static bool
next_ask(struct share_reader *reader, struct share_ask *ask)
{
	bool found = false;

	AcquireSRWLockExclusive(&reader->lock);
	while (!found && !reader->closing) {
		if (reader->asked == 0) {
			SleepConditionVariableSRW(
			    &reader->changed, &reader->lock, INFINITE, 0);
			continue;
		}
		*ask = reader->queue[reader->asked_from];
		reader->asked_from = (reader->asked_from + 1) % SHARE_QUEUE;
		reader->asked--;
		found = ask->number >= reader->first;
		if (!found)
			free(ask->rel);
	}
	ReleaseSRWLockExclusive(&reader->lock);
	return found;
}

/* Waits for a slot to fill; NULL when the read has been given up. */
static struct share_slot *
free_slot(const struct serving *s)
{
	struct share_reader *reader = s->reader;
	struct share_slot *slot = NULL;

	AcquireSRWLockExclusive(&reader->lock);
	while (reader->full == SHARE_SLOTS && !reader->closing &&
	    s->ask.number >= reader->first)
		SleepConditionVariableSRW(
		    &reader->changed, &reader->lock, INFINITE, 0);
	if (!reader->closing && s->ask.number >= reader->first)
		slot = &reader->slots[(reader->full_from + reader->full) %
		    SHARE_SLOTS];
	ReleaseSRWLockExclusive(&reader->lock);
	if (slot == NULL)
		return NULL;
	slot->number = s->ask.number;
	slot->code = 0;
	slot->len = 0;
	slot->last = true;
	slot->sum[0] = '\0';
	return slot;
}

static void
hand_over(struct share_reader *reader, struct share_slot *slot)
{
	/* The system called it off, nobody has asked us to stop. */
	if (slot->code == ERR_STOP)
		slot->code = ERR_IO;
	AcquireSRWLockExclusive(&reader->lock);
	reader->full++;
	SetEvent(reader->arrived);
	ReleaseSRWLockExclusive(&reader->lock);
}

static void
refuse(const struct serving *s, int code)
{
	struct share_slot *slot = free_slot(s);

	if (slot == NULL)
		return;
	slot->code = code;
	hand_over(s->reader, slot);
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
 * folder is kept in use by a program that sleeps. */
static int
open_file(struct serving *s)
{
	struct os_dir *root;
	int r;

	if ((r = os_dir_open(s->reader->root, &root)) < 0)
		return root_error(r);
	r = os_open(root, s->ask.rel, OS_READ, OS_PRIVATE, &s->file);
	os_dir_close(root);
	return r;
}

/* The next piece into a slot; `left` is how much of the file is wanted. */
static int
fill(struct serving *s, struct share_slot *slot, uint64_t left)
{
	size_t want = left < SHARE_PIECE ? (size_t)left : SHARE_PIECE;
	int r;

	if (slot->data == NULL && (slot->data = malloc(SHARE_PIECE)) == NULL)
		return ERR_NOMEM;
	if ((r = os_read(s->file, slot->data, want, &slot->len)) < 0)
		return r;
	slot->last = slot->len < want || slot->len == left;
	if (s->sum != NULL)
		s->ask.sum->add(s->sum, slot->data, slot->len);
	if (s->sum != NULL && slot->last) {
		s->ask.sum->end(s->sum, slot->sum);
		s->sum = NULL;
	}
	return 0;
}

/* Ends early when the read is given up. */
static void
read_pieces(struct serving *s)
{
	uint64_t left = s->ask.max;
	struct share_slot *slot;
	bool last;

	do {
		if ((slot = free_slot(s)) == NULL)
			return;
		if ((slot->code = fill(s, slot, left)) < 0) {
			slot->len = 0;
			slot->last = true;
		}
		last = slot->last;
		left -= slot->len;
		hand_over(s->reader, slot); /* it is not ours any more */
	} while (!last);
}

static void
serve(struct serving *s)
{
	const struct os_share_sum *sum = s->ask.sum;
	char unused[OS_SHARE_SUM];
	int r;

	s->file = NULL;
	s->sum = NULL;
	if ((r = open_file(s)) == 0 && sum != NULL &&
	    (s->sum = sum->begin()) == NULL)
		r = ERR_NOMEM;
	if (r == 0)
		read_pieces(s);
	else
		refuse(s, r);
	if (s->sum != NULL) /* given up, or it could not be read */
		sum->end(s->sum, unused);
	os_file_close(s->file);
}

static DWORD WINAPI
read_share(void *arg)
{
	struct serving s = { .reader = arg };

	while (next_ask(s.reader, &s.ask)) {
		serve(&s);
		free(s.ask.rel);
	}
	share_reader_drop(s.reader);
	return 0;
}

int
share_reader_start(
    const char *root, struct share_reader **reader, HANDLE *thread)
{
	struct share_reader *r = calloc(1, sizeof(*r));

	*reader = NULL;
	if (r == NULL)
		return ERR_NOMEM;
	InitializeSRWLock(&r->lock);
	InitializeConditionVariable(&r->changed);
	r->owners = 2;
	r->arrived = CreateEventW(NULL, TRUE, FALSE, NULL);
	r->root = _strdup(root);
	*thread = r->arrived == NULL || r->root == NULL
	    ? NULL
	    : CreateThread(NULL, STACK, read_share, r,
		  STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
	if (*thread == NULL) {
		r->owners = 1;
		share_reader_drop(r);
		return ERR_NOMEM;
	}
	*reader = r;
	return 0;
}
