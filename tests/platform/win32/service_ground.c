/* The ground of the tests of services; see service_ground.h. */
#include "service_ground.h"

#include "manager.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct os_services *services;
struct os_service service;
char program[4096], arguments[8192];

void
service_describe(const char *mode)
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

int
service_set_up(void **state)
{
	int r = ground_setup(state);

	manager_reset();
	return r == 0 ? os_services_open(NULL, &services) : r;
}

int
service_tear_down(void **state)
{
	manager_reset();
	os_service_stop(services, NAME, 0);
	os_service_unregister(services, NAME);
	delete_it(WIDE);
	os_services_close(services);
	services = NULL;
	return ground_teardown(state);
}

struct os_service_info
service_look(void)
{
	struct os_service_info info;

	assert_int_equal(os_service_look(services, NAME, &info), 0);
	return info;
}

void
service_register(const char *mode)
{
	service_describe(mode);
	assert_int_equal(os_service_register(services, &service), 0);
}

void
service_start(const char *mode)
{
	service_register(mode);
	assert_int_equal(os_service_start(services, NAME, LIMIT_MS), 0);
}

void
service_await(const char *text)
{
	for (int i = 0; i < LIMIT_MS / 20; i++) {
		if (strcmp(ground_get("log"), text) == 0)
			return;
		Sleep(20);
	}
	assert_string_equal(ground_get("log"), text);
}
