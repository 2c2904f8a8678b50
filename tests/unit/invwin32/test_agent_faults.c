/*
 * Tests of invwin32's agent: each call of the system fails, once or from there
 * on as if it had been killed, the disk is full, the record damaged. The run
 * after that leaves exactly one whole inventory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "inventory.h"

#define MET_MAX 2000

/* For messages */
static unsigned at;
static int code;

static void
want_one(void)
{
	unsigned count = raws();

	if (count != 1)
		fail_msg("call %u, code %d: %u inventories", at, code, count);
}

/* The run after trouble, and one more: there is one, and it is not made again.
 */
static void
run_again(void)
{
	int exit_code = inventory();

	if (exit_code != EXIT_DONE)
		fail_msg("call %u, code %d: exit %d", at, code, exit_code);
	want_one();
	assert_int_equal(EXIT_DONE, inventory());
	want_one();
	assert_int_equal(0, fake_handles());
}

/* One run in which the call `at` fails. false: there are not so many. */
static bool
run_failing(enum fake_times times)
{
	int exit_code;
	bool met;

	fake_fail(at, times, code);
	exit_code = inventory();
	met = fake_met();
	fake_fail(0, FAKE_ONCE, 0);
	assert_int_equal(0, fake_handles());
	if (!met)
		assert_int_equal(EXIT_DONE, exit_code);
	/* Whoever says that it is done has done it. */
	if (exit_code == EXIT_DONE)
		want_one();
	return met;
}

static void
any_call_may_fail_once(void **state)
{
	static const int codes[] = { ERR_IO, ERR_NOSPC, ERR_ACCES, ERR_BUSY,
		ERR_NOMEM };

	(void)state;
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		code = codes[i];
		for (at = 1; at < MET_MAX; at++) {
			put_client();
			if (!run_failing(FAKE_ONCE))
				break;
			run_again();
		}
		assert_in_range(at, 40, MET_MAX - 1);
	}
}

static void
sweep_kills(bool power_cut)
{
	code = ERR_IO;
	for (at = 1; at < MET_MAX; at++) {
		put_client();
		if (!run_failing(FAKE_FOREVER))
			break;
		if (power_cut)
			fake_power_cut();
		run_again();
	}
	assert_in_range(at, 40, MET_MAX - 1);
}

static void
killed_at_any_call_there_is_one_inventory(void **state)
{
	(void)state;
	sweep_kills(false);
}

static void
without_power_from_any_call_there_is_one_inventory(void **state)
{
	(void)state;
	sweep_kills(true);
}

/* The next one, a week later: of the one before there is a record. */
static void
killed_in_the_second_inventory_there_is_one_more(void **state)
{
	(void)state;
	code = ERR_IO;
	for (at = 1; at < MET_MAX; at++) {
		put_client();
		assert_int_equal(EXIT_DONE, inventory());
		take_up();
		fake_clock(FAKE_START + 7 * DAY);
		fake_fail(at, FAKE_FOREVER, code);
		inventory();
		if (!fake_met())
			break;
		fake_fail(0, FAKE_ONCE, 0);
		run_again();
	}
	fake_fail(0, FAKE_ONCE, 0);
	assert_in_range(at, 40, MET_MAX - 1);
}

static void
full_disk_costs_no_inventory(void **state)
{
	bool done = false;
	uint64_t room;
	unsigned failures = 0;

	(void)state;
	code = ERR_NOSPC;
	for (room = 0; !done && room < 100000; room += 7) {
		at = (unsigned)room;
		put_client();
		fake_space(room);
		done = inventory() == EXIT_DONE;
		failures += !done;
		fake_space(UINT64_MAX);
		assert_int_equal(0, fake_handles());
		run_again();
	}
	assert_true(done);
	assert_true(failures > 10);
}

/* Somebody else's file has that name: it stays, and ours gets another one. */
static void
taken_name_is_left_to_its_owner(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 2; n++) {
		put_client();
		at = n;
		code = ERR_EXIST;
		fake_fail_call("os_rename_new", 1, FAKE_ONCE, ERR_EXIST);
		assert_int_equal(EXIT_DONE, inventory());
		assert_true(fake_met());
		run_again();
	}
	/* None can be had: it is told, and the next run makes one. */
	put_client();
	fake_fail_call("os_rename_new", 1, FAKE_FOREVER, ERR_EXIST);
	assert_int_equal(EXIT_FAILED, inventory());
	assert_in_range(fake_calls_of("os_rename_new"), 2, 20);
	fake_fail(0, FAKE_ONCE, 0);
	assert_string_equal("", fake_list(INVDATA));
	run_again();
}

/* Q185973: whatever is left of the record, there is one whole inventory. */
static void
record_damaged_at_any_length_makes_one_full_inventory(void **state)
{
	char record[4000];
	size_t len, whole;
	char left[4000];

	(void)state;
	put_client();
	assert_int_equal(EXIT_DONE, inventory());
	snprintf(record, sizeof record, "%s", fake_get(HISTORY));
	whole = strlen(record);
	assert_in_range(whole, 200, sizeof record - 2);
	code = 0;
	for (len = 0; len < 2 * whole; len++) {
		at = (unsigned)len;
		/* Cut there, or another byte there. */
		snprintf(left, sizeof left, "%.*s",
		    len < whole ? (int)len : (int)whole, record);
		if (len >= whole)
			left[len - whole] ^= 1;
		take_up();
		fake_put(HISTORY, left);
		assert_int_equal(EXIT_DONE, inventory());
		want_one();
		assert_non_null(strstr(newest, "-full-"));
		run_again();
	}
	/* The whole one says that none is due. */
	take_up();
	fake_put(HISTORY, record);
	assert_int_equal(EXIT_DONE, inventory());
	assert_int_equal(0, raws());
}

static void
noise_is_no_record(void **state)
{
	static const char *const rows[] = { "", "[Inventory]\r\n", "\r\n",
		"END", "[Inventory]\r\nHardware=never\r\nSoftware=2026\r\n" };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		put_client();
		assert_int_equal(EXIT_DONE, inventory());
		take_up();
		fake_put(HISTORY, rows[i]);
		assert_int_equal(EXIT_DONE, inventory());
		run_again();
	}
	take_up();
	fake_drop(HISTORY);
	fake_put_special(HISTORY, OS_LINK);
	assert_int_equal(EXIT_DONE, inventory());
	want_one();
}

static void
record_that_is_in_use_is_waited_for_and_kept(void **state)
{
	(void)state;
	assert_int_equal(EXIT_DONE, inventory());
	take_up();
	fake_use(HISTORY, FAKE_EXCLUSIVE);
	assert_int_not_equal(EXIT_DONE, inventory());
	assert_int_equal(0, raws());
	fake_use(HISTORY, FAKE_FREE);
	assert_int_equal(EXIT_DONE, inventory());
	assert_int_equal(0, raws());
}

static void
switch_f_makes_all_of_it(void **state)
{
	struct invwin32_options full = inventory_options;

	(void)state;
	full.full = true;
	assert_int_equal(EXIT_DONE, inventory());
	assert_int_equal(EXIT_DONE, inventory_with(&full));
	assert_int_equal(2, raws());
}

/* What the record said of it is not believed: the site has never seen it. */
static void
inventory_that_was_asked_for_and_failed_is_made_anew(void **state)
{
	struct invwin32_options full = inventory_options;
	struct buf path = BUF_INIT;

	(void)state;
	full.full = true;
	assert_int_equal(EXIT_DONE, inventory());
	take_up();
	fake_row("System", "Architecture", "another");
	fake_fail_call("os_rename_new", 1, FAKE_ONCE, ERR_IO);
	assert_int_equal(EXIT_FAILED, inventory_with(&full));
	assert_int_equal(0, raws());
	run_again();
	buf_format(&path, INVDATA "/%s", newest);
	assert_non_null(strstr(fake_get(path.data), "=another\r\n"));
	assert_null(strstr(fake_get(path.data), "Unchanged="));
	buf_free(&path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		INVENTORY_TEST(any_call_may_fail_once),
		INVENTORY_TEST(killed_at_any_call_there_is_one_inventory),
		INVENTORY_TEST(
		    without_power_from_any_call_there_is_one_inventory),
		INVENTORY_TEST(
		    killed_in_the_second_inventory_there_is_one_more),
		INVENTORY_TEST(full_disk_costs_no_inventory),
		INVENTORY_TEST(taken_name_is_left_to_its_owner),
		INVENTORY_TEST(
		    record_damaged_at_any_length_makes_one_full_inventory),
		INVENTORY_TEST(noise_is_no_record),
		INVENTORY_TEST(record_that_is_in_use_is_waited_for_and_kept),
		INVENTORY_TEST(switch_f_makes_all_of_it),
		INVENTORY_TEST(
		    inventory_that_was_asked_for_and_failed_is_made_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
