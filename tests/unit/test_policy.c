/* Tests of lib/policy: where it is found, whom it trusts, what it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/layout.h"
#include "../../lib/policy.h"
#include "../../platform/err.h"
#include "../fake/fake.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define FIRST	 "/var/lib/sms/policy.ini"
#define SECOND	 "/etc/sms/policy.ini"

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

static int
load(const char *given, struct policy *policy, struct buf *why)
{
	struct layout l;
	int rc;

	assert_int_equal(
	    0, layout_make(&l, "/var/lib/sms/SMS.INI", NULL, NULL));
	rc = policy_load(given, &l, policy, why);
	layout_free(&l);
	if (rc != 0)
		assert_null(policy->path);
	return rc;
}

/* Loads what is there; the caller frees it. */
static struct policy
loaded(const char *given)
{
	struct policy policy;

	assert_int_equal(0, load(given, &policy, NULL));
	return policy;
}

static void
expect_refusal(int code, const char *expected)
{
	struct buf why = BUF_INIT;
	struct policy policy;

	assert_int_equal(code, load(NULL, &policy, &why));
	assert_string_equal(expected, buf_text(&why));
	buf_free(&why);
}

static void
no_file_at_all_gives_the_defaults(void **state)
{
	struct policy p = loaded(NULL);

	(void)state;
	assert_null(p.path);
	assert_null(p.pinned);
	assert_null(p.machines);
	assert_int_equal(0, p.window.to);
	assert_false(p.allow_unsigned);
	assert_true(p.bandwidth == 0);
	policy_free(&p);
	policy_free(&p);
}

static void
values_are_read(void **state)
{
	struct policy p;

	(void)state;
	fake_put(FIRST,
	    "[Security]\r\nAllowUnsigned=Yes\r\n"
	    "[Machines]\r\nAllow=PLN-WS\\d+|PLN-LAB.*\r\n"
	    "[Limits]\r\nBandwidth=500K\r\nWindow=22:00-06:00\r\n");
	p = loaded(NULL);
	assert_string_equal(FIRST, p.path);
	assert_true(p.allow_unsigned);
	assert_string_equal("PLN-WS\\d+|PLN-LAB.*", p.machines);
	assert_true(p.bandwidth == 512000);
	assert_int_equal(22 * 60, p.window.from);
	assert_int_equal(6 * 60, p.window.to);
	policy_free(&p);
}

static void
blank_values_are_the_defaults(void **state)
{
	struct policy p;

	(void)state;
	fake_put(FIRST,
	    "[Security]\nAllowUnsigned=\n[Machines]\nAllow=\n"
	    "[Limits]\nBandwidth=\nWindow=\n");
	p = loaded(NULL);
	assert_false(p.allow_unsigned);
	assert_null(p.machines);
	assert_true(p.bandwidth == 0);
	assert_int_equal(0, p.window.to);
	policy_free(&p);
}

static void
state_root_comes_before_the_configuration_folder(void **state)
{
	struct policy p;

	(void)state;
	fake_put(SECOND, "[Limits]\nBandwidth=2\n");
	p = loaded(NULL);
	assert_true(p.bandwidth == 2);
	policy_free(&p);
	fake_put(FIRST, "[Limits]\nBandwidth=1\n");
	p = loaded(NULL);
	assert_true(p.bandwidth == 1);
	policy_free(&p);
	fake_put("/home/kim/policy.ini", "[Limits]\nBandwidth=3\n");
	p = loaded("/home/kim/policy.ini");
	assert_true(p.bandwidth == 3);
	assert_string_equal("/home/kim/policy.ini", p.path);
	policy_free(&p);
}

static void
given_file_must_be_there(void **state)
{
	struct buf why = BUF_INIT;
	struct policy p;

	(void)state;
	fake_put(FIRST, "[Limits]\nBandwidth=1\n");
	assert_int_equal(ERR_NOENT, load("/x/policy.ini", &p, &why));
	assert_string_equal(
	    "/x/policy.ini: no such file or folder", buf_text(&why));
	fake_admin(false);
	assert_int_equal(ERR_NOENT, load("/x/policy.ini", &p, &why));
	assert_non_null(strstr(buf_text(&why), "/x/policy.ini"));
	buf_free(&why);
}

static void
bandwidth_is_bytes_with_an_optional_unit(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} cases[] = {
		{ "0", 0 },
		{ "1", 1 },
		{ "125000", 125000 },
		{ "1k", 1024 },
		{ "10K", 10240 },
		{ "3m", 3145728 },
		{ "18446744073709551615", UINT64_MAX },
	};
	char text[80];
	struct policy p;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		snprintf(text, sizeof text, "[Limits]\nBandwidth=%s\n",
		    cases[i].text);
		fake_put(FIRST, text);
		p = loaded(NULL);
		assert_true(p.bandwidth == cases[i].bytes);
		policy_free(&p);
	}
}

static void
bad_values_are_refused_with_file_and_line(void **state)
{
	static const char *const bandwidths[] = {
		"fast",
		"-1",
		"1.5M",
		"K",
		"10 K",
		"10G",
		"10KK",
		"18446744073709551616",
		"18014398509481984K",
	};
	char text[120], expected[200];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bandwidths); i++) {
		snprintf(text, sizeof text, "; note\n[Limits]\nBandwidth=%s\n",
		    bandwidths[i]);
		fake_put(FIRST, text);
		snprintf(expected, sizeof expected,
		    FIRST
		    ":3: Bandwidth is a "
		    "number of bytes a second (500000, 500K, 2M), not \"%s\"",
		    bandwidths[i]);
		expect_refusal(ERR_FORMAT, expected);
	}
	fake_put(FIRST, "[Security]\n\nAllowUnsigned=maybe\n");
	expect_refusal(
	    ERR_FORMAT, FIRST ":3: AllowUnsigned is yes or no, not \"maybe\"");
	fake_put(FIRST, "[Limits]\n\nWindow=at night\n");
	expect_refusal(ERR_FORMAT,
	    FIRST
	    ":3: Window is a time of day like 22:00-06:00, not \"at night\"");
	assert_int_equal(0, fake_handles());
}

static void
text_that_is_no_ini_is_refused(void **state)
{
	struct buf why = BUF_INIT;
	struct policy p;

	(void)state;
	fake_put(FIRST, "[Security]\nAllowUnsigned=yes\n\x01\n");
	assert_int_equal(ERR_FORMAT, load(NULL, &p, &why));
	assert_int_equal(
	    0, strncmp(buf_text(&why), FIRST ":3:", strlen(FIRST ":3:")));
	buf_free(&why);
}

static void
file_that_cannot_be_read_is_an_error_and_not_missing(void **state)
{
	struct policy p;

	(void)state;
	fake_put(SECOND, "[Limits]\nBandwidth=2\n");
	fake_put_folder(FIRST);
	assert_int_equal(ERR_ISDIR, load(NULL, &p, NULL));
	fake_drop(FIRST);
	fake_put(FIRST, "");
	fake_use(FIRST, FAKE_EXCLUSIVE);
	assert_int_equal(ERR_BUSY, load(NULL, &p, NULL));
}

static void
administrators_refuse_a_file_that_others_may_write(void **state)
{
	struct buf why = BUF_INIT;
	struct policy p;

	(void)state;
	fake_put(FIRST, "[Security]\nAllowUnsigned=yes\n");
	fake_trusted(FIRST, ERR_UNTRUSTED);
	assert_int_equal(ERR_UNTRUSTED, load(NULL, &p, &why));
	assert_non_null(strstr(buf_text(&why), FIRST));
	assert_non_null(strstr(buf_text(&why), "owner uid 1000, mode 0775"));
	assert_false(p.allow_unsigned);
	fake_admin(false);
	p = loaded(NULL);
	assert_true(p.allow_unsigned);
	policy_free(&p);
	buf_free(&why);
}

static void
first_key_by_name_is_pinned(void **state)
{
	struct policy p;

	(void)state;
	fake_put("/etc/sms/keys/etc.pub", "x");
	p = loaded(NULL);
	assert_string_equal("/etc/sms/keys/etc.pub", p.pinned);
	policy_free(&p);
	fake_put("/var/lib/sms/keys/readme.txt", "x");
	fake_put("/var/lib/sms/keys/.pub", "x");
	p = loaded(NULL);
	assert_string_equal("/etc/sms/keys/etc.pub", p.pinned);
	policy_free(&p);
	fake_put("/var/lib/sms/keys/b.pub", "x");
	fake_put("/var/lib/sms/keys/a.PUB", "x");
	fake_put("/var/lib/sms/keys/c.pub", "x");
	p = loaded(NULL);
	assert_string_equal("/var/lib/sms/keys/a.PUB", p.pinned);
	policy_free(&p);
}

static void
key_gone_wrong_is_an_error_and_never_no_key(void **state)
{
	struct policy p;

	(void)state;
	fake_put_special("/var/lib/sms/keys/a.pub", OS_LINK);
	expect_refusal(
	    ERR_LINK, "/var/lib/sms/keys/a.pub: a link stands in the path");
	fake_drop("/var/lib/sms/keys/a.pub");
	fake_put_folder("/var/lib/sms/keys/a.pub");
	assert_int_equal(ERR_NOTFILE, load(NULL, &p, NULL));
	fake_drop("/var/lib/sms/keys");
	fake_put("/var/lib/sms/keys", "a file");
	assert_int_equal(ERR_NOTDIR, load(NULL, &p, NULL));
	fake_drop("/var/lib/sms/keys");
	fake_put("/var/lib/sms/keys/a.pub", "x");
	fake_deny("/var/lib/sms/keys", ERR_ACCES);
	assert_int_equal(ERR_ACCES, load(NULL, &p, NULL));
	assert_int_equal(0, fake_handles());
}

static void
administrators_refuse_keys_that_others_may_write(void **state)
{
	struct policy p;

	(void)state;
	fake_put("/var/lib/sms/keys/a.pub", "x");
	fake_trusted("/var/lib/sms/keys/a.pub", ERR_UNTRUSTED);
	assert_int_equal(ERR_UNTRUSTED, load(NULL, &p, NULL));
	fake_drop("/var/lib/sms/keys/a.pub");
	fake_trusted("/var/lib/sms/keys", ERR_UNTRUSTED);
	assert_int_equal(ERR_UNTRUSTED, load(NULL, &p, NULL));
	fake_admin(false);
	p = loaded(NULL);
	policy_free(&p);
}

static void
expect_unsigned(int code, const char *expected)
{
	struct policy p = loaded(NULL);
	struct buf why = BUF_INIT;

	assert_int_equal(code, policy_permits_unsigned(&p, &why));
	assert_string_equal(expected, buf_text(&why));
	buf_free(&why);
	policy_free(&p);
}

static void
administrators_take_unsigned_lists_only_where_it_is_said(void **state)
{
	(void)state;
	expect_unsigned(ERR_UNTRUSTED,
	    "the list is not signed: pin a key in "
	    "/var/lib/sms/keys, or set [Security] AllowUnsigned=yes in "
	    "/var/lib/sms/policy.ini");
	fake_put(SECOND, "[Security]\nAllowUnsigned=no\n");
	expect_unsigned(ERR_UNTRUSTED,
	    "the list is not signed: pin a key in "
	    "/var/lib/sms/keys, or set [Security] AllowUnsigned=yes in "
	    "/etc/sms/policy.ini");
	fake_put(SECOND, "[Security]\nAllowUnsigned=yes\n");
	expect_unsigned(0, "");
}

static void
users_take_unsigned_lists(void **state)
{
	(void)state;
	fake_admin(false);
	expect_unsigned(0, "");
}

static void
pinned_key_rules_out_unsigned_lists_for_everybody(void **state)
{
	(void)state;
	fake_put(FIRST, "[Security]\nAllowUnsigned=yes\n");
	fake_put("/etc/sms/keys/a.pub", "x");
	expect_unsigned(ERR_UNTRUSTED,
	    "the list is not signed, and /etc/sms/keys/a.pub is pinned");
	fake_admin(false);
	expect_unsigned(ERR_UNTRUSTED,
	    "the list is not signed, and /etc/sms/keys/a.pub is pinned");
}

/* A fault must never give more than the policy does. */
static void
failing_calls_never_loosen_the_policy(void **state)
{
	struct layout l;
	struct policy p;
	unsigned n;
	int rc = -1;

	(void)state;
	for (n = 1; n < 100; n++) {
		fake_reset();
		fake_put(FIRST, "[Limits]\nBandwidth=5\n");
		fake_put(SECOND, "[Security]\nAllowUnsigned=yes\n");
		fake_put("/var/lib/sms/keys/a.pub", "x");
		assert_int_equal(
		    0, layout_make(&l, "/var/lib/sms/SMS.INI", NULL, NULL));
		fake_fail(n, FAKE_ONCE, ERR_IO);
		rc = policy_load(NULL, &l, &p, NULL);
		layout_free(&l);
		assert_int_equal(0, fake_handles());
		if (rc == 0) {
			assert_false(p.allow_unsigned);
			assert_true(p.bandwidth == 5);
			assert_non_null(p.pinned);
			policy_free(&p);
		}
		if (!fake_met())
			break;
	}
	assert_int_equal(0, rc);
	assert_in_range(n, 6, 99);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_file_at_all_gives_the_defaults),
		TEST(values_are_read),
		TEST(blank_values_are_the_defaults),
		TEST(state_root_comes_before_the_configuration_folder),
		TEST(given_file_must_be_there),
		TEST(bandwidth_is_bytes_with_an_optional_unit),
		TEST(bad_values_are_refused_with_file_and_line),
		TEST(text_that_is_no_ini_is_refused),
		TEST(file_that_cannot_be_read_is_an_error_and_not_missing),
		TEST(administrators_refuse_a_file_that_others_may_write),
		TEST(first_key_by_name_is_pinned),
		TEST(key_gone_wrong_is_an_error_and_never_no_key),
		TEST(administrators_refuse_keys_that_others_may_write),
		TEST(administrators_take_unsigned_lists_only_where_it_is_said),
		TEST(users_take_unsigned_lists),
		TEST(pinned_key_rules_out_unsigned_lists_for_everybody),
		TEST(failing_calls_never_loosen_the_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
