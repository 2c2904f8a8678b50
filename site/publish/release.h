/* A new release: its numbers, and the switch to it. */
#ifndef RELEASE_H
#define RELEASE_H

#include <stdint.h>

struct buf;
struct copylist;
struct tree;

/*
 * Gives `list` the CopyListVersion, Sequence and Published that come now:
 * greater than all of cl_nt.txt and of the history, the version not below the
 * clock's seconds. What is damaged in the history is passed over, with a line
 * in `warnings`; the number in its name counts all the same. ERR_FORMAT when a
 * number cannot grow any more.
 */
int release_number(const struct tree *tree, struct copylist *list,
    struct buf *warnings, struct buf *why);
/*
 * Writes the list to the history, then beside cl_nt.txt; reads that back, looks
 * for everything it names in the store, and renames it to cl_nt.txt. All that
 * it names must be in the store and flushed before. When it fails, cl_nt.txt is
 * the old one and nothing is left of the new one; a line in `warnings` when the
 * new one stands there but may not outlast a power cut.
 */
int release_switch(const struct tree *tree, const struct copylist *list,
    struct buf *warnings, struct buf *why);

#endif
