/* Tests of lib/date. The seconds are those of date(1) -u -d. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../lib/buf.h"
#include "../../lib/date.h"
#include "../../platform/err.h"
#include "../../platform/os.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	int64_t second;
	const char *iso;
	int weekday;
} moments[] = {
	{ INT64_C(-2203891200), "1900-03-01T00:00:00Z", 4 },
	{ INT64_C(-518400), "1969-12-26T00:00:00Z", 5 },
	{ INT64_C(-1), "1969-12-31T23:59:59Z", 3 },
	{ INT64_C(0), "1970-01-01T00:00:00Z", 4 },
	{ INT64_C(899279880), "1998-07-01T07:58:00Z", 3 },
	{ INT64_C(946684799), "1999-12-31T23:59:59Z", 5 },
	{ INT64_C(951825600), "2000-02-29T12:00:00Z", 2 },
	{ INT64_C(978220800), "2000-12-31T00:00:00Z", 0 },
	{ INT64_C(978307200), "2001-01-01T00:00:00Z", 1 },
	{ INT64_C(1795197600), "2026-11-20T18:00:00Z", 5 },
	{ INT64_C(1835481599), "2028-02-29T23:59:59Z", 2 },
	{ INT64_C(1861833600), "2028-12-31T00:00:00Z", 0 },
	{ INT64_C(2147483648), "2038-01-19T03:14:08Z", 2 },
	{ INT64_C(4102444799), "2099-12-31T23:59:59Z", 4 },
	{ INT64_C(4107542399), "2100-02-28T23:59:59Z", 0 },
	{ INT64_C(4107542400), "2100-03-01T00:00:00Z", 1 },
	{ INT64_C(9223372035), "2262-04-11T23:47:15Z", 5 },
};

static void
a_moment_becomes_its_date_and_back(void **state)
{
	struct buf b = BUF_INIT;
	struct date date;
	int64_t when;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(moments); i++) {
		buf_clear(&b);
		date_add_iso(&b, moments[i].second * OS_SECOND + 999999999);
		assert_string_equal(moments[i].iso, buf_text(&b));
		date_split(moments[i].second * OS_SECOND, 0, &date);
		assert_int_equal(moments[i].weekday, date.weekday);
		if (moments[i].second < 0)
			continue;
		assert_int_equal(0, date_read_iso(moments[i].iso, &when));
		assert_true(when == moments[i].second * OS_SECOND);
	}
	buf_free(&b);
}

static void
every_day_follows_the_one_before(void **state)
{
	static const int64_t day = 86400 * OS_SECOND;
	struct date old, new;
	int64_t when;

	(void)state;
	date_split(-day, 0, &old);
	for (when = 0; when < 50000 * day; when += day, old = new) {
		date_split(when, 0, &new);
		assert_int_equal((old.weekday + 1) % 7, new.weekday);
		if (new.day != 1)
			assert_int_equal(old.day + 1, new.day);
		else if (new.month != 1)
			assert_int_equal(old.month + 1, new.month);
		else
			assert_int_equal(old.year + 1, new.year);
	}
}

static void
the_zone_moves_the_date(void **state)
{
	struct date date;

	(void)state;
	date_split(1795197600 * OS_SECOND + 123000000, 390, &date);
	assert_int_equal(2026, date.year);
	assert_int_equal(11, date.month);
	assert_int_equal(21, date.day);
	assert_int_equal(0, date.hour);
	assert_int_equal(30, date.minute);
	assert_int_equal(0, date.second);
	assert_int_equal(123, date.ms);
	assert_int_equal(6, date.weekday);
	date_split(0, -60, &date);
	assert_int_equal(1969, date.year);
	assert_int_equal(23, date.hour);
}

static void
the_ends_of_64_bits_are_dates(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	date_add_iso(&b, INT64_MAX);
	buf_add_char(&b, ' ');
	date_add_iso(&b, INT64_MIN);
	assert_string_equal(
	    "2262-04-11T23:47:16Z 1677-09-21T00:12:43Z", buf_text(&b));
	buf_free(&b);
}

static void
a_year_beyond_64_bits_reads_as_the_last_moment(void **state)
{
	int64_t when = 0;

	(void)state;
	assert_int_equal(0, date_read_iso("9999-12-31T23:59:59Z", &when));
	assert_true(when == INT64_MAX);
	assert_int_equal(0, date_read_iso("2262-04-11T23:47:17Z", &when));
	assert_true(when == INT64_MAX);
}

static void
any_other_form_of_iso_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"2026",
		"2026-11-20",
		"2026-11-20T18:00:00",
		"2026-11-20T18:00:00Z ",
		" 2026-11-20T18:00:00Z",
		"2026-11-20T18:00:00ZZ",
		"2026-11-20 18:00:00Z",
		"2026-11-20t18:00:00z",
		"2026-11-20T18:00:00+00:00",
		"2026-11-20T18:00:00.000Z",
		"26-11-20T18:00:00Z",
		"2026-1-20T18:00:00Z",
		"+026-11-20T18:00:00Z",
		"2026-11-20T18:00Z",
		"2026/11/20T18:00:00Z",
		"1969-12-31T23:59:59Z",
		"0000-01-01T00:00:00Z",
		"2026-00-10T00:00:00Z",
		"2026-13-10T00:00:00Z",
		"2026-11-00T00:00:00Z",
		"2026-11-31T00:00:00Z",
		"2026-02-29T00:00:00Z",
		"2100-02-29T00:00:00Z",
		"2026-11-20T24:00:00Z",
		"2026-11-20T18:60:00Z",
		"2026-11-20T18:00:60Z",
	};
	int64_t when = 5;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		if (date_read_iso(bad[i], &when) != ERR_FORMAT)
			fail_msg("%s", bad[i]);
	assert_true(when == 5);
	assert_int_equal(0, date_read_iso("2000-02-29T00:00:00Z", &when));
}

static void
a_request_date_has_its_hour_unpadded(void **state)
{
	static const struct {
		int64_t second;
		int zone;
		const char *text;
	} cases[] = {
		{ 1795232640, 0, "11/21/2026 3:44" },
		{ 1795197600, 0, "11/20/2026 18:00" },
		{ 1795197600, 60, "11/20/2026 19:00" },
		{ 1795197600, -480, "11/20/2026 10:00" },
		{ 899279880, 0, "07/01/1998 7:58" },
		{ 1798761540, 1, "01/01/2027 0:00" },
	};
	struct buf b = BUF_INIT;
	int64_t when;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		buf_clear(&b);
		date_add_request(
		    &b, cases[i].second * OS_SECOND, cases[i].zone);
		assert_string_equal(cases[i].text, buf_text(&b));
		assert_int_equal(
		    0, date_read_request(cases[i].text, cases[i].zone, &when));
		assert_true(when == cases[i].second * OS_SECOND);
	}
	buf_free(&b);
}

static void
any_other_form_of_a_request_date_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"11/20/2026",
		"11/20/2026 ",
		"11/20/2026 :44",
		"11/20/2026 3:4",
		"11/20/2026 3:444",
		"11/20/2026 3:44 ",
		"11/20/2026 123:44",
		"11/20/2026  3:44",
		"11-20-2026 3:44",
		"1/2/2026 3:44",
		"13/20/2026 3:44",
		"11/31/2026 3:44",
		"11/20/26 3:44",
		"11/20/2026 24:00",
		"11/20/2026 3:60",
		"11/20/1969 3:44",
		"11/20/2026 -3:44",
	};
	int64_t when = 5;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		if (date_read_request(bad[i], 0, &when) != ERR_FORMAT)
			fail_msg("%s", bad[i]);
	assert_true(when == 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moment_becomes_its_date_and_back),
		cmocka_unit_test(every_day_follows_the_one_before),
		cmocka_unit_test(the_zone_moves_the_date),
		cmocka_unit_test(the_ends_of_64_bits_are_dates),
		cmocka_unit_test(
		    a_year_beyond_64_bits_reads_as_the_last_moment),
		cmocka_unit_test(any_other_form_of_iso_is_refused),
		cmocka_unit_test(a_request_date_has_its_hour_unpadded),
		cmocka_unit_test(any_other_form_of_a_request_date_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
