/*
 * Definitions of services, units and scripts alike: the mark that makes one
 * ours, the words of a command, and how such a file is replaced.
 */
#include "posix_service.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MARK	   "Registered by clisetup; changes are lost."
#define PROGRAM	   "# Program: "
#define MOST_BYTES 65536

char *
posix_print(const char *format, ...)
{
	char *text;
	va_list list;
	int n;

	va_start(list, format);
	n = vasprintf(&text, format, list);
	va_end(list);
	return n < 0 ? NULL : text;
}

void
posix_service_head(FILE *out, const struct os_service *service)
{
	fprintf(out, "# %s\n%s%s\n# %s\n", MARK, PROGRAM, service->program,
	    service->shown != NULL ? service->shown : service->name);
}

/* The line that begins with `begin`; NULL: none. */
static const char *
line_of(const char *text, const char *begin)
{
	size_t len = strlen(begin);

	while (text != NULL && strncmp(text, begin, len) != 0) {
		text = strchr(text, '\n');
		text = text != NULL ? text + 1 : NULL;
	}
	return text;
}

bool
posix_service_ours(const char *text)
{
	return line_of(text, "# " MARK "\n") != NULL;
}

char *
posix_service_program(const char *text)
{
	const char *line = line_of(text, PROGRAM);

	if (line == NULL)
		return NULL;
	line += strlen(PROGRAM);
	return strndup(line, strcspn(line, "\n"));
}

/* Cuts the next word of *text off, its quotes gone; NULL: no more. */
static char *
next_word(char **text)
{
	char *p = *text + strspn(*text, " \t"), *word = p, *to = p;
	bool quoted = false, more;

	if (*p == '\0')
		return NULL;
	for (; *p != '\0' && (quoted || (*p != ' ' && *p != '\t')); p++) {
		if (*p == '"')
			quoted = !quoted;
		else
			*to++ = *p;
	}
	more = *p != '\0';
	*to = '\0';
	*text = more ? p + 1 : p;
	return word;
}

int
posix_service_words(FILE *out, const struct os_service *service,
    void (*put)(FILE *out, const char *word, bool first))
{
	char *text, *rest, *word;

	put(out, service->program, true);
	if (service->arguments == NULL)
		return 0;
	if ((text = rest = strdup(service->arguments)) == NULL)
		return ERR_NOMEM;
	while ((word = next_word(&rest)) != NULL)
		put(out, word, false);
	free(text);
	return 0;
}

int
posix_service_read(struct os_dir *dir, const char *rel, char **text)
{
	struct os_file *file;
	size_t len = 0;
	int rc;

	*text = NULL;
	if ((rc = os_open(dir, rel, OS_READ, OS_PUBLIC, &file)) != 0)
		return rc;
	if ((*text = calloc(1, MOST_BYTES + 1)) == NULL)
		rc = ERR_NOMEM;
	else
		rc = os_read(file, *text, MOST_BYTES, &len);
	os_file_close(file);
	if (rc == 0)
		return 0;
	free(*text);
	*text = NULL;
	return rc;
}

int
posix_service_write(struct os_dir *dir, const char *rel, const char *tmp,
    const char *text, unsigned flags)
{
	const char *slash = strrchr(rel, '/');
	struct os_file *file = NULL;
	char *folder = NULL;
	int rc, closed;

	/* What a run that was ended has left. */
	if ((rc = os_remove(dir, tmp)) != 0 && rc != ERR_NOENT)
		return rc;
	if ((rc = os_open(dir, tmp, OS_CREATE, OS_PUBLIC, &file)) != 0)
		return rc;
	rc = os_write(file, text, strlen(text));
	if (rc == 0)
		rc = os_file_stamp(file, os_clock(), flags);
	if (rc == 0)
		rc = os_file_flush(file);
	closed = os_file_close(file);
	if (rc == 0)
		rc = closed;
	if (rc == 0)
		rc = os_replace(dir, tmp, dir, rel);
	if (rc != 0) {
		os_remove(dir, tmp);
		return rc;
	}
	folder = slash != NULL ? strndup(rel, (size_t)(slash - rel))
			       : strdup(".");
	rc = folder != NULL ? os_dir_flush(dir, folder) : ERR_NOMEM;
	free(folder);
	return rc;
}
