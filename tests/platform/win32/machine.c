/*
 * What only Windows tells or is told of: who this machine is, how words come in
 * and lines go out, and the wish that we stop. This program is started for it.
 */
#include "win32_ground.h"

#include "programs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_MS 20000

/* What is started */

void
machine_role(char **words)
{
	if (strcmp(words[0], "zone") == 0) {
		for (char **word = words + 1; *word != NULL; word++)
			printf("%d\n", os_zone(atoll(*word) * OS_SECOND));
		exit(0);
	}
	if (strcmp(words[0], "lines") == 0) {
		printf("one\n%s\n", "\xc3\xa4\xf0\x9f\x98\x80");
		fprintf(stderr, "two\n");
		exit(os_is_terminal(1) || os_is_terminal(2) ? 1 : 0);
	}
	if (strcmp(words[0], "terminal") == 0)
		exit(os_is_terminal(1) && os_is_terminal(2) ? 0 : 1);
	/* A console of our own: nobody else is told to stop. */
	FreeConsole();
	if (!AllocConsole())
		exit(77);
	os_stop_catch();
	if (os_sleep(0) != 0 || os_stop_asked())
		exit(1);
	if (!GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0))
		exit(77);
	exit(os_sleep(LIMIT_MS) == ERR_STOP && os_stop_asked() &&
		    os_sleep(LIMIT_MS) == ERR_STOP
		? 0
		: 2);
}

/* Who starts */

static HANDLE
output(const char *rel)
{
	SECURITY_ATTRIBUTES inherited = { sizeof(inherited), NULL, TRUE };
	HANDLE file = CreateFileW(ground_wide(rel), GENERIC_WRITE,
	    FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, CREATE_ALWAYS,
	    FILE_ATTRIBUTE_NORMAL, NULL);

	assert_ptr_not_equal(file, INVALID_HANDLE_VALUE);
	return file;
}

/* Starts this program with these words; what it prints is in "out", "err". */
static DWORD
run(const WCHAR *words)
{
	STARTUPINFOW start = { .cb = sizeof(start),
		.dwFlags = STARTF_USESTDHANDLES };
	WCHAR self[4096], line[4096];
	PROCESS_INFORMATION made;
	DWORD code;

	assert_true(GetModuleFileNameW(NULL, self, 4096) < 4096);
	swprintf(line, 4096, L"self %ls", words);
	start.hStdOutput = output("out");
	start.hStdError = output("err");
	assert_true(CreateProcessW(
	    self, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &made));
	CloseHandle(start.hStdOutput);
	CloseHandle(start.hStdError);
	assert_int_equal(
	    WaitForSingleObject(made.hProcess, LIMIT_MS), WAIT_OBJECT_0);
	assert_true(GetExitCodeProcess(made.hProcess, &code));
	CloseHandle(made.hThread);
	CloseHandle(made.hProcess);
	return code;
}

static void
lines_go_out_as_they_are(void **state)
{
	(void)state;
	assert_int_equal(run(L"/role:machine lines"), 0);
	assert_string_equal(
	    ground_get("out"), "one\n\xc3\xa4\xf0\x9f\x98\x80\n");
	assert_string_equal(ground_get("err"), "two\n");
}

static void
a_word_that_is_no_text_is_refused(void **state)
{
	(void)state;
	assert_int_equal(run(L"/role:machine lines \xd800x"), 64);
	assert_string_equal(ground_get("out"), "");
	assert_string_equal(ground_get("err"), "argument 3: not UTF-16\n");
	assert_int_equal(run(L"/role:machine lines *.* \xd83d\xde00"), 0);
}

static void
a_console_asks_to_stop(void **state)
{
	DWORD code = run(L"/role:machine stop");

	(void)state;
	if (code == 77) /* there is no console to be had */
		skip();
	assert_int_equal(code, 0);
}

static void
the_machine_is_the_same_each_time(void **state)
{
	char *identity[2], *mac[2];

	(void)state;
	ground_env("SMS_IDENTITY", NULL);
	for (int i = 0; i < 2; i++)
		assert_int_equal(os_machine(&identity[i], &mac[i]), 0);
	assert_string_equal(identity[0], identity[1]);
	assert_string_equal(mac[0], mac[1]);
	assert_int_equal(strlen(identity[0]), 36);
	assert_int_equal(strspn(identity[0], "0123456789abcdef-"), 36);
	assert_true(strlen(mac[0]) == 0 || strlen(mac[0]) == 17);
	for (int i = 0; i < 2; i++) {
		free(identity[i]);
		free(mac[i]);
	}
	ground_env("SMS_IDENTITY", "PC042");
	assert_int_equal(os_machine(&identity[0], &mac[0]), 0);
	ground_env("SMS_IDENTITY", NULL);
	assert_string_equal(identity[0], "PC042");
	assert_string_equal(mac[0], "");
	free(identity[0]);
	free(mac[0]);
}

static void
the_host_has_a_short_name(void **state)
{
	WCHAR wide[256];
	DWORD size = 256;
	char *name, text[1024];

	(void)state;
	ground_env("SMS_HOST", "PC042.plant2.example");
	assert_int_equal(os_host(&name), 0);
	assert_string_equal(name, "PC042");
	free(name);
	ground_env("SMS_HOST", ".x");
	assert_int_equal(os_host(&name), ERR_NOENT);
	assert_null(name);
	ground_env("SMS_HOST", NULL);
	assert_int_equal(os_host(&name), 0);
	/* The name in the old network has 15 characters at most. */
	assert_true(GetComputerNameW(wide, &size));
	assert_true(WideCharToMultiByte(CP_UTF8, 0, wide, -1, text,
			sizeof(text), NULL, NULL) > 0);
	assert_int_equal(_strnicmp(name, text, strlen(text)), 0);
	assert_null(strchr(name, '.'));
	free(name);
	assert_string_equal(os_name(), "windows");
	assert_true(strcmp(os_arch(), "x86_64") == 0 ||
	    strcmp(os_arch(), "aarch64") == 0);
	assert_int_equal(strlen(os_language()), 8);
	assert_int_equal(
	    strtoul(os_language(), NULL, 16), GetSystemDefaultUILanguage());
}

static void
an_event_harms_nobody(void **state)
{
	char *huge = malloc(100001);

	(void)state;
	assert_non_null(huge);
	memset(huge, 'x', 100000);
	huge[100000] = '\0';
	os_event("test", OS_INFORMATION, "100 % of it");
	os_event("test", OS_WARNING, "%1%n\xc3\xa4");
	os_event("test", OS_ERROR, "");
	os_event("test", OS_ERROR, "\xff"); /* no UTF-8 */
	os_event("test", OS_ERROR, huge);
	free(huge);
}

int
test_win32_machine(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(lines_go_out_as_they_are),
		TEST(a_word_that_is_no_text_is_refused),
		TEST(a_console_asks_to_stop),
		TEST(the_machine_is_the_same_each_time),
		TEST(the_host_has_a_short_name),
		TEST(an_event_harms_nobody),
	};

	return cmocka_run_group_tests_name(
	    "machine of Windows", tests, NULL, NULL);
}
