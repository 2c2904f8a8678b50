/*
 * policy.ini and the pinned key. Who acts with administrators' rights believes
 * only what nobody else could have written. See doc/policy.md.
 */
#include "policy.h"

#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "file.h"
#include "inifile.h"
#include "layout.h"
#include "path.h"
#include "text.h"

#define POLICY_NAME "policy.ini"
#define KEYS_NAME   "keys"
#define KEY_SUFFIX  ".pub"
#define POLICY_MAX  ((size_t)1 << 20)

static int
no_memory(struct buf *why)
{
	return buf_why(why, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
}

/* Administrators' programs want a file that only administrators can write;
 * ERR_NOENT when it is not there. */
static int
check_trust(const char *path, struct buf *why)
{
	char *culprit = NULL;
	int rc;

	if (!os_is_admin())
		return 0;
	rc = os_trusted(path, &culprit);
	if (rc == ERR_UNTRUSTED)
		buf_why(why, rc, "%s: %s: %s", path, err_text(rc),
		    culprit == NULL ? "" : culprit);
	else if (rc != 0)
		buf_why(why, rc, "%s: %s", path, err_text(rc));
	free(culprit);
	return rc;
}

/* Values */

/* The value, or NULL where it is absent or blank. */
static const char *
value_of(const struct inifile *ini, const char *section, const char *key)
{
	const char *value = inifile_get(ini, section, key);

	return value == NULL || *value == '\0' ? NULL : value;
}

/* "500000", "500K", "2M": bytes a second. */
static int
read_bandwidth(const char *text, uint64_t *bandwidth)
{
	size_t len = strlen(text);
	unsigned shift = 0;
	char *digits;
	int rc;

	if (text_same(text + len - 1, "K"))
		shift = 10;
	else if (text_same(text + len - 1, "M"))
		shift = 20;
	digits = text_copy_n(text, shift == 0 ? len : len - 1);
	if (digits == NULL)
		return ERR_NOMEM;
	rc = text_number(digits, UINT64_MAX >> shift, bandwidth);
	free(digits);
	if (rc == 0)
		*bandwidth <<= shift;
	return rc;
}

static int
take_security(const struct inifile *ini, const char *path,
    struct policy *policy, struct buf *why)
{
	const char *value = value_of(ini, "Security", "AllowUnsigned");

	if (value == NULL)
		return 0;
	if (text_yes(value, true) != text_yes(value, false))
		return buf_why(why, ERR_FORMAT,
		    "%s:%u: AllowUnsigned is yes or no, not \"%s\"", path,
		    inifile_line(ini, "Security", "AllowUnsigned"), value);
	policy->allow_unsigned = text_yes(value, false);
	return 0;
}

static int
take_bandwidth(const struct inifile *ini, const char *path,
    struct policy *policy, struct buf *why)
{
	const char *value = value_of(ini, "Limits", "Bandwidth");
	int rc;

	if (value == NULL)
		return 0;
	rc = read_bandwidth(value, &policy->bandwidth);
	if (rc == 0)
		return 0;
	if (rc == ERR_NOMEM)
		return no_memory(why);
	return buf_why(why, ERR_FORMAT,
	    "%s:%u: Bandwidth is a number of "
	    "bytes a second (500000, 500K, 2M), not \"%s\"",
	    path, inifile_line(ini, "Limits", "Bandwidth"), value);
}

static int
take_window(const struct inifile *ini, const char *path, struct policy *policy,
    struct buf *why)
{
	const char *value = value_of(ini, "Limits", "Window");

	if (value == NULL || window_read(value, &policy->window) == 0)
		return 0;
	return buf_why(why, ERR_FORMAT,
	    "%s:%u: Window is a time of day like 22:00-06:00, not \"%s\"", path,
	    inifile_line(ini, "Limits", "Window"), value);
}

static int
take_text(const struct inifile *ini, const char *section, const char *key,
    char **text)
{
	const char *value = value_of(ini, section, key);

	if (value == NULL)
		return 0;
	*text = text_copy(value);
	return *text == NULL ? ERR_NOMEM : 0;
}

static int
take_values(const struct inifile *ini, const char *path, struct policy *policy,
    struct buf *why)
{
	int rc;

	rc = take_security(ini, path, policy, why);
	if (rc == 0)
		rc = take_bandwidth(ini, path, policy, why);
	if (rc == 0)
		rc = take_window(ini, path, policy, why);
	if (rc != 0)
		return rc;
	rc = take_text(ini, "Machines", "Allow", &policy->machines);
	return rc == 0 ? 0 : no_memory(why);
}

/* The file */

/* Reads the file `path`; ERR_NOENT when it is not there. Trust comes before
 * the content: nobody else can change it in between. */
static int
read_policy(const char *path, struct policy *policy, struct buf *why)
{
	struct inifile *ini = NULL;
	struct buf text = BUF_INIT;
	int rc;

	rc = check_trust(path, why);
	if (rc != 0)
		return rc;
	rc = file_read_path(path, POLICY_MAX, &text);
	if (rc != 0)
		buf_why(why, rc, "%s: cannot read: %s", path, err_text(rc));
	if (rc == 0)
		rc = inifile_parse(path, buf_text(&text), text.len,
		    INIFILE_DIALECT, &ini, why);
	if (rc == 0)
		rc = take_values(ini, path, policy, why);
	if (rc == 0) {
		policy->path = text_copy(path);
		if (policy->path == NULL)
			rc = no_memory(why);
	}
	inifile_free(ini);
	buf_free(&text);
	return rc;
}

static int
find_policy(const char *given, const char *const folders[], size_t count,
    struct policy *policy, struct buf *why)
{
	int rc = ERR_NOENT;
	char *path;
	size_t i;

	if (given != NULL)
		return read_policy(given, policy, why);
	for (i = 0; i < count && rc == ERR_NOENT; i++) {
		path = path_join(folders[i], POLICY_NAME);
		if (path == NULL)
			return no_memory(why);
		rc = read_policy(path, policy, why);
		free(path);
	}
	return rc == ERR_NOENT ? 0 : rc;
}

/* The key */

struct keys {
	char *name; /* the first in order of names so far */
	enum os_kind kind;
};

static int
note_key(void *arg, const char *name, enum os_kind kind)
{
	struct keys *keys = arg;
	size_t len = strlen(name), tail = strlen(KEY_SUFFIX);
	char *copy;

	if (len <= tail || !text_same(name + len - tail, KEY_SUFFIX) ||
	    (keys->name != NULL && strcmp(name, keys->name) >= 0))
		return 0;
	copy = text_copy(name);
	if (copy == NULL)
		return ERR_NOMEM;
	free(keys->name);
	keys->name = copy;
	keys->kind = kind;
	return 0;
}

/* A key that is there but no good is an error and never "no key": else a link
 * gone wrong would switch the check of signatures off. */
static int
check_key(const char *path, enum os_kind kind, struct buf *why)
{
	int rc = 0;

	if (kind == OS_LINK)
		rc = ERR_LINK;
	else if (kind != OS_REGULAR)
		rc = ERR_NOTFILE;
	if (rc != 0)
		return buf_why(why, rc, "%s: %s", path, err_text(rc));
	return check_trust(path, why);
}

/* Takes the first key of the folder; ERR_NOENT when there is none. */
static int
pin_from(const char *folder, char **pinned, struct buf *why)
{
	struct keys keys = { NULL, OS_OTHER };
	struct os_dir *dir = NULL;
	int rc;

	rc = os_dir_open(folder, &dir);
	if (rc == 0)
		rc = os_dir_list(dir, ".", note_key, &keys);
	os_dir_close(dir);
	if (rc != 0) {
		buf_why(why, rc, "%s: cannot read this folder: %s", folder,
		    err_text(rc));
		goto out;
	}
	rc = check_trust(folder, why);
	if (rc == 0 && keys.name == NULL)
		rc = ERR_NOENT;
	if (rc != 0)
		goto out;
	*pinned = path_join(folder, keys.name);
	rc = *pinned == NULL ? no_memory(why)
			     : check_key(*pinned, keys.kind, why);
out:
	free(keys.name);
	return rc;
}

static int
find_key(const char *const folders[], size_t count, struct policy *policy,
    struct buf *why)
{
	int rc = ERR_NOENT;
	char *path;
	size_t i;

	for (i = 0; i < count && rc == ERR_NOENT; i++) {
		path = path_join(folders[i], KEYS_NAME);
		if (path == NULL)
			return no_memory(why);
		rc = pin_from(path, &policy->pinned, why);
		free(path);
	}
	return rc == ERR_NOENT ? 0 : rc;
}

int
policy_load(const char *given, const struct layout *layout,
    struct policy *policy, struct buf *why)
{
	const char *folders[2] = { layout->state_root, NULL };
	char *config = NULL;
	size_t count = 1;
	int rc;

	*policy = (struct policy){ 0 };
	rc = os_place(OS_CONFIG_ROOT, &config);
	if (rc == 0)
		folders[count++] = config;
	else if (rc != ERR_NOENT)
		return buf_why(why, rc, "policy: %s", err_text(rc));
	policy->file = given != NULL
	    ? text_copy(given)
	    : path_join(layout->state_root, POLICY_NAME);
	policy->keys = path_join(layout->state_root, KEYS_NAME);
	rc = policy->file == NULL || policy->keys == NULL ? no_memory(why) : 0;
	if (rc == 0)
		rc = find_policy(given, folders, count, policy, why);
	if (rc == 0)
		rc = find_key(folders, count, policy, why);
	free(config);
	if (rc != 0)
		policy_free(policy);
	else
		buf_clear(why); /* of files that need not be there */
	return rc;
}

void
policy_free(struct policy *policy)
{
	free(policy->path);
	free(policy->file);
	free(policy->keys);
	free(policy->machines);
	free(policy->pinned);
	*policy = (struct policy){ 0 };
}

int
policy_permits_unsigned(const struct policy *policy, struct buf *why)
{
	if (policy->pinned != NULL)
		return buf_why(why, ERR_UNTRUSTED,
		    "the list is not signed, and %s is pinned", policy->pinned);
	if (policy->allow_unsigned || !os_is_admin())
		return 0;
	return buf_why(why, ERR_UNTRUSTED,
	    "the list is not signed: pin a key "
	    "in %s, or set [Security] AllowUnsigned=yes in %s",
	    policy->keys, policy->path != NULL ? policy->path : policy->file);
}
