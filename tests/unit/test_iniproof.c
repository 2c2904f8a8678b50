/* Tests of lib/iniproof: no wrong edit passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../../lib/iniedit.h"
#include "../../lib/inifile.h"
#include "../../lib/iniproof.h"
#include "../../platform/err.h"

#define BEFORE "e=0\n[A]\nk=1\nK=2\nx=3\n[B]\nk=4\n[a]\nk=5\n"

static const struct {
	const char *section, *key, *value, *after;
	int expected;
} cases[] = {
	/* What is asked for. */
	{ "a", "K", "9", "e=0\n[A]\nk=9\nK=2\nx=3\n[B]\nk=4\n[a]\nk=5\n", 0 },
	{ "A", "k", "1", BEFORE, 0 },
	{ "A", "k", NULL, "e=0\n[A]\nx=3\n[B]\nk=4\n[a]\nk=5\n", 0 },
	{ "B", "k", NULL, "e=0\n[A]\nk=1\nK=2\nx=3\n[B]\n[a]\nk=5\n", 0 },
	{ "B", "n", "7", "e=0\n[A]\nk=1\nK=2\nx=3\n[B]\nk=4\nn=7\n[a]\nk=5\n",
	    0 },
	{ "C", "n", "7", BEFORE "[C]\nn=7\n", 0 },
	{ "C", "n", NULL, BEFORE, 0 },
	{ "A", "k", "1", "; more\n\n" BEFORE, 0 },
	/* Not done, or done to another. */
	{ "A", "k", "9", BEFORE, ERR_FORMAT },
	{ "A", "k", "9", "e=0\n[A]\nk=1\nK=9\nx=3\n[B]\nk=4\n[a]\nk=5\n",
	    ERR_FORMAT },
	{ "A", "k", "9", "e=0\n[A]\nk=1\nK=2\nx=3\n[B]\nk=4\n[a]\nk=9\n",
	    ERR_FORMAT },
	{ "A", "k", NULL, BEFORE, ERR_FORMAT },
	{ "A", "k", NULL, "e=0\n[A]\nK=2\nx=3\n[B]\nk=4\n[a]\nk=5\n",
	    ERR_FORMAT },
	{ "B", "n", "7", BEFORE, ERR_FORMAT },
	/* Done, and more than that. */
	{ "A", "k", "9", "e=0\n[A]\nk=9\nK=8\nx=3\n[B]\nk=4\n[a]\nk=5\n",
	    ERR_FORMAT },
	{ "A", "k", "9", "e=0\n[A]\nk=9\nx=3\n[B]\nk=4\n[a]\nk=5\n",
	    ERR_FORMAT },
	{ "A", "k", "9", "e=0\n[A]\nk=9\nK=2\nx=3\nx=3\n[B]\nk=4\n[a]\nk=5\n",
	    ERR_FORMAT },
	{ "A", "k", "9", "e=1\n[A]\nk=9\nK=2\nx=3\n[B]\nk=4\n[a]\nk=5\n",
	    ERR_FORMAT },
	{ "A", "k", "9", "e=0\n[A]\nk=9\nx=3\nK=2\n[B]\nk=4\n[a]\nk=5\n",
	    ERR_FORMAT }, /* K and x have changed places */
	{ "A", "x", "9", "e=0\n[A]\nK=2\nk=1\nx=9\n[B]\nk=4\n[a]\nk=5\n",
	    ERR_FORMAT },
	{ "A", "x", "9", "e=0\n[A]\nk=1\nK=2\nx=9\n[B]\nk=4\n[a]\nk=5\n[C]\n",
	    ERR_FORMAT },
	{ "A", "x", "9", "e=0\n[A]\nk=1\nK=2\nx=9\n[b]\nk=4\n[a]\nk=5\n",
	    ERR_FORMAT },
	{ "A", "x", "9", "e=0\n[A]\nk=1\nK=2\nx=9\n[B]\n[a]\nk=5\n",
	    ERR_FORMAT },
	{ "A", "x", "9", "e=0\n[A]\nk=1\nK=2\nx=9\n[B]\nk=4\n", ERR_FORMAT },
	{ "B", "k", NULL, "e=0\n[A]\nk=1\nK=2\nx=3\n[a]\nk=5\n", ERR_FORMAT },
	{ "B", "k", "6", "e=0\n[A]\nk=1\nK=2\nx=3\n[B]\nk=6\nk=4\n[a]\nk=5\n",
	    ERR_FORMAT },
	{ "C", "n", "7", "[C]\nn=7\n" BEFORE, ERR_FORMAT },
	{ "C", "n", "7", BEFORE "[C]\nn=7\n[C]\n", ERR_FORMAT },
	{ "C", "n", NULL, BEFORE "[C]\n", ERR_FORMAT },
	{ "A", "k", "9", "", ERR_FORMAT },
};

static struct inifile *
parse(const char *text)
{
	struct inifile *ini;

	assert_int_equal(0,
	    inifile_parse(
		"x", text, strlen(text), INIFILE_DIALECT, &ini, NULL));
	return ini;
}

static void
only_what_was_asked_for_passes(void **state)
{
	struct inifile *before = parse(BEFORE);
	struct inifile *after;
	struct iniedit_change change;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		change.section = cases[i].section;
		change.key = cases[i].key;
		change.value = cases[i].value;
		after = parse(cases[i].after);
		rc = iniproof_check(before, after, &change, 1);
		inifile_free(after);
		if (rc != cases[i].expected)
			fail_msg("case %zu: %d", i, rc);
	}
	inifile_free(before);
}

/* Several changes at once: set, added, taken out, a new section. */
static void
changes_made_at_once_are_proved_at_once(void **state)
{
	static const struct iniedit_change changes[] = {
		{ "a", "K", "9" },
		{ "B", "n", "7" },
		{ "A", "x", NULL },
		{ "C", "o", "8" },
		{ "c", "p", "" },
		{ "D", "q", NULL },
		{ "E", "r", "1" },
	};
	static const struct {
		const char *after;
		int expected;
	} rows[] = {
#define FIRST "e=0\n[A]\nk=9\nK=2\n[B]\nk=4\nn=7\n[a]\nk=5\n"
		{ FIRST "[C]\no=8\np=\n[E]\nr=1\n", 0 },
		{ FIRST "[C]\no=8\n[E]\nr=1\n", ERR_FORMAT },
		{ FIRST "[C]\no=8\np=1\n[E]\nr=1\n", ERR_FORMAT },
		{ FIRST "[E]\nr=1\n[C]\no=8\np=\n", ERR_FORMAT },
		{ FIRST "[C]\no=8\np=\n[D]\n[E]\nr=1\n", ERR_FORMAT },
		{ FIRST "[C]\no=8\np=\n[D]\nq=1\n[E]\nr=1\n", ERR_FORMAT },
		{ FIRST "[C]\no=8\np=\nz=1\n[E]\nr=1\n", ERR_FORMAT },
		{ "e=0\n[A]\nk=9\nK=2\nx=3\n[B]\nk=4\nn=7\n[a]\nk=5\n"
		  "[C]\no=8\np=\n[E]\nr=1\n",
		    ERR_FORMAT },
		{ BEFORE, ERR_FORMAT },
	};
	struct inifile *before = parse(BEFORE), *after;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		after = parse(rows[i].after);
		assert_int_equal(rows[i].expected,
		    iniproof_check(before, after, changes,
			sizeof(changes) / sizeof(changes[0])));
		inifile_free(after);
	}
	inifile_free(before);
}

static void
second_change_of_a_key_is_found(void **state)
{
	static const struct iniedit_change changes[] = {
		{ "A", "k", "1" },
		{ "B", "k", "2" },
		{ "A", "l", "3" },
		{ "b", "K", NULL },
		{ "A", "k", "4" },
	};
	size_t n;

	(void)state;
	assert_int_equal(0, iniproof_distinct(changes, 5, &n));
	assert_int_equal(3, n);
	assert_int_equal(0, iniproof_distinct(changes + 3, 2, &n));
	assert_int_equal(2, n);
	assert_int_equal(0, iniproof_distinct(changes, 0, &n));
	assert_int_equal(0, n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_was_asked_for_passes),
		cmocka_unit_test(changes_made_at_once_are_proved_at_once),
		cmocka_unit_test(second_change_of_a_key_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
