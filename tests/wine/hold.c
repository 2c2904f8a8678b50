/* hold FILE SHARE READY END: has FILE open for reading, SHARE of others being
 * permitted (0 nothing, 7 everything) or, with "lock", locked as our programs lock
 * (platform/win32/lock.c), says so by the file READY, and
 * lets it go when END is there; after two minutes in any case. */
#include <windows.h>

#include <stdlib.h>

int wmain(int argc, WCHAR *argv[]);

static BOOL
lock(HANDLE file)
{
	OVERLAPPED at = { 0 };

	at.OffsetHigh = 0x40000000;
	return LockFileEx(file,
	    LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at);
}

int
wmain(int argc, WCHAR *argv[])
{
	HANDLE file, ready;
	BOOL locks;

	if (argc != 5)
		return 64;
	locks = wcscmp(argv[2], L"lock") == 0;
	file = CreateFileW(argv[1], GENERIC_READ,
	    locks ? 7 : (DWORD)wcstoul(argv[2], NULL, 10), NULL, OPEN_EXISTING,
	    0, NULL);
	if (file == INVALID_HANDLE_VALUE || (locks && !lock(file)))
		return 2;
	ready = CreateFileW(
	    argv[3], GENERIC_WRITE, 7, NULL, CREATE_NEW, 0, NULL);
	if (ready == INVALID_HANDLE_VALUE)
		return 2;
	CloseHandle(ready);
	for (int i = 0; i < 2400; i++) {
		if (GetFileAttributesW(argv[4]) != INVALID_FILE_ATTRIBUTES)
			return 0;
		Sleep(50);
	}
	return 1;
}
