/*
 * What the copylist_*.c files share: the names and limits of the format, and
 * the helpers that more than one of them needs. No other module includes it.
 */
#ifndef COPYLIST_FORMAT_H
#define COPYLIST_FORMAT_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct copylist;
struct copylist_component;
struct copylist_file;
struct inifile;
struct inifile_entry;

#define SECTION_SMS	  "SMS"
#define SECTION_COMPONENT "Component" /* and a blank, and the name */
#define SECTION_FILES	  "Files"

#define KEY_VERSION	  "CopyListVersion"
#define KEY_SEQUENCE	  "Sequence"
#define KEY_PUBLISHED	  "Published"
#define KEY_EXPIRES	  "Expires"
#define KEY_RELEASE	  "Release"
#define KEY_ROLLOUT	  "Rollout"
#define KEY_NOT_BEFORE	  "NotBefore"
#define KEY_WINDOW	  "Window"
#define KEY_DOMAIN	  "DomainIni"
#define KEY_FILES	  "Files"
#define KEY_REQUIRES	  "Requires"

#define KEY_TYPE	  "Type"
#define KEY_SERVICE	  "Service"
#define KEY_BINARY	  "Binary"
#define KEY_ARGUMENTS	  "Arguments"
#define KEY_START	  "Start"
#define KEY_SETTLE	  "Settle"
#define KEY_AFTER	  "After"
#define KEY_WHEN	  "When"

#define TYPE_FILES	  "files"
#define TYPE_SERVICE	  "service"

#define NUMBER_MAX	  ((uint64_t)INT64_MAX)
#define SIZE_MAX_FILE	  (UINT64_C(1) << 53) /* exact in every language */
#define SETTLE_MAX	  86400		      /* seconds: one day */
#define COMPONENTS_MAX	  10000		      /* keeps ordering them quick */
#define WHEN_WORDS_MAX	  1000		      /* of all components */

/* One section of the text under reading, with what an error text needs. */
struct copylist_section {
	const char *shown;
	struct buf *why;
	const char *name; /* as written, without brackets */
	unsigned line;
	const struct inifile_entry *entries;
	size_t count;
};

/* copylist_head.c: no library is referred to from there. */

/* ERR_FORMAT at the first line that has a blank beside its '='. */
int copylist_check_blanks(
    const struct inifile *ini, const char *shown, struct buf *why);
/* Fills in the name, line and entries of section `number`, from 0. */
void copylist_section_at(
    const struct inifile *ini, size_t number, struct copylist_section *section);
/* The line of `key` that counts, or NULL. */
const struct inifile_entry *
copylist_entry(const struct copylist_section *section, const char *key);
/* Read the value of `key`; when it is absent, *number or *when stays as it
 * is. ERR_FORMAT: malformed or out of range. */
int copylist_key_number(const struct copylist_section *section, const char *key,
    uint64_t min, uint64_t max, uint64_t *number);
int copylist_key_date(
    const struct copylist_section *section, const char *key, int64_t *when);

/* copylist_component.c */

/* A copy of the value of `key`; *to stays as it is when it is absent. */
int copylist_key_copy(
    const struct copylist_section *section, const char *key, char **to);
/* Reads keys and files (NULL: none) into `component`, whose members the caller
 * frees also after an error. ERR_FORMAT, ERR_NOMEM. */
int copylist_component_read(const struct copylist_section *keys,
    const struct copylist_section *files, struct copylist_component *component);

/* copylist_line.c: one line of a [Files] section. */

/* Reads a line into `file`; the caller frees file->name, folded and version
 * also after an error. ERR_FORMAT (message in section->why), ERR_NOMEM. */
int copylist_line_read(const struct copylist_section *section,
    const struct inifile_entry *entry, struct copylist_file *file);
int copylist_line_write(const struct copylist_file *file, struct buf *out);

/* copylist_name.c: destinations. */

/* `name` with '/' for both separators and its case folded as pattern_fold
 * does; malloc'd, NULL after an error. ERR_FORMAT: not UTF-8. */
int copylist_fold(const char *name, char **folded);
/* ERR_FORMAT when a destination stands twice in the list or is also the
 * folder of another one. The folded names must be there. */
int copylist_check_names(
    const struct copylist *list, const char *shown, struct buf *why);

/* copylist_order.c: components by name, and the order of After=. */

/* The components of `list` sorted by name, case ignored; malloc'd. ERR_FORMAT
 * when two have the same name. */
int copylist_index(const struct copylist *list, const char *shown,
    const struct copylist_component ***index, struct buf *why);
/* The component of that name, or NULL. */
const struct copylist_component *
copylist_index_find(const struct copylist_component *const *index, size_t count,
    const char *name, size_t len);
/*
 * Puts the components into the order of After=; of those that are free to
 * come, STANDARD is first and then the one that comes first in the list.
 * lines[i] is the line of component i's After=. `index` counts no longer after
 * that. ERR_FORMAT: a name that is no component, a circle.
 */
struct copylist_order {
	struct copylist *list;
	const struct copylist_component *const *index;
	const unsigned *lines;
	const char *shown;
	struct buf *why;
};
int copylist_order_components(const struct copylist_order *order);

#endif
