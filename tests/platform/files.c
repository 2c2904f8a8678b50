/* Regular files: writing and reading them. */
#include "ground.h"

static void
what_is_written_is_read_back(void **state)
{
	struct os_file *file;
	char text[16];
	size_t got;

	(void)state;
	file = ground_open("f", OS_CREATE, OS_PUBLIC);
	assert_int_equal(os_write(file, "hello ", 6), 0);
	assert_int_equal(os_write(file, "", 0), 0);
	assert_int_equal(os_write(file, "world", 5), 0);
	assert_int_equal(os_file_flush(file), 0);
	assert_int_equal(os_file_close(file), 0);
	file = ground_open("f", OS_READ, OS_PUBLIC);
	assert_int_equal(os_read(file, text, 4, &got), 0);
	assert_int_equal(got, 4);
	assert_int_equal(os_read(file, text, sizeof(text), &got), 0);
	assert_int_equal(got, 7);
	assert_memory_equal(text, "o world", 7);
	assert_int_equal(os_read(file, text, sizeof(text), &got), 0);
	assert_int_equal(got, 0);
	assert_int_equal(os_file_close(file), 0);
	assert_int_equal(os_file_close(NULL), 0);
}

static void
reading_at_a_place_leaves_where_reading_goes_on(void **state)
{
	struct os_file *file;
	char data[8];
	size_t got;

	(void)state;
	ground_put("f", "abcde");
	file = ground_open("f", OS_READ, OS_PUBLIC);
	assert_int_equal(os_read(file, data, 1, &got), 0);
	assert_int_equal(os_read_at(file, 3, data, 8, &got), 0);
	assert_int_equal(got, 2);
	assert_memory_equal(data, "de", 2);
	assert_int_equal(os_read_at(file, 1, data, 2, &got), 0);
	assert_int_equal(got, 2);
	assert_memory_equal(data, "bc", 2);
	assert_int_equal(os_read_at(file, 5, data, 8, &got), 0);
	assert_int_equal(got, 0);
	assert_int_equal(os_read_at(file, UINT64_MAX, data, 8, &got), 0);
	assert_int_equal(got, 0);
	assert_int_equal(
	    os_read_at(file, (uint64_t)INT64_MAX, data, 8, &got), 0);
	assert_int_equal(got, 0);
	assert_int_equal(os_read(file, data, 8, &got), 0);
	assert_int_equal(got, 4);
	assert_memory_equal(data, "bcde", 4);
	os_file_close(file);
}

static void
a_created_file_can_be_read_and_is_new(void **state)
{
	struct os_file *file;

	(void)state;
	ground_put("f", "old");
	assert_int_equal(
	    os_open(ground.dir, "f", OS_CREATE, OS_PUBLIC, &file), ERR_EXIST);
	assert_null(file);
	assert_string_equal(ground_get("f"), "old");
	ground_folder("d");
	assert_int_equal(
	    os_open(ground.dir, "d", OS_CREATE, OS_PUBLIC, &file), ERR_EXIST);
	assert_int_equal(
	    os_open(ground.dir, "x/f", OS_CREATE, OS_PUBLIC, &file), ERR_NOENT);
}

static void
appending_goes_to_the_end_from_every_handle(void **state)
{
	struct os_file *one, *two;

	(void)state;
	one = ground_open("log", OS_APPEND, OS_PUBLIC);
	two = ground_open("log", OS_APPEND, OS_PUBLIC);
	assert_int_equal(os_write(one, "a", 1), 0);
	assert_int_equal(os_write(two, "b", 1), 0);
	assert_int_equal(os_write(one, "c", 1), 0);
	os_file_close(one);
	os_file_close(two);
	assert_string_equal(ground_get("log"), "abc");
}

int
test_files(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(what_is_written_is_read_back),
		TEST(reading_at_a_place_leaves_where_reading_goes_on),
		TEST(a_created_file_can_be_read_and_is_new),
		TEST(appending_goes_to_the_end_from_every_handle),
	};

	return cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
