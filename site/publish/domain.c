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
#include "inifile.h"
#include "sources.h"
#include "text.h"

#define DOMAIN_MAX	((size_t)1 << 20)
#define MADE	"; made by publish: put a DOMAIN.INI with the site code\r\n" \
		"; at the top of the source folder\r\n" \
		"[SMS]\r\nSiteCode=" DOMAIN_NO_SITE "\r\n"

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
	domain->no_site = site == NULL || *site == '\0' ||
	    text_same(site, DOMAIN_NO_SITE);
	inifile_free(ini);
	return digest_of(buf_text(&domain->text), domain->text.len,
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
		rc = read_text(sources->dir, sources->domain,
		    buf_text(&shown), domain, why);
		if (rc == ERR_NOENT)
			sources_why(sources, sources->domain, rc, why);
		goto out;
	}
	buf_format(&shown, "%s/" DOMAIN_NAME, root_shown);
	if (root != NULL)
		rc = read_text(root, DOMAIN_NAME, buf_text(&shown), domain,
		    why);
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
	return same ? 0 : file_write(root, DOMAIN_NAME, OS_PUBLIC,
	    buf_text(&domain->text), domain->text.len);
}
