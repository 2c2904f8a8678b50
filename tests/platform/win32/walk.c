/*
 * How names are reached on Windows: those that mean something else, long ones,
 * those of other scripts, and links.
 */
#include "../calls.h"
#include "win32_ground.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
names_of_devices_and_streams_are_refused_by_every_call(void **state)
{
	static const char *const bad[] = { "CON", "nul", "nul.txt", "Aux.h",
		"PRN.tar.gz", "COM1", "com9.log", "LPT1", "lpt3.x", "CONIN$",
		"conout$", "COM\xc2\xb2", "con .txt", "a.", "a ", "a. .", "...",
		"a:b", "f::$DATA", "C:", "C:x", "a*", "a?b", "a<", "a>b", "a|b",
		"a\"b",
		"a\x01"
		"b",
		"d/CON", "CON/d", "d./f", "d /f", "d:s/f", "\xff", "a\xc3",
		"\xed\xa0\x80" };

	(void)state;
	ground_folder("d");
	ground_put("d/f", "kept");
	ground_put("a", "kept");
	ground_put("f", "kept");
	for (size_t i = 0; i < CALLS; i++)
		for (size_t j = 0; j < sizeof(bad) / sizeof(bad[0]); j++)
			expect_call(i, bad[j], ERR_NAME);
	assert_string_equal(ground_get("a"), "kept");
	assert_string_equal(ground_get("f"), "kept");
	assert_string_equal(ground_get("d/f"), "kept");
}

static void
names_that_only_look_like_devices_are_names(void **state)
{
	static const char *const good[] = { "CONS", "xCON", "COM", "COM10",
		"COM0", "nul_", "LPT", "CON$", ".nul", "a.CON", "a b", " a",
		".a", "..a", "a..b", "%TEMP%", "a;b", "a=b", "~" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(call_create(ground.dir, good[i]), 0);
		assert_int_equal(call_read(ground.dir, good[i]), 0);
	}
}

static int
see_name(void *arg, const char *name, enum os_kind kind)
{
	(void)kind;
	snprintf(arg, 600, "%s", name);
	return 0;
}

/* Makes it, finds it in the list, reads, moves and removes it. */
static void
use_name(const char *folder, const char *name)
{
	char rel[2048], listed[600] = "", copy[2100];
	struct os_file *file;

	snprintf(rel, sizeof(rel), "%s/%s", folder, name);
	snprintf(copy, sizeof(copy), "%s/copy", folder);
	assert_int_equal(
	    os_open(ground.dir, rel, OS_CREATE, OS_PUBLIC, &file), 0);
	assert_int_equal(os_write(file, "text", 4), 0);
	assert_int_equal(os_file_close(file), 0);
	assert_int_equal(os_dir_list(ground.dir, folder, see_name, listed), 0);
	assert_string_equal(listed, name);
	assert_string_equal(ground_get(rel), "text");
	assert_int_equal(os_rename_new(ground.dir, rel, ground.dir, copy), 0);
	assert_int_equal(os_replace(ground.dir, copy, ground.dir, rel), 0);
	assert_int_equal(call_read(ground.dir, rel), 0);
	assert_int_equal(os_remove(ground.dir, rel), 0);
}

static void
names_of_every_script_come_back_as_they_were(void **state)
{
	static const char *const names[] = { "Gr\xc3\xb6\xc3\x9f"
					     "e \xc3\x84\xc3\x96\xc3\x9c.txt",
		"a\xcc\x88.txt", /* two code points, not put together */
		"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
		"\xd0\x96\xd1\x83\xd0\xba", "\xf0\x9f\x98\x80",
		"a\xf0\x90\x8d\x88z.\xf0\x9f\x98\x80" };
	char name[600] = "";

	(void)state;
	ground_folder("d");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		use_name("d", names[i]);
	for (size_t i = 0; i < 127; i++)
		strcat(name, "\xf0\x9f\x98\x80");
	strcat(name, "x");
	/* 255 units, which Windows takes; below Wine are 255 bytes. */
	if (!is_wine())
		use_name("d", name);
	strcat(name, "x");
	assert_int_equal(call_create(ground.dir, name), ERR_NAME);
}

static void
paths_far_beyond_the_old_limit_are_used(void **state)
{
	struct os_dir *dir;
	char rel[2000] = "", path[6100], *again;

	(void)state;
	for (int i = 0; i < 20; i++) {
		strcat(rel, i == 0 ? "" : "/");
		strcat(rel, "a folder of a long way down");
		assert_int_equal(os_dir_make(ground.dir, rel, OS_PUBLIC), 0);
	}
	assert_true(strlen(rel) > 2 * MAX_PATH);
	use_name(rel, "name");
	/* As a path of its own too, written in each way. */
	snprintf(path, sizeof(path), "%s", ground_path(rel));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(os_dir_open(path, &dir), 0);
		assert_int_equal(call_create(dir, "f"), 0);
		assert_int_equal(os_remove(dir, "f"), 0);
		os_dir_close(dir);
		assert_int_equal(os_may_write(path), 0);
		for (again = path; *again != '\0'; again++)
			if (*again == '/')
				*again = '\\';
	}
	strcat(path, "\\b/c");
	assert_int_equal(os_dir_make_path(path, OS_PRIVATE), 0);
	assert_int_equal(os_dir_open(path, &dir), 0);
	os_dir_close(dir);
}

static void
a_link_on_the_way_is_refused_by_every_call(void **state)
{
	(void)state;
	ground_needs_links();
	ground_folder("out");
	ground_folder("out/b");
	ground_put("out/b/f", "outside");
	ground_folder("a");
	ground_link("out", "first");
	ground_link("../out/b", "a/second");
	for (size_t i = 0; i < CALLS; i++) {
		expect_call(i, "first/b/f", ERR_LINK);
		expect_call(i, "a\\second\\f", ERR_LINK);
	}
	assert_string_equal(ground_get("out/b/f"), "outside");
}

static void
a_link_as_last_name_is_never_followed(void **state)
{
	(void)state;
	ground_needs_links();
	ground_folder("out");
	ground_put("out/f", "outside");
	for (size_t i = 0; i < CALLS; i++) {
		ground_link("out", "l");
		expect_call(i, "l", calls[i].at_link);
		os_remove(ground.dir, "l");
		assert_string_equal(ground_get("out/f"), "outside");
	}
}

struct seen {
	int count[4];
	int names;
	int stop;
};

static int
see(void *arg, const char *name, enum os_kind kind)
{
	struct seen *seen = arg;

	assert_true(name[0] != '.');
	seen->count[kind]++;
	return ++seen->names == seen->stop ? 42 : 0;
}

static void
a_list_names_each_kind_once_and_ends_when_told(void **state)
{
	struct seen seen = { { 0 }, 0, 0 };

	(void)state;
	ground_folder("l");
	assert_int_equal(os_dir_list(ground.dir, "l", see, &seen), 0);
	assert_int_equal(seen.names, 0);
	ground_put("l/f", "x");
	ground_put("l/g", "x");
	ground_folder("l/d");
	/* Wine's lists do not say which reparse point it is. */
	if (!is_wine())
		ground_link("d", "l/k");
	assert_int_equal(os_dir_list(ground.dir, "l", see, &seen), 0);
	assert_int_equal(seen.count[OS_REGULAR], 2);
	assert_int_equal(seen.count[OS_FOLDER], 1);
	assert_int_equal(seen.count[OS_LINK], is_wine() ? 0 : 1);
	memset(&seen, 0, sizeof(seen));
	seen.stop = 2;
	assert_int_equal(os_dir_list(ground.dir, "l", see, &seen), 42);
	assert_int_equal(seen.names, 2);
}

static void
links_on_the_way_to_a_place_are_followed(void **state)
{
	struct os_dir *dir;

	(void)state;
	ground_folder("real");
	ground_put("real/f", "x");
	ground_link("real", "place");
	assert_int_equal(os_dir_open(ground_path("place"), &dir), 0);
	assert_int_equal(call_read(dir, "f"), 0);
	os_dir_close(dir);
	ground_put("file", "x");
	assert_int_equal(os_dir_open(ground_path("file"), &dir), ERR_NOTDIR);
	assert_null(dir);
	assert_int_equal(os_dir_open(ground_path("none"), &dir), ERR_NOENT);
	assert_int_equal(os_dir_open("", &dir), ERR_ARG);
}

static void
a_share_path_is_found_below_sms_unc(void **state)
{
	struct os_dir *dir;

	(void)state;
	ground_folder("PLN-DC1");
	ground_folder("PLN-DC1/SMS_SHR");
	ground_put("PLN-DC1/SMS_SHR/f", "x");
	ground_env("SMS_UNC", ground.path);
	assert_int_equal(os_dir_open("\\\\PLN-DC1\\SMS_SHR", &dir), 0);
	assert_int_equal(call_read(dir, "f"), 0);
	os_dir_close(dir);
	assert_int_equal(os_dir_open("//PLN-DC1/SMS_SHR/", &dir), 0);
	os_dir_close(dir);
	assert_int_equal(os_dir_open("//PLN-DC1/../..", &dir), ERR_ARG);
	assert_int_equal(
	    os_dir_make_path("//PLN-DC1/SMS_SHR/a/b", OS_PRIVATE), 0);
	assert_int_not_equal(ground_attributes("PLN-DC1/SMS_SHR/a/b"), 0);
	/* A server that is away must not become a local folder. */
	assert_int_equal(
	    os_dir_make_path("//PLN-DC2/SMS_SHR/a", OS_PRIVATE), ERR_NOENT);
	assert_int_equal(
	    os_dir_make_path("//PLN-DC1/OTHER", OS_PRIVATE), ERR_NOENT);
	ground_env("SMS_UNC", NULL);
}

static void
make_path_leaves_what_is_there_as_it_is(void **state)
{
	(void)state;
	ground_folder("a");
	ground_put("file", "x");
	assert_int_equal(
	    os_dir_make_path(ground_path("a/b\\c/d"), OS_PRIVATE), 0);
	assert_int_equal(os_dir_make_path(ground_path("a/b"), OS_PRIVATE), 0);
	assert_int_equal(os_dir_make_path(ground_path("A\\B/"), OS_PUBLIC), 0);
	assert_int_equal(
	    os_dir_make_path(ground_path("file/x"), OS_PUBLIC), ERR_NOTDIR);
	assert_int_equal(os_dir_make_path("C:\\", OS_PUBLIC), 0);
	assert_true(SetCurrentDirectoryW(ground_wide(".") + 4));
	assert_int_equal(os_dir_make_path("r/s", OS_PUBLIC), 0);
	assert_int_not_equal(ground_attributes("r/s"), 0);
	assert_int_equal(
	    os_dir_make_path(ground_path("nul/x"), OS_PUBLIC), ERR_NAME);
}

int
test_win32_walk(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(names_of_devices_and_streams_are_refused_by_every_call),
		TEST(names_that_only_look_like_devices_are_names),
		TEST(names_of_every_script_come_back_as_they_were),
		TEST(paths_far_beyond_the_old_limit_are_used),
		TEST(a_link_on_the_way_is_refused_by_every_call),
		TEST(a_link_as_last_name_is_never_followed),
		TEST(a_list_names_each_kind_once_and_ends_when_told),
		TEST(links_on_the_way_to_a_place_are_followed),
		TEST(a_share_path_is_found_below_sms_unc),
		TEST(make_path_leaves_what_is_there_as_it_is),
	};

	return cmocka_run_group_tests_name(
	    "walk of Windows", tests, NULL, NULL);
}
