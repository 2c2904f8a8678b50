/*
 * How far long work has come: a bar on a terminal, plain lines otherwise, and
 * nothing at all for work that is done within a second.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress;

/* `what` is one word for people ("fetching"), `total` in bytes (or things, when
 * `things`). NULL when out of memory; all calls take NULL. Prints to stderr:
 * on a terminal a bar drawn ten times a second at most, otherwise a line at the
 * start, each further 10 s and the end, only when it took more than 1 s. */
struct progress *progress_new(const char *what, uint64_t total, bool things);
void progress_add(struct progress *p, uint64_t amount);
/* Ends the line or bar and frees. */
void progress_end(struct progress *p);

#endif
