/* What invwin32 does, in order, as its manual page tells it. */
#include "invwin32.h"

#include "os.h"

#include "agent.h"
#include "register.h"
#include "service.h"

int
invwin32_run(const struct invwin32_options *options)
{
	struct agent agent;
	int code;

	os_stop_catch();
	if (options->install)
		return register_install(options);
	if (options->uninstall)
		return register_uninstall(options);
	if (!options->once)
		return service_run(options);
	code = agent_open(&agent, options);
	if (code == EXIT_DONE)
		code = agent_scan(&agent);
	agent_close(&agent);
	return code;
}
