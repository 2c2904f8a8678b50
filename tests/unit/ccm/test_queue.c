/* Tests of ccm's queue: every request is done once, whatever it is and
 * whenever ccm ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "../../../lib/pattern.h"
#include "queue.h"

static void
a_request_is_served_and_leaves(void **state)
{
	(void)state;
	put_request("PL2A.CCR", "PC1");
	put_request("pl2b.ccr", "PC2");
	assert_int_equal(0, one_pass());
	assert_int_equal(2, serving.count);
	assert_int_equal(2, result.done);
	assert_string_equal("", box());
}

static void
ten_thousand_for_one_machine_are_served_once(void **state)
{
	char name[32];
	int i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		snprintf(name, sizeof name, "PL%05d.CCR", i);
		put_request(name, i % 2 ? "PC1" : "pc1");
	}
	put_request("OTHER.CCR", "PC2");
	assert_int_equal(0, one_pass());
	assert_int_equal(2, serving.count);
	assert_string_equal("", box());
}

static void
q242926_many_requests_of_a_machine_that_fails_are_one_file(void **state)
{
	(void)state;
	serving.end = SERVE_RETRY;
	serving.error = 53;
	put_request("A1.CCR", "PC1");
	put_request("A1-0123abcd.CCR", "PC1");
	put_request("B7.CCR", "PC1");
	assert_int_equal(0, one_pass());
	assert_int_equal(1, serving.count);
	assert_int_equal(1, result.retrying);
	assert_string_equal("retry/A1.CCR ", box());
	assert_non_null(
	    strstr(fake_get(BOX "/retry/A1.CCR"), "Client Request Count=3"));
	/* And under yet another name later. */
	fake_pass(70 * 1000);
	put_request("C9.CCR", "PC1");
	assert_int_equal(0, one_pass());
	assert_int_equal(2, serving.count);
	assert_int_equal(1, result.retrying);
}

static void
q262298_a_permanent_error_leaves_the_queue_at_once(void **state)
{
	(void)state;
	serving.end = SERVE_FAILED;
	serving.error = 67;
	put_request("A1.CCR", "PRINTER");
	assert_int_equal(0, one_pass());
	assert_int_equal(1, result.failed);
	assert_string_equal("failed/A1.CCR ", box());
	assert_non_null(
	    strstr(fake_get(BOX "/failed/A1.CCR"), "Last Error Code=67"));
	assert_non_null(strstr(fake_events(),
	    "error ccm: PRINTER: given up, error 67: the reason"));
}

static void
q168518_q158292_the_first_failure_is_told_with_its_number(void **state)
{
	(void)state;
	serving.end = SERVE_RETRY;
	serving.error = 5;
	put_request("A1.CCR", "PC1");
	assert_int_equal(0, one_pass());
	assert_int_equal(1, fake_event_count());
	assert_non_null(strstr(
	    fake_events(), "warning ccm: PC1: error 5: the reason; again in "));
	/* The same again is no news. */
	fake_pass(80 * 1000);
	assert_int_equal(0, one_pass());
	assert_int_equal(2, serving.count);
	assert_int_equal(1, fake_event_count());
}

static void
what_is_no_request_goes_to_failed(void **state)
{
	(void)state;
	fake_put(BOX "/EMPTY.CCR", "");
	fake_put(BOX "/NOINI.CCR", "hello");
	fake_put_bytes(BOX "/NUL.CCR", "[NT Client\0", 11);
	fake_put_special(BOX "/LINK.CCR", OS_LINK);
	fake_put_special(BOX "/PIPE.CCR", OS_OTHER);
	fake_put_folder(BOX "/FOLDER.CCR");
	fake_put(BOX "/bad=name.CCR", "x");
	fake_put(BOX "/note.txt", "x");
	put_request("ODD.CCR", "a=b");
	put_request("LONG.CCR", "ABCDEFGHIJKLMNOP");
	assert_int_equal(0, one_pass());
	assert_int_equal(0, serving.count);
	assert_non_null(fake_get(BOX "/failed/EMPTY.CCR"));
	assert_non_null(fake_get(BOX "/failed/NOINI.CCR"));
	assert_non_null(fake_get(BOX "/failed/NUL.CCR"));
	assert_non_null(fake_get(BOX "/failed/ODD.CCR"));
	assert_non_null(fake_get(BOX "/failed/LONG.CCR"));
	assert_non_null(strstr(fake_list(BOX "/failed"), "LINK.CCR ->"));
	assert_non_null(strstr(fake_list(BOX "/failed"), "INVALID-"));
	assert_non_null(strstr(fake_list(BOX), "PIPE.CCR !"));
	assert_non_null(strstr(fake_list(BOX), "FOLDER.CCR/"));
	assert_non_null(fake_get(BOX "/note.txt"));
}

static void
what_is_too_long_goes_to_failed(void **state)
{
	size_t len = CCR_MAX + 1;
	char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', len);
	fake_put_bytes(BOX "/BIG.CCR", text, len);
	free(text);
	assert_int_equal(0, one_pass());
	assert_non_null(fake_get(BOX "/failed/BIG.CCR"));
}

static void
a_machine_that_policy_does_not_allow_is_not_served(void **state)
{
	struct queue_rules rules = { .host = NULL };
	struct pattern *allow = NULL;

	(void)state;
	assert_int_equal(0,
	    pattern_compile(
		"PLN-.*", PATTERN_WHOLE | PATTERN_CASELESS, &allow, NULL));
	rules.allow = allow;
	put_request("A.CCR", "PLN-1");
	put_request("B.CCR", "OTHER");
	assert_int_equal(0, pass_with(&rules));
	assert_string_equal("PLN-1 ", serving.log);
	assert_string_equal("failed/B.CCR ", box());
	pattern_free(allow);
}

static void
on_a_client_only_this_machine_is_served(void **state)
{
	struct queue_rules rules = { .host = "testhost" };

	(void)state;
	put_request("A.CCR", "TESTHOST");
	put_request("B.CCR", "OTHER");
	assert_int_equal(0, pass_with(&rules));
	assert_string_equal("TESTHOST ", serving.log);
	assert_string_equal("failed/B.CCR ", box());
}

static void
in_a_shared_box_only_our_own_files_are_looked_at(void **state)
{
	struct queue_rules rules = {
		.host = "testhost", .smsid = "PL2A", .shared = true
	};

	(void)state;
	put_request("PL2A.CCR", "TESTHOST");
	put_request("pl2a-0123abcd.CCR", "TESTHOST");
	put_request("PL2AB.CCR", "OTHER");
	fake_put(BOX "/PL2C.CCR", "garbage");
	assert_int_equal(0, pass_with(&rules));
	assert_int_equal(1, serving.count);
	assert_string_equal("PL2AB.CCR PL2C.CCR ", box());
}

static void
keys_of_other_generations_are_passed_over(void **state)
{
	(void)state;
	fake_put(BOX "/A.CCR",
	    "[NT Client Configuration Request]\r\nForced CCR=TRUE\r\n"
	    "Client Type=1\r\nMachine Name=PC1\r\n[IDENT]\r\n"
	    "TYPE=Client Config Request File\r\n");
	assert_int_equal(0, one_pass());
	assert_string_equal("PC1 ", serving.log);
}

static void
what_is_still_being_written_is_left_for_a_moment(void **state)
{
	const struct queue_rules any = { .host = NULL };
	struct queue queue;
	struct pass pass = { .queue = &queue, .patient = true };

	(void)state;
	fake_put(BOX "/A.CCR", "");
	assert_int_equal(0, queue_open(&queue, BOX, &any, log_of_test, NULL));
	assert_int_equal(0, pass_run(&pass));
	assert_true(pass.again);
	assert_string_equal("A.CCR ", box());
	fake_pass(6000);
	assert_int_equal(0, pass_run(&pass));
	assert_non_null(fake_get(BOX "/failed/A.CCR"));
	pass_free(&pass);
	queue_close(&queue);
}

/* A client renews its request while its machine is served: it is not lost. */
static void
renew_request(const char *machine)
{
	if (serving.count == 1)
		put_request("A.CCR", machine);
}

static void
a_request_that_comes_meanwhile_is_served_after(void **state)
{
	(void)state;
	put_request("A.CCR", "PC1");
	serving.meanwhile = renew_request;
	assert_int_equal(0, one_pass());
	assert_int_equal(0, one_pass());
	assert_int_equal(2, serving.count);
	assert_string_equal("", box());
}

/* In a box everybody may make folders: before ccm does, too. */
static void
folders_of_somebody_else_are_not_used(void **state)
{
	static const char *const names[] = { BOX "/processing", BOX "/retry",
		BOX "/failed" };
	size_t i;

	(void)state;
	put_request("A.CCR", "PC1");
	for (i = 0; i < 3; i++) {
		fake_put_folder(names[i]);
		fake_owner(names[i], 1000);
		assert_int_equal(ERR_UNTRUSTED, one_pass());
		assert_string_equal("A.CCR ", box());
		fake_owner(BOX, 1000);
		assert_int_equal(0, one_pass());
		put_request("A.CCR", "PC1");
		fake_owner(BOX, 0);
		fake_owner(names[i], 0);
	}
	fake_drop(BOX "/failed");
	fake_put_special(BOX "/failed", OS_LINK);
	assert_int_not_equal(0, one_pass());
	assert_string_equal("A.CCR ", box());
}

/* Where locks do not hold, another host may take it back. */
static void
take_it_away(const char *machine)
{
	struct buf path = BUF_INIT;

	(void)machine;
	buf_format(&path, BOX "/%.*s", (int)strcspn(box(), " "), box());
	fake_drop(path.data);
	buf_free(&path);
}

static void
claim_that_another_host_took_back_ends_no_pass(void **state)
{
	(void)state;
	put_request("A.CCR", "PC1");
	put_request("B.CCR", "PC1");
	serving.meanwhile = take_it_away;
	assert_int_equal(0, one_pass());
	assert_int_equal(1, result.done);
	assert_string_equal("", box());
}

static void
a_stop_gives_the_request_back(void **state)
{
	(void)state;
	put_request("A.CCR", "PC1");
	serving.rc = ERR_STOP;
	assert_int_equal(ERR_STOP, one_pass());
	assert_string_equal("A.CCR ", box());
}

static void
our_own_replacement_ends_the_pass_after_its_request(void **state)
{
	(void)state;
	serving.restart = true;
	put_request("A.CCR", "PC1");
	put_request("B.CCR", "PC2");
	assert_int_equal(0, one_pass());
	assert_true(result.restart);
	assert_int_equal(1, serving.count);
	assert_int_equal(6, strlen(box()));
}

/* Faults */

/* Is there a request for PC1 anywhere, or has it been served? */
static bool
is_kept(void)
{
	return serving.count > 0 || strstr(box(), "PL2A") != NULL;
}

static void
each_call_that_fails_once_loses_no_request(void **state)
{
	unsigned n;

	(void)state;
	for (n = 1; n < 1000; n++) {
		logfile_close(log_of_test);
		clean_slate();
		put_request("PL2A.CCR", "PC1");
		put_request("PL2B.CCR", "PC2");
		fake_fail(n, FAKE_ONCE, ERR_IO);
		one_pass();
		if (!fake_met())
			break;
		fake_fail(0, FAKE_ONCE, 0);
		assert_true(is_kept());
		assert_int_equal(0, one_pass());
		assert_int_equal(0, one_pass());
		assert_non_null(strstr(serving.log, "PC1"));
		assert_non_null(strstr(serving.log, "PC2"));
		assert_string_equal("", box());
	}
	assert_in_range(n, 20, 999);
}

static void
killed_at_any_call_no_request_is_lost(void **state)
{
	enum serve_end end;
	unsigned n;

	(void)state;
	for (end = SERVE_DONE; end <= SERVE_FAILED; end++) {
		for (n = 1; n < 1000; n++) {
			logfile_close(log_of_test);
			clean_slate();
			serving.end = end;
			serving.error = end == SERVE_DONE ? 0 : 53;
			put_request("PL2A.CCR", "PC1");
			put_request("PL2A-0123abcd.CCR", "PC1");
			fake_fail(n, FAKE_FOREVER, ERR_IO);
			one_pass();
			if (!fake_met())
				break;
			fake_fail(0, FAKE_ONCE, 0);
			assert_true(is_kept());
			serving.end = SERVE_DONE;
			fake_pass(3600 * 1000);
			assert_int_equal(0, one_pass());
			assert_int_equal(0, one_pass());
			assert_non_null(strstr(serving.log, "PC1"));
			assert_null(strstr(box(), "processing/"));
			assert_null(strstr(box(), "retry/"));
		}
		assert_in_range(n, 20, 999);
	}
}

static int
flush_folder(void *arg, const char *name, enum os_kind kind)
{
	return kind == OS_FOLDER ? os_dir_flush(arg, name) : 0;
}

/* As on a file system with a journal: names are there, content that was not
 * flushed is not. */
static void
flush_names(void)
{
	struct os_dir *top = NULL, *processing = NULL;

	assert_int_equal(0, os_dir_open(BOX, &top));
	assert_int_equal(0, os_dir_list(top, ".", flush_folder, top));
	if (os_dir_open_in(top, "processing", &processing) == 0)
		assert_int_equal(
		    0, os_dir_list(processing, ".", flush_folder, processing));
	assert_int_equal(0, os_dir_flush(top, "."));
	os_dir_close(processing);
	os_dir_close(top);
}

/* Ended by a power cut at any call, with what was not flushed lost: served, or
 * still there. */
static bool
cut_power_at(unsigned n, enum serve_end end, bool names)
{
	logfile_close(log_of_test);
	clean_slate();
	serving.end = end;
	serving.error = end == SERVE_DONE ? 0 : 53;
	put_request("PL2A.CCR", "PC1");
	put_request("PL2B.CCR", "PC2");
	put_request("retry/PL2A.CCR", "PC1");
	put_request("processing/testhost-0123456789abcdef/"
		    "PL2C.0123456789abcdef.ccr",
	    "PC3");
	fake_fail(n, FAKE_FOREVER, ERR_IO);
	one_pass();
	if (!fake_met())
		return false;
	fake_fail(0, FAKE_ONCE, 0);
	if (names)
		flush_names();
	fake_power_cut();
	serving.end = SERVE_DONE;
	if (end == SERVE_RETRY) /* so all are to come again */
		serving.log[0] = '\0';
	fake_pass(3600 * 1000);
	assert_int_equal(0, one_pass());
	assert_int_equal(0, one_pass());
	assert_non_null(strstr(serving.log, "PC1"));
	assert_non_null(strstr(serving.log, "PC2"));
	assert_non_null(strstr(serving.log, "PC3"));
	assert_null(strstr(box(), "processing/"));
	assert_null(strstr(box(), "retry/"));
	return true;
}

static void
power_cut_at_any_call_loses_no_request(void **state)
{
	enum serve_end end;
	unsigned n, names;

	(void)state;
	for (names = 0; names < 2; names++)
		for (end = SERVE_DONE; end <= SERVE_FAILED; end++) {
			for (n = 1; n < 1000; n++)
				if (!cut_power_at(n, end, names == 1))
					break;
			assert_in_range(n, 20, 999);
		}
}

static void
without_memory_nothing_is_lost(void **state)
{
	unsigned n;
	bool met = true;

	(void)state;
	for (n = 1; met && n < 5000; n++) {
		logfile_close(log_of_test);
		clean_slate();
		put_request("PL2A.CCR", "PC1");
		fake_alloc_fail(n, FAKE_ONCE);
		one_pass();
		met = fake_alloc_met();
		fake_alloc_fail(0, FAKE_ONCE);
		assert_true(is_kept());
		assert_int_equal(0, one_pass());
		assert_non_null(strstr(serving.log, "PC1"));
		assert_int_equal(0, one_pass());
		assert_string_equal("", box());
	}
	assert_in_range(n, 10, 4999);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, queue_setup, queue_teardown)
		TEST(a_request_is_served_and_leaves),
		TEST(ten_thousand_for_one_machine_are_served_once),
		TEST(
		    q242926_many_requests_of_a_machine_that_fails_are_one_file),
		TEST(q262298_a_permanent_error_leaves_the_queue_at_once),
		TEST(q168518_q158292_the_first_failure_is_told_with_its_number),
		TEST(what_is_no_request_goes_to_failed),
		TEST(what_is_too_long_goes_to_failed),
		TEST(a_machine_that_policy_does_not_allow_is_not_served),
		TEST(on_a_client_only_this_machine_is_served),
		TEST(in_a_shared_box_only_our_own_files_are_looked_at),
		TEST(keys_of_other_generations_are_passed_over),
		TEST(what_is_still_being_written_is_left_for_a_moment),
		TEST(a_request_that_comes_meanwhile_is_served_after),
		TEST(folders_of_somebody_else_are_not_used),
		TEST(claim_that_another_host_took_back_ends_no_pass),
		TEST(a_stop_gives_the_request_back),
		TEST(our_own_replacement_ends_the_pass_after_its_request),
		TEST(each_call_that_fails_once_loses_no_request),
		TEST(killed_at_any_call_no_request_is_lost),
		TEST(power_cut_at_any_call_loses_no_request),
		TEST(without_memory_nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
