/* What SMS.INI says of this client at the moment. */
#include "client.h"

#include <stdlib.h>

#include "err.h"

#include "buf.h"
#include "inifile.h"
#include "schedule.h"
#include "smsini.h"
#include "text.h"

static unsigned
read_minutes(const struct smsini *ini)
{
	const char *value = smsini_get(ini, "Local", "CheckInterval");
	uint64_t minutes;

	if (value == NULL ||
	    text_number(value, SCHEDULE_MINUTES_MAX, &minutes) != 0)
		return 0;
	return (unsigned)minutes;
}

static bool
read_mover(const struct smsini *ini)
{
	const char *value = smsini_get(ini, "Setup State", "Mover");

	return value != NULL && text_same(value, "service");
}

int
client_load(const char *given, struct client *client, struct buf *why)
{
	char *path = NULL;
	int rc;

	*client = (struct client){ .ini = NULL };
	rc = layout_find_ini(given, NULL, &path);
	if (rc != 0)
		return buf_why(why, rc, "SMS.INI: %s", err_text(rc));
	rc = smsini_load(path, &client->ini, why);
	if (rc == ERR_NOENT)
		rc = 0;
	if (rc != 0)
		goto out;
	rc = layout_make(&client->layout, path, NULL,
	    client->ini == NULL ? NULL : client->ini->ini);
	if (rc != 0) {
		buf_why(why, rc, "%s: a path of [SMS] cannot be used: %s", path,
		    err_text(rc));
		smsini_free(client->ini);
		client->ini = NULL;
		goto out;
	}
	client->minutes = read_minutes(client->ini);
	client->service_moves = read_mover(client->ini);
out:
	free(path);
	return rc;
}

void
client_free(struct client *client)
{
	layout_free(&client->layout);
	smsini_free(client->ini);
	client->ini = NULL;
}

const char *
client_id(const struct client *client)
{
	const char *id = client->ini == NULL ? NULL : client->ini->smsid;

	return id != NULL && smsini_id_is_name(id) ? id : NULL;
}
