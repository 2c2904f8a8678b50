/*
 * The source: what an administrator laid out for the clients, as it stands on
 * disk. Files only. In a folder that is walked nothing is known here of the
 * component that they belong to; a SYSTEM.MAP (sysmap.h) names it.
 */
#ifndef SOURCES_H
#define SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"
#include "fileversion.h"
#include "../../platform/os.h"

struct buf;

#define SOURCES_COMPONENTS "components.ini"
#define SOURCES_DOMAIN	   "DOMAIN.INI"

struct sources_file {
	char *name;		  /* destination, with '/' */
	char *folded;		  /* the same, case folded; by sources_check */
	char *from;		  /* below the folder; NULL: the name */
	char *component;	  /* that a map names; NULL: none */
	struct os_info info;	  /* when it was found */
	char digest[DIGEST_TEXT]; /* "" until hashes_fill; so with its version,
				   * "-" for none */
	char version[FILEVERSION_TEXT];
	char
	    *copy; /* a temporary file of the store that holds it; NULL: none */
};

struct sources {
	char *given; /* /s: as it was given */
	char *path;  /* of the folder, for messages */
	char *map;   /* name of the SYSTEM.MAP in it; NULL: there is none, the
		      * folder is walked */
	struct os_dir *dir;
	struct sources_file *files; /* in the order of the walk; after
					 * sources_check by folded name */
	size_t count;
	/* What lies at the top and is no file of a component: its name as it is
	 * written there, or NULL. */
	char *components, *domain;
	size_t size; /* of `files`, allocated */
};

/* Opens the folder `path`, or, when that is a file, takes it for a SYSTEM.MAP
 * and opens the folder that it lies in. As os_dir_open; `why` names it. */
int sources_open(struct sources *s, const char *path, struct buf *why);
/*
 * Finds all files, in place of what an earlier walk found; no link is followed
 * and `forbidden` (the logon root, or the folder that it is going to be made
 * in; NULL: none) may not lie in it. ERR_FORMAT
 * and the name in `why`: a link, a special file, a backslash in a name, one of
 * the two names at the top twice. Other codes: the folder cannot be read.
 */
int sources_walk(
    struct sources *s, const struct os_info *forbidden, struct buf *why);
/* Finds only the two files at the top that are none of a component. As
 * sources_walk. */
int sources_look(struct sources *s, struct buf *why);
/* Adds a file that was found otherwise; NULL when out of memory. */
struct sources_file *
sources_add(struct sources *s, const char *name, const struct os_info *info);
/* Folds and sorts the names that were found. ERR_FORMAT and the name in `why`:
 * one that copylist_refusal does not permit, two that differ in letter case
 * only, a file that is also a folder. */
int sources_check(struct sources *s, struct buf *why);
void sources_close(struct sources *s);

/* Where it lies below the folder. */
const char *sources_from(const struct sources_file *file);
/* "SOURCE/name" for messages: control bytes, and all bytes that are no ASCII
 * when the name is not UTF-8, stand as \xNN. */
int sources_shown(const struct sources *s, const char *name, struct buf *out);
/* Puts "SOURCE/name: text of code" into `why`; returns `code`. */
int sources_why(
    const struct sources *s, const char *name, int code, struct buf *why);
/* Is it still the file that the walk saw (size, time, index)? */
bool sources_same(const struct os_info *a, const struct os_info *b);
/* Opens a file that the walk found. ERR_CHANGED when it is another one by now;
 * `why` names it. */
int sources_open_file(const struct sources *s, const struct sources_file *file,
    struct os_file **opened, struct buf *why);
/* After reading: ERR_CHANGED when it was written to meanwhile. */
int sources_check_file(const struct sources *s, const struct sources_file *file,
    struct os_file *opened, struct buf *why);

#endif
