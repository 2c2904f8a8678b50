/* What people see of us outside our own files: the system's log, and whether
 * somebody looks at a terminal. */
#include "posix.h"

#include <syslog.h>
#include <unistd.h>

void
os_event(const char *program, enum os_severity severity, const char *text)
{
	int priority = LOG_INFO;

	if (severity == OS_WARNING)
		priority = LOG_WARNING;
	else if (severity == OS_ERROR)
		priority = LOG_ERR;
	openlog(program, LOG_PID, LOG_USER);
	syslog(priority, "%s", text);
	closelog();
}

bool
os_is_terminal(int stream)
{
	return isatty(stream) == 1;
}
