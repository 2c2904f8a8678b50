/*
 * One running ccm at a box: the folder processing/<host>-<16 hex> with what it
 * has claimed. LOCK in it is locked as long as the program runs; LEASE is made
 * anew every minute, so that its time is the server's. What a dead instance
 * leaves goes back to the box.
 */
#ifndef INSTANCE_H
#define INSTANCE_H

#include <stdbool.h>
#include <stdint.h>

struct logfile;
struct os_dir;
struct os_lock;

#define INSTANCE_LEASE	  (INT64_C(600) * 1000000000) /* ns */
#define INSTANCE_MACHINES "machines" /* in processing/: no instance */

struct instance {
	struct os_dir *processing; /* the caller's */
	struct os_dir *dir;
	struct os_lock *lock;
	char *name;
	char *host;
	uint64_t number; /* of the next claim */
	int64_t renewed; /* os_ticks of the last LEASE */
	int64_t lease;	 /* its time */
};

/* Makes one in the folder `processing`. Codes of os_dir_make and os_lock_take;
 * nothing is left then. */
int instance_open(struct os_dir *processing, struct instance *instance);
/* Makes LEASE anew where the last one is a minute old. To be called before
 * anything that may take long. */
int instance_renew(struct instance *instance);
/*
 * Gives the box back what dead instances have claimed: those of this host that
 * are not locked, those of others that are not locked and whose lease is over.
 * A request goes to the box under its own name, or another one where that is
 * taken. *count says how many did.
 */
int instance_take_back(struct instance *instance, struct os_dir *box,
    struct logfile *log, unsigned *count);
/* Gives back what is claimed under the name `claim`. */
int instance_give_back(
    struct instance *instance, const char *claim, struct os_dir *box);
/* Removes the folder; what is still claimed stays for others to take back. */
void instance_close(struct instance *instance);

#endif
