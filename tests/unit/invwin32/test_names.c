/* Tests of invwin32's names: what is new in INVDATA, also among thousands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../../../platform/err.h"
#include "../../fake/fake.h"

/* How often two names are compared. */
static unsigned long compared;

static int
count_and_compare(const char *a, const char *b)
{
	compared++;
	return strcmp(a, b);
}

#define strcmp count_and_compare
#include "../../../monitor/invwin32/names.c"
#undef strcmp

#define INVDATA "/c/INVDATA"
#define MANY	5000

static struct names known, now;

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	fake_put_folder(INVDATA);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	names_free(&known);
	names_free(&now);
	assert_int_equal(0, fake_handles());
	return 0;
}

static void
put(unsigned number)
{
	char path[80];

	/* In no order. */
	snprintf(path, sizeof path, INVDATA "/%08x-%u.raw",
	    (unsigned)(number * 2654435761u), number);
	fake_put(path, "x");
}

static bool
news(void)
{
	assert_int_equal(0, names_read(&now, INVDATA));
	return names_have_other(&now, &known);
}

static void
only_raw_files_are_names(void **state)
{
	(void)state;
	fake_put(INVDATA "/a.raw", "x");
	fake_put(INVDATA "/B.RAW", "x");
	fake_put(INVDATA "/c.tmp", "x");
	fake_put_folder(INVDATA "/d.raw");
	fake_put_special(INVDATA "/e.raw", OS_LINK);
	assert_int_equal(0, names_read(&known, INVDATA));
	assert_int_equal(2, known.count);
	assert_string_equal("B.RAW", known.list[0]);
	assert_string_equal("a.raw", known.list[1]);
}

static void
what_stays_or_goes_is_no_news(void **state)
{
	(void)state;
	assert_false(news());
	for (unsigned i = 0; i < 10; i++)
		put(i);
	assert_true(news());
	assert_int_equal(0, names_read(&known, INVDATA));
	assert_false(news());
	fake_drop(INVDATA);
	assert_false(news());
	assert_int_equal(0, now.count);
}

/* One that comes while another goes, wherever it stands in the order. */
static void
what_comes_is_news_wherever_it_stands(void **state)
{
	static const char *const names[] = { "a.raw", "c.raw", "e.raw",
		"g.raw" };
	static const char *const others[] = { "A.raw", "b.raw", "d.raw",
		"f.raw", "h.raw" };
	char path[80];

	(void)state;
	for (size_t gone = 0; gone < 4; gone++)
		for (size_t other = 0; other < 5; other++) {
			fake_drop(INVDATA);
			for (size_t i = 0; i < 4; i++) {
				snprintf(
				    path, sizeof path, INVDATA "/%s", names[i]);
				fake_put(path, "x");
			}
			names_read(&known, INVDATA);
			snprintf(path, sizeof path, INVDATA "/%s", names[gone]);
			fake_drop(path);
			assert_false(news());
			snprintf(
			    path, sizeof path, INVDATA "/%s", others[other]);
			fake_put(path, "x");
			assert_true(news());
		}
}

/* 13 steps are enough to find one in 5,000. */
static void
thousands_of_names_are_not_compared_in_pairs(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MANY; i++)
		put(i);
	assert_int_equal(0, names_read(&known, INVDATA));
	assert_int_equal(MANY, known.count);
	compared = 0;
	assert_false(news());
	assert_in_range(compared, MANY, 40ul * MANY);
	put(MANY);
	assert_true(news());
}

static void
without_memory_there_are_no_names(void **state)
{
	unsigned n;
	int rc = ERR_NOMEM;

	(void)state;
	for (unsigned i = 0; i < 30; i++)
		put(i);
	for (n = 1; n < 100 && rc != 0; n++) {
		fake_alloc_fail(n, FAKE_ONCE);
		rc = names_read(&known, INVDATA);
		if (!fake_alloc_met())
			break;
		assert_int_equal(ERR_NOMEM, rc);
		assert_int_equal(0, known.count);
	}
	fake_alloc_fail(0, FAKE_ONCE);
	assert_in_range(n, 2, 99);
	assert_int_equal(30, known.count);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_raw_files_are_names),
		TEST(what_stays_or_goes_is_no_news),
		TEST(what_comes_is_news_wherever_it_stands),
		TEST(thousands_of_names_are_not_compared_in_pairs),
		TEST(without_memory_there_are_no_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
