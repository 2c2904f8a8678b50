/* What ccm knows beside the machine that it is at: its own client, the logon
 * root, the policy, the service manager. */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "ccm.h"
#include "copylist.h"
#include "facts.h"
#include "inifile.h"
#include "logfile.h"
#include "server.h"
#include "smsini.h"
#include "source.h"
#include "text.h"
#include "trust.h"

#define ROOT_AGAIN (60 * OS_SECOND) /* between two searches in vain */
#define LIST_AGAIN (2 * OS_SECOND)  /* between two looks at the list's head */

/* The switches name a client's own SMS.INI, or one for each machine (%m). */
static const char *
own_ini(const struct ccm_options *o)
{
	return o->template == NULL ? o->common.ini : NULL;
}

static int
load_own(struct server *s, const char *path, struct buf *why)
{
	int rc = trust_check(path, why);

	if (rc == 0)
		rc = smsini_load(path, &s->ini, why);
	if (rc != ERR_NOENT)
		return rc;
	buf_clear(why);
	return 0;
}

static int
find_own(struct server *s, struct buf *why)
{
	const char *bad = NULL;
	char *path = NULL;
	int rc = layout_find_ini(own_ini(s->options), NULL, &path);

	if (rc == 0 && (rc = load_own(s, path, why)) == 0)
		rc = layout_make(&s->layout, path, NULL,
		    s->ini != NULL ? s->ini->ini : NULL);
	if (rc == ERR_NAME && s->ini != NULL &&
	    (bad = layout_bad_key(s->ini->ini)) != NULL)
		rc = buf_why(why, ERR_FORMAT,
		    "%s: [SMS] %s: not an absolute path, or a quote stands in "
		    "it",
		    path, bad);
	free(path);
	return rc;
}

int
server_open(const struct ccm_options *options, struct logfile *log,
    struct server **server, struct buf *why)
{
	struct server *s = calloc(1, sizeof(*s));
	int rc;

	*server = NULL;
	if (s == NULL)
		return ERR_NOMEM;
	s->options = options;
	s->log = log;
	if ((rc = find_own(s, why)) == 0)
		rc = policy_load(
		    options->common.policy, &s->layout, &s->policy, why);
	if (rc != 0) {
		server_close(s);
		return rc;
	}
	*server = s;
	return 0;
}

void
server_close(struct server *s)
{
	if (s == NULL)
		return;
	os_services_close(s->manager);
	copylist_free(s->list);
	source_close(s->source);
	policy_free(&s->policy);
	smsini_free(s->ini);
	layout_free(&s->layout);
	free(s->root);
	free(s);
}

static void
find_root(struct server *s)
{
	struct buf head = BUF_INIT, why = BUF_INIT;
	char **roots = NULL;
	size_t count = 0, which = 0;
	int rc = smsini_roots(s->ini, s->options->root, &roots, &count);

	s->asked = os_ticks();
	source_close(s->source);
	s->source = NULL;
	if (rc == 0)
		rc = source_pick((const char *const *)roots, count,
		    SOURCE_PROBE_MS, &s->source, &which, &head, &why);
	free(s->root);
	s->root = rc == 0 ? text_copy(roots[which]) : NULL;
	smsini_roots_free(roots, count);
	buf_free(&head);
	buf_free(&why);
}

const char *
server_root(struct server *s)
{
	if (s->root == NULL &&
	    (s->asked == 0 || os_ticks() - s->asked > ROOT_AGAIN))
		find_root(s);
	return s->root;
}

void
server_lose_root(struct server *s)
{
	source_close(s->source);
	s->source = NULL;
	free(s->root);
	s->root = NULL;
	s->asked = os_ticks();
	copylist_free(s->list);
	s->list = NULL;
}

/* Which components DOMAIN.INI names. */
static int
select_named(struct server *s)
{
	const struct source_want want = { .digest = s->list->domain_digest,
		.size = s->list->domain_size };
	struct facts facts = { NULL, NULL, NULL, NULL, NULL, NULL };
	struct inifile *domain = NULL;
	struct buf text = BUF_INIT;
	int rc = 0;

	if (*s->list->domain_digest != '\0')
		rc = source_read(s->source, &want, &text, NULL);
	if (rc == 0)
		rc = inifile_parse("DOMAIN.INI", buf_text(&text), text.len,
		    INIFILE_DIALECT, &domain, NULL);
	if (rc == 0)
		rc = facts_make(&facts, NULL, NULL);
	if (rc == 0)
		rc = copylist_select(s->list, COPYLIST_NAME, &facts,
		    inifile_get(domain, "SMS", "Components"), NULL);
	facts_free(&facts);
	inifile_free(domain);
	buf_free(&text);
	return rc;
}

static int
read_list(struct server *s)
{
	struct buf text = BUF_INIT;
	int rc = source_list(s->source, &text, NULL);
	size_t i;

	copylist_free(s->list);
	s->list = NULL;
	if (rc == 0)
		rc = copylist_parse(
		    COPYLIST_NAME, buf_text(&text), text.len, &s->list, NULL);
	buf_free(&text);
	s->conditional = false;
	for (i = 0; rc == 0 && i < s->list->count; i++)
		if (s->list->components[i].when != NULL)
			s->conditional = true;
	return rc == 0 ? select_named(s) : rc;
}

struct copylist *
server_list(struct server *s, int64_t since)
{
	struct buf head = BUF_INIT;
	struct copylist_head read;
	int64_t now = os_ticks();
	int rc = 0;

	if (server_root(s) == NULL)
		return NULL;
	if (s->list != NULL && s->looked >= since &&
	    now - s->looked < LIST_AGAIN)
		return s->conditional ? NULL : s->list;
	if (s->source == NULL) {
		find_root(s);
		if (s->source == NULL)
			return NULL;
	}
	rc = source_head(s->source, SOURCE_PROBE_MS, &head);
	if (rc == 0)
		rc = copylist_read_head(
		    COPYLIST_NAME, buf_text(&head), head.len, &read, NULL);
	if (rc == 0 && (s->list == NULL || s->list->version != read.version))
		rc = read_list(s);
	buf_free(&head);
	if (rc != 0) {
		server_lose_root(s);
		return NULL;
	}
	s->looked = now;
	return s->conditional ? NULL : s->list;
}

const struct layout *
server_layout(struct server *s)
{
	return s->options->template == NULL ? &s->layout : NULL;
}

const struct policy *
server_policy(struct server *s)
{
	return &s->policy;
}

struct os_services *
server_manager(struct server *s, const char *machine, const char **reason)
{
	int rc;

	if (s->manager != NULL && s->options->template == NULL)
		return s->manager;
	os_services_close(s->manager);
	s->manager = NULL;
	rc = os_services_open(
	    s->options->template != NULL ? machine : NULL, &s->manager);
	if (rc == 0) {
		if (!s->manager_told)
			log_info(s->log, "services are run by %s",
			    os_services_name(s->manager));
		s->manager_told = true;
		return s->manager;
	}
	*reason = s->options->template != NULL ? "needs ccm on that machine"
					       : "no service manager runs here";
	return NULL;
}
