/* What cli_nt does beside lib/run, shared by the files of this folder. */
#ifndef STEPS_H
#define STEPS_H

#include <stdbool.h>

#include "run.h"

/* background.c: /bg, when the head has been read. Where there is work it is
 * done by a process of its own, with the same switches. */
int run_in_background(struct run *run);

/* show.c: the plan as a table. */
int run_show_plan(struct run *run);
/* `text` is somebody else's: a terminal does not act on it. */
void run_print_text(const char *before, const char *text, const char *after);
void run_print_columns(void);
/* The files of a component; those that stay only with `all`. */
void run_print_rows(const struct plan_component *c, bool all);
void run_print_sum(const struct run *run, const struct plan *plan);

/* why.c: /why, which rule chose or held back what. Touches nothing. */
int run_explain(struct run *run);

/* install.c: steps 6 to 12. */
int run_install(struct run *run);

/* request.c: step 11, and the way without rights. */
int run_request(struct run *run);
int run_services_changed(struct run *run, bool *changed);

#endif
