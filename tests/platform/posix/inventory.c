/* What a machine is made of, what is installed, and telling people. */
#include "posix_ground.h"

#include <sys/stat.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char rows[1 << 16];

/* "Section/Key=value\n". */
static int
note(void *arg, const char *section, const char *key, const char *value)
{
	size_t len = strlen(rows);

	(void)arg;
	assert_null(strpbrk(value, "\r\n\t\x01\x1b\x7f"));
	snprintf(
	    rows + len, sizeof(rows) - len, "%s/%s=%s\n", section, key, value);
	return 0;
}

static const char *
inventory(int (*what)(os_row_fn *each, void *arg))
{
	rows[0] = '\0';
	setenv("SMS_SYSROOT", ground.path, 1);
	assert_int_equal(what(note, NULL), 0);
	unsetenv("SMS_SYSROOT");
	return rows;
}

static void
put(const char *folder, const char *name, const char *text)
{
	char rel[512];

	assert_int_equal(os_dir_make_path(ground_path(folder), OS_PUBLIC), 0);
	snprintf(rel, sizeof(rel), "%s/%s", folder, name);
	ground_put(rel, text);
}

static void
put_program(const char *name, const char *text)
{
	char rel[512];

	put("bin", name, text);
	snprintf(rel, sizeof(rel), "bin/%s", name);
	assert_int_equal(chmod(ground_path(rel), 0755), 0);
}

static void
assert_has(const char *row)
{
	if (strstr(rows, row) == NULL)
		fail_msg("no \"%s\" in\n%s", row, rows);
}

static void
assert_has_not(const char *row)
{
	if (strstr(rows, row) != NULL)
		fail_msg("\"%s\" in\n%s", row, rows);
}

static void
the_system_is_what_its_files_say(void **state)
{
	(void)state;
	put("etc", "os-release",
	    "ID=x\nPRETTY_NAME=\"Example \x1b Linux 12\"\nVERSION_ID=\"12\"\n");
	put("sys/class/dmi/id", "sys_vendor", "Example Corp.\n");
	put("sys/class/dmi/id", "product_name", "To Be Filled By O.E.M.\n");
	put("sys/class/dmi/id", "product_serial", "SN-1\n");
	put("proc", "stat", "cpu  1 2\nbtime 1795197600\n");
	put("proc", "cpuinfo",
	    "processor\t: 0\ncpu family\t: 6\nmodel name\t: Example CPU\n"
	    "cpu MHz\t\t: 2399.998\n");
	put("proc", "meminfo",
	    "MemTotal:        2048 kB\nMemFree: 1 kB\nMemAvailable:    1024 "
	    "kB\n");
	put("proc/self", "mounts", "");
	inventory(os_inventory);
	assert_has("System/Operating System=Example   Linux 12\n");
	assert_has("System/Version=12\n");
	assert_has("System/Build=");
	assert_has("System/Architecture=");
	assert_has("System/Language=0000");
	assert_has("System/Manufacturer=Example Corp.\n");
	assert_has_not("System/Model");
	assert_has("System/Serial=SN-1\n");
	assert_has("System/Last Start=2026-11-20T18:00:00Z\n");
	assert_has("Processor/Name=Example CPU\n");
	assert_has("Processor/Count=");
	assert_has("Processor/MHz=2399\n");
	assert_has("Memory/Total=2097152\n");
	assert_has("Memory/Free=1048576\n");
	assert_has_not("Disks/");
	put("sys/devices/system/cpu/cpu0/cpufreq", "cpuinfo_max_freq",
	    "3500000\n");
	inventory(os_inventory);
	assert_has("Processor/MHz=3500\n");
}

static void
what_cannot_be_found_out_is_left_out(void **state)
{
	(void)state;
	put("proc", "meminfo", "nothing\n");
	put("proc", "stat", "btime x\n");
	put("proc", "cpuinfo", "\n");
	inventory(os_inventory);
	assert_has_not("Operating System");
	assert_has_not("Manufacturer");
	assert_has_not("Last Start");
	assert_has_not("Memory/");
	assert_has_not("Processor/Name");
	assert_has_not("=\n");
}

/* The folders are there: only their kind tells that they are not asked. */
static void
disks_of_servers_are_never_asked(void **state)
{
	char mounts[32768];
	const char *gone;

	(void)state;
	ground_folder("gone");
	ground_folder("second");
	gone = ground_path("gone");
	snprintf(mounts, sizeof(mounts),
	    "proc %s proc rw 0 0\ntmpfs %s tmpfs rw 0 0\n"
	    "plnsrv:/x %s nfs rw 0 0\n//PLN-DC1/y %s cifs rw 0 0\n"
	    "kim@plnsrv:/ %s fuse.sshfs rw 0 0\n"
	    "/dev/vdz %s ext4 rw 0 0\n/dev/vdz %s/second ext4 rw 0 0\n",
	    gone, gone, gone, gone, gone, ground.path, ground.path);
	put("proc/self", "mounts", mounts);
	inventory(os_inventory);
	snprintf(mounts, sizeof(mounts), "Disks/%s=", ground.path);
	assert_has(mounts);
	assert_has(",ext4\n");
	assert_has_not("gone");
	assert_has_not("second");
}

/* As the kernel shows them in its own files. */
static void
interfaces_have_their_addresses(void **state)
{
	char path[512], row[512], mac[64];
	DIR *list = opendir("/sys/class/net");
	struct dirent *entry;
	FILE *file;

	(void)state;
	inventory(os_inventory);
	assert_has_not("Network/lo=");
	assert_has_not("127.0.0.1");
	while (list != NULL && (entry = readdir(list)) != NULL) {
		snprintf(path, sizeof(path), "/sys/class/net/%s/address",
		    entry->d_name);
		file = fopen(path, "r");
		if (file == NULL)
			continue;
		if (strcmp(entry->d_name, "lo") != 0 &&
		    fscanf(file, "%63s", mac) == 1) {
			snprintf(row, sizeof(row), "Network/%s=%s",
			    entry->d_name, mac);
			assert_has(row);
		}
		fclose(file);
	}
	if (list != NULL)
		closedir(list);
}

#define DPKG                                                               \
	"Package: alpha\nStatus: install ok installed\nVersion: 1.2-3\n"   \
	"Architecture: amd64\nDescription: Package: none\n Version: 9\n\n" \
	"Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n" \
	"Package: both\nStatus: install ok installed\nVersion: 2\n"        \
	"Architecture: i386\nMulti-Arch: same\n\n"                         \
	"Package: last\nStatus: hold ok installed\nVersion: 4:1~x\n"

static void
packages_come_from_the_database_that_is_there(void **state)
{
	(void)state;
	put_program("rpm", "#!/bin/sh\nexit 1\n");
	assert_int_equal(setenv("PATH", ground_path("bin"), 1), 0);
	assert_string_equal(inventory(os_software), "");
	put("var/lib/pacman/local/zlib-ng-1:1.3-2", "desc", "");
	assert_string_equal(
	    inventory(os_software), "Software/zlib-ng=1:1.3-2\n");
	put("lib/apk/db", "installed",
	    "C:x\nP:musl\nV:1.2.4-r2\nA:x\n\nP:busybox\nV:1.36\n");
	assert_string_equal(inventory(os_software),
	    "Software/musl=1.2.4-r2\nSoftware/busybox=1.36\n");
	put("var/lib/dpkg", "status", DPKG);
	assert_string_equal(inventory(os_software),
	    "Software/alpha=1.2-3\nSoftware/both:i386=2\n"
	    "Software/last=4:1~x\n");
}

static void
rpm_is_asked_where_there_is_no_other(void **state)
{
	(void)state;
	put_program("rpm",
	    "#!/bin/sh\n[ \"$1 $3\" = '--root -qa' ] && [ -d \"$2\" ] && "
	    "printf 'bash\\t5.2-1\\nglibc\\t2.38-7\\n'\n");
	assert_int_equal(setenv("PATH", ground_path("bin"), 1), 0);
	assert_string_equal(inventory(os_software),
	    "Software/bash=5.2-1\nSoftware/glibc=2.38-7\n");
}

static int
stop_at_once(void *arg, const char *section, const char *key, const char *value)
{
	(void)section;
	(void)key;
	(void)value;
	++*(int *)arg;
	return 7;
}

static void
who_is_told_may_end_it(void **state)
{
	int calls = 0;

	(void)state;
	assert_int_equal(os_inventory(stop_at_once, &calls), 7);
	assert_int_equal(calls, 1);
	put("var/lib/dpkg", "status", DPKG);
	setenv("SMS_SYSROOT", ground.path, 1);
	assert_int_equal(os_software(stop_at_once, &calls), 7);
	unsetenv("SMS_SYSROOT");
	assert_int_equal(calls, 2);
}

/* Programs that note how they were called. */
#define DESKTOP                             \
	"#!/bin/sh\nprintf '[%s]' \"$@\" >" \
	"\"${0%/*}/../desktop\"\n"
#define WALL                                                           \
	"#!/bin/sh\nwhile IFS= read -r line; do echo \"$line\"; done " \
	">\"${0%/*}/../wall\"\n"

static void
a_notice_goes_to_the_desktop_else_to_the_terminals(void **state)
{
	(void)state;
	unsetenv("XDG_RUNTIME_DIR");
	unsetenv("DBUS_SESSION_BUS_ADDRESS");
	put_program("none", "");
	assert_int_equal(setenv("PATH", ground_path("bin"), 1), 0);
	assert_int_equal(os_notice("a", "b"), ERR_UNSUP);
	put_program("wall", WALL);
	put_program("notify-send", DESKTOP);
	assert_int_equal(
	    os_notice("Update\x1b[2J", "$(x) `y`\xc2\x9b; \rz"), 0);
	assert_string_equal(
	    ground_get("wall"), "Update [2J\n\n$(x) `y`  ;  z\n");
	assert_string_equal(ground_get("desktop"), "(none)");
	setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/x", 1);
	assert_int_equal(os_notice("--help", "a <b> & $(c)"), 0);
	assert_string_equal(
	    ground_get("desktop"), "[--][--help][a &lt;b&gt; &amp; $(c)]");
	/* A desktop that cannot be told. */
	put_program("notify-send", "#!/bin/sh\nexit 1\n");
	assert_int_equal(os_notice("again", "x"), 0);
	assert_string_equal(ground_get("wall"), "again\n\nx\n");
	put_program("wall", "#!/bin/sh\nexit 1\n");
	assert_int_equal(os_notice("again", "x"), ERR_UNSUP);
	unsetenv("DBUS_SESSION_BUS_ADDRESS");
}

static void
a_notice_does_not_wait_for_ever(void **state)
{
	int64_t start = os_ticks();

	(void)state;
	put_program("wall", "#!/bin/sh\nexec /bin/sleep 600\n");
	assert_int_equal(setenv("PATH", ground_path("bin"), 1), 0);
	assert_int_equal(os_notice("a", "b"), ERR_UNSUP);
	/* The ground's own alarm is far below those ten minutes. */
	assert_true(os_ticks() > start);
}

static char *old_path;

static int
keep_path(void **state)
{
	old_path = strdup(getenv("PATH"));
	return ground_setup(state);
}

static int
give_path_back(void **state)
{
	setenv("PATH", old_path, 1);
	free(old_path);
	return ground_teardown(state);
}

#define TEST_PATH(function) \
	cmocka_unit_test_setup_teardown(function, keep_path, give_path_back)

int
test_posix_inventory(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_system_is_what_its_files_say),
		TEST(what_cannot_be_found_out_is_left_out),
		TEST(disks_of_servers_are_never_asked),
		TEST(interfaces_have_their_addresses),
		TEST_PATH(packages_come_from_the_database_that_is_there),
		TEST_PATH(rpm_is_asked_where_there_is_no_other),
		TEST(who_is_told_may_end_it),
		TEST_PATH(a_notice_goes_to_the_desktop_else_to_the_terminals),
		TEST_PATH(a_notice_does_not_wait_for_ever),
	};

	return cmocka_run_group_tests_name(
	    "inventory of POSIX", tests, NULL, NULL);
}
