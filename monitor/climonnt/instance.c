/* One climonnt per user and SMS.INI: a lock that goes with the process. */
#include "instance.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "../../platform/os.h"
#include "../../lib/buf.h"
#include "../../lib/path.h"
#include "../../lib/text.h"

/* One that looks at its successor (successor.c) has a lock for a moment. */
#define LOCK_MS 300

uint64_t
instance_hash_add(uint64_t hash, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (; len > 0; len--, p++)
		hash = (hash ^ *p) * UINT64_C(0x100000001b3);
	return hash;
}

uint64_t
instance_hash(const char *text)
{
	return instance_hash_add(INSTANCE_HASH, text, strlen(text));
}

int
instance_folder(char **folder)
{
	char *place = NULL;
	int rc;

	*folder = NULL;
	rc = os_place(OS_USER_STATE, &place);
	if (rc == 0)
		rc = os_dir_make_path(place, OS_PRIVATE);
	if (rc != 0) {
		free(place);
		return rc;
	}
	*folder = place;
	return 0;
}

/* The folder of the locks; malloc'd. */
static int
find_folder(const char *otherwise, char **folder)
{
	int rc = instance_folder(folder);

	if (rc == ERR_NOENT) {
		*folder = text_copy(otherwise);
		rc = *folder == NULL ? ERR_NOMEM : 0;
	}
	return rc;
}

static int
take(const char *folder, uint64_t hash, const char *kind, struct os_lock **lock)
{
	struct os_dir *dir = NULL;
	struct buf name = BUF_INIT;
	int rc;

	rc = os_dir_open(folder, &dir);
	if (rc == 0)
		rc = buf_format(&name, "climonnt-%016" PRIx64 "%s", hash, kind);
	if (rc == 0)
		rc = os_lock_take(dir, name.data, OS_PRIVATE, LOCK_MS, lock);
	buf_free(&name);
	os_dir_close(dir);
	return rc;
}

int
instance_take(const char *ini, const char *otherwise, struct os_lock **lock,
    uint32_t *number, struct buf *why)
{
	struct buf both = BUF_INIT;
	char *folder = NULL;
	int rc;

	rc = find_folder(otherwise, &folder);
	if (rc == 0)
		rc = take(folder, instance_hash(ini), ".lock", lock);
	if (rc == 0)
		rc = buf_format(&both, "%s\n%s", folder, ini);
	if (rc == 0)
		*number = (uint32_t)instance_hash(both.data);
	else if (rc == ERR_BUSY)
		buf_why(why, rc,
		    "%s: another climonnt of this user runs for "
		    "it",
		    ini);
	else
		buf_why(why, rc, "%s: cannot take the lock of this user: %s",
		    folder == NULL ? ini : folder, err_text(rc));
	buf_free(&both);
	free(folder);
	return rc;
}

int
instance_work(const char *ini, const char *otherwise, struct os_lock **lock)
{
	char *folder = NULL;
	int rc;

	rc = find_folder(otherwise, &folder);
	if (rc == 0)
		rc = take(folder, instance_hash(ini), ".work", lock);
	free(folder);
	return rc;
}

void
instance_drop(struct os_lock **lock)
{
	os_lock_drop(*lock);
	*lock = NULL;
}
