/*
 * .ccr files, client configuration requests: INI text of two sections, see
 * doc/ccr.md. Reader and writer are here.
 */
#ifndef CCR_H
#define CCR_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct os_dir;

#define CCR_MAX ((size_t)64 << 10) /* bytes of a request */
#define CCR_BOX "ccr.box"

/* Moments are ns since 1970 UTC, -1 when absent; texts malloc'd or NULL. */
struct ccr {
	char *machine, *domain;
	int64_t first_request, latest_request;
	uint64_t requests;
	/* [Request Processing], ccm's part */
	int64_t first_attempt, interval_start, latest_attempt;
	uint64_t attempts;
	uint64_t last_error; /* a Win32 code */
};

/* `name` for error texts. Without a Machine Name: ERR_FORMAT. The zone is that
 * of the reader. */
int ccr_parse(const char *name, const char *text, size_t len, struct ccr *ccr,
    struct buf *why);
int ccr_write(const struct ccr *ccr, struct buf *out);
void ccr_free(struct ccr *ccr);

/* What a client says in a request. */
struct ccr_sender {
	const char *smsid; /* the file is <SMSID>.CCR */
	const char *machine;
	const char *domain;
};
/*
 * Drops the request of a client into `box` (a path; made under a temporary
 * name, flushed, renamed). One that stands there is updated: latest request
 * date now, count + 1; where that is not permitted (somebody else's, ERR_ACCES)
 * the request has been made: 0. Never waits longer than `timeout_ms`
 * (ERR_TIMEOUT): the box may be on a server that hangs. What stands there and
 * is no request is replaced; where it cannot be (a folder, somebody's file that
 * is no request of this machine), <SMSID>-<8 hex>.CCR is used, the same each
 * time. ERR_ARG: the SMS ID cannot be a file name, or a
 * text holds control bytes.
 */
int ccr_send(const char *box, const struct ccr_sender *sender, int timeout_ms,
    struct buf *why);

#endif
