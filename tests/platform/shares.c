/* Logon roots, read where it may hang. */
#include "reads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	ground_move("root", "away");
	assert_int_equal(os_share_start(share, "f", 10), 0);
	assert_int_equal(next_code(share), ERR_HOST);
	os_share_close(share);
}

static void
a_share_path_is_read_below_sms_unc(void **state)
{
	struct os_share *share;

	(void)state;
	ground_folder("SRV");
	ground_folder("SRV/S");
	ground_put("SRV/S/f", "x");
	ground_env("SMS_UNC", ground.path);
	assert_int_equal(os_share_open("\\\\SRV\\S", &share), 0);
	assert_int_equal(os_share_start(share, "f", 10), 0);
	assert_int_equal(next_code(share), 0);
	os_share_close(share);
	ground_env("SMS_UNC", NULL);
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

int
test_shares(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(files_of_every_size_come_whole_and_limited),
		TEST(a_root_that_is_not_there_is_a_server_that_is_not_there),
		TEST(a_share_path_is_read_below_sms_unc),
		TEST(a_new_start_gives_up_the_read_before_it),
		TEST(files_asked_for_ahead_come_in_order_and_whole),
		TEST(sum_is_that_of_all_bytes),
		TEST(sum_is_of_the_read_that_it_was_asked_for),
		TEST(errors_of_files_asked_for_ahead_belong_to_them),
	};

	return cmocka_run_group_tests_name("shares", tests, NULL, NULL);
}
