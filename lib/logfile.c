/*
 * Messages for people: printed, and appended to a log in the form that CMTrace
 * and OneTrace read (logfile.h shows a record). A record is one write to a
 * file opened for appending, so that programs may share a log without a lock.
 * Nothing here fails: a log that can not be written is no reason to stop.
 */
#include "logfile.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "date.h"
#include "path.h"
#include "text.h"

#define LIMIT	       250000 /* bytes; then it becomes .lo_ */
#define OLD_EXTENSION  ".lo_"
#define LOCK_EXTENSION ".lock"
#define RECORD_END     "]LOG]!>"

struct logfile {
	bool verbose;
	bool events;
	struct os_dir *dir; /* NULL: no file */
	struct os_file *file;
	char *name;
	char program[];
};

struct logfile *
logfile_new(const char *program, bool verbose, bool events)
{
	size_t len = strlen(program);
	struct logfile *log;

	log = calloc(1, sizeof *log + len + 1);
	if (log == NULL)
		return NULL;
	log->verbose = verbose;
	log->events = events;
	memcpy(log->program, program, len + 1);
	return log;
}

static void
close_file(struct logfile *log)
{
	os_file_close(log->file);
	os_dir_close(log->dir);
	free(log->name);
	log->file = NULL;
	log->dir = NULL;
	log->name = NULL;
}

static int
open_file(struct logfile *log)
{
	return os_open(log->dir, log->name, OS_APPEND, OS_PUBLIC, &log->file);
}

void
logfile_open(struct logfile *log, const char *path, const char *name)
{
	if (log == NULL)
		return;
	close_file(log);
	log->name = path_clean(name);
	if (log->name == NULL || os_dir_open(path, &log->dir) != 0 ||
	    open_file(log) != 0)
		close_file(log);
}

bool
logfile_is_open(const struct logfile *log)
{
	return log != NULL && log->file != NULL;
}

void
logfile_close(struct logfile *log)
{
	if (log == NULL)
		return;
	close_file(log);
	free(log);
}

/* setup.log becomes setup.lo_; a name without extension gets one. */
static int
old_name(const char *name, struct buf *old)
{
	const char *dot = strrchr(name, '.');

	buf_add(old, name, dot == NULL ? strlen(name) : (size_t)(dot - name));
	return buf_add_text(old, OLD_EXTENSION);
}

/* Renames the log, unless another program has done so since we opened it. */
static int
rename_full(struct logfile *log, const struct os_info *ours)
{
	struct buf old = BUF_INIT;
	struct os_info there;
	int rc;

	rc = os_info(log->dir, log->name, &there);
	if (rc == 0 && there.id == ours->id && there.volume == ours->volume) {
		rc = old_name(log->name, &old);
		if (rc == 0)
			rc = os_replace(
			    log->dir, log->name, log->dir, old.data);
	}
	buf_free(&old);
	return rc == ERR_NOENT ? 0 : rc; /* removed: begin a new one */
}

/* Whatever fails here, appending to the file that is open goes on. */
static void
rotate(struct logfile *log, const struct os_info *ours)
{
	struct buf lockname = BUF_INIT;
	struct os_file *full = log->file;
	struct os_lock *lock = NULL;

	if (buf_format(&lockname, "%s" LOCK_EXTENSION, log->name) != 0 ||
	    os_lock_take(log->dir, lockname.data, OS_PRIVATE, 0, &lock) != 0)
		goto out;
	if (rename_full(log, ours) == 0) {
		if (open_file(log) == 0)
			os_file_close(full);
		else
			log->file = full;
	}
out:
	os_lock_drop(lock);
	buf_free(&lockname);
}

static void
append(struct logfile *log, const struct buf *record)
{
	struct os_info info;

	if (log->file == NULL)
		return;
	if (os_file_info(log->file, &info) == 0 && info.size > 0 &&
	    info.size + record->len > LIMIT)
		rotate(log, &info);
	os_write(log->file, record->data, record->len);
}

/* Breaks up what would end the text of the record. */
static void
add_text(struct buf *record, const char *text)
{
	const char *end;

	while ((end = strstr(text, RECORD_END)) != NULL) {
		end += sizeof RECORD_END - 3; /* before "!>" */
		buf_add(record, text, (size_t)(end - text));
		buf_add_char(record, ' ');
		text = end;
	}
	buf_add_text(record, text);
}

/* `place` is "setup.c:88". */
static int
make_record(const struct logfile *log, enum logfile_type type,
    const char *place, const char *text, struct buf *record)
{
	int64_t now = os_clock();
	int zone = os_zone(now);
	struct date d;

	date_split(now, zone, &d);
	buf_add_text(record, "<![LOG[");
	add_text(record, text);
	/* The sign is that of the minutes which lead back to UTC. */
	buf_format(record, RECORD_END "<time=\"%02d:%02d:%02d.%03d%+04d\" ",
	    d.hour, d.minute, d.second, d.ms, -zone);
	buf_format(record, "date=\"%02d-%02d-%04d\" component=\"%s\" ", d.month,
	    d.day, d.year, log->program);
	/* There is no portable number of a thread; we have one anyway. */
	return buf_format(record,
	    "context=\"\" type=\"%d\" thread=\"1\" "
	    "file=\"%s\">\r\n",
	    (int)type, place);
}

/* Neither a log nor a terminal is to act on what a file name holds. A message
 * of several lines becomes one. */
static void
make_printable(struct buf *text)
{
	struct buf shown = BUF_INIT;
	size_t i;

	for (i = 0; i < text->len; i++)
		if (strchr("\t\r\n", text->data[i]) != NULL)
			text->data[i] = ' ';
	text_printable(buf_text(text), &shown);
	buf_free(text);
	*text = shown;
}

static void
print(const struct logfile *log, enum logfile_type type, const char *text)
{
	if (type != LOG_INFO) {
		fprintf(stderr, "%s%s%s\n", log == NULL ? "" : log->program,
		    log == NULL ? "" : ": ", text);
		fflush(stderr); /* Windows keeps it else */
	} else if (log != NULL && log->verbose) {
		printf("%s\n", text);
		fflush(stdout); /* in order with the errors */
	}
}

void
logfile_write(struct logfile *log, enum logfile_type type, const char *file,
    int line, const char *format, ...)
{
	struct buf text = BUF_INIT, place = BUF_INIT, record = BUF_INIT;
	va_list args;

	va_start(args, format);
	buf_vformat(&text, format, args);
	va_end(args);
	make_printable(&text);
	print(log, type, buf_text(&text));
	if (log == NULL)
		goto out;
	if (type != LOG_INFO && log->events)
		os_event(log->program,
		    type == LOG_ERROR ? OS_ERROR : OS_WARNING, buf_text(&text));
	if (buf_format(&place, "%s:%d", path_name(file), line) == 0 &&
	    make_record(log, type, place.data, buf_text(&text), &record) == 0)
		append(log, &record);
out:
	buf_free(&record);
	buf_free(&place);
	buf_free(&text);
}
