/*
 * Tests of lib/fileversion: versions of PE files that the test builds, of other
 * files, and of files that lie about themselves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/buf.h"
#include "../../lib/fileversion.h"
#include "../../platform/err.h"
#include "../../platform/os.h"
#include "../fake/fake.h"
#include "pe.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define READS_MOST 15 /* pieces that are read of a file */

static const struct pe_options plain = {
	false,
	{ 2, 0, 1493, 4006 },
	{ 2, 0, 0, 65535 },
	{ { "CompanyName", "PLANT" }, { "FileVersion", "2.0 (1493)" },
	    { "ProductVersion", "2.00" } },
};

static struct fileversion version;
static struct buf why = BUF_INIT, pe = BUF_INIT;

static int
start(void **unused)
{
	(void)unused;
	fake_reset();
	pe_build(&plain, &pe);
	return 0;
}

static int
finish(void **unused)
{
	(void)unused;
	fake_alloc_fail(0, FAKE_ONCE);
	fake_fail(0, FAKE_ONCE, 0);
	fileversion_free(&version);
	buf_free(&why);
	buf_free(&pe);
	return (int)fake_handles();
}

static int
read_bytes(const void *data, size_t len)
{
	struct os_file *file;
	struct os_dir *dir;
	int rc;

	fake_put_bytes("/f/A.EXE", data, len);
	assert_int_equal(os_dir_open("/f", &dir), 0);
	assert_int_equal(os_open(dir, "A.EXE", OS_READ, OS_PRIVATE, &file), 0);
	fileversion_free(&version);
	buf_clear(&why);
	rc = fileversion_read(file, &version, &why);
	os_file_close(file);
	os_dir_close(dir);
	return rc;
}

/* Reads `pe`. */
static int
read_pe(void)
{
	return read_bytes(pe.data, pe.len);
}

static void
version_is_read_from_pe32_and_pe32_plus(void **unused)
{
	struct pe_options options = plain;

	(void)unused;
	assert_int_equal(read_pe(), 0);
	assert_string_equal(version.file, "2.0.1493.4006");
	assert_string_equal(version.product, "2.0.0.65535");
	assert_string_equal(version.file_string, "2.0 (1493)");
	assert_string_equal(version.product_string, "2.00");
	options.plus = true;
	memset(options.file, 0xff, sizeof options.file);
	options.texts[1].value = NULL;
	pe_build(&options, &pe);
	assert_int_equal(read_pe(), 0);
	assert_string_equal(version.file, "65535.65535.65535.65535");
	assert_null(version.file_string);
	assert_string_equal(version.product_string, "2.00");
}

static void
no_more_is_read_than_is_needed(void **unused)
{
	size_t i;

	(void)unused;
	for (i = 0; i < 100000; i++)
		buf_add_char(&pe, 'x');
	assert_int_equal(read_pe(), 0);
	assert_in_range(fake_calls_of("os_read_at"), 5, READS_MOST);
	assert_int_equal(fake_calls_of("os_read"), 0);
}

static void
what_is_no_pe_file_has_no_version(void **unused)
{
	static const struct {
		const char *start;
		uint32_t header; /* offset of the PE header; its bytes: */
		const char *mark;
	} cases[] = {
		{ "#!/bin/sh", PE_HEADER, "PE" },
		{ "ZM", PE_HEADER, "PE" },
		{ "MZ", PE_HEADER, "NE" },
		{ "MZ", PE_HEADER, "LE" },
		{ "MZ", PE_HEADER, "PE\1" },
		{ "MZ", 0, "PE" },
		{ "MZ", 0x7fffffff, "PE" },
		{ "MZ", 0xffffffff, "PE" },
	};
	size_t i;

	(void)unused;
	assert_int_equal(read_bytes("", 0), ERR_NOENT);
	assert_int_equal(read_bytes("MZ", 2), ERR_NOENT);
	assert_int_equal(read_bytes("text", 4), ERR_NOENT);
	for (i = 0; i < COUNT(cases); i++) {
		pe_build(&plain, &pe);
		memcpy(pe.data, cases[i].start, 2);
		pe_put(&pe, 60, cases[i].header, 4);
		memcpy(
		    pe.data + PE_HEADER, cases[i].mark, strlen(cases[i].mark));
		if (read_pe() != ERR_NOENT)
			fail_msg("case %zu: %s", i, version.file);
	}
}

/* What a file says in some bytes, and what is answered. */
struct lie {
	size_t at, len;
	uint32_t value;
	int expected;
	const char *reason;
};

static void
check_lies(const struct lie *lies, size_t count)
{
	size_t i;
	int rc;

	for (i = 0; i < count; i++) {
		pe_build(&plain, &pe);
		pe_put(&pe, lies[i].at, lies[i].value, lies[i].len);
		rc = read_pe();
		if (rc != lies[i].expected ||
		    (lies[i].reason != NULL &&
			strcmp(buf_text(&why), lies[i].reason) != 0))
			fail_msg("case %zu: %d \"%s\"", i, rc, buf_text(&why));
	}
}

#define FOLDER	  0x80000000u
#define SECTION	  (PE_OPTIONAL + 224 + 40)
#define KINDS	  PE_RESOURCES	      /* folder of kinds */
#define NAMES	  (PE_RESOURCES + 24) /* of names */
#define LANGUAGES (PE_RESOURCES + 48)
#define ENTRY	  (PE_RESOURCES + 72) /* data entry */

static void
pe_files_without_a_version_have_none(void **unused)
{
	static const struct lie cases[] = {
		{ PE_OPTIONAL + 92, 4, 0, ERR_NOENT, NULL },
		{ PE_OPTIONAL + 92, 4, 2, ERR_NOENT, NULL },
		{ PE_OPTIONAL + 112, 4, 0, ERR_NOENT, NULL },
		{ KINDS + 14, 2, 0, ERR_NOENT, NULL },
		{ KINDS + 16, 4, 15, ERR_NOENT, NULL },
		{ NAMES + 14, 2, 0, ERR_NOENT, NULL },
		{ LANGUAGES + 14, 2, 0, ERR_NOENT, NULL },
		{ PE_BLOCK + 2, 2, 0, ERR_NOENT, NULL },
	};

	(void)unused;
	check_lies(cases, COUNT(cases));
}

static void
headers_that_lie_are_refused(void **unused)
{
	static const struct lie cases[] = {
		{ PE_HEADER + 6, 2, 65535, ERR_FORMAT,
		    "more than 1024 sections" },
		{ PE_HEADER + 6, 2, 1024, ERR_FORMAT, "the file is cut off" },
		{ PE_HEADER + 6, 2, 0, ERR_FORMAT,
		    "an address that is in no section" },
		{ PE_HEADER + 6, 2, 1, ERR_FORMAT,
		    "an address that is in no section" },
		{ PE_HEADER + 20, 2, 0, ERR_FORMAT, "no optional header" },
		{ PE_HEADER + 20, 2, 95, ERR_FORMAT,
		    "the optional header is too short" },
		{ PE_HEADER + 20, 2, 119, ERR_FORMAT,
		    "the optional header is too short" },
		{ PE_HEADER + 20, 2, 65535, ERR_FORMAT, "the file is cut off" },
		{ PE_OPTIONAL, 2, 0x107, ERR_FORMAT,
		    "an optional header of an unknown kind" },
		{ PE_OPTIONAL + 92, 4, 0xffffffff, 0, NULL },
		{ PE_OPTIONAL + 112, 4, 0xffffffff, ERR_FORMAT,
		    "an address that is in no section" },
		{ PE_OPTIONAL + 112, 4, PE_ADDRESS - 1, ERR_FORMAT,
		    "an address that is in no section" },
		{ SECTION + 12, 4, 0xffffffff, ERR_FORMAT,
		    "an address that is in no section" },
		{ SECTION + 16, 4, 0, ERR_FORMAT,
		    "an address that is in no section" },
		{ SECTION + 16, 4, 40, ERR_FORMAT,
		    "an offset beyond the resources" },
		{ SECTION + 16, 4, 0xffffffff, 0, NULL },
		{ SECTION + 20, 4, 0xffffffff, ERR_FORMAT,
		    "the file is cut off" },
		/* .text over the resources: the first one counts. */
		{ SECTION - 40 + 16, 4, 0xffffffff, ERR_FORMAT,
		    "the file is cut off" },
	};

	(void)unused;
	check_lies(cases, COUNT(cases));
}

static void
resources_that_lie_are_refused(void **unused)
{
	static const struct lie cases[] = {
		{ KINDS + 12, 2, 65535, ERR_FORMAT,
		    "more than 4096 resources in a folder" },
		{ KINDS + 14, 2, 65535, ERR_FORMAT,
		    "more than 4096 resources in a folder" },
		{ KINDS + 14, 2, 4096, ERR_FORMAT,
		    "an offset beyond the resources" },
		/* In a circle: to itself, and back to the first folder. */
		{ NAMES + 20, 4, FOLDER | 24, ERR_FORMAT,
		    "a folder in place of a resource" },
		{ NAMES + 20, 4, FOLDER, ERR_FORMAT,
		    "a folder in place of a resource" },
		{ LANGUAGES + 20, 4, FOLDER, ERR_FORMAT,
		    "a folder in place of a resource" },
		{ KINDS + 20, 4, FOLDER | 48, ERR_FORMAT,
		    "a resource in place of a folder of them" },
		{ KINDS + 20, 4, 24, ERR_FORMAT,
		    "a resource in place of a folder of them" },
		{ KINDS + 20, 4, 0xffffffff, ERR_FORMAT,
		    "an offset beyond the resources" },
		{ LANGUAGES + 20, 4, 0x7fffffff, ERR_FORMAT,
		    "an offset beyond the resources" },
		{ ENTRY, 4, 0xffffffff, ERR_FORMAT,
		    "an address that is in no section" },
		{ ENTRY, 4, 0, ERR_FORMAT, "an address that is in no section" },
		{ ENTRY + 4, 4, 0xffffffff, ERR_FORMAT,
		    "a version resource of over 65536 bytes" },
		{ ENTRY + 4, 4, 65536, ERR_FORMAT,
		    "a version resource beyond its section" },
		{ ENTRY + 4, 4, 0, ERR_FORMAT,
		    "the version resource is no such thing" },
		{ ENTRY + 4, 4, 80, ERR_FORMAT,
		    "the version resource is no such thing" },
	};

	(void)unused;
	check_lies(cases, COUNT(cases));
}

static void
version_resources_that_lie_are_refused(void **unused)
{
	static const struct lie cases[] = {
		{ PE_BLOCK, 2, 0, ERR_FORMAT,
		    "the version resource is no such thing" },
		{ PE_BLOCK, 2, 65535, ERR_FORMAT,
		    "the version resource is no such thing" },
		{ PE_BLOCK, 2, 37, ERR_FORMAT,
		    "the version resource is no such thing" },
		{ PE_BLOCK, 2, 91, ERR_FORMAT,
		    "the version resource is cut off" },
		{ PE_BLOCK, 2, 92, 0, NULL },
		{ PE_BLOCK + 2, 2, 51, ERR_FORMAT,
		    "the version resource is cut off" },
		{ PE_BLOCK + 2, 2, 65535, ERR_FORMAT,
		    "the version resource is cut off" },
		{ PE_BLOCK + 6, 2, 'X', ERR_FORMAT,
		    "the version resource is no such thing" },
		{ PE_BLOCK + 36, 2, 'X', ERR_FORMAT,
		    "the version resource is no such thing" },
		{ PE_BLOCK + 40, 4, 0, ERR_FORMAT,
		    "the version resource has no signature" },
	};

	(void)unused;
	check_lies(cases, COUNT(cases));
}

/* The strings begin behind the fixed version. */
#define INFO  (PE_BLOCK + 92)
#define TABLE (INFO + 36)
#define TEXT  (TABLE + 24)

static void
damaged_strings_leave_the_version(void **unused)
{
	static const size_t places[] = { INFO, TABLE, TEXT };
	static const uint32_t lengths[] = { 0, 1, 5, 6, 7, 8, 65535 };
	size_t i, j;

	(void)unused;
	for (i = 0; i < COUNT(places); i++) {
		for (j = 0; j < COUNT(lengths); j++) {
			pe_build(&plain, &pe);
			pe_put(&pe, places[i], lengths[j], 2);
			assert_int_equal(read_pe(), 0);
			assert_string_equal(version.file, "2.0.1493.4006");
			assert_null(version.file_string);
		}
	}
}

static void
strings_are_bounded_and_become_utf8(void **unused)
{
	struct pe_options options = plain;
	size_t i;
	char *at = NULL;

	(void)unused;
	options.texts[1].value = "0123456789ABCDEF0123456789ABCDEF0123456789"
				 "ABCDEF0123456789ABCDEF0123456789ABCDEF0123"
				 "456789ABCDEF0123456789ABCDEF0123456789ABCD"
				 "EF0123456789ABCDEF0123456789ABCDEF01234567"
				 "89ABCDEF0123456789ABCDEF0123456789ABCDEF01"
				 "23456789ABCDEF0123456789ABCDEF0123456789AB"
				 "CDEF0123456789ABCDEF0123456789ABCDEF";
	options.texts[2].value = "abcdefg";
	pe_build(&options, &pe);
	for (i = 0; at == NULL && i + 6 <= pe.len; i++)
		if (memcmp(pe.data + i, "a\0b\0c\0", 6) == 0)
			at = (char *)pe.data + i;
	assert_non_null(at);
	/* A letter of each length, a pair, and both halves alone. */
	memcpy(at, "\xe4\x00\xac\x20\x3d\xd8\x00\xde\x00\xde\x3d\xd8z\0", 14);
	assert_int_equal(read_pe(), 0);
	assert_int_equal(strlen(version.file_string), 256);
	assert_string_equal(version.product_string,
	    "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbdz");
}

static void
assert_answer(void)
{
	unsigned before = fake_calls_of("os_read_at");
	int rc = read_pe();

	if (rc == ERR_FORMAT)
		assert_in_range(why.len, 5, 100);
	else if (rc != 0)
		assert_int_equal(rc, ERR_NOENT);
	assert_in_range(fake_calls_of("os_read_at") - before, 0, READS_MOST);
}

static void
a_file_cut_at_any_length_is_answered(void **unused)
{
	size_t len, whole = pe.len;
	int rc;

	(void)unused;
	for (len = 0; len < whole; len++) {
		pe.len = len;
		rc = read_pe();
		/* Up to the mark it may be anything. */
		assert_int_equal(
		    rc, len < PE_HEADER + 4 ? ERR_NOENT : ERR_FORMAT);
		assert_answer();
	}
	pe.len = whole;
	assert_int_equal(read_pe(), 0);
}

static void
a_file_with_any_byte_changed_is_answered(void **unused)
{
	static const unsigned char changes[] = { 0xff, 0x01, 0x80, 0x10 };
	struct pe_options options = plain;
	size_t i, j, plus;

	(void)unused;
	for (plus = 0; plus < 2; plus++) {
		options.plus = plus == 1;
		pe_build(&options, &pe);
		for (i = 0; i < pe.len; i++) {
			for (j = 0; j < COUNT(changes); j++) {
				pe.data[i] ^= (char)changes[j];
				assert_answer();
				pe.data[i] ^= (char)changes[j];
			}
		}
	}
}

static void
a_call_or_an_allocation_that_fails_is_told(void **unused)
{
	struct os_file *file;
	struct os_dir *dir;
	unsigned n;
	int rc = -1;

	(void)unused;
	fake_put_bytes("/f/A.EXE", pe.data, pe.len);
	assert_int_equal(os_dir_open("/f", &dir), 0);
	assert_int_equal(os_open(dir, "A.EXE", OS_READ, OS_PRIVATE, &file), 0);
	for (n = 1; n < 100; n++) {
		fake_fail(n, FAKE_ONCE, ERR_IO);
		rc = fileversion_read(file, &version, &why);
		fileversion_free(&version);
		if (!fake_met())
			break;
		assert_int_equal(rc, ERR_IO);
	}
	fake_fail(0, FAKE_ONCE, 0);
	assert_int_equal(rc, 0);
	assert_in_range(n, 6, 20);
	for (n = 1; fake_alloc_works() && n < 100; n++) {
		fake_alloc_fail(n, FAKE_ONCE);
		rc = fileversion_read(file, &version, &why);
		fileversion_free(&version);
		if (!fake_alloc_met())
			break;
		assert_true(rc == 0 || rc == ERR_NOMEM);
	}
	fake_alloc_fail(0, FAKE_ONCE);
	assert_int_equal(rc, 0);
	os_file_close(file);
	os_dir_close(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)
		TEST(version_is_read_from_pe32_and_pe32_plus),
		TEST(no_more_is_read_than_is_needed),
		TEST(what_is_no_pe_file_has_no_version),
		TEST(pe_files_without_a_version_have_none),
		TEST(headers_that_lie_are_refused),
		TEST(resources_that_lie_are_refused),
		TEST(version_resources_that_lie_are_refused),
		TEST(damaged_strings_leave_the_version),
		TEST(strings_are_bounded_and_become_utf8),
		TEST(a_file_cut_at_any_length_is_answered),
		TEST(a_file_with_any_byte_changed_is_answered),
		TEST(a_call_or_an_allocation_that_fails_is_told),
#undef TEST
	};

	return cmocka_run_group_tests_name("fileversion", tests, NULL, NULL);
}
