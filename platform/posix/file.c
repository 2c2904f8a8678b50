/* Regular files: opening without following or waiting, reading, writing,
 * and taking over the attributes of another file. */
#include "posix.h"

#include <sys/stat.h>
#include <sys/xattr.h>

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEASE_TRIES 25 /* of 20 ms */
#define MAKE_TRIES  10
#define EARLY	    (64 * 1024) /* bytes written at once */
#define ACL	    "system.posix_acl_access"

/* Dates go from 1897 to 2262, those beyond are told as the nearest: anybody
 * may give a file any date, and what is told can be taken from any time of day
 * without an overflow. */
static int64_t
nanoseconds(const struct timespec *t)
{
	if (t->tv_sec >= INT64_MAX / OS_SECOND)
		return INT64_MAX;
	if (t->tv_sec < -(INT64_MAX / OS_SECOND / 4))
		return -(INT64_MAX / OS_SECOND / 4) * OS_SECOND;
	return t->tv_sec * OS_SECOND + t->tv_nsec;
}

void
posix_info(const struct stat *st, struct os_info *info)
{
	if (S_ISREG(st->st_mode))
		info->kind = OS_REGULAR;
	else if (S_ISDIR(st->st_mode))
		info->kind = OS_FOLDER;
	else if (S_ISLNK(st->st_mode))
		info->kind = OS_LINK;
	else
		info->kind = OS_OTHER;
	info->size = (uint64_t)st->st_size;
	info->mtime = nanoseconds(&st->st_mtim);
	info->changed = nanoseconds(&st->st_ctim);
	info->id = st->st_ino;
	info->volume = st->st_dev;
	info->links = (uint32_t)st->st_nlink;
	info->owner = st->st_uid;
	info->flags = 0;
	if (st->st_mode & S_IXUSR)
		info->flags |= OS_EXEC;
	if ((st->st_mode & 0222) == 0)
		info->flags |= OS_READONLY;
}

/* EWOULDBLOCK is the answer while a file server gives up its lease on the
 * file (Samba's kernel oplocks), which takes it a moment. */
static int
open_retried(const struct posix_spot *spot, int flags, mode_t mode)
{
	int fd;

	for (int tries = 0;; tries++) {
		fd = openat(spot->fd, spot->name,
		    flags | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC,
		    mode);
		if (fd != -1 || (errno != EINTR && errno != EWOULDBLOCK))
			return fd;
		if (errno == EWOULDBLOCK && tries == LEASE_TRIES)
			return fd;
		if (errno == EWOULDBLOCK)
			poll(NULL, 0, 20);
	}
}

int
posix_open(const struct posix_spot *spot, int flags, int *fd)
{
	struct stat st;
	int r = 0;

	if ((*fd = open_retried(spot, flags, 0)) == -1)
		return posix_blocked(spot->fd, spot->name, errno);
	if (fstat(*fd, &st) == -1)
		r = posix_error(errno);
	else if (S_ISDIR(st.st_mode))
		r = ERR_ISDIR;
	else if (!S_ISREG(st.st_mode))
		r = ERR_NOTFILE;
	if (r < 0) {
		close(*fd);
		*fd = -1;
	}
	return r;
}

/* The umask has a say in open(2), none in fchmod(2). */
static int
make_file(
    const struct posix_spot *spot, int flags, enum os_rights rights, int *fd)
{
	int r;

	*fd = open_retried(spot, flags | O_CREAT | O_EXCL, 0600);
	if (*fd == -1)
		return errno == EINVAL ? ERR_NAME : posix_error(errno);
	if (fchmod(*fd, posix_file_mode(rights)) == 0)
		return 0;
	r = posix_error(errno);
	unlinkat(spot->fd, spot->name, 0);
	close(*fd);
	*fd = -1;
	return r;
}

int
posix_open_or_make(
    const struct posix_spot *spot, int flags, enum os_rights rights, int *fd)
{
	int r = ERR_BUSY;

	for (int tries = 0; tries < MAKE_TRIES; tries++) {
		if ((r = posix_open(spot, flags, fd)) != ERR_NOENT)
			return r;
		if ((r = make_file(spot, flags, rights, fd)) != ERR_EXIST)
			return r;
	}
	return r;
}

static int
open_in_mode(const struct posix_spot *spot, enum os_mode mode,
    enum os_rights rights, int *fd)
{
	switch (mode) {
	case OS_READ:
	case OS_HOLD: return posix_open(spot, O_RDONLY, fd);
	case OS_CREATE: return make_file(spot, O_RDWR, rights, fd);
	case OS_APPEND:
		return posix_open_or_make(
		    spot, O_WRONLY | O_APPEND, rights, fd);
	}
	return ERR_ARG;
}

int
os_open(struct os_dir *dir, const char *rel, enum os_mode mode,
    enum os_rights rights, struct os_file **file)
{
	struct posix_spot spot;
	int fd, r;

	*file = NULL;
	if ((r = posix_walk(dir, rel, &spot)) < 0)
		return r;
	r = open_in_mode(&spot, mode, rights, &fd);
	posix_leave(&spot);
	if (r < 0)
		return r;
	if ((*file = malloc(sizeof(**file))) == NULL) {
		close(fd);
		return ERR_NOMEM;
	}
	(*file)->fd = fd;
	return 0;
}

int
os_read(struct os_file *file, void *data, size_t len, size_t *got)
{
	ssize_t n;

	*got = 0;
	while (*got < len) {
		POSIX_RETRY(n, read(file->fd, (char *)data + *got, len - *got));
		if (n == -1)
			return posix_error(errno);
		if (n == 0)
			break;
		*got += (size_t)n;
	}
	return 0;
}

int
os_read_at(
    struct os_file *file, uint64_t offset, void *data, size_t len, size_t *got)
{
	ssize_t n;

	*got = 0;
	/* No file is so long, and the call would refuse it. */
	if (len > (uint64_t)INT64_MAX || offset > (uint64_t)INT64_MAX - len)
		return 0;
	while (*got < len) {
		POSIX_RETRY(n,
		    pread(file->fd, (char *)data + *got, len - *got,
			(off_t)(offset + *got)));
		if (n == -1)
			return posix_error(errno);
		if (n == 0)
			break;
		*got += (size_t)n;
	}
	return 0;
}

int
os_write(struct os_file *file, const void *data, size_t len)
{
	bool much = len >= EARLY;
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		POSIX_RETRY(n, write(file->fd, p, len));
		if (n == -1)
			return posix_error(errno);
		if (n == 0)
			return ERR_IO;
		p += n;
		len -= (size_t)n;
	}
	/* A hint: the disk works from now on, and not when all is flushed. */
	if (much)
		sync_file_range(file->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return 0;
}

int
os_file_flush(struct os_file *file)
{
	int r;

	POSIX_RETRY(r, fsync(file->fd));
	return r == -1 ? posix_error(errno) : 0;
}

int
os_file_info(struct os_file *file, struct os_info *info)
{
	struct stat st;

	if (fstat(file->fd, &st) == -1)
		return posix_error(errno);
	posix_info(&st, info);
	return 0;
}

int
os_file_stamp(struct os_file *file, int64_t mtime, unsigned flags)
{
	struct timespec times[2] = { { 0, UTIME_OMIT }, { 0, 0 } };
	struct stat st;
	mode_t mode;

	if (fstat(file->fd, &st) == -1)
		return posix_error(errno);
	mode = st.st_mode & 0666;
	if (flags & OS_EXEC)
		mode |= (mode & 0444) >> 2;
	if (flags & OS_READONLY)
		mode &= ~(mode_t)0222;
	if (mode != (st.st_mode & 07777) && fchmod(file->fd, mode) == -1)
		return posix_error(errno);
	times[1].tv_sec = mtime / OS_SECOND;
	times[1].tv_nsec = mtime % OS_SECOND;
	if (times[1].tv_nsec < 0) {
		times[1].tv_sec--;
		times[1].tv_nsec += OS_SECOND;
	}
	return futimens(file->fd, times) == -1 ? posix_error(errno) : 0;
}

/*
 * Owner and mode of `st`. A group that may not be set gets no more than
 * everybody has: its bits were meant for other people.
 */
static int
like_mode(int fd, const struct stat *st)
{
	mode_t mode = st->st_mode & 07777;

	if (fchown(fd, st->st_uid, st->st_gid) == -1) {
		mode &= 0777;
		if (fchown(fd, (uid_t)-1, st->st_gid) == -1)
			mode = (mode & 0707) | (mode & 07) << 3;
	}
	return fchmod(fd, mode) == -1 ? posix_error(errno) : 0;
}

/* Those that speak of the content or grant something to it (IMA, EVM,
 * capabilities) stay with the old content. */
static bool
is_copied(const char *name)
{
	return strncmp(name, "security.", 9) != 0 ||
	    strcmp(name, "security.selinux") == 0;
}

static int
copy_attribute(int from, int to, const char *name)
{
	ssize_t len = fgetxattr(from, name, NULL, 0);
	char *value;
	int r = 0;

	if (len < 0)
		return 0;
	if ((value = malloc((size_t)len + 1)) == NULL)
		return ERR_NOMEM;
	len = fgetxattr(from, name, value, (size_t)len);
	if (len >= 0 && fsetxattr(to, name, value, (size_t)len, 0) == -1 &&
	    (errno == ENOSPC || errno == EDQUOT))
		r = ERR_NOSPC;
	free(value);
	return r;
}

static int
copy_attributes(int from, int to)
{
	ssize_t len = flistxattr(from, NULL, 0);
	char *names = NULL;
	int r = 0;

	/* An ACL that the folder gave to a new file. */
	if (fgetxattr(from, ACL, NULL, 0) == -1 && errno == ENODATA)
		fremovexattr(to, ACL);
	if (len <= 0)
		return 0;
	if ((names = malloc((size_t)len)) == NULL)
		return ERR_NOMEM;
	len = flistxattr(from, names, (size_t)len);
	for (ssize_t i = 0; r == 0 && i < len;
	     i += (ssize_t)strlen(names + i) + 1)
		if (is_copied(names + i))
			r = copy_attribute(from, to, names + i);
	free(names);
	return r;
}

int
os_file_like(struct os_file *file, struct os_dir *dir, const char *rel)
{
	struct posix_spot spot;
	struct stat st;
	int fd, r;

	if ((r = posix_walk(dir, rel, &spot)) < 0)
		return r;
	r = posix_open(&spot, O_RDONLY, &fd);
	posix_leave(&spot);
	if (r < 0)
		return r;
	if (fstat(fd, &st) == -1)
		r = posix_error(errno);
	else if ((r = like_mode(file->fd, &st)) == 0)
		r = copy_attributes(fd, file->fd);
	close(fd);
	return r;
}

int
os_file_close(struct os_file *file)
{
	int r;

	if (file == NULL)
		return 0;
	/* After EINTR the handle is gone too: close is never tried again. */
	r = close(file->fd) == -1 && errno != EINTR ? posix_error(errno) : 0;
	free(file);
	return r;
}
