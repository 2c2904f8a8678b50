/* Tests of lib/source_fetch: a store file arrives whole and right, or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/copylist.h"
#include "../../lib/digest.h"
#include "../../lib/source.h"
#include "../../lib/store.h"
#include "../../platform/err.h"
#include "../fake/fake.h"

#define ROOT "//dc1/sms"
#define MS   (OS_SECOND / 1000)

static struct source *source;
static struct os_dir *here;
static struct os_file *to;
static char digest[DIGEST_TEXT];
static struct source_want want;
static struct buf why = BUF_INIT;
static int ours;

/* The path of what has `digest` in the store. */
static const char *
stored(void)
{
	static char path[200];
	struct buf name = BUF_INIT;

	assert_int_equal(0, store_name(digest, &name));
	snprintf(path, sizeof path, "/net/dc1/sms/%s", name.data);
	buf_free(&name);
	return path;
}

static void
publish(const char *text, size_t len)
{
	assert_int_equal(0, digest_of(text, len, digest));
	fake_put_bytes(stored(), text, len);
	want = (struct source_want){ .digest = digest, .size = len };
}

static int
setup(void **state)
{
	static const char *const roots[] = { ROOT };
	struct buf head = BUF_INIT;
	size_t which;

	(void)state;
	fake_reset();
	fake_put("/net/dc1/sms/" COPYLIST_NAME, "list");
	fake_put_folder("/c");
	assert_int_equal(
	    0, source_pick(roots, 1, 100, &source, &which, &head, &why));
	buf_free(&head);
	assert_int_equal(0, os_dir_open("/c", &here));
	assert_int_equal(0, os_open(here, "new", OS_CREATE, OS_PUBLIC, &to));
	publish("hello", 5);
	ours = 99;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	os_file_close(to);
	os_dir_close(here);
	source_close(source);
	buf_free(&why);
	assert_int_equal(0, fake_handles());
	return 0;
}

static int
fetch(void)
{
	return source_fetch(source, &want, to, &ours, &why);
}

static void
file_of_that_digest_is_copied(void **state)
{
	(void)state;
	assert_int_equal(0, fetch());
	assert_int_equal(0, ours);
	assert_string_equal("hello", fake_get("/c/new"));
}

static void
file_of_many_pieces_is_copied(void **state)
{
	static char text[50001];

	(void)state;
	memset(text, 'x', sizeof text);
	publish(text, sizeof text);
	fake_share_piece(1000);
	assert_int_equal(0, fetch());
	assert_memory_equal(text, fake_get("/c/new"), sizeof text);
}

static void
empty_file_is_copied(void **state)
{
	(void)state;
	publish("", 0);
	assert_int_equal(0, fetch());
	assert_string_equal("", fake_get("/c/new"));
}

static void
other_content_is_refused(void **state)
{
	static const char *const texts[] = { "hellO", "hell", "hello!", "" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		fake_put(stored(), texts[i]);
		assert_int_equal(ERR_DIGEST, fetch());
		assert_int_equal(0, ours);
		assert_non_null(
		    strstr(buf_text(&why), "content differs from its digest"));
	}
}

static void
no_more_than_the_size_is_written(void **state)
{
	(void)state;
	fake_share_piece(4);
	fake_put(stored(), "hello, and much more than that");
	assert_int_equal(ERR_DIGEST, fetch());
	assert_true(strlen(fake_get("/c/new")) <= 5);
}

static void
missing_file_is_told_from_a_missing_root(void **state)
{
	(void)state;
	fake_drop(stored());
	assert_int_equal(ERR_NOENT, fetch());
	assert_non_null(strstr(buf_text(&why), "//dc1/sms/store/"));
	fake_share(ROOT, FAKE_DOWN, 0);
	assert_int_equal(ERR_HOST, fetch());
	assert_int_equal(0, ours);
	/* There, but no logon server any more. */
	fake_share(ROOT, FAKE_UP, 0);
	fake_drop("/net/dc1/sms/" COPYLIST_NAME);
	assert_int_equal(ERR_HOST, fetch());
}

static void
file_that_cannot_be_read_is_told_from_a_root_that_cannot(void **state)
{
	static const int codes[] = { ERR_IO, ERR_NAME };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		fake_fail_call("os_share_next", 1, FAKE_ONCE, codes[i]);
		assert_int_equal(codes[i], fetch());
		assert_int_equal(0, ours);
		fake_fail_call("os_share_next", 1, FAKE_FOREVER, codes[i]);
		assert_int_equal(ERR_HOST, fetch());
		fake_fail(0, FAKE_ONCE, 0);
	}
}

static void
root_that_stalls_is_given_up(void **state)
{
	int64_t start = os_ticks();

	(void)state;
	fake_share(ROOT, FAKE_HANGS, 0);
	assert_int_equal(ERR_TIMEOUT, fetch());
	assert_int_equal(SOURCE_STALL_MS, (os_ticks() - start) / MS);
}

static void
trouble_on_our_side_is_told_apart(void **state)
{
	(void)state;
	fake_space(3);
	assert_int_equal(ERR_NOSPC, fetch());
	assert_int_equal(1, ours);
}

static void
bandwidth_is_kept(void **state)
{
	static char text[10000];
	int64_t start = os_ticks(), took;

	(void)state;
	publish(text, sizeof text);
	want.limit = 1000;
	fake_share_piece(100);
	assert_int_equal(0, fetch());
	took = (os_ticks() - start) / MS;
	assert_in_range(took, 9980, 10200);
}

/* A thousand files of 100 bytes, each of which takes a thousandth of a second:
 * neither faster than the limit, nor a nap for each. */
static void
bandwidth_is_that_of_many_small_files_together(void **state)
{
	static char text[100];
	int64_t start = os_ticks(), took;
	int i;

	(void)state;
	publish(text, sizeof text);
	want.limit = 100000;
	for (i = 0; i < 1000; i++)
		assert_int_equal(0, fetch());
	took = (os_ticks() - start) / MS;
	assert_in_range(took, 960, 1040);
}

static void
time_without_fetching_is_no_credit_for_later(void **state)
{
	static char text[10000];
	int64_t start, took;

	(void)state;
	publish(text, sizeof text);
	want.limit = 1000;
	assert_int_equal(0, fetch());
	fake_pass(3600 * 1000);
	start = os_ticks();
	assert_int_equal(0, fetch());
	took = (os_ticks() - start) / MS;
	assert_in_range(took, 9950, 10200);
}

static void
request_to_stop_ends_the_wait_for_bandwidth(void **state)
{
	(void)state;
	want.limit = 1;
	fake_stop_after(1500);
	assert_int_equal(ERR_STOP, fetch());
}

static void
call_that_fails_is_never_taken_for_success(void **state)
{
	unsigned n;
	int rc;

	for (n = 1; n < 50; n++) {
		teardown(state);
		setup(state);
		fake_fail(n, FAKE_ONCE, ERR_IO);
		rc = fetch();
		if (!fake_met())
			break;
		assert_int_equal(ERR_IO, rc);
	}
	assert_in_range(n, 4, 49);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void
asking_ahead_changes_nothing_of_what_comes(void **state)
{
	char first[DIGEST_TEXT];
	struct source_want one;

	(void)state;
	publish("the first", 9);
	strcpy(first, digest);
	one = (struct source_want){ .digest = first, .size = 9 };
	publish("another", 7);
	assert_int_equal(0, source_ahead(source, &one));
	assert_int_equal(0, source_ahead(source, &want));
	assert_int_equal(0, fetch());
	fake_drop(stored());
	assert_int_equal(0, source_ahead(source, &want));
	assert_int_equal(ERR_NOENT, fetch());
	want.limit = 1000;
	assert_int_equal(ERR_UNSUP, source_ahead(source, &want));
	want.digest = "no digest";
	want.limit = 0;
	assert_int_equal(ERR_ARG, source_ahead(source, &want));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(file_of_that_digest_is_copied),
		TEST(file_of_many_pieces_is_copied),
		TEST(empty_file_is_copied),
		TEST(other_content_is_refused),
		TEST(no_more_than_the_size_is_written),
		TEST(missing_file_is_told_from_a_missing_root),
		TEST(file_that_cannot_be_read_is_told_from_a_root_that_cannot),
		TEST(root_that_stalls_is_given_up),
		TEST(trouble_on_our_side_is_told_apart),
		TEST(bandwidth_is_kept),
		TEST(bandwidth_is_that_of_many_small_files_together),
		TEST(time_without_fetching_is_no_credit_for_later),
		TEST(request_to_stop_ends_the_wait_for_bandwidth),
		TEST(call_that_fails_is_never_taken_for_success),
		TEST(asking_ahead_changes_nothing_of_what_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
