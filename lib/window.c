/*
 * Windows, "22:00-06:00". The minute is what counts: a window is open from its
 * first minute on and closed from that of its end on. The next opening is found
 * by asking each minute in turn: on days on which clocks are set an hour may be
 * missing or come twice, and no other rule is right on all of them.
 */
#include "window.h"

#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "date.h"

#define DAY_MINUTES  (24 * 60)
#define MINUTE	     (60 * OS_SECOND)
/* A day may lose the hour in which a window lies; then the next one has it. */
#define LOOK_MINUTES (60 * 60)

/* "HH:MM" in minutes; -1 when it is not of that form. */
static int
read_minute(const char *text)
{
	static const char form[] = "00:00";
	size_t i;
	int hour, minute;

	for (i = 0; i < strlen(form); i++)
		if (form[i] == '0' ? text[i] < '0' || text[i] > '9'
				   : text[i] != form[i])
			return -1;
	hour = (text[0] - '0') * 10 + text[1] - '0';
	minute = (text[3] - '0') * 10 + text[4] - '0';
	if (minute > 59 || hour * 60 + minute > DAY_MINUTES)
		return -1;
	return hour * 60 + minute;
}

int
window_read(const char *text, struct window *window)
{
	struct window w;

	*window = (struct window){ 0, 0 };
	if (strlen(text) != strlen("00:00-00:00") || text[5] != '-')
		return ERR_FORMAT;
	w.from = read_minute(text);
	w.to = read_minute(text + 6);
	if (w.from < 0 || w.from == DAY_MINUTES || w.to < 0)
		return ERR_FORMAT;
	/* Never, or always? And so "22:00-00:00" is "22:00-24:00". */
	if (w.from == w.to)
		return ERR_FORMAT;
	if (w.to == 0)
		w.to = DAY_MINUTES;
	*window = w;
	return 0;
}

int
window_add(struct buf *b, const struct window *window)
{
	if (window->to == 0)
		return 0;
	return buf_format(b, "%02d:%02d-%02d:%02d", window->from / 60,
	    window->from % 60, window->to / 60, window->to % 60);
}

static bool
holds(const struct window *w, int minute)
{
	if (w->to == 0)
		return true;
	if (w->from < w->to)
		return minute >= w->from && minute < w->to;
	return minute >= w->from || minute < w->to;
}

static bool
all_hold(const struct window *windows, size_t count, int64_t when,
    window_zone_fn *zone)
{
	struct date local;
	size_t i;

	date_split(when, zone(when), &local);
	for (i = 0; i < count; i++)
		if (!holds(&windows[i], local.hour * 60 + local.minute))
			return false;
	return true;
}

bool
window_open(const struct window *window, int64_t when, window_zone_fn *zone)
{
	return all_hold(window, 1, when, zone);
}

int
window_next(const struct window *windows, size_t count, int64_t from,
    window_zone_fn *zone, int64_t *next)
{
	int64_t when = from, rest = from % MINUTE;
	int i;

	if (rest < 0)
		rest += MINUTE;
	for (i = 0; i <= LOOK_MINUTES; i++) {
		if (all_hold(windows, count, when, zone)) {
			*next = when;
			return 0;
		}
		if (when > INT64_MAX - MINUTE)
			break;
		/* Zones are whole minutes, so minutes begin everywhere at the
		 * same moment. */
		when = (i == 0 ? when - rest : when) + MINUTE;
	}
	return ERR_NOENT;
}
