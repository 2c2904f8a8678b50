/* Folders: opening, making, listing, flushing. */
#include "posix.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Takes `fd` over, also when it fails. */
static int
dir_new(int fd, struct os_dir **dir)
{
	*dir = malloc(sizeof(**dir));
	if (*dir == NULL) {
		close(fd);
		return ERR_NOMEM;
	}
	(*dir)->fd = fd;
	(*dir)->held = NULL;
	return 0;
}

int
os_dir_open(const char *path, struct os_dir **dir)
{
	char *real;
	int fd, r;

	*dir = NULL;
	if ((r = posix_path(path, &real)) < 0)
		return r;
	POSIX_RETRY(fd, open(real, O_PATH | O_DIRECTORY | O_CLOEXEC));
	r = fd == -1 ? posix_error(errno) : dir_new(fd, dir);
	free(real);
	return r;
}

/* Opens the folder `rel`, no link followed. */
static int
folder_at(struct os_dir *base, const char *rel, int flags, int *fd)
{
	struct posix_spot spot;
	int r;

	if ((r = posix_walk(base, rel, &spot)) < 0)
		return r;
	r = posix_folder(spot.fd, spot.name, flags, fd);
	posix_leave(&spot);
	return r;
}

int
os_dir_open_in(struct os_dir *base, const char *rel, struct os_dir **dir)
{
	int fd, r;

	*dir = NULL;
	if ((r = folder_at(base, rel, O_PATH, &fd)) < 0)
		return r;
	return dir_new(fd, dir);
}

void
os_dir_close(struct os_dir *dir)
{
	if (dir == NULL)
		return;
	os_dir_hold(dir, false);
	close(dir->fd);
	free(dir);
}

/*
 * mkdir takes the umask away from the mode, so the mode is set again: through
 * the open folder, and only when it is the one that we made.
 */
static int
make_folder(int at, const char *name, mode_t mode)
{
	struct stat st;
	int fd, r;

	POSIX_RETRY(r, mkdirat(at, name, mode));
	if (r == -1)
		return errno == EINVAL ? ERR_NAME : posix_error(errno);
	if ((r = posix_folder(at, name, O_PATH, &fd)) < 0)
		return r;
	if (fstat(fd, &st) == -1 ||
	    (st.st_uid == geteuid() && (st.st_mode & 07777) != mode &&
		fchmodat(fd, ".", mode, 0) == -1))
		r = posix_error(errno);
	close(fd);
	if (r < 0)
		unlinkat(at, name, AT_REMOVEDIR);
	return r;
}

int
os_dir_make(struct os_dir *dir, const char *rel, enum os_rights rights)
{
	struct posix_spot spot;
	int r;

	if ((r = posix_walk(dir, rel, &spot)) < 0)
		return r;
	r = make_folder(spot.fd, spot.name, posix_folder_mode(rights));
	posix_leave(&spot);
	return r;
}

/* Goes from *fd into the folder `name`, links followed, made when missing. */
static int
enter_or_make(int *fd, const char *name, mode_t mode)
{
	int next = -1, r;

	for (int tries = 0;; tries++) {
		POSIX_RETRY(
		    next, openat(*fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC));
		if (next != -1 || errno != ENOENT || tries == 1)
			break;
		/* Somebody else may make it at the same time. */
		r = make_folder(*fd, name, mode);
		if (r < 0 && r != ERR_EXIST)
			return r;
	}
	if (next == -1)
		return posix_error(errno);
	close(*fd);
	*fd = next;
	return 0;
}

/* How much of a path is never made: of a share, server and share name. A
 * server that is not mounted must not become folders of this machine. */
static char *
first_to_make(const char *path, char *real)
{
	char *p = real;
	size_t len;

	if (!posix_separator(path[0]) || !posix_separator(path[1]) ||
	    path[2] == '\0' || posix_separator(path[2]))
		return p + strspn(p, "/");
	len = strcspn(path + 2, "/\\");
	len += strspn(path + 2 + len, "/\\");
	len += strcspn(path + 2 + len, "/\\");
	return p + strlen(p) - strlen(path + 2 + len);
}

static int
open_start(const char *real, size_t len, int *fd)
{
	char *start;

	if (len == 0) {
		*fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
		return *fd == -1 ? posix_error(errno) : 0;
	}
	if ((start = strndup(real, len)) == NULL)
		return ERR_NOMEM;
	POSIX_RETRY(*fd, open(start, O_PATH | O_DIRECTORY | O_CLOEXEC));
	free(start);
	return *fd == -1 ? posix_error(errno) : 0;
}

int
os_dir_make_path(const char *path, enum os_rights rights)
{
	char *real, *name, *rest;
	int fd, r;

	if ((r = posix_path(path, &real)) < 0)
		return r;
	rest = first_to_make(path, real);
	r = open_start(real, (size_t)(rest - real), &fd);
	if (r < 0)
		goto out;
	rest += strspn(rest, "/");
	while (r == 0 && *rest != '\0') {
		name = rest;
		rest += strcspn(rest, "/");
		if (*rest == '/')
			*rest++ = '\0';
		rest += strspn(rest, "/");
		r = enter_or_make(&fd, name,
		    posix_folder_mode(*rest == '\0' ? rights : OS_PUBLIC));
	}
	close(fd);
out:
	free(real);
	return r;
}

int
os_dir_mend_box(const char *path, enum os_rights rights)
{
	struct os_dir *dir;
	struct stat st;
	int r = os_dir_open(path, &dir);

	if (r < 0)
		return r;
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): it is open */
	r = fstat(dir->fd, &st);
	if (r == 0 && (st.st_mode & S_IWOTH) != 0 &&
	    (st.st_mode & S_ISVTX) == 0) {
		r = fchmodat(dir->fd, ".", posix_folder_mode(rights), 0);
		if (r == 0)
			r = 1;
	}
	if (r == -1)
		r = posix_error(errno);
	os_dir_close(dir);
	return r;
}

int
os_dir_claim(const char *path, char **aside)
{
	(void)path;
	*aside = NULL;
	return 0;
}

static enum os_kind
entry_kind(int fd, const struct dirent *entry)
{
	struct stat st;
	struct os_info info;

	switch (entry->d_type) {
	case DT_REG: return OS_REGULAR;
	case DT_DIR: return OS_FOLDER;
	case DT_LNK: return OS_LINK;
	case DT_UNKNOWN: break;
	default: return OS_OTHER;
	}
	if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return OS_OTHER;
	posix_info(&st, &info);
	return info.kind;
}

int
os_dir_list(struct os_dir *dir, const char *rel, os_each_fn *each, void *arg)
{
	struct dirent *entry;
	DIR *list;
	int fd, r;

	if ((r = folder_at(dir, rel, O_RDONLY, &fd)) < 0)
		return r;
	if ((list = fdopendir(fd)) == NULL) {
		close(fd);
		return ERR_NOMEM;
	}
	while (r == 0) {
		errno = 0;
		if ((entry = readdir(list)) == NULL) {
			r = errno == 0 ? 0 : posix_error(errno);
			break;
		}
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			r = each(arg, entry->d_name, entry_kind(fd, entry));
	}
	closedir(list);
	return r;
}

/*
 * A drop box may not be read by those who put something into it, so it cannot
 * be opened for fsync; a nameless file in it reaches the volume.
 */
static int
flush_drop_box(struct os_dir *dir, const char *rel)
{
	int folder, fd, r;

	if (folder_at(dir, rel, O_PATH, &folder) < 0)
		return ERR_ACCES;
	fd = openat(folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	r = fd == -1 ? ERR_ACCES : 0;
	if (fd != -1 && syncfs(fd) == -1)
		r = posix_error(errno);
	if (fd != -1)
		close(fd);
	close(folder);
	return r;
}

int
os_dir_flush(struct os_dir *dir, const char *rel)
{
	int fd, r;

	if ((r = folder_at(dir, rel, O_RDONLY, &fd)) == ERR_ACCES)
		return flush_drop_box(dir, rel);
	if (r < 0)
		return r;
	POSIX_RETRY(r, fsync(fd));
	/* EINVAL: a volume that has nothing to flush for a folder. */
	r = r == -1 && errno != EINVAL ? posix_error(errno) : 0;
	close(fd);
	return r;
}

int
os_dir_flush_all(struct os_dir *dir)
{
	int fd, r;

	if ((r = posix_folder(dir->fd, ".", O_RDONLY, &fd)) == ERR_ACCES)
		return flush_drop_box(dir, ".");
	if (r < 0)
		return r;
	POSIX_RETRY(r, syncfs(fd));
	r = r == -1 ? posix_error(errno) : 0;
	close(fd);
	return r;
}

int
os_dir_space(struct os_dir *dir, uint64_t *free_bytes)
{
	struct statvfs fs;
	int r;

	*free_bytes = 0;
	POSIX_RETRY(r, fstatvfs(dir->fd, &fs));
	if (r == -1)
		return posix_error(errno);
	if (fs.f_blocks == 0) /* a volume that does not tell */
		return ERR_UNSUP;
	*free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	return 0;
}
