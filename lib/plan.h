/*
 * What has to be done so that a client is as a copy list says. Making a plan
 * reads the disk and changes nothing; it can be printed (/n) or carried out.
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"

struct buf;
struct copylist;
struct copylist_file;
struct installed;
struct os_dir;
struct steps;

enum plan_action {
	PLAN_KEEP,
	PLAN_ADD,
	PLAN_REPLACE,
	PLAN_RENAME, /* the letter case of the name */
	PLAN_REMOVE,
	PLAN_CLEAR, /* an empty folder in the way */
};

struct plan_row {
	enum plan_action action;
	const char *name; /* of the list's or the installed list's */
	const char *from; /* another spelling that stands now, or NULL */
	const struct copylist_file *file; /* NULL: remove, clear */
	const char *why;		  /* which rule chose it; a constant */
	bool first;			  /* a removal that frees a name */
	bool over;			  /* something stands at `name` now */
	/* PLAN_KEEP: how the file stands, for the installed list. */
	uint64_t size;
	int64_t mtime;
	uint64_t id;
};

struct plan_component {
	const char *name;
	bool service;
	bool gone; /* not in the list any more, or not wanted */
	struct plan_row *rows;
	size_t count;
	size_t size;
	size_t changes; /* rows that are not PLAN_KEEP */
	char *held;	/* why it is out of this run, or NULL */
};

struct plan {
	struct plan_component *components; /* in the order of the work */
	size_t count;
	size_t size;
	size_t changes;
	uint64_t fetch_bytes; /* of all PLAN_ADD and PLAN_REPLACE */
	size_t fetch_files;
};

/* A time stamp that was this young when its file was looked at proves nothing:
 * another write may share it. */
#define PLAN_RECENT (INT64_C(2) * 1000000000) /* ns */

struct plan_job {
	struct os_dir *client;	     /* NULL: there is no client root yet */
	const struct copylist *list; /* selected (copylist_select) */
	struct installed *installed;
	bool files;    /* Type=files components */
	bool services; /* Type=service components (ccm's) */
	bool verify;   /* hash every file */
	int64_t now;
};

/*
 * Makes the plan; `job` and what it points to must outlive it. Unchanged is
 * known by size, time, inode and cached digest; files changed in the last 2 s,
 * unknown ones and (verify) all are hashed. ERR_NOMEM, or the code of a file
 * that cannot be looked at, with `why`.
 */
int plan_make(const struct plan_job *job, struct plan *plan, struct buf *why);
void plan_free(struct plan *plan);
/* Puts a component out of the run; the first reason stays. */
int plan_hold(struct plan_component *component, const char *format, ...)
    __attribute__((format(__printf__, 2, 3)));
/* The steps of a component: removals that free a name, folders, renames, new
 * content, other removals. */
int plan_steps(const struct plan_component *component, struct steps *steps);
const char *plan_action_name(enum plan_action action);

#endif
