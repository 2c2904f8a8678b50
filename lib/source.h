/*
 * A logon root as a client reads it: the copy list, then files out of the
 * store by digest. Every wait has a limit; what hangs is left behind.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct os_file;
struct progress;
struct source;

/* For all probes together: of the 2.5 s in which a run without any server ends,
 * the rest is for beginning and ending. */
#define SOURCE_PROBE_MS 2400
#define SOURCE_BETTER_MS \
	300		      /* wait for a server listed before the one
				 * that answered */
#define SOURCE_STALL_MS 60000 /* no byte for so long: given up */

/*
 * Reads the first COPYLIST_HEAD bytes of cl_nt.txt from all roots at the same
 * time and opens the first in order that answers; *which is its number. A root
 * without cl_nt.txt is no logon server. ERR_HOST when none answered within
 * timeout_ms, ERR_AUTH when one refused who we are and none answered; `why`
 * has one reason per root.
 */
int source_pick(const char *const roots[], size_t count, int timeout_ms,
    struct source **source, size_t *which, struct buf *head, struct buf *why);
void source_close(struct source *source); /* never waits; NULL is fine */
const char *source_root(const struct source *source);

/* Reads the first COPYLIST_HEAD bytes of cl_nt.txt again, of a root that is
 * kept open between two looks: a process that is there already answers sooner
 * than one that has to be made. Errors as os_share_next; the source is only
 * good for source_close then. */
int source_head(struct source *source, int timeout_ms, struct buf *head);
/* The whole list, one open. ERR_RANGE when longer than COPYLIST_MAX. */
int source_list(struct source *source, struct buf *text, struct buf *why);
/*
 * Copies the store file of that digest into `to` (at its current place),
 * hashing while it copies. ERR_NOENT: it is not in the store, though the root
 * is there; ERR_DIGEST: other size or content; ERR_IO, ERR_NAME: it cannot be
 * read, though cl_nt.txt can; ERR_HOST, ERR_TIMEOUT: the root is gone;
 * ERR_NOSPC and other codes of os_write are the receiving side's, *ours is set
 * to 1 then. `limit` in bytes a second, 0: none.
 */
struct source_want {
	const char *digest;
	uint64_t size;
	uint64_t limit;
	struct progress *progress;
};
int source_fetch(struct source *source, const struct source_want *want,
    struct os_file *to, int *ours, struct buf *why);
/* The same for a small file, into memory. */
int source_read(struct source *source, const struct source_want *want,
    struct buf *text, struct buf *why);
/* Asks for the file of a later source_fetch, so that it is read meanwhile; in
 * the order in which they will be fetched. A hint: ERR_BUSY when enough is
 * asked for, ERR_UNSUP under a limit, which says when bytes may come. */
int source_ahead(struct source *source, const struct source_want *want);

#endif
