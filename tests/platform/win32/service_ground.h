/*
 * What the tests of services stand on beside ground.h: the real service manager,
 * and one service, forgotten at the end of each test. $TEST_SERVICE is the program
 * of tests/wine/service.c, which says in the file "log" what happens to it.
 */
#ifndef SERVICE_GROUND_H
#define SERVICE_GROUND_H

#include "win32_ground.h"

#define NAME	 "CLISETUP_TEST"
#define WIDE	 L"CLISETUP_TEST"
#define LIMIT_MS 20000

extern struct os_services *services;
/* The service, whose program and arguments stand there. */
extern struct os_service service;
extern char program[4096], arguments[8192];

/* Fixtures. */
int service_set_up(void **state);
int service_tear_down(void **state);

/* `service` behaves so: a mode of service.c and what follows it. */
void service_describe(const char *mode);
/* The same, and it is registered; and it runs. */
void service_register(const char *mode);
void service_start(const char *mode);
struct os_service_info service_look(void);
/* Waits until the service has said so. */
void service_await(const char *text);

#define SERVICE_TEST(function)           \
	cmocka_unit_test_setup_teardown( \
	    function, service_set_up, service_tear_down)

#endif
