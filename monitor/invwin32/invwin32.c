/* What invwin32 does, in order, as its manual page tells it. */
#include "invwin32.h"

#include "os.h"

#include "agent.h"

int
invwin32_run(const struct invwin32_options *options)
{
	struct agent agent;
	int code;

	os_stop_catch();
	code = agent_open(&agent, options);
	if (code == EXIT_DONE)
		code = agent_scan(&agent);
	agent_close(&agent);
	return code;
}
