/* Tests of climonnt's schedule: when the next check comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>

#include "../../../monitor/climonnt/schedule.h"

#define SECOND INT64_C(1000000000)
#define MINUTE SCHEDULE_MINUTE
#define HOUR   (60 * MINUTE)
#define NOW    (INT64_C(1795197600) * SECOND)
#define MIDDLE (UINT32_MAX / 2) /* a random number: no jitter */

static struct schedule s;

static int
setup(void **state)
{
	(void)state;
	s = (struct schedule){ 0 };
	schedule_set(&s, NOW, 240, 12345);
	return 0;
}

static void
assert_near(int64_t wanted, int64_t got)
{
	assert_in_range(got - wanted + SECOND, 0, 2 * SECOND);
}

static void
first_check_is_spread_over_the_interval(void **state)
{
	int64_t first = INT64_MAX, last = 0;
	uint64_t i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		s = (struct schedule){ 0 };
		schedule_set(&s, NOW, 240, i * UINT64_C(0x9e3779b97f4a7c15));
		assert_true(s.regular > NOW && s.regular <= NOW + 4 * HOUR);
		first = s.regular < first ? s.regular : first;
		last = s.regular > last ? s.regular : last;
	}
	assert_true(first < NOW + 10 * MINUTE);
	assert_true(last > NOW + 4 * HOUR - 10 * MINUTE);
}

static void
slot_stays_where_it_is_from_day_to_day(void **state)
{
	int64_t slot = schedule_slot(NOW, HOUR, 7 * MINUTE);

	(void)state;
	assert_int_equal(slot + HOUR, schedule_slot(slot, HOUR, 7 * MINUTE));
	assert_int_equal(slot, schedule_slot(slot - 1, HOUR, 7 * MINUTE));
}

static void
restart_of_the_program_keeps_the_slot(void **state)
{
	int64_t before = s.regular;

	(void)state;
	s = (struct schedule){ 0 };
	schedule_set(&s, NOW + MINUTE, 240, 12345);
	assert_int_equal(before, s.regular);
}

static void
interval_that_is_nonsense_is_the_default(void **state)
{
	(void)state;
	schedule_set(&s, NOW, 0, 1);
	assert_int_equal(4 * HOUR, s.interval);
	schedule_set(&s, NOW, UINT_MAX, 1);
	assert_int_equal(4 * HOUR, s.interval);
}

static void
nothing_is_due_before_its_time(void **state)
{
	(void)state;
	assert_false(schedule_is_due(&s, NOW));
	assert_int_equal(
	    (s.regular - NOW + 999999) / 1000000, schedule_wait(&s, NOW));
	assert_true(schedule_is_due(&s, s.regular));
	assert_int_equal(0, schedule_wait(&s, s.regular));
}

static void
machine_that_slept_checks_once_after_it_woke(void **state)
{
	int64_t woke = NOW + 100 * HOUR;

	(void)state;
	assert_true(schedule_is_due(&s, woke));
	schedule_good(&s, woke);
	assert_false(schedule_is_due(&s, woke));
	assert_true(s.regular > woke && s.regular <= woke + 4 * HOUR);
}

static void
clock_that_is_set_back_does_not_put_checks_off(void **state)
{
	int64_t back = NOW - 1000 * HOUR;

	(void)state;
	assert_true(schedule_is_due(&s, back));
	schedule_good(&s, back);
	assert_false(schedule_is_due(&s, back));
	assert_true(s.regular <= back + 4 * HOUR);
}

static void
retry_is_not_put_off_by_a_clock_set_back(void **state)
{
	(void)state;
	schedule_no_server(&s, NOW, false, MIDDLE);
	s.regular = 0;
	assert_true(schedule_is_due(&s, NOW - 1000 * HOUR));
}

static void
hint_is_answered_at_once(void **state)
{
	(void)state;
	schedule_hint(&s, NOW);
	assert_true(schedule_is_due(&s, NOW));
	schedule_good(&s, NOW);
	assert_false(schedule_is_due(&s, NOW));
}

static void
hints_of_a_burst_are_answered_at_once(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		schedule_hint(&s, NOW);
		assert_true(schedule_is_due(&s, NOW));
		schedule_good(&s, NOW);
		assert_false(schedule_is_due(&s, NOW));
	}
}

static void
backoff_doubles_from_a_minute_to_eight_hours(void **state)
{
	static const int minutes[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 480,
		480 };
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof minutes / sizeof minutes[0]; i++)
		assert_near(
		    minutes[i] * MINUTE, schedule_backoff(i + 1, MIDDLE));
	assert_near(8 * HOUR, schedule_backoff(UINT_MAX, MIDDLE));
}

static void
backoff_is_spread_by_a_quarter(void **state)
{
	(void)state;
	assert_near(45 * SECOND, schedule_backoff(1, 0));
	assert_near(75 * SECOND, schedule_backoff(1, UINT32_MAX));
	assert_near(8 * HOUR, schedule_backoff(20, UINT32_MAX));
	assert_near(6 * HOUR, schedule_backoff(20, 0));
}

static void
server_that_is_away_is_asked_again_and_ever_less(void **state)
{
	(void)state;
	schedule_no_server(&s, NOW, false, MIDDLE);
	assert_near(NOW + MINUTE, s.retry);
	schedule_no_server(&s, NOW, false, MIDDLE);
	assert_near(NOW + 2 * MINUTE, s.retry);
	schedule_good(&s, NOW);
	assert_int_equal(0, s.retry);
	schedule_no_server(&s, NOW, false, MIDDLE);
	assert_near(NOW + MINUTE, s.retry);
}

static void
hint_while_the_server_is_away_waits_for_a_minute(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 8; i++)
		schedule_no_server(&s, NOW, false, MIDDLE);
	schedule_hint(&s, NOW + SECOND);
	assert_false(schedule_is_due(&s, NOW + SECOND));
	assert_true(schedule_is_due(&s, NOW + MINUTE));
}

/* Q184858: every client asked all servers every 60 s with a password that had
 * expired. */
static void
refused_logon_is_tried_by_the_regular_check_alone(void **state)
{
	(void)state;
	schedule_no_server(&s, NOW, true, MIDDLE);
	assert_int_equal(0, s.retry);
	schedule_hint(&s, NOW + MINUTE);
	assert_false(schedule_is_due(&s, s.regular - 1));
	assert_true(schedule_is_due(&s, s.regular));
	schedule_good(&s, s.regular);
	schedule_hint(&s, NOW);
	assert_true(schedule_is_due(&s, NOW));
}

static void
setup_that_fails_is_tried_ever_less(void **state)
{
	(void)state;
	schedule_failed(&s, NOW, MIDDLE);
	assert_near(NOW + MINUTE, s.retry);
	schedule_failed(&s, NOW, MIDDLE);
	assert_near(NOW + 2 * MINUTE, s.retry);
	/* A check in between that starts nothing forgets nothing. */
	schedule_later(&s, NOW, s.retry);
	schedule_failed(&s, NOW, MIDDLE);
	assert_near(NOW + 4 * MINUTE, s.retry);
}

static void
setup_that_is_busy_is_tried_again_in_a_minute(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < SCHEDULE_BUSY; i++) {
		schedule_busy(&s, NOW, MIDDLE);
		assert_near(NOW + MINUTE, s.retry);
	}
	/* Then the regular check alone, until something else came of it. */
	schedule_busy(&s, NOW, MIDDLE);
	assert_int_equal(0, s.retry);
	assert_true(schedule_is_due(&s, s.regular));
	schedule_good(&s, NOW);
	schedule_busy(&s, NOW, MIDDLE);
	assert_near(NOW + MINUTE, s.retry);
}

static void
next_try_of_the_setup_is_kept(void **state)
{
	(void)state;
	schedule_later(&s, NOW, NOW + 10 * MINUTE);
	assert_int_equal(NOW + 10 * MINUTE, s.retry);
	schedule_later(&s, NOW, NOW + 1000 * HOUR);
	assert_near(NOW + 8 * HOUR, s.retry);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(first_check_is_spread_over_the_interval),
		TEST(slot_stays_where_it_is_from_day_to_day),
		TEST(restart_of_the_program_keeps_the_slot),
		TEST(interval_that_is_nonsense_is_the_default),
		TEST(nothing_is_due_before_its_time),
		TEST(machine_that_slept_checks_once_after_it_woke),
		TEST(clock_that_is_set_back_does_not_put_checks_off),
		TEST(retry_is_not_put_off_by_a_clock_set_back),
		TEST(hint_is_answered_at_once),
		TEST(hints_of_a_burst_are_answered_at_once),
		TEST(backoff_doubles_from_a_minute_to_eight_hours),
		TEST(backoff_is_spread_by_a_quarter),
		TEST(server_that_is_away_is_asked_again_and_ever_less),
		TEST(hint_while_the_server_is_away_waits_for_a_minute),
		TEST(refused_logon_is_tried_by_the_regular_check_alone),
		TEST(setup_that_fails_is_tried_ever_less),
		TEST(setup_that_is_busy_is_tried_again_in_a_minute),
		TEST(next_try_of_the_setup_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
