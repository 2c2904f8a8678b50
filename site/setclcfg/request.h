/* A request for a client, dropped by hand. */
#ifndef REQUEST_H
#define REQUEST_H

struct client;

/* After client_name: into the box of the server that the command line names.
 * ERR_HOST: no logon server is there; ERR_ARG: what is no server or no ID. */
int request_drop(struct client *client);

#endif
