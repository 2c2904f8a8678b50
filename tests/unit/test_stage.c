/* Tests of lib/stage: content that waits, and what is swept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../lib/stage.h"
#include "../../lib/step.h"
#include "client.h"

static struct os_dir *client;
static struct source *source;
static struct steps steps;
static char **names;
static size_t count, size;
static bool empty;

static int
setup(void **state)
{
	static const char *const roots[] = { SHARE };
	struct buf head = BUF_INIT;
	size_t which;

	(void)state;
	start_client();
	fake_put(TREE "/cl_nt.txt", "[SMS]\r\n");
	assert_int_equal(0, os_dir_open(CLIENT, &client));
	assert_int_equal(
	    0, source_pick(roots, 1, 1000, &source, &which, &head, NULL));
	buf_free(&head);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	while (count > 0)
		free(names[--count]);
	free(names);
	names = NULL;
	size = 0;
	steps_free(&steps);
	source_close(source);
	os_dir_close(client);
	assert_int_equal(0, fake_handles());
	return 0;
}

static struct step *
add(const char *name, const char *content, int64_t mtime)
{
	struct step *s;

	assert_int_equal(0, steps_add(&steps, STEP_PLACE, name, NULL, &s));
	digest_text(content, s->digest);
	s->size = strlen(content);
	s->mtime = mtime;
	return s;
}

static const char *
path_of(const struct step *s)
{
	static char path[200];
	struct buf name = BUF_INIT;

	assert_int_equal(0, step_staged_name(s, &name));
	snprintf(path, sizeof path, CLIENT "/%s", buf_text(&name));
	buf_free(&name);
	return path;
}

static int
fetch(const struct step *s, int *ours, struct buf *why)
{
	const struct stage_job job = { .client = client, .source = source };

	return stage_fetch(&job, s, ours, why);
}

static void
folder_is_for_administrators_alone(void **state)
{
	(void)state;
	assert_int_equal(0, stage_open(client, &empty));
	assert_int_equal(OS_PRIVATE, fake_rights(STAGE));
	assert_int_equal(0, stage_open(client, &empty));
}

static void
what_is_no_folder_is_not_used(void **state)
{
	(void)state;
	fake_put_special(STAGE, OS_LINK);
	assert_int_equal(ERR_LINK, stage_open(client, &empty));
	fake_drop(STAGE);
	fake_put(STAGE, "file");
	assert_int_equal(ERR_NOTDIR, stage_open(client, &empty));
}

static void
content_is_fetched_with_time_and_flags(void **state)
{
	struct step *s = add("BIN/A.EXE", "content", MTIME);
	struct os_info info;
	int ours;

	(void)state;
	s->flags = OS_EXEC;
	fake_put(store_path("content"), "content");
	assert_int_equal(0, stage_open(client, &empty));
	assert_int_equal(ERR_NOENT, stage_check(client, s));
	assert_int_equal(0, fetch(s, &ours, NULL));
	assert_string_equal("content", fake_get(path_of(s)));
	assert_true(fake_info(path_of(s), &info));
	assert_int_equal(MTIME, info.mtime);
	assert_int_equal(OS_EXEC, info.flags);
	assert_int_equal(0, stage_check(client, s));
}

static void
content_without_a_date_has_the_time_of_its_copying(void **state)
{
	struct step *s = add("A", "content", -1);
	struct os_info info;
	int ours;

	(void)state;
	fake_put(store_path("content"), "content");
	assert_int_equal(0, stage_open(client, &empty));
	assert_int_equal(0, fetch(s, &ours, NULL));
	assert_true(fake_info(path_of(s), &info));
	assert_int_equal(FAKE_START, info.mtime);
}

static void
staged_content_is_checked_by_size_and_digest(void **state)
{
	struct step *s = add("A", "content", MTIME);

	(void)state;
	fake_put(path_of(s), "contenT");
	assert_int_equal(ERR_DIGEST, stage_check(client, s));
	fake_put(path_of(s), "content and more");
	assert_int_equal(ERR_DIGEST, stage_check(client, s));
	fake_drop(path_of(s));
	fake_put_special(path_of(s), OS_LINK);
	assert_int_equal(ERR_DIGEST, stage_check(client, s));
	fake_drop(path_of(s));
	fake_put(path_of(s), "content");
	fake_stamp(path_of(s), MTIME, 0);
	assert_int_equal(0, stage_check(client, s));
}

static void
content_that_was_not_stamped_yet_is_not_whole(void **state)
{
	struct step *s = add("A", "content", MTIME);

	(void)state;
	fake_put(path_of(s), "content");
	assert_int_equal(ERR_DIGEST, stage_check(client, s));
	fake_stamp(path_of(s), MTIME, OS_EXEC);
	assert_int_equal(ERR_DIGEST, stage_check(client, s));
	fake_stamp(path_of(s), MTIME, 0);
	assert_int_equal(0, stage_check(client, s));
	s->flags = OS_EXEC;
	fake_put(path_of(s), "content"); /* under its name of now */
	fake_stamp(path_of(s), MTIME + 1, OS_EXEC);
	assert_int_equal(ERR_DIGEST, stage_check(client, s));
	s->mtime = -1;
	fake_put(path_of(s), "content");
	fake_stamp(path_of(s), MTIME + 1, OS_EXEC);
	assert_int_equal(0, stage_check(client, s));
}

static void
what_was_not_whole_is_gone(void **state)
{
	static const int codes[] = { ERR_IO, ERR_NOSPC, ERR_STOP };
	struct step *s = add("A", "content", MTIME);
	struct buf why = BUF_INIT;
	bool met = true;
	int ours, rc = 0;

	(void)state;
	fake_put(store_path("content"), "content");
	assert_int_equal(0, stage_open(client, &empty));
	for (unsigned n = 1; met; n++) {
		fake_put(path_of(s), "old and wrong");
		fake_fail(n, FAKE_ONCE, codes[n % 3]);
		rc = fetch(s, &ours, &why);
		met = fake_met();
		fake_fail(0, FAKE_ONCE, 0);
		/* But where making it anew, or removing it, was what failed. */
		if (rc != 0 && n > 2 && fake_get(path_of(s)) != NULL)
			fail_msg("call %u: %s", n, fake_get(path_of(s)));
		assert_true(rc == 0 || why.len > 0);
	}
	assert_int_equal(0, rc);
	buf_free(&why);
}

static void
failure_here_is_told_from_one_of_the_server(void **state)
{
	struct step *s = add("A", "content", MTIME);
	int ours;

	(void)state;
	assert_int_equal(0, stage_open(client, &empty));
	assert_int_equal(ERR_NOENT, fetch(s, &ours, NULL));
	assert_false(ours);
	fake_put(store_path("content"), "content");
	fake_space(3);
	assert_int_equal(ERR_NOSPC, fetch(s, &ours, NULL));
	assert_true(ours);
	fake_space(UINT64_MAX);
	fake_fail_call("os_file_stamp", 1, FAKE_ONCE, ERR_IO);
	assert_int_equal(ERR_IO, fetch(s, &ours, NULL));
	assert_true(ours);
	fake_fail_call("os_file_close", 1, FAKE_ONCE, ERR_NOSPC);
	assert_int_equal(ERR_NOSPC, fetch(s, &ours, NULL));
	assert_true(ours);
	fake_share(SHARE, FAKE_DOWN, 0);
	assert_int_equal(ERR_HOST, fetch(s, &ours, NULL));
	assert_false(ours);
}

static void
sweep_leaves_what_is_to_be_kept(void **state)
{
	struct step *a, *b;

	(void)state;
	add("A", "a", MTIME);
	add("B", "b", MTIME);
	assert_int_equal(0, steps_add(&steps, STEP_REMOVE, "C", NULL, NULL));
	assert_int_equal(0, stage_names(&steps, &names, &count, &size));
	assert_int_equal(2, count);
	assert_true(strcmp(names[0], names[1]) < 0);
	a = &steps.list[0];
	b = &steps.list[1];
	fake_put(path_of(a), "a");
	fake_put(path_of(b), "b");
	fake_put(STAGE "/other", "x");
	fake_put(STAGE "/old.0123456789abcdef", "x");
	stage_sweep(client, names, count);
	assert_non_null(fake_get(path_of(a)));
	assert_non_null(fake_get(path_of(b)));
	assert_null(fake_get(STAGE "/other"));
	assert_null(fake_get(STAGE "/old.0123456789abcdef"));
	stage_sweep(client, NULL, 0);
	assert_string_equal("", fake_list(CLIENT));
}

static void
swept_stage_does_not_come_back_after_a_power_cut(void **state)
{
	(void)state;
	fake_put(STAGE "/old.0123456789abcdef", "x");
	stage_sweep(client, NULL, 0);
	os_dir_close(client);
	fake_power_cut();
	assert_int_equal(0, os_dir_open(CLIENT, &client));
	assert_string_equal("", fake_list(CLIENT));
}

static void
program_that_was_replaced_and_runs_gives_up_its_name(void **state)
{
	(void)state;
	fake_put(STAGE "/old.0123456789abcdef", "x");
	fake_use(STAGE "/old.0123456789abcdef", FAKE_RUNNING);
	stage_sweep(client, NULL, 0);
	assert_null(fake_get(STAGE "/old.0123456789abcdef"));
	assert_int_equal(0,
	    strncmp(".stage/\n.stage/old.0123456789abcdef.", fake_list(CLIENT),
		36));
	/* Once, not at each sweep; and it goes when it has ended. */
	{
		const char *before = fake_list(CLIENT);
		char path[200];

		stage_sweep(client, NULL, 0);
		assert_string_equal(before, fake_list(CLIENT));
		snprintf(path, sizeof path, CLIENT "/%.*s",
		    (int)strcspn(before + 8, " "), before + 8);
		fake_use(path, FAKE_FREE);
	}
	stage_sweep(client, NULL, 0);
	assert_string_equal("", fake_list(CLIENT));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(folder_is_for_administrators_alone),
		TEST(what_is_no_folder_is_not_used),
		TEST(content_is_fetched_with_time_and_flags),
		TEST(content_without_a_date_has_the_time_of_its_copying),
		TEST(staged_content_is_checked_by_size_and_digest),
		TEST(content_that_was_not_stamped_yet_is_not_whole),
		TEST(what_was_not_whole_is_gone),
		TEST(failure_here_is_told_from_one_of_the_server),
		TEST(sweep_leaves_what_is_to_be_kept),
		TEST(swept_stage_does_not_come_back_after_a_power_cut),
		TEST(program_that_was_replaced_and_runs_gives_up_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
