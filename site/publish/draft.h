/* The copy list that the source asks for, before it has its numbers. */
#ifndef DRAFT_H
#define DRAFT_H

struct buf;
struct components;
struct copylist;
struct domain;
struct sources;

/*
 * Puts every source file, its digest known, into its component, and takes the
 * list out of `components`. ERR_FORMAT and the place in components.ini in
 * `why`; ERR_NOMEM. copylist_free frees *list.
 */
int draft_make(const struct sources *sources, struct components *components,
    const struct domain *domain, struct copylist **list, struct buf *why);

#endif
