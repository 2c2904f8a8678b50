/*
 * /bg: compare here, work elsewhere, so that the logon script goes on. This
 * process takes no lock and changes nothing: the one that it starts does all of
 * it anew, and between the two there is nothing to hand over.
 */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "logfile.h"
#include "steps.h"
#include "text.h"

#define WORDS_MAX 8

struct command {
	char *words[WORDS_MAX + 1];
	size_t count;
	int rc;
};

static void
add_word(struct command *c, char *word)
{
	if (word == NULL || c->count == WORDS_MAX) {
		free(word);
		c->rc = ERR_NOMEM;
		return;
	}
	c->words[c->count++] = word;
}

static void
add_path(struct command *c, const char *name, const char *value)
{
	struct buf word = BUF_INIT;

	if (value == NULL)
		return;
	buf_format(&word, "%s%s", name, value);
	add_word(c, buf_take(&word));
}

static void
add_flag(struct command *c, const char *name, bool set)
{
	if (set)
		add_word(c, text_copy(name));
}

/* The same switches, without /bg. */
static void
add_switches(struct command *c, const struct run_options *o)
{
	add_path(c, "/p:", o->root);
	add_path(c, "/d:", o->dir);
	add_path(c, "/i:", o->common.ini);
	add_path(c, "/c:", o->common.policy);
	add_flag(c, "/f", o->verify);
	add_flag(c, "/k", o->stopped);
}

static int
start(struct run *run)
{
	struct command c = { .count = 0 };
	struct os_child *child = NULL;
	char *self = NULL;
	int rc = os_self(&self);

	if (rc == 0) {
		add_word(&c, self);
		add_switches(&c, run->options);
		rc = c.rc;
	}
	if (rc == 0)
		rc = os_spawn((const char *const *)c.words,
		    OS_DETACHED | OS_QUIET, &child);
	if (rc == 0)
		log_info(run->log, "the work goes on in the background");
	else
		buf_why(&run->why, rc, "%s: cannot be started: %s",
		    c.count > 0 ? c.words[0] : "cli_nt", err_text(rc));
	os_child_free(child);
	while (c.count > 0)
		free(c.words[--c.count]);
	return rc;
}

/* An update that was cut off waits to be completed, whatever the numbers say. */
static bool
is_cut_off(const struct run *run)
{
	struct os_info info;

	return run->state != NULL &&
	    os_info(run->state, LAYOUT_JOURNAL, &info) == 0;
}

int
run_in_background(struct run *run)
{
	if (!is_cut_off(run) && run_is_current(run))
		return 0;
	return start(run);
}
