/* The versions of files: one line for each, in the order they are named. */
#include "cliver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "client.h"
#include "fileversion.h"
#include "path.h"
#include "text.h"

static void
say(const char *name, const char *what)
{
	struct buf shown = BUF_INIT;

	text_printable(name, &shown);
	printf("%s: %s\n", buf_text(&shown), what);
	buf_free(&shown);
}

static void
complain(const char *name, const char *reason)
{
	struct buf shown = BUF_INIT;

	text_printable(name, &shown);
	fprintf(stderr, "cliver: %s: %s\n", buf_text(&shown), reason);
	buf_free(&shown);
}

/* What somebody wrote into the file is not to act on a terminal. */
static void
say_string(const char *key, const char *value)
{
	struct buf shown = BUF_INIT;

	if (value == NULL)
		return;
	text_printable(value, &shown);
	printf("    %s: %s\n", key, buf_text(&shown));
	buf_free(&shown);
}

static int
open_file(const char *path, struct os_file **file)
{
	char *folder = path_folder(path);
	struct os_dir *dir = NULL;
	int rc = folder == NULL ? ERR_NOMEM : os_dir_open(folder, &dir);

	if (rc == 0)
		rc = os_open(dir, path_name(path), OS_READ, OS_PRIVATE, file);
	os_dir_close(dir);
	free(folder);
	return rc;
}

/* 0, or the exit code for what is wrong with the file. */
static int
show_file(const char *path, bool verbose)
{
	struct fileversion version = { .file = "" };
	struct os_file *file = NULL;
	struct buf why = BUF_INIT;
	int rc = open_file(path, &file), code = EXIT_DONE;

	if (rc != 0) {
		complain(path, err_text(rc));
		return EXIT_FAILED;
	}
	rc = fileversion_read(file, &version, &why);
	if (rc == 0) {
		say(path, version.file);
	} else if (rc == ERR_NOENT) {
		say(path, "no version");
	} else {
		complain(
		    path, rc == ERR_FORMAT ? buf_text(&why) : err_text(rc));
		code = rc == ERR_FORMAT ? EXIT_INPUT : EXIT_FAILED;
	}
	if (rc == 0 && verbose) {
		say_string("product", version.product);
		say_string("FileVersion", version.file_string);
		say_string("ProductVersion", version.product_string);
	}
	fileversion_free(&version);
	os_file_close(file);
	buf_free(&why);
	return code;
}

/* Of two exit codes: one that could not be read counts before one that is
 * damaged. */
static int
worse(int a, int b)
{
	if (a == EXIT_FAILED || b == EXIT_FAILED)
		return EXIT_FAILED;
	return a > b ? a : b;
}

static int
show_files(const struct cliver_options *o)
{
	char *path;
	size_t i;
	int code = EXIT_DONE;

	for (i = 0; i < o->count; i++) {
		path = path_clean(o->files[i]);
		code = worse(code,
		    path == NULL ? EXIT_FAILED
				 : show_file(path, o->common.verbose));
		free(path);
	}
	return code;
}

int
cliver_run(const struct cliver_options *o)
{
	struct buf why = BUF_INIT;
	int code;

	code = o->count > 0 ? show_files(o) : client_show(&o->common);
	if (options_flush(&why) != 0) {
		fprintf(stderr, "cliver: %s\n", buf_text(&why));
		code = EXIT_FAILED;
	}
	buf_free(&why);
	return code;
}
