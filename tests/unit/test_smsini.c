/* Tests of lib/smsini: reading, roots, changing, damage. */
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
#include "../../lib/smsini.h"
#include "../../platform/err.h"
#include "../fake/fake.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define INI	 "/c/SMS.INI"

static const char good[] = "; kept as it is\r\n"
			   "[Servers]\r\n"
			   "Domain=PLANT2\r\n"
			   "[SMS]\r\n"
			   "SMS Unique ID = PL20A01F\r\n"
			   "SiteCode=PL2\r\n"
			   "CopyListVersion=899164800\r\n"
			   "SMSPath=/c\r\n"
			   "LastLogonServerPath=\\\\PLN-DC1\\SMS_SHR\r\n"
			   "[Local]\r\n"
			   "SetupPhase=Installed\r\n"
			   "[SMS Work]\r\n"
			   "PendingWork=copy a b,del a\r\n"
			   "[Setup State]\r\n"
			   "Facts=os=linux\r\n"
			   "Machine=4c4c\r\n"
			   "Expires=2027-02-18T18:00:00Z\r\n"
			   "NextTry=2026-11-20T19:00:00Z\r\n"
			   "Tries=3\r\n"
			   "TriedVersion=899164801\r\n";

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	fake_put_folder("/c/STATE");
	return 0;
}

static int change_with(const struct iniedit_change *what, size_t count,
    bool *parked, struct buf *why);

/* Reading */

static struct smsini *
load(struct buf *why)
{
	struct smsini *ini = NULL;

	assert_int_equal(0, smsini_load(INI, &ini, why));
	assert_non_null(ini);
	return ini;
}

static void
values_are_read(void **state)
{
	struct smsini *ini;

	(void)state;
	fake_put(INI, good);
	ini = load(NULL);
	assert_false(ini->damaged);
	assert_true(ini->has_version);
	assert_int_equal(899164800, ini->version);
	assert_int_equal(PHASE_INSTALLED, ini->phase);
	assert_string_equal("PL20A01F", ini->smsid);
	assert_string_equal("PL2", ini->site);
	assert_string_equal("PLANT2", ini->domain);
	assert_string_equal("\\\\PLN-DC1\\SMS_SHR", ini->last_root);
	assert_string_equal("os=linux", ini->facts);
	assert_string_equal("4c4c", ini->machine);
	assert_true(ini->expires == INT64_C(1802973600) * OS_SECOND);
	assert_true(ini->next_try == INT64_C(1795201200) * OS_SECOND);
	assert_int_equal(3, ini->tries);
	assert_int_equal(899164801, ini->tried);
	assert_string_equal(
	    "copy a b,del a", smsini_get(ini, "sms work", "pendingwork"));
	smsini_free(ini);
}

static void
what_is_absent_is_unset(void **state)
{
	struct smsini *ini;

	(void)state;
	fake_put(INI, "[SMS]\r\n");
	ini = load(NULL);
	assert_false(ini->has_version);
	assert_int_equal(PHASE_NONE, ini->phase);
	assert_null(ini->smsid);
	assert_null(ini->domain);
	assert_true(ini->expires == -1);
	assert_true(ini->next_try == 0);
	assert_int_equal(0, ini->tries);
	assert_null(smsini_get(ini, "SMS", "SMSPath"));
	smsini_free(ini);
	assert_null(smsini_get(NULL, "SMS", "SMSPath"));
	smsini_free(NULL);
}

static void
malformed_numbers_and_dates_count_as_absent(void **state)
{
	struct smsini *ini;

	(void)state;
	fake_put(INI,
	    "[SMS]\r\nCopyListVersion=abc\r\n[Setup State]\r\n"
	    "Expires=tomorrow\r\nNextTry=2026-13-01T00:00:00Z\r\nTries=-1\r\n"
	    "TriedVersion=99999999999999999999\r\n");
	ini = load(NULL);
	assert_false(ini->has_version);
	assert_true(ini->expires == -1);
	assert_true(ini->next_try == 0);
	assert_int_equal(0, ini->tries);
	assert_int_equal(0, ini->tried);
	smsini_free(ini);
}

static void
phases_are_known_in_all_their_spellings(void **state)
{
	static const struct {
		const char *text;
		enum smsini_phase phase;
	} cases[] = {
		{ "", PHASE_NONE },
		{ "INSTALLED", PHASE_INSTALLED },
		{ "verify_files", PHASE_VERIFY },
		{ "Verifying_Files", PHASE_VERIFY },
		{ "UPGRADE", PHASE_UPGRADE },
		{ "deinstal", PHASE_REMOVE },
		{ "DEINSTALL", PHASE_REMOVE },
		{ "COMPONENT_DEINSTALL", PHASE_REMOVE },
		{ "installing", PHASE_OTHER },
	};
	struct smsini *ini;
	char text[80];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		snprintf(text, sizeof text,
		    "[SMS]\r\n[Local]\r\nSetupPhase=%s\r\n", cases[i].text);
		fake_put(INI, text);
		ini = load(NULL);
		assert_int_equal(cases[i].phase, ini->phase);
		smsini_free(ini);
	}
}

static void
q149673_cannot_open_is_not_missing(void **state)
{
	struct smsini *ini = NULL;
	struct buf why = BUF_INIT;

	(void)state;
	assert_int_equal(ERR_NOENT, smsini_load(INI, &ini, &why));
	assert_null(ini);
	fake_put("/c/SMS.BAK", good);
	fake_put(INI, good);
	fake_use(INI, FAKE_EXCLUSIVE);
	assert_int_equal(ERR_BUSY, smsini_load(INI, &ini, &why));
	assert_string_equal("/c/SMS.INI: cannot read: in use by another "
			    "program",
	    buf_text(&why));
	fake_put(INI, good);
	fake_deny(INI, ERR_ACCES);
	assert_int_equal(ERR_ACCES, smsini_load(INI, &ini, &why));
	fake_deny(INI, 0);
	fake_drop(INI);
	fake_put_folder(INI);
	assert_int_equal(ERR_ISDIR, smsini_load(INI, &ini, &why));
	fake_drop(INI);
	fake_put_special(INI, OS_LINK);
	assert_int_equal(ERR_LINK, smsini_load(INI, &ini, &why));
	assert_null(ini);
	buf_free(&why);
}

/* Cut off anywhere, it says nothing that SMS.BAK does not say: half an ID or
 * half a path would be another one. */
static void
file_cut_off_at_any_length_says_nothing_else(void **state)
{
	const size_t id = (size_t)(strstr(good, "SiteCode") - good);
	const struct iniedit_change phase = { "Local", "SetupPhase", "x" };
	struct buf why = BUF_INIT;
	struct smsini *ini;
	const char *root;
	size_t len;

	(void)state;
	for (len = 0; len < sizeof good - 1; len++) {
		fake_put("/c/SMS.BAK", good);
		fake_put_bytes(INI, good, len);
		ini = load(&why);
		assert_true(ini->damaged || good[len - 1] == '\n' ||
		    len == sizeof good - 3 || len == sizeof good - 2);
		if (ini->damaged || len >= id)
			assert_string_equal("PL20A01F", ini->smsid);
		root = smsini_get(ini, "SMS", "SMSPath");
		assert_true(root == NULL || strcmp(root, "/c") == 0);
		smsini_free(ini);
		assert_int_equal(0, change_with(&phase, 1, NULL, &why));
		ini = load(&why);
		assert_false(ini->damaged);
		assert_int_equal(PHASE_OTHER, ini->phase);
		smsini_free(ini);
	}
	buf_free(&why);
}

/* An administrator's editor that writes no last line end cuts nothing off. */
static void
file_without_a_last_line_end_is_sound(void **state)
{
	struct smsini *ini;

	(void)state;
	fake_put("/c/SMS.BAK", good);
	fake_put_bytes(INI, good, sizeof good - 3);
	ini = load(NULL);
	assert_false(ini->damaged);
	smsini_free(ini);
	fake_put("/c/SMS.BAK", "[SMS]\r\nA=1\r\n");
	fake_put(INI, "[SMS]\r\nA=2");
	ini = load(NULL);
	assert_false(ini->damaged);
	smsini_free(ini);
}

/* Its last value becomes the beginning of what it was: that is an edit. */
static void
edit_that_shortens_the_last_line_is_no_damage(void **state)
{
	const struct iniedit_change less = { "SMS", "A", "on" };
	struct buf why = BUF_INIT;
	struct smsini *ini;

	(void)state;
	fake_put(INI, "[SMS]\r\nA=one");
	fake_put("/c/SMS.BAK", "[SMS]\r\nA=one");
	assert_int_equal(0, change_with(&less, 1, NULL, &why));
	assert_string_equal("[SMS]\r\nA=on", fake_get(INI));
	assert_string_equal("[SMS]\r\nA=on", fake_get("/c/SMS.BAK"));
	ini = load(NULL);
	assert_false(ini->damaged);
	smsini_free(ini);
	buf_free(&why);
}

/* S5B64: while another program had SMS.INI open the client was installed anew,
 * under another ID. */
static void
s5b64_file_in_use_is_not_written_anew(void **state)
{
	const struct iniedit_change id = { "SMS", "SMS Unique ID", "PL2NEW" };
	struct buf why = BUF_INIT;

	(void)state;
	fake_put("/c/SMS.BAK", good);
	fake_put(INI, good);
	fake_use(INI, FAKE_EXCLUSIVE);
	assert_int_equal(ERR_BUSY, change_with(&id, 1, NULL, &why));
	assert_string_equal("/c/SMS.INI: cannot read: in use by another "
			    "program",
	    buf_text(&why));
	fake_use(INI, FAKE_FREE);
	assert_string_equal(good, fake_get(INI));
	assert_string_equal(good, fake_get("/c/SMS.BAK"));
	assert_null(fake_get("/c/SMS.BAD"));
	buf_free(&why);
}

static void
file_beyond_the_limit_cannot_be_used(void **state)
{
	struct smsini *ini = NULL;
	struct buf why = BUF_INIT;
	char *big = malloc(SMSINI_MAX + 1);

	(void)state;
	assert_non_null(big);
	memset(big, 'a', SMSINI_MAX + 1);
	memcpy(big, "[SMS]\r\n", 7);
	fake_put_bytes(INI, big, SMSINI_MAX + 1);
	/* No ERR_RANGE: that is bad input. */
	assert_int_equal(ERR_UNSUP, smsini_load(INI, &ini, &why));
	assert_string_equal(
	    INI ": cannot read: larger than 16 MiB", buf_text(&why));
	assert_int_equal(ERR_UNSUP, change_with(NULL, 0, NULL, NULL));
	buf_free(&why);
	fake_put_bytes(INI, big, SMSINI_MAX);
	ini = load(NULL);
	assert_false(ini->damaged);
	smsini_free(ini);
	free(big);
}

static const struct damage {
	const char *text;
	size_t len;
	const char *why; /* part of it */
} damages[] = {
	{ "", 0, "the file is empty" },
	{ "\0\0\0\0", 4, ":1:" },
	{ "[SMS]\r\nA=b\0c\r\n", 14, ":2:" },
	{ "[SMS]\r\nA=b\x01\r\n", 13, ":2:" },
	{ "[SMS]\rA=b\r", 10, ":1:" },
	{ "[Local]\r\nA=b\r\n", 14, "no section [SMS]" },
};

static void
damage_is_told_and_values_come_from_the_backup(void **state)
{
	struct buf why = BUF_INIT;
	struct smsini *ini;
	size_t i;

	(void)state;
	fake_put("/c/SMS.BAK", good);
	for (i = 0; i < COUNT(damages); i++) {
		fake_put_bytes(INI, damages[i].text, damages[i].len);
		ini = load(&why);
		assert_true(ini->damaged);
		assert_int_equal(0, strncmp(buf_text(&why), INI, strlen(INI)));
		assert_non_null(strstr(buf_text(&why), damages[i].why));
		assert_string_equal("PL20A01F", ini->smsid);
		assert_string_equal("/c", smsini_get(ini, "SMS", "SMSPath"));
		assert_false(ini->has_version);
		assert_null(smsini_get(ini, "SMS", "copylistversion"));
		assert_null(smsini_get(ini, "SMS Work", "PendingWork"));
		smsini_free(ini);
	}
	buf_free(&why);
}

static void
backup_that_is_no_better_leaves_all_unset(void **state)
{
	struct smsini *ini;

	(void)state;
	fake_put(INI, "");
	ini = load(NULL);
	assert_true(ini->damaged);
	assert_null(ini->smsid);
	assert_null(smsini_get(ini, "SMS", "SMSPath"));
	smsini_free(ini);
	fake_put("/c/SMS.BAK", "\x02");
	ini = load(NULL);
	assert_true(ini->damaged);
	assert_null(ini->smsid);
	smsini_free(ini);
}

static void
missing_file_beside_a_good_backup_is_damage(void **state)
{
	struct buf why = BUF_INIT;
	struct smsini *ini = NULL;

	(void)state;
	fake_put("/c/SMS.BAK", good);
	ini = load(&why);
	assert_true(ini->damaged);
	assert_string_equal("/c/SMS.INI is missing", buf_text(&why));
	assert_string_equal("PL20A01F", ini->smsid);
	assert_false(ini->has_version);
	assert_null(smsini_get(ini, "SMS Work", "PendingWork"));
	smsini_free(ini);
	ini = NULL;
	/* One that cannot be opened just now may be good. */
	fake_use("/c/SMS.BAK", FAKE_EXCLUSIVE);
	assert_int_equal(ERR_BUSY, smsini_load(INI, &ini, &why));
	assert_null(ini);
	/* One that is none: this is no client yet. */
	fake_put("/c/SMS.BAK", "no section");
	assert_int_equal(ERR_NOENT, smsini_load(INI, &ini, &why));
	fake_drop("/c/SMS.BAK");
	fake_put_folder("/c/SMS.BAK");
	assert_int_equal(ERR_NOENT, smsini_load(INI, &ini, &why));
	assert_null(ini);
	buf_free(&why);
}

static void
backup_that_others_may_write_is_not_used(void **state)
{
	struct buf why = BUF_INIT;
	struct smsini *ini = NULL;
	bool parked = true;

	(void)state;
	fake_put(INI, "");
	fake_put("/c/SMS.BAK", good);
	fake_admin(true);
	fake_trusted("/c/SMS.BAK", ERR_UNTRUSTED);
	ini = load(&why);
	assert_true(ini->damaged);
	assert_null(ini->smsid);
	assert_non_null(strstr(buf_text(&why),
	    "the file is empty; "
	    "/c/SMS.BAK: not used, others than administrators may change"));
	smsini_free(ini);
	assert_int_equal(0,
	    change_with(
		&(struct iniedit_change){ "SMS", "A", "1" }, 1, &parked, &why));
	assert_false(parked);
	assert_string_equal("[SMS]\r\nA=1\r\n", fake_get(INI));
	assert_non_null(strstr(buf_text(&why), "/c/SMS.BAK: not used"));
	/* The same without an SMS.INI: a first install. */
	fake_drop(INI);
	fake_put("/c/SMS.BAK", good);
	fake_trusted("/c/SMS.BAK", ERR_UNTRUSTED);
	assert_int_equal(ERR_NOENT, smsini_load(INI, &ini, &why));
	assert_int_equal(0,
	    change_with(
		&(struct iniedit_change){ "SMS", "A", "1" }, 1, NULL, NULL));
	assert_string_equal("[SMS]\r\nA=1\r\n", fake_get(INI));
	/* Who is no administrator cannot give rights away. */
	fake_put(INI, "");
	fake_put("/c/SMS.BAK", good);
	fake_admin(false);
	ini = load(NULL);
	assert_string_equal("PL20A01F", ini->smsid);
	smsini_free(ini);
	buf_free(&why);
}

static void
failing_calls_of_load_are_errors_or_nothing(void **state)
{
	struct smsini *ini = NULL;
	unsigned n;
	int rc;

	(void)state;
	fake_put(INI, good);
	for (n = 1; n < 100; n++) {
		fake_fail(n, FAKE_ONCE, ERR_IO);
		rc = smsini_load(INI, &ini, NULL);
		assert_int_equal(0, fake_handles());
		if (rc == 0)
			assert_string_equal("PL20A01F", ini->smsid);
		smsini_free(ini);
		ini = NULL;
		if (!fake_met())
			break;
	}
	assert_in_range(n, 4, 99);
	assert_string_equal(good, fake_get(INI));
}

/* Roots */

/* The roots, one a line. */
static void
expect_roots(const char *expected, const struct smsini *ini, const char *given)
{
	struct buf text = BUF_INIT;
	char **roots = NULL;
	size_t count, i;
	int rc;

	rc = smsini_roots(ini, given, &roots, &count);
	assert_int_equal(*expected == '\0' ? ERR_NOENT : 0, rc);
	for (i = 0; i < count; i++)
		buf_format(&text, "%s\n", roots[i]);
	assert_string_equal(expected, buf_text(&text));
	smsini_roots_free(roots, count);
	buf_free(&text);
}

static void
expect_roots_of(const char *expected, const char *text)
{
	struct smsini *ini;

	fake_put(INI, text);
	ini = load(NULL);
	expect_roots(expected, ini, NULL);
	smsini_free(ini);
}

static void
given_root_is_the_only_one(void **state)
{
	struct smsini *ini;

	(void)state;
	fake_put(INI, good);
	ini = load(NULL);
	expect_roots("/srv/pub\n", ini, "/srv/pub/.");
	smsini_free(ini);
	expect_roots("/srv/pub\n", NULL, "/srv/pub");
	expect_roots("", NULL, NULL);
}

static void
roots_come_last_current_then_by_number_without_doubles(void **state)
{
	(void)state;
	expect_roots_of("//PLN-DC1/SMS_SHR\n"
			"//PLN-DC2/LOGON\n"
			"//PLN-DC3/SMS_SHR\n"
			"//PLN-DC9/SMS_SHR\n"
			"//PLN-DC10/SMS_SHR\n",
	    "[Servers]\r\nServer10=PLN-DC10\r\nServer3=PLN-DC3\r\n"
	    "Server1=pln-dc1\r\nCurrentLogonServer=PLN-DC2\r\n"
	    "Server9=\\\\PLN-DC9\r\nserver3=PLN-NOT\r\nServer4=\r\n"
	    "Server2=PLN-DC2\r\nServerX=PLN-NOT\r\nServer=PLN-NOT\r\n"
	    "[Share]\r\nCurrentLogonServer=LOGON\r\nServer2=logon\r\n"
	    "Server3=\r\n"
	    "[Servers]\r\nServer5=PLN-NOT\r\n"
	    "[SMS]\r\nLastLogonServerPath=\\\\PLN-DC1\\SMS_SHR\\\r\n");
}

static void
folders_that_differ_in_case_are_two_roots(void **state)
{
	struct smsini *ini;

	(void)state;
	fake_put(INI, "[SMS]\r\nLastLogonServerPath=/srv/PUB\r\n");
	ini = load(NULL);
	expect_roots("/srv/PUB\n", ini, NULL);
	smsini_free(ini);
	expect_roots_of("",
	    "[SMS]\r\nLastLogonServerPath=\r\n"
	    "[Servers]\r\nCurrentLogonServer=\\\\\r\n");
}

static void
number_of_roots_is_bounded(void **state)
{
	struct buf text = BUF_INIT;
	struct smsini *ini;
	char **roots;
	size_t count;
	int i;

	(void)state;
	buf_add_text(&text, "[SMS]\n[Servers]\n");
	for (i = 5000; i > 0; i--)
		buf_format(&text, "Server%d=S%d\n", i, i);
	fake_put(INI, buf_text(&text));
	ini = load(NULL);
	assert_int_equal(0, smsini_roots(ini, NULL, &roots, &count));
	assert_int_equal(SMSINI_ROOTS_MAX, count);
	assert_string_equal("//S1/SMS_SHR", roots[0]);
	assert_string_equal("//S1000/SMS_SHR", roots[999]);
	smsini_roots_free(roots, count);
	smsini_free(ini);
	buf_free(&text);
}

static void
ids_that_are_file_names_are_known(void **state)
{
	char id[66];

	(void)state;
	assert_true(smsini_id_is_name("PL20A01F"));
	assert_true(smsini_id_is_name("a-b_9"));
	assert_false(smsini_id_is_name(""));
	assert_false(smsini_id_is_name("a.b"));
	assert_false(smsini_id_is_name("a/b"));
	assert_false(smsini_id_is_name("\xC3\xA9"));
	memset(id, 'A', 65);
	id[65] = '\0';
	assert_false(smsini_id_is_name(id));
	id[64] = '\0';
	assert_true(smsini_id_is_name(id));
}

/* Changing */

static const struct iniedit_change changes[] = {
	{ "SMS", "CopyListVersion", "899164900" },
	{ "Local", "SetupPhase", "verify_files" },
};

static int
change_with(const struct iniedit_change *what, size_t count, bool *parked,
    struct buf *why)
{
	struct layout l;
	int rc;

	assert_int_equal(0, layout_make(&l, INI, "/c", NULL));
	rc = smsini_change(&l, what, count, parked, why);
	layout_free(&l);
	return rc;
}

static int
change(bool *parked, struct buf *why)
{
	return change_with(changes, COUNT(changes), parked, why);
}

static void
expect_key(const char *expected, const char *path, const char *section,
    const char *key)
{
	struct smsini *ini = NULL;
	const char *value;

	assert_int_equal(0, smsini_load(path, &ini, NULL));
	value = smsini_get(ini, section, key);
	if (expected == NULL)
		assert_null(value);
	else
		assert_string_equal(expected, value);
	smsini_free(ini);
}

static void
first_change_makes_file_and_backup(void **state)
{
	(void)state;
	assert_int_equal(0, change(NULL, NULL));
	assert_string_equal("[SMS]\r\nCopyListVersion=899164900\r\n"
			    "[Local]\r\nSetupPhase=verify_files\r\n",
	    fake_get(INI));
	assert_string_equal(fake_get(INI), fake_get("/c/SMS.BAK"));
	assert_int_equal(OS_PUBLIC, fake_rights(INI));
	assert_int_equal(OS_PUBLIC, fake_rights("/c/SMS.BAK"));
	assert_non_null(fake_get("/c/STATE/INI.LOCK"));
	assert_null(fake_get("/c/SMS.LCK"));
	assert_int_equal(0, fake_handles());
}

static void
change_keeps_all_else_and_the_backup_follows(void **state)
{
	(void)state;
	fake_put(INI, good);
	assert_int_equal(0, change(NULL, NULL));
	assert_int_equal(0, strncmp(fake_get(INI), "; kept as it is\r\n", 17));
	assert_non_null(strstr(fake_get(INI), "SMS Unique ID = PL20A01F\r\n"));
	expect_key("899164900", INI, "SMS", "CopyListVersion");
	assert_string_equal(fake_get(INI), fake_get("/c/SMS.BAK"));
}

static void
nothing_is_written_when_nothing_changes(void **state)
{
	const struct iniedit_change same[] = {
		{ "SMS", "SiteCode", "PL2" },
		{ "SMS", "NoSuchKey", NULL },
	};

	(void)state;
	fake_put(INI, good);
	assert_int_equal(0, change_with(same, 2, NULL, NULL));
	assert_int_equal(0, fake_calls_of("os_write"));
	assert_string_equal(good, fake_get(INI));
	assert_null(fake_get("/c/SMS.BAK"));
}

static void
lock_is_beside_the_file_where_state_is_not_ours(void **state)
{
	(void)state;
	fake_may_write("/c/STATE", ERR_ACCES);
	assert_int_equal(0, change(NULL, NULL));
	assert_non_null(fake_get("/c/SMS.LCK"));
	assert_null(fake_get("/c/STATE/INI.LOCK"));
	fake_drop("/c/SMS.LCK");
	fake_drop("/c/STATE");
	assert_int_equal(0,
	    change_with(
		&(struct iniedit_change){ "SMS", "A", "1" }, 1, NULL, NULL));
	assert_non_null(fake_get("/c/SMS.LCK"));
	assert_string_equal("", fake_list("/c/STATE"));
}

static void
lock_of_another_program_is_waited_for_and_given_up(void **state)
{
	struct buf why = BUF_INIT;

	(void)state;
	fake_put(INI, good);
	fake_lock("/c/STATE/INI.LOCK", 9000);
	assert_int_equal(0, change(NULL, NULL));
	fake_put(INI, good);
	fake_lock("/c/STATE/INI.LOCK", -1);
	assert_int_equal(ERR_BUSY, change(NULL, &why));
	assert_string_equal(good, fake_get(INI));
	assert_non_null(strstr(buf_text(&why), "INI.LOCK"));
	buf_free(&why);
}

static void
file_that_cannot_be_opened_is_left_alone(void **state)
{
	struct buf why = BUF_INIT;

	(void)state;
	fake_put_folder(INI);
	assert_int_equal(ERR_ISDIR, change(NULL, &why));
	assert_non_null(strstr(buf_text(&why), "cannot read"));
	fake_drop(INI);
	fake_put(INI, good);
	fake_use(INI, FAKE_EXCLUSIVE);
	assert_int_equal(ERR_BUSY, change(NULL, &why));
	assert_string_equal(good, fake_get(INI));
	assert_null(fake_get("/c/SMS.BAK"));
	assert_null(fake_get("/c/SMS.BAD"));
	buf_free(&why);
}

static void
bad_change_changes_nothing(void **state)
{
	const struct iniedit_change bad[] = {
		{ "SMS", "SiteCode", "PL3" },
		{ "SMS", "A", "b\nc" },
	};

	(void)state;
	fake_put(INI, good);
	assert_int_equal(ERR_ARG, change_with(bad, 2, NULL, NULL));
	assert_string_equal(good, fake_get(INI));
	fake_put(INI, "");
	assert_int_equal(ERR_ARG, change_with(bad, 2, NULL, NULL));
	assert_string_equal("", fake_get(INI));
	assert_null(fake_get("/c/SMS.BAD"));
}

static void
damaged_file_heals_from_the_backup(void **state)
{
	bool parked;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(damages); i++) {
		fake_reset();
		fake_put_folder("/c/STATE");
		fake_put_bytes(INI, damages[i].text, damages[i].len);
		fake_put("/c/SMS.BAK", good);
		parked = false;
		assert_int_equal(0, change_with(&changes[1], 1, &parked, NULL));
		assert_true(parked);
		expect_key("PL20A01F", INI, "SMS", "SMS Unique ID");
		expect_key(NULL, INI, "SMS", "CopyListVersion");
		expect_key("", INI, "SMS Work", "PendingWork");
		expect_key("copy a b,del a", INI, "SMS Work", "ParkedWork");
		expect_key("verify_files", INI, "Local", "SetupPhase");
		assert_string_equal(fake_get(INI), fake_get("/c/SMS.BAK"));
		assert_memory_equal(
		    damages[i].text, fake_get("/c/SMS.BAD"), damages[i].len);
		assert_int_equal(0, fake_handles());
	}
}

static void
missing_file_heals_from_the_backup(void **state)
{
	struct buf why = BUF_INIT;
	bool parked = false;

	(void)state;
	fake_put("/c/SMS.BAK", good);
	fake_stamp("/c/SMS.BAK", FAKE_START, OS_HIDDEN);
	assert_int_equal(0, change_with(&changes[1], 1, &parked, &why));
	assert_true(parked);
	assert_string_equal("", buf_text(&why));
	expect_key("PL20A01F", INI, "SMS", "SMS Unique ID");
	expect_key("/c", INI, "SMS", "SMSPath");
	expect_key(NULL, INI, "SMS", "CopyListVersion");
	expect_key("", INI, "SMS Work", "PendingWork");
	expect_key("copy a b,del a", INI, "SMS Work", "ParkedWork");
	assert_string_equal(fake_get(INI), fake_get("/c/SMS.BAK"));
	assert_null(fake_get("/c/SMS.BAD"));
	fake_drop(INI);
	fake_use("/c/SMS.BAK", FAKE_EXCLUSIVE);
	assert_int_equal(ERR_BUSY, change_with(&changes[1], 1, NULL, NULL));
	assert_null(fake_get(INI));
	buf_free(&why);
}

static void
folder_in_the_way_of_the_broken_copy_gets_a_word_only(void **state)
{
	struct buf why = BUF_INIT;

	(void)state;
	fake_put(INI, "");
	fake_put("/c/SMS.BAK", good);
	fake_put_folder("/c/SMS.BAD");
	assert_int_equal(0, change(NULL, &why));
	expect_key("PL20A01F", INI, "SMS", "SMS Unique ID");
	assert_non_null(strstr(buf_text(&why), "/c/SMS.BAD: cannot write"));
	assert_null(strstr(fake_list("/c"), ".tmp"));
	buf_free(&why);
}

static void
sweeping_leaves_the_files_of_others(void **state)
{
	(void)state;
	fake_put(INI, good);
	fake_put("/c/thesis.0123456789abcdef.tmp", "mine");
	fake_put("/c/SMS.INI.bak.0123456789abcdef.tmp", "mine");
	fake_put("/c/SMS.INI.0123456789abcdef.tmp", "left");
	fake_put("/c/SMS.BAK.0123456789abcdef.tmp", "left");
	fake_put("/c/SMS.BAD.0123456789abcdef.tmp", "left");
	assert_int_equal(0, change(NULL, NULL));
	assert_non_null(fake_get("/c/thesis.0123456789abcdef.tmp"));
	assert_non_null(fake_get("/c/SMS.INI.bak.0123456789abcdef.tmp"));
	assert_null(fake_get("/c/SMS.INI.0123456789abcdef.tmp"));
	assert_null(fake_get("/c/SMS.BAK.0123456789abcdef.tmp"));
	assert_null(fake_get("/c/SMS.BAD.0123456789abcdef.tmp"));
}

static void
healed_file_takes_the_version_that_is_asked_for(void **state)
{
	(void)state;
	fake_put(INI, "");
	fake_put("/c/SMS.BAK", good);
	assert_int_equal(0, change(NULL, NULL));
	expect_key("899164900", INI, "SMS", "CopyListVersion");
}

static void
commands_parked_before_stay_parked(void **state)
{
	bool parked = true;

	(void)state;
	fake_put(INI, "");
	fake_put("/c/SMS.BAK",
	    "[SMS]\r\n[SMS Work]\r\nPendingWork=new 1\r\n"
	    "ParkedWork=old 1\r\nPendingWork=never\r\n");
	assert_int_equal(0, change(&parked, NULL));
	assert_true(parked);
	expect_key("old 1,new 1", INI, "SMS Work", "ParkedWork");
	expect_key("", INI, "SMS Work", "PendingWork");
	fake_put(INI, "");
	assert_int_equal(0, change(&parked, NULL));
	assert_false(parked);
	expect_key("old 1,new 1", INI, "SMS Work", "ParkedWork");
}

static void
damage_without_a_good_backup_heals_to_the_changes_alone(void **state)
{
	bool parked = true;

	(void)state;
	fake_put(INI, "\x01");
	assert_int_equal(0, change_with(&changes[1], 1, &parked, NULL));
	assert_false(parked);
	assert_string_equal(
	    "[SMS]\r\n[Local]\r\nSetupPhase=verify_files\r\n", fake_get(INI));
	fake_put(INI, "\x01");
	fake_put("/c/SMS.BAK", "no section");
	assert_int_equal(0, change_with(&changes[1], 1, NULL, NULL));
	assert_string_equal(
	    "[SMS]\r\n[Local]\r\nSetupPhase=verify_files\r\n", fake_get(INI));
}

static void
backup_that_cannot_be_opened_now_stops_healing(void **state)
{
	(void)state;
	fake_put(INI, "");
	fake_put("/c/SMS.BAK", good);
	fake_use("/c/SMS.BAK", FAKE_EXCLUSIVE);
	assert_int_equal(ERR_BUSY, change(NULL, NULL));
	assert_string_equal("", fake_get(INI));
	assert_null(fake_get("/c/SMS.BAD"));
}

static void
backup_and_broken_copy_are_as_closed_as_the_file(void **state)
{
	struct os_info info;

	(void)state;
	fake_put(INI, good);
	fake_stamp(INI, FAKE_START, OS_HIDDEN);
	assert_int_equal(0, change(NULL, NULL));
	assert_true(fake_info("/c/SMS.BAK", &info));
	assert_int_equal(OS_HIDDEN, info.flags);
	fake_put(INI, "");
	fake_stamp(INI, FAKE_START, OS_HIDDEN);
	assert_int_equal(0, change(NULL, NULL));
	assert_true(fake_info("/c/SMS.BAD", &info));
	assert_int_equal(OS_HIDDEN, info.flags);
	assert_true(fake_info(INI, &info));
	assert_int_equal(OS_HIDDEN, info.flags);
}

static void
backup_that_fails_after_the_change_gets_a_word_only(void **state)
{
	struct buf why = BUF_INIT;

	(void)state;
	fake_put(INI, good);
	fake_put_folder("/c/SMS.BAK");
	assert_int_equal(0, change(NULL, &why));
	assert_non_null(strstr(buf_text(&why), "/c/SMS.BAK: cannot write"));
	expect_key("899164900", INI, "SMS", "CopyListVersion");
	buf_free(&why);
}

/* Somebody repairs the file just before it would be healed. */
static void
repair(void *arg, const char *call)
{
	unsigned *left = arg;

	if (strcmp(call, "os_replace") == 0 && *left > 0 && --*left == 0)
		fake_put(INI, good);
}

static void
file_repaired_meanwhile_is_edited_and_not_healed(void **state)
{
	unsigned left = 1;

	(void)state;
	fake_put(INI, "");
	fake_put("/c/SMS.BAK", "[SMS]\r\nSMS Unique ID=OLD\r\n");
	fake_hook(repair, &left);
	assert_int_equal(0, change(NULL, NULL));
	fake_hook(NULL, NULL);
	expect_key("PL20A01F", INI, "SMS", "SMS Unique ID");
	expect_key("899164900", INI, "SMS", "CopyListVersion");
}

/* Puts the file there, anew. */
static void
prepare(const char *text)
{
	fake_reset();
	fake_put_folder("/c/STATE");
	fake_put("/c/SMS.BAK", good);
	if (text != NULL)
		fake_put(INI, text);
	fake_short_writes(true);
}

/* I1 for SMS.INI: whichever call fails, it is the old or the new file, and no
 * temporary one is left. */
static void
fail_each_call(const char *text, const char *expected)
{
	const char *now;
	unsigned n;
	int rc = -1;

	for (n = 1; n < 300; n++) {
		prepare(text);
		fake_fail(n, FAKE_ONCE, ERR_NOSPC);
		rc = change(NULL, NULL);
		assert_int_equal(0, fake_handles());
		if (!fake_met())
			break;
		now = fake_get(INI);
		assert_true((now == NULL && text == NULL) ||
		    (now != NULL && text != NULL && strcmp(now, text) == 0) ||
		    strcmp(now, expected) == 0);
		if (rc == 0)
			assert_string_equal(expected, now);
		now = fake_get("/c/SMS.BAK");
		assert_true(
		    strcmp(now, good) == 0 || strcmp(now, expected) == 0);
		assert_null(strstr(fake_list("/c"), ".tmp"));
	}
	assert_int_equal(0, rc);
	assert_in_range(n, 20, 299);
}

static void
change_that_fails_leaves_the_old_or_the_new_file(void **state)
{
	static const char *const texts[] = { NULL, "", good };
	char *expected;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(texts); i++) {
		prepare(texts[i]);
		assert_int_equal(0, change(NULL, NULL));
		expected = strdup(fake_get(INI));
		fail_each_call(texts[i], expected);
		free(expected);
	}
}

/* The same when the program ends there and the power goes; what was reported
 * as done is done then. */
static void
cut_at_each_call(const char *text, const char *expected)
{
	const char *now;
	unsigned n;
	bool met;
	int rc;

	for (n = 1; n < 300; n++) {
		prepare(text);
		fake_fail(n, FAKE_FOREVER, ERR_IO);
		rc = change(NULL, NULL);
		met = fake_met();
		fake_power_cut();
		now = fake_get(INI);
		assert_non_null(now);
		assert_true((rc != 0 && strcmp(now, text) == 0) ||
		    strcmp(now, expected) == 0);
		now = fake_get("/c/SMS.BAK");
		assert_true((met && strcmp(now, good) == 0) ||
		    strcmp(now, expected) == 0);
		if (!met)
			break;
	}
	assert_in_range(n, 20, 299);
}

static void
power_cut_leaves_the_old_or_the_new_file(void **state)
{
	static const char *const texts[] = { "\x01", good };
	char *expected;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(texts); i++) {
		prepare(texts[i]);
		assert_int_equal(0, change(NULL, NULL));
		expected = strdup(fake_get(INI));
		cut_at_each_call(texts[i], expected);
		free(expected);
	}
}

/* One that is followed by another may be lost, and never by halves; the backup
 * stays whole, and waits for the other one. */
static void
late_change_is_old_or_new_after_a_power_cut(void **state)
{
	struct layout l;
	char *expected;
	unsigned n;
	bool met = true;

	(void)state;
	assert_int_equal(0, layout_make(&l, INI, "/c", NULL));
	prepare(good);
	assert_int_equal(0, change(NULL, NULL));
	expected = strdup(fake_get(INI));
	for (n = 1; n < 300 && met; n++) {
		prepare(good);
		fake_put("/c/SMS.BAK", good);
		fake_fail(n, FAKE_FOREVER, ERR_IO);
		if (smsini_change_late(
			&l, changes, COUNT(changes), NULL, NULL) == 0)
			assert_string_equal(expected, fake_get(INI));
		met = fake_met();
		fake_power_cut();
		assert_true(strcmp(fake_get(INI), good) == 0 ||
		    strcmp(fake_get(INI), expected) == 0);
		assert_string_equal(good, fake_get("/c/SMS.BAK"));
	}
	assert_in_range(n, 10, 299);
	free(expected);
	layout_free(&l);
}

static void
only_a_next_try_that_a_run_can_have_set_is_waited_for(void **state)
{
	const int64_t now = INT64_C(1795197600) * 1000000000;
	const int64_t second = 1000000000, longest = 34560 * second;
	struct smsini ini = { .tried = 42, .next_try = now + longest };

	(void)state;
	assert_true(smsini_must_wait(&ini, 42, now));
	assert_false(smsini_must_wait(&ini, 43, now));
	ini.next_try = now + longest + second;
	assert_false(smsini_must_wait(&ini, 42, now));
	ini.next_try = INT64_MAX;
	assert_false(smsini_must_wait(&ini, 42, now));
	ini.next_try = now + second;
	assert_true(smsini_must_wait(&ini, 42, now));
	ini.next_try = now;
	assert_false(smsini_must_wait(&ini, 42, now));
	ini.next_try = 0;
	assert_false(smsini_must_wait(&ini, 42, now));
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values_are_read),
		TEST(what_is_absent_is_unset),
		TEST(malformed_numbers_and_dates_count_as_absent),
		TEST(phases_are_known_in_all_their_spellings),
		TEST(q149673_cannot_open_is_not_missing),
		TEST(file_cut_off_at_any_length_says_nothing_else),
		TEST(file_without_a_last_line_end_is_sound),
		TEST(edit_that_shortens_the_last_line_is_no_damage),
		TEST(s5b64_file_in_use_is_not_written_anew),
		TEST(file_beyond_the_limit_cannot_be_used),
		TEST(damage_is_told_and_values_come_from_the_backup),
		TEST(backup_that_is_no_better_leaves_all_unset),
		TEST(missing_file_beside_a_good_backup_is_damage),
		TEST(backup_that_others_may_write_is_not_used),
		TEST(missing_file_heals_from_the_backup),
		TEST(folder_in_the_way_of_the_broken_copy_gets_a_word_only),
		TEST(sweeping_leaves_the_files_of_others),
		TEST(failing_calls_of_load_are_errors_or_nothing),
		TEST(given_root_is_the_only_one),
		TEST(roots_come_last_current_then_by_number_without_doubles),
		TEST(folders_that_differ_in_case_are_two_roots),
		TEST(number_of_roots_is_bounded),
		TEST(ids_that_are_file_names_are_known),
		TEST(first_change_makes_file_and_backup),
		TEST(change_keeps_all_else_and_the_backup_follows),
		TEST(nothing_is_written_when_nothing_changes),
		TEST(lock_is_beside_the_file_where_state_is_not_ours),
		TEST(lock_of_another_program_is_waited_for_and_given_up),
		TEST(file_that_cannot_be_opened_is_left_alone),
		TEST(bad_change_changes_nothing),
		TEST(damaged_file_heals_from_the_backup),
		TEST(healed_file_takes_the_version_that_is_asked_for),
		TEST(commands_parked_before_stay_parked),
		TEST(damage_without_a_good_backup_heals_to_the_changes_alone),
		TEST(backup_that_cannot_be_opened_now_stops_healing),
		TEST(backup_and_broken_copy_are_as_closed_as_the_file),
		TEST(backup_that_fails_after_the_change_gets_a_word_only),
		TEST(file_repaired_meanwhile_is_edited_and_not_healed),
		TEST(change_that_fails_leaves_the_old_or_the_new_file),
		TEST(only_a_next_try_that_a_run_can_have_set_is_waited_for),
		TEST(power_cut_leaves_the_old_or_the_new_file),
		TEST(late_change_is_old_or_new_after_a_power_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
