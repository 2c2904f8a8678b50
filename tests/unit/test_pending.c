/* Tests of lib/pending: records of what waits for files that are in use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../lib/journal.h"
#include "../../lib/pending.h"
#include "../../lib/step.h"
#include "client.h"

static struct os_dir *state_dir;
static struct steps steps;
static struct buf seen; /* "component version first-name\n" of each */
static size_t damaged;
static int answer;

static int
setup(void **state)
{
	(void)state;
	start_client();
	assert_int_equal(0, os_dir_open(STATE, &state_dir));
	damaged = 0;
	answer = 0;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	steps_free(&steps);
	buf_free(&seen);
	os_dir_close(state_dir);
	assert_int_equal(0, fake_handles());
	return 0;
}

static int
put(const char *component, uint64_t version, const char *name)
{
	steps_free(&steps);
	steps.component = strdup(component);
	assert_int_equal(0, steps_add(&steps, STEP_REMOVE, name, NULL, NULL));
	return pending_put(state_dir, version, &steps);
}

static int
note(void *arg, uint64_t version, const struct steps *record)
{
	assert_ptr_equal(&seen, arg);
	buf_format(&seen, "%s %" PRIu64 " %s\n", record->component, version,
	    record->list[0].name);
	return answer;
}

static const char *
all(void)
{
	buf_clear(&seen);
	assert_int_equal(0, pending_list(state_dir, note, &seen, &damaged));
	return buf_text(&seen);
}

/* The path of the only record. */
static const char *
record_path(void)
{
	static char path[200];
	const char *list = fake_list(STATE "/pending");

	snprintf(path, sizeof path, STATE "/pending/%.*s",
	    (int)strcspn(list, " "), list);
	return path;
}

static void
without_records_there_is_nothing_to_do(void **state)
{
	(void)state;
	assert_string_equal("", all());
	assert_int_equal(0, pending_drop(state_dir, "STANDARD"));
	assert_int_equal(0, damaged);
}

static void
newer_record_of_a_component_replaces_the_older(void **state)
{
	(void)state;
	assert_int_equal(0, put("STANDARD", 1, "A"));
	assert_int_equal(0, put("STANDARD", 2, "B"));
	assert_string_equal("STANDARD 2 B\n", all());
	assert_int_equal(0, put("Help", 2, "C"));
	assert_int_equal(0, pending_drop(state_dir, "STANDARD"));
	assert_string_equal("Help 2 C\n", all());
	assert_int_equal(0, pending_drop(state_dir, "STANDARD"));
}

static void
record_is_durable(void **state)
{
	(void)state;
	assert_int_equal(0, put("STANDARD", 1, "A"));
	os_dir_close(state_dir);
	fake_power_cut();
	assert_int_equal(0, os_dir_open(STATE, &state_dir));
	assert_string_equal("STANDARD 1 A\n", all());
}

static void
record_that_is_dropped_stays_dropped(void **state)
{
	(void)state;
	assert_int_equal(0, put("STANDARD", 1, "A"));
	assert_int_equal(0, pending_drop(state_dir, "STANDARD"));
	os_dir_close(state_dir);
	fake_power_cut();
	assert_int_equal(0, os_dir_open(STATE, &state_dir));
	assert_string_equal("", all());
}

static void
damaged_record_is_removed_and_counted(void **state)
{
	(void)state;
	assert_int_equal(0, put("STANDARD", 1, "A"));
	fake_put(record_path(), "[Journal]\r\n");
	assert_string_equal("", all());
	assert_int_equal(1, damaged);
	assert_string_equal("", fake_list(STATE "/pending"));
}

static void
record_of_two_components_is_damaged(void **state)
{
	struct steps two[2];
	struct journal journal = { 1, NULL, 2 };

	(void)state;
	assert_int_equal(0, put("STANDARD", 1, "A"));
	two[0] = two[1] = steps;
	journal.components = two;
	assert_int_equal(0,
	    journal_write(
		state_dir, record_path() + strlen(STATE "/"), &journal));
	assert_string_equal("", all());
	assert_int_equal(1, damaged);
}

/* Whole, but cut off before its rename: maybe older than what counts. */
static void
temporary_record_is_none_and_goes(void **state)
{
	char path[300];

	(void)state;
	assert_int_equal(0, put("STANDARD", 1, "A"));
	snprintf(path, sizeof path, "%s.0123456789abcdef.tmp", record_path());
	fake_put(path, fake_get(record_path()));
	assert_int_equal(0, put("STANDARD", 2, "B"));
	fake_put(STATE "/pending/note.txt", "of somebody");
	assert_string_equal("STANDARD 2 B\n", all());
	assert_int_equal(0, damaged);
	assert_null(fake_get(path));
}

static void
record_that_cannot_be_read_now_stays(void **state)
{
	static const int codes[] = { ERR_IO, ERR_ACCES, ERR_BUSY };

	(void)state;
	assert_int_equal(0, put("STANDARD", 1, "A"));
	for (int i = 0; i < 3; i++) {
		fake_deny(record_path(), codes[i]);
		assert_int_equal(
		    codes[i], pending_list(state_dir, note, &seen, &damaged));
		fake_deny(record_path(), 0);
	}
	assert_int_equal(0, damaged);
	assert_string_equal("STANDARD 1 A\n", all());
}

static void
answer_that_is_not_0_ends_the_list(void **state)
{
	(void)state;
	assert_int_equal(0, put("STANDARD", 1, "A"));
	assert_int_equal(0, put("Help", 1, "B"));
	answer = ERR_FORMAT;
	assert_int_equal(
	    ERR_FORMAT, pending_list(state_dir, note, &seen, &damaged));
	answer = 0;
	assert_int_equal(0, damaged);
	assert_int_equal(strlen("STANDARD 1 A\nHelp 1 B\n"), strlen(all()));
}

static void
record_may_be_dropped_while_listed(void **state)
{
	(void)state;
	assert_int_equal(0, put("STANDARD", 1, "A"));
	assert_int_equal(0, put("Help", 1, "B"));
	fake_fail_call("os_open", 2, FAKE_ONCE, ERR_NOENT);
	assert_int_equal(0, pending_list(state_dir, note, &seen, &damaged));
	assert_int_equal(0, damaged);
}

static void
record_that_cannot_be_written_leaves_the_old_one(void **state)
{
	bool met = true;

	(void)state;
	assert_int_equal(0, put("STANDARD", 1, "A"));
	for (unsigned n = 1; met; n++) {
		fake_fail(n, FAKE_ONCE, ERR_NOSPC);
		put("STANDARD", 2, "B");
		met = fake_met();
		fake_fail(0, FAKE_ONCE, 0);
		if (strcmp(all(), "STANDARD 1 A\n") != 0)
			assert_string_equal("STANDARD 2 B\n", all());
	}
	assert_string_equal("STANDARD 2 B\n", all());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_records_there_is_nothing_to_do),
		TEST(newer_record_of_a_component_replaces_the_older),
		TEST(record_is_durable),
		TEST(record_that_is_dropped_stays_dropped),
		TEST(damaged_record_is_removed_and_counted),
		TEST(record_of_two_components_is_damaged),
		TEST(temporary_record_is_none_and_goes),
		TEST(record_that_cannot_be_read_now_stays),
		TEST(answer_that_is_not_0_ends_the_list),
		TEST(record_may_be_dropped_while_listed),
		TEST(record_that_cannot_be_written_leaves_the_old_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
