/* One check: is the published list another one than ours? */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct client;
struct smsini;
struct source;

struct check {
	char *root;	  /* the logon root that answered, malloc'd */
	uint64_t offered; /* its CopyListVersion */
	bool start;	  /* cli_nt has work */
	int64_t again;	  /* there is work, but not before then; 0 */
};

/*
 * Reads the head of the list of the first logon root that answers (`given`:
 * /p:, or NULL) and compares. ERR_HOST, ERR_AUTH as source_pick (ERR_HOST too
 * when no root is known), ERR_FORMAT: not a list, ERR_STOP. *kept, NULL at
 * first, is the reader of the first root as long as that one answers; the
 * caller closes it at last.
 */
int check_run(const struct client *client, const char *given,
    struct source **kept, struct check *check, struct buf *why);
/* The comparing alone; `ini` may be NULL. */
void check_compare(const struct smsini *ini, uint64_t offered, int64_t now,
    struct check *check);
void check_free(struct check *check);

#endif
