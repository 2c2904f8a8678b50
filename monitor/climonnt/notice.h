/* The restart notice: once for a change, and only where something waits. */
#ifndef NOTICE_H
#define NOTICE_H

#include <stdint.h>

struct monitor;

/*
 * After a run of the setup for the list `version`: the components that
 * [Setup State] Restart names wait for a restart. A notice is given, which names
 * them, unless one was given for this list and all of them before, by us or by
 * a monitor before us. With /quiet it goes to the log file alone. Q270697: users
 * were asked to restart again and again, for nothing.
 */
void notice_restart(struct monitor *m, uint64_t version);

#endif
