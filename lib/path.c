/*
 * Names of files as text. Nothing is asked of the system: what a path leads to
 * is the platform's business, and ".." is kept, because only the platform
 * knows what stands there.
 */
#include "path.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "text.h"

static bool
is_separator(char c)
{
	return c == '/' || c == '\\';
}

static bool
has_drive(const char *path)
{
	return ((path[0] >= 'a' && path[0] <= 'z') ||
		   (path[0] >= 'A' && path[0] <= 'Z')) &&
	    path[1] == ':';
}

/* The length of what stands before the first name: "/", "C:/", "//". */
static size_t
root_length(const char *path)
{
	if (has_drive(path))
		return is_separator(path[2]) ? 3 : 2;
	if (!is_separator(path[0]))
		return 0;
	/* Three and more at the start are one, as POSIX has it. */
	return is_separator(path[1]) && !is_separator(path[2]) ? 2 : 1;
}

static size_t
part_length(const char *part)
{
	size_t len = 0;

	while (part[len] != '\0' && !is_separator(part[len]))
		len++;
	return len;
}

static void
add_root(struct buf *out, const char *path, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		buf_add_char(out, is_separator(path[i]) ? '/' : path[i]);
}

char *
path_clean(const char *path)
{
	struct buf out = BUF_INIT;
	size_t root = root_length(path), len;
	const char *part;

	add_root(&out, path, root);
	for (part = path + root; *part != '\0'; part += len) {
		if (is_separator(*part)) {
			len = 1;
			continue;
		}
		len = part_length(part);
		if (len == 1 && part[0] == '.')
			continue;
		if (out.len > root)
			buf_add_char(&out, '/');
		buf_add(&out, part, len);
	}
	if (out.len == 0 && path[0] != '\0')
		buf_add_char(&out, '.'); /* "./" */
	if (out.len == 2 && root == 2 && out.data[0] == '/')
		out.data[--out.len] = '\0'; /* a share without a name */
	return buf_take(&out);
}

char *
path_join(const char *folder, const char *name)
{
	struct buf out = BUF_INIT;

	if (strcmp(folder, ".") != 0)
		buf_add_text(&out, folder);
	if (out.len > 0 && !is_separator(out.data[out.len - 1]))
		buf_add_char(&out, '/');
	buf_add_text(&out, name);
	return buf_take(&out);
}

const char *
path_name(const char *path)
{
	const char *name = path;

	for (; *path != '\0'; path++)
		if (is_separator(*path))
			name = path + 1;
	return name;
}

char *
path_folder(const char *path)
{
	size_t root = root_length(path);
	size_t len = (size_t)(path_name(path) - path);

	while (len > root && is_separator(path[len - 1]))
		len--;
	return len == 0 ? text_copy(".") : text_copy_n(path, len);
}

bool
path_is_absolute(const char *path)
{
	return is_separator(path[0]) ||
	    (has_drive(path) && is_separator(path[2]));
}

bool
path_climbs(const char *path)
{
	size_t len;

	for (;; path += len + 1) {
		len = part_length(path);
		if (len == 2 && path[0] == '.' && path[1] == '.')
			return true;
		if (path[len] == '\0')
			return false;
	}
}
