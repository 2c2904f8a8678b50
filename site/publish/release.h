/* A new release: its numbers, and the switch to it. */
#ifndef RELEASE_H
#define RELEASE_H

#include <stdint.h>

struct buf;
struct copylist;
struct tree;

/*
 * Gives `list` the CopyListVersion, Sequence and Published that come at `now`:
 * greater than all of cl_nt.txt, of the history and of the names of the
 * signatures, the version not below the clock's seconds; Release too where it
 * is 0. `sequence` is the Sequence to take, 0: one more than the highest. What
 * is damaged in the history is passed over, with a line in `warnings`; the
 * number in its name counts all the same. ERR_FORMAT when a number cannot grow
 * any more, or `sequence` is not greater than all before.
 */
int release_number(const struct tree *tree, struct copylist *list,
    uint64_t sequence, struct buf *warnings, struct buf *why);
/*
 * Writes the list to the history, then switches to it as swap_list does. All
 * that it names must be in the store and flushed before. When it fails,
 * cl_nt.txt is the old one and nothing is left of the new one, but with
 * ERR_BUSY, when the switch waits for the next run (waiting.h). A line in
 * `warnings` when the new one stands there but may not outlast a power cut.
 */
int release_switch(const struct tree *tree, const struct copylist *list,
    struct buf *warnings, struct buf *why);

#endif
