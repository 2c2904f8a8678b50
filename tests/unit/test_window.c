/* Tests of lib/window: its form, its edges, and days on which clocks are set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../lib/buf.h"
#include "../../lib/date.h"
#include "../../lib/window.h"
#include "../../platform/err.h"
#include "../../platform/os.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int64_t
at(const char *iso)
{
	int64_t when;

	assert_int_equal(0, date_read_iso(iso, &when));
	return when;
}

static struct window
window(const char *text)
{
	struct window w;

	assert_int_equal(0, window_read(text, &w));
	return w;
}

static int
utc(int64_t when)
{
	(void)when;
	return 0;
}

/* India: the zone is no whole hour. */
static int
half_hour(int64_t when)
{
	(void)when;
	return 5 * 60 + 30;
}

static int
west(int64_t when)
{
	(void)when;
	return -8 * 60;
}

/* Berlin in 2027: 28 March 02:00 becomes 03:00, 31 October 03:00 02:00. */
static int
berlin(int64_t when)
{
	return when >= at("2027-03-28T01:00:00Z") &&
		when < at("2027-10-31T01:00:00Z")
	    ? 120
	    : 60;
}

static void
a_window_has_one_form(void **state)
{
	static const struct {
		const char *text;
		int from, to;
	} good[] = {
		{ "22:00-06:00", 1320, 360 },
		{ "00:00-24:00", 0, 1440 },
		{ "00:00-00:01", 0, 1 },
		{ "23:59-24:00", 1439, 1440 },
		{ "23:59-00:00", 1439, 1440 },
		{ "06:30-22:15", 390, 1335 },
	};
	static const char *const bad[] = {
		"",
		"22:00",
		"22:00-6:00",
		"22:00-06:00 ",
		" 22:00-06:00",
		"22:00 -06:00",
		"22:00-06:60",
		"22:60-06:00",
		"24:00-06:00",
		"22:00-24:01",
		"25:00-06:00",
		"22:00-99:00",
		"-1:00-06:00",
		"22.00-06.00",
		"22:00_06:00",
		"00:00-00:00",
		"06:00-06:00",
		"24:00-24:00",
		"22:00-06:00,12:00-13:00",
		"10pm-6am...",
	};
	struct buf b = BUF_INIT;
	struct window w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		w = window(good[i].text);
		assert_int_equal(good[i].from, w.from);
		assert_int_equal(good[i].to, w.to);
		buf_clear(&b);
		assert_int_equal(0, window_add(&b, &w));
		if (i != 4)
			assert_string_equal(good[i].text, buf_text(&b));
	}
	for (i = 0; i < COUNT(bad); i++) {
		w = (struct window){ 1, 2 };
		assert_int_equal(ERR_FORMAT, window_read(bad[i], &w));
		assert_int_equal(0, w.from + w.to);
	}
	buf_clear(&b);
	assert_int_equal(0, window_add(&b, &w));
	assert_string_equal("", buf_text(&b));
	buf_free(&b);
}

/* Its first minute is in, the minute of its end is out (Q151620). */
static void
q151620_a_window_begins_and_ends_at_its_minute(void **state)
{
	static const struct {
		const char *window, *when;
		bool open;
	} cases[] = {
		{ "22:00-06:00", "2026-11-20T21:59:59Z", false },
		{ "22:00-06:00", "2026-11-20T22:00:00Z", true },
		{ "22:00-06:00", "2026-11-20T23:59:59Z", true },
		{ "22:00-06:00", "2026-11-21T00:00:00Z", true },
		{ "22:00-06:00", "2026-11-21T05:59:59Z", true },
		{ "22:00-06:00", "2026-11-21T06:00:00Z", false },
		{ "06:00-22:00", "2026-11-21T05:59:59Z", false },
		{ "06:00-22:00", "2026-11-21T06:00:00Z", true },
		{ "06:00-22:00", "2026-11-21T21:59:59Z", true },
		{ "06:00-22:00", "2026-11-21T22:00:00Z", false },
		{ "22:00-24:00", "2026-11-20T23:59:59Z", true },
		{ "22:00-24:00", "2026-11-21T00:00:00Z", false },
		{ "00:00-24:00", "2026-11-21T00:00:00Z", true },
		{ "00:00-24:00", "2026-11-20T23:59:59Z", true },
		{ "00:00-00:01", "2026-11-21T00:00:59Z", true },
		{ "00:00-00:01", "2026-11-21T00:01:00Z", false },
		/* Before 1970 a moment has a minute too. */
		{ "00:00-12:00", "1970-01-01T00:00:00Z", true },
	};
	struct window none = { 0, 0 }, w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		w = window(cases[i].window);
		assert_int_equal(
		    cases[i].open, window_open(&w, at(cases[i].when), utc));
		assert_true(window_open(&none, at(cases[i].when), utc));
	}
	w = window("23:00-24:00");
	assert_true(window_open(&w, -1, utc));
	assert_false(window_open(&w, 0, utc));
}

static void
the_clock_of_the_client_counts(void **state)
{
	struct window w = window("22:00-06:00");

	(void)state;
	assert_false(window_open(&w, at("2026-11-20T16:29:59Z"), half_hour));
	assert_true(window_open(&w, at("2026-11-20T16:30:00Z"), half_hour));
	assert_false(window_open(&w, at("2026-11-21T05:59:00Z"), west));
	assert_true(window_open(&w, at("2026-11-21T06:00:00Z"), west));
}

struct next {
	const char *windows[2]; /* NULL: none */
	const char *from;
	window_zone_fn *zone;
	const char *next; /* NULL: ERR_NOENT */
};

static void
assert_next(const struct next *c)
{
	struct window w[2] = { { 0, 0 }, { 0, 0 } };
	int64_t next = 0;
	size_t i;

	for (i = 0; i < 2; i++)
		if (c->windows[i] != NULL)
			w[i] = window(c->windows[i]);
	if (c->next == NULL) {
		assert_int_equal(
		    ERR_NOENT, window_next(w, 2, at(c->from), c->zone, &next));
		return;
	}
	assert_int_equal(0, window_next(w, 2, at(c->from), c->zone, &next));
	assert_true(next == at(c->next));
}

/* Month ends, years, leap days: the date plays no part (Q238247). */
static void
q238247_the_next_opening_passes_the_ends_of_months(void **state)
{
	static const struct next cases[] = {
		{ { "22:00-06:00" }, "2026-11-20T22:00:30Z", utc,
		    "2026-11-20T22:00:30Z" },
		{ { "22:00-06:00" }, "2026-11-20T12:34:56Z", utc,
		    "2026-11-20T22:00:00Z" },
		{ { "22:00-06:00" }, "2026-11-20T21:59:59Z", utc,
		    "2026-11-20T22:00:00Z" },
		{ { "01:00-02:00" }, "2026-12-31T02:00:00Z", utc,
		    "2027-01-01T01:00:00Z" },
		{ { "01:00-02:00" }, "2027-02-28T02:00:00Z", utc,
		    "2027-03-01T01:00:00Z" },
		{ { "01:00-02:00" }, "2028-02-28T02:00:00Z", utc,
		    "2028-02-29T01:00:00Z" },
		{ { "01:00-02:00" }, "2027-01-31T02:00:00Z", utc,
		    "2027-02-01T01:00:00Z" },
		{ { "22:00-06:00" }, "2026-11-20T12:00:00Z", half_hour,
		    "2026-11-20T16:30:00Z" },
		{ { NULL }, "2026-11-20T12:34:56Z", utc,
		    "2026-11-20T12:34:56Z" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_next(&cases[i]);
}

static void
both_windows_have_to_be_open(void **state)
{
	static const struct next cases[] = {
		{ { "22:00-06:00", "04:00-08:00" }, "2026-11-20T12:00:00Z", utc,
		    "2026-11-21T04:00:00Z" },
		{ { "22:00-06:00", "05:59-08:00" }, "2026-11-20T12:00:00Z", utc,
		    "2026-11-21T05:59:00Z" },
		{ { "22:00-06:00", "06:00-22:00" }, "2026-11-20T12:00:00Z", utc,
		    NULL },
		{ { NULL, "06:00-22:00" }, "2026-11-20T23:00:00Z", utc,
		    "2026-11-21T06:00:00Z" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_next(&cases[i]);
}

/* An hour that is missing, and one that comes twice. */
static void
days_on_which_clocks_are_set_are_days(void **state)
{
	static const struct next cases[] = {
		/* 02:30 does not exist: open from 03:00, its first minute. */
		{ { "02:30-04:00" }, "2027-03-27T23:00:00Z", berlin,
		    "2027-03-28T01:00:00Z" },
		/* All of it is missing: the next day. */
		{ { "02:15-02:45" }, "2027-03-27T02:00:00Z", berlin,
		    "2027-03-29T00:15:00Z" },
		/* Opens at 22:00 local time before and after. */
		{ { "22:00-23:00" }, "2027-03-27T22:30:00Z", berlin,
		    "2027-03-28T20:00:00Z" },
		{ { "22:00-23:00" }, "2027-10-30T22:30:00Z", berlin,
		    "2027-10-31T21:00:00Z" },
		/* 02:15 comes twice, and is open twice. */
		{ { "02:15-02:45" }, "2027-10-30T23:00:00Z", berlin,
		    "2027-10-31T00:15:00Z" },
		{ { "02:15-02:45" }, "2027-10-31T00:45:00Z", berlin,
		    "2027-10-31T01:15:00Z" },
		{ { "02:15-02:45" }, "2027-10-31T01:45:00Z", berlin,
		    "2027-11-01T01:15:00Z" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_next(&cases[i]);
}

static void
the_end_of_time_is_no_moment_to_wait_for(void **state)
{
	struct window w = window("00:00-00:01");
	int64_t next;

	(void)state;
	assert_int_equal(
	    ERR_NOENT, window_next(&w, 1, INT64_MAX - OS_SECOND, utc, &next));
	assert_int_equal(0, window_next(&w, 1, -90 * OS_SECOND, utc, &next));
	assert_true(next == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_window_has_one_form),
		cmocka_unit_test(
		    q151620_a_window_begins_and_ends_at_its_minute),
		cmocka_unit_test(the_clock_of_the_client_counts),
		cmocka_unit_test(
		    q238247_the_next_opening_passes_the_ends_of_months),
		cmocka_unit_test(both_windows_have_to_be_open),
		cmocka_unit_test(days_on_which_clocks_are_set_are_days),
		cmocka_unit_test(the_end_of_time_is_no_moment_to_wait_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
