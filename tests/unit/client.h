/*
 * A client and its logon server in the fake, for the tests of the update's
 * modules: a list with its store is published from a table, and a whole run
 * goes as cli_nt's does, but for what is no part of the update.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/copylist.h"
#include "../../lib/digest.h"
#include "../../lib/facts.h"
#include "../../lib/layout.h"
#include "../../lib/smsini.h"
#include "../../lib/source.h"
#include "../../lib/store.h"
#include "../../lib/update.h"
#include "../../platform/err.h"
#include "../fake/fake.h"

#define CLIENT "/opt/sms"
#define STAGE  CLIENT "/.stage"
#define ROOT   "/var/lib/sms"
#define STATE  ROOT "/STATE"
#define INI    ROOT "/SMS.INI"
#define SHARE  "//dc1/sms"
#define TREE   "/net/dc1/sms"
#define DATE   "2026-11-19T08:30:00Z"
#define MTIME  (FAKE_START - 2010 * 60 * OS_SECOND) /* that date */

/* One file of a list; a table ends with a NULL component. A component whose
 * name begins with '+' is a service. */
struct listed {
	const char *component;
	const char *name;
	const char *content;
	const char *flags; /* NULL: none */
};

/* What a run came to. */
struct run_result {
	int rc;
	bool current; /* there was nothing to do */
	bool lost;
	bool verify;
	struct update_recovery recovery;
	struct update_result result;
	struct buf why;
};

/* What a test may change about its runs. */
struct try_options {
	bool services;
	bool verify;
	struct update_hooks hooks;
	const char *domain; /* DOMAIN.INI, or NULL */
};

static inline const char *
digest_text(const char *content, char hex[DIGEST_TEXT])
{
	if (digest_of(content, strlen(content), hex) != 0)
		abort();
	return hex;
}

/* The path of a content in the published tree; good until the next call. */
static inline const char *
store_path(const char *content)
{
	static char path[200];
	char hex[DIGEST_TEXT];

	digest_text(content, hex);
	snprintf(path, sizeof path, TREE "/store/%.2s/%s", hex, hex);
	return path;
}

static inline bool
is_new_component(const struct listed *files, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(files[i].component, files[n].component) == 0)
			return false;
	return true;
}

static inline void
add_component(struct buf *text, const struct listed *files, size_t n)
{
	const char *name = files[n].component;
	char hex[DIGEST_TEXT];
	bool service = *name == '+';

	name += service;
	buf_format(text, "[Component %s]\r\nType=%s\r\n", name,
	    service ? "service" : "files");
	if (service)
		buf_format(
		    text, "Service=%s\r\nBinary=%s\r\n", name, files[n].name);
	buf_format(text, "[Files %s]\r\n", name);
	for (size_t i = n; files[i].component != NULL; i++) {
		if (strcmp(files[i].component, files[n].component) != 0)
			continue;
		buf_format(text, "%s=%zu,%s,-," DATE "%s%s\r\n", files[i].name,
		    strlen(files[i].content),
		    digest_text(files[i].content, hex),
		    files[i].flags != NULL ? "," : "",
		    files[i].flags != NULL ? files[i].flags : "");
	}
}

/* The text of a list; the caller frees it. */
static inline char *
list_text(uint64_t version, const struct listed *files)
{
	struct buf text = BUF_INIT;

	buf_format(&text, "[SMS]\r\nCopyListVersion=%" PRIu64 "\r\n", version);
	for (size_t i = 0; files[i].component != NULL; i++)
		if (is_new_component(files, i))
			add_component(&text, files, i);
	return buf_take(&text);
}

static inline void
publish(uint64_t version, const struct listed *files)
{
	char *text = list_text(version, files);

	for (size_t i = 0; files[i].component != NULL; i++)
		fake_put(store_path(files[i].content), files[i].content);
	fake_put(TREE "/cl_nt.txt", text);
	free(text);
}

/* An empty client: its folders, no SMS.INI. */
static inline void
start_client(void)
{
	fake_reset();
	fake_put_folder(CLIENT);
	fake_put_folder(STATE);
	fake_put_folder(TREE);
}

static inline const struct layout *
client_layout(void)
{
	static char ini[] = INI, client[] = CLIENT, root[] = ROOT,
		    state[] = STATE, invdata[] = ROOT "/INVDATA",
		    logs[] = ROOT "/LOGS", temp[] = ROOT "/TEMP",
		    requests[] = ROOT "/ccr.box";
	static const struct layout layout = { ini, client, root, state, invdata,
		logs, temp, requests };

	return &layout;
}

static inline struct copylist *
parse_list(const char *text, size_t len)
{
	struct copylist *list = NULL;
	struct buf why = BUF_INIT;

	if (copylist_parse("cl_nt.txt", text, len, &list, &why) != 0) {
		fprintf(stderr, "list: %s\n", buf_text(&why));
		buf_free(&why);
		return NULL;
	}
	for (size_t i = 0; i < list->count; i++)
		list->components[i].wanted = true;
	return list;
}

/* The parts of a run that are opened one after the other. */
struct run_parts {
	struct os_dir *client, *state;
	struct smsini *ini;
	struct source *source;
	struct copylist *list;
	struct buf text, domain;
};

static inline int
try_update(
    struct run_parts *p, const struct try_options *o, struct run_result *r)
{
	static const struct iniedit_change begin[] = {
		{ "SMS", "SMS Unique ID", "PLN00001" },
		{ "SMS", "SMSPath", CLIENT },
	}, done[] = {
		{ "SMS", "SiteCode", "PLN" },
	};
	struct update_job job = {
		.layout = client_layout(),
		.client = p->client,
		.state = p->state,
		.ini = p->ini,
		.list = p->list,
		.list_text = &p->text,
		.source = p->source,
		.domain_text = o->domain != NULL ? &p->domain : NULL,
		.services = o->services,
		.verify = o->verify || r->verify,
		.now = os_clock(),
		.begin = begin,
		.begins = 2,
		.done = done,
		.dones = 1,
		.hooks = o->hooks,
	};
	struct update update;
	int rc = update_plan(&job, &update, &r->why);

	if (rc != 0)
		return rc;
	rc = update_run(&update, &r->result, &r->lost, &r->why);
	update_free(&update);
	return rc;
}

static inline int
run_load(struct run_parts *p, struct run_result *r)
{
	int rc = smsini_load(INI, &p->ini, &r->why);

	if (rc != 0 && rc != ERR_NOENT)
		return rc;
	if (p->ini != NULL && p->ini->phase != PHASE_INSTALLED)
		r->verify = true;
	buf_clear(&r->why);
	return 0;
}

static inline int
run_list(struct run_parts *p, struct run_result *r)
{
	static const char *const roots[] = { SHARE };
	struct buf head = BUF_INIT;
	size_t which;
	int rc = source_pick(
	    roots, 1, SOURCE_PROBE_MS, &p->source, &which, &head, &r->why);

	buf_free(&head);
	if (rc == 0)
		rc = source_list(p->source, &p->text, &r->why);
	if (rc == 0)
		rc = copylist_parse("cl_nt.txt", buf_text(&p->text),
		    p->text.len, &p->list, &r->why);
	for (size_t i = 0; rc == 0 && i < p->list->count; i++)
		p->list->components[i].wanted = true;
	return rc;
}

static inline int
run_all(struct run_parts *p, const struct try_options *o, struct run_result *r)
{
	int rc;

	buf_add_text(&r->why, "cannot open the client");
	if ((rc = os_dir_open(CLIENT, &p->client)) != 0 ||
	    (rc = os_dir_open(STATE, &p->state)) != 0)
		return rc;
	buf_clear(&r->why);
	if ((rc = update_recover(client_layout(), p->client, p->state,
		 &r->recovery, &r->why)) != 0 ||
	    (rc = run_load(p, r)) != 0 || (rc = run_list(p, r)) != 0)
		return rc;
	r->verify = r->verify || r->recovery.journal || r->recovery.damaged;
	r->current = p->ini != NULL && p->ini->has_version &&
	    p->ini->version == p->list->version && !r->verify && !o->verify;
	if (r->current)
		return 0;
	if (o->domain != NULL &&
	    (rc = buf_add_text(&p->domain, o->domain)) != 0)
		return rc;
	return try_update(p, o, r);
}

/* A run from its beginning; what it came to is in *r, to be freed by
 * run_free. */
static inline int
run_with(const struct try_options *o, struct run_result *r)
{
	struct run_parts p = { .text = BUF_INIT };

	memset(r, 0, sizeof *r);
	r->rc = run_all(&p, o, r);
	copylist_free(p.list);
	source_close(p.source);
	smsini_free(p.ini);
	os_dir_close(p.client);
	os_dir_close(p.state);
	buf_free(&p.text);
	buf_free(&p.domain);
	return r->rc;
}

static inline int
run_client(struct run_result *r)
{
	const struct try_options none = { .services = false };

	return run_with(&none, r);
}

static inline void
run_free(struct run_result *r)
{
	update_result_free(&r->result);
	update_recovery_free(&r->recovery);
	buf_free(&r->why);
}

/* A run that must succeed, and whose outcome is of no more interest. */
static inline void
run_well(void)
{
	struct run_result r;

	if (run_client(&r) != 0 || r.result.held > 0) {
		fprintf(stderr, "run: %d %s\n", r.rc, buf_text(&r.why));
		for (size_t i = 0; i < r.result.count; i++)
			fprintf(stderr, "  %s: %s\n", r.result.list[i].name,
			    r.result.list[i].reason != NULL
				? r.result.list[i].reason
				: "");
		abort();
	}
	run_free(&r);
}

/* A key of SMS.INI as it is on the disk, "" when it is not there; good until
 * the next call. */
static inline const char *
ini_value(const char *section, const char *key)
{
	static char value[400];
	struct smsini *ini = NULL;
	const char *text;

	if (smsini_load(INI, &ini, NULL) != 0)
		return "";
	text = smsini_get(ini, section, key);
	snprintf(value, sizeof value, "%s", text != NULL ? text : "");
	smsini_free(ini);
	return value;
}

#endif
