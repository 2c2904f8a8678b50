/*
 * What source.c and source_fetch.c share; for nobody else. They are two files
 * because source_fetch hashes, and a program that only compares lists
 * (climonnt) must not link libgcrypt.
 */
#ifndef SOURCE_INSIDE_H
#define SOURCE_INSIDE_H

struct os_share;

struct source {
	struct os_share *share;
	char *root;
};

#endif
