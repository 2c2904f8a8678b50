/* Tests of climonnt as a whole, over hours of time that only seem to pass:
 * how often it asks servers and starts the setup. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../../lib/buf.h"
#include "../../../lib/smsini.h"
#include "../../../monitor/climonnt/check.h"
#include "../../../monitor/climonnt/climonnt.h"
#include "../../../monitor/climonnt/instance.h"
#include "../../../platform/err.h"
#include "../../fake/fake.h"

#define MINUTES	   (60 * 1000)
#define HOURS	   (60 * MINUTES)
#define INI	   "/c/SMS.INI"
#define ROOT	   "//dc1/sms"
#define LIST	   "/net/dc1/sms/cl_nt.txt"
#define OFFERED(n) "[SMS]\r\nCopyListVersion=" n "\r\n"
#define CLIENT(n, more)                           \
	"[SMS]\r\nSMS Unique ID=PL2ABC\r\n"       \
	"CopyListVersion=" n "\r\nSMSPath=/c\r\n" \
	"SMSStatePath=/c\r\n[Local]\r\n"          \
	"SetupPhase=installed\r\n" more

static struct climonnt_options options;

/* Every `every` ms a new .raw comes, until the day ends. */
static int64_t next_raw;
static int every;
static unsigned raws;

static void
drop_raws(void *arg, const char *call)
{
	struct buf path = BUF_INIT;

	(void)arg;
	if (every == 0 || strcmp(call, "os_watch_wait") != 0)
		return;
	if (os_ticks() >= next_raw) {
		buf_format(&path, "/c/INVDATA/%u.raw", raws++);
		fake_put(path.data, "x");
		buf_free(&path);
		next_raw = os_ticks() + every * (OS_SECOND / 1000);
		fake_hint("/c/INVDATA", 0, false);
	}
	/* The next one shall wake it too. */
	fake_hint("/c/INVDATA",
	    (int)((next_raw - os_ticks()) / (OS_SECOND / 1000)), false);
}

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	fake_env("HOME", "/home/kim");
	fake_put_folder("/net/dc1/sms/inventry.box");
	fake_put_folder("/c/INVDATA");
	fake_put_folder("/c/STATE");
	fake_put_folder("/c/LOGS");
	fake_put("/c/BIN/climonnt", "program");
	fake_put("/c/BIN/cli_nt", "program");
	fake_self("/c/BIN/climonnt");
	fake_put(INI, CLIENT("100", ""));
	fake_put(LIST, OFFERED("100"));
	options = (struct climonnt_options){ .root = (char *)ROOT };
	options.common.ini = (char *)INI;
	every = 0;
	raws = 0;
	next_raw = os_ticks();
	fake_hook(drop_raws, NULL);
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

static size_t
starts(void)
{
	size_t n = 0;

	while (fake_spawned(n) != NULL)
		n++;
	return n;
}

static void
nothing_but_the_regular_check_wakes_it(void **state)
{
	unsigned waits;

	(void)state;
	assert_int_equal(0, run_for(24 * HOURS));
	assert_int_equal(6, fake_calls_of("os_share_start"));
	waits = fake_calls_of("os_watch_wait");
	assert_in_range(waits, 6, 7);
	assert_int_equal(0, starts());
}

static void
reader_of_the_first_root_is_kept_between_checks(void **state)
{
	(void)state;
	assert_int_equal(0, run_for(24 * HOURS));
	assert_int_equal(6, fake_calls_of("os_share_start"));
	assert_int_equal(1, fake_calls_of("os_share_open"));
}

/* From 6 to 9 hours after the start the share hangs; it has another list
 * afterwards. */
static void
hang_for_a_while(void *arg, const char *call)
{
	int64_t hour = (os_clock() - FAKE_START) / (3600 * OS_SECOND);
	int *told = arg;

	(void)call;
	if (hour >= 6 && *told == 0) {
		fake_share(ROOT, FAKE_HANGS, 0);
		*told = 1;
	} else if (hour >= 9 && *told == 1) {
		fake_share(ROOT, FAKE_UP, 0);
		fake_put(LIST, OFFERED("200"));
		*told = 2;
	}
}

/* One that hung is left behind, and another one made. */
static void
reader_that_failed_is_not_asked_again(void **state)
{
	int told = 0;

	(void)state;
	fake_hook(hang_for_a_while, &told);
	assert_int_equal(0, run_for(20 * HOURS));
	assert_int_equal(2, told);
	assert_true(starts() > 0);
	/* Teardown sees that none was left open. */
	assert_true(fake_calls_of("os_share_open") > 2);
}

/* A better one shall have its chance at each check. */
static void
root_that_is_not_the_first_choice_is_found_anew_each_time(void **state)
{
	(void)state;
	options.root = NULL;
	fake_put(INI,
	    CLIENT("100",
		"[Servers]\r\nServer1=DC0\r\nServer2=dc1\r\n"
		"[Share]\r\nServer1=sms\r\nServer2=sms\r\n"));
	assert_int_equal(0, run_for(24 * HOURS));
	assert_int_equal(6 * 2, fake_calls_of("os_share_open"));
}

static void
check_interval_of_the_client_counts(void **state)
{
	(void)state;
	fake_put(INI, CLIENT("100", "CheckInterval=60\r\n"));
	assert_int_equal(0, run_for(24 * HOURS));
	assert_int_equal(24, fake_calls_of("os_share_start"));
}

static void
other_list_is_installed_by_the_regular_check(void **state)
{
	(void)state;
	fake_put(LIST, OFFERED("200"));
	assert_int_equal(0, run_for(4 * HOURS));
	assert_int_equal(1, starts());
	assert_string_equal(
	    "/c/BIN/cli_nt /p:" ROOT " /i:" INI, fake_spawned(0));
}

static void
each_new_raw_is_answered_by_a_check(void **state)
{
	(void)state;
	every = 10 * MINUTES;
	assert_int_equal(0, run_for(1 * HOURS - 1));
	assert_int_equal(6, raws);
	assert_in_range(fake_calls_of("os_share_start"), 6, 7);
	assert_int_equal(0, starts());
	assert_string_equal("", fake_list("/c/INVDATA"));
}

static void
raw_that_cannot_be_moved_is_no_reason_for_a_second_check(void **state)
{
	(void)state;
	fake_put("/c/INVDATA/a.raw", "x");
	fake_drop("/net/dc1/sms/inventry.box");
	assert_int_equal(0, run_for(24 * HOURS));
	assert_int_equal(1 + 6, fake_calls_of("os_share_start"));
}

/* Q184858: with an expired password every client asked all servers once a
 * minute. */
static void
refused_logon_is_tried_by_the_regular_check_alone(void **state)
{
	(void)state;
	every = 10 * MINUTES;
	fake_fail_call("os_share_next", 1, FAKE_FOREVER, ERR_AUTH);
	assert_int_equal(0, run_for(24 * HOURS));
	assert_in_range(raws, 144, 145);
	assert_in_range(fake_calls_of("os_share_start"), 6, 7);
	assert_int_equal(1, fake_event_count());
}

static void
server_that_is_away_is_asked_ever_less(void **state)
{
	(void)state;
	fake_share(ROOT, FAKE_DOWN, 0);
	assert_int_equal(0, run_for(72 * HOURS));
	/* The regular check, and one try for each wait of the backoff. */
	assert_in_range(fake_calls_of("os_share_start"), 18 + 5, 18 + 25);
	assert_int_equal(1, fake_event_count());
}

static void
server_that_hangs_costs_no_more_than_its_limit(void **state)
{
	(void)state;
	every = 1000;
	fake_share(ROOT, FAKE_HANGS, 0);
	assert_int_equal(0, run_for(10 * MINUTES));
	/* However many .raw files come: one try a minute. */
	assert_in_range(fake_calls_of("os_share_start"), 5, 16);
}

static void
setup_that_is_busy_is_started_ten_times_at_most(void **state)
{
	(void)state;
	fake_put(LIST, OFFERED("200"));
	fake_put("/c/INVDATA/a.raw", "x");
	fake_child(EXIT_BUSY, 100);
	assert_int_equal(0, run_for(9 * MINUTES));
	assert_in_range(starts(), 7, 12);
	setup(state);
	fake_put(LIST, OFFERED("200"));
	fake_put("/c/INVDATA/a.raw", "x");
	fake_child(EXIT_BUSY, 100);
	assert_int_equal(0, run_for(24 * HOURS));
	assert_in_range(starts(), 11 + 5, 11 + 6);
}

/* Whatever it ends with, killed included, the monitor lives, and its tries
 * have a bound. */
static void
every_exit_code_of_the_setup_has_its_consequence(void **state)
{
	static const struct {
		int code;
		size_t least, most; /* starts in a day */
	} cases[] = {
		{ EXIT_DONE, 6, 6 },
		{ EXIT_REQUESTED, 6, 6 },
		{ EXIT_RESTART & 255, 6, 6 },
		{ EXIT_PARTLY, 8, 18 },
		{ EXIT_FAILED, 8, 18 },
		{ 64, 8, 18 },
		{ EXIT_INPUT, 8, 18 },
		{ EXIT_NOSERVER, 8, 18 },
		{ EXIT_BUSY, 16, 17 },
		{ 128 + 9, 8, 18 },
		{ 128 + 11, 8, 18 },
		{ 127, 8, 18 },
		{ 255, 8, 18 },
	};
	size_t i, n;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		setup(state);
		fake_put(LIST, OFFERED("200"));
		fake_child(cases[i].code, 100);
		assert_int_equal(0, run_for(24 * HOURS));
		n = starts();
		if (n < cases[i].least || n > cases[i].most)
			fail_msg("code %d: %zu starts", cases[i].code, n);
	}
}

static void
setup_that_fails_is_started_ever_less(void **state)
{
	(void)state;
	every = 1 * MINUTES;
	fake_put(LIST, OFFERED("200"));
	fake_child(EXIT_FAILED, 100);
	assert_int_equal(0, run_for(24 * HOURS));
	assert_in_range(starts(), 8, 14);
}

static bool published;

static void
publish_later(void *arg, const char *call)
{
	(void)arg;
	(void)call;
	if (!published && os_clock() > FAKE_START + 30 * 60 * OS_SECOND) {
		published = true;
		fake_put(LIST, OFFERED("300"));
		fake_put("/c/INVDATA/b.raw", "x");
		fake_hint("/c/INVDATA", 0, false);
	}
}

static void
new_list_ends_the_wait_after_a_failure(void **state)
{
	size_t before;

	(void)state;
	fake_put(LIST, OFFERED("200"));
	fake_put("/c/INVDATA/a.raw", "x");
	fake_child(EXIT_INPUT, 100);
	assert_int_equal(0, run_for(31 * MINUTES));
	before = starts();
	setup(state);
	fake_put(LIST, OFFERED("200"));
	fake_put("/c/INVDATA/a.raw", "x");
	fake_child(EXIT_INPUT, 100);
	published = false;
	fake_hint("/c/INVDATA", 30 * MINUTES + 1, false);
	fake_hook(publish_later, NULL);
	assert_int_equal(0, run_for(31 * MINUTES));
	assert_true(published);
	assert_int_equal(before + 1, starts());
}

static void
setup_that_did_its_part_comes_again_at_its_own_time(void **state)
{
	(void)state;
	/* 19:00, an hour after the start. */
	fake_put(INI,
	    CLIENT("100",
		"[Setup State]\r\n"
		"NextTry=2026-11-20T19:00:00Z\r\nTriedVersion=200\r\n"));
	fake_put(LIST, OFFERED("200"));
	fake_put("/c/INVDATA/a.raw", "x");
	fake_child(EXIT_PARTLY, 100);
	assert_int_equal(0, run_for(59 * MINUTES));
	assert_int_equal(0, starts());
	fake_put("/c/INVDATA/b.raw", "x");
	/* Less than a minute beyond: that try fails in its turn. */
	assert_int_equal(0, run_for(90 * 1000));
	assert_int_equal(1, starts());
}

/* A setup for which it is too early: SMS.INI says when it is not. */
static void
write_opening(void *arg, const char *call)
{
	int64_t *last = arg;

	if (strcmp(call, "os_spawn") == 0)
		*last = os_clock();
	if (strcmp(call, "os_child_wait") == 0)
		fake_put(INI,
		    CLIENT("100",
			"[Setup State]\r\nNextTry=2026-11-20T18:05:00Z\r\n"
			"TriedVersion=200\r\n"));
}

static void
setup_that_is_too_early_is_started_when_its_time_comes(void **state)
{
	int64_t last = 0, opening = FAKE_START + 300 * OS_SECOND;

	(void)state;
	fake_put(LIST, OFFERED("200"));
	fake_put("/c/INVDATA/a.raw", "x");
	fake_child(EXIT_DONE, 100);
	fake_hook(write_opening, &last);
	/* 18:00 to 18:07; the next regular check is later. */
	assert_int_equal(0, run_for(7 * MINUTES));
	assert_int_equal(2, starts());
	assert_true(last >= opening && last < opening + 60 * OS_SECOND);
}

static void
setup_that_has_nothing_to_do_is_not_started_in_a_loop(void **state)
{
	(void)state;
	fake_put(LIST, OFFERED("200"));
	fake_child(EXIT_REQUESTED, 100);
	assert_int_equal(0, run_for(24 * HOURS));
	assert_int_equal(6, starts());
}

static void
setup_that_never_ends_is_left_alone(void **state)
{
	(void)state;
	fake_put(LIST, OFFERED("200"));
	fake_child(0, -1);
	assert_int_equal(0, run_for(24 * HOURS));
	assert_in_range(starts(), 2, 5);
}

static void
files_go_up_while_the_setup_runs(void **state)
{
	(void)state;
	every = 10 * MINUTES;
	fake_put(LIST, OFFERED("200"));
	fake_child(0, -1);
	assert_int_equal(0, run_for(65 * MINUTES));
	assert_int_equal(1, starts());
	assert_string_equal("", fake_list("/c/INVDATA"));
}

static void
inventory_service_has_the_files_for_itself(void **state)
{
	(void)state;
	fake_put(INI, CLIENT("100", "[Setup State]\r\nMover=service\r\n"));
	fake_put("/c/INVDATA/a.raw", "x");
	assert_int_equal(0, run_for(1 * HOURS));
	assert_string_equal("a.raw 1\n", fake_list("/c/INVDATA"));
	assert_in_range(fake_calls_of("os_share_start"), 1, 2);
}

static void
lock_of_user(const char *kind, int ms)
{
	struct buf lock = BUF_INIT;

	buf_format(&lock,
	    "/home/kim/.local/state/sms/climonnt-%016" PRIx64 "%s",
	    instance_hash(INI), kind);
	fake_lock(lock.data, ms);
	buf_free(&lock);
}

/* What the new program does with the locks of this user. */
struct successor {
	const char *program; /* its content */
	int lock, work;	     /* ms it holds them, -1 for ever, 0: not */
	bool always;	     /* it is placed again and again */
};

static void
replace_program(void *arg, const char *call)
{
	struct successor *new = arg;

	if (strcmp(call, "os_watch_wait") == 0 && new->program != NULL) {
		fake_put("/c/BIN/climonnt", new->program);
		if (!new->always)
			new->program = NULL;
	}
	if (strcmp(call, "os_child_wait") != 0)
		return;
	if (new->lock != 0)
		lock_of_user(".lock", new->lock);
	if (new->work != 0)
		lock_of_user(".work", new->work);
	new->lock = new->work = 0;
}

static void
program_that_was_replaced_hands_over(void **state)
{
	struct successor new = { "a newer program", -1, -1, false };

	(void)state;
	options.quiet = true;
	fake_hook(replace_program, &new);
	fake_child(0, -1);
	fake_hint("/c/STATE", 1 * MINUTES, false);
	assert_int_equal(0, run_for(1 * HOURS));
	assert_in_range((os_clock() - FAKE_START) / OS_SECOND, 60, 70);
	assert_int_equal(1, starts());
	assert_string_equal(
	    "/c/BIN/climonnt /p:" ROOT " /i:" INI " /quiet", fake_spawned(0));
	assert_int_equal(0, fake_spawned_how(0));
}

static void
program_goes_on_when_its_successor_cannot_be_started(void **state)
{
	struct successor new = { "a newer program", 0, 0, false };

	(void)state;
	fake_hint("/c/STATE", 1 * MINUTES, false);
	fake_hook(replace_program, &new);
	fake_fail_call("os_spawn", 1, FAKE_FOREVER, ERR_IO);
	assert_int_equal(0, run_for(1 * HOURS));
	assert_int_equal(FAKE_START + 3600 * OS_SECOND, os_clock());
	assert_string_equal("warning climonnt: /c/BIN/climonnt: cannot be "
			    "started: input/output error\n",
	    fake_events());
}

static int other_instance; /* what a second one of this user would get */

static void
replace_and_try(void *arg, const char *call)
{
	struct os_lock *lock = NULL;
	uint32_t number;

	replace_program(arg, call);
	if (strcmp(call, "os_watch_wait") != 0)
		return;
	other_instance = instance_take(INI, "/c", &lock, &number, NULL);
	os_lock_drop(lock);
}

/* Runs for an hour with that new program; we go on, hold our locks, and have
 * started it once. */
static void
assert_goes_on(struct successor *new, const char *event)
{
	struct os_lock *lock = NULL;

	fake_hint("/c/STATE", 1 * MINUTES, false);
	fake_hint("/c/STATE", 20 * MINUTES, false);
	fake_hint("/c/STATE", 40 * MINUTES, false);
	fake_hook(replace_and_try, new);
	other_instance = 0;
	assert_int_equal(0, run_for(1 * HOURS));
	assert_true(os_clock() >= FAKE_START + 3600 * OS_SECOND);
	assert_int_equal(ERR_BUSY, other_instance);
	assert_int_equal(1, starts());
	assert_string_equal(event, fake_events());
	/* And both are given up at the end. */
	fake_stop_after(1 * HOURS);
	assert_int_equal(0, instance_work(INI, "/c", &lock));
	os_lock_drop(lock);
}

#define NOT_UP                                              \
	"warning climonnt: /c/BIN/climonnt: does not come " \
	"up; the old one goes on\n"

static void
program_goes_on_when_its_successor_does_not_come_up(void **state)
{
	struct successor new = { "a newer program", 0, 0, false };

	(void)state;
	fake_child(0, -1);
	assert_goes_on(&new, NOT_UP);
}

static void
program_goes_on_when_its_successor_ends_at_once(void **state)
{
	struct successor new = { "#!/bin/sh", 0, 0, false };

	(void)state;
	fake_child(0, 50);
	assert_goes_on(&new,
	    "warning climonnt: /c/BIN/climonnt: ends at once, with exit code "
	    "0; the old one goes on\n");
	assert_true(os_clock() < FAKE_START + 3601 * OS_SECOND);
}

/* It came as far as to wait, and died then. */
static void
program_goes_on_when_its_successor_dies_in_its_trial(void **state)
{
	struct successor new = { "a newer program", 1500, 1500, false };

	(void)state;
	fake_child(139, 1500);
	assert_goes_on(&new,
	    "warning climonnt: /c/BIN/climonnt: ends at once, with exit code "
	    "139; the old one goes on\n");
}

/* The first lock alone is that of a single pass, which ends. */
static void
single_pass_of_climonnt_is_no_successor(void **state)
{
	struct successor new = { "a newer program", 5 * MINUTES, 0, false };

	(void)state;
	fake_child(EXIT_BUSY, 50);
	assert_goes_on(&new,
	    "warning climonnt: /c/BIN/climonnt: ends at once, with exit code "
	    "75; the old one goes on\n");
}

/* Somebody logged on in between, and his monitor has the locks. */
static void
program_gives_way_to_another_one_that_is_at_work(void **state)
{
	struct successor new = { "a newer program", -1, -1, false };

	(void)state;
	fake_hook(replace_program, &new);
	fake_child(EXIT_BUSY, 50);
	fake_hint("/c/STATE", 1 * MINUTES, false);
	assert_int_equal(0, run_for(1 * HOURS));
	assert_in_range((os_clock() - FAKE_START) / OS_SECOND, 60, 70);
}

/* Placed anew, but the same bytes: it would fail again. */
static void
program_that_failed_is_not_tried_again_with_the_same_content(void **state)
{
	struct successor new = { "a bad program", 0, 0, true };
	int i;

	(void)state;
	fake_child(1, 50);
	fake_hook(replace_program, &new);
	for (i = 1; i <= 20; i++)
		fake_hint("/c/STATE", i * MINUTES, false);
	assert_int_equal(0, run_for(1 * HOURS));
	assert_int_equal(1, starts());
	assert_int_equal(1, fake_event_count());
}

static void
settings_that_cannot_be_opened_start_nothing(void **state)
{
	(void)state;
	options.once = true;
	fake_put(LIST, OFFERED("200"));
	fake_use(INI, FAKE_EXCLUSIVE);
	assert_int_equal(EXIT_FAILED, run_for(1 * HOURS));
	assert_int_equal(0, starts());
}

static void
one_pass_ends_with_the_exit_code_of_the_setup(void **state)
{
	static const int codes[] = { 0, 1, 2, 4, 65, 69, 75, 194 };
	size_t i;

	for (i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		setup(state);
		options.once = true;
		fake_put(LIST, OFFERED("200"));
		fake_child(codes[i], 100);
		assert_int_equal(codes[i], run_for(1 * HOURS));
		assert_int_equal(1, starts());
	}
}

static void
one_pass_tells_a_missing_server_and_a_bad_list(void **state)
{
	(void)state;
	options.once = true;
	fake_put(LIST, "[SMS]\r\nCopyListVersion=many\r\n");
	assert_int_equal(EXIT_INPUT, run_for(1 * HOURS));
	fake_drop(LIST);
	assert_int_equal(EXIT_NOSERVER, run_for(1 * HOURS));
	assert_int_equal(0, starts());
}

static void
call_that_fails_ends_in_no_crash_and_loses_no_file(void **state)
{
	const char *there;
	unsigned n;

	for (n = 1; n < 500; n++) {
		setup(state);
		fake_hook(NULL, NULL);
		options.once = true;
		fake_put("/c/INVDATA/a.raw", "hello");
		fake_stamp("/c/INVDATA/a.raw", FAKE_START - 60 * OS_SECOND, 0);
		fake_put(LIST, OFFERED("200"));
		fake_fail(n, FAKE_ONCE, ERR_IO);
		run_for(1 * HOURS);
		if (!fake_met())
			break;
		assert_int_equal(0, fake_handles());
		there = fake_tree("/net/dc1/sms/inventry.box");
		if (strstr(there, ".RAW=hello") == NULL)
			assert_non_null(
			    strstr(fake_tree("/c/INVDATA"), "=hello"));
	}
	assert_in_range(n, 40, 499);
}

/* The table of what calls for the setup. */
static void
setup_is_called_for_by_version_and_phase(void **state)
{
	static const struct {
		const char *ini;
		bool start;
	} cases[] = {
		{ CLIENT("100", ""), false },
		{ CLIENT("99", ""), true },
		{ CLIENT("0100", ""), false },
		{ CLIENT("x", ""), true },
		{ "[SMS]\r\nCopyListVersion=100\r\n", true },
		{ "[SMS]\r\nCopyListVersion=100\r\n[Local]\r\n"
		  "SetupPhase=verify_files\r\n",
		    true },
		{ "[SMS]\r\n", true },
		{ "\1", true },
		{ CLIENT("99",
		      "[Setup State]\r\nTriedVersion=100\r\n"
		      "NextTry=2026-11-20T18:00:00Z\r\n"),
		    true },
		{ CLIENT("99",
		      "[Setup State]\r\nTriedVersion=100\r\n"
		      "NextTry=2026-11-20T18:00:01Z\r\n"),
		    false },
		/* No run puts off so long: that was another clock. */
		{ CLIENT("99",
		      "[Setup State]\r\nTriedVersion=100\r\n"
		      "NextTry=2126-11-20T18:00:01Z\r\n"),
		    true },
		{ CLIENT("99",
		      "[Setup State]\r\nTriedVersion=98\r\n"
		      "NextTry=2026-11-20T18:00:01Z\r\n"),
		    true },
	};
	struct check check;
	struct smsini *ini;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		fake_put(INI, cases[i].ini);
		assert_int_equal(0, smsini_load(INI, &ini, NULL));
		check_compare(ini, 100, FAKE_START, &check);
		if (check.start != cases[i].start)
			fail_msg("case %zu", i);
		smsini_free(ini);
	}
	check_compare(NULL, 100, FAKE_START, &check);
	assert_true(check.start);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_but_the_regular_check_wakes_it),
		TEST(reader_of_the_first_root_is_kept_between_checks),
		TEST(reader_that_failed_is_not_asked_again),
		TEST(root_that_is_not_the_first_choice_is_found_anew_each_time),
		TEST(check_interval_of_the_client_counts),
		TEST(other_list_is_installed_by_the_regular_check),
		TEST(each_new_raw_is_answered_by_a_check),
		TEST(raw_that_cannot_be_moved_is_no_reason_for_a_second_check),
		TEST(refused_logon_is_tried_by_the_regular_check_alone),
		TEST(server_that_is_away_is_asked_ever_less),
		TEST(server_that_hangs_costs_no_more_than_its_limit),
		TEST(setup_that_is_busy_is_started_ten_times_at_most),
		TEST(every_exit_code_of_the_setup_has_its_consequence),
		TEST(setup_that_fails_is_started_ever_less),
		TEST(new_list_ends_the_wait_after_a_failure),
		TEST(setup_that_did_its_part_comes_again_at_its_own_time),
		TEST(setup_that_is_too_early_is_started_when_its_time_comes),
		TEST(setup_that_has_nothing_to_do_is_not_started_in_a_loop),
		TEST(setup_that_never_ends_is_left_alone),
		TEST(files_go_up_while_the_setup_runs),
		TEST(inventory_service_has_the_files_for_itself),
		TEST(program_that_was_replaced_hands_over),
		TEST(program_goes_on_when_its_successor_cannot_be_started),
		TEST(program_goes_on_when_its_successor_does_not_come_up),
		TEST(program_goes_on_when_its_successor_ends_at_once),
		TEST(program_goes_on_when_its_successor_dies_in_its_trial),
		TEST(single_pass_of_climonnt_is_no_successor),
		TEST(program_gives_way_to_another_one_that_is_at_work),
		TEST(
		    program_that_failed_is_not_tried_again_with_the_same_content),
		TEST(settings_that_cannot_be_opened_start_nothing),
		TEST(one_pass_ends_with_the_exit_code_of_the_setup),
		TEST(one_pass_tells_a_missing_server_and_a_bad_list),
		TEST(call_that_fails_ends_in_no_crash_and_loses_no_file),
		TEST(setup_is_called_for_by_version_and_phase),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
