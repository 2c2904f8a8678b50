#include "ownservice.h"

#include <stdbool.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "path.h"

#define START_MS 30000
#define LIVE_MS	 2000

int
ownservice_check(const char *const paths[], size_t count, struct buf *why)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (paths[i] != NULL && !path_is_absolute(paths[i]))
			return buf_why(why, ERR_ARG,
			    "/install: %s: not an absolute path; the service "
			    "runs in another folder",
			    paths[i]);
	return 0;
}

/* Does the same process still run a moment later? */
static int
lives(struct os_services *services, const char *name)
{
	struct os_service_info first, then;
	int rc = os_service_look(services, name, &first);

	if (rc == 0)
		rc = os_sleep(LIVE_MS);
	if (rc == 0 || rc == ERR_STOP)
		rc = os_service_look(services, name, &then);
	if (rc != 0)
		return rc;
	return then.state == OS_SERVICE_RUNNING && then.process == first.process
	    ? 0
	    : ERR_TIMEOUT;
}

static int
enrol(struct os_services *services, const struct os_service *service,
    struct buf *why)
{
	int rc = os_service_register(services, service);

	if (rc == ERR_EXIST)
		return buf_why(why, rc,
		    "somebody else registered a service %s; it is left as it "
		    "is",
		    service->name);
	return rc == 0
	    ? 0
	    : buf_why(why, rc, "%s: cannot be registered with %s: %s",
		  service->name, os_services_name(services), err_text(rc));
}

int
ownservice_install(struct os_services *services,
    const struct os_service *service, struct buf *why)
{
	struct os_service_info info;
	bool fresh = os_service_look(services, service->name, &info) ==
	    ERR_NOENT;
	int rc = enrol(services, service, why);

	if (rc != 0)
		return rc;
	rc = os_service_start(services, service->name, START_MS);
	if (rc != 0)
		buf_why(why, rc, "%s: is registered and cannot be started: %s",
		    service->name, err_text(rc));
	else if ((rc = lives(services, service->name)) != 0)
		buf_why(why, rc,
		    "%s: is registered, was started, and ended again: its log "
		    "and the service manager's say why",
		    service->name);
	if (rc != 0 && fresh)
		os_service_unregister(services, service->name);
	return rc;
}

int
ownservice_remove(
    struct os_services *services, const char *name, struct buf *why)
{
	int rc = os_service_unregister(services, name);

	if (rc == 0 || rc == ERR_NOENT)
		return 0;
	return buf_why(why, rc, "%s: cannot be unregistered: %s", name,
	    rc == ERR_EXIST ? "somebody else registered it" : err_text(rc));
}
