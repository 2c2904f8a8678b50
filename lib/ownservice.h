/*
 * A program of ours that registers itself as a service (/install, /uninstall): what
 * ccm and invwin32 have in common.
 */
#ifndef OWNSERVICE_H
#define OWNSERVICE_H

#include <stddef.h>

struct buf;
struct os_service;
struct os_services;

/* The service runs in another folder: ERR_ARG, with `why`, for the first of the
 * paths (NULL: not given) that is not absolute. */
int ownservice_check(const char *const paths[], size_t count, struct buf *why);
/*
 * Registers and starts it, and looks two seconds later whether it still runs: a
 * service that ends at once is one that does not work. One that was not registered
 * before and does not run is unregistered again. ERR_EXIST: somebody else's; each
 * error with `why`.
 */
int ownservice_install(struct os_services *services,
    const struct os_service *service, struct buf *why);
/* ERR_EXIST: somebody else's. Not there: 0. */
int ownservice_remove(
    struct os_services *services, const char *name, struct buf *why);

#endif
