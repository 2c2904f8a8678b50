/* Tests of lib/rawfile and rawfile_status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/digest.h"
#include "../../lib/inifile.h"
#include "../../lib/rawfile.h"
#include "../../platform/err.h"
#include "../fake/fake.h"

#define ID "PL20123456789ABCDEFGHIJ"

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	fake_put_folder("/c/INVDATA");
	return 0;
}

static const struct rawfile_component components[] = {
	{ "STANDARD", "Installed", NULL, "1795197600" },
	{ "Client Inventory", "Failed", "BIN\\A.EXE\r\nEND 00", NULL },
};

static struct rawfile_status
sample(void)
{
	return (struct rawfile_status){
		.smsid = ID,
		.machine = "PLN-WS017",
		.domain = "PLANT2",
		.site = "PL2",
		.agent = "2.0.1493.4006",
		.version = "1795197600",
		.offered = "1795284000",
		.exit_code = 1,
		.components = components,
		.count = 2,
	};
}

static void
status_says_who_what_and_how_it_ended(void **state)
{
	struct rawfile_status status = sample();
	struct buf out = BUF_INIT;
	const char *body;

	(void)state;
	assert_int_equal(0, rawfile_status(&status, &out));
	body = strchr(buf_text(&out), '\n') + 1;
	assert_int_equal(0,
	    strncmp(body,
		"[Identity]\r\n"
		"SMS Unique ID=" ID "\r\n"
		"Machine Name=PLN-WS017\r\n"
		"Domain=PLANT2\r\n"
		"SiteCode=PL2\r\n"
		"Agent Version=2.0.1493.4006\r\n"
		"CopyListVersion=1795197600\r\n"
		"Offered CopyListVersion=1795284000\r\n"
		"Exit Code=1\r\n"
		"Date=2026-11-20T18:00:00Z\r\n"
		"\r\n"
		"[Component STANDARD]\r\n"
		"State=Installed\r\n"
		"Release=1795197600\r\n"
		"\r\n"
		"[Component Client Inventory]\r\n"
		"State=Failed: BIN\\A.EXE  END 00\r\n"
		"END ",
		strlen(body) - 66));
	buf_free(&out);
}

static void
first_and_last_line_fit_the_body(void **state)
{
	struct rawfile_status status = sample();
	char expected[DIGEST_TEXT], hex[65], id[65], agent[65];
	struct buf out = BUF_INIT;
	size_t length, head;
	const char *body;
	int used = 0;

	(void)state;
	assert_int_equal(0, rawfile_status(&status, &out));
	assert_int_equal(3,
	    sscanf(out.data, "SMSRAW 1 %64s %64s %zu\r\n%n", id, agent, &length,
		&used));
	assert_string_equal(ID, id);
	assert_string_equal("2.0.1493.4006", agent);
	head = (size_t)(strstr(out.data, "\r\n") - out.data) + 2;
	assert_int_equal(out.len, head + length + 4 + 64 + 2);
	body = out.data + head;
	assert_int_equal(1, sscanf(body + length, "END %64s", hex));
	assert_int_equal(0, digest_of(body, length, expected));
	assert_string_equal(expected, hex);
	buf_free(&out);
}

static void
body_of_a_status_is_ini_text(void **state)
{
	struct rawfile_status status = sample();
	struct inifile *ini = NULL;
	struct buf out = BUF_INIT;
	const char *body, *end;

	(void)state;
	assert_int_equal(0, rawfile_status(&status, &out));
	body = strchr(out.data, '\n') + 1;
	end = strstr(body, "\nEND ") + 1;
	assert_int_equal(0,
	    inifile_parse(
		"x", body, (size_t)(end - body), INIFILE_DIALECT, &ini, NULL));
	assert_string_equal(
	    "Installed", inifile_get(ini, "Component STANDARD", "State"));
	assert_null(inifile_get(ini, "Component Client Inventory", "Release"));
	inifile_free(ini);
	buf_free(&out);
}

static void
status_that_its_form_cannot_carry_is_refused(void **state)
{
	static const struct rawfile_component bad = { "A]B", "x", NULL, "y" };
	struct rawfile_status status = sample();
	struct buf out = BUF_INIT;

	(void)state;
	status.smsid = "a/b";
	assert_int_equal(ERR_ARG, rawfile_status(&status, &out));
	status = sample();
	status.agent = "2 0";
	assert_int_equal(ERR_ARG, rawfile_status(&status, &out));
	status = sample();
	status.components = &bad;
	status.count = 1;
	assert_int_equal(ERR_ARG, rawfile_status(&status, &out));
	assert_int_equal(0, out.len);
	buf_free(&out);
}

static int
put(const char *smsid, const char *text)
{
	struct buf b = BUF_INIT;
	struct os_dir *dir = NULL;
	int rc;

	buf_add_text(&b, text);
	assert_int_equal(0, os_dir_open("/c/INVDATA", &dir));
	rc = rawfile_put(dir, smsid, &b);
	os_dir_close(dir);
	buf_free(&b);
	return rc;
}

static void
each_put_is_a_file_of_its_own(void **state)
{
	struct os_info info;
	const char *list;
	char path[128];

	(void)state;
	assert_int_equal(0, put(ID, "one"));
	list = fake_list("/c/INVDATA");
	assert_int_equal(strlen(ID "-0123456789abcdef.raw 3\n"), strlen(list));
	assert_int_equal(0, strncmp(list, ID "-", strlen(ID "-")));
	assert_non_null(strstr(list, ".raw 3\n"));
	snprintf(path, sizeof path, "/c/INVDATA/%.*s",
	    (int)(strchr(list, ' ') - list), list);
	assert_true(fake_info(path, &info));
	assert_int_equal(OS_PUBLIC, fake_rights(path));
	assert_int_equal(0, put(ID, "two"));
	assert_string_equal("one", fake_get(path));
	assert_non_null(strstr(fake_tree("/c/INVDATA"), ".raw=two"));
}

static void
name_that_is_taken_is_tried_again_under_another(void **state)
{
	(void)state;
	fake_fail_call("os_rename_new", 1, FAKE_ONCE, ERR_EXIST);
	assert_int_equal(0, put(ID, "one"));
	assert_int_equal(2, fake_calls_of("os_rename_new"));
	assert_non_null(strstr(fake_list("/c/INVDATA"), ".raw 3\n"));
}

static void
tries_for_a_free_name_have_an_end(void **state)
{
	(void)state;
	fake_fail_call("os_rename_new", 1, FAKE_FOREVER, ERR_EXIST);
	assert_int_equal(ERR_EXIST, put(ID, "one"));
	assert_int_equal(10, fake_calls_of("os_rename_new"));
	assert_string_equal("", fake_list("/c/INVDATA"));
}

static void
id_that_is_no_file_name_is_refused(void **state)
{
	(void)state;
	assert_int_equal(ERR_ARG, put("", "x"));
	assert_int_equal(ERR_ARG, put("../x", "x"));
	assert_int_equal(ERR_ARG, put("a b", "x"));
	assert_string_equal("", fake_list("/c/INVDATA"));
}

/* The walk through all faults; what stays is nothing or one whole file. Once it
 * is there, nothing that fails about older ones is an error. */
static void
put_that_fails_leaves_nothing_half_done(void **state)
{
	struct buf b = BUF_INIT;
	struct os_dir *dir;
	const char *left;
	unsigned n;
	int rc;

	(void)state;
	buf_add_text(&b, "SMSRAW");
	for (n = 1; n < 100; n++) {
		fake_reset();
		fake_put_folder("/c/INVDATA");
		fake_short_writes(true);
		assert_int_equal(0, os_dir_open("/c/INVDATA", &dir));
		fake_fail(n, FAKE_ONCE, ERR_IO);
		rc = rawfile_put(dir, ID, &b);
		os_dir_close(dir);
		assert_int_equal(0, fake_handles());
		left = fake_list("/c/INVDATA");
		if (!fake_met())
			break;
		if (rc != 0)
			assert_int_equal(ERR_IO, rc);
		else
			assert_non_null(strstr(left, ".raw 6\n"));
		assert_true(*left == '\0' ||
		    strstr(left, ".raw 6\n") == left + strlen(ID) + 17);
	}
	assert_in_range(n, 6, 99);
	assert_int_equal(0, rc);
	buf_free(&b);
}

static void
file_is_whole_after_a_power_cut(void **state)
{
	(void)state;
	assert_int_equal(0, put(ID, "one"));
	fake_power_cut();
	assert_non_null(strstr(fake_tree("/c/INVDATA"), ".raw=one"));
}

static void
box_that_cannot_be_flushed_has_the_file_all_the_same(void **state)
{
	(void)state;
	fake_fail_call("os_dir_flush", 1, FAKE_FOREVER, ERR_ACCES);
	assert_int_equal(0, put(ID, "one"));
}

static void
full_inventory_has_its_sections_in_the_form(void **state)
{
	static const char body[] =
	    "\r\n[Identity]\r\nSMS Unique ID=" ID "\r\n"
	    "Agent Version=1.2\r\nDate=2026-11-20T18:00:00Z\r\n"
	    "Unchanged=Memory\r\n"
	    "\r\n[System]\r\n_b_c_=d [x]\r\n_e_=f =\r\n"
	    "\r\n[Memory]\r\nTotal=1\r\nEND ";
	struct buf system = BUF_INIT, memory = BUF_INIT, out = BUF_INIT;
	const struct rawfile_section sections[] = {
		{ "System", &system, false },
		{ "Memory", &memory, true },
	};
	struct rawfile_full full = {
		.smsid = ID,
		.agent = "1.2",
		.sections = sections,
		.count = 2,
	};

	(void)state;
	rawfile_row(&system, "[b=c\x01", "d\n[x]");
	rawfile_row(&system, ";e\x7f", "f\x02=");
	rawfile_row(&system, "nothing", "");
	rawfile_row(&memory, "Total", "1");
	assert_int_equal(0, rawfile_full(&full, &out));
	assert_non_null(strstr(out.data, body));
	full.agent = "1 2";
	assert_int_equal(ERR_ARG, rawfile_full(&full, &out));
	buf_free(&out);
	buf_free(&memory);
	buf_free(&system);
}

static int
put_full(const char *kind, const char *text)
{
	struct buf b = BUF_INIT, name = BUF_INIT;
	struct os_dir *dir = NULL;
	int rc;

	buf_add_text(&b, text);
	assert_int_equal(0, os_dir_open("/c/INVDATA", &dir));
	rc = rawfile_full_name(ID, kind, &name);
	if (rc == 0)
		rc = rawfile_put_full(dir, ID, name.data, &b);
	if (rc == 0) /* the name is taken now */
		assert_int_equal(
		    ERR_EXIST, rawfile_put_full(dir, ID, name.data, &b));
	os_dir_close(dir);
	buf_free(&name);
	buf_free(&b);
	return rc;
}

static void
inventory_takes_the_place_of_its_own_kind_alone(void **state)
{
	static const char *const names[] = {
		ID "-full-00000000000000aa.raw",
		ID "-hardware-00000000000000aa.raw",
		ID "-00000000000000aa.raw",
		ID "-full-x-00000000000000aa.raw",
	};
	char path[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(path, sizeof path, "/c/INVDATA/%s", names[i]);
		fake_put(path, "x");
		fake_stamp(path, FAKE_START - 24 * 3600 * OS_SECOND, 0);
	}
	assert_int_equal(0, put_full("full", "one"));
	assert_null(fake_get("/c/INVDATA/" ID "-full-00000000000000aa.raw"));
	for (i = 1; i < sizeof names / sizeof names[0]; i++)
		assert_non_null(strstr(fake_list("/c/INVDATA"), names[i]));
	assert_int_equal(0, put(ID, "two"));
	assert_null(strstr(fake_list("/c/INVDATA"), names[2]));
	assert_non_null(strstr(fake_tree("/c/INVDATA"), "=one"));
	assert_non_null(strstr(fake_list("/c/INVDATA"), names[1]));
}

static void
inventory_is_put_under_a_name_of_its_form_alone(void **state)
{
	static const char *const names[] = { "x.raw", ID ".raw",
		ID "-0123456789abcdef.raw", "X-full-0123456789abcdef.raw" };
	struct os_dir *dir = NULL;
	struct buf text = BUF_INIT;
	size_t i;

	(void)state;
	assert_int_equal(0, os_dir_open("/c/INVDATA", &dir));
	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_int_equal(
		    ERR_ARG, rawfile_put_full(dir, ID, names[i], &text));
	assert_string_equal("", fake_list("/c/INVDATA"));
	os_dir_close(dir);
}

static void
new_file_takes_the_place_of_those_of_the_days_before(void **state)
{
	static const char *const names[] = {
		ID "-00000000000000aa.raw", /* goes */
		ID "-00000000000000bb.raw", /* not old */
		ID "-00000000000000aA.raw",
		ID "-00000000000000aa.RAW",
		ID "-0000000000000aa.raw",
		ID "0-00000000000000aa.raw",
		"PL2OTHER-00000000000000aa.raw",
		"invent.raw",
	};
	struct buf path = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		buf_clear(&path);
		buf_format(&path, "/c/INVDATA/%s", names[i]);
		fake_put(path.data, "x");
		fake_stamp(path.data,
		    FAKE_START - (i == 1 ? 23 : 24) * 3600 * OS_SECOND, 0);
	}
	buf_free(&path);
	assert_int_equal(0, put(ID, "one"));
	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_int_equal(
		    i != 0, strstr(fake_list("/c/INVDATA"), names[i]) != NULL);
	assert_non_null(strstr(fake_tree("/c/INVDATA"), ".raw=one"));
}

static void
raw_names_are_known_in_any_letter_case(void **state)
{
	(void)state;
	assert_true(rawfile_is_name("a.raw"));
	assert_true(rawfile_is_name("00000000.RAW"));
	assert_false(rawfile_is_name(".raw"));
	assert_false(rawfile_is_name("a.raw.tmp"));
	assert_false(rawfile_is_name("araw"));
	assert_false(rawfile_is_name(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    status_says_who_what_and_how_it_ended, setup),
		cmocka_unit_test_setup(first_and_last_line_fit_the_body, setup),
		cmocka_unit_test_setup(body_of_a_status_is_ini_text, setup),
		cmocka_unit_test_setup(
		    status_that_its_form_cannot_carry_is_refused, setup),
		cmocka_unit_test_setup(each_put_is_a_file_of_its_own, setup),
		cmocka_unit_test_setup(
		    name_that_is_taken_is_tried_again_under_another, setup),
		cmocka_unit_test_setup(
		    tries_for_a_free_name_have_an_end, setup),
		cmocka_unit_test_setup(
		    id_that_is_no_file_name_is_refused, setup),
		cmocka_unit_test_setup(
		    put_that_fails_leaves_nothing_half_done, setup),
		cmocka_unit_test_setup(file_is_whole_after_a_power_cut, setup),
		cmocka_unit_test_setup(
		    box_that_cannot_be_flushed_has_the_file_all_the_same,
		    setup),
		cmocka_unit_test_setup(
		    full_inventory_has_its_sections_in_the_form, setup),
		cmocka_unit_test_setup(
		    inventory_takes_the_place_of_its_own_kind_alone, setup),
		cmocka_unit_test_setup(
		    inventory_is_put_under_a_name_of_its_form_alone, setup),
		cmocka_unit_test_setup(
		    new_file_takes_the_place_of_those_of_the_days_before,
		    setup),
		cmocka_unit_test_setup(
		    raw_names_are_known_in_any_letter_case, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
