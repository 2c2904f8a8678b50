/* What the last inventory was. */
#include "history.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "collect.h"
#include "date.h"
#include "digest.h"
#include "inifile.h"
#include "sealed.h"
#include "text.h"

#define NAME	    "INVENTORY"
#define HISTORY_MAX ((size_t)4 << 20)
#define SECTIONS    "Sections"

static int
read_date(const struct inifile *ini, const char *key, int64_t *when)
{
	const char *value = inifile_get(ini, "Inventory", key);

	*when = 0;
	return value == NULL ? 0 : date_read_iso(value, when);
}

static int
take(struct history *history, const struct buf *text)
{
	const char *pending;
	int rc;

	rc = inifile_parse(NAME, buf_text(text), text->len, INIFILE_DIALECT,
	    &history->sections, NULL);
	if (rc != 0)
		return rc;
	rc = read_date(history->sections, "Hardware", &history->hardware);
	if (rc == 0)
		rc = read_date(
		    history->sections, "Software", &history->software);
	pending = inifile_get(history->sections, "Inventory", "Pending");
	if (rc == 0 && pending != NULL && *pending != '\0') {
		history->pending = text_copy(pending);
		if (history->pending == NULL)
			rc = ERR_NOMEM;
	}
	return rc;
}

int
history_read(struct os_dir *dir, struct history *history)
{
	struct buf text = BUF_INIT;
	int rc;

	*history = (struct history){ .sections = NULL };
	rc = sealed_read(dir, NAME, HISTORY_MAX, &text);
	if (rc == 0)
		rc = take(history, &text);
	buf_free(&text);
	switch (rc) {
	case 0:
	case ERR_NOENT: return 0;
	case ERR_NOMEM:
	case ERR_IO:
	case ERR_BUSY:
	case ERR_ACCES: history_free(history); return rc;
	default:
		/* Its own folder, link or noise: nothing is believed. */
		history_free(history);
		history->damaged = true;
		return 0;
	}
}

bool
history_has(
    const struct history *history, const char *section, const char *digest)
{
	const char *value = history->sections == NULL
	    ? NULL
	    : inifile_get(history->sections, SECTIONS, section);

	return value != NULL && strcmp(value, digest) == 0;
}

static void
add_date(struct buf *text, const char *key, int64_t when)
{
	if (when <= 0)
		return;
	buf_format(text, "%s=", key);
	date_add_iso(text, when);
	buf_add_text(text, "\r\n");
}

/* Of equal keys the first counts: the new ones stand before the old. */
static void
add_new(struct buf *text, const struct collection *all)
{
	size_t i;

	for (i = 0; all != NULL && i < all->count; i++)
		if (strpbrk(all->list[i].name, "=;\r\n") == NULL)
			buf_format(text, "%s=%s\r\n", all->list[i].name,
			    all->list[i].digest);
}

static bool
is_new(const struct collection *all, const char *name)
{
	size_t i;

	for (i = 0; all != NULL && i < all->count; i++)
		if (text_same(all->list[i].name, name))
			return true;
	return false;
}

static void
add_old(struct buf *text, const struct history *history,
    const struct collection *all)
{
	const struct inifile_entry *list;
	size_t i, count = 0;

	if (history->sections == NULL)
		return;
	list = inifile_entries(history->sections, &count);
	for (i = 0; i < count; i++)
		if (text_same(list[i].section, SECTIONS) &&
		    !is_new(all, list[i].key))
			buf_format(
			    text, "%s=%s\r\n", list[i].key, list[i].value);
}

int
history_write(struct os_dir *dir, const struct history *history,
    const struct collection *all)
{
	struct buf text = BUF_INIT;
	int rc;

	buf_add_text(&text, "[Inventory]\r\n");
	add_date(&text, "Hardware", history->hardware);
	add_date(&text, "Software", history->software);
	if (history->pending != NULL)
		buf_format(&text, "Pending=%s\r\n", history->pending);
	buf_add_text(&text, "[" SECTIONS "]\r\n");
	add_new(&text, all);
	add_old(&text, history, all);
	rc = text.failed ? ERR_NOMEM
			 : sealed_write(dir, NAME, OS_PRIVATE, &text);
	buf_free(&text);
	return rc;
}

void
history_free(struct history *history)
{
	inifile_free(history->sections);
	free(history->pending);
	*history = (struct history){ .sections = NULL };
}
