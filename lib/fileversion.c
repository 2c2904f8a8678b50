/*
 * Finds the version resource in a PE file. The way there:
 *
 *	DOS header	"MZ"; at 60 where the PE header is
 *	PE header	"PE"; count of sections; length of the optional header
 *	optional header	kind (PE32, PE32+); third data directory: resources
 *	sections	where what has an address in memory lies in the file
 *	resources	folders in folders: kind (16), name (1), language
 *	data		address and length of the resource
 *
 * All offsets are added as 64-bit numbers and compared with the length of the
 * file before anything is read there. The folders of resources have three
 * levels, and no more are looked at: a circle leads nowhere.
 */
#include "fileversion.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "fileversion_inside.h"

#define DOS_HEADER   64
#define PE_HEADER    24 /* with its "PE\0\0" */
#define SECTION	     40 /* bytes of a section's header */
#define SECTIONS_MAX 1024
#define ENTRY	     8 /* bytes of an entry in a folder of resources */
#define ENTRIES_MAX  4096
#define RESOURCE_MAX 65536 /* bytes of a version resource */

#define PE32	     0x10b
#define PE32_PLUS    0x20b
#define KIND_VERSION 16
#define FOLDER_FLAG  UINT32_C(0x80000000)
#define ANY_ID	     UINT32_MAX

#define u16	     fileversion_u16
#define u32	     fileversion_u32

struct pe {
	struct os_file *file;
	uint64_t size;
	uint32_t resources; /* their address in memory */
	struct buf sections;
	/* Where the resources lie in the file, and up to where they may go. */
	uint64_t base, limit;
	struct buf *why;
};

static int
damaged(const struct pe *pe, const char *reason)
{
	buf_why(pe->why, ERR_FORMAT, "%s", reason);
	return ERR_FORMAT;
}

/* Reads `len` bytes at `offset`, all of them. */
static int
take(const struct pe *pe, uint64_t offset, void *data, size_t len)
{
	size_t got;
	int rc;

	if (offset > pe->size || len > pe->size - offset)
		return damaged(pe, "the file is cut off");
	rc = os_read_at(pe->file, offset, data, len, &got);
	return rc == 0 && got < len ? ERR_CHANGED : rc;
}

static int
take_into(const struct pe *pe, uint64_t offset, struct buf *out, size_t len)
{
	int rc;

	buf_clear(out);
	if (buf_reserve(out, len) != 0)
		return ERR_NOMEM;
	rc = take(pe, offset, out->data, len);
	if (rc == 0)
		out->len = len;
	return rc;
}

/* Finds the PE header. What has none is another kind of file. */
static int
find_header(const struct pe *pe, uint64_t *at)
{
	unsigned char dos[DOS_HEADER], mark[4];
	int rc;

	if (pe->size < DOS_HEADER)
		return ERR_NOENT;
	rc = take(pe, 0, dos, sizeof dos);
	if (rc != 0)
		return rc;
	*at = u32(dos + 60);
	if (memcmp(dos, "MZ", 2) != 0 || *at > pe->size ||
	    pe->size - *at < sizeof mark)
		return ERR_NOENT;
	rc = take(pe, *at, mark, sizeof mark);
	if (rc == 0 && memcmp(mark, "PE\0\0", 4) != 0)
		rc = ERR_NOENT;
	return rc;
}

/* Reads the part of the optional header that says where resources are. */
static int
read_optional(struct pe *pe, uint64_t at, size_t len)
{
	unsigned char magic[2], count[4], place[4];
	uint64_t directories;
	int rc;

	if (len < sizeof magic)
		return damaged(pe, "no optional header");
	rc = take(pe, at, magic, sizeof magic);
	if (rc != 0)
		return rc;
	if (u16(magic) != PE32 && u16(magic) != PE32_PLUS)
		return damaged(pe, "an optional header of an unknown kind");
	/* Their count stands before them; each has 8 bytes. */
	directories = u16(magic) == PE32 ? 96 : 112;
	if (len < directories)
		return damaged(pe, "the optional header is too short");
	rc = take(pe, at + directories - 4, count, sizeof count);
	if (rc != 0)
		return rc;
	if (u32(count) < 3)
		return ERR_NOENT;
	if (len < directories + 24)
		return damaged(pe, "the optional header is too short");
	rc = take(pe, at + directories + 16, place, sizeof place);
	pe->resources = rc == 0 ? u32(place) : 0;
	return rc == 0 && pe->resources == 0 ? ERR_NOENT : rc;
}

static int
read_headers(struct pe *pe)
{
	unsigned char header[PE_HEADER];
	size_t sections, optional;
	uint64_t at;
	int rc;

	rc = find_header(pe, &at);
	if (rc == 0)
		rc = take(pe, at, header, sizeof header);
	if (rc != 0)
		return rc;
	sections = u16(header + 6);
	optional = u16(header + 20);
	rc = read_optional(pe, at + PE_HEADER, optional);
	if (rc != 0)
		return rc;
	if (sections > SECTIONS_MAX)
		return damaged(pe, "more than 1024 sections");
	return take_into(
	    pe, at + PE_HEADER + optional, &pe->sections, sections * SECTION);
}

/* Where the address lies in the file, and where the section of it ends there.
 * Of sections that overlap the first one counts. */
static int
place_of(const struct pe *pe, uint32_t address, uint64_t *offset, uint64_t *end)
{
	const unsigned char *s, *last;
	uint64_t start, length, raw;

	s = (const unsigned char *)buf_text(&pe->sections);
	last = s + pe->sections.len;
	for (; s < last; s += SECTION) {
		start = u32(s + 12);
		length = u32(s + 16);
		raw = u32(s + 20);
		if (address < start || address - start >= length)
			continue;
		*offset = raw + (address - start);
		*end = raw + length;
		return 0;
	}
	return damaged(pe, "an address that is in no section");
}

/* May a piece of the resources be there? */
static int
check_place(const struct pe *pe, uint64_t offset, size_t len)
{
	if (offset > pe->limit || len > pe->limit - offset)
		return damaged(pe, "an offset beyond the resources");
	return 0;
}

static int
take_resource(const struct pe *pe, uint64_t offset, void *data, size_t len)
{
	int rc = check_place(pe, offset, len);

	return rc == 0 ? take(pe, pe->base + offset, data, len) : rc;
}

/* The entries of the folder at `offset`, after its head of 16 bytes. */
static int
take_entries(const struct pe *pe, uint32_t offset, struct buf *entries)
{
	unsigned char head[16];
	size_t count;
	int rc = take_resource(pe, offset, head, sizeof head);

	if (rc != 0)
		return rc;
	count = (size_t)u16(head + 12) + u16(head + 14);
	if (count > ENTRIES_MAX)
		return damaged(pe, "more than 4096 resources in a folder");
	rc = check_place(pe, (uint64_t)offset + sizeof head, count * ENTRY);
	if (rc != 0)
		return rc;
	return take_into(
	    pe, pe->base + offset + sizeof head, entries, count * ENTRY);
}

/* What the entry of that number says in the folder at `offset`; ANY_ID: the
 * first one. ERR_NOENT, and *found is 0. */
static int
find_entry(const struct pe *pe, uint32_t offset, uint32_t id, uint32_t *found)
{
	struct buf entries = BUF_INIT;
	const unsigned char *p;
	size_t at;
	int rc;

	*found = 0;
	rc = take_entries(pe, offset, &entries);
	if (rc == 0)
		rc = ERR_NOENT;
	p = (const unsigned char *)buf_text(&entries);
	for (at = 0; at < entries.len && rc == ERR_NOENT; at += ENTRY) {
		if (id != ANY_ID && u32(p + at) != id)
			continue;
		*found = u32(p + at + 4);
		rc = 0;
	}
	buf_free(&entries);
	return rc;
}

/* The same for a folder in it. */
static int
find_folder(const struct pe *pe, uint32_t offset, uint32_t id, uint32_t *folder)
{
	int rc = find_entry(pe, offset, id, folder);

	if (rc == 0 && (*folder & FOLDER_FLAG) == 0)
		rc = damaged(pe, "a resource in place of a folder of them");
	*folder &= ~FOLDER_FLAG;
	return rc;
}

/* Address and length of the version resource. */
static int
find_version(const struct pe *pe, uint32_t *address, uint32_t *len)
{
	unsigned char data[16];
	uint32_t kind, name, place;
	int rc;

	*address = *len = 0;
	rc = find_folder(pe, 0, KIND_VERSION, &kind);
	if (rc == 0)
		rc = find_folder(pe, kind, ANY_ID, &name);
	if (rc == 0)
		rc = find_entry(pe, name, ANY_ID, &place);
	if (rc != 0)
		return rc;
	if ((place & FOLDER_FLAG) != 0)
		return damaged(pe, "a folder in place of a resource");
	rc = take_resource(pe, place, data, sizeof data);
	if (rc != 0)
		return rc;
	*address = u32(data);
	*len = u32(data + 4);
	return 0;
}

static int
read_resource(struct pe *pe, struct fileversion *version)
{
	struct buf block = BUF_INIT;
	uint32_t address, len;
	uint64_t offset, end;
	int rc;

	rc = find_version(pe, &address, &len);
	if (rc == 0)
		rc = place_of(pe, address, &offset, &end);
	if (rc != 0)
		return rc;
	if (len > RESOURCE_MAX)
		return damaged(pe, "a version resource of over 65536 bytes");
	if (len > end - offset)
		return damaged(pe, "a version resource beyond its section");
	rc = take_into(pe, offset, &block, len);
	if (rc == 0)
		rc = fileversion_block((const unsigned char *)buf_text(&block),
		    block.len, version, pe->why);
	buf_free(&block);
	return rc;
}

int
fileversion_read(
    struct os_file *file, struct fileversion *version, struct buf *why)
{
	struct pe pe = { .file = file, .sections = BUF_INIT, .why = why };
	struct os_info info;
	uint64_t end;
	int rc;

	memset(version, 0, sizeof *version);
	rc = os_file_info(file, &info);
	if (rc != 0)
		return rc;
	pe.size = info.size;
	rc = read_headers(&pe);
	if (rc == 0)
		rc = place_of(&pe, pe.resources, &pe.base, &end);
	if (rc == 0) {
		pe.limit = end - pe.base;
		rc = read_resource(&pe, version);
	}
	buf_free(&pe.sections);
	return rc;
}

void
fileversion_free(struct fileversion *version)
{
	free(version->file_string);
	free(version->product_string);
	version->file_string = version->product_string = NULL;
}
