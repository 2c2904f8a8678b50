/* Catches what a module prints. The test includes cmocka.h before. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stdio.h>
#include <unistd.h>

#include "../../lib/buf.h"

struct capture {
	FILE *stream;
	FILE *file;
	int saved;
};

/* From now on what goes to `stream` goes to a file. */
static inline void
capture_begin(struct capture *c, FILE *stream)
{
	c->stream = stream;
	c->file = tmpfile();
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
