/* The fake platform itself: memory that runs out. Needs the --wrap flags of
 * tests/fake/fake.h; without them it says SKIPPED. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../platform/err.h"
#include "../fake/fake.h"

/* Not seen through by the compiler, which drops a malloc without use. */
static void *volatile memory;

static bool
is_given(size_t size)
{
	bool given;

	memory = malloc(size);
	given = memory != NULL;
	free(memory);
	return given;
}

static void
memory_runs_out_once_or_for_ever(void **unused)
{
	(void)unused;
	if (!fake_alloc_works())
		skip();
	fake_alloc_fail(2, FAKE_ONCE);
	assert_true(is_given(1));
	assert_false(fake_alloc_met());
	assert_false(is_given(1));
	assert_true(is_given(1));
	assert_true(fake_alloc_met());
	assert_int_equal(fake_alloc_calls(), 3);
	fake_alloc_fail(1, FAKE_FOREVER);
	memory = calloc(1, 1);
	assert_null(memory);
	memory = realloc(NULL, 1);
	assert_null(memory);
	assert_false(is_given(1));
	fake_alloc_fail(0, FAKE_ONCE);
	assert_true(is_given(1));
}

/* What the tests of a module do: no allocation may be the one that kills. */
static int
use_much(void)
{
	struct os_dir *dir = NULL;
	struct os_file *file = NULL;
	char *identity = NULL, *mac = NULL;
	int rc;

	rc = os_dir_open("/c", &dir);
	if (rc == 0)
		rc = os_open(dir, "x", OS_APPEND, OS_PUBLIC, &file);
	if (rc == 0)
		rc = os_write(file, "1", 1);
	if (rc == 0)
		rc = os_machine(&identity, &mac);
	free(identity);
	free(mac);
	os_file_close(file);
	os_dir_close(dir);
	return rc;
}

static void
what_the_fake_hands_out_may_be_refused(void **unused)
{
	unsigned n;
	int rc = ERR_NOMEM;

	(void)unused;
	if (!fake_alloc_works())
		skip();
	fake_reset();
	fake_put_folder("/c");
	for (n = 1; rc != 0 && n < 100; n++) {
		fake_alloc_fail(n, FAKE_FOREVER);
		rc = use_much();
		assert_true(rc == (fake_alloc_met() ? ERR_NOMEM : 0));
		assert_int_equal(fake_handles(), 0);
	}
	/* The folder, the file, identity and MAC, and the run without fault. */
	assert_int_equal(n - 1, 5);
	fake_alloc_fail(0, FAKE_ONCE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_runs_out_once_or_for_ever),
		cmocka_unit_test(what_the_fake_hands_out_may_be_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
