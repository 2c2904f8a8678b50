/* How services are started and stopped, with the real service manager. */
#include "service_ground.h"

#include "manager.h"
#include "programs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
one_that_hangs_on_stop_is_ended(void **state)
{
	static const char *const modes[] = { "hang", "deaf" };
	struct os_service_info info;
	DWORD code;

	(void)state;
	for (int i = 0; i < 2; i++) {
		service_start(modes[i]);
		info = service_look();
		HANDLE process = OpenProcess(
		    SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE,
		    (DWORD)info.process);

		assert_non_null(process);
		assert_int_equal(os_service_stop(services, NAME, 2000), 1);
		assert_int_equal(service_look().state, OS_SERVICE_STOPPED);
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
	service_start("linger");
	assert_int_equal(os_service_stop(services, NAME, LIMIT_MS), 0);
	assert_string_equal(
	    ground_get("log"), NAME " start\n" NAME " stop\n" NAME " gone\n");
}

static void
one_that_ends_by_itself_is_seen(void **state)
{
	(void)state;
	service_register("die");
	os_service_start(services, NAME, LIMIT_MS);
	service_await(NAME " start\n");
	for (int i = 0; i < LIMIT_MS / 20; i++) {
		if (service_look().state == OS_SERVICE_STOPPED)
			break;
		Sleep(20);
	}
	assert_int_equal(service_look().state, OS_SERVICE_STOPPED);
	assert_int_equal(service_look().process, 0);
	assert_int_equal(os_service_stop(services, NAME, LIMIT_MS), 0);
	service_describe("good");
	assert_int_equal(os_service_register(services, &service), 0);
	assert_int_equal(os_service_start(services, NAME, LIMIT_MS), 0);
	service_await(NAME " start\n" NAME " start\n");
}

static void
one_that_does_not_come_up_is_told(void **state)
{
	char *missing;

	(void)state;
	service_register("refuse");
	assert_int_equal(
	    os_service_start(services, NAME, LIMIT_MS), ERR_TIMEOUT);
	assert_string_equal(ground_get("log"), NAME " refuses\n");
	service_describe("slow");
	assert_int_equal(os_service_register(services, &service), 0);
	assert_int_equal(os_service_start(services, NAME, 200), ERR_TIMEOUT);
	assert_int_equal(service_look().state, OS_SERVICE_CHANGING);
	assert_int_equal(os_service_start(services, NAME, LIMIT_MS), 0);
	assert_int_equal(os_service_stop(services, NAME, LIMIT_MS), 0);
	missing = ground_path("none.exe");
	service.program = missing;
	assert_int_equal(os_service_register(services, &service), 0);
	assert_int_equal(os_service_start(services, NAME, LIMIT_MS), ERR_NOENT);
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
	service_start("hang");
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
		assert_int_not_equal(service_look().process, 0);
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
	service_start("good");
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
	assert_int_equal(service_look().state, OS_SERVICE_RUNNING);
	manager_needed(NULL);
	for (int i = 1; i >= 0; i--) {
		os_service_stop(services, i == 0 ? NAME "2" : NAME "3", 2000);
		assert_true(DeleteService(handles[i]));
		CloseServiceHandle(handles[i]);
	}
	assert_int_equal(os_service_stop(services, NAME, LIMIT_MS), 0);
	CloseServiceHandle(manager);
}

int
test_services_run(void)
{
	static const struct CMUnitTest tests[] = {
		SERVICE_TEST(one_that_hangs_on_stop_is_ended),
		SERVICE_TEST(a_stop_waits_for_the_end_of_the_process),
		SERVICE_TEST(one_that_ends_by_itself_is_seen),
		SERVICE_TEST(one_that_does_not_come_up_is_told),
		SERVICE_TEST(one_that_is_ended_is_not_started_again),
		SERVICE_TEST(who_needs_it_is_told_and_keeps_it_running),
	};

	return cmocka_run_group_tests_name(
	    "services of Windows that run", tests, NULL, NULL);
}
