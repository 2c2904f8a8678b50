/* Shared by server.c and serve.c. Not for others. */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"
#include "policy.h"
#include "serve.h"

struct copylist;
struct os_services;
struct smsini;
struct source;

struct server {
	const struct ccm_options *options;
	struct logfile *log;
	struct layout layout; /* of this machine */
	struct smsini *ini;   /* of this machine; NULL: none */
	struct policy policy;
	char *root;	       /* NULL: none could be reached */
	struct source *source; /* of the root; NULL: not open */
	int64_t asked;	       /* os_ticks of the last search */
	struct copylist *list; /* of the root, NULL: not read */
	bool conditional;      /* what it means hangs on the machine */
	int64_t looked;	       /* os_ticks when it was last looked at */
	struct os_services *manager;
	bool manager_told;
};

/* The root did not answer: it is looked for again. */
void server_lose_root(struct server *server);
/* The list that the logon root has now, or had less than 2 s ago and not before
 * `since`; NULL when none can be read, or what it means is another thing for each
 * machine (When=).
 * Whether it may be used is not judged: only for deciding that nothing is to be
 * done. */
struct copylist *server_list(struct server *server, int64_t since);
/* The service manager of a machine; NULL and *reason where it is out of
 * reach. */
struct os_services *
server_manager(struct server *server, const char *machine, const char **reason);

#endif
