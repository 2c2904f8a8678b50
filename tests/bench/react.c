/*
 * react [-n ROUNDS] SUBJECT...
 *
 * Measures how long watchers take from the rename of NAME.raw into a folder
 * until the program that they start looks at the clock (first.c). A subject is
 *
 *	-- NAME FOLDER PIPE [LIST]
 *
 * with the folder that is watched, the pipe through which first.c answers, and
 * a cl_nt.txt whose CopyListVersion is raised before each event, so that there
 * is a reason to start something. Each round brings one file to every subject,
 * in an order drawn anew;
 * the next one comes when all is quiet again: the file is gone, by the watcher
 * or by us, and PAUSE_MS have passed. Prints one line a subject (samples.h).
 * Ends with 1 when no answer came within 10 seconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "samples.h"

#define PAUSE_MS    10
#define ANSWER_MS   10000
#define GONE_MS	    40 /* then nobody but us takes the file away */
#define WARM_UP	    3
#define VERSION_KEY "CopyListVersion="

struct subject {
	char *name;
	char *folder;
	char *list; /* NULL: none */
	int pipe;
	char *text; /* of the list */
	size_t len;
	struct samples samples;
};

static _Noreturn void
die(const char *what, const char *which)
{
	fprintf(stderr, "react: %s: %s\n", which, what);
	exit(1);
}

/* FOLDER/PREFIX NUMBER SUFFIX; the caller frees it. */
static char *
path_of(const char *folder, const char *prefix, long number, const char *suffix)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s%ld%s", folder, prefix, number, suffix) == -1)
		die("out of memory", folder);
	return path;
}

static void
write_file(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd == -1 || write(fd, text, len) != (ssize_t)len || close(fd) == -1)
		die(strerror(errno), path);
}

static void
load_list(struct subject *subject)
{
	int fd = open(subject->list, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1)
		die(strerror(errno), subject->list);
	subject->len = (size_t)st.st_size;
	subject->text = malloc(subject->len + 1);
	if (subject->text == NULL ||
	    read(fd, subject->text, subject->len) != st.st_size)
		die("cannot be read", subject->list);
	subject->text[subject->len] = '\0';
	close(fd);
}

/* Counts the version up in its place: as long as before. */
static void
raise_version(struct subject *subject)
{
	char *at = strstr(subject->text, VERSION_KEY), *path;

	if (at == NULL)
		die("no " VERSION_KEY, subject->list);
	at += strlen(VERSION_KEY);
	at += strspn(at, "0123456789");
	while (*--at == '9')
		*at = '0';
	if (*at < '0' || *at > '8')
		die("no version left", subject->list);
	++*at;
	if (asprintf(&path, "%s.new", subject->list) == -1)
		die("out of memory", subject->list);
	write_file(path, subject->text, subject->len);
	if (rename(path, subject->list) == -1)
		die(strerror(errno), subject->list);
	free(path);
}

/* A raw that is whole, so that nobody waits for the rest of it. */
static void
write_raw(const char *path, long number)
{
	char text[256];
	int len = snprintf(text, sizeof(text),
	    "SMSRAW 1 PL2ABC %ld\r\nEND %064d\r\n", number, 0);

	write_file(path, text, (size_t)len);
}

/* Waits for an answer and takes it; 0 when none came in time. */
static int64_t
take_answer(const struct subject *subject, int timeout_ms)
{
	struct pollfd fd = { subject->pipe, POLLIN, 0 };
	int64_t at;

	if (poll(&fd, 1, timeout_ms) != 1 ||
	    read(subject->pipe, &at, sizeof(at)) != sizeof(at))
		return 0;
	return at;
}

static void
sleep_ms(int ms)
{
	poll(NULL, 0, ms);
}

/* Those that nobody waits for: of a second start for the same file. */
static void
drop_answers(const struct subject *subject)
{
	for (int i = 0; i < 100 && take_answer(subject, 0) != 0; i++)
		continue;
}

/* Until nothing is going on any more. */
static void
settle(const char *raw)
{
	int ms;

	for (ms = 0; ms < GONE_MS && access(raw, F_OK) == 0; ms++)
		sleep_ms(1);
	unlink(raw);
	sleep_ms(PAUSE_MS);
}

static int64_t
one_event(struct subject *subject, long number)
{
	char *hidden = path_of(subject->folder, ".", number, ".tmp");
	char *raw = path_of(subject->folder, "", number, ".raw");
	int64_t start, end;

	if (subject->list != NULL)
		raise_version(subject);
	write_raw(hidden, number);
	sleep_ms(PAUSE_MS);
	drop_answers(subject);
	start = samples_clock();
	if (rename(hidden, raw) == -1)
		die(strerror(errno), raw);
	end = take_answer(subject, ANSWER_MS);
	if (end == 0)
		die("no answer", subject->name);
	settle(raw);
	free(hidden);
	free(raw);
	return end - start;
}

static void
read_subject(struct subject *subject, int count, char **words)
{
	if (count < 3 || count > 4)
		die("expected -- NAME FOLDER PIPE [LIST]", "usage");
	subject->name = words[0];
	subject->folder = words[1];
	/* For both: it never ends, whoever comes and goes at its other end. */
	subject->pipe = open(words[2], O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (subject->pipe == -1)
		die(strerror(errno), words[2]);
	subject->list = count == 4 ? words[3] : NULL;
	if (subject->list != NULL)
		load_list(subject);
}

static int
read_subjects(struct subject *subjects, int argc, char **argv)
{
	int at = 0, end, count = 0;

	while (at < argc) {
		if (strcmp(argv[at], "--") != 0)
			die("expected --", argv[at]);
		for (end = ++at; end < argc; end++)
			if (strcmp(argv[end], "--") == 0)
				break;
		read_subject(&subjects[count++], end - at, argv + at);
		at = end;
	}
	return count;
}

static void
finish(struct subject *subject)
{
	samples_print(&subject->samples, subject->name);
	samples_free(&subject->samples);
	close(subject->pipe);
	free(subject->text);
}

int
main(int argc, char **argv)
{
	struct subject *subjects = calloc((size_t)argc, sizeof(*subjects));
	size_t *order = calloc((size_t)argc, sizeof(*order));
	long rounds = 100, round;
	struct subject *subject;
	int at = 1, count, i;
	int64_t ns;

	if (argc > 2 && strcmp(argv[1], "-n") == 0) {
		rounds = atol(argv[2]);
		at = 3;
	}
	if (subjects == NULL || order == NULL)
		die("out of memory", "subjects");
	count = read_subjects(subjects, argc - at, argv + at);
	for (round = -WARM_UP; round < rounds; round++) {
		samples_draw(order, (size_t)count);
		for (i = 0; i < count; i++) {
			subject = &subjects[order[i]];
			ns = one_event(subject, round + WARM_UP + 1);
			if (round >= 0)
				samples_add(&subject->samples, ns);
		}
	}
	for (i = 0; i < count; i++)
		finish(&subjects[i]);
	free(subjects);
	free(order);
	return 0;
}
