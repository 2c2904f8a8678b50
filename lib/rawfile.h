/*
 * .raw files, inventories: "SMSRAW 1 <SMS ID> <agent version> <body length>",
 * the body in INI form, "END <sha256 of the body>". See doc/rawfile.md.
 */
#ifndef RAWFILE_H
#define RAWFILE_H

#include <stddef.h>

struct buf;
struct os_dir;

#define RAWFILE_BOX "inventry.box"

/* What a status .raw says of one component. */
struct rawfile_component {
	const char *name;
	const char *state;  /* "Installed", "Restart Pending", "Failed" */
	const char *reason; /* follows it, or NULL */
	const char *release;
};

struct rawfile_status {
	const char *smsid, *machine, *domain, *site;
	const char *agent;   /* version of the writing program */
	const char *version; /* CopyListVersion of the client now */
	const char *offered; /* CopyListVersion that the run was about */
	const char *failure; /* why all of it failed, or NULL */
	int exit_code;
	const struct rawfile_component *components;
	size_t count;
};

/* Puts a whole status .raw (Identity and Components only) into `out`. ERR_ARG:
 * an SMS ID or agent version that the first line cannot carry, or a ']' in the
 * name of a component. */
int rawfile_status(const struct rawfile_status *status, struct buf *out);
/* Writes `text` as a new *.raw into the folder `invdata`: a temporary name,
 * flushed, renamed to a name of its own that did not exist (Q162557). Then
 * those of this SMS ID and owner that are older than a day are removed, as far
 * as that works. ERR_ARG: the SMS ID cannot be part of a file name. */
int
rawfile_put(struct os_dir *invdata, const char *smsid, const struct buf *text);
/* "*.raw", whatever the letter case? */
int rawfile_is_name(const char *name);

#endif
