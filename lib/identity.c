/*
 * Who this machine is. STATE/IDENTITY is INI text:
 *
 *	[Identity]
 *	SMS Unique ID=PL2ABCDEFGHIJKLMNOPQRST
 *	Machine=4c4c4544-...;00:a0:24:11:5e:07
 */
#include "identity.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "digest.h"
#include "file.h"
#include "inifile.h"
#include "layout.h"
#include "smsini.h"
#include "text.h"

#define ID_DIGITS	20	/* 100 bits */
#define SITE_DIGITS	3

static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void
identity_free(struct identity *identity)
{
	free(identity->smsid);
	free(identity->machine);
	memset(identity, 0, sizeof(*identity));
}

int
identity_machine(char **machine)
{
	char *identity = NULL, *mac = NULL, *p;
	struct buf text = BUF_INIT;
	int rc = os_machine(&identity, &mac);

	*machine = NULL;
	if (rc == 0) {
		buf_format(&text, "%s;%s", identity, mac);
		*machine = buf_take(&text);
		rc = *machine == NULL ? ERR_NOMEM : 0;
	}
	/* Letter case differs between agents and firmware (Q185914). */
	for (p = *machine; p != NULL && *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	free(identity);
	free(mac);
	return rc;
}

/* The site code, and 5 bits of the digest for each digit. */
static int
make_id(const char *site, const char *machine, char **smsid)
{
	unsigned char bytes[DIGEST_SIZE];
	struct buf id = BUF_INIT;
	unsigned bit, i;
	int rc = digest_bytes(machine, strlen(machine), bytes);

	if (rc != 0)
		return rc;
	buf_format(&id, "%.*s", SITE_DIGITS, site);
	for (i = 0, bit = 0; i < ID_DIGITS; i++, bit += 5) {
		unsigned two = (unsigned)bytes[bit / 8] << 8 |
		    bytes[bit / 8 + 1];

		buf_add_char(&id, base32[two >> (11 - bit % 8) & 31]);
	}
	*smsid = buf_take(&id);
	return *smsid == NULL ? ERR_NOMEM : 0;
}

/* What STATE/IDENTITY says, NULL for what it does not say. */
static int
read_kept(struct os_dir *state, char **smsid, char **machine)
{
	struct inifile *ini = NULL;
	const char *id, *made;
	int rc;

	*smsid = *machine = NULL;
	if (state == NULL)
		return 0;
	rc = inifile_load(state, LAYOUT_IDENTITY, LAYOUT_IDENTITY,
	    INIFILE_DIALECT, &ini, NULL);
	if (rc != 0)		/* missing or damaged: it says nothing */
		return rc == ERR_NOMEM ? rc : 0;
	id = inifile_get(ini, "Identity", "SMS Unique ID");
	made = inifile_get(ini, "Identity", "Machine");
	if (id != NULL && *id != '\0' && made != NULL && *made != '\0') {
		*smsid = text_copy(id);
		*machine = text_copy(made);
		if (*smsid == NULL || *machine == NULL)
			rc = ERR_NOMEM;
	}
	inifile_free(ini);
	return rc;
}

static bool
is_set(const char *text)
{
	return text != NULL && *text != '\0';
}

int
identity_decide(const struct smsini *ini, struct os_dir *state,
    const char *site, bool sure, struct identity *identity, struct buf *why)
{
	const char *id = ini != NULL ? ini->smsid : NULL, *made;
	char *kept = NULL, *kept_machine = NULL;
	int rc;

	memset(identity, 0, sizeof(*identity));
	rc = identity_machine(&identity->machine);
	if (rc != 0)
		return buf_why(why, rc, "this machine has no identity that "
		    "could be read (machine-id): %s", err_text(rc));
	if ((rc = read_kept(state, &kept, &kept_machine)) != 0)
		goto out;
	made = ini != NULL && is_set(ini->machine) ? ini->machine :
	    kept_machine;
	if (is_set(id) && (made == NULL || !sure ||
	    strcmp(made, identity->machine) == 0)) {
		identity->smsid = text_copy(id);
		rc = identity->smsid == NULL ? ERR_NOMEM : 0;
		goto out;
	}
	identity->made = true;
	identity->moved = is_set(id);
	if (kept != NULL && (!sure ||
	    strcmp(kept_machine, identity->machine) == 0)) {
		identity->smsid = kept;
		kept = NULL;
	} else {
		rc = make_id(site, identity->machine, &identity->smsid);
	}
out:
	free(kept);
	free(kept_machine);
	if (rc != 0)
		identity_free(identity);
	return rc;
}

int
identity_keep(struct os_dir *state, const struct identity *identity)
{
	struct buf text = BUF_INIT;
	char *kept, *machine;
	int rc = read_kept(state, &kept, &machine);

	if (rc == 0 && kept != NULL &&
	    strcmp(kept, identity->smsid) == 0 &&
	    strcmp(machine, identity->machine) == 0)
		goto out;
	buf_format(&text, "[Identity]\r\nSMS Unique ID=%s\r\nMachine=%s\r\n",
	    identity->smsid, identity->machine);
	rc = text.failed ? ERR_NOMEM : file_write(state, LAYOUT_IDENTITY,
	    OS_PUBLIC, buf_text(&text), text.len);
out:
	free(kept);
	free(machine);
	buf_free(&text);
	return rc;
}
