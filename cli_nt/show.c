/* The plan as a table, for /n and /why. */
#include <inttypes.h>
#include <stdio.h>

#include "err.h"

#include "options.h"
#include "steps.h"
#include "text.h"

/* Size and the beginning of the digest, or "-". */
static void
print_content(const struct plan_row *row, bool new)
{
	char text[64] = "-";

	if (new && row->file != NULL)
		snprintf(text, sizeof(text), "%" PRIu64 " %.8s",
		    row->file->size, row->file->digest);
	else if (!new && row->over && row->file != NULL)
		snprintf(text, sizeof(text), "%" PRIu64, row->size);
	printf(" %-20s", text);
}

void
run_print_text(const char *before, const char *text, const char *after)
{
	struct buf shown = BUF_INIT;

	text_printable(text, &shown);
	printf("%s%s%s", before, buf_text(&shown), after);
	buf_free(&shown);
}

static void
print_from(const char *from)
{
	struct buf shown = BUF_INIT;

	text_printable(from, &shown);
	printf(" %-20s", buf_text(&shown));
	buf_free(&shown);
}

void
run_print_rows(const struct plan_component *c, bool all)
{
	size_t i;

	if (c->held != NULL) {
		run_print_text("  held back: ", c->held, "\n");
		if (!all)
			return;
	}
	for (i = 0; i < c->count; i++) {
		const struct plan_row *row = &c->rows[i];

		if (row->action == PLAN_KEEP && !all)
			continue;
		printf("  %-8s", plan_action_name(row->action));
		if (row->from != NULL)
			print_from(row->from);
		else
			print_content(row, false);
		print_content(row, true);
		run_print_text(" ", row->name, "  ");
		run_print_text("(", row->why, ")\n");
	}
}

void
run_print_columns(void)
{
	printf("  %-8s %-20s %-20s %s\n", "ACTION", "FROM", "TO", "FILE (WHY)");
}

static const char *
plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

void
run_print_sum(const struct run *run, const struct plan *plan)
{
	printf("%zu change%s, %zu file%s of %" PRIu64 " byte%s to fetch%s\n",
	    plan->changes, plural(plan->changes), plan->fetch_files,
	    plural(plan->fetch_files), plan->fetch_bytes,
	    plural(plan->fetch_bytes),
	    run->rights ? ""
			: "; without rights here: this would be requested");
}

int
run_show_plan(struct run *run)
{
	struct update_job job;
	struct update update;
	size_t i;
	int rc;

	run_fill_job(run, &job);
	if ((rc = update_plan(&job, &update, &run->why)) != 0)
		return rc;
	printf("CopyListVersion %" PRIu64, run->list->version);
	run_print_text(" on ", run->root, "\n");
	run_print_columns();
	for (i = 0; i < update.plan.count; i++) {
		const struct plan_component *c = &update.plan.components[i];

		run_print_text("[", c->name, c->gone ? "] (leaves)\n" : "]\n");
		run_print_rows(c, run->options->common.verbose);
	}
	run_print_sum(run, &update.plan);
	update_free(&update);
	return options_flush(&run->why);
}
