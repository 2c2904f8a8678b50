/*
 * How a name is reached: folder by folder, each opened without following a
 * link and held while the next one is opened, so that nothing that others
 * change meanwhile leads out of the place. Also the texts of paths, the exact
 * rights, and the one translation of errno values.
 */
#include "posix.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	int error;
	int code;
} codes[] = {
	{ ENOMEM, ERR_NOMEM },
	{ EMFILE, ERR_NOMEM },
	{ ENFILE, ERR_NOMEM },
	{ ENOENT, ERR_NOENT },
	{ EEXIST, ERR_EXIST },
	{ EPERM, ERR_ACCES },
	{ EACCES, ERR_ACCES },
	{ EBUSY, ERR_BUSY },
	{ ETXTBSY, ERR_BUSY },
	{ EAGAIN, ERR_BUSY },
	{ EDEADLK, ERR_BUSY },
	{ ENOSPC, ERR_NOSPC },
	{ EDQUOT, ERR_NOSPC },
	{ EROFS, ERR_ROFS },
	{ EIO, ERR_IO },
	{ ESTALE, ERR_IO },
	{ ENOTDIR, ERR_NOTDIR },
	{ EISDIR, ERR_ISDIR },
	{ ENOTEMPTY, ERR_NOTEMPTY },
	{ ELOOP, ERR_LINK },
	{ ENAMETOOLONG, ERR_NAME },
	{ EILSEQ, ERR_NAME },
	{ EXDEV, ERR_XDEV },
	{ EOPNOTSUPP, ERR_UNSUP },
	{ ENOSYS, ERR_UNSUP },
	{ EMLINK, ERR_UNSUP },
	{ ENOLCK, ERR_UNSUP },
	{ ENOTTY, ERR_UNSUP },
	/* What NFS, CIFS and the automounter say of a server. */
	{ ETIMEDOUT, ERR_HOST },
	{ EHOSTDOWN, ERR_HOST },
	{ EHOSTUNREACH, ERR_HOST },
	{ ENETDOWN, ERR_HOST },
	{ ENETUNREACH, ERR_HOST },
	{ ENOTCONN, ERR_HOST },
	{ ECONNREFUSED, ERR_HOST },
	{ ECONNABORTED, ERR_HOST },
	{ ECONNRESET, ERR_HOST },
	{ ENXIO, ERR_HOST },
	{ ENODEV, ERR_HOST },
	{ ENONET, ERR_HOST },
	{ ENOLINK, ERR_HOST },
	{ EKEYEXPIRED, ERR_AUTH },
	{ EKEYREJECTED, ERR_AUTH },
	{ EKEYREVOKED, ERR_AUTH },
	{ ENOKEY, ERR_AUTH },
	{ ERANGE, ERR_RANGE },
	{ EOVERFLOW, ERR_RANGE },
	{ EFBIG, ERR_RANGE },
	{ EINVAL, ERR_ARG },
};

int
posix_error(int error)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].error == error)
			return codes[i].code;
	return ERR_IO;
}

bool
posix_separator(char c)
{
	return c == '/' || c == '\\';
}

/* Is one of the names in `path` ".."? */
static bool
goes_up(const char *path)
{
	while (*path != '\0') {
		size_t len = strcspn(path, "/\\");

		if (len == 2 && path[0] == '.' && path[1] == '.')
			return true;
		path += len;
		path += strspn(path, "/\\");
	}
	return false;
}

int
posix_path(const char *path, char **real)
{
	const char *before = "";

	*real = NULL;
	if (path == NULL || path[0] == '\0')
		return ERR_ARG;
	if (posix_separator(path[0]) && posix_separator(path[1]) &&
	    path[2] != '\0' && !posix_separator(path[2])) {
		if (goes_up(path + 2))
			return ERR_ARG;
		before = os_env("SMS_UNC");
		if (before == NULL || before[0] == '\0')
			before = "/net";
		path++;
	}
	if (asprintf(real, "%s%s", before, path) < 0) {
		*real = NULL;
		return ERR_NOMEM;
	}
	for (char *p = *real; *p != '\0'; p++)
		if (*p == '\\')
			*p = '/';
	return 0;
}

/* Copies the next name of *rel and moves on. 1, 0 at the end, or an error. */
static int
next_name(const char **rel, char name[NAME_MAX + 1])
{
	for (;;) {
		*rel += strspn(*rel, "/\\");
		size_t len = strcspn(*rel, "/\\");
		const char *at = *rel;

		if (len == 0)
			return 0;
		if (len > NAME_MAX)
			return ERR_NAME;
		memcpy(name, at, len);
		name[len] = '\0';
		*rel += len;
		if (strcmp(name, "..") == 0)
			return ERR_ARG;
		if (strcmp(name, ".") != 0)
			return 1;
	}
}

int
posix_blocked(int at, const char *name, int error)
{
	struct stat st;
	int r;

	if (error != ENOTDIR && error != ELOOP && error != ENXIO &&
	    error != EISDIR && error != EPERM)
		return posix_error(error);
	POSIX_RETRY(r, fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW));
	if (r == -1)
		return posix_error(error);
	if (S_ISLNK(st.st_mode))
		return ERR_LINK;
	if (error == ENXIO && !S_ISREG(st.st_mode))
		return ERR_NOTFILE;
	if (error == EPERM && S_ISDIR(st.st_mode))
		return ERR_ISDIR;
	return posix_error(error);
}

int
posix_folder(int at, const char *name, int flags, int *fd)
{
	POSIX_RETRY(*fd,
	    openat(at, name, flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	return *fd == -1 ? posix_blocked(at, name, errno) : 0;
}

/* Goes into the folder that the spot names. */
static int
enter(struct posix_spot *spot)
{
	int fd, r;

	if ((r = posix_folder(spot->fd, spot->name, O_PATH, &fd)) < 0)
		return r;
	posix_leave(spot);
	spot->fd = fd;
	spot->own = true;
	return 0;
}

/* Folders that are kept open for os_dir_hold, the one used last first. */
#define HELD 4 /* two names of a call, and the folders above them */

struct posix_held {
	char *rel[HELD]; /* as the caller wrote it, the last separator too */
	int fd[HELD];
	size_t count;
};

void
os_dir_hold(struct os_dir *dir, bool hold)
{
	if (dir->held != NULL)
		posix_let_go(dir);
	if (!hold) {
		free(dir->held);
		dir->held = NULL;
	} else if (dir->held == NULL) {
		/* Without memory every name is walked to, as always. */
		dir->held = calloc(1, sizeof(*dir->held));
	}
}

static void
held_drop(struct posix_held *held)
{
	held->count--;
	close(held->fd[held->count]);
	free(held->rel[held->count]);
}

void
posix_let_go(struct os_dir *dir)
{
	while (dir->held != NULL && dir->held->count > 0)
		held_drop(dir->held);
}

static void
held_put_first(struct posix_held *held, size_t at, char *rel, int fd)
{
	memmove(held->rel + 1, held->rel, at * sizeof(held->rel[0]));
	memmove(held->fd + 1, held->fd, at * sizeof(held->fd[0]));
	held->rel[0] = rel;
	held->fd[0] = fd;
}

/* How much of `rel` says the folder; 0 where nothing is gained. */
static size_t
folder_len(const struct os_dir *dir, const char *rel)
{
	size_t len = strlen(rel), end = len;

	while (len > 0 && !posix_separator(rel[len - 1]))
		len--;
	/* What the last name is, only the walk tells. */
	return dir->held == NULL || end - len > NAME_MAX || rel[len] == '\0' ||
		strcmp(rel + len, ".") == 0 || strcmp(rel + len, "..") == 0
	    ? 0
	    : len;
}

/* Is the folder of `rel` held? Then the spot is there. */
static bool
held_find(
    struct os_dir *dir, const char *rel, size_t len, struct posix_spot *spot)
{
	struct posix_held *held = dir->held;
	size_t i;

	for (i = 0; len > 0 && i < held->count; i++) {
		if (strncmp(held->rel[i], rel, len) != 0 ||
		    held->rel[i][len] != '\0')
			continue;
		held_put_first(held, i, held->rel[i], held->fd[i]);
		spot->fd = held->fd[0];
		spot->own = false;
		strcpy(spot->name, rel + len);
		return true;
	}
	return false;
}

/* Holds the folder that the spot is in, which was its own. */
static void
held_add(
    struct os_dir *dir, const char *rel, size_t len, struct posix_spot *spot)
{
	char *copy;

	if (len == 0 || !spot->own || (copy = strndup(rel, len)) == NULL)
		return;
	if (dir->held->count == HELD)
		held_drop(dir->held);
	held_put_first(dir->held, dir->held->count, copy, spot->fd);
	dir->held->count++;
	spot->own = false;
}

int
posix_walk(struct os_dir *dir, const char *rel, struct posix_spot *spot)
{
	const char *rest = rel;
	char next[NAME_MAX + 1];
	size_t len;
	int r;

	if (rel == NULL || rel[0] == '\0' || posix_separator(rel[0]))
		return ERR_ARG;
	len = folder_len(dir, rel);
	if (held_find(dir, rel, len, spot))
		return 0;
	spot->fd = dir->fd;
	spot->own = false;
	strcpy(spot->name, ".");
	while ((r = next_name(&rest, next)) > 0) {
		if (strcmp(spot->name, ".") != 0 && (r = enter(spot)) < 0)
			break;
		strcpy(spot->name, next);
	}
	if (r < 0)
		posix_leave(spot);
	else
		held_add(dir, rel, len, spot);
	return r;
}

int
posix_walk_name(struct os_dir *dir, const char *rel, struct posix_spot *spot)
{
	int r;

	if ((r = posix_walk(dir, rel, spot)) < 0)
		return r;
	if (strcmp(spot->name, ".") != 0)
		return 0;
	posix_leave(spot);
	return ERR_ARG;
}

void
posix_leave(struct posix_spot *spot)
{
	if (spot->own)
		close(spot->fd);
	spot->own = false;
	spot->fd = -1;
}

mode_t
posix_file_mode(enum os_rights rights)
{
	return rights == OS_PUBLIC ? 0644 : 0600;
}

mode_t
posix_folder_mode(enum os_rights rights)
{
	switch (rights) {
	case OS_PUBLIC: return 0755;
	case OS_DROP_BOX: return 01733;
	case OS_OPEN_BOX: return 01777;
	default: return 0700;
	}
}
