/*
 * Tests of site/publish/sysmap: which maps are taken or refused, with which
 * words (the cases are in tests/data/sysmap), that no cut or changed byte does
 * harm, and how the files are found on disk.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../lib/buf.h"
#include "../../../platform/err.h"
#include "../../../platform/os.h"
#include "../../../site/publish/sources.h"
#include "../../../site/publish/sysmap.h"
#include "../../fake/fake.h"

#define CASES  "tests/data/sysmap/maps.txt"
#define SAMPLE "samples/SYSTEM.MAP"
#define MAP    "map" /* the name in error texts */

#define DIRECTORY                                        \
	"DIRECTORY \"BIN\" PLATFORM \"\" LANGUAGE \"\" " \
	"SOURCE \"CD\" FLAGS = 10 UNIT = \"U\" BEGIN"
#define ENTRY_START "\"A\", SIZE(1,1,1), "
#define ENTRY_LISTS ", \"\", REMOTE=NO, COPYLISTS("
#define ENTRY_END   "), COMPRESS=NO, FLAGS=0"

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

static void add_unescaped(const char *text, struct buf *out);

/* Adds what "@word...@" stands for; returns what follows it. */
static const char *
add_macro(const char *at, struct buf *out)
{
	const char *end = strchr(at + 1, '@'), *blank = strchr(at, ' ');
	struct buf inner = BUF_INIT;

	assert_non_null(end);
	if (blank != NULL && blank < end)
		buf_add(&inner, blank + 1, (size_t)(end - blank - 1));
	if (strncmp(at, "@dir@", 5) == 0) {
		buf_add_text(out, DIRECTORY);
	} else if (strncmp(at, "@file ", 6) == 0) {
		buf_add_text(out, ENTRY_START "\"");
		add_unescaped(buf_text(&inner), out);
		buf_add_text(out,
		    "\"" ENTRY_LISTS "\"WINNT:STANDARD\" = "
		    "\"SMS\"" ENTRY_END);
	} else if (strncmp(at, "@in ", 4) == 0) {
		buf_add_text(out,
		    ENTRY_START "\"X.EXE\", \"A.EXE\", REMOTE=YES, "
				"COPYLISTS(");
		add_unescaped(buf_text(&inner), out);
		buf_add_text(out, ENTRY_END);
	} else {
		fail_msg("bad macro in the data: %s", at);
	}
	buf_free(&inner);
	return end + 1;
}

static void
add_unescaped(const char *text, struct buf *out)
{
	while (*text != '\0') {
		if (*text == '@') {
			text = add_macro(text, out);
		} else if (*text == '{') {
			buf_add_char(out, (char)strtol(text + 1, NULL, 16));
			text += strlen("{00}");
		} else {
			buf_add_char(out, *text++);
		}
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

/* " COMPONENT=DESTINATION" for each file that counts. */
static void
add_chosen(const struct sysmap *map, struct buf *out)
{
	size_t i;

	for (i = 0; i < map->count; i++)
		if (!map->files[i].passed)
			buf_format(out, "%s%s=%s", out->len == 0 ? "" : " ",
			    map->files[i].component, map->files[i].name);
	if (out->len == 0)
		buf_add_text(out, "nothing");
}

static int
check_case(const char *name, const char *expected, const struct buf *text)
{
	struct buf why = BUF_INIT, wanted = BUF_INIT, found = BUF_INIT;
	struct sysmap *map;
	int rc, wrong;

	rc = sysmap_parse(MAP, text, &map, &why);
	add_unescaped(expected, &wanted);
	if (rc == 0)
		add_chosen(map, &found);
	else if (strncmp(buf_text(&why), MAP ":", strlen(MAP ":")) == 0)
		buf_add_text(&found, why.data + strlen(MAP ":"));
	wrong = (rc != 0 && rc != ERR_FORMAT) || (rc != 0) != (map == NULL) ||
	    strcmp(buf_text(&found), buf_text(&wanted)) != 0;
	if (wrong)
		print_error("%s: %d, wanted \"%s\", found \"%s\"\n", name, rc,
		    buf_text(&wanted), buf_text(&found));
	sysmap_free(map);
	buf_free(&why);
	buf_free(&wanted);
	buf_free(&found);
	return wrong;
}

static void
maps_are_taken_or_refused_as_the_cases_say(void **unused)
{
	struct buf data = BUF_INIT, text = BUF_INIT;
	char *rest, *line, *name, *expected;
	int wrong = 0, cases = 0;

	(void)unused;
	read_data(CASES, &data);
	rest = strstr(data.data, "\n== ");
	assert_non_null(rest);
	rest++;
	while ((line = next_line(&rest)) != NULL) {
		name = line;
		expected = next_line(&rest);
		assert_non_null(expected);
		assert_int_equal(strncmp(expected, "=> ", 3), 0);
		buf_clear(&text);
		while (*rest != '\0' && strncmp(rest, "== ", 3) != 0)
			add_text_line(next_line(&rest), &text);
		/* The blank line between two cases belongs to neither. */
		if (text.len >= 2 && *rest != '\0')
			text.data[text.len -= 2] = '\0';
		wrong += check_case(name, expected + 3, &text);
		cases++;
	}
	assert_int_equal(wrong, 0);
	assert_in_range(cases, 50, 1000);
	buf_free(&data);
	buf_free(&text);
}

static const char *
flags_of(uint64_t flags)
{
	static char text[200];
	struct buf out = BUF_INIT;

	assert_int_equal(sysmap_service_flags(flags, &out), 0);
	snprintf(text, sizeof text, "%s", buf_text(&out));
	buf_free(&out);
	return text;
}

static void
flags_of_services_are_decimal_and_named_by_their_bits(void **unused)
{
	const char text[] = "SERVICE \"S\" BEGIN FLAGS = 3789 MAIN \"A\" END";
	struct buf map_text = BUF_INIT, why = BUF_INIT;
	struct sysmap *map;

	(void)unused;
	assert_string_equal(flags_of(3789),
	    "install, start, set registry, primary site, secondary site, "
	    "sender, optional, thread of the executive");
	assert_string_equal(flags_of(0x1032),
	    "system account, program, literal path, "
	    "neither stopped nor removed");
	assert_string_equal(flags_of(0x100), "autostart");
	assert_string_equal(flags_of(0x6001), "install, 0x6000");
	buf_add_text(&map_text, text);
	assert_int_equal(sysmap_parse(MAP, &map_text, &map, &why), 0);
	assert_string_equal(buf_text(&map->notes),
	    MAP ":1:9: SERVICE \"S\": passed over; flags: install, start, "
		"set registry, primary site, secondary site, sender, "
		"optional, thread of the executive\n");
	sysmap_free(map);
	buf_free(&map_text);
	buf_free(&why);
}

static void
what_is_passed_over_is_counted(void **unused)
{
	struct buf text = BUF_INIT, why = BUF_INIT;
	struct sysmap *map;

	(void)unused;
	buf_add_text(&text,
	    "IDLIST \"PLATFORM_DEFAULT\" = \"P\"\n"
	    "DIRECTORY \"D\" PLATFORM \"Q\" LANGUAGE \"\" SOURCE \"\" "
	    "FLAGS = 0 UNIT = \"\" BEGIN\n" ENTRY_START "\"A\"" ENTRY_LISTS
	    "\"OS2:X\" = \"SMS\", \"DOS:X\" = \"SMS\"" ENTRY_END
	    "\n" ENTRY_START "\"A\"" ENTRY_LISTS ENTRY_END "\nEND\n");
	assert_int_equal(sysmap_parse(MAP, &text, &map, &why), 0);
	assert_string_equal(buf_text(&map->notes),
	    MAP ": files in no list of WINNT, passed over: 2\n" MAP
		": clauses for other systems, passed over: 2\n" MAP
		":2:11: DIRECTORY \"D\": is for PLATFORM Q: passed over\n");
	sysmap_free(map);
	buf_free(&text);
	buf_free(&why);
}

/* It is taken, or refused with a place in it. */
static void
assert_answer(const char *text, size_t len)
{
	struct buf exact = BUF_INIT, why = BUF_INIT;
	struct sysmap *map;
	unsigned line, column;
	int rc;

	/* An allocation of its own: reading past the end is seen. */
	buf_add(&exact, text, len);
	rc = sysmap_parse(MAP, &exact, &map, &why);
	if (rc != 0) {
		assert_int_equal(rc, ERR_FORMAT);
		assert_int_equal(
		    sscanf(buf_text(&why), MAP ":%u:%u: ", &line, &column), 2);
	}
	sysmap_free(map);
	buf_free(&exact);
	buf_free(&why);
}

static void
a_map_cut_at_any_byte_is_answered(void **unused)
{
	struct buf text = BUF_INIT;
	size_t len;

	(void)unused;
	read_data(SAMPLE, &text);
	assert_in_range(text.len, 1000, 8000);
	for (len = 0; len <= text.len; len++)
		assert_answer(text.data, len);
	buf_free(&text);
}

static void
a_map_with_any_byte_changed_is_answered(void **unused)
{
	static const char others[] = { '\0', '"', '(', ',', '9', 'A', '\n',
		'\x80' };
	struct buf text = BUF_INIT;
	size_t i, j;
	char was;

	(void)unused;
	read_data(SAMPLE, &text);
	for (i = 0; i < text.len; i++) {
		was = text.data[i];
		for (j = 0; j < 3; j++) {
			text.data[i] = others[(i + j) % sizeof others];
			assert_answer(text.data, text.len);
		}
		text.data[i] = was;
	}
	buf_free(&text);
}

static void
a_list_of_names_is_bounded(void **unused)
{
	struct buf text = BUF_INIT, why = BUF_INIT;
	struct sysmap *map;
	int i;

	(void)unused;
	buf_add_text(&text, "UNITS = \"0\"");
	for (i = 1; i < 256; i++)
		buf_format(&text, ", \"%d\"", i);
	assert_int_equal(sysmap_parse(MAP, &text, &map, &why), 0);
	assert_int_equal(map->units.count, 256);
	sysmap_free(map);
	buf_add_text(&text, ",\n\"256\"");
	assert_int_equal(sysmap_parse(MAP, &text, &map, &why), ERR_FORMAT);
	assert_string_equal(
	    buf_text(&why), MAP ":2:1: more than 256 names in one list");
	buf_free(&text);
	buf_free(&why);
}

/* On disk */

static struct sources found;
static struct buf warnings = BUF_INIT, reason = BUF_INIT;

/* An entry for `installed`, on the CD as `disc`. */
static void
add_entry(struct buf *text, const char *installed, const char *disc, int size)
{
	buf_format(text,
	    "\"ID\", SIZE(1, 1, %d), \"%s\", \"%s\", REMOTE=YES, "
	    "COPYLISTS(\"WINNT:PCM\" = \"SMS\"), COMPRESS=NO, FLAGS = 5\n",
	    size, installed, disc);
}

/* Looks for the files of a map at /m that has these entries. */
static int
find(const struct buf *entries)
{
	struct buf text = BUF_INIT, why = BUF_INIT;
	struct sysmap *map = NULL;
	int rc;

	buf_format(&text,
	    "DIRECTORY \"SRC\\X86.BIN\" PLATFORM \"\" LANGUAGE \"\" SOURCE "
	    "\"CD\\INTNL\"\nFLAGS = 10 UNIT = \"U\" BEGIN\n%sEND\n",
	    buf_text(entries));
	assert_int_equal(sysmap_parse(MAP, &text, &map, &why), 0);
	sources_close(&found);
	fake_put("/m/SYSTEM.MAP", "");
	buf_clear(&warnings);
	buf_clear(&reason);
	rc = sources_open(&found, "/m/SYSTEM.MAP", &reason);
	if (rc == 0)
		rc = sources_look(&found, &reason);
	if (rc == 0)
		rc = sysmap_find(map, MAP, &found, &warnings, &reason);
	sysmap_free(map);
	buf_free(&text);
	buf_free(&why);
	return rc;
}

static int
find_one(const char *installed, const char *disc, int size)
{
	struct buf entries = BUF_INIT;
	int rc;

	add_entry(&entries, installed, disc, size);
	rc = find(&entries);
	buf_free(&entries);
	return rc;
}

static void
assert_found(const char *from, const char *name)
{
	assert_int_equal(found.count, 1);
	assert_string_equal(sources_from(&found.files[0]), from);
	assert_string_equal(found.files[0].name, name);
	assert_string_equal(found.files[0].component, "PCM");
}

static int
start(void **unused)
{
	(void)unused;
	fake_reset();
	return 0;
}

static int
finish(void **unused)
{
	(void)unused;
	fake_alloc_fail(0, FAKE_ONCE);
	fake_fail(0, FAKE_ONCE, 0);
	sources_close(&found);
	buf_free(&warnings);
	buf_free(&reason);
	return (int)fake_handles();
}

/* Another disk, in the same test. */
static void
start_anew(void)
{
	sources_close(&found);
	fake_reset();
}

static void
a_file_is_looked_for_in_directory_then_in_source(void **unused)
{
	(void)unused;
	fake_put("/m/CD/INTNL/DISC.EXE", "ab");
	assert_int_equal(find_one("A.EXE", "DISC.EXE", 2), 0);
	assert_found("CD/INTNL/DISC.EXE", "BIN/A.EXE");
	fake_put("/m/SRC/X86.BIN/A.EXE", "a");
	assert_int_equal(find_one("A.EXE", "DISC.EXE", 1), 0);
	assert_found("SRC/X86.BIN/A.EXE", "BIN/A.EXE");
	assert_int_equal(found.files[0].info.size, 1);
	assert_string_equal(buf_text(&warnings), "");
}

static void
names_are_found_in_any_letter_case(void **unused)
{
	(void)unused;
	fake_put("/m/src/x86.bin/a.exe", "a");
	assert_int_equal(find_one("A.EXE", "", 1), 0);
	assert_found("src/x86.bin/a.exe", "BIN/A.EXE");
	/* What is written exactly so comes first. */
	fake_put("/m/src/x86.bin/A.EXE", "a");
	assert_int_equal(find_one("A.EXE", "", 1), 0);
	assert_found("src/x86.bin/A.EXE", "BIN/A.EXE");
}

static void
an_empty_folder_has_no_file(void **unused)
{
	(void)unused;
	fake_put_folder("/m/SRC/X86.BIN");
	fake_put_folder("/m/CD/INTNL");
	assert_int_equal(find_one("A.EXE", "DISC.EXE", 1), ERR_FORMAT);
	assert_non_null(strstr(buf_text(&reason), "A.EXE"));
}

static void
names_in_several_letter_cases_are_refused(void **unused)
{
	(void)unused;
	fake_put("/m/SRC/X86.BIN/a.exe", "a");
	fake_put("/m/SRC/X86.BIN/A.exe", "a");
	assert_int_equal(find_one("A.EXE", "", 1), ERR_FORMAT);
	assert_string_equal(buf_text(&reason),
	    MAP ":3:1: SRC/X86.BIN/A.EXE: there are several, in different "
		"letter case");
	start_anew();
	fake_put("/m/Src/X86.BIN/A.EXE", "a");
	fake_put("/m/src/X86.BIN/A.EXE", "a");
	assert_int_equal(find_one("A.EXE", "", 1), ERR_FORMAT);
	assert_string_equal(buf_text(&reason),
	    MAP ":1:11: SRC: there are several, in different letter case");
}

static void
a_file_that_is_nowhere_is_refused(void **unused)
{
	(void)unused;
	assert_int_equal(find_one("A.EXE", "DISC.EXE", 2), ERR_FORMAT);
	assert_string_equal(buf_text(&reason),
	    MAP ":3:1: A.EXE: not in SRC/X86.BIN, nor as DISC.EXE in "
		"CD/INTNL");
	assert_int_equal(find_one("A.EXE", "", 2), ERR_FORMAT);
	assert_string_equal(
	    buf_text(&reason), MAP ":3:1: A.EXE: not in SRC/X86.BIN");
	/* A file where a folder should be is no better. */
	fake_put("/m/SRC/X86.BIN", "a");
	assert_int_equal(find_one("A.EXE", "", 2), ERR_FORMAT);
}

static void
a_compressed_file_is_refused(void **unused)
{
	struct buf entries = BUF_INIT;

	(void)unused;
	fake_put("/m/CD/INTNL/A.EX_", "SZDD");
	assert_int_equal(find_one("A.EXE", "A.EX_", 2), ERR_FORMAT);
	assert_string_equal(buf_text(&reason),
	    MAP ":3:1: A.EXE: not in SRC/X86.BIN, and A.EX_ of CD/INTNL is a "
		"compressed file: expand it to there");
	fake_put("/m/CD/INTNL/A.EXE", "SZDD");
	buf_add_text(&entries,
	    "\"ID\", SIZE(1,1,1), \"A.EXE\", \"A.EXE\", REMOTE=NO, "
	    "COPYLISTS(\"WINNT:PCM\"=\"SMS\"), COMPRESS=YES, FLAGS=1\n");
	assert_int_equal(find(&entries), ERR_FORMAT);
	assert_string_equal(buf_text(&reason),
	    MAP ":3:1: A.EXE: not in SRC/X86.BIN, and A.EXE of CD/INTNL is a "
		"compressed file: expand it to there");
	/* Once it is expanded, that counts. */
	fake_put("/m/SRC/X86.BIN/A.EXE", "a");
	assert_int_equal(find(&entries), 0);
	buf_free(&entries);
}

static void
links_and_folders_are_refused(void **unused)
{
	(void)unused;
	fake_put_folder("/m/SRC/X86.BIN");
	fake_put_special("/m/SRC/X86.BIN/A.EXE", OS_LINK);
	assert_int_equal(find_one("A.EXE", "", 1), ERR_FORMAT);
	assert_string_equal(buf_text(&reason),
	    MAP ":3:1: A.EXE: a link; links are not published");
	start_anew();
	fake_put_folder("/m/SRC/X86.BIN/A.EXE");
	assert_int_equal(find_one("A.EXE", "", 1), ERR_FORMAT);
	assert_string_equal(buf_text(&reason), MAP ":3:1: A.EXE: not a file");
	start_anew();
	fake_put_folder("/m/SRC");
	fake_put_special("/m/SRC/X86.BIN", OS_LINK);
	assert_int_equal(find_one("A.EXE", "", 1), ERR_FORMAT);
	assert_string_equal(buf_text(&reason),
	    MAP ":1:11: SRC/X86.BIN: a link; none is followed");
}

static void
a_wrong_size_is_warned_of_with_both_numbers(void **unused)
{
	struct buf entries = BUF_INIT, path = BUF_INIT, name = BUF_INIT;
	int i;

	(void)unused;
	for (i = 0; i < 25; i++) {
		buf_clear(&path);
		buf_clear(&name);
		buf_format(&name, "F%d", i);
		buf_format(&path, "/m/SRC/X86.BIN/%s", name.data);
		fake_put(path.data, "abc");
		add_entry(&entries, name.data, "", i == 1 ? 3 : 7);
	}
	assert_int_equal(find(&entries), 0);
	assert_int_equal(found.count, 25);
	assert_ptr_equal(
	    strstr(warnings.data,
		MAP ":3:1: F0: SIZE says 7 bytes, it has 3\n" MAP ":5:1: F2: "),
	    warnings.data);
	assert_non_null(strstr(
	    warnings.data, "\n" MAP ": SIZE is wrong for 4 more files\n"));
	buf_free(&entries);
	buf_free(&path);
	buf_free(&name);
}

static void
a_call_that_fails_is_an_error_that_is_told(void **unused)
{
	unsigned n;
	int rc;

	(void)unused;
	fake_put("/m/src/X86.BIN/a.exe", "a");
	for (n = 1; n < 1000; n++) {
		fake_fail(n, FAKE_ONCE, ERR_IO);
		rc = find_one("A.EXE", "B", 1);
		if (!fake_met())
			break;
		assert_int_equal(rc, ERR_IO);
		assert_in_range(reason.len, 1, 200);
	}
	assert_int_equal(rc, 0);
	assert_in_range(n, 6, 100);
}

static void
an_allocation_that_fails_is_told(void **unused)
{
	unsigned n;
	int rc;

	(void)unused;
	if (!fake_alloc_works())
		skip();
	fake_put("/m/src/X86.BIN/a.exe", "a");
	for (n = 1; n < 2000; n++) {
		struct buf text = BUF_INIT;
		struct sysmap *map = NULL;

		read_data(SAMPLE, &text);
		fake_alloc_fail(n, FAKE_ONCE);
		rc = sysmap_parse(MAP, &text, &map, &reason);
		if (!fake_alloc_met()) {
			assert_int_equal(rc, 0);
			n = 2000;
		} else if (rc != 0) {
			assert_int_equal(rc, ERR_NOMEM);
		}
		fake_alloc_fail(0, FAKE_ONCE);
		sysmap_free(map);
		buf_free(&text);
	}
	assert_int_equal(n, 2001);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)
		TEST(maps_are_taken_or_refused_as_the_cases_say),
		TEST(flags_of_services_are_decimal_and_named_by_their_bits),
		TEST(what_is_passed_over_is_counted),
		TEST(a_map_cut_at_any_byte_is_answered),
		TEST(a_map_with_any_byte_changed_is_answered),
		TEST(a_list_of_names_is_bounded),
		TEST(a_file_is_looked_for_in_directory_then_in_source),
		TEST(names_are_found_in_any_letter_case),
		TEST(an_empty_folder_has_no_file),
		TEST(names_in_several_letter_cases_are_refused),
		TEST(a_file_that_is_nowhere_is_refused),
		TEST(a_compressed_file_is_refused),
		TEST(links_and_folders_are_refused),
		TEST(a_wrong_size_is_warned_of_with_both_numbers),
		TEST(a_call_that_fails_is_an_error_that_is_told),
		TEST(an_allocation_that_fails_is_told),
#undef TEST
	};

	return cmocka_run_group_tests_name("sysmap", tests, NULL, NULL);
}
