/*
 * VS_VERSIONINFO, the version resource: a tree of nodes, each
 *
 *	length, length of value, kind	3 numbers of 16 bits
 *	key				UTF-16, ended by 0
 *	value, nodes			each from a multiple of 4 on
 *
 * The root, VS_VERSION_INFO, has VS_FIXEDFILEINFO as its value. Of its nodes
 * StringFileInfo has one for each language, and that one a node for each
 * string. Three levels, three loops; every step goes on by 4 bytes or more.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "buf.h"
#include "fileversion.h"
#include "fileversion_inside.h"

#define SIGNATURE  UINT32_C(0xFEEF04BD)
#define FIXED	   52  /* bytes of VS_FIXEDFILEINFO */
#define HEAD	   6   /* of a node, before its key */
#define STRING_MAX 256 /* units of UTF-16; the rest is cut off */

#define u16	   fileversion_u16
#define u32	   fileversion_u32

/* Offsets into the resource. */
struct node {
	size_t key, key_end; /* without the 0 */
	size_t value;	     /* where value and nodes begin */
	size_t value_len;
	size_t end;
};

static size_t
align(size_t offset)
{
	return (offset + 3) & ~(size_t)3;
}

/* The node at `at`, which has to end by `end`. false: none, or damage. */
static bool
read_node(const unsigned char *data, size_t at, size_t end, struct node *node)
{
	size_t len;

	if (at > end || end - at < HEAD)
		return false;
	len = u16(data + at);
	if (len < HEAD || len > end - at)
		return false;
	node->end = at + len;
	node->value_len = u16(data + at + 2);
	node->key = node->key_end = at + HEAD;
	while (node->end - node->key_end >= 2 && u16(data + node->key_end) != 0)
		node->key_end += 2;
	if (node->end - node->key_end < 2)
		return false;
	node->value = align(node->key_end + 2);
	if (node->value > node->end)
		node->value = node->end;
	return true;
}

static bool
has_key(const unsigned char *data, const struct node *node, const char *key)
{
	size_t at = node->key;

	for (; *key != '\0' && at < node->key_end; key++, at += 2)
		if (u16(data + at) != (unsigned char)*key)
			return false;
	return *key == '\0' && at == node->key_end;
}

static void
add_utf8(uint32_t c, struct buf *out)
{
	if (c < 0x80) {
		buf_add_char(out, (char)c);
	} else if (c < 0x800) {
		buf_add_char(out, (char)(0xc0 | c >> 6));
		buf_add_char(out, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_add_char(out, (char)(0xe0 | c >> 12));
		buf_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_add_char(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_add_char(out, (char)(0xf0 | c >> 18));
		buf_add_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_add_char(out, (char)(0x80 | (c & 0x3f)));
	}
}

static bool
is_between(uint32_t c, uint32_t first, uint32_t last)
{
	return c >= first && c <= last;
}

/* The units up to a 0 or `end` as UTF-8; a surrogate that stands alone becomes
 * U+FFFD. NULL when out of memory. */
static char *
copy_string(const unsigned char *data, size_t at, size_t end)
{
	struct buf out = BUF_INIT;
	uint32_t c, low;
	size_t n;
	char *text;

	buf_add_text(&out, "");
	for (n = 0; n < STRING_MAX && end - at >= 2; n++, at += 2) {
		c = u16(data + at);
		if (c == 0)
			break;
		low = end - at >= 4 ? u16(data + at + 2) : 0;
		if (is_between(c, 0xd800, 0xdbff) &&
		    is_between(low, 0xdc00, 0xdfff)) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			at += 2;
		} else if (is_between(c, 0xd800, 0xdfff)) {
			c = 0xfffd;
		}
		add_utf8(c, &out);
	}
	text = buf_take(&out);
	buf_free(&out);
	return text;
}

/* The first node with that key (NULL: any) from `at` to `end`. */
static bool
find_node(const unsigned char *data, size_t at, size_t end, const char *key,
    struct node *node)
{
	while (read_node(data, at, end, node)) {
		if (key == NULL || has_key(data, node, key))
			return true;
		at = align(node->end);
	}
	return false;
}

/* The value of a string in a table; *text stays NULL when it is not there. */
static int
read_string(const unsigned char *data, const struct node *table,
    const char *key, char **text)
{
	struct node node;

	if (!find_node(data, table->value, table->end, key, &node))
		return 0;
	*text = copy_string(data, node.value, node.end);
	return *text == NULL ? ERR_NOMEM : 0;
}

/* Of several languages the first one speaks. */
static int
read_strings(const unsigned char *data, size_t at, size_t end,
    struct fileversion *version)
{
	struct node info, table;
	int rc;

	if (!find_node(data, at, end, "StringFileInfo", &info) ||
	    !find_node(data, info.value, info.end, NULL, &table))
		return 0;
	rc = read_string(data, &table, "FileVersion", &version->file_string);
	if (rc == 0)
		rc = read_string(
		    data, &table, "ProductVersion", &version->product_string);
	return rc;
}

static void
format_version(const unsigned char *p, char text[FILEVERSION_TEXT])
{
	uint32_t high = u32(p), low = u32(p + 4);

	snprintf(text, FILEVERSION_TEXT,
	    "%" PRIu32 ".%" PRIu32 ".%" PRIu32 ".%" PRIu32, high >> 16,
	    high & 0xffff, low >> 16, low & 0xffff);
}

int
fileversion_block(const unsigned char *data, size_t len,
    struct fileversion *version, struct buf *why)
{
	struct node root;

	if (!read_node(data, 0, len, &root) ||
	    !has_key(data, &root, "VS_VERSION_INFO"))
		return buf_why(
		    why, ERR_FORMAT, "the version resource is no such thing");
	if (root.value_len == 0)
		return ERR_NOENT;
	if (root.value_len < FIXED || root.end - root.value < root.value_len)
		return buf_why(
		    why, ERR_FORMAT, "the version resource is cut off");
	if (u32(data + root.value) != SIGNATURE)
		return buf_why(
		    why, ERR_FORMAT, "the version resource has no signature");
	format_version(data + root.value + 8, version->file);
	format_version(data + root.value + 16, version->product);
	return read_strings(
	    data, align(root.value + root.value_len), root.end, version);
}
