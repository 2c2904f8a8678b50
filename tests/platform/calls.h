/* Every function of the platform that takes a `rel`, in one form. */
#ifndef CALLS_H
#define CALLS_H

#include "ground.h"

/* at_link: what a link as the last name gives. Names of links themselves may
 * be asked about, moved and removed. */
struct call {
	const char *name;
	int (*call)(struct os_dir *dir, const char *rel);
	int at_link;
};

#define CALLS 18
extern const struct call calls[CALLS];

/* Fails the test when call `i` of `rel` gives anything but `code`. */
void expect_call(size_t i, const char *rel, int code);

/* Some of them, by name. */
int call_read(struct os_dir *dir, const char *rel);
int call_create(struct os_dir *dir, const char *rel);
int call_dir(struct os_dir *dir, const char *rel);
int call_list(struct os_dir *dir, const char *rel);

#endif
