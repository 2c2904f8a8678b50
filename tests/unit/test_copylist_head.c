/*
 * Tests of lib/copylist_head: what can be read from the first 4096 bytes of a
 * list, wherever they end, and that reading it links no library.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/copylist.h"
#include "../../lib/facts.h"
#include "../../lib/pattern.h"
#include "../../platform/err.h"
#include "../../platform/os.h"

/* This program calls neither: they are linked into it, and not NULL, only if
 * something that it does call refers to them. A program for Windows cannot say
 * that of a name; it is linked of the same sources. */
#ifndef _WIN32
#pragma weak digest_new
#pragma weak digest_of
#pragma weak digest_bytes
#pragma weak pattern_compile
#pragma weak pattern_fold
#endif

#define DIGEST_A \
	"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define SMS                                                      \
	"[SMS]\r\nCopyListVersion=1795197600\r\nSequence=42\r\n" \
	"Published=2026-11-20T18:00:00Z\r\n"                     \
	"NotBefore=2026-11-21T06:00:00Z\r\n"                     \
	"Window=22:00-06:00\r\n"                                 \
	"Expires=2027-02-18T18:00:00Z\r\n"
#define LIST "list" /* the name in error texts */

static int
read_head(const char *text, struct copylist_head *head, struct buf *why)
{
	return copylist_read_head(LIST, text, strlen(text), head, why);
}

static void
assert_refused(const char *text, size_t len, const char *reason)
{
	struct copylist_head head;
	struct buf why = BUF_INIT;

	assert_int_equal(
	    ERR_FORMAT, copylist_read_head(LIST, text, len, &head, &why));
	assert_string_equal(reason, buf_text(&why));
	buf_free(&why);
}

static void
assert_sms(const struct copylist_head *head)
{
	assert_true(head->version == 1795197600);
	assert_true(head->sequence == 42);
	assert_true(head->published == 1795197600 * OS_SECOND);
	assert_true(head->expires == 1802973600 * OS_SECOND);
	assert_true(head->not_before == 1795240800 * OS_SECOND);
	assert_int_equal(22 * 60, head->window.from);
	assert_int_equal(6 * 60, head->window.to);
}

/* A comment line of `bytes` bytes. */
static void
add_padding(struct buf *out, size_t bytes)
{
	assert_true(bytes >= 3);
	buf_add_char(out, ';');
	for (; bytes > 3; bytes--)
		buf_add_char(out, '-');
	buf_add_text(out, "\r\n");
}

static void
the_head_of_ten_thousand_files_is_read_from_4096_bytes(void **state)
{
	struct copylist_head head;
	struct buf text = BUF_INIT;
	int i;

	(void)state;
	buf_add_text(&text,
	    SMS "[Component STANDARD]\r\nType=files\r\n"
		"[Files STANDARD]\r\n");
	for (i = 0; i < 10000; i++)
		buf_format(&text, "BIN\\F%d.TXT=1," DIGEST_A ",-\r\n", i);
	assert_int_equal(
	    0, copylist_read_head(LIST, text.data, COPYLIST_HEAD, &head, NULL));
	assert_sms(&head);
	/* More than the head is not looked at. */
	assert_int_equal(
	    0, copylist_read_head(LIST, text.data, text.len, &head, NULL));
	assert_sms(&head);
	buf_free(&text);
}

static void
the_text_may_be_cut_anywhere_behind_the_section(void **state)
{
	static const char text[] = SMS
	    "[Component \xc3\x84]\r\n"
	    "Type=files\r\n[Files \xc3\x84]\r\nA=1," DIGEST_A ",-\r\n";
	struct copylist_head head;
	size_t len;

	(void)state;
	for (len = strlen(SMS); len < sizeof text; len++) {
		assert_int_equal(
		    0, copylist_read_head(LIST, text, len, &head, NULL));
		assert_sms(&head);
	}
}

static void
what_stands_behind_the_section_is_not_judged(void **state)
{
	static const char text[] = SMS "[Comp\0\x01\r nonsense\n= =\xff";
	struct copylist_head head;

	(void)state;
	assert_int_equal(
	    0, copylist_read_head(LIST, text, sizeof text - 1, &head, NULL));
	assert_sms(&head);
}

static void
a_number_that_is_cut_is_not_taken_for_a_number(void **state)
{
	struct copylist_head head;
	size_t len;

	(void)state;
	for (len = 0; len < strlen(SMS); len++) {
		if (copylist_read_head(LIST, SMS, len, &head, NULL) != 0)
			continue;
		assert_true(head.version == 1795197600);
		assert_true(head.sequence == 42 || head.sequence == 0);
		assert_true(head.expires == -1);
		assert_true(head.window.to == 6 * 60 || head.window.to == 0);
		assert_int_equal('\n', SMS[len - 1]);
	}
	assert_refused(
	    SMS, strlen(SMS) - 1, LIST ":7: the last line has no line end");
}

static void
absent_numbers_have_their_defaults(void **state)
{
	struct copylist_head head;

	(void)state;
	assert_int_equal(
	    0, read_head("[SMS]\nCopyListVersion=7\n\x1a", &head, NULL));
	assert_true(head.version == 7 && head.sequence == 0);
	assert_true(head.expires == -1 && head.published == -1);
	assert_true(head.not_before == -1 && head.window.to == 0);
}

static void
the_section_has_to_end_within_4096_bytes(void **state)
{
	struct copylist_head head;
	struct buf text = BUF_INIT;

	(void)state;
	buf_add_text(&text, SMS);
	add_padding(&text, COPYLIST_HEAD - 1 - text.len);
	/* The next section's first byte is the last one of the head. */
	buf_add_text(&text, "[Component A]\r\n");
	assert_int_equal(
	    0, copylist_read_head(LIST, text.data, COPYLIST_HEAD, &head, NULL));
	assert_sms(&head);

	buf_clear(&text);
	buf_add_text(&text, SMS);
	add_padding(&text, COPYLIST_HEAD - text.len);
	assert_int_equal(COPYLIST_HEAD, text.len);
	assert_refused(text.data, text.len,
	    LIST ":1: [SMS] does not end in the first 4096 bytes");
	buf_add_text(&text, "[Component A]\r\n");
	assert_refused(text.data, text.len,
	    LIST ":1: [SMS] does not end in the first 4096 bytes");
	/* One byte less is a whole list without components. */
	buf_clear(&text);
	buf_add_text(&text, SMS);
	add_padding(&text, COPYLIST_HEAD - 1 - text.len);
	assert_int_equal(0, read_head(text.data, &head, NULL));
	buf_free(&text);
}

static void
a_section_that_begins_too_late_is_not_there(void **state)
{
	struct buf text = BUF_INIT;

	(void)state;
	add_padding(&text, COPYLIST_HEAD - 3);
	buf_add_text(&text, SMS "[Component A]\r\n");
	assert_refused(
	    text.data, text.len, LIST ":1: no [SMS] in the first 4096 bytes");
	buf_free(&text);
	assert_refused("", 0, LIST ":1: no [SMS] in the first 4096 bytes");
	assert_refused(
	    "\xef\xbb\xbf", 3, LIST ":1: no [SMS] in the first 4096 bytes");
}

static void
a_bad_head_is_refused_naming_the_list(void **state)
{
	struct buf text = BUF_INIT;
	struct copylist_head head;
	size_t i;
	static const char *const bad[] = {
		"[SMS]\nCopyListVersion=0\n[A]\n",
		"[SMS]\nCopyListVersion =5\n[A]\n",
		"[SMS]\nX =5\nCopyListVersion=5\n[A]\n",
		"[SMS]\nCopyListVersion=5\nX= 5\n[A]\n",
		"[SMS]\nCopyListVersion=5\n =5\n[A]\n",
		"[SMS]\nCopyListVersion=5\nSequence=4 2\n[A]\n",
		"[SMS]\nCopyListVersion=5\nExpires=tomorrow\n[A]\n",
		"[SMS]\nCopyListVersion=5\n hello\n[A]\n",
		"[SMS]\nCopyListVersion=5\x01\n[A]\n",
	};

	(void)state;
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(ERR_FORMAT, read_head(bad[i], &head, &text));
		assert_memory_equal(LIST ":", buf_text(&text), 5);
	}
	buf_free(&text);
}

static void
reading_a_head_and_the_facts_links_no_library(void **state)
{
	struct copylist_head head;
	struct facts facts;

	(void)state;
	assert_int_equal(0, read_head(SMS, &head, NULL));
	assert_int_equal(0, facts_make(&facts, NULL, "PLN"));
	assert_true(facts_same(&facts, "site=PLN"));
	facts_free(&facts);
#ifndef _WIN32
	assert_null(digest_new);
	assert_null(digest_of);
	assert_null(digest_bytes);
	assert_null(pattern_compile);
	assert_null(pattern_fold);
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_head_of_ten_thousand_files_is_read_from_4096_bytes),
		cmocka_unit_test(
		    the_text_may_be_cut_anywhere_behind_the_section),
		cmocka_unit_test(what_stands_behind_the_section_is_not_judged),
		cmocka_unit_test(
		    a_number_that_is_cut_is_not_taken_for_a_number),
		cmocka_unit_test(absent_numbers_have_their_defaults),
		cmocka_unit_test(the_section_has_to_end_within_4096_bytes),
		cmocka_unit_test(a_section_that_begins_too_late_is_not_there),
		cmocka_unit_test(a_bad_head_is_refused_naming_the_list),
		cmocka_unit_test(reading_a_head_and_the_facts_links_no_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
