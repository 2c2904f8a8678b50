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

/* Is this Wine? Said beside each test that asks. */
bool is_wine(void);
/* A symbolic link to a folder that is there, made by the system that Wine runs
 * on; where this is Windows, or no links can be made, the test is skipped. */
void ground_link(const char *target, const char *rel);

#endif
