/* The fake platform itself: each rule of tests/fake/fake.h that other tests
 * rely on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fake/fake.h"

static void
what_was_put_is_listed(void **unused)
{
	(void)unused;
	fake_reset();
	fake_put("/c/BIN/A.EXE", "hello");
	assert_string_equal(fake_list("/c"), "BIN/\nBIN/A.EXE 5\n");
	assert_string_equal(fake_tree("/c"), "BIN/\nBIN/A.EXE=hello\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_is_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
