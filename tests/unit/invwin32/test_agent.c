/* Tests of invwin32's agent: one inventory, whatever fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "inventory.h"

static void
inventory_is_whole_and_made_once(void **state)
{
	(void)state;
	assert_int_equal(EXIT_DONE, inventory());
	assert_int_equal(1, raws());
	assert_non_null(strstr(newest, ID "-full-"));
	assert_int_equal(EXIT_DONE, inventory());
	assert_int_equal(1, raws());
}

/* What stands in the way is named, and nothing there is opened. */
static void
agent_with_rights_uses_nothing_that_others_may_change(void **state)
{
	static const char *const places[] = { INI, CLIENT, ROOT, STATE, LOGS,
		TEMP };
	unsigned locks;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof places / sizeof places[0]; i++) {
		fake_trusted(places[i], ERR_UNTRUSTED);
		locks = fake_calls_of("os_lock_take");
		assert_int_equal(EXIT_FAILED, inventory());
		assert_int_equal(locks, fake_calls_of("os_lock_take"));
		assert_string_equal("", fake_list(STATE));
		assert_string_equal("", fake_list(LOGS));
		assert_int_equal(0, raws());
		fake_trusted(places[i], 0);
	}
	/* Who has no rights has nothing to lose. */
	fake_trusted(INI, ERR_UNTRUSTED);
	fake_admin(false);
	assert_int_equal(EXIT_DONE, inventory());
	assert_int_equal(1, raws());
}

static void
sms_ini_of_others_is_not_even_read(void **state)
{
	unsigned opened = fake_calls_of("os_open");

	(void)state;
	assert_int_equal(EXIT_DONE, inventory());
	assert_true(fake_calls_of("os_open") > opened);
	opened = fake_calls_of("os_open");
	fake_trusted(INI, ERR_UNTRUSTED);
	assert_int_equal(EXIT_FAILED, inventory());
	assert_int_equal(opened, fake_calls_of("os_open"));
}

static void
missing_client_is_told_as_missing(void **state)
{
	(void)state;
	fake_reset();
	assert_int_equal(EXIT_FAILED, inventory());
	assert_string_equal("", fake_list("/"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		INVENTORY_TEST(inventory_is_whole_and_made_once),
		INVENTORY_TEST(
		    agent_with_rights_uses_nothing_that_others_may_change),
		INVENTORY_TEST(sms_ini_of_others_is_not_even_read),
		INVENTORY_TEST(missing_client_is_told_as_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
