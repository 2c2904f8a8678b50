/* Replacing, renaming, linking, removing. */
#include "ground.h"

static void
replacing_takes_the_place_of_what_stood_there(void **state)
{
	(void)state;
	ground_folder("d");
	ground_put("new", "new");
	ground_put("d/old", "old");
	assert_int_equal(os_replace(ground.dir, "new", ground.dir, "d/old"), 0);
	assert_string_equal(ground_get("d/old"), "new");
	assert_string_equal(ground_get("new"), "(none)");
	assert_int_equal(
	    os_replace(ground.dir, "d/old", ground.dir, "free"), 0);
	assert_string_equal(ground_get("free"), "new");
	assert_int_equal(
	    os_replace(ground.dir, "none", ground.dir, "free"), ERR_NOENT);
	assert_int_equal(
	    os_replace(ground.dir, "free", ground.dir, "d"), ERR_ISDIR);
	assert_int_equal(
	    os_replace(ground.dir, "free", ground.dir, "x/y"), ERR_NOENT);
	assert_int_equal(
	    os_replace(ground.dir, "free", ground.dir, "."), ERR_ARG);
	assert_string_equal(ground_get("free"), "new");
}

static void
replacing_one_name_of_a_file_by_another_removes_the_first(void **state)
{
	(void)state;
	ground_folder("d");
	ground_put("a", "one");
	assert_int_equal(os_link(ground.dir, "a", ground.dir, "b"), 0);
	assert_int_equal(os_replace(ground.dir, "a", ground.dir, "b"), 0);
	assert_string_equal(ground_get("a"), "(none)");
	assert_string_equal(ground_get("b"), "one");
	assert_int_equal(os_link(ground.dir, "b", ground.dir, "d/b"), 0);
	assert_int_equal(os_replace(ground.dir, "b", ground.dir, "d/b"), 0);
	assert_string_equal(ground_get("b"), "(none)");
	assert_string_equal(ground_get("d/b"), "one");
	/* One name, written twice: nothing to do, nothing lost. */
	assert_int_equal(os_replace(ground.dir, "d/b", ground.dir, "d\\b"), 0);
	assert_string_equal(ground_get("d/b"), "one");
}

int
test_names(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(replacing_takes_the_place_of_what_stood_there),
		TEST(replacing_one_name_of_a_file_by_another_removes_the_first),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
