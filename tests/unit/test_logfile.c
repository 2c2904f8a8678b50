/* Tests of lib/logfile. What it prints is caught, never shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/logfile.h"
#include "../../platform/err.h"
#include "../fake/fake.h"
#include "capture.h"

#define LIMIT 250000

static struct logfile *it;
static struct buf printed = BUF_INIT;
static struct capture errors;

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	fake_put_folder("/c/LOGS");
	it = logfile_new("cli_nt", false, false);
	logfile_open(it, "/c/LOGS", "cli_nt.log");
	capture_begin(&errors, stderr);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	capture_end(&errors, &printed);
	buf_free(&printed);
	logfile_close(it);
	return (int)fake_handles();
}

static void
put_full(const char *path, size_t len)
{
	char *text = malloc(len);

	assert_non_null(text);
	memset(text, 'x', len);
	fake_put_bytes(path, text, len);
	free(text);
}

static size_t
size_of(const char *path)
{
	struct os_info info;

	assert_true(fake_info(path, &info));
	return (size_t)info.size;
}

static void
a_record_is_one_line_that_cmtrace_reads(void **state)
{
	(void)state;
	fake_clock(FAKE_START + 2001 * OS_SECOND + 123999999);
	logfile_write(it, LOG_INFO, "cli_nt/setup.c", 88, "%d files", 3);
	assert_string_equal(
	    "<![LOG[3 files]LOG]!>"
	    "<time=\"18:33:21.123+000\" date=\"11-20-2026\" "
	    "component=\"cli_nt\" context=\"\" type=\"1\" thread=\"1\" "
	    "file=\"setup.c:88\">\r\n",
	    fake_get("/c/LOGS/cli_nt.log"));
	assert_int_equal(OS_PUBLIC, fake_rights("/c/LOGS/cli_nt.log"));
}

static void
the_time_is_local_and_leads_back_to_utc(void **state)
{
	const char *text;

	(void)state;
	fake_zone(390);
	log_info(it, "east");
	fake_zone(-60);
	log_info(it, "west");
	text = fake_get("/c/LOGS/cli_nt.log");
	assert_non_null(strstr(text,
	    "\"00:30:00.000-390\" "
	    "date=\"11-21-2026\""));
	assert_non_null(strstr(text,
	    "\"17:00:00.000+060\" "
	    "date=\"11-20-2026\""));
}

static void
each_type_has_its_number(void **state)
{
	const char *text;

	(void)state;
	log_info(it, "one");
	log_warning(it, "two");
	log_error(it, "three");
	text = fake_get("/c/LOGS/cli_nt.log");
	text = strstr(text, "type=\"1\"");
	assert_non_null(text);
	text = strstr(text, "type=\"2\"");
	assert_non_null(text);
	assert_non_null(strstr(text, "type=\"3\""));
}

static void
text_cannot_forge_a_record(void **state)
{
	const char *text;

	(void)state;
	log_info(it,
	    "a]LOG]!><time=\"\">\r\n"
	    "<![LOG[b]LOG]!>]LOG]!>\x1b\x7f\t.");
	text = fake_get("/c/LOGS/cli_nt.log");
	assert_int_equal(0,
	    strncmp(text,
		"<![LOG[a]LOG] !><time=\"\">  "
		"<![LOG[b]LOG] !>]LOG] !>\\x1B\\x7F .]LOG]!><time=",
		74));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void
a_blank_out_of_a_control_byte_forges_nothing(void **state)
{
	const char *end;

	(void)state;
	log_info(it, "]LOG]\n!>");
	end = strstr(fake_get("/c/LOGS/cli_nt.log"), "]LOG]!>");
	assert_non_null(end);
	assert_null(strstr(end + 1, "]LOG]!>"));
	assert_non_null(strstr(fake_get("/c/LOGS/cli_nt.log"), "]LOG] !>"));
}

static void
a_very_long_text_is_one_record(void **state)
{
	char *text = malloc(300001);

	(void)state;
	memset(text, 'y', 300000);
	text[300000] = '\0';
	log_info(it, "%s", text);
	assert_true(size_of("/c/LOGS/cli_nt.log") > 300000);
	assert_int_equal(1, fake_calls_of("os_write"));
	free(text);
}

static void
warnings_and_errors_are_printed_with_the_program(void **state)
{
	(void)state;
	log_info(it, "not shown");
	log_warning(it, "a\tb\x1b[31m");
	log_error(it, "%s: no space left", "x.exe");
	capture_end(&errors, &printed);
	assert_string_equal(
	    "cli_nt: a b\\x1B[31m\ncli_nt: x.exe: no space left\n",
	    buf_text(&printed));
	capture_begin(&errors, stderr);
}

static void
infos_are_printed_to_stdout_when_verbose_only(void **state)
{
	struct logfile *loud = logfile_new("cli_nt", true, false);
	struct buf out = BUF_INIT;
	struct capture output;

	(void)state;
	capture_begin(&output, stdout);
	log_info(it, "silent");
	log_info(loud, "3 files");
	log_error(loud, "bad");
	capture_end(&output, &out);
	assert_string_equal("3 files\n", buf_text(&out));
	buf_free(&out);
	logfile_close(loud);
}

static void
the_system_log_gets_warnings_and_errors_when_asked(void **state)
{
	struct logfile *loud = logfile_new("cli_nt", false, true);

	(void)state;
	log_error(it, "not there");
	log_info(loud, "not there");
	log_warning(loud, "late");
	log_error(loud, "bad\n");
	assert_string_equal(
	    "warning cli_nt: late\nerror cli_nt: bad \n", fake_events());
	logfile_close(loud);
}

static void
a_full_log_becomes_lo_(void **state)
{
	(void)state;
	log_info(it, "first");
	logfile_open(it, "/c/LOGS", "cli_nt.log");
	put_full("/c/LOGS/other.log", LIMIT - 10);
	put_full("/c/LOGS/other.lo_", 5);
	logfile_open(it, "/c/LOGS", "other.log");
	log_info(it, "next");
	assert_int_equal(LIMIT - 10, size_of("/c/LOGS/other.lo_"));
	assert_int_equal(
	    0, strncmp("<![LOG[next]", fake_get("/c/LOGS/other.log"), 12));
	log_info(it, "more");
	assert_int_equal(LIMIT - 10, size_of("/c/LOGS/other.lo_"));
	assert_non_null(strstr(fake_get("/c/LOGS/other.log"), "more"));
}

static void
a_log_is_filled_up_to_its_limit(void **state)
{
	size_t record;

	(void)state;
	log_info(it, "text");
	record = size_of("/c/LOGS/cli_nt.log");
	put_full("/c/LOGS/other.log", LIMIT - record);
	logfile_open(it, "/c/LOGS", "other.log");
	log_info(it, "text");
	assert_int_equal(LIMIT, size_of("/c/LOGS/other.log"));
	log_info(it, "text");
	assert_int_equal(LIMIT, size_of("/c/LOGS/other.lo_"));
	assert_int_equal(record, size_of("/c/LOGS/other.log"));
}

static void
a_name_without_extension_gets_one(void **state)
{
	(void)state;
	put_full("/c/LOGS/plain", LIMIT);
	logfile_open(it, "/c/LOGS", "plain");
	log_info(it, "next");
	assert_int_equal(LIMIT, size_of("/c/LOGS/plain.lo_"));
}

static void
where_rotation_is_refused_appending_goes_on(void **state)
{
	static const char *const calls[] = {
		"os_lock_take",
		"os_info",
		"os_replace",
		"os_file_info",
	};
	size_t i, size = LIMIT;

	(void)state;
	put_full("/c/LOGS/full.log", LIMIT);
	logfile_open(it, "/c/LOGS", "full.log");
	for (i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		fake_fail_call(calls[i], 1, FAKE_ONCE, ERR_ACCES);
		log_info(it, "goes on");
		assert_true(fake_met());
		assert_true(size_of("/c/LOGS/full.log") > size);
		size = size_of("/c/LOGS/full.log");
	}
	fake_lock("/c/LOGS/full.log.lock", -1);
	log_info(it, "goes on");
	assert_true(size_of("/c/LOGS/full.log") > size);
	fake_lock("/c/LOGS/full.log.lock", 0);
	log_info(it, "rotated");
	assert_true(size_of("/c/LOGS/full.log") < 200);
}

static void
a_new_file_that_cannot_be_opened_leaves_the_old_one(void **state)
{
	(void)state;
	put_full("/c/LOGS/full.log", LIMIT);
	logfile_open(it, "/c/LOGS", "full.log");
	fake_fail_call("os_open", 1, FAKE_ONCE, ERR_NOSPC);
	log_info(it, "kept");
	assert_true(fake_met());
	assert_true(size_of("/c/LOGS/full.lo_") > LIMIT);
	log_info(it, "next");
	assert_int_equal(
	    0, strncmp("<![LOG[next]", fake_get("/c/LOGS/full.log"), 12));
}

static void
what_another_program_has_rotated_is_not_rotated_again(void **state)
{
	struct logfile *other = logfile_new("climonnt", false, false);

	(void)state;
	put_full("/c/LOGS/full.log", LIMIT);
	logfile_open(it, "/c/LOGS", "full.log");
	logfile_open(other, "/c/LOGS", "full.log");
	log_info(it, "first");
	log_info(other, "second");
	assert_int_equal(LIMIT, size_of("/c/LOGS/full.lo_"));
	assert_non_null(strstr(fake_get("/c/LOGS/full.log"), "first"));
	assert_non_null(strstr(fake_get("/c/LOGS/full.log"), "second"));
	logfile_close(other);
}

static void
a_log_that_was_removed_begins_anew_when_full(void **state)
{
	(void)state;
	put_full("/c/LOGS/full.log", LIMIT);
	logfile_open(it, "/c/LOGS", "full.log");
	fake_drop("/c/LOGS/full.log");
	log_info(it, "next");
	assert_true(size_of("/c/LOGS/full.log") < 200);
}

static void
without_a_folder_messages_are_printed_only(void **state)
{
	(void)state;
	logfile_open(it, "/c/NONE", "cli_nt.log");
	log_error(it, "still printed");
	fake_deny("/c/LOGS", ERR_ACCES);
	logfile_open(it, "/c/LOGS", "cli_nt.log");
	log_error(it, "this too");
	log_error(NULL, "and this");
	capture_end(&errors, &printed);
	assert_string_equal("cli_nt: still printed\ncli_nt: this too\n"
			    "and this\n",
	    buf_text(&printed));
	capture_begin(&errors, stderr);
	logfile_open(NULL, "/c/LOGS", "x.log");
	logfile_close(NULL);
}

static void
a_write_that_fails_stops_nothing(void **state)
{
	(void)state;
	fake_fail_call("os_write", 1, FAKE_ONCE, ERR_NOSPC);
	log_info(it, "lost");
	log_info(it, "kept");
	assert_non_null(strstr(fake_get("/c/LOGS/cli_nt.log"), "kept"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_record_is_one_line_that_cmtrace_reads),
		TEST(the_time_is_local_and_leads_back_to_utc),
		TEST(each_type_has_its_number),
		TEST(text_cannot_forge_a_record),
		TEST(a_blank_out_of_a_control_byte_forges_nothing),
		TEST(a_very_long_text_is_one_record),
		TEST(warnings_and_errors_are_printed_with_the_program),
		TEST(infos_are_printed_to_stdout_when_verbose_only),
		TEST(the_system_log_gets_warnings_and_errors_when_asked),
		TEST(a_full_log_becomes_lo_),
		TEST(a_log_is_filled_up_to_its_limit),
		TEST(a_name_without_extension_gets_one),
		TEST(where_rotation_is_refused_appending_goes_on),
		TEST(a_new_file_that_cannot_be_opened_leaves_the_old_one),
		TEST(what_another_program_has_rotated_is_not_rotated_again),
		TEST(a_log_that_was_removed_begins_anew_when_full),
		TEST(without_a_folder_messages_are_printed_only),
		TEST(a_write_that_fails_stops_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
