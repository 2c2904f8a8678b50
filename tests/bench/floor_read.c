/*
 * floor_read FILE FILE: the least that a program can do which compares two
 * files: it opens and reads the first 4096 bytes of each. What a check of a
 * client on which nothing changed is compared with.
 */
#include <fcntl.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	static char bytes[4096];
	int fd, bad = argc != 3;

	for (int i = 1; i < argc; i++) {
		fd = open(argv[i], O_RDONLY | O_CLOEXEC);
		if (fd == -1 || read(fd, bytes, sizeof(bytes)) <= 0)
			bad = 1;
		if (fd != -1)
			close(fd);
	}
	return bad;
}
