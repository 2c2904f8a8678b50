/*
 * Command lines, read by a table. A word is first split into what it names and
 * what it carries (struct word), then the row is looked for in the table of the
 * program and after that in the common one; the help is made of both tables.
 */
#include "options.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "path.h"
#include "text.h"

#ifndef VERSION
#error "VERSION has to be defined by the Makefile"
#endif

#define COMMON	    5  /* rows of the common table */
#define HELP_COLUMN 34 /* where the text of a switch begins */
#define HINT	    "; try /?"

/* What is under way. */
struct reading {
	const struct options_program *program;
	struct options_row common[COMMON];
	bool *seen; /* by number of row */
	bool help;
	bool version;
	struct buf *why;
};

/* One word of the command line that is a switch. */
struct word {
	const char *shown; /* as it stands there, for messages */
	int shown_len;	   /* without the value */
	const char *value; /* NULL: none */
	bool gnu;
};

static void
fill_common(struct reading *r, struct options_common *common)
{
	const struct options_row rows[COMMON] = {
		{ "?", "help", OPTION_FLAG, &r->help, NULL, "show this help",
		    0 },
		{ "version", "version", OPTION_FLAG, &r->version, NULL,
		    "show the version", 0 },
		{ "v", "verbose", OPTION_FLAG, &common->verbose, NULL,
		    "say what is done", 0 },
		{ "i", "ini", OPTION_PATH, &common->ini, "FILE",
		    "the SMS.INI of this client", 0 },
		{ "c", "policy", OPTION_PATH, &common->policy, "FILE",
		    "the administrator's policy file", 0 },
	};

	memcpy(r->common, rows, sizeof rows);
}

static size_t
row_count(const struct reading *r)
{
	return r->program->count + COMMON;
}

static const struct options_row *
row_at(const struct reading *r, size_t i)
{
	return i < r->program->count ? &r->program->rows[i]
				     : &r->common[i - r->program->count];
}

/* The number of the row with that name, row_count when there is none. */
static size_t
find_row(const struct reading *r, const char *name, size_t len, bool gnu)
{
	const struct options_row *row;
	size_t i;

	for (i = 0; i < row_count(r); i++) {
		row = row_at(r, i);
		if (!gnu &&
		    text_same_n(row->name, strlen(row->name), name, len))
			break;
		if (gnu && row->gnu != NULL && strlen(row->gnu) == len &&
		    memcmp(row->gnu, name, len) == 0)
			break;
	}
	return i;
}

/* Splits `text`; returns its row as find_row does. */
static size_t
split(const struct reading *r, const char *text, struct word *word)
{
	size_t start, len;

	word->shown = text;
	word->gnu = strncmp(text, "--", 2) == 0;
	start = word->gnu ? 2 : 1;
	len = strcspn(text + start, word->gnu ? "=" : ":");
	word->shown_len = (int)(start + len);
	word->value = text[start + len] == '\0' ? NULL : text + start + len + 1;
	return find_row(r, text + start, len, word->gnu);
}

static int
refuse_quote(
    const char *shown, int shown_len, const char *path, struct buf *why)
{
	if (strchr(path, '"') == NULL)
		return 0;
	return buf_why(why, ERR_ARG,
	    "%.*s: a quote stands in the path: a "
	    "backslash before a closing quote swallows what follows; write "
	    "/p:\"%%ROOT%%\\.\"" HINT,
	    shown_len, shown);
}

static int
set_text(char **target, char *text)
{
	if (text == NULL)
		return ERR_NOMEM;
	*target = text;
	return 0;
}

static int
set_number(const struct word *word, long *target, struct buf *why)
{
	uint64_t number;

	if (text_number(word->value, LONG_MAX, &number) != 0)
		return buf_why(why, ERR_ARG, "%.*s: not a number: %s" HINT,
		    word->shown_len, word->shown, word->value);
	*target = (long)number;
	return 0;
}

/* Is something of the row's group, or the row itself, set already? */
static bool
is_beaten(const struct reading *r, size_t number)
{
	unsigned group = row_at(r, number)->group;
	size_t i;

	for (i = 0; i < row_count(r); i++)
		if (r->seen[i] &&
		    (i == number ||
			(group != 0 && row_at(r, i)->group == group)))
			return true;
	return false;
}

/* Sets the target; the value has been seen to be there or not as it must. */
static int
set_row(struct reading *r, size_t number, const struct word *word)
{
	const struct options_row *row = row_at(r, number);
	int rc;

	if (row->kind == OPTION_PATH) {
		rc = refuse_quote(
		    word->shown, word->shown_len, word->value, r->why);
		if (rc != 0)
			return rc;
	}
	if (is_beaten(r, number))
		return 0;
	r->seen[number] = true;
	switch (row->kind) {
	case OPTION_FLAG: *(bool *)row->target = true; return 0;
	case OPTION_TEXT: return set_text(row->target, text_copy(word->value));
	case OPTION_PATH: return set_text(row->target, path_clean(word->value));
	case OPTION_NUMBER: return set_number(word, row->target, r->why);
	case OPTION_LATER: break;
	}
	return buf_why(r->why, ERR_ARG, "%.*s: not in this version",
	    word->shown_len, word->shown);
}

/*
 * Reads the switch argv[*i]; a long option may take its value from the next
 * word, *i is moved on then. ERR_NOENT: that word is no switch after all.
 */
static int
read_switch(struct reading *r, int argc, char **argv, int *i)
{
	const struct options_row *row;
	struct word word;
	size_t number = split(r, argv[*i], &word);

	if (number == row_count(r) && argv[*i][0] == '/')
		return ERR_NOENT;
	if (number == row_count(r))
		return buf_why(r->why, ERR_ARG, "%.*s: unknown switch" HINT,
		    word.shown_len, word.shown);
	row = row_at(r, number);
	if (row->kind == OPTION_LATER)
		return set_row(r, number, &word);
	if (row->kind == OPTION_FLAG) {
		if (word.value == NULL)
			return set_row(r, number, &word);
		return buf_why(r->why, ERR_ARG, "%.*s: takes no value" HINT,
		    word.shown_len, word.shown);
	}
	if (word.value == NULL && word.gnu && *i + 1 < argc)
		word.value = argv[++*i];
	if (word.value == NULL || word.value[0] == '\0')
		return buf_why(r->why, ERR_ARG, "%.*s: %s is missing" HINT,
		    word.shown_len, word.shown,
		    row->value == NULL ? "the value" : row->value);
	return set_row(r, number, &word);
}

static bool
looks_like_switch(const char *text)
{
	return (text[0] == '-' || text[0] == '/') && text[1] != '\0';
}

static int
read_words(struct reading *r, int argc, char **argv, int *words)
{
	bool ended = false;
	int i, rc;

	for (i = 1; i < argc; i++) {
		if (!ended && strcmp(argv[i], "--") == 0) {
			ended = true;
			continue;
		}
		rc = ERR_NOENT;
		if (!ended && looks_like_switch(argv[i]))
			rc = read_switch(r, argc, argv, &i);
		if (rc != 0 && rc != ERR_NOENT)
			return rc;
		if (rc == 0)
			continue;
		if (r->program->words == NULL)
			return buf_why(r->why, ERR_ARG,
			    "%s: unknown switch "
			    "or word" HINT,
			    argv[i]);
		argv[1 + (*words)++] = argv[i];
	}
	return 0;
}

/* What the command line left open comes from the environment. */
static int
read_environment(const char *name, char **target, struct buf *why)
{
	const char *value = os_env(name);
	int rc;

	if (*target != NULL || value == NULL || value[0] == '\0')
		return 0;
	rc = refuse_quote(name, (int)strlen(name), value, why);
	return rc != 0 ? rc : set_text(target, path_clean(value));
}

static void
print_row(const struct options_row *row)
{
	const char *value = row->value == NULL ? "VALUE" : row->value;
	bool plain = row->kind == OPTION_FLAG ||
	    (row->kind == OPTION_LATER && row->value == NULL);
	struct buf line = BUF_INIT;

	buf_format(&line, "  /%s", row->name);
	if (!plain)
		buf_format(&line, ":%s", value);
	if (row->gnu != NULL)
		buf_format(&line, ", --%s", row->gnu);
	if (row->gnu != NULL && !plain)
		buf_format(&line, "=%s", value);
	printf("%-*s  %s%s\n", HELP_COLUMN - 2, buf_text(&line), row->help,
	    row->kind == OPTION_LATER ? " (not in this version)" : "");
	buf_free(&line);
}

static void
print_help(const struct reading *r)
{
	const struct options_program *program = r->program;
	size_t i;

	printf("usage: %s [switches]%s%s\n", program->name,
	    program->words == NULL ? "" : " ",
	    program->words == NULL ? "" : program->words);
	printf("%s\n\n", program->purpose);
	for (i = 0; i < row_count(r); i++)
		print_row(row_at(r, i));
	printf("\nA switch may begin with - too; -- ends the switches.\n");
}

/* A word of the command line may come from anywhere. */
static void
make_printable(struct buf *why)
{
	struct buf shown = BUF_INIT;

	if (why == NULL)
		return;
	text_printable(buf_text(why), &shown);
	buf_free(why);
	*why = shown;
}

int
options_read(const struct options_program *program, int argc, char **argv,
    struct options_common *common, int *words, struct buf *why)
{
	struct reading r = { .program = program, .why = why };
	int rc = ERR_NOMEM;

	*common = (struct options_common){ false, NULL, NULL };
	*words = 0;
	fill_common(&r, common);
	r.seen = calloc(row_count(&r), sizeof *r.seen);
	if (r.seen == NULL)
		goto out;
	rc = read_words(&r, argc, argv, words);
	if (rc != 0)
		goto out;
	if (r.help || r.version) {
		if (r.help)
			print_help(&r);
		else
			printf("%s " VERSION "\n", program->name);
		rc = options_flush(why);
		if (rc == 0)
			rc = 1;
		goto out;
	}
	rc = read_environment("SMS_INI", &common->ini, why);
	if (rc == 0)
		rc = read_environment("SMS_POLICY", &common->policy, why);
out:
	if (rc == ERR_NOMEM)
		buf_why(why, rc, "%s", err_text(rc));
	if (rc < 0)
		make_printable(why);
	free(r.seen);
	return rc;
}

int
options_exit_code(int rc)
{
	if (rc >= 0)
		return EXIT_DONE;
	return rc == ERR_ARG ? EXIT_USAGE : EXIT_FAILED;
}

int
options_flush(struct buf *why)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	return buf_why(
	    why, ERR_IO, "what was to be printed could not be written");
}

void
options_common_free(struct options_common *common)
{
	if (common == NULL)
		return;
	free(common->ini);
	free(common->policy);
	common->ini = NULL;
	common->policy = NULL;
}
