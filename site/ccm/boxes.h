/*
 * The boxes that this ccm works on: one, or on a client two, its own and that
 * of the logon server.
 */
#ifndef BOXES_H
#define BOXES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pass.h"
#include "queue.h"

struct buf;
struct ccm_options;
struct logfile;
struct os_watch;
struct pattern;
struct server;

#define BOXES_MAX 2

struct box {
	char *path;
	bool own;    /* the client's own: made where it is missing */
	bool shared; /* on a client, that of the logon server: one that is not
		      * there, or not ours to use, is no trouble */
	bool open;
	bool was_open; /* so it is ours to use, and missed */
	int told;      /* the last error of opening it */
	struct queue queue;
	struct pass pass;
};

struct boxes {
	struct box box[BOXES_MAX];
	size_t count;
	char *host, *smsid; /* of this machine; smsid NULL: not known */
	struct pattern *allow;
	struct os_watch *watch; /* NULL: not wanted */
};

/* Works out which there are; none is opened. Codes of memory and of a policy
 * whose pattern is malformed (ERR_FORMAT); no box at all: ERR_HOST. */
int boxes_find(struct boxes *boxes, const struct ccm_options *options,
    struct server *server, struct buf *why);
/* Opens those that are not open, and watches them. The first error of one that
 * must be there; each is told once. */
int boxes_open(struct boxes *boxes, struct logfile *log);
/* Closes one that has gone, or failed; it is opened anew later. */
void boxes_close_one(struct box *box);
void boxes_close(struct boxes *boxes);

#endif
