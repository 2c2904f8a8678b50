/* [Release] of components.ini: when a list may be installed, and by whom. */
#include <string.h>

#include "../../platform/err.h"
#include "buf.h"
#include "components_inside.h"
#include "copylist.h"
#include "date.h"
#include "inifile.h"
#include "text.h"
#include "window.h"

/* "shown:line: Key=value: reason" */
static int
refuse(const char *shown, const struct inifile_entry *e, const char *reason,
    struct buf *why)
{
	return buf_why(why, ERR_FORMAT, "%s:%u: %s=%s: %s", shown, e->line,
	    e->key, e->value, reason);
}

static int
read_not_before(struct copylist *list, const char *shown,
    const struct inifile_entry *e, struct buf *why)
{
	if (list->not_before != -1 ||
	    date_read_iso(e->value, &list->not_before) == 0)
		return 0;
	return refuse(shown, e, "no date like 2026-11-20T18:00:00Z", why);
}

static int
read_window(struct copylist *list, const char *shown,
    const struct inifile_entry *e, struct buf *why)
{
	if (list->window.to != 0 || window_read(e->value, &list->window) == 0)
		return 0;
	return refuse(shown, e, "no time of day like 22:00-06:00", why);
}

static int
read_requires(struct copylist *list, const char *shown,
    const struct inifile_entry *e, struct buf *why)
{
	size_t len;

	if (list->requires != NULL)
		return 0;
	if (copylist_unknown_feature(e->value, &len) != NULL)
		return refuse(
		    shown, e, "a feature that clients do not know", why);
	list->requires = text_copy(e->value);
	return list->requires == NULL ? ERR_NOMEM : 0;
}

int
components_read_release(struct copylist *list, const char *shown,
    const struct inifile_entry *e, struct buf *why)
{
	static const struct {
		const char *key;
		int (*read)(struct copylist *list, const char *shown,
		    const struct inifile_entry *e, struct buf *why);
	} keys[] = {
		{ "NotBefore", read_not_before },
		{ "Window", read_window },
		{ "Requires", read_requires },
	};
	size_t i;

	for (i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (text_same(keys[i].key, e->key))
			/* An empty value is as good as none. */
			return e->value[0] == '\0'
			    ? 0
			    : keys[i].read(list, shown, e, why);
	return buf_why(why, ERR_FORMAT, "%s:%u: %s: unknown key in [Release]",
	    shown, e->line, e->key);
}
