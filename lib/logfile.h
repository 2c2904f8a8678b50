/*
 * The log that CMTrace and OneTrace read:
 *
 *  <![LOG[text]LOG]!><time="18:33:21.123+000" date="11-20-2026"
 *  component="cli_nt" context="" type="1" thread="1234" file="setup.c:88">
 *
 * (one line in the file, CRLF). time is local, +000 the minutes to UTC. One
 * append a record; text cannot forge a record: control bytes become blanks,
 * "]LOG]!>" is broken up. At 250,000 bytes the file becomes .lo_ under a lock;
 * where that is refused, appending goes on.
 */
#ifndef LOGFILE_H
#define LOGFILE_H

#include <stdbool.h>

#include "../platform/os.h"

struct logfile;

enum logfile_type {
	LOG_INFO = 1,
	LOG_WARNING = 2,
	LOG_ERROR = 3
};

/*
 * A log of `program` that prints too: warnings and errors to stderr as
 * "program: text", infos to stdout with `verbose`. Warnings and errors also go
 * to the system's log, unless `events` is false. Nothing is opened yet; never
 * fails (out of memory: messages are printed only). logfile_close frees.
 */
struct logfile *logfile_new(const char *program, bool verbose, bool events);
/* From now on records go to the file `name` of the folder `path`, which is made
 * by whoever owns it; a folder that is not there or refuses means no file. */
void logfile_open(struct logfile *log, const char *path, const char *name);
/* Does it write to a file? */
bool logfile_is_open(const struct logfile *log);
void logfile_close(struct logfile *log); /* NULL is permitted */

void logfile_write(struct logfile *log, enum logfile_type type,
    const char *file, int line, const char *format, ...)
    __attribute__((format(__printf__, 5, 6)));

#define log_info(log, ...) \
	logfile_write((log), LOG_INFO, __FILE__, __LINE__, __VA_ARGS__)
#define log_warning(log, ...) \
	logfile_write((log), LOG_WARNING, __FILE__, __LINE__, __VA_ARGS__)
#define log_error(log, ...) \
	logfile_write((log), LOG_ERROR, __FILE__, __LINE__, __VA_ARGS__)

#endif
