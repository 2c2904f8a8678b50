/*
 * One component of the copy list: its keys, and the files that belong to it.
 */
#include "copylist.h"

#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "buf.h"
#include "copylist_format.h"
#include "inifile.h"
#include "text.h"

int
copylist_key_copy(
    const struct copylist_section *section, const char *key, char **to)
{
	const struct inifile_entry *e;

	e = copylist_entry(section, key);
	if (e == NULL)
		return 0;
	*to = text_copy(e->value);
	return *to == NULL ? ERR_NOMEM : 0;
}

static int
read_type(const struct copylist_section *s, enum copylist_type *type)
{
	const struct inifile_entry *e;

	e = copylist_entry(s, KEY_TYPE);
	if (e == NULL)
		return buf_why(s->why, ERR_FORMAT,
		    "%s:%u: no " KEY_TYPE "= in [%s]", s->shown, s->line,
		    s->name);
	if (strcmp(e->value, TYPE_FILES) == 0)
		*type = COPYLIST_FILES;
	else if (strcmp(e->value, TYPE_SERVICE) == 0)
		*type = COPYLIST_SERVICE;
	else
		return buf_why(s->why, ERR_FORMAT,
		    "%s:%u: " KEY_TYPE "=%.80s is neither " TYPE_FILES
		    " nor " TYPE_SERVICE,
		    s->shown, e->line, e->value);
	return 0;
}

static int
check_start(const struct copylist_section *s)
{
	static const char *const starts[] = {
		"auto",
		"delayed",
		"demand",
		"disabled",
	};
	const struct inifile_entry *e;
	size_t i;

	e = copylist_entry(s, KEY_START);
	if (e == NULL)
		return 0;
	for (i = 0; i < sizeof starts / sizeof starts[0]; i++)
		if (strcmp(e->value, starts[i]) == 0)
			return 0;
	return buf_why(s->why, ERR_FORMAT,
	    "%s:%u: " KEY_START
	    "=%.80s is none of auto, delayed, demand, disabled",
	    s->shown, e->line, e->value);
}

/* A service needs the key, and something in it. */
static int
check_needed(const struct copylist_section *s, const char *key)
{
	const struct inifile_entry *e;

	e = copylist_entry(s, key);
	if (e != NULL && e->value[0] != '\0')
		return 0;
	return buf_why(s->why, ERR_FORMAT,
	    "%s:%u: a service without %s=", s->shown,
	    e == NULL ? s->line : e->line, key);
}

static int
check_keys(const struct copylist_section *s, enum copylist_type type)
{
	uint64_t settle;
	int err;

	err = check_start(s);
	if (err == 0)
		err = copylist_key_number(
		    s, KEY_SETTLE, 0, SETTLE_MAX, &settle);
	if (err == 0 && type == COPYLIST_SERVICE)
		err = check_needed(s, KEY_SERVICE);
	if (err == 0 && type == COPYLIST_SERVICE)
		err = check_needed(s, KEY_BINARY);
	return err;
}

static int
copy_keys(const struct copylist_section *s, struct copylist_component *c)
{
	const struct {
		const char *key;
		char **to;
	} keys[] = {
		{ KEY_SERVICE, &c->service },
		{ KEY_BINARY, &c->binary },
		{ KEY_ARGUMENTS, &c->arguments },
		{ KEY_START, &c->start },
		{ KEY_SETTLE, &c->settle },
		{ KEY_AFTER, &c->after },
		{ KEY_WHEN, &c->when },
	};
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof keys / sizeof keys[0] && err == 0; i++)
		err = copylist_key_copy(s, keys[i].key, keys[i].to);
	return err;
}

static int
compare_files(const void *a, const void *b)
{
	const struct copylist_file *fa = a, *fb = b;

	return strcmp(fa->folded, fb->folded);
}

static int
read_files(const struct copylist_section *s, struct copylist_component *c)
{
	struct copylist_file *file;
	size_t i;
	int err;

	c->files = calloc(s->count + 1, sizeof *c->files);
	if (c->files == NULL)
		return ERR_NOMEM;
	for (i = 0; i < s->count; i++) {
		file = &c->files[c->count++];
		err = copylist_line_read(s, &s->entries[i], file);
		if (err == 0)
			err = copylist_fold(file->name, &file->folded);
		if (err != 0)
			return err;
	}
	qsort(c->files, c->count, sizeof *c->files, compare_files);
	return 0;
}

/* Binary= has to be one of the component's own files. */
static int
check_binary(
    const struct copylist_section *s, const struct copylist_component *c)
{
	struct copylist_file wanted = { .folded = NULL };
	bool found;
	int err;

	err = copylist_fold(c->binary, &wanted.folded);
	if (err != 0 && err != ERR_FORMAT)
		return err;
	found = err == 0 && c->count > 0 &&
	    bsearch(&wanted, c->files, c->count, sizeof *c->files,
		compare_files) != NULL;
	free(wanted.folded);
	if (found)
		return 0;
	return buf_why(s->why, ERR_FORMAT,
	    "%s:%u: " KEY_BINARY "=%.240s is no file of its component",
	    s->shown, copylist_entry(s, KEY_BINARY)->line, c->binary);
}

int
copylist_component_read(const struct copylist_section *keys,
    const struct copylist_section *files, struct copylist_component *c)
{
	int err;

	err = read_type(keys, &c->type);
	if (err == 0)
		err = check_keys(keys, c->type);
	if (err == 0)
		err = copy_keys(keys, c);
	if (err == 0 && files != NULL)
		err = read_files(files, c);
	if (err == 0 && c->type == COPYLIST_SERVICE)
		err = check_binary(keys, c);
	return err;
}
