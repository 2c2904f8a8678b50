/*
 * publish as a whole on the fake platform: each call, each allocation failed in
 * turn, and the power cut at each call. Whatever happens, cl_nt.txt is the old
 * or the new list, and all that it names is whole in the store (I1, I4).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../capture.h"
#include "../../../lib/buf.h"
#include "../../../lib/copylist.h"
#include "../../../lib/digest.h"
#include "../../../lib/options.h"
#include "../../../lib/store.h"
#include "../../../platform/err.h"
#include "../../../site/publish/publish.h"
#include "../../fake/fake.h"

#define LIST	    "/site/root/cl_nt.txt"
#define OLD_VERSION (FAKE_START / OS_SECOND)

static char source[] = "/src", root[] = "/site/root";
static char map[] = "/src/SYSTEM.MAP";
static bool mapped;	       /* the change comes by a SYSTEM.MAP */
static char *current = source; /* of the two */
static struct buf out = BUF_INIT, errors = BUF_INIT;

static int
publish(const struct publish_options *more)
{
	struct publish_options options = *more;
	struct capture c_out, c_err;
	int code;

	options.source = current;
	options.root = root;
	capture_begin(&c_out, stdout);
	capture_begin(&c_err, stderr);
	code = publish_run(&options);
	capture_end(&c_err, &errors);
	capture_end(&c_out, &out);
	return code;
}

static int
publish_plainly(void)
{
	const struct publish_options options = { 0 };

	return publish(&options);
}

static void
put(const char *path, const char *text)
{
	fake_put(path, text);
	fake_stamp(path, FAKE_START - 3600 * OS_SECOND, 0);
}

/* A tree with one release. */
static void
prepare_release(void)
{
	current = source;
	fake_reset();
	fake_put_folder("/site");
	put("/src/DOMAIN.INI", "[SMS]\r\nSiteCode=PL2\r\n");
	put("/src/BIN/ONE.EXE", "one");
	put("/src/DATA/TWO.TXT", "two");
	put("/src/components.ini", "[Component Data]\nFiles=DATA/*\n");
	assert_int_equal(publish_plainly(), EXIT_DONE);
	/* What stands in the fake after a start is durable. */
	fake_power_cut();
}

/* And a source with a change of every kind. */
static void
prepare_change(void)
{
	prepare_release();
	fake_pass(10000);
	put("/src/BIN/ONE.EXE", "one, changed");
	put("/src/BIN/THREE.EXE", "three");
	put("/src/DOMAIN.INI", "[SMS]\r\nSiteCode=PL3\r\n");
	fake_drop("/src/DATA/TWO.TXT");
	put("/src/DATA/FOUR.TXT", "four");
	put(map,
	    "DIRECTORY \"BIN\" PLATFORM \"\" LANGUAGE \"\" SOURCE \"data\" "
	    "FLAGS = 1 UNIT = \"\" BEGIN\n"
	    "\"1\", SIZE(1,1,1), \"ONE.EXE\", \"\", REMOTE=NO, "
	    "COPYLISTS(\"WINNT:STANDARD\"=\"SMS\"), COMPRESS=NO, FLAGS=1\n"
	    "\"3\", SIZE(1,1,1), \"three.exe\", \"\", REMOTE=NO, "
	    "COPYLISTS(\"WINNT:PCM\"=\"SMS\"), COMPRESS=NO, FLAGS=1\n"
	    "\"4\", SIZE(1,1,1), \"A.TXT\", \"FOUR.TXT\", REMOTE=NO, "
	    "COPYLISTS(\"WINNT:PCM\"=\"SMS\"), COMPRESS=NO, FLAGS=1\n"
	    "END\n");
	if (mapped)
		current = map;
	else
		fake_drop(map);
}

static int
setup(void **unused)
{
	(void)unused;
	prepare_change();
	return 0;
}

static int
teardown(void **unused)
{
	(void)unused;
	fake_alloc_fail(0, FAKE_ONCE);
	mapped = false;
	return (int)fake_handles();
}

static struct copylist *
published(void)
{
	struct copylist *list = NULL;
	const char *text = fake_get(LIST);

	assert_non_null(text);
	assert_int_equal(
	    copylist_parse("cl_nt.txt", text, strlen(text), &list, NULL), 0);
	return list;
}

static void
check_stored(const char *digest, uint64_t size)
{
	struct buf path = BUF_INIT, name = BUF_INIT;
	char found[DIGEST_TEXT];
	const char *text;

	assert_int_equal(store_name(digest, &name), 0);
	buf_format(&path, "%s/%s", root, buf_text(&name));
	text = fake_get(path.data);
	assert_non_null(text);
	assert_int_equal(strlen(text), size);
	assert_int_equal(digest_of(text, strlen(text), found), 0);
	assert_string_equal(found, digest);
	buf_free(&name);
	buf_free(&path);
}

/* The version that is published; its list and store are whole. */
static uint64_t
check_tree(void)
{
	struct copylist *list = published();
	const struct copylist_component *c;
	uint64_t version = list->version;
	size_t i, j, files = 0;

	check_stored(list->domain_digest, list->domain_size);
	for (i = 0; i < list->count; i++) {
		c = &list->components[i];
		for (j = 0; j < c->count; j++)
			check_stored(c->files[j].digest, c->files[j].size);
		files += c->count;
	}
	assert_int_equal(files, version == OLD_VERSION ? 2 : 3);
	copylist_free(list);
	return version;
}

static void
check_no_temporary(void)
{
	assert_null(strstr(fake_list(root), ".tmp"));
}

/* The history has no list that was not published. */
static void
check_history(uint64_t version)
{
	const char *lists = fake_list("/site/root/lists"), *end;
	unsigned count = 0;

	for (; (end = strchr(lists, '\n')) != NULL; lists = end + 1)
		count++;
	assert_int_equal(count, version == OLD_VERSION ? 1 : 2);
}

/* The run after: it completes, and leaves nothing over. */
static void
check_next_run(void)
{
	assert_int_equal(publish_plainly(), EXIT_DONE);
	assert_true(check_tree() > OLD_VERSION);
	check_no_temporary();
	assert_int_equal(publish_plainly(), EXIT_DONE);
	assert_ptr_equal(strstr(buf_text(&out), "nothing changed"), out.data);
	assert_int_equal(fake_handles(), 0);
}

/* Codes that a call may fail with, and what the run may end with then. */
static void
fail_each_call(enum fake_times times, int error)
{
	uint64_t version;
	unsigned n;
	int code;

	for (n = 1; n < 2000; n++) {
		prepare_change();
		fake_fail(n, times, error);
		code = publish_plainly();
		if (!fake_met())
			break;
		fake_fail(0, FAKE_ONCE, 0);
		version = check_tree();
		assert_true(code == EXIT_DONE || errors.len > 0);
		assert_true(code != EXIT_DONE || version > OLD_VERSION);
		assert_int_equal(fake_handles(), 0);
		if (times == FAKE_ONCE) {
			check_no_temporary();
			check_history(version);
		}
		check_next_run();
	}
	fake_fail(0, FAKE_ONCE, 0);
	assert_int_equal(code, EXIT_DONE);
	assert_in_range(n, 100, 1999);
}

static void
any_call_fails_once(void **unused)
{
	(void)unused;
	fail_each_call(FAKE_ONCE, ERR_IO);
}

static void
everything_fails_from_some_call_on(void **unused)
{
	(void)unused;
	fail_each_call(FAKE_FOREVER, ERR_NOSPC);
}

static void
the_power_is_cut_at_any_call(void **unused)
{
	unsigned n;

	(void)unused;
	for (n = 1; n < 2000; n++) {
		prepare_change();
		fake_fail(n, FAKE_FOREVER, ERR_IO);
		publish_plainly();
		if (!fake_met())
			break;
		fake_power_cut();
		check_tree();
		check_next_run();
	}
	fake_fail(0, FAKE_ONCE, 0);
	assert_in_range(n, 100, 1999);
}

static void
the_power_is_cut_after_the_end(void **unused)
{
	(void)unused;
	assert_int_equal(publish_plainly(), EXIT_DONE);
	fake_power_cut();
	assert_true(check_tree() > OLD_VERSION);
}

static void
any_allocation_fails(void **unused)
{
	uint64_t version;
	unsigned n;
	int code = 0;

	(void)unused;
	if (!fake_alloc_works())
		skip();
	for (n = 1; n < 20000; n++) {
		prepare_change();
		fake_alloc_fail(n, FAKE_ONCE);
		code = publish_plainly();
		if (!fake_alloc_met())
			break;
		fake_alloc_fail(0, FAKE_ONCE);
		version = check_tree();
		assert_true(code == EXIT_DONE || code == EXIT_FAILED);
		assert_true(code != EXIT_DONE || version > OLD_VERSION);
		assert_int_equal(fake_handles(), 0);
		check_no_temporary();
	}
	fake_alloc_fail(0, FAKE_ONCE);
	assert_int_equal(code, EXIT_DONE);
	assert_in_range(n, 250, 19999);
}

static void
a_first_release_survives_any_call_too(void **unused)
{
	unsigned n;

	(void)unused;
	for (n = 1; n < 2000; n++) {
		prepare_change();
		fake_drop(root);
		fake_fail(n, FAKE_FOREVER, ERR_IO);
		publish_plainly();
		if (!fake_met())
			break;
		fake_power_cut();
		if (fake_get(LIST) != NULL)
			check_tree();
		check_next_run();
	}
	fake_fail(0, FAKE_ONCE, 0);
	assert_in_range(n, 100, 1999);
}

static void
a_release_by_a_map_survives_any_call_and_allocation(void **unused)
{
	(void)unused;
	mapped = true;
	any_call_fails_once(NULL);
	if (fake_alloc_works())
		any_allocation_fails(NULL);
}

static void
a_switch_that_is_refused_is_told_and_changes_nothing(void **unused)
{
	(void)unused;
	fake_use(LIST, FAKE_HELD);
	assert_int_equal(publish_plainly(), EXIT_BUSY);
	assert_int_equal(check_tree(), OLD_VERSION);
	check_no_temporary();
	fake_use(LIST, FAKE_FREE);
	check_next_run();
}

static void
a_lock_that_is_held_ends_it_at_once(void **unused)
{
	int64_t before = os_ticks();

	(void)unused;
	fake_lock("/site/root/.publish/LOCK", -1);
	assert_int_equal(publish_plainly(), EXIT_BUSY);
	assert_int_equal(os_ticks(), before);
	assert_int_equal(check_tree(), OLD_VERSION);
}

/* Hooks stand for what others do meanwhile. */

static void
change_source_at_each_read(void *arg, const char *call)
{
	unsigned *count = arg;

	if (strcmp(call, "os_read") != 0)
		return;
	put("/src/BIN/ONE.EXE", (*count)++ % 2 == 0 ? "odd" : "even");
}

static void
a_source_that_never_rests_is_given_up_after_three_times(void **unused)
{
	unsigned count = 0;
	int64_t before = os_ticks();

	(void)unused;
	fake_hook(change_source_at_each_read, &count);
	assert_int_equal(publish_plainly(), EXIT_FAILED);
	fake_hook(NULL, NULL);
	assert_non_null(strstr(
	    buf_text(&errors), "/src/BIN/ONE.EXE: changed while it was read"));
	assert_int_equal(os_ticks() - before, OS_SECOND);
	assert_int_equal(check_tree(), OLD_VERSION);
	check_no_temporary();
}

static void
change_source_once(void *arg, const char *call)
{
	unsigned *count = arg;

	if (strcmp(call, "os_replace") != 0 || (*count)++ > 0)
		return;
	put("/src/BIN/ONE.EXE", "quick!");
	put("/src/BIN/THREE.EXE", "quick too!");
}

/* The content of that file of the source as it was published. */
static const char *
published_content(const char *name)
{
	struct copylist *list = published();
	struct buf path = BUF_INIT, rel = BUF_INIT;
	const char *text = NULL;
	size_t i, j;

	for (i = 0; i < list->count; i++)
		for (j = 0; j < list->components[i].count; j++) {
			const struct copylist_file *file =
			    &list->components[i].files[j];

			if (strcmp(file->name, name) != 0)
				continue;
			assert_int_equal(store_name(file->digest, &rel), 0);
			buf_format(&path, "%s/%s", root, buf_text(&rel));
			text = fake_get(path.data);
		}
	assert_non_null(text);
	copylist_free(list);
	buf_free(&path);
	buf_free(&rel);
	return text;
}

/* What has another size is copied while it is hashed. */
static void
a_source_that_changes_after_it_was_copied_is_published_as_it_was(void **unused)
{
	unsigned count = 0;

	(void)unused;
	fake_hook(change_source_once, &count);
	assert_int_equal(publish_plainly(), EXIT_DONE);
	fake_hook(NULL, NULL);
	check_tree();
	assert_string_equal("three", published_content("BIN/THREE.EXE"));
	check_no_temporary();
	assert_int_equal(publish_plainly(), EXIT_DONE);
	assert_string_equal("quick too!", published_content("BIN/THREE.EXE"));
}

static void
copies_of_a_release_that_is_refused_are_removed(void **unused)
{
	(void)unused;
	put("/src/components.ini", "");
	assert_int_equal(publish_plainly(), EXIT_INPUT);
	assert_non_null(strstr(buf_text(&errors), "drop 1 component"));
	assert_int_equal(check_tree(), OLD_VERSION);
	check_no_temporary();
	assert_null(strstr(fake_tree("/site/root/store"), ".tmp"));
}

/* Between hashing and storing: what is stored is what is listed. What has the
 * size that it had is hashed first, it may only have been touched. */
static void
a_source_that_changes_after_its_hashing_is_hashed_again(void **unused)
{
	unsigned count = 0;

	(void)unused;
	put("/src/BIN/ONE.EXE", "eno");
	fake_hook(change_source_once, &count);
	assert_int_equal(publish_plainly(), EXIT_DONE);
	fake_hook(NULL, NULL);
	assert_true(count > 0);
	check_tree();
	assert_int_equal(publish_plainly(), EXIT_DONE);
	assert_ptr_equal(strstr(buf_text(&out), "nothing changed"), out.data);
}

static void
publish_first(void *arg, const char *call)
{
	bool *done = arg;

	if (*done || strcmp(call, "os_dir_make") != 0)
		return;
	*done = true;
	fake_put(LIST, "[SMS]\r\nCopyListVersion=5\r\nFiles=0\r\n");
}

/* Nobody has published here yet, so there was no lock to take at first. */
static void
one_who_published_before_the_lock_was_there_is_noticed(void **unused)
{
	bool done = false;

	(void)unused;
	fake_drop(root);
	fake_put_folder(root);
	fake_hook(publish_first, &done);
	assert_int_equal(publish_plainly(), EXIT_BUSY);
	fake_hook(NULL, NULL);
	assert_non_null(strstr(
	    buf_text(&errors), "another program published here meanwhile"));
	assert_string_equal(
	    fake_get(LIST), "[SMS]\r\nCopyListVersion=5\r\nFiles=0\r\n");
}

static void
an_unchanged_run_opens_no_source_file_and_parses_no_list(void **unused)
{
	unsigned reads;

	(void)unused;
	assert_int_equal(publish_plainly(), EXIT_DONE);
	reads = fake_calls_of("os_open");
	assert_int_equal(publish_plainly(), EXIT_DONE);
	assert_ptr_equal(strstr(buf_text(&out), "nothing changed"), out.data);
	/* cl_nt.txt, components.ini, DOMAIN.INI, the mark, the log, and a look
	 * for a switch that waits */
	assert_in_range(fake_calls_of("os_open") - reads, 5, 6);
}

static void
a_dry_run_writes_nothing_at_all(void **unused)
{
	static const char *const calls[] = {
		"os_write",
		"os_replace",
		"os_remove",
		"os_dir_make",
		"os_dir_make_path",
		"os_lock_take",
		"os_file_flush",
	};
	const struct publish_options dry = { .dry = true };
	unsigned before[sizeof calls / sizeof calls[0]];
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof calls / sizeof calls[0]; i++)
		before[i] = fake_calls_of(calls[i]);
	assert_int_equal(publish(&dry), EXIT_DONE);
	assert_non_null(strstr(buf_text(&out), "would publish: 3 files"));
	for (i = 0; i < sizeof calls / sizeof calls[0]; i++)
		assert_int_equal(fake_calls_of(calls[i]), before[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(any_call_fails_once),
		TEST(everything_fails_from_some_call_on),
		TEST(the_power_is_cut_at_any_call),
		TEST(the_power_is_cut_after_the_end),
		TEST(any_allocation_fails),
		TEST(a_first_release_survives_any_call_too),
		TEST(a_release_by_a_map_survives_any_call_and_allocation),
		TEST(a_switch_that_is_refused_is_told_and_changes_nothing),
		TEST(a_lock_that_is_held_ends_it_at_once),
		TEST(a_source_that_never_rests_is_given_up_after_three_times),
		TEST(a_source_that_changes_after_its_hashing_is_hashed_again),
		TEST(
		    a_source_that_changes_after_it_was_copied_is_published_as_it_was),
		TEST(copies_of_a_release_that_is_refused_are_removed),
		TEST(one_who_published_before_the_lock_was_there_is_noticed),
		TEST(an_unchanged_run_opens_no_source_file_and_parses_no_list),
		TEST(a_dry_run_writes_nothing_at_all),
#undef TEST
	};
	int failed = cmocka_run_group_tests_name("publish", tests, NULL, NULL);

	buf_free(&out);
	buf_free(&errors);
	return failed;
}
