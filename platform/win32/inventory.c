/* What this machine is made of: system, processor, memory and disks. */
#include "win32_inventory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOWS_NT  L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
#define PROCESSOR   L"HARDWARE\\DESCRIPTION\\System\\CentralProcessor\\0"
#define FIRST_11    22000 /* build; to the registry that is a Windows 10 too */
#define TRIES	    4	  /* of a text that grows meanwhile */
#define LETTERS	    26
#define DISKS_MS    30000 /* for all of them; one may be dying */
#define NUMBER_SIZE 24

/* Of ntdll, and in no header here: GetVersionEx tells what a manifest says. */
NTSTATUS NTAPI RtlGetVersion(RTL_OSVERSIONINFOW *version);

static char *
trim(char *text)
{
	size_t len;

	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < 32 || *p == 127)
			*p = ' ';
	text += strspn(text, " ");
	for (len = strlen(text); len > 0 && text[len - 1] == ' '; len--)
		text[len - 1] = '\0';
	return text;
}

void
win32_row(
    struct win32_rows *rows, const char *section, const char *key, char *value)
{
	if (rows->result != 0 || value == NULL)
		return;
	value = trim(value);
	if (value[0] != '\0')
		rows->result = rows->each(rows->arg, section, key, value);
}

static void
number_row(struct win32_rows *rows, const char *section, const char *key,
    uint64_t number)
{
	char text[NUMBER_SIZE];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	win32_row(rows, section, key, text);
}

/* `text` is malloc'd, or NULL, and freed here. */
static void
text_row(
    struct win32_rows *rows, const char *section, const char *key, char *text)
{
	win32_row(rows, section, key, text);
	free(text);
}

char *
win32_registry_text(HKEY key, const WCHAR *path, const WCHAR *name)
{
	DWORD size = 0, error = ERROR_MORE_DATA;
	WCHAR *wide = NULL;
	char *text = NULL, *inner;

	for (int i = 0; error == ERROR_MORE_DATA && i < TRIES; i++) {
		free(wide);
		wide = NULL;
		if (size > 0 && (wide = malloc(size)) == NULL)
			return NULL;
		error = (DWORD)RegGetValueW(
		    key, path, name, RRF_RT_REG_SZ, NULL, wide, &size);
		if (error == ERROR_SUCCESS && wide == NULL)
			error = ERROR_MORE_DATA; /* its size */
	}
	if (error == ERROR_SUCCESS && win32_utf8(wide, &text) < 0)
		text = NULL;
	free(wide);
	if (text == NULL)
		return NULL;
	inner = trim(text);
	memmove(text, inner, strlen(inner) + 1);
	if (text[0] != '\0')
		return text;
	free(text);
	return NULL;
}

DWORD
win32_registry_number(HKEY key, const WCHAR *path, const WCHAR *name)
{
	DWORD number = 0, size = sizeof(number);

	return RegGetValueW(key, path, name, RRF_RT_REG_DWORD, NULL, &number,
		   &size) == ERROR_SUCCESS
	    ? number
	    : 0;
}

/* The text `number` (from 1) behind a structure of the firmware; malloc'd. */
static char *
firmware_text(const BYTE *structure, const BYTE *end, BYTE number)
{
	const BYTE *at = structure + structure[1], *nul;
	char *text;

	for (; number > 0 && at < end && *at != 0; number--, at = nul + 1) {
		if ((nul = memchr(at, 0, (size_t)(end - at))) == NULL)
			return NULL;
		if (number > 1)
			continue;
		if ((text = malloc((size_t)(nul - at) + 1)) == NULL)
			return NULL;
		memcpy(text, at, (size_t)(nul - at) + 1);
		/* Its characters are of no code page that anybody knows. */
		for (char *p = text; *p != '\0'; p++)
			if ((unsigned char)*p > 126)
				*p = '?';
		return text;
	}
	return NULL;
}

static void
firmware_rows(struct win32_rows *rows)
{
	static const struct {
		BYTE at; /* byte of the structure: the number of its text */
		const char *key;
	} texts[] = { { 4, "Manufacturer" }, { 5, "Model" }, { 7, "Serial" } };
	const BYTE *system, *end;
	BYTE *table = win32_firmware(&system, &end);

	if (table == NULL)
		return;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (system[1] > texts[i].at)
			text_row(rows, "System", texts[i].key,
			    firmware_text(system, end, system[texts[i].at]));
	free(table);
}

/* To the second, and the same as long as it runs. */
static void
start_row(struct win32_rows *rows)
{
	SYSTEM_TIMEOFDAY_INFORMATION times = { 0 };
	char text[64];
	SYSTEMTIME t;
	FILETIME time;
	ULONG n;

	if (NtQuerySystemInformation(
		SystemTimeOfDayInformation, &times, sizeof(times), &n) < 0)
		return;
	time.dwLowDateTime = times.BootTime.LowPart;
	time.dwHighDateTime = (DWORD)times.BootTime.HighPart;
	if (!FileTimeToSystemTime(&time, &t))
		return;
	snprintf(text, sizeof(text), "%04u-%02u-%02uT%02u:%02u:%02uZ", t.wYear,
	    t.wMonth, t.wDay, t.wHour, t.wMinute, t.wSecond);
	win32_row(rows, "System", "Last Start", text);
}

/* "Windows 11 Pro" */
static char *
product_name(DWORD build)
{
	static const char ten[] = "Windows 10";
	char *name = win32_registry_text(
	    HKEY_LOCAL_MACHINE, WINDOWS_NT, L"ProductName");

	if (name != NULL && build >= FIRST_11 &&
	    strncmp(name, ten, strlen(ten)) == 0)
		name[strlen(ten) - 1] = '1';
	return name;
}

static void
system_rows(struct win32_rows *rows)
{
	RTL_OSVERSIONINFOW version = { .dwOSVersionInfoSize = sizeof(version) };
	DWORD update = win32_registry_number(
	    HKEY_LOCAL_MACHINE, WINDOWS_NT, L"UBR");
	char text[64];

	if (RtlGetVersion(&version) >= 0) {
		text_row(rows, "System", "Operating System",
		    product_name(version.dwBuildNumber));
		snprintf(text, sizeof(text), "%lu.%lu", version.dwMajorVersion,
		    version.dwMinorVersion);
		win32_row(rows, "System", "Version", text);
		snprintf(text, sizeof(text), "%lu.%lu", version.dwBuildNumber,
		    update);
		win32_row(rows, "System", "Build", text);
	}
	snprintf(text, sizeof(text), "%s", os_arch());
	win32_row(rows, "System", "Architecture", text);
	snprintf(text, sizeof(text), "%s", os_language());
	win32_row(rows, "System", "Language", text);
	firmware_rows(rows);
	start_row(rows);
}

static void
processor_rows(struct win32_rows *rows)
{
	DWORD mhz = win32_registry_number(
	    HKEY_LOCAL_MACHINE, PROCESSOR, L"~MHz");

	text_row(rows, "Processor", "Name",
	    win32_registry_text(
		HKEY_LOCAL_MACHINE, PROCESSOR, L"ProcessorNameString"));
	number_row(rows, "Processor", "Count",
	    GetActiveProcessorCount(ALL_PROCESSOR_GROUPS));
	if (mhz != 0)
		number_row(rows, "Processor", "MHz", mhz);
}

static void
memory_rows(struct win32_rows *rows)
{
	MEMORYSTATUSEX memory = { .dwLength = sizeof(memory) };

	if (!GlobalMemoryStatusEx(&memory))
		return;
	number_row(rows, "Memory", "Total", memory.ullTotalPhys);
	number_row(rows, "Memory", "Free", memory.ullAvailPhys);
}

/* What a thread finds out, which may be left behind. */
struct disks {
	volatile LONG owners;
	size_t count;
	struct disk {
		char letter;
		ULARGE_INTEGER total, free;
		WCHAR system[MAX_PATH + 1];
	} disk[LETTERS];
};

static void
disks_let_go(void *arg)
{
	struct disks *disks = arg;

	if (InterlockedDecrement(&disks->owners) == 0)
		free(disks);
}

static int
look_at_disks(void *arg)
{
	struct disks *disks = arg;
	WCHAR root[] = L"A:\\";
	DWORD letters = GetLogicalDrives();

	for (; letters != 0; letters >>= 1, root[0]++) {
		struct disk *disk = &disks->disk[disks->count];

		if (disks->count < LETTERS && (letters & 1) &&
		    GetDriveTypeW(root) == DRIVE_FIXED &&
		    GetDiskFreeSpaceExW(
			root, NULL, &disk->total, &disk->free) &&
		    GetVolumeInformationW(root, NULL, 0, NULL, NULL, NULL,
			disk->system, MAX_PATH + 1)) {
			disk->letter = (char)root[0];
			disks->count++;
		}
	}
	return 0;
}

static void
disk_row(struct win32_rows *rows, const struct disk *disk)
{
	char key[] = { disk->letter, ':', '\0' };
	char *system, *value;
	size_t size;

	if (win32_utf8(disk->system, &system) < 0)
		return;
	size = strlen(system) + 2 * NUMBER_SIZE;
	if ((value = malloc(size)) != NULL)
		snprintf(value, size, "%llu,%llu,%s", disk->total.QuadPart,
		    disk->free.QuadPart, system);
	text_row(rows, "Disks", key, value);
	free(system);
}

static void
disks_rows(struct win32_rows *rows)
{
	struct disks *disks = calloc(1, sizeof(*disks));

	if (disks == NULL)
		return;
	disks->owners = 2;
	if (os_run_limited(look_at_disks, disks, disks_let_go, DISKS_MS) == 0)
		for (size_t i = 0; i < disks->count; i++)
			disk_row(rows, &disks->disk[i]);
	disks_let_go(disks);
}

int
os_inventory(os_row_fn *each, void *arg)
{
	struct win32_rows rows = { each, arg, 0 };

	system_rows(&rows);
	processor_rows(&rows);
	memory_rows(&rows);
	disks_rows(&rows);
	win32_network(&rows);
	return rows.result;
}
