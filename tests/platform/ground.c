/* The ground that all tests of the platform stand on; see ground.h. */
#include "ground.h"

#include <stdio.h>

struct ground ground;

int
ground_setup_held(void **state)
{
	int r = ground_setup(state);

	if (r == 0)
		os_dir_hold(ground.dir, true);
	return r;
}

char *
ground_path(const char *rel)
{
	static char texts[4][8192];
	static int next;
	char *text = texts[next++ % 4];

	snprintf(text, sizeof(texts[0]), "%s/%s", ground.path, rel);
	return text;
}

struct os_file *
ground_open(const char *rel, enum os_mode mode, enum os_rights rights)
{
	struct os_file *file;

	assert_int_equal(os_open(ground.dir, rel, mode, rights, &file), 0);
	assert_non_null(file);
	return file;
}
