/*
 * A box on the fake platform and a stand-in for what serves a machine. The test
 * includes cmocka.h before.
 */
#ifndef TEST_QUEUE_H
#define TEST_QUEUE_H

#include <stdlib.h>
#include <string.h>

#include "../../../lib/buf.h"
#include "../../../lib/ccr.h"
#include "../../../lib/logfile.h"
#include "../../../platform/err.h"
#include "../../../site/ccm/ccm.h"
#include "../../../site/ccm/pass.h"
#include "../../../site/ccm/queue.h"
#include "../../../site/ccm/retry.h"
#include "../../../site/ccm/serve.h"
#include "../../fake/fake.h"

#define BOX    "/r/ccr.box"
#define MINUTE (60 * OS_SECOND)
#define DAY    (24 * 60 * MINUTE)

/* How machines are served, and which were: "PC1 PC2 ". */
static struct serving {
	enum serve_end end;
	uint64_t error;
	int rc;
	bool current, restart, forced;
	void (*meanwhile)(const char *machine);
	char log[4096];
	unsigned count;
} serving;

static struct logfile *log_of_test;

int
serve(struct server *server, const struct serve_job *job, struct served *served)
{
	size_t len = strlen(serving.log);

	(void)server;
	*served = (struct served){
		.end = serving.end,
		.error = serving.error,
		.current = serving.current,
		.restart = serving.restart,
	};
	buf_add_text(&served->why, "the reason");
	serving.count++;
	serving.forced = job->forced;
	if (len + strlen(job->machine) + 2 < sizeof serving.log)
		snprintf(serving.log + len, sizeof serving.log - len, "%s ",
		    job->machine);
	if (serving.meanwhile != NULL)
		serving.meanwhile(job->machine);
	return serving.rc;
}

static void
clean_slate(void)
{
	fake_reset();
	fake_put_folder(BOX);
	serving = (struct serving){ .end = SERVE_DONE };
	log_of_test = logfile_new("ccm", false, true);
}

static inline int
queue_setup(void **state)
{
	(void)state;
	clean_slate();
	return 0;
}

static inline int
queue_teardown(void **state)
{
	(void)state;
	logfile_close(log_of_test);
	assert_int_equal(0, fake_handles());
	return 0;
}

static inline void
put_request(const char *name, const char *machine)
{
	struct buf path = BUF_INIT, text = BUF_INIT;

	buf_format(&path, BOX "/%s", name);
	buf_format(&text,
	    "[NT Client Configuration Request]\r\nMachine Name=%s\r\n",
	    machine);
	fake_put(path.data, text.data);
	buf_free(&path);
	buf_free(&text);
}

/* What a pass did. */
static struct work_result result;
static struct pass last;

static inline int
pass_with(const struct queue_rules *rules)
{
	struct queue queue;
	struct pass pass = { .queue = &queue };
	int rc;

	rc = queue_open(&queue, BOX, rules, log_of_test, NULL);
	if (rc != 0)
		return rc;
	rc = pass_run(&pass);
	result = pass.result;
	last = pass;
	pass_free(&pass);
	queue_close(&queue);
	return rc;
}

/* One ccm for many machines, from start to end. */
static inline int
one_pass(void)
{
	const struct queue_rules any = { .host = NULL };

	return pass_with(&any);
}

/* The requests anywhere below the box: "PC1.CCR failed/PC2.CCR ". */
static inline const char *
box(void)
{
	static char text[65536];
	const char *line = fake_list(BOX);
	size_t len, name;

	for (text[0] = '\0'; *line != '\0'; line += len + (line[len] != '\0')) {
		len = strcspn(line, "\n");
		name = strcspn(line, " \n");
		if (name < 5 ||
		    (strncmp(line + name - 4, ".CCR", 4) != 0 &&
			strncmp(line + name - 4, ".ccr", 4) != 0))
			continue;
		strncat(text, line, name);
		strcat(text, " ");
	}
	return text;
}

#endif
