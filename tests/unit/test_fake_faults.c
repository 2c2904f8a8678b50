/* The fake platform itself: failing the Nth call, the power cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../platform/err.h"
#include "../fake/fake.h"

static struct os_dir *dir; /* "/c" of each test */

static int
start(void **unused)
{
	(void)unused;
	fake_reset();
	fake_put_folder("/c");
	return os_dir_open("/c", &dir);
}

static int
finish(void **unused)
{
	(void)unused;
	os_dir_close(dir);
	return (int)fake_handles();
}

/* A careful writer, as lib's file_write: what the faults are tried on. */
static int
write_whole(const char *rel, const char *text)
{
	struct os_file *file = NULL;
	int rc, closed;

	rc = os_open(dir, "stage", OS_CREATE, OS_PUBLIC, &file);
	if (rc == 0)
		rc = os_write(file, text, strlen(text));
	if (rc == 0)
		rc = os_file_flush(file);
	closed = os_file_close(file);
	if (rc == 0)
		rc = closed;
	if (rc == 0)
		rc = os_replace(dir, "stage", dir, rel);
	if (rc == 0)
		rc = os_dir_flush(dir, ".");
	return rc;
}

static void
each_call_is_failed_in_turn(void **unused)
{
	unsigned n;

	(void)unused;
	for (n = 1; n < 100; n++) {
		fake_put("/c/x", "old");
		fake_fail(n, FAKE_FOREVER, ERR_IO);
		if (write_whole("x", "new") == 0)
			break;
		assert_true(fake_met());
		/* Without effect: only the last one comes after the rename. */
		assert_string_equal(fake_get("/c/x"), n < 6 ? "old" : "new");
		fake_fail(0, FAKE_ONCE, 0);
		os_remove(dir, "stage");
	}
	assert_false(fake_met());
	assert_int_equal(n, 7);
}

static void
a_fault_comes_once_or_for_ever(void **unused)
{
	struct os_info info;

	(void)unused;
	fake_fail(2, FAKE_ONCE, ERR_ROFS);
	assert_int_equal(os_info(dir, ".", &info), 0);
	assert_int_equal(os_info(dir, ".", &info), ERR_ROFS);
	assert_int_equal(os_info(dir, ".", &info), 0);
	fake_fail(2, FAKE_FOREVER, ERR_ROFS);
	assert_false(fake_met());
	assert_int_equal(os_info(dir, ".", &info), 0);
	assert_int_equal(os_info(dir, ".", &info), ERR_ROFS);
	assert_int_equal(os_info(dir, ".", &info), ERR_ROFS);
}

static void
a_fault_may_be_for_one_function(void **unused)
{
	(void)unused;
	fake_fail_call("os_replace", 2, FAKE_ONCE, ERR_BUSY);
	assert_int_equal(write_whole("x", "1"), 0);
	assert_int_equal(write_whole("x", "2"), ERR_BUSY);
	assert_string_equal(fake_tree("/c"), "stage=2\nx=1\n");
}

static void
calls_are_counted(void **unused)
{
	unsigned before = fake_calls();

	(void)unused;
	assert_int_equal(before, 1);
	assert_int_equal(write_whole("x", "1"), 0);
	assert_int_equal(fake_calls() - before, 6);
	assert_int_equal(fake_calls_of("os_replace"), 1);
	assert_int_equal(fake_calls_of("os_remove"), 0);
	/* What a test does itself is not counted. */
	fake_put("/c/y", "");
	fake_list("/c");
	assert_int_equal(fake_calls() - before, 6);
}

static void
a_failed_write_may_be_a_short_one(void **unused)
{
	(void)unused;
	fake_fail_call("os_write", 1, FAKE_ONCE, ERR_IO);
	assert_int_equal(write_whole("x", "abcdef"), ERR_IO);
	assert_string_equal(fake_tree("/c"), "stage=\n");
	fake_drop("/c/stage");
	fake_short_writes(true);
	fake_fail_call("os_write", 1, FAKE_ONCE, ERR_IO);
	assert_int_equal(write_whole("x", "abcdef"), ERR_IO);
	assert_string_equal(fake_tree("/c"), "stage=abc\n");
}

static void
a_failed_close_closes_all_the_same(void **unused)
{
	(void)unused;
	fake_fail_call("os_file_close", 1, FAKE_ONCE, ERR_IO);
	assert_int_equal(write_whole("x", "1"), ERR_IO);
	assert_int_equal(fake_handles(), 1);
}

static void
change_behind(void *arg, const char *call)
{
	struct os_info info;

	if (strcmp(call, "os_replace") != 0)
		return;
	/* Calls of the hook do not meet the fault. */
	assert_int_equal(os_info(dir, ".", &info), 0);
	fake_put("/c/y", fake_get("/c/stage"));
	*(int *)arg += 1;
}

static void
a_hook_sees_each_moment(void **unused)
{
	int seen = 0;

	(void)unused;
	fake_hook(change_behind, &seen);
	fake_fail_call("os_info", 1, FAKE_FOREVER, ERR_IO);
	assert_int_equal(write_whole("x", "1"), 0);
	assert_int_equal(seen, 1);
	assert_string_equal(fake_tree("/c"), "x=1\ny=1\n");
	assert_false(fake_met());
	assert_int_equal(fake_calls_of("os_info"), 0);
}

/* Power cuts */

static void
make(const char *rel, const char *text, bool flush)
{
	struct os_file *file;

	assert_int_equal(os_open(dir, rel, OS_APPEND, OS_PUBLIC, &file), 0);
	assert_int_equal(os_write(file, text, strlen(text)), 0);
	if (flush)
		assert_int_equal(os_file_flush(file), 0);
	assert_int_equal(os_file_close(file), 0);
}

static void
what_was_flushed_survives_a_power_cut(void **unused)
{
	(void)unused;
	fake_put("/c/x", "old");
	assert_int_equal(write_whole("x", "new"), 0);
	fake_power_cut();
	assert_string_equal(fake_tree("/c"), "x=new\n");
}

static void
a_name_is_lost_when_the_folder_was_not_flushed(void **unused)
{
	(void)unused;
	fake_put("/c/x", "old");
	make("stage", "new", true);
	assert_int_equal(os_replace(dir, "stage", dir, "x"), 0);
	fake_power_cut();
	assert_string_equal(fake_tree("/c"), "x=old\n");
}

static void
content_is_lost_when_the_file_was_not_flushed(void **unused)
{
	(void)unused;
	fake_put("/c/x", "old");
	make("stage", "new", false);
	assert_int_equal(os_replace(dir, "stage", dir, "x"), 0);
	fake_put("/c/log", "1");
	make("log", "2", true);
	make("log", "3", false);
	assert_string_equal(fake_get("/c/log"), "123");
	assert_int_equal(os_dir_flush(dir, "."), 0);
	fake_power_cut();
	assert_string_equal(fake_tree("/c"), "log=12\nx=\n");
}

static void
flushing_all_keeps_all(void **unused)
{
	(void)unused;
	assert_int_equal(os_dir_make_path("/c/d/e", OS_PUBLIC), 0);
	make("d/e/x", "1", false);
	assert_int_equal(os_dir_flush_all(dir), 0);
	make("d/e/x", "2", false);
	fake_power_cut();
	assert_string_equal(fake_tree("/c"), "d/\nd/e/\nd/e/x=1\n");
}

static void
flushing_all_keeps_its_own_volume_alone(void **unused)
{
	struct os_dir *other;

	(void)unused;
	fake_put_folder("/d");
	fake_volume("/d", 2);
	assert_int_equal(os_dir_open("/d", &other), 0);
	fake_put("/c/x", "old");
	fake_put("/d/x", "old");
	assert_int_equal(os_remove(dir, "x"), 0);
	assert_int_equal(os_remove(other, "x"), 0);
	assert_int_equal(os_dir_flush_all(other), 0);
	os_dir_close(other);
	fake_power_cut();
	assert_string_equal(fake_tree("/c"), "x=old\n");
	assert_string_equal(fake_tree("/d"), "");
}

static void
a_new_folder_needs_both_flushes(void **unused)
{
	(void)unused;
	assert_int_equal(os_dir_make(dir, "d", OS_PUBLIC), 0);
	make("d/x", "1", true);
	assert_int_equal(os_dir_flush(dir, "."), 0);
	fake_power_cut();
	assert_string_equal(fake_tree("/c"), "d/\n");
	make("d/x", "1", true);
	assert_int_equal(os_dir_make(dir, "e", OS_PUBLIC), 0);
	make("e/y", "2", true);
	assert_int_equal(os_dir_flush(dir, "d"), 0);
	assert_int_equal(os_dir_flush(dir, "e"), 0);
	fake_power_cut();
	assert_string_equal(fake_tree("/c"), "d/\nd/x=1\n");
}

static void
a_removal_needs_a_flush_too(void **unused)
{
	(void)unused;
	fake_put("/c/x", "1");
	assert_int_equal(os_remove(dir, "x"), 0);
	fake_power_cut();
	assert_string_equal(fake_tree("/c"), "x=1\n");
	assert_int_equal(os_remove(dir, "x"), 0);
	assert_int_equal(os_dir_flush(dir, "."), 0);
	fake_power_cut();
	assert_string_equal(fake_tree("/c"), "");
}

/* Made, replaced and removed: each may be durable without the others. */
static void
names_of_a_folder_become_durable_one_by_one(void **unused)
{
	static const char *const after[] = { "gone=1\nnew=3\nx=old\n",
		"gone=1\nx=2\n", "x=old\n", "gone=1\nx=old\n" };
	bool seen[4] = { false, false, false, false };
	unsigned n, i;

	(void)unused;
	for (n = 0; n < 4; n++) {
		os_dir_close(dir);
		start(NULL);
		fake_put("/c/x", "old");
		fake_put("/c/gone", "1");
		make("stage", "2", true);
		assert_int_equal(os_dir_flush(dir, "."), 0);
		assert_int_equal(os_replace(dir, "stage", dir, "x"), 0);
		make("new", "3", true);
		assert_int_equal(os_remove(dir, "gone"), 0);
		assert_int_equal(fake_flush_name("/c", n), true);
		fake_power_cut();
		if (fake_get("/c/stage") != NULL)
			fake_drop("/c/stage");
		for (i = 0; i < 4; i++)
			seen[i] = seen[i] ||
			    strcmp(fake_tree("/c"), after[i]) == 0;
	}
	for (i = 0; i < 4; i++)
		assert_true(seen[i]);
	assert_false(fake_flush_name("/c", 0));
}

static void
a_move_flushed_by_half_has_two_names_or_none(void **unused)
{
	struct os_info info;

	(void)unused;
	fake_put("/c/a/x", "1");
	fake_put("/c/a/y", "2");
	fake_put_folder("/c/b");
	assert_int_equal(os_replace(dir, "a/x", dir, "b/x"), 0);
	assert_int_equal(os_dir_flush(dir, "b"), 0);
	fake_power_cut();
	assert_string_equal(fake_tree("/c"), "a/\na/x=1\na/y=2\nb/\nb/x=1\n");
	assert_true(fake_info("/c/a/x", &info));
	assert_int_equal(info.links, 2);
	assert_int_equal(os_replace(dir, "a/y", dir, "b/y"), 0);
	assert_int_equal(os_dir_flush(dir, "a"), 0);
	fake_power_cut();
	assert_string_equal(fake_tree("/c"), "a/\na/x=1\nb/\nb/x=1\n");
}

static void
folders_moved_by_half_make_no_circle(void **unused)
{
	(void)unused;
	fake_put_folder("/c/a/b");
	assert_int_equal(os_rename_new(dir, "a/b", dir, "b"), 0);
	assert_int_equal(os_rename_new(dir, "a", dir, "b/a"), 0);
	assert_int_equal(os_dir_flush(dir, "b"), 0);
	fake_power_cut();
	assert_string_equal(fake_list("/c"), "a/\na/b/\n");
}

static void
the_machine_starts_anew_after_a_power_cut(void **unused)
{
	struct os_lock *lock;

	(void)unused;
	fake_put("/c/x", "1");
	fake_use("/c/x", FAKE_EXCLUSIVE);
	fake_lock("/c/LOCK", -1);
	fake_stop_after(0);
	fake_fail(1, FAKE_FOREVER, ERR_IO);
	fake_power_cut();
	assert_false(os_stop_asked());
	assert_int_equal(os_remove(dir, "x"), 0);
	assert_int_equal(os_lock_take(dir, "LOCK", OS_PRIVATE, 0, &lock), 0);
	os_lock_drop(lock);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_call_is_failed_in_turn),
		TEST(a_fault_comes_once_or_for_ever),
		TEST(a_fault_may_be_for_one_function),
		TEST(calls_are_counted),
		TEST(a_failed_write_may_be_a_short_one),
		TEST(a_failed_close_closes_all_the_same),
		TEST(a_hook_sees_each_moment),
		TEST(what_was_flushed_survives_a_power_cut),
		TEST(a_name_is_lost_when_the_folder_was_not_flushed),
		TEST(content_is_lost_when_the_file_was_not_flushed),
		TEST(flushing_all_keeps_all),
		TEST(flushing_all_keeps_its_own_volume_alone),
		TEST(a_new_folder_needs_both_flushes),
		TEST(a_removal_needs_a_flush_too),
		TEST(names_of_a_folder_become_durable_one_by_one),
		TEST(a_move_flushed_by_half_has_two_names_or_none),
		TEST(folders_moved_by_half_make_no_circle),
		TEST(the_machine_starts_anew_after_a_power_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
