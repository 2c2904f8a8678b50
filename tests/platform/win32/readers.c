/*
 * Logon roots that hang, on Windows. A reader is a thread of ours: it hangs
 * when the sum that it is asked for does, and goes on when we let it.
 */
#include "../reads.h"
#include "programs.h"
#include "win32_ground.h"

#include <stdlib.h>
#include <string.h>

#define PIECES 8  /* that are read before the caller takes one */
#define MANY   70 /* shares: more than one wait of the system's takes */
#define QUIET  50 /* ms, in which what must not happen would */

static HANDLE inside;	     /* a reader has come to where it hangs */
static HANDLE gate;	     /* set: it goes on */
static HANDLE readers[MANY]; /* the threads that were seen */
static volatile LONG seen;   /* how many */
static volatile LONG ended;  /* sums that are whole */
static volatile LONG added;  /* pieces that were added to sums */

static void *
count_begin(void)
{
	LONG i = InterlockedIncrement(&seen) - 1;

	if (i < MANY)
		readers[i] = OpenThread(
		    SYNCHRONIZE, FALSE, GetCurrentThreadId());
	return calloc(1, 1);
}

static void *
hang_begin(void)
{
	void *state = count_begin();

	SetEvent(inside);
	WaitForSingleObject(gate, INFINITE);
	return state;
}

static void
count_add(void *state, const void *data, size_t len)
{
	(void)state;
	(void)data;
	(void)len;
	InterlockedIncrement(&added);
}

static void
count_end(void *state, char text[OS_SHARE_SUM])
{
	free(state);
	strcpy(text, "whole");
	InterlockedIncrement(&ended);
}

static const struct os_share_sum hang = { hang_begin, count_add, count_end };
static const struct os_share_sum count = { count_begin, count_add, count_end };

static int
setup(void **state)
{
	inside = CreateEventW(NULL, FALSE, FALSE, NULL);
	gate = CreateEventW(NULL, TRUE, FALSE, NULL);
	seen = ended = added = 0;
	return ground_setup(state);
}

/* Every thread that was seen ends by itself; its share is closed. */
static bool
readers_end(void)
{
	bool all = seen <= MANY;

	for (LONG i = 0; i < seen && i < MANY; i++) {
		all = all &&
		    WaitForSingleObject(readers[i], LIMIT_MS) == WAIT_OBJECT_0;
		CloseHandle(readers[i]);
	}
	seen = 0;
	return all;
}

static int
teardown(void **state)
{
	bool all;

	SetEvent(gate);
	all = readers_end();
	CloseHandle(gate);
	CloseHandle(inside);
	return ground_teardown(state) == 0 && all ? 0 : -1;
}

/* One whose reader hangs. */
static struct os_share *
hanging_share(void)
{
	struct os_share *share = open_share(".");

	ground_put("h", "x");
	os_share_sum(share, &hang);
	assert_int_equal(os_share_start(share, "h", 10), 0);
	os_share_sum(share, NULL);
	assert_int_equal(WaitForSingleObject(inside, LIMIT_MS), WAIT_OBJECT_0);
	return share;
}

static void
await(volatile LONG *counter, LONG expected)
{
	for (int i = 0; i < LIMIT_MS / 10 && *counter < expected; i++)
		Sleep(10);
	assert_true(*counter >= expected);
}

static void
a_share_that_hangs_costs_its_limit_once(void **state)
{
	struct os_share *share = hanging_share();
	const void *data;
	size_t len, which = 9;

	(void)state;
	assert_int_equal(os_share_ready(&share, 1, 20, &which), ERR_TIMEOUT);
	assert_int_equal(os_share_next(share, 20, &data, &len), ERR_TIMEOUT);
	assert_int_equal(os_share_start(share, "h", 10), ERR_TIMEOUT);
	assert_int_equal(os_share_ahead(share, "h", 10), ERR_TIMEOUT);
	assert_int_equal(os_share_next(share, -1, &data, &len), ERR_TIMEOUT);
	assert_string_equal(os_share_summed(share), "");
	assert_int_equal(os_share_ready(&share, 1, -1, &which), 0);
	assert_int_equal(which, 0);
	os_share_close(share);
}

static void
what_hangs_is_left_behind_and_ends_when_it_can(void **state)
{
	struct os_share *share;

	(void)state;
	for (int i = 0; i < 5; i++) {
		share = hanging_share();
		assert_int_equal(os_share_ahead(share, "h", 10), 0);
		/* The gate is shut: a close that waits would not come back. */
		os_share_close(share);
	}
	for (int i = 0; i < 5; i++)
		assert_int_equal(
		    WaitForSingleObject(readers[i], 0), WAIT_TIMEOUT);
	SetEvent(gate);
	assert_true(readers_end());
	assert_int_equal(ended, 5);
}

static void
shares_leave_nothing_open(void **state)
{
	struct os_share *share;
	unsigned before = 0;
	const void *data;
	size_t len;

	(void)state;
	put_large("big", 3000000);
	for (int i = 0; i < 60; i++) {
		share = open_share(".");
		os_share_sum(share, &count);
		assert_int_equal(os_share_start(share, "big", UINT64_MAX), 0);
		assert_int_equal(os_share_ahead(share, "none", 5), 0);
		for (int j = 0; j < i % 20 + 1; j++)
			assert_int_equal(
			    os_share_next(share, LIMIT_MS, &data, &len), 0);
		os_share_close(share);
		assert_true(readers_end());
		if (i == 9)
			before = ground_handles();
	}
	/* Timers of the system's come and go. */
	assert_in_range(ground_handles(), 1, before + 20);
}

/* FOLDER: a reader of it hangs, and this program ends. */
void
readers_role(char **words)
{
	struct os_share *share;

	inside = CreateEventW(NULL, FALSE, FALSE, NULL);
	gate = CreateEventW(NULL, TRUE, FALSE, NULL);
	if (os_share_open(words[0], &share) != 0)
		exit(1);
	os_share_sum(share, &hang);
	if (os_share_start(share, "h", 10) != 0 ||
	    WaitForSingleObject(inside, LIMIT_MS) != WAIT_OBJECT_0)
		exit(2);
	exit(7);
}

static void
a_program_ends_while_a_reader_hangs(void **state)
{
	struct os_child *child;
	int code = 0;
	char *self;

	(void)state;
	ground_put("h", "x");
	assert_int_equal(os_self(&self), 0);
	const char *argv[] = { self, "/role:reader", ground.path, NULL };
	assert_int_equal(os_spawn(argv, 0, &child), 0);
	assert_int_equal(os_child_wait(child, LIMIT_MS, &code), 0);
	assert_int_equal(code, 7);
	os_child_free(child);
	free(self);
}

static void
what_was_asked_for_ahead_is_read_meanwhile(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	struct os_share *share = open_share(".");
	size_t len, which;
	const void *data;

	(void)state;
	os_share_sum(share, &count);
	for (size_t i = 0; i < 4; i++)
		put_large(names[i], 1000 * (i + 1));
	assert_int_equal(os_share_start(share, names[0], 5000), 0);
	for (size_t i = 1; i < 4; i++)
		assert_int_equal(os_share_ahead(share, names[i], 5000), 0);
	await(&ended, 4);
	Sleep(QUIET); /* the last one is handed over after its sum */
	for (size_t i = 0; i < 4; i++) {
		if (i > 0)
			assert_int_equal(
			    os_share_start(share, names[i], 5000), 0);
		assert_int_equal(os_share_ready(&share, 1, 0, &which), 0);
		assert_int_equal(os_share_next(share, 0, &data, &len), 0);
		assert_int_equal(len, 1000 * (i + 1));
		assert_int_equal(os_share_next(share, 0, &data, &len), 0);
		assert_int_equal(len, 0);
		assert_string_equal(os_share_summed(share), "whole");
	}
	assert_int_equal(ended, 4);
	os_share_close(share);
}

static void
no_more_is_read_than_fits(void **state)
{
	struct os_share *share = open_share(".");
	size_t size = (size_t)40 * 262144, total = 0, len;
	const void *data;

	(void)state;
	put_large("big", size);
	os_share_sum(share, &count);
	assert_int_equal(os_share_start(share, "big", UINT64_MAX), 0);
	await(&added, PIECES);
	Sleep(QUIET);
	assert_int_equal(added, PIECES);
	do {
		assert_int_equal(
		    os_share_next(share, LIMIT_MS, &data, &len), 0);
		/* The caller has one of them until it asks for the next. */
		if (total == 0) {
			Sleep(QUIET);
			assert_int_equal(added, PIECES);
		}
		total += len;
	} while (len > 0);
	assert_int_equal(total, size);
	os_share_close(share);
}

static void
requests_that_nobody_waits_for_fill_nothing(void **state)
{
	struct os_share *share = hanging_share();
	size_t asked = 0;

	(void)state;
	put_large("f", 4);
	for (int i = 0; i < 10000; i++) {
		assert_int_equal(os_share_start(share, "f", 1), 0);
		assert_int_equal(os_share_ahead(share, "f", 2), 0);
		assert_int_equal(os_share_ahead(share, "f", 3), 0);
		if (i % 2 == 0)
			assert_int_equal(os_share_start(share, "f", 3), 0);
	}
	assert_int_equal(os_share_start(share, "f", 1), 0);
	while (asked < 1000 && os_share_ahead(share, "f", 2) == 0)
		asked++;
	assert_in_range(asked, 4, 100);
	assert_int_equal(os_share_ahead(share, "f", 2), ERR_BUSY);
	SetEvent(gate);
	assert_int_equal(read_all(share), 1);
	for (; asked > 0; asked--) {
		assert_int_equal(os_share_start(share, "f", 2), 0);
		assert_int_equal(read_all(share), 2);
	}
	os_share_close(share);
}

/* The last of so many answers, the others hang. */
static void
expect_last(struct os_share *shares[], size_t shares_count)
{
	size_t last = shares_count - 1, len, which = 0;
	const void *data;

	shares[last] = open_share(".");
	put_large("f", 1);
	assert_int_equal(os_share_start(shares[last], "f", 10), 0);
	assert_int_equal(
	    os_share_ready(shares, shares_count, LIMIT_MS, &which), 0);
	assert_int_equal(which, last);
	assert_int_equal(os_share_next(shares[last], 0, &data, &len), 0);
	assert_int_equal(len, 1);
	os_share_close(shares[last]);
	shares[last] = NULL;
	assert_int_equal(
	    os_share_ready(shares, shares_count, 20, &which), ERR_TIMEOUT);
}

static void
the_one_share_that_answers_is_told(void **state)
{
	struct os_share *shares[MANY] = { NULL };
	size_t which;

	(void)state;
	shares[1] = hanging_share();
	expect_last(shares, 4);
	for (size_t i = 2; i + 1 < MANY; i++)
		shares[i] = hanging_share();
	expect_last(shares, MANY);
	for (size_t i = 0; i < MANY; i++) {
		os_share_close(shares[i]);
		shares[i] = NULL;
	}
	assert_int_equal(os_share_ready(shares, MANY, -1, &which), ERR_TIMEOUT);
}

#define GATED(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int
test_readers(void)
{
	static const struct CMUnitTest tests[] = {
		GATED(a_share_that_hangs_costs_its_limit_once),
		GATED(what_hangs_is_left_behind_and_ends_when_it_can),
		GATED(shares_leave_nothing_open),
		GATED(a_program_ends_while_a_reader_hangs),
		GATED(what_was_asked_for_ahead_is_read_meanwhile),
		GATED(no_more_is_read_than_fits),
		GATED(requests_that_nobody_waits_for_fill_nothing),
		GATED(the_one_share_that_answers_is_told),
	};

	return cmocka_run_group_tests_name("readers", tests, NULL, NULL);
}
