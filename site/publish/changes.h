/* What a new list changes in the published one: counted, judged, printed. */
#ifndef CHANGES_H
#define CHANGES_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct copylist;

struct changes_row {
	const char *action;    /* "add", "replace", "remove", "change" */
	const char *component; /* all texts are those of the lists */
	const char *file;      /* NULL: the component itself */
	uint64_t size;
	const char *why;
};

struct changes {
	struct changes_row *rows;
	size_t count, size;		/* of rows: used, allocated */
	size_t files, components;	/* of the new list */
	size_t added, changed, removed; /* files */
	size_t old_files;
	size_t dropped; /* components */
};

/* Compares; `old` NULL: nothing is published. Both lists have to stay as they
 * are as long as the rows are used. ERR_NOMEM. */
int changes_find(const struct copylist *old, const struct copylist *fresh,
    struct changes *changes);
void changes_free(struct changes *changes);

/*
 * May this be published without /force? ERR_FORMAT, and in `why` what would
 * vanish, when a component is dropped, or over 20 % of more than 10 files, or
 * every file.
 */
int changes_judge(const struct changes *changes, struct buf *why);
/* The rows as a table, with its head. */
int changes_table(const struct changes *changes, struct buf *out);
/* "12 files in 3 components, 2 new, 1 changed" */
int changes_summary(const struct changes *changes, struct buf *out);

#endif
