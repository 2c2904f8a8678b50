/* Programs that we start, work that is left behind, and being told to stop. */
#include "posix_ground.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct os_child *
start(const char *command, unsigned how)
{
	const char *argv[] = { "/bin/sh", "-c", command, NULL };
	struct os_child *child;

	assert_int_equal(os_spawn(argv, how, &child), 0);
	assert_non_null(child);
	return child;
}

static int
run(const char *command)
{
	struct os_child *child = start(command, 0);
	int code = -1;

	assert_int_equal(os_child_wait(child, -1, &code), 0);
	os_child_free(child);
	return code;
}

/* Waits for a file that another process makes; the alarm is the limit. */
static void
await_text(const char *rel, const char *text)
{
	while (strcmp(ground_get(rel), text) != 0)
		poll(NULL, 0, 10);
}

static void
exit_codes_and_signals_come_back(void **state)
{
	struct os_child *child;
	int code;

	(void)state;
	assert_int_equal(run("exit 0"), 0);
	assert_int_equal(run("exit 7"), 7);
	assert_int_equal(run("exit 255"), 255);
	assert_int_equal(run("kill -9 $$"), 128 + SIGKILL);
	child = start("exit 3", 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(os_child_wait(child, -1, &code), 0);
		assert_int_equal(code, 3);
	}
	os_child_end(child);
	os_child_free(child);
	os_child_free(NULL);
}

static void
a_program_that_is_missing_is_told(void **state)
{
	const char *argv[] = { ground_path("none"), NULL }, *no[] = { NULL };
	struct os_child *child;

	(void)state;
	assert_int_equal(os_spawn(argv, 0, &child), ERR_NOENT);
	assert_null(child);
	assert_int_equal(
	    os_spawn(argv, OS_DETACHED | OS_QUIET, &child), ERR_NOENT);
	assert_null(child);
	ground_put("none", "no program");
	assert_int_equal(os_spawn(argv, 0, &child), ERR_ACCES);
	assert_int_equal(os_spawn(no, 0, &child), ERR_ARG);
}

static void
a_child_that_runs_on_is_told_and_can_be_ended(void **state)
{
	struct os_child *child = start("exec sleep 30", 0);
	int code;

	(void)state;
	assert_int_equal(os_child_wait(child, 0, &code), ERR_TIMEOUT);
	assert_int_equal(os_child_wait(child, 20, &code), ERR_TIMEOUT);
	os_child_end(child);
	assert_int_equal(os_child_wait(child, -1, &code), 0);
	assert_int_equal(code, 128 + SIGKILL);
	os_child_free(child);
}

static int
wait_without_pidfd(void *arg)
{
	struct os_child *child;
	int code = 0;

	(void)arg;
	if (refuse_call(SYS_pidfd_open, ENOSYS) == -1)
		return -200;
	child = start("read x < p; exit 5", 0);
	if (os_child_wait(child, 30, &code) != ERR_TIMEOUT)
		return -201;
	ground_put("p", "x\n");
	if (os_child_wait(child, -1, &code) != 0)
		return -202;
	os_child_free(child);
	return -code;
}

static void
waiting_works_where_the_kernel_has_no_pidfd(void **state)
{
	(void)state;
	ground_fifo("p");
	assert_int_equal(chdir(ground.path), 0);
	assert_int_equal(in_child(wait_without_pidfd, NULL), -5);
}

static void
no_handle_but_the_standard_ones_is_inherited(void **state)
{
	struct os_lock *lock;
	struct os_share *share;
	struct os_watch *watch;
	struct os_file *file;
	int inherited = open("/dev/null", O_RDONLY);

	(void)state;
	assert_int_equal(
	    os_lock_take(ground.dir, "L", OS_PRIVATE, 0, &lock), 0);
	assert_int_equal(
	    os_open(ground.dir, "f", OS_CREATE, OS_PRIVATE, &file), 0);
	assert_int_equal(os_watch_open(&watch), 0);
	assert_int_equal(os_share_open(ground.path, &share), 0);
	assert_int_equal(os_share_start(share, "f", 1), 0);
	/* ls opens the folder itself as one more. */
	assert_int_equal(run("test \"$(ls /proc/self/fd | tr '\\n' ' ')\" = "
			     "'0 1 2 3 '"),
	    0);
	os_share_close(share);
	os_watch_close(watch);
	os_file_close(file);
	os_lock_drop(lock);
	close(inherited);
}

static void
a_child_begins_with_no_signal_blocked_or_caught(void **state)
{
	sigset_t all, old;
	int code;

	(void)state;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	code = run("kill -TERM $$; exit 9");
	sigprocmask(SIG_SETMASK, &old, NULL);
	assert_int_equal(code, 128 + SIGTERM);
}

static int
show_output(void *arg)
{
	int fd = openat(ground_fd, "out", O_WRONLY | O_CREAT, 0644), code;
	struct os_child *child;

	dup2(fd, 1);
	dup2(fd, 2);
	child = start("echo one; echo two >&2", *(unsigned *)arg);
	if (os_child_wait(child, -1, &code) != 0)
		return -200;
	os_child_free(child);
	return -code;
}

static void
quiet_throws_output_away(void **state)
{
	unsigned quiet = OS_QUIET, loud = 0;

	(void)state;
	assert_int_equal(in_child(show_output, &quiet), 0);
	assert_string_equal(ground_get("out"), "");
	assert_int_equal(in_child(show_output, &loud), 0);
	assert_string_equal(ground_get("out"), "one\ntwo\n");
}

static int
start_detached(void *arg)
{
	struct os_child *child;
	int code;

	(void)arg;
	if (chdir(ground.path) == -1)
		return -200;
	child = start("echo $$ > pid; read x < go; echo x > done",
	    OS_DETACHED | OS_QUIET);
	if (os_child_wait(child, 0, &code) != ERR_UNSUP)
		return -201;
	os_child_end(child);
	os_child_free(child);
	/* It is no child of ours, running or as a zombie. */
	if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
		return -202;
	return kill(getpid(), SIGKILL);
}

static void
a_detached_program_survives_us_in_a_session_of_its_own(void **state)
{
	int pid, fd;

	(void)state;
	ground_fifo("go");
	assert_int_equal(in_child(start_detached, NULL), 1000 + SIGKILL);
	while ((pid = atoi(ground_get("pid"))) == 0)
		poll(NULL, 0, 10);
	assert_int_equal(getsid(pid), pid);
	fd = openat(ground_fd, "go", O_WRONLY);
	assert_int_not_equal(fd, -1);
	close(fd);
	await_text("done", "x\n");
}

static void
children_that_were_forgotten_leave_no_zombies(void **state)
{
	siginfo_t info;

	(void)state;
	for (int i = 0; i < 3; i++)
		os_child_free(start("exit 0", 0));
	/* Wait for the last to end, without taking it from the table. */
	while (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) == 0) {
		os_child_free(start("exit 0", 0));
		if (run("exit 0") == 0 &&
		    waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == -1)
			break;
		poll(NULL, 0, 10);
	}
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void
the_path_of_the_running_program_is_known(void **state)
{
	char text[4096], *path;
	ssize_t len = readlink("/proc/self/exe", text, sizeof(text) - 1);

	(void)state;
	assert_true(len > 0);
	text[len] = '\0';
	assert_int_equal(os_self(&path), 0);
	assert_string_equal(path, text);
	free(path);
}

static int memory;

static int
give(void *arg)
{
	memory = 1;
	return *(int *)arg;
}

static void
leave(void *arg)
{
	(void)arg;
	memory += 10;
}

static int
hang(void *arg)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	ground_put(arg, pid);
	while (pause() == -1)
		continue;
	return 0;
}

static int
crash(void *arg)
{
	(void)arg;
	raise(SIGKILL);
	return 0;
}

static void
limited_work_gives_its_result_and_nothing_else(void **state)
{
	static int results[] = { 0, -1, ERR_HOST, ERR_TIMEOUT, 5, 100000 };

	(void)state;
	memory = 0;
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		assert_int_equal(
		    os_run_limited(give, &results[i], NULL, -1), results[i]);
	assert_int_equal(memory, 0);
	assert_int_equal(os_run_limited(give, &results[1], leave, -1), -1);
	assert_int_equal(memory, 10);
	assert_int_equal(os_run_limited(crash, NULL, leave, -1), ERR_IO);
	assert_int_equal(memory, 20);
}

static void
limited_work_that_hangs_is_left_behind_and_ended(void **state)
{
	int pid = 0;

	(void)state;
	for (int ms = 50; ms < 20000 && pid == 0; ms *= 2) {
		assert_int_equal(
		    os_run_limited(hang, "pid", NULL, ms), ERR_TIMEOUT);
		pid = atoi(ground_get("pid"));
	}
	assert_true(pid > 0);
	/* The next call of its kind takes it from the process table. */
	while (kill(pid, 0) == 0) {
		int zero = 0;

		os_run_limited(give, &zero, NULL, -1);
		poll(NULL, 0, 10);
	}
	assert_int_equal(errno, ESRCH);
}

/* How many of our handles are the lock: 0, told as a result. */
static int
count_locks(void *arg)
{
	char path[64], target[4096];
	int count = 0;

	(void)arg;
	for (int fd = 0; fd < 256; fd++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		ssize_t len = readlink(path, target, sizeof(target) - 1);

		if (len < 4)
			continue;
		target[len] = '\0';
		count += strcmp(target + len - 4, "LOCK") == 0;
	}
	return count;
}

static void
limited_work_holds_none_of_our_locks(void **state)
{
	struct os_lock *lock, *other;

	(void)state;
	assert_int_equal(
	    os_lock_take(ground.dir, "a.LOCK", OS_PRIVATE, 0, &lock), 0);
	assert_int_equal(
	    os_lock_take(ground.dir, "b.LOCK", OS_PRIVATE, 0, &other), 0);
	assert_int_equal(count_locks(NULL), 2);
	assert_int_equal(os_run_limited(count_locks, NULL, NULL, -1), 0);
	os_lock_drop(lock);
	assert_int_equal(count_locks(NULL), 1);
	assert_int_equal(os_run_limited(count_locks, NULL, NULL, -1), 0);
	os_lock_drop(other);
}

/* Works without a limit, and is killed by somebody who waits for that. */
static int
die_working(void *arg)
{
	pid_t us = getpid();

	(void)arg;
	if (fork() == 0) {
		while (atoi(ground_get("pid")) == 0)
			poll(NULL, 0, 10);
		kill(us, SIGKILL);
		_exit(0);
	}
	return os_run_limited(hang, "pid", NULL, -1);
}

static void
limited_work_ends_when_we_are_killed(void **state)
{
	(void)state;
	assert_int_equal(in_child(die_working, NULL), 1000 + SIGKILL);
	ground_await_end(atoi(ground_get("pid")));
}

static int
print_much(void *arg)
{
	(void)arg;
	printf("in the child\n");
	fflush(stdout);
	return 0;
}

static int
run_with_output(void *arg)
{
	int fd = openat(ground_fd, "out", O_WRONLY | O_CREAT, 0644);

	(void)arg;
	fflush(stdout);
	dup2(fd, 1);
	printf("once\n");
	if (os_run_limited(print_much, NULL, NULL, -1) != 0)
		return -200;
	fflush(stdout);
	return 0;
}

static void
limited_work_prints_nothing_and_no_text_twice(void **state)
{
	(void)state;
	assert_int_equal(in_child(run_with_output, NULL), 0);
	assert_string_equal(ground_get("out"), "once\n");
}

/* Every function that waits, with a wait that would be far too long. */

static int
wait_sleep(void)
{
	return os_sleep(100000);
}

static int
wait_lock(void)
{
	struct os_lock *first, *second;

	if (os_lock_take(ground.dir, "L", OS_PRIVATE, 0, &first) < 0)
		return -200;
	return os_lock_take(ground.dir, "L", OS_PRIVATE, 100000, &second);
}

static int
wait_child(void)
{
	const char *argv[] = { "/bin/sleep", "100", NULL };
	struct os_child *child;
	int code, r;

	if (os_spawn(argv, 0, &child) < 0)
		return -200;
	r = os_child_wait(child, -1, &code);
	os_child_end(child);
	return r;
}

static int
wait_work(void)
{
	return os_run_limited(hang, "pid", NULL, -1);
}

/* A share whose reader is stopped, and so will never answer. */
static int
hanging_share(struct os_share **share)
{
	const void *data;
	size_t len;
	int r;

	if ((r = os_share_open(ground.path, share)) < 0 ||
	    (r = os_share_start(*share, "f", 10)) < 0 ||
	    (r = os_share_next(*share, -1, &data, &len)) < 0)
		return r;
	kill(ground_last_child(), SIGSTOP);
	return os_share_start(*share, "f", 10);
}

static int
wait_share(void)
{
	struct os_share *share;
	const void *data;
	size_t len;
	int r;

	if ((r = hanging_share(&share)) < 0)
		return r;
	return os_share_next(share, -1, &data, &len);
}

static int
wait_shares(void)
{
	struct os_share *share;
	size_t which;
	int r;

	if ((r = hanging_share(&share)) < 0)
		return r;
	return os_share_ready(&share, 1, -1, &which);
}

static int
wait_watch(void)
{
	struct os_watch *watch;
	uint32_t bits, gone;

	if (os_watch_open(&watch) < 0 ||
	    os_watch_add(watch, ground.path, 0) < 0)
		return -200;
	for (;;) {
		int r = os_watch_wait(watch, -1, &bits, &gone);

		if (r < 0)
			return r;
	}
}

static int (*const waits[])(void) = { wait_sleep, wait_lock, wait_child,
	wait_work, wait_share, wait_shares, wait_watch };

/* arg: which wait; a stop comes before it, or soon from somebody else. */
static int
stopped_before(void *arg)
{
	os_stop_catch();
	raise(SIGTERM);
	return os_stop_asked() ? (*(int (**)(void))arg)() : -200;
}

static int
stopped_meanwhile(void *arg)
{
	pid_t us = getpid();

	os_stop_catch();
	if (os_stop_asked())
		return -200;
	if (fork() == 0) {
		poll(NULL, 0, 50);
		kill(us, SIGHUP);
		_exit(0);
	}
	return (*(int (**)(void))arg)();
}

static void
a_request_to_stop_ends_every_wait(void **state)
{
	(void)state;
	ground_put("f", "x");
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		assert_int_equal(
		    in_child(stopped_before, (void *)&waits[i]), ERR_STOP);
		assert_int_equal(
		    in_child(stopped_meanwhile, (void *)&waits[i]), ERR_STOP);
	}
}

static int
ignore_hangup(void *arg)
{
	(void)arg;
	signal(SIGHUP, SIG_IGN);
	os_stop_catch();
	raise(SIGHUP);
	return os_stop_asked() ? -1 : os_sleep(1);
}

static void
a_hangup_that_nohup_ignores_stays_ignored(void **state)
{
	(void)state;
	assert_int_equal(in_child(ignore_hangup, NULL), 0);
}

static int
stop_in_work(void *arg)
{
	(void)arg;
	raise(SIGTERM);
	return 0;
}

static int
stop_only_the_worker(void *arg)
{
	(void)arg;
	os_stop_catch();
	if (os_run_limited(stop_in_work, NULL, NULL, -1) != ERR_IO)
		return -200;
	return os_stop_asked() ? -201 : os_sleep(10);
}

static void
a_signal_to_a_worker_is_no_request_to_us(void **state)
{
	(void)state;
	assert_int_equal(in_child(stop_only_the_worker, NULL), 0);
}

static int
speak_to_nobody(void *arg)
{
	const char *argv[] = { "/bin/sh", "-c", "kill -PIPE $$", NULL };
	struct os_child *child;
	int ends[2], code = 0;

	(void)arg;
	os_stop_catch();
	if (pipe(ends) == -1 || close(ends[0]) == -1)
		return -200;
	if (write(ends[1], "x", 1) != -1 || errno != EPIPE)
		return -201;
	/* What we start ends there, as it does everywhere. */
	if (os_spawn(argv, 0, &child) != 0 ||
	    os_child_wait(child, -1, &code) != 0)
		return -202;
	os_child_free(child);
	return code == 128 + SIGPIPE ? 0 : -203;
}

static void
output_that_nobody_reads_ends_our_children_alone(void **state)
{
	(void)state;
	assert_int_equal(in_child(speak_to_nobody, NULL), 0);
}

int
test_posix_children(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(exit_codes_and_signals_come_back),
		TEST(a_program_that_is_missing_is_told),
		TEST(a_child_that_runs_on_is_told_and_can_be_ended),
		TEST(waiting_works_where_the_kernel_has_no_pidfd),
		TEST(no_handle_but_the_standard_ones_is_inherited),
		TEST(a_child_begins_with_no_signal_blocked_or_caught),
		TEST(quiet_throws_output_away),
		TEST(a_detached_program_survives_us_in_a_session_of_its_own),
		TEST(children_that_were_forgotten_leave_no_zombies),
		TEST(the_path_of_the_running_program_is_known),
		TEST(limited_work_gives_its_result_and_nothing_else),
		TEST(limited_work_that_hangs_is_left_behind_and_ended),
		TEST(limited_work_holds_none_of_our_locks),
		TEST(limited_work_ends_when_we_are_killed),
		TEST(limited_work_prints_nothing_and_no_text_twice),
		TEST(a_request_to_stop_ends_every_wait),
		TEST(a_hangup_that_nohup_ignores_stays_ignored),
		TEST(output_that_nobody_reads_ends_our_children_alone),
		TEST(a_signal_to_a_worker_is_no_request_to_us),
	};

	return cmocka_run_group_tests_name(
	    "children of POSIX", tests, NULL, NULL);
}
