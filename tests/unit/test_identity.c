/* Tests of lib/identity: which SMS ID this machine has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../lib/identity.h"
#include "../../lib/text.h"
#include "client.h"

#define UUID	"4c4c4544-0042-3510-8052-b4c04f564231"
#define MACHINE UUID ";"
#define OTHER	"99994544-0042-3510-8052-b4c04f564231;"
/* Site code, and 20 digits of base 32 of SHA-256 over MACHINE. */
#define MADE	"PLNNO6KFEIMKQAEI6VBKX6J"

static struct os_dir *state_dir;
static struct smsini *ini;
static struct identity id;
static struct buf why;

static int
setup(void **state)
{
	(void)state;
	start_client();
	assert_int_equal(0, os_dir_open(STATE, &state_dir));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	identity_free(&id);
	smsini_free(ini);
	ini = NULL;
	buf_free(&why);
	os_dir_close(state_dir);
	assert_int_equal(0, fake_handles());
	return 0;
}

/* SMS.INI with that ID, made on that machine (NULL: it does not say). */
static void
say(const char *smsid, const char *machine)
{
	struct buf text = BUF_INIT;

	buf_format(&text, "[SMS]\r\nSMS Unique ID=%s\r\n", smsid);
	if (machine != NULL)
		buf_format(&text, "[Setup State]\r\nMachine=%s\r\n", machine);
	fake_put(INI, buf_text(&text));
	buf_free(&text);
	smsini_free(ini);
	assert_int_equal(0, smsini_load(INI, &ini, NULL));
}

static void
keep(const char *smsid, const char *machine)
{
	struct identity kept = { .smsid = (char *)smsid,
		.machine = (char *)machine };

	assert_int_equal(0, identity_keep(state_dir, &kept));
}

static void
decide(bool sure)
{
	identity_free(&id);
	assert_int_equal(
	    0, identity_decide(ini, state_dir, "PLN", sure, &id, &why));
}

static void
assert_id(const char *smsid, bool made, bool moved)
{
	assert_string_equal(smsid, id.smsid);
	assert_int_equal(made, id.made);
	assert_int_equal(moved, id.moved);
	assert_string_equal(MACHINE, id.machine);
}

/* A disk's machine-id. */
#define DISK   "0123456789abcdef0123456789abcdef"
#define MAC    "02:00:5e:10:00:01"
#define DOCK   "02:00:5e:10:00:99"
#define NEW    MADE
/* The same of DISK;MAC and of DISK;DOCK. */
#define DISKED "PLNYHZYHA55525DVGBSHI7Z"
#define DOCKED "PLNPQ7GYMQV4YHFD7TADBBK"

static const struct {
	/* SMS.INI: ID and what it was made from; NULL: it does not say */
	const char *id, *made;
	const char *kept, *kept_made; /* STATE/IDENTITY; NULL: missing */
	const char *uuid, *mac;	      /* the machine; NULL: unknown */
	bool sure;
	const char *want; /* the ID; NULL: ERR_NOENT */
	bool is_made, is_moved;
} table[] = {
	/* A dock has a MAC of its own. */
	{ "A1", UUID ";", NULL, NULL, UUID, DOCK, true, "A1", false, false },
	{ "A1", UUID ";" MAC, NULL, NULL, UUID, DOCK, true, "A1", false,
	    false },
	{ "A1", NULL, "A1", UUID ";" MAC, UUID, DOCK, true, "A1", false,
	    false },
	{ NULL, NULL, "A1", UUID ";" MAC, UUID, DOCK, true, "A1", true, false },
	{ "A1", DISK ";" MAC, NULL, NULL, DISK, MAC, true, "A1", false, false },
	{ "A1", DISK ";" MAC, NULL, NULL, DISK, DOCK, true, DOCKED, true,
	    true },
	{ NULL, NULL, NULL, NULL, UUID, MAC, true, NEW, true, false },
	{ NULL, NULL, NULL, NULL, UUID, "", true, NEW, true, false },
	{ NULL, NULL, NULL, NULL, DISK, MAC, true, DISKED, true, false },
	/* Another machine. */
	{ "A1", OTHER, NULL, NULL, UUID, MAC, true, NEW, true, true },
	{ "A1", OTHER MAC, NULL, NULL, UUID, MAC, true, NEW, true, true },
	{ "A1", OTHER, "A2", MACHINE, UUID, MAC, true, "A2", true, true },
	{ "A1", UUID "0;", NULL, NULL, UUID, MAC, true, NEW, true, true },
	{ "A1", OTHER, NULL, NULL, UUID, MAC, false, "A1", false, false },
	/* A machine that cannot tell what it is. */
	{ "A1", UUID ";", NULL, NULL, NULL, "", true, "A1", false, false },
	{ "A1", NULL, NULL, NULL, NULL, "", true, "A1", false, false },
	{ NULL, NULL, "A2", OTHER, NULL, "", true, "A2", true, false },
	{ NULL, NULL, NULL, NULL, NULL, "", true, NULL, false, false },
	/* What cannot be a file name is no ID. */
	{ "../A1", UUID ";", NULL, NULL, UUID, MAC, true, NEW, true, false },
	{ "../A1", NULL, "A2", UUID ";", UUID, MAC, true, "A2", true, false },
	{ NULL, NULL, "../A2", UUID ";", UUID, MAC, true, NEW, true, false },
	{ "../A1", UUID ";", "A/2", UUID ";", NULL, "", true, NULL, false,
	    false },
};

static void
each_machine_has_the_id_that_the_table_says(void **state)
{
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		print_message("case %zu\n", i);
		fake_put(STATE "/IDENTITY", "");
		smsini_free(ini);
		ini = NULL;
		if (table[i].id != NULL)
			say(table[i].id, table[i].made);
		if (table[i].kept != NULL)
			keep(table[i].kept, table[i].kept_made);
		fake_machine(table[i].uuid, table[i].mac);
		identity_free(&id);
		rc = identity_decide(
		    ini, state_dir, "PLN", table[i].sure, &id, &why);
		if (table[i].want == NULL) {
			assert_int_equal(ERR_NOENT, rc);
			continue;
		}
		assert_int_equal(0, rc);
		assert_string_equal(table[i].want, id.smsid);
		assert_int_equal(table[i].is_made, id.made);
		assert_int_equal(table[i].is_moved, id.moved);
	}
}

static void
machine_that_cannot_be_told_stays_what_it_was(void **state)
{
	char *before;

	(void)state;
	fake_machine(NULL, "");
	say("A1", OTHER);
	decide(true);
	assert_string_equal(OTHER, id.machine);
	say("A1", NULL);
	decide(true);
	assert_string_equal("", id.machine);
	keep("A1", OTHER);
	before = text_copy(fake_get(STATE "/IDENTITY"));
	assert_int_equal(0, identity_keep(state_dir, &id));
	assert_string_equal(before, fake_get(STATE "/IDENTITY"));
	free(before);
}

static void
site_code_that_is_none_is_never_part_of_an_id(void **state)
{
	static const char *const bad[] = { "../", "", "PL", "PLN2", "P N",
		"P\xC3\xA9", "A/B" };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		identity_free(&id);
		assert_int_equal(
		    0, identity_decide(NULL, NULL, bad[i], true, &id, &why));
		assert_true(id.bad_site);
		assert_int_equal(0, strncmp("XXX", id.smsid, 3));
		assert_int_equal(23, strlen(id.smsid));
	}
	decide(true);
	assert_false(id.bad_site);
}

static void
new_machine_gets_site_code_and_digest(void **state)
{
	(void)state;
	decide(true);
	assert_id(MADE, true, false);
	/* Of the machine alone: the same again, whatever the day. */
	fake_pass(1000000);
	decide(true);
	assert_id(MADE, true, false);
}

static void
letter_case_of_the_hardware_does_not_count(void **state)
{
	(void)state;
	fake_machine(
	    "4C4C4544-0042-3510-8052-B4C04F564231", "02:00:5E:10:00:01");
	decide(true);
	assert_id(MADE, true, false);
}

static void
id_of_eight_characters_is_kept(void **state)
{
	(void)state;
	say("PLN00012", NULL);
	decide(true);
	assert_id("PLN00012", false, false);
	say("PLN00012", MACHINE);
	decide(true);
	assert_id("PLN00012", false, false);
}

static void
clone_gets_an_id_of_its_own(void **state)
{
	(void)state;
	say("PLN00012", OTHER);
	keep("PLN00012", OTHER);
	decide(true);
	assert_id(MADE, true, true);
}

static void
clone_is_known_by_state_when_sms_ini_does_not_say(void **state)
{
	(void)state;
	say("PLN00012", NULL);
	keep("PLN00012", OTHER);
	decide(true);
	assert_id(MADE, true, true);
}

static void
user_who_cannot_read_the_hardware_keeps_the_id(void **state)
{
	(void)state;
	say("PLN00012", OTHER);
	decide(false);
	assert_id("PLN00012", false, false);
}

static void
user_who_cannot_read_the_hardware_takes_the_kept_id(void **state)
{
	(void)state;
	say("", NULL);
	keep("PLN00012", OTHER);
	decide(false);
	assert_id("PLN00012", true, false);
}

static void
id_that_sms_ini_has_lost_comes_from_state(void **state)
{
	(void)state;
	keep("PLN00012", MACHINE);
	decide(true);
	assert_id("PLN00012", true, false);
	say("", MACHINE);
	decide(true);
	assert_id("PLN00012", true, false);
}

static void
kept_id_of_other_hardware_is_not_taken(void **state)
{
	(void)state;
	keep("PLN00012", OTHER);
	decide(true);
	assert_id(MADE, true, false);
}

static void
damaged_identity_says_nothing(void **state)
{
	static const char *const texts[] = { "", "\x01", "[Identity]\r\n",
		"[Identity]\r\nSMS Unique ID=PLN00012\r\n",
		"[Identity]\r\nMachine=" MACHINE "\r\n" };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		fake_put(STATE "/IDENTITY", texts[i]);
		decide(true);
		assert_id(MADE, true, false);
	}
}

static void
machine_without_identity_is_an_error_that_says_so(void **state)
{
	(void)state;
	fake_machine(NULL, "");
	assert_int_equal(
	    ERR_NOENT, identity_decide(NULL, NULL, "PLN", true, &id, &why));
	assert_non_null(strstr(buf_text(&why), "machine-id"));
	assert_null(id.smsid);
}

static void
machine_without_a_mac_has_an_id_too(void **state)
{
	(void)state;
	fake_machine("abc", "");
	decide(true);
	assert_string_equal("abc;", id.machine);
	assert_int_equal(23, strlen(id.smsid));
	assert_true(smsini_id_is_name(id.smsid));
}

#define WRITTEN \
	"[Identity]\r\nSMS Unique ID=PLN00012\r\nMachine=" MACHINE "\r\n"

static void
no_damaged_byte_of_identity_makes_another_id(void **state)
{
	struct buf text = BUF_INIT;
	size_t at, said = 0;
	int bit;

	(void)state;
	keep("PLN00012", MACHINE);
	buf_add_text(&text, fake_get(STATE "/IDENTITY"));
	for (at = 0; at < text.len; at++)
		for (bit = 1; bit < 256; bit *= 2) {
			text.data[at] = (char)(text.data[at] ^ bit);
			fake_put_bytes(STATE "/IDENTITY", text.data, text.len);
			text.data[at] = (char)(text.data[at] ^ bit);
			decide(true);
			said += id.healed;
			if (strcmp(id.smsid, "PLN00012") != 0) {
				assert_true(id.healed);
				assert_string_equal(MADE, id.smsid);
			}
		}
	assert_true(said >= 8 * strlen(WRITTEN) - 8);
	buf_free(&text);
}

static void
identity_of_an_older_version_is_not_sealed(void **state)
{
	(void)state;
	fake_put(STATE "/IDENTITY", WRITTEN);
	decide(true);
	assert_id("PLN00012", true, false);
	assert_false(id.healed);
	keep("PLN00012", MACHINE);
	assert_memory_equal(WRITTEN "END ", fake_get(STATE "/IDENTITY"),
	    strlen(WRITTEN "END "));
}

static void
identity_is_written_once_and_again_when_it_changes(void **state)
{
	unsigned before;

	(void)state;
	keep("PLN00012", MACHINE);
	assert_memory_equal(WRITTEN "END ", fake_get(STATE "/IDENTITY"),
	    strlen(WRITTEN "END "));
	before = fake_calls_of("os_write");
	keep("PLN00012", MACHINE);
	assert_int_equal(before, fake_calls_of("os_write"));
	keep("PLN00013", MACHINE);
	assert_non_null(strstr(fake_get(STATE "/IDENTITY"), "PLN00013"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_machine_has_the_id_that_the_table_says),
		TEST(machine_that_cannot_be_told_stays_what_it_was),
		TEST(site_code_that_is_none_is_never_part_of_an_id),
		TEST(new_machine_gets_site_code_and_digest),
		TEST(letter_case_of_the_hardware_does_not_count),
		TEST(id_of_eight_characters_is_kept),
		TEST(clone_gets_an_id_of_its_own),
		TEST(clone_is_known_by_state_when_sms_ini_does_not_say),
		TEST(user_who_cannot_read_the_hardware_keeps_the_id),
		TEST(user_who_cannot_read_the_hardware_takes_the_kept_id),
		TEST(id_that_sms_ini_has_lost_comes_from_state),
		TEST(kept_id_of_other_hardware_is_not_taken),
		TEST(damaged_identity_says_nothing),
		TEST(machine_without_identity_is_an_error_that_says_so),
		TEST(machine_without_a_mac_has_an_id_too),
		TEST(no_damaged_byte_of_identity_makes_another_id),
		TEST(identity_of_an_older_version_is_not_sealed),
		TEST(identity_is_written_once_and_again_when_it_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
