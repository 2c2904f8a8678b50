/*
 * What a program with rights may use: only what nobody but administrators may
 * change, all the way up (doc/design.md 4). For programs without rights all of
 * this is 0. The resident monitor may link it: neither PCRE2 nor libgcrypt.
 */
#ifndef TRUST_H
#define TRUST_H

struct buf;
struct layout;

/* May `path` be used? What is not there yet would be made in the nearest folder
 * above: that one counts then. ERR_UNTRUSTED, with owner and mode of the culprit
 * in `why`, or why that cannot be known. */
int trust_check(const char *path, struct buf *why);
/* The same of the folders of a client that only its administrators change:
 * client root, state root, STATE, LOGS, TEMP. */
int trust_check_places(const struct layout *layout, struct buf *why);

#endif
