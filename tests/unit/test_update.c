/* Tests of lib/update: whole runs, and what they leave for the next one. The
 * faults of the system are in test_update_faults.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../lib/date.h"
#include "../../lib/installed.h"
#include "client.h"

#define END                            \
	{                              \
		NULL, NULL, NULL, NULL \
	}
#define MINUTE (60 * OS_SECOND)

static const struct listed one[] = { { "STANDARD", "BIN\\A.EXE", "a one", "x" },
	{ "STANDARD", "DATA\\B.TXT", "b one", NULL },
	{ "Help", "HELP\\H.TXT", "h one", NULL },
	{ "Help", "HELP\\I.TXT", "i one", NULL }, END };

static const struct listed two[] = { { "STANDARD", "BIN\\A.EXE", "a two", "x" },
	{ "STANDARD", "DATA\\B.TXT", "b one", NULL },
	{ "Help", "HELP\\H.TXT", "h two", NULL },
	{ "Help", "HELP\\I.TXT", "i two", NULL }, END };

static const struct listed help_only[] = { { "Help", "HELP\\H.TXT", "h two",
					       NULL },
	{ "Help", "HELP\\I.TXT", "i two", NULL }, END };

static const struct listed nothing[] = { END };

#define TREE_ONE                                           \
	"BIN/\nBIN/A.EXE=a one\nDATA/\nDATA/B.TXT=b one\n" \
	"HELP/\nHELP/H.TXT=h one\nHELP/I.TXT=i one\n"
#define TREE_TWO                                           \
	"BIN/\nBIN/A.EXE=a two\nDATA/\nDATA/B.TXT=b one\n" \
	"HELP/\nHELP/H.TXT=h two\nHELP/I.TXT=i two\n"
#define HELP_OLD                                           \
	"BIN/\nBIN/A.EXE=a two\nDATA/\nDATA/B.TXT=b one\n" \
	"HELP/\nHELP/H.TXT=h one\nHELP/I.TXT=i one\n"

static struct run_result r;

static int
setup(void **state)
{
	(void)state;
	run_free(&r); /* some start several times */
	start_client();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	run_free(&r);
	assert_int_equal(0, fake_handles());
	return 0;
}

/* List one is installed, list two is published. */
static int
setup_update(void **state)
{
	setup(state);
	publish(1, one);
	run_well();
	publish(2, two);
	fake_pass(60000);
	return 0;
}

static int
run(void)
{
	run_free(&r);
	return run_client(&r);
}

static int
run_as(const struct try_options *options)
{
	run_free(&r);
	return run_with(options, &r);
}

static void
assert_phase(const char *version, const char *phase)
{
	assert_string_equal(version, ini_value("SMS", "CopyListVersion"));
	assert_string_equal(phase, ini_value("Local", "SetupPhase"));
}

/* What stands in the client root, .stage left out. */
static const char *
tree(void)
{
	static char text[4000];
	const char *line = fake_tree(CLIENT), *end;
	size_t len = 0;

	for (; *line != '\0'; line = end) {
		end = strchr(line, '\n') + 1;
		if (strncmp(line, ".stage/", 7) == 0)
			continue;
		memcpy(text + len, line, (size_t)(end - line));
		len += (size_t)(end - line);
	}
	text[len] = '\0';
	return text;
}

static unsigned
lines_of_stage(void)
{
	const char *line = fake_list(CLIENT);
	unsigned count = 0;

	for (; *line != '\0'; line = strchr(line, '\n') + 1)
		count += strncmp(line, ".stage/", 7) == 0;
	return count;
}

static const struct update_component *
outcome(const char *name)
{
	for (size_t i = 0; i < r.result.count; i++)
		if (strcmp(r.result.list[i].name, name) == 0)
			return &r.result.list[i];
	fail_msg("no component %s", name);
	return NULL;
}

static const struct installed_file *
owned(struct installed *set, const char *folded)
{
	struct os_dir *state = NULL;

	assert_int_equal(0, os_dir_open(STATE, &state));
	assert_int_equal(0, installed_read(state, set));
	os_dir_close(state);
	return installed_find(set, folded);
}

/* Going well */

static void
install_puts_every_file_with_time_and_flags(void **state)
{
	struct os_info info;

	(void)state;
	publish(1, one);
	assert_int_equal(0, run());
	assert_string_equal(TREE_ONE, fake_tree(CLIENT));
	assert_true(fake_info(CLIENT "/BIN/A.EXE", &info));
	assert_int_equal(MTIME, info.mtime);
	assert_int_equal(OS_EXEC, info.flags);
	assert_int_equal(2, r.result.done);
	assert_phase("1", "installed");
	assert_string_equal("PLN00001", ini_value("SMS", "SMS Unique ID"));
	assert_string_equal("PLN", ini_value("SMS", "SiteCode"));
	assert_string_equal(
	    fake_get(TREE "/cl_nt.txt"), fake_get(STATE "/CL_NT.TXT"));
	assert_null(fake_get(STATE "/JOURNAL"));
}

static void
update_changes_what_differs_and_fetches_nothing_else(void **state)
{
	unsigned before = fake_calls_of("os_share_start");

	(void)state;
	assert_int_equal(0, run());
	assert_string_equal(TREE_TWO, fake_tree(CLIENT));
	assert_phase("2", "installed");
	/* The head, the list, and three files. */
	assert_int_equal(5, fake_calls_of("os_share_start") - before);
	assert_int_equal(UPDATE_DONE, outcome("Help")->state);
}

static void
list_without_changes_only_raises_the_version(void **state)
{
	unsigned before;

	(void)state;
	publish(3, one);
	before = fake_calls_of("os_link") + fake_calls_of("os_dir_flush_all");
	assert_int_equal(0, run());
	assert_phase("3", "installed");
	assert_int_equal(UPDATE_SAME, outcome("Help")->state);
	assert_int_equal(before,
	    fake_calls_of("os_link") + fake_calls_of("os_dir_flush_all"));
	assert_string_equal(TREE_ONE, fake_tree(CLIENT));
}

static void
component_that_leaves_the_list_is_removed(void **state)
{
	(void)state;
	publish(3, help_only);
	fake_put(CLIENT "/BIN/MINE.TXT", "mine");
	assert_int_equal(0, run());
	assert_string_equal("BIN/\nBIN/MINE.TXT=mine\nHELP/\n"
			    "HELP/H.TXT=h two\nHELP/I.TXT=i two\n",
	    fake_tree(CLIENT));
	assert_true(outcome("STANDARD")->gone);
	assert_int_equal(UPDATE_DONE, outcome("STANDARD")->state);
}

static void
empty_list_removes_what_is_ours_and_nothing_else(void **state)
{
	(void)state;
	publish(3, nothing);
	fake_put(CLIENT "/HELP/MINE.TXT", "mine");
	assert_int_equal(0, run());
	assert_string_equal("HELP/\nHELP/MINE.TXT=mine\n", fake_tree(CLIENT));
	assert_phase("3", "installed");
}

static void
digest_is_cached_only_behind_a_stamp_that_proves_something(void **state)
{
	struct installed set;

	(void)state;
	assert_true(owned(&set, "help/h.txt")->mtime == MTIME);
	installed_free(&set);
	/* The same content, but written a moment ago by somebody. */
	fake_put(CLIENT "/HELP/H.TXT", "h two");
	assert_int_equal(0, run());
	assert_true(owned(&set, "help/h.txt")->mtime == -1);
	assert_true(installed_find(&set, "help/h.txt")->id != 0);
	installed_free(&set);
}

static void
file_that_was_changed_or_deleted_comes_back(void **state)
{
	const struct try_options verify = { .verify = true };

	(void)state;
	publish(1, one);
	fake_put(CLIENT "/HELP/H.TXT", "h ONE");
	fake_stamp(CLIENT "/HELP/H.TXT", MTIME, 0);
	fake_drop(CLIENT "/HELP/I.TXT");
	assert_int_equal(0, run_as(&verify));
	assert_string_equal(TREE_ONE, fake_tree(CLIENT));
}

static void
domain_ini_goes_with_its_list(void **state)
{
	const struct try_options with = { .domain = "[SMS]\r\n" };

	(void)state;
	assert_int_equal(0, run_as(&with));
	assert_string_equal("[SMS]\r\n", fake_get(STATE "/DOMAIN.INI"));
	publish(3, two);
	assert_int_equal(0, run());
	assert_null(fake_get(STATE "/DOMAIN.INI"));
}

static void
letter_case_changes_where_names_keep_it(void **state)
{
	static const struct listed cased[] = {
		{ "STANDARD", "bin\\a.exe", "a one", "x" }, END
	};

	(void)state;
	publish(3, cased);
	assert_int_equal(0, run());
	assert_string_equal("bin/\nbin/a.exe=a one\n", fake_tree(CLIENT));
	publish(4, nothing);
	assert_int_equal(0, run());
	assert_string_equal("", fake_tree(CLIENT));
}

static void
letter_case_changes_where_names_ignore_it(void **state)
{
	static const struct listed cased[] = { { "STANDARD", "BIN\\a.exe",
						   "a one", "x" },
		{ "STANDARD", "DATA\\b.txt", "b new", NULL }, END };

	(void)state;
	fake_ignore_case(true);
	publish(3, cased);
	assert_int_equal(0, run());
	assert_string_equal("BIN/\nBIN/a.exe=a one\nDATA/\n"
			    "DATA/b.txt=b new\n",
	    fake_tree(CLIENT));
	publish(4, nothing);
	assert_int_equal(0, run());
	assert_string_equal("", fake_tree(CLIENT));
}

/* Held components */

static void
missing_store_file_holds_its_component_alone(void **state)
{
	(void)state;
	fake_drop(store_path("h two"));
	assert_int_equal(0, run());
	assert_string_equal(HELP_OLD, tree());
	assert_int_equal(UPDATE_HELD, outcome("Help")->state);
	assert_string_equal(
	    "HELP/H.TXT: missing on the logon server", outcome("Help")->reason);
	assert_int_equal(UPDATE_DONE, outcome("STANDARD")->state);
	assert_phase("1", "verify_files");
	assert_string_equal(
	    "HELP/H.TXT", ini_value("WorkstationStatus", "FilesNotDownloaded"));
	assert_string_equal("2", ini_value("Setup State", "TriedVersion"));
	/* Then it is there. */
	fake_put(store_path("h two"), "h two");
	assert_int_equal(0, run());
	assert_string_equal(TREE_TWO, fake_tree(CLIENT));
	assert_phase("2", "installed");
	assert_string_equal(
	    "", ini_value("WorkstationStatus", "FilesNotDownloaded"));
	assert_string_equal("", ini_value("Setup State", "NextTry"));
	assert_string_equal("", ini_value("Setup State", "Tries"));
}

static void
all_files_that_are_missing_are_named(void **state)
{
	(void)state;
	fake_drop(store_path("h two"));
	fake_put(store_path("i two"), "i TWO");
	assert_int_equal(0, run());
	assert_string_equal("HELP/H.TXT, HELP/I.TXT",
	    ini_value("WorkstationStatus", "FilesNotDownloaded"));
}

static void
wrong_store_content_holds_its_component_alone(void **state)
{
	static const char *const wrong[] = { "h TWO", "h", "h two and more",
		"" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		fake_put(store_path("h two"), wrong[i]);
		assert_int_equal(0, run());
		assert_string_equal(HELP_OLD, tree());
		assert_non_null(
		    strstr(outcome("Help")->reason, "other content"));
	}
}

static void
unreadable_store_file_holds_its_component_alone(void **state)
{
	(void)state;
	fake_drop(store_path("h two"));
	fake_put_special(store_path("h two"), OS_LINK);
	assert_int_equal(0, run());
	assert_string_equal(HELP_OLD, tree());
	assert_int_equal(UPDATE_HELD, outcome("Help")->state);
}

static void
foreign_file_in_a_folder_in_the_way_holds_its_component(void **state)
{
	static const struct listed file[] = { { "STANDARD", "BIN\\A.EXE",
						  "a two", "x" },
		{ "STANDARD", "DATA\\B.TXT", "b one", NULL },
		{ "Help", "HELP", "help", NULL }, END };

	(void)state;
	publish(3, file);
	fake_put(CLIENT "/HELP/MINE.TXT", "mine");
	assert_int_equal(0, run());
	assert_string_equal("HELP: a folder stands there, and HELP/MINE.TXT "
			    "in it is not ours",
	    outcome("Help")->reason);
	assert_string_equal("mine", fake_get(CLIENT "/HELP/MINE.TXT"));
	assert_string_equal("h one", fake_get(CLIENT "/HELP/H.TXT"));
	assert_string_equal("a two", fake_get(CLIENT "/BIN/A.EXE"));
	fake_drop(CLIENT "/HELP/MINE.TXT");
	assert_int_equal(0, run());
	assert_string_equal("help", fake_get(CLIENT "/HELP"));
	assert_phase("3", "installed");
}

static void
tries_of_a_held_list_grow_to_eight_hours(void **state)
{
	int64_t longest = 0;

	(void)state;
	fake_drop(store_path("h two"));
	for (int i = 0; i < 12; i++) {
		int64_t wait, due = MINUTE << i;

		assert_int_equal(0, run());
		wait = r.result.next_try - os_clock();
		if (due > 480 * MINUTE)
			due = 480 * MINUTE;
		assert_in_range(wait, due / 10 * 8, due / 10 * 12);
		longest = wait > longest ? wait : longest;
		fake_pass(60000);
	}
	assert_true(longest > 380 * MINUTE);
	/* Another list starts anew. */
	fake_put(store_path("h two"), "h two");
	publish(3, two);
	fake_drop(store_path("h two"));
	assert_int_equal(0, run());
	assert_true(r.result.next_try - os_clock() < 2 * MINUTE);
}

static void
files_of_a_held_component_stay_owned(void **state)
{
	struct installed set;

	(void)state;
	fake_drop(store_path("h two"));
	assert_int_equal(0, run());
	assert_non_null(owned(&set, "help/h.txt"));
	installed_free(&set);
	publish(3, nothing);
	assert_int_equal(0, run());
	assert_string_equal("", fake_tree(CLIENT));
}

static void
new_files_of_a_held_component_are_not_owned(void **state)
{
	static const struct listed more[] = { { "Help", "HELP\\H.TXT", "h two",
						  NULL },
		{ "Help", "HELP\\NEW.TXT", "new", NULL }, END };
	struct installed set;

	(void)state;
	publish(3, more);
	fake_drop(store_path("h two"));
	assert_int_equal(0, run());
	assert_null(owned(&set, "help/new.txt"));
	installed_free(&set);
}

/* Pending components */

static void
busy_file_makes_its_component_wait_whole(void **state)
{
	unsigned before;

	(void)state;
	fake_use(CLIENT "/HELP/I.TXT", FAKE_RUNNING);
	assert_int_equal(0, run());
	assert_string_equal(HELP_OLD, tree());
	assert_int_equal(UPDATE_PENDING, outcome("Help")->state);
	assert_int_equal(1, r.result.pending);
	assert_phase("2", "verify_files");
	/* Still in use: it goes on waiting, and nothing is fetched again. */
	before = fake_calls_of("os_share_start");
	assert_int_equal(0, run());
	assert_string_equal(HELP_OLD, tree());
	assert_int_equal(1, r.recovery.pending);
	assert_phase("2", "verify_files");
	assert_int_equal(2, fake_calls_of("os_share_start") - before);
	/* Its second name in .stage may stay, but there are no more of them:
	 * the folder, two pieces, and that. */
	assert_int_equal(4, lines_of_stage());
	/* Free: the next run places it before it asks the server. */
	fake_use(CLIENT "/HELP/I.TXT", FAKE_FREE);
	fake_share(SHARE, FAKE_DOWN, 0);
	assert_int_equal(ERR_HOST, run());
	assert_int_equal(1, r.recovery.placed);
	assert_string_equal(TREE_TWO, tree());
	assert_phase("2", "verify_files");
	fake_share(SHARE, FAKE_UP, 0);
	assert_int_equal(0, run());
	assert_phase("2", "installed");
	assert_string_equal("", fake_list(STATE "/pending"));
}

static void
newer_list_replaces_what_waited(void **state)
{
	(void)state;
	fake_use(CLIENT "/HELP/I.TXT", FAKE_RUNNING);
	assert_int_equal(0, run());
	publish(3, one);
	assert_int_equal(0, run());
	assert_string_equal(TREE_ONE, tree());
	assert_phase("3", "installed");
	assert_string_equal("", fake_list(STATE "/pending"));
	fake_use(CLIENT "/HELP/I.TXT", FAKE_FREE);
	assert_int_equal(0, run());
	assert_string_equal(TREE_ONE, tree());
}

static void
record_of_a_component_that_left_goes(void **state)
{
	static const struct listed standard[] = {
		{ "STANDARD", "BIN\\A.EXE", "a two", "x" }, END
	};

	(void)state;
	fake_use(CLIENT "/HELP/I.TXT", FAKE_HELD);
	assert_int_equal(0, run());
	publish(3, standard);
	assert_int_equal(0, run());
	/* Its removal waits now. */
	assert_int_equal(UPDATE_PENDING, outcome("Help")->state);
	assert_phase("3", "verify_files");
	assert_string_equal("h one", fake_get(CLIENT "/HELP/H.TXT"));
	fake_use(CLIENT "/HELP/I.TXT", FAKE_FREE);
	assert_int_equal(0, run());
	assert_string_equal("BIN/\nBIN/A.EXE=a two\n", fake_tree(CLIENT));
	assert_string_equal("", fake_list(STATE "/pending"));
	assert_phase("3", "installed");
}

static void
component_that_leaves_while_it_waits_goes_with_what_it_would_bring(void **state)
{
	static const struct listed more[] = { { "STANDARD", "BIN\\A.EXE",
						  "a two", "x" },
		{ "Help", "HELP\\H.TXT", "h two", NULL },
		{ "Help", "HELP\\I.TXT", "i one", NULL },
		{ "Help", "HELP\\NEW.TXT", "new", NULL }, END },
				   standard[] = { { "STANDARD", "BIN\\A.EXE",
						      "a two", "x" },
					   END };

	(void)state;
	publish(3, more);
	fake_use(CLIENT "/HELP/H.TXT", FAKE_RUNNING);
	assert_int_equal(0, run());
	assert_int_equal(1, r.result.pending);
	fake_use(CLIENT "/HELP/H.TXT", FAKE_FREE);
	publish(4, standard);
	assert_int_equal(0, run());
	assert_string_equal("BIN/\nBIN/A.EXE=a two\n", fake_tree(CLIENT));
	assert_phase("4", "installed");
}

static void
what_waits_for_a_held_component_still_waits(void **state)
{
	static const struct listed three[] = { { "STANDARD", "BIN\\A.EXE",
						   "a two", "x" },
		{ "STANDARD", "DATA\\B.TXT", "b one", NULL },
		{ "Help", "HELP\\H.TXT", "h three", NULL },
		{ "Help", "HELP\\I.TXT", "i two", NULL }, END };

	(void)state;
	fake_use(CLIENT "/HELP/I.TXT", FAKE_RUNNING);
	assert_int_equal(0, run());
	publish(3, three);
	fake_drop(store_path("h three"));
	assert_int_equal(0, run());
	assert_int_equal(UPDATE_HELD, outcome("Help")->state);
	assert_phase("2", "verify_files");
	/* I2: the version is two's, and two is what the next start places. */
	fake_use(CLIENT "/HELP/I.TXT", FAKE_FREE);
	fake_share(SHARE, FAKE_DOWN, 0);
	assert_int_equal(ERR_HOST, run());
	assert_string_equal(TREE_TWO, tree());
}

static void
what_waited_does_not_take_back_a_file_that_moved_on(void **state)
{
	static const struct listed three[] = { { "STANDARD", "HELP\\I.TXT",
						   "i three", NULL },
		{ "Help", "HELP\\H.TXT", "h three", NULL }, END };

	(void)state;
	fake_use(CLIENT "/HELP/H.TXT", FAKE_RUNNING);
	assert_int_equal(0, run());
	publish(3, three);
	fake_drop(store_path("h three"));
	assert_int_equal(0, run());
	assert_string_equal("i three", fake_get(CLIENT "/HELP/I.TXT"));
	fake_use(CLIENT "/HELP/H.TXT", FAKE_FREE);
	fake_share(SHARE, FAKE_DOWN, 0);
	assert_int_equal(ERR_HOST, run());
	assert_string_equal("i three", fake_get(CLIENT "/HELP/I.TXT"));
}

static void
what_waited_and_was_renamed_is_owned(void **state)
{
	static const struct listed cased[] = { { "STANDARD", "BIN\\A.EXE",
						   "a one", "x" },
		{ "STANDARD", "DATA\\B.TXT", "b one", NULL },
		{ "Help", "HELP\\h.txt", "h one", NULL },
		{ "Help", "HELP\\I.TXT", "i two", NULL }, END };

	(void)state;
	publish(3, cased);
	fake_use(CLIENT "/HELP/I.TXT", FAKE_RUNNING);
	assert_int_equal(0, run());
	assert_int_equal(1, r.result.pending);
	fake_use(CLIENT "/HELP/I.TXT", FAKE_FREE);
	publish(4, nothing);
	assert_int_equal(0, run());
	assert_int_equal(1, r.recovery.placed);
	assert_string_equal("", fake_tree(CLIENT));
}

static void
what_waited_is_durable_before_its_record_goes(void **state)
{
	(void)state;
	fake_use(CLIENT "/HELP/I.TXT", FAKE_RUNNING);
	assert_int_equal(0, run());
	fake_use(CLIENT "/HELP/I.TXT", FAKE_FREE);
	fake_share(SHARE, FAKE_DOWN, 0);
	assert_int_equal(ERR_HOST, run());
	fake_power_cut();
	assert_string_equal(TREE_TWO, tree());
	assert_string_equal("", fake_list(STATE "/pending"));
}

static void
waiting_content_that_is_lost_is_fetched_again(void **state)
{
	(void)state;
	fake_use(CLIENT "/HELP/I.TXT", FAKE_RUNNING);
	assert_int_equal(0, run());
	fake_drop(STAGE);
	fake_use(CLIENT "/HELP/I.TXT", FAKE_FREE);
	fake_share(SHARE, FAKE_DOWN, 0);
	assert_int_equal(ERR_HOST, run());
	assert_string_equal(HELP_OLD, tree());
	assert_true(r.recovery.notes.len > 0);
	/* I2: it still waits. */
	assert_string_not_equal("", fake_list(STATE "/pending"));
	fake_share(SHARE, FAKE_UP, 0);
	assert_int_equal(0, run());
	assert_string_equal(TREE_TWO, fake_tree(CLIENT));
	assert_string_equal("", fake_list(STATE "/pending"));
	assert_phase("2", "installed");
}

/* Failures before anything changes */

static void
assert_untouched(const char *ini)
{
	assert_string_equal(TREE_ONE, tree());
	assert_string_equal(ini, fake_get(INI));
	assert_null(fake_get(STATE "/JOURNAL"));
}

static void
volume_that_is_too_small_changes_nothing(void **state)
{
	const char *ini = fake_get(INI);

	(void)state;
	fake_space(1000);
	assert_int_equal(ERR_NOSPC, run());
	assert_untouched(ini);
	assert_string_equal(TREE_ONE, fake_tree(CLIENT));
	assert_non_null(strstr(buf_text(&r.why), "KiB are needed"));
}

/* The volume does not tell how much is free. */
static void
volume_that_becomes_full_leaves_nothing_behind(void **state)
{
	const char *ini = fake_get(INI);

	(void)state;
	for (unsigned bytes = 0; bytes < 2000; bytes += 7) {
		fake_fail_call("os_dir_space", 1, FAKE_FOREVER, ERR_UNSUP);
		fake_space(bytes);
		if (run() == 0 || r.rc == ERR_CHANGED)
			break;
		assert_int_equal(ERR_NOSPC, r.rc);
		assert_untouched(ini);
		assert_string_equal(TREE_ONE, fake_tree(CLIENT));
		fake_space(UINT64_MAX);
	}
	fake_fail(0, FAKE_ONCE, 0);
	fake_space(UINT64_MAX);
	assert_int_equal(0, run());
	assert_phase("2", "installed");
}

static void
pieces_that_are_staged_need_no_space_again(void **state)
{
	static char big[3 << 20];
	const struct listed large[] = { { "STANDARD", "BIN\\BIG.DAT", big,
					    NULL },
		{ "STANDARD", "BIN\\Z.DAT", "small", NULL }, END };

	(void)state;
	memset(big, 'b', sizeof big - 1);
	publish(3, large);
	fake_share_piece(1 << 20);
	fake_use(store_path("small"), FAKE_EXCLUSIVE);
	assert_int_equal(0, run());
	assert_int_equal(UPDATE_HELD, outcome("STANDARD")->state);
	fake_use(store_path("small"), FAKE_FREE);
	fake_space(2 << 20);
	assert_int_equal(0, run());
	assert_int_equal(UPDATE_DONE, outcome("STANDARD")->state);
	fake_space(UINT64_MAX);
}

static void
server_that_goes_away_changes_nothing_and_whole_pieces_are_kept(void **state)
{
	const char *ini = fake_get(INI);
	unsigned before;

	(void)state;
	/* Of head, list and three files the last one fails. */
	fake_fail_call("os_share_start", 5, FAKE_ONCE, ERR_HOST);
	assert_int_equal(ERR_HOST, run());
	assert_true(r.lost);
	assert_untouched(ini);
	before = fake_calls_of("os_share_start");
	assert_int_equal(0, run());
	assert_int_equal(3, fake_calls_of("os_share_start") - before);
	assert_string_equal(TREE_TWO, fake_tree(CLIENT));
}

static void
piece_that_was_cut_off_is_fetched_again(void **state)
{
	(void)state;
	fake_fail_call("os_share_start", 5, FAKE_ONCE, ERR_HOST);
	assert_int_equal(ERR_HOST, run());
	/* What the power took: a piece that has its name and not its bytes. */
	for (const char *p = fake_list(STAGE); *p != '\0';
	     p = strchr(p, '\n') + 1) {
		char path[200];

		snprintf(
		    path, sizeof path, STAGE "/%.*s", (int)strcspn(p, " "), p);
		fake_put(path, "");
	}
	assert_int_equal(0, run());
	assert_string_equal(TREE_TWO, fake_tree(CLIENT));
}

static void
request_to_stop_is_no_loss_of_the_server(void **state)
{
	const char *ini = fake_get(INI);

	(void)state;
	fake_fail_call("os_share_next", 6, FAKE_ONCE, ERR_STOP);
	assert_int_equal(ERR_STOP, run());
	assert_false(r.lost);
	assert_untouched(ini);
}

static void
sms_ini_that_cannot_be_written_changes_nothing(void **state)
{
	const char *ini = fake_get(INI);

	(void)state;
	fake_lock(STATE "/INI.LOCK", -1);
	assert_int_equal(ERR_BUSY, run());
	assert_untouched(ini);
	fake_lock(STATE "/INI.LOCK", 0);
	assert_int_equal(0, run());
}

/* Recovery */

/* Ends a run in the middle of placing: at its nth os_replace into the client
 * root; the journal stands then. */
static void
cut_off(void)
{
	unsigned n = 0;

	do {
		setup_update(NULL);
		fake_fail_call("os_replace", ++n, FAKE_FOREVER, ERR_IO);
		run();
		fake_fail(0, FAKE_ONCE, 0);
		assert_true(n < 50);
	} while (strcmp("a two", fake_get(CLIENT "/BIN/A.EXE")) != 0);
	assert_non_null(fake_get(STATE "/JOURNAL"));
}

static void
journal_is_carried_out_without_the_server(void **state)
{
	(void)state;
	cut_off();
	fake_share(SHARE, FAKE_DOWN, 0);
	assert_int_equal(ERR_HOST, run());
	assert_true(r.recovery.journal);
	assert_string_equal(TREE_TWO, tree());
	assert_null(fake_get(STATE "/JOURNAL"));
	assert_phase("1", "verify_files");
	fake_share(SHARE, FAKE_UP, 0);
	assert_int_equal(0, run());
	assert_phase("2", "installed");
}

static void
journal_is_carried_out_after_a_power_cut_and_before_another(void **state)
{
	(void)state;
	cut_off();
	fake_power_cut();
	fake_share(SHARE, FAKE_DOWN, 0);
	assert_int_equal(ERR_HOST, run());
	assert_string_equal(TREE_TWO, tree());
	assert_int_equal(0, r.recovery.notes.len);
	fake_power_cut();
	assert_string_equal(TREE_TWO, tree());
}

/* The run was killed between storing the version and removing the journal. */
static void
journal_of_a_finished_run_leads_to_a_check(void **state)
{
	(void)state;
	for (unsigned n = 1; n < 100; n++) {
		setup_update(NULL);
		fake_fail_call("os_remove", n, FAKE_FOREVER, ERR_IO);
		run();
		fake_fail(0, FAKE_ONCE, 0);
		if (strcmp("2", ini_value("SMS", "CopyListVersion")) == 0)
			break;
	}
	assert_non_null(fake_get(STATE "/JOURNAL"));
	assert_phase("2", "installed");
	fake_share(SHARE, FAKE_DOWN, 0);
	assert_int_equal(ERR_HOST, run());
	assert_phase("2", "verify_files");
}

/* Somebody starts the new program before the component is whole. */
static void
use_new_file(void *arg, const char *call)
{
	const char *path = arg, *is = fake_get(path);

	(void)call;
	if (is != NULL && strcmp(is, "h two") == 0)
		fake_use(path, FAKE_HELD);
}

static void
journal_that_can_be_neither_done_nor_undone_waits(void **state)
{
	char lost[200] = "", digest[DIGEST_TEXT];
	const char *line;

	(void)state;
	cut_off();
	digest_text("i two", digest);
	line = strstr(fake_list(STAGE), digest);
	assert_non_null(line);
	snprintf(
	    lost, sizeof lost, STAGE "/%.*s", (int)strcspn(line, " "), line);
	fake_drop(lost);
	fake_hook(use_new_file, CLIENT "/HELP/H.TXT");
	fake_share(SHARE, FAKE_DOWN, 0);
	assert_int_equal(ERR_HOST, run());
	fake_hook(NULL, NULL);
	assert_string_equal("h two", fake_get(CLIENT "/HELP/H.TXT"));
	assert_string_equal("i one", fake_get(CLIENT "/HELP/I.TXT"));
	assert_string_not_equal("", fake_list(STATE "/pending"));
	fake_use(CLIENT "/HELP/H.TXT", FAKE_FREE);
	fake_share(SHARE, FAKE_UP, 0);
	assert_int_equal(0, run());
	assert_string_equal(TREE_TWO, fake_tree(CLIENT));
	assert_phase("2", "installed");
}

static void
journal_whose_files_are_busy_becomes_pending(void **state)
{
	(void)state;
	cut_off();
	fake_use(CLIENT "/HELP/I.TXT", FAKE_RUNNING);
	fake_share(SHARE, FAKE_DOWN, 0);
	assert_int_equal(ERR_HOST, run());
	assert_int_equal(1, r.recovery.pending);
	assert_string_equal(HELP_OLD, tree());
	assert_null(fake_get(STATE "/JOURNAL"));
	fake_use(CLIENT "/HELP/I.TXT", FAKE_FREE);
	assert_int_equal(ERR_HOST, run());
	assert_string_equal(TREE_TWO, tree());
}

static void
journal_whose_content_is_lost_is_compared_anew(void **state)
{
	(void)state;
	cut_off();
	fake_drop(STAGE);
	assert_int_equal(0, run());
	assert_true(r.recovery.notes.len > 0);
	assert_string_equal(TREE_TWO, fake_tree(CLIENT));
	assert_phase("2", "installed");
}

static void
free_when_begun(void *arg, const char *call)
{
	(void)arg;
	(void)call;
	if (fake_get(STATE "/JOURNAL") != NULL)
		fake_use(CLIENT "/HELP/H.TXT", FAKE_FREE);
}

static void
journal_ends_what_waited_before_it(void **state)
{
	static const struct listed three[] = { { "Help", "HELP\\H.TXT",
						   "h three", NULL },
		{ "Help", "HELP\\I.TXT", "i two", NULL }, END };

	(void)state;
	setup_update(NULL);
	fake_use(CLIENT "/HELP/H.TXT", FAKE_RUNNING);
	assert_int_equal(0, run());
	publish(3, three);
	/* The component still waits, for list 2, when list 3 is begun. */
	fake_hook(free_when_begun, NULL);
	/* Cut off behind the journal; the record of list 2 is still there. */
	fake_fail_call("os_dir_flush_all", 2, FAKE_FOREVER, ERR_IO);
	assert_int_equal(ERR_CHANGED, run());
	fake_hook(NULL, NULL);
	fake_fail(0, FAKE_ONCE, 0);
	fake_share(SHARE, FAKE_DOWN, 0);
	assert_int_equal(ERR_HOST, run());
	assert_string_equal("", fake_list(STATE "/pending"));
	assert_string_equal("h three", fake_get(CLIENT "/HELP/H.TXT"));
}

static void
damaged_journal_leads_to_a_full_check(void **state)
{
	(void)state;
	cut_off();
	fake_put(STATE "/JOURNAL", "[Journal]\r\nnot whole");
	fake_share(SHARE, FAKE_DOWN, 0);
	assert_int_equal(ERR_HOST, run());
	assert_true(r.recovery.damaged);
	assert_null(fake_get(STATE "/JOURNAL"));
	assert_phase("1", "verify_files");
	fake_share(SHARE, FAKE_UP, 0);
	assert_int_equal(0, run());
	assert_string_equal(TREE_TWO, fake_tree(CLIENT));
	assert_phase("2", "installed");
}

static void
damaged_journal_of_a_client_that_says_installed_does_too(void **state)
{
	(void)state;
	setup_update(NULL);
	fake_put(STATE "/JOURNAL", "not whole");
	assert_phase("1", "installed");
	fake_share(SHARE, FAKE_DOWN, 0);
	assert_int_equal(ERR_HOST, run());
	assert_phase("1", "verify_files");
}

static void
journal_that_cannot_be_read_stops_the_run(void **state)
{
	(void)state;
	cut_off();
	fake_deny(STATE "/JOURNAL", ERR_ACCES);
	assert_int_equal(ERR_ACCES, run());
	assert_true(r.why.len > 0);
	fake_deny(STATE "/JOURNAL", 0);
	assert_int_equal(0, run());
	assert_string_equal(TREE_TWO, fake_tree(CLIENT));
}

/* I9, over two lists: what the first run that was cut off meant to place is
 * there or not, and so is what the second one meant. */
static void
runs_cut_off_one_after_the_other_own_what_they_placed(void **state)
{
	static const struct listed lists[][2] = {
		{ { "Help", "HELP\\N.TXT", "n one", NULL }, END },
		{ { "Help", "HELP\\N.TXT", "n two", NULL }, END },
	};

	(void)state;
	for (unsigned n = 1; n < 400; n += 3) {
		for (unsigned m = 1; m < 400; m += 37) {
			const char *is;
			bool theirs;

			setup(NULL);
			fake_put(CLIENT "/HELP/N.TXT", "theirs");
			for (int i = 0; i < 2; i++) {
				publish((uint64_t)i + 1, lists[i]);
				fake_fail(i == 0 ? n : m, FAKE_FOREVER, ERR_IO);
				run();
				fake_fail(0, FAKE_ONCE, 0);
			}
			is = fake_get(CLIENT "/HELP/N.TXT");
			assert_non_null(is);
			theirs = strcmp(is, "theirs") == 0 &&
			    fake_get(STATE "/JOURNAL") == NULL;
			publish(3, nothing);
			assert_int_equal(0, run());
			assert_string_equal(
			    theirs ? "HELP/\nHELP/N.TXT=theirs\n" : "",
			    fake_tree(CLIENT));
		}
	}
}

static void
first_install_is_recovered_before_there_is_an_sms_ini(void **state)
{
	(void)state;
	for (unsigned n = 1; fake_get(STATE "/JOURNAL") == NULL; n++) {
		setup(NULL);
		publish(1, one);
		fake_fail(n, FAKE_FOREVER, ERR_IO);
		run();
		fake_fail(0, FAKE_ONCE, 0);
		assert_true(n < 5000);
	}
	assert_null(fake_get(INI));
	fake_share(SHARE, FAKE_DOWN, 0);
	assert_int_equal(ERR_HOST, run());
	assert_string_equal(TREE_ONE, tree());
	assert_null(fake_get(INI));
	fake_share(SHARE, FAKE_UP, 0);
	assert_int_equal(0, run());
	assert_phase("1", "installed");
}

static void
damaged_installed_list_is_made_from_the_list_taken_last(void **state)
{
	(void)state;
	fake_put(STATE "/INSTALLED.TXT", "damaged");
	fake_put(CLIENT "/HELP/MINE.TXT", "mine");
	publish(3, nothing);
	assert_int_equal(0, run());
	assert_string_equal("HELP/\nHELP/MINE.TXT=mine\n", fake_tree(CLIENT));
}

static void
lost_installed_list_is_made_from_the_list_taken_last(void **state)
{
	(void)state;
	fake_drop(STATE "/INSTALLED.TXT");
	fake_put(CLIENT "/HELP/MINE.TXT", "mine");
	publish(3, nothing);
	assert_int_equal(0, run());
	assert_string_equal("HELP/\nHELP/MINE.TXT=mine\n", fake_tree(CLIENT));
}

static void
list_that_tells_what_is_ours_must_be_read(void **state)
{
	(void)state;
	fake_drop(STATE "/INSTALLED.TXT");
	publish(3, nothing);
	fake_deny(STATE "/CL_NT.TXT", ERR_IO);
	assert_int_equal(ERR_IO, run());
	assert_string_equal(TREE_ONE, fake_tree(CLIENT));
	fake_deny(STATE "/CL_NT.TXT", 0);
	assert_int_equal(0, run());
	assert_string_equal("", fake_list(CLIENT));
}

static void
store_file_that_cannot_be_read_holds_its_component_alone(void **state)
{
	(void)state;
	/* Of head, list and three files the second one. */
	fake_fail_call("os_share_start", 4, FAKE_ONCE, ERR_IO);
	assert_int_equal(0, run());
	assert_int_equal(1, r.result.held);
	assert_int_equal(1, r.result.done);
	assert_int_equal(0, run());
	assert_int_equal(0, r.result.held);
	assert_string_equal(TREE_TWO, fake_tree(CLIENT));
}

static void
commands_of_a_damaged_sms_ini_are_told(void **state)
{
	(void)state;
	fake_put(INI, "[SMS Work]\r\nPendingWork=one\r\n\x01");
	fake_put(ROOT "/SMS.BAK", "[SMS]\r\n[SMS Work]\r\nPendingWork=one\r\n");
	assert_int_equal(0, run());
	assert_true(r.result.parked);
	assert_string_equal("one", ini_value("SMS Work", "ParkedWork"));
	assert_phase("2", "installed");
}

/* Services */

static int
refuse(void *arg, const char *component, struct buf *reason)
{
	if (strcmp(component, arg) != 0)
		return 0;
	buf_add_text(reason, "it refuses");
	return ERR_TIMEOUT;
}

static int
refuse_request(void *arg, bool all_in)
{
	(void)all_in;
	*(int *)arg += 1;
	return ERR_ACCES;
}

static void
service_that_does_not_stop_is_not_touched(void **state)
{
	const struct try_options o = { .hooks = {
					   .before = refuse, .arg = "Help" } };

	(void)state;
	assert_int_equal(0, run_as(&o));
	assert_string_equal(HELP_OLD, tree());
	assert_int_equal(UPDATE_HELD, outcome("Help")->state);
	assert_string_equal("it refuses", outcome("Help")->reason);
	assert_phase("1", "verify_files");
}

static void
service_that_does_not_start_gets_its_old_files_back(void **state)
{
	const struct try_options o = { .hooks = {
					   .placed = refuse, .arg = "Help" } };

	(void)state;
	assert_int_equal(0, run_as(&o));
	assert_string_equal(HELP_OLD, tree());
	assert_int_equal(UPDATE_HELD, outcome("Help")->state);
	assert_null(fake_get(STATE "/JOURNAL"));
	run_free(&r);
	assert_int_equal(0, run());
	assert_string_equal(TREE_TWO, fake_tree(CLIENT));
}

static void
version_is_not_stored_when_the_request_cannot_be_made(void **state)
{
	int asked = 0;
	const struct try_options o = { .hooks = { .request = refuse_request,
					   .arg = &asked } };

	(void)state;
	assert_int_equal(0, run_as(&o));
	assert_int_equal(1, asked);
	assert_true(r.result.unasked);
	assert_phase("1", "verify_files");
	assert_string_equal(TREE_TWO, fake_tree(CLIENT));
	assert_int_equal(0, run());
	assert_phase("2", "installed");
}

static const struct listed service[] = { { "STANDARD", "BIN\\A.EXE", "a two",
					     "x" },
	{ "+Service", "BIN\\S.EXE", "s one", "x" },
	{ "+Service", "HELP\\H.TXT", "h service", NULL }, END };

/* Two services, the second of which needs the first. */
static const struct listed pair_one[] = { { "+First", "BIN\\F.EXE", "f one",
					      "x" },
	{ "+Second", "BIN\\S.EXE", "s one", "x" }, END };
static const struct listed pair_two[] = { { "+First", "BIN\\F.EXE", "f two",
					      "x" },
	{ "+Second", "BIN\\S.EXE", "s two", "x" }, END };

/* Which hook was called for what, and what stood there then. */
static struct buf called;
static const char *refused; /* "placed First": this call fails */
static const char *dies;    /* the same, and nothing can be written then */

static int
note_call(const char *hook, const char *component)
{
	char text[80];

	snprintf(text, sizeof text, "%s %s", hook, component);
	buf_format(&called, "%s (%s, %s, settling %s)\n", text,
	    fake_get(CLIENT "/BIN/F.EXE"), fake_get(CLIENT "/BIN/S.EXE"),
	    fake_get(STATE "/JOURNAL") != NULL &&
		    strstr(fake_get(STATE "/JOURNAL"), "Settling=yes") != NULL
		? "yes"
		: "no");
	if (dies != NULL && strcmp(text, dies) == 0) {
		fake_fail(1, FAKE_FOREVER, ERR_IO);
		return ERR_IO;
	}
	return refused != NULL && strcmp(text, refused) == 0 ? ERR_TIMEOUT : 0;
}

static int
note_before(void *arg, const char *component, struct buf *reason)
{
	(void)arg;
	(void)reason;
	return note_call("before", component);
}

static int
note_placed(void *arg, const char *component, struct buf *reason)
{
	(void)arg;
	buf_add_text(reason, "it did not run");
	return note_call("placed", component);
}

static void
note_undone(void *arg, const char *component)
{
	(void)arg;
	note_call("undone", component);
}

static const struct try_options noting = { .services = true,
	.hooks = { .before = note_before,
	    .placed = note_placed,
	    .undone = note_undone } };

static void
start_pair(const char *refuse_what)
{
	run_free(&r);
	start_client();
	publish(1, pair_one);
	assert_int_equal(0, run_as(&noting));
	run_free(&r);
	buf_clear(&called);
	publish(2, pair_two);
	refused = refuse_what;
	dies = NULL;
}

static void
services_stop_in_reverse_and_start_in_order(void **state)
{
	(void)state;
	start_pair(NULL);
	assert_int_equal(0, run_as(&noting));
	assert_string_equal("before Second (f one, s one, settling yes)\n"
			    "before First (f one, s one, settling yes)\n"
			    "placed First (f two, s one, settling yes)\n"
			    "placed Second (f two, s two, settling yes)\n",
	    buf_text(&called));
	assert_phase("2", "installed");
	buf_free(&called);
}

static void
service_that_does_not_run_keeps_no_version_back(void **state)
{
	(void)state;
	start_pair("placed First");
	assert_int_equal(0, run_as(&noting));
	assert_string_equal("before Second (f one, s one, settling yes)\n"
			    "before First (f one, s one, settling yes)\n"
			    "placed First (f two, s one, settling yes)\n"
			    "undone First (f one, s one, settling yes)\n"
			    "placed Second (f one, s two, settling yes)\n",
	    buf_text(&called));
	assert_string_equal("it did not run", outcome("First")->reason);
	assert_int_equal(1, r.result.services_held);
	assert_null(fake_get(STATE "/JOURNAL"));
	assert_phase("2", "installed");
	buf_free(&called);
}

/* The machine dies while a service is being watched. */
static void
service_that_was_being_watched_gets_its_old_files_back(void **state)
{
	(void)state;
	start_pair(NULL);
	dies = "placed Second";
	assert_int_equal(ERR_CHANGED, run_as(&noting));
	fake_fail(0, FAKE_ONCE, 0);
	fake_power_cut();
	dies = NULL;
	run_free(&r);
	fake_share(SHARE, FAKE_DOWN, 0);
	assert_int_equal(ERR_HOST, run());
	assert_int_equal(1, r.recovery.put_back);
	/* What had settled stays. */
	assert_string_equal("f two", fake_get(CLIENT "/BIN/F.EXE"));
	assert_string_equal("s one", fake_get(CLIENT "/BIN/S.EXE"));
	assert_null(fake_get(STATE "/JOURNAL"));
	fake_share(SHARE, FAKE_UP, 0);
	run_free(&r);
	assert_int_equal(0, run_as(&noting));
	assert_string_equal("s two", fake_get(CLIENT "/BIN/S.EXE"));
	buf_free(&called);
}

/* What was not stopped is not placed by whoever comes after a kill either. */
static void
service_that_did_not_stop_is_not_placed_by_recovery(void **state)
{
	(void)state;
	start_pair("before First");
	dies = "placed Second";
	assert_int_equal(ERR_CHANGED, run_as(&noting));
	fake_fail(0, FAKE_ONCE, 0);
	fake_power_cut();
	run_free(&r);
	fake_share(SHARE, FAKE_DOWN, 0);
	assert_int_equal(ERR_HOST, run());
	assert_int_equal(2, r.recovery.put_back);
	assert_string_equal("f one", fake_get(CLIENT "/BIN/F.EXE"));
	assert_string_equal("s one", fake_get(CLIENT "/BIN/S.EXE"));
	buf_free(&called);
}

static void
services_are_left_to_those_who_stop_them(void **state)
{
	const struct try_options with = { .services = true };

	(void)state;
	publish(3, service);
	assert_int_equal(0, run());
	assert_null(fake_get(CLIENT "/BIN/S.EXE"));
	/* A file that moves to the service stays until that is updated. */
	assert_string_equal("h one", fake_get(CLIENT "/HELP/H.TXT"));
	assert_null(fake_get(CLIENT "/HELP/I.TXT"));
	assert_phase("3", "installed");
	publish(4, service);
	assert_int_equal(0, run_as(&with));
	assert_string_equal("BIN/\nBIN/A.EXE=a two\nBIN/S.EXE=s one\nHELP/\n"
			    "HELP/H.TXT=h service\n",
	    fake_tree(CLIENT));
	/* And when the list drops it, only its own program removes it. */
	publish(5, nothing);
	assert_int_equal(0, run());
	assert_string_equal("BIN/\nBIN/S.EXE=s one\nHELP/\n"
			    "HELP/H.TXT=h service\n",
	    fake_tree(CLIENT));
	publish(6, nothing);
	assert_int_equal(0, run_as(&with));
	assert_string_equal("", fake_tree(CLIENT));
}

static void
record_of_a_service_stays_with_those_who_stop_it(void **state)
{
	const struct try_options with = { .services = true };

	(void)state;
	publish(3, service);
	assert_int_equal(0, run_as(&with));
	static const struct listed next[] = { { "STANDARD", "BIN\\A.EXE",
						  "a two", "x" },
		{ "+Service", "BIN\\S.EXE", "s two", "x" }, END };
	publish(4, next);
	fake_use(CLIENT "/BIN/S.EXE", FAKE_RUNNING);
	assert_int_equal(0, run_as(&with));
	assert_int_equal(1, r.result.pending);
	publish(5, next);
	assert_int_equal(0, run());
	assert_string_not_equal("", fake_list(STATE "/pending"));
	/* Not under a service that runs. */
	fake_use(CLIENT "/BIN/S.EXE", FAKE_FREE);
	assert_int_equal(0, run());
	assert_string_equal("s one", fake_get(CLIENT "/BIN/S.EXE"));
	publish(6, next);
	assert_int_equal(0, run_as(&with));
	assert_string_equal("s two", fake_get(CLIENT "/BIN/S.EXE"));
	assert_string_equal("", fake_list(STATE "/pending"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define UPDATE(name) \
	cmocka_unit_test_setup_teardown(name, setup_update, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(install_puts_every_file_with_time_and_flags),
		UPDATE(update_changes_what_differs_and_fetches_nothing_else),
		UPDATE(list_without_changes_only_raises_the_version),
		UPDATE(component_that_leaves_the_list_is_removed),
		UPDATE(empty_list_removes_what_is_ours_and_nothing_else),
		UPDATE(
		    digest_is_cached_only_behind_a_stamp_that_proves_something),
		UPDATE(file_that_was_changed_or_deleted_comes_back),
		UPDATE(domain_ini_goes_with_its_list),
		UPDATE(letter_case_changes_where_names_keep_it),
		UPDATE(letter_case_changes_where_names_ignore_it),
		UPDATE(missing_store_file_holds_its_component_alone),
		UPDATE(all_files_that_are_missing_are_named),
		UPDATE(wrong_store_content_holds_its_component_alone),
		UPDATE(unreadable_store_file_holds_its_component_alone),
		UPDATE(foreign_file_in_a_folder_in_the_way_holds_its_component),
		UPDATE(tries_of_a_held_list_grow_to_eight_hours),
		UPDATE(files_of_a_held_component_stay_owned),
		UPDATE(new_files_of_a_held_component_are_not_owned),
		UPDATE(busy_file_makes_its_component_wait_whole),
		UPDATE(newer_list_replaces_what_waited),
		UPDATE(record_of_a_component_that_left_goes),
		UPDATE(
		    component_that_leaves_while_it_waits_goes_with_what_it_would_bring),
		UPDATE(what_waits_for_a_held_component_still_waits),
		UPDATE(what_waited_does_not_take_back_a_file_that_moved_on),
		UPDATE(what_waited_and_was_renamed_is_owned),
		UPDATE(what_waited_is_durable_before_its_record_goes),
		UPDATE(waiting_content_that_is_lost_is_fetched_again),
		UPDATE(volume_that_is_too_small_changes_nothing),
		UPDATE(volume_that_becomes_full_leaves_nothing_behind),
		UPDATE(pieces_that_are_staged_need_no_space_again),
		UPDATE(
		    server_that_goes_away_changes_nothing_and_whole_pieces_are_kept),
		UPDATE(piece_that_was_cut_off_is_fetched_again),
		UPDATE(request_to_stop_is_no_loss_of_the_server),
		UPDATE(sms_ini_that_cannot_be_written_changes_nothing),
		TEST(journal_is_carried_out_without_the_server),
		TEST(
		    journal_is_carried_out_after_a_power_cut_and_before_another),
		TEST(journal_of_a_finished_run_leads_to_a_check),
		TEST(journal_that_can_be_neither_done_nor_undone_waits),
		TEST(journal_whose_files_are_busy_becomes_pending),
		TEST(journal_whose_content_is_lost_is_compared_anew),
		TEST(journal_ends_what_waited_before_it),
		TEST(damaged_journal_leads_to_a_full_check),
		TEST(damaged_journal_of_a_client_that_says_installed_does_too),
		TEST(journal_that_cannot_be_read_stops_the_run),
		TEST(runs_cut_off_one_after_the_other_own_what_they_placed),
		TEST(first_install_is_recovered_before_there_is_an_sms_ini),
		UPDATE(lost_installed_list_is_made_from_the_list_taken_last),
		UPDATE(list_that_tells_what_is_ours_must_be_read),
		UPDATE(
		    store_file_that_cannot_be_read_holds_its_component_alone),
		UPDATE(damaged_installed_list_is_made_from_the_list_taken_last),
		UPDATE(commands_of_a_damaged_sms_ini_are_told),
		UPDATE(service_that_does_not_stop_is_not_touched),
		UPDATE(service_that_does_not_start_gets_its_old_files_back),
		UPDATE(version_is_not_stored_when_the_request_cannot_be_made),
		UPDATE(services_are_left_to_those_who_stop_them),
		UPDATE(services_stop_in_reverse_and_start_in_order),
		UPDATE(service_that_does_not_run_keeps_no_version_back),
		UPDATE(service_that_was_being_watched_gets_its_old_files_back),
		UPDATE(service_that_did_not_stop_is_not_placed_by_recovery),
		UPDATE(record_of_a_service_stays_with_those_who_stop_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
