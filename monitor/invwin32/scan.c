/* When an inventory is due, and the dates of it in SMS.INI. */
#include "scan.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "date.h"
#include "smsini.h"
#include "text.h"

#define DAY	 (INT64_C(24) * 3600 * OS_SECOND)
#define DAYS_MAX 36500
#define SMS	 "SMS"

int
scan_add_date(struct buf *text, int64_t when)
{
	struct date d;

	date_split(when, 0, &d);
	return buf_format(text, "%04d%02d%02d%02d%02d%02d.000000+000", d.year,
	    d.month, d.day, d.hour, d.minute, d.second);
}

int
scan_read_date(const char *text, int64_t *when)
{
	struct buf iso = BUF_INIT;
	int64_t offset;
	int rc;

	if (strspn(text, "0123456789") != 14 || text[14] != '.' ||
	    strspn(text + 15, "0123456789") != 6 ||
	    (text[21] != '+' && text[21] != '-') ||
	    strspn(text + 22, "0123456789") != 3 || text[25] != '\0')
		return ERR_FORMAT;
	rc = buf_format(&iso, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", text, text + 4,
	    text + 6, text + 8, text + 10, text + 12);
	if (rc == 0)
		rc = date_read_iso(iso.data, when);
	buf_free(&iso);
	offset = strtol(text + 21, NULL, 10) * 60 * OS_SECOND;
	if (rc == 0 && (offset > 0 ? *when >= offset : *when < INT64_MAX / 2))
		*when -= offset;
	return rc;
}

static int64_t
last_scan(const struct smsini *ini, const char *kind)
{
	struct buf key = BUF_INIT;
	const char *value = NULL;
	int64_t when = 0;

	if (buf_format(&key, "Last%sScan", kind) == 0)
		value = smsini_get(ini, SMS, key.data);
	buf_free(&key);
	return value != NULL && scan_read_date(value, &when) == 0 ? when : 0;
}

static int64_t
interval(const struct smsini *ini, const char *kind)
{
	struct buf key = BUF_INIT;
	const char *value = NULL;
	uint64_t days = SCAN_DAYS;

	if (buf_format(&key, "%sScanInterval", kind) == 0)
		value = smsini_get(ini, SMS, key.data);
	buf_free(&key);
	if (value == NULL || text_number(value, DAYS_MAX, &days) != 0)
		days = SCAN_DAYS;
	return (int64_t)days * DAY;
}

/* What lies ahead was written by a clock that was wrong. */
static int64_t
usable(int64_t when, int64_t now)
{
	return when <= 0 || when - now > DAY ? 0 : when;
}

bool
scan_is_due(const struct smsini *ini, const char *kind, int64_t known,
    int64_t now, int64_t *next)
{
	int64_t last = usable(last_scan(ini, kind), now);

	known = usable(known, now);
	/* SMS.INI comes after our own record, and may have been refused. */
	if (known > last)
		last = known;
	if (last == 0)
		last = now - interval(ini, kind);
	*next = last + interval(ini, kind);
	return *next <= now;
}
