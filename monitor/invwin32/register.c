/* Registration with the service manager. */
#include "register.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "agent.h"
#include "buf.h"
#include "iniedit.h"
#include "invwin32.h"
#include "logfile.h"
#include "ownservice.h"
#include "service.h"
#include "smsini.h"

static void
add_switch(struct buf *out, const char *key, const char *value)
{
	if (value != NULL)
		buf_format(out,
		    strchr(value, ' ') == NULL ? "%s%s%s" : "%s\"%s%s\"",
		    out->len == 0 ? "" : " ", key, value);
}

static int
add_service(const struct invwin32_options *o, struct os_services *services,
    struct buf *why)
{
	struct buf arguments = BUF_INIT;
	struct os_service service = {
		.name = SERVICE_NAME,
		.shown = "SMS Inventory Agent",
		.start = OS_START_AUTO,
	};
	char *self = NULL;
	int rc = os_self(&self);

	add_switch(&arguments, "/i:", o->common.ini);
	add_switch(&arguments, "/c:", o->common.policy);
	add_switch(&arguments, "/p:", o->root);
	if (o->minutes > 0)
		buf_format(&arguments, "%s/t:%ld",
		    arguments.len == 0 ? "" : " ", o->minutes);
	if (rc == 0 && arguments.failed)
		rc = ERR_NOMEM;
	service.program = self;
	service.arguments = arguments.len == 0 ? NULL : arguments.data;
	if (rc == 0)
		rc = ownservice_install(services, &service, why);
	buf_free(&arguments);
	free(self);
	return rc;
}

/* The mark that monitors of users can read: who takes .raw files up. */
static int
mark(const struct layout *layout, bool service, struct buf *why)
{
	const struct iniedit_change change = { "Setup State", "Mover",
		service ? "service" : NULL };

	return smsini_change(layout, &change, 1, NULL, why);
}

static int
turn(const struct invwin32_options *options, bool install)
{
	struct os_services *services = NULL;
	struct buf why = BUF_INIT;
	const char *const paths[] = { options->common.ini,
		options->common.policy, options->root };
	struct agent agent;
	int rc = 0, code;

	if (install)
		rc = ownservice_check(
		    paths, sizeof paths / sizeof paths[0], &why);
	if (rc != 0) {
		fprintf(stderr, "invwin32: %s\n", buf_text(&why));
		buf_free(&why);
		return EXIT_USAGE;
	}
	code = agent_open(&agent, options);
	if (code != EXIT_DONE)
		goto out;
	/* The service takes it when it starts. */
	os_lock_drop(agent.lock);
	agent.lock = NULL;
	rc = os_services_open(NULL, &services);
	if (rc != 0)
		buf_why(&why, rc, "%s",
		    rc == ERR_UNSUP ? "no service manager runs here"
				    : err_text(rc));
	if (rc == 0)
		rc = install ? add_service(options, services, &why)
			     : ownservice_remove(services, SERVICE_NAME, &why);
	if (rc == 0)
		rc = mark(&agent.layout, install, &why);
	if (rc != 0) {
		log_error(agent.log, "%s",
		    why.len > 0 ? buf_text(&why) : err_text(rc));
		code = EXIT_FAILED;
	} else
		printf(SERVICE_NAME "%s\n",
		    install ? ": registered and started"
			    : ": registered no longer");
	os_services_close(services);
out:
	buf_free(&why);
	agent_close(&agent);
	return code;
}

int
register_install(const struct invwin32_options *options)
{
	return turn(options, true);
}

int
register_uninstall(const struct invwin32_options *options)
{
	return turn(options, false);
}
