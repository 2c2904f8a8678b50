/*
 * What the tests of platform/posix stand on: a fresh folder of the real file
 * system for each test, below $TEST_DIR, and children in which a test may
 * change who it is or what the system answers.
 */
#ifndef GROUND_H
#define GROUND_H

#include <sys/types.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../../platform/err.h"
#include "../../platform/os.h"

struct ground {
	char path[4096]; /* absolute */
	int fd;
	struct os_dir *dir;
};

extern struct ground ground;

/* Fixtures; a test that hangs is ended by SIGALRM. */
int ground_setup(void **state);
int ground_teardown(void **state);

/* All `rel` are below the folder; these fail the test when they fail. */
void ground_put(const char *rel, const char *text);
void ground_folder(const char *rel);
void ground_link(const char *target, const char *rel);
void ground_fifo(const char *rel);
/* Content of a file; "(none)" when nothing has that name. */
const char *ground_get(const char *rel);
unsigned ground_mode(const char *rel); /* 07777 bits */
bool ground_is_link(const char *rel);
char *ground_path(const char *rel); /* one of a few static texts */
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
int test_walk(void);
int test_names(void);
int test_files(void);
int test_rights(void);
int test_children(void);
int test_shares(void);
int test_watches(void);
int test_machine(void);

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, ground_setup, ground_teardown)

#endif
