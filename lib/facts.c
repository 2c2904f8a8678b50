/*
 * What this machine is. Used on the path where nothing changed: nothing here
 * refers to a library.
 */
#include "facts.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../platform/err.h"
#include "../platform/os.h"
#include "buf.h"
#include "text.h"

static const struct {
	const char *key;
	size_t offset; /* of the value in struct facts */
} keys[] = {
	{ "os", offsetof(struct facts, os) },
	{ "arch", offsetof(struct facts, arch) },
	{ "host", offsetof(struct facts, host) },
	{ "domain", offsetof(struct facts, domain) },
	{ "site", offsetof(struct facts, site) },
	{ "lang", offsetof(struct facts, lang) },
};
#define KEYS (sizeof keys / sizeof keys[0])

static char **
member(struct facts *facts, size_t number)
{
	return (char **)((char *)facts + keys[number].offset);
}

static const char *
value_of(const struct facts *facts, size_t number)
{
	const char *base = (const char *)facts;

	return *(char *const *)(base + keys[number].offset);
}

/*
 * A copy that patterns can search: SMS.INI may be in an 8-bit code page, and
 * text that is not UTF-8 would turn every condition on it into an error.
 */
static int
set(char **to, const char *value)
{
	bool utf8;
	char *c;

	*to = text_copy(value == NULL ? "" : value);
	if (*to == NULL)
		return ERR_NOMEM;
	utf8 = text_is_utf8(*to, strlen(*to));
	for (c = *to; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' ||
		    (!utf8 && (unsigned char)*c >= 0x80))
			*c = '?';
	return 0;
}

static int
set_all(
    struct facts *facts, const char *host, const char *domain, const char *site)
{
	const char *const values[KEYS] = {
		os_name(),
		os_arch(),
		host,
		domain,
		site,
		os_language(),
	};
	size_t i;
	int err = 0;

	for (i = 0; i < KEYS && err == 0; i++)
		err = set(member(facts, i), values[i]);
	return err;
}

int
facts_make(struct facts *facts, const char *domain, const char *site)
{
	char *host = NULL;
	int err;

	memset(facts, 0, sizeof *facts);
	/* A machine without a name is still a machine. */
	err = os_host(&host);
	if (err != ERR_NOMEM)
		err = set_all(facts, err == 0 ? host : "", domain, site);
	free(host);
	if (err != 0)
		facts_free(facts);
	return err;
}

void
facts_free(struct facts *facts)
{
	size_t i;

	for (i = 0; i < KEYS; i++) {
		free(*member(facts, i));
		*member(facts, i) = NULL;
	}
}

const char *
facts_get(const struct facts *facts, const char *key)
{
	size_t i;

	for (i = 0; i < KEYS; i++)
		if (text_same(keys[i].key, key))
			return value_of(facts, i);
	return NULL;
}
