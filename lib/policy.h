/*
 * policy.ini: what the administrator of this machine permits. Found by /c:,
 * $SMS_POLICY, in the state root, in /etc/sms; none at all gives the defaults.
 */
#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "window.h"

struct buf;
struct layout;

struct policy {
	char *path;	      /* where it was read; NULL: no file */
	char *file, *keys;    /* where policy.ini and keys/ belong */
	bool allow_unsigned;  /* [Security] AllowUnsigned, default no */
	char *machines;	      /* [Machines] Allow, PCRE2, whole name; or
				 * NULL */
	uint64_t bandwidth;   /* [Limits] Bandwidth, bytes a second, 0: any */
	struct window window; /* [Limits] Window, all 0 when absent */
	char *pinned;	      /* path of a key in keys/ of state root or
				 * /etc/sms, NULL: no key is pinned */
};

/*
 * Reads it. With administrators' rights a file that others may write is
 * ERR_UNTRUSTED, `why` naming owner and mode; ERR_FORMAT as inifile; `given`
 * that is missing is ERR_NOENT.
 */
int policy_load(const char *given, const struct layout *layout,
    struct policy *policy, struct buf *why);
void policy_free(struct policy *policy);
/* May a program act on an unsigned list? 0, or ERR_UNTRUSTED and in `why` what
 * to do. Without administrators' rights, and without a pinned key: always. */
int policy_permits_unsigned(const struct policy *policy, struct buf *why);

#endif
