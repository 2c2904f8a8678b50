/*
 * Finding a logon server, comparing one number, and, where it differs, judging
 * the whole list: whether it may be used, and whether it is for this client
 * now. On the path where nothing has changed only the head is read.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "os.h"

#include "date.h"
#include "file.h"
#include "inifile.h"
#include "logfile.h"
#include "run.h"
#include "sequence.h"
#include "smsini.h"
#include "source.h"
#include "text.h"

#define DOMAIN_MAX ((uint64_t)1 << 20) /* bytes of DOMAIN.INI */

int
run_reach(struct run *run)
{
	char **roots = NULL;
	struct buf head = BUF_INIT, shown = BUF_INIT;
	size_t count = 0, which;
	int rc;

	rc = smsini_roots(run->ini, run->options->root, &roots, &count);
	if (rc == ERR_NOENT) {
		rc = buf_why(&run->why, ERR_HOST,
		    "%s names no logon server, "
		    "and no /p: was given",
		    run->layout.ini);
		goto out;
	}
	if (rc == 0)
		rc = source_pick((const char *const *)roots, count,
		    SOURCE_PROBE_MS, &run->source, &which, &head, &run->why);
	if (rc == 0 && (run->root = text_copy(roots[which])) == NULL)
		rc = ERR_NOMEM;
	if (rc == 0)
		rc = buf_format(&shown, "%s/" COPYLIST_NAME, run->root);
	if (rc == 0)
		rc = copylist_read_head(buf_text(&shown), buf_text(&head),
		    head.len, &run->head, &run->why);
out:
	smsini_roots_free(roots, count);
	buf_free(&shown);
	buf_free(&head);
	return rc;
}

bool
run_facts_changed(struct run *run)
{
	const struct smsini *ini = run->ini;
	struct facts facts;
	char *machine = NULL;
	bool changed = false;

	if (facts_make(&facts, ini->domain, ini->site) == 0) {
		changed = !facts_same(&facts, ini->facts);
		facts_free(&facts);
	}
	if (!changed && run->rights && ini->machine != NULL &&
	    *ini->machine != '\0' && identity_machine(&machine) == 0)
		changed = strcmp(machine, ini->machine) != 0;
	free(machine);
	return changed;
}

/* By this machine's clock: an expired list is warned of and installed, so that
 * a clock which is wrong stops nobody. */
bool
run_has_expired(int64_t expires)
{
	return expires >= 0 && os_clock() > expires;
}

static bool
is_waiting(struct run *run)
{
	const struct smsini *ini = run->ini;
	struct buf when = BUF_INIT;

	if (run->verify ||
	    !smsini_must_wait(ini, run->head.version, os_clock()))
		return false;
	date_add_iso(&when, ini->next_try);
	/* Without a try before, it is a list whose time has not come. */
	if (ini->tries > 0)
		log_info(run->log,
		    "some components are not installed; the next try "
		    "is after %s",
		    buf_text(&when));
	else
		log_info(run->log,
		    "CopyListVersion %" PRIu64 " waits for its time; the next "
		    "look is after %s",
		    run->head.version, buf_text(&when));
	run->exit_code = ini->tries > 0 ? EXIT_PARTLY : EXIT_DONE;
	buf_free(&when);
	return true;
}

bool
run_is_current(struct run *run)
{
	const struct smsini *ini = run->ini;

	if (ini == NULL) /* lost, maybe: what stands there is checked */
		run->verify = true;
	if (ini == NULL || ini->damaged)
		return false;
	if (ini->phase == PHASE_UPGRADE || ini->phase == PHASE_REMOVE) {
		log_error(run->log,
		    "%s: SetupPhase asks for an upgrade or a "
		    "removal, which this version does not do",
		    run->layout.ini);
		run->exit_code = EXIT_FAILED;
		return true;
	}
	if (is_waiting(run))
		return true;
	if (ini->phase != PHASE_INSTALLED)
		run->verify = true;
	if (!ini->has_version || ini->version != run->head.version ||
	    run->verify || run_facts_changed(run))
		return false;
	run->only_expired = run_has_expired(ini->expires);
	if (run->only_expired)
		return false;
	/* Every logon of every machine comes here: no line in the log. */
	if (run->options->common.verbose)
		log_info(run->log,
		    "CopyListVersion %" PRIu64 " is "
		    "installed; nothing to do",
		    ini->version);
	return true;
}

/* May the list be used at all? */
int
run_check_origin(struct run *run)
{
	int rc = policy_load(run->options->common.policy,
	    run->options->judge != NULL ? run->options->judge : &run->layout,
	    &run->policy, &run->why);

	if (rc == ERR_NOENT)
		return ERR_FORMAT; /* a policy was named: no default */
	if (rc != 0)
		return rc;
	if (run->policy.pinned != NULL)
		return buf_why(&run->why, ERR_UNTRUSTED,
		    "%s: a key is "
		    "pinned, and this version cannot check signatures: the "
		    "list is not used",
		    run->policy.pinned);
	return run->rights ? policy_permits_unsigned(&run->policy, &run->why)
			   : 0;
}

const struct copylist_head *
run_last_head(struct run *run)
{
	struct buf notes = BUF_INIT;
	const char *rest, *note;
	size_t len;

	if (run->last_known)
		return &run->last;
	sequence_last(run->state, &run->last, &notes);
	run->last_known = true;
	rest = buf_text(&notes);
	while (text_item(&rest, '\n', &note, &len))
		log_warning(
		    run->log, "%s: %.*s", run->layout.state, (int)len, note);
	buf_free(&notes);
	return &run->last;
}

/* Only a greater Sequence is taken, where both lists carry one. */
static int
check_sequence(struct run *run)
{
	const struct copylist_head *have = run_last_head(run);
	uint64_t offered = run->list->sequence;

	if (have->sequence == 0 || offered == 0 || offered > have->sequence ||
	    (offered == have->sequence && have->version == run->list->version))
		return 0;
	return buf_why(&run->why, ERR_FORMAT,
	    "%s/" COPYLIST_NAME ": refused: Sequence %" PRIu64
	    " is %s the installed list's "
	    "%" PRIu64 "%s",
	    run->root, offered, offered < have->sequence ? "below" : "also",
	    have->sequence,
	    offered < have->sequence ? "" : ", under another CopyListVersion");
}

static int
parse_domain(struct run *run)
{
	int rc = inifile_parse("DOMAIN.INI", buf_text(&run->domain_text),
	    run->domain_text.len, INIFILE_DIALECT, &run->domain, &run->why);

	return rc == 0 ? run_check_domain(run) : rc;
}

/* Is the DOMAIN.INI of the list the one that we have already? */
static bool
read_own_domain(struct run *run)
{
	char hex[DIGEST_TEXT];

	return run->state != NULL &&
	    file_read(run->state, LAYOUT_DOMAIN, (size_t)DOMAIN_MAX,
		&run->domain_text) == 0 &&
	    run->domain_text.len == run->list->domain_size &&
	    digest_of(buf_text(&run->domain_text), run->domain_text.len, hex) ==
	    0 &&
	    strcmp(hex, run->list->domain_digest) == 0;
}

static int
read_domain(struct run *run)
{
	struct source_want want = { run->list->domain_digest,
		run->list->domain_size, 0, NULL };
	int rc;

	if (*run->list->domain_digest == '\0')
		return 0;
	if (read_own_domain(run))
		return parse_domain(run);
	if (want.size > DOMAIN_MAX)
		return buf_why(&run->why, ERR_FORMAT,
		    "%s/" COPYLIST_NAME ": DomainIni is larger than %" PRIu64
		    " bytes",
		    run->root, DOMAIN_MAX);
	rc = source_read(run->source, &want, &run->domain_text, &run->why);
	if (rc == ERR_NOENT || rc == ERR_DIGEST || rc == ERR_IO ||
	    rc == ERR_NAME)
		return ERR_HOST; /* the server is not what it says */
	return rc != 0 ? rc : parse_domain(run);
}

const char *
run_domain_get(const struct run *run, const char *section, const char *key)
{
	return run->domain == NULL ? NULL
				   : inifile_get(run->domain, section, key);
}

/* Which components are wanted here. */
static int
select_components(struct run *run)
{
	const char *domain = run_domain_get(run, "Servers", "Domain");
	const char *site = run_domain_get(run, "SMS", "SiteCode");
	struct buf shown = BUF_INIT;
	int rc;

	if (domain == NULL && run->ini != NULL)
		domain = run->ini->domain;
	if (site == NULL && run->ini != NULL)
		site = run->ini->site;
	rc = facts_make(&run->facts, domain, site);
	if (rc == 0 && run->options->host != NULL) {
		free(run->facts.host);
		run->facts.host = text_copy(run->options->host);
		rc = run->facts.host == NULL ? ERR_NOMEM : 0;
	}
	if (rc == 0)
		rc = buf_format(&shown, "%s/" COPYLIST_NAME, run->root);
	if (rc == 0)
		rc = copylist_select(run->list, buf_text(&shown), &run->facts,
		    run_domain_get(run, "SMS", "Components"), &run->why);
	buf_free(&shown);
	return rc;
}

static int
parse_list(struct run *run)
{
	struct buf shown = BUF_INIT;
	int rc = buf_format(&shown, "%s/" COPYLIST_NAME, run->root);

	if (rc == 0)
		rc = copylist_parse(buf_text(&shown), buf_text(&run->text),
		    run->text.len, &run->list, &run->why);
	/* I7: no list of a share writes to what decides about lists. */
	if (rc == 0)
		rc = layout_check_list(&run->layout, run->policy.path,
		    run->list, buf_text(&shown), &run->why);
	buf_free(&shown);
	if (rc == 0 && run_has_expired(run->list->expires))
		log_warning(run->log,
		    "%s/" COPYLIST_NAME " has expired; "
		    "publish again",
		    run->root);
	return rc;
}

/* A list that cannot be read any more means that the server went away. */
static int
read_list(struct run *run)
{
	int rc = source_list(run->source, &run->text, &run->why);

	return rc == 0 || rc == ERR_NOMEM || rc == ERR_RANGE || rc == ERR_STOP
	    ? rc
	    : ERR_HOST;
}

int
run_read_list(struct run *run)
{
	int rc;

	if ((rc = read_list(run)) != 0 || (rc = parse_list(run)) != 0)
		return rc;
	return check_sequence(run);
}

int
run_select(struct run *run)
{
	int rc = read_domain(run);

	return rc != 0 ? rc : select_components(run);
}

int
run_take_list(struct run *run)
{
	int rc;

	if ((rc = run_check_origin(run)) != 0)
		return rc;
	/* The head is all that is read of a list which has to wait. */
	if (!run_has_its_time(run))
		return 0;
	if ((rc = run_read_list(run)) != 0)
		return rc;
	/* Only its date had passed, and the server has no younger one. */
	if ((run->only_expired && run_has_expired(run->list->expires)) ||
	    !run_has_its_turn(run)) {
		copylist_free(run->list);
		run->list = NULL;
		return 0;
	}
	return run_select(run);
}
