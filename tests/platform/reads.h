/* What the tests of shares have in common: files whose bytes tell where they
 * stand, and reading them. All of them fail the test when they fail. */
#ifndef READS_H
#define READS_H

#include "ground.h"

#define LIMIT_MS 20000 /* of what does not hang */

struct os_share *open_share(const char *rel);
unsigned char byte_at(size_t i);
/* A file of `size` bytes, each of them told by its position. */
void put_large(const char *rel, size_t size);
/* Reads to the end and checks every byte; how many came. */
size_t read_all(struct os_share *share);
/* What os_share_next gives. */
int next_code(struct os_share *share);

/* Files that are asked for ahead: "f<i>" has so many bytes. */
#define AHEAD 10
extern const size_t ahead_sizes[AHEAD];

const char *ahead_name(size_t i);
void put_ahead(void);
void ask_ahead(struct os_share *share, size_t from, size_t to);
void start_ahead(struct os_share *share, size_t i);

#endif
