/* Tests of lib/ccr: the form of requests, and sending them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/ccr.h"
#include "../../platform/err.h"
#include "../fake/fake.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define BOX	   "/pub/ccr.box"
#define CCR	   BOX "/PL20A01F.CCR"
#define MINUTES(n) (INT64_C(n) * 60 * OS_SECOND)

static const char full[] = "[NT Client Configuration Request]\r\n"
			   "Machine Name=PLN-WS017\r\n"
			   "Domain=PLANT2\r\n"
			   "Initial Request Date=11/20/2026 17:58\r\n"
			   "Latest Request Date=11/20/2026 18:00\r\n"
			   "Client Request Count=2\r\n"
			   "\r\n"
			   "[Request Processing]\r\n"
			   "Initial Processing Attempt=11/20/2026 18:01\r\n"
			   "Retry Interval Start=11/21/2026 3:44\r\n"
			   "Latest Processing Attempt=11/21/2026 15:35\r\n"
			   "Number of Processing Attempts=3\r\n"
			   "Last Error Code=53\r\n";

static const char first[] = "[NT Client Configuration Request]\r\n"
			    "Machine Name=PLN-WS017\r\n"
			    "Domain=PLANT2\r\n"
			    "Initial Request Date=11/20/2026 18:00\r\n"
			    "Latest Request Date=11/20/2026 18:00\r\n"
			    "Client Request Count=1\r\n";

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	fake_put_folder(BOX);
	return 0;
}

static int
parse(const char *text, struct ccr *ccr, struct buf *why)
{
	return ccr_parse("X.CCR", text, strlen(text), ccr, why);
}

/* The form */

static void
every_value_is_read(void **state)
{
	struct ccr c;

	(void)state;
	assert_int_equal(0, parse(full, &c, NULL));
	assert_string_equal("PLN-WS017", c.machine);
	assert_string_equal("PLANT2", c.domain);
	assert_true(c.first_request == FAKE_START - MINUTES(2));
	assert_true(c.latest_request == FAKE_START);
	assert_int_equal(2, c.requests);
	assert_true(c.first_attempt == FAKE_START + MINUTES(1));
	assert_true(c.interval_start == FAKE_START + MINUTES(584));
	assert_true(c.latest_attempt == FAKE_START + MINUTES(1295));
	assert_int_equal(3, c.attempts);
	assert_int_equal(53, c.last_error);
	ccr_free(&c);
	assert_null(c.machine);
}

static void
what_is_read_is_written_alike(void **state)
{
	struct buf out = BUF_INIT;
	struct ccr c;

	(void)state;
	assert_int_equal(0, parse(full, &c, NULL));
	assert_int_equal(0, ccr_write(&c, &out));
	assert_string_equal(full, buf_text(&out));
	ccr_free(&c);
	buf_free(&out);
}

static void
dates_are_in_the_zone_of_who_reads_and_writes(void **state)
{
	struct buf out = BUF_INIT;
	struct ccr c;

	(void)state;
	fake_zone(120);
	assert_int_equal(0, parse(first, &c, NULL));
	assert_true(c.first_request == FAKE_START - MINUTES(120));
	assert_int_equal(0, ccr_write(&c, &out));
	assert_string_equal(first, buf_text(&out));
	ccr_free(&c);
	buf_free(&out);
}

static void
header_and_machine_name_are_enough(void **state)
{
	struct buf out = BUF_INIT;
	struct ccr c;

	(void)state;
	assert_int_equal(0,
	    parse("[nt client configuration request]\n"
		  "machine name=PLN-WS017\nForced CCR=TRUE\n"
		  "Client Request Count=\n[IDENT]\nTYPE=x\n",
		&c, NULL));
	assert_string_equal("PLN-WS017", c.machine);
	assert_null(c.domain);
	assert_true(c.first_request == -1);
	assert_true(c.latest_attempt == -1);
	assert_int_equal(0, c.requests);
	assert_int_equal(0, ccr_write(&c, &out));
	assert_string_equal("[NT Client Configuration Request]\r\n"
			    "Machine Name=PLN-WS017\r\n",
	    buf_text(&out));
	ccr_free(&c);
	buf_free(&out);
}

static void
malformed_requests_are_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "",
		    "X.CCR: no Machine Name in "
		    "[NT Client Configuration Request]" },
		{ "[NT Client Configuration Request]\nMachine Name=\n",
		    "X.CCR: no Machine Name in "
		    "[NT Client Configuration Request]" },
		{ "[Other]\nMachine Name=A\n",
		    "X.CCR: no Machine Name in "
		    "[NT Client Configuration Request]" },
		{ "[NT Client Configuration Request]\nMachine Name=A\n"
		  "Initial Request Date=13/01/2026 1:00\n",
		    "X.CCR:3: Initial Request Date is malformed" },
		{ "[NT Client Configuration Request]\nMachine Name=A\n"
		  "Client Request Count=-1\n",
		    "X.CCR:3: Client Request Count is malformed" },
		{ "[NT Client Configuration Request]\nMachine Name=A\n"
		  "[Request Processing]\nLast Error Code=5x\n",
		    "X.CCR:4: Last Error Code is malformed" },
	};
	struct buf why = BUF_INIT;
	struct ccr c;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(ERR_FORMAT, parse(cases[i].text, &c, &why));
		assert_string_equal(cases[i].why, buf_text(&why));
		assert_null(c.machine);
	}
	assert_int_equal(ERR_FORMAT, ccr_parse("X.CCR", "a\0b", 3, &c, &why));
	buf_free(&why);
}

static void
request_beyond_the_limit_is_refused(void **state)
{
	struct buf text = BUF_INIT;
	struct ccr c;

	(void)state;
	buf_add_text(&text, first);
	while (text.len < CCR_MAX)
		buf_add_char(&text, '\n');
	assert_int_equal(0, parse(text.data, &c, NULL));
	ccr_free(&c);
	buf_add_char(&text, '\n');
	assert_int_equal(ERR_RANGE, parse(text.data, &c, NULL));
	buf_free(&text);
}

static void
text_that_would_be_another_line_is_not_written(void **state)
{
	char machine[] = "A\r\nLast Error Code=1";
	struct ccr c = { .machine = machine };
	struct buf out = BUF_INIT;

	(void)state;
	assert_int_equal(ERR_ARG, ccr_write(&c, &out));
	c.machine = NULL;
	assert_int_equal(ERR_ARG, ccr_write(&c, &out));
	assert_int_equal(0, out.len);
	buf_free(&out);
}

/* Sending */

static const struct ccr_sender sender = { "PL20A01F", "PLN-WS017", "PLANT2" };

static int
send(struct buf *why)
{
	return ccr_send(BOX, &sender, 5000, why);
}

static void
first_request_is_made(void **state)
{
	(void)state;
	assert_int_equal(0, send(NULL));
	assert_string_equal(first, fake_get(CCR));
	assert_string_equal("PL20A01F.CCR 175\n", fake_list(BOX));
	assert_int_equal(0, fake_handles());
	fake_power_cut();
	assert_string_equal(first, fake_get(CCR));
}

static void
standing_request_is_counted_up_and_dated(void **state)
{
	struct ccr c;

	(void)state;
	fake_put(CCR, full);
	fake_clock(FAKE_START + MINUTES(90));
	assert_int_equal(0, send(NULL));
	assert_int_equal(0, parse(fake_get(CCR), &c, NULL));
	assert_true(c.first_request == FAKE_START - MINUTES(2));
	assert_true(c.latest_request == FAKE_START + MINUTES(90));
	assert_int_equal(3, c.requests);
	assert_int_equal(3, c.attempts);
	assert_int_equal(53, c.last_error);
	ccr_free(&c);
}

static void
garbage_that_stands_there_is_replaced(void **state)
{
	static const char *const garbage[] = {
		"",
		"\x01",
		"[Other]\n",
		("[NT Client Configuration Request]\n"
		 "Machine Name=A\nClient Request Count=x\n"),
	};
	struct buf big = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(garbage); i++) {
		fake_put(CCR, garbage[i]);
		assert_int_equal(0, send(NULL));
		assert_string_equal(first, fake_get(CCR));
	}
	while (big.len <= CCR_MAX)
		buf_add_text(&big, full);
	fake_put(CCR, big.data);
	assert_int_equal(0, send(NULL));
	assert_string_equal(first, fake_get(CCR));
	fake_drop(CCR);
	fake_put_special(CCR, OS_LINK);
	assert_int_equal(0, send(NULL));
	assert_string_equal(first, fake_get(CCR));
	buf_free(&big);
}

static void
request_of_somebody_else_counts_as_made(void **state)
{
	(void)state;
	fake_put(CCR, full);
	fake_fail_call("os_replace", 1, FAKE_FOREVER, ERR_ACCES);
	assert_int_equal(0, send(NULL));
	assert_string_equal(full, fake_get(CCR));
	assert_null(strstr(fake_list(BOX), ".tmp"));
}

/* How many requests stand in the box, whatever keeps the first name. */
static int
requests(void)
{
	const char *p = fake_list(BOX);
	int n = 0;

	while ((p = strstr(p, ".CCR")) != NULL) {
		p += 4;
		n++;
	}
	return n;
}

static void
name_that_others_keep_is_passed_by(void **state)
{
	static const char *const garbage[] = { "", "no request",
		"[NT Client Configuration Request]\r\nMachine Name=OTHER\r\n" };
	size_t i;

	(void)state;
	fake_put_folder(CCR);
	assert_int_equal(0, send(NULL));
	assert_int_equal(0, send(NULL));
	assert_non_null(strstr(fake_list(BOX), "PL20A01F-"));
	assert_int_equal(2, requests());
	assert_null(strstr(fake_list(BOX), ".tmp"));
	for (i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
		fake_reset();
		fake_put_folder(BOX);
		fake_put(CCR, garbage[i]);
		fake_fail_call("os_replace", 1, FAKE_FOREVER, ERR_ACCES);
		assert_int_equal(0, send(NULL));
		assert_string_equal(garbage[i], fake_get(CCR));
		assert_int_equal(2, requests());
		/* The second one is ours, and has been made. */
		assert_int_equal(0, send(NULL));
		assert_int_equal(2, requests());
	}
	assert_int_equal(0, fake_handles());
}

static void
box_that_refuses_is_an_error(void **state)
{
	struct buf why = BUF_INIT;

	(void)state;
	fake_fail_call("os_open", 2, FAKE_FOREVER, ERR_ACCES);
	assert_int_equal(ERR_ACCES, send(&why));
	assert_string_equal(BOX "/PL20A01F.CCR: cannot be made: permission "
				"denied",
	    buf_text(&why));
	fake_fail(0, FAKE_ONCE, 0);
	fake_drop(BOX);
	assert_int_equal(ERR_NOENT, send(&why));
	assert_int_equal(0, fake_handles());
	buf_free(&why);
}

static void
time_limit_is_reported(void **state)
{
	struct buf why = BUF_INIT;

	(void)state;
	fake_fail_call("os_run_limited", 1, FAKE_ONCE, ERR_TIMEOUT);
	assert_int_equal(ERR_TIMEOUT, send(&why));
	assert_non_null(strstr(buf_text(&why), "timed out"));
	assert_string_equal("", fake_list(BOX));
	buf_free(&why);
}

static void
id_that_is_no_file_name_is_refused(void **state)
{
	static const char *const ids[] = {
		"",
		"..",
		"../X",
		"A/B",
		"A\\B",
		"A B",
		"A.B",
		"A:B",
	};
	struct ccr_sender bad = sender;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ids); i++) {
		bad.smsid = ids[i];
		assert_int_equal(ERR_ARG, ccr_send(BOX, &bad, 5000, NULL));
	}
	bad.smsid = NULL;
	assert_int_equal(ERR_ARG, ccr_send(BOX, &bad, 5000, NULL));
	bad = sender;
	bad.machine = "A\r\nB";
	assert_int_equal(ERR_ARG, ccr_send(BOX, &bad, 5000, NULL));
	bad.machine = "";
	assert_int_equal(ERR_ARG, ccr_send(BOX, &bad, 5000, NULL));
	assert_string_equal("", fake_list(BOX));
}

/* Another program makes a request between the look and the rename. */
static void
come_in_between(void *arg, const char *call)
{
	int *done = arg;

	if (strcmp(call, "os_rename_new") == 0 && !*done) {
		*done = 1;
		fake_put(CCR, full);
	}
}

static void
request_that_comes_in_between_is_not_lost(void **state)
{
	struct ccr c;
	int done = 0;

	(void)state;
	fake_hook(come_in_between, &done);
	assert_int_equal(0, send(NULL));
	fake_hook(NULL, NULL);
	assert_int_equal(1, done);
	assert_int_equal(0, parse(fake_get(CCR), &c, NULL));
	assert_int_equal(3, c.requests);
	assert_null(strstr(fake_list(BOX), ".tmp"));
	ccr_free(&c);
}

static void
tries_have_an_end(void **state)
{
	(void)state;
	fake_fail_call("os_rename_new", 1, FAKE_FOREVER, ERR_EXIST);
	assert_int_equal(ERR_EXIST, send(NULL));
	assert_int_equal(10, fake_calls_of("os_rename_new"));
	assert_string_equal("", fake_list(BOX));
}

static void
prepare(const char *standing)
{
	fake_reset();
	fake_put_folder(BOX);
	fake_short_writes(true);
	if (standing != NULL)
		fake_put(CCR, standing);
}

/* I1 for requests: none, the old or the new one, and nothing beside it. */
static void
fail_each_call(const char *standing, enum fake_times times)
{
	char *expected;
	const char *now;
	unsigned n;
	bool met = true;
	int rc;

	prepare(standing);
	assert_int_equal(0, send(NULL));
	expected = strdup(fake_get(CCR));
	for (n = 1; n < 100 && met; n++) {
		prepare(standing);
		fake_fail(n, times, ERR_NOSPC);
		rc = send(NULL);
		met = fake_met();
		assert_int_equal(0, fake_handles());
		assert_true(rc == 0 || (met && rc == ERR_NOSPC));
		if (times == FAKE_FOREVER)
			fake_power_cut();
		else
			assert_null(strstr(fake_list(BOX), ".tmp"));
		now = fake_get(CCR);
		assert_true((now == NULL && standing == NULL && rc != 0) ||
		    (now != NULL && strcmp(now, expected) == 0) ||
		    (now != NULL && standing != NULL && rc != 0 &&
			strcmp(now, standing) == 0));
	}
	assert_in_range(n, 9, 99);
	free(expected);
}

static void
send_that_fails_leaves_the_old_or_the_new_request(void **state)
{
	(void)state;
	fail_each_call(NULL, FAKE_ONCE);
	fail_each_call(full, FAKE_ONCE);
}

static void
power_cut_leaves_the_old_or_the_new_request(void **state)
{
	(void)state;
	fail_each_call(NULL, FAKE_FOREVER);
	fail_each_call(full, FAKE_FOREVER);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_value_is_read),
		TEST(what_is_read_is_written_alike),
		TEST(dates_are_in_the_zone_of_who_reads_and_writes),
		TEST(header_and_machine_name_are_enough),
		TEST(malformed_requests_are_refused),
		TEST(request_beyond_the_limit_is_refused),
		TEST(text_that_would_be_another_line_is_not_written),
		TEST(first_request_is_made),
		TEST(standing_request_is_counted_up_and_dated),
		TEST(garbage_that_stands_there_is_replaced),
		TEST(request_of_somebody_else_counts_as_made),
		TEST(name_that_others_keep_is_passed_by),
		TEST(box_that_refuses_is_an_error),
		TEST(time_limit_is_reported),
		TEST(id_that_is_no_file_name_is_refused),
		TEST(request_that_comes_in_between_is_not_lost),
		TEST(tries_have_an_end),
		TEST(send_that_fails_leaves_the_old_or_the_new_request),
		TEST(power_cut_leaves_the_old_or_the_new_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
