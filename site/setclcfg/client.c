/*
 * Of a client that is seen from outside (/t) everything stands below its root:
 * the paths in its SMS.INI are its own.
 */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "copylist.h"
#include "file.h"
#include "path.h"
#include "setclcfg.h"
#include "smsini.h"
#include "text.h"

#define THIS	 "*"
#define MACHINE	 "%m"
#define INI_NAME "SMS.INI"
#define NAME_MAX 15 /* of a machine that is not ours, as ccm takes it */

static bool
is_machine_name(const char *name, size_t max)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789_-";
	size_t len = strlen(name);

	return len > 0 && len <= max && strspn(name, letters) == len;
}

int
client_name(struct client *c)
{
	const char *word = c->options->words[0];
	char *host = NULL;
	int rc = os_host(&host);

	if (rc == ERR_NOMEM)
		return rc;
	c->own = strcmp(word, THIS) == 0 ||
	    (host != NULL && text_same(host, word));
	if (c->own && host == NULL)
		return buf_why(
		    &c->why, rc, "this machine has no name: %s", err_text(rc));
	if (!c->own && !is_machine_name(word, NAME_MAX))
		rc = buf_why(&c->why, ERR_ARG,
		    "%s: not the name of a machine: 1 to 15 of A to Z, 0 to 9, "
		    "- and _, or * for this one",
		    word);
	else
		rc = 0;
	if (rc == 0) {
		c->machine = text_copy(c->own ? host : word);
		rc = c->machine == NULL ? ERR_NOMEM : 0;
	}
	free(host);
	return rc;
}

/* `text` with the machine for each %m. */
static int
expand(const struct client *c, const char *text, char **out)
{
	struct buf path = BUF_INIT;
	const char *at;

	while ((at = strstr(text, MACHINE)) != NULL) {
		buf_add(&path, text, (size_t)(at - text));
		buf_add_text(&path, c->machine);
		text = at + strlen(MACHINE);
	}
	buf_add_text(&path, text);
	*out = buf_take(&path);
	buf_free(&path);
	return *out == NULL ? ERR_NOMEM : 0;
}

static int
find_by_template(struct client *c)
{
	const char *template = c->options->template;
	int rc;

	if (strstr(template, MACHINE) == NULL)
		return buf_why(&c->why, ERR_ARG,
		    "%s: no " MACHINE " in it: all machines would be the same",
		    template);
	if (!is_machine_name(c->machine, NAME_MAX))
		return buf_why(&c->why, ERR_ARG,
		    "%s: not a name that /t can take", c->machine);
	rc = expand(c, template, &c->root);
	if (rc == 0 && c->options->common.ini != NULL)
		return expand(c, c->options->common.ini, &c->ini_path);
	if (rc == 0) {
		c->ini_path = path_join(c->root, INI_NAME);
		rc = c->ini_path == NULL ? ERR_NOMEM : 0;
	}
	return rc;
}

int
client_find(struct client *c)
{
	int rc;

	if (c->options->template != NULL)
		rc = find_by_template(c);
	else
		rc = layout_find_ini(
		    c->options->common.ini, NULL, &c->ini_path);
	if (rc == 0)
		rc = smsini_load(c->ini_path, &c->ini, &c->why);
	if (rc == ERR_NOENT) {
		buf_clear(&c->why);
		return 0;
	}
	if (rc == 0 && c->ini->damaged)
		client_complain(c, rc);
	return rc;
}

int
client_locate(struct client *c)
{
	int rc;

	if (!c->own && c->root == NULL)
		return buf_why(&c->why, ERR_ARG,
		    "%s: not this machine; /t:TEMPLATE says where its client "
		    "is",
		    c->machine);
	if (c->ini == NULL && c->root == NULL)
		return buf_why(&c->why, ERR_NOENT,
		    "%s: no client is installed here", c->ini_path);
	rc = layout_make(&c->layout, c->ini_path, c->root,
	    c->root != NULL ? NULL : c->ini->ini);
	if (rc == ERR_NAME && c->root == NULL)
		return buf_why(&c->why, ERR_FORMAT,
		    "%s: [SMS] %s: not an absolute path, or a quote stands in "
		    "it",
		    c->ini_path, layout_bad_key(c->ini->ini));
	if (rc != 0)
		return buf_why(&c->why, rc, "%s: %s",
		    c->root != NULL ? c->root : c->ini_path, err_text(rc));
	rc = os_dir_open(c->layout.state, &c->state);
	return rc == 0
	    ? 0
	    : buf_why(&c->why, rc, "%s: %s", c->layout.state, err_text(rc));
}

/* An administrator's word is not kept where others may change it, nor where
 * somebody else's SMS.INI says. */
static int
check_trust(struct client *c)
{
	const char *const paths[] = { c->layout.state_root, c->layout.state,
		c->ini_path };
	size_t which = 0;
	char *culprit = NULL;
	int rc;

	if (!os_is_admin())
		return 0;
	/* With /t nothing of SMS.INI is used. */
	rc = os_trusted_all(paths, c->root == NULL ? 3 : 2, &which, &culprit);
	/* SMS.BAK stands in for it, and was asked the same. */
	if (rc == ERR_NOENT && which == 2)
		rc = 0;
	if (rc == ERR_UNTRUSTED)
		buf_why(&c->why, rc,
		    "%s: not used, others than administrators may change it: "
		    "%s",
		    paths[which], culprit != NULL ? culprit : err_text(rc));
	else if (rc != 0)
		buf_why(&c->why, rc, "%s: not used: %s", paths[which],
		    err_text(rc));
	free(culprit);
	return rc;
}

int
client_lock(struct client *c)
{
	int rc = os_may_write(c->layout.state);

	if (rc == ERR_ACCES)
		return buf_why(&c->why, rc,
		    "%s: only an administrator may set states",
		    c->layout.state);
	if (rc != 0)
		return buf_why(
		    &c->why, rc, "%s: %s", c->layout.state, err_text(rc));
	rc = check_trust(c);
	if (rc != 0)
		return rc;
	rc = os_lock_take(c->state, LAYOUT_LOCK, OS_PRIVATE, 0, &c->lock);
	if (rc == ERR_BUSY)
		return buf_why(&c->why, rc,
		    "%s: a run of ccm or client setup is at work; try later",
		    c->layout.state);
	return rc == 0 ? 0
		       : buf_why(&c->why, rc, "%s/" LAYOUT_LOCK ": %s",
			     c->layout.state, err_text(rc));
}

/* A list that cannot be used names no component; cli_nt writes it anew. */
static int
read_list(struct client *c)
{
	struct buf text = BUF_INIT;
	int rc = file_read(c->state, LAYOUT_LIST, COPYLIST_MAX, &text);

	if (rc == 0)
		rc = copylist_parse(
		    LAYOUT_LIST, buf_text(&text), text.len, &c->list, &c->why);
	else if (rc != ERR_NOENT)
		buf_why(&c->why, rc, LAYOUT_LIST ": %s", err_text(rc));
	buf_free(&text);
	if (rc != 0 && rc != ERR_NOENT && rc != ERR_NOMEM)
		client_complain(c, rc);
	return rc == ERR_NOMEM ? rc : 0;
}

int
client_read(struct client *c)
{
	int rc = read_list(c);

	buf_clear(&c->why);
	if (rc == 0)
		rc = services_read(c->state, &c->services, &c->why);
	if (rc == 0 && c->services.damaged)
		client_complain(c, rc);
	return rc;
}

void
client_complain(const struct client *c, int code)
{
	struct buf shown = BUF_INIT;

	text_printable(
	    c->why.len > 0 ? buf_text(&c->why) : err_text(code), &shown);
	fprintf(stderr, "setclcfg: %s\n", buf_text(&shown));
	buf_free(&shown);
}

void
client_free(struct client *c)
{
	services_free(&c->services);
	copylist_free(c->list);
	os_lock_drop(c->lock);
	os_dir_close(c->state);
	layout_free(&c->layout);
	smsini_free(c->ini);
	free(c->ini_path);
	free(c->root);
	free(c->machine);
	buf_free(&c->why);
}
