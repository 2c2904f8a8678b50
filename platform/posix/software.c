/*
 * What is installed, from the first package database that holds anything:
 * dpkg's, apk's and pacman's are read as files, below $SMS_SYSROOT; rpm's form
 * is rpm's own matter, which is asked.
 */
#include "posix.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RPM_MS	45000
#define RPM_MAX ((size_t)32 << 20)

struct software {
	os_row_fn *each;
	void *arg;
	size_t count;
	int rc;
};

/* One package of a file of paragraphs. */
struct package {
	char *name, *version, *arch;
	bool installed; /* dpkg remembers what was removed, too */
	bool same;	/* may be there for several architectures */
};

static void
add(struct software *software, const char *name, const char *version)
{
	if (name == NULL || *name == '\0' || software->rc != 0)
		return;
	software->rc = posix_row(software->each, software->arg, "Software",
	    name, version == NULL || *version == '\0' ? "-" : version);
	software->count++;
}

/* As dpkg shows it: NAME, or NAME:ARCHITECTURE. */
static void
add_package(struct software *software, struct package *package)
{
	char *both = NULL;

	if (package->installed && package->same && package->name != NULL &&
	    package->arch != NULL &&
	    asprintf(&both, "%s:%s", package->name, package->arch) < 0)
		both = NULL;
	if (package->installed)
		add(software, both == NULL ? package->name : both,
		    package->version);
	free(both);
	free(package->name);
	free(package->version);
	free(package->arch);
	*package = (struct package){ .name = NULL };
}

static FILE *
open_below(const char *path)
{
	char *whole = posix_below_sysroot(path);
	FILE *file = whole == NULL ? NULL : fopen(whole, "re");

	free(whole);
	return file;
}

/* Takes the value of the line when it is that of `key`. */
static bool
take(const char *line, const char *key, char **value)
{
	size_t len = strlen(key);

	if (strncmp(line, key, len) != 0)
		return false;
	free(*value);
	*value = strdup(line + len + strspn(line + len, " "));
	return true;
}

static void
read_dpkg_line(struct package *package, const char *line)
{
	char *value = NULL;
	size_t len;

	if (take(line, "Package:", &package->name) ||
	    take(line, "Version:", &package->version) ||
	    take(line, "Architecture:", &package->arch))
		return;
	if (take(line, "Multi-Arch:", &value))
		package->same = value != NULL && strcmp(value, "same") == 0;
	else if (take(line, "Status:", &value)) {
		len = value == NULL ? 0 : strlen(value);
		package->installed = len > 10 &&
		    strcmp(value + len - 10, " installed") == 0;
	}
	free(value);
}

static void
read_apk_line(struct package *package, const char *line)
{
	package->installed = true;
	if (!take(line, "P:", &package->name))
		take(line, "V:", &package->version);
}

/* Paragraphs, an empty line between them. */
static void
read_paragraphs(struct software *software, const char *path,
    void (*read_line)(struct package *package, const char *line))
{
	struct package package = { .name = NULL };
	FILE *file = open_below(path);
	char *line = NULL;
	size_t size = 0;

	while (file != NULL && software->rc == 0 &&
	    getline(&line, &size, file) > 0) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] == '\0')
			add_package(software, &package);
		else
			read_line(&package, line);
	}
	add_package(software, &package);
	free(line);
	if (file != NULL)
		fclose(file);
}

/* A folder for each package, <name>-<version>-<release>. */
static void
read_pacman(struct software *software)
{
	char *path = posix_below_sysroot("/var/lib/pacman/local");
	DIR *list = path == NULL ? NULL : opendir(path);
	struct dirent *entry;
	char *release, *version;

	free(path);
	while (list != NULL && (entry = readdir(list)) != NULL) {
		if ((release = strrchr(entry->d_name, '-')) == NULL)
			continue;
		*release = '\0';
		version = strrchr(entry->d_name, '-');
		*release = '-';
		if (version == NULL)
			continue;
		*version++ = '\0';
		add(software, entry->d_name, version);
	}
	if (list != NULL)
		closedir(list);
}

static void
read_rpm(struct software *software)
{
	const char *sysroot = os_env("SMS_SYSROOT");
	const char *const argv[] = { "rpm", "--root",
		sysroot == NULL || sysroot[0] == '\0' ? "/" : sysroot, "-qa",
		"--qf", "%{NAME}\t%{VERSION}-%{RELEASE}\n", NULL };
	struct posix_text text;
	char *rest, *line, *version;
	int r;

	r = posix_ask(argv, NULL, RPM_MS, RPM_MAX, &text);
	if (r == ERR_STOP || r == ERR_NOMEM)
		software->rc = r;
	for (rest = text.data; rest != NULL;) {
		line = strsep(&rest, "\n");
		version = strchr(line, '\t');
		if (version == NULL)
			continue;
		*version++ = '\0';
		add(software, line, version);
	}
	free(text.data);
}

int
os_software(os_row_fn *each, void *arg)
{
	struct software software = { each, arg, 0, 0 };

	read_paragraphs(&software, "/var/lib/dpkg/status", read_dpkg_line);
	if (software.count == 0)
		read_paragraphs(
		    &software, "/lib/apk/db/installed", read_apk_line);
	if (software.count == 0)
		read_pacman(&software);
	if (software.count == 0 && software.rc == 0)
		read_rpm(&software);
	return software.rc;
}
