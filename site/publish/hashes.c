/*
 * Hashes the source. First it is found out which files have to be read, so
 * that the progress shown is that of the bytes; then they are read.
 */
#include "hashes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "../../platform/os.h"
#include "buf.h"
#include "cache.h"
#include "digest.h"
#include "fileversion.h"
#include "progress.h"
#include "sources.h"

#define PIECE	((size_t)256 << 10) /* bytes read at once */
#define SETTLED (2 * OS_SECOND)	    /* a change so old shows in the time */

struct job {
	struct sources *sources;
	struct digest *digest;
	char *piece;
	struct progress *progress;
	struct buf *warnings, *why;
};

static bool
is_settled(const struct sources_file *file, int64_t now)
{
	return file->info.mtime <= now - SETTLED;
}

bool
hashes_settled(const struct sources *s, int64_t now)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (!is_settled(&s->files[i], now))
			return false;
	return true;
}

/* Takes over what is known; returns the bytes that are left to read. */
static uint64_t
take_known(struct sources *s, struct cache *known, int64_t now)
{
	struct sources_file *file;
	const char *digest, *version;
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < s->count; i++) {
		file = &s->files[i];
		digest = NULL;
		if (known != NULL && is_settled(file, now))
			digest = cache_find(
			    known, file->name, &file->info, &version);
		if (digest == NULL || strlen(version) >= FILEVERSION_TEXT) {
			bytes += file->info.size;
			continue;
		}
		memcpy(file->digest, digest, DIGEST_TEXT);
		memcpy(file->version, version, strlen(version) + 1);
	}
	return bytes;
}

/* Reads no more than the size that was seen, and one byte to see whether there
 * is more now: a file that somebody keeps writing to has no end. */
static int
hash_opened(struct job *job, struct sources_file *file, struct os_file *opened)
{
	uint64_t left = file->info.size + 1;
	char digest[DIGEST_TEXT];
	size_t want, got;
	int rc = 0;

	do {
		want = left < PIECE ? (size_t)left : PIECE;
		got = 0;
		rc = os_stop_asked() ? ERR_STOP
				     : os_read(opened, job->piece, want, &got);
		digest_add(job->digest, job->piece, got);
		progress_add(job->progress, got);
		left -= got;
	} while (rc == 0 && got == want && left > 0);
	digest_finish(job->digest, digest);
	if (rc != 0)
		return sources_why(
		    job->sources, sources_from(file), rc, job->why);
	memcpy(file->digest, digest, DIGEST_TEXT);
	return 0;
}

static void
warn_of_damage(
    struct job *job, const struct sources_file *file, const struct buf *reason)
{
	struct buf shown = BUF_INIT;

	sources_shown(job->sources, sources_from(file), &shown);
	buf_format(job->warnings, "%s: a damaged program, %s: no version\n",
	    buf_text(&shown), buf_text(reason));
	buf_free(&shown);
}

static int
read_version(struct job *job, struct sources_file *file, struct os_file *opened)
{
	struct buf reason = BUF_INIT;
	struct fileversion version;
	int rc;

	rc = fileversion_read(opened, &version, &reason);
	if (rc == ERR_FORMAT)
		warn_of_damage(job, file, &reason);
	if (rc == 0)
		memcpy(file->version, version.file, FILEVERSION_TEXT);
	else if (rc == ERR_NOENT || rc == ERR_FORMAT)
		memcpy(file->version, "-", sizeof "-");
	else
		sources_why(job->sources, sources_from(file), rc, job->why);
	fileversion_free(&version);
	buf_free(&reason);
	return rc == ERR_NOENT || rc == ERR_FORMAT ? 0 : rc;
}

static int
hash_file(struct job *job, struct sources_file *file)
{
	struct os_file *opened;
	int rc = sources_open_file(job->sources, file, &opened, job->why);

	if (rc != 0)
		return rc;
	rc = hash_opened(job, file, opened);
	if (rc == 0)
		rc = read_version(job, file, opened);
	/* One that changed in between is a file of its own. */
	if (rc == 0)
		rc = sources_check_file(job->sources, file, opened, job->why);
	os_file_close(opened);
	return rc;
}

static int
hash_unknown(
    struct sources *s, uint64_t bytes, struct buf *warnings, struct buf *why)
{
	struct job job = { .sources = s, .warnings = warnings, .why = why };
	size_t i;
	int rc = ERR_NOMEM;

	job.digest = digest_new();
	job.piece = malloc(PIECE);
	if (job.digest == NULL || job.piece == NULL)
		goto out;
	job.progress = progress_new("hashing", bytes, false);
	rc = 0;
	for (i = 0; i < s->count && rc == 0; i++)
		if (s->files[i].digest[0] == '\0')
			rc = hash_file(&job, &s->files[i]);
	progress_end(job.progress);
out:
	free(job.piece);
	digest_free(job.digest);
	return rc;
}

/* `now` is from before the reading: what was young then may have changed in
 * the same tick of its clock since, and must be read again next time. */
static int
note_all(const struct sources *s, struct cache *known, int64_t now)
{
	const struct sources_file *file;
	size_t i;
	int rc = 0;

	for (i = 0; i < s->count && rc == 0; i++) {
		file = &s->files[i];
		if (is_settled(file, now))
			rc = cache_note(known, file->name, &file->info,
			    file->digest, file->version);
	}
	return rc;
}

int
hashes_fill(struct sources *s, struct cache *known, bool all,
    struct buf *warnings, struct buf *why)
{
	int64_t now = os_clock();
	uint64_t bytes;
	int rc;

	bytes = take_known(s, all ? NULL : known, now);
	rc = hash_unknown(s, bytes, warnings, why);
	if (rc == 0)
		rc = note_all(s, known, now);
	return rc;
}
