/* Tests of ccm's raw check: good inventories are kept, bad ones put aside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../lib/buf.h"
#include "../../../lib/date.h"
#include "../../../lib/digest.h"
#include "../../../lib/logfile.h"
#include "../../../lib/rawfile.h"
#include "../../../platform/err.h"
#include "../../../site/ccm/rawcheck.h"
#include "../../../site/ccm/rawcheck_inside.h"
#include "../../fake/fake.h"

#define BOX	"/r/inventry.box"
#define WORK	BOX "/processing"
#define HISTORY BOX "/history"
#define BAD	BOX "/badraws"
#define NOW	(FAKE_START + 3600 * OS_SECOND)

static struct rawcheck_result result;
static struct logfile *logfile;

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	fake_put_folder(BOX);
	fake_clock(NOW);
	logfile = logfile_new("ccm", false, true);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	logfile_close(logfile);
	assert_int_equal(0, fake_handles());
	return 0;
}

static int
check(void)
{
	struct os_dir *root = NULL;
	int rc = os_dir_open("/r", &root);

	if (rc == 0)
		rc = rawcheck_run(root, logfile, &result);
	os_dir_close(root);
	return rc;
}

/* One that was written at `date` by an agent, and arrived now. */
struct sample {
	const char *id, *agent;
	int64_t date;
	const char *rest; /* of the body */
};

static void
make(const struct sample *sample, struct buf *text)
{
	const char *agent = sample->agent == NULL ? VERSION : sample->agent;
	struct buf body = BUF_INIT;
	char hex[DIGEST_TEXT];

	buf_format(
	    &body, "[Identity]\r\nSMS Unique ID=%s\r\nDate=", sample->id);
	date_add_iso(&body, sample->date);
	buf_format(&body, "\r\n%s", sample->rest == NULL ? "" : sample->rest);
	assert_int_equal(0, digest_of(body.data, body.len, hex));
	buf_clear(text);
	buf_format(text, "SMSRAW 1 %s %s %zu\r\n%sEND %s\r\n", sample->id,
	    agent, body.len, body.data, hex);
	buf_free(&body);
}

/* Puts it into the box and gives its name, which counts till the next. */
static const char *
put(struct sample sample)
{
	static char path[256];
	struct buf text = BUF_INIT;

	if (sample.date == 0)
		sample.date = NOW - 60 * OS_SECOND;
	make(&sample, &text);
	snprintf(path, sizeof path, BOX "/%s-%" PRId64 "-%zu.RAW", sample.id,
	    sample.date, text.len);
	fake_put_bytes(path, text.data, text.len);
	buf_free(&text);
	return path + strlen(BOX) + 1;
}

static void
put_at(int64_t date, const char *rest)
{
	put((struct sample){ "PL2A", NULL, date, rest });
}

static bool
has(const char *path)
{
	struct os_info info;

	return fake_info(path, &info);
}

static bool
says(const char *path, const char *part)
{
	const char *text = has(path) ? fake_get(path) : NULL;

	return text != NULL && strstr(text, part) != NULL;
}

static unsigned
events_of(const char *part)
{
	const char *p = fake_events();
	unsigned count = 0;

	for (; (p = strstr(p, part)) != NULL; p += strlen(part))
		count++;
	return count;
}

static void
good_files_are_kept_by_machine(void **state)
{
	(void)state;
	put((struct sample){ "PL2A", NULL, 0, "[Component X]\r\nState=y\r\n" });
	put((struct sample){
	    "PL2A", NULL, 0, "[System]\r\nName=x\r\n[Software]\r\n" });
	put((struct sample){ "PL2A", NULL, 0, "[Software]\r\nsoft=1\r\n" });
	put((struct sample){ "PL2A", NULL, 0, "[System]\r\nhard=1\r\n" });
	put((struct sample){ "PL2B", NULL, 0, NULL });
	assert_int_equal(0, check());
	assert_int_equal(5, result.kept);
	assert_string_equal("", fake_list(BAD));
	assert_true(says(HISTORY "/PL2A.HW", "hard=1"));
	assert_true(says(HISTORY "/PL2A.SW", "soft=1"));
	assert_true(says(HISTORY "/PL2A.STA", "State=y"));
	assert_true(says(HISTORY "/PL2A.RAW", "[System]"));
	assert_true(has(HISTORY "/PL2B.STA"));
	assert_string_equal("LOCK 0\n", fake_list(WORK));
	assert_null(strstr(fake_list(BOX), "\nPL2"));
	assert_int_equal(0, fake_event_count());
	assert_int_equal(OS_PRIVATE, fake_rights(HISTORY));
	assert_int_equal(OS_PRIVATE, fake_rights(WORK));
	assert_int_equal(OS_PRIVATE, fake_rights(BAD));
}

static void
newest_of_a_machine_is_kept_whatever_comes_last(void **state)
{
	(void)state;
	put_at(NOW - 100 * OS_SECOND, "[C]\r\na=second\r\n");
	assert_int_equal(0, check());
	put_at(NOW - 200 * OS_SECOND, "[C]\r\na=first\r\n");
	assert_int_equal(0, check());
	assert_int_equal(1, result.older);
	assert_int_equal(0, result.kept);
	assert_true(says(HISTORY "/PL2A.STA", "second"));
	put_at(NOW - 50 * OS_SECOND, "[C]\r\na=third\r\n");
	assert_int_equal(0, check());
	assert_int_equal(1, result.kept);
	assert_true(says(HISTORY "/PL2A.STA", "third"));
	assert_string_equal("LOCK 0\n", fake_list(WORK));
}

/* A client's clock in 2099: what it sends counts from when it arrived. */
static void
clock_that_was_ahead_holds_nothing_up(void **state)
{
	const int64_t ahead = NOW + 70 * INT64_C(365) * 86400 * OS_SECOND;

	(void)state;
	put_at(ahead, "[C]\r\na=ahead\r\n");
	assert_int_equal(0, check());
	assert_true(says(HISTORY "/PL2A.STA", "ahead"));
	put_at(NOW - 100 * OS_SECOND, "[C]\r\na=before\r\n");
	assert_int_equal(0, check());
	assert_true(says(HISTORY "/PL2A.STA", "ahead"));
	fake_clock(NOW + 600 * OS_SECOND);
	put_at(NOW + 500 * OS_SECOND, "[C]\r\na=right\r\n");
	assert_int_equal(0, check());
	assert_true(says(HISTORY "/PL2A.STA", "right"));
	put_at(NOW + 400 * OS_SECOND, "[C]\r\na=late\r\n");
	assert_int_equal(0, check());
	assert_true(says(HISTORY "/PL2A.STA", "right"));
	/* The server's own clock was ahead too. */
	put((struct sample){ "PL2B", NULL, ahead, NULL });
	assert_int_equal(0, check());
	fake_stamp(HISTORY "/PL2B.STA", ahead, 0);
	put((struct sample){ "PL2B", NULL, NOW, "[C]\r\na=right\r\n" });
	assert_int_equal(0, check());
	assert_true(says(HISTORY "/PL2B.STA", "right"));
}

static void
kept_file_without_a_date_has_the_time_it_came(void **state)
{
	(void)state;
	fake_put(HISTORY "/PL2A.STA", "not one of ours");
	fake_stamp(HISTORY "/PL2A.STA", NOW - 100 * OS_SECOND, 0);
	put_at(NOW - 200 * OS_SECOND, NULL);
	assert_int_equal(0, check());
	assert_int_equal(1, result.older);
	put_at(NOW - 50 * OS_SECOND, NULL);
	assert_int_equal(0, check());
	assert_int_equal(1, result.kept);
}

/* Q128143: one bad file stopped the processor. */
static void
q128143_bad_file_never_stops_the_next(void **state)
{
	char name[128], path[256], line[300];

	(void)state;
	snprintf(name, sizeof name, "%s",
	    put((struct sample){ "PL2A", NULL, 0, NULL }));
	snprintf(path, sizeof path, BOX "/%s", name);
	snprintf(line, sizeof line, "warning ccm: event 130: %s: ", name);
	fake_put(path, "SMSRAW 1 PL2A 0.1.0 5\r\na=b\r\n");
	fake_put(BOX "/0.raw", "");
	fake_put(BOX "/PL2X-1-2.RAW", "SMSRAW 2 PL2X 9 what\r\n");
	put((struct sample){ "PL2B", NULL, 0, NULL });
	assert_int_equal(0, check());
	assert_int_equal(1, result.kept);
	assert_int_equal(3, result.bad);
	assert_true(has(HISTORY "/PL2B.STA"));
	snprintf(path, sizeof path, BAD "/%s", name);
	assert_true(has(path));
	assert_true(has(BAD "/0.raw"));
	assert_true(has(BAD "/PL2X-1-2.RAW"));
	assert_int_equal(1, events_of(line));
	assert_int_equal(1, events_of("event 128: 0.raw: it is empty\n"));
	assert_int_equal(1, events_of("event 129: PL2X-1-2.RAW: "));
	assert_int_equal(3, fake_event_count());
}

static void
name_that_is_taken_in_badraws_gets_a_number(void **state)
{
	char name[256], path[300];

	(void)state;
	fake_put(BAD "/a.raw", "first");
	fake_put(BOX "/a.raw", "second");
	memset(name, 'n', 251);
	memcpy(name + 251, ".RAW", 5);
	snprintf(path, sizeof path, BAD "/%s", name);
	fake_put(path, "third");
	snprintf(path, sizeof path, BOX "/%s", name);
	fake_put(path, "fourth");
	assert_int_equal(0, check());
	assert_int_equal(2, result.bad);
	assert_string_equal("first", fake_get(BAD "/a.raw"));
	assert_non_null(strstr(fake_tree(BAD), "=second\n"));
	assert_non_null(strstr(fake_tree(BAD), "=third\n"));
	assert_non_null(strstr(fake_tree(BAD), "=fourth\n"));
}

/* Q248969: a file was processed while it was still being copied. */
static void
q248969_temporary_file_is_not_looked_at(void **state)
{
	const char *name = put((struct sample){ "PL2A", NULL, 0, NULL });
	char path[256], tmp[300];
	struct buf text = BUF_INIT;

	(void)state;
	snprintf(path, sizeof path, BOX "/%s", name);
	snprintf(tmp, sizeof tmp, "%s.0123456789abcdef.tmp", path);
	buf_add_text(&text, fake_get(path));
	fake_put(tmp, text.data);
	fake_drop(path);
	buf_free(&text);
	assert_int_equal(0, check());
	assert_int_equal(0, result.kept + result.bad + result.passed);
	assert_true(has(tmp));
}

/* Q168340, Q181630, Q137989: .TMP of movers that died were never removed. */
static void
sweep_of(const char *name)
{
	char path[256];

	snprintf(path, sizeof path, BOX "/%s.0123456789abcdef.tmp", name);
	fake_put(path, "half");
	fake_stamp(path, NOW - 86399 * OS_SECOND, 0);
	fake_pass(2 * 86400 * 1000);
	fake_clock(NOW);
	assert_int_equal(0, check());
	assert_true(has(path));
	fake_put(BOX "/other.tmp", "not ours");
	fake_stamp(BOX "/other.tmp", 0, 0);
	fake_pass(86400 * 1000);
	assert_int_equal(0, check());
	assert_false(has(path));
	assert_true(has(BOX "/other.tmp"));
}

static void
q168340_temporary_files_of_dead_movers_go_after_a_day(void **state)
{
	(void)state;
	sweep_of("PL2A-1-2.RAW");
}

static void
q181630_temporary_file_of_a_rename_that_was_refused_goes(void **state)
{
	const char *name = put((struct sample){ "PL2A", NULL, 0, NULL });
	char from[256], to[300];
	struct buf text = BUF_INIT;

	(void)state;
	snprintf(from, sizeof from, BOX "/%s", name);
	snprintf(to, sizeof to, "%s.0123456789abcdef.tmp", from);
	buf_add_text(&text, fake_get(from));
	fake_put(to, text.data); /* whole, and without its name */
	buf_free(&text);
	fake_drop(from);
	fake_stamp(to, NOW - 86401 * OS_SECOND, 0);
	fake_pass(4 * 86400 * 1000);
	fake_clock(NOW);
	assert_int_equal(0, check());
	assert_false(has(to));
	assert_int_equal(0, result.kept);
}

static void
q137989_temporary_file_of_a_write_that_failed_goes(void **state)
{
	(void)state;
	sweep_of("PL2B-1-2-0123456789abcdef.RAW");
}

static void
what_is_no_file_is_passed_by_and_told_once(void **state)
{
	int i;

	(void)state;
	fake_put_special(BOX "/link.raw", OS_LINK);
	fake_put_special(BOX "/fifo.raw", OS_OTHER);
	fake_put_folder(BOX "/folder.raw");
	fake_put(BOX "/secret.raw", "x");
	fake_deny(BOX "/secret.raw", ERR_ACCES);
	put((struct sample){ "PL2B", NULL, 0, NULL });
	for (i = 0; i < 3; i++) {
		assert_int_equal(0, check());
		assert_int_equal(4, result.passed);
		assert_int_equal(4, fake_event_count());
	}
	fake_deny(BOX "/secret.raw", 0);
	assert_true(has(HISTORY "/PL2B.STA"));
	assert_true(has(BOX "/link.raw") && has(BOX "/fifo.raw"));
	assert_true(has(BOX "/folder.raw") && has(BOX "/secret.raw"));
	fake_drop(BOX "/link.raw");
	fake_drop(BOX "/fifo.raw");
	fake_drop(BOX "/folder.raw");
	fake_drop(BOX "/secret.raw");
	assert_int_equal(0, check());
	fake_put_special(BOX "/link.raw", OS_LINK);
	assert_int_equal(0, check());
	assert_int_equal(5, fake_event_count());
	fake_drop(BOX "/link.raw");
	assert_int_equal(0, check());
}

static void
very_many_oddities_are_not_all_told(void **state)
{
	char path[64];
	int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		snprintf(path, sizeof path, BOX "/%d.raw", i);
		fake_put_special(path, OS_OTHER);
	}
	assert_int_equal(0, check());
	assert_int_equal(1000, result.passed);
	assert_int_equal(256, fake_event_count());
	assert_int_equal(1, events_of("further ones are not named"));
	fake_drop(BOX);
	fake_put_folder(BOX);
	assert_int_equal(0, check());
}

static void
file_with_a_second_name_waits(void **state)
{
	struct os_dir *box = NULL;
	char name[256];

	(void)state;
	snprintf(name, sizeof name, "%s",
	    put((struct sample){ "PL2A", NULL, 0, NULL }));
	assert_int_equal(0, os_dir_open(BOX, &box));
	assert_int_equal(0, os_link(box, name, box, "other.tmp"));
	assert_int_equal(0, check());
	assert_int_equal(1, result.passed);
	assert_int_equal(0, os_remove(box, "other.tmp"));
	os_dir_close(box);
	assert_int_equal(0, check());
	assert_int_equal(1, result.kept);
}

static void
left_by_a_run_that_died_is_judged_by_the_next(void **state)
{
	char from[300], to[300];
	struct buf text = BUF_INIT;
	const char *name = put((struct sample){ "PL2A", NULL, 0, NULL });

	(void)state;
	snprintf(from, sizeof from, BOX "/%s", name);
	snprintf(to, sizeof to, WORK "/%s", name);
	buf_add_text(&text, fake_get(from));
	fake_put(to, text.data);
	fake_drop(from);
	buf_free(&text);
	fake_put_special(WORK "/y.raw", OS_LINK);
	fake_put(WORK "/x.raw", "bad");
	assert_int_equal(0, check());
	assert_int_equal(1, result.kept);
	assert_int_equal(1, result.bad);
	assert_string_equal("LOCK 0\ny.raw ->\n", fake_list(WORK));
	fake_drop(WORK "/y.raw");
	assert_int_equal(0, check());
}

/* What has the name when it is claimed is not what was looked at. */
static void
swap_for_link(void *arg, const char *call)
{
	char *path = arg;

	if (strcmp(call, "os_rename_new") != 0 || *path == '\0')
		return;
	fake_drop(path);
	fake_put_special(path, OS_LINK);
	*path = '\0';
}

static void
link_that_takes_the_place_of_a_file_is_put_aside_unread(void **state)
{
	char path[300];

	(void)state;
	snprintf(path, sizeof path, BOX "/%s",
	    put((struct sample){ "PL2A", NULL, 0, NULL }));
	fake_hook(swap_for_link, path);
	assert_int_equal(0, check());
	fake_hook(NULL, NULL);
	assert_int_equal(1, result.bad);
	assert_int_equal(1, events_of("event 133"));
	assert_non_null(strstr(fake_list(BAD), " ->\n"));
	assert_string_equal("", fake_list(HISTORY));
}

/* Two at once: the other has the lock; or it took the file meanwhile. */
static void
second_check_leaves_the_first_alone(void **state)
{
	(void)state;
	put((struct sample){ "PL2A", NULL, 0, NULL });
	fake_lock(WORK "/LOCK", -1);
	assert_int_equal(0, check());
	assert_true(result.busy);
	assert_int_equal(0, result.kept);
	assert_string_equal("", fake_list(HISTORY));
	fake_lock(WORK "/LOCK", 0);
	assert_int_equal(0, check());
	assert_false(result.busy);
	assert_int_equal(1, result.kept);
}

struct thief {
	char path[300];
	const char *call;
	unsigned number;
};

static void
take_away(void *arg, const char *call)
{
	struct thief *thief = arg;

	if (strcmp(call, thief->call) == 0 && thief->number-- == 1)
		fake_drop(thief->path);
}

static void
file_that_another_one_took_is_no_failure(void **state)
{
	struct thief thief = { .call = "os_rename_new", .number = 1 };

	(void)state;
	snprintf(thief.path, sizeof thief.path, BOX "/%s",
	    put((struct sample){ "PL2A", NULL, 0, NULL }));
	put((struct sample){ "PL2B", NULL, 0, NULL });
	fake_hook(take_away, &thief);
	assert_int_equal(0, check());
	fake_hook(NULL, NULL);
	assert_int_equal(1, result.kept);
	assert_int_equal(0, result.passed + result.failed + result.bad);
}

/* Q169038: a machine with an old agent is named, its data is not thrown away. */
static void
q169038_outdated_machine_is_named_once_a_version(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		fake_clock(NOW + i * OS_SECOND);
		put((struct sample){ "PL2A", "0.0.8", NOW + i, NULL });
		put((struct sample){ "PL2B", "99.0", NOW + i, NULL });
		put((struct sample){ "PL2C", VERSION, NOW + i, NULL });
		assert_int_equal(0, check());
		assert_int_equal(3, result.kept);
		assert_int_equal(i == 0, result.outdated);
	}
	assert_int_equal(1, fake_event_count());
	assert_int_equal(1, events_of("1 machines have an outdated agent"));
	assert_string_equal(
	    "0.0.8 " VERSION "\r\n", fake_get(HISTORY "/PL2A.OLD"));
	assert_false(has(HISTORY "/PL2B.OLD") || has(HISTORY "/PL2C.OLD"));
	put((struct sample){ "PL2A", "0.0.9", NOW + i, NULL });
	assert_int_equal(0, check());
	assert_int_equal(1, result.outdated);
	fake_put(HISTORY "/PL2A.OLD", "0.0.9 0.0.95\r\n"); /* we were older */
	put((struct sample){ "PL2A", "0.0.9", NOW + i, NULL });
	assert_int_equal(0, check());
	assert_int_equal(1, result.outdated);
	put((struct sample){ "PL2A", VERSION, NOW + i, NULL });
	assert_int_equal(0, check());
	assert_false(has(HISTORY "/PL2A.OLD"));
}

static size_t
count_bad(void)
{
	const char *p = fake_list(BAD);
	size_t count = 0;

	for (; (p = strchr(p, '\n')) != NULL; p++)
		count++;
	return count;
}

static void
note_most(void *arg, const char *call)
{
	size_t *most = arg, count;

	if (strcmp(call, "os_dir_list") != 0)
		return;
	count = count_bad();
	*most = count > *most ? count : *most;
}

static void
badraws_has_a_bound(void **state)
{
	size_t most = 0;
	char path[64];
	int i;

	(void)state;
	fake_put(BAD "/ages.raw", "old");
	fake_stamp(BAD "/ages.raw", NOW - 31 * INT64_C(86400) * OS_SECOND, 0);
	fake_put(BAD "/future.raw", "old");
	fake_stamp(BAD "/future.raw", NOW + 2 * INT64_C(86400) * OS_SECOND, 0);
	fake_put(BAD "/recent.raw", "new");
	fake_stamp(BAD "/recent.raw", NOW - 29 * INT64_C(86400) * OS_SECOND, 0);
	fake_put(BOX "/one.raw", "bad");
	assert_int_equal(0, check());
	assert_string_equal("one.raw 3\nrecent.raw 3\n", fake_list(BAD));
	for (i = 0; i < 2500; i++) {
		snprintf(path, sizeof path, BOX "/%d.raw", i);
		fake_put(path, "bad");
		fake_stamp(path, NOW - i * OS_SECOND, 0);
	}
	fake_hook(note_most, &most);
	assert_int_equal(0, check());
	fake_hook(NULL, NULL);
	assert_int_equal(2500, result.bad);
	assert_int_equal(RAWCHECK_BAD_MAX, count_bad());
	assert_in_range(most, RAWCHECK_BAD_MAX, 2 * RAWCHECK_BAD_MAX);
	assert_false(has(BAD "/recent.raw"));
	assert_int_equal(1 + 100 + 1, fake_event_count());
	assert_int_equal(1, events_of("2500 bad inventories in all"));
}

/* Its time is what its writer says, and he may have no battery for his clock. */
static void
times_that_writers_say_keep_nothing_and_remove_nothing(void **state)
{
	const int64_t day = INT64_C(86400) * OS_SECOND;
	char path[256];

	(void)state;
	fake_put(BOX "/old.raw", "bad");
	fake_stamp(BOX "/old.raw", NOW - 1000 * day, 0);
	snprintf(path, sizeof path, BOX "/%s",
	    put((struct sample){ "PL2A", NULL, NOW - 1000 * day, "" }));
	fake_stamp(path, NOW - 1000 * day, 0);
	assert_int_equal(0, check());
	fake_pass(2 * 86400 * 1000);
	assert_int_equal(0, check());
	assert_true(has(BAD "/old.raw"));
	assert_true(has(HISTORY "/PL2A.STA"));
}

static void
machine_that_says_nothing_for_very_long_goes(void **state)
{
	const int64_t day = INT64_C(86400) * OS_SECOND;

	(void)state;
	fake_put(HISTORY "/PL2A.STA", "x");
	fake_stamp(HISTORY "/PL2A.STA", NOW - 401 * day, 0);
	fake_put(HISTORY "/PL2B.STA", "x");
	fake_stamp(HISTORY "/PL2B.STA", NOW - 399 * day, 0);
	fake_pass(3 * 86400 * 1000);
	fake_pass(3 * 86400 * 1000);
	fake_clock(NOW);
	assert_int_equal(0, check());
	assert_string_equal("PL2B.STA 1\n", fake_list(HISTORY));
}

static void
history_that_is_full_takes_no_new_machine(void **state)
{
	struct check pass = { .log = logfile, .result = &result, .most = 2 };
	struct os_dir *root = NULL;

	(void)state;
	put_at(NOW - 100 * OS_SECOND, NULL);
	fake_put(HISTORY "/PL2C.STA", "x");
	assert_int_equal(0, check());
	put_at(NOW - 50 * OS_SECOND, NULL);
	put((struct sample){ "PL2B", NULL, 0, NULL });
	memset(&result, 0, sizeof result);
	assert_int_equal(0, os_dir_open("/r", &root));
	assert_int_equal(0, rawcheck_open(&pass, root));
	assert_int_equal(0, rawcheck_pass(&pass));
	rawcheck_close(&pass);
	os_dir_close(root);
	assert_int_equal(1, result.kept);
	assert_int_equal(1, result.bad);
	assert_int_equal(1, events_of("event 133: PL2B-"));
	assert_int_equal(1, events_of("no more machines can be kept"));
	assert_true(has(HISTORY "/PL2C.STA") && !has(HISTORY "/PL2B.STA"));
}

static void
box_that_is_missing_or_not_ours_changes_nothing(void **state)
{
	(void)state;
	fake_put("/r/x", "y");
	put((struct sample){ "PL2A", NULL, 0, NULL });
	fake_put_special(HISTORY, OS_LINK);
	assert_int_equal(ERR_LINK, check());
	assert_false(has(WORK) || has(BAD));
	fake_drop(HISTORY);
	fake_owner(BOX, 1000);
	assert_int_equal(ERR_UNTRUSTED, check());
	assert_int_equal(1, events_of("inventry.box: owner uid 1000 is "));
	assert_false(has(HISTORY));
	fake_owner("/r", 1000);
	fake_put_folder(HISTORY);
	fake_owner(HISTORY, 1001);
	assert_int_equal(ERR_UNTRUSTED, check());
	assert_false(has(WORK) || has(BAD));
	fake_owner(HISTORY, 1000);
	assert_int_equal(0, check());
	assert_int_equal(1, result.kept);
	fake_drop(HISTORY);
	fake_put_special(HISTORY, OS_LINK);
	assert_int_equal(ERR_LINK, check());
	fake_drop(BOX);
	assert_int_equal(ERR_NOENT, check());
	fake_put_special(BOX, OS_LINK);
	assert_int_equal(ERR_LINK, check());
	fake_drop(BOX);
	fake_put(BOX, "");
	assert_int_equal(ERR_NOTDIR, check());
	assert_string_equal("inventry.box 0\nx 1\n", fake_list("/r"));
}

static void
box_that_refuses_every_claim_ends_the_pass(void **state)
{
	char path[64];
	int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		snprintf(path, sizeof path, BOX "/%d.raw", i);
		fake_put(path, "bad");
	}
	fake_fail_call("os_rename_new", 1, FAKE_FOREVER, ERR_ROFS);
	assert_int_equal(ERR_ROFS, check());
	assert_int_equal(16, result.passed);
	fake_fail(0, FAKE_ONCE, 0);
	assert_int_equal(0, check());
	assert_int_equal(100, result.bad);
}

static void
claims_that_fail_between_others_end_nothing(void **state)
{
	char path[64];
	int i;

	(void)state;
	for (i = 0; i < 40; i++) {
		snprintf(path, sizeof path, BOX "/%02d.raw", i);
		fake_put(path, "bad");
		snprintf(path, sizeof path, WORK "/%02d.raw", i);
		if (i % 2 == 0) {
			fake_put(path, "cannot be read");
			fake_deny(path, ERR_IO);
		}
	}
	assert_int_equal(0, check());
	assert_int_equal(20, result.failed);
	assert_int_equal(20, result.passed);
	assert_int_equal(20, result.bad);
	fake_drop(BOX);
	fake_put_folder(BOX);
	assert_int_equal(0, check());
}

static void
pass_that_is_asked_to_stop_stops(void **state)
{
	(void)state;
	put((struct sample){ "PL2A", NULL, 0, NULL });
	fake_stop_after(0);
	assert_int_equal(ERR_STOP, check());
	assert_int_equal(0, result.kept);
}

static void
prepare(unsigned passes)
{
	fake_reset();
	fake_put_folder(BOX);
	while (passes-- > 0)
		fake_pass(2 * 86400 * 1000);
	fake_clock(NOW);
	fake_put(BAD "/bad.raw", "before");
	fake_put(HISTORY "/PL2B.OLD", "x");
	fake_put(WORK "/left.raw", "left");
	fake_put(BOX "/bad.raw", "bad");
	put((struct sample){ "PL2A", "0.0.1", 0, NULL });
	put((struct sample){ "PL2B", NULL, 0, NULL });
}

/* Whether each of the four is in one place at least. */
static void
check_nothing_lost(void)
{
	const char *tree = fake_tree(BOX);

	assert_non_null(strstr(tree, "=before\n"));
	assert_non_null(strstr(tree, "=left\n"));
	assert_non_null(strstr(tree, "=bad\n"));
	assert_non_null(strstr(tree, "SMSRAW 1 PL2A"));
	assert_non_null(strstr(tree, "SMSRAW 1 PL2B"));
}

static void
check_all_done(void)
{
	check_nothing_lost();
	assert_true(has(HISTORY "/PL2A.STA") && has(HISTORY "/PL2B.STA"));
	assert_true(has(BAD "/left.raw"));
	assert_string_equal("LOCK 0\n", fake_list(WORK));
}

/* The walk through all faults, as single ones and as the end of the process:
 * nothing is lost, and the next pass does the rest. */
static void
walk(enum fake_times times, bool power)
{
	unsigned n;

	for (n = 1; n < 300; n++) {
		prepare(n % 2 == 0 ? 1 : 4);
		fake_fail(n, times, ERR_IO);
		check();
		if (!fake_met())
			break;
		assert_int_equal(0, fake_handles());
		fake_fail(0, FAKE_ONCE, 0);
		if (power)
			fake_power_cut();
		check_nothing_lost();
		assert_int_equal(0, check());
		check_all_done();
		assert_int_equal(0, check());
	}
	assert_in_range(n, 30, 299);
	check_all_done();
}

static void
one_failing_call_loses_nothing_and_the_next_pass_does_the_rest(void **state)
{
	(void)state;
	walk(FAKE_ONCE, false);
}

static void
check_that_ends_anywhere_loses_nothing(void **state)
{
	(void)state;
	walk(FAKE_FOREVER, false);
}

static void
power_cut_anywhere_loses_nothing(void **state)
{
	(void)state;
	walk(FAKE_FOREVER, true);
}

static void
out_of_memory_loses_nothing(void **state)
{
	unsigned n;
	bool met = true;

	(void)state;
	if (!fake_alloc_works())
		skip();
	for (n = 1; n < 500 && met; n++) {
		prepare(1);
		fake_alloc_fail(n, FAKE_ONCE);
		check();
		met = fake_alloc_met();
		fake_alloc_fail(0, FAKE_ONCE);
		check_nothing_lost();
		assert_null(strstr(fake_list(BAD), "PL2"));
		assert_int_equal(0, check());
		check_all_done();
	}
	assert_in_range(n, 30, 499);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(good_files_are_kept_by_machine),
		test(newest_of_a_machine_is_kept_whatever_comes_last),
		test(clock_that_was_ahead_holds_nothing_up),
		test(kept_file_without_a_date_has_the_time_it_came),
		test(q128143_bad_file_never_stops_the_next),
		test(name_that_is_taken_in_badraws_gets_a_number),
		test(q248969_temporary_file_is_not_looked_at),
		test(q168340_temporary_files_of_dead_movers_go_after_a_day),
		test(q181630_temporary_file_of_a_rename_that_was_refused_goes),
		test(q137989_temporary_file_of_a_write_that_failed_goes),
		test(what_is_no_file_is_passed_by_and_told_once),
		test(very_many_oddities_are_not_all_told),
		test(file_with_a_second_name_waits),
		test(left_by_a_run_that_died_is_judged_by_the_next),
		test(link_that_takes_the_place_of_a_file_is_put_aside_unread),
		test(second_check_leaves_the_first_alone),
		test(file_that_another_one_took_is_no_failure),
		test(q169038_outdated_machine_is_named_once_a_version),
		test(badraws_has_a_bound),
		test(times_that_writers_say_keep_nothing_and_remove_nothing),
		test(machine_that_says_nothing_for_very_long_goes),
		test(history_that_is_full_takes_no_new_machine),
		test(box_that_is_missing_or_not_ours_changes_nothing),
		test(box_that_refuses_every_claim_ends_the_pass),
		test(claims_that_fail_between_others_end_nothing),
		test(pass_that_is_asked_to_stop_stops),
		test(
		    one_failing_call_loses_nothing_and_the_next_pass_does_the_rest),
		test(check_that_ends_anywhere_loses_nothing),
		test(power_cut_anywhere_loses_nothing),
		test(out_of_memory_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
