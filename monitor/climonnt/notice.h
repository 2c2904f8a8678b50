/* The restart notice: once for a change, and only where something waits. */
#ifndef NOTICE_H
#define NOTICE_H

#include <stdint.h>

struct monitor;

/*
 * After a run of the setup for the list `version`: the components that
 * [Setup State] Restart names wait for a restart. A notice is given, which names
 * them, unless one was given for this list and all of them before, by us or by
 * a monitor before us: on the standard error, in the system's log, and on the
 * desktop of this user; that it cannot be shown there is no harm. With /quiet it
 * goes to the log file alone. Q270697: users were asked to restart again and
 * again, for nothing.
 */
void notice_restart(struct monitor *m, uint64_t version);
/* The same for what ccm has left in services.ini (Restart Pending=), once for a
 * component until it has other files. A ccm that had nothing to do changes
 * nothing there (Q186412). Nothing waits, or it cannot be read: nothing is
 * done. */
void notice_services(struct monitor *m);

#endif
