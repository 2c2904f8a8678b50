/*
 * SMS.INI: what a client knows of itself. Reading, the values that we use, and
 * changing them with the damage rules of doc/smsini.md.
 */
#ifndef SMSINI_H
#define SMSINI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iniedit.h"

struct buf;
struct inifile;
struct layout;

#define SMSINI_MAX	 ((size_t)16 << 20)
#define SMSINI_ROOTS_MAX ((size_t)1000) /* logon roots; more are not tried */

/* The longest wait between two tries, ns; each is up to a fifth longer. */
#define SMSINI_WAIT	 (INT64_C(8) * 60 * 60 * 1000000000)

enum smsini_phase {
	PHASE_NONE, /* no SetupPhase: not installed */
	PHASE_INSTALLED,
	PHASE_VERIFY, /* verify_files, verifying_files */
	PHASE_UPGRADE,
	PHASE_REMOVE, /* deinstal, deinstall, component_deinstall */
	PHASE_OTHER,
};

struct smsini {
	struct inifile *ini; /* owned; everything else points into it */
	bool damaged;	     /* the text on disk was refused, has no [SMS],
				 * or is gone; these values are SMS.BAK's */
	bool has_version;
	uint64_t version; /* CopyListVersion */
	enum smsini_phase phase;
	const char *smsid; /* NULL or "" when blank; so all of these */
	const char *site;
	const char *domain;    /* [Servers] Domain */
	const char *last_root; /* LastLogonServerPath */
	/* [Setup State], ours */
	const char *facts;
	const char *machine; /* what identity the SMS ID was made from */
	int64_t expires;     /* ns, -1: the installed list never expires */
	int64_t next_try;    /* ns, 0: none */
	unsigned tries;
	uint64_t tried; /* CopyListVersion that NextTry is about */
};

/*
 * Reads SMS.INI at `path`. ERR_NOENT when neither it nor a good SMS.BAK is
 * there; "cannot open" is ERR_ACCES, ERR_BUSY ..., ERR_UNSUP when it is too
 * long: then nothing may be touched (Q149673). Damage (NUL, control byte, CR
 * without LF, empty, no [SMS], missing beside a good SMS.BAK, cut off in a line
 * where it is the beginning of SMS.BAK) is no error:
 * *damaged is set, `why` says what is wrong and the values come from SMS.BAK
 * beside it, without CopyListVersion and PendingWork; when SMS.BAK is no better
 * (or others may write it, and this is an administrator), all are unset.
 */
int smsini_load(const char *path, struct smsini **ini, struct buf *why);
void smsini_free(struct smsini *ini); /* NULL is permitted */
const char *smsini_get(const struct smsini *ini, const char *section,
    const char *key); /* NULL when absent or `ini` is NULL */
/* Is it too early to try the list `offered` (a CopyListVersion) again? Only a
 * NextTry that is about this list counts, and none further away than a run
 * ever sets it: that one was made under a clock which was wrong. */
bool smsini_must_wait(const struct smsini *ini, uint64_t offered, int64_t now);
/* May the SMS ID be part of a file name? 1 to 64 letters of A to Z, digits,
 * '-' and '_'. */
bool smsini_id_is_name(const char *smsid);

/*
 * Changes keys through iniedit_file, under STATE/INI.LOCK, and then writes the
 * same text to SMS.BAK. A damaged SMS.INI is healed first: its bytes go to
 * SMS.BAD, and the text to edit is SMS.BAK's without CopyListVersion; commands
 * of its PendingWork go to [SMS Work] ParkedWork, *parked is set then (NULL is
 * permitted). Made when missing and no SMS.BAK is there. Nothing is written
 * when nothing changes and the file is sound. An SMS.BAK that cannot be written
 * after the change, or cannot be trusted, and an SMS.BAD that cannot be written
 * are no failure: 0, and `why` tells of them; it is empty otherwise. Without a
 * STATE that we may write to, the lock is SMS.LCK beside the file.
 */
int
smsini_change(const struct layout *layout, const struct iniedit_change *changes,
    size_t count, bool *parked, struct buf *why);
/* The same, for a change that a journal in STATE vouches for and a later one
 * follows: a power cut may take it back, and SMS.BAK waits for the later one. */
int smsini_change_late(const struct layout *layout,
    const struct iniedit_change *changes, size_t count, bool *parked,
    struct buf *why);

/*
 * The logon roots to try, in order, without doubles: `given` (/p:) alone, else
 * LastLogonServerPath (an absolute one), CurrentLogonServer with [Share],
 * Server1, Server2 ... of [Servers] with [Share] (default share SMS_SHR), up to
 * SMSINI_ROOTS_MAX.
 * *roots and every string are malloc'd; ERR_NOENT when there is none.
 */
int smsini_roots(
    const struct smsini *ini, const char *given, char ***roots, size_t *count);
void smsini_roots_free(char **roots, size_t count);

#endif
