/* One check: is the published list another one than ours? */
#include "check.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "client.h"
#include "copylist.h"
#include "smsini.h"
#include "source.h"
#include "text.h"

void
check_compare(const struct smsini *ini, uint64_t offered, int64_t now,
    struct check *check)
{
	check->offered = offered;
	check->start = false;
	check->again = 0;
	if (ini != NULL && ini->has_version && ini->version == offered &&
	    ini->phase == PHASE_INSTALLED)
		return;
	/* A run that could not install everything of this very list says when
	 * it is worth another one. */
	if (ini != NULL && smsini_must_wait(ini, offered, now))
		check->again = ini->next_try;
	else
		check->start = true;
}

/* The first choice is asked again through the reader that it has already. */
static int
ask_kept(const char *const roots[], struct source **kept, struct buf *text)
{
	int rc = ERR_NOENT;

	if (*kept != NULL && strcmp(source_root(*kept), roots[0]) == 0)
		rc = source_head(*kept, SOURCE_PROBE_MS, text);
	if (rc != 0) {
		source_close(*kept);
		*kept = NULL;
	}
	return rc;
}

/* Any other root is asked anew each time, so that one before it gets its
 * chance; its reader goes with the check. */
static int
ask_all(const char *const roots[], size_t count, struct source **kept,
    struct check *check, struct buf *text, struct buf *why)
{
	struct source *source = NULL;
	size_t which;
	int rc;

	rc = source_pick(
	    roots, count, SOURCE_PROBE_MS, &source, &which, text, why);
	if (rc != 0)
		return rc;
	check->root = text_copy(source_root(source));
	if (which == 0)
		*kept = source;
	else
		source_close(source);
	return check->root == NULL ? ERR_NOMEM : 0;
}

static int
read_head(const char *const roots[], size_t count, struct source **kept,
    struct check *check, struct copylist_head *head, struct buf *why)
{
	struct buf text = BUF_INIT, shown = BUF_INIT;
	int rc;

	rc = ask_kept(roots, kept, &text);
	if (rc == 0)
		rc = (check->root = text_copy(roots[0])) ? 0 : ERR_NOMEM;
	else if (rc != ERR_STOP)
		rc = ask_all(roots, count, kept, check, &text, why);
	if (rc != 0)
		goto out;
	buf_format(&shown, "%s/" COPYLIST_NAME, check->root);
	rc = shown.failed ? ERR_NOMEM
			  : copylist_read_head(shown.data, buf_text(&text),
				text.len, head, why);
out:
	buf_free(&shown);
	buf_free(&text);
	return rc;
}

int
check_run(const struct client *client, const char *given, struct source **kept,
    struct check *check, struct buf *why)
{
	struct copylist_head head;
	char **roots = NULL;
	size_t count = 0;
	int rc;

	*check = (struct check){ .root = NULL };
	rc = smsini_roots(client->ini, given, &roots, &count);
	if (rc == ERR_NOENT)
		return buf_why(why, ERR_HOST, "%s: no logon server is known",
		    client->layout.ini);
	if (rc != 0)
		return buf_why(why, rc, "%s", err_text(rc));
	rc = read_head(
	    (const char *const *)roots, count, kept, check, &head, why);
	smsini_roots_free(roots, count);
	if (rc == 0)
		check_compare(client->ini, head.version, os_clock(), check);
	else
		check_free(check);
	return rc;
}

void
check_free(struct check *check)
{
	free(check->root);
	check->root = NULL;
}
