/*
 * Writes status .raw files:
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

/* A line of the body; none where there is nothing to say. */
static void
add_line(struct buf *out, const char *key, const char *value)
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
	add_line(out, "SMS Unique ID", status->smsid);
	add_line(out, "Machine Name", status->machine);
	add_line(out, "Domain", status->domain);
	add_line(out, "SiteCode", status->site);
	add_line(out, "Agent Version", status->agent);
	add_line(out, "CopyListVersion", status->version);
	add_line(out, "Offered CopyListVersion", status->offered);
	buf_format(out, "Exit Code=%d\r\n", status->exit_code);
	add_line(out, "Failure", status->failure);
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
		add_line(out, "State", component->state);
	}
	add_line(out, "Release", component->release);
}

/* May it stand in the first line, whose words are divided by blanks? */
static int
is_word(const char *text)
{
	return text != NULL && *text != '\0' &&
	    text[strcspn(text, " \t\r\n")] == '\0';
}

int
rawfile_status(const struct rawfile_status *status, struct buf *out)
{
	char hex[DIGEST_TEXT];
	struct buf body = BUF_INIT;
	size_t i;
	int rc;

	if (status->smsid == NULL || !smsini_id_is_name(status->smsid) ||
	    !is_word(status->agent))
		return ERR_ARG;
	for (i = 0; i < status->count; i++)
		if (strchr(status->components[i].name, ']') != NULL)
			return ERR_ARG;
	add_identity(&body, status);
	for (i = 0; i < status->count; i++)
		add_component(&body, &status->components[i]);
	rc = body.failed ? ERR_NOMEM : 0;
	if (rc == 0)
		rc = digest_of(body.data, body.len, hex);
	if (rc == 0) {
		buf_clear(out);
		buf_format(out, "SMSRAW 1 %s %s %zu\r\n", status->smsid,
		    status->agent, body.len);
		buf_add(out, body.data, body.len);
		rc = buf_format(out, "END %s\r\n", hex);
	}
	buf_free(&body);
	return rc;
}
