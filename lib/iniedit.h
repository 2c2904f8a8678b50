/*
 * Changes keys in INI text and leaves every other byte as it is: comments,
 * order, blanks, unknown keys, line ends. What inifile.h says of names and of
 * repeated keys and sections holds here too: the one that counts is changed.
 *
 * Two PCRE2 searches find the place; the result is read again through inifile
 * to prove that it says what was asked and nothing else changed.
 */
#ifndef INIEDIT_H
#define INIEDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "../platform/os.h"

struct buf;

/* Can this be a value: no control bytes (a tab is none), no blank at its ends?
 */
bool iniedit_is_value(const char *value);

struct iniedit_change {
	const char *section;
	const char *key;
	const char *value; /* NULL: the key is taken out, repeated ones of
				 * the same section with it */
};

/*
 * Applies the changes in order to `text` and puts the new text into `out`. A
 * new key goes after the last key of its section, a new section to the end;
 * new lines end as the first line of the text does (CRLF where there is none).
 * ERR_ARG: a name or value that the dialect cannot carry (line ends, control
 * bytes, blanks at its ends, '=' in a key, ']' in a section name, a key that
 * starts with ';' or '['). ERR_FORMAT: the text is refused by inifile.
 */
int iniedit_apply(const char *name, const char *text, size_t len,
    const struct iniedit_change *changes, size_t count, struct buf *out,
    struct buf *why);

/*
 * The same to the file `rel` of `dir` (made with `rights` when missing), under
 * the lock file `lock` of `lockdir`: read, edit, write beside, flush, see that
 * the file is still the one that was read (else start over, 10 times, then
 * ERR_CHANGED), rename. Owner, mode, ACL and attributes of the file are kept.
 * Nothing is written when nothing changes. ERR_BUSY when the lock cannot be
 * had in 10 s. `after`, unless NULL, gets the text as it stands then.
 */
struct iniedit_file {
	struct os_dir *dir;
	const char *rel;
	const char *shown; /* its name in error texts */
	struct os_dir *lockdir;
	const char *lock;
	enum os_rights rights;
	bool late; /* old or new after a power cut: no flush of the folder */
};
int iniedit_file(const struct iniedit_file *file,
    const struct iniedit_change *changes, size_t count, struct buf *after,
    struct buf *why);

#endif
