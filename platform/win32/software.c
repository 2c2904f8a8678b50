/*
 * What is installed for all users, as the panel of Windows shows it: programs of
 * both word sizes. What a user installed for himself alone is not looked for.
 */
#include "win32_inventory.h"

#include <stdlib.h>

#define UNINSTALL L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall"
#define KEY_SIZE  256 /* characters; the registry has no longer keys */
#define KEYS_MAX  100000

/* What the panel hides: parts of the system, updates of other programs. */
static bool
is_shown(HKEY key, const WCHAR *name)
{
	char *parent = win32_registry_text(key, name, L"ParentKeyName");
	bool is = parent == NULL &&
	    win32_registry_number(key, name, L"SystemComponent") == 0;

	free(parent);
	return is;
}

/* A version is not asked for: many programs have none. */
static void
program_row(struct win32_rows *rows, HKEY key, const WCHAR *name)
{
	char *shown, *version, none[] = "-";

	if (!is_shown(key, name))
		return;
	shown = win32_registry_text(key, name, L"DisplayName");
	version = win32_registry_text(key, name, L"DisplayVersion");
	if (shown != NULL)
		win32_row(
		    rows, "Software", shown, version == NULL ? none : version);
	free(version);
	free(shown);
}

static void
view_rows(struct win32_rows *rows, REGSAM view)
{
	WCHAR name[KEY_SIZE];
	DWORD len;
	HKEY key;

	if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, UNINSTALL, 0, KEY_READ | view,
		&key) != ERROR_SUCCESS)
		return;
	for (DWORD i = 0; rows->result == 0 && i < KEYS_MAX; i++) {
		len = KEY_SIZE;
		if (RegEnumKeyExW(key, i, name, &len, NULL, NULL, NULL, NULL) !=
		    ERROR_SUCCESS)
			break;
		program_row(rows, key, name);
	}
	RegCloseKey(key);
}

int
os_software(os_row_fn *each, void *arg)
{
	struct win32_rows rows = { each, arg, 0 };

	view_rows(&rows, KEY_WOW64_64KEY);
	view_rows(&rows, KEY_WOW64_32KEY);
	return rows.result;
}
