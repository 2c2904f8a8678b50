/*
 * Tests of lib/inifile beside other builds of inih: one that works, in lines of
 * any length, and those that hand back something else than they were given.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ini.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/inifile.h"
#include "../../platform/err.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What the build at hand does wrong. */
static struct {
	int line;	     /* the length of its lines */
	const char *section; /* hands back these instead */
	const char *name;
	const char *value;
	bool no_value;	  /* hands back no value */
	bool goes_on;	  /* to the end, whatever the handler says */
	bool no_last;	  /* forgets the last entry */
	bool reads_on;	  /* ends after the first line */
	bool tells_names; /* calls the handler for a section too */
	int result;	  /* returned in the end, when not 0 */
} build;
static unsigned lines; /* that were read */

/* One line; the number of it when the handler does not like it. */
static int
hand_back(char *line, char *section, ini_handler handler, void *user)
{
	char *value;

	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '[') {
		line[strlen(line) - 1] = '\0';
		strcpy(section, line + 1);
		return build.tells_names && !handler(user, section, NULL, NULL);
	}
	value = strchr(line, '=');
	assert_non_null(value);
	*value++ = '\0';
	return !handler(user, build.section != NULL ? build.section : section,
	    build.name != NULL ? build.name : line,
	    build.no_value	      ? NULL
		: build.value != NULL ? build.value
				      : value);
}

/* Stands for that of the library: its own buffer is as long as it says. */
int
ini_parse_stream(
    ini_reader reader, void *stream, ini_handler handler, void *user)
{
	char *line = malloc((size_t)build.line), section[40] = "";
	int rc = 0;

	lines = 0;
	while ((rc == 0 || build.goes_on) &&
	    reader(line, build.line, stream) != NULL) {
		lines++;
		assert_true(strlen(line) < (size_t)build.line);
		assert_int_equal('\n', line[strlen(line) - 1]);
		if (build.no_last && lines == 4)
			break;
		if (hand_back(line, section, handler, user) && rc == 0)
			rc = (int)lines;
		if (build.reads_on)
			break;
	}
	free(line);
	return rc != 0 ? rc : build.result;
}

static int
parse(const char *text, struct inifile **ini)
{
	return inifile_parse(
	    "x.ini", text, strlen(text), INIFILE_DIALECT, ini, NULL);
}

static const char text[] = "[S]\na=1\nb=two words; =[x]\n";

static void
lines_of_every_length_bring_the_same(void **state)
{
	struct inifile *ini;
	struct buf longer = BUF_INIT;
	int i;

	(void)state;
	memset(&build, 0, sizeof build);
	buf_add_text(&longer, "[S]\nk=");
	for (i = 0; i < 1000; i++)
		buf_add_char(&longer, i % 3 ? ' ' + i % 90 : 'A' + i % 26);
	buf_add_char(&longer, 'e');
	for (build.line = 32; build.line < 140; build.line++) {
		build.tells_names = build.line % 2;
		assert_int_equal(0, parse(text, &ini));
		assert_string_equal("1", inifile_get(ini, "S", "a"));
		assert_string_equal(
		    "two words; =[x]", inifile_get(ini, "S", "b"));
		inifile_free(ini);
		assert_int_equal(0, parse(buf_text(&longer), &ini));
		assert_string_equal(
		    buf_text(&longer) + 6, inifile_get(ini, "S", "k"));
		inifile_free(ini);
	}
	buf_free(&longer);
}

static void
what_is_another_text_is_refused(void **state)
{
	static const char *const sections[] = { "s2", "s", "x1", "" };
	static const char *const names[] = { "n2", "a", "", "m", "n11" };
	static const char *const values[] = { "", "1", ".2", ".", ".11", ".%3",
		".%", ".%3G", ".%G1", ".%31x", ".%32", ".%" };
	struct inifile *ini;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(sections); i++) {
		memset(&build, 0, sizeof build);
		build.line = 200;
		build.section = sections[i];
		assert_int_equal(ERR_UNSUP, parse("[S]\na=1\n", &ini));
		assert_null(ini);
	}
	for (i = 0; i < 2 * COUNT(names); i++) {
		memset(&build, 0, sizeof build);
		build.line = 200;
		build.goes_on = i % 2;
		build.name = names[i / 2];
		assert_int_equal(ERR_UNSUP, parse("[S]\na=1\n", &ini));
	}
	for (i = 0; i < 2 * COUNT(values); i++) {
		memset(&build, 0, sizeof build);
		build.line = 200;
		build.goes_on = i % 2;
		build.value = values[i / 2];
		assert_int_equal(ERR_UNSUP, parse("[S]\na=1\n", &ini));
	}
	/* The same in other words is the same. */
	build.value = ".%31";
	assert_int_equal(0, parse("[S]\na=1\n", &ini));
	assert_string_equal("1", inifile_get(ini, "S", "a"));
	inifile_free(ini);
}

static void
a_build_that_leaves_something_out_is_refused(void **state)
{
	struct inifile *ini;
	int i;

	(void)state;
	for (i = 0; i < 6; i++) {
		memset(&build, 0, sizeof build);
		build.line = i == 0 ? 31 : 200;
		build.no_value = i == 1;
		build.no_last = i == 2;
		build.reads_on = i == 3;
		build.result = i == 4 ? 3 : i == 5 ? -1 : 0;
		assert_int_equal(
		    ERR_UNSUP, parse("[S]\na=1\n[T]\nb=2\n", &ini));
		assert_null(ini);
	}
	build.result = -2;
	assert_int_equal(ERR_NOMEM, parse(text, &ini));
	build.result = 0;
	assert_int_equal(0, parse(text, &ini));
	assert_int_equal(3, lines);
	inifile_free(ini);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_every_length_bring_the_same),
		cmocka_unit_test(what_is_another_text_is_refused),
		cmocka_unit_test(a_build_that_leaves_something_out_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
