/*
 * Text files that tell whether they are whole. The last line is
 *
 *	END <sha256 of all bytes before that line, 64 hex digits>
 *
 * and ends in CRLF (LF is accepted). The line end is asked for, so that a file
 * which was cut anywhere, in its last two bytes too, is refused.
 */
#include "sealed.h"

#include <string.h>

#include "../platform/err.h"
#include "buf.h"
#include "digest.h"
#include "file.h"

#define WORD	 "END "
#define WORD_LEN (sizeof WORD - 1)
#define LINE_LEN (WORD_LEN + DIGEST_TEXT - 1)

int
sealed_close(struct buf *b)
{
	char hex[DIGEST_TEXT];
	int rc;

	/* The END line has to begin a line. */
	if (b->len > 0 && b->data[b->len - 1] != '\n')
		buf_add_text(b, "\r\n");
	rc = digest_of(buf_text(b), b->len, hex);
	if (rc == 0)
		rc = buf_format(b, WORD "%s\r\n", hex);
	return rc;
}

int
sealed_check(const char *data, size_t len, size_t *body)
{
	char hex[DIGEST_TEXT], found[DIGEST_TEXT];
	const char *line;
	int rc;

	if (len == 0 || data[len - 1] != '\n')
		return ERR_FORMAT;
	len--;
	if (len > 0 && data[len - 1] == '\r')
		len--;
	if (len < LINE_LEN)
		return ERR_FORMAT;
	len -= LINE_LEN;
	line = data + len;
	if ((len > 0 && line[-1] != '\n') || memcmp(line, WORD, WORD_LEN) != 0)
		return ERR_FORMAT;
	memcpy(found, line + WORD_LEN, DIGEST_TEXT - 1);
	found[DIGEST_TEXT - 1] = '\0';
	if (!digest_is_text(found))
		return ERR_FORMAT;
	rc = digest_of(data, len, hex);
	if (rc != 0)
		return rc;
	if (strcmp(hex, found) != 0)
		return ERR_DIGEST;
	*body = len;
	return 0;
}

int
sealed_read(struct os_dir *dir, const char *rel, size_t max, struct buf *out)
{
	size_t body;
	int rc;

	rc = file_read(dir, rel, max, out);
	if (rc != 0)
		return rc;
	rc = sealed_check(buf_text(out), out->len, &body);
	if (rc != 0) {
		buf_clear(out);
		return rc;
	}
	out->len = body;
	out->data[body] = '\0';
	return 0;
}

int
sealed_new_write(struct file_new *file, enum os_rights rights, struct buf *b)
{
	int rc = sealed_close(b);

	return rc != 0 ? rc : file_new_write(file, rights, b->data, b->len);
}

int
sealed_write(
    struct os_dir *dir, const char *rel, enum os_rights rights, struct buf *b)
{
	int rc = sealed_close(b);

	return rc != 0 ? rc : file_write(dir, rel, rights, b->data, b->len);
}
