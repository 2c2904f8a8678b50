/* Tests of lib/layout: where SMS.INI and the folders of a client are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/copylist.h"
#include "../../lib/inifile.h"
#include "../../lib/layout.h"
#include "../../platform/err.h"
#include "../fake/fake.h"

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

static struct inifile *
parse(const char *text)
{
	struct inifile *ini = NULL;

	assert_int_equal(0,
	    inifile_parse(
		"SMS.INI", text, strlen(text), INIFILE_DIALECT, &ini, NULL));
	return ini;
}

static void
expect_ini(const char *expected, const char *given, const char *dir)
{
	char *ini = NULL;

	assert_int_equal(0, layout_find_ini(given, dir, &ini));
	assert_string_equal(expected, ini);
	free(ini);
}

static void
given_ini_counts_whether_it_is_there_or_not(void **state)
{
	(void)state;
	fake_put("/var/lib/sms/SMS.INI", "[SMS]\r\n");
	expect_ini("/home/kim/SMS.INI", "/home//kim\\SMS.INI", "/srv/c");
}

static void
ini_is_in_the_state_root_else_in_a_given_folder(void **state)
{
	(void)state;
	expect_ini("/var/lib/sms/SMS.INI", NULL, NULL);
	expect_ini("/srv/c/SMS.INI", NULL, "/srv/c/");
	fake_put_folder("/var/lib/sms");
	expect_ini("/srv/c/SMS.INI", NULL, "/srv/c/.");
	fake_put("/var/lib/sms/SMS.INI", "");
	expect_ini("/var/lib/sms/SMS.INI", NULL, "/srv/c");
}

static void
on_windows_ini_may_stand_in_the_root_of_the_drive(void **state)
{
	(void)state;
	fake_put("/drive/SMS.INI", "[SMS]\r\n");
	expect_ini("/var/lib/sms/SMS.INI", NULL, NULL);
	fake_system("windows", NULL, NULL);
	expect_ini("/drive/SMS.INI", NULL, NULL);
	expect_ini("/drive/SMS.INI", NULL, "/srv/c");
	expect_ini("/home/kim/SMS.INI", "/home/kim/SMS.INI", NULL);
	fake_drop("/drive/SMS.INI");
	expect_ini("/var/lib/sms/SMS.INI", NULL, NULL);
}

static void
ini_that_cannot_be_looked_at_is_not_taken_for_missing(void **state)
{
	(void)state;
	fake_put("/var/lib/sms/SMS.INI", "");
	fake_deny("/var/lib/sms", ERR_ACCES);
	expect_ini("/var/lib/sms/SMS.INI", NULL, "/srv/c");
}

static void
without_ini_and_folder_places_are_the_default_ones(void **state)
{
	struct layout l;

	(void)state;
	assert_int_equal(
	    0, layout_make(&l, "/var/lib/sms/SMS.INI", NULL, NULL));
	assert_string_equal("/var/lib/sms/SMS.INI", l.ini);
	assert_string_equal("/opt/sms", l.client);
	assert_string_equal("/var/lib/sms", l.state_root);
	assert_string_equal("/var/lib/sms/STATE", l.state);
	assert_string_equal("/var/lib/sms/INVDATA", l.invdata);
	assert_string_equal("/var/lib/sms/LOGS", l.logs);
	assert_string_equal("/var/lib/sms/TEMP", l.temp);
	assert_string_equal("/var/lib/sms/ccr.box", l.requests);
	layout_free(&l);
	assert_null(l.ini);
}

static void
given_folder_holds_the_whole_client(void **state)
{
	struct inifile *ini = parse("[SMS]\r\nSMSPath=\r\n");
	struct layout l;

	(void)state;
	assert_int_equal(0, layout_make(&l, "/srv/c/SMS.INI", "/srv/c/", ini));
	assert_string_equal("/srv/c", l.client);
	assert_string_equal("/srv/c", l.state_root);
	assert_string_equal("/srv/c/STATE", l.state);
	assert_string_equal("/srv/c/INVDATA", l.invdata);
	layout_free(&l);
	inifile_free(ini);
}

static void
what_the_ini_says_comes_before_a_given_folder(void **state)
{
	struct inifile *ini = parse(
	    "[sms]\r\nsmspath=/srv\\a\r\n"
	    "SMSStatePath=/srv/s/\r\nSMSInvDataPath=/srv/i\r\n"
	    "SMSLogPath=/srv/l\r\nSMSTempPath=/srv/t\r\n");
	struct layout l;

	(void)state;
	assert_int_equal(0, layout_make(&l, "SMS.INI", "/srv/c", ini));
	assert_string_equal("/srv/a", l.client);
	assert_string_equal("/srv/s", l.state_root);
	assert_string_equal("/srv/s/STATE", l.state);
	assert_string_equal("/srv/i", l.invdata);
	assert_string_equal("/srv/l", l.logs);
	assert_string_equal("/srv/t", l.temp);
	layout_free(&l);
	inifile_free(ini);
}

static void
installed_client_without_state_path_keeps_the_default_one(void **state)
{
	struct inifile *ini = parse("[SMS]\r\nSMSPath=/srv/a\r\n");
	struct layout l;

	(void)state;
	assert_int_equal(0, layout_make(&l, "SMS.INI", "/srv/c", ini));
	assert_string_equal("/srv/a", l.client);
	assert_string_equal("/var/lib/sms", l.state_root);
	layout_free(&l);
	inifile_free(ini);
}

static void
quote_in_a_path_is_refused(void **state)
{
	struct inifile *ini = parse("[SMS]\r\nSMSLogPath=\"/srv/l\"\r\n");
	struct layout l;

	(void)state;
	assert_int_equal(ERR_NAME, layout_make(&l, "SMS.INI", NULL, ini));
	assert_null(l.client);
	inifile_free(ini);
}

static void
build_makes_each_folder_with_its_rights(void **state)
{
	struct layout l;

	(void)state;
	assert_int_equal(0, layout_make(&l, "/c/SMS.INI", "/c", NULL));
	assert_int_equal(0, layout_build(&l, NULL));
	assert_string_equal("BIN/\nDATA/\nINVDATA/\nLOGS/\nSTATE/\nTEMP/\n"
			    "ccr.box/\n",
	    fake_list("/c"));
	assert_int_equal(OS_PUBLIC, fake_rights("/c"));
	assert_int_equal(OS_PUBLIC, fake_rights("/c/BIN"));
	assert_int_equal(OS_PUBLIC, fake_rights("/c/STATE"));
	assert_int_equal(OS_PRIVATE, fake_rights("/c/TEMP"));
	assert_int_equal(OS_OPEN_BOX, fake_rights("/c/INVDATA"));
	assert_int_equal(OS_DROP_BOX, fake_rights("/c/ccr.box"));
	layout_free(&l);
}

static void
build_leaves_what_is_there(void **state)
{
	struct layout l;

	(void)state;
	assert_int_equal(0, layout_make(&l, "/c/SMS.INI", "/c", NULL));
	fake_put("/c/BIN/A.EXE", "old");
	assert_int_equal(0, layout_build(&l, NULL));
	assert_int_equal(0, layout_build(&l, NULL));
	assert_string_equal("old", fake_get("/c/BIN/A.EXE"));
	layout_free(&l);
}

static void
build_names_the_folder_that_cannot_be_made(void **state)
{
	struct buf why = BUF_INIT;
	struct layout l;

	(void)state;
	assert_int_equal(0, layout_make(&l, "/c/SMS.INI", "/c", NULL));
	fake_put("/c/STATE", "a file");
	assert_true(layout_build(&l, &why) < 0);
	assert_non_null(strstr(buf_text(&why), "/c/STATE: cannot make"));
	assert_string_equal("a file", fake_get("/c/STATE"));
	buf_free(&why);
	layout_free(&l);
}

static void
every_failing_call_of_build_is_reported(void **state)
{
	struct buf why = BUF_INIT;
	struct layout l;
	unsigned n;
	int rc;

	(void)state;
	for (n = 1; n < 100; n++) {
		fake_reset();
		assert_int_equal(0, layout_make(&l, "/c/SMS.INI", "/c", NULL));
		fake_fail(n, FAKE_ONCE, ERR_NOSPC);
		rc = layout_build(&l, &why);
		layout_free(&l);
		if (!fake_met())
			break;
		assert_int_equal(ERR_NOSPC, rc);
		assert_non_null(strstr(buf_text(&why), "no space left"));
	}
	assert_in_range(n, 10, 99);
	assert_int_equal(0, rc);
	buf_free(&why);
}

/* Destinations against the places of a client */

static int
check(const char *client, const char *ini, const char *name, struct buf *why)
{
	struct layout l;
	struct copylist *list = NULL;
	struct buf text = BUF_INIT, content = BUF_INIT;
	struct inifile *said;
	int rc;

	buf_format(&text,
	    "[SMS]\nCopyListVersion=1\n[Component STANDARD]\n"
	    "Type=files\n[Files STANDARD]\n%s=0,e3b0c44298fc1c149afbf4c8996fb"
	    "92427ae41e4649b934ca495991b7852b855,-\n",
	    name);
	assert_int_equal(
	    0, copylist_parse("L", text.data, text.len, &list, why));
	buf_format(&content,
	    "[SMS]\nSMSPath=%s\nSMSStatePath=/srv/c/own\n"
	    "SMSInvDataPath=/srv/c/inv\nSMSTempPath=/other\n",
	    client);
	said = parse(content.data);
	assert_int_equal(0, layout_make(&l, ini, NULL, said));
	rc = layout_check_list(&l, "/srv/c/site/rules.ini", list, "L", why);
	layout_free(&l);
	inifile_free(said);
	copylist_free(list);
	buf_free(&text);
	buf_free(&content);
	return rc;
}

static void
destination_at_a_place_of_the_client_is_refused(void **state)
{
	static const char *const names[] = {
		"pc7.ini",
		"PC7.BAK",
		"pc7.Bad",
		"pc7.lck",
		"pc7.ini/x",
		"own",
		"own/state",
		"Own\\STATE\\JOURNAL",
		"own/keys/a.pub",
		"own/policy.ini",
		"own/ccr.box/x",
		"own/logs/x",
		"INV/x",
		"site/Rules.INI",
	};
	struct buf why = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_int_equal(ERR_FORMAT,
		    check("/srv/c", "/srv/c/pc7.ini", names[i], NULL));
	/* A client root that lies in such a place has room for nothing. */
	assert_int_equal(ERR_FORMAT,
	    check("/srv/c/own/STATE/x", "/i/SMS.INI", "BIN/x", NULL));
	assert_int_equal(ERR_FORMAT,
	    check("/srv/c", "/srv/c/pc7.ini", "own/policy.ini", &why));
	assert_string_equal("L:6: own/policy.ini: the client keeps its own "
			    "there: /srv/c/own/policy.ini",
	    buf_text(&why));
	buf_free(&why);
}

static void
destination_beside_the_places_of_the_client_is_taken(void **state)
{
	static const char *const names[] = {
		"BIN/x",
		"pc7.txt",
		"pc7.ini2",
		"own/x",
		"own/STATEX",
		"inventory",
		"DATA/pc7.ini",
		"other/x",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_int_equal(
		    0, check("/srv/c", "/srv/c/pc7.ini", names[i], NULL));
	assert_int_equal(0, check("/opt/sms", "/i/SMS.INI", "own/STATE", NULL));
}

static void
place_is_known_in_another_spelling(void **state)
{
	(void)state;
	fake_put_folder("/srv/c/own");
	assert_int_equal(
	    ERR_FORMAT, check("/srv/x/../c", "/i/SMS.INI", "OWN/state", NULL));
	assert_int_equal(
	    0, check("/srv/x/../c", "/i/SMS.INI", "x/STATE", NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    given_ini_counts_whether_it_is_there_or_not, setup),
		cmocka_unit_test_setup(
		    ini_is_in_the_state_root_else_in_a_given_folder, setup),
		cmocka_unit_test_setup(
		    on_windows_ini_may_stand_in_the_root_of_the_drive, setup),
		cmocka_unit_test_setup(
		    ini_that_cannot_be_looked_at_is_not_taken_for_missing,
		    setup),
		cmocka_unit_test_setup(
		    without_ini_and_folder_places_are_the_default_ones, setup),
		cmocka_unit_test_setup(
		    given_folder_holds_the_whole_client, setup),
		cmocka_unit_test_setup(
		    what_the_ini_says_comes_before_a_given_folder, setup),
		cmocka_unit_test_setup(
		    installed_client_without_state_path_keeps_the_default_one,
		    setup),
		cmocka_unit_test_setup(quote_in_a_path_is_refused, setup),
		cmocka_unit_test_setup(
		    build_makes_each_folder_with_its_rights, setup),
		cmocka_unit_test_setup(build_leaves_what_is_there, setup),
		cmocka_unit_test_setup(
		    build_names_the_folder_that_cannot_be_made, setup),
		cmocka_unit_test_setup(
		    every_failing_call_of_build_is_reported, setup),
		cmocka_unit_test_setup(
		    destination_at_a_place_of_the_client_is_refused, setup),
		cmocka_unit_test_setup(
		    destination_beside_the_places_of_the_client_is_taken,
		    setup),
		cmocka_unit_test_setup(
		    place_is_known_in_another_spelling, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
