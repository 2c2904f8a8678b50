/* Names of os.h over the tree of tree.c: renaming, linking, removing. */
#include "inside.h"

#include <string.h>

#include "../../platform/err.h"

int
os_info(struct os_dir *dir, const char *rel, struct os_info *info)
{
	struct spot spot;
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if ((rc = fake_find(fake_dir_node(dir), rel, &spot)) != 0)
		return rc;
	if (spot.node == NULL)
		return ERR_NOENT;
	fake_describe(spot.node, info);
	info->flags &= fake.flags_shown;
	return 0;
}

struct move {
	struct spot from;
	struct spot to;
};

static int
find_both(struct os_dir *fromdir, const char *from, struct os_dir *todir,
    const char *to, struct move *move)
{
	int rc;

	if ((rc = fake_find(fake_dir_node(fromdir), from, &move->from)) != 0)
		return rc;
	if ((rc = fake_find(fake_dir_node(todir), to, &move->to)) != 0)
		return rc;
	if (move->from.folder == NULL || move->to.folder == NULL)
		return ERR_ARG;
	return move->from.node == NULL ? ERR_NOENT : 0;
}

/* May `from` leave its name for a place in move->to.folder? */
static int
may_leave(const struct move *move)
{
	const struct node *up = move->to.folder;

	if (move->from.node->use >= FAKE_HELD)
		return ERR_BUSY;
	if (up->links == 0 && up != fake.root)
		return ERR_NOENT;
	for (; up != NULL; up = up->up) {
		if (up == move->from.node)
			return ERR_ARG;
	}
	return 0;
}

/* May what stands at `to` be replaced by what stands at `from`? */
static int
may_replace(const struct move *move)
{
	const struct node *old = move->to.node;

	if (old == NULL || old == move->from.node)
		return 0;
	if (old->kind == OS_FOLDER)
		return ERR_ISDIR;
	if (move->from.node->kind == OS_FOLDER)
		return ERR_NOTDIR;
	return old->use != FAKE_FREE ? ERR_BUSY : 0;
}

static void
move_name(const struct move *move)
{
	if (move->from.folder == move->to.folder &&
	    strcmp(move->from.name, move->to.name) == 0)
		return;
	/* First away, then there: a change of letter case only is one entry. */
	fake_delist(move->from.folder, move->from.name);
	fake_enlist(move->to.folder, move->to.name, move->from.node);
}

int
os_replace(struct os_dir *fromdir, const char *from, struct os_dir *todir,
    const char *to)
{
	struct move move;
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if ((rc = find_both(fromdir, from, todir, to, &move)) != 0)
		return rc;
	if ((rc = may_leave(&move)) != 0)
		return rc;
	if ((rc = may_replace(&move)) != 0)
		return rc;
	move_name(&move);
	return 0;
}

int
os_replace_used(struct os_dir *fromdir, const char *from, struct os_dir *todir,
    const char *to)
{
	struct move move;
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if ((rc = find_both(fromdir, from, todir, to, &move)) != 0)
		return rc;
	if (!fake.sets_aside || move.to.node == NULL ||
	    move.to.node->use != FAKE_RUNNING)
		return ERR_BUSY;
	fake_enlist(move.from.folder, "old.0123456789abcdef.tmp", move.to.node);
	fake_delist(move.to.folder, move.to.name);
	fake_enlist(move.to.folder, move.to.name, move.from.node);
	fake_delist(move.from.folder, move.from.name);
	return 0;
}

int
os_rename_new(struct os_dir *fromdir, const char *from, struct os_dir *todir,
    const char *to)
{
	struct move move;
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if ((rc = find_both(fromdir, from, todir, to, &move)) != 0)
		return rc;
	if (move.to.node != NULL)
		return ERR_EXIST;
	if ((rc = may_leave(&move)) != 0)
		return rc;
	move_name(&move);
	return 0;
}

int
os_link(struct os_dir *fromdir, const char *from, struct os_dir *todir,
    const char *to)
{
	struct move move;
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if ((rc = find_both(fromdir, from, todir, to, &move)) != 0)
		return rc;
	if (move.from.node->kind == OS_FOLDER)
		return ERR_ISDIR;
	if ((rc = fake_may_make(&move.to)) != 0)
		return rc;
	if (move.from.node->use == FAKE_EXCLUSIVE)
		return ERR_BUSY;
	if (fake.no_links)
		return ERR_UNSUP;
	fake_enlist(move.to.folder, move.to.name, move.from.node);
	return 0;
}

int
os_remove(struct os_dir *dir, const char *rel)
{
	struct spot spot;
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if ((rc = fake_find(fake_dir_node(dir), rel, &spot)) != 0)
		return rc;
	if (spot.node == NULL)
		return ERR_NOENT;
	if (spot.node->kind == OS_FOLDER)
		return ERR_ISDIR;
	if (spot.node->use != FAKE_FREE)
		return ERR_BUSY;
	fake_delist(spot.folder, spot.name);
	return 0;
}

int
os_remove_dir(struct os_dir *dir, const char *rel)
{
	struct spot spot;
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if ((rc = fake_find(fake_dir_node(dir), rel, &spot)) != 0)
		return rc;
	if ((rc = fake_is_folder(spot.node)) != 0)
		return rc;
	if (spot.folder == NULL)
		return ERR_ARG;
	if (spot.node->names.count > 0)
		return ERR_NOTEMPTY;
	fake_delist(spot.folder, spot.name);
	return 0;
}
