/*
 * What the tests of services stand on: a folder of services below the test's
 * own, runsvdir over it, and a systemctl of its own.
 */
#ifndef SERVICES_GROUND_H
#define SERVICES_GROUND_H

#include "posix_ground.h"

#define LIMIT_MS 20000 /* what is waited for takes far less */

extern struct os_services *services;

/* Fixtures: runit; systemd. What was started is ended by its id, also after a
 * failure. */
int runit_setup(void **state);
int systemd_setup(void **state);
int services_teardown(void **state);

/* runsvdir over the folder of services, from now on; skips without it. */
void ground_runsvdir(void);
/* A program `rel`, a script of sh. */
void ground_script(const char *rel, const char *text);
/* The state of a service, and its process (0: none). */
enum os_service_state state_of(const char *name);
uint64_t process_of(const char *name);
enum os_service_start start_of(const char *name);
/* Looks until the service is in that state; the alarm is the limit. */
void await_state(const char *name, enum os_service_state state);
bool ground_there(const char *rel);
/* All names in a folder, "a b "; in order. */
const char *ground_names(const char *rel);

#endif
