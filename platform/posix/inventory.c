/*
 * What this machine is made of. Files of the system are looked for below
 * $SMS_SYSROOT; those of /proc, which is the kernel's own, here otherwise.
 */
#include "posix.h"

#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <mntent.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DISKS_MS  10000
#define DISKS_MAX ((size_t)1 << 20)

struct rows {
	os_row_fn *each;
	void *arg;
	int rc; /* what ended it */
};

int
posix_row(os_row_fn *each, void *arg, const char *section, const char *key,
    const char *value)
{
	char *clean, *p;
	int r;

	if (value == NULL || *value == '\0')
		return 0;
	if ((clean = strdup(value)) == NULL)
		return ERR_NOMEM;
	for (p = clean; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	r = each(arg, section, key, clean);
	free(clean);
	return r;
}

static void
add(struct rows *rows, const char *section, const char *key, const char *value)
{
	if (rows->rc == 0)
		rows->rc = posix_row(
		    rows->each, rows->arg, section, key, value);
}

static void
add_number(
    struct rows *rows, const char *section, const char *key, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	add(rows, section, key, text);
}

static FILE *
open_below(const char *path)
{
	char *whole = posix_below_sysroot(path);
	FILE *file = whole == NULL ? NULL : fopen(whole, "re");

	free(whole);
	return file;
}

static FILE *
open_proc(const char *path)
{
	FILE *file = open_below(path);

	return file == NULL ? fopen(path, "re") : file;
}

/* The rest of the first line that begins with `key` and has `between` behind
 * it, blanks and quotes around it cut; malloc'd, or NULL. Closes the file. */
static char *
find_value(FILE *file, const char *key, char between)
{
	size_t size = 0, len = strlen(key);
	char *line = NULL, *p, *found = NULL;

	while (
	    found == NULL && file != NULL && getline(&line, &size, file) > 0) {
		if (strncmp(line, key, len) != 0)
			continue;
		p = line + len + strspn(line + len, " \t");
		if (between != '\0' && *p++ != between)
			continue;
		p += strspn(p, " \t\"'");
		len = strlen(p);
		while (len > 0 && strchr(" \t\r\n\"'", p[len - 1]) != NULL)
			len--;
		found = strndup(p, len);
	}
	free(line);
	if (file != NULL)
		fclose(file);
	return found;
}

static void
add_value(struct rows *rows, const char *section, const char *key, char *value)
{
	add(rows, section, key, value);
	free(value);
}

static void
add_release(struct rows *rows, const char *key, const char *name)
{
	FILE *file = open_below("/etc/os-release");

	if (file == NULL)
		file = open_below("/usr/lib/os-release");
	add_value(rows, "System", key, find_value(file, name, '='));
}

/* What makers of boards write where they had nothing to say. */
static bool
is_filler(const char *text)
{
	static const char *const fillers[] = { "To Be Filled By O.E.M.",
		"To be filled by O.E.M.", "System manufacturer",
		"System Product Name", "System Serial Number", "Default string",
		"Not Specified", "None", "0" };

	for (size_t i = 0; i < sizeof(fillers) / sizeof(*fillers); i++)
		if (strcmp(text, fillers[i]) == 0)
			return true;
	return false;
}

static void
add_board(struct rows *rows, const char *key, const char *path)
{
	char *value = find_value(open_below(path), "", '\0');

	if (value != NULL && !is_filler(value))
		add(rows, "System", key, value);
	free(value);
}

static void
add_last_start(struct rows *rows)
{
	char *text = find_value(open_proc("/proc/stat"), "btime", '\0');
	time_t start = text == NULL ? 0 : (time_t)strtoll(text, NULL, 10);
	char iso[32];
	struct tm tm;

	if (start > 0 && gmtime_r(&start, &tm) != NULL &&
	    strftime(iso, sizeof(iso), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		add(rows, "System", "Last Start", iso);
	free(text);
}

static void
add_system(struct rows *rows)
{
	struct utsname system;

	add_release(rows, "Operating System", "PRETTY_NAME");
	add_release(rows, "Version", "VERSION_ID");
	if (uname(&system) == 0)
		add(rows, "System", "Build", system.release);
	add(rows, "System", "Architecture", os_arch());
	add(rows, "System", "Language", os_language());
	add_board(rows, "Manufacturer", "/sys/class/dmi/id/sys_vendor");
	add_board(rows, "Model", "/sys/class/dmi/id/product_name");
	add_board(rows, "Serial", "/sys/class/dmi/id/product_serial");
	add_last_start(rows);
}

/* What it can do, rather than what it does at the moment. */
static uint64_t
processor_mhz(void)
{
	char *text = find_value(
	    open_below("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"),
	    "", '\0');
	uint64_t mhz = text == NULL ? 0 : strtoull(text, NULL, 10) / 1000;

	free(text);
	if (mhz == 0) {
		text = find_value(open_proc("/proc/cpuinfo"), "cpu MHz", ':');
		mhz = text == NULL ? 0 : strtoull(text, NULL, 10);
		free(text);
	}
	return mhz;
}

static void
add_processor(struct rows *rows)
{
	static const char *const names[] = { "model name", "Model", "cpu model",
		"Hardware", "cpu" };
	char *name = NULL;
	long count = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t mhz = processor_mhz();

	for (size_t i = 0; name == NULL && i < sizeof(names) / sizeof(names[0]);
	     i++)
		name = find_value(open_proc("/proc/cpuinfo"), names[i], ':');
	add_value(rows, "Processor", "Name", name);
	if (count > 0)
		add_number(rows, "Processor", "Count", (uint64_t)count);
	if (mhz > 0)
		add_number(rows, "Processor", "MHz", mhz);
}

static void
add_memory(struct rows *rows, const char *key, const char *name)
{
	char *text = find_value(open_proc("/proc/meminfo"), name, ':');

	if (text != NULL)
		add_number(rows, "Memory", key,
		    strtoull(text, NULL, 10) * UINT64_C(1024));
	free(text);
}

/* File systems on disks of this machine: those alone, because one of a server
 * that is gone would hang whoever asks for its size. */
static bool
is_disk(const struct mntent *mount)
{
	static const char *const types[] = { "ext2", "ext3", "ext4", "xfs",
		"btrfs", "f2fs", "jfs", "reiserfs", "bcachefs", "zfs", "vfat",
		"msdos", "exfat", "ntfs", "ntfs3", "fuseblk", "hfsplus" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(mount->mnt_type, types[i]) == 0)
			return true;
	return false;
}

struct sources {
	char **list;
	size_t count;
};

/* One device may be mounted at many places: the first of them is shown. */
static bool
is_first(struct sources *seen, const char *source)
{
	char **list;

	for (size_t i = 0; i < seen->count; i++)
		if (strcmp(seen->list[i], source) == 0)
			return false;
	list = realloc(seen->list, (seen->count + 1) * sizeof(*list));
	if (list == NULL)
		return false;
	seen->list = list;
	if ((list[seen->count] = strdup(source)) == NULL)
		return false;
	seen->count++;
	return true;
}

static void
print_disk(int fd, const struct mntent *mount)
{
	struct statvfs disk;
	char *p;

	if (statvfs(mount->mnt_dir, &disk) == -1 || disk.f_blocks == 0)
		return;
	for (p = mount->mnt_dir; *p != '\0'; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	dprintf(fd, "%s\t%" PRIu64 ",%" PRIu64 ",%s\n", mount->mnt_dir,
	    (uint64_t)disk.f_blocks * disk.f_frsize,
	    (uint64_t)disk.f_bavail * disk.f_frsize, mount->mnt_type);
}

/* In a child: a disk may stand below a folder of a server that is gone. */
static int
print_disks(void *arg, int fd)
{
	FILE *mounts = open_proc("/proc/self/mounts");
	struct sources seen = { NULL, 0 };
	struct mntent *mount;

	(void)arg;
	while (mounts != NULL && (mount = getmntent(mounts)) != NULL)
		if (is_disk(mount) && is_first(&seen, mount->mnt_fsname))
			print_disk(fd, mount);
	for (size_t i = 0; i < seen.count; i++)
		free(seen.list[i]);
	free(seen.list);
	if (mounts != NULL)
		fclose(mounts);
	return 0;
}

static void
add_disks(struct rows *rows)
{
	struct posix_text text;
	char *line, *value, *rest;
	int r;

	r = posix_output(print_disks, NULL, DISKS_MS, DISKS_MAX, &text);
	if (r == ERR_STOP || r == ERR_NOMEM)
		rows->rc = r;
	for (rest = text.data; rest != NULL;) {
		line = strsep(&rest, "\n");
		value = strchr(line, '\t');
		if (value == NULL)
			continue;
		*value++ = '\0';
		add(rows, "Disks", line, value);
	}
	free(text.data);
}

/* Adds to a malloc'd text; what does not fit memory is left out. */
static void
append(char **text, const char *between, const char *more)
{
	char *both;

	if (asprintf(&both, "%s%s%s", *text, between, more) < 0)
		return;
	free(*text);
	*text = both;
}

static void
append_mac(char **text, const struct sockaddr *address)
{
	const struct sockaddr_ll *link = (const void *)address;
	char hex[4];

	for (int i = 0; i < link->sll_halen && i < 8; i++) {
		snprintf(hex, sizeof(hex), "%02x", link->sll_addr[i]);
		append(text, i == 0 ? "" : ":", hex);
	}
}

static bool
has_name(const struct ifaddrs *a, const char *name)
{
	return a->ifa_addr != NULL && strcmp(a->ifa_name, name) == 0;
}

static void
append_address(char **text, const struct ifaddrs *a, bool *first)
{
	char shown[INET6_ADDRSTRLEN] = "";
	int family = a->ifa_addr->sa_family;

	if (family == AF_INET)
		inet_ntop(family,
		    &((const struct sockaddr_in *)(const void *)a->ifa_addr)
			 ->sin_addr,
		    shown, sizeof(shown));
	else if (family == AF_INET6)
		inet_ntop(family,
		    &((const struct sockaddr_in6 *)(const void *)a->ifa_addr)
			 ->sin6_addr,
		    shown, sizeof(shown));
	if (shown[0] == '\0')
		return;
	append(text, *first ? "," : " ", shown);
	*first = false;
}

static void
add_interface(struct rows *rows, const struct ifaddrs *list, const char *name)
{
	char *text = strdup("");
	bool first = true;

	if (text == NULL)
		return;
	for (const struct ifaddrs *a = list; a != NULL; a = a->ifa_next)
		if (has_name(a, name) && a->ifa_addr->sa_family == AF_PACKET)
			append_mac(&text, a->ifa_addr);
	for (const struct ifaddrs *a = list; a != NULL; a = a->ifa_next)
		if (has_name(a, name))
			append_address(&text, a, &first);
	add(rows, "Network", name, text);
	free(text);
}

static void
add_network(struct rows *rows)
{
	struct ifaddrs *list, *a, *before;

	if (getifaddrs(&list) == -1)
		return;
	for (a = list; a != NULL; a = a->ifa_next) {
		if (a->ifa_flags & IFF_LOOPBACK)
			continue;
		for (before = list; before != a; before = before->ifa_next)
			if (strcmp(before->ifa_name, a->ifa_name) == 0)
				break;
		if (before == a)
			add_interface(rows, list, a->ifa_name);
	}
	freeifaddrs(list);
}

int
os_inventory(os_row_fn *each, void *arg)
{
	struct rows rows = { each, arg, 0 };

	add_system(&rows);
	add_processor(&rows);
	add_memory(&rows, "Total", "MemTotal");
	add_memory(&rows, "Free", "MemAvailable");
	if (rows.rc == 0)
		add_disks(&rows);
	add_network(&rows);
	return rows.rc;
}
