/* What SMS.INI says of this client at the moment; read anew for each check,
 * because an installation or an administrator may have changed it. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>

#include "layout.h"

struct buf;
struct smsini;

struct client {
	struct layout layout;
	struct smsini *ini; /* NULL: there is no SMS.INI yet */
	unsigned minutes;   /* [Local] CheckInterval, 0: not said */
	bool service_moves; /* [Setup State] Mover=service: the inventory
				 * service takes the .raw files up, not we */
};

/* `given`: /i:, or NULL. As smsini_load, but a missing SMS.INI is no error;
 * ERR_NAME: a path in it cannot be used. Nothing is left to free then. */
int client_load(const char *given, struct client *client, struct buf *why);
void client_free(struct client *client); /* of zeros too */
/* For the name of what is sent up; NULL while there is no usable SMS ID. */
const char *client_id(const struct client *client);

#endif
