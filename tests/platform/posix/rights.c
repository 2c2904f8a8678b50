/* Who may be trusted, who may write, where places are, the environment. */
#include "posix_ground.h"

#include <sys/stat.h>
#include <sys/xattr.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
is_admin(void *arg)
{
	(void)arg;
	return os_is_admin() ? -1 : 0;
}

static void
only_root_is_administrator(void **state)
{
	(void)state;
	assert_int_equal(os_is_admin(), geteuid() == 0);
	assert_int_equal(as_nobody(is_admin, NULL), 0);
}

/* a/b/f of root's; skipped where what is above is not root's alone. */
static void
trusted_tree(void)
{
	ground_folder("a");
	ground_folder("a/b");
	ground_put("a/b/f", "x");
	if (geteuid() != 0 || os_trusted(ground.path, NULL) != 0)
		skip();
	assert_int_equal(os_trusted(ground_path("a/b/f"), NULL), 0);
}

static void
expect_culprit(const char *path, const char *culprit, const char *who)
{
	char text[9000], *found;

	snprintf(text, sizeof(text), "%s: %s", ground_path(culprit), who);
	assert_int_equal(os_trusted(ground_path(path), &found), ERR_UNTRUSTED);
	assert_string_equal(found, text);
	free(found);
}

static void
one_folder_that_others_may_write_spoils_all_below(void **state)
{
	(void)state;
	trusted_tree();
	assert_int_equal(chmod(ground_path("a"), 0775), 0);
	expect_culprit("a/b/f", "a", "owner uid 0, mode 0775");
	assert_int_equal(chmod(ground_path("a"), 0757), 0);
	expect_culprit("a/b/f", "a", "owner uid 0, mode 0757");
	assert_int_equal(chmod(ground_path("a"), 0755), 0);
	assert_int_equal(chown(ground_path("a/b"), 1000, 0), 0);
	expect_culprit("a/b/f", "a/b", "owner uid 1000, mode 0755");
	assert_int_equal(chown(ground_path("a/b"), 0, 0), 0);
	assert_int_equal(chmod(ground_path("a/b/f"), 0664), 0);
	expect_culprit("a/b/f", "a/b/f", "owner uid 0, mode 0664");
	assert_int_equal(chown(ground_path("a/b/f"), 1000, 0), 0);
	expect_culprit("a\\b\\f", "a/b/f", "owner uid 1000, mode 0664");
}

static void
a_sticky_folder_is_fine_on_the_way_only(void **state)
{
	(void)state;
	trusted_tree();
	assert_int_equal(chmod(ground_path("a"), 01777), 0);
	assert_int_equal(os_trusted(ground_path("a/b/f"), NULL), 0);
	assert_int_equal(os_trusted(ground_path("a/b/../b/."), NULL), 0);
	expect_culprit("a", "a", "owner uid 0, mode 1777");
	expect_culprit("a/b/..", "a", "owner uid 0, mode 1777");
	expect_culprit("a/.", "a", "owner uid 0, mode 1777");
	assert_int_equal(chown(ground_path("a"), 1000, 0), 0);
	expect_culprit("a/b/f", "a", "owner uid 1000, mode 1777");
}

static void
an_acl_that_lets_others_write_is_seen(void **state)
{
	static const unsigned char acl[] = {
		2,
		0,
		0,
		0,
		1,
		0,
		7,
		0,
		255,
		255,
		255,
		255,
		2,
		0,
		7,
		0,
		210,
		4,
		0,
		0,
		4,
		0,
		5,
		0,
		255,
		255,
		255,
		255,
		16,
		0,
		7,
		0,
		255,
		255,
		255,
		255,
		32,
		0,
		5,
		0,
		255,
		255,
		255,
		255,
	};

	(void)state;
	trusted_tree();
	assert_int_equal(setxattr(ground_path("a"), "system.posix_acl_access",
			     acl, sizeof(acl), 0),
	    0);
	expect_culprit("a/b/f", "a", "owner uid 0, mode 0775");
}

static void
links_are_resolved_and_their_folders_checked(void **state)
{
	(void)state;
	trusted_tree();
	ground_folder("open");
	ground_link("../a/b", "open/l");
	ground_link("open/l", "far");
	ground_link("a/../a/b/f", "near");
	ground_link("loop", "loop");
	assert_int_equal(os_trusted(ground_path("open/l/f"), NULL), 0);
	assert_int_equal(os_trusted(ground_path("far/f"), NULL), 0);
	assert_int_equal(os_trusted(ground_path("near"), NULL), 0);
	assert_int_equal(os_trusted(ground_path("loop"), NULL), ERR_LINK);
	assert_int_equal(os_trusted(ground_path("none"), NULL), ERR_NOENT);
	assert_int_equal(chmod(ground_path("open"), 0777), 0);
	expect_culprit("far/f", "open", "owner uid 0, mode 0777");
	/* In a sticky folder the owner of a link may change it. */
	assert_int_equal(chmod(ground_path("open"), 01777), 0);
	assert_int_equal(os_trusted(ground_path("far/f"), NULL), 0);
	assert_int_equal(lchown(ground_path("open/l"), 1000, 1000), 0);
	expect_culprit("far/f", "open/l", "owner uid 1000, mode 0777");
}

static void
a_relative_path_is_checked_all_the_way_up(void **state)
{
	char *culprit;

	(void)state;
	trusted_tree();
	assert_int_equal(chdir(ground_path("a/b")), 0);
	assert_int_equal(os_trusted("f", NULL), 0);
	assert_int_equal(os_trusted("/", NULL), 0);
	assert_int_equal(chmod(ground_path("a"), 0777), 0);
	assert_int_equal(os_trusted("f", &culprit), ERR_UNTRUSTED);
	assert_non_null(strstr(culprit, "/a: owner uid 0, mode 0777"));
	free(culprit);
}

static int
may_write(void *arg)
{
	return os_may_write(arg);
}

static void
the_nearest_folder_tells_who_may_write(void **state)
{
	(void)state;
	ground_folder("mine");
	ground_folder("own");
	ground_put("own/file", "x");
	assert_int_equal(chmod(ground_path("own"), 0777), 0);
	assert_int_equal(as_nobody(may_write, ground_path("own")), 0);
	assert_int_equal(as_nobody(may_write, ground_path("own/x/y/z")), 0);
	assert_int_equal(as_nobody(may_write, ground_path("mine")), ERR_ACCES);
	assert_int_equal(
	    as_nobody(may_write, ground_path("mine\\x\\y")), ERR_ACCES);
	assert_int_equal(
	    as_nobody(may_write, ground_path("own/file")), ERR_NOTDIR);
	assert_int_equal(
	    as_nobody(may_write, ground_path("own/file/x")), ERR_NOTDIR);
	assert_int_equal(as_nobody(may_write, "/none"), ERR_ACCES);
	assert_int_equal(chdir(ground_path("own")), 0);
	assert_int_equal(as_nobody(may_write, "x"), 0);
	assert_int_equal(chdir(ground_path("mine")), 0);
	assert_int_equal(as_nobody(may_write, "x"), ERR_ACCES);
}

static void
expect_place(enum os_place place, const char *expected)
{
	char *path;

	assert_int_equal(os_place(place, &path), 0);
	assert_string_equal(path, expected);
	free(path);
}

static void
places_stand_below_the_sysroot(void **state)
{
	char *home = getenv("HOME"), *path;

	(void)state;
	home = home == NULL ? NULL : strdup(home);
	unsetenv("SMS_SYSROOT");
	unsetenv("XDG_STATE_HOME");
	expect_place(OS_CLIENT_ROOT, "/opt/sms");
	expect_place(OS_STATE_ROOT, "/var/lib/sms");
	expect_place(OS_CONFIG_ROOT, "/etc/sms");
	expect_place(OS_SITE_LOGS, "/var/log/sms");
	setenv("SMS_SYSROOT", "/try/", 1);
	setenv("HOME", "/home/kim", 1);
	expect_place(OS_CLIENT_ROOT, "/try/opt/sms");
	expect_place(OS_USER_STATE, "/try/home/kim/.local/state/sms");
	setenv("XDG_STATE_HOME", "/home/kim/st", 1);
	expect_place(OS_USER_STATE, "/try/home/kim/st/sms");
	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	assert_int_equal(os_place(OS_USER_STATE, &path), ERR_NOENT);
	assert_null(path);
	unsetenv("SMS_SYSROOT");
	if (home != NULL)
		setenv("HOME", home, 1);
	free(home);
}

static void
a_program_with_raised_rights_has_no_environment(void **state)
{
	const char *argv[] = { ground_path("prog"), "env", NULL };
	struct os_child *child;
	char command[9000];
	int code;

	(void)state;
	if (geteuid() != 0)
		skip();
	snprintf(command, sizeof(command), "cp /proc/%d/exe '%s'", getpid(),
	    argv[0]);
	assert_int_equal(system(command), 0);
	setenv("SMS_SYSROOT", "/try", 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(os_spawn(argv, 0, &child), 0);
		assert_int_equal(os_child_wait(child, -1, &code), 0);
		os_child_free(child);
		assert_int_equal(code, i == 0 ? 8 : 7);
		assert_int_equal(chown(argv[0], 65534, 65534), 0);
		assert_int_equal(chmod(argv[0], 04755), 0);
	}
	unsetenv("SMS_SYSROOT");
}

/* Several paths, each of them broken in turn: the first that is bad is told,
 * also where what is above it was found good for the one before. */
static void
of_several_paths_the_first_bad_one_is_told(void **state)
{
	const char *paths[4];
	char text[4][4200], *found;
	size_t which;

	(void)state;
	trusted_tree();
	ground_folder("a/c");
	ground_link("../c", "a/b/l");
	strcpy(text[0], ground_path("a/b"));
	strcpy(text[1], ground_path("a/b/f"));
	strcpy(text[2], ground_path("a/b/l"));
	strcpy(text[3], ground_path("a/b/.."));
	for (size_t i = 0; i < 4; i++)
		paths[i] = text[i];
	assert_int_equal(os_trusted_all(paths, 4, &which, &found), 0);
	assert_int_equal(os_trusted_all(paths, 0, &which, NULL), 0);
	/* A sticky folder: good on the way of three, bad as the last one. */
	assert_int_equal(chmod(ground_path("a"), 01777), 0);
	assert_int_equal(
	    os_trusted_all(paths, 4, &which, &found), ERR_UNTRUSTED);
	assert_int_equal(which, 3);
	free(found);
	assert_int_equal(chmod(ground_path("a"), 0755), 0);
	/* Behind the link. */
	assert_int_equal(chmod(ground_path("a/c"), 0775), 0);
	assert_int_equal(os_trusted_all(paths, 4, &which, NULL), ERR_UNTRUSTED);
	assert_int_equal(which, 2);
	assert_int_equal(chmod(ground_path("a/b/f"), 0664), 0);
	assert_int_equal(os_trusted_all(paths, 4, &which, NULL), ERR_UNTRUSTED);
	assert_int_equal(which, 1);
	assert_int_equal(chmod(ground_path("a"), 0775), 0);
	assert_int_equal(os_trusted_all(paths, 4, &which, NULL), ERR_UNTRUSTED);
	assert_int_equal(which, 0);
	assert_int_equal(unlink(ground_path("a/b/f")), 0);
	assert_int_equal(chmod(ground_path("a"), 0755), 0);
	assert_int_equal(os_trusted_all(paths, 4, &which, NULL), ERR_NOENT);
	assert_int_equal(which, 1);
}

int
test_posix_rights(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(only_root_is_administrator),
		TEST(one_folder_that_others_may_write_spoils_all_below),
		TEST(a_sticky_folder_is_fine_on_the_way_only),
		TEST(an_acl_that_lets_others_write_is_seen),
		TEST(links_are_resolved_and_their_folders_checked),
		TEST(of_several_paths_the_first_bad_one_is_told),
		TEST(a_relative_path_is_checked_all_the_way_up),
		TEST(the_nearest_folder_tells_who_may_write),
		TEST(places_stand_below_the_sysroot),
		TEST(a_program_with_raised_rights_has_no_environment),
	};

	return cmocka_run_group_tests_name(
	    "rights of POSIX", tests, NULL, NULL);
}
