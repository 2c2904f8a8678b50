/*
 * The note of the facts that a list's conditions used. It stands in SMS.INI in
 * plain text, so that an administrator can see what changed.
 */
#include "facts.h"

#include <string.h>

#include "err.h"

#include "buf.h"
#include "copylist.h"
#include "text.h"

static const char *const keys[] = { "arch", "domain", "host", "lang", "os",
	"site" };

/* Blanks, ';' and '%' as %XX, so that a note is cut in one way only. */
static int
add_fact(struct buf *out, const char *key, const char *value)
{
	buf_format(out, "%s%s=", out->len > 0 ? ";" : "", key);
	for (; *value != '\0'; value++) {
		if (strchr(" \t;%", *value) != NULL)
			buf_format(out, "%%%02x", (unsigned)*value);
		else
			buf_add_char(out, *value);
	}
	return out->failed ? ERR_NOMEM : 0;
}

/* Does a When= text ask for that key? Words are "key:pattern". */
static bool
asks(const char *when, const char *key)
{
	size_t len = strlen(key);

	while (when != NULL && *when != '\0') {
		when += strspn(when, " \t");
		if (strcspn(when, ":") == len &&
		    text_same_n(when, len, key, len))
			return true;
		when += strcspn(when, " \t");
	}
	return false;
}

static bool
list_asks(const struct copylist *list, const char *key)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (asks(list->components[i].when, key))
			return true;
	return false;
}

int
facts_note(
    const struct facts *facts, const struct copylist *list, struct buf *out)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]) && rc == 0; i++)
		if (list_asks(list, keys[i]))
			rc = add_fact(out, keys[i], facts_get(facts, keys[i]));
	return rc;
}

/* Does the note tell of that key? */
static bool
notes(const char *note, const char *key)
{
	size_t len = strlen(key);

	for (;;) {
		if (strncmp(note, key, len) == 0 && note[len] == '=')
			return true;
		note += strcspn(note, ";");
		if (*note++ == '\0')
			return false;
	}
}

bool
facts_same(const struct facts *facts, const char *note)
{
	struct buf now = BUF_INIT;
	bool same;
	size_t i;

	if (note == NULL)
		return true;
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (notes(note, keys[i]))
			add_fact(&now, keys[i], facts_get(facts, keys[i]));
	same = !now.failed && strcmp(buf_text(&now), note) == 0;
	buf_free(&now);
	return same;
}
