/*
 * STATE/services.ini, INI text, a section for each component:
 *
 *	; services.ini: components, what is asked for and what is there
 *	[Client Inventory]
 *	Requested Installation State=Started
 *	Current Installation State=Started
 *	Installed Release=1795197600
 *	Repair Pending=SMS_CLIENT_INVENTORY did not start
 *	Restart Pending=BIN\INV32CLI.EXE is in use
 *	Failed Content=9f86d081...
 *	Failures=2
 *	Service=SMS_CLIENT_INVENTORY
 *	Program=/opt/sms/BIN/INV32CLI.EXE
 *	Arguments=/T:60
 *	Start=auto
 *	Stopped Others=SNMP
 *	Stopped=yes
 *	; end
 *
 * A key that says nothing is left out. A text that begins with our first line
 * has to end with our last one: a file that was cut would forget what an
 * administrator has disabled. One that somebody made by hand needs neither.
 */
#include "services.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "file.h"
#include "inifile.h"
#include "layout.h"
#include "text.h"

#define HEAD	    "; services.ini: components, what is asked for and what is there"
#define END	    "; end\r\n"
#define TEXT_MAX    ((size_t)16 << 20) /* bytes of the file */
#define FIRST_COUNT 16 /* components there is room for at once */

static const char *const state_names[] = {
	[SERVICES_UNSAID] = "",
	[SERVICES_NOT_INSTALLED] = "Not Installed",
	[SERVICES_INSTALLED] = "Installed",
	[SERVICES_STARTED] = "Started",
	[SERVICES_DISABLED] = "Disabled",
};
#define STATES (sizeof state_names / sizeof state_names[0])

enum kind {
	STATE,
	NUMBER, /* uint64_t */
	TEXT,
	TIMES, /* unsigned */
	YES,
};

/* In the order in which they are written. */
static const struct field {
	const char *key;
	enum kind kind;
	size_t offset; /* of the member */
} fields[] = {
	{ "Requested Installation State", STATE,
	    offsetof(struct services_component, requested) },
	{ "Current Installation State", STATE,
	    offsetof(struct services_component, current) },
	{ "Installed Release", NUMBER,
	    offsetof(struct services_component, release) },
	{ "Repair Pending", TEXT, offsetof(struct services_component, repair) },
	{ "Restart Pending", TEXT,
	    offsetof(struct services_component, restart) },
	{ "Failed Content", TEXT, offsetof(struct services_component, failed) },
	{ "Failures", TIMES, offsetof(struct services_component, failures) },
	{ "Service", TEXT, offsetof(struct services_component, service) },
	{ "Program", TEXT, offsetof(struct services_component, program) },
	{ "Arguments", TEXT, offsetof(struct services_component, arguments) },
	{ "Start", TEXT, offsetof(struct services_component, start) },
	{ "Stopped Others", TEXT, offsetof(struct services_component, others) },
	{ "Stopped", YES, offsetof(struct services_component, stopped) },
};
#define FIELDS (sizeof fields / sizeof fields[0])

const char *
services_state_name(enum services_state state)
{
	return state_names[state];
}

int
services_state_parse(const char *text, enum services_state *state)
{
	size_t i;

	for (i = 0; i < STATES; i++)
		if (text_same(text, state_names[i])) {
			*state = (enum services_state)i;
			return 0;
		}
	return ERR_FORMAT;
}

/* Components, in the order of their names */

static int
fold(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

static int
compare_names(const char *a, const char *b)
{
	while (*a != '\0' && fold(*a) == fold(*b)) {
		a++;
		b++;
	}
	return fold(*a) - fold(*b);
}

/* The place of that name, or where it would go. */
static size_t
place_of(const struct services *services, const char *name, bool *there)
{
	size_t low = 0, high = services->count, middle;
	int order;

	*there = false;
	while (low < high && !*there) {
		middle = low + (high - low) / 2;
		order = compare_names(name, services->list[middle].name);
		*there = order == 0;
		if (order <= 0)
			high = middle;
		else
			low = middle + 1;
	}
	return high;
}

struct services_component *
services_find(const struct services *services, const char *name)
{
	bool there;
	size_t at = place_of(services, name, &there);

	return there ? &services->list[at] : NULL;
}

static int
make_room(struct services *services)
{
	struct services_component *list;
	size_t size = services->size == 0 ? FIRST_COUNT : 2 * services->size;

	if (services->count < services->size)
		return 0;
	if (size > SIZE_MAX / sizeof *list)
		return ERR_NOMEM;
	list = realloc(services->list, size * sizeof *list);
	if (list == NULL)
		return ERR_NOMEM;
	services->list = list;
	services->size = size;
	return 0;
}

struct services_component *
services_get(struct services *services, const char *name)
{
	struct services_component *c;
	bool there;
	size_t at = place_of(services, name, &there);
	char *copy;

	if (there)
		return &services->list[at];
	copy = text_copy(name);
	if (copy == NULL || make_room(services) != 0) {
		free(copy);
		return NULL;
	}
	c = &services->list[at];
	memmove(c + 1, c, (services->count - at) * sizeof *c);
	services->count++;
	*c = (struct services_component){ .name = copy };
	return c;
}

static void
component_free(struct services_component *c)
{
	free(c->name);
	free(c->repair);
	free(c->restart);
	free(c->failed);
	free(c->service);
	free(c->program);
	free(c->arguments);
	free(c->start);
	free(c->others);
}

void
services_drop(struct services *services, const char *name)
{
	struct services_component *c = services_find(services, name);

	if (c == NULL)
		return;
	component_free(c);
	services->count--;
	memmove(c, c + 1,
	    (services->count - (size_t)(c - services->list)) * sizeof *c);
}

void
services_free(struct services *services)
{
	size_t i;

	for (i = 0; i < services->count; i++)
		component_free(&services->list[i]);
	free(services->list);
	*services = (struct services){ .list = NULL };
}

/* Makes a line of it: what a value cannot hold becomes a blank, and none stands
 * at its ends. */
static void
make_line(struct buf *text)
{
	size_t i, start = 0;

	for (i = 0; i < text->len; i++)
		if ((unsigned char)text->data[i] < ' ' || text->data[i] == 0x7f)
			text->data[i] = ' ';
	while (text->len > 0 && text->data[text->len - 1] == ' ')
		text->len--;
	while (start < text->len && text->data[start] == ' ')
		start++;
	if (text->data == NULL)
		return;
	text->len -= start;
	memmove(text->data, text->data + start, text->len);
	text->data[text->len] = '\0';
}

int
services_say(char **text, const char *format, ...)
{
	struct buf said = BUF_INIT;
	char *taken = NULL;
	va_list args;
	int rc = 0;

	if (format != NULL) {
		va_start(args, format);
		rc = buf_vformat(&said, format, args);
		va_end(args);
	}
	make_line(&said);
	if (rc == 0 && said.len > 0)
		taken = buf_take(&said);
	buf_free(&said);
	if (rc != 0)
		return rc;
	free(*text);
	*text = taken;
	return 0;
}

/* Reading */

static void *
member_of(struct services_component *c, const struct field *field)
{
	return (char *)c + field->offset;
}

static int
read_times(const char *value, unsigned *times)
{
	uint64_t number;
	int rc = text_number(value, UINT_MAX, &number);

	if (rc == 0)
		*times = (unsigned)number;
	return rc;
}

/* Anything but yes and no is no answer. */
static int
read_yes(const char *value, bool *yes)
{
	*yes = text_yes(value, false);
	return *yes == text_yes(value, true) ? 0 : ERR_FORMAT;
}

static int
read_value(
    struct services_component *c, const struct field *field, const char *value)
{
	void *member = member_of(c, field);

	switch (field->kind) {
	case STATE: return services_state_parse(value, member);
	case NUMBER: return text_number(value, UINT64_MAX, member);
	case TIMES: return read_times(value, member);
	case YES: return read_yes(value, member);
	default: return services_say(member, "%s", value);
	}
}

/* Has the component that key already? The first one counts. */
static bool
is_read(struct services_component *c, const struct field *field)
{
	const void *member = member_of(c, field);

	switch (field->kind) {
	case STATE:
		return *(const enum services_state *)member != SERVICES_UNSAID;
	case NUMBER: return *(const uint64_t *)member != 0;
	case TIMES: return *(const unsigned *)member != 0;
	case YES: return *(const bool *)member;
	default: return *(char *const *)member != NULL;
	}
}

static int
read_entry(struct services_component *c, const struct inifile_entry *e,
    struct buf *why)
{
	size_t i;
	int rc;

	for (i = 0; i < FIELDS && !text_same(e->key, fields[i].key); i++)
		;
	if (i == FIELDS || *e->value == '\0' || is_read(c, &fields[i]))
		return 0;
	rc = read_value(c, &fields[i], e->value);
	if (rc == 0 || rc == ERR_NOMEM)
		return rc;
	return buf_why(why, ERR_FORMAT,
	    LAYOUT_SERVICES ":%u: %s=%.80s is malformed", e->line, e->key,
	    e->value);
}

static int
read_sections(
    struct services *services, const struct inifile *ini, struct buf *why)
{
	struct services_component *c;
	const struct inifile_section *sections;
	const struct inifile_entry *entries;
	size_t count, all, i, next = 0;
	bool again;
	int rc = 0;

	sections = inifile_sections(ini, &count);
	entries = inifile_entries(ini, &all);
	while (next < all && entries[next].section_number == 0)
		next++;
	for (i = 0; i < count && rc == 0; i++) {
		again = services_find(services, sections[i].name) != NULL;
		c = services_get(services, sections[i].name);
		rc = c == NULL ? ERR_NOMEM : 0;
		for (; next < all && entries[next].section_number == i + 1;
		     next++)
			if (rc == 0 && !again)
				rc = read_entry(c, &entries[next], why);
	}
	return rc;
}

static bool
ends_with(const struct buf *text, const char *end)
{
	size_t len = strlen(end);

	return text->len >= len &&
	    memcmp(text->data + text->len - len, end, len) == 0;
}

/* Is all of it there? The line end is asked for too. */
static bool
is_whole(const struct buf *text, size_t sections)
{
	if (strncmp(buf_text(text), HEAD, strlen(HEAD)) != 0)
		return sections > 0;
	return ends_with(text, END) || ends_with(text, "; end\n");
}

static int
parse(struct services *services, const struct buf *text, struct buf *why)
{
	struct inifile *ini = NULL;
	size_t sections;
	int rc;

	rc = inifile_parse(LAYOUT_SERVICES, buf_text(text), text->len,
	    INIFILE_DIALECT, &ini, why);
	if (rc != 0)
		return rc;
	inifile_sections(ini, &sections);
	if (!is_whole(text, sections))
		rc = buf_why(why, ERR_FORMAT, LAYOUT_SERVICES ": cut off");
	if (rc == 0)
		rc = read_sections(services, ini, why);
	inifile_free(ini);
	return rc;
}

/* Is it something that only a file written anew can cure? */
static bool
is_damage(int code)
{
	return code == ERR_FORMAT || code == ERR_RANGE || code == ERR_ISDIR ||
	    code == ERR_LINK || code == ERR_NOTFILE;
}

int
services_read(struct os_dir *state, struct services *services, struct buf *why)
{
	struct buf text = BUF_INIT;
	int rc;

	*services = (struct services){ .list = NULL };
	rc = file_read(state, LAYOUT_SERVICES, TEXT_MAX, &text);
	if (rc == ERR_NOENT) {
		buf_free(&text);
		return 0;
	}
	if (rc != 0)
		buf_why(why, rc, LAYOUT_SERVICES ": %s", err_text(rc));
	else
		rc = parse(services, &text, why);
	buf_free(&text);
	if (rc == 0)
		return 0;
	services_free(services);
	services->damaged = is_damage(rc);
	return services->damaged ? 0 : rc;
}

/* Writing */

/* Can it be a value, or the name of a section? */
static bool
is_line(const char *text)
{
	size_t len = strlen(text), i;

	for (i = 0; i < len; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != '\t') ||
		    text[i] == 0x7f)
			return false;
	return len > 0 && strchr(" \t", text[0]) == NULL &&
	    strchr(" \t", text[len - 1]) == NULL;
}

static int
add_value(
    struct services_component *c, const struct field *field, struct buf *out)
{
	const void *member = member_of(c, field);

	if (!is_read(c, field))
		return 0;
	buf_format(out, "%s=", field->key);
	switch (field->kind) {
	case STATE:
		buf_add_text(out,
		    services_state_name(*(const enum services_state *)member));
		break;
	case NUMBER: buf_add_number(out, *(const uint64_t *)member); break;
	case TIMES: buf_add_number(out, *(const unsigned *)member); break;
	case YES: buf_add_text(out, "yes"); break;
	default:
		if (!is_line(*(char *const *)member))
			return ERR_ARG;
		buf_add_text(out, *(char *const *)member);
	}
	return buf_add_text(out, "\r\n");
}

static int
compose(const struct services *services, struct buf *out)
{
	struct services_component *c;
	size_t i, j;
	int rc = 0;

	buf_add_text(out, HEAD "\r\n");
	for (i = 0; i < services->count && rc == 0; i++) {
		c = &services->list[i];
		if (!is_line(c->name) || strchr(c->name, ']') != NULL)
			return ERR_ARG;
		buf_format(out, "[%s]\r\n", c->name);
		for (j = 0; j < FIELDS && rc == 0; j++)
			rc = add_value(c, &fields[j], out);
	}
	if (rc == 0)
		rc = buf_add_text(out, END);
	if (rc == 0 && out->len > TEXT_MAX)
		rc = ERR_ARG;
	return rc;
}

int
services_write(struct os_dir *state, const struct services *services)
{
	struct buf text = BUF_INIT, now = BUF_INIT;
	int rc = compose(services, &text);

	if (rc == 0 &&
	    (file_read(state, LAYOUT_SERVICES, TEXT_MAX, &now) != 0 ||
		now.len != text.len ||
		memcmp(now.data, text.data, text.len) != 0))
		rc = file_write(
		    state, LAYOUT_SERVICES, OS_PUBLIC, text.data, text.len);
	buf_free(&now);
	buf_free(&text);
	return rc;
}
