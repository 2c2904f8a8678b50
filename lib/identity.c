/*
 * Who this machine is. STATE/IDENTITY is INI text, sealed (sealed.h; an older
 * one is not, and readers of INI files pass over the line):
 *
 *	[Identity]
 *	SMS Unique ID=PL2ABCDEFGHIJKLMNOPQRST
 *	Machine=4c4c4544-...;
 *	END 9f86d081...
 *
 * A hardware UUID stands alone; a machine-id, which goes with a copied disk, is
 * followed by the MAC.
 */
#include "identity.h"

#include <assert.h>
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
#include "sealed.h"
#include "smsini.h"
#include "text.h"

#define ID_DIGITS   20 /* 100 bits */
#define SITE_DIGITS 3

static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void
identity_free(struct identity *identity)
{
	free(identity->smsid);
	free(identity->machine);
	memset(identity, 0, sizeof(*identity));
}

/* How many bytes of the text are a hardware UUID, 8-4-4-4-12 hex digits; 0
 * when it begins otherwise. */
static size_t
uuid_length(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i;

	for (i = 0; form[i] != '\0'; i++)
		if (form[i] == 'x' ? !isxdigit((unsigned char)text[i])
				   : text[i] != form[i])
			return 0;
	return text[i] == '\0' || text[i] == ';' ? i : 0;
}

/* The first MAC is another one in a dock: beside a UUID it says nothing, in
 * texts of older versions neither. */
static bool
is_same_machine(const char *a, const char *b)
{
	size_t len = uuid_length(a);

	return len > 0 ? uuid_length(b) == len && text_same_n(a, len, b, len)
		       : strcmp(a, b) == 0;
}

int
identity_machine(char **machine)
{
	char *identity = NULL, *mac = NULL, *p;
	struct buf text = BUF_INIT;
	int rc = os_machine(&identity, &mac);

	*machine = NULL;
	if (rc == 0) {
		buf_format(&text, "%s;%s", identity,
		    uuid_length(identity) > 0 ? "" : mac);
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

bool
identity_is_site(const char *site)
{
	size_t i;

	for (i = 0; i < SITE_DIGITS; i++)
		if (!(site[i] >= 'A' && site[i] <= 'Z') &&
		    !(site[i] >= 'a' && site[i] <= 'z') &&
		    !(site[i] >= '0' && site[i] <= '9'))
			return false;
	return site[i] == '\0';
}

/* The site code, and 5 bits of the digest for each digit. */
static int
make_id(const char *site, struct identity *identity)
{
	unsigned char bytes[DIGEST_SIZE];
	struct buf id = BUF_INIT;
	unsigned bit, i;
	int rc;

	assert(identity->machine != NULL);
	rc = digest_bytes(identity->machine, strlen(identity->machine), bytes);
	if (rc != 0)
		return rc;
	identity->bad_site = !identity_is_site(site);
	buf_add_text(&id, identity->bad_site ? IDENTITY_NO_SITE : site);
	for (i = 0, bit = 0; i < ID_DIGITS; i++, bit += 5) {
		unsigned two = (unsigned)bytes[bit / 8] << 8 |
		    bytes[bit / 8 + 1];

		buf_add_char(&id, base32[two >> (11 - bit % 8) & 31]);
	}
	identity->smsid = buf_take(&id);
	return identity->smsid == NULL ? ERR_NOMEM : 0;
}

/* Without an END line it is one of an older version. */
static int
check_seal(const struct buf *text)
{
	size_t body;
	int rc = sealed_check(buf_text(text), text->len, &body);

	return rc == ERR_FORMAT ? 0 : rc;
}

/* What STATE/IDENTITY says, NULL for what it does not say. *bad: it is there,
 * and says nothing that can be used. */
static int
read_kept(struct os_dir *state, char **smsid, char **machine, bool *bad)
{
	struct inifile *ini = NULL;
	struct buf text = BUF_INIT;
	const char *id, *made;
	int rc;

	*smsid = *machine = NULL;
	*bad = false;
	if (state == NULL)
		return 0;
	rc = file_read(state, LAYOUT_IDENTITY, INIFILE_MAX, &text);
	if (rc == 0)
		rc = check_seal(&text);
	if (rc == 0)
		rc = inifile_parse(LAYOUT_IDENTITY, buf_text(&text), text.len,
		    INIFILE_DIALECT, &ini, NULL);
	buf_free(&text);
	*bad = rc != 0 && rc != ERR_NOENT;
	if (rc != 0) /* missing or damaged: it says nothing */
		return rc == ERR_NOMEM ? rc : 0;
	id = inifile_get(ini, "Identity", "SMS Unique ID");
	made = inifile_get(ini, "Identity", "Machine");
	if (id != NULL && smsini_id_is_name(id) && made != NULL &&
	    *made != '\0') {
		*smsid = text_copy(id);
		*machine = text_copy(made);
		if (*smsid == NULL || *machine == NULL)
			rc = ERR_NOMEM;
	} else {
		*bad = true;
	}
	inifile_free(ini);
	return rc;
}

/* What there is to decide from; NULL where it says nothing. */
struct found {
	const char *id;	  /* of SMS.INI */
	const char *made; /* what it was made from */
	char *kept, *kept_machine;
	bool bad; /* STATE/IDENTITY */
};

static int
find(const struct smsini *ini, struct os_dir *state, struct found *found)
{
	int rc = read_kept(
	    state, &found->kept, &found->kept_machine, &found->bad);

	found->made = found->kept_machine;
	if (ini != NULL && ini->smsid != NULL && smsini_id_is_name(ini->smsid))
		found->id = ini->smsid;
	if (ini != NULL && ini->machine != NULL && *ini->machine != '\0')
		found->made = ini->machine;
	return rc;
}

/* What this machine is. One that cannot tell it any more stays what it was
 * when it has an ID: only a first install needs to know. */
static int
take_machine(const struct found *found, bool *sure, struct identity *identity,
    struct buf *why)
{
	int rc = identity_machine(&identity->machine);

	if (rc == ERR_NOENT && (found->id != NULL || found->kept != NULL)) {
		*sure = false;
		identity->machine = text_copy(
		    found->made != NULL ? found->made : "");
		rc = identity->machine == NULL ? ERR_NOMEM : 0;
	}
	if (rc == ERR_NOENT)
		return buf_why(why, rc,
		    "this machine has no identity to make "
		    "an SMS ID from: no hardware UUID and no machine-id "
		    "(/etc/machine-id, below SMS_SYSROOT where that is set)");
	return rc == 0 ? 0
		       : buf_why(why, rc,
			     "the identity of this machine "
			     "cannot be read: %s",
			     err_text(rc));
}

static int
choose(const struct found *found, const char *site, bool sure,
    struct identity *identity)
{
	const char *now = identity->machine, *id = found->id;

	if (id == NULL ||
	    (found->made != NULL && sure &&
		!is_same_machine(found->made, now))) {
		identity->made = true;
		identity->moved = id != NULL;
		if (found->kept == NULL ||
		    (sure && !is_same_machine(found->kept_machine, now)))
			return make_id(site, identity);
		id = found->kept;
	}
	identity->smsid = text_copy(id);
	return identity->smsid == NULL ? ERR_NOMEM : 0;
}

int
identity_decide(const struct smsini *ini, struct os_dir *state,
    const char *site, bool sure, struct identity *identity, struct buf *why)
{
	struct found found = { NULL, NULL, NULL, NULL, false };
	int rc;

	memset(identity, 0, sizeof(*identity));
	rc = find(ini, state, &found);
	if (rc == 0)
		rc = take_machine(&found, &sure, identity, why);
	if (rc == 0)
		rc = choose(&found, site, sure, identity);
	identity->healed = found.bad;
	free(found.kept);
	free(found.kept_machine);
	if (rc != 0)
		identity_free(identity);
	return rc;
}

/* What stands for the hardware of a machine that is seen from outside. */
static int
name_machine(const char *host, struct identity *identity)
{
	struct buf text = BUF_INIT;
	char *p;

	buf_format(&text, "host;%s", host);
	identity->machine = buf_take(&text);
	for (p = identity->machine; p != NULL && *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return identity->machine == NULL ? ERR_NOMEM : 0;
}

int
identity_of_other(const struct smsini *ini, struct os_dir *state,
    const char *site, const char *host, struct identity *identity)
{
	struct found found = { NULL, NULL, NULL, NULL, false };
	int rc;

	memset(identity, 0, sizeof(*identity));
	rc = find(ini, state, &found);
	if (rc == 0)
		rc = name_machine(host, identity);
	if (rc == 0)
		rc = choose(&found, site, false, identity);
	if (rc == 0) /* the machine itself will tell its hardware */
		*identity->machine = '\0';
	identity->healed = found.bad;
	free(found.kept);
	free(found.kept_machine);
	if (rc != 0)
		identity_free(identity);
	return rc;
}

int
identity_keep(struct os_dir *state, const struct identity *identity)
{
	struct buf text = BUF_INIT, there = BUF_INIT;
	int rc;

	/* Of a machine that nobody can tell there is nothing to keep. */
	if (*identity->machine == '\0')
		return 0;
	buf_format(&text, "[Identity]\r\nSMS Unique ID=%s\r\nMachine=%s\r\n",
	    identity->smsid, identity->machine);
	rc = text.failed ? ERR_NOMEM : sealed_close(&text);
	if (rc == 0 &&
	    (file_read(state, LAYOUT_IDENTITY, INIFILE_MAX, &there) != 0 ||
		strcmp(buf_text(&there), text.data) != 0))
		rc = file_write(
		    state, LAYOUT_IDENTITY, OS_PUBLIC, text.data, text.len);
	buf_free(&there);
	buf_free(&text);
	return rc;
}
