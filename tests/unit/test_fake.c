/* The fake platform itself: folders, files and names as os.h promises them,
 * so that other tests may rely on it. */
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

static void
make(const char *rel, const char *text)
{
	struct os_file *file;

	assert_int_equal(os_open(dir, rel, OS_CREATE, OS_PRIVATE, &file), 0);
	assert_int_equal(os_write(file, text, strlen(text)), 0);
	assert_int_equal(os_file_close(file), 0);
}

static int
opens(const char *rel, enum os_mode mode)
{
	struct os_file *file;
	int rc = os_open(dir, rel, mode, OS_PUBLIC, &file);

	assert_true(rc == 0 || file == NULL);
	os_file_close(file);
	return rc;
}

static uint64_t
id_of(const char *path)
{
	struct os_info info = { .id = 0 };

	assert_true(fake_info(path, &info));
	return info.id;
}

static int
replace(const char *from, const char *to)
{
	return os_replace(dir, from, dir, to);
}

static void
lists_are_sorted_and_show_what_is_there(void **unused)
{
	(void)unused;
	fake_put("/c/b/y", "two\n");
	fake_put("/c/b/x", "");
	fake_put_special("/c/l", OS_LINK);
	fake_put_special("/c/d", OS_OTHER);
	assert_string_equal(fake_list("/c"), "b/\nb/x 0\nb/y 4\nd !\nl ->\n");
	assert_string_equal(fake_tree("/c/b"), "x=\ny=two\n\n");
	assert_string_equal(fake_list("/nowhere"), "");
	assert_string_equal(fake_get("/c/b/y"), "two\n");
	assert_null(fake_get("/c/b"));
	assert_null(fake_get("/c/z"));
	fake_drop("/c/b");
	assert_string_equal(fake_list("/c"), "d !\nl ->\n");
}

static void
a_file_put_again_is_a_new_file(void **unused)
{
	uint64_t id;

	(void)unused;
	fake_put("/c/x", "1");
	id = id_of("/c/x");
	fake_put("/c/x", "2");
	assert_true(id_of("/c/x") != id);
	assert_string_equal(fake_get("/c/x"), "2");
}

static void
paths_of_shares_and_drives_have_their_places(void **unused)
{
	struct os_dir *other;

	(void)unused;
	fake_put("//srv/share/x", "1");
	assert_string_equal(fake_get("/net/srv/share/x"), "1");
	fake_env("SMS_UNC", "/mnt");
	assert_null(fake_get("\\\\srv\\share\\x"));
	fake_put("C:\\d\\x", "2");
	assert_string_equal(fake_get("/C:/d/x"), "2");
	assert_int_equal(os_dir_open("/C:/d/../d/./", &other), 0);
	os_dir_close(other);
}

static void
a_way_leads_through_folders_only(void **unused)
{
	struct os_info info;

	(void)unused;
	fake_put("/c/f", "");
	fake_put_special("/c/l", OS_LINK);
	assert_int_equal(os_info(dir, "no/x", &info), ERR_NOENT);
	assert_int_equal(os_info(dir, "f/x", &info), ERR_NOTDIR);
	assert_int_equal(os_info(dir, "l/x", &info), ERR_LINK);
	assert_int_equal(os_info(dir, "../c/f", &info), ERR_ARG);
	assert_int_equal(os_info(dir, "/c/f", &info), ERR_ARG);
	assert_int_equal(os_info(dir, "", &info), ERR_ARG);
	assert_int_equal(os_info(dir, ".\\f", &info), 0);
	assert_int_equal(os_info(dir, ".", &info), 0);
	assert_int_equal(info.kind, OS_FOLDER);
	assert_int_equal(os_info(dir, "l", &info), 0);
	assert_int_equal(info.kind, OS_LINK);
}

static void
a_name_is_at_most_255_bytes_long(void **unused)
{
	char name[257];

	(void)unused;
	memset(name, 'n', 256);
	name[256] = '\0';
	assert_int_equal(opens(name, OS_CREATE), ERR_NAME);
	assert_int_equal(opens(name + 1, OS_CREATE), 0);
}

static void
folders_are_made_with_their_rights(void **unused)
{
	(void)unused;
	assert_int_equal(os_dir_make(dir, "box", OS_DROP_BOX), 0);
	assert_int_equal(fake_rights("/c/box"), OS_DROP_BOX);
	assert_int_equal(os_dir_make(dir, "box", OS_PUBLIC), ERR_EXIST);
	assert_int_equal(os_dir_make(dir, "no/x", OS_PUBLIC), ERR_NOENT);
	assert_int_equal(os_dir_make_path("/p/q/r", OS_PRIVATE), 0);
	assert_int_equal(fake_rights("/p/q"), OS_PUBLIC);
	assert_int_equal(fake_rights("/p/q/r"), OS_PRIVATE);
	assert_int_equal(os_dir_make_path("/p/q", OS_PRIVATE), 0);
	assert_int_equal(fake_rights("/p/q"), OS_PUBLIC);
	fake_put("/f", "");
	assert_int_equal(os_dir_make_path("/f/x", OS_PUBLIC), ERR_NOTDIR);
}

static void
a_server_is_never_made_as_a_folder(void **unused)
{
	(void)unused;
	assert_int_equal(
	    os_dir_make_path("//srv/share/x", OS_PUBLIC), ERR_NOENT);
	assert_int_equal(os_dir_make_path("//srv/share", OS_PUBLIC), ERR_NOENT);
	fake_put_folder("//srv/share");
	assert_int_equal(os_dir_make_path("//srv/share/x/y", OS_PUBLIC), 0);
	assert_string_equal(fake_list("//srv"),
	    "share/\nshare/x/\n"
	    "share/x/y/\n");
}

static void
a_folder_goes_only_when_it_is_empty(void **unused)
{
	struct os_dir *gone;

	(void)unused;
	fake_put("/c/d/x", "");
	assert_int_equal(os_dir_open_in(dir, "d", &gone), 0);
	assert_int_equal(os_remove_dir(dir, "d"), ERR_NOTEMPTY);
	assert_int_equal(os_remove(dir, "d"), ERR_ISDIR);
	assert_int_equal(os_remove_dir(dir, "d/x"), ERR_NOTDIR);
	assert_int_equal(os_remove(dir, "d/x"), 0);
	assert_int_equal(os_remove_dir(dir, "d"), 0);
	assert_int_equal(os_remove_dir(dir, "d"), ERR_NOENT);
	/* A handle stays, but nothing can be made in it. */
	assert_int_equal(os_dir_make(gone, "x", OS_PUBLIC), ERR_NOENT);
	os_dir_close(gone);
}

static int
collect(void *arg, const char *name, enum os_kind kind)
{
	char *names = arg;

	strcat(names, name);
	strcat(names, kind == OS_FOLDER ? "/ " : " ");
	/* What goes during the walk does not come any more. */
	if (strcmp(name, "c") == 0)
		fake_drop("/c/b");
	return strcmp(name, "stop") == 0 ? 7 : 0;
}

static void
a_walk_gives_each_name_once(void **unused)
{
	char names[100] = "";

	(void)unused;
	fake_put_folder("/c/a");
	fake_put("/c/b", "");
	fake_put("/c/c", "");
	assert_int_equal(os_dir_list(dir, ".", collect, names), 0);
	assert_string_equal(names, "c a/ ");
	assert_int_equal(os_dir_list(dir, "c", collect, names), ERR_NOTDIR);
	assert_int_equal(os_dir_list(dir, "no", collect, names), ERR_NOENT);
	fake_put("/c/stop", "");
	names[0] = '\0';
	assert_int_equal(os_dir_list(dir, ".", collect, names), 7);
}

static void
only_regular_files_are_opened(void **unused)
{
	(void)unused;
	fake_put_folder("/c/d");
	fake_put("/c/f", "");
	fake_put_special("/c/l", OS_LINK);
	fake_put_special("/c/p", OS_OTHER);
	assert_int_equal(opens("d", OS_READ), ERR_ISDIR);
	assert_int_equal(opens("l", OS_READ), ERR_LINK);
	assert_int_equal(opens("p", OS_APPEND), ERR_NOTFILE);
	assert_int_equal(opens("no", OS_READ), ERR_NOENT);
	assert_int_equal(opens("f", OS_CREATE), ERR_EXIST);
	assert_int_equal(opens("l", OS_CREATE), ERR_EXIST);
	assert_int_equal(opens("f", OS_READ), 0);
}

static void
reading_stops_at_the_end(void **unused)
{
	struct os_file *file;
	char data[8];
	size_t got;

	(void)unused;
	fake_put("/c/x", "abcde");
	assert_int_equal(os_open(dir, "x", OS_READ, OS_PUBLIC, &file), 0);
	assert_int_equal(os_read(file, data, 3, &got), 0);
	assert_int_equal(got, 3);
	assert_int_equal(os_read(file, data, 8, &got), 0);
	assert_int_equal(got, 2);
	assert_memory_equal(data, "de", 2);
	assert_int_equal(os_read(file, data, 8, &got), 0);
	assert_int_equal(got, 0);
	assert_int_equal(os_write(file, "x", 1), ERR_ARG);
	os_file_close(file);
}

static void
a_read_at_a_place_leaves_where_reading_goes_on(void **unused)
{
	struct os_file *file;
	char data[8];
	size_t got;

	(void)unused;
	fake_put("/c/x", "abcde");
	assert_int_equal(os_open(dir, "x", OS_READ, OS_PUBLIC, &file), 0);
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
appending_goes_to_the_end_of_what_is_there(void **unused)
{
	struct os_file *one, *two;

	(void)unused;
	assert_int_equal(os_open(dir, "x", OS_APPEND, OS_PRIVATE, &one), 0);
	assert_int_equal(os_open(dir, "x", OS_APPEND, OS_PUBLIC, &two), 0);
	os_write(one, "1", 1);
	os_write(two, "22", 2);
	os_write(one, "3", 1);
	os_file_close(one);
	os_file_close(two);
	assert_string_equal(fake_get("/c/x"), "1223");
	assert_int_equal(fake_rights("/c/x"), OS_PRIVATE);
}

static void
an_open_file_stays_when_its_name_goes(void **unused)
{
	struct os_file *file;
	struct os_info info;
	char data[3];
	size_t got;

	(void)unused;
	fake_put("/c/x", "old");
	make("new", "new");
	assert_int_equal(os_open(dir, "x", OS_READ, OS_PUBLIC, &file), 0);
	assert_int_equal(replace("new", "x"), 0);
	assert_int_equal(os_read(file, data, 3, &got), 0);
	assert_memory_equal(data, "old", 3);
	assert_int_equal(os_file_info(file, &info), 0);
	assert_int_equal(info.links, 0);
	os_file_close(file);
}

static void
a_write_moves_the_time_and_a_stamp_sets_it(void **unused)
{
	struct os_file *file;
	struct os_info info;

	(void)unused;
	assert_int_equal(os_open(dir, "x", OS_CREATE, OS_PUBLIC, &file), 0);
	fake_pass(5000);
	os_write(file, "abc", 3);
	assert_int_equal(os_file_info(file, &info), 0);
	assert_true(info.mtime == FAKE_START + 5 * OS_SECOND);
	assert_int_equal(info.size, 3);
	assert_int_equal(os_file_stamp(file, 77, OS_EXEC | OS_HIDDEN), 0);
	os_file_close(file);
	assert_int_equal(os_info(dir, "x", &info), 0);
	assert_int_equal(info.mtime, 77);
	assert_int_equal(info.flags, OS_EXEC);
	fake_flags_shown(OS_HIDDEN | OS_READONLY);
	assert_int_equal(os_flags_shown(), OS_HIDDEN | OS_READONLY);
	assert_int_equal(os_info(dir, "x", &info), 0);
	assert_int_equal(info.flags, OS_HIDDEN);
	assert_true(fake_info("/c/x", &info));
	assert_int_equal(info.flags, OS_EXEC | OS_HIDDEN);
}

static void
a_file_like_another_has_its_rights_and_flags(void **unused)
{
	struct os_file *file;
	struct os_info info;

	(void)unused;
	fake_put("/c/x", "");
	fake_stamp("/c/x", 1, OS_READONLY);
	assert_int_equal(os_open(dir, "y", OS_CREATE, OS_PRIVATE, &file), 0);
	assert_int_equal(os_file_like(file, dir, "no"), ERR_NOENT);
	assert_int_equal(os_file_like(file, dir, "x"), 0);
	os_file_close(file);
	assert_int_equal(fake_rights("/c/y"), OS_PUBLIC);
	assert_true(fake_info("/c/y", &info));
	assert_int_equal(info.flags, OS_READONLY);
}

static void
replacing_gives_the_name_to_the_new_file(void **unused)
{
	uint64_t id;

	(void)unused;
	fake_put("/c/x", "old");
	fake_put_folder("/c/d");
	make("t", "new");
	id = id_of("/c/t");
	assert_int_equal(replace("t", "d"), ERR_ISDIR);
	assert_int_equal(replace("no", "x"), ERR_NOENT);
	assert_int_equal(replace("t", "no/x"), ERR_NOENT);
	assert_int_equal(replace("t", "x"), 0);
	assert_true(id_of("/c/x") == id);
	assert_string_equal(fake_tree("/c"), "d/\nx=new\n");
	assert_int_equal(replace("x", "x"), 0);
	assert_int_equal(replace("d", "x"), ERR_NOTDIR);
	assert_int_equal(replace("d", "d/e"), ERR_ARG);
	assert_string_equal(fake_tree("/c"), "d/\nx=new\n");
}

static void
only_one_gets_a_new_name(void **unused)
{
	(void)unused;
	make("a", "1");
	make("b", "2");
	assert_int_equal(os_rename_new(dir, "a", dir, "x"), 0);
	assert_int_equal(os_rename_new(dir, "b", dir, "x"), ERR_EXIST);
	assert_string_equal(fake_tree("/c"), "b=2\nx=1\n");
	fake_put("/c/d/y", "3");
	assert_int_equal(os_rename_new(dir, "d", dir, "e"), 0);
	assert_string_equal(fake_get("/c/e/y"), "3");
}

static void
hard_links_are_the_same_file(void **unused)
{
	struct os_info info;

	(void)unused;
	make("a", "1");
	assert_int_equal(os_link(dir, "a", dir, "b"), 0);
	assert_int_equal(os_link(dir, "a", dir, "b"), ERR_EXIST);
	assert_int_equal(os_link(dir, ".", dir, "e"), ERR_ARG);
	assert_true(id_of("/c/a") == id_of("/c/b"));
	assert_true(fake_info("/c/a", &info));
	assert_int_equal(info.links, 2);
	/* rename(2) would leave both names; os.h does not. */
	assert_int_equal(replace("a", "b"), 0);
	assert_string_equal(fake_tree("/c"), "b=1\n");
	assert_true(fake_info("/c/b", &info));
	assert_int_equal(info.links, 1);
}

static void
a_running_program_is_renamed_but_not_replaced(void **unused)
{
	(void)unused;
	make("x", "old");
	make("t", "new");
	fake_use("/c/x", FAKE_RUNNING);
	assert_int_equal(replace("t", "x"), ERR_BUSY);
	assert_int_equal(os_remove(dir, "x"), ERR_BUSY);
	assert_int_equal(opens("x", OS_APPEND), ERR_BUSY);
	assert_int_equal(opens("x", OS_READ), 0);
	assert_int_equal(os_rename_new(dir, "x", dir, "aside"), 0);
	assert_int_equal(replace("t", "x"), 0);
	/* The mark went along. */
	assert_int_equal(os_remove(dir, "aside"), ERR_BUSY);
	fake_use("/c/aside", FAKE_FREE);
	assert_int_equal(os_remove(dir, "aside"), 0);
	assert_string_equal(fake_tree("/c"), "x=new\n");
}

static void
a_held_file_keeps_its_name(void **unused)
{
	(void)unused;
	make("x", "old");
	fake_use("/c/x", FAKE_HELD);
	assert_int_equal(replace("x", "y"), ERR_BUSY);
	assert_int_equal(os_rename_new(dir, "x", dir, "y"), ERR_BUSY);
	assert_int_equal(opens("x", OS_READ), 0);
	fake_use("/c/x", FAKE_EXCLUSIVE);
	assert_int_equal(opens("x", OS_READ), ERR_BUSY);
	assert_int_equal(os_link(dir, "x", dir, "y"), ERR_BUSY);
	assert_string_equal(fake_tree("/c"), "x=old\n");
}

static void
letter_case_counts_unless_told_otherwise(void **unused)
{
	(void)unused;
	make("Abc", "1");
	assert_int_equal(opens("aBC", OS_READ), ERR_NOENT);
	fake_ignore_case(true);
	assert_int_equal(opens("aBC", OS_READ), 0);
	assert_int_equal(opens("ABC", OS_CREATE), ERR_EXIST);
	assert_string_equal(fake_list("/c"), "Abc 1\n");
	assert_int_equal(os_rename_new(dir, "abc", dir, "ABC"), ERR_EXIST);
	assert_int_equal(replace("abc", "ABC"), 0);
	assert_string_equal(fake_tree("/c"), "ABC=1\n");
	/* A to Z only. */
	make("\303\204", "2");
	assert_int_equal(opens("\303\244", OS_READ), ERR_NOENT);
}

static void
what_is_denied_fails_with_all_below_it(void **unused)
{
	struct os_info info;

	(void)unused;
	fake_put("/c/d/x", "1");
	fake_put("/c/y", "1");
	fake_deny("/c/d", ERR_ACCES);
	fake_deny("/c/y", ERR_IO);
	assert_int_equal(os_info(dir, "d/x", &info), ERR_ACCES);
	assert_int_equal(opens("d/new", OS_CREATE), ERR_ACCES);
	assert_int_equal(opens("y", OS_READ), ERR_IO);
	/* The test itself still sees it. */
	assert_string_equal(fake_get("/c/d/x"), "1");
	fake_deny("/c/d", 0);
	assert_int_equal(os_info(dir, "d/x", &info), 0);
}

static void
space_ends_in_the_middle_of_a_write(void **unused)
{
	struct os_file *file;
	uint64_t left;

	(void)unused;
	fake_put("/c/old", "123456");
	fake_space(4);
	assert_int_equal(os_open(dir, "x", OS_CREATE, OS_PUBLIC, &file), 0);
	assert_int_equal(os_write(file, "abc", 3), 0);
	assert_int_equal(os_dir_space(dir, &left), 0);
	assert_int_equal(left, 1);
	assert_int_equal(os_write(file, "def", 3), ERR_NOSPC);
	assert_string_equal(fake_get("/c/x"), "abcd");
	assert_int_equal(os_remove(dir, "old"), 0);
	assert_int_equal(os_write(file, "efghij", 6), 0);
	assert_int_equal(os_write(file, "k", 1), ERR_NOSPC);
	os_file_close(file);
	fake_space(UINT64_MAX);
	assert_int_equal(os_dir_space(dir, &left), 0);
	assert_true(left == UINT64_MAX);
}

static void
a_lock_is_taken_once(void **unused)
{
	struct os_lock *one, *two;
	int64_t before = os_ticks();

	(void)unused;
	assert_int_equal(os_lock_take(dir, "LOCK", OS_PRIVATE, 0, &one), 0);
	assert_int_equal(
	    os_lock_take(dir, "LOCK", OS_PRIVATE, 0, &two), ERR_BUSY);
	assert_null(two);
	assert_int_equal(
	    os_lock_take(dir, "LOCK", OS_PRIVATE, 300, &two), ERR_BUSY);
	assert_true(os_ticks() == before + 3 * OS_SECOND / 10);
	os_lock_drop(one);
	assert_string_equal(fake_list("/c"), "LOCK 0\n");
	assert_int_equal(os_lock_take(dir, "LOCK", OS_PRIVATE, 0, &two), 0);
	os_lock_drop(two);
}

static void
a_lock_of_another_program_is_waited_for(void **unused)
{
	struct os_lock *lock;

	(void)unused;
	fake_lock("/c/LOCK", 500);
	assert_int_equal(
	    os_lock_take(dir, "LOCK", OS_PRIVATE, 200, &lock), ERR_BUSY);
	assert_int_equal(os_lock_take(dir, "LOCK", OS_PRIVATE, 1000, &lock), 0);
	os_lock_drop(lock);
	fake_lock("/c/LOCK", -1);
	fake_stop_after(100);
	assert_int_equal(
	    os_lock_take(dir, "LOCK", OS_PRIVATE, 1000, &lock), ERR_STOP);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lists_are_sorted_and_show_what_is_there),
		TEST(a_file_put_again_is_a_new_file),
		TEST(paths_of_shares_and_drives_have_their_places),
		TEST(a_way_leads_through_folders_only),
		TEST(a_name_is_at_most_255_bytes_long),
		TEST(folders_are_made_with_their_rights),
		TEST(a_server_is_never_made_as_a_folder),
		TEST(a_folder_goes_only_when_it_is_empty),
		TEST(a_walk_gives_each_name_once),
		TEST(only_regular_files_are_opened),
		TEST(reading_stops_at_the_end),
		TEST(a_read_at_a_place_leaves_where_reading_goes_on),
		TEST(appending_goes_to_the_end_of_what_is_there),
		TEST(an_open_file_stays_when_its_name_goes),
		TEST(a_write_moves_the_time_and_a_stamp_sets_it),
		TEST(a_file_like_another_has_its_rights_and_flags),
		TEST(replacing_gives_the_name_to_the_new_file),
		TEST(only_one_gets_a_new_name),
		TEST(hard_links_are_the_same_file),
		TEST(a_running_program_is_renamed_but_not_replaced),
		TEST(a_held_file_keeps_its_name),
		TEST(letter_case_counts_unless_told_otherwise),
		TEST(what_is_denied_fails_with_all_below_it),
		TEST(space_ends_in_the_middle_of_a_write),
		TEST(a_lock_is_taken_once),
		TEST(a_lock_of_another_program_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
