/* A tree and a source on the fake platform, and publish run on them. The test
 * includes cmocka.h before. */
#ifndef SITE_H
#define SITE_H

#include <stdlib.h>
#include <string.h>

#include "../capture.h"
#include "../../../lib/buf.h"
#include "../../../lib/copylist.h"
#include "../../../lib/digest.h"
#include "../../../lib/options.h"
#include "../../../lib/store.h"
#include "../../../platform/err.h"
#include "../../../site/publish/publish.h"
#include "../../fake/fake.h"

#define SITE_ROOT "/site/root"
#define SITE_LIST SITE_ROOT "/cl_nt.txt"
#define SITE_DAY  (24 * 3600 * 1000) /* ms */

static struct buf site_out, site_errors;

/* Runs it; what was printed is in site_out and site_errors. */
static inline int
site_run(const struct publish_options *more)
{
	static char source[] = "/src", root[] = SITE_ROOT;
	struct publish_options options = *more;
	struct capture c_out, c_err;
	int code;

	if (options.rollback == NULL && !options.collect)
		options.source = source;
	options.root = root;
	capture_begin(&c_out, stdout);
	capture_begin(&c_err, stderr);
	code = publish_run(&options);
	capture_end(&c_err, &site_errors);
	capture_end(&c_out, &site_out);
	return code;
}

static inline int
site_publish(void)
{
	const struct publish_options options = { 0 };

	return site_run(&options);
}

static inline int
site_collect(void)
{
	const struct publish_options options = { .collect = true };

	return site_run(&options);
}

static inline int
site_rollback(uint64_t version)
{
	char text[32];
	struct publish_options options = { .rollback = text };

	snprintf(text, sizeof text, "%llu", (unsigned long long)version);
	return site_run(&options);
}

static inline void
site_want_out(const char *text)
{
	if (strstr(buf_text(&site_out), text) == NULL)
		fail_msg(
		    "the output lacks '%s': %s", text, buf_text(&site_out));
}

static inline void
site_want_error(const char *text)
{
	if (strstr(buf_text(&site_errors), text) == NULL)
		fail_msg(
		    "the errors lack '%s': %s", text, buf_text(&site_errors));
}

/* A source file, settled. */
static inline void
site_put(const char *path, const char *text)
{
	fake_put(path, text);
	fake_stamp(path, os_clock() - 3600 * OS_SECOND, 0);
}

static inline struct copylist *
site_parse(const char *path)
{
	struct copylist *list = NULL;
	const char *text = fake_get(path);

	assert_non_null(text);
	assert_int_equal(
	    copylist_parse(path, text, strlen(text), &list, NULL), 0);
	return list;
}

static inline void
site_check_stored(const char *digest, uint64_t size)
{
	struct buf path = BUF_INIT, name = BUF_INIT;
	char found[DIGEST_TEXT];
	const char *text;

	assert_int_equal(store_name(digest, &name), 0);
	buf_format(&path, SITE_ROOT "/%s", buf_text(&name));
	text = fake_get(path.data);
	if (text == NULL)
		fail_msg("%s is missing", path.data);
	assert_int_equal(strlen(text), size);
	assert_int_equal(digest_of(text, strlen(text), found), 0);
	assert_string_equal(found, digest);
	buf_free(&name);
	buf_free(&path);
}

/* The list is a list, and all that it names is whole in the store; its
 * version. */
static inline uint64_t
site_check_list(const char *path)
{
	struct copylist *list = site_parse(path);
	const struct copylist_component *c;
	uint64_t version = list->version;
	size_t i, j;

	site_check_stored(list->domain_digest, list->domain_size);
	for (i = 0; i < list->count; i++) {
		c = &list->components[i];
		for (j = 0; j < c->count; j++)
			site_check_stored(c->files[j].digest, c->files[j].size);
	}
	copylist_free(list);
	return version;
}

/* The lists of the history, each whole; how many. */
static inline unsigned
site_check_history(void)
{
	char *names = strdup(fake_list(SITE_ROOT "/lists")), *name;
	struct buf path = BUF_INIT;
	unsigned count = 0;

	assert_non_null(names);
	for (name = strtok(names, "\n"); name != NULL;
	     name = strtok(NULL, "\n")) {
		name[strcspn(name, " ")] = '\0';
		if (strstr(name, ".tmp") != NULL)
			continue;
		buf_clear(&path);
		buf_format(&path, SITE_ROOT "/lists/%s", name);
		site_check_list(path.data);
		count++;
	}
	buf_free(&path);
	free(names);
	return count;
}

static inline void
site_check_no_temporary(void)
{
	assert_null(strstr(fake_list(SITE_ROOT), ".tmp"));
}

#endif
