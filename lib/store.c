/*
 * The store of a published tree. Content goes in under its own digest, by a
 * rename when it is whole, so that a name in the store never stands for half
 * a file. Nothing is flushed file by file: publishing flushes once, before a
 * list names what was added.
 */
#include "store.h"

#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "digest.h"
#include "file.h"

#define PIECE	  ((size_t)256 << 10) /* bytes copied at once */
#define TEMPORARY STORE_FOLDER "/new" /* before its digest is known */
#define TRIES	  10		      /* of temporary names */

int
store_name(const char *digest, struct buf *name)
{
	if (!digest_is_text(digest))
		return ERR_ARG;
	buf_clear(name);
	buf_add_text(name, STORE_FOLDER "/");
	buf_add(name, digest, 2);
	buf_add_char(name, '/');
	return buf_add_text(name, digest);
}

int
store_begin(struct os_dir *tree, struct buf *name, struct os_file **file)
{
	int rc = file_make_folders(tree, TEMPORARY, OS_PUBLIC);
	int i;

	if (rc != 0)
		return rc;
	rc = ERR_EXIST;
	for (i = 0; i < TRIES && rc == ERR_EXIST; i++) {
		rc = file_temporary(TEMPORARY, name);
		if (rc == 0)
			rc = os_open(
			    tree, name->data, OS_CREATE, OS_PUBLIC, file);
	}
	return rc;
}

static int
copy_rest(struct os_file *from, struct os_file *to, uint64_t *size,
    char digest[DIGEST_TEXT])
{
	struct digest *d = digest_new();
	char *piece = malloc(PIECE);
	size_t got = PIECE;
	int rc = ERR_NOMEM;

	*size = 0;
	if (d == NULL || piece == NULL)
		goto out;
	for (rc = 0; rc == 0 && got == PIECE;) {
		got = 0;
		rc = os_read(from, piece, PIECE, &got);
		if (rc != 0)
			break;
		digest_add(d, piece, got);
		*size += got;
		rc = os_write(to, piece, got);
	}
	if (rc == 0)
		digest_finish(d, digest);
out:
	free(piece);
	digest_free(d);
	return rc;
}

int
store_place(struct os_dir *tree, const char *temporary, uint64_t size,
    const char *digest)
{
	struct buf name = BUF_INIT;
	int rc = store_name(digest, &name);

	if (rc == 0)
		rc = file_make_folders(tree, name.data, OS_PUBLIC);
	if (rc != 0)
		goto out;
	rc = store_check(tree, digest, size, 1);
	if (rc == 0)
		rc = os_remove(tree, temporary);
	else
		rc = os_replace(tree, temporary, tree, name.data);
out:
	buf_free(&name);
	return rc;
}

int
store_add(struct os_dir *tree, struct os_file *from, uint64_t *size,
    char digest[DIGEST_TEXT])
{
	struct buf temporary = BUF_INIT;
	struct os_file *file = NULL;
	int rc, late;

	rc = store_begin(tree, &temporary, &file);
	if (rc != 0)
		goto out;
	rc = copy_rest(from, file, size, digest);
	late = os_file_close(file);
	if (rc == 0)
		rc = late;
	if (rc == 0)
		rc = store_place(tree, temporary.data, *size, digest);
	if (rc != 0)
		os_remove(tree, temporary.data);
out:
	buf_free(&temporary);
	return rc;
}

int
store_check(struct os_dir *tree, const char *digest, uint64_t size, int hash)
{
	struct buf name = BUF_INIT;
	char found[DIGEST_TEXT];
	struct os_info info;
	int rc = store_name(digest, &name);

	if (rc == 0)
		rc = os_info(tree, name.data, &info);
	if (rc != 0)
		goto out;
	if (info.kind != OS_REGULAR || info.size != size) {
		rc = ERR_DIGEST;
		goto out;
	}
	if (hash != 0)
		rc = digest_of_name(tree, name.data, found);
	if (rc == 0 && hash != 0 && strcmp(found, digest) != 0)
		rc = ERR_DIGEST;
out:
	buf_free(&name);
	return rc;
}
