/*
 * The version inside a program file: the version resource of PE files (PE32
 * and PE32+), on every system. Nothing in a file is trusted: no more of it is
 * read than some 200 KiB in a few pieces, whatever it says of itself.
 */
#ifndef FILEVERSION_H
#define FILEVERSION_H

struct buf;
struct os_file;

#define FILEVERSION_TEXT 24 /* "65535.65535.65535.65535" and a NUL */

struct fileversion {
	char file[FILEVERSION_TEXT];	/* "2.0.1493.4006", the fixed one */
	char product[FILEVERSION_TEXT]; /* of the product it belongs to */
	/* What the strings FileVersion and ProductVersion say, UTF-8; NULL:
	 * they are not there, or damaged. */
	char *file_string, *product_string;
};

/*
 * Reads it; where os_read goes on does not change. ERR_NOENT: the file has no
 * version: it is no PE file (any other data, DOS and 16-bit programs), or one
 * without a version resource. ERR_FORMAT and the reason in `why`, without the
 * file's name: a PE file that is damaged. Other codes: it cannot be read.
 * fileversion_free in any case.
 */
int fileversion_read(
    struct os_file *file, struct fileversion *version, struct buf *why);
void fileversion_free(struct fileversion *version);

#endif
