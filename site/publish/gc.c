/*
 * Removes what no list needs any more: first old lists of the history with
 * their signatures, then the contents that no list names which is left. In
 * this order, so that every list which stands there has all of its contents in
 * the store, wherever the run is cut off.
 *
 * A list may go when another one has followed it for GC_AGE, it is none of the
 * last LAST, its content is not what is published, and its numbers are not the
 * highest: those no later list may have. A content may go when no list names
 * it and it has been in the store for GC_AGE.
 */
#include "gc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "buf.h"
#include "copylist.h"
#include "digest.h"
#include "file.h"
#include "history.h"
#include "logfile.h"
#include "publish.h"
#include "run.h"
#include "store.h"
#include "tree.h"

#define LAST 5 /* lists that stay in any case */

/* When the list was put there: by what it says, or, where that is later, by
 * the time of its file. A clock that was set back then gives it no age. */
static int
find_time(
    struct gc *gc, uint64_t version, const struct copylist *list, int64_t *when)
{
	struct buf rel = BUF_INIT;
	struct os_info info;
	int rc = history_list_name(version, &rel);

	if (rc == 0)
		rc = os_info(gc->run->tree.dir, rel.data, &info);
	if (rc == 0)
		*when = list->published > info.mtime ? list->published
						     : info.mtime;
	else
		tree_why(&gc->run->tree, buf_text(&rel), rc, &gc->run->why);
	buf_free(&rel);
	return rc;
}

/* `followed` is when the next list came, INT64_MAX: there is none. */
static bool
may_go(const struct gc *gc, size_t i, const struct copylist *list,
    int64_t followed)
{
	const struct tree *tree = &gc->run->tree;

	return gc->history.lists.count - i > LAST &&
	    followed < gc->now - GC_AGE && list->version != tree->version &&
	    list->sequence < tree->sequence;
}

/* Any list that cannot be read may need anything: nothing is removed then. */
static int
judge_lists(struct gc *gc)
{
	const struct history_names *names = &gc->history.lists;
	struct copylist *list = NULL;
	struct buf text = BUF_INIT;
	int64_t followed = INT64_MAX;
	size_t i;
	int rc = 0;

	for (i = names->count; i-- > 0 && rc == 0;) {
		rc = run_stop();
		if (rc == 0)
			rc = history_load(&gc->run->tree,
			    names->entries[i].version, &text, &list,
			    &gc->run->why);
		if (rc != 0)
			break;
		gc->goes[i] = may_go(gc, i, list, followed);
		if (!gc->goes[i])
			rc = gc_need(gc, list);
		if (rc == 0)
			rc = find_time(
			    gc, names->entries[i].version, list, &followed);
		copylist_free(list);
		list = NULL;
	}
	copylist_free(list);
	buf_free(&text);
	return rc;
}

static int
judge_published(struct gc *gc)
{
	struct tree *tree = &gc->run->tree;
	int rc = tree_parse(tree, &gc->run->why);

	if (rc == 0 && tree->list == NULL)
		return buf_why(&gc->run->why, ERR_FORMAT,
		    "%s: nothing is published here", tree->path);
	return rc == 0 ? gc_need(gc, tree->list) : rc;
}

/* Removing */

void
gc_say(struct run *run, const char *rel)
{
	struct buf text = BUF_INIT;

	buf_format(&text, "%s %s",
	    run->options->dry ? "would remove" : "removed", rel);
	if (run->options->dry)
		run_say(run, buf_text(&text));
	else
		log_info(run->log, "%s", buf_text(&text));
	buf_free(&text);
}

int
gc_remove(struct run *run, const char *rel, int *kept)
{
	int rc = run->options->dry ? 0 : os_remove(run->tree.dir, rel);

	*kept = 0;
	if (rc == ERR_NOENT)
		return 0;
	if (rc == ERR_BUSY || rc == ERR_ACCES) {
		*kept = 1;
		log_warning(run->log, "%s/%s: stays: %s", run->tree.path, rel,
		    err_text(rc));
		return 0;
	}
	if (rc != 0)
		return tree_why(&run->tree, rel, rc, &run->why);
	gc_say(run, rel);
	return 0;
}

/* A list that stays, whatever the reason, needs its contents. */
static int
remove_list(struct gc *gc, uint64_t version)
{
	struct buf rel = BUF_INIT;
	int rc = history_list_name(version, &rel), kept = 0;

	if (rc == 0)
		rc = gc_remove(gc->run, rel.data, &kept);
	if (rc == 0 && kept != 0)
		rc = buf_why(&gc->run->why, ERR_BUSY,
		    "%s/%s: in use; nothing of the store was removed",
		    gc->run->tree.path, rel.data);
	if (rc == 0)
		gc->count.lists++;
	buf_free(&rel);
	return rc;
}

static int
remove_lists(struct gc *gc)
{
	const struct history_names *names = &gc->history.lists;
	size_t i;
	int rc = 0;

	for (i = 0; i < names->count && rc == 0; i++) {
		if (!gc->goes[i])
			continue;
		rc = run_stop();
		if (rc == 0)
			rc = remove_list(gc, names->entries[i].version);
	}
	if (rc != 0 || gc->count.lists == 0 || gc->run->options->dry)
		return rc;
	rc = os_dir_flush(gc->run->tree.dir, TREE_LISTS);
	return rc == 0
	    ? 0
	    : tree_why(&gc->run->tree, TREE_LISTS, rc, &gc->run->why);
}

/* Of a list that is gone, in this run or before; the highest number stays. */
static bool
signature_goes(const struct gc *gc, uint64_t version)
{
	const struct history_names *lists = &gc->history.lists;
	const struct history_entry *list = history_find(lists, version);

	if (list != NULL)
		return gc->goes[list - lists->entries];
	return version < gc->run->tree.version;
}

static int
remove_signatures(struct gc *gc)
{
	const struct history_names *names = &gc->history.signatures;
	struct buf rel = BUF_INIT;
	size_t i;
	int rc = 0, kept;

	for (i = 0; i < names->count && rc == 0; i++) {
		if (!signature_goes(gc, names->entries[i].version))
			continue;
		rc = history_signature_name(names->entries[i].version, &rel);
		if (rc == 0)
			rc = gc_remove(gc->run, rel.data, &kept);
		if (rc == 0 && kept == 0)
			gc->count.signatures++;
	}
	buf_free(&rel);
	return rc;
}

/* The run */

/*
 * The earlier of this machine's clock and that of the server, which dates the
 * files of the tree: a clock that is ahead makes nothing old enough.
 */
static int
find_now(struct gc *gc)
{
	struct tree *tree = &gc->run->tree;
	struct buf name = BUF_INIT;
	struct os_file *file = NULL;
	struct os_info info;
	int rc;

	gc->now = os_clock();
	if (gc->run->options->dry)
		return 0;
	rc = file_temporary(TREE_WORK "/CLOCK", &name);
	if (rc == 0)
		rc = os_open(
		    tree->dir, name.data, OS_CREATE, OS_PRIVATE, &file);
	if (rc != 0)
		goto out;
	rc = os_write(file, "", 1);
	if (rc == 0)
		rc = os_file_info(file, &info);
	os_file_close(file);
	os_remove(tree->dir, name.data);
out:
	/* A disk that is full is when it is needed: what was published last
	 * came before now, too. */
	if (rc == ERR_NOSPC)
		rc = os_info(tree->dir, COPYLIST_NAME, &info);
	if (rc == 0 && info.mtime < gc->now)
		gc->now = info.mtime;
	if (rc != 0)
		tree_why(tree, TREE_WORK, rc, &gc->run->why);
	buf_free(&name);
	return rc;
}

static int
judge(struct gc *gc)
{
	int rc = find_now(gc);

	if (rc == 0)
		rc = history_read(&gc->run->tree, &gc->history, &gc->run->why);
	if (rc != 0)
		return rc;
	gc->goes = calloc(gc->history.lists.count + 1, sizeof *gc->goes);
	if (gc->goes == NULL)
		return ERR_NOMEM;
	rc = judge_lists(gc);
	/* A folder, a link, a pipe under the name of a list. */
	if (rc == ERR_ISDIR || rc == ERR_LINK || rc == ERR_NOTFILE)
		rc = ERR_FORMAT;
	if (rc == ERR_FORMAT)
		buf_why(&gc->run->why, rc, "%s; nothing was removed",
		    buf_text(&gc->run->why));
	return rc == 0 ? gc_judge_store(gc) : rc;
}

static void
say_count(struct gc *gc)
{
	const struct gc_count *count = &gc->count;
	struct buf text = BUF_INIT;

	buf_format(&text,
	    "%s %zu content%s of %" PRIu64 " bytes, %zu list%s, %zu "
	    "signature%s, %zu program version%s",
	    gc->run->options->dry ? "would remove" : "removed", count->contents,
	    count->contents == 1 ? "" : "s", count->bytes, count->lists,
	    count->lists == 1 ? "" : "s", count->signatures,
	    count->signatures == 1 ? "" : "s", count->programs,
	    count->programs == 1 ? "" : "s");
	run_say(gc->run, buf_text(&text));
	buf_free(&text);
}

static int
remove_all(struct gc *gc)
{
	int rc;

	gc->count.bytes = 0;
	rc = remove_lists(gc);
	if (rc == 0)
		rc = remove_signatures(gc);
	if (rc == 0)
		rc = gc_remove_contents(gc);
	if (rc == 0)
		rc = gc_programs(gc->run, gc->now, &gc->count.programs);
	/* What was removed is told also when it was not all. */
	say_count(gc);
	return rc;
}

int
run_collect(struct run *run)
{
	struct gc gc = { .run = run };
	int rc;

	if (run->tree.dir == NULL)
		return tree_why(&run->tree, ".", ERR_NOENT, &run->why);
	/* Where nothing is published, nothing is made either. */
	rc = judge_published(&gc);
	if (rc == 0 && !run->options->dry)
		rc = tree_make(&run->tree, &run->why);
	if (rc == 0)
		rc = judge(&gc);
	if (rc == 0)
		rc = remove_all(&gc);
	history_free(&gc.history);
	free(gc.goes);
	gc_free_contents(&gc);
	return rc;
}
