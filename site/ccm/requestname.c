/* Names of request files: made and read here alone. */
#include "requestname.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"

#include "buf.h"
#include "smsini.h"
#include "text.h"

#define SUFFIX	     ".CCR"
#define SUFFIX_LEN   4
#define HEX	     "0123456789abcdef"
#define OTHER	     8	/* digits, a '-' before them */
#define NUMBER	     16 /* digits, a '.' before them */
#define HARMLESS_MAX 100
#define HARMLESS                     \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"abcdefghijklmnopqrstuvwxyz0123456789-_."

bool
requestname_is(const char *name)
{
	size_t len = strlen(name);

	return len >= SUFFIX_LEN && text_same(name + len - SUFFIX_LEN, SUFFIX);
}

/* Cuts `mark` and that many digits off the end, where they are there. */
static bool
cut_digits(char *text, size_t *len, char mark, size_t digits)
{
	size_t at;

	if (*len < digits + 2)
		return false;
	at = *len - digits - 1;
	if (text[at] != mark || strspn(text + at + 1, HEX) != digits)
		return false;
	text[at] = '\0';
	*len = at;
	return true;
}

int
requestname_read(const char *name, struct buf *id)
{
	buf_clear(id);
	if (!requestname_is(name))
		return ERR_NAME;
	if (buf_add(id, name, strlen(name) - SUFFIX_LEN) != 0)
		return ERR_NOMEM;
	if (id->len > 0)
		cut_digits(id->data, &id->len, '-', OTHER);
	return smsini_id_is_name(buf_text(id)) ? 0 : ERR_NAME;
}

int
requestname_make(const char *id, struct buf *name)
{
	buf_clear(name);
	buf_add_text(name, id);
	buf_add_text(name, SUFFIX);
	return name->failed ? ERR_NOMEM : 0;
}

int
requestname_other(const char *id, uint32_t number, struct buf *name)
{
	buf_clear(name);
	return buf_format(name, "%s-%08" PRIx32 SUFFIX, id, number);
}

int
requestname_claim(const char *id, uint64_t number, struct buf *name)
{
	buf_clear(name);
	return buf_format(name, "%s.%016" PRIx64 ".ccr", id, number);
}

int
requestname_claimed(const char *name, struct buf *id, uint64_t *number)
{
	buf_clear(id);
	if (!requestname_is(name))
		return ERR_NAME;
	if (buf_add(id, name, strlen(name) - SUFFIX_LEN) != 0)
		return ERR_NOMEM;
	if (id->len == 0 || !cut_digits(id->data, &id->len, '.', NUMBER) ||
	    !smsini_id_is_name(buf_text(id)))
		return ERR_NAME;
	*number = strtoull(name + id->len + 1, NULL, 16);
	return 0;
}

int
requestname_failed(
    const char *name, bool taken, uint64_t number, struct buf *failed)
{
	size_t len = strlen(name);
	bool harmless = requestname_is(name) && len <= HARMLESS_MAX &&
	    strspn(name, HARMLESS) == len && name[0] != '.' && name[0] != '-';

	buf_clear(failed);
	if (harmless && !taken)
		return buf_add_text(failed, name);
	return buf_format(failed, "%.*s-%016" PRIx64 SUFFIX,
	    harmless ? (int)(len - SUFFIX_LEN) : 7, harmless ? name : "INVALID",
	    number);
}
