/*
 * Owners and DACLs: what ours get, and who may change what stands somewhere.
 * Whoever an administrator is not, is one of "others".
 */
#include "win32.h"

#include <aclapi.h>
#include <sddl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * SYSTEM, administrators; where those did not make it (OW), also who did.
 * A drop box: 0x1200a2 is to go through, to add files and to ask for
 * attributes; an open box may be listed as well, 0x1200ab. Nobody gets
 * FILE_DELETE_CHILD; what is made in a box belongs to its maker (CO).
 * All are protected (P): nothing is inherited from above.
 */
#define OWN_FILE   L"D:P(A;;FA;;;SY)(A;;FA;;;BA)"
#define OWN_FOLDER L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
#define READ_FILE  L"(A;;0x1200a9;;;WD)"
#define READ_TREE  L"(A;OICI;0x1200a9;;;WD)"
#define MAKERS	   L"(A;OICIIO;FA;;;CO)"

static const struct {
	const WCHAR *file;
	const WCHAR *folder;
} sddl[] = {
	[OS_PRIVATE] = { OWN_FILE, OWN_FOLDER },
	[OS_PUBLIC] = { OWN_FILE READ_FILE, OWN_FOLDER READ_TREE },
	[OS_DROP_BOX] = { OWN_FILE, OWN_FOLDER MAKERS L"(A;;0x1200a2;;;WD)" },
	[OS_OPEN_BOX] = { OWN_FILE, OWN_FOLDER MAKERS L"(A;;0x1200ab;;;WD)" },
};

int
win32_security(enum os_rights rights, bool folder, bool administrators,
    PSECURITY_DESCRIPTOR *security)
{
	const WCHAR *dacl = folder ? sddl[rights].folder : sddl[rights].file;
	/* What an administrator makes belongs to all of them, not to him. */
	const WCHAR *owner = administrators ? L"O:BA" : L"";
	const WCHAR *maker = administrators ? L""
	    : folder			    ? L"(A;OICI;FA;;;S-1-3-4)"
					    : L"(A;;FA;;;S-1-3-4)";
	WCHAR text[256];

	swprintf(text, sizeof(text) / sizeof(text[0]), L"%ls%ls%ls", owner,
	    dacl, maker);
	*security = NULL;
	return ConvertStringSecurityDescriptorToSecurityDescriptorW(
		   text, SDDL_REVISION_1, security, NULL)
	    ? 0
	    : win32_last();
}

/* The service that installs Windows owns what came with it. */
static bool
is_installer(PSID sid)
{
	static const DWORD parts[] = { 80, 956008885, 3418522649, 1831038044,
		1853292631, 2271478464 };

	if (*GetSidSubAuthorityCount(sid) != 6 ||
	    GetSidIdentifierAuthority(sid)->Value[5] != 5)
		return false;
	for (DWORD i = 0; i < 6; i++)
		if (*GetSidSubAuthority(sid, i) != parts[i])
			return false;
	return true;
}

/* Who runs this process: it does not change, and is asked for often. */
static struct {
	INIT_ONCE once;
	union {
		TOKEN_USER user;
		BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
	};
	bool known;
	bool admin;
	bool raised;
} self = { .once = INIT_ONCE_STATIC_INIT };

/* User account control: unset is on. */
static bool
has_uac(void)
{
	DWORD value, size = sizeof(value);

	return RegGetValueW(HKEY_LOCAL_MACHINE,
		   L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\"
		   L"System",
		   L"EnableLUA", RRF_RT_REG_DWORD, NULL, &value,
		   &size) != ERROR_SUCCESS ||
	    value != 0;
}

/* Has the user, who has another token without them, raised his rights for this
 * program? */
static bool
is_raised(HANDLE token)
{
	TOKEN_ELEVATION_TYPE type;
	DWORD size;

	return GetTokenInformation(
		   token, TokenElevationType, &type, sizeof(type), &size) &&
	    type == TokenElevationTypeFull && has_uac();
}

static BOOL CALLBACK
find_self(INIT_ONCE *once, void *arg, void **context)
{
	BYTE sid[SECURITY_MAX_SID_SIZE];
	DWORD size = sizeof(sid);
	BOOL member = FALSE;
	HANDLE token;

	(void)once;
	(void)arg;
	(void)context;
	self.admin = CreateWellKnownSid(
			 WinBuiltinAdministratorsSid, NULL, sid, &size) &&
	    CheckTokenMembership(NULL, sid, &member) && member;
	if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
		return TRUE;
	self.known = GetTokenInformation(
	    token, TokenUser, &self.user, sizeof(self.room), &size);
	self.raised = is_raised(token);
	CloseHandle(token);
	return TRUE;
}

/*
 * SYSTEM, Administrators, the installer of Windows; and who runs this program:
 * when he is no administrator nothing is at stake but what is his, and when he
 * always is one, he is one of those who may. But not when he has raised his
 * rights for us: what he owns then was made by his programs without them.
 */
bool
win32_is_trusted(PSID sid)
{
	InitOnceExecuteOnce(&self.once, find_self, NULL, NULL);
	return IsWellKnownSid(sid, WinLocalSystemSid) ||
	    IsWellKnownSid(sid, WinBuiltinAdministratorsSid) ||
	    is_installer(sid) ||
	    (self.known && !self.raised && EqualSid(sid, self.user.User.Sid));
}

bool
os_is_admin(void)
{
	InitOnceExecuteOnce(&self.once, find_self, NULL, NULL);
	return self.admin;
}

uint32_t
win32_owner(HANDLE handle)
{
	PSECURITY_DESCRIPTOR security = NULL;
	uint32_t owner = UINT32_MAX;
	PSID sid = NULL;

	if (GetSecurityInfo(handle, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION,
		&sid, NULL, NULL, NULL, &security) != ERROR_SUCCESS)
		return owner;
	if (sid != NULL && win32_is_trusted(sid) && os_is_admin())
		owner = 0;
	else if (sid != NULL && *GetSidSubAuthorityCount(sid) > 0)
		owner = *GetSidSubAuthority(
		    sid, *GetSidSubAuthorityCount(sid) - 1u);
	LocalFree(security);
	return owner;
}

/* Without effect where the rights of this user, or the volume, do not permit
 * it: as os_file_like says. */
static int
set_part(HANDLE to, SECURITY_INFORMATION part, PSECURITY_DESCRIPTOR security)
{
	int r;

	if (SetKernelObjectSecurity(to, part, security))
		return 0;
	r = win32_last();
	return r == ERR_ACCES || r == ERR_UNSUP || r == ERR_ARG ? 0 : r;
}

/* Turns the privilege to give files to others on or off; false when this user
 * has none. It is on for one call: with it rights count less everywhere. */
static bool
may_restore(bool on)
{
	TOKEN_PRIVILEGES one = { .PrivilegeCount = 1 };
	HANDLE token;
	bool is;

	if (!OpenProcessToken(
		GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &token))
		return false;
	one.Privileges[0].Attributes = on ? SE_PRIVILEGE_ENABLED : 0;
	is = LookupPrivilegeValueW(
		 NULL, SE_RESTORE_NAME, &one.Privileges[0].Luid) &&
	    AdjustTokenPrivileges(token, FALSE, &one, 0, NULL, NULL) &&
	    GetLastError() == ERROR_SUCCESS;
	CloseHandle(token);
	return is;
}

/* A user's file stays his when an administrator edits it. */
static int
set_owner(HANDLE to, PSECURITY_DESCRIPTOR security)
{
	bool restore = os_is_admin() && may_restore(true);
	int r = set_part(to, OWNER_SECURITY_INFORMATION, security);

	if (restore)
		may_restore(false);
	return r;
}

int
win32_rights_copy(HANDLE from, HANDLE to)
{
	const SECURITY_INFORMATION all = OWNER_SECURITY_INFORMATION |
	    GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
	SECURITY_INFORMATION dacl = DACL_SECURITY_INFORMATION;
	SECURITY_DESCRIPTOR_CONTROL control;
	PSECURITY_DESCRIPTOR security;
	DWORD size = 0, revision;
	int r = 0;

	if (!GetKernelObjectSecurity(from, all, NULL, 0, &size) && size == 0)
		return 0; /* a volume without owners and rights */
	if ((security = malloc(size)) == NULL)
		return ERR_NOMEM;
	if (!GetKernelObjectSecurity(from, all, security, size, &size)) {
		r = win32_last();
		goto out;
	}
	if (GetSecurityDescriptorControl(security, &control, &revision))
		dacl |= control & SE_DACL_PROTECTED
		    ? PROTECTED_DACL_SECURITY_INFORMATION
		    : UNPROTECTED_DACL_SECURITY_INFORMATION;
	/* A DACL that could not be set stays the narrower one of its maker;
	 * the owner comes last, because he may be able to change the rest. */
	if ((r = set_part(to, dacl, security)) == 0)
		r = set_part(to, GROUP_SECURITY_INFORMATION, security);
	if (r == 0)
		r = set_owner(to, security);
out:
	free(security);
	return r;
}

/* Whom an entry that grants something is for; NULL for one that does not. */
static PSID
granted_to(const ACE_HEADER *ace, ACCESS_MASK *mask)
{
	*mask = 0;
	switch (ace->AceType) {
	case ACCESS_ALLOWED_ACE_TYPE:
	case ACCESS_ALLOWED_CALLBACK_ACE_TYPE:
		/* Both begin alike: mask, SID. */
		*mask = ((const ACCESS_ALLOWED_ACE *)ace)->Mask;
		return (PSID) & ((const ACCESS_ALLOWED_ACE *)ace)->SidStart;
	default: return NULL; /* what denies makes nothing worse */
	}
}

static ACCESS_MASK
specific(ACCESS_MASK mask)
{
	GENERIC_MAPPING files = { FILE_GENERIC_READ, FILE_GENERIC_WRITE,
		FILE_GENERIC_EXECUTE, FILE_ALL_ACCESS };

	MapGenericMask(&mask, &files);
	return mask;
}

PSID
win32_others(PACL dacl, ACCESS_MASK here, ACCESS_MASK below)
{
	ACCESS_MASK mask;
	ACE_HEADER *ace;
	void *next;
	PSID sid;

	for (DWORD i = 0; i < dacl->AceCount; i++) {
		if (!GetAce(dacl, i, &next))
			continue;
		ace = next;
		sid = granted_to(ace, &mask);
		mask = specific(mask);
		if (sid == NULL || win32_is_trusted(sid) ||
		    IsWellKnownSid(sid, WinCreatorOwnerRightsSid))
			continue;
		if (!(ace->AceFlags & INHERIT_ONLY_ACE) && (mask & here) != 0)
			return sid;
		/* Who makes something may change what he made. */
		if ((ace->AceFlags & OBJECT_INHERIT_ACE) &&
		    !IsWellKnownSid(sid, WinCreatorOwnerSid) &&
		    (mask & below) != 0)
			return sid;
	}
	return NULL;
}

bool
win32_is_raised(void)
{
	InitOnceExecuteOnce(&self.once, find_self, NULL, NULL);
	return self.raised;
}
