/* Tests of lib/file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/file.h"
#include "../../platform/err.h"
#include "../fake/fake.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HOUR	 (3600 * OS_SECOND)

static struct os_dir *dir;

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	fake_put_folder("/c/DATA");
	return os_dir_open("/c", &dir);
}

static int
teardown(void **state)
{
	(void)state;
	os_dir_close(dir);
	return (int)fake_handles();
}

static int
write_text(const char *rel, const char *text)
{
	return file_write(dir, rel, OS_PUBLIC, text, strlen(text));
}

static void
a_file_is_read_whole(void **state)
{
	struct buf out = BUF_INIT;
	char *text = calloc(1, 100000);

	(void)state;
	fake_put("/c/DATA/A", "hello");
	fake_put("/c/EMPTY", "");
	fake_put_bytes("/c/LONG", text, 100000);
	buf_add_text(&out, "old");
	assert_int_equal(0, file_read(dir, "DATA/A", 5, &out));
	assert_string_equal("hello", buf_text(&out));
	assert_int_equal(0, file_read(dir, "EMPTY", 0, &out));
	assert_int_equal(0, out.len);
	assert_int_equal(0, file_read(dir, "LONG", 100000, &out));
	assert_int_equal(100000, out.len);
	assert_int_equal(0, out.data[out.len]);
	buf_free(&out);
	free(text);
}

static void
more_than_the_limit_is_refused(void **state)
{
	struct buf out = BUF_INIT;

	(void)state;
	fake_put("/c/A", "hello");
	assert_int_equal(ERR_RANGE, file_read(dir, "A", 4, &out));
	assert_string_equal("", buf_text(&out));
	assert_int_equal(ERR_NOENT, file_read(dir, "B", 4, &out));
	assert_int_equal(ERR_ISDIR, file_read(dir, "DATA", 4, &out));
	buf_free(&out);
}

/* Another program appends when the file is read for the first time. */
static void
grow(void *arg, const char *call)
{
	struct os_file *file;
	char text[5000];

	if (strcmp(call, "os_read") != 0 || *(int *)arg == 0)
		return;
	--*(int *)arg;
	memset(text, 'x', sizeof text);
	assert_int_equal(0, os_open(dir, "A", OS_APPEND, OS_PUBLIC, &file));
	assert_int_equal(0, os_write(file, text, sizeof text));
	os_file_close(file);
}

static void
a_file_that_grows_meanwhile_is_held_to_the_limit(void **state)
{
	struct buf out = BUF_INIT;
	int times = 1;

	(void)state;
	fake_put("/c/A", "hello");
	fake_hook(grow, &times);
	assert_int_equal(ERR_RANGE, file_read(dir, "A", 100, &out));
	assert_int_equal(0, out.len);
	times = 1;
	assert_int_equal(0, file_read(dir, "A", 20000, &out));
	assert_int_equal(10005, out.len);
	fake_hook(NULL, NULL);
	buf_free(&out);
}

static void
a_path_is_read_in_its_folder(void **state)
{
	struct buf out = BUF_INIT;

	(void)state;
	fake_put("/c/DATA/A", "hello");
	assert_int_equal(0, file_read_path("/c//DATA\\A", 9, &out));
	assert_string_equal("hello", buf_text(&out));
	assert_int_equal(ERR_NOENT, file_read_path("/c/none/A", 9, &out));
	assert_string_equal("", buf_text(&out));
	assert_int_equal(ERR_ISDIR, file_read_path("/", 9, &out));
	buf_free(&out);
}

static void
every_failure_of_reading_is_told(void **state)
{
	struct buf out = BUF_INIT;
	unsigned n;
	int rc = ERR_IO;

	(void)state;
	fake_put("/c/A", "hello");
	for (n = 1; n < 20; n++) {
		fake_fail(n, FAKE_ONCE, ERR_IO);
		rc = file_read_path("/c/A", 9, &out);
		assert_int_equal(1, fake_handles());
		if (!fake_met())
			break;
		/* Closing what was read only has nothing to lose. */
		assert_true(rc == ERR_IO || out.len == 5);
		assert_true(rc == 0 || out.len == 0);
	}
	assert_true(n > 3 && n < 20);
	assert_int_equal(0, rc);
	buf_free(&out);
}

static void
writing_makes_or_replaces_the_file(void **state)
{
	(void)state;
	assert_int_equal(0, write_text("DATA/A", "new"));
	assert_int_equal(OS_PUBLIC, fake_rights("/c/DATA/A"));
	assert_int_equal(0, write_text("DATA/A", "newer"));
	assert_int_equal(0, file_write(dir, "B", OS_PRIVATE, NULL, 0));
	assert_int_equal(OS_PRIVATE, fake_rights("/c/B"));
	assert_string_equal("B=\nDATA/\nDATA/A=newer\n", fake_tree("/c"));
}

static void
what_was_written_survives_a_power_cut(void **state)
{
	(void)state;
	fake_put("/c/DATA/A", "old");
	assert_int_equal(0, write_text("DATA/A", "new"));
	os_dir_close(dir);
	fake_power_cut();
	assert_string_equal("DATA/\nDATA/A=new\n", fake_tree("/c"));
	assert_int_equal(0, os_dir_open("/c", &dir));
}

/* Two that share one flush: until each has its name, the old one counts. */
static void
file_that_waits_is_placed_after_one_flush_for_many(void **state)
{
	struct file_new a = FILE_NEW(dir, "A", false);
	struct file_new b = FILE_NEW(dir, "B", false);
	unsigned before = fake_calls_of("os_file_flush");

	(void)state;
	fake_put("/c/A", "old");
	assert_int_equal(0, file_new_write(&a, OS_PUBLIC, "new", 3));
	assert_int_equal(0, file_new_write(&b, OS_PRIVATE, "new", 3));
	assert_string_equal("old", fake_get("/c/A"));
	assert_null(fake_get("/c/B"));
	assert_int_equal(before, fake_calls_of("os_file_flush"));
	assert_int_equal(0, os_dir_flush_all(dir));
	assert_int_equal(0, file_new_place(&a));
	assert_int_equal(0, file_new_place(&b));
	file_new_end(&a);
	file_new_end(&b);
	assert_int_equal(0, os_dir_flush(dir, "."));
	os_dir_close(dir);
	fake_power_cut();
	assert_string_equal("A=new\nB=new\nDATA/\n", fake_tree("/c"));
	assert_int_equal(0, os_dir_open("/c", &dir));
}

static void
file_that_is_not_placed_leaves_nothing(void **state)
{
	struct file_new a = FILE_NEW(dir, "A", true);
	unsigned before = fake_calls_of("os_file_flush");

	(void)state;
	fake_put("/c/A", "old");
	file_new_end(&a);
	assert_int_equal(0, file_new_write(&a, OS_PUBLIC, "new", 3));
	assert_int_equal(before + 1, fake_calls_of("os_file_flush"));
	file_new_end(&a);
	assert_int_equal(0, file_new_write(&a, OS_PUBLIC, "new", 3));
	fake_fail_call("os_replace", 1, FAKE_ONCE, ERR_IO);
	assert_int_equal(ERR_IO, file_new_place(&a));
	fake_fail_call("os_write", 1, FAKE_ONCE, ERR_NOSPC);
	assert_int_equal(ERR_NOSPC, file_new_write(&a, OS_PUBLIC, "new", 3));
	file_new_end(&a);
	assert_string_equal("A=old\nDATA/\n", fake_tree("/c"));
}

static void
after_any_failure_the_file_is_old_or_new_and_alone(void **state)
{
	const char *now;
	unsigned n;
	int rc = ERR_IO;

	(void)state;
	fake_short_writes(true);
	for (n = 1; n < 30; n++) {
		fake_put("/c/A", "old");
		fake_fail(n, FAKE_ONCE, ERR_NOSPC);
		rc = write_text("A", "new text");
		if (!fake_met())
			break;
		assert_int_equal(ERR_NOSPC, rc);
		now = fake_get("/c/A");
		assert_true(
		    strcmp(now, "old") == 0 || strcmp(now, "new text") == 0);
		if (strcmp(fake_list("/c"), "A 3\nDATA/\n") != 0 &&
		    strcmp(fake_list("/c"), "A 8\nDATA/\n") != 0)
			fail_msg("call %u: %s", n, fake_list("/c"));
		assert_int_equal(1, fake_handles());
	}
	assert_true(n > 6 && n < 30);
	assert_int_equal(0, rc);
}

/* Looks at the target before each call: it is never half written. */
static void
look(void *arg, const char *call)
{
	const char *now = fake_get("/c/A");

	(void)arg;
	if (strcmp(now, "old") != 0 && strcmp(now, "new text") != 0)
		fail_msg("before %s: %s", call, now);
}

static void
at_every_moment_the_file_is_old_or_new(void **state)
{
	(void)state;
	fake_put("/c/A", "old");
	fake_hook(look, NULL);
	assert_int_equal(0, write_text("A", "new text"));
	fake_hook(NULL, NULL);
	assert_string_equal("new text", fake_get("/c/A"));
}

static void
a_busy_target_stays_and_nothing_is_left(void **state)
{
	(void)state;
	fake_put("/c/A", "old");
	fake_use("/c/A", FAKE_HELD);
	assert_int_equal(ERR_BUSY, write_text("A", "new"));
	assert_string_equal("A=old\nDATA/\n", fake_tree("/c"));
	assert_int_equal(ERR_ISDIR, write_text("DATA", "new"));
	assert_string_equal("A=old\nDATA/\n", fake_tree("/c"));
}

static void
a_temporary_name_that_is_taken_is_tried_again(void **state)
{
	(void)state;
	fake_fail_call("os_open", 1, FAKE_ONCE, ERR_EXIST);
	assert_int_equal(0, write_text("A", "new"));
	assert_int_equal(2, fake_calls_of("os_open"));
	assert_string_equal("new", fake_get("/c/A"));
	fake_fail_call("os_open", 1, FAKE_FOREVER, ERR_EXIST);
	assert_int_equal(ERR_EXIST, write_text("A", "newer"));
	fake_fail(0, FAKE_ONCE, 0);
	assert_string_equal("new", fake_get("/c/A"));
}

static void
temporary_names_stand_beside_and_differ(void **state)
{
	struct buf a = BUF_INIT, b = BUF_INIT;

	(void)state;
	assert_int_equal(0, file_temporary("DATA/A.EXE", &a));
	assert_int_equal(0, file_temporary("DATA/A.EXE", &b));
	assert_int_equal(10 + 1 + 16 + 4, a.len);
	assert_int_equal(0, strncmp("DATA/A.EXE.", a.data, 11));
	assert_int_equal(16, strspn(a.data + 11, "0123456789abcdef"));
	assert_string_equal(".tmp", a.data + 27);
	assert_string_not_equal(a.data, b.data);
	buf_free(&a);
	buf_free(&b);
}

static void
sweeping_takes_old_files_of_that_form_alone(void **state)
{
	static const char *const ours[] = {
		"/c/DATA/A.EXE.0123456789abcdef.tmp",
		"/c/DATA/x.ffffffffffffffff.tmp",
	};
	static const char *const others[] = {
		"/c/DATA/.0123456789abcdef.tmp",
		"/c/DATA/A.0123456789abcde.tmp",
		"/c/DATA/A.0123456789ABCDEF.tmp",
		"/c/DATA/A.0123456789abcdef.TMP",
		"/c/DATA/A.0123456789abcdef.tmp.x",
		"/c/DATA/A0123456789abcdef.tmp",
		"/c/DATA/A.0123456789abcdefg.tmp",
		"/c/DATA/cl_nt.tmp",
		"/c/A.0123456789abcdef.tmp",
	};
	struct os_info info;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ours); i++) {
		fake_put(ours[i], "x");
		fake_stamp(ours[i], FAKE_START - HOUR, 0);
	}
	for (i = 0; i < COUNT(others); i++) {
		fake_put(others[i], "x");
		fake_stamp(others[i], FAKE_START - 2 * HOUR, 0);
	}
	fake_put("/c/DATA/young.0123456789abcdef.tmp", "x");
	fake_stamp(
	    "/c/DATA/young.0123456789abcdef.tmp", FAKE_START - HOUR + 1, 0);
	fake_put_folder("/c/DATA/folder.0123456789abcdef.tmp");
	fake_put_special("/c/DATA/link.0123456789abcdef.tmp", OS_LINK);
	assert_int_equal(0, file_sweep(dir, "DATA", HOUR));
	for (i = 0; i < COUNT(ours); i++)
		assert_false(fake_info(ours[i], &info));
	for (i = 0; i < COUNT(others); i++)
		assert_true(fake_info(others[i], &info));
	assert_true(fake_info("/c/DATA/young.0123456789abcdef.tmp", &info));
	assert_true(fake_info("/c/DATA/folder.0123456789abcdef.tmp", &info));
	assert_true(fake_info("/c/DATA/link.0123456789abcdef.tmp", &info));
}

static void
one_that_cannot_be_swept_does_not_stop_the_rest(void **state)
{
	(void)state;
	fake_put("/c/A.0123456789abcdef.tmp", "x");
	fake_put("/c/B.0123456789abcdef.tmp", "x");
	fake_put("/c/C.0123456789abcdef.tmp", "x");
	fake_use("/c/A.0123456789abcdef.tmp", FAKE_EXCLUSIVE);
	fake_pass(1000);
	assert_int_equal(ERR_BUSY, file_sweep(dir, ".", 0));
	assert_string_equal(
	    "A.0123456789abcdef.tmp 1\nDATA/\n", fake_list("/c"));
	assert_int_equal(ERR_NOENT, file_sweep(dir, "none", 0));
}

static void
what_somebody_else_swept_first_is_no_error(void **state)
{
	(void)state;
	fake_put("/c/A.0123456789abcdef.tmp", "x");
	fake_fail_call("os_remove", 1, FAKE_ONCE, ERR_NOENT);
	assert_int_equal(0, file_sweep(dir, ".", 0));
	fake_fail_call("os_info", 1, FAKE_ONCE, ERR_NOENT);
	assert_int_equal(0, file_sweep(dir, ".", 0));
	fake_fail(0, FAKE_ONCE, 0);
}

static void
missing_folders_are_made_and_the_file_is_not(void **state)
{
	(void)state;
	assert_int_equal(0, file_make_folders(dir, "A/B\\C/x", OS_PRIVATE));
	assert_string_equal("A/\nA/B/\nA/B/C/\nDATA/\n", fake_list("/c"));
	assert_int_equal(OS_PRIVATE, fake_rights("/c/A/B"));
	assert_int_equal(0, file_make_folders(dir, "A/D/x", OS_PUBLIC));
	assert_int_equal(OS_PRIVATE, fake_rights("/c/A"));
	assert_int_equal(OS_PUBLIC, fake_rights("/c/A/D"));
	assert_int_equal(0, file_make_folders(dir, "x", OS_PUBLIC));
	assert_int_equal(0, file_make_folders(dir, "A/D/x", OS_PUBLIC));
}

static void
what_is_no_folder_is_not_taken_for_one(void **state)
{
	(void)state;
	fake_put("/c/F", "file");
	fake_put_special("/c/L", OS_LINK);
	assert_int_equal(ERR_NOTDIR, file_make_folders(dir, "F/x", OS_PUBLIC));
	assert_int_equal(
	    ERR_NOTDIR, file_make_folders(dir, "F/G/x", OS_PUBLIC));
	assert_int_equal(ERR_LINK, file_make_folders(dir, "L/x", OS_PUBLIC));
	fake_fail_call("os_dir_make", 2, FAKE_ONCE, ERR_NOSPC);
	assert_int_equal(
	    ERR_NOSPC, file_make_folders(dir, "P/Q/R/x", OS_PUBLIC));
	fake_fail(0, FAKE_ONCE, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_read_whole),
		TEST(more_than_the_limit_is_refused),
		TEST(a_file_that_grows_meanwhile_is_held_to_the_limit),
		TEST(a_path_is_read_in_its_folder),
		TEST(every_failure_of_reading_is_told),
		TEST(writing_makes_or_replaces_the_file),
		TEST(what_was_written_survives_a_power_cut),
		TEST(file_that_waits_is_placed_after_one_flush_for_many),
		TEST(file_that_is_not_placed_leaves_nothing),
		TEST(after_any_failure_the_file_is_old_or_new_and_alone),
		TEST(at_every_moment_the_file_is_old_or_new),
		TEST(a_busy_target_stays_and_nothing_is_left),
		TEST(a_temporary_name_that_is_taken_is_tried_again),
		TEST(temporary_names_stand_beside_and_differ),
		TEST(sweeping_takes_old_files_of_that_form_alone),
		TEST(one_that_cannot_be_swept_does_not_stop_the_rest),
		TEST(what_somebody_else_swept_first_is_no_error),
		TEST(missing_folders_are_made_and_the_file_is_not),
		TEST(what_is_no_folder_is_not_taken_for_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
