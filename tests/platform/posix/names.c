/* Replacing, renaming, linking, removing; locks. */
#include "posix_ground.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/*
 * A volume that ignores case, as few machines that build this have: while
 * `fold` is set, these take the place of the C library's for the platform,
 * and find a name however it is written. Renaming a file to itself does
 * nothing there either.
 */
static bool fold;

static const char *
folded(int at, const char *name, char real[256])
{
	struct dirent *entry;
	DIR *list;
	int fd;

	snprintf(real, 256, "%s", name);
	if (!fold || (fd = openat(at, ".", O_RDONLY | O_DIRECTORY)) == -1)
		return real;
	list = fdopendir(fd);
	while ((entry = readdir(list)) != NULL)
		if (strcasecmp(entry->d_name, name) == 0)
			snprintf(real, 256, "%s", entry->d_name);
	closedir(list);
	return real;
}

int
renameat(int from, const char *old, int to, const char *new)
{
	char real[256], target[256];
	struct stat a, b;

	old = folded(from, old, real);
	if (fold && fstatat(from, old, &a, AT_SYMLINK_NOFOLLOW) == 0 &&
	    fstatat(to, new, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	    a.st_ino == b.st_ino)
		return 0;
	if (fold &&
	    syscall(SYS_faccessat, to, folded(to, new, target), F_OK) == 0)
		new = target;
	return (int)syscall(SYS_renameat2, from, old, to, new, 0);
}

int
unlinkat(int at, const char *name, int flags)
{
	char real[256];

	return (int)syscall(
	    SYS_unlinkat, at, fold ? folded(at, name, real) : name, flags);
}

int
fstatat(int at, const char *restrict name, struct stat *restrict st, int flags)
{
	char real[256];

	return (int)syscall(SYS_newfstatat, at,
	    fold ? folded(at, name, real) : name, st, flags);
}

static void
replacing_a_link_leaves_its_target_alone(void **state)
{
	(void)state;
	ground_put("target", "kept");
	ground_link("target", "l");
	ground_put("new", "new");
	assert_int_equal(os_replace(ground.dir, "new", ground.dir, "l"), 0);
	assert_string_equal(ground_get("target"), "kept");
	assert_string_equal(ground_get("l"), "new");
	assert_false(ground_is_link("l"));
}

static bool
is_listed(const char *name)
{
	struct dirent *entry;
	DIR *list = opendir(ground.path);
	bool listed = false;

	assert_non_null(list);
	while ((entry = readdir(list)) != NULL)
		listed = listed || strcmp(entry->d_name, name) == 0;
	closedir(list);
	return listed;
}

static void
a_change_of_case_alone_is_carried_out(void **state)
{
	int r;

	(void)state;
	ground_put("Readme.txt", "text");
	fold = true;
	r = os_replace(ground.dir, "README.TXT", ground.dir, "readme.txt");
	fold = false;
	assert_int_equal(r, 0);
	assert_true(is_listed("readme.txt"));
	assert_false(is_listed("Readme.txt"));
	assert_string_equal(ground_get("readme.txt"), "text");
}

static void
a_running_program_can_be_replaced(void **state)
{
	const char *argv[] = { ground_path("prog"), "30", NULL };
	struct os_child *child;
	char command[9000];
	int code;

	(void)state;
	snprintf(
	    command, sizeof(command), "cp /bin/sleep '%s/prog'", ground.path);
	assert_int_equal(system(command), 0);
	ground_put("new", "new");
	assert_int_equal(os_spawn(argv, 0, &child), 0);
	assert_int_equal(os_replace(ground.dir, "new", ground.dir, "prog"), 0);
	os_child_end(child);
	assert_int_equal(os_child_wait(child, -1, &code), 0);
	os_child_free(child);
	assert_string_equal(ground_get("prog"), "new");
}

static void
an_immutable_file_is_refused_as_no_access(void **state)
{
	struct os_file *file;

	(void)state;
	ground_put("fixed", "old");
	ground_put("new", "new");
	if (geteuid() != 0 || !ground_immutable("fixed", true))
		skip();
	assert_int_equal(
	    os_replace(ground.dir, "new", ground.dir, "fixed"), ERR_ACCES);
	assert_int_equal(
	    os_replace(ground.dir, "fixed", ground.dir, "x"), ERR_ACCES);
	assert_int_equal(
	    os_rename_new(ground.dir, "fixed", ground.dir, "x"), ERR_ACCES);
	assert_int_equal(
	    os_link(ground.dir, "fixed", ground.dir, "x"), ERR_ACCES);
	assert_int_equal(os_remove(ground.dir, "fixed"), ERR_ACCES);
	assert_int_equal(
	    os_open(ground.dir, "fixed", OS_APPEND, OS_PUBLIC, &file),
	    ERR_ACCES);
	assert_true(ground_immutable("fixed", false));
	assert_string_equal(ground_get("fixed"), "old");
	assert_string_equal(ground_get("new"), "new");
}

static void
rename_new_never_replaces(void **state)
{
	(void)state;
	ground_folder("d");
	ground_put("a", "a");
	ground_put("b", "b");
	ground_link("none", "l");
	assert_int_equal(
	    os_rename_new(ground.dir, "a", ground.dir, "b"), ERR_EXIST);
	assert_int_equal(
	    os_rename_new(ground.dir, "a", ground.dir, "d"), ERR_EXIST);
	assert_int_equal(
	    os_rename_new(ground.dir, "a", ground.dir, "l"), ERR_EXIST);
	assert_int_equal(
	    os_rename_new(ground.dir, "n", ground.dir, "x"), ERR_NOENT);
	assert_int_equal(os_rename_new(ground.dir, "a", ground.dir, "d/a"), 0);
	assert_string_equal(ground_get("b"), "b");
	assert_string_equal(ground_get("d/a"), "a");
	/* A link is moved as itself, unread. */
	assert_int_equal(os_rename_new(ground.dir, "l", ground.dir, "d/l"), 0);
	assert_true(ground_is_link("d/l"));
}

static int
rename_without_noreplace(void *arg)
{
	(void)arg;
	if (refuse_call(SYS_renameat2, EINVAL) == -1)
		return -200;
	if (os_rename_new(ground.dir, "a", ground.dir, "b") != ERR_EXIST)
		return -201;
	return os_rename_new(ground.dir, "a", ground.dir, "c");
}

static void
rename_new_works_where_the_volume_lacks_noreplace(void **state)
{
	(void)state;
	ground_put("a", "a");
	ground_put("b", "b");
	assert_int_equal(in_child(rename_without_noreplace, NULL), 0);
	assert_string_equal(ground_get("a"), "(none)");
	assert_string_equal(ground_get("b"), "b");
	assert_string_equal(ground_get("c"), "a");
}

/* All wait for the gate, then rush. */
static int
race(void *arg)
{
	int gate = *(int *)arg;
	char byte, name[32];

	snprintf(name, sizeof(name), "mine.%d", (int)getpid());
	if (read(gate, &byte, 1) != 0)
		return -200;
	return os_rename_new(ground.dir, "claim", ground.dir, name);
}

static void
exactly_one_of_many_gets_a_claim(void **state)
{
	enum {
		RUNNERS = 8
	};
	pid_t pids[RUNNERS];
	int gate[2], status, won = 0;

	(void)state;
	ground_put("claim", "c");
	assert_int_equal(pipe(gate), 0);
	for (int i = 0; i < RUNNERS; i++)
		if ((pids[i] = fork()) == 0) {
			close(gate[1]);
			_exit(-race(&gate[0]));
		}
	close(gate[0]);
	close(gate[1]);
	for (int i = 0; i < RUNNERS; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		if (WEXITSTATUS(status) == 0)
			won++;
		else
			assert_int_equal(WEXITSTATUS(status), -ERR_NOENT);
	}
	assert_int_equal(won, 1);
}

static int
link_refused_by_volume(void *arg)
{
	if (refuse_call(SYS_linkat, *(int *)arg) == -1)
		return -200;
	return os_link(ground.dir, "a", ground.dir, "b");
}

static void
a_hard_link_is_a_second_name_or_told_as_unsupported(void **state)
{
	int eperm = EPERM, eopnotsupp = EOPNOTSUPP, emlink = EMLINK;
	struct os_info a, b;

	(void)state;
	ground_folder("d");
	ground_put("a", "a");
	assert_int_equal(in_child(link_refused_by_volume, &eperm), ERR_UNSUP);
	assert_int_equal(
	    in_child(link_refused_by_volume, &eopnotsupp), ERR_UNSUP);
	assert_int_equal(in_child(link_refused_by_volume, &emlink), ERR_UNSUP);
	assert_int_equal(os_link(ground.dir, "a", ground.dir, "d/b"), 0);
	assert_int_equal(os_info(ground.dir, "a", &a), 0);
	assert_int_equal(os_info(ground.dir, "d/b", &b), 0);
	assert_true(a.id == b.id && a.volume == b.volume && a.links == 2);
	assert_int_equal(
	    os_link(ground.dir, "a", ground.dir, "d/b"), ERR_EXIST);
	assert_int_equal(os_link(ground.dir, "d", ground.dir, "e"), ERR_ISDIR);
	assert_int_equal(os_link(ground.dir, "x", ground.dir, "e"), ERR_NOENT);
	ground_link("a", "l");
	assert_int_equal(os_link(ground.dir, "l", ground.dir, "m"), 0);
	assert_true(ground_is_link("m"));
}

static void
removing_tells_files_from_folders(void **state)
{
	(void)state;
	ground_folder("d");
	ground_put("d/f", "x");
	ground_link("d/f", "l");
	assert_int_equal(os_remove(ground.dir, "d"), ERR_ISDIR);
	assert_int_equal(os_remove_dir(ground.dir, "d"), ERR_NOTEMPTY);
	assert_int_equal(os_remove_dir(ground.dir, "l"), ERR_LINK);
	assert_int_equal(os_remove(ground.dir, "l"), 0);
	assert_string_equal(ground_get("d/f"), "x");
	assert_int_equal(os_remove(ground.dir, "d\\f"), 0);
	assert_int_equal(os_remove(ground.dir, "d/f"), ERR_NOENT);
	assert_int_equal(os_remove_dir(ground.dir, "d"), 0);
	assert_int_equal(os_remove_dir(ground.dir, "d"), ERR_NOENT);
	assert_int_equal(os_remove_dir(ground.dir, "."), ERR_ARG);
}

static int
try_lock(void *arg)
{
	struct os_lock *lock;

	return os_lock_take(ground.dir, "LOCK", OS_PRIVATE, *(int *)arg, &lock);
}

static void
a_lock_excludes_other_processes_until_it_is_dropped(void **state)
{
	struct os_lock *lock, *second;
	int now = 0, soon = 50;

	(void)state;
	umask(0);
	assert_int_equal(
	    os_lock_take(ground.dir, "LOCK", OS_PRIVATE, 0, &lock), 0);
	assert_int_equal(ground_mode("LOCK"), 0600);
	assert_int_equal(in_child(try_lock, &now), ERR_BUSY);
	assert_int_equal(in_child(try_lock, &soon), ERR_BUSY);
	assert_int_equal(
	    os_lock_take(ground.dir, "LOCK", OS_PRIVATE, 0, &second), ERR_BUSY);
	assert_null(second);
	os_lock_drop(lock);
	assert_string_equal(ground_get("LOCK"), "");
	assert_int_equal(in_child(try_lock, &now), 0);
	/* That child ended without dropping it. */
	assert_int_equal(in_child(try_lock, &now), 0);
	os_lock_drop(NULL);
}

static int
hold_lock(void *arg)
{
	struct os_lock *lock;
	int *ready = arg;

	if (os_lock_take(ground.dir, "LOCK", OS_PRIVATE, 0, &lock) != 0)
		return -200;
	if (write(ready[1], "x", 1) != 1)
		return -201;
	while (pause() == -1)
		continue;
	return 0;
}

static void
a_lock_goes_with_a_process_that_is_killed(void **state)
{
	int ready[2], now = 0;
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	if ((pid = fork()) == 0)
		_exit(-hold_lock(ready));
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(in_child(try_lock, &now), ERR_BUSY);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(in_child(try_lock, &now), 0);
	close(ready[0]);
	close(ready[1]);
}

static int
drop_soon(void *arg)
{
	struct os_lock *lock;
	int *ready = arg;

	if (os_lock_take(ground.dir, "LOCK", OS_PRIVATE, 0, &lock) != 0)
		return -200;
	if (write(ready[1], "x", 1) != 1)
		return -201;
	poll(NULL, 0, 100);
	os_lock_drop(lock);
	while (pause() == -1)
		continue;
	return 0;
}

static void
who_waits_for_a_lock_gets_it_when_it_is_dropped(void **state)
{
	struct os_lock *lock;
	int ready[2];
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	if ((pid = fork()) == 0)
		_exit(-drop_soon(ready));
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(
	    os_lock_take(ground.dir, "LOCK", OS_PRIVATE, 20000, &lock), 0);
	os_lock_drop(lock);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ready[0]);
	close(ready[1]);
}

static int
hang(void *arg)
{
	(void)arg;
	while (pause() == -1)
		continue;
	return 0;
}

/* Takes a lock, leaves children behind in every way, and is killed. */
static int
die_with_children(void *arg)
{
	const char *argv[] = { "/bin/cat", ground_path("go"), NULL };
	struct os_child *child;
	struct os_share *share;
	struct os_lock *lock;

	(void)arg;
	if (os_lock_take(ground.dir, "LOCK", OS_PRIVATE, 0, &lock) != 0 ||
	    os_share_open(ground.path, &share) != 0 ||
	    os_share_start(share, "LOCK", 10) != 0 ||
	    os_spawn(argv, OS_QUIET, &child) != 0)
		return -200;
	os_run_limited(hang, NULL, NULL, 10);
	raise(SIGKILL);
	return 0;
}

static void
no_child_keeps_our_lock_when_we_are_gone(void **state)
{
	int now = 0, go;

	(void)state;
	ground_fifo("go");
	assert_int_equal(in_child(die_with_children, NULL), 1000 + SIGKILL);
	assert_int_equal(in_child(try_lock, &now), 0);
	/* The program still runs; now it may end. */
	go = openat(ground_fd, "go", O_WRONLY | O_CLOEXEC);
	assert_int_not_equal(go, -1);
	close(go);
}

static void
a_lock_file_that_is_no_file_is_refused(void **state)
{
	struct os_lock *lock;

	(void)state;
	ground_folder("d");
	ground_fifo("p");
	assert_int_equal(
	    os_lock_take(ground.dir, "d", OS_PRIVATE, 0, &lock), ERR_ISDIR);
	assert_int_equal(
	    os_lock_take(ground.dir, "p", OS_PRIVATE, 0, &lock), ERR_NOTFILE);
	assert_int_equal(
	    os_lock_take(ground.dir, "x/y", OS_PRIVATE, 0, &lock), ERR_NOENT);
}

int
test_posix_names(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(replacing_a_link_leaves_its_target_alone),
		TEST(a_change_of_case_alone_is_carried_out),
		TEST(a_running_program_can_be_replaced),
		TEST(an_immutable_file_is_refused_as_no_access),
		TEST(rename_new_never_replaces),
		TEST(rename_new_works_where_the_volume_lacks_noreplace),
		TEST(exactly_one_of_many_gets_a_claim),
		TEST(a_hard_link_is_a_second_name_or_told_as_unsupported),
		TEST(removing_tells_files_from_folders),
		TEST(a_lock_excludes_other_processes_until_it_is_dropped),
		TEST(a_lock_goes_with_a_process_that_is_killed),
		TEST(who_waits_for_a_lock_gets_it_when_it_is_dropped),
		TEST(no_child_keeps_our_lock_when_we_are_gone),
		TEST(a_lock_file_that_is_no_file_is_refused),
	};

	return cmocka_run_group_tests_name("names of POSIX", tests, NULL, NULL);
}
