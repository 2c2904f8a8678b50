/* Files on Windows: who else has them open, attributes, dates. */
#include "win32_ground.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALL_SHARED (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

static HANDLE
open_as(const char *rel, DWORD access, DWORD share)
{
	return CreateFileW(ground_wide(rel), access, share, NULL, OPEN_EXISTING,
	    FILE_ATTRIBUTE_NORMAL, NULL);
}

static void
nothing_but_a_regular_file_is_opened(void **state)
{
	static const enum os_mode modes[] = { OS_READ, OS_HOLD, OS_APPEND };
	struct os_file *file;

	(void)state;
	ground_folder("d");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    os_open(ground.dir, "d", modes[i], OS_PUBLIC, &file),
		    ERR_ISDIR);
		assert_null(file);
		assert_int_equal(
		    os_open(ground.dir, ".", modes[i], OS_PUBLIC, &file),
		    ERR_ISDIR);
	}
	assert_int_equal(
	    os_open(ground.dir, "none", OS_READ, OS_PUBLIC, &file), ERR_NOENT);
	assert_int_equal(
	    os_open(ground.dir, "none", OS_HOLD, OS_PUBLIC, &file), ERR_NOENT);
	assert_string_equal(ground_get("none"), "(none)");
}

static void
what_others_keep_to_themselves_is_busy(void **state)
{
	struct os_file *file;
	HANDLE other;

	(void)state;
	ground_put("f", "x");
	other = open_as("f", GENERIC_READ, 0);
	assert_ptr_not_equal(other, INVALID_HANDLE_VALUE);
	assert_int_equal(
	    os_open(ground.dir, "f", OS_READ, OS_PUBLIC, &file), ERR_BUSY);
	assert_null(file);
	assert_int_equal(
	    os_open(ground.dir, "f", OS_APPEND, OS_PUBLIC, &file), ERR_BUSY);
	CloseHandle(other);
	os_file_close(ground_open("f", OS_READ, OS_PUBLIC));
}

static void
who_reads_is_in_nobodys_way(void **state)
{
	struct os_file *file;
	char text[8] = "";
	HANDLE other;
	size_t got;

	(void)state;
	ground_put("f", "old");
	file = ground_open("f", OS_READ, OS_PUBLIC);
	other = open_as("f", GENERIC_READ | GENERIC_WRITE, ALL_SHARED);
	assert_ptr_not_equal(other, INVALID_HANDLE_VALUE);
	CloseHandle(other);
	assert_int_equal(os_remove(ground.dir, "f"), 0);
	assert_int_equal(os_read(file, text, 7, &got), 0);
	assert_string_equal(text, "old");
	os_file_close(file);
	assert_string_equal(ground_get("f"), "(none)");
}

static void
nobody_writes_in_what_is_held(void **state)
{
	struct os_file *file;
	HANDLE other;

	(void)state;
	ground_put("f", "x");
	file = ground_open("f", OS_HOLD, OS_PUBLIC);
	other = open_as("f", GENERIC_WRITE, ALL_SHARED);
	assert_ptr_equal(other, INVALID_HANDLE_VALUE);
	assert_int_equal(GetLastError(), ERROR_SHARING_VIOLATION);
	other = open_as("f", GENERIC_READ, ALL_SHARED);
	assert_ptr_not_equal(other, INVALID_HANDLE_VALUE);
	CloseHandle(other);
	/* It can be renamed and read all the same; that it can be replaced is
	 * for NTFS alone. */
	assert_int_equal(os_rename_new(ground.dir, "f", ground.dir, "g"), 0);
	assert_int_equal(os_rename_new(ground.dir, "g", ground.dir, "f"), 0);
	os_file_close(file);
	ground_put("new", "new");
	assert_int_equal(os_replace(ground.dir, "new", ground.dir, "f"), 0);
	assert_string_equal(ground_get("f"), "new");
	other = open_as("f", GENERIC_WRITE, ALL_SHARED);
	assert_ptr_not_equal(other, INVALID_HANDLE_VALUE);
	assert_int_equal(
	    os_open(ground.dir, "f", OS_HOLD, OS_PUBLIC, &file), ERR_BUSY);
	CloseHandle(other);
	os_file_close(ground_open("f", OS_HOLD, OS_PUBLIC));
}

static void
info_describes_what_stands_there(void **state)
{
	WIN32_FILE_ATTRIBUTE_DATA data;
	struct os_info info, folder;
	int64_t written;

	(void)state;
	ground_folder("d");
	ground_put("f", "12345");
	assert_int_equal(os_info(ground.dir, "f", &info), 0);
	assert_true(GetFileAttributesExW(
	    ground_wide("f"), GetFileExInfoStandard, &data));
	written = (int64_t)data.ftLastWriteTime.dwHighDateTime << 32 |
	    data.ftLastWriteTime.dwLowDateTime;
	assert_int_equal(info.kind, OS_REGULAR);
	assert_true(info.size == 5 && info.links == 1 && info.flags == 0);
	/* 100 ns since 1601; 1970 is so many seconds later. */
	assert_true(
	    info.mtime == (written - INT64_C(11644473600) * 10000000) * 100);
	assert_true(info.owner == 0 || !os_is_admin());
	assert_int_equal(os_info(ground.dir, "d", &folder), 0);
	assert_int_equal(folder.kind, OS_FOLDER);
	assert_true(folder.volume == info.volume && folder.id != info.id);
	assert_int_equal(os_info(ground.dir, ".", &folder), 0);
	assert_int_equal(folder.kind, OS_FOLDER);
	assert_int_equal(os_info(ground.dir, "none", &info), ERR_NOENT);
	assert_int_equal(os_flags_shown(), OS_HIDDEN | OS_READONLY);
}

static void
a_stamp_sets_time_and_attributes(void **state)
{
	static const struct {
		unsigned flags, shown;
		DWORD attributes;
	} rows[] = {
		{ 0, 0, 0 },
		{ OS_EXEC, 0, 0 },
		{ OS_READONLY, OS_READONLY, FILE_ATTRIBUTE_READONLY },
		{ OS_HIDDEN, OS_HIDDEN, FILE_ATTRIBUTE_HIDDEN },
		{ OS_HIDDEN | OS_READONLY | OS_EXEC, OS_HIDDEN | OS_READONLY,
		    FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_READONLY },
	};
	int64_t times[] = { INT64_C(1763663523) * OS_SECOND + 123456700, 0,
		-OS_SECOND, 100, -100 };
	struct os_info info;
	struct os_file *file;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		file = ground_open("f", OS_CREATE, OS_PUBLIC);
		assert_int_equal(os_write(file, "x", 1), 0);
		assert_int_equal(
		    os_file_stamp(file, times[i], rows[i].flags), 0);
		assert_int_equal(os_file_close(file), 0);
		assert_int_equal(os_info(ground.dir, "f", &info), 0);
		assert_true(info.mtime == times[i]);
		assert_true(info.changed > times[0]); /* that cannot be set */
		assert_int_equal(info.flags, rows[i].shown);
		assert_int_equal(ground_attributes("f") &
			(FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_READONLY),
		    rows[i].attributes);
		assert_int_equal(os_remove(ground.dir, "f"), 0);
	}
}

/* What os_info says of a file of that time, 100 ns since 1601; 0 where the
 * volume has no such time. */
static int64_t
told_date(int64_t time)
{
	HANDLE file = open_as("f", FILE_WRITE_ATTRIBUTES, ALL_SHARED);
	FILETIME set = { (DWORD)time, (DWORD)(time >> 32) };
	WIN32_FILE_ATTRIBUTE_DATA data;
	struct os_info info;

	SetFileTime(file, NULL, NULL, &set);
	CloseHandle(file);
	assert_true(GetFileAttributesExW(
	    ground_wide("f"), GetFileExInfoStandard, &data));
	if (CompareFileTime(&set, &data.ftLastWriteTime) != 0)
		return 0;
	assert_int_equal(os_info(ground.dir, "f", &info), 0);
	return info.mtime;
}

/* Anybody may give a file any date, and so an overflow to who reads it. */
static void
dates_beyond_our_range_are_told_as_its_end(void **state)
{
	const int64_t year = INT64_C(31556952) * 10000000;
	int64_t told;

	(void)state;
	ground_put("f", "x");
	told = told_date(799 * year); /* 2400 */
	assert_true(told == 0 || told == INT64_MAX);
	told = told_date(INT64_MAX - 1);
	assert_true(told == 0 || told == INT64_MAX);
	told = told_date(74 * year); /* 1675 */
	assert_true(told == 0 || (told < 0 && os_clock() - told > 0));
	told = told_date(419 * year); /* 2020 */
	assert_true(told == (419 * year - INT64_C(116444736000000000)) * 100);
}

static void
like_gives_the_attributes(void **state)
{
	static const DWORD rows[] = { 0, FILE_ATTRIBUTE_HIDDEN,
		FILE_ATTRIBUTE_READONLY,
		FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_READONLY };
	struct os_file *file;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		ground_put("old", "old");
		ground_set_attributes("old", rows[i] | FILE_ATTRIBUTE_ARCHIVE);
		file = ground_open("new", OS_CREATE, OS_PRIVATE);
		assert_int_equal(os_write(file, "new", 3), 0);
		assert_int_equal(os_file_like(file, ground.dir, "old"), 0);
		assert_int_equal(os_file_close(file), 0);
		assert_int_equal(
		    os_replace(ground.dir, "new", ground.dir, "old"), 0);
		assert_string_equal(ground_get("old"), "new");
		assert_int_equal(ground_attributes("old") &
			(FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_READONLY),
		    rows[i]);
		assert_int_equal(os_remove(ground.dir, "old"), 0);
	}
	file = ground_open("new", OS_CREATE, OS_PRIVATE);
	assert_int_equal(os_file_like(file, ground.dir, "none"), ERR_NOENT);
	assert_int_equal(os_file_like(file, ground.dir, "."), ERR_ISDIR);
	os_file_close(file);
}

static void
a_read_only_file_is_not_written_to(void **state)
{
	struct os_file *file;

	(void)state;
	/* Below Wine root may write to everything. */
	if (is_wine())
		skip();
	ground_put("f", "old");
	ground_set_attributes("f", FILE_ATTRIBUTE_READONLY);
	assert_int_equal(
	    os_open(ground.dir, "f", OS_APPEND, OS_PUBLIC, &file), ERR_ACCES);
	assert_null(file);
	assert_string_equal(ground_get("f"), "old");
}

int
test_win32_files(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(nothing_but_a_regular_file_is_opened),
		TEST(what_others_keep_to_themselves_is_busy),
		TEST(who_reads_is_in_nobodys_way),
		TEST(nobody_writes_in_what_is_held),
		TEST(info_describes_what_stands_there),
		TEST(a_stamp_sets_time_and_attributes),
		TEST(dates_beyond_our_range_are_told_as_its_end),
		TEST(like_gives_the_attributes),
		TEST(a_read_only_file_is_not_written_to),
	};

	return cmocka_run_group_tests_name(
	    "files of Windows", tests, NULL, NULL);
}
