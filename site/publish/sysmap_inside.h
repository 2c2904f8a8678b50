/*
 * What the parts of sysmap share: the token reader, and what is known of a map
 * while it is read. Nobody else includes it.
 *
 * The reader fails once: after that every call does nothing, so that a clause
 * is read by one call after the other and asked about at its end (r->rc).
 */
#ifndef SYSMAP_INSIDE_H
#define SYSMAP_INSIDE_H

#include "sysmap.h"

struct pattern;

enum sysmap_kind {
	SYSMAP_END,    /* of the text */
	SYSMAP_WORD,   /* a keyword, YES, NO */
	SYSMAP_NAME,   /* in quotes; the text is without them */
	SYSMAP_NUMBER, /* decimal */
	SYSMAP_SIGN,   /* one of = , ( ) */
};

struct sysmap_reader {
	const char *shown;
	const char *text;
	size_t len;
	size_t next;   /* offset behind the token */
	unsigned line; /* of the text at `next` */
	size_t start;  /* offset of that line */
	struct pattern *pattern;
	/* The token that is looked at. */
	enum sysmap_kind kind;
	const char *token;
	size_t token_len;
	struct sysmap_at at;
	int rc;
	struct buf *why;
};

/* Looks at the first token. sysmap_reader_close in any case. */
int sysmap_reader_open(struct sysmap_reader *r, const char *text, size_t len);
void sysmap_reader_close(struct sysmap_reader *r);
/* Goes on to the next token. */
void sysmap_next(struct sysmap_reader *r);
bool sysmap_is_word(const struct sysmap_reader *r, const char *word);
bool sysmap_is_sign(const struct sysmap_reader *r, char sign);
/* Take a token of that kind, or fail saying what was found instead. */
void sysmap_take_word(struct sysmap_reader *r, const char *word);
void sysmap_take_sign(struct sysmap_reader *r, char sign);
/* A malloc'd copy of a name in quotes; NULL when the reader has failed. */
char *sysmap_take_name(struct sysmap_reader *r);
/* 0 when the reader has failed. */
uint64_t sysmap_take_number(struct sysmap_reader *r, uint64_t max);
/* Fails for what stands at `at`, when it has not failed yet. */
void sysmap_fail(struct sysmap_reader *r, const struct sysmap_at *at,
    const char *format, ...) __attribute__((format(__printf__, 3, 4)));
/* Fails with a code (out of memory), when it has not failed yet. */
void sysmap_fail_code(struct sysmap_reader *r, int code);

/* "EXPECTED expected, found ..." */
void sysmap_fail_expected(struct sysmap_reader *r, const char *expected);

struct sysmap_parser {
	struct sysmap_reader r;
	struct sysmap *map;
};

bool sysmap_has(const struct sysmap_names *names, const char *name);
/* FLAGS = n */
void sysmap_take_flags(struct sysmap_reader *r);
/* Room for one more of `count` things of `size` bytes; the new place, or NULL
 * and the reader has failed. */
void *sysmap_more_room(struct sysmap_reader *r, void *things, size_t count,
    size_t *room, size_t size);
/* "ID", SIZE(a, b, c), "installed", "disc", REMOTE=, COPYLISTS(), COMPRESS=,
 * FLAGS = n: an entry of the last directory. */
void sysmap_read_file(struct sysmap_parser *p);
void sysmap_free_file(struct sysmap_file *file);

/* Which variant of a file counts, of several with one destination. The
 * others are marked as passed. ERR_FORMAT with "shown:line:column: reason". */
int sysmap_choose(struct sysmap *map, const char *shown, struct buf *why);

#endif
