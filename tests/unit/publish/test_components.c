/* Tests of site/publish: components.ini as text, without files on disk. What is
 * refused, line by line, is a scenario's table (tests/data/components). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../../lib/buf.h"
#include "../../../lib/copylist.h"
#include "../../../platform/err.h"
#include "../../../platform/os.h"
#include "../../../site/publish/components.h"
#include "../../../site/publish/sources.h"
#include "../../fake/fake.h"

static struct components *c;

static int
start(void **unused)
{
	(void)unused;
	fake_reset();
	c = NULL;
	return 0;
}

static int
finish(void **unused)
{
	(void)unused;
	components_free(c);
	return 0;
}

static void
parse(const char *text)
{
	struct buf why = BUF_INIT;
	int rc;

	components_free(c);
	rc = components_parse("c.ini", text, strlen(text), &c, &why);
	if (rc == 0)
		rc = components_check(c, &why);
	if (rc != 0)
		print_error("%s\n", buf_text(&why));
	assert_int_equal(rc, 0);
	buf_free(&why);
}

/* The component that a file goes to, for which a map names `home`; its flags
 * are in *flags. */
static const char *
place_from(char *home, const char *name, bool exec, unsigned *flags)
{
	struct sources_file file = { .component = home };
	struct buf why = BUF_INIT;
	size_t number;

	file.name = (char *)(uintptr_t)name;
	file.info.flags = exec ? OS_EXEC : 0;
	assert_int_equal(components_place(c, &file, &number, flags, &why), 0);
	buf_free(&why);
	return components_list(c)->components[number].name;
}

static const char *
place(const char *name, bool exec, unsigned *flags)
{
	return place_from(NULL, name, exec, flags);
}

static void
without_a_file_everything_is_standard(void **unused)
{
	struct buf why = BUF_INIT;
	unsigned flags;

	(void)unused;
	assert_int_equal(components_parse("c.ini", NULL, 0, &c, &why), 0);
	assert_int_equal(components_list(c)->count, 1);
	assert_string_equal(place("BIN/A.EXE", false, &flags), "STANDARD");
	assert_int_equal(flags, 0);
	assert_string_equal(place("A.SH", true, &flags), "STANDARD");
	assert_int_equal(flags, OS_EXEC);
	assert_int_equal(
	    components_list(c)->components[0].type, COPYLIST_FILES);
	assert_int_equal(components_list(c)->rollout, 100);
}

static void
globs_decide_where_a_file_goes(void **unused)
{
	static const struct {
		const char *name, *component;
	} cases[] = {
		{ "BIN/A.EXE", "One" },
		{ "bin/a.exe", "One" },
		{ "BIN/SUB/A.EXE", "Deep" },
		{ "BIN/A.DLL", "Two" },
		{ "A.EXE", "STANDARD" },
		{ "X.OCX", "Deep" },
		{ "P/Q/X.OCX", "Deep" },
		{ "P/QX.OCX", "STANDARD" },
		{ "DATA/7.TXT", "Two" },
		{ "DATA/77.TXT", "STANDARD" },
		{ "\xc3\x84/\xc3\x96.TXT", "Two" },
		{ "\xc3\xa4/\xc3\xb6.TXT", "Two" },
	};
	unsigned flags;
	size_t i;

	(void)unused;
	parse("[Component One]\nFiles=BIN/*.EXE\n"
	      "[Component Two]\nFiles=BIN/*,DATA\\?.TXT , \xc3\xa4/*\n"
	      "[Component Deep]\nFiles=BIN/**,**/X.OCX\n");
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(
		    place(cases[i].name, false, &flags), cases[i].component);
}

static void
the_order_is_that_of_the_text_and_standard_is_first(void **unused)
{
	struct copylist *list;

	(void)unused;
	parse("[Component B]\n[Component A]\nAfter=B\n");
	list = components_list(c);
	assert_int_equal(list->count, 3);
	assert_string_equal(list->components[0].name, "STANDARD");
	assert_string_equal(list->components[1].name, "B");
	assert_string_equal(list->components[2].name, "A");
	parse("[Component A]\n[component standard]\nFiles=*\n");
	list = components_list(c);
	assert_int_equal(list->count, 2);
	assert_string_equal(list->components[1].name, "standard");
}

static void
of_equal_keys_and_sections_the_first_counts(void **unused)
{
	const struct copylist_component *a;
	unsigned flags;

	(void)unused;
	parse("[Component A]\nType=service\nType=files\nService=S1\n"
	      "Service=S2\nBinary=X\nFiles=ONE/*\nFiles=TWO/*\n"
	      "[COMPONENT a]\nStart=no such word\nFiles=THREE/*\n"
	      "[Flags]\nONE/*=h\nONE/*=r\n[flags]\n*=xyz\n");
	a = &components_list(c)->components[1];
	assert_int_equal(components_list(c)->count, 2);
	assert_int_equal(a->type, COPYLIST_SERVICE);
	assert_string_equal(a->service, "S1");
	assert_string_equal(place("ONE/F", false, &flags), "A");
	assert_int_equal(flags, OS_HIDDEN);
	assert_string_equal(place("TWO/F", false, &flags), "STANDARD");
	assert_string_equal(place("THREE/F", false, &flags), "STANDARD");
}

static void
keys_come_into_the_list_as_they_are_written(void **unused)
{
	const struct copylist_component *a;

	(void)unused;
	parse("[Component A]\nType=SERVICE\nService= My Service \n"
	      "Binary=BIN\\A.EXE\nArguments=/x \"a; b=c\"\nStart=Delayed\n"
	      "Settle=0\nAfter=STANDARD\nWhen=os:linux\n");
	a = &components_list(c)->components[1];
	assert_string_equal(a->service, "My Service");
	assert_string_equal(a->binary, "BIN\\A.EXE");
	assert_string_equal(a->arguments, "/x \"a; b=c\"");
	assert_string_equal(a->start, "delayed");
	assert_string_equal(a->settle, "0");
	assert_string_equal(a->after, "STANDARD");
	assert_string_equal(a->when, "os:linux");
}

static void
an_empty_value_is_as_good_as_none(void **unused)
{
	const struct copylist_component *a;

	(void)unused;
	parse("[Component A]\nStart=\nAfter=\nWhen=\nSettle=\nFiles=\n");
	a = &components_list(c)->components[1];
	assert_null(a->start);
	assert_null(a->after);
	assert_null(a->when);
	assert_null(a->settle);
}

static void
flags_replace_what_the_owner_may(void **unused)
{
	unsigned flags;

	(void)unused;
	parse("[Flags]\n*.TXT=\n*.SH=xhr\n");
	place("A.TXT", true, &flags);
	assert_int_equal(flags, 0);
	place("A.SH", false, &flags);
	assert_int_equal(flags, OS_EXEC | OS_HIDDEN | OS_READONLY);
	place("A.BIN", true, &flags);
	assert_int_equal(flags, OS_EXEC);
}

static void
patterns_by_which_no_file_went_are_told(void **unused)
{
	struct buf lines = BUF_INIT;
	unsigned flags;

	(void)unused;
	parse("[Component A]\nFiles=X,Y\n[Component B]\nFiles=*\n"
	      "[Flags]\nZ=h\nY=h\n");
	place("Y", false, &flags);
	assert_int_equal(components_unused(c, &lines), 0);
	assert_string_equal(buf_text(&lines),
	    "c.ini:2: X: no file goes by this\n"
	    "c.ini:4: *: no file goes by this\n"
	    "c.ini:6: Z: no file goes by this\n");
	buf_free(&lines);
}

static void
a_pattern_that_takes_too_long_is_an_error_of_the_input(void **unused)
{
	struct buf why = BUF_INIT, name = BUF_INIT;
	struct sources_file file = { 0 };
	unsigned flags;
	size_t number, i;

	(void)unused;
	parse("[Component A]\n"
	      "Files=**a**a**a**a**a**a**a**a**a**a**a**b\n");
	for (i = 0; i < 200; i++)
		buf_add_char(&name, 'a');
	buf_add_text(&name, "bc");
	file.name = name.data;
	assert_int_equal(
	    components_place(c, &file, &number, &flags, &why), ERR_FORMAT);
	assert_ptr_equal(strstr(buf_text(&why), "c.ini:2: **a"), why.data);
	buf_free(&name);
	buf_free(&why);
}

static void
components_of_a_map_join_those_of_the_text(void **unused)
{
	static char pcm[] = "pcm", standard[] = "standard";
	struct buf why = BUF_INIT;
	struct copylist *list;
	unsigned flags;
	const char text[] = "[Component A]\nAfter=PCM\nFiles=BIN/A*\n"
			    "[Component Pcm]\nWhen=os:linux\n";

	(void)unused;
	assert_int_equal(
	    components_parse("c.ini", text, sizeof text - 1, &c, &why), 0);
	assert_int_equal(components_add(c, "PCM", &why), 0);
	assert_int_equal(components_add(c, "LANMAN", &why), 0);
	assert_int_equal(components_check(c, &why), 0);
	list = components_list(c);
	assert_int_equal(list->count, 4);
	assert_string_equal(list->components[2].name, "Pcm");
	assert_string_equal(list->components[3].name, "LANMAN");
	assert_string_equal(place_from(pcm, "BIN/X", false, &flags), "Pcm");
	assert_string_equal(
	    place_from(standard, "BIN/X", false, &flags), "STANDARD");
	/* A pattern of the text comes before the map. */
	assert_string_equal(place_from(pcm, "BIN/AX", false, &flags), "A");
	buf_free(&why);
}

static void
components_of_maps_are_bounded(void **unused)
{
	struct buf why = BUF_INIT, name = BUF_INIT;
	int i, rc = 0;

	(void)unused;
	parse("");
	for (i = 0; i < 1001 && rc == 0; i++) {
		buf_clear(&name);
		buf_format(&name, "C%d", i);
		rc = components_add(c, name.data, &why);
	}
	assert_int_equal(i, 1001);
	assert_int_equal(rc, ERR_FORMAT);
	assert_string_equal(buf_text(&why),
	    "c.ini: more than 1000 components, with those of the map");
	buf_free(&name);
	buf_free(&why);
}

static void
many_components_in_the_worst_order_are_no_trouble(void **unused)
{
	struct buf text = BUF_INIT, why = BUF_INIT;
	int i;

	(void)unused;
	for (i = 0; i < 999; i++)
		buf_format(&text, "[Component C%d]\nAfter=C%d\n", i, i + 1);
	buf_add_text(&text, "[Component C999]\n");
	parse(buf_text(&text));
	assert_int_equal(components_list(c)->count, 1001);
	buf_add_text(&text, "[Component C1000]\n");
	components_free(c);
	assert_int_equal(
	    components_parse("c.ini", text.data, text.len, &c, &why),
	    ERR_FORMAT);
	assert_string_equal(
	    buf_text(&why), "c.ini:2000: more than 1000 sections");
	buf_free(&why);
	buf_free(&text);
}

static void
no_allocation_that_fails_is_passed_over(void **unused)
{
	static const char text[] =
	    "[Component A]\nType=service\nService=S\n"
	    "Binary=B\nAfter=STANDARD\nFiles=B,C/*\n[Flags]\nB=x\n";
	struct buf why = BUF_INIT;
	unsigned n;
	int rc;

	(void)unused;
	if (!fake_alloc_works())
		skip();
	for (n = 1; n < 2000; n++) {
		buf_free(&why);
		fake_alloc_fail(n, FAKE_ONCE);
		rc = components_parse("c.ini", text, sizeof text - 1, &c, &why);
		if (rc == 0)
			rc = components_add(c, "PCM", &why);
		if (rc == 0)
			rc = components_check(c, &why);
		if (!fake_alloc_met())
			break;
		fake_alloc_fail(0, FAKE_ONCE);
		/* Some are of no account: room that was only asked for. */
		assert_true(rc == 0 || rc == ERR_NOMEM);
		components_free(c);
		c = NULL;
	}
	fake_alloc_fail(0, FAKE_ONCE);
	assert_int_equal(rc, 0);
	assert_in_range(n, 20, 1999);
	buf_free(&why);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)
		TEST(without_a_file_everything_is_standard),
		TEST(globs_decide_where_a_file_goes),
		TEST(the_order_is_that_of_the_text_and_standard_is_first),
		TEST(of_equal_keys_and_sections_the_first_counts),
		TEST(keys_come_into_the_list_as_they_are_written),
		TEST(an_empty_value_is_as_good_as_none),
		TEST(flags_replace_what_the_owner_may),
		TEST(patterns_by_which_no_file_went_are_told),
		TEST(a_pattern_that_takes_too_long_is_an_error_of_the_input),
		TEST(components_of_a_map_join_those_of_the_text),
		TEST(components_of_maps_are_bounded),
		TEST(many_components_in_the_worst_order_are_no_trouble),
		TEST(no_allocation_that_fails_is_passed_over),
#undef TEST
	};

	return cmocka_run_group_tests_name("components", tests, NULL, NULL);
}
