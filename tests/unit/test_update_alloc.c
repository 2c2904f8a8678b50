/* Tests of lib/update: memory runs out at every allocation of a run, once and
 * from then on. Nothing is lost, and the next run completes the work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client.h"

static const struct listed first[] = {
	{ "STANDARD", "BIN\\A.EXE", "a one", "x" },
	{ "STANDARD", "DATA\\OLD.TXT", "old one", NULL },
	{ "STANDARD", "case.txt", "case", NULL },
	{ "Help", "TOPIC\\H.TXT", "h one", NULL },
	{ NULL, NULL, NULL, NULL },
};

static const struct listed second[] = {
	{ "STANDARD", "BIN\\A.EXE", "a two", "x" },
	{ "STANDARD", "CASE.TXT", "case", NULL },
	{ "STANDARD", "DATA\\NEW.TXT", "new two", NULL },
	{ "Help", "TOPIC", "topic two", NULL },
	{ NULL, NULL, NULL, NULL },
};

#define AFTER                                           \
	"BIN/\nBIN/A.EXE=a two\nCASE.TXT=case\nDATA/\n" \
	"DATA/NEW.TXT=new two\nTOPIC=topic two\n"

static void
start(bool busy)
{
	start_client();
	publish(1, first);
	run_well();
	publish(2, second);
	fake_pass(60000);
	if (busy)
		fake_use(CLIENT "/BIN/A.EXE", FAKE_RUNNING);
}

/* Is a file what neither list says? */
static bool
is_odd(const char *path, const char *old, const char *new)
{
	const char *is = fake_get(path);

	return is != NULL && (old == NULL || strcmp(is, old) != 0) &&
	    (new == NULL || strcmp(is, new) != 0);
}

static void
check_files(void)
{
	assert_false(is_odd(CLIENT "/BIN/A.EXE", "a one", "a two"));
	assert_non_null(fake_get(CLIENT "/BIN/A.EXE"));
	assert_false(is_odd(CLIENT "/DATA/OLD.TXT", "old one", NULL));
	assert_false(is_odd(CLIENT "/DATA/NEW.TXT", NULL, "new two"));
	assert_false(is_odd(CLIENT "/TOPIC", NULL, "topic two"));
}

static void
complete(bool busy)
{
	struct run_result r;

	if (busy)
		fake_use(CLIENT "/BIN/A.EXE", FAKE_FREE);
	assert_int_equal(0, run_client(&r));
	assert_int_equal(0, r.result.held + r.result.pending);
	run_free(&r);
	assert_string_equal(AFTER, fake_tree(CLIENT));
	assert_null(fake_get(STATE "/JOURNAL"));
	assert_string_equal("", fake_list(STATE "/pending"));
	assert_string_equal("2", ini_value("SMS", "CopyListVersion"));
	assert_string_equal("installed", ini_value("Local", "SetupPhase"));
}

static void
sweep(enum fake_times times, bool busy)
{
	struct run_result r;
	unsigned n;
	bool met = true;

	assert_true(fake_alloc_works());
	for (n = 1; met; n++) {
		start(busy);
		fake_alloc_fail(n, times);
		run_client(&r);
		met = fake_alloc_met();
		fake_alloc_fail(0, FAKE_ONCE);
		assert_int_equal(0, fake_handles());
		check_files();
		if (r.rc != 0 && r.rc != ERR_CHANGED)
			assert_string_equal(
			    "1", ini_value("SMS", "CopyListVersion"));
		run_free(&r);
		complete(busy);
	}
	assert_in_range(n, 300, 50000);
}

static void
one_allocation_fails(void **state)
{
	(void)state;
	sweep(FAKE_ONCE, false);
}

static void
one_allocation_fails_with_a_busy_file(void **state)
{
	(void)state;
	sweep(FAKE_ONCE, true);
}

static void
all_allocations_fail_from_one_on(void **state)
{
	(void)state;
	sweep(FAKE_FOREVER, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_allocation_fails),
		cmocka_unit_test(one_allocation_fails_with_a_busy_file),
		cmocka_unit_test(all_allocations_fail_from_one_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
