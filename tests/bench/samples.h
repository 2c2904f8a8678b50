/*
 * Times of one subject, and what is told of them. Shared by the programs that
 * measure.
 */
#ifndef SAMPLES_H
#define SAMPLES_H

#include <stddef.h>
#include <stdint.h>

struct samples {
	int64_t *ns;
	size_t count;
	size_t room;
};

/* The clock that all of them use, and that goes on evenly; nanoseconds. */
int64_t samples_clock(void);

/* Keeps one time, in nanoseconds. Ends the program when memory is out. */
void samples_add(struct samples *samples, int64_t ns);

/* Prints one line, fields separated by tabs: name, number of samples, smallest,
 * first quartile, median, third quartile, 99th percentile; microseconds.
 * Nothing is printed of no samples. Sorts them. */
void samples_print(struct samples *samples, const char *name);

/* Fills `order` with 0 to count - 1 in an order that is another one each time;
 * each run of a program draws the same ones. */
void samples_draw(size_t *order, size_t count);

/* Frees what samples_add took. */
void samples_free(struct samples *samples);

#endif
