/* Steps 6 to 12, with rights. */
#include "os.h"

#include "steps.h"

struct asking {
	struct run *run;
	bool services; /* service components have changed */
};

static int
ask(void *arg, bool all_in)
{
	struct asking *a = arg;

	return a->services || !all_in ? run_request(a->run) : 0;
}

int
run_install(struct run *run)
{
	struct asking asking = { run, false };
	const struct update_hooks hooks = { .request = ask, .arg = &asking };
	struct update_result result = { .count = 0 };
	int rc;

	if ((rc = run_build(run)) == 0 && (rc = run_identify(run)) == 0 &&
	    (rc = run_services_changed(run, &asking.services)) == 0)
		rc = run_update(run, &hooks, &result);
	update_result_free(&result);
	return rc;
}
