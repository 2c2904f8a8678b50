/* Logon roots and watched folders of the fake: what comes from elsewhere, and
 * when. Shares read the tree of tree.c; hints are those of the test alone. */
#include "inside.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"

#define MS (OS_SECOND / 1000)

struct os_share {
	char *root; /* clean path */
	bool started;
	bool dead;   /* a time limit was reached */
	bool opened; /* `node` is what the read found */
	int result;  /* of the read, once it has ended */
	bool ended;
	char *rel;
	const struct os_share_sum *sum; /* of what is asked for next */
	const struct os_share_sum *summing;
	void *state;
	char summed[OS_SHARE_SUM];
	uint64_t left; /* bytes that may still come */
	size_t at;
	int64_t ready; /* ticks */
	struct node *node;
	char *piece; /* freed by the next call, as os.h permits */
};

struct os_watch {
	char *path[32]; /* clean, by bit; NULL: not watched */
};

/* Shares */

void
fake_share(const char *root, enum fake_state state, int ms)
{
	char *clean = fake_clean(root);
	struct item *item = fake_item(&fake.shares, clean);

	if (item == NULL)
		item = fake_item_add(&fake.shares, clean, NULL);
	item->state = state;
	item->number = ms * MS;
	free(clean);
}

void
fake_share_piece(size_t bytes)
{
	assert(bytes > 0);
	fake.piece = bytes;
}

int
os_share_open(const char *root, struct os_share **share)
{
	int rc;

	*share = NULL;
	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if ((*share = calloc(1, sizeof **share)) == NULL)
		return ERR_NOMEM;
	(*share)->root = fake_clean(root);
	fake.handles++;
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
	return share->summed;
}

/* The sum of what was read, to its end or not. */
static void
end_sum(struct os_share *share)
{
	if (share->state != NULL)
		share->summing->end(share->state, share->summed);
	share->state = NULL;
}

void
os_share_close(struct os_share *share)
{
	if (share == NULL)
		return;
	end_sum(share);
	free(share->root);
	free(share->rel);
	free(share->piece);
	free(share);
	fake.handles--;
}

int
os_share_start(struct os_share *share, const char *rel, uint64_t max)
{
	struct item *item = fake_item(&fake.shares, share->root);
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if (share->dead)
		return ERR_TIMEOUT;
	end_sum(share);
	share->summed[0] = '\0';
	share->summing = share->sum;
	if (share->sum != NULL && (share->state = share->sum->begin()) == NULL)
		return ERR_NOMEM;
	free(share->rel);
	share->rel = fake_copy(rel);
	share->started = true;
	share->opened = share->ended = false;
	share->result = 0;
	share->left = max;
	share->at = 0;
	share->ready = fake.ticks + (item != NULL ? item->number : 0);
	if (item != NULL && item->state == FAKE_HANGS)
		share->ready = NEVER;
	return 0;
}

/* Nothing is read ahead, which a hint permits. */
int
os_share_ahead(struct os_share *share, const char *rel, uint64_t max)
{
	int rc;

	(void)rel;
	(void)max;
	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	return share->dead ? ERR_TIMEOUT : 0;
}

/* Finds the file that the read is for. */
static int
look(struct os_share *share)
{
	struct item *item = fake_item(&fake.shares, share->root);
	struct spot spot;
	int rc;

	if (item != NULL && item->state == FAKE_DOWN)
		return ERR_HOST;
	rc = fake_find_path(*share->root != '\0' ? share->root : "/", &spot);
	if (rc == ERR_ACCES || rc == ERR_AUTH)
		return rc;
	if (rc != 0 || fake_is_folder(spot.node) != 0)
		return ERR_HOST;
	if ((rc = fake_find(spot.node, share->rel, &spot)) != 0)
		return rc;
	if ((rc = fake_is_file(spot.node)) != 0)
		return rc;
	share->node = spot.node;
	share->opened = true;
	return spot.node->use == FAKE_EXCLUSIVE ? ERR_BUSY : 0;
}

static void
take_piece(struct os_share *share, const void **data, size_t *len)
{
	const struct content *now = &share->node->now;
	size_t more = share->at < now->len ? now->len - share->at : 0;

	if (more > share->left)
		more = (size_t)share->left;
	if (more > fake.piece)
		more = fake.piece;
	share->ended = more == 0;
	if (more == 0) {
		end_sum(share);
		return;
	}
	share->piece = fake_grab(more);
	memcpy(share->piece, now->data + share->at, more);
	if (share->state != NULL)
		share->summing->add(share->state, share->piece, more);
	share->at += more;
	share->left -= more;
	*data = share->piece;
	*len = more;
}

int
os_share_next(
    struct os_share *share, int timeout_ms, const void **data, size_t *len)
{
	int rc;

	*data = NULL;
	*len = 0;
	free(share->piece);
	share->piece = NULL;
	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if (share->dead)
		return ERR_TIMEOUT;
	if (!share->started)
		return ERR_ARG;
	if (share->ended)
		return share->result;
	if (os_stop_asked())
		return ERR_STOP;
	rc = fake_wait_for(share->ready, timeout_ms, ERR_TIMEOUT);
	share->dead = rc == ERR_TIMEOUT;
	if (rc != 0)
		return rc;
	if (!share->opened && (share->result = look(share)) != 0) {
		share->ended = true;
		return share->result;
	}
	take_piece(share, data, len);
	return 0;
}

int
os_share_ready(struct os_share *const shares[], size_t count, int timeout_ms,
    size_t *which)
{
	int64_t first = NEVER, ready;
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	for (size_t i = 0; i < count; i++) {
		if (shares[i] == NULL)
			continue;
		ready = shares[i]->dead || !shares[i]->started ||
			shares[i]->ended
		    ? 0
		    : shares[i]->ready;
		if (ready < first) {
			first = ready;
			*which = i;
		}
	}
	if (os_stop_asked())
		return ERR_STOP;
	return fake_wait_for(first, timeout_ms, ERR_TIMEOUT);
}

/* Watched folders. A hint is an item: the path, the moment, gone or not. */

void
fake_hint(const char *path, int ms, bool gone)
{
	char *clean = fake_clean(path);
	struct item *item = fake_item_add(&fake.hints, clean, NULL);

	item->number = fake.ticks + ms * MS;
	item->state = gone;
	free(clean);
}

int
os_watch_open(struct os_watch **watch)
{
	int rc;

	*watch = NULL;
	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if ((*watch = calloc(1, sizeof **watch)) == NULL)
		return ERR_NOMEM;
	fake.handles++;
	return 0;
}

void
os_watch_close(struct os_watch *watch)
{
	if (watch == NULL)
		return;
	for (int i = 0; i < 32; i++)
		free(watch->path[i]);
	free(watch);
	fake.handles--;
}

int
os_watch_add(struct os_watch *watch, const char *path, int bit)
{
	struct spot spot;
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if (bit < 0 || bit > 31)
		return ERR_ARG;
	if ((rc = fake_find_path(path, &spot)) != 0)
		return rc;
	if ((rc = fake_is_folder(spot.node)) != 0)
		return rc;
	free(watch->path[bit]);
	watch->path[bit] = fake_clean(path);
	return 0;
}

/* The bits that stand for that folder. */
static uint32_t
bits_of(const struct os_watch *watch, const char *path)
{
	uint32_t bits = 0;

	for (int i = 0; i < 32; i++) {
		if (watch->path[i] != NULL && strcmp(watch->path[i], path) == 0)
			bits |= UINT32_C(1) << i;
	}
	return bits;
}

/* The moment of the first hint for this watch. */
static int64_t
first_hint(const struct os_watch *watch)
{
	const struct item *hint;
	int64_t first = NEVER;

	for (size_t i = 0; i < fake.hints.count; i++) {
		hint = &fake.hints.list[i];
		if (hint->number < first && bits_of(watch, hint->key) != 0)
			first = hint->number;
	}
	return first;
}

/* Takes all hints that are due; those that nobody here watches are lost. */
static void
take_hints(struct os_watch *watch, uint32_t *bits, uint32_t *gone)
{
	struct item *hint;
	uint32_t which;
	size_t i = 0;

	while (i < fake.hints.count) {
		hint = &fake.hints.list[i];
		if (hint->number > fake.ticks) {
			i++;
			continue;
		}
		which = bits_of(watch, hint->key);
		*bits |= which;
		if (hint->state)
			*gone |= which;
		fake_item_drop(&fake.hints, i);
	}
	for (i = 0; i < 32; i++) {
		if (*gone & UINT32_C(1) << i) {
			free(watch->path[i]);
			watch->path[i] = NULL;
		}
	}
}

int
os_watch_wait(
    struct os_watch *watch, int timeout_ms, uint32_t *bits, uint32_t *gone)
{
	int rc;

	*bits = *gone = 0;
	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if (os_stop_asked())
		return ERR_STOP;
	rc = fake_wait_for(first_hint(watch), timeout_ms, ERR_TIMEOUT);
	if (rc == 0)
		take_hints(watch, bits, gone);
	return rc;
}
