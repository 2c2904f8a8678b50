/* Names of files: what stands there, renaming, linking, removing. */
#include "posix.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The two names of a call. */
struct pair {
	struct posix_spot from;
	struct posix_spot to;
};

static int
pair_walk(struct pair *pair, struct os_dir *fromdir, const char *from,
    struct os_dir *todir, const char *to)
{
	int r;

	if ((r = posix_walk_name(fromdir, from, &pair->from)) < 0)
		return r;
	if ((r = posix_walk_name(todir, to, &pair->to)) < 0)
		posix_leave(&pair->from);
	return r;
}

static void
pair_leave(struct pair *pair)
{
	posix_leave(&pair->from);
	posix_leave(&pair->to);
}

static int
spot_stat(const struct posix_spot *spot, struct stat *st)
{
	int r;

	POSIX_RETRY(r, fstatat(spot->fd, spot->name, st, AT_SYMLINK_NOFOLLOW));
	return r == -1 ? posix_error(errno) : 0;
}

int
os_info(struct os_dir *dir, const char *rel, struct os_info *info)
{
	struct posix_spot spot;
	struct stat st;
	int r;

	if ((r = posix_walk(dir, rel, &spot)) < 0)
		return r;
	if ((r = spot_stat(&spot, &st)) == 0)
		posix_info(&st, info);
	posix_leave(&spot);
	return r;
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool
same_folder(const struct pair *pair)
{
	struct stat a, b;

	return fstat(pair->from.fd, &a) == 0 && fstat(pair->to.fd, &b) == 0 &&
	    same_file(&a, &b);
}

/*
 * Is `spot` in the list of its folder, written exactly so? A volume that
 * ignores case finds names that are not.
 */
static int
is_listed(const struct posix_spot *spot, bool *listed)
{
	struct dirent *entry;
	DIR *list;
	int fd, r;

	*listed = false;
	if ((r = posix_folder(spot->fd, ".", O_RDONLY, &fd)) < 0)
		return r;
	if ((list = fdopendir(fd)) == NULL) {
		close(fd);
		return ERR_NOMEM;
	}
	errno = 0;
	while (!*listed && (entry = readdir(list)) != NULL)
		*listed = strcmp(entry->d_name, spot->name) == 0;
	r = *listed || errno == 0 ? 0 : posix_error(errno);
	closedir(list);
	return r;
}

static int
rename_spot(const struct posix_spot *from, const struct posix_spot *to)
{
	int r;

	POSIX_RETRY(r, renameat(from->fd, from->name, to->fd, to->name));
	return r == -1 ? posix_error(errno) : 0;
}

/* One entry, two spellings: the system takes the new one for the old one and
 * does nothing, so it goes by way of a third name. */
static int
rename_case(const struct pair *pair)
{
	struct posix_spot between = { pair->from.fd, false, "" };
	unsigned long long n;
	int r;

	if ((r = os_random(&n, sizeof(n))) < 0)
		return r;
	snprintf(between.name, sizeof(between.name), "case.%016llx.tmp", n);
	if ((r = rename_spot(&pair->from, &between)) < 0)
		return r;
	if ((r = rename_spot(&between, &pair->to)) < 0)
		rename_spot(&between, &pair->from);
	return r;
}

/*
 * Both names are the same file already. rename(2) does nothing then, and what
 * is left to do is to take `from` away; but not when it is the only name.
 */
static int
replace_same(const struct pair *pair)
{
	bool listed = true;
	int r;

	if (same_folder(pair)) {
		if (strcmp(pair->from.name, pair->to.name) == 0)
			return 0;
		if ((r = is_listed(&pair->to, &listed)) < 0)
			return r;
	}
	if (!listed)
		return rename_case(pair);
	POSIX_RETRY(r, unlinkat(pair->from.fd, pair->from.name, 0));
	return r == -1 ? posix_error(errno) : 0;
}

static int
replace_pair(const struct pair *pair, bool *folder)
{
	struct stat from, to;
	int r;

	if ((r = spot_stat(&pair->from, &from)) < 0)
		return r;
	*folder = S_ISDIR(from.st_mode);
	if ((r = spot_stat(&pair->to, &to)) == ERR_NOENT)
		return rename_spot(&pair->from, &pair->to);
	if (r < 0)
		return r;
	if (same_file(&from, &to))
		return replace_same(pair);
	if (S_ISDIR(to.st_mode))
		return ERR_ISDIR;
	return rename_spot(&pair->from, &pair->to);
}

int
os_replace(struct os_dir *fromdir, const char *from, struct os_dir *todir,
    const char *to)
{
	struct pair pair;
	bool folder = false;
	int r;

	if ((r = pair_walk(&pair, fromdir, from, todir, to)) < 0)
		return r;
	r = replace_pair(&pair, &folder);
	pair_leave(&pair);
	if (folder)
		posix_let_go(fromdir);
	return r;
}

int
os_replace_used(struct os_dir *fromdir, const char *from, struct os_dir *todir,
    const char *to)
{
	(void)fromdir;
	(void)from;
	(void)todir;
	(void)to;
	return ERR_BUSY;
}

/* For volumes without RENAME_NOREPLACE (NFS): a second name, which only one
 * of many gets, then the first one away. */
static int
rename_by_link(const struct posix_spot *from, const struct posix_spot *to)
{
	int r;

	POSIX_RETRY(r, linkat(from->fd, from->name, to->fd, to->name, 0));
	if (r == -1)
		return errno == EPERM ? ERR_UNSUP : posix_error(errno);
	POSIX_RETRY(r, unlinkat(from->fd, from->name, 0));
	if (r == 0)
		return 0;
	r = posix_error(errno);
	unlinkat(to->fd, to->name, 0);
	return r;
}

int
os_rename_new(struct os_dir *fromdir, const char *from, struct os_dir *todir,
    const char *to)
{
	struct pair pair;
	int r;

	if ((r = pair_walk(&pair, fromdir, from, todir, to)) < 0)
		return r;
	POSIX_RETRY(r,
	    renameat2(pair.from.fd, pair.from.name, pair.to.fd, pair.to.name,
		RENAME_NOREPLACE));
	if (r == -1 && (errno == EINVAL || errno == ENOSYS))
		r = rename_by_link(&pair.from, &pair.to);
	else if (r == -1)
		r = posix_error(errno);
	pair_leave(&pair);
	posix_let_go(fromdir); /* it may be a folder */
	return r;
}

/* EPERM has many causes; the ones that a copy would not cure are told. */
static int
link_refused(const struct posix_spot *from)
{
	struct statx st;

	if (statx(from->fd, from->name, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &st) ==
	    -1)
		return posix_error(errno);
	if (S_ISDIR(st.stx_mode))
		return ERR_ISDIR;
	if (st.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND))
		return ERR_ACCES;
	return ERR_UNSUP;
}

int
os_link(struct os_dir *fromdir, const char *from, struct os_dir *todir,
    const char *to)
{
	struct pair pair;
	int r;

	if ((r = pair_walk(&pair, fromdir, from, todir, to)) < 0)
		return r;
	POSIX_RETRY(r,
	    linkat(pair.from.fd, pair.from.name, pair.to.fd, pair.to.name, 0));
	if (r == -1 && errno == EPERM)
		r = link_refused(&pair.from);
	else if (r == -1)
		r = posix_error(errno);
	pair_leave(&pair);
	return r;
}

int
os_remove(struct os_dir *dir, const char *rel)
{
	struct posix_spot spot;
	int r;

	if ((r = posix_walk_name(dir, rel, &spot)) < 0)
		return r;
	POSIX_RETRY(r, unlinkat(spot.fd, spot.name, 0));
	r = r == -1 ? posix_error(errno) : 0;
	posix_leave(&spot);
	return r;
}

int
os_remove_dir(struct os_dir *dir, const char *rel)
{
	struct posix_spot spot;
	int r;

	if ((r = posix_walk_name(dir, rel, &spot)) < 0)
		return r;
	POSIX_RETRY(r, unlinkat(spot.fd, spot.name, AT_REMOVEDIR));
	if (r == -1)
		r = errno == EEXIST ? ERR_NOTEMPTY
				    : posix_blocked(spot.fd, spot.name, errno);
	posix_leave(&spot);
	posix_let_go(dir);
	return r;
}

unsigned
os_flags_shown(void)
{
	return OS_EXEC | OS_READONLY;
}
