/* One check: is the published list another one than ours? */
#include "check.h"

#include <stddef.h>
#include <stdlib.h>

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

static int
read_head(const char *const roots[], size_t count, struct check *check,
    struct copylist_head *head, struct buf *why)
{
	struct source *source = NULL;
	struct buf text = BUF_INIT, shown = BUF_INIT;
	size_t which;
	int rc;

	rc = source_pick(
	    roots, count, SOURCE_PROBE_MS, &source, &which, &text, why);
	if (rc != 0)
		goto out;
	check->root = text_copy(source_root(source));
	buf_format(&shown, "%s/" COPYLIST_NAME, source_root(source));
	if (check->root == NULL || shown.failed) {
		rc = ERR_NOMEM;
		goto out;
	}
	rc = copylist_read_head(
	    shown.data, buf_text(&text), text.len, head, why);
out:
	source_close(source);
	buf_free(&shown);
	buf_free(&text);
	return rc;
}

int
check_run(const struct client *client, const char *given, struct check *check,
    struct buf *why)
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
	rc = read_head((const char *const *)roots, count, check, &head, why);
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
