/* Rights and default places: who we are, whom a path may be trusted to, where
 * our folders stand, and the environment. */
#include "posix.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_LINKS 40 /* as the system's own limit */

bool
os_is_admin(void)
{
	return geteuid() == 0;
}

const char *
os_env(const char *name)
{
	return secure_getenv(name);
}

/* Folders that are no links and were found good, by a call that looks at
 * several paths; it is over before anything can be expected to change. */
struct seen {
	char **list;
	size_t count;
};

static bool
seen_has(const struct seen *seen, const char *path)
{
	size_t i;

	for (i = 0; seen != NULL && i < seen->count; i++)
		if (strcmp(seen->list[i], path) == 0)
			return true;
	return false;
}

/* Without memory it is looked at again. */
static void
seen_add(struct seen *seen, const char *path)
{
	char **list;

	if (seen == NULL ||
	    (list = realloc(seen->list, (seen->count + 1) * sizeof(*list))) ==
		NULL)
		return;
	seen->list = list;
	if ((list[seen->count] = strdup(path)) != NULL)
		seen->count++;
}

static void
seen_free(struct seen *seen)
{
	while (seen->count > 0)
		free(seen->list[--seen->count]);
	free(seen->list);
}

/* A walk of os_trusted: text, because names are looked at one by one. */
struct trail {
	struct seen *seen; /* NULL, or what is known of earlier walks */
	char *done;	   /* checked so far, "" for the root; no links in it */
	char *rest;	   /* still to walk */
	int links;
	char **culprit;
};

static int
distrust(const struct trail *trail, const char *path, const struct stat *st)
{
	if (trail->culprit != NULL &&
	    asprintf(trail->culprit, "%s: owner uid %u, mode %04o",
		path[0] == '\0' ? "/" : path, (unsigned)st->st_uid,
		(unsigned)st->st_mode & 07777) < 0) {
		*trail->culprit = NULL;
		return ERR_NOMEM;
	}
	return ERR_UNTRUSTED;
}

/* May others than root change what stands at `path`? An ACL that lets them
 * write shows in the group bits, which are its mask. */
static int
check_owner(const struct trail *trail, const char *path, const struct stat *st,
    bool last)
{
	bool sticky = S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX);

	if (st->st_uid != 0)
		return distrust(trail, path, st);
	if (S_ISLNK(st->st_mode) || (st->st_mode & 022) == 0)
		return 0;
	return sticky && !last ? 0 : distrust(trail, path, st);
}

/* Puts the target of a link before the rest of the trail. */
static int
follow(struct trail *trail, const char *link)
{
	char target[PATH_MAX];
	ssize_t len = readlink(link, target, sizeof(target));
	char *rest;

	if (len < 0)
		return posix_error(errno);
	if ((size_t)len == sizeof(target))
		return ERR_NAME;
	if (++trail->links > MAX_LINKS)
		return ERR_LINK;
	if (asprintf(&rest, "%.*s/%s", (int)len, target, trail->rest) < 0)
		return ERR_NOMEM;
	if (target[0] == '/')
		trail->done[0] = '\0';
	free(trail->rest);
	trail->rest = rest;
	return 0;
}

/* Takes the next name off the rest; NULL at the end. */
static char *
next_name(struct trail *trail)
{
	char *start = trail->rest + strspn(trail->rest, "/");
	size_t len = strcspn(start, "/");
	char *name;

	if ((name = strndup(start, len)) != NULL)
		memmove(trail->rest, start + len, strlen(start + len) + 1);
	return name;
}

static int
step(struct trail *trail, const char *name)
{
	char *path = NULL, *slash;
	struct stat st;
	bool known;
	int r = 0;

	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0) {
		if ((slash = strrchr(trail->done, '/')) != NULL)
			*slash = '\0';
		return 0;
	}
	if (asprintf(&path, "%s/%s", trail->done, name) < 0)
		return ERR_NOMEM;
	known = seen_has(trail->seen, path);
	if (!known && lstat(path, &st) == -1)
		r = posix_error(errno);
	else if (!known && (r = check_owner(trail, path, &st, false)) == 0 &&
	    S_ISLNK(st.st_mode))
		r = follow(trail, path);
	else if (r == 0) {
		if (!known && S_ISDIR(st.st_mode))
			seen_add(trail->seen, path);
		free(trail->done);
		trail->done = path;
		path = NULL;
	}
	free(path);
	return r;
}

static const char *
at_end(const struct trail *trail)
{
	return trail->done[0] == '\0' ? "/" : trail->done;
}

/* A sticky folder that all may write is fine on the way, not at the end. */
static int
walk_trail(struct trail *trail)
{
	struct stat st;
	char *name;
	int r;

	if (stat("/", &st) == -1)
		return posix_error(errno);
	r = check_owner(trail, "/", &st, false);
	while (r == 0) {
		if ((name = next_name(trail)) == NULL)
			return ERR_NOMEM;
		if (name[0] == '\0') {
			free(name);
			break;
		}
		r = step(trail, name);
		free(name);
	}
	if (r < 0 || lstat(at_end(trail), &st) == -1)
		return r < 0 ? r : posix_error(errno);
	return check_owner(trail, trail->done, &st, true);
}

static int
trusted(const char *path, struct seen *seen, char **culprit)
{
	struct trail trail = { .seen = seen, .culprit = culprit };
	char *real, *here = NULL;
	int r;

	if (culprit != NULL)
		*culprit = NULL;
	if ((r = posix_path(path, &real)) < 0)
		return r;
	if (real[0] != '/' && (here = realpath(".", NULL)) == NULL) {
		r = posix_error(errno);
		goto out;
	}
	if (asprintf(&trail.rest, "%s/%s", here == NULL ? "" : here, real) < 0)
		trail.rest = NULL;
	trail.done = strdup("");
	r = trail.rest == NULL || trail.done == NULL ? ERR_NOMEM
						     : walk_trail(&trail);
out:
	free(trail.done);
	free(trail.rest);
	free(here);
	free(real);
	return r;
}

int
os_trusted(const char *path, char **culprit)
{
	return trusted(path, NULL, culprit);
}

int
os_trusted_to_hold(const char *path, char **culprit)
{
	return os_trusted(path, culprit);
}

int
os_trusted_all(
    const char *const paths[], size_t count, size_t *which, char **culprit)
{
	struct seen seen = { NULL, 0 };
	int r = 0;

	*which = 0;
	for (size_t i = 0; i < count && r == 0; i++) {
		*which = i;
		r = trusted(paths[i], &seen, culprit);
	}
	seen_free(&seen);
	return r;
}

/* Cuts the last name off; false when none is left. */
static bool
cut_name(char *path)
{
	char *end = path + strlen(path);

	while (end > path && end[-1] == '/')
		end--;
	while (end > path && end[-1] != '/')
		end--;
	while (end > path + 1 && end[-1] == '/')
		end--;
	if (end == path || strcmp(path, "/") == 0)
		return false;
	*end = '\0';
	return true;
}

/* 0, ERR_NOENT when it is missing, or why no file may be made in it. */
static int
check_folder(const char *path)
{
	struct stat st;
	int r;

	POSIX_RETRY(r, stat(path, &st));
	if (r == 0 && !S_ISDIR(st.st_mode))
		return ERR_NOTDIR;
	if (r == 0)
		POSIX_RETRY(
		    r, faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS));
	return r == -1 ? posix_error(errno) : 0;
}

int
os_may_write(const char *path)
{
	char *real;
	int r;

	if ((r = posix_path(path, &real)) < 0)
		return r;
	while ((r = check_folder(real)) == ERR_NOENT)
		if (!cut_name(real)) {
			r = check_folder(real[0] == '/' ? "/" : ".");
			break;
		}
	free(real);
	return r;
}

char *
posix_below_sysroot(const char *path)
{
	const char *root = os_env("SMS_SYSROOT");
	size_t len = root == NULL ? 0 : strlen(root);
	char *whole;

	while (len > 0 && posix_separator(root[len - 1]))
		len--;
	if (asprintf(
		&whole, "%.*s%s", (int)len, root == NULL ? "" : root, path) < 0)
		return NULL;
	return whole;
}

static int
user_state(char **path)
{
	const char *xdg = os_env("XDG_STATE_HOME");
	const char *home = os_env("HOME");
	char *folder;
	int n;

	if (xdg != NULL && xdg[0] == '/')
		n = asprintf(&folder, "%s/sms", xdg);
	else if (home != NULL && home[0] == '/')
		n = asprintf(&folder, "%s/.local/state/sms", home);
	else
		return ERR_NOENT;
	if (n < 0)
		return ERR_NOMEM;
	*path = posix_below_sysroot(folder);
	free(folder);
	return *path == NULL ? ERR_NOMEM : 0;
}

int
os_place(enum os_place place, char **path)
{
	const char *where = NULL;

	*path = NULL;
	switch (place) {
	case OS_CLIENT_ROOT: where = "/opt/sms"; break;
	case OS_STATE_ROOT: where = "/var/lib/sms"; break;
	case OS_CONFIG_ROOT: where = "/etc/sms"; break;
	case OS_SITE_LOGS: where = "/var/log/sms"; break;
	case OS_USER_STATE: return user_state(path);
	case OS_DRIVE_ROOT: return ERR_NOENT;
	}
	if (where == NULL)
		return ERR_ARG;
	*path = posix_below_sysroot(where);
	return *path == NULL ? ERR_NOMEM : 0;
}

/*
 * libgpg-error would look up whose home "~name" in a path of its settings is.
 * We give it no such path, and with the C library's own functions a static
 * program takes the whole name service along, which needs shared libraries of
 * the same version when it runs. They stand here because every program links
 * os_env.
 */
struct passwd *
getpwnam(const char *name)
{
	(void)name;
	errno = ENOENT;
	return NULL;
}

struct passwd *
getpwuid(uid_t uid)
{
	(void)uid;
	errno = ENOENT;
	return NULL;
}
