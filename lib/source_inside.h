/*
 * What source.c and source_fetch.c share; for nobody else. They are two files
 * because source_fetch hashes, and a program that only compares lists
 * (climonnt) must not link libgcrypt.
 */
#ifndef SOURCE_INSIDE_H
#define SOURCE_INSIDE_H

#include <stdint.h>

struct os_share;

struct source {
	struct os_share *share;
	char *root;
	/* os_ticks up to which the bytes that came fill the limit: of all files
	 * together, for many are shorter than what a nap can measure. */
	int64_t paid;
};

#endif
