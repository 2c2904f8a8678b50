/* Tests of lib/store: content under its digest, added once, healed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/buf.h"
#include "../../lib/digest.h"
#include "../../lib/store.h"
#include "../../platform/err.h"
#include "../fake/fake.h"

/* sha256 of "hello" and of "" */
#define HELLO	   "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
#define EMPTY	   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define HELLO_NAME "store/2c/" HELLO

static struct os_dir *tree;

static int
start(void **unused)
{
	(void)unused;
	fake_reset();
	fake_put_folder("/t");
	fake_put("/s/hello", "hello");
	return os_dir_open("/t", &tree);
}

static int
finish(void **unused)
{
	(void)unused;
	os_dir_close(tree);
	return (int)fake_handles();
}

static int
add(const char *path, uint64_t *size, char digest[DIGEST_TEXT])
{
	struct os_dir *dir;
	struct os_file *file;
	int rc;

	if (os_dir_open("/s", &dir) != 0)
		return ERR_ARG;
	rc = os_open(dir, path, OS_READ, OS_PRIVATE, &file);
	if (rc == 0) {
		rc = store_add(tree, file, size, digest);
		os_file_close(file);
	}
	os_dir_close(dir);
	return rc;
}

static void
a_name_is_two_digits_and_the_digest(void **unused)
{
	struct buf name = BUF_INIT;

	(void)unused;
	assert_int_equal(store_name(HELLO, &name), 0);
	assert_string_equal(buf_text(&name), HELLO_NAME);
	assert_int_equal(store_name("", &name), ERR_ARG);
	assert_int_equal(store_name("../../x", &name), ERR_ARG);
	assert_int_equal(store_name(HELLO "0", &name), ERR_ARG);
	buf_free(&name);
}

static void
content_is_added_under_its_digest_and_nothing_is_left(void **unused)
{
	char digest[DIGEST_TEXT];
	uint64_t size = 0;

	(void)unused;
	assert_int_equal(add("hello", &size, digest), 0);
	assert_int_equal(size, 5);
	assert_string_equal(digest, HELLO);
	assert_string_equal(
	    fake_tree("/t"), "store/\nstore/2c/\n" HELLO_NAME "=hello\n");
	assert_int_equal(fake_rights("/t/" HELLO_NAME), OS_PUBLIC);
	assert_int_equal(fake_rights("/t/store/2c"), OS_PUBLIC);
}

static void
an_empty_file_is_content_too(void **unused)
{
	char digest[DIGEST_TEXT];
	uint64_t size = 1;

	(void)unused;
	fake_put("/s/empty", "");
	assert_int_equal(add("empty", &size, digest), 0);
	assert_int_equal(size, 0);
	assert_string_equal(digest, EMPTY);
	assert_int_equal(store_check(tree, EMPTY, 0, 1), 0);
}

static void
content_longer_than_a_piece_is_whole(void **unused)
{
	static char big[700001];
	char digest[DIGEST_TEXT], expected[DIGEST_TEXT];
	uint64_t size = 0;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof big; i++)
		big[i] = (char)(i * 31 + i / 251);
	fake_put_bytes("/s/big", big, sizeof big);
	assert_int_equal(digest_of(big, sizeof big, expected), 0);
	assert_int_equal(add("big", &size, digest), 0);
	assert_int_equal(size, sizeof big);
	assert_string_equal(digest, expected);
	assert_int_equal(store_check(tree, expected, sizeof big, 1), 0);
}

static void
what_is_there_and_good_stays_the_same_file(void **unused)
{
	struct os_info before, after;
	char digest[DIGEST_TEXT];
	uint64_t size;

	(void)unused;
	fake_put("/t/" HELLO_NAME, "hello");
	assert_true(fake_info("/t/" HELLO_NAME, &before));
	assert_int_equal(add("hello", &size, digest), 0);
	assert_true(fake_info("/t/" HELLO_NAME, &after));
	assert_int_equal(before.id, after.id);
	assert_string_equal(
	    fake_tree("/t"), "store/\nstore/2c/\n" HELLO_NAME "=hello\n");
}

static void
what_is_damaged_is_replaced_also_when_its_size_is_right(void **unused)
{
	static const char *const damaged[] = { "hellx", "he", "", "hello, w" };
	char digest[DIGEST_TEXT];
	uint64_t size;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
		fake_put("/t/" HELLO_NAME, damaged[i]);
		assert_int_equal(store_check(tree, HELLO, 5, 1), ERR_DIGEST);
		assert_int_equal(add("hello", &size, digest), 0);
		assert_int_equal(store_check(tree, HELLO, 5, 1), 0);
	}
}

static void
a_link_in_place_of_content_is_no_content(void **unused)
{
	char digest[DIGEST_TEXT];
	uint64_t size;

	(void)unused;
	fake_put_special("/t/" HELLO_NAME, OS_LINK);
	assert_int_equal(store_check(tree, HELLO, 5, 0), ERR_DIGEST);
	assert_int_equal(add("hello", &size, digest), 0);
	assert_string_equal(fake_get("/t/" HELLO_NAME), "hello");
}

static void
checking_looks_at_presence_size_and_on_request_content(void **unused)
{
	(void)unused;
	assert_int_equal(store_check(tree, HELLO, 5, 0), ERR_NOENT);
	fake_put("/t/" HELLO_NAME, "hellx");
	assert_int_equal(store_check(tree, HELLO, 5, 0), 0);
	assert_int_equal(store_check(tree, HELLO, 5, 1), ERR_DIGEST);
	assert_int_equal(store_check(tree, HELLO, 4, 0), ERR_DIGEST);
	assert_int_equal(store_check(tree, "nonsense", 4, 0), ERR_ARG);
}

static void
a_full_disk_leaves_no_temporary_file(void **unused)
{
	char digest[DIGEST_TEXT];
	uint64_t size;

	(void)unused;
	fake_space(3);
	assert_int_equal(add("hello", &size, digest), ERR_NOSPC);
	assert_string_equal(fake_list("/t"), "store/\n");
}

/* After any failure: nothing under the name, or the whole content; and no
 * temporary file but where taking it away was what failed. */
static void
each_call_failed_leaves_whole_content_or_none(void **unused)
{
	char digest[DIGEST_TEXT];
	const char *there;
	uint64_t size;
	unsigned n;
	int rc;

	(void)unused;
	for (n = 1; n < 200; n++) {
		fake_put_folder("/t/store");
		fake_drop("/t/store");
		fake_put_folder("/t/store");
		fake_fail(n, FAKE_ONCE, ERR_IO);
		rc = add("hello", &size, digest);
		if (!fake_met()) {
			assert_int_equal(rc, 0);
			break;
		}
		fake_fail(0, FAKE_ONCE, 0);
		there = fake_get("/t/" HELLO_NAME);
		assert_true(there == NULL || strcmp(there, "hello") == 0);
		assert_true(rc != 0 || there != NULL);
		assert_null(strstr(fake_list("/t"), ".tmp"));
		assert_int_equal(fake_handles(), 1);
	}
	assert_in_range(n, 8, 199);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)
		TEST(a_name_is_two_digits_and_the_digest),
		TEST(content_is_added_under_its_digest_and_nothing_is_left),
		TEST(an_empty_file_is_content_too),
		TEST(content_longer_than_a_piece_is_whole),
		TEST(what_is_there_and_good_stays_the_same_file),
		TEST(what_is_damaged_is_replaced_also_when_its_size_is_right),
		TEST(a_link_in_place_of_content_is_no_content),
		TEST(checking_looks_at_presence_size_and_on_request_content),
		TEST(a_full_disk_leaves_no_temporary_file),
		TEST(each_call_failed_leaves_whole_content_or_none),
#undef TEST
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
