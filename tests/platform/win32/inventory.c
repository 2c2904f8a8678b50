/*
 * What this machine is made of and what is installed on it, and a notice to who
 * sits before it. The programs that are told are written into the registry by the
 * test.
 */
#include "win32_ground.h"
#include "programs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNINSTALL L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\"
#define DAY	  (INT64_C(86400) * OS_SECOND)

/* All rows as lines "Section|Key=Value". */
static char said[262144];

static int
note(void *arg, const char *section, const char *key, const char *value)
{
	size_t len = strlen(said);

	(void)arg;
	assert_true(value[0] != '\0' && key[0] != '\0');
	for (const char *p = value; *p != '\0'; p++)
		assert_true((unsigned char)*p >= 32 && *p != 127);
	assert_true(len + strlen(key) + strlen(value) + 64 < sizeof(said));
	snprintf(
	    said + len, sizeof(said) - len, "%s|%s=%s\n", section, key, value);
	return 0;
}

static int
stop_there(void *arg, const char *section, const char *key, const char *value)
{
	(void)section;
	(void)key;
	(void)value;
	++*(int *)arg;
	return ERR_STOP;
}

/* The value of "Section|Key"; "" when there is none. */
static const char *
value_of(const char *name)
{
	static char value[1024];
	char line[256];
	const char *at;

	value[0] = '\0';
	snprintf(line, sizeof(line), "%s=", name);
	if ((at = strstr(said, line)) != NULL)
		snprintf(value, sizeof(value), "%.*s",
		    (int)strcspn(at + strlen(line), "\n"), at + strlen(line));
	return value;
}

static unsigned long long
number_of(const char *name)
{
	char *end;
	unsigned long long number = strtoull(value_of(name), &end, 10);

	assert_true(end != value_of(name) && *end == '\0');
	return number;
}

/* Tables of the firmware in place of this machine's, which under Wine may not be
 * read. */
static const BYTE *tables;
static UINT tables_size;

typedef UINT WINAPI table_fn(
    DWORD provider, DWORD id, PVOID buffer, DWORD size);

static UINT WINAPI
firmware(DWORD provider, DWORD id, PVOID buffer, DWORD size)
{
	if (tables == NULL)
		return ((table_fn *)(void *)GetProcAddress(
		    GetModuleHandleW(L"kernel32.dll"),
		    "GetSystemFirmwareTable"))(provider, id, buffer, size);
	assert_int_equal(provider, 'R' << 24 | 'S' << 16 | 'M' << 8 | 'B');
	if (size >= tables_size)
		memcpy(buffer, tables, tables_size);
	return tables_size;
}

extern table_fn *__imp_GetSystemFirmwareTable;
table_fn *__imp_GetSystemFirmwareTable = firmware;

static void
take_inventory(void)
{
	said[0] = '\0';
	assert_int_equal(os_inventory(note, NULL), 0);
}

static void
the_machine_is_told_by_its_parts(void **state)
{
	unsigned long long total, left;
	char *rest;

	(void)state;
	take_inventory();
	assert_true(
	    strncmp(value_of("System|Operating System"), "Windows ", 8) == 0 ||
	    strncmp(value_of("System|Operating System"), "Microsoft ", 10) ==
		0);
	assert_true(strtoul(value_of("System|Version"), NULL, 10) >= 10);
	assert_true(strtoul(value_of("System|Build"), NULL, 10) >= 10240);
	assert_string_equal(value_of("System|Architecture"), os_arch());
	assert_string_equal(value_of("System|Language"), os_language());
	assert_true(number_of("Processor|Count") >= 1);
	assert_true(strlen(value_of("Processor|Name")) > 0);
	total = number_of("Memory|Total");
	left = number_of("Memory|Free");
	assert_true(left > 0 && left <= total);
	total = strtoull(value_of("Disks|C:"), &rest, 10);
	assert_int_equal(*rest, ',');
	left = strtoull(rest + 1, &rest, 10);
	assert_true(left > 0 && left <= total);
	assert_int_equal(*rest, ',');
	assert_true(strlen(rest + 1) > 0);
}

/* What the system puts before it, a structure of another type, and that of the
 * machine: maker, model, version, serial number, identity. */
#define BEFORE                      \
	"\0\3\0\0\0\0\0\0\0\5\0\0x" \
	"one\0two\0\0"
#define MACHINE                                            \
	"\1\x1b\1\0\1\2\3\4"                               \
	"\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb" \
	"\xcc\xdd\xee\xff\6\0\0"
#define TEXTS                                  \
	"Plant & Co.\0Model\t7 \0v1\0S/N \xe4" \
	"12\0\0"

static void
the_firmware_tells_maker_model_and_serial_number(void **state)
{
	static const BYTE good[] = BEFORE MACHINE TEXTS;
	const UINT head = sizeof(BEFORE MACHINE) - 1;
	char *identity, *mac;
	BYTE *copy;

	(void)state;
	tables = good;
	tables_size = sizeof(good) - 1;
	take_inventory();
	assert_string_equal(value_of("System|Manufacturer"), "Plant & Co.");
	assert_string_equal(value_of("System|Model"), "Model 7");
	assert_string_equal(value_of("System|Serial"), "S/N ?12");
	ground_env("SMS_IDENTITY", NULL);
	assert_int_equal(os_machine(&identity, &mac), 0);
	assert_string_equal(identity, "00112233-4455-6677-8899-aabbccddeeff");
	free(identity);
	free(mac);
	/* Cut off anywhere: what is whole is told, nothing else is read. */
	for (UINT size = 0; size < sizeof(good) - 1; size++) {
		copy = malloc(size + 1);
		assert_non_null(copy);
		memcpy(copy, good, size);
		tables = copy;
		tables_size = size;
		take_inventory();
		assert_string_equal(value_of("System|Manufacturer"),
		    size >= head + 12 ? "Plant & Co." : "");
		assert_string_equal(value_of("System|Serial"),
		    size > head + 31 ? "S/N ?12" : "");
		assert_int_equal(os_machine(&identity, &mac), 0);
		free(identity);
		free(mac);
		free(copy);
	}
	tables = NULL;
}

/* ISO, UTC, and the same each time: the machine has started once. */
static void
the_last_start_does_not_move(void **state)
{
	char first[64];
	SYSTEMTIME now;
	char text[64];

	(void)state;
	take_inventory();
	snprintf(first, sizeof(first), "%s", value_of("System|Last Start"));
	assert_int_equal(strlen(first), strlen("2024-02-29T12:34:56Z"));
	assert_true(first[4] == '-' && first[10] == 'T' && first[19] == 'Z');
	Sleep(1100);
	take_inventory();
	assert_string_equal(value_of("System|Last Start"), first);
	GetSystemTime(&now);
	snprintf(text, sizeof(text), "%04u-%02u-%02uT%02u:%02u:%02uZ",
	    now.wYear, now.wMonth, now.wDay, now.wHour, now.wMinute,
	    now.wSecond);
	assert_true(strcmp(first, text) < 0);
}

static bool
is_mac(const char *text, size_t len)
{
	if (len == 0)
		return true;
	for (size_t i = 0; i < len; i++)
		if (i % 3 == 2 ? text[i] != ':'
			       : strchr("0123456789abcdef", text[i]) == NULL)
			return false;
	return len % 3 == 2;
}

/* Each card is "mac,address address ...", or one half of it. */
static void
cards_are_told_with_their_addresses(void **state)
{
	char *line, *value, *context;
	size_t len;

	(void)state;
	take_inventory();
	for (line = strtok_s(said, "\n", &context); line != NULL;
	     line = strtok_s(NULL, "\n", &context)) {
		if (strncmp(line, "Network|", 8) != 0)
			continue;
		value = strrchr(line, '=') + 1;
		len = strcspn(value, ",");
		assert_true(is_mac(value, len));
		assert_int_equal(strspn(value + len, ",0123456789abcdef:. "),
		    strlen(value + len));
		assert_null(strstr(value, "127.0.0.1"));
	}
}

static HKEY
program_key(const WCHAR *name, REGSAM view)
{
	WCHAR path[512];
	HKEY key;

	swprintf(path, 512, L"%ls%ls", UNINSTALL, name);
	assert_int_equal(RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0,
			     KEY_ALL_ACCESS | view, NULL, &key, NULL),
	    ERROR_SUCCESS);
	return key;
}

/* NULL: it has none. */
static void
set_text(HKEY key, const WCHAR *name, const WCHAR *text)
{
	if (text != NULL)
		assert_int_equal(
		    RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)text,
			(DWORD)((wcslen(text) + 1) * sizeof(WCHAR))),
		    ERROR_SUCCESS);
}

static void
install(const WCHAR *name, const WCHAR *shown, const WCHAR *version)
{
	HKEY key = program_key(name, KEY_WOW64_64KEY);

	set_text(key, L"DisplayName", shown);
	set_text(key, L"DisplayVersion", version);
	RegCloseKey(key);
}

static void
uninstall(const WCHAR *name, REGSAM view)
{
	WCHAR path[512];

	swprintf(path, 512, L"%ls%ls", UNINSTALL, name);
	RegDeleteKeyExW(HKEY_LOCAL_MACHINE, path, view, 0);
}

static void
programs_are_told_as_the_panel_shows_them(void **state)
{
	DWORD one = 1;
	HKEY key;

	(void)state;
	install(L"clisetup-a", L"Drawing \xe4 2", L"2.0.1");
	install(L"clisetup-b", L"  Two\tlines\n", NULL);
	install(L"clisetup-c", NULL, L"3");
	install(L"clisetup-d", L"", L"4");
	install(L"clisetup-e", L"A part", L"5");
	key = program_key(L"clisetup-e", KEY_WOW64_64KEY);
	RegSetValueExW(key, L"SystemComponent", 0, REG_DWORD,
	    (const BYTE *)&one, sizeof(one));
	RegCloseKey(key);
	install(L"clisetup-f", L"An update", L"6");
	key = program_key(L"clisetup-f", KEY_WOW64_64KEY);
	set_text(key, L"ParentKeyName", L"clisetup-a");
	RegCloseKey(key);
	key = program_key(L"clisetup-g", KEY_WOW64_32KEY);
	set_text(key, L"DisplayName", L"Of 32 bit");
	set_text(key, L"DisplayVersion", L"7");
	RegCloseKey(key);
	said[0] = '\0';
	assert_int_equal(os_software(note, NULL), 0);
	for (WCHAR name[] = L"clisetup-a"; name[9] <= L'f'; name[9]++)
		uninstall(name, KEY_WOW64_64KEY);
	uninstall(L"clisetup-g", KEY_WOW64_32KEY);
	assert_string_equal(value_of("Software|Drawing \xc3\xa4 2"), "2.0.1");
	assert_string_equal(value_of("Software|Two lines"), "-");
	assert_string_equal(value_of("Software|Of 32 bit"), "7");
	assert_null(strstr(said, "=3\n"));
	assert_null(strstr(said, "=4\n"));
	assert_string_equal(value_of("Software|A part"), "");
	assert_string_equal(value_of("Software|An update"), "");
}

static void
the_one_who_asks_may_end_it(void **state)
{
	int count = 0;

	(void)state;
	assert_int_equal(os_inventory(stop_there, &count), ERR_STOP);
	assert_int_equal(count, 1);
	install(L"clisetup-a", L"One", L"1");
	install(L"clisetup-b", L"Two", L"2");
	count = 0;
	assert_int_equal(os_software(stop_there, &count), ERR_STOP);
	uninstall(L"clisetup-a", KEY_WOW64_64KEY);
	uninstall(L"clisetup-b", KEY_WOW64_64KEY);
	assert_int_equal(count, 1);
}

/* Shown or not, nobody waits for a click. Wine 8 cannot show one. */
static void
a_notice_waits_for_nobody(void **state)
{
	int r = os_notice("clisetup", "restart:\nINVENTORY \xc3\xa4");

	(void)state;
	assert_true(r == 0 || r == ERR_UNSUP);
	if (is_wine())
		assert_int_equal(r, ERR_UNSUP);
	assert_int_equal(os_notice("\xff", "x"), ERR_NAME);
}

int
test_inventory(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_machine_is_told_by_its_parts),
		TEST(the_firmware_tells_maker_model_and_serial_number),
		TEST(the_last_start_does_not_move),
		TEST(cards_are_told_with_their_addresses),
		TEST(programs_are_told_as_the_panel_shows_them),
		TEST(the_one_who_asks_may_end_it),
		TEST(a_notice_waits_for_nobody),
	};

	return cmocka_run_group_tests_name(
	    "inventory of Windows", tests, NULL, NULL);
}
