/*
 * Writes the copy list in the form that publish puts on a share: first what
 * the components are, then their files, so that a person sees the release at a
 * glance. copylist_parse reads the same list back.
 */
#include "copylist.h"

#include <inttypes.h>

#include "buf.h"
#include "copylist_format.h"
#include "date.h"

static void
write_text(const char *key, const char *value, struct buf *out)
{
	if (value != NULL)
		buf_format(out, "%s=%s\r\n", key, value);
}

static void
write_number(const char *key, uint64_t number, struct buf *out)
{
	buf_format(out, "%s=%" PRIu64 "\r\n", key, number);
}

static void
write_date(const char *key, int64_t when, struct buf *out)
{
	if (when == -1)
		return;
	buf_format(out, "%s=", key);
	date_add_iso(out, when);
	buf_add_text(out, "\r\n");
}

static void
write_window(const struct window *window, struct buf *out)
{
	if (window->to == 0)
		return;
	buf_add_text(out, KEY_WINDOW "=");
	window_add(out, window);
	buf_add_text(out, "\r\n");
}

static void
write_comment(const struct copylist *list, struct buf *out)
{
	buf_add_text(out, "; " COPYLIST_NAME);
	if (list->published != -1) {
		buf_add_text(out, ", published ");
		date_add_iso(out, list->published);
	}
	buf_add_text(out, "\r\n");
}

static uint64_t
count_files(const struct copylist *list)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < list->count; i++)
		n += list->components[i].count;
	return n;
}

static void
write_sms(const struct copylist *list, struct buf *out)
{
	buf_add_text(out, "[" SECTION_SMS "]\r\n");
	write_number(KEY_VERSION, list->version, out);
	if (list->sequence != 0)
		write_number(KEY_SEQUENCE, list->sequence, out);
	write_date(KEY_PUBLISHED, list->published, out);
	write_date(KEY_EXPIRES, list->expires, out);
	write_number(KEY_RELEASE, list->release, out);
	write_number(KEY_ROLLOUT, list->rollout, out);
	write_date(KEY_NOT_BEFORE, list->not_before, out);
	write_window(&list->window, out);
	write_text(KEY_REQUIRES, list->requires, out);
	if (list->domain_digest[0] != '\0')
		buf_format(out, KEY_DOMAIN "=%" PRIu64 ",%s\r\n",
		    list->domain_size, list->domain_digest);
	write_number(KEY_FILES, count_files(list), out);
}

static void
write_component(const struct copylist_component *c, struct buf *out)
{
	buf_format(out, "[" SECTION_COMPONENT " %s]\r\n", c->name);
	write_text(KEY_TYPE,
	    c->type == COPYLIST_SERVICE ? TYPE_SERVICE : TYPE_FILES, out);
	write_text(KEY_SERVICE, c->service, out);
	write_text(KEY_BINARY, c->binary, out);
	write_text(KEY_ARGUMENTS, c->arguments, out);
	write_text(KEY_START, c->start, out);
	write_text(KEY_SETTLE, c->settle, out);
	write_text(KEY_AFTER, c->after, out);
	write_text(KEY_WHEN, c->when, out);
}

static void
write_files(const struct copylist_component *c, struct buf *out)
{
	size_t i;

	if (c->count == 0)
		return;
	buf_format(out, "[" SECTION_FILES " %s]\r\n", c->name);
	for (i = 0; i < c->count; i++)
		copylist_line_write(&c->files[i], out);
}

int
copylist_write(const struct copylist *list, struct buf *out)
{
	size_t i;

	write_comment(list, out);
	write_sms(list, out);
	for (i = 0; i < list->count; i++)
		write_component(&list->components[i], out);
	for (i = 0; i < list->count; i++)
		write_files(&list->components[i], out);
	/* Adding nothing tells whether all the adding went well. */
	return buf_add_text(out, "");
}
