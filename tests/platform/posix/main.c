/*
 * The tests of platform/posix, on the real file system below $TEST_DIR (a
 * folder of a volume with hard links, that nobody may search). As root all of
 * them run; without, those that need it are shown as skipped.
 */
#include "posix_ground.h"

#include <string.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	int failed = 0;

	/* A copy of this program with raised rights: see rights.c. */
	if (argc == 2 && strcmp(argv[1], "env") == 0)
		_exit(os_env("SMS_SYSROOT") == NULL ? 7 : 8);

	failed += test_walk();
	failed += test_posix_walk();
	failed += test_names();
	failed += test_posix_names();
	failed += test_files();
	failed += test_posix_files();
	failed += test_posix_rights();
	failed += test_machine();
	failed += test_posix_machine();
	failed += test_posix_inventory();
	failed += test_posix_children();
	failed += test_shares();
	failed += test_posix_shares();
	failed += test_posix_watches();
	failed += test_posix_services();
	failed += test_posix_services_systemd();
	return failed == 0 ? 0 : 1;
}
