/*
 * What SMS.INI is to say: identity, paths and the server before anything is
 * placed, and after it what DOMAIN.INI, the template of the site, and this
 * machine give. Keys that are not named here are left as they are (Q200085).
 */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "date.h"
#include "inifile.h"
#include "path.h"
#include "run.h"
#include "smsini.h"
#include "text.h"

#define SIGHT_MAX 200 /* keys taken over from [Sight] */

static const char *
now_said(const struct run *run, const char *section, const char *key)
{
	return run->ini == NULL ? NULL : smsini_get(run->ini, section, key);
}

/* What SMS.INI says already is no change. */
static int
add(const struct run *run, struct run_changes *c, const char *section,
    const char *key, const char *value)
{
	const char *said = now_said(run, section, key);
	struct iniedit_change *more, *one;

	if (said == NULL || value == NULL ? said == value
					  : strcmp(said, value) == 0)
		return 0;
	more = realloc(c->list, (c->count + 1) * sizeof(*more));
	if (more == NULL)
		return ERR_NOMEM;
	c->list = more;
	one = &more[c->count];
	one->section = text_copy(section);
	one->key = text_copy(key);
	one->value = text_copy(value);
	c->count++;
	return one->section == NULL || one->key == NULL ||
		(value != NULL && one->value == NULL)
	    ? ERR_NOMEM
	    : 0;
}

void
run_changes_free(struct run_changes *c)
{
	size_t i;

	for (i = 0; i < c->count; i++) {
		free((char *)c->list[i].section);
		free((char *)c->list[i].key);
		free((char *)c->list[i].value);
	}
	free(c->list);
	c->list = NULL;
	c->count = 0;
}

/* Only where SMS.INI says nothing yet. */
static int
add_missing(struct run *run, struct run_changes *c, const char *section,
    const char *key, const char *value)
{
	const char *said = now_said(run, section, key);

	return said != NULL && *said != '\0' ? 0
					     : add(run, c, section, key, value);
}

/* For people to look at: left out where SMS.INI cannot say it. */
static int
add_shown(const struct run *run, struct run_changes *c, const char *section,
    const char *key, const char *value)
{
	return iniedit_is_value(value) ? add(run, c, section, key, value) : 0;
}

static int
add_path(struct run *run, struct run_changes *c, const char *key,
    const char *folder, const char *name)
{
	char *path = path_join(folder, name);
	int rc = path == NULL ? ERR_NOMEM
			      : add_missing(run, c, "SMS", key, path);

	free(path);
	return rc;
}

/* "//SRV/SHARE" names the server that we took: it is asked first next time. */
static int
add_server(struct run *run, struct run_changes *c)
{
	const char *server = run->root + 2, *share;
	char *name;
	int rc;

	/* Relative to what? The next run may start elsewhere. */
	if (!path_is_absolute(run->root))
		return 0;
	rc = add_shown(run, c, "SMS", "LastLogonServerPath", run->root);

	if (rc != 0 || strncmp(run->root, "//", 2) != 0 ||
	    (share = strchr(server, '/')) == NULL)
		return rc;
	if ((name = text_copy_n(server, (size_t)(share - server))) == NULL)
		return ERR_NOMEM;
	rc = add_shown(run, c, "Servers", "CurrentLogonServer", name);
	if (rc == 0)
		rc = add_shown(
		    run, c, "Share", "CurrentLogonServer", share + 1);
	free(name);
	return rc;
}

int
run_begin_changes(struct run *run, struct run_changes *c)
{
	const struct layout *l = &run->layout;
	int rc;

	memset(c, 0, sizeof(*c));
	/* What the paths of a client that is seen from outside are called
	 * there, it says itself. */
	if (run->options->place != NULL)
		return add(run, c, "SMS", "SMS Unique ID", run->identity.smsid);
	if ((rc = add(run, c, "SMS", "SMS Unique ID", run->identity.smsid)) !=
		0 ||
	    (rc = add(run, c, "Setup State", "Machine",
		 *run->identity.machine != '\0' ? run->identity.machine
						: NULL)) != 0 ||
	    (rc = add_missing(run, c, "SMS", "SMSPath", l->client)) != 0 ||
	    (rc = add_path(run, c, "SMSBinPath", l->client, "BIN")) != 0 ||
	    (rc = add_path(run, c, "SMSDataPath", l->client, "DATA")) != 0 ||
	    (rc = add_missing(run, c, "SMS", "SMSStatePath", l->state_root)) !=
		0 ||
	    (rc = add_missing(run, c, "SMS", "SMSInvDataPath", l->invdata)) !=
		0 ||
	    (rc = add_missing(run, c, "SMS", "SMSLogPath", l->logs)) != 0 ||
	    (rc = add_missing(run, c, "SMS", "SMSTempPath", l->temp)) != 0)
		return rc;
	/* Now, or a first install that is cut off or has to wait would not
	 * know its server any more (Q155626). */
	return add_server(run, c);
}

/* "Server" and a number: an entry of a server list. */
static bool
is_server_key(const char *key)
{
	return strlen(key) > 6 && text_same_n(key, 6, "Server", 6) &&
	    strspn(key + 6, "0123456789") == strlen(key + 6);
}

/* Does DOMAIN.INI list any server in that section? */
static bool
lists_servers(struct run *run, const char *section)
{
	size_t count, i;
	const struct inifile_entry *e = inifile_entries(run->domain, &count);

	for (i = 0; i < count; i++)
		if (text_same(e[i].section, section) && is_server_key(e[i].key))
			return true;
	return false;
}

/* One entry too many is an error of whoever made it, not a list to take. */
int
run_check_domain(struct run *run)
{
	size_t count, i, servers = 0, shares = 0, sight = 0;
	const struct inifile_entry *e = inifile_entries(run->domain, &count);

	for (i = 0; i < count; i++) {
		servers += text_same(e[i].section, "Servers") &&
		    is_server_key(e[i].key);
		shares += text_same(e[i].section, "Share") &&
		    is_server_key(e[i].key);
		sight += text_same(e[i].section, "Sight");
	}
	if (servers > SMSINI_ROOTS_MAX || shares > SMSINI_ROOTS_MAX)
		return buf_why(&run->why, ERR_FORMAT,
		    "DOMAIN.INI: more than "
		    "%zu servers",
		    SMSINI_ROOTS_MAX);
	if (sight > SIGHT_MAX)
		return buf_why(&run->why, ERR_FORMAT,
		    "DOMAIN.INI: more than "
		    "%d keys in [Sight]",
		    SIGHT_MAX);
	return 0;
}

/* The server lists are rewritten as a whole: what the site has no more must
 * not be asked again (Q153408). A template that lists none says nothing about
 * them (Q279752). */
static int
drop_servers(struct run *run, struct run_changes *c, const char *section)
{
	size_t count, i;
	const struct inifile_entry *e;
	int rc = 0;

	if (run->ini == NULL || run->ini->ini == NULL ||
	    !lists_servers(run, section))
		return 0;
	e = inifile_entries(run->ini->ini, &count);
	for (i = 0; i < count && rc == 0; i++)
		if (text_same(e[i].section, section) &&
		    is_server_key(e[i].key) &&
		    inifile_get(run->domain, section, e[i].key) == NULL)
			rc = add(run, c, section, e[i].key, NULL);
	return rc;
}

/* Is this entry of DOMAIN.INI one that clients take over? */
static bool
is_taken(const struct inifile_entry *e)
{
	static const char *const keys[] = {
		"SiteCode",
		"BuildNo",
		"INIFileVersion",
		"NetworkType",
		"SoftwareScanInterval",
		"HardwareScanInterval",
		"InvAgtFalseLogonCount",
		"InvAgtServiceWakeupInterval",
		"ConfigurationRequestPath",
		"InventoryCollectionPoint",
	};
	size_t i;

	if (text_same(e->section, "Servers"))
		return text_same(e->key, "Domain") || is_server_key(e->key);
	if (text_same(e->section, "Share"))
		return is_server_key(e->key);
	if (text_same(e->section, "Sight"))
		return true;
	if (text_same(e->section, "Local"))
		return text_same(e->key, "CheckInterval");
	if (!text_same(e->section, "SMS"))
		return false;
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (text_same(e->key, keys[i]))
			return true;
	return false;
}

/* The share may name its own folders for what clients leave there, not send
 * them to any other place, nor where an administrator of the client has named
 * one (ccm /install does). */
static bool
is_harmless(const struct run *run, const struct inifile_entry *e)
{
	bool box = text_same(e->section, "SMS") &&
	    (text_same(e->key, "ConfigurationRequestPath") ||
		text_same(e->key, "InventoryCollectionPoint"));
	const char *said = box ? now_said(run, "SMS", e->key) : NULL;

	return !box ||
	    (!path_is_absolute(e->value) && !path_climbs(e->value) &&
		strchr(e->value, ':') == NULL &&
		(said == NULL || !path_is_absolute(said)));
}

static int
add_domain(struct run *run, struct run_changes *c)
{
	size_t count, i;
	const struct inifile_entry *e;
	const char *results;
	int rc = 0;

	if (run->domain == NULL)
		return 0;
	if ((rc = drop_servers(run, c, "Servers")) != 0 ||
	    (rc = drop_servers(run, c, "Share")) != 0)
		return rc;
	e = inifile_entries(run->domain, &count);
	for (i = 0; i < count && rc == 0; i++)
		if (is_taken(&e[i]) && is_harmless(run, &e[i]) &&
		    inifile_get(run->domain, e[i].section, e[i].key) ==
			e[i].value)
			rc = add(run, c, e[i].section, e[i].key, e[i].value);
	/* This one stands in another section there (Q135768). */
	results = inifile_get(run->domain, "SMS", "ResultSharePoint");
	if (rc == 0 && results != NULL)
		rc = add(run, c, "Package Command Manager", "ResultSharePoint",
		    results);
	return rc;
}

static int
add_machine(struct run *run, struct run_changes *c)
{
	char *identity = NULL, *mac = NULL;
	int rc = 0;

	if ((rc = add_shown(run, c, "Local", "MachineName", run->facts.host)) !=
		0 ||
	    (rc = add_missing(
		 run, c, "Local", "LanguageCode", run->facts.lang)) != 0 ||
	    (rc = add_missing(run, c, "Local", "SystemRole", "Workstation")) !=
		0 ||
	    (rc = add_missing(
		 run, c, "Local", "SystemType", run->facts.arch)) != 0)
		return rc;
	if (run->options->host != NULL)
		return 0;
	/* What is known is never overwritten with "unknown" (Q171329). */
	if (os_machine(&identity, &mac) == 0 && *mac != '\0')
		rc = add(run, c, "Local", "NetCardID", mac);
	free(identity);
	free(mac);
	return rc;
}

static int
add_components(struct run *run, struct run_changes *c)
{
	struct buf names = BUF_INIT;
	size_t i;
	int rc;

	for (i = 0; i < run->list->count; i++) {
		const struct copylist_component *one =
		    &run->list->components[i];

		if (!one->wanted || one->type != COPYLIST_FILES)
			continue;
		if (names.len > 0)
			buf_add_text(&names, ", ");
		buf_add_text(&names, one->name);
	}
	rc = names.failed ? ERR_NOMEM
			  : add_shown(run, c, "WorkstationStatus",
				"InstalledComponents", buf_text(&names));
	buf_free(&names);
	return rc;
}

static int
add_state(struct run *run, struct run_changes *c)
{
	struct buf text = BUF_INIT;
	int rc = facts_note(&run->facts, run->list, &text);

	if (rc == 0)
		rc = add(run, c, "Setup State", "Facts", buf_text(&text));
	buf_clear(&text);
	if (rc == 0 && run->list->expires >= 0)
		rc = date_add_iso(&text, run->list->expires);
	if (rc == 0)
		rc = add(run, c, "Setup State", "Expires",
		    text.len > 0 ? buf_text(&text) : NULL);
	buf_free(&text);
	return rc;
}

int
run_done_changes(struct run *run, struct run_changes *c)
{
	int rc;

	memset(c, 0, sizeof(*c));
	/* Defaults first: of two changes to a key the later one counts. */
	if ((rc = add_missing(run, c, "WorkstationStatus",
		 "StandaloneWorkstation", "No")) != 0 ||
	    (rc = add_missing(
		 run, c, "SMS", "ConfigurationRequestPath", "ccr.box")) != 0 ||
	    (rc = add_missing(run, c, "SMS", "InventoryCollectionPoint",
		 "inventry.box")) != 0 ||
	    (rc = add_domain(run, c)) != 0 || (rc = add_machine(run, c)) != 0 ||
	    (rc = add_components(run, c)) != 0)
		return rc;
	return add_state(run, c);
}
