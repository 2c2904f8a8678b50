/*
 * first: stands in for the program that a watcher starts. The first thing it
 * does is to look at the clock; it tells that through the pipe `answer` beside
 * its own file. Linked statically: nothing runs before it.
 */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "samples.h"

int
main(void)
{
	int64_t now = samples_clock();
	char path[PATH_MAX + sizeof("answer")];
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX);
	int fd;

	while (len > 0 && path[len - 1] != '/')
		len--;
	if (len <= 0)
		return 2;
	memcpy(path + len, "answer", sizeof("answer"));
	fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return 0; /* nobody asks */
	return write(fd, &now, sizeof(now)) == sizeof(now) ? 0 : 2;
}
