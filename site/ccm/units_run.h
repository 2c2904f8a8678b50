/* Shared by the files of units. Not for others. */
#ifndef UNITS_RUN_H
#define UNITS_RUN_H

#include "units.h"

/* That of a component, or NULL. */
struct unit *units_find(struct units *units, const char *component);
/* What became of a component's files; NULL: there was nothing to do. */
const struct update_component *
units_outcome(const struct update_result *result, const char *name);
/* What services.ini is to say of every component; *failed is added to. */
int units_note(
    struct units *units, const struct update_result *result, size_t *failed);

#endif
