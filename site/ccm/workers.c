/* Further instances of this program. */
#include "workers.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "ccm.h"
#include "logfile.h"
#include "options.h"

#define WORDS 16 /* more than there are switches */

void
workers_open(struct workers *workers, const struct ccm_options *options,
    struct logfile *log)
{
	long wanted = options->workers > 0 ? options->workers
					   : (long)os_cores();

	*workers = (struct workers){ .options = options, .log = log };
	if (options->template == NULL || wanted < 1)
		wanted = 1;
	if (wanted > WORKERS_MAX)
		wanted = WORKERS_MAX;
	workers->most = (size_t)wanted - 1;
}

static void
add(struct buf *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_format(out, "--%s=%s", name, value);
	buf_add(out, "", 1);
}

int
workers_switches(const struct ccm_options *options, struct buf *out)
{
	add(out, "root", options->root);
	add(out, "queue", options->box);
	add(out, "template", options->template);
	add(out, "ini", options->common.ini);
	add(out, "policy", options->common.policy);
	if (options->common.verbose)
		buf_add(out, "--verbose", sizeof "--verbose");
	return out->failed ? ERR_NOMEM : 0;
}

static int
start(struct workers *workers, struct os_child **child)
{
	const char *argv[WORDS], *word;
	struct buf switches = BUF_INIT;
	char *self = NULL;
	size_t count = 0;
	int rc;

	rc = os_self(&self);
	if (rc == 0)
		rc = workers_switches(workers->options, &switches);
	if (rc != 0)
		goto out;
	argv[count++] = self;
	argv[count++] = "--once";
	argv[count++] = "--workers=1";
	for (word = switches.data;
	     word != NULL && word != switches.data + switches.len;
	     word += strlen(word) + 1)
		argv[count++] = word;
	argv[count] = NULL;
	rc = os_spawn(argv, 0, child);
out:
	buf_free(&switches);
	free(self);
	return rc;
}

void
workers_start(struct workers *workers, size_t machines)
{
	size_t i, most = workers->most;
	int rc = 0;

	if (machines - 1 < most)
		most = machines - 1;
	for (i = 0; rc == 0 && i < most; i++)
		if (workers->child[i] == NULL)
			rc = start(workers, &workers->child[i]);
	if (rc != 0)
		log_warning(workers->log,
		    "no further instance can be started: %s", err_text(rc));
}

int
workers_reap(struct workers *workers, bool wait)
{
	size_t i;
	int code, rc;

	for (i = 0; i < workers->most; i++) {
		if (workers->child[i] == NULL)
			continue;
		rc = os_child_wait(workers->child[i], wait ? -1 : 0, &code);
		if (rc == ERR_STOP)
			return rc;
		if (rc == ERR_TIMEOUT)
			continue;
		if (rc != 0 || code != EXIT_DONE)
			workers->left = true;
		if (rc == 0 && code == EXIT_PARTLY)
			workers->partly = true;
		os_child_free(workers->child[i]);
		workers->child[i] = NULL;
	}
	return 0;
}

void
workers_close(struct workers *workers)
{
	size_t i;

	for (i = 0; i < workers->most; i++) {
		if (workers->child[i] == NULL)
			continue;
		os_child_end(workers->child[i]);
		os_child_free(workers->child[i]);
		workers->child[i] = NULL;
	}
}
