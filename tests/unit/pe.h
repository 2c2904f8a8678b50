/*
 * Builds small PE files with a version resource, for tests. They have the
 * shape of real ones, with nothing in them that runs:
 *
 *	0	DOS header
 *	64	PE header, optional header, 2 sections (.text is empty)
 *	512	resources: folders at 0, 24 and 48, the data entry at 72, and
 *		from 88 on the version resource
 */
#ifndef PE_H
#define PE_H

#include <stdint.h>
#include <string.h>

#include "../../lib/buf.h"

#define PE_HEADER    64
#define PE_OPTIONAL  88
#define PE_RESOURCES 512
#define PE_BLOCK     (PE_RESOURCES + 88)
#define PE_ADDRESS   0x2000 /* of the resources, in memory */

struct pe_text {
	const char *key, *value; /* ASCII; value NULL: there is no such one */
};

struct pe_options {
	bool plus; /* PE32+ */
	uint16_t file[4], product[4];
	struct pe_text texts[3];
};

static inline void
pe_put(struct buf *b, size_t at, uint32_t value, size_t len)
{
	for (; len > 0; len--, at++, value >>= 8)
		b->data[at] = (char)(value & 0xff);
}

static inline void
pe_add(struct buf *b, uint32_t value, size_t len)
{
	for (; len > 0; len--, value >>= 8)
		buf_add_char(b, (char)(value & 0xff));
}

static inline void
pe_pad(struct buf *b, size_t to)
{
	while (b->len < to)
		buf_add_char(b, '\0');
}

static inline void
pe_add_wide(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		pe_add(b, (unsigned char)*text, 2);
	pe_add(b, 0, 2);
}

/* Begins a node of a version resource; pe_node_end sets its length. The start
 * of the resource is at a multiple of 4. */
static inline size_t
pe_node(struct buf *b, const char *key, uint32_t value_len, uint32_t kind)
{
	size_t at;

	pe_pad(b, (b->len + 3) & ~(size_t)3);
	at = b->len;
	pe_add(b, 0, 2);
	pe_add(b, value_len, 2);
	pe_add(b, kind, 2);
	pe_add_wide(b, key);
	pe_pad(b, (b->len + 3) & ~(size_t)3);
	return at;
}

static inline void
pe_node_end(struct buf *b, size_t at)
{
	pe_put(b, at, (uint32_t)(b->len - at), 2);
}

static inline void
pe_add_version(struct buf *b, const uint16_t version[4])
{
	pe_add(b, version[1], 2);
	pe_add(b, version[0], 2);
	pe_add(b, version[3], 2);
	pe_add(b, version[2], 2);
}

/* VS_VERSIONINFO */
static inline void
pe_add_block(struct buf *b, const struct pe_options *o)
{
	size_t root, info, table, text, i;

	root = pe_node(b, "VS_VERSION_INFO", 52, 0);
	pe_add(b, 0xFEEF04BD, 4);
	pe_add(b, 0x10000, 4);
	pe_add_version(b, o->file);
	pe_add_version(b, o->product);
	for (i = 0; i < 7; i++)
		pe_add(b, 0, 4);
	info = pe_node(b, "StringFileInfo", 0, 1);
	table = pe_node(b, "040904b0", 0, 1);
	for (i = 0; i < 3; i++) {
		if (o->texts[i].value == NULL)
			continue;
		text = pe_node(b, o->texts[i].key,
		    (uint32_t)strlen(o->texts[i].value) + 1, 1);
		pe_add_wide(b, o->texts[i].value);
		pe_node_end(b, text);
	}
	pe_node_end(b, table);
	pe_node_end(b, info);
	pe_node_end(b, root);
}

/* A folder of resources with one entry. */
static inline void
pe_add_folder(struct buf *b, uint32_t id, uint32_t offset)
{
	pe_add(b, 0, 4);
	pe_add(b, 0, 4);
	pe_add(b, 0, 4);
	pe_add(b, 0, 2);
	pe_add(b, 1, 2);
	pe_add(b, id, 4);
	pe_add(b, offset, 4);
}

static inline void
pe_add_section(struct buf *b, const char *name, uint32_t address,
    uint32_t length, uint32_t raw)
{
	size_t at = b->len;

	buf_add_text(b, name);
	pe_pad(b, at + 8);
	pe_add(b, length, 4);
	pe_add(b, address, 4);
	pe_add(b, length, 4);
	pe_add(b, raw, 4);
	pe_pad(b, at + 40);
}

/* Offset of the second section's header, that of the resources. */
static inline size_t
pe_section(const struct pe_options *o)
{
	return PE_OPTIONAL + (o->plus ? 240 : 224) + 40;
}

static inline void
pe_build(const struct pe_options *o, struct buf *b)
{
	size_t optional = o->plus ? 240 : 224, directories = optional - 128;

	buf_clear(b);
	buf_add_text(b, "MZ");
	pe_pad(b, 60);
	pe_add(b, PE_HEADER, 4);
	buf_add(b, "PE\0\0", 4);
	pe_add(b, o->plus ? 0x8664 : 0x14c, 2);
	pe_add(b, 2, 2);
	pe_pad(b, PE_HEADER + 20);
	pe_add(b, (uint32_t)optional, 2);
	pe_add(b, 0x102, 2);
	pe_add(b, o->plus ? 0x20b : 0x10b, 2);
	pe_pad(b, PE_OPTIONAL + directories - 4);
	pe_add(b, 16, 4);
	pe_pad(b, PE_OPTIONAL + directories + 16);
	pe_add(b, PE_ADDRESS, 4);
	pe_pad(b, PE_OPTIONAL + optional);
	pe_add_section(b, ".text", 0x1000, 0, 0);
	pe_add_section(b, ".rsrc", PE_ADDRESS, 0, PE_RESOURCES);
	pe_pad(b, PE_RESOURCES);
	pe_add_folder(b, 16, 0x80000000u | 24);
	pe_add_folder(b, 1, 0x80000000u | 48);
	pe_add_folder(b, 0x409, 72);
	pe_add(b, PE_ADDRESS + 88, 4);
	pe_pad(b, PE_BLOCK);
	pe_add_block(b, o);
	pe_put(b, PE_RESOURCES + 76, (uint32_t)(b->len - PE_BLOCK), 4);
	pe_put(b, pe_section(o) + 8, (uint32_t)(b->len - PE_RESOURCES), 4);
	pe_put(b, pe_section(o) + 16, (uint32_t)(b->len - PE_RESOURCES), 4);
}

#endif
