/*
 * .raw files, inventories: "SMSRAW 1 <SMS ID> <agent version> <body length>",
 * the body in INI form, "END <sha256 of the body>". See doc/rawfile.md.
 */
#ifndef RAWFILE_H
#define RAWFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct inifile;
struct os_dir;

#define RAWFILE_BOX "inventry.box"
#define RAWFILE_MAX ((size_t)16 << 20) /* bytes of one that is read */

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
/*
 * A full inventory: [Identity] and the sections, each a text of rawfile_row and
 * put into `out` as it is. ERR_ARG as above.
 */
struct rawfile_section {
	const char *name; /* no ']' in it */
	const struct buf *text;
	bool unchanged; /* says what it said in the inventory before */
};
struct rawfile_full {
	const char *smsid, *machine, *domain, *site;
	const char *agent, *version; /* as above */
	const struct rawfile_section *sections;
	size_t count;
};
int rawfile_full(const struct rawfile_full *full, struct buf *out);
/* A line "key=value" of such a section. What a key cannot hold ('=', a ';' or
 * '[' in front) becomes '_'. Nothing where there is no value. */
void rawfile_row(struct buf *text, const char *key, const char *value);
/*
 * A new name for one in INVDATA, of another form than those of rawfile_put.
 * `kind` says what is in it ("full", "hardware", "software"), because a newer
 * one stands for those of its kind alone.
 */
int rawfile_full_name(const char *smsid, const char *kind, struct buf *name);
/* As rawfile_put, under the name that rawfile_full_name made; it removes those
 * of that kind. ERR_EXIST: the name is taken. ERR_ARG: it is no such name. */
int rawfile_put_full(struct os_dir *invdata, const char *smsid,
    const char *name, const struct buf *text);

/* A line of a body, control bytes as blanks; none where there is nothing to
 * say. */
void rawfile_line(struct buf *out, const char *key, const char *value);
/* Puts first line, body and last line into `out`. ERR_ARG: an SMS ID or agent
 * version that the first line cannot carry. */
int rawfile_close(const char *smsid, const char *agent, const struct buf *body,
    struct buf *out);
/* "*.raw", whatever the letter case? */
int rawfile_is_name(const char *name);

/* What is wrong with one: the events of the original. */
enum rawfile_event {
	RAWFILE_HEADER = 128,  /* the first line is malformed */
	RAWFILE_VERSION = 129, /* of the form: not known */
	RAWFILE_TRAILER = 130, /* no last line, or another digest in it */
	RAWFILE_ID = 131,      /* no SMS ID, or different ones */
	RAWFILE_LENGTH = 132,  /* not that of the first line, or too long */
	RAWFILE_OTHER = 133,
};

/* What is in one: an inventory has a section System, Software, or both. */
enum rawfile_kind {
	RAWFILE_STATUS,
	RAWFILE_HARDWARE,
	RAWFILE_SOFTWARE,
	RAWFILE_FULL,
};

/* One that was read. */
struct rawfile {
	char *smsid, *agent;
	struct inifile *body;
	int64_t date; /* Date of Identity, else the time in the name, else 0 */
	enum rawfile_kind kind;
	int age;   /* its agent is older than us: below 0, newer: above */
	int event; /* of a bad one, see above; 0 */
};

/*
 * Checks and parses the text of a .raw. `name` is the name it has in the box,
 * whose SMS ID must be that of the file; NULL where it has another one.
 * ERR_FORMAT: it is bad, raw->event says what kind of, `why` has one line
 * without the name. ERR_NOMEM. rawfile_free frees in any case.
 */
int rawfile_parse(const struct buf *text, const char *name, struct rawfile *raw,
    struct buf *why);
/* The same of the file `rel`, RAWFILE_MAX bytes at most (longer is ERR_FORMAT
 * too); what fails in reading it has no event. */
int rawfile_load(struct os_dir *dir, const char *rel, const char *name,
    struct rawfile *raw, struct buf *why);
void rawfile_free(struct rawfile *raw);
/* Date= of the .raw `rel`, read from its first lines alone, unchecked.
 * ERR_FORMAT: they do not say it. */
int rawfile_date(struct os_dir *dir, const char *rel, int64_t *when);
/* The parts of <SMS ID>-<time in ns>-<size>[-<16 hex digits>].RAW, the names in
 * the box; false: it is none. */
struct rawfile_name {
	size_t idlen; /* bytes of the name that are the SMS ID */
	int64_t mtime;
	uint64_t size;
};
bool rawfile_name(const char *name, struct rawfile_name *parts);

#endif
