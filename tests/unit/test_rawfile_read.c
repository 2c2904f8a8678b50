/* Tests of rawfile_read: what is good is read, what is bad gets its event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/digest.h"
#include "../../lib/inifile.h"
#include "../../lib/rawfile.h"
#include "../../platform/err.h"
#include "../fake/fake.h"

#define ID	 "PL2ABC"
#define NAME	 ID "-1795197600000000000-200.RAW"
#define WRITTEN	 (FAKE_START - 60 * OS_SECOND)
#define IDENTITY "[Identity]\r\nSMS Unique ID=" ID "\r\n"
#define BODY	 IDENTITY "Date=2026-11-20T17:59:00Z\r\n"

static struct buf text, why;
static struct rawfile raw;

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	rawfile_free(&raw);
	buf_free(&text);
	buf_free(&why);
	assert_int_equal(0, fake_handles());
	return 0;
}

/* A whole .raw: first line, body, the digest it has; `end` ends lines. */
static void
make(const char *head, const char *body, const char *end)
{
	char hex[DIGEST_TEXT];

	buf_clear(&text);
	assert_int_equal(0, digest_of(body, strlen(body), hex));
	buf_format(&text, "%s%s%sEND %s%s", head, end, body, hex, end);
}

/* The same with the length that the body has. */
static void
make_of(const char *id, const char *agent, const char *body, const char *end)
{
	struct buf head = BUF_INIT;

	buf_format(&head, "SMSRAW 1 %s %s %zu", id, agent, strlen(body));
	make(head.data, body, end);
	buf_free(&head);
}

static int
parse(void)
{
	rawfile_free(&raw);
	buf_clear(&why);
	return rawfile_parse(&text, NAME, &raw, &why);
}

static void
check_event(int event)
{
	assert_int_equal(ERR_FORMAT, parse());
	assert_int_equal(event, raw.event);
	assert_null(raw.body);
	assert_true(why.len > 0 && strchr(why.data, '\n') == NULL);
}

static void
good_file_says_whose_and_what(void **state)
{
	(void)state;
	make_of(ID, VERSION, BODY, "\r\n");
	assert_int_equal(0, parse());
	assert_int_equal(0, raw.event);
	assert_string_equal(ID, raw.smsid);
	assert_string_equal(VERSION, raw.agent);
	assert_true(raw.date == WRITTEN);
	assert_int_equal(RAWFILE_STATUS, raw.kind);
	assert_int_equal(0, raw.age);
	assert_string_equal(
	    "2026-11-20T17:59:00Z", inifile_get(raw.body, "identity", "date"));
}

static void
what_our_writer_writes_is_read(void **state)
{
	static const struct rawfile_component components[] = {
		{ "STANDARD", "Failed", "a\r\nEND 00", "1795197600" },
	};
	const struct rawfile_status status = {
		.smsid = ID,
		.machine = "PLN-WS017",
		.agent = VERSION,
		.version = "1795197600",
		.components = components,
		.count = 1,
	};

	(void)state;
	assert_int_equal(0, rawfile_status(&status, &text));
	assert_int_equal(0, parse());
	assert_true(raw.date == FAKE_START);
	assert_string_equal("Failed: a  END 00",
	    inifile_get(raw.body, "Component STANDARD", "State"));
}

static void
what_our_writer_of_inventories_writes_is_read(void **state)
{
	struct buf hardware = BUF_INIT, software = BUF_INIT;
	const struct rawfile_section sections[] = {
		{ .name = "System", .text = &hardware },
		{ .name = "Software", .text = &software, .unchanged = true },
	};
	const struct rawfile_full full = {
		.smsid = ID,
		.agent = VERSION,
		.sections = sections,
		.count = 2,
	};

	(void)state;
	rawfile_row(&hardware, "Model", "M1");
	rawfile_row(&software, "a=b", "1.0");
	assert_int_equal(0, rawfile_full(&full, &text));
	buf_free(&hardware);
	buf_free(&software);
	assert_int_equal(0, parse());
	assert_int_equal(RAWFILE_FULL, raw.kind);
	assert_true(raw.date == FAKE_START);
	assert_string_equal("M1", inifile_get(raw.body, "System", "Model"));
	assert_string_equal("1.0", inifile_get(raw.body, "Software", "a_b"));
}

static void
lines_may_end_in_lf_and_the_last_end_may_be_missing(void **state)
{
	(void)state;
	make_of(ID, VERSION, "[Identity]\nSMS Unique ID=" ID "\n", "\n");
	assert_int_equal(0, parse());
	text.len--;
	assert_int_equal(0, parse());
	make_of(ID, VERSION, BODY, "\r\n");
	text.len -= 1;
	assert_int_equal(0, parse());
	text.len -= 1;
	assert_int_equal(0, parse());
}

static void
inventory_is_told_from_a_status(void **state)
{
	(void)state;
	make_of(ID, VERSION, BODY "[Component System]\r\nState=x\r\n", "\r\n");
	assert_int_equal(0, parse());
	assert_int_equal(RAWFILE_STATUS, raw.kind);
	make_of(ID, VERSION, BODY "[SYSTEM]\r\nName=x\r\n", "\r\n");
	assert_int_equal(0, parse());
	assert_int_equal(RAWFILE_HARDWARE, raw.kind);
	make_of(ID, VERSION, BODY "[Software]\r\na=1\r\n", "\r\n");
	assert_int_equal(0, parse());
	assert_int_equal(RAWFILE_SOFTWARE, raw.kind);
	make_of(ID, VERSION, BODY "[System]\r\n[Software]\r\n", "\r\n");
	assert_int_equal(0, parse());
	assert_int_equal(RAWFILE_FULL, raw.kind);
}

static void
event_128_first_line_is_malformed(void **state)
{
	static const char *const heads[] = {
		"",
		"SMSRA 1 " ID " 0.1.0 49",
		"SMSRAWS 1 " ID " 0.1.0 49",
		"SMSRAW",
		"SMSRAW 1",
		"SMSRAW one " ID " 0.1.0 49",
		"SMSRAW -1 " ID " 0.1.0 49",
		"SMSRAW 1 " ID " 0.1.0",
		"SMSRAW 1 " ID " 0.1.0 49x",
		"SMSRAW 1 " ID " 0.1.0 +49",
		"SMSRAW 1 " ID " 0.1\t0 49",
		"SMSRAW 1 " ID " 0.1\xc3\xa4 49",
		"SMSRAW 1 " ID " 0.1\x7f 49",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		make(heads[i], IDENTITY, "\r\n");
		check_event(RAWFILE_HEADER);
	}
	buf_clear(&text);
	check_event(RAWFILE_HEADER);
	buf_add(&text, "\0\0\0\n", 4);
	check_event(RAWFILE_HEADER);
}

static void
event_128_first_line_never_ends(void **state)
{
	size_t i;

	(void)state;
	buf_add_text(&text, "SMSRAW 1 " ID " 0.1.0 49 ");
	for (i = 0; i < 5000; i++)
		buf_add_char(&text, 'x');
	check_event(RAWFILE_HEADER);
	buf_add_text(&text, "\r\n");
	check_event(RAWFILE_HEADER);
}

static void
event_128_version_of_the_agent_is_another_one_in_the_body(void **state)
{
	(void)state;
	make_of(ID, "0.1.0", IDENTITY "Agent Version=0.1.1\r\n", "\r\n");
	check_event(RAWFILE_HEADER);
}

static void
event_129_form_is_not_known(void **state)
{
	(void)state;
	make("SMSRAW 2 " ID " 9.0 what ever", BODY, "\r\n");
	check_event(RAWFILE_VERSION);
	make("SMSRAW 0 " ID " 9.0 49", BODY, "\r\n");
	check_event(RAWFILE_VERSION);
	make("SMSRAW 99999999999999999999999999999999999999 x", BODY, "\r\n");
	check_event(RAWFILE_VERSION);
}

static void
event_130_last_line_is_not_that_of_the_body(void **state)
{
	(void)state;
	make_of(ID, VERSION, BODY, "\r\n");
	text.data[text.len - 3] ^= 1;
	check_event(RAWFILE_TRAILER);
	make_of(ID, VERSION, BODY, "\r\n");
	buf_add_text(&text, "more\r\n");
	check_event(RAWFILE_TRAILER);
	make_of(ID, VERSION, BODY, "\r\n");
	memcpy(text.data + text.len - 70, "FIN ", 4);
	check_event(RAWFILE_TRAILER);
}

static void
event_131_id_is_none_or_another_one(void **state)
{
	(void)state;
	make_of("a/b", VERSION, BODY, "\r\n");
	check_event(RAWFILE_ID);
	make_of("PL2ABD", VERSION, BODY, "\r\n");
	check_event(RAWFILE_ID);
	make_of(
	    ID "C", VERSION, "[Identity]\r\nSMS Unique ID=" ID "C\r\n", "\r\n");
	check_event(RAWFILE_ID);
	make_of("a/b", VERSION, "[Identity]\r\nSMS Unique ID=a/b\r\n", "\r\n");
	assert_int_equal(ERR_FORMAT, rawfile_parse(&text, NULL, &raw, &why));
	assert_int_equal(RAWFILE_ID, raw.event);
	make_of(ID, VERSION, "[Identity]\r\nSMS Unique ID=PL2ABD\r\n", "\r\n");
	check_event(RAWFILE_ID);
	make_of(ID, VERSION, "[Other]\r\nSMS Unique ID=" ID "\r\n", "\r\n");
	check_event(RAWFILE_ID);
	make_of(ID, VERSION, BODY, "\r\n");
	assert_int_equal(
	    ERR_FORMAT, rawfile_parse(&text, "00000000.RAW", &raw, &why));
	assert_int_equal(RAWFILE_ID, raw.event);
	assert_int_equal(0, rawfile_parse(&text, NULL, &raw, &why));
}

static void
event_132_length_lies(void **state)
{
	static const char *const lengths[] = { "0", "1", "38", "40", "1000",
		"9223372036854775807", "9223372036854775808",
		"18446744073709551615", "18446744073709551655",
		"99999999999999999999999999999999999999999999" };
	struct buf head = BUF_INIT;
	size_t i;

	(void)state;
	assert_int_equal(34, strlen(IDENTITY));
	for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		buf_clear(&head);
		buf_format(&head, "SMSRAW 1 " ID " 0.1.0 %s", lengths[i]);
		make(head.data, IDENTITY, "\r\n");
		check_event(RAWFILE_LENGTH);
	}
	make("SMSRAW 1 " ID " 0.1.0 34", IDENTITY, "\r\n");
	assert_int_equal(0, parse());
	buf_free(&head);
}

static void
event_132_file_is_longer_than_any_we_read(void **state)
{
	struct os_dir *dir = NULL;
	struct buf more = BUF_INIT;

	(void)state;
	make_of(ID, VERSION, BODY, "\r\n");
	fake_put_bytes("/b/good", text.data, text.len);
	assert_int_equal(0, buf_reserve(&more, RAWFILE_MAX + 1));
	memset(more.data, 'x', RAWFILE_MAX + 1);
	fake_put_bytes("/b/long", more.data, RAWFILE_MAX + 1);
	buf_free(&more);
	assert_int_equal(0, os_dir_open("/b", &dir));
	assert_int_equal(0, rawfile_load(dir, "good", NAME, &raw, &why));
	rawfile_free(&raw);
	assert_int_equal(
	    ERR_FORMAT, rawfile_load(dir, "long", NAME, &raw, &why));
	assert_int_equal(RAWFILE_LENGTH, raw.event);
	assert_int_equal(
	    ERR_NOENT, rawfile_load(dir, "none", NAME, &raw, &why));
	assert_int_equal(0, raw.event);
	os_dir_close(dir);
}

static void
event_133_body_is_no_ini_text(void **state)
{
	(void)state;
	make_of(ID, VERSION, IDENTITY "a=\x01\r\n", "\r\n");
	check_event(RAWFILE_OTHER);
	make_of(ID, VERSION, IDENTITY "a=\rb\r\n", "\r\n");
	check_event(RAWFILE_OTHER);
}

static void
file_that_is_cut_off_anywhere_is_bad(void **state)
{
	size_t whole;

	(void)state;
	make_of(ID, VERSION, BODY "[System]\r\nName=x\r\n", "\r\n");
	for (whole = text.len - 2; text.len > whole; text.len--)
		assert_int_equal(0, parse());
	assert_int_equal(0, parse());
	while (text.len > 0) {
		text.len--;
		assert_int_equal(ERR_FORMAT, parse());
		assert_in_range(raw.event, RAWFILE_HEADER, RAWFILE_LENGTH);
	}
}

static void
one_bit_that_flips_anywhere_is_noticed(void **state)
{
	size_t i;
	int bit;

	(void)state;
	make_of(ID, "0.1.0", BODY "Agent Version=0.1.0\r\n", "\r\n");
	for (i = 0; i < text.len - 2; i++)
		for (bit = 0; bit < 8; bit++) {
			text.data[i] ^= (char)(1 << bit);
			if (parse() != ERR_FORMAT)
				fail_msg("byte %zu, bit %d", i, bit);
			assert_in_range(
			    raw.event, RAWFILE_HEADER, RAWFILE_OTHER);
			text.data[i] ^= (char)(1 << bit);
		}
	assert_int_equal(0, parse());
}

/* Q169038: records of agents with another length made the server throw the
 * whole file away. */
static void
q169038_older_and_newer_agents_are_read_and_told_apart(void **state)
{
	(void)state;
	make_of(ID, "0.0.9", BODY, "\r\n");
	assert_int_equal(0, parse());
	assert_true(raw.age < 0);
	make_of(ID, "999.0", BODY "[Of later]\r\nA=b\r\nno key\r\n", "\r\n");
	assert_int_equal(0, parse());
	assert_true(raw.age > 0);
	make_of(ID, "vendor-x", BODY, "\r\n");
	assert_int_equal(0, parse());
	assert_int_equal(0, raw.age);
}

static void
q169038_longer_first_line_is_read(void **state)
{
	(void)state;
	make("SMSRAW 1 " ID " 0.1.0 34 more words", IDENTITY, "\r\n");
	assert_int_equal(0, parse());
}

/* 8 KB were the most for a record, 48 KB for all of some kinds. */
static void
long_record_is_read(size_t length)
{
	struct buf body = BUF_INIT;
	size_t i;

	buf_add_text(&body, BODY "[Software]\r\nlong=");
	for (i = 0; i < length; i++)
		buf_add_char(&body, (char)('a' + i % 26));
	buf_add_text(&body, "\r\nbehind=1\r\n");
	make_of(ID, VERSION, body.data, "\r\n");
	buf_free(&body);
	assert_int_equal(0, parse());
	assert_int_equal(
	    length, strlen(inifile_get(raw.body, "Software", "long")));
	assert_string_equal("1", inifile_get(raw.body, "Software", "behind"));
}

static void
q179561_record_may_be_longer_than_8_kib(void **state)
{
	(void)state;
	long_record_is_read(8191);
	long_record_is_read(8192);
	long_record_is_read(8193);
}

static void
q152468_key_may_be_longer_than_8_kib(void **state)
{
	struct buf key = BUF_INIT, body = BUF_INIT;

	(void)state;
	while (key.len < 9000)
		buf_add_text(&key, "package ");
	buf_add_text(&key, "end");
	buf_format(&body, BODY "[Software]\r\n%s=1.0\r\n", key.data);
	make_of(ID, VERSION, body.data, "\r\n");
	assert_int_equal(0, parse());
	assert_string_equal("1.0", inifile_get(raw.body, "Software", key.data));
	buf_free(&body);
	buf_free(&key);
}

static void
q187293_section_may_be_longer_than_8_kib(void **state)
{
	struct buf body = BUF_INIT;
	char key[32];
	int i;

	(void)state;
	buf_add_text(&body, BODY "[Software]\r\n");
	for (i = 0; i < 5000; i++)
		buf_format(&body, "package %d=%d\r\n", i, i);
	make_of(ID, VERSION, body.data, "\r\n");
	buf_free(&body);
	assert_int_equal(0, parse());
	for (i = 0; i < 5000; i += 499) {
		snprintf(key, sizeof key, "package %d", i);
		assert_string_equal(
		    key + 8, inifile_get(raw.body, "Software", key));
	}
}

static void
q186407_record_may_be_longer_than_48_kib(void **state)
{
	(void)state;
	long_record_is_read(49151);
	long_record_is_read(49153);
	long_record_is_read(1000000);
}

static void
names_of_the_box_are_taken_apart(void **state)
{
	static const char *const bad[] = { "", ".raw", "a.raw", "a-1.raw",
		"-1-2.raw", "a-1-2", "a-1-x.raw", "a--2.raw", "a-1-2-3x.raw",
		"a-1-99999999999999999999.raw", "a1-2.raw",
		"a-1-0123456789abcdef.raw" };
	struct rawfile_name parts;
	size_t i;

	(void)state;
	assert_true(rawfile_name("PL2-X-17-5.RAW", &parts));
	assert_int_equal(5, parts.idlen);
	assert_true(parts.mtime == 17 && parts.size == 5);
	assert_true(rawfile_name("A-17-5-0123456789abcdef.raw", &parts));
	assert_int_equal(1, parts.idlen);
	assert_true(parts.mtime == 17 && parts.size == 5);
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (rawfile_name(bad[i], &parts))
			fail_msg("%s", bad[i]);
}

/* Wherever the first lines end, also between CR and LF. */
static void
date_is_read_from_the_first_lines_alone(void **state)
{
	struct buf body = BUF_INIT;
	struct os_dir *dir = NULL;
	int64_t when;
	int i;

	(void)state;
	buf_add_text(&body, BODY "[Software]\r\n");
	while (body.len < 9000)
		buf_add_text(&body, "a package=1.0\r\n");
	fake_put("/h/b", "SMSRAW 1 x y 3\r\n");
	fake_put("/h/c", "");
	assert_int_equal(0, os_dir_open("/h", &dir));
	for (i = 0; i < 20; i++) {
		make_of(ID, VERSION, body.data, "\r\n");
		fake_put_bytes("/h/a", text.data, text.len);
		when = 0;
		assert_int_equal(0, rawfile_date(dir, "a", &when));
		assert_true(when == WRITTEN);
		buf_add_char(&body, 'x');
		memmove(body.data + strlen(BODY) + 13,
		    body.data + strlen(BODY) + 12,
		    body.len - strlen(BODY) - 13);
	}
	assert_int_equal(ERR_FORMAT, rawfile_date(dir, "b", &when));
	assert_int_equal(ERR_FORMAT, rawfile_date(dir, "c", &when));
	assert_int_equal(ERR_NOENT, rawfile_date(dir, "d", &when));
	os_dir_close(dir);
	buf_free(&body);
}

static void
without_memory_no_file_is_bad(void **state)
{
	unsigned n;
	int rc = ERR_NOMEM;

	(void)state;
	if (!fake_alloc_works())
		skip();
	make_of(ID, VERSION, BODY, "\r\n");
	assert_int_equal(0, parse());
	for (n = 1; n < 200 && rc != 0; n++) {
		rawfile_free(&raw);
		fake_alloc_fail(n, FAKE_ONCE);
		rc = rawfile_parse(&text, NAME, &raw, NULL);
		fake_alloc_fail(0, FAKE_ONCE);
		assert_true(rc == 0 || rc == ERR_NOMEM);
		assert_int_equal(0, raw.event);
	}
	assert_int_equal(0, rc);
	assert_in_range(n, 5, 199);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(good_file_says_whose_and_what),
		test(what_our_writer_writes_is_read),
		test(what_our_writer_of_inventories_writes_is_read),
		test(lines_may_end_in_lf_and_the_last_end_may_be_missing),
		test(inventory_is_told_from_a_status),
		test(event_128_first_line_is_malformed),
		test(event_128_first_line_never_ends),
		test(event_128_version_of_the_agent_is_another_one_in_the_body),
		test(event_129_form_is_not_known),
		test(event_130_last_line_is_not_that_of_the_body),
		test(event_131_id_is_none_or_another_one),
		test(event_132_length_lies),
		test(event_132_file_is_longer_than_any_we_read),
		test(event_133_body_is_no_ini_text),
		test(file_that_is_cut_off_anywhere_is_bad),
		test(one_bit_that_flips_anywhere_is_noticed),
		test(q169038_older_and_newer_agents_are_read_and_told_apart),
		test(q169038_longer_first_line_is_read),
		test(q179561_record_may_be_longer_than_8_kib),
		test(q152468_key_may_be_longer_than_8_kib),
		test(q187293_section_may_be_longer_than_8_kib),
		test(q186407_record_may_be_longer_than_48_kib),
		test(names_of_the_box_are_taken_apart),
		test(date_is_read_from_the_first_lines_alone),
		test(without_memory_no_file_is_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
