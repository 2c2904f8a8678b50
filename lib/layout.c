/*
 * Where the things of one client stand. What SMS.INI says comes before /d:,
 * and /d: before the default places. The resident monitor links this file, so
 * nothing here may need PCRE2 or libgcrypt.
 */
#include "layout.h"

#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "inifile.h"
#include "path.h"

#define INI_NAME "SMS.INI"

/* A place that the system names, in the form that we keep paths in. */
static int
default_place(enum os_place place, char **path)
{
	char *raw = NULL;
	int rc;

	rc = os_place(place, &raw);
	if (rc != 0)
		return rc;
	*path = path_clean(raw);
	free(raw);
	return *path == NULL ? ERR_NOMEM : 0;
}

static int
join(const char *folder, const char *name, char **path)
{
	*path = path_join(folder, name);
	return *path == NULL ? ERR_NOMEM : 0;
}

/* Is `name` missing from `folder` for certain? What cannot be looked at counts
 * as there: "cannot open" is not "not found" (Q149673). */
static bool
is_missing(const char *folder, const char *name)
{
	struct os_dir *dir = NULL;
	struct os_info info;
	int rc;

	rc = os_dir_open(folder, &dir);
	if (rc == 0)
		rc = os_info(dir, name, &info);
	os_dir_close(dir);
	return rc == ERR_NOENT;
}

/* Where the original kept it on Windows: a client that was moved from it stays
 * where it is. */
static bool
is_on_drive(char **root)
{
	if (default_place(OS_DRIVE_ROOT, root) != 0)
		return false;
	if (!is_missing(*root, INI_NAME))
		return true;
	free(*root);
	*root = NULL;
	return false;
}

int
layout_find_ini(const char *given, const char *dir, char **ini)
{
	char *root = NULL, *clean;
	int rc;

	*ini = NULL;
	if (given != NULL) {
		*ini = path_clean(given);
		return *ini == NULL ? ERR_NOMEM : 0;
	}
	if (is_on_drive(&root)) {
		rc = join(root, INI_NAME, ini);
		free(root);
		return rc;
	}
	rc = default_place(OS_STATE_ROOT, &root);
	if (rc == 0 && dir != NULL && is_missing(root, INI_NAME)) {
		clean = path_clean(dir);
		free(root);
		root = clean;
		if (root == NULL)
			rc = ERR_NOMEM;
	}
	if (rc == 0)
		rc = join(root, INI_NAME, ini);
	free(root);
	return rc;
}

/* A quote is refused as it is on the command line: it never belongs to a path.
 * A relative one would be another place in every folder that a run starts
 * from. */
static bool
is_bad(const char *value)
{
	return strchr(value, '"') != NULL || !path_is_absolute(value);
}

/* A path of [SMS], or NULL in *path where there is none. */
static int
path_of(const struct inifile *content, const char *key, char **path)
{
	const char *value = NULL;

	*path = NULL;
	if (content != NULL)
		value = inifile_get(content, "SMS", key);
	if (value == NULL || *value == '\0')
		return 0;
	if (is_bad(value))
		return ERR_NAME;
	*path = path_clean(value);
	return *path == NULL ? ERR_NOMEM : 0;
}

const char *
layout_bad_key(const struct inifile *content)
{
	static const char *const keys[] = {
		"SMSPath",
		"SMSStatePath",
		"SMSInvDataPath",
		"SMSLogPath",
		"SMSTempPath",
	};
	const char *value;
	size_t i;

	for (i = 0; content != NULL && i < sizeof keys / sizeof keys[0]; i++) {
		value = inifile_get(content, "SMS", keys[i]);
		if (value != NULL && *value != '\0' && is_bad(value))
			return keys[i];
	}
	return NULL;
}

/* The value of `key`, else folder/name. */
static int
path_or(const struct inifile *content, const char *key, const char *folder,
    const char *name, char **path)
{
	int rc;

	rc = path_of(content, key, path);
	if (rc == 0 && *path == NULL)
		rc = join(folder, name, path);
	return rc;
}

/* The two roots. /d: is for a first install: where SMSPath stands already, a
 * forgotten switch must not move half of a client. */
static int
make_roots(
    struct layout *layout, const char *dir, const struct inifile *content)
{
	bool installed;
	int rc;

	rc = path_of(content, "SMSPath", &layout->client);
	if (rc == 0)
		rc = path_of(content, "SMSStatePath", &layout->state_root);
	if (rc != 0)
		return rc;
	installed = layout->client != NULL;
	if (!installed && dir != NULL) {
		free(layout->state_root);
		layout->client = path_clean(dir);
		layout->state_root = path_clean(dir);
		return layout->client == NULL || layout->state_root == NULL
		    ? ERR_NOMEM
		    : 0;
	}
	if (!installed)
		rc = default_place(OS_CLIENT_ROOT, &layout->client);
	if (rc == 0 && layout->state_root == NULL)
		rc = default_place(OS_STATE_ROOT, &layout->state_root);
	return rc;
}

static int
make_rest(struct layout *layout, const struct inifile *content)
{
	const char *root = layout->state_root;
	int rc;

	rc = join(root, "STATE", &layout->state);
	if (rc == 0)
		rc = join(root, "ccr.box", &layout->requests);
	if (rc == 0)
		rc = path_or(content, "SMSInvDataPath", root, "INVDATA",
		    &layout->invdata);
	if (rc == 0)
		rc = path_or(
		    content, "SMSLogPath", root, "LOGS", &layout->logs);
	if (rc == 0)
		rc = path_or(
		    content, "SMSTempPath", root, "TEMP", &layout->temp);
	return rc;
}

int
layout_make(struct layout *layout, const char *ini, const char *dir,
    const struct inifile *content)
{
	int rc;

	*layout = (struct layout){ 0 };
	layout->ini = path_clean(ini);
	rc = layout->ini == NULL ? ERR_NOMEM : 0;
	if (rc == 0)
		rc = make_roots(layout, dir, content);
	if (rc == 0)
		rc = make_rest(layout, content);
	if (rc != 0)
		layout_free(layout);
	return rc;
}

void
layout_free(struct layout *layout)
{
	free(layout->ini);
	free(layout->client);
	free(layout->state_root);
	free(layout->state);
	free(layout->invdata);
	free(layout->logs);
	free(layout->temp);
	free(layout->requests);
	*layout = (struct layout){ 0 };
}

static int
build(const char *path, enum os_rights rights, struct buf *why)
{
	int rc;

	rc = os_dir_make_path(path, rights);
	if (rc != 0)
		buf_why(why, rc, "%s: cannot make this folder: %s", path,
		    err_text(rc));
	return rc;
}

static int
build_below(const char *folder, const char *name, struct buf *why)
{
	char *path = path_join(folder, name);
	int rc;

	if (path == NULL)
		return buf_why(why, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
	rc = build(path, OS_PUBLIC, why);
	free(path);
	return rc;
}

int
layout_build(const struct layout *layout, struct buf *why)
{
	int rc;

	rc = build(layout->client, OS_PUBLIC, why);
	if (rc == 0)
		rc = build_below(layout->client, "BIN", why);
	if (rc == 0)
		rc = build_below(layout->client, "DATA", why);
	if (rc == 0)
		rc = build(layout->state_root, OS_PUBLIC, why);
	/* Public: whoever logs on compares and watches there. */
	if (rc == 0)
		rc = build(layout->state, OS_PUBLIC, why);
	if (rc == 0)
		rc = build(layout->logs, OS_PUBLIC, why);
	if (rc == 0)
		rc = build(layout->temp, OS_PRIVATE, why);
	if (rc == 0)
		rc = build(layout->invdata, OS_OPEN_BOX, why);
	if (rc == 0)
		rc = build(layout->requests, OS_DROP_BOX, why);
	return rc;
}
