/*
 * Names of request files. Whoever makes or reads one does it here (Q265882):
 *
 *	<ID>.CCR		a request, in a box, in retry/ and in failed/
 *	<ID>-<8 hex>.CCR	the same, where that name was taken
 *	<ID>.<16 hex>.ccr	one that is claimed, in processing/<instance>/
 *
 * The ID is an SMS ID. .CCR is read in any letter case.
 */
#ifndef REQUESTNAME_H
#define REQUESTNAME_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

/* Does it end as a request does? */
bool requestname_is(const char *name);
/* Puts the SMS ID into `id`. ERR_NAME: none is in it; ERR_NOMEM. */
int requestname_read(const char *name, struct buf *id);
/* These put a name into `name`, in place of what was there; ERR_NOMEM. */
int requestname_make(const char *id, struct buf *name);
int requestname_other(const char *id, uint32_t number, struct buf *name);
int requestname_claim(const char *id, uint64_t number, struct buf *name);
/* The SMS ID of a claimed one, and its number. ERR_NAME, ERR_NOMEM. */
int requestname_claimed(const char *name, struct buf *id, uint64_t *number);
/* A name for failed/ that any program of people's can handle: itself where it
 * is harmless, else one with `number` in it; so too with `taken`. ERR_NOMEM. */
int requestname_failed(
    const char *name, bool taken, uint64_t number, struct buf *failed);

#endif
