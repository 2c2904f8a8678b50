/*
 * Tests of lib/copylist_select: which components are for a machine, and
 * whether it is among the first of a rollout.
 */
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

#define LIST	 "list" /* the name in error texts */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct facts machine = {
	"linux",
	"x86_64",
	"PLN-PC7",
	"PLANT2",
	"PLN",
	"00000409",
};

static struct copylist *
parse(const char *text)
{
	struct copylist *list;
	struct buf why = BUF_INIT;

	if (copylist_parse(LIST, text, strlen(text), &list, &why) != 0)
		fail_msg("refused: %s", buf_text(&why));
	return list;
}

#define COMPONENTS                                           \
	"[SMS]\nCopyListVersion=5\n"                         \
	"[Component STANDARD]\nType=files\n"                 \
	"[Component Linux]\nType=files\nWhen=os:linux\n"     \
	"[Component Windows]\nType=files\nWhen=os:windows\n" \
	"[Component Remote Control]\nType=files\n"

static void
assert_wanted(const char *names, const char *expected)
{
	struct copylist *list = parse(COMPONENTS);
	struct buf wanted = BUF_INIT;
	size_t i;

	assert_int_equal(0, copylist_select(list, LIST, &machine, names, NULL));
	for (i = 0; i < list->count; i++)
		if (list->components[i].wanted)
			buf_format(&wanted, "%s;", list->components[i].name);
	assert_string_equal(expected, buf_text(&wanted));
	copylist_free(list);
	buf_free(&wanted);
}

static void
without_names_all_whose_condition_holds_are_wanted(void **state)
{
	(void)state;
	assert_wanted(NULL, "STANDARD;Linux;Remote Control;");
	assert_wanted("", "STANDARD;Linux;Remote Control;");
	assert_wanted(" ,\t,", "STANDARD;Linux;Remote Control;");
}

static void
names_choose_among_the_components_beside_standard(void **state)
{
	(void)state;
	assert_wanted("linux", "STANDARD;Linux;");
	assert_wanted("Windows, remote control", "STANDARD;Remote Control;");
	assert_wanted("Nothing", "STANDARD;");
	assert_wanted("STANDARD", "STANDARD;");
	assert_wanted("Linu, inux, Remote", "STANDARD;");
}

static void
standard_has_to_meet_its_own_condition(void **state)
{
	struct copylist *list = parse(
	    "[SMS]\nCopyListVersion=5\n"
	    "[Component standard]\nType=files\nWhen=os:windows\n");

	(void)state;
	assert_int_equal(0, copylist_select(list, LIST, &machine, NULL, NULL));
	assert_false(list->components[0].wanted);
	copylist_free(list);
}

static void
a_bad_condition_is_refused_naming_list_line_and_component(void **state)
{
	static const struct {
		const char *when;
		int err;
		const char *why;
	} cases[] = {
		{ "planet:mars", ERR_FORMAT,
		    LIST
		    ":3: component A B: When=: "
		    "planet is none of os, arch, host, domain, site, lang" },
		{ "os:windows planet:mars", ERR_FORMAT,
		    LIST
		    ":3: component "
		    "A B: When=: planet is none of os, arch, host, domain, "
		    "site, lang" },
		{ "linux", ERR_FORMAT,
		    LIST ":3: component A B: When=: linux "
			 "is not key:pattern" },
		{ "os:", ERR_FORMAT,
		    LIST ":3: component A B: When=: os: is "
			 "not key:pattern" },
		{ "host:(", ERR_FORMAT,
		    LIST ":3: component A B: When=: "
			 "host:(: " },
	};
	struct copylist *list;
	struct buf text = BUF_INIT, why = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		buf_clear(&text);
		buf_format(&text,
		    "[SMS]\nCopyListVersion=5\n[Component A B]\n"
		    "Type=files\nWhen=%s\n",
		    cases[i].when);
		list = parse(text.data);
		/* A component that is not wanted has to be right as well. */
		assert_int_equal(cases[i].err,
		    copylist_select(list, LIST, &machine, "C", &why));
		assert_memory_equal(
		    cases[i].why, buf_text(&why), strlen(cases[i].why));
		buf_clear(&why);
		assert_int_equal(
		    cases[i].err, copylist_check_when(list, LIST, &why));
		assert_memory_equal(
		    cases[i].why, buf_text(&why), strlen(cases[i].why));
		copylist_free(list);
	}
	buf_free(&text);
	buf_free(&why);
}

static void
a_pattern_without_end_is_stopped_by_its_limit(void **state)
{
	static const struct facts hostile = {
		"linux",
		"x86_64",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
		"",
		"",
		"",
	};
	struct copylist *list = parse(
	    "[SMS]\nCopyListVersion=5\n"
	    "[Component A]\nType=files\nWhen=host:^(a+)+$\n");
	struct buf why = BUF_INIT;

	(void)state;
	assert_int_equal(
	    ERR_RANGE, copylist_select(list, LIST, &hostile, NULL, &why));
	assert_string_equal(LIST ":3: component A: When=: host:^(a+)+$: "
				 "the pattern takes too many steps",
	    buf_text(&why));
	/* Without facts there is nothing to search. */
	assert_int_equal(0, copylist_check_when(list, LIST, NULL));
	copylist_free(list);
	buf_free(&why);
}

/* A list of two components, with `words` words in their When= altogether. */
static struct copylist *
list_of_words(size_t words)
{
	struct buf text = BUF_INIT;
	struct copylist *list;
	size_t i;

	buf_add_text(&text,
	    "[SMS]\nCopyListVersion=5\n"
	    "[Component A]\nType=files\nWhen=os:linux \t host:.\n"
	    "[Component B]\nType=files\nWhen=");
	for (i = 2; i < words; i++)
		buf_add_text(&text, i % 2 == 0 ? "os:x " : "os:y\t");
	buf_add_text(&text, "\n");
	list = parse(buf_text(&text));
	buf_free(&text);
	return list;
}

static void
a_list_has_a_thousand_words_of_conditions_at_most(void **state)
{
	static const char *const reason = LIST
	    ":6: component B: more than "
	    "1000 words in all When= together";
	struct copylist *list = list_of_words(1000);
	struct buf why = BUF_INIT;

	(void)state;
	assert_int_equal(0, copylist_select(list, LIST, &machine, NULL, NULL));
	assert_int_equal(0, copylist_check_when(list, LIST, NULL));
	copylist_free(list);
	list = list_of_words(1001);
	assert_int_equal(
	    ERR_FORMAT, copylist_select(list, LIST, &machine, NULL, &why));
	assert_string_equal(reason, buf_text(&why));
	buf_clear(&why);
	assert_int_equal(ERR_FORMAT, copylist_check_when(list, LIST, &why));
	assert_string_equal(reason, buf_text(&why));
	copylist_free(list);
	buf_free(&why);
}

/* printf 'ID\n1795197600' | sha256sum: first 8 bytes, mod 100. */
static void
a_rollout_takes_the_first_machines_by_their_digest(void **state)
{
	static const struct {
		const char *id;
		unsigned share; /* mod 100 */
	} cases[] = {
		{ "PLN00000000000000000001", 1 },  /* 4719cd641c58db55 */
		{ "XXXAAAAAAAAAAAAAAAAAAAA", 43 }, /* 8b3fe396d292fb57 */
		{ "kim", 85 },			   /* 0935b45986257e25 */
	};
	struct copylist list = { .version = 5, .release = 1795197600 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		list.rollout = cases[i].share;
		assert_false(copylist_in_rollout(&list, cases[i].id));
		list.rollout = cases[i].share + 1;
		assert_true(copylist_in_rollout(&list, cases[i].id));
		list.rollout = 0;
		assert_false(copylist_in_rollout(&list, cases[i].id));
		list.rollout = 100;
		assert_true(copylist_in_rollout(&list, cases[i].id));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    without_names_all_whose_condition_holds_are_wanted),
		cmocka_unit_test(
		    names_choose_among_the_components_beside_standard),
		cmocka_unit_test(standard_has_to_meet_its_own_condition),
		cmocka_unit_test(
		    a_bad_condition_is_refused_naming_list_line_and_component),
		cmocka_unit_test(a_pattern_without_end_is_stopped_by_its_limit),
		cmocka_unit_test(
		    a_list_has_a_thousand_words_of_conditions_at_most),
		cmocka_unit_test(
		    a_rollout_takes_the_first_machines_by_their_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
