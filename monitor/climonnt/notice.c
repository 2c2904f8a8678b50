/*
 * The restart notice. What was told last stands in a file of this user, two
 * lines: the CopyListVersion and the components. So a monitor that starts anew,
 * at each logon or as the successor of another one, does not tell it again.
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
#include "smsini.h"
#include "text.h"

#define BETWEEN	 ','
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

/* Was all of `names` told for this version? */
static bool
was_told(const char *told, uint64_t version, const char *names)
{
	const char *name;
	char *rest;
	size_t len;

	if (told == NULL || strtoull(told, &rest, 10) != version)
		return false;
	while (text_item(&names, BETWEEN, &name, &len))
		if (!holds(rest + strspn(rest, "\r\n"), name, len))
			return false;
	return true;
}

static int
open_memory(const struct monitor *m, struct os_dir **dir, struct buf *name)
{
	char *folder = NULL;
	int rc;

	*dir = NULL;
	rc = instance_folder(&folder);
	if (rc == 0)
		rc = os_dir_open(folder, dir);
	if (rc == 0)
		rc = buf_format(name, "climonnt-%016" PRIx64 ".told",
		    instance_hash(m->client.layout.ini));
	free(folder);
	return rc;
}

/* What cannot be read was not told. */
static void
remember(struct monitor *m)
{
	struct buf name = BUF_INIT, text = BUF_INIT;
	struct os_dir *dir;

	if (open_memory(m, &dir, &name) == 0 &&
	    file_read(dir, name.data, TOLD_MAX, &text) == 0 &&
	    buf_text(&text)[0] != '\0')
		m->told = buf_take(&text);
	os_dir_close(dir);
	buf_free(&text);
	buf_free(&name);
}

/* Where it cannot be kept it is known until we end. */
static void
keep(struct monitor *m, uint64_t version, const char *names)
{
	struct buf name = BUF_INIT, text = BUF_INIT;
	struct os_dir *dir = NULL;

	buf_format(&text, "%" PRIu64 "\n%s", version, names);
	/* A quiet monitor has told nobody. */
	if (!text.failed && !m->options->quiet &&
	    open_memory(m, &dir, &name) == 0)
		file_write(dir, name.data, OS_PRIVATE, text.data, text.len);
	free(m->told);
	m->told = buf_take(&text);
	os_dir_close(dir);
	buf_free(&name);
}

static void
tell(struct monitor *m, uint64_t version, const char *names)
{
	struct buf text = BUF_INIT;
	size_t len, count = 0;
	const char *name;

	while (text_item(&names, BETWEEN, &name, &len))
		if (count++ < NAMED)
			buf_format(&text, "%s%.*s", count > 1 ? ", " : "",
			    (int)len, name);
	if (count > NAMED)
		buf_format(&text, " and %zu more", count - NAMED);
	if (m->options->quiet)
		log_info(m->log, "restart required for %s, copy list %" PRIu64,
		    buf_text(&text), version);
	else
		log_warning(m->log,
		    "restart this machine to complete the update of %s to "
		    "copy list %" PRIu64,
		    buf_text(&text), version);
	buf_free(&text);
}

void
notice_restart(struct monitor *m, uint64_t version)
{
	const char *names = smsini_get(m->client.ini, "Setup State", "Restart");
	const char *rest = names, *name;
	size_t len;

	if (names == NULL || !text_item(&rest, BETWEEN, &name, &len)) {
		log_info(m->log, "no component waits for a restart");
		return;
	}
	if (m->told == NULL)
		remember(m);
	if (was_told(m->told, version, names))
		return;
	tell(m, version, names);
	keep(m, version, names);
}
