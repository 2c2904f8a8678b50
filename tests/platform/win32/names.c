/*
 * Replacing, renaming, linking and removing on Windows: what others have open,
 * programs that run, attributes, names in other letter case, claims.
 */
#include "win32_ground.h"

#include "programs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_MS 20000

/* Opens `rel` as a program would that lets others do `share` alone. */
static HANDLE
hold(const char *rel, DWORD share)
{
	HANDLE file = CreateFileW(ground_wide(rel), GENERIC_READ, share, NULL,
	    OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);

	assert_ptr_not_equal(file, INVALID_HANDLE_VALUE);
	return file;
}

static void
a_target_that_others_keep_is_busy_and_stays(void **state)
{
	HANDLE file;

	(void)state;
	ground_put("old", "old");
	ground_put("new", "new");
	file = hold("old", FILE_SHARE_READ | FILE_SHARE_WRITE);
	assert_int_equal(
	    os_replace(ground.dir, "new", ground.dir, "old"), ERR_BUSY);
	assert_int_equal(
	    os_replace_used(ground.dir, "new", ground.dir, "old"), ERR_BUSY);
	assert_int_equal(os_remove(ground.dir, "old"), ERR_BUSY);
	assert_int_equal(
	    os_rename_new(ground.dir, "old", ground.dir, "x"), ERR_BUSY);
	assert_string_equal(ground_get("old"), "old");
	assert_string_equal(ground_get("new"), "new");
	CloseHandle(file);
	file = hold("new", FILE_SHARE_READ);
	assert_int_equal(
	    os_replace(ground.dir, "new", ground.dir, "old"), ERR_BUSY);
	CloseHandle(file);
	assert_int_equal(os_replace(ground.dir, "new", ground.dir, "old"), 0);
	assert_string_equal(ground_get("old"), "new");
	assert_string_equal(ground_get("new"), "(none)");
}

static void
a_target_that_others_share_gives_way(void **state)
{
	HANDLE file;
	char text[8] = "";
	DWORD n;

	(void)state;
	ground_put("old", "old");
	ground_put("new", "new");
	file = hold(
	    "old", FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE);
	/* At once on NTFS; where the volume knows no such renaming (Wine's do
	 * not) it stays as it is, and can be set aside. */
	if (os_replace(ground.dir, "new", ground.dir, "old") != 0) {
		assert_int_equal(
		    os_replace(ground.dir, "new", ground.dir, "old"), ERR_BUSY);
		assert_string_equal(ground_get("old"), "old");
		assert_int_equal(
		    os_replace_used(ground.dir, "new", ground.dir, "old"), 0);
	}
	assert_string_equal(ground_get("old"), "new");
	/* Who reads the old one reads on. */
	assert_true(ReadFile(file, text, 7, &n, NULL));
	assert_string_equal(text, "old");
	CloseHandle(file);
}

struct keeper {
	HANDLE file, ready;
};

static DWORD WINAPI
let_go_soon(void *arg)
{
	struct keeper *keeper = arg;

	SetEvent(keeper->ready);
	Sleep(20);
	CloseHandle(keeper->file);
	return 0;
}

/* A scanner has it for a moment: that is waited for. Where this machine is so
 * slow that the moment gets longer, there is another one. */
static void
a_target_that_is_kept_for_a_moment_is_tried_again(void **state)
{
	struct keeper keeper;
	HANDLE thread;
	int r = ERR_BUSY;

	(void)state;
	keeper.ready = CreateEventW(NULL, FALSE, FALSE, NULL);
	ground_put("old", "old");
	ground_put("new", "new");
	for (int round = 0; round < 50 && r == ERR_BUSY; round++) {
		keeper.file = hold("old", FILE_SHARE_READ | FILE_SHARE_WRITE);
		thread = CreateThread(NULL, 0, let_go_soon, &keeper, 0, NULL);
		assert_non_null(thread);
		WaitForSingleObject(keeper.ready, INFINITE);
		r = os_replace(ground.dir, "new", ground.dir, "old");
		WaitForSingleObject(thread, INFINITE);
		CloseHandle(thread);
	}
	CloseHandle(keeper.ready);
	assert_int_equal(r, 0);
	assert_string_equal(ground_get("old"), "new");
}

static int
count_old(void *arg, const char *name, enum os_kind kind)
{
	size_t len = strlen(name);

	/* The form that temporary files have, which are swept. */
	if (kind == OS_REGULAR && strncmp(name, "old.", 4) == 0 && len > 4 &&
	    strcmp(name + len - 4, ".tmp") == 0)
		(*(int *)arg)++;
	else
		return 42;
	return 0;
}

static void
a_running_program_can_be_replaced(void **state)
{
	char path[4200];
	const char *argv[] = { path, ROLE "sleeper", "100000", NULL };
	struct os_child *child;
	WCHAR self[4096];
	int code, old = 0;

	(void)state;
	snprintf(path, sizeof(path), "%s", ground_path("d/prog.exe"));
	ground_folder("d");
	ground_folder("tmp");
	assert_true(GetModuleFileNameW(NULL, self, 4096) > 0);
	assert_true(CopyFileW(self, ground_wide("d/prog.exe"), FALSE));
	ground_put("tmp/new", "new");
	assert_int_equal(os_spawn(argv, 0, &child), 0);
	assert_int_equal(
	    os_replace(ground.dir, "tmp/new", ground.dir, "d/prog.exe"),
	    ERR_BUSY);
	assert_int_equal(
	    os_replace_used(ground.dir, "tmp/new", ground.dir, "d/prog.exe"),
	    0);
	assert_int_equal(os_child_wait(child, 0, &code), ERR_TIMEOUT);
	assert_string_equal(ground_get("d/prog.exe"), "new");
	assert_string_equal(ground_get("tmp/new"), "(none)");
	os_child_end(child);
	assert_int_equal(os_child_wait(child, LIMIT_MS, &code), 0);
	os_child_free(child);
	/* What is left of it, if anything, is where the new one was. */
	assert_int_equal(os_dir_list(ground.dir, "tmp", count_old, &old), 0);
	assert_in_range(old, 0, 1);
	assert_int_equal(os_remove(ground.dir, "d/prog.exe"), 0);
	assert_int_equal(os_remove_dir(ground.dir, "d"), 0);
}

static void
a_read_only_file_is_replaced_and_removed(void **state)
{
	(void)state;
	ground_put("old", "old");
	ground_set_attributes("old", FILE_ATTRIBUTE_READONLY);
	ground_put("new", "new");
	assert_int_equal(os_replace(ground.dir, "new", ground.dir, "old"), 0);
	assert_string_equal(ground_get("old"), "new");
	assert_int_equal(ground_attributes("old") & FILE_ATTRIBUTE_READONLY, 0);
	/* What moves keeps what it is. */
	ground_set_attributes("old", FILE_ATTRIBUTE_READONLY);
	assert_int_equal(os_rename_new(ground.dir, "old", ground.dir, "x"), 0);
	assert_int_not_equal(
	    ground_attributes("x") & FILE_ATTRIBUTE_READONLY, 0);
	ground_put("y", "y");
	assert_int_equal(os_replace(ground.dir, "x", ground.dir, "y"), 0);
	assert_int_not_equal(
	    ground_attributes("y") & FILE_ATTRIBUTE_READONLY, 0);
	assert_string_equal(ground_get("y"), "new");
	assert_int_equal(os_remove(ground.dir, "y"), 0);
	assert_string_equal(ground_get("y"), "(none)");
}

static int
see_name(void *arg, const char *name, enum os_kind kind)
{
	(void)kind;
	snprintf(arg, 64, "%s", name);
	return 0;
}

static void
names_that_differ_in_case_are_one(void **state)
{
	struct os_file *file;
	struct os_info info;
	char name[64] = "";

	(void)state;
	ground_put("Readme.txt", "text");
	assert_int_equal(os_info(ground.dir, "README.TXT", &info), 0);
	assert_int_equal(
	    os_open(ground.dir, "readme.TXT", OS_CREATE, OS_PUBLIC, &file),
	    ERR_EXIST);
	assert_int_equal(
	    os_dir_make(ground.dir, "README.txt", OS_PUBLIC), ERR_EXIST);
	assert_int_equal(
	    os_replace(ground.dir, "README.TXT", ground.dir, "readme.txt"), 0);
	assert_int_equal(os_dir_list(ground.dir, ".", see_name, name), 0);
	/* Wine takes that for the same name, whatever asks for it. */
	assert_string_equal(name, is_wine() ? "Readme.txt" : "readme.txt");
	assert_string_equal(ground_get("readme.txt"), "text");
	/* The same name twice: nothing to do, nothing lost. */
	assert_int_equal(
	    os_replace(ground.dir, "readme.txt", ground.dir, "readme.txt"), 0);
	assert_string_equal(ground_get("readme.txt"), "text");
}

static void
rename_new_never_replaces(void **state)
{
	(void)state;
	ground_folder("d");
	ground_put("a", "a");
	ground_put("b", "b");
	assert_int_equal(
	    os_rename_new(ground.dir, "a", ground.dir, "b"), ERR_EXIST);
	assert_int_equal(
	    os_rename_new(ground.dir, "a", ground.dir, "B"), ERR_EXIST);
	assert_int_equal(
	    os_rename_new(ground.dir, "a", ground.dir, "d"), ERR_EXIST);
	assert_int_equal(
	    os_rename_new(ground.dir, "d", ground.dir, "b"), ERR_EXIST);
	assert_int_equal(
	    os_rename_new(ground.dir, "n", ground.dir, "x"), ERR_NOENT);
	assert_int_equal(os_rename_new(ground.dir, "a", ground.dir, "d/a"), 0);
	assert_string_equal(ground_get("a"), "(none)");
	assert_string_equal(ground_get("b"), "b");
	assert_string_equal(ground_get("d/a"), "a");
	assert_int_equal(os_rename_new(ground.dir, "d", ground.dir, "e"), 0);
	assert_string_equal(ground_get("e/a"), "a");
}

struct runner {
	HANDLE gate, thread;
	char from[16], to[16];
	int result;
};

static DWORD WINAPI
run_to_it(void *arg)
{
	struct runner *runner = arg;

	WaitForSingleObject(runner->gate, INFINITE);
	runner->result = os_rename_new(
	    ground.dir, runner->from, ground.dir, runner->to);
	return 0;
}

/* The name, with the number of the runner in the place of a '#'. */
static void
name_of_runner(char text[16], const char *name, int number)
{
	char *mark;

	snprintf(text, 16, "%s", name);
	if ((mark = strchr(text, '#')) != NULL)
		*mark = (char)('0' + number);
}

/* Eight run; how many have won. All others have got `code`. */
static int
race(const char *from, const char *to, int code)
{
	enum {
		RUNNERS = 8
	};
	struct runner runners[RUNNERS];
	HANDLE gate = CreateEventW(NULL, TRUE, FALSE, NULL);
	int won = 0;

	for (int i = 0; i < RUNNERS; i++) {
		runners[i].gate = gate;
		name_of_runner(runners[i].from, from, i);
		name_of_runner(runners[i].to, to, i);
		runners[i].thread = CreateThread(
		    NULL, 0, run_to_it, &runners[i], 0, NULL);
		assert_non_null(runners[i].thread);
	}
	SetEvent(gate);
	for (int i = 0; i < RUNNERS; i++) {
		WaitForSingleObject(runners[i].thread, INFINITE);
		CloseHandle(runners[i].thread);
		if (runners[i].result == 0)
			won++;
		else
			assert_int_equal(runners[i].result, code);
	}
	CloseHandle(gate);
	return won;
}

static void
exactly_one_of_many_gets_a_claim(void **state)
{
	char name[16];

	(void)state;
	for (int round = 0; round < 20; round++) {
		ground_put("claim", "c");
		assert_int_equal(race("claim", "mine#", ERR_NOENT), 1);
		assert_string_equal(ground_get("claim"), "(none)");
		for (int i = 0; i < 8; i++) {
			name_of_runner(name, "mine#", i);
			ground_put(name, name);
		}
		assert_int_equal(race("mine#", "claim", ERR_EXIST), 1);
		assert_int_equal(strncmp(ground_get("claim"), "mine", 4), 0);
		for (int i = 0; i < 8; i++) {
			name_of_runner(name, "mine#", i);
			os_remove(ground.dir, name);
		}
	}
}

/* Windows renames what is open, whatever name it has by now: two that have the
 * same file open for that would both win. */
static void
a_file_is_renamed_by_one_at_a_time(void **state)
{
	HANDLE other;

	(void)state;
	ground_put("claim", "c");
	other = CreateFileW(ground_wide("claim"), DELETE,
	    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
	    OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
	assert_ptr_not_equal(other, INVALID_HANDLE_VALUE);
	assert_int_equal(
	    os_rename_new(ground.dir, "claim", ground.dir, "mine"), ERR_BUSY);
	CloseHandle(other);
	assert_int_equal(
	    os_rename_new(ground.dir, "claim", ground.dir, "mine"), 0);
	assert_int_equal(
	    os_rename_new(ground.dir, "claim", ground.dir, "too"), ERR_NOENT);
}

static void
a_hard_link_is_a_second_name(void **state)
{
	struct os_info a, b;

	(void)state;
	ground_folder("d");
	ground_put("a", "a");
	assert_int_equal(os_link(ground.dir, "a", ground.dir, "d/b"), 0);
	assert_int_equal(os_info(ground.dir, "a", &a), 0);
	assert_int_equal(os_info(ground.dir, "d/b", &b), 0);
	assert_true(a.id == b.id && a.volume == b.volume && a.links == 2);
	assert_int_equal(
	    os_link(ground.dir, "a", ground.dir, "d/b"), ERR_EXIST);
	assert_int_equal(os_link(ground.dir, "d", ground.dir, "e"), ERR_ISDIR);
	assert_int_equal(os_link(ground.dir, "x", ground.dir, "e"), ERR_NOENT);
	assert_int_equal(os_remove(ground.dir, "a"), 0);
	assert_string_equal(ground_get("d/b"), "a");
}

static void
removing_tells_files_from_folders(void **state)
{
	(void)state;
	ground_folder("d");
	ground_put("d/f", "x");
	assert_int_equal(os_remove(ground.dir, "d"), ERR_ISDIR);
	assert_int_equal(os_remove_dir(ground.dir, "d"), ERR_NOTEMPTY);
	assert_int_equal(os_remove_dir(ground.dir, "d/f"), ERR_NOTDIR);
	assert_int_equal(os_remove(ground.dir, "d\\f"), 0);
	assert_int_equal(os_remove(ground.dir, "d/f"), ERR_NOENT);
	assert_int_equal(os_remove_dir(ground.dir, "d"), 0);
	assert_int_equal(os_remove_dir(ground.dir, "d"), ERR_NOENT);
	assert_int_equal(os_remove_dir(ground.dir, "."), ERR_ARG);
}

int
test_win32_names(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_target_that_others_keep_is_busy_and_stays),
		TEST(a_target_that_others_share_gives_way),
		TEST(a_target_that_is_kept_for_a_moment_is_tried_again),
		TEST(a_running_program_can_be_replaced),
		TEST(a_read_only_file_is_replaced_and_removed),
		TEST(names_that_differ_in_case_are_one),
		TEST(rename_new_never_replaces),
		TEST(exactly_one_of_many_gets_a_claim),
		TEST(a_file_is_renamed_by_one_at_a_time),
		TEST(a_hard_link_is_a_second_name),
		TEST(removing_tells_files_from_folders),
	};

	return cmocka_run_group_tests_name(
	    "names of Windows", tests, NULL, NULL);
}
