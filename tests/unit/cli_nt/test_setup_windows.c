/* Tests of cli_nt where, as on Windows, everybody may make folders in the one
 * that holds the default place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../../cli_nt/setup.h"
#include "../../../lib/run.h"
#include "../../../lib/options.h"
#include "../capture.h"
#include "../client.h"

static const struct listed files[] = {
	{ "STANDARD", "BIN\\A.EXE", "a one", "x" },
	{ NULL, NULL, NULL, NULL },
};

static struct buf said = BUF_INIT;

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	fake_system("windows", NULL, NULL);
	fake_admin(true);
	fake_machine("4c4c4544-0042", "");
	fake_put_folder("/etc/sms");
	fake_put("/etc/sms/policy.ini", "[Security]\r\nAllowUnsigned=yes\r\n");
	fake_put_folder(TREE "/ccr.box");
	publish(1, files);
	fake_put_folder("/var/lib");
	fake_anybody_adds("/var/lib");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_free(&said);
	return 0;
}

static int
run_setup(bool dry)
{
	struct run_options o = { .dry_run = dry };
	struct capture out, err;
	struct buf printed = BUF_INIT;
	int code;

	o.root = (char[]){ SHARE };
	capture_begin(&out, stdout);
	capture_begin(&err, stderr);
	code = setup_run(&o);
	capture_end(&err, &said);
	capture_end(&out, &printed);
	buf_free(&printed);
	return code;
}

static bool
is_there(const char *path)
{
	struct os_info info;

	return fake_info(path, &info);
}

static void
place_is_made_where_everybody_may_add_a_folder(void **state)
{
	(void)state;
	assert_int_equal(EXIT_DONE, run_setup(true));
	assert_false(is_there("/var/lib/sms"));
	assert_int_equal(EXIT_DONE, run_setup(false));
	assert_true(is_there("/var/lib/sms/SMS.INI"));
}

static void
elsewhere_such_a_folder_is_not_good_enough(void **state)
{
	(void)state;
	fake_system("linux", NULL, NULL);
	assert_int_equal(EXIT_INPUT, run_setup(false));
	assert_non_null(strstr(buf_text(&said), "/var/lib: owner"));
	assert_false(is_there("/var/lib/sms"));
}

static void
place_that_somebody_else_made_first_is_renamed_aside(void **state)
{
	(void)state;
	fake_put("/var/lib/sms/SMS.INI", "[SMS]\r\nSMSPath=/home/kim\r\n");
	fake_trusted("/var/lib/sms", ERR_UNTRUSTED);
	assert_int_equal(EXIT_INPUT, run_setup(true));
	assert_true(is_there("/var/lib/sms/SMS.INI"));
	assert_int_equal(EXIT_DONE, run_setup(false));
	assert_non_null(strstr(buf_text(&said), "/var/lib/sms.foreign"));
	assert_string_equal("[SMS]\r\nSMSPath=/home/kim\r\n",
	    fake_get("/var/lib/sms.foreign/SMS.INI"));
	assert_true(is_there("/opt/sms/BIN/A.EXE"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    place_is_made_where_everybody_may_add_a_folder, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    elsewhere_such_a_folder_is_not_good_enough, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    place_that_somebody_else_made_first_is_renamed_aside, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
