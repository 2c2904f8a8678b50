/* The folders of the raw check: whose they are, and that they do not grow. */
#include "rawcheck_inside.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "file.h"
#include "logfile.h"
#include "rawfile.h"

#define WORK	RAWFILE_BOX "/processing"
#define HISTORY RAWFILE_BOX "/history"
#define BAD	RAWFILE_BOX "/badraws"

/* In a drop box everybody can make a folder: one that is there already must be
 * that of somebody who may tell us what to keep. */
static int
check_folder(
    struct check *check, struct os_dir *root, const char *rel, uint32_t owner)
{
	struct os_info info;
	int rc;

	rc = os_info(root, rel, &info);
	if (rc == 0 && info.kind != OS_FOLDER)
		rc = info.kind == OS_LINK ? ERR_LINK : ERR_NOTDIR;
	if (rc == 0 && info.owner != owner && info.owner != 0)
		rc = ERR_UNTRUSTED;
	if (rc == ERR_NOENT)
		return 0;
	if (rc == ERR_UNTRUSTED)
		log_error(check->log,
		    "%s: owner uid %u is neither that of the logon root nor an "
		    "administrator",
		    rel, (unsigned)info.owner);
	else if (rc != 0)
		log_error(check->log, "%s: %s", rel, err_text(rc));
	return rc;
}

static int
open_folder(struct os_dir *root, const char *rel, struct os_dir **dir)
{
	int rc;

	rc = os_dir_make(root, rel, OS_PRIVATE);
	return rc == 0 || rc == ERR_EXIST ? os_dir_open_in(root, rel, dir) : rc;
}

int
rawcheck_open(struct check *check, struct os_dir *root)
{
	static const char *const all[] = { RAWFILE_BOX, WORK, HISTORY, BAD };
	struct os_info info;
	size_t i;
	int rc;

	rc = os_info(root, ".", &info);
	for (i = 0; i < sizeof all / sizeof all[0] && rc == 0; i++)
		rc = check_folder(check, root, all[i], info.owner);
	if (rc == 0)
		rc = os_dir_open_in(root, RAWFILE_BOX, &check->box);
	if (rc == 0)
		rc = open_folder(root, WORK, &check->work);
	if (rc == 0)
		rc = open_folder(root, HISTORY, &check->history);
	if (rc == 0)
		rc = open_folder(root, BAD, &check->bad);
	return rc;
}

void
rawcheck_close(struct check *check)
{
	os_dir_close(check->bad);
	os_dir_close(check->history);
	os_dir_close(check->work);
	os_dir_close(check->box);
}

static int
count_one(void *arg, const char *name, enum os_kind kind)
{
	size_t *count = arg;

	(void)name;
	(void)kind;
	++*count;
	return 0;
}

int
rawcheck_count(struct os_dir *dir, size_t *count)
{
	*count = 0;
	return os_dir_list(dir, ".", count_one, count);
}

/* Of a file in a folder that is trimmed. */
struct aged {
	int64_t came;
	size_t name; /* where it begins */
};

static int
note_file(void *arg, const char *name, enum os_kind kind)
{
	if (kind == OS_FOLDER || strpbrk(name, "/\\") != NULL)
		return 0;
	return buf_add(arg, name, strlen(name) + 1);
}

static int
by_age(const void *a, const void *b)
{
	const struct aged *one = a, *other = b;

	return (one->came > other->came) - (one->came < other->came);
}

/* The files of `names`, oldest first. */
static int
age_files(struct os_dir *dir, const struct buf *names, struct buf *list)
{
	int64_t now = os_clock();
	struct os_info info;
	struct aged one;
	size_t at;
	int rc = 0;

	for (at = 0; at < names->len && rc == 0;
	     at += strlen(names->data + at) + 1) {
		if (os_info(dir, names->data + at, &info) != 0)
			continue;
		one.came = file_arrived(&info, now);
		one.name = at;
		rc = buf_add(list, &one, sizeof one);
	}
	if (rc == 0 && list->len > 0)
		qsort(list->data, list->len / sizeof one, sizeof one, by_age);
	return rc;
}

int
rawcheck_trim(struct os_dir *dir, size_t max, int64_t age)
{
	struct buf names = BUF_INIT, list = BUF_INIT;
	int64_t oldest = os_clock() - age;
	size_t count, i;
	struct aged one;
	int rc, late;

	rc = os_dir_list(dir, ".", note_file, &names);
	if (rc == 0)
		rc = age_files(dir, &names, &list);
	count = list.len / sizeof one;
	for (i = 0; i < count && rc != ERR_NOMEM; i++) {
		memcpy(&one, list.data + i * sizeof one, sizeof one);
		if (count - i <= max && one.came >= oldest)
			break;
		late = os_remove(dir, names.data + one.name);
		rc = rc != 0 || late == ERR_NOENT ? rc : late;
	}
	buf_free(&list);
	buf_free(&names);
	return rc;
}
