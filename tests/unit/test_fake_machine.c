/* The fake platform itself: time, rights, places, the machine, children,
 * shares and watched folders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../platform/err.h"
#include "../fake/fake.h"

static int
start(void **unused)
{
	(void)unused;
	fake_reset();
	return 0;
}

static int
finish(void **unused)
{
	(void)unused;
	return (int)fake_handles();
}

/* Time */

static void
sleeping_moves_the_clock(void **unused)
{
	int64_t ticks = os_ticks();

	(void)unused;
	assert_true(os_clock() == FAKE_START);
	assert_int_equal(os_sleep(1500), 0);
	assert_true(os_clock() == FAKE_START + 3 * OS_SECOND / 2);
	assert_true(os_ticks() == ticks + 3 * OS_SECOND / 2);
	fake_clock(5);
	assert_true(os_clock() == 5);
	assert_true(os_ticks() == ticks + 3 * OS_SECOND / 2);
	fake_zone(-90);
	assert_int_equal(os_zone(0), -90);
}

static void
a_request_to_stop_ends_a_sleep(void **unused)
{
	int64_t ticks = os_ticks();

	(void)unused;
	fake_stop_after(400);
	assert_int_equal(os_sleep(300), 0);
	assert_false(os_stop_asked());
	assert_int_equal(os_sleep(300), ERR_STOP);
	assert_true(os_ticks() == ticks + 2 * OS_SECOND / 5);
	assert_true(os_stop_asked());
	assert_int_equal(os_sleep(0), ERR_STOP);
}

static void
random_bytes_differ_and_repeat_after_a_reset(void **unused)
{
	unsigned char one[16], two[16];

	(void)unused;
	assert_int_equal(os_random(one, sizeof one), 0);
	assert_int_equal(os_random(two, sizeof two), 0);
	assert_memory_not_equal(one, two, sizeof one);
	fake_reset();
	assert_int_equal(os_random(two, sizeof two), 0);
	assert_memory_equal(one, two, sizeof one);
}

/* Rights and places */

static void
trust_goes_all_the_way_up(void **unused)
{
	char *culprit;

	(void)unused;
	fake_put("/srv/x/f", "");
	assert_int_equal(os_trusted("/srv/x/f", &culprit), 0);
	assert_null(culprit);
	fake_trusted("/srv", ERR_UNTRUSTED);
	assert_int_equal(os_trusted("/srv/x/f", &culprit), ERR_UNTRUSTED);
	assert_string_equal(culprit, "/srv: owner uid 1000, mode 0775");
	free(culprit);
	assert_int_equal(os_trusted("/", NULL), 0);
	assert_int_equal(os_trusted("/srv/no", NULL), ERR_NOENT);
}

static void
where_one_may_write_is_set_by_folder(void **unused)
{
	(void)unused;
	fake_put("/a/b/f", "");
	assert_int_equal(os_may_write("/a/new/deep"), 0);
	fake_may_write("/a", ERR_ACCES);
	assert_int_equal(os_may_write("/a/new/deep"), ERR_ACCES);
	assert_int_equal(os_may_write("/a/b"), ERR_ACCES);
	fake_may_write("/a/b", 0);
	assert_int_equal(os_may_write("/a/b/new"), 0);
	assert_int_equal(os_may_write("/a/b/f"), ERR_NOTDIR);
	assert_true(os_is_admin());
	fake_admin(false);
	assert_false(os_is_admin());
}

static void
places_stand_below_the_system_root(void **unused)
{
	char *path;

	(void)unused;
	assert_int_equal(os_place(OS_STATE_ROOT, &path), 0);
	assert_string_equal(path, "/var/lib/sms");
	free(path);
	assert_int_equal(os_place(OS_USER_STATE, &path), ERR_NOENT);
	fake_env("HOME", "/home/kim");
	fake_env("SMS_SYSROOT", "/t");
	assert_int_equal(os_place(OS_USER_STATE, &path), 0);
	assert_string_equal(path, "/t/home/kim/.local/state/sms");
	free(path);
	fake_env("HOME", NULL);
	assert_null(os_env("HOME"));
	assert_string_equal(os_env("SMS_SYSROOT"), "/t");
}

static void
the_machine_is_who_the_test_says(void **unused)
{
	char *identity, *mac, *text;

	(void)unused;
	fake_machine("uuid", "02:00:00:00:00:09");
	assert_int_equal(os_machine(&identity, &mac), 0);
	assert_string_equal(identity, "uuid");
	assert_string_equal(mac, "02:00:00:00:00:09");
	free(identity);
	free(mac);
	fake_machine(NULL, NULL);
	assert_int_equal(os_machine(&identity, &mac), ERR_NOENT);
	fake_env("SMS_IDENTITY", "other");
	assert_int_equal(os_machine(&identity, &mac), 0);
	assert_string_equal(identity, "other");
	assert_string_equal(mac, "");
	free(identity);
	free(mac);
	fake_host("PC042");
	assert_int_equal(os_host(&text), 0);
	assert_string_equal(text, "PC042");
	free(text);
	fake_env("SMS_HOST", "PC043");
	assert_int_equal(os_host(&text), 0);
	assert_string_equal(text, "PC043");
	free(text);
	fake_system("windows", NULL, "00000407");
	assert_string_equal(os_name(), "windows");
	assert_string_equal(os_arch(), "x86_64");
	assert_string_equal(os_language(), "00000407");
	fake_self("/c/BIN/me");
	assert_int_equal(os_self(&text), 0);
	assert_string_equal(text, "/c/BIN/me");
	free(text);
}

static void
events_are_kept(void **unused)
{
	(void)unused;
	assert_string_equal(fake_events(), "");
	os_event("ccm", OS_WARNING, "one");
	os_event("ccm", OS_ERROR, "two");
	assert_int_equal(fake_event_count(), 2);
	assert_string_equal(
	    fake_events(), "warning ccm: one\nerror ccm: two\n");
}

/* Other programs */

static int
spawn(const char *program, unsigned how, struct os_child **child)
{
	const char *argv[] = { program, "/v", "a b", NULL };

	return os_spawn(argv, how, child);
}

static void
starts_are_recorded_and_end_as_told(void **unused)
{
	struct os_child *child;
	int code;

	(void)unused;
	assert_int_equal(spawn("/b/x", 0, &child), ERR_NOENT);
	assert_null(fake_spawned(0));
	fake_put("/b/x", "");
	fake_child(75, 2000);
	assert_int_equal(spawn("/b/x", OS_QUIET, &child), 0);
	assert_string_equal(fake_spawned(0), "/b/x /v a b");
	assert_int_equal(fake_spawned_how(0), OS_QUIET);
	assert_null(fake_spawned(1));
	assert_int_equal(os_child_wait(child, 1000, &code), ERR_TIMEOUT);
	assert_int_equal(os_child_wait(child, -1, &code), 0);
	assert_int_equal(code, 75);
	os_child_free(child);
}

static void
a_child_that_never_ends_is_ended(void **unused)
{
	struct os_child *child;
	int64_t ticks;
	int code;

	(void)unused;
	fake_put("/b/x", "");
	fake_child(0, -1);
	assert_int_equal(spawn("/b/x", 0, &child), 0);
	assert_int_equal(os_child_wait(child, 60000, &code), ERR_TIMEOUT);
	os_child_end(child);
	assert_int_equal(os_child_wait(child, 0, &code), 0);
	assert_int_equal(code, 137);
	os_child_free(child);
	/* Nobody waits for what was detached. */
	assert_int_equal(spawn("/b/x", OS_DETACHED, &child), 0);
	assert_int_equal(os_child_wait(child, 0, &code), ERR_UNSUP);
	os_child_free(child);
	/* A wait that nothing would end is over. */
	assert_int_equal(spawn("/b/x", 0, &child), 0);
	ticks = os_ticks();
	assert_int_equal(os_child_wait(child, -1, &code), ERR_STOP);
	assert_true(os_ticks() == ticks);
	assert_int_equal(os_child_wait(child, 0, &code), ERR_STOP);
	os_child_free(child);
}

static int
work(void *arg)
{
	*(int *)arg += 1;
	return ERR_NOTDIR;
}

static void
leave_work(void *arg)
{
	*(int *)arg += 10;
}

static void
limited_work_gives_its_result(void **unused)
{
	int count = 0;

	(void)unused;
	assert_int_equal(os_run_limited(work, &count, NULL, 10), ERR_NOTDIR);
	assert_int_equal(count, 1);
	assert_int_equal(
	    os_run_limited(work, &count, leave_work, 10), ERR_NOTDIR);
	assert_int_equal(count, 12);
	fake_fail_call("os_run_limited", 1, FAKE_ONCE, ERR_TIMEOUT);
	assert_int_equal(
	    os_run_limited(work, &count, leave_work, 10), ERR_TIMEOUT);
	assert_int_equal(count, 22);
}

/* Shares */

/* All that a read of at most `max` bytes gives, joined by '|'. */
static int
read_share(struct os_share *share, const char *rel, uint64_t max, char *all)
{
	const void *data;
	size_t len;
	int rc = os_share_start(share, rel, max);

	all[0] = '\0';
	while (rc == 0) {
		rc = os_share_next(share, 1000, &data, &len);
		if (rc != 0 || len == 0)
			break;
		strncat(all, data, len);
		strcat(all, "|");
	}
	return rc;
}

static void
a_share_gives_a_file_in_pieces(void **unused)
{
	struct os_share *share;
	char all[100];

	(void)unused;
	fake_put("//srv/s/d/x", "abcdefg");
	fake_put_special("//srv/s/l", OS_LINK);
	fake_share_piece(3);
	assert_int_equal(os_share_open("\\\\srv\\s", &share), 0);
	assert_int_equal(read_share(share, "d/x", 100, all), 0);
	assert_string_equal(all, "abc|def|g|");
	assert_int_equal(read_share(share, "d\\x", 4, all), 0);
	assert_string_equal(all, "abc|d|");
	assert_int_equal(read_share(share, "no", 4, all), ERR_NOENT);
	assert_int_equal(read_share(share, "d", 4, all), ERR_ISDIR);
	assert_int_equal(read_share(share, "l", 4, all), ERR_LINK);
	assert_int_equal(read_share(share, "../s/d/x", 4, all), ERR_ARG);
	assert_int_equal(read_share(share, "d/x", 0, all), 0);
	assert_string_equal(all, "");
	os_share_close(share);
}

static void *
count_begin(void)
{
	return calloc(1, sizeof(size_t));
}

static void
count_add(void *state, const void *data, size_t len)
{
	(void)data;
	*(size_t *)state += len;
}

static void
count_end(void *state, char text[OS_SHARE_SUM])
{
	snprintf(text, OS_SHARE_SUM, "%zu", *(size_t *)state);
	free(state);
}

static void
a_share_sums_what_was_read_to_its_end(void **unused)
{
	static const struct os_share_sum count = { count_begin, count_add,
		count_end };
	struct os_share *share;
	const void *data;
	size_t len;
	char all[100];

	(void)unused;
	fake_put("/s/x", "abcdefg");
	fake_share_piece(3);
	assert_int_equal(os_share_open("/s", &share), 0);
	os_share_sum(share, &count);
	assert_int_equal(read_share(share, "x", 100, all), 0);
	assert_string_equal(os_share_summed(share), "7");
	assert_int_equal(read_share(share, "x", 4, all), 0);
	assert_string_equal(os_share_summed(share), "4");
	assert_int_equal(os_share_start(share, "x", 100), 0);
	assert_int_equal(os_share_next(share, 0, &data, &len), 0);
	assert_string_equal(os_share_summed(share), "");
	assert_int_equal(read_share(share, "no", 100, all), ERR_NOENT);
	assert_string_equal(os_share_summed(share), "");
	os_share_sum(share, NULL);
	assert_int_equal(read_share(share, "x", 100, all), 0);
	assert_string_equal(os_share_summed(share), "");
	os_share_sum(share, &count);
	assert_int_equal(os_share_start(share, "x", 100), 0);
	os_share_close(share);
}

static void
a_share_reads_the_file_that_it_opened(void **unused)
{
	struct os_share *share;
	const void *data;
	size_t len;

	(void)unused;
	fake_put("/s/x", "old.");
	fake_share_piece(2);
	assert_int_equal(os_share_open("/s", &share), 0);
	assert_int_equal(os_share_next(share, 0, &data, &len), ERR_ARG);
	assert_int_equal(os_share_start(share, "x", 100), 0);
	assert_int_equal(os_share_next(share, 0, &data, &len), 0);
	assert_memory_equal(data, "ol", 2);
	fake_put("/s/x", "new.");
	assert_int_equal(os_share_next(share, 0, &data, &len), 0);
	assert_memory_equal(data, "d.", 2);
	/* A new read gives the old one up. */
	assert_int_equal(os_share_start(share, "x", 100), 0);
	assert_int_equal(os_share_next(share, 0, &data, &len), 0);
	assert_memory_equal(data, "ne", 2);
	os_share_close(share);
}

static void
a_root_that_is_down_or_missing_is_no_host(void **unused)
{
	struct os_share *share;
	char all[100];

	(void)unused;
	assert_int_equal(os_share_open("/s", &share), 0);
	assert_int_equal(read_share(share, "x", 4, all), ERR_HOST);
	fake_put("/s/x", "1");
	assert_int_equal(read_share(share, "x", 4, all), 0);
	fake_share("/s", FAKE_DOWN, 0);
	assert_int_equal(read_share(share, "x", 4, all), ERR_HOST);
	fake_share("/s/", FAKE_UP, 0);
	fake_deny("/s", ERR_AUTH);
	assert_int_equal(read_share(share, "x", 4, all), ERR_AUTH);
	os_share_close(share);
}

static void
a_share_that_hangs_stays_unusable(void **unused)
{
	struct os_share *share;
	int64_t ticks = os_ticks();
	char all[100];

	(void)unused;
	fake_put("/s/x", "1");
	fake_share("/s", FAKE_HANGS, 0);
	assert_int_equal(os_share_open("/s", &share), 0);
	assert_int_equal(read_share(share, "x", 4, all), ERR_TIMEOUT);
	assert_true(os_ticks() == ticks + OS_SECOND);
	fake_share("/s", FAKE_UP, 0);
	assert_int_equal(read_share(share, "x", 4, all), ERR_TIMEOUT);
	assert_true(os_ticks() == ticks + OS_SECOND);
	os_share_close(share);
	assert_int_equal(os_share_open("/s", &share), 0);
	assert_int_equal(read_share(share, "x", 4, all), 0);
	os_share_close(share);
}

static void
the_fastest_share_is_ready_first(void **unused)
{
	struct os_share *shares[4] = { NULL };
	const char *const roots[] = { "/slow", "/hangs", "/fast" };
	int64_t ticks = os_ticks();
	size_t which;

	(void)unused;
	fake_share("/slow", FAKE_DOWN, 900);
	fake_share("/hangs", FAKE_HANGS, 0);
	fake_share("/fast", FAKE_UP, 200);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(os_share_open(roots[i], &shares[i]), 0);
		assert_int_equal(os_share_start(shares[i], "x", 9), 0);
	}
	assert_int_equal(os_share_ready(shares, 4, 100, &which), ERR_TIMEOUT);
	assert_int_equal(os_share_ready(shares, 4, 2000, &which), 0);
	assert_int_equal(which, 2);
	assert_true(os_ticks() == ticks + OS_SECOND / 5);
	os_share_close(shares[2]);
	shares[2] = NULL;
	assert_int_equal(os_share_ready(shares, 4, 2000, &which), 0);
	assert_int_equal(which, 0);
	os_share_close(shares[0]);
	shares[0] = NULL;
	assert_int_equal(os_share_ready(shares, 4, 2000, &which), ERR_TIMEOUT);
	os_share_close(shares[1]);
}

/* Watches */

static void
hints_come_when_they_were_set_for(void **unused)
{
	struct os_watch *watch;
	int64_t ticks = os_ticks();
	uint32_t bits, gone;

	(void)unused;
	fake_put_folder("/a");
	fake_put_folder("/b");
	assert_int_equal(os_watch_open(&watch), 0);
	assert_int_equal(os_watch_add(watch, "/a", 0), 0);
	assert_int_equal(os_watch_add(watch, "/b", 31), 0);
	assert_int_equal(os_watch_add(watch, "/no", 2), ERR_NOENT);
	assert_int_equal(os_watch_add(watch, "/a", 32), ERR_ARG);
	fake_hint("/b", 3000, false);
	fake_hint("/a", 1000, false);
	fake_hint("/a/", 1000, false);
	fake_hint("/other", 0, false);
	assert_int_equal(os_watch_wait(watch, 500, &bits, &gone), ERR_TIMEOUT);
	assert_int_equal(os_watch_wait(watch, -1, &bits, &gone), 0);
	assert_int_equal(bits, 1);
	assert_true(os_ticks() == ticks + OS_SECOND);
	assert_int_equal(os_watch_wait(watch, 2000, &bits, &gone), 0);
	assert_true(bits == UINT32_C(1) << 31);
	assert_int_equal(gone, 0);
	/* Nothing more would ever come. */
	assert_int_equal(os_watch_wait(watch, -1, &bits, &gone), ERR_STOP);
	os_watch_close(watch);
}

static void
a_folder_that_is_gone_is_no_longer_watched(void **unused)
{
	struct os_watch *watch;
	uint32_t bits, gone;

	(void)unused;
	fake_put_folder("/a");
	assert_int_equal(os_watch_open(&watch), 0);
	assert_int_equal(os_watch_add(watch, "/a", 3), 0);
	fake_hint("/a", 0, true);
	assert_int_equal(os_watch_wait(watch, 0, &bits, &gone), 0);
	assert_int_equal(bits, 8);
	assert_int_equal(gone, 8);
	fake_hint("/a", 0, false);
	assert_int_equal(os_watch_wait(watch, 10, &bits, &gone), ERR_TIMEOUT);
	assert_int_equal(os_watch_add(watch, "/a", 3), 0);
	fake_hint("/a", 0, false);
	assert_int_equal(os_watch_wait(watch, 10, &bits, &gone), 0);
	fake_hint("/a", 0, false);
	fake_stop_after(0);
	assert_int_equal(os_watch_wait(watch, 10, &bits, &gone), ERR_STOP);
	os_watch_close(watch);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sleeping_moves_the_clock),
		TEST(a_request_to_stop_ends_a_sleep),
		TEST(random_bytes_differ_and_repeat_after_a_reset),
		TEST(trust_goes_all_the_way_up),
		TEST(where_one_may_write_is_set_by_folder),
		TEST(places_stand_below_the_system_root),
		TEST(the_machine_is_who_the_test_says),
		TEST(events_are_kept),
		TEST(starts_are_recorded_and_end_as_told),
		TEST(a_child_that_never_ends_is_ended),
		TEST(limited_work_gives_its_result),
		TEST(a_share_gives_a_file_in_pieces),
		TEST(a_share_sums_what_was_read_to_its_end),
		TEST(a_share_reads_the_file_that_it_opened),
		TEST(a_root_that_is_down_or_missing_is_no_host),
		TEST(a_share_that_hangs_stays_unusable),
		TEST(the_fastest_share_is_ready_first),
		TEST(hints_come_when_they_were_set_for),
		TEST(a_folder_that_is_gone_is_no_longer_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
