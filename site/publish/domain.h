/*
 * DOMAIN.INI, what all clients of a site have in common: that of the source,
 * else that of the logon root, else one made here with the site code XXX.
 */
#ifndef DOMAIN_H
#define DOMAIN_H

#include <stdbool.h>

#include "buf.h"
#include "digest.h"

struct os_dir;
struct sources;

#define DOMAIN_NAME "DOMAIN.INI" /* in the logon root */

struct domain {
	struct buf text;
	char digest[DIGEST_TEXT];
	bool no_site; /* its site code is XXX, or there is none */
};

/*
 * Finds and reads it; `root` NULL: the logon root is not there yet. ERR_FORMAT
 * with "file:line: reason" when lib/inifile.h does not take it, or clients
 * would not: a site code that is none, a box outside the logon root, too many
 * servers or [Sight] keys. Errors of reading. domain_free in any case.
 */
int domain_read(const struct sources *sources, struct os_dir *root,
    const char *root_shown, struct domain *domain, struct buf *why);
void domain_free(struct domain *domain);
/* Writes it to the logon root, for people to read, unless it is there. */
int domain_show(const struct domain *domain, struct os_dir *root);

#endif
