/*
 * Owners and DACLs. What ours get is compared as SDDL before the volume gets
 * it, because Wine keeps three sets of rights alone: those of the owner and of
 * everybody, read, write and go through; on Windows what stands on the volume
 * is compared as well.
 */
#include "win32_ground.h"

#include "../../../platform/win32/win32.h"

#include <aclapi.h>
#include <sddl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALL                                                       \
	(OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION | \
	    PROTECTED_DACL_SECURITY_INFORMATION)

/* SYSTEM and administrators everything; everybody as said; nothing from the
 * folder above (P). */
#define FILE_OWN   "O:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)"
#define FOLDER_OWN "O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"

static const struct {
	const char *file, *folder;
} expected[] = {
	[OS_PRIVATE] = { FILE_OWN, FOLDER_OWN },
	[OS_PUBLIC] = { FILE_OWN "(A;;0x1200a9;;;WD)",
	    FOLDER_OWN "(A;OICI;0x1200a9;;;WD)" },
	[OS_DROP_BOX] = { FILE_OWN,
	    FOLDER_OWN "(A;OICIIO;FA;;;CO)(A;;0x1200a2;;;WD)" },
	[OS_OPEN_BOX] = { FILE_OWN,
	    FOLDER_OWN "(A;OICIIO;FA;;;CO)(A;;0x1200ab;;;WD)" },
};

static void
expect_sddl(PSECURITY_DESCRIPTOR security, const char *sddl)
{
	WCHAR *wide;
	char text[512];

	assert_true(ConvertSecurityDescriptorToStringSecurityDescriptorW(
	    security, SDDL_REVISION_1, ALL, &wide, NULL));
	snprintf(text, sizeof(text), "%ls", wide);
	LocalFree(wide);
	assert_string_equal(text, sddl);
}

static void
what_ours_get_is_exactly_that(void **state)
{
	PSECURITY_DESCRIPTOR security;

	(void)state;
	for (int i = OS_PRIVATE; i <= OS_OPEN_BOX; i++) {
		assert_int_equal(
		    win32_security((enum os_rights)i, false, true, &security),
		    0);
		expect_sddl(security, expected[i].file);
		LocalFree(security);
		assert_int_equal(
		    win32_security((enum os_rights)i, true, true, &security),
		    0);
		expect_sddl(security, expected[i].folder);
		LocalFree(security);
	}
	/* What others make is theirs too. */
	assert_int_equal(
	    win32_security(OS_PRIVATE, false, false, &security), 0);
	expect_sddl(security, "D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;OW)");
	LocalFree(security);
	assert_int_equal(win32_security(OS_PRIVATE, true, false, &security), 0);
	expect_sddl(
	    security, "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)");
	LocalFree(security);
}

/* What everybody may do with it, all else taken away; the SDDL as well where
 * the volume keeps it. */
static ACCESS_MASK
everybody(const char *rel, const char *sddl)
{
	BYTE sid[SECURITY_MAX_SID_SIZE];
	PSECURITY_DESCRIPTOR security;
	DWORD size = sizeof(sid);
	ACCESS_MASK mask = 0;
	PACL dacl;
	void *ace;

	assert_int_equal(
	    GetNamedSecurityInfoW((WCHAR *)ground_wide(rel), SE_FILE_OBJECT,
		OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, NULL,
		NULL, &dacl, NULL, &security),
	    ERROR_SUCCESS);
	if (!is_wine() && os_is_admin())
		expect_sddl(security, sddl);
	assert_true(CreateWellKnownSid(WinWorldSid, NULL, sid, &size));
	for (DWORD i = 0; i < dacl->AceCount; i++) {
		assert_true(GetAce(dacl, i, &ace));
		ACCESS_ALLOWED_ACE *allowed = ace;

		if (EqualSid(&allowed->SidStart, sid))
			mask |= allowed->Mask;
	}
	LocalFree(security);
	return mask;
}

static void
what_is_made_has_its_rights_from_the_start(void **state)
{
	static const ACCESS_MASK reads[] = { 0, FILE_GENERIC_READ, 0,
		FILE_GENERIC_READ };
	char file[8], folder[8];
	struct os_info info;

	(void)state;
	for (int i = OS_PRIVATE; i <= OS_OPEN_BOX; i++) {
		snprintf(file, sizeof(file), "f%d", i);
		snprintf(folder, sizeof(folder), "d%d", i);
		os_file_close(ground_open(file, OS_CREATE, (enum os_rights)i));
		assert_int_equal(
		    os_dir_make(ground.dir, folder, (enum os_rights)i), 0);
		assert_int_equal(everybody(file, expected[i].file) &
			(FILE_READ_DATA | FILE_WRITE_DATA | FILE_APPEND_DATA),
		    i == OS_PUBLIC ? FILE_READ_DATA : 0);
		assert_int_equal(
		    everybody(folder, expected[i].folder) & FILE_LIST_DIRECTORY,
		    reads[i] & FILE_LIST_DIRECTORY);
		assert_int_equal(everybody(folder, expected[i].folder) &
			(FILE_DELETE_CHILD | DELETE | WRITE_DAC | WRITE_OWNER),
		    0);
		assert_int_equal(os_info(ground.dir, folder, &info), 0);
		assert_true(info.owner == 0 || !os_is_admin());
	}
	/* What is there keeps what it has. */
	os_file_close(ground_open("f0", OS_APPEND, OS_PUBLIC));
	assert_int_equal(
	    everybody("f0", expected[OS_PRIVATE].file) & FILE_READ_DATA, 0);
	assert_int_equal(
	    os_dir_make_path(ground_path("d0/a/b"), OS_PRIVATE), 0);
	assert_int_not_equal(
	    everybody("d0/a", expected[OS_PUBLIC].folder) & FILE_LIST_DIRECTORY,
	    0);
	assert_int_equal(everybody("d0/a/b", expected[OS_PRIVATE].folder) &
		FILE_LIST_DIRECTORY,
	    0);
}

/* Nothing is inherited, which SetNamedSecurityInfoW of Wine does all the same.
 */
static void
set_dacl(const char *rel, const WCHAR *sddl)
{
	PSECURITY_DESCRIPTOR security;

	assert_true(ConvertStringSecurityDescriptorToSecurityDescriptorW(
	    sddl, SDDL_REVISION_1, &security, NULL));
	assert_true(SetFileSecurityW(ground_wide(rel),
	    DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION,
	    security));
	LocalFree(security);
}

#define OURS L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
#define OPEN OURS L"(A;OICI;FA;;;WD)"

static void
like_gives_the_dacl(void **state)
{
	struct os_file *file;

	(void)state;
	ground_put("old", "x");
	set_dacl("old", L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FR;;;WD)");
	file = ground_open("new", OS_CREATE, OS_PRIVATE);
	assert_int_equal(everybody("new", expected[OS_PRIVATE].file), 0);
	assert_int_equal(os_file_like(file, ground.dir, "old"), 0);
	os_file_close(file);
	assert_int_not_equal(
	    everybody("new", "O:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FR;;;WD)") &
		FILE_READ_DATA,
	    0);
}

static void
who_counts_as_somebody_else(void **state)
{
	static const struct {
		const WCHAR *sddl;
		bool others;
	} rows[] = {
		{ L"D:", false },
		{ OURS, false },
		{ OPEN, true },
		{ OURS L"(A;OICI;0x1200a9;;;WD)", false },
		{ OURS L"(A;OICI;FA;;;OW)(A;OICIIO;FA;;;CO)", false },
		/* Each right alone that changes what stands there. */
		{ OURS L"(A;;SD;;;BU)", true },
		{ OURS L"(A;;WD;;;AU)", true },
		{ OURS L"(A;;WO;;;BU)", true },
		{ OURS L"(A;;DC;;;BU)", true },	  /* 2: adds files, writes */
		{ OURS L"(A;;0x40;;;BU)", true }, /* removes what is in it */
		{ OURS L"(A;;GA;;;BU)", true },
		{ OURS L"(A;;GW;;;IU)", true },
		{ OURS L"(A;;GRGX;;;BU)", false },
		/* What is made in it later. */
		{ OURS L"(A;OICIIO;FA;;;BU)", true },
		{ OURS L"(A;OIIO;FR;;;BU)", false },
		/* Who denies makes nothing worse. */
		{ L"D:P(D;;FA;;;WD)(A;OICI;FA;;;BA)", false },
		{ OURS L"(A;;FA;;;S-1-5-80-956008885-3418522649-1831038044-"
		       L"1853292631-2271478464)",
		    false },
		{ OURS L"(A;;FA;;;S-1-5-80-956008885-3418522649-1831038044-"
		       L"1853292631-2271478465)",
		    true },
		{ OURS L"(A;;FA;;;S-1-5-32-545)", true },
		{ OURS L"(A;;FA;;;S-1-5-21-1-2-3-512)", true },
	};
	PSECURITY_DESCRIPTOR security;
	BOOL there, defaulted;
	PACL dacl;
	/* All that writes, removes, or changes rights. */
	const ACCESS_MASK change = FILE_WRITE_DATA | FILE_APPEND_DATA |
	    FILE_WRITE_EA | FILE_WRITE_ATTRIBUTES | FILE_DELETE_CHILD | DELETE |
	    WRITE_DAC | WRITE_OWNER;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(
		    ConvertStringSecurityDescriptorToSecurityDescriptorW(
			rows[i].sddl, SDDL_REVISION_1, &security, NULL));
		assert_true(GetSecurityDescriptorDacl(
		    security, &there, &dacl, &defaulted));
		if ((win32_others(dacl, change, change) != NULL) !=
		    rows[i].others)
			fail_msg("%ls: not %d", rows[i].sddl, rows[i].others);
		LocalFree(security);
	}
}

/* a/b/f of administrators; skipped where what is above is not theirs alone. */
static void
trusted_tree(void)
{
	assert_int_equal(os_dir_make(ground.dir, "a", OS_PUBLIC), 0);
	assert_int_equal(os_dir_make(ground.dir, "a/b", OS_PUBLIC), 0);
	os_file_close(ground_open("a/b/f", OS_CREATE, OS_PUBLIC));
	if (!os_is_admin() || os_trusted(ground.path, NULL) != 0)
		skip();
	assert_int_equal(os_trusted(ground_path("a/b/f"), NULL), 0);
}

static void
expect_culprit(const char *path, const char *culprit)
{
	static const char end[] = " may change it";
	char *found, text[4200];
	size_t len;

	assert_int_equal(os_trusted(ground_path(path), &found), ERR_UNTRUSTED);
	snprintf(text, sizeof(text), "%s: ", ground_path(culprit));
	assert_int_equal(strncmp(found, text, strlen(text)), 0);
	/* Between them stands a name in the language of this Windows. */
	len = strlen(found);
	assert_true(len > strlen(text) + strlen(end));
	assert_string_equal(found + len - strlen(end), end);
	free(found);
}

static void
one_folder_that_others_may_write_spoils_all_below(void **state)
{
	const char *paths[3];
	char text[3][4200];
	size_t which = 9;

	(void)state;
	trusted_tree();
	set_dacl("a", OPEN);
	set_dacl("a/b", OURS);
	set_dacl("a/b/f", OURS);
	expect_culprit("a/b/f", "a");
	expect_culprit("a\\b", "a");
	set_dacl("a", OURS);
	assert_int_equal(os_trusted(ground_path("a/b/f"), NULL), 0);
	set_dacl("a/b/f", OPEN);
	expect_culprit("a/b/f", "a/b/f");
	assert_int_equal(os_trusted(ground_path("a/b"), NULL), 0);
	assert_int_equal(os_trusted(ground_path("a/none"), NULL), ERR_NOENT);
	strcpy(text[0], ground_path("a"));
	strcpy(text[1], ground_path("a/b/f"));
	strcpy(text[2], ground_path("a/none"));
	for (size_t i = 0; i < 3; i++)
		paths[i] = text[i];
	assert_int_equal(os_trusted_all(paths, 1, &which, NULL), 0);
	assert_int_equal(os_trusted_all(paths, 3, &which, NULL), ERR_UNTRUSTED);
	assert_int_equal(which, 1);
	set_dacl("a/b/f", OURS);
	assert_int_equal(os_trusted_all(paths, 3, &which, NULL), ERR_NOENT);
	assert_int_equal(which, 2);
}

static void
a_relative_path_is_checked_all_the_way_up(void **state)
{
	(void)state;
	trusted_tree();
	assert_true(SetCurrentDirectoryW(ground_wide("a/b") + 4));
	assert_int_equal(os_trusted("f", NULL), 0);
	set_dacl("a", OPEN);
	set_dacl("a/b", OURS);
	set_dacl("a/b/f", OURS);
	assert_int_equal(os_trusted("f", NULL), ERR_UNTRUSTED);
}

static void
no_link_is_trusted(void **state)
{
	char *culprit;

	(void)state;
	ground_needs_links();
	trusted_tree();
	ground_link("a", "l");
	assert_int_equal(
	    os_trusted(ground_path("l/b/f"), &culprit), ERR_UNTRUSTED);
	assert_non_null(strstr(culprit, "/l: is a link"));
	free(culprit);
}

static void
a_box_that_is_too_open_gets_its_rights_back(void **state)
{
	char box[4200];

	(void)state;
	snprintf(box, sizeof(box), "%s", ground_path("box"));
	assert_int_equal(os_dir_mend_box(box, OS_OPEN_BOX), ERR_NOENT);
	assert_int_equal(os_dir_make(ground.dir, "box", OS_OPEN_BOX), 0);
	assert_int_equal(os_dir_mend_box(box, OS_OPEN_BOX), 0);
	set_dacl("box", OPEN);
	assert_int_equal(os_dir_mend_box(box, OS_OPEN_BOX), 1);
	/* Wine makes the right to add files that to do anything. */
	if (!is_wine()) {
		everybody("box", expected[OS_OPEN_BOX].folder);
		assert_int_equal(os_dir_mend_box(box, OS_OPEN_BOX), 0);
	}
	/* Somebody wanted it closed further. */
	set_dacl("box", OURS);
	assert_int_equal(os_dir_mend_box(box, OS_DROP_BOX), 0);
	assert_int_equal(everybody("box", FOLDER_OWN), 0);
}

static void
a_place_of_ours_is_not_set_aside(void **state)
{
	char *aside = (char *)state;

	trusted_tree();
	assert_int_equal(os_dir_claim(ground_path("a/b"), &aside), 0);
	assert_null(aside);
	assert_int_equal(os_dir_claim(ground_path("a/none"), &aside), 0);
	assert_null(aside);
	assert_string_equal(ground_get("a/b/f"), "");
}

int
test_win32_rights(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(what_ours_get_is_exactly_that),
		TEST(what_is_made_has_its_rights_from_the_start),
		TEST(like_gives_the_dacl),
		TEST(who_counts_as_somebody_else),
		TEST(one_folder_that_others_may_write_spoils_all_below),
		TEST(a_relative_path_is_checked_all_the_way_up),
		TEST(no_link_is_trusted),
		TEST(a_box_that_is_too_open_gets_its_rights_back),
		TEST(a_place_of_ours_is_not_set_aside),
	};

	return cmocka_run_group_tests_name(
	    "rights of Windows", tests, NULL, NULL);
}
