/*
 * What a component consists of, as one SHA-256: over the keys and the files
 * that copylist_same_component compares, each as `<length>:<text>` ("-" when it
 * is absent), so that no two components give the same bytes.
 */
#include "copylist.h"

#include <string.h>

#include "../platform/err.h"
#include "buf.h"

static void
add_text(struct buf *out, const char *text)
{
	if (text == NULL) {
		buf_add_char(out, '-');
		return;
	}
	buf_add_number(out, strlen(text));
	buf_add_char(out, ':');
	buf_add_text(out, text);
}

static void
add_number(struct buf *out, uint64_t number)
{
	buf_add_number(out, number);
	buf_add_char(out, ';');
}

static void
add_file(struct buf *out, const struct copylist_file *file)
{
	add_text(out, file->name);
	add_number(out, file->size);
	add_text(out, file->digest);
	add_text(out, file->version);
	add_number(out, file->flags);
}

int
copylist_component_sum(
    const struct copylist_component *c, char sum[DIGEST_TEXT])
{
	const char *const keys[] = { c->name, c->service, c->binary,
		c->arguments, c->start, c->settle, c->after, c->when };
	struct buf text = BUF_INIT;
	size_t i;
	int rc;

	add_number(&text, (uint64_t)c->type);
	for (i = 0; i < sizeof keys / sizeof keys[0]; i++)
		add_text(&text, keys[i]);
	for (i = 0; i < c->count; i++)
		add_file(&text, &c->files[i]);
	rc = text.failed ? ERR_NOMEM
			 : digest_of(buf_text(&text), text.len, sum);
	buf_free(&text);
	return rc;
}
