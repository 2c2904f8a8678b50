/* How services are registered, with the real service manager. */
#include "service_ground.h"

#include "manager.h"
#include "programs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
a_service_lives_from_registration_to_oblivion(void **state)
{
	struct os_service_info info;

	(void)state;
	service_describe("good");
	assert_int_equal(os_service_check(services, &service), ERR_NOENT);
	assert_int_equal(os_service_register(services, &service), 0);
	assert_int_equal(os_service_check(services, &service), 0);
	info = service_look();
	assert_int_equal(info.state, OS_SERVICE_STOPPED);
	assert_int_equal(info.start, OS_START_MANUAL);
	assert_int_equal(info.process, 0);
	assert_int_equal(os_service_start(services, NAME, LIMIT_MS), 0);
	info = service_look();
	assert_int_equal(info.state, OS_SERVICE_RUNNING);
	assert_int_not_equal(info.process, 0);
	assert_int_equal(os_service_start(services, NAME, LIMIT_MS), 0);
	assert_int_equal(os_service_stop(services, NAME, LIMIT_MS), 0);
	assert_int_equal(service_look().state, OS_SERVICE_STOPPED);
	assert_int_equal(os_service_stop(services, NAME, LIMIT_MS), 0);
	assert_string_equal(ground_get("log"), NAME " start\n" NAME " stop\n");
	assert_int_equal(os_service_unregister(services, NAME), 0);
}

static void
a_service_that_is_not_there_is_said_to_be_none(void **state)
{
	struct os_service_info info;

	(void)state;
	service_describe("good");
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
	service_start("good");
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
	service_start("good");
	info = service_look();
	service.shown = "Test of services \xc3\xa4";
	changed();
	strcat(arguments, " more");
	changed();
	service.start = OS_START_DISABLED;
	changed();
	assert_int_equal(service_look().start, OS_START_DISABLED);
	service.start = OS_START_AUTO;
	changed();
	assert_int_equal(service_look().start, OS_START_AUTO);
	service.arguments = NULL;
	changed();
	assert_int_equal(service_look().process, info.process);
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
	service_describe("good");
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
	assert_int_equal(service_look().start, OS_START_DISABLED);
}

/* As it stands when we were cut off between its two steps. */
static void
a_registration_that_was_cut_off_is_completed(void **state)
{
	WCHAR line[8192];

	(void)state;
	service_describe("good");
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
	service_describe("good");
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
	service_describe("good %PATH%");
	assert_int_equal(os_service_register(services, &service), ERR_NAME);
	service_describe("good 100%");
	assert_int_equal(os_service_register(services, &service), 0);
	assert_int_equal(os_service_check(services, &service), 0);
}

static void
words_come_in_as_they_were(void **state)
{
	(void)state;
	service_start(
	    "tell \"two words\" a\\b \"C:\\last one\\\" \"\"  x\ty %m/%m");
	service_await(NAME " start\n" NAME " word <two words>\n" NAME
			   " word <a\\b>\n" NAME " word <C:\\last one\\>\n" NAME
			   " word <>\n" NAME " word <x>\n" NAME
			   " word <y>\n" NAME " word <%m/%m>\n");
}

static void
start_modes_are_kept(void **state)
{
	static const enum os_service_start modes[] = { OS_START_AUTO,
		OS_START_MANUAL, OS_START_DISABLED, OS_START_DELAYED };

	(void)state;
	service_register("good");
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(
		    os_service_set_start(services, NAME, modes[i]), 0);
		service.start = modes[i];
		assert_int_equal(os_service_check(services, &service), 0);
		assert_int_equal(service_look().start, modes[i]);
	}
	assert_int_equal(
	    os_service_set_start(services, NAME, OS_START_DISABLED), 0);
	assert_int_equal(os_service_start(services, NAME, LIMIT_MS), ERR_ACCES);
	assert_string_equal(ground_get("log"), "(none)");
}

static DWORD WINAPI
close_later(LPVOID handle)
{
	Sleep(500);
	CloseServiceHandle((SC_HANDLE)handle);
	return 0;
}

static void
what_is_being_deleted_is_busy(void **state)
{
	SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
	SC_HANDLE handle;

	(void)state;
	service_register("good");
	handle = OpenServiceW(manager, WIDE, SERVICE_QUERY_STATUS);
	assert_non_null(handle);
	assert_int_equal(os_service_unregister(services, NAME), ERR_BUSY);
	assert_int_equal(os_service_register(services, &service), ERR_BUSY);
	assert_int_equal(os_service_unregister(services, NAME), ERR_BUSY);
	CloseServiceHandle(manager);
	/* It is waited for, for a while. */
	CloseHandle(CreateThread(NULL, 0, close_later, handle, 0, NULL));
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
	service_describe("good");
	service.start = OS_START_DELAYED;
	assert_int_equal(os_service_register(services, &service), 0);
	assert_string_equal(manager_said(), "delayed 1 actions 3 flag 1 ");
	assert_int_equal(service_look().start, OS_START_DELAYED);
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
		SERVICE_TEST(start_modes_are_kept),
		SERVICE_TEST(what_is_being_deleted_is_busy),
		SERVICE_TEST(recovery_and_delay_are_part_of_the_registration),
		SERVICE_TEST(a_machine_that_is_none_has_no_services),
	};

	return cmocka_run_group_tests_name(
	    "services of Windows", tests, NULL, NULL);
}
