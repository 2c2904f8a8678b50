/*
 * The box of a logon server is open to everybody; a request only says which
 * machine, so none is needed to be anything to drop one.
 */
#include "request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"

#include "ccr.h"
#include "client.h"
#include "identity.h"
#include "path.h"
#include "setclcfg.h"
#include "smsini.h"
#include "text.h"

#define SHARE	"/SMS_SHR"
#define SEND_MS 10000 /* the box may be on a server that hangs */
#define DEFAULT "*"
#define NUMBER	"00001" /* of the default request ID, behind the site code */

/* Is it the name of a server, not a path? */
static bool
is_server(const char *word)
{
	return *word != '\0' && *word != '.' && strpbrk(word, "/\\:") == NULL;
}

/* \\server and server mean the share that clients use. */
static int
box_of(struct client *c, const char *word, char **box)
{
	struct buf root = BUF_INIT;
	char *clean = path_clean(word);

	if (clean == NULL)
		return ERR_NOMEM;
	if (strchr(word, '"') != NULL ||
	    (!is_server(clean) && !path_is_absolute(clean))) {
		free(clean);
		return buf_why(&c->why, ERR_ARG,
		    "%s: neither a server nor the absolute path of a logon "
		    "root",
		    word);
	}
	buf_add_text(&root, is_server(clean) ? "//" : "");
	buf_add_text(&root, clean);
	if (is_server(clean) ||
	    (strncmp(clean, "//", 2) == 0 && is_server(clean + 2)))
		buf_add_text(&root, SHARE);
	*box = root.failed ? NULL : path_join(root.data, CCR_BOX);
	buf_free(&root);
	free(clean);
	return *box == NULL ? ERR_NOMEM : 0;
}

/* `*` is <site>00001, as the original named it (S5C3B). */
static int
id_of(struct client *c, const char *word, struct buf *id)
{
	const char *site = c->ini == NULL ? NULL : c->ini->site;

	if (strcmp(word, DEFAULT) != 0)
		return buf_add_text(id, word);
	if (site == NULL || !identity_is_site(site))
		site = IDENTITY_NO_SITE;
	return buf_format(id, "%s" NUMBER, site);
}

static int
send(struct client *c, const char *box, const char *id)
{
	struct ccr_sender sender = {
		.smsid = id,
		.machine = c->machine,
		.domain = c->ini == NULL ? NULL : c->ini->domain,
	};
	int rc = ccr_send(box, &sender, SEND_MS, &c->why);

	switch (rc) {
	case ERR_NOENT:
	case ERR_NOTDIR:
	case ERR_TIMEOUT:
	case ERR_AUTH: return ERR_HOST; /* with the words of ccr_send */
	default: return rc;
	}
}

int
request_drop(struct client *c)
{
	struct buf id = BUF_INIT, line = BUF_INIT;
	char *box = NULL;
	int rc = box_of(c, c->options->words[1], &box);

	if (rc == 0)
		rc = client_find(c);
	if (rc == 0)
		rc = id_of(c, c->options->words[2], &id);
	if (rc == 0)
		rc = buf_format(&line, "%s: requested, %s/%s.CCR", c->machine,
		    box, buf_text(&id));
	if (rc == 0)
		rc = send(c, box, buf_text(&id));
	if (rc == 0)
		printf("%s\n", buf_text(&line));
	buf_free(&line);
	buf_free(&id);
	free(box);
	return rc;
}
