/* What there is to say of this machine, in sections of a .raw. */
#include "collect.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "fileversion.h"
#include "installed.h"
#include "layout.h"
#include "logfile.h"
#include "rawfile.h"
#include "services.h"
#include "text.h"

/* The section of that name, made when it is missing; NULL: no memory. */
static struct section *
get_section(struct collection *all, const char *name)
{
	struct section *list, *added;
	size_t i;

	for (i = all->count; i > 0; i--)
		if (strcmp(all->list[i - 1].name, name) == 0)
			return &all->list[i - 1];
	list = realloc(all->list, (all->count + 1) * sizeof *list);
	if (list == NULL)
		return NULL;
	all->list = list;
	added = &list[all->count];
	*added = (struct section){ .name = text_copy(name) };
	if (added->name == NULL)
		return NULL;
	all->count++;
	return added;
}

/* The size of a disk and its file system without what is free. */
static void
add_disk(struct buf *lasting, const char *key, const char *value)
{
	const char *free_bytes = strchr(value, ',');
	const char *rest = free_bytes == NULL ? NULL
					      : strchr(free_bytes + 1, ',');

	buf_format(lasting, "%s=%.*s%s\n", key,
	    (int)(free_bytes == NULL ? strlen(value)
				     : (size_t)(free_bytes - value)),
	    value, rest == NULL ? "" : rest);
}

static bool
is_lasting(const char *section, const char *key)
{
	return !(strcmp(section, "Memory") == 0 && strcmp(key, "Free") == 0) &&
	    strcmp(key, "Last Start") != 0 && strcmp(key, "MHz") != 0;
}

static int
add_row(void *arg, const char *name, const char *key, const char *value)
{
	struct section *section = get_section(arg, name);

	if (section == NULL)
		return ERR_NOMEM;
	rawfile_row(&section->text, key, value);
	if (strcmp(name, "Disks") == 0)
		add_disk(&section->lasting, key, value);
	else if (is_lasting(name, key))
		buf_format(&section->lasting, "%s=%s\n", key, value);
	return section->text.failed || section->lasting.failed ? ERR_NOMEM : 0;
}

/* What is missing is no reason to send nothing. */
static int
forgive(int rc, const char *what, struct logfile *log)
{
	if (rc == 0 || rc == ERR_NOMEM || rc == ERR_STOP)
		return rc;
	log_info(log, "%s: %s", what, err_text(rc));
	return 0;
}

static int
add_version(struct collection *all, const char *section, struct os_dir *client,
    const char *path)
{
	struct fileversion version = { .file_string = NULL };
	struct os_file *file = NULL;
	const char *found;
	int rc = os_open(client, path, OS_READ, OS_PRIVATE, &file);

	if (rc == 0) {
		rc = fileversion_read(file, &version, NULL);
		os_file_close(file);
		found = rc == 0	       ? version.file
		    : rc == ERR_FORMAT ? "damaged"
				       : NULL;
	} else
		found = rc == ERR_NOENT ? "missing" : "unreadable";
	rc = rc == ERR_NOMEM ? rc : 0;
	/* Most files are no programs: they have no version to tell. */
	if (rc == 0 && found != NULL)
		rc = add_row(all, section, path, found);
	fileversion_free(&version);
	return rc;
}

static int
add_file(struct collection *all, struct os_dir *client,
    const struct installed_file *file)
{
	struct buf section = BUF_INIT;
	int rc;

	rc = buf_format(&section, "Component %s", file->component);
	/* What no name of a section can hold is nobody's component. */
	if (rc == 0 && strpbrk(section.data, "]\r\n") == NULL) {
		if (get_section(all, section.data) == NULL)
			rc = ERR_NOMEM;
		else
			rc = add_version(all, section.data, client, file->name);
	}
	buf_free(&section);
	return rc;
}

static int
add_state(struct collection *all, const struct services_component *component)
{
	struct buf section = BUF_INIT, number = BUF_INIT;
	int rc;

	rc = buf_format(&section, "Component %s", component->name);
	if (rc == 0)
		rc = add_row(all, section.data, "State",
		    services_state_name(component->current));
	if (rc == 0 && component->release != 0) {
		rc = buf_add_number(&number, component->release);
		if (rc == 0)
			rc = add_row(all, section.data, "Release", number.data);
	}
	if (rc == 0 && component->repair != NULL)
		rc = add_row(
		    all, section.data, "Repair Pending", component->repair);
	if (rc == 0 && component->restart != NULL)
		rc = add_row(
		    all, section.data, "Restart Pending", component->restart);
	buf_free(&number);
	buf_free(&section);
	return rc;
}

static int
add_states(struct collection *all, struct os_dir *state, struct logfile *log)
{
	struct services services = { .list = NULL };
	struct buf why = BUF_INIT;
	size_t i;
	int rc;

	rc = services_read(state, &services, &why);
	if (why.len > 0)
		log_warning(log, "%s", buf_text(&why));
	for (i = 0; rc == 0 && i < services.count; i++)
		rc = add_state(all, &services.list[i]);
	services_free(&services);
	buf_free(&why);
	return forgive(rc, LAYOUT_SERVICES, log);
}

static int
add_components(
    struct collection *all, const struct layout *layout, struct logfile *log)
{
	struct installed set = { .files = NULL };
	struct os_dir *client = NULL, *state = NULL;
	size_t i;
	int rc;

	rc = os_dir_open(layout->state, &state);
	if (rc == 0)
		rc = add_states(all, state, log);
	if (rc == 0)
		rc = installed_read(state, &set);
	if (rc == 0 && set.count > 0)
		rc = os_dir_open(layout->client, &client);
	for (i = 0; rc == 0 && i < set.count; i++)
		rc = os_stop_asked() ? ERR_STOP
				     : add_file(all, client, &set.files[i]);
	installed_free(&set);
	os_dir_close(client);
	os_dir_close(state);
	return forgive(rc, "components", log);
}

int
collect_hardware(
    struct collection *all, const struct layout *layout, struct logfile *log)
{
	int rc;

	rc = forgive(os_inventory(add_row, all), "inventory", log);
	return rc != 0 ? rc : add_components(all, layout, log);
}

int
collect_software(struct collection *all, struct logfile *log)
{
	return forgive(os_software(add_row, all), "software", log);
}

int
collect_digests(struct collection *all)
{
	struct section *section;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < all->count; i++) {
		section = &all->list[i];
		rc = digest_of(buf_text(&section->lasting),
		    section->lasting.len, section->digest);
	}
	return rc;
}

void
collect_free(struct collection *all)
{
	size_t i;

	for (i = 0; i < all->count; i++) {
		free(all->list[i].name);
		buf_free(&all->list[i].text);
		buf_free(&all->list[i].lasting);
	}
	free(all->list);
	*all = (struct collection){ .list = NULL };
}
