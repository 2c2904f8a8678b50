/* The fake's services, inventory and notices, as fake.h promises them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "err.h"

#include "../fake/fake.h"

static const struct os_service inventory = { "INV", "Inventory", "/sms/INV.EXE",
	"/w 4", OS_START_AUTO };
static struct os_services *services;

static int
setup(void **unused)
{
	(void)unused;
	fake_reset();
	fake_put("/sms/INV.EXE", "release 1");
	return os_services_open(NULL, &services);
}

static int
teardown(void **unused)
{
	(void)unused;
	os_services_close(services);
	return (int)fake_handles();
}

static enum os_service_state
state(const char *name)
{
	struct os_service_info info;

	assert_int_equal(os_service_look(services, name, &info), 0);
	assert_int_equal(info.process != 0, info.state == OS_SERVICE_RUNNING);
	return info.state;
}

static void
service_is_registered_runs_and_is_forgotten(void **unused)
{
	struct os_service other = inventory;
	struct os_service_info info;

	(void)unused;
	assert_int_equal(os_service_look(services, "INV", &info), ERR_NOENT);
	assert_int_equal(os_service_check(services, &inventory), ERR_NOENT);
	assert_int_equal(os_service_start(services, "INV", 100), ERR_NOENT);
	assert_int_equal(os_service_register(services, &inventory), 0);
	assert_int_equal(os_service_check(services, &inventory), 0);
	other.arguments = NULL;
	assert_int_equal(os_service_check(services, &other), ERR_CHANGED);
	assert_int_equal(state("INV"), OS_SERVICE_STOPPED);
	assert_int_equal(os_service_start(services, "INV", 100), 0);
	assert_int_equal(os_service_start(services, "INV", 100), 0);
	assert_int_equal(state("INV"), OS_SERVICE_RUNNING);
	assert_string_equal(fake_service("INV")->program, "/sms/INV.EXE");
	assert_int_equal(os_service_stop(services, "INV", 100), 0);
	assert_int_equal(os_service_stop(services, "INV", 100), 0);
	assert_int_equal(
	    os_service_set_start(services, "INV", OS_START_DISABLED), 0);
	assert_int_equal(os_service_start(services, "INV", 100), ERR_ACCES);
	assert_int_equal(os_service_unregister(services, "INV"), 0);
	assert_false(fake_service("INV")->registered);
	assert_string_equal(fake_actions(),
	    "register INV\nstart INV\nstop INV\nset INV disabled\n"
	    "unregister INV\n");
	assert_int_equal(fake_service("INV")->starts, 1);
	assert_int_equal(fake_service("INV")->stops, 1);
}

static void
what_is_foreign_is_run_and_not_changed(void **unused)
{
	(void)unused;
	fake_service_foreign("INV", true);
	assert_int_equal(os_service_check(services, &inventory), ERR_EXIST);
	assert_int_equal(os_service_register(services, &inventory), ERR_EXIST);
	assert_int_equal(os_service_unregister(services, "INV"), ERR_EXIST);
	assert_int_equal(os_service_stop(services, "INV", 100), 0);
	assert_int_equal(os_service_start(services, "INV", 100), 0);
	assert_string_equal(fake_actions(), "stop INV\nstart INV\n");
}

static void
service_dies_refuses_hangs_as_the_test_says(void **unused)
{
	int64_t begin;

	(void)unused;
	fake_service_put(&inventory, false);
	fake_service_dies("INV", "release 2", 3000);
	assert_int_equal(os_service_start(services, "INV", 100), 0);
	fake_pass(5000);
	assert_int_equal(state("INV"), OS_SERVICE_RUNNING);
	assert_int_equal(os_service_stop(services, "INV", 100), 0);
	fake_put("/sms/INV.EXE", "release 2");
	assert_int_equal(os_service_start(services, "INV", 100), 0);
	fake_pass(2999);
	assert_int_equal(state("INV"), OS_SERVICE_RUNNING);
	fake_pass(1);
	assert_int_equal(state("INV"), OS_SERVICE_CHANGING);
	assert_false(fake_service("INV")->running);
	assert_int_equal(os_service_stop(services, "INV", 100), 0);
	assert_int_equal(state("INV"), OS_SERVICE_STOPPED);

	fake_service_dies("INV", NULL, 0);
	begin = os_ticks();
	assert_int_equal(os_service_start(services, "INV", 100), ERR_TIMEOUT);
	assert_true(os_ticks() - begin == 100 * (OS_SECOND / 1000));
	assert_int_equal(state("INV"), OS_SERVICE_CHANGING);
	fake_service_dies("INV", NULL, -1);
	fake_service_refuses("INV", ERR_ACCES);
	assert_int_equal(os_service_start(services, "INV", 100), ERR_ACCES);
	fake_service_refuses("INV", 0);
	fake_service_slow_start("INV", 200);
	assert_int_equal(os_service_start(services, "INV", 100), ERR_TIMEOUT);
	assert_int_equal(os_service_start(services, "INV", 300), 0);
	fake_drop("/sms/INV.EXE");
	fake_service_stops("INV", FAKE_NEVER_STOPS, 0);
	assert_int_equal(os_service_stop(services, "INV", 50), ERR_TIMEOUT);
	assert_int_equal(state("INV"), OS_SERVICE_RUNNING);
	fake_service_stops("INV", FAKE_STOPS, 100);
	assert_int_equal(os_service_stop(services, "INV", 50), 1);
	assert_int_equal(os_service_start(services, "INV", 300), ERR_NOENT);
}

static int
note(void *arg, const char *name)
{
	strcat(arg, name);
	return 0;
}

static void
dependents_come_in_the_order_of_stopping(void **unused)
{
	char names[16] = "";

	(void)unused;
	fake_service_foreign("A", true);
	fake_service_foreign("B", true);
	fake_service_foreign("C", true);
	fake_service_foreign("D", false);
	fake_service_needs("B", "A");
	fake_service_needs("C", "B");
	fake_service_needs("D", "A");
	fake_service_needs("A", "C"); /* in a circle */
	assert_int_equal(os_service_dependents(services, "A", note, names), 0);
	assert_string_equal(names, "CB");
}

static void
registrations_outlive_a_power_cut_and_each_call_can_fail(void **unused)
{
	struct os_service manual = inventory;

	(void)unused;
	manual.name = "MAN";
	manual.start = OS_START_MANUAL;
	fake_service_put(&inventory, false);
	fake_service_put(&manual, true);
	fake_power_cut();
	assert_true(fake_service("INV")->running);
	assert_true(fake_service("MAN")->registered);
	assert_false(fake_service("MAN")->running);

	fake_fail(1, FAKE_FOREVER, ERR_NOENT);
	assert_int_equal(os_service_register(services, &manual), ERR_NOENT);
	assert_int_equal(os_service_stop(services, "INV", 9), ERR_NOENT);
	assert_int_equal(os_notice("a", "b"), ERR_NOENT);
	assert_string_equal(fake_actions(), "");
	fake_fail(0, FAKE_ONCE, 0);
	manual.name = "../MAN";
	assert_int_equal(os_service_register(services, &manual), ERR_NAME);
	assert_int_equal(os_service_stop(services, ".x", 9), ERR_NAME);
}

static int
add_row(void *arg, const char *section, const char *key, const char *value)
{
	char *text = arg;

	strcat(strcat(strcat(text, section), key), value);
	return strcmp(key, "end") == 0 ? 7 : 0;
}

static void
rows_and_notices_are_the_tests_own(void **unused)
{
	char rows[64] = "";

	(void)unused;
	fake_row("System", "os", "x");
	fake_row("Software", "gcc", "12");
	fake_row("Disks", "end", "9");
	fake_row("Disks", "more", "9");
	assert_int_equal(os_inventory(add_row, rows), 7);
	assert_string_equal(rows, "SystemosxDisksend9");
	rows[0] = '\0';
	assert_int_equal(os_software(add_row, rows), 0);
	assert_string_equal(rows, "Softwaregcc12");
	assert_int_equal(os_notice("Restart", "STANDARD"), 0);
	fake_notice_fails(ERR_UNSUP);
	assert_int_equal(os_notice("Restart", "again"), ERR_UNSUP);
	assert_string_equal(fake_notices(), "Restart: STANDARD\n");
}

static void
no_service_manager_no_services(void **unused)
{
	struct os_services *none;

	(void)unused;
	assert_int_equal(os_services_open("PLN-1", &none), ERR_UNSUP);
	assert_string_equal(os_services_name(services), "runit");
	fake_services_absent(ERR_ACCES);
	assert_int_equal(os_services_open(NULL, &none), ERR_ACCES);
	assert_null(none);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(service_is_registered_runs_and_is_forgotten),
		CASE(what_is_foreign_is_run_and_not_changed),
		CASE(service_dies_refuses_hangs_as_the_test_says),
		CASE(dependents_come_in_the_order_of_stopping),
		CASE(registrations_outlive_a_power_cut_and_each_call_can_fail),
		CASE(rows_and_notices_are_the_tests_own),
		CASE(no_service_manager_no_services),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
