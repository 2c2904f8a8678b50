/*
 * What the tests of the platform stand on: a fresh folder of the real file
 * system for each test, below $TEST_DIR. posix/ground.c and win32/ground.c
 * make it; what is here is the same for both, as are the tests beside it.
 */
#ifndef GROUND_H
#define GROUND_H

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
	struct os_dir *dir;
};

extern struct ground ground;

/* Fixtures. */
int ground_setup(void **state);
int ground_setup_held(void **state); /* with folders held: os_dir_hold */
int ground_teardown(void **state);

/* All `rel` are below the folder; these fail the test when they fail. */
void ground_put(const char *rel, const char *text);
void ground_folder(const char *rel);
void ground_move(const char *from, const char *to);
/* Content of a file; "(none)" when nothing has that name. */
const char *ground_get(const char *rel);
char *ground_path(const char *rel); /* one of a few static texts */
struct os_file *
ground_open(const char *rel, enum os_mode mode, enum os_rights rights);
/* Sets a variable of the environment; NULL: takes it away. */
void ground_env(const char *name, const char *value);

/* The groups of tests: each runs one and returns how many failed. */
int test_walk(void);
int test_names(void);
int test_files(void);
int test_shares(void);
int test_machine(void);

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, ground_setup, ground_teardown)
/* The same once more, with folders held. */
#define TEST_HELD(function)                                       \
	{                                                         \
#function " (held)", function, ground_setup_held, \
		    ground_teardown, NULL                         \
	}

#endif
