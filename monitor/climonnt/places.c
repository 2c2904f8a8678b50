/*
 * The folders that climonnt sleeps on. When anything about the folders
 * themselves changes, all watches are made anew: that is rare, and the only
 * way that leaves none behind.
 */
#include "places.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "path.h"
#include "text.h"

#define COUNT	2
#define LOOK_MS 60000
#define TRIES	5 /* a folder that comes and goes has an end */

struct place {
	char *wanted;
	char *watched; /* the same, or a folder above; NULL: neither */
};

struct places {
	struct os_watch *watch;
	struct place list[COUNT]; /* its number is the bit */
};

int
places_open(struct places **places)
{
	*places = calloc(1, sizeof **places);
	return *places == NULL ? ERR_NOMEM : 0;
}

void
places_close(struct places *places)
{
	int i;

	if (places == NULL)
		return;
	os_watch_close(places->watch);
	for (i = 0; i < COUNT; i++) {
		free(places->list[i].wanted);
		free(places->list[i].watched);
	}
	free(places);
}

static bool
is_folder(const char *path)
{
	struct os_dir *dir = NULL;
	int rc;

	rc = os_dir_open(path, &dir);
	os_dir_close(dir);
	/* One that may not be opened is there all the same. */
	return rc == 0 || rc == ERR_ACCES;
}

/* `path` itself or the nearest folder above it that exists. */
static int
nearest(const char *path, char **found)
{
	char *here = text_copy(path), *above;

	while (here != NULL && !is_folder(here)) {
		above = path_folder(here);
		if (above != NULL && strcmp(above, here) == 0) {
			free(above);
			free(here);
			return ERR_NOENT;
		}
		free(here);
		here = above;
	}
	*found = here;
	return here == NULL ? ERR_NOMEM : 0;
}

/* Watches one place. What comes between looking and watching would be missed:
 * look once more then. */
static int
watch_one(struct places *places, int bit)
{
	struct place *place = &places->list[bit];
	char *found = NULL;
	int rc = 0, i;

	free(place->watched);
	place->watched = NULL;
	for (i = 0; i < TRIES; i++) {
		rc = nearest(place->wanted, &found);
		if (rc != 0)
			return rc;
		if (place->watched != NULL &&
		    strcmp(found, place->watched) == 0)
			break;
		free(place->watched);
		place->watched = found;
		found = NULL;
		rc = os_watch_add(places->watch, place->watched, bit);
		if (rc != 0 && rc != ERR_NOENT)
			return rc;
	}
	free(found);
	return rc;
}

/* Without any watch (the system's limit was reached) `watch` is NULL. */
static unsigned
watch_all(struct places *places)
{
	unsigned refused = 0;
	int bit;

	os_watch_close(places->watch);
	places->watch = NULL;
	if (os_watch_open(&places->watch) != 0)
		return PLACES_INVDATA | PLACES_STATE;
	for (bit = 0; bit < COUNT; bit++)
		if (watch_one(places, bit) != 0)
			refused |= 1u << bit;
	return refused;
}

int
places_watch(struct places *places, const char *invdata, const char *state,
    unsigned *refused)
{
	const char *const wanted[COUNT] = { invdata, state };
	char *copy;
	int i;

	for (i = 0; i < COUNT; i++) {
		copy = text_copy(wanted[i]);
		if (copy == NULL)
			return ERR_NOMEM;
		free(places->list[i].wanted);
		places->list[i].wanted = copy;
	}
	*refused = watch_all(places);
	return 0;
}

/* Is what we watch in place of `bit` still the right folder? */
static bool
is_settled(const struct place *place)
{
	char *found = NULL;
	bool same;

	if (place->watched == NULL || nearest(place->wanted, &found) != 0)
		return true;
	same = strcmp(found, place->watched) == 0;
	free(found);
	return same;
}

/* Of the hints, those that are about the places and not about a folder above
 * them; *anew: watch all anew. */
static unsigned
judge(const struct places *places, uint32_t bits, uint32_t gone, bool *anew)
{
	const struct place *place;
	unsigned hints = 0;
	int i;

	*anew = false;
	for (i = 0; i < COUNT; i++) {
		place = &places->list[i];
		if ((bits & UINT32_C(1) << i) == 0)
			continue;
		if ((gone & UINT32_C(1) << i) != 0 || !is_settled(place)) {
			*anew = true;
			hints |= 1u << i;
		} else if (place->watched == NULL ||
		    strcmp(place->watched, place->wanted) == 0) {
			hints |= 1u << i;
		}
	}
	return hints;
}

/* Nothing can be watched: look now and then, until it can. */
static int
do_without(struct places *places, int timeout_ms, unsigned *hints)
{
	int rc;

	if (timeout_ms < 0 || timeout_ms > LOOK_MS)
		timeout_ms = LOOK_MS;
	rc = os_sleep(timeout_ms);
	if (rc != 0)
		return rc;
	watch_all(places);
	*hints = PLACES_INVDATA | PLACES_STATE;
	return 0;
}

int
places_wait(struct places *places, int timeout_ms, unsigned *hints)
{
	uint32_t bits = 0, gone = 0;
	bool anew;
	int rc;

	*hints = 0;
	if (places->watch == NULL)
		return do_without(places, timeout_ms, hints);
	rc = os_watch_wait(places->watch, timeout_ms, &bits, &gone);
	if (rc == ERR_TIMEOUT || rc == ERR_STOP)
		return rc;
	if (rc != 0) {
		os_watch_close(places->watch);
		places->watch = NULL;
		return do_without(places, timeout_ms, hints);
	}
	*hints = judge(places, bits, gone, &anew);
	if (anew)
		watch_all(places);
	return 0;
}
