/* Logon roots, read by a process that may hang. */
#include "../reads.h"
#include "posix_ground.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
errors_of_a_file_leave_the_share_usable(void **state)
{
	static const struct {
		const char *rel;
		int code;
	} rows[] = {
		{ "none", ERR_NOENT },
		{ "d/none", ERR_NOENT },
		{ "d", ERR_ISDIR },
		{ "p", ERR_NOTFILE },
		{ "l", ERR_LINK },
		{ "k/f", ERR_LINK },
		{ "f/x", ERR_NOTDIR },
		{ "../f", ERR_ARG },
		{ "/etc/passwd", ERR_ARG },
		{ "", ERR_ARG },
	};
	struct os_share *share = open_share(".");
	char name[5000];

	(void)state;
	ground_put("f", "x");
	ground_folder("d");
	ground_put("d/f", "x");
	ground_fifo("p");
	ground_link("f", "l");
	ground_link("d", "k");
	assert_int_equal(next_code(share), ERR_ARG);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (uint64_t max = 10; max < 100000; max *= 10000) {
			assert_int_equal(
			    os_share_start(share, rows[i].rel, max), 0);
			assert_int_equal(next_code(share), rows[i].code);
			assert_int_equal(next_code(share), rows[i].code);
		}
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(os_share_start(share, name, 1), ERR_NAME);
	name[300] = '\0';
	assert_int_equal(os_share_start(share, name, 1), 0);
	assert_int_equal(next_code(share), ERR_NAME);
	assert_int_equal(os_share_start(share, "d\\f", 1), 0);
	assert_int_equal(next_code(share), 0);
	os_share_close(share);
}

static int
read_refused(void *arg)
{
	struct os_share *share;
	int r;

	if (os_share_open(ground_path(arg), &share) != 0 ||
	    os_share_start(share, "f", 10) != 0)
		return -200;
	r = next_code(share);
	os_share_close(share);
	return r;
}

static void
a_refusal_is_told_from_a_missing_server(void **state)
{
	(void)state;
	ground_folder("open");
	ground_put("open/f", "x");
	assert_int_equal(chmod(ground_path("open/f"), 0600), 0);
	ground_folder("shut");
	ground_folder("shut/in");
	assert_int_equal(chmod(ground_path("shut"), 0700), 0);
	assert_int_equal(as_nobody(read_refused, "open"), ERR_ACCES);
	assert_int_equal(as_nobody(read_refused, "shut"), ERR_ACCES);
	assert_int_equal(as_nobody(read_refused, "shut/in"), ERR_ACCES);
}

static void
what_was_asked_for_ahead_is_read_meanwhile(void **state)
{
	struct os_share *share = open_share(".");
	struct pollfd closed = { inotify_init1(IN_CLOEXEC), POLLIN, 0 };

	(void)state;
	put_ahead();
	assert_true(inotify_add_watch(closed.fd, ground_path(ahead_name(4)),
			IN_CLOSE_NOWRITE) >= 0);
	start_ahead(share, 0);
	ask_ahead(share, 1, 5);
	/* The reader has closed the last one: it has answered all of them. */
	assert_int_equal(poll(&closed, 1, LIMIT_MS), 1);
	kill(ground_last_child(), SIGSTOP);
	for (size_t i = 0; i < 5; i++) {
		if (i > 0)
			start_ahead(share, i);
		assert_int_equal(read_all(share), ahead_sizes[i]);
	}
	close(closed.fd);
	os_share_close(share);
}

static void
another_start_gives_up_what_was_asked_for_ahead(void **state)
{
	struct os_share *share = open_share(".");
	const void *data;
	size_t len;

	(void)state;
	put_ahead();
	for (size_t i = 0; i < 40; i++) {
		start_ahead(share, 7);
		ask_ahead(share, 0, AHEAD);
		for (size_t j = 0; j < i % 5; j++)
			assert_int_equal(
			    os_share_next(share, LIMIT_MS, &data, &len), 0);
		/* Another limit is another read. */
		assert_int_equal(os_share_start(share, "f0", 20000), 0);
		assert_int_equal(read_all(share), ahead_sizes[0]);
		ask_ahead(share, 0, AHEAD);
		/* Those before it are passed over. */
		start_ahead(share, i % AHEAD);
		assert_int_equal(read_all(share), ahead_sizes[i % AHEAD]);
		start_ahead(share, AHEAD - 1);
		assert_int_equal(read_all(share), ahead_sizes[AHEAD - 1]);
	}
	/* Many that nobody waits for any more make no queue overflow. */
	kill(ground_last_child(), SIGSTOP);
	for (size_t i = 0; i < 10; i++) {
		assert_int_equal(os_share_start(share, "f0", 1), 0);
		ask_ahead(share, 0, AHEAD);
	}
	kill(ground_last_child(), SIGCONT);
	start_ahead(share, 1);
	assert_int_equal(read_all(share), ahead_sizes[1]);
	os_share_close(share);
}

static void
no_more_is_asked_for_ahead_than_fits(void **state)
{
	struct os_share *share = open_share(".");
	size_t asked = 0;

	(void)state;
	put_ahead();
	start_ahead(share, 0);
	kill(ground_last_child(), SIGSTOP);
	while (asked < 1000 && os_share_ahead(share, "f1", 2) == 0)
		asked++;
	assert_in_range(asked, 4, 100);
	assert_int_equal(os_share_ahead(share, "f1", 2), ERR_BUSY);
	kill(ground_last_child(), SIGCONT);
	assert_int_equal(read_all(share), ahead_sizes[0]);
	for (; asked > 0; asked--) {
		start_ahead(share, 1);
		assert_int_equal(read_all(share), ahead_sizes[1]);
	}
	os_share_close(share);
}

static void
a_share_that_hangs_costs_its_limit_once(void **state)
{
	struct os_share *share = open_share(".");
	const void *data;
	size_t len, which;
	pid_t reader;

	(void)state;
	ground_put("f", "x");
	assert_int_equal(os_share_start(share, "f", 10), 0);
	assert_int_equal(next_code(share), 0);
	reader = ground_last_child();
	kill(reader, SIGSTOP);
	assert_int_equal(os_share_start(share, "f", 10), 0);
	assert_int_equal(os_share_ready(&share, 1, 20, &which), ERR_TIMEOUT);
	assert_int_equal(os_share_next(share, 20, &data, &len), ERR_TIMEOUT);
	assert_int_equal(os_share_start(share, "f", 10), ERR_TIMEOUT);
	assert_int_equal(os_share_next(share, -1, &data, &len), ERR_TIMEOUT);
	assert_int_equal(os_share_ready(&share, 1, -1, &which), 0);
	os_share_close(share);
	/* SIGKILL ends a stopped process too: nothing of it stays. */
	while (kill(reader, 0) == 0) {
		waitpid(reader, NULL, WNOHANG);
		poll(NULL, 0, 10);
	}
}

static void
a_stopped_reader_does_not_hold_up_the_close(void **state)
{
	struct os_share *share = open_share(".");

	(void)state;
	ground_put("f", "x");
	assert_int_equal(os_share_start(share, "f", 10), 0);
	kill(ground_last_child(), SIGSTOP);
	/* Requests that are never taken up fill the socket, not our time. */
	for (int i = 0; i < 100000; i++)
		if (os_share_start(share, "f", 10) != 0)
			break;
	assert_int_equal(os_share_start(share, "f", 10), ERR_TIMEOUT);
	os_share_close(share);
	share = open_share(".");
	os_share_close(share);
}

static void
a_reader_that_dies_is_an_error_not_a_wait(void **state)
{
	struct os_share *share = open_share(".");

	(void)state;
	put_large("big", 3000000);
	assert_int_equal(os_share_start(share, "big", UINT64_MAX), 0);
	assert_int_equal(next_code(share), 0);
	kill(ground_last_child(), SIGKILL);
	for (int i = 0; i < 10; i++)
		if (next_code(share) != 0)
			break;
	assert_int_equal(next_code(share), ERR_IO);
	os_share_close(share);
}

static void
the_first_share_that_answers_is_told(void **state)
{
	struct os_share *shares[4] = { NULL, open_share("."), NULL,
		open_share(".") };
	const void *data;
	size_t len, which = 9;

	(void)state;
	ground_put("f", "x");
	assert_int_equal(os_share_start(shares[1], "f", 10), 0);
	kill(ground_last_child(), SIGSTOP);
	assert_int_equal(os_share_start(shares[3], "f", 10), 0);
	/* The stopped one may just have answered; then it is asked again. */
	assert_int_equal(os_share_ready(shares, 4, LIMIT_MS, &which), 0);
	if (which == 1) {
		assert_int_equal(os_share_start(shares[1], "f", 10), 0);
		assert_int_equal(
		    os_share_ready(shares, 4, LIMIT_MS, &which), 0);
	}
	assert_int_equal(which, 3);
	assert_int_equal(os_share_next(shares[3], 0, &data, &len), 0);
	assert_int_equal(len, 1);
	os_share_close(shares[3]);
	shares[3] = NULL;
	assert_int_equal(os_share_ready(shares, 4, 20, &which), ERR_TIMEOUT);
	os_share_close(shares[1]);
	shares[1] = NULL;
	assert_int_equal(os_share_ready(shares, 4, -1, &which), ERR_TIMEOUT);
}

static int
count_handles(pid_t pid)
{
	struct dirent *entry;
	char path[64];
	int count = 0;
	DIR *list;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	list = opendir(path);
	assert_non_null(list);
	while ((entry = readdir(list)) != NULL)
		count += entry->d_name[0] != '.';
	closedir(list);
	return count;
}

static void
a_reader_keeps_nothing_of_ours_open(void **state)
{
	struct os_share *share = open_share("."), *other = open_share(".");
	pid_t reader;

	(void)state;
	ground_put("f", "x");
	assert_int_equal(os_share_start(other, "f", 10), 0);
	assert_int_equal(os_share_start(share, "f", 10), 0);
	assert_int_equal(next_code(share), 0);
	reader = ground_last_child();
	/* It answers first and closes the file then. */
	for (int i = 0; i < 500 && count_handles(reader) > 1; i++)
		poll(NULL, 0, 10);
	assert_int_equal(count_handles(reader), 1);
	os_share_close(share);
	os_share_close(other);
}

static int
die_with_share(void *arg)
{
	struct os_share *share;
	char pid[16];

	(void)arg;
	if (os_share_open(ground.path, &share) != 0 ||
	    os_share_start(share, "f", 10) != 0 || next_code(share) != 0)
		return -200;
	snprintf(pid, sizeof(pid), "%d", (int)ground_last_child());
	ground_put("pid", pid);
	raise(SIGKILL);
	return 0;
}

static void
a_reader_ends_when_we_are_killed(void **state)
{
	(void)state;
	ground_put("f", "x");
	assert_int_equal(in_child(die_with_share, NULL), 1000 + SIGKILL);
	ground_await_end(atoi(ground_get("pid")));
}

int
test_posix_shares(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(errors_of_a_file_leave_the_share_usable),
		TEST(a_refusal_is_told_from_a_missing_server),
		TEST(what_was_asked_for_ahead_is_read_meanwhile),
		TEST(another_start_gives_up_what_was_asked_for_ahead),
		TEST(no_more_is_asked_for_ahead_than_fits),
		TEST(a_share_that_hangs_costs_its_limit_once),
		TEST(a_stopped_reader_does_not_hold_up_the_close),
		TEST(a_reader_that_dies_is_an_error_not_a_wait),
		TEST(the_first_share_that_answers_is_told),
		TEST(a_reader_keeps_nothing_of_ours_open),
		TEST(a_reader_ends_when_we_are_killed),
	};

	return cmocka_run_group_tests_name(
	    "shares of POSIX", tests, NULL, NULL);
}
