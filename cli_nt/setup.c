/* The steps of client setup, in order, as its manual page tells them. */
#include "setup.h"

#include <stdio.h>

#include "err.h"
#include "os.h"

#include "logfile.h"
#include "path.h"
#include "steps.h"

/* The exit code for a failure before anything has changed. */
static int
exit_code_of(int code)
{
	switch (code) {
	case ERR_FORMAT:
	case ERR_DIGEST:
	case ERR_RANGE:
	case ERR_UNTRUSTED: return EXIT_INPUT;
	case ERR_HOST:
	case ERR_AUTH:
	case ERR_TIMEOUT: return EXIT_NOSERVER;
	case ERR_BUSY:
	case ERR_STOP: return EXIT_BUSY;
	case ERR_CHANGED: return EXIT_PARTLY; /* the journal stands */
	default: return EXIT_FAILED;
	}
}

static int
carry_out(struct run *run)
{
	int rc;

	/* SMS.INI, places, rights, lock; what an earlier run left. */
	if ((rc = run_open(run)) != 0)
		return rc;
	/* The first logon server that answers, and the head of its list. */
	if ((rc = run_reach(run)) != 0)
		return rc;
	if (run->options->explain)
		return run_explain(run);
	if (run->options->background)
		return run_in_background(run);
	if (run_is_current(run))
		return 0;
	/* The whole list, verified and judged. */
	if ((rc = run_take_list(run)) != 0)
		return rc;
	if (run->exit_code != EXIT_DONE || run->list == NULL)
		return 0; /* it is not for this client yet */
	if (run->options->dry_run)
		return run_show_plan(run);
	if (!run->rights)
		return run_request(run);
	/* Plan, fetch, verify, place, commit. */
	return run_install(run);
}

int
setup_run(const struct run_options *options)
{
	struct run run = { .options = options,
		.log_name = "CLI_NT.LOG",
		.exit_code = EXIT_DONE };
	int rc;

	/* It would be stored, and be another place for the next run. */
	if (options->dir != NULL && !path_is_absolute(options->dir)) {
		fprintf(stderr, "cli_nt: /d: not an absolute path; try /?\n");
		return EXIT_USAGE;
	}
	os_stop_catch();
	run.log = logfile_new("cli_nt", options->common.verbose, true);
	run.verify = options->verify;
	rc = carry_out(&run);
	if (rc != 0) {
		run.exit_code = exit_code_of(rc);
		log_error(run.log, "%s",
		    run.why.len > 0 ? buf_text(&run.why) : err_text(rc));
		if (run.why.len == 0)
			buf_add_text(&run.why, err_text(rc));
	}
	if (rc != 0 || run.exit_code == EXIT_FAILED)
		run_report_failure(&run);
	run_close(&run);
	return run.exit_code;
}
