/* Telling the person who sits here. */
#include "posix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ASK_MS	5000
#define ASK_MAX 65536

/* Control bytes would be obeyed by terminals (those of two bytes, from U+0080
 * to U+009F, too); only the end of a line stays. */
static char *
without_controls(const char *text)
{
	char *clean = strdup(text);
	unsigned char *p = (unsigned char *)clean;

	for (; p != NULL && *p != '\0'; p++) {
		if (*p == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)
			p[0] = p[1] = ' ';
		if ((*p < 0x20 && *p != '\n') || *p == 0x7f)
			*p = ' ';
	}
	return clean;
}

/* The desktop reads the text of a notice as markup. */
static char *
without_markup(const char *text)
{
	char *out = malloc(5 * strlen(text) + 1), *p = out;

	for (; out != NULL && *text != '\0'; text++)
		switch (*text) {
		case '&': p = stpcpy(p, "&amp;"); break;
		case '<': p = stpcpy(p, "&lt;"); break;
		case '>': p = stpcpy(p, "&gt;"); break;
		default: *p++ = *text; break;
		}
	if (out != NULL)
		*p = '\0';
	return out;
}

static bool
has_session_bus(void)
{
	const char *bus = os_env("DBUS_SESSION_BUS_ADDRESS");
	const char *runtime = os_env("XDG_RUNTIME_DIR");
	bool found;
	char *path;

	if (bus != NULL && bus[0] != '\0')
		return true;
	if (runtime == NULL || runtime[0] != '/' ||
	    asprintf(&path, "%s/bus", runtime) < 0)
		return false;
	found = access(path, F_OK) == 0;
	free(path);
	return found;
}

/* 0: shown. */
static int
tell(const char *const argv[], const char *input)
{
	struct posix_text text;
	int r = posix_ask(argv, input, ASK_MS, ASK_MAX, &text);

	free(text.data);
	return r > 0 ? ERR_UNSUP : r;
}

static int
tell_desktop(const char *title, const char *text)
{
	char *body = without_markup(text);
	const char *const argv[] = { "notify-send", "--", title, body, NULL };
	int r = body == NULL ? ERR_NOMEM : tell(argv, NULL);

	free(body);
	return r;
}

static int
tell_terminals(const char *title, const char *text)
{
	static const char *const argv[] = { "wall", NULL };
	char *both;
	int r;

	if (asprintf(&both, "%s\n\n%s\n", title, text) < 0)
		return ERR_NOMEM;
	r = tell(argv, both);
	free(both);
	return r;
}

int
os_notice(const char *title, const char *text)
{
	char *head = without_controls(title), *body = without_controls(text);
	int r = ERR_UNSUP;

	if (head == NULL || body == NULL)
		r = ERR_NOMEM;
	else if (has_session_bus())
		r = tell_desktop(head, body);
	if (r != 0 && r != ERR_NOMEM && r != ERR_STOP)
		r = tell_terminals(head, body);
	free(head);
	free(body);
	return r == 0 || r == ERR_NOMEM || r == ERR_STOP ? r : ERR_UNSUP;
}
