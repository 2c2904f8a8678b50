/* Tests of lib/facts: what a machine is, and what a When= makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/copylist.h"
#include "../../lib/facts.h"
#include "../../platform/err.h"
#include "../fake/fake.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct facts machine = {
	"windows",
	"x86_64",
	"PLN-PC7",
	"PLANT2",
	"PLN",
	"00000409",
};

static int
set_up(void **state)
{
	(void)state;
	fake_reset();
	fake_host("PLN-PC7");
	fake_system("linux", "aarch64", "00000407");
	return 0;
}

static void
facts_come_from_the_system_and_from_sms_ini(void **state)
{
	struct facts facts;

	(void)state;
	assert_int_equal(0, facts_make(&facts, "PLANT2", "PLN"));
	assert_string_equal("linux", facts_get(&facts, "os"));
	assert_string_equal("aarch64", facts_get(&facts, "arch"));
	assert_string_equal("PLN-PC7", facts_get(&facts, "host"));
	assert_string_equal("PLANT2", facts_get(&facts, "domain"));
	assert_string_equal("PLN", facts_get(&facts, "SITE"));
	assert_string_equal("00000407", facts_get(&facts, "Lang"));
	assert_null(facts_get(&facts, "planet"));
	assert_null(facts_get(&facts, ""));
	facts_free(&facts);
	assert_null(facts.os);
	facts_free(&facts);
}

static void
absent_facts_are_empty(void **state)
{
	struct facts facts;

	(void)state;
	fake_fail_call("os_host", 1, FAKE_ONCE, ERR_NOENT);
	assert_int_equal(0, facts_make(&facts, NULL, NULL));
	assert_string_equal("", facts_get(&facts, "host"));
	assert_string_equal("", facts_get(&facts, "domain"));
	assert_string_equal("", facts_get(&facts, "site"));
	facts_free(&facts);
}

static void
out_of_memory_makes_no_facts(void **state)
{
	struct facts facts;

	(void)state;
	fake_fail_call("os_host", 1, FAKE_ONCE, ERR_NOMEM);
	assert_int_equal(ERR_NOMEM, facts_make(&facts, "a", "b"));
	assert_null(facts.os);
	assert_null(facts.lang);
}

static void
text_that_is_not_utf8_can_still_be_searched(void **state)
{
	struct facts facts;
	int holds;

	(void)state;
	assert_int_equal(0, facts_make(&facts, "M\xfcnchen", "P\tN"));
	assert_string_equal("M?nchen", facts.domain);
	assert_string_equal("P?N", facts.site);
	assert_int_equal(
	    0, facts_hold(&facts, "domain:^M.nchen$", &holds, NULL));
	assert_true(holds);
	facts_free(&facts);
	assert_int_equal(0, facts_make(&facts, "M\xc3\xbcnchen", ""));
	assert_string_equal("M\xc3\xbcnchen", facts.domain);
	facts_free(&facts);
}

static void
different_facts_never_give_the_same_line(void **state)
{
	struct copylist_component component = {
		.when = (char *)"os:linux Domain:^x site:."
	};
	struct copylist list = { .components = &component, .count = 1 };
	struct facts facts;
	struct buf note = BUF_INIT;

	(void)state;
	assert_int_equal(0, facts_make(&facts, "x;y z%", "PL2"));
	assert_int_equal(0, facts_note(&facts, &list, &note));
	assert_string_equal(
	    "domain=x%3by%20z%25;os=linux;site=PL2", buf_text(&note));
	assert_true(facts_same(&facts, buf_text(&note)));
	assert_true(facts_same(&facts, ""));
	assert_true(facts_same(&facts, NULL));
	assert_false(facts_same(&facts, "site=PL3"));
	assert_false(facts_same(&facts, "planet=mars"));
	facts_free(&facts);
	/* A fact that no condition asks for changes nothing. */
	fake_host("PLN-PC8");
	assert_int_equal(0, facts_make(&facts, "x;y z%", "PL2"));
	assert_true(facts_same(&facts, buf_text(&note)));
	facts_free(&facts);
	buf_free(&note);
}

static void
a_condition_holds_when_all_its_words_do(void **state)
{
	static const struct {
		const char *when;
		int holds;
	} cases[] = {
		{ NULL, 1 },
		{ "", 1 },
		{ " \t ", 1 },
		{ "os:windows", 1 },
		{ "OS:WINDOWS", 1 },
		{ "os:linux", 0 },
		{ "os:win", 1 },
		{ "os:^win$", 0 },
		{ "host:^pln-.*", 1 },
		{ "os:windows host:^PLN-.*", 1 },
		{ "\tos:windows \t host:PC8 ", 0 },
		{ "os:linux host:PC7", 0 },
		{ "arch:x86_64|aarch64", 1 },
		{ "domain:PLANT[12]", 1 },
		{ "site:^(?!PLN)", 0 },
		{ "lang:^00000409$", 1 },
		{ "host:PC7:", 0 },
		{ "host:[[:alpha:]]", 1 },
	};
	size_t i;
	int holds;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		holds = -1;
		assert_int_equal(
		    0, facts_hold(&machine, cases[i].when, &holds, NULL));
		if (holds != cases[i].holds)
			fail_msg("%s: %d", cases[i].when, holds);
	}
}

static void
a_word_that_is_wrong_is_named(void **state)
{
	static const struct {
		const char *when, *why;
	} cases[] = {
		{ "windows", "When=: windows is not key:pattern" },
		{ "os: windows", "When=: os: is not key:pattern" },
		{ "os:linux planet:mars",
		    "When=: planet is none of os, arch, "
		    "host, domain, site, lang" },
		{ ":x",
		    "When=:  is none of os, arch, host, domain, site, "
		    "lang" },
	};
	struct buf why = BUF_INIT;
	size_t i;
	int holds;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(ERR_FORMAT,
		    facts_hold(&machine, cases[i].when, &holds, &why));
		assert_string_equal(cases[i].why, buf_text(&why));
		assert_int_equal(
		    ERR_FORMAT, facts_hold(NULL, cases[i].when, &holds, NULL));
	}
	assert_int_equal(
	    ERR_FORMAT, facts_hold(&machine, "os:linux host:[", &holds, &why));
	assert_memory_equal("When=: host:[: ", buf_text(&why), 15);
	assert_int_equal(
	    ERR_FORMAT, facts_hold(&machine, "host:\xff", &holds, NULL));
	assert_int_equal(0, facts_hold(NULL, "os:x host:y", &holds, NULL));
	buf_free(&why);
}

static void
add_told(void *arg, const struct facts_word *word)
{
	buf_format(arg, "%s|%s|%s|%d\n", word->key, word->pattern, word->value,
	    word->holds);
}

static void
each_word_is_told_with_its_value(void **state)
{
	struct buf told = BUF_INIT;

	(void)state;
	assert_int_equal(0,
	    facts_explain(&machine, " os:^windows\tos:linux  arch:x:y ",
		add_told, &told, NULL));
	assert_string_equal("os|^windows|windows|1\nos|linux|windows|0\n"
			    "arch|x:y|x86_64|0\n",
	    buf_text(&told));
	buf_clear(&told);
	assert_int_equal(
	    0, facts_explain(&machine, NULL, add_told, &told, NULL));
	assert_string_equal("", buf_text(&told));
	assert_int_equal(ERR_FORMAT,
	    facts_explain(&machine, "os:linux os", add_told, &told, NULL));
	buf_free(&told);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    facts_come_from_the_system_and_from_sms_ini, set_up),
		cmocka_unit_test_setup(absent_facts_are_empty, set_up),
		cmocka_unit_test_setup(out_of_memory_makes_no_facts, set_up),
		cmocka_unit_test_setup(
		    text_that_is_not_utf8_can_still_be_searched, set_up),
		cmocka_unit_test_setup(
		    different_facts_never_give_the_same_line, set_up),
		cmocka_unit_test(a_condition_holds_when_all_its_words_do),
		cmocka_unit_test(a_word_that_is_wrong_is_named),
		cmocka_unit_test(each_word_is_told_with_its_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
