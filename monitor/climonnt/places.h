/*
 * The folders that climonnt sleeps on: INVDATA and STATE. One that is missing
 * is waited for by watching the nearest folder above it that is there.
 */
#ifndef PLACES_H
#define PLACES_H

#include <stdint.h>

struct places;

#define PLACES_INVDATA 1u
#define PLACES_STATE   2u

int places_open(struct places **places);
void places_close(struct places *places); /* NULL is permitted */
/* From now on these two; ERR_NOMEM. Whoever calls it looks into them
 * afterwards. A folder that cannot be watched is no failure: *refused gets its
 * bit, and where nothing can be watched places_wait answers once a minute. */
int places_watch(struct places *places, const char *invdata, const char *state,
    unsigned *refused);
/*
 * Waits for a hint; *hints says where. A folder that came, went or was
 * replaced is watched anew before this returns with its bit. timeout_ms -1: no
 * limit. ERR_TIMEOUT, ERR_STOP.
 */
int places_wait(struct places *places, int timeout_ms, unsigned *hints);

#endif
