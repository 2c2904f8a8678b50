/*
 * A switch that waits: the release is whole, in store and history, but for a
 * minute somebody's use of cl_nt.txt has refused the rename. The next run of
 * publish, whatever it is started for, completes it first.
 */
#ifndef WAITING_H
#define WAITING_H

#include <stdint.h>

struct buf;
struct tree;

/* Notes that the list `version` of the history, whose text this is, waits to
 * replace what tree_read found; durable. */
int
waiting_note(const struct tree *tree, uint64_t version, const struct buf *text);
/* The CopyListVersion that waits; 0: none. */
uint64_t waiting_version(const struct tree *tree);
/*
 * Completes a switch that waits; *done is its CopyListVersion, or 0. Before
 * tree_read. What the list names is read and checked first. A record that is
 * damaged, of a list that is no longer whole, or made for another cl_nt.txt
 * than stands there now is given up, with a line in `warnings`. ERR_BUSY: it
 * has to wait further; other errors of reading and writing.
 */
int waiting_finish(const struct tree *tree, uint64_t *done,
    struct buf *warnings, struct buf *why);

#endif
