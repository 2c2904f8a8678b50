/* Tests of ccm's instances: what a dead one leaves is taken back, what a living
 * one works on is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "queue.h"

#define CLAIM	"PL2A.0123456789abcdef.ccr"
#define SAME	BOX "/processing/testhost-0123456789abcdef"
#define OTHER	BOX "/processing/elsewhere-0123456789abcdef"
#define TEXT	"[NT Client Configuration Request]\r\nMachine Name=PC1\r\n"
#define MS_OVER ((int)(INSTANCE_LEASE / 1000000) + 1000)

static void
put_claim(const char *folder)
{
	struct buf path = BUF_INIT;

	buf_format(&path, "%s/" CLAIM, folder);
	fake_put(path.data, TEXT);
	buf_clear(&path);
	buf_format(&path, "%s/LEASE", folder);
	fake_put(path.data, "");
	buf_free(&path);
}

static void
a_dead_instance_of_this_host_is_taken_back_at_once(void **state)
{
	(void)state;
	put_claim(SAME);
	assert_int_equal(0, one_pass());
	assert_string_equal("PC1 ", serving.log);
	assert_string_equal("", box());
	assert_string_equal("", fake_list(SAME));
}

static void
a_locked_instance_of_this_host_is_left(void **state)
{
	(void)state;
	put_claim(SAME);
	fake_lock(SAME "/LOCK", -1);
	fake_pass(MS_OVER);
	assert_int_equal(0, one_pass());
	assert_int_equal(0, serving.count);
	assert_non_null(fake_get(SAME "/" CLAIM));
}

static void
one_of_another_host_is_left_until_its_lease_is_over(void **state)
{
	(void)state;
	put_claim(OTHER);
	assert_int_equal(0, one_pass());
	assert_int_equal(0, serving.count);
	fake_pass(MS_OVER);
	assert_int_equal(0, one_pass());
	assert_string_equal("PC1 ", serving.log);
	assert_string_equal("", box());
}

static void
a_locked_one_of_another_host_is_left_though_its_lease_is_over(void **state)
{
	(void)state;
	put_claim(OTHER);
	fake_lock(OTHER "/LOCK", -1);
	fake_pass(MS_OVER);
	assert_int_equal(0, one_pass());
	assert_int_equal(0, serving.count);
}

static void
leases_are_told_by_the_clock_of_the_server(void **state)
{
	(void)state;
	put_claim(OTHER);
	/* Our clock has nothing to say: the fake's files have its time, so a
	 * jump moves both LEASE files apart only by what was written since. */
	fake_stamp(OTHER "/LEASE", os_clock() - 9 * MINUTE, 0);
	assert_int_equal(0, one_pass());
	assert_int_equal(0, serving.count);
	fake_stamp(OTHER "/LEASE", os_clock() - 11 * MINUTE, 0);
	assert_int_equal(0, one_pass());
	assert_int_equal(1, serving.count);
}

static void
a_new_request_beside_one_taken_back_is_kept(void **state)
{
	(void)state;
	put_claim(SAME);
	put_request("PL2A.CCR", "PC2");
	assert_int_equal(0, one_pass());
	assert_int_equal(2, serving.count);
	assert_non_null(strstr(serving.log, "PC1"));
	assert_non_null(strstr(serving.log, "PC2"));
}

static void
the_folder_of_an_instance_goes_when_it_ends(void **state)
{
	const char *list;

	(void)state;
	assert_int_equal(0, one_pass());
	list = fake_list(BOX "/processing");
	assert_true(strncmp(list, "machines/", 9) == 0);
	assert_null(strstr(list, "testhost"));
}

static void
a_machine_in_work_elsewhere_is_not_claimed(void **state)
{
	char name[64];
	int i;

	(void)state;
	put_request("PL2A.CCR", "PC1");
	for (i = 0; i < QUEUE_LOCKS; i++) {
		snprintf(name, sizeof name, BOX "/processing/machines/%02x", i);
		fake_lock(name, -1);
	}
	assert_int_equal(0, one_pass());
	assert_int_equal(0, serving.count);
	assert_int_equal(1, result.left);
	assert_true(last.again);
	assert_string_equal("PL2A.CCR ", box());
}

/* A second ccm makes a pass while the first one serves. */
static void
pass_of_another(const char *machine)
{
	struct work_result kept = result;

	(void)machine;
	serving.meanwhile = NULL;
	assert_int_equal(0, one_pass());
	assert_int_equal(0, result.done);
	result = kept;
}

static void
two_of_them_do_not_serve_a_machine_at_the_same_time(void **state)
{
	(void)state;
	put_request("PL2A.CCR", "PC1");
	serving.meanwhile = pass_of_another;
	assert_int_equal(0, one_pass());
	assert_int_equal(1, serving.count);
	assert_string_equal("", box());
}

/* A request that comes for a machine in work waits. */
static void
another_asks_meanwhile(const char *machine)
{
	serving.meanwhile = NULL;
	put_request("PL2B.CCR", machine);
	assert_int_equal(0, one_pass());
	assert_int_equal(1, serving.count);
	assert_int_equal(1, result.left);
}

static void
a_request_for_a_machine_in_work_waits(void **state)
{
	(void)state;
	put_request("PL2A.CCR", "PC1");
	serving.meanwhile = another_asks_meanwhile;
	assert_int_equal(0, one_pass());
	assert_int_equal(0, one_pass());
	assert_int_equal(2, serving.count);
	assert_string_equal("", box());
}

/* Each call fails once, or for ever, while a dead one is taken back. */
static void
taking_back_loses_nothing_whatever_fails(void **state)
{
	enum fake_times times;
	unsigned n;

	(void)state;
	for (times = FAKE_ONCE; times <= FAKE_FOREVER; times++) {
		for (n = 1; n < 1000; n++) {
			logfile_close(log_of_test);
			clean_slate();
			put_claim(SAME);
			fake_fail(n, times, ERR_IO);
			one_pass();
			if (!fake_met())
				break;
			fake_fail(0, FAKE_ONCE, 0);
			assert_int_equal(0, one_pass());
			assert_int_equal(0, one_pass());
			assert_non_null(strstr(serving.log, "PC1"));
			assert_string_equal("", box());
			assert_string_equal("", fake_list(SAME));
		}
		assert_in_range(n, 10, 999);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, queue_setup, queue_teardown)
		TEST(a_dead_instance_of_this_host_is_taken_back_at_once),
		TEST(a_locked_instance_of_this_host_is_left),
		TEST(one_of_another_host_is_left_until_its_lease_is_over),
		TEST(
		    a_locked_one_of_another_host_is_left_though_its_lease_is_over),
		TEST(leases_are_told_by_the_clock_of_the_server),
		TEST(a_new_request_beside_one_taken_back_is_kept),
		TEST(the_folder_of_an_instance_goes_when_it_ends),
		TEST(a_machine_in_work_elsewhere_is_not_claimed),
		TEST(two_of_them_do_not_serve_a_machine_at_the_same_time),
		TEST(a_request_for_a_machine_in_work_waits),
		TEST(taking_back_loses_nothing_whatever_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
