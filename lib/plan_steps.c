/* From the plan of a component to the steps that carry it out, in the order
 * in which each finds its name free. */
#include "plan.h"

#include <string.h>

#include "err.h"

#include "copylist.h"
#include "step.h"
#include "text.h"

static int
add_place(const struct plan_row *row, struct steps *steps)
{
	struct step *s;
	int rc;

	if (row->from != NULL &&
	    (rc = steps_add(steps, STEP_MOVE, row->name, row->from, NULL)) != 0)
		return rc;
	rc = steps_add(steps, STEP_PLACE, row->name, NULL, &s);
	if (rc != 0)
		return rc;
	memcpy(s->digest, row->file->digest, DIGEST_TEXT);
	s->size = row->file->size;
	s->mtime = row->file->date;
	s->flags = row->file->flags;
	s->over = row->over;
	return 0;
}

/* The rows of one pass, see plan_steps. */
static int
add_pass(const struct plan_row *row, int pass, struct steps *steps)
{
	if (row->action == PLAN_REMOVE && !row->over)
		return 0;
	if (pass == 0 && row->action == PLAN_REMOVE && row->first)
		return steps_add(steps, STEP_REMOVE, row->name, NULL, NULL);
	if (pass == 1 && row->action == PLAN_CLEAR)
		return steps_add(steps, STEP_CLEAR, row->name, NULL, NULL);
	if (pass == 2 && row->action == PLAN_RENAME)
		return steps_add(steps, STEP_MOVE, row->name, row->from, NULL);
	if (pass == 3 &&
	    (row->action == PLAN_ADD || row->action == PLAN_REPLACE))
		return add_place(row, steps);
	if (pass == 4 && row->action == PLAN_REMOVE && !row->first)
		return steps_add(steps, STEP_REMOVE, row->name, NULL, NULL);
	return 0;
}

int
plan_steps(const struct plan_component *component, struct steps *steps)
{
	size_t i;
	int pass, rc = 0;

	memset(steps, 0, sizeof(*steps));
	steps->service = component->service;
	steps->component = text_copy(component->name);
	if (steps->component == NULL)
		return ERR_NOMEM;
	for (pass = 0; pass <= 4; pass++)
		for (i = 0; i < component->count && rc == 0; i++)
			rc = add_pass(&component->rows[i], pass, steps);
	if (rc != 0)
		steps_free(steps);
	return rc;
}
