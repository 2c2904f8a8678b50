/*
 * Reads only, and trusts nothing: a version is what stands in the file, or in
 * the list that was taken. Nobody acts on what is printed here.
 */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "copylist.h"
#include "file.h"
#include "fileversion.h"
#include "inifile.h"
#include "installed.h"
#include "layout.h"
#include "options.h"
#include "path.h"
#include "smsini.h"
#include "text.h"

#define MISSING "missing"
#define DAMAGED "damaged"
#define UNKNOWN "unreadable"
#define NONE	"-"

struct client {
	const struct options_common *common;
	struct smsini *ini;
	struct layout layout;
	struct os_dir *root, *state; /* NULL: they are not there */
	struct installed installed;
	struct copylist *list; /* NULL: it is not there */
	struct buf why;
};

struct row {
	const struct installed_file *file;
	char found[FILEVERSION_TEXT]; /* or a word for why there is none */
	const char *listed;
};

static int
find_client(struct client *c)
{
	char *path = NULL;
	int rc = layout_find_ini(c->common->ini, NULL, &path);

	if (rc == 0)
		rc = smsini_load(path, &c->ini, &c->why);
	if (rc == ERR_NOENT)
		buf_why(&c->why, rc, "%s: no client is installed here", path);
	if (rc != 0)
		goto out;
	rc = layout_make(&c->layout, path, NULL, c->ini->ini);
	if (rc == ERR_NAME)
		rc = buf_why(&c->why, ERR_FORMAT,
		    "%s: [SMS] %s: not an absolute path, or a quote stands in "
		    "it",
		    path, layout_bad_key(c->ini->ini));
out:
	free(path);
	return rc;
}

static int
open_folder(struct client *c, const char *path, struct os_dir **dir)
{
	int rc = os_dir_open(path, dir);

	return rc == 0 || rc == ERR_NOENT
	    ? 0
	    : buf_why(&c->why, rc, "%s: %s", path, err_text(rc));
}

static int
read_list(struct client *c)
{
	struct buf text = BUF_INIT;
	char *shown = path_join(c->layout.state, LAYOUT_LIST);
	int rc = shown == NULL ? ERR_NOMEM : 0;

	if (rc == 0) {
		rc = file_read(c->state, LAYOUT_LIST, COPYLIST_MAX, &text);
		if (rc == 0)
			rc = copylist_parse(shown, buf_text(&text), text.len,
			    &c->list, &c->why);
		else if (rc != ERR_NOENT)
			buf_why(&c->why, rc, "%s: %s", shown, err_text(rc));
	}
	free(shown);
	buf_free(&text);
	return rc == ERR_NOENT ? 0 : rc;
}

static int
read_state(struct client *c)
{
	int rc = open_folder(c, c->layout.client, &c->root);

	if (rc == 0)
		rc = open_folder(c, c->layout.state, &c->state);
	if (rc != 0 || c->state == NULL)
		return rc;
	rc = installed_read(c->state, &c->installed);
	if (rc != 0)
		return buf_why(&c->why, rc, "%s/%s: %s", c->layout.state,
		    LAYOUT_INSTALLED, err_text(rc));
	if (c->installed.damaged)
		return buf_why(&c->why, ERR_FORMAT,
		    "%s/%s: damaged; the next cli_nt mends it", c->layout.state,
		    LAYOUT_INSTALLED);
	return read_list(c);
}

static int
compare_folded(const void *a, const void *b)
{
	const struct copylist_file *fa = a, *fb = b;

	return strcmp(fa->folded, fb->folded);
}

static const char *
listed_version(const struct client *c, const struct installed_file *file)
{
	const struct copylist_component *part = NULL;
	const struct copylist_file *listed = NULL;
	struct copylist_file wanted = { .folded = file->folded };

	if (c->list != NULL)
		part = copylist_component_of(c->list, file->component);
	if (part != NULL && part->count > 0)
		listed = bsearch(&wanted, part->files, part->count,
		    sizeof *part->files, compare_folded);
	return listed == NULL ? NONE : listed->version;
}

/* The version of the file, or a word for why there is none. */
static const char *
read_version(
    const struct client *c, const char *name, struct fileversion *version)
{
	struct os_file *file = NULL;
	int rc = ERR_NOENT;

	memset(version, 0, sizeof *version);
	if (c->root != NULL)
		rc = os_open(c->root, name, OS_READ, OS_PRIVATE, &file);
	if (rc != 0)
		return rc == ERR_NOENT ? MISSING : UNKNOWN;
	rc = fileversion_read(file, version, NULL);
	os_file_close(file);
	switch (rc) {
	case 0: return version->file;
	case ERR_NOENT: return NONE;
	case ERR_FORMAT: return DAMAGED;
	default: return UNKNOWN;
	}
}

static void
make_row(
    const struct client *c, const struct installed_file *file, struct row *row)
{
	struct fileversion version;
	const char *found = read_version(c, file->name, &version);

	row->file = file;
	memcpy(row->found, found, strlen(found) + 1);
	row->listed = listed_version(c, file);
	fileversion_free(&version);
}

/* Is it a program, so that it has a line? */
static bool
is_shown(const struct client *c, const struct row *row)
{
	return c->common->verbose || strcmp(row->found, NONE) != 0 ||
	    strcmp(row->listed, NONE) != 0;
}

/* Is it what the list wants? Where the list knows no version, that it is
 * there is all that can be said. */
static bool
is_right(const struct row *row)
{
	if (strcmp(row->listed, NONE) != 0)
		return strcmp(row->found, row->listed) == 0;
	return strcmp(row->found, MISSING) != 0 &&
	    strcmp(row->found, UNKNOWN) != 0;
}

/* A column; the last one is not filled up. */
static void
add_column(struct buf *line, const char *text, size_t width)
{
	size_t start = line->len;

	text_printable(text, line);
	while (width > 0 && line->len < start + width)
		buf_add_char(line, ' ');
	if (width > 0)
		buf_add_text(line, "  ");
}

static size_t
widest(const struct row *rows, size_t count, bool component)
{
	size_t width = strlen("COMPONENT"), i, len;

	for (i = 0; i < count; i++) {
		len = strlen(
		    component ? rows[i].file->component : rows[i].file->name);
		if (len > width)
			width = len;
	}
	return width;
}

static void
print_rows(const struct row *rows, size_t count)
{
	size_t component = widest(rows, count, true);
	size_t file = widest(rows, count, false), i;
	struct buf line = BUF_INIT;

	for (i = 0; i <= count; i++) {
		buf_clear(&line);
		add_column(&line,
		    i == 0 ? "COMPONENT" : rows[i - 1].file->component,
		    component);
		add_column(
		    &line, i == 0 ? "FILE" : rows[i - 1].file->name, file);
		add_column(&line, i == 0 ? "VERSION" : rows[i - 1].found,
		    FILEVERSION_TEXT - 1);
		add_column(&line, i == 0 ? "LISTED" : rows[i - 1].listed, 0);
		printf("%s\n", buf_text(&line));
	}
	buf_free(&line);
}

static void
print_version(const struct client *c)
{
	const char *version = smsini_get(c->ini, "SMS", "CopyListVersion");
	const char *phase = smsini_get(c->ini, "Local", "SetupPhase");
	struct buf line = BUF_INIT;

	text_printable(c->layout.ini, &line);
	buf_add_text(&line, ": CopyListVersion ");
	text_printable(version == NULL ? NONE : version, &line);
	buf_add_text(&line, ", ");
	text_printable(phase == NULL ? "not installed" : phase, &line);
	printf("%s\n", buf_text(&line));
	buf_free(&line);
}

/* The table; 0 or EXIT_PARTLY, or an error. */
static int
print_programs(const struct client *c)
{
	size_t count = c->installed.count, shown = 0, i;
	struct row *rows = calloc(count + 1, sizeof *rows);
	int code = EXIT_DONE;

	if (rows == NULL)
		return ERR_NOMEM;
	for (i = 0; i < count; i++) {
		make_row(c, &c->installed.files[i], &rows[shown]);
		if (!is_right(&rows[shown]))
			code = EXIT_PARTLY;
		shown += is_shown(c, &rows[shown]);
	}
	if (shown > 0)
		print_rows(rows, shown);
	free(rows);
	return code;
}

static void
free_client(struct client *c)
{
	copylist_free(c->list);
	installed_free(&c->installed);
	os_dir_close(c->root);
	os_dir_close(c->state);
	layout_free(&c->layout);
	smsini_free(c->ini);
	buf_free(&c->why);
}

static void
complain(const struct client *c, int code)
{
	struct buf shown = BUF_INIT;

	text_printable(
	    c->why.len > 0 ? buf_text(&c->why) : err_text(code), &shown);
	fprintf(stderr, "cliver: %s\n", buf_text(&shown));
	buf_free(&shown);
}

int
client_show(const struct options_common *common)
{
	struct client c = { .common = common };
	int rc = find_client(&c);

	/* The client goes on with SMS.BAK or its default places, as cli_nt
	 * would; that is what is to be seen here. */
	if (rc == 0 && c.ini->damaged)
		complain(&c, rc);
	if (rc == 0)
		rc = read_state(&c);
	if (rc == 0) {
		print_version(&c);
		rc = print_programs(&c);
	}
	if (rc < 0)
		complain(&c, rc);
	free_client(&c);
	if (rc >= 0)
		return rc;
	return rc == ERR_FORMAT ? EXIT_INPUT : EXIT_FAILED;
}
