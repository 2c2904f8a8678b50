/* Logon roots, read by a process that may hang. */
#include "ground.h"

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

#define LIMIT_MS 20000 /* of what does not hang */

static struct os_share *
open_share(const char *rel)
{
	struct os_share *share;

	assert_int_equal(os_share_open(ground_path(rel), &share), 0);
	assert_non_null(share);
	return share;
}

/* A file of `size` bytes, each of them told by its position. */
static unsigned char
byte_at(size_t i)
{
	return (unsigned char)(i * 31 + i / 251);
}

static void
put_large(const char *rel, size_t size)
{
	FILE *file = fopen(ground_path(rel), "w");

	assert_non_null(file);
	for (size_t i = 0; i < size; i++)
		putc(byte_at(i), file);
	assert_int_equal(fclose(file), 0);
}

/* Reads to the end and checks every byte; how many came. */
static size_t
read_all(struct os_share *share)
{
	const unsigned char *data;
	const void *piece;
	size_t len, total = 0;

	for (;;) {
		assert_int_equal(
		    os_share_next(share, LIMIT_MS, &piece, &len), 0);
		data = piece;
		for (size_t i = 0; i < len; i++)
			if (data[i] != byte_at(total + i))
				fail_msg("byte %zu is wrong", total + i);
		total += len;
		if (len == 0)
			return total;
	}
}

static int
next_code(struct os_share *share)
{
	const void *data;
	size_t len;

	return os_share_next(share, LIMIT_MS, &data, &len);
}

static void
files_of_every_size_come_whole_and_limited(void **state)
{
	static const size_t sizes[] = { 0, 1, 4095, 4096, 4097, 262143, 262144,
		262145, 524288, 1048576 + 77 };
	static const uint64_t limits[] = { 0, 1, 4096, 4097, 262144, 300000,
		524288, UINT64_MAX };
	struct os_share *share = open_share(".");

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		put_large("f", sizes[i]);
		for (size_t j = 0; j < sizeof(limits) / sizeof(limits[0]);
		     j++) {
			size_t expected = sizes[i] < limits[j]
			    ? sizes[i]
			    : (size_t)limits[j];

			assert_int_equal(
			    os_share_start(share, "f", limits[j]), 0);
			assert_int_equal(read_all(share), expected);
			/* The end stays the end. */
			assert_int_equal(read_all(share), 0);
		}
	}
	os_share_close(share);
	os_share_close(NULL);
}

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

static void
a_root_that_is_not_there_is_a_server_that_is_not_there(void **state)
{
	struct os_share *share = open_share("root");

	(void)state;
	assert_int_equal(os_share_start(share, "f", 10), 0);
	assert_int_equal(next_code(share), ERR_HOST);
	ground_put("root", "a file");
	assert_int_equal(os_share_start(share, "f", 10), 0);
	assert_int_equal(next_code(share), ERR_HOST);
	assert_int_equal(os_remove(ground.dir, "root"), 0);
	/* It comes, goes, and comes again in another place. */
	ground_folder("root");
	ground_put("root/f", "x");
	assert_int_equal(os_share_start(share, "f", 10), 0);
	assert_int_equal(next_code(share), 0);
	assert_int_equal(rename(ground_path("root"), ground_path("away")), 0);
	assert_int_equal(os_share_start(share, "f", 10), 0);
	assert_int_equal(next_code(share), ERR_HOST);
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
a_share_path_is_read_below_sms_unc(void **state)
{
	struct os_share *share;

	(void)state;
	ground_folder("SRV");
	ground_folder("SRV/S");
	ground_put("SRV/S/f", "x");
	setenv("SMS_UNC", ground.path, 1);
	assert_int_equal(os_share_open("\\\\SRV\\S", &share), 0);
	assert_int_equal(os_share_start(share, "f", 10), 0);
	assert_int_equal(next_code(share), 0);
	os_share_close(share);
	unsetenv("SMS_UNC");
}

static void
a_new_start_gives_up_the_read_before_it(void **state)
{
	struct os_share *share = open_share(".");
	const void *data;
	size_t len;

	(void)state;
	put_large("big", 3000000);
	ground_put("small", "small");
	for (int i = 0; i < 50; i++) {
		assert_int_equal(os_share_start(share, "big", UINT64_MAX), 0);
		/* Given up at once, after one piece, or after several. */
		for (int j = 0; j < i % 4; j++)
			assert_int_equal(
			    os_share_next(share, LIMIT_MS, &data, &len), 0);
		assert_int_equal(
		    os_share_start(share, "small", i % 2 == 0 ? 100 : 100000),
		    0);
		assert_int_equal(
		    os_share_next(share, LIMIT_MS, &data, &len), 0);
		assert_int_equal(len, 5);
		assert_memory_equal(data, "small", 5);
	}
	assert_int_equal(os_share_start(share, "big", UINT64_MAX), 0);
	assert_int_equal(read_all(share), 3000000);
	os_share_close(share);
}

/* The file "f<i>" has so many bytes. */
static const size_t ahead_sizes[] = { 10000, 1, 0, 4095, 4096, 131072, 131073,
	3000000, 5000, 70000 };
#define AHEAD (sizeof(ahead_sizes) / sizeof(ahead_sizes[0]))

static const char *
ahead_name(size_t i)
{
	static char name[16];

	snprintf(name, sizeof(name), "f%zu", i);
	return name;
}

static void
put_ahead(void)
{
	for (size_t i = 0; i < AHEAD; i++)
		put_large(ahead_name(i), ahead_sizes[i]);
}

static void
ask_ahead(struct os_share *share, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		assert_int_equal(
		    os_share_ahead(share, ahead_name(i), ahead_sizes[i] + 1),
		    0);
}

static void
start_ahead(struct os_share *share, size_t i)
{
	assert_int_equal(
	    os_share_start(share, ahead_name(i), ahead_sizes[i] + 1), 0);
}

static void
files_asked_for_ahead_come_in_order_and_whole(void **state)
{
	struct os_share *share = open_share(".");

	(void)state;
	put_ahead();
	for (int round = 0; round < 5; round++) {
		ask_ahead(share, 0, AHEAD);
		for (size_t i = 0; i < AHEAD; i++) {
			start_ahead(share, i);
			assert_int_equal(read_all(share), ahead_sizes[i]);
		}
	}
	os_share_close(share);
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

/* A sum that tells every byte and its place. */
static void *
tally_begin(void)
{
	return calloc(2, sizeof(uint32_t));
}

static void
tally_add(void *state, const void *data, size_t len)
{
	const unsigned char *bytes = data;
	uint32_t *tally = state;

	for (size_t i = 0; i < len; i++)
		tally[1] = tally[1] * 33 + bytes[i];
	tally[0] += (uint32_t)len;
}

static void
tally_end(void *state, char text[OS_SHARE_SUM])
{
	uint32_t *tally = state;

	snprintf(text, OS_SHARE_SUM, "%u %u", tally[0], tally[1]);
	free(tally);
}

static void *
no_memory(void)
{
	return NULL;
}

static const struct os_share_sum tally = { tally_begin, tally_add, tally_end };
static const struct os_share_sum never = { no_memory, tally_add, tally_end };

/* That of a read of so many bytes. */
static void
check_sum(const struct os_share *share, size_t len)
{
	char expected[OS_SHARE_SUM];
	void *state = tally_begin();
	unsigned char byte;

	for (size_t i = 0; i < len; i++) {
		byte = byte_at(i);
		tally_add(state, &byte, 1);
	}
	tally_end(state, expected);
	assert_string_equal(expected, os_share_summed(share));
}

static void
sum_is_that_of_all_bytes(void **state)
{
	struct os_share *share = open_share(".");

	(void)state;
	put_ahead();
	os_share_sum(share, &tally);
	ask_ahead(share, 0, AHEAD);
	for (size_t i = 0; i < AHEAD; i++) {
		start_ahead(share, i);
		assert_string_equal("", os_share_summed(share));
		assert_int_equal(read_all(share), ahead_sizes[i]);
		check_sum(share, ahead_sizes[i]);
		/* A part of it. */
		assert_int_equal(os_share_start(share, ahead_name(i), 1), 0);
		check_sum(share, read_all(share));
	}
	os_share_close(share);
}

static void
sum_is_of_the_read_that_it_was_asked_for(void **state)
{
	struct os_share *share = open_share(".");

	(void)state;
	put_ahead();
	put_large("big", 3000000);
	for (int i = 0; i < 20; i++) {
		os_share_sum(share, i % 3 == 0 ? NULL : &tally);
		assert_int_equal(os_share_start(share, "big", UINT64_MAX), 0);
		if (i % 2 == 0)
			assert_int_equal(next_code(share), 0);
		/* Given up; the same file without a sum is another read. */
		os_share_sum(share, NULL);
		ask_ahead(share, 7, 8);
		os_share_sum(share, &tally);
		start_ahead(share, 7);
		check_sum(share, read_all(share));
		os_share_sum(share, NULL);
		start_ahead(share, 7);
		assert_int_equal(read_all(share), ahead_sizes[7]);
		assert_string_equal("", os_share_summed(share));
	}
	os_share_sum(share, &tally);
	assert_int_equal(os_share_start(share, "none", 10), 0);
	assert_int_equal(next_code(share), ERR_NOENT);
	assert_string_equal("", os_share_summed(share));
	os_share_sum(share, &never);
	start_ahead(share, 7);
	assert_int_equal(next_code(share), ERR_NOMEM);
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
errors_of_files_asked_for_ahead_belong_to_them(void **state)
{
	struct os_share *share = open_share(".");

	(void)state;
	put_ahead();
	start_ahead(share, 0);
	assert_int_equal(os_share_ahead(share, "none", 10), 0);
	assert_int_equal(os_share_ahead(share, "none", 10000), 0);
	ask_ahead(share, 1, 2);
	assert_int_equal(read_all(share), ahead_sizes[0]);
	assert_int_equal(os_share_start(share, "none", 10), 0);
	assert_int_equal(next_code(share), ERR_NOENT);
	assert_int_equal(os_share_start(share, "none", 10000), 0);
	assert_int_equal(next_code(share), ERR_NOENT);
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
test_shares(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(files_of_every_size_come_whole_and_limited),
		TEST(errors_of_a_file_leave_the_share_usable),
		TEST(a_root_that_is_not_there_is_a_server_that_is_not_there),
		TEST(a_refusal_is_told_from_a_missing_server),
		TEST(a_share_path_is_read_below_sms_unc),
		TEST(a_new_start_gives_up_the_read_before_it),
		TEST(files_asked_for_ahead_come_in_order_and_whole),
		TEST(what_was_asked_for_ahead_is_read_meanwhile),
		TEST(sum_is_that_of_all_bytes),
		TEST(sum_is_of_the_read_that_it_was_asked_for),
		TEST(another_start_gives_up_what_was_asked_for_ahead),
		TEST(errors_of_files_asked_for_ahead_belong_to_them),
		TEST(no_more_is_asked_for_ahead_than_fits),
		TEST(a_share_that_hangs_costs_its_limit_once),
		TEST(a_stopped_reader_does_not_hold_up_the_close),
		TEST(a_reader_that_dies_is_an_error_not_a_wait),
		TEST(the_first_share_that_answers_is_told),
		TEST(a_reader_keeps_nothing_of_ours_open),
		TEST(a_reader_ends_when_we_are_killed),
	};

	return cmocka_run_group_tests_name("shares", tests, NULL, NULL);
}
