/* All components of a client as a table. */
#ifndef TABLE_H
#define TABLE_H

struct client;

/* Adds the components of the list to those of services.ini, in memory alone.
 * ERR_NOMEM. */
int table_complete(struct client *client);
/* Prints them. ERR_NOMEM. */
int table_print(struct client *client);

#endif
