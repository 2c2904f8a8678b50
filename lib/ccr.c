/*
 * Client configuration requests, <SMSID>.CCR. The format, INI text:
 *
 *	[NT Client Configuration Request]	what the client says
 *	Machine Name=PLN-WS017
 *	Domain=PLANT2
 *	Initial Request Date=11/19/2026 7:58
 *	Latest Request Date=11/20/2026 8:03
 *	Client Request Count=2
 *	[Request Processing]			since it first failed
 *	Initial Processing Attempt=11/19/2026 8:01
 *	Retry Interval Start=11/20/2026 8:05
 *	Latest Processing Attempt=11/20/2026 15:35
 *	Number of Processing Attempts=3
 *	Last Error Code=53
 *
 * Only Machine Name must be there. Dates are local time of whoever wrote them,
 * to the minute, the hour not padded.
 */
#include "ccr.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "date.h"
#include "file.h"
#include "inifile.h"
#include "smsini.h"
#include "text.h"

#define REQUEST	   "NT Client Configuration Request"
#define PROCESSING "Request Processing"
#define SUFFIX	   ".CCR"
#define TRIES	   10 /* when others put a request there meanwhile */
#define NAMES	   5  /* when others keep a name from us */

/* The members of struct ccr that are moments or numbers, and their keys. */
static const struct {
	const char *section, *key;
	size_t offset;
	bool moment;
} fields[] = {
	{ REQUEST, "Initial Request Date", offsetof(struct ccr, first_request),
	    true },
	{ REQUEST, "Latest Request Date", offsetof(struct ccr, latest_request),
	    true },
	{ REQUEST, "Client Request Count", offsetof(struct ccr, requests),
	    false },
	{ PROCESSING, "Initial Processing Attempt",
	    offsetof(struct ccr, first_attempt), true },
	{ PROCESSING, "Retry Interval Start",
	    offsetof(struct ccr, interval_start), true },
	{ PROCESSING, "Latest Processing Attempt",
	    offsetof(struct ccr, latest_attempt), true },
	{ PROCESSING, "Number of Processing Attempts",
	    offsetof(struct ccr, attempts), false },
	{ PROCESSING, "Last Error Code", offsetof(struct ccr, last_error),
	    false },
};

#define FIELDS (sizeof fields / sizeof fields[0])

/* Reading */

/* The zone depends on the moment, so it is asked for twice: summer time may
 * have begun since. */
static int
read_moment(const char *text, int64_t *when)
{
	int rc;

	rc = date_read_request(text, os_zone(os_clock()), when);
	if (rc == 0)
		rc = date_read_request(text, os_zone(*when), when);
	return rc;
}

static int
read_field(const struct inifile *ini, size_t i, struct ccr *ccr)
{
	char *member = (char *)ccr + fields[i].offset;
	const char *text;

	text = inifile_get(ini, fields[i].section, fields[i].key);
	if (text == NULL || *text == '\0')
		return 0;
	if (fields[i].moment)
		return read_moment(text, (int64_t *)(void *)member);
	return text_number(text, UINT64_MAX, (uint64_t *)(void *)member);
}

static int
read_texts(const struct inifile *ini, const char *name, struct ccr *ccr,
    struct buf *why)
{
	const char *machine = inifile_get(ini, REQUEST, "Machine Name");
	const char *domain = inifile_get(ini, REQUEST, "Domain");

	if (machine == NULL || *machine == '\0')
		return buf_why(why, ERR_FORMAT,
		    "%s: no Machine Name in [" REQUEST "]", name);
	ccr->machine = text_copy(machine);
	ccr->domain = text_copy(domain);
	if (ccr->machine == NULL || (domain != NULL && ccr->domain == NULL))
		return buf_why(
		    why, ERR_NOMEM, "%s: %s", name, err_text(ERR_NOMEM));
	return 0;
}

static void
clear(struct ccr *ccr)
{
	*ccr = (struct ccr){
		.first_request = -1,
		.latest_request = -1,
		.first_attempt = -1,
		.interval_start = -1,
		.latest_attempt = -1,
	};
}

int
ccr_parse(const char *name, const char *text, size_t len, struct ccr *ccr,
    struct buf *why)
{
	struct inifile *ini = NULL;
	size_t i;
	int rc;

	clear(ccr);
	if (len > CCR_MAX)
		return buf_why(
		    why, ERR_RANGE, "%s: longer than a request can be", name);
	rc = inifile_parse(name, text, len, INIFILE_DIALECT, &ini, why);
	if (rc == 0)
		rc = read_texts(ini, name, ccr, why);
	for (i = 0; rc == 0 && i < FIELDS; i++)
		if (read_field(ini, i, ccr) != 0)
			rc = buf_why(why, ERR_FORMAT, "%s:%u: %s is malformed",
			    name,
			    inifile_line(ini, fields[i].section, fields[i].key),
			    fields[i].key);
	inifile_free(ini);
	if (rc != 0)
		ccr_free(ccr);
	return rc;
}

void
ccr_free(struct ccr *ccr)
{
	free(ccr->machine);
	free(ccr->domain);
	clear(ccr);
}

/* Writing */

static bool
is_set(const struct ccr *ccr, size_t i)
{
	const char *member = (const char *)ccr + fields[i].offset;

	if (fields[i].moment)
		return *(const int64_t *)(const void *)member >= 0;
	return *(const uint64_t *)(const void *)member != 0;
}

static void
write_field(const struct ccr *ccr, size_t i, struct buf *out)
{
	const char *member = (const char *)ccr + fields[i].offset;
	int64_t when;

	buf_format(out, "%s=", fields[i].key);
	if (fields[i].moment) {
		when = *(const int64_t *)(const void *)member;
		date_add_request(out, when, os_zone(when));
	} else {
		buf_format(out, "%llu",
		    (unsigned long long)*(
			const uint64_t *)(const void *)member);
	}
	buf_add_text(out, "\r\n");
}

static bool
has_controls(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

int
ccr_write(const struct ccr *ccr, struct buf *out)
{
	const char *section = REQUEST;
	size_t i;

	if (ccr->machine == NULL || *ccr->machine == '\0' ||
	    has_controls(ccr->machine) ||
	    (ccr->domain != NULL && has_controls(ccr->domain)))
		return ERR_ARG;
	buf_format(out, "[%s]\r\nMachine Name=%s\r\n", section, ccr->machine);
	if (ccr->domain != NULL)
		buf_format(out, "Domain=%s\r\n", ccr->domain);
	for (i = 0; i < FIELDS; i++) {
		if (!is_set(ccr, i))
			continue;
		if (strcmp(section, fields[i].section) != 0) {
			section = fields[i].section;
			buf_format(out, "\r\n[%s]\r\n", section);
		}
		write_field(ccr, i, out);
	}
	return out->failed ? ERR_NOMEM : 0;
}

/* Sending */

/* All of it its own: it may be left behind. */
struct sending {
	char *box, *smsid, *machine;
	char *domain; /* or NULL */
	struct os_dir *dir;
	struct buf name;      /* <SMSID>.CCR, or <SMSID>-<8 hex>.CCR */
	struct buf temporary; /* empty: there is none to remove */
};

/* Reads the request that stands there. ERR_NOENT when there is none; *ccr is
 * only set where it is a good one. */
static int
read_standing(const struct sending *sending, struct ccr *ccr)
{
	struct buf text = BUF_INIT;
	int rc;

	rc = file_read(sending->dir, sending->name.data, CCR_MAX, &text);
	if (rc == 0 &&
	    ccr_parse(sending->name.data, buf_text(&text), text.len, ccr,
		NULL) == ERR_NOMEM)
		rc = ERR_NOMEM;
	buf_free(&text);
	switch (rc) {
	case ERR_RANGE: /* nothing that can be read as a request: */
	case ERR_ACCES: /* replaced where that is permitted */
	case ERR_LINK:
	case ERR_NOTFILE: return 0;
	default: return rc;
	}
}

/* What the request says from now on. */
static int
renew(const struct sending *sending, struct ccr *ccr)
{
	free(ccr->machine);
	free(ccr->domain);
	ccr->machine = text_copy(sending->machine);
	ccr->domain = text_copy(sending->domain);
	if (ccr->machine == NULL ||
	    (sending->domain != NULL && ccr->domain == NULL))
		return ERR_NOMEM;
	ccr->latest_request = os_clock();
	if (ccr->first_request < 0)
		ccr->first_request = ccr->latest_request;
	if (ccr->requests < UINT64_MAX)
		ccr->requests++;
	return 0;
}

static int
write_temporary(struct sending *sending, const struct buf *text)
{
	struct os_file *file = NULL;
	int rc, closed;

	rc = file_temporary(sending->smsid, &sending->temporary);
	if (rc == 0)
		rc = os_open(sending->dir, sending->temporary.data, OS_CREATE,
		    OS_PUBLIC, &file);
	if (rc != 0) {
		buf_clear(&sending->temporary);
		return rc;
	}
	rc = os_write(file, text->data, text->len);
	if (rc == 0)
		rc = os_file_flush(file);
	closed = os_file_close(file);
	return rc == 0 ? closed : rc;
}

/* The temporary file becomes the request. Without one there before, no other
 * may come in between: it would be lost (ERR_EXIST: go round again). */
static int
put_in_place(struct sending *sending, bool standing)
{
	const char *from = sending->temporary.data;
	const char *to = sending->name.data;
	int rc;

	if (standing)
		rc = os_replace(sending->dir, from, sending->dir, to);
	else
		rc = os_rename_new(sending->dir, from, sending->dir, to);
	if (rc == 0) {
		buf_clear(&sending->temporary);
		rc = os_dir_flush(sending->dir, ".");
		/* Nobody lists a drop box, and some shares cannot flush: the
		 * request is there all the same. */
		if (rc == ERR_ACCES || rc == ERR_UNSUP)
			rc = 0;
	}
	return rc;
}

static int
send_once(struct sending *sending)
{
	struct buf text = BUF_INIT;
	bool standing;
	struct ccr ccr;
	int rc;

	clear(&ccr);
	rc = read_standing(sending, &ccr);
	standing = rc == 0;
	if (rc == ERR_NOENT)
		rc = 0;
	if (rc == 0)
		rc = renew(sending, &ccr);
	if (rc == 0)
		rc = ccr_write(&ccr, &text);
	if (rc == 0)
		rc = write_temporary(sending, &text);
	if (rc == 0)
		rc = put_in_place(sending, standing);
	if (sending->temporary.len > 0) {
		os_remove(sending->dir, sending->temporary.data);
		buf_clear(&sending->temporary);
	}
	buf_free(&text);
	ccr_free(&ccr);
	return rc;
}

/* Somebody else's request for this client: it has been made then. */
static bool
is_requested(const struct sending *sending)
{
	struct ccr ccr;
	bool same;

	clear(&ccr);
	same = read_standing(sending, &ccr) == 0 && ccr.machine != NULL &&
	    text_same(ccr.machine, sending->machine);
	ccr_free(&ccr);
	return same;
}

/* The n-th name. Nobody may list the box, so the others follow from the client
 * alone: each time the same one is found again. */
static int
set_name(struct sending *sending, unsigned n)
{
	const char *smsid = sending->smsid, *p;
	uint32_t hash = 2166136261u + n; /* FNV-1a */

	buf_clear(&sending->name);
	if (n == 0)
		return buf_format(&sending->name, "%s" SUFFIX, smsid);
	for (p = smsid; *p != '\0'; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619u;
	return buf_format(
	    &sending->name, "%s-%08lx" SUFFIX, smsid, (unsigned long)hash);
}

/* *blocked: what has the name is no request of ours, and cannot be replaced. */
static int
send_named(struct sending *sending, bool *blocked)
{
	struct os_info info;
	int rc = ERR_EXIST, i;

	for (i = 0; i < TRIES && rc == ERR_EXIST; i++)
		rc = send_once(sending);
	*blocked = rc == ERR_ISDIR;
	if (rc == ERR_ACCES && is_requested(sending))
		return 0;
	if (rc == ERR_ACCES)
		*blocked = os_info(sending->dir, sending->name.data, &info) ==
		    0;
	return rc;
}

static int
send_work(void *arg)
{
	struct sending *sending = arg;
	bool blocked = true;
	unsigned n;
	int rc;

	rc = os_dir_open(sending->box, &sending->dir);
	if (rc != 0)
		return rc;
	for (n = 0; n < NAMES && blocked; n++) {
		blocked = false;
		rc = set_name(sending, n);
		if (rc == 0)
			rc = send_named(sending, &blocked);
	}
	os_dir_close(sending->dir);
	sending->dir = NULL;
	return rc;
}

static void
sending_free(void *arg)
{
	struct sending *sending = arg;

	buf_free(&sending->temporary);
	buf_free(&sending->name);
	free(sending->domain);
	free(sending->machine);
	free(sending->smsid);
	free(sending->box);
	free(sending);
}

/* NULL: out of memory. */
static struct sending *
sending_new(const char *box, const struct ccr_sender *sender)
{
	struct sending *sending = malloc(sizeof *sending);

	if (sending == NULL)
		return NULL;
	*sending = (struct sending){
		.box = text_copy(box),
		.smsid = text_copy(sender->smsid),
		.machine = text_copy(sender->machine),
		.domain = text_copy(sender->domain),
		.name = BUF_INIT,
		.temporary = BUF_INIT,
	};
	if (sending->box != NULL && sending->smsid != NULL &&
	    (sending->machine != NULL || sender->machine == NULL) &&
	    (sending->domain != NULL || sender->domain == NULL))
		return sending;
	sending_free(sending);
	return NULL;
}

int
ccr_send(const char *box, const struct ccr_sender *sender, int timeout_ms,
    struct buf *why)
{
	struct sending *sending;
	int rc;

	if (sender->smsid == NULL || !smsini_id_is_name(sender->smsid))
		return buf_why(why, ERR_ARG,
		    "request: \"%s\" cannot be the name of a file",
		    sender->smsid == NULL ? "" : sender->smsid);
	sending = sending_new(box, sender);
	rc = sending == NULL
	    ? ERR_NOMEM
	    : os_run_limited(send_work, sending, sending_free, timeout_ms);
	if (rc != 0)
		buf_why(why, rc, "%s/%s" SUFFIX ": cannot be made: %s", box,
		    sender->smsid, err_text(rc));
	return rc;
}
