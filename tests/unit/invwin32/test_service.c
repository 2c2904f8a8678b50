/* Tests of invwin32's service: when it is at work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../../monitor/invwin32/service.h"
#include "inventory.h"

static char root[] = "//dc1/sms";

static struct invwin32_options options;
/* What climonnt does, and did. */
static bool takes_up;
static unsigned made; /* inventories that it took up */
static int64_t passes[64];
static size_t count;
static void (*meanwhile)(size_t pass);

static void
as_climonnt(void *arg, const char *call)
{
	(void)arg;
	if (strcmp(call, "os_spawn") != 0)
		return;
	if (count < sizeof passes / sizeof passes[0])
		passes[count] = os_ticks();
	count++;
	if (takes_up) {
		made += raws();
		take_up();
	}
	if (meanwhile != NULL)
		meanwhile(count);
}

static int
setup(void **state)
{
	(void)state;
	put_client();
	fake_self(CLIENT "/BIN/invwin32");
	fake_put(CLIENT "/BIN/climonnt", "program");
	options = inventory_options;
	takes_up = true;
	made = 0;
	count = 0;
	meanwhile = NULL;
	fake_hook(as_climonnt, NULL);
	return 0;
}

static int
teardown(void **state)
{
	fake_hook(NULL, NULL);
	return inventory_teardown(state);
}

/* The service for as long as that; how often it was at work. */
static size_t
serve_for(int64_t minutes)
{
	fake_stop_after((int)(minutes * 60000));
	assert_int_equal(EXIT_DONE, service_run(&options));
	return count;
}

/* Minutes between two passes. */
static unsigned
between(size_t pass)
{
	return (
	    unsigned)((passes[pass] - passes[pass - 1] + MINUTE / 2) / MINUTE);
}

static void
service_works_at_its_interval(void **state)
{
	(void)state;
	assert_int_equal(4, serve_for(3 * 1440 + 5));
	for (size_t i = 1; i < 4; i++)
		assert_int_equal(1440, between(i));
	/* The first alone was due. */
	assert_int_equal(1, made);
}

static void
interval_is_that_of_sms_ini(void **state)
{
	(void)state;
	put_ini("InvAgtServiceWakeupInterval=30\r\n");
	assert_int_equal(4, serve_for(95));
	assert_int_equal(30, between(3));
}

static void
interval_that_is_none_is_a_day(void **state)
{
	static const char *const rows[] = {
		"InvAgtServiceWakeupInterval=0\r\n",
		"InvAgtServiceWakeupInterval=x\r\n",
		"InvAgtServiceWakeupInterval=44641\r\n",
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		setup(state);
		put_ini(rows[i]);
		assert_int_equal(2, serve_for(1440 + 5));
	}
}

static void
switch_comes_before_sms_ini(void **state)
{
	(void)state;
	put_ini("InvAgtServiceWakeupInterval=30\r\n");
	options.minutes = 10;
	assert_int_equal(4, serve_for(35));
	assert_int_equal(10, between(2));
}

/* A long sleep ends when an inventory is due. */
static void
inventory_is_made_when_it_is_due(void **state)
{
	(void)state;
	put_ini("HardwareScanInterval=1\r\n");
	options.minutes = 14 * 1440;
	assert_int_equal(4, serve_for(3 * 1440 + 5));
	assert_int_equal(4, made);
	assert_int_equal(1440, between(1));
}

/* Days of 0 are every run, not one after the other. */
static void
interval_of_no_days_is_no_loop(void **state)
{
	(void)state;
	put_ini("HardwareScanInterval=0\r\nSoftwareScanInterval=0\r\n");
	options.minutes = 60;
	assert_int_equal(3, serve_for(125));
	assert_int_equal(3, made);
}

static void
monitor_is_given_our_switches(void **state)
{
	(void)state;
	options.root = root;
	serve_for(1);
	assert_string_equal(CLIENT "/BIN/climonnt /o /mover /quiet /i:" INI
				   " /p://dc1/sms",
	    fake_spawned(0));
}

static void
what_fails_is_tried_again_ever_later(void **state)
{
	static const unsigned after[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 480,
		480 };

	(void)state;
	fake_child(EXIT_FAILED, 0);
	serve_for(1440 + 60);
	for (size_t i = 1; i <= 11; i++)
		assert_int_equal(after[i - 1], between(i));
	assert_int_equal(1, made);
}

static void
end_of_trouble(size_t pass)
{
	if (pass == 3)
		fake_child(EXIT_DONE, 0);
}

static void
after_success_it_sleeps_its_interval(void **state)
{
	(void)state;
	fake_child(EXIT_FAILED, 0);
	meanwhile = end_of_trouble;
	options.minutes = 100;
	assert_int_equal(5, serve_for(3 + 2 * 100 + 5));
	assert_int_equal(1, between(1));
	assert_int_equal(2, between(2));
	assert_int_equal(100, between(3));
	assert_int_equal(100, between(4));
}

static void
inventory_that_fails_is_tried_again_soon(void **state)
{
	(void)state;
	fake_drop(INVDATA);
	takes_up = false;
	assert_int_equal(5, serve_for(1 + 2 + 4 + 8 + 1));
	assert_int_equal(1, between(1));
	assert_int_equal(8, between(4));
}

static bool locked;

static void
lock_in_sleep(void *arg, const char *call)
{
	as_climonnt(arg, call);
	if (strcmp(call, "os_watch_wait") == 0 && !locked)
		fake_lock(STATE "/INVENTORY.LOCK", 3600 * 1000 + 90000);
	locked |= strcmp(call, "os_watch_wait") == 0;
}

static void
agent_that_is_busy_later_is_waited_for(void **state)
{
	(void)state;
	locked = false;
	options.minutes = 60;
	fake_hook(lock_in_sleep, NULL);
	assert_int_equal(2, serve_for(70));
	assert_in_range(between(1), 61, 64);
}

static void
put_many(size_t pass)
{
	char path[80];

	for (unsigned i = 0; pass == 1 && i < 5000; i++) {
		snprintf(path, sizeof path, INVDATA "/stuck%u.raw", i);
		fake_put(path, "x");
	}
}

static void
among_thousands_only_what_is_new_starts_a_pass(void **state)
{
	(void)state;
	takes_up = false;
	put_many(1);
	options.minutes = 600;
	/* Retries at 1, 3, 7 and 15 minutes; hints between them. */
	for (int ms = 200000; ms < 400000; ms += 50000)
		fake_hint(INVDATA, ms, false);
	assert_int_equal(4, serve_for(14));
}

static void
put_one(size_t pass)
{
	if (pass == 1)
		fake_put(INVDATA "/new.raw", "x");
}

/* It comes while climonnt is at work, which does not see it any more. */
static void
new_file_starts_a_pass(void **state)
{
	(void)state;
	meanwhile = put_one;
	fake_hint(INVDATA, 5000, false);
	serve_for(1440);
	assert_true(count >= 2);
	assert_int_equal(0, between(1));
	assert_string_equal("", fake_list(INVDATA));
}

static void
set_clock_back(size_t pass)
{
	if (pass == 2)
		fake_clock(os_clock() - 365 * DAY);
}

static void
clock_that_is_set_back_makes_no_sleep_longer(void **state)
{
	(void)state;
	options.minutes = 60;
	meanwhile = set_clock_back;
	assert_int_equal(6, serve_for(305));
	assert_int_equal(60, between(2));
	assert_int_equal(60, between(3));
}

static bool clock_was_set;

static void
set_clock_in_sleep(void *arg, const char *call)
{
	as_climonnt(arg, call);
	if (strcmp(call, "os_watch_wait") != 0 || count != 2 || clock_was_set)
		return;
	clock_was_set = true;
	fake_clock(os_clock() - 365 * DAY);
}

static void
clock_set_back_in_its_sleep_makes_it_no_longer(void **state)
{
	(void)state;
	options.minutes = 90;
	clock_was_set = false;
	fake_hook(set_clock_in_sleep, NULL);
	assert_int_equal(6, serve_for(455));
	assert_true(clock_was_set);
	assert_int_equal(90, between(2));
}

static void
service_without_a_client_ends(void **state)
{
	(void)state;
	fake_drop(INI);
	assert_int_equal(EXIT_FAILED, service_run(&options));
	assert_int_equal(0, count);
}

static void
service_uses_nothing_that_others_may_change(void **state)
{
	(void)state;
	fake_trusted(STATE, ERR_UNTRUSTED);
	assert_int_equal(EXIT_FAILED, service_run(&options));
	assert_int_equal(0, count);
	assert_int_equal(0, raws());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(service_works_at_its_interval),
		TEST(interval_is_that_of_sms_ini),
		TEST(interval_that_is_none_is_a_day),
		TEST(switch_comes_before_sms_ini),
		TEST(inventory_is_made_when_it_is_due),
		TEST(interval_of_no_days_is_no_loop),
		TEST(monitor_is_given_our_switches),
		TEST(what_fails_is_tried_again_ever_later),
		TEST(after_success_it_sleeps_its_interval),
		TEST(inventory_that_fails_is_tried_again_soon),
		TEST(agent_that_is_busy_later_is_waited_for),
		TEST(among_thousands_only_what_is_new_starts_a_pass),
		TEST(new_file_starts_a_pass),
		TEST(clock_that_is_set_back_makes_no_sleep_longer),
		TEST(clock_set_back_in_its_sleep_makes_it_no_longer),
		TEST(service_without_a_client_ends),
		TEST(service_uses_nothing_that_others_may_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
