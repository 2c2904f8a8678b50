/*
 * Which DOMAIN.INI counts. It goes into the store like any other content, and
 * programs take it from there; the copy in the logon root is for people, and
 * for the next run when the source has none.
 */
#include "domain.h"

#include <string.h>

#include "../../platform/err.h"
#include "../../platform/os.h"
#include "file.h"
#include "identity.h"
#include "inifile.h"
#include "path.h"
#include "smsini.h"
#include "sources.h"
#include "text.h"

#define DOMAIN_MAX  ((size_t)1 << 20)
#define SIGHT_MAX   ((size_t)200) /* keys of [Sight] */
#define SITE_LENGTH 3
#define ALPHANUMERIC                 \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"abcdefghijklmnopqrstuvwxyz0123456789"
#define MADE                                                         \
	"; made by publish: put a DOMAIN.INI with the site code\r\n" \
	"; at the top of the source folder\r\n"                      \
	"[SMS]\r\nSiteCode=" IDENTITY_NO_SITE "\r\n"

/* Every SMS ID of the site begins with it. */
static int
check_site(const char *shown, const struct inifile *ini, struct buf *why)
{
	const char *site = inifile_get(ini, "SMS", "SiteCode");

	if (site == NULL ||
	    (strlen(site) == SITE_LENGTH &&
		strspn(site, ALPHANUMERIC) == SITE_LENGTH))
		return 0;
	return buf_why(why, ERR_FORMAT,
	    "%s:%u: SiteCode=%.80s is not three "
	    "letters or digits",
	    shown, inifile_line(ini, "SMS", "SiteCode"), site);
}

/* Does it stay below the folder that it is joined to? */
static bool
is_inside(const char *path)
{
	size_t len;

	if (path_is_absolute(path) || strchr(path, ':') != NULL)
		return false;
	for (;; path += len + 1) {
		len = strcspn(path, "/\\");
		if (len == 2 && path[0] == '.' && path[1] == '.')
			return false;
		if (path[len] == '\0')
			return true;
	}
}

/* A box that lies elsewhere would take what clients have to say to a place of
 * DOMAIN.INI's choice. */
static int
check_boxes(const char *shown, const struct inifile *ini, struct buf *why)
{
	static const char *const keys[] = {
		"ConfigurationRequestPath",
		"InventoryCollectionPoint",
	};
	const char *path;
	size_t i;

	for (i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		path = inifile_get(ini, "SMS", keys[i]);
		if (path != NULL && !is_inside(path))
			return buf_why(why, ERR_FORMAT,
			    "%s:%u: %s=%.80s does "
			    "not lie below the logon root",
			    shown, inifile_line(ini, "SMS", keys[i]), keys[i],
			    path);
	}
	return 0;
}

static bool
is_server(const struct inifile_entry *e)
{
	return strlen(e->key) > 6 && text_same_n(e->key, 6, "Server", 6) &&
	    strspn(e->key + 6, "0123456789") == strlen(e->key + 6);
}

/* Lists that clients would refuse to take into SMS.INI. */
static int
check_counts(const char *shown, const struct inifile *ini, struct buf *why)
{
	static const struct {
		const char *section;
		size_t max;
		bool servers; /* only ServerN is counted */
	} limits[] = {
		{ "Servers", SMSINI_ROOTS_MAX, true },
		{ "Share", SMSINI_ROOTS_MAX, true },
		{ "Sight", SIGHT_MAX, false },
	};
	const struct inifile_entry *e;
	size_t count, i, j, n;

	e = inifile_entries(ini, &count);
	for (i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		for (j = n = 0; j < count; j++) {
			if (!text_same(e[j].section, limits[i].section) ||
			    (limits[i].servers && !is_server(&e[j])))
				continue;
			if (++n > limits[i].max)
				return buf_why(why, ERR_FORMAT,
				    "%s:%u: more "
				    "than %zu keys in [%s]",
				    shown, e[j].line, limits[i].max,
				    limits[i].section);
		}
	}
	return 0;
}

static int
check_keys(const char *shown, const struct inifile *ini, struct buf *why)
{
	int rc = check_site(shown, ini, why);

	if (rc == 0)
		rc = check_boxes(shown, ini, why);
	return rc == 0 ? check_counts(shown, ini, why) : rc;
}

static int
check_text(const char *shown, struct domain *domain, struct buf *why)
{
	struct inifile *ini = NULL;
	const char *site;
	int rc;

	rc = inifile_parse(shown, buf_text(&domain->text), domain->text.len,
	    INIFILE_DIALECT, &ini, why);
	if (rc != 0)
		return rc;
	site = inifile_get(ini, "SMS", "SiteCode");
	domain->no_site = site == NULL || text_same(site, IDENTITY_NO_SITE);
	rc = check_keys(shown, ini, why);
	inifile_free(ini);
	return rc != 0 ? rc
		       : digest_of(buf_text(&domain->text), domain->text.len,
			     domain->digest);
}

static int
read_text(struct os_dir *dir, const char *rel, const char *shown,
    struct domain *domain, struct buf *why)
{
	int rc = file_read(dir, rel, DOMAIN_MAX, &domain->text);

	if (rc == ERR_RANGE)
		return buf_why(why, ERR_FORMAT, "%s: over %zu bytes long",
		    shown, DOMAIN_MAX);
	if (rc != 0 && rc != ERR_NOENT)
		return buf_why(why, rc, "%s: %s", shown, err_text(rc));
	return rc == 0 ? check_text(shown, domain, why) : rc;
}

int
domain_read(const struct sources *sources, struct os_dir *root,
    const char *root_shown, struct domain *domain, struct buf *why)
{
	struct buf shown = BUF_INIT;
	int rc = ERR_NOENT;

	memset(domain, 0, sizeof *domain);
	if (sources->domain != NULL) {
		sources_shown(sources, sources->domain, &shown);
		rc = read_text(sources->dir, sources->domain, buf_text(&shown),
		    domain, why);
		if (rc == ERR_NOENT)
			sources_why(sources, sources->domain, rc, why);
		goto out;
	}
	buf_format(&shown, "%s/" DOMAIN_NAME, root_shown);
	if (root != NULL)
		rc = read_text(
		    root, DOMAIN_NAME, buf_text(&shown), domain, why);
	if (rc == ERR_NOENT) {
		rc = buf_add_text(&domain->text, MADE);
		if (rc == 0)
			rc = check_text(buf_text(&shown), domain, why);
	}
out:
	buf_free(&shown);
	return rc;
}

void
domain_free(struct domain *domain)
{
	buf_free(&domain->text);
}

int
domain_show(const struct domain *domain, struct os_dir *root)
{
	struct buf there = BUF_INIT;
	bool same;
	int rc;

	rc = file_read(root, DOMAIN_NAME, DOMAIN_MAX, &there);
	same = rc == 0 && there.len == domain->text.len &&
	    memcmp(buf_text(&there), buf_text(&domain->text), there.len) == 0;
	buf_free(&there);
	return same ? 0
		    : file_write(root, DOMAIN_NAME, OS_PUBLIC,
			  buf_text(&domain->text), domain->text.len);
}
