/* Catches what a module prints. The test includes cmocka.h before. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../lib/buf.h"

struct capture {
	FILE *stream;
	FILE *file;
	int saved;
};

/* A file that goes when it is closed. tmpfile of Windows wants to make it at the
 * root of the drive, and under names that two processes may share. */
static inline FILE *
capture_file(void)
{
#ifdef _WIN32
	static unsigned count;
	char name[512];
	const char *folder = getenv("TEMP");

	assert_non_null(folder);
	assert_in_range(snprintf(name, sizeof name, "%s\\sms-%u-%u", folder,
			    (unsigned)getpid(), count++),
	    1, sizeof name - 1);
	return fopen(name, "w+bD");
#else
	return tmpfile();
#endif
}

/* From now on what goes to `stream` goes to a file. */
static inline void
capture_begin(struct capture *c, FILE *stream)
{
	c->stream = stream;
	c->file = capture_file();
	assert_non_null(c->file);
	fflush(stream);
	c->saved = dup(fileno(stream));
	assert_true(c->saved >= 0);
	assert_true(dup2(fileno(c->file), fileno(stream)) >= 0);
}

/* Ends that; puts what was printed into `out`, in place of what was there. */
static inline void
capture_end(struct capture *c, struct buf *out)
{
	char piece[1024];
	size_t got;

	fflush(c->stream);
	dup2(c->saved, fileno(c->stream));
	close(c->saved);
	rewind(c->file);
	buf_clear(out);
	while ((got = fread(piece, 1, sizeof piece, c->file)) > 0)
		buf_add(out, piece, got);
	fclose(c->file);
}

#endif
