/*
 * A growing run of bytes. Sizes are checked before they are added, so that no
 * length from outside can wrap round; the memory is doubled, so that adding
 * byte by byte stays cheap.
 */
#include "buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"

#define FIRST_SIZE 64

int
buf_reserve(struct buf *b, size_t more)
{
	size_t need, size;
	char *data;

	if (b == NULL)
		return 0;
	if (b->failed || more >= SIZE_MAX - b->len)
		goto fail;
	need = b->len + more + 1; /* the NUL */
	if (need <= b->size)
		return 0;
	size = b->size > SIZE_MAX / 2 ? need : b->size * 2;
	if (size < need)
		size = need;
	if (size < FIRST_SIZE)
		size = FIRST_SIZE;
	data = realloc(b->data, size);
	if (data == NULL)
		goto fail;
	b->data = data;
	b->size = size;
	b->data[b->len] = '\0';
	return 0;
fail:
	b->failed = true;
	return ERR_NOMEM;
}

int
buf_add(struct buf *b, const void *data, size_t len)
{
	int rc;

	if (b == NULL)
		return 0;
	rc = buf_reserve(b, len);
	if (rc != 0)
		return rc;
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return 0;
}

int
buf_add_text(struct buf *b, const char *text)
{
	return buf_add(b, text, strlen(text));
}

int
buf_add_char(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int
buf_add_number(struct buf *b, uint64_t number)
{
	char digits[20]; /* of 2^64 - 1 */
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	return buf_add(b, digits + at, sizeof digits - at);
}

/* What there is room for is written at once; only more is measured first. */
int
buf_vformat(struct buf *b, const char *format, va_list args)
{
	va_list again;
	size_t room;
	int len, rc;

	if (b == NULL)
		return 0;
	room = b->failed ? 0 : b->size - b->len;
	va_copy(again, args);
	len = vsnprintf(
	    room > 0 ? b->data + b->len : NULL, room, format, again);
	va_end(again);
	if (room > 0 && (len < 0 || (size_t)len >= room))
		b->data[b->len] = '\0';
	if (len < 0) { /* beyond INT_MAX */
		b->failed = true;
		return ERR_NOMEM;
	}
	if (room == 0 || (size_t)len >= room) {
		if ((rc = buf_reserve(b, (size_t)len)) != 0)
			return rc;
		vsnprintf(b->data + b->len, (size_t)len + 1, format, args);
	}
	b->len += (size_t)len;
	return 0;
}

int
buf_format(struct buf *b, const char *format, ...)
{
	va_list args;
	int rc;

	va_start(args, format);
	rc = buf_vformat(b, format, args);
	va_end(args);
	return rc;
}

void
buf_clear(struct buf *b)
{
	if (b == NULL)
		return;
	b->len = 0;
	b->failed = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

void
buf_free(struct buf *b)
{
	if (b == NULL)
		return;
	free(b->data);
	*b = (struct buf)BUF_INIT;
}

const char *
buf_text(const struct buf *b)
{
	return b == NULL || b->data == NULL ? "" : b->data;
}

char *
buf_take(struct buf *b)
{
	char *data;

	if (buf_reserve(b, 0) != 0) {
		buf_free(b);
		return NULL;
	}
	data = b->data;
	*b = (struct buf)BUF_INIT;
	return data;
}

int
buf_why(struct buf *why, int code, const char *format, ...)
{
	struct buf text = BUF_INIT;
	va_list args;

	if (why == NULL)
		return code;
	/* Into a new buf first: the arguments may point into the old one. */
	va_start(args, format);
	buf_vformat(&text, format, args);
	va_end(args);
	buf_free(why);
	*why = text;
	return code;
}
