/*
 * The form of .raw files, and status files in it:
 *
 *	SMSRAW 1 <SMS ID> <agent version> <length of the body in bytes>
 *	[Identity]
 *	...
 *	[Component STANDARD]
 *	...
 *	END <SHA-256 of the body, 64 hex digits>
 *
 * Lines end in CRLF; the body is all between the first and the last line. See
 * doc/rawfile.md.
 */
#include "rawfile.h"

#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "date.h"
#include "digest.h"
#include "smsini.h"

/* Texts come from lists and error messages: bytes that INI text cannot carry
 * become blanks, so that no text makes a line of its own. */
static void
add_clean(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		buf_add_char(out,
		    (unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text);
}

void
rawfile_line(struct buf *out, const char *key, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	buf_format(out, "%s=", key);
	add_clean(out, value);
	buf_add_text(out, "\r\n");
}

static void
add_identity(struct buf *out, const struct rawfile_status *status)
{
	buf_add_text(out, "[Identity]\r\n");
	rawfile_line(out, "SMS Unique ID", status->smsid);
	rawfile_line(out, "Machine Name", status->machine);
	rawfile_line(out, "Domain", status->domain);
	rawfile_line(out, "SiteCode", status->site);
	rawfile_line(out, "Agent Version", status->agent);
	rawfile_line(out, "CopyListVersion", status->version);
	rawfile_line(out, "Offered CopyListVersion", status->offered);
	buf_format(out, "Exit Code=%d\r\n", status->exit_code);
	rawfile_line(out, "Failure", status->failure);
	buf_add_text(out, "Date=");
	date_add_iso(out, os_clock());
	buf_add_text(out, "\r\n");
}

static void
add_component(struct buf *out, const struct rawfile_component *component)
{
	buf_add_text(out, "\r\n[Component ");
	add_clean(out, component->name);
	buf_add_text(out, "]\r\n");
	if (component->reason != NULL) {
		buf_format(out, "State=%s: ", component->state);
		add_clean(out, component->reason);
		buf_add_text(out, "\r\n");
	} else {
		rawfile_line(out, "State", component->state);
	}
	rawfile_line(out, "Release", component->release);
}

/* May it stand in the first line, whose words are divided by blanks? */
static int
is_word(const char *text)
{
	return text != NULL && *text != '\0' &&
	    text[strcspn(text, " \t\r\n")] == '\0';
}

int
rawfile_close(const char *smsid, const char *agent, const struct buf *body,
    struct buf *out)
{
	char hex[DIGEST_TEXT];
	int rc;

	if (smsid == NULL || !smsini_id_is_name(smsid) || !is_word(agent))
		return ERR_ARG;
	rc = body->failed ? ERR_NOMEM : digest_of(body->data, body->len, hex);
	if (rc != 0)
		return rc;
	buf_clear(out);
	buf_format(out, "SMSRAW 1 %s %s %zu\r\n", smsid, agent, body->len);
	buf_add(out, body->data, body->len);
	return buf_format(out, "END %s\r\n", hex);
}

int
rawfile_status(const struct rawfile_status *status, struct buf *out)
{
	struct buf body = BUF_INIT;
	size_t i;
	int rc;

	for (i = 0; i < status->count; i++)
		if (strchr(status->components[i].name, ']') != NULL)
			return ERR_ARG;
	add_identity(&body, status);
	for (i = 0; i < status->count; i++)
		add_component(&body, &status->components[i]);
	rc = rawfile_close(status->smsid, status->agent, &body, out);
	buf_free(&body);
	return rc;
}
