/* Every function that takes a `rel`, in one form; see calls.h. */
#include "calls.h"

int
call_read(struct os_dir *dir, const char *rel)
{
	struct os_file *file;
	int r = os_open(dir, rel, OS_READ, OS_PUBLIC, &file);

	os_file_close(file);
	return r;
}

int
call_create(struct os_dir *dir, const char *rel)
{
	struct os_file *file;
	int r = os_open(dir, rel, OS_CREATE, OS_PUBLIC, &file);

	os_file_close(file);
	return r;
}

static int
call_append(struct os_dir *dir, const char *rel)
{
	struct os_file *file;
	int r = os_open(dir, rel, OS_APPEND, OS_PUBLIC, &file);

	os_file_close(file);
	return r;
}

static int
call_lock(struct os_dir *dir, const char *rel)
{
	struct os_lock *lock;
	int r = os_lock_take(dir, rel, OS_PRIVATE, 0, &lock);

	os_lock_drop(lock);
	return r;
}

int
call_dir(struct os_dir *dir, const char *rel)
{
	struct os_dir *in;
	int r = os_dir_open_in(dir, rel, &in);

	os_dir_close(in);
	return r;
}

static int
see_nothing(void *arg, const char *name, enum os_kind kind)
{
	(void)arg;
	(void)name;
	(void)kind;
	return 0;
}

int
call_list(struct os_dir *dir, const char *rel)
{
	return os_dir_list(dir, rel, see_nothing, NULL);
}

static int
call_make(struct os_dir *dir, const char *rel)
{
	return os_dir_make(dir, rel, OS_PUBLIC);
}

static int
call_info(struct os_dir *dir, const char *rel)
{
	struct os_info info;

	return os_info(dir, rel, &info);
}

static int
call_like(struct os_dir *dir, const char *rel)
{
	struct os_file *file;
	int r = os_open(dir, "like", OS_APPEND, OS_PUBLIC, &file);

	if (r == 0)
		r = os_file_like(file, dir, rel);
	os_file_close(file);
	return r;
}

static int
call_replace_from(struct os_dir *dir, const char *rel)
{
	return os_replace(dir, rel, dir, "fresh");
}

static int
call_replace_to(struct os_dir *dir, const char *rel)
{
	ground_put("source", "s");
	return os_replace(dir, "source", dir, rel);
}

static int
call_rename_from(struct os_dir *dir, const char *rel)
{
	return os_rename_new(dir, rel, dir, "fresh");
}

static int
call_rename_to(struct os_dir *dir, const char *rel)
{
	ground_put("source", "s");
	return os_rename_new(dir, "source", dir, rel);
}

static int
call_link_from(struct os_dir *dir, const char *rel)
{
	return os_link(dir, rel, dir, "fresh");
}

static int
call_link_to(struct os_dir *dir, const char *rel)
{
	ground_put("source", "s");
	return os_link(dir, "source", dir, rel);
}

const struct call calls[CALLS] = {
	{ "os_open read", call_read, ERR_LINK },
	{ "os_open create", call_create, ERR_EXIST },
	{ "os_open append", call_append, ERR_LINK },
	{ "os_lock_take", call_lock, ERR_LINK },
	{ "os_dir_open_in", call_dir, ERR_LINK },
	{ "os_dir_list", call_list, ERR_LINK },
	{ "os_dir_flush", os_dir_flush, ERR_LINK },
	{ "os_dir_make", call_make, ERR_EXIST },
	{ "os_info", call_info, 0 },
	{ "os_file_like", call_like, ERR_LINK },
	{ "os_replace from", call_replace_from, 0 },
	{ "os_replace to", call_replace_to, 0 },
	{ "os_rename_new from", call_rename_from, 0 },
	{ "os_rename_new to", call_rename_to, ERR_EXIST },
	{ "os_link from", call_link_from, 0 },
	{ "os_link to", call_link_to, ERR_EXIST },
	{ "os_remove", os_remove, 0 },
	{ "os_remove_dir", os_remove_dir, ERR_LINK },
};

void
expect_call(size_t i, const char *rel, int code)
{
	int r = calls[i].call(ground.dir, rel);

	os_remove(ground.dir, "fresh");
	if (r != code)
		fail_msg("%s of %s: %d (%s), not %d", calls[i].name, rel, r,
		    err_text(r), code);
}
