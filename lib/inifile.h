/*
 * Reads INI text; the only user of inih.
 *
 * The dialect: [Section] and Key=Value lines; names ignore the case of A to Z;
 * of equal keys in a section, and of sections of the same name, the first
 * counts; only a ';' as the first character of a line (after blanks) is a
 * comment; a value may hold ; : = # quotes and be of any length; leading
 * blanks are no continuation; a tab is a blank; blanks round names and values
 * are cut ("[ Sight ]" is "Sight"); outer quotes stay. CRLF, LF, and both
 * mixed. A byte order mark is passed over, a Ctrl-Z at the end ends the file.
 * Lines without '=' or ']' are ignored. Refused, naming the line: NUL and
 * other control bytes (but tab), CR without LF.
 *
 * inih, as distributions build it, breaks nearly all of this (lines over 199
 * bytes, " ;", ':' as a separator, indented lines, names over 49 bytes), so it
 * is given tokens by a reader of ours: see inifile.c.
 */
#ifndef INIFILE_H
#define INIFILE_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct inifile;
struct os_dir;

/* Longest text taken, in bytes; longer is ERR_RANGE. A single line may be as
 * long as that. */
#define INIFILE_MAX ((size_t)64 << 20)

enum inifile_rules {
	INIFILE_DIALECT, /* as above */
	/* The copy list: nothing is trimmed, and a line that is neither empty,
	 * comment, [section] nor key=value (an empty key, a blank before the
	 * '[' or the comment's ';', text after ']'), is ERR_FORMAT. */
	INIFILE_STRICT,
};

/* One Key=Value line. Texts live as long as the inifile. */
struct inifile_entry {
	const char *section; /* as written, no brackets; "" before any */
	const char *key;
	const char *value;
	unsigned section_number; /* sections counted from 1 as they come, also
				  * those of the same name; 0 before any */
	unsigned line;		 /* from 1 */
};

struct inifile_section {
	const char *name;
	unsigned line;
};

/* `name` is for the error text. ERR_FORMAT, ERR_RANGE, ERR_NOMEM. */
int inifile_parse(const char *name, const char *text, size_t len,
    enum inifile_rules rules, struct inifile **ini, struct buf *why);
/* Reads the file `rel` of `dir` and parses it; `why` names it `shown`. Errors
 * of opening ("cannot open") and of not being there (ERR_NOENT) differ. */
int inifile_load(struct os_dir *dir, const char *rel, const char *shown,
    enum inifile_rules rules, struct inifile **ini, struct buf *why);
void inifile_free(struct inifile *ini); /* NULL is permitted */

/* The value that counts, or NULL. */
const char *
inifile_get(const struct inifile *ini, const char *section, const char *key);
/* The line of that value, 0 when there is none. */
unsigned
inifile_line(const struct inifile *ini, const char *section, const char *key);
/* All entries and sections in the order of the text, repeated ones too. */
const struct inifile_entry *
inifile_entries(const struct inifile *ini, size_t *count);
const struct inifile_section *
inifile_sections(const struct inifile *ini, size_t *count);

#endif
