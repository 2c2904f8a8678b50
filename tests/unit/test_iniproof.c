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
	    ERR_FORMAT },	/* K and x have changed places */
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

	assert_int_equal(0, inifile_parse("x", text, strlen(text),
	    INIFILE_DIALECT, &ini, NULL));
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
		rc = iniproof_check(before, after, &change);
		inifile_free(after);
		if (rc != cases[i].expected)
			fail_msg("case %zu: %d", i, rc);
	}
	inifile_free(before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_was_asked_for_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
