/*
 * One machine is brought to the published list: what a request is about.
 */
#ifndef SERVE_H
#define SERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

struct ccm_options;
struct layout;
struct logfile;
struct policy;

/* What stays the same for many machines: list, policy, service manager. */
struct server;

enum serve_end {
	SERVE_DONE,
	SERVE_RETRY,
	SERVE_FAILED, /* permanent: no retry */
};

struct served {
	enum serve_end end;
	bool current;	/* nothing was to be done */
	bool restart;	/* our own component was replaced: end after finishing
			 * the request */
	uint64_t error; /* Win32: 5, 53, 67, 112, 1053 ...; 0 with SERVE_DONE */
	struct buf why; /* one line for people; the caller frees it */
};

struct serve_job {
	const char *machine; /* from the request, checked */
	const char *smsid;   /* of the file's name */
	bool forced;	     /* somebody wants it tried whatever was before */
	int64_t since;	     /* os_ticks when the request stood there: a list
			      * that was seen before does not count */
};

/* `options` and `log` stay the caller's, and stay until server_close. An error
 * is put into `why`. */
int server_open(const struct ccm_options *options, struct logfile *log,
    struct server **server, struct buf *why);
/* A code only where the request has not been decided: out of memory, ERR_STOP.
 * *served need not be cleared before; its `why` is to be freed in any case. */
int serve(
    struct server *server, const struct serve_job *job, struct served *served);
/* The logon root; NULL: none could be reached. */
const char *server_root(struct server *server);
/* Of this machine; NULL with /t. */
const struct layout *server_layout(struct server *server);
const struct policy *server_policy(struct server *server);
void server_close(struct server *server); /* NULL is permitted */

#endif
