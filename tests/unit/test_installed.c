/* Tests of lib/installed: what we own, written and read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../lib/installed.h"
#include "../../lib/sealed.h"
#include "client.h"

static struct os_dir *state_dir, *client_dir;
static struct installed set, back;

static int
setup(void **state)
{
	(void)state;
	start_client();
	assert_int_equal(0, os_dir_open(STATE, &state_dir));
	assert_int_equal(0, os_dir_open(CLIENT, &client_dir));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	installed_free(&set);
	installed_free(&back);
	os_dir_close(state_dir);
	os_dir_close(client_dir);
	assert_int_equal(0, fake_handles());
	return 0;
}

static struct installed_file *
add(const char *component, bool service, const char *name, const char *content)
{
	struct installed_file *f;

	assert_int_equal(0, installed_add(&set, component, service, name, &f));
	assert_string_equal("", f->digest);
	if (content != NULL)
		digest_text(content, f->digest);
	f->size = content != NULL ? strlen(content) : 0;
	return f;
}

/* Writes the set and reads it into `back`. */
static void
write_and_read(void)
{
	installed_free(&back);
	assert_int_equal(0, installed_write(state_dir, &set));
	assert_int_equal(0, installed_read(state_dir, &back));
	assert_false(back.damaged);
}

static void
entries_survive_being_written_and_read(void **state)
{
	struct installed_file *f;

	(void)state;
	f = add("STANDARD", false, "BIN/A.EXE", "aaa");
	f->mtime = MTIME;
	f->id = UINT64_MAX;
	add("Service", true, "BIN/S.EXE", NULL)->mtime = -1;
	add("STANDARD", false, "DATA/B.TXT", "b")->size = UINT64_MAX;
	write_and_read();
	assert_int_equal(3, back.count);
	f = installed_find(&back, "bin/a.exe");
	assert_non_null(f);
	assert_string_equal("STANDARD", f->component);
	assert_string_equal("BIN/A.EXE", f->name);
	assert_false(f->service);
	assert_true(f->mtime == MTIME && f->id == UINT64_MAX && f->size == 3);
	f = installed_find(&back, "bin/s.exe");
	assert_true(f != NULL && f->service && f->mtime == -1);
	assert_string_equal("", f->digest);
	assert_true(installed_find(&back, "data/b.txt")->size == UINT64_MAX);
}

static void
files_and_services_of_one_name_are_kept_apart(void **state)
{
	(void)state;
	add("Same", true, "A", "a");
	add("Same", false, "B", "b");
	add("Same", true, "C", "c");
	write_and_read();
	assert_int_equal(3, back.count);
	assert_true(installed_find(&back, "a")->service);
	assert_false(installed_find(&back, "b")->service);
	assert_true(installed_find(&back, "c")->service);
}

/* The key of the section has that name too. */
static void
file_that_is_called_type_is_a_file(void **state)
{
	(void)state;
	add("Service", true, "Type", "t");
	add("Service", true, "A", "a");
	add("Service", true, "ZZ", "z");
	write_and_read();
	assert_int_equal(3, back.count);
	assert_true(installed_find(&back, "type")->service);
	assert_true(installed_find(&back, "zz")->service);
}

static void
names_are_found_whatever_their_case(void **state)
{
	(void)state;
	add("STANDARD", false, "Bin/\xc3\x84.EXE", "a");
	add("STANDARD", false, "BIN/B", "b");
	assert_non_null(installed_find(&set, "bin/\xc3\xa4.exe"));
	assert_null(installed_find(&set, "bin/c"));
	assert_null(installed_find(&set, "bin"));
	/* And after more were added. */
	add("STANDARD", false, "BIN/A", "c");
	assert_non_null(installed_find(&set, "bin/a"));
	assert_non_null(installed_find(&set, "bin/b"));
}

static void
nothing_there_is_an_empty_set(void **state)
{
	(void)state;
	assert_int_equal(0, installed_read(state_dir, &back));
	assert_int_equal(0, back.count);
	assert_false(back.damaged);
	assert_null(installed_find(&back, "a"));
	write_and_read();
	assert_int_equal(0, back.count);
}

static void
damage_is_told(void **state)
{
	static const char *const texts[] = {
		"[Component A]\r\nType=files\r\nX=1,-,2\r\n",
		"[Component A]\r\nType=files\r\nX=1,-,2,3,4\r\n",
		"[Component A]\r\nType=files\r\nX=,-,2,3\r\n",
		"[Component A]\r\nType=files\r\nX=1,abc,2,3\r\n",
		"[Component A]\r\nType=files\r\nX=1,-,--2,3\r\n",
		"[Component A]\r\nType=files\r\nX=1,-,-,3\r\n",
		"[Component A]\r\nX=1,-,2,3\r\n",
		"[Other]\r\nType=files\r\n",
		"Type=files\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct buf text = BUF_INIT;

		buf_add_text(&text, texts[i]);
		assert_int_equal(0,
		    sealed_write(state_dir, "INSTALLED.TXT", OS_PUBLIC, &text));
		buf_free(&text);
		assert_int_equal(0, installed_read(state_dir, &back));
		if (!back.damaged || back.count != 0)
			fail_msg("taken: %s", texts[i]);
	}
	fake_put(STATE "/INSTALLED.TXT", "[Component A]\r\nType=files\r\n");
	assert_int_equal(0, installed_read(state_dir, &back));
	assert_true(back.damaged);
	fake_drop(STATE "/INSTALLED.TXT");
	fake_put_special(STATE "/INSTALLED.TXT", OS_LINK);
	assert_int_equal(0, installed_read(state_dir, &back));
	assert_true(back.damaged);
}

static void
failure_of_the_disk_is_no_damage(void **state)
{
	(void)state;
	add("STANDARD", false, "A", "a");
	write_and_read();
	installed_free(&back);
	fake_fail_call("os_read", 1, FAKE_ONCE, ERR_IO);
	assert_int_equal(ERR_IO, installed_read(state_dir, &back));
	assert_false(back.damaged);
}

static void
list_adds_what_is_not_there_yet(void **state)
{
	static const struct listed files[] = {
		{ "STANDARD", "BIN\\A.EXE", "new a", NULL },
		{ "+Service", "BIN\\S.EXE", "s", NULL },
		{ NULL, NULL, NULL, NULL },
	};
	char *text = list_text(1, files), hex[DIGEST_TEXT];
	struct copylist *list = parse_list(text, strlen(text));
	struct installed_file *f;

	(void)state;
	add("Old", false, "bin/a.exe", "a")->id = 7;
	assert_int_equal(0, installed_from_list(&set, list));
	assert_int_equal(2, set.count);
	f = installed_find(&set, "bin/a.exe");
	assert_string_equal("Old", f->component);
	assert_int_equal(7, f->id);
	f = installed_find(&set, "bin/s.exe");
	assert_true(f->service && f->id == 0 && f->size == 1);
	assert_string_equal(digest_text("s", hex), f->digest);
	/* Again: nothing is added twice. */
	assert_int_equal(0, installed_from_list(&set, list));
	assert_int_equal(2, set.count);
	copylist_free(list);
	free(text);
}

static bool
is_ours(const char *content, uint64_t id)
{
	struct installed_file *f = installed_find(&set, "a");
	bool ours = false;

	f->id = id;
	if (content != NULL)
		fake_put(CLIENT "/A", content);
	assert_int_equal(0, installed_check(client_dir, f, &ours));
	return ours;
}

static void
what_was_only_meant_to_be_placed_is_ours_by_its_content(void **state)
{
	(void)state;
	add("STANDARD", false, "A", "ours");
	assert_true(is_ours(NULL, 0));
	assert_true(is_ours("ours", 0));
	assert_false(is_ours("their", 0));
	assert_false(is_ours("mine", 0));
	assert_true(is_ours("mine", 5));
	fake_drop(CLIENT "/A");
	fake_put_special(CLIENT "/A", OS_LINK);
	assert_false(is_ours(NULL, 0));
}

static void
what_cannot_be_read_is_neither_ours_nor_not(void **state)
{
	static const int codes[] = { ERR_IO, ERR_ACCES, ERR_BUSY };
	struct installed_file *f;
	bool is;

	(void)state;
	add("STANDARD", false, "A", "ours");
	f = installed_find(&set, "a");
	fake_put(CLIENT "/A", "ours");
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		fake_fail_call("os_open", 1, FAKE_ONCE, codes[i]);
		assert_int_equal(codes[i], installed_check(client_dir, f, &is));
	}
	assert_int_equal(0, installed_check(client_dir, f, &is));
	assert_true(is);
}

static void
set_that_would_not_be_read_again_is_known_before(void **state)
{
	size_t len = ((size_t)64 << 20) - 400;
	char *name = malloc(len + 1);

	(void)state;
	memset(name, 'c', len);
	name[len] = '\0';
	add("A", false, "A", "a");
	assert_true(installed_fits(&set));
	add(name, false, "B", "b");
	assert_false(installed_fits(&set));
	free(name);
	assert_non_null(installed_find(&set, "a"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(entries_survive_being_written_and_read),
		TEST(files_and_services_of_one_name_are_kept_apart),
		TEST(file_that_is_called_type_is_a_file),
		TEST(names_are_found_whatever_their_case),
		TEST(nothing_there_is_an_empty_set),
		TEST(damage_is_told),
		TEST(failure_of_the_disk_is_no_damage),
		TEST(list_adds_what_is_not_there_yet),
		TEST(what_was_only_meant_to_be_placed_is_ours_by_its_content),
		TEST(set_that_would_not_be_read_again_is_known_before),
		TEST(what_cannot_be_read_is_neither_ours_nor_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
