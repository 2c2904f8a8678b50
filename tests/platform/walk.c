/* How names are reached, and folders. */
#include "calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
what_leads_out_of_the_place_is_refused_by_every_call(void **state)
{
	static const char *const bad[] = { "..", "../x", "a/../x", "a\\..",
		"a/..", "/x", "\\x", "//srv/x", "" };

	(void)state;
	ground_folder("a");
	for (size_t i = 0; i < CALLS; i++)
		for (size_t j = 0; j < sizeof(bad) / sizeof(bad[0]); j++)
			expect_call(i, bad[j], ERR_ARG);
}

static void
a_file_where_a_folder_should_be_is_not_a_link(void **state)
{
	(void)state;
	ground_put("file", "f");
	for (size_t i = 0; i < CALLS; i++)
		expect_call(i, "file/x", ERR_NOTDIR);
	assert_int_equal(call_dir(ground.dir, "file"), ERR_NOTDIR);
	assert_int_equal(call_list(ground.dir, "file"), ERR_NOTDIR);
	assert_int_equal(os_remove_dir(ground.dir, "file"), ERR_NOTDIR);
}

static void
names_beyond_the_limit_of_the_system_are_told(void **state)
{
	char name[300];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	for (size_t i = 0; i < CALLS; i++)
		expect_call(i, name, ERR_NAME);
	name[255] = '\0';
	assert_int_equal(call_create(ground.dir, name), 0);
}

static void
both_separators_doubled_or_trailing_reach_the_same(void **state)
{
	static const char *const same[] = { "a/b/f", "a\\b\\f", "a\\b/f",
		"./a//b\\\\f", "a/./b/f/", "a\\b\\f\\" };

	(void)state;
	ground_folder("a");
	ground_folder("a/b");
	ground_put("a/b/f", "x");
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_int_equal(call_read(ground.dir, same[i]), 0);
}

static int
remove_seen(void *arg, const char *name, enum os_kind kind)
{
	struct os_dir *dir = arg;

	(void)kind;
	return os_remove(dir, name);
}

static void
a_folder_may_be_emptied_while_it_is_listed(void **state)
{
	struct os_dir *dir;
	char name[16];

	(void)state;
	ground_folder("l");
	assert_int_equal(os_dir_open_in(ground.dir, "l", &dir), 0);
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "l/%d", i);
		ground_put(name, "");
	}
	assert_int_equal(os_dir_list(dir, ".", remove_seen, dir), 0);
	assert_int_equal(os_remove_dir(ground.dir, "l"), 0);
	os_dir_close(dir);
}

static void
folders_and_volumes_can_be_flushed(void **state)
{
	uint64_t space;

	(void)state;
	ground_folder("a");
	assert_int_equal(os_dir_flush(ground.dir, "."), 0);
	assert_int_equal(os_dir_flush(ground.dir, "a"), 0);
	assert_int_equal(os_dir_flush(ground.dir, "b"), ERR_NOENT);
	assert_int_equal(os_dir_flush_all(ground.dir), 0);
	assert_int_equal(os_dir_space(ground.dir, &space), 0);
	assert_true(space > 0);
}

static void
what_we_rename_or_remove_is_not_held(void **state)
{
	struct os_info info;
	char away[16];

	(void)state;
	os_dir_hold(ground.dir, true);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(os_dir_make(ground.dir, "d", OS_PUBLIC), 0);
		assert_int_equal(os_dir_make(ground.dir, "d/e", OS_PUBLIC), 0);
		ground_put("d/e/f", "x");
		assert_int_equal(os_info(ground.dir, "d/e/f", &info), 0);
		if (i == 0)
			assert_int_equal(
			    os_replace(ground.dir, "d/e", ground.dir, "d/g"),
			    0);
		else if (i == 1)
			assert_int_equal(
			    os_rename_new(ground.dir, "d/e", ground.dir, "d/h"),
			    0);
		else
			assert_int_equal(os_remove(ground.dir, "d/e/f"), 0);
		if (i == 2)
			assert_int_equal(os_remove_dir(ground.dir, "d/e"), 0);
		assert_int_equal(
		    os_info(ground.dir, "d/e/f", &info), ERR_NOENT);
		snprintf(away, sizeof(away), "away%d", i);
		ground_move("d", away);
		os_dir_hold(ground.dir, true); /* which begins anew */
	}
}

static void
many_folders_are_held_in_turn(void **state)
{
	struct os_info info;
	char folder[16], name[32], other[32];

	(void)state;
	for (int i = 0; i < 9; i++) {
		snprintf(folder, sizeof(folder), "d%d", i);
		snprintf(name, sizeof(name), "d%d/f", i);
		ground_folder(folder);
		ground_put(name, folder);
	}
	os_dir_hold(ground.dir, true);
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "d%d/f", i * 7 % 9);
		snprintf(other, sizeof(other), "d%d\\f", i * 5 % 9);
		assert_int_equal(os_info(ground.dir, name, &info), 0);
		assert_int_equal(
		    os_link(ground.dir, name, ground.dir, "t/x"), ERR_NOENT);
		assert_int_equal(
		    os_replace(ground.dir, name, ground.dir, other), 0);
		assert_int_equal(
		    os_replace(ground.dir, other, ground.dir, name), 0);
		if (strcmp(ground_get(name), "(none)") == 0)
			fail_msg("%s is lost", name);
		snprintf(folder, sizeof(folder), "d%d", i * 5 % 9);
		snprintf(other, sizeof(other), "d%d/f", i * 5 % 9);
		if (strcmp(other, name) != 0)
			ground_put(other, folder);
	}
}

int
test_walk(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(what_leads_out_of_the_place_is_refused_by_every_call),
		TEST(a_file_where_a_folder_should_be_is_not_a_link),
		TEST(names_beyond_the_limit_of_the_system_are_told),
		TEST(both_separators_doubled_or_trailing_reach_the_same),
		TEST(a_folder_may_be_emptied_while_it_is_listed),
		TEST(folders_and_volumes_can_be_flushed),
		TEST(what_we_rename_or_remove_is_not_held),
		TEST(many_folders_are_held_in_turn),
		TEST_HELD(what_leads_out_of_the_place_is_refused_by_every_call),
		TEST_HELD(a_file_where_a_folder_should_be_is_not_a_link),
		TEST_HELD(names_beyond_the_limit_of_the_system_are_told),
		TEST_HELD(both_separators_doubled_or_trailing_reach_the_same),
		TEST_HELD(a_folder_may_be_emptied_while_it_is_listed),
	};

	return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
