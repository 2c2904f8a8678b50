/* Whole small files: read at once, written by replacing. */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../platform/os.h"
#include "buf.h"

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
/*
 * The same in two steps, so that many files share one flush: the new content
 * waits beside `rel` until it gets the name. Between the two the caller flushes
 * the volume (os_dir_flush_all), or sets `flush`, where a few files are no
 * reason to flush what others have written; after the last one the folder. What
 * was not placed is removed by file_new_end, which may be called at any time
 * and again. Begin with FILE_NEW; dir and rel stay the caller's.
 */
struct file_new {
	struct os_dir *dir;
	const char *rel;
	bool flush;
	struct buf name; /* empty: nothing waits */
};
#define FILE_NEW(dir, rel, flush)         \
	{                                 \
		dir, rel, flush, BUF_INIT \
	}
int file_new_write(
    struct file_new *file, enum os_rights rights, const void *data, size_t len);
int file_new_place(struct file_new *file);
void file_new_end(struct file_new *file);
/* A name beside `rel` that nobody else uses: rel.<16 hex digits>.tmp */
int file_temporary(const char *rel, struct buf *name);
/* Removes what runs that were cut off left: the names of file_temporary in
 * the folder `rel` that are older than `age` ns. */
int file_sweep(struct os_dir *dir, const char *rel, int64_t age);
/* The same, but only those that were to become `stem`: in a folder that others
 * use too, theirs are not ours to remove. */
int file_sweep_of(
    struct os_dir *dir, const char *rel, const char *stem, int64_t age);
/* When the file of `info` came to its folder, as far as can be told: what is put
 * into a box brings a time with it that may be any. INT64_MIN: its times are
 * still to come, by more than a clock that was set back accounts for. */
int64_t file_arrived(const struct os_info *info, int64_t now);
/* Makes the missing folders above the file `rel`, below `dir`. */
int
file_make_folders(struct os_dir *dir, const char *rel, enum os_rights rights);

#endif
