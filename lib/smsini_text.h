/*
 * What smsini.c (reads) and smsini_change.c (changes) share. They are apart
 * because a program that only reads must not be linked with PCRE2.
 */
#ifndef SMSINI_TEXT_H
#define SMSINI_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct inifile;

#define SMSINI_BACKUP ".BAK" /* the last good copy */
#define SMSINI_BROKEN ".BAD" /* the bytes of a damaged one */
#define SMSINI_LOCK   ".LCK"

/* Parses the text of an SMS.INI. ERR_FORMAT: it is damaged, and `why` says how,
 * naming it `shown`. */
int smsini_parse(const char *shown, const char *text, size_t len,
    struct inifile **ini, struct buf *why);
/* Does the text of SMS.INI at `path` end in the middle of a line, and is it no
 * more than the beginning of SMS.BAK? Then half of it was written, and the
 * value that is cut short would pass for another one. 0 or ERR_NOMEM. */
int smsini_is_cut(const char *path, const struct buf *text, bool *cut);
/* ERR_UNTRUSTED, with `why`, when this is an administrator and others may write
 * SMS.BAK: what it says counts for nothing then. */
int smsini_check_backup(const char *backup, struct buf *why);
/* Does the code mean that there is no backup which is any good? Otherwise there
 * may be one that cannot be opened just now. */
bool smsini_is_no_backup(int code);
/* SMS.INI at `path` could not be read: the code to fail with, and `why`. */
int smsini_refuse(const char *path, int code, struct buf *why);
/* The file beside `path` whose name ends in `extension`: "x/SMS.INI" gives
 * "x/SMS.BAK". malloc'd; NULL when out of memory. */
char *smsini_beside(const char *path, const char *extension);

#endif
