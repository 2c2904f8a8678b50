/* Services with systemd, whose systemctl is a script of the test: services_ground
 * has it. What units are like is for systemd-analyze to say, where it is. */
#include "services_ground.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UNIT "etc/systemd/system/INV.service"

static struct os_service
service(void)
{
	return (struct os_service){ "INV", "Client Inventory", "/bin/sleep",
		"1000", OS_START_AUTO };
}

static void
registered(enum os_service_start start)
{
	struct os_service inv = service();

	inv.start = start;
	assert_int_equal(os_service_register(services, &inv), 0);
}

static void
unit_says_what_was_registered(void **state)
{
	struct os_service inv = service();

	(void)state;
	assert_string_equal(os_services_name(services), "systemd");
	assert_int_equal(os_service_check(services, &inv), ERR_NOENT);
	inv.shown = "50% of A\\B\\";
	inv.program = "/bin/a\"b";
	assert_int_equal(os_service_register(services, &inv), ERR_ARG);
	inv.program = "/bin/a b$c%d";
	inv.arguments = "/w  \"two words\" $HOME 5% a\\b \"\"";
	assert_int_equal(os_service_register(services, &inv), 0);
	assert_string_equal(ground_get(UNIT),
	    "# Registered by clisetup; changes are lost.\n"
	    "# Program: /bin/a b$c%d\n"
	    "# 50% of A\\B\\\n"
	    "[Unit]\n"
	    "Description=50%% of A/B/\n"
	    "StartLimitIntervalSec=0\n"
	    "\n"
	    "[Service]\n"
	    "Type=exec\n"
	    "ExecStart=\"/bin/a b$c%%d\" \"/w\" \"two words\" \"$$HOME\" "
	    "\"5%%\" \"a\\\\b\" \"\"\n"
	    "Restart=always\n"
	    "RestartSec=5\n"
	    "TimeoutStopSec=60\n"
	    "\n"
	    "[Install]\n"
	    "WantedBy=multi-user.target\n");
	assert_int_equal(ground_mode(UNIT), 0644);
	assert_string_equal(
	    ground_get("stub/log"), "daemon-reload\nenable INV.service\n");
	assert_int_equal(os_service_check(services, &inv), 0);
	assert_int_equal(os_service_register(services, &inv), 0);
	assert_string_equal(
	    ground_get("stub/log"), "daemon-reload\nenable INV.service\n");
	inv.arguments = NULL;
	assert_int_equal(os_service_check(services, &inv), ERR_CHANGED);
	assert_string_equal(ground_names("etc/systemd/system"), "INV.service ");
}

static void
systemd_finds_no_fault_in_the_unit(void **state)
{
	static const char *const places[] = { "/usr/bin/systemd-analyze",
		"/bin/systemd-analyze" };
	const char *argv[] = { NULL, "verify", ground_path(UNIT), NULL };
	struct os_service inv = service();
	struct os_child *child;
	int code = -1;

	(void)state;
	for (size_t i = 0; i < 2 && argv[0] == NULL; i++) {
		if (access(places[i], X_OK) == 0)
			argv[0] = places[i];
	}
	if (argv[0] == NULL)
		skip();
	inv.shown = "50% of A\\";
	inv.program = ground_path("a b$c%d");
	inv.arguments = "/w  \"two words\" $HOME 5% a\\b \"\"";
	ground_script("a b$c%d", "exit 0\n");
	assert_int_equal(os_service_register(services, &inv), 0);
	assert_int_equal(os_spawn(argv, 0, &child), 0);
	assert_int_equal(os_child_wait(child, LIMIT_MS, &code), 0);
	os_child_free(child);
	assert_int_equal(code, 0);
}

static void
state_is_what_systemd_says(void **state)
{
	static const struct {
		const char *told;
		enum os_service_state is;
	} cases[] = { { "active\n", OS_SERVICE_RUNNING },
		{ "reloading\n", OS_SERVICE_RUNNING },
		{ "inactive\n", OS_SERVICE_STOPPED },
		{ "failed\n", OS_SERVICE_STOPPED },
		{ "activating\n", OS_SERVICE_CHANGING },
		{ "deactivating\n", OS_SERVICE_CHANGING } };

	(void)state;
	registered(OS_START_AUTO);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ground_put("stub/INV.is", cases[i].told);
		assert_int_equal(state_of("INV"), cases[i].is);
	}
	assert_int_equal(os_service_stop(services, "INV", LIMIT_MS), 0);
	assert_int_equal(process_of("INV"), 0);
	assert_int_equal(os_service_start(services, "INV", LIMIT_MS), 0);
	assert_int_equal(process_of("INV"), 4711);
}

static void
start_modes_of_systemd_are_kept_and_obeyed(void **state)
{
	struct os_service inv = service();

	(void)state;
	registered(OS_START_MANUAL);
	assert_int_equal(start_of("INV"), OS_START_MANUAL);
	assert_int_equal(os_service_check(services, &inv), ERR_CHANGED);
	assert_int_equal(
	    os_service_set_start(services, "INV", OS_START_DISABLED), 0);
	assert_int_equal(start_of("INV"), OS_START_DISABLED);
	assert_string_equal(ground_get(UNIT ".d/clisetup.conf"),
	    "[Unit]\nRefuseManualStart=yes\n");
	assert_int_equal(
	    os_service_start(services, "INV", LIMIT_MS), ERR_ACCES);
	assert_int_equal(
	    os_service_set_start(services, "INV", OS_START_DELAYED), 0);
	assert_int_equal(start_of("INV"), OS_START_AUTO);
	assert_false(ground_there(UNIT ".d"));
	assert_int_equal(os_service_check(services, &inv), 0);
	ground_put("stub/INV.static", "");
	assert_int_equal(
	    os_service_set_start(services, "INV", OS_START_MANUAL), 0);
	assert_int_equal(
	    os_service_set_start(services, "INV", OS_START_AUTO), ERR_UNSUP);
}

static void
service_of_systemd_that_does_not_stop_is_ended_by_force(void **state)
{
	(void)state;
	registered(OS_START_AUTO);
	assert_int_equal(os_service_start(services, "INV", LIMIT_MS), 0);
	ground_put("stub/INV.sticks", "");
	assert_int_equal(os_service_stop(services, "INV", 300), 1);
	assert_non_null(
	    strstr(ground_get("stub/log"), "kill --signal=KILL INV.service\n"));
	assert_int_equal(unlink(ground_path("stub/INV.sticks")), 0);
	/* systemd's own limit was shorter than ours. */
	assert_int_equal(os_service_start(services, "INV", LIMIT_MS), 0);
	ground_put("stub/INV.forced", "");
	assert_int_equal(os_service_stop(services, "INV", LIMIT_MS), 1);
}

static void
systemctl_that_fails_or_hangs_is_told(void **state)
{
	struct os_service inv = service();

	(void)state;
	registered(OS_START_AUTO);
	ground_put("stub/INV.fails", "");
	assert_int_equal(os_service_start(services, "INV", 200), ERR_TIMEOUT);
	assert_int_equal(
	    os_service_set_start(services, "INV", OS_START_MANUAL), ERR_IO);
	inv.program = "/bin/none";
	assert_int_equal(os_service_register(services, &inv), ERR_IO);
	assert_int_equal(unlink(ground_path("stub/INV.fails")), 0);
	/* The unit is new, and systemd was told of it: nothing is to be done
	 * again. */
	assert_int_equal(os_service_register(services, &inv), 0);
	assert_int_equal(
	    os_service_start(services, "INV", LIMIT_MS), ERR_NOENT);
	ground_script("bin/systemctl", "exit 1\n");
	assert_int_equal(os_service_start(services, "INV", 200), ERR_IO);
	ground_script("bin/systemctl", "echo no such words\n");
	assert_int_equal(os_service_start(services, "INV", 200), ERR_IO);
}

static void
service_of_systemd_is_forgotten_with_all_that_is_ours(void **state)
{
	(void)state;
	registered(OS_START_DISABLED);
	ground_put("stub/INV.is", "active\n");
	assert_int_equal(os_service_unregister(services, "INV"), 0);
	assert_string_equal(ground_names("etc/systemd/system"), "");
	assert_non_null(strstr(ground_get("stub/log"), "stop INV.service\n"));
	assert_int_equal(os_service_unregister(services, "INV"), ERR_NOENT);

	/* What somebody else put beside the unit is his. */
	registered(OS_START_DISABLED);
	ground_put(UNIT ".d/own.conf", "[Unit]\n");
	assert_int_equal(os_service_unregister(services, "INV"), 0);
	assert_string_equal(
	    ground_names("etc/systemd/system"), "INV.service.d ");
	assert_string_equal(ground_names(UNIT ".d"), "own.conf ");
}

static void
unit_of_others_is_run_and_not_changed(void **state)
{
	struct os_service inv = service();

	(void)state;
	ground_put("stub/INV.there", ""); /* in /usr/lib/systemd/system */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(os_service_check(services, &inv), ERR_EXIST);
		assert_int_equal(
		    os_service_register(services, &inv), ERR_EXIST);
		assert_int_equal(
		    os_service_unregister(services, "INV"), ERR_EXIST);
		assert_int_equal(
		    os_service_start(services, "INV", LIMIT_MS), 0);
		assert_int_equal(state_of("INV"), OS_SERVICE_RUNNING);
		assert_int_equal(os_service_stop(services, "INV", LIMIT_MS), 0);
		assert_int_equal(
		    os_service_set_start(services, "INV", OS_START_DISABLED),
		    0);
		assert_int_equal(start_of("INV"), OS_START_DISABLED);
		assert_int_equal(
		    os_service_set_start(services, "INV", OS_START_AUTO), 0);
		if (i == 0) {
			ground_put(UNIT, "[Unit]\n");
		} else if (i == 1) {
			assert_string_equal(ground_get(UNIT), "[Unit]\n");
			ground_move(UNIT, "elsewhere");
			ground_link(ground_path("elsewhere"), UNIT);
		}
	}
	assert_true(ground_is_link(UNIT));
}

static int
note(void *arg, const char *name)
{
	strcat(strcat(arg, name), " ");
	return 0;
}

static int
note_and_end(void *arg, const char *name)
{
	note(arg, name);
	return 7;
}

static void
dependents_of_systemd_come_in_the_order_of_stopping(void **state)
{
	static const char *const all[] = { "A", "B", "C", "D" };
	char names[64] = "", rel[32];

	(void)state;
	registered(OS_START_AUTO);
	for (size_t i = 0; i < 4; i++) {
		strcat(strcat(strcpy(rel, "stub/"), all[i]), ".there");
		ground_put(rel, "");
		strcat(strcat(strcpy(rel, "stub/"), all[i]), ".is");
		ground_put(rel, i < 3 ? "active\n" : "inactive\n");
	}
	ground_put("stub/INV.by",
	    "RequiredBy=multi-user.target A.service x@y.service D.service\n"
	    "BoundBy=B.service\n");
	ground_put("stub/A.by", "RequiredBy=B.service C.service\nBoundBy=\n");
	ground_put("stub/C.by", "BoundBy=INV.service\n"); /* in a circle */
	assert_int_equal(
	    os_service_dependents(services, "INV", note, names), 0);
	assert_string_equal(names, "B C A ");
	names[0] = '\0';
	assert_int_equal(
	    os_service_dependents(services, "INV", note_and_end, names), 7);
	assert_string_equal(names, "B ");
}

static void
systemctl_that_hangs_hangs_nobody(void **state)
{
	struct os_service_info info;

	(void)state;
	ground_put("stub/hangs", "");
	assert_int_equal(os_service_look(services, "INV", &info), ERR_TIMEOUT);
}

#define SYSTEMD(test) \
	cmocka_unit_test_setup_teardown(test, systemd_setup, services_teardown)

int
test_posix_services_systemd(void)
{
	const struct CMUnitTest tests[] = {
		SYSTEMD(unit_says_what_was_registered),
		SYSTEMD(systemd_finds_no_fault_in_the_unit),
		SYSTEMD(state_is_what_systemd_says),
		SYSTEMD(start_modes_of_systemd_are_kept_and_obeyed),
		SYSTEMD(
		    service_of_systemd_that_does_not_stop_is_ended_by_force),
		SYSTEMD(systemctl_that_fails_or_hangs_is_told),
		SYSTEMD(systemctl_that_hangs_hangs_nobody),
		SYSTEMD(service_of_systemd_is_forgotten_with_all_that_is_ours),
		SYSTEMD(unit_of_others_is_run_and_not_changed),
		SYSTEMD(dependents_of_systemd_come_in_the_order_of_stopping),
	};

	return cmocka_run_group_tests_name(
	    "services with systemd", tests, NULL, NULL);
}
