/*
 * Writes full inventories: the form of rawfile_status.c with [Identity] and
 * whatever sections there are. See doc/rawfile.md.
 */
#include "rawfile.h"

#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "date.h"

void
rawfile_row(struct buf *text, const char *key, const char *value)
{
	struct buf clean = BUF_INIT;
	char *p;

	if (buf_add_text(&clean, key) != 0) {
		text->failed = true;
		buf_free(&clean);
		return;
	}
	for (p = clean.data; p != NULL && *p != '\0'; p++)
		if (*p == '=' || (unsigned char)*p < 0x20 || *p == 0x7f ||
		    (p == clean.data && (*p == ';' || *p == '[')))
			*p = '_';
	rawfile_line(text, buf_text(&clean), value);
	buf_free(&clean);
}

/* The names of sections that say nothing new, for who has the one before. */
static void
add_unchanged(struct buf *body, const struct rawfile_full *full)
{
	struct buf names = BUF_INIT;
	size_t i;

	for (i = 0; i < full->count; i++)
		if (full->sections[i].unchanged)
			buf_format(&names, "%s%s", names.len > 0 ? "," : "",
			    full->sections[i].name);
	body->failed |= names.failed;
	rawfile_line(body, "Unchanged", buf_text(&names));
	buf_free(&names);
}

static void
add_identity(struct buf *body, const struct rawfile_full *full)
{
	buf_add_text(body, "[Identity]\r\n");
	rawfile_line(body, "SMS Unique ID", full->smsid);
	rawfile_line(body, "Machine Name", full->machine);
	rawfile_line(body, "Domain", full->domain);
	rawfile_line(body, "SiteCode", full->site);
	rawfile_line(body, "Agent Version", full->agent);
	rawfile_line(body, "CopyListVersion", full->version);
	buf_add_text(body, "Date=");
	date_add_iso(body, os_clock());
	buf_add_text(body, "\r\n");
	add_unchanged(body, full);
}

int
rawfile_full(const struct rawfile_full *full, struct buf *out)
{
	const struct rawfile_section *section;
	struct buf body = BUF_INIT;
	size_t i;
	int rc = 0;

	add_identity(&body, full);
	for (i = 0; i < full->count && rc == 0; i++) {
		section = &full->sections[i];
		if (strpbrk(section->name, "]\r\n") != NULL)
			rc = ERR_ARG;
		buf_format(&body, "\r\n[%s]\r\n", section->name);
		buf_add(&body, section->text->data, section->text->len);
		body.failed |= section->text->failed;
	}
	if (rc == 0)
		rc = rawfile_close(full->smsid, full->agent, &body, out);
	buf_free(&body);
	return rc;
}
