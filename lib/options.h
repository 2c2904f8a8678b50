/*
 * Command lines. Switches are `/x:value`, `-x:value` (names ignore case) and
 * GNU long options (`--ini FILE`, `--ini=FILE`). A word with '/' is a switch
 * only when the text up to ':' is in the program's table; "--" ends switches.
 * A quote inside a path is refused: "\\SRV\share\" on a Windows command line
 * swallows what follows, and scripts write /p:"%ROOT%\.".
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum options_kind {
	OPTION_FLAG,   /* sets a bool to true */
	OPTION_TEXT,   /* a char **, as written */
	OPTION_PATH,   /* a char **, in the form of path_clean */
	OPTION_NUMBER, /* a long *, decimal, not negative */
	OPTION_LATER,  /* known, but not in this version: refused */
};

struct options_row {
	const char *name; /* "p": /p: -p: */
	const char *gnu;  /* "root": --root; NULL: none */
	enum options_kind kind;
	void *target;
	const char *value; /* what the value is called in the help */
	const char *help;  /* one line, lower case, no final stop */
	unsigned group;	   /* of switches with the same non-zero group the
				 * first one on the command line counts */
};

struct options_program {
	const char *name;    /* "cli_nt" */
	const char *purpose; /* one line */
	const char *words;   /* what stands after the switches, "FILE..." or
				 * NULL: nothing may */
	const struct options_row *rows;
	size_t count;
};

/* What every program knows. Texts are malloc'd. */
struct options_common {
	bool verbose; /* /v */
	char *ini;    /* /i:, else $SMS_INI, else NULL */
	char *policy; /* /c:, else $SMS_POLICY, else NULL */
};

/*
 * Reads the command line. 0: go on; the words that are no switches are moved to
 * the front of argv, argv[1] to argv[*words]. 1: help or version was asked for
 * and printed: exit 0. ERR_ARG, ERR_IO: a message was put into `why`.
 * Text targets are malloc'd; a switch given twice: the first counts.
 */
int options_read(const struct options_program *program, int argc, char **argv,
    struct options_common *common, int *words, struct buf *why);
/* The exit code of a program that does not go on after that. */
int options_exit_code(int rc);
/* Has all that was printed been written? ERR_IO, and so in `why`, when the
 * standard output took not all of it. */
int options_flush(struct buf *why);
void options_common_free(struct options_common *common);

/* Exit codes of all programs, frozen. */
enum {
	EXIT_DONE = 0,	    /* done, or nothing to do */
	EXIT_PARTLY = 1,    /* some components not installed, retried */
	EXIT_FAILED = 2,    /* failed, nothing changed */
	EXIT_REQUESTED = 4, /* requested from ccm, not yet installed */
	EXIT_USAGE = 64,
	EXIT_INPUT = 65,     /* bad list, INI, signature; nothing changed */
	EXIT_NOSERVER = 69,  /* no logon server reachable */
	EXIT_BUSY = 75,	     /* try later */
	EXIT_RESTART = 3010, /* done, restart required (POSIX: 194) */
};

#endif
