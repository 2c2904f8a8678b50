/*
 * standin: takes the place of a program that a batch file starts. Writes to the
 * file that %STANDIN_FILE% names its own name, each argument and the current
 * folder on lines of their own, in UTF-8, and ends with %STANDIN_CODE%.
 */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

static void
put(FILE *file, const char *what, const wchar_t *text)
{
	char line[4096];

	if (WideCharToMultiByte(
		CP_UTF8, 0, text, -1, line, sizeof(line), NULL, NULL) == 0)
		line[0] = '\0';
	fprintf(file, "%s [%s]\n", what, line);
}

int
wmain(int argc, wchar_t **argv)
{
	const wchar_t *name = _wgetenv(L"STANDIN_FILE");
	const wchar_t *code = _wgetenv(L"STANDIN_CODE");
	wchar_t folder[1024] = L"";
	FILE *file;

	puts("the program speaks");
	fputs("the program warns\n", stderr);
	if (name == NULL || (file = _wfopen(name, L"wb")) == NULL)
		return 99;
	put(file, "program", argv[0]);
	for (int i = 1; i < argc; i++)
		put(file, "word", argv[i]);
	if (GetCurrentDirectoryW(1024, folder) != 0)
		put(file, "folder", folder);
	if (fclose(file) != 0)
		return 98;
	return code == NULL ? 0 : _wtoi(code);
}
