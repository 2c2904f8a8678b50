/*
 * What the last inventory was: STATE/INVENTORY, or that file in the folder of a
 * user who may not write there. Sealed (lib/sealed.h) INI text:
 *
 *	[Inventory]
 *	Hardware=2026-11-20T18:00:00Z
 *	Software=2026-11-20T18:00:00Z
 *	Pending=PL2K7Q4M2XW3ZB6T5R4HDCA-full-0123456789abcdef.raw
 *	[Sections]
 *	System=<sha256 of what lasts in it>
 *
 * Pending is there between the decision and the file in INVDATA: whoever finds
 * it looks whether the file came to be.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct collection;
struct inifile;
struct os_dir;

struct history {
	struct inifile *sections;   /* the whole text, or NULL */
	int64_t hardware, software; /* os_clock; 0: never */
	char *pending;		    /* or NULL */
	bool damaged; /* it was there and could not be used: empty then */
};

/* Missing or damaged: empty. A disk that fails, or another program that has it, is
 * an error. */
int history_read(struct os_dir *dir, struct history *history);
/* Is that what the section said? */
bool history_has(
    const struct history *history, const char *section, const char *digest);
/* Replaces it in one step: dates and pending as they stand in `history`, the
 * sections of `all` and those of `history` that it does not have (`all` NULL:
 * those of `history`). */
int history_write(struct os_dir *dir, const struct history *history,
    const struct collection *all);
void history_free(struct history *history);

#endif
