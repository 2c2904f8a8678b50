/* Folders, files and locks of os.h over the tree of tree.c. */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"

struct os_dir {
	struct node *node;
};

struct os_file {
	struct node *node;
	size_t at;
	enum os_mode mode;
};

struct os_lock {
	struct node *node;
};

/* Folders */

struct node *
fake_dir_node(const struct os_dir *dir)
{
	return dir->node;
}

static int
dir_handle(struct node *node, struct os_dir **dir)
{
	int rc = fake_is_folder(node);

	if (rc != 0)
		return rc;
	*dir = calloc(1, sizeof **dir);
	if (*dir == NULL)
		return ERR_NOMEM;
	(*dir)->node = node;
	fake.handles++;
	return 0;
}

int
os_dir_open(const char *path, struct os_dir **dir)
{
	struct spot spot;
	int rc;

	*dir = NULL;
	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if ((rc = fake_find_path(path, &spot)) != 0)
		return rc;
	return dir_handle(spot.node, dir);
}

int
os_dir_open_in(struct os_dir *base, const char *rel, struct os_dir **dir)
{
	struct spot spot;
	int rc;

	*dir = NULL;
	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if ((rc = fake_find(base->node, rel, &spot)) != 0)
		return rc;
	return dir_handle(spot.node, dir);
}

void
os_dir_close(struct os_dir *dir)
{
	if (dir == NULL)
		return;
	fake.handles--;
	free(dir);
}

/* Folders of the fake cost nothing to walk to. */
void
os_dir_hold(struct os_dir *dir, bool hold)
{
	(void)dir;
	(void)hold;
}

int
os_dir_make(struct os_dir *dir, const char *rel, enum os_rights rights)
{
	struct spot spot;
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if ((rc = fake_find(dir->node, rel, &spot)) != 0)
		return rc;
	if ((rc = fake_may_make(&spot)) != 0)
		return rc;
	fake_enlist(spot.folder, spot.name, fake_node(OS_FOLDER, rights));
	return 0;
}

/* Makes the folder of that clean path, when it is missing. */
static int
make_one(const char *path, enum os_rights rights)
{
	struct spot spot;
	int rc = fake_find_path(path, &spot);

	if (rc != 0)
		return rc;
	if (spot.node != NULL)
		return fake_is_folder(spot.node);
	fake_enlist(spot.folder, spot.name, fake_node(OS_FOLDER, rights));
	return 0;
}

/* The separator before the first folder that may be made: of a share, server
 * and share name are not. NULL when there is none. */
static char *
first_to_make(const char *path, char *clean)
{
	char *at = strchr(clean, '/');

	if (!fake_is_share(path))
		return at;
	at = clean + strlen(fake_net());
	for (int i = 0; i < 2 && at != NULL; i++)
		at = strchr(at + 1, '/');
	return at;
}

int
os_dir_make_path(const char *path, enum os_rights rights)
{
	char *clean, *cut;
	struct spot spot;
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	clean = fake_clean(path);
	for (cut = first_to_make(path, clean); cut != NULL && rc == 0;) {
		cut = strchr(cut + 1, '/');
		if (cut != NULL)
			*cut = '\0';
		rc = make_one(clean, cut != NULL ? OS_PUBLIC : rights);
		if (cut != NULL)
			*cut = '/';
	}
	free(clean);
	if (rc == 0)
		rc = fake_find_path(path, &spot);
	return rc != 0 ? rc : fake_is_folder(spot.node);
}

/* Folders of the fake have one of our rights, so no box is too open. */
int
os_dir_mend_box(const char *path, enum os_rights rights)
{
	struct spot spot;
	int rc = fake_enter(__func__);

	(void)rights;
	if (rc == 0)
		rc = fake_find_path(path, &spot);
	if (rc != 0)
		return rc;
	return spot.node == NULL ? ERR_NOENT : fake_is_folder(spot.node);
}

int
os_dir_list(struct os_dir *dir, const char *rel, os_each_fn *each, void *arg)
{
	struct names all = { NULL, 0, 0 };
	struct entry *entry;
	struct spot spot;
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if ((rc = fake_find(dir->node, rel, &spot)) != 0)
		return rc;
	if ((rc = fake_is_folder(spot.node)) != 0)
		return rc;
	for (size_t i = 0; i < spot.node->names.count; i++)
		fake_names_set(&all, spot.node->names.list[i].name, NULL);
	/* Youngest first, so that nobody relies on an order. */
	for (size_t i = all.count; i-- > 0;) {
		entry = fake_entry(&spot.node->names, all.list[i].name);
		if (rc == 0 && entry != NULL)
			rc = each(arg, all.list[i].name, entry->node->kind);
		free(all.list[i].name);
	}
	free(all.list);
	return rc;
}

int
os_dir_flush(struct os_dir *dir, const char *rel)
{
	struct spot spot;
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if ((rc = fake_find(dir->node, rel, &spot)) != 0)
		return rc;
	if ((rc = fake_is_folder(spot.node)) != 0)
		return rc;
	fake_keep_names(spot.node);
	return 0;
}

int
os_dir_flush_all(struct os_dir *dir)
{
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	for (struct node *n = fake.nodes; n != NULL; n = n->next) {
		if (n->kind != OS_FOLDER ||
		    fake_volume_of(n) != fake_volume_of(dir->node))
			continue;
		for (size_t i = 0; i < n->names.count; i++)
			fake_keep_content(n->names.list[i].node);
		fake_keep_content(n);
		fake_keep_names(n);
	}
	return 0;
}

int
os_dir_space(struct os_dir *dir, uint64_t *free_bytes)
{
	int rc;

	(void)dir;
	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	*free_bytes = fake_free();
	return 0;
}

/* Files */

static bool
reads(enum os_mode mode)
{
	return mode == OS_READ || mode == OS_HOLD;
}

/* 0 when the file that is there may be opened so. */
static int
may_open(const struct spot *spot, enum os_mode mode)
{
	enum fake_use limit = reads(mode) ? FAKE_EXCLUSIVE : FAKE_RUNNING;
	int rc;

	if (!reads(mode) && spot->node == NULL)
		return fake_may_make(spot);
	if (mode == OS_CREATE)
		return ERR_EXIST;
	if ((rc = fake_is_file(spot->node)) != 0)
		return rc;
	if (mode == OS_HOLD && spot->node->written)
		return ERR_BUSY;
	return spot->node->use >= limit ? ERR_BUSY : 0;
}

int
os_open(struct os_dir *dir, const char *rel, enum os_mode mode,
    enum os_rights rights, struct os_file **file)
{
	struct spot spot;
	int rc;

	*file = NULL;
	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if ((rc = fake_find(dir->node, rel, &spot)) != 0)
		return rc;
	if ((rc = may_open(&spot, mode)) != 0)
		return rc;
	*file = calloc(1, sizeof **file);
	if (*file == NULL)
		return ERR_NOMEM;
	if (spot.node == NULL) {
		spot.node = fake_node(OS_REGULAR, rights);
		fake_enlist(spot.folder, spot.name, spot.node);
	}
	(*file)->node = spot.node;
	(*file)->mode = mode;
	spot.node->held += mode == OS_HOLD;
	fake.handles++;
	return 0;
}

int
os_read(struct os_file *file, void *data, size_t len, size_t *got)
{
	const struct content *now = &file->node->now;
	size_t left;
	int rc;

	*got = 0;
	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if (file->mode == OS_APPEND)
		return ERR_ARG;
	left = file->at < now->len ? now->len - file->at : 0;
	*got = len < left ? len : left;
	if (*got > 0)
		memcpy(data, now->data + file->at, *got);
	file->at += *got;
	return 0;
}

int
os_read_at(
    struct os_file *file, uint64_t offset, void *data, size_t len, size_t *got)
{
	const struct content *now = &file->node->now;
	size_t left;
	int rc;

	*got = 0;
	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if (file->mode == OS_APPEND)
		return ERR_ARG;
	left = offset < now->len ? now->len - (size_t)offset : 0;
	*got = len < left ? len : left;
	if (*got > 0)
		memcpy(data, now->data + offset, *got);
	return 0;
}

/* Puts bytes at the place of the file where its next write goes. */
static void
put_bytes(struct os_file *file, const void *data, size_t len)
{
	struct content *now = &file->node->now;
	size_t at = file->mode == OS_APPEND ? now->len : file->at;
	size_t end = at + len > now->len ? at + len : now->len;
	char *all = fake_grab(end + 1);

	if (now->len > 0)
		memcpy(all, now->data, now->len);
	if (len > 0)
		memcpy(all + at, data, len);
	free(now->data);
	now->data = all;
	now->len = end;
	now->mtime = file->node->changed = fake.clock;
	file->at = at + len;
}

int
os_write(struct os_file *file, const void *data, size_t len)
{
	uint64_t room;
	int rc;

	if (reads(file->mode))
		return ERR_ARG;
	if ((rc = fake_enter(__func__)) != 0) {
		if (fake.short_writes)
			put_bytes(file, data, len / 2);
		return rc;
	}
	room = fake_free();
	if (len > room)
		rc = ERR_NOSPC;
	put_bytes(file, data, rc == 0 ? len : (size_t)room);
	return rc;
}

int
os_file_flush(struct os_file *file)
{
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	fake_keep_content(file->node);
	return 0;
}

int
os_file_info(struct os_file *file, struct os_info *info)
{
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	fake_describe(file->node, info);
	info->flags &= fake.flags_shown;
	return 0;
}

int
os_file_stamp(struct os_file *file, int64_t mtime, unsigned flags)
{
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	file->node->now.mtime = mtime;
	file->node->changed = fake.clock;
	file->node->now.flags = flags;
	return 0;
}

int
os_file_like(struct os_file *file, struct os_dir *dir, const char *rel)
{
	struct spot spot;
	int rc;

	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if ((rc = fake_find(dir->node, rel, &spot)) != 0)
		return rc;
	if ((rc = fake_is_file(spot.node)) != 0)
		return rc;
	file->node->rights = spot.node->rights;
	file->node->owner = spot.node->owner;
	file->node->now.flags = spot.node->now.flags;
	return 0;
}

int
os_file_close(struct os_file *file)
{
	int rc;

	if (file == NULL)
		return 0;
	rc = fake_enter(__func__);
	file->node->held -= file->mode == OS_HOLD;
	fake.handles--;
	free(file);
	return rc;
}

unsigned
os_flags_shown(void)
{
	return fake.flags_shown;
}

/* Locks */

int
os_lock_take(struct os_dir *dir, const char *rel, enum os_rights rights,
    int timeout_ms, struct os_lock **lock)
{
	struct spot spot;
	int rc;

	*lock = NULL;
	if ((rc = fake_enter(__func__)) != 0)
		return rc;
	if ((rc = fake_find(dir->node, rel, &spot)) != 0)
		return rc;
	if ((rc = may_open(&spot, OS_APPEND)) != 0)
		return rc;
	if (spot.node == NULL) {
		spot.node = fake_node(OS_REGULAR, rights);
		fake_enlist(spot.folder, spot.name, spot.node);
	}
	if (spot.node->locked_until > fake.ticks && timeout_ms <= 0)
		return ERR_BUSY;
	rc = fake_wait_for(spot.node->locked_until, timeout_ms, ERR_BUSY);
	if (rc != 0)
		return rc;
	if ((*lock = calloc(1, sizeof **lock)) == NULL)
		return ERR_NOMEM;
	(*lock)->node = spot.node;
	spot.node->locked_until = NEVER;
	fake.handles++;
	return 0;
}

void
os_lock_drop(struct os_lock *lock)
{
	if (lock == NULL)
		return;
	lock->node->locked_until = 0;
	fake.handles--;
	free(lock);
}
