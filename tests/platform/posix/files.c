/* Regular files: opening, writing, attributes, full and read-only volumes. */
#include "posix_ground.h"

#include <sys/socket.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
files_get_exact_rights_whatever_the_umask(void **state)
{
	static const mode_t masks[] = { 0, 022, 077, 0777 };

	(void)state;
	for (int i = 0; i < 4; i++) {
		umask(masks[i]);
		os_file_close(ground_open("p", OS_CREATE, OS_PRIVATE));
		os_file_close(ground_open("o", OS_CREATE, OS_PUBLIC));
		os_file_close(ground_open("a", OS_APPEND, OS_PUBLIC));
		assert_int_equal(ground_mode("p"), 0600);
		assert_int_equal(ground_mode("o"), 0644);
		assert_int_equal(ground_mode("a"), 0644);
		/* One that is there keeps what it has. */
		os_file_close(ground_open("p", OS_APPEND, OS_PUBLIC));
		assert_int_equal(ground_mode("p"), 0600);
		assert_int_equal(os_remove(ground.dir, "p"), 0);
		assert_int_equal(os_remove(ground.dir, "o"), 0);
		assert_int_equal(os_remove(ground.dir, "a"), 0);
	}
}

static void
make_socket(const char *rel)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	/* The path of a socket is short, so it is made from here. */
	assert_int_equal(chdir(ground.path), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", rel);
	assert_int_equal(
	    bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

static void
nothing_but_a_regular_file_is_opened_and_nothing_waits(void **state)
{
	static const enum os_mode modes[] = { OS_READ, OS_APPEND };
	struct os_file *file;

	(void)state;
	ground_folder("d");
	ground_fifo("p");
	make_socket("s");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    os_open(ground.dir, "d", modes[i], OS_PUBLIC, &file),
		    ERR_ISDIR);
		assert_int_equal(
		    os_open(ground.dir, "p", modes[i], OS_PUBLIC, &file),
		    ERR_NOTFILE);
		assert_int_equal(
		    os_open(ground.dir, "s", modes[i], OS_PUBLIC, &file),
		    ERR_NOTFILE);
		assert_null(file);
	}
	assert_int_equal(
	    os_open(ground.dir, ".", OS_READ, OS_PUBLIC, &file), ERR_ISDIR);
	assert_int_equal(
	    os_open(ground.dir, "none", OS_READ, OS_PUBLIC, &file), ERR_NOENT);
	if (geteuid() == 0 &&
	    mknodat(ground_fd, "null", S_IFCHR | 0666, 1 << 8 | 3) == 0)
		assert_int_equal(
		    os_open(ground.dir, "null", OS_READ, OS_PUBLIC, &file),
		    ERR_NOTFILE);
}

static void
info_describes_what_stands_there(void **state)
{
	struct os_info info;
	struct stat st;

	(void)state;
	ground_folder("d");
	ground_put("f", "12345");
	ground_link("f", "l");
	ground_fifo("p");
	assert_int_equal(os_info(ground.dir, "f", &info), 0);
	assert_int_equal(fstatat(ground_fd, "f", &st, 0), 0);
	assert_int_equal(info.kind, OS_REGULAR);
	assert_true(info.size == 5 && info.id == st.st_ino &&
	    info.volume == st.st_dev && info.links == 1 &&
	    info.owner == geteuid() && info.flags == 0);
	assert_true(
	    info.changed == st.st_ctim.tv_sec * OS_SECOND + st.st_ctim.tv_nsec);
	assert_true(
	    info.mtime == st.st_mtim.tv_sec * OS_SECOND + st.st_mtim.tv_nsec);
	assert_int_equal(os_info(ground.dir, "l", &info), 0);
	assert_int_equal(info.kind, OS_LINK);
	assert_int_equal(os_info(ground.dir, "d", &info), 0);
	assert_int_equal(info.kind, OS_FOLDER);
	assert_int_equal(os_info(ground.dir, ".", &info), 0);
	assert_int_equal(info.kind, OS_FOLDER);
	assert_int_equal(os_info(ground.dir, "p", &info), 0);
	assert_int_equal(info.kind, OS_OTHER);
	assert_int_equal(os_info(ground.dir, "none", &info), ERR_NOENT);
}

static void
a_stamp_sets_time_and_attributes(void **state)
{
	static const struct {
		enum os_rights rights;
		unsigned flags;
		unsigned mode;
	} rows[] = {
		{ OS_PUBLIC, 0, 0644 },
		{ OS_PUBLIC, OS_EXEC, 0755 },
		{ OS_PUBLIC, OS_READONLY, 0444 },
		{ OS_PUBLIC, OS_EXEC | OS_READONLY, 0555 },
		{ OS_PRIVATE, OS_EXEC, 0700 },
		{ OS_PRIVATE, OS_READONLY, 0400 },
		{ OS_PUBLIC, OS_HIDDEN, 0644 },
	};
	int64_t times[] = { INT64_C(1763663523) * OS_SECOND + 123456700, 0, -1,
		-OS_SECOND };
	struct os_info info;
	struct os_file *file;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		file = ground_open("f", OS_CREATE, rows[i].rights);
		assert_int_equal(
		    os_file_stamp(file, times[i % 4], rows[i].flags), 0);
		assert_int_equal(os_file_info(file, &info), 0);
		assert_true(info.mtime == times[i % 4]);
		assert_true(info.changed > times[0]); /* that cannot be set */
		assert_int_equal(
		    info.flags, rows[i].flags & (OS_EXEC | OS_READONLY));
		assert_int_equal(ground_mode("f"), rows[i].mode);
		os_file_close(file);
		assert_int_equal(os_remove(ground.dir, "f"), 0);
	}
}

static int64_t
told_date(time_t seconds)
{
	struct timespec times[2] = { { 0, UTIME_OMIT }, { seconds, 5 } };
	struct os_info info;
	struct stat st;

	assert_int_equal(utimensat(ground_fd, "f", times, 0), 0);
	assert_int_equal(fstatat(ground_fd, "f", &st, 0), 0);
	if (st.st_mtim.tv_sec != seconds)
		return 0; /* this volume has no such date */
	assert_int_equal(os_info(ground.dir, "f", &info), 0);
	return info.mtime;
}

/* Anybody may give a file any date, and so an overflow to who reads it. */
static void
dates_beyond_our_range_are_told_as_its_end(void **state)
{
	int64_t least;

	(void)state;
	ground_put("f", "x");
	assert_true(told_date(13569465600) == INT64_MAX); /* 2400 */
	assert_true(told_date(INT64_MAX / OS_SECOND) == INT64_MAX);
	assert_true(told_date(9000000000) == 9000000000 * OS_SECOND + 5);
	least = told_date(-9300000000); /* 1675 */
	assert_true(least == 0 ||
	    (least < -OS_SECOND * 2000000000 && os_clock() - least > 0));
}

/* The binary form of an ACL: u::rw-, u:1234:rw-, g::r--, m::rw-, o::r-- */
static const unsigned char acl[] = {
	2,
	0,
	0,
	0,
	1,
	0,
	6,
	0,
	255,
	255,
	255,
	255,
	2,
	0,
	6,
	0,
	210,
	4,
	0,
	0,
	4,
	0,
	4,
	0,
	255,
	255,
	255,
	255,
	16,
	0,
	6,
	0,
	255,
	255,
	255,
	255,
	32,
	0,
	4,
	0,
	255,
	255,
	255,
	255,
};

static void
like_gives_owner_mode_acl_and_attributes(void **state)
{
	unsigned char back[sizeof(acl)];
	struct os_file *file;
	struct stat st;
	char value[8];

	(void)state;
	if (geteuid() != 0)
		skip();
	ground_put("old", "x");
	assert_int_equal(chown(ground_path("old"), 1000, 1001), 0);
	assert_int_equal(chmod(ground_path("old"), 0640), 0);
	assert_int_equal(
	    setxattr(ground_path("old"), "user.note", "kim", 3, 0), 0);
	assert_int_equal(setxattr(ground_path("old"), "system.posix_acl_access",
			     acl, sizeof(acl), 0),
	    0);
	file = ground_open("new", OS_CREATE, OS_PRIVATE);
	assert_int_equal(os_file_like(file, ground.dir, "old"), 0);
	os_file_close(file);
	assert_int_equal(stat(ground_path("new"), &st), 0);
	assert_int_equal(st.st_uid, 1000);
	assert_int_equal(st.st_gid, 1001);
	assert_int_equal(ground_mode("new"), ground_mode("old"));
	assert_int_equal(
	    getxattr(ground_path("new"), "user.note", value, sizeof(value)), 3);
	assert_memory_equal(value, "kim", 3);
	assert_int_equal(getxattr(ground_path("new"), "system.posix_acl_access",
			     back, sizeof(back)),
	    sizeof(acl));
	assert_memory_equal(back, acl, sizeof(acl));
}

static void
like_takes_away_what_the_folder_gave(void **state)
{
	struct os_file *file;

	(void)state;
	ground_put("old", "x");
	assert_int_equal(chmod(ground_path("old"), 0600), 0);
	assert_int_equal(setxattr(ground.path, "system.posix_acl_default", acl,
			     sizeof(acl), 0),
	    0);
	file = ground_open("new", OS_CREATE, OS_PUBLIC);
	assert_int_equal(os_file_like(file, ground.dir, "old"), 0);
	os_file_close(file);
	assert_int_equal(
	    getxattr(ground_path("new"), "system.posix_acl_access", NULL, 0),
	    -1);
	assert_int_equal(ground_mode("new"), 0600);
}

static int
like_foreign(void *arg)
{
	struct os_file *file;
	struct os_dir *dir;
	int r;

	(void)arg;
	if ((r = os_dir_open(ground_path("d"), &dir)) < 0 ||
	    (r = os_open(dir, "new", OS_CREATE, OS_PRIVATE, &file)) < 0 ||
	    (r = os_file_like(file, dir, "old")) < 0)
		return r;
	os_dir_close(dir);
	return os_file_close(file);
}

static void
like_leaves_out_an_owner_that_may_not_be_set(void **state)
{
	struct stat st;

	(void)state;
	ground_folder("d");
	assert_int_equal(chmod(ground_path("d"), 0777), 0);
	ground_put("d/old", "x");
	assert_int_equal(chmod(ground_path("d/old"), 04664), 0);
	assert_int_equal(as_nobody(like_foreign, NULL), 0);
	assert_int_equal(stat(ground_path("d/new"), &st), 0);
	assert_int_equal(st.st_uid, 65534);
	/* Neither setuid nor the group's right to write go to others. */
	assert_int_equal(ground_mode("d/new"), 0644);
}

static int
fill_volume(void *arg)
{
	struct os_file *file;
	struct os_dir *dir;
	char block[4096] = { 0 };
	uint64_t space;
	int r = 0;

	(void)arg;
	if ((r = mount_here("m", "size=64k,nr_inodes=8")) < 0)
		return r;
	if ((r = os_dir_open(ground_path("m"), &dir)) < 0)
		return r;
	if (os_dir_space(dir, &space) != 0 || space != 65536)
		return -201;
	if ((r = os_open(dir, "f", OS_CREATE, OS_PUBLIC, &file)) < 0)
		return r;
	for (int i = 0; i < 100 && r == 0; i++)
		r = os_write(file, block, sizeof(block));
	if (r != ERR_NOSPC || os_dir_space(dir, &space) != 0 || space != 0)
		return -202;
	for (int i = 0; i < 20; i++) {
		char name[16];

		snprintf(name, sizeof(name), "%d", i);
		if ((r = os_dir_make(dir, name, OS_PUBLIC)) < 0)
			break;
	}
	return r;
}

static void
a_full_volume_is_told_as_no_space(void **state)
{
	int r;

	(void)state;
	if (geteuid() != 0)
		skip();
	ground_folder("m");
	if ((r = in_child(fill_volume, NULL)) == MAY_NOT_MOUNT)
		skip();
	assert_int_equal(r, ERR_NOSPC);
}

static int
use_read_only(void *arg)
{
	struct os_file *file;
	struct os_dir *dir;
	int r;

	(void)arg;
	if ((r = mount_here("m", "mode=755")) < 0)
		return r;
	if (os_dir_open(ground_path("m"), &dir) < 0 ||
	    os_dir_make(dir, "d", OS_PUBLIC) < 0 ||
	    os_open(dir, "f", OS_CREATE, OS_PUBLIC, &file) < 0 ||
	    os_file_close(file) < 0)
		return -201;
	if (os_link(ground.dir, "g", dir, "g") != ERR_XDEV ||
	    os_replace(ground.dir, "g", dir, "g") != ERR_XDEV)
		return -202;
	if (mount("none", ground_path("m"), NULL, MS_REMOUNT | MS_RDONLY,
		NULL) == -1)
		return -203;
	if (os_open(dir, "n", OS_CREATE, OS_PUBLIC, &file) != ERR_ROFS ||
	    os_open(dir, "f", OS_APPEND, OS_PUBLIC, &file) != ERR_ROFS ||
	    os_dir_make(dir, "e", OS_PUBLIC) != ERR_ROFS ||
	    os_remove(dir, "f") != ERR_ROFS ||
	    os_replace(dir, "f", dir, "n") != ERR_ROFS ||
	    os_remove_dir(dir, "d") != ERR_ROFS)
		return -204;
	return os_may_write(ground_path("m/d"));
}

static void
another_volume_and_a_read_only_one_are_told(void **state)
{
	int r;

	(void)state;
	if (geteuid() != 0)
		skip();
	ground_folder("m");
	ground_put("g", "x");
	if ((r = in_child(use_read_only, NULL)) == MAY_NOT_MOUNT)
		skip();
	assert_int_equal(r, ERR_ROFS);
	assert_string_equal(ground_get("g"), "x");
}

static int
flush_fails(void *arg)
{
	struct os_file *file;
	int r;

	(void)arg;
	if (os_open(ground.dir, "f", OS_CREATE, OS_PUBLIC, &file) < 0 ||
	    refuse_call(SYS_fsync, EIO) == -1)
		return -200;
	if (os_dir_flush(ground.dir, ".") != ERR_IO)
		return -201;
	r = os_file_flush(file);
	return os_file_close(file) == 0 ? r : -202;
}

static int
close_fails(void *arg)
{
	struct os_file *file;

	if (os_open(ground.dir, "g", OS_CREATE, OS_PUBLIC, &file) < 0 ||
	    refuse_call(SYS_close, *(int *)arg) == -1)
		return -200;
	return os_file_close(file);
}

static void
late_errors_show_in_flush_and_close(void **state)
{
	int edquot = EDQUOT;

	(void)state;
	assert_int_equal(in_child(flush_fails, NULL), ERR_IO);
	assert_int_equal(in_child(close_fails, &edquot), ERR_NOSPC);
}

int
test_posix_files(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(files_get_exact_rights_whatever_the_umask),
		TEST(nothing_but_a_regular_file_is_opened_and_nothing_waits),
		TEST(info_describes_what_stands_there),
		TEST(a_stamp_sets_time_and_attributes),
		TEST(dates_beyond_our_range_are_told_as_its_end),
		TEST(like_gives_owner_mode_acl_and_attributes),
		TEST(like_takes_away_what_the_folder_gave),
		TEST(like_leaves_out_an_owner_that_may_not_be_set),
		TEST(a_full_volume_is_told_as_no_space),
		TEST(another_volume_and_a_read_only_one_are_told),
		TEST(late_errors_show_in_flush_and_close),
	};

	return cmocka_run_group_tests_name("files of POSIX", tests, NULL, NULL);
}
