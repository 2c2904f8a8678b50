/* What this machine is: hardware identity, names, architecture, language. */
#include "win32.h"

#include <winsock2.h>
#include <netioapi.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UUID 36 /* characters */

/* Identities that makers of boards forgot to set: many machines share them. */
static const char *const shared_uuids[] = {
	"00000000-0000-0000-0000-000000000000",
	"ffffffff-ffff-ffff-ffff-ffffffffffff",
	"03000200-0400-0500-0006-000700080009",
	"00020003-0004-0005-0006-000700080009",
	"12345678-1234-5678-90ab-cddeefaabbcc",
	"fefefefe-fefe-fefe-fefe-fefefefefefe",
};

static bool
is_own_uuid(const char *uuid)
{
	if (strlen(uuid) != UUID)
		return false;
	for (size_t i = 0; i < sizeof(shared_uuids) / sizeof(*shared_uuids);
	     i++)
		if (strcmp(uuid, shared_uuids[i]) == 0)
			return false;
	return strspn(uuid, "0123456789abcdef-") == UUID;
}

/*
 * The tables of the firmware (DMTF DSP0134): structures of a type and a length,
 * each followed by texts that two NULs end. NULL when type 1, the machine, is
 * not there.
 */
static const BYTE *
find_system(const BYTE *at, const BYTE *end)
{
	while (end - at >= 4 && at[1] >= 4 && end - at >= at[1]) {
		if (at[0] == 1)
			return at;
		at += at[1];
		while (end - at >= 2 && (at[0] != 0 || at[1] != 0))
			at++;
		if (end - at < 2)
			break;
		at += 2;
	}
	return NULL;
}

/* The answer of the system begins with 8 bytes of its own. */
BYTE *
win32_firmware(const BYTE **system, const BYTE **end)
{
	const DWORD provider = 0x52534d42; /* "RSMB" */
	UINT size = GetSystemFirmwareTable(provider, 0, NULL, 0);
	BYTE *table = size > 8 ? malloc(size) : NULL;

	*system = NULL;
	*end = NULL;
	if (table != NULL &&
	    GetSystemFirmwareTable(provider, 0, table, size) == size) {
		*end = table + size;
		*system = find_system(table + 8, *end);
	}
	if (*system != NULL)
		return table;
	free(table);
	return NULL;
}

/* Bytes 8 to 23, the first three fields little-endian. */
static void
show_uuid(const BYTE *u, char text[UUID + 1])
{
	snprintf(text, UUID + 1,
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x%02x%02x%02x%02x",
	    u[3], u[2], u[1], u[0], u[5], u[4], u[7], u[6], u[8], u[9], u[10],
	    u[11], u[12], u[13], u[14], u[15]);
}

static bool
firmware_uuid(char text[UUID + 1])
{
	const BYTE *system, *end;
	BYTE *table = win32_firmware(&system, &end);
	bool is = table != NULL && system[1] >= 24;

	if (is)
		show_uuid(system + 8, text);
	free(table);
	return is;
}

static bool
machine_guid(char text[UUID + 1])
{
	WCHAR value[UUID + 1] = { 0 };
	DWORD size = sizeof(value);

	if (RegGetValueW(HKEY_LOCAL_MACHINE,
		L"SOFTWARE\\Microsoft\\Cryptography", L"MachineGuid",
		RRF_RT_REG_SZ, NULL, value, &size) != ERROR_SUCCESS)
		return false;
	for (size_t i = 0; i <= UUID; i++)
		text[i] = value[i] < 128 ? (char)tolower(value[i]) : '?';
	return text[UUID] == '\0';
}

static int
read_identity(char **identity)
{
	char text[UUID + 1];

	if (!(firmware_uuid(text) && is_own_uuid(text)) &&
	    !(machine_guid(text) && is_own_uuid(text)))
		return ERR_NOENT;
	*identity = _strdup(text);
	return *identity == NULL ? ERR_NOMEM : 0;
}

typedef DWORD WINAPI get_table_fn(MIB_IF_TABLE2 **table);
typedef VOID WINAPI free_table_fn(PVOID memory);

/* A card, with or without a cable, that has an address of its maker's. */
static bool
is_card(const MIB_IF_ROW2 *row)
{
	static const UCHAR none[6];

	return (row->Type == IF_TYPE_ETHERNET_CSMACD ||
		   row->Type == IF_TYPE_IEEE80211) &&
	    row->InterfaceAndOperStatusFlags.HardwareInterface &&
	    row->PhysicalAddressLength == 6 &&
	    memcmp(row->PermanentPhysicalAddress, none, 6) != 0;
}

/* The first card in the system's own, lasting order, which has those with a
 * cable first; NULL when there is none. */
static const MIB_IF_ROW2 *
first_card(const MIB_IF_TABLE2 *table)
{
	const MIB_IF_ROW2 *first = NULL;

	for (ULONG i = 0; i < table->NumEntries; i++) {
		const MIB_IF_ROW2 *row = &table->Table[i];

		if (is_card(row) &&
		    (first == NULL ||
			row->InterfaceLuid.Value < first->InterfaceLuid.Value))
			first = row;
	}
	return first;
}

/* The library is looked for when it is needed, in the system's folder alone:
 * one that programs name is loaded from beside them first. */
static int
read_mac(char **mac)
{
	HMODULE library = LoadLibraryExW(
	    L"iphlpapi.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
	get_table_fn *get = NULL;
	free_table_fn *drop = NULL;
	MIB_IF_TABLE2 *table = NULL;
	const MIB_IF_ROW2 *card = NULL;
	char text[18] = "";

	if (library != NULL) {
		get = (get_table_fn *)(void *)GetProcAddress(
		    library, "GetIfTable2");
		drop = (free_table_fn *)(void *)GetProcAddress(
		    library, "FreeMibTable");
	}
	if (get != NULL && drop != NULL && get(&table) == NO_ERROR) {
		if ((card = first_card(table)) != NULL) {
			const UCHAR *a = card->PermanentPhysicalAddress;

			snprintf(text, sizeof(text),
			    "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2],
			    a[3], a[4], a[5]);
		}
		drop(table);
	}
	if (library != NULL)
		FreeLibrary(library);
	*mac = _strdup(text);
	return *mac == NULL ? ERR_NOMEM : 0;
}

int
os_machine(char **identity, char **mac)
{
	const char *given = os_env("SMS_IDENTITY");
	int r;

	*identity = NULL;
	*mac = NULL;
	if (given != NULL && given[0] != '\0') {
		*identity = _strdup(given);
		*mac = _strdup("");
		r = *identity == NULL || *mac == NULL ? ERR_NOMEM : 0;
	} else if ((r = read_identity(identity)) == 0)
		r = read_mac(mac);
	if (r < 0) {
		free(*identity);
		free(*mac);
		*identity = NULL;
		*mac = NULL;
	}
	return r;
}

/* malloc'd; NULL when there is none or no memory. */
static char *
computer_name(void)
{
	WCHAR name[MAX_COMPUTERNAME_LENGTH + 1];
	DWORD size = MAX_COMPUTERNAME_LENGTH + 1;
	char *text = NULL;

	/* %COMPUTERNAME%, by which servers know us too: up to 15 characters */
	return GetComputerNameW(name, &size) && win32_utf8(name, &text) == 0
	    ? text
	    : NULL;
}

int
os_host(char **name)
{
	const char *given = os_env("SMS_HOST");

	*name = given != NULL && given[0] != '\0' ? _strdup(given)
						  : computer_name();
	if (*name == NULL)
		return ERR_NOMEM;
	(*name)[strcspn(*name, ".")] = '\0';
	if ((*name)[0] != '\0')
		return 0;
	free(*name);
	*name = NULL;
	return ERR_NOENT;
}

const char *
os_name(void)
{
	return "windows";
}

typedef BOOL WINAPI is_wow_fn(HANDLE process, USHORT *own, USHORT *native);

/* What the machine is, also where it runs our programs by emulating another
 * one (Windows 10 1511). */
const char *
os_arch(void)
{
	is_wow_fn *ask = (is_wow_fn *)(void *)GetProcAddress(
	    GetModuleHandleW(L"kernel32.dll"), "IsWow64Process2");
	USHORT own, native;
	SYSTEM_INFO info;

	if (ask != NULL && ask(GetCurrentProcess(), &own, &native) &&
	    native == IMAGE_FILE_MACHINE_ARM64)
		return "aarch64";
	GetNativeSystemInfo(&info);
	switch (info.wProcessorArchitecture) {
	case PROCESSOR_ARCHITECTURE_AMD64: return "x86_64";
	case PROCESSOR_ARCHITECTURE_ARM64: return "aarch64";
	default: return "unknown";
	}
}

unsigned
os_cores(void)
{
	DWORD count = GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);

	return count < 1 ? 1 : count;
}

/* Of the machine, not of whoever is logged on: what a list installs by it must
 * not change with the user. */
const char *
os_language(void)
{
	static char number[9];

	snprintf(number, sizeof(number), "%08x",
	    (unsigned)GetSystemDefaultUILanguage());
	return number;
}
