/* Watching folders. */
#include "posix_ground.h"

#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_MS 20000

static struct os_watch *watch;
static uint32_t bits, gone;

static void
watch_folder(const char *rel, int bit)
{
	if (watch == NULL)
		assert_int_equal(os_watch_open(&watch), 0);
	assert_int_equal(os_watch_add(watch, ground_path(rel), bit), 0);
}

static void
unwatch(void)
{
	os_watch_close(watch);
	watch = NULL;
}

/* Events have arrived when the call that causes them returns. */
static void
expect(uint32_t expected_bits, uint32_t expected_gone)
{
	assert_int_equal(os_watch_wait(watch, LIMIT_MS, &bits, &gone), 0);
	assert_int_equal(bits, expected_bits);
	assert_int_equal(gone, expected_gone);
}

static void
expect_quiet(void)
{
	assert_int_equal(os_watch_wait(watch, 0, &bits, &gone), ERR_TIMEOUT);
	assert_int_equal(os_watch_wait(watch, 20, &bits, &gone), ERR_TIMEOUT);
	assert_int_equal(bits, 0);
}

static void
names_that_appear_or_change_are_told(void **state)
{
	int fd;

	(void)state;
	ground_folder("a");
	ground_folder("b");
	ground_put("x", "x");
	watch_folder("a", 0);
	watch_folder("b", 31);
	expect_quiet();
	ground_put("a/f", "x");
	expect(1, 0);
	expect_quiet();
	assert_int_equal(rename(ground_path("x"), ground_path("b/x")), 0);
	expect(UINT32_C(1) << 31, 0);
	fd = openat(ground_fd, "b/x", O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "y", 1), 1);
	expect_quiet();
	close(fd);
	expect(UINT32_C(1) << 31, 0);
	ground_link("x", "a/l");
	ground_folder("b/d");
	expect(1 | UINT32_C(1) << 31, 0);
	/* Nobody is woken by readers, nor by what goes away. */
	assert_string_equal(ground_get("b/x"), "xy");
	assert_int_equal(os_remove(ground.dir, "b/x"), 0);
	expect_quiet();
	unwatch();
	os_watch_close(NULL);
}

static void
several_bits_may_stand_for_one_folder(void **state)
{
	(void)state;
	ground_folder("a");
	ground_folder("b");
	ground_link("a", "l");
	watch_folder("a", 1);
	watch_folder("l", 2);
	ground_put("a/f", "x");
	expect(6, 0);
	/* One of them goes elsewhere, the other one stays. */
	watch_folder("b", 1);
	ground_put("a/g", "x");
	expect(4, 0);
	ground_put("b/g", "x");
	expect(2, 0);
	watch_folder("b", 2);
	ground_put("a/h", "x");
	expect_quiet();
	watch_folder("b", 2);
	ground_put("b/h", "x");
	expect(6, 0);
	unwatch();
}

static void
what_cannot_be_watched_is_told(void **state)
{
	(void)state;
	ground_put("f", "x");
	assert_int_equal(os_watch_open(&watch), 0);
	assert_int_equal(os_watch_add(watch, ground_path("f"), 0), ERR_NOTDIR);
	assert_int_equal(
	    os_watch_add(watch, ground_path("none"), 0), ERR_NOENT);
	assert_int_equal(os_watch_add(watch, ground.path, 32), ERR_ARG);
	assert_int_equal(os_watch_add(watch, ground.path, -1), ERR_ARG);
	expect_quiet();
	unwatch();
}

static void
a_folder_that_was_moved_or_removed_is_told_once(void **state)
{
	(void)state;
	ground_folder("a");
	ground_folder("b");
	watch_folder("a", 0);
	watch_folder("a", 3);
	watch_folder("b", 1);
	assert_int_equal(rename(ground_path("a"), ground_path("c")), 0);
	ground_folder("a");
	expect(9, 9);
	expect_quiet();
	ground_put("c/f", "x");
	ground_put("a/f", "x");
	expect_quiet();
	watch_folder("a", 0);
	ground_put("a/g", "x");
	expect(1, 0);
	assert_int_equal(os_remove_dir(ground.dir, "b"), 0);
	expect(2, 2);
	expect_quiet();
	unwatch();
}

static void
a_folder_lost_without_an_event_is_found_at_the_next_wait(void **state)
{
	int held;

	(void)state;
	ground_folder("up");
	ground_folder("up/a");
	watch_folder("up/a", 0);
	assert_int_equal(rename(ground_path("up"), ground_path("away")), 0);
	expect(1, 1);
	expect_quiet();
	ground_folder("b");
	held = openat(ground_fd, "b", O_PATH);
	watch_folder("b", 0);
	assert_int_equal(os_remove_dir(ground.dir, "b"), 0);
	ground_folder("b");
	expect(1, 1);
	close(held);
	expect_quiet();
	unwatch();
}

static void
lost_events_are_a_hint_for_every_folder(void **state)
{
	FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
	int limit = 0;

	(void)state;
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &limit), 1);
	fclose(file);
	ground_folder("a");
	ground_folder("b");
	watch_folder("a", 0);
	watch_folder("b", 1);
	ground_put("a/0", "");
	ground_put("a/1", "");
	while (os_watch_wait(watch, 0, &bits, &gone) == 0)
		continue;
	/* Two names by turns, because equal events become one. */
	for (int i = 0; i <= limit; i++)
		ground_put(i % 2 == 0 ? "a/0" : "a/1", "");
	/* They come last, and a wait takes a limited number. */
	uint32_t seen = 0;

	while (os_watch_wait(watch, 0, &bits, &gone) == 0)
		seen |= bits;
	assert_int_equal(seen, 3);
	unwatch();
}

/* What the kernel knows of a timer of the process: its clock, and in how many
 * seconds it ends; false as long as it has none that runs. */
static bool
find_timer(pid_t pid, int *clock, long *left)
{
	char path[64], line[128];
	long set;
	FILE *file;

	for (int fd = 3; fd < 32; fd++) {
		snprintf(
		    path, sizeof(path), "/proc/%d/fdinfo/%d", (int)pid, fd);
		if ((file = fopen(path, "r")) == NULL)
			continue;
		*clock = -1;
		set = 0;
		while (fgets(line, sizeof(line), file) != NULL) {
			sscanf(line, "clockid: %d", clock);
			if (sscanf(line, "it_value: (%ld,", &set) == 1)
				*left = set;
		}
		fclose(file);
		if (*clock != -1 && set > 0)
			return true;
	}
	return false;
}

/* Only a timer of this clock ends while the machine is suspended; the limit of
 * poll(2) would stand still meanwhile. */
static void
a_wait_counts_the_time_that_the_machine_sleeps(void **state)
{
	int clock = -1, tries;
	long left = 0;
	pid_t pid;

	(void)state;
	ground_folder("a");
	watch_folder("a", 0);
	if ((pid = fork()) == 0) {
		os_watch_wait(watch, 4 * 3600 * 1000, &bits, &gone);
		_exit(0);
	}
	assert_true(pid > 0);
	for (tries = 0; tries < 1000 && !find_timer(pid, &clock, &left);
	     tries++)
		usleep(10000);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(clock, CLOCK_BOOTTIME);
	assert_in_range(left, 3 * 3600, 4 * 3600);
	unwatch();
}

static void
a_wait_ends_at_its_time_and_the_next_one_counts_anew(void **state)
{
	int64_t before = os_ticks();

	(void)state;
	ground_folder("a");
	watch_folder("a", 0);
	for (int i = 1; i <= 3; i++) {
		assert_int_equal(
		    os_watch_wait(watch, 30, &bits, &gone), ERR_TIMEOUT);
		assert_true(os_ticks() - before >= i * OS_SECOND * 3 / 100);
	}
	/* What comes counts, though the time of the wait before is over. */
	ground_put("a/f", "x");
	expect(1, 0);
	unwatch();
}

static int
wait_without_timer(void *arg)
{
	int r;

	(void)arg;
	if ((r = refuse_call(SYS_timerfd_create, EMFILE)) < 0)
		return r;
	return os_watch_wait(watch, 30, &bits, &gone);
}

static void
a_wait_without_a_timer_ends_all_the_same(void **state)
{
	(void)state;
	ground_folder("a");
	watch_folder("a", 0);
	assert_int_equal(in_child(wait_without_timer, NULL), ERR_TIMEOUT);
	unwatch();
}

int
test_posix_watches(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(names_that_appear_or_change_are_told),
		TEST(several_bits_may_stand_for_one_folder),
		TEST(what_cannot_be_watched_is_told),
		TEST(a_folder_that_was_moved_or_removed_is_told_once),
		TEST(a_folder_lost_without_an_event_is_found_at_the_next_wait),
		TEST(lost_events_are_a_hint_for_every_folder),
		TEST(a_wait_counts_the_time_that_the_machine_sleeps),
		TEST(a_wait_ends_at_its_time_and_the_next_one_counts_anew),
		TEST(a_wait_without_a_timer_ends_all_the_same),
	};

	return cmocka_run_group_tests_name(
	    "watches of POSIX", tests, NULL, NULL);
}
