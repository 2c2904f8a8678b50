/*
 * Instances. A claim is not flushed: a rename on one volume is there as a whole
 * or not at all, and a request that comes back is served once more.
 */
#include "instance.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "file.h"
#include "logfile.h"
#include "requestname.h"
#include "text.h"

#define LOCK   "LOCK"
#define LEASE  "LEASE"
#define DIGITS 16
#define TRIES  10
#define RENEW  (60 * OS_SECOND)

/* Making */

static int
make_name(struct instance *instance)
{
	struct buf name = BUF_INIT;
	uint64_t random;
	int rc;

	free(instance->name);
	instance->name = NULL;
	rc = os_random(&random, sizeof random);
	if (rc == 0)
		rc = buf_format(
		    &name, "%s-%0*" PRIx64, instance->host, DIGITS, random);
	if (rc == 0 && (instance->name = buf_take(&name)) == NULL)
		rc = ERR_NOMEM;
	buf_free(&name);
	return rc;
}

/* Between making the folder and locking it another instance may take it for a
 * dead one's: ERR_BUSY or ERR_NOENT then. */
static int
make_folder(struct instance *instance)
{
	int rc;

	rc = make_name(instance);
	if (rc == 0)
		rc = os_dir_make(
		    instance->processing, instance->name, OS_PRIVATE);
	if (rc == 0)
		rc = os_dir_open_in(
		    instance->processing, instance->name, &instance->dir);
	if (rc == 0)
		rc = os_lock_take(
		    instance->dir, LOCK, OS_PRIVATE, 0, &instance->lock);
	return rc;
}

int
instance_open(struct os_dir *processing, struct instance *instance)
{
	int rc, i;

	*instance = (struct instance){ .processing = processing };
	rc = os_host(&instance->host);
	if (rc == 0)
		rc = os_random(&instance->number, sizeof instance->number);
	if (rc != 0)
		goto out;
	for (i = 0; i < TRIES; i++) {
		rc = make_folder(instance);
		if (rc != ERR_BUSY && rc != ERR_NOENT && rc != ERR_EXIST)
			break;
		os_lock_drop(instance->lock);
		os_dir_close(instance->dir);
		instance->lock = NULL;
		instance->dir = NULL;
	}
	if (rc == 0)
		rc = instance_renew(instance);
out:
	if (rc != 0)
		instance_close(instance);
	return rc;
}

int
instance_renew(struct instance *instance)
{
	struct file_new file = FILE_NEW(instance->dir, LEASE, false);
	struct os_info info;
	int rc;

	if (instance->lease != 0 && os_ticks() - instance->renewed < RENEW)
		return 0;
	rc = file_new_write(&file, OS_PRIVATE, "", 0);
	if (rc == 0)
		rc = file_new_place(&file);
	if (rc == 0)
		rc = os_info(instance->dir, LEASE, &info);
	if (rc == 0) {
		instance->renewed = os_ticks();
		instance->lease = info.mtime;
	}
	return rc;
}

/* Emptying */

struct emptying {
	struct os_dir *dir, *box;
	unsigned count;
	int rc; /* the first failure */
};

static int
put_back(struct os_dir *dir, const char *claim, struct os_dir *box)
{
	struct buf id = BUF_INIT, name = BUF_INIT;
	uint64_t number;
	int rc, i;

	rc = requestname_claimed(claim, &id, &number);
	if (rc == 0)
		rc = requestname_make(buf_text(&id), &name);
	if (rc == 0)
		rc = os_rename_new(dir, claim, box, buf_text(&name));
	for (i = 0; i < TRIES && rc == ERR_EXIST; i++) {
		rc = requestname_other(
		    buf_text(&id), (uint32_t)number + (uint32_t)i, &name);
		if (rc == 0)
			rc = os_rename_new(dir, claim, box, buf_text(&name));
	}
	buf_free(&id);
	buf_free(&name);
	return rc;
}

static int
empty_one(void *arg, const char *name, enum os_kind kind)
{
	struct emptying *e = arg;
	int rc;

	if (kind == OS_FOLDER || !requestname_is(name))
		return 0;
	rc = put_back(e->dir, name, e->box);
	if (rc == 0)
		e->count++;
	else if (rc != ERR_NOENT && e->rc == 0)
		e->rc = rc;
	return rc == ERR_NOMEM || rc == ERR_STOP ? rc : 0;
}

/* Moves the requests in `dir` to the box. */
static int
empty(struct os_dir *dir, struct os_dir *box, unsigned *count)
{
	struct emptying e = { .dir = dir, .box = box };
	int rc = os_dir_list(dir, ".", empty_one, &e);

	*count += e.count;
	return rc == 0 ? e.rc : rc;
}

int
instance_give_back(
    struct instance *instance, const char *claim, struct os_dir *box)
{
	return put_back(instance->dir, claim, box);
}

/* Taking back */

struct taking {
	struct instance *instance;
	struct os_dir *box;
	struct logfile *log;
	unsigned count;
};

static bool
is_of_host(const char *name, const char *host)
{
	size_t len = strlen(host), all = strlen(name);

	return all == len + 1 + DIGITS && name[len] == '-' &&
	    text_same_n(name, len, host, len);
}

/* The server's time, by what it gave our own LEASE. */
static int64_t
server_now(const struct instance *instance)
{
	return instance->lease + (os_ticks() - instance->renewed);
}

/* A folder without LEASE is one that has only just been made, or was being
 * removed. */
static bool
is_lease_over(const struct taking *t, const char *name, struct os_dir *dir)
{
	struct os_info info;
	int64_t age;

	if (os_info(dir, LEASE, &info) != 0 &&
	    os_info(t->instance->processing, name, &info) != 0)
		return false;
	age = server_now(t->instance) - info.mtime;
	/* From the future: the server's clock was set back. */
	return age > INSTANCE_LEASE || age < -INSTANCE_LEASE;
}

/* Removes what is left of a folder whose requests are gone. */
static void
remove_folder(struct os_dir *processing, const char *name, struct os_dir *dir,
    struct os_lock *lock)
{
	int rc;

	os_remove(dir, LEASE);
	file_sweep(dir, ".", 0);
	/* While it is ours: nobody shall hold a lock that has no name. Windows
	 * may want it the other way round. */
	rc = os_remove(dir, LOCK);
	os_lock_drop(lock);
	if (rc != 0)
		os_remove(dir, LOCK);
	os_dir_close(dir);
	os_remove_dir(processing, name);
}

static int
take_back(struct taking *t, const char *name)
{
	struct os_dir *dir = NULL;
	struct os_lock *lock = NULL;
	int rc;

	rc = os_dir_open_in(t->instance->processing, name, &dir);
	if (rc != 0)
		return rc;
	if (is_of_host(name, t->instance->host) || is_lease_over(t, name, dir))
		rc = os_lock_take(dir, LOCK, OS_PRIVATE, 0, &lock);
	else
		rc = ERR_BUSY;
	if (rc == 0)
		rc = empty(dir, t->box, &t->count);
	/* The box first: a request is in both rather than in none. */
	if (rc == 0 && t->count > 0)
		(void)os_dir_flush(t->box, ".");
	if (rc == 0) {
		remove_folder(t->instance->processing, name, dir, lock);
		return 0;
	}
	os_lock_drop(lock);
	os_dir_close(dir);
	return rc;
}

static int
look_at(void *arg, const char *name, enum os_kind kind)
{
	struct taking *t = arg;
	int rc;

	if (kind != OS_FOLDER || strcmp(name, INSTANCE_MACHINES) == 0 ||
	    strcmp(name, t->instance->name) == 0)
		return 0;
	rc = take_back(t, name);
	if (rc == ERR_NOMEM || rc == ERR_STOP)
		return rc;
	if (rc != 0 && rc != ERR_BUSY && rc != ERR_NOENT)
		log_warning(t->log, "processing/%s: cannot be taken back: %s",
		    name, err_text(rc));
	return 0;
}

int
instance_take_back(struct instance *instance, struct os_dir *box,
    struct logfile *log, unsigned *count)
{
	struct taking t = { .instance = instance, .box = box, .log = log };
	int rc;

	rc = instance_renew(instance);
	if (rc == 0)
		rc = os_dir_list(instance->processing, ".", look_at, &t);
	*count = t.count;
	if (t.count > 0)
		log_info(log,
		    "%u request%s of a ccm that was ended %s back in the box",
		    t.count, t.count == 1 ? "" : "s",
		    t.count == 1 ? "is" : "are");
	return rc;
}

void
instance_close(struct instance *instance)
{
	if (instance->dir != NULL && instance->lock != NULL)
		remove_folder(instance->processing, instance->name,
		    instance->dir, instance->lock);
	else
		os_dir_close(instance->dir);
	free(instance->name);
	free(instance->host);
	*instance = (struct instance){ .processing = NULL };
}
