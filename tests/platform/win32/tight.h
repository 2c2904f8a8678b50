/* tight.c: the functions of os.h, with too little room for any hint. */
#ifndef TIGHT_H
#define TIGHT_H

#include <stdint.h>

struct os_watch;

int tight_open(struct os_watch **watch);
void tight_close(struct os_watch *watch);
int tight_add(struct os_watch *watch, const char *path, int bit);
int tight_wait(
    struct os_watch *watch, int timeout_ms, uint32_t *bits, uint32_t *gone);

#endif
