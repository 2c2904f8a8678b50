/* Tests of lib/iniedit: edits of text, and of a file under faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../../lib/buf.h"
#include "../../lib/iniedit.h"
#include "../../lib/inifile.h"
#include "../../platform/err.h"
#include "../../platform/os.h"
#include "../fake/fake.h"
#include "inicases.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int
apply(const char *text, const char *section, const char *key, const char *value,
    struct buf *out)
{
	struct iniedit_change change = { section, key, value };

	return iniedit_apply(
	    "x.ini", text, strlen(text), &change, 1, out, NULL);
}

static void
edits_go_to_their_place(void **state)
{
	static const struct {
		const char *text, *section, *key, *value, *expected;
	} cases[] = {
		/* A value is replaced, and blanks and line ends stay. */
		{ "[S]\r\na=1\r\nb=2\r\n", "S", "a", "x",
		    "[S]\r\na=x\r\nb=2\r\n" },
		{ "\t[ S ]\t; c\n A\t=  old \t\r\nb=2", "s", "a", "new",
		    "\t[ S ]\t; c\n A\t=  new \t\r\nb=2" },
		{ "[S]\na=", "S", "a", "x", "[S]\na=x" },
		{ "[S]\na=  \r\n", "S", "a", "x", "[S]\na=  x\r\n" },
		{ "[S]\na=1\n", "S", "a", "", "[S]\na=\n" },
		{ "[S]\na=1", "S", "a", "b=c;d [e]", "[S]\na=b=c;d [e]" },
		{ "[S]\na=\"1\"\n", "S", "a", "\"2\"", "[S]\na=\"2\"\n" },
		{ "[S]\na=1\x1A\x1A", "S", "a", "2", "[S]\na=2\x1A\x1A" },
		{ "\xEF\xBB\xBF[S]\na=1\n", "S", "a", "2",
		    "\xEF\xBB\xBF[S]\na=2\n" },
		{ "[S]\n\xC4=1\n\xE4=2\n", "S", "\xE4", "3",
		    "[S]\n\xC4=1\n\xE4=3\n" },
		/* The one that counts. */
		{ "[S]\na=1\nA=2\n[s]\na=3\n", "S", "A", "x",
		    "[S]\na=x\nA=2\n[s]\na=3\n" },
		{ "a=0\n[S]\nb=1\n[s]\na=3\n", "S", "a", "x",
		    "a=0\n[S]\nb=1\na=x\n[s]\na=3\n" },
		{ ";[S]\n;a=0\n[T]\na=1\n[S]\n;a=2\n#a=3\na b=4\nab=5\na=6\n",
		    "S", "a", "x",
		    ";[S]\n;a=0\n[T]\na=1\n[S]\n;a=2\n#a=3\n"
		    "a b=4\nab=5\na=x\n" },
		{ "[S]\n[a=1]\na=2\n", "S", "a", "x",
		    "[S]\na=x\n[a=1]\na=2\n" },
		{ "[S]\n[T\na=2\n", "S", "a", "x", "[S]\n[T\na=x\n" },
		{ "[S\n[S]\na=2\n", "S", "a", "x", "[S\n[S]\na=x\n" },
		{ "[S.T]\na.b=1\n[SxT]\naxb=2\n", "SxT", "axb", "3",
		    "[S.T]\na.b=1\n[SxT]\naxb=3\n" },
		{ "[SxT]\naxb=2\n[S.T]\na.b=1\n", "S.T", "a.b", "3",
		    "[SxT]\naxb=2\n[S.T]\na.b=3\n" },
		{ "[(a|b)*]\n^$[x]\\E+?=2\n", "(a|b)*", "^$[x]\\e+?", "3",
		    "[(a|b)*]\n^$[x]\\E+?=3\n" },
		{ "[S]\nKey: one=2\n", "S", "key: ONE", "3",
		    "[S]\nKey: one=3\n" },
		/* A new key goes after the last one of its section. */
		{ "[S]\r\na=1\r\n\r\n; next\r\n[T]\r\nb=2\r\n", "S", "n", "9",
		    "[S]\r\na=1\r\nn=9\r\n\r\n; next\r\n[T]\r\nb=2\r\n" },
		{ "[S]\na=1\nlost\n=x\n[un=1\n;c=2\n", "S", "n", "9",
		    "[S]\na=1\nn=9\nlost\n=x\n[un=1\n;c=2\n" },
		{ "[S]\n; c\n\n[T]\n", "S", "n", "9",
		    "[S]\nn=9\n; c\n\n[T]\n" },
		{ "[S]\r\na=1", "S", "n", "9", "[S]\r\na=1\r\nn=9\r\n" },
		{ "[S]", "S", "n", "9", "[S]\r\nn=9\r\n" },
		{ "[S]\n[T]", "T", "n", "9", "[S]\n[T]\nn=9\n" },
		{ "[S]\na=1\x1A", "S", "n", "9", "[S]\na=1\nn=9\n\x1A" },
		{ "[S]\na=1\r\nb=2\r\n", "S", "n", "9",
		    "[S]\na=1\r\nb=2\r\nn=9\n" },
		{ "[S]\r\na=1\nb=2\n", "S", "n", "",
		    "[S]\r\na=1\nb=2\nn=\r\n" },
		/* A new section goes to the end. */
		{ "", "S", "n", "9", "[S]\r\nn=9\r\n" },
		{ "\xEF\xBB\xBF", "S", "n", "9", "\xEF\xBB\xBF[S]\r\nn=9\r\n" },
		{ "\x1A", "S", "n", "9", "[S]\r\nn=9\r\n\x1A" },
		{ "; only a comment", "S", "n", "9",
		    "; only a comment\r\n[S]\r\nn=9\r\n" },
		{ "\n", "S", "n", "9", "\n[S]\nn=9\n" },
		{ "[T]\na=1\n\x1A", "S", "n", "9", "[T]\na=1\n[S]\nn=9\n\x1A" },
		{ "x[S]\n", "S", "n", "9", "x[S]\n[S]\nn=9\n" },
		/* A key is taken out, with the ones that would count then. */
		{ "[S]\r\na=1\r\nb=2\r\n", "S", "a", NULL, "[S]\r\nb=2\r\n" },
		{ "[S]\na=1\n", "S", "a", NULL, "[S]\n" },
		{ "[S]\nb=2\na=1", "S", "a", NULL, "[S]\nb=2\n" },
		{ "[S]\n a = 1\nA=2\nb=3\na=4\n[s]\na=5\n", "S", "a", NULL,
		    "[S]\nb=3\n[s]\na=5\n" },
		{ "[S]\nb=3\na=4\x1A", "S", "a", NULL, "[S]\nb=3\n\x1A" },
		{ "[S]\nb=3", "S", "a", NULL, "[S]\nb=3" },
		{ "[S]\nb=3", "T", "b", NULL, "[S]\nb=3" },
		{ "", "T", "b", NULL, "" },
	};
	struct buf out = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(0,
		    apply(cases[i].text, cases[i].section, cases[i].key,
			cases[i].value, &out));
		if (strcmp(cases[i].expected, buf_text(&out)) != 0)
			fail_msg("case %zu:\n%s", i, buf_text(&out));
	}
	buf_free(&out);
}

static void
every_allocation_that_fails_is_told(void **state)
{
	static const char text[] = "[S]\r\na=1\r\n[T]\r\nb=2\r\n";
	static const struct iniedit_change changes[] = {
		{ "S", "a", "a longer value than that of before" },
		{ "S", "n", "new" },
		{ "New", "k", "v" },
	};
	struct buf out = BUF_INIT;
	unsigned n = 0;
	bool met;
	int rc;

	(void)state;
	do {
		buf_free(&out);
		fake_alloc_fail(++n, FAKE_ONCE);
		rc = iniedit_apply("x", text, sizeof text - 1, changes,
		    COUNT(changes), &out, NULL);
		met = fake_alloc_met();
		fake_alloc_fail(0, FAKE_ONCE);
		assert_int_equal(met ? ERR_NOMEM : 0, rc);
	} while (met);
	assert_true(n > 20);
	assert_string_equal("[S]\r\na=a longer value than that of before\r\n"
			    "n=new\r\n[T]\r\nb=2\r\n[New]\r\nk=v\r\n",
	    buf_text(&out));
	buf_free(&out);
}

static void
changes_are_made_in_order(void **state)
{
	static const struct iniedit_change changes[] = {
		{ "SMS", "CopyListVersion", "5" },
		{ "New", "a", "1" },
		{ "sms", "copylistversion", "6" },
		{ "NEW", "b", "2" },
		{ "New", "a", NULL },
	};
	struct buf out = BUF_INIT;

	(void)state;
	buf_add_text(&out, "what was there before");
	assert_int_equal(0,
	    iniedit_apply(
		"x", "[SMS]\n", 6, changes, COUNT(changes), &out, NULL));
	assert_string_equal(
	    "[SMS]\nCopyListVersion=6\n[New]\nb=2\n", buf_text(&out));
	buf_free(&out);
}

static void
what_the_dialect_cannot_carry_is_refused(void **state)
{
	static const char *const cases[][3] = {
		{ "", "k", "v" },
		{ " S", "k", "v" },
		{ "S\t", "k", "v" },
		{ "S]", "k", "v" },
		{ "S\n", "k", "v" },
		{ "S\x7F", "k", "v" },
		{ "S", "", "v" },
		{ "S", " k", "v" },
		{ "S", "k ", "v" },
		{ "S", "k=", "v" },
		{ "S", "=", "v" },
		{ "S", ";k", "v" },
		{ "S", "[k", "v" },
		{ "S", "k\r", "v" },
		{ "S", "k\x01", "v" },
		{ "S", "k", " v" },
		{ "S", "k", "v\t" },
		{ "S", "k", "v\nw" },
		{ "S", "k", "v\r\n[T]\r\na=1" },
		{ "S", "k", "\x1A" },
		{ "S", "k", "\x1B[0m" },
		{ "S", "", NULL },
	};
	struct buf out = BUF_INIT;
	size_t i;

	(void)state;
	buf_add_text(&out, "kept");
	for (i = 0; i < COUNT(cases); i++)
		if (apply("[S]\nk=1\n", cases[i][0], cases[i][1], cases[i][2],
			&out) != ERR_ARG)
			fail_msg("case %zu", i);
	assert_string_equal("kept", buf_text(&out));
	buf_free(&out);
}

static void
damaged_text_is_not_edited(void **state)
{
	struct iniedit_change change = { "S", "k", "v" };
	struct buf out = BUF_INIT, why = BUF_INIT;

	(void)state;
	assert_int_equal(ERR_FORMAT,
	    iniedit_apply("x.ini", "[S]\nk=\0\n", 8, &change, 1, &out, &why));
	assert_string_equal("x.ini:2: NUL byte", buf_text(&why));
	assert_int_equal(0, out.len);
	change.key = "=";
	assert_int_equal(ERR_ARG,
	    iniedit_apply("x.ini", "[S]\n", 4, &change, 1, &out, &why));
	assert_string_equal("x.ini: [S]: not a key: \"=\"", buf_text(&why));
	buf_free(&out);
	buf_free(&why);
}

/* Large texts */

static void
check_large(const struct buf *text, const char *section, const char *key)
{
	struct iniedit_change change = { section, key, "new value" };
	struct buf out = BUF_INIT;
	struct inifile *ini;

	assert_int_equal(0,
	    iniedit_apply("x", text->data, text->len, &change, 1, &out, NULL));
	assert_int_equal(0,
	    inifile_parse("x", out.data, out.len, INIFILE_DIALECT, &ini, NULL));
	assert_string_equal("new value", inifile_get(ini, section, key));
	inifile_free(ini);
	buf_free(&out);
}

static void
key_behind_hundred_thousand_others_is_set(void **state)
{
	struct buf text = BUF_INIT;
	size_t i;

	(void)state;
	buf_add_text(&text, "[A]\r\n");
	for (i = 0; i < 100000; i++)
		buf_format(&text, " Key %zu = value %zu \r\n", i, i);
	buf_add_text(&text, "[B]\r\nlast=1\r\n");
	check_large(&text, "A", "key 99999");
	check_large(&text, "A", "new");
	check_large(&text, "B", "last");
	check_large(&text, "C", "new");
	buf_free(&text);
}

/* Lines that keep a search busy: nothing but blanks, brackets, beginnings. */
static void
line_of_64_mib_meets_no_match_limit(void **state)
{
	static const char *const fillings[] = { "x", " ", "[", "a" };
	const size_t room = 64;
	struct buf text = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(fillings); i++) {
		buf_clear(&text);
		buf_add_text(&text, "[S]\na=1\n");
		buf_reserve(&text, INIFILE_MAX);
		memset(text.data + text.len, fillings[i][0],
		    INIFILE_MAX - room - text.len);
		text.len = INIFILE_MAX - room;
		buf_add_text(&text, "\n[T]\nb=1\n");
		check_large(&text, "T", "b");
	}
	check_large(&text, "S", "aa");
	buf_free(&text);
}

static void
text_is_not_edited_beyond_64_mib(void **state)
{
	struct iniedit_change change = { "S", "a", "12" };
	struct buf text = BUF_INIT, out = BUF_INIT;

	(void)state;
	buf_reserve(&text, INIFILE_MAX);
	memset(text.data, ';', INIFILE_MAX);
	text.len = INIFILE_MAX;
	memcpy(text.data, "[S]\na=1\n", 8);
	assert_int_equal(ERR_RANGE,
	    iniedit_apply("x", text.data, text.len, &change, 1, &out, NULL));
	assert_int_equal(0, out.len);
	change.value = "2";
	assert_int_equal(
	    0, iniedit_apply("x", text.data, text.len, &change, 1, &out, NULL));
	assert_int_equal(INIFILE_MAX, out.len);
	buf_free(&text);
	buf_free(&out);
}

/*
 * Random edits of all case files. What is to come out is made here in another
 * way: by lines, whose numbers inifile gives.
 */

static uint64_t seed;

static size_t
pick(size_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (size_t)(seed >> 11) % below;
}

/* The offset at which line `number` begins. */
static size_t
line_start(const struct buf *text, unsigned number)
{
	const char *s = buf_text(text);
	const char *lf;
	size_t at = 0;

	if (text->len >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0)
		at = 3;
	while (--number > 0) {
		lf = memchr(s + at, '\n', text->len - at);
		at = lf == NULL ? text->len : (size_t)(lf - s) + 1;
	}
	return at;
}

static size_t
text_end(const struct buf *text)
{
	size_t end = text->len;

	while (end > 0 && text->data[end - 1] == '\x1A')
		end--;
	return end;
}

/* The start of the line after `number`, or the end of the text. */
static size_t
line_after(const struct buf *text, unsigned number)
{
	size_t next = line_start(text, number + 1);
	size_t end = text_end(text);

	return next < end ? next : end;
}

struct target {
	unsigned section; /* number of the change's section; 0: none */
	unsigned header;  /* its line */
	unsigned last;	  /* line of the last key in it, or its header */
	unsigned line;	  /* of the key that counts; 0: none */
	const char *value;
};

static struct target
find_target(const struct inifile *ini, const struct iniedit_change *change)
{
	struct target t = { 0 };
	const struct inifile_section *s;
	const struct inifile_entry *e;
	size_t count, i;

	s = inifile_sections(ini, &count);
	for (i = count; i-- > 0;)
		if (strcasecmp(s[i].name, change->section) == 0) {
			t.section = (unsigned)i + 1;
			t.header = t.last = s[i].line;
		}
	e = inifile_entries(ini, &count);
	for (i = 0; i < count && t.section > 0; i++) {
		if (e[i].section_number != t.section)
			continue;
		t.last = e[i].line;
		if (t.line == 0 && strcasecmp(e[i].key, change->key) == 0) {
			t.line = e[i].line;
			t.value = e[i].value;
		}
	}
	return t;
}

static void
expect_set(const struct buf *text, const struct target *t, const char *value,
    struct buf *out)
{
	size_t from = line_start(text, t->line);
	const char *s = buf_text(text);

	from += strcspn(s + from, "=") + 1;
	while (from < text_end(text) && (s[from] == ' ' || s[from] == '\t'))
		from++;
	buf_add(out, s, from);
	buf_add_text(out, value);
	from += strlen(t->value);
	buf_add(out, s + from, text->len - from);
}

static void
expect_added(const struct buf *text, const struct target *t,
    const struct iniedit_change *change, struct buf *out)
{
	size_t at = t->section == 0 ? text_end(text)
				    : line_after(text, t->last);
	const char *s = buf_text(text);
	const char *lf = strchr(s, '\n');
	const char *eol = lf != NULL && (lf == s || lf[-1] != '\r') ? "\n"
								    : "\r\n";
	size_t body = strncmp(s, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

	buf_add(out, s, at);
	if (at > body && s[at - 1] != '\n')
		buf_add_text(out, eol);
	if (t->section == 0)
		buf_format(out, "[%s]%s", change->section, eol);
	buf_format(out, "%s=%s%s", change->key, change->value, eol);
	buf_add(out, s + at, text->len - at);
}

static void
expect_removed(const struct buf *text, const struct inifile *ini,
    const struct target *t, const struct iniedit_change *change,
    struct buf *out)
{
	const struct inifile_entry *e;
	size_t count, i, at = 0;

	e = inifile_entries(ini, &count);
	for (i = 0; i < count; i++) {
		if (t->section == 0 || e[i].section_number != t->section ||
		    strcasecmp(e[i].key, change->key) != 0)
			continue;
		buf_add(
		    out, buf_text(text) + at, line_start(text, e[i].line) - at);
		at = line_after(text, e[i].line);
	}
	buf_add(out, buf_text(text) + at, text->len - at);
}

static void
random_change(const struct inifile *ini, struct iniedit_change *change)
{
	static const char *const names[] = { "SMS", "sight", "New", "a.b",
		"Local", "\xE4\xFF", "x y" };
	static const char *const values[] = { "", "1", "a = b ; c", "\"q\"",
		"\x80\xFE", "C:\\MS\\SMS /x:[1]%41",
		"a value much longer than most of those that stand there" };
	const struct inifile_entry *e;
	const struct inifile_section *s;
	size_t count;

	change->section = names[pick(COUNT(names))];
	change->key = names[pick(COUNT(names))];
	change->value = pick(4) == 0 ? NULL : values[pick(COUNT(values))];
	s = inifile_sections(ini, &count);
	if (count > 0 && pick(3) > 0)
		change->section = s[pick(count)].name;
	e = inifile_entries(ini, &count);
	if (count > 0 && pick(3) > 0) {
		e += pick(count);
		change->section = e->section;
		change->key = e->key;
	}
	if (*change->section == '\0') /* keys before any: not editable */
		change->section = "SMS";
}

static void
random_edit(const char *name, struct buf *text)
{
	struct buf expected = BUF_INIT, out = BUF_INIT, why = BUF_INIT;
	struct iniedit_change change;
	struct inifile *ini;
	struct target t;

	assert_int_equal(0,
	    inifile_parse(
		name, buf_text(text), text->len, INIFILE_DIALECT, &ini, NULL));
	random_change(ini, &change);
	t = find_target(ini, &change);
	if (change.value == NULL)
		expect_removed(text, ini, &t, &change, &expected);
	else if (t.line > 0)
		expect_set(text, &t, change.value, &expected);
	else
		expect_added(text, &t, &change, &expected);
	if (iniedit_apply(
		name, buf_text(text), text->len, &change, 1, &out, &why) != 0)
		fail_msg("%s", buf_text(&why));
	if (out.len != expected.len ||
	    memcmp(buf_text(&out), buf_text(&expected), out.len) != 0)
		fail_msg("%s: [%s] %s = %s:\n%s", name, change.section,
		    change.key, change.value, buf_text(&out));
	inifile_free(ini);
	buf_free(text);
	buf_free(&expected);
	*text = out;
}

static void
random_edits(const char *name, const struct buf *text)
{
	struct buf work = BUF_INIT;
	int round, i;

	for (round = 0; round < 20; round++) {
		buf_clear(&work);
		buf_add(&work, buf_text(text), text->len);
		for (i = 0; i < 10; i++)
			random_edit(name, &work);
	}
	buf_free(&work);
}

static void
random_edits_change_nothing_else(void **state)
{
	(void)state;
	seed = UINT64_C(0x9E3779B97F4A7C15);
	case_each(random_edits);
}

/* The same changes at once, and one by one: the same text. */
static void
compare_at_once(const char *name, const struct buf *text)
{
	struct buf one = BUF_INIT, all = BUF_INIT, next = BUF_INIT;
	struct iniedit_change changes[12];
	struct inifile *ini;
	int round, i;

	assert_int_equal(0,
	    inifile_parse(
		name, buf_text(text), text->len, INIFILE_DIALECT, &ini, NULL));
	for (round = 0; round < 10; round++) {
		buf_clear(&one);
		buf_add(&one, buf_text(text), text->len);
		for (i = 0; i < 12; i++) {
			random_change(ini, &changes[i]);
			assert_int_equal(0,
			    iniedit_apply(name, buf_text(&one), one.len,
				&changes[i], 1, &next, NULL));
			buf_clear(&one);
			buf_add(&one, buf_text(&next), next.len);
		}
		assert_int_equal(0,
		    iniedit_apply(name, buf_text(text), text->len, changes, 12,
			&all, NULL));
		assert_int_equal(one.len, all.len);
		assert_memory_equal(buf_text(&one), buf_text(&all), one.len);
	}
	inifile_free(ini);
	buf_free(&one);
	buf_free(&all);
	buf_free(&next);
}

static void
changes_at_once_are_those_made_one_by_one(void **state)
{
	(void)state;
	seed = UINT64_C(0xC0FFEE1234567891);
	case_each(compare_at_once);
}

/* Not by the clock, but nobody waits for a search of all for each of them. */
static void
thousands_of_keys_are_changed_at_once(void **state)
{
	enum {
		MANY = 4000
	};
	static struct iniedit_change changes[MANY];
	static char keys[MANY][16];
	struct buf out = BUF_INIT, wanted = BUF_INIT;
	size_t i;

	(void)state;
	buf_add_text(&wanted, "[SMS]\n[Servers]\n");
	for (i = 0; i < MANY; i++) {
		snprintf(keys[i], sizeof keys[i], "Server%zu", i);
		changes[i] = (struct iniedit_change){ "Servers", keys[i],
			"PLN-DC1" };
		buf_format(&wanted, "%s=PLN-DC1\n", keys[i]);
	}
	assert_int_equal(
	    0, iniedit_apply("x", "[SMS]\n", 6, changes, MANY, &out, NULL));
	assert_string_equal(wanted.data, out.data);
	for (i = 0; i < MANY; i++)
		changes[i].value = NULL;
	assert_int_equal(0,
	    iniedit_apply(
		"x", wanted.data, wanted.len, changes, MANY, &out, NULL));
	assert_string_equal("[SMS]\n[Servers]\n", out.data);
	buf_free(&wanted);
	buf_free(&out);
}

/* Files */

#define OLD "; kept\r\n[SMS]\r\nCopyListVersion=1\r\n"
#define NEW "; kept\r\n[SMS]\r\nCopyListVersion=2\r\n"

static const struct iniedit_change set_2 = { "SMS", "CopyListVersion", "2" };

struct place {
	struct os_dir *dir;
	struct os_dir *lockdir;
	struct iniedit_file file;
};

static void
place_make(struct place *place, const char *text)
{
	fake_reset();
	fake_put_folder("/c");
	fake_put_folder("/s");
	if (text != NULL)
		fake_put("/c/SMS.INI", text);
	assert_int_equal(0, os_dir_open("/c", &place->dir));
	assert_int_equal(0, os_dir_open("/s", &place->lockdir));
	place->file = (struct iniedit_file){ .dir = place->dir,
		.rel = "SMS.INI",
		.shown = "/c/SMS.INI",
		.lockdir = place->lockdir,
		.lock = "SMSINI.LCK",
		.rights = OS_PUBLIC };
}

static void
place_end(struct place *place)
{
	fake_hook(NULL, NULL);
	fake_fail(0, FAKE_ONCE, 0);
	os_dir_close(place->dir);
	os_dir_close(place->lockdir);
	assert_int_equal(0, fake_handles());
}

static int
edit(struct place *place, struct buf *after, struct buf *why)
{
	return iniedit_file(&place->file, &set_2, 1, after, why);
}

static void
file_is_replaced_durably_and_keeps_its_attributes(void **state)
{
	struct buf after = BUF_INIT;
	struct place place;
	struct os_info info;

	(void)state;
	place_make(&place, OLD);
	fake_stamp("/c/SMS.INI", FAKE_START, OS_READONLY | OS_HIDDEN);
	assert_int_equal(0, edit(&place, &after, NULL));
	assert_string_equal(NEW, buf_text(&after));
	assert_string_equal(NEW, fake_get("/c/SMS.INI"));
	assert_true(fake_info("/c/SMS.INI", &info));
	assert_int_equal(OS_READONLY | OS_HIDDEN, info.flags);
	assert_string_equal("SMSINI.LCK 0\n", fake_list("/s"));
	assert_int_equal(OS_PRIVATE, fake_rights("/s/SMSINI.LCK"));
	place_end(&place);
	fake_power_cut();
	assert_string_equal("SMS.INI=" NEW "\n", fake_tree("/c"));
	buf_free(&after);
}

static void
missing_file_is_made_with_its_rights(void **state)
{
	struct place place;

	(void)state;
	place_make(&place, NULL);
	place.file.rights = OS_PRIVATE;
	assert_int_equal(0, edit(&place, NULL, NULL));
	assert_string_equal(
	    "SMS.INI=[SMS]\r\nCopyListVersion=2\r\n\n", fake_tree("/c"));
	assert_int_equal(OS_PRIVATE, fake_rights("/c/SMS.INI"));
	place_end(&place);
}

static void
file_in_a_folder_below_is_edited(void **state)
{
	struct place place;

	(void)state;
	place_make(&place, NULL);
	fake_put("/c/d/SMS.INI", OLD);
	place.file.rel = "d/SMS.INI";
	assert_int_equal(0, edit(&place, NULL, NULL));
	place_end(&place);
	fake_power_cut();
	assert_string_equal("d/\nd/SMS.INI=" NEW "\n", fake_tree("/c"));
}

static void
nothing_is_written_when_nothing_changes(void **state)
{
	const struct iniedit_change absent = { "SMS", "x", NULL };
	struct buf after = BUF_INIT;
	struct place place;

	(void)state;
	place_make(&place, NEW);
	assert_int_equal(0, edit(&place, &after, NULL));
	assert_string_equal(NEW, buf_text(&after));
	assert_int_equal(0, fake_calls_of("os_write"));
	assert_int_equal(0, fake_calls_of("os_replace"));
	place_end(&place);

	place_make(&place, NULL);
	assert_int_equal(
	    0, iniedit_file(&place.file, &absent, 1, &after, NULL));
	assert_string_equal("", buf_text(&after));
	assert_string_equal("", fake_list("/c"));
	place_end(&place);
	buf_free(&after);
}

static void
damaged_file_stays_as_it_is(void **state)
{
	struct buf why = BUF_INIT, after = BUF_INIT;
	struct place place;

	(void)state;
	place_make(&place, "[SMS]\r\na=1\rb=2\r\n");
	buf_add_text(&after, "kept");
	assert_int_equal(ERR_FORMAT, edit(&place, &after, &why));
	assert_string_equal("/c/SMS.INI:2: CR without LF", buf_text(&why));
	assert_string_equal("[SMS]\r\na=1\rb=2\r\n", fake_get("/c/SMS.INI"));
	assert_string_equal("kept", buf_text(&after));
	assert_int_equal(0, fake_calls_of("os_write"));
	place_end(&place);

	place_make(&place, NULL);
	fake_put_special("/c/SMS.INI", OS_LINK);
	assert_int_equal(ERR_LINK, edit(&place, NULL, &why));
	assert_string_equal("/c/SMS.INI: cannot open: a link stands in the "
			    "path",
	    buf_text(&why));
	place_end(&place);
	buf_free(&why);
	buf_free(&after);
}

static void
lock_is_waited_for_but_not_for_ever(void **state)
{
	struct buf why = BUF_INIT;
	struct place place;

	(void)state;
	place_make(&place, OLD);
	fake_lock("/s/SMSINI.LCK", 9000);
	assert_int_equal(0, edit(&place, NULL, NULL));
	place_end(&place);

	place_make(&place, OLD);
	fake_lock("/s/SMSINI.LCK", -1);
	assert_int_equal(ERR_BUSY, edit(&place, NULL, &why));
	assert_string_equal("/c/SMS.INI: lock file SMSINI.LCK: in use by "
			    "another program",
	    buf_text(&why));
	assert_string_equal(OLD, fake_get("/c/SMS.INI"));
	place_end(&place);
	buf_free(&why);
}

/* Another program that pays no heed to the lock. */
struct other {
	const char *call; /* acts before it */
	const char *text; /* what it writes; NULL: it removes the file */
	unsigned times;
	unsigned done;
};

static void
act(void *arg, const char *call)
{
	struct other *other = arg;
	struct buf text = BUF_INIT;

	if (strcmp(call, other->call) != 0 || other->done == other->times)
		return;
	other->done++;
	if (other->text == NULL) {
		fake_drop("/c/SMS.INI");
		return;
	}
	buf_format(&text, "%sTimes=%u\r\n", other->text, other->done);
	fake_put("/c/SMS.INI", buf_text(&text));
	buf_free(&text);
}

static void
edit_starts_over_when_the_file_was_changed(void **state)
{
	struct other other = { "os_file_flush", OLD, 9, 0 };
	struct buf why = BUF_INIT;
	struct place place;

	(void)state;
	place_make(&place, OLD);
	fake_hook(act, &other);
	assert_int_equal(0, edit(&place, NULL, &why));
	assert_int_equal(9, other.done);
	assert_string_equal("", buf_text(&why));
	assert_string_equal("SMS.INI=" NEW "Times=9\r\n\n", fake_tree("/c"));
	place_end(&place);

	other = (struct other){ "os_file_flush", OLD, 1000, 0 };
	place_make(&place, OLD);
	fake_hook(act, &other);
	assert_int_equal(ERR_CHANGED, edit(&place, NULL, &why));
	assert_int_equal(10, other.done);
	assert_string_equal(
	    "/c/SMS.INI: cannot write: changed meanwhile", buf_text(&why));
	assert_string_equal("SMS.INI=" OLD "Times=10\r\n\n", fake_tree("/c"));
	place_end(&place);
	buf_free(&why);
}

static void
watch_hold(void *arg, const char *call)
{
	unsigned *seen = arg;

	if (strcmp(call, "os_write") == 0 && fake_held("/c/SMS.INI"))
		*seen |= 1;
	if (strcmp(call, "os_replace") == 0 && fake_held("/c/SMS.INI"))
		*seen |= 2;
}

static void
nobody_writes_in_the_file_while_it_is_edited(void **state)
{
	struct place place;
	unsigned seen = 0;

	(void)state;
	place_make(&place, OLD);
	fake_hook(watch_hold, &seen);
	assert_int_equal(0, edit(&place, NULL, NULL));
	assert_int_equal(1, seen);
	place_end(&place);
}

static void
stop_writing(void *arg, const char *call)
{
	int *after = arg;

	if (strcmp(call, "os_sleep") == 0 && --*after == 0)
		fake_written("/c/SMS.INI", false);
}

static void
who_is_writing_in_the_file_is_waited_for(void **state)
{
	struct buf why = BUF_INIT;
	struct place place;
	int after = 3;

	(void)state;
	place_make(&place, OLD);
	fake_written("/c/SMS.INI", true);
	fake_hook(stop_writing, &after);
	assert_int_equal(0, edit(&place, NULL, &why));
	assert_int_equal(0, after);
	assert_string_equal("", buf_text(&why));
	place_end(&place);

	place_make(&place, OLD);
	fake_written("/c/SMS.INI", true);
	assert_int_equal(ERR_CHANGED, edit(&place, NULL, &why));
	assert_string_equal(
	    "/c/SMS.INI: cannot open: changed meanwhile", buf_text(&why));
	assert_string_equal(OLD, fake_get("/c/SMS.INI"));
	place_end(&place);
	buf_free(&why);
}

static void
put_read_only(void *arg, const char *call)
{
	struct os_info info;

	(void)arg;
	if (strcmp(call, "os_file_flush") != 0 ||
	    !fake_info("/c/SMS.INI", &info) || info.flags != 0)
		return;
	fake_put("/c/SMS.INI", OLD);
	fake_stamp("/c/SMS.INI", info.mtime, OS_READONLY);
}

static void
file_that_appears_goes_or_is_another_is_respected(void **state)
{
	struct other appears = { "os_file_flush", OLD, 1, 0 };
	struct other late = { "os_rename_new", OLD, 1, 0 };
	struct other goes = { "os_file_flush", NULL, 1, 0 };
	struct os_info info;
	struct place place;

	(void)state;
	place_make(&place, NULL);
	fake_hook(act, &appears);
	assert_int_equal(0, edit(&place, NULL, NULL));
	assert_string_equal("SMS.INI=" NEW "Times=1\r\n\n", fake_tree("/c"));
	place_end(&place);

	place_make(&place, NULL);
	fake_hook(act, &late);
	assert_int_equal(0, edit(&place, NULL, NULL));
	assert_string_equal("SMS.INI=" NEW "Times=1\r\n\n", fake_tree("/c"));
	place_end(&place);

	place_make(&place, OLD);
	fake_hook(act, &goes);
	assert_int_equal(0, edit(&place, NULL, NULL));
	assert_string_equal(
	    "SMS.INI=[SMS]\r\nCopyListVersion=2\r\n\n", fake_tree("/c"));
	place_end(&place);

	/* The same text and time, but another file, with other attributes. */
	place_make(&place, OLD);
	fake_hook(put_read_only, NULL);
	assert_int_equal(0, edit(&place, NULL, NULL));
	assert_string_equal(NEW, fake_get("/c/SMS.INI"));
	assert_true(fake_info("/c/SMS.INI", &info));
	assert_int_equal(OS_READONLY, info.flags);
	place_end(&place);
}

static void
stop_ends_the_starting_over(void **state)
{
	struct other other = { "os_file_flush", OLD, 1000, 0 };
	struct place place;

	(void)state;
	place_make(&place, OLD);
	fake_hook(act, &other);
	fake_stop_after(0);
	assert_int_equal(ERR_STOP, edit(&place, NULL, NULL));
	assert_int_equal(1, other.done);
	place_end(&place);
}

/* After success the file is the new one; else the new or the old one, NULL
 * meaning that there was none. */
static void
check_one_of(int rc, const char *old, const char *new)
{
	const char *text = fake_get("/c/SMS.INI");

	if (text != NULL && strcmp(text, new) == 0)
		return;
	assert_int_not_equal(0, rc);
	if (text == NULL)
		assert_null(old);
	else
		assert_string_equal(old, text);
}

/* Fails each os_ call in turn: the file is the old or the new one, wholly,
 * after a power cut too; one fault leaves no temporary file. */
static void
sweep(const char *old, const char *new, enum fake_times times, int code)
{
	struct buf after = BUF_INIT;
	struct place place;
	unsigned n = 0;
	bool met;
	int rc;

	do {
		n++;
		place_make(&place, old);
		fake_short_writes(true);
		fake_fail(n, times, code);
		rc = edit(&place, &after, NULL);
		met = fake_met();
		place_end(&place);
		check_one_of(rc, old, new);
		if (rc == 0)
			assert_string_equal(new, buf_text(&after));
		if (times == FAKE_ONCE)
			assert_null(strstr(fake_list("/c"), ".tmp"));
		fake_power_cut();
		check_one_of(rc, old, new);
		assert_true(n < 1000);
	} while (met);
	assert_int_equal(0, rc);
	assert_true(n > 10);
	buf_free(&after);
}

static void
every_failing_call_leaves_the_old_or_the_new_file(void **state)
{
	const char *made = "[SMS]\r\nCopyListVersion=2\r\n";

	(void)state;
	sweep(OLD, NEW, FAKE_ONCE, ERR_IO);
	sweep(OLD, NEW, FAKE_FOREVER, ERR_IO);
	sweep(OLD, NEW, FAKE_ONCE, ERR_NOSPC);
	sweep(OLD, NEW, FAKE_ONCE, ERR_NOMEM);
	sweep(NULL, made, FAKE_ONCE, ERR_IO);
	sweep(NULL, made, FAKE_FOREVER, ERR_IO);
}

static void
file_in_use_or_failing_volume_leave_the_old_file(void **state)
{
	struct buf why = BUF_INIT;
	struct place place;

	(void)state;
	place_make(&place, OLD);
	fake_use("/c/SMS.INI", FAKE_HELD);
	assert_int_equal(ERR_BUSY, edit(&place, NULL, &why));
	assert_string_equal("SMS.INI=" OLD "\n", fake_tree("/c"));
	place_end(&place);

	place_make(&place, OLD);
	fake_space(10);
	assert_int_equal(ERR_NOSPC, edit(&place, NULL, &why));
	assert_string_equal(
	    "/c/SMS.INI: cannot write: no space left", buf_text(&why));
	assert_string_equal("SMS.INI=" OLD "\n", fake_tree("/c"));
	place_end(&place);

	/* A write error that shows when the new file (the second) is closed. */
	place_make(&place, OLD);
	fake_fail_call("os_file_close", 2, FAKE_ONCE, ERR_IO);
	assert_int_equal(ERR_IO, edit(&place, NULL, NULL));
	assert_string_equal("SMS.INI=" OLD "\n", fake_tree("/c"));
	place_end(&place);
	buf_free(&why);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_that_fails_is_told),
		cmocka_unit_test(edits_go_to_their_place),
		cmocka_unit_test(changes_are_made_in_order),
		cmocka_unit_test(what_the_dialect_cannot_carry_is_refused),
		cmocka_unit_test(damaged_text_is_not_edited),
		cmocka_unit_test(key_behind_hundred_thousand_others_is_set),
		cmocka_unit_test(line_of_64_mib_meets_no_match_limit),
		cmocka_unit_test(text_is_not_edited_beyond_64_mib),
		cmocka_unit_test(random_edits_change_nothing_else),
		cmocka_unit_test(changes_at_once_are_those_made_one_by_one),
		cmocka_unit_test(thousands_of_keys_are_changed_at_once),
		cmocka_unit_test(
		    file_is_replaced_durably_and_keeps_its_attributes),
		cmocka_unit_test(missing_file_is_made_with_its_rights),
		cmocka_unit_test(file_in_a_folder_below_is_edited),
		cmocka_unit_test(nothing_is_written_when_nothing_changes),
		cmocka_unit_test(damaged_file_stays_as_it_is),
		cmocka_unit_test(lock_is_waited_for_but_not_for_ever),
		cmocka_unit_test(edit_starts_over_when_the_file_was_changed),
		cmocka_unit_test(nobody_writes_in_the_file_while_it_is_edited),
		cmocka_unit_test(who_is_writing_in_the_file_is_waited_for),
		cmocka_unit_test(
		    file_that_appears_goes_or_is_another_is_respected),
		cmocka_unit_test(stop_ends_the_starting_over),
		cmocka_unit_test(
		    every_failing_call_leaves_the_old_or_the_new_file),
		cmocka_unit_test(
		    file_in_use_or_failing_volume_leave_the_old_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
