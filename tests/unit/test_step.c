/* Tests of lib/step: doing, undoing, and being cut off anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../lib/step.h"
#include "client.h"

#define NAME_LIMIT 200

static struct os_dir *client;
static struct steps steps;

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	fake_put_folder(STAGE);
	assert_int_equal(0, os_dir_open(CLIENT, &client));
	memset(&steps, 0, sizeof steps);
	steps.component = strdup("STANDARD");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	steps_free(&steps);
	os_dir_close(client);
	client = NULL;
	assert_int_equal(0, fake_handles());
	return 0;
}

static const char *
in_client(const char *name)
{
	static char path[NAME_LIMIT];

	snprintf(path, sizeof path, CLIENT "/%s", name);
	return path;
}

static const char *
staged_path(const struct step *s)
{
	struct buf name = BUF_INIT;
	static char path[NAME_LIMIT];

	assert_int_equal(0, step_staged_name(s, &name));
	snprintf(path, sizeof path, "%s", in_client(buf_text(&name)));
	buf_free(&name);
	return path;
}

static const char *
aside_path(const char *name)
{
	const struct step s = { .kind = STEP_PLACE, .name = (char *)name };
	struct buf aside = BUF_INIT;
	static char path[NAME_LIMIT];

	assert_int_equal(0, step_aside_name(&s, &aside));
	snprintf(path, sizeof path, "%s", in_client(buf_text(&aside)));
	buf_free(&aside);
	return path;
}

/* A step that places `content`, and the content in .stage. */
static void
add_place(const char *name, const char *content, bool over)
{
	struct step *s;

	assert_int_equal(0, steps_add(&steps, STEP_PLACE, name, NULL, &s));
	digest_text(content, s->digest);
	s->size = strlen(content);
	s->mtime = MTIME;
	s->over = over;
	fake_put(staged_path(s), content);
	fake_stamp(staged_path(s), MTIME, 0);
}

static void
add_remove(const char *name)
{
	assert_int_equal(0, steps_add(&steps, STEP_REMOVE, name, NULL, NULL));
}

static int
do_steps(struct steps_outcome *outcome)
{
	return steps_do(client, &steps, false, outcome);
}

static void
done_well(void)
{
	struct steps_outcome outcome;

	assert_int_equal(0, do_steps(&outcome));
	steps_finish(client, &steps);
	assert_string_equal("", fake_list(STAGE));
}

static void
new_file_is_placed_with_its_folders(void **state)
{
	struct os_info info;

	(void)state;
	add_place("BIN/DEEP/A.TXT", "new", false);
	done_well();
	assert_string_equal(".stage/\nBIN/\nBIN/DEEP/\nBIN/DEEP/A.TXT=new\n",
	    fake_tree(CLIENT));
	assert_true(fake_info(CLIENT "/BIN/DEEP/A.TXT", &info));
	assert_int_equal(MTIME, info.mtime);
}

static void
old_file_is_replaced_and_not_left_aside(void **state)
{
	(void)state;
	fake_put(CLIENT "/A.TXT", "old");
	add_place("A.TXT", "new", true);
	done_well();
	assert_string_equal("new", fake_get(CLIENT "/A.TXT"));
}

static void
file_is_removed_with_folders_that_are_empty_then(void **state)
{
	(void)state;
	fake_put(CLIENT "/BIN/DEEP/A.TXT", "old");
	fake_put(CLIENT "/BIN/MINE.TXT", "mine");
	add_remove("BIN/DEEP/A.TXT");
	done_well();
	assert_string_equal(
	    ".stage/\nBIN/\nBIN/MINE.TXT=mine\n", fake_tree(CLIENT));
}

static void
removing_what_is_gone_is_no_error(void **state)
{
	(void)state;
	add_remove("BIN/DEEP/A.TXT");
	done_well();
}

static void
letter_case_changes_where_names_ignore_case(void **state)
{
	(void)state;
	fake_ignore_case(true);
	fake_put(CLIENT "/BIN/a.txt", "same");
	assert_int_equal(
	    0, steps_add(&steps, STEP_MOVE, "BIN/A.TXT", "BIN/a.txt", NULL));
	done_well();
	done_well();
	assert_string_equal(
	    ".stage/\nBIN/\nBIN/A.TXT=same\n", fake_tree(CLIENT));
}

static void
letter_case_changes_where_names_keep_it(void **state)
{
	(void)state;
	fake_put(CLIENT "/bin/a.txt", "same");
	assert_int_equal(
	    0, steps_add(&steps, STEP_MOVE, "BIN/A.TXT", "bin/a.txt", NULL));
	done_well();
	done_well();
	assert_string_equal(
	    ".stage/\nBIN/\nBIN/A.TXT=same\n", fake_tree(CLIENT));
}

static void
empty_folders_give_their_name_to_a_file(void **state)
{
	(void)state;
	fake_put_folder(CLIENT "/HELP/DEEP/DEEPER");
	assert_int_equal(0, steps_add(&steps, STEP_CLEAR, "HELP", NULL, NULL));
	add_place("HELP", "new", false);
	done_well();
	assert_string_equal(".stage/\nHELP=new\n", fake_tree(CLIENT));
}

static void
folder_with_something_in_it_stays(void **state)
{
	struct steps_outcome outcome;

	(void)state;
	fake_put(CLIENT "/HELP/MINE.TXT", "mine");
	assert_int_equal(0, steps_add(&steps, STEP_CLEAR, "HELP", NULL, NULL));
	add_place("HELP", "new", false);
	assert_int_equal(ERR_NOTEMPTY, do_steps(&outcome));
	assert_true(outcome.undone);
	assert_int_equal(0, outcome.at);
	assert_string_equal("mine", fake_get(CLIENT "/HELP/MINE.TXT"));
}

static void
folder_that_appeared_at_a_target_is_no_harm(void **state)
{
	struct steps_outcome outcome;

	(void)state;
	fake_put(CLIENT "/A.TXT", "old");
	add_place("A.TXT", "new", true);
	add_place("B.TXT", "new b", false);
	fake_put_folder(CLIENT "/B.TXT/SUB");
	assert_int_equal(ERR_ISDIR, do_steps(&outcome));
	assert_int_equal(1, outcome.at);
	assert_true(outcome.undone);
	assert_string_equal("old", fake_get(CLIENT "/A.TXT"));
}

static void
link_on_the_way_is_not_followed(void **state)
{
	struct steps_outcome outcome;

	(void)state;
	fake_put_special(CLIENT "/BIN", OS_LINK);
	add_place("BIN/A.TXT", "new", false);
	assert_int_equal(ERR_LINK, do_steps(&outcome));
}

static void
link_at_the_target_is_replaced_as_itself(void **state)
{
	(void)state;
	fake_put_special(CLIENT "/A.TXT", OS_LINK);
	add_place("A.TXT", "new", true);
	done_well();
	assert_string_equal("new", fake_get(CLIENT "/A.TXT"));
}

static void
link_at_the_target_comes_back(void **state)
{
	struct steps_outcome outcome;
	struct os_info info;

	(void)state;
	fake_put_special(CLIENT "/A.TXT", OS_LINK);
	add_place("A.TXT", "new", true);
	assert_int_equal(0, do_steps(&outcome));
	assert_int_equal(0, steps_undo(client, &steps));
	assert_true(fake_info(CLIENT "/A.TXT", &info));
	assert_int_equal(OS_LINK, info.kind);
}

/* Busy targets */

static void
busy_target_puts_the_others_back(void **state)
{
	static const enum fake_use uses[] = { FAKE_RUNNING, FAKE_HELD,
		FAKE_EXCLUSIVE };
	struct steps_outcome outcome;

	for (size_t i = 0; i < 3; i++) {
		teardown(state);
		setup(state);
		fake_put(CLIENT "/A.TXT", "old a");
		fake_put(CLIENT "/B.TXT", "old b");
		fake_put(CLIENT "/C.TXT", "old c");
		add_remove("C.TXT");
		add_place("A.TXT", "new a", true);
		add_place("NEW/D.TXT", "new d", false);
		add_place("B.TXT", "new b", true);
		fake_use(CLIENT "/B.TXT", uses[i]);
		assert_int_equal(ERR_BUSY, do_steps(&outcome));
		assert_int_equal(3, outcome.at);
		assert_true(outcome.undone);
		assert_string_equal("old a", fake_get(CLIENT "/A.TXT"));
		assert_string_equal("old b", fake_get(CLIENT "/B.TXT"));
		assert_string_equal("old c", fake_get(CLIENT "/C.TXT"));
		assert_false(
		    fake_info(CLIENT "/NEW", &(struct os_info){ .size = 0 }));
		/* What was staged is there for the next time. */
		fake_use(CLIENT "/B.TXT", FAKE_FREE);
		done_well();
		assert_string_equal("new b", fake_get(CLIENT "/B.TXT"));
		assert_string_equal("new d", fake_get(CLIENT "/NEW/D.TXT"));
	}
}

/* The second name of a file that was in use stays behind when undone. By the
 * next time the file may be another one. */
static void
what_stood_aside_before_is_not_brought_back(void **state)
{
	struct steps_outcome outcome;

	(void)state;
	fake_put(CLIENT "/A.TXT", "old");
	fake_put(CLIENT "/B.TXT", "old b");
	add_place("A.TXT", "new", true);
	add_place("B.TXT", "new b", true);
	fake_use(CLIENT "/A.TXT", FAKE_RUNNING);
	assert_int_equal(ERR_BUSY, do_steps(&outcome));
	assert_true(outcome.undone);
	assert_string_equal("old", fake_get(aside_path("A.TXT")));
	fake_put(CLIENT "/A.TXT", "other");
	fake_use(CLIENT "/B.TXT", FAKE_RUNNING);
	assert_int_equal(ERR_BUSY, do_steps(&outcome));
	assert_true(outcome.undone);
	assert_string_equal("other", fake_get(CLIENT "/A.TXT"));
}

static void
old_program_that_still_runs_gives_up_its_name_aside(void **state)
{
	(void)state;
	fake_put(aside_path("A.TXT"), "older");
	fake_use(aside_path("A.TXT"), FAKE_RUNNING);
	assert_int_equal(0,
	    step_free_name(client, aside_path("A.TXT") + strlen(CLIENT "/")));
	assert_null(fake_get(aside_path("A.TXT")));
}

static void
target_that_runs_is_set_aside_where_that_can_be(void **state)
{
	struct steps_outcome outcome;

	(void)state;
	fake_sets_aside(true);
	fake_put(CLIENT "/A.EXE", "old a");
	add_place("A.EXE", "new a", true);
	fake_use(CLIENT "/A.EXE", FAKE_RUNNING);
	assert_int_equal(0, do_steps(&outcome));
	assert_string_equal("new a", fake_get(CLIENT "/A.EXE"));
	assert_string_equal(
	    "old a", fake_get(CLIENT "/.stage/old.0123456789abcdef.tmp"));
}

/* Setting aside takes two renames, and the run may end between them. */
static void
target_that_only_stands_aside_is_placed_or_brought_back(void **state)
{
	(void)state;
	fake_put(aside_path("A.EXE"), "old a");
	add_place("A.EXE", "new a", true);
	done_well();
	assert_string_equal("new a", fake_get(CLIENT "/A.EXE"));

	teardown(state);
	setup(state);
	fake_put(aside_path("A.EXE"), "old a");
	add_place("A.EXE", "new a", true);
	assert_int_equal(0, steps_undo(client, &steps));
	assert_string_equal("old a", fake_get(CLIENT "/A.EXE"));
}

/* Content that is lost */

static void
content_that_is_lost_puts_the_others_back(void **state)
{
	struct steps_outcome outcome;

	(void)state;
	fake_put(CLIENT "/A.TXT", "old a");
	add_place("A.TXT", "new a", true);
	add_place("B.TXT", "new b", false);
	fake_drop(staged_path(&steps.list[1]));
	assert_int_equal(ERR_DIGEST, do_steps(&outcome));
	assert_int_equal(1, outcome.at);
	assert_true(outcome.undone);
	assert_string_equal("old a", fake_get(CLIENT "/A.TXT"));
	assert_null(fake_get(CLIENT "/B.TXT"));
}

static void
content_that_is_wrong_is_found_when_asked_for(void **state)
{
	struct steps_outcome outcome;

	(void)state;
	fake_put(CLIENT "/A.TXT", "old");
	add_place("A.TXT", "new", true);
	fake_put(staged_path(&steps.list[0]), "wrong");
	assert_int_equal(ERR_DIGEST, steps_do(client, &steps, true, &outcome));
	assert_true(outcome.undone);
	assert_string_equal("old", fake_get(CLIENT "/A.TXT"));
}

static void
lost_content_is_told_from_a_file_with_other_attributes(void **state)
{
	struct steps_outcome outcome;

	(void)state;
	fake_put(CLIENT "/A.TXT", "same");
	add_place("A.TXT", "same", true);
	steps.list[0].flags = OS_EXEC;
	assert_int_equal(ERR_DIGEST, do_steps(&outcome));
}

/* `over` */

static void
file_without_one_before_it_is_taken_back(void **state)
{
	struct steps_outcome outcome;

	(void)state;
	add_place("BIN/A.TXT", "new", false);
	assert_int_equal(0, do_steps(&outcome));
	assert_int_equal(0, steps_undo(client, &steps));
	assert_null(fake_get(CLIENT "/BIN/A.TXT"));
	assert_string_equal("new", fake_get(staged_path(&steps.list[0])));
}

static void
component_whose_old_files_are_gone_is_not_undone_in_part(void **state)
{
	struct steps_outcome outcome;

	(void)state;
	fake_put(CLIENT "/A.TXT", "old");
	add_place("A.TXT", "new", true);
	add_place("B.TXT", "new b", false);
	assert_int_equal(0, do_steps(&outcome));
	steps_finish(client, &steps);
	assert_int_equal(ERR_CHANGED, steps_undo(client, &steps));
	assert_string_equal("new", fake_get(CLIENT "/A.TXT"));
	assert_string_equal("new b", fake_get(CLIENT "/B.TXT"));
}

static void
undoing_what_was_never_done_changes_nothing(void **state)
{
	const char *before;

	(void)state;
	fake_put(CLIENT "/A.TXT", "old");
	fake_put(CLIENT "/C.TXT", "old c");
	fake_put(CLIENT "/from.txt", "old from");
	add_remove("C.TXT");
	add_place("A.TXT", "new", true);
	add_place("B.TXT", "new b", false);
	assert_int_equal(
	    0, steps_add(&steps, STEP_MOVE, "FROM.TXT", "from.txt", NULL));
	before = fake_tree(CLIENT);
	assert_int_equal(0, steps_undo(client, &steps));
	assert_string_equal(before, fake_tree(CLIENT));
}

static void
undoing_a_move_that_was_refused_leaves_both_spellings(void **state)
{
	struct steps_outcome outcome;

	(void)state;
	fake_put(CLIENT "/a.txt", "ours");
	fake_put(CLIENT "/A.TXT", "mine");
	assert_int_equal(
	    0, steps_add(&steps, STEP_MOVE, "A.TXT", "a.txt", NULL));
	fake_use(CLIENT "/a.txt", FAKE_HELD);
	assert_int_equal(ERR_BUSY, do_steps(&outcome));
	fake_use(CLIENT "/a.txt", FAKE_FREE);
	assert_int_equal(0, steps_undo(client, &steps));
	assert_string_equal("ours", fake_get(CLIENT "/a.txt"));
	assert_string_equal("mine", fake_get(CLIENT "/A.TXT"));
}

static void
removed_file_that_somebody_made_anew_is_left_alone(void **state)
{
	struct steps_outcome outcome;

	(void)state;
	fake_put(CLIENT "/A.TXT", "old");
	add_remove("A.TXT");
	assert_int_equal(0, do_steps(&outcome));
	fake_put(CLIENT "/A.TXT", "mine");
	done_well();
	assert_string_equal("mine", fake_get(CLIENT "/A.TXT"));
}

/* Being cut off: every kind of step, and every call */

struct before {
	const char *name;
	const char *old; /* NULL: not there */
	const char *new;
};

static const struct before files[] = {
	{ "BIN/A.TXT", "old a", "new a" },
	{ "BIN/B.TXT", "old b", "new b" },
	{ "NEW/C.TXT", NULL, "new c" },
	{ "GONE/D.TXT", "old d", NULL },
	{ "FILE", "old file", NULL },
	{ "FILE/E.TXT", NULL, "new e" },
	{ "FOLDER/F.TXT", "old f", NULL },
	{ "FOLDER", NULL, "new f" },
	{ "case.txt", "same", NULL },
	{ "CASE.TXT", NULL, "same" },
	{ "both.txt", "old both", NULL },
	{ "BOTH.TXT", NULL, "new both" },
	{ NULL, NULL, NULL },
};

/* As plan_steps orders them. */
static void
put_everything(void)
{
	fake_put(CLIENT "/MINE.TXT", "mine");
	for (const struct before *f = files; f->name != NULL; f++)
		if (f->old != NULL)
			fake_put(in_client(f->name), f->old);
	add_remove("FILE");
	add_remove("FOLDER/F.TXT");
	steps_add(&steps, STEP_CLEAR, "FOLDER", NULL, NULL);
	steps_add(&steps, STEP_MOVE, "CASE.TXT", "case.txt", NULL);
	add_place("BIN/A.TXT", "new a", true);
	add_place("BIN/B.TXT", "new b", true);
	add_place("NEW/C.TXT", "new c", false);
	add_place("FILE/E.TXT", "new e", false);
	add_place("FOLDER", "new f", false);
	steps_add(&steps, STEP_MOVE, "BOTH.TXT", "both.txt", NULL);
	add_place("BOTH.TXT", "new both", true);
	add_remove("GONE/D.TXT");
}

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Is every file the old or the new one? And there, where both are? */
static void
look_at_targets(void *arg, const char *call)
{
	(void)arg;
	(void)call;
	for (const struct before *f = files; f->name != NULL; f++) {
		const char *now = fake_get(in_client(f->name));

		if (same(now, f->old) || same(now, f->new))
			continue;
		/* The old content under its new spelling, for a moment. */
		if (strcmp(f->name, "BOTH.TXT") == 0 && same(now, "old both"))
			continue;
		/* Between removing and placing nothing has the name. */
		assert_true(now == NULL && (f->old == NULL || f->new == NULL));
	}
	assert_string_equal("mine", fake_get(CLIENT "/MINE.TXT"));
}

static bool
all_are(bool new)
{
	for (const struct before *f = files; f->name != NULL; f++)
		if (!same(fake_get(in_client(f->name)), new ? f->new : f->old))
			return false;
	return true;
}

static void
assert_all_new(void)
{
	assert_true(all_are(true));
	assert_string_equal("", fake_list(STAGE));
}

static void
start_everything(void **state)
{
	teardown(state);
	setup(state);
	put_everything();
	fake_hook(look_at_targets, NULL);
}

static void
steps_cut_off_at_any_call_are_completed_by_doing_them_again(void **state)
{
	struct steps_outcome outcome;
	unsigned n;
	bool met = true;

	for (n = 1; met; n++) {
		start_everything(state);
		fake_fail(n, FAKE_FOREVER, ERR_IO);
		if (do_steps(&outcome) == 0)
			steps_finish(client, &steps);
		met = fake_met();
		fake_fail(0, FAKE_ONCE, 0);
		assert_int_equal(0, steps_do(client, &steps, true, &outcome));
		steps_finish(client, &steps);
		assert_all_new();
	}
	assert_true(n > 50);
}

static void
steps_cut_off_while_undone_end_in_the_old_or_the_new_files(void **state)
{
	struct steps_outcome outcome;
	unsigned n;
	bool met = true;

	for (n = 1; met; n++) {
		start_everything(state);
		fake_use(CLIENT "/GONE/D.TXT", FAKE_HELD);
		fake_fail(n, FAKE_FOREVER, ERR_IO);
		do_steps(&outcome);
		met = fake_met();
		if (!met)
			assert_true(outcome.undone && all_are(false));
		fake_fail(0, FAKE_ONCE, 0);
		/* Still in use: what was cut off ends in the old files. */
		assert_int_equal(ERR_BUSY, do_steps(&outcome));
		assert_true(outcome.undone && all_are(false));
		fake_use(CLIENT "/GONE/D.TXT", FAKE_FREE);
		assert_int_equal(0, steps_do(client, &steps, true, &outcome));
		steps_finish(client, &steps);
		assert_all_new();
	}
	assert_true(n > 100);
}

static void
one_failure_leaves_the_component_old_or_new(void **state)
{
	static const int codes[] = { ERR_IO, ERR_NOSPC, ERR_ACCES, ERR_BUSY,
		ERR_NOMEM };
	struct steps_outcome outcome;
	bool met = true;

	for (unsigned n = 1; met; n++) {
		start_everything(state);
		fake_fail(n, FAKE_ONCE, codes[n % 5]);
		if (do_steps(&outcome) == 0)
			assert_true(all_are(true));
		else if (outcome.undone)
			assert_true(all_are(false));
		met = fake_met();
		fake_fail(0, FAKE_ONCE, 0);
		assert_true(outcome.undone);
		assert_int_equal(0, do_steps(&outcome));
		steps_finish(client, &steps);
		assert_all_new();
	}
}

static void
one_failure_while_undoing_is_mended_by_undoing_again(void **state)
{
	struct steps_outcome outcome;
	bool met = true;

	for (unsigned n = 1; met; n++) {
		start_everything(state);
		fake_use(CLIENT "/GONE/D.TXT", FAKE_HELD);
		fake_fail(n, FAKE_ONCE, ERR_IO);
		assert_true(do_steps(&outcome) != 0);
		met = fake_met();
		fake_fail(0, FAKE_ONCE, 0);
		if (outcome.undone)
			assert_true(all_are(false));
		assert_int_equal(0, steps_undo(client, &steps));
		assert_true(all_are(false));
	}
}

/* Volumes without hard links */

static void
without_hard_links_the_old_file_is_copied_aside(void **state)
{
	struct steps_outcome outcome;
	struct os_file *file;
	struct os_info info;

	(void)state;
	assert_int_equal(
	    0, os_open(client, "A.TXT", OS_CREATE, OS_PRIVATE, &file));
	assert_int_equal(0, os_write(file, "old", 3));
	os_file_close(file);
	fake_stamp(CLIENT "/A.TXT", MTIME - OS_SECOND, OS_EXEC);
	add_place("A.TXT", "new", true);
	fake_no_links(true);
	assert_int_equal(0, do_steps(&outcome));
	assert_string_equal("old", fake_get(aside_path("A.TXT")));
	assert_int_equal(0, steps_undo(client, &steps));
	assert_string_equal("old", fake_get(CLIENT "/A.TXT"));
	assert_true(fake_info(CLIENT "/A.TXT", &info));
	assert_int_equal(MTIME - OS_SECOND, info.mtime);
	assert_int_equal(OS_EXEC, info.flags);
	assert_int_equal(OS_PRIVATE, fake_rights(CLIENT "/A.TXT"));
	assert_string_equal("new", fake_get(staged_path(&steps.list[0])));
	done_well();
}

static void
without_hard_links_a_cut_is_mended_too(void **state)
{
	struct steps_outcome outcome;
	bool met = true;

	for (unsigned n = 1; met; n++) {
		start_everything(state);
		fake_no_links(true);
		fake_use(CLIENT "/GONE/D.TXT", FAKE_HELD);
		fake_fail(n, FAKE_FOREVER, ERR_IO);
		do_steps(&outcome);
		met = fake_met();
		fake_fail(0, FAKE_ONCE, 0);
		fake_use(CLIENT "/GONE/D.TXT", FAKE_FREE);
		assert_int_equal(0, steps_do(client, &steps, true, &outcome));
		steps_finish(client, &steps);
		assert_true(all_are(true));
	}
}

static void
full_volume_while_copying_aside_changes_nothing(void **state)
{
	struct steps_outcome outcome;

	(void)state;
	fake_put(CLIENT "/A.TXT", "the old content");
	add_place("A.TXT", "new", true);
	fake_no_links(true);
	fake_space(4);
	assert_int_equal(ERR_NOSPC, do_steps(&outcome));
	assert_true(outcome.undone);
	assert_string_equal("the old content", fake_get(CLIENT "/A.TXT"));
	assert_null(fake_get(aside_path("A.TXT")));
}

/* Text */

static void
steps_survive_being_written_and_read(void **state)
{
	struct steps back = { .count = 0 };
	struct buf line = BUF_INIT;

	(void)state;
	put_everything();
	steps.list[4].mtime = -1;
	steps.list[5].flags = OS_EXEC | OS_READONLY | OS_HIDDEN;
	steps.list[6].size = UINT64_MAX;
	for (size_t i = 0; i < steps.count; i++) {
		const struct step *a = &steps.list[i], *b;

		buf_clear(&line);
		assert_int_equal(0, step_write(a, &line));
		assert_int_equal(0, step_read(buf_text(&line), &back));
		b = &back.list[i];
		assert_int_equal(a->kind, b->kind);
		assert_string_equal(a->name, b->name);
		assert_true(same(a->from, b->from));
		assert_string_equal(a->digest, b->digest);
		assert_true(a->size == b->size && a->flags == b->flags &&
		    a->over == b->over);
		if (a->kind == STEP_PLACE)
			assert_true(a->mtime == b->mtime);
	}
	buf_free(&line);
	steps_free(&back);
}

static void
lines_of_another_form_are_refused(void **state)
{
#define HEX "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	static const char *const lines[] = {
		"",
		"place",
		"remove",
		"remove|",
		"|A",
		"remove|A|B",
		"clear|",
		"move|A",
		"move|A|",
		"move||A",
		"move|A|B|C",
		"other|A",
		"place|" HEX "|1|2|0|0|",
		"place|" HEX "|1|2|0|0",
		"place|" HEX "|1|2|0|0|A|B",
		"place|x" HEX "|1|2|0|0|A",
		"place|" HEX "|-1|2|0|0|A",
		"place|" HEX "|1|-2|0|0|A",
		"place|" HEX "|1|x|0|0|A",
		"place|" HEX "|1|2|8|0|A",
		"place|" HEX "|1|2|0|2|A",
		"place|" HEX "|1|2|0||A",
		"place|" HEX "|99999999999999999999|2|0|0|A",
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		if (step_read(lines[i], &steps) != ERR_FORMAT)
			fail_msg("taken: %s", lines[i]);
	}
	assert_int_equal(0, steps.count);
	assert_int_equal(0, step_read("place|" HEX "|1|2|0|0|A", &steps));
}

static void
staged_names_tell_content_destination_and_attributes_apart(void **state)
{
	char first[NAME_LIMIT];

	(void)state;
	add_place("A.TXT", "new", false);
	snprintf(first, sizeof first, "%s", staged_path(&steps.list[0]));
	steps.list[0].mtime++;
	assert_string_not_equal(first, staged_path(&steps.list[0]));
	steps.list[0].mtime--;
	steps.list[0].flags = OS_EXEC;
	assert_string_not_equal(first, staged_path(&steps.list[0]));
	steps.list[0].flags = 0;
	assert_string_equal(first, staged_path(&steps.list[0]));
	add_place("B.TXT", "new", false);
	assert_string_not_equal(first, staged_path(&steps.list[1]));
	assert_string_not_equal(aside_path("A.TXT"), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(new_file_is_placed_with_its_folders),
		TEST(old_file_is_replaced_and_not_left_aside),
		TEST(file_is_removed_with_folders_that_are_empty_then),
		TEST(removing_what_is_gone_is_no_error),
		TEST(letter_case_changes_where_names_ignore_case),
		TEST(letter_case_changes_where_names_keep_it),
		TEST(empty_folders_give_their_name_to_a_file),
		TEST(folder_with_something_in_it_stays),
		TEST(folder_that_appeared_at_a_target_is_no_harm),
		TEST(link_on_the_way_is_not_followed),
		TEST(link_at_the_target_is_replaced_as_itself),
		TEST(link_at_the_target_comes_back),
		TEST(busy_target_puts_the_others_back),
		TEST(what_stood_aside_before_is_not_brought_back),
		TEST(old_program_that_still_runs_gives_up_its_name_aside),
		TEST(target_that_runs_is_set_aside_where_that_can_be),
		TEST(target_that_only_stands_aside_is_placed_or_brought_back),
		TEST(content_that_is_lost_puts_the_others_back),
		TEST(content_that_is_wrong_is_found_when_asked_for),
		TEST(lost_content_is_told_from_a_file_with_other_attributes),
		TEST(file_without_one_before_it_is_taken_back),
		TEST(component_whose_old_files_are_gone_is_not_undone_in_part),
		TEST(undoing_what_was_never_done_changes_nothing),
		TEST(undoing_a_move_that_was_refused_leaves_both_spellings),
		TEST(removed_file_that_somebody_made_anew_is_left_alone),
		TEST(
		    steps_cut_off_at_any_call_are_completed_by_doing_them_again),
		TEST(
		    steps_cut_off_while_undone_end_in_the_old_or_the_new_files),
		TEST(one_failure_leaves_the_component_old_or_new),
		TEST(one_failure_while_undoing_is_mended_by_undoing_again),
		TEST(without_hard_links_the_old_file_is_copied_aside),
		TEST(without_hard_links_a_cut_is_mended_too),
		TEST(full_volume_while_copying_aside_changes_nothing),
		TEST(steps_survive_being_written_and_read),
		TEST(lines_of_another_form_are_refused),
		TEST(
		    staged_names_tell_content_destination_and_attributes_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
