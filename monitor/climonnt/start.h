/* Starting the client setup. */
#ifndef START_H
#define START_H

struct buf;
struct climonnt_options;
struct os_child;

/*
 * Starts cli_nt with the switches that we were given: the one beside our own
 * program `self`, else the one in the folder `bin` (SMSBinPath, NULL: none).
 * ERR_NOENT: neither is there. ERR_UNTRUSTED: we have administrators' rights,
 * and others may change the one in `bin`.
 */
int start_setup(const struct climonnt_options *options, const char *self,
    const char *bin, struct os_child **child, struct buf *why);
/* Starts the program that took the place of `self`, as we were started. */
int start_successor(const struct climonnt_options *options, const char *self,
    struct os_child **child, struct buf *why);

#endif
