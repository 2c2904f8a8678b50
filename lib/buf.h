/* A growing run of bytes, always followed by a NUL that does not count. */
#ifndef BUF_H
#define BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data; /* NULL while nothing was ever added */
	size_t len;
	size_t size; /* allocated */
	bool failed; /* out of memory was met: the content is not whole */
};

#define BUF_INIT                  \
	{                         \
		NULL, 0, 0, false \
	}

/*
 * All of these return 0 or ERR_NOMEM (and set `failed`, which stays, so that
 * a writer may add much and ask once). Adding to a NULL buf does nothing and
 * returns 0: that is how an error text is not asked for.
 */
int buf_add(struct buf *b, const void *data, size_t len);
int buf_add_text(struct buf *b, const char *text);
int buf_add_char(struct buf *b, char c);
/* In decimal; for the writers of many lines, a fifth of buf_format's work. */
int buf_add_number(struct buf *b, uint64_t number);
int buf_format(struct buf *b, const char *format, ...)
    __attribute__((format(__printf__, 2, 3)));
int buf_vformat(struct buf *b, const char *format, va_list args)
    __attribute__((format(__printf__, 2, 0)));
/* Room for `more` further bytes. */
int buf_reserve(struct buf *b, size_t more);
/* Empties it and keeps the memory. NULL is permitted. */
void buf_clear(struct buf *b);
/* Frees; it is as after BUF_INIT then. NULL is permitted. */
void buf_free(struct buf *b);
/* The text, "" when there is none. */
const char *buf_text(const struct buf *b);
/* Hands the memory to the caller, who frees it; the buf is empty then. NULL
 * when out of memory or failed. */
char *buf_take(struct buf *b);

/*
 * Error texts: every function of lib that takes `struct buf *why` puts one
 * line there when it fails ("file:line: what is wrong"), in place of what was
 * there; NULL is permitted. buf_why formats it and returns `code`.
 */
int buf_why(struct buf *why, int code, const char *format, ...)
    __attribute__((format(__printf__, 3, 4)));

#endif
