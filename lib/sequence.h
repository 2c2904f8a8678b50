/*
 * STATE/SEQUENCE: the Sequence of the list that was taken last, sealed, because
 * a damaged number there would have every later list refused.
 */
#ifndef SEQUENCE_H
#define SEQUENCE_H

struct buf;
struct copylist;
struct copylist_head;
struct file_new;
struct os_dir;

/* Notes `list`, whose bytes are `text`; it waits in `file`, as sealed_new_write
 * leaves it, and gets its name, LAYOUT_SEQUENCE, after STATE/CL_NT.TXT. */
int sequence_write(
    struct file_new *file, const struct copylist *list, const struct buf *text);
/*
 * The head of the list that was taken last, as far as it can be believed, all
 * absent (0, dates -1) where nothing can: STATE/CL_NT.TXT's when it is the list
 * that SEQUENCE was written for; else the numbers of SEQUENCE alone; without
 * SEQUENCE (an older version wrote none, or it is damaged) again CL_NT.TXT's.
 * `notes` gets a line for each of them that is damaged. A run that was cut off
 * between writing the two is no damage. `state` NULL: nothing was taken.
 */
void sequence_last(
    struct os_dir *state, struct copylist_head *head, struct buf *notes);

#endif
