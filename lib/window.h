/*
 * The time of day in which updates may be installed: Window= of the copy list
 * and of policy.ini, "22:00-06:00" by the client's own clock. Pure; used on the
 * path where nothing changed: no library.
 */
#ifndef WINDOW_H
#define WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* Minutes of the day: open from `from`, 0 to 1439, up to but without `to`, 1
 * to 1440; `to` below `from`: over midnight. All 0: no window, always open. */
struct window {
	int from, to;
};

/* Minutes that local time is ahead of UTC at a moment: os_zone. */
typedef int window_zone_fn(int64_t when);

/* Reads exactly "HH:MM-HH:MM", from 00:00; only the end may be 24:00, and it
 * differs from the beginning. ERR_FORMAT. */
int window_read(const char *text, struct window *window);
/* The same form; nothing for no window. */
int window_add(struct buf *b, const struct window *window);
/* Is it open at that moment (ns)? */
bool
window_open(const struct window *window, int64_t when, window_zone_fn *zone);
/*
 * The first moment from `from` on in which all windows are open: `from` itself
 * or the beginning of a minute. ERR_NOENT when there is none within two days
 * and a half: they are never open at the same time.
 */
int window_next(const struct window *windows, size_t count, int64_t from,
    window_zone_fn *zone, int64_t *next);

#endif
