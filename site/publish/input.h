/*
 * What is published: the source, a folder or what a SYSTEM.MAP names, with its
 * components.ini, DOMAIN.INI, and the digests of its files; and the copy list
 * that they make.
 */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "digest.h"
#include "domain.h"
#include "sources.h"

struct cache;
struct components;
struct copylist;
struct tree;

struct input {
	struct sources sources;
	struct buf text;     /* of components.ini */
	struct buf map;	     /* text of the SYSTEM.MAP, "" without one */
	struct buf notes;    /* what of the map was passed over, by lines */
	struct buf warnings; /* about map and files, by lines */
	struct domain domain;
	int64_t began;		/* when the source was walked */
	char mark[DIGEST_TEXT]; /* mark_source of all that */
	struct components *components;
	struct cache *known; /* digests of the files */
};

/* As sources_open. input_close in any case. */
int input_open(struct input *input, const char *path, struct buf *why);
void input_close(struct input *input);

/* Looks at the source as it stands now; no file but the map and the two at the
 * top is read. As sources_walk, sysmap_parse, sysmap_find and domain_read;
 * errors of reading components.ini. */
int input_read(struct input *input, const struct tree *tree, struct buf *why);
/* Checks it, hashes what is not known (or `all`), and makes the list. As
 * components_parse, sources_check, hashes_fill and draft_make: copies of what
 * is new may lie in the store then, for stock_fill or hashes_drop. */
int input_list(struct input *input, const struct tree *tree, bool all,
    struct copylist **list, struct buf *why);
/* A line for each thing that is no error, but is probably not meant so. */
int input_warnings(const struct input *input, struct buf *lines);
/* Forgets what was read, but not the folder. */
void input_forget(struct input *input);

#endif
