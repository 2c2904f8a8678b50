/*
 * What the profile functions of Windows say of an INI file, and what they make
 * of it; inidump.c is the same by our library.
 *
 *	profile show FILE...
 *		"== FILE", and "[section|]" for each section that
 *		GetPrivateProfileSectionNames gives; below it, for each key
 *		that GetPrivateProfileString gives, "section|key|value|". In
 *		bytes of the code page, as they stand in the file
 *	profile text FILE...
 *		the same in UTF-8: the letters that they are taken for
 *	profile change FILE [SECTION KEY[=VALUE]]...
 *		sets keys, or takes those without '=' out
 */
#include <windows.h>

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "say.h"

#define MOST (1u << 24) /* characters that are taken at once */

int wmain(int argc, wchar_t **argv);

static UINT page = CP_ACP; /* of what is printed */

static int
failed(const char *what)
{
	fprintf(stderr, "profile: %s: error %lu\n", what, GetLastError());
	return 1;
}

/* In the code page of the output; ends the program when out of memory. */
static char *
bytes_of(const wchar_t *text)
{
	int len = WideCharToMultiByte(page, 0, text, -1, NULL, 0, NULL, NULL);
	char *bytes = malloc((size_t)len + 1);

	if (len <= 0 || bytes == NULL)
		exit(failed("a name or value cannot be said"));
	WideCharToMultiByte(page, 0, text, -1, bytes, len, NULL, NULL);
	return bytes;
}

/* A value; the keys where `key` is NULL, the sections where `section` is too:
 * each ended by a NUL, *end is behind the last. The caller frees it. */
static wchar_t *
ask(const wchar_t *path, const wchar_t *section, const wchar_t *key,
    const wchar_t **end)
{
	wchar_t *answer = NULL, *larger;
	DWORD size, len;

	for (size = 4096; size <= MOST; size *= 2) {
		larger = realloc(answer, size * sizeof *answer);
		if (larger == NULL)
			break;
		answer = larger;
		answer[0] = L'\0';
		len = section == NULL
		    ? GetPrivateProfileSectionNamesW(answer, size, path)
		    : GetPrivateProfileStringW(
			  section, key, L"", answer, size, path);
		*end = answer + len;
		if (len < size - 2)
			return answer;
	}
	exit(failed("out of memory"));
}

static void
show_key(const wchar_t *path, const wchar_t *section, const wchar_t *key)
{
	const wchar_t *end;
	wchar_t *value = ask(path, section, key, &end);
	char *section_bytes = bytes_of(section), *key_bytes = bytes_of(key),
	     *value_bytes = bytes_of(value);

	say_value(section_bytes, key_bytes, value_bytes);
	free(value_bytes);
	free(key_bytes);
	free(section_bytes);
	free(value);
}

static void
show_section(const wchar_t *path, const wchar_t *section)
{
	const wchar_t *key, *end;
	wchar_t *keys = ask(path, section, NULL, &end);
	char *bytes = bytes_of(section);

	say_section(bytes);
	free(bytes);
	/* "=value" is a key without a name: not the end of the list. */
	for (key = keys; key < end; key += wcslen(key) + 1)
		if (*key != L'\0')
			show_key(path, section, key);
	free(keys);
}

static void
show(const wchar_t *path)
{
	const wchar_t *section, *end;
	wchar_t *sections = ask(path, NULL, NULL, &end);
	char *name = bytes_of(path);

	printf("== %s\n", name);
	free(name);
	for (section = sections; section < end; section += wcslen(section) + 1)
		if (*section != L'\0')
			show_section(path, section);
	free(sections);
}

static int
change(const wchar_t *path, wchar_t **words, int count)
{
	wchar_t *value;
	int i;

	for (i = 0; i + 1 < count; i += 2) {
		value = wcschr(words[i + 1], L'=');
		if (value != NULL)
			*value++ = L'\0';
		if (!WritePrivateProfileStringW(
			words[i], words[i + 1], value, path))
			return failed("cannot write");
	}
	return 0;
}

int
wmain(int argc, wchar_t **argv)
{
	int i;

	_setmode(_fileno(stdout), _O_BINARY);
	if (argc >= 3 && wcscmp(argv[1], L"text") == 0)
		page = CP_UTF8;
	if (argc >= 3 && (page == CP_UTF8 || wcscmp(argv[1], L"show") == 0)) {
		for (i = 2; i < argc; i++)
			show(argv[i]);
		return 0;
	}
	if (argc >= 3 && argc % 2 == 1 && wcscmp(argv[1], L"change") == 0)
		return change(argv[2], argv + 3, argc - 3);
	fputs("usage: profile show FILE... | text FILE... | "
	      "change FILE [SECTION KEY[=VALUE]]...\n",
	    stderr);
	return 64;
}
