/*
 * SHA-256 through libgcrypt. The library is initialised at the first use and
 * keeps the knowledge of that itself, so there is no global of ours. No secret
 * is handled here: secure memory is switched off (it would lock pages).
 */
#include "digest.h"

#include <stdlib.h>
#include <string.h>

#include <gcrypt.h>

#include "../platform/err.h"
#include "../platform/os.h"

#define PIECE ((size_t)256 << 10) /* bytes read from a file at once */

struct digest {
	gcry_md_hd_t handle;
};

static int
initialise(void)
{
	if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
		return 0;
	/* What would ask for that mode, and change what the library does, is
	 * on Windows a file in the root of the drive that we are started on,
	 * where everybody may make folders. */
	if (strcmp(os_name(), "windows") == 0)
		gcry_control(GCRYCTL_NO_FIPS_MODE);
	if (gcry_check_version(GCRYPT_VERSION) == NULL)
		return ERR_UNSUP;
	gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	return 0;
}

static void
to_hex(const unsigned char bytes[DIGEST_SIZE], char hex[DIGEST_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < DIGEST_SIZE; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	hex[2 * DIGEST_SIZE] = '\0';
}

struct digest *
digest_new(void)
{
	struct digest *d;

	if (initialise() != 0)
		return NULL;
	d = calloc(1, sizeof *d);
	if (d == NULL)
		return NULL;
	if (gcry_md_open(&d->handle, GCRY_MD_SHA256, 0) != 0) {
		free(d);
		return NULL;
	}
	return d;
}

void
digest_add(struct digest *d, const void *data, size_t len)
{
	if (len > 0)
		gcry_md_write(d->handle, data, len);
}

void
digest_finish(struct digest *d, char hex[DIGEST_TEXT])
{
	to_hex(gcry_md_read(d->handle, GCRY_MD_SHA256), hex);
	gcry_md_reset(d->handle);
}

void
digest_free(struct digest *d)
{
	if (d == NULL)
		return;
	gcry_md_close(d->handle);
	free(d);
}

static void *
sum_begin(void)
{
	return digest_new();
}

static void
sum_add(void *state, const void *data, size_t len)
{
	digest_add(state, data, len);
}

static void
sum_end(void *state, char text[OS_SHARE_SUM])
{
	_Static_assert(OS_SHARE_SUM == DIGEST_TEXT, "a digest is a sum");
	digest_finish(state, text);
	digest_free(state);
}

const struct os_share_sum *
digest_sum(void)
{
	static const struct os_share_sum sum = { sum_begin, sum_add, sum_end };

	/* A share may be read by a thread: the library begins before there are
	 * two. Where it cannot, `begin` says so. */
	initialise();
	return &sum;
}

int
digest_bytes(const void *data, size_t len, unsigned char bytes[DIGEST_SIZE])
{
	int rc = initialise();

	if (rc == 0)
		gcry_md_hash_buffer(GCRY_MD_SHA256, bytes, data, len);
	return rc;
}

int
digest_of(const void *data, size_t len, char hex[DIGEST_TEXT])
{
	unsigned char bytes[DIGEST_SIZE];
	int rc = digest_bytes(data, len, bytes);

	if (rc == 0)
		to_hex(bytes, hex);
	return rc;
}

int
digest_of_file(struct os_file *file, char hex[DIGEST_TEXT])
{
	struct digest *d = digest_new();
	char *piece = malloc(PIECE);
	size_t got = PIECE;
	int rc = ERR_NOMEM;

	if (d == NULL || piece == NULL)
		goto out;
	for (rc = 0; rc == 0 && got == PIECE;) {
		got = 0;
		rc = os_read(file, piece, PIECE, &got);
		if (rc == 0)
			digest_add(d, piece, got);
	}
	if (rc == 0)
		digest_finish(d, hex);
out:
	free(piece);
	digest_free(d);
	return rc;
}

int
digest_of_name(struct os_dir *dir, const char *rel, char hex[DIGEST_TEXT])
{
	struct os_file *file = NULL;
	int rc;

	rc = os_open(dir, rel, OS_READ, OS_PRIVATE, &file);
	if (rc != 0)
		return rc;
	rc = digest_of_file(file, hex);
	os_file_close(file);
	return rc;
}

bool
digest_is_text(const char *text)
{
	size_t len = strspn(text, "0123456789abcdef");

	return len == DIGEST_TEXT - 1 && text[len] == '\0';
}
