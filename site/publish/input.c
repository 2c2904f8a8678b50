/*
 * The source, in two parts: first what is needed to see that nothing has
 * changed since the last run, then, if something has, all the rest.
 */
#include "input.h"

#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "../../platform/os.h"
#include "cache.h"
#include "components.h"
#include "draft.h"
#include "file.h"
#include "hashes.h"
#include "identity.h"
#include "inifile.h"
#include "mark.h"
#include "path.h"
#include "sysmap.h"
#include "tree.h"

int
input_open(struct input *input, const char *path, struct buf *why)
{
	memset(input, 0, sizeof *input);
	return sources_open(&input->sources, path, why);
}

void
input_forget(struct input *input)
{
	components_free(input->components);
	cache_free(input->known);
	domain_free(&input->domain);
	buf_free(&input->text);
	buf_free(&input->map);
	buf_free(&input->notes);
	buf_free(&input->warnings);
	input->components = NULL;
	input->known = NULL;
}

void
input_close(struct input *input)
{
	input_forget(input);
	sources_close(&input->sources);
}

/* The logon root; while it is not there, the folder that it will lie in. */
static int
look_at_root(const struct tree *tree, struct os_info *root)
{
	struct os_dir *parent = NULL;
	char *folder;
	int rc;

	if (tree->dir != NULL)
		return os_info(tree->dir, ".", root);
	folder = path_folder(tree->path);
	if (folder == NULL)
		return ERR_NOMEM;
	rc = os_dir_open(folder, &parent);
	if (rc == 0)
		rc = os_info(parent, ".", root);
	os_dir_close(parent);
	free(folder);
	return rc;
}

static int
walk(struct input *input, const struct tree *tree, struct buf *why)
{
	struct os_info root;
	int rc;

	rc = look_at_root(tree, &root);
	if (rc != 0)
		return tree_why(tree, ".", rc, why);
	return sources_walk(&input->sources, &root, why);
}

static int
read_map(struct input *input, struct buf *why)
{
	struct sources *s = &input->sources;
	int rc = file_read(s->dir, s->map, SYSMAP_MAX, &input->map);

	if (rc == ERR_RANGE)
		return buf_why(why, ERR_FORMAT, "%s: over %zu bytes long",
		    s->given, SYSMAP_MAX);
	return rc == 0 ? 0 : sources_why(s, s->map, rc, why);
}

/* The logon root may lie in the folder of a map: nothing is published that
 * the map does not name. */
static int
follow_map(struct input *input, struct buf *why)
{
	struct sources *s = &input->sources;
	struct sysmap *map = NULL;
	int rc;

	rc = read_map(input, why);
	if (rc == 0)
		rc = sources_look(s, why);
	if (rc == 0)
		rc = sysmap_parse(s->given, &input->map, &map, why);
	if (rc == 0)
		rc = sysmap_find(map, s->given, s, &input->warnings, why);
	if (rc == 0)
		rc = buf_add_text(&input->notes, buf_text(&map->notes));
	sysmap_free(map);
	return rc;
}

static int
read_components(struct input *input, struct buf *why)
{
	const struct sources *s = &input->sources;
	int rc;

	buf_clear(&input->text);
	if (s->components == NULL)
		return 0;
	rc = file_read(s->dir, s->components, INIFILE_MAX, &input->text);
	return rc == 0 ? 0 : sources_why(s, s->components, rc, why);
}

int
input_read(struct input *input, const struct tree *tree, struct buf *why)
{
	int rc;

	input->began = os_clock();
	rc = input->sources.map != NULL ? follow_map(input, why)
					: walk(input, tree, why);
	if (rc == 0)
		rc = read_components(input, why);
	if (rc == 0)
		rc = domain_read(&input->sources, tree->dir, tree->path,
		    &input->domain, why);
	/* Checking the names puts them into another order. */
	if (rc == 0)
		rc = mark_source(&input->sources, &input->map, &input->text,
		    &input->domain, input->mark);
	return rc;
}

static int
parse_components(struct input *input, struct buf *why)
{
	const struct sources *s = &input->sources;
	struct buf shown = BUF_INIT;
	size_t i;
	int rc;

	rc = sources_shown(s,
	    s->components == NULL ? SOURCES_COMPONENTS : s->components, &shown);
	if (rc == 0)
		rc = components_parse(shown.data, buf_text(&input->text),
		    input->text.len, &input->components, why);
	for (i = 0; i < s->count && rc == 0; i++)
		if (s->files[i].component != NULL)
			rc = components_add(
			    input->components, s->files[i].component, why);
	if (rc == 0)
		rc = components_check(input->components, why);
	buf_free(&shown);
	return rc;
}

/* Where it is not locked, it is not written to. */
static int
hash(struct input *input, const struct tree *tree, bool all, struct buf *why)
{
	const struct hashes_want want = {
		.known = input->known,
		.all = all,
		.tree = tree->lock == NULL ? NULL : tree->dir,
		.warnings = &input->warnings,
	};

	return hashes_fill(&input->sources, &want, why);
}

int
input_list(struct input *input, const struct tree *tree, bool all,
    struct copylist **list, struct buf *why)
{
	int rc;

	*list = NULL;
	rc = parse_components(input, why);
	if (rc == 0)
		rc = sources_check(&input->sources, why);
	if (rc == 0)
		rc = cache_load(
		    tree->dir, TREE_CACHE, input->sources.given, &input->known);
	if (rc == 0)
		rc = hash(input, tree, all, why);
	if (rc == 0)
		rc = draft_make(&input->sources, input->components,
		    &input->domain, list, why);
	return rc;
}

int
input_warnings(const struct input *input, struct buf *lines)
{
	buf_add_text(lines, buf_text(&input->warnings));
	if (input->components != NULL)
		components_unused(input->components, lines);
	if (input->sources.count == 0)
		buf_format(lines, "%s: there is no file in it\n",
		    input->sources.given);
	if (input->domain.no_site)
		buf_format(lines,
		    "%s: no site code in " DOMAIN_NAME
		    ": the site is called " IDENTITY_NO_SITE "\n",
		    input->sources.path);
	return buf_add_text(lines, "");
}
