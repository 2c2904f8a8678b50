/*
 * Words and switches become one of: a table, one state shown, one state set, a
 * request. Only administrators set states; anybody may ask.
 */
#include "setclcfg.h"

#include <stdio.h>
#include <string.h>

#include "err.h"

#include "client.h"
#include "copylist.h"
#include "request.h"
#include "table.h"
#include "text.h"

#define HINT  "; try /?"
#define NAMED 20 /* components; the others are counted */

/* The name as the list or services.ini writes it; NULL: not known. */
static const char *
find_name(const struct client *c, const char *word)
{
	const struct services_component *component;
	const struct copylist_component *listed = NULL;

	if (c->list != NULL)
		listed = copylist_component_of(c->list, word);
	if (listed != NULL)
		return listed->name;
	component = services_find(&c->services, word);
	return component == NULL ? NULL : component->name;
}

/* What is no service has no state but that of the copy list. */
static bool
is_of_files(const struct client *c, const char *name)
{
	const struct copylist_component *listed = NULL;

	if (c->list != NULL)
		listed = copylist_component_of(c->list, name);
	return listed != NULL && listed->type == COPYLIST_FILES;
}

static int
refuse_name(struct client *c, const char *word)
{
	struct buf names = BUF_INIT;
	size_t i;

	if (table_complete(c) != 0)
		return ERR_NOMEM;
	for (i = 0; i < c->services.count && i < NAMED; i++)
		buf_format(&names, "%s%s", i == 0 ? "" : ", ",
		    c->services.list[i].name);
	if (i < c->services.count)
		buf_format(&names, " and %zu more", c->services.count - i);
	buf_why(&c->why, ERR_FORMAT, "%s: no such component; %s%s", word,
	    i == 0 ? "none is known" : "there are: ", buf_text(&names));
	buf_free(&names);
	return ERR_FORMAT;
}

/* What is said of a state. */
static int
add_state(const struct client *c, const char *name, enum services_state state,
    struct buf *line)
{
	bool current = c->options->current;

	text_printable(c->machine, line);
	buf_add_text(line, ": ");
	text_printable(name, line);
	buf_add_text(line, current ? ": current " : ": requested ");
	if (state != SERVICES_UNSAID)
		buf_add_text(line, services_state_name(state));
	else
		buf_add_text(
		    line, current ? "not known" : "as the copy list says");
	if (!current && is_of_files(c, name))
		buf_add_text(
		    line, " (of Type=files: kept as the copy list says)");
	return line->failed ? ERR_NOMEM : 0;
}

static int
change(struct client *c, struct services_component *component,
    enum services_state state)
{
	int rc;

	if (c->options->current) {
		component->current = state;
	} else {
		/* An administrator forces it: what failed is tried again. */
		component->requested = state;
		component->failures = 0;
		services_say(&component->failed, NULL);
	}
	rc = services_write(c->state, &c->services);
	return rc == 0 ? 0
		       : buf_why(&c->why, rc, "%s/" LAYOUT_SERVICES ": %s",
			     c->layout.state, err_text(rc));
}

static int
set_state(struct client *c, const char *word, enum services_state state)
{
	const char *name = find_name(c, word);
	struct services_component *component;
	struct buf line = BUF_INIT;
	int rc;

	if (name == NULL)
		return refuse_name(c, word);
	component = services_get(&c->services, name);
	if (component == NULL)
		return ERR_NOMEM;
	rc = add_state(c, component->name, state, &line);
	if (rc == 0)
		rc = change(c, component, state);
	if (rc == 0)
		printf("%s\n", buf_text(&line));
	buf_free(&line);
	return rc;
}

static int
show_state(struct client *c, const char *word)
{
	const struct services_component *component;
	enum services_state state = SERVICES_UNSAID;
	const char *name = find_name(c, word);
	struct buf line = BUF_INIT;
	int rc;

	if (name == NULL)
		return refuse_name(c, word);
	component = services_find(&c->services, name);
	if (component != NULL)
		state = c->options->current ? component->current
					    : component->requested;
	rc = add_state(c, name, state, &line);
	if (rc == 0)
		printf("%s\n", buf_text(&line));
	buf_free(&line);
	return rc;
}

static int
set(struct client *c)
{
	const char *word = c->options->words[2];
	enum services_state state;
	int rc;

	if (services_state_parse(word, &state) != 0 || state == SERVICES_UNSAID)
		return buf_why(&c->why, ERR_ARG,
		    "%s: no state; there are: Installed, Not Installed, "
		    "Started, Disabled",
		    word);
	if ((rc = client_find(c)) != 0 || (rc = client_locate(c)) != 0 ||
	    (rc = client_lock(c)) != 0 || (rc = client_read(c)) != 0)
		return rc;
	return set_state(c, c->options->words[1], state);
}

static int
show(struct client *c)
{
	int rc;

	if ((rc = client_find(c)) != 0 || (rc = client_locate(c)) != 0 ||
	    (rc = client_read(c)) != 0)
		return rc;
	if (c->services.damaged)
		return EXIT_INPUT; /* it has been said */
	if (c->options->count == 1)
		return table_print(c);
	return show_state(c, c->options->words[1]);
}

/* An exit code, or a negative one. */
static int
work(struct client *c)
{
	const struct setclcfg_options *o = c->options;
	bool state = o->current || o->requested;
	int rc;

	if (o->count == 0)
		return buf_why(&c->why, ERR_ARG,
		    "CLIENT is missing: a name, or * for this machine" HINT);
	if (o->count > 3)
		return buf_why(&c->why, ERR_ARG, "%s: one word too many" HINT,
		    o->words[3]);
	if (o->request && o->count != 3)
		return buf_why(
		    &c->why, ERR_ARG, "/f: SERVER and ID are missing" HINT);
	if (o->count > 1 && !state && !o->request)
		return buf_why(&c->why, ERR_ARG,
		    "%s: /c (current) or /r (requested) is missing" HINT,
		    o->words[1]);
	rc = client_name(c);
	if (rc != 0)
		return rc;
	if (o->request)
		return request_drop(c);
	return o->count == 3 ? set(c) : show(c);
}

static int
exit_code_of(int rc)
{
	switch (rc) {
	case ERR_ARG: return EXIT_USAGE;
	case ERR_FORMAT:
	case ERR_UNTRUSTED: return EXIT_INPUT;
	case ERR_HOST: return EXIT_NOSERVER;
	case ERR_BUSY: return EXIT_BUSY;
	default: return rc < 0 ? EXIT_FAILED : rc;
	}
}

int
setclcfg_run(const struct setclcfg_options *options)
{
	struct client c = { .options = options };
	int rc = work(&c);

	if (rc >= 0 && options_flush(&c.why) != 0)
		rc = ERR_IO;
	if (rc < 0)
		client_complain(&c, rc);
	client_free(&c);
	return exit_code_of(rc);
}
