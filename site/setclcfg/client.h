/* The client that the command line names, and what is known of its components. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>

#include "buf.h"
#include "layout.h"
#include "services.h"

struct copylist;
struct os_dir;
struct os_lock;
struct setclcfg_options;
struct smsini;

struct client {
	const struct setclcfg_options *options;
	char *machine; /* its name */
	bool own;      /* it is this machine */
	char *root;    /* where its template leads, NULL without one */
	char *ini_path;
	struct smsini *ini; /* NULL: there is none */
	struct layout layout;
	struct os_dir *state;
	struct os_lock *lock;
	struct copylist *list; /* taken last; NULL: not known */
	struct services services;
	struct buf why; /* text of the last failure */
};

/* All of these return 0 or a code with `why`; begin with an empty client and
 * its options. */

/* Who it is: ERR_ARG for what can be no name. */
int client_name(struct client *client);
/* Its SMS.INI; that there is none is no error. */
int client_find(struct client *client);
/* Where its STATE is; ERR_ARG: another machine without /t. */
int client_locate(struct client *client);
/* Reads list and states. What is damaged is said; `services.damaged`. */
int client_read(struct client *client);
/* Before states are written: may this user, may nobody else, does no run of
 * the client work (ERR_BUSY)? To be done before client_read. */
int client_lock(struct client *client);
/* Says on the standard error what `why` holds, or what the code means. */
void client_complain(const struct client *client, int code);
void client_free(struct client *client);

#endif
