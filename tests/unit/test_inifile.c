/* Tests of lib/inifile: the dialect, the strict rules, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/inifile.h"
#include "../../platform/err.h"
#include "../fake/fake.h"
#include "inicases.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct inifile *
parse(const char *text, enum inifile_rules rules)
{
	struct inifile *ini;
	struct buf why = BUF_INIT;
	int rc;

	rc = inifile_parse("x.ini", text, strlen(text), rules, &ini, &why);
	if (rc != 0)
		fail_msg("%d: %s", rc, buf_text(&why));
	buf_free(&why);
	return ini;
}

/* What was read, as the .expect files say it: "[section]|line" and
 * "section|key|value|line", in the order of the text. */
static void
describe(const struct inifile *ini, struct buf *out)
{
	const struct inifile_section *s;
	const struct inifile_entry *e;
	size_t sections, entries, i, k = 0;

	s = inifile_sections(ini, &sections);
	e = inifile_entries(ini, &entries);
	for (i = 0; i <= entries; i++) {
		for (; k < sections && (i == entries || s[k].line < e[i].line);
		     k++)
			buf_format(out, "[%s]|%u\n", s[k].name, s[k].line);
		if (i == entries)
			break;
		assert_int_equal(k, e[i].section_number);
		assert_string_equal(k == 0 ? "" : s[k - 1].name, e[i].section);
		buf_format(out, "%s|%s|%s|%u\n", e[i].section, e[i].key,
		    e[i].value, e[i].line);
	}
}

static void
check_case(const char *name, const struct buf *text)
{
	struct buf expected = BUF_INIT, got = BUF_INIT;
	struct inifile *ini;

	case_read(name, ".expect", &expected);
	assert_int_equal(0,
	    inifile_parse(
		name, buf_text(text), text->len, INIFILE_DIALECT, &ini, NULL));
	describe(ini, &got);
	if (strcmp(buf_text(&expected), buf_text(&got)) != 0)
		fail_msg("%s:\n%s", name, buf_text(&got));
	inifile_free(ini);
	buf_free(&expected);
	buf_free(&got);
}

static void
case_files_read_as_expected(void **state)
{
	(void)state;
	case_each(check_case);
}

static void
first_of_equal_keys_and_sections_counts(void **state)
{
	struct inifile *ini = parse(
	    "early=0\n[Local]\nServer=A\nserver=B\n"
	    "[Two]\nx=2\n[LOCAL]\nServer=C\nOnly=D\n[]\nearly=9\n",
	    INIFILE_DIALECT);

	(void)state;
	assert_string_equal("A", inifile_get(ini, "local", "SERVER"));
	assert_null(inifile_get(ini, "Local", "Only"));
	assert_string_equal("2", inifile_get(ini, "two", "X"));
	assert_null(inifile_get(ini, "Two", "Server"));
	assert_null(inifile_get(ini, "Three", "x"));
	assert_string_equal("0", inifile_get(ini, "", "Early"));
	inifile_free(ini);
}

static void
case_of_letters_beyond_ascii_is_kept_apart(void **state)
{
	struct inifile *ini = parse("[a]\n\xC4=1\n\xE4=2\n", INIFILE_DIALECT);

	(void)state;
	assert_string_equal("1", inifile_get(ini, "A", "\xC4"));
	assert_string_equal("2", inifile_get(ini, "A", "\xE4"));
	inifile_free(ini);
}

struct refusal {
	const char *text;
	size_t len;
	const char *why;
};
#define REFUSAL(text, why)                  \
	{                                   \
		text, sizeof(text) - 1, why \
	}

static void
check_refusals(
    const struct refusal *cases, size_t count, enum inifile_rules rules)
{
	struct buf why = BUF_INIT;
	struct inifile *ini;
	size_t i;

	for (i = 0; i < count; i++) {
		ini = (struct inifile *)1;
		assert_int_equal(ERR_FORMAT,
		    inifile_parse("x.ini", cases[i].text, cases[i].len, rules,
			&ini, &why));
		assert_null(ini);
		assert_string_equal(cases[i].why, buf_text(&why));
	}
	buf_free(&why);
}

static void
damage_is_refused_naming_the_line(void **state)
{
	static const struct refusal cases[] = {
		REFUSAL("\0", "x.ini:1: NUL byte"),
		REFUSAL("[a]\r\nb=c\0d\r\n", "x.ini:2: NUL byte"),
		REFUSAL("[a]\r\n;\0\r\n", "x.ini:2: NUL byte"),
		REFUSAL("[a]\nb=\x01\n", "x.ini:2: control byte 0x01"),
		REFUSAL("[a]\nb=\x1B[31m\n", "x.ini:2: control byte 0x1B"),
		REFUSAL("[a]\nb\x7F=\n", "x.ini:2: control byte 0x7F"),
		REFUSAL("[a]\n\n; \f\n", "x.ini:3: control byte 0x0C"),
		REFUSAL("a=1\r\n\x1A\r\nb=2\r\n", "x.ini:2: control byte 0x1A"),
		REFUSAL("a=1\x1A\n", "x.ini:1: control byte 0x1A"),
		REFUSAL("a=1\rb=2\r\n", "x.ini:1: CR without LF"),
		REFUSAL("a=1\r\nb=2\r", "x.ini:2: CR without LF"),
		REFUSAL("a=1\r\nb=2\r\x1A", "x.ini:2: CR without LF"),
		REFUSAL("a=1\r\r\n", "x.ini:1: CR without LF"),
		REFUSAL("a=1\n\r", "x.ini:2: CR without LF"),
	};

	(void)state;
	check_refusals(cases, COUNT(cases), INIFILE_DIALECT);
	check_refusals(cases, COUNT(cases), INIFILE_STRICT);
}

static void
strict_text_is_refused_for_every_useless_line(void **state)
{
	static const struct refusal cases[] = {
		REFUSAL("[a]\n \n", "x.ini:2: blanks alone"),
		REFUSAL("[a]\n\t", "x.ini:2: blanks alone"),
		REFUSAL(" ;c\n", "x.ini:1: blank before ';'"),
		REFUSAL("\n [a]\n", "x.ini:2: blank before '['"),
		REFUSAL("[a] \n", "x.ini:1: text after ']'"),
		REFUSAL("[a];c\n", "x.ini:1: text after ']'"),
		REFUSAL("[a]]\n", "x.ini:1: text after ']'"),
		REFUSAL("[a\n", "x.ini:1: no ']' after '['"),
		REFUSAL("[a=b\n", "x.ini:1: no ']' after '['"),
		REFUSAL(
		    "[a]\r\nb\r\n", "x.ini:2: neither [section] nor key=value"),
		REFUSAL("[a]\n=b\n", "x.ini:2: no key before '='"),
	};

	(void)state;
	check_refusals(cases, COUNT(cases), INIFILE_STRICT);
}

static void
strict_text_is_trimmed_nowhere(void **state)
{
	struct buf got = BUF_INIT;
	struct inifile *ini;

	(void)state;
	ini = parse("\xEF\xBB\xBF; c\r\n\r\n[ a\t]\r\n k = v ; w\t\r\n"
		    "[b]\ne=\n\x1A",
	    INIFILE_STRICT);
	describe(ini, &got);
	assert_string_equal(
	    "[ a\t]|3\n a\t| k | v ; w\t|4\n[b]|5\nb|e||6\n", buf_text(&got));
	assert_string_equal(" v ; w\t", inifile_get(ini, " A\t", " K "));
	inifile_free(ini);
	buf_free(&got);
}

/* Values of every length round that of inih's buffer, of bytes that are given
 * to it as one byte and as three. */
static void
values_of_every_length_come_back_whole(void **state)
{
	static const char bytes[] = "a;\xFF %";
	struct buf text = BUF_INIT;
	struct inifile *ini;
	const char *value;
	size_t len, i;

	(void)state;
	for (len = 0; len < 700; len++) {
		buf_clear(&text);
		buf_add_text(&text, "[s]\nk=x");
		for (i = 0; i < len; i++)
			buf_add_char(&text, bytes[(i * 7 + len) % 5]);
		buf_add_text(&text, "y\nm=.%41\nn1=\n");
		ini = parse(buf_text(&text), INIFILE_DIALECT);
		value = inifile_get(ini, "s", "k");
		assert_int_equal(len + 2, strlen(value));
		assert_memory_equal(text.data + 6, value, len + 2);
		assert_string_equal(".%41", inifile_get(ini, "s", "m"));
		assert_string_equal("", inifile_get(ini, "s", "n1"));
		inifile_free(ini);
	}
	buf_free(&text);
}

static void
text_is_read_to_its_length_only(void **state)
{
	char text[] = { 'a', '=', '1', '2' }; /* no NUL after it */
	struct inifile *ini;

	(void)state;
	assert_int_equal(
	    0, inifile_parse("x", text, 3, INIFILE_DIALECT, &ini, NULL));
	assert_string_equal("1", inifile_get(ini, "", "a"));
	inifile_free(ini);
	assert_int_equal(
	    0, inifile_parse("x", NULL, 0, INIFILE_DIALECT, &ini, NULL));
	inifile_free(ini);
	inifile_free(NULL);
}

static void
hundred_thousand_entries_are_read(void **state)
{
	struct buf text = BUF_INIT, value = BUF_INIT;
	const struct inifile_entry *entries;
	struct inifile *ini;
	size_t count, i;

	(void)state;
	buf_add_text(&text, "[Files STANDARD]\r\n");
	for (i = 0; i < 100000; i++)
		buf_format(&text, "BIN\\F%zu.EXE=%zu,abc\r\n", i, i);
	ini = parse(buf_text(&text), INIFILE_STRICT);
	entries = inifile_entries(ini, &count);
	assert_int_equal(100000, count);
	for (i = 0; i < count; i++) {
		buf_clear(&value);
		buf_format(&value, "%zu,abc", i);
		assert_string_equal(buf_text(&value), entries[i].value);
		assert_int_equal(i + 2, entries[i].line);
	}
	inifile_free(ini);
	buf_free(&text);
	buf_free(&value);
}

static void
one_line_may_be_64_mib_and_not_a_byte_more(void **state)
{
	char *text = malloc(INIFILE_MAX + 1);
	struct buf why = BUF_INIT;
	struct inifile *ini;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', INIFILE_MAX + 1);
	memcpy(text, "a=; ", 4);
	assert_int_equal(0,
	    inifile_parse("x", text, INIFILE_MAX, INIFILE_STRICT, &ini, NULL));
	assert_memory_equal(
	    text + 2, inifile_get(ini, "", "a"), INIFILE_MAX - 2);
	assert_int_equal(INIFILE_MAX - 2, strlen(inifile_get(ini, "", "a")));
	inifile_free(ini);
	assert_int_equal(ERR_RANGE,
	    inifile_parse(
		"x", text, INIFILE_MAX + 1, INIFILE_STRICT, &ini, &why));
	assert_string_equal("x: longer than 67108864 bytes", buf_text(&why));
	assert_null(ini);
	buf_free(&why);
	free(text);
}

static void
loading_tells_missing_from_cannot_open(void **state)
{
	struct buf why = BUF_INIT;
	struct inifile *ini;
	struct os_dir *dir;

	(void)state;
	fake_reset();
	fake_put("/c/SMS.INI", "[SMS]\r\na=1\r\n");
	fake_put("/c/BAD.INI", "[SMS]\r\na\r1\r\n");
	fake_put_folder("/c/DIR.INI");
	assert_int_equal(0, os_dir_open("/c", &dir));

	assert_int_equal(0,
	    inifile_load(
		dir, "SMS.INI", "/c/SMS.INI", INIFILE_DIALECT, &ini, &why));
	assert_string_equal("1", inifile_get(ini, "SMS", "a"));
	inifile_free(ini);
	assert_int_equal(ERR_NOENT,
	    inifile_load(
		dir, "X.INI", "/c/X.INI", INIFILE_DIALECT, &ini, &why));
	assert_string_equal("/c/X.INI: not found", buf_text(&why));
	assert_null(ini);
	assert_int_equal(ERR_ISDIR,
	    inifile_load(
		dir, "DIR.INI", "/c/DIR.INI", INIFILE_DIALECT, &ini, &why));
	assert_string_equal(
	    "/c/DIR.INI: cannot open: is a folder", buf_text(&why));
	assert_int_equal(ERR_FORMAT,
	    inifile_load(
		dir, "BAD.INI", "/c/BAD.INI", INIFILE_DIALECT, &ini, &why));
	assert_string_equal("/c/BAD.INI:2: CR without LF", buf_text(&why));
	fake_deny("/c/SMS.INI", ERR_ACCES);
	assert_int_equal(ERR_ACCES,
	    inifile_load(
		dir, "SMS.INI", "/c/SMS.INI", INIFILE_DIALECT, &ini, &why));
	assert_string_equal(
	    "/c/SMS.INI: cannot open: permission denied", buf_text(&why));
	os_dir_close(dir);
	assert_int_equal(0, fake_handles());
	buf_free(&why);
}

/* The bytes alone, so that nobody can look beside them unseen. */
static int
parse_exactly(const char *text, size_t len, struct inifile **ini)
{
	char *copy = malloc(len > 0 ? len : 1);
	int rc;

	memcpy(copy, text, len);
	rc = inifile_parse("x.ini", copy, len, INIFILE_DIALECT, ini, NULL);
	free(copy);
	return rc;
}

static void
texts_of_marks_and_blanks_alone_are_empty(void **state)
{
	static const char *const texts[] = { "", "\xEF\xBB\xBF", "\x1A",
		"\x1A\x1A", "\xEF\xBB\xBF\x1A", " ", "\t ", "\n", "\r\n",
		"\n " };
	struct inifile *ini;
	size_t i, count;

	(void)state;
	for (i = 0; i < COUNT(texts); i++) {
		assert_int_equal(
		    0, parse_exactly(texts[i], strlen(texts[i]), &ini));
		inifile_entries(ini, &count);
		assert_int_equal(0, count);
		inifile_sections(ini, &count);
		assert_int_equal(0, count);
		assert_int_equal(0, inifile_line(ini, "S", "k"));
		inifile_free(ini);
	}
	assert_int_equal(ERR_FORMAT, parse_exactly("[S]\r", 4, &ini));
	assert_int_equal(ERR_FORMAT, parse_exactly("\r", 1, &ini));
	assert_int_equal(0, parse_exactly("[S]\nk=v", 7, &ini));
	assert_int_equal(2, inifile_line(ini, "s", "K"));
	assert_int_equal(0, inifile_line(ini, "s", "x"));
	inifile_free(ini);
}

static void
every_allocation_that_fails_is_told(void **state)
{
	struct buf text = BUF_INIT;
	struct inifile *ini;
	unsigned n = 0, i;
	size_t count;
	bool met;
	int rc;

	(void)state;
	/* The tables grow twice. */
	for (i = 0; i < 20; i++)
		buf_format(&text, "[S%u]\nk=%u\nl=%u\n", i, i, i);
	do {
		fake_alloc_fail(++n, FAKE_ONCE);
		rc = inifile_parse(
		    "x", text.data, text.len, INIFILE_DIALECT, &ini, NULL);
		met = fake_alloc_met();
		fake_alloc_fail(0, FAKE_ONCE);
		assert_int_equal(met ? ERR_NOMEM : 0, rc);
		if (met)
			assert_null(ini);
	} while (met);
	assert_true(n > 8);
	inifile_entries(ini, &count);
	assert_int_equal(40, count);
	inifile_free(ini);
	buf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_files_read_as_expected),
		cmocka_unit_test(first_of_equal_keys_and_sections_counts),
		cmocka_unit_test(case_of_letters_beyond_ascii_is_kept_apart),
		cmocka_unit_test(damage_is_refused_naming_the_line),
		cmocka_unit_test(strict_text_is_refused_for_every_useless_line),
		cmocka_unit_test(strict_text_is_trimmed_nowhere),
		cmocka_unit_test(values_of_every_length_come_back_whole),
		cmocka_unit_test(text_is_read_to_its_length_only),
		cmocka_unit_test(hundred_thousand_entries_are_read),
		cmocka_unit_test(one_line_may_be_64_mib_and_not_a_byte_more),
		cmocka_unit_test(loading_tells_missing_from_cannot_open),
		cmocka_unit_test(texts_of_marks_and_blanks_alone_are_empty),
		cmocka_unit_test(every_allocation_that_fails_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
