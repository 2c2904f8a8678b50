/*
 * Which logon roots SMS.INI names, in the order in which they are tried.
 */
#include "smsini.h"

#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "buf.h"
#include "inifile.h"
#include "path.h"
#include "text.h"

#define DEFAULT_SHARE "SMS_SHR"

struct roots {
	char **list;
	size_t count, size;
};

/* A ServerN line. */
struct server {
	uint64_t number;
	const struct inifile_entry *entry;
};

/* Names of servers and shares ignore case, those of local folders may not. */
static bool
is_same_root(const char *a, const char *b)
{
	bool share = a[0] == '/' && a[1] == '/';

	return share ? text_same(a, b) : strcmp(a, b) == 0;
}

/* Takes over `root` (NULL: out of memory). */
static int
add(struct roots *roots, char *root)
{
	char **grown;
	size_t i, size;

	if (root == NULL)
		return ERR_NOMEM;
	for (i = 0; i < roots->count; i++)
		if (is_same_root(root, roots->list[i]))
			break;
	if (*root == '\0' || i < roots->count ||
	    roots->count == SMSINI_ROOTS_MAX) {
		free(root);
		return 0;
	}
	if (roots->count == roots->size) {
		size = roots->size == 0 ? 8 : roots->size * 2;
		grown = realloc(roots->list, size * sizeof *grown);
		if (grown == NULL) {
			free(root);
			return ERR_NOMEM;
		}
		roots->list = grown;
		roots->size = size;
	}
	roots->list[roots->count++] = root;
	return 0;
}

/* A server of [Servers] with its share in [Share]. */
static int
add_server(struct roots *roots, const struct smsini *ini, const char *key,
    const char *server)
{
	const char *share = smsini_get(ini, "Share", key);
	struct buf path = BUF_INIT;
	char *root = NULL;

	server += strspn(server, "/\\");
	if (*server == '\0')
		return 0;
	if (share == NULL || *share == '\0')
		share = DEFAULT_SHARE;
	if (buf_format(&path, "//%s/%s", server, share) == 0)
		root = path_clean(path.data);
	buf_free(&path);
	return add(roots, root);
}

static int
compare(const void *left, const void *right)
{
	const struct server *a = left, *b = right;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	/* Of equal keys the first counts. */
	return a->entry->line < b->entry->line
	    ? -1
	    : a->entry->line > b->entry->line;
}

/* The number of the section of that name that counts, 0: there is none. */
static unsigned
section_number(const struct inifile *ini, const char *name)
{
	const struct inifile_section *sections;
	size_t count, i;

	sections = inifile_sections(ini, &count);
	for (i = 0; i < count; i++)
		if (text_same(sections[i].name, name))
			return (unsigned)i + 1;
	return 0;
}

/* Puts the ServerN lines of the section that counts into `servers` by number;
 * returns how many. */
static size_t
collect(const struct inifile *ini, struct server *servers)
{
	const struct inifile_entry *entries;
	unsigned section = section_number(ini, "Servers");
	size_t count, found = 0, i;
	const char *key;

	entries = inifile_entries(ini, &count);
	for (i = 0; section != 0 && i < count; i++) {
		key = entries[i].key;
		if (entries[i].section_number != section || strlen(key) < 7 ||
		    !text_same_n(key, 6, "Server", 6) ||
		    text_number(key + 6, UINT64_MAX, &servers[found].number) !=
			0)
			continue;
		servers[found++].entry = &entries[i];
	}
	if (found > 1)
		qsort(servers, found, sizeof *servers, compare);
	return found;
}

static int
add_servers(struct roots *roots, const struct smsini *ini)
{
	struct server *servers;
	size_t count, i;
	int rc = 0;

	inifile_entries(ini->ini, &count);
	servers = calloc(count + 1, sizeof *servers);
	if (servers == NULL)
		return ERR_NOMEM;
	count = collect(ini->ini, servers);
	for (i = 0; rc == 0 && i < count && roots->count < SMSINI_ROOTS_MAX;
	     i++) {
		if (i > 0 && servers[i].number == servers[i - 1].number)
			continue;
		rc = add_server(
		    roots, ini, servers[i].entry->key, servers[i].entry->value);
	}
	free(servers);
	return rc;
}

static int
add_all(struct roots *roots, const struct smsini *ini)
{
	const char *value;
	int rc = 0;

	if (ini == NULL || ini->ini == NULL)
		return 0;
	/* One that is relative would be another place for every run. */
	if (ini->last_root != NULL && path_is_absolute(ini->last_root))
		rc = add(roots, path_clean(ini->last_root));
	value = smsini_get(ini, "Servers", "CurrentLogonServer");
	if (rc == 0 && value != NULL)
		rc = add_server(roots, ini, "CurrentLogonServer", value);
	if (rc == 0)
		rc = add_servers(roots, ini);
	return rc;
}

int
smsini_roots(
    const struct smsini *ini, const char *given, char ***roots, size_t *count)
{
	struct roots found = { NULL, 0, 0 };
	int rc;

	*roots = NULL;
	*count = 0;
	rc = given != NULL ? add(&found, path_clean(given))
			   : add_all(&found, ini);
	if (rc == 0 && found.count == 0)
		rc = ERR_NOENT;
	if (rc != 0) {
		smsini_roots_free(found.list, found.count);
		return rc;
	}
	*roots = found.list;
	*count = found.count;
	return 0;
}

void
smsini_roots_free(char **roots, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		free(roots[i]);
	free(roots);
}
