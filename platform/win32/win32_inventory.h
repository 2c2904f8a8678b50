/* What inventory.c, network.c and software.c share: rows on their way out. */
#ifndef WIN32_INVENTORY_H
#define WIN32_INVENTORY_H

#include "win32.h"

struct win32_rows {
	os_row_fn *each;
	void *arg;
	int result; /* of `each`; not called any more when it is not 0 */
};

/* One row; NULL and "" are left out. Control bytes of `value` are changed to
 * blanks, those at its ends are taken away. */
void win32_row(
    struct win32_rows *rows, const char *section, const char *key, char *value);
/* The section Network. */
void win32_network(struct win32_rows *rows);

#endif
