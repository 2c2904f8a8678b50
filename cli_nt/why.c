/*
 * /why: which rule chose or held back the list, each component and each file.
 * It asks the same questions as a run does, in the same order, prints every
 * answer instead of stopping at one, and touches nothing.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "err.h"
#include "os.h"

#include "date.h"
#include "steps.h"
#include "smsini.h"
#include "text.h"

/* A line "name  text"; the text may hold what a share or a file says. */
static void __attribute__((format(__printf__, 2, 3)))
say(const char *name, const char *format, ...)
{
	struct buf text = BUF_INIT;
	char line[1024]; /* for people; longer is cut */
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	text_printable(line, &text);
	printf("  %-10s %s\n", name, buf_text(&text));
	buf_free(&text);
}

static void
say_date(const char *name, int64_t when, const char *after)
{
	struct buf date = BUF_INIT;

	date_add_iso(&date, when);
	say(name, "%s%s", buf_text(&date), after);
	buf_free(&date);
}

static void
explain_version(const struct run *run)
{
	const struct smsini *ini = run->ini;

	if (ini == NULL)
		say("version", "there is no SMS.INI: a first install");
	else if (!ini->has_version)
		say("version", "SMS.INI has no CopyListVersion%s",
		    ini->damaged ? ": it is damaged" : ": a first install");
	else
		say("version", "%" PRIu64 " is installed%s", ini->version,
		    ini->version == run->head.version
			? ": the same list"
			: ": this is another list");
}

static void
explain_client(struct run *run)
{
	const struct smsini *ini = run->ini;
	const char *phase = smsini_get(ini, "Local", "SetupPhase");

	explain_version(run);
	if (ini == NULL)
		return;
	if (ini->phase == PHASE_UPGRADE || ini->phase == PHASE_REMOVE)
		say("phase", "%s: which this version does not do", phase);
	else
		say("phase", "%s%s", phase == NULL ? "none" : phase,
		    run->verify ? ": every file is checked" : "");
	if (ini->facts != NULL && *ini->facts != '\0')
		say("facts", "%s: %s", ini->facts,
		    run_facts_changed(run) ? "not true any more" : "as noted");
	else if (run_facts_changed(run))
		say("facts", "this is another machine than that of the SMS ID");
}

static bool
has_to_wait(const struct run *run)
{
	return run->ini != NULL && !run->verify &&
	    smsini_must_wait(run->ini, run->head.version, os_clock());
}

static void
explain_next_try(const struct run *run)
{
	const struct smsini *ini = run->ini;
	char after[80];

	if (ini == NULL || ini->next_try == 0)
		return;
	if (ini->tried != run->head.version)
		snprintf(after, sizeof(after), ": about another list");
	else if (ini->tries == 0)
		snprintf(after, sizeof(after), ": the time of this list");
	else
		snprintf(after, sizeof(after), ": %u tries of this list",
		    ini->tries);
	say_date("NextTry", ini->next_try, after);
}

static void
explain_policy(const struct run *run)
{
	const struct policy *policy = &run->policy;

	if (!run->rights)
		say("signature", "none, and none is asked for without rights");
	else if (policy->allow_unsigned)
		say("signature", "none: AllowUnsigned=yes in %s", policy->path);
	else
		say("signature", "none, and this user is no administrator");
}

static void
explain_sequence(struct run *run)
{
	const struct copylist_head *last = run_last_head(run);

	if (run->list->sequence == 0)
		say("Sequence", "none: any other CopyListVersion counts");
	else if (last->sequence == 0)
		say("Sequence", "%" PRIu64, run->list->sequence);
	else
		say("Sequence", "%" PRIu64 ", the installed list has %" PRIu64,
		    run->list->sequence, last->sequence);
}

/* Is the turn of this machine in the rollout still to come? */
static bool
explain_rollout(const struct run *run)
{
	const char *id = run->ini == NULL ? NULL : run->ini->smsid;
	unsigned share = run->list->rollout, bucket;
	bool in;

	if (share >= 100) {
		say("Rollout", "100: every machine");
		return false;
	}
	if (id == NULL || copylist_bucket(run->list, id, &bucket) != 0) {
		say("Rollout", "%u: this machine has no SMS ID yet", share);
		return false;
	}
	in = bucket < share;
	say("Rollout", "%u: the number of this machine is %u, %s", share,
	    bucket, in ? "below it" : "not below it");
	return !in && run_asks_for_turn(run);
}

static void
explain_window(const char *of, const struct window *window, bool shut)
{
	struct buf text = BUF_INIT;

	if (window->to == 0)
		return;
	window_add(&text, window);
	say("Window", "%s of %s: %s", buf_text(&text), of,
	    shut ? "closed" : "open");
	buf_free(&text);
}

/* The same for the times at which the list may be installed. */
static bool
explain_times(struct run *run, struct run_turn *turn)
{
	run_find_turn(run, turn);
	if (run->head.not_before != -1)
		say_date("NotBefore", run->head.not_before,
		    turn->early ? ": not yet" : ": has come");
	explain_window("the list", &run->head.window, turn->list_shut);
	explain_window(run->policy.path != NULL ? run->policy.path : "",
	    &run->policy.window, turn->policy_shut);
	return run_asks_for_turn(run) &&
	    (turn->early || turn->list_shut || turn->policy_shut);
}

static void
explain_expires(const struct run *run)
{
	if (run->list->expires == -1)
		say("Expires", "never");
	else
		say_date("Expires", run->list->expires,
		    run_has_expired(run->list->expires)
			? ": past; it is installed with a warning"
			: "");
}

/* Nothing that a run asks about differs. */
static bool
is_current(struct run *run)
{
	const struct smsini *ini = run->ini;

	return ini != NULL && !ini->damaged && ini->has_version &&
	    ini->version == run->head.version && !run->verify &&
	    !run_facts_changed(run);
}

static void
explain_list(struct run *run, bool waits)
{
	struct run_turn turn;
	bool rolled, timed;

	explain_sequence(run);
	rolled = explain_rollout(run);
	timed = explain_times(run, &turn);
	explain_expires(run);
	if (run->ini != NULL &&
	    (run->ini->phase == PHASE_UPGRADE ||
		run->ini->phase == PHASE_REMOVE))
		say("so", "nothing is done");
	else if (waits)
		say_date("so", run->ini->next_try,
		    ": not before, for SMS.INI says NextTry");
	else if (is_current(run))
		say("so", "nothing to do: the list is installed");
	else if (timed && turn.never)
		say("so", "never: the windows are not open at the same time");
	else if (timed)
		say_date(
		    "so", turn.opens, ": not before, by NotBefore or Window");
	else if (rolled)
		say("so", "not yet, by Rollout");
	else
		say("so", "the list is %s",
		    run->rights ? "taken now" : "requested now");
}

struct words {
	struct buf text;
	bool holds; /* those that hold are told, or those that do not */
};

static void
add_word(void *arg, const struct facts_word *word)
{
	struct words *words = arg;

	if (word->holds != words->holds)
		return;
	buf_format(&words->text, "%s%s:%s %s %s",
	    words->text.len > 0 ? ", " : "", word->key, word->pattern,
	    word->holds ? "matched" : "does not match",
	    *word->value != '\0' ? word->value : "nothing");
}

/* Why is the component wanted, or not? */
static int
explain_wanted(struct run *run, const struct copylist_component *c)
{
	const char *names = run_domain_get(run, "SMS", "Components"), *by = "";
	struct words words = { BUF_INIT, c->wanted };
	int rc;

	rc = facts_explain(&run->facts, c->when, add_word, &words, &run->why);
	if (!copylist_is_named(c, names))
		by = "[SMS] Components of DOMAIN.INI does not name it";
	else if (names != NULL && *names != '\0' &&
	    !text_same(c->name, COPYLIST_STANDARD))
		by = "[SMS] Components of DOMAIN.INI names it";
	else if (words.text.len == 0)
		by = "it has no When=";
	if (rc == 0)
		say(c->wanted ? "wanted" : "not wanted", "%s%s%s%s", by,
		    *by != '\0' && words.text.len > 0 ? "; " : "",
		    words.text.len > 0 ? "When= " : "", buf_text(&words.text));
	buf_free(&words.text);
	return rc;
}

static const struct plan_component *
planned(const struct plan *plan, const char *name)
{
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (text_same(plan->components[i].name, name))
			return &plan->components[i];
	return NULL;
}

static int
explain_component(struct run *run, const struct plan *plan,
    const struct copylist_component *c)
{
	const struct plan_component *p = planned(plan, c->name);
	int rc;

	run_print_text("[", c->name, "]\n");
	if ((rc = explain_wanted(run, c)) != 0)
		return rc;
	if (c->type == COPYLIST_SERVICE)
		say("service",
		    "its files are the matter of the client "
		    "configuration manager");
	if (p != NULL)
		run_print_rows(p, true);
	return 0;
}

static int
explain_components(struct run *run, const struct plan *plan)
{
	size_t i;
	int rc = 0;

	run_print_columns();
	for (i = 0; i < run->list->count && rc == 0; i++)
		rc = explain_component(run, plan, &run->list->components[i]);
	for (i = 0; i < plan->count && rc == 0; i++) {
		if (copylist_component_of(
			run->list, plan->components[i].name) != NULL)
			continue;
		run_print_text("[", plan->components[i].name, "]\n");
		say("not wanted", "the list has no such component");
		run_print_rows(&plan->components[i], true);
	}
	return rc;
}

/* As run_is_current decides it. */
static bool
has_to_verify(const struct run *run)
{
	return run->verify || run->ini == NULL ||
	    run->ini->phase != PHASE_INSTALLED;
}

int
run_explain(struct run *run)
{
	struct update_job job;
	struct update update;
	bool waits;
	int rc;

	printf("CopyListVersion %" PRIu64, run->head.version);
	run_print_text(" on ", run->root, "\n");
	explain_next_try(run);
	/* A run asks that before it looks at the phase. */
	waits = has_to_wait(run);
	run->verify = has_to_verify(run);
	explain_client(run);
	if ((rc = run_check_origin(run)) != 0)
		return rc;
	explain_policy(run);
	if ((rc = run_read_list(run)) != 0)
		return rc;
	explain_list(run, waits);
	if ((rc = run_select(run)) != 0)
		return rc;
	run_fill_job(run, &job);
	if ((rc = update_plan(&job, &update, &run->why)) != 0)
		return rc;
	rc = explain_components(run, &update.plan);
	if (rc == 0)
		run_print_sum(run, &update.plan);
	update_free(&update);
	return rc == 0 ? options_flush(&run->why) : rc;
}
