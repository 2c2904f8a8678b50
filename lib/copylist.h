/*
 * cl_nt.txt, the copy list: what a release consists of. The format, and all
 * that is refused, stands in doc/copylist.md and at the top of copylist.c.
 * Reader and writer are here.
 */
#ifndef COPYLIST_H
#define COPYLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"
#include "window.h"

struct buf;
struct facts;

#define COPYLIST_NAME	  "cl_nt.txt"
#define COPYLIST_HEAD	  4096		     /* [SMS] lies in these bytes */
#define COPYLIST_MAX	  ((size_t)64 << 20) /* bytes of a whole list */
/* The component that every list begins with, and that no DOMAIN.INI names. */
#define COPYLIST_STANDARD "STANDARD"

struct copylist_file {
	char *name;   /* destination, with '/' */
	char *folded; /* the same, case folded */
	uint64_t size;
	char digest[DIGEST_TEXT];
	char *version;	/* "-" when unknown */
	int64_t date;	/* ns; -1 when unknown */
	unsigned flags; /* OS_EXEC | OS_HIDDEN | OS_READONLY */
	unsigned line;
};

enum copylist_type {
	COPYLIST_FILES,
	COPYLIST_SERVICE
};

struct copylist_component {
	char *name;
	enum copylist_type type;
	/* As written, NULL when absent. */
	char *service, *binary, *arguments, *start, *settle, *after, *when;
	struct copylist_file *files; /* sorted by folded name */
	size_t count;
	bool wanted; /* set by copylist_select */
	unsigned line;
};

struct copylist {
	uint64_t version;		 /* CopyListVersion */
	uint64_t sequence;		 /* 0 when absent */
	int64_t published;		 /* ns; -1 when absent */
	int64_t expires;		 /* ns; -1 when absent */
	uint64_t release;		 /* = version when absent */
	unsigned rollout;		 /* per cent, 100 when absent */
	int64_t not_before;		 /* ns; -1 when absent */
	struct window window;		 /* all 0 when absent */
	char *requires;			 /* as written, NULL when absent */
	uint64_t domain_size;		 /* DOMAIN.INI in the store */
	char domain_digest[DIGEST_TEXT]; /* "" when absent */
	bool counted;			 /* Files= is there; always written */
	struct copylist_component *components; /* in order of After=, then of
						 * the list */
	size_t count;
};

/* What the first COPYLIST_HEAD bytes say; no library is initialised for it.
 * Absent numbers as in struct copylist. */
struct copylist_head {
	uint64_t version;
	uint64_t sequence;
	int64_t published;
	int64_t expires;
	int64_t not_before;
	struct window window;
};

/* Reads the head of a list (the rest may be cut anywhere). ERR_FORMAT. */
int copylist_read_head(const char *shown, const char *text, size_t len,
    struct copylist_head *head, struct buf *why);
/* Reads and checks a whole list; ERR_FORMAT with "shown:line: reason". */
int copylist_parse(const char *shown, const char *text, size_t len,
    struct copylist **list, struct buf *why);
void copylist_free(struct copylist *list); /* NULL is permitted */
/* ERR_FORMAT when Sequence=, Published= or Files= is not there: only unsigned
 * lists made by hand may do without, so ask where a key is pinned. */
int copylist_check_complete(
    const struct copylist *list, const char *shown, struct buf *why);

/* The first feature of a Requires= that this program does not know, and its
 * length; NULL when it knows them all. Features are named letter case aside. */
const char *copylist_unknown_feature(const char *requires, size_t *len);

/* Writes the list in the published form (CRLF, comment line first). */
int copylist_write(const struct copylist *list, struct buf *out);

/* Sets `wanted` of every component from its When=, and from `names`
 * ([SMS] Components of DOMAIN.INI: the components wanted beside STANDARD; NULL
 * or empty: all). ERR_FORMAT: unknown key, bad pattern, too many patterns;
 * ERR_RANGE: a pattern met its limit (both name list and line). */
int copylist_select(struct copylist *list, const char *shown,
    const struct facts *facts, const char *names, struct buf *why);
/* Is the component wanted by those `names`, whatever its When= says? */
bool copylist_is_named(
    const struct copylist_component *component, const char *names);
/* Checks every When= without facts (publish). */
int copylist_check_when(
    const struct copylist *list, const char *shown, struct buf *why);

/* Why `name` may not be a destination, or NULL when it may. */
const char *copylist_refusal(const char *name);
/* Does it hold control bytes, or characters that control what is shown? Names
 * of components and versions may not either. */
bool copylist_has_control(const char *text);
/* Same names, sizes, digests, versions, flags, component keys and DOMAIN.INI?
 * Dates alone are no change. */
bool copylist_same_content(const struct copylist *a, const struct copylist *b);
/* Are component a and b the same in keys and files (dates aside)? */
bool copylist_same_component(
    const struct copylist_component *a, const struct copylist_component *b);
/* A SHA-256 that is the same for those, and for no others. ERR_NOMEM. */
int copylist_component_sum(
    const struct copylist_component *component, char sum[DIGEST_TEXT]);
const struct copylist_component *copylist_component_of(
    const struct copylist *list, const char *name); /* NULL: none */

/* Is this machine among the first NN per cent? The first 8 bytes of
 * SHA-256("<SMS ID>\n<Release>"), big-endian, mod 100, below NN. */
bool copylist_in_rollout(const struct copylist *list, const char *smsid);
/* That number, 0 to 99. ERR_NOMEM. */
int copylist_bucket(
    const struct copylist *list, const char *smsid, unsigned *bucket);

#endif
