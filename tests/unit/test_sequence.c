/* Tests of lib/sequence: what is believed of the list that was taken last. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/copylist.h"
#include "../../lib/file.h"
#include "../../lib/sequence.h"
#include "../../platform/err.h"
#include "../fake/fake.h"

#define STATE	 "/c/STATE"
#define LIST	 STATE "/CL_NT.TXT"
#define SEQUENCE STATE "/SEQUENCE"
#define TEXT                                                             \
	"[SMS]\r\nCopyListVersion=1795197600\r\nSequence=42\r\n"         \
	"Published=2026-11-20T18:00:00Z\r\n[Component STANDARD]\r\nType" \
	"=files\r\n"

static struct os_dir *dir;
static struct copylist_head head;
static struct buf notes;

static int
setup(void **state)
{
	struct copylist list = { .version = 1795197600, .sequence = 42 };
	struct file_new file = FILE_NEW(NULL, "SEQUENCE", true);
	struct buf text = BUF_INIT;

	(void)state;
	fake_reset();
	fake_put_folder(STATE);
	fake_put(LIST, TEXT);
	buf_add_text(&text, TEXT);
	assert_int_equal(0, os_dir_open(STATE, &dir));
	file.dir = dir;
	assert_int_equal(0, sequence_write(&file, &list, &text));
	assert_int_equal(0, file_new_place(&file));
	buf_free(&text);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_free(&notes);
	os_dir_close(dir);
	return (int)fake_handles();
}

static void
last(void)
{
	buf_clear(&notes);
	sequence_last(dir, &head, &notes);
}

/* The bytes of a file with another one at `at`. */
static void
put_flipped(const char *path, const char *text, size_t at, int bits)
{
	struct buf b = BUF_INIT;

	buf_add_text(&b, text);
	b.data[at] = (char)(b.data[at] ^ bits);
	fake_put_bytes(path, b.data, b.len);
	buf_free(&b);
}

static void
list_that_was_taken_says_what_it_is(void **state)
{
	(void)state;
	last();
	assert_int_equal(1795197600, head.version);
	assert_int_equal(42, head.sequence);
	assert_true(head.published > 0);
	assert_string_equal("", buf_text(&notes));
	sequence_last(NULL, &head, &notes);
	assert_int_equal(0, head.sequence);
	assert_int_equal(-1, head.published);
}

static void
no_damaged_byte_of_the_list_changes_the_sequence(void **state)
{
	size_t at;
	int bit;

	(void)state;
	for (at = 0; at < strlen(TEXT); at++)
		for (bit = 1; bit < 256; bit *= 2) {
			put_flipped(LIST, TEXT, at, bit);
			last();
			assert_int_equal(42, head.sequence);
			assert_int_equal(1795197600, head.version);
			assert_int_equal(-1, head.published);
		}
	put_flipped(LIST, TEXT,
	    strlen("[SMS]\r\nCopyListVersion=1795197600"
		   "\r\nSequence="),
	    1);
	last();
	assert_string_equal(
	    "CL_NT.TXT is damaged; its Sequence is that of SEQUENCE\n",
	    buf_text(&notes));
}

static void
no_damaged_byte_of_the_record_changes_the_sequence(void **state)
{
	struct buf record = BUF_INIT;
	size_t at;
	int bit;

	(void)state;
	buf_add_text(&record, fake_get(SEQUENCE));
	for (at = 0; at < record.len; at++)
		for (bit = 1; bit < 256; bit *= 2) {
			put_flipped(SEQUENCE, record.data, at, bit);
			last();
			assert_int_equal(42, head.sequence);
			assert_int_equal(1795197600, head.version);
			assert_string_equal(
			    "SEQUENCE could not be used\n", buf_text(&notes));
		}
	buf_free(&record);
}

static void
record_alone_holds_the_sequence(void **state)
{
	(void)state;
	fake_drop(LIST);
	last();
	assert_int_equal(42, head.sequence);
	assert_string_equal("", buf_text(&notes));
}

static void
list_of_an_older_version_has_no_record(void **state)
{
	(void)state;
	fake_drop(SEQUENCE);
	last();
	assert_int_equal(42, head.sequence);
	assert_string_equal("", buf_text(&notes));
}

/* Killed between CL_NT.TXT and SEQUENCE: the higher list is taken again. */
static void
run_that_was_cut_off_between_the_two_is_no_damage(void **state)
{
	(void)state;
	fake_put(LIST,
	    "[SMS]\r\nCopyListVersion=1795284000\r\nSequence=43\r\n"
	    "[Component STANDARD]\r\nType=files\r\n");
	last();
	assert_int_equal(42, head.sequence);
	assert_int_equal(1795197600, head.version);
	assert_string_equal("", buf_text(&notes));
}

static void
where_nothing_is_sound_it_is_said_and_nothing_is_refused(void **state)
{
	(void)state;
	fake_put(LIST, "");
	fake_put(SEQUENCE, "");
	last();
	assert_int_equal(0, head.sequence);
	assert_string_equal("SEQUENCE could not be used\n"
			    "the Sequence of the list before is not known: "
			    "the published list is taken whatever it has\n",
	    buf_text(&notes));
	fake_drop(LIST);
	fake_drop(SEQUENCE);
	last();
	assert_int_equal(0, head.sequence);
	assert_string_equal("", buf_text(&notes));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(list_that_was_taken_says_what_it_is),
		TEST(no_damaged_byte_of_the_list_changes_the_sequence),
		TEST(no_damaged_byte_of_the_record_changes_the_sequence),
		TEST(record_alone_holds_the_sequence),
		TEST(list_of_an_older_version_has_no_record),
		TEST(run_that_was_cut_off_between_the_two_is_no_damage),
		TEST(where_nothing_is_sound_it_is_said_and_nothing_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
