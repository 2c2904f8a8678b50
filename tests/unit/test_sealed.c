/* Tests of lib/sealed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/sealed.h"
#include "../../platform/err.h"
#include "../fake/fake.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BODY	 "phase=placing\r\n"
#define HEX	 "f79ad630213318c435446ecb8c7fc32d7f558d15be761c4ff8596af87332d06b"
#define END_LINE "END " HEX "\r\n"
#define EMPTY_LINE                             \
	"END e3b0c44298fc1c149afbf4c8996fb924" \
	"27ae41e4649b934ca495991b7852b855\r\n"

static struct os_dir *dir;

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	fake_put_folder("/c");
	return os_dir_open("/c", &dir);
}

static int
teardown(void **state)
{
	(void)state;
	os_dir_close(dir);
	return (int)fake_handles();
}

static void
closing_adds_the_digest_of_all_before(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_add_text(&b, BODY);
	assert_int_equal(0, sealed_close(&b));
	assert_string_equal(BODY END_LINE, buf_text(&b));
	buf_clear(&b);
	assert_int_equal(0, sealed_close(&b));
	assert_string_equal(EMPTY_LINE, buf_text(&b));
	buf_free(&b);
}

static void
the_end_line_always_begins_a_line(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_add_text(&b, "phase=placing");
	assert_int_equal(0, sealed_close(&b));
	assert_string_equal(BODY END_LINE, buf_text(&b));
	buf_free(&b);
}

static void
a_whole_text_gives_its_body(void **state)
{
	static const char *const whole[] = {
		BODY END_LINE,
		BODY "END " HEX "\n",
	};
	size_t body, i;

	(void)state;
	for (i = 0; i < COUNT(whole); i++) {
		assert_int_equal(
		    0, sealed_check(whole[i], strlen(whole[i]), &body));
		assert_int_equal(strlen(BODY), body);
	}
	assert_int_equal(
	    0, sealed_check(EMPTY_LINE, strlen(EMPTY_LINE), &body));
	assert_int_equal(0, body);
}

static void
a_text_cut_anywhere_is_refused(void **state)
{
	static const char whole[] = BODY END_LINE;
	size_t body = 77, len;

	(void)state;
	for (len = 0; len < sizeof whole - 1; len++)
		assert_int_equal(ERR_FORMAT, sealed_check(whole, len, &body));
	assert_int_equal(77, body);
}

static void
any_changed_byte_is_noticed(void **state)
{
	char text[] = BODY END_LINE;
	size_t body, i, changed = 0;
	int rc;

	(void)state;
	for (i = 0; i < sizeof text - 1; i++) {
		text[i] ^= 1;
		rc = sealed_check(text, sizeof text - 1, &body);
		text[i] ^= 1;
		if (rc != ERR_DIGEST && rc != ERR_FORMAT)
			fail_msg("byte %zu", i);
		if (rc == ERR_DIGEST)
			changed++;
	}
	/* The body's bytes but the LF before END, and most hex digits. */
	assert_true(changed >= strlen(BODY) - 1 + 32);
}

static void
what_is_no_end_line_is_refused(void **state)
{
	static const char *const bad[] = {
		BODY,
		"",
		"\n",
		"\r\n",
		"END \r\n",
		BODY END_LINE "\r\n",
		BODY END_LINE "more\r\n",
		BODY " " END_LINE,
		"x" EMPTY_LINE,
		BODY "END  " HEX "\r\n",
		BODY "end " HEX "\r\n",
		BODY "END " HEX " \r\n",
		BODY "END " HEX "0\r\n",
		BODY "END BA7816BF8F01CFEA414140DE5DAE2223"
		     "B00361A396177A9CB410FF61F20015AD\r\n",
	};
	size_t body, i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		if (sealed_check(bad[i], strlen(bad[i]), &body) != ERR_FORMAT)
			fail_msg("%zu: %s", i, bad[i]);
}

static void
another_body_is_another_digest(void **state)
{
	static const char text[] = "phase=PLACING\r\n" END_LINE;
	size_t body;

	(void)state;
	assert_int_equal(ERR_DIGEST, sealed_check(text, strlen(text), &body));
}

static void
what_was_written_is_read_without_the_end_line(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_add_text(&b, BODY);
	assert_int_equal(0, sealed_write(dir, "JOURNAL", OS_PRIVATE, &b));
	assert_string_equal(BODY END_LINE, fake_get("/c/JOURNAL"));
	assert_int_equal(OS_PRIVATE, fake_rights("/c/JOURNAL"));
	assert_int_equal(0, sealed_read(dir, "JOURNAL", 1000, &b));
	assert_string_equal(BODY, buf_text(&b));
	assert_int_equal(strlen(BODY), b.len);
	assert_int_equal(ERR_RANGE, sealed_read(dir, "JOURNAL", 20, &b));
	buf_free(&b);
}

static void
nothing_of_a_damaged_file_is_handed_out(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	fake_put("/c/JOURNAL", "phase=PLACING\r\n" END_LINE);
	assert_int_equal(ERR_DIGEST, sealed_read(dir, "JOURNAL", 1000, &b));
	assert_string_equal("", buf_text(&b));
	fake_put("/c/JOURNAL", BODY);
	assert_int_equal(ERR_FORMAT, sealed_read(dir, "JOURNAL", 1000, &b));
	assert_string_equal("", buf_text(&b));
	assert_int_equal(ERR_NOENT, sealed_read(dir, "none", 1000, &b));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closing_adds_the_digest_of_all_before),
		cmocka_unit_test(the_end_line_always_begins_a_line),
		cmocka_unit_test(a_whole_text_gives_its_body),
		cmocka_unit_test(a_text_cut_anywhere_is_refused),
		cmocka_unit_test(any_changed_byte_is_noticed),
		cmocka_unit_test(what_is_no_end_line_is_refused),
		cmocka_unit_test(another_body_is_another_digest),
		cmocka_unit_test_setup_teardown(
		    what_was_written_is_read_without_the_end_line, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    nothing_of_a_damaged_file_is_handed_out, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
