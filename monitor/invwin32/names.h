/* Which *.raw lie in INVDATA: thousands may, where nothing can go up. */
#ifndef NAMES_H
#define NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

struct names {
	struct buf text;   /* each with its NUL */
	const char **list; /* into it, in order */
	size_t count;
};

/* Those of the folder, in place of what `names` had (zeroed at first). Where it
 * cannot be listed there are none. ERR_NOMEM: none either. */
int names_read(struct names *names, const char *folder);
/* Is there one that is not among those `known`? */
bool names_have_other(const struct names *names, const struct names *known);
void names_free(struct names *names);

#endif
