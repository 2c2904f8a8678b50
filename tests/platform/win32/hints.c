/*
 * Watching folders on Windows, where hints come a moment after what they are
 * about, and one change may give several. That something gives none is seen by
 * a change elsewhere that comes after it.
 */
#include "programs.h"
#include "tight.h"
#include "win32_ground.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_MS 20000
#define QUIET_MS 100 /* the last of several hints for one change */
#define FLOOD	 6000

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

/* Waits for these bits, all of them and no other. */
static void
expect(uint32_t expected_bits, uint32_t expected_gone)
{
	uint32_t seen = 0, seen_gone = 0;

	while (seen != expected_bits || seen_gone != expected_gone) {
		assert_int_equal(
		    os_watch_wait(watch, LIMIT_MS, &bits, &gone), 0);
		assert_int_equal(bits & ~expected_bits, 0);
		assert_int_equal(gone & ~bits, 0);
		seen |= bits;
		seen_gone |= gone;
	}
	while (os_watch_wait(watch, QUIET_MS, &bits, &gone) == 0) {
		assert_int_equal(bits & ~expected_bits, 0);
		assert_int_equal(gone, 0);
	}
	assert_int_equal(bits, 0);
}

/* Wine alone: `words` of a shell outside of Windows, then the name of `rel`
 * there and `end`. False where this is Windows. */
static bool
outside(const char *words, const char *rel, const char *end)
{
	char *(*unix_name)(const WCHAR *path);
	STARTUPINFOW info = { .cb = sizeof(info) };
	PROCESS_INFORMATION made;
	WCHAR line[8192];

	unix_name = (char *(*)(const WCHAR *))(void *)GetProcAddress(
	    GetModuleHandleW(L"kernel32.dll"), "wine_get_unix_file_name");
	if (unix_name == NULL)
		return false;
	swprintf(line, 8192, L"start /unix /bin/sh -c \"%hs '%hs%hs'\"", words,
	    unix_name(ground_wide(rel)), end);
	assert_true(CreateProcessW(
	    NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &info, &made));
	WaitForSingleObject(made.hProcess, LIMIT_MS);
	CloseHandle(made.hThread);
	CloseHandle(made.hProcess);
	return true;
}

/* Under Wine a folder that is open is not gone, nor is that to be seen, until
 * it is closed; on Windows whoever watches it is told at once. */
static void
remove_folder(const char *rel)
{
	if (!outside("rmdir", rel, ""))
		assert_true(RemoveDirectoryW(ground_wide(rel)));
}

static void
write_more(const char *rel)
{
	HANDLE file = CreateFileW(ground_wide(rel), FILE_APPEND_DATA,
	    FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
	DWORD n;

	assert_ptr_not_equal(file, INVALID_HANDLE_VALUE);
	assert_true(WriteFile(file, "y", 1, &n, NULL));
	CloseHandle(file);
}

static void
names_that_appear_or_change_are_told(void **state)
{
	(void)state;
	ground_folder("a");
	ground_folder("b");
	ground_put("x", "x");
	watch_folder("a", 0);
	watch_folder("b", 31);
	assert_int_equal(os_watch_wait(watch, 0, &bits, &gone), ERR_TIMEOUT);
	assert_int_equal(os_watch_wait(watch, 30, &bits, &gone), ERR_TIMEOUT);
	ground_put("a/f", "x");
	expect(1, 0);
	ground_move("x", "b/x");
	expect(UINT32_C(1) << 31, 0);
	write_more("b/x");
	expect(UINT32_C(1) << 31, 0);
	ground_move("b/x", "b/\xc3\xa4\xf0\x9f\x98\x80");
	expect(UINT32_C(1) << 31, 0);
	ground_folder("b/d");
	expect(UINT32_C(1) << 31, 0);
	unwatch();
	os_watch_close(NULL);
}

static void
what_goes_away_or_is_read_wakes_nobody(void **state)
{
	(void)state;
	ground_folder("a");
	ground_folder("b");
	ground_put("a/f", "x");
	ground_put("a/g", "x");
	ground_folder("a/d");
	watch_folder("a", 0);
	watch_folder("b", 1);
	assert_string_equal(ground_get("a/f"), "x");
	assert_true(DeleteFileW(ground_wide("a/f")));
	assert_true(RemoveDirectoryW(ground_wide("a/d")));
	ground_move("a/g", "g");
	/* Nor a folder beside it. */
	ground_folder("c");
	ground_move("c", "e");
	assert_true(RemoveDirectoryW(ground_wide("e")));
	ground_put("b/f", "x");
	expect(2, 0);
	unwatch();
}

static void
several_bits_may_stand_for_one_folder(void **state)
{
	(void)state;
	ground_folder("a");
	ground_folder("b");
	for (int i = 0; i < 32; i++)
		watch_folder("a", i);
	ground_put("a/f", "x");
	expect(UINT32_MAX, 0);
	/* Some of them go elsewhere. */
	for (int i = 0; i < 30; i++)
		watch_folder("b", i);
	ground_put("a/g", "x");
	expect(UINT32_C(3) << 30, 0);
	ground_put("b/g", "x");
	expect(UINT32_MAX >> 2, 0);
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
	assert_int_equal(os_watch_add(watch, ground_path("NUL"), 0), ERR_NAME);
	assert_int_equal(os_watch_add(watch, ground.path, 32), ERR_ARG);
	assert_int_equal(os_watch_add(watch, ground.path, -1), ERR_ARG);
	/* A bit that cannot be given anew stays as it was. */
	watch_folder(".", 0);
	assert_int_equal(
	    os_watch_add(watch, ground_path("none"), 0), ERR_NOENT);
	ground_put("g", "x");
	expect(1, 0);
	unwatch();
	/* The root of a drive has no folder above it. */
	assert_int_equal(os_watch_open(&watch), 0);
	assert_int_equal(os_watch_add(watch, "C:/", 0), 0);
	unwatch();
}

static void
a_watched_folder_can_be_renamed_and_removed_which_is_told_once(void **state)
{
	(void)state;
	ground_folder("a");
	ground_folder("b");
	ground_folder("c");
	watch_folder("a", 0);
	watch_folder("a", 3);
	watch_folder("b", 1);
	watch_folder("c", 2);
	ground_move("a", "d");
	ground_folder("a");
	expect(9, 9);
	ground_put("d/f", "x");
	ground_put("a/f", "x");
	ground_put("c/f", "x");
	expect(4, 0);
	watch_folder("a", 0);
	ground_put("a/g", "x");
	expect(1, 0);
	remove_folder("b");
	expect(2, 2);
	ground_folder("b");
	watch_folder("b", 1);
	ground_put("b/f", "x");
	expect(2, 0);
	unwatch();
}

/* Windows moves no folder in which something is open; a server may. */
static void
a_folder_lost_without_a_hint_is_found_at_the_next_wait(void **state)
{
	(void)state;
	ground_folder("up");
	ground_folder("up/between");
	ground_folder("up/between/a");
	watch_folder("up/between/a", 5);
	if (!outside("cd", ".", "' && mv up 'away")) {
		unwatch();
		skip();
	}
	/* Nobody waits for that shell. */
	for (int i = 0; i < LIMIT_MS / 10; i++) {
		if (GetFileAttributesW(ground_wide("away/between/a")) !=
		    INVALID_FILE_ATTRIBUTES)
			break;
		Sleep(10);
	}
	expect(32, 32);
	ground_put("away/between/a/f", "x");
	assert_int_equal(os_watch_wait(watch, 0, &bits, &gone), ERR_TIMEOUT);
	unwatch();
}

/* Something that is done while the test waits. */
struct deed {
	void (*what)(void);
	HANDLE thread;
};

static DWORD WINAPI
act(void *arg)
{
	Sleep(100);
	((struct deed *)arg)->what();
	return 0;
}

static void
wait_for(void (*what)(void), uint32_t expected_gone)
{
	struct deed deed = { what, NULL };

	deed.thread = CreateThread(NULL, 0, act, &deed, 0, NULL);
	assert_non_null(deed.thread);
	assert_int_equal(os_watch_wait(watch, LIMIT_MS, &bits, &gone), 0);
	assert_int_equal(bits, 1);
	assert_int_equal(gone, expected_gone);
	WaitForSingleObject(deed.thread, INFINITE);
	CloseHandle(deed.thread);
}

static void
make_file(void)
{
	ground_put("a/f", "x");
}

static void
rename_folder(void)
{
	ground_move("a", "b");
}

static void
remove_it(void)
{
	remove_folder("a");
}

static void
who_waits_is_woken_whatever_becomes_of_the_folder(void **state)
{
	(void)state;
	ground_folder("a");
	watch_folder("a", 0);
	wait_for(make_file, 0);
	while (os_watch_wait(watch, QUIET_MS, &bits, &gone) == 0)
		continue;
	wait_for(rename_folder, 1);
	ground_folder("a");
	watch_folder("a", 0);
	wait_for(remove_it, 1);
	unwatch();
}

static void
lost_hints_are_a_hint(void **state)
{
	char name[64];

	(void)state;
	ground_folder("a");
	ground_folder("b");
	watch_folder("a", 0);
	watch_folder("b", 1);
	for (int i = 0; i < FLOOD; i++) {
		snprintf(name, sizeof(name), "a/a file with a long name %d", i);
		ground_put(name, "");
	}
	expect(1, 0);
	ground_put("a/one more", "x");
	expect(1, 0);
	ground_put("b/one", "x");
	expect(2, 0);
	unwatch();
}

static void
a_change_that_there_is_no_room_for_is_a_hint(void **state)
{
	struct os_watch *tight;

	(void)state;
	ground_folder("a");
	ground_folder("b");
	assert_int_equal(tight_open(&tight), 0);
	assert_int_equal(tight_add(tight, ground_path("a"), 0), 0);
	assert_int_equal(tight_add(tight, ground_path("b"), 1), 0);
	for (int i = 0; i < 3; i++) {
		ground_put("a/a name that is too long", "x");
		assert_int_equal(tight_wait(tight, LIMIT_MS, &bits, &gone), 0);
		assert_int_equal(bits, 1);
		assert_int_equal(gone, 0);
		while (tight_wait(tight, QUIET_MS, &bits, &gone) == 0)
			assert_int_equal(bits, 1);
	}
	/* What it was about is not known: it may be what went away. */
	assert_true(DeleteFileW(ground_wide("a/a name that is too long")));
	assert_int_equal(tight_wait(tight, LIMIT_MS, &bits, &gone), 0);
	assert_int_equal(bits, 1);
	tight_close(tight);
}

/* Names that fill the room for hints many times over, one by one: each wait
 * tells of those that came since. */
static void
no_hint_is_lost_where_all_are_taken(void **state)
{
	char name[64];

	(void)state;
	ground_folder("a");
	watch_folder("a", 0);
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "a/%d", i);
		ground_put(name, "");
		assert_int_equal(
		    os_watch_wait(watch, LIMIT_MS, &bits, &gone), 0);
		assert_int_equal(bits, 1);
		assert_int_equal(gone, 0);
	}
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
		    os_watch_wait(watch, 50, &bits, &gone), ERR_TIMEOUT);
		/* A tick of the system's clock takes 16 ms. */
		assert_true(os_ticks() - before >= i * OS_SECOND * 3 / 100);
	}
	ground_put("a/f", "x");
	expect(1, 0);
	unwatch();
}

static void
a_file_of_a_process_outside_of_windows_is_told(void **state)
{
	(void)state;
	ground_folder("a");
	watch_folder("a", 0);
	if (!outside("echo x >", "a", "/f")) {
		unwatch();
		skip();
	}
	expect(1, 0);
	assert_string_equal(ground_get("a/f"), "x\n");
	unwatch();
}

static void
nothing_is_left_open(void **state)
{
	unsigned before = 0;

	(void)state;
	ground_folder("a");
	for (int round = 0; round < 50; round++) {
		watch_folder("a", 0);
		watch_folder("a", 31);
		watch_folder(".", 31);
		if (round % 2 == 0)
			ground_put("a/f", "x");
		unwatch();
		if (round == 9)
			before = ground_handles();
	}
	/* Timers of the system's come and go. */
	assert_in_range(ground_handles(), 1, before + 20);
}

int
test_hints(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(names_that_appear_or_change_are_told),
		TEST(what_goes_away_or_is_read_wakes_nobody),
		TEST(several_bits_may_stand_for_one_folder),
		TEST(what_cannot_be_watched_is_told),
		TEST(
		    a_watched_folder_can_be_renamed_and_removed_which_is_told_once),
		TEST(a_folder_lost_without_a_hint_is_found_at_the_next_wait),
		TEST(who_waits_is_woken_whatever_becomes_of_the_folder),
		TEST(lost_hints_are_a_hint),
		TEST(a_change_that_there_is_no_room_for_is_a_hint),
		TEST(no_hint_is_lost_where_all_are_taken),
		TEST(a_wait_ends_at_its_time_and_the_next_one_counts_anew),
		TEST(a_file_of_a_process_outside_of_windows_is_told),
		TEST(nothing_is_left_open),
	};

	return cmocka_run_group_tests_name("hints", tests, NULL, NULL);
}
