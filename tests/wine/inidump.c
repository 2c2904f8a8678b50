/*
 * What our library says of INI text, and what it makes of it; profile.c is the
 * same by the profile functions of Windows.
 *
 *	inidump show FILE...
 *		"== FILE", and "refused: why"; or "[section|]" for each section
 *		as they come; below it, for each key of the first section of
 *		that name, "section|key|value|" with the value that counts
 *	inidump change FILE [SECTION KEY[=VALUE]]...
 *		sets keys, or takes those without '=' out
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/file.h"
#include "../../lib/iniedit.h"
#include "../../lib/inifile.h"
#include "../../lib/path.h"
#include "../../lib/text.h"
#include "../../platform/err.h"
#include "say.h"

static int
refused(int code, struct buf *why)
{
	fprintf(stderr, "inidump: %s: %s\n", buf_text(why), err_text(code));
	buf_free(why);
	return 1;
}

/* The keys of the first section of this name. */
static void
show_section(const struct inifile *ini, const char *name)
{
	size_t section_count, count, i;
	const struct inifile_section *sections = inifile_sections(
	    ini, &section_count);
	const struct inifile_entry *entries = inifile_entries(ini, &count);
	unsigned first = 0;

	while (!text_same(sections[first].name, name))
		first++;
	for (i = 0; i < count; i++)
		if (entries[i].section_number == first + 1)
			say_value(name, entries[i].key,
			    inifile_get(ini, name, entries[i].key));
}

static void
show(const char *path)
{
	const struct inifile_section *sections;
	struct buf text = BUF_INIT, why = BUF_INIT;
	struct inifile *ini = NULL;
	size_t count, i;
	int rc;

	printf("== %s\n", path);
	rc = file_read_path(path, INIFILE_MAX, &text);
	if (rc == 0)
		rc = inifile_parse("file", buf_text(&text), text.len,
		    INIFILE_DIALECT, &ini, &why);
	if (rc != 0)
		printf("refused: %s\n",
		    why.len > 0 ? buf_text(&why) : err_text(rc));
	sections = rc == 0 ? inifile_sections(ini, &count) : NULL;
	for (i = 0; rc == 0 && i < count; i++) {
		if (sections[i].name[0] == '\0')
			continue; /* nobody can ask for it */
		say_section(sections[i].name);
		show_section(ini, sections[i].name);
	}
	inifile_free(ini);
	buf_free(&why);
	buf_free(&text);
}

/* `words`: section and key, as often as there are changes; the keys are cut at
 * their '='. */
static int
change(const char *path, char *const *words, size_t count)
{
	struct iniedit_change *changes = calloc(count + 1, sizeof *changes);
	struct iniedit_file file = {
		.rel = path_name(path),
		.shown = path,
		.lock = "INIDUMP.LCK",
		.rights = OS_PRIVATE,
	};
	struct buf why = BUF_INIT;
	char *folder = path_folder(path);
	char *equals;
	size_t i;
	int rc = ERR_NOMEM;

	if (folder == NULL || changes == NULL)
		goto out;
	for (i = 0; i < count; i++) {
		changes[i].section = words[2 * i];
		changes[i].key = words[2 * i + 1];
		equals = strchr(words[2 * i + 1], '=');
		if (equals == NULL)
			continue;
		*equals = '\0';
		changes[i].value = equals + 1;
	}
	rc = os_dir_open(folder, &file.dir);
	file.lockdir = file.dir;
	if (rc == 0)
		rc = iniedit_file(&file, changes, count, NULL, &why);
out:
	os_dir_close(file.dir);
	free(folder);
	free(changes);
	if (rc != 0)
		return refused(rc, &why);
	buf_free(&why);
	return 0;
}

int
main(int argc, char *argv[])
{
	int i;

	if (argc >= 3 && strcmp(argv[1], "show") == 0) {
		for (i = 2; i < argc; i++)
			show(argv[i]);
		return 0;
	}
	if (argc >= 3 && argc % 2 == 1 && strcmp(argv[1], "change") == 0)
		return change(argv[2], argv + 3, ((size_t)argc - 3) / 2);
	fputs(
	    "usage: inidump show FILE... | change FILE [SECTION KEY[=VALUE]]...\n",
	    stderr);
	return 64;
}
