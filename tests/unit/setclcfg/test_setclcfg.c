/* Tests of setclcfg: what fails on the way leaves the old or the new states,
 * and says so. What it shows is seen in tests/scenario/setclcfg_states.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../../../lib/buf.h"
#include "../../../platform/err.h"
#include "../../../site/setclcfg/setclcfg.h"
#include "../../fake/fake.h"
#include "../capture.h"

#define ROOT   "/var/lib/sms"
#define STATE  ROOT "/STATE"
#define STATES STATE "/services.ini"
#define HEAD \
	"; services.ini: components, what is asked for and what is there\r\n"
#define BEFORE \
	HEAD   \
	    "[A]\r\nRequested Installation State=Disabled\r\nFailures=3\r\n; end\r\n"
#define AFTER	HEAD "[A]\r\nRequested Installation State=Started\r\n; end\r\n"
#define BOX	"/srv/root/ccr.box"
#define REQUEST BOX "/PL2ABC.CCR"

static struct buf said;
static unsigned fail_alloc; /* that allocation of the program; 0: none */
static bool alloc_met;	    /* by the program, not by the test */

static void
new_client(void)
{
	fake_reset();
	fake_put(ROOT "/SMS.INI", "[SMS]\r\nSiteCode=PL2\r\n");
	fake_put(STATES, BEFORE);
	fake_put_folder(BOX);
}

static int
setclcfg(bool request, char *one, char *two)
{
	char client[] = "*";
	char *words[] = { client, one, two };
	struct setclcfg_options o = {
		.requested = !request,
		.request = request,
		.words = words,
		.count = 3,
	};
	struct buf printed = BUF_INIT;
	struct capture out, err;
	int code;

	capture_begin(&out, stdout);
	capture_begin(&err, stderr);
	if (fail_alloc > 0)
		fake_alloc_fail(fail_alloc, FAKE_ONCE);
	code = setclcfg_run(&o);
	alloc_met = fake_alloc_works() && fake_alloc_met();
	if (fake_alloc_works())
		fake_alloc_fail(0, FAKE_ONCE);
	capture_end(&err, &said);
	capture_end(&out, &printed);
	/* A line of output, or one why there is none. */
	assert_int_equal(code == 0, printed.len > 0);
	assert_true(code == 0 || said.len > 0);
	buf_free(&printed);
	assert_int_equal(0, fake_handles());
	return code;
}

static int
set(void)
{
	char component[] = "a", state[] = "started";

	return setclcfg(false, component, state);
}

static int
drop(void)
{
	char server[] = "/srv/root", id[] = "PL2ABC";

	return setclcfg(true, server, id);
}

static int
teardown(void **state)
{
	(void)state;
	buf_free(&said);
	return 0;
}

static void
any_failure_leaves_the_old_or_the_new_states(void **state)
{
	unsigned n;
	bool met;
	int code;

	(void)state;
	for (n = 1, met = true; met; n++) {
		new_client();
		fake_fail(n, FAKE_ONCE, ERR_IO);
		code = set();
		met = fake_met();
		fake_fail(0, FAKE_ONCE, 0);
		if (strcmp(fake_get(STATES), AFTER) != 0) {
			assert_string_equal(BEFORE, fake_get(STATES));
			assert_int_not_equal(0, code);
		}
		assert_true(met || code == 0);
	}
	assert_true(n > 10);
}

static void
no_memory_leaves_the_old_or_the_new_states(void **state)
{
	unsigned n;
	bool met;
	int code;

	(void)state;
	if (!fake_alloc_works())
		skip();
	for (n = 1, met = true; met; n++) {
		new_client();
		fail_alloc = n;
		code = set();
		fail_alloc = 0;
		met = alloc_met;
		if (strcmp(fake_get(STATES), AFTER) != 0) {
			assert_string_equal(BEFORE, fake_get(STATES));
			assert_int_not_equal(0, code);
		}
		assert_true(met || code == 0);
	}
	assert_true(n > 10);
}

static void
request_that_fails_is_told(void **state)
{
	unsigned n;
	bool met;
	int code;

	(void)state;
	for (n = 1, met = true; met; n++) {
		new_client();
		fake_fail(n, FAKE_FOREVER, ERR_NOSPC);
		code = drop();
		met = fake_met();
		fake_fail(0, FAKE_ONCE, 0);
		if (code == 0)
			assert_non_null(fake_get(REQUEST));
		assert_true(met || code == 0);
	}
	assert_true(n > 5);
}

static void
server_that_hangs_is_no_logon_server(void **state)
{
	(void)state;
	new_client();
	fake_deny(BOX, ERR_HOST);
	assert_int_equal(EXIT_NOSERVER, drop());
	fake_deny(BOX, ERR_AUTH);
	assert_int_equal(EXIT_NOSERVER, drop());
	fake_deny(BOX, ERR_TIMEOUT);
	assert_int_equal(EXIT_NOSERVER, drop());
	fake_deny(BOX, ERR_NOSPC);
	assert_int_equal(EXIT_FAILED, drop());
	fake_deny(BOX, 0);
	assert_int_equal(EXIT_DONE, drop());
}

static void
only_who_may_write_sets_and_only_where_nobody_else_may(void **state)
{
	static const char *const places[] = { ROOT, STATE, ROOT "/SMS.INI" };
	size_t i;

	(void)state;
	new_client();
	fake_may_write(STATE, ERR_ACCES);
	assert_int_equal(EXIT_FAILED, set());
	assert_non_null(strstr(buf_text(&said), "only an administrator may"));
	fake_may_write(STATE, 0);
	for (i = 0; i < 3; i++) {
		fake_trusted(places[i], ERR_UNTRUSTED);
		assert_int_equal(EXIT_INPUT, set());
		fake_trusted(places[i], 0);
	}
	fake_lock(STATE "/LOCK", -1);
	assert_int_equal(EXIT_BUSY, set());
	assert_string_equal(BEFORE, fake_get(STATES));
	fake_lock(STATE "/LOCK", 0);
	assert_int_equal(EXIT_DONE, set());
	assert_string_equal(AFTER, fake_get(STATES));
}

static void
client_whose_ini_is_gone_is_that_of_the_backup(void **state)
{
	(void)state;
	new_client();
	fake_put(ROOT "/SMS.BAK", "[SMS]\r\nSiteCode=PL2\r\n");
	fake_drop(ROOT "/SMS.INI");
	assert_int_equal(EXIT_DONE, set());
	assert_non_null(strstr(buf_text(&said), "SMS.INI"));
	assert_string_equal(AFTER, fake_get(STATES));
	new_client();
	fake_drop(ROOT "/SMS.INI");
	assert_int_equal(EXIT_FAILED, set());
	assert_string_equal(BEFORE, fake_get(STATES));
}

static void
what_a_word_says_cannot_act_on_a_terminal(void **state)
{
	char component[] = "\x1b[31mX", status[] = "Started";

	(void)state;
	new_client();
	assert_int_equal(EXIT_INPUT, setclcfg(false, component, status));
	assert_null(strchr(buf_text(&said), 0x1b));
	assert_non_null(strstr(buf_text(&said), "\\x1B[31mX"));
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(any_failure_leaves_the_old_or_the_new_states),
		TEST(no_memory_leaves_the_old_or_the_new_states),
		TEST(request_that_fails_is_told),
		TEST(server_that_hangs_is_no_logon_server),
		TEST(only_who_may_write_sets_and_only_where_nobody_else_may),
		TEST(client_whose_ini_is_gone_is_that_of_the_backup),
		TEST(what_a_word_says_cannot_act_on_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
