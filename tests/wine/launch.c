/*
 * launch CODE PROGRAM WORD...: runs PROGRAM and writes its exit code into the file
 * CODE, all 32 bits of it. What a session hands on has eight; and a program that
 * takes longer than a second to end, as on a machine with much to do, is killed
 * by Wine's server behind its end, so that Linux sees a death by SIGKILL. While
 * PROGRAM runs CODE says "begun": Wine itself, on such a machine, now and then
 * ends with 1 before it has begun anything.
 */
#include <windows.h>

#include <stdio.h>

int wmain(int argc, WCHAR *argv[]);

/* Behind the next word of a command line and the blanks after it. */
static WCHAR *
skip_word(WCHAR *line)
{
	BOOL quoted = FALSE;

	for (; *line != L'\0' && (quoted || *line != L' '); line++)
		if (*line == L'"')
			quoted = !quoted;
	while (*line == L' ')
		line++;
	return line;
}

static int
write_text(const WCHAR *path, const char *text)
{
	HANDLE file = CreateFileW(
	    path, GENERIC_WRITE, 7, NULL, CREATE_ALWAYS, 0, NULL);
	DWORD n;

	if (file == INVALID_HANDLE_VALUE)
		return 2;
	if (!WriteFile(file, text, (DWORD)lstrlenA(text), &n, NULL))
		return 2;
	CloseHandle(file);
	return 0;
}

int
wmain(int argc, WCHAR *argv[])
{
	STARTUPINFOW start = { .cb = sizeof start };
	PROCESS_INFORMATION made;
	char text[16];
	DWORD code;

	if (argc < 3)
		return 64;
	if (write_text(argv[1], "begun\n") != 0)
		return 2;
	if (!CreateProcessW(NULL, skip_word(skip_word(GetCommandLineW())), NULL,
		NULL, TRUE, 0, NULL, NULL, &start, &made))
		return 2;
	WaitForSingleObject(made.hProcess, INFINITE);
	GetExitCodeProcess(made.hProcess, &code);
	snprintf(text, sizeof text, "%lu\n", (unsigned long)code);
	return write_text(argv[1], text);
}
