/*
 * STATE/services.ini: for each component what an administrator asks for and
 * what is there. ccm writes it, setclcfg shows and sets it; see
 * doc/services.md.
 *
 *	[Client Inventory]
 *	Requested Installation State=Started
 *	Current Installation State=Started
 *	Installed Release=1795197600
 */
#ifndef SERVICES_H
#define SERVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct os_dir;

enum services_state {
	SERVICES_UNSAID, /* no such key */
	SERVICES_NOT_INSTALLED,
	SERVICES_INSTALLED, /* files are there, it is not to run */
	SERVICES_STARTED,
	SERVICES_DISABLED, /* files are there, it cannot be started */
};

/* Texts are malloc'd or NULL. */
struct services_component {
	char *name;
	enum services_state requested; /* unsaid: as the copy list says */
	enum services_state current;
	uint64_t release;  /* Installed Release=: Release of the list whose
			   * files it has; 0 when absent */
	char *repair;	   /* Repair Pending=, the reason */
	char *restart;	   /* Restart Pending=, the reason */
	char *failed;	   /* Failed Content=: what did not run, as
			   * copylist_component_sum says */
	unsigned failures; /* Failures=: how often that did not */
	/* How it was registered last: Service=, Program= (an absolute path),
	 * Arguments=, Start= (as in the list). */
	char *service, *program, *arguments, *start;
	char *others; /* Stopped Others=, comma-separated: services of somebody
		       * else that were stopped with it */
	bool stopped; /* Stopped=yes: by an update that has not ended, which
		       * is to start it again */
};

struct services {
	struct services_component *list; /* by name, letter case aside */
	size_t count;
	size_t size;
	bool damaged; /* the file could not be used */
};

/* Reads it. Missing: empty. Damaged (a value that is none, cut off, a folder, a
 * link, over 16 MiB): empty, `damaged` is set and `why` says what is wrong; it
 * is written anew by the next services_write. What cannot be opened and a disk
 * that fails are errors, then too there is nothing to free. Of components and
 * keys that stand there twice the first counts; other keys are passed over. */
int
services_read(struct os_dir *state, struct services *services, struct buf *why);
/* Replaces it in one step, flushed; keys and comments that we do not know are
 * gone then. Nothing is written when that changes no byte. ERR_ARG: a name or
 * text that the format cannot hold, or all of it is too long; as file_write. */
int services_write(struct os_dir *state, const struct services *services);
void services_free(struct services *services);

/* That of a component, letter case aside, or NULL. */
struct services_component *
services_find(const struct services *services, const char *name);
/* The same, added when missing; good until the next one is. NULL: no memory. */
struct services_component *
services_get(struct services *services, const char *name);
void services_drop(struct services *services, const char *name);
/* Sets one of the texts, as one line: control bytes become blanks, those at its
 * ends are cut. NULL and a text of nothing else take it away. ERR_NOMEM. */
int services_say(char **text, const char *format, ...)
    __attribute__((format(__printf__, 2, 3)));

/* "Installed", "Not Installed", "Started", "Disabled", "" for unsaid; and back
 * (letter case aside): ERR_FORMAT. */
const char *services_state_name(enum services_state state);
int services_state_parse(const char *text, enum services_state *state);

#endif
