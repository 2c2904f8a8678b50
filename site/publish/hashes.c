/*
 * Hashes the source. First it is found out which files have to be read, so
 * that the progress shown is that of the bytes; then they are read, and what is
 * new is copied on the way.
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
#include "store.h"
#include "text.h"

#define PIECE	((size_t)256 << 10) /* bytes read at once */
#define SETTLED (2 * OS_SECOND)	    /* a change so old shows in the time */

struct job {
	struct sources *sources;
	const struct hashes_want *want;
	bool copies;	      /* what is new is copied */
	struct os_file *copy; /* under writing; NULL: none */
	struct buf copy_name;
	struct digest *digest;
	char *piece;
	struct progress *progress;
	struct buf *why;
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

static void
begin_copy(struct job *job, const struct sources_file *file)
{
	const struct hashes_want *want = job->want;

	if (!job->copies ||
	    cache_has_size(want->known, file->name, file->info.size))
		return;
	if (store_begin(want->tree, &job->copy_name, &job->copy) != 0)
		job->copy = NULL;
}

/* Without a copy the file is read once more: no reason to stop. */
static void
end_copy(struct job *job, struct sources_file *file, bool good)
{
	struct os_dir *tree = job->want->tree;

	if (job->copy == NULL)
		return;
	if (os_file_close(job->copy) != 0)
		good = false;
	job->copy = NULL;
	if (good)
		file->copy = text_copy(buf_text(&job->copy_name));
	if (file->copy == NULL)
		os_remove(tree, buf_text(&job->copy_name));
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
		if (job->copy != NULL &&
		    os_write(job->copy, job->piece, got) != 0)
			end_copy(job, file, false);
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
	buf_format(job->want->warnings,
	    "%s: a damaged program, %s: no version\n", buf_text(&shown),
	    buf_text(reason));
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
	begin_copy(job, file);
	rc = hash_opened(job, file, opened);
	if (rc == 0)
		rc = read_version(job, file, opened);
	/* One that changed in between is a file of its own. */
	if (rc == 0)
		rc = sources_check_file(job->sources, file, opened, job->why);
	os_file_close(opened);
	end_copy(job, file, rc == 0);
	return rc;
}

/* A volume that does not tell is tried. */
static bool
has_room(struct os_dir *tree, uint64_t bytes)
{
	uint64_t free_bytes;

	return os_dir_space(tree, &free_bytes) != 0 || bytes <= free_bytes;
}

static int
hash_unknown(struct sources *s, const struct hashes_want *want, uint64_t bytes,
    struct buf *why)
{
	struct job job = {
		.sources = s,
		.want = want,
		.copies = want->tree != NULL && !want->all && bytes > 0 &&
		    has_room(want->tree, bytes),
		.why = why,
	};
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
	buf_free(&job.copy_name);
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
hashes_fill(struct sources *s, const struct hashes_want *want, struct buf *why)
{
	int64_t now = os_clock();
	uint64_t bytes;
	int rc;

	bytes = take_known(s, want->all ? NULL : want->known, now);
	rc = hash_unknown(s, want, bytes, why);
	if (rc == 0)
		rc = note_all(s, want->known, now);
	return rc;
}

void
hashes_drop(struct sources *s, struct os_dir *tree)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		if (s->files[i].copy == NULL)
			continue;
		os_remove(tree, s->files[i].copy);
		free(s->files[i].copy);
		s->files[i].copy = NULL;
	}
}
