/*
 * Services: which manager this machine has, and what both have in common.
 * Definitions of ours carry a mark; nothing without it is ever changed.
 */
#include "posix_service.h"

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_BYTES 80
#define PATHS	   "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

bool
posix_service_name(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789-_.";
	size_t len = strlen(name);

	return len >= 1 && len <= NAME_BYTES && name[0] != '.' &&
	    strspn(name, letters) == len;
}

/* The manager */

/* The program `name` of PATH, absolute folders alone. */
static int
find_command(const char *name, char **command)
{
	const char *path = os_env("PATH"), *end;
	char *file;

	if (path == NULL)
		path = PATHS;
	for (; *path != '\0'; path = *end == ':' ? end + 1 : end) {
		end = strchrnul(path, ':');
		if (*path != '/')
			continue;
		file = posix_print("%.*s/%s", (int)(end - path), path, name);
		if (file == NULL)
			return ERR_NOMEM;
		if (access(file, X_OK) == 0) {
			*command = file;
			return 0;
		}
		free(file);
	}
	return ERR_UNSUP;
}

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The first of these that is there, below $SMS_SYSROOT; NULL: none, *rc is 0 */
static char *
first_folder(const char *const paths[], int *rc)
{
	char *path;

	*rc = 0;
	for (size_t i = 0; paths[i] != NULL; i++) {
		if ((path = posix_below_sysroot(paths[i])) == NULL) {
			*rc = ERR_NOMEM;
			return NULL;
		}
		if (is_folder(path))
			return path;
		free(path);
	}
	return NULL;
}

/* Chooses the manager and the folder of its definitions. */
static int
choose(struct os_services *services)
{
	static const char *const runs[] = { "/run/systemd/system", NULL };
	static const char *const runit[] = { "/etc/service", "/var/service",
		NULL };
	const char *given = os_env("SVDIR");
	char *found;
	int rc;

	found = first_folder(runs, &rc);
	if (rc != 0)
		return rc;
	free(found);
	if (found != NULL) {
		services->manager = &posix_systemd;
		services->folder = posix_below_sysroot("/etc/systemd/system");
		return services->folder == NULL
		    ? ERR_NOMEM
		    : find_command("systemctl", &services->command);
	}
	services->manager = &posix_runit;
	if (given != NULL && *given == '/') {
		if ((services->folder = strdup(given)) == NULL)
			return ERR_NOMEM;
	} else if ((services->folder = first_folder(runit, &rc)) == NULL) {
		return rc != 0 ? rc : ERR_UNSUP;
	}
	return find_command("sv", &services->command);
}

int
os_services_open(const char *machine, struct os_services **services)
{
	int rc;

	*services = NULL;
	if (machine != NULL)
		return ERR_UNSUP;
	if ((*services = calloc(1, sizeof **services)) == NULL)
		return ERR_NOMEM;
	if ((rc = choose(*services)) == 0)
		rc = os_dir_open((*services)->folder, &(*services)->dir);
	if (rc == 0)
		return 0;
	os_services_close(*services);
	*services = NULL;
	return rc == ERR_NOENT ? ERR_UNSUP : rc;
}

void
os_services_close(struct os_services *services)
{
	if (services == NULL)
		return;
	os_dir_close(services->dir);
	free(services->folder);
	free(services->command);
	free(services);
}

const char *
os_services_name(const struct os_services *services)
{
	return services->manager->name;
}

int
posix_service_await(struct os_services *services, const char *name,
    enum os_service_state state, int timeout_ms)
{
	int64_t end = os_ticks() + timeout_ms * (OS_SECOND / 1000);
	struct os_service_info info;
	int rc;

	for (;;) {
		rc = services->manager->look(services, name, &info);
		if (rc != 0 || info.state == state)
			return rc;
		if (posix_left(end) == 0)
			return ERR_TIMEOUT;
		posix_service_nap();
	}
}

/* What programs call */

static bool
has_control(const char *text)
{
	for (; text != NULL && *text != '\0'; text++) {
		if ((unsigned char)*text < ' ' || *text == 127)
			return true;
	}
	return false;
}

/* May it stand in a definition? */
static int
sound(const struct os_service *service)
{
	if (!posix_service_name(service->name))
		return ERR_NAME;
	if (service->program == NULL || service->program[0] != '/' ||
	    has_control(service->program) || has_control(service->shown) ||
	    has_control(service->arguments))
		return ERR_ARG;
	return 0;
}

int
os_service_look(struct os_services *services, const char *name,
    struct os_service_info *info)
{
	*info = (struct os_service_info){ OS_SERVICE_STOPPED, OS_START_MANUAL,
		0 };
	return posix_service_name(name)
	    ? services->manager->look(services, name, info)
	    : ERR_NAME;
}

int
os_service_check(struct os_services *services, const struct os_service *service)
{
	int rc = sound(service);

	return rc != 0 ? rc : services->manager->check(services, service);
}

int
os_service_register(
    struct os_services *services, const struct os_service *service)
{
	int rc = sound(service);

	if (rc == 0)
		rc = services->manager->check(services, service);
	if (rc != ERR_CHANGED && rc != ERR_NOENT)
		return rc;
	return services->manager->enrol(services, service);
}

int
os_service_set_start(
    struct os_services *services, const char *name, enum os_service_start start)
{
	struct os_service_info info;
	int rc = os_service_look(services, name, &info);

	if (rc != 0)
		return rc;
	return services->manager->set_start(
	    services, name, start == OS_START_DELAYED ? OS_START_AUTO : start);
}

int
os_service_unregister(struct os_services *services, const char *name)
{
	struct os_service_info info;
	char *program;
	int rc;

	if ((rc = os_service_look(services, name, &info)) != 0)
		return rc;
	if ((rc = services->manager->program(services, name, &program)) != 0)
		return rc;
	free(program);
	rc = os_service_stop(services, name, POSIX_FORCE_MS);
	return rc < 0 ? rc : services->manager->forget(services, name);
}

/* Why the program of a service of ours could not be started, if so. */
static int
startable(struct os_services *services, const char *name)
{
	char *program = NULL;
	int rc = services->manager->program(services, name, &program);

	if (rc == ERR_EXIST || (rc == 0 && program == NULL))
		return 0;
	if (rc == 0 && is_folder(program))
		rc = ERR_ACCES;
	else if (rc == 0 && access(program, X_OK) == -1)
		rc = errno == ENOENT || errno == ENOTDIR ? ERR_NOENT
							 : ERR_ACCES;
	free(program);
	return rc;
}

int
os_service_start(struct os_services *services, const char *name, int timeout_ms)
{
	struct os_service_info info;
	int rc = os_service_look(services, name, &info);

	if (rc != 0 || info.state == OS_SERVICE_RUNNING)
		return rc;
	if (info.start == OS_START_DISABLED)
		return ERR_ACCES;
	if ((rc = startable(services, name)) != 0)
		return rc;
	return services->manager->start(services, name, timeout_ms);
}

int
os_service_stop(struct os_services *services, const char *name, int timeout_ms)
{
	struct os_service_info info;
	int rc = os_service_look(services, name, &info);

	if (rc != 0 || info.state == OS_SERVICE_STOPPED)
		return rc;
	return services->manager->stop(services, name, timeout_ms);
}

int
os_service_dependents(struct os_services *services, const char *name,
    int (*each)(void *arg, const char *name), void *arg)
{
	struct os_service_info info;
	int rc = os_service_look(services, name, &info);

	return rc != 0
	    ? rc
	    : services->manager->dependents(services, name, each, arg);
}

int
os_as_service(const char *name, int (*work)(void *arg), void *arg)
{
	(void)name;
	return work(arg);
}
