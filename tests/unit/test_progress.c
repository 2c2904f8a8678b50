/* Tests of lib/progress, as it prints where there is no terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../lib/buf.h"
#include "../../lib/progress.h"
#include "../fake/fake.h"
#include "capture.h"

#define MIB (UINT64_C(1) << 20)

static struct capture errors;
static struct buf out = BUF_INIT;

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	capture_begin(&errors, stderr);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_free(&out);
	return 0;
}

static void
work_within_a_second_prints_nothing(void **state)
{
	struct progress *p = progress_new("fetching", 100, false);

	(void)state;
	progress_add(p, 50);
	fake_pass(1000);
	progress_add(p, 50);
	progress_end(p);
	capture_end(&errors, &out);
	assert_string_equal("", buf_text(&out));
}

static void
longer_work_prints_a_line_each_ten_seconds(void **state)
{
	struct progress *p = progress_new("fetching", 10 * MIB, false);
	int i;

	(void)state;
	fake_pass(1500);
	for (i = 0; i < 20; i++) {
		progress_add(p, MIB / 2);
		fake_pass(1000);
	}
	progress_end(p);
	capture_end(&errors, &out);
	assert_string_equal("fetching 5 %, 512.0 KiB of 10.0 MiB\n"
			    "fetching 55 %, 5.5 MiB of 10.0 MiB\n"
			    "fetching 100 %, 10.0 MiB of 10.0 MiB\n",
	    buf_text(&out));
}

static void
things_are_counted_and_not_measured(void **state)
{
	struct progress *p = progress_new("checking", 3000, true);

	(void)state;
	fake_pass(1001);
	progress_add(p, 1500);
	progress_end(p);
	capture_end(&errors, &out);
	assert_string_equal("checking 50 %, 1500 of 3000\n", buf_text(&out));
}

static void
more_than_the_total_and_no_total_are_all_of_it(void **state)
{
	struct progress *p = progress_new("a", 10, false);

	(void)state;
	fake_pass(1001);
	progress_add(p, UINT64_MAX);
	progress_add(p, UINT64_MAX);
	progress_end(p);
	p = progress_new("b", 0, false);
	fake_pass(1001);
	progress_end(p);
	capture_end(&errors, &out);
	assert_string_equal("a 100 %, 16777216.0 TiB of 10 bytes\n"
			    "b 100 %, 0 bytes of 0 bytes\n",
	    buf_text(&out));
}

static void
no_progress_is_permitted(void **state)
{
	(void)state;
	progress_add(NULL, 5);
	progress_end(NULL);
	capture_end(&errors, &out);
	assert_string_equal("", buf_text(&out));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(work_within_a_second_prints_nothing),
		TEST(longer_work_prints_a_line_each_ten_seconds),
		TEST(things_are_counted_and_not_measured),
		TEST(more_than_the_total_and_no_total_are_all_of_it),
		TEST(no_progress_is_permitted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
