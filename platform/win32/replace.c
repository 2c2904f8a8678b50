/*
 * os_replace. Where the volume has it (NTFS since Windows 10 1607), renaming
 * with POSIX semantics: a target that others have open with all sharing gives
 * up its name at once. On other volumes, on servers, and for a program that
 * runs, a target in use can be renamed and not replaced: os_replace_used.
 */
#include "win32.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define REPLACE		1u
#define RENAME_POSIX	2u
#define RENAME_READONLY 0x40u

int
win32_pair_walk(struct win32_pair *pair, struct os_dir *fromdir,
    const char *from, struct os_dir *todir, const char *to)
{
	int r;

	if ((r = win32_walk_name(fromdir, from, &pair->from)) < 0)
		return r;
	if ((r = win32_walk_name(todir, to, &pair->to)) < 0)
		win32_leave(&pair->from);
	return r;
}

void
win32_pair_leave(struct win32_pair *pair)
{
	win32_leave(&pair->from);
	win32_leave(&pair->to);
}

/* A read-only target is replaced like any other: by a flag since Windows 10
 * 1809, before that by taking the attribute away. */
static int
replace_read_only(HANDLE handle, const struct win32_spot *to)
{
	DWORD was;
	int r;

	win32_make_writable(to, &was);
	r = win32_set_name(handle, WIN32_RENAME_EX, REPLACE | RENAME_POSIX, to);
	if (win32_is_unknown(r))
		r = win32_set_name(handle, WIN32_RENAME, REPLACE, to);
	if (r < 0)
		win32_put_back(to, was);
	return r;
}

/* One try: `from` gets the name `to`, whatever has it now. */
static int
replace_once(const struct win32_pair *pair)
{
	HANDLE handle;
	int r = win32_open_spot(&pair->from, DELETE, &handle);

	if (r < 0)
		return r;
	r = win32_set_name(handle, WIN32_RENAME_EX,
	    REPLACE | RENAME_POSIX | RENAME_READONLY, &pair->to);
	if (win32_is_unknown(r))
		r = replace_read_only(handle, &pair->to);
	CloseHandle(handle);
	return r;
}

static int
aside_name(struct win32_spot *aside)
{
	unsigned long long n;
	int r;

	if ((r = os_random(&n, sizeof(n))) < 0)
		return r;
	/* The form of a temporary file: it is swept with those. */
	swprintf(aside->name, WIN32_NAME, L"old.%016llx.tmp", n);
	return 0;
}

/* `old` is the target, open for being renamed. */
static int
swap(HANDLE old, const struct win32_pair *pair)
{
	struct win32_spot aside = { pair->from.folder, false, L"" };
	HANDLE handle;
	int r;

	if ((r = win32_open_spot(&pair->from, DELETE, &handle)) < 0)
		return r;
	if ((r = aside_name(&aside)) == 0)
		r = win32_set_name(old, WIN32_RENAME, 0, &aside);
	if (r == 0) {
		r = win32_set_name(handle, WIN32_RENAME, 0, &pair->to);
		if (r < 0)
			win32_set_name(old, WIN32_RENAME, 0, &pair->to);
		else /* or with the next sweep of temporary files */
			win32_remove(old, &aside);
	}
	CloseHandle(handle);
	return r;
}

/* "Access denied" is what is said of a target in use, too: one that may be
 * opened for being removed is no question of rights. */
static int
why_denied(const struct win32_spot *to)
{
	HANDLE handle;
	int r = win32_open_spot(to, DELETE, &handle);

	if (r == 0)
		CloseHandle(handle);
	return r == 0 || r == ERR_BUSY ? ERR_BUSY : ERR_ACCES;
}

static int
replace_other(const struct win32_pair *pair)
{
	size_t tries = 0;
	int r;

	do {
		if ((r = replace_once(pair)) == ERR_ACCES)
			r = why_denied(&pair->to);
	} while (win32_try_again(r, &tries));
	return r;
}

int
os_replace_used(struct os_dir *fromdir, const char *from, struct os_dir *todir,
    const char *to)
{
	struct win32_pair pair;
	struct os_info info;
	HANDLE old;
	int r;

	if ((r = win32_pair_walk(&pair, fromdir, from, todir, to)) < 0)
		return r;
	if ((r = win32_open_spot(&pair.to, DELETE, &old)) == 0) {
		r = win32_info(old, &info);
		if (r == 0)
			r = info.kind == OS_FOLDER ? ERR_ISDIR
						   : swap(old, &pair);
		CloseHandle(old);
	}
	win32_pair_leave(&pair);
	return r;
}

static bool
same_file(const struct os_info *a, const struct os_info *b)
{
	return a->id != 0 && a->id == b->id && a->volume == b->volume;
}

static bool
same_folder(const struct win32_pair *pair)
{
	struct os_info a, b;

	return win32_info(pair->from.folder, &a) == 0 &&
	    win32_info(pair->to.folder, &b) == 0 && same_file(&a, &b);
}

static int
remove_from(const struct win32_spot *from)
{
	HANDLE handle;
	int r = win32_open_spot(from, DELETE, &handle);

	if (r < 0)
		return r;
	r = win32_remove(handle, from);
	CloseHandle(handle);
	return r;
}

/* Both names are the same file already: one entry written in two ways, which is
 * renamed; or two, and what is left to do is to take `from` away. */
static int
replace_same(const struct win32_pair *pair)
{
	const WCHAR *from = pair->from.name, *to = pair->to.name;

	if (!same_folder(pair) ||
	    CompareStringOrdinal(from, -1, to, -1, TRUE) != CSTR_EQUAL)
		return remove_from(&pair->from);
	return wcscmp(from, to) == 0 ? 0 : replace_other(pair);
}

static int
replace_pair(const struct win32_pair *pair)
{
	struct os_info from, to;
	int r;

	if ((r = win32_spot_info(&pair->from, &from)) < 0)
		return r;
	r = win32_spot_info(&pair->to, &to);
	/* Busy: it is being removed, which others may finish meanwhile. */
	if (r == ERR_NOENT || r == ERR_BUSY)
		return replace_other(pair);
	if (r < 0)
		return r;
	if (same_file(&from, &to))
		return replace_same(pair);
	if (to.kind == OS_FOLDER)
		return ERR_ISDIR;
	return from.kind == OS_FOLDER ? ERR_NOTDIR : replace_other(pair);
}

int
os_replace(struct os_dir *fromdir, const char *from, struct os_dir *todir,
    const char *to)
{
	struct win32_pair pair;
	int r;

	if ((r = win32_pair_walk(&pair, fromdir, from, todir, to)) < 0)
		return r;
	r = replace_pair(&pair);
	win32_pair_leave(&pair);
	return r;
}
