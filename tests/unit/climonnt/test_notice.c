/* Tests of climonnt's restart notice: for whom, how often, in which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../../../lib/buf.h"
#include "../../../lib/options.h"
#include "../../../monitor/climonnt/climonnt.h"
#include "../../../platform/err.h"
#include "../../fake/fake.h"

#define HOURS (60 * 60 * 1000)
#define INI   "/c/SMS.INI"
#define ROOT  "//dc1/sms"

static struct climonnt_options options;

/* What the setup leaves in SMS.INI: these components wait. */
static void
waits_for(const char *names)
{
	struct buf text = BUF_INIT;

	buf_add_text(&text,
	    "[SMS]\r\nSMS Unique ID=PL2ABC\r\nCopyListVersion=200\r\n"
	    "SMSPath=/c\r\nSMSStatePath=/c\r\n"
	    "[Local]\r\nSetupPhase=verify_files\r\n[Setup State]\r\n");
	if (names != NULL)
		buf_format(&text, "Restart=%s\r\n", names);
	fake_put(INI, buf_text(&text));
	buf_free(&text);
}

static void
root_offers(const char *version)
{
	struct buf text = BUF_INIT;

	buf_format(&text, "[SMS]\r\nCopyListVersion=%s\r\n", version);
	fake_put("/net/dc1/sms/cl_nt.txt", buf_text(&text));
	buf_free(&text);
}

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	fake_env("HOME", "/home/kim");
	fake_put_folder("/net/dc1/sms/inventry.box");
	fake_put_folder("/c/INVDATA");
	fake_put_folder("/c/STATE");
	fake_put_folder("/c/LOGS");
	fake_put("/c/BIN/climonnt", "program");
	fake_put("/c/BIN/cli_nt", "program");
	fake_self("/c/BIN/climonnt");
	fake_child(EXIT_RESTART & 255, 100);
	waits_for("EXTRA");
	root_offers("200");
	options = (struct climonnt_options){ .root = (char *)ROOT };
	options.common.ini = (char *)INI;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	assert_int_equal(0, fake_handles());
	return 0;
}

/* A day of a monitor that starts anew, with six checks. */
static void
day(void)
{
	fake_stop_after(24 * HOURS);
	assert_int_equal(0, climonnt_run(&options));
}

static void
notice_names_the_components(void **state)
{
	(void)state;
	waits_for("EXTRA, REMOTE");
	day();
	assert_string_equal("warning climonnt: restart this machine to "
			    "complete the update of EXTRA, REMOTE to copy "
			    "list 200\n",
	    fake_events());
}

static void
notice_of_many_components_counts_them(void **state)
{
	(void)state;
	waits_for("C1, C2, C3, C4, C5, C6, C7, C8, C9, C10");
	day();
	assert_non_null(strstr(fake_events(),
	    "of C1, C2, C3, C4, C5, C6, C7, C8 and 2 "
	    "more to copy list 200"));
}

/* Q270697: the user was asked to restart again and again. A monitor that
 * starts at each logon, or takes over, is no reason either. */
static void
q270697_notice_is_given_once_for_a_change(void **state)
{
	(void)state;
	day();
	day();
	day();
	assert_int_equal(1, fake_event_count());
	assert_non_null(fake_spawned(17));
}

/* Q270697, Q168598: verify_files that does not end is no reason to ask. */
static void
q270697_no_notice_where_nothing_waits(void **state)
{
	(void)state;
	waits_for(NULL);
	day();
	waits_for("");
	day();
	assert_int_equal(0, fake_event_count());
}

static void
q168598_no_notice_where_the_server_lacks_a_file(void **state)
{
	(void)state;
	waits_for(NULL);
	fake_child(EXIT_PARTLY, 100);
	day();
	assert_int_equal(0, fake_event_count());
	/* What waits beside it is told all the same, once. */
	waits_for("EXTRA");
	day();
	assert_int_equal(1, fake_event_count());
}

static void
component_that_has_gone_in_gives_no_new_notice(void **state)
{
	(void)state;
	waits_for("EXTRA, REMOTE");
	day();
	waits_for("REMOTE");
	day();
	assert_int_equal(1, fake_event_count());
	waits_for("REMOTE, OTHER");
	day();
	assert_int_equal(2, fake_event_count());
}

static void
another_list_is_another_change(void **state)
{
	(void)state;
	day();
	root_offers("300");
	day();
	assert_int_equal(2, fake_event_count());
	assert_non_null(strstr(fake_events(), "copy list 300"));
}

static void
quiet_monitor_has_told_nobody(void **state)
{
	(void)state;
	options.quiet = true;
	day();
	assert_int_equal(0, fake_event_count());
	options.quiet = false;
	day();
	assert_int_equal(1, fake_event_count());
}

static void
user_without_a_place_for_it_is_told_once_by_each_monitor(void **state)
{
	(void)state;
	fake_fail_call("os_replace", 1, FAKE_FOREVER, -7);
	day();
	assert_int_equal(1, fake_event_count());
	day();
	assert_int_equal(2, fake_event_count());
}

static void
notice_comes_to_the_desktop(void **state)
{
	(void)state;
	day();
	day();
	assert_string_equal("Restart needed: Restart this machine to complete "
			    "the update of EXTRA to copy list 200.\n",
	    fake_notices());
	options.quiet = true;
	root_offers("300");
	day();
	options.quiet = false;
	assert_null(strstr(fake_notices(), "300"));
}

/* Nobody is logged on at a desktop, or the message program fails. */
static void
notice_that_cannot_be_shown_does_no_harm(void **state)
{
	(void)state;
	fake_notice_fails(ERR_UNSUP);
	day();
	assert_int_equal(1, fake_event_count());
	fake_notice_fails(0);
	day();
	assert_string_equal("", fake_notices());
}

/* What ccm leaves: components with Installed Release and Restart Pending. */
static void
services_are(const char *text)
{
	fake_put("/c/STATE/services.ini", text);
}

#define INVENTORY                                                        \
	"[Client Inventory]\r\nInstalled Release=100\r\nRestart Pending" \
	"=BIN\\CI.EXE is in use\r\n"

static void
service_that_waits_is_told_once(void **state)
{
	(void)state;
	waits_for(NULL);
	services_are(INVENTORY "[Remote Control]\r\nInstalled Release=100\r\n");
	day();
	day();
	assert_string_equal("warning climonnt: restart this machine to "
			    "complete the update of Client Inventory\n",
	    fake_events());
	assert_string_equal("Restart needed: Restart this machine to complete "
			    "the update of Client Inventory.\n",
	    fake_notices());
	services_are(INVENTORY "[Remote Control]\r\nInstalled Release=100\r\n"
			       "Restart Pending=x\r\n");
	day();
	assert_int_equal(2, fake_event_count());
	assert_non_null(strstr(fake_events(), "update of Remote Control\n"));
}

/* Q270697: ccm tries, gives up and tries again; it is one change until the
 * files are in. */
static void
q270697_service_that_is_tried_again_is_not_told_again(void **state)
{
	(void)state;
	waits_for(NULL);
	services_are(INVENTORY);
	day();
	services_are("[Client Inventory]\r\nInstalled Release=100\r\n");
	day();
	services_are(INVENTORY);
	day();
	services_are(
	    "[Other]\r\nInstalled Release=1\r\nRestart Pending=y\r\n" INVENTORY);
	day();
	assert_int_equal(2, fake_event_count());
	services_are("[Client Inventory]\r\nInstalled Release=200\r\n"
		     "Restart Pending=BIN\\CI.EXE is in use\r\n");
	day();
	assert_int_equal(3, fake_event_count());
}

/* Q186412: a restart was asked for after updates that had needed none. */
static void
q186412_no_notice_where_ccm_had_nothing_to_do(void **state)
{
	(void)state;
	waits_for(NULL);
	services_are("[Client Inventory]\r\nInstalled Release=100\r\n"
		     "Repair Pending=no answer\r\n");
	day();
	services_are("damaged\0");
	day();
	services_are("[A]\r\nFailures=often\r\nRestart Pending=x\r\n");
	day();
	fake_drop("/c/STATE/services.ini");
	day();
	fake_drop("/c/STATE");
	day();
	assert_int_equal(0, fake_event_count());
	assert_string_equal("", fake_notices());
}

static void
component_of_both_is_told_once(void **state)
{
	(void)state;
	day();
	services_are("[extra]\r\nRestart Pending=x\r\n" INVENTORY);
	day();
	assert_int_equal(2, fake_event_count());
	assert_non_null(strstr(fake_events(), "of EXTRA to copy list 200"));
	assert_non_null(strstr(fake_events(), "of Client Inventory\n"));
}

static void
quiet_monitor_has_told_nobody_of_services(void **state)
{
	(void)state;
	waits_for(NULL);
	services_are(INVENTORY);
	options.quiet = true;
	day();
	assert_int_equal(0, fake_event_count());
	assert_string_equal("", fake_notices());
	options.quiet = false;
	day();
	assert_int_equal(1, fake_event_count());
}

static void
service_is_told_when_ccm_has_noted_it(void **state)
{
	(void)state;
	waits_for(NULL);
	services_are(INVENTORY);
	options.once = true;
	climonnt_run(&options);
	options.once = false;
	assert_int_equal(1, fake_event_count());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(notice_names_the_components),
		TEST(notice_of_many_components_counts_them),
		TEST(q270697_notice_is_given_once_for_a_change),
		TEST(q270697_no_notice_where_nothing_waits),
		TEST(q168598_no_notice_where_the_server_lacks_a_file),
		TEST(component_that_has_gone_in_gives_no_new_notice),
		TEST(another_list_is_another_change),
		TEST(quiet_monitor_has_told_nobody),
		TEST(user_without_a_place_for_it_is_told_once_by_each_monitor),
		TEST(notice_comes_to_the_desktop),
		TEST(notice_that_cannot_be_shown_does_no_harm),
		TEST(service_that_waits_is_told_once),
		TEST(q270697_service_that_is_tried_again_is_not_told_again),
		TEST(q186412_no_notice_where_ccm_had_nothing_to_do),
		TEST(component_of_both_is_told_once),
		TEST(quiet_monitor_has_told_nobody_of_services),
		TEST(service_is_told_when_ccm_has_noted_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
