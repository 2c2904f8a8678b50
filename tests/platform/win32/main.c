/*
 * The tests of platform/win32, on the real file system below $TEST_DIR (a
 * folder of a volume with hard links). Under Wine all of them run; those that
 * need what only Windows or only Wine has are shown as skipped there.
 */
#include "win32_ground.h"

#include "programs.h"

int
main(int argc, char **argv)
{
	int failed = 0;

	locks_role(argc, argv);
	programs_role(argc, argv);
	failed += test_walk();
	failed += test_win32_walk();
	failed += test_names();
	failed += test_win32_names();
	failed += test_win32_locks();
	failed += test_files();
	failed += test_win32_files();
	failed += test_win32_rights();
	failed += test_machine();
	failed += test_win32_machine();
	failed += test_shares();
	failed += test_programs();
	failed += test_hints();
	failed += test_readers();
	failed += test_inventory();
	failed += test_services();
	failed += test_services_run();
	failed += test_service_self();
	return failed == 0 ? 0 : 1;
}
