/*
 * How far long work has come, on stderr. Nothing is printed in the first
 * second, so that the usual short run stays silent.
 */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../platform/os.h"
#include "buf.h"

#define SILENT OS_SECOND
#define REDRAW (OS_SECOND / 10) /* on a terminal */
#define REPEAT (10 * OS_SECOND) /* of lines elsewhere */
#define CELLS  30

struct progress {
	uint64_t total;
	uint64_t done;
	int64_t start;
	int64_t drawn;	/* when last; 0: never */
	uint64_t shown; /* `done` then */
	size_t width;	/* of what stands on the terminal's line */
	bool things;
	bool terminal;
	char what[];
};

struct progress *
progress_new(const char *what, uint64_t total, bool things)
{
	size_t len = strlen(what);
	struct progress *p;

	p = calloc(1, sizeof *p + len + 1);
	if (p == NULL)
		return NULL;
	p->total = total;
	p->things = things;
	p->terminal = os_is_terminal(2);
	p->start = os_ticks();
	memcpy(p->what, what, len + 1);
	return p;
}

/* How many of `parts` are done. */
static unsigned
share(const struct progress *p, unsigned parts)
{
	if (p->done >= p->total)
		return parts;
	return (unsigned)((double)p->done / (double)p->total * parts);
}

static void
add_amount(struct buf *b, const struct progress *p, uint64_t amount)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB",
		"TiB" };
	double n = (double)amount;
	size_t i = 0;

	if (p->things) {
		buf_format(b, "%" PRIu64, amount);
		return;
	}
	while (n >= 1024 && i + 1 < sizeof units / sizeof units[0]) {
		n /= 1024;
		i++;
	}
	buf_format(b, "%.*f %s", i == 0 ? 0 : 1, n, units[i]);
}

static void
add_bar(struct buf *b, const struct progress *p)
{
	unsigned full = share(p, CELLS), i;

	buf_add_text(b, " [");
	for (i = 0; i < CELLS; i++)
		buf_add_char(b, i < full ? '#' : '.');
	buf_add_char(b, ']');
}

static void
draw(struct progress *p, int64_t now)
{
	struct buf line = BUF_INIT;
	size_t width;

	if (p->terminal)
		buf_add_char(&line, '\r');
	buf_add_text(&line, p->what);
	if (p->terminal)
		add_bar(&line, p);
	buf_format(&line, " %u %%, ", share(p, 100));
	add_amount(&line, p, p->done);
	buf_add_text(&line, " of ");
	add_amount(&line, p, p->total);
	width = line.len;
	if (p->terminal)
		while (line.len < p->width) /* over what was longer */
			buf_add_char(&line, ' ');
	else
		buf_add_char(&line, '\n');
	fputs(buf_text(&line), stderr);
	fflush(stderr);
	p->width = width;
	p->drawn = now;
	p->shown = p->done;
	buf_free(&line);
}

void
progress_add(struct progress *p, uint64_t amount)
{
	int64_t now;

	if (p == NULL)
		return;
	p->done = amount > UINT64_MAX - p->done ? UINT64_MAX : p->done + amount;
	now = os_ticks();
	if (now - p->start <= SILENT)
		return;
	if (p->drawn == 0 || now - p->drawn >= (p->terminal ? REDRAW : REPEAT))
		draw(p, now);
}

void
progress_end(struct progress *p)
{
	int64_t now;

	if (p == NULL)
		return;
	now = os_ticks();
	if (p->drawn == 0 ? now - p->start > SILENT : p->shown != p->done)
		draw(p, now);
	if (p->terminal && p->drawn != 0) {
		fputs("\n", stderr);
		fflush(stderr);
	}
	free(p);
}
