/*
 * The SMS ID: site code and 20 base-32 digits (RFC 4648) of SHA-256 over
 * "<hardware UUID>;", or where there is none "<machine identity>;<first
 * permanent MAC>". Nothing is allocated on the share. An ID that is there and
 * can be a file name is kept; only when the hardware that it was made from has
 * changed (a clone) a new one is made.
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <stdbool.h>

struct buf;
struct os_dir;
struct smsini;

/* Where no site is known. */
#define IDENTITY_NO_SITE "XXX"

struct identity {
	char *smsid;
	char *machine; /* "<uuid>;" or "<identity>;<mac>", lower case;
				 * "" when it cannot be told any more */
	bool made;     /* not the one of SMS.INI */
	bool moved;    /* because the hardware is another one */
	bool healed;   /* STATE/IDENTITY was there and could not be used */
	bool bad_site; /* made with XXX: the site code is not three
				 * letters or digits */
};

/* Is it a site code, three letters or digits? It begins an ID, which is part of
 * file names; where it is none, XXX does. */
bool identity_is_site(const char *site);
/* What this machine is, without any library; malloc'd. ERR_NOENT: it has
 * neither hardware UUID nor machine identity. */
int identity_machine(char **machine);
/*
 * Decides which ID this client has: SMS.INI's; else STATE/IDENTITY's; else a
 * new one. `state` (the folder STATE) and `ini` may be NULL. An ID that was
 * made on other hardware counts as none, but only when `sure` (a user without
 * rights cannot read the hardware UUID). ERR_NOENT, with `why`: there is no ID,
 * and the machine has no identity to make one from.
 */
int identity_decide(const struct smsini *ini, struct os_dir *state,
    const char *site, bool sure, struct identity *identity, struct buf *why);
/* The same for a client that is seen from outside, so that its hardware cannot
 * be told: an ID that is there is kept; without one it is made from the name
 * `host`, and the client keeps it. `machine` is "". */
int identity_of_other(const struct smsini *ini, struct os_dir *state,
    const char *site, const char *host, struct identity *identity);
void identity_free(struct identity *identity);
/* Keeps it in STATE/IDENTITY too, where SMS.INI's damage does not reach. */
int identity_keep(struct os_dir *state, const struct identity *identity);

#endif
