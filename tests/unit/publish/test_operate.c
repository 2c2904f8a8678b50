/*
 * publish in operation, on the fake platform: earlier releases published
 * again, old ones collected, switches that have to wait, requests to stop.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../../lib/sealed.h"
#include "site.h"

#define PENDING SITE_ROOT "/.publish/PENDING"

static uint64_t versions[10]; /* of the releases that prepare made */
static unsigned count;

static void
release(const char *text)
{
	fake_pass(10 * SITE_DAY);
	site_put("/src/BIN/ONE.EXE", text);
	assert_int_equal(site_publish(), EXIT_DONE);
	versions[count++] = site_check_list(SITE_LIST);
}

/* A tree with eight releases, ten days between them. */
static void
prepare(void)
{
	char text[32];

	fake_reset();
	fake_put_folder("/site");
	site_put("/src/DOMAIN.INI", "[SMS]\r\nSiteCode=PL2\r\n");
	site_put("/src/DATA/TWO.TXT", "two");
	for (count = 0; count < 8;) {
		snprintf(text, sizeof text, "one, %u", count);
		release(text);
	}
	fake_power_cut();
}

static int
setup(void **unused)
{
	(void)unused;
	prepare();
	return 0;
}

static int
teardown(void **unused)
{
	(void)unused;
	fake_alloc_fail(0, FAKE_ONCE);
	return (int)fake_handles();
}

static bool
has(const char *text)
{
	return strstr(fake_tree(SITE_ROOT "/store"), text) != NULL;
}

/* /rollback */

static void
a_rollback_publishes_the_content_under_new_numbers(void **unused)
{
	struct copylist *before = site_parse(SITE_LIST), *old, *list;
	char path[64];

	(void)unused;
	fake_pass(1000);
	snprintf(path, sizeof path, SITE_ROOT "/lists/cl_nt.%llu.txt",
	    (unsigned long long)versions[2]);
	old = site_parse(path);
	assert_int_equal(site_rollback(versions[2]), EXIT_DONE);
	list = site_parse(SITE_LIST);
	assert_true(copylist_same_content(list, old));
	assert_true(list->version > before->version);
	assert_int_equal(list->sequence, before->sequence + 1);
	assert_int_equal(list->release, versions[2]);
	assert_int_equal(list->rollout, 100);
	copylist_free(list);
	copylist_free(old);
	copylist_free(before);
	/* Forward again. */
	assert_int_equal(site_publish(), EXIT_DONE);
	site_want_out("Sequence 10");
	site_check_list(SITE_LIST);
	assert_true(has("one, 7"));
}

static void
a_rollback_to_what_is_published_changes_nothing(void **unused)
{
	(void)unused;
	assert_int_equal(site_rollback(versions[7]), EXIT_DONE);
	site_want_out("nothing changed");
	assert_int_equal(site_check_list(SITE_LIST), versions[7]);
}

static void
a_rollback_to_an_unknown_version_names_those_there_are(void **unused)
{
	char wanted[96];

	(void)unused;
	assert_int_equal(site_rollback(5), EXIT_INPUT);
	snprintf(wanted, sizeof wanted,
	    "there is no CopyListVersion 5; there are %llu, %llu",
	    (unsigned long long)versions[7], (unsigned long long)versions[6]);
	site_want_error(wanted);
	assert_int_equal(site_check_list(SITE_LIST), versions[7]);
}

static void
a_rollback_reads_every_content_before_the_switch(void **unused)
{
	struct buf name = BUF_INIT, path = BUF_INIT;
	char digest[DIGEST_TEXT];

	(void)unused;
	assert_int_equal(digest_of("one, 3", 6, digest), 0);
	assert_int_equal(store_name(digest, &name), 0);
	buf_format(&path, SITE_ROOT "/%s", name.data);
	fake_put(path.data, "one, X");
	assert_int_equal(site_rollback(versions[3]), EXIT_FAILED);
	site_want_error(name.data);
	site_want_error("BIN/ONE.EXE");
	fake_drop(path.data);
	assert_int_equal(site_rollback(versions[3]), EXIT_FAILED);
	site_want_error(name.data);
	assert_int_equal(site_check_list(SITE_LIST), versions[7]);
	site_check_no_temporary();
	buf_free(&path);
	buf_free(&name);
}

/* Whatever fails, and wherever: the tree is whole, and a run after completes.
 * `again` is what is run then, and has to end with 0. */
static void
fail_each_call(int (*run)(void), enum fake_times times, int error, bool cut)
{
	unsigned n;
	int code = EXIT_DONE;

	for (n = 1; n < 3000; n++) {
		prepare();
		fake_fail(n, times, error);
		code = run();
		if (!fake_met())
			break;
		fake_fail(0, FAKE_ONCE, 0);
		if (cut)
			fake_power_cut();
		assert_int_equal(fake_handles(), 0);
		site_check_list(SITE_LIST);
		site_check_history();
		assert_true(code == EXIT_DONE || site_errors.len > 0);
		/* (/gc makes one that may be the very thing it cannot
		 * remove.) */
		if (times == FAKE_ONCE && !cut && run != site_collect)
			site_check_no_temporary();
		assert_int_equal(run(), EXIT_DONE);
		site_check_list(SITE_LIST);
		site_check_history();
		site_check_no_temporary();
	}
	fake_fail(0, FAKE_ONCE, 0);
	assert_int_equal(code, EXIT_DONE);
	assert_in_range(n, 60, 2999);
}

static int
roll_back_to_the_third(void)
{
	return site_rollback(versions[2]);
}

static void
any_call_of_a_rollback_fails(void **unused)
{
	(void)unused;
	fail_each_call(roll_back_to_the_third, FAKE_ONCE, ERR_IO, false);
	fail_each_call(roll_back_to_the_third, FAKE_FOREVER, ERR_IO, false);
}

static void
the_power_is_cut_at_any_call_of_a_rollback(void **unused)
{
	(void)unused;
	fail_each_call(roll_back_to_the_third, FAKE_FOREVER, ERR_IO, true);
}

/* Which DOMAIN.INI the list names. */
static const char *
domain_of_list(void)
{
	static char digest[DIGEST_TEXT];
	struct copylist *list = site_parse(SITE_LIST);

	memcpy(digest, list->domain_digest, sizeof digest);
	copylist_free(list);
	return digest;
}

/* A source without DOMAIN.INI takes the copy in the root: it is that of the
 * list, wherever a rollback ended, or its switch was refused. */
static void
a_rollback_that_is_cut_off_is_not_undone_by_the_next_release(void **unused)
{
	char before[DIGEST_TEXT];
	unsigned n;
	bool met = true;

	(void)unused;
	for (n = 1; met; n++) {
		prepare();
		site_put("/src/DOMAIN.INI", "[SMS]\r\nSiteCode=PL7\r\n");
		release("one, in another site");
		fake_drop("/src/DOMAIN.INI");
		fake_fail(n, FAKE_FOREVER, ERR_IO);
		(void)site_rollback(versions[2]);
		met = fake_met();
		fake_fail(0, FAKE_ONCE, 0);
		if (n % 2 == 0)
			fake_power_cut();
		strcpy(before, domain_of_list());
		site_put("/src/BIN/ONE.EXE", "one, the next");
		assert_int_equal(site_publish(), EXIT_DONE);
		assert_string_equal(before, domain_of_list());
		assert_null(fake_get(SITE_ROOT "/.publish/DOMAIN"));
	}
	assert_in_range(n, 60, 2999);
}

/* The copy cannot be completed at first, as on a full disk. */
static void
a_rollback_that_cannot_be_completed_yet_is_not_undone(void **unused)
{
	char before[DIGEST_TEXT];
	unsigned n, refused = 0;
	bool met = true;
	int code;

	(void)unused;
	for (n = 1; met; n++) {
		prepare();
		site_put("/src/DOMAIN.INI", "[SMS]\r\nSiteCode=PL7\r\n");
		release("one, in another site");
		fake_drop("/src/DOMAIN.INI");
		fake_fail(n, FAKE_FOREVER, ERR_IO);
		(void)site_rollback(versions[2]);
		met = fake_met();
		fake_fail(0, FAKE_ONCE, 0);
		strcpy(before, domain_of_list());
		site_put("/src/BIN/ONE.EXE", "one, the next");
		fake_fail_call("os_replace", 1, FAKE_ONCE, ERR_NOSPC);
		code = site_publish();
		fake_fail(0, FAKE_ONCE, 0);
		if (code != EXIT_DONE) {
			assert_int_equal(code, EXIT_FAILED);
			site_want_error("the source has none");
			refused++;
		}
		assert_string_equal(before, domain_of_list());
		assert_int_equal(site_publish(), EXIT_DONE);
		assert_string_equal(before, domain_of_list());
	}
	assert_in_range(refused, 5, n);
}

/* A source that has one does not need the copy. */
static void
a_source_with_a_domain_needs_no_copy(void **unused)
{
	(void)unused;
	site_put("/src/DOMAIN.INI", "[SMS]\r\nSiteCode=PL7\r\n");
	release("one, in another site");
	fake_use(SITE_ROOT "/DOMAIN.INI", FAKE_HELD);
	assert_int_equal(site_rollback(versions[2]), EXIT_DONE);
	site_want_error("it is not that of the list");
	assert_int_equal(site_publish(), EXIT_DONE);
	fake_drop("/src/DOMAIN.INI");
	site_put("/src/BIN/ONE.EXE", "one, the next");
	assert_int_equal(site_publish(), EXIT_DONE);
}

static void
a_rollback_that_waited_is_not_undone_by_the_next_release(void **unused)
{
	char before[DIGEST_TEXT];

	(void)unused;
	strcpy(before, domain_of_list());
	site_put("/src/DOMAIN.INI", "[SMS]\r\nSiteCode=PL7\r\n");
	release("one, in another site");
	fake_drop("/src/DOMAIN.INI");
	fake_use(SITE_LIST, FAKE_HELD);
	assert_int_equal(site_rollback(versions[2]), EXIT_BUSY);
	fake_use(SITE_LIST, FAKE_FREE);
	site_put("/src/BIN/ONE.EXE", "one, the next");
	assert_int_equal(site_publish(), EXIT_DONE);
	site_want_out("which waited");
	assert_string_equal(before, domain_of_list());
}

/* /gc */

/* The list that counts need not stand in the history: an administrator may have
 * raised its numbers, or thinned the history out. */
static void
collecting_keeps_what_is_published_alone(void **unused)
{
	char path[64];

	(void)unused;
	snprintf(path, sizeof path, SITE_ROOT "/lists/cl_nt.%llu.txt",
	    (unsigned long long)versions[7]);
	fake_drop(path);
	fake_pass(10 * SITE_DAY);
	assert_int_equal(site_collect(), EXIT_DONE);
	assert_true(has("one, 7"));
	site_check_list(SITE_LIST);
}

/* It is what makes room again. */
static void
collecting_works_on_a_disk_that_is_full(void **unused)
{
	(void)unused;
	fake_space(0);
	assert_int_equal(site_collect(), EXIT_DONE);
	site_want_out("removed 3 contents of 18 bytes, 3 lists");
	fake_space(UINT64_MAX);
	site_check_list(SITE_LIST);
}

/* Where the tree came back from a backup, lists of the history are newer than
 * what is published: their Sequence must not be given again. */
static void
collecting_keeps_a_list_with_a_higher_sequence(void **unused)
{
	char path[64], *text, *at;

	(void)unused;
	snprintf(path, sizeof path, SITE_ROOT "/lists/cl_nt.%llu.txt",
	    (unsigned long long)versions[0]);
	text = strdup(fake_get(path));
	at = strstr(text, "Sequence=1");
	assert_non_null(at);
	memcpy(at, "Sequence=9", strlen("Sequence=9"));
	fake_put(path, text);
	free(text);
	fake_stamp(path, FAKE_START, 0);
	assert_int_equal(site_collect(), EXIT_DONE);
	assert_non_null(fake_get(path));
	assert_true(has("one, 0"));
}

static void
collecting_keeps_five_lists_and_all_their_contents(void **unused)
{
	(void)unused;
	assert_int_equal(site_collect(), EXIT_DONE);
	site_want_out("removed 3 contents of 18 bytes, 3 lists");
	assert_int_equal(site_check_history(), 5);
	assert_int_equal(site_check_list(SITE_LIST), versions[7]);
	assert_false(has("one, 2"));
	assert_true(has("one, 3"));
	assert_true(has("=two"));
	assert_int_equal(site_collect(), EXIT_DONE);
	site_want_out("removed 0 contents of 0 bytes, 0 lists");
}

/* Of the lists before the last five only those that another one has followed
 * for a week. */
static void
collecting_keeps_what_was_superseded_within_a_week(void **unused)
{
	char text[32];

	(void)unused;
	for (; count < 10;) {
		fake_pass(1000);
		snprintf(text, sizeof text, "one, %u", count);
		site_put("/src/BIN/ONE.EXE", text);
		assert_int_equal(site_publish(), EXIT_DONE);
		versions[count++] = site_check_list(SITE_LIST);
	}
	fake_pass(6 * SITE_DAY);
	/* Ten lists; the fifth was followed by the sixth 26 days ago. */
	assert_int_equal(site_collect(), EXIT_DONE);
	assert_int_equal(site_check_history(), 5);
	assert_true(has("one, 5"));
	assert_false(has("one, 4"));
}

static void
lists_of_one_day_stay_for_a_week_all_of_them(void **unused)
{
	char text[32];
	unsigned i;

	(void)unused;
	for (i = 0; i < 8; i++) {
		fake_pass(1000);
		snprintf(text, sizeof text, "more, %u", i);
		site_put("/src/BIN/ONE.EXE", text);
		assert_int_equal(site_publish(), EXIT_DONE);
	}
	fake_pass(6 * SITE_DAY);
	assert_int_equal(site_collect(), EXIT_DONE);
	/* The last of the older ones came right before them. */
	assert_int_equal(site_check_history(), 10);
	assert_true(has("one, 6"));
	assert_false(has("one, 5"));
	fake_pass(2 * SITE_DAY);
	assert_int_equal(site_collect(), EXIT_DONE);
	assert_int_equal(site_check_history(), 5);
}

/* The server's clock is right, and dates what is written on it. */
static void
set_clock_right(void *arg, const char *call)
{
	if (strcmp(call, "os_write") == 0)
		fake_clock(*(int64_t *)arg);
}

static void
a_clock_that_is_ahead_collects_nothing_more(void **unused)
{
	int64_t now = os_clock() + OS_SECOND;
	unsigned i;

	(void)unused;
	for (i = 0; i < 8; i++) {
		fake_pass(100);
		site_put("/src/BIN/ONE.EXE", i % 2 == 0 ? "odd" : "even");
		assert_int_equal(site_publish(), EXIT_DONE);
	}
	fake_clock(now + 3650 * 24 * 3600 * OS_SECOND);
	fake_hook(set_clock_right, &now);
	assert_int_equal(site_collect(), EXIT_DONE);
	fake_hook(NULL, NULL);
	assert_int_equal(site_check_history(), 10);
	/* Only the machine's own clock to go by: what it says counts. */
	fake_pass(8 * SITE_DAY);
	assert_int_equal(site_collect(), EXIT_DONE);
	assert_int_equal(site_check_history(), 5);
}

/* A list counts as followed from the later of what the next one says and the
 * time of its file: neither a clock that was set back when it was published nor
 * a tool that dates files anew makes it old. */
static void
both_times_of_a_list_have_to_be_old(void **unused)
{
	char path[64];
	unsigned i;

	(void)unused;
	snprintf(path, sizeof path, SITE_ROOT "/lists/cl_nt.%llu.txt",
	    (unsigned long long)versions[1]);
	fake_stamp(path, os_clock(), 0);
	assert_int_equal(site_collect(), EXIT_DONE);
	assert_true(has("one, 0"));
	assert_false(has("one, 1"));
	for (i = 0; i < 6; i++) {
		fake_pass(100);
		site_put("/src/BIN/ONE.EXE", i % 2 == 0 ? "odd" : "even");
		assert_int_equal(site_publish(), EXIT_DONE);
		snprintf(path, sizeof path, SITE_ROOT "/lists/cl_nt.%llu.txt",
		    (unsigned long long)site_check_list(SITE_LIST));
		fake_stamp(path, FAKE_START, 0);
	}
	assert_int_equal(site_collect(), EXIT_DONE);
	assert_true(has("one, 7"));
}

static void
a_content_that_no_list_names_stays_for_a_week(void **unused)
{
	char digest[DIGEST_TEXT], path[128];

	(void)unused;
	assert_int_equal(digest_of("stray", 5, digest), 0);
	snprintf(path, sizeof path, SITE_ROOT "/store/%.2s/%s", digest, digest);
	fake_put(path, "stray");
	assert_int_equal(site_collect(), EXIT_DONE);
	assert_non_null(fake_get(path));
	fake_pass(8 * SITE_DAY);
	assert_int_equal(site_collect(), EXIT_DONE);
	assert_null(fake_get(path));
}

static void
a_list_that_cannot_be_read_keeps_everything(void **unused)
{
	char path[64];

	(void)unused;
	snprintf(path, sizeof path, SITE_ROOT "/lists/cl_nt.%llu.txt",
	    (unsigned long long)versions[1]);
	fake_put(path, "[SMS]\r\nCopyListVersion=x\r\n");
	assert_int_equal(site_collect(), EXIT_INPUT);
	site_want_error(path);
	site_want_error("nothing was removed");
	assert_true(has("one, 0"));
}

static void
what_is_not_of_a_tree_is_left_alone(void **unused)
{
	static const char *const foreign[] = {
		SITE_ROOT "/store/README.TXT",
		SITE_ROOT "/store/00/notes.txt",
		SITE_ROOT "/store/zz/x",
		SITE_ROOT "/lists/mine.txt",
		SITE_ROOT "/signatures/mine.minisig",
		SITE_ROOT "/bin/notes/x",
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
		fake_put(foreign[i], "x");
		fake_stamp(foreign[i], FAKE_START - 100 * OS_SECOND, 0);
	}
	fake_put_special(SITE_ROOT "/store/11", OS_LINK);
	assert_int_equal(site_collect(), EXIT_DONE);
	for (i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
		assert_non_null(fake_get(foreign[i]));
}

static void
signatures_go_with_their_lists(void **unused)
{
	char path[2][80];
	unsigned i;

	(void)unused;
	for (i = 0; i < 2; i++) {
		snprintf(path[i], sizeof path[i],
		    SITE_ROOT "/signatures/cl_nt.%llu.minisig",
		    (unsigned long long)versions[i == 0 ? 0 : 6]);
		fake_put(path[i], "sig");
	}
	fake_put(SITE_ROOT "/signatures/cl_nt.7.minisig", "sig");
	assert_int_equal(site_collect(), EXIT_DONE);
	assert_null(fake_get(path[0]));
	assert_non_null(fake_get(path[1]));
	assert_null(fake_get(SITE_ROOT "/signatures/cl_nt.7.minisig"));
	site_want_out("2 signatures");
}

static void
program_versions_go_when_a_newer_one_has_stood_for_a_week(void **unused)
{
	unsigned renames;

	(void)unused;
	fake_put(SITE_ROOT "/bin/0.0.1/cli_nt", "1");
	fake_put(SITE_ROOT "/bin/0.0.1/deep/er/x", "1");
	fake_put(SITE_ROOT "/bin/0.0.2/cli_nt", "2");
	fake_put(SITE_ROOT "/bin/0.0.10/cli_nt", "3");
	fake_put(SITE_ROOT "/bin/99.1/cli_nt", "4");
	assert_int_equal(site_collect(), EXIT_DONE);
	site_want_out("0 program versions");
	fake_pass(8 * SITE_DAY);
	fake_put(SITE_ROOT "/bin/CURRENT.TXT", "0.0.10\r\n");
	renames = fake_calls_of("os_rename_new");
	assert_int_equal(site_collect(), EXIT_DONE);
	site_want_out("2 program versions");
	/* The current one was not away for a moment either. */
	assert_int_equal(fake_calls_of("os_rename_new"), renames + 2);
	assert_null(fake_get(SITE_ROOT "/bin/0.0.1/cli_nt"));
	assert_null(fake_get(SITE_ROOT "/bin/0.0.2/cli_nt"));
	assert_non_null(fake_get(SITE_ROOT "/bin/0.0.10/cli_nt"));
	assert_non_null(fake_get(SITE_ROOT "/bin/99.1/cli_nt"));
	site_check_no_temporary();
}

/* As make site of that version does, when it has no way to our lock. */
static void
make_it_current(void *arg, const char *call)
{
	unsigned *renames = arg;

	if (strcmp(call, "os_rename_new") == 0 && (*renames)++ == 0)
		fake_put(SITE_ROOT "/bin/CURRENT.TXT", "0.0.1\r\n");
}

static void
a_program_version_that_becomes_current_meanwhile_stays(void **unused)
{
	unsigned renames = 0;

	(void)unused;
	fake_put(SITE_ROOT "/bin/0.0.1/cli_nt", "1");
	fake_put(SITE_ROOT "/bin/99.1/cli_nt", "4");
	fake_pass(8 * SITE_DAY);
	fake_put(SITE_ROOT "/bin/CURRENT.TXT", "99.1\r\n");
	fake_hook(make_it_current, &renames);
	assert_int_equal(site_collect(), EXIT_DONE);
	fake_hook(NULL, NULL);
	assert_int_equal(renames, 2);
	assert_string_equal(fake_get(SITE_ROOT "/bin/0.0.1/cli_nt"), "1");
	assert_null(strstr(fake_list(SITE_ROOT), "GONE."));
	site_want_error("bin/0.0.1: stays");
	site_want_out("0 program versions");
}

/* Half of it is never seen: the folder is away with one rename. */
static void
a_program_folder_that_could_not_be_emptied_is_emptied_later(void **unused)
{
	(void)unused;
	fake_put(SITE_ROOT "/bin/0.0.1/cli_nt", "1");
	fake_put(SITE_ROOT "/bin/99.1/cli_nt", "4");
	fake_pass(8 * SITE_DAY);
	fake_fail_call("os_remove_dir", 1, FAKE_ONCE, ERR_NOTEMPTY);
	assert_int_equal(site_collect(), EXIT_DONE);
	site_want_error("could not be removed");
	assert_string_equal(fake_list(SITE_ROOT "/bin/0.0.1"), "");
	assert_non_null(strstr(fake_list(SITE_ROOT), "GONE."));
	assert_int_equal(site_collect(), EXIT_DONE);
	assert_null(strstr(fake_list(SITE_ROOT), "GONE."));
}

static void
a_dry_collection_writes_nothing_at_all(void **unused)
{
	const struct publish_options options = { .collect = true, .dry = true };
	char *before = strdup(fake_tree(SITE_ROOT));
	unsigned writes = fake_calls_of("os_write");

	(void)unused;
	assert_int_equal(site_run(&options), EXIT_DONE);
	site_want_out("would remove store/");
	site_want_out("would remove lists/");
	site_want_out("would remove 3 contents of 18 bytes, 3 lists");
	assert_string_equal(fake_tree(SITE_ROOT), before);
	assert_int_equal(fake_calls_of("os_write"), writes);
	free(before);
}

static void
any_call_of_a_collection_fails(void **unused)
{
	(void)unused;
	fail_each_call(site_collect, FAKE_ONCE, ERR_IO, false);
	fail_each_call(site_collect, FAKE_FOREVER, ERR_IO, false);
}

static void
the_power_is_cut_at_any_call_of_a_collection(void **unused)
{
	(void)unused;
	fail_each_call(site_collect, FAKE_FOREVER, ERR_IO, true);
}

static void
contents_that_readers_hold_stay_with_a_warning(void **unused)
{
	struct buf name = BUF_INIT, path = BUF_INIT;
	char digest[DIGEST_TEXT];

	(void)unused;
	assert_int_equal(digest_of("one, 0", 6, digest), 0);
	assert_int_equal(store_name(digest, &name), 0);
	buf_format(&path, SITE_ROOT "/%s", name.data);
	fake_use(path.data, FAKE_HELD);
	assert_int_equal(site_collect(), EXIT_DONE);
	site_want_error("stays");
	site_want_out("removed 2 contents");
	fake_use(path.data, FAKE_FREE);
	assert_int_equal(site_collect(), EXIT_DONE);
	site_want_out("removed 1 content of 6 bytes, 0 lists");
	buf_free(&path);
	buf_free(&name);
}

static void
an_allocation_fails(int (*run)(void))
{
	unsigned n;
	int code = 0;

	if (!fake_alloc_works())
		skip();
	for (n = 1; n < 20000; n++) {
		prepare();
		fake_alloc_fail(n, FAKE_ONCE);
		code = run();
		if (!fake_alloc_met())
			break;
		fake_alloc_fail(0, FAKE_ONCE);
		assert_int_equal(fake_handles(), 0);
		site_check_list(SITE_LIST);
		site_check_history();
		assert_true(code == EXIT_DONE || code == EXIT_FAILED);
	}
	fake_alloc_fail(0, FAKE_ONCE);
	assert_int_equal(code, EXIT_DONE);
	assert_in_range(n, 100, 19999);
}

static void
any_allocation_of_a_collection_fails(void **unused)
{
	(void)unused;
	an_allocation_fails(site_collect);
}

static void
any_allocation_of_a_rollback_fails(void **unused)
{
	(void)unused;
	an_allocation_fails(roll_back_to_the_third);
}

/* A switch that waits */

static void
refuse_switch(void)
{
	fake_pass(1000);
	site_put("/src/BIN/ONE.EXE", "one, held");
	fake_use(SITE_LIST, FAKE_HELD);
	assert_int_equal(site_publish(), EXIT_BUSY);
}

static void
a_refused_switch_is_tried_for_a_minute_and_then_waits(void **unused)
{
	int64_t before = os_ticks();
	unsigned tries = fake_calls_of("os_replace");

	(void)unused;
	refuse_switch();
	assert_in_range(os_ticks() - before, 60 * OS_SECOND, 62 * OS_SECOND);
	tries = fake_calls_of("os_replace") - tries;
	assert_in_range(tries, 12, 40);
	site_want_error("is ready and waits: the next run switches to it");
	assert_non_null(fake_get(PENDING));
	assert_int_equal(site_check_list(SITE_LIST), versions[7]);
	assert_int_equal(site_check_history(), 9);
	site_check_no_temporary();
}

static void
the_next_run_completes_a_switch_that_waits(void **unused)
{
	(void)unused;
	refuse_switch();
	fake_power_cut();
	assert_int_equal(site_publish(), EXIT_DONE);
	site_want_out("which waited");
	site_want_out("nothing changed");
	assert_true(site_check_list(SITE_LIST) > versions[7]);
	assert_true(has("one, held"));
	assert_null(fake_get(PENDING));
	assert_int_equal(site_check_history(), 9);
}

static void
a_collection_completes_it_too_and_a_dry_run_tells_of_it(void **unused)
{
	const struct publish_options dry = { .dry = true };

	(void)unused;
	refuse_switch();
	fake_use(SITE_LIST, FAKE_FREE);
	assert_int_equal(site_run(&dry), EXIT_DONE);
	site_want_out("waits: a run without /n switches to it first");
	assert_non_null(fake_get(PENDING));
	assert_int_equal(site_collect(), EXIT_DONE);
	site_want_out("which waited");
	assert_true(site_check_list(SITE_LIST) > versions[7]);
}

static void
it_waits_on_while_it_is_refused(void **unused)
{
	(void)unused;
	refuse_switch();
	assert_int_equal(site_publish(), EXIT_BUSY);
	assert_non_null(fake_get(PENDING));
	assert_int_equal(site_check_list(SITE_LIST), versions[7]);
	fake_use(SITE_LIST, FAKE_FREE);
	assert_int_equal(site_publish(), EXIT_DONE);
	assert_true(site_check_list(SITE_LIST) > versions[7]);
}

static void
leave_at_third_wait(void *arg, const char *call)
{
	unsigned *waits = arg;

	if (strcmp(call, "os_sleep") == 0 && ++*waits == 3)
		fake_use(SITE_LIST, FAKE_FREE);
}

static void
a_reader_that_goes_away_is_waited_for(void **unused)
{
	unsigned waits = 0;

	(void)unused;
	fake_pass(1000);
	site_put("/src/BIN/ONE.EXE", "one, held");
	fake_use(SITE_LIST, FAKE_HELD);
	fake_hook(leave_at_third_wait, &waits);
	assert_int_equal(site_publish(), EXIT_DONE);
	fake_hook(NULL, NULL);
	assert_int_equal(waits, 3);
	assert_true(site_check_list(SITE_LIST) > versions[7]);
	assert_null(fake_get(PENDING));
}

/* A write that is refused is no switch that is. */
static void
a_history_that_cannot_be_written_is_no_switch_that_waits(void **unused)
{
	unsigned n;

	(void)unused;
	for (n = 1; n < 20; n++) {
		prepare();
		fake_pass(1000);
		site_put("/src/BIN/ONE.EXE", "one, held");
		fake_fail_call("os_replace", n, FAKE_ONCE, ERR_BUSY);
		site_publish();
		if (!fake_met())
			break;
		fake_fail(0, FAKE_ONCE, 0);
		assert_null(fake_get(PENDING));
		site_check_history();
		assert_int_equal(site_publish(), EXIT_DONE);
		assert_true(has("one, held"));
	}
	fake_fail(0, FAKE_ONCE, 0);
	assert_in_range(n, 4, 19);
}

/* Each way in which what waits is not what it was any more: given up, and the
 * source is published as it stands. */
static void
give_up(void (*spoil)(void), const char *message)
{
	prepare();
	refuse_switch();
	fake_use(SITE_LIST, FAKE_FREE);
	spoil();
	assert_int_equal(site_publish(), EXIT_DONE);
	site_want_error("a switch that waited is given up");
	site_want_error(message);
	assert_true(site_check_list(SITE_LIST) > versions[7]);
	assert_true(has("one, held"));
	assert_null(fake_get(PENDING));
}

static void
spoil_record(void)
{
	fake_put(PENDING, "1 2 3\r\n");
}

static void
spoil_published(void)
{
	struct buf text = BUF_INIT;
	char *at;

	buf_add_text(&text, fake_get(SITE_LIST));
	at = strstr(text.data, "CopyListVersion=1");
	assert_non_null(at);
	at[strlen("CopyListVersion=")] = '2';
	fake_put(SITE_LIST, text.data);
	buf_free(&text);
}

static void
spoil_list(void)
{
	char path[64], *names = strdup(fake_list(SITE_ROOT "/lists")), *last;

	names[strlen(names) - 1] = '\0';
	last = strrchr(names, '\n') + 1;
	last[strcspn(last, " ")] = '\0';
	snprintf(path, sizeof path, SITE_ROOT "/lists/%s", last);
	fake_drop(path);
	free(names);
}

static void
spoil_store(void)
{
	struct buf name = BUF_INIT, path = BUF_INIT;
	char digest[DIGEST_TEXT];

	assert_int_equal(digest_of("one, held", 9, digest), 0);
	assert_int_equal(store_name(digest, &name), 0);
	buf_format(&path, SITE_ROOT "/%s", name.data);
	fake_put(path.data, "one, HELD");
	buf_free(&path);
	buf_free(&name);
}

/* The seal is no signature: somebody who may write there names an older list. */
static void
forge_record(void)
{
	struct os_dir *root = NULL;
	struct buf record = BUF_INIT;
	char list[DIGEST_TEXT], now[DIGEST_TEXT], path[64];

	snprintf(path, sizeof path, SITE_ROOT "/lists/cl_nt.%llu.txt",
	    (unsigned long long)versions[5]);
	digest_of(fake_get(path), strlen(fake_get(path)), list);
	digest_of(fake_get(SITE_LIST), strlen(fake_get(SITE_LIST)), now);
	buf_format(&record, "%llu %s %s\r\n", (unsigned long long)versions[5],
	    list, now);
	assert_int_equal(os_dir_open(SITE_ROOT, &root), 0);
	assert_int_equal(
	    sealed_write(root, ".publish/PENDING", OS_PRIVATE, &record), 0);
	os_dir_close(root);
	buf_free(&record);
}

static void
what_waits_is_checked_again_before_it_is_switched_to(void **unused)
{
	(void)unused;
	give_up(spoil_record, "PENDING: bad format");
	give_up(spoil_list, "no such file");
	give_up(spoil_store, "(BIN/ONE.EXE)");
	give_up(spoil_published, "was changed meanwhile");
	give_up(forge_record, "what is published has a higher number");
}

/* The switch is refused at first, and the next run meets a fault at any call. */
static void
a_completion_is_cut_off_anywhere(bool cut, enum fake_times times)
{
	unsigned n;

	for (n = 1; n < 2000; n++) {
		prepare();
		refuse_switch();
		fake_use(SITE_LIST, FAKE_FREE);
		fake_fail(n, times, ERR_IO);
		site_publish();
		if (!fake_met())
			break;
		fake_fail(0, FAKE_ONCE, 0);
		if (cut)
			fake_power_cut();
		assert_true(site_check_list(SITE_LIST) >= versions[7]);
		site_check_history();
		assert_int_equal(site_publish(), EXIT_DONE);
		assert_true(site_check_list(SITE_LIST) > versions[7]);
		assert_null(fake_get(PENDING));
		site_check_history();
		site_check_no_temporary();
	}
	fake_fail(0, FAKE_ONCE, 0);
	assert_in_range(n, 60, 1999);
}

static void
any_call_of_a_completion_fails(void **unused)
{
	(void)unused;
	a_completion_is_cut_off_anywhere(false, FAKE_ONCE);
	a_completion_is_cut_off_anywhere(true, FAKE_FOREVER);
}

/* And the noting itself. */
static void
noting_that_a_switch_waits_is_cut_off_anywhere(void **unused)
{
	unsigned n;

	(void)unused;
	for (n = 1; n < 2000; n++) {
		prepare();
		fake_pass(1000);
		site_put("/src/BIN/ONE.EXE", "one, held");
		fake_use(SITE_LIST, FAKE_HELD);
		fake_fail(n, FAKE_FOREVER, ERR_IO);
		assert_int_not_equal(site_publish(), EXIT_DONE);
		if (!fake_met())
			break;
		fake_power_cut();
		assert_int_equal(site_check_list(SITE_LIST), versions[7]);
		site_check_history();
		assert_int_equal(site_publish(), EXIT_DONE);
		assert_true(site_check_list(SITE_LIST) > versions[7]);
		assert_null(fake_get(PENDING));
	}
	fake_fail(0, FAKE_ONCE, 0);
	assert_in_range(n, 100, 1999);
}

static void
a_stop_ends_the_waiting_and_the_switch_waits(void **unused)
{
	int64_t before = os_ticks();

	(void)unused;
	fake_stop_after(5000);
	refuse_switch();
	assert_true(os_ticks() - before < 10 * OS_SECOND);
	assert_non_null(fake_get(PENDING));
	fake_power_cut();
	assert_int_equal(site_publish(), EXIT_DONE);
	assert_true(site_check_list(SITE_LIST) > versions[7]);
}

/* A request to stop, at each call. */

struct stop {
	unsigned left;
};

static void
stop_at_call(void *arg, const char *call)
{
	struct stop *stop = arg;

	(void)call;
	if (stop->left > 0 && --stop->left == 0)
		fake_stop_after(0);
}

static void
stop_at_each_call(int (*run)(void))
{
	struct stop stop;
	unsigned n, busy = 0;
	int code;

	for (n = 1; n < 3000; n++) {
		prepare();
		fake_pass(1000);
		site_put("/src/BIN/ONE.EXE", "one, stopped");
		site_put("/src/BIN/NEW.EXE", "new");
		stop.left = n;
		fake_hook(stop_at_call, &stop);
		code = run();
		fake_hook(NULL, NULL);
		if (stop.left > 0)
			break;
		assert_true(code == EXIT_DONE || code == EXIT_BUSY);
		if (code == EXIT_BUSY) {
			busy++;
			site_want_error("asked to stop before it was done");
		}
		site_check_no_temporary();
		site_check_list(SITE_LIST);
		site_check_history();
		fake_power_cut();
		assert_int_equal(run(), EXIT_DONE);
		site_check_list(SITE_LIST);
	}
	assert_in_range(n, 60, 2999);
	assert_true(busy >= 20);
}

static void
a_request_to_stop_is_obeyed_between_steps(void **unused)
{
	(void)unused;
	stop_at_each_call(site_publish);
	stop_at_each_call(roll_back_to_the_third);
	stop_at_each_call(site_collect);
}

/* Switches that say something of the list */

static struct copylist *
publish_saying(struct publish_options options)
{
	assert_int_equal(site_run(&options), EXIT_DONE);
	return site_parse(SITE_LIST);
}

static void
a_rollout_of_the_same_content_is_a_new_list_of_the_same_release(void **unused)
{
	struct publish_options ten = { .rollout = (char[]){ "10" } };
	struct publish_options bump = { .bump = true };
	struct copylist *list;

	(void)unused;
	fake_pass(1000);
	list = publish_saying(ten);
	assert_true(list->version > versions[7]);
	assert_int_equal(list->release, versions[7]);
	assert_int_equal(list->rollout, 10);
	copylist_free(list);
	/* Said already; and not to be forgotten. */
	assert_int_equal(site_run(&ten), EXIT_DONE);
	site_want_out("nothing changed");
	assert_int_equal(site_publish(), EXIT_DONE);
	site_want_out("nothing changed");
	list = publish_saying(bump);
	assert_int_equal(list->rollout, 10);
	assert_int_equal(list->release, versions[7]);
	copylist_free(list);
	/* Another content is for all again. */
	release("one, 8");
	list = site_parse(SITE_LIST);
	assert_int_equal(list->rollout, 100);
	assert_int_equal(list->release, list->version);
	copylist_free(list);
}

static void
an_expiry_is_renewed_when_half_of_it_is_over(void **unused)
{
	struct publish_options days = { .expires = (char[]){ "90" } };
	struct publish_options bump = { .bump = true };
	struct copylist *list;
	int64_t expires;

	(void)unused;
	fake_pass(1000);
	list = publish_saying(days);
	assert_int_equal(
	    list->expires, list->published + 90 * 24 * 3600 * OS_SECOND);
	expires = list->expires;
	copylist_free(list);
	fake_pass(20 * SITE_DAY);
	assert_int_equal(site_run(&days), EXIT_DONE);
	site_want_out("nothing changed");
	fake_pass(20 * SITE_DAY);
	fake_pass(6 * SITE_DAY);
	list = publish_saying(days);
	assert_true(list->expires > expires);
	copylist_free(list);
	/* The same content keeps its span. */
	fake_pass(1000);
	list = publish_saying(bump);
	assert_int_equal(
	    list->expires - list->published, 90 * 24 * 3600 * OS_SECOND);
	copylist_free(list);
	release("one, 8");
	list = site_parse(SITE_LIST);
	assert_int_equal(list->expires, -1);
	copylist_free(list);
}

static void
a_sequence_that_is_said_is_taken_when_it_is_greater(void **unused)
{
	struct publish_options low = { .sequence = (char[]){ "8" } };
	struct publish_options high = { .sequence = (char[]){ "5000" } };
	struct copylist *list;

	(void)unused;
	assert_int_equal(site_run(&low), EXIT_INPUT);
	site_want_error("/sequence:8: has to be greater than 8");
	assert_int_equal(site_check_list(SITE_LIST), versions[7]);
	list = publish_saying(high);
	assert_int_equal(list->sequence, 5000);
	assert_int_equal(list->release, versions[7]);
	copylist_free(list);
	assert_int_equal(site_run(&high), EXIT_INPUT);
	release("one, 8");
	list = site_parse(SITE_LIST);
	assert_int_equal(list->sequence, 5001);
	copylist_free(list);
}

static void
numbers_of_signatures_are_not_given_again(void **unused)
{
	struct publish_options bump = { .bump = true };
	struct copylist *list;
	char path[80];

	(void)unused;
	snprintf(path, sizeof path, SITE_ROOT "/signatures/cl_nt.%llu.minisig",
	    (unsigned long long)versions[7] + 100000);
	fake_put(path, "sig");
	list = publish_saying(bump);
	assert_int_equal(list->version, versions[7] + 100001);
	copylist_free(list);
}

static void
numbers_out_of_range_are_usage_errors(void **unused)
{
	const struct publish_options bad[] = {
		{ .rollout = (char[]){ "101" } },
		{ .rollout = (char[]){ "-1" } },
		{ .rollout = (char[]){ "ten" } },
		{ .expires = (char[]){ "0" } },
		{ .expires = (char[]){ "3651" } },
		{ .sequence = (char[]){ "0" } },
		{ .sequence = (char[]){ "4611686018427387904" } },
		{ .rollback = (char[]){ "yesterday" } },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(site_run(&bad[i]), EXIT_USAGE);
		assert_int_equal(site_check_list(SITE_LIST), versions[7]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_rollback_publishes_the_content_under_new_numbers),
		TEST(a_rollback_to_what_is_published_changes_nothing),
		TEST(a_rollback_to_an_unknown_version_names_those_there_are),
		TEST(a_rollback_reads_every_content_before_the_switch),
		TEST(any_call_of_a_rollback_fails),
		TEST(
		    a_rollback_that_is_cut_off_is_not_undone_by_the_next_release),
		TEST(a_rollback_that_waited_is_not_undone_by_the_next_release),
		TEST(a_rollback_that_cannot_be_completed_yet_is_not_undone),
		TEST(a_source_with_a_domain_needs_no_copy),
		TEST(the_power_is_cut_at_any_call_of_a_rollback),
		TEST(any_allocation_of_a_rollback_fails),
		TEST(collecting_keeps_what_is_published_alone),
		TEST(collecting_works_on_a_disk_that_is_full),
		TEST(collecting_keeps_a_list_with_a_higher_sequence),
		TEST(collecting_keeps_five_lists_and_all_their_contents),
		TEST(collecting_keeps_what_was_superseded_within_a_week),
		TEST(lists_of_one_day_stay_for_a_week_all_of_them),
		TEST(a_clock_that_is_ahead_collects_nothing_more),
		TEST(both_times_of_a_list_have_to_be_old),
		TEST(a_content_that_no_list_names_stays_for_a_week),
		TEST(a_list_that_cannot_be_read_keeps_everything),
		TEST(what_is_not_of_a_tree_is_left_alone),
		TEST(signatures_go_with_their_lists),
		TEST(program_versions_go_when_a_newer_one_has_stood_for_a_week),
		TEST(
		    a_program_folder_that_could_not_be_emptied_is_emptied_later),
		TEST(a_program_version_that_becomes_current_meanwhile_stays),
		TEST(a_dry_collection_writes_nothing_at_all),
		TEST(any_call_of_a_collection_fails),
		TEST(the_power_is_cut_at_any_call_of_a_collection),
		TEST(any_allocation_of_a_collection_fails),
		TEST(contents_that_readers_hold_stay_with_a_warning),
		TEST(a_refused_switch_is_tried_for_a_minute_and_then_waits),
		TEST(the_next_run_completes_a_switch_that_waits),
		TEST(a_collection_completes_it_too_and_a_dry_run_tells_of_it),
		TEST(it_waits_on_while_it_is_refused),
		TEST(a_reader_that_goes_away_is_waited_for),
		TEST(a_history_that_cannot_be_written_is_no_switch_that_waits),
		TEST(what_waits_is_checked_again_before_it_is_switched_to),
		TEST(any_call_of_a_completion_fails),
		TEST(noting_that_a_switch_waits_is_cut_off_anywhere),
		TEST(a_stop_ends_the_waiting_and_the_switch_waits),
		TEST(a_request_to_stop_is_obeyed_between_steps),
		TEST(
		    a_rollout_of_the_same_content_is_a_new_list_of_the_same_release),
		TEST(an_expiry_is_renewed_when_half_of_it_is_over),
		TEST(a_sequence_that_is_said_is_taken_when_it_is_greater),
		TEST(numbers_of_signatures_are_not_given_again),
		TEST(numbers_out_of_range_are_usage_errors),
#undef TEST
	};
	int failed = cmocka_run_group_tests_name("operate", tests, NULL, NULL);

	buf_free(&site_out);
	buf_free(&site_errors);
	return failed;
}
