/* Tests of lib/source: which logon root is taken, and reading the list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/copylist.h"
#include "../../lib/source.h"
#include "../../platform/err.h"
#include "../fake/fake.h"

#define MS   (OS_SECOND / 1000)
#define LIST "/" COPYLIST_NAME

static const char *const roots[] = { "//dc1/sms", "//dc2/sms", "//dc3/sms" };
#define ROOTS (sizeof roots / sizeof roots[0])

struct picked {
	struct source *source;
	struct buf head, why;
	size_t which;
	int64_t took; /* ms */
};

static struct picked p;

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	memset(&p, 0, sizeof p);
	p.which = 99;
	fake_put("/net/dc1/sms" LIST, "first");
	fake_put("/net/dc2/sms" LIST, "second");
	fake_put("/net/dc3/sms" LIST, "third");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	source_close(p.source);
	buf_free(&p.head);
	buf_free(&p.why);
	assert_int_equal(0, fake_handles());
	return 0;
}

static int
pick(void)
{
	int64_t start = os_ticks();
	int rc;

	rc = source_pick(roots, ROOTS, SOURCE_PROBE_MS, &p.source, &p.which,
	    &p.head, &p.why);
	p.took = (os_ticks() - start) / MS;
	return rc;
}

static void
assert_picked(size_t which, const char *head)
{
	assert_non_null(p.source);
	assert_int_equal(which, p.which);
	assert_string_equal(head, buf_text(&p.head));
	assert_string_equal(roots[which], source_root(p.source));
}

static void
first_in_order_is_taken_when_all_answer(void **state)
{
	(void)state;
	assert_int_equal(0, pick());
	assert_picked(0, "first");
	assert_int_equal(0, p.took);
}

static void
head_holds_no_more_than_its_bytes(void **state)
{
	static char text[COPYLIST_HEAD + 1000];

	(void)state;
	memset(text, 'x', sizeof text);
	fake_put_bytes("/net/dc1/sms" LIST, text, sizeof text);
	fake_share_piece(1000);
	assert_int_equal(0, pick());
	assert_int_equal(0, p.which);
	assert_int_equal(COPYLIST_HEAD, p.head.len);
}

static void
all_roots_are_asked_at_the_same_time(void **state)
{
	(void)state;
	fake_share(roots[0], FAKE_DOWN, 1000);
	fake_share(roots[1], FAKE_DOWN, 1000);
	fake_share(roots[2], FAKE_UP, 1000);
	assert_int_equal(0, pick());
	assert_picked(2, "third");
	assert_int_equal(1000, p.took);
}

static void
root_before_the_one_that_answered_gets_a_moment_more(void **state)
{
	(void)state;
	fake_share(roots[0], FAKE_UP, 200);
	assert_int_equal(0, pick());
	assert_picked(0, "first");
	assert_int_equal(200, p.took);
}

static void
root_that_is_much_slower_is_not_waited_for(void **state)
{
	(void)state;
	fake_share(roots[0], FAKE_UP, 2000);
	assert_int_equal(0, pick());
	assert_picked(1, "second");
	assert_int_equal(SOURCE_BETTER_MS, p.took);
}

static void
root_after_the_one_that_answered_is_not_waited_for(void **state)
{
	(void)state;
	fake_share(roots[1], FAKE_HANGS, 0);
	fake_share(roots[2], FAKE_HANGS, 0);
	assert_int_equal(0, pick());
	assert_picked(0, "first");
	assert_int_equal(0, p.took);
}

static void
root_without_a_list_is_no_logon_server(void **state)
{
	(void)state;
	fake_drop("/net/dc1/sms" LIST);
	assert_int_equal(0, pick());
	assert_picked(1, "second");
}

static void
roots_that_all_hang_cost_the_time_limit_once(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ROOTS; i++)
		fake_share(roots[i], FAKE_HANGS, 0);
	assert_int_equal(ERR_HOST, pick());
	assert_null(p.source);
	assert_int_equal(SOURCE_PROBE_MS, p.took);
}

static void
each_root_that_failed_has_its_reason(void **state)
{
	(void)state;
	fake_share(roots[0], FAKE_DOWN, 0);
	fake_drop("/net/dc2/sms" LIST);
	fake_share(roots[2], FAKE_HANGS, 0);
	assert_int_equal(ERR_HOST, pick());
	assert_string_equal("//dc1/sms: server not reachable; "
			    "//dc2/sms: no cl_nt.txt; //dc3/sms: timed out",
	    buf_text(&p.why));
}

static void
refusal_of_who_we_are_is_told_from_silence(void **state)
{
	(void)state;
	fake_share(roots[0], FAKE_DOWN, 0);
	fake_fail_call("os_share_next", 2, FAKE_ONCE, ERR_AUTH);
	fake_share(roots[2], FAKE_DOWN, 0);
	assert_int_equal(ERR_AUTH, pick());
}

static void
list_that_may_not_be_read_is_a_refusal(void **state)
{
	(void)state;
	fake_deny("/net/dc1/sms" LIST, ERR_ACCES);
	fake_share(roots[1], FAKE_DOWN, 0);
	fake_share(roots[2], FAKE_DOWN, 0);
	fake_fail_call("os_share_next", 1, FAKE_ONCE, ERR_ACCES);
	assert_int_equal(ERR_AUTH, pick());
}

static void
refusal_by_one_root_does_not_keep_us_from_another(void **state)
{
	(void)state;
	fake_fail_call("os_share_next", 1, FAKE_ONCE, ERR_AUTH);
	assert_int_equal(0, pick());
	assert_picked(1, "second");
}

static void
head_is_read_again_through_the_same_reader(void **state)
{
	char long_list[2 * COPYLIST_HEAD];

	(void)state;
	assert_int_equal(0, pick());
	fake_put("/net/dc1/sms" LIST, "another");
	assert_int_equal(0, source_head(p.source, SOURCE_PROBE_MS, &p.head));
	assert_string_equal("another", buf_text(&p.head));
	memset(long_list, 'x', sizeof long_list);
	fake_put_bytes("/net/dc1/sms" LIST, long_list, sizeof long_list);
	fake_share_piece(1000);
	assert_int_equal(0, source_head(p.source, SOURCE_PROBE_MS, &p.head));
	assert_int_equal(COPYLIST_HEAD, p.head.len);
	assert_int_equal(3, fake_calls_of("os_share_open"));
}

static void
head_that_does_not_come_costs_the_limit(void **state)
{
	int64_t start;

	(void)state;
	assert_int_equal(0, pick());
	fake_share(roots[0], FAKE_HANGS, 0);
	start = os_ticks();
	assert_int_equal(
	    ERR_TIMEOUT, source_head(p.source, SOURCE_PROBE_MS, &p.head));
	assert_int_equal(SOURCE_PROBE_MS, (os_ticks() - start) / MS);
	fake_drop("/net/dc2/sms" LIST);
	source_close(p.source);
	fake_share(roots[0], FAKE_UP, 0);
	assert_int_equal(0, pick());
	fake_drop("/net/dc1/sms" LIST);
	assert_int_equal(
	    ERR_NOENT, source_head(p.source, SOURCE_PROBE_MS, &p.head));
}

static void
request_to_stop_ends_the_wait(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ROOTS; i++)
		fake_share(roots[i], FAKE_HANGS, 0);
	fake_stop_after(100);
	assert_int_equal(ERR_STOP, pick());
	assert_int_equal(100, p.took);
}

static void
no_root_at_all_is_no_server(void **state)
{
	(void)state;
	assert_int_equal(ERR_HOST,
	    source_pick(roots, 0, 100, &p.source, &p.which, &p.head, &p.why));
	assert_null(p.source);
}

static void
call_that_fails_never_loses_a_root_that_answers(void **state)
{
	unsigned n;
	int rc;

	(void)state;
	for (n = 1; n < 100; n++) {
		fake_reset();
		fake_put("/net/dc1/sms" LIST, "first");
		fake_put("/net/dc2/sms" LIST, "second");
		fake_fail(n, FAKE_ONCE, ERR_IO);
		rc = pick();
		if (!fake_met())
			break;
		/* os_share_ready stands for all roots. */
		if (rc == 0)
			assert_true(p.which < 2);
		else
			assert_int_equal(ERR_IO, rc);
		if (rc != 0)
			assert_string_equal(
			    "input/output error", buf_text(&p.why));
		source_close(p.source);
		p.source = NULL;
		assert_int_equal(0, fake_handles());
	}
	assert_in_range(n, 5, 99);
}

static void
list_is_read_whole_with_one_open(void **state)
{
	static char text[10000];
	struct buf list = BUF_INIT;
	unsigned before;

	(void)state;
	memset(text, 'y', sizeof text);
	fake_put_bytes("/net/dc1/sms" LIST, text, sizeof text);
	assert_int_equal(0, pick());
	before = fake_calls_of("os_share_start");
	assert_int_equal(0, source_list(p.source, &list, &p.why));
	assert_int_equal(before + 1, fake_calls_of("os_share_start"));
	assert_int_equal(sizeof text, list.len);
	assert_memory_equal(text, list.data, sizeof text);
	buf_free(&list);
}

static void
list_that_is_too_long_is_refused(void **state)
{
	char *text = malloc(COPYLIST_MAX + 2);
	struct buf list = BUF_INIT;

	(void)state;
	assert_non_null(text);
	memset(text, 'z', COPYLIST_MAX + 2);
	fake_put_bytes("/net/dc1/sms" LIST, text, COPYLIST_MAX + 2);
	fake_share_piece((size_t)1 << 20);
	assert_int_equal(0, pick());
	assert_int_equal(ERR_RANGE, source_list(p.source, &list, &p.why));
	assert_string_equal("//dc1/sms/cl_nt.txt: number or size out of range",
	    buf_text(&p.why));
	buf_free(&list);
	free(text);
}

static void
list_of_a_root_that_stalls_is_given_up(void **state)
{
	struct buf list = BUF_INIT;
	int64_t start;

	(void)state;
	assert_int_equal(0, pick());
	fake_share(roots[0], FAKE_HANGS, 0);
	start = os_ticks();
	assert_int_equal(ERR_TIMEOUT, source_list(p.source, &list, &p.why));
	assert_int_equal(SOURCE_STALL_MS, (os_ticks() - start) / MS);
	assert_string_equal("//dc1/sms/cl_nt.txt: timed out", buf_text(&p.why));
	buf_free(&list);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(first_in_order_is_taken_when_all_answer),
		TEST(head_holds_no_more_than_its_bytes),
		TEST(all_roots_are_asked_at_the_same_time),
		TEST(root_before_the_one_that_answered_gets_a_moment_more),
		TEST(root_that_is_much_slower_is_not_waited_for),
		TEST(root_after_the_one_that_answered_is_not_waited_for),
		TEST(root_without_a_list_is_no_logon_server),
		TEST(roots_that_all_hang_cost_the_time_limit_once),
		TEST(each_root_that_failed_has_its_reason),
		TEST(refusal_of_who_we_are_is_told_from_silence),
		TEST(list_that_may_not_be_read_is_a_refusal),
		TEST(refusal_by_one_root_does_not_keep_us_from_another),
		TEST(head_is_read_again_through_the_same_reader),
		TEST(head_that_does_not_come_costs_the_limit),
		TEST(request_to_stop_ends_the_wait),
		TEST(no_root_at_all_is_no_server),
		TEST(call_that_fails_never_loses_a_root_that_answers),
		TEST(list_is_read_whole_with_one_open),
		TEST(list_that_is_too_long_is_refused),
		TEST(list_of_a_root_that_stalls_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
