/* What there is to say of this machine, in sections of a .raw. */
#ifndef COLLECT_H
#define COLLECT_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "digest.h"

struct layout;
struct logfile;

struct section {
	char *name;
	struct buf text;	  /* of rawfile_row */
	struct buf lasting;	  /* the same without what changes all the
				   * time, free memory and the like */
	char digest[DIGEST_TEXT]; /* of that */
};

struct collection {
	struct section *list;
	size_t count;
};

/* System, Processor, Memory, Disks, Network, and a section for each component
 * with the versions of its files. What cannot be read is left out, with a line
 * in the log. ERR_NOMEM, ERR_STOP. */
int collect_hardware(
    struct collection *all, const struct layout *layout, struct logfile *log);
/* Software. The same errors. */
int collect_software(struct collection *all, struct logfile *log);
/* Computes the digests; ERR_NOMEM. */
int collect_digests(struct collection *all);
void collect_free(struct collection *all);

#endif
