/*
 * SYSTEM.MAP: the other form of a source. A map names the files of a release
 * in the folder that it lies in, and the component of each. The format, and
 * what counts of it, stands in doc/systemmap.md.
 */
#ifndef SYSMAP_H
#define SYSMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct sources;

#define SYSMAP_MAX ((size_t)16 << 20) /* bytes of a map */

struct sysmap_at {
	unsigned line, column; /* of a map, both from 1; bytes */
};

struct sysmap_names {
	char **names;
	size_t count;
};

struct sysmap_directory {
	char *path, *disc; /* DIRECTORY and SOURCE, with '/' */
	char *platform, *language;
	struct sysmap_at at;
	size_t rank; /* the lower counts; set by sysmap_choose */
};

/* A file that a WINNT list has. */
struct sysmap_file {
	size_t directory; /* its number */
	char *installed;  /* its name in DIRECTORY */
	char *disc;	  /* its name in SOURCE; "" for none */
	char *component;
	char *name;   /* destination, with '/' */
	char *folded; /* the same, case folded */
	uint64_t size;
	bool compressed; /* in SOURCE */
	bool passed;	 /* another variant of it counts */
	struct sysmap_at at;
};

struct sysmap {
	/* What the map declares; nothing: anything goes. */
	struct sysmap_names platforms, copylists, languages, units;
	/* PLATFORM_DEFAULT and LANGUAGE_DEFAULT. */
	struct sysmap_names platform, language;
	struct sysmap_directory *directories;
	size_t directory_count, directory_room;
	struct sysmap_file *files; /* in the order of the map */
	size_t count, room;
	size_t unlisted;  /* files that no WINNT list has */
	size_t foreign;	  /* clauses for other systems */
	struct buf notes; /* what was passed over, a line each */
};

/* Reads a text and decides which files count. ERR_FORMAT with
 * "shown:line:column: reason". */
int sysmap_parse(const char *shown, const struct buf *text, struct sysmap **map,
    struct buf *why);
void sysmap_free(struct sysmap *map); /* NULL is permitted */

/* What the FLAGS of a service mean, "install, start", in the order of their
 * bits; unknown ones as "0x2000". Added to `out`. */
int sysmap_service_flags(uint64_t flags, struct buf *out);

/*
 * Finds the files of the map in the folder of `s`, in place of what was found
 * there before; of files that lie in SIZE other than the map says, a line goes
 * into `warnings`. ERR_FORMAT and the place in the map: a file that is not
 * there, a compressed one, a link, two names that differ in letter case.
 * Other codes: it cannot be read.
 */
int sysmap_find(const struct sysmap *map, const char *shown, struct sources *s,
    struct buf *warnings, struct buf *why);

#endif
