/* Locks on Windows, between processes: this program is what the tests start. */
#include "win32_ground.h"

#include "programs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_MS 20000

/* What is started, with FOLDER as its word */

static struct os_dir *
folder_of(char **words)
{
	struct os_dir *dir;

	if (os_dir_open(words[0], &dir) != 0)
		exit(90);
	return dir;
}

static void
tell(struct os_dir *dir, const char *name)
{
	struct os_file *file;

	if (os_open(dir, name, OS_CREATE, OS_PUBLIC, &file) != 0)
		exit(91);
	os_file_close(file);
}

/* Tries once, and ends without dropping it: 0, or which error. */
static void
be_taker(char **words)
{
	struct os_lock *lock;
	int r = os_lock_take(folder_of(words), "LOCK", OS_PRIVATE, 0, &lock);

	TerminateProcess(GetCurrentProcess(), (UINT)-r);
}

/* Has it until it is ended. */
static void
be_holder(char **words)
{
	struct os_dir *dir = folder_of(words);
	struct os_lock *lock;

	if (os_lock_take(dir, "LOCK", OS_PRIVATE, 0, &lock) != 0)
		exit(92);
	tell(dir, "held");
	Sleep(10 * LIMIT_MS);
	exit(93);
}

static int
wait_forever(void *arg)
{
	(void)arg;
	Sleep(INFINITE);
	return 0;
}

/* Has it, leaves behind whatever can be, and is no more. */
static void
be_parent(char **words)
{
	struct os_dir *dir = folder_of(words);
	struct os_child *child;
	struct os_share *share;
	struct os_lock *lock;
	char *self;

	if (os_lock_take(dir, "LOCK", OS_PRIVATE, 0, &lock) != 0 ||
	    os_share_open(words[0], &share) != 0 ||
	    os_share_start(share, "LOCK", 10) != 0 || os_self(&self) != 0)
		exit(92);
	const char *argv[] = { self, ROLE "survivor", words[0], NULL };

	if (os_spawn(argv, OS_DETACHED | OS_QUIET, &child) != 0)
		exit(93);
	os_run_limited(wait_forever, NULL, NULL, 10);
	TerminateProcess(GetCurrentProcess(), 6);
}

void
locks_role(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*be)(char **words);
	} roles[] = {
		{ ROLE "taker", be_taker },
		{ ROLE "holder", be_holder },
		{ ROLE "parent", be_parent },
	};

	for (size_t i = 0; argc > 2 && i < sizeof(roles) / sizeof(roles[0]);
	     i++)
		if (strcmp(argv[1], roles[i].name) == 0)
			roles[i].be(argv + 2);
}

/* Who starts */

static struct os_child *
start(const char *role)
{
	const char *argv[] = { NULL, role, ground.path, NULL };
	struct os_child *child;
	char *self;

	assert_int_equal(os_self(&self), 0);
	argv[0] = self;
	assert_int_equal(os_spawn(argv, 0, &child), 0);
	free(self);
	return child;
}

static int
end_of(struct os_child *child)
{
	int code = -1;

	assert_int_equal(os_child_wait(child, LIMIT_MS, &code), 0);
	os_child_free(child);
	return code;
}

static void
a_lock_excludes_other_processes_until_it_is_dropped(void **state)
{
	struct os_lock *lock, *second;

	(void)state;
	assert_int_equal(
	    os_lock_take(ground.dir, "LOCK", OS_PRIVATE, 0, &lock), 0);
	assert_int_equal(end_of(start(ROLE "taker")), -ERR_BUSY);
	assert_int_equal(
	    os_lock_take(ground.dir, "LOCK", OS_PRIVATE, 0, &second), ERR_BUSY);
	assert_null(second);
	assert_int_equal(
	    os_lock_take(ground.dir, "LOCK", OS_PRIVATE, 50, &second),
	    ERR_BUSY);
	/* What stands in it can be read meanwhile. */
	assert_string_equal(ground_get("LOCK"), "");
	os_lock_drop(lock);
	assert_int_equal(end_of(start(ROLE "taker")), 0);
	/* That one ended without dropping it. */
	assert_int_equal(end_of(start(ROLE "taker")), 0);
	os_lock_drop(NULL);
}

static void
a_lock_goes_with_a_process_that_is_killed(void **state)
{
	struct os_child *child = start(ROLE "holder");
	struct os_lock *lock;

	(void)state;
	while (strcmp(ground_get("held"), "") != 0)
		Sleep(10);
	assert_int_equal(
	    os_lock_take(ground.dir, "LOCK", OS_PRIVATE, 0, &lock), ERR_BUSY);
	os_child_end(child);
	assert_int_equal(end_of(child), 137);
	assert_int_equal(
	    os_lock_take(ground.dir, "LOCK", OS_PRIVATE, LIMIT_MS, &lock), 0);
	os_lock_drop(lock);
}

static void
no_child_keeps_our_lock_when_we_are_gone(void **state)
{
	struct os_lock *lock;

	(void)state;
	assert_int_equal(end_of(start(ROLE "parent")), 6);
	assert_int_equal(
	    os_lock_take(ground.dir, "LOCK", OS_PRIVATE, LIMIT_MS, &lock), 0);
	os_lock_drop(lock);
	/* The program still runs; now it may end. */
	assert_string_equal(ground_get("done"), "(none)");
	ground_put("go", "");
	while (strcmp(ground_get("done"), "no console") != 0)
		Sleep(10);
}

static DWORD WINAPI
drop_soon(void *arg)
{
	Sleep(100);
	os_lock_drop(arg);
	return 0;
}

static void
who_waits_for_a_lock_gets_it_when_it_is_dropped(void **state)
{
	struct os_lock *first, *lock;
	HANDLE thread;

	(void)state;
	assert_int_equal(
	    os_lock_take(ground.dir, "LOCK", OS_PRIVATE, 0, &first), 0);
	thread = CreateThread(NULL, 0, drop_soon, first, 0, NULL);
	assert_non_null(thread);
	assert_int_equal(
	    os_lock_take(ground.dir, "LOCK", OS_PRIVATE, LIMIT_MS, &lock), 0);
	WaitForSingleObject(thread, INFINITE);
	CloseHandle(thread);
	os_lock_drop(lock);
}

static void
a_lock_file_that_is_no_file_is_refused(void **state)
{
	struct os_lock *lock;

	(void)state;
	ground_folder("d");
	assert_int_equal(
	    os_lock_take(ground.dir, "d", OS_PRIVATE, 0, &lock), ERR_ISDIR);
	assert_int_equal(
	    os_lock_take(ground.dir, "x/y", OS_PRIVATE, 0, &lock), ERR_NOENT);
	assert_int_equal(
	    os_lock_take(ground.dir, "nul", OS_PRIVATE, 0, &lock), ERR_NAME);
}

int
test_win32_locks(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_lock_excludes_other_processes_until_it_is_dropped),
		TEST(a_lock_goes_with_a_process_that_is_killed),
		TEST(no_child_keeps_our_lock_when_we_are_gone),
		TEST(who_waits_for_a_lock_gets_it_when_it_is_dropped),
		TEST(a_lock_file_that_is_no_file_is_refused),
	};

	return cmocka_run_group_tests_name(
	    "locks of Windows", tests, NULL, NULL);
}
