/*
 * Tests of lib/update: what is durable when. A run ends at each of its calls in
 * turn and the power goes; what had been done by then must have had what it
 * rests on on the disk. All that was not flushed is lost, but for one name of
 * STATE, each in turn: no order of names is relied on. That the next run heals
 * the rest is in test_update_faults.
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
	bool locked;  /* SMS.INI is another's: the run takes all back */
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

static void
start_cut(const struct cut *cut, unsigned n)
{
	start_client();
	if (cut->volumes)
		fake_volume(STATE, 2);
	if (cut->old != NULL) {
		publish(1, cut->old);
		run_well();
	}
	publish(2, cut->new);
	fake_pass(60000);
	if (cut->locked)
		fake_lock(STATE "/INI.LOCK", -1);
	fake_fail(n, FAKE_FOREVER, ERR_IO);
}

/* Ends the run at its nth call; false where it had fewer. Of the names of
 * STATE that were not flushed the one with that number is durable; where there
 * is none *kept becomes false. */
static bool
cut_at(const struct cut *cut, unsigned n, unsigned name, bool *kept)
{
	bool placed, stored, begun, met;
	struct os_dir *state = NULL;
	struct run_result r;

	start_cut(cut, n);
	run_client(&r);
	run_free(&r);
	met = fake_met();
	fake_fail(0, FAKE_ONCE, 0);
	placed = cut->old != cut->new &&has_placed(cut->new);
	stored = strcmp(ini_value("SMS", "CopyListVersion"), "2") == 0;
	*kept = fake_flush_name(STATE, name);
	fake_power_cut();
	assert_int_equal(0, os_dir_open(STATE, &state));
	begun = has_journal(state);
	if (placed && !stored)
		assert_true(begun || *kept);
	if (begun) {
		check_owned(state, cut->new);
		check_carried_out(state, cut->new);
	}
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
	unsigned n = 0, name, kept_seen = 0;
	bool kept, met;

	placed_seen = begun_seen = stored_seen = 0;
	do {
		n++;
		name = 0;
		do {
			met = cut_at(cut, n, name++, &kept);
			kept_seen += kept;
		} while (kept);
	} while (met);
	assert_in_range(n, 50, 2000);
	assert_true(kept_seen > 0);
	assert_true(stored_seen > 0 || cut->locked);
	assert_true(placed_seen > 0 || cut->locked || cut->old == cut->new);
	assert_true(begun_seen > 0 || cut->old == cut->new);
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

/* What is taken back: the journal first. */
static void
journal_taken_back_rests_on_what_is_durable(void **state)
{
	struct cut cut = { .old = first, .new = second, .locked = true };

	(void)state;
	cut_everywhere(&cut);
	cut.old = NULL;
	cut.new = first;
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
		cmocka_unit_test(journal_taken_back_rests_on_what_is_durable),
		cmocka_unit_test(version_rests_on_a_list_that_changes_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
