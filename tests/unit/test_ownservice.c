/* Tests of lib/ownservice on the fake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/ownservice.h"
#include "../../platform/err.h"
#include "../../platform/os.h"
#include "../fake/fake.h"

static const struct os_service service = { .name = "OWN",
	.shown = "Our own",
	.program = "/opt/own",
	.start = OS_START_AUTO };
static struct os_services *services;
static struct buf why;

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	fake_put("/opt/own", "program");
	return os_services_open(NULL, &services);
}

static int
teardown(void **state)
{
	(void)state;
	os_services_close(services);
	buf_free(&why);
	return 0;
}

static void
relative_path_is_refused(void **state)
{
	const char *const good[] = { NULL, "/a", "//srv/share" };
	const char *const bad[] = { "/a", NULL, "pc/SMS.INI" };

	(void)state;
	assert_int_equal(0, ownservice_check(good, 3, &why));
	assert_int_equal(ERR_ARG, ownservice_check(bad, 3, &why));
	assert_non_null(strstr(buf_text(&why), "pc/SMS.INI"));
}

static void
service_that_lives_is_installed(void **state)
{
	(void)state;
	assert_int_equal(0, ownservice_install(services, &service, &why));
	assert_true(fake_service("OWN")->running);
	assert_int_equal(0, ownservice_install(services, &service, &why));
	assert_int_equal(0, ownservice_remove(services, "OWN", &why));
	assert_false(fake_service("OWN")->registered);
	assert_int_equal(0, ownservice_remove(services, "OWN", &why));
}

static void
service_that_ends_at_once_is_not_left_registered(void **state)
{
	(void)state;
	fake_service_dies("OWN", NULL, 500);
	assert_int_equal(
	    ERR_TIMEOUT, ownservice_install(services, &service, &why));
	assert_non_null(strstr(buf_text(&why), "ended again"));
	assert_false(fake_service("OWN")->registered);
	/* One that was there before stays. */
	fake_service_put(&service, true);
	fake_service_dies("OWN", NULL, 500);
	assert_int_equal(0, os_service_stop(services, "OWN", 1000));
	assert_int_not_equal(0, ownservice_install(services, &service, &why));
	assert_true(fake_service("OWN")->registered);
}

static void
service_of_somebody_else_is_left(void **state)
{
	(void)state;
	fake_service_foreign("OWN", false);
	assert_int_equal(
	    ERR_EXIST, ownservice_install(services, &service, &why));
	assert_int_equal(ERR_EXIST, ownservice_remove(services, "OWN", &why));
	assert_true(fake_service("OWN")->foreign);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(relative_path_is_refused),
		TEST(service_that_lives_is_installed),
		TEST(service_that_ends_at_once_is_not_left_registered),
		TEST(service_of_somebody_else_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
