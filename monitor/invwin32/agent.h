/* One inventory of one client. */
#ifndef AGENT_H
#define AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "collect.h"
#include "history.h"
#include "layout.h"

struct invwin32_options;
struct logfile;
struct os_dir;
struct os_lock;
struct smsini;

struct agent {
	const struct invwin32_options *options;
	struct logfile *log;
	struct layout layout;
	struct smsini *ini;
	struct os_dir *home; /* where the history stands */
	struct os_lock *lock;
	struct history history;
	struct collection all;
	bool hardware, software; /* due */
	bool again;		 /* one that was begun is to be made anew */
	int64_t next;		 /* when one is due, os_clock */
	struct buf why;
};

/* SMS.INI, log, the lock and the history of the last inventory. An exit code;
 * agent_close in any case. */
int agent_open(struct agent *agent, const struct invwin32_options *options);
/* An inventory, where one is due: agent->next says when the next one is. An
 * exit code. */
int agent_scan(struct agent *agent);
void agent_close(struct agent *agent);

#endif
