/* Tests of lib/path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "../../lib/path.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
cleaning_gives_every_path_one_form(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ ".", "." },
		{ "./", "." },
		{ "a", "a" },
		{ "a/", "a" },
		{ "a\\b/c", "a/b/c" },
		{ "a//b\\\\c", "a/b/c" },
		{ "./a/./b/.", "a/b" },
		{ "a/.b/c.", "a/.b/c." },
		{ "../a/..", "../a/.." },
		{ "/", "/" },
		{ "\\", "/" },
		{ "/a/", "/a" },
		{ "/.", "/" },
		{ "///a", "/a" },
		/* A share; but root and "/." written after it is no share. */
		{ "\\\\SRV\\share\\", "//SRV/share" },
		{ "\\\\SRV\\share\\\\.", "//SRV/share" },
		{ "//SRV//share", "//SRV/share" },
		{ "//", "/" },
		{ "//.", "/" },
		{ "C:\\", "C:/" },
		{ "C:\\\\.", "C:/" },
		{ "C:\\SMS\\.", "C:/SMS" },
		{ "c:/SMS//BIN", "c:/SMS/BIN" },
		{ "C:", "C:" },
		{ "C:BIN", "C:BIN" },
		{ "with blank/x y", "with blank/x y" },
	};
	char *clean, *again;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		clean = path_clean(cases[i][0]);
		assert_string_equal(cases[i][1], clean);
		again = path_clean(clean);
		assert_string_equal(clean, again);
		free(again);
		free(clean);
	}
}

static void
joining_puts_one_separator_between(void **state)
{
	static const char *const cases[][3] = {
		{ "a", "b", "a/b" },
		{ "a/", "b", "a/b" },
		{ "a\\", "b", "a\\b" },
		{ "", "b", "b" },
		{ ".", "b", "b" },
		{ "/", "b", "/b" },
		{ "C:/", "b/c", "C:/b/c" },
		{ "//SRV/share", "cl_nt.txt", "//SRV/share/cl_nt.txt" },
	};
	char *path;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		path = path_join(cases[i][0], cases[i][1]);
		assert_string_equal(cases[i][2], path);
		free(path);
	}
}

static void
a_path_is_cut_into_folder_and_name(void **state)
{
	static const char *const cases[][3] = {
		{ "a", ".", "a" },
		{ "a/b", "a", "b" },
		{ "a\\b", "a", "b" },
		{ "a//b", "a", "b" },
		{ "a/b/", "a/b", "" },
		{ "/x", "/", "x" },
		{ "\\x", "\\", "x" },
		{ "/a/b", "/a", "b" },
		{ "C:\\SMS.INI", "C:\\", "SMS.INI" },
		{ "C:/a/b", "C:/a", "b" },
		{ "//SRV/share/x", "//SRV/share", "x" },
		{ "", ".", "" },
	};
	char *folder;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		folder = path_folder(cases[i][0]);
		assert_string_equal(cases[i][1], folder);
		assert_string_equal(cases[i][2], path_name(cases[i][0]));
		free(folder);
	}
}

static void
absolute_is_what_begins_with_a_separator_or_drive(void **state)
{
	static const char *const yes[] = {
		"/",
		"/x",
		"\\x",
		"//SRV/share",
		"C:/x",
		"c:\\",
		"Z:\\x",
	};
	static const char *const no[] = {
		"",
		"x",
		"x/y",
		"./x",
		"../x",
		"C:",
		"C:x",
		"1:/x",
		"CD:/x",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(yes); i++)
		assert_true(path_is_absolute(yes[i]));
	for (i = 0; i < COUNT(no); i++)
		assert_false(path_is_absolute(no[i]));
}

static void
climbing_is_a_part_of_two_dots(void **state)
{
	static const char *const yes[] = {
		"..",
		"../x",
		"x/..",
		"x\\..\\y",
		"/..",
		"//s/h/../x",
	};
	static const char *const no[] = {
		"",
		"x",
		"..x",
		"x../y",
		".../x",
		"./x",
		"a..b",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(yes); i++)
		assert_true(path_climbs(yes[i]));
	for (i = 0; i < COUNT(no); i++)
		assert_false(path_climbs(no[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cleaning_gives_every_path_one_form),
		cmocka_unit_test(joining_puts_one_separator_between),
		cmocka_unit_test(a_path_is_cut_into_folder_and_name),
		cmocka_unit_test(
		    absolute_is_what_begins_with_a_separator_or_drive),
		cmocka_unit_test(climbing_is_a_part_of_two_dots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
