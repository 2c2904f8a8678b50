/*
 * Where the things of one client stand: SMS.INI, client root, state root and
 * what is in them. Explicit (/i:, /d:, ccm's template) or found.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include <stdbool.h>

struct buf;
struct copylist;
struct inifile;
struct os_dir;

#define LAYOUT_STAGE	 ".stage" /* below the client root */
/* Below the folder STATE */
#define LAYOUT_LOCK	 "LOCK"
#define LAYOUT_INI_LOCK	 "INI.LOCK"
#define LAYOUT_JOURNAL	 "JOURNAL"
#define LAYOUT_INSTALLED "INSTALLED.TXT"
#define LAYOUT_IDENTITY	 "IDENTITY"
#define LAYOUT_REPORTED	 "REPORTED"
#define LAYOUT_LIST	 "CL_NT.TXT"
#define LAYOUT_SEQUENCE	 "SEQUENCE"
#define LAYOUT_DOMAIN	 "DOMAIN.INI"
#define LAYOUT_PENDING	 "pending"
#define LAYOUT_SERVICES	 "services.ini"

/* All malloc'd, absolute or relative to the current folder, path_clean form. */
struct layout {
	char *ini;    /* SMS.INI */
	char *client; /* client root: [SMS] SMSPath, else the default */
	char *state_root;
	char *state;	/* state_root/STATE */
	char *invdata;	/* [SMS] SMSInvDataPath, else state_root/INVDATA */
	char *logs;	/* [SMS] SMSLogPath, else state_root/LOGS */
	char *temp;	/* [SMS] SMSTempPath, else state_root/TEMP */
	char *requests; /* state_root/ccr.box */
};

/* The path of SMS.INI: `given` (/i: or $SMS_INI), be it there or not; else that
 * in the root of the system's drive, when it is there (Windows); else the state
 * root's, but dir/SMS.INI when that is not there and `dir` (/d:) is given.
 * malloc'd. */
int layout_find_ini(const char *given, const char *dir, char **ini);
/*
 * Everything else. `content` is what SMS.INI says (NULL: it is not there yet);
 * `dir` is /d: and counts only when SMSPath is not there: client and state
 * root are both `dir` then. state_root is [SMS] SMSStatePath, else the default.
 * ERR_NAME: a path in SMS.INI holds a quote or is not absolute.
 */
int layout_make(struct layout *layout, const char *ini, const char *dir,
    const struct inifile *content);
/* The key of [SMS] for which layout_make says ERR_NAME, NULL: none. */
const char *layout_bad_key(const struct inifile *content);
void layout_free(struct layout *layout);
/* Makes the missing folders with their rights: client root, BIN, DATA, STATE,
 * LOGS, TEMP (public or private), INVDATA (which the monitors of users list)
 * and ccr.box (drop boxes). */
int layout_build(const struct layout *layout, struct buf *why);

/*
 * Does the list leave alone what the client keeps for itself? ERR_FORMAT with
 * file, line and place in `why` where a destination is one of these, lies below
 * or would be a folder above: SMS.INI with its .BAK, .BAD and .LCK, STATE,
 * LOGS, TEMP, INVDATA, ccr.box, keys and policy.ini of this client, and the
 * configuration folder of the system, and `policy`, the policy file in use,
 * wherever /c: has it (NULL: none). Letter case is ignored. `shown` names the
 * list.
 */
int layout_check_list(const struct layout *layout, const char *policy,
    const struct copylist *list, const char *shown, struct buf *why);

#endif
