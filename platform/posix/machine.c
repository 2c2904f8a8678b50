/* What this machine is: hardware identity, names, architecture, language. */
#include "posix.h"

#include <sys/stat.h>
#include <sys/utsname.h>

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE 128 /* none of these files has a line as long */
#define MAC  17	 /* characters of 02:00:00:00:00:01 */

/* Identities that makers of boards forgot to set: many machines share them. */
static const char *const shared_uuids[] = {
	"00000000-0000-0000-0000-000000000000",
	"ffffffff-ffff-ffff-ffff-ffffffffffff",
	"03000200-0400-0500-0006-000700080009",
	"00020003-0004-0005-0006-000700080009",
	"12345678-1234-5678-90ab-cddeefaabbcc",
	"fefefefe-fefe-fefe-fefe-fefefefefefe",
};

/* The first line of a file, in lower case; false when it has none. */
static bool
read_line(int at, const char *path, char line[LINE])
{
	ssize_t n;
	int fd;

	POSIX_RETRY(fd, openat(at, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
	if (fd == -1)
		return false;
	POSIX_RETRY(n, read(fd, line, LINE - 1));
	close(fd);
	if (n <= 0)
		return false;
	line[n] = '\0';
	line[strcspn(line, " \t\r\n")] = '\0';
	for (char *p = line; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return line[0] != '\0';
}

static bool
read_sysroot_line(const char *path, char line[LINE])
{
	char *whole = posix_below_sysroot(path);
	bool found = whole != NULL && read_line(AT_FDCWD, whole, line);

	free(whole);
	return found;
}

static bool
is_own_uuid(const char *uuid)
{
	if (strlen(uuid) != 36)
		return false;
	for (size_t i = 0; i < sizeof(shared_uuids) / sizeof(*shared_uuids);
	     i++)
		if (strcmp(uuid, shared_uuids[i]) == 0)
			return false;
	return strspn(uuid, "0123456789abcdef-") == 36;
}

/* "uninitialized" stands there until the first start. */
static bool
is_machine_id(const char *id)
{
	return strlen(id) == 32 && strspn(id, "0123456789abcdef") == 32 &&
	    strspn(id, "0") < 32;
}

static int
read_identity(char **identity)
{
	char line[LINE];

	if (!(read_sysroot_line("/sys/class/dmi/id/product_uuid", line) &&
		is_own_uuid(line)) &&
	    !(read_sysroot_line("/etc/machine-id", line) &&
		is_machine_id(line)))
		return ERR_NOENT;
	*identity = strdup(line);
	return *identity == NULL ? ERR_NOMEM : 0;
}

/* One value of an interface: NAME/WHAT below /sys/class/net. */
static bool
interface_value(int net, const char *name, const char *what, char line[LINE])
{
	char *path;
	bool found;

	if (asprintf(&path, "%s/%s", name, what) < 0)
		return false;
	found = read_line(net, path, line);
	free(path);
	return found;
}

/* Only hardware has a `device`: bridges, tunnels and the loopback have none. */
static bool
has_device(int net, const char *name)
{
	struct stat st;
	char *path;
	bool found;

	if (asprintf(&path, "%s/device", name) < 0)
		return false;
	found = fstatat(net, path, &st, 0) == 0;
	free(path);
	return found;
}

/* Type 1 is Ethernet; addr_assign_type 0 an address from the hardware. */
static bool
permanent_mac(int net, const char *name, char mac[LINE])
{
	char line[LINE];

	return has_device(net, name) &&
	    interface_value(net, name, "type", line) &&
	    strcmp(line, "1") == 0 &&
	    interface_value(net, name, "addr_assign_type", line) &&
	    strcmp(line, "0") == 0 &&
	    interface_value(net, name, "address", mac) && strlen(mac) == MAC &&
	    strspn(mac, "0:") < MAC;
}

/* The MAC of the first interface by name that has one of its own, or "". */
static int
read_mac(char **mac)
{
	char first[NAME_MAX + 1] = "", best[LINE] = "", line[LINE];
	char *path = posix_below_sysroot("/sys/class/net");
	struct dirent *entry;
	DIR *list;

	if (path == NULL)
		return ERR_NOMEM;
	list = opendir(path);
	free(path);
	while (list != NULL && (entry = readdir(list)) != NULL) {
		const char *name = entry->d_name;

		if (name[0] == '.' ||
		    (first[0] != '\0' && strcmp(name, first) > 0) ||
		    !permanent_mac(dirfd(list), name, line))
			continue;
		snprintf(first, sizeof(first), "%s", name);
		strcpy(best, line);
	}
	if (list != NULL)
		closedir(list);
	*mac = strdup(best);
	return *mac == NULL ? ERR_NOMEM : 0;
}

int
os_machine(char **identity, char **mac)
{
	const char *given = os_env("SMS_IDENTITY");
	int r;

	*identity = NULL;
	*mac = NULL;
	if (given != NULL && given[0] != '\0') {
		*identity = strdup(given);
		*mac = strdup("");
		r = *identity == NULL || *mac == NULL ? ERR_NOMEM : 0;
	} else if ((r = read_identity(identity)) == 0)
		r = read_mac(mac);
	if (r < 0) {
		free(*identity);
		free(*mac);
		*identity = NULL;
		*mac = NULL;
	}
	return r;
}

int
os_host(char **name)
{
	const char *given = os_env("SMS_HOST");
	struct utsname system;

	*name = NULL;
	if (given == NULL || given[0] == '\0') {
		if (uname(&system) == -1)
			return posix_error(errno);
		given = system.nodename;
	}
	if (given[strcspn(given, ".")] == given[0])
		return ERR_NOENT;
	*name = strndup(given, strcspn(given, "."));
	return *name == NULL ? ERR_NOMEM : 0;
}

const char *
os_name(void)
{
	return "linux";
}

const char *
os_arch(void)
{
	static struct utsname system;

	if (system.machine[0] == '\0' && uname(&system) == -1)
		return "unknown";
	return system.machine;
}

unsigned
os_cores(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return count < 1 ? 1 : (unsigned)count;
}

/* Windows' language numbers, because lists are written for both systems; the
 * first of a language stands for its other countries. */
static const struct {
	char locale[6];
	char number[9];
} languages[] = {
	{ "en_US", "00000409" },
	{ "en_GB", "00000809" },
	{ "en_CA", "00001009" },
	{ "en_AU", "00000c09" },
	{ "en_IE", "00001809" },
	{ "de_DE", "00000407" },
	{ "de_AT", "00000c07" },
	{ "de_CH", "00000807" },
	{ "fr_FR", "0000040c" },
	{ "fr_CA", "00000c0c" },
	{ "fr_BE", "0000080c" },
	{ "fr_CH", "0000100c" },
	{ "es_ES", "00000c0a" },
	{ "es_MX", "0000080a" },
	{ "it_IT", "00000410" },
	{ "pt_PT", "00000816" },
	{ "pt_BR", "00000416" },
	{ "nl_NL", "00000413" },
	{ "nl_BE", "00000813" },
	{ "da_DK", "00000406" },
	{ "sv_SE", "0000041d" },
	{ "nb_NO", "00000414" },
	{ "fi_FI", "0000040b" },
	{ "pl_PL", "00000415" },
	{ "cs_CZ", "00000405" },
	{ "sk_SK", "0000041b" },
	{ "hu_HU", "0000040e" },
	{ "ro_RO", "00000418" },
	{ "ru_RU", "00000419" },
	{ "uk_UA", "00000422" },
	{ "tr_TR", "0000041f" },
	{ "el_GR", "00000408" },
	{ "ja_JP", "00000411" },
	{ "ko_KR", "00000412" },
	{ "zh_CN", "00000804" },
	{ "zh_TW", "00000404" },
};

#define LANGUAGES (sizeof(languages) / sizeof(languages[0]))

static const char *
locale_name(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	const char *value;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((value = os_env(names[i])) != NULL && value[0] != '\0')
			return value;
	return "";
}

const char *
os_language(void)
{
	const char *locale = locale_name();
	size_t len = strcspn(locale, ".@");

	for (size_t i = 0; len == 5 && i < LANGUAGES; i++)
		if (strncmp(locale, languages[i].locale, 5) == 0)
			return languages[i].number;
	for (size_t i = 0; strcspn(locale, "_.@") == 2 && i < LANGUAGES; i++)
		if (strncmp(locale, languages[i].locale, 2) == 0)
			return languages[i].number;
	return languages[0].number;
}
