/* What a program with rights may use. */
#include "trust.h"

#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "layout.h"
#include "path.h"
#include "text.h"

/* Of what is there, else of the nearest folder above that is. */
static int
ask(const char *path, char **culprit)
{
	int (*trusted)(const char *, char **) = os_trusted;
	char *at = text_copy(path), *above;
	int rc = ERR_NOMEM;

	while (at != NULL) {
		rc = trusted(at, culprit);
		if (rc != ERR_NOENT && rc != ERR_NOTDIR)
			break;
		above = path_folder(at);
		if (above != NULL && strcmp(above, at) == 0) {
			free(above);
			break;
		}
		free(at);
		at = above;
		if (at == NULL)
			rc = ERR_NOMEM;
		trusted = os_trusted_to_hold;
	}
	free(at);
	return rc;
}

int
trust_check(const char *path, struct buf *why)
{
	char *culprit = NULL;
	int rc = os_is_admin() ? ask(path, &culprit) : 0;

	if (rc == ERR_UNTRUSTED)
		buf_why(why, rc,
		    "%s: not used, others than administrators may change it: "
		    "%s",
		    path, culprit != NULL ? culprit : err_text(rc));
	else if (rc != 0)
		buf_why(why, rc, "%s: not used: %s", path, err_text(rc));
	free(culprit);
	return rc;
}

int
trust_check_places(const struct layout *layout, struct buf *why)
{
	const char *const paths[] = {
		layout->client,
		layout->state_root,
		layout->state,
		layout->logs,
		layout->temp,
	};
	const size_t count = sizeof(paths) / sizeof(paths[0]);
	char *culprit = NULL;
	size_t i = 0;
	int rc = 0;

	if (!os_is_admin() || os_trusted_all(paths, count, &i, &culprit) == 0)
		return 0;
	free(culprit);
	/* One is not there yet, or is refused and will be again, with words. */
	for (; i < count && rc == 0; i++)
		rc = trust_check(paths[i], why);
	return rc;
}
