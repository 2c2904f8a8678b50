/* Whole small files: read at once, written by replacing. */
#ifndef FILE_H
#define FILE_H

#include <stddef.h>
#include <stdint.h>

#include "../platform/os.h"

struct buf;

/* Reads all of it into `out` (emptied first). ERR_RANGE when it is longer than
 * `max` bytes; otherwise as os_open, os_read. */
int file_read(struct os_dir *dir, const char *rel, size_t max, struct buf *out);
/* The same for a path; its folder is opened with links followed. */
int file_read_path(const char *path, size_t max, struct buf *out);
/*
 * Replaces `rel` in one step: a temporary file beside it, flushed, renamed;
 * the folder is flushed. Whatever happens, `rel` is the old or the new file
 * and no temporary file is left by a call that returns.
 */
int file_write(struct os_dir *dir, const char *rel, enum os_rights rights,
    const void *data, size_t len);
/* A name beside `rel` that nobody else uses: rel.<16 hex digits>.tmp */
int file_temporary(const char *rel, struct buf *name);
/* Removes what runs that were cut off left: the names of file_temporary in
 * the folder `rel` that are older than `age` ns. */
int file_sweep(struct os_dir *dir, const char *rel, int64_t age);
/* The same, but only those that were to become `stem`: in a folder that others
 * use too, theirs are not ours to remove. */
int file_sweep_of(
    struct os_dir *dir, const char *rel, const char *stem, int64_t age);
/* Makes the missing folders above the file `rel`, below `dir`. */
int
file_make_folders(struct os_dir *dir, const char *rel, enum os_rights rights);

#endif
