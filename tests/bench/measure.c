/*
 * measure [-n ROUNDS] [-w ROUNDS] [-s SECONDS] SUBJECT...
 *
 * Runs programs again and again and prints how long each took, one line a
 * subject (samples.h). A subject is
 *
 *	-- NAME CODE {+ or :} COMMAND...  [{+ or :} COMMAND...] ...
 *
 * The commands run one after the other; the time of a subject is that of its
 * commands behind "+", from posix_spawn to wait4, without any shell. Those
 * behind ":" prepare or clean up, and are not counted. "+" commands have to end
 * with CODE, ":" commands with 0: anything else ends the measuring, with 1. "{}"
 * in a word is a number that no other run has, for fresh folders.
 *
 * Each round runs every subject once, in an order drawn anew: what one of them
 * does to the caches, or somebody else to the machine, meets all of them alike.
 * The first rounds (-w, 1) are not counted. It ends after -n ROUNDS (10), or
 * when -s SECONDS are over and three rounds were counted. Words at the start of
 * a command that hold a "=" are put into its environment.
 */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "samples.h"

#define ROUNDS_LEAST 3

struct subject {
	char *name;
	int code;
	char **words; /* the first is "+" or ":" */
	int count;
	struct samples samples;
};

struct plan {
	struct subject *subjects;
	int count;
	long rounds;
	long warm_up;
	long seconds; /* 0: no limit */
	size_t *order;
};

extern char **environ;

static _Noreturn void
die(const char *what, const char *which)
{
	fprintf(stderr, "measure: %s: %s\n", which, what);
	exit(1);
}

static bool
is_mark(const char *word)
{
	return strcmp(word, "+") == 0 || strcmp(word, ":") == 0;
}

/* The word with each "{}" replaced; the caller frees it. */
static char *
expand(const char *word, long number)
{
	size_t room = strlen(word) * 11 + 1, len = 0;
	char *text = malloc(room);

	if (text == NULL)
		die("out of memory", word);
	while (*word != '\0')
		if (strncmp(word, "{}", 2) == 0) {
			len += (size_t)snprintf(
			    text + len, room - len, "%ld", number);
			word += 2;
		} else {
			text[len++] = *word++;
		}
	text[len] = '\0';
	return text;
}

/* Runs a command to its end; its exit code, 128 and more for a signal. What it
 * prints is thrown away, except complaints. */
static int
run(char **argv, int64_t *ns)
{
	posix_spawn_file_actions_t actions;
	int64_t start;
	int status, rc;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	start = samples_clock();
	rc = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	if (rc != 0)
		die(strerror(rc), argv[0]);
	if (wait4(pid, &status, 0, NULL) != pid)
		die("lost", argv[0]);
	*ns = samples_clock() - start;
	posix_spawn_file_actions_destroy(&actions);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* NAME=VALUE words: they stay until the next command sets its own, and every
 * subject that has some names the same ones. */
static int
set_environment(char **argv)
{
	int count = 0;
	char *equals;

	while (argv[count] != NULL && argv[count][0] != '/' &&
	    (equals = strchr(argv[count], '=')) != NULL) {
		*equals = '\0';
		setenv(argv[count], equals + 1, 1);
		*equals = '=';
		count++;
	}
	return count;
}

/* Runs the command of `count` words with its numbers put in. */
static int
run_numbered(char **words, int count, long number, int64_t *ns)
{
	char **argv = calloc((size_t)count + 1, sizeof(*argv));
	int code, i;

	if (argv == NULL)
		die("out of memory", words[0]);
	for (i = 0; i < count; i++)
		argv[i] = expand(words[i], number);
	code = run(argv + set_environment(argv), ns);
	for (i = 0; i < count; i++)
		free(argv[i]);
	free(argv);
	return code;
}

/* One run of a subject; its time. */
static int64_t
run_subject(struct subject *subject, long number)
{
	int64_t sum = 0, ns;
	int at = 0, end, code;
	bool timed;

	while (at < subject->count) {
		timed = subject->words[at][0] == '+';
		for (end = ++at; end < subject->count; end++)
			if (is_mark(subject->words[end]))
				break;
		code = run_numbered(subject->words + at, end - at, number, &ns);
		if (code != (timed ? subject->code : 0)) {
			fprintf(stderr, "measure: %s: %s ended with %d\n",
			    subject->name, subject->words[at], code);
			exit(1);
		}
		sum += timed ? ns : 0;
		at = end;
	}
	return sum;
}

static void
measure(struct plan *plan)
{
	int64_t end = samples_clock() + plan->seconds * INT64_C(1000000000);
	struct subject *subject;
	long number = 0;
	int64_t ns;

	for (long round = -plan->warm_up; round < plan->rounds; round++) {
		if (plan->seconds > 0 && round >= ROUNDS_LEAST &&
		    samples_clock() >= end)
			break;
		samples_draw(plan->order, (size_t)plan->count);
		for (int i = 0; i < plan->count; i++) {
			subject = &plan->subjects[plan->order[i]];
			ns = run_subject(subject, ++number);
			if (round >= 0)
				samples_add(&subject->samples, ns);
		}
	}
}

static void
check(const struct subject *subject)
{
	const char *name = subject->name;

	if (subject->count < 2 || !is_mark(subject->words[0]) ||
	    is_mark(subject->words[subject->count - 1]))
		die("no command", name);
	for (int i = 1; i < subject->count; i++)
		if (is_mark(subject->words[i - 1]) &&
		    is_mark(subject->words[i]))
			die("no command between two marks", name);
}

static void
read_subjects(struct plan *plan, int argc, char **argv)
{
	struct subject *subject;
	int at = 0;

	plan->subjects = calloc((size_t)argc + 1, sizeof(*plan->subjects));
	plan->order = calloc((size_t)argc + 1, sizeof(*plan->order));
	if (plan->subjects == NULL || plan->order == NULL)
		die("out of memory", "subjects");
	while (at < argc) {
		if (strcmp(argv[at], "--") != 0 || at + 3 > argc)
			die("expected -- NAME CODE", argv[at]);
		subject = &plan->subjects[plan->count++];
		subject->name = argv[at + 1];
		subject->code = atoi(argv[at + 2]);
		subject->words = argv + at + 3;
		for (at += 3; at < argc && strcmp(argv[at], "--") != 0; at++)
			subject->count++;
		check(subject);
	}
	if (plan->count == 0)
		die("nothing to measure", "usage");
}

/* Options end where the first subject begins. */
static int
read_options(struct plan *plan, int argc, char **argv)
{
	int at = 1;

	for (; at + 1 < argc && strcmp(argv[at], "--") != 0; at += 2)
		if (strcmp(argv[at], "-n") == 0)
			plan->rounds = atol(argv[at + 1]);
		else if (strcmp(argv[at], "-w") == 0)
			plan->warm_up = atol(argv[at + 1]);
		else if (strcmp(argv[at], "-s") == 0)
			plan->seconds = atol(argv[at + 1]);
		else
			die("unknown option", argv[at]);
	return at;
}

int
main(int argc, char **argv)
{
	struct plan plan = { .rounds = 10, .warm_up = 1 };
	int at = read_options(&plan, argc, argv);

	if (plan.rounds < 1 || plan.warm_up < 0)
		die("expected a number of rounds", "usage");
	read_subjects(&plan, argc - at, argv + at);
	measure(&plan);
	for (int i = 0; i < plan.count; i++) {
		samples_print(&plan.subjects[i].samples, plan.subjects[i].name);
		samples_free(&plan.subjects[i].samples);
	}
	free(plan.subjects);
	free(plan.order);
	return 0;
}
