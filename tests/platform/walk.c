/* How names are reached, and folders. */
#include "ground.h"

#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Every function that takes a `rel`, in one form. */

static int
call_read(struct os_dir *dir, const char *rel)
{
	struct os_file *file;
	int r = os_open(dir, rel, OS_READ, OS_PUBLIC, &file);

	os_file_close(file);
	return r;
}

static int
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

static int
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

static int
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

/* at_link: what a link as the last name gives. Names of links themselves may
 * be asked about, moved and removed. */
static const struct {
	const char *name;
	int (*call)(struct os_dir *dir, const char *rel);
	int at_link;
} calls[] = {
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

#define CALLS (sizeof(calls) / sizeof(calls[0]))

static void
expect(size_t i, const char *rel, int code)
{
	int r = calls[i].call(ground.dir, rel);

	unlinkat(ground.fd, "fresh", 0);
	if (r != code)
		fail_msg("%s of %s: %d (%s), not %d", calls[i].name, rel, r,
		    err_text(r), code);
}

static void
a_link_on_the_way_is_refused_by_every_call(void **state)
{
	(void)state;
	ground_folder("out");
	ground_folder("out/b");
	ground_put("out/b/f", "outside");
	ground_folder("a");
	ground_link("out", "first");
	ground_link("../out/b", "a/second");
	ground_link("/", "root");
	for (size_t i = 0; i < CALLS; i++) {
		expect(i, "first/b/f", ERR_LINK);
		expect(i, "a/second/f", ERR_LINK);
		expect(i, "root/etc/passwd", ERR_LINK);
	}
	assert_string_equal(ground_get("out/b/f"), "outside");
}

static void
a_link_as_last_name_is_never_followed(void **state)
{
	(void)state;
	ground_folder("out");
	ground_put("file", "outside");
	for (size_t i = 0; i < CALLS; i++) {
		unlinkat(ground.fd, "l", 0);
		ground_link("file", "l");
		expect(i, "l", calls[i].at_link);
		unlinkat(ground.fd, "l", 0);
		ground_link("out", "l");
		expect(i, "l", calls[i].at_link);
		unlinkat(ground.fd, "l", 0);
		ground_link("missing", "l");
		expect(i, "l", calls[i].at_link);
		assert_string_equal(ground_get("file"), "outside");
		assert_string_equal(ground_get("missing"), "(none)");
	}
}

static void
what_leads_out_of_the_place_is_refused_by_every_call(void **state)
{
	static const char *const bad[] = { "..", "../x", "a/../x", "a\\..",
		"a/..", "/x", "\\x", "//srv/x", "" };

	(void)state;
	ground_folder("a");
	for (size_t i = 0; i < CALLS; i++)
		for (size_t j = 0; j < sizeof(bad) / sizeof(bad[0]); j++)
			expect(i, bad[j], ERR_ARG);
}

static void
a_file_where_a_folder_should_be_is_not_a_link(void **state)
{
	(void)state;
	ground_put("file", "f");
	for (size_t i = 0; i < CALLS; i++)
		expect(i, "file/x", ERR_NOTDIR);
	assert_int_equal(call_dir(ground.dir, "file"), ERR_NOTDIR);
	assert_int_equal(call_list(ground.dir, "file"), ERR_NOTDIR);
	assert_int_equal(os_remove_dir(ground.dir, "file"), ERR_NOTDIR);
}

static void
names_beyond_the_limit_of_the_system_are_told(void **state)
{
	char name[300];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	for (size_t i = 0; i < CALLS; i++)
		expect(i, name, ERR_NAME);
	name[255] = '\0';
	assert_int_equal(call_create(ground.dir, name), 0);
}

static void
both_separators_doubled_or_trailing_reach_the_same(void **state)
{
	static const char *const same[] = { "a/b/f", "a\\b\\f", "a\\b/f",
		"./a//b\\\\f", "a/./b/f/", "a\\b\\f\\" };

	(void)state;
	ground_folder("a");
	ground_folder("a/b");
	ground_put("a/b/f", "x");
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_int_equal(call_read(ground.dir, same[i]), 0);
}

static void
links_on_the_way_to_a_place_are_followed(void **state)
{
	struct os_dir *dir;

	(void)state;
	ground_folder("real");
	ground_put("real/f", "x");
	ground_link("real", "place");
	assert_int_equal(os_dir_open(ground_path("place"), &dir), 0);
	assert_int_equal(call_read(dir, "f"), 0);
	os_dir_close(dir);
	ground_put("file", "x");
	assert_int_equal(os_dir_open(ground_path("file"), &dir), ERR_NOTDIR);
	assert_null(dir);
	assert_int_equal(os_dir_open(ground_path("none"), &dir), ERR_NOENT);
	assert_int_equal(os_dir_open("", &dir), ERR_ARG);
}

static void
a_share_path_is_found_below_sms_unc(void **state)
{
	struct os_dir *dir;

	(void)state;
	ground_folder("PLN-DC1");
	ground_folder("PLN-DC1/SMS_SHR");
	ground_put("PLN-DC1/SMS_SHR/f", "x");
	setenv("SMS_UNC", ground.path, 1);
	assert_int_equal(os_dir_open("\\\\PLN-DC1\\SMS_SHR", &dir), 0);
	assert_int_equal(call_read(dir, "f"), 0);
	os_dir_close(dir);
	assert_int_equal(os_dir_open("//PLN-DC1/SMS_SHR/", &dir), 0);
	os_dir_close(dir);
	assert_int_equal(os_dir_open("//PLN-DC1/../..", &dir), ERR_ARG);
	assert_int_equal(
	    os_dir_make_path("//PLN-DC1/SMS_SHR/a/b", OS_PRIVATE), 0);
	assert_int_equal(ground_mode("PLN-DC1/SMS_SHR/a"), 0755);
	assert_int_equal(ground_mode("PLN-DC1/SMS_SHR/a/b"), 0700);
	/* A server that is not mounted must not become a local folder. */
	assert_int_equal(
	    os_dir_make_path("//PLN-DC2/SMS_SHR/a", OS_PRIVATE), ERR_NOENT);
	assert_string_equal(ground_get("PLN-DC2"), "(none)");
	assert_int_equal(
	    os_dir_make_path("//PLN-DC1/OTHER", OS_PRIVATE), ERR_NOENT);
	unsetenv("SMS_UNC");
}

static void
folders_get_exact_rights_whatever_the_umask(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		static const mode_t masks[] = { 0, 022, 077 };

		umask(masks[i]);
		assert_int_equal(os_dir_make(ground.dir, "p", OS_PRIVATE), 0);
		assert_int_equal(os_dir_make(ground.dir, "o", OS_PUBLIC), 0);
		assert_int_equal(os_dir_make(ground.dir, "d", OS_DROP_BOX), 0);
		assert_int_equal(ground_mode("p"), 0700);
		assert_int_equal(ground_mode("o"), 0755);
		assert_int_equal(ground_mode("d"), 01733);
		assert_int_equal(
		    os_dir_make(ground.dir, "d", OS_PUBLIC), ERR_EXIST);
		assert_int_equal(os_remove_dir(ground.dir, "p"), 0);
		assert_int_equal(os_remove_dir(ground.dir, "o"), 0);
		assert_int_equal(os_remove_dir(ground.dir, "d"), 0);
	}
	assert_int_equal(os_dir_make(ground.dir, "x/y", OS_PUBLIC), ERR_NOENT);
}

static void
a_box_that_is_too_open_gets_its_rights_back(void **state)
{
	static const struct {
		mode_t mode, after;
		int result;
	} cases[] = {
		{ 0777, 01777, 1 },
		{ 0733, 01777, 1 },
		{ 0702, 01777, 1 },
		{ 01777, 01777, 0 },
		{ 01733, 01733, 0 },
		{ 0755, 0755, 0 },
		{ 0770, 0770, 0 },
	};
	char *path = ground_path("box");

	(void)state;
	assert_int_equal(os_dir_mend_box(path, OS_OPEN_BOX), ERR_NOENT);
	ground_folder("box");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(chmod(path, cases[i].mode), 0);
		assert_int_equal(
		    os_dir_mend_box(path, OS_OPEN_BOX), cases[i].result);
		assert_int_equal(ground_mode("box"), cases[i].after);
	}
	assert_int_equal(chmod(path, 0777), 0);
	assert_int_equal(os_dir_mend_box(path, OS_DROP_BOX), 1);
	assert_int_equal(ground_mode("box"), 01733);
}

static void
make_path_leaves_what_is_there_as_it_is(void **state)
{
	(void)state;
	umask(077);
	ground_folder("a");
	ground_put("file", "x");
	ground_link("missing", "nowhere");
	assert_int_equal(
	    os_dir_make_path(ground_path("a/b\\c/d"), OS_PRIVATE), 0);
	assert_int_equal(ground_mode("a"), 0700);
	assert_int_equal(ground_mode("a/b"), 0755);
	assert_int_equal(ground_mode("a/b/c"), 0755);
	assert_int_equal(ground_mode("a/b/c/d"), 0700);
	assert_int_equal(os_dir_make_path(ground_path("a/b"), OS_PRIVATE), 0);
	assert_int_equal(ground_mode("a/b"), 0755);
	assert_int_equal(
	    os_dir_make_path(ground_path("file/x"), OS_PUBLIC), ERR_NOTDIR);
	assert_int_equal(
	    os_dir_make_path(ground_path("nowhere/x"), OS_PUBLIC), ERR_NOENT);
	assert_int_equal(os_dir_make_path("/", OS_PUBLIC), 0);
	assert_int_equal(chdir(ground.path), 0);
	assert_int_equal(os_dir_make_path("r/s", OS_PUBLIC), 0);
	assert_int_equal(ground_mode("r/s"), 0755);
}

struct seen {
	int count[4];
	int names;
	int stop;
};

static int
see(void *arg, const char *name, enum os_kind kind)
{
	struct seen *seen = arg;

	assert_true(name[0] != '.');
	seen->count[kind]++;
	return ++seen->names == seen->stop ? 42 : 0;
}

static void
a_list_names_each_kind_once_and_ends_when_told(void **state)
{
	struct seen seen = { { 0 }, 0, 0 };

	(void)state;
	ground_folder("l");
	ground_put("l/f", "x");
	ground_put("l/g", "x");
	ground_folder("l/d");
	ground_link("d", "l/k");
	ground_fifo("l/p");
	assert_int_equal(os_dir_list(ground.dir, "l", see, &seen), 0);
	assert_int_equal(seen.count[OS_REGULAR], 2);
	assert_int_equal(seen.count[OS_FOLDER], 1);
	assert_int_equal(seen.count[OS_LINK], 1);
	assert_int_equal(seen.count[OS_OTHER], 1);
	memset(&seen, 0, sizeof(seen));
	seen.stop = 2;
	assert_int_equal(os_dir_list(ground.dir, "l", see, &seen), 42);
	assert_int_equal(seen.names, 2);
}

static int
remove_seen(void *arg, const char *name, enum os_kind kind)
{
	struct os_dir *dir = arg;

	(void)kind;
	return os_remove(dir, name);
}

static void
a_folder_may_be_emptied_while_it_is_listed(void **state)
{
	struct os_dir *dir;
	char name[16];

	(void)state;
	ground_folder("l");
	assert_int_equal(os_dir_open_in(ground.dir, "l", &dir), 0);
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "l/%d", i);
		ground_put(name, "");
	}
	assert_int_equal(os_dir_list(dir, ".", remove_seen, dir), 0);
	assert_int_equal(os_remove_dir(ground.dir, "l"), 0);
	os_dir_close(dir);
}

static void
folders_and_volumes_can_be_flushed(void **state)
{
	uint64_t space;

	(void)state;
	ground_folder("a");
	assert_int_equal(os_dir_flush(ground.dir, "."), 0);
	assert_int_equal(os_dir_flush(ground.dir, "a"), 0);
	assert_int_equal(os_dir_flush(ground.dir, "b"), ERR_NOENT);
	assert_int_equal(os_dir_flush_all(ground.dir), 0);
	assert_int_equal(os_dir_space(ground.dir, &space), 0);
	assert_true(space > 0);
}

static int
use_drop_box(void *arg)
{
	struct os_dir *box;
	struct os_file *file;
	int r;

	(void)arg;
	if ((r = os_dir_open(ground_path("box"), &box)) < 0)
		return r;
	if (call_list(box, ".") != ERR_ACCES)
		return -201;
	if ((r = os_open(box, "a.tmp", OS_CREATE, OS_PUBLIC, &file)) < 0)
		return r;
	if ((r = os_file_close(file)) < 0 ||
	    (r = os_rename_new(box, "a.tmp", box, "a.ccr")) < 0)
		return r;
	if (os_remove(box, "root.ccr") != ERR_ACCES)
		return -202;
	if ((r = os_dir_flush(box, ".")) < 0)
		return r;
	os_dir_close(box);
	return 0;
}

static void
a_drop_box_takes_files_from_those_who_may_not_list_it(void **state)
{
	(void)state;
	assert_int_equal(os_dir_make(ground.dir, "box", OS_DROP_BOX), 0);
	ground_put("box/root.ccr", "r");
	assert_int_equal(as_nobody(use_drop_box, NULL), 0);
	assert_string_equal(ground_get("box/a.ccr"), "");
}

struct answer {
	int error;
	int code;
};

static int
open_refused(void *arg)
{
	const struct answer *answer = arg;
	struct os_dir *dir;

	if (refuse_call(SYS_openat, answer->error) == -1)
		return -200;
	return os_dir_open(ground.path, &dir);
}

/* One of each code; the answers of network file systems in particular. */
static void
answers_of_the_system_become_our_codes(void **state)
{
	static const struct answer answers[] = {
		{ ENOMEM, ERR_NOMEM }, { EMFILE, ERR_NOMEM },
		{ ENOENT, ERR_NOENT }, { EPERM, ERR_ACCES },
		{ EACCES, ERR_ACCES }, { EBUSY, ERR_BUSY },
		{ ETXTBSY, ERR_BUSY }, { ENOSPC, ERR_NOSPC },
		{ EDQUOT, ERR_NOSPC }, { EROFS, ERR_ROFS }, { EIO, ERR_IO },
		{ ESTALE, ERR_IO }, { ENOTDIR, ERR_NOTDIR },
		{ ENAMETOOLONG, ERR_NAME }, { EXDEV, ERR_XDEV },
		{ EOPNOTSUPP, ERR_UNSUP }, { ENOSYS, ERR_UNSUP },
		{ ETIMEDOUT, ERR_HOST }, { EHOSTDOWN, ERR_HOST },
		{ EHOSTUNREACH, ERR_HOST }, { ENOTCONN, ERR_HOST },
		{ ENETUNREACH, ERR_HOST }, { ENXIO, ERR_HOST },
		{ ECONNREFUSED, ERR_HOST }, { ENODEV, ERR_HOST },
		{ EKEYEXPIRED, ERR_AUTH }, { EKEYREJECTED, ERR_AUTH },
		{ EKEYREVOKED, ERR_AUTH }, { ENOKEY, ERR_AUTH },
		{ EFBIG, ERR_RANGE }, { EINVAL, ERR_ARG },
		{ EPROTO, ERR_IO }, /* one that the table does not know */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		assert_int_equal(in_child(open_refused, (void *)&answers[i]),
		    answers[i].code);
}

/* The tests of every call, with folders held. */
static int
hold_setup(void **state)
{
	int r = ground_setup(state);

	os_dir_hold(ground.dir, true);
	return r;
}

#define HELD(function)                                                      \
	{                                                                   \
#function " (held)", function, hold_setup, ground_teardown, \
		    NULL                                                    \
	}

static void
a_folder_that_is_held_is_not_walked_to_again(void **state)
{
	struct os_info info;

	(void)state;
	ground_folder("d");
	ground_put("d/f", "x");
	os_dir_hold(ground.dir, true);
	os_dir_hold(ground.dir, true);
	assert_int_equal(os_info(ground.dir, "d/f", &info), 0);
	assert_int_equal(rename(ground_path("d"), ground_path("away")), 0);
	assert_int_equal(os_info(ground.dir, "d/f", &info), 0);
	assert_int_equal(os_remove(ground.dir, "d/f"), 0);
	assert_string_equal(ground_get("away/f"), "(none)");
	os_dir_hold(ground.dir, false);
	assert_int_equal(os_info(ground.dir, "d/f", &info), ERR_NOENT);
}

static void
what_we_rename_or_remove_is_not_held(void **state)
{
	struct os_info info;
	char away[16];

	(void)state;
	os_dir_hold(ground.dir, true);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(os_dir_make(ground.dir, "d", OS_PUBLIC), 0);
		assert_int_equal(os_dir_make(ground.dir, "d/e", OS_PUBLIC), 0);
		ground_put("d/e/f", "x");
		assert_int_equal(os_info(ground.dir, "d/e/f", &info), 0);
		if (i == 0)
			assert_int_equal(
			    os_replace(ground.dir, "d/e", ground.dir, "d/g"),
			    0);
		else if (i == 1)
			assert_int_equal(
			    os_rename_new(ground.dir, "d/e", ground.dir, "d/h"),
			    0);
		else
			assert_int_equal(os_remove(ground.dir, "d/e/f"), 0);
		if (i == 2)
			assert_int_equal(os_remove_dir(ground.dir, "d/e"), 0);
		assert_int_equal(
		    os_info(ground.dir, "d/e/f", &info), ERR_NOENT);
		snprintf(away, sizeof(away), "away%d", i);
		assert_int_equal(
		    rename(ground_path("d"), ground_path(away)), 0);
		os_dir_hold(ground.dir, true); /* which begins anew */
	}
}

static void
many_folders_are_held_in_turn(void **state)
{
	struct os_info info;
	char folder[16], name[32], other[32];

	(void)state;
	for (int i = 0; i < 9; i++) {
		snprintf(folder, sizeof(folder), "d%d", i);
		snprintf(name, sizeof(name), "d%d/f", i);
		ground_folder(folder);
		ground_put(name, folder);
	}
	os_dir_hold(ground.dir, true);
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "d%d/f", i * 7 % 9);
		snprintf(other, sizeof(other), "d%d\\f", i * 5 % 9);
		assert_int_equal(os_info(ground.dir, name, &info), 0);
		assert_int_equal(
		    os_link(ground.dir, name, ground.dir, "t/x"), ERR_NOENT);
		assert_int_equal(
		    os_replace(ground.dir, name, ground.dir, other), 0);
		assert_int_equal(
		    os_replace(ground.dir, other, ground.dir, name), 0);
		if (strcmp(ground_get(name), "(none)") == 0)
			fail_msg("%s is lost", name);
		snprintf(folder, sizeof(folder), "d%d", i * 5 % 9);
		snprintf(other, sizeof(other), "d%d/f", i * 5 % 9);
		if (strcmp(other, name) != 0)
			ground_put(other, folder);
	}
}

int
test_walk(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_link_on_the_way_is_refused_by_every_call),
		TEST(a_link_as_last_name_is_never_followed),
		TEST(what_leads_out_of_the_place_is_refused_by_every_call),
		TEST(a_file_where_a_folder_should_be_is_not_a_link),
		TEST(names_beyond_the_limit_of_the_system_are_told),
		TEST(both_separators_doubled_or_trailing_reach_the_same),
		TEST(links_on_the_way_to_a_place_are_followed),
		TEST(a_share_path_is_found_below_sms_unc),
		TEST(folders_get_exact_rights_whatever_the_umask),
		TEST(a_box_that_is_too_open_gets_its_rights_back),
		TEST(make_path_leaves_what_is_there_as_it_is),
		TEST(a_list_names_each_kind_once_and_ends_when_told),
		TEST(a_folder_may_be_emptied_while_it_is_listed),
		TEST(folders_and_volumes_can_be_flushed),
		TEST(a_drop_box_takes_files_from_those_who_may_not_list_it),
		TEST(answers_of_the_system_become_our_codes),
		TEST(a_folder_that_is_held_is_not_walked_to_again),
		TEST(what_we_rename_or_remove_is_not_held),
		TEST(many_folders_are_held_in_turn),
		HELD(a_link_on_the_way_is_refused_by_every_call),
		HELD(a_link_as_last_name_is_never_followed),
		HELD(what_leads_out_of_the_place_is_refused_by_every_call),
		HELD(a_file_where_a_folder_should_be_is_not_a_link),
		HELD(names_beyond_the_limit_of_the_system_are_told),
		HELD(both_separators_doubled_or_trailing_reach_the_same),
		HELD(a_folder_may_be_emptied_while_it_is_listed),
	};

	return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
