/* The case files of tests/data/ini, for the tests of inifile and iniedit. */
#ifndef INICASES_H
#define INICASES_H

#include <stdio.h>
#include <string.h>

#include "../../lib/buf.h"

#define CASES "tests/data/ini/"

/* Reads CASES<name><suffix> into `out`; the program starts in the project's
 * top folder. */
static inline void
case_read(const char *name, const char *suffix, struct buf *out)
{
	struct buf path = BUF_INIT;
	char piece[4096];
	size_t got;
	FILE *f;

	buf_format(&path, CASES "%s%s", name, suffix);
	f = fopen(buf_text(&path), "rb");
	if (f == NULL) {
		fail_msg("%s: cannot open", buf_text(&path));
		return;
	}
	buf_clear(out);
	while ((got = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(out, piece, got);
	assert_int_equal(0, ferror(f));
	fclose(f);
	buf_free(&path);
}

/* Calls `each` for every case of cases.txt. */
static inline void
case_each(void (*each)(const char *name, const struct buf *text))
{
	struct buf names = BUF_INIT, text = BUF_INIT;
	unsigned count = 0;
	char *name;

	case_read("cases", ".txt", &names);
	for (name = strtok(names.data, "\n"); name != NULL;
	     name = strtok(NULL, "\n")) {
		case_read(name, ".ini", &text);
		each(name, &text);
		count++;
	}
	assert_true(count > 15);
	buf_free(&names);
	buf_free(&text);
}

#endif
