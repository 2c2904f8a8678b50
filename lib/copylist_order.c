/*
 * Components by name, and the order that After= asks for. Both stay quick for
 * as many components as a list may have, however they refer to each other.
 */
#include "copylist.h"

#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "buf.h"
#include "copylist_format.h"
#include "text.h"

#define NONE ((size_t)-1)

/* "`before` has to be in place first", as a chain of what waits for it. */
struct edge {
	size_t waiting; /* number of a component */
	size_t next;	/* number of an edge, or NONE */
};

struct graph {
	size_t *first;	 /* by component: its chain of edges */
	size_t *missing; /* by component: how many it waits for */
	size_t *placed;	 /* by component: its new number, or NONE */
	struct edge *edges;
	size_t count, size; /* of edges: used, allocated */
};

static unsigned char
lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* Order of names, the case of A to Z ignored. */
static int
compare_names(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t i;

	for (i = 0; i < alen && i < blen; i++)
		if (lower(a[i]) != lower(b[i]))
			return lower(a[i]) < lower(b[i]) ? -1 : 1;
	return (alen > blen) - (alen < blen);
}

static int
compare_components(const void *a, const void *b)
{
	const struct copylist_component *const *ca = a;
	const struct copylist_component *const *cb = b;
	int order;

	order = compare_names(
	    (*ca)->name, strlen((*ca)->name), (*cb)->name, strlen((*cb)->name));
	if (order != 0)
		return order;
	return ((*ca)->line > (*cb)->line) - ((*ca)->line < (*cb)->line);
}

int
copylist_index(const struct copylist *list, const char *shown,
    const struct copylist_component ***index, struct buf *why)
{
	const struct copylist_component **sorted;
	size_t i;

	sorted = calloc(list->count + 1, sizeof *sorted);
	if (sorted == NULL)
		return ERR_NOMEM;
	for (i = 0; i < list->count; i++)
		sorted[i] = &list->components[i];
	qsort(sorted, list->count, sizeof *sorted, compare_components);
	for (i = 1; i < list->count; i++) {
		if (!text_same(sorted[i - 1]->name, sorted[i]->name))
			continue;
		buf_why(why, ERR_FORMAT,
		    "%s:%u: component %s stands in line %u already", shown,
		    sorted[i]->line, sorted[i]->name, sorted[i - 1]->line);
		free(sorted);
		return ERR_FORMAT;
	}
	*index = sorted;
	return 0;
}

const struct copylist_component *
copylist_index_find(const struct copylist_component *const *index, size_t count,
    const char *name, size_t len)
{
	size_t low = 0, high = count, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = compare_names(name, len, index[middle]->name,
		    strlen(index[middle]->name));
		if (order == 0)
			return index[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static int
graph_make(struct graph *g, size_t components)
{
	size_t i;

	memset(g, 0, sizeof *g);
	g->first = calloc(components + 1, sizeof *g->first);
	g->missing = calloc(components + 1, sizeof *g->missing);
	g->placed = calloc(components + 1, sizeof *g->placed);
	if (g->first == NULL || g->missing == NULL || g->placed == NULL)
		return ERR_NOMEM;
	for (i = 0; i < components; i++)
		g->first[i] = g->placed[i] = NONE;
	return 0;
}

static void
graph_free(struct graph *g)
{
	free(g->first);
	free(g->missing);
	free(g->placed);
	free(g->edges);
}

static int
graph_add(struct graph *g, size_t before, size_t waiting)
{
	struct edge *edges;
	size_t size;

	if (g->count == g->size) {
		size = g->size == 0 ? 64 : 2 * g->size;
		edges = realloc(g->edges, size * sizeof *edges);
		if (edges == NULL)
			return ERR_NOMEM;
		g->edges = edges;
		g->size = size;
	}
	g->edges[g->count].waiting = waiting;
	g->edges[g->count].next = g->first[before];
	g->first[before] = g->count++;
	g->missing[waiting]++;
	return 0;
}

/* Takes the next name off an After= list and finds it. */
static bool
next_before(const struct copylist_order *o, const char **rest,
    const struct copylist_component **before, struct buf *unknown)
{
	const char *name;
	size_t len;

	if (!text_item(rest, ',', &name, &len))
		return false;
	*before = copylist_index_find(o->index, o->list->count, name, len);
	if (*before == NULL)
		buf_add(unknown, name, len);
	return true;
}

static int
add_component(const struct copylist_order *o, struct graph *g, size_t number)
{
	const struct copylist_component *c = &o->list->components[number];
	const struct copylist_component *before;
	struct buf unknown = BUF_INIT;
	const char *rest = c->after;
	int err = 0;

	while (err == 0 && rest != NULL &&
	    next_before(o, &rest, &before, &unknown)) {
		if (before != NULL)
			err = graph_add(
			    g, (size_t)(before - o->list->components), number);
		else
			err = buf_why(o->why, ERR_FORMAT,
			    "%s:%u: After= of %s names %s, which is no "
			    "component",
			    o->shown, o->lines[number], c->name,
			    buf_text(&unknown));
	}
	buf_free(&unknown);
	return err;
}

static void
place(struct graph *g, size_t number, size_t position)
{
	size_t e;

	g->placed[number] = position;
	/* An edge is filled before a chain has it; the analyzer cannot see it.
	 */
	for (e = g->first[number]; e != NONE; e = g->edges[e].next)
		/* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.ArraySubscript) */
		g->missing[g->edges[e].waiting]--;
}

static bool
is_free(const struct graph *g, size_t number)
{
	return g->placed[number] == NONE && g->missing[number] == 0;
}

/* Gives positions to all components that lie on no circle and wait for none;
 * returns how many those are. */
static size_t
place_all(struct graph *g, size_t components, size_t standard)
{
	size_t done, start = 0, i;

	for (done = 0; done < components; done++) {
		if (standard != NONE && is_free(g, standard)) {
			place(g, standard, done);
			continue;
		}
		/* Lists are mostly in order: look from the first that waits. */
		while (start < components && g->placed[start] != NONE)
			start++;
		for (i = start; i < components && !is_free(g, i); i++)
			;
		if (i == components)
			break;
		place(g, i, done);
	}
	return done;
}

/* A component without a place that `number`, which has none, waits for. */
static size_t
waits_for(const struct copylist_order *o, const struct graph *g, size_t number)
{
	const struct copylist_component *before;
	const char *rest = o->list->components[number].after;

	while (next_before(o, &rest, &before, NULL))
		if (g->placed[before - o->list->components] == NONE)
			return (size_t)(before - o->list->components);
	return number;
}

/* Every component without a place leads, by what it waits for, into a circle:
 * names the member of it that stands first in the list. */
static int
refuse_circle(const struct copylist_order *o, struct graph *g)
{
	size_t i, at, first;

	for (at = 0; g->placed[at] != NONE; at++)
		;
	/* Where it comes a second time it is on the circle. */
	while (g->missing[at] != 0) {
		g->missing[at] = 0;
		at = waits_for(o, g, at);
	}
	first = at;
	for (i = waits_for(o, g, at); i != at; i = waits_for(o, g, i))
		if (i < first)
			first = i;
	return buf_why(o->why, ERR_FORMAT,
	    "%s:%u: After= of %s leads in a circle back to it", o->shown,
	    o->lines[first], o->list->components[first].name);
}

static int
move_all(struct copylist *list, const struct graph *g)
{
	struct copylist_component *sorted;
	size_t i;

	sorted = calloc(list->count + 1, sizeof *sorted);
	if (sorted == NULL)
		return ERR_NOMEM;
	for (i = 0; i < list->count; i++)
		sorted[g->placed[i]] = list->components[i];
	free(list->components);
	list->components = sorted;
	return 0;
}

int
copylist_order_components(const struct copylist_order *o)
{
	const struct copylist_component *standard;
	struct copylist *list = o->list;
	struct graph g;
	size_t i, number = NONE;
	int err;

	err = graph_make(&g, list->count);
	for (i = 0; i < list->count && err == 0; i++)
		err = add_component(o, &g, i);
	if (err != 0)
		goto out;
	standard = copylist_index_find(o->index, list->count, COPYLIST_STANDARD,
	    strlen(COPYLIST_STANDARD));
	if (standard != NULL)
		number = (size_t)(standard - list->components);
	if (place_all(&g, list->count, number) < list->count)
		err = refuse_circle(o, &g);
	else
		err = move_all(list, &g);
out:
	graph_free(&g);
	return err;
}
