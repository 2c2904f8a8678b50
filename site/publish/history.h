/*
 * The history of a tree: lists/cl_nt.<CopyListVersion>.txt, every list that
 * was published, and signatures/cl_nt.<CopyListVersion>.minisig. A name of any
 * other form is somebody else's.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "../../platform/os.h"

struct buf;
struct copylist;
struct tree;

#define HISTORY_SIGNATURES "signatures"

struct history_entry {
	uint64_t version;
	enum os_kind kind;
};

struct history_names {
	struct history_entry *entries; /* by version */
	size_t count, size;
};

struct history {
	struct history_names lists, signatures;
};

/* Reads the names; a folder that is missing is empty. history_free in any
 * case. */
int
history_read(const struct tree *tree, struct history *history, struct buf *why);
void history_free(struct history *history);
/* The list of that version, or NULL. */
const struct history_entry *
history_find(const struct history_names *names, uint64_t version);

/* "lists/cl_nt.N.txt", "signatures/cl_nt.N.minisig" */
int history_list_name(uint64_t version, struct buf *rel);
int history_signature_name(uint64_t version, struct buf *rel);
/* Reads a list of the history into `text` and parses it. ERR_FORMAT with
 * "file:line: reason", or the name of what is no list's file. */
int history_load(const struct tree *tree, uint64_t version, struct buf *text,
    struct copylist **list, struct buf *why);

#endif
