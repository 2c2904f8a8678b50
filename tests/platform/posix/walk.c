/* How names are reached, and folders. */
#include "../calls.h"
#include "posix_ground.h"

#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
		expect_call(i, "first/b/f", ERR_LINK);
		expect_call(i, "a/second/f", ERR_LINK);
		expect_call(i, "root/etc/passwd", ERR_LINK);
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
		unlinkat(ground_fd, "l", 0);
		ground_link("file", "l");
		expect_call(i, "l", calls[i].at_link);
		unlinkat(ground_fd, "l", 0);
		ground_link("out", "l");
		expect_call(i, "l", calls[i].at_link);
		unlinkat(ground_fd, "l", 0);
		ground_link("missing", "l");
		expect_call(i, "l", calls[i].at_link);
		assert_string_equal(ground_get("file"), "outside");
		assert_string_equal(ground_get("missing"), "(none)");
	}
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

int
test_posix_walk(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_link_on_the_way_is_refused_by_every_call),
		TEST(a_link_as_last_name_is_never_followed),
		TEST(links_on_the_way_to_a_place_are_followed),
		TEST(a_share_path_is_found_below_sms_unc),
		TEST(folders_get_exact_rights_whatever_the_umask),
		TEST(a_box_that_is_too_open_gets_its_rights_back),
		TEST(make_path_leaves_what_is_there_as_it_is),
		TEST(a_list_names_each_kind_once_and_ends_when_told),
		TEST(a_drop_box_takes_files_from_those_who_may_not_list_it),
		TEST(answers_of_the_system_become_our_codes),
		TEST(a_folder_that_is_held_is_not_walked_to_again),
		TEST_HELD(a_link_on_the_way_is_refused_by_every_call),
		TEST_HELD(a_link_as_last_name_is_never_followed),
	};

	return cmocka_run_group_tests_name("walk of POSIX", tests, NULL, NULL);
}
