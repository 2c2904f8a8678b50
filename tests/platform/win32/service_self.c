/* This program as a service of the real service manager. */
#include "service_ground.h"

#include "programs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	service_describe("");
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
	service_await("start\n");
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
	service_describe("linger");
	service.name = NAME "2";
	service.shown = "Test of services 2";
	assert_int_equal(os_service_register(services, &service), 0);
	assert_int_equal(os_service_start(services, NAME "2", LIMIT_MS), 0);
	service_await(NAME " start\n");
	ground_move("log", "others");
	be_service("0 0 " NAME "2");
	service_await("start\n");
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
	service_await("start\n");
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

int
test_service_self(void)
{
	static const struct CMUnitTest tests[] = {
		SERVICE_TEST(a_program_started_as_a_service_is_asked_to_stop),
		SERVICE_TEST(who_is_asked_to_stop_may_stop_others),
		SERVICE_TEST(a_service_that_takes_its_time_to_end_says_so),
		SERVICE_TEST(a_program_started_by_hand_is_no_service),
	};

	return cmocka_run_group_tests_name(
	    "a service of ours", tests, NULL, NULL);
}
