/* One climonnt per user and SMS.INI. */
#ifndef INSTANCE_H
#define INSTANCE_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct os_lock;

/*
 * Takes the lock file of this user for the SMS.INI `ini`, in the user's state
 * folder; a user without a home takes it in `otherwise`. ERR_BUSY: another one
 * runs. *number tells this pair of user and SMS.INI from others.
 */
int instance_take(const char *ini, const char *otherwise, struct os_lock **lock,
    uint32_t *number, struct buf *why);
/* The lock of a monitor that waits for work, and not of a single pass; as
 * instance_take. ERR_BUSY: one is at work. */
int
instance_work(const char *ini, const char *otherwise, struct os_lock **lock);
/* Drops *lock, which may be NULL, and forgets it. */
void instance_drop(struct os_lock **lock);
/* FNV-1a, 64 bit: spreads, hides nothing. A hash of many pieces begins with
 * INSTANCE_HASH. */
#define INSTANCE_HASH UINT64_C(0xcbf29ce484222325)
uint64_t instance_hash_add(uint64_t hash, const void *data, size_t len);
uint64_t instance_hash(const char *text);
/* The folder for what this user may write: made when missing. malloc'd. */
int instance_folder(char **folder);

#endif
