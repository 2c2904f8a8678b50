/*
 * The SMS ID: site code and 20 base-32 digits (RFC 4648) of SHA-256 over
 * "<hardware UUID or machine identity>;<first permanent MAC>". Nothing is
 * allocated on the share. An ID that is there is kept, whatever its form; only
 * when the hardware that it was made from has changed (a clone) a new one is
 * made.
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <stdbool.h>

struct buf;
struct os_dir;
struct smsini;

struct identity {
	char *smsid;
	char *machine;		/* "<identity>;<mac>", lower case */
	bool made;		/* not the one of SMS.INI */
	bool moved;		/* because the hardware is another one */
};

/* What this machine is, without any library; malloc'd. */
int identity_machine(char **machine);
/*
 * Decides which ID this client has: SMS.INI's; else STATE/IDENTITY's; else a
 * new one. `state` (the folder STATE) and `ini` may be NULL. An ID that was
 * made on other hardware counts as none, but only when `sure` (a user without
 * rights cannot read the hardware UUID). ERR_NOENT, with `why`: the machine has
 * no identity.
 */
int identity_decide(const struct smsini *ini, struct os_dir *state,
    const char *site, bool sure, struct identity *identity, struct buf *why);
void identity_free(struct identity *identity);
/* Keeps it in STATE/IDENTITY too, where SMS.INI's damage does not reach. */
int identity_keep(struct os_dir *state, const struct identity *identity);

#endif
