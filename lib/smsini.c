/*
 * Reading SMS.INI. The resident monitor and the run on which nothing has
 * changed link this file: it must not need iniedit, PCRE2 or libgcrypt.
 * Changing SMS.INI is smsini_change.c; the damage rules are in doc/smsini.md.
 */
#include "smsini.h"

#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "date.h"
#include "file.h"
#include "inifile.h"
#include "path.h"
#include "smsini_text.h"
#include "text.h"

#define STATE_SECTION "Setup State"
#define ID_MAX	      64

int
smsini_parse(const char *shown, const char *text, size_t len,
    struct inifile **ini, struct buf *why)
{
	const struct inifile_section *sections;
	size_t count, i;
	int rc;

	*ini = NULL;
	if (len == 0)
		return buf_why(why, ERR_FORMAT, "%s: the file is empty", shown);
	rc = inifile_parse(shown, text, len, INIFILE_DIALECT, ini, why);
	if (rc != 0)
		return rc;
	sections = inifile_sections(*ini, &count);
	for (i = 0; i < count; i++)
		if (text_same(sections[i].name, "SMS"))
			return 0;
	inifile_free(*ini);
	*ini = NULL;
	return buf_why(why, ERR_FORMAT, "%s: no section [SMS]", shown);
}

char *
smsini_beside(const char *path, const char *extension)
{
	const char *name = path_name(path);
	const char *dot = strrchr(name, '.');
	struct buf out = BUF_INIT;

	if (dot == NULL || dot == name)
		buf_add_text(&out, path);
	else
		buf_add(&out, path, (size_t)(dot - path));
	buf_add_text(&out, extension);
	return buf_take(&out);
}

const char *
smsini_get(const struct smsini *ini, const char *section, const char *key)
{
	if (ini == NULL || ini->ini == NULL)
		return NULL;
	/* What a backup says of these two is past: files may have changed
	 * since, and its commands may have run. */
	if (ini->damaged &&
	    ((text_same(section, "SMS") && text_same(key, "CopyListVersion")) ||
		(text_same(section, "SMS Work") &&
		    text_same(key, "PendingWork"))))
		return NULL;
	return inifile_get(ini->ini, section, key);
}

/* A number that is malformed counts as absent. */
static bool
get_number(const struct smsini *ini, const char *section, const char *key,
    uint64_t max, uint64_t *number)
{
	const char *value = smsini_get(ini, section, key);

	return value != NULL && text_number(value, max, number) == 0;
}

static int64_t
get_moment(const struct smsini *ini, const char *key, int64_t otherwise)
{
	const char *value = smsini_get(ini, STATE_SECTION, key);
	int64_t when;

	if (value == NULL || date_read_iso(value, &when) != 0)
		return otherwise;
	return when;
}

/* The spellings that programs and administrators have used over the years. */
static enum smsini_phase
phase_of(const char *text)
{
	static const struct {
		const char *text;
		enum smsini_phase phase;
	} phases[] = {
		{ "", PHASE_NONE },
		{ "installed", PHASE_INSTALLED },
		{ "verify_files", PHASE_VERIFY },
		{ "verifying_files", PHASE_VERIFY },
		{ "upgrade", PHASE_UPGRADE },
		{ "deinstal", PHASE_REMOVE },
		{ "deinstall", PHASE_REMOVE },
		{ "component_deinstall", PHASE_REMOVE },
	};
	size_t i;

	if (text == NULL)
		return PHASE_NONE;
	for (i = 0; i < sizeof phases / sizeof phases[0]; i++)
		if (text_same(text, phases[i].text))
			return phases[i].phase;
	return PHASE_OTHER;
}

static void
fill(struct smsini *ini)
{
	uint64_t tries = 0;

	ini->has_version = get_number(
	    ini, "SMS", "CopyListVersion", UINT64_MAX, &ini->version);
	ini->phase = phase_of(smsini_get(ini, "Local", "SetupPhase"));
	ini->smsid = smsini_get(ini, "SMS", "SMS Unique ID");
	ini->site = smsini_get(ini, "SMS", "SiteCode");
	ini->domain = smsini_get(ini, "Servers", "Domain");
	ini->last_root = smsini_get(ini, "SMS", "LastLogonServerPath");
	ini->facts = smsini_get(ini, STATE_SECTION, "Facts");
	ini->machine = smsini_get(ini, STATE_SECTION, "Machine");
	ini->expires = get_moment(ini, "Expires", -1);
	ini->next_try = get_moment(ini, "NextTry", 0);
	get_number(ini, STATE_SECTION, "Tries", UINT32_MAX, &tries);
	ini->tries = (unsigned)tries;
	get_number(ini, STATE_SECTION, "TriedVersion", UINT64_MAX, &ini->tried);
}

int
smsini_check_backup(const char *backup, struct buf *why)
{
	char *culprit = NULL;
	int rc = os_is_admin() ? os_trusted(backup, &culprit) : 0;

	if (rc == ERR_UNTRUSTED)
		buf_why(why, rc,
		    "%s: not used, others than administrators "
		    "may change it: %s",
		    backup, culprit != NULL ? culprit : err_text(rc));
	free(culprit);
	return rc == ERR_UNTRUSTED ? ERR_UNTRUSTED : 0;
}

bool
smsini_is_no_backup(int code)
{
	return code == ERR_NOENT || code == ERR_FORMAT || code == ERR_RANGE ||
	    code == ERR_LINK || code == ERR_ISDIR || code == ERR_NOTFILE ||
	    code == ERR_UNTRUSTED;
}

/* Is `text` a proper beginning of `whole`, more than a line end apart? */
static bool
is_beginning(const struct buf *text, const struct buf *whole)
{
	const char *rest = buf_text(whole) + text->len;

	return text->len < whole->len &&
	    memcmp(buf_text(text), buf_text(whole), text->len) == 0 &&
	    rest[strspn(rest, "\r\n")] != '\0';
}

int
smsini_is_cut(const char *path, const struct buf *text, bool *cut)
{
	struct buf whole = BUF_INIT;
	char *backup;
	int rc;

	*cut = false;
	if (text->len == 0 || text->data[text->len - 1] == '\n')
		return 0;
	backup = smsini_beside(path, SMSINI_BACKUP);
	if (backup == NULL)
		return ERR_NOMEM;
	rc = file_read_path(backup, SMSINI_MAX, &whole);
	*cut = rc == 0 && is_beginning(text, &whole) &&
	    smsini_check_backup(backup, NULL) == 0;
	buf_free(&whole);
	free(backup);
	return rc == ERR_NOMEM ? rc : 0;
}

/* Reads SMS.BAK; *ini is only set where it is sound. */
static int
load_backup(const char *path, struct inifile **ini, struct buf *why)
{
	struct buf text = BUF_INIT;
	char *backup = smsini_beside(path, SMSINI_BACKUP);
	int rc = ERR_NOMEM;

	if (backup == NULL)
		goto out;
	rc = file_read_path(backup, SMSINI_MAX, &text);
	if (rc == 0)
		rc = smsini_check_backup(backup, why);
	if (rc == 0)
		rc = smsini_parse(backup, text.data, text.len, ini, NULL);
	if (rc != 0 && rc != ERR_UNTRUSTED)
		buf_why(why, rc, "%s: cannot read: %s", backup, err_text(rc));
out:
	buf_free(&text);
	free(backup);
	return rc;
}

/* Without a backup that is any good the values stay unset. */
static int
take_backup(const char *path, struct inifile **ini, struct buf *why)
{
	struct buf more = BUF_INIT;
	int rc = load_backup(path, ini, &more);

	if (rc == ERR_UNTRUSTED && why != NULL)
		buf_format(why, "; %s", buf_text(&more));
	buf_free(&more);
	return rc == ERR_NOMEM ? rc : 0;
}

/* No SMS.INI: with a good backup beside it that is damage. A backup that
 * cannot be opened just now may be one; without any this is no client yet. */
static int
take_missing(const char *path, struct smsini *ini, struct buf *why)
{
	int rc = load_backup(path, &ini->ini, why);

	if (smsini_is_no_backup(rc))
		return buf_why(
		    why, ERR_NOENT, "%s: %s", path, err_text(ERR_NOENT));
	if (rc != 0)
		return rc;
	ini->damaged = true;
	buf_why(why, 0, "%s is missing", path);
	return 0;
}

int
smsini_refuse(const char *path, int code, struct buf *why)
{
	if (code != ERR_RANGE)
		return buf_why(
		    why, code, "%s: cannot read: %s", path, err_text(code));
	/* Not bad input: a file that nobody can use. */
	return buf_why(why, ERR_UNSUP, "%s: cannot read: larger than %zu MiB",
	    path, SMSINI_MAX >> 20);
}

static int
load(const char *path, struct smsini *ini, struct buf *why)
{
	struct buf text = BUF_INIT;
	bool cut;
	int rc;

	rc = file_read_path(path, SMSINI_MAX, &text);
	if (rc == ERR_NOENT) {
		rc = take_missing(path, ini, why);
		goto out;
	}
	if (rc != 0) {
		rc = smsini_refuse(path, rc, why);
		goto out;
	}
	rc = smsini_parse(path, text.data, text.len, &ini->ini, why);
	if (rc == 0 && (rc = smsini_is_cut(path, &text, &cut)) == 0 && cut) {
		inifile_free(ini->ini);
		ini->ini = NULL;
		rc = buf_why(why, ERR_FORMAT,
		    "%s: cut off, it is the beginning of SMS.BAK", path);
	}
	if (rc == ERR_FORMAT) {
		ini->damaged = true;
		rc = take_backup(path, &ini->ini, why);
	}
	if (rc == ERR_NOMEM)
		buf_why(why, rc, "%s: %s", path, err_text(rc));
out:
	buf_free(&text);
	return rc;
}

int
smsini_load(const char *path, struct smsini **ini, struct buf *why)
{
	struct smsini *made;
	int rc;

	*ini = NULL;
	made = calloc(1, sizeof *made);
	if (made == NULL)
		return buf_why(
		    why, ERR_NOMEM, "%s: %s", path, err_text(ERR_NOMEM));
	rc = load(path, made, why);
	if (rc != 0) {
		smsini_free(made);
		return rc;
	}
	fill(made);
	*ini = made;
	return 0;
}

void
smsini_free(struct smsini *ini)
{
	if (ini == NULL)
		return;
	inifile_free(ini->ini);
	free(ini);
}

bool
smsini_must_wait(const struct smsini *ini, uint64_t offered, int64_t now)
{
	return ini->next_try > now && ini->tried == offered &&
	    ini->next_try - now <= SMSINI_WAIT + SMSINI_WAIT / 5;
}

bool
smsini_id_is_name(const char *smsid)
{
	size_t len = strspn(smsid,
	    "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

	return len > 0 && len <= ID_MAX && smsid[len] == '\0';
}
