/* Moments as text. Moments are ns since 1970 UTC (os_clock). */
#ifndef DATE_H
#define DATE_H

#include <stddef.h>
#include <stdint.h>

struct buf;

struct date {
	int year, month, day; /* 2026, 1..12, 1..31 */
	int hour, minute, second, ms;
	int weekday; /* 0 Sunday */
};

/* `zone` is added, in minutes (0: UTC). */
void date_split(int64_t when, int zone, struct date *date);
/* "2026-11-20T18:00:00Z" */
int date_add_iso(struct buf *b, int64_t when);
/* Exactly that form, 1970 to 9999, and a day that exists; ERR_FORMAT. What is
 * after 2262, where 64 bits end, reads as the last moment (INT64_MAX). */
int date_read_iso(const char *text, int64_t *when);
/* "11/20/2026 3:44": the form of request files, hour not padded, in the zone
 * given in minutes. */
int date_add_request(struct buf *b, int64_t when, int zone);
/* Reads that form back; ERR_FORMAT. */
int date_read_request(const char *text, int zone, int64_t *when);

#endif
