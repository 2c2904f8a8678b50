/*
 * The requests that were found in one go: which file is about which machine.
 * Bounded, so that memory stays flat whatever waits; sorted by machine, so that
 * all that ask for one become one.
 */
#ifndef BATCH_H
#define BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

#define BATCH_MAX 16384

struct batch_item {
	uint64_t hash; /* of the machine; its high bits choose the lock */
	uint64_t id;   /* of the file, */
	int64_t mtime; /* so that it is known again */
	uint32_t name, machine; /* offsets in the texts */
	bool retrying;		/* it stands in retry/, else in the box */
	bool tried;		/* it has a second section */
	bool handled;
};

struct batch {
	struct batch_item *items;
	size_t count, size;
	struct buf texts;
};

/* What is to be found again: hash, id, mtime and the three flags of `item`. */
int batch_add(struct batch *batch, const struct batch_item *item,
    const char *name, const char *machine);
const char *batch_name(const struct batch *batch, size_t i);
const char *batch_machine(const struct batch *batch, size_t i);
/* By machine; those in retry/ last. */
void batch_sort(struct batch *batch);
/* The first item after `i` that is about another machine (sorted). */
size_t batch_next(const struct batch *batch, size_t i);
void batch_clear(struct batch *batch);
void batch_free(struct batch *batch);

#endif
