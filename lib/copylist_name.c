/*
 * Destinations: which names a list may give to a file. A list that passes is
 * safe to carry out on Windows and on POSIX, whichever made it: no name leads
 * out of the client root, into the folders that hold the state of our own
 * programs, to a device, or to the same file as another name.
 */
#include "copylist.h"

#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "buf.h"
#include "copylist_format.h"
#include "pattern.h"
#include "text.h"

#define NAME_MAX_BYTES 240
#define FORBIDDEN      ":*?\"<>|="

static bool
is_separator(char c)
{
	return c == '/' || c == '\\';
}

/* Length of the part of a name that starts here. */
static size_t
part_length(const char *name)
{
	return strcspn(name, "/\\");
}

/* The superscript digits, UTF-8: Windows takes at least 1 to 3 for digits. */
static bool
is_superscript(const char *text, size_t len)
{
	static const char *const digits[] = {
		"\xc2\xb9",
		"\xc2\xb2",
		"\xc2\xb3",
		"\xe2\x81\xb0",
		"\xe2\x81\xb4",
		"\xe2\x81\xb5",
		"\xe2\x81\xb6",
		"\xe2\x81\xb7",
		"\xe2\x81\xb8",
		"\xe2\x81\xb9",
	};
	size_t i;

	for (i = 0; i < sizeof digits / sizeof digits[0]; i++)
		if (strlen(digits[i]) == len &&
		    memcmp(digits[i], text, len) == 0)
			return true;
	return false;
}

static bool
is_port(const char *part, size_t len)
{
	if (len < 4 ||
	    (!text_same_n(part, 3, "COM", 3) &&
		!text_same_n(part, 3, "LPT", 3)))
		return false;
	return (len == 4 && part[3] >= '0' && part[3] <= '9') ||
	    is_superscript(part + 3, len - 3);
}

/* Is it the name of a device, whatever extension follows? */
static bool
is_device(const char *part, size_t len)
{
	static const char *const devices[] = {
		"CON",
		"PRN",
		"AUX",
		"NUL",
		"CONIN$",
		"CONOUT$",
	};
	const char *dot;
	size_t i;

	dot = memchr(part, '.', len);
	if (dot != NULL)
		len = (size_t)(dot - part);
	/* Windows opens the device for "NUL .txt" as well. */
	while (len > 0 && part[len - 1] == ' ')
		len--;
	for (i = 0; i < sizeof devices / sizeof devices[0]; i++)
		if (text_same_n(part, len, devices[i], strlen(devices[i])))
			return true;
	return is_port(part, len);
}

static const char *
refuse_part(const char *part, size_t len)
{
	if (len == 0)
		return "an empty part";
	if (len == 1 && part[0] == '.')
		return "'.' as a part";
	if (len == 2 && part[0] == '.' && part[1] == '.')
		return "'..' as a part";
	if (part[len - 1] == '.' || part[len - 1] == ' ')
		return "a part ends in a dot or a blank";
	if (part[0] == ' ')
		return "a part begins with a blank";
	if (is_device(part, len))
		return "the name of a device";
	return NULL;
}

/*
 * Is `part` the name `word`, letter case aside? The long s, U+017F, is an S to
 * volumes that fold the case of all of Unicode; no other letter outside ASCII
 * folds to one of the names that are reserved.
 */
static bool
is_word(const char *part, size_t len, const char *word)
{
	size_t n;

	for (; len > 0 && *word != '\0'; word++) {
		n = 1;
		if (len >= 2 && memcmp(part, "\xc5\xbf", 2) == 0) {
			if (*word != 'S')
				return false;
			n = 2;
		} else if (!text_same_n(part, 1, word, 1)) {
			return false;
		}
		part += n;
		len -= n;
	}
	return len == 0 && *word == '\0';
}

/* What our own programs keep in the client root. */
static bool
is_reserved(const char *part, size_t len)
{
	static const char *const words[] = {
		".STAGE",
		"STATE",
		"LOGS",
		"INVDATA",
		"TEMP",
		"SMS.INI",
		"SMS.BAK",
		"SMS.BAD",
		"SMS.LCK",
		"KEYS",
		"POLICY.INI",
		"CCR.BOX",
	};
	size_t i;

	for (i = 0; i < sizeof words / sizeof words[0]; i++)
		if (is_word(part, len, words[i]))
			return true;
	return false;
}

/* A control character of Unicode that is not in ASCII: U+0080 to U+009F, or
 * one that turns the direction of what is shown, U+202A to U+202E and U+2066
 * to U+2069. */
static bool
is_wide_control(const unsigned char *c)
{
	if (c[0] == 0xc2)
		return c[1] >= 0x80 && c[1] <= 0x9f;
	if (c[0] != 0xe2)
		return false;
	return (c[1] == 0x80 && c[2] >= 0xaa && c[2] <= 0xae) ||
	    (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9);
}

bool
copylist_has_control(const char *text)
{
	const unsigned char *c;

	for (c = (const unsigned char *)text; *c != '\0'; c++)
		if (*c < 0x20 || *c == 0x7f || is_wide_control(c))
			return true;
	return false;
}

static const char *
refuse_bytes(const char *name)
{
	if (copylist_has_control(name))
		return "a control byte";
	if (!text_is_utf8(name, strlen(name)))
		return "not UTF-8";
	if (((name[0] >= 'A' && name[0] <= 'Z') ||
		(name[0] >= 'a' && name[0] <= 'z')) &&
	    name[1] == ':')
		return "starts with a drive";
	if (name[strcspn(name, FORBIDDEN)] != '\0')
		return "one of : * ? \" < > | = in the name";
	return NULL;
}

static const char *
refuse_start(const char *name)
{
	if (name[0] == '\0')
		return "an empty name";
	if (strlen(name) > NAME_MAX_BYTES)
		return "longer than 240 bytes";
	if (is_separator(name[0]))
		return "starts with a separator";
	if (name[0] == ';' || name[0] == '[')
		return "starts with ; or [";
	return NULL;
}

const char *
copylist_refusal(const char *name)
{
	const char *reason;
	size_t len;

	reason = refuse_start(name);
	if (reason == NULL)
		reason = refuse_bytes(name);
	if (reason != NULL)
		return reason;
	if (is_reserved(name, part_length(name)))
		return "kept for the client's own state";
	for (;; name += len + 1) {
		len = part_length(name);
		reason = refuse_part(name, len);
		if (reason != NULL || name[len] == '\0')
			return reason;
	}
}

int
copylist_fold(const char *name, char **folded)
{
	struct buf b = BUF_INIT;
	char *c;
	int err;

	*folded = NULL;
	err = pattern_fold(name, &b);
	if (err != 0) {
		buf_free(&b);
		return err;
	}
	*folded = buf_take(&b);
	if (*folded == NULL)
		return ERR_NOMEM;
	for (c = *folded; *c != '\0'; c++)
		if (*c == '\\')
			*c = '/';
	return 0;
}

/* Orders names with the separator before every other byte, so that a name
 * stands right before all that it would be the folder of. */
static int
compare_paths(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	if (*a == *b)
		return 0;
	if (*a == '\0' || *b == '\0')
		return *a == '\0' ? -1 : 1;
	if (*a == '/' || *b == '/')
		return *a == '/' ? -1 : 1;
	return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

static int
compare_files(const void *a, const void *b)
{
	const struct copylist_file *const *fa = a;
	const struct copylist_file *const *fb = b;
	int order;

	order = compare_paths((*fa)->folded, (*fb)->folded);
	if (order != 0)
		return order;
	return ((*fa)->line > (*fb)->line) - ((*fa)->line < (*fb)->line);
}

/* All files of the list in that order; NULL when out of memory. */
static const struct copylist_file **
sort_files(const struct copylist *list, size_t *count)
{
	const struct copylist_file **files;
	size_t i, j, n = 0;

	for (i = 0; i < list->count; i++)
		n += list->components[i].count;
	files = calloc(n + 1, sizeof *files);
	if (files == NULL)
		return NULL;
	*count = 0;
	for (i = 0; i < list->count; i++)
		for (j = 0; j < list->components[i].count; j++)
			files[(*count)++] = &list->components[i].files[j];
	qsort(files, n, sizeof *files, compare_files);
	return files;
}

/* `a` comes before `b`. NULL when they can stand beside each other. */
static const char *
refuse_pair(const struct copylist_file *a, const struct copylist_file *b)
{
	size_t len = strlen(a->folded);

	if (strcmp(a->folded, b->folded) == 0)
		return "the same name stands in line";
	if (strncmp(a->folded, b->folded, len) == 0 && b->folded[len] == '/')
		return "file and folder at once, see line";
	return NULL;
}

int
copylist_check_names(
    const struct copylist *list, const char *shown, struct buf *why)
{
	const struct copylist_file **files, *late, *early;
	const char *reason;
	size_t i, count;
	int err = 0;

	files = sort_files(list, &count);
	if (files == NULL)
		return ERR_NOMEM;
	for (i = 1; i < count && err == 0; i++) {
		reason = refuse_pair(files[i - 1], files[i]);
		if (reason == NULL)
			continue;
		late = files[i]->line > files[i - 1]->line ? files[i]
							   : files[i - 1];
		early = late == files[i] ? files[i - 1] : files[i];
		err = buf_why(why, ERR_FORMAT, "%s:%u: %s: %s %u", shown,
		    late->line, late->name, reason, early->line);
	}
	free(files);
	return err;
}
