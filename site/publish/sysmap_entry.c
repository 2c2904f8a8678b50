/*
 * The entries of a SYSTEM.MAP, a file each. Only what a WINNT list has is kept;
 * of the rest it is checked that it is written as it has to be.
 */
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "copylist.h"
#include "pattern.h"
#include "sysmap_inside.h"
#include "text.h"

#define OURS "WINNT"

static const char *
system_of(const char *list, size_t *len)
{
	const char *colon = strchr(list, ':');

	*len = colon == NULL ? 0 : (size_t)(colon - list);
	return colon == NULL ? NULL : colon + 1;
}

/* Where files of a destination go on the client; NULL: there is none. */
static const char *
folder_of(const char *destination)
{
	static const char *const known[] = { "SMS", "WINDIR" };
	size_t i;

	for (i = 0; i < sizeof known / sizeof known[0]; i++)
		if (text_same(destination, known[i]))
			return "BIN/";
	return NULL;
}

/* A component's name has to be one in a copy list too. */
static bool
is_component(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && strpbrk(name, ",]") == NULL && name[0] != ' ' &&
	    name[len - 1] != ' ' && !copylist_has_control(name) &&
	    text_is_utf8(name, len);
}

/* A clause of the list `list` that counts here. */
static void
take_clause(struct sysmap_parser *p, struct sysmap_file *file,
    const char *component, const struct sysmap_at *at)
{
	if (!is_component(component)) {
		sysmap_fail(
		    &p->r, at, "\"%s\" is no name for a component", component);
	} else if (file->component == NULL) {
		file->component = text_copy(component);
		if (file->component == NULL)
			sysmap_fail_code(&p->r, ERR_NOMEM);
	} else if (!text_same(file->component, component)) {
		sysmap_fail(&p->r, at,
		    "a file in two components, %s and %s; on a client it "
		    "belongs to one",
		    file->component, component);
	}
}

/* "os:component" = "destination" */
static void
read_clause(struct sysmap_parser *p, struct sysmap_file *file)
{
	struct sysmap_reader *r = &p->r;
	struct sysmap_at at = r->at, to_at;
	char *list = sysmap_take_name(r), *to;
	const char *component;
	size_t len;

	sysmap_take_sign(r, '=');
	to_at = r->at;
	to = sysmap_take_name(r);
	if (list == NULL || to == NULL)
		goto out;
	component = system_of(list, &len);
	if (component == NULL) {
		sysmap_fail(r, &at,
		    "\"%s\" is not of the form \"system:component\"", list);
	} else if (p->map->copylists.count > 0 &&
	    !sysmap_has(&p->map->copylists, list)) {
		sysmap_fail(r, &at, "\"%s\" is none of COPYLISTS", list);
	} else if (!text_same_n(list, len, OURS, strlen(OURS))) {
		p->map->foreign++;
	} else if (folder_of(to) == NULL) {
		sysmap_fail(r, &to_at,
		    "\"%s\" is no destination that is known; SMS and WINDIR "
		    "are",
		    to);
	} else {
		take_clause(p, file, component, &at);
	}
out:
	free(to);
	free(list);
}

/* COPYLISTS([clause [, clause]...]) */
static void
read_clauses(struct sysmap_parser *p, struct sysmap_file *file)
{
	struct sysmap_reader *r = &p->r;

	sysmap_take_word(r, "COPYLISTS");
	sysmap_take_sign(r, '(');
	if (!sysmap_is_sign(r, ')')) {
		read_clause(p, file);
		while (sysmap_is_sign(r, ',')) {
			sysmap_next(r);
			read_clause(p, file);
		}
	}
	sysmap_take_sign(r, ')');
}

/* WORD=YES, WORD=NO */
static bool
read_yes(struct sysmap_reader *r, const char *word)
{
	bool yes;

	sysmap_take_word(r, word);
	sysmap_take_sign(r, '=');
	yes = sysmap_is_word(r, "YES");
	if (yes)
		sysmap_next(r);
	else
		sysmap_take_word(r, "NO");
	return yes;
}

/* SIZE(a, b, c): c bytes; what a and b say is not known. */
static uint64_t
read_size(struct sysmap_reader *r)
{
	uint64_t size;

	sysmap_take_word(r, "SIZE");
	sysmap_take_sign(r, '(');
	(void)sysmap_take_number(r, INT64_MAX);
	sysmap_take_sign(r, ',');
	(void)sysmap_take_number(r, INT64_MAX);
	sysmap_take_sign(r, ',');
	size = sysmap_take_number(r, INT64_MAX);
	sysmap_take_sign(r, ')');
	return size;
}

void
sysmap_take_flags(struct sysmap_reader *r)
{
	sysmap_take_word(r, "FLAGS");
	sysmap_take_sign(r, '=');
	(void)sysmap_take_number(r, UINT32_MAX);
}

/* Its name on the client, as far as a client can have it. */
static void
name_file(struct sysmap_parser *p, struct sysmap_file *file,
    const struct sysmap_at *at)
{
	struct buf name = BUF_INIT, folded = BUF_INIT;
	const char *reason = NULL;

	buf_format(&name, "%s%s", folder_of("SMS"), file->installed);
	if (strpbrk(file->installed, "/\\") != NULL)
		reason = "a separator in the name of a file";
	else if (!name.failed)
		reason = copylist_refusal(name.data);
	if (reason != NULL)
		sysmap_fail(&p->r, at, "\"%s\": %s", file->installed, reason);
	else if (strpbrk(file->disc, "/\\") != NULL)
		sysmap_fail(&p->r, at,
		    "\"%s\": a separator in the name of a file", file->disc);
	else if (name.failed || pattern_fold(name.data, &folded) != 0)
		sysmap_fail_code(&p->r, ERR_NOMEM);
	file->name = buf_take(&name);
	file->folded = buf_take(&folded);
	if (file->name == NULL || file->folded == NULL)
		sysmap_fail_code(&p->r, ERR_NOMEM);
}

void
sysmap_free_file(struct sysmap_file *file)
{
	free(file->installed);
	free(file->disc);
	free(file->component);
	free(file->name);
	free(file->folded);
}

void *
sysmap_more_room(struct sysmap_reader *r, void *things, size_t count,
    size_t *room, size_t size)
{
	size_t wanted = *room == 0 ? 64 : 2 * *room;

	if (count < *room)
		return things;
	things = wanted > SIZE_MAX / size ? NULL
					  : realloc(things, wanted * size);
	if (things == NULL)
		sysmap_fail_code(r, ERR_NOMEM);
	else
		*room = wanted;
	return things;
}

static void
keep_file(struct sysmap_parser *p, struct sysmap_file *file)
{
	struct sysmap *map = p->map;
	struct sysmap_file *files;

	files = sysmap_more_room(
	    &p->r, map->files, map->count, &map->room, sizeof *files);
	if (files == NULL) {
		sysmap_free_file(file);
		return;
	}
	map->files = files;
	files[map->count++] = *file;
}

void
sysmap_read_file(struct sysmap_parser *p)
{
	struct sysmap_reader *r = &p->r;
	struct sysmap_file file = { .directory = p->map->directory_count - 1 };
	struct sysmap_at at;

	file.at = r->at;
	free(sysmap_take_name(r));
	sysmap_take_sign(r, ',');
	file.size = read_size(r);
	sysmap_take_sign(r, ',');
	at = r->at;
	file.installed = sysmap_take_name(r);
	sysmap_take_sign(r, ',');
	file.disc = sysmap_take_name(r);
	sysmap_take_sign(r, ',');
	(void)read_yes(r, "REMOTE");
	sysmap_take_sign(r, ',');
	read_clauses(p, &file);
	sysmap_take_sign(r, ',');
	file.compressed = read_yes(r, "COMPRESS");
	sysmap_take_sign(r, ',');
	sysmap_take_flags(r);
	if (r->rc == 0 && file.component != NULL)
		name_file(p, &file, &at);
	if (r->rc == 0 && file.component == NULL)
		p->map->unlisted++;
	if (r->rc == 0 && file.component != NULL)
		keep_file(p, &file);
	else
		sysmap_free_file(&file);
}
