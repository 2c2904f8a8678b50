/*
 * The services of one client while it is brought to a list: what is asked for
 * of each (services.ini, else the list), which have to stop, whether what was
 * placed runs, and what services.ini says afterwards.
 *
 * An affected service is stopped before anything is placed, those that need it
 * first; what was stopped by hand stays stopped. It is noted in services.ini
 * before it stops, so that whoever comes after a kill starts it again.
 */
#ifndef UNITS_H
#define UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services.h"
#include "update.h"

struct buf;
struct copylist;
struct copylist_component;
struct layout;
struct logfile;
struct os_dir;
struct os_services;

#define UNITS_TRIES 3 /* of the same content; then no service is stopped */

struct units_job {
	struct os_services *manager; /* NULL: out of reach, see `reason` */
	const char *reason;	     /* why; for people */
	struct copylist *list;	     /* selected; what an administrator does
				      * not want is unselected */
	struct os_dir *state;
	const struct layout *layout;
	struct logfile *log;
	bool forced; /* UNITS_TRIES does not count */
	bool own;    /* the service CCM_SERVICE may be the one that we run as */
};

struct unit {
	const struct copylist_component *c; /* NULL: it is to go */
	char *component;
	char *service; /* its name; NULL: it never was registered */
	char *former;  /* what its service was called before, or NULL */
	char *program; /* absolute; NULL: as `service` */
	enum services_state wanted;
	bool own;     /* the one that we run as */
	bool changes; /* its files do */
	bool stopped; /* by us, now */
	bool made;    /* registered now, and not before */
	bool failed;  /* it does not run, or did not stop */
	bool foreign; /* somebody else registered it */
	char *reason; /* of `failed` */
};

struct units {
	const struct units_job *job;
	struct services services;
	struct unit *list; /* in order of After=; what is to go last */
	size_t count;
	bool restart;	/* our own component was replaced */
	bool acted;	/* something was registered, stopped or started */
	bool forbidden; /* one was not tried: it has failed UNITS_TRIES times */
};

/* Reads services.ini and unselects what is not wanted. ERR_NOMEM, or the code
 * of a disk that fails, with `why`. `job` must outlive `units`. */
int
units_make(struct units *units, const struct units_job *job, struct buf *why);
void units_free(struct units *units);
/*
 * What services.ini says was stopped by an update that has not ended starts
 * again, as it was registered last: its process may be of a version that was put
 * back. What does not start is said, and stays noted. Codes of the disk.
 */
int units_resume(
    struct os_dir *state, struct os_services *manager, struct logfile *log);
/* For lib/run's update. */
void units_hooks(struct units *units, struct update_hooks *hooks);
/*
 * After the update: registrations that alone have changed, services that are
 * not wanted any more, those that were stopped and are not up yet; then
 * services.ini. `result` NULL: the update has failed, only what was stopped is
 * started. How many services are not as they should be is put into *failed.
 */
int units_end(
    struct units *units, const struct update_result *result, size_t *failed);
/* Is every component as services.ini says it was installed from this list, and
 * as it is wanted? Then there is nothing to do. */
bool
units_are_current(const struct services *services, const struct copylist *list);

#endif
