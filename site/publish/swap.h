/* The switch itself: a new cl_nt.txt in place of the old one. */
#ifndef SWAP_H
#define SWAP_H

struct buf;
struct copylist;
struct tree;

#define SWAP_LIMIT_MS 60000 /* that a switch which is refused is tried again */

/*
 * Writes `text` beside cl_nt.txt, flushed; reads it back: is it `list`, as any
 * reader takes it? Then renames it to cl_nt.txt; the caller has seen that all
 * that it names is in the store (stock.h). Where another program's use of
 * cl_nt.txt refuses that (ERR_BUSY, ERR_ACCES), it is tried again for a minute,
 * at growing intervals with jitter: ERR_BUSY after that, or when the program is
 * asked to stop meanwhile. When it fails cl_nt.txt is the old one, and nothing
 * is left beside it. The folder is not flushed.
 */
int swap_list(const struct tree *tree, const struct copylist *list,
    const struct buf *text, struct buf *why);

#endif
