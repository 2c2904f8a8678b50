/* Services with runit: the real runsvdir over a folder of the test's own. */
#include "services_ground.h"

#include <sys/stat.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Notes each of its words in a line, then the end of the line, and sleeps. */
static const char sleeper[] =
    "cd \"${0%/*}\" || exit 1\n"
    "for word; do printf '<%s>' \"$word\"; done >>log\n"
    "echo >>log\n"
    "exec sleep 1000\n";

static struct os_service
service(const char *program)
{
	return (struct os_service){ "INV", "Client Inventory",
		ground_path(program), NULL, OS_START_AUTO };
}

/* Registered while no runsvdir is there, which would take 5 s to see it. */
static void
registered(const char *text, enum os_service_start start)
{
	struct os_service inv = service("inv");

	if (services == NULL)
		skip();
	inv.start = start;
	ground_script("inv", text);
	assert_int_equal(os_service_register(services, &inv), 0);
	ground_runsvdir();
}

static void
new_service_is_not_started_and_runs_when_told(void **state)
{
	struct os_service inv = service("a b'c$d");
	uint64_t process;

	(void)state;
	ground_runsvdir();
	ground_script("a b'c$d", sleeper);
	inv.arguments = "/w  \"two words\" it's $HOME `x` \"\" a\\b";
	assert_int_equal(os_service_register(services, &inv), 0);
	assert_int_equal(os_service_check(services, &inv), 0);
	assert_int_equal(start_of("INV"), OS_START_AUTO);
	assert_true(ground_there("etc/service/INV/supervise/ok"));
	assert_int_equal(state_of("INV"), OS_SERVICE_STOPPED);
	assert_string_equal(ground_get("log"), "(none)");
	assert_int_equal(os_service_start(services, "INV", LIMIT_MS), 0);
	process = process_of("INV");
	assert_int_not_equal(process, 0);
	while (strchr(ground_get("log"), '\n') == NULL)
		poll(NULL, 0, 5);
	assert_string_equal(
	    ground_get("log"), "</w><two words><it's><$HOME><`x`><><a\\b>\n");
	assert_int_equal(os_service_start(services, "INV", LIMIT_MS), 0);
	assert_int_equal(os_service_register(services, &inv), 0);
	assert_int_equal(process_of("INV"), process);
	assert_int_equal(os_service_unregister(services, "INV"), 0);
	assert_int_equal(kill((pid_t)process, 0), -1);
	assert_string_equal(ground_names("etc/service"), "");
}

static void
service_that_died_is_started_again_and_stays_stopped_when_told(void **state)
{
	uint64_t process;

	(void)state;
	registered(sleeper, OS_START_AUTO);
	await_state("INV", OS_SERVICE_RUNNING);
	process = process_of("INV");
	assert_int_equal(kill((pid_t)process, SIGKILL), 0);
	while (process_of("INV") == 0 || process_of("INV") == process)
		poll(NULL, 0, 5);
	process = process_of("INV");
	assert_int_equal(os_service_stop(services, "INV", LIMIT_MS), 0);
	assert_int_equal(state_of("INV"), OS_SERVICE_STOPPED);
	assert_int_equal(kill((pid_t)process, 0), -1);
	assert_int_equal(os_service_stop(services, "INV", LIMIT_MS), 0);
	assert_int_equal(start_of("INV"), OS_START_AUTO);
}

static void
changed_registration_leaves_alone_what_runs(void **state)
{
	struct os_service inv;
	uint64_t process;

	(void)state;
	registered(sleeper, OS_START_AUTO);
	await_state("INV", OS_SERVICE_RUNNING);
	process = process_of("INV");
	inv = service("inv");
	inv.arguments = "new";
	assert_int_equal(os_service_check(services, &inv), ERR_CHANGED);
	assert_int_equal(os_service_register(services, &inv), 0);
	assert_int_equal(os_service_check(services, &inv), 0);
	assert_int_equal(process_of("INV"), process);
	assert_int_equal(os_service_stop(services, "INV", LIMIT_MS), 0);
	assert_int_equal(os_service_start(services, "INV", LIMIT_MS), 0);
	while (strcmp(ground_get("log"), "\n<new>\n") != 0)
		poll(NULL, 0, 5);
	inv.shown = "Inventory";
	assert_int_equal(os_service_check(services, &inv), ERR_CHANGED);
}

static void
start_modes_are_kept_and_obeyed(void **state)
{
	struct os_service inv;

	(void)state;
	registered(sleeper, OS_START_MANUAL);
	inv = service("inv");
	assert_int_equal(start_of("INV"), OS_START_MANUAL);
	assert_int_equal(os_service_check(services, &inv), ERR_CHANGED);
	assert_int_equal(os_service_start(services, "INV", LIMIT_MS), 0);
	assert_int_equal(
	    os_service_set_start(services, "INV", OS_START_DISABLED), 0);
	assert_int_equal(start_of("INV"), OS_START_DISABLED);
	assert_int_equal(state_of("INV"), OS_SERVICE_RUNNING);
	assert_int_equal(os_service_stop(services, "INV", LIMIT_MS), 0);
	assert_int_equal(
	    os_service_start(services, "INV", LIMIT_MS), ERR_ACCES);
	assert_int_equal(
	    os_service_set_start(services, "INV", OS_START_DELAYED), 0);
	assert_int_equal(start_of("INV"), OS_START_AUTO);
	inv.start = OS_START_DELAYED;
	assert_int_equal(os_service_check(services, &inv), 0);
	assert_false(ground_there("etc/service/INV/down"));
	assert_int_equal(state_of("INV"), OS_SERVICE_STOPPED);
}

static void
service_that_does_not_stop_is_ended_by_force(void **state)
{
	uint64_t process;

	(void)state;
	registered("trap '' TERM\ncd \"${0%/*}\" || exit 1\necho >>log\n"
		   "for i in $(seq 600); do sleep 0.1; done\n",
	    OS_START_AUTO);
	while (strcmp(ground_get("log"), "\n") != 0)
		poll(NULL, 0, 5);
	process = process_of("INV");
	assert_int_equal(os_service_stop(services, "INV", 300), 1);
	assert_int_equal(state_of("INV"), OS_SERVICE_STOPPED);
	assert_int_equal(kill((pid_t)process, 0), -1);
}

static void
service_that_dies_again_and_again_is_seen_and_stopped(void **state)
{
	(void)state;
	registered("cd \"${0%/*}\" || exit 1\nprintf x >>log\nexit 1\n",
	    OS_START_AUTO);
	while (strlen(ground_get("log")) < 2 ||
	    strcmp(ground_get("log"), "(none)") == 0)
		poll(NULL, 0, 5);
	await_state("INV", OS_SERVICE_CHANGING);
	assert_int_equal(os_service_stop(services, "INV", LIMIT_MS), 0);
	assert_int_equal(state_of("INV"), OS_SERVICE_STOPPED);
}

static void
program_that_cannot_be_started_is_told(void **state)
{
	(void)state;
	registered(sleeper, OS_START_MANUAL);
	assert_int_equal(chmod(ground_path("inv"), 0644), 0);
	assert_int_equal(os_service_start(services, "INV", 300), ERR_ACCES);
	assert_int_equal(unlink(ground_path("inv")), 0);
	assert_int_equal(os_service_start(services, "INV", 300), ERR_NOENT);
	ground_folder("inv");
	assert_int_equal(os_service_start(services, "INV", 300), ERR_ACCES);
	assert_int_equal(state_of("INV"), OS_SERVICE_STOPPED);
}

/* `rel` is where the folder of the service stands. */
static void
check_foreign(const char *rel)
{
	struct os_service inv = service("inv");
	char run[64];

	snprintf(run, sizeof run, "%s/run", rel);
	assert_int_equal(os_service_check(services, &inv), ERR_EXIST);
	assert_int_equal(os_service_register(services, &inv), ERR_EXIST);
	assert_int_equal(os_service_unregister(services, "INV"), ERR_EXIST);
	assert_string_equal(ground_get(run), "#!/bin/sh\nexec sleep 1000\n");
	await_state("INV", OS_SERVICE_RUNNING);
	assert_int_equal(os_service_stop(services, "INV", LIMIT_MS), 0);
	assert_int_equal(os_service_start(services, "INV", LIMIT_MS), 0);
	assert_int_equal(
	    os_service_set_start(services, "INV", OS_START_MANUAL), 0);
	assert_int_equal(start_of("INV"), OS_START_MANUAL);
}

static void
foreign_service_is_run_and_not_changed(void **state)
{
	(void)state;
	ground_folder("etc/service/INV");
	ground_script("etc/service/INV/run", "exec sleep 1000\n");
	ground_runsvdir();
	check_foreign("etc/service/INV");
}

static void
foreign_service_behind_a_link_is_run_and_not_changed(void **state)
{
	(void)state;
	ground_folder("INV");
	ground_script("INV/run", "exec sleep 1000\n");
	ground_link(ground_path("INV"), "etc/service/INV");
	ground_runsvdir();
	check_foreign("INV");
}

static void
link_as_script_is_never_ours(void **state)
{
	struct os_service inv;

	(void)state;
	registered(sleeper, OS_START_MANUAL);
	inv = service("inv");
	ground_move("etc/service/INV/run", "elsewhere");
	ground_link(ground_path("elsewhere"), "etc/service/INV/run");
	assert_int_equal(os_service_check(services, &inv), ERR_EXIST);
	assert_int_equal(os_service_register(services, &inv), ERR_EXIST);
	assert_true(ground_is_link("etc/service/INV/run"));
}

static void
what_a_run_that_was_ended_left_is_mended(void **state)
{
	struct os_service inv = service("inv");

	(void)state;
	if (services == NULL)
		skip();
	ground_script("inv", sleeper);
	ground_folder("etc/service/.INV.new.tmp");
	ground_put("etc/service/.INV.new.tmp/run", "half");
	assert_int_equal(os_service_register(services, &inv), 0);
	assert_string_equal(ground_names("etc/service"), "INV ");
	assert_string_equal(ground_names("etc/service/INV"), "run ");
	ground_put("etc/service/INV/down", "new\n");
	assert_int_equal(os_service_check(services, &inv), ERR_CHANGED);
	assert_int_equal(os_service_register(services, &inv), 0);
	assert_int_equal(os_service_check(services, &inv), 0);
	ground_folder("etc/service/.INV.old.tmp");
	ground_put("etc/service/.INV.old.tmp/run", "old");
	assert_int_equal(os_service_unregister(services, "INV"), 0);
	assert_string_equal(ground_names("etc/service"), "");
}

static void
names_and_words_that_fit_no_definition_are_refused(void **state)
{
	static const char *const bad[] = { "", ".", "..", ".x", "a/b", "a b",
		"a\nb", "\xc3\xa4",
		("0123456789012345678901234567890123456789"
		 "01234567890123456789012345678901234567890") };
	struct os_service_info info;
	struct os_service inv;

	(void)state;
	if (services == NULL)
		skip();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		inv = service("inv");
		inv.name = bad[i];
		assert_int_equal(os_service_register(services, &inv), ERR_NAME);
		assert_int_equal(
		    os_service_look(services, bad[i], &info), ERR_NAME);
	}
	inv = service("inv");
	inv.arguments = "a\nb";
	assert_int_equal(os_service_register(services, &inv), ERR_ARG);
	inv = service("inv");
	inv.shown = "a\nrm -rf /";
	assert_int_equal(os_service_register(services, &inv), ERR_ARG);
	inv = service("inv");
	inv.program = "inv";
	assert_int_equal(os_service_register(services, &inv), ERR_ARG);
	assert_int_equal(os_service_look(services, "INV", &info), ERR_NOENT);
	assert_int_equal(os_service_unregister(services, "INV"), ERR_NOENT);
	assert_int_equal(
	    os_service_set_start(services, "INV", OS_START_AUTO), ERR_NOENT);
	assert_string_equal(ground_names("etc/service"), "");
}

static void
command_that_hangs_hangs_nobody(void **state)
{
	struct os_services *own;

	(void)state;
	registered(sleeper, OS_START_MANUAL);
	while (!ground_there("etc/service/INV/supervise/status"))
		poll(NULL, 0, 5);
	ground_folder("bin");
	ground_script("bin/sv", "exec /bin/sleep 1000\n");
	ground_env("PATH", ground_path("bin"));
	assert_int_equal(os_services_open(NULL, &own), 0);
	assert_int_equal(os_service_start(own, "INV", 300), ERR_TIMEOUT);
	os_services_close(own);
}

/* A service that no runsv of ours stands over, as `sv` alone knows it. */
static void
without_a_status_file_sv_is_asked(void **state)
{
	struct os_services *own;
	struct os_service_info info;

	(void)state;
	registered(sleeper, OS_START_AUTO);
	ground_folder("bin");
	ground_script("bin/sv",
	    "case $1$3 in\n"
	    "status*) [ -e \"$2/up\" ] && echo \"run: $2: (pid 77) 9s\" ||\n"
	    "\techo \"down: $2: 9s\" ;;\n"
	    "-wstart) : >\"$4/up\" ;;\n"
	    "esac\n");
	ground_env("PATH", ground_path("bin"));
	assert_int_equal(os_services_open(NULL, &own), 0);
	assert_int_equal(os_service_look(own, "INV", &info), 0);
	assert_true(info.state == OS_SERVICE_STOPPED);
	assert_int_equal(os_service_start(own, "INV", LIMIT_MS), 0);
	assert_int_equal(os_service_look(own, "INV", &info), 0);
	assert_true(info.state == OS_SERVICE_RUNNING);
	assert_int_equal(info.process, 77);
	os_services_close(own);
}

static int
body_of_stop(void *arg)
{
	(void)arg;
	os_stop_catch();
	kill(getpid(), SIGTERM);
	if (!os_stop_asked())
		return -1;
	if (os_service_start(services, "INV", LIMIT_MS) != 0)
		return -2;
	return os_service_stop(services, "INV", LIMIT_MS) == 0 ? 0 : -3;
}

static void
request_to_stop_cuts_no_service_short(void **state)
{
	(void)state;
	registered(sleeper, OS_START_MANUAL);
	assert_int_equal(in_child(body_of_stop, NULL), 0);
}

static void
manager_is_chosen_once_or_there_is_none(void **state)
{
	struct os_services *own;

	(void)state;
	assert_int_equal(os_services_open("PLN-1", &own), ERR_UNSUP);
	assert_null(own);
	ground_env("PATH", ground_path("nowhere"));
	assert_int_equal(os_services_open(NULL, &own), ERR_UNSUP);
	ground_folder("bin");
	ground_script("bin/sv", "exit 1\n");
	ground_env("PATH", ground_path("bin"));
	assert_int_equal(os_services_open(NULL, &own), 0);
	assert_string_equal(os_services_name(own), "runit");
	os_services_close(own);
	ground_env("SVDIR", ground_path("none"));
	assert_int_equal(os_services_open(NULL, &own), ERR_UNSUP);
	ground_env("SVDIR", NULL);
	assert_int_equal(rmdir(ground_path("etc/service")), 0);
	assert_int_equal(os_services_open(NULL, &own), ERR_UNSUP);
	assert_null(own);
}

static int
double_it(void *arg)
{
	return *(int *)arg * 2;
}

static void
work_of_a_service_is_done_here(void **state)
{
	int number = 21;

	(void)state;
	assert_int_equal(os_as_service("INV", double_it, &number), 42);
}

#define RUNIT(test) \
	cmocka_unit_test_setup_teardown(test, runit_setup, services_teardown)

int
test_posix_services(void)
{
	const struct CMUnitTest tests[] = {
		RUNIT(new_service_is_not_started_and_runs_when_told),
		RUNIT(
		    service_that_died_is_started_again_and_stays_stopped_when_told),
		RUNIT(changed_registration_leaves_alone_what_runs),
		RUNIT(start_modes_are_kept_and_obeyed),
		RUNIT(service_that_does_not_stop_is_ended_by_force),
		RUNIT(service_that_dies_again_and_again_is_seen_and_stopped),
		RUNIT(program_that_cannot_be_started_is_told),
		RUNIT(foreign_service_is_run_and_not_changed),
		RUNIT(foreign_service_behind_a_link_is_run_and_not_changed),
		RUNIT(link_as_script_is_never_ours),
		RUNIT(what_a_run_that_was_ended_left_is_mended),
		RUNIT(names_and_words_that_fit_no_definition_are_refused),
		RUNIT(command_that_hangs_hangs_nobody),
		RUNIT(without_a_status_file_sv_is_asked),
		RUNIT(request_to_stop_cuts_no_service_short),
		RUNIT(manager_is_chosen_once_or_there_is_none),
		RUNIT(work_of_a_service_is_done_here),
	};

	return cmocka_run_group_tests_name(
	    "services with runit", tests, NULL, NULL);
}
