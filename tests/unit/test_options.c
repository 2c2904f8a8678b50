/* Tests of lib/options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/options.h"
#include "../../platform/err.h"
#include "../fake/fake.h"
#include "capture.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MAX_ARGS 8

/* What the switches of the test's program set. */
static struct {
	bool verify, remove, background;
	char *root, *server;
	long minutes;
} set;

static const struct options_row rows[] = {
	{ "p", "root", OPTION_PATH, &set.root, "ROOT", "logon root", 0 },
	{ "f", "verify", OPTION_FLAG, &set.verify, NULL, "verify every file",
	    1 },
	{ "r", NULL, OPTION_FLAG, &set.remove, NULL, "remove", 1 },
	{ "bg", "background", OPTION_FLAG, &set.background, NULL,
	    "go on detached", 0 },
	{ "s", "server", OPTION_TEXT, &set.server, "NAME", "server", 2 },
	{ "T", "minutes", OPTION_NUMBER, &set.minutes, "MINUTES", "how often",
	    2 },
	{ "u", "upgrade", OPTION_LATER, NULL, NULL, "upgrade", 0 },
	{ "to", "rollback", OPTION_LATER, NULL, "VERSION", "go back", 0 },
};

static const struct options_program no_words = { "cli_nt", "client setup", NULL,
	rows, COUNT(rows) };
static const struct options_program with_words = { "cliver",
	"versions of files", "FILE...", rows, COUNT(rows) };

static struct options_common common;
static struct buf why = BUF_INIT;
static char *args[MAX_ARGS + 2];
static int words;

static void
clear(void)
{
	free(set.root);
	free(set.server);
	memset(&set, 0, sizeof set);
	options_common_free(&common);
}

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	clear();
	buf_free(&why);
	return 0;
}

/* Reads a command line; its words are divided by '|'. */
static int
read_line(const struct options_program *program, const char *line)
{
	static char text[1024];
	int count = 1;
	char *word;

	clear();
	buf_clear(&why);
	snprintf(text, sizeof text, "%s", line);
	memset(args, 0, sizeof args);
	args[0] = (char *)(uintptr_t)program->name;
	for (word = strtok(text, "|"); word != NULL; word = strtok(NULL, "|")) {
		assert_true(count <= MAX_ARGS);
		args[count++] = word;
	}
	return options_read(program, count, args, &common, &words, &why);
}

static void
all_three_forms_say_the_same(void **state)
{
	static const char *const lines[] = {
		"/p:\\\\SRV\\share\\|/f|/T:15|/bg",
		"-p:\\\\SRV\\share\\.|-F|-t:15|-BG",
		"--root|//SRV/share|--verify|--minutes=15|--background",
		"/P://SRV/share/|--verify|-T:0015|/Bg",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(lines); i++) {
		assert_int_equal(0, read_line(&no_words, lines[i]));
		assert_string_equal("//SRV/share", set.root);
		assert_true(set.verify && set.background);
		assert_false(set.remove);
		assert_int_equal(15, set.minutes);
		assert_int_equal(0, words);
	}
}

static void
an_empty_command_line_sets_nothing(void **state)
{
	(void)state;
	assert_int_equal(0, read_line(&no_words, ""));
	assert_null(set.root);
	assert_null(common.ini);
	assert_null(common.policy);
	assert_false(common.verbose);
}

static void
every_program_knows_the_common_switches(void **state)
{
	(void)state;
	assert_int_equal(0,
	    read_line(
		&no_words, "/v|/i:C:\\SMS.INI|/c:\\etc\\sms\\policy.ini"));
	assert_true(common.verbose);
	assert_string_equal("C:/SMS.INI", common.ini);
	assert_string_equal("/etc/sms/policy.ini", common.policy);
	assert_int_equal(
	    0, read_line(&no_words, "--verbose|--ini|SMS.INI|--policy=p.ini"));
	assert_true(common.verbose);
	assert_string_equal("SMS.INI", common.ini);
	assert_string_equal("p.ini", common.policy);
}

static void
the_environment_says_what_the_command_line_does_not(void **state)
{
	(void)state;
	fake_env("SMS_INI", "C:\\SMS.INI");
	fake_env("SMS_POLICY", "/etc//policy.ini");
	assert_int_equal(0, read_line(&no_words, "/i:mine.ini"));
	assert_string_equal("mine.ini", common.ini);
	assert_string_equal("/etc/policy.ini", common.policy);
	assert_int_equal(0, read_line(&no_words, ""));
	assert_string_equal("C:/SMS.INI", common.ini);
	fake_env("SMS_INI", "");
	assert_int_equal(0, read_line(&no_words, ""));
	assert_null(common.ini);
	fake_env("SMS_INI", "\"C:/SMS.INI\"");
	assert_int_equal(ERR_ARG, read_line(&no_words, ""));
	assert_non_null(strstr(buf_text(&why), "SMS_INI: a quote"));
}

static void
of_switches_that_conflict_the_first_counts(void **state)
{
	(void)state;
	assert_int_equal(0, read_line(&no_words, "/r|/f"));
	assert_true(set.remove);
	assert_false(set.verify);
	assert_int_equal(0, read_line(&no_words, "--verify|/r|/f"));
	assert_true(set.verify);
	assert_false(set.remove);
	assert_int_equal(0, read_line(&no_words, "/s:A|/f|/T:3"));
	assert_string_equal("A", set.server);
	assert_int_equal(0, set.minutes);
	assert_true(set.verify);
	assert_int_equal(0, read_line(&no_words, "/s:A|--server|B|/p:x|/p:y"));
	assert_string_equal("A", set.server);
	assert_string_equal("x", set.root);
}

static void
text_is_taken_as_written(void **state)
{
	(void)state;
	assert_int_equal(0, read_line(&no_words, "/s:a\\b:c\" =/"));
	assert_string_equal("a\\b:c\" =/", set.server);
	assert_int_equal(0, read_line(&no_words, "--server=a=b"));
	assert_string_equal("a=b", set.server);
	assert_int_equal(0, read_line(&no_words, "--server|--verify"));
	assert_string_equal("--verify", set.server);
	assert_false(set.verify);
}

static void
words_are_moved_to_the_front(void **state)
{
	(void)state;
	assert_int_equal(0,
	    read_line(
		&with_words, "one|/f|/tmp/a.exe|-|--root|x|two words|/fx"));
	assert_int_equal(5, words);
	assert_string_equal("cliver", args[0]);
	assert_string_equal("one", args[1]);
	assert_string_equal("/tmp/a.exe", args[2]);
	assert_string_equal("-", args[3]);
	assert_string_equal("two words", args[4]);
	assert_string_equal("/fx", args[5]);
	assert_true(set.verify);
}

static void
two_dashes_end_the_switches(void **state)
{
	(void)state;
	assert_int_equal(0, read_line(&with_words, "/bg|--|/f|--|-x|--bad"));
	assert_int_equal(4, words);
	assert_string_equal("/f", args[1]);
	assert_string_equal("--", args[2]);
	assert_string_equal("-x", args[3]);
	assert_string_equal("--bad", args[4]);
	assert_true(set.background);
	assert_false(set.verify);
	assert_int_equal(0, read_line(&no_words, "/f|--"));
}

static void
what_is_wrong_is_named(void **state)
{
	static const char *const cases[][2] = {
		{ "-x", "-x: unknown switch; try /?" },
		{ "-x:secret", "-x: unknown switch; try /?" },
		{ "--foo", "--foo: unknown switch; try /?" },
		{ "--foo=1", "--foo: unknown switch; try /?" },
		{ "--Verify", "--Verify: unknown switch; try /?" },
		{ "--p", "--p: unknown switch; try /?" },
		{ "-root:x", "-root: unknown switch; try /?" },
		{ "/foo", "/foo: unknown switch or word; try /?" },
		{ "/tmp/a.exe", "/tmp/a.exe: unknown switch or word; try /?" },
		{ "word", "word: unknown switch or word; try /?" },
		{ "--|/f", "/f: unknown switch or word; try /?" },
		{ "/", "/: unknown switch or word; try /?" },
		{ "-", "-: unknown switch or word; try /?" },
		{ "/f:x", "/f: takes no value; try /?" },
		{ "/f:", "/f: takes no value; try /?" },
		{ "--verify=x", "--verify: takes no value; try /?" },
		{ "/p", "/p: ROOT is missing; try /?" },
		{ "/p:", "/p: ROOT is missing; try /?" },
		{ "-P|x", "-P: ROOT is missing; try /?" },
		{ "--root", "--root: ROOT is missing; try /?" },
		{ "--root=", "--root: ROOT is missing; try /?" },
		{ "/T:abc", "/T: not a number: abc; try /?" },
		{ "/t:-1", "/t: not a number: -1; try /?" },
		{ "/T:99999999999999999999",
		    "/T: not a number: 99999999999999999999; try /?" },
		{ "/i", "/i: FILE is missing; try /?" },
		{ "/u", "/u: not in this version" },
		{ "/U:x", "/U: not in this version" },
		{ "--upgrade", "--upgrade: not in this version" },
		{ "/to:42", "/to: not in this version" },
		{ "/f|-y|-z", "-y: unknown switch; try /?" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(ERR_ARG, read_line(&no_words, cases[i][0]));
		assert_string_equal(cases[i][1], buf_text(&why));
	}
	assert_int_equal(ERR_ARG, read_line(&with_words, "word|-x"));
	assert_string_equal(cases[0][1], buf_text(&why));
}

static void
a_quote_within_a_path_is_refused_saying_why(void **state)
{
	static const char *const lines[] = {
		"/p:\\\\SRV\\my share\" /v",
		"--root|x\"y",
		"/i:a\"",
		"/c:\"b\"",
		"--ini=\"x",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(lines); i++) {
		assert_int_equal(ERR_ARG, read_line(&no_words, lines[i]));
		assert_non_null(strstr(buf_text(&why),
		    "backslash before a "
		    "closing quote"));
		assert_non_null(
		    strstr(buf_text(&why), "write /p:\"%ROOT%\\.\""));
	}
	assert_int_equal(ERR_ARG, read_line(&no_words, "/p:\""));
	assert_int_equal(0, strncmp("/p: ", buf_text(&why), 4));
	assert_null(set.root);
}

static void
the_largest_number_is_taken(void **state)
{
	char line[64];

	(void)state;
	snprintf(line, sizeof line, "/T:%ld", LONG_MAX);
	assert_int_equal(0, read_line(&no_words, line));
	assert_true(set.minutes == LONG_MAX);
}

static void
help_is_made_of_the_tables(void **state)
{
	static const char *const lines[] = { "/?", "-?", "--help", "/f|/?" };
	struct buf out = BUF_INIT;
	struct capture output;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < COUNT(lines); i++) {
		capture_begin(&output, stdout);
		rc = read_line(&with_words, lines[i]);
		capture_end(&output, &out);
		assert_int_equal(1, rc);
		assert_string_equal(
		    "usage: cliver [switches] FILE...\n"
		    "versions of files\n"
		    "\n"
		    "  /p:ROOT, --root=ROOT            logon root\n"
		    "  /f, --verify                    verify every file\n"
		    "  /r                              remove\n"
		    "  /bg, --background               go on detached\n"
		    "  /s:NAME, --server=NAME          server\n"
		    "  /T:MINUTES, --minutes=MINUTES   how often\n"
		    "  /u, --upgrade                   upgrade (not in this version)\n"
		    "  /to:VERSION, --rollback=VERSION  go back (not in this version)\n"
		    "  /?, --help                      show this help\n"
		    "  /version, --version             show the version\n"
		    "  /v, --verbose                   say what is done\n"
		    "  /i:FILE, --ini=FILE             the SMS.INI of this client\n"
		    "  /c:FILE, --policy=FILE          the administrator's policy file\n"
		    "\n"
		    "A switch may begin with - too; -- ends the switches.\n",
		    buf_text(&out));
	}
	capture_begin(&output, stdout);
	rc = read_line(&no_words, "/?");
	capture_end(&output, &out);
	assert_int_equal(1, rc);
	assert_int_equal(
	    0, strncmp("usage: cli_nt [switches]\n", buf_text(&out), 25));
	buf_free(&out);
}

static void
version_is_program_and_number(void **state)
{
	static const char *const lines[] = {
		"/version",
		"-VERSION",
		"--version",
	};
	struct buf out = BUF_INIT;
	struct capture output;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < COUNT(lines); i++) {
		capture_begin(&output, stdout);
		rc = read_line(&no_words, lines[i]);
		capture_end(&output, &out);
		assert_int_equal(1, rc);
		assert_string_equal("cli_nt " VERSION "\n", buf_text(&out));
	}
	buf_free(&out);
}

static void
an_error_is_told_without_why_too(void **state)
{
	char *argv[] = { (char[]){ "cli_nt" }, (char[]){ "-x" }, NULL };

	(void)state;
	assert_int_equal(
	    ERR_ARG, options_read(&no_words, 2, argv, &common, &words, NULL));
	options_common_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_three_forms_say_the_same),
		TEST(an_empty_command_line_sets_nothing),
		TEST(every_program_knows_the_common_switches),
		TEST(the_environment_says_what_the_command_line_does_not),
		TEST(of_switches_that_conflict_the_first_counts),
		TEST(text_is_taken_as_written),
		TEST(words_are_moved_to_the_front),
		TEST(two_dashes_end_the_switches),
		TEST(what_is_wrong_is_named),
		TEST(a_quote_within_a_path_is_refused_saying_why),
		TEST(the_largest_number_is_taken),
		TEST(help_is_made_of_the_tables),
		TEST(version_is_program_and_number),
		TEST(an_error_is_told_without_why_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
