/* Tests of lib/pattern: options, limits, letter case, globs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/pattern.h"
#include "../../platform/err.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int
compile_and_match(const char *expression, unsigned flags, const char *text)
{
	struct pattern *pattern;
	int rc;

	assert_int_equal(0, pattern_compile(expression, flags, &pattern, NULL));
	rc = pattern_match(pattern, text);
	pattern_free(pattern);
	return rc;
}

static void
flags_decide_what_matches(void **state)
{
	static const struct {
		const char *expression;
		unsigned flags;
		const char *text;
		int expected;
	} cases[] = {
		{ "PLN-", 0, "xPLN-7", 0 },
		{ "PLN-", 0, "pln-7", ERR_NOENT },
		{ "PLN-", PATTERN_CASELESS, "pln-7", 0 },
		{ "PLN-", PATTERN_WHOLE, "PLN-7", ERR_NOENT },
		{ "PLN-\\d+", PATTERN_WHOLE, "PLN-77", 0 },
		{ "a|ab", PATTERN_WHOLE, "ab", 0 },
		{ "LN-", PATTERN_HERE, "PLN-7", ERR_NOENT },
		{ "PLN-", PATTERN_HERE, "PLN-7", 0 },
		{ "a$", PATTERN_WHOLE, "a\n", ERR_NOENT },
		{ "^b$", 0, "a\nb\nc", ERR_NOENT },
		{ "^b$", PATTERN_LINES, "a\nb\nc", 0 },
		{ "^b$", PATTERN_LINES, "a\rb\rc", ERR_NOENT },
		{ "^.$", 0, "\xC3\xA9", 0 },
		{ "^.$", PATTERN_BYTES, "\xC3\xA9", ERR_NOENT },
		{ "^..$", PATTERN_BYTES, "\xE9\xFF", 0 },
		{ "^\xE9$", PATTERN_BYTES, "\xE9", 0 },
		{ "^\xE9$", PATTERN_BYTES | PATTERN_CASELESS, "\xC9",
		    ERR_NOENT },
		{ "\xC3\xA9", PATTERN_CASELESS, "\xC3\x89", 0 },
		{ "a", 0, "\xE9", ERR_FORMAT },
		{ "", 0, "", 0 },
	};
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		rc = compile_and_match(
		    cases[i].expression, cases[i].flags, cases[i].text);
		if (rc != cases[i].expected)
			fail_msg("case %zu: %d", i, rc);
	}
}

static void
bad_expression_is_refused_with_its_offset(void **state)
{
	struct pattern *pattern = (struct pattern *)1;
	struct buf why = BUF_INIT;

	(void)state;
	assert_int_equal(
	    ERR_FORMAT, pattern_compile("ab(c", 0, &pattern, &why));
	assert_null(pattern);
	assert_non_null(strstr(buf_text(&why), "ab(c"));
	assert_non_null(strstr(buf_text(&why), "missing closing parenthesis"));
	assert_non_null(strstr(buf_text(&why), "at offset 4"));
	buf_free(&why);
	assert_int_equal(
	    ERR_FORMAT, pattern_compile("\xE9", 0, &pattern, NULL));
	assert_int_equal(ERR_FORMAT,
	    pattern_compile("(*UTF)a", PATTERN_BYTES, &pattern, NULL));
	pattern_free(NULL);
}

static void
search_gives_offsets_of_groups(void **state)
{
	const char text[] = "a=1\nbb=22\n";
	struct pattern *pattern;
	size_t spans[10];

	(void)state;
	assert_int_equal(0,
	    pattern_compile(
		"^(\\w+)=(?:(x)|(\\d+))", PATTERN_LINES, &pattern, NULL));
	assert_int_equal(
	    0, pattern_search(pattern, text, strlen(text), 1, spans, 5));
	assert_int_equal(4, spans[0]);
	assert_int_equal(9, spans[1]);
	assert_int_equal(4, spans[2]);
	assert_int_equal(6, spans[3]);
	assert_true(spans[4] == (size_t)-1 && spans[5] == (size_t)-1);
	assert_int_equal(7, spans[6]);
	assert_int_equal(9, spans[7]);
	/* More groups than the pattern has. */
	assert_true(spans[8] == (size_t)-1 && spans[9] == (size_t)-1);
	assert_int_equal(
	    0, pattern_search(pattern, text, strlen(text), 0, spans, 1));
	assert_int_equal(0, spans[0]);
	assert_int_equal(ERR_NOENT,
	    pattern_search(pattern, text, strlen(text), 5, spans, 5));
	pattern_free(pattern);
}

static void
search_that_must_match_here_goes_no_further(void **state)
{
	struct pattern *pattern;
	size_t spans[2];

	(void)state;
	assert_int_equal(
	    0, pattern_compile("[0-9]++", PATTERN_HERE, &pattern, NULL));
	assert_int_equal(0, pattern_search(pattern, "a12b3", 5, 1, spans, 1));
	assert_int_equal(1, spans[0]);
	assert_int_equal(3, spans[1]);
	assert_int_equal(
	    ERR_NOENT, pattern_search(pattern, "a12b3", 5, 3, spans, 1));
	pattern_free(pattern);
}

static void
text_may_hold_nul_bytes(void **state)
{
	struct pattern *pattern;
	size_t spans[2];

	(void)state;
	assert_int_equal(
	    0, pattern_compile("b", PATTERN_BYTES, &pattern, NULL));
	assert_int_equal(0, pattern_search(pattern, "a\0b", 3, 0, spans, 1));
	assert_int_equal(2, spans[0]);
	pattern_free(pattern);
}

static void
hostile_pattern_ends_in_an_error(void **state)
{
	char text[64];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(ERR_RANGE, compile_and_match("^(a+)+[bc]$", 0, text));
	assert_int_equal(ERR_RANGE, compile_and_match("^(a|a)*[bc]$", 0, text));
	assert_int_equal(
	    ERR_RANGE, compile_and_match("^(a|(?R))+[bc]", 0, text));
	/* The limits of a match are not the pattern's to raise. */
	assert_int_equal(ERR_RANGE,
	    compile_and_match("(*LIMIT_MATCH=4000000000)^(a+)+[bc]$", 0, text));
}

static void
quoted_text_matches_itself_only(void **state)
{
	static const char *const texts[] = {
		"a.b*c",
		"\\Qx\\E",
		"SMS (old) [1]+{2}^$|?",
		"#a b-c/d",
		"\xE9\xFF",
		"\"'%&,;:=@_`~!<>",
		"tab\there",
	};
	struct buf quoted = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(texts); i++) {
		buf_clear(&quoted);
		assert_int_equal(0, pattern_quote(texts[i], &quoted));
		assert_int_equal(0,
		    compile_and_match(buf_text(&quoted),
			PATTERN_BYTES | PATTERN_WHOLE, texts[i]));
	}
	buf_clear(&quoted);
	pattern_quote("a.b", &quoted);
	assert_int_equal(
	    ERR_NOENT, compile_and_match(buf_text(&quoted), 0, "axb"));
	buf_free(&quoted);
}

static void
names_that_windows_takes_for_one_fold_to_one(void **state)
{
	static const char *const cases[][2] = {
		{ "BIN/Climonnt.EXE", "bin/climonnt.exe" }, { "", "" },
		{ "@[`{", "@[`{" },
		{ "\xC3\x84rger.TXT", "\xC3\xA4rger.txt" }, /* A umlaut */
		{ "\xCE\xA3\xCF\x82", "\xCF\x83\xCF\x83" }, /* sigmas */
		{ "\xC5\xBF", "s" },			    /* long s */
		{ "\xE2\x84\xAA", "k" },		    /* Kelvin */
		{ "\xC8\xBA", "\xE2\xB1\xA5" },		    /* 2 bytes to 3 */
		{ "\xD0\x96\n\xD0\xB6", "\xD0\xB6\n\xD0\xB6" },
		{ "\xF0\x90\x90\x80", "\xF0\x90\x90\xA8" }, /* Deseret */
		{ "\xE6\xBC\xA2", "\xE6\xBC\xA2" },	    /* no case */
	};
	struct buf out = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		buf_clear(&out);
		buf_add_text(&out, "x/");
		assert_int_equal(0, pattern_fold(cases[i][0], &out));
		assert_string_equal(cases[i][1], buf_text(&out) + 2);
	}
	assert_int_equal(ERR_FORMAT, pattern_fold("a\xE9", &out));
	buf_free(&out);
}

static void
globs_keep_within_folders(void **state)
{
	static const struct {
		const char *glob;
		const char *path;
		int expected;
	} cases[] = {
		{ "*.exe", "A.EXE", 0 },
		{ "*.exe", "BIN/A.EXE", ERR_NOENT },
		{ "*.exe", "A.EXE2", ERR_NOENT },
		{ "bin/*", "BIN\\A.EXE", 0 },
		{ "bin\\*", "BIN/A.EXE", 0 },
		{ "bin/*", "BIN/X/A.EXE", ERR_NOENT },
		{ "bin/**", "BIN/X/A.EXE", 0 },
		{ "bin/**", "BINX", ERR_NOENT },
		{ "**/*.dll", "A.DLL", 0 },
		{ "**/*.dll", "X/Y/A.DLL", 0 },
		{ "x/**/a", "x/a", 0 },
		{ "x/**/a", "x/y/z/a", 0 },
		{ "x/**/a", "x/ya", ERR_NOENT },
		{ "x**a", "x/y/a", 0 },
		{ "a?c", "abc", 0 },
		{ "a?c", "a/c", ERR_NOENT },
		{ "a?c",
		    "a\xC3\xA9"
		    "c",
		    0 },
		{ "a?c", "ac", ERR_NOENT },
		{ "**", "a/b", 0 },
		{ "*", "", 0 },
		{ "a+(b)[c].{d}", "a+(b)[c].{d}", 0 },
		{ "a.c", "abc", ERR_NOENT },
		{ "\xC3\xA4*",
		    "\xC3\x84"
		    "B",
		    0 },
	};
	struct pattern *pattern;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
		    0, pattern_compile_glob(cases[i].glob, &pattern, NULL));
		rc = pattern_match(pattern, cases[i].path);
		pattern_free(pattern);
		if (rc != cases[i].expected)
			fail_msg("glob %s, path %s: %d", cases[i].glob,
			    cases[i].path, rc);
	}
}

static void
empty_glob_is_refused(void **state)
{
	struct pattern *pattern;
	struct buf why = BUF_INIT;

	(void)state;
	assert_int_equal(ERR_FORMAT, pattern_compile_glob("", &pattern, &why));
	assert_string_equal("an empty file pattern", buf_text(&why));
	assert_null(pattern);
	buf_free(&why);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_decide_what_matches),
		cmocka_unit_test(bad_expression_is_refused_with_its_offset),
		cmocka_unit_test(search_gives_offsets_of_groups),
		cmocka_unit_test(search_that_must_match_here_goes_no_further),
		cmocka_unit_test(text_may_hold_nul_bytes),
		cmocka_unit_test(hostile_pattern_ends_in_an_error),
		cmocka_unit_test(quoted_text_matches_itself_only),
		cmocka_unit_test(names_that_windows_takes_for_one_fold_to_one),
		cmocka_unit_test(globs_keep_within_folders),
		cmocka_unit_test(empty_glob_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
