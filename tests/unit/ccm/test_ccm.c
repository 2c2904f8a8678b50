/* Tests of ccm as a whole: its boxes, its life as a service, its registration,
 * its helpers. What serves a machine is a stand-in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "../../../lib/layout.h"
#include "../../../lib/options.h"
#include "../../../lib/policy.h"
#include "queue.h"

#define LOCAL "/s/ccr.box"
#define SELF  "/opt/sms/BIN/ccm"
#define INI   "/s/SMS.INI"

static struct layout layout;
static struct policy policy;
static const char *root;
static bool many;

int
server_open(const struct ccm_options *options, struct logfile *log,
    struct server **server, struct buf *why)
{
	(void)log;
	(void)why;
	many = options->template != NULL;
	*server = NULL;
	return 0;
}

const char *
server_root(struct server *server)
{
	(void)server;
	return root;
}

const struct layout *
server_layout(struct server *server)
{
	(void)server;
	return many ? NULL : &layout;
}

const struct policy *
server_policy(struct server *server)
{
	(void)server;
	return &policy;
}

void
server_close(struct server *server)
{
	(void)server;
}

static int
setup(void **state)
{
	static char ini[] = INI, state_root[] = "/s", states[] = "/s/STATE",
		    logs[] = "/s/LOGS", requests[] = LOCAL;

	(void)state;
	fake_reset();
	fake_put(INI, "[SMS]\r\nSMS Unique ID=PL2A\r\n");
	fake_put(SELF, "ccm");
	fake_self(SELF);
	fake_put_folder("/s/STATE");
	fake_put_folder("/s/LOGS");
	fake_put_folder(BOX);
	layout = (struct layout){ .ini = ini,
		.state_root = state_root,
		.state = states,
		.logs = logs,
		.requests = requests };
	root = "/r";
	serving = (struct serving){ .end = SERVE_DONE };
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	assert_int_equal(0, fake_handles());
	return 0;
}

/* On a client */

static void
a_client_works_on_its_own_box_and_on_its_own_files_of_the_share(void **state)
{
	const struct ccm_options o = { .once = true };

	(void)state;
	fake_put(LOCAL "/ANY.CCR",
	    "[NT Client Configuration Request]\r\nMachine Name=TESTHOST\r\n");
	put_request("PL2A.CCR", "TESTHOST");
	put_request("PL2B.CCR", "PC2");
	assert_int_equal(EXIT_DONE, ccm_run(&o));
	assert_string_equal("TESTHOST TESTHOST ", serving.log);
	assert_string_equal("PL2B.CCR ", box());
	assert_null(fake_get(LOCAL "/ANY.CCR"));
}

static void
a_share_that_is_away_keeps_no_client_from_its_own_box(void **state)
{
	const struct ccm_options o = { .once = true };

	(void)state;
	root = "/nowhere";
	fake_put(LOCAL "/ANY.CCR",
	    "[NT Client Configuration Request]\r\nMachine Name=TESTHOST\r\n");
	assert_int_equal(EXIT_DONE, ccm_run(&o));
	assert_int_equal(1, serving.count);
}

static void
a_box_that_is_missing_is_made_for_everybody_to_put_into(void **state)
{
	const struct ccm_options o = { .once = true };

	(void)state;
	assert_int_equal(EXIT_DONE, ccm_run(&o));
	assert_int_equal(OS_DROP_BOX, fake_rights(LOCAL));
	assert_int_equal(OS_PRIVATE, fake_rights(LOCAL "/failed"));
}

/* As a service */

static void
put_one(void *arg, const char *call)
{
	static int waits;

	(void)arg;
	if (strcmp(call, "os_watch_wait") == 0 && waits++ == 0)
		put_request("PL2C.CCR", "PC3");
}

static void
a_service_sees_what_comes_and_ends_when_it_is_asked(void **state)
{
	char template[] = "/pc/%m";
	const struct ccm_options o = { .template = template };

	(void)state;
	fake_put_folder("/r/inventry.box");
	put_request("PL2A.CCR", "PC1");
	fake_hook(put_one, NULL);
	fake_hint(BOX, 5000, false);
	fake_stop_after(20000);
	assert_int_equal(EXIT_DONE, ccm_run(&o));
	assert_string_equal("PC1 PC3 ", serving.log);
	assert_string_equal("", box());
}

static void
put_inventory(void *arg, const char *call)
{
	bool *is_there = arg;

	if (strcmp(call, "os_watch_wait") == 0 && !*is_there)
		fake_put("/r/inventry.box/one.raw", "bad");
	*is_there = *is_there || strcmp(call, "os_watch_wait") == 0;
}

/* A minute after the last check at most, not with the next scan. */
static void
inventory_that_comes_is_checked_within_a_minute(void **state)
{
	char template[] = "/pc/%m";
	const struct ccm_options o = { .template = template };
	bool is_there = false;

	(void)state;
	fake_put_folder("/r/inventry.box");
	fake_hook(put_inventory, &is_there);
	fake_hint("/r/inventry.box", 5000, false);
	fake_hint("/r/inventry.box", 7000, false);
	fake_stop_after(62 * 1000);
	assert_int_equal(EXIT_DONE, ccm_run(&o));
	assert_true(is_there);
	assert_non_null(fake_get("/r/inventry.box/badraws/one.raw"));
}

static void
install_client(const char *machine)
{
	(void)machine;
	fake_put_folder("/s/LOGS");
}

static void
log_is_opened_once_there_is_a_folder_for_it(void **state)
{
	const struct ccm_options o = { .once = false };

	(void)state;
	fake_drop("/s/LOGS");
	fake_put(LOCAL "/ANY.CCR",
	    "[NT Client Configuration Request]\r\nMachine Name=TESTHOST\r\n");
	serving.meanwhile = install_client;
	fake_stop_after(20 * 1000);
	assert_int_equal(EXIT_DONE, ccm_run(&o));
	assert_int_equal(1, serving.count);
	assert_non_null(fake_get("/s/LOGS/CCM.LOG"));
}

static void
what_is_due_is_tried_without_a_hint(void **state)
{
	char template[] = "/pc/%m";
	const struct ccm_options o = { .template = template };

	(void)state;
	serving.end = SERVE_RETRY;
	serving.error = 53;
	put_request("PL2A.CCR", "PC1");
	fake_stop_after(5 * 60 * 1000);
	assert_int_equal(EXIT_DONE, ccm_run(&o));
	assert_int_equal(3, serving.count); /* 0, 1 and 3 minutes */
}

static void
replaced_itself_it_ends_with_the_code_of_a_restart(void **state)
{
	char template[] = "/pc/%m";
	const struct ccm_options o = { .template = template };

	(void)state;
	serving.restart = true;
	put_request("PL2A.CCR", "PC1");
	assert_int_equal(EXIT_RESTART, ccm_run(&o));
	assert_string_equal("", box());
}

static void
no_logon_server_is_said_once_and_waited_for(void **state)
{
	char template[] = "/pc/%m";
	const struct ccm_options o = { .template = template };

	(void)state;
	root = NULL;
	fake_stop_after(10 * 60 * 1000);
	assert_int_equal(EXIT_DONE, ccm_run(&o));
	assert_int_equal(1, fake_event_count());
}

/* Side by side */

static void
further_instances_get_the_same_switches(void **state)
{
	char template[] = "/pc/%m", dir[] = BOX, policy_ini[] = "/p.ini";
	const struct ccm_options o = { .template = template,
		.box = dir,
		.common = { .policy = policy_ini },
		.workers = 3,
		.once = true };

	(void)state;
	put_request("PL2A.CCR", "PC1");
	put_request("PL2B.CCR", "PC2");
	assert_int_equal(EXIT_DONE, ccm_run(&o));
	assert_string_equal(SELF " --once --workers=1 --queue=" BOX
				 " --template=/pc/%m --policy=/p.ini",
	    fake_spawned(0));
	assert_null(fake_spawned(1)); /* two machines: one helper */
}

/* The service that started it would have left it for a moment. */
static void
further_instance_refuses_nothing_that_may_still_be_being_written(void **state)
{
	char template[] = "/pc/%m";
	struct ccm_options o = {
		.template = template, .workers = 1, .once = true
	};

	(void)state;
	fake_put(BOX "/PL2A.CCR", "[NT Client Config");
	assert_int_equal(EXIT_BUSY, ccm_run(&o));
	assert_string_equal("PL2A.CCR ", box());
	fake_pass(6000);
	assert_int_equal(EXIT_PARTLY, ccm_run(&o));
	assert_string_equal("failed/PL2A.CCR ", box());
	/* What was given up before is no concern of this run. */
	assert_int_equal(EXIT_DONE, ccm_run(&o));
}

static void
one_machine_needs_no_further_instance(void **state)
{
	char template[] = "/pc/%m";
	const struct ccm_options o = {
		.template = template, .workers = 3, .once = true
	};

	(void)state;
	put_request("PL2A.CCR", "PC1");
	assert_int_equal(EXIT_DONE, ccm_run(&o));
	assert_null(fake_spawned(0));
}

/* Registration */

static void
install_registers_points_requests_here_and_uninstall_takes_it_back(void **state)
{
	char ini[] = "/s/a b/SMS.INI";
	struct ccm_options o = { .install = true, .common = { .ini = ini } };
	const struct fake_service *service;

	(void)state;
	assert_int_equal(EXIT_DONE, ccm_run(&o));
	service = fake_service(CCM_SERVICE);
	assert_non_null(service);
	assert_true(service->registered && service->running);
	assert_string_equal(SELF, service->program);
	assert_string_equal("\"--ini=/s/a b/SMS.INI\"", service->arguments);
	assert_non_null(
	    strstr(fake_get(INI), "ConfigurationRequestPath=" LOCAL "\r\n"));
	assert_int_equal(OS_DROP_BOX, fake_rights(LOCAL));
	o.install = false;
	o.uninstall = true;
	assert_int_equal(EXIT_DONE, ccm_run(&o));
	assert_false(fake_service(CCM_SERVICE)->registered);
	assert_null(strstr(fake_get(INI), "ConfigurationRequestPath"));
	assert_int_equal(EXIT_DONE, ccm_run(&o));
}

static void
on_a_logon_server_install_leaves_sms_ini_alone(void **state)
{
	char template[] = "/pc/%m";
	const struct ccm_options o = { .template = template, .install = true };

	(void)state;
	assert_int_equal(EXIT_DONE, ccm_run(&o));
	assert_null(strstr(fake_get(INI), "ConfigurationRequestPath"));
}

static void
a_path_that_somebody_else_set_stays(void **state)
{
	const struct ccm_options o = { .uninstall = true };

	(void)state;
	fake_put(INI, "[SMS]\r\nConfigurationRequestPath=/else\r\n");
	assert_int_equal(EXIT_DONE, ccm_run(&o));
	assert_non_null(strstr(fake_get(INI), "=/else"));
}

static void
what_the_service_manager_refuses_is_told(void **state)
{
	const struct ccm_options o = { .install = true };

	(void)state;
	fake_service_foreign(CCM_SERVICE, false);
	assert_int_equal(EXIT_FAILED, ccm_run(&o));
	assert_non_null(strstr(fake_events(), "somebody else registered"));
	/* Nobody would look into a box that is this client's own. */
	assert_null(strstr(fake_get(INI), "ConfigurationRequestPath"));
	fake_services_absent(ERR_UNSUP);
	assert_int_equal(EXIT_FAILED, ccm_run(&o));
	assert_non_null(strstr(fake_events(), "no service manager runs here"));
	fake_services_absent(0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(
		    a_client_works_on_its_own_box_and_on_its_own_files_of_the_share),
		TEST(a_share_that_is_away_keeps_no_client_from_its_own_box),
		TEST(a_box_that_is_missing_is_made_for_everybody_to_put_into),
		TEST(a_service_sees_what_comes_and_ends_when_it_is_asked),
		TEST(inventory_that_comes_is_checked_within_a_minute),
		TEST(log_is_opened_once_there_is_a_folder_for_it),
		TEST(what_is_due_is_tried_without_a_hint),
		TEST(replaced_itself_it_ends_with_the_code_of_a_restart),
		TEST(no_logon_server_is_said_once_and_waited_for),
		TEST(further_instances_get_the_same_switches),
		TEST(
		    further_instance_refuses_nothing_that_may_still_be_being_written),
		TEST(one_machine_needs_no_further_instance),
		TEST(
		    install_registers_points_requests_here_and_uninstall_takes_it_back),
		TEST(on_a_logon_server_install_leaves_sms_ini_alone),
		TEST(a_path_that_somebody_else_set_stays),
		TEST(what_the_service_manager_refuses_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
