/* Tests of lib/buf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../../lib/buf.h"
#include "../../platform/err.h"

static void
what_is_added_stands_there_with_a_nul_after_it(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(0, buf_add_text(&b, "copy"));
	assert_int_equal(0, buf_add_char(&b, ' '));
	assert_int_equal(0, buf_add(&b, "list\0x", 6));
	assert_int_equal(0, buf_format(&b, "=%d%%", 42));
	assert_int_equal(15, b.len);
	assert_memory_equal("copy list\0x=42%", b.data, 16);
	buf_free(&b);
}

static void
numbers_are_added_in_decimal_from_0_to_the_last_one(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(0, buf_add_number(&b, 0));
	assert_int_equal(0, buf_add_char(&b, ' '));
	assert_int_equal(0, buf_add_number(&b, 1090));
	assert_int_equal(0, buf_add_char(&b, ' '));
	assert_int_equal(0, buf_add_number(&b, UINT64_MAX));
	assert_string_equal("0 1090 18446744073709551615", b.data);
	buf_free(&b);
}

static void
a_new_buf_is_the_empty_text(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	assert_string_equal("", buf_text(&b));
	assert_string_equal("", buf_text(NULL));
	assert_int_equal(0, buf_add(&b, NULL, 0));
	assert_string_equal("", b.data);
	assert_int_equal(0, b.len);
	buf_free(&b);
}

static void
it_grows_over_many_small_pieces(void **state)
{
	struct buf b = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < 100000; i++)
		assert_int_equal(0, buf_add_char(&b, (char)('a' + i % 26)));
	assert_int_equal(100000, b.len);
	assert_true(b.size < 4 * b.len);
	for (i = 0; i < b.len; i++)
		assert_int_equal('a' + (int)(i % 26), b.data[i]);
	assert_int_equal(0, b.data[b.len]);
	buf_free(&b);
}

static void
reserved_room_can_be_written_to(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_add_text(&b, "x");
	assert_int_equal(0, buf_reserve(&b, 1000));
	assert_true(b.size >= 1002);
	assert_string_equal("x", b.data);
	memset(b.data + 1, 'y', 1000);
	buf_free(&b);
}

static void
a_size_that_wraps_round_is_out_of_memory(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_add_text(&b, "kept");
	assert_int_equal(ERR_NOMEM, buf_reserve(&b, SIZE_MAX));
	assert_int_equal(ERR_NOMEM, buf_reserve(&b, SIZE_MAX - 4));
	assert_string_equal("kept", buf_text(&b));
	buf_free(&b);
}

static void
failure_stays_until_it_is_cleared(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_add_text(&b, "half");
	buf_reserve(&b, SIZE_MAX);
	assert_true(b.failed);
	assert_int_equal(ERR_NOMEM, buf_add_text(&b, "more"));
	assert_int_equal(ERR_NOMEM, buf_format(&b, "%d", 1));
	assert_string_equal("half", buf_text(&b));
	buf_clear(&b);
	assert_int_equal(0, buf_add_text(&b, "new"));
	assert_string_equal("new", buf_text(&b));
	buf_free(&b);
}

static void
adding_to_no_buf_does_nothing(void **state)
{
	(void)state;
	assert_int_equal(0, buf_add(NULL, "x", 1));
	assert_int_equal(0, buf_add_text(NULL, "x"));
	assert_int_equal(0, buf_add_char(NULL, 'x'));
	assert_int_equal(0, buf_format(NULL, "%s", "x"));
	assert_int_equal(0, buf_reserve(NULL, 5));
	buf_clear(NULL);
	buf_free(NULL);
}

static void
clearing_keeps_the_memory(void **state)
{
	struct buf b = BUF_INIT;
	size_t size;

	(void)state;
	buf_add_text(&b, "something");
	size = b.size;
	buf_clear(&b);
	assert_string_equal("", buf_text(&b));
	assert_int_equal(0, b.len);
	assert_int_equal(size, b.size);
	buf_free(&b);
	assert_null(b.data);
	assert_int_equal(0, b.size);
}

static void
taking_hands_the_text_over(void **state)
{
	struct buf b = BUF_INIT;
	char *text;

	(void)state;
	buf_add_text(&b, "mine");
	text = buf_take(&b);
	assert_string_equal("mine", text);
	assert_null(b.data);
	free(text);
	text = buf_take(&b);
	assert_string_equal("", text);
	free(text);
}

static void
taking_what_is_not_whole_gives_nothing(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_add_text(&b, "half");
	buf_reserve(&b, SIZE_MAX);
	assert_null(buf_take(&b));
	assert_null(b.data);
	assert_false(b.failed);
}

static void
why_replaces_what_was_there_and_passes_the_code_on(void **state)
{
	struct buf why = BUF_INIT;

	(void)state;
	assert_int_equal(
	    ERR_FORMAT, buf_why(&why, ERR_FORMAT, "%s:%d: bad", "a.ini", 3));
	assert_string_equal("a.ini:3: bad", buf_text(&why));
	assert_int_equal(ERR_IO, buf_why(&why, ERR_IO, "worse"));
	assert_string_equal("worse", buf_text(&why));
	assert_int_equal(ERR_IO, buf_why(NULL, ERR_IO, "worse"));
	buf_free(&why);
}

static void
why_may_quote_itself(void **state)
{
	struct buf why = BUF_INIT;

	(void)state;
	buf_why(&why, ERR_IO, "no space left");
	buf_why(&why, ERR_IO, "cannot write %s: %s", "x", buf_text(&why));
	assert_string_equal("cannot write x: no space left", buf_text(&why));
	buf_free(&why);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_is_added_stands_there_with_a_nul_after_it),
		cmocka_unit_test(
		    numbers_are_added_in_decimal_from_0_to_the_last_one),
		cmocka_unit_test(a_new_buf_is_the_empty_text),
		cmocka_unit_test(it_grows_over_many_small_pieces),
		cmocka_unit_test(reserved_room_can_be_written_to),
		cmocka_unit_test(a_size_that_wraps_round_is_out_of_memory),
		cmocka_unit_test(failure_stays_until_it_is_cleared),
		cmocka_unit_test(adding_to_no_buf_does_nothing),
		cmocka_unit_test(clearing_keeps_the_memory),
		cmocka_unit_test(taking_hands_the_text_over),
		cmocka_unit_test(taking_what_is_not_whole_gives_nothing),
		cmocka_unit_test(
		    why_replaces_what_was_there_and_passes_the_code_on),
		cmocka_unit_test(why_may_quote_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
