/* Tests of lib/journal: what was written is read again, or refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../lib/journal.h"
#include "../../lib/sealed.h"
#include "../../lib/step.h"
#include "client.h"

static struct os_dir *state_dir;
static struct steps list[2];
static struct journal journal, back;

static int
setup(void **state)
{
	struct step *s;

	(void)state;
	start_client();
	assert_int_equal(0, os_dir_open(STATE, &state_dir));
	memset(list, 0, sizeof list);
	list[0].component = strdup("STANDARD");
	list[1].component = strdup("Client Inventory");
	list[1].service = true;
	assert_int_equal(
	    0, steps_add(&list[0], STEP_PLACE, "BIN/A.EXE", NULL, &s));
	digest_text("a", s->digest);
	s->size = 1;
	s->mtime = MTIME;
	s->flags = OS_EXEC;
	assert_int_equal(
	    0, steps_add(&list[0], STEP_REMOVE, "DATA/OLD.TXT", NULL, NULL));
	assert_int_equal(
	    0, steps_add(&list[1], STEP_MOVE, "BIN/S.EXE", "bin/s.exe", NULL));
	journal = (struct journal){ 1795197600, list, 2 };
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	journal_free(&back);
	steps_free(&list[0]);
	steps_free(&list[1]);
	os_dir_close(state_dir);
	assert_int_equal(0, fake_handles());
	return 0;
}

static void
journal_too_long_to_be_read_again_is_not_written(void **state)
{
	size_t len = (size_t)64 << 20;

	(void)state;
	/* One byte more than there is room for beside the seal. */
	assert_int_equal(0, journal_write(state_dir, "JOURNAL", &journal));
	len -= (size_t)(strstr(fake_get(STATE "/JOURNAL"), "END ") -
		   fake_get(STATE "/JOURNAL")) -
	    strlen("STANDARD");
	len -= DIGEST_TEXT + 8 - 1;
	fake_drop(STATE "/JOURNAL");
	free(list[0].component);
	list[0].component = malloc(len + 1);
	memset(list[0].component, 'c', len);
	list[0].component[len] = '\0';
	assert_int_equal(
	    ERR_RANGE, journal_write(state_dir, "JOURNAL", &journal));
	assert_null(fake_get(STATE "/JOURNAL"));
}

static void
what_was_written_is_read_again(void **state)
{
	(void)state;
	assert_int_equal(0, journal_write(state_dir, "JOURNAL", &journal));
	assert_int_equal(0, journal_read(state_dir, "JOURNAL", &back));
	assert_int_equal(1795197600, back.version);
	assert_int_equal(2, back.count);
	assert_string_equal("STANDARD", back.components[0].component);
	assert_false(back.components[0].service);
	assert_int_equal(2, back.components[0].count);
	assert_int_equal(STEP_PLACE, back.components[0].list[0].kind);
	assert_string_equal("DATA/OLD.TXT", back.components[0].list[1].name);
	assert_string_equal("Client Inventory", back.components[1].component);
	assert_true(back.components[1].service);
	assert_string_equal("bin/s.exe", back.components[1].list[0].from);
}

static void
written_text_is_the_one_that_is_described(void **state)
{
	char expected[600], hex[DIGEST_TEXT];

	(void)state;
	snprintf(expected, sizeof expected,
	    "[Journal]\r\n"
	    "CopyListVersion=1795197600\r\n[Component STANDARD]\r\n"
	    "Type=files\r\nStep=place|%s|1|%" PRId64 "|1|0|BIN/A.EXE\r\n"
	    "Step=remove|DATA/OLD.TXT\r\n[Component Client Inventory]\r\n"
	    "Type=service\r\nStep=move|bin/s.exe|BIN/S.EXE\r\nEND ",
	    digest_text("a", hex), MTIME);
	assert_int_equal(0, journal_write(state_dir, "JOURNAL", &journal));
	assert_memory_equal(
	    expected, fake_get(STATE "/JOURNAL"), strlen(expected));
}

static void
written_journal_is_durable(void **state)
{
	(void)state;
	assert_int_equal(0, journal_write(state_dir, "JOURNAL", &journal));
	os_dir_close(state_dir);
	fake_power_cut();
	assert_int_equal(0, os_dir_open(STATE, &state_dir));
	assert_int_equal(0, journal_read(state_dir, "JOURNAL", &back));
}

static void
missing_journal_is_told_from_a_damaged_one(void **state)
{
	(void)state;
	assert_int_equal(ERR_NOENT, journal_read(state_dir, "JOURNAL", &back));
	fake_put(STATE "/JOURNAL", "");
	assert_int_equal(ERR_FORMAT, journal_read(state_dir, "JOURNAL", &back));
}

static void
journal_cut_anywhere_is_refused(void **state)
{
	size_t len;
	const char *text;

	(void)state;
	assert_int_equal(0, journal_write(state_dir, "JOURNAL", &journal));
	text = fake_get(STATE "/JOURNAL");
	for (len = strlen(text) - 1; len > 0; len--) {
		int rc;

		fake_put_bytes(STATE "/JOURNAL", text, len);
		rc = journal_read(state_dir, "JOURNAL", &back);
		/* The last line may end in LF alone, not without. */
		if (rc != ERR_FORMAT && rc != ERR_DIGEST)
			fail_msg("%zu bytes: %d", len, rc);
		assert_int_equal(0, back.count);
	}
}

static void
journal_with_a_changed_byte_is_refused(void **state)
{
	char text[1000];
	size_t len, i;

	(void)state;
	assert_int_equal(0, journal_write(state_dir, "JOURNAL", &journal));
	snprintf(text, sizeof text, "%s", fake_get(STATE "/JOURNAL"));
	len = strlen(text);
	for (i = 0; i < len - 2; i++) {
		text[i] ^= 4;
		fake_put_bytes(STATE "/JOURNAL", text, len);
		assert_int_not_equal(
		    0, journal_read(state_dir, "JOURNAL", &back));
		text[i] ^= 4;
	}
}

static void
sealed_text_of_another_kind_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"[Component STANDARD]\r\nType=files\r\n",
		"[Journal]\r\nCopyListVersion=x\r\n",
		"[Journal]\r\nCopyListVersion=-1\r\n",
		"[Journal]\r\nCopyListVersion=1\r\n[Other]\r\nStep=clear|A\r\n",
		"[Journal]\r\nCopyListVersion=1\r\n[Component A]\r\n"
		"Step=clear\r\n",
		"[Journal]\r\nCopyListVersion=1\r\n[Component A]\r\n"
		"no line\r\n",
		"A=b\r\n[Journal]\r\nCopyListVersion=1\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct buf text = BUF_INIT;
		int rc;

		buf_add_text(&text, texts[i]);
		assert_int_equal(
		    0, sealed_write(state_dir, "JOURNAL", OS_PUBLIC, &text));
		buf_free(&text);
		rc = journal_read(state_dir, "JOURNAL", &back);
		if (rc != ERR_FORMAT)
			fail_msg("%d for %s", rc, texts[i]);
	}
}

static void
failure_of_the_disk_is_no_damage(void **state)
{
	(void)state;
	assert_int_equal(0, journal_write(state_dir, "JOURNAL", &journal));
	fake_fail_call("os_read", 1, FAKE_ONCE, ERR_IO);
	assert_int_equal(ERR_IO, journal_read(state_dir, "JOURNAL", &back));
	fake_fail(0, FAKE_ONCE, 0);
	assert_int_equal(0, journal_read(state_dir, "JOURNAL", &back));
}

static void
journal_that_cannot_be_written_leaves_the_old_one(void **state)
{
	const char *before;
	bool met = true;

	(void)state;
	assert_int_equal(0, journal_write(state_dir, "JOURNAL", &journal));
	before = fake_get(STATE "/JOURNAL");
	journal.version++;
	for (unsigned n = 1; met; n++) {
		fake_fail(n, FAKE_ONCE, ERR_NOSPC);
		journal_write(state_dir, "JOURNAL", &journal);
		met = fake_met();
		fake_fail(0, FAKE_ONCE, 0);
		/* The old one or the new one, and whole. */
		assert_int_equal(0, journal_read(state_dir, "JOURNAL", &back));
		if (back.version == 1795197600)
			assert_string_equal(before, fake_get(STATE "/JOURNAL"));
		journal_free(&back);
		assert_int_equal(0, strncmp("JOURNAL ", fake_list(STATE), 8));
	}
}

static void
every_allocation_that_fails_is_told(void **state)
{
	unsigned n = 0;
	bool met;
	int rc;

	(void)state;
	do {
		fake_alloc_fail(++n, FAKE_ONCE);
		rc = journal_write(state_dir, "JOURNAL", &journal);
		met = fake_alloc_met();
		fake_alloc_fail(0, FAKE_ONCE);
		assert_int_equal(met ? ERR_NOMEM : 0, rc);
	} while (met);
	n = 0;
	do {
		journal_free(&back);
		fake_alloc_fail(++n, FAKE_ONCE);
		rc = journal_read(state_dir, "JOURNAL", &back);
		met = fake_alloc_met();
		fake_alloc_fail(0, FAKE_ONCE);
		assert_int_equal(met ? ERR_NOMEM : 0, rc);
	} while (met);
	assert_int_equal(2, back.count);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(journal_too_long_to_be_read_again_is_not_written),
		TEST(what_was_written_is_read_again),
		TEST(written_text_is_the_one_that_is_described),
		TEST(written_journal_is_durable),
		TEST(missing_journal_is_told_from_a_damaged_one),
		TEST(journal_cut_anywhere_is_refused),
		TEST(journal_with_a_changed_byte_is_refused),
		TEST(sealed_text_of_another_kind_is_refused),
		TEST(failure_of_the_disk_is_no_damage),
		TEST(journal_that_cannot_be_written_leaves_the_old_one),
		TEST(every_allocation_that_fails_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
