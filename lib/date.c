/*
 * Moments as text and back, by arithmetic alone: the C library's own functions
 * know only the zone of the process and differ between systems.
 */
#include "date.h"

#include <stdbool.h>
#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"

#define MINUTE	    60
#define HOUR	    (60 * MINUTE)
#define DAY	    (24 * HOUR)
#define LAST_SECOND (INT64_MAX / OS_SECOND) /* in the year 2262 */

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int
days_of_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Days from 1 January of the year 1 to that of `year`. */
static int64_t
days_before(int year)
{
	int64_t y = year - 1;

	return y * 365 + y / 4 - y / 100 + y / 400;
}

/* Days from 1 January 1970. */
static int64_t
day_number(int year, int month, int day)
{
	int64_t days = days_before(year) - days_before(1970);
	int m;

	for (m = 1; m < month; m++)
		days += days_of_month(year, m);
	return days + day - 1;
}

/* Sets year, month and day; 64 bits of ns stay within 1677 to 2262. */
static void
split_days(int64_t number, struct date *date)
{
	int64_t days = number + days_before(1970);

	date->year = (int)(days / 366) + 1; /* never too late */
	while (days_before(date->year + 1) <= days)
		date->year++;
	days -= days_before(date->year);
	date->month = 1;
	while (days >= days_of_month(date->year, date->month))
		days -= days_of_month(date->year, date->month++);
	date->day = (int)days + 1;
	/* 1 January 1970 was a Thursday; 7 more for days before it. */
	date->weekday = (int)((number % 7 + 4 + 7) % 7);
}

void
date_split(int64_t when, int zone, struct date *date)
{
	int64_t second = when / OS_SECOND, ns = when % OS_SECOND, number;
	int rest;

	if (ns < 0) {
		ns += OS_SECOND;
		second--;
	}
	second += (int64_t)zone * MINUTE;
	number = second / DAY;
	rest = (int)(second % DAY);
	if (rest < 0) {
		rest += DAY;
		number--;
	}
	split_days(number, date);
	date->hour = rest / HOUR;
	date->minute = rest % HOUR / MINUTE;
	date->second = rest % MINUTE;
	date->ms = (int)(ns / (OS_SECOND / 1000));
}

/* The moment of a date with its zone; ERR_FORMAT when there is no such day or
 * time. Beyond what 64 bits hold it is the last moment that they do. */
static int
join(const struct date *date, int zone, int64_t *when)
{
	int64_t second;

	if (date->year < 1970 || date->month < 1 || date->month > 12 ||
	    date->day < 1 ||
	    date->day > days_of_month(date->year, date->month) ||
	    date->hour > 23 || date->minute > 59 || date->second > 59)
		return ERR_FORMAT;
	second = day_number(date->year, date->month, date->day) * DAY +
	    date->hour * HOUR + date->minute * MINUTE + date->second -
	    (int64_t)zone * MINUTE;
	*when = second > LAST_SECOND ? INT64_MAX : second * OS_SECOND;
	return 0;
}

/* Takes exactly `count` digits off *text; -1 when they are not there. */
static int
take_digits(const char **text, int count)
{
	int n = 0;

	for (; count > 0; count--, (*text)++) {
		if (**text < '0' || **text > '9')
			return -1;
		n = n * 10 + (**text - '0');
	}
	return n;
}

/* Takes `count` digits and the character after them. */
static bool
take(const char **text, int count, char after, int *n)
{
	*n = take_digits(text, count);
	if (*n < 0 || **text != after)
		return false;
	if (after != '\0')
		(*text)++;
	return true;
}

/* Puts `count` digits of `n`, and the character after them. */
static char *
put(char *out, int count, int n, char after)
{
	int i;

	for (i = count - 1; i >= 0; i--, n /= 10)
		out[i] = (char)('0' + n % 10);
	out[count] = after;
	return out + count + 1;
}

/* A list has as many of them as files: by hand. */
int
date_add_iso(struct buf *b, int64_t when)
{
	char text[sizeof "2026-11-21T00:00:00Z"], *out = text;
	struct date d;

	date_split(when, 0, &d);
	out = put(out, 4, d.year, '-');
	out = put(out, 2, d.month, '-');
	out = put(out, 2, d.day, 'T');
	out = put(out, 2, d.hour, ':');
	out = put(out, 2, d.minute, ':');
	out = put(out, 2, d.second, 'Z');
	return buf_add(b, text, (size_t)(out - text));
}

int
date_read_iso(const char *text, int64_t *when)
{
	struct date d;

	if (!take(&text, 4, '-', &d.year) || !take(&text, 2, '-', &d.month) ||
	    !take(&text, 2, 'T', &d.day) || !take(&text, 2, ':', &d.hour) ||
	    !take(&text, 2, ':', &d.minute) ||
	    !take(&text, 2, 'Z', &d.second) || *text != '\0')
		return ERR_FORMAT;
	return join(&d, 0, when);
}

int
date_add_request(struct buf *b, int64_t when, int zone)
{
	struct date d;

	date_split(when, zone, &d);
	return buf_format(b, "%02d/%02d/%04d %d:%02d", d.month, d.day, d.year,
	    d.hour, d.minute);
}

int
date_read_request(const char *text, int zone, int64_t *when)
{
	struct date d;
	int hour_digits;

	if (!take(&text, 2, '/', &d.month) || !take(&text, 2, '/', &d.day) ||
	    !take(&text, 4, ' ', &d.year))
		return ERR_FORMAT;
	hour_digits = strcspn(text, ":") == 1 ? 1 : 2;
	if (!take(&text, hour_digits, ':', &d.hour) ||
	    !take(&text, 2, '\0', &d.minute))
		return ERR_FORMAT;
	d.second = 0;
	return join(&d, zone, when);
}
