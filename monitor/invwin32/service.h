/* The agent as a service. */
#ifndef SERVICE_H
#define SERVICE_H

struct invwin32_options;

#define SERVICE_NAME	"SMS_INVENTORY_AGENT_NT"
#define SERVICE_MINUTES 1440 /* of sleep, where nothing says otherwise */

/* Inventories when they are due, and whatever lies in INVDATA taken up, until
 * it is asked to stop. An exit code. */
int service_run(const struct invwin32_options *options);

#endif
