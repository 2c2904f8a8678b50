/* Proves that INI text was changed as asked, and not otherwise. */
#ifndef INIPROOF_H
#define INIPROOF_H

#include <stddef.h>

struct iniedit_change;
struct inifile;

/*
 * 0 when `after` says what the changes ask for, and all other entries and
 * sections are those of `before`, in the same order: repeated keys included,
 * but for those that go with a key that is taken out. Else ERR_FORMAT;
 * ERR_NOMEM. No two of the changes may be about one key.
 */
int iniproof_check(const struct inifile *before, const struct inifile *after,
    const struct iniedit_change *changes, size_t count);
/* How many of the changes, from the first on, are about different keys. */
int iniproof_distinct(
    const struct iniedit_change *changes, size_t count, size_t *distinct);
/* For each change what `ini` says of its key, NULL where it says nothing: as
 * inifile_get, in one go. Distinct changes here too. */
int iniproof_values(const struct inifile *ini,
    const struct iniedit_change *changes, size_t count, const char **values);

#endif
