/* Steps as things in memory and as text, and the names that they use. */
#include "step.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"

#include "buf.h"
#include "digest.h"
#include "layout.h"
#include "text.h"

#define FIELDS	     7	/* of the longest line of text */
#define SHORT_DIGEST 16 /* hex digits that tell destinations apart */

static const char *const kind_names[] = { "place", "move", "remove", "clear" };

int
steps_add(struct steps *steps, enum step_kind kind, const char *name,
    const char *from, struct step **step)
{
	struct step *s;

	if (steps->count == steps->size) {
		size_t size = steps->size ? steps->size * 2 : 16;

		s = realloc(steps->list, size * sizeof(*s));
		if (s == NULL)
			return ERR_NOMEM;
		steps->list = s;
		steps->size = size;
	}
	s = &steps->list[steps->count];
	memset(s, 0, sizeof(*s));
	s->kind = kind;
	s->mtime = -1;
	s->name = text_copy(name);
	s->from = text_copy(from);
	if (s->name == NULL || (from != NULL && s->from == NULL)) {
		free(s->name);
		free(s->from);
		return ERR_NOMEM;
	}
	steps->count++;
	if (step != NULL)
		*step = s;
	return 0;
}

void
steps_free(struct steps *steps)
{
	size_t i;

	for (i = 0; i < steps->count; i++) {
		free(steps->list[i].name);
		free(steps->list[i].from);
	}
	free(steps->list);
	free(steps->component);
	memset(steps, 0, sizeof(*steps));
}

/* The first 16 hex digits of the digest of a text. */
static int
short_digest(const struct buf *text, char hex[DIGEST_TEXT])
{
	int rc = text->failed ? ERR_NOMEM
			      : digest_of(buf_text(text), text->len, hex);

	hex[SHORT_DIGEST] = '\0';
	return rc;
}

/* A name for the content, its attributes and its destination together: what
 * waits from a run that was cut off is used only where all are the same. */
int
step_staged_name(const struct step *step, struct buf *name)
{
	char hex[DIGEST_TEXT];
	int rc;

	buf_clear(name);
	buf_format(
	    name, "%s|%" PRId64 "|%u", step->name, step->mtime, step->flags);
	rc = short_digest(name, hex);
	buf_clear(name);
	return rc != 0
	    ? rc
	    : buf_format(name, LAYOUT_STAGE "/%s.%s", step->digest, hex);
}

int
step_aside_name(const struct step *step, struct buf *name)
{
	char hex[DIGEST_TEXT];
	int rc;

	buf_clear(name);
	buf_add_text(name, step->name);
	rc = short_digest(name, hex);
	buf_clear(name);
	return rc != 0 ? rc : buf_format(name, LAYOUT_STAGE "/old.%s", hex);
}

int
step_write(const struct step *s, struct buf *line)
{
	switch (s->kind) {
	case STEP_PLACE:
		return buf_format(line,
		    "place|%s|%" PRIu64 "|%" PRId64 "|%u|%d|%s", s->digest,
		    s->size, s->mtime, s->flags, s->over, s->name);
	case STEP_MOVE: return buf_format(line, "move|%s|%s", s->from, s->name);
	default: return buf_format(line, "%s|%s", kind_names[s->kind], s->name);
	}
}

/* Cuts the text at its bars, into at most 7 fields; '|' is in no name. */
static size_t
cut(char *text, char *field[FIELDS])
{
	size_t count = 0;

	while (count < FIELDS) {
		field[count++] = text;
		text += strcspn(text, "|");
		if (*text == '\0')
			return count;
		*text++ = '\0';
	}
	return 0;
}

static int
read_place(char *field[FIELDS], struct steps *steps)
{
	struct step *s;
	uint64_t size, mtime, flags, over;
	bool timed = strcmp(field[3], "-1") != 0;
	int rc;

	if (!digest_is_text(field[1]) ||
	    text_number(field[2], UINT64_MAX, &size) != 0 ||
	    (timed && text_number(field[3], INT64_MAX, &mtime) != 0) ||
	    text_number(field[4], 7, &flags) != 0 ||
	    text_number(field[5], 1, &over) != 0)
		return ERR_FORMAT;
	rc = steps_add(steps, STEP_PLACE, field[6], NULL, &s);
	if (rc != 0)
		return rc;
	memcpy(s->digest, field[1], DIGEST_TEXT);
	s->size = size;
	s->mtime = timed ? (int64_t)mtime : -1;
	s->flags = (unsigned)flags;
	s->over = over != 0;
	return 0;
}

int
step_read(const char *line, struct steps *steps)
{
	char *copy = text_copy(line), *field[FIELDS];
	size_t count, i;
	int rc = ERR_FORMAT;

	if (copy == NULL)
		return ERR_NOMEM;
	count = cut(copy, field);
	for (i = 0; i < count; i++)
		if (*field[i] == '\0')
			count = 0;
	if (count == FIELDS && strcmp(field[0], "place") == 0)
		rc = read_place(field, steps);
	else if (count == 3 && strcmp(field[0], "move") == 0)
		rc = steps_add(steps, STEP_MOVE, field[2], field[1], NULL);
	else if (count == 2 && strcmp(field[0], "remove") == 0)
		rc = steps_add(steps, STEP_REMOVE, field[1], NULL, NULL);
	else if (count == 2 && strcmp(field[0], "clear") == 0)
		rc = steps_add(steps, STEP_CLEAR, field[1], NULL, NULL);
	free(copy);
	return rc;
}
