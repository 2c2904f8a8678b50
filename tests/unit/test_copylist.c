/*
 * Tests of lib/copylist: what a list may say, what is refused and with which
 * words, the order of components, and that reader and writer agree. The cases
 * are in tests/data/copylist.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/buf.h"
#include "../../lib/copylist.h"
#include "../../platform/err.h"
#include "../../platform/os.h"
#include "../fake/fake.h"

#define DATA "tests/data/copylist/"
#define DIGEST_A \
	"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define DIGEST_B \
	"60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
#define LIST	 "list" /* the name in error texts */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
read_data(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	int c;

	if (f == NULL)
		fail_msg("cannot open %s (run in the project's folder)", path);
	while ((c = fgetc(f)) != EOF)
		buf_add_char(out, (char)c);
	assert_int_equal(0, fclose(f));
	assert_false(out->failed);
}

/* The example of the page, with the line ends that a list has. */
static void
read_example(struct buf *out)
{
	struct buf page = BUF_INIT;
	const char *at, *end;

	read_data("doc/copylist.md", &page);
	at = strstr(page.data, "```\n");
	assert_non_null(at);
	at += strlen("```\n");
	end = strstr(at, "```\n");
	assert_non_null(end);
	for (; at < end; at++) {
		if (*at == '\n')
			buf_add_char(out, '\r');
		buf_add_char(out, *at);
	}
	buf_free(&page);
}

/* Takes a line off, without its LF; NULL at the end. */
static char *
next_line(char **rest)
{
	char *line = *rest, *end;

	if (*line == '\0')
		return NULL;
	end = strchr(line, '\n');
	if (end == NULL)
		fail_msg("no LF at the end of the data");
	*end = '\0';
	*rest = end + 1;
	return line;
}

/* Adds what {hh} or {*N} stands for; returns what follows it. */
static const char *
add_escape(const char *at, struct buf *out)
{
	char *end;
	long n;

	n = strtol(at + (at[1] == '*' ? 2 : 1), &end, at[1] == '*' ? 10 : 16);
	if (*end != '}')
		fail_msg("bad escape in the data: %s", at);
	if (at[1] != '*')
		buf_add_char(out, (char)n);
	for (; at[1] == '*' && n > 0; n--)
		buf_add_char(out, out->data[out->len - 1]);
	return end + 1;
}

static void
add_unescaped(const char *text, struct buf *out)
{
	while (*text != '\0') {
		if (*text == '{') {
			text = add_escape(text, out);
			continue;
		}
		if (*text == '@')
			buf_add_text(out, DIGEST_A);
		else
			buf_add_char(out, *text);
		text++;
	}
}

static void
add_text_line(char *line, struct buf *out)
{
	size_t len = strlen(line);
	bool joined = len >= 3 && strcmp(line + len - 3, "{-}") == 0;

	if (joined)
		line[len - 3] = '\0';
	add_unescaped(line, out);
	if (!joined)
		buf_add_text(out, "\r\n");
}

static struct copylist *
parse(const char *text)
{
	struct copylist *list;
	struct buf why = BUF_INIT;
	int err;

	err = copylist_parse(LIST, text, strlen(text), &list, &why);
	if (err != 0)
		fail_msg("refused: %s", buf_text(&why));
	buf_free(&why);
	return list;
}

/* Destinations */

static int
check_destination(char *line)
{
	struct buf name = BUF_INIT;
	char *tab = strchr(line, '\t');
	const char *reason;
	int wrong;

	assert_non_null(tab);
	*tab = '\0';
	add_unescaped(tab + 1, &name);
	reason = copylist_refusal(buf_text(&name));
	if (reason == NULL)
		reason = "ok";
	wrong = strcmp(reason, line) != 0;
	if (wrong)
		print_error("\"%s\": %s, not %s\n", tab + 1, reason, line);
	buf_free(&name);
	return wrong;
}

static void
destinations_are_taken_or_refused_as_the_table_says(void **state)
{
	struct buf data = BUF_INIT;
	char *rest, *line;
	int wrong = 0, cases = 0;

	(void)state;
	read_data(DATA "destinations.txt", &data);
	rest = data.data;
	while ((line = next_line(&rest)) != NULL) {
		if (line[0] == '#')
			continue;
		wrong += check_destination(line);
		cases++;
	}
	assert_int_equal(0, wrong);
	assert_true(cases > 150);
	buf_free(&data);
}

/* Whole lists */

static void
assert_same_file(const struct copylist_file *a, const struct copylist_file *b)
{
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->folded, b->folded);
	assert_true(a->size == b->size);
	assert_string_equal(a->digest, b->digest);
	assert_string_equal(a->version, b->version);
	assert_true(a->date == b->date);
	assert_int_equal(a->flags, b->flags);
}

static void
assert_same_list(const struct copylist *a, const struct copylist *b)
{
	size_t i, j;

	assert_true(a->version == b->version && a->sequence == b->sequence);
	assert_true(a->published == b->published && a->expires == b->expires);
	assert_true(a->release == b->release && a->rollout == b->rollout);
	assert_true(a->not_before == b->not_before);
	assert_int_equal(a->window.from, b->window.from);
	assert_int_equal(a->window.to, b->window.to);
	assert_string_equal(a->requires == NULL ? "NULL" : a->requires,
	    b->requires == NULL ? "NULL" : b->requires);
	assert_true(copylist_same_content(a, b));
	for (i = 0; i < a->count; i++) {
		assert_string_equal(
		    a->components[i].name, b->components[i].name);
		for (j = 0; j < a->components[i].count; j++)
			assert_same_file(&a->components[i].files[j],
			    &b->components[i].files[j]);
	}
}

/* What was read is written, read again and the same; a second time it is also
 * written with the same bytes. */
static void
assert_round_trip(const struct copylist *list)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;
	struct copylist *again;

	assert_int_equal(0, copylist_write(list, &once));
	again = parse(once.data);
	assert_same_list(list, again);
	assert_int_equal(0, copylist_write(again, &twice));
	assert_string_equal(once.data, twice.data);
	copylist_free(again);
	buf_free(&once);
	buf_free(&twice);
}

/* A reason that ends in ": *" may go on as it likes. */
static bool
is_reason(const char *why, const char *wanted)
{
	size_t len = strlen(wanted);

	if (len > 3 && strcmp(wanted + len - 3, ": *") == 0)
		return strncmp(why, wanted, len - 1) == 0;
	return strcmp(why, wanted) == 0;
}

static int
check_list(const char *name, const char *expected, const struct buf *text)
{
	struct buf why = BUF_INIT, wanted = BUF_INIT;
	struct copylist *list = NULL;
	bool wrong;
	int err;

	err = copylist_parse(LIST, buf_text(text), text->len, &list, &why);
	if (strcmp(expected, "good") == 0) {
		wrong = err != 0;
		if (!wrong)
			assert_round_trip(list);
	} else {
		buf_add_text(&wanted, LIST ":");
		add_unescaped(expected, &wanted);
		wrong = err != ERR_FORMAT || list != NULL ||
		    !is_reason(buf_text(&why), buf_text(&wanted));
	}
	if (wrong)
		print_error("%s: %d \"%s\"\n", name, err, buf_text(&why));
	copylist_free(list);
	buf_free(&why);
	buf_free(&wanted);
	return wrong;
}

/* The text of a case, up to the line that begins the next one. */
static void
read_case_text(char **rest, struct buf *text)
{
	buf_clear(text);
	while (**rest != '\0' && strncmp(*rest, "== ", 3) != 0)
		add_text_line(next_line(rest), text);
	/* The blank line between two cases belongs to neither. */
	if (text->len >= 2 && **rest != '\0')
		text->data[text->len -= 2] = '\0';
}

static void
lists_are_taken_or_refused_as_the_cases_say(void **state)
{
	struct buf data = BUF_INIT, text = BUF_INIT;
	char *rest, *name, *expected;
	int wrong = 0, cases = 0;

	(void)state;
	read_data(DATA "lists.txt", &data);
	rest = strstr(data.data, "\n== ") + 1;
	while ((name = next_line(&rest)) != NULL) {
		expected = next_line(&rest);
		assert_non_null(expected);
		assert_int_equal(0, strncmp(expected, "=> ", 3));
		read_case_text(&rest, &text);
		wrong += check_list(name + 3, expected + 3, &text);
		cases++;
	}
	assert_int_equal(0, wrong);
	assert_true(cases > 80);
	buf_free(&data);
	buf_free(&text);
}

static void
the_published_form_is_written_as_the_page_shows_it(void **state)
{
	struct buf data = BUF_INIT, out = BUF_INIT;
	struct copylist *list;

	(void)state;
	read_example(&data);
	list = parse(data.data);
	assert_int_equal(0, copylist_write(list, &out));
	assert_string_equal(data.data, out.data);
	copylist_free(list);
	buf_free(&data);
	buf_free(&out);
}

static void
values_arrive_as_they_were_written(void **state)
{
	const struct copylist_component *c;
	struct buf data = BUF_INIT;
	struct copylist *list;

	(void)state;
	read_example(&data);
	list = parse(data.data);
	assert_true(list->version == 1795197600 && list->sequence == 42);
	assert_true(list->published == 1795197600 * OS_SECOND);
	assert_true(list->expires == 1802973600 * OS_SECOND);
	assert_true(list->release == 1795197600 && list->rollout == 100);
	assert_true(list->domain_size == 312);
	assert_int_equal(64, strlen(list->domain_digest));
	assert_int_equal(2, list->count);
	c = copylist_component_of(list, "client INVENTORY");
	assert_ptr_equal(c, &list->components[1]);
	assert_int_equal(COPYLIST_SERVICE, c->type);
	assert_string_equal("SMS_CLIENT_INVENTORY", c->service);
	assert_string_equal("BIN\\INV32CLI.EXE", c->binary);
	assert_string_equal("os:windows host:^PLN-.*", c->when);
	assert_null(c->arguments);
	assert_null(c->settle);
	assert_int_equal(13, c->line);
	c = &list->components[0];
	assert_int_equal(2, c->count);
	assert_string_equal("BIN/CLIMONNT.EXE", c->files[0].name);
	assert_string_equal("bin/climonnt.exe", c->files[0].folded);
	assert_true(c->files[0].size == 81920);
	assert_true(c->files[0].date == 1795077000 * OS_SECOND);
	assert_int_equal(OS_EXEC, c->files[0].flags);
	assert_int_equal(21, c->files[0].line);
	assert_string_equal("-", c->files[1].version);
	assert_true(c->files[1].date == -1);
	assert_null(copylist_component_of(list, "Client"));
	copylist_free(list);
	buf_free(&data);
}

static void
absent_keys_have_their_defaults(void **state)
{
	struct copylist *list = parse("[SMS]\nCopyListVersion=5\n");

	(void)state;
	assert_true(list->sequence == 0 && list->release == 5);
	assert_true(list->published == -1 && list->expires == -1);
	assert_int_equal(100, list->rollout);
	assert_true(list->not_before == -1);
	assert_int_equal(0, list->window.to);
	assert_null(list->requires);
	assert_string_equal("", list->domain_digest);
	assert_int_equal(0, list->count);
	copylist_free(list);
}

static void
files_are_sorted_by_their_folded_names(void **state)
{
	struct copylist *list = parse(
	    "[SMS]\nCopyListVersion=5\n"
	    "[Component A]\nType=files\n[Files A]\n"
	    "b=1," DIGEST_A ",-\nC=1," DIGEST_A ",-\na\\x=1," DIGEST_A ",-\n"
	    "A.Y=1," DIGEST_A ",-\n");
	static const char *const names[] = { "A.Y", "a/x", "b", "C" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++)
		assert_string_equal(
		    names[i], list->components[0].files[i].name);
	copylist_free(list);
}

/* Order */

/* `spec`: "A B<A,C C": B comes after A and C. */
static struct copylist *
parse_components(const char *spec)
{
	struct buf text = BUF_INIT;
	struct copylist *list;
	size_t name, after;

	buf_add_text(&text, "[SMS]\nCopyListVersion=5\n");
	for (; *spec != '\0'; spec += strspn(spec, " ")) {
		name = strcspn(spec, "< ");
		after = strcspn(spec + name, " ");
		buf_format(
		    &text, "[Component %.*s]\nType=files\n", (int)name, spec);
		if (after > 0)
			buf_format(&text, "After=%.*s\n", (int)after - 1,
			    spec + name + 1);
		spec += name + after;
	}
	list = parse(text.data);
	buf_free(&text);
	return list;
}

static void
components_come_after_what_they_name(void **state)
{
	static const struct {
		const char *spec, *order;
	} cases[] = {
		{ "A B C", "A B C " },
		{ "C B A", "C B A " },
		{ "A<B B", "B A " },
		{ "A<C B C", "B C A " },
		{ "A<b,c B C<B", "B C A " },
		{ "A<D B C<B D", "B C D A " },
		{ "A B STANDARD", "STANDARD A B " },
		{ "A standard<X X B", "A X standard B " },
		{ "A<B,B,,B B", "B A " },
		{ "D<C C<B B<A A", "A B C D " },
		{ "A<Z z", "z A " },
		/* A name that goes on, and one that ends at the comma. */
		{ "X<AB,Y AB AB! Y", "AB AB! Y X " },
	};
	struct copylist *list;
	struct buf order = BUF_INIT;
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		list = parse_components(cases[i].spec);
		buf_clear(&order);
		for (j = 0; j < list->count; j++)
			buf_format(&order, "%s ", list->components[j].name);
		assert_string_equal(cases[i].order, order.data);
		assert_round_trip(list);
		copylist_free(list);
	}
	buf_free(&order);
}

static void
ten_thousand_components_are_the_most(void **state)
{
	struct buf text = BUF_INIT;
	struct copylist *list;
	int i;

	(void)state;
	buf_add_text(&text, "[SMS]\nCopyListVersion=5\n");
	/* Each waits for the next one: the longest way to an order. */
	for (i = 0; i < 9999; i++)
		buf_format(
		    &text, "[Component %d]\nType=files\nAfter=%d\n", i, i + 1);
	buf_add_text(&text, "[Component 9999]\nType=files\n");
	list = parse(text.data);
	assert_int_equal(10000, list->count);
	assert_string_equal("9999", list->components[0].name);
	assert_string_equal("0", list->components[9999].name);
	copylist_free(list);
	buf_add_text(&text, "[Component x]\nType=files\n");
	assert_int_equal(
	    ERR_FORMAT, copylist_parse(LIST, text.data, text.len, &list, NULL));
	assert_null(list);
	buf_free(&text);
}

static void
every_allocation_that_fails_is_told(void **state)
{
	static const char text[] =
	    "[SMS]\nCopyListVersion=5\nRequires=rollout\n"
	    "[Component A]\nType=files\nAfter=B\nWhen=os:linux\n"
	    "[Component B]\nType=files\n[Files A]\nx=1," DIGEST_A ",-\n";
	struct copylist *list;
	unsigned n = 0;
	bool met;
	int rc;

	(void)state;
	do {
		fake_alloc_fail(++n, FAKE_ONCE);
		rc = copylist_parse(LIST, text, sizeof text - 1, &list, NULL);
		met = fake_alloc_met();
		fake_alloc_fail(0, FAKE_ONCE);
		assert_int_equal(met ? ERR_NOMEM : 0, rc);
		if (met)
			assert_null(list);
	} while (met);
	assert_true(n > 10);
	assert_string_equal("B", list->components[0].name);
	copylist_free(list);
}

/* Reader and writer */

static unsigned
draw(uint32_t *seed, unsigned below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % below;
}

static void
add_random_file(uint32_t *seed, int number, struct buf *out)
{
	static const char *const folders[] = {
		"",
		"BIN\\",
		"data/",
		"A b\\c\\",
	};
	static const char *const dates[] = {
		"",
		",-",
		",2026-11-19T08:30:00Z",
		",-,x",
		",-,rx",
		",1970-01-01T00:00:00Z,h",
		",2261-12-31T23:59:59Z,xhr",
	};
	static const char *const versions[] = {
		"-",
		"2.0.1493.4006",
		"v\xc3\xa4",
	};

	buf_format(out, "%s%u\xc3\x84%d.TXT=%u,%s,%s%s\r\n",
	    folders[draw(seed, COUNT(folders))], draw(seed, 10), number,
	    draw(seed, 1u << 24), draw(seed, 2) ? DIGEST_A : DIGEST_B,
	    versions[draw(seed, COUNT(versions))],
	    dates[draw(seed, COUNT(dates))]);
}

static void
add_random_component(uint32_t *seed, int number, struct buf *out)
{
	int i, files = (int)draw(seed, 8);

	buf_format(out, "[Component C %d]\r\nType=files\r\n", number);
	if (draw(seed, 2))
		buf_format(
		    out, "Start=delayed\r\nSettle=%u\r\n", draw(seed, 100));
	if (draw(seed, 2))
		buf_add_text(out, "Arguments=\"x;y\" = # [z]\r\nWhen=\r\n");
	if (number > 0 && draw(seed, 2))
		buf_format(
		    out, "After=C %u, C 0\r\n", draw(seed, (unsigned)number));
	buf_format(out, "[Files C %d]\r\n", number);
	for (i = 0; i < files; i++)
		add_random_file(seed, 10 * number + i, out);
}

static void
what_is_written_is_read_as_the_same_list(void **state)
{
	struct buf text = BUF_INIT;
	struct copylist *list;
	uint32_t seed;
	int i, n;

	(void)state;
	for (n = 1; n <= 300; n++) {
		seed = (uint32_t)n;
		buf_clear(&text);
		buf_format(&text, "[SMS]\r\nCopyListVersion=%u\r\n",
		    draw(&seed, 1000000) + 1);
		if (draw(&seed, 2))
			buf_format(&text, "Sequence=%d\r\nRollout=%u\r\n", n,
			    draw(&seed, 101));
		if (draw(&seed, 2))
			buf_add_text(&text,
			    "Expires=2027-02-18T18:00:00Z\r\n"
			    "Window=22:00-04:00\r\n"
			    "NotBefore=2027-01-31T00:00:00Z\r\n"
			    "Requires=window, NotBefore\r\n");
		for (i = (int)draw(&seed, 6); i >= 0; i--)
			add_random_component(&seed, i, &text);
		list = parse(text.data);
		assert_round_trip(list);
		copylist_free(list);
	}
	buf_free(&text);
}

static void
a_list_cut_behind_its_head_is_refused(void **state)
{
	struct buf data = BUF_INIT;
	struct copylist *list;
	size_t i;

	(void)state;
	read_example(&data);
	i = (size_t)(strstr(data.data, "[Component") - data.data);
	for (; i < data.len; i++) {
		if (copylist_parse(LIST, data.data, i, &list, NULL) != 0)
			continue;
		/* But in the last line: Files= counts whole and cut lines. */
		assert_int_equal(1, list->components[1].count);
		assert_true(data.len - i < strlen(",2.0.1493.4006\r\n"));
		copylist_free(list);
	}
	buf_free(&data);
}

/* Comparing */

#define BASE                                                   \
	"[SMS]\nCopyListVersion=5\nDomainIni=3," DIGEST_A "\n" \
	"[Component A]\nType=files\nWhen=os:linux\n"           \
	"[Component B]\nType=files\nAfter=A\n"                 \
	"[Files A]\nX=1," DIGEST_A ",-,-,x\nY=1," DIGEST_A ",1.0\n"

static void
replace_once(const char *from, const char *to, struct buf *out)
{
	const char *at = strstr(BASE, from);

	assert_non_null(at);
	buf_clear(out);
	buf_add(out, BASE, (size_t)(at - BASE));
	buf_add_text(out, to);
	buf_add_text(out, at + strlen(from));
}

/* Do all components of one list have their twin in the other? */
static bool
same_sums(const struct copylist *a, const struct copylist *b)
{
	char sum[DIGEST_TEXT], other[DIGEST_TEXT];
	const struct copylist_component *twin;
	bool same = a->count == b->count;
	size_t i;

	for (i = 0; i < a->count; i++) {
		twin = copylist_component_of(b, a->components[i].name);
		assert_int_equal(
		    0, copylist_component_sum(&a->components[i], sum));
		assert_true(digest_is_text(sum));
		if (twin == NULL) {
			same = false;
			continue;
		}
		assert_int_equal(0, copylist_component_sum(twin, other));
		/* The sum says what a comparison would. */
		assert_int_equal(strcmp(sum, other) == 0,
		    copylist_same_component(&a->components[i], twin));
		same = same && strcmp(sum, other) == 0;
	}
	return same;
}

static void
a_change_of_content_is_seen(void **state)
{
	static const struct {
		const char *from, *to;
		bool same;
	} cases[] = {
		{ "Version=5", "Version=6", true },
		{ "DomainIni", "Rollout=5\nSequence=4\nDomainIni", true },
		{ "-,-,x", "-,2026-11-19T08:30:00Z,x", true },
		{ "[Component B]\nType=files\nAfter=A\n"
		  "[Files A]",
		    "[Component B]\nType=files\nAfter=A\n"
		    "[Files B]\n[Files A]",
		    true },
		{ "[Component A]\nType=files\nWhen=os:linux\n",
		    "[Component A]\nWhen=os:linux\nType=files\n", true },
		{ "DomainIni=3", "DomainIni=4", false },
		{ "DomainIni=3," DIGEST_A, "DomainIni=3," DIGEST_B, false },
		{ "DomainIni=3," DIGEST_A "\n", "", false },
		{ "X=1", "x=1", false },
		{ "X=1", "Z=1", false },
		{ "X=1", "X=2", false },
		{ "X=1," DIGEST_A, "X=1," DIGEST_B, false },
		{ ",1.0", ",1.1", false },
		{ "-,-,x", "-,-,xr", false },
		{ "Y=1," DIGEST_A ",1.0\n", "", false },
		{ "os:linux", "os:windows", false },
		{ "When=os:linux\n", "", false },
		{ "When=os:linux", "When=os:linux\nStart=auto", false },
		{ "After=A\n", "", false },
		{ "After=A\n", "After=A\nSettle=1\n", false },
		{ "After=A\n", "After=A\nService=s\n", false },
		{ "After=A\n", "After=A\nBinary=s\n", false },
		{ "After=A\n", "After=A\nArguments=\n", false },
		{ "Type=files\nAfter=A\n",
		    "Type=service\nAfter=A\n"
		    "Service=s\nBinary=Z\n[Files B]\nZ=0," DIGEST_A ",-\n",
		    false },
		{ "[Component B]", "[Component C]", false },
		{ "[Component B]", "[Component b]", false },
		{ "[Files A]", "[Component C]\nType=files\n[Files A]", false },
	};
	struct copylist *base = parse(BASE), *list;
	struct buf text = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		replace_once(cases[i].from, cases[i].to, &text);
		list = parse(text.data);
		if (copylist_same_content(base, list) != cases[i].same ||
		    copylist_same_content(list, base) != cases[i].same)
			fail_msg("%s -> %s", cases[i].from, cases[i].to);
		copylist_free(list);
	}
	copylist_free(base);
	buf_free(&text);
}

static void
the_sum_of_a_component_is_its_content(void **state)
{
	static const struct {
		const char *from, *to;
		bool same;
	} cases[] = {
		{ "Version=5", "Version=6", true },
		{ "-,-,x", "-,2026-11-19T08:30:00Z,x", true },
		{ "X=1", "x=1", false },
		{ "X=1", "X=2", false },
		{ "X=1," DIGEST_A, "X=1," DIGEST_B, false },
		{ ",1.0", ",1.1", false },
		{ "-,-,x", "-,-,xr", false },
		{ "Y=1," DIGEST_A ",1.0\n", "", false },
		{ "os:linux", "os:windows", false },
		{ "When=os:linux\n", "", false },
		{ "When=os:linux", "When=os:linux\nStart=auto", false },
		{ "After=A\n", "", false },
		{ "After=A\n", "After=A\nSettle=1\n", false },
		{ "After=A\n", "After=A\nService=s\n", false },
		{ "After=A\n", "After=A\nBinary=s\n", false },
		{ "After=A\n", "After=A\nArguments=\n", false },
		{ "Type=files\nAfter=A\n",
		    "Type=service\nAfter=A\n"
		    "Service=s\nBinary=Z\n[Files B]\nZ=0," DIGEST_A ",-\n",
		    false },
		{ "[Component B]", "[Component b]", false },
	};
	struct copylist *base = parse(BASE), *list;
	struct buf text = BUF_INIT;
	char sum[DIGEST_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		replace_once(cases[i].from, cases[i].to, &text);
		list = parse(text.data);
		if (same_sums(base, list) != cases[i].same)
			fail_msg("%s -> %s", cases[i].from, cases[i].to);
		copylist_free(list);
	}
	/* The same on every machine and in every version. */
	assert_int_equal(0, copylist_component_sum(&base->components[1], sum));
	assert_string_equal(
	    "8bef0d5bb641c9e692b453b0c4dc5d5fb7d62f49c37d685177454d7410fc0456",
	    sum);
	if (fake_alloc_works()) {
		fake_alloc_fail(1, FAKE_FOREVER);
		assert_int_equal(ERR_NOMEM,
		    copylist_component_sum(&base->components[0], sum));
		fake_alloc_fail(0, FAKE_ONCE);
	}
	copylist_free(base);
	buf_free(&text);
}

static void
the_order_of_components_is_no_content(void **state)
{
	struct copylist *a = parse_components("A B C");
	struct copylist *b = parse_components("C A B");

	(void)state;
	assert_true(copylist_same_content(a, b));
	copylist_free(a);
	copylist_free(b);
}

static void
a_list_that_is_too_long_is_refused_by_name(void **state)
{
	struct buf why = BUF_INIT;
	struct copylist *list;
	char *text;

	(void)state;
	text = malloc(COPYLIST_MAX + 1);
	assert_non_null(text);
	memset(text, '\n', COPYLIST_MAX + 1);
	memcpy(text, "[SMS]\nCopyListVersion=5\n[x]\n", 28);
	assert_int_equal(ERR_FORMAT,
	    copylist_parse(LIST, text, COPYLIST_MAX + 1, &list, &why));
	assert_string_equal(
	    LIST ":1: over 67108864 bytes long", buf_text(&why));
	assert_null(list);
	free(text);
	buf_free(&why);
}

static void
a_signed_list_must_have_sequence_published_and_files(void **state)
{
	static const struct {
		const char *keys, *missing;
	} cases[] = {
		{ "Sequence=1\nPublished=2026-11-20T18:00:00Z\nFiles=0\n",
		    NULL },
		{ "Published=2026-11-20T18:00:00Z\nFiles=0\n", "Sequence" },
		{ "Sequence=1\nFiles=0\n", "Published" },
		{ "Sequence=1\nPublished=2026-11-20T18:00:00Z\n", "Files" },
	};
	struct buf text = BUF_INIT, why = BUF_INIT, wanted = BUF_INIT;
	struct copylist *list;
	size_t i;
	int err;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		buf_clear(&text);
		buf_format(
		    &text, "[SMS]\nCopyListVersion=5\n%s", cases[i].keys);
		list = parse(text.data);
		err = copylist_check_complete(list, LIST, &why);
		copylist_free(list);
		if (cases[i].missing == NULL) {
			assert_int_equal(0, err);
			continue;
		}
		assert_int_equal(ERR_FORMAT, err);
		buf_clear(&wanted);
		buf_format(&wanted,
		    LIST ":1: no %s= in [SMS], which a "
			 "signed list must have",
		    cases[i].missing);
		assert_string_equal(wanted.data, buf_text(&why));
	}
	buf_free(&text);
	buf_free(&why);
	buf_free(&wanted);
}

static void
nothing_to_free_is_freed(void **state)
{
	(void)state;
	copylist_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    destinations_are_taken_or_refused_as_the_table_says),
		cmocka_unit_test(lists_are_taken_or_refused_as_the_cases_say),
		cmocka_unit_test(
		    the_published_form_is_written_as_the_page_shows_it),
		cmocka_unit_test(values_arrive_as_they_were_written),
		cmocka_unit_test(absent_keys_have_their_defaults),
		cmocka_unit_test(files_are_sorted_by_their_folded_names),
		cmocka_unit_test(components_come_after_what_they_name),
		cmocka_unit_test(ten_thousand_components_are_the_most),
		cmocka_unit_test(every_allocation_that_fails_is_told),
		cmocka_unit_test(what_is_written_is_read_as_the_same_list),
		cmocka_unit_test(a_list_cut_behind_its_head_is_refused),
		cmocka_unit_test(a_change_of_content_is_seen),
		cmocka_unit_test(the_sum_of_a_component_is_its_content),
		cmocka_unit_test(the_order_of_components_is_no_content),
		cmocka_unit_test(a_list_that_is_too_long_is_refused_by_name),
		cmocka_unit_test(
		    a_signed_list_must_have_sequence_published_and_files),
		cmocka_unit_test(nothing_to_free_is_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
