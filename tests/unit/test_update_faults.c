/*
 * Tests of lib/update: every call of the system fails once, or the run ends
 * there as if it had been killed, with and without a power cut. After each the
 * invariants of doc/design.md 7 hold, and the next run completes the work.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../lib/installed.h"
#include "client.h"

static const struct listed first[] = {
	{ "STANDARD", "BIN\\A.EXE", "a one", "x" },
	{ "STANDARD", "BIN\\B.TXT", "b one", NULL },
	{ "STANDARD", "DATA\\KEEP.TXT", "kept", NULL },
	{ "STANDARD", "DATA\\OLD.TXT", "old one", NULL },
	{ "STANDARD", "case.txt", "case", NULL },
	{ "Help", "TOPIC\\H.TXT", "h one", NULL },
	{ "Help", "SHARED\\MOVES.TXT", "moves one", NULL },
	{ "Leaves", "LEAVES\\L.TXT", "l one", NULL },
	{ NULL, NULL, NULL, NULL },
};

/* Everything at once: new content, a new name and a gone one, a change of
 * letter case, a file that moves to another component, a folder that becomes a
 * file, and a component that leaves. */
static const struct listed second[] = {
	{ "STANDARD", "BIN\\A.EXE", "a two, longer", "x" },
	{ "STANDARD", "BIN\\B.TXT", "b two", NULL },
	{ "STANDARD", "DATA\\KEEP.TXT", "kept", NULL },
	{ "STANDARD", "DATA\\NEW.TXT", "new two", NULL },
	{ "STANDARD", "CASE.TXT", "case", NULL },
	{ "STANDARD", "SHARED\\MOVES.TXT", "moves two", NULL },
	{ "Help", "TOPIC", "topic two", NULL },
	{ NULL, NULL, NULL, NULL },
};

static const struct listed third[] = {
	{ "STANDARD", "BIN\\A.EXE", "a three", "x" },
	{ "Help", "TOPIC\\H.TXT", "h one", NULL },
	{ NULL, NULL, NULL, NULL },
};

/* What somebody else has in the client root. */
#define MINE CLIENT "/BIN/MINE.TXT"

static const int codes[] = { ERR_IO, ERR_NOSPC, ERR_ACCES, ERR_BUSY };
#define CODES (sizeof codes / sizeof codes[0])

/* How a sweep goes. */
struct sweep {
	const struct listed *old; /* NULL: an install */
	const struct listed *new;
	enum fake_times times;
	int code; /* 0: one after the other */
	bool power_cut;
	const char *busy; /* a file in use throughout, or NULL */
	bool ignore_case, no_links;
	/* Published between the two runs, or NULL: the same list again. */
	const struct listed *then;
};

static const struct sweep *now;
/* For messages: the call that fails, and how many there were so far. */
static unsigned at, seen;
static const char *failing = "";
#define bad(format, ...) \
	fail_msg("call %u, %s: " format, at, failing, __VA_ARGS__)

static const char *
path_of(const struct listed *file)
{
	static char path[200];

	snprintf(path, sizeof path, CLIENT "/%s", file->name);
	for (char *p = path; *p != '\0'; p++)
		*p = *p == '\\' ? '/' : *p;
	return path;
}

static const struct listed *
find(const struct listed *files, const char *name)
{
	for (; files != NULL && files->component != NULL; files++)
		if (strcmp(files->name, name) == 0)
			return files;
	return NULL;
}

static const char *
content_of(const struct listed *files, const char *name)
{
	const struct listed *file = find(files, name);

	return file == NULL ? NULL : file->content;
}

/* Is the file in both lists, but in another component? */
static bool
moves(const char *name)
{
	const struct listed *old = find(now->old, name);
	const struct listed *new = find(now->new, name);

	return old != NULL &&
	    new != NULL &&strcmp(old->component, new->component) != 0;
}

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* I1, at every moment: old or new, and there when it is in both lists. */
static void
look_at_files(const struct listed *files)
{
	for (; files != NULL && files->component != NULL; files++) {
		const char *path = path_of(files), *is = fake_get(path);
		const char *old = content_of(now->old, files->name);
		const char *new = content_of(now->new, files->name);

		if (!same(is, old) && !same(is, new))
			bad("%s is %s", path, is != NULL ? is : "missing");
	}
}

/* Only what changes names changes a target: after such a call it looks. */
static void
look(void *arg, const char *call)
{
	static bool changed;
	bool again = changed;

	(void)arg;
	if (call != NULL && ++seen == at)
		failing = call;
	changed = call == NULL || strncmp(call, "os_re", 5) == 0;
	if (!changed && !again)
		return;
	look_at_files(now->old);
	look_at_files(now->new);
	if (!same(fake_get(MINE), "mine"))
		bad("%s", "a file of somebody else has changed");
}

/* Are all files of a component (NULL: of all) as in that list? */
static bool
is_in(const struct listed *files, const char *component)
{
	for (; files != NULL && files->component != NULL; files++)
		if ((component == NULL ||
			(strcmp(files->component, component) == 0 &&
			    !moves(files->name))) &&
		    !same(fake_get(path_of(files)), files->content))
			return false;
	return true;
}

static bool
has_pending(void)
{
	return strstr(fake_list(STATE "/pending"), ".txt ") != NULL;
}

/* I2: the version is that of a list that is in place, or waits. */
static void
check_version(void)
{
	const char *version = ini_value("SMS", "CopyListVersion");
	bool two = strcmp(version, "2") == 0;

	if (two)
		assert_true(is_in(now->new, NULL) || has_pending());
	else
		assert_string_equal(now->old != NULL ? "1" : "", version);
	if (!two && strcmp(ini_value("Local", "SetupPhase"), "installed") == 0)
		assert_true(is_in(now->old, NULL));
	if (two && strcmp(ini_value("Local", "SetupPhase"), "installed") == 0)
		assert_true(is_in(now->new, NULL));
}

/* I1: a component is wholly old or wholly new once its run has ended. */
static void
check_components(const struct listed *files)
{
	for (; files != NULL && files->component != NULL; files++)
		if (!is_in(now->old, files->component) &&
		    !is_in(now->new, files->component))
			bad("component %s is mixed", files->component);
}

/* How many files are below the client root, without .stage? */
static size_t
count_files(void)
{
	const char *line = fake_list(CLIENT), *end;
	size_t count = 0;

	for (; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		count += end[-1] != '/' && strncmp(line, ".stage/", 7) != 0;
	}
	return count;
}

/* The files of that list, and the one that is somebody else's? */
static void
check_tree(const struct listed *files)
{
	size_t expected = 1;

	for (const struct listed *f = files; f != NULL && f->component != NULL;
	     f++)
		expected++;
	if (!is_in(files, NULL) || expected != count_files())
		bad("%s", fake_tree(CLIENT));
	assert_string_equal("mine", fake_get(MINE));
}

static void
check_owned(const struct listed *files)
{
	struct installed set;
	struct os_dir *state = NULL;
	size_t count = 0;

	for (; files[count].component != NULL; count++)
		;
	assert_int_equal(0, os_dir_open(STATE, &state));
	assert_int_equal(0, installed_read(state, &set));
	assert_false(set.damaged);
	assert_int_equal(count, set.count);
	installed_free(&set);
	os_dir_close(state);
}

/* What has to be true at the very end. */
static void
check_end(const struct listed *files, const char *version)
{
	char *list = list_text(strtoull(version, NULL, 10), files);

	check_tree(files);
	check_owned(files);
	if (strstr(fake_list(CLIENT), ".stage") != NULL)
		bad("%s", fake_list(CLIENT));
	assert_null(fake_get(STATE "/JOURNAL"));
	assert_false(has_pending());
	assert_string_equal(list, fake_get(STATE "/CL_NT.TXT"));
	assert_string_equal(version, ini_value("SMS", "CopyListVersion"));
	assert_string_equal("installed", ini_value("Local", "SetupPhase"));
	assert_string_equal("PLN00001", ini_value("SMS", "SMS Unique ID"));
	assert_string_equal("", ini_value("Setup State", "NextTry"));
	assert_string_equal(
	    "", ini_value("WorkstationStatus", "FilesNotDownloaded"));
	free(list);
}

static void
start(void)
{
	start_client();
	fake_ignore_case(now->ignore_case);
	fake_no_links(now->no_links);
	fake_put(MINE, "mine");
	if (now->old != NULL) {
		publish(1, now->old);
		run_well();
		if (at <= 1)
			check_end(now->old, "1");
	}
	publish(2, now->new);
	fake_pass(60000);
	if (now->busy != NULL)
		fake_use(now->busy, FAKE_RUNNING);
	fake_hook(look, NULL);
}

static void
free_busy(void)
{
	if (now->busy != NULL && fake_get(now->busy) != NULL)
		fake_use(now->busy, FAKE_FREE);
}

/* What a run that has returned promises, update.h. */
static void
check_outcome(const struct run_result *r, const char *ini_before,
    const char *owned_before)
{
	if (r->rc == ERR_CHANGED)
		assert_non_null(fake_get(STATE "/JOURNAL"));
	/* What could neither be done nor undone is the journal's still. */
	if (r->rc == 0 && fake_get(STATE "/JOURNAL") == NULL) {
		check_components(now->old);
		check_components(now->new);
	}
	if (r->rc == 0 || r->rc == ERR_CHANGED)
		return;
	check_tree(now->old);
	assert_null(fake_get(STATE "/JOURNAL"));
	if (!same(ini_before, fake_get(INI)))
		bad("%s", "SMS.INI has changed");
	if (!same(owned_before, fake_get(STATE "/INSTALLED.TXT")))
		bad("%s", "INSTALLED.TXT has changed");
	if (r->rc == ERR_NOSPC && strstr(fake_list(CLIENT), ".stage/") != NULL)
		bad("%s", fake_list(CLIENT));
	if (r->why.len == 0)
		bad("code %d without a word", r->rc);
}

/* Runs until nothing is left to do, with nothing failing. */
static void
complete(void)
{
	const struct try_options verify = { .verify = true };
	struct run_result r;

	free_busy();
	if (run_client(&r) != 0 || r.result.held > 0 || r.result.pending > 0)
		bad("next run: %d %s", r.rc, buf_text(&r.why));
	run_free(&r);
	/* And the one after it has nothing to do. */
	assert_int_equal(0, run_client(&r));
	assert_true(r.current);
	run_free(&r);
	if (now->times == FAKE_FOREVER)
		return;
	/* Where the sweeping failed, the next one that works sweeps. */
	assert_int_equal(0, run_with(&verify, &r));
	run_free(&r);
}

static bool
one(unsigned n)
{
	struct run_result r;
	const char *ini_before, *owned_before;
	bool met;

	at = n;
	start();
	ini_before = fake_get(INI);
	owned_before = fake_get(STATE "/INSTALLED.TXT");
	fake_fail(n, now->times, now->code != 0 ? now->code : codes[n % CODES]);
	seen = 0;
	run_client(&r);
	met = fake_met();
	fake_fail(0, FAKE_ONCE, 0);
	assert_int_equal(0, fake_handles());
	look(NULL, NULL);
	if (now->times == FAKE_ONCE)
		check_outcome(&r, ini_before, owned_before);
	run_free(&r);
	if (now->power_cut) {
		fake_hook(NULL, NULL);
		fake_power_cut();
		look(NULL, NULL);
		fake_hook(look, NULL);
	}
	check_version();
	if (now->then != NULL) {
		fake_hook(NULL, NULL);
		publish(3, now->then);
	}
	complete();
	if (now->then != NULL)
		check_end(now->then, "3");
	else
		check_end(now->new, "2");
	assert_int_equal(0, fake_handles());
	return met;
}

static void
sweep(const struct sweep *s)
{
	unsigned n = 1;

	now = s;
	while (one(n))
		n++;
	/* It has to be a sweep, and to have had an end. */
	assert_in_range(n, 100, 20000);
}

static void
one_failure_of_an_install(void **state)
{
	const struct sweep s = { .new = first, .times = FAKE_ONCE };

	(void)state;
	sweep(&s);
}

static void
one_failure_of_an_update(void **state)
{
	struct sweep s = { .old = first, .new = second, .times = FAKE_ONCE };

	(void)state;
	for (size_t i = 0; i < CODES; i++) {
		s.code = codes[i];
		sweep(&s);
	}
}

static void
one_failure_of_an_update_with_a_busy_file(void **state)
{
	const struct sweep s = { .old = first,
		.new = second,
		.times = FAKE_ONCE,
		.busy = CLIENT "/BIN/B.TXT" };

	(void)state;
	sweep(&s);
}

static void
killed_install_is_completed(void **state)
{
	struct sweep s = {
		.new = first, .times = FAKE_FOREVER, .code = ERR_IO
	};

	(void)state;
	sweep(&s);
	s.power_cut = true;
	sweep(&s);
}

static void
killed_update_is_completed(void **state)
{
	struct sweep s = { .old = first,
		.new = second,
		.times = FAKE_FOREVER,
		.code = ERR_IO };

	(void)state;
	sweep(&s);
	s.power_cut = true;
	sweep(&s);
}

static void
killed_update_with_a_busy_file_is_completed(void **state)
{
	struct sweep s = { .old = first,
		.new = second,
		.times = FAKE_FOREVER,
		.code = ERR_IO,
		.busy = CLIENT "/BIN/B.TXT" };

	(void)state;
	sweep(&s);
	s.power_cut = true;
	sweep(&s);
}

static void
killed_update_is_completed_where_names_ignore_case(void **state)
{
	struct sweep s = { .old = first,
		.new = second,
		.times = FAKE_FOREVER,
		.code = ERR_IO,
		.ignore_case = true };

	(void)state;
	sweep(&s);
	s.power_cut = true;
	sweep(&s);
}

static void
killed_update_is_completed_without_hard_links(void **state)
{
	struct sweep s = { .old = first,
		.new = second,
		.times = FAKE_FOREVER,
		.code = ERR_IO,
		.no_links = true };

	(void)state;
	sweep(&s);
	s.power_cut = true;
	sweep(&s);
}

/* I9: whatever a run that was cut off has placed is known as ours. */
static void
killed_update_leaves_nothing_behind_that_a_newer_list_drops(void **state)
{
	struct sweep s = { .old = first,
		.new = second,
		.times = FAKE_FOREVER,
		.code = ERR_IO,
		.then = third };

	(void)state;
	sweep(&s);
	s.power_cut = true;
	sweep(&s);
}

/* I9: a file of somebody else that a list wants to replace is his until it is
 * replaced. */
static void
killed_install_owns_nothing_that_it_did_not_place(void **state)
{
	static const struct sweep s = { .new = first };
	struct run_result r;
	bool met = true, kept = false, replaced = false, journal, theirs;

	(void)state;
	now = &s;
	for (at = 1; met; at++) {
		start();
		fake_hook(NULL, NULL);
		fake_put(CLIENT "/DATA/OLD.TXT", "theirs");
		fake_fail(at, FAKE_FOREVER, ERR_IO);
		run_client(&r);
		run_free(&r);
		met = fake_met();
		fake_fail(0, FAKE_ONCE, 0);
		journal = fake_get(STATE "/JOURNAL") != NULL;
		theirs = same(fake_get(CLIENT "/DATA/OLD.TXT"), "theirs");
		publish(3, third);
		complete();
		if (theirs && !journal) {
			kept = true;
			assert_true(
			    same(fake_get(CLIENT "/DATA/OLD.TXT"), "theirs"));
			fake_drop(CLIENT "/DATA/OLD.TXT");
		} else {
			replaced = true;
		}
		check_end(third, "3");
	}
	assert_true(kept && replaced);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_failure_of_an_install),
		cmocka_unit_test(one_failure_of_an_update),
		cmocka_unit_test(one_failure_of_an_update_with_a_busy_file),
		cmocka_unit_test(killed_install_is_completed),
		cmocka_unit_test(killed_update_is_completed),
		cmocka_unit_test(killed_update_with_a_busy_file_is_completed),
		cmocka_unit_test(
		    killed_update_is_completed_where_names_ignore_case),
		cmocka_unit_test(killed_update_is_completed_without_hard_links),
		cmocka_unit_test(
		    killed_update_leaves_nothing_behind_that_a_newer_list_drops),
		cmocka_unit_test(
		    killed_install_owns_nothing_that_it_did_not_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
