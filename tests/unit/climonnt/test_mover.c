/* Tests of climonnt's mover: .raw files go up whole, once, or stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../../../lib/buf.h"
#include "../../../lib/logfile.h"
#include "../../../monitor/climonnt/mover.h"
#include "../../../monitor/climonnt/raws.h"
#include "../../../platform/err.h"
#include "../../fake/fake.h"

#define ROOT "//dc1/sms"
#define BOX  "/net/dc1/sms/inventry.box"
#define ID   "PL2ABC"
#define OLD  (FAKE_START - 3600 * OS_SECOND) /* not being written any more */
#define SENT "PL2ABC-1795194000000000000-5.RAW"
#define DIGITS                             \
	"0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef"

static struct mover mover;
static struct raws raws;
static size_t fresh;

static void
put(const char *path, const char *text)
{
	fake_put(path, text);
	fake_stamp(path, OLD, 0);
}

static void
prepare(void)
{
	fake_reset();
	fake_put_folder(BOX);
	fake_put_folder("/c/INVDATA");
	mover = (struct mover){ .instance = 0xabcd0123 };
	mover.log = logfile_new("climonnt", false, true);
}

static int
setup(void **state)
{
	(void)state;
	prepare();
	return 0;
}

static void
end(void)
{
	raws_free(&raws);
	logfile_close(mover.log);
	assert_int_equal(0, fake_handles());
}

static int
teardown(void **state)
{
	(void)state;
	end();
	return 0;
}

/* One round as climonnt makes it. */
static int
round_of(void)
{
	struct os_dir *dir = NULL;
	int rc;

	rc = os_dir_open("/c/INVDATA", &dir);
	if (rc == 0)
		rc = raws_scan(&raws, dir, os_clock(), &fresh);
	if (rc == 0 && raws.claims.len > 0) {
		mover_restore(&mover, &raws, dir);
		rc = raws_scan(&raws, dir, os_clock(), &fresh);
	}
	if (rc == 0) {
		mover_warn(&mover, &raws, os_clock());
		rc = mover_pass(&mover, &raws, dir, ROOT, ID);
	}
	os_dir_close(dir);
	return rc;
}

static void
file_goes_up_under_the_name_of_its_client(void **state)
{
	(void)state;
	put("/c/INVDATA/a.raw", "hello");
	assert_int_equal(0, round_of());
	assert_string_equal("", fake_list("/c/INVDATA"));
	assert_string_equal(SENT "=hello\n", fake_tree(BOX));
}

static void
names_in_any_letter_case_are_taken(void **state)
{
	(void)state;
	put("/c/INVDATA/A.RAW", "hello");
	put("/c/INVDATA/a.raw.txt", "stays");
	assert_int_equal(0, round_of());
	assert_string_equal("a.raw.txt=stays\n", fake_tree("/c/INVDATA"));
}

static void
file_that_was_sent_before_is_deleted_here(void **state)
{
	(void)state;
	put("/c/INVDATA/a.raw", "hello");
	fake_put(BOX "/" SENT, "hello");
	assert_int_equal(0, round_of());
	assert_string_equal("", fake_list("/c/INVDATA"));
	assert_string_equal(SENT "=hello\n", fake_tree(BOX));
}

/* FNV-1a of "hello", 64 bit. */
#define HASHED "PL2ABC-1795194000000000000-5-a430d84680aabd0b.RAW"

static void
files_of_one_tick_of_the_clock_both_go_up(void **state)
{
	(void)state;
	put("/c/INVDATA/a.raw", "HELLO");
	put("/c/INVDATA/b.raw", "hello");
	assert_int_equal(0, round_of());
	assert_string_equal("", fake_list("/c/INVDATA"));
	assert_string_equal(HASHED "=hello\n" SENT "=HELLO\n", fake_tree(BOX));
	/* And are not sent again. */
	put("/c/INVDATA/b.raw", "hello");
	assert_int_equal(0, round_of());
	assert_string_equal(HASHED "=hello\n" SENT "=HELLO\n", fake_tree(BOX));
}

/* Both names of a file can be worked out by whoever may read it. */
static void
file_whose_names_are_planted_goes_up_under_another(void **state)
{
	const char *tree;

	(void)state;
	put("/c/INVDATA/a.raw", "hello");
	fake_put(BOX "/" SENT, "fake1");
	fake_put(BOX "/" HASHED, "fake2");
	assert_int_equal(0, round_of());
	assert_string_equal("", fake_list("/c/INVDATA"));
	tree = fake_tree(BOX);
	assert_non_null(strstr(tree, SENT "=fake1\n"));
	assert_non_null(strstr(tree, HASHED "=fake2\n"));
	assert_non_null(strstr(tree, ".RAW=hello\n"));
}

static void
put_target(void *arg, const char *call)
{
	(void)arg;
	if (strcmp(call, "os_rename_new") == 0 &&
	    fake_calls_of("os_rename_new") == 2)
		fake_put(BOX "/" SENT, "HELLO");
}

static void
target_that_comes_while_we_copy_is_not_replaced(void **state)
{
	(void)state;
	put("/c/INVDATA/a.raw", "hello");
	fake_hook(put_target, NULL);
	assert_int_equal(0, round_of());
	fake_hook(NULL, NULL);
	assert_string_equal("", fake_list("/c/INVDATA"));
	assert_string_equal(HASHED "=hello\n" SENT "=HELLO\n", fake_tree(BOX));
}

static void
what_is_no_file_is_left_alone_and_told_once(void **state)
{
	int i;

	(void)state;
	fake_put_folder("/c/INVDATA/d.raw");
	fake_put_special("/c/INVDATA/f.raw", OS_OTHER);
	fake_put_special("/c/INVDATA/l.raw", OS_LINK);
	for (i = 0; i < 3; i++) {
		assert_int_equal(0, round_of());
		assert_int_equal(0, fresh);
		fake_pass(60000);
	}
	assert_string_equal(
	    "d.raw/\nf.raw !\nl.raw ->\n", fake_list("/c/INVDATA"));
	assert_string_equal(
	    "warning climonnt: d.raw: left alone: "
	    "it is a folder\n"
	    "warning climonnt: f.raw: left alone: it is no regular file\n"
	    "warning climonnt: l.raw: left alone: it is a link\n",
	    fake_events());
	assert_int_equal(RAWS_NEVER, mover_next(&mover, &raws));
}

static void
file_with_a_second_name_is_left_until_it_has_one(void **state)
{
	struct os_dir *dir = NULL;

	(void)state;
	put("/c/INVDATA/a.raw", "hello");
	assert_int_equal(0, os_dir_open("/c/INVDATA", &dir));
	assert_int_equal(0, os_link(dir, "a.raw", dir, "b.tmp"));
	assert_int_equal(0, round_of());
	assert_string_equal("", fake_list(BOX));
	assert_string_equal("", fake_events());
	assert_int_equal(0, os_remove(dir, "b.tmp"));
	os_dir_close(dir);
	fake_pass(2000);
	assert_int_equal(0, round_of());
	assert_int_equal(1, fresh);
	assert_string_equal(SENT "=hello\n", fake_tree(BOX));
}

static void
file_that_keeps_a_second_name_is_told_of_once(void **state)
{
	struct os_dir *dir = NULL;
	int i;

	(void)state;
	put("/c/INVDATA/a.raw", "hello");
	fake_put_folder("/c/x");
	assert_int_equal(0, os_dir_open("/c", &dir));
	assert_int_equal(0, os_link(dir, "INVDATA/a.raw", dir, "x/b"));
	os_dir_close(dir);
	for (i = 0; i < 4; i++) {
		assert_int_equal(0, round_of());
		fake_pass(2000);
	}
	assert_string_equal("warning climonnt: a.raw: left alone: it has a "
			    "second name\n",
	    fake_events());
	assert_string_equal("", fake_list(BOX));
}

/* Q248969: a file was processed while it was still being copied. */
static void
file_that_is_being_written_waits_until_nothing_comes(void **state)
{
	(void)state;
	fake_put("/c/INVDATA/a.raw", "hel");
	assert_int_equal(0, round_of());
	assert_string_equal("", fake_list(BOX));
	fake_pass(MOVER_QUIET * 1000 - 100);
	fake_put("/c/INVDATA/a.raw", "hello");
	assert_int_equal(0, round_of());
	assert_int_equal(1, fresh);
	fake_pass(MOVER_QUIET * 1000 - 100);
	assert_int_equal(0, round_of());
	assert_string_equal("", fake_list(BOX));
	assert_int_equal(
	    os_clock() + OS_SECOND / 10, mover_next(&mover, &raws));
	fake_pass(100);
	assert_int_equal(0, round_of());
	assert_string_equal("", fake_list("/c/INVDATA"));
}

static void
file_that_ends_as_it_should_goes_up_at_once(void **state)
{
	static const char whole[] = "SMSRAW 1 x\r\nEND " DIGITS "\r\n";

	(void)state;
	fake_put("/c/INVDATA/a.raw", whole);
	fake_put("/c/INVDATA/b.raw", "SMSRAW\r\nEND " DIGITS "0\r\n");
	fake_put("/c/INVDATA/c.raw", "SMSRAW\r\nEND 0\r\n");
	fake_put("/c/INVDATA/d.raw", "END " DIGITS);
	assert_int_equal(0, round_of());
	assert_string_equal(
	    "b.raw 79\nc.raw 15\nd.raw 68\n", fake_list("/c/INVDATA"));
}

static void
long_file_that_ends_as_it_should_goes_up_at_once(void **state)
{
	static char text[100000];
	const char *tail = "\nEND " DIGITS "\n";
	size_t len;

	(void)state;
	/* The END line falls on every place of a piece that is read. */
	for (len = 8000; len < 8300; len++) {
		memset(text, 'x', len);
		memcpy(text + len - strlen(tail), tail, strlen(tail));
		fake_put_bytes("/c/INVDATA/a.raw", text, len);
		assert_int_equal(0, round_of());
		assert_string_equal("", fake_list("/c/INVDATA"));
	}
}

static const char *changed_at; /* the call before which somebody writes */

static void
write_into_claim(void *arg, const char *call)
{
	struct os_dir *dir = NULL;
	const char *list, *end;
	struct buf path = BUF_INIT;

	(void)arg;
	if (changed_at == NULL || strcmp(call, changed_at) != 0)
		return;
	list = fake_list("/c/INVDATA");
	end = strstr(list, ".clm");
	if (end == NULL)
		return;
	changed_at = NULL;
	buf_format(&path, "INVDATA/%.*s", (int)(end + 4 - list), list);
	assert_int_equal(0, os_dir_open("/c", &dir));
	{
		struct os_file *file = NULL;

		assert_int_equal(
		    0, os_open(dir, path.data, OS_APPEND, OS_PUBLIC, &file));
		assert_int_equal(0, os_write(file, " world", 6));
		assert_int_equal(0, os_file_close(file));
	}
	os_dir_close(dir);
	buf_free(&path);
}

static void
file_that_changes_while_it_is_moved_is_given_back(void **state)
{
	static const char *const calls[] = { "os_run_limited", "os_dir_open",
		"os_dir_open_in", "os_read" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		end();
		prepare();
		put("/c/INVDATA/a.raw", "hello");
		changed_at = calls[i];
		fake_hook(write_into_claim, NULL);
		/* The opening of INVDATA itself comes before the claim. */
		assert_int_equal(0, round_of());
		assert_null(changed_at);
		fake_hook(NULL, NULL);
		assert_string_equal(
		    "a.raw=hello world\n", fake_tree("/c/INVDATA"));
		assert_string_equal("", fake_list(BOX));
		fake_pass(10000);
		assert_int_equal(0, round_of());
		assert_int_equal(0, round_of());
		assert_string_equal("", fake_list("/c/INVDATA"));
		assert_non_null(strstr(fake_tree(BOX), "=hello world\n"));
	}
}

static void
file_that_changes_after_it_was_copied_is_sent_again(void **state)
{
	(void)state;
	put("/c/INVDATA/a.raw", "hello");
	changed_at = "os_dir_flush";
	fake_hook(write_into_claim, NULL);
	assert_int_equal(0, round_of());
	fake_hook(NULL, NULL);
	assert_string_equal("a.raw=hello world\n", fake_tree("/c/INVDATA"));
	assert_string_equal(SENT "=hello\n", fake_tree(BOX));
	fake_pass(10000);
	assert_int_equal(0, round_of());
	assert_string_equal("", fake_list("/c/INVDATA"));
	assert_non_null(strstr(fake_tree(BOX), "=hello world\n"));
}

static void
file_that_may_not_be_renamed_is_told_of_once(void **state)
{
	int i;

	(void)state;
	put("/c/INVDATA/a.raw", "hello");
	fake_fail_call("os_rename_new", 1, FAKE_FOREVER, ERR_ACCES);
	for (i = 0; i < 3; i++) {
		assert_int_equal(0, round_of());
		assert_int_equal(i == 0 ? 1 : 0, fresh);
		fake_pass(60000);
	}
	assert_string_equal("warning climonnt: a.raw: cannot be moved: "
			    "permission denied\n",
	    fake_events());
	assert_int_equal(1, fake_calls_of("os_rename_new"));
}

static void
file_that_cannot_be_read_is_told_once_and_tried_ever_less(void **state)
{
	int minute;

	(void)state;
	put("/c/INVDATA/a.raw", "hello");
	fake_fail_call("os_read", 1, FAKE_FOREVER, ERR_IO);
	for (minute = 0; minute < 24 * 60; minute++) {
		assert_int_equal(0, round_of());
		fake_pass(60000);
	}
	/* After 1, 3, 7 ... 511 minutes, then every eight hours. */
	assert_int_equal(11, fake_calls_of("os_run_limited"));
	assert_string_equal("warning climonnt: a.raw: cannot be moved for "
			    "now: input/output error\n",
	    fake_events());
	assert_string_equal("a.raw=hello\n", fake_tree("/c/INVDATA"));
	assert_string_equal("", fake_list(BOX));
	fake_fail(0, FAKE_ONCE, 0);
	fake_pass(8 * 3600000);
	assert_int_equal(0, round_of());
	assert_string_equal(SENT "=hello\n", fake_tree(BOX));
}

static void
box_that_cannot_be_flushed_keeps_the_file_here(void **state)
{
	(void)state;
	put("/c/INVDATA/a.raw", "hello");
	fake_fail_call("os_dir_flush", 1, FAKE_ONCE, ERR_IO);
	assert_int_equal(ERR_IO, round_of());
	assert_string_equal("a.raw=hello\n", fake_tree("/c/INVDATA"));
	/* It has its name there by now, and still that may be lost. */
	fake_fail_call("os_dir_flush", 1, FAKE_ONCE, ERR_IO);
	fake_pass(2 * 60000);
	assert_int_equal(ERR_IO, round_of());
	assert_string_equal("a.raw=hello\n", fake_tree("/c/INVDATA"));
	fake_pass(8 * 60000);
	assert_int_equal(0, round_of());
	assert_string_equal("", fake_list("/c/INVDATA"));
	assert_string_equal(SENT "=hello\n", fake_tree(BOX));
}

static void
box_that_may_not_be_flushed_has_the_file_all_the_same(void **state)
{
	(void)state;
	put("/c/INVDATA/a.raw", "hello");
	fake_fail_call("os_dir_flush", 1, FAKE_FOREVER, ERR_ACCES);
	assert_int_equal(0, round_of());
	put("/c/INVDATA/b.raw", "hello!");
	fake_fail_call("os_dir_flush", 1, FAKE_FOREVER, ERR_UNSUP);
	assert_int_equal(0, round_of());
	assert_string_equal("", fake_list("/c/INVDATA"));
}

static void
name_that_cannot_be_looked_at_keeps_nothing_from_the_others(void **state)
{
	(void)state;
	put("/c/INVDATA/a.raw", "HELLO!");
	put("/c/INVDATA/b.raw", "hello");
	fake_deny("/c/INVDATA/a.raw", ERR_IO);
	assert_int_equal(0, round_of());
	assert_int_equal(1, fresh);
	assert_string_equal(SENT "=hello\n", fake_tree(BOX));
	/* Where none can, the folder is at fault. */
	assert_int_equal(ERR_IO, round_of());
	fake_deny("/c/INVDATA/a.raw", 0);
	assert_int_equal(0, round_of());
	assert_string_equal("", fake_list("/c/INVDATA"));
}

static void
put_links(int from, int count)
{
	struct buf path = BUF_INIT;
	int i;

	for (i = from; i < from + count; i++) {
		buf_clear(&path);
		buf_format(&path, "/c/INVDATA/%04d.raw", i);
		fake_put_special(path.data, OS_LINK);
	}
	buf_free(&path);
}

static void
flood_of_what_is_no_file_is_told_in_few_words(void **state)
{
	(void)state;
	put_links(0, 500);
	assert_int_equal(0, round_of());
	assert_int_equal(MOVER_NAMED + 1, fake_event_count());
	assert_non_null(strstr(fake_events(),
	    "0007.raw: left alone: it is "
	    "a link\nwarning climonnt: more files *.raw cannot be moved; "
	    "they are not named for an hour\n"));
	put_links(500, 500);
	assert_int_equal(0, round_of());
	assert_int_equal(MOVER_NAMED + 1, fake_event_count());
	fake_pass(3600000);
	put_links(1000, 1);
	assert_int_equal(0, round_of());
	assert_int_equal(MOVER_NAMED + 2, fake_event_count());
	assert_non_null(strstr(fake_events(), "1000.raw: left alone"));
}

static void
file_in_use_is_tried_again(void **state)
{
	(void)state;
	put("/c/INVDATA/a.raw", "hello");
	fake_use("/c/INVDATA/a.raw", FAKE_EXCLUSIVE);
	assert_int_equal(0, round_of());
	assert_string_equal("a.raw=hello\n", fake_tree("/c/INVDATA"));
	fake_use("/c/INVDATA/a.raw", FAKE_FREE);
	fake_pass(MOVER_QUIET * 1000);
	assert_int_equal(0, round_of());
	assert_string_equal(SENT "=hello\n", fake_tree(BOX));
}

static void
file_stays_while_the_share_is_away(void **state)
{
	int i;

	(void)state;
	put("/c/INVDATA/a.raw", "hello");
	fake_drop("/net/dc1");
	for (i = 0; i < 3; i++)
		assert_int_equal(ERR_HOST, round_of());
	assert_string_equal("a.raw=hello\n", fake_tree("/c/INVDATA"));
	assert_string_equal("warning climonnt: //dc1/sms: inventories stay "
			    "here for now: server not reachable\n",
	    fake_events());
	assert_true(mover.not_before > os_clock() + 2 * 60 * OS_SECOND);
	assert_int_equal(mover.not_before, mover_next(&mover, &raws));
	fake_put_folder(BOX);
	assert_int_equal(0, round_of());
	assert_string_equal(SENT "=hello\n", fake_tree(BOX));
	assert_int_equal(0, mover.failures);
}

static void
refused_logon_is_not_tried_again_by_the_mover(void **state)
{
	(void)state;
	put("/c/INVDATA/a.raw", "hello");
	fake_fail_call("os_run_limited", 1, FAKE_ONCE, ERR_AUTH);
	assert_int_equal(ERR_AUTH, round_of());
	assert_int_equal(RAWS_NEVER, mover_next(&mover, &raws));
	assert_string_equal("a.raw=hello\n", fake_tree("/c/INVDATA"));
}

static void
share_that_hangs_does_not_keep_the_file(void **state)
{
	(void)state;
	put("/c/INVDATA/a.raw", "hello");
	fake_fail_call("os_run_limited", 1, FAKE_ONCE, ERR_TIMEOUT);
	assert_int_equal(ERR_TIMEOUT, round_of());
	assert_string_equal("a.raw=hello\n", fake_tree("/c/INVDATA"));
}

static void
claims_of_a_dead_mover_are_given_back(void **state)
{
	(void)state;
	/* Ours; somebody else's, just now; somebody else's, long ago. */
	put("/c/INVDATA/a.raw.abcd01236afff6e0.clm", "first");
	put("/c/INVDATA/b.raw.111111116b004320.clm", "second");
	put("/c/INVDATA/c.raw.1111111100000001.clm", "third");
	fake_clock(INT64_C(0x6b004321) * OS_SECOND);
	assert_int_equal(0, round_of());
	assert_null(fake_get("/c/INVDATA/c.raw.1111111100000001.clm"));
	fake_pass(MOVER_QUIET * 1000);
	assert_int_equal(0, round_of());
	assert_string_equal(
	    "b.raw.111111116b004320.clm=second\n", fake_tree("/c/INVDATA"));
}

static void
claim_whose_name_is_taken_gets_another(void **state)
{
	(void)state;
	put("/c/INVDATA/a.raw.abcd012300000001.clm", "older");
	fake_put("/c/INVDATA/a.raw", "newer");
	fake_drop("/net/dc1");
	assert_int_equal(ERR_HOST, round_of());
	assert_string_equal("a.raw=newer\n"
			    "abcd012300000001-a.raw=older\n",
	    fake_tree("/c/INVDATA"));
}

static void
no_name_of_ours_is_taken_for_a_claim(void **state)
{
	(void)state;
	assert_true(mover_is_claim("a.raw.0123456789abcdef.clm"));
	assert_false(mover_is_claim(".0123456789abcdef.clm"));
	assert_false(mover_is_claim("a.raw.0123456789abcde.clm"));
	assert_false(mover_is_claim("a.raw.0123456789abcdeF.clm"));
	assert_false(mover_is_claim("a.raw.0123456789abcdef.CLM"));
	assert_false(mover_is_claim("a.raw"));
	assert_false(mover_is_claim(""));
}

static void
pass_takes_no_more_than_its_batch(void **state)
{
	struct buf name = BUF_INIT;
	int i;

	(void)state;
	for (i = 0; i < MOVER_BATCH + 10; i++) {
		buf_clear(&name);
		buf_format(&name, "/c/INVDATA/%d.raw", i);
		fake_put(name.data, "x");
		fake_stamp(name.data, OLD + i, 0);
	}
	buf_free(&name);
	assert_int_equal(0, round_of());
	assert_int_equal(MOVER_BATCH + 10, fresh);
	assert_true(mover_next(&mover, &raws) <= os_clock());
	assert_int_equal(0, round_of());
	assert_int_equal(0, fresh);
	assert_string_equal("", fake_list("/c/INVDATA"));
}

/* The file is there, here or at the site, whole and under a final name, or
 * claimed; nothing else is in the box but a temporary file. */
static void
assert_not_lost(void)
{
	const char *here = fake_tree("/c/INVDATA"), *there = fake_tree(BOX);
	bool sent = strstr(there, SENT "=hello\n") != NULL;

	assert_true(sent || strstr(here, "=hello\n") != NULL);
	if (strstr(there, ".RAW=") != NULL)
		assert_true(sent);
}

static void
call_that_fails_never_loses_a_file(void **state)
{
	unsigned n;

	(void)state;
	for (n = 1; n < 200; n++) {
		end();
		prepare();
		put("/c/INVDATA/a.raw", "hello");
		fake_fail(n, FAKE_ONCE, ERR_IO);
		round_of();
		if (!fake_met())
			break;
		assert_not_lost();
		fake_pass(60000);
		round_of();
		fake_pass(60000);
		round_of();
		assert_string_equal("", fake_list("/c/INVDATA"));
		assert_not_lost();
	}
	assert_in_range(n, 15, 199);
}

static void
mover_that_is_killed_anywhere_never_loses_a_file(void **state)
{
	unsigned n;

	(void)state;
	for (n = 1; n < 200; n++) {
		end();
		prepare();
		put("/c/INVDATA/a.raw", "hello");
		fake_fail(n, FAKE_FOREVER, ERR_IO);
		round_of();
		if (!fake_met())
			break;
		fake_fail(0, FAKE_ONCE, 0);
		assert_not_lost();
		fake_pass(60000);
		raws_free(&raws);
		assert_int_equal(0, round_of());
		assert_string_equal("", fake_list("/c/INVDATA"));
		assert_not_lost();
	}
	assert_in_range(n, 15, 199);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(file_goes_up_under_the_name_of_its_client),
		TEST(names_in_any_letter_case_are_taken),
		TEST(file_that_was_sent_before_is_deleted_here),
		TEST(file_whose_names_are_planted_goes_up_under_another),
		TEST(files_of_one_tick_of_the_clock_both_go_up),
		TEST(target_that_comes_while_we_copy_is_not_replaced),
		TEST(what_is_no_file_is_left_alone_and_told_once),
		TEST(file_with_a_second_name_is_left_until_it_has_one),
		TEST(file_that_keeps_a_second_name_is_told_of_once),
		TEST(file_that_is_being_written_waits_until_nothing_comes),
		TEST(file_that_ends_as_it_should_goes_up_at_once),
		TEST(long_file_that_ends_as_it_should_goes_up_at_once),
		TEST(file_that_changes_while_it_is_moved_is_given_back),
		TEST(file_that_changes_after_it_was_copied_is_sent_again),
		TEST(file_that_may_not_be_renamed_is_told_of_once),
		TEST(file_that_cannot_be_read_is_told_once_and_tried_ever_less),
		TEST(box_that_cannot_be_flushed_keeps_the_file_here),
		TEST(box_that_may_not_be_flushed_has_the_file_all_the_same),
		TEST(
		    name_that_cannot_be_looked_at_keeps_nothing_from_the_others),
		TEST(flood_of_what_is_no_file_is_told_in_few_words),
		TEST(file_in_use_is_tried_again),
		TEST(file_stays_while_the_share_is_away),
		TEST(refused_logon_is_not_tried_again_by_the_mover),
		TEST(share_that_hangs_does_not_keep_the_file),
		TEST(claims_of_a_dead_mover_are_given_back),
		TEST(claim_whose_name_is_taken_gets_another),
		TEST(no_name_of_ours_is_taken_for_a_claim),
		TEST(pass_takes_no_more_than_its_batch),
		TEST(call_that_fails_never_loses_a_file),
		TEST(mover_that_is_killed_anywhere_never_loses_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
