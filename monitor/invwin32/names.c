/* Which *.raw lie in INVDATA. */
#include "names.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "rawfile.h"

static int
note(void *arg, const char *name, enum os_kind kind)
{
	struct names *names = arg;
	int rc;

	if (kind != OS_REGULAR || !rawfile_is_name(name))
		return 0;
	rc = buf_add(&names->text, name, strlen(name) + 1);
	names->count += rc == 0;
	return rc;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
sort(struct names *names)
{
	const char *p = names->text.data;
	size_t i;

	if (names->count == 0)
		return 0;
	names->list = malloc(names->count * sizeof *names->list);
	if (names->list == NULL)
		return ERR_NOMEM;
	for (i = 0; i < names->count; i++, p += strlen(p) + 1)
		names->list[i] = p;
	qsort(names->list, names->count, sizeof *names->list, by_name);
	return 0;
}

int
names_read(struct names *names, const char *folder)
{
	struct os_dir *dir = NULL;
	int rc;

	names_free(names);
	rc = os_dir_open(folder, &dir);
	if (rc == 0)
		rc = os_dir_list(dir, ".", note, names);
	os_dir_close(dir);
	if (rc == 0)
		rc = sort(names);
	if (rc != 0)
		names_free(names);
	return rc == ERR_NOMEM ? rc : 0;
}

bool
names_have_other(const struct names *names, const struct names *known)
{
	size_t i, k = 0;

	for (i = 0; i < names->count; i++, k++) {
		/* What is gone since is passed over. */
		while (k < known->count &&
		    strcmp(known->list[k], names->list[i]) < 0)
			k++;
		if (k == known->count ||
		    strcmp(known->list[k], names->list[i]) != 0)
			return true;
	}
	return false;
}

void
names_free(struct names *names)
{
	free(names->list);
	buf_free(&names->text);
	*names = (struct names){ .list = NULL };
}
