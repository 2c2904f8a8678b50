/* When an inventory is due, and the dates of it in SMS.INI. */
#ifndef SCAN_H
#define SCAN_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct smsini;

#define SCAN_DAYS 7 /* between inventories where SMS.INI says nothing */

/* "20261120180000.000000+000", UTC; ERR_NOMEM. */
int scan_add_date(struct buf *text, int64_t when);
/* Reads that form, with any offset (minutes that it is ahead of UTC);
 * ERR_FORMAT. */
int scan_read_date(const char *text, int64_t *when);
/*
 * Is it time? `kind` is "Hardware" or "Software", `known` the moment of the
 * last one that is known elsewhere (0: none); the later one counts. An interval
 * of 0 days is always over; a date that cannot be read or lies more than a day
 * ahead counts as none: a clock that was wrong stops no inventory. *next: when it
 * will be due.
 */
bool scan_is_due(const struct smsini *ini, const char *kind, int64_t known,
    int64_t now, int64_t *next);

#endif
