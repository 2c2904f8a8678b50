/* What is asked of components.ini as a whole, and with the files known. */
#include "components.h"

#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "buf.h"
#include "components_inside.h"
#include "copylist.h"
#include "pattern.h"
#include "text.h"

/* `number` comes after `before`. */
struct edge {
	size_t number, before;
};

struct edges {
	struct edge *edges;
	size_t count;
};

size_t
components_number(const struct copylist *list, const char *name, size_t len)
{
	const char *other;
	size_t i;

	for (i = 0; i < list->count; i++) {
		other = list->components[i].name;
		if (text_same_n(other, strlen(other), name, len))
			break;
	}
	return i;
}

static int
check_service(const struct components *c, size_t number, struct buf *why)
{
	const struct copylist_component *one = &c->list->components[number];
	const char *missing = NULL;

	if (one->type != COPYLIST_SERVICE)
		return 0;
	if (one->service == NULL)
		missing = "Service";
	else if (one->binary == NULL)
		missing = "Binary";
	if (missing == NULL)
		return 0;
	return buf_why(why, ERR_FORMAT,
	    "%s:%u: a service without %s=", c->shown, one->line, missing);
}

static int
add_edge(struct edges *edges, size_t number, size_t before)
{
	struct edge *more;

	more = realloc(edges->edges, (edges->count + 1) * sizeof *more);
	if (more == NULL)
		return ERR_NOMEM;
	edges->edges = more;
	more[edges->count++] = (struct edge){ number, before };
	return 0;
}

static int
check_after(const struct components *c, size_t number, struct edges *edges,
    struct buf *why)
{
	const char *rest = c->list->components[number].after, *name;
	size_t len, before;
	int rc = 0;

	while (rc == 0 && rest != NULL && text_item(&rest, ',', &name, &len)) {
		before = components_number(c->list, name, len);
		if (before == c->list->count)
			return buf_why(why, ERR_FORMAT,
			    "%s:%u: After=%s: there is no component %.*s",
			    c->shown, c->lines[number].after,
			    c->list->components[number].after, (int)len, name);
		rc = add_edge(edges, number, before);
	}
	return rc;
}

/* One round: places all that come after nothing but what is placed; whether
 * there was one. */
static bool
place_round(const struct edges *edges, bool *placed, bool *held, size_t count)
{
	bool any = false;
	size_t i;

	memset(held, 0, count * sizeof *held);
	for (i = 0; i < edges->count; i++)
		if (!placed[edges->edges[i].before])
			held[edges->edges[i].number] = true;
	for (i = 0; i < count; i++) {
		if (placed[i] || held[i])
			continue;
		placed[i] = any = true;
	}
	return any;
}

static int
check_circle(
    const struct components *c, const struct edges *edges, struct buf *why)
{
	size_t count = c->list->count, i;
	bool *placed = calloc(count + 1, sizeof *placed);
	bool *held = calloc(count + 1, sizeof *held);
	int rc = ERR_NOMEM;

	if (placed == NULL || held == NULL)
		goto out;
	while (place_round(edges, placed, held, count))
		; /* at most once for each component */
	for (i = 0; i < count && placed[i]; i++)
		;
	rc = 0;
	if (i < count)
		rc = buf_why(why, ERR_FORMAT,
		    "%s:%u: After=%s: leads into a circle", c->shown,
		    c->lines[i].after, c->list->components[i].after);
out:
	free(held);
	free(placed);
	return rc;
}

/* Messages about a condition are to name its own line. */
static int
check_when(const struct components *c, struct buf *why)
{
	size_t i;

	for (i = 0; i < c->list->count; i++)
		if (c->lines[i].when != 0)
			c->list->components[i].line = c->lines[i].when;
	return copylist_check_when(c->list, c->shown, why);
}

int
components_check(const struct components *c, struct buf *why)
{
	struct edges edges = { NULL, 0 };
	size_t i;
	int rc = 0;

	for (i = 0; i < c->list->count && rc == 0; i++) {
		rc = check_service(c, i, why);
		if (rc == 0)
			rc = check_after(c, i, &edges, why);
	}
	if (rc == 0)
		rc = check_circle(c, &edges, why);
	if (rc == 0)
		rc = check_when(c, why);
	free(edges.edges);
	return rc;
}

static bool
has_file(const struct copylist_component *c, const char *folded)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		if (strcmp(c->files[i].folded, folded) == 0)
			return true;
	return false;
}

static int
check_binary(const struct components *c, size_t number,
    const struct copylist_component *component, struct buf *why)
{
	struct buf folded = BUF_INIT;
	size_t i;
	int rc = pattern_fold(component->binary, &folded);

	for (i = 0; i < folded.len; i++)
		if (folded.data[i] == '\\')
			folded.data[i] = '/';
	if (rc == 0 && !has_file(component, buf_text(&folded)))
		rc = ERR_FORMAT;
	if (rc == ERR_FORMAT)
		buf_why(why, rc,
		    "%s:%u: Binary=%s: is none of the files of "
		    "[Component %s]",
		    c->shown, c->lines[number].binary, component->binary,
		    component->name);
	buf_free(&folded);
	return rc;
}

int
components_check_binaries(
    const struct components *c, const struct copylist *list, struct buf *why)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < list->count && rc == 0; i++)
		if (list->components[i].type == COPYLIST_SERVICE)
			rc = check_binary(c, i, &list->components[i], why);
	return rc;
}
