/* Which client this is. */
#include <stdlib.h>

#include "err.h"

#include "identity.h"
#include "logfile.h"
#include "run.h"

int
run_identify(struct run *run)
{
	const char *site = *run->facts.site != '\0' ? run->facts.site
						    : IDENTITY_NO_SITE;
	int rc;

	if (run->identity.smsid != NULL)
		return 0;
	/* A user without rights cannot read the hardware UUID: what SMS.INI
	 * says stays. */
	rc = run->options->host != NULL
	    ? identity_of_other(run->ini, run->state, site, run->options->host,
		  &run->identity)
	    : identity_decide(run->ini, run->state, site, run->rights,
		  &run->identity, &run->why);
	if (rc == 0 && run->identity.moved)
		log_warning(run->log,
		    "the SMS ID in %s was made on other "
		    "hardware; this machine is %s now",
		    run->layout.ini, run->identity.smsid);
	if (rc == 0 && run->identity.bad_site)
		log_warning(run->log,
		    "the site code \"%s\" is not three "
		    "letters or digits; the SMS ID of this machine is %s",
		    site, run->identity.smsid);
	if (rc == 0 && run->identity.healed && run->rights)
		log_warning(run->log,
		    "%s/" LAYOUT_IDENTITY " could not be used; it is written "
		    "anew",
		    run->layout.state);
	return rc == 0 && run->rights
	    ? identity_keep(run->state, &run->identity)
	    : rc;
}
