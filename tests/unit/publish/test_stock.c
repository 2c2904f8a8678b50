/* Tests of publish: what a list names and the store has to have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../../site/publish/stock.h"
#include "../../../site/publish/tree.h"
#include "site.h"

#define NAMED                                                              \
	"[SMS]\r\nCopyListVersion=7\r\nSequence=1\r\n[Component STANDARD]" \
	"\r\nType=files\r\n[Files STANDARD]\r\nA.TXT=3,"

static char digest[DIGEST_TEXT];

/* Checks a list of one file of three bytes, where `seen` is known; the calls
 * that asked for a status are in *looked. */
static int
check(const struct stock_seen *seen, const char *path, unsigned *looked)
{
	struct tree tree = { .path = (char *)SITE_ROOT };
	struct buf text = BUF_INIT, why = BUF_INIT;
	struct copylist *list = NULL;
	int rc;

	fake_reset();
	fake_put_folder(SITE_ROOT);
	if (path != NULL)
		fake_put(path, "one");
	buf_format(&text, NAMED "%s,-\r\n", digest);
	assert_int_equal(
	    0, copylist_parse("list", buf_text(&text), text.len, &list, &why));
	assert_int_equal(0, os_dir_open(SITE_ROOT, &tree.dir));
	*looked = fake_calls_of("os_info");
	rc = stock_check_new(&tree, list, seen, &why);
	*looked = fake_calls_of("os_info") - *looked;
	os_dir_close(tree.dir);
	copylist_free(list);
	buf_free(&text);
	buf_free(&why);
	return rc;
}

static void
what_was_seen_with_its_size_is_not_looked_for_again(void **state)
{
	struct stock_content content = { digest, 3 };
	const struct stock_seen seen = { &content, 1, 0 };
	unsigned looked;

	(void)state;
	assert_int_equal(0, check(&seen, NULL, &looked));
	assert_int_equal(0, looked);
}

static void
what_was_not_seen_or_in_another_size_is_looked_for(void **state)
{
	static const char other[] = "ffffffffffffffffffffffffffffffffffffffff"
				    "ffffffffffffffffffffffff";
	struct stock_content contents[] = { { digest, 4 }, { other, 3 } };
	const struct stock_seen cases[] = {
		{ NULL, 0, 0 },
		{ contents, 1, 0 },
		{ contents + 1, 1, 0 },
	};
	struct buf name = BUF_INIT, path = BUF_INIT;
	unsigned looked;
	size_t i;

	(void)state;
	assert_int_equal(0, store_name(digest, &name));
	buf_format(&path, SITE_ROOT "/%s", buf_text(&name));
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(ERR_NOENT, check(&cases[i], NULL, &looked));
		assert_int_equal(1, looked);
		assert_int_equal(0, check(&cases[i], buf_text(&path), &looked));
		assert_int_equal(1, looked);
	}
	buf_free(&name);
	buf_free(&path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_was_seen_with_its_size_is_not_looked_for_again),
		cmocka_unit_test(
		    what_was_not_seen_or_in_another_size_is_looked_for),
	};

	assert_int_equal(0, digest_of("one", 3, digest));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
