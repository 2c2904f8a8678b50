/* Tests of lib/text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/text.h"
#include "../../platform/err.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
a_number_is_digits_alone_and_not_beyond_its_limit(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		int rc;
		uint64_t number;
	} cases[] = {
		{ "0", 0, 0, 0 },
		{ "42", 42, 0, 42 },
		{ "0042", 100, 0, 42 },
		{ "43", 42, ERR_RANGE, 0 },
		{ "18446744073709551615", UINT64_MAX, 0, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, ERR_RANGE, 0 },
		{ "18446744073709551620", UINT64_MAX, ERR_RANGE, 0 },
		{ "99999999999999999999999", UINT64_MAX, ERR_RANGE, 0 },
		{ "", 9, ERR_FORMAT, 0 },
		{ " 1", 9, ERR_FORMAT, 0 },
		{ "1 ", 9, ERR_FORMAT, 0 },
		{ "+1", 9, ERR_FORMAT, 0 },
		{ "-1", 9, ERR_FORMAT, 0 },
		{ "0x1", 9, ERR_FORMAT, 0 },
		{ "1.0", 9, ERR_FORMAT, 0 },
		{ "99999999999999999999999x", 9, ERR_FORMAT, 0 },
	};
	uint64_t number;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		number = 77;
		if (text_number(cases[i].text, cases[i].max, &number) !=
		    cases[i].rc)
			fail_msg("'%s'", cases[i].text);
		assert_true(
		    number == (cases[i].rc == 0 ? cases[i].number : 77));
	}
}

static void
letter_case_is_that_of_a_to_z_alone(void **state)
{
	(void)state;
	assert_true(text_same("CopyListVersion", "COPYLISTVERSION"));
	assert_true(text_same("az", "AZ"));
	assert_true(text_same("", ""));
	assert_false(text_same("a", ""));
	assert_false(text_same("a", "ab"));
	assert_false(text_same("@[", "`{")); /* next to A and Z */
	assert_false(text_same("\xc3\xa4", "\xc3\x84"));
	assert_true(text_same_n("abX", 2, "ABy", 2));
	assert_false(text_same_n("ab", 2, "AB", 1));
}

static void
yes_and_no_have_four_forms_each(void **state)
{
	static const char *const yes[] = { "yes", "TRUE", "On", "1" };
	static const char *const no[] = { "No", "false", "OFF", "0" };
	static const char *const other[] = { NULL, "", "maybe", "2", "yes " };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(yes); i++) {
		assert_true(text_yes(yes[i], false));
		assert_false(text_yes(no[i], true));
	}
	for (i = 0; i < COUNT(other); i++) {
		assert_true(text_yes(other[i], true));
		assert_false(text_yes(other[i], false));
	}
}

static void
items_come_without_blanks_and_empty_ones_not_at_all(void **state)
{
	static const struct {
		const char *list;
		const char *items; /* each in brackets */
	} cases[] = {
		{ "", "" },
		{ " , ,\t", "" },
		{ "a", "[a]" },
		{ "a,b", "[a][b]" },
		{ ",a,,b,", "[a][b]" },
		{ "  STANDARD ,\tClient Inventory\t, x",
		    "[STANDARD][Client Inventory][x]" },
		{ "a,b ", "[a][b]" },
	};
	struct buf found = BUF_INIT;
	const char *rest, *item;
	size_t i, len;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		buf_clear(&found);
		rest = cases[i].list;
		while (text_item(&rest, ',', &item, &len))
			buf_format(&found, "[%.*s]", (int)len, item);
		assert_string_equal(cases[i].items, buf_text(&found));
		assert_false(text_item(&rest, ',', &item, &len));
	}
	rest = NULL;
	assert_false(text_item(&rest, ',', &item, &len));
	buf_free(&found);
}

static void
utf8_is_told_from_other_bytes(void **state)
{
	static const char *const good[] = {
		"",
		"plain",
		"\x7f",
		"\xc2\x80",
		"\xdf\xbf",
		"\xe0\xa0\x80",
		"\xed\x9f\xbf",
		"\xee\x80\x80",
		"\xef\xbf\xbf",
		"\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf",
		"gr\xc3\xbc\xc3\x9f",
	};
	static const char *const bad[] = {
		"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", /* overlong */
		"\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xed\xa0\x80",
		"\xed\xbf\xbf", /* surrogates */
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe", "\xc3",
		"\xe2\x82", "\xf0\x9f\x98", /* cut off */
		"\xc3(", "\xe2(\xa1", "\xe2\x82(", "\xf0\x90\x80(",
		"gr\xfc\xdf", /* 8-bit text */
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++)
		if (!text_is_utf8(good[i], strlen(good[i])))
			fail_msg("good %zu", i);
	for (i = 0; i < COUNT(bad); i++)
		if (text_is_utf8(bad[i], strlen(bad[i])))
			fail_msg("bad %zu", i);
	assert_true(text_is_utf8("a\0b", 3));
	/* A length that ends within a character counts, not the NUL. */
	assert_false(text_is_utf8("\xc3\xa4", 1));
}

static void
what_a_terminal_would_act_on_is_shown_as_numbers(void **state)
{
	static const char *const cases[][2] = {
		{ "plain \xc3\xa4 \xe6\xbc\xa2 \xf0\x9f\x92\xbe",
		    "plain \xc3\xa4 \xe6\xbc\xa2 \xf0\x9f\x92\xbe" },
		{ "\x1b[2J\n\t\x7f", "\\x1B[2J\\x0A\\x09\\x7F" },
		{ "\xc2\x80\xc2\x9f\xc2\xa0", "\\xC2\\x80\\xC2\\x9F\xc2\xa0" },
		{ "\xe2\x80\xa9\xe2\x80\xaa\xe2\x80\xae\xe2\x80\xaf",
		    "\xe2\x80\xa9\\xE2\\x80\\xAA\\xE2\\x80\\xAE"
		    "\xe2\x80\xaf" },
		{ "\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa",
		    "\xe2\x81\xa5\\xE2\\x81\\xA6\\xE2\\x81\\xA9"
		    "\xe2\x81\xaa" },
		{ "\xff"
		  "a\xc3",
		    "\\xFFa\\xC3" },
		{ "", "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct buf out = BUF_INIT;

		assert_int_equal(0, text_printable(cases[i][0], &out));
		assert_string_equal(cases[i][1], buf_text(&out));
		buf_free(&out);
	}
}

static void
copies_are_their_own_and_end_in_a_nul(void **state)
{
	static const char text[] = "LogonRoot";
	char *copy;

	(void)state;
	copy = text_copy(text);
	assert_string_equal(text, copy);
	assert_ptr_not_equal(text, copy);
	free(copy);
	copy = text_copy_n(text, 5);
	assert_string_equal("Logon", copy);
	free(copy);
	copy = text_copy_n(text, 0);
	assert_string_equal("", copy);
	free(copy);
	assert_null(text_copy(NULL));
	assert_null(text_copy_n(text, SIZE_MAX));
}

static void
versions_are_compared_part_by_part(void **state)
{
	(void)state;
	assert_true(text_is_version("0"));
	assert_true(text_is_version("2.0.1493.4006"));
	assert_false(text_is_version(""));
	assert_false(text_is_version("1."));
	assert_false(text_is_version(".1"));
	assert_false(text_is_version("1.0-rc1"));
	assert_false(text_is_version("1.9999999999"));
	assert_int_equal(0, text_compare_versions("1.2", "1.2.0"));
	assert_true(text_compare_versions("1.9", "1.10") < 0);
	assert_true(text_compare_versions("2", "1.99.99") > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_are_compared_part_by_part),
		cmocka_unit_test(
		    a_number_is_digits_alone_and_not_beyond_its_limit),
		cmocka_unit_test(letter_case_is_that_of_a_to_z_alone),
		cmocka_unit_test(yes_and_no_have_four_forms_each),
		cmocka_unit_test(
		    items_come_without_blanks_and_empty_ones_not_at_all),
		cmocka_unit_test(utf8_is_told_from_other_bytes),
		cmocka_unit_test(
		    what_a_terminal_would_act_on_is_shown_as_numbers),
		cmocka_unit_test(copies_are_their_own_and_end_in_a_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
