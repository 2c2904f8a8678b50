/*
 * Tests of cli_nt as a whole: in each kind of run every call of the system, and
 * every allocation, fails once, or the run ends there as if it had been killed.
 * Whatever it met, it says with which of its exit codes it ended and why, holds
 * to what that code promises, and a run after it makes the client whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../../cli_nt/setup.h"
#include "../../../lib/run.h"
#include "../../../lib/options.h"
#include "../capture.h"
#include "../client.h"

#define SELF CLIENT "/BIN/cli_nt"
#define KEPT CLIENT "/BIN/A.EXE"

static const struct listed old[] = {
	{ "STANDARD", "BIN\\A.EXE", "a one", "x" },
	{ "Help", "TOPIC\\H.TXT", "h one", NULL },
	{ "Leaves", "LEAVES\\L.TXT", "l one", NULL },
	{ NULL, NULL, NULL, NULL },
};

static const struct listed new[] = {
	{ "STANDARD", "BIN\\A.EXE", "a two", "x" },
	{ "Help", "TOPIC\\H.TXT", "h two", NULL },
	{ NULL, NULL, NULL, NULL },
};

/* A kind of run. */
struct kind {
	const char *name;
	const char
	    *head;  /* keys of the new list, or NULL: it is not published */
	bool fresh; /* no client is there */
	bool no_rights;
	struct run_options options;
	int code;    /* how it ends when nothing fails */
	bool placed; /* and is the new list installed then? */
	bool quiet;  /* it changes nothing of the client, whatever happens */
};

static const struct kind kinds[] = {
	{ .name = "install", .head = "", .fresh = true, .placed = true },
	{ .name = "update", .head = "", .placed = true },
	{ .name = "nothing to do" },
	{ .name = "verify", .options = { .verify = true } },
	{ .name = "why",
	    .head = "",
	    .options = { .explain = true, .dry_run = true },
	    .quiet = true },
	{ .name = "dry run",
	    .head = "",
	    .options = { .dry_run = true },
	    .quiet = true },
	{ .name = "background",
	    .head = "",
	    .options = { .background = true },
	    .quiet = true },
	{ .name = "background, nothing to do",
	    .options = { .background = true },
	    .quiet = true },
	{ .name = "not before", .head = "NotBefore=2026-12-24T20:00:00Z\r\n" },
	{ .name = "no turn", .head = "Release=2\r\nRollout=0\r\n" },
	{ .name = "no rights",
	    .head = "",
	    .no_rights = true,
	    .code = EXIT_REQUESTED,
	    .quiet = true },
};

static const struct kind *now;
static unsigned at;
static struct buf said = BUF_INIT;
#define bad(format, ...) \
	fail_msg("%s, call %u: " format, now->name, at, __VA_ARGS__)

static void
publish_with(uint64_t version, const char *head, const struct listed *files)
{
	char *text = list_text(version, files);
	const char *rest = strstr(text, "[Component");
	struct buf list = BUF_INIT;

	publish(version, files);
	buf_add(&list, text, (size_t)(rest - text));
	buf_add_text(&list, head);
	buf_add_text(&list, rest);
	fake_put(TREE "/cl_nt.txt", buf_text(&list));
	buf_free(&list);
	free(text);
}

/* What it prints goes to `said`. */
static int
run_setup(const struct run_options *options)
{
	struct run_options o = *options;
	struct capture out, err;
	struct buf printed = BUF_INIT;
	int code;

	o.root = (char[]){ SHARE };
	capture_begin(&out, stdout);
	capture_begin(&err, stderr);
	code = setup_run(&o);
	capture_end(&err, &said);
	capture_end(&out, &printed);
	buf_add(&said, buf_text(&printed), printed.len);
	buf_free(&printed);
	return code;
}

static void
run_plainly(uint64_t version)
{
	const struct run_options none = { .verify = false };
	char text[24];
	int code = run_setup(&none);

	snprintf(text, sizeof text, "%" PRIu64, version);
	if (code != EXIT_DONE ||
	    strcmp(ini_value("SMS", "CopyListVersion"), text) != 0)
		bad("a run after it ends with %d, version %s: %s", code,
		    ini_value("SMS", "CopyListVersion"), buf_text(&said));
}

static void
start(void)
{
	fake_reset();
	fake_machine("4c4c4544-0042", "");
	fake_put("/etc/sms/policy.ini", "[Security]\r\nAllowUnsigned=yes\r\n");
	fake_put_folder(TREE "/ccr.box");
	if (!now->fresh) {
		publish(1, old);
		run_plainly(1);
		fake_put(SELF, "a program");
		fake_self(SELF);
	}
	if (now->head != NULL)
		publish_with(2, now->head, new);
	else if (now->fresh)
		publish(1, old);
	fake_pass(60000);
	if (now->no_rights) {
		fake_admin(false);
		fake_may_write("/opt", ERR_ACCES);
		fake_may_write("/var", ERR_ACCES);
		fake_put_folder("/home/kim");
		fake_env("HOME", "/home/kim");
	}
}

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
is_in(const struct listed *files)
{
	char path[200];
	size_t i;

	for (; files->component != NULL; files++) {
		snprintf(path, sizeof path, CLIENT "/%s", files->name);
		for (i = 0; path[i] != '\0'; i++)
			path[i] = path[i] == '\\' ? '/' : path[i];
		if (!same(fake_get(path), files->content))
			return false;
	}
	return true;
}

static bool
is_code(int code)
{
	static const int codes[] = { EXIT_DONE, EXIT_PARTLY, EXIT_FAILED,
		EXIT_REQUESTED, EXIT_INPUT, EXIT_NOSERVER, EXIT_BUSY,
		EXIT_RESTART };

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (codes[i] == code)
			return true;
	return false;
}

/* What the code promises. */
static void
check(int code, const char *before)
{
	bool held = strcmp(now->name, "not before") == 0 ||
	    strcmp(now->name, "no turn") == 0;

	if (!is_code(code))
		bad("exit code %d", code);
	/* A user who may write less than before asks, and the log says so. */
	if (code != EXIT_DONE && code != EXIT_REQUESTED && said.len == 0)
		bad("exit code %d without a word", code);
	if (fake_handles() != 0)
		bad("%u handles are still open", fake_handles());
	if ((now->quiet || held) && !same(before, fake_tree(CLIENT)))
		bad("the client has changed: %s", fake_tree(CLIENT));
	if (code == EXIT_DONE && now->placed &&
	    (!is_in(new) ||
		strcmp(ini_value("SMS", "CopyListVersion"), "2") != 0))
		bad("exit code 0, and it is not installed: %s",
		    buf_text(&said));
	if (code == EXIT_FAILED && !now->fresh && now->head != NULL &&
	    !is_in(old) && !is_in(new))
		bad("exit code 2, and it is mixed: %s", fake_tree(CLIENT));
}

/* The machine as an administrator has it; the next run has nothing to fail. */
static void
complete(void)
{
	const struct run_options none = { .verify = false };
	bool held = now->head != NULL && now->head[0] != '\0';

	if (now->no_rights) {
		fake_admin(true);
		fake_may_write("/opt", 0);
		fake_may_write("/var", 0);
	}
	if (held)
		publish_with(3, "", new);
	else if (now->head == NULL)
		publish(3, new);
	/* A time to try again may have been noted. */
	fake_pass(24 * 3600 * 1000);
	run_plainly(held || now->head == NULL ? 3 : 2);
	if (!is_in(new))
		bad("a run after it leaves %s", fake_tree(CLIENT));
	if (fake_get(STATE "/JOURNAL") != NULL)
		bad("%s", "a run after it leaves the journal");
	if (run_setup(&none) != EXIT_DONE)
		bad("the second run after it: %s", buf_text(&said));
}

typedef void fault_fn(unsigned from, enum fake_times times, int code);

static void
sweep(fault_fn *fault, bool (*met)(void), enum fake_times times)
{
	static const int codes[] = { ERR_IO, ERR_NOSPC, ERR_ACCES, ERR_BUSY };
	char *before;
	int code;
	bool again = true;

	for (at = 1; again; at++) {
		start();
		before = strdup(fake_tree(CLIENT));
		fault(at, times, codes[at % 4]);
		code = run_setup(&now->options);
		again = met();
		fault(0, FAKE_ONCE, 0);
		check(code, before);
		if (!again && code != now->code)
			bad("nothing failed, and it ended with %d: %s", code,
			    buf_text(&said));
		complete();
		free(before);
	}
	print_message("%s: %u calls\n", now->name, at - 2);
	assert_true(at > 20);
}

static void
fail_alloc(unsigned from, enum fake_times times, int code)
{
	(void)code;
	fake_alloc_fail(from, times);
}

static void
each_call_that_fails_is_told_and_the_next_run_completes(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		now = &kinds[i];
		sweep(fake_fail, fake_met, FAKE_ONCE);
	}
}

static void
a_run_that_ends_anywhere_is_completed_by_the_next(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		now = &kinds[i];
		sweep(fake_fail, fake_met, FAKE_FOREVER);
	}
}

static void
each_allocation_that_fails_is_told_and_the_next_run_completes(void **unused)
{
	(void)unused;
	assert_true(fake_alloc_works());
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		now = &kinds[i];
		sweep(fail_alloc, fake_alloc_met, FAKE_ONCE);
	}
}

static int
end(void **unused)
{
	(void)unused;
	buf_free(&said);
	fake_reset();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    each_call_that_fails_is_told_and_the_next_run_completes),
		cmocka_unit_test(
		    a_run_that_ends_anywhere_is_completed_by_the_next),
		cmocka_unit_test(
		    each_allocation_that_fails_is_told_and_the_next_run_completes),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
