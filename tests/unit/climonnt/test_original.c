/* Faults of the original that a monitor could have: each test is named by the
 * article that told of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../../../lib/buf.h"
#include "../../../lib/options.h"
#include "../../../monitor/climonnt/climonnt.h"
#include "../../../monitor/climonnt/instance.h"
#include "../../../monitor/climonnt/schedule.h"
#include "../../../platform/err.h"
#include "../../fake/fake.h"

#define MINUTES	   (60 * 1000)
#define HOURS	   (60 * MINUTES)
#define HOUR	   (60 * SCHEDULE_MINUTE)
#define YEAR	   (365 * 24 * HOUR)
#define INI	   "/c/SMS.INI"
#define ROOT	   "//dc1/sms"
#define BOX	   "/net/dc1/sms/inventry.box"
#define LIST	   "/net/dc1/sms/cl_nt.txt"
#define OLD	   (FAKE_START - 3600 * OS_SECOND)
#define SENT	   "PL2ABC-1795194000000000000-5.RAW"
#define OFFERED(n) "[SMS]\r\nCopyListVersion=" n "\r\n"
#define CLIENT(more)                                               \
	"[SMS]\r\nSMS Unique ID=PL2ABC\r\nCopyListVersion=100\r\n" \
	"SMSPath=/c\r\nSMSStatePath=/c\r\n"                        \
	"[Local]\r\nSetupPhase=installed\r\n" more

static struct climonnt_options options;

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	fake_env("HOME", "/home/kim");
	fake_put_folder(BOX);
	fake_put_folder("/c/INVDATA");
	fake_put_folder("/c/STATE");
	fake_put_folder("/c/LOGS");
	fake_put("/c/BIN/climonnt", "program");
	fake_put("/c/BIN/cli_nt", "program");
	fake_self("/c/BIN/climonnt");
	fake_put(INI, CLIENT(""));
	fake_put(LIST, OFFERED("100"));
	options = (struct climonnt_options){ .root = (char *)ROOT };
	options.common.ini = (char *)INI;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	assert_int_equal(0, fake_handles());
	return 0;
}

static int
run_for(int ms)
{
	fake_stop_after(ms);
	return climonnt_run(&options);
}

static int
run_once(void)
{
	options.once = true;
	return run_for(1 * HOURS);
}

static void
put_raw(const char *path, const char *text)
{
	fake_put(path, text);
	fake_stamp(path, OLD, 0);
}

static unsigned
checks(void)
{
	return fake_calls_of("os_share_start");
}

/* The user stays logged on for days, and an administrator bumps the list. */
static void
q174961_client_is_updated_without_a_logon(void **state)
{
	(void)state;
	assert_int_equal(0, run_for(5 * HOURS));
	assert_null(fake_spawned(0));
	fake_put(LIST, OFFERED("200"));
	assert_int_equal(0, run_for(4 * HOURS));
	assert_non_null(fake_spawned(0));
}

/* No inventory is due for a month, and none comes. */
static void
q164889_list_is_looked_at_though_no_inventory_is_due(void **state)
{
	(void)state;
	fake_put(INI,
	    CLIENT("[SMS]\r\nHardwareScanInterval=31\r\n"
		   "SoftwareScanInterval=31\r\n"));
	fake_put(LIST, OFFERED("200"));
	assert_int_equal(0, run_for(4 * HOURS));
	assert_non_null(fake_spawned(0));
}

static void
drop_each_minute(void *arg, const char *call)
{
	static unsigned number;
	int64_t *next = arg;
	char path[64];

	if (strcmp(call, "os_watch_wait") != 0)
		return;
	if (os_ticks() >= *next) {
		snprintf(path, sizeof path, "/c/INVDATA/m%u.raw", number++);
		put_raw(path, "x");
		*next = os_ticks() + 60 * OS_SECOND;
		fake_hint("/c/INVDATA", 0, false);
	}
	fake_hint("/c/INVDATA",
	    (int)((*next - os_ticks()) / (OS_SECOND / 1000)), false);
}

/* Each client with an expired password asked all servers every 60 seconds. */
static void
q184858_expired_password_is_not_tried_each_minute(void **state)
{
	int64_t next = os_ticks();

	(void)state;
	fake_hook(drop_each_minute, &next);
	fake_fail_call("os_share_next", 1, FAKE_FOREVER, ERR_AUTH);
	assert_int_equal(0, run_for(4 * HOURS));
	assert_in_range(checks(), 1, 2);
	assert_int_equal(1, fake_event_count());
}

/* The power comes back in a plant with a thousand machines. */
static void
q231232_machines_that_start_together_do_not_check_together(void **state)
{
	unsigned in_ten_minutes[24] = { 0 }, i;
	struct schedule s;
	char id[16];

	(void)state;
	for (i = 0; i < 1000; i++) {
		s = (struct schedule){ 0 };
		snprintf(id, sizeof id, "PL2%04u", i);
		schedule_set(&s, FAKE_START, 240, instance_hash(id));
		assert_false(schedule_is_due(&s, FAKE_START));
		in_ten_minutes[(s.regular - FAKE_START - 1) /
		    (10 * SCHEDULE_MINUTE)]++;
	}
	/* 42 each when they are spread evenly. */
	for (i = 0; i < 24; i++)
		assert_in_range(in_ten_minutes[i], 15, 90);
}

static void
q216552_second_instance_ends_and_does_nothing(void **state)
{
	struct os_lock *lock = NULL;
	uint32_t number;

	(void)state;
	fake_put(LIST, OFFERED("200"));
	put_raw("/c/INVDATA/a.raw", "hello");
	assert_int_equal(0, instance_take(INI, "/c", &lock, &number, NULL));
	assert_int_equal(EXIT_BUSY, run_for(24 * HOURS));
	os_lock_drop(lock);
	assert_null(fake_spawned(0));
	assert_int_equal(0, checks());
	assert_string_equal("a.raw 5\n", fake_list("/c/INVDATA"));
}

/* Another one takes the name between our look and our rename. */
static void
take_name(void *arg, const char *call)
{
	bool *done = arg;

	if (!*done && strcmp(call, "os_rename_new") == 0 &&
	    strstr(fake_list(BOX), ".tmp") != NULL) {
		*done = true;
		fake_put(BOX "/" SENT, "other");
	}
}

static void
q162557_name_that_is_taken_meanwhile_is_not_written_over(void **state)
{
	bool done = false;

	(void)state;
	put_raw("/c/INVDATA/a.raw", "hello");
	fake_hook(take_name, &done);
	assert_int_equal(0, run_once());
	assert_true(done);
	assert_string_equal("other", fake_get(BOX "/" SENT));
	assert_non_null(strstr(fake_tree(BOX), "=hello\n"));
	assert_string_equal("", fake_list("/c/INVDATA"));
}

static void
q301352_file_whose_name_is_taken_does_not_count_as_sent(void **state)
{
	(void)state;
	put_raw("/c/INVDATA/a.raw", "hello");
	fake_put(BOX "/" SENT, "other");
	assert_int_equal(0, run_once());
	assert_string_equal("other", fake_get(BOX "/" SENT));
	assert_non_null(strstr(fake_tree(BOX), "=hello\n"));
}

/* Somebody copies a long file in its place: it is empty at first, and whole a
 * second later. */
static void
grow(void *arg, const char *call)
{
	int64_t *next = arg;

	if (strcmp(call, "os_watch_wait") != 0)
		return;
	assert_string_equal("", fake_list(BOX));
	if (*next == 0) {
		fake_put("/c/INVDATA/slow.raw", "");
		*next = os_ticks() + OS_SECOND;
		fake_hint("/c/INVDATA", 0, false);
		fake_hint("/c/INVDATA", 1000, false);
	} else if (os_ticks() >= *next) {
		fake_put("/c/INVDATA/slow.raw", "all of it");
		fake_hint("/c/INVDATA", 0, false);
		fake_hook(NULL, NULL);
	}
}

static void
q248969_file_that_is_being_copied_is_not_taken_up(void **state)
{
	int64_t next = 0;

	(void)state;
	fake_hook(grow, &next);
	assert_int_equal(0, run_for(1 * MINUTES));
	assert_non_null(strstr(fake_tree(BOX), "=all of it\n"));
	assert_null(strstr(fake_list(BOX), " 0\n"));
}

/* What can fail between the copy and its name leaves no .TMP behind. */
static void
no_temporary_is_left(const char *call, unsigned from)
{
	setup(NULL);
	put_raw("/c/INVDATA/a.raw", "hello");
	fake_fail_call(call, from, FAKE_ONCE, ERR_ACCES);
	run_once();
	assert_null(strstr(fake_list(BOX), ".tmp"));
	assert_non_null(strstr(fake_tree("/net/dc1/sms"), "=hello\n"));
}

/* A server without the right to rename in the box. */
static void
q181630_no_temporary_is_left_where_renaming_is_refused(void **state)
{
	(void)state;
	/* The first one is the claim. */
	setup(NULL);
	put_raw("/c/INVDATA/a.raw", "hello");
	fake_fail_call("os_rename_new", 2, FAKE_ONCE, ERR_ACCES);
	run_once();
	assert_true(fake_met());
	assert_string_equal("", fake_list(BOX));
	assert_string_equal("a.raw 5\n", fake_list("/c/INVDATA"));
}

/* A server that was moved while a file went up. */
static void
q168340_no_temporary_is_left_by_a_write_that_fails(void **state)
{
	(void)state;
	setup(NULL);
	put_raw("/c/INVDATA/a.raw", "hello");
	fake_space(2);
	run_once();
	fake_space(UINT64_MAX);
	assert_string_equal("", fake_list(BOX));
	assert_string_equal("a.raw 5\n", fake_list("/c/INVDATA"));
}

/* A file that was collected, and cannot be flushed or closed at the other end
 * of the line. */
static void
q137989_no_temporary_is_left_by_a_flush_that_fails(void **state)
{
	(void)state;
	no_temporary_is_left("os_dir_flush", 1);
	setup(NULL);
	put_raw("/c/INVDATA/a.raw", "hello");
	fake_fail_call("os_file_flush", 1, FAKE_FOREVER, ERR_IO);
	run_once();
	assert_string_equal("", fake_list(BOX));
	assert_string_equal("a.raw 5\n", fake_list("/c/INVDATA"));
}

static void
q171589_dead_servers_cost_one_limit_together(void **state)
{
	struct buf ini = BUF_INIT;
	char root[32];
	int i;

	(void)state;
	buf_add_text(&ini, CLIENT("[Servers]\r\n"));
	for (i = 1; i <= 20; i++) {
		buf_format(&ini, "Server%d=DEAD%d\r\n", i, i);
		snprintf(root, sizeof root, "//DEAD%d/SMS_SHR", i);
		fake_share(root, FAKE_HANGS, 0);
	}
	fake_put(INI, buf_text(&ini));
	buf_free(&ini);
	options.root = NULL;
	assert_int_equal(EXIT_NOSERVER, run_once());
	assert_in_range(
	    (os_clock() - FAKE_START) / (OS_SECOND / 1000), 2000, 3000);
}

static void
q151620_interval_is_right_at_its_edges(void **state)
{
	int64_t slot = schedule_slot(FAKE_START, HOUR, 7 * SCHEDULE_MINUTE);
	struct schedule s = { 0 };

	(void)state;
	assert_int_equal(slot, schedule_slot(slot - 1, HOUR, slot % HOUR));
	assert_int_equal(slot + HOUR, schedule_slot(slot, HOUR, slot % HOUR));
	assert_int_equal(
	    slot + HOUR, schedule_slot(slot + 1, HOUR, slot % HOUR));
	schedule_set(&s, slot, 60, 7 * SCHEDULE_MINUTE);
	assert_int_equal(slot + HOUR, s.regular);
	assert_false(schedule_is_due(&s, s.regular - 1));
	assert_int_equal(1, schedule_wait(&s, s.regular - 1));
	assert_true(schedule_is_due(&s, s.regular));
	/* One check for each interval, no more and no less. */
	fake_put(INI, CLIENT("CheckInterval=60\r\n"));
	assert_int_equal(0, run_for(100 * HOURS));
	assert_int_equal(100, checks());
}

/* Days were counted wrong over the end of a month. */
static void
q238247_checks_go_on_over_month_ends_and_leap_days(void **state)
{
	/* Midnight of 2027-01-31, 2027-02-28, 2028-02-28, 2027-12-31. */
	static const int64_t days[] = { 1801353600, 1803772800, 1835308800,
		1830211200 };
	struct schedule s;
	int64_t before;
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < sizeof days / sizeof days[0]; i++) {
		s = (struct schedule){ 0 };
		schedule_set(&s, days[i] * OS_SECOND, 240, 12345);
		for (n = 0; n < 24; n++) {
			before = s.regular;
			assert_true(schedule_is_due(&s, before));
			schedule_good(&s, before);
			assert_int_equal(before + 4 * HOUR, s.regular);
		}
	}
}

/* The clock is ten years ahead for an hour. */
static void
jump(void *arg, const char *call)
{
	int64_t *at = arg; /* ticks of the jump, then of the way back */

	(void)call;
	if (at[0] != 0 && os_ticks() >= at[0]) {
		fake_clock(os_clock() + 10 * YEAR);
		at[0] = 0;
	}
	if (at[1] != 0 && os_ticks() >= at[1]) {
		fake_clock(os_clock() - 10 * YEAR);
		at[1] = 0;
	}
}

static void
q172899_clock_in_the_future_puts_no_check_off(void **state)
{
	int64_t at[2] = { os_ticks() + 2 * HOUR, os_ticks() + 3 * HOUR };

	(void)state;
	fake_hook(jump, at);
	/* So that it wakes while the clock is wrong. */
	fake_hint("/c/STATE", 2 * HOURS + 1, false);
	fake_share(ROOT, FAKE_DOWN, 0);
	assert_int_equal(0, run_for(4 * HOURS));
	assert_int_equal(0, at[1]);
	assert_true(checks() >= 1);
	/* And again with a server: one check each interval afterwards. */
	setup(NULL);
	at[0] = os_ticks() + 2 * HOUR;
	at[1] = os_ticks() + 7 * HOUR;
	fake_hook(jump, at);
	fake_hint("/c/STATE", 2 * HOURS + 1, false);
	fake_hint("/c/STATE", 7 * HOURS + 1, false);
	assert_int_equal(0, run_for(31 * HOURS));
	assert_int_equal(0, at[1]);
	assert_in_range(checks(), 7, 10);
}

/* One that cannot be read is the first of all. */
static void
q128143_bad_file_keeps_nothing_from_the_others(void **state)
{
	(void)state;
	put_raw("/c/INVDATA/0.raw", "bad");
	fake_use("/c/INVDATA/0.raw", FAKE_EXCLUSIVE);
	put_raw("/c/INVDATA/1.raw", "hello");
	put_raw("/c/INVDATA/2.raw", "world");
	assert_int_equal(0, run_once());
	assert_non_null(strstr(fake_tree(BOX), "=hello\n"));
	assert_non_null(strstr(fake_tree(BOX), "=world\n"));
	assert_string_equal("0.raw 3\n", fake_list("/c/INVDATA"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(q174961_client_is_updated_without_a_logon),
		TEST(q164889_list_is_looked_at_though_no_inventory_is_due),
		TEST(q184858_expired_password_is_not_tried_each_minute),
		TEST(
		    q231232_machines_that_start_together_do_not_check_together),
		TEST(q216552_second_instance_ends_and_does_nothing),
		TEST(q162557_name_that_is_taken_meanwhile_is_not_written_over),
		TEST(q301352_file_whose_name_is_taken_does_not_count_as_sent),
		TEST(q248969_file_that_is_being_copied_is_not_taken_up),
		TEST(q181630_no_temporary_is_left_where_renaming_is_refused),
		TEST(q168340_no_temporary_is_left_by_a_write_that_fails),
		TEST(q137989_no_temporary_is_left_by_a_flush_that_fails),
		TEST(q171589_dead_servers_cost_one_limit_together),
		TEST(q151620_interval_is_right_at_its_edges),
		TEST(q238247_checks_go_on_over_month_ends_and_leap_days),
		TEST(q172899_clock_in_the_future_puts_no_check_off),
		TEST(q128143_bad_file_keeps_nothing_from_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
