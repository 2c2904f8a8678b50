/*
 * One run of publish, as its steps see it: publish.c opens and closes it,
 * forward.c makes a release of a source, rollback.c of an earlier list, gc.c
 * removes what no list needs any more. No other module includes it.
 */
#ifndef RUN_H
#define RUN_H

#include <stdbool.h>

#include "announce.h"
#include "buf.h"
#include "changes.h"
#include "input.h"
#include "stock.h"
#include "tree.h"

struct copylist;
struct logfile;
struct publish_options;

struct run {
	const struct publish_options *options;
	struct announce ask; /* what the switches say of the new list */
	struct logfile *log;
	struct tree tree;
	struct input input;	/* the source; not of a rollback */
	struct copylist *list;	/* what is to be published */
	struct stock_seen seen; /* of it in the store, so far */
	struct changes changes;
	bool unchanged; /* its content is that of the published list */
	bool stays;	/* and nothing else is to be said either */
	bool warned;	/* of what is no error, once */
	bool adrift;	/* DOMAIN.INI of the root is not that of the list */
	struct buf why;
};

/* publish.c */

/* What came of the run: always printed, and logged. */
void run_say(struct run *run, const char *text);
/* One warning for each line of the text. */
void run_warn(struct run *run, const struct buf *lines);
/* One line of the log, and of the output with /v, for each. */
void run_note(struct run *run, const struct buf *lines);
/* ERR_STOP when the program was asked to stop. */
int run_stop(void);
/* What is published is that already. */
void run_say_unchanged(struct run *run);
/* A damaged cl_nt.txt may be replaced by /force; its numbers still count. */
int run_forgive(struct run *run, int rc);
/* Numbers run->list, says what is to be said of it, and switches to it. */
int run_switch(struct run *run);
/* Prints the changes, for /n. */
int run_print_plan(struct run *run);

/* forward.c: /s: */
int run_publish(struct run *run);
/* rollback.c: /rollback */
int run_rollback(struct run *run);
/* Completes a rollback that was cut off behind the switch; the tree is read.
 * What cannot be completed now is warned of, and run->adrift. */
int run_settle_rollback(struct run *run);
/* gc.c: /gc */
int run_collect(struct run *run);

#endif
