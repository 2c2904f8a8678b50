/*
 * What Windows' service manager has and Wine's has not, for the tests of
 * services: delayed start, recovery actions, dependents. The functions of the
 * system stand behind those of manager.c; under Wine they answer for one service
 * in place of the system, on Windows they hand everything on.
 */
#ifndef MANAGER_H
#define MANAGER_H

/* Everything as it is for a new service; `said` is "" again. */
void manager_reset(void);
/* What was set since: "actions 3 " for so many recovery actions, "flag 1 ",
 * "delayed 0 ". */
const char *manager_said(void);
/* Wine: `names` (NULL at the end, or NULL) need the service from now on, and it
 * cannot be stopped as long as there is one. */
void manager_needed(const WCHAR *const names[]);

#endif
