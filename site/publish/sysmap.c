/*
 * Reads a SYSTEM.MAP. A statement is read by one function, a clause of it by
 * another; nothing calls itself, so that no text can make the stack deep.
 */
#include "sysmap.h"

#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "path.h"
#include "sysmap_inside.h"
#include "text.h"

#define NAMES_MAX 256 /* in one declaration: each name is looked for there */

static void
free_names(struct sysmap_names *names)
{
	size_t i;

	for (i = 0; i < names->count; i++)
		free(names->names[i]);
	free(names->names);
}

bool
sysmap_has(const struct sysmap_names *names, const char *name)
{
	size_t i;

	for (i = 0; i < names->count; i++)
		if (text_same(names->names[i], name))
			return true;
	return false;
}

/* Takes a name into the list, which owns it then. */
static void
take_into(struct sysmap_reader *r, struct sysmap_names *names)
{
	struct sysmap_at at = r->at;
	char *name = sysmap_take_name(r), **more;

	if (name == NULL)
		return;
	if (names->count == NAMES_MAX) {
		sysmap_fail(
		    r, &at, "more than %d names in one list", NAMES_MAX);
		free(name);
		return;
	}
	more = realloc(names->names, (names->count + 1) * sizeof *more);
	if (more == NULL) {
		sysmap_fail_code(r, ERR_NOMEM);
		free(name);
		return;
	}
	names->names = more;
	more[names->count++] = name;
}

/* = "name" [, "name"]... */
static void
read_names(struct sysmap_reader *r, struct sysmap_names *names)
{
	sysmap_take_sign(r, '=');
	take_into(r, names);
	while (sysmap_is_sign(r, ',')) {
		sysmap_next(r);
		take_into(r, names);
	}
}

/* IDLIST "name" = "value"...; only two of them matter here. */
static void
read_idlist(struct sysmap_parser *p)
{
	struct sysmap_reader *r = &p->r;
	struct sysmap_names other = { NULL, 0 }, *to = &other;
	struct sysmap_at at = r->at;
	char *name = sysmap_take_name(r);

	if (name != NULL && text_same(name, "PLATFORM_DEFAULT"))
		to = &p->map->platform;
	else if (name != NULL && text_same(name, "LANGUAGE_DEFAULT"))
		to = &p->map->language;
	if (to->count > 0)
		sysmap_fail(r, &at, "a second IDLIST \"%s\"", name);
	read_names(r, to);
	free_names(&other);
	free(name);
}

/* SERVICE, PACKAGE: checked, and passed over. */
static void
read_program(struct sysmap_parser *p, const char *kind)
{
	struct sysmap_reader *r = &p->r;
	struct sysmap_at at = r->at;
	char *name = sysmap_take_name(r);
	uint64_t flags;

	sysmap_take_word(r, "BEGIN");
	sysmap_take_word(r, "FLAGS");
	sysmap_take_sign(r, '=');
	flags = sysmap_take_number(r, UINT32_MAX);
	sysmap_take_word(r, "MAIN");
	free(sysmap_take_name(r));
	while (sysmap_is_word(r, "SUBCOMPONENT")) {
		sysmap_next(r);
		free(sysmap_take_name(r));
	}
	sysmap_take_word(r, "END");
	if (r->rc == 0) {
		buf_format(&p->map->notes, "%s:%u:%u: %s \"%s\": passed over",
		    r->shown, at.line, at.column, kind, name);
		if (text_same(kind, "SERVICE") && flags != 0) {
			buf_add_text(&p->map->notes, "; flags: ");
			sysmap_service_flags(flags, &p->map->notes);
		}
		buf_add_char(&p->map->notes, '\n');
	}
	free(name);
}

/* A folder below that of the map; "" is the map's own. */
static char *
read_path(struct sysmap_reader *r)
{
	struct sysmap_at at = r->at;
	char *name = sysmap_take_name(r), *path;

	if (name == NULL)
		return NULL;
	if (path_is_absolute(name) || path_climbs(name) || name[0] == '/' ||
	    name[0] == '\\' || strchr(name, ':') != NULL)
		sysmap_fail(
		    r, &at, "\"%s\" leads out of the folder of the map", name);
	path = path_clean(name[0] == '\0' ? "." : name);
	if (path == NULL)
		sysmap_fail_code(r, ERR_NOMEM);
	free(name);
	return path;
}

/* One of the names that the map declares, if it declares any, or none. */
static char *
read_declared(struct sysmap_reader *r, const struct sysmap_names *declared,
    const char *declaration)
{
	struct sysmap_at at = r->at;
	char *name = sysmap_take_name(r);

	if (name != NULL && name[0] != '\0' && declared->count > 0 &&
	    !sysmap_has(declared, name))
		sysmap_fail(r, &at, "\"%s\" is none of %s", name, declaration);
	return name;
}

static void
free_directory(struct sysmap_directory *d)
{
	free(d->path);
	free(d->disc);
	free(d->platform);
	free(d->language);
}

static void
keep_directory(struct sysmap_parser *p, struct sysmap_directory *d)
{
	struct sysmap *map = p->map;
	struct sysmap_directory *all = NULL;

	if (p->r.rc == 0)
		all = sysmap_more_room(&p->r, map->directories,
		    map->directory_count, &map->directory_room, sizeof *all);
	if (all == NULL) {
		free_directory(d);
		return;
	}
	map->directories = all;
	all[map->directory_count++] = *d;
}

/* DIRECTORY "path" PLATFORM "p" LANGUAGE "l" SOURCE "disc" FLAGS = n
 * UNIT = "u" BEGIN file... END */
static void
read_directory(struct sysmap_parser *p)
{
	struct sysmap_directory d = { .at = p->r.at };
	struct sysmap_reader *r = &p->r;

	d.path = read_path(r);
	sysmap_take_word(r, "PLATFORM");
	d.platform = read_declared(r, &p->map->platforms, "PLATFORMS");
	sysmap_take_word(r, "LANGUAGE");
	d.language = read_declared(r, &p->map->languages, "LANGUAGES");
	sysmap_take_word(r, "SOURCE");
	d.disc = read_path(r);
	sysmap_take_flags(r);
	sysmap_take_word(r, "UNIT");
	sysmap_take_sign(r, '=');
	free(read_declared(r, &p->map->units, "UNITS"));
	sysmap_take_word(r, "BEGIN");
	keep_directory(p, &d);
	while (r->rc == 0 && r->kind == SYSMAP_NAME)
		sysmap_read_file(p);
	sysmap_take_word(r, "END");
}

static bool
read_list(struct sysmap_parser *p)
{
	const struct {
		const char *word;
		struct sysmap_names *names;
	} lists[] = {
		{ "PLATFORMS", &p->map->platforms },
		{ "COPYLISTS", &p->map->copylists },
		{ "LANGUAGES", &p->map->languages },
		{ "UNITS", &p->map->units },
	};
	size_t i;

	for (i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		if (!sysmap_is_word(&p->r, lists[i].word))
			continue;
		sysmap_next(&p->r);
		read_names(&p->r, lists[i].names);
		return true;
	}
	return false;
}

static void
read_statement(struct sysmap_parser *p)
{
	struct sysmap_reader *r = &p->r;
	const char *kind = sysmap_is_word(r, "SERVICE") ? "SERVICE" : "PACKAGE";

	if (read_list(p))
		return;
	if (sysmap_is_word(r, "IDLIST")) {
		sysmap_next(r);
		read_idlist(p);
	} else if (sysmap_is_word(r, kind)) {
		sysmap_next(r);
		read_program(p, kind);
	} else if (sysmap_is_word(r, "DIRECTORY")) {
		sysmap_next(r);
		read_directory(p);
	} else {
		sysmap_fail_expected(r,
		    "PLATFORMS, COPYLISTS, LANGUAGES, UNITS, IDLIST, SERVICE, "
		    "PACKAGE or DIRECTORY");
	}
}

static void
note_passed(struct sysmap *map, const char *shown)
{
	if (map->unlisted > 0)
		buf_format(&map->notes,
		    "%s: files in no list of WINNT, passed over: %zu\n", shown,
		    map->unlisted);
	if (map->foreign > 0)
		buf_format(&map->notes,
		    "%s: clauses for other systems, passed over: %zu\n", shown,
		    map->foreign);
}

int
sysmap_parse(const char *shown, const struct buf *text, struct sysmap **map,
    struct buf *why)
{
	struct sysmap_parser p = { .r = { .shown = shown, .why = why } };
	int rc;

	*map = NULL;
	p.map = calloc(1, sizeof *p.map);
	if (p.map == NULL)
		return ERR_NOMEM;
	p.r.rc = sysmap_reader_open(&p.r, buf_text(text), text->len);
	while (p.r.rc == 0 && p.r.kind != SYSMAP_END)
		read_statement(&p);
	rc = p.r.rc;
	sysmap_reader_close(&p.r);
	if (rc == 0) {
		note_passed(p.map, shown);
		rc = sysmap_choose(p.map, shown, why);
	}
	if (rc == 0 && p.map->notes.failed)
		rc = ERR_NOMEM;
	if (rc == 0)
		*map = p.map;
	else
		sysmap_free(p.map);
	return rc;
}

void
sysmap_free(struct sysmap *map)
{
	size_t i;

	if (map == NULL)
		return;
	for (i = 0; i < map->count; i++)
		sysmap_free_file(&map->files[i]);
	for (i = 0; i < map->directory_count; i++)
		free_directory(&map->directories[i]);
	free(map->files);
	free(map->directories);
	free_names(&map->platforms);
	free_names(&map->copylists);
	free_names(&map->languages);
	free_names(&map->units);
	free_names(&map->platform);
	free_names(&map->language);
	buf_free(&map->notes);
	free(map);
}

int
sysmap_service_flags(uint64_t flags, struct buf *out)
{
	static const char *const bits[] = {
		"install",
		"system account",
		"start",
		"set registry",
		"program",
		"literal path",
		"primary site",
		"secondary site",
		"autostart",
		"sender",
		"optional",
		"thread of the executive",
		"neither stopped nor removed",
	};
	size_t count = sizeof bits / sizeof bits[0], i;
	const char *comma = "";

	for (i = 0; i < count; i++) {
		if ((flags >> i & 1) == 0)
			continue;
		buf_format(out, "%s%s", comma, bits[i]);
		comma = ", ";
	}
	if (flags >> count != 0)
		buf_format(out, "%s0x%llx", comma,
		    (unsigned long long)flags >> count << count);
	return buf_add_text(out, "");
}
