/* Proves that INI text was changed as asked, and not otherwise. */
#ifndef INIPROOF_H
#define INIPROOF_H

struct iniedit_change;
struct inifile;

/*
 * 0 when `after` says what the change asks for, and all other entries and
 * sections are those of `before`, in the same order: repeated keys included,
 * but for those that go with a key that is taken out. Else ERR_FORMAT.
 */
int iniproof_check(const struct inifile *before, const struct inifile *after,
    const struct iniedit_change *change);

#endif
