/* COMPONENT, REQUESTED, CURRENT, RELEASE, and what is the matter. */
#include "table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "err.h"

#include "client.h"
#include "copylist.h"
#include "text.h"

#define NONE "-"

int
table_complete(struct client *c)
{
	size_t i;

	for (i = 0; c->list != NULL && i < c->list->count; i++)
		if (services_get(&c->services, c->list->components[i].name) ==
		    NULL)
			return ERR_NOMEM;
	return 0;
}

/* A column, filled up to its width and two blanks. */
static void
add_column(struct buf *line, const char *text, size_t width)
{
	size_t start = line->len;

	text_printable(text, line);
	while (line->len < start + width)
		buf_add_char(line, ' ');
	buf_add_text(line, "  ");
}

static void
add_state(struct buf *line, enum services_state state)
{
	add_column(line,
	    state == SERVICES_UNSAID ? NONE : services_state_name(state),
	    strlen("Not Installed"));
}

static void
add_reason(struct buf *line, size_t start, const char *what, const char *why)
{
	if (why == NULL)
		return;
	buf_add_text(line, line->len > start ? "; " : "");
	buf_add_text(line, what);
	text_printable(why, line);
}

static void
add_reasons(struct buf *line, const struct services_component *c)
{
	size_t start = line->len;

	add_reason(line, start, "repair: ", c->repair);
	add_reason(line, start, "restart: ", c->restart);
	if (c->failures > 0)
		buf_format(line, "%sfailed %u times",
		    line->len > start ? "; " : "", c->failures);
	if (line->len == start)
		buf_add_text(line, NONE);
}

static int
print_row(const struct services_component *c, size_t width)
{
	struct buf line = BUF_INIT;
	char release[24];
	int rc;

	snprintf(release, sizeof release, "%" PRIu64, c->release);
	add_column(&line, c->name, width);
	add_state(&line, c->requested);
	add_state(&line, c->current);
	add_column(
	    &line, c->release == 0 ? NONE : release, strlen("RELEASE   "));
	add_reasons(&line, c);
	rc = line.failed ? ERR_NOMEM : 0;
	if (rc == 0)
		printf("%s\n", buf_text(&line));
	buf_free(&line);
	return rc;
}

int
table_print(struct client *c)
{
	size_t width = strlen("COMPONENT"), i;
	int rc = table_complete(c);

	if (rc != 0)
		return rc;
	for (i = 0; i < c->services.count; i++)
		if (strlen(c->services.list[i].name) > width)
			width = strlen(c->services.list[i].name);
	printf("%-*s  REQUESTED      CURRENT        RELEASE     PENDING\n",
	    (int)width, "COMPONENT");
	for (i = 0; i < c->services.count && rc == 0; i++)
		rc = print_row(&c->services.list[i], width);
	return rc;
}
