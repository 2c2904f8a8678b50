/* Shared by the files of units. Not for others. */
#ifndef UNITS_RUN_H
#define UNITS_RUN_H

#include "os.h"

#include "units.h"

#define UNITS_STOP_MS  30000 /* then a service is ended by force */
#define UNITS_START_MS 30000

/* units.c: that of a component, or NULL. */
struct unit *units_find(struct units *units, const char *component);
/* What became of a component's files; NULL: there was nothing to do. */
const struct update_component *
units_outcome(const struct update_result *result, const char *name);
/* What services.ini is to say of every component; *failed is added to. */
int units_note(
    struct units *units, const struct update_result *result, size_t *failed);

/* units_run.c: the service has not done what it should; the reason goes to
 * services.ini, the request and the log. ERR_CHANGED: `what` says it all. Returns
 * `code`. */
int units_give_up(struct unit *u, int code, const char *what);
int units_write(struct units *units); /* services.ini */

/* units_stop.c: stops it and before it those that need it; what does not run
 * stays so. */
int units_stop(struct units *units, struct unit *u);
/* Stops and unregisters the service that it was before, if that is another. */
int units_retire(struct units *units, struct unit *u);
/* Unregisters it; one that somebody else registered stays. */
int units_forget(struct units *units, struct unit *u);

/* units_start.c: registered as the list says and, where it is to, running. */
int units_come_up(struct units *units, struct unit *u);
/* Started, and up for as long as it has to settle. */
int units_start(struct units *units, struct unit *u);
/* Started, whatever stands there now. */
bool units_run_again(struct units *units, struct unit *u);
/* Is it to run now? One that was stopped by hand stays so. */
bool units_has_to_run(struct units *units, const struct unit *u);
enum os_service_start units_start_mode(const struct unit *u);
/* As it was registered when it ran last; one that never was goes. */
void units_enrol_again(struct units *units, struct unit *u);
/* Services of somebody else that were stopped with ours. */
void units_start_others(struct os_services *manager, struct services *services,
    struct logfile *log);

#endif
