/*
 * What the tests of platform/win32 stand on beside ground.h: names as the
 * system takes them, attributes, and what only Wine can be asked for.
 */
#ifndef WIN32_GROUND_H
#define WIN32_GROUND_H

#include "../ground.h"

#include <windows.h>

/* "\\?\C:\..." of `rel`, which may be long; one of a few static texts. */
const WCHAR *ground_wide(const char *rel);
DWORD ground_attributes(const char *rel);
void ground_set_attributes(const char *rel, DWORD attributes);
/* How many handles this program has open; Wine's GetProcessHandleCount says 0
 * whatever there are. */
unsigned ground_handles(void);

/* Is this Wine? Said beside each test that asks. */
bool is_wine(void);
/* A symbolic link to a folder that is there; where this user may make none the
 * test is skipped. */
void ground_link(const char *target, const char *rel);
/* Skips the test where an open link is not told from what it stands for: Wine
 * shows links by name alone, the system that it runs on has followed them. */
void ground_needs_links(void);

/* The groups of tests: each runs one and returns how many failed. */
int test_win32_walk(void);
int test_win32_names(void);
int test_win32_files(void);
int test_win32_locks(void);
int test_win32_rights(void);

#endif
