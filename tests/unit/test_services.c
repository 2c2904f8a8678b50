/* Tests of lib/services: what is kept of a component, and what becomes of it
 * when the file is damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/services.h"
#include "../../platform/err.h"
#include "../fake/fake.h"

#define STATE "/c/STATE"
#define FILE_ STATE "/services.ini"
#define HEAD \
	"; services.ini: components, what is asked for and what is there\r\n"
#define TEXT                                                               \
	HEAD "[Client Inventory]\r\n"                                      \
	     "Requested Installation State=Disabled\r\n"                   \
	     "Current Installation State=Started\r\n"                      \
	     "Installed Release=1795197600\r\n"                            \
	     "Repair Pending=SMS_CLIENT_INVENTORY: no answer; error 5\r\n" \
	     "Restart Pending=BIN\\INV32CLI.EXE is in use\r\n"             \
	     "Failed Content=9f86d081\r\n"                                 \
	     "Failures=2\r\n"                                              \
	     "Stopped=yes\r\n"                                             \
	     "[Remote Control]\r\n"                                        \
	     "Current Installation State=Not Installed\r\n"                \
	     "; end\r\n"

static struct os_dir *dir;
static struct services services;
static struct buf why;

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	fake_put_folder(STATE);
	return os_dir_open(STATE, &dir);
}

static int
teardown(void **state)
{
	(void)state;
	services_free(&services);
	buf_free(&why);
	os_dir_close(dir);
	return (int)fake_handles();
}

static int
read_text(const char *text)
{
	fake_put(FILE_, text);
	services_free(&services);
	buf_clear(&why);
	return services_read(dir, &services, &why);
}

/* Puts the first `len` bytes of TEXT there. */
static void
put_bytes(const char *data, size_t len)
{
	fake_put_bytes(FILE_, data, len);
	services_free(&services);
	buf_clear(&why);
	assert_int_equal(0, services_read(dir, &services, &why));
	/* Damaged, and it is said why, or not. */
	assert_int_equal(services.damaged, why.len > 0);
	if (services.damaged)
		assert_int_equal(0, services.count);
}

static void
assert_damaged(const char *text, const char *reason)
{
	assert_int_equal(0, read_text(text));
	assert_true(services.damaged);
	assert_int_equal(0, services.count);
	assert_string_equal(reason, buf_text(&why));
}

static void
file_that_is_missing_is_empty(void **state)
{
	(void)state;
	assert_int_equal(0, services_read(dir, &services, &why));
	assert_int_equal(0, services.count);
	assert_false(services.damaged);
	assert_string_equal("", buf_text(&why));
	assert_null(services_find(&services, "STANDARD"));
}

static void
every_key_of_a_component_is_read(void **state)
{
	const struct services_component *c;

	(void)state;
	assert_int_equal(0, read_text(TEXT));
	assert_int_equal(2, services.count);
	c = services_find(&services, "CLIENT inventory");
	assert_non_null(c);
	assert_string_equal("Client Inventory", c->name);
	assert_int_equal(SERVICES_DISABLED, c->requested);
	assert_int_equal(SERVICES_STARTED, c->current);
	assert_int_equal(1795197600, c->release);
	assert_string_equal(
	    "SMS_CLIENT_INVENTORY: no answer; error 5", c->repair);
	assert_string_equal("BIN\\INV32CLI.EXE is in use", c->restart);
	assert_string_equal("9f86d081", c->failed);
	assert_int_equal(2, c->failures);
	assert_true(c->stopped);
	c = services_find(&services, "remote control");
	assert_int_equal(SERVICES_UNSAID, c->requested);
	assert_int_equal(SERVICES_NOT_INSTALLED, c->current);
	assert_null(c->repair);
	assert_int_equal(0, c->failures);
	assert_false(c->stopped);
}

static void
what_is_written_is_what_was_read(void **state)
{
	unsigned calls;

	(void)state;
	assert_int_equal(0, read_text(TEXT));
	fake_drop(FILE_);
	assert_int_equal(0, services_write(dir, &services));
	assert_string_equal(TEXT, fake_get(FILE_));
	assert_int_equal(OS_PUBLIC, fake_rights(FILE_));
	calls = fake_calls_of("os_replace");
	assert_int_equal(0, services_write(dir, &services));
	assert_int_equal(calls, fake_calls_of("os_replace"));
}

static void
unknown_keys_and_comments_are_gone_after_a_change(void **state)
{
	(void)state;
	assert_int_equal(0,
	    read_text("Loose=1\n; kim was here\n[A]\nColour=red\n"
		      "current installation state = started\n"));
	assert_int_equal(0, services_write(dir, &services));
	assert_string_equal(HEAD
	    "[A]\r\nCurrent Installation State=Started\r\n; end\r\n",
	    fake_get(FILE_));
}

static void
components_are_kept_in_the_order_of_their_names(void **state)
{
	static const char *const names[] = { "m", "B", "z", "a", "C" };
	struct services_component *c;
	char name[16];
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++) {
		c = services_get(&services, names[i]);
		assert_non_null(c);
		c->release = i + 1;
	}
	assert_int_equal(2, services_get(&services, "b")->release);
	assert_int_equal(5, services.count);
	assert_string_equal("a", services.list[0].name);
	assert_string_equal("B", services.list[1].name);
	assert_string_equal("z", services.list[4].name);
	services_drop(&services, "Z");
	services_drop(&services, "A");
	services_drop(&services, "none");
	assert_int_equal(3, services.count);
	assert_int_equal(2, services_find(&services, "B")->release);
	assert_int_equal(5, services_find(&services, "c")->release);
	assert_null(services_find(&services, "a"));
	for (i = 0; i < 3000; i++) {
		snprintf(name, sizeof name, "c%zu", i * 7919 % 3000);
		services_get(&services, name)->release = i + 10;
	}
	assert_int_equal(3003, services.count);
	assert_string_equal("c0", services.list[2].name);
	assert_string_equal("m", services.list[3002].name);
	assert_int_equal(0, services_write(dir, &services));
	services_free(&services);
	assert_int_equal(0, services_read(dir, &services, &why));
	assert_int_equal(3003, services.count);
	assert_int_equal(10, services_find(&services, "C0")->release);
}

static void
of_what_stands_there_twice_the_first_counts(void **state)
{
	(void)state;
	assert_int_equal(0,
	    read_text("[A]\nInstalled Release=5\nInstalled Release=6\n"
		      "Repair Pending=one\nRepair Pending=two\n"
		      "[B]\nFailures=1\n[a]\nInstalled Release=7\n"
		      "Stopped=yes\n"));
	assert_false(services.damaged);
	assert_int_equal(2, services.count);
	assert_int_equal(5, services_find(&services, "A")->release);
	assert_string_equal("one", services_find(&services, "A")->repair);
	assert_false(services_find(&services, "A")->stopped);
	assert_int_equal(1, services_find(&services, "B")->failures);
}

static void
value_that_is_none_is_damage_and_named(void **state)
{
	(void)state;
	assert_damaged("[A]\r\nRequested Installation State=Running\r\n",
	    "services.ini:2: Requested Installation State=Running is "
	    "malformed");
	assert_damaged("[A]\nInstalled Release=12x\n",
	    "services.ini:2: Installed Release=12x is malformed");
	assert_damaged(
	    "[A]\nFailures=-1\n", "services.ini:2: Failures=-1 is malformed");
	assert_damaged("[A]\nFailures=4294967296\n",
	    "services.ini:2: Failures=4294967296 is malformed");
	assert_damaged("[A]\nStopped=perhaps\n",
	    "services.ini:2: Stopped=perhaps is malformed");
	assert_damaged("", "services.ini: cut off");
	/* A blank one says nothing. */
	assert_int_equal(0, read_text("[A]\nStopped=\nFailures= \n"));
	assert_false(services.damaged);
	assert_int_equal(1, services.count);
}

/* What an administrator has disabled is not to start because a file lost its
 * end. */
static void
file_that_is_cut_anywhere_is_damaged(void **state)
{
	size_t len;

	(void)state;
	for (len = 0; len < strlen(TEXT); len++) {
		put_bytes(TEXT, len);
		assert_true(services.damaged);
	}
	put_bytes(TEXT, len);
	assert_false(services.damaged);
	assert_int_equal(2, services.count);
}

static void
no_flipped_bit_gives_what_cannot_be_written(void **state)
{
	struct buf text = BUF_INIT, again = BUF_INIT;
	size_t at, sound = 0;
	int bit;

	(void)state;
	buf_add_text(&text, TEXT);
	for (at = 0; at < text.len; at++)
		for (bit = 1; bit < 256; bit *= 2) {
			text.data[at] = (char)(text.data[at] ^ bit);
			put_bytes(text.data, text.len);
			text.data[at] = (char)(text.data[at] ^ bit);
			if (services.damaged)
				continue;
			sound++;
			assert_int_equal(0, services_write(dir, &services));
			buf_clear(&again);
			buf_add_text(&again, fake_get(FILE_));
			put_bytes(again.data, again.len);
			assert_false(services.damaged);
			assert_int_equal(0, services_write(dir, &services));
			assert_string_equal(again.data, fake_get(FILE_));
		}
	assert_true(sound > 0);
	buf_free(&again);
	buf_free(&text);
}

static void
zeros_a_folder_and_a_link_are_damage(void **state)
{
	static const char zeros[4096];

	(void)state;
	put_bytes(zeros, sizeof zeros);
	assert_true(services.damaged);
	assert_string_equal("services.ini:1: NUL byte", buf_text(&why));
	fake_drop(FILE_);
	fake_put_special(FILE_, OS_LINK);
	assert_int_equal(0, services_read(dir, &services, &why));
	assert_true(services.damaged);
	assert_int_equal(0, services_write(dir, &services));
	assert_string_equal(HEAD "; end\r\n", fake_get(FILE_));
	fake_drop(FILE_);
	fake_put_folder(FILE_);
	assert_int_equal(0, services_read(dir, &services, &why));
	assert_true(services.damaged);
	assert_int_equal(ERR_ISDIR, services_write(dir, &services));
}

static void
disk_that_fails_is_no_damage(void **state)
{
	(void)state;
	fake_put(FILE_, TEXT);
	fake_fail_call("os_read", 1, FAKE_ONCE, ERR_IO);
	assert_int_equal(ERR_IO, services_read(dir, &services, &why));
	assert_false(services.damaged);
	assert_int_equal(0, services.count);
	fake_fail_call("os_open", 1, FAKE_ONCE, ERR_ACCES);
	assert_int_equal(ERR_ACCES, services_read(dir, &services, &why));
	assert_false(services.damaged);
	fake_fail(0, FAKE_ONCE, 0);
}

static void
failed_write_leaves_the_old_or_the_new_file(void **state)
{
	const char *now;
	unsigned n;
	bool met;

	(void)state;
	for (n = 1, met = true; met; n++) {
		assert_int_equal(0, read_text(TEXT));
		services_drop(&services, "Client Inventory");
		fake_fail(n, FAKE_FOREVER, ERR_IO);
		services_write(dir, &services);
		met = fake_met();
		fake_fail(0, FAKE_ONCE, 0);
		now = fake_get(FILE_);
		assert_true(strcmp(now, TEXT) == 0 ||
		    strcmp(now,
			HEAD "[Remote Control]\r\nCurrent Installation State="
			     "Not Installed\r\n; end\r\n") == 0);
		fake_power_cut();
		os_dir_close(dir);
		assert_int_equal(0, os_dir_open(STATE, &dir));
		services_free(&services);
		assert_int_equal(0, services_read(dir, &services, &why));
		assert_false(services.damaged);
	}
	assert_true(n > 5);
}

static void
text_that_the_format_cannot_hold_is_refused(void **state)
{
	static const char *const names[] = { "", " A", "A ", "A]", "A\nB", "\t",
		"A\x7f" };
	struct services_component *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		services_free(&services);
		assert_non_null(services_get(&services, names[i]));
		assert_int_equal(ERR_ARG, services_write(dir, &services));
	}
	services_free(&services);
	c = services_get(&services, "A");
	c->repair = strdup("one\r\n[B]");
	assert_int_equal(ERR_ARG, services_write(dir, &services));
	assert_null(fake_get(FILE_));
}

static void
reason_becomes_one_line(void **state)
{
	struct services_component *c = services_get(&services, "A");

	(void)state;
	assert_int_equal(
	    0, services_say(&c->repair, " %s\r\n", "cannot\nstart: 5\t"));
	assert_string_equal("cannot start: 5", c->repair);
	assert_int_equal(0, services_say(&c->restart, "\n%s ", ""));
	assert_null(c->restart);
	assert_int_equal(0, services_write(dir, &services));
	assert_int_equal(0, services_say(&c->repair, NULL));
	assert_null(c->repair);
}

static void
states_are_named_as_the_original_named_them(void **state)
{
	static const char *const names[] = { "", "Not Installed", "Installed",
		"Started", "Disabled" };
	enum services_state s;
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++) {
		assert_string_equal(
		    names[i], services_state_name((enum services_state)i));
		assert_int_equal(0, services_state_parse(names[i], &s));
		assert_int_equal(i, s);
	}
	assert_int_equal(0, services_state_parse("NOT installed", &s));
	assert_int_equal(SERVICES_NOT_INSTALLED, s);
	assert_int_equal(ERR_FORMAT, services_state_parse("Start", &s));
	assert_int_equal(ERR_FORMAT, services_state_parse("Started ", &s));
}

static void
every_allocation_that_fails_is_told(void **state)
{
	unsigned n;
	bool met;
	int rc;

	(void)state;
	if (!fake_alloc_works())
		skip();
	fake_put(FILE_, TEXT);
	for (n = 1, met = true; met; n++) {
		fake_alloc_fail(n, FAKE_ONCE);
		rc = services_read(dir, &services, NULL);
		met = fake_alloc_met();
		fake_alloc_fail(0, FAKE_ONCE);
		assert_int_equal(met ? ERR_NOMEM : 0, rc);
		assert_false(services.damaged);
		assert_int_equal(met ? 0 : 2, services.count);
	}
	for (n = 1, met = true; met; n++) {
		fake_alloc_fail(n, FAKE_ONCE);
		rc = services_say(&services.list[0].repair, "%0999d", 1);
		if (rc == 0)
			rc = services_get(&services, "New") == NULL
			    ? ERR_NOMEM
			    : services_write(dir, &services);
		met = fake_alloc_met();
		fake_alloc_fail(0, FAKE_ONCE);
		/* Memory to compare with what stands there is no must. */
		assert_true(rc == 0 || (met && rc == ERR_NOMEM));
	}
	assert_true(n > 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(file_that_is_missing_is_empty),
		TEST(every_key_of_a_component_is_read),
		TEST(what_is_written_is_what_was_read),
		TEST(unknown_keys_and_comments_are_gone_after_a_change),
		TEST(components_are_kept_in_the_order_of_their_names),
		TEST(of_what_stands_there_twice_the_first_counts),
		TEST(value_that_is_none_is_damage_and_named),
		TEST(file_that_is_cut_anywhere_is_damaged),
		TEST(no_flipped_bit_gives_what_cannot_be_written),
		TEST(zeros_a_folder_and_a_link_are_damage),
		TEST(disk_that_fails_is_no_damage),
		TEST(failed_write_leaves_the_old_or_the_new_file),
		TEST(text_that_the_format_cannot_hold_is_refused),
		TEST(reason_becomes_one_line),
		TEST(states_are_named_as_the_original_named_them),
		TEST(every_allocation_that_fails_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
