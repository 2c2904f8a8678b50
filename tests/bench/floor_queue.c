/* floor_queue FROM TO: the least that taking requests out of a box can cost:
 * reads each file of FROM and renames it into TO. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int
take(int from, int to, const char *name)
{
	char text[4096];
	int fd = openat(from, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd == -1 ? -1 : read(fd, text, sizeof text);

	if (fd != -1)
		close(fd);
	return n <= 0 ? -1 : renameat(from, name, to, name);
}

int
main(int argc, char **argv)
{
	struct dirent *entry;
	DIR *list = argc == 3 ? opendir(argv[1]) : NULL;
	int to = argc == 3 ? open(argv[2], O_DIRECTORY | O_CLOEXEC) : -1;

	if (list == NULL || to == -1)
		return 1;
	while ((entry = readdir(list)) != NULL)
		if (strstr(entry->d_name, ".CCR") != NULL &&
		    take(dirfd(list), to, entry->d_name) == -1)
			return 1;
	return 0;
}
