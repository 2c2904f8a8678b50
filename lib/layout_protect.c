/*
 * Which destinations of a list would stand where the client keeps its own
 * things. The names that are reserved in every list are copylist's; here it is
 * about the places of this one client, which SMS.INI or a switch may have put
 * anywhere, also into its client root.
 */
#include "layout.h"

#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "copylist.h"
#include "path.h"
#include "pattern.h"
#include "smsini_text.h"

#define PLACES_MAX 16
#define DEPTH_MAX  200 /* folders that a path is followed up */

/* A place of the client's own that lies in the client root. */
struct place {
	char *shown;
	char *folded; /* relative to the client root; "": it is the root, or
			 * a folder above it */
};

struct places {
	const char *client;
	struct place list[PLACES_MAX];
	size_t count;
};

static bool
look(const char *path, struct os_info *info)
{
	struct os_dir *dir = NULL;
	bool there = os_dir_open(path, &dir) == 0 &&
	    os_info(dir, ".", info) == 0;

	os_dir_close(dir);
	return there;
}

/* A folder by its text, and by what it is: two ways may lead to it, where links
 * stand in the path. */
struct folder {
	const char *path;
	struct os_info info;
	bool there;
};

static bool
is_that_folder(const char *path, const struct folder *folder)
{
	struct os_info info;

	return strcmp(path, folder->path) == 0 ||
	    (folder->there && look(path, &info) && info.id == folder->info.id &&
		info.volume == folder->info.volume);
}

/* *rest: what of `path` is below the folder `of`, "" where it is that folder,
 * NULL when it lies elsewhere. A pointer into `path`, in clean form. */
static int
below(const char *path, const char *of, const char **rest)
{
	struct folder folder = { .path = of };
	char *at = path_clean(path), *above;
	int depth, rc = at == NULL ? ERR_NOMEM : 0;

	*rest = NULL;
	folder.there = look(of, &folder.info);
	for (depth = 0; rc == 0 && depth < DEPTH_MAX; depth++) {
		if (is_that_folder(at, &folder)) {
			*rest = strcmp(at, ".") == 0 ? path : path + strlen(at);
			*rest += strspn(*rest, "/");
			break;
		}
		above = path_folder(at);
		if (above != NULL && strcmp(above, at) == 0) {
			free(above);
			break;
		}
		free(at);
		at = above;
		rc = at == NULL ? ERR_NOMEM : 0;
	}
	free(at);
	return rc;
}

/* Takes over `path` (NULL: out of memory). */
static int
add(struct places *places, char *path)
{
	struct place *place = &places->list[places->count];
	struct buf folded = BUF_INIT;
	const char *rest = NULL, *within = NULL;
	int rc = path == NULL ? ERR_NOMEM : 0;

	if (rc == 0)
		rc = below(path, places->client, &rest);
	if (rc == 0 && rest == NULL)
		rc = below(places->client, path, &within);
	if (rc == 0 && (rest != NULL || within != NULL))
		rc = pattern_fold(rest != NULL ? rest : "", &folded);
	if (rc == 0 && (rest != NULL || within != NULL) &&
	    (place->folded = buf_take(&folded)) == NULL)
		rc = ERR_NOMEM;
	if (place->folded == NULL) {
		buf_free(&folded);
		free(path);
		/* What is not UTF-8 is not the name of a destination. */
		return rc == ERR_FORMAT ? 0 : rc;
	}
	place->shown = path;
	places->count++;
	return 0;
}

static int
add_below(struct places *places, const char *folder, const char *name)
{
	return add(places, path_join(folder, name));
}

static int
add_all(struct places *p, const struct layout *layout)
{
	static const char *const beside[] = {
		SMSINI_BACKUP,
		SMSINI_BROKEN,
		SMSINI_LOCK,
	};
	const char *const paths[] = {
		layout->ini,
		layout->state,
		layout->requests,
		layout->logs,
		layout->invdata,
		layout->temp,
	};
	char *config = NULL;
	size_t i;
	int rc = 0;

	for (i = 0; i < sizeof paths / sizeof paths[0] && rc == 0; i++)
		rc = add(p, path_clean(paths[i]));
	for (i = 0; i < sizeof beside / sizeof beside[0] && rc == 0; i++)
		rc = add(p, smsini_beside(layout->ini, beside[i]));
	if (rc == 0)
		rc = add_below(p, layout->state_root, "keys");
	if (rc == 0)
		rc = add_below(p, layout->state_root, "policy.ini");
	if (rc == 0 && os_place(OS_CONFIG_ROOT, &config) == 0)
		rc = add(p, config);
	return rc;
}

/* Is `a` the name `b`, or a folder above it? */
static bool
covers(const char *a, const char *b)
{
	size_t len = strlen(a);

	return len == 0 ||
	    (strncmp(a, b, len) == 0 && (b[len] == '\0' || b[len] == '/'));
}

static const struct place *
find(const struct places *places, const char *folded)
{
	size_t i;

	for (i = 0; i < places->count; i++)
		if (covers(places->list[i].folded, folded) ||
		    covers(folded, places->list[i].folded))
			return &places->list[i];
	return NULL;
}

static int
check_component(const struct places *places, const struct copylist_component *c,
    const char *shown, struct buf *why)
{
	const struct place *place;
	size_t i;

	for (i = 0; i < c->count; i++) {
		place = find(places, c->files[i].folded);
		if (place != NULL)
			return buf_why(why, ERR_FORMAT,
			    "%s:%u: %s: the "
			    "client keeps its own there: %s",
			    shown, c->files[i].line, c->files[i].name,
			    place->shown);
	}
	return 0;
}

int
layout_check_list(const struct layout *layout, const char *policy,
    const struct copylist *list, const char *shown, struct buf *why)
{
	struct places places = { .client = layout->client };
	size_t i;
	int rc = add_all(&places, layout);

	if (rc == 0 && policy != NULL)
		rc = add(&places, path_clean(policy));
	if (rc != 0)
		buf_why(why, rc, "%s: %s", layout->client, err_text(rc));
	for (i = 0; i < list->count && rc == 0; i++)
		rc = check_component(&places, &list->components[i], shown, why);
	for (i = 0; i < places.count; i++) {
		free(places.list[i].shown);
		free(places.list[i].folded);
	}
	return rc;
}
