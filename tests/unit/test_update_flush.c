/*
 * Tests of lib/update: what is durable when. A run ends at each of its calls in
 * turn and the power goes; what had been done by then must have had what it
 * rests on on the disk. That the next run heals the rest is in
 * test_update_faults.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../lib/installed.h"
#include "../../lib/journal.h"
#include "../../lib/sealed.h"
#include "client.h"

static const struct listed first[] = {
	{ "STANDARD", "BIN\\A.EXE", "a one", "x" },
	{ "STANDARD", "DATA\\KEEP.TXT", "kept", NULL },
	{ "STANDARD", "DATA\\OLD.TXT", "old one", NULL },
	{ NULL, NULL, NULL, NULL },
};

static const struct listed second[] = {
	{ "STANDARD", "BIN\\A.EXE", "a two", "x" },
	{ "STANDARD", "DATA\\KEEP.TXT", "kept", NULL },
	{ "STANDARD", "DATA\\NEW.TXT", "new two", NULL },
	{ NULL, NULL, NULL, NULL },
};

struct cut {
	const struct listed *old; /* NULL: an install */
	const struct listed *new;
	bool volumes; /* client root and STATE are on two */
};

/* Which of the claims below were put to the test. */
static unsigned placed_seen, begun_seen, stored_seen;

static const char *
content_at(const struct listed *file)
{
	char path[200];

	snprintf(path, sizeof path, CLIENT "/%s", file->name);
	for (char *p = path; *p != '\0'; p++)
		*p = *p == '\\' ? '/' : *p;
	return fake_get(path);
}

static bool
is_placed(const struct listed *file)
{
	const char *content = content_at(file);

	return content != NULL && strcmp(content, file->content) == 0;
}

/* Has the run put anything where it belongs? */
static bool
has_placed(const struct listed *files)
{
	for (; files->component != NULL; files++)
		if (strcmp(files->content, "kept") != 0 && is_placed(files))
			return true;
	return false;
}

static void
check_placed(const struct listed *files)
{
	for (; files->component != NULL; files++)
		assert_true(is_placed(files));
}

static bool
has_journal(struct os_dir *state)
{
	struct journal journal;
	int rc = journal_read(state, "JOURNAL", &journal);

	if (rc == 0)
		journal_free(&journal);
	/* Damaged ones are no more than missing ones would be. */
	assert_true(rc == 0 || rc == ERR_NOENT);
	return rc == 0;
}

/* Everything of the list is ours. */
static void
check_owned(struct os_dir *state, const struct listed *files)
{
	struct installed set;
	char folded[200];

	assert_int_equal(0, installed_read(state, &set));
	assert_false(set.damaged || set.missing);
	for (; files->component != NULL; files++) {
		snprintf(folded, sizeof folded, "%s", files->name);
		for (char *p = folded; *p != '\0'; p++)
			*p = *p == '\\'		     ? '/'
			    : *p >= 'A' && *p <= 'Z' ? (char)(*p + 32)
						     : *p;
		assert_non_null(installed_find(&set, folded));
	}
	installed_free(&set);
}

/* A journal is carried out without any server. */
static void
check_carried_out(struct os_dir *state, const struct listed *files)
{
	struct update_recovery recovery;
	struct os_dir *client = NULL;
	struct buf why = BUF_INIT;

	assert_int_equal(0, os_dir_open(CLIENT, &client));
	assert_int_equal(
	    0, update_recover(client_layout(), client, state, &recovery, &why));
	assert_int_equal(0, recovery.notes.len);
	check_placed(files);
	update_recovery_free(&recovery);
	os_dir_close(client);
	buf_free(&why);
}

static void
check_stored(struct os_dir *state, const struct listed *files)
{
	struct buf sequence = BUF_INIT;
	char *list = list_text(2, files);

	check_placed(files);
	check_owned(state, files);
	assert_string_equal(list, fake_get(STATE "/CL_NT.TXT"));
	assert_int_equal(0, sealed_read(state, "SEQUENCE", 1000, &sequence));
	buf_free(&sequence);
	free(list);
}

/* Ends the run at its nth call; false where it had fewer. */
static bool
cut_at(const struct cut *cut, unsigned n)
{
	bool placed, stored, begun, met;
	struct os_dir *state = NULL;
	struct run_result r;

	start_client();
	if (cut->volumes)
		fake_volume(STATE, 2);
	if (cut->old != NULL) {
		publish(1, cut->old);
		run_well();
	}
	publish(2, cut->new);
	fake_pass(60000);
	fake_fail(n, FAKE_FOREVER, ERR_IO);
	run_client(&r);
	run_free(&r);
	met = fake_met();
	fake_fail(0, FAKE_ONCE, 0);
	placed = cut->old != cut->new &&has_placed(cut->new);
	stored = strcmp(ini_value("SMS", "CopyListVersion"), "2") == 0;
	fake_power_cut();
	assert_int_equal(0, os_dir_open(STATE, &state));
	begun = has_journal(state);
	if (placed && !stored)
		assert_true(begun);
	if (begun)
		check_owned(state, cut->new);
	if (begun)
		check_carried_out(state, cut->new);
	if (stored)
		check_stored(state, cut->new);
	placed_seen += placed && !stored;
	begun_seen += begun && !placed;
	stored_seen += stored;
	os_dir_close(state);
	return met;
}

static void
cut_everywhere(const struct cut *cut)
{
	unsigned n = 1;

	placed_seen = begun_seen = stored_seen = 0;
	while (cut_at(cut, n))
		n++;
	assert_in_range(n, 50, 2000);
	assert_true(stored_seen > 0);
	if (cut->old != cut->new)
		assert_true(placed_seen > 0 && begun_seen > 0);
}

static void
install_rests_on_what_is_durable(void **state)
{
	struct cut cut = { .new = first };

	(void)state;
	cut_everywhere(&cut);
	cut.volumes = true;
	cut_everywhere(&cut);
}

static void
update_rests_on_what_is_durable(void **state)
{
	struct cut cut = { .old = first, .new = second };

	(void)state;
	cut_everywhere(&cut);
	cut.volumes = true;
	cut_everywhere(&cut);
}

static void
version_rests_on_a_list_that_changes_no_file(void **state)
{
	struct cut cut = { .old = first, .new = first };

	(void)state;
	cut_everywhere(&cut);
	cut.volumes = true;
	cut_everywhere(&cut);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(install_rests_on_what_is_durable),
		cmocka_unit_test(update_rests_on_what_is_durable),
		cmocka_unit_test(version_rests_on_a_list_that_changes_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
