/* Tests of site/ccm/serve: one machine is brought to the list, and what becomes
 * of its services. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../../lib/logfile.h"
#include "../../../lib/services.h"
#include "../../../lib/text.h"
#include "../../../site/ccm/ccm.h"
#include "../../../site/ccm/serve.h"
#include "../capture.h"
#include "../client.h"

static const struct listed one[] = { { "STANDARD", "DATA\\A.TXT", "a one",
					 NULL },
	{ "+First", "BIN\\F.EXE", "f one", "x" },
	{ "+Second", "BIN\\S.EXE", "s one", "x" }, { NULL, NULL, NULL, NULL } };
static const struct listed two[] = { { "STANDARD", "DATA\\A.TXT", "a two",
					 NULL },
	{ "+First", "BIN\\F.EXE", "f two", "x" },
	{ "+Second", "BIN\\S.EXE", "s one", "x" }, { NULL, NULL, NULL, NULL } };
static const struct listed files[] = {
	{ "STANDARD", "DATA\\A.TXT", "a two", NULL }, { NULL, NULL, NULL, NULL }
};

static struct ccm_options options;
static struct served served;
static struct buf said;

/* Publishes with more keys for one service ("": none). */
static void
offer(uint64_t version, const struct listed *list, const char *service,
    const char *keys)
{
	char line[80];
	const char *text, *at;
	struct buf more = BUF_INIT;

	publish(version, list);
	snprintf(line, sizeof line, "Service=%s\r\n", service);
	text = fake_get(TREE "/cl_nt.txt");
	at = strstr(text, line);
	if (at == NULL)
		return;
	at += strlen(line);
	buf_add(&more, text, (size_t)(at - text));
	buf_add_text(&more, keys);
	buf_add_text(&more, at);
	fake_put(TREE "/cl_nt.txt", buf_text(&more));
	buf_free(&more);
}

static int
serve_once(bool forced)
{
	const struct serve_job job = { "PLN-WS017", "PL2X", forced, 0 };
	struct server *server = NULL;
	struct buf why = BUF_INIT, printed = BUF_INIT;
	struct capture out, err;
	struct logfile *log;
	int rc;

	buf_clear(&said);
	buf_free(&served.why);
	options.root = (char[]){ SHARE };
	capture_begin(&out, stdout);
	capture_begin(&err, stderr);
	log = logfile_new("ccm", true, true);
	rc = server_open(&options, log, &server, &why);
	if (rc == 0)
		rc = serve(server, &job, &served);
	server_close(server);
	logfile_close(log);
	capture_end(&err, &said);
	capture_end(&out, &printed);
	buf_add_text(&said, buf_text(&printed));
	buf_add_text(&said, buf_text(&why));
	buf_free(&printed);
	buf_free(&why);
	return rc;
}

static void
assert_served(enum serve_end end, uint64_t error)
{
	int rc = serve_once(false);

	if (rc != 0 || served.end != end || served.error != error)
		fail_msg("%d, end %d, error %d: %s; said %s", rc, served.end,
		    (int)served.error, buf_text(&served.why), buf_text(&said));
}

/* What was done to services since the last time it was asked. */
static const char *
done(void)
{
	static size_t seen;
	static char text[2000];
	const char *all = fake_actions();

	if (strlen(all) < seen)
		seen = 0;
	snprintf(text, sizeof text, "%s", all + seen);
	seen = strlen(all);
	return text;
}

static const char *
state_of(const char *component, const char *key)
{
	static char value[400];
	char line[80];
	const char *text = fake_get(STATE "/services.ini"), *at;

	snprintf(line, sizeof line, "[%s]", component);
	at = text != NULL ? strstr(text, line) : NULL;
	snprintf(line, sizeof line, "\n%s=", key);
	if (at == NULL)
		return "no section";
	at = strstr(at, line);
	if (at == NULL)
		return "no key";
	snprintf(value, sizeof value, "%.*s",
	    (int)strcspn(at + strlen(line), "\r\n"), at + strlen(line));
	return value;
}

static int
setup(void **state)
{
	(void)state;
	start_client();
	done();
	memset(&options, 0, sizeof options);
	fake_host("PLN-WS017");
	fake_put(ROOT "/policy.ini", "[Security]\r\nAllowUnsigned=yes\r\n");
	offer(1, one, "Second", "After=First\r\nSettle=2\r\n");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_free(&served.why);
	buf_free(&said);
	served = (struct served){ .end = SERVE_DONE };
	return 0;
}

static void
first_install_registers_and_starts_in_order(void **state)
{
	(void)state;
	assert_served(SERVE_DONE, 0);
	assert_false(served.current);
	assert_string_equal("register First\nstart First\n"
			    "register Second\nstart Second\n",
	    done());
	assert_string_equal("f one", fake_get(CLIENT "/BIN/F.EXE"));
	assert_string_equal("1", ini_value("SMS", "CopyListVersion"));
	assert_string_equal(
	    "Started", state_of("First", "Current Installation State"));
	assert_string_equal("1", state_of("First", "Installed Release"));
	assert_string_equal(
	    CLIENT "/BIN/F.EXE", fake_service("First")->program);
	assert_true(fake_service("First")->start == OS_START_AUTO);
}

static void
client_that_is_current_is_left_alone(void **state)
{
	(void)state;
	assert_served(SERVE_DONE, 0);
	done();
	assert_served(SERVE_DONE, 0);
	assert_true(served.current);
	assert_string_equal("", done());
}

static void
services_that_need_it_stop_with_it(void **state)
{
	int64_t begun;

	(void)state;
	assert_served(SERVE_DONE, 0);
	done();
	offer(2, two, "Second", "After=First\r\nSettle=2\r\n");
	begun = os_ticks();
	assert_served(SERVE_DONE, 0);
	/* Each settles once, for 5 and for 2 seconds. */
	assert_in_range((os_ticks() - begun) / OS_SECOND, 7, 8);
	assert_string_equal("stop Second\nstop First\nstart First\n"
			    "start Second\n",
	    done());
	assert_string_equal("f two", fake_get(CLIENT "/BIN/F.EXE"));
	assert_true(fake_service("Second")->running);
	assert_string_equal("no key", state_of("First", "Stopped"));
}

static void
what_was_stopped_by_hand_stays_stopped(void **state)
{
	struct os_services *manager;

	(void)state;
	assert_served(SERVE_DONE, 0);
	assert_int_equal(0, os_services_open(NULL, &manager));
	assert_int_equal(0, os_service_stop(manager, "First", 1000));
	os_services_close(manager);
	done();
	offer(2, two, "Second", "After=First\r\nSettle=2\r\n");
	assert_served(SERVE_DONE, 0);
	assert_false(fake_service("First")->running);
	assert_true(fake_service("Second")->running);
	assert_string_equal("f two", fake_get(CLIENT "/BIN/F.EXE"));
}

static void
service_that_dies_gets_its_old_version_back(void **state)
{
	(void)state;
	assert_served(SERVE_DONE, 0);
	done();
	fake_service_dies("First", "f two", 1000);
	offer(2, two, "Second", "After=First\r\nSettle=2\r\n");
	assert_served(SERVE_RETRY, 1053);
	assert_non_null(strstr(buf_text(&served.why), "First"));
	assert_string_equal("f one", fake_get(CLIENT "/BIN/F.EXE"));
	assert_true(fake_service("First")->running);
	assert_true(fake_service("Second")->running);
	assert_string_equal("1", state_of("First", "Failures"));
	assert_string_equal("1", state_of("First", "Installed Release"));
	/* Its files do not hold the others back. */
	assert_string_equal("a two", fake_get(CLIENT "/DATA/A.TXT"));
	assert_string_equal("2", ini_value("SMS", "CopyListVersion"));
}

static void
content_that_failed_three_times_stops_nothing_any_more(void **state)
{
	unsigned stops;

	(void)state;
	assert_served(SERVE_DONE, 0);
	fake_service_dies("First", "f two", 1000);
	offer(2, two, "Second", "After=First\r\nSettle=2\r\n");
	for (int i = 0; i < 3; i++)
		assert_served(SERVE_RETRY, 1053);
	stops = fake_service("First")->stops;
	done();
	assert_served(SERVE_RETRY, 1053);
	assert_string_equal("", done());
	assert_int_equal(stops, fake_service("First")->stops);
	/* Somebody forces it. */
	assert_int_equal(0, serve_once(true));
	assert_true(fake_service("First")->stops > stops);
	/* Another content is another matter. */
	fake_service_dies("First", NULL, -1);
	offer(3, one, "Second", "After=First\r\nSettle=2\r\n");
	assert_served(SERVE_DONE, 0);
	assert_string_equal("no key", state_of("First", "Failures"));
}

static void
service_that_hangs_on_stop_is_ended_by_force(void **state)
{
	(void)state;
	assert_served(SERVE_DONE, 0);
	fake_service_stops("First", FAKE_NEEDS_FORCE, 0);
	offer(2, two, "Second", "After=First\r\nSettle=2\r\n");
	assert_served(SERVE_DONE, 0);
	assert_non_null(strstr(buf_text(&said), "ended by force"));
	assert_string_equal("f two", fake_get(CLIENT "/BIN/F.EXE"));
}

static void
service_that_never_stops_is_not_touched(void **state)
{
	(void)state;
	assert_served(SERVE_DONE, 0);
	fake_service_stops("First", FAKE_NEVER_STOPS, 0);
	offer(2, two, "Second", "After=First\r\nSettle=2\r\n");
	assert_served(SERVE_RETRY, 1053);
	assert_string_equal("f one", fake_get(CLIENT "/BIN/F.EXE"));
	assert_true(fake_service("Second")->running);
	assert_string_equal("2", ini_value("SMS", "CopyListVersion"));
}

static void
component_that_leaves_is_unregistered_before_its_file_goes(void **state)
{
	(void)state;
	assert_served(SERVE_DONE, 0);
	done();
	offer(2, files, "", "");
	assert_served(SERVE_DONE, 0);
	assert_non_null(strstr(done(), "unregister First\n"));
	assert_null(fake_get(CLIENT "/BIN/F.EXE"));
	assert_false(fake_service("First")->registered);
	assert_string_equal("no section", state_of("First", "Stopped"));
}

/* The request of the service is written after cli_nt has stored its list. */
static void
component_that_left_with_its_files_is_unregistered_too(void **state)
{
	(void)state;
	assert_served(SERVE_DONE, 0);
	fake_drop(CLIENT "/BIN/F.EXE");
	fake_drop(STATE "/INSTALLED.TXT");
	offer(2, files, "", "");
	fake_put(STATE "/CL_NT.TXT", fake_get(TREE "/cl_nt.txt"));
	assert_served(SERVE_DONE, 0);
	assert_false(fake_service("First")->registered);
}

static void
service_deleted_by_hand_is_registered_again(void **state)
{
	struct os_services *manager;

	(void)state;
	assert_served(SERVE_DONE, 0);
	assert_int_equal(0, os_services_open(NULL, &manager));
	assert_int_equal(0, os_service_unregister(manager, "First"));
	os_services_close(manager);
	done();
	assert_served(SERVE_DONE, 0);
	assert_string_equal("register First\nstart First\n", done());
}

static void
registration_alone_changes(void **state)
{
	(void)state;
	assert_served(SERVE_DONE, 0);
	done();
	offer(2, one, "First", "Arguments=/T:60\r\n");
	assert_served(SERVE_DONE, 0);
	assert_string_equal(
	    "stop First\nregister First\nstart First\n", done());
	assert_string_equal("/T:60", fake_service("First")->arguments);
}

static void
foreign_service_is_stopped_and_started_and_left_registered(void **state)
{
	(void)state;
	fake_service_foreign("First", true);
	assert_served(SERVE_DONE, 0);
	assert_true(fake_service("First")->foreign);
	assert_true(fake_service("First")->running);
	assert_string_equal("f one", fake_get(CLIENT "/BIN/F.EXE"));
	offer(2, files, "", "");
	assert_served(SERVE_DONE, 0);
	assert_true(fake_service("First")->registered);
}

static void
request_state(const char *component, enum services_state wanted)
{
	struct services services;
	struct os_dir *dir;

	assert_int_equal(0, os_dir_open(STATE, &dir));
	assert_int_equal(0, services_read(dir, &services, NULL));
	services_get(&services, component)->requested = wanted;
	assert_int_equal(0, services_write(dir, &services));
	services_free(&services);
	os_dir_close(dir);
}

static void
disabled_and_not_installed_are_honoured(void **state)
{
	(void)state;
	assert_served(SERVE_DONE, 0);
	done();
	request_state("First", SERVICES_DISABLED);
	assert_served(SERVE_DONE, 0);
	assert_false(fake_service("First")->running);
	assert_true(fake_service("First")->start == OS_START_DISABLED);
	assert_string_equal("f one", fake_get(CLIENT "/BIN/F.EXE"));
	request_state("First", SERVICES_NOT_INSTALLED);
	assert_served(SERVE_DONE, 0);
	assert_false(fake_service("First")->registered);
	assert_null(fake_get(CLIENT "/BIN/F.EXE"));
	assert_string_equal(
	    "Not Installed", state_of("First", "Current Installation State"));
	request_state("First", SERVICES_STARTED);
	assert_served(SERVE_DONE, 0);
	assert_true(fake_service("First")->running);
	assert_true(fake_service("First")->start == OS_START_AUTO);
}

static void
start_of_the_list_is_honoured(void **state)
{
	(void)state;
	offer(2, one, "First", "Start=demand\r\n");
	assert_served(SERVE_DONE, 0);
	assert_false(fake_service("First")->running);
	assert_true(fake_service("First")->start == OS_START_MANUAL);
	offer(3, one, "First", "Start=delayed\r\n");
	assert_served(SERVE_DONE, 0);
	assert_true(fake_service("First")->running);
	assert_true(fake_service("First")->start == OS_START_DELAYED);
}

static void
own_component_is_placed_and_ends_the_program(void **state)
{
	static const struct listed own_one[] = {
		{ "+" CCM_SERVICE, "BIN\\CCM.EXE", "ccm one", "x" },
		{ NULL, NULL, NULL, NULL }
	};
	static const struct listed own_two[] = {
		{ "+" CCM_SERVICE, "BIN\\CCM.EXE", "ccm two", "x" },
		{ NULL, NULL, NULL, NULL }
	};

	(void)state;
	offer(2, own_one, "", "");
	assert_served(SERVE_DONE, 0);
	done();
	offer(3, own_two, "", "");
	assert_served(SERVE_DONE, 0);
	assert_true(served.restart);
	assert_string_equal("", done());
	assert_string_equal("ccm two", fake_get(CLIENT "/BIN/CCM.EXE"));
}

static void
without_a_service_manager_files_alone_are_handled(void **state)
{
	(void)state;
	fake_services_absent(ERR_UNSUP);
	assert_served(SERVE_RETRY, 50);
	assert_string_equal("a one", fake_get(CLIENT "/DATA/A.TXT"));
	assert_null(fake_get(CLIENT "/BIN/F.EXE"));
	assert_string_equal("no service manager runs here",
	    state_of("First", "Repair Pending"));
	fake_services_absent(0);
	assert_served(SERVE_DONE, 0);
	assert_true(fake_service("First")->running);
	assert_string_equal("no key", state_of("First", "Repair Pending"));
}

static void
machines_below_a_template_are_handled_by_name(void **state)
{
	(void)state;
	options.template = (char[]){ "/pcs/%m" };
	assert_served(SERVE_RETRY, 67);
	fake_put_folder("/pcs/PLN-WS017");
	fake_services_absent(ERR_UNSUP);
	assert_served(SERVE_RETRY, 50);
	assert_string_equal("a one", fake_get("/pcs/PLN-WS017/DATA/A.TXT"));
	assert_non_null(strstr(fake_get("/pcs/PLN-WS017/STATE/services.ini"),
	    "Repair Pending=needs ccm on that machine"));
	assert_non_null(
	    strstr(fake_get("/pcs/PLN-WS017/SMS.INI"), "CopyListVersion=1"));
	/* It says nothing of our hardware or of paths. */
	assert_null(strstr(fake_get("/pcs/PLN-WS017/SMS.INI"), "Machine="));
	assert_null(strstr(fake_get("/pcs/PLN-WS017/SMS.INI"), "SMSPath"));
	offer(2, files, "", "");
	assert_served(SERVE_DONE, 0);
	assert_false(served.current);
	assert_served(SERVE_DONE, 0);
	assert_true(served.current);
}

static void
server_that_is_away_is_tried_again(void **state)
{
	(void)state;
	fake_share(SHARE, FAKE_DOWN, 0);
	assert_served(SERVE_RETRY, 53);
	fake_share(SHARE, FAKE_UP, 0);
	assert_served(SERVE_DONE, 0);
}

static void
sms_ini_of_anybody_is_not_used(void **state)
{
	(void)state;
	assert_served(SERVE_DONE, 0);
	fake_trusted(INI, ERR_UNTRUSTED);
	assert_int_equal(ERR_UNTRUSTED, serve_once(false));
	assert_non_null(strstr(buf_text(&said), INI));
}

/* The second needs the first, and is not tried any more: it runs on as it is. */
static void
service_that_is_given_up_runs_on_when_another_changes(void **state)
{
	static const struct listed bad[] = { { "STANDARD", "DATA\\A.TXT",
						 "a one", NULL },
		{ "+First", "BIN\\F.EXE", "f one", "x" },
		{ "+Second", "BIN\\S.EXE", "s bad", "x" },
		{ NULL, NULL, NULL, NULL } };
	static const struct listed both[] = { { "STANDARD", "DATA\\A.TXT",
						  "a one", NULL },
		{ "+First", "BIN\\F.EXE", "f two", "x" },
		{ "+Second", "BIN\\S.EXE", "s bad", "x" },
		{ NULL, NULL, NULL, NULL } };

	(void)state;
	assert_served(SERVE_DONE, 0);
	fake_service_dies("Second", "s bad", 500);
	offer(2, bad, "Second", "After=First\r\nSettle=2\r\n");
	for (int i = 0; i < 3; i++)
		assert_served(SERVE_RETRY, 1053);
	offer(3, both, "Second", "After=First\r\nSettle=2\r\n");
	assert_served(SERVE_RETRY, 1053);
	assert_string_equal("f two", fake_get(CLIENT "/BIN/F.EXE"));
	assert_string_equal("s one", fake_get(CLIENT "/BIN/S.EXE"));
	assert_true(fake_service("Second")->running);
	assert_string_equal("no key", state_of("Second", "Stopped"));
}

/* cli_nt writes its request before it has ended. */
static void
run_of_cli_nt_that_ends_soon_is_waited_for(void **state)
{
	(void)state;
	assert_served(SERVE_DONE, 0);
	offer(2, two, "Second", "After=First\r\nSettle=2\r\n");
	fake_lock(STATE "/LOCK", 3000);
	assert_served(SERVE_DONE, 0);
	assert_string_equal("f two", fake_get(CLIENT "/BIN/F.EXE"));
	fake_lock(STATE "/LOCK", 60000);
	assert_served(SERVE_RETRY, 170);
}

static void
service_with_another_name_takes_its_place(void **state)
{
	static const struct listed renamed[] = { { "STANDARD", "DATA\\A.TXT",
						     "a one", NULL },
		{ "+First2", "BIN\\F.EXE", "f one", "x" },
		{ "+Second", "BIN\\S.EXE", "s one", "x" },
		{ NULL, NULL, NULL, NULL } };
	struct buf text = BUF_INIT;
	const char *list, *at;

	(void)state;
	assert_served(SERVE_DONE, 0);
	/* The component is called as before. */
	publish(2, one);
	list = fake_get(TREE "/cl_nt.txt");
	at = strstr(list, "Service=First\r\n");
	buf_add(&text, list, (size_t)(at - list));
	buf_add_text(&text, "Service=Other\r\n");
	buf_add_text(&text, at + strlen("Service=First\r\n"));
	fake_put(TREE "/cl_nt.txt", buf_text(&text));
	buf_free(&text);
	assert_served(SERVE_DONE, 0);
	assert_false(fake_service("First")->registered);
	assert_false(fake_service("First")->running);
	assert_true(fake_service("Other")->running);
	/* Another component has the service. */
	publish(3, renamed);
	list = fake_get(TREE "/cl_nt.txt");
	at = strstr(list, "Service=First2\r\n");
	buf_add(&text, list, (size_t)(at - list));
	buf_add_text(&text, "Service=Other\r\n");
	buf_add_text(&text, at + strlen("Service=First2\r\n"));
	fake_put(TREE "/cl_nt.txt", buf_text(&text));
	buf_free(&text);
	assert_served(SERVE_DONE, 0);
	assert_true(fake_service("Other")->registered);
	assert_true(fake_service("Other")->running);
	assert_string_equal("no section", state_of("First", "Stopped"));
}

static void
file_that_the_server_lacks_is_no_failure_of_the_service(void **state)
{
	char *path;

	(void)state;
	assert_served(SERVE_DONE, 0);
	done();
	offer(2, two, "First", "Arguments=/new\r\n");
	path = text_copy(store_path("f two"));
	fake_drop(path);
	for (int i = 0; i < 4; i++)
		assert_served(SERVE_RETRY, 2);
	assert_string_equal("", done());
	assert_string_equal("no key", state_of("First", "Failures"));
	fake_put(path, "f two");
	free(path);
	assert_served(SERVE_DONE, 0);
	assert_string_equal("/new", fake_service("First")->arguments);
	assert_string_equal("f two", fake_get(CLIENT "/BIN/F.EXE"));
}

static void
say_stopped(void)
{
	struct services services;
	struct os_services *manager;
	struct os_dir *dir;

	assert_int_equal(0, os_dir_open(STATE, &dir));
	assert_int_equal(0, services_read(dir, &services, NULL));
	services_find(&services, "First")->stopped = true;
	services_say(&services_find(&services, "First")->others, "Other");
	assert_int_equal(0, services_write(dir, &services));
	services_free(&services);
	os_dir_close(dir);
	assert_int_equal(0, os_services_open(NULL, &manager));
	assert_int_equal(0, os_service_stop(manager, "First", 1000));
	assert_int_equal(0, os_service_stop(manager, "Other", 1000));
	os_services_close(manager);
}

static void
what_a_run_that_was_cut_off_has_stopped_runs_again_whatever_comes(void **state)
{
	(void)state;
	fake_service_foreign("Other", true);
	assert_served(SERVE_DONE, 0);
	say_stopped();
	fake_share(SHARE, FAKE_DOWN, 0);
	assert_served(SERVE_RETRY, 53);
	assert_true(fake_service("First")->running);
	assert_true(fake_service("Other")->running);
	assert_string_equal("no key", state_of("First", "Stopped"));
	assert_string_equal("no key", state_of("First", "Stopped Others"));
}

static void
service_that_needs_ours_stops_and_starts_with_it(void **state)
{
	(void)state;
	fake_service_foreign("Other", true);
	fake_service_needs("Other", "First");
	assert_served(SERVE_DONE, 0);
	done();
	offer(2, two, "Second", "After=First\r\nSettle=2\r\n");
	assert_served(SERVE_DONE, 0);
	assert_string_equal("stop Second\nstop Other\nstop First\n"
			    "start First\nstart Second\nstart Other\n",
	    done());
	assert_string_equal("no key", state_of("First", "Stopped Others"));
}

static void
manager_that_is_away_once_loses_nothing(void **state)
{
	(void)state;
	assert_served(SERVE_DONE, 0);
	offer(2, files, "", "");
	fake_services_absent(ERR_TIMEOUT);
	assert_served(SERVE_RETRY, 50);
	assert_string_equal("First", state_of("First", "Service"));
	fake_services_absent(0);
	assert_served(SERVE_DONE, 0);
	assert_false(fake_service("First")->registered);
	assert_null(fake_get(CLIENT "/BIN/F.EXE"));
}

static void
service_on_demand_that_runs_goes_on(void **state)
{
	struct os_services *manager;

	(void)state;
	offer(2, one, "First", "Start=demand\r\n");
	assert_served(SERVE_DONE, 0);
	assert_int_equal(0, os_services_open(NULL, &manager));
	assert_int_equal(0, os_service_start(manager, "First", 1000));
	os_services_close(manager);
	offer(3, two, "First", "Start=demand\r\n");
	assert_served(SERVE_DONE, 0);
	assert_true(fake_service("First")->running);
	assert_int_equal(2, fake_service("First")->starts);
}

static void
request_to_stop_leaves_what_runs_in_its_new_version(void **state)
{
	(void)state;
	assert_served(SERVE_DONE, 0);
	offer(2, two, "Second", "After=First\r\nSettle=2\r\n");
	fake_stop_after(1000);
	serve_once(false);
	assert_string_equal("f two", fake_get(CLIENT "/BIN/F.EXE"));
	assert_true(fake_service("First")->running);
	assert_true(fake_service("Second")->running);
	assert_null(fake_get(STATE "/JOURNAL"));
}

static void
dead_machine_does_not_take_the_logon_root_away(void **state)
{
	const struct serve_job dead = { "PC1", "PL2A", false, 0 },
			       alive = { "PC2", "PL2B", false, 0 };
	struct server *server;
	struct buf why = BUF_INIT;

	(void)state;
	options.template = (char[]){ "/pcs/%m" };
	options.root = (char[]){ SHARE };
	fake_put_folder("/pcs/PC1");
	fake_deny("/pcs/PC1", ERR_HOST);
	fake_put_folder("/pcs/PC2");
	offer(1, files, "", "");
	assert_int_equal(0, server_open(&options, NULL, &server, &why));
	assert_int_equal(0, serve(server, &dead, &served));
	assert_int_equal(SERVE_RETRY, served.end);
	buf_free(&served.why);
	assert_int_equal(0, serve(server, &alive, &served));
	if (served.end != SERVE_DONE)
		fail_msg("%s", buf_text(&served.why));
	server_close(server);
	buf_free(&why);
}

/* What is_current uses is gone when the list turns bad between two looks. */
static void
list_that_turns_bad_ends_nobody(void **state)
{
	const struct serve_job job = { "PC1", "PL2A", false, 0 };
	struct server *server;
	struct buf why = BUF_INIT;

	(void)state;
	options.template = (char[]){ "/pcs/%m" };
	options.root = (char[]){ SHARE };
	fake_put_folder("/pcs/PC1");
	offer(1, files, "", "");
	assert_int_equal(0, server_open(&options, NULL, &server, &why));
	assert_int_equal(0, serve(server, &job, &served));
	assert_int_equal(SERVE_DONE, served.end);
	fake_pass(10000);
	fake_put(TREE "/cl_nt.txt", "[SMS]\r\nCopyListVersion=9\r\nbad\r\n");
	assert_int_equal(0, serve(server, &job, &served));
	assert_int_equal(SERVE_RETRY, served.end);
	buf_free(&served.why);
	server_close(server);
	buf_free(&why);
}

/* It asks because of a release that came after the last look at the list. */
static void
request_that_came_after_the_last_look_is_judged_by_a_new_one(void **state)
{
	struct serve_job job = { "PC1", "PL2A", false, 0 };
	struct server *server;
	struct buf why = BUF_INIT;

	(void)state;
	options.template = (char[]){ "/pcs/%m" };
	options.root = (char[]){ SHARE };
	fake_put_folder("/pcs/PC1");
	offer(1, files, "", "");
	assert_int_equal(0, server_open(&options, NULL, &server, &why));
	assert_int_equal(0, serve(server, &job, &served));
	fake_pass(10);
	publish(2, files);
	fake_pass(10);
	job.since = os_ticks();
	assert_int_equal(0, serve(server, &job, &served));
	assert_non_null(
	    strstr(fake_get("/pcs/PC1/SMS.INI"), "CopyListVersion=2"));
	server_close(server);
	buf_free(&why);
}

static void
version_that_is_new_alone_is_taken_below_a_template(void **state)
{
	(void)state;
	options.template = (char[]){ "/pcs/%m" };
	fake_put_folder("/pcs/PLN-WS017");
	offer(1, files, "", "");
	assert_served(SERVE_DONE, 0);
	assert_served(SERVE_DONE, 0);
	assert_true(served.current);
	publish(2, files);
	assert_served(SERVE_DONE, 0);
	assert_non_null(
	    strstr(fake_get("/pcs/PLN-WS017/SMS.INI"), "CopyListVersion=2"));
}

/* The process dies at every call that changes something: the next try leads to
 * the list, with both services up. */
static void
killed_anywhere_it_is_completed_by_the_next(void **state)
{
	(void)state;
	for (unsigned n = 1; n < 3000; n++) {
		setup(state);
		assert_served(SERVE_DONE, 0);
		offer(2, two, "Second", "After=First\r\nSettle=2\r\n");
		fake_fail(n, FAKE_FOREVER, ERR_IO);
		serve_once(false);
		if (!fake_met())
			return;
		fake_fail(0, FAKE_ONCE, 0);
		if (serve_once(false) != 0 || served.end != SERVE_DONE)
			fail_msg("call %u: %s; said %s", n,
			    buf_text(&served.why), buf_text(&said));
		/* The process is of the version that stands there. */
		if (!fake_service("First")->running ||
		    !fake_service("Second")->running ||
		    fake_service("First")->starts < 2)
			fail_msg("call %u: a service does not run; %s", n,
			    fake_actions());
		assert_string_equal("f two", fake_get(CLIENT "/BIN/F.EXE"));
		assert_string_equal("2", ini_value("SMS", "CopyListVersion"));
		if (strcmp(state_of("First", "Stopped"), "no key") != 0)
			fail_msg("call %u: Stopped stays", n);
	}
	fail_msg("it does not end");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(first_install_registers_and_starts_in_order),
		TEST(client_that_is_current_is_left_alone),
		TEST(services_that_need_it_stop_with_it),
		TEST(what_was_stopped_by_hand_stays_stopped),
		TEST(service_that_dies_gets_its_old_version_back),
		TEST(content_that_failed_three_times_stops_nothing_any_more),
		TEST(service_that_hangs_on_stop_is_ended_by_force),
		TEST(service_that_never_stops_is_not_touched),
		TEST(
		    component_that_leaves_is_unregistered_before_its_file_goes),
		TEST(component_that_left_with_its_files_is_unregistered_too),
		TEST(service_deleted_by_hand_is_registered_again),
		TEST(registration_alone_changes),
		TEST(
		    foreign_service_is_stopped_and_started_and_left_registered),
		TEST(disabled_and_not_installed_are_honoured),
		TEST(start_of_the_list_is_honoured),
		TEST(own_component_is_placed_and_ends_the_program),
		TEST(without_a_service_manager_files_alone_are_handled),
		TEST(machines_below_a_template_are_handled_by_name),
		TEST(server_that_is_away_is_tried_again),
		TEST(sms_ini_of_anybody_is_not_used),
		TEST(service_that_is_given_up_runs_on_when_another_changes),
		TEST(run_of_cli_nt_that_ends_soon_is_waited_for),
		TEST(service_with_another_name_takes_its_place),
		TEST(file_that_the_server_lacks_is_no_failure_of_the_service),
		TEST(
		    what_a_run_that_was_cut_off_has_stopped_runs_again_whatever_comes),
		TEST(service_that_needs_ours_stops_and_starts_with_it),
		TEST(manager_that_is_away_once_loses_nothing),
		TEST(service_on_demand_that_runs_goes_on),
		TEST(request_to_stop_leaves_what_runs_in_its_new_version),
		TEST(dead_machine_does_not_take_the_logon_root_away),
		TEST(list_that_turns_bad_ends_nobody),
		TEST(
		    request_that_came_after_the_last_look_is_judged_by_a_new_one),
		TEST(version_that_is_new_alone_is_taken_below_a_template),
		TEST(killed_anywhere_it_is_completed_by_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
