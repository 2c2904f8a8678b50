/* Tests of lib/digest. The first three values are examples of FIPS 180. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../../lib/digest.h"
#include "../../platform/err.h"
#include "../fake/fake.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define ABC	  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY	  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
/* Of 600,000 bytes: 0, 1, ... 250, 0, 1, ... */
#define LONG_SIZE 600000
#define LONG	  "3eec6f2df36b88a1a97c03224253e9d0c59f2696ff7b145203a5d43c736bc7e0"

static const struct {
	const char *text;
	const char *hex;
} examples[] = {
	{ "", EMPTY },
	{ "abc", ABC },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "248d6a61d20638b8e5c026930c3e6039"
	    "a33ce45964ff2167f6ecedd419db06c1" },
};

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	fake_put_folder("/c");
	return 0;
}

static struct os_dir *
open_c(void)
{
	struct os_dir *dir;

	assert_int_equal(0, os_dir_open("/c", &dir));
	return dir;
}

static char *
long_text(void)
{
	char *text = malloc(LONG_SIZE);
	size_t i;

	assert_non_null(text);
	for (i = 0; i < LONG_SIZE; i++)
		text[i] = (char)(i % 251);
	return text;
}

static void
it_is_sha256(void **state)
{
	char hex[DIGEST_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(examples); i++) {
		assert_int_equal(0,
		    digest_of(examples[i].text, strlen(examples[i].text), hex));
		assert_string_equal(examples[i].hex, hex);
	}
	assert_int_equal(0, digest_of(NULL, 0, hex));
	assert_string_equal(EMPTY, hex);
}

static void
the_bytes_are_those_of_the_text(void **state)
{
	unsigned char bytes[DIGEST_SIZE];

	(void)state;
	assert_int_equal(0, digest_bytes("abc", 3, bytes));
	assert_int_equal(0xba, bytes[0]);
	assert_int_equal(0x78, bytes[1]);
	assert_int_equal(0xad, bytes[DIGEST_SIZE - 1]);
}

static void
pieces_make_the_same_and_it_starts_anew(void **state)
{
	struct digest *d = digest_new();
	char hex[DIGEST_TEXT];

	(void)state;
	assert_non_null(d);
	digest_add(d, "a", 1);
	digest_add(d, NULL, 0);
	digest_add(d, "bc", 2);
	digest_finish(d, hex);
	assert_string_equal(ABC, hex);
	digest_finish(d, hex);
	assert_string_equal(EMPTY, hex);
	digest_add(d, "abc", 3);
	digest_finish(d, hex);
	assert_string_equal(ABC, hex);
	digest_free(d);
	digest_free(NULL);
}

static void
a_file_is_read_to_its_end(void **state)
{
	char *text = long_text();
	struct os_dir *dir;
	char hex[DIGEST_TEXT];

	(void)state;
	fake_put_bytes("/c/long", text, LONG_SIZE);
	fake_put_bytes("/c/piece", text, 256 << 10);
	fake_put("/c/empty", "");
	fake_put("/c/abc", "abc");
	dir = open_c();
	assert_int_equal(0, digest_of_name(dir, "long", hex));
	assert_string_equal(LONG, hex);
	assert_int_equal(0, digest_of_name(dir, "empty", hex));
	assert_string_equal(EMPTY, hex);
	assert_int_equal(0, digest_of_name(dir, "abc", hex));
	assert_string_equal(ABC, hex);
	assert_int_equal(0, digest_of_name(dir, "piece", hex));
	assert_string_equal(
	    "31a1f9dea0169551092d05e8bf4a446228c8c3eb4c9b713c66adcb7fd53c89be",
	    hex);
	os_dir_close(dir);
	assert_int_equal(0, fake_handles());
	free(text);
}

static void
an_open_file_is_read_from_where_it_stands(void **state)
{
	struct os_file *file;
	struct os_dir *dir;
	char hex[DIGEST_TEXT], skipped[2];
	size_t got;

	(void)state;
	fake_put("/c/x", "xxabc");
	dir = open_c();
	assert_int_equal(0, os_open(dir, "x", OS_READ, OS_PRIVATE, &file));
	assert_int_equal(0, os_read(file, skipped, 2, &got));
	assert_int_equal(0, digest_of_file(file, hex));
	assert_string_equal(ABC, hex);
	os_file_close(file);
	os_dir_close(dir);
}

static void
a_failing_read_is_told_and_nothing_stays_open(void **state)
{
	char *text = long_text();
	struct os_dir *dir;
	char hex[DIGEST_TEXT];
	unsigned n;
	int rc;

	(void)state;
	fake_put_bytes("/c/long", text, LONG_SIZE);
	dir = open_c();
	for (n = 1; n < 20; n++) {
		fake_fail(n, FAKE_ONCE, ERR_IO);
		rc = digest_of_name(dir, "long", hex);
		assert_int_equal(1, fake_handles());
		if (!fake_met())
			break;
		/* The close after reading has nothing to lose. */
		assert_true(rc == ERR_IO || strcmp(hex, LONG) == 0);
	}
	assert_true(n > 3 && n < 20);
	assert_int_equal(0, rc);
	fake_fail(0, FAKE_ONCE, 0);
	assert_int_equal(ERR_NOENT, digest_of_name(dir, "none", hex));
	os_dir_close(dir);
	free(text);
}

static void
a_digest_as_text_is_64_lower_case_digits(void **state)
{
	char text[DIGEST_TEXT + 1] = ABC;

	(void)state;
	assert_true(digest_is_text(ABC));
	assert_false(digest_is_text(""));
	assert_false(digest_is_text(ABC "0"));
	assert_false(digest_is_text(ABC " "));
	assert_false(digest_is_text(&ABC[1]));
	text[10] = 'A';
	assert_false(digest_is_text(text));
	text[10] = 'g';
	assert_false(digest_is_text(text));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(it_is_sha256, setup),
		cmocka_unit_test_setup(the_bytes_are_those_of_the_text, setup),
		cmocka_unit_test_setup(
		    pieces_make_the_same_and_it_starts_anew, setup),
		cmocka_unit_test_setup(a_file_is_read_to_its_end, setup),
		cmocka_unit_test_setup(
		    an_open_file_is_read_from_where_it_stands, setup),
		cmocka_unit_test_setup(
		    a_failing_read_is_told_and_nothing_stays_open, setup),
		cmocka_unit_test(a_digest_as_text_is_64_lower_case_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
