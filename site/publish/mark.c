/*
 * ROOT/.publish/MARK holds 64 hex digits. It says nothing about the store: a
 * tree that somebody damaged is looked through by /f.
 */
#include "mark.h"

#include <string.h>

#include "../../platform/err.h"
#include "../../platform/os.h"
#include "buf.h"
#include "domain.h"
#include "file.h"
#include "sources.h"
#include "tree.h"

/* What a list says of the same source; a mark of a publish that said less is
 * none. */
#define LIST_FORM "with versions of programs"

/* What is compared between two runs of the same program on one machine; its
 * layout is nobody else's affair. */
struct stamp {
	uint64_t size, id, volume;
	int64_t mtime;
	uint64_t flags;
};

static void
add_file(struct digest *d, const struct sources_file *file)
{
	struct stamp stamp = {
		file->info.size,
		file->info.id,
		file->info.volume,
		file->info.mtime,
		file->info.flags,
	};

	digest_add(d, file->name, strlen(file->name) + 1);
	digest_add(d, &stamp, sizeof stamp);
}

/* With its length, so that no two texts can flow into each other. */
static void
add_text(struct digest *d, const struct buf *text)
{
	uint64_t len = text->len;

	digest_add(d, &len, sizeof len);
	digest_add(d, buf_text(text), text->len);
}

int
mark_source(const struct sources *sources, const struct buf *map,
    const struct buf *components, const struct domain *domain,
    char part[DIGEST_TEXT])
{
	struct digest *d = digest_new();
	size_t i;

	if (d == NULL)
		return ERR_NOMEM;
	digest_add(d, VERSION, sizeof VERSION);
	digest_add(d, LIST_FORM, sizeof LIST_FORM);
	digest_add(d, sources->given, strlen(sources->given) + 1);
	for (i = 0; i < sources->count; i++)
		add_file(d, &sources->files[i]);
	add_text(d, map);
	add_text(d, components);
	add_text(d, &domain->text);
	digest_finish(d, part);
	digest_free(d);
	return 0;
}

int
mark_make(const char *part, const struct buf *list, char mark[DIGEST_TEXT])
{
	struct digest *d = digest_new();

	if (d == NULL)
		return ERR_NOMEM;
	digest_add(d, part, DIGEST_TEXT);
	add_text(d, list);
	digest_finish(d, mark);
	digest_free(d);
	return 0;
}

bool
mark_is_set(struct os_dir *tree, const char *mark)
{
	struct buf text = BUF_INIT;
	bool same;

	same = file_read(tree, TREE_MARK, DIGEST_TEXT, &text) == 0 &&
	    strcmp(buf_text(&text), mark) == 0;
	buf_free(&text);
	return same;
}

int
mark_set(struct os_dir *tree, const char *mark)
{
	return file_write(tree, TREE_MARK, OS_PRIVATE, mark, strlen(mark));
}
