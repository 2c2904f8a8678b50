/*
 * Text files that tell whether they are whole: state of ours (journal,
 * installed list, pending records) and .raw files end in a line
 *
 *	END <sha256 of all bytes before that line, 64 hex digits>
 */
#ifndef SEALED_H
#define SEALED_H

#include <stddef.h>

#include "../platform/os.h"

struct buf;
struct file_new;

/* Puts the END line after what `b` holds; ERR_NOMEM. */
int sealed_close(struct buf *b);
/* The length of what stands before the END line; ERR_FORMAT when the line is
 * missing, not the last one or not of 64 digits; ERR_DIGEST. */
int sealed_check(const char *data, size_t len, size_t *body);
/* Reads and checks; `out` holds the body alone. As file_read, sealed_check. */
int
sealed_read(struct os_dir *dir, const char *rel, size_t max, struct buf *out);
/* Adds the END line to `b` and writes it by file_write. */
int sealed_write(
    struct os_dir *dir, const char *rel, enum os_rights rights, struct buf *b);
/* The same by file_new_write: it waits. */
int
sealed_new_write(struct file_new *file, enum os_rights rights, struct buf *b);

#endif
