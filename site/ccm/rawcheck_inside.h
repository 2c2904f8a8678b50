/* What the files of the raw check share. */
#ifndef RAWCHECK_INSIDE_H
#define RAWCHECK_INSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct logfile;
struct os_dir;
struct rawcheck_result;

/* One pass. */
struct check {
	struct os_dir *box, *work, *history, *bad;
	struct logfile *log;
	struct rawcheck_result *result;
	unsigned refused; /* claims in a row */
	bool counted;
	size_t count; /* of names in history */
	size_t most;  /* there */
};

/* Opens box and folders, which are made where they are missing, when all that
 * is there can be trusted; errors as rawcheck_run, logged. */
int rawcheck_open(struct check *check, struct os_dir *root);
/* The pass itself, in folders that are open and locked. */
int rawcheck_pass(struct check *check);
void rawcheck_close(struct check *check);
/* How many names are in the folder. */
int rawcheck_count(struct os_dir *dir, size_t *count);
/* Removes the files older than `age` ns, and of the others the oldest, until
 * `max` are left; what is from the future counts as oldest. */
int rawcheck_trim(struct os_dir *dir, size_t max, int64_t age);

#endif
