/* Identity, names, language, time, what people see. */
#include "posix_ground.h"

#include <sys/utsname.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define UUID "4c4c4544-0042-3510-8054-b4c04f564433"
#define ID   "0123456789abcdef0123456789abcdef"

static void
folders(const char *path)
{
	assert_int_equal(os_dir_make_path(ground_path(path), OS_PUBLIC), 0);
}

/* What os_machine says of the machine below the folder: "identity mac". */
static const char *
machine(void)
{
	static char text[256];
	char *identity, *mac;
	int r;

	setenv("SMS_SYSROOT", ground.path, 1);
	r = os_machine(&identity, &mac);
	unsetenv("SMS_SYSROOT");
	if (r < 0) {
		assert_null(identity);
		assert_null(mac);
		snprintf(text, sizeof(text), "%d", r);
		return text;
	}
	snprintf(text, sizeof(text), "%s %s", identity, mac);
	free(identity);
	free(mac);
	return text;
}

static void
the_hardware_uuid_counts_before_the_machine_id(void **state)
{
	static const char *const bad[] = { "", "\n",
		"00000000-0000-0000-0000-000000000000\n",
		"FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF\n",
		"03000200-0400-0500-0006-000700080009\n", "Not Settable\n",
		"4c4c4544\n" };

	(void)state;
	unsetenv("SMS_IDENTITY");
	folders("sys/class/dmi/id");
	folders("etc");
	assert_string_equal(machine(), "-2");
	ground_put("sys/class/dmi/id/product_uuid",
	    "4C4C4544-0042-3510-8054-B4C04F564433\n");
	assert_string_equal(machine(), UUID " ");
	ground_put("etc/machine-id", ID "\n");
	assert_string_equal(machine(), UUID " ");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ground_put("sys/class/dmi/id/product_uuid", bad[i]);
		assert_string_equal(machine(), ID " ");
	}
	ground_put("etc/machine-id", "uninitialized\n");
	assert_string_equal(machine(), "-2");
}

static void
interface(
    const char *name, const char *type, const char *assign, const char *mac)
{
	char path[128];

	snprintf(path, sizeof(path), "sys/class/net/%s", name);
	folders(path);
	snprintf(path, sizeof(path), "sys/class/net/%s/type", name);
	ground_put(path, type);
	snprintf(path, sizeof(path), "sys/class/net/%s/addr_assign_type", name);
	ground_put(path, assign);
	snprintf(path, sizeof(path), "sys/class/net/%s/address", name);
	ground_put(path, mac);
}

static void
the_first_interface_of_hardware_gives_the_mac(void **state)
{
	(void)state;
	unsetenv("SMS_IDENTITY");
	folders("etc");
	ground_put("etc/machine-id", ID "\n");
	assert_string_equal(machine(), ID " ");
	interface("a-bridge", "1\n", "0\n", "02:00:00:00:00:01\n");
	assert_string_equal(machine(), ID " ");
	interface("eth3", "1\n", "0\n", "02:00:00:00:00:0C\n");
	folders("sys/class/net/eth3/device");
	assert_string_equal(machine(), ID " 02:00:00:00:00:0c");
	interface("eth1", "1\n", "0\n", "02:00:00:00:00:0b\n");
	folders("sys/class/net/eth1/device");
	interface("eth0", "1\n", "1\n", "02:00:00:00:00:03\n");
	folders("sys/class/net/eth0/device");
	interface("e-ib", "32\n", "0\n", "02:00:00:00:00:04\n");
	folders("sys/class/net/e-ib/device");
	interface("e-zero", "1\n", "0\n", "00:00:00:00:00:00\n");
	folders("sys/class/net/e-zero/device");
	assert_string_equal(machine(), ID " 02:00:00:00:00:0b");
	setenv("SMS_IDENTITY", "PC042", 1);
	assert_string_equal(machine(), "PC042 ");
	unsetenv("SMS_IDENTITY");
}

static void
the_host_name_is_short(void **state)
{
	struct utsname system;
	char *name;

	(void)state;
	setenv("SMS_HOST", "PC042.plant2.example", 1);
	assert_int_equal(os_host(&name), 0);
	assert_string_equal(name, "PC042");
	free(name);
	setenv("SMS_HOST", ".x", 1);
	assert_int_equal(os_host(&name), ERR_NOENT);
	assert_null(name);
	unsetenv("SMS_HOST");
	assert_int_equal(uname(&system), 0);
	system.nodename[strcspn(system.nodename, ".")] = '\0';
	assert_int_equal(os_host(&name), 0);
	assert_string_equal(name, system.nodename);
	free(name);
	assert_string_equal(os_name(), "linux");
	assert_string_equal(os_arch(), system.machine);
}

static void
the_language_follows_the_locale(void **state)
{
	static const char *const rows[][2] = {
		{ "de_DE.UTF-8", "00000407" },
		{ "de_AT@euro", "00000c07" },
		{ "de_LU.UTF-8", "00000407" },
		{ "de", "00000407" },
		{ "fr_CA", "00000c0c" },
		{ "ja_JP.eucJP", "00000411" },
		{ "en_GB.UTF-8", "00000809" },
		{ "C", "00000409" },
		{ "C.UTF-8", "00000409" },
		{ "POSIX", "00000409" },
		{ "xx_YY", "00000409" },
		{ "", "00000409" },
	};

	(void)state;
	unsetenv("LC_ALL");
	unsetenv("LC_MESSAGES");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setenv("LANG", rows[i][0], 1);
		assert_string_equal(os_language(), rows[i][1]);
	}
	setenv("LC_MESSAGES", "it_IT", 1);
	assert_string_equal(os_language(), "00000410");
	setenv("LC_ALL", "pl_PL", 1);
	assert_string_equal(os_language(), "00000415");
	unsetenv("LC_ALL");
	unsetenv("LC_MESSAGES");
	unsetenv("LANG");
}

static void
the_zone_is_in_minutes_ahead_of_utc(void **state)
{
	(void)state;
	setenv("TZ", "XXX-5:30", 1);
	tzset();
	assert_int_equal(os_zone(os_clock()), 330);
	setenv("TZ", "XXX8", 1);
	tzset();
	assert_int_equal(os_zone(0), -480);
	unsetenv("TZ");
	tzset();
}

static int
see_terminal(void *arg)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;

	(void)arg;
	if (master == -1 || grantpt(master) == -1 || unlockpt(master) == -1 ||
	    (slave = open(ptsname(master), O_RDWR | O_NOCTTY)) == -1)
		return -200;
	dup2(slave, 1);
	dup2(open("/dev/null", O_WRONLY), 2);
	return os_is_terminal(1) && !os_is_terminal(2) ? 0 : -1;
}

static void
a_terminal_is_told_from_a_file(void **state)
{
	(void)state;
	assert_int_equal(in_child(see_terminal, NULL), 0);
}

static int
log_without_socket(void *arg)
{
	(void)arg;
	/* In a root of its own no log listens, and none is written to. */
	if (chroot(ground.path) == -1 || chdir("/") == -1)
		return -200;
	os_event("test", OS_INFORMATION, "100 % of it");
	os_event("test", OS_WARNING, "%s%n");
	os_event("test", OS_ERROR, "");
	return 0;
}

static void
an_event_that_nobody_takes_does_no_harm(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_child(log_without_socket, NULL), 0);
}

int
test_posix_machine(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_hardware_uuid_counts_before_the_machine_id),
		TEST(the_first_interface_of_hardware_gives_the_mac),
		TEST(the_host_name_is_short),
		TEST(the_language_follows_the_locale),
		TEST(the_zone_is_in_minutes_ahead_of_utc),
		TEST(a_terminal_is_told_from_a_file),
		TEST(an_event_that_nobody_takes_does_no_harm),
	};

	return cmocka_run_group_tests_name(
	    "machine of POSIX", tests, NULL, NULL);
}
