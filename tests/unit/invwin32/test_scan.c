/* Tests of invwin32's scan: dates of the last inventory, and the next one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../../monitor/invwin32/scan.h"
#include "inventory.h"

#define NOW FAKE_START /* 2026-11-20 18:00 UTC */

static void
date_is_written_as_it_is_read(void **state)
{
	static const int64_t dates[] = { OS_SECOND, NOW,
		INT64_C(4102444799) * OS_SECOND };
	struct buf text = BUF_INIT;
	int64_t when = 0;

	(void)state;
	for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
		buf_clear(&text);
		assert_int_equal(0, scan_add_date(&text, dates[i]));
		assert_int_equal(0, scan_read_date(buf_text(&text), &when));
		assert_true(when == dates[i]);
	}
	buf_clear(&text);
	scan_add_date(&text, NOW);
	assert_string_equal("20261120180000.000000+000", buf_text(&text));
	buf_free(&text);
}

static void
date_has_an_offset_in_minutes(void **state)
{
	static const char *const rows[] = {
		"20261120190000.000000+060",
		"20261120120000.000000-360",
		"20261120233000.000000+330",
		"20261121103900.000000+999",
		"20261120012100.000000-999",
		"20261120180000.999999-000",
	};
	int64_t when;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		when = 0;
		assert_int_equal(0, scan_read_date(rows[i], &when));
		assert_int_equal(NOW / OS_SECOND, when / OS_SECOND);
	}
}

static void
damaged_date_is_refused(void **state)
{
	static const char whole[] = "20261120180000.000000+000";
	char text[sizeof whole + 1];
	int64_t when;

	(void)state;
	for (size_t len = 0; len < sizeof whole - 1; len++) {
		snprintf(text, sizeof text, "%.*s", (int)len, whole);
		assert_int_not_equal(0, scan_read_date(text, &when));
		memcpy(text, whole, sizeof whole);
		text[len] = 'x';
		assert_int_not_equal(0, scan_read_date(text, &when));
	}
	assert_int_not_equal(
	    0, scan_read_date("20261120180000.000000+0000", &when));
	assert_int_not_equal(
	    0, scan_read_date("20261320180000.000000+000", &when));
	assert_int_not_equal(
	    0, scan_read_date("20261100180000.000000+000", &when));
	assert_int_not_equal(
	    0, scan_read_date("20261120250000.000000+000", &when));
	assert_int_not_equal(0, scan_read_date("2026-11-20T18:00:00Z", &when));
}

/* At the ends of what can be told nothing overflows. */
static void
dates_at_the_ends_are_read_or_refused(void **state)
{
	static const char *const rows[] = {
		"00000101000000.000000+000",
		"00010101000000.000000+999",
		"19700101000000.000000+999",
		"19700101000000.000000-999",
		"22620411234716.000000-999",
		"22620411234717.000000+999",
		"99991231235959.000000-999",
		"99991231235959.000000+999",
	};
	int64_t when;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		when = 0;
		if (scan_read_date(rows[i], &when) == 0)
			assert_true(when >= 0);
	}
}

static bool
due(const char *lines, int64_t known, int64_t now, int64_t *next)
{
	struct smsini *ini = NULL;
	bool is;

	put_ini(lines);
	assert_int_equal(0, smsini_load(INI, &ini, NULL));
	is = scan_is_due(ini, "Hardware", known, now, next);
	smsini_free(ini);
	return is;
}

#define YESTERDAY "LastHardwareScan=20261119180000.000000+000\r\n"

static void
inventory_is_due_when_its_days_are_over(void **state)
{
	static const struct {
		const char *interval;
		int64_t days;
	} rows[] = {
		{ "", SCAN_DAYS },
		{ "HardwareScanInterval=1\r\n", 1 },
		{ "HardwareScanInterval=0\r\n", 0 },
		{ "HardwareScanInterval=30\r\n", 30 },
		{ "HardwareScanInterval=x\r\n", SCAN_DAYS },
		{ "HardwareScanInterval=-1\r\n", SCAN_DAYS },
		{ "HardwareScanInterval=36501\r\n", SCAN_DAYS },
		{ "HardwareScanInterval=99999999999999999999\r\n", SCAN_DAYS },
		{ "HardwareScanInterval=36500\r\n", 36500 },
		{ "SoftwareScanInterval=1\r\n", SCAN_DAYS },
	};
	char lines[200];
	int64_t at, next;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		snprintf(lines, sizeof lines, YESTERDAY "%s", rows[i].interval);
		at = NOW - DAY + rows[i].days * DAY;
		assert_false(due(lines, 0, at - 1, &next));
		assert_true(next == at);
		assert_true(due(lines, 0, at, &next));
		assert_true(due(lines, 0, at + DAY, &next));
	}
}

static void
first_inventory_is_due_now(void **state)
{
	int64_t next;

	(void)state;
	assert_true(due("", 0, NOW, &next));
	assert_true(next <= NOW);
	assert_true(due("LastHardwareScan=damaged\r\n", 0, NOW, &next));
	assert_true(due(
	    "LastSoftwareScan=20261120180000.000000+000\r\n", 0, NOW, &next));
}

static void
later_of_two_dates_counts(void **state)
{
	int64_t next;

	(void)state;
	assert_false(due(YESTERDAY, NOW, NOW + DAY, &next));
	assert_true(next == NOW + 7 * DAY);
	assert_false(due(YESTERDAY, NOW - 30 * DAY, NOW, &next));
	assert_true(next == NOW + 6 * DAY);
	assert_false(due("", NOW, NOW, &next));
}

/* A clock that was wrong stops no inventory, and makes none each time. */
static void
date_more_than_a_day_ahead_is_none(void **state)
{
	static const char lines[] =
	    "LastHardwareScan=20261121180000.000000+000\r\n";
	static const char far[] =
	    "LastHardwareScan=20991121180000.000000+000\r\n";
	int64_t next;

	(void)state;
	assert_false(due(lines, 0, NOW, &next));
	assert_true(next == NOW + 8 * DAY);
	assert_true(due(lines, 0, NOW - 1, &next));
	assert_true(due("", NOW + DAY + 1, NOW, &next));
	assert_true(due(far, 0, NOW, &next));
	assert_true(due(far, INT64_MAX, NOW, &next));
	/* The other one counts then. */
	assert_false(due(far, NOW - DAY, NOW, &next));
	assert_true(next == NOW + 6 * DAY);
	assert_false(due(YESTERDAY, INT64_MAX, NOW, &next));
	assert_true(next == NOW + 6 * DAY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		INVENTORY_TEST(date_is_written_as_it_is_read),
		INVENTORY_TEST(date_has_an_offset_in_minutes),
		INVENTORY_TEST(damaged_date_is_refused),
		INVENTORY_TEST(dates_at_the_ends_are_read_or_refused),
		INVENTORY_TEST(inventory_is_due_when_its_days_are_over),
		INVENTORY_TEST(first_inventory_is_due_now),
		INVENTORY_TEST(later_of_two_dates_counts),
		INVENTORY_TEST(date_more_than_a_day_ahead_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
