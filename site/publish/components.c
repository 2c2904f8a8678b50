/*
 * components.ini:
 *
 *	[Component NAME]	Type=, Service=, Binary=, Arguments=, Start=,
 *				Settle=, After=, When=, Files=GLOB,GLOB...
 *	[Flags]			GLOB=letters of x, h, r
 *	[Release]		NotBefore=, Window=, Requires=
 *
 * in the INI dialect of lib/inifile.h. An unknown section or key is an error
 * here: it is most likely a slip of the pen, and what it was meant for would
 * go to all machines as part of STANDARD.
 */
#include "components.h"

#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "../../platform/os.h"
#include "buf.h"
#include "components_inside.h"
#include "copylist.h"
#include "inifile.h"
#include "pattern.h"
#include "sources.h"
#include "text.h"

#define SETTLE_MAX   86400 /* seconds */
#define SECTIONS_MAX 1000  /* keeps looking for names quick */

/* What a section of the text is; COMPONENT and above: number + COMPONENT. */
enum {
	IGNORED,
	FLAGS,
	RELEASE,
	COMPONENT
};

struct reader {
	struct components *to;
	const char *shown;
	const struct inifile_section *sections;
	size_t count;  /* of sections */
	size_t *kinds; /* by section */
	bool flags_seen;
	struct buf *why;
};

static int
refuse(const struct reader *r, unsigned line, const char *reason)
{
	return buf_why(r->why, ERR_FORMAT, "%s:%u: %s", r->shown, line, reason);
}

static int
refuse_entry(
    const struct reader *r, const struct inifile_entry *e, const char *reason)
{
	return buf_why(r->why, ERR_FORMAT, "%s:%u: %s=%s: %s", r->shown,
	    e->line, e->key, e->value, reason);
}

/* There is room: one for each section, and STANDARD. */
static int
add_component(struct components *to, const char *name, unsigned line)
{
	struct copylist_component *c = &to->list->components[to->list->count];

	c->name = text_copy(name);
	if (c->name == NULL)
		return ERR_NOMEM;
	c->line = line;
	to->list->count++;
	return 0;
}

/* The NAME of "Component NAME", or NULL. */
static const char *
component_name(const char *section)
{
	size_t len = strlen("Component");

	if (strlen(section) <= len ||
	    !text_same_n(section, len, "Component", len) ||
	    (section[len] != ' ' && section[len] != '\t'))
		return NULL;
	section += len;
	return section + strspn(section, " \t");
}

/* Of sections with the same name the first counts. */
static int
read_header(struct reader *r, size_t i)
{
	const struct inifile_section *s = &r->sections[i];
	const char *name = component_name(s->name);
	size_t number;

	r->kinds[i] = IGNORED;
	if (text_same(s->name, "Flags")) {
		if (!r->flags_seen)
			r->kinds[i] = FLAGS;
		r->flags_seen = true;
		return 0;
	}
	if (text_same(s->name, "Release")) {
		if (!r->to->release)
			r->kinds[i] = RELEASE;
		r->to->release = true;
		return 0;
	}
	if (name == NULL || *name == '\0')
		return refuse(r, s->line,
		    "neither [Component NAME] nor [Flags] nor [Release]");
	if (strchr(name, ',') != NULL)
		return refuse(r, s->line, "a comma in a component's name");
	if (copylist_has_control(name))
		return refuse(
		    r, s->line, "a control byte in a component's name");
	number = components_number(r->to->list, name, strlen(name));
	if (number < r->to->list->count)
		return 0;
	r->kinds[i] = COMPONENT + number;
	return add_component(r->to, name, s->line);
}

static int
add_glob(const struct reader *r, struct globs *globs, unsigned line,
    const char *glob, size_t value)
{
	struct buf reason = BUF_INIT;
	int rc;

	rc = globs_add(globs, glob, line, value, &reason);
	if (rc == ERR_FORMAT)
		rc = refuse(r, line, buf_text(&reason));
	buf_free(&reason);
	return rc;
}

static int
read_files(struct reader *r, size_t number, const struct inifile_entry *e)
{
	struct globs *globs = &r->to->files;
	const char *rest = e->value, *item;
	char *glob;
	size_t len, i;
	int rc = 0;

	for (i = 0; i < globs->count; i++)
		if (globs->rules[i].value == number)
			return 0; /* a second Files=: the first counts */
	while (rc == 0 && text_item(&rest, ',', &item, &len)) {
		glob = text_copy_n(item, len);
		rc = glob == NULL ? ERR_NOMEM
				  : add_glob(r, globs, e->line, glob, number);
		free(glob);
	}
	return rc;
}

static int
read_letters(const char *letters, unsigned *flags)
{
	*flags = 0;
	for (; *letters != '\0'; letters++) {
		switch (*letters) {
		case 'x': *flags |= OS_EXEC; break;
		case 'h': *flags |= OS_HIDDEN; break;
		case 'r': *flags |= OS_READONLY; break;
		default: return ERR_FORMAT;
		}
	}
	return 0;
}

static int
read_flags(struct reader *r, const struct inifile_entry *e)
{
	unsigned flags;

	if (read_letters(e->value, &flags) != 0)
		return refuse_entry(r, e, "a letter that is none of x, h, r");
	return add_glob(r, &r->to->flags, e->line, e->key, flags);
}

static int
read_type(struct reader *r, size_t number, const struct inifile_entry *e)
{
	struct copylist_component *c = &r->to->list->components[number];

	if (r->to->lines[number].type != 0)
		return 0; /* a second Type=: the first counts */
	r->to->lines[number].type = e->line;
	if (text_same(e->value, "service"))
		c->type = COPYLIST_SERVICE;
	else if (text_same(e->value, "files"))
		c->type = COPYLIST_FILES;
	else
		return refuse_entry(r, e, "neither files nor service");
	return 0;
}

/* What a list may say, in its own spelling; NULL: nothing of that. */
static const char *
start_of(const char *value)
{
	static const char *const starts[] = {
		"auto",
		"delayed",
		"demand",
		"disabled",
	};
	size_t i;

	for (i = 0; i < sizeof starts / sizeof starts[0]; i++)
		if (text_same(value, starts[i]))
			return starts[i];
	return NULL;
}

/* Checks the value of a key; *value may be replaced. */
static int
check_value(
    const struct reader *r, const struct inifile_entry *e, const char **value)
{
	uint64_t seconds;

	*value = e->value;
	if (text_same(e->key, "Start")) {
		*value = start_of(e->value);
		if (*value == NULL)
			return refuse_entry(
			    r, e, "none of auto, delayed, demand, disabled");
	}
	if (text_same(e->key, "Settle") &&
	    text_number(e->value, SETTLE_MAX, &seconds) != 0)
		return refuse_entry(r, e, "no number of seconds up to 86400");
	return 0;
}

/* Where the value of a key goes; NULL: there is no such key. */
static char **
field_of(struct copylist_component *c, const char *key)
{
	const struct {
		const char *key;
		char **field;
	} fields[] = {
		{ "Service", &c->service },
		{ "Binary", &c->binary },
		{ "Arguments", &c->arguments },
		{ "Start", &c->start },
		{ "Settle", &c->settle },
		{ "After", &c->after },
		{ "When", &c->when },
	};
	size_t i;

	for (i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (text_same(fields[i].key, key))
			return fields[i].field;
	return NULL;
}

static int
read_field(struct reader *r, size_t number, const struct inifile_entry *e)
{
	struct copylist_component *c = &r->to->list->components[number];
	char **field = field_of(c, e->key);
	const char *value;
	int rc;

	if (field == NULL)
		return buf_why(r->why, ERR_FORMAT,
		    "%s:%u: %s: unknown key in [%s]", r->shown, e->line, e->key,
		    e->section);
	/* An empty value is as good as none, a second one does not count. */
	if (e->value[0] == '\0' || *field != NULL)
		return 0;
	rc = check_value(r, e, &value);
	if (rc != 0)
		return rc;
	*field = text_copy(value);
	if (*field == NULL)
		return ERR_NOMEM;
	if (field == &c->after)
		r->to->lines[number].after = e->line;
	if (field == &c->binary)
		r->to->lines[number].binary = e->line;
	if (field == &c->when)
		r->to->lines[number].when = e->line;
	return 0;
}

static int
read_entry(struct reader *r, const struct inifile_entry *e)
{
	size_t kind, number;

	if (e->section_number == 0)
		return refuse(r, e->line, "a key before the first section");
	kind = r->kinds[e->section_number - 1];
	if (kind == IGNORED)
		return 0;
	if (kind == FLAGS)
		return read_flags(r, e);
	if (kind == RELEASE)
		return components_read_release(
		    r->to->list, r->shown, e, r->why);
	number = kind - COMPONENT;
	if (text_same(e->key, "Files"))
		return read_files(r, number, e);
	if (text_same(e->key, "Type"))
		return read_type(r, number, e);
	return read_field(r, number, e);
}

static int
read_entries(struct reader *r, const struct inifile *ini)
{
	const struct inifile_entry *e;
	size_t i, count;
	int rc = 0;

	e = inifile_entries(ini, &count);
	for (i = 0; i < count && rc == 0; i++)
		rc = read_entry(r, &e[i]);
	return rc;
}

static bool
has_standard(const struct reader *r)
{
	const char *name;
	size_t i;

	for (i = 0; i < r->count; i++) {
		name = component_name(r->sections[i].name);
		if (name != NULL && text_same(name, COMPONENTS_STANDARD))
			return true;
	}
	return false;
}

static int
make_list(struct components *to, size_t room)
{
	to->list = calloc(1, sizeof *to->list);
	to->lines = calloc(room, sizeof *to->lines);
	if (to->list == NULL || to->lines == NULL)
		return ERR_NOMEM;
	to->list->components = calloc(room, sizeof *to->list->components);
	if (to->list->components == NULL)
		return ERR_NOMEM;
	to->list->published = to->list->expires = -1;
	to->list->not_before = -1;
	to->list->rollout = 100;
	return 0;
}

static int
read_text(struct reader *r, const struct inifile *ini)
{
	size_t i;
	int rc;

	r->sections = inifile_sections(ini, &r->count);
	if (r->count > SECTIONS_MAX)
		return refuse(r, r->sections[SECTIONS_MAX].line,
		    "more than 1000 sections");
	r->kinds = calloc(r->count + 1, sizeof *r->kinds);
	if (r->kinds == NULL)
		return ERR_NOMEM;
	rc = make_list(r->to, r->count + 1);
	if (rc == 0 && !has_standard(r))
		rc = add_component(r->to, COMPONENTS_STANDARD, 0);
	for (i = 0; i < r->count && rc == 0; i++)
		rc = read_header(r, i);
	if (rc != 0)
		return rc;
	r->to->standard = components_number(
	    r->to->list, COMPONENTS_STANDARD, strlen(COMPONENTS_STANDARD));
	return read_entries(r, ini);
}

int
components_parse(const char *shown, const char *text, size_t len,
    struct components **components, struct buf *why)
{
	struct reader r = { .shown = shown, .why = why };
	struct inifile *ini = NULL;
	int rc = ERR_NOMEM;

	*components = NULL;
	r.to = calloc(1, sizeof *r.to);
	if (r.to == NULL)
		return rc;
	r.to->shown = text_copy(shown);
	if (r.to->shown == NULL)
		goto out;
	rc = inifile_parse(
	    shown, text == NULL ? "" : text, len, INIFILE_DIALECT, &ini, why);
	if (rc == 0)
		rc = read_text(&r, ini);
out:
	free(r.kinds);
	inifile_free(ini);
	if (rc == 0)
		*components = r.to;
	else
		components_free(r.to);
	return rc;
}

/* Room for one more component, by a whole list of them: there are few. */
static int
make_room(struct components *c)
{
	size_t count = c->list->count;
	struct copylist_component *list;
	struct components_lines *lines;

	list = realloc(c->list->components, (count + 1) * sizeof *list);
	if (list == NULL)
		return ERR_NOMEM;
	memset(&list[count], 0, sizeof *list);
	c->list->components = list;
	lines = realloc(c->lines, (count + 1) * sizeof *lines);
	if (lines == NULL)
		return ERR_NOMEM;
	memset(&lines[count], 0, sizeof *lines);
	c->lines = lines;
	return 0;
}

int
components_add(struct components *c, const char *name, struct buf *why)
{
	int rc;

	if (components_number(c->list, name, strlen(name)) < c->list->count)
		return 0;
	if (c->list->count > SECTIONS_MAX)
		return buf_why(why, ERR_FORMAT,
		    "%s: more than 1000 components, with those of the map",
		    c->shown);
	rc = make_room(c);
	return rc != 0 ? rc : add_component(c, name, 0);
}

void
components_free(struct components *c)
{
	if (c == NULL)
		return;
	globs_free(&c->files);
	globs_free(&c->flags);
	copylist_free(c->list);
	free(c->lines);
	free(c->shown);
	free(c);
}

bool
components_say_release(const struct components *components)
{
	return components->release;
}

struct copylist *
components_list(struct components *c)
{
	return c->list;
}

struct copylist *
components_take(struct components *c)
{
	struct copylist *list = c->list;

	c->list = NULL;
	return list;
}

int
components_place(struct components *c, const struct sources_file *file,
    size_t *number, unsigned *flags, struct buf *why)
{
	const struct globs_rule *of_files, *of_flags;
	const char *home = file->component;
	int rc;

	rc = globs_find(&c->files, c->shown, file->name, &of_files, why);
	if (rc == 0)
		rc = globs_find(
		    &c->flags, c->shown, file->name, &of_flags, why);
	if (rc != 0)
		return rc;
	*number = c->standard;
	if (of_files != NULL)
		*number = of_files->value;
	else if (home != NULL)
		*number = components_number(c->list, home, strlen(home));
	*flags = file->info.flags & OS_EXEC;
	if (of_flags != NULL)
		*flags = (unsigned)of_flags->value;
	return 0;
}

int
components_unused(const struct components *c, struct buf *lines)
{
	int rc = globs_unused(&c->files, c->shown, lines);

	return rc == 0 ? globs_unused(&c->flags, c->shown, lines) : rc;
}
