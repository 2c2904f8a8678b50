/*
 * Further instances of this program that empty the same box: each is started
 * with the same switches, /once and /w:1, and ends when it finds no more to do.
 */
#ifndef WORKERS_H
#define WORKERS_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct ccm_options;
struct logfile;
struct os_child;

#define WORKERS_MAX 64

struct workers {
	const struct ccm_options *options;
	struct logfile *log;
	struct os_child *child[WORKERS_MAX];
	size_t most; /* beside this process */
	bool partly; /* one had something that failed */
	bool left;   /* one has left something */
};

/* How many there may be: /w:, else one a core; a client's own has none. */
void workers_open(struct workers *workers, const struct ccm_options *options,
    struct logfile *log);
/* Starts as many as there is work for, less those that run. */
void workers_start(struct workers *workers, size_t machines);
/* Forgets those that have ended; waits for them with `wait`. ERR_STOP. */
int workers_reap(struct workers *workers, bool wait);
/* Ends those that still run. */
void workers_close(struct workers *workers);
/* The switches of `options`, each in front of a NUL: what this program is
 * started with again. ERR_NOMEM. */
int workers_switches(const struct ccm_options *options, struct buf *out);

#endif
