/* Tests of retries: when a request is tried again, and for how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "../../../site/ccm/requestname.h"
#include "queue.h"

/* Waits */

static void
waits_double_from_a_minute_to_an_hour(void **state)
{
	int64_t wait = MINUTE;
	uint64_t n;

	(void)state;
	for (n = 1; n < 20; n++) {
		assert_in_range(
		    retry_wait("PL2A", n), wait, wait + wait / 5 - 1);
		wait = wait * 2 < 60 * MINUTE ? wait * 2 : 60 * MINUTE;
	}
	assert_in_range(
	    retry_wait("PL2A", UINT64_MAX), 60 * MINUTE, 72 * MINUTE);
}

static void
machines_that_fail_together_are_not_tried_together(void **state)
{
	char id[16];
	int64_t least = INT64_MAX, most = 0, wait;
	int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		snprintf(id, sizeof id, "PL2%05d", i);
		wait = retry_wait(id, 7);
		assert_true(wait == retry_wait(id, 7));
		least = wait < least ? wait : least;
		most = wait > most ? wait : most;
	}
	assert_true(most - least > 6 * MINUTE);
}

static void
a_file_from_the_future_is_due_now(void **state)
{
	(void)state;
	assert_true(retry_due("A", 3, 2 * DAY, DAY) == DAY);
	assert_true(retry_due("A", 1, DAY, DAY) >= DAY + MINUTE);
}

/* The file */

static void
fail_once(const char *name, const char *machine)
{
	serving.end = SERVE_RETRY;
	serving.error = 53;
	put_request(name, machine);
	assert_int_equal(0, one_pass());
}

static void
a_failure_fills_the_second_section(void **state)
{
	const char *text;

	(void)state;
	fail_once("PL2A.CCR", "PC1");
	text = fake_get(BOX "/retry/PL2A.CCR");
	assert_non_null(text);
	assert_string_equal("[NT Client Configuration Request]\r\n"
			    "Machine Name=PC1\r\n"
			    "\r\n"
			    "[Request Processing]\r\n"
			    "Initial Processing Attempt=11/20/2026 18:00\r\n"
			    "Retry Interval Start=11/20/2026 18:00\r\n"
			    "Latest Processing Attempt=11/20/2026 18:00\r\n"
			    "Number of Processing Attempts=1\r\n"
			    "Last Error Code=53\r\n",
	    text);
	assert_string_equal("retry/PL2A.CCR ", box());
}

static void
it_is_tried_again_when_it_is_due_and_not_before(void **state)
{
	(void)state;
	fail_once("PL2A.CCR", "PC1");
	fake_pass(59 * 1000);
	assert_int_equal(0, one_pass());
	assert_int_equal(1, serving.count);
	fake_pass(14 * 1000);
	assert_int_equal(0, one_pass());
	assert_int_equal(2, serving.count);
	fake_pass(119 * 1000);
	assert_int_equal(0, one_pass());
	assert_int_equal(2, serving.count);
	fake_pass(26 * 1000);
	serving.end = SERVE_DONE;
	assert_int_equal(0, one_pass());
	assert_int_equal(3, serving.count);
	assert_string_equal("", box());
}

static void
a_pass_says_when_the_next_one_is_due(void **state)
{
	(void)state;
	fail_once("PL2A.CCR", "PC1");
	assert_true(last.due <= os_clock() + MINUTE);
	assert_int_equal(0, one_pass());
	assert_true(last.due >= os_clock() + MINUTE - OS_SECOND);
	assert_true(last.due <= os_clock() + 72 * OS_SECOND);
}

static void
a_new_request_is_merged_and_tried_at_once(void **state)
{
	const char *text;

	(void)state;
	fail_once("PL2A.CCR", "PC1");
	fake_pass(61 * 1000);
	put_request("PL2A.CCR", "PC1");
	fake_clock(FAKE_START + 2 * DAY);
	fake_stamp(
	    BOX "/retry/PL2A.CCR", FAKE_START + 2 * DAY - 61 * OS_SECOND, 0);
	assert_int_equal(0, one_pass());
	assert_int_equal(2, serving.count);
	text = fake_get(BOX "/retry/PL2A.CCR");
	assert_non_null(strstr(text, "Client Request Count=2"));
	assert_non_null(
	    strstr(text, "Initial Processing Attempt=11/20/2026 18:00"));
	assert_non_null(strstr(text, "Retry Interval Start=11/22/2026 18:00"));
	assert_non_null(strstr(text, "Number of Processing Attempts=2"));
	assert_string_equal("retry/PL2A.CCR ", box());
}

static void
but_not_within_a_minute_of_the_last_attempt(void **state)
{
	struct os_info before, after;

	(void)state;
	fail_once("PL2A.CCR", "PC1");
	assert_true(fake_info(BOX "/retry/PL2A.CCR", &before));
	fake_pass(20 * 1000);
	put_request("PL2A.CCR", "PC1");
	assert_int_equal(0, one_pass());
	assert_int_equal(1, serving.count);
	assert_true(fake_info(BOX "/retry/PL2A.CCR", &after));
	assert_true(before.mtime == after.mtime);
	assert_non_null(
	    strstr(fake_get(BOX "/retry/PL2A.CCR"), "Client Request Count=2"));
	assert_string_equal("retry/PL2A.CCR ", box());
}

static void
moved_back_by_hand_it_is_tried_at_once(void **state)
{
	char *text;

	(void)state;
	fail_once("PL2A.CCR", "PC1");
	text = strdup(fake_get(BOX "/retry/PL2A.CCR"));
	fake_drop(BOX "/retry/PL2A.CCR");
	fake_put(BOX "/PL2A.CCR", text);
	free(text);
	assert_int_equal(0, one_pass());
	assert_int_equal(2, serving.count);
	assert_true(serving.forced);
	assert_non_null(strstr(fake_get(BOX "/retry/PL2A.CCR"),
	    "Number of Processing Attempts=2"));
}

/* A user writes a second section of his own: as if he had not. */
static void
only_an_administrator_can_have_a_try_forced(void **state)
{
	const char *text;

	(void)state;
	serving.end = SERVE_RETRY;
	serving.error = 53;
	fake_put(BOX "/PL2A.CCR",
	    "[NT Client Configuration Request]\r\nMachine Name=PC1\r\n"
	    "[Request Processing]\r\n"
	    "Initial Processing Attempt=01/01/2020 0:00\r\n"
	    "Retry Interval Start=01/01/2020 0:00\r\n"
	    "Number of Processing Attempts=99\r\n");
	fake_owner(BOX "/PL2A.CCR", 1000);
	assert_int_equal(0, one_pass());
	assert_false(serving.forced);
	assert_string_equal("retry/PL2A.CCR ", box());
	text = fake_get(BOX "/retry/PL2A.CCR");
	assert_non_null(strstr(text, "Number of Processing Attempts=1\r\n"));
	assert_non_null(strstr(text, "Retry Interval Start=11/20/2026"));
}

/* A week of trying, an attempt an hour. */
static unsigned
try_for(int hours)
{
	unsigned before = serving.count;
	int i;

	for (i = 0; i < hours; i++) {
		fake_pass(3600 * 1000);
		fake_pass(13 * 60 * 1000);
		assert_int_equal(0, one_pass());
	}
	return serving.count - before;
}

static void
after_24_hours_one_event_tells_and_one_when_it_works(void **state)
{
	(void)state;
	fail_once("PL2A.CCR", "PC1");
	assert_int_equal(19, try_for(19));
	assert_int_equal(1, fake_event_count());
	assert_int_equal(5, try_for(5));
	assert_int_equal(2, fake_event_count());
	assert_non_null(
	    strstr(fake_events(), "error ccm: PC1: has failed for 24 hours"));
	assert_int_equal(10, try_for(10));
	assert_int_equal(2, fake_event_count());
	serving.end = SERVE_DONE;
	try_for(1);
	assert_int_equal(3, fake_event_count());
	assert_non_null(
	    strstr(fake_events(), "information ccm: PC1: works again"));
	assert_string_equal("", box());
}

static void
after_7_days_it_is_given_up_with_an_event(void **state)
{
	(void)state;
	fail_once("PL2A.CCR", "PC1");
	try_for(137);
	assert_string_equal("retry/PL2A.CCR ", box());
	try_for(2);
	assert_string_equal("failed/PL2A.CCR ", box());
	assert_non_null(
	    strstr(fake_events(), "error ccm: PC1: given up after"));
	assert_int_equal(0, try_for(3));
}

static void
the_clock_goes_back_an_hour_and_on_to_2099(void **state)
{
	(void)state;
	fail_once("PL2A.CCR", "PC1");
	fake_clock(FAKE_START - 60 * MINUTE);
	assert_int_equal(0, one_pass());
	assert_int_equal(2, serving.count);
	/* Its time is that of the clock again: no loop. */
	assert_int_equal(0, one_pass());
	assert_int_equal(2, serving.count);
	fake_clock(INT64_C(4070908800) * OS_SECOND); /* 2099 */
	assert_int_equal(0, one_pass());
	assert_int_equal(3, serving.count);
	assert_string_equal("failed/PL2A.CCR ", box());
	/* And back: what was begun in 2099 does not last until then. */
	fake_drop(BOX "/failed/PL2A.CCR");
	fail_once("PL2A.CCR", "PC1");
	fake_clock(FAKE_START);
	assert_int_equal(0, one_pass());
	assert_null(strstr(fake_get(BOX "/retry/PL2A.CCR"), "2099"));
}

static void
what_is_damaged_in_retry_goes_to_failed(void **state)
{
	(void)state;
	fake_put(BOX "/retry/PL2A.CCR", "nothing");
	assert_int_equal(0, one_pass());
	assert_string_equal("failed/PL2A.CCR ", box());
}

/* A disk that was copied, or somebody who makes requests up. */
static void
machines_of_one_sms_id_each_keep_their_request(void **state)
{
	(void)state;
	fail_once("PL2A.CCR", "PC1");
	fake_pass(61 * 1000);
	fake_stamp(BOX "/retry/PL2A.CCR", os_clock(), 0);
	fail_once("PL2A.CCR", "PC2");
	assert_int_equal(1, result.retrying);
	assert_non_null(
	    strstr(fake_get(BOX "/retry/PL2A.CCR"), "Machine Name=PC1"));
	/* That of the other one works: ours waits as before. */
	fake_pass(5 * 60 * 1000);
	fake_stamp(BOX "/retry/PL2A.CCR", os_clock(), 0);
	put_request("PL2A.CCR", "PC2");
	serving.end = SERVE_DONE;
	assert_int_equal(0, one_pass());
	assert_string_equal("PC1 PC2 PC2 ", serving.log);
	assert_string_equal("retry/PL2A.CCR ", box());
	assert_non_null(
	    strstr(fake_get(BOX "/retry/PL2A.CCR"), "Machine Name=PC1"));
}

static void
many_machines_of_one_sms_id_are_all_given_up_beside_each_other(void **state)
{
	char name[32], machine[16];
	int i, left = 0;
	const char *at;

	(void)state;
	for (i = 0; i < 5; i++) {
		snprintf(name, sizeof name, "PL2A-0000000%d.CCR", i);
		snprintf(machine, sizeof machine, "PC%d", i);
		serving.end = SERVE_FAILED;
		put_request(name, machine);
	}
	assert_int_equal(0, one_pass());
	for (at = box(); (at = strstr(at, "failed/PL2A")) != NULL; at++)
		left++;
	assert_int_equal(5, left);
}

/* Whoever wrote it holds it open, and writes another machine into it. */
static void
change_mind(const char *machine)
{
	struct buf text = BUF_INIT;
	const char *name = strstr(box(), "processing/");

	(void)machine;
	assert_non_null(name);
	buf_format(&text, BOX "/%.*s", (int)strcspn(name, " "), name);
	fake_put(text.data,
	    "[NT Client Configuration Request]\r\nMachine Name=EVIL\r\n");
	buf_free(&text);
}

static void
request_that_changes_while_it_is_served_is_still_about_its_machine(void **state)
{
	(void)state;
	serving.meanwhile = change_mind;
	fail_once("PL2A.CCR", "PC1");
	assert_non_null(
	    strstr(fake_get(BOX "/retry/PL2A.CCR"), "Machine Name=PC1"));
}

static void
failed_is_bounded(void **state)
{
	char name[64];
	int i;

	(void)state;
	for (i = 0; i < QUEUE_FAILED_MAX + 20; i++) {
		snprintf(name, sizeof name, BOX "/failed/X%05d.CCR", i);
		fake_put(name, "x");
		fake_stamp(name, FAKE_START - i * OS_SECOND, 0);
	}
	fake_put(BOX "/failed/OLD.CCR", "x");
	fake_stamp(BOX "/failed/OLD.CCR", FAKE_START - 31 * DAY, 0);
	serving.end = SERVE_FAILED;
	put_request("PL2A.CCR", "PC1");
	assert_int_equal(0, one_pass());
	assert_null(fake_get(BOX "/failed/OLD.CCR"));
	assert_null(fake_get(BOX "/failed/X10000.CCR"));
	assert_null(fake_get(BOX "/failed/X09999.CCR"));
	assert_non_null(fake_get(BOX "/failed/X09998.CCR"));
	assert_non_null(fake_get(BOX "/failed/PL2A.CCR"));
}

/* Of what is refused the time is whatever its writer says. */
static void
refused_file_stays_in_failed_whatever_time_it_has(void **state)
{
	char name[64];
	int i;

	(void)state;
	fake_put(BOX "/OLD.CCR", "x");
	fake_stamp(BOX "/OLD.CCR", FAKE_START - 1000 * DAY, 0);
	assert_int_equal(0, one_pass());
	fake_put(BOX "/NEXT.CCR", "x");
	assert_int_equal(0, one_pass());
	assert_non_null(fake_get(BOX "/failed/OLD.CCR"));
	/* Nor does one from 2099 stay for ever, and drive out the others. */
	for (i = 0; i < QUEUE_FAILED_MAX; i++) {
		snprintf(name, sizeof name, BOX "/failed/X%05d.CCR", i);
		fake_put(name, "x");
		fake_stamp(name, FAKE_START + 1000 * DAY, 0);
	}
	fake_put(BOX "/LAST.CCR", "x");
	assert_int_equal(0, one_pass());
	assert_string_equal(
	    "failed/LAST.CCR failed/NEXT.CCR failed/OLD.CCR ", box());
}

static void
retry_is_bounded(void **state)
{
	const struct queue_rules any = { .host = NULL };
	struct queue queue;
	struct pass pass = { .queue = &queue };

	(void)state;
	serving.end = SERVE_RETRY;
	serving.error = 53;
	put_request("PL2A.CCR", "PC1");
	put_request("PL2B.CCR", "PC2");
	put_request("PL2C.CCR", "PC3");
	assert_int_equal(0, queue_open(&queue, BOX, &any, log_of_test, NULL));
	queue.most = 2;
	assert_int_equal(0, pass_run(&pass));
	assert_int_equal(2, pass.result.retrying);
	assert_int_equal(1, pass.result.failed);
	assert_non_null(strstr(fake_events(), "given up, retry/ is full"));
	/* Those that are there go on. */
	fake_pass(90 * 1000);
	assert_int_equal(0, pass_run(&pass));
	assert_int_equal(2, pass.result.retrying);
	/* And there is room again. */
	serving.end = SERVE_DONE;
	fake_pass(3600 * 1000);
	assert_int_equal(0, pass_run(&pass));
	serving.end = SERVE_RETRY;
	put_request("PL2D.CCR", "PC4");
	fake_pass(3601 * 1000);
	assert_int_equal(0, pass_run(&pass));
	assert_int_equal(1, pass.result.retrying);
	pass_free(&pass);
	queue_close(&queue);
}

/* Names */

static void
q265882_one_function_names_requests_however_short(void **state)
{
	static const char *const ids[] = { "A", "AB", "ABC", "PL2",
		"XXX0123456789ABCDEFGHIJ", "a_b-c" };
	struct buf name = BUF_INIT, id = BUF_INIT;
	uint64_t number;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		assert_int_equal(0, requestname_make(ids[i], &name));
		assert_string_equal(".CCR", name.data + strlen(ids[i]));
		assert_int_equal(0, requestname_read(name.data, &id));
		assert_string_equal(ids[i], id.data);
		assert_int_equal(0, requestname_other(ids[i], 10, &name));
		assert_int_equal(0, requestname_read(name.data, &id));
		assert_string_equal(ids[i], id.data);
		assert_int_equal(0, requestname_claim(ids[i], 11, &name));
		assert_int_equal(
		    0, requestname_claimed(name.data, &id, &number));
		assert_string_equal(ids[i], id.data);
		assert_int_equal(11, number);
	}
	buf_free(&name);
	buf_free(&id);
}

static void
names_that_are_none_are_refused(void **state)
{
	static const char *const names[] = { ".CCR", "A", "A.CCR.tmp",
		"A B.CCR", "A=B.CCR", "A.B.CCR", "A\n.CCR", "-.CCRX" };
	struct buf id = BUF_INIT, failed = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_int_equal(ERR_NAME, requestname_read(names[i], &id));
	assert_int_equal(0, requestname_failed("A\n.CCR", false, 1, &failed));
	assert_string_equal("INVALID-0000000000000001.CCR", failed.data);
	assert_int_equal(0, requestname_failed("A.CCR", true, 2, &failed));
	assert_string_equal("A-0000000000000002.CCR", failed.data);
	buf_free(&id);
	buf_free(&failed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, queue_setup, queue_teardown)
		TEST(waits_double_from_a_minute_to_an_hour),
		TEST(machines_that_fail_together_are_not_tried_together),
		TEST(a_file_from_the_future_is_due_now),
		TEST(a_failure_fills_the_second_section),
		TEST(it_is_tried_again_when_it_is_due_and_not_before),
		TEST(a_pass_says_when_the_next_one_is_due),
		TEST(a_new_request_is_merged_and_tried_at_once),
		TEST(but_not_within_a_minute_of_the_last_attempt),
		TEST(moved_back_by_hand_it_is_tried_at_once),
		TEST(only_an_administrator_can_have_a_try_forced),
		TEST(after_24_hours_one_event_tells_and_one_when_it_works),
		TEST(after_7_days_it_is_given_up_with_an_event),
		TEST(the_clock_goes_back_an_hour_and_on_to_2099),
		TEST(what_is_damaged_in_retry_goes_to_failed),
		TEST(machines_of_one_sms_id_each_keep_their_request),
		TEST(
		    many_machines_of_one_sms_id_are_all_given_up_beside_each_other),
		TEST(
		    request_that_changes_while_it_is_served_is_still_about_its_machine),
		TEST(failed_is_bounded),
		TEST(refused_file_stays_in_failed_whatever_time_it_has),
		TEST(retry_is_bounded),
		TEST(q265882_one_function_names_requests_however_short),
		TEST(names_that_are_none_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
