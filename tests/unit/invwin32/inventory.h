/*
 * A client on the fake platform that makes inventories. The test includes
 * cmocka.h before.
 */
#ifndef TEST_INVENTORY_H
#define TEST_INVENTORY_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../lib/buf.h"
#include "../../../lib/options.h"
#include "../../../lib/rawfile.h"
#include "../../../lib/smsini.h"
#include "../../../monitor/invwin32/agent.h"
#include "../../../monitor/invwin32/invwin32.h"
#include "../../../platform/err.h"
#include "../../fake/fake.h"

#define CLIENT	"/opt/sms"
#define ROOT	"/var/lib/sms"
#define INI	ROOT "/SMS.INI"
#define STATE	ROOT "/STATE"
#define LOGS	ROOT "/LOGS"
#define TEMP	ROOT "/TEMP"
#define INVDATA ROOT "/INVDATA"
#define HISTORY STATE "/INVENTORY"
#define ID	"PL2ABC"
#define MINUTE	(60 * OS_SECOND)
#define HOUR	(60 * MINUTE)
#define DAY	(24 * HOUR)

static char ini_path[] = INI;

static const struct invwin32_options inventory_options = {
	.common = { .ini = ini_path },
	.minutes = -1,
};

/* SMS.INI of a client, with lines of [SMS] of its own. */
static inline void
put_ini(const char *lines)
{
	struct buf text = BUF_INIT;

	buf_format(&text,
	    "[SMS]\r\nSMS Unique ID=" ID "\r\nSMSPath=" CLIENT
	    "\r\nSMSStatePath=" ROOT "\r\n%s",
	    lines);
	fake_put(INI, text.data);
	buf_free(&text);
}

static inline void
put_client(void)
{
	char name[40];

	fake_reset();
	put_ini("");
	fake_put_folder(CLIENT);
	fake_put_folder(STATE);
	fake_put_folder(LOGS);
	fake_put_folder(TEMP);
	fake_put_folder(INVDATA);
	fake_row("System", "Operating System", "Example 12");
	fake_row("Memory", "Total", "512");
	/* More than its record has to say. */
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "package number %d", i);
		fake_row("Software", name, "1.2.3");
	}
}

static inline int
inventory_setup(void **state)
{
	(void)state;
	put_client();
	return 0;
}

static inline int
inventory_teardown(void **state)
{
	(void)state;
	assert_int_equal(0, fake_handles());
	return 0;
}

/* invwin32 /E */
static inline int
inventory_with(const struct invwin32_options *options)
{
	struct agent agent;
	int code = agent_open(&agent, options);

	if (code == EXIT_DONE)
		code = agent_scan(&agent);
	agent_close(&agent);
	return code;
}

static inline int
inventory(void)
{
	return inventory_with(&inventory_options);
}

/* How many of our *.raw lie in INVDATA, all of them whole; the name of the last one is
 * in `newest`. */
static char newest[200];

static inline unsigned
raws(void)
{
	const char *line = fake_list(INVDATA), *content;
	struct buf path = BUF_INIT, why = BUF_INIT;
	struct buf text;
	struct rawfile raw;
	unsigned count = 0;
	size_t len;

	for (; *line != '\0'; line += len + (line[len] != '\0')) {
		len = strcspn(line, "\n");
		snprintf(newest, sizeof newest, "%.*s", (int)strcspn(line, " "),
		    line);
		if (strncmp(newest, ID "-", strlen(ID) + 1) != 0 ||
		    !rawfile_is_name(newest))
			continue;
		buf_clear(&path);
		buf_format(&path, INVDATA "/%s", newest);
		content = fake_get(path.data);
		text = (struct buf){ .data = (char *)(uintptr_t)content,
			.len = strlen(content) };
		if (rawfile_parse(&text, NULL, &raw, &why) != 0)
			fail_msg("%s: %s", newest, buf_text(&why));
		rawfile_free(&raw);
		count++;
	}
	buf_free(&path);
	buf_free(&why);
	return count;
}

static inline void
take_up(void)
{
	fake_drop(INVDATA);
	fake_put_folder(INVDATA);
}

#define INVENTORY_TEST(name)             \
	cmocka_unit_test_setup_teardown( \
	    name, inventory_setup, inventory_teardown)

#endif
