/*
 * Programs that are started on Windows, and work that is left behind. This
 * program itself is what the tests start: its first word says what it is then.
 */
#include "win32_ground.h"
#include "programs.h"

#include <shellapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_MS 20000

/* What is started */

static void
put_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "wb");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		exit(99);
}

/* A word as hexadecimal digits, on a line of its own. */
static void
put_word(FILE *file, const char *word)
{
	for (; *word != '\0'; word++)
		fprintf(file, "%02x", (unsigned char)*word);
	fputs(".\n", file);
}

/* FILE WORD...: writes the words as main got them, and once more as
 * CommandLineToArgvW reads them. */
static void
be_teller(char **words)
{
	FILE *file = fopen(words[0], "wb");
	LPWSTR *wide;
	char text[512];
	int count;

	if (file == NULL)
		exit(99);
	for (char **word = words + 1; *word != NULL; word++)
		put_word(file, *word);
	fputs("--\n", file);
	wide = CommandLineToArgvW(GetCommandLineW(), &count);
	for (int i = 3; wide != NULL && i < count; i++) {
		if (WideCharToMultiByte(CP_UTF8, 0, wide[i], -1, text,
			sizeof(text), NULL, NULL) == 0)
			exit(98);
		put_word(file, text);
	}
	exit(fclose(file) == 0 ? 0 : 99);
}

/* HANDLE: sets the event that it stands for in who started us. */
static void
be_setter(char **words)
{
	SetEvent((HANDLE)(uintptr_t)strtoull(words[0], NULL, 16));
	exit(0);
}

/* Writes to its standard handles; 0 when all three are there. */
static void
be_speaker(char **words)
{
	HANDLE out = GetStdHandle(STD_OUTPUT_HANDLE);
	HANDLE err = GetStdHandle(STD_ERROR_HANDLE);
	HANDLE in = GetStdHandle(STD_INPUT_HANDLE);
	char byte;
	DWORD n;

	(void)words;
	if (!WriteFile(out, "one ", 4, &n, NULL) || n != 4 ||
	    !WriteFile(err, "two ", 4, &n, NULL) || n != 4)
		exit(1);
	exit(ReadFile(in, &byte, 1, &n, NULL) && n == 0 ? 0 : 2);
}

/* FOLDER: waits for FOLDER/go and writes FOLDER/done. */
static void
be_survivor(char **words)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/go", words[0]);
	for (int i = 0; i < LIMIT_MS / 20; i++) {
		if (GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES)
			break;
		Sleep(20);
	}
	snprintf(path, sizeof(path), "%s/done", words[0]);
	put_file(path, GetConsoleCP() == 0 ? "no console" : "a console");
	exit(0);
}

/* FOLDER: starts a survivor and is no more. */
static void
be_starter(char **words)
{
	char *self;
	struct os_child *child;
	int code;

	if (os_self(&self) != 0)
		exit(3);
	const char *argv[] = { self, ROLE "survivor", words[0], NULL };

	if (os_spawn(argv, OS_DETACHED | OS_QUIET, &child) != 0)
		exit(4);
	if (os_child_wait(child, 0, &code) != ERR_UNSUP)
		exit(5);
	os_child_end(child);
	os_child_free(child);
	TerminateProcess(GetCurrentProcess(), 6);
}

static int
hang(void *arg)
{
	WaitForSingleObject(arg, INFINITE);
	return 0;
}

/* Ends while work of its own hangs. */
static void
be_hanger(char **words)
{
	HANDLE never = CreateEventW(NULL, TRUE, FALSE, NULL);
	int r = os_run_limited(hang, never, NULL, 20);

	(void)words;
	exit(r == ERR_TIMEOUT ? 42 : 43);
}

/* FILE: where it believes to be. */
static void
be_self(char **words)
{
	char *self;

	if (os_self(&self) != 0)
		exit(3);
	put_file(words[0], self);
	exit(0);
}

static void
be_sleeper(char **words)
{
	Sleep((DWORD)strtoul(words[0], NULL, 10));
	exit(0);
}

/* Exits with all 32 bits of its word. */
static void
be_ender(char **words)
{
	ExitProcess((UINT)strtoul(words[0], NULL, 0));
}

void
programs_role(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*be)(char **words);
	} roles[] = {
		{ "teller", be_teller },
		{ "setter", be_setter },
		{ "speaker", be_speaker },
		{ "survivor", be_survivor },
		{ "starter", be_starter },
		{ "hanger", be_hanger },
		{ "self", be_self },
		{ "sleeper", be_sleeper },
		{ "ender", be_ender },
		{ "reader", readers_role },
		{ "machine", machine_role },
		{ "service", services_role },
	};

	if (argc < 2 || strncmp(argv[1], ROLE, strlen(ROLE)) != 0)
		return;
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(argv[1] + strlen(ROLE), roles[i].name) == 0)
			roles[i].be(argv + 2);
	exit(97);
}

/* Who starts */

static char *self;

static int
find_self(void **state)
{
	(void)state;
	return os_self(&self);
}

static int
forget_self(void **state)
{
	(void)state;
	free(self);
	return 0;
}

static struct os_child *
start(const char *role, const char *word, unsigned how)
{
	const char *argv[] = { self, role, word, NULL };
	struct os_child *child;

	assert_int_equal(os_spawn(argv, how, &child), 0);
	assert_non_null(child);
	return child;
}

static int
end_of(struct os_child *child)
{
	int code = -1;

	assert_int_equal(os_child_wait(child, LIMIT_MS, &code), 0);
	os_child_free(child);
	return code;
}

static void
exit_codes_come_back_whole(void **state)
{
	static const struct {
		const char *word;
		int code;
	} codes[] = { { "0", 0 }, { "7", 7 }, { "255", 255 }, { "259", 259 },
		{ "3010", 3010 }, { "0xffffffff", -1 },
		{ "0xc0000005", (int)0xc0000005 } };
	struct os_child *child;
	int code;

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		assert_int_equal(end_of(start(ROLE "ender", codes[i].word, 0)),
		    codes[i].code);
	child = start(ROLE "ender", "3", 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(os_child_wait(child, -1, &code), 0);
		assert_int_equal(code, 3);
	}
	os_child_end(child);
	os_child_free(child);
	os_child_free(NULL);
}

static const char *const words[] = { "plain", "", " ", "two words", "\"",
	"\"\"", "a\"b", "\"quoted\"", "\\", "\\\\", "\\\\\\", "a\\b",
	"C:\\Program Files\\SMS\\", "C:\\SMS\\", "\\\"", "\\\\\"", "a\\\\\"b c",
	"a\\\" \\", "ends in blank ", "\ttab", "new\nline", "vertical\vtab",
	"\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f", "\xf0\x9f\x98\x80 beyond", "100%",
	"%PATH%", "%%", "^", "a&b", "a|b", "<a>", "(a)", "!a!", "'a'", "*.c",
	"?", "@file", "/p:\\\\PLN-DC1\\SMS LOGON\\.", "/", "--", "=", "a,b;c",
	"`", "$HOME", "~" };

/* Every word alone, between two others, and all of them at once. */
static void
every_word_arrives_as_it_was_given(void **state)
{
	enum {
		COUNT = sizeof(words) / sizeof(words[0])
	};
	const char *argv[COUNT + 4] = { self, ROLE "teller",
		ground_path("told") };
	static char expected[65536];
	struct os_child *child;
	size_t len;

	(void)state;
	for (size_t round = 0; round <= COUNT; round++) {
		size_t count = 0;

		if (round == COUNT) {
			for (; count < COUNT; count++)
				argv[3 + count] = words[count];
		} else {
			argv[3 + count++] = "first";
			argv[3 + count++] = words[round];
			argv[3 + count++] = "last";
		}
		argv[3 + count] = NULL;
		len = 0;
		for (size_t i = 0; i < 2 * count; i++) {
			if (i == count)
				len += (size_t)sprintf(expected + len, "--\n");
			for (const char *p = argv[3 + i % count]; *p != '\0';
			     p++)
				len += (size_t)sprintf(
				    expected + len, "%02x", (unsigned char)*p);
			len += (size_t)sprintf(expected + len, ".\n");
		}
		assert_int_equal(os_spawn(argv, 0, &child), 0);
		assert_int_equal(end_of(child), 0);
		assert_string_equal(ground_get("told"), expected);
	}
}

static void
words_that_cannot_be_given_are_refused(void **state)
{
	const char *argv[] = { self, ROLE "ender", "\xff", NULL };
	struct os_child *child;
	char *many = malloc(40000);

	(void)state;
	assert_int_equal(os_spawn(argv, 0, &child), ERR_NAME);
	assert_null(child);
	assert_non_null(many);
	memset(many, '0', 40000);
	many[39999] = '\0';
	argv[2] = many;
	assert_int_equal(os_spawn(argv, 0, &child), ERR_RANGE);
	assert_null(child);
	many[32000] = '\0';
	assert_int_equal(os_spawn(argv, 0, &child), 0);
	assert_int_equal(end_of(child), 0);
	free(many);
}

static void
what_is_no_program_is_not_started(void **state)
{
	static const char *const batches[] = { "a.bat", "a.cmd", "A.BaT",
		"a.exe.CMD" };
	static const char *const odd[] = { "a.bat.", "a.bat ", "a.exe:b.bat",
		"NUL", "con.exe", "a\"b.exe" };
	const char *argv[] = { ground_path("none.exe"), NULL },
		   *no[] = { NULL };
	struct os_child *child;

	(void)state;
	assert_int_equal(os_spawn(no, 0, &child), ERR_ARG);
	assert_int_equal(os_spawn(argv, 0, &child), ERR_NOENT);
	assert_null(child);
	assert_int_equal(
	    os_spawn(argv, OS_DETACHED | OS_QUIET, &child), ERR_NOENT);
	ground_put("none.exe", "no program");
	assert_int_equal(os_spawn(argv, 0, &child), ERR_UNSUP);
	assert_null(child);
	for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
		argv[0] = ground_path(batches[i]);
		ground_put(batches[i], "@exit 0\r\n");
		assert_int_equal(os_spawn(argv, 0, &child), ERR_UNSUP);
	}
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		argv[0] = ground_path(odd[i]);
		assert_int_equal(os_spawn(argv, 0, &child), ERR_NAME);
	}
}

static void
no_handle_but_the_standard_ones_is_inherited(void **state)
{
	SECURITY_ATTRIBUTES inherited = { sizeof(inherited), NULL, TRUE };
	HANDLE event = CreateEventW(&inherited, TRUE, FALSE, NULL);
	STARTUPINFOW info = { .cb = sizeof(info) };
	PROCESS_INFORMATION made;
	WCHAR path[4096], line[8192];
	char word[32];

	(void)state;
	assert_non_null(event);
	snprintf(
	    word, sizeof(word), "%llx", (unsigned long long)(uintptr_t)event);
	for (unsigned how = 0; how <= (OS_DETACHED | OS_QUIET); how++) {
		struct os_child *child = start(ROLE "setter", word, how);

		if (how & OS_DETACHED)
			os_child_free(child);
		else
			assert_int_equal(end_of(child), 0);
	}
	assert_int_equal(WaitForSingleObject(event, 300), WAIT_TIMEOUT);
	/* It would have worked where handles are inherited. */
	assert_true(GetModuleFileNameW(NULL, path, 4096) > 0);
	swprintf(line, 8192, L"x " ROLE "setter %hs", word);
	assert_true(CreateProcessW(
	    path, line, NULL, NULL, TRUE, 0, NULL, NULL, &info, &made));
	assert_int_equal(WaitForSingleObject(event, LIMIT_MS), WAIT_OBJECT_0);
	WaitForSingleObject(made.hProcess, LIMIT_MS);
	CloseHandle(made.hThread);
	CloseHandle(made.hProcess);
	CloseHandle(event);
}

/* Under Wine the process of a console that was made for a program gets its
 * standard handles too, and ends a moment later than the program. */
static void
await_closed(const char *rel)
{
	HANDLE file;

	for (int i = 0; i < LIMIT_MS / 10; i++) {
		file = CreateFileW(ground_wide(rel), GENERIC_READ, 0, NULL,
		    OPEN_EXISTING, 0, NULL);
		if (file != INVALID_HANDLE_VALUE) {
			CloseHandle(file);
			return;
		}
		Sleep(10);
	}
	fail();
}

/* What a program that is started so says, through handles that it could not
 * inherit; its exit code. */
static int
speak(unsigned how, bool none)
{
	static const DWORD names[] = { STD_INPUT_HANDLE, STD_OUTPUT_HANDLE,
		STD_ERROR_HANDLE };
	HANDLE old[3], file;
	struct os_child *child;
	int code;

	ground_put("in", "");
	for (int i = 0; i < 3; i++) {
		old[i] = GetStdHandle(names[i]);
		file = CreateFileA(ground_path(i == 0 ? "in" : "out"),
		    i == 0 ? GENERIC_READ : FILE_APPEND_DATA,
		    FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS, 0,
		    NULL);
		assert_ptr_not_equal(file, INVALID_HANDLE_VALUE);
		SetStdHandle(names[i], none ? NULL : file);
		if (none)
			CloseHandle(file);
	}
	child = start(ROLE "speaker", NULL, how);
	code = end_of(child);
	for (int i = 0; i < 3; i++) {
		file = GetStdHandle(names[i]);
		if (file != NULL)
			CloseHandle(file);
		SetStdHandle(names[i], old[i]);
	}
	await_closed("in");
	await_closed("out");
	return code;
}

static void
output_goes_where_ours_goes_or_nowhere(void **state)
{
	(void)state;
	assert_int_equal(speak(OS_QUIET, false), 0);
	assert_string_equal(ground_get("out"), "");
	assert_int_equal(speak(0, true), 0);
	assert_string_equal(ground_get("out"), "");
	assert_int_equal(speak(0, false), 0);
	assert_string_equal(ground_get("out"), "one two ");
}

static void
a_child_that_runs_on_is_told_and_can_be_ended(void **state)
{
	struct os_child *child = start(ROLE "sleeper", "60000", 0);
	int code;

	(void)state;
	assert_int_equal(os_child_wait(child, 0, &code), ERR_TIMEOUT);
	assert_int_equal(os_child_wait(child, 20, &code), ERR_TIMEOUT);
	os_child_end(child);
	assert_int_equal(end_of(child), 137);
}

static void
a_detached_program_survives_us_without_a_console(void **state)
{
	const char *done = ground_path("done");

	(void)state;
	assert_int_equal(end_of(start(ROLE "starter", ground.path, 0)), 6);
	ground_put("go", "");
	for (int i = 0; i < LIMIT_MS / 20; i++) {
		if (GetFileAttributesA(done) != INVALID_FILE_ATTRIBUTES)
			break;
		Sleep(20);
	}
	Sleep(20);
	assert_string_equal(ground_get("done"), "no console");
}

/* Copies this program to `path` and asks where it believes to be then. */
static void
expect_self(const char *path, const char *called, const char *expected)
{
	const char *argv[] = { called, ROLE "self", ground_path("self"), NULL };
	WCHAR from[4096], to[4096] = L"\\\\?\\";
	struct os_child *child;

	assert_true(GetModuleFileNameW(NULL, from, 4096) > 0);
	assert_true(
	    MultiByteToWideChar(CP_UTF8, 0, path, -1, to + 4, 4000) > 0);
	for (WCHAR *p = to; *p != L'\0'; p++)
		if (*p == L'/')
			*p = L'\\';
	assert_true(CopyFileW(from, to, FALSE));
	assert_int_equal(os_spawn(argv, 0, &child), 0);
	assert_int_equal(end_of(child), 0);
	assert_string_equal(ground_get("self"), expected);
}

static void
the_path_of_the_running_program_is_known(void **state)
{
	char deep[1024] = "", path[4096];
	WCHAR whole[4096], brief[4096];

	(void)state;
	assert_null(strchr(self, '\\'));
	ground_folder("with blank \xc3\xa4\xf0\x9f\x98\x80");
	snprintf(path, sizeof(path), "%s",
	    ground_path("with blank \xc3\xa4\xf0\x9f\x98\x80/x.new"));
	expect_self(path, path, path);
	for (int i = 0; i < 12; i++) {
		strcat(deep,
		    i == 0 ? "a folder of a long way down"
			   : "/a folder of a long way down");
		ground_folder(deep);
	}
	strcat(deep, "/x.exe");
	snprintf(path, sizeof(path), "%s", ground_path(deep));
	assert_true(strlen(path) > MAX_PATH);
	/* Wine cuts the path of a program off there, Windows does not. */
	if (!is_wine())
		expect_self(path, path, path);
	/* By its short name, where the volume has such. */
	ground_folder("a long name");
	snprintf(path, sizeof(path), "%s", ground_path("a long name/x.exe"));
	expect_self(path, path, path);
	assert_true(MultiByteToWideChar(CP_UTF8, 0, path, -1, whole, 4096) > 0);
	assert_true(GetShortPathNameW(whole, brief, 4096) > 0);
	char called[4096];

	assert_true(WideCharToMultiByte(CP_UTF8, 0, brief, -1, called,
			sizeof(called), NULL, NULL) > 0);
	expect_self(path, called, path);
}

/* Work that is left behind */

struct task {
	HANDLE go, gone;
	volatile LONG left;
	int result;
};

static int
give(void *arg)
{
	struct task *task = arg;

	if (task->go != NULL)
		WaitForSingleObject(task->go, INFINITE);
	return task->result;
}

static void
leave(void *arg)
{
	struct task *task = arg;

	if (InterlockedIncrement(&task->left) > 0 && task->gone != NULL)
		SetEvent(task->gone);
}

static void
limited_work_gives_its_result(void **state)
{
	static const int results[] = { 0, -1, ERR_HOST, ERR_TIMEOUT, 5,
		100000 };
	struct task task = { NULL, NULL, 0, 0 };

	(void)state;
	for (LONG i = 0; i < 6; i++) {
		task.result = results[i];
		assert_int_equal(
		    os_run_limited(give, &task, leave, -1), results[i]);
		assert_int_equal(task.left, i + 1);
	}
	assert_int_equal(os_run_limited(give, &task, NULL, LIMIT_MS), 100000);
}

static void
limited_work_that_hangs_is_left_behind_with_what_it_uses(void **state)
{
	struct task task = { NULL, NULL, 0, 5 };
	LONG count = 0;

	(void)state;
	task.go = CreateEventW(NULL, TRUE, FALSE, NULL);
	task.gone = CreateEventW(NULL, FALSE, FALSE, NULL);
	/* So many that no more are begun; those are given up at once. */
	while (count < 100) {
		assert_int_equal(
		    os_run_limited(give, &task, leave, 1), ERR_TIMEOUT);
		if (task.left > 0)
			break;
		count++;
	}
	assert_int_equal(count, 16);
	assert_int_equal(task.left, 1);
	assert_int_equal(WaitForSingleObject(task.gone, 0), WAIT_OBJECT_0);
	SetEvent(task.go);
	while (task.left < count + 1)
		assert_int_equal(
		    WaitForSingleObject(task.gone, LIMIT_MS), WAIT_OBJECT_0);
	/* And it goes on. */
	for (int i = 0; i < LIMIT_MS / 20; i++) {
		if (os_run_limited(give, &task, NULL, -1) == 5)
			break;
		Sleep(20);
	}
	assert_int_equal(os_run_limited(give, &task, NULL, -1), 5);
	CloseHandle(task.go);
	CloseHandle(task.gone);
}

static int
read_pipe(void *arg)
{
	char byte;
	DWORD n;

	if (ReadFile(arg, &byte, 1, &n, NULL))
		return 1;
	return (int)GetLastError();
}

static void
limited_work_in_a_call_is_called_off(void **state)
{
	struct task task = { NULL, NULL, 0, 0 };
	HANDLE reading, writing;
	char byte;
	DWORD n;

	(void)state;
	assert_true(CreatePipe(&reading, &writing, NULL, 0));
	assert_int_equal(
	    os_run_limited(read_pipe, reading, NULL, 300), ERR_TIMEOUT);
	Sleep(300);
	/* Nobody reads it but us. */
	assert_true(WriteFile(writing, "x", 1, &n, NULL));
	task.result = 1;
	assert_int_equal(os_run_limited(give, &task, NULL, -1), 1);
	assert_true(ReadFile(reading, &byte, 1, &n, NULL));
	assert_int_equal(byte, 'x');
	CloseHandle(reading);
	CloseHandle(writing);
}

static void
a_program_ends_at_once_whatever_hangs_in_it(void **state)
{
	(void)state;
	assert_int_equal(end_of(start(ROLE "hanger", NULL, 0)), 42);
}

int
test_programs(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(exit_codes_come_back_whole),
		TEST(every_word_arrives_as_it_was_given),
		TEST(words_that_cannot_be_given_are_refused),
		TEST(what_is_no_program_is_not_started),
		TEST(no_handle_but_the_standard_ones_is_inherited),
		TEST(output_goes_where_ours_goes_or_nowhere),
		TEST(a_child_that_runs_on_is_told_and_can_be_ended),
		TEST(a_detached_program_survives_us_without_a_console),
		TEST(the_path_of_the_running_program_is_known),
		TEST(limited_work_gives_its_result),
		TEST(limited_work_that_hangs_is_left_behind_with_what_it_uses),
		TEST(limited_work_in_a_call_is_called_off),
		TEST(a_program_ends_at_once_whatever_hangs_in_it),
	};

	return cmocka_run_group_tests_name(
	    "programs", tests, find_self, forget_self);
}
