/* Starting the client setup, and our own successor. */
#include "start.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "climonnt.h"
#include "path.h"
#include "text.h"

#define SETUP	  "cli_nt"
#define WORDS_MAX 8

/* A command line: words that were made here, and NULL at the end. */
struct command {
	char *words[WORDS_MAX];
	size_t count;
	int rc;
};

/* Takes over `word`; NULL: out of memory. */
static void
add(struct command *c, char *word)
{
	if (word == NULL || c->count + 1 == WORDS_MAX) {
		free(word);
		c->rc = ERR_NOMEM;
		return;
	}
	c->words[c->count++] = word;
	c->words[c->count] = NULL;
}

static void
add_switch(struct command *c, const char *name, const char *value)
{
	struct buf word = BUF_INIT;

	if (value == NULL)
		return;
	buf_format(&word, "%s%s", name, value);
	add(c, buf_take(&word));
}

static void
add_common(struct command *c, const struct climonnt_options *options)
{
	add_switch(c, "/p:", options->root);
	add_switch(c, "/i:", options->common.ini);
	add_switch(c, "/c:", options->common.policy);
}

static int
run(struct command *c, unsigned how, struct os_child **child, struct buf *why)
{
	size_t i;
	int rc = c->rc;

	if (rc == 0)
		rc = os_spawn((const char *const *)c->words, how, child);
	if (rc != 0)
		buf_why(why, rc, "%s: cannot be started: %s",
		    c->count > 0 ? c->words[0] : SETUP, err_text(rc));
	for (i = 0; i < c->count; i++)
		free(c->words[i]);
	return rc;
}

/* The setup in `folder`; *path is NULL when it is not there. Programs are
 * called .exe where we are; any other end of our own name (climonnt.new) is
 * ours alone. */
static int
find_in(const char *folder, const char *self, char **path)
{
	const char *extension = strrchr(path_name(self), '.');
	struct os_dir *dir = NULL;
	struct buf name = BUF_INIT;
	struct os_info info;
	int rc;

	*path = NULL;
	buf_format(&name, SETUP "%s",
	    extension != NULL && text_same(extension, ".exe") ? extension : "");
	rc = name.failed ? ERR_NOMEM : os_dir_open(folder, &dir);
	if (rc == 0)
		rc = os_info(dir, name.data, &info);
	os_dir_close(dir);
	if (rc == 0)
		*path = path_join(folder, name.data);
	if (rc == ERR_NOMEM || (rc == 0 && *path == NULL))
		rc = ERR_NOMEM;
	else
		rc = 0;
	buf_free(&name);
	return rc;
}

/* SMSBinPath may have been written by anybody who owns the SMS.INI. */
static int
check_trust(const char *path, struct buf *why)
{
	char *culprit = NULL;
	int rc;

	if (!os_is_admin())
		return 0;
	rc = os_trusted(path, &culprit);
	if (rc != 0)
		buf_why(why, rc, "%s: not started: %s", path,
		    culprit == NULL ? err_text(rc) : culprit);
	free(culprit);
	return rc;
}

static int
find_setup(const char *self, const char *bin, char **path, struct buf *why)
{
	char *folder = path_folder(self);
	int rc;

	rc = folder == NULL ? ERR_NOMEM : find_in(folder, self, path);
	if (rc == 0 && *path == NULL && bin != NULL && bin[0] != '\0') {
		rc = find_in(bin, self, path);
		if (rc == 0 && *path != NULL)
			rc = check_trust(*path, why);
	}
	if (rc == 0 && *path == NULL)
		rc = buf_why(why, ERR_NOENT, "no " SETUP " in %s%s%s", folder,
		    bin == NULL ? "" : " or ", bin == NULL ? "" : bin);
	else if (rc == ERR_NOMEM)
		buf_why(why, rc, "%s", err_text(rc));
	free(folder);
	return rc;
}

int
start_setup(const struct climonnt_options *options, const char *self,
    const char *bin, struct os_child **child, struct buf *why)
{
	struct command c = { .count = 0 };
	char *path = NULL;
	int rc;

	rc = find_setup(self, bin, &path, why);
	if (rc != 0) {
		free(path);
		return rc;
	}
	add(&c, path);
	add_common(&c, options);
	return run(&c, options->quiet ? OS_QUIET : 0, child, why);
}

int
start_successor(const struct climonnt_options *options, const char *self,
    struct os_child **child, struct buf *why)
{
	struct command c = { .count = 0 };

	add(&c, text_copy(self));
	add_common(&c, options);
	if (options->quiet)
		add(&c, text_copy("/quiet"));
	if (options->common.verbose)
		add(&c, text_copy("/v"));
	return run(&c, 0, child, why);
}
