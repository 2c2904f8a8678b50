/* Registration with the service manager. */
#include "register.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "buf.h"
#include "ccm.h"
#include "inifile.h"
#include "layout.h"
#include "logfile.h"
#include "options.h"
#include "ownservice.h"
#include "serve.h"
#include "smsini.h"
#include "text.h"
#include "workers.h"

#define SECTION "SMS"
#define KEY	"ConfigurationRequestPath"

/* The switches as one text, those with blanks in quotes; a path holds none. */
static int
make_arguments(const struct ccm_options *options, struct buf *out)
{
	struct buf switches = BUF_INIT;
	const char *word;
	int rc;

	rc = workers_switches(options, &switches);
	for (word = switches.data;
	     rc == 0 && word != NULL && word != switches.data + switches.len;
	     word += strlen(word) + 1)
		buf_format(out, strchr(word, ' ') == NULL ? "%s%s" : "%s\"%s\"",
		    out->len == 0 ? "" : " ", word);
	if (rc == 0 && options->workers > 0)
		buf_format(out, "%s--workers=%ld", out->len == 0 ? "" : " ",
		    options->workers);
	buf_free(&switches);
	return rc == 0 && out->failed ? ERR_NOMEM : rc;
}

static bool
is_client(const struct ccm_options *options)
{
	return options->template == NULL && options->box == NULL;
}

static void
say(struct logfile *log, const char *text)
{
	printf("%s\n", text);
	fflush(stdout);
	log_info(log, "%s", text);
}

/* What is sent to, as SMS.INI says; NULL: nothing does. malloc'd. */
static char *
sent_to(const struct layout *layout)
{
	struct smsini *ini = NULL;
	char *value = NULL;

	if (smsini_load(layout->ini, &ini, NULL) == 0)
		value = text_copy(smsini_get(ini, SECTION, KEY));
	smsini_free(ini);
	return value;
}

/* Requests of this client go to its own box, or no longer. */
static int
point_to_box(struct server *server, bool own, struct buf *why)
{
	const struct layout *layout = server_layout(server);
	const struct iniedit_change change = { SECTION, KEY,
		own ? layout->requests : NULL };
	char *now = sent_to(layout);
	int rc = 0;

	if (own)
		rc = os_dir_make_path(layout->requests, OS_DROP_BOX);
	if (rc != 0)
		buf_why(why, rc, "%s: %s", layout->requests, err_text(rc));
	else if (own || (now != NULL && strcmp(now, layout->requests) == 0))
		rc = smsini_change(layout, &change, 1, NULL, why);
	free(now);
	return rc;
}

static int
add_service(const struct ccm_options *options, struct os_services *services,
    struct buf *why)
{
	struct buf arguments = BUF_INIT;
	struct os_service service = {
		.name = CCM_SERVICE,
		.shown = "SMS Client Configuration Manager",
		.start = OS_START_AUTO,
	};
	char *self = NULL;
	int rc;

	rc = os_self(&self);
	if (rc == 0)
		rc = make_arguments(options, &arguments);
	service.program = self;
	service.arguments = arguments.len == 0 ? NULL : arguments.data;
	if (rc == 0)
		rc = ownservice_install(services, &service, why);
	buf_free(&arguments);
	free(self);
	return rc;
}

static int
open_services(struct os_services **services, struct buf *why)
{
	int rc = os_services_open(NULL, services);

	if (rc != 0)
		buf_why(why, rc, "%s",
		    rc == ERR_UNSUP ? "no service manager runs here"
				    : err_text(rc));
	return rc;
}

static int
end(struct logfile *log, int rc, struct buf *why, const char *done)
{
	if (rc == 0)
		say(log, done);
	else
		log_error(
		    log, "%s", why->len == 0 ? err_text(rc) : buf_text(why));
	buf_free(why);
	return rc == 0 ? EXIT_DONE : EXIT_FAILED;
}

int
register_install(const struct ccm_options *options, struct server *server,
    struct logfile *log)
{
	const char *const paths[] = { options->common.ini,
		options->common.policy, options->root, options->box };
	struct os_services *services = NULL;
	struct buf why = BUF_INIT;
	int rc;

	rc = ownservice_check(paths, sizeof paths / sizeof paths[0], &why);
	if (rc != 0) {
		(void)end(log, rc, &why, "");
		return EXIT_USAGE;
	}
	rc = open_services(&services, &why);
	if (rc == 0)
		rc = add_service(options, services, &why);
	/* Only where somebody looks into that box. */
	if (rc == 0 && is_client(options))
		rc = point_to_box(server, true, &why);
	os_services_close(services);
	return end(log, rc, &why,
	    "the service " CCM_SERVICE " is registered and runs");
}

int
register_uninstall(struct server *server, struct logfile *log)
{
	struct os_services *services = NULL;
	struct buf why = BUF_INIT;
	int rc;

	rc = open_services(&services, &why);
	if (rc == 0)
		rc = ownservice_remove(services, CCM_SERVICE, &why);
	/* With whatever switches it is asked: nobody serves that box now. */
	if (rc == 0 && server_layout(server) != NULL)
		rc = point_to_box(server, false, &why);
	os_services_close(services);
	return end(log, rc, &why,
	    "the service " CCM_SERVICE " is not registered any more");
}
