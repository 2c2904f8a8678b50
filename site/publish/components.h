/*
 * components.ini: which source file belongs to which component, and what is
 * said of the components. The format stands in doc/components.md.
 */
#ifndef COMPONENTS_H
#define COMPONENTS_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct components;
struct copylist;
struct sources_file;

#define COMPONENTS_STANDARD "STANDARD"

/*
 * Reads the text (NULL: there is no components.ini, everything is STANDARD).
 * ERR_FORMAT with "shown:line: reason" for an unknown section or key, a key
 * outside a section, a bad value, a bad file pattern.
 */
int components_parse(const char *shown, const char *text, size_t len,
    struct components **components, struct buf *why);
/* Sees to it that there is a component of that name, which a SYSTEM.MAP gives
 * to files. ERR_FORMAT when there are too many. */
int components_add(
    struct components *components, const char *name, struct buf *why);
/* What can be judged when all components are known. ERR_FORMAT with
 * "shown:line: reason": a condition that copylist_check_when refuses, an
 * After= that names no component or leads into a circle, a service without
 * Service= or Binary=. */
int components_check(const struct components *components, struct buf *why);
void components_free(struct components *components); /* NULL is fine */

/* The components with their keys and without files: STANDARD and those of the
 * text, in its order. Stays owned by `components`. */
struct copylist *components_list(struct components *components);
/* Is there a [Release]? Then it says all that is to be said of when the list
 * may be installed; NotBefore, Window and Requires stand in the list. */
bool components_say_release(const struct components *components);
/* Hands that list over to the caller. */
struct copylist *components_take(struct components *components);

/*
 * Where the file goes, by its name: *number of its component in the list, and
 * its *flags. What no pattern matches goes to the component that a map names
 * for it, else to STANDARD. ERR_FORMAT when a pattern of the text takes too
 * long on this name.
 */
int
components_place(struct components *components, const struct sources_file *file,
    size_t *number, unsigned *flags, struct buf *why);
/* Once the files are in `list` (that of components_take): is the Binary= of
 * every service among its component's files? ERR_FORMAT. */
int components_check_binaries(const struct components *components,
    const struct copylist *list, struct buf *why);
/* Puts a line "shown:line: reason" into `lines` for each pattern that no file
 * went by. */
int components_unused(const struct components *components, struct buf *lines);

#endif
