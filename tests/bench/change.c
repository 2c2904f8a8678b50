/* change FILE TEXT: writes the text, and a line end, over the beginning of a
 * file. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	ssize_t len;
	int fd;

	if (argc != 3 || (fd = open(argv[1], O_WRONLY | O_CLOEXEC)) == -1)
		return 1;
	len = (ssize_t)strlen(argv[2]);
	return write(fd, argv[2], (size_t)len) == len && write(fd, "\n", 1) == 1
	    ? 0
	    : 1;
}
