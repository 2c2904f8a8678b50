/*
 * STATE/JOURNAL and STATE/pending/<16 hex>.txt, sealed INI text:
 *
 *	[Journal]
 *	CopyListVersion=1795197600
 *	[Component STANDARD]
 *	Type=files
 *	Settling=yes (only of a service that is being watched)
 *	Step=place|<digest>|<size>|<time ns>|<flags>|<over>|BIN/CLIMONNT.EXE
 *	Step=remove|DATA/OLD.TXT
 *
 * Steps stand in the order in which they are done (lib/step.h).
 */
#include "journal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "digest.h"
#include "file.h"
#include "inifile.h"
#include "sealed.h"
#include "step.h"
#include "text.h"

#define JOURNAL_MAX INIFILE_MAX
#define PREFIX	    "Component "
#define SEAL_MOST   (DIGEST_TEXT + 8)

void
journal_free(struct journal *journal)
{
	size_t i;

	for (i = 0; i < journal->count; i++)
		steps_free(&journal->components[i]);
	free(journal->components);
	memset(journal, 0, sizeof(*journal));
}

static int
write_text(const struct journal *journal, struct buf *text)
{
	size_t c, i;

	buf_format(text, "[Journal]\r\nCopyListVersion=%" PRIu64 "\r\n",
	    journal->version);
	for (c = 0; c < journal->count; c++) {
		const struct steps *steps = &journal->components[c];

		buf_format(text, "[" PREFIX "%s]\r\nType=%s\r\n",
		    steps->component, steps->service ? "service" : "files");
		if (steps->settling)
			buf_add_text(text, "Settling=yes\r\n");
		for (i = 0; i < steps->count; i++) {
			buf_add_text(text, "Step=");
			step_write(&steps->list[i], text);
			buf_add_text(text, "\r\n");
		}
	}
	if (text->failed)
		return ERR_NOMEM;
	return text->len > JOURNAL_MAX - SEAL_MOST ? ERR_RANGE : 0;
}

int
journal_write(
    struct os_dir *state, const char *rel, const struct journal *journal)
{
	struct buf text = BUF_INIT;
	int rc = write_text(journal, &text);

	if (rc == 0)
		rc = sealed_write(state, rel, OS_PUBLIC, &text);
	buf_free(&text);
	return rc;
}

int
journal_new_write(struct file_new *file, const struct journal *journal)
{
	struct buf text = BUF_INIT;
	int rc = write_text(journal, &text);

	if (rc == 0)
		rc = sealed_new_write(file, OS_PUBLIC, &text);
	buf_free(&text);
	return rc;
}

static int
read_line(const struct inifile_entry *e, struct journal *journal)
{
	struct steps *steps;

	if (strcmp(e->section, "Journal") == 0) {
		if (strcmp(e->key, "CopyListVersion") != 0)
			return 0;
		return text_number(e->value, INT64_MAX, &journal->version);
	}
	if (e->section_number < 2 || e->section_number - 2 >= journal->count)
		return ERR_FORMAT;
	steps = &journal->components[e->section_number - 2];
	if (strcmp(e->key, "Type") == 0)
		steps->service = strcmp(e->value, "service") == 0;
	else if (strcmp(e->key, "Settling") == 0)
		steps->settling = strcmp(e->value, "yes") == 0;
	else if (strcmp(e->key, "Step") == 0)
		return step_read(e->value, steps);
	return 0;
}

static int
read_all(const struct inifile *ini, struct journal *journal)
{
	size_t sections, entries, i;
	const struct inifile_section *s = inifile_sections(ini, &sections);
	const struct inifile_entry *e = inifile_entries(ini, &entries);
	int rc = 0;

	if (sections == 0 || strcmp(s[0].name, "Journal") != 0)
		return ERR_FORMAT;
	journal->components = calloc(sections, sizeof(struct steps));
	if (journal->components == NULL)
		return ERR_NOMEM;
	for (i = 1; i < sections; i++) {
		if (strncmp(s[i].name, PREFIX, strlen(PREFIX)) != 0)
			return ERR_FORMAT;
		journal->components[i - 1].component = text_copy(
		    s[i].name + strlen(PREFIX));
		if (journal->components[i - 1].component == NULL)
			return ERR_NOMEM;
		journal->count = i;
	}
	for (i = 0; i < entries && rc == 0; i++)
		rc = read_line(&e[i], journal);
	return rc;
}

int
journal_read(struct os_dir *state, const char *rel, struct journal *journal)
{
	struct buf text = BUF_INIT;
	struct inifile *ini = NULL;
	int rc;

	memset(journal, 0, sizeof(*journal));
	rc = sealed_read(state, rel, JOURNAL_MAX, &text);
	if (rc == 0)
		rc = inifile_parse(
		    rel, buf_text(&text), text.len, INIFILE_STRICT, &ini, NULL);
	if (rc == 0)
		rc = read_all(ini, journal);
	if (rc != 0)
		journal_free(journal);
	inifile_free(ini);
	buf_free(&text);
	return rc;
}
