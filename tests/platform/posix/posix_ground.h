/*
 * What the tests of platform/posix stand on beside ground.h: links, modes, and
 * children in which a test may change who it is or what the system answers.
 */
#ifndef POSIX_GROUND_H
#define POSIX_GROUND_H

#include "../ground.h"

#include <sys/types.h>

extern int ground_fd; /* of the folder */

/* All `rel` are below the folder; these fail the test when they fail. */
void ground_link(const char *target, const char *rel);
void ground_fifo(const char *rel);
unsigned ground_mode(const char *rel); /* 07777 bits */
bool ground_is_link(const char *rel);
/* chattr +i; false where the volume has no such thing. */
bool ground_immutable(const char *rel, bool on);

/* Runs body(arg) in a forked child; its result (0 or negative) comes back. A
 * child that was ended by signal N gives 1000 + N. */
int in_child(int (*body)(void *arg), void *arg);
/* The same as nobody, with umask 022 and no groups. */
int as_nobody(int (*body)(void *arg), void *arg);
/* From now on this process gets `error` from the system call `number`. */
int refuse_call(int number, int error);
/* Mounts a tmpfs over `rel`, seen by this process alone. Even root may not in
 * many containers: the test is skipped there. */
#define MAY_NOT_MOUNT (-199)
int mount_here(const char *rel, const char *options);

/* The newest child of ours: the reader of a share that was just started. */
pid_t ground_last_child(void);

/* Waits until a process that is no child of ours has ended. */
void ground_await_end(pid_t pid);

/* The groups of tests: each runs one and returns how many failed. */
int test_posix_walk(void);
int test_posix_names(void);
int test_posix_files(void);
int test_posix_rights(void);
int test_posix_children(void);
int test_posix_shares(void);
int test_posix_watches(void);
int test_posix_machine(void);
int test_posix_inventory(void);
int test_posix_services(void);
int test_posix_services_systemd(void);

#endif
