/*
 * Reads the copy list, cl_nt.txt:
 *
 *	[SMS]			the list itself: CopyListVersion=, Sequence=,
 *				Published=, Expires=, Release=, Rollout=,
 *				NotBefore=, Window=, DomainIni=, Files=,
 *				Requires=; ends in the first 4096 bytes
 *	[Component NAME]	Type=, Service=, Binary=, Arguments=, Start=,
 *				Settle=, After=, When=
 *	[Files NAME]		DESTINATION=SIZE,SHA-256,VERSION[,DATE[,FLAGS]]
 *
 * Nothing is trimmed, and a list is taken as a whole or refused as a whole;
 * what is refused, and why, stands in doc/copylist.md. Unknown keys and
 * sections are passed over; a list that cannot be understood without them says
 * so in Requires=.
 *
 * The other parts of this module: copylist_head.c (what a run reads first),
 * copylist_component.c and copylist_line.c (a component and a file's line),
 * copylist_name.c (destinations), copylist_order.c (After=), copylist_write.c,
 * copylist_select.c (which components are for this machine),
 * copylist_compare.c.
 */
#include "copylist.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "buf.h"
#include "copylist_format.h"
#include "inifile.h"
#include "text.h"

struct reader {
	const char *shown;
	struct buf *why;
	struct inifile *ini;
	struct copylist *list;
	struct copylist_section *sections; /* all, as they come */
	size_t count;
	const struct copylist_section *sms;
	/* By component, as long as they are in the order of the list. */
	const struct copylist_section **keys, **files;
	unsigned *after_lines;
	const struct copylist_component **index;
	size_t file_lines;
};

/* The name behind "Component " or "Files "; NULL: it is another section. */
static const char *
named(const struct copylist_section *section, const char *kind)
{
	size_t len = strlen(kind);

	if (strlen(section->name) < len ||
	    !text_same_n(section->name, len, kind, len))
		return NULL;
	if (section->name[len] == '\0')
		return section->name + len;
	return section->name[len] == ' ' ? section->name + len + 1 : NULL;
}

static const char *
refuse_component_name(const char *name)
{
	if (*name == '\0')
		return "a section without the name of its component";
	if (*name == ' ' || *name == '\t' || name[strlen(name) - 1] == ' ' ||
	    name[strlen(name) - 1] == '\t')
		return "a component whose name begins or ends in a blank";
	if (strchr(name, ',') != NULL)
		return "a component with a comma in its name";
	if (copylist_has_control(name))
		return "a component with a control byte in its name";
	return NULL;
}

static int
check_component_name(const struct copylist_section *s, const char *name)
{
	const char *reason;

	reason = refuse_component_name(name);
	if (reason == NULL)
		return 0;
	return buf_why(
	    s->why, ERR_FORMAT, "%s:%u: %s", s->shown, s->line, reason);
}

static int
find_sections(struct reader *r)
{
	const struct inifile_section *s;
	const struct inifile_entry *e;
	struct copylist_section *section;
	size_t i, count;

	s = inifile_sections(r->ini, &r->count);
	r->sections = calloc(r->count + 1, sizeof *r->sections);
	if (r->sections == NULL)
		return ERR_NOMEM;
	for (i = 0; i < r->count; i++) {
		section = &r->sections[i];
		section->shown = r->shown;
		section->why = r->why;
		section->name = s[i].name;
		section->line = s[i].line;
		if (r->sms == NULL && text_same(s[i].name, SECTION_SMS))
			r->sms = section;
	}
	e = inifile_entries(r->ini, &count);
	for (i = 0; i < count; i++) {
		if (e[i].section_number == 0)
			continue;
		section = &r->sections[e[i].section_number - 1];
		if (section->count++ == 0)
			section->entries = &e[i];
	}
	/* The head was read: it is there. */
	assert(r->sms != NULL);
	return 0;
}

static int
open_text(struct reader *r, const char *text, size_t len)
{
	struct copylist_head head;
	int err;

	if (len > COPYLIST_MAX)
		return buf_why(r->why, ERR_FORMAT, "%s:1: over %zu bytes long",
		    r->shown, COPYLIST_MAX);
	/* A list with a bad head is no list, whatever the rest says: clients
	 * would never get further than the head. */
	err = copylist_read_head(r->shown, text, len, &head, r->why);
	if (err != 0)
		return err;
	r->list->version = head.version;
	r->list->sequence = head.sequence;
	r->list->published = head.published;
	r->list->expires = head.expires;
	r->list->not_before = head.not_before;
	r->list->window = head.window;
	err = inifile_parse(
	    r->shown, text, len, INIFILE_STRICT, &r->ini, r->why);
	if (err == 0)
		err = copylist_check_blanks(r->ini, r->shown, r->why);
	return err;
}

/* "312,5e1c...": size and digest of DOMAIN.INI in the store. */
static int
read_domain(const struct copylist_section *sms, struct copylist *list)
{
	const struct inifile_entry *e;
	const char *comma;
	char *size;
	int err;

	e = copylist_entry(sms, KEY_DOMAIN);
	if (e == NULL)
		return 0;
	comma = strchr(e->value, ',');
	if (comma == NULL || !digest_is_text(comma + 1))
		return buf_why(sms->why, ERR_FORMAT,
		    "%s:%u: " KEY_DOMAIN "= is not size,digest", sms->shown,
		    e->line);
	size = text_copy_n(e->value, (size_t)(comma - e->value));
	if (size == NULL)
		return ERR_NOMEM;
	err = text_number(size, SIZE_MAX_FILE, &list->domain_size);
	free(size);
	if (err != 0)
		return buf_why(sms->why, ERR_FORMAT,
		    "%s:%u: the size in " KEY_DOMAIN "= is no number up to "
		    "2^53",
		    sms->shown, e->line);
	memcpy(list->domain_digest, comma + 1, DIGEST_TEXT);
	return 0;
}

/* All of [SMS] but what the head holds, and Files=, which counts lines. */
static int
read_sms(struct reader *r)
{
	struct copylist *list = r->list;
	uint64_t rollout = 100;
	int err;

	list->release = list->version;
	err = copylist_key_number(
	    r->sms, KEY_RELEASE, 1, NUMBER_MAX, &list->release);
	if (err == 0)
		err = copylist_key_number(
		    r->sms, KEY_ROLLOUT, 0, 100, &rollout);
	list->rollout = (unsigned)rollout;
	if (err == 0)
		err = copylist_key_copy(r->sms, KEY_REQUIRES, &list->requires);
	if (err == 0)
		err = read_domain(r->sms, list);
	return err;
}

static int
make_tables(struct reader *r)
{
	size_t n = r->count + 1;

	r->list->components = calloc(n, sizeof *r->list->components);
	r->keys = calloc(n, sizeof *r->keys);
	r->files = calloc(n, sizeof *r->files);
	r->after_lines = calloc(n, sizeof *r->after_lines);
	if (r->list->components == NULL || r->keys == NULL ||
	    r->files == NULL || r->after_lines == NULL)
		return ERR_NOMEM;
	return 0;
}

static int
add_component(
    struct reader *r, const struct copylist_section *section, const char *name)
{
	struct copylist_component *c;
	int err;

	err = check_component_name(section, name);
	if (err != 0)
		return err;
	if (r->list->count == COMPONENTS_MAX)
		return buf_why(r->why, ERR_FORMAT,
		    "%s:%u: more than %d components", r->shown, section->line,
		    COMPONENTS_MAX);
	r->keys[r->list->count] = section;
	c = &r->list->components[r->list->count++];
	c->line = section->line;
	c->name = text_copy(name);
	return c->name == NULL ? ERR_NOMEM : 0;
}

static int
find_components(struct reader *r)
{
	const char *name;
	size_t i;
	int err;

	err = make_tables(r);
	for (i = 0; i < r->count && err == 0; i++) {
		name = named(&r->sections[i], SECTION_COMPONENT);
		if (name != NULL)
			err = add_component(r, &r->sections[i], name);
	}
	if (err != 0)
		return err;
	return copylist_index(r->list, r->shown, &r->index, r->why);
}

/* Gives a [Files] section to its component. */
static int
assign_files(
    struct reader *r, const struct copylist_section *section, const char *name)
{
	const struct copylist_component *c;
	size_t i;
	int err;

	err = check_component_name(section, name);
	if (err != 0)
		return err;
	c = copylist_index_find(r->index, r->list->count, name, strlen(name));
	if (c == NULL)
		return buf_why(r->why, ERR_FORMAT,
		    "%s:%u: [" SECTION_FILES " %s] without [" SECTION_COMPONENT
		    " %s]",
		    r->shown, section->line, name, name);
	i = (size_t)(c - r->list->components);
	if (r->files[i] != NULL)
		return buf_why(r->why, ERR_FORMAT,
		    "%s:%u: [" SECTION_FILES " %s] stands in line %u already",
		    r->shown, section->line, name, r->files[i]->line);
	r->files[i] = section;
	return 0;
}

static int
find_files(struct reader *r)
{
	const char *name;
	size_t i;
	int err = 0;

	for (i = 0; i < r->count && err == 0; i++) {
		name = named(&r->sections[i], SECTION_FILES);
		if (name != NULL)
			err = assign_files(r, &r->sections[i], name);
	}
	return err;
}

static int
read_component(struct reader *r, size_t number)
{
	struct copylist_component *c = &r->list->components[number];
	const struct copylist_section *s = r->keys[number];
	const struct inifile_entry *after;
	int err;

	after = copylist_entry(s, KEY_AFTER);
	r->after_lines[number] = after == NULL ? s->line : after->line;
	err = copylist_component_read(s, r->files[number], c);
	r->file_lines += c->count;
	return err;
}

static int
read_components(struct reader *r)
{
	size_t i;
	int err = 0;

	for (i = 0; i < r->list->count && err == 0; i++)
		err = read_component(r, i);
	return err;
}

static int
check_count(const struct reader *r)
{
	const struct inifile_entry *e;
	uint64_t count;

	e = copylist_entry(r->sms, KEY_FILES);
	r->list->counted = e != NULL;
	if (e == NULL)
		return 0;
	if (text_number(e->value, NUMBER_MAX, &count) == 0 &&
	    count == r->file_lines)
		return 0;
	return buf_why(r->why, ERR_FORMAT,
	    "%s:%u: " KEY_FILES "=%.80s, but there are %zu lines of files",
	    r->shown, e->line, e->value, r->file_lines);
}

static int
order_components(struct reader *r)
{
	struct copylist_order order = {
		.list = r->list,
		.index = r->index,
		.lines = r->after_lines,
		.shown = r->shown,
		.why = r->why,
	};

	return copylist_order_components(&order);
}

static int
read_list(struct reader *r, const char *text, size_t len)
{
	int err;

	err = open_text(r, text, len);
	if (err == 0)
		err = find_sections(r);
	if (err == 0)
		err = read_sms(r);
	if (err == 0)
		err = find_components(r);
	if (err == 0)
		err = find_files(r);
	if (err == 0)
		err = read_components(r);
	if (err == 0)
		err = check_count(r);
	if (err == 0)
		err = copylist_check_names(r->list, r->shown, r->why);
	if (err == 0)
		err = order_components(r);
	return err;
}

int
copylist_parse(const char *shown, const char *text, size_t len,
    struct copylist **list, struct buf *why)
{
	struct reader r = { .shown = shown, .why = why };
	int err;

	*list = NULL;
	r.list = calloc(1, sizeof *r.list);
	err = r.list == NULL ? ERR_NOMEM : read_list(&r, text, len);
	if (err == ERR_NOMEM)
		buf_why(why, err, "%s: %s", shown, err_text(err));
	if (err == 0) {
		*list = r.list;
		r.list = NULL;
	}
	copylist_free(r.list);
	free(r.index);
	free(r.after_lines);
	free(r.files);
	free(r.keys);
	free(r.sections);
	inifile_free(r.ini);
	return err;
}

int
copylist_check_complete(
    const struct copylist *list, const char *shown, struct buf *why)
{
	const char *key = NULL;

	if (list->sequence == 0)
		key = KEY_SEQUENCE;
	else if (list->published == -1)
		key = KEY_PUBLISHED;
	else if (!list->counted)
		key = KEY_FILES;
	if (key == NULL)
		return 0;
	return buf_why(why, ERR_FORMAT,
	    "%s:1: no %s= in [" SECTION_SMS "], which a signed list must have",
	    shown, key);
}

static void
free_component(struct copylist_component *c)
{
	size_t i;

	for (i = 0; i < c->count; i++) {
		free(c->files[i].name);
		free(c->files[i].folded);
		free(c->files[i].version);
	}
	free(c->files);
	free(c->name);
	free(c->service);
	free(c->binary);
	free(c->arguments);
	free(c->start);
	free(c->settle);
	free(c->after);
	free(c->when);
}

void
copylist_free(struct copylist *list)
{
	size_t i;

	if (list == NULL)
		return;
	for (i = 0; i < list->count; i++)
		free_component(&list->components[i]);
	free(list->components);
	free(list->requires);
	free(list);
}
