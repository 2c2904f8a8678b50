/* What people see of us outside our own files: the system's log, and whether
 * somebody looks at a terminal. And what we do not see of them: their names. */
#include "posix.h"

#include <pwd.h>
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

/*
 * libgpg-error would look up whose home "~name" in a path of its settings is.
 * We give it no such path, and with the C library's own functions a static
 * program takes the whole name service along, which needs shared libraries of
 * the same version when it runs.
 */
struct passwd *
getpwnam(const char *name)
{
	(void)name;
	errno = ENOENT;
	return NULL;
}

struct passwd *
getpwuid(uid_t uid)
{
	(void)uid;
	errno = ENOENT;
	return NULL;
}
