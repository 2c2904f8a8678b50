/*
 * The restart notice. What was told last stands in files of this user, so that a
 * monitor that starts anew, at each logon or as the successor of another one,
 * does not tell it again. Of a setup (.told) two lines: the CopyListVersion and
 * the components. Of services.ini (.services) a line for each component:
 *
 *	<Installed Release> <component>
 *
 * ccm notes the release when the files are in: until then it is one change,
 * however often ccm tries, fails and tries again.
 */
#include "notice.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "climonnt.h"
#include "file.h"
#include "instance.h"
#include "logfile.h"
#include "monitor.h"
#include "services.h"
#include "smsini.h"
#include "text.h"

#define BETWEEN	 ','
#define SETUP	 ".told"
#define SERVICES ".services"
#define TITLE	 "Restart needed"
#define NAMED	 8     /* components; the others are counted */
#define TOLD_MAX 65536 /* bytes; a longer one is not ours */

static bool
holds(const char *list, const char *name, size_t len)
{
	const char *item;
	size_t own;

	while (text_item(&list, BETWEEN, &item, &own))
		if (text_same_n(item, own, name, len))
			return true;
	return false;
}

/* The components of what was told. */
static const char *
names_of(const char *told)
{
	told += strspn(told, "0123456789");
	return told + strspn(told, "\r\n");
}

/* Was all of `names` told for this version? */
static bool
was_told(const char *told, uint64_t version, const char *names)
{
	const char *name;
	size_t len;

	if (told == NULL || strtoull(told, NULL, 10) != version)
		return false;
	while (text_item(&names, BETWEEN, &name, &len))
		if (!holds(names_of(told), name, len))
			return false;
	return true;
}

static int
open_memory(const struct monitor *m, const char *which, struct os_dir **dir,
    struct buf *name)
{
	char *folder = NULL;
	int rc;

	*dir = NULL;
	rc = instance_folder(&folder);
	if (rc == 0)
		rc = os_dir_open(folder, dir);
	if (rc == 0)
		rc = buf_format(name, "climonnt-%016" PRIx64 "%s",
		    instance_hash(m->client.layout.ini), which);
	free(folder);
	return rc;
}

/* What cannot be read was not told. */
static void
remember(const struct monitor *m, const char *which, char **told)
{
	struct buf name = BUF_INIT, text = BUF_INIT;
	struct os_dir *dir = NULL;

	if (*told == NULL && open_memory(m, which, &dir, &name) == 0 &&
	    file_read(dir, name.data, TOLD_MAX, &text) == 0 &&
	    buf_text(&text)[0] != '\0')
		*told = buf_take(&text);
	os_dir_close(dir);
	buf_free(&text);
	buf_free(&name);
}

/* Where it cannot be kept it is known until we end. */
static void
keep(const struct monitor *m, const char *which, struct buf *text, char **told)
{
	struct buf name = BUF_INIT;
	struct os_dir *dir = NULL;

	/* A quiet monitor has told nobody. */
	if (!text->failed && !m->options->quiet &&
	    open_memory(m, which, &dir, &name) == 0)
		file_write(dir, name.data, OS_PRIVATE, text->data, text->len);
	free(*told);
	*told = buf_take(text);
	os_dir_close(dir);
	buf_free(&name);
}

/* Names for people, the first ones. */
struct names {
	struct buf text;
	size_t count;
};

static void
add_name(struct names *names, const char *name, size_t len)
{
	if (names->count++ < NAMED)
		buf_format(&names->text, "%s%.*s", names->count > 1 ? ", " : "",
		    (int)len, name);
}

/* `list` is " to copy list N", or "". */
static void
tell(struct monitor *m, struct names *names, const char *list)
{
	struct buf shown = BUF_INIT;
	int rc;

	if (names->count > NAMED)
		buf_format(&names->text, " and %zu more", names->count - NAMED);
	if (m->options->quiet) {
		log_info(m->log, "restart required for the update of %s%s",
		    buf_text(&names->text), list);
		return;
	}
	log_warning(m->log,
	    "restart this machine to complete the update of %s%s",
	    buf_text(&names->text), list);
	buf_format(&shown,
	    "Restart this machine to complete the update of %s%s.",
	    buf_text(&names->text), list);
	rc = os_notice(TITLE, buf_text(&shown));
	if (rc != 0)
		log_info(
		    m->log, "the notice could not be shown: %s", err_text(rc));
	buf_free(&shown);
}

void
notice_restart(struct monitor *m, uint64_t version)
{
	const char *names = smsini_get(m->client.ini, "Setup State", "Restart");
	const char *rest = names, *name;
	struct names waiting = { BUF_INIT, 0 };
	struct buf list = BUF_INIT, text = BUF_INIT;
	size_t len;

	if (names == NULL || !text_item(&rest, BETWEEN, &name, &len)) {
		log_info(m->log, "no component waits for a restart");
		return;
	}
	remember(m, SETUP, &m->told);
	if (was_told(m->told, version, names))
		return;
	for (rest = names; text_item(&rest, BETWEEN, &name, &len);)
		add_name(&waiting, name, len);
	buf_format(&list, " to copy list %" PRIu64, version);
	tell(m, &waiting, buf_text(&list));
	buf_format(&text, "%" PRIu64 "\n%s", version, names);
	keep(m, SETUP, &text, &m->told);
	buf_free(&text);
	buf_free(&list);
	buf_free(&waiting.text);
}

/* Was it told, in the state in which it is? */
static bool
is_told(const char *told, const struct services_component *c)
{
	uint64_t release;
	char *name;
	size_t len;

	while (told != NULL && *told != '\0') {
		release = strtoull(told, &name, 10);
		name += *name == ' ';
		len = strcspn(name, "\n");
		if (release == c->release &&
		    text_same_n(name, len, c->name, strlen(c->name)))
			return true;
		told = name + len;
		told += *told == '\n';
	}
	return false;
}

/* Has the setup said so, and was that told? */
static bool
is_told_of_setup(struct monitor *m, const char *name)
{
	const char *names = smsini_get(m->client.ini, "Setup State", "Restart");
	size_t len = strlen(name);

	if (names == NULL || !holds(names, name, len))
		return false;
	remember(m, SETUP, &m->told);
	return m->told != NULL && holds(names_of(m->told), name, len);
}

/* Those that wait and were not told; `text` is what is told from now on. */
static void
find_waiting(struct monitor *m, const struct services *services,
    struct names *waiting, struct buf *text)
{
	const struct services_component *c;
	size_t i;

	for (i = 0; i < services->count; i++) {
		c = &services->list[i];
		if (!is_told(m->told_services, c)) {
			if (c->restart == NULL || is_told_of_setup(m, c->name))
				continue;
			add_name(waiting, c->name, strlen(c->name));
		}
		buf_format(text, "%" PRIu64 " %s\n", c->release, c->name);
	}
}

static int
read_services(const struct monitor *m, struct services *services)
{
	struct os_dir *state = NULL;
	int rc = os_dir_open(m->client.layout.state, &state);

	*services = (struct services){ .list = NULL };
	if (rc == 0)
		rc = services_read(state, services, NULL);
	os_dir_close(state);
	return rc;
}

void
notice_services(struct monitor *m)
{
	struct names waiting = { BUF_INIT, 0 };
	struct services services;
	struct buf text = BUF_INIT;

	/* What cannot be read is ccm's to say and to mend. */
	if (read_services(m, &services) != 0 || services.count == 0)
		return;
	remember(m, SERVICES, &m->told_services);
	find_waiting(m, &services, &waiting, &text);
	if (waiting.count > 0) {
		tell(m, &waiting, "");
		keep(m, SERVICES, &text, &m->told_services);
	}
	buf_free(&text);
	buf_free(&waiting.text);
	services_free(&services);
}
