/* What the two parts of fileversion share. Nobody else includes it. */
#ifndef FILEVERSION_INSIDE_H
#define FILEVERSION_INSIDE_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct fileversion;

/* Numbers are little endian everywhere in these files. */
static inline uint32_t
fileversion_u16(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static inline uint32_t
fileversion_u32(const unsigned char *p)
{
	return fileversion_u16(p) | fileversion_u16(p + 2) << 16;
}

/* Reads a whole version resource (VS_VERSIONINFO). ERR_NOENT: it has no fixed
 * version; ERR_FORMAT: it is damaged; ERR_NOMEM. */
int fileversion_block(const unsigned char *data, size_t len,
    struct fileversion *version, struct buf *why);

#endif
