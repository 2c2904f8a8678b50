/* Time, random bytes. */
#include "ground.h"

#include <time.h>

/* Whole minutes between what os_clock says and the time of the system. */
static int64_t
shift(const char *value)
{
	int64_t now;

	ground_env("SMS_CLOCK", value);
	now = os_clock();
	ground_env("SMS_CLOCK", NULL);
	return (now / OS_SECOND - time(NULL) + 30) / 60;
}

static void
the_clock_can_be_set_off(void **state)
{
	int64_t ticks = os_ticks();

	(void)state;
	assert_int_equal(shift("+86400"), 1440);
	assert_int_equal(shift("-86400"), -1439);
	assert_int_equal(shift("86400"), 0);
	assert_int_equal(shift("+86400x"), 0);
	assert_int_equal(shift("+"), 0);
	assert_int_equal(shift("+99999999999999999999"), 0);
	assert_int_equal(shift("-9223372036854775808"), 0);
	assert_int_equal(shift("-315360001"), 0);
	assert_true(os_ticks() >= ticks);
	ground_env("SMS_CLOCK", "+86400");
	assert_true(os_ticks() - ticks < 3600 * OS_SECOND);
	ground_env("SMS_CLOCK", NULL);
}

static void
random_bytes_differ(void **state)
{
	unsigned char a[32] = { 0 }, b[32] = { 0 };

	(void)state;
	assert_int_equal(os_random(a, sizeof(a)), 0);
	assert_int_equal(os_random(b, sizeof(b)), 0);
	assert_memory_not_equal(a, b, sizeof(a));
}

int
test_machine(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_clock_can_be_set_off),
		TEST(random_bytes_differ),
	};

	return cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
