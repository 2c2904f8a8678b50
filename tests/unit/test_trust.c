/* Tests of lib/trust: what programs with rights may use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../lib/buf.h"
#include "../../lib/layout.h"
#include "../../lib/trust.h"
#include "../../platform/err.h"
#include "../fake/fake.h"

static struct buf why;

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	fake_put("/v/sms/SMS.INI", "[SMS]\r\n");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_free(&why);
	return 0;
}

static void
what_only_administrators_change_may_be_used(void **state)
{
	(void)state;
	assert_int_equal(0, trust_check("/v/sms/SMS.INI", &why));
	assert_string_equal("", buf_text(&why));
}

static void
what_others_may_change_is_refused_and_named(void **state)
{
	(void)state;
	fake_trusted("/v", ERR_UNTRUSTED);
	assert_int_equal(ERR_UNTRUSTED, trust_check("/v/sms/SMS.INI", &why));
	assert_string_equal("/v/sms/SMS.INI: not used, others than "
			    "administrators may change it: "
			    "/v: owner uid 1000, mode 0775",
	    buf_text(&why));
	fake_admin(false);
	buf_clear(&why);
	assert_int_equal(0, trust_check("/v/sms/SMS.INI", &why));
	assert_string_equal("", buf_text(&why));
}

static void
for_what_is_missing_the_folder_above_counts(void **state)
{
	(void)state;
	assert_int_equal(0, trust_check("/v/sms/a/b/c", &why));
	assert_int_equal(0, trust_check("/nothing", &why));
	fake_trusted("/v/sms", ERR_UNTRUSTED);
	assert_int_equal(ERR_UNTRUSTED, trust_check("/v/sms/a/b/c", &why));
	assert_int_equal(0, trust_check("/v/a", &why));
}

static void
what_cannot_be_known_is_not_used(void **state)
{
	(void)state;
	fake_fail_call("os_trusted", 1, FAKE_ONCE, ERR_IO);
	assert_int_equal(ERR_IO, trust_check("/v/sms/SMS.INI", &why));
	assert_memory_equal("/v/sms/SMS.INI: not used: ", buf_text(&why), 26);
	fake_fail_call("os_trusted_to_hold", 1, FAKE_ONCE, ERR_IO);
	assert_int_equal(ERR_IO, trust_check("/v/sms/no", &why));
}

static void
one_folder_of_a_client_is_enough_to_refuse_it(void **state)
{
	static char ini[] = "/v/sms/SMS.INI", client[] = "/o/sms",
		    root[] = "/v/sms", st[] = "/v/sms/STATE", logs[] = "/l",
		    temp[] = "/t/x", box[] = "/v/sms/INVDATA";
	const struct layout layout = {
		ini,
		client,
		root,
		st,
		box,
		logs,
		temp,
		box,
	};
	const char *const places[] = { client, root, st, logs, "/t" };

	(void)state;
	for (size_t i = 0; i < 5; i++)
		fake_put_folder(places[i]);
	fake_put_folder(box);
	/* Boxes are for everybody; what is not there yet is no harm. */
	fake_trusted(box, ERR_UNTRUSTED);
	assert_int_equal(0, trust_check_places(&layout, &why));
	for (size_t i = 0; i < 5; i++) {
		fake_trusted(places[i], ERR_UNTRUSTED);
		assert_int_equal(
		    ERR_UNTRUSTED, trust_check_places(&layout, &why));
		fake_trusted(places[i], 0);
	}
	fake_trusted("/o", ERR_UNTRUSTED);
	fake_admin(false);
	assert_int_equal(0, trust_check_places(&layout, &why));
}

static void
without_memory_nothing_is_trusted(void **state)
{
	unsigned n;
	int rc;

	(void)state;
	for (n = 1; n < 100; n++) {
		fake_alloc_fail(n, FAKE_ONCE);
		rc = trust_check("/v/sms/a/b", NULL);
		if (!fake_alloc_met())
			break;
		assert_int_equal(ERR_NOMEM, rc);
	}
	fake_alloc_fail(0, FAKE_ONCE);
	assert_in_range(n, 2, 99);
	assert_int_equal(0, rc);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_only_administrators_change_may_be_used),
		TEST(what_others_may_change_is_refused_and_named),
		TEST(for_what_is_missing_the_folder_above_counts),
		TEST(what_cannot_be_known_is_not_used),
		TEST(one_folder_of_a_client_is_enough_to_refuse_it),
		TEST(without_memory_nothing_is_trusted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
