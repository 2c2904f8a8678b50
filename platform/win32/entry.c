/*
 * Where a program begins on Windows: safe first, then with its words and its
 * output in UTF-8, it is what main() is everywhere. Linked with -municode.
 */
#include "win32.h"

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>

#define USAGE  64   /* exit code of a wrong command line */
#define OUTPUT 8192 /* bytes */

int main(int argc, char *argv[]);
int wmain(int argc, WCHAR *argv[]);

/* The C library is not to expand * and ? in words: a switch is no file. */
extern int _dowildcard;
int _dowildcard = 0;

static UINT code_page; /* of the console, as it was */

/* Nothing is loaded from where we stand, nor from where we are started; a
 * damaged heap ends us; nobody has to click a box away. */
static void
make_safe(void)
{
	SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
	SetDllDirectoryW(L"");
	HeapSetInformation(NULL, HeapEnableTerminationOnCorruption, NULL, 0);
	SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX |
	    SEM_NOOPENFILEERRORBOX);
}

static void
restore_console(void)
{
	fflush(stdout);
	fflush(stderr);
	SetConsoleOutputCP(code_page);
}

/*
 * Without a buffer each byte is written alone, and a console that gets a
 * character in pieces shows none. Whoever prints a line that is to be seen at
 * once flushes it.
 */
static void
set_output(void)
{
	setvbuf(stdout, NULL, _IOFBF, OUTPUT);
	setvbuf(stderr, NULL, _IOFBF, OUTPUT);
	_setmode(_fileno(stdout), _O_BINARY);
	_setmode(_fileno(stderr), _O_BINARY);
	/* One setting for all programs of a window: left alone by who does not
	 * write to it. */
	if (!os_is_terminal(1) && !os_is_terminal(2))
		return;
	code_page = GetConsoleOutputCP(); /* 0: there is no console */
	if (code_page != 0 && code_page != CP_UTF8 &&
	    SetConsoleOutputCP(CP_UTF8))
		atexit(restore_console);
}

static char *
utf8_of(const WCHAR *word)
{
	int len = WideCharToMultiByte(
	    CP_UTF8, WC_ERR_INVALID_CHARS, word, -1, NULL, 0, NULL, NULL);
	char *text = len > 0 ? malloc((size_t)len) : NULL;

	if (text != NULL)
		WideCharToMultiByte(
		    CP_UTF8, 0, word, -1, text, len, NULL, NULL);
	return text;
}

int
wmain(int argc, WCHAR *argv[])
{
	char **words;

	make_safe();
	set_output();
	if ((words = calloc((size_t)argc + 1, sizeof(*words))) == NULL)
		return EXIT_FAILURE;
	for (int i = 0; i < argc; i++)
		if ((words[i] = utf8_of(argv[i])) == NULL) {
			fprintf(stderr, "argument %d: not UTF-16\n", i);
			return USAGE;
		}
	return main(argc, words); /* the words live as long as we do */
}
