/*
 * Services, with the real service manager: $TEST_SERVICE is the program of
 * tests/wine/service.c, which says in a file what happens to it. Each test has a
 * service of its own, forgotten at its end.
 */
#include "win32_ground.h"

#include "manager.h"
#include "programs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME	 "CLISETUP_TEST"
#define WIDE	 L"CLISETUP_TEST"
#define LIMIT_MS 20000

static struct os_services *services;
static char program[4096], arguments[8192];
static struct os_service service;

/* A service of this behaviour: `mode` and what follows it. */
static void
describe(const char *mode)
{
	const char *path = getenv("TEST_SERVICE");

	assert_non_null(path);
	snprintf(program, sizeof(program), "%s", path);
	snprintf(arguments, sizeof(arguments), NAME " \"%s\" %s",
	    ground_path("log"), mode);
	service.name = NAME;
	service.shown = "Test of services";
	service.program = program;
	service.arguments = arguments;
	service.start = OS_START_MANUAL;
}

static void
delete_it(const WCHAR *name)
{
	SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
	SC_HANDLE handle = OpenServiceW(manager, name, DELETE);

	if (handle != NULL) {
		DeleteService(handle);
		CloseServiceHandle(handle);
	}
	CloseServiceHandle(manager);
}

static int
start(void **state)
{
	int r = ground_setup(state);

	manager_reset();
	return r == 0 ? os_services_open(NULL, &services) : r;
}

static int
finish(void **state)
{
	manager_reset();
	os_service_stop(services, NAME, 0);
	os_service_unregister(services, NAME);
	delete_it(WIDE);
	os_services_close(services);
	services = NULL;
	return ground_teardown(state);
}

static struct os_service_info
look(void)
{
	struct os_service_info info;

	assert_int_equal(os_service_look(services, NAME, &info), 0);
	return info;
}

static void
register_it(const char *mode)
{
	describe(mode);
	assert_int_equal(os_service_register(services, &service), 0);
}

static void
start_it(const char *mode)
{
	register_it(mode);
	assert_int_equal(os_service_start(services, NAME, LIMIT_MS), 0);
}

/* Waits until the service has said so. */
static void
await(const char *text)
{
	for (int i = 0; i < LIMIT_MS / 20; i++) {
		if (strcmp(ground_get("log"), text) == 0)
			return;
		Sleep(20);
	}
	assert_string_equal(ground_get("log"), text);
}

static void
a_service_lives_from_registration_to_oblivion(void **state)
{
	struct os_service_info info;

	(void)state;
	describe("good");
	assert_int_equal(os_service_check(services, &service), ERR_NOENT);
	assert_int_equal(os_service_register(services, &service), 0);
	assert_int_equal(os_service_check(services, &service), 0);
	info = look();
	assert_int_equal(info.state, OS_SERVICE_STOPPED);
	assert_int_equal(info.start, OS_START_MANUAL);
	assert_int_equal(info.process, 0);
	assert_int_equal(os_service_start(services, NAME, LIMIT_MS), 0);
	info = look();
	assert_int_equal(info.state, OS_SERVICE_RUNNING);
	assert_int_not_equal(info.process, 0);
	assert_int_equal(os_service_start(services, NAME, LIMIT_MS), 0);
	assert_int_equal(os_service_stop(services, NAME, LIMIT_MS), 0);
	assert_int_equal(look().state, OS_SERVICE_STOPPED);
	assert_int_equal(os_service_stop(services, NAME, LIMIT_MS), 0);
	assert_string_equal(ground_get("log"), NAME " start\n" NAME " stop\n");
	assert_int_equal(os_service_unregister(services, NAME), 0);
}

static void
a_service_that_is_not_there_is_said_to_be_none(void **state)
{
	struct os_service_info info;

	(void)state;
	describe("good");
	assert_int_equal(os_service_look(services, NAME, &info), ERR_NOENT);
	assert_int_equal(os_service_check(services, &service), ERR_NOENT);
	assert_int_equal(os_service_start(services, NAME, 100), ERR_NOENT);
	assert_int_equal(os_service_stop(services, NAME, 100), ERR_NOENT);
	assert_int_equal(os_service_unregister(services, NAME), ERR_NOENT);
	assert_int_equal(
	    os_service_set_start(services, NAME, OS_START_AUTO), ERR_NOENT);
	assert_int_equal(
	    os_service_dependents(services, NAME, NULL, NULL), ERR_NOENT);
}

static void
a_service_that_runs_is_stopped_before_it_is_forgotten(void **state)
{
	struct os_service_info info;

	(void)state;
	start_it("good");
	assert_int_equal(os_service_unregister(services, NAME), 0);
	assert_int_equal(os_service_look(services, NAME, &info), ERR_NOENT);
	assert_string_equal(ground_get("log"), NAME " start\n" NAME " stop\n");
}

/* Registered with `change` it is no longer what it was, and then it is. */
static void
changed(void)
{
	assert_int_equal(os_service_check(services, &service), ERR_CHANGED);
	assert_int_equal(os_service_register(services, &service), 0);
	assert_int_equal(os_service_check(services, &service), 0);
}

static void
what_differs_is_told_and_changed_while_it_runs(void **state)
{
	struct os_service_info info;

	(void)state;
	start_it("good");
	info = look();
	service.shown = "Test of services \xc3\xa4";
	changed();
	strcat(arguments, " more");
	changed();
	service.start = OS_START_DISABLED;
	changed();
	assert_int_equal(look().start, OS_START_DISABLED);
	service.start = OS_START_AUTO;
	changed();
	assert_int_equal(look().start, OS_START_AUTO);
	service.arguments = NULL;
	changed();
	assert_int_equal(look().process, info.process);
	assert_string_equal(ground_get("log"), NAME " start\n");
	assert_int_equal(os_service_unregister(services, NAME), 0);
}

/* Somebody else's service, of our program. */
static SC_HANDLE
foreign(const WCHAR *line)
{
	SC_HANDLE manager = OpenSCManagerW(
	    NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
	SC_HANDLE handle = CreateServiceW(manager, WIDE, L"somebody's",
	    SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS, SERVICE_DEMAND_START,
	    SERVICE_ERROR_NORMAL, line, NULL, NULL, NULL, NULL, NULL);

	assert_non_null(handle);
	CloseServiceHandle(manager);
	return handle;
}

static void
what_others_registered_is_left_alone(void **state)
{
	SC_HANDLE handle = foreign(L"C:\\nowhere.exe");
	SERVICE_DESCRIPTIONW text = { (WCHAR[]){ L"clisetup of somebody" } };

	(void)state;
	describe("good");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    os_service_check(services, &service), ERR_EXIST);
		assert_int_equal(
		    os_service_register(services, &service), ERR_EXIST);
		assert_int_equal(
		    os_service_unregister(services, NAME), ERR_EXIST);
		assert_true(ChangeServiceConfig2W(
		    handle, SERVICE_CONFIG_DESCRIPTION, &text));
	}
	CloseServiceHandle(handle);
	/* Its start mode alone may be set. */
	assert_int_equal(
	    os_service_set_start(services, NAME, OS_START_DISABLED), 0);
	assert_int_equal(look().start, OS_START_DISABLED);
}

/* As it stands when we were cut off between its two steps. */
static void
a_registration_that_was_cut_off_is_completed(void **state)
{
	WCHAR line[8192];

	(void)state;
	describe("good");
	swprintf(line, 8192, L"\"%hs\" " WIDE L" %hs good",
	    getenv("TEST_SERVICE"), ground_path("log"));
	CloseServiceHandle(foreign(line));
	assert_int_equal(os_service_check(services, &service), ERR_CHANGED);
	assert_int_equal(os_service_register(services, &service), 0);
	assert_int_equal(os_service_check(services, &service), 0);
	assert_int_equal(os_service_unregister(services, NAME), 0);
}

static void
names_that_are_none_are_refused(void **state)
{
	static const char longest[] =
	    "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"
	    "eeeeeeeeeeffffffffffgggggggggghhhhhhhhhh";
	const char *const bad[] = { "", ".x", "a b", "a/b", "a\\b", "\xc3\xa4",
		"a\n",
		"aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"
		"eeeeeeeeeeffffffffffgggggggggghhhhhhhhhhi" };
	struct os_service_info info;

	(void)state;
	describe("good");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		service.name = bad[i];
		assert_int_equal(
		    os_service_look(services, bad[i], &info), ERR_NAME);
		assert_int_equal(
		    os_service_register(services, &service), ERR_NAME);
		assert_int_equal(
		    os_service_unregister(services, bad[i]), ERR_NAME);
	}
	assert_int_equal(os_service_look(services, longest, &info), ERR_NOENT);
	/* What the system would put in place of it is nobody's to foresee. */
	describe("good %PATH%");
	assert_int_equal(os_service_register(services, &service), ERR_NAME);
	describe("good 100%");
	assert_int_equal(os_service_register(services, &service), 0);
	assert_int_equal(os_service_check(services, &service), 0);
}

static void
words_come_in_as_they_were(void **state)
{
	(void)state;
	start_it("tell \"two words\" a\\b \"C:\\last one\\\" \"\"  x\ty");
	await(NAME " start\n" NAME " word <two words>\n" NAME
		   " word <a\\b>\n" NAME " word <C:\\last one\\>\n" NAME
		   " word <>\n" NAME " word <x>\n" NAME " word <y>\n");
}

static void
one_that_hangs_on_stop_is_ended(void **state)
{
	static const char *const modes[] = { "hang", "deaf" };
	struct os_service_info info;
	DWORD code;

	(void)state;
	for (int i = 0; i < 2; i++) {
		start_it(modes[i]);
		info = look();
		HANDLE process = OpenProcess(
		    SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE,
		    (DWORD)info.process);

		assert_non_null(process);
		assert_int_equal(os_service_stop(services, NAME, 2000), 1);
		assert_int_equal(look().state, OS_SERVICE_STOPPED);
		assert_int_equal(
		    WaitForSingleObject(process, 0), WAIT_OBJECT_0);
		assert_true(GetExitCodeProcess(process, &code));
		assert_int_equal(code, 137);
		CloseHandle(process);
		assert_int_equal(os_service_check(services, &service), 0);
	}
	assert_string_equal(ground_get("log"),
	    NAME " start\n" NAME " stop\n" NAME " start\n" NAME " stop\n");
}

static void
a_stop_waits_for_the_end_of_the_process(void **state)
{
	(void)state;
	start_it("linger");
	assert_int_equal(os_service_stop(services, NAME, LIMIT_MS), 0);
	assert_string_equal(
	    ground_get("log"), NAME " start\n" NAME " stop\n" NAME " gone\n");
}

static void
one_that_ends_by_itself_is_seen(void **state)
{
	(void)state;
	register_it("die");
	os_service_start(services, NAME, LIMIT_MS);
	await(NAME " start\n");
	for (int i = 0; i < LIMIT_MS / 20; i++) {
		if (look().state == OS_SERVICE_STOPPED)
			break;
		Sleep(20);
	}
	assert_int_equal(look().state, OS_SERVICE_STOPPED);
	assert_int_equal(look().process, 0);
	assert_int_equal(os_service_stop(services, NAME, LIMIT_MS), 0);
	describe("good");
	assert_int_equal(os_service_register(services, &service), 0);
	assert_int_equal(os_service_start(services, NAME, LIMIT_MS), 0);
	await(NAME " start\n" NAME " start\n");
}

static void
one_that_does_not_come_up_is_told(void **state)
{
	char *missing;

	(void)state;
	register_it("refuse");
	assert_int_equal(
	    os_service_start(services, NAME, LIMIT_MS), ERR_TIMEOUT);
	assert_string_equal(ground_get("log"), NAME " refuses\n");
	describe("slow");
	assert_int_equal(os_service_register(services, &service), 0);
	assert_int_equal(os_service_start(services, NAME, 200), ERR_TIMEOUT);
	assert_int_equal(look().state, OS_SERVICE_CHANGING);
	assert_int_equal(os_service_start(services, NAME, LIMIT_MS), 0);
	assert_int_equal(os_service_stop(services, NAME, LIMIT_MS), 0);
	missing = ground_path("none.exe");
	service.program = missing;
	assert_int_equal(os_service_register(services, &service), 0);
	assert_int_equal(os_service_start(services, NAME, LIMIT_MS), ERR_NOENT);
}

static void
start_modes_are_kept(void **state)
{
	static const enum os_service_start modes[] = { OS_START_AUTO,
		OS_START_MANUAL, OS_START_DISABLED, OS_START_DELAYED };

	(void)state;
	register_it("good");
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(
		    os_service_set_start(services, NAME, modes[i]), 0);
		service.start = modes[i];
		assert_int_equal(os_service_check(services, &service), 0);
		assert_int_equal(look().start, modes[i]);
	}
	assert_int_equal(
	    os_service_set_start(services, NAME, OS_START_DISABLED), 0);
	assert_int_equal(os_service_start(services, NAME, LIMIT_MS), ERR_ACCES);
	assert_string_equal(ground_get("log"), "(none)");
}

static void
what_is_being_deleted_is_busy(void **state)
{
	SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
	SC_HANDLE handle;

	(void)state;
	register_it("good");
	handle = OpenServiceW(manager, WIDE, SERVICE_QUERY_STATUS);
	assert_non_null(handle);
	assert_int_equal(os_service_unregister(services, NAME), ERR_BUSY);
	assert_int_equal(os_service_register(services, &service), ERR_BUSY);
	assert_int_equal(os_service_unregister(services, NAME), ERR_BUSY);
	CloseServiceHandle(handle);
	CloseServiceHandle(manager);
	assert_int_equal(os_service_register(services, &service), 0);
}

static void
recovery_and_delay_are_part_of_the_registration(void **state)
{
	SERVICE_DELAYED_AUTO_START_INFO delayed = { FALSE };
	SC_ACTION ours[] = { { SC_ACTION_RESTART, 5000 },
		{ SC_ACTION_RESTART, 30000 }, { SC_ACTION_RESTART, 300000 } };
	SC_ACTION later[] = { { SC_ACTION_RESTART, 5000 },
		{ SC_ACTION_RESTART, 30000 }, { SC_ACTION_RESTART, 300001 } };
	SERVICE_FAILURE_ACTIONSW fewer = {
		.dwResetPeriod = 86400, .cActions = 2, .lpsaActions = ours
	};
	SERVICE_FAILURE_ACTIONSW slower = {
		.dwResetPeriod = 86400, .cActions = 3, .lpsaActions = later
	};
	SERVICE_FAILURE_ACTIONSW longer = {
		.dwResetPeriod = 86401, .cActions = 3, .lpsaActions = ours
	};
	SERVICE_FAILURE_ACTIONS_FLAG flag = { FALSE };
	const struct {
		DWORD level;
		void *data;
	} others[] = {
		{ SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delayed },
		{ SERVICE_CONFIG_FAILURE_ACTIONS, &fewer },
		{ SERVICE_CONFIG_FAILURE_ACTIONS, &slower },
		{ SERVICE_CONFIG_FAILURE_ACTIONS, &longer },
		{ SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &flag },
	};
	SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
	SC_HANDLE handle;

	(void)state;
	describe("good");
	service.start = OS_START_DELAYED;
	assert_int_equal(os_service_register(services, &service), 0);
	assert_string_equal(manager_said(), "delayed 1 actions 3 flag 1 ");
	assert_int_equal(look().start, OS_START_DELAYED);
	handle = OpenServiceW(manager, WIDE, SERVICE_ALL_ACCESS);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(os_service_check(services, &service), 0);
		assert_true(ChangeServiceConfig2W(
		    handle, others[i].level, others[i].data));
		assert_int_equal(
		    os_service_check(services, &service), ERR_CHANGED);
		assert_int_equal(os_service_register(services, &service), 0);
	}
	CloseServiceHandle(handle);
	CloseServiceHandle(manager);
}

/* Its end by force is no failure to start it again after. */
static void
one_that_is_ended_is_not_started_again(void **state)
{
	SC_ACTION action = { SC_ACTION_REBOOT, 5000 };
	SERVICE_FAILURE_ACTIONSW actions = { .cActions = 1,
		.lpsaActions = &action };
	SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
	SC_HANDLE handle;

	(void)state;
	start_it("hang");
	assert_int_equal(os_service_stop(services, NAME, 1000), 1);
	assert_string_equal(
	    manager_said(), "delayed 0 actions 3 flag 1 actions 0 actions 3 ");
	assert_int_equal(os_service_check(services, &service), 0);
	/* Windows asks for a privilege before it takes such an action. */
	if (is_wine()) {
		assert_int_equal(os_service_start(services, NAME, LIMIT_MS), 0);
		handle = OpenServiceW(manager, WIDE, SERVICE_ALL_ACCESS);
		assert_true(ChangeServiceConfig2W(
		    handle, SERVICE_CONFIG_FAILURE_ACTIONS, &actions));
		assert_int_equal(
		    os_service_stop(services, NAME, 200), ERR_TIMEOUT);
		assert_int_not_equal(look().process, 0);
		CloseServiceHandle(handle);
		manager_reset();
		assert_int_equal(os_service_stop(services, NAME, 200), 1);
	}
	CloseServiceHandle(manager);
}

static int
note(void *arg, const char *name)
{
	strcat(arg, name);
	strcat(arg, " ");
	return 0;
}

static int
stop_there(void *arg, const char *name)
{
	(void)name;
	++*(int *)arg;
	return ERR_STOP;
}

static void
who_needs_it_is_told_and_keeps_it_running(void **state)
{
	static const WCHAR *const needed[] = { WIDE L"3", WIDE L"2", NULL };
	SC_HANDLE manager, handles[2];
	char names[256] = "";
	WCHAR line[8192], name[64], after[64];
	int count = 0;

	(void)state;
	start_it("good");
	manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS);
	assert_int_equal(os_service_dependents(services, NAME, note, names), 0);
	assert_string_equal(names, "");
	/* The third needs the second, which needs the first. */
	for (int i = 0; i < 2; i++) {
		swprintf(name, 64, WIDE L"%d", i + 2);
		memset(after, 0, sizeof(after));
		swprintf(after, 63, i == 0 ? WIDE : WIDE L"2");
		swprintf(line, 8192, L"\"%hs\" %ls \"%hs\" good",
		    getenv("TEST_SERVICE"), name, ground_path("others"));
		handles[i] = CreateServiceW(manager, name, name,
		    SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS,
		    SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL, line, NULL,
		    NULL, after, NULL, NULL);
		assert_non_null(handles[i]);
	}
	assert_int_equal(os_service_start(services, NAME "3", LIMIT_MS), 0);
	manager_needed(needed);
	assert_int_equal(os_service_dependents(services, NAME, note, names), 0);
	assert_string_equal(names, NAME "3 " NAME "2 ");
	assert_int_equal(
	    os_service_dependents(services, NAME, stop_there, &count),
	    ERR_STOP);
	assert_int_equal(count, 1);
	assert_int_equal(os_service_stop(services, NAME, 500), ERR_BUSY);
	assert_int_equal(look().state, OS_SERVICE_RUNNING);
	manager_needed(NULL);
	for (int i = 1; i >= 0; i--) {
		os_service_stop(services, i == 0 ? NAME "2" : NAME "3", 2000);
		assert_true(DeleteService(handles[i]));
		CloseServiceHandle(handles[i]);
	}
	assert_int_equal(os_service_stop(services, NAME, LIMIT_MS), 0);
	CloseServiceHandle(manager);
}

static void
a_machine_that_is_none_has_no_services(void **state)
{
	struct os_services *others;

	(void)state;
	/* To Wine 8 each machine is its own. */
	if (!is_wine()) {
		assert_int_equal(
		    os_services_open("PLN-NOWHERE", &others), ERR_HOST);
		assert_null(others);
	}
	assert_string_equal(
	    os_services_name(services), "Service Control Manager");
}

/* This program as a service. */

struct role {
	const char *path;
	int end_ms, result;
	const char *other; /* a service to be stopped at the end, or NULL */
};

static int
work(void *arg)
{
	const struct role *role = arg;
	FILE *file = fopen(role->path, "ab");
	int r;

	if (file == NULL)
		return 99;
	fputs("start\n", file);
	fflush(file);
	r = os_sleep(role->end_ms < 0 ? 0 : LIMIT_MS);
	if (role->other != NULL && os_services_open(NULL, &services) == 0)
		fprintf(file, "other %d\n",
		    os_service_stop(services, role->other, LIMIT_MS));
	fputs(r == ERR_STOP && os_stop_asked() ? "stop\n" : "end\n", file);
	fclose(file);
	if (role->end_ms > 0)
		Sleep((DWORD)role->end_ms);
	return role->result;
}

/* FILE MS RESULT [OTHER]: says in FILE when it starts and stops; takes MS to
 * end, or ends at once when that is below 0; stops the service OTHER first. */
void
services_role(char **words)
{
	struct role role = { words[0], atoi(words[1]), atoi(words[2]),
		words[3] };

	exit(os_as_service(NAME, work, &role));
}

static void
be_service(const char *words)
{
	char *self;

	assert_int_equal(os_self(&self), 0);
	describe("");
	snprintf(program, sizeof(program), "%s", self);
	free(self);
	snprintf(arguments, sizeof(arguments), ROLE "service \"%s\" %s",
	    ground_path("log"), words);
	assert_int_equal(os_service_register(services, &service), 0);
	assert_int_equal(os_service_start(services, NAME, LIMIT_MS), 0);
}

static SERVICE_STATUS
status_of_it(void)
{
	SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
	SC_HANDLE handle = OpenServiceW(manager, WIDE, SERVICE_ALL_ACCESS);
	SERVICE_STATUS status;

	assert_non_null(handle);
	assert_true(QueryServiceStatus(handle, &status));
	CloseServiceHandle(handle);
	CloseServiceHandle(manager);
	return status;
}

static void
a_program_started_as_a_service_is_asked_to_stop(void **state)
{
	(void)state;
	be_service("0 0");
	await("start\n");
	assert_int_equal(os_service_stop(services, NAME, LIMIT_MS), 0);
	assert_string_equal(ground_get("log"), "start\nstop\n");
	assert_int_equal(status_of_it().dwWin32ExitCode, 0);
}

/* Half a stop would be worse. */
static void
who_is_asked_to_stop_may_stop_others(void **state)
{
	struct os_service_info info;

	(void)state;
	describe("linger");
	service.name = NAME "2";
	service.shown = "Test of services 2";
	assert_int_equal(os_service_register(services, &service), 0);
	assert_int_equal(os_service_start(services, NAME "2", LIMIT_MS), 0);
	await(NAME " start\n");
	ground_move("log", "others");
	be_service("0 0 " NAME "2");
	await("start\n");
	assert_int_equal(os_service_stop(services, NAME, LIMIT_MS), 0);
	assert_string_equal(ground_get("log"),
	    "start\n" NAME " stop\n" NAME " gone\nother 0\nstop\n");
	assert_int_equal(os_service_look(services, NAME "2", &info), 0);
	assert_int_equal(info.state, OS_SERVICE_STOPPED);
	assert_int_equal(os_service_unregister(services, NAME "2"), 0);
}

static void
a_service_that_takes_its_time_to_end_says_so(void **state)
{
	SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
	SC_HANDLE handle;
	SERVICE_STATUS status;
	DWORD points = 0;

	(void)state;
	be_service("5000 3");
	await("start\n");
	handle = OpenServiceW(manager, WIDE, SERVICE_ALL_ACCESS);
	assert_true(ControlService(handle, SERVICE_CONTROL_STOP, &status));
	for (int i = 0; i < LIMIT_MS / 20; i++) {
		status = status_of_it();
		if (status.dwCurrentState != SERVICE_STOP_PENDING)
			break;
		if (status.dwCheckPoint > points)
			points = status.dwCheckPoint;
		Sleep(20);
	}
	CloseServiceHandle(handle);
	CloseServiceHandle(manager);
	assert_true(points >= 2);
	assert_int_equal(status.dwCurrentState, SERVICE_STOPPED);
	assert_int_equal(status.dwWin32ExitCode, ERROR_SERVICE_SPECIFIC_ERROR);
	assert_int_equal(status.dwServiceSpecificExitCode, 3);
	assert_int_equal(os_service_stop(services, NAME, LIMIT_MS), 0);
}

static void
a_program_started_by_hand_is_no_service(void **state)
{
	const char *argv[] = { NULL, ROLE "service", NULL, "-1", "5", NULL };
	struct os_child *child;
	char *self;
	int code;

	(void)state;
	assert_int_equal(os_self(&self), 0);
	argv[0] = self;
	argv[2] = ground_path("log");
	assert_int_equal(os_spawn(argv, OS_QUIET, &child), 0);
	assert_int_equal(os_child_wait(child, LIMIT_MS, &code), 0);
	assert_int_equal(code, 5);
	os_child_free(child);
	free(self);
	assert_string_equal(ground_get("log"), "start\nend\n");
}

#define SERVICE_TEST(function) \
	cmocka_unit_test_setup_teardown(function, start, finish)

int
test_services(void)
{
	static const struct CMUnitTest tests[] = {
		SERVICE_TEST(a_service_lives_from_registration_to_oblivion),
		SERVICE_TEST(a_service_that_is_not_there_is_said_to_be_none),
		SERVICE_TEST(
		    a_service_that_runs_is_stopped_before_it_is_forgotten),
		SERVICE_TEST(what_differs_is_told_and_changed_while_it_runs),
		SERVICE_TEST(what_others_registered_is_left_alone),
		SERVICE_TEST(a_registration_that_was_cut_off_is_completed),
		SERVICE_TEST(names_that_are_none_are_refused),
		SERVICE_TEST(words_come_in_as_they_were),
		SERVICE_TEST(one_that_hangs_on_stop_is_ended),
		SERVICE_TEST(a_stop_waits_for_the_end_of_the_process),
		SERVICE_TEST(one_that_ends_by_itself_is_seen),
		SERVICE_TEST(one_that_does_not_come_up_is_told),
		SERVICE_TEST(start_modes_are_kept),
		SERVICE_TEST(what_is_being_deleted_is_busy),
		SERVICE_TEST(recovery_and_delay_are_part_of_the_registration),
		SERVICE_TEST(one_that_is_ended_is_not_started_again),
		SERVICE_TEST(who_needs_it_is_told_and_keeps_it_running),
		SERVICE_TEST(a_machine_that_is_none_has_no_services),
		SERVICE_TEST(a_program_started_as_a_service_is_asked_to_stop),
		SERVICE_TEST(who_is_asked_to_stop_may_stop_others),
		SERVICE_TEST(a_service_that_takes_its_time_to_end_says_so),
		SERVICE_TEST(a_program_started_by_hand_is_no_service),
	};

	return cmocka_run_group_tests_name(
	    "services of Windows", tests, NULL, NULL);
}
