/* Tests of lib/plan: what is kept, added, replaced, renamed and removed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../lib/installed.h"
#include "../../lib/plan.h"
#include "../../lib/step.h"
#include "client.h"

#define END                            \
	{                              \
		NULL, NULL, NULL, NULL \
	}

static struct os_dir *client;
static struct installed set;
static struct copylist *list;
static struct plan plan;
static struct plan_job job;
static struct buf shown, why;

static int
setup(void **state)
{
	(void)state;
	start_client();
	assert_int_equal(0, os_dir_open(CLIENT, &client));
	job = (struct plan_job){ .client = client,
		.installed = &set,
		.files = true,
		.now = FAKE_START };
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	plan_free(&plan);
	installed_free(&set);
	copylist_free(list);
	list = NULL;
	buf_free(&shown);
	buf_free(&why);
	os_dir_close(client);
	assert_int_equal(0, fake_handles());
	return 0;
}

static void
wanted(const struct listed *files)
{
	char *text = list_text(1, files);

	copylist_free(list);
	list = parse_list(text, strlen(text));
	assert_non_null(list);
	job.list = list;
	free(text);
}

/* An owned file with that content, and how it stands (nothing: not there). */
static struct installed_file *
own(const char *component, const char *name, const char *content)
{
	struct installed_file *f;
	struct os_info info;
	char path[200];
	bool service = *component == '+';

	assert_int_equal(
	    0, installed_add(&set, component + service, service, name, &f));
	snprintf(path, sizeof path, CLIENT "/%s", name);
	f->id = 1;
	if (content == NULL)
		return f;
	fake_put(path, content);
	fake_stamp(path, MTIME, 0);
	fake_info(path, &info);
	digest_text(content, f->digest);
	f->size = info.size;
	f->mtime = info.mtime;
	f->id = info.id;
	return f;
}

static void
show_component(const struct plan_component *c)
{
	buf_format(&shown, "%s%s:", c->name, c->gone ? " (gone)" : "");
	if (c->held != NULL)
		buf_format(&shown, " held: %s", c->held);
	buf_add_text(&shown, "\n");
	for (size_t i = 0; i < c->count; i++) {
		const struct plan_row *row = &c->rows[i];

		buf_format(&shown, "\t%s ", plan_action_name(row->action));
		if (row->from != NULL)
			buf_format(&shown, "%s -> ", row->from);
		buf_format(&shown, "%s: %s\n", row->name, row->why);
	}
}

/* The plan as text. */
static const char *
planned(void)
{
	plan_free(&plan);
	assert_int_equal(0, plan_make(&job, &plan, &why));
	buf_clear(&shown);
	for (size_t i = 0; i < plan.count; i++)
		show_component(&plan.components[i]);
	return buf_text(&shown);
}

/* The steps of the first component, "place A; remove B; " */
static const char *
steps_of(size_t component)
{
	static const char *const kinds[] = { "place", "move", "remove",
		"clear" };
	struct steps steps;

	buf_clear(&shown);
	assert_int_equal(0, plan_steps(&plan.components[component], &steps));
	for (size_t i = 0; i < steps.count; i++)
		buf_format(&shown, "%s %s; ", kinds[steps.list[i].kind],
		    steps.list[i].name);
	steps_free(&steps);
	return buf_text(&shown);
}

static const struct listed two[] = { { "STANDARD", "BIN\\A.EXE", "a", NULL },
	{ "STANDARD", "DATA\\B.TXT", "b", NULL }, END };

static void
everything_is_added_where_nothing_is(void **state)
{
	(void)state;
	wanted(two);
	assert_string_equal("STANDARD:\n\tadd BIN/A.EXE: new in the list\n"
			    "\tadd DATA/B.TXT: new in the list\n",
	    planned());
	assert_int_equal(2, plan.changes);
	assert_int_equal(2, plan.fetch_files);
	assert_int_equal(2, plan.fetch_bytes);
	job.client = NULL; /* there is no client root yet */
	planned();
	assert_int_equal(2, plan.changes);
}

static void
what_is_as_the_list_says_is_kept_unread(void **state)
{
	unsigned before;

	(void)state;
	own("STANDARD", "BIN/A.EXE", "a");
	own("STANDARD", "DATA/B.TXT", "b");
	wanted(two);
	before = fake_calls_of("os_open");
	assert_string_equal("STANDARD:\n\tkeep BIN/A.EXE: unchanged\n"
			    "\tkeep DATA/B.TXT: unchanged\n",
	    planned());
	assert_int_equal(before, fake_calls_of("os_open"));
	assert_int_equal(0, plan.changes);
	assert_string_equal("", steps_of(0));
}

static void
foreign_file_with_the_right_content_is_kept(void **state)
{
	(void)state;
	fake_put(CLIENT "/BIN/A.EXE", "a");
	fake_put(CLIENT "/DATA/B.TXT", "c");
	wanted(two);
	assert_string_equal("STANDARD:\n\tkeep BIN/A.EXE: is there already\n"
			    "\treplace DATA/B.TXT: content differs\n",
	    planned());
	assert_true(plan.components[0].rows[1].over);
}

static void
what_differs_is_replaced_and_what_went_is_added(void **state)
{
	(void)state;
	own("STANDARD", "BIN/A.EXE", "older");
	own("STANDARD", "DATA/B.TXT", NULL);
	wanted(two);
	assert_string_equal("STANDARD:\n\treplace BIN/A.EXE: size differs\n"
			    "\tadd DATA/B.TXT: was missing\n",
	    planned());
}

/* The file of that name, its cached digest and a change of one of the marks
 * that the digest is known by. */
static unsigned
reads_after(int64_t mtime, uint64_t id, uint64_t size, bool verify)
{
	struct installed_file *f;
	unsigned before;

	installed_free(&set);
	own("STANDARD", "BIN/A.EXE", "a");
	own("STANDARD", "DATA/B.TXT", "b");
	f = installed_find(&set, "bin/a.exe");
	f->mtime += mtime;
	f->id += id;
	f->size += size;
	job.verify = verify;
	before = fake_calls_of("os_open");
	assert_non_null(strstr(planned(), "keep BIN/A.EXE"));
	return fake_calls_of("os_open") - before;
}

static void
cached_digest_counts_while_size_time_and_inode_do(void **state)
{
	(void)state;
	wanted(two);
	assert_int_equal(0, reads_after(0, 0, 0, false));
	assert_int_equal(1, reads_after(1, 0, 0, false));
	assert_int_equal(1, reads_after(0, 1, 0, false));
	assert_int_equal(1, reads_after(0, 0, 1, false));
	assert_int_equal(2, reads_after(0, 0, 0, true));
}

static void
file_changed_in_the_last_two_seconds_is_read(void **state)
{
	(void)state;
	wanted(two);
	job.now = MTIME + 2 * OS_SECOND;
	assert_int_equal(2, reads_after(0, 0, 0, false));
	job.now++;
	assert_int_equal(0, reads_after(0, 0, 0, false));
	job.now = MTIME - OS_SECOND; /* a stamp from the future */
	assert_int_equal(2, reads_after(0, 0, 0, false));
}

static void
content_that_was_changed_behind_its_stamp_is_found_by_verifying(void **state)
{
	struct os_info info;

	(void)state;
	own("STANDARD", "BIN/A.EXE", "x");
	own("STANDARD", "DATA/B.TXT", "b");
	digest_text("a", installed_find(&set, "bin/a.exe")->digest);
	wanted(two);
	fake_info(CLIENT "/BIN/A.EXE", &info);
	assert_non_null(strstr(planned(), "keep BIN/A.EXE"));
	job.verify = true;
	assert_non_null(
	    strstr(planned(), "replace BIN/A.EXE: content differs"));
}

static void
attributes_count_where_the_system_shows_them(void **state)
{
	static const struct listed flagged[] = { { "STANDARD", "A", "a", "xh" },
		END };

	(void)state;
	own("STANDARD", "A", "a");
	wanted(flagged);
	assert_string_equal(
	    "STANDARD:\n\treplace A: attributes differ\n", planned());
	fake_stamp(CLIENT "/A", MTIME, OS_EXEC); /* not hidden */
	assert_non_null(strstr(planned(), "keep A"));
}

static void
link_or_device_is_replaced(void **state)
{
	(void)state;
	fake_put_special(CLIENT "/BIN/A.EXE", OS_LINK);
	fake_put_special(CLIENT "/DATA/B.TXT", OS_OTHER);
	wanted(two);
	assert_string_equal(
	    "STANDARD:\n"
	    "\treplace BIN/A.EXE: a link or special file stands there\n"
	    "\treplace DATA/B.TXT: a link or special file stands there\n",
	    planned());
}

static void
link_on_the_way_holds_the_component(void **state)
{
	(void)state;
	fake_put_special(CLIENT "/BIN", OS_LINK);
	wanted(two);
	assert_non_null(strstr(planned(),
	    "STANDARD: held: BIN/A.EXE: a link "
	    "stands in the path"));
	assert_int_equal(0, plan.fetch_files);
}

static void
unreadable_file_is_replaced(void **state)
{
	(void)state;
	own("STANDARD", "BIN/A.EXE", "a")->mtime = 0;
	wanted(two);
	fake_use(CLIENT "/BIN/A.EXE", FAKE_EXCLUSIVE);
	assert_non_null(strstr(planned(), "replace BIN/A.EXE: cannot be read"));
}

static void
file_that_cannot_be_looked_at_ends_the_plan(void **state)
{
	(void)state;
	own("STANDARD", "BIN/A.EXE", "a");
	own("STANDARD", "GONE.TXT", "gone");
	wanted(two);
	fake_deny(CLIENT "/BIN", ERR_ACCES);
	assert_int_equal(ERR_ACCES, plan_make(&job, &plan, &why));
	assert_string_equal(
	    "BIN/A.EXE: cannot look at it: permission denied", buf_text(&why));
	fake_deny(CLIENT "/BIN", 0);
	/* One that is to go is not forgotten. */
	fake_deny(CLIENT "/GONE.TXT", ERR_IO);
	assert_int_equal(ERR_IO, plan_make(&job, &plan, &why));
}

/* Removals */

static void
file_that_is_not_listed_is_removed_when_it_is_ours(void **state)
{
	(void)state;
	own("STANDARD", "OLD.TXT", "old");
	own("Left", "LEFT.TXT", "left");
	fake_put(CLIENT "/MINE.TXT", "mine");
	wanted(two);
	assert_string_equal(
	    "STANDARD:\n\tadd BIN/A.EXE: new in the list\n"
	    "\tadd DATA/B.TXT: new in the list\n"
	    "\tremove OLD.TXT: not in the list any more\n"
	    "Left (gone):\n\tremove LEFT.TXT: not in the list any more\n",
	    planned());
	assert_int_equal(4, plan.changes);
	assert_string_equal("place BIN/A.EXE; place DATA/B.TXT; "
			    "remove OLD.TXT; ",
	    steps_of(0));
}

static void
component_whose_letter_case_changed_is_the_same(void **state)
{
	(void)state;
	own("Standard", "OLD.TXT", "old");
	wanted(two);
	planned();
	assert_int_equal(1, plan.count);
	assert_int_equal(3, plan.components[0].count);
}

static void
file_that_went_by_itself_is_only_forgotten(void **state)
{
	(void)state;
	own("STANDARD", "OLD.TXT", NULL);
	own("STANDARD", "FOLDER", NULL);
	fake_put(CLIENT "/FOLDER/MINE.TXT", "mine");
	wanted(two);
	planned();
	assert_int_equal(2, plan.changes);
	assert_string_equal("place BIN/A.EXE; place DATA/B.TXT; ", steps_of(0));
}

static void
file_that_was_never_placed_is_only_forgotten(void **state)
{
	struct installed_file *f;

	(void)state;
	f = own("STANDARD", "OLD.TXT", "theirs");
	f->id = 0;
	digest_text("ours", f->digest);
	wanted(two);
	planned();
	assert_int_equal(2, plan.changes);
	digest_text("theirs", f->digest); /* it was placed after all */
	planned();
	assert_int_equal(3, plan.changes);
}

/* Names that stand in each other's way */

static const struct listed file[] = { { "STANDARD", "HELP", "help", NULL },
	END };
static const struct listed deep[] = {
	{ "STANDARD", "HELP\\A\\B.TXT", "b", NULL }, END
};

static void
folder_becomes_a_file(void **state)
{
	(void)state;
	own("STANDARD", "HELP/A/B.TXT", "b");
	own("Other", "HELP/C.TXT", "c");
	wanted(file);
	assert_string_equal(
	    "STANDARD:\n"
	    "\tclear HELP: a folder stands where a file belongs\n"
	    "\tadd HELP: new in the list\n"
	    "\tremove HELP/A/B.TXT: its name is needed\n"
	    "\tremove HELP/C.TXT: its name is needed\n",
	    planned());
	assert_string_equal("remove HELP/A/B.TXT; remove HELP/C.TXT; "
			    "clear HELP; place HELP; ",
	    steps_of(0));
}

static void
file_becomes_a_folder(void **state)
{
	(void)state;
	own("STANDARD", "HELP", "help");
	wanted(deep);
	assert_string_equal("STANDARD:\n\tadd HELP/A/B.TXT: new in the list\n"
			    "\tremove HELP: its name is needed\n",
	    planned());
	assert_string_equal("remove HELP; place HELP/A/B.TXT; ", steps_of(0));
}

static void
empty_folders_are_in_nobodys_way(void **state)
{
	(void)state;
	fake_put_folder(CLIENT "/HELP/A/B");
	wanted(file);
	planned();
	assert_string_equal("clear HELP; place HELP; ", steps_of(0));
}

static void
foreign_file_in_a_folder_in_the_way_holds_the_component(void **state)
{
	(void)state;
	own("STANDARD", "HELP/A/B.TXT", "b");
	fake_put(CLIENT "/HELP/A/MINE.TXT", "mine");
	wanted(file);
	assert_non_null(strstr(planned(),
	    "STANDARD: held: HELP: a folder "
	    "stands there, and HELP/A/MINE.TXT in it is not ours"));
	fake_drop(CLIENT "/HELP/A/MINE.TXT");
	fake_put_special(CLIENT "/HELP/LINK", OS_LINK);
	assert_non_null(strstr(planned(), "HELP/LINK in it is not ours"));
}

static void
folders_deeper_than_64_are_in_the_way(void **state)
{
	struct buf path = BUF_INIT;
	int i;

	(void)state;
	buf_add_text(&path, CLIENT "/HELP");
	for (i = 0; i < 64; i++)
		buf_add_text(&path, "/d");
	fake_put_folder(buf_text(&path));
	wanted(file);
	assert_non_null(strstr(planned(), "clear HELP"));
	buf_add_text(&path, "/d");
	fake_put_folder(buf_text(&path));
	assert_non_null(strstr(planned(), "STANDARD: held: HELP: a folder"));
	buf_free(&path);
}

static void
foreign_file_where_a_folder_belongs_holds_the_component(void **state)
{
	(void)state;
	fake_put(CLIENT "/HELP", "mine");
	wanted(deep);
	assert_non_null(strstr(planned(),
	    "STANDARD: held: HELP/A/B.TXT: HELP "
	    "is not a folder, and not ours"));
}

static void
file_that_was_never_placed_is_foreign_in_the_way(void **state)
{
	struct installed_file *f = own("STANDARD", "HELP/A/B.TXT", "theirs");

	(void)state;
	f->id = 0;
	digest_text("ours", f->digest);
	wanted(file);
	assert_non_null(strstr(planned(),
	    "held: HELP: a folder stands there, "
	    "and HELP/A/B.TXT in it is not ours"));
}

static void
two_files_change_places(void **state)
{
	static const struct listed swapped[] = { { "STANDARD", "A", "b", NULL },
		{ "STANDARD", "B", "a", NULL }, END };

	(void)state;
	own("STANDARD", "A", "a");
	own("STANDARD", "B", "b");
	wanted(swapped);
	assert_string_equal("STANDARD:\n\treplace A: content differs\n"
			    "\treplace B: content differs\n",
	    planned());
}

static void
file_that_moves_to_another_component_is_not_removed(void **state)
{
	static const struct listed moved[] = { { "STANDARD", "A", "a", NULL },
		{ "Other", "B", "b", NULL }, END };

	(void)state;
	own("Other", "A", "a");
	own("STANDARD", "B", "b");
	wanted(moved);
	assert_string_equal("STANDARD:\n\tkeep A: unchanged\n"
			    "Other:\n\tkeep B: unchanged\n",
	    planned());
}

/* Letter case */

static const struct listed cased[] = { { "STANDARD", "A.TXT", "a", NULL },
	END };

static void
letter_case_is_mended(void **state)
{
	for (int i = 0; i < 2; i++) {
		teardown(state);
		setup(state);
		fake_ignore_case(i == 1);
		own("STANDARD", "a.txt", "a");
		wanted(cased);
		assert_string_equal("STANDARD:\n\trename a.txt -> A.TXT: the "
				    "letter case of the name differs\n",
		    planned());
		assert_string_equal("move A.TXT; ", steps_of(0));
		assert_int_equal(0, plan.fetch_files);
	}
}

static void
letter_case_and_content_change_together(void **state)
{
	for (int i = 0; i < 2; i++) {
		teardown(state);
		setup(state);
		fake_ignore_case(i == 1);
		own("STANDARD", "a.txt", "b");
		wanted(cased);
		assert_string_equal("STANDARD:\n\treplace a.txt -> A.TXT: "
				    "content differs\n",
		    planned());
		assert_string_equal("move A.TXT; place A.TXT; ", steps_of(0));
	}
}

static void
two_spellings_are_two_files_where_names_keep_their_case(void **state)
{
	(void)state;
	own("STANDARD", "a.txt", "a");
	fake_put(CLIENT "/A.TXT", "mine");
	wanted(cased);
	planned();
	assert_string_equal("place A.TXT; remove a.txt; ", steps_of(0));
}

static void
old_spelling_that_is_gone_already_is_forgotten(void **state)
{
	(void)state;
	own("STANDARD", "a.txt", NULL);
	fake_put(CLIENT "/A.TXT", "a");
	wanted(cased);
	assert_string_equal(
	    "STANDARD:\n\tkeep A.TXT: is there already\n", planned());
}

static void
old_spelling_that_cannot_be_looked_at_is_not_forgotten(void **state)
{
	(void)state;
	own("STANDARD", "a.txt", "a");
	wanted(cased);
	fake_deny(CLIENT "/a.txt", ERR_IO);
	assert_int_equal(ERR_IO, plan_make(&job, &plan, &why));
}

/* Services */

static const struct listed service[] = { { "STANDARD", "A", "a", NULL },
	{ "+Service", "S", "s", NULL }, { "+Service", "MOVED", "moved", NULL },
	END };

static void
services_are_not_planned_without_being_asked_for(void **state)
{
	(void)state;
	own("+Old service", "OLD", "old");
	own("+Service", "S", "older");
	own("STANDARD", "MOVED", "moved once");
	wanted(service);
	assert_string_equal("STANDARD:\n\tadd A: new in the list\n", planned());
	job.services = true;
	assert_string_equal(
	    "STANDARD:\n\tadd A: new in the list\n"
	    "Service:\n\treplace MOVED: size differs\n"
	    "\treplace S: size differs\n"
	    "Old service (gone):\n\tremove OLD: not in the list any more\n",
	    planned());
}

static void
file_of_a_service_in_the_way_holds_the_component(void **state)
{
	static const struct listed below[] = {
		{ "STANDARD", "S\\A", "a", NULL }, END
	};

	(void)state;
	own("+Service", "S", "s");
	wanted(below);
	assert_non_null(strstr(planned(), "held: S/A: S is not a folder"));
	job.services = true;
	planned();
	assert_string_equal("remove S; place S/A; ", steps_of(0));
}

static void
component_that_is_not_wanted_here_goes(void **state)
{
	(void)state;
	own("STANDARD", "BIN/A.EXE", "a");
	wanted(two);
	list->components[0].wanted = false;
	assert_string_equal("STANDARD (gone):\n"
			    "\tremove BIN/A.EXE: not in the list any more\n",
	    planned());
}

static void
first_reason_to_hold_stays(void **state)
{
	struct plan_component c = { .held = NULL };

	(void)state;
	assert_int_equal(0, plan_hold(&c, "%s: first", "A"));
	assert_int_equal(0, plan_hold(&c, "second"));
	assert_string_equal("A: first", c.held);
	free(c.held);
}

/* Something of each kind: all that the plan has to remember. */
static void
prepare_a_bit_of_all(void)
{
	static const struct listed files[] = {
		{ "STANDARD", "HELP", "help", NULL },
		{ "STANDARD", "BIN\\a.exe", "new", NULL },
		{ "STANDARD", "NEW\\C.TXT", "c", NULL },
		{ "Blocked", "WALL\\D.TXT", "d", NULL },
		{ "Foreign", "MINE", "e", NULL },
		{ "Freed", "OLD\\F.TXT", "f", NULL },
		END,
	};

	own("STANDARD", "HELP/A/B.TXT", "b");
	own("STANDARD", "BIN/A.EXE", "old");
	own("STANDARD", "GONE.TXT", "gone");
	own("Former", "OLD", "old");
	own("Former", "NEVER.TXT", NULL);
	fake_put(CLIENT "/WALL", "theirs");
	fake_put(CLIENT "/MINE/THEIRS.TXT", "theirs");
	wanted(files);
}

static void
files_of_a_missing_folder_are_not_each_looked_for(void **state)
{
	static const struct listed files[] = { { "STANDARD", "NEW\\A", "a",
						   NULL },
		{ "STANDARD", "NEW\\B", "b", NULL },
		{ "STANDARD", "NEW\\C", "c", NULL },
		{ "STANDARD", "NEW2\\D", "d", NULL },
		{ "STANDARD", "OLD\\E", "e", NULL },
		{ "STANDARD", "OLD\\F", "f", NULL },
		{ "STANDARD", "OLD\\NEW\\G", "g", NULL }, END };
	unsigned before;

	(void)state;
	fake_put(CLIENT "/OLD/F", "f");
	fake_put(CLIENT "/NEW2/D", "d");
	wanted(files);
	before = fake_calls_of("os_info");
	assert_string_equal("STANDARD:\n\tadd NEW/A: new in the list\n"
			    "\tadd NEW/B: new in the list\n"
			    "\tadd NEW/C: new in the list\n"
			    "\tkeep NEW2/D: is there already\n"
			    "\tadd OLD/E: new in the list\n"
			    "\tkeep OLD/F: is there already\n"
			    "\tadd OLD/NEW/G: new in the list\n",
	    planned());
	/* Each but B and C, and three folders. */
	assert_int_equal(5 + 3, fake_calls_of("os_info") - before);
}

static void
every_allocation_that_fails_ends_the_plan(void **state)
{
	struct steps steps;
	struct buf whole = BUF_INIT;
	unsigned n = 0;
	bool met;
	int rc;

	(void)state;
	prepare_a_bit_of_all();
	buf_add_text(&whole, planned());
	plan_free(&plan);
	do {
		fake_alloc_fail(++n, FAKE_ONCE);
		rc = plan_make(&job, &plan, NULL);
		met = fake_alloc_met();
		fake_alloc_fail(0, FAKE_ONCE);
		assert_int_equal(met ? ERR_NOMEM : 0, rc);
		plan_free(&plan);
	} while (met);
	assert_true(n > 20);
	assert_string_equal(buf_text(&whole), planned());
	n = 0;
	do {
		fake_alloc_fail(++n, FAKE_ONCE);
		rc = plan_steps(&plan.components[0], &steps);
		met = fake_alloc_met();
		fake_alloc_fail(0, FAKE_ONCE);
		assert_int_equal(met ? ERR_NOMEM : 0, rc);
		if (rc == 0)
			steps_free(&steps);
	} while (met);
	assert_true(n > 3);
	buf_free(&whole);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everything_is_added_where_nothing_is),
		TEST(files_of_a_missing_folder_are_not_each_looked_for),
		TEST(what_is_as_the_list_says_is_kept_unread),
		TEST(foreign_file_with_the_right_content_is_kept),
		TEST(what_differs_is_replaced_and_what_went_is_added),
		TEST(cached_digest_counts_while_size_time_and_inode_do),
		TEST(file_changed_in_the_last_two_seconds_is_read),
		TEST(
		    content_that_was_changed_behind_its_stamp_is_found_by_verifying),
		TEST(attributes_count_where_the_system_shows_them),
		TEST(link_or_device_is_replaced),
		TEST(link_on_the_way_holds_the_component),
		TEST(unreadable_file_is_replaced),
		TEST(file_that_cannot_be_looked_at_ends_the_plan),
		TEST(file_that_is_not_listed_is_removed_when_it_is_ours),
		TEST(component_whose_letter_case_changed_is_the_same),
		TEST(file_that_went_by_itself_is_only_forgotten),
		TEST(file_that_was_never_placed_is_only_forgotten),
		TEST(folder_becomes_a_file),
		TEST(file_becomes_a_folder),
		TEST(empty_folders_are_in_nobodys_way),
		TEST(foreign_file_in_a_folder_in_the_way_holds_the_component),
		TEST(foreign_file_where_a_folder_belongs_holds_the_component),
		TEST(file_that_was_never_placed_is_foreign_in_the_way),
		TEST(two_files_change_places),
		TEST(file_that_moves_to_another_component_is_not_removed),
		TEST(letter_case_is_mended),
		TEST(letter_case_and_content_change_together),
		TEST(two_spellings_are_two_files_where_names_keep_their_case),
		TEST(old_spelling_that_is_gone_already_is_forgotten),
		TEST(old_spelling_that_cannot_be_looked_at_is_not_forgotten),
		TEST(services_are_not_planned_without_being_asked_for),
		TEST(file_of_a_service_in_the_way_holds_the_component),
		TEST(component_that_is_not_wanted_here_goes),
		TEST(first_reason_to_hold_stays),
		TEST(folders_deeper_than_64_are_in_the_way),
		TEST(every_allocation_that_fails_ends_the_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
