/*
 * STATE/INSTALLED.TXT: what we put on this client. It is the list of what may
 * be removed (what is not in it is not ours), and a cache of digests.
 */
#ifndef INSTALLED_H
#define INSTALLED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"

struct buf;
struct copylist;
struct copylist_file;
struct file_new;
struct os_dir;

struct installed_file {
	char *component;
	bool service; /* of a Type=service component: ccm's */
	char *name;   /* with '/' */
	char *folded;
	char digest[DIGEST_TEXT]; /* "" while it is not known */
	/* How the file stood when that digest was taken. mtime -1: it may have
	 * changed since. id 0: this is what was to be placed there and has not
	 * been seen yet; whether it was placed only its content can tell. */
	uint64_t size;
	int64_t mtime;
	uint64_t id;
};

struct installed {
	struct installed_file *files;
	size_t count;
	size_t size;  /* allocated */
	bool sorted;  /* by folded name */
	bool damaged; /* the file could not be used */
	bool missing; /* it is not there */
};

/* Reads it. Missing or damaged: empty, and that is set; the caller then owns
 * what the list taken last names (installed_from_list). */
int installed_read(struct os_dir *state, struct installed *set);
int installed_write(struct os_dir *state, struct installed *set);
/* The same by file_new_write: it waits. */
int installed_new_write(struct file_new *file, struct installed *set);
/* Will its text be short enough to be read again, whatever dates and indexes
 * its files are going to have? */
bool installed_fits(struct installed *set);
void installed_free(struct installed *set);

/* The entry of a folded name, or NULL. Sorts when needed. */
struct installed_file *
installed_find(struct installed *set, const char *folded);
/* Is what stands under the name of an entry ours (true also when nothing
 * does)? ERR_IO, ERR_ACCES ...: it cannot be read, so nobody knows. */
int installed_check(
    struct os_dir *client, const struct installed_file *file, bool *ours);
/* Adds an entry (no look whether it is there); *entry, good until the next
 * call, has digest "". ERR_NOMEM. */
int installed_add(struct installed *set, const char *component, bool service,
    const char *name, struct installed_file **entry);
/* The same for a file of a list that is to be placed. */
int installed_intend(struct installed *set, const char *component, bool service,
    const struct copylist_file *file);
/* Adds all files of a list that are not there yet, as to be placed. */
int installed_from_list(struct installed *set, const struct copylist *list);

#endif
